// SPDX-License-Identifier: MIT
/*
 * tabs.js - the tables that can stand in the place of the list of events.
 */
import { differenceTable } from "./difference.js";
import { died } from "../model/ending.js";
import { endedTable } from "./ended.js";
import { hazardsTable } from "./hazardtable.js";
import { areasTable, heldTable, lineageTable, sitesTable, whatIfTable } from "./memorytables.js";
import { questionsTable } from "./questions.js";
import { chaptersTable, notesTable, termsTable } from "./storytables.js";
import { runsTable } from "./tworuns.js";

/** [id, name] */
export const TABS = [
	["events", "Events"],
	["ended", "How it ended"],
	["chapters", "Chapters"],
	["areas", "Areas"],
	["held", "Held"],
	["sites", "Sites"],
	["whatif", "What if"],
	["hazards", "Hazards"],
	["diff", "A ↔ B"],
	["lineage", "Lineage"],
	["lesson", "Questions"],
	["terms", "Terms"],
	["runs", "Two runs"],
	["notes", "Notes"],
];

/**
 * The tabs that mean something in a trace of such a kernel.
 * @param {any} trace
 */
export function tabsOf(trace) {
	/** @type {Record<string, boolean>} */
	const has = {
		ended: died(trace.ended),
		areas: trace.hasRegion("vmalloc"),
		// the rules of __alloc_pages
		whatif: trace.says("watermarks"),
		lineage: !trace.single,
		held: !trace.watched,
		sites: !trace.watched,
	};
	return TABS.filter(([id]) => has[id] ?? true);
}

/** @type {Record<string, (store: any, runs: any) => any>} */
const TABLES = {
	ended: endedTable,
	chapters: chaptersTable,
	areas: areasTable,
	held: heldTable,
	sites: sitesTable,
	whatif: whatIfTable,
	hazards: hazardsTable,
	diff: differenceTable,
	lineage: lineageTable,
	lesson: questionsTable,
	terms: termsTable,
	runs: runsTable,
	notes: notesTable,
};

/**
 * What a tab shows.
 * @param {string} id
 * @param {import("./store.js").Store} store
 * @param {any} runs for the tab of two runs
 * @returns {any[]}
 */
export const renderTab = (id, store, runs) => [TABLES[id]?.(store, runs) ?? ""].flat();
