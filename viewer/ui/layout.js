// SPDX-License-Identifier: MIT
/*
 * layout.js - the page: its elements, and where they stand.
 */
import { h, fill } from "./dom.js";
import { FrameMap } from "./frames.js";
import { BuddyView } from "./buddy.js";
import { logo } from "./welcome.js";
import { COMMANDS } from "./commands.js";
import { help } from "./help.js";
import { keep } from "./kept.js";
import { openMenu } from "./menu.js";
import { saveButton, saveItems, saveTab, saveTrace, timelineTable } from "./exports.js";
/** @import {Item} from "./menu.js" */

/** @typedef {import("./app.js").App} App */

/** A canvas that can have the focus. @param {string} id @param {string} label */
const canvas = (id, label) => h("canvas", { id, role: "img", tabIndex: 0, "aria-label": label });
/** A box that scrolls. @param {string} label @param {any} props */
const region = (label, props) =>
	h("div.body.scroll", { tabIndex: 0, role: "region", "aria-label": label, ...props });
/** @param {string} label @param {string} title @param {() => void} fn */
const step = (label, title, fn) => h("button", { onclick: fn, title, "aria-label": title }, label);
/** A choice. @param {any} props @param {[string | number, string][]} list @param {any} chosen */
const choice = (props, list, chosen) =>
	h(
		"select",
		props,
		list.map(([value, text]) => h("option", { value, selected: value === chosen }, text)),
	);

/**
 * The elements that are written to while the page is used.
 * @param {App} app
 */
export function elements(app) {
	const { store, writer } = app,
		{ state } = store;
	const typed = () => {
		if (writer.typed) writer.refreshTab();
	};
	return {
		what: h("div.what"),
		alert: h("div", { hidden: true }),
		timeline: canvas("timeline", "timeline"),
		where: h("div.where"),
		chapter: h("div.chapter-line"),
		longest: h("div.longest", { "aria-hidden": "true" }),
		sentence: h("div.sentence-line"),
		virtual: canvas("virtual", "linear addresses"),
		walk: region("page-table walk", { id: "walk" }),
		frames: canvas("frames", "physical frames"),
		buddy: canvas("buddy", "free lists"),
		events: h("div.ev-list"),
		tabBody: region("table", {
			hidden: true,
			oninput: (/** @type {Event} */ ev) => {
				writer.typed = ev.target;
			},
			onchange: typed,
			onfocusout: typed,
		}),
		details: region("details", { id: "details" }),
		live: h("div.sr", { "aria-live": "polite", role: "status" }),
		legend: h("div.legend", { role: "group", "aria-label": "owner classes" }),
		legendVa: h("div.legend"),
		links: h("canvas.links", { "aria-hidden": "true" }),
		filterNote: h("div.filter"),
		zoomIn: h(
			"button",
			{
				"aria-pressed": String(state.zoomIn),
				title: "stay close to the frames the event is about",
				onclick: () => {
					store.closeUp(!state.zoomIn);
					if (!state.zoomIn) app.views.frames.reset();
				},
			},
			"Close up",
		),
		colourBy: h("select", {
			"aria-label": "colour frames by",
			onchange: (/** @type {any} */ e) => store.colour(e.target.value),
		}),
		range: h(
			"button",
			{
				"aria-pressed": "false",
				title: "choose a stretch of time by dragging (or Alt-drag): its statistics are shown",
				onclick: () => store.range(!state.ranging),
			},
			"Range",
		),
		lecture: h(
			"button",
			{
				"aria-pressed": "false",
				title: "lecture mode: one panel, large, answers kept back (Y)",
				onclick: () => app.lecture.toggle(),
			},
			"Lecture",
		),
		following: h("span.right.dim"),
		tabs: h("div.tabs", { role: "tablist", "aria-label": "tables" }),
		detailTabs: h("div.tabs", { role: "tablist", "aria-label": "details" }),
		play: h(
			"button",
			{ onclick: () => app.player.toggle(), title: "play (Space)", "aria-label": "play" },
			"▶",
		),
	};
}

/** Dark or light.  @param {App} app */
export const themeButton = (app) =>
	h(
		"button",
		{
			title: "dark or light",
			"aria-label": "dark or light",
			onclick: () => app.useTheme(app.store.palette.dark ? "light" : "dark"),
		},
		"◐",
	);

/** The menu that saves the whole page, the timeline, the table or the trace. @param {App} app */
function saveAll(app) {
	const named = (/** @type {string} */ what, /** @type {Item[]} */ items) =>
		items.map((it) => /** @type {Item} */ (it === "-" ? it : [`${what}: ${it[0]}`, it[1]]));
	const timeline = () => /** @type {Element} */ (app.root.querySelector("section.timeline"));
	const button = h(
		"button",
		{
			title: "save a picture, a table, the trace",
			"aria-haspopup": "menu",
			onclick: () =>
				openMenu(
					button,
					[
						...named("Whole page", saveItems(app, "Whole page", app.root)),
						"-",
						...named(
							"Timeline",
							saveItems(app, "Timeline", timeline(), () => timelineTable(app.store)),
						),
						"-",
						["The table below, CSV", () => void saveTab(app)],
						["The trace", () => saveTrace(app)],
					],
					"save",
				),
		},
		"Save",
	);
	return button;
}

