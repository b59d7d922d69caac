// SPDX-License-Identifier: MIT
/*
 * link.js - what a link holds of the page. A part that is as it is at first is left out, and put
 * back so.
 */
import { TABS } from "./tabs.js";
import { COLOUR_BY } from "./framecolours.js";
import { PANELS } from "./lecture.js";
import { parseQuery } from "../model/parsequery.js";
import { selectionOf } from "../model/selection.js";

/** @import {App} from "./app.js" */
/** @import {Filter, Store} from "./store.js" */

/**
 * A part of a link: its name, what is to be written or null, and how it is put back from the text
 * or null.
 * @typedef {[name: string, get: (app: App) => string | number | null | undefined,
 *	put: (app: App, v: string | null) => unknown]} Part
 */

/**
 * v if it is one of the list's, else first.
 * @type {<T>(list: string[][], v: string | null, first: T) => string | T}
 */
const among = (list, v, first) => (v !== null && list.some(([id]) => id === v) ? v : first);
/**
 * @param {Store} store
 * @param {string | null} v
 */
const number = (store, v) =>
	/^\d+$/.test(v ?? "") ? Math.min(Number(v), store.model.n - 1) : null;

/**
 * [name, what is to be written or null, how it is put back from the text or null] - in the order in
 * which they are put back.
 * @type {Part[]}
 */
const PARTS = [
	[
		"A",
		({ store: { state: s } }) => s.a,
		({ store }, v) => {
			store.state.a = number(store, v);
		},
	],
	[
		"B",
		({ store: { state: s } }) => s.b,
		({ store }, v) => {
			store.state.b = number(store, v);
		},
	],
	[
		"lesson",
		({ store: { lesson: l, state: s } }) =>
			l && s.tab === "lesson" ? `${l.chapter}.${l.seed}` : null,
		({ store }, v) => {
			const [, chapter, seed] = (v ?? "").match(/^(\d{1,4})\.(\d{1,9})$/) ?? [];
			if (seed) store.ask(+chapter, Math.max(1, +seed));
		},
	],
	[
		"note",
		({ store }) =>
			store
				.notes()
				.filter((x) => x.i === store.state.i)
				.map((x) => x.text)
				.join("; ")
				.slice(0, 300) || null,
		({ store }, v) => {
			if (
				v &&
				!store.notes().some((x) => x.i === store.state.i && v.split("; ").includes(x.text))
			)
				store.addNote(v.slice(0, 300));
		},
	],
	[
		"axis",
		({ store: { state: s } }) => (s.axis !== "story" ? s.axis : null),
		({ store }, v) => store.useAxis(among([["events"], ["ticks"]], v, "story")),
	],
	// the part of the timeline that is seen, in ten thousandths of the axis
	[
		"z",
		({ store: { span: t } }) =>
			t.u0 > 0 || t.u1 < 1 ? `${Math.round(t.u0 * 1e4)}-${Math.round(t.u1 * 1e4)}` : null,
		({ store: { span: t } }, v) => {
			const [, from, to] = (v ?? "").match(/^(\d+)-(\d+)$/) ?? [];
			if (+from < +to && +to <= 1e4) t.set(+from / 1e4, +to / 1e4);
		},
	],
	[
		"cb",
		({ store: { state: s } }) => (s.colourBy !== "owner" ? s.colourBy : null),
		({ store }, v) => store.colour(among(COLOUR_BY, v, "owner")),
	],
	[
		"only",
		({ store: { state: s } }) => s.isolate,
		({ store }, v) => {
			store.isolate(v ? +v : null);
		},
	],
	[
		"o",
		({ store: { state: s } }) => (s.order !== 3 ? s.order : null),
		({ store }, v) => {
			store.state.order = v && /^\d$/.test(v) ? +v : 3;
		},
	],
	[
		"close",
		({ store: { state: s } }) => (s.zoomIn ? null : 0),
		({ store, views }, v) => {
			if (store.state.zoomIn === (v !== "0")) return;
			store.closeUp(!store.state.zoomIn);
			if (!store.state.zoomIn) views.frames.reset();
		},
	],
	[
		"sel",
		({ store: { state: s } }) => s.sel?.link,
		({ store }, v) => {
			store.select(null);
			const wish = selectionOf(v ?? "");
			if (wish) store.select(wish);
		},
	],
	[
		"band",
		({ views: { virtual: v } }) => (v.chosen ? v.band : null),
		({ store, views: { virtual } }, v) => {
			const { model, state } = store;
			if (!v) virtual.chosen = false;
			else {
				virtual.prepare({ model }, store.chapterSpan(state.i), null);
				if (virtual.bands.some((b) => b.id === v)) virtual.choose(v);
			}
		},
	],
	// the list's filter, if it can be said in words: what was typed into the search box, or that it
	// is the selection's events
	[
		"q",
		({
			store: {
				state: { filter: f, sel },
			},
		}) => (f?.type === "filter" ? f.words : f?.sel && f.sel === sel ? "sel" : null),
		({ store }, v) => {
			const q = v && v !== "sel" ? parseQuery(v, store.trace) : null;
			if (v === "sel" && store.state.sel) store.history();
			else store.setFilter(q?.type === "filter" ? /** @type {Filter} */ (q) : null);
		},
	],
	[
		"tab",
		({ store: { state: s } }) => (s.tab !== "events" ? s.tab : null),
		({ store }, v) => store.showTab(among(TABS, v, "events")),
	],
	[
		"v",
		({ store: { lecture: l } }) => (l.on ? l.panel : null),
		({ store, lecture }, v) => {
			const panel = among(PANELS, v, null);
			if (!panel) lecture.leave();
			else if (store.lecture.on) lecture.show(panel);
			else lecture.enter(panel);
		},
	],
];

/** What an address may hold stays readable in it: `:`, `@`, `>` and `=`.  @param {string} v */
const inAddress = (v) => encodeURIComponent(v).replace(/%(3A|40|3E|3D)/g, decodeURIComponent);

/**
 * The link to what is seen, from the # on.
 * @param {App} app
 */
export function linkOf(app) {
	const said = PARTS.map(([name, get]) => [name, get(app)]).filter(
		([, v]) => v !== null && v !== undefined,
	);
	const { store } = app;
	return (
		`tr=${store.traceId()}&n=${store.model.n}&i=${store.state.i}` +
		said.map(([name, v]) => `&${name}=${inAddress(String(v))}`).join("")
	);
}

/**
 * Shows what the link in the address bar says; false if it is not for this trace.
 * @param {App} app
 */
export function follow(app) {
	const q = new URLSearchParams(location.hash.slice(1)),
		{ store } = app;
	if (
		!q.has("i") ||
		(q.has("tr") ? q.get("tr") !== store.traceId() : Number(q.get("n")) !== store.model.n)
	)
		return false;
	store.goto(Number(q.get("i")) || 0, { quiet: true });
	for (const [name, , put] of PARTS) put(app, q.get(name));
	store.changed("marks");
	return true;
}
