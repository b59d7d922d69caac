// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * app.js - the page: one state, one animation frame, four views of one moment.
 *
 * Everything shown follows from `state` and the model at event state.i.  What changes
 * the state calls set(), which marks what is dirty; draw() runs at most once a frame.
 */
import { h, fill, $, context, scale, viewSize, watchSize } from "./dom.js";
import { palette, onTheme } from "./theme.js";
import { addressLegend, frameLegend } from "./legend.js";
import { frameTip, pageTip } from "./tips.js";
import { FrameMap, COLOUR_BY } from "./frames.js";
import { BuddyView } from "./buddy.js";
import { VirtualView } from "./virtual.js";
import { Timeline, Axis } from "./timeline.js";
import { fillWalk } from "./walk.js";
import { renderDetails } from "./details.js";
import { selectionPanel } from "./selected.js";
import { EventList } from "./events.js";
import { Loader, prewarm } from "../load/loader.js";
import { needs, allowance, tooMuch, partForm, leftOut } from "./part.js";
import { keyHelp, NONE_YET } from "./commands.js";
import { installKeys } from "./keys.js";
import { Search } from "./search.js";
import { follow, linkOf } from "./link.js";
import { renderTab, tabsOf } from "./tabs.js";
import { saveButton, saveItems, saveTab, saveTrace, timelineTable, svgOf } from "./exports.js";
import { openMenu, closeMenu } from "./menu.js";
import { Tables, dataTable, shownRows } from "./table.js";
import { compare } from "../model/compare.js";
import { Beside } from "./beside.js";
import { Tour } from "./tour.js";
import { contextMenu } from "./context.js";
import { Lecture } from "./lecture.js";
import { cards, withTerms, closeCard, dropCard, markTerms } from "./terms.js";
import { folders, wrongFile, wrongFolder } from "./wrongfile.js";
import { narrate } from "../model/narrate.js";
import { interestingEvents } from "../model/interesting.js";
import {
	explain,
	translate,
	findEvents,
	frameInfo,
	stopHere,
	translateText,
} from "../model/query.js";
import { Selection } from "../model/selection.js";
import { focusOf, eventFrames, pointedAt } from "../model/focus.js";
import { GROUPS } from "../model/kinds.js";
import { differing } from "./hazardtext.js";
import * as fmt from "../model/format.js";

const LOGO = () => {
	const ns = "http://www.w3.org/2000/svg",
		svg = document.createElementNS(ns, "svg");
	svg.setAttribute("viewBox", "0 0 16 16");
	svg.setAttribute("aria-hidden", "true");
	for (const [x, y, w, hh, fillColour] of [
		[0, 0, 7, 7, "#0058d9"],
		[9, 0, 7, 3, "#d9a514"],
		[9, 4, 7, 3, "#f97756"],
		[0, 9, 3, 7, "#2d94af"],
		[4, 9, 3, 7, "#00daa0"],
		[9, 9, 7, 7, "#63676c"],
	]) {
		const r = document.createElementNS(ns, "rect");
		for (const [k, v] of Object.entries({
			x,
			y,
			width: w,
			height: hh,
			fill: fillColour,
			rx: 1,
		}))
			r.setAttribute(k, v);
		svg.append(r);
	}
	return svg;
};

/** What the empty page offers: chapter of the demo, and its name. */
const LESSONS = [
	[3, "A page is born"],
	[4, "Coalescing"],
	[6, "vmalloc: here in a row, there scattered"],
];
const READING = 100; // ms until a reading that shows no picture yet is spoken of

const stored = (key, dflt) => {
	try {
		return localStorage.getItem("pagescope." + key) ?? dflt;
	} catch {
		return dflt;
	}
};
const store = (key, v) => {
	try {
		localStorage.setItem("pagescope." + key, v);
	} catch {
		/* private mode */
	}
};

/** The page's own script, which the workers run too. */
const script = () => $("pagescope-script").textContent;

/** The pieces of the trace a report.html carries; null for any other file. */
async function carriedBy(file) {
	if (!/\.html?$/i.test(file.name)) return null;
	const text = await file.text();
	return [
		...text.matchAll(/<script type="text\/plain" class="pagescope-trace">([^<]*)<\/script>/g),
	].map((m) => m[1]);
}

const NO_SPOTS = { frames: [], pages: new Set() }; // nothing is selected

const EXPLAIN = {
	"Virtual addresses":
		"The kernel's 4 GiB of addresses. Left: what each range is for. Right: the pages of the chosen range that are used in this chapter.",
	"Physical frames":
		"RAM, one cell for each frame of 4 KiB. A tile is 2 MiB; within it every buddy block is a rectangle.",
	"Buddy free lists":
		"The free blocks of each size. An allocation takes the block at the left; a freed block is put there.",
	"Free list": "The frames that are free, the one freed last at the left.",
	"Page-table walk":
		"The MMU's way from an address to a frame: ten bits choose the directory entry, ten the table entry, twelve the byte.",
};

export class App {
	constructor(root) {
		Object.assign(this, {
			model: null,
			name: "",
			header: null,
			total: 0,
			source: null,
			askedFor: null,
			again: null,
			loader: null,
			timings: null,
			loadDrawn: 0,
			loadSaid: 0,
			stepping: null,
			el: null,
			twins: null,
			titles: null,
			tables: null,
			list: null,
			search: null,
			lecture: null,
			lower: null,
			detailView: null,
			loadingBox: null,
			loadingText: null,
			loadingBar: null,
			fileInput: null,
			theme: stored("theme", "system"),
			palette: null,
			scene: null,
			dragging: false,
			beside: null,
			other: null,
			otherSays: "",
			aligned: null,
			tour: null,
			lesson: null,
			flame: null,
			asked: null,
			typed: null,
			// remembered: the axis, what an event speaks of, the address spoken of before it, the
			// text that is there, a trace's name
			axisNow: null,
			axisN: -1,
			focusNow: null,
			focusAt: -1,
			focusN: -1,
			lastVaNow: -1,
			lastVaId: "",
			vaAt: -1,
			opening: null,
			textModel: null,
			textKey: "",
			textDrawn: -1000,
			detailBefore: "event",
			liveAt: -1,
			tabShown: null,
			linkPoints: null,
			linksDrawn: false,
			lit: null,
			idOf: null,
			idN: -1,
			id: "",
			linked: "",
			then: null,
			readingTimer: 0,
			liveTimer: 0,
			panelTimer: null,
			tabTimer: 0,
			hashTimer: 0,
		});
		this.root = root;
		this.state = {
			i: 0,
			sel: null,
			hover: null,
			a: null,
			b: null,
			axis: stored("axis", "story"),
			colourBy: "owner",
			isolate: null,
			filter: null,
			ranging: false,
			tab: "events",
			detail: "event",
			playing: false,
			speed: 8,
			zoomIn: true,
			order: 3,
		};
		this.setTheme(this.theme);
		this.ready = new Promise((resolve) => {
			this.resolveReady = resolve;
		});
		this.frames = new FrameMap();
		this.buddy = new BuddyView();
		this.virtual = new VirtualView();
		this.timeline = new Timeline();
		this.perf = [];
		this.drawers = new Map(); // how each canvas is drawn: for pictures of it
		this.dirty = false;
		this.keysInstalled = false;
		this.built = false; // is there a page that showed no trace yet?
		this.front = h("div.front"); // what is seen as long as there is no picture
		root.before(this.front);
		this.cover();
		window.addEventListener("resize", () => this.invalidate());
		onTheme(() => this.setTheme(this.theme));
		this.acceptDrops();
		addEventListener("hashchange", () => {
			if (this.model?.complete) follow(this) || this.toast("that link is for another trace");
		});
		window.pagescope = this.api();
	}

	/** What tests and the curious may use from the console: reads, and goto. */
	api() {
		const app = this;
		return Object.freeze({
			version: 1,
			get ready() {
				return app.ready;
			},
			get loaded() {
				return !!app.model?.complete && app.timings.interactive !== undefined;
			},
			get i() {
				return app.state.i;
			},
			get events() {
				return app.model?.n ?? 0;
			},
			goto: (i) => {
				app.goto(i);
			},
			pending: () => app.pending(),
			/** As goto, drawn at once and as a drag along the timeline draws it; returns ms. */
			scrub: (i) => {
				const t = performance.now();
				app.dragging = true;
				app.goto(i, { quiet: true });
				app.draw();
				app.dragging = false;
				return performance.now() - t;
			},
			/** Draws one view from the ground up; returns ms. */
			paint: (view) => {
				const t = performance.now();
				app.timeline.forget();
				app.draw({ only: app.el[view] });
				return performance.now() - t;
			},
			/** Writes the panels of text; returns ms. */
			panels: () => {
				const t = performance.now();
				app.layPanels();
				return performance.now() - t;
			},
			/** The list of events scrolled to a row; returns ms. */
			listAt: (row) => {
				const t = performance.now();
				app.list.follow = false;
				app.list.scrollTo(row);
				return performance.now() - t;
			},
			redraw: () => {
				const t = performance.now();
				app.draw();
				return performance.now() - t;
			},
			translate: (va, i = app.state.i) => {
				const x = translate(app.model, va >>> 0, i);
				return {
					addr: x.addr,
					ok: x.walk.ok,
					pa: x.walk.ok ? x.walk.pa : null,
					pfn: x.pfn,
					pde: x.walk.pde,
					pte: x.walk.pte,
					since: x.since,
					owner: x.owner,
					region: x.region.name,
					text: translateText(x),
				};
			},
			frame: (pfn, i = app.state.i) => {
				const f = frameInfo(app.model, pfn, i);
				return {
					owner: f.ownerName,
					since: f.since,
					block: f.block,
					mappings: f.mappings.map((m) => m.addr),
				};
			},
			lists: (i = app.state.i) => {
				const m = app.model.at(i);
				return app.model.trace.zones.map((z) => ({
					zone: z.name,
					free: m.zoneFree[z.id],
					orders: Array.from({ length: m.orders }, (_, o) => m.list(z.id, o)),
				}));
			},
			areas: (i = app.state.i) =>
				app.model.at(i).areas.map((a) => ({ addr: a.addr, size: a.size, flags: a.flags })),
			narrate: (i = app.state.i) => narrate(app.model.trace, i),
			svg: (selector) => svgOf(app, document.querySelector(selector)),
			stop: (i = app.state.i) => stopHere(app.model, i, app.va()),
			hazards: () => app.model.hazards.list.map((x) => ({ ...x })),
			unverified: () => app.model.hazards.unverified.map((x) => [...x]),
			checks: () => ({
				total: app.model.hazards.checks.length,
				failed: app.model.hazards.checks.filter((c) => !c.ok).length,
				probes: { ...app.model.hazards.probes },
			}),
			problems: () => [...(app.model?.trace.problems ?? [])],
			memory: () => app.model.memory(),
			timings: () => ({ ...app.timings }),
		});
	}

	/* ---- opening ---- */

	/** Shows this in place of the page, which stays behind it, to be laid out and drawn. */
	cover(...content) {
		fill(this.front, ...content);
		this.behind(true);
		this.root.inert = true;
	}
	uncover() {
		if (this.front.hidden) return;
		clearTimeout(this.readingTimer);
		this.behind(false);
		fill(this.front);
	}
	/** Once the page is seen it can be used, and the loading be ended there. */
	enable() {
		this.root.inert = false;
		fill(
			this.loadingBox,
			h("div.bar", this.loadingBar),
			this.loadingText,
			" ",
			this.cancelButton(),
			this.again
				? h(
						"details",
						h("summary", "load only a part"),
						this.partForm(
							{ ...this.header, events: this.total },
							{ from: 0, to: Math.min(this.total, 1000000) },
							this.again,
						),
					)
				: "",
		);
	}
	behind(on) {
		this.front.hidden = !on;
		this.root.classList.toggle("behind", on);
	}

