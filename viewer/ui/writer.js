// SPDX-License-Identifier: MIT
/*
 * writer.js - when the texts are written: the line of the moment, the walk, the details, the
 * table below, the words for a screen reader.  A text is written anew only if what it tells of
 * changed, and while time is dragged more seldom than the canvases are painted.
 */
import { h, fill, context, $ } from "./dom.js";
import { addressLegend, frameLegend } from "./legend.js";
import { drawLinks, linkLines, measureLinks } from "./links.js";
import { chapterLine, longestLine, problemText, traceLine, where } from "./nowline.js";
import { detailTabs, filterNote, following, tableTabs } from "./tabrow.js";
import { detailsPanel } from "./details.js";
import { labels } from "./labels.js";
import { fillWalk, lightSteps } from "./walk.js";
import { renderTab } from "./tabs.js";
import { cards, dropCard } from "./terms.js";
import { leftOut } from "./part.js";
import { copy } from "./notice.js";
import { narrate } from "../model/narrate.js";

const PACE = 70, // ms between two writings of the panels while time is dragged
	READ = 250, // ms until a screen reader says where the keys have led to
	TABLE = 120; // ms until the table below follows

/** @typedef {import("./app.js").App} App */

export class Writer {
	/** @param {App} app */
	constructor(app) {
		this.app = app;
		this.store = app.store;
		/** What is written of: the trace, and the rest as one string. */
		/** @type {any} */
		this.model = null;
		this.key = "";
		this.saidAt = -1; // the event that was said last
		this.writtenAt = -1000; // when the panels were written
		/** @type {string | null} */
		this.tabShown = null;
		/** @type {any} the box of the table below in which someone types */
		this.typed = null;
		/** @type {import("./links.js").Ends | null} */
		this.ends = null;
		this.linked = false; // are lines drawn?
		this.sayTimer = 0;
		this.panelTimer = 0;
		this.tabTimer = 0;
	}
	/** The line above the page that tells of the trace, and of what is wrong with it. */
	header() {
		const { store, app } = this,
			text = problemText(store);
		fill(app.el.what, traceLine(store));
		fill(app.el.longest, longestLine(store));
		app.alert("alert", text);
		app.el.alert.hidden = !text || !store.model.complete;
	}
	title() {
		document.title = `${this.store.name} – pagescope`;
	}
	legend() {
		const { store } = this,
			{ el } = this.app,
			{ model, palette, state } = store,
			by = state.colourBy;
		fill(el.legendVa, addressLegend(palette, model.trace));
		fill(
			el.legend,
			frameLegend({
				by,
				palette,
				model,
				m: by === "site" && model.n ? store.machine() : null,
				a: state.a,
				isolate: state.isolate,
				onIsolate: (/** @type {number} */ id) =>
					store.isolate(state.isolate === id ? null : id),
				leftOut: (/** @type {string} */ column) => leftOut(store, column),
			}),
		);
	}
	tabs() {
		const { store } = this,
			{ el } = this.app;
		fill(el.tabs, tableTabs(store));
		fill(el.filterNote, filterNote(store));
		fill(el.detailTabs, detailTabs(store));
		fill(el.following, following(store));
	}
	/** The table below is written anew. */
	refreshTab() {
		this.typed = this.tabShown = null;
		this.tableSoon();
	}
	/** All texts are written anew with the next picture, whatever was shown. */
	forget() {
		this.key = "";
		this.tabShown = null;
	}
	/** All that the texts depend on but the trace. */
	keyOf() {
		const { store } = this,
			{ state, span, model, palette } = store,
			{ virtual } = this.app.views,
			twin = this.app.panels.twinShown(this.app.el.timeline);
		return [
			twin ? [span.u0, span.u1, state.axis, state.order] : "",
			virtual.band,
			virtual.slot,
			state.i,
			model.complete ? model.n : -1,
			state.sel?.link,
			state.a,
			state.b,
			state.tab,
			state.detail,
			palette.line,
			model.complete,
		].join();
	}
	/**
	 * The line of the moment, and after it the panels.
	 * @param {boolean} panels false where they follow by themselves
	 */
	write(panels = true) {
		const { store } = this,
			{ el } = this.app,
			{ model, state } = store,
			key = this.keyOf();
		if (key === this.key && this.model === model) return;
		const said = this.saidAt === state.i && this.model === model;
		this.saidAt = state.i;
		this.model = model;
		this.key = key;
		fill(el.where, where(store));
		const chapter = chapterLine(store),
			sentence = narrate(model.trace, state.i);
		fill(el.chapter, chapter.content);
		el.chapter.title = el.chapter.textContent + (chapter.text ? "\n\n" + chapter.text : "");
		fill(el.sentence, sentence);
		el.sentence.title = sentence;
		if (!said) this.say(`Event ${state.i}. ${sentence}`, READ);
		if (!panels) return;
		// while time is dragged the panels of text follow at a slower pace than the pictures
		const since = performance.now() - this.writtenAt;
		if (since >= PACE && !store.hasty()) this.panels();
		else this.panelTimer ||= setTimeout(() => this.laidOut(), Math.max(0, PACE + 5 - since));
	}
	/**
	 * The panels in a task of their own, styles and layout included: the next picture's first
	 * letter would have to wait for them.
	 */
	laidOut() {
		this.panels();
		this.layOut();
	}
	layOut() {
		this.app.el?.details.getBoundingClientRect();
	}
	/** Writing everything, the panels and their layout in steps of their own. */
	texts() {
		return [() => this.write(false), () => this.panels(), () => this.layOut()];
	}
	panels() {
		clearTimeout(this.panelTimer);
		this.panelTimer = 0;
		const { store } = this,
			{ el } = this.app;
		if (!store.model?.n || !el) return;
		this.writtenAt = performance.now();
		const { model, state } = store,
			covered = store.questioned() ? covers() : null;
		fillWalk(
			el.walk,
			{
				model,
				i: state.i,
				va: store.va(),
				goto: (/** @type {number} */ i) => {
					store.goto(i);
					store.did("walk");
				},
				...cards(store),
			},
			covered,
		);
		this.lightSteps();
		fill(el.details, detailsPanel(store, copy, covered && covers()));
		this.measure();
		this.lines();
		this.lower();
		this.describe();
		dropCard();
		if (state.colourBy === "site") this.legend();
	}
	/** The list of events, or the table in its place. */
	lower() {
		const { el, tables, list } = this.app,
			{ state } = this.store,
			events = state.tab === "events";
		$("events-body").hidden = !events;
		el.tabBody.hidden = events;
		if (!events) {
			this.tableSoon();
			return;
		}
		tables.el.hidden = true;
		list.show(state.i);
	}
	/** The table below: at once if another was shown, else when time has come to rest. */
	tableSoon() {
		clearTimeout(this.tabTimer);
		this.tabTimer = 0;
		const { state } = this.store,
			run = () => {
				this.tabTimer = 0;
				if (state.tab !== "events" && !this.typed?.isConnected) this.table();
			};
		if (this.tabShown !== state.tab) {
			this.tabShown = state.tab;
			run();
		} else this.tabTimer = setTimeout(run, TABLE);
	}
	/** The table below, now. */
	table() {
		clearTimeout(this.tabTimer); // nothing writes it anew under the cursor
		this.tabTimer = 0;
		const { tab } = this.store.state;
		this.app.tables.show(tab, renderTab(tab, this.store, this.app.runs));
	}
	/** Outlines the steps of the walk that what is pointed at elsewhere passes through. */
	lightSteps() {
		const { scene } = this.app.painter,
			{ hover, sel } = this.store.state;
		if (scene) lightSteps(this.app.el.walk, { ...scene, hover, sel });
	}
	measure() {
		this.ends = this.store.state.sel ? measureLinks(this.app.el) : null;
	}
	/** The lines between page, entry and frame of what is selected. */
	lines() {
		const { store, ends, app } = this,
			{ el, views } = app,
			wanted = !!store.state.sel && !store.state.dragging && !store.lecture.on;
		if (!(wanted && ends) && !this.linked) return;
		const c = context(el.links);
		if (!c) return;
		this.linked = wanted && !!ends;
		c.ctx.clearRect(0, 0, c.w, c.h);
		if (!wanted || !ends) return;
		const va = store.selVa(),
			walk = va === null ? null : store.machine().walk(va),
			// to what a table lies over no line leads
			bare = (/** @type {HTMLCanvasElement} */ canvas) => !app.panels.twinShown(canvas),
			cell =
				va !== null && bare(el.virtual) ? views.virtual.cellOf(va, ends.virtual.h) : null,
			rect = walk?.ok && bare(el.frames) ? views.frames.rect(walk.pa >>> 12) : null;
		drawLinks(c.ctx, linkLines(ends, cell, rect), store.palette);
	}
	/**
	 * Has a screen reader say something: now, or after so many ms if nothing else is to be said by
	 * then.
	 * @param {string} words
	 */
	say(words, ms = 0) {
		clearTimeout(this.sayTimer);
		const run = () => {
			this.sayTimer = 0;
			this.app.el.live.textContent = words;
		};
		if (ms) this.sayTimer = setTimeout(run, ms);
		else run();
	}
	/** What a screen reader hears of the canvases, and the tables that lie over them. */
	describe() {
		const { app, store } = this,
			{ el } = app;
		for (const [name, text] of Object.entries(labels(store, app.views.virtual)))
			/** @type {any} */ (el)[name].setAttribute("aria-label", text);
		app.panels.drawTwins(store.questioned() ? covers : null);
	}
	/** What of the moment is not written yet. */
	pending() {
		return { panels: this.panelTimer, tab: this.tabTimer, words: this.sayTimer };
	}
}

/** What covers all that would tell the answer while a question about this moment is open. */
export const covers = () =>
	h("div.empty", h("p", "Answer the question first; then this is shown."));
