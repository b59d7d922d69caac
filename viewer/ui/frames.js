// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * frames.js - the physical memory: every frame, 2 MiB blocks as tiles.
 *
 * Inside a tile the 512 frames lie on a Z-order curve, so that every buddy block is
 * a rectangle and two buddies lie side by side.  Tiles follow in address order, zone
 * by zone.  Far out the map is one image, a pixel a frame; from 4 pixels a frame
 * blocks are drawn one by one, from 8 with their letters and hatches.
 */
import { FREE, RESERVED, UNKNOWN, TAIL, OWNERS } from "../model/machine.js";
import { hex, addr, orderSize } from "../model/format.js";
import { Picture, TW, TH, TILE, zx, zy, zindex } from "./picture.js";
import { LETTER, parseColour, pixel, ramp, hashHue, hatchBox, shade } from "./theme.js";
import { MONO, outline, rect, write } from "./draw.js";
import { plot, mix } from "./plot.js";

const GAP = 0.5,
	HEAD = 18,
	STRIP = 62,
	NUMBERED = 26; // pixels of a cell that has room for its frame's number

/**
 * What is on a block besides its colour: an edge if it is free, else its hatch; its letter, above
 * the middle if there is a number below.
 */
function drawMarks(ctx, x, y, w, h, owner, order, numbered, lines, ink) {
	if (owner === FREE) {
		outline(ctx, x + 0.5, y + 0.5, w - 1, h - 1, lines);
	} else hatchBox(ctx, owner, lines, x, y, w, h);
	write(
		ctx,
		owner === FREE ? (w > 103 ? `free, order ${order}` : w >= 19 ? order : "") : LETTER[owner],
		x + w / 2,
		y + h / 2 + (numbered ? -4.5 : 0.5),
		ink,
		"center",
		`600 ${numbered ? 11 : Math.min(13, Math.max(8, Math.floor((Math.min(w, h) + 1) * 0.66)))}px`,
		MONO,
	);
}

const blockW = (o) => 1 << ((o + 1) >> 1),
	blockH = (o) => 1 << (o >> 1);

export const COLOUR_BY = [
	["owner", "by owner"],
	["order", "by order"],
	["age", "by age"],
	["lifetime", "by lifetime"],
	["site", "by call site"],
	["changed", "by change"],
];

export class FrameMap {
	constructor() {
		this.zoom = this.ox = this.oy = this.fit = this.w = this.h = this.full = 0;
		this.cols = this.rows = 0;
		this.key = "";
		this.trace = this.zones = this.picture = this.overview = this.insetBox = null;
		this.stampsFor = 0;
		this.inset = false;
		this.css = new Map();
		this.stamps = new Map();
		this.tones = new Map();
		this.reset();
	}
	/**
	 * What is on a small block, whatever its colours: 0 where its ground is, 1 to 7 on its letter,
	 * 8 on its
	 * hatch or edge. Thousands are drawn in a frame, and a canvas takes ten times as long for them.
	 */
	stamp(meta, w, h, ratio) {
		const id = (meta * 512 + w) * 512 + h;
		let s = this.stamps.get(id);
		if (s) return s;
		const c = document.createElement("canvas"),
			g = c.getContext("2d", { willReadFrequently: true });
		c.width = w;
		c.height = h;
		g.scale(ratio, ratio);
		g.fillRect(0, 0, w, h);
		drawMarks(
			g,
			0,
			0,
			w / ratio,
			h / ratio,
			meta >> 4,
			meta & 15,
			this.cell() >= NUMBERED,
			"#f00",
			"#0f0",
		);
		const { data } = g.getImageData(0, 0, w, h);
		this.stamps.set(
			id,
			(s = new Uint8Array(w * h).map(
				(_, k) => data[k * 4 + 1] >> 5 || (data[k * 4] > 90 ? 8 : 0),
			)),
		);
		return s;
	}
	/** The colours of a stamp's numbers on ground v. */
	tonesOf(v, owner, ink, { palette: p }) {
		const id = v * 16 + owner;
		let t = this.tones.get(id);
		if (t) return t;
		const letter = parseColour(ink);
		this.tones.set(id, (t = Uint32Array.from({ length: 9 }, (_, k) => mix(v, letter, k / 7))));
		t[8] =
			owner === FREE
				? pixel(parseColour(p.freeEdge))
				: mix(v, parseColour(ink === "#000000" ? "#ffffff" : "#000000"), 0.3);
		return t;
	}