	welcome(message) {
		this.stopPlaying();
		clearTimeout(this.readingTimer);
		this.model = null;
		prewarm(script());
		setTimeout(() => {
			if (!this.built && !this.loader) this.build();
		}); // once the welcome is on the screen
		const input = h("input", {
			type: "file",
			accept: ".jsonl,.gz,.html",
			multiple: true,
			hidden: true,
			onchange: () => input.files.length && this.openFiles([...input.files]),
		});
		this.fileInput = input;
		this.cover(
			h(
				"header.top",
				h("div.logo", LOGO(), "pagescope"),
				h("div.tools", { style: { "margin-left": "auto" } }, this.themeButton()),
			),
			h(
				"div.welcome",
				h(
					"div.card",
					{ role: "main" },
					h("h1", "See a kernel hand out its memory"),
					h(
						"p",
						"Every page frame, every free list, every page table of a small kernel, at every moment of a run, and the way back to the exact instruction in Bochs.",
					),
					message ? h("div.alert.bad", { role: "alert" }, message) : null,
					this.linkWaits(),
					h(
						"div.drop",
						{ id: "drop" },
						h(
							"p",
							h("b", "Drop a trace here"),
							" (",
							h("code", "trace.jsonl"),
							" or ",
							h("code", "trace.jsonl.gz"),
							")",
						),
						h(
							"p",
							h("button.primary", { onclick: () => input.click() }, "Open a trace…"),
							" ",
							this.demo
								? h(
										"button",
										{ id: "demo", onclick: () => this.loadDemo() },
										"Open the built-in demo",
									)
								: null,
						),
						input,
					),
					this.demo
						? h(
								"p",
								"Or a chapter of the demo with its questions: ",
								LESSONS.map(([chapter, name]) => [
									h("button", { onclick: () => this.loadDemo(chapter) }, name),
									" ",
								]),
							)
						: null,
					h(
						"p.dim",
						"No trace yet? ",
						h("code", "make run"),
						" boots the kernel, records one and writes ",
						h("code", "build/run/report.html"),
						", which carries its trace. Nothing leaves this page: it works offline and asks no network.",
					),
				),
			),
		);
	}
	/** A link was opened, and the trace it speaks of is not here yet. */
	linkWaits() {
		const q = new URLSearchParams(location.hash.slice(1)),
			n = Number(q.get("n"));
		if (!q.has("i") || !(n > 0)) return null;
		return h(
			"div.alert",
			{ role: "status" },
			`This link leads to event #${fmt.count(Number(q.get("i")) || 0)} of a trace of ${fmt.plural(n, "event")}${/^[0-9a-f]{12}$/.test(q.get("tr") ?? "") ? ` (${q.get("tr")})` : ""}. Open that trace and the page goes there.`,
		);
	}
	acceptDrops() {
		let depth = 0;
		addEventListener("dragenter", (e) => {
			e.preventDefault();
			depth++;
			document.body.classList.add("dragging");
		});
		addEventListener("dragleave", () => {
			if (--depth <= 0) {
				depth = 0;
				document.body.classList.remove("dragging");
			}
		});
		addEventListener("dragover", (e) => e.preventDefault());
		addEventListener("drop", (e) => {
			e.preventDefault();
			depth = 0;
			document.body.classList.remove("dragging");
			const { dataTransfer } = e,
				dirs = dataTransfer ? folders(dataTransfer) : [],
				files = [...(dataTransfer?.files ?? [])].filter((f) => !dirs.includes(f.name));
			if (files.length || dirs.length) this.openFiles(files, dirs);
		});
	}
	/**
	 * Opens what was dropped or picked: a trace, or two as two runs. Of every other file it is said
	 * what it is and what to do with it; dirs: names of folders.
	 */
	async openFiles(files, dirs = []) {
		const traces = [],
			said = dirs.map((name) => `${name} is ${wrongFolder(name)}.`);
		for (const file of files) {
			const wrong = await wrongFile(file);
			if (wrong) said.push(`${file.name} is ${wrong}.`);
			else traces.push(file);
		}
		const [first, second, ...more] = traces;
		for (const { name } of more)
			said.push(`${name} was not opened: two runs at a time can be compared.`);
		if (!first) return this.refuse(said);
		this.loadFile(first);
		if (second || said.length)
			this.then = () => {
				if (second) {
					this.showTab("runs");
					this.openOther(second);
				}
				if (said.length) this.refuse(said);
			};
	}
	/** Says why files were not opened; what is shown stays. */
	refuse(said) {
		if (!this.model?.complete) return this.welcome(said.map((text) => h("p", text)));
		this.alert("alert.bad", said.join(" "));
	}
	/**
	 * range {from, to} loads only these events, kept {every, left} without some of what is kept of
	 * them; asked: however much memory it takes.
	 */
	async loadFile(file, options) {
		const again = (other) => this.loadFile(file, other),
			loader = this.begin(file.name, { ...options, again }),
			pieces = await carriedBy(file);
		this.source = pieces ? { pieces } : { file };
		if (pieces) loader.pieces(pieces);
		else loader.file(file);
	}
	get demo() {
		return $("pagescope-demo")?.textContent.trim() ?? "";
	}
	/** chapter: opened with the questions about it. */
	loadDemo(chapter = 0) {
		this.begin("demo").pieces([this.demo]);
		this.source = { pieces: [this.demo] };
		if (chapter)
			this.then = () => {
				this.lesson = { chapter, seed: 1, model: null, at: 0, answers: [] };
				this.goto(this.model.trace.chapters()[chapter - 1].i);
				this.showTab("lesson");
			};
	}
	loadPieces(pieces, options) {
		this.begin("report", {
			...options,
			again: (other) => this.loadPieces(pieces, other),
		}).pieces(pieces);
		this.source = { pieces };
	}
	begin(name, { range = null, kept = null, asked = false, again = null } = {}) {
		this.askedFor = { range, kept };
		this.then = null;
		this.loader?.cancel();
		this.stopPlaying();
		this.tour?.end();
		this.lecture?.leave();
		this.drawers.clear();
		this.name = name;
		this.model = null;
		this.besideOff();
		this.other = null;
		this.otherSays = "";
		this.timings = { start: performance.now() };
		this.loadDrawn = this.loadSaid = 0;
		this.loader = new Loader(
			script(),
			{
				header: (header) => this.onHeader(header, { range, asked, again }),
				opened: (model) => this.open(model),
				started: (model) => this.colourAhead(model),
				progress: (info, model) => this.onProgress(info, model),
				done: (model) => this.onDone(model),
				failed: (message) => {
					this.welcome(`${name} cannot be shown: ${message}.`);
				},
			},
			{ range, kept },
		);
		const say = () =>
			this.cover(
				h(
					"header.top",
					h("div.logo", LOGO(), "pagescope"),
					h("div.what", `reading ${name}…`),
				),
				h(
					"div.welcome",
					h(
						"div",
						h("p", { role: "status", id: "load-status" }, `Reading ${name}…`),
						h("div.bar", h("i", { id: "load-bar" })),
						h("p", this.cancelButton()),
					),
				),
			);
		clearTimeout(this.readingTimer);
		// mostly the picture is there before; what another trace is shown in has nothing to show
		// any more
		if (this.front.hidden) say();
		else this.readingTimer = setTimeout(say, READING);
		return this.loader;
	}
	cancelButton() {
		return h(
			"button",
			{
				id: "cancel-load",
				onclick: () => {
					this.loader.cancel();
					this.welcome();
				},
			},
			"Cancel",
		);
	}
	/** Before anything is kept: does it fit?  False stops the loading. */
	onHeader(header, { range, asked, again }) {
		this.total = Number(header.events) || 0;
		this.header = header;
		this.again = again;
		if (asked || !again || needs(header) <= allowance()) return true;
		setTimeout(() => this.tooBig(header, range, again));
		return false;
	}
	tooBig(header, range, again) {
		const n = Number(header.excerpt?.of ?? header.events),
			per = needs({ ...header, events: 1e6 }) / 1e6,
			fit = Math.max(65536, Math.floor(allowance() / per / 65536) * 65536);
		this.welcome(
			h(
				"div",
				h("b", `${this.name} is big: ${fmt.count(n)} events need`),
				tooMuch(needs(header)),
				this.partForm(
					{ ...header, events: n },
					range ?? { from: 0, to: Math.min(n, fit) },
					again,
				),
				h(
					"p",
					h(
						"button",
						{ id: "load-anyway", onclick: () => again({ range, asked: true }) },
						"Load it all the same",
					),
					" or make a slice: ",
					h("code", "pagescope export --from TICK --to TICK"),
					".",
				),
			),
		);
	}
	partForm(header, range, again) {
		return partForm(
			header,
			range,
			(options) => again({ ...options, asked: true }),
			(words) => this.toast(words),
		);
	}
	onProgress({ read, total, n }, model) {
		const bar = $("load-bar"),
			now = performance.now(),
			{ timings } = this;
		if (bar && total) bar.style.width = `${Math.round((read / total) * 100)}%`;
		if (!this.model?.n) return;
		if (model && timings.first === undefined) {
			timings.first = null;
			// in two tasks, not one for each view: the browser would begin a frame after each, and
			// not show the last before the next
			const { el } = this,
				paint = (...list) => {
					for (const draw of this.paints(list)) draw();
				};
			this.later(
				() => paint(el.timeline, el.virtual),
				() => {
					paint(el.frames, el.buddy);
					this.uncover();
					this.seen(() => {
						timings.first = this.loadDrawn = performance.now();
						timings.first -= timings.start;
						this.later(...this.afterFirst());
					});
				},
			);
		}
		if (this.loadSaid && now - this.loadSaid < 100) return;
		this.loadSaid = now;
		const mb = (read / 1e6 / Math.max(0.001, (now - timings.start) / 1000)).toFixed(0);
		this.loadingBar.style.width = `${this.total ? (100 * n) / this.total : 0}%`;
		this.loadingText.textContent = `${fmt.count(n)}${this.total ? ` of ${fmt.count(this.total)}` : ""} events read · ${mb} MB/s`;
		// what shows event 0 stays as it is
		if (this.loadDrawn && now - this.loadDrawn > Math.max(500, (now - timings.start) / 3)) {
			this.loadDrawn = now;
			this.loader.hold(() => {
				this.axisNow = null;
				this.later(...this.paints([this.el.timeline, this.el.virtual]), () =>
					this.seen(() => this.loader.release()),
				);
			});
		}
	}
	/** What the first picture did not wait for, and the workers do. */
	afterFirst() {
		const room = this.model.trace.room().map((make) => () => {
			try {
				make();
			} catch {
				/* not enough memory: said where it is needed */
			}
		});
		return [
			() => this.enable(),
			...room,
			...this.texts(),
			() => this.titled(),
			() => this.seen(() => this.loader.goOn()),
		];
	}
	/** The rest in tasks of its own, so that none of them keeps the page from answering. */
	onDone(model) {
		if (this.model !== model) this.open(model);
		const { timings } = this;
		timings.load = performance.now() - timings.start;
		this.axisNow = null;
		this.loadingBox.hidden = true;
		this.virtual.n = -1;
		this.list.load(model.trace);
		this.fillHeader();
		this.titled();
		this.fillTabs();
		if (!follow(this)) {
			if (location.hash && location.hash !== this.linked)
				this.toast("the link in the address bar is for another trace");
			this.goto(this.firstInteresting(), { quiet: true });
			this.opening = { model, i: this.state.i, va: this.firstMapped() };
		}
		this.later(
			() => this.machine(),
			...this.paints(),
			...this.texts(),
			() => {
				this.uncover();
				this.root.inert = false;
				timings.interactive = performance.now() - timings.start;
				timings.first ??= timings.interactive;
				this.resolveReady(window.pagescope);
				if (this.then) this.then();
				else if (this.name === "demo" && stored("tour", "") === "") this.startTour();
			},
		);
	}
	/** Calls fn when the browser has put what is drawn now on the screen. */
	seen(fn) {
		const { model } = this,
			{ port1, port2 } = new MessageChannel();
		port1.onmessage = () => {
			port1.close();
			if (this.model === model) fn();
		};
		requestAnimationFrame(() => port2.postMessage(0));
	}
	/** Drawing everything, or these, a canvas a step, and the timeline in several. */
	paints(list = [this.el.frames, this.el.timeline, this.el.virtual, this.el.buddy]) {
		return list.flatMap((only) => [
			...(only === this.el.timeline
				? Array.from(
						{ length: Timeline.AHEAD },
						(_, x) => () => this.draw({ only, ahead: x + 1 }),
					)
				: []),
			() => this.draw({ only }),
		]);
	}
	/** Writing everything, the panels and their layout in steps of their own. */
	texts() {
		return [
			() => this.drawText(this.scene, false),
			() => this.drawPanels(),
			() => this.layOut(),
		];
	}
	/**
	 * Runs steps one after the other, each in a task of its own, as long as the same trace is
	 * shown; nothing else is drawn meanwhile.
	 */
	later(...steps) {
		const { model } = this,
			channel = new MessageChannel();
		this.stepping = channel;
		channel.port1.onmessage = () => {
			if (this.model === model && steps.length) {
				steps.shift()();
				channel.port2.postMessage(0);
				return;
			}
			channel.port1.close();
			if (this.stepping !== channel) return;
			this.stepping = null;
			if (this.dirty) {
				this.dirty = false;
				this.invalidate();
			}
		};
		channel.port2.postMessage(0);
	}
	/**
	 * Where to begin: the first chapter after the boot, or the middle; not among missing events,
	 * nor in doubt if there is anything that is not: else at the end of a doubt, or before it.
	 */
	firstInteresting() {
		const { trace, n, hazards } = this.model,
			[, ...chapters] = trace.chapters().map((c) => c.i),
			there = (i) => trace.k[i] && i < n;
		const list = [
			...(chapters.length ? chapters : [n >> 1]),
			...hazards.unverified.map((u) => u[1]),
			...hazards.unverified.map((u) => u[0] - 1),
		];
		return (
			list.find((i) => there(i) && !this.gap(i)) ??
			list.find(there) ??
			trace.k.findIndex(Boolean)
		);
	}

