// SPDX-License-Identifier: MIT
/*
 * commands.js - all that a key or a name in the search box (>) does: one table.
 *
 * A group is a line of the list of keys (?) and of docs/viewer.md: the keys as they are
 * shown, what they do, and its commands.
 */
import { touchesFrame, touchesPage } from "../model/touches.js";
import { ofSimulator } from "../model/stophere.js";
import * as fmt from "../model/format.js";
import { focusOf } from "../model/focus.js";
import { saveTab, savePng, saveSvg, saveTrace } from "./exports.js";
import { PANELS } from "./lecture.js";
import { help } from "./help.js";
import { copy, toast } from "./notice.js";

/**
 * @typedef {import("./app.js").App} App
 * @typedef {import("./viewkeys.js").Place} Place
 * @typedef {{key?: string, name?: string, when?: (app: App) => string,
 *	run: (app: App, event: any, place: any) => any}} Command
 *	key: as KeyboardEvent.key has it; a small letter stands for the capital too, unless that has
 *	a command of its own; with Ctrl+ or Ctrl+Shift+ before it also while one types; name: for the
 *	search box; when: "" if it is possible now, else why not; run: false if the key is not its
 *	own at that place
 * @typedef {[string, string, Command[]]} Group [keys as shown, what they do, commands]
 */

export const NONE_YET = "select something first: a frame, a page, a block";

/** @param {App} app */
const selected = ({ store }) => (store.state.sel ? "" : NONE_YET);
/** The trace has ticks that lead back into Bochs. @param {App} app */
const replayable = ({ store: { trace } }) =>
	trace.left.has("t")
		? fmt.tick(trace, 0)
		: ofSimulator(trace)
			? "the simulator's ticks are not Bochs's: nothing is copied"
			: "";

/**
 * Steps in time: plain, to the same kind of event (Shift), along the selection (Alt).
 * @param {App} app
 * @param {KeyboardEvent} e
 * @param {number} d
 */
function arrow({ store }, e, d) {
	const { k } = store.trace,
		kind = k[store.state.i];
	if (e.shiftKey) store.stepTo((/** @type {number} */ i) => k[i] === kind, d);
	else if (e.altKey) store.stepTo(touching(store), d);
	else store.step(d);
}
/**
 * In the list of events, and where nothing has the focus, up and down step too.
 * @param {number} d
 * @returns {Command["run"]}
 */
const listArrow = (d) => (app, e, place) => {
	if (place.canvas !== "event-rows" && e.target !== document.body) return false;
	arrow(app, e, d);
};

/**
 * A test for the events of the selection, or of what the event at hand speaks of.
 * @param {App["store"]} store
 * @returns {(i: number) => boolean}
 */
function touching(store) {
	if (store.state.sel?.test) return store.state.sel.test;
	const f = store.focus(store.state.i),
		{ trace } = store;
	const test = f.frames.length
		? touchesFrame(trace, f.frames[0].pfn)
		: f.va !== null && touchesPage(trace, f.va);
	return (i) => !!test && !!test(i);
}

const STEP = 0.09; // of what is shown of the timeline: how far A and D move it
/** @param {number} factor @returns {Command["run"]} */
const zoom =
	(factor) =>
	({ store }) => {
		store.span.zoom(store.axis().pos(store.state.i + 0.5), factor);
		store.changed("span");
	};
/** @param {number} share @returns {Command["run"]} */
const pan =
	(share) =>
	({ store }) => {
		store.span.pan(share);
		store.changed("span");
	};
/** @param {App} app */
function centre({ store }) {
	const { u0, u1 } = store.span,
		width = Math.min(0.25, u1 - u0),
		from = Math.max(0, Math.min(1 - width, store.axis().pos(store.state.i) - width / 2)),
		there = Math.abs(from - u0) < 1e-9 && u1 - u0 < width + 1e-9;
	if (there) store.showSpan();
	else store.showSpan(from, from + width);
}

/** @param {App} app @param {number} n of PANELS */
function focusPanel({ store, lecture, list, el }, n) {
	const [panel] = PANELS[n];
	if (store.lecture.on) lecture.show(panel);
	if (panel === "events") {
		store.showTab("events");
		list.rows.focus();
	} else /** @type {any} */ (el)[panel].focus();
}

/**
 * Enter in a view: selects the block, page or frame the keys stand at.
 * @param {App} app
 * @param {any} _
 * @param {Place} place
 */
function choose({ store }, _, { canvas, view, own, views }) {
	if (!view) return false;
	if (canvas === "buddy") {
		if (views.buddy.at) {
			const { pfn, order } = views.buddy.at;
			store.select({ kind: "block", pfn, order });
			store.did("block");
		} else views.buddy.step("ArrowDown");
		store.changed("view");
		return;
	}
	const f = own ? store.focus(store.state.i) : focusOf(views.model.trace, views.i);
	if (canvas === "virtual") {
		const spoken = (own ? store.va() : views.va) ?? f.va,
			va = views.virtual.chosen ? views.virtual.step(spoken ?? 0) : spoken;
		if (va === null) return;
		store.select({ kind: "va", va });
		store.did("va");
	} else {
		const pfn = views.sel?.pfn ?? f.frames[0]?.pfn;
		store.select({ kind: "frame", pfn: pfn >= 0 ? pfn : (store.trace.zones[0]?.start ?? 0) });
		store.did("frame");
	}
}

