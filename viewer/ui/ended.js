// SPDX-License-Identifier: MIT
/*
 * ended.js - the table "How it ended": the walk that failed with its broken link, the stores
 * that made it, and the chain of exceptions.
 */
import { h } from "./dom.js";
import { link } from "./tablebits.js";
import * as fmt from "../model/format.js";
/** @import {Ending} from "../model/ending.js" */
/** @import {Store} from "./store.js" */
import { chain, lastStore, links, storedBy } from "../model/ending.js";

/**
 * One link of the walk, and the events that told of its entry.
 * @param {Store} store
 * @param {ReturnType<typeof links>[number]} l
 */
function drawLink(store, l) {
	return h(
		l.fails ? "li.broken" : "li",
		h("b", l.name),
		" ",
		h("code", l.text),
		l.fails ? h("strong", " ✕ here it breaks") : null,
		l.entry
			? h(
					"div.dim",
					storedBy(l.entry),
					l.entry.events.map((i) => [" ", link(`#${fmt.count(i)}`, () => store.goto(i))]),
				)
			: null,
	);
}

/**
 * Everything stands there as when the fault came that the guest died of.
 * @param {Store} store
 * @param {Ending} ended
 */
function showMap(store, ended) {
	store.goto(ended.fault_event);
	if (ended.addr) store.select({ kind: "va", va: Number(ended.addr) });
}

/**
 * How the guest ended, as the trace's record of that name tells.
 * @param {Store} store
 */
export function endedTable(store) {
	const ended = /** @type {Ending} */ (store.model.trace.ended),
		made = lastStore(ended),
		exceptions = chain(ended);
	return h(
		"div.ended",
		ended.text.map((/** @type {string} */ line, /** @type {number} */ n) =>
			h(n ? "pre" : "pre.first", line),
		),
		ended.walk.length
			? h(
					"ol.broken-walk",
					links(ended).map((l) => drawLink(store, l)),
				)
			: null,
		exceptions.length
			? [
					h("p", "The exceptions, the first one first:"),
					h(
						"ol",
						exceptions.map((x) => h("li", x)),
					),
				]
			: null,
		h(
			"p",
			h("button", { onclick: () => showMap(store, ended) }, "The virtual map at the fault"),
			" ",
			made === null
				? null
				: h("button", { onclick: () => store.goto(made) }, "The store that made it so"),
		),
	);
}
