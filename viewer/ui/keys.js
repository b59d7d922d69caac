// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * keys.js - from a key that was pressed to its command (commands.js), or to what it does
 * in the view that has the focus.
 */
import { commandOf, perform } from "./commands.js";

export function installKeys(app) {
	// A choice made with the mouse, or from the list that Enter, Space or Alt and an arrow open, is
	// made: the keys are the page's again.
	// One made with arrows and letters alone may be on its way to the next.
	let choosing = false;
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
			choosing =
				e.target.tagName === "SELECT" && !e.altKey && e.key !== "Enter" && e.key !== " ";
		},
		true,
	);
	addEventListener("change", (e) => {
		if (e.target.tagName === "SELECT" && !choosing) e.target.blur();
	});
	addEventListener("keydown", (e) => {
		if (!app.model?.n || document.querySelector("dialog[open]")) return;
		const typing = e.target.closest?.("input, textarea, select");
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
		const place = placeOf(app, e.target);
		if (!e.altKey && place.view && inView(app, place.views, place.canvas, e)) {
			e.preventDefault();
			app.invalidate();
			return;
		}
		if (e.target.closest?.("[role=tablist]") && /^Arrow/.test(e.key)) return;
		const command = commandOf(e.key);
		if (command && perform(app, command, e, place)) e.preventDefault();
	});
}

/**
 * Where a key was pressed: {canvas: its id, view: is it one of the maps?, views: the app's, or
 * those of a side of two}. Side by side each run has its own canvases: frames-l, buddy-r.
 */
function placeOf(app, target) {
	const [, canvas, side] = /^(.*?)(?:-([lr]))?$/.exec(target.id ?? "");
	return {
		canvas,
		view: /^(frames|virtual|buddy)$/.test(canvas),
		views: side && app.beside ? app.beside.sides[side === "l" ? 0 : 1] : app,
	};
}

/**
 * A key in a focused view; views: the app, or a side of two. True if it was one of the view's own.
 */
function inView(app, views, which, e) {
	const { key, shiftKey } = e,
		{ frames, virtual, buddy } = views,
		{ sel: s } = views === app ? app.state : views,
		d = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
	if (which === "virtual" && /^Page/.test(key)) {
		const b = virtual.turn(key === "PageUp" ? -1 : 1);
		app.say(`${b.name}, ${b.range}`);
	} else if (
		which !== "buddy" &&
		(/^[-+=0]$/.test(key) || (which === "frames" && d && shiftKey))
	) {
		const map = which === "frames",
			view = views[which],
			r = map ? frames.rect(s?.pfn) : virtual.cellOf(s?.va, virtual.h),
			seen = r && r.x > 0 && r.y > 0 && r.x < view.w && r.y < view.h;
		if (map && views === app) app.freeHand();
		if (d) frames.pan(-60 * d[0], -60 * d[1]);
		else if (key === "0") view.reset();
		else
			view.zoomAt(
				seen ? r.x + 1 : view.w / 2,
				seen ? r.y + 1 : view.h / 2,
				key === "-" ? 0.7 : 1 / 0.7,
			);
		if (!map) app.say(`${virtual.shown.name}: ${virtual.level}`);
	} else if (!d) return false;
	else if (shiftKey) {
		if (!d[1]) return false;
		views[which].scroll += 60 * d[1];
	} else if (which === "buddy") {
		buddy.step(key);
		if (buddy.here) app.say(buddy.words());
	} else if (which === "virtual" && s?.va >= 0 && s.va !== null) {
		const va = virtual.step(s.va, key);
		if (va !== null) {
			app.select({ kind: "va", va });
			app.say(virtual.words(views.model.at(views === app ? app.state.i : views.i), va));
		}
	} else if (which === "frames" && s?.pfn >= 0) {
		const r = frames.rect(s.pfn),
			c = frames.cell();
		let pfn = -1;
		for (let hop = 1; hop < 4 && pfn < 0; hop++)
			pfn = frames.hit(r.x + c / 2 + d[0] * c * hop, r.y + c / 2 + d[1] * c * hop);
		if (pfn >= 0) {
			app.select({ kind: "frame", pfn });
			app.say(frames.words(views.model.at(views === app ? app.state.i : views.i), pfn));
		}
	} else return false;
	return true;
}
