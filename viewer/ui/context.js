// SPDX-License-Identifier: MIT
/*
 * context.js - the menu of a right click (or of the menu key): what can be asked of the
 * frame, page, block or event there.
 */
import { openMenu } from "./menu.js";
import { copy } from "./notice.js";
import { narrate } from "../model/narrate.js";
import { stopHere } from "../model/stophere.js";
import { touches } from "../model/touches.js";
import { translate } from "../model/address.js";
import * as fmt from "../model/format.js";
/** @import {Wish} from "../model/selection.js" */
/** @import {Band} from "../model/types.js" */
/** @import {App} from "./app.js" */
/** @import {Item} from "./menu.js" */
/** @import {Store} from "./store.js" */

/** @typedef {Item | false | null} Maybe an item, if it can be had */
/**
 * What was clicked: a frame, a page, an event or a range.
 * @typedef {{pfn?: number, va?: number | null, i?: number, band?: Band}} Target
 */
/**
 * What the items ask of the page.
 * @typedef {object} Deeds
 * @property {(text: string) => void} search types into the search box
 * @property {() => string} link the link to what is shown
 * @property {(band: string) => void} showBand
 * @property {() => void} showStop brings how to stop at the event into sight
 * @property {() => void} note asks for a note at the event
 */

/**
 * Opens the menu.
 * @param {App} app
 * @param {Target} target
 * @param {Element | {x: number, y: number}} at where it opens
 */
export function contextMenu(app, target, at) {
	const { store } = app,
		{ label, items } = menuOf(
			store,
			{
				search: (text) => app.search.focus(text),
				link: () => app.address.link(),
				showBand: (id) => {
					app.views.virtual.choose(id);
					store.changed("view");
				},
				showStop: () => {
					store.showDetail("event");
					app.painter.draw();
					app.writer.panels();
					document.querySelector(".stop")?.scrollIntoView({ block: "nearest" });
				},
				note: () => app.noteHere(),
			},
			target,
		);
	openMenu(at, items, label);
}

/**
 * What can be asked of a target, and its name.
 * @param {Store} store
 * @param {Deeds} deeds
 * @param {Target} target
 * @returns {{label: string, items: Item[]}}
 */
export function menuOf(store, deeds, { i, band, va, pfn = -1 }) {
	/** @type {(label: string, items: Maybe[]) => {label: string, items: Item[]}} */
	const menu = (label, items) => ({
		label,
		items: /** @type {Item[]} */ (items.filter(Boolean)),
	});
	if (i !== undefined) return menu(`event ${i}`, ofEvent(store, deeds, i));
	if (band) return menu(band.name, ofBand(store, deeds, band));
	if (va !== undefined && va !== null)
		return menu(`page ${fmt.addr(va)}`, ofPage(store, deeds, va));
	return menu(`frame ${fmt.hex(pfn)}`, ofFrame(store, deeds, pfn));
}

/**
 * @param {Store} store
 * @param {Deeds} deeds
 * @param {number} i
 * @returns {Maybe[]}
 */
function ofEvent(store, deeds, i) {
	const { trace } = store,
		{ va } = store.focus(i),
		kind = trace.k[i];
	return [
		["Go to this event", () => store.goto(i), "#" + fmt.count(i)],
		[
			"History: events of this kind",
			() =>
				store.setFilter({
					words: `kind:${trace.kindName(i)}`,
					test: (j) => trace.k[j] === kind,
				}),
		],
		va !== null && [
			"Translate the address it names",
			() => {
				store.goto(i);
				deeds.search(fmt.addr(va));
			},
		],
		["Copy the sentence", () => copy(narrate(trace, i))],
		[
			"Copy a link to this event",
			() => {
				store.goto(i);
				copy(deeds.link());
			},
		],
		["Keep it selected", () => explain(store, { kind: "event", event: i })],
		stop(store, deeds, i, "in Bochs"),
		["Explain", () => explainEvent(store, i)],
		"-",
		["Set marker A here", () => store.mark("a", i)],
		["Set marker B here", () => store.mark("b", i)],
		[
			"A note here",
			() => {
				store.goto(i);
				deeds.note();
			},
		],
	];
}

/**
 * @param {Store} store
 * @param {Deeds} deeds
 * @param {Band} band
 * @returns {Maybe[]}
 */
function ofBand(store, deeds, { id, name, from, to, range }) {
	return [
		["Show it", () => deeds.showBand(id)],
		[
			"History of its pages",
			() => store.setFilter({ words: name, test: touches(store.trace, from, to) }),
		],
		["Copy its range", () => copy(range), range],
	];
}

/**
 * @param {Store} store
 * @param {Deeds} deeds
 * @param {number} va
 * @returns {Maybe[]}
 */
function ofPage(store, deeds, va) {
	const { pfn, since } = translate(store.model, va, store.state.i),
		page = { kind: "va", va };
	return [
		["History of this page", () => history(store, page)],
		[
			"Zoom the timeline to its events",
			() => {
				store.select(page);
				store.showEvents();
			},
			"Z",
		],
		["Translate", () => deeds.search(fmt.addr(va))],
		["Copy the address", () => copy(fmt.addr(va)), fmt.addr(va)],
		stop(store, deeds, since, "when this was mapped"),
		["Explain", () => explain(store, page)],
		pfn >= 0 &&
			pfn < store.trace.frames && [
				"Go to its frame",
				() => store.select({ kind: "frame", pfn }),
				fmt.hex(pfn),
			],
	];
}

/**
 * @param {Store} store
 * @param {Deeds} deeds
 * @param {number} pfn
 * @returns {Maybe[]}
 */
function ofFrame(store, deeds, pfn) {
	const m = store.machine(),
		[map] = m.mappings(pfn),
		{ single } = store.trace,
		frame = { kind: "frame", pfn };
	return [
		["History of this frame", () => history(store, frame)],
		!single && [
			"Lineage of its block",
			() => {
				store.select(frame);
				store.showTab("lineage");
			},
		],
		map && [
			"Translate: the address it is reached at",
			() => deeds.search(fmt.addr(map.addr)),
			fmt.addr(map.addr),
		],
		!single && ["Select its block", () => explain(store, { kind: "block", ...m.blockOf(pfn) })],
		["Copy the frame number", () => copy(fmt.hex(pfn)), fmt.hex(pfn)],
		stop(store, deeds, m.since[pfn], "when this began"),
		["Explain", () => explain(store, frame)],
	];
}

/* ---- what several of them do ---- */

/**
 * How to stop the machine at an event, if there is a way.
 * @param {Store} store
 * @param {Deeds} deeds
 * @param {number} i
 * @param {string} what happens there
 * @returns {Maybe}
 */
function stop(store, deeds, i, what) {
	const { model, trace } = store;
	if (i < 0 || (!trace.left.has("t") && !stopHere(model, i, null))) return null;
	return [
		`Stop here: ${what}`,
		() => {
			store.select(null);
			store.goto(i);
			deeds.showStop();
		},
		"#" + fmt.count(i),
	];
}
/**
 * Selects a thing and says all of it.
 * @param {Store} store
 * @param {Wish} thing
 */
function explain(store, thing) {
	store.select(thing);
	store.showDetail("selection");
}
/**
 * Goes to an event and says all of it.
 * @param {Store} store
 * @param {number} i
 */
function explainEvent(store, i) {
	store.select(null);
	store.goto(i);
	store.showDetail("event");
}
/**
 * Selects a thing and lists its events.
 * @param {Store} store
 * @param {Wish} thing
 */
function history(store, thing) {
	store.select(thing);
	store.history();
}
