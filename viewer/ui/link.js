// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * link.js - what a link holds of the page. A part that is as it is at first is left out, and put
 * back so.
 */
import { TABS } from "./tabs.js";
import { COLOUR_BY } from "./frames.js";
import { PANELS } from "./lecture.js";
import { parseQuery } from "../model/query.js";
import { selectionOf } from "../model/selection.js";

const among = (list, v, first) => (list.some(([id]) => id === v) ? v : first);
const number = (app, v) => (/^\d+$/.test(v ?? "") ? Math.min(+v, app.model.n - 1) : null);

/**
 * [name, what is to be written or null, how it is put back from the text or null] - in the order in
 * which they are put back.
 */
const PARTS = [
	[
		"A",
		({ state: s }) => s.a,
		(app, v) => {
			app.state.a = number(app, v);
		},
	],
	[
		"B",
		({ state: s }) => s.b,
		(app, v) => {
			app.state.b = number(app, v);
		},
	],
	[
		"lesson",
		({ lesson: l, state: s }) => (l && s.tab === "lesson" ? `${l.chapter}.${l.seed}` : null),
		(app, v) => {
			const [, chapter, seed] = (v ?? "").match(/^(\d{1,4})\.(\d{1,9})$/) ?? [];
			if (seed)
				app.lesson = {
					chapter: +chapter,
					seed: Math.max(1, +seed),
					model: null,
					at: 0,
					answers: [],
				};
		},
	],
	[
		"note",
		(app) =>
			app
				.notes()
				.filter((x) => x.i === app.state.i)
				.map((x) => x.text)
				.join("; ")
				.slice(0, 300) || null,
		(app, v) => {
			if (
				v &&
				!app.notes().some((x) => x.i === app.state.i && v.split("; ").includes(x.text))
			)
				app.addNote(v.slice(0, 300));
		},
	],
	[
		"axis",
		({ state: s }) => (s.axis !== "story" ? s.axis : null),
		(app, v) => app.useAxis(among([["events"], ["ticks"]], v, "story")),
	],
	// the part of the timeline that is seen, in ten thousandths of the axis
	[
		"z",
		({ timeline: t }) =>
			t.u0 > 0 || t.u1 < 1 ? `${Math.round(t.u0 * 1e4)}-${Math.round(t.u1 * 1e4)}` : null,
		({ timeline: t }, v) => {
			const [, from, to] = (v ?? "").match(/^(\d+)-(\d+)$/) ?? [];
			if (+from < +to && +to <= 1e4) {
				t.u0 = from / 1e4;
				t.u1 = to / 1e4;
			}
		},
	],
	[
		"cb",
		({ state: s }) => (s.colourBy !== "owner" ? s.colourBy : null),
		(app, v) => {
			app.colour(among(COLOUR_BY, v, "owner"));
		},
	],
	[
		"only",
		({ state: s }) => s.isolate,
		(app, v) => {
			app.state.isolate = v ? +v : null;
			app.fillLegend();
		},
	],
	[
		"o",
		({ state: s }) => (s.order !== 3 ? s.order : null),
		(app, v) => {
			app.state.order = /^\d$/.test(v) ? +v : 3;
		},
	],
	[
		"close",
		({ state: s }) => (s.zoomIn ? null : 0),
		(app, v) => {
			if (app.state.zoomIn !== (v !== "0")) app.el.zoomIn.click();
		},
	],
	[
		"sel",
		({ state: s }) => s.sel?.link,
		(app, v) => {
			app.select(null);
			const wish = selectionOf(v);
			if (wish) app.select(wish);
		},
	],
	[
		"band",
		({ virtual: v }) => (v.chosen ? v.band : null),
		(app, v) => {
			const { virtual, model, state } = app;
			if (!v) virtual.chosen = false;
			else {
				virtual.prepare({ model }, app.chapterSpan(state.i));
				if (virtual.bands.some((b) => b.id === v)) virtual.choose(v);
			}
		},
	],
	// the list's filter, if it can be said in words: what was typed into the search box, or that it
	// is the selection's events
	[
		"q",
		({ state: { filter: f, sel } }) =>
			f?.type === "filter" ? f.words : f?.sel && f.sel === sel ? "sel" : null,
		(app, v) => {
			const q = v && v !== "sel" ? parseQuery(v, app.model.trace) : null;
			if (v === "sel" && app.state.sel) app.history();
			else app.setFilter(q?.type === "filter" ? q : null);
		},
	],
	[
		"tab",
		({ state: s }) => (s.tab !== "events" ? s.tab : null),
		(app, v) => app.showTab(among(TABS, v, "events")),
	],
	[
		"v",
		({ lecture: l }) => (l.on ? l.panel : null),
		({ lecture: l }, v) => {
			const panel = among(PANELS, v, null);
			if (!panel) l.leave();
			else {
				l.panel = panel;
				if (l.on) l.show(panel);
				else l.enter();
			}
		},
	],
];

/** The link to what is seen, from the # on. */
export function linkOf(app) {
	const said = PARTS.map(([name, get]) => [name, get(app)]).filter(
		([, v]) => v !== null && v !== undefined,
	);
	return (
		`tr=${app.traceId()}&n=${app.model.n}&i=${app.state.i}` +
		said
			.map(
				([name, v]) =>
					`&${name}=${encodeURIComponent(v).replace(/%(3A|40|3E|3D)/g, decodeURIComponent)}`,
			)
			.join("")
	);
}

/** Shows what the link in the address bar says; false if it is not for this trace. */
export function follow(app) {
	const q = new URLSearchParams(location.hash.slice(1)),
		{ model } = app;
	if (!q.has("i") || (q.has("tr") ? q.get("tr") !== app.traceId() : +q.get("n") !== model.n))
		return false;
	app.goto(+q.get("i") || 0, { quiet: true });
	for (const [name, , put] of PARTS) put(app, q.get(name));
	app.marked();
	return true;
}
