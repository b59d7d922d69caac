// SPDX-License-Identifier: MIT
/*
 * cells.js - where the linear addresses lie in their view: which band is chosen, which of its
 * pages have a cell, and where that is.
 *
 * Closer, cells are larger and fewer stand in a row, so that there is one direction to
 * scroll in.  A cell has the number address / unit.
 */
import { addr } from "../model/format.js";

/** @import {Model} from "../model/model.js" */
/** @import {Band} from "../model/types.js" */

/** @typedef {{x: number, y: number, w: number, h: number}} Box */
/**
 * Cells without a fold between: [first, end), drawn from y down in rows, the highest of which
 * begins with cell top.
 * @typedef {{first: number, end: number, top: number, rows: number, y: number}} Run
 */
/** So many pages (or slots) are folded away at y. @typedef {{y: number, pages: number}} Fold */
/**
 * What lies at a point: a page, or a slot if slot; a band; or, if back, the way one level out.
 * @typedef {{va?: number, slot?: boolean, band?: Band, back?: boolean}} Spot
 */

export const BAND_W = 92, // width of the bands at the left
	X0 = BAND_W + 72, // where cells begin
	FOLD = 18, // height of the row that tells of what is folded away
	PAGE = 4096,
	SLOT = 4194304;
const LARGEST = 34, // size of a cell
	BACK = 0.8; // so far out of a slot is out of it
/** @type {(least: number, v: number, most: number) => number} */
export const within = (least, v, most) => Math.max(least, Math.min(v, most));

