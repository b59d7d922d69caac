// SPDX-License-Identifier: MIT
/*
 * beside.js - two runs side by side: the same views of both at corresponding moments.
 *
 * The left is the run the page shows; the right the other.  Events are aligned by what
 * they do (model/compare.js): wherever the cursor is moved, on either side, the other
 * goes to its counterpart.  Bands on the two timelines are where the runs differ.  What
 * is selected or pointed at on one side is shown on both.
 */
import { h, fill, watchSize } from "./dom.js";
import { FrameMap } from "./frames.js";
import { BuddyView } from "./buddy.js";
import { VirtualView } from "./virtual.js";
import { Axis } from "./axis.js";
import { Timeline } from "./timeline.js";
import { cards } from "./terms.js";
import { frameTip, pageTip } from "./tips.js";
import { pointWalk } from "./pointer.js";
import { fillWalk, lightSteps } from "./walk.js";
import { focusOf, eventFrames, located, pointedAt } from "../model/focus.js";
import { narrate } from "../model/narrate.js";
import { OWNERS } from "../model/owners.js";
import * as fmt from "../model/format.js";

/** @import {Model} from "../model/model.js" */
/** @import {Spots} from "../model/selection.js" */
/** @import {Rows} from "./panel.js" */
/** @import {Surface} from "./painter.js" */
/** @import {Scene} from "./scene.js" */
/** @import {Spot} from "./cells.js" */
/** @import {Store} from "./store.js" */

/** What lies at a point of a canvas. @typedef {Spot & {pfn?: number, order?: number}} Pointed */
/** @typedef {ReturnType<typeof import("../model/compare.js").compare>} Aligned */

/**
 * What the two runs ask of the page.
 * @typedef {object} Around
 * @property {(canvas: HTMLCanvasElement, fn: (c: Surface) => void) => void} paint
 * @property {() => Element | null} covers what stands in the walk's place while a question is open
 * @property {(at: PointerEvent, words: any) => void} tip
 * @property {(what: string, panel: () => Element, table: (() => Rows) | null) => Element} save
 *	makes the button that saves a panel
 * @property {() => void} moved the other run was moved: the page's address names its event
 * @property {() => void} close leaves one run
 */

export const PAIRS = [
	["frames buddy", "frames and free lists"],
	["virtual walk", "addresses and walk"],
	["virtual frames", "addresses and frames"],
	["walk buddy", "walk and free lists"],
];
/** @type {Set<number>} */
const NO_PAGES = new Set();
/** @type {Record<string, string>} */
const TITLES = {
	frames: "Physical frames",
	buddy: "Free lists",
	virtual: "Virtual addresses",
	walk: "Page-table walk",
};

const PANELS = /** @type {const} */ (["frames", "buddy", "virtual", "walk"]);

