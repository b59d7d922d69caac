// SPDX-License-Identifier: MIT
/*
 * buddy.js - the free lists: a row for each order of each zone, blocks in list order
 * with the head, the block that goes out next, at the left.  Of a kernel of single pages
 * there are no rows: the free frames of a zone, the one freed last first.
 */
import { hex, orderSize } from "../model/format.js";
import { pairBit } from "../model/why.js";
import { MONO, outline, rect, scrollBar, write } from "./draw.js";
/** @import {Machine} from "../model/machine.js" */
/** @import {Trace} from "../model/trace.js" */
/** @import {Block, Zone} from "../model/types.js" */
/** @import {Scene} from "./scene.js" */
/** @import {Context} from "./theme.js" */

/**
 * What lies at a place: a block on its list, the head of a list (row: its order), or a pair's bit.
 * @typedef {{x: number, y: number, w: number, h: number, pfn?: number, order?: number,
 *	row?: number, bit?: number, pairOrder?: number, pairFrame?: number, zone?: Zone}} Hit
 */
/** A block. @typedef {Hit & {pfn: number, order: number}} BlockHit */
const HEAD = 20,
	LEFT = 76,
	CELL = 44, // a single frame
	CELL_H = 20;

/**
 * Does a list hold a part of this block?
 * @param {{pfn: number, order?: number}[]} list
 * @param {number} pfn
 * @param {number} order
 */
const inside = (list, pfn, order) =>
	list.some((f) => f.pfn < pfn + 2 ** order && f.pfn + 2 ** (f.order ?? 0) > pfn);
/**
 * The frame whose pairs' bits are shown if it is in this zone, else -1.
 * @param {Zone} zone
 * @param {number} [of]
 */
const pairIn = (zone, of = -1) => (of >= zone.start && of < zone.start + zone.n ? of : -1);

