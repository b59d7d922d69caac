// SPDX-License-Identifier: MIT
/*
 * tabrow.js - the rows of tabs above the tables and above the details, and what stands beside
 * them.
 */
import { h } from "./dom.js";
import * as fmt from "../model/format.js";
import { tabsOf } from "./tabs.js";

/** @typedef {import("./store.js").Store} Store */

/** An arrow goes from tab to tab. @param {any} ev */
function arrow(ev) {
	const d = ev.key === "ArrowRight" ? 1 : ev.key === "ArrowLeft" ? -1 : 0;
	if (!d) return;
	ev.stopPropagation();
	ev.preventDefault();
	const all = [...ev.currentTarget.parentElement.querySelectorAll("[role=tab]")],
		next = all[(all.indexOf(ev.currentTarget) + d + all.length) % all.length];
	next.click();
	document.getElementById(next.id)?.focus();
}

/**
 * A row of tabs.
 * @param {string[][]} list of [id, label]
 * @param {string} chosen
 * @param {(id: string) => void} choose
 */
const tabRow = (list, chosen, choose) =>
	list.map(([id, label]) =>
		h(
			"button",
			{
				role: "tab",
				"aria-selected": String(id === chosen),
				tabIndex: id === chosen ? 0 : -1,
				onclick: () => choose(id),
				id: "tab-" + id,
				onkeydown: arrow,
			},
			label,
		),
	);

/** The tabs of the tables. @param {Store} store */
export function tableTabs(store) {
	const hazards = store.model.hazards?.list.length ?? 0,
		list = tabsOf(store.trace).map(([id, label]) => [
			id,
			id === "hazards" && hazards ? `${label} (${hazards})` : label,
		]);
	return tabRow(list, store.state.tab, (id) => store.showTab(id));
}

const DETAILS = [
	["event", "Event"],
	["selection", "Selection"],
	["screen", "On screen"],
];
/** The tabs of the details. @param {Store} store */
export const detailTabs = (store) =>
	tabRow(DETAILS, store.state.detail, (id) => store.showDetail(id));

/** What the details follow: the selection, which can be given up, or the events. @param {Store} store */
export const following = (store) =>
	store.state.sel
		? [
				store.state.sel.text,
				h(
					"button",
					{
						onclick: () => store.select(null),
						title: "follow the events again (Esc)",
						"aria-label": "follow the events again",
					},
					"✕",
				),
			]
		: "following the events";

/** Which events are listed, if not all. @param {Store} store */
export const filterNote = (store) =>
	store.state.filter
		? [
				h("span", `${store.state.filter.words}: ${fmt.count(store.listed?.length ?? 0)}`),
				h("button", { onclick: () => store.setFilter(null) }, "✕ all"),
			]
		: "";