class Side {
	/**
	 * @param {Beside} owner
	 * @param {"l" | "r"} letter
	 * @param {Model} model
	 * @param {string} name
	 */
	constructor(owner, letter, model, name) {
		this.owner = owner;
		this.letter = letter;
		this.model = model;
		this.name = name;
		this.i = 0;
		/** @type {number | null} */
		this.va = null;
		/** @type {(Spots & {pfn: number, va: number | null}) | null} where the selection is here */
		this.sel = null;
		this.walked = "";
		/** @type {Axis | null} */
		this.axisNow = null;
		this.timeline = new Timeline();
		this.frames = new FrameMap();
		this.buddy = new BuddyView();
		this.virtual = new VirtualView();
		const canvas = (/** @type {string} */ what) =>
			h("canvas", {
				id: `${what}-${letter}`,
				role: "img",
				tabIndex: 0,
				"aria-label": `${TITLES[what] ?? what} of ${name}`,
			});
		this.el = {
			timeline: canvas("timeline"),
			frames: canvas("frames"),
			buddy: canvas("buddy"),
			virtual: canvas("virtual"),
			walk: h("div.body.scroll", {
				role: "region",
				tabIndex: 0,
				"aria-label": `page-table walk of ${name}`,
			}),
			where: h("span.dim"),
			sentence: h("p.sentence-line"),
		};
		this.views = PANELS.map((what) => this.panel(what));
		this.head = h(
			"div.side-head",
			h("b", letter === "l" ? `This run: ${name}` : `Other run: ${name}`),
			" ",
			this.el.where,
			this.el.sentence,
		);
		this.column = h(
			"div.side",
			{
				role: "group",
				"aria-label": letter === "l" ? `this run, ${name}` : `the other run, ${name}`,
			},
			this.head,
			h(
				"section.view.side-time",
				{ "aria-label": `timeline of ${name}` },
				h("div.body", this.el.timeline),
			),
			this.views,
		);
		for (const what of /** @type {const} */ (["timeline", "frames", "buddy", "virtual"]))
			watchSize(this.el[what], () => owner.store.changed("view"));
		this.pointer();
	}
	/**
	 * The panel of one view.
	 * @param {(typeof PANELS)[number]} what
	 */
	panel(what) {
		const { trace } = this.model,
			title = `${TITLES[what]}, ${this.name}`,
			/** @type {Record<string, () => Rows>} */
			tables = {
				frames: () => FrameMap.table(this.m(), trace),
				buddy: () => BuddyView.table(this.m(), trace, -1),
				virtual: () => this.virtual.rows(this.m(), trace),
			};
		/** @type {HTMLElement} */
		const panel = h(
			"section.view",
			{ "aria-label": title, "data-view": what },
			h(
				"h2",
				TITLES[what],
				h(
					"span.right",
					this.owner.page.save(title, () => panel, tables[what] ?? null),
				),
			),
			what === "walk" ? this.el.walk : h("div.body", this.el[what]),
		);
		return panel;
	}
	m() {
		return this.model.at(this.i);
	}
	axis() {
		const mode =
			this.owner.store.state.axis === "ticks" && !this.model.trace.left.has("t")
				? "ticks"
				: this.model.trace.marks.length > 1 && this.owner.store.state.axis === "story"
					? "story"
					: "events";
		if (this.axisNow?.mode !== mode) this.axisNow = new Axis(this.model.trace, mode);
		return this.axisNow;
	}
	/** What a pointer does on this side. */
	pointer() {
		const { owner } = this;
		this.pointTime();
		pointWalk(
			this.el.walk,
			owner.store,
			() => this.va,
			() => this.m(),
		);
		this.pointMap("frames", (e) => {
			for (const s of owner.sides) s.frames.zoomAt(e.offsetX, e.offsetY, 1.0018 ** -e.deltaY);
		});
		this.pointMap("buddy", (e) => {
			this.buddy.scroll += e.deltaY;
		});
		this.pointMap("virtual", (e) => this.virtual.wheel(e, e.offsetX, e.offsetY));
	}
	/** On the timeline: a drag moves this run, the wheel zooms. */
	pointTime() {
		const { timeline } = this.el,
			seek = (/** @type {PointerEvent} */ e) =>
				this.owner.move(this, this.timeline.eventAt(e.offsetX, this.axis()));
		timeline.addEventListener("pointerdown", (e) => {
			timeline.setPointerCapture(e.pointerId);
			seek(e);
		});
		timeline.addEventListener("pointermove", (e) => {
			if (e.buttons & 1) seek(e);
		});
		this.onWheel(timeline, (e) => this.timeline.zoomAt(e.offsetX, 1.0015 ** e.deltaY));
	}
	/**
	 * On another canvas: what lies under the pointer is told, a click selects it.
	 * @param {"frames" | "buddy" | "virtual"} view
	 * @param {(e: WheelEvent) => void} wheel
	 */
	pointMap(view, wheel) {
		const { page, store } = this.owner,
			canvas = this.el[view];
		canvas.addEventListener("pointermove", (e) => {
			const x = this.hit(view, e);
			store.point(x);
			if (x && !x.band) page.tip(e, this.tip(x));
		});
		canvas.addEventListener("pointerleave", () => store.point(null));
		canvas.addEventListener("click", (e) => {
			const x = this.hit(view, e);
			if (x && !this.virtual.press(x))
				store.select(
					x.va !== undefined ? { kind: "va", va: x.va } : { kind: "frame", pfn: x.pfn },
				);
			store.changed("view");
		});
		this.onWheel(canvas, wheel);
	}
	/**
	 * What lies under the pointer.
	 * @param {"frames" | "buddy" | "virtual"} view
	 * @param {MouseEvent} e
	 * @returns {Pointed | null}
	 */
	hit(view, { offsetX: x, offsetY: y }) {
		if (view === "virtual") return this.virtual.hit(x, y);
		const { pfn = -1, order } =
			view === "frames" ? { pfn: this.frames.hit(x, y) } : (this.buddy.hit(x, y) ?? {});
		return pfn >= 0 ? { pfn, order } : null;
	}
	/** @param {Pointed} x */
	tip({ va, pfn = -1 }) {
		return va !== undefined
			? pageTip(this.model, this.i, va)
			: frameTip(this.model, this.i, pfn);
	}
	/**
	 * Does something for the wheel, and draws both anew.
	 * @param {HTMLCanvasElement} canvas
	 * @param {(e: WheelEvent) => void} fn
	 */
	onWheel(canvas, fn) {
		canvas.addEventListener(
			"wheel",
			(e) => {
				e.preventDefault();
				fn(e);
				this.owner.store.changed("view");
			},
			{ passive: false },
		);
	}
	/**
	 * What the views draw of the moment.
	 * @returns {Scene}
	 */
	scene() {
		const { model, i } = this,
			{ store } = this.owner,
			{ state, palette } = store,
			m = this.m(),
			focus = focusOf(model.trace, i),
			sel = state.sel && { ...located(m, state.sel), ...state.sel.spots(m, model) },
			pointed = this.owner.beside(this, state.hover?.i ?? store.state.i),
			hover = pointedAt(state.hover, model.trace, m, pointed);
		this.sel = sel;
		this.va = sel ? sel.va : focus.va;
		return {
			model,
			trace: model.trace,
			m,
			i,
			palette,
			va: this.va,
			colourBy: state.colourBy,
			isolate: state.isolate,
			order: state.order,
			marks: { a: null, b: null },
			eventFrames: eventFrames(m, focus),
			eventBlocks: focus.blocks,
			eventPages: focus.pages,
			selFrames: sel?.frames ?? [],
			selPages: sel?.pages ?? NO_PAGES,
			selNow: model !== store.model || !state.sel || state.sel.during(i),
			pairOf: sel ? sel.pfn : focus.frames[0]?.pfn,
			hoverFrames: hover.frames,
			hoverPages: hover.pages,
		};
	}
	/** @param {[number, number][]} bands where the runs differ */
	draw(bands) {
		const scene = this.scene();
		this.drawTime(scene, bands);
		this.drawMaps(scene);
		this.tell();
		if (this.views.some((v) => v.dataset.view === "walk" && !v.hidden)) this.drawWalk(scene);
	}
	/**
	 * @param {Scene} scene
	 * @param {[number, number][]} bands
	 */
	drawTime(scene, bands) {
		const { page } = this.owner;
		page.paint(this.el.timeline, (c) =>
			this.timeline.draw(c.ctx, c.w, c.h, {
				...scene,
				axis: this.axis(),
				ratio: c.ratio,
				hoverX: null,
				touching: null,
				selSpan: null,
				selKey: "",
				seriesKey: String(scene.order),
				bands,
			}),
		);
	}
	/** @param {Scene} scene */
	drawMaps(scene) {
		const { page, store } = this.owner,
			{ frames, buddy, virtual } = this.el;
		this.virtual.prepare(scene, store.chapterSpan(this.i, this.model), this.va);
		page.paint(frames, (c) =>
			this.frames.draw(c.ctx, c.w, c.h, { ...scene, ratio: c.ratio, live: c.live }),
		);
		page.paint(buddy, (c) => this.buddy.draw(c.ctx, c.w, c.h, scene));
		page.paint(virtual, (c) => this.virtual.draw(c.ctx, c.w, c.h, scene));
	}
	/** Says where this run is. */
	tell() {
		const { el, i, name } = this,
			{ trace } = this.model;
		fill(el.where, `#${fmt.count(i)} of ${fmt.count(trace.n - 1)}`);
		fill(el.sentence, narrate(trace, i));
		el.timeline.setAttribute("aria-label", `timeline of ${name}: event ${i} of ${trace.n}`);
	}
	/** @param {Scene} scene */
	drawWalk(scene) {
		const { model, i, va } = this,
			{ page, store } = this.owner,
			{ hover, sel } = store.state,
			{ walk } = this.el,
			covers = page.covers(),
			// written anew under the pointer it would be pointed at anew, and drawn again
			key = [i, va, !!covers].join(),
			goto = (/** @type {number} */ x) => this.owner.move(this, x);
		if (key !== this.walked) fillWalk(walk, { model, i, va, goto, ...cards(store) }, covers);
		this.walked = key;
		lightSteps(walk, { ...scene, hover, sel });
	}
}

