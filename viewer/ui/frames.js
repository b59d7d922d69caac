// SPDX-License-Identifier: MIT
/*
 * frames.js - the physical memory: every frame, in tiles (tiles.js).
 *
 * Far out the map is one image, a pixel a frame; from 4 pixels a frame blocks are drawn one
 * by one, from 8 with their letters and hatches.
 */
import { FREE, UNKNOWN, TAIL, OWNERS } from "../model/owners.js";
import { hex } from "../model/format.js";
import { frameColours } from "./framecolours.js";
import { Picture, TW, TH, TILE, zx, zy } from "./picture.js";
import { LETTER, parseColour, pixel, hatchBox, shade } from "./theme.js";
import { GAP, HEAD, STRIP, Tiles, blockH, blockW } from "./tiles.js";
import { MONO, outline, rect, write } from "./draw.js";
import { Pixels, mix } from "./plot.js";

/** @import {Machine} from "../model/machine.js" */
/** @import {Trace} from "../model/trace.js" */
/** @import {Block} from "../model/types.js" */
/** @import {Special} from "./framecolours.js" */
/** @import {FrameScene, Scene} from "./scene.js" */
/** @import {Context, Palette} from "./theme.js" */
/** @import {Tiled} from "./tiles.js" */

/**
 * What the frames' colours come from; ratio: of the view's pixels to the screen's.
 * @typedef {Pick<Scene, "model" | "trace" | "m" | "i" | "palette" | "colourBy" | "isolate" |
 *	"marks"> & {ratio: number}} Coloured
 */
/**
 * A colour for each meta byte, one for single frames that goes before it, and that of the ground;
 * image: are the frames drawn as one image?
 * @typedef {{lut: Uint32Array, special: Special | null, image: boolean, back: number}} Colours
 */

const NUMBERED = 26; // pixels of a cell that has room for its frame's number