	/**
	 * Chooses the number of tile columns that makes a cell largest; called when trace or size
	 * change.
	 */
	layout(trace, w, h) {
		const key = `${trace.frames}:${w}x${h}`;
		if (this.key === key && this.trace === trace) return;
		if (this.trace !== trace) {
			this.zoom = 1;
			this.ox = this.oy = 0;
		}
		this.key = key;
		this.trace = trace;
		const zones = trace.zones.length
			? trace.zones
			: [{ id: 0, name: "RAM", start: 0, n: trace.frames }];
		const tiles = zones.map((z) => Math.ceil(z.n / TILE));
		const room = h - zones.length * HEAD - 4;
		let best = null;
		for (let cols = 1; cols <= 96; cols++) {
			const rows = tiles.reduce((s, n) => s + Math.ceil(n / cols), 0);
			const cell = Math.min((w - 4) / (cols * (TW + GAP)), room / (rows * (TH + GAP)));
			if (!best || cell > best.cell + 1e-9) best = { cols, rows, cell };
		}
		this.cols = Math.min(best.cols, Math.max(...tiles));
		this.fit = best.cell;
		this.zones = [];
		let row = 0;
		zones.forEach((z, x) => {
			this.zones.push({ ...z, row, tiles: tiles[x], head: x + 1 });
			row += Math.ceil(tiles[x] / this.cols);
		});
		this.rows = row;
		this.picture = this.overview = null;
		this.w = w;
		this.full = h;
		this.split();
		this.clamp();
	}
	/**
	 * Close up, a strip at the bottom is kept for the overview: it lies beside the frames, never
	 * over them.
	 */
	split() {
		this.inset =
			this.cell() >= 4 &&
			this.zoom > 1.4 &&
			this.trace.frames <= 262144 &&
			this.w > 230 &&
			this.full > 200;
		this.h = this.full - (this.inset ? STRIP : 0);
	}
	cell() {
		return this.fit * this.zoom;
	}
	tileX(col) {
		return col * (TW + GAP) * this.cell() + this.ox + 2;
	}
	tileY(z, row) {
		return (z.row + row) * (TH + GAP) * this.cell() + z.head * HEAD + this.oy;
	}
	/** Rectangle of a block in CSS pixels. */
	rect(pfn, order = 0) {
		const z = this.zones.find((q) => pfn >= q.start && pfn < q.start + q.n);
		if (!z) return null;
		const r = pfn - z.start,
			tile = r >> 9,
			in_ = r & 511,
			c = this.cell();
		return {
			x: this.tileX(tile % this.cols) + zx[in_] * c,
			y: this.tileY(z, Math.floor(tile / this.cols)) + zy[in_] * c,
			w: blockW(Math.min(order, 9)) * c,
			h: blockH(Math.min(order, 9)) * c,
		};
	}
	hit(px, py) {
		const c = this.cell();
		if (py >= this.h) return -1;
		for (const z of this.zones) {
			const rows = Math.ceil(z.tiles / this.cols),
				y = (py - this.tileY(z, 0)) / c;
			if (y < 0 || y >= rows * (TH + GAP)) continue;
			const x = (px - this.tileX(0)) / c,
				col = Math.floor(x / (TW + GAP)),
				row = Math.floor(y / (TH + GAP));
			const cx = Math.floor(x - col * (TW + GAP)),
				cy = Math.floor(y - row * (TH + GAP));
			if (col < 0 || col >= this.cols || cx < 0 || cx >= TW || cy >= TH) return -1;
			const pfn = z.start + (row * this.cols + col) * TILE + zindex[cy * TW + cx];
			return pfn < z.start + z.n ? pfn : -1;
		}
		return -1;
	}
	zoomAt(px, py, factor) {
		const before = this.cell();
		this.zoom = Math.max(1, Math.min(this.zoom * factor, Math.max(1, 34 / this.fit)));
		const k = this.cell() / before;
		this.ox = px - (px - this.ox) * k;
		this.oy = py - (py - this.oy) * k;
		this.clamp();
	}
	pan(dx, dy) {
		this.ox += dx;
		this.oy += dy;
		this.clamp();
	}
	clamp() {
		this.split();
		const c = this.cell(),
			W = this.cols * (TW + GAP) * c + 4,
			H = this.rows * (TH + GAP) * c + this.zones.length * HEAD + 4;
		this.ox = Math.min(0, Math.max(this.ox, Math.min(0, this.w - W)));
		this.oy = Math.min(0, Math.max(this.oy, Math.min(0, this.h - H)));
	}
	reset() {
		this.zoom = 1;
		this.ox = this.oy = 0;
		if (this.trace) this.split();
	}
	/** As close to a frame as its block can be read; w, h: the size of the view. */
	closeUp(trace, w, h, pfn) {
		this.layout(trace, w, h); // its size may be another since it was drawn
		const want = Math.max(4.2, Math.min(15, (this.w - 16) / 33));
		this.zoom = Math.max(1, want / this.fit);
		this.clamp();
		this.reveal(pfn);
	}
	/** A click in the overview brings that part of memory into view; true if it was one. */
	jump(px, py) {
		const b = this.insetBox;
		if (!this.inset || !b || py < this.h) return false;
		const x = (px - b.x) / b.s,
			y = (py - b.y) / b.s,
			z = [...this.zones].reverse().find((q) => y >= q.row * TH) ?? this.zones[0];
		if (x < 0 || x >= this.cols * TW || y < 0 || y >= this.rows * TH) return true;
		const tile = Math.floor(y / TH - z.row) * this.cols + Math.floor(x / TW);
		this.reveal(Math.min(z.start + z.n - 1, z.start + tile * TILE));
		return true;
	}
	/**
	 * Brings a frame into view, its whole tile if that fits; zoomed so that it can be read if
	 * cellSize is given.
	 */
	reveal(pfn, cellSize = 0) {
		if (cellSize && this.cell() < cellSize)
			this.zoom = Math.min(cellSize / this.fit, Math.max(1, 34 / this.fit));
		const r = this.rect(pfn);
		if (!r) return;
		const edge = Math.min(60, this.w / 6);
		if (r.x < edge || r.y < HEAD + 6 || r.x > this.w - edge || r.y > this.h - edge) {
			const z = this.zones.find((q) => pfn >= q.start && pfn < q.start + q.n),
				tile = this.rect(z.start + (((pfn - z.start) >> 9) << 9)),
				c = this.cell();
			const fits = TW * c <= this.w && TH * c <= this.h;
			this.ox += this.w / 2 - (fits ? tile.x + (TW * c) / 2 : r.x);
			this.oy += this.h / 2 - (fits ? tile.y + (TH * c) / 2 : r.y);
		}
		this.clamp();
	}

