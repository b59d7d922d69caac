// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * keys.js - everything can be done from the keyboard.
 */
import { h } from "./dom.js";
import { touchesFrame, touchesPage, ofSimulator } from "../model/query.js";
import * as fmt from "../model/format.js";
import { focusOf } from "../model/focus.js";
import { PANELS } from "./lecture.js";

const KEYS = [
	["← →", "previous, next event (Shift: of the same kind; Alt: touching the selection)"],
	[", .", "previous, next event of the selection"],
	["[ ]", "previous, next chapter"],
	["{ }", "previous, next heading of any kind: sections, questions"],
	["Space", "play, pause"],
	["Home End", "first, last event"],
	["PgUp PgDn", "100 events back, on"],
	["W S A D", "zoom in, out; move along the timeline"],
	["F", "centre the timeline on the event; again: all of it"],
	["Z Shift+Z", "zoom to the selection's events; to all"],
	["M X", "set marker A, then B; clear them"],
	["/ Ctrl+K", "search"],
	["> Ctrl+Shift+P", "commands"],
	["1 … 6", "go to virtual, walk, physical, buddy, events, details"],
	[
		"Enter arrows",
		"in a focused view: choose, go from cell to cell, block to block; what is there is read out",
	],
	["PgUp PgDn", "in the virtual addresses: the band above, below"],
	["Shift+arrows + - 0", "in a focused view: scroll or move it; a map: closer, further, all"],
	["menu-key", "in a view or the list: what can be asked of it"],
	["I Shift+I", "next, previous interesting event"],
	["R", "choose a stretch on the timeline; in a lecture: show the answer"],
	["Y", "lecture mode"],
	["T", "translate: the address at hand, or one you type"],
	["H", "history of the selection"],
	["C", "colour frames by…"],
	["L", "lineage of the selected block"],
	["G", "copy the sba line for Bochs"],
	["K", "copy a link to this moment"],
	["N", "a note at this event"],
	["E", "what is on the screen, in words"],
	["Q", "questions"],
	["`", "change over to the other of two runs"],
	["B", "two runs side by side, or one"],
	["( )", "previous, next difference of two runs"],
	["Esc", "one step out: close, clear the selection, zoom out"],
	["?", "this list"],
];

export const NONE_YET = "select something first: a frame, a page, a block";