export class BuddyView {
	constructor() {
		this.scroll = this.rowH = this.total = this.right = 0;
		this.seen = -1;
		this.single = false;
		/** @type {Hit[]} */
		this.hits = [];
		/** @type {BlockHit | null} the keyboard's block */
		this.at = null;
	}
	/**
	 * @param {Trace} trace
	 * @param {number} h
	 */
	layout(trace, h) {
		const zones = [...trace.zones].reverse();
		const rows = zones.length * trace.orders;
		this.rowH = Math.max(12, Math.min(26, (h - zones.length * (HEAD + 4)) / rows));
		this.total = zones.length * (HEAD + 4) + rows * this.rowH;
		return zones;
	}
	/**
	 * @param {Context} ctx
	 * @param {number} w
	 * @param {number} h
	 * @param {Scene} scene
	 */
	draw(ctx, w, h, scene) {
		const { trace, palette: p } = scene;
		this.single = trace.single;
		rect(ctx, 0, 0, w, h, p.panel);
		if (trace.single) {
			this.drawFrames(ctx, w, h, scene);
			return;
		}
		const zones = this.layout(trace, h),
			digits = Math.max(2, ...scene.m.counts.map((n) => String(n).length)),
			bitX = w - 6 - 7 * digits - 18; // the column of bits stands clear of the counts
		this.right = w - bitX + 12;
		this.follow(zones, h, scene);
		this.scroll = Math.max(0, Math.min(this.scroll, this.total - h));
		this.hits = [];
		let y = -this.scroll;
		for (const zone of zones) {
			const of = pairIn(zone, scene.pairOf);
			this.drawHead(ctx, { zone, y, w, bitX, of }, scene);
			y += HEAD;
			for (let o = trace.orders - 1; o >= 0; o--, y += this.rowH) {
				if (y > h || y + this.rowH < 0) continue;
				this.drawRow(ctx, { zone, o, y, w }, scene);
				if (of >= 0 && o < trace.orders - 1)
					this.drawBit(ctx, { zone, o, y, bitX, of }, scene);
				this.drawList(ctx, { zone, o, y, w }, scene);
			}
			y += 4;
		}
		scrollBar(ctx, w, h, this.total, this.scroll, p);
	}
	/**
	 * The event's list comes into view once; scrolling by hand then stays.
	 * @param {Zone[]} zones
	 * @param {number} h
	 * @param {Scene} scene
	 */
	follow(zones, h, { eventBlocks: [about], trace, i }) {
		const at = about ? zones.findIndex((z) => z.id === about.zone) : -1,
			rh = this.rowH;
		if (at < 0 || this.seen === i) return;
		const top =
			at * (HEAD + 4 + trace.orders * rh) + HEAD + (trace.orders - 1 - about.order) * rh;
		if (top < this.scroll + HEAD || top + rh > this.scroll + h) this.scroll = top - h / 2;
		this.seen = i;
	}
	/**
	 * The name of a zone and what is free in it: the longest of the headings that has room.
	 * @param {Context} ctx
	 * @param {{zone: Zone, y: number, w: number, bitX: number, of: number}} place
	 * @param {Scene} scene
	 */
	drawHead(ctx, { zone, y, w, bitX, of }, { m, palette: p }) {
		const mid = y + HEAD / 2 + 1,
			largest = m.largest(zone.id),
			free = m.zoneFree[zone.id],
			most = largest < 0 ? "none" : orderSize(largest);
		write(ctx, zone.name, 6, mid, p.text, "left", "600 11px");
		const nameW = ctx.measureText(zone.name).width,
			room = w - 14 - nameW - (of >= 0 ? w - bitX + 12 : 6),
			heads = [
				`${free} pages free · largest ${most}`,
				`${free} free · largest ${most}`,
				`${free} free · ${most}`,
				`${free} free`,
			];
		write(ctx, "", 0, 0, p.dim);
		ctx.fillText(
			heads.find((text) => ctx.measureText(text).width <= room) ?? heads[heads.length - 1],
			14 + nameW,
			mid,
		);
		if (of >= 0) write(ctx, "bit", bitX + 13, mid, p.dim, "right");
	}
	/**
	 * What stands before a list and behind it: its order, and how many blocks it has.
	 * @param {Context} ctx
	 * @param {{zone: Zone, o: number, y: number, w: number}} place
	 * @param {Scene} scene
	 */
	drawRow(ctx, { zone, o, y, w }, scene) {
		const { m, palette: p } = scene,
			rh = this.rowH,
			n = m.counts[zone.id * m.orders + o],
			tone = n ? p.text : p.dim,
			size = `${Math.min(11, rh - 2)}px`;
		if (scene.eventBlocks.some((b) => b.zone === zone.id && b.order === o))
			rect(ctx, 0, y, w, rh, p.dark ? "rgba(255,216,77,.09)" : "rgba(179,0,94,.07)");
		/**
		 * @type {(text: string | number, x: number, colour: string, align?: CanvasTextAlign) =>
		 *	void}
		 */
		const put = (text, x, colour, align) =>
			write(ctx, text, x, y + rh / 2, colour, align, size, MONO);
		put(o, 7, tone);
		if (o === scene.order) rect(ctx, 1, y + 2, 2, rh - 4, p.dim);
		put(orderSize(o).replace(".00", ""), LEFT - 2, p.dim, "right");
		put(n || "–", w - 6, tone, "right");
		this.hits.push({ x: 0, y, w: LEFT, h: rh, row: o });
	}
	/**
	 * The bit of the pair that frame `of` lies in.
	 * @param {Context} ctx
	 * @param {{zone: Zone, o: number, y: number, bitX: number, of: number}} place
	 * @param {Scene} scene
	 */
	drawBit(ctx, { zone, o, y, bitX, of }, { m, palette: p }) {
		const rh = this.rowH,
			bit = pairBit(m, zone, of, o),
			s = Math.min(12, rh - 2),
			top = y + (rh - s) / 2;
		rect(ctx, bitX, top, s, s, bit ? p.text : p.panel);
		outline(ctx, bitX + 0.5, top + 0.5, s - 1, s - 1, p.dim);
		write(
			ctx,
			bit,
			bitX + s / 2,
			y + rh / 2 + 0.5,
			bit ? p.panel : p.dim,
			"center",
			`600 ${Math.min(10, s - 1)}px`,
			MONO,
		);
		this.hits.push({ x: bitX - 4, y, w: 20, h: rh, bit, pairOrder: o, pairFrame: of, zone });
	}
	/**
	 * The free frames of each zone, in rows.
	 * @param {Context} ctx
	 * @param {number} w
	 * @param {number} h
	 * @param {Scene} scene
	 */
	drawFrames(ctx, w, h, { m, trace, palette: p, eventBlocks, hoverFrames, selFrames, i }) {
		const cols = Math.max(1, Math.floor((w - 14) / CELL)),
			zones = [...trace.zones].reverse(),
			rows = (/** @type {Zone} */ z) => Math.ceil(m.counts[z.id] / cols);
		this.rowH = CELL_H;
		this.total = zones.reduce((sum, z) => sum + HEAD + 4 + rows(z) * CELL_H, 0);
		this.scroll = Math.max(0, Math.min(this.scroll, this.total - h));
		this.hits = [];
		this.seen = i;
		const among = (
				/** @type {{pfn: number, order?: number}[]} */ list,
				/** @type {number} */ pfn,
			) => list.some((f) => f.pfn <= pfn && pfn < f.pfn + 2 ** (f.order ?? 0)),
			unknown = trace.says("initial state told") ? "" : "known to be ";
		let y = -this.scroll;
		for (const z of zones) {
			const heading = `${m.zoneFree[z.id]} frames ${unknown}free`;
			write(ctx, z.name, 6, y + HEAD / 2 + 1, p.text, "left", "600 11px");
			const nameW = ctx.measureText(z.name).width;
			write(ctx, heading, 14 + nameW, y + HEAD / 2 + 1, p.dim);
			y += HEAD;
			let n = 0;
			for (let pfn = m.heads[z.id]; pfn >= 0; pfn = m.next[pfn], n++) {
				const x = 7 + (n % cols) * CELL,
					top = y + Math.floor(n / cols) * CELL_H;
				if (top > h) break;
				if (top + CELL_H < 0) continue;
				const marks = /** @type {[boolean, string][]} */ ([
					[among(eventBlocks, pfn), p.focus],
					[among(hoverFrames, pfn), p.hover],
					[among(selFrames, pfn), p.accent],
				]).find(([on]) => on);
				rect(ctx, x, top + 2, CELL - 4, CELL_H - 4, p.dark ? "#33404d" : "#d3dbe4");
				outline(
					ctx,
					x + 0.5,
					top + 2.5,
					CELL - 5,
					CELL_H - 5,
					marks?.[1] ?? p.freeEdge,
					marks ? 2 : 1,
				);
				write(
					ctx,
					pfn.toString(16),
					x + CELL / 2 - 2,
					top + CELL_H / 2,
					p.text,
					"center",
					"11px",
					MONO,
				);
				this.hits.push({ x, y: top, w: CELL, h: CELL_H, pfn, order: 0 });
			}
			y += rows(z) * CELL_H + 4;
		}
		const { here } = this;
		if (here && ctx.canvas === document.activeElement)
			outline(ctx, here.x - 1, here.y + 1, CELL - 2, CELL_H - 2, p.hover, 2);
		scrollBar(ctx, w, h, this.total, this.scroll, p);
	}
	/**
	 * The blocks of a list, as many as there is room for.
	 * @param {Context} ctx
	 * @param {{zone: Zone, o: number, y: number, w: number}} place
	 * @param {Scene} scene
	 */
	drawList(ctx, { zone, o, y, w }, scene) {
		const { m, palette: p, eventBlocks, hoverFrames, selFrames } = scene,
			list = zone.id * m.orders + o,
			n = m.counts[list];
		const rh = this.rowH,
			x0 = LEFT + 6,
			room = w - x0 - this.right;
		if (!n) {
			rect(ctx, x0, y + rh / 2, room, 1, p.line);
			return;
		}
		const wide = n * 44 <= room && rh >= 12.5;
		const bw = wide ? 40 : Math.max(3, Math.min(14, Math.floor(room / n) - 1)),
			step = bw + (wide ? 4 : 1),
			most = n * step <= room ? n : Math.floor((room - 8) / step),
			bh = rh - 4;
		let x = x0,
			drawn = 0;
		for (let pfn = m.heads[list]; pfn >= 0 && drawn < most; pfn = m.next[pfn], drawn++) {
			const isEvent = eventBlocks.some((b) => b.pfn === pfn && b.order === o),
				isHover = inside(hoverFrames, pfn, o),
				isSel = inside(selFrames, pfn, o);
			rect(ctx, x, y + 2, bw, bh, p.dark ? "#33404d" : "#d3dbe4");
			outline(
				ctx,
				x + 0.5,
				y + 2.5,
				bw - 1,
				bh - 1,
				isEvent ? p.focus : isHover ? p.hover : isSel ? p.accent : p.freeEdge,
				isEvent || isHover || isSel ? 2 : 1,
			);
			if (wide) {
				write(
					ctx,
					pfn.toString(16),
					x + bw / 2,
					y + rh / 2,
					p.text,
					"center",
					`${Math.min(11, rh - 3.5)}px`,
					MONO,
				);
			}
			this.hits.push({ x, y, w: step, h: rh, pfn, order: o });
			x += step;
		}
		const { at } = this,
			here = at && this.hits.find((b) => b.pfn === at.pfn && b.order === o && b.y === y);
		if (here && ctx.canvas === document.activeElement) {
			outline(ctx, here.x - 1, y + 1, bw + 2, bh + 2, p.hover, 2);
		}
		if (drawn < n) write(ctx, "…", x + 1, y + rh / 2, p.dim);
	}
	/**
	 * The keyboard's block, as long as it is on its list.
	 * @returns {BlockHit | null | undefined}
	 */
	get here() {
		const { at } = this;
		return at && this.blocks().find((b) => b.pfn === at.pfn && b.order === at.order);
	}
	/** The blocks that are drawn. */
	blocks() {
		return /** @type {BlockHit[]} */ (this.hits.filter((b) => b.pfn !== undefined));
	}
	/** It as it is read out. */
	words() {
		const { order, pfn, y } = /** @type {BlockHit} */ (this.here);
		if (this.single) return `free frame ${hex(pfn)}`;
		return `order ${order} list, block ${hex(pfn)}, number ${
			this.blocks()
				.filter((b) => b.y === y)
				.findIndex((b) => b.pfn === pfn) + 1
		}`;
	}
	/**
	 * The keyboard's block: one on, along the list or to the list above or below.
	 * @param {string} key
	 */
	step(key) {
		const blocks = this.blocks(),
			now = this.here;
		if (!now) {
			this.at = blocks[0] ?? null;
			return;
		}
		const row = (/** @type {number} */ y) =>
			blocks
				.filter((b) => b.y === y)
				.sort((p, q) => Math.abs(p.x - now.x) - Math.abs(q.x - now.x))[0];
		const ys = [...new Set(blocks.map((b) => b.y))].sort((p, q) => p - q),
			n = ys.indexOf(now.y),
			same = blocks.filter((b) => b.y === now.y),
			x = same.indexOf(now);
		this.at =
			/** @type {Record<string, BlockHit | undefined>} */ ({
				ArrowRight: same[x + 1],
				ArrowLeft: same[x - 1],
				ArrowDown: row(ys[n + 1]),
				ArrowUp: row(ys[n - 1]),
			})[key] ?? now;
	}
	/**
	 * @param {number} px
	 * @param {number} py
	 */
	hit(px, py) {
		return (
			this.hits.find((b) => px >= b.x && px < b.x + b.w && py >= b.y && py < b.y + b.h) ??
			null
		);
	}
	/**
	 * @param {Machine} m
	 * @param {Trace} trace
	 * @param {number} [of] the frame whose pairs' bits are told; -1: none
	 */
	static table(m, trace, of = -1) {
		/** @type {any[][]} */
		const rows = [];
		if (trace.single)
			return {
				head: ["zone", "free frames", "the one freed last first"],
				rows: trace.zones.map((z) => {
					const l = m.list(z.id, 0),
						shown = l.slice(0, 1000).map((x) => hex(x));
					return [
						z.name,
						String(l.length),
						shown.join(" ") + (l.length > 1000 ? " …" : ""),
					];
				}),
			};
		for (const z of trace.zones)
			for (let o = 0; o < trace.orders; o++) {
				const l = m.list(z.id, o);
				rows.push([
					z.name,
					String(o),
					orderSize(o),
					String(l.length),
					of >= z.start && of < z.start + z.n && o < trace.orders - 1
						? String(pairBit(m, z, of, o))
						: "",
					l
						.slice(0, 40)
						.map((x) => hex(x))
						.join(" ") + (l.length > 40 ? " …" : ""),
				]);
			}
		return {
			head: [
				"zone",
				"order",
				"block",
				"blocks",
				of >= 0 ? `pair bit of ${hex(of)}` : "pair bit",
				"frames, head of the list first",
			],
			rows,
		};
	}
}
