// SPDX-License-Identifier: MIT
/*
 * virtual.js - the linear addresses.  Left, the whole 4 GiB as bands, not to scale;
 * right, the pages of the chosen band.  Only pages that are used at some moment of
 * the chapter have a cell, so the picture stays put while time moves; what is not
 * used is folded away and says how much it is.  Of the linear map a cell is a slot of
 * 4 MiB, and one of them can be opened: then its 1024 pages are the cells.
 */
import { frameRuns } from "../model/frameinfo.js";
import {
	FREE,
	KERNEL,
	PAGETABLE,
	USER,
	VMALLOC,
	OWNERS,
	UNKNOWN,
	UNTOLD,
} from "../model/owners.js";
import { addr, areaSize, bytes, count, entry, hex, plural } from "../model/format.js";
import { BAND_W, Cells, FOLD, PAGE, SLOT, X0 } from "./cells.js";
import { LETTER, hatch } from "./theme.js";
import { MONO, outline, rect, scrollBar, write } from "./draw.js";

/** @import {Machine} from "../model/machine.js" */
/** @import {Model} from "../model/model.js" */
/** @import {Trace} from "../model/trace.js" */
/** @import {Band} from "../model/types.js" */
/** @import {Spot} from "./cells.js" */
/** @import {Rows} from "./panel.js" */
/** @import {Scene} from "./scene.js" */
/** @import {Context, Palette} from "./theme.js" */

/**
 * The cells [first, end) of a row that begins with base.
 * @typedef {{base: number, first: number, end: number}} Row
 */

/** How high a band is beside the others, by its kind or its name. */
/** @type {Record<string, number>} */
const HEIGHTS = { vmalloc: 3, "linear map": 2, user: 2, "no region": 0.7 };
const OTHER_HEIGHT = 1.25;
/**
 * The colour at the edge of a band, by its kind.
 * @param {Palette} p
 * @returns {Record<string, string>}
 */
const edgesOf = (p) => ({
	vmalloc: p.vm,
	"linear map": p.cls[KERNEL],
	user: p.cls[USER],
	fixmap: p.other,
	devices: p.other,
	kmap: p.zone[2],
	other: p.zone[2],
	"page tables": p.cls[PAGETABLE],
});

/** @type {Record<number | string, number>} how strongly looks that are no class are painted */
const ALPHA = { device: 0.6, free: 0.45, reserved: 0.4 };
/** @type {Record<number | string, string>} */
const LETTERS = { ...LETTER, device: "I", other: "M" };