/** @param {App} app */
function translateHere({ store, search }) {
	const va = store.va();
	search.focus(va === null ? "0x" : fmt.addr(va));
	if (va !== null) search.input.select();
}
/** @param {number} d @returns {Command["run"]} */
const difference =
	(d) =>
	({ runs }) =>
		runs.beside ? runs.beside.difference(d) : false;
/** @param {string} id @returns {Command["run"]} */
const colour =
	(id) =>
	({ store }) =>
		store.colour(id);
/** @param {string} name @returns {Command["run"]} */
const theme = (name) => (app) => app.useTheme(name);
/** @param {string} id @returns {Command["run"]} */
const tab =
	(id) =>
	({ store }) =>
		store.showTab(id);

/** A group without keys has names only. @type {Group[]} */
export const COMMANDS = [
	[
		"← →",
		"previous, next event (Shift: of the same kind; Alt: touching the selection)",
		[
			{ key: "ArrowLeft", run: (app, e) => arrow(app, e, -1) },
			{ key: "ArrowRight", run: (app, e) => arrow(app, e, 1) },
			{ key: "ArrowUp", run: listArrow(-1) },
			{ key: "ArrowDown", run: listArrow(1) },
		],
	],
	[
		", .",
		"previous, next event of the selection",
		[
			{ key: ",", run: ({ store }) => store.stepTo(touching(store), -1) },
			{ key: ".", run: ({ store }) => store.stepTo(touching(store), 1) },
		],
	],
	[
		"[ ]",
		"previous, next chapter",
		[
			{ key: "]", name: "next chapter", run: ({ store }) => store.chapter(1) },
			{ key: "[", name: "previous chapter", run: ({ store }) => store.chapter(-1) },
		],
	],
	[
		"{ }",
		"previous, next heading of any kind: sections, questions",
		[
			{ key: "{", run: ({ store }) => store.section(-1) },
			{ key: "}", run: ({ store }) => store.section(1) },
		],
	],
	[
		"Space",
		"play, pause",
		[
			{
				key: " ",
				name: "play or pause",
				run: (app, e) => (e?.target.tagName === "BUTTON" ? false : app.player.toggle()),
			},
		],
	],
	[
		"Home End",
		"first, last event",
		[
			{ key: "Home", name: "first event", run: ({ store }) => store.goto(0) },
			{ key: "End", name: "last event", run: ({ store }) => store.goto(store.trace.n - 1) },
		],
	],
	[
		"PgUp PgDn",
		"100 events back, on",
		[
			{ key: "PageUp", run: ({ store }) => store.step(-100) },
			{ key: "PageDown", run: ({ store }) => store.step(100) },
		],
	],
	[
		"W S A D",
		"zoom in, out; move along the timeline",
		[
			{ key: "w", run: zoom(0.7) },
			{ key: "s", run: zoom(1 / 0.7) },
			{ key: "a", run: pan(-STEP) },
			{ key: "d", run: pan(STEP) },
		],
	],
	["F", "centre the timeline on the event; again: all of it", [{ key: "f", run: centre }]],
	[
		"Z Shift+Z",
		"zoom to the selection's events; to all",
		[
			{ key: "z", when: selected, run: ({ store }) => store.showEvents() },
			{ key: "Z", run: ({ store }) => store.showSpan() },
		],
	],
	[
		"M X",
		"set marker A, then B; clear them",
		[
			{ key: "m", name: "set marker", run: ({ store }) => store.marker() },
			{ key: "x", name: "clear markers", run: ({ store }) => store.setMarks(null, null) },
		],
	],
	[
		"/ Ctrl+K",
		"search",
		[
			{ key: "/", run: ({ search }) => search.focus() },
			{ key: "Ctrl+k", run: ({ search }) => search.focus() },
		],
	],
	[
		"> Ctrl+Shift+P",
		"commands",
		[
			{ key: ">", run: ({ search }) => search.focus(">") },
			{ key: "Ctrl+Shift+p", run: ({ search }) => search.focus(">") },
		],
	],
	[
		"1 … 6",
		"go to virtual, walk, physical, buddy, events, details",
		PANELS.map((_, n) => ({ key: String(n + 1), run: (app) => focusPanel(app, n) })),
	],
	[
		"Enter arrows",
		"in a focused view: choose, go from cell to cell, block to block; what is there is read out",
		[{ key: "Enter", run: choose }],
	],
	["PgUp PgDn", "in the virtual addresses: the band above, below", []],
	["Shift+arrows + - 0", "in a focused view: scroll or move it; a map: closer, further, all", []],
	["menu-key", "in a view or the list: what can be asked of it", []],
	[
		"I Shift+I",
		"next, previous interesting event",
		[
			{ key: "i", name: "next interesting event", run: ({ store }) => store.interesting(1) },
			{ key: "I", run: ({ store }) => store.interesting(-1) },
		],
	],
	[
		"R",
		"choose a stretch on the timeline; in a lecture: show the answer",
		[
			{
				key: "r",
				run: ({ store }) =>
					store.lecture.on ? store.reveal() : store.range(!store.state.ranging),
			},
			{ name: "choose a stretch of time", run: ({ store }) => store.range(true) },
		],
	],
	[
		"Y",
		"lecture mode",
		[{ key: "y", name: "lecture mode", run: ({ lecture }) => lecture.toggle() }],
	],
	["T", "translate: the address at hand, or one you type", [{ key: "t", run: translateHere }]],
	[
		"H",
		"history of the selection",
		[{ key: "h", when: selected, run: ({ store }) => store.history() }],
	],
	["C", "colour frames by…", [{ key: "c", run: ({ el }) => el.colourBy.focus() }]],
	["L", "lineage of the selected block", [{ key: "l", name: "lineage", run: tab("lineage") }]],
	[
		"G",
		"copy the sba line for Bochs",
		[
			{
				key: "g",
				when: replayable,
				run: ({ store: { trace, state } }) => copy(`sba ${Math.round(trace.t[state.i])}`),
			},
		],
	],
	[
		"K",
		"copy a link to this moment",
		[
			{
				key: "k",
				name: "copy a link to this moment",
				run: ({ address }) => copy(address.link()),
			},
		],
	],
	["N", "a note at this event", [{ key: "n", run: (app) => app.noteHere() }]],
	[
		"E",
		"what is on the screen, in words",
		[
			{
				key: "e",
				run: ({ store }) =>
					store.showDetail(
						store.state.detail === "screen" ? store.detailBefore : "screen",
					),
			},
		],
	],
	["Q", "questions", [{ key: "q", name: "questions", run: tab("lesson") }]],
	["`", "change over to the other of two runs", [{ key: "`", run: ({ runs }) => runs.swap() }]],
	[
		"B",
		"two runs side by side, or one",
		[
			{ key: "b", run: ({ runs }) => runs.toggle() },
			{ name: "two runs side by side", run: ({ runs }) => runs.show() },
		],
	],
	[
		"( )",
		"previous, next difference of two runs",
		[
			{ key: "(", run: difference(-1) },
			{ key: ")", run: difference(1) },
		],
	],
	[
		"Esc",
		"one step out: close, clear the selection, zoom out",
		[{ key: "Escape", run: (app) => app.escape() }],
	],
	["?", "this list", [{ key: "?", name: "keys", run: () => help(COMMANDS) }]],
	[
		"",
		"by name only",
		[
			{ name: "dark theme", run: theme("dark") },
			{ name: "light theme", run: theme("light") },
			{ name: "system theme", run: theme("system") },
			{ name: "colour by owner", run: colour("owner") },
			{ name: "colour by order", run: colour("order") },
			{ name: "colour by age", run: colour("age") },
			{ name: "colour by call site", run: colour("site") },
			{ name: "colour by lifetime", run: colour("lifetime") },
			{ name: "colour by change since A", run: colour("changed") },
			{ name: "show hazards", run: tab("hazards") },
			{ name: "show held blocks", run: tab("held") },
			{ name: "terms", run: tab("terms") },
			{ name: "notes", run: tab("notes") },
			{ name: "save the table as CSV", run: (app) => saveTab(app) },
			{ name: "save the picture as PNG", run: (app) => savePng(app, app.root, "page") },
			{ name: "save the picture as SVG", run: (app) => saveSvg(app, app.root, "page") },
			{ name: "save the trace", run: (app) => saveTrace(app) },
			{ name: "tour", run: (app) => app.startTour() },
			{ name: "open a trace", run: (app) => app.files.click() },
		],
	],
];

const all = COMMANDS.flatMap(([, , commands]) => commands);
const byKey = new Map(all.filter((c) => c.key).map((c) => [c.key, c]));

/**
 * The command of a key, null if it has none.
 * @param {string} key
 * @returns {Command | null}
 */
export const commandOf = (key) =>
	byKey.get(key) ?? (key.length === 1 ? byKey.get(key.toLowerCase()) : null) ?? null;

/**
 * Runs a command, or says why it is not possible; false if the key is not its own there.
 * @param {App} app
 * @param {Command} command
 * @param {KeyboardEvent} [event]
 * @param {Place} [place]
 */
export function perform(app, command, event, place) {
	const why = command.when?.(app);
	if (why) toast(why);
	else if (command.run(app, event, place) === false) return false;
	return true;
}

/**
 * Those the search box offers by name: [name, what to call].
 * @param {App} app
 * @returns {[string, () => void][]}
 */
export const named = (app) => all.flatMap((c) => (c.name ? [[c.name, () => perform(app, c)]] : []));
