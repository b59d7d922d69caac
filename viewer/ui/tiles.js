// SPDX-License-Identifier: MIT
/*
 * tiles.js - where the frames lie in their view: 2 MiB blocks as tiles.
 *
 * Inside a tile the 512 frames lie on a Z-order curve, so that every buddy block is
 * a rectangle and two buddies lie side by side.  Tiles follow in address order, zone
 * by zone.
 */
import { TW, TH, TILE, zx, zy, zindex } from "./picture.js";

/** @import {Trace} from "../model/trace.js" */
/** @import {Zone} from "../model/types.js" */

/**
 * A zone of tiles: its first row, and how many zones' names stand above it and with its own.
 * @typedef {Pick<Zone, "id" | "name" | "start" | "n"> & {row: number, tiles: number, head:
 *	number}} Tiled
 */

export const GAP = 0.5, // between tiles, in cells
	HEAD = 18; // height of a zone's name
export const STRIP = 62; // height of the overview

/**
 * A block's size, in frames.
 * @param {number} o
 */
export const blockW = (o) => 1 << ((o + 1) >> 1),
	blockH = (/** @type {number} */ o) => 1 << (o >> 1);

export class Tiles {
	constructor() {
		this.zoom = this.ox = this.oy = this.fit = this.w = this.h = this.full = 0;
		this.cols = this.rows = 0;
		this.key = "";
		/** @type {Trace} what is laid out */
		this.trace = /** @type {any} */ (null);
		/** @type {Tiled[]} */
		this.zones = [];
		/**
		 * @type {{x: number, y: number, s: number} | null} where the overview is drawn, and its
		 *	scale
		 */
		this.insetBox = null;
		this.inset = false;
		this.reset();
	}
	/** The tiles lie elsewhere than before. */
	laidOut() {}
	/**
	 * Chooses the number of tile columns that makes a cell largest; called when trace or size
	 * change.
	 * @param {Trace} trace
	 * @param {number} w
	 * @param {number} h
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
		let best = { cols: 0, rows: 0, cell: -Infinity };
		for (let cols = 1; cols <= 96; cols++) {
			const rows = tiles.reduce((s, n) => s + Math.ceil(n / cols), 0);
			const cell = Math.min((w - 4) / (cols * (TW + GAP)), room / (rows * (TH + GAP)));
			if (cell > best.cell + 1e-9) best = { cols, rows, cell };
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
		this.laidOut();
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
	/** @param {number} col */
	tileX(col) {
		return col * (TW + GAP) * this.cell() + this.ox + 2;
	}
	/**
	 * @param {Tiled} z
	 * @param {number} row
	 */
	tileY(z, row) {
		return (z.row + row) * (TH + GAP) * this.cell() + z.head * HEAD + this.oy;
	}
	/**
	 * Rectangle of a block in CSS pixels.
	 * @param {number} pfn
	 * @param {number} [order]
	 */
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
	/**
	 * @param {number} px
	 * @param {number} py
	 */
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
	/**
	 * @param {number} px
	 * @param {number} py
	 * @param {number} factor
	 */
	zoomAt(px, py, factor) {
		const before = this.cell();
		this.zoom = Math.max(1, Math.min(this.zoom * factor, Math.max(1, 34 / this.fit)));
		const k = this.cell() / before;
		this.ox = px - (px - this.ox) * k;
		this.oy = py - (py - this.oy) * k;
		this.clamp();
	}
	/**
	 * @param {number} dx
	 * @param {number} dy
	 */
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
	/**
	 * As close to a frame as its block can be read; w, h: the size of the view.
	 * @param {Trace} trace
	 * @param {number} w
	 * @param {number} h
	 * @param {number} pfn
	 */
	closeUp(trace, w, h, pfn) {
		this.layout(trace, w, h); // its size may be another since it was drawn
		const want = Math.max(4.2, Math.min(15, (this.w - 16) / 33));
		this.zoom = Math.max(1, want / this.fit);
		this.clamp();
		this.reveal(pfn);
	}
	/**
	 * A click in the overview brings that part of memory into view; true if it was one.
	 * @param {number} px
	 * @param {number} py
	 */
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
	 * @param {number} pfn
	 * @param {number} [cellSize]
	 */
	reveal(pfn, cellSize = 0) {
		if (cellSize && this.cell() < cellSize)
			this.zoom = Math.min(cellSize / this.fit, Math.max(1, 34 / this.fit));
		const r = this.rect(pfn);
		if (!r) return;
		const edge = Math.min(60, this.w / 6);
		if (r.x < edge || r.y < HEAD + 6 || r.x > this.w - edge || r.y > this.h - edge) {
			const z = this.zones.find((q) => pfn >= q.start && pfn < q.start + q.n),
				tile = (z && this.rect(z.start + (((pfn - z.start) >> 9) << 9))) ?? r,
				c = this.cell();
			const fits = TW * c <= this.w && TH * c <= this.h;
			this.ox += this.w / 2 - (fits ? tile.x + (TW * c) / 2 : r.x);
			this.oy += this.h / 2 - (fits ? tile.y + (TH * c) / 2 : r.y);
		}
		this.clamp();
	}
}
