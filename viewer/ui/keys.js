// SPDX-License-Identifier: MIT
/*
 * keys.js - from a key that was pressed to its command (commands.js), or to what it does in
 * the view that has the focus (viewkeys.js).
 */
import { commandOf, perform } from "./commands.js";
import { keyInView } from "./viewkeys.js";

/**
 * @typedef {import("./app.js").App} App
 * @typedef {import("./viewkeys.js").Place} Place
 */

/** @param {App} app */
export function installKeys(app) {
	freeSelects();
	addEventListener("keydown", (e) => {
		if (!app.store.model?.n || document.querySelector("dialog[open]")) return;
		const target = /** @type {HTMLElement} */ (e.target),
			typing = /** @type {HTMLElement | null} */ (
				target.closest?.("input, textarea, select") ?? null
			);
		// Windows tells AltGr as Ctrl and Alt; brackets are typed with it
		const ctrl = (e.ctrlKey || e.metaKey) && !e.getModifierState("AltGraph");
		if (ctrl) {
			const chord = commandOf(`Ctrl+${e.shiftKey ? "Shift+" : ""}${e.key.toLowerCase()}`);
			if (chord && perform(app, chord)) e.preventDefault();
			return;
		}
		if (typing && e.key === "Escape") {
			typing.blur();
			return;
		}
		// of a select only letters, digits and the keys that move in it are its own
		if (typing && (typing.tagName !== "SELECT" || !/^[^\w ]$/.test(e.key))) return;
		const place = placeOf(app, target),
			say = (/** @type {string} */ words) => app.writer.say(words);
		if (!e.altKey && place.view && keyInView(app.store, place, e, say)) {
			e.preventDefault();
			app.store.changed("view");
			return;
		}
		if (target.closest?.("[role=tablist]") && /^Arrow/.test(e.key)) return;
		const command = commandOf(e.key);
		if (command && perform(app, command, e, place)) e.preventDefault();
	});
}

/**
 * A choice made with the mouse, or from the list that Enter, Space or Alt and an arrow open, is
 * made: the keys are the page's again. One made with arrows and letters alone may be on its way to
 * the next.
 */
function freeSelects() {
	let choosing = false;
	const isSelect = (/** @type {Event} */ e) =>
		/** @type {HTMLElement} */ (e.target).tagName === "SELECT";
	addEventListener(
		"pointerdown",
		() => {
			choosing = false;
		},
		true,
	);
	addEventListener(
		"keydown",
		(e) => {
			choosing = isSelect(e) && !e.altKey && e.key !== "Enter" && e.key !== " ";
		},
		true,
	);
	addEventListener("change", (e) => {
		if (isSelect(e) && !choosing) /** @type {HTMLElement} */ (e.target).blur();
	});
}

/**
 * Where a key was pressed. Side by side each run has its own canvases: frames-l, buddy-r.
 * @param {App} app
 * @param {HTMLElement} target
 * @returns {Place}
 */
function placeOf(app, target) {
	const [, canvas = "", side] = /^(.*?)(?:-([lr]))?$/.exec(target.id ?? "") ?? [],
		view = /^(frames|virtual|buddy)$/.test(canvas),
		{ store, runs } = app;
	if (side && runs.beside)
		return { canvas, view, own: false, views: runs.beside.sides[side === "l" ? 0 : 1] };
	const { model, state } = store;
	return { canvas, view, own: true, views: { ...app.views, model, i: state.i, sel: state.sel } };
}