	/**
	 * An address that is mapped where the page opens, for the walk to show: what the events before
	 * mapped last, else the kernel's image; null: no such is known.
	 */
	firstMapped() {
		const { trace } = this.model,
			{ i } = this.state,
			m = this.machine(),
			{ page_offset: offset, kernel_start: start } = trace.layout;
		for (let j = i; j >= Math.max(0, i - 5000); j--) {
			const va = trace.kindName(j) === "pte_set" ? trace.of(j).addr(j) : -1;
			if (va >= 0 && m.walk(va).ok) return va;
		}
		const image = (offset + start) >>> 0;
		return m.walk(image).ok ? image : null;
	}

	/* ---- the page ---- */

	open(model) {
		this.model = model;
		this.axisNow = null;
		// another run of the same length speaks of other things at the same event
		this.focusAt = -1;
		this.lastVaId = "";
		Object.assign(this.state, {
			i: 0,
			sel: null,
			hover: null,
			a: null,
			b: null,
			isolate: null,
			filter: null,
		});
		this.timeline.u0 = 0;
		this.timeline.u1 = 1;
		if (!this.built) this.build();
		this.built = false;
		this.list.load(model.trace);
		this.suit();
		this.fillLegend();
		this.fillTabs();
		this.fillHeader();
		if (!this.keysInstalled) {
			installKeys(this);
			this.keysInstalled = true;
		}
	}
	/** Shows of the page only what means something for the trace's kind of kernel. */
	suit() {
		const { single, watched } = this.model.trace,
			{ state, el } = this,
			[title, hint] = single
				? ["Free list", "freed last at the left"]
				: ["Buddy free lists", "next to go out at the left"],
			colours = COLOUR_BY.filter(([id]) => !(single && id === "order"));
		this.titles.get(el.buddy)(title, hint);
		// of a guest that is watched nobody tells which frames are free
		el.buddy.closest("section.view").hidden = watched;
		el.buddy.closest(".views").classList.toggle("no-lists", watched);
		if (!colours.some(([id]) => id === state.colourBy)) state.colourBy = "owner";
		fill(
			el.colourBy,
			colours.map(([id, text]) => h("option", { value: id }, text)),
		);
		el.colourBy.value = state.colourBy;
		if (!tabsOf(this.model.trace).some(([id]) => id === state.tab)) state.tab = "events";
	}
	/** The page without a trace: built, and laid out, while there is none to be shown. */
	build() {
		const typed = () => {
			if (this.typed) this.refreshTab();
		};
		this.built = true;
		this.titles = new Map(); // canvas -> sets the title and the hint of its panel
		this.twins = new Map(); // canvas -> its table twin, what makes it, its button
		const canvas = (id, label) =>
			h("canvas", { id, role: "img", tabIndex: 0, "aria-label": label });
		this.el = {
			what: h("div.what"),
			alert: h("div", { hidden: true }),
			timeline: canvas("timeline", "timeline"),
			where: h("div.where"),
			chapter: h("div.chapter-line"),
			sentence: h("div.sentence-line"),
			virtual: canvas("virtual", "linear addresses"),
			walk: h("div.body.scroll", {
				id: "walk",
				tabIndex: 0,
				role: "region",
				"aria-label": "page-table walk",
			}),
			frames: canvas("frames", "physical frames"),
			buddy: canvas("buddy", "free lists"),
			events: h("div.ev-list"),
			tabBody: h("div.body.scroll", {
				hidden: true,
				tabIndex: 0,
				role: "region",
				"aria-label": "table",
				oninput: (ev) => {
					this.typed = ev.target;
				},
				onchange: typed,
				onfocusout: typed,
			}),
			details: h("div.body.scroll", {
				id: "details",
				tabIndex: 0,
				role: "region",
				"aria-label": "details",
			}),
			live: h("div.sr", { "aria-live": "polite", role: "status" }),
			tip: h("div.tip", { hidden: true, role: "tooltip" }),
			legend: h("div.legend", { role: "group", "aria-label": "owner classes" }),
			legendVa: h("div.legend"),
			links: h("canvas.links", { "aria-hidden": "true" }),
			filterNote: h("div.filter"),
			zoomIn: h(
				"button",
				{
					"aria-pressed": String(this.state.zoomIn),
					title: "stay close to the frames the event is about",
					onclick: () => {
						this.closeUp(!this.state.zoomIn);
						if (!this.state.zoomIn) this.frames.reset();
						this.invalidate();
					},
				},
				"Close up",
			),
			colourBy: h("select", {
				"aria-label": "colour frames by",
				onchange: (e) => this.colour(e.target.value),
			}),
			range: h(
				"button",
				{
					"aria-pressed": "false",
					title: "choose a stretch of time by dragging (or Alt-drag): its statistics are shown",
					onclick: () => this.range(!this.state.ranging),
				},
				"Range",
			),
			following: h("span.right.dim"),
			tabs: h("div.tabs", { role: "tablist", "aria-label": "tables" }),
			detailTabs: h("div.tabs", { role: "tablist", "aria-label": "details" }),
			play: h(
				"button",
				{ onclick: () => this.togglePlay(), title: "play (Space)", "aria-label": "play" },
				"▶",
			),
		};
		const e = this.el,
			step = (label, title, fn) =>
				h("button", { onclick: fn, title, "aria-label": title }, label);
		this.tables = new Tables(e.tabBody, (box) => markTerms(this, box));
		this.loadingText = h("span");
		this.loadingBar = h("i");
		this.lecture = new Lecture(this);
		this.loadingBox = h("div.loading", this.loadingText);
		this.search = new Search(this);
		const fileInput = h("input", {
			type: "file",
			accept: ".jsonl,.gz,.html",
			multiple: true,
			hidden: true,
			onchange: () => fileInput.files.length && this.openFiles([...fileInput.files]),
		});
		this.fileInput = fileInput;
		const time = h(
			"section.timeline",
			{ "aria-label": "timeline" },
			e.timeline,
			this.loadingBox,
		);
		fill(
			this.root,
			h(
				"header.top",
				h("h1.logo", LOGO(), "pagescope"),
				e.what,
				this.search.el,
				h(
					"div.tools",
					h(
						"button",
						{
							onclick: () => this.showDetail("screen"),
							title: "what is on the screen, in words (E)",
						},
						"Explain",
					),
					step("?", "all keys (?)", () => this.help()),
					this.themeButton(),
					this.saveAll(),
					h(
						"button",
						{ onclick: () => fileInput.click(), title: "open another trace" },
						"Open…",
					),
					fileInput,
				),
			),
			e.alert,
			time,
			h(
				"section.now",
				{ "aria-label": "now" },
				h(
					"div.transport",
					{ role: "group", "aria-label": "step" },
					step("«", "previous chapter ([)", () => this.chapter(-1)),
					step("‹", "previous event (←)", () => this.step(-1)),
					e.play,
					step("›", "next event (→)", () => this.step(1)),
					step("»", "next chapter (])", () => this.chapter(1)),
					h(
						"select",
						{
							"aria-label": "speed",
							title: "events a second; by tick: the whole trace in a minute, as it ran; or from one interesting event to the next",
							onchange: (ev) => {
								this.state.speed = +ev.target.value;
							},
						},
						[
							[2, "2/s"],
							[8, "8/s"],
							[40, "40/s"],
							[400, "400/s"],
							[8000, "8000/s"],
							[-1, "by tick"],
							[0, "what is new"],
						].map(([v, t]) =>
							h("option", { value: v, selected: v === this.state.speed }, t),
						),
					),
				),
				this.lecture.button(),
				e.range,
				e.where,
				h("div.story", e.chapter, e.sentence),
				h(
					"select",
					{
						"aria-label": "axis of the timeline",
						title: "axis of the timeline",
						value: this.state.axis,
						id: "axis",
						onchange: (ev) => {
							this.useAxis(ev.target.value);
							store("axis", ev.target.value);
						},
					},
					[
						["story", "by chapter"],
						["events", "by event"],
						["ticks", "by time"],
					].map(([v, t]) =>
						h("option", { value: v, selected: v === this.state.axis }, t),
					),
				),
				h(
					"span.of-time",
					this.twinButton("Timeline", e.timeline, time, () => timelineTable(this, 200)),
				),
			),
			h(
				"main",
				h(
					"div.views",
					this.view(
						"1",
						"Virtual addresses",
						"what the kernel can point at",
						e.virtual,
						() => this.virtual.rows(this.machine(), this.model.trace),
						[],
						e.legendVa,
					),
					this.walkView(e.walk),
					this.view(
						"3",
						"Physical frames",
						"",
						e.frames,
						() => FrameMap.table(this.machine(), this.model.trace),
						[e.colourBy, e.zoomIn],
						e.legend,
					),
					this.view("4", "Buddy free lists", "next to go out at the left", e.buddy, () =>
						BuddyView.table(this.machine(), this.model.trace, this.pairOf() ?? -1),
					),
					e.links,
				),
				h(
					"div.lower",
					(this.lower = h(
						"section.view",
						{ "aria-label": "events and tables" },
						h("h2.sr", "Events and tables"),
						h(
							"div.tabrow",
							e.tabs,
							h(
								"span.right",
								saveButton(
									this,
									"Table below",
									() => this.lower,
									() => {
										saveTab(this);
										return null;
									},
								),
							),
						),
						e.filterNote,
						h("div.body", { id: "events-body" }, e.events),
						this.tables.el,
						e.tabBody,
					)),
					(this.detailView = h(
						"section.view.detail-view",
						{ "aria-label": "event and selection" },
						h("h2.sr", "Event and selection"),
						h("div.tabrow", e.detailTabs, e.following),
						e.details,
					)),
				),
			),
			e.live,
			e.tip,
		);
		this.list = new EventList(e.events, {
			goto: (i) => this.goto(i),
			context: (i, at) => contextMenu(this, { i }, at),
			hover: (i) => this.point(i === null ? null : { i }),
			hides: (i) => this.lecture.hides(i),
		});
		this.installPointer();
		// a canvas gets its memory when its size is known: milliseconds, which the first picture
		// need not wait for
		for (const c of [e.timeline, e.virtual, e.frames, e.buddy])
			watchSize(c, () => {
				if (this.built) context(c)?.ctx.clearRect(0, 0, 1, 1);
				else this.invalidate();
			});
	}
	view(key, title, hint, canvas, table, right = [], below = null) {
		const body = h("div.body", canvas),
			button = this.twinButton(title, canvas, body, table);
		const save = saveButton(
				this,
				title,
				() => panel,
				() => this.twinRows(canvas),
			),
			name = h("span"),
			says = h("span.hint"),
			head = h("h2", name, says, h("span.right", right, button, save)),
			panel = h("section.view", { "data-panel": canvas.id }, head, body, below);
		const titled = (text, words) => {
			panel.setAttribute("aria-label", text);
			head.title = EXPLAIN[text];
			fill(name, withTerms(this, text));
			fill(says, words);
		};
		titled(title, hint);
		this.titles.set(canvas, titled);
		return panel;
	}
	/** The button that lays a table of the same over a canvas. */
	twinButton(title, canvas, body, table) {
		const twin = new Tables(
			h("div.twin", { tabIndex: 0, role: "region", "aria-label": title + " as a table" }),
			(box) => markTerms(this, box),
		);
		const button = h(
			"button",
			{
				"aria-pressed": "false",
				title: "the same as a table",
				onclick: () => {
					const on = !twin.box.isConnected;
					if (on) {
						this.drawTwin(twin, table);
						body.append(twin.box);
					} else twin.box.remove();
					button.setAttribute("aria-pressed", String(on));
					this.invalidate(); // no line leads to what it covers
				},
			},
			"Table",
		);
		this.twins.set(canvas, { twin, table, button });
		return button;
	}
	/** Covered as walk and details are: the free lists name the buddy that a question asks for. */
	drawTwin(twin, table) {
		twin.show("", this.questioned() ?? dataTable(table()));
	}
	/** The table of a canvas: as it is shown, if it is. */
	twinRows(canvas) {
		const { twin, table } = this.twins.get(canvas);
		if (!twin.box.isConnected) return table();
		const [head, ...rows] = shownRows(twin.box);
		return { head, rows };
	}
	walkView(body) {
		const rows = () =>
			[...body.querySelectorAll(".step")].map((s) => [
				s.querySelector("b").textContent,
				s.querySelector(".mono")?.textContent ?? "",
				s.querySelector("code.raw")?.textContent ?? "",
				[...s.querySelectorAll(".flag.on")].map((x) => x.textContent).join(" "),
				s.querySelector(".step-say")?.textContent ?? "",
			]);
		const panel = h(
			"section.view",
			{ "aria-label": "walk", "data-panel": "walk" },
			h(
				"h2",
				{ title: EXPLAIN["Page-table walk"] },
				"Page-table walk",
				h("span.hint", "how the MMU finds the frame"),
				h(
					"span.right",
					saveButton(
						this,
						"Page-table walk",
						() => panel,
						() => ({
							head: ["step", "where", "entry", "flags", "meaning"],
							rows: rows(),
						}),
					),
				),
			),
			body,
		);
		return panel;
	}
	/** The menu that saves the whole page, the timeline, the table or the trace. */
	saveAll() {
		const button = h(
			"button",
			{
				title: "save a picture, a table, the trace",
				"aria-haspopup": "menu",
				onclick: () =>
					openMenu(
						button,
						[
							...saveItems(this, "Whole page", this.root).map(([t, f]) => [
								"Whole page: " + t,
								f,
							]),
							"-",
							...saveItems(
								this,
								"Timeline",
								this.root.querySelector("section.timeline"),
								() => timelineTable(this),
							).map(([t, f]) => ["Timeline: " + t, f]),
							"-",
							["The table below, CSV", () => saveTab(this)],
							["The trace", () => saveTrace(this)],
						],
						"save",
					),
			},
			"Save",
		);
		return button;
	}
	fillHeader() {
		const { trace } = this.model,
			mc = trace.machine,
			{ problems } = trace;
		const ram = mc.ram_bytes ?? trace.frames * 4096,
			checks = this.model.hazards?.checks ?? [],
			[wrong, untold] = differing(checks);
		fill(
			this.el.what,
			h(
				"span",
				`${this.name} · ${mc.cmdline ? mc.cmdline + " · " : ""}${fmt.bytes(Math.round(ram / 1048576) * 1048576)} RAM · ${fmt.count(this.model.complete ? trace.n : Math.max(trace.n, trace.expected))} events`,
			),
			this.model.complete && checks.length
				? h(
						"span",
						{
							title: "the kernel wrote down its own state at these points; the replay was compared with it",
						},
						(wrong
							? ` · ✗ ${wrong} of ${checks.length} snapshots differ`
							: ` · ✓ ${checks.length - untold} snapshots agree`) +
							(untold ? ` · ${untold} of what no event has told` : ""),
					)
				: "",
		);
		const text =
			problems.slice(0, 3).join("; ") +
			(problems.length > 3 ? `; and ${problems.length - 3} more` : "");
		this.alert("alert", text ? text[0].toUpperCase() + text.slice(1) + "." : "");
		this.el.alert.hidden = !problems.length || !this.model.complete;
	}
	/** A line of words above the page, until it is dismissed. */
	alert(spec, text) {
		const box = this.el.alert;
		box.hidden = false;
		box.className = spec.replace(".", " ");
		box.setAttribute("role", "alert");
		fill(
			box,
			text,
			h(
				"button",
				{
					onclick: () => {
						this.el.alert.hidden = true;
					},
				},
				"Dismiss",
			),
		);
	}
	titled() {
		document.title = `${this.name} – pagescope`;
	}
	fillLegend() {
		const { el, model, palette, state } = this,
			by = state.colourBy;
		fill(el.legendVa, addressLegend(palette, model.trace));
		fill(
			el.legend,
			frameLegend({
				by,
				palette,
				model,
				m: by === "site" && model.n ? this.machine() : null,
				a: state.a,
				isolate: state.isolate,
				onIsolate: (id) => {
					state.isolate = state.isolate === id ? null : id;
					this.fillLegend();
					this.invalidate();
				},
				leftOut: (column) => leftOut(this, column),
			}),
		);
	}
	/** A second run, for the tab “Two runs”. */
	async openOther(file, asked = false) {
		const say = (text) => {
			this.otherSays = text;
			this.refreshTab();
		};
		say(`Reading ${file.name}…`);
		// it is kept beside the first, which counts too
		const fits = (header) => {
			const { trace } = this.model,
				need = needs(header) + needs({ ...trace.header, events: trace.n });
			if (asked || need <= allowance()) return true;
			say([
				`${file.name} is big: both runs need${tooMuch(need)}`,
				h("button", { onclick: () => this.openOther(file, true) }, "Load it all the same"),
			]);
			return false;
		};
		const wrong = await wrongFile(file);
		if (wrong) return say(`${file.name} is ${wrong}.`);
		const pieces = await carriedBy(file),
			loader = new Loader(script(), {
				header: fits,
				progress() {},
				failed: (message) => say(`${file.name} cannot be compared: ${message}.`),
				done: (model) => {
					this.other = { model, name: file.name };
					say("");
					this.besideOn();
				},
			});
		if (pieces) loader.pieces(pieces);
		else loader.file(file);
	}
	align() {
		if (this.aligned?.a !== this.model || this.aligned?.b !== this.other.model)
			this.aligned = {
				a: this.model,
				b: this.other.model,
				result: compare(this.model.trace, this.other.model.trace),
			};
		return this.aligned.result;
	}
	/** Both runs in the place of the four views. */
	besideOn() {
		if (!this.other) {
			this.showTab("runs");
			this.toast("open a second run first");
			return;
		}
		this.besideOff();
		this.beside = new Beside(this, this.other, this.align());
		const views = this.root.querySelector(".views");
		views.hidden = true;
		views.before(this.beside.el);
		this.root.classList.add("pair");
		this.redrawText();
	}
	besideOff() {
		if (!this.beside) return;
		this.beside.el.remove();
		this.beside = null;
		this.root.classList.remove("pair");
		const views = this.root.querySelector(".views");
		if (views) views.hidden = false;
		this.redrawText();
	}
	/** Where the other run stands: at what corresponds, or where it was put. */
	there() {
		return this.beside?.there() ?? this.align().toB(this.state.i);
	}
	/** Shows the other run, at the moment that corresponds or at event `at`. */
	swapRuns(at) {
		if (!this.other) {
			this.toast("open a second run first");
			return;
		}
		const i = at ?? this.there(),
			{ other, name, model } = this,
			both = !!this.beside;
		this.besideOff();
		this.other = { model, name };
		this.name = other.name;
		this.open(other.model);
		this.titled();
		this.loadingBox.hidden = true;
		this.tabShown = null;
		this.goto(i);
		if (both) this.besideOn();
	}
	fillTabs() {
		const { tabs, detailTabs } = this.el,
			hz = this.model.hazards?.list ?? [];
		const tab = (id, label, on, fn, controls) =>
			h(
				"button",
				{
					role: "tab",
					"aria-selected": String(on),
					tabIndex: on ? 0 : -1,
					onclick: fn,
					id: "tab-" + id,
					onkeydown: (ev) => {
						const d = { ArrowRight: 1, ArrowLeft: -1 }[ev.key];
						if (!d) return;
						ev.stopPropagation();
						ev.preventDefault();
						const all = [
							...ev.currentTarget.parentElement.querySelectorAll("[role=tab]"),
						];
						const next =
							all[(all.indexOf(ev.currentTarget) + d + all.length) % all.length];
						next.click();
						document.getElementById(next.id)?.focus();
					},
				},
				label,
			);
		fill(
			tabs,
			tabsOf(this.model.trace).map(([id, label]) =>
				tab(
					id,
					id === "hazards" && hz.length ? `${label} (${hz.length})` : label,
					this.state.tab === id,
					() => this.showTab(id),
				),
			),
		);
		this.el.filterNote && fill(this.el.filterNote, this.filterNote());
		fill(
			detailTabs,
			tab("event", "Event", this.state.detail === "event", () => this.showDetail("event")),
			tab("selection", "Selection", this.state.detail === "selection", () =>
				this.showDetail("selection"),
			),
			tab("screen", "On screen", this.state.detail === "screen", () =>
				this.showDetail("screen"),
			),
		);
		fill(
			this.el.following,
			this.state.sel
				? [
						this.state.sel.text,
						h(
							"button",
							{
								onclick: () => this.select(null),
								title: "follow the events again (Esc)",
								"aria-label": "follow the events again",
							},
							"✕",
						),
					]
				: "following the events",
		);
	}
	filterNote() {
		if (!this.state.filter) return "";
		return [
			h("span", `${this.state.filter.words}: ${fmt.count(this.list.length)}`),
			h("button", { onclick: () => this.setFilter(null) }, "✕ all"),
		];
	}
	showTab(id) {
		this.state.tab = id;
		this.fillTabs();
		this.invalidate();
	}
	showDetail(id) {
		if (this.state.detail !== "screen") this.detailBefore = this.state.detail;
		this.state.detail = id;
		this.fillTabs();
		this.invalidate();
	}
	/** Lists the events of what is selected. */
	history() {
		const { sel } = this.state;
		this.setFilter({ words: sel.text, events: sel.touching, sel });
	}
	/**
	 * query: {words, test(i) or events: which are listed, sel: the selection they are those of};
	 * null: all are.
	 */
	setFilter(query) {
		const { trace } = this.model;
		this.state.filter = query;
		this.list.setFilter(query ? (query.events ?? findEvents(trace, query.test)) : null);
		this.state.tab = "events";
		this.fillTabs();
		this.invalidate();
	}

