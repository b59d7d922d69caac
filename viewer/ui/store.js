// SPDX-License-Identifier: MIT
/*
 * store.js - what the page shows, in one place: the trace, the moment, what is selected,
 * pointed at, marked, listed and open, and what follows from these.
 *
 * Views read the store and call its methods.  They do not know each other, nor the page.  A
 * method that changes something calls changed(), which tells all who called watch().  The
 * store knows no page: it runs under node, where tests draw every view from it.
 */
import { Axis, Span } from "./axis.js";
import { kept, keep } from "./kept.js";
import { interestingEvents } from "../model/interesting.js";
import { findEvents } from "../model/touches.js";
import { Selection } from "../model/selection.js";
import { focusOf } from "../model/focus.js";
import { compare } from "../model/compare.js";
import { chapterQuestions } from "../model/lesson.js";

/**
 * @typedef {import("../model/model.js").Model} Model
 * @typedef {import("../model/trace.js").Trace} Trace
 * @typedef {import("../model/types.js").Focus} Focus
 * @typedef {import("./theme.js").Palette} Palette
 * @typedef {{i: number, text: string}} Note
 * @typedef {{words: string, type?: string, test?: (i: number) => boolean,
 *	events?: ArrayLike<number>, sel?: any}} Filter what is listed: the events that pass the
 *	test, or those given; sel: the selection they are those of
 * @typedef {{chapter: number, seed: number, model: Model | null, at: number,
 *	answers: number[], list: import("../model/lesson.js").Question[]}} Lesson
 * @typedef {{step?: boolean, i?: number, x?: number, va?: number, pfn?: number,
 *	[more: string]: any}} Hover what is pointed at
 */

/**
 * What changed() tells of. Where the second argument means something it is named here.
 * @typedef {"model" | "time" | "did" | "selection" | "hover" | "marks" | "colours" | "axis" |
 *	"span" | "order" | "close" | "range" | "tab" | "filter" | "table" | "text" |
 *	"playing" | "view" | "message"} Change
 *	view: a view was moved or scrolled; did: what was done; message: the words
 */

const FIRST = {
	i: 0,
	/** @type {Selection | null} null: nothing is selected */
	sel: null,
	/** @type {Hover | null} */
	hover: null,
	/** @type {number | null} */
	a: null,
	/** @type {number | null} */
	b: null,
	/** @type {number | null} the class of frames that alone is shown */
	isolate: null,
	/** @type {Filter | null} */
	filter: null,
};

export class Store {
	constructor() {
		/** @type {Model} the trace that is shown; null as long as there is none */
		this.model = /** @type {any} */ (null);
		this.name = "";
		/** The second run, its name, and what is said of it while it is read. */
		/** @type {{model: Model, name: string} | null} */
		this.other = null;
		/** @type {any} */
		this.otherSays = "";
		/** Reads the trace again with other options; null where it cannot be. */
		/** @type {((options: any) => void) | null} */
		this.again = null;
		/** @type {any} the options it was read with */
		this.askedFor = null;
		/** @type {Palette} the colours; the page sets them */
		this.palette = /** @type {any} */ (null);
		this.state = {
			...FIRST,
			axis: kept("axis", "story"),
			colourBy: "owner",
			ranging: false,
			tab: "events",
			detail: "event",
			playing: false,
			speed: 8,
			/** Does the map of the frames stay close to what the event is about? */
			zoomIn: true,
			order: 3,
			/** Is time dragged, so that only the pictures are looked at? */
			dragging: false,
		};
		this.span = new Span();
		/** For a class: one panel, and what comes next kept back; shownAt: the event whose answers
		 * were shown. */
		this.lecture = { on: false, panel: "frames", hide: true, shownAt: -1 };
		/** @type {Lesson | null} */
		this.lesson = null;
		/** @type {import("./flame.js").State | null} what the flame graph shows */
		this.flame = null;
		/** The kind of request the table What if asks about. */
		this.asked = { gfp: 0x1f0 };
		/** The detail that was shown before "On screen". */
		this.detailBefore = "event";
		/** @type {ArrayLike<number> | null} the listed events, null: all */
		this.listed = null;
		/** Where the page opened, and the address its walk begins with. */
		/** @type {{model: any, i: number, va: number | null} | null} */
		this.opening = null;
		/** The event that the walk's address comes from. */
		this.vaAt = -1;
		/** @type {((what: Change, more?: any) => void)[]} */
		this.watchers = [];
		/** @type {Axis | null} */
		this.axisNow = null;
		this.axisN = -1;
		/** @type {any} */
		this.focusNow = null;
		/** @type {number} */
		this.focusAt = -1;
		this.focusN = -1;
		/** @type {number} */
		this.lastVaNow = -1;
		/** @type {string} */
		this.lastVaId = "";
		/** @type {{a: any, b: any, result: any} | null} */
		this.aligned = null;
		/** @type {Trace | null} */
		this.idOf = null;
		this.idN = -1;
		this.id = "";
	}
	/**
	 * Calls fn(what, more) after each change.
	 * @param {(what: Change, more?: any) => void} fn
	 */
	watch(fn) {
		this.watchers.push(fn);
	}
	/**
	 * Tells that something is not as it was.
	 * @param {Change} what
	 * @param {any} [more]
	 */
	changed(what, more) {
		for (const fn of this.watchers) fn(what, more);
	}
	/**
	 * Words for a moment at the edge of the page.
	 * @param {string} text
	 */
	toast(text) {
		this.changed("message", text);
	}
	/**
	 * Tells the tour what was done.
	 * @param {string} what
	 */
	did(what) {
		this.changed("did", what);
	}