export class Beside {
	/**
	 * @param {Store} store
	 * @param {Around} page
	 * @param {{model: Model, name: string}} other
	 * @param {Aligned} result what compare() gave for the shown model and other.model
	 */
	constructor(store, page, other, result) {
		this.store = store;
		this.page = page;
		this.other = other;
		this.result = result;
		this.told = "";
		/** @type {number | undefined} where the right side was put */
		this.hold = undefined;
		/** The event of the left for which it was. */
		this.heldAt = -1;
		this.sides = [
			new Side(this, "l", store.model, store.name),
			new Side(this, "r", other.model, other.name),
		];
		this.words = h("span.diff-words", { role: "status" });
		/** @type {HTMLSelectElement} */
		const pick = h(
			"select",
			{ "aria-label": "views shown side by side", onchange: () => this.show(pick.value) },
			PAIRS.map(([id, text]) => h("option", { value: id }, text)),
		);
		this.el = h(
			"section.beside",
			{ "aria-label": "two runs side by side" },
			h(
				"div.beside-bar",
				h("b", "Two runs"),
				pick,
				h(
					"button",
					{ onclick: () => this.difference(-1), title: "previous difference: (" },
					"‹ difference",
				),
				h(
					"button",
					{ onclick: () => this.difference(1), title: "next difference: )" },
					"difference ›",
				),
				this.words,
				h(
					"span.right",
					h("button", { id: "one-run", onclick: () => page.close() }, "One run only"),
				),
			),
			h(
				"div.sides",
				this.sides.map((s) => s.column),
			),
		);
		this.show("frames buddy");
	}
	/** @param {string} pair */
	show(pair) {
		const [a, b] = pair.split(" ");
		for (const s of this.sides)
			for (const v of s.views) {
				v.hidden = v.dataset.view !== a && v.dataset.view !== b;
				v.style.order = v.dataset.view === a ? "1" : "2";
			}
		this.store.changed("view");
	}
	/**
	 * The cursor was moved on one side: the other follows.
	 * @param {Side} side
	 * @param {number} i
	 */
	move(side, i) {
		if (side === this.sides[0]) {
			this.store.goto(i, { quiet: true });
			return;
		}
		this.put(i, this.result.toA(i), true);
	}
	/**
	 * To the next place where the runs differ, in either direction.
	 * @param {number} d
	 */
	difference(d) {
		const { hunks } = this.result,
			{ i } = this.store.state,
			next = d > 0 ? hunks.find((x) => x.a0 > i) : hunks.filter((x) => x.a0 < i).at(-1);
		if (!next) {
			this.store.toast(d > 0 ? "no later difference" : "no earlier difference");
			return;
		}
		this.put(
			Math.min(next.b0, this.other.model.n - 1),
			Math.min(next.a0, this.store.model.n - 1),
			false,
		);
	}
	/**
	 * The right side at event i, the left at a.
	 * @param {number} i
	 * @param {number} a
	 * @param {boolean} quiet
	 */
	put(i, a, quiet) {
		this.hold = i;
		this.store.goto(a, { quiet });
		this.heldAt = this.store.state.i;
		this.page.moved();
	}
	/**
	 * On that side, the counterpart of an event of the left.
	 * @param {Side} side
	 * @param {number} i
	 */
	beside(side, i) {
		return side === this.sides[0] ? i : this.result.toB(i);
	}
	/**
	 * Where the right side stands: at the counterpart, or where it was put as long as the left
	 * stays.
	 */
	there() {
		const { i } = this.store.state;
		if (this.heldAt !== i) this.hold = undefined;
		return this.hold ?? this.result.toB(i);
	}
	draw() {
		const { result, store } = this,
			[l, r] = this.sides,
			{ i } = store.state;
		l.i = i;
		r.i = this.there();
		l.draw(result.hunks.map((x) => [x.a0, x.a1]));
		r.draw(result.hunks.map((x) => [x.b0, x.b1]));
		this.tell();
	}
	/** How the two moments differ, in words. */
	tell() {
		const [l, r] = this.sides;
		if (this.told === (this.told = `${l.i} ${r.i}`)) return;
		const a = l.m(),
			b = r.m(),
			hunk = this.result.hunks.find(
				(x) => (l.i >= x.a0 && l.i < x.a1) || (r.i >= x.b0 && r.i < x.b1),
			),
			/** @type {any[]} */
			out = [hunk ? "The runs differ here." : "The runs do the same here."];
		const free = a.freePages() - b.freePages();
		if (free)
			out.push(
				`${fmt.plural(Math.abs(free), "free page")} ${free > 0 ? "more" : "fewer"} on the left.`,
			);
		if (a.areas.length !== b.areas.length)
			out.push(`vmalloc areas: ${a.areas.length} and ${b.areas.length}.`);
		if (a.frames === b.frames) {
			let n = 0,
				first = -1;
			for (let p = 0; p < a.frames; p++)
				if (a.meta[p] >> 4 !== b.meta[p] >> 4) {
					if (!n++) first = p;
				}
			out.push(
				n
					? [
							`${fmt.plural(n, "frame")} ${n === 1 ? "has" : "have"} another owner, the first `,
							h(
								"button.link",
								{ onclick: () => this.store.select({ kind: "frame", pfn: first }) },
								fmt.hex(first),
							),
							` (${OWNERS[a.meta[first] >> 4]}, ${OWNERS[b.meta[first] >> 4]}).`,
						]
					: "Every frame has the same owner.",
			);
		}
		fill(
			this.words,
			out.map((x) => [x, " "]),
		);
	}
}