	/* ---- state ---- */

	setTheme(theme) {
		const { style, dataset } = document.documentElement,
			p = (this.palette = palette(theme));
		this.theme = theme;
		dataset.theme = p.dark ? "dark" : "light";
		for (const [name, colour] of Object.entries({ ...p, ...p.group }))
			if (colour.big) style.setProperty("--" + name, colour);
		if (!this.model) return;
		this.timeline.forget();
		this.fillLegend();
		this.redrawText();
	}
	useTheme(theme) {
		this.setTheme(theme);
		store("theme", theme);
	}
	themeButton() {
		return h(
			"button",
			{
				title: "dark or light",
				"aria-label": "dark or light",
				onclick: () => this.useTheme(this.palette.dark ? "light" : "dark"),
			},
			"◐",
		);
	}
	machine() {
		return this.model.at(this.state.i);
	}
	axis() {
		const t = this.model.trace;
		let mode = this.state.axis;
		if ((mode === "story" && t.marks.length < 2) || (mode === "ticks" && t.left.has("t")))
			mode = "events";
		if (!this.axisNow || this.axisNow.mode !== mode || this.axisN !== t.n) {
			this.axisNow = new Axis(t, mode);
			this.axisN = t.n;
		}
		return this.axisNow;
	}
	useAxis(mode) {
		if (mode === "ticks" && this.model.trace.left.has("t"))
			this.toast("the ticks were left out when the trace was loaded: the axis is by event");
		this.noTip();
		this.state.axis = mode;
		$("axis").value = mode;
		this.axisNow = null;
		this.timeline.u0 = 0;
		this.timeline.u1 = 1;
		this.invalidate();
	}
	goto(i, { quiet = false } = {}) {
		const n = this.model.n;
		this.noTip();
		this.state.i = Math.max(0, Math.min(n - 1, Math.round(i)));
		if (!quiet) this.timeline.keepVisible(this.axis().pos(this.state.i + 0.5));
		this.invalidate();
	}
	step(d) {
		this.goto(this.state.i + d);
		this.did("time");
	}
	stepTo(test, d) {
		const { n } = this.model;
		for (let i = this.state.i + d; i >= 0 && i < n; i += d) if (test(i)) return this.goto(i);
		this.toast(d > 0 ? "no later one" : "no earlier one");
	}
	chapter(d) {
		const marks = this.model.trace.chapters(),
			{ i } = this.state;
		const next = d > 0 ? marks.find((m) => m.i > i) : marks.filter((m) => m.i < i).at(-1);
		if (next) this.goto(next.i);
		else if (d < 0) this.goto(0);
		else this.goto(this.model.n - 1);
	}
	/** The next or previous mark of any level. */
	section(d) {
		const { marks } = this.model.trace,
			{ i } = this.state,
			next = d > 0 ? marks.find((m) => m.i > i) : marks.filter((m) => m.i < i).at(-1);
		if (next) this.goto(next.i);
		else this.toast(d > 0 ? "no later heading" : "no earlier heading");
	}
	/** To the next or previous interesting event: see model/interesting.js. */
	interesting(d) {
		const list = interestingEvents(this.model),
			{ i } = this.state,
			next = d > 0 ? list.find((x) => x.i > i) : list.filter((x) => x.i < i).at(-1);
		if (!next) {
			this.toast(d > 0 ? "nothing of interest later" : "nothing of interest earlier");
			return false;
		}
		this.goto(next.i);
		this.toast(next.why);
		return true;
	}
	/** wish: what is to be selected, see model/selection.js; null: nothing. */
	select(wish) {
		this.noTip();
		const { model, state } = this,
			{ trace } = model,
			sel = wish && Selection.of(model, wish, state.i);
		if (sel) {
			if (sel.va !== null) this.virtual.reveal(sel.va);
			if (sel.pfn >= 0 && sel.pfn < trace.frames) this.frames.reveal(sel.pfn);
		}
		if (wish && !sel) return this.toast("there is no such thing at this moment");
		state.sel = sel;
		state.detail = sel ? "selection" : state.detail === "screen" ? "screen" : "event";
		this.fillTabs();
		this.invalidate();
	}
	/** The address the walk shows: the selection's, else what the event speaks of. */
	va() {
		const { sel, i } = this.state;
		if (sel && sel.kind !== "site") return this.selVa();
		const f = this.focus(i);
		let at = f.pages.size ? i : this.lastVa(i, 60);
		// an allocation speaks of its frame's linear address only if no address was spoken of just
		// before
		if (at < 0) at = f.va === null ? this.lastVa(i, 3000, true) : i;
		this.vaAt = at;
		const va = at < 0 ? null : focusOf(this.model.trace, at).va,
			{ opening } = this;
		// the page does not open with a fault, nor with nothing
		if (opening?.i === i && opening.model === this.model && !f.pages.size)
			return opening.va ?? va;
		return va;
	}
	/**
	 * The event that last spoke of an address before i, so that the walk does not go blank between
	 * two of them; -1: none.
	 */
	lastVa(i, reach, linear = false) {
		const id = `${i}:${reach}:${linear}:${this.model.n}`;
		if (this.lastVaId === id) return this.lastVaNow;
		const from = Math.max(0, i - reach, linear ? 0 : this.chapterSpan(i)[0]),
			spoke = (f) => (linear ? f.va !== null : f.pages.size);
		let j = i - 1;
		while (j >= from && !spoke(focusOf(this.model.trace, j))) j--;
		this.lastVaId = id;
		return (this.lastVaNow = j < from ? -1 : j);
	}
	selVa() {
		return this.state.sel.vaAt(this.machine());
	}
	/** What event i speaks of: frames, blocks on lists, pages, an address. */
	focus(i) {
		if (this.focusAt === i && this.focusN === this.model.n) return this.focusNow;
		this.focusAt = i;
		this.focusN = this.model.n;
		return (this.focusNow = focusOf(this.model.trace, i));
	}
	/** [from, to) around event i in which the replay is not known to be right, if it is in one. */
	gap(i) {
		return this.model.hazards.unverified.find(([from, to]) => i >= from && i < to);
	}
	/** Said beside the event number there. */
	doubt(i) {
		const gap = this.gap(i);
		if (gap)
			return h(
				"span.doubt",
				{
					title:
						gap[1] === Infinity
							? "no snapshot of the kernel's has agreed since"
							: `the kernel's snapshots agree again at #${gap[1]}`,
				},
				` unverified after #${fmt.count(Math.max(0, gap[0] - 1))}`,
			);
		return !this.model.trace.end && this.model.complete && i === this.model.n - 1
			? h("span.doubt", " the trace ends here; the state after it is not known")
			: "";
	}
	/**
	 * What covers walk, details and the views' tables, which would tell the answer, while a question
	 * about this moment is open.
	 */
	questioned() {
		const { i } = this.state,
			ls = this.lesson,
			q =
				this.state.tab === "lesson" &&
				ls?.model === this.model &&
				ls.answers[ls.at] === undefined
					? ls.list[ls.at]
					: null;
		return q?.options.length && i >= q.at && i <= (q.reveal ?? q.at)
			? h("div.empty", h("p", "Answer the question first; then this is shown."))
			: null;
	}
	hazardsAt(i) {
		return this.model.hazards.list.filter((x) => x.i === i);
	}

