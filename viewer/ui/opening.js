// SPDX-License-Identifier: MIT
/*
 * opening.js - opens a trace: from the file to the picture, with what is said meanwhile.
 *
 * The first picture is drawn as soon as some events are there; what it does not wait for
 * follows in tasks of its own, so that none keeps the page from answering.
 */
import { h, fill, $ } from "./dom.js";
import { Loader, prewarm } from "../load/loader.js";
import { themeButton } from "./layout.js";
import { needs, allowance, partForm } from "./part.js";
import { follow } from "./link.js";
import { kept } from "./kept.js";
import { acceptDrops, carriedBy, demoTrace, script } from "./source.js";
import { fatal, firstAddress, firstEvent } from "./start.js";
import { reading, tooBig, welcome } from "./welcome.js";
import { folders, wrongFile, wrongFolder } from "./wrongfile.js";
import * as fmt from "../model/format.js";

const READING = 100, // ms until a reading that shows no picture yet is spoken of
	TELL = 100, // ms between two words on how far the reading is
	REDRAW = 500; // ms, at least, between two pictures of what is being read

/**
 * @typedef {import("./app.js").App} App
 * @typedef {{range?: any, kept?: any, asked?: boolean}} Options range {from, to}: only these
 *	events; kept {every, left}: without some of what is kept of them; asked: however much memory
 *	it takes
 * @typedef {Options & {again?: (options: Options) => void}} Begin again: reads it once more
 */