export class Cells {
	constructor() {
		/** @type {Model | null} whose addresses they are */
		this.model = null;
		/** How many events it had. */
		this.n = -1;
		/** @type {Band[]} */
		this.bands = [];
		/** The band that is shown, and the slot of it: -1, all. */
		this.band = "vmalloc";
		this.slot = -1;
		/** Was the band chosen by hand? */
		this.chosen = false;
		/** @type {[number, number]} the events of the chapter */
		this.span = [0, 0];
		this.spanId = "";
		/** @type {Record<string, [number, number][]>} the cells a band uses in a chapter */
		this.used = {};
		/** @type {number | null} the address that was followed last */
		this.va = null;
		/** The address that the next layout brings into sight; -1: none. */
		this.want = -1;
		this.w = this.h = this.total = this.scroll = 0;
		/** The size of a cell, and that at which all fit. */
		this.cell = this.fit = 0;
		this.zoom = 1;
		this.cols = this.head = this.shift = 0;
		/** Bytes of a cell. */
		this.unit = PAGE;
		/** @type {Run[]} highest first */
		this.runs = [];
		/** @type {Fold[]} */
		this.folds = [];
		this.key = "";
	}
	/** There are more events than before: what is used is asked anew. */
	forget() {
		this.n = -1;
	}
	/** @param {Model} model */
	load(model) {
		const { bands } = model.used,
			{ n } = model.trace;
		if (this.model === model && this.n === n) return;
		Object.assign(this, { model, n, bands, used: {}, key: "" });
		if (!this.named(this.band)) this.band = (this.named("linear") ?? bands[0]).id;
	}
	/** @param {string} id */
	named(id) {
		return this.bands.find((x) => x.id === id);
	}
	/** @returns {Band} the band that is shown; there is one once a model is loaded */
	get shown() {
		return /** @type {Band} */ (this.named(this.band));
	}
	/**
	 * @param {Band} band
	 * @returns {[number, number][]}
	 */
	ranges(band) {
		const { used, seeker } = /** @type {Model} */ (this.model),
			[from, to] = this.span;
		return (this.used[`${band.id}:${this.span}`] ??= used.ranges(
			band,
			from,
			to,
			seeker.tablesAt(from - 1),
		));
	}
	/**
	 * Where the row begins that cell `at` is in.
	 * @param {number} at
	 */
	base(at) {
		return at - ((at + this.shift) % this.cols);
	}
	/**
	 * @param {number} w
	 * @param {number} h
	 */
	layout(w, h) {
		const key = [w, h, this.band, this.slot, this.zoom, this.spanId].join();
		if (this.key !== key) {
			Object.assign(this, { key, w, h });
			this.place();
		}
		const c = this.spot(this.want);
		if (c && (c.y < this.head || c.y + c.h > h)) this.scroll += c.y - h / 2;
		this.want = -1;
		this.scroll = Math.max(0, Math.min(this.scroll, this.total - h));
	}
	/** Gives the cells their places: in address order, rows downwards to lower addresses. */
	place() {
		const { w, h, slot, shown: band } = this,
			wide = w - BAND_W - 74,
			linear = band.kind === "linear map",
			slots = linear && slot < 0,
			unit = slots ? SLOT : PAGE,
			size = (/** @type {number} */ c) => Math.floor(wide / c);
		const from = slot < 0 ? Math.floor(band.from / unit) : slot * 1024,
			to = Math.min(slot < 0 ? SLOT : from + 1024, Math.ceil(band.to / unit)),
			/** @type {[number, number][]} */
			ranges = linear ? [[from, to]] : this.ranges(band),
			n = ranges.reduce((s, [x, y]) => s + y - x, 0);
		const fits = (/** @type {number} */ c) =>
			slots ? within(10, size(c), LARGEST) : within(2, size(c), n <= 128 ? 30 : 20);
		let cols = n <= 16 ? 4 : n <= 64 ? 8 : 16;
		if (!slots)
			for (const c of [8, 16, 32, 64]) {
				if (c > 8 && wide / c < 4) break;
				cols = c;
				if ((n / c + ranges.length) * fits(c) + ranges.length * 16 < h) break;
			}
		const fit = fits(cols),
			cell = within(fit, Math.round(fit * this.zoom), LARGEST),
			close = cell > fit;
		if (close) cols = within(1, size(cell), cols);
		else this.shift = 0;
		Object.assign(this, { cols, cell, fit, unit });
		this.head = close || slot >= 0 ? FOLD : 0;
		this.runs = [];
		this.folds = [];
		let y = 6 + this.head,
			above = to;
		const fold = (/** @type {number} */ end) => {
			if (above > end) {
				this.folds.push({ y, pages: above - end });
				y += FOLD;
			}
		};
		for (const [first, end] of [...ranges].reverse()) {
			fold(end);
			const top = this.base(end - 1),
				rows = (top - this.base(first)) / cols + 1;
			this.runs.push({ first, end, top, rows, y });
			y += rows * cell;
			above = first;
		}
		if (n) fold(from);
		this.total = y + (close ? h - FOLD : 6); // close, even the last row can be held anywhere
	}
	/**
	 * Where an address's cell lies, in sight or not; null if it has none.
	 * @param {number} va
	 * @returns {Box | null}
	 */
	spot(va) {
		const at = Math.floor(va / this.unit),
			run = this.runs.find((r) => at >= r.first && at < r.end),
			base = this.base(at),
			c = this.cell;
		return run
			? {
					x: X0 + (at - base) * c,
					y: run.y + ((run.top - base) / this.cols) * c - this.scroll,
					w: c,
					h: c,
				}
			: null;
	}
	/**
	 * The same if it is in sight.
	 * @param {number} va
	 * @param {number} h
	 */
	cellOf(va, h) {
		const c = this.spot(va);
		return c && c.y >= this.head && c.y + c.h <= h ? c : null;
	}
	/** @param {number} x */
	column(x) {
		return within(0, Math.floor((x - X0) / this.cell), this.cols - 1);
	}
	/**
	 * The address of the cell at a point, or of that next to it; -1: there is none.
	 * @param {number} x
	 * @param {number} y
	 */
	near(x, y) {
		const { cell } = this,
			down = y + this.scroll,
			run = this.runs.find((r) => down < r.y + r.rows * cell) ?? this.runs.at(-1);
		return run
			? within(
					run.first,
					run.top -
						within(0, Math.floor((down - run.y) / cell), run.rows - 1) * this.cols +
						this.column(x),
					run.end - 1,
				) * this.unit
			: -1;
	}
	/**
	 * Closer or further; the cell at the point stays there. Past the largest slot lie its pages,
	 * and before these the slots.
	 * @param {number} x
	 * @param {number} y
	 * @param {number} factor
	 */
	zoomAt(x, y, factor) {
		const va = this.near(x, y),
			at = va / this.unit,
			c = this.spot(va),
			slots = this.unit > PAGE,
			most = (LARGEST / this.fit) * (slots ? 1.25 : 1);
		if (!c) return;
		this.chosen = true;
		this.zoom = within(this.slot < 0 ? 1 : BACK, this.zoom * factor, most);
		if (slots && this.zoom === most) this.enter(at);
		else if (this.zoom === BACK) this.enter(-1);
		else {
			this.place();
			this.shift = (this.column(x) - (at % this.cols) + this.cols) % this.cols;
			this.place();
			this.scroll += (this.spot(va) ?? c).y + within(0, (y - c.y) / c.h, 1) * this.cell - y;
		}
	}
	/**
	 * A double click: as large as cells get, and back.
	 * @param {number} x
	 * @param {number} y
	 */
	toggle(x, y) {
		this.zoomAt(x, y, this.unit === PAGE && this.cell > this.fit ? 1 / this.zoom : 99);
	}
	/**
	 * To the pages of a slot of the linear map, or -1 to the slots.
	 * @param {number} slot
	 */
	enter(slot) {
		Object.assign(this, {
			want: slot < 0 ? this.slot * SLOT : -1,
			slot,
			zoom: 1,
			cell: this.fit,
			scroll: 0,
		});
	}
	/** All the way out. */
	reset() {
		this.enter(-1);
	}
	/**
	 * One level out: all cells, the slots, the band the events are about; false if there is none.
	 */
	out() {
		if (this.cell > this.fit) this.zoomAt(this.w / 2, this.h / 2, 1 / this.zoom);
		else if (this.slot >= 0) this.reset();
		else if (this.chosen) this.spanId = "";
		else return false;
		return true;
	}
	/** How close the band is seen, in words. */
	get level() {
		return (
			[
				this.slot >= 0 && `4 MiB from ${addr(this.slot * SLOT)}`,
				this.cell > this.fit && `${this.cols} cells a row`,
			]
				.filter(Boolean)
				.join(", ") || "all"
		);
	}
	/**
	 * @param {WheelEvent} e
	 * @param {number} x
	 * @param {number} y
	 */
	wheel(e, x, y) {
		if (e.ctrlKey || e.metaKey) this.zoomAt(x, y, 1.004 ** -e.deltaY);
		else this.scroll += e.deltaY;
	}
	/**
	 * A new chapter shows the vmalloc range if the chapter uses it, else the linear map, else the
	 * highest region that it uses; then va is followed; a click on a band wins.
	 * @param {{model: Model}} scene
	 * @param {[number, number]} span
	 * @param {number | null} va
	 */
	prepare({ model }, span, va) {
		this.load(model);
		this.span = span;
		const id = String(span);
		if (id !== this.spanId) {
			this.spanId = id;
			this.va = null;
			this.chosen = false;
			const uses = (/** @type {Band | undefined} */ band) =>
				band && this.ranges(band).length > 0;
			this.show(
				(
					[this.named("vmalloc")].find(uses) ??
					this.named("linear") ??
					this.bands.find(uses) ??
					this.bands[0]
				).id,
			);
		}
		if (va !== this.va && va !== null && !this.chosen) this.reveal(va);
		this.va = va;
	}
	/** @param {string} id */
	show(id) {
		this.reset();
		this.band = id;
	}
	/** @param {string} id */
	choose(id) {
		this.show(id);
		this.chosen = true;
	}
	/**
	 * Does what a click on a band or on the way back does; false: it was on a cell.
	 * @param {Pick<Spot, "back" | "band">} hv
	 */
	press(hv) {
		if (hv.back) this.out();
		else if (hv.band) this.choose(hv.band.id);
		return !!hv.band;
	}
	/**
	 * The address one cell on from va's, to the side or to the row above or below; of a va without
	 * a cell the nearest that has one; null: nothing has.
	 * @param {number} va
	 * @param {string} [key] an arrow's
	 * @returns {number | null}
	 */
	step(va, key = "") {
		const { runs, unit } = this,
			at = Math.floor(va / unit),
			n = runs.findIndex((r) => at >= r.first),
			run = runs[n] ?? runs.at(-1),
			c = this.spot(va);
		if (!c) return run ? within(run.first, at, run.end - 1) * unit : null;
		const go = (/** @type {number} */ y) => this.near(c.x, c.y + y) / unit;
		const to =
			key === "ArrowRight"
				? at + 1 < run.end
					? at + 1
					: (runs[n - 1]?.first ?? at)
				: key === "ArrowLeft"
					? at > run.first
						? at - 1
						: (runs[n + 1]?.end ?? at + 1) - 1
					: key === "ArrowDown"
						? go(c.h + 1)
						: key === "ArrowUp"
							? c.y + this.scroll > run.y
								? go(-1)
								: go(-1 - FOLD)
							: at;
		return to === at ? va : to * unit;
	}
	/**
	 * Turns to the band above or below the chosen one; returns it.
	 * @param {number} d
	 * @returns {Band}
	 */
	turn(d) {
		this.choose(
			this.bands[within(0, this.bands.indexOf(this.shown) + d, this.bands.length - 1)].id,
		);
		return this.shown;
	}
	/**
	 * Turns to the band, and the slot, an address is in; the next layout brings its row into sight.
	 * @param {number} va
	 */
	reveal(va) {
		const b = this.bands.find((x) => va >= x.from && va < x.to);
		if (!b || b.name === "gap") return;
		if (b.id !== this.band) this.show(b.id);
		if (this.slot >= 0) this.slot = va >>> 22;
		this.want = va;
	}
}