	/* ---- drawing ---- */

	invalidate() {
		if (this.dirty || !this.model) return;
		this.dirty = true;
		requestAnimationFrame(() => {
			if (this.dirty && !this.stepping) this.draw();
		});
	}
	refreshTab() {
		this.typed = this.tabShown = null;
		this.drawTabSoon();
	}
	/** All texts are written anew, whatever was shown. */
	redrawText() {
		this.textKey = this.tabShown = null;
		this.invalidate();
	}
	/** One moment follows the other so quickly that only the pictures are looked at. */
	hasty() {
		return (
			this.dragging ||
			(this.state.playing && (this.state.speed >= 40 || this.state.speed < 0))
		);
	}
	/**
	 * only: the canvas to paint; nothing else, and no text, is drawn then; ahead: of the timeline
	 * only this step, from 1.
	 */
	draw({ text = true, only = null, ahead = 0 } = {}) {
		this.dirty = only ? this.dirty : false;
		if (!this.model?.n || !this.el) return;
		const begun = performance.now(),
			{ state, model, el, palette: p } = this,
			{ trace } = model,
			{ i } = state;
		const m = model.at(i),
			focus = this.focus(i),
			va = this.va(),
			hover = (this.lit = pointedAt(state.hover, model.trace, m, i));
		const sel = state.sel,
			spots = sel?.spots(m) ?? NO_SPOTS;
		const scene = {
			model,
			trace,
			m,
			i,
			palette: p,
			va,
			colourBy: state.colourBy,
			isolate: state.isolate,
			order: state.order,
			marks: { a: state.a, b: state.b },
			eventFrames: eventFrames(m, focus),
			eventBlocks: focus.blocks,
			eventPages: focus.pages,
			selFrames: spots.frames,
			selPages: spots.pages,
			selNow: sel?.during(i) ?? true,
			pairOf: this.pairOf(),
			hoverFrames: hover.frames,
			hoverPages: hover.pages,
		};
		const paint = (canvas, fn) => {
			this.drawers.set(canvas, (ctx, w, h) => {
				const k = scale();
				ctx.scale(k, k);
				fn({ ctx, w: w / k, h: h / k, ratio: 2 });
			});
			if (only && only !== canvas) return;
			const c = context(canvas);
			if (c) fn(c);
		};
		paint(el.timeline, (c) =>
			this.timeline[ahead ? "ahead" : "draw"](
				c.ctx,
				c.w,
				c.h,
				{
					...scene,
					axis: this.axis(),
					ratio: c.ratio,
					hoverX: state.hover?.x ?? null,
					touching: sel?.touching ?? null,
					selSpan: sel?.lives ? sel : null,
					selKey: sel?.link ?? "",
					seriesKey: String(state.order),
					order: state.order,
				},
				ahead === 1,
			),
		);
		if (!only || only === el.virtual) {
			const span = this.chapterSpan(i);
			this.virtual.prepare(scene, span, state.sel || this.vaAt >= span[0] ? va : null);
		}
		if (state.zoomIn && !this.hasty()) this.zoomIn(scene.eventFrames, state.sel);
		else if (state.zoomIn) this.frames.reset();
		paint(el.virtual, (c) => this.virtual.draw(c.ctx, c.w, c.h, scene));
		paint(el.frames, (c) =>
			this.frames.draw(c.ctx, c.w, c.h, { ...scene, ratio: c.ratio, live: c.live }),
		);
		paint(el.buddy, (c) => this.buddy.draw(c.ctx, c.w, c.h, scene));
		this.scene = scene;
		if (only) return;
		this.drawLinks();
		this.lightSteps();
		this.beside?.draw();
		if (text) this.drawText(scene);
		this.rememberSoon();
		this.perf.push(performance.now() - begun);
		if (this.perf.length > 2000) this.perf.splice(0, 1000);
	}
	/**
	 * Colours the frames as those of which nothing is known, as most are at first: while the first
	 * events are being read.
	 */
	colourAhead(model) {
		const { state } = this,
			c = this.model === model && state.colourBy === "owner" ? context(this.el.frames) : null;
		if (c)
			this.frames.prepare(c.w, c.h, {
				model,
				trace: model.trace,
				m: model.seeker.machine,
				i: -1,
				palette: this.palette,
				colourBy: state.colourBy,
				isolate: state.isolate,
				marks: {},
				ratio: c.ratio,
			});
	}
	/** For what is selected: lines from its page to its table entry and on to its frame. */
	drawLinks() {
		const s = this.state.sel,
			at = this.linkPoints,
			wanted = s && at && !this.dragging && !this.lecture.on;
		if (!wanted && !this.linksDrawn) return;
		const c = context(this.el.links);
		if (!c) return;
		this.linksDrawn = wanted;
		c.ctx.clearRect(0, 0, c.w, c.h);
		if (!wanted) return;
		const va = this.selVa(),
			{ palette: p } = this,
			cell = va === null ? null : this.virtual.cellOf(va, at.virtual.h),
			w = va === null ? null : this.machine().walk(va);
		const line = (x0, y0, x1, y1) => {
			const mid = (x0 + x1) / 2;
			for (const [width, colour] of [
				[4, p.panel],
				[1.5, p.accent],
			]) {
				c.ctx.strokeStyle = colour;
				c.ctx.lineWidth = width;
				c.ctx.beginPath();
				c.ctx.moveTo(x0, y0);
				c.ctx.bezierCurveTo(mid, y0, mid, y1, x1, y1);
				c.ctx.stroke();
			}
			c.ctx.fillStyle = p.accent;
			for (const [x, y] of [
				[x0, y0],
				[x1, y1],
			]) {
				c.ctx.beginPath();
				c.ctx.arc(x, y, 2.5, 0, 7);
				c.ctx.fill();
			}
		};
		// a table lies over it, and there is nothing to lead to
		const bare = (canvas) => !canvas.parentElement.querySelector(".twin");
		if (cell && at.entry && bare(this.el.virtual))
			line(
				at.virtual.x + cell.x + cell.w,
				at.virtual.y + cell.y + cell.h / 2,
				at.entry.x,
				at.entry.y,
			);
		const r = w?.ok ? this.frames.rect(w.pa >>> 12) : null;
		if (
			r &&
			at.frame &&
			bare(this.el.frames) &&
			r.x >= 0 &&
			r.y >= 0 &&
			r.x < at.frames.w &&
			r.y < at.frames.h
		)
			line(at.frame.x, at.frame.y, at.frames.x + r.x, at.frames.y + r.h / 2 + r.y);
	}
	/**
	 * Where the ends of the lines are; asks the layout, hence only when the text was drawn anew.
	 */
	measureLinks() {
		const { el } = this;
		this.linkPoints = null;
		if (!this.state.sel) return;
		const base = el.links.getBoundingClientRect(),
			box = (x) => {
				const r = x.getBoundingClientRect();
				return { x: r.left - base.left, y: r.top - base.top, w: r.width, h: r.height };
			};
		const walk = box(el.walk),
			inside = (b) => b && b.y + b.h / 2 > walk.y && b.y + b.h / 2 < walk.y + walk.h;
		const entry = el.walk.querySelector(".step.pte, .step.pde:not(.fault)"),
			last = [...el.walk.querySelectorAll(".step.pte")].at(-1) ?? entry,
			frame = el.walk.querySelector(".step.frame:not(.fault)");
		const e = last && box(last),
			f = frame && box(frame);
		this.linkPoints = {
			virtual: box(el.virtual),
			frames: box(el.frames),
			entry: inside(e) ? { x: e.x, y: e.y + e.h / 2 } : null,
			frame: inside(f) ? { x: f.x + f.w, y: f.y + f.h / 2 } : null,
		};
	}
	/** Zooming or moving the map by hand ends the automatic close-up. */
	freeHand() {
		this.closeUp(false);
	}
	closeUp(on) {
		this.state.zoomIn = on;
		this.el.zoomIn.setAttribute("aria-pressed", String(on));
	}
	/** The frame map stays close to what the event speaks of, so that single blocks can be read. */
	zoomIn(frames, sel) {
		const pfn = sel?.pfn >= 0 ? sel.pfn : frames[0]?.pfn,
			[w, h] = viewSize(this.el.frames);
		if (pfn === undefined || w < 2) return;
		this.frames.layout(this.model.trace, w, h); // its size may be another since it was drawn
		const want = Math.max(4.2, Math.min(15, (this.frames.w - 16) / 33));
		this.frames.zoom = Math.max(1, want / this.frames.fit);
		this.frames.clamp();
		this.frames.reveal(pfn);
	}
	/** Events [from, to) of the chapter i is in: what the virtual view lays out. */
	chapterSpan(i, { trace } = this.model) {
		const list = trace.chapters(),
			at = list.findIndex((c, x) => c.i <= i && (x + 1 === list.length || list[x + 1].i > i));
		return at < 0 ? [0, trace.n] : [list[at].i, list[at + 1]?.i ?? trace.n];
	}
	/** The frame whose pairs' bits are shown: the selected one, else the event's. */
	pairOf() {
		const { sel, i } = this.state,
			pfn = sel ? sel.pfn : this.focus(i).frames[0]?.pfn;
		return pfn >= 0 ? pfn : undefined;
	}
	/**
	 * Outlines the steps of a walk that what is pointed at elsewhere passes through, and the entry
	 * that is selected.
	 */
	lightSteps(walk = this.el.walk, { frames, pages } = this.lit, va = this.scene.va) {
		const { hover, sel } = this.state,
			on = !hover?.step && (pages.size > 0 || frames.length > 0),
			entry = sel?.kind === "entry";
		va ??= -1;
		if (!on && !entry && !walk.querySelector(".lit, .picked")) return;
		for (const step of walk.children) {
			const { pfn, of } = step.dataset;
			step.classList.toggle(
				"picked",
				entry &&
					step.dataset.entry === sel.level &&
					step.matches(".other-dir") ===
						(sel.level === "pde" && sel.pgd !== this.scene.m.curPgd),
			);
			step.classList.toggle(
				"lit",
				on &&
					((of &&
						(pages.has(va >>> 12) || (of === "22" && hover.va >>> 22 === va >>> 22))) ||
						frames.some((f) => pfn >= f.pfn && pfn < f.pfn + 2 ** f.order)),
			);
		}
	}
	/** What it told of is no longer under the pointer, or no longer so. */
	noTip() {
		this.el.tip.hidden = true;
	}
	/** Something is pointed at, or focused, that is no canvas. */
	point(hv) {
		this.state.hover = hv;
		this.noTip();
		this.invalidate();
	}
	/** panels: false where they follow. */
	drawText(scene, panels = true) {
		const { el, model, state } = this,
			{ trace } = model,
			{ i } = state;
		const hz = trace.left.has("t") ? 0 : trace.clock.hz,
			t = trace.t[i];
		const zoom = this.twins.get(el.timeline).twin.box.isConnected
			? [this.timeline.u0, this.timeline.u1, state.axis, state.order]
			: "";
		const key = [
			zoom,
			this.virtual.band,
			this.virtual.slot,
			i,
			model.complete ? model.n : -1,
			state.sel?.link,
			state.a,
			state.b,
			state.tab,
			state.detail,
			this.palette.line,
			model.complete,
		].join();
		if (key === this.textKey && this.textModel === model) return;
		const told = this.liveAt === i && this.textModel === model;
		this.liveAt = i;
		this.textModel = model;
		this.textKey = key;
		fill(
			el.where,
			h("b", `#${fmt.count(i)}`),
			this.doubt(i),
			h("span.dim", ` of ${fmt.count(trace.n - 1)}`),
			h("br"),
			h(
				"span.dim",
				hz
					? `${fmt.duration(t - trace.t[0], hz)} · tick ${fmt.count(t)}`
					: fmt.tick(trace, i),
				state.a !== null && state.b !== null
					? ` · A→B ${fmt.count(Math.abs(state.b - state.a))} events${trace.left.has("t") ? "" : `, ${fmt.count(Math.abs(trace.t[state.b] - trace.t[state.a]))} ticks`}`
					: "",
			),
		);
		const chapter = trace.chapterAt(i),
			mark = trace.marks[trace.markAt(i)] ?? chapter,
			step = trace.stepAt(i),
			sentence = narrate(trace, i);
		const section =
			mark && mark !== chapter && mark.i >= (chapter?.i ?? 0) && mark.msg !== chapter?.msg
				? mark
				: null;
		fill(
			el.chapter,
			chapter ? h("b", chapter.msg) : "",
			section ? [" › ", h("b", section.msg)] : "",
			step && mark && step.i > mark.i
				? ["  ", h("code", step.text)]
				: mark?.text
					? ` — ${mark.text}`
					: "",
		);
		el.chapter.title =
			el.chapter.textContent +
			(step && mark && step.i > mark.i && mark.text ? "\n\n" + mark.text : "");
		fill(el.sentence, sentence);
		el.sentence.title = sentence;
		if (!told) this.say(`Event ${i}. ${sentence}`, 250);
		if (!panels) return;
		// While time is dragged the panels of text follow at a slower pace than the pictures, and
		// in tasks of their own.
		const since = performance.now() - this.textDrawn;
		if (since >= 70 && !this.hasty()) this.drawPanels();
		else this.panelTimer ??= setTimeout(() => this.layPanels(), Math.max(0, 75 - since));
	}
	/**
	 * In a task of its own, styles and layout included: the next picture's first letter would have
	 * to wait for them.
	 */
	layPanels() {
		this.drawPanels();
		this.layOut();
	}
	layOut() {
		this.el?.details.getBoundingClientRect();
	}
	drawPanels() {
		clearTimeout(this.panelTimer);
		this.panelTimer = null;
		if (!this.model?.n || !this.el) return;
		this.textDrawn = performance.now();
		const { el, model, state } = this,
			{ trace } = model,
			{ i } = state,
			m = model.at(i),
			scene = { va: this.va(), m, trace };
		const asked = this.questioned();
		fillWalk(
			el.walk,
			{
				model,
				i,
				va: scene.va,
				goto: (x) => {
					this.goto(x);
					this.did("walk");
				},
				...cards(this),
			},
			asked,
		);
		this.lightSteps();
		const ds = {
			model,
			i,
			va: scene.va,
			sel: state.sel,
			goto: (x) => this.goto(x),
			select: (s) => this.select(s),
			copy: (x) => {
				this.copy(x);
				this.did("copy");
			},
			...cards(this),
			hide: this.lecture.hides(i),
			reveal: () => this.lecture.reveal(),
			leftOut: (col) => leftOut(this, col),
			hazardsAt: (x) => this.hazardsAt(x),
			chapter: (d) => this.chapter(d),
			section: (d) => this.section(d),
		};
		fill(
			el.details,
			this.gap(i)
				? h(
						"p.hazard.unsure",
						`Events were lost before #${fmt.count(this.gap(i)[0])}: what they told is unknown until an event or a snapshot tells it.`,
					)
				: "",
			asked
				? this.questioned()
				: state.detail === "selection"
					? selectionPanel(this, ds)
					: state.detail === "screen"
						? ((seen) =>
								explain(model, i, ds.va).map((s) =>
									h("p.story-text", withTerms(this, s, seen)),
								))(new Set())
						: renderDetails(ds),
		);
		const events = state.tab === "events";
		this.measureLinks();
		this.drawLinks();
		$("events-body").hidden = !events;
		el.tabBody.hidden = events;
		if (events) {
			this.tables.el.hidden = true;
			this.list.show(i);
		} else this.drawTabSoon();
		this.describe(scene);
		dropCard();
		if (state.colourBy === "site") this.fillLegend();
	}
	drawTabSoon() {
		clearTimeout(this.tabTimer);
		this.tabTimer = 0;
		const run = () => {
			this.tabTimer = 0;
			if (this.state.tab !== "events" && !this.typed?.isConnected)
				this.tables.show(this.state.tab, renderTab(this.state.tab, this));
		};
		if (this.tabShown !== this.state.tab) {
			this.tabShown = this.state.tab;
			run();
		} else this.tabTimer = setTimeout(run, 120);
	}
	/**
	 * Has a screen reader say where the keys have led to: now, or after so many ms if nothing else
	 * is to be said by then.
	 */
	say(words, ms = 0) {
		clearTimeout(this.liveTimer);
		const { live } = this.el,
			run = () => {
				this.liveTimer = 0;
				live.textContent = words;
			};
		if (ms) this.liveTimer = setTimeout(run, ms);
		else run();
	}
	/** What of this moment is not shown yet; while it plays that is not asked. */
	pending() {
		const waits = {
			pictures: this.dirty || this.stepping,
			panels: this.panelTimer,
			tab: this.tabTimer,
			words: this.liveTimer,
			address: this.hashTimer,
		};
		return this.state.playing ? [] : Object.keys(waits).filter((name) => waits[name]);
	}
	/** What a screen reader hears of the canvases. */
	describe({ m, trace }) {
		const { el } = this;
		el.timeline.setAttribute(
			"aria-label",
			`timeline: event ${this.state.i} of ${trace.n}, ${trace.chapters().length} chapters`,
		);
		el.virtual.setAttribute(
			"aria-label",
			`linear addresses: ${trace.hasRegion("vmalloc") ? `${m.areas.length} vmalloc areas, ${m.vmPages} pages mapped; ` : ""}${this.virtual.shown.name}: ${this.virtual.level}`,
		);
		el.frames.setAttribute(
			"aria-label",
			`physical frames: ${trace.zones.map((z) => `${z.name} ${m.zoneFree[z.id]} of ${z.n} free`).join(", ")}`,
		);
		el.buddy.setAttribute(
			"aria-label",
			trace.single
				? `free list: ${trace.zones.map((z) => `${z.name} ${fmt.plural(m.zoneFree[z.id], "frame")}`).join(", ")}`
				: `free lists: ${trace.zones.map((z) => `${z.name} largest block order ${m.largest(z.id)}`).join(", ")}`,
		);
		for (const { twin, table } of this.twins.values()) {
			if (twin.box.isConnected) {
				const y = twin.box.scrollTop;
				this.drawTwin(twin, table);
				twin.box.scrollTop = y;
			}
		}
	}

