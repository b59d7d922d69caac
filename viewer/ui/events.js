// SPDX-License-Identifier: MIT
/*
 * events.js - the list of events: only the rows in sight exist, and the scrollbar is
 * our own, because ten million rows are taller than a browser lets an element be.
 */
import { h, scale, sizeOf, watchSize } from "./dom.js";
import { count } from "../model/format.js";
import { narrate } from "../model/narrate.js";
import { OP } from "../model/kinds.js";

/** @import {Trace} from "../model/trace.js" */

const ROW = 24;

/**
 * A row and its cells.
 * @typedef {{el: HTMLElement, id: HTMLElement, dt: HTMLElement, kind: HTMLElement,
 *	text: HTMLElement}} Row
 */
/** The row that an event of the pointer is about. @param {Event} e @returns {HTMLElement | null} */
const rowAt = (e) => /** @type {Element} */ (e.target).closest(".ev");
/** The event in a row. @param {HTMLElement} row */
const eventIn = (row) => Number(row.dataset.i);

export class EventList {
	/**
	 * context(i, at): the menu of an event; hover(i): it is pointed at, null: none is; hides(i):
	 * whether what follows the cursor is kept back.
	 * @param {HTMLElement} root
	 * @param {{goto: (i: number) => void, context: (i: number, at: any) => void,
	 *	hover: (i: number | null) => void, hides: (i: number) => boolean}} on
	 */
	constructor(root, { goto, context, hover, hides }) {
		this.hides = hides;
		this.rows = h("div.ev-rows", {
			role: "listbox",
			tabIndex: 0,
			"aria-label": "events",
			id: "event-rows",
		});
		this.thumb = h("div.thumb");
		this.bar = h("div.scrollbar", { "aria-hidden": "true" }, this.thumb);
		root.append(this.rows, this.bar);
		this.top = 0;
		/** @type {Row[]} */
		this.pool = [];
		/** @type {ArrayLike<number> | null} the listed events, null: all */
		this.index = null;
		this.goto = goto;
		/** @type {Trace | null} */
		this.trace = null;
		this.current = 0;
		this.rows.addEventListener(
			"wheel",
			(e) => {
				e.preventDefault();
				this.follow = false;
				this.scrollTo(
					this.top +
						Math.sign(e.deltaY) * Math.max(1, Math.abs(Math.round(e.deltaY / ROW))),
				);
				point(e);
			},
			{ passive: false },
		);
		this.bar.addEventListener("pointerdown", (e) => {
			this.bar.setPointerCapture(e.pointerId);
			this.drag(e);
		});
		this.bar.addEventListener("pointermove", (e) => {
			if (e.buttons) this.drag(e);
		});
		this.rows.addEventListener("click", (e) => {
			const row = rowAt(e);
			if (row) goto(eventIn(row));
		});
		this.rows.addEventListener("contextmenu", (e) => {
			e.preventDefault();
			const row = e.button === 2 ? rowAt(e) : null;
			context(
				row ? eventIn(row) : this.current,
				row ? { x: e.clientX, y: e.clientY } : root.parentElement,
			);
		});
		const point = (/** @type {Event} */ e) => {
			const row = rowAt(e),
				i = row ? eventIn(row) : null;
			hover(i !== null && !(i > this.current && this.hides(i)) ? i : null);
		};
		this.rows.addEventListener("pointermove", point);
		this.rows.addEventListener("pointerleave", () => hover(null));
		this.follow = true;
		watchSize(this.rows, () => this.draw());
	}
	get length() {
		return this.index ? this.index.length : (this.trace?.n ?? 0);
	}
	/** @param {number} row */
	at(row) {
		return this.index ? this.index[row] : row;
	}
	/**
	 * Row of the last listed event at or before i.
	 * @param {number} i
	 */
	rowOf(i) {
		if (!this.index) return i;
		let lo = 0,
			hi = this.index.length;
		while (lo < hi) {
			const mid = (lo + hi) >>> 1;
			if (this.index[mid] <= i) lo = mid + 1;
			else hi = mid;
		}
		return lo - 1;
	}
	/** @param {PointerEvent} e */
	drag(e) {
		const r = this.bar.getBoundingClientRect();
		this.follow = false;
		this.scrollTo(
			Math.round(((e.clientY - r.top) / r.height) * this.length - this.visible() / 2),
		);
	}
	visible() {
		return Math.max(1, Math.floor(sizeOf(this.rows)[1] / (ROW * scale())));
	}
	/** @param {number} row */
	scrollTo(row) {
		this.top = Math.max(0, Math.min(this.length - this.visible(), row));
		this.draw();
	}
	/** @param {Trace} trace */
	load(trace) {
		this.trace = trace;
		this.top = 0;
	}
	/** @param {ArrayLike<number> | null} index */
	setFilter(index) {
		this.index = index;
		this.top = 0;
		this.follow = true;
	}
	/** @param {number} i */
	show(i) {
		this.current = i;
		const row = this.rowOf(i),
			v = this.visible();
		if (this.follow !== false && (row < this.top + 1 || row > this.top + v - 3))
			this.top = Math.max(0, Math.min(this.length - v, row - Math.floor(v / 2)));
		this.follow = true;
		this.draw();
	}
	draw() {
		const { trace } = this;
		if (!trace) return;
		const n = Math.min(this.visible() + 1, this.length - this.top);
		while (this.pool.length < n) {
			const cells = {
				id: h("span.ev-id"),
				dt: h("span.ev-dt"),
				kind: h("span.ev-kind"),
				text: h("span.ev-text"),
			};
			const el = h(
				"div.ev",
				{ role: "option", id: "ev-" + this.pool.length },
				cells.id,
				cells.dt,
				cells.kind,
				cells.text,
			);
			this.pool.push({ el, ...cells });
			this.rows.append(el);
		}
		let on = "";
		this.pool.forEach((row, r) => {
			row.el.hidden = r >= n;
			if (r >= n) return;
			const i = this.at(this.top + r),
				kind = trace.kind(i),
				op = trace.kinds.op[trace.k[i]];
			row.el.dataset.i = String(i);
			row.el.className =
				"ev" +
				(i === this.current ? " on" : "") +
				(i > this.current ? " later" : "") +
				(op === OP.mark && trace.records.get(i)?.msg ? " chapter" : "") +
				(kind?.name === "scenario_step" ? " source" : "");
			row.el.setAttribute("aria-selected", String(i === this.current));
			if (i === this.current) on = row.el.id;
			row.el.dataset.group = kind?.group ?? "run";
			row.id.textContent = count(i);
			const before = this.top + r > 0 ? this.at(this.top + r - 1) : i;
			const ticks = before === i || trace.left.has("t") ? -1 : trace.t[i] - trace.t[before];
			row.dt.textContent =
				ticks < 0
					? ""
					: "+" +
						(ticks < 1e6
							? count(ticks)
							: `${ticks < 1e8 ? (ticks / 1e6).toFixed(ticks < 1e7 ? 2 : 1) : count(ticks / 1e6)} M`);
			row.dt.title = ticks < 1e6 ? "" : `${count(ticks)} ticks`;
			row.kind.textContent = kind?.name ?? `kind ${trace.k[i]}`;
			const rec = trace.records.get(i);
			if (i > this.current && this.hides(i)) {
				row.kind.textContent = "?";
				row.text.textContent = "";
				row.el.dataset.group = "run";
				row.el.className = "ev later";
				return;
			}
			row.text.textContent =
				op === OP.mark && rec
					? rec.msg
						? rec.msg
						: i > this.current
							? "…"
							: rec.text
					: kind?.name === "scenario_step" && rec
						? String(rec.text)
						: narrate(trace, i);
		});
		const share = this.visible() / Math.max(1, this.length),
			H = sizeOf(this.rows)[1],
			size = Math.max(24, Math.min(H, share * H));
		this.thumb.style.height = size + "px";
		this.thumb.style.transform = `translateY(${(this.top / Math.max(1, this.length - this.visible())) * (H - size)}px)`;
		this.bar.hidden = share >= 1;
		this.rows.setAttribute("aria-activedescendant", on);
		this.rows.setAttribute("aria-label", `events, ${count(this.length)} listed`);
	}
}
