// SPDX-License-Identifier: MIT
/*
 * page.js - builds the page: its elements, what writes into them, and what the pointer does there.
 */
import { h, fill, context, watchSize } from "./dom.js";
import { named } from "./commands.js";
import { contextMenu } from "./context.js";
import { EventList } from "./events.js";
import { COLOUR_BY } from "./framecolours.js";
import { elements, lay } from "./layout.js";
import { Panels } from "./panel.js";
import { interactive, onBuddy, onFrames, onVirtual, pointWalk, walkMenu } from "./pointer.js";
import { Search } from "./search.js";
import { Tables } from "./table.js";
import { tabsOf } from "./tabs.js";
import { markTerms } from "./terms.js";
import { onTimeline } from "./timepointer.js";

/** @typedef {import("./app.js").App} App */

/**
 * The page anew: its elements, and what writes into them.
 * @param {App} app
 */
export function build(app) {
	const { store } = app;
	app.built = true;
	app.panels = new Panels(app);
	app.opening.renew();
	app.files = app.opening.input();
	app.el = elements(app);
	app.tables = new Tables(app.el.tabBody, (/** @type {any} */ box) => markTerms(store, box));
	app.search = new Search(store, () => named(app));
	lay(app);
	app.list = new EventList(app.el.events, {
		goto: (/** @type {number} */ i) => store.goto(i),
		context: (/** @type {number} */ i, /** @type {any} */ at) => contextMenu(app, { i }, at),
		hover: (/** @type {number | null} */ i) => store.point(i === null ? null : { i }),
		hides: (/** @type {number} */ i) => store.hides(i),
	});
	point(app);
	// a canvas gets its memory when its size is known: milliseconds, which the first picture
	// need not wait for
	for (const c of app.canvases)
		watchSize(c, () => {
			if (app.built) context(c)?.ctx.clearRect(0, 0, 1, 1);
			else app.painter.invalidate();
		});
}

/**
 * What the pointer does in each view.
 * @param {App} app
 */
function point(app) {
	const { el, views, store } = app,
		menu = (/** @type {any} */ target, /** @type {any} */ at) => contextMenu(app, target, at),
		hand = { store, tip: app.tip, menu };
	onTimeline(el.timeline, hand, views.timeline, el.where);
	interactive(el.frames, hand, onFrames(hand, views.frames));
	interactive(el.virtual, hand, onVirtual(hand, views.virtual));
	interactive(el.buddy, hand, onBuddy(hand, views.buddy));
	pointWalk(
		el.walk,
		store,
		() => store.va(),
		() => store.machine(),
	);
	walkMenu(el.walk, hand);
}

/**
 * Shows of the page only what means something for the trace's kind of kernel.
 * @param {App} app
 */
export function suit(app) {
	const { el, store } = app,
		{ single, watched } = store.trace,
		{ state } = store,
		// a bitmap, say: the replay cannot know which frame comes next
		ownOrder = (store.trace.machine.flags ?? []).includes("own lists"),
		colours = COLOUR_BY.filter(([id]) => !(single && id === "order"));
	if (single && ownOrder) app.panels.title(el.buddy, "Free frames", "in no order");
	else if (single) app.panels.title(el.buddy, "Free list", "freed last at the left");
	// of a guest that is watched nobody tells which frames are free
	app.panels.hide(el.buddy, watched);
	app.root.querySelector(".views")?.classList.toggle("no-lists", watched);
	if (!colours.some(([id]) => id === state.colourBy)) state.colourBy = "owner";
	fill(
		el.colourBy,
		colours.map(([id, text]) => h("option", { value: id }, text)),
	);
	el.colourBy.value = state.colourBy;
	if (!tabsOf(store.trace).some(([id]) => id === state.tab)) state.tab = "events";
}