	/* ---- the trace ---- */

	/**
	 * Shows a trace from its first event.
	 * @param {Model} model
	 */
	open(model) {
		this.model = model;
		// another run of the same length speaks of other things at the same event
		this.axisNow = null;
		this.focusAt = -1;
		this.lastVaId = "";
		Object.assign(this.state, FIRST);
		this.listed = null;
		this.span.set();
		this.changed("model");
	}
	/** @returns {Trace} the events of the trace that is shown */
	get trace() {
		return this.model.trace;
	}
	/** The machine at the moment. */
	machine() {
		return this.model.at(this.state.i);
	}
	/** The axis of the timeline: the one asked for, or by event where that has no meaning. */
	axis() {
		const { trace } = this;
		let mode = this.state.axis;
		if (
			(mode === "story" && trace.marks.length < 2) ||
			(mode === "ticks" && trace.left.has("t"))
		)
			mode = "events";
		if (!this.axisNow || this.axisNow.mode !== mode || this.axisN !== trace.n) {
			this.axisNow = new Axis(trace, mode);
			this.axisN = trace.n;
		}
		return this.axisNow;
	}
	/** A short name of the trace: 12 hex digits over its header and its length. */
	traceId() {
		const t = this.trace;
		if (this.idOf === t && this.idN === t.n) return this.id;
		let a = 0x811c9dc5,
			b = 0x9dc5811c;
		// the same trace, whatever was left out of it
		const text = JSON.stringify({ ...t.header, kept: undefined }) + t.n + ":" + t.t1;
		for (let x = 0; x < text.length; x++) {
			const c = text.charCodeAt(x);
			a = Math.imul(a ^ c, 0x01000193);
			b = (Math.imul(b ^ c, 0x01000193) + 0x9e3779b9) | 0;
		}
		this.idOf = t;
		this.idN = t.n;
		this.id =
			(a >>> 0).toString(16).padStart(8, "0") + (b >>> 16).toString(16).padStart(4, "0");
		return this.id;
	}
	/** How the two runs correspond, see compare.js; only with a second run. */
	align() {
		const a = this.model,
			b = this.other?.model;
		if (!b) return undefined;
		if (this.aligned?.a !== a || this.aligned?.b !== b)
			this.aligned = { a, b, result: compare(a.trace, b.trace) };
		return this.aligned?.result;
	}

	/* ---- what follows from the moment ---- */

