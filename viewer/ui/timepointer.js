// SPDX-License-Identifier: MIT
/*
 * timepointer.js - what the pointer does on the timeline: move time, choose a chapter or a
 * stretch, scroll, zoom; and what is said of a moment that is pointed at.
 */
import { h } from "./dom.js";
import { pointOf } from "./pointer.js";
import { Timeline } from "./timeline.js";
import { GROUPS } from "../model/kinds.js";
import { narrate } from "../model/narrate.js";
import * as fmt from "../model/format.js";

/** @typedef {keyof import("./theme.js").Palette["group"]} Group */

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./pointer.js").Hand} Hand
 */

/** A drag along the timeline: it moves time, moves the timeline, or chooses a stretch. */
class Drag {
	/**
	 * @param {Hand} hand
	 * @param {any} timeline the view
	 */
	constructor({ store, menu }, timeline) {
		this.store = store;
		this.menu = menu;
		this.timeline = timeline;
		/** @type {"pan" | "range" | "scrub" | null} */
		this.mode = null;
		/** @type {[number | null, number | null]} the markers before it */
		this.before = [null, null];
		this.lastX = 0;
		/** @type {number | null} where the right button went down */
		this.rightX = null;
	}
	/** @param {number} x */
	eventAt(x) {
		return this.timeline.eventAt(x, this.store.axis());
	}
	/** @param {PointerEvent} e */
	begin(e) {
		const { store, timeline } = this,
			{ state } = store,
			[x, y] = pointOf(e);
		this.lastX = x;
		this.mode = null;
		if (y < Timeline.CHAPTERS && x > Timeline.LEFT && !e.shiftKey) {
			const list = timeline.chapters({ model: store.model, axis: store.axis() }),
				chapter = list.find((/** @type {any} */ q) => x >= q.x0 && x < q.x1);
			if (chapter) store.goto(chapter.i);
			return;
		}
		state.dragging = true;
		const right = e.button === 2;
		this.mode = e.shiftKey ? "pan" : e.altKey || right || state.ranging ? "range" : "scrub";
		this.rightX = right ? x : null;
		if (this.mode === "range") {
			this.before = [state.a, state.b];
			state.a = state.b = this.eventAt(x);
		}
		this.move(x);
	}
	/** @param {number} x */
	move(x) {
		const { store } = this;
		if (this.mode === "scrub") store.goto(this.eventAt(x), { quiet: true });
		if (this.mode === "pan") this.timeline.pan(x - this.lastX);
		if (this.mode === "range") store.state.b = this.eventAt(x);
		this.lastX = x;
		if (this.mode) store.changed("view");
	}
	/** @param {PointerEvent} e */
	end(e) {
		const { store, rightX } = this,
			s = store.state,
			{ mode } = this;
		this.mode = this.rightX = null;
		s.dragging = false;
		if (rightX !== null && e.type === "pointerup" && Math.abs(pointOf(e)[0] - rightX) < 4) {
			this.menu({ i: this.eventAt(rightX) }, { x: e.clientX, y: e.clientY });
			[s.a, s.b] = this.before;
		} else if (mode === "range") {
			// a stretch is chosen: its statistics
			if (s.a !== null && s.b !== null && s.b < s.a) [s.a, s.b] = [s.b, s.a];
			if (s.a === s.b) [s.a, s.b] = this.before;
			else {
				store.range(false);
				store.showTab("diff");
			}
		} else if (mode === "scrub") store.did("time");
		store.changed("view");
	}
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Hand} hand
 * @param {any} timeline the view
 * @param {Element} beside where the menu opens that the menu key asks for
 */
