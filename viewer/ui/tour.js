// SPDX-License-Identifier: MIT
/*
 * tour.js - the first run: six steps, each ends when the reader has done the one thing it
 * asks for.  It can be left at any step and comes again only when asked for.
 */
import { h, fill, $ } from "./dom.js";
/** @import {Trace} from "../model/trace.js" */
/** @import {App} from "./app.js" */
/** @import {Store} from "./store.js" */

/**
 * What a step teaches, what to do, which act ends it, what to light up, where to begin.
 * @typedef {{title: string, text: string, doThis: string, act: string, target: string, at?:
 *	number, before?: () => void}} Step
 */

/**
 * First event from `from` on of that name that passes.
 * @param {Trace} trace
 * @param {string} name
 * @param {(i: number) => boolean} [test]
 * @param {number} [from]
 */
function find(trace, name, test = () => true, from = 0) {
	for (let i = from; i < trace.n; i++) if (trace.kindName(i) === name && test(i)) return i;
	return -1;
}

/**
 * The steps, for the trace that is shown.
 * @param {Store} store
 * @param {() => void} showStop brings how to stop at the event into sight
 * @returns {Step[]}
 */
export function steps(store, showStop) {
	const { trace } = store,
		hex = (/** @type {number} */ v) => "0x" + (v >>> 0).toString(16),
		area = find(trace, "vmalloc_exit", (i) => trace.of(i).addr(i) > 0),
		va = area >= 0 ? trace.of(area).addr(area) : trace.layout.page_offset;
	const split = find(trace, "buddy_split", () => true, trace.chapters()[1]?.i ?? 0),
		alloc = split >= 0 ? find(trace, "mm_page_alloc", () => true, split) : -1;
	return [
		{
			title: "Time",
			text: "A whole run of a small kernel lies along the timeline. Everything below shows one moment of it.",
			doThis: "Drag along the timeline, or press → a few times.",
			act: "time",
			target: "section.timeline",
		},
		{
			title: "A frame",
			text: "Each cell is a page frame: 4 KiB of RAM. Letter and colour say who has it; what the event is about is outlined.",
			doThis: "Click a frame with a letter. (Keyboard: 3, then Enter.)",
			act: "frame",
			target: "[data-panel=frames]",
			at: alloc,
		},
		{
			title: "A block",
			text: "Free frames are kept in blocks of 1, 2, 4 … 512. The block at the left of a row is the next to go out; a larger one is split when its row is empty.",
			doThis: "Click a block in the free lists. (Keyboard: 4, arrows, Enter.)",
			act: "block",
			target: "[data-panel=buddy]",
		},
		{
			title: "An address",
			text: "Programs use linear addresses. Which frame is behind one changes with time, so the answer is for the moment shown.",
			doThis: `Type ${hex(va)} into the search box (press /) and then Enter.`,
			act: "va",
			target: ".search",
			at: area,
		},
		{
			title: "The walk",
			text: "The MMU finds the frame in two steps: ten bits of the address choose the directory entry, ten the table entry. Each says since which event it holds.",
			doThis: "In the walk, follow one “since #…” to the event that wrote the entry.",
			act: "walk",
			target: "[data-panel=walk]",
		},
		{
			title: "Stop here",
			text: "Every event of a run in Bochs can be visited: the machine runs again and stops at that very instruction.",
			doThis: "Copy the lines under “Stop here in Bochs”.",
			act: "copy",
			target: ".detail-view",
			before: showStop,
		},
	];
}

/**
 * What the card says of a step.
 * @param {Step[]} all
 * @param {number} at which of them
 */
export const saysOf = (all, at) => [
	h("h2", `${at + 1} of ${all.length}: ${all[at].title}`),
	h("p", all[at].text),
	h("p.todo", all[at].doThis),
];
/**
 * What stands below: a dot for each step, and the way out.
 * @param {Step[]} all
 * @param {number} at
 * @param {() => void} end
 */
export const dots = (all, at, end) =>
	h(
		"div.row",
		h(
			"span.dots",
			{ "aria-hidden": "true" },
			all.map((s, x) => h(x < at ? "i.past" : x === at ? "i.here" : "i")),
		),
		h("button", { onclick: end }, "Skip the tour"),
	);
/**
 * What the card says at the end.
 * @param {() => void} end
 */
export const over = (end) => [
	h("h2", "That is all there is to it"),
	h(
		"p",
		"Chapters tell the story of the run, Questions asks you to predict it, ? lists the keys. The tour can be had again: type >tour into the search box.",
	),
	h("p.row", h("button", { onclick: end }, "Done")),
];

export class Tour {
	/** @param {App} app */
	constructor(app) {
		this.app = app;
		this.steps = steps(app.store, () => this.showStop());
		this.at = 0;
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.timer = undefined;
		this.card = h("section.tour", {
			role: "region",
			"aria-label": "guided tour",
			tabIndex: -1,
		});
		this.says = h("div", { "aria-live": "polite" });
		document.body.append(this.card);
		this.show();
	}
	show() {
		const step = this.steps[this.at];
		document.querySelector(".tour-target")?.classList.remove("tour-target");
		if (!step) {
			fill(this.card, ...over(() => this.end()));
			this.card.querySelector("button")?.focus();
			return;
		}
		if (step.at !== undefined && step.at >= 0) {
			this.app.store.select(null);
			this.app.store.goto(step.at);
		}
		this.card.classList.toggle("left", step.target === ".detail-view");
		step.before?.();
		document.querySelector(step.target)?.classList.add("tour-target");
		fill(this.says, ...saysOf(this.steps, this.at));
		fill(
			this.card,
			this.says,
			dots(this.steps, this.at, () => this.end()),
		);
	}
	showStop() {
		const { store, painter, writer } = this.app;
		store.select(null);
		store.showDetail("event");
		painter.draw();
		writer.panels();
		$("details").querySelector(".stop")?.scrollIntoView({ block: "start" });
	}
	/**
	 * The reader did something: is it what this step asks for?
	 * @param {string} what
	 */
	did(what) {
		if (this.steps[this.at]?.act !== what) return;
		this.at++;
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.show(), 450);
	}
	end() {
		clearTimeout(this.timer);
		document.querySelector(".tour-target")?.classList.remove("tour-target");
		this.card.remove();
		this.app.tourDone();
	}
}