	/* ---- pointer ---- */

	installPointer() {
		const { el } = this;
		const at = (e) => [e.offsetX / scale(), e.offsetY / scale()];
		const tl = el.timeline;
		let before = [null, null];
		let mode = null,
			lastX = 0,
			rightX = null;
		tl.addEventListener("pointerdown", (e) => {
			tl.setPointerCapture(e.pointerId);
			const [x, y] = at(e);
			lastX = x;
			if (y < Timeline.CHAPTERS && x > Timeline.LEFT && !e.shiftKey) {
				const c = this.timeline
					.chapters({ model: this.model, axis: this.axis() })
					.find((q) => x >= q.x0 && x < q.x1);
				if (c) this.goto(c.i);
				mode = null;
				return;
			}
			this.dragging = true;
			mode = e.shiftKey
				? "pan"
				: e.altKey || e.button === 2 || this.state.ranging
					? "range"
					: "scrub";
			rightX = e.button === 2 ? x : null;
			if (mode === "range") {
				before = [this.state.a, this.state.b];
				this.state.a = this.state.b = this.timeline.eventAt(x, this.axis());
			}
			if (mode === "scrub") this.goto(this.timeline.eventAt(x, this.axis()), { quiet: true });
			this.invalidate();
		});
		tl.addEventListener("pointermove", (e) => {
			const [x] = at(e);
			if (mode === "scrub") this.goto(this.timeline.eventAt(x, this.axis()), { quiet: true });
			else if (mode === "pan") {
				this.timeline.pan(x - lastX);
				this.invalidate();
			} else if (mode === "range") {
				this.state.b = this.timeline.eventAt(x, this.axis());
				this.invalidate();
			}
			lastX = x;
			this.timelineTip(e, x, at(e)[1]);
		});
		const done = (e) => {
			if (rightX !== null && e?.type === "pointerup" && Math.abs(at(e)[0] - rightX) < 4) {
				contextMenu(
					this,
					{ i: this.timeline.eventAt(rightX, this.axis()) },
					{ x: e.clientX, y: e.clientY },
				);
				[this.state.a, this.state.b] = before;
				mode = null;
			}
			rightX = null;
			if (mode === "range") {
				// an area chosen: its statistics
				const s = this.state;
				if (s.b < s.a) [s.a, s.b] = [s.b, s.a];
				if (s.a === s.b) [s.a, s.b] = before;
				else {
					this.range(false);
					this.showTab("diff");
				}
			}
			if (mode === "scrub") this.did("time");
			mode = null;
			this.dragging = false;
			this.invalidate();
		};
		tl.addEventListener("pointerup", done);
		tl.addEventListener("pointercancel", done);
		tl.addEventListener("contextmenu", (e) => {
			e.preventDefault();
			if (e.button !== 2) contextMenu(this, { i: this.state.i }, this.el.where);
		});
		tl.addEventListener("pointerleave", () => this.hoverNone());
		tl.addEventListener("dblclick", (e) => {
			// closer to that moment; seen close already: all of it again
			const t = this.timeline,
				[x] = at(e);
			if (t.u1 - t.u0 < 0.3) {
				t.u0 = 0;
				t.u1 = 1;
			} else t.zoomAt(x, 0.12);
			this.invalidate();
		});
		tl.addEventListener(
			"wheel",
			(e) => {
				e.preventDefault();
				if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY))
					this.timeline.pan(-(e.deltaX || e.deltaY));
				else this.timeline.zoomAt(at(e)[0], 1.0015 ** e.deltaY);
				this.invalidate();
			},
			{ passive: false },
		);

		this.pointWalk(
			el.walk,
			() => this.va(),
			() => this.machine(),
		);
		el.walk.addEventListener("contextmenu", (e) => {
			const s = e.target.closest(".step");
			if (!s) return;
			e.preventDefault();
			const pfn = Number(s.dataset.pfn ?? -1);
			this.hoverNone();
			contextMenu(
				this,
				pfn < 0 || s.matches(".pte") ? { va: this.va() } : { pfn },
				e.button === 2 ? { x: e.clientX, y: e.clientY } : s,
			);
		});

		this.interactive(el.frames, {
			hit: (x, y) => {
				const pfn = this.frames.hit(x, y);
				return pfn >= 0
					? { pfn, tip: () => frameTip(this.model, this.state.i, pfn) }
					: null;
			},
			click: (hv) => {
				this.select({ kind: "frame", pfn: hv.pfn });
				this.did("frame");
			},
			context: (hv) => ({ pfn: hv.pfn }),
			elsewhere: (x, y) => {
				if (this.frames.jump(x, y)) {
					this.freeHand();
					this.invalidate();
				}
			},
			drag: (dx, dy) => {
				this.freeHand();
				this.frames.pan(dx, dy);
			},
			wheel: (e) => {
				this.freeHand();
				this.frames.zoomAt(...at(e), 1.0018 ** -e.deltaY);
			},
			dbl: (hv, e) => {
				this.freeHand();
				if (this.frames.zoom > 1.5) this.frames.reset();
				else {
					this.frames.zoomAt(...at(e), 15 / this.frames.cell());
				}
			},
		});
		this.interactive(el.virtual, {
			hit: (x, y) => {
				const r = this.virtual.hit(x, y);
				return r
					? {
							...r,
							tip: () =>
								r.back
									? ["One level out (Esc)"]
									: r.band
										? [
												`${r.band.name}: ${r.band.range}, ${fmt.bytes(r.band.to - r.band.from)}. ${r.band.what}.`,
											]
										: pageTip(this.model, this.state.i, r.va),
						}
					: null;
			},
			click: (hv) => {
				if (this.virtual.press(hv)) this.invalidate();
				else {
					this.select({ kind: "va", va: hv.va });
					this.did("va");
				}
			},
			context: (hv) => hv,
			key: () => {
				const band = this.virtual.shown,
					va = this.state.sel?.va;
				return va >= band.from && va < band.to ? null : { band };
			},
			dbl: (hv, e) => {
				if (hv?.va >= 0) this.virtual.toggle(...at(e));
			},
			wheel: (e) => this.virtual.wheel(e, ...at(e)),
		});
		this.interactive(el.buddy, {
			hit: (x, y) => {
				const b = this.buddy.hit(x, y);
				return !b
					? null
					: b.bit !== undefined
						? {
								bit: b,
								tip: () => [
									`Bit of the pair of order-${b.pairOrder} buddies that frame ${fmt.hex(b.pairFrame)} lies in: ${b.bit}. ${b.bit ? "One of the two is free and listed: when the other comes back, they merge." : "Both are in use or split, or both are part of a larger free block."}`,
								],
							}
						: b.row !== undefined
							? {
									row: b.row,
									tip: () => [
										`Order ${b.row}: blocks of ${fmt.orderSize(b.row)}. Click to see on the timeline when one could be had.`,
									],
								}
							: {
									pfn: b.pfn,
									order: b.order,
									tip: () => [
										this.model.trace.single
											? `Free frame ${fmt.hex(b.pfn)}.`
											: `Free block of ${fmt.orderSize(b.order)} (order ${b.order}) at frame ${fmt.hex(b.pfn)}. Its buddy is ${fmt.hex(this.buddyOf(b))}.`,
									],
								};
			},
			click: (hv) => {
				if (hv.bit) this.toast(hv.tip()[0]);
				else if (hv.row !== undefined) {
					this.state.order = hv.row;
					this.toast(
						`the timeline now shows when a block of order ${hv.row} (${fmt.orderSize(hv.row)}) could be had`,
					);
					this.invalidate();
				} else {
					this.select({ kind: "block", pfn: hv.pfn, order: hv.order });
					this.did("block");
				}
			},
			context: (hv) => (hv.pfn !== undefined ? { pfn: hv.pfn } : null),
			key: () => this.buddy.here,
			dbl: (hv) => {
				if (hv?.pfn !== undefined) {
					this.closeUp(true);
					this.select({ kind: "frame", pfn: hv.pfn });
				}
			},
			wheel: (e) => {
				this.buddy.scroll += e.deltaY;
			},
		});
	}
	/** The timeline from the first to the last event of the selection. */
	showEvents() {
		const t = this.state.sel?.touching;
		if (!t) this.toast(NONE_YET);
		else if (t.length) {
			this.timeline.show(this.axis().pos(t[0]), this.axis().pos(t[t.length - 1] + 1));
			this.invalidate();
		}
	}
	/**
	 * A step of a walk lights what it leads to, and the page whose walk it is; a click or Enter
	 * selects its entry, or its frame. va() and m(): of the walk.
	 */
	pointWalk(walk, va, m) {
		const step = (e) => e.target.closest(".step"),
			over = (e) => {
				const s = step(e);
				this.point(
					s
						? {
								step: true,
								pfn: Number(s.dataset.pfn ?? -1),
								large: s.matches(".pde") && !walk.querySelector(".pte"),
								page: va() ?? -1,
							}
						: null,
				);
			};
		const choose = (e) => {
			const s = step(e),
				{ entry, pfn } = s?.dataset ?? {},
				{ refPgd, curPgd, pageOffset } = m();
			if (!s || e.target.closest("button") || String(getSelection())) return;
			if (entry)
				this.select({
					kind: "entry",
					va: va(),
					level: entry,
					pgd:
						s.matches(".other-dir") || (entry === "pte" && va() >= pageOffset)
							? refPgd
							: curPgd,
				});
			else if (pfn) this.select({ kind: "frame", pfn: +pfn });
		};
		for (const type of ["pointerover", "focusin"]) walk.addEventListener(type, over);
		for (const type of ["pointerleave", "focusout"])
			walk.addEventListener(type, () => this.hoverNone());
		walk.addEventListener("click", choose);
		walk.addEventListener("keydown", (e) => {
			if (e.key === "Enter") choose(e);
		});
	}
	buddyOf(b) {
		const z = this.model.trace.zoneOf(b.pfn),
			base = z ? z.start : 0;
		return base + ((b.pfn - base) ^ (1 << b.order));
	}
	interactive(canvas, { hit: hitAt, click, drag, wheel, dbl, elsewhere, context: about, key }) {
		const hit = (x, y) => hitAt(x / scale(), y / scale());
		let down = null,
			moved = false;
		canvas.addEventListener("pointerdown", (e) => {
			if (e.button) return;
			down = [e.offsetX, e.offsetY];
			moved = false;
			canvas.setPointerCapture(e.pointerId);
		});
		canvas.addEventListener("pointermove", (e) => {
			if (down && drag && e.buttons) {
				const dx = e.offsetX - down[0],
					dy = e.offsetY - down[1];
				if (moved || Math.hypot(dx, dy) > 4) {
					moved = true;
					drag(dx / scale(), dy / scale());
					down = [e.offsetX, e.offsetY];
					this.invalidate();
					return;
				}
			}
			const hv = hit(e.offsetX, e.offsetY);
			this.state.hover = hv;
			if (hv) this.showTip(e, hv.tip());
			else this.el.tip.hidden = true;
			this.invalidate();
		});
		canvas.addEventListener("pointerup", (e) => {
			if (down && !moved) {
				const hv = hit(e.offsetX, e.offsetY);
				if (hv) click(hv, e);
				else elsewhere?.(e.offsetX / scale(), e.offsetY / scale());
			}
			down = null;
		});
		canvas.addEventListener("pointerleave", () => this.hoverNone());
		canvas.addEventListener("contextmenu", (e) => {
			e.preventDefault();
			const { sel, i } = this.state,
				hv = e.button === 2 ? hit(e.offsetX, e.offsetY) : null;
			const target =
				e.button === 2
					? hv && about?.(hv)
					: (key?.() ??
						(sel?.kind === "va" ? { va: sel.va } : sel ? { pfn: sel.pfn } : { i }));
			if (target) {
				this.el.tip.hidden = true;
				contextMenu(
					this,
					target,
					e.button === 2
						? { x: e.clientX, y: e.clientY }
						: canvas.closest("section").querySelector("h2"),
				);
			}
		});
		if (dbl)
			canvas.addEventListener("dblclick", (e) => {
				dbl(hit(e.offsetX, e.offsetY), e);
				this.invalidate();
			});
		if (wheel)
			canvas.addEventListener(
				"wheel",
				(e) => {
					e.preventDefault();
					wheel(e);
					this.invalidate();
				},
				{ passive: false },
			);
	}
	hoverNone() {
		this.point(null);
	}
	showTip(e, content) {
		const { tip } = this.el;
		fill(tip, content);
		tip.hidden = false;
		const w = tip.offsetWidth,
			hh = tip.offsetHeight;
		tip.style.left = Math.max(4, Math.min(innerWidth - w - 6, e.clientX + 14)) + "px";
		tip.style.top =
			(e.clientY + 18 + hh > innerHeight ? e.clientY - hh - 12 : e.clientY + 18) + "px";
	}
	timelineTip(e, x, y) {
		if (x < Timeline.LEFT) {
			this.hoverNone();
			return;
		}
		const { trace, lod } = this.model,
			i = this.timeline.eventAt(x, this.axis());
		this.state.hover = { x };
		const later = this.lecture.later(i),
			hz = this.model.hazards.list
				.filter(
					(q) =>
						!this.lecture.later(q.i) &&
						Math.abs(this.timeline.x(this.axis().pos(q.i + 0.5)) - x) < 5,
				)
				.slice(0, 3);
		const v = lod.valueAt(i),
			mark = trace.chapterAt(i),
			{ order } = this.state,
			share = (z) => `${Math.round(100 * lod.unusable(i, z.id, order))} %`;
		// what the column of pixels under the pointer stands for, by kind: its key, too
		const G = lod.groups,
			axis = this.axis(),
			from = lod.countBefore(axis.event(this.timeline.u(x - 0.5)), new Uint32Array(G)),
			to = lod.countBefore(
				Math.max(i + 1, axis.event(this.timeline.u(x + 0.5))),
				new Uint32Array(G),
			);
		const kinds = GROUPS.map((name, g) => [name, to[g] - from[g]]).filter(([, n]) => n > 0);
		this.showTip(e, [
			h("b", `#${fmt.count(i)}`),
			mark ? ` ${mark.msg}` : "",
			h("br"),
			later
				? h("span.dim", "kept back")
				: [
						narrate(trace, i),
						h("br"),
						h(
							"span.dim",
							trace.zones
								.map((z) => `${z.name} ${fmt.count(v[z.id])} free`)
								.join(" · ") +
								(trace.hasRegion("vmalloc")
									? ` · vmalloc ${fmt.count(v[trace.nrZones])} pages`
									: ""),
						),
						h("br"),
						!trace.single &&
							h(
								"span.dim",
								`free but useless for order ${order}: ${trace.zones.map((z) => `${z.name} ${share(z)}`).join(" · ")}`,
							),
						h("br"),
						kinds.map(([name, n]) => [
							h("i.swatch", { style: { background: this.palette.group[name] } }),
							` ${name === "buddy" && trace.single ? "pages" : name} ${fmt.count(n)}  `,
						]),
					],
			hz.map((q) => [h("br"), h("b", `⚠ ${q.rule}: `), q.text]),
		]);
		this.invalidate();
	}

	/* ---- the rest ---- */

	togglePlay() {
		if (this.state.playing) this.stopPlaying();
		else this.play();
	}
	play() {
		this.state.playing = true;
		this.el.play.textContent = "❚❚";
		this.el.play.setAttribute("aria-label", "pause");
		const { trace } = this.model,
			at = this.state.i,
			span = trace.t1 - trace.t0;
		let last = performance.now(),
			owed = 0,
			clock = trace.t[at];
		if (this.state.speed < 0 && !(span > 0)) {
			this.toast("this trace has no ticks to play by");
			return this.stopPlaying();
		}
		const tick = (now) => {
			if (!this.state.playing) return;
			if (!this.state.speed) {
				// from one interesting event to the next
				if (now - last > 1800 && ((last = now), !this.interesting(1)))
					return this.stopPlaying();
				requestAnimationFrame(tick);
				return;
			}
			if (this.state.speed < 0) {
				// from where it is now: it may have been moved
				const { i } = this.state;
				clock =
					Math.max(
						clock < trace.t[i] ||
							clock > trace.t[Math.min(i + 1, trace.n - 1)] + span / 60
							? trace.t[i]
							: clock,
						trace.t[0],
					) +
					((now - last) / 60000) * span;
				last = now;
				const next = trace.atTick(clock);
				if (next > i) this.goto(next);
				if (next >= trace.n - 1) return this.stopPlaying();
				requestAnimationFrame(tick);
				return;
			}
			owed += ((now - last) / 1000) * this.state.speed;
			last = now;
			const n = Math.floor(owed);
			if (n) {
				owed -= n;
				this.goto(this.state.i + n);
			}
			if (this.state.i >= this.model.n - 1) return this.stopPlaying();
			requestAnimationFrame(tick);
		};
		requestAnimationFrame(tick);
	}
	stopPlaying() {
		this.state.playing = false;
		if (this.el?.play) {
			this.el.play.textContent = "▶";
			this.el.play.setAttribute("aria-label", "play");
		}
	}
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
		this.marked();
	}
	/** Sets one marker; A comes before B. */
	mark(which, i) {
		const s = this.state;
		s[which] = i;
		if (which === "b" && s.a === null) s.a = 0;
		if (s.a !== null && s.b !== null && s.b < s.a) [s.a, s.b] = [s.b, s.a];
		this.marked();
	}
	/** The next drag along the timeline chooses a stretch instead of moving time. */
	range(on) {
		this.state.ranging = on;
		this.el.range.setAttribute("aria-pressed", String(on));
		if (on) this.toast("drag along the timeline: the stretch from A to B");
	}
	/** The box is there at once: what is typed after N is the note, not so many commands. */
	noteHere() {
		this.showTab("notes");
		this.draw();
		this.drawPanels();
		clearTimeout(this.tabTimer); // nothing fills the tab anew under the cursor
		this.tabTimer = 0;
		this.tables.show("notes", renderTab("notes", this));
		this.el.tabBody.querySelector("input").focus();
	}
	/** Tells the tour what was done. */
	did(what) {
		this.tour?.did(what);
	}
	startTour() {
		this.tour?.end();
		this.lecture.leave();
		this.besideOff();
		this.tour = new Tour(this);
	}
	tourDone() {
		this.tour = null;
		store("tour", "done");
	}
	colour(by) {
		this.state.colourBy = this.el.colourBy.value = by;
		this.fillLegend();
		this.invalidate();
	}
	clearMarkers() {
		this.state.a = this.state.b = null;
		this.marked();
	}
	/** What tells of the markers: the picture, the link, the key of the colours. */
	marked() {
		this.fillLegend();
		this.invalidate();
	}
	escape() {
		const open = [...this.twins.values()].find(({ twin }) => twin.box.isConnected);
		if (closeMenu() || closeCard() || this.search.close()) return;
		if (open) {
			open.button.click();
			return;
		}
		if (this.state.playing) this.stopPlaying();
		else if (this.state.sel) this.select(null);
		else {
			if (!this.virtual.out()) this.frames.reset();
			this.invalidate();
		}
	}
	/* Notes are kept by the browser, for this trace only. */
	notesKey() {
		return `notes.${this.traceId()}`;
	}
	notes() {
		try {
			const l = JSON.parse(stored(this.notesKey(), "[]"));
			return Array.isArray(l)
				? l.filter(
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
	addNote(text) {
		store(
			this.notesKey(),
			JSON.stringify([...this.notes(), { i: this.state.i, text }].sort((a, b) => a.i - b.i)),
		);
	}
	removeNote(note) {
		store(
			this.notesKey(),
			JSON.stringify(this.notes().filter((x) => x.i !== note.i || x.text !== note.text)),
		);
	}
	download(name, data, type) {
		const url = URL.createObjectURL(data instanceof Blob ? data : new Blob([data], { type })),
			a = h("a", { href: url, download: name });
		document.body.append(a);
		a.click();
		a.remove();
		setTimeout(() => URL.revokeObjectURL(url), 10000);
	}
	toast(text) {
		document.querySelector(".toast:not(.saving)")?.remove();
		const t = h("div.toast", { role: "status" }, text);
		document.body.append(t);
		setTimeout(() => t.remove(), 2200);
	}
	async copy(text) {
		try {
			await navigator.clipboard.writeText(text);
		} catch {
			const area = h("textarea", text);
			document.body.append(area);
			area.select();
			document.execCommand("copy");
			area.remove();
		}
		this.toast("copied");
	}
	help() {
		const d = h(
			"dialog",
			{ "aria-label": "keys" },
			h("h2", "Keys"),
			keyHelp(),
			h("p", h("button", { onclick: () => d.close(), autofocus: true }, "Close")),
		);
		document.body.append(d);
		d.addEventListener("close", () => d.remove());
		d.showModal();
	}
	rememberSoon() {
		clearTimeout(this.hashTimer);
		this.hashTimer = setTimeout(() => {
			this.hashTimer = 0;
			if (!this.model?.complete) return;
			const link = "#" + this.permalink();
			try {
				if (location.hash !== link) history.replaceState(null, "", link);
				this.linked = location.hash;
			} catch {
				/* not allowed here */
			}
		}, 400);
	}
	/** A short name of the loaded trace: 12 hex digits over its header and its length. */
	traceId() {
		const t = this.model.trace;
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
		return (this.id =
			(a >>> 0).toString(16).padStart(8, "0") + (b >>> 16).toString(16).padStart(4, "0"));
	}
	permalink() {
		return linkOf(this);
	}
}