export function keyHelp() {
	return h(
		"div.keys",
		KEYS.map(([k, text]) =>
			h(
				"div",
				h(
					"span",
					k.split(" ").map((x) => [h("kbd", x), " "]),
				),
				h("span", text),
			),
		),
	);
}

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
		if (ctrl && e.key.toLowerCase() === "k") {
			e.preventDefault();
			app.search.focus();
			return;
		}
		if (ctrl && e.shiftKey && e.key.toLowerCase() === "p") {
			e.preventDefault();
			app.search.focus(">");
			return;
		}
		if (typing && e.key === "Escape") {
			typing.blur();
			return;
		}
		// of a select only letters, digits and the keys that move in it are its own
		if ((typing && (typing.tagName !== "SELECT" || !/^[^\w ]$/.test(e.key))) || ctrl) return;
		// side by side each run has its own canvases: frames-l, buddy-r
		const [, canvas, side] = /^(.*?)(?:-([lr]))?$/.exec(e.target.id),
			views = side && app.beside ? app.beside.sides[side === "l" ? 0 : 1] : app;
		const same = () => {
			const k = app.model.trace.k[app.state.i];
			return (i) => app.model.trace.k[i] === k;
		};
		const touching = () => app.state.sel?.test ?? focusTest(app);
		const view = /^(frames|virtual|buddy)$/.test(canvas);
		if (!e.altKey && view && inView(app, views, canvas, e)) {
			e.preventDefault();
			app.invalidate();
			return;
		}
		if (e.target.closest?.("[role=tablist]") && /^Arrow/.test(e.key)) return;
		const arrow = (d) => {
			if (e.shiftKey) app.stepTo(same(), d);
			else if (e.altKey) app.stepTo(touching(), d);
			else app.step(d);
		};
		const tl = app.timeline,
			zoom = (f) => {
				tl.zoomAt(tl.x(app.axis().pos(app.state.i + 0.5)), f);
				app.invalidate();
			};
		let done = true;
		switch (e.key) {
			case "ArrowLeft":
				arrow(-1);
				break;
			case "ArrowRight":
				arrow(1);
				break;
			case "ArrowUp":
			case "ArrowDown":
				if (canvas === "event-rows" || e.target === document.body)
					arrow(e.key === "ArrowUp" ? -1 : 1);
				else done = false;
				break;
			case ",":
				app.stepTo(touching(), -1);
				break;
			case ".":
				app.stepTo(touching(), 1);
				break;
			case "[":
				app.chapter(-1);
				break;
			case "]":
				app.chapter(1);
				break;
			case "{":
				app.section(-1);
				break;
			case "}":
				app.section(1);
				break;
			case " ":
				if (e.target.tagName === "BUTTON") done = false;
				else app.togglePlay();
				break;
			case "Home":
				app.goto(0);
				break;
			case "End":
				app.goto(app.model.n - 1);
				break;
			case "PageUp":
				app.step(-100);
				break;
			case "PageDown":
				app.step(100);
				break;
			case "w":
			case "W":
				zoom(0.7);
				break;
			case "s":
			case "S":
				zoom(1 / 0.7);
				break;
			case "a":
			case "A":
				tl.pan(120);
				app.invalidate();
				break;
			case "d":
			case "D":
				tl.pan(-120);
				app.invalidate();
				break;
			case "f":
			case "F": {
				const span = Math.min(0.25, tl.u1 - tl.u0),
					from = Math.max(0, Math.min(1 - span, app.axis().pos(app.state.i) - span / 2)),
					there = Math.abs(from - tl.u0) < 1e-9 && tl.u1 - tl.u0 < span + 1e-9;
				tl.u0 = there ? 0 : from;
				tl.u1 = there ? 1 : from + span;
				app.invalidate();
				break;
			}
			case "z":
				app.showEvents();
				break;
			case "Z":
				tl.u0 = 0;
				tl.u1 = 1;
				app.invalidate();
				break;
			case "m":
			case "M":
				app.marker();
				break;
			case "x":
			case "X":
				app.clearMarkers();
				break;
			case "/":
				app.search.focus();
				break;
			case ">":
				app.search.focus(">");
				break;
			case "1":
			case "2":
			case "3":
			case "4":
			case "5":
			case "6": {
				const [panel] = PANELS[e.key - 1];
				if (app.lecture.on) app.lecture.show(panel);
				if (panel === "events") {
					app.showTab("events");
					app.list.rows.focus();
				} else app.el[panel].focus();
				break;
			}
			case "Enter": {
				if (!view) {
					done = false;
					break;
				}
				if (canvas === "buddy") {
					if (views.buddy.at) {
						app.select({
							kind: "block",
							pfn: views.buddy.at.pfn,
							order: views.buddy.at.order,
						});
						app.did("block");
					} else views.buddy.step("ArrowDown");
					app.invalidate();
					break;
				}
				const f =
						views === app
							? app.focus(app.state.i)
							: focusOf(views.model.trace, views.i),
					spoken = (views === app ? app.va() : views.va) ?? f.va,
					va = views.virtual.chosen ? views.virtual.step(spoken ?? 0) : spoken,
					pfn = (views === app ? app.state : views).sel?.pfn ?? f.frames[0]?.pfn;
				if (canvas === "virtual" && va !== null) {
					app.select({ kind: "va", va });
					app.did("va");
				} else if (canvas === "frames") {
					app.select({
						kind: "frame",
						pfn: pfn >= 0 ? pfn : (app.model.trace.zones[0]?.start ?? 0),
					});
					app.did("frame");
				}
				break;
			}
			case "y":
			case "Y":
				app.lecture.toggle();
				break;
			case "r":
			case "R":
				if (app.lecture.on) app.lecture.reveal();
				else app.range(!app.state.ranging);
				break;
			case "i":
				app.interesting(1);
				break;
			case "I":
				app.interesting(-1);
				break;
			case "c":
			case "C":
				app.el.colourBy.focus();
				break;
			case "t":
			case "T": {
				const va = app.va();
				app.search.focus(va === null ? "0x" : fmt.addr(va));
				if (va !== null) app.search.input.select();
				break;
			}
			case "h":
			case "H":
				if (app.state.sel) app.history();
				else app.toast(NONE_YET);
				break;
			case "l":
			case "L":
				app.showTab("lineage");
				break;
			case "g":
			case "G":
				if (app.model.trace.left.has("t")) app.toast(fmt.tick(app.model.trace));
				else if (ofSimulator(app.model.trace))
					app.toast("the simulator's ticks are not Bochs's: nothing is copied");
				else app.copy(`sba ${Math.round(app.model.trace.t[app.state.i])}`);
				break;
			case "k":
			case "K":
				app.copy(location.href.split("#")[0] + "#" + app.permalink());
				break;
			case "e":
			case "E":
				app.showDetail(app.state.detail === "screen" ? app.detailBefore : "screen");
				break;
			case "n":
			case "N":
				app.noteHere();
				break;
			case "q":
			case "Q":
				app.showTab("lesson");
				break;
			case "`":
				app.swapRuns();
				break;
			case "(":
			case ")":
				if (app.beside) app.beside.difference(e.key === ")" ? 1 : -1);
				else done = false;
				break;
			case "B":
			case "b":
				if (app.beside) app.besideOff();
				else app.besideOn();
				break;
			case "?":
				app.help();
				break;
			case "Escape":
				app.escape();
				break;
			default:
				done = false;
		}
		if (done) e.preventDefault();
	});
}

/** What the current event speaks of, when nothing is selected. */
function focusTest(app) {
	const f = app.focus(app.state.i),
		{ trace } = app.model;
	if (f.frames.length) return touchesFrame(trace, f.frames[0].pfn);
	if (f.va !== null) return touchesPage(trace, f.va);
	return () => false;
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