export class Opening {
	/** @param {App} app */
	constructor(app) {
		this.app = app;
		this.store = app.store;
		this.front = h("div.front"); // what is seen as long as there is no picture
		this.box = h("div.loading"); // how far the reading is, beside the timeline
		this.text = h("span");
		this.bar = h("i");
		/** @type {any} */
		this.loader = null;
		/** @type {any} ms from the start to what has happened */
		this.timings = null;
		this.drawn = 0; // when the events read so far were drawn, and told of
		this.told = 0;
		this.total = 0;
		/** @type {any} */
		this.header = null;
		/** @type {{file?: File, pieces?: string[]} | null} to save the trace */
		this.source = null;
		/** @type {(() => void) | null} what is done once the trace is shown */
		this.then = null;
		this.readingTimer = 0;
		app.root.before(this.front);
		this.cover();
		acceptDrops((files, dirs) => this.files(files, dirs), folders);
	}
	/**
	 * Shows this in place of the page, which stays behind it, to be laid out and drawn.
	 * @param {...any} content
	 */
	cover(...content) {
		fill(this.front, ...content);
		this.behind(true);
		this.app.root.inert = true;
	}
	uncover() {
		if (this.front.hidden) return;
		clearTimeout(this.readingTimer);
		this.behind(false);
		fill(this.front);
	}
	/** @param {boolean} on */
	behind(on) {
		this.front.hidden = !on;
		this.app.root.classList.toggle("behind", on);
	}
	/** The box that tells how far the reading is, for a page built anew. */
	renew() {
		this.text = h("span");
		this.bar = h("i");
		this.box = h("div.loading", this.text);
	}
	/** An input that picks files to open. */
	input() {
		const input = h("input", {
			type: "file",
			accept: ".jsonl,.gz,.html",
			multiple: true,
			hidden: true,
			onchange: () => {
				if (input.files?.length) this.files([...input.files]);
			},
		});
		return input;
	}
	/**
	 * The empty page; message: why a trace is not shown.
	 * @param {any} [message]
	 */
	welcome(message) {
		const { app } = this;
		app.player.stop();
		clearTimeout(this.readingTimer);
		this.store.model = /** @type {any} */ (null);
		prewarm(script());
		setTimeout(() => {
			if (!this.loader) app.ahead();
		}); // once the welcome is on the screen
		app.files = this.input();
		this.cover(
			welcome({
				message,
				hash: location.hash,
				theme: themeButton(app),
				input: app.files,
				demo: demoTrace() ? (chapter) => this.demo(chapter) : null,
			}),
		);
	}
	/**
	 * Opens what was dropped or picked: a trace, or two as two runs. Of every other file it is said
	 * what it is and what to do with it.
	 * @param {File[]} files
	 * @param {string[]} dirs names of folders
	 */
	async files(files, dirs = []) {
		/** @type {File[]} */
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
		if (!first) {
			this.refuse(said);
			return;
		}
		this.file(first);
		if (second || said.length)
			this.then = () => {
				if (second) {
					this.store.showTab("runs");
					this.app.runs.open(second);
				}
				if (said.length) this.refuse(said);
			};
	}
	/**
	 * Says why files were not opened; what is shown stays.
	 * @param {string[]} said
	 */
	refuse(said) {
		if (!this.store.model?.complete) this.welcome(said.map((text) => h("p", text)));
		else this.app.alert("alert.bad", said.join(" "));
	}
	/**
	 * @param {File} file
	 * @param {Options} [options]
	 */
	async file(file, options) {
		const again = (/** @type {Options} */ other) => this.file(file, other),
			loader = this.begin(file.name, { ...options, again }),
			pieces = await carriedBy(file);
		this.source = pieces ? { pieces } : { file };
		if (pieces) loader.pieces(pieces);
		else loader.file(file);
	}
	/** @param {number} [chapter] opened with the questions about it */
	demo(chapter) {
		const pieces = [demoTrace()],
			{ store } = this;
		this.begin("demo").pieces(pieces);
		this.source = { pieces };
		if (chapter)
			this.then = () => {
				store.ask(chapter, 1);
				store.goto(store.trace.chapters()[chapter - 1].i);
				store.showTab("lesson");
			};
	}
	/**
	 * The trace that a report carries.
	 * @param {string[]} pieces in base64
	 * @param {Options} [options]
	 */
	report(pieces, options) {
		const again = (/** @type {Options} */ other) => this.report(pieces, other);
		this.begin("report", { ...options, again }).pieces(pieces);
		this.source = { pieces };
	}
	/**
	 * Begins to read a trace; what is shown goes. Returns the loader, to be given the bytes.
	 * @param {string} name
	 * @param {Begin} [options]
	 */
	begin(name, { range = null, kept = null, asked = false, again } = {}) {
		const { app, store } = this;
		store.askedFor = { range, kept };
		this.then = null;
		this.loader?.cancel();
		app.clear();
		store.name = name;
		this.timings = { start: performance.now() };
		this.drawn = this.told = 0;
		this.loader = new Loader(
			script(),
			{
				header: (/** @type {any} */ header) => this.onHeader(header, range, asked, again),
				opened: (/** @type {any} */ model) => store.open(model),
				started: (/** @type {any} */ model) => app.painter.colourAhead(model),
				progress: (/** @type {any} */ info, /** @type {any} */ model) =>
					this.onProgress(info, model),
				done: (/** @type {any} */ model) => this.onDone(model),
				failed: (/** @type {string} */ message) =>
					this.welcome(`${name} cannot be shown: ${message}.`),
			},
			{ range, kept },
		);
		const say = () => this.cover(reading(name, this.cancelButton()));
		clearTimeout(this.readingTimer);
		// mostly the picture is there before; what another trace is shown in has nothing to show
		// any more
		if (this.front.hidden) say();
		else this.readingTimer = setTimeout(say, READING);
		return this.loader;
	}
	cancelButton() {
		const onclick = () => {
			this.loader.cancel();
			this.welcome();
		};
		return h("button", { id: "cancel-load", onclick }, "Cancel");
	}
	/**
	 * Before anything is kept: does it fit?  False stops the loading.
	 * @param {any} header
	 * @param {any} range
	 * @param {boolean} asked
	 * @param {((options: Options) => void) | undefined} again
	 */
	onHeader(header, range, asked, again) {
		this.total = Number(header.events) || 0;
		this.header = header;
		this.store.again = again ?? null;
		if (asked || !again || needs(header) <= allowance()) return true;
		setTimeout(() =>
			this.welcome(
				tooBig(this.store.name, header, range, {
					part: (part, stretch) => this.partForm(part, stretch, again),
					all: () => again({ range, asked: true }),
				}),
			),
		);
		return false;
	}
	/**
	 * The form that offers to load less.
	 * @param {any} header
	 * @param {{from: number, to: number}} range
	 * @param {(options: Options) => void} again
	 */
	partForm(header, range, again) {
		return partForm(
			header,
			range,
			(/** @type {Options} */ options) => again({ ...options, asked: true }),
			(/** @type {string} */ words) => this.store.toast(words),
		);
	}
	/** Once the page is seen it can be used, and the loading be ended there. */
	enable() {
		const { again } = this.store,
			{ total, header } = this;
		this.app.root.inert = false;
		fill(
			this.box,
			h("div.bar", this.bar),
			this.text,
			" ",
			this.cancelButton(),
			again
				? h(
						"details",
						h("summary", "load only a part"),
						this.partForm(
							{ ...header, events: total },
							{ from: 0, to: Math.min(total, 1000000) },
							again,
						),
					)
				: "",
		);
	}
	/**
	 * More was read; model: it can be shown.
	 * @param {{read: number, total: number, n: number}} so far, in bytes and in events
	 * @param {any} model
	 */
	onProgress({ read, total, n }, model) {
		const bar = $("load-bar"),
			now = performance.now();
		if (bar && total) bar.style.width = `${Math.round((read / total) * 100)}%`;
		if (!this.store.model?.n) return;
		if (model && this.timings.first === undefined) this.firstPicture();
		if (this.told && now - this.told < TELL) return;
		this.told = now;
		const passed = now - this.timings.start,
			speed = (read / 1e6 / Math.max(0.001, passed / 1000)).toFixed(0),
			of = this.total ? ` of ${fmt.count(this.total)}` : "";
		this.bar.style.width = `${this.total ? (100 * n) / this.total : 0}%`;
		this.text.textContent = `${fmt.count(n)}${of} events read · ${speed} MB/s`;
		if (this.drawn && now - this.drawn > Math.max(REDRAW, passed / 3)) this.redraw(now);
	}
	/** The first events, as soon as they are there. */
	firstPicture() {
		const { timings, app } = this,
			{ painter, el } = app;
		timings.first = null;
		const paint = (/** @type {HTMLCanvasElement[]} */ ...list) => {
			for (const draw of painter.paints(list)) draw();
		};
		// in two tasks, not one for each view: the browser would begin a frame after each, and not
		// show the last before the next
		painter.later(
			() => paint(el.timeline, el.virtual),
			() => {
				paint(el.frames, el.buddy);
				this.uncover();
				painter.seen(() => {
					this.drawn = performance.now();
					timings.first = this.drawn - timings.start;
					painter.later(...this.afterFirst());
				});
			},
		);
	}
	/**
	 * The events read so far; what shows event 0 stays as it is.
	 * @param {number} now
	 */
	redraw(now) {
		const { painter, el } = this.app;
		this.drawn = now;
		this.loader.hold(() => {
			this.store.axisNow = null;
			painter.later(...painter.paints([el.timeline, el.virtual]), () =>
				painter.seen(() => this.loader.release()),
			);
		});
	}
	/**
	 * What the first picture did not wait for, and the workers do.
	 * @returns {(() => void)[]}
	 */
	afterFirst() {
		const { painter, writer } = this.app,
			room = this.store.trace.room().map((/** @type {() => void} */ make) => () => {
				try {
					make();
				} catch {
					/* not enough memory: said where it is needed */
				}
			});
		return [
			() => this.enable(),
			...room,
			...writer.texts(),
			() => writer.title(),
			() => painter.seen(() => this.loader.goOn()),
		];
	}
	/** @param {any} model */
	onDone(model) {
		const { app, store, timings } = this,
			{ painter, writer } = app;
		if (store.model !== model) store.open(model);
		timings.load = performance.now() - timings.start;
		store.axisNow = null;
		this.box.hidden = true;
		app.views.virtual.forget();
		app.list.load(model.trace);
		writer.header();
		writer.title();
		writer.tabs();
		if (!follow(app)) {
			if (location.hash && location.hash !== app.address.written)
				store.toast("the link in the address bar is for another trace");
			store.goto(firstEvent(store), { quiet: true });
			store.opening = { model, i: store.state.i, va: firstAddress(store) };
			if (fatal(store)) store.showTab("ended");
		}
		painter.later(
			() => store.machine(),
			...painter.paints(),
			...writer.texts(),
			() => this.done(),
		);
	}
	/** All of the trace is shown. */
	done() {
		const { app, timings } = this;
		this.uncover();
		app.root.inert = false;
		timings.interactive = performance.now() - timings.start;
		timings.first ??= timings.interactive;
		app.shown();
		if (this.then) this.then();
		else if (this.store.name === "demo" && kept("tour", "") === "") app.startTour();
	}
}
