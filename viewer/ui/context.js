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
/** @import {App} from "./app.js" */
/** @import {Item} from "./menu.js" */
/** @import {Band} from "../model/types.js" */

/** @typedef {Item | false | null} Maybe an item, if it can be had */
/**
 * What was clicked: a frame, a page, an event or a range.
 * @typedef {{pfn?: number, va?: number | null, i?: number, band?: Band}} Target
 */

/**
 * Opens the menu.
 * @param {App} app
 * @param {Target} target
 * @param {Element | {x: number, y: number}} at where it opens
 */
export function contextMenu(app, target, at) {
	const { store, search, address } = app,
		{ model, state, trace } = store,
		/** @type {Maybe[]} */
		items = [];
	const select = (/** @type {object} */ sel) => {
		store.select(sel);
		store.showDetail("selection");
	};
	const history = (/** @type {object} */ sel) => {
		store.select(sel);
		store.history();
	};
	/** @type {(i: number, what: string) => Maybe} */
	const stop = (i, what) =>
		i >= 0 && (trace.left.has("t") || stopHere(model, i, null))
			? [
					`Stop here: ${what}`,
					() => {
						store.select(null);
						store.goto(i);
						store.showDetail("event");
						app.painter.draw();
						app.writer.panels();
						document.querySelector(".stop")?.scrollIntoView({ block: "nearest" });
					},
					"#" + fmt.count(i),
				]
			: null;
	const page = (/** @type {number} */ va) => {
		const x = translate(model, va, state.i);
		return {
			x,
			items: [
				["History of this page", () => history({ kind: "va", va })],
				[
					"Zoom the timeline to its events",
					() => {
						store.select({ kind: "va", va });
						store.showEvents();
					},
					"Z",
				],
				["Translate", () => search.focus(fmt.addr(va))],
				["Copy the address", () => copy(fmt.addr(va)), fmt.addr(va)],
				stop(x.since, "when this was mapped"),
				["Explain", () => select({ kind: "va", va })],
			],
		};
	};
	let label = "";
	if (target.i !== undefined) {
		const { i } = target,
			f = store.focus(i),
			k = trace.k[i],
			va = f.va;
		label = `event ${i}`;
		items.push(
			["Go to this event", () => store.goto(i), "#" + fmt.count(i)],
			[
				"History: events of this kind",
				() =>
					store.setFilter({
						words: `kind:${trace.kindName(i)}`,
						test: (j) => trace.k[j] === k,
					}),
			],
			va !== null
				? [
						"Translate the address it names",
						() => {
							store.goto(i);
							search.focus(fmt.addr(va));
						},
					]
				: null,
			["Copy the sentence", () => copy(narrate(trace, i))],
			[
				"Copy a link to this event",
				() => {
					store.goto(i);
					copy(address.link());
				},
			],
			[
				"Keep it selected",
				() => {
					select({ kind: "event", event: i });
				},
			],
			stop(i, "in Bochs"),
			[
				"Explain",
				() => {
					store.select(null);
					store.goto(i);
					store.showDetail("event");
				},
			],
			"-",
			["Set marker A here", () => store.mark("a", i)],
			["Set marker B here", () => store.mark("b", i)],
			[
				"A note here",
				() => {
					store.goto(i);
					app.noteHere();
				},
			],
		);
	} else if (target.band) {
		const { id, name, from, to, range } = target.band;
		label = name;
		items.push(
			[
				"Show it",
				() => {
					app.views.virtual.choose(id);
					store.changed("view");
				},
			],
			[
				"History of its pages",
				() => store.setFilter({ words: name, test: touches(trace, from, to) }),
			],
			["Copy its range", () => copy(range), range],
		);
	} else if (target.va !== undefined && target.va !== null) {
		label = `page ${fmt.addr(target.va)}`;
		const p = page(target.va);
		items.push(
			.../** @type {Maybe[]} */ (p.items),
			p.x.pfn >= 0 && p.x.pfn < trace.frames
				? [
						"Go to its frame",
						() => store.select({ kind: "frame", pfn: p.x.pfn }),
						fmt.hex(p.x.pfn),
					]
				: null,
		);
	} else {
		const pfn = /** @type {number} */ (target.pfn),
			m = model.at(state.i),
			map = m.mappings(pfn)[0],
			since = m.since[pfn];
		label = `frame ${fmt.hex(pfn)}`;
		items.push(
			["History of this frame", () => history({ kind: "frame", pfn })],
			!trace.single && [
				"Lineage of its block",
				() => {
					store.select({ kind: "frame", pfn });
					store.showTab("lineage");
				},
			],
			map
				? [
						"Translate: the address it is reached at",
						() => search.focus(fmt.addr(map.addr)),
						fmt.addr(map.addr),
					]
				: null,
			!trace.single && [
				"Select its block",
				() => select({ kind: "block", ...m.blockOf(pfn) }),
			],
			["Copy the frame number", () => copy(fmt.hex(pfn)), fmt.hex(pfn)],
			stop(since, "when this began"),
			["Explain", () => select({ kind: "frame", pfn })],
		);
	}
	openMenu(at, /** @type {Item[]} */ (items.filter(Boolean)), label);
}