/**
 * What is on a block besides its colour: an edge if it is free, else its hatch; its letter, above
 * the middle if there is a number below.
 * @param {Context} ctx
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 * @param {number} owner
 * @param {number} order
 * @param {boolean} numbered
 * @param {string} lines
 * @param {string} ink
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

export class FrameMap extends Tiles {
	constructor() {
		super();
		/** @type {Picture | null} */
		this.picture = null;
		/** @type {Picture | null} */
		this.overview = null;
		this.stampsFor = 0;
		/** @type {Map<number, string>} */
		this.css = new Map();
		/** @type {Map<number, Uint8Array>} */
		this.stamps = new Map();
		/** @type {Map<number, Uint32Array>} */
		this.tones = new Map();
	}
	laidOut() {
		this.picture = this.overview = null;
	}
	/**
	 * What is on a small block, whatever its colours: 0 where its ground is, 1 to 7 on its letter,
	 * 8 on its hatch or edge. Thousands are drawn in a frame, and a canvas takes ten times as long for them.
	 * @param {number} meta
	 * @param {number} w
	 * @param {number} h
	 * @param {number} ratio
	 * @returns {Uint8Array}
	 */
	stamp(meta, w, h, ratio) {
		const id = (meta * 512 + w) * 512 + h;
		let s = this.stamps.get(id);
		if (s) return s;
		const c = document.createElement("canvas"),
			g = /** @type {CanvasRenderingContext2D} */ (
				c.getContext("2d", { willReadFrequently: true })
			);
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
		s = new Uint8Array(w * h).map((_, k) => data[k * 4 + 1] >> 5 || (data[k * 4] > 90 ? 8 : 0));
		this.stamps.set(id, s);
		return s;
	}
	/**
	 * The colours of a stamp's numbers on ground v.
	 * @param {number} v
	 * @param {number} owner
	 * @param {string} ink
	 * @param {{palette: Palette}} scene
	 * @returns {Uint32Array}
	 */
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
	 * All frames as pixels, as they lie in the view; far out the gaps between tiles are thinner
	 * than a pixel and go to the frames.
	 * @param {number} ratio
	 */
	map(ratio) {
		const c = this.cell(),
			key = [c, this.ox, this.oy, this.h, ratio].join();
		if (this.picture?.key === key) return this.picture;
		const far = c < 1.5,
			sx = (far ? 1 + GAP / TW : 1) * c * ratio,
			sy = (far ? 1 + GAP / TH : 1) * c * ratio;
		const picture = new Picture({
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
		picture.key = key;
		return (this.picture = picture);
	}
	/**
	 * Lays the frames out and colours them; what is drawn far out, where they are pixels, is ready
	 * then.
	 * @param {number} w
	 * @param {number} h
	 * @param {Coloured} scene
	 * @returns {Colours}
	 */
	prepare(w, h, scene) {
		this.layout(scene.trace, w, h);
		const { lut, special } = frameColours(scene),
			image = this.cell() < 4,
			back = pixel(parseColour(scene.palette.panel));
		if (image) this.map(scene.ratio).update(scene.m.meta, lut, special, back);
		return { lut, special, image, back };
	}
	/**
	 * @param {Context} ctx
	 * @param {number} w
	 * @param {number} h
	 * @param {FrameScene} scene
	 */
	draw(ctx, w, h, scene) {
		const { palette: p } = scene,
			colours = this.prepare(w, h, scene),
			{ image } = colours,
			c = this.cell(),
			// the screen's own canvas, onto which pixels can be put
			screen = scene.live && !ctx.vector ? ctx : null,
			pixels = screen && c >= 8 ? new Pixels(screen, 0, 0, w, this.h, p.panel) : null;
		if (!image) rect(ctx, 0, 0, w, h, p.panel);
		else if (screen) this.map(scene.ratio).put(screen, 0, 0);
		else this.map(scene.ratio).draw(ctx, 0, 0, w, this.h);
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
					this.drawTile(ctx, z, t, x, y, c, scene, colours, on, pixels);
				}
			}
			on?.done();
		}
		for (const z of this.zones) this.drawHead(ctx, z, w, scene);
		this.drawOverlay(ctx, scene);
		ctx.restore();
		if (this.inset) this.drawInset(ctx, w, h, scene, colours);
	}
	/**
	 * All frames as pixels, without gaps.
	 * @param {Trace} trace
	 * @param {number} s the size of a frame, in pixels of the view
	 * @param {number} ratio
	 */
	overviewOf(trace, s, ratio) {
		const { cols, rows } = this,
			key = [s, ratio].join();
		if (this.overview?.key === key) return this.overview;
		const overview = new Picture({
			frames: trace.frames,
			zones: this.zones,
			cols,
			w: Math.max(1, Math.round(cols * TW * s * ratio)),
			h: Math.max(1, Math.round(rows * TH * s * ratio)),
			x: (col) => col * TW * s * ratio,
			y: (z, row) => (z.row + row) * TH * s * ratio,
			sx: s * ratio,
			sy: s * ratio,
		});
		overview.key = key;
		return (this.overview = overview);
	}
	/**
	 * The overview below a close-up: all of memory, and a frame around what is seen.
	 * @param {Context} ctx
	 * @param {number} w
	 * @param {number} h
	 * @param {FrameScene} scene
	 * @param {Colours} colours
	 */
	drawInset(ctx, w, h, { m, palette: p, trace, ratio, live }, { lut, special, back }) {
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
		const overview = this.overviewOf(trace, s, ratio);
		overview.update(m.meta, lut, special, back);
		if (live && !ctx.vector) overview.put(ctx, Math.round(x * ratio), Math.round(y * ratio));
		else overview.draw(ctx, x, y, iw, ih);
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
	/**
	 * @param {Context} ctx
	 * @param {Tiled} z
	 * @param {number} w
	 * @param {FrameScene} scene
	 */
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
			heads.find((text) => 12 + tw + ctx.measureText(text).width <= w) ??
				heads[heads.length - 1],
			10 + tw,
			y + HEAD / 2,
		);
	}
	/**
	 * Onto the pixels, if they are given, the small blocks; else what is not there.
	 * @param {Context} ctx
	 * @param {Tiled} z
	 * @param {number} t
	 * @param {number} x
	 * @param {number} y
	 * @param {number} c
	 * @param {FrameScene} scene
	 * @param {Colours} colours
	 * @param {Pixels | null} on
	 * @param {Pixels | null} pixels
	 */
	drawTile(ctx, z, t, x, y, c, scene, { lut, special }, on, pixels) {
		const { m, palette: p, isolate, ratio } = scene,
			first = z.start + t * TILE,
			end = Math.min(first + TILE, z.start + z.n);
		const gap = c >= 7 ? 1 : 0.5;
		const css = (/** @type {number} */ v) => {
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
	/**
	 * @param {Context} ctx
	 * @param {FrameScene} scene
	 */
	drawOverlay(ctx, { palette: p, eventFrames, selFrames, selNow, hoverFrames }) {
		/** @type {(list: Block[], colour: string, width: number, grow: number) => void} */
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
	/**
	 * A frame as it is read out.
	 * @param {Machine} m
	 * @param {number} pfn
	 */
	words(m, pfn) {
		const b = m.blockOf(pfn);
		return `frame ${hex(pfn)}, ${OWNERS[m.meta[pfn] >> 4]}${b.order ? `, order ${b.order} block at ${hex(b.pfn)}` : ""}`;
	}
	/**
	 * Rows of the table twin.
	 * @param {Machine} m
	 * @param {Trace} trace
	 */
	static table(m, trace) {
		/** @type {string[][]} */
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
