// SPDX-License-Identifier: MIT
/*
 * follow.js - what of the page follows which change of the store.
 */
import { toast } from "./notice.js";
import { suit } from "./page.js";

/** @typedef {import("./app.js").App} App */

/**
 * Has the parts of the page written that tell of what changed, and all painted.
 * @param {App} app
 * @param {import("./store.js").Change} what
 * @param {any} more
 */
export function follow(app, what, more) {
	if (what === "message") return toast(more);
	if (what === "did") return app.tour?.did(more);
	if (what === "model") open(app);
	if (!app.el) return;
	const { el, store, writer, list } = app,
		{ state } = store;
	/** @type {Partial<Record<import("./store.js").Change, () => void>>} */
	const parts = {
		time: () => app.tip.hide(),
		hover: () => app.tip.hide(),
		selection: () => {
			app.tip.hide();
			reveal(app);
			writer.tabs();
		},
		filter: () => {
			list.setFilter(store.listed);
			writer.tabs();
		},
		tab: () => writer.tabs(),
		marks: () => writer.legend(),
		colours: () => {
			el.colourBy.value = state.colourBy;
			writer.legend();
		},
		axis: () => {
			app.tip.hide();
			/** @type {any} */ (document.getElementById("axis")).value = state.axis;
		},
		close: () => el.zoomIn.setAttribute("aria-pressed", String(state.zoomIn)),
		range: () => el.range.setAttribute("aria-pressed", String(state.ranging)),
		playing: () => {
			el.play.textContent = state.playing ? "❚❚" : "▶";
			el.play.setAttribute("aria-label", state.playing ? "pause" : "play");
		},
		table: () => writer.refreshTab(),
		text: () => writer.forget(),
	};
	parts[what]?.();
	app.painter.invalidate();
}

/**
 * Brings what is selected into sight.
 * @param {App} app
 */
function reveal(app) {
	const { sel } = app.store.state,
		{ virtual, frames } = app.views;
	if (!sel) return;
	if (sel.va !== null) virtual.reveal(sel.va);
	if (sel.pfn >= 0 && sel.pfn < app.store.trace.frames) frames.reveal(sel.pfn);
}

/**
 * Another trace is shown.
 * @param {App} app
 */
function open(app) {
	app.lecture.leave();
	app.ahead();
	app.built = false;
	app.list.load(app.store.trace);
	app.list.setFilter(null);
	suit(app);
	app.writer.forget();
	app.writer.legend();
	app.writer.tabs();
	app.writer.header();
}