	/**
	 * What event i speaks of: frames, blocks on lists, pages, an address.
	 * @param {number} i
	 * @returns {Focus}
	 */
	focus(i) {
		if (this.focusAt === i && this.focusN === this.model.n) return this.focusNow;
		this.focusAt = i;
		this.focusN = this.model.n;
		return (this.focusNow = focusOf(this.trace, i));
	}
	/** The address the walk shows: the selection's, else what the event speaks of. */
	va() {
		const { sel, i } = this.state;
		if (sel && sel.kind !== "site") return this.selVa();
		const f = this.focus(i);
		/** @type {number} */
		let at = f.pages.size ? i : this.lastVa(i, 60);
		// an allocation speaks of its frame's linear address only if no address was spoken of just
		// before
		if (at < 0) at = f.va === null ? this.lastVa(i, 3000, true) : i;
		this.vaAt = at;
		const va = at < 0 ? null : focusOf(this.trace, at).va,
			{ opening } = this;
		// the page does not open with a fault, nor with nothing
		if (opening?.i === i && opening.model === this.model && !f.pages.size)
			return opening.va ?? va;
		return va;
	}
	/**
	 * The event that last spoke of an address before i, so that the walk does not go blank between
	 * two of them; -1: none.
	 * @param {number} i
	 * @param {number} reach how many events to look back
	 * @param {boolean} linear does an address of the linear map count, and one of a chapter before?
	 * @returns {number}
	 */
	lastVa(i, reach, linear = false) {
		const id = `${i}:${reach}:${linear}:${this.model.n}`;
		if (this.lastVaId === id) return this.lastVaNow;
		const from = Math.max(0, i - reach, linear ? 0 : this.chapterSpan(i)[0]),
			spoke = (/** @type {any} */ f) => (linear ? f.va !== null : f.pages.size);
		let j = i - 1;
		while (j >= from && !spoke(focusOf(this.trace, j))) j--;
		this.lastVaId = id;
		return (this.lastVaNow = j < from ? -1 : j);
	}
	/** @returns {number | null} the address of the selection at the moment */
	selVa() {
		return this.state.sel ? this.state.sel.vaAt(this.machine()) : null;
	}
	/** The frame whose pairs' bits are shown: the selected one, else the event's. */
	pairOf() {
		const { sel, i } = this.state,
			pfn = sel ? sel.pfn : this.focus(i).frames[0]?.pfn;
		return pfn >= 0 ? pfn : undefined;
	}
	/**
	 * [from, to) around event i in which the replay is not known to be right, if it is in one.
	 * @param {number} i
	 * @returns {[number, number] | undefined}
	 */
	gap(i) {
		return this.model.hazards.unverified.find(
			(/** @type {[number, number]} */ [from, to]) => i >= from && i < to,
		);
	}
	/**
	 * The hazards of event i.
	 * @param {number} i
	 * @returns {any[]}
	 */
	hazardsAt(i) {
		return this.model.hazards.list.filter((/** @type {any} */ x) => x.i === i);
	}
	/**
	 * Events [from, to) of the chapter i is in: what the virtual view lays out.
	 * @param {number} i
	 * @returns {[number, number]}
	 */
	chapterSpan(i, { trace } = this.model) {
		const list = trace.chapters(),
			at = list.findIndex(
				(/** @type {any} */ c, /** @type {number} */ x) =>
					c.i <= i && (x + 1 === list.length || list[x + 1].i > i),
			);
		return at < 0 ? [0, trace.n] : [list[at].i, list[at + 1]?.i ?? trace.n];
	}
	/**
	 * Is a question about this moment open? What would tell its answer is covered then: walk,
	 * details and the views' tables.
	 */
	questioned() {
		const { i, tab } = this.state;
		if (tab !== "lesson") return false;
		const { answers, at, list } = this.theLesson(),
			q = answers[at] === undefined ? list[at] : null;
		return !!q?.options.length && i >= q.at && i <= (q.reveal ?? q.at);
	}
	/**
	 * Whether what event i is followed by, and why it went so, is kept back.
	 * @param {number} i
	 */
	hides(i) {
		const { on, hide, shownAt } = this.lecture;
		return on && hide && (i !== this.state.i || shownAt !== i);
	}
	/**
	 * Whether event i is still to come for the class.
	 * @param {number} i
	 */
	later(i) {
		return i > this.state.i && this.hides(i);
	}
	/** Does one moment follow the other so quickly that only the pictures are looked at? */
	hasty() {
		const { dragging, playing, speed } = this.state;
		return dragging || (playing && (speed >= 40 || speed < 0));
	}