	/**
	 * All frames as pixels, as they lie in the view; far out the gaps between tiles are thinner
	 * than a pixel and go to the frames.
	 */
	map(ratio) {
		const c = this.cell(),
			key = [c, this.ox, this.oy, this.h, ratio].join();
		if (this.picture?.key === key) return this.picture;
		const far = c < 1.5,
			sx = (far ? 1 + GAP / TW : 1) * c * ratio,
			sy = (far ? 1 + GAP / TH : 1) * c * ratio;
		this.picture = new Picture({
			frames: this.trace.frames,
			zones: this.zones,
			cols: this.cols,
			sx,
			sy,
			w: Math.max(1, Math.round(this.w * ratio)),
			h: Math.max(1, Math.round(this.h * ratio)),
			x: (col) => this.tileX(col) * ratio,
			y: (z, row) => this.tileY(z, row) * ratio,
		});
		this.picture.key = key;
		return this.picture;
	}

	/** Colour function by mode: a table by meta byte, or a function of the frame. */
	colours(scene) {
		const { m, palette: p, colourBy, i, marks, isolate } = scene;
		const lut = new Uint32Array(256);
		for (let v = 0; v < 256; v++) {
			const owner = v >> 4,
				order = v & 15;
			let c = parseColour(p.cls[owner] ?? p.cls[0]);
			if (colourBy === "order") {
				if (owner === FREE || owner > RESERVED)
					c = ramp(order === TAIL ? 0.5 : order / 9, p);
				if (owner === FREE) c = c.map((x) => Math.round(p.dark ? x * 0.6 : x * 0.5 + 127));
			} else if (colourBy !== "owner" && owner !== RESERVED && owner !== UNKNOWN) {
				c = parseColour(p.cls[FREE]);
			}
			if (isolate !== null && isolate !== undefined && owner !== isolate)
				c = c.map((x, k) => Math.round(x * 0.18 + parseColour(p.panel)[k] * 0.82));
			lut[v] = pixel(c);
		}
		const scale = 31 / Math.log2(2 + scene.trace.n);
		let special = null;
		if (colourBy === "age") {
			const steps = Array.from({ length: 32 }, (_, s) => pixel(ramp(1 - s / 31, p)));
			special = (pfn) =>
				m.meta[pfn] >> 4 <= RESERVED
					? 0
					: steps[
							Math.min(
								31,
								Math.floor(scale * Math.log2(1 + Math.max(0, i - m.since[pfn]))),
							)
						];
		} else if (colourBy === "lifetime") {
			// bright: held longest; never given back: the class colour "other"
			const freed = scene.model.freedAt(),
				steps = Array.from({ length: 32 }, (_, s) => pixel(ramp(s / 31, p))),
				never = pixel(parseColour(p.other));
			special = (pfn) => {
				const since = m.since[pfn];
				if (m.meta[pfn] >> 4 <= RESERVED || since < 0) return 0;
				return freed[since]
					? steps[Math.min(31, Math.floor(scale * Math.log2(1 + freed[since] - since)))]
					: never;
			};
		} else if (colourBy === "site" && !scene.trace.left.has("s")) {
			const { trace } = scene,
				alloc = trace.kinds.id("mm_page_alloc"),
				seen = new Map();
			special = (pfn) => {
				const since = m.since[pfn];
				if (m.meta[pfn] >> 4 <= RESERVED || since < 0 || trace.k[since] !== alloc) return 0;
				const s = trace.siteOf(since);
				let c = seen.get(s);
				if (c === undefined) seen.set(s, (c = pixel(hashHue(s))));
				return c;
			};
		} else if (colourBy === "changed") {
			const from = marks.a ?? 0,
				[on, off] = p.changed.map((c) => pixel(parseColour(c)));
			special = (pfn) =>
				m.meta[pfn] >> 4 === RESERVED || m.since[pfn] <= from
					? 0
					: m.meta[pfn] >> 4 === FREE
						? off
						: on;
		} else if (colourBy === "order") {
			special = (pfn) => {
				if ((m.meta[pfn] & 15) !== TAIL) return 0;
				const b = m.blockOf(pfn);
				return lut[(m.meta[pfn] & 0xf0) | b.order];
			};
		}
		return { lut, special };
	}