export class VirtualView extends Cells {
	constructor() {
		super();
		/** @type {{y: number, h: number, band: Band}[]} where the bands are drawn */
		this.bandRects = [];
	}
	/**
	 * @param {Context} ctx
	 * @param {number} w
	 * @param {number} h
	 * @param {Scene} scene
	 */
	draw(ctx, w, h, scene) {
		const { palette: p, trace } = scene;
		rect(ctx, 0, 0, w, h, p.panel);
		this.layout(w, h);
		this.drawBands(ctx, h, scene);
		ctx.save();
		ctx.beginPath();
		ctx.rect(BAND_W, this.head, w - BAND_W, h - this.head);
		ctx.clip();
		if (!this.runs.length) {
			const band = this.shown;
			const lines =
				band.name === "gap"
					? [
							`${bytes(band.to - band.from)} left unmapped:`,
							"a pointer that runs past the",
							"linear map faults.",
						]
					: [
							"Nothing is mapped here",
							trace.marks.length ? "in this chapter." : "in this trace.",
						];
			lines.forEach((line, n) =>
				write(ctx, line, BAND_W + 14, 14 + 17 * n, p.dim, "left", "12px", undefined, "top"),
			);
		}
		const { cell, cols, unit } = this,
			up = this.scroll;
		for (const f of this.folds)
			if (f.y < up + h && f.y + FOLD > up) this.drawFold(ctx, f.pages, f.y - up, w, scene);
		for (const run of this.runs) {
			// only rows in sight
			const end = Math.min(run.rows, Math.ceil((up + h - run.y) / cell));
			for (let r = Math.max(0, Math.floor((up - run.y) / cell)); r < end; r++) {
				const base = run.top - r * cols,
					row = {
						base,
						first: Math.max(base, run.first),
						end: Math.min(base + cols, run.end),
					};
				if (unit > PAGE) this.drawSlots(ctx, row, run.y + r * cell - up, scene);
				else this.drawPages(ctx, row, run.y + r * cell - up, scene);
			}
		}
		this.drawMarks(ctx, h, scene);
		scrollBar(ctx, w, h, this.total, up, p);
		ctx.restore();
		if (!this.head) return;
		rect(ctx, BAND_W + 1, 0, w - BAND_W - 1, FOLD, p.chapterOn);
		write(ctx, "‹ " + this.level, BAND_W + 8, FOLD / 2, p.text, "left", "10px");
	}
	/**
	 * Outlines what is pointed at, the address of the walk, and what the event speaks of.
	 * @param {Context} ctx
	 * @param {number} h
	 * @param {Scene} scene
	 */
	drawMarks(ctx, h, { palette: p, va, eventPages, hoverPages, selPages }) {
		const slots = this.unit > PAGE,
			size = this.cell - (this.cell >= 6 ? 1 : 0.5);
		const mark = (/** @type {Iterable<number>} */ cells, /** @type {string} */ colour) => {
			for (const at of slots ? new Set([...cells].map((x) => x >>> 10)) : cells) {
				const c = this.spot(at * this.unit);
				if (c && c.y < h && c.y + c.h > 0) outline(ctx, c.x, c.y, size, size, colour, 2);
			}
		};
		mark(hoverPages, p.hover);
		if (selPages.size > 1) mark(selPages, p.accent);
		else if (va !== null) mark([va >>> 12], slots ? p.focus : p.accent);
		mark(eventPages, p.focus);
	}
	/**
	 * @param {Context} ctx
	 * @param {number} h
	 * @param {Scene} scene
	 */
	drawBands(ctx, h, { palette: p, m, trace, va }) {
		const weights = this.bands.map((b) => HEIGHTS[b.kind || b.name] ?? OTHER_HEIGHT),
			sum = weights.reduce((s, x) => s + x, 0);
		let y = 2;
		this.bandRects = [];
		this.bands.forEach((b, x) => {
			const bh = ((h - 4) * weights[x]) / sum,
				on = b.id === this.band,
				here = va !== null && va >= b.from && va < b.to;
			const area = (/** @type {string | CanvasPattern} */ colour) =>
				rect(ctx, 4, y + 1, BAND_W - 8, bh - 2, colour);
			area(on ? (p.dark ? "#1e2a3a" : "#e4eefb") : p.dark ? "#161b23" : "#f6f8fa");
			if (!b.kind) area(hatch(ctx, p.faint));
			const bar = edgesOf(p)[b.kind];
			if (bar) rect(ctx, 4, y + 1, 4, bh - 2, bar);
			if (on || here)
				outline(
					ctx,
					4.5,
					y + 1.5,
					BAND_W - 9,
					bh - 3,
					here ? p.focus : p.dim,
					here ? 2 : 1,
				);
			const line = (/** @type {string} */ text, /** @type {number} */ down) =>
				write(ctx, text, 13, y + down, p.dim, "left", "11px", undefined, "top");
			// as much of the kernel's name as there is room for
			let name = b.name;
			ctx.font = "600 11px system-ui, sans-serif";
			while (name.length > 3 && ctx.measureText(name).width > BAND_W - 18)
				name = name.slice(0, -2) + "…";
			write(ctx, name, 13, y + 5, p.text, "left", "600 11px", undefined, "top");
			if (bh > 44) {
				line(bytes(b.to - b.from), 19);
				if (b.kind === "vmalloc" && bh > 60) {
					line(plural(m.areas.length, "area"), 33);
					const pages =
						[`${m.vmPages} pages`, `${m.vmPages} pg`].find(
							(text) => ctx.measureText(text).width <= BAND_W - 21,
						) ?? `${Math.round(m.vmPages / 1000)} k pg`;
					if (bh > 74) line(pages, 47);
				}
			}
			if (bh > 30)
				write(ctx, addr(b.from), 13, y + bh - 4, p.dim, "left", "10px", MONO, "bottom");
			this.bandRects.push({ y, h: bh, band: b });
			y += bh;
		});
		rect(ctx, BAND_W, 0, 1, h, p.line);
	}
	/**
	 * @param {Context} ctx
	 * @param {number} pages
	 * @param {number} y
	 * @param {number} w
	 * @param {Scene} scene
	 */
	drawFold(ctx, pages, y, w, { palette: p }) {
		const mid = (BAND_W + w) / 2,
			text = `${bytes(pages * 4096)} not used`;
		write(ctx, text, mid, y + 9, p.dim, "center", "10px");
		const half = ctx.measureText(text).width / 2 + 8;
		ctx.strokeStyle = p.faint;
		ctx.setLineDash([2, 3]);
		ctx.lineWidth = 1;
		ctx.beginPath();
		ctx.moveTo(BAND_W + 10, y + 9.5);
		ctx.lineTo(mid - half, y + 9.5);
		ctx.moveTo(mid + half, y + 9.5);
		ctx.lineTo(w - 10, y + 9.5);
		ctx.stroke();
		ctx.setLineDash([]);
	}
	/**
	 * @param {Context} ctx
	 * @param {number} base
	 * @param {number} y
	 * @param {Palette} p
	 */
	label(ctx, base, y, p) {
		write(
			ctx,
			addr(Math.max(0, base) * this.unit),
			X0 - 6,
			y + this.cell / 2,
			p.dim,
			"right",
			"10px",
			MONO,
		);
	}
	/**
	 * How many of a slot's frames are in use, and how many it has.
	 * @param {Machine} m
	 * @param {number} slot
	 * @param {number} pde
	 * @param {Trace} trace
	 */
	inUse(m, slot, pde, { frames, layout }) {
		const first = m.isLarge(pde) ? pde >>> 12 : slot * 1024 - (layout.page_offset >>> 12),
			end = Math.min(first + 1024, frames);
		let used = 0;
		for (let pfn = first; pfn < end; pfn++) if (m.meta[pfn] >> 4 !== FREE) used++;
		return [used, Math.max(0, end - first)];
	}
	/**
	 * @param {Context} ctx
	 * @param {Row} row
	 * @param {number} y
	 * @param {Scene} scene
	 */
	drawSlots(ctx, { base, first, end }, y, { m, palette: p, trace }) {
		const c = this.cell,
			dir = m.dirs.get(m.curPgd) ?? m.dirs.get(m.refPgd);
		this.label(ctx, base, y, p);
		for (let slot = first; slot < end; slot++) {
			const x = X0 + (slot - base) * c,
				pde = dir?.entry[slot] ?? 0;
			const known = dir && dir.since[slot] !== UNTOLD;
			rect(ctx, x, y, c - 1, c - 1, p.cls[known ? FREE : UNKNOWN]);
			if (!(pde & 1)) continue;
			const [used, n] = this.inUse(m, slot, pde, trace),
				high = n && (used / n) * (c - 1),
				clear = high < c * 0.7; // how much of the 4 MiB behind the slot is in use
			rect(ctx, x, y + (c - 1) - high, c - 1, high, p.cls[KERNEL]);
			if (c >= 20)
				write(
					ctx,
					m.isLarge(pde) ? "4M" : "4K",
					x + c / 2 - 0.5,
					y + (clear ? Math.min(c / 2, (c - high) / 2 + 1) : c / 2),
					p.dark || !clear ? "#fff" : p.text,
					"center",
					"10px",
					MONO,
				);
		}
	}
	/**
	 * What a page looks like: a class, in the linear map its frame's, or a name.
	 * @param {Machine} m
	 * @param {Trace} trace
	 * @param {number} at
	 * @returns {number | string}
	 */
	look(m, trace, at) {
		const area = m.areaAt(at),
			walk = m.walk(at),
			kind = this.shown.kind;
		if (walk.ok) {
			if (kind === "user") return USER;
			if (kind === "page tables") return PAGETABLE;
			if (kind === "devices" || walk.pa >>> 12 >= trace.frames || (area && area.flags & 1))
				return "device";
			return this.slot >= 0 ? m.meta[walk.pa >>> 12] >> 4 : area ? VMALLOC : "other";
		}
		if (walk.unknown) return UNKNOWN;
		if (!area) return "free";
		return at >= area.addr + area.size - 4096 ? "guard" : "reserved";
	}
	/**
	 * @param {Context} ctx
	 * @param {Row} row
	 * @param {number} y
	 * @param {Scene} scene
	 */
	drawPages(ctx, { base, first, end }, y, scene) {
		const { m, palette: p, trace } = scene,
			c = this.cell,
			gap = c >= 6 ? 1 : 0.5;
		if (((base + this.shift) / this.cols) % Math.ceil(12 / c) === 0)
			this.label(ctx, base, y, p);
		/** @type {Record<number | string, string | CanvasPattern>} */
		const colours = {
			...p.cls,
			device: p.other,
			other: p.zone[2],
			free: p.cls[1],
			guard: c < 6 ? p.warn : hatch(ctx, p.warn),
			reserved: p.vm,
		};
		const x = (/** @type {number} */ page) => X0 + (page - base) * c;
		for (let page = first; page < end;) {
			const look = this.look(m, trace, page * 4096);
			let n = 1; // small cells of the same look are one stroke of the brush
			if (c < 6)
				while (page + n < end && this.look(m, trace, (page + n) * 4096) === look) n++;
			if (look === "reserved" && c >= 6) {
				outline(ctx, x(page) + 0.5, y + 0.5, c - gap - 1, c - gap - 1, p.vm);
			} else {
				ctx.globalAlpha = ALPHA[look] ?? 1;
				rect(ctx, x(page), y, n * c - gap, c - gap, colours[look]);
				ctx.globalAlpha = 1;
			}
			if (c >= 6) this.drawCell(ctx, m, look, page * 4096, x(page), y, c, gap, p);
			page += n;
		}
	}
	/**
	 * Letter, frame, border and the start of an area, on a cell large enough.
	 * @param {Context} ctx
	 * @param {Machine} m
	 * @param {number | string} look
	 * @param {number} at
	 * @param {number} x
	 * @param {number} y
	 * @param {number} c
	 * @param {number} gap
	 * @param {Palette} p
	 */
	drawCell(ctx, m, look, at, x, y, c, gap, p) {
		if (look === "guard") outline(ctx, x + 0.5, y + 0.5, c - gap - 1, c - gap - 1, p.warn);
		const letter = LETTERS[look];
		if (letter && c >= 12) {
			const roomy = c >= 26,
				ink =
					look === "device"
						? p.text
						: (typeof look === "number" && p.on[look]) || p.on[VMALLOC];
			write(
				ctx,
				letter,
				x + c / 2,
				y + c / 2 - (roomy ? 5 : 0),
				ink,
				"center",
				`600 ${Math.min(11, c - 4)}px`,
				MONO,
			);
			if (roomy)
				write(
					ctx,
					(m.walk(at).pa >>> 12).toString(16),
					x + c / 2,
					y + c / 2 + 7,
					ink,
					"center",
					"8px",
					MONO,
				);
		}
		const area = m.areaAt(at);
		if (area && at === area.addr) rect(ctx, x - 1, y, 2, c - gap, p.text);
	}
	/**
	 * What is at a point: {band}, with {back} the way one level out; {va} of a page, of a slot if
	 * {slot}.
	 * @param {number} px
	 * @param {number} py
	 * @returns {Spot | null}
	 */
	hit(px, py) {
		const va = this.near(px, py),
			c = this.spot(va);
		if (px < BAND_W) return this.bandRects.find((r) => py >= r.y && py < r.y + r.h) ?? null;
		if (py < this.head) return { back: true, band: this.shown };
		return c && px >= c.x && py >= c.y && px < c.x + c.w && py < c.y + c.h
			? { va, slot: this.unit > PAGE }
			: null;
	}
	/**
	 * A cell as it is read out.
	 * @param {Machine} m
	 * @param {number} va
	 */
	words(m, va) {
		const w = m.walk(va),
			page = va - (va % PAGE),
			{ trace } = /** @type {Model} */ (this.model);
		return `${this.unit > PAGE ? "4 MiB from" : "page"} ${addr(page)}, ${w.ok ? `mapped to frame ${hex(w.pa >>> 12)}${this.slot < 0 ? "" : `, ${OWNERS[m.meta[w.pa >>> 12] >> 4]}`}` : this.look(m, trace, page) === "guard" ? "guard page" : w.unknown ? "unknown: no event has told this entry" : "not mapped"}`;
	}
	/**
	 * The rows of the table twin: areas, slots, or runs of pages alike.
	 * @param {Machine} m
	 * @param {Trace} trace
	 * @returns {Rows}
	 */
	rows(m, trace) {
		const {
				slot: open,
				shown: { from, to, kind },
			} = this,
			slots = kind === "linear map" && open < 0,
			/** @type {any[][]} */
			rows = [],
			end = Math.min(to, (open < 0 ? 1024 : open + 1) * SLOT);
		if (kind === "vmalloc") return VirtualView.table(m, trace);
		let run = ""; // what a run of pages has in common
		for (let va = open < 0 ? from : open * SLOT; va < end && rows.length < 2000; va += PAGE) {
			const w = m.walk(va),
				{ pde } = w,
				e = w.large ? pde : w.pte,
				owner = OWNERS[m.meta[w.pa >>> 12] >> 4] ?? "no RAM",
				last = run;
			run = w.ok ? [va - w.pa, e & 4095, owner].join() : "";
			if (slots)
				rows.push([
					addr(va),
					pde & 1 ? (w.large ? "4M" : "4K") : "",
					entry(pde),
					this.inUse(m, w.slot, pde, trace).map(count).join(" of "),
				]);
			else if (run && run === last) rows[rows.length - 1][1]++;
			else if (run) rows.push([addr(va), 1, owner, entry(e)]);
			// all of the slot is told
			if (slots || w.why === "pde") va += SLOT - PAGE - (va % SLOT);
		}
		return {
			head: slots
				? ["slot", "pages of", "entry", "frames in use"]
				: ["first page", "pages", "owner", "first entry"],
			rows,
		};
	}
	/**
	 * @param {Machine} m
	 * @param {Trace} trace
	 * @returns {Rows}
	 */
	static table(m, trace) {
		return {
			head: [
				"area",
				"size",
				"kind",
				"pages mapped",
				"runs of frames",
				"guard page",
				"since event",
			],
			rows: m.areas.map((a) => {
				let mapped = 0;
				for (let at = a.addr; at < a.addr + a.size; at += 4096)
					if (m.walk(at, m.refPgd).ok) mapped++;
				return [
					addr(a.addr),
					areaSize(a),
					trace.kinds.value("vm_op", a.op) ?? (a.flags & 1 ? "ioremap" : "vmalloc"),
					mapped,
					frameRuns(m, a),
					addr(a.addr + a.size - 4096),
					a.i < 0 ? "before the trace" : "#" + a.i,
				];
			}),
		};
	}
}