	/* ---- time ---- */

	/**
	 * To an event, or the nearest there is; quiet: the timeline need not show it.
	 * @param {number} i
	 */
	goto(i, { quiet = false } = {}) {
		this.state.i = Math.max(0, Math.min(this.model.n - 1, Math.round(i)));
		if (!quiet) this.span.follow(this.axis().pos(this.state.i + 0.5));
		this.changed("time");
	}
	/** @param {number} d events on; back if it is negative */
	step(d) {
		this.goto(this.state.i + d);
		this.did("time");
	}
	/**
	 * To the next event that passes, or the one before.
	 * @param {(i: number) => boolean} test
	 * @param {number} d 1 or -1
	 */
	stepTo(test, d) {
		const { n } = this.model;
		for (let i = this.state.i + d; i >= 0 && i < n; i += d) if (test(i)) return this.goto(i);
		this.toast(d > 0 ? "no later one" : "no earlier one");
	}
	/**
	 * The first of a list of {i} after the moment, or the last before it.
	 * @template {{i: number}} T
	 * @param {T[]} list
	 * @param {number} d 1 or -1
	 * @returns {T | undefined}
	 */
	beside(list, d) {
		const { i } = this.state;
		return d > 0 ? list.find((x) => x.i > i) : list.filter((x) => x.i < i).at(-1);
	}
	/** @param {number} d 1: to the next chapter, -1: to the one before */
	chapter(d) {
		const next = this.beside(this.trace.chapters(), d);
		this.goto(next ? next.i : d < 0 ? 0 : this.model.n - 1);
	}
	/** @param {number} d 1: to the next mark of any level, -1: to the one before */
	section(d) {
		const next = this.beside(this.trace.marks, d);
		if (next) this.goto(next.i);
		else this.toast(d > 0 ? "no later heading" : "no earlier heading");
	}
	/**
	 * To the next or previous interesting event, see interesting.js; false if there is none.
	 * @param {number} d
	 */
	interesting(d) {
		/** @type {{i: number, why: string}[]} */
		const list = interestingEvents(this.model),
			next = this.beside(list, d);
		if (!next) {
			this.toast(d > 0 ? "nothing of interest later" : "nothing of interest earlier");
			return false;
		}
		this.goto(next.i);
		this.toast(next.why);
		return true;
	}

	/* ---- selection, list, markers ---- */

	/**
	 * Selects what is wished for, see selection.js; null: nothing.
	 * @param {any} wish
	 */
	select(wish) {
		const { model, state } = this,
			sel = wish && Selection.of(model, wish, state.i);
		if (wish && !sel) return this.toast("there is no such thing at this moment");
		state.sel = sel;
		state.detail = sel ? "selection" : state.detail === "screen" ? "screen" : "event";
		this.changed("selection");
	}
	/**
	 * Something is pointed at, or focused; null: nothing is.
	 * @param {Hover | null} hover
	 */
	point(hover) {
		this.state.hover = hover;
		this.changed("hover");
	}
	/** Lists the events of what is selected. */
	history() {
		const { sel } = this.state;
		if (sel) this.setFilter({ words: sel.text, events: sel.touching, sel });
	}
	/**
	 * Lists only some events; null: all.
	 * @param {Filter | null} filter
	 */
	setFilter(filter) {
		this.state.filter = filter;
		const { events = null, test = null } = filter ?? {};
		this.listed = events ?? (test && findEvents(this.trace, test));
		this.state.tab = "events";
		this.changed("filter");
	}
	/** Sets marker A, then B. */
	marker() {
		const s = this.state;
		if (s.a === null || s.b !== null) {
			s.a = s.i;
			s.b = null;
			this.toast(`A set at #${s.i}; M again sets B`);
		} else {
			s.b = s.i;
			if (s.b < s.a) [s.a, s.b] = [s.b, s.a];
			this.toast(`B set at #${s.i}`);
		}
		this.changed("marks");
	}
	/**
	 * Sets one marker; A comes before B.
	 * @param {"a" | "b"} which
	 * @param {number} i
	 */
	mark(which, i) {
		const s = this.state;
		s[which] = i;
		if (which === "b" && s.a === null) s.a = 0;
		if (s.a !== null && s.b !== null && s.b < s.a) [s.a, s.b] = [s.b, s.a];
		this.changed("marks");
	}
	/**
	 * @param {number | null} a
	 * @param {number | null} b
	 */
	setMarks(a, b) {
		this.state.a = a;
		this.state.b = b;
		this.changed("marks");
	}