	/**
	 * Lays the frames out and colours them; what is drawn far out, where they are pixels, is ready
	 * then.
	 */
	prepare(w, h, scene) {
		this.layout(scene.trace, w, h);
		const { lut, special } = this.colours(scene),
			image = this.cell() < 4,
			back = pixel(parseColour(scene.palette.panel));
		if (image) this.map(scene.ratio).update(scene.m.meta, lut, special, back);
		return { lut, special, image, back };
	}
	draw(ctx, w, h, scene) {
		const { m, palette: p } = scene,
			{ lut, special, image, back } = this.prepare(w, h, scene),
			c = this.cell(),
			pixels = scene.live && c >= 8 ? plot(ctx, 0, 0, w, this.h, p.panel) : null;
		if (image) this.picture.draw(ctx, 0, 0, scene.live ? null : { x: 0, y: 0, w, h: this.h });
		else {
			rect(ctx, 0, 0, w, h, p.panel);
		}
		ctx.save();
		ctx.beginPath();
		ctx.rect(0, 0, w, this.h);
		ctx.clip();
		this.tones.clear();
		const stampsFor = c < NUMBERED ? scene.ratio : -scene.ratio;
		if (this.stamps.size > 999 || this.stampsFor !== stampsFor) this.stamps.clear();
		this.stampsFor = stampsFor;
		for (const on of image ? [] : pixels ? [pixels, null] : [null]) {
			for (const z of this.zones) {
				for (let t = 0; t < z.tiles; t++) {
					const x = this.tileX(t % this.cols),
						y = this.tileY(z, Math.floor(t / this.cols)),
						tw = TW * c,
						th = TH * c;
					if (x > w || y > h || x + tw < 0 || y + th < 0) continue;
					this.drawTile(ctx, z, t, x, y, c, scene, lut, special, on, pixels);
				}
			}
			on?.done();
		}
		for (const z of this.zones) this.drawHead(ctx, z, w, scene);
		this.drawOverlay(ctx, scene);
		ctx.restore();
		if (this.inset) this.drawInset(ctx, w, h, scene, lut, special, back);
	}
	/** The overview below a close-up: all of memory, and a frame around what is seen. */
	drawInset(ctx, w, h, { m, palette: p, trace, ratio, live }, lut, special, back) {
		const W = this.cols * TW,
			H = this.rows * TH,
			s = Math.min((w * 0.6) / W, (STRIP - 14) / H),
			iw = W * s,
			ih = H * s,
			c = this.cell(),
			x = 6,
			y = this.h + (STRIP - ih) / 2;
		rect(ctx, 0, this.h, w, STRIP, p.panel);
		rect(ctx, 0, this.h, w, 1, p.line);
		const key = [s, ratio].join();
		if (this.overview?.key !== key) {
			this.overview = new Picture({
				frames: trace.frames,
				zones: this.zones,
				cols: this.cols,
				w: Math.max(1, Math.round(iw * ratio)),
				h: Math.max(1, Math.round(ih * ratio)),
				x: (col) => col * TW * s * ratio,
				y: (z, row) => (z.row + row) * TH * s * ratio,
				sx: s * ratio,
				sy: s * ratio,
			});
			this.overview.key = key;
		}
		this.overview.update(m.meta, lut, special, back);
		this.overview.draw(
			ctx,
			Math.round(x * ratio),
			Math.round(y * ratio),
			live ? null : { x, y, w: iw, h: ih },
		);
		outline(ctx, x - 0.5, y - 0.5, iw + 1, ih + 1, p.faint);
		let seen = 0;
		for (const z of this.zones) {
			const rows = Math.ceil(z.tiles / this.cols),
				unit = (TH + GAP) * c,
				top = Math.max(0, -this.tileY(z, 0) / unit),
				bottom = Math.min(rows, (this.h - this.tileY(z, 0)) / unit);
			if (bottom <= top) continue;
			const left = Math.max(0, -this.tileX(0) / ((TW + GAP) * c)),
				right = Math.min(this.cols, (w - this.tileX(0)) / ((TW + GAP) * c));
			seen += (bottom - top) * (right - left) * TILE;
			outline(
				ctx,
				x + left * TW * s,
				y + (z.row + top) * TH * s,
				Math.max(2, (right - left) * TW * s),
				Math.max(2, (bottom - top) * TH * s),
				p.focus,
				1.5,
			);
		}
		const room = w - iw - 26,
			share = `${Math.max(1, Math.round((100 * Math.min(seen, trace.frames)) / trace.frames))} % of memory`;
		if (room > 90)
			["Overview:", share + " in sight"].forEach((text, n) =>
				write(ctx, text, x + iw + 12, this.h + STRIP / 2 - 8 + 16 * n, p.dim),
			);
		this.insetBox = { x, y, s };
	}
	drawHead(ctx, z, w, { m, trace, palette: p }) {
		const y = this.tileY(z, 0) - HEAD;
		ctx.fillStyle = p.panel;
		if (this.cell() >= 4) ctx.fillRect(0, Math.max(0, y), w, HEAD - 2);
		write(ctx, z.name, 3, y + HEAD / 2, p.text, "left", "600 11px");
		const tw = ctx.measureText(z.name).width;
		write(ctx, "", 0, 0, p.dim);
		const range = `${hex(z.start)}–${hex(z.start + z.n - 1)}`,
			free = `${m.zoneFree[z.id]} of ${z.n}`,
			// the longest that has room
			heads = trace.watched
				? [`${range} · ${z.n} frames`, `${z.n} frames`]
				: [`${range} · ${free} frames free`, `${free} frames free`, `${free} free`];
		ctx.fillText(
			heads.find((text) => 12 + tw + ctx.measureText(text).width <= w) ?? heads.at(-1),
			10 + tw,
			y + HEAD / 2,
		);
	}
	/** Onto the pixels, if they are given, the small blocks; else what is not there. */
	drawTile(ctx, z, t, x, y, c, scene, lut, special, on, pixels) {
		const { m, palette: p, isolate, ratio } = scene,
			first = z.start + t * TILE,
			end = Math.min(first + TILE, z.start + z.n);
		const gap = c >= 7 ? 1 : 0.5;
		const css = (v) => {
			let s = this.css.get(v);
			if (!s) this.css.set(v, (s = `rgb(${v & 255},${(v >> 8) & 255},${(v >> 16) & 255})`));
			return s;
		};
		for (let pfn = first; pfn < end;) {
			const meta = m.meta[pfn],
				owner = meta >> 4;
			let order = meta & 15;
			if (order === TAIL || (pfn - first) & ((1 << order) - 1)) order = 0;
			const r = pfn - first,
				bx = x + zx[r] * c,
				by = y + zy[r] * c,
				bw = blockW(order) * c,
				bh = blockH(order) * c;
			pfn += 1 << order;
			const small = pixels && bw <= 104;
			if (on && !small) continue;
			if (bx > this.w || by > this.h || bx + bw < 0 || by + bh < 0) continue;
			const v = (special && special(first + r)) || lut[meta];
			const plain = isolate !== null && isolate !== owner,
				ink =
					scene.colourBy === "owner"
						? p.on[owner]
						: (v & 255) * 0.3 + ((v >> 8) & 255) * 0.59 + ((v >> 16) & 255) * 0.11 > 120
							? "#000000"
							: "#ffffff";
			if (on) {
				const w =
						Math.round((bx + bw) * ratio) - Math.round(bx * ratio) - Math.round(ratio),
					h = Math.round((by + bh) * ratio) - Math.round(by * ratio) - Math.round(ratio);
				on.stamp(
					this.stamp(plain ? 0 : (owner << 4) | order, w, h, ratio),
					w,
					h,
					this.tonesOf(v, owner, ink, scene),
					bx,
					by,
				);
				continue;
			}
			const numbered = c >= NUMBERED && owner !== UNKNOWN;
			if (!small) {
				rect(ctx, bx, by, bw - gap, bh - gap, css(v));
				if (!plain && (c >= 8 || (owner === FREE && c >= 6)))
					drawMarks(
						ctx,
						bx,
						by,
						bw - gap,
						bh - gap,
						owner,
						order,
						numbered,
						owner === FREE ? p.freeEdge : shade(ink),
						ink,
					);
			}
			if (numbered && !plain)
				write(
					ctx,
					(first + r).toString(16),
					bx + bw / 2,
					by + bh / 2 + 7,
					ink,
					"center",
					"8px",
					MONO,
				);
		}
	}
	drawOverlay(ctx, { palette: p, eventFrames, selFrames, selNow, hoverFrames }) {
		const box = (list, colour, width, grow) => {
			for (const { pfn, order } of list) {
				const r = this.rect(pfn, order);
				if (!r) continue;
				const pad = grow + Math.max(0, (5 - Math.min(r.w, r.h)) / 2);
				outline(
					ctx,
					r.x - pad,
					r.y - pad,
					r.w + 2 * pad,
					r.h + 2 * pad,
					p.panel,
					width + 2,
				);
				outline(ctx, r.x - pad, r.y - pad, r.w + 2 * pad, r.h + 2 * pad, colour, width);
			}
		};
		if (!selNow) ctx.setLineDash([3, 3]); // it is another's now
		box(selFrames, selNow ? p.accent : p.dim, 1.5, 1);
		ctx.setLineDash([]);
		box(hoverFrames.slice(0, 600), p.hover, 1.5, 1);
		box(eventFrames.slice(0, 60), p.focus, 2, 1.5);
	}
	/** A frame as it is read out. */
	words(m, pfn) {
		const b = m.blockOf(pfn);
		return `frame ${hex(pfn)}, ${OWNERS[m.meta[pfn] >> 4]}${b.order ? `, order ${b.order} block at ${hex(b.pfn)}` : ""}`;
	}
	/** Rows of the table twin. */
	static table(m, trace) {
		const rows = [];
		let start = 0;
		for (let p = 1; p <= m.frames; p++) {
			if (
				p < m.frames &&
				m.meta[p] >> 4 === m.meta[start] >> 4 &&
				trace.zoneOf(p) === trace.zoneOf(start)
			)
				continue;
			rows.push([
				hex(start),
				hex(p - 1),
				String(p - start),
				OWNERS[m.meta[start] >> 4],
				trace.zoneOf(start)?.name ?? "",
			]);
			start = p;
			if (rows.length > 2000) break;
		}
		return { head: ["first frame", "last frame", "frames", "owner", "zone"], rows };
	}
}

export { addr, orderSize };