/** The line above: name, trace, search, tools. @param {App} app */
function head(app) {
	const { files } = app;
	return h(
		"header.top",
		h("h1.logo", logo(), "pagescope"),
		app.el.what,
		app.search.el,
		h(
			"div.tools",
			h(
				"button",
				{
					onclick: () => app.store.showDetail("screen"),
					title: "what is on the screen, in words (E)",
				},
				"Explain",
			),
			step("?", "all keys (?)", () => help(COMMANDS)),
			themeButton(app),
			saveAll(app),
			h("button", { onclick: () => files.click(), title: "open another trace" }, "Open…"),
			files,
		),
	);
}

/** @type {[number, string][]} */
const SPEEDS = [
	[2, "2/s"],
	[8, "8/s"],
	[40, "40/s"],
	[400, "400/s"],
	[8000, "8000/s"],
	[-1, "by tick"],
	[0, "what is new"],
];
/** @type {[string, string][]} */
const AXES = [
	["story", "by chapter"],
	["events", "by event"],
	["ticks", "by time"],
];

/**
 * The line of the moment: the buttons of time, the moment in words, the axis.
 * @param {App} app
 * @param {Element} time the timeline's section
 */
function now(app, time) {
	const { el, store } = app,
		{ state } = store;
	return h(
		"section.now",
		{ "aria-label": "now" },
		h(
			"div.transport",
			{ role: "group", "aria-label": "step" },
			step("«", "previous chapter ([)", () => store.chapter(-1)),
			step("‹", "previous event (←)", () => store.step(-1)),
			el.play,
			step("›", "next event (→)", () => store.step(1)),
			step("»", "next chapter (])", () => store.chapter(1)),
			choice(
				{
					"aria-label": "speed",
					title: "events a second; by tick: the whole trace in a minute, as it ran; or from one interesting event to the next",
					onchange: (/** @type {any} */ ev) => {
						state.speed = +ev.target.value;
					},
				},
				SPEEDS,
				state.speed,
			),
		),
		el.lecture,
		el.range,
		el.where,
		h("div.story", el.longest, el.chapter, el.sentence),
		choice(
			{
				"aria-label": "axis of the timeline",
				title: "axis of the timeline",
				id: "axis",
				onchange: (/** @type {any} */ ev) => {
					store.useAxis(ev.target.value);
					keep("axis", ev.target.value);
				},
			},
			AXES,
			state.axis,
		),
		h(
			"span.of-time",
			app.panels.twinButton("Timeline", el.timeline, time, () => timelineTable(store, 200)),
		),
	);
}

/** The four views. @param {App} app */
function views(app) {
	const { el, panels, store } = app;
	return h(
		"div.views",
		panels.view({
			title: "Virtual addresses",
			hint: "what the kernel can point at",
			canvas: el.virtual,
			table: () => app.views.virtual.rows(store.machine(), store.trace),
			below: el.legendVa,
		}),
		panels.walk(el.walk),
		panels.view({
			title: "Physical frames",
			hint: "",
			canvas: el.frames,
			table: () => FrameMap.table(store.machine(), store.trace),
			right: [el.colourBy, el.zoomIn],
			below: el.legend,
		}),
		panels.view({
			title: "Buddy free lists",
			hint: "next to go out at the left",
			canvas: el.buddy,
			table: () => BuddyView.table(store.machine(), store.trace, store.pairOf() ?? -1),
		}),
		el.links,
	);
}

/** The list of events and the tables; @param {App} app */
function lower(app) {
	const { el } = app;
	/** @type {HTMLElement} */
	const panel = h(
		"section.view",
		{ "aria-label": "events and tables", "data-panel": "events" },
		h("h2.sr", "Events and tables"),
		h(
			"div.tabrow",
			el.tabs,
			h(
				"span.right",
				saveButton(
					app,
					"Table below",
					() => panel,
					() => {
						saveTab(app);
						return null;
					},
				),
			),
		),
		el.filterNote,
		h("div.body", { id: "events-body" }, el.events),
		app.tables.el,
		el.tabBody,
	);
	return panel;
}

/**
 * Puts the elements where they stand.
 * @param {App} app
 */
export function lay(app) {
	const { el } = app,
		time = h("section.timeline", { "aria-label": "timeline" }, el.timeline, app.opening.box);
	fill(
		app.root,
		head(app),
		el.alert,
		time,
		now(app, time),
		h(
			"main",
			views(app),
			h(
				"div.lower",
				lower(app),
				h(
					"section.view.detail-view",
					{ "aria-label": "event and selection", "data-panel": "details" },
					h("h2.sr", "Event and selection"),
					h("div.tabrow", el.detailTabs, el.following),
					el.details,
				),
			),
		),
		el.live,
		app.tip.el,
	);
}