	/* ---- how it is shown ---- */

	/** @param {string} mode "story", "events" or "ticks" */
	useAxis(mode) {
		if (mode === "ticks" && this.trace.left.has("t"))
			this.toast("the ticks were left out when the trace was loaded: the axis is by event");
		this.state.axis = mode;
		this.axisNow = null;
		this.span.set();
		this.changed("axis");
	}
	/** All of the timeline, or [u0, u1) of it. */
	showSpan(u0 = 0, u1 = 1) {
		this.span.set(u0, u1);
		this.changed("span");
	}
	/** The timeline from the first to the last event of the selection. */
	showEvents() {
		const list = this.state.sel?.touching;
		if (!list?.length) return;
		const axis = this.axis();
		this.span.around(axis.pos(list[0]), axis.pos(list[list.length - 1] + 1));
		this.changed("span");
	}
	/** @param {string} by one of COLOUR_BY of frames.js */
	colour(by) {
		this.state.colourBy = by;
		this.changed("colours");
	}
	/** @param {number | null} id the class of frames that alone is shown; null: all are */
	isolate(id) {
		this.state.isolate = id;
		this.changed("colours");
	}
	/** @param {number} order whose free blocks the timeline shows */
	showOrder(order) {
		this.state.order = order;
		this.changed("order");
	}
	/** @param {boolean} on does the map stay close to what the event is about? */
	closeUp(on) {
		this.state.zoomIn = on;
		this.changed("close");
	}
	/** @param {boolean} on does the next drag along the timeline choose a stretch of time? */
	range(on) {
		this.state.ranging = on;
		this.changed("range");
		if (on) this.toast("drag along the timeline: the stretch from A to B");
	}
	/** @param {string} id of a tab below */
	showTab(id) {
		this.state.tab = id;
		this.changed("tab");
	}
	/** @param {string} id "event", "selection" or "screen" */
	showDetail(id) {
		if (this.state.detail !== "screen") this.detailBefore = this.state.detail;
		this.state.detail = id;
		this.changed("tab");
	}
	/**
	 * The questions about a chapter, or with 0 about the whole trace.
	 * @param {number} chapter
	 */
	ask(chapter, seed = this.lesson?.seed ?? 1) {
		this.lesson = { chapter, seed, model: null, at: 0, answers: [], list: [] };
	}
	/** The lesson at hand, begun anew when another trace is shown. */
	theLesson() {
		const { model } = this;
		if (!this.lesson) this.ask(0);
		const lesson = /** @type {Lesson} */ (this.lesson);
		if (lesson.model === model) return lesson;
		if (lesson.chapter > this.trace.chapters().length) lesson.chapter = 0;
		const list = chapterQuestions(model, lesson.chapter, lesson.seed);
		this.machine(); // making questions moved the model
		return Object.assign(lesson, { model, at: 0, answers: [], list });
	}
	/** Shows the class what was kept back of this event. */
	reveal() {
		this.lecture.shownAt = this.state.i;
		this.changed("text");
	}

	/* ---- notes, which the browser keeps for this trace ---- */

	/** @returns {Note[]} */
	notes() {
		try {
			const list = JSON.parse(kept(`notes.${this.traceId()}`, "[]"));
			return Array.isArray(list)
				? list.filter(
						(x) =>
							Number.isInteger(x?.i) &&
							x.i < this.model.n &&
							typeof x.text === "string",
					)
				: [];
		} catch {
			return [];
		}
	}
	/** @param {Note[]} list */
	keepNotes(list) {
		keep(`notes.${this.traceId()}`, JSON.stringify(list));
	}
	/** @param {string} text a note at this event */
	addNote(text) {
		this.keepNotes([...this.notes(), { i: this.state.i, text }].sort((a, b) => a.i - b.i));
	}
	/** @param {Note} note */
	removeNote(note) {
		this.keepNotes(this.notes().filter((x) => x.i !== note.i || x.text !== note.text));
	}
}