export function onTimeline(canvas, hand, timeline, beside) {
	const { store, tip, menu } = hand,
		{ span } = store,
		drag = new Drag(hand, timeline);
	const changed = () => store.changed("view");
	canvas.addEventListener("pointerdown", (e) => {
		canvas.setPointerCapture(e.pointerId);
		drag.begin(e);
	});
	canvas.addEventListener("pointermove", (e) => {
		const [x] = pointOf(e);
		drag.move(x);
		if (x < Timeline.LEFT) {
			store.point(null);
			return;
		}
		store.point({ x });
		tip.show(e, timeTip(store, timeline, x));
	});
	canvas.addEventListener("pointerup", (e) => drag.end(e));
	canvas.addEventListener("pointercancel", (e) => drag.end(e));
	canvas.addEventListener("contextmenu", (e) => {
		e.preventDefault();
		if (e.button !== 2) menu({ i: store.state.i }, beside);
	});
	canvas.addEventListener("pointerleave", () => store.point(null));
	canvas.addEventListener("dblclick", (e) => {
		// closer to that moment; seen close already: all of it again
		if (span.u1 - span.u0 < 0.3) span.set();
		else timeline.zoomAt(pointOf(e)[0], 0.12);
		changed();
	});
	canvas.addEventListener(
		"wheel",
		(e) => {
			e.preventDefault();
			if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY))
				timeline.pan(-(e.deltaX || e.deltaY));
			else timeline.zoomAt(pointOf(e)[0], 1.0015 ** e.deltaY);
			changed();
		},
		{ passive: false },
	);
}

/**
 * What is said of the moment at x: its sentence, what is free, and what the column of pixels
 * there stands for, by kind.
 * @param {Store} store
 * @param {any} timeline the view
 * @param {number} x
 */
export function timeTip(store, timeline, x) {
	const { trace, model } = store,
		axis = store.axis(),
		i = timeline.eventAt(x, axis),
		chapter = trace.chapterAt(i),
		near = (/** @type {any} */ q) => Math.abs(timeline.x(axis.pos(q.i + 0.5)) - x) < 5,
		hazards = model.hazards.list.filter((/** @type {any} */ q) => !store.later(q.i) && near(q));
	return [
		h("b", `#${fmt.count(i)}`),
		chapter ? ` ${chapter.msg}` : "",
		h("br"),
		store.later(i)
			? h("span.dim", "kept back")
			: [
					narrate(trace, i),
					h("br"),
					freeAt(store, i),
					h("br"),
					kindsAt(store, timeline, x, i),
				],
		hazards
			.slice(0, 3)
			.map((/** @type {any} */ q) => [h("br"), h("b", `⚠ ${q.rule}: `), q.text]),
	];
}

/** @param {Store} store @param {number} i */
function freeAt({ trace, model: { lod }, state: { order } }, i) {
	const v = lod.valueAt(i),
		zones = (/** @type {(z: any) => string} */ say) =>
			trace.zones.map((/** @type {any} */ z) => `${z.name} ${say(z)}`).join(" · "),
		vmalloc = trace.hasRegion("vmalloc")
			? ` · vmalloc ${fmt.count(v[trace.nrZones])} pages`
			: "",
		useless = zones((z) => `${Math.round(100 * lod.unusable(i, z.id, order))} %`);
	return [
		h("span.dim", zones((z) => `${fmt.count(v[z.id])} free`) + vmalloc),
		h("br"),
		!trace.single && h("span.dim", `free but useless for order ${order}: ${useless}`),
	];
}

/** @param {Store} store @param {any} timeline @param {number} x @param {number} i */
function kindsAt(store, timeline, x, i) {
	const { trace, palette } = store,
		{ lod } = store.model,
		axis = store.axis(),
		before = (/** @type {number} */ event) =>
			lod.countBefore(event, new Uint32Array(lod.groups)),
		from = before(axis.event(timeline.u(x - 0.5))),
		to = before(Math.max(i + 1, axis.event(timeline.u(x + 0.5))));
	return GROUPS.map((name, g) => {
		const n = to[g] - from[g],
			called = name === "buddy" && trace.single ? "pages" : name;
		return n > 0
			? [
					h("i.swatch", {
						style: { background: palette.group[/** @type {Group} */ (name)] },
					}),
					` ${called} ${fmt.count(n)}  `,
				]
			: "";
	});
}
