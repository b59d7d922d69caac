// SPDX-License-Identifier: MIT
/*
 * runs.js - a second run beside the first: opening it, showing both, changing over.
 */
import { context, h } from "./dom.js";
import { Loader } from "../load/loader.js";
import { Beside } from "./beside.js";
import { saveButton } from "./exports.js";
import { needs, allowance, tooMuch } from "./part.js";
import { carriedBy, script } from "./source.js";
import { wrongFile } from "./wrongfile.js";

export class Runs {
	/** @param {import("./app.js").App} app */
	constructor(app) {
		this.app = app;
		this.store = app.store;
		/** @type {Beside | null} both runs, if they are shown side by side */
		this.beside = null;
	}
	/** What is said of the second run while it is read. @param {any} words */
	say(words) {
		this.store.otherSays = words;
		this.store.changed("table");
	}
	/**
	 * Reads a second run.
	 * @param {File} file
	 * @param {boolean} asked however much memory it takes
	 */
	async open(file, asked = false) {
		this.say(`Reading ${file.name}…`);
		const wrong = await wrongFile(file);
		if (wrong) {
			this.say(`${file.name} cannot be compared: it is ${wrong}.`);
			return;
		}
		const pieces = await carriedBy(file),
			loader = new Loader(script(), {
				header: (/** @type {any} */ header) => asked || this.fits(file, header),
				progress() {},
				failed: (/** @type {string} */ message) =>
					this.say(`${file.name} cannot be compared: ${message}.`),
				done: (/** @type {any} */ model) => {
					this.store.other = { model, name: file.name };
					this.say("");
					this.show();
				},
			});
		if (pieces) loader.pieces(pieces);
		else loader.file(file);
	}
	/**
	 * Is there room for it beside the first, which counts too?  If not, says so.
	 * @param {File} file
	 * @param {any} header of the second run
	 */
	fits(file, header) {
		const { trace } = this.store,
			need = needs(header) + needs({ ...trace.header, events: trace.n });
		if (need <= allowance()) return true;
		this.say([
			`${file.name} is big: both runs need${tooMuch(need)}`,
			h("button", { onclick: () => this.open(file, true) }, "Load it all the same"),
		]);
		return false;
	}
	/** The second run, if there is one; else says so. */
	second() {
		const { other } = this.store;
		if (!other) this.store.toast("open a second run first");
		return other;
	}
	/** Both runs in the place of the four views. */
	show() {
		const { app, store } = this,
			other = this.second();
		if (!other) {
			store.showTab("runs");
			return;
		}
		this.hide();
		this.beside = new Beside(store, this.around(), other, store.align());
		const views = this.views();
		if (views) views.hidden = true;
		views?.before(this.beside.el);
		app.root.classList.add("pair");
		store.changed("text");
	}
	/**
	 * What the two ask of the page.
	 * @returns {import("./beside.js").Around}
	 */
	around() {
		const { app } = this;
		return {
			paint: (canvas, fn) => {
				app.painter.drawers.set(canvas, (ctx, w, ht) => fn({ ctx, w, h: ht, ratio: 2 }));
				const c = context(canvas);
				if (c) fn(c);
			},
			covers: () => app.covered(),
			tip: (at, words) => app.tip.show(at, words),
			save: (what, panel, table) => saveButton(app, what, panel, table),
			moved: () => {
				app.writer.key = ""; // the tab names the event
			},
			close: () => this.hide(),
		};
	}
	/** One run only. */
	hide() {
		if (!this.beside) return;
		const { app, store } = this,
			views = this.views();
		this.beside.el.remove();
		this.beside = null;
		app.root.classList.remove("pair");
		if (views) views.hidden = false;
		store.changed("text");
	}
	/** The box of the four views. @returns {HTMLElement | null} */
	views() {
		return this.app.root.querySelector(".views");
	}
	/** Side by side, or one. */
	toggle() {
		if (this.beside) this.hide();
		else this.show();
	}
	/** Where the other run stands: at what corresponds, or where it was put. */
	there() {
		return this.beside?.there() ?? this.store.align().toB(this.store.state.i);
	}
	/**
	 * Shows the other run, at the moment that corresponds.
	 * @param {number} [at] the event instead
	 */
	swap(at) {
		const { app, store } = this,
			{ name, model } = store,
			other = this.second();
		if (!other) return;
		const i = at ?? this.there(),
			both = !!this.beside;
		this.hide();
		store.other = { model, name };
		store.name = other.name;
		store.open(other.model);
		app.writer.title();
		app.opening.box.hidden = true;
		store.goto(i);
		if (both) this.show();
	}
}
