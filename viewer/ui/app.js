// SPDX-License-Identifier: MIT
/*
 * app.js - the page: puts its parts together and has each follow the store.
 *
 * Everything shown follows from the store (store.js).  Whatever changes there is told to
 * follow(), which has the parts written that tell of it and all canvases painted in the next
 * frame (painter.js), and after them the texts (writer.js).
 */
import { h, fill } from "./dom.js";
import { Address } from "./addressbar.js";
import { api } from "./api.js";
import { BuddyView } from "./buddy.js";
import { FrameMap } from "./frames.js";
import { installKeys } from "./keys.js";
import { keep, kept } from "./kept.js";
import { Lecture } from "./lecture.js";
import { follow } from "./follow.js";
import { follow as followLink } from "./link.js";
import { closeMenu } from "./menu.js";
import { toast } from "./notice.js";
import { build } from "./page.js";
import { Opening } from "./opening.js";
import { Painter } from "./painter.js";
import { Player } from "./player.js";
import { Runs } from "./runs.js";
import { Store } from "./store.js";
import { closeCard } from "./terms.js";
import { onTheme, palette } from "./theme.js";
import { Timeline } from "./timeline.js";
import { Tip } from "./tip.js";
import { Tour } from "./tour.js";
import { VirtualView } from "./virtual.js";
import { Writer, covers } from "./writer.js";

export class App {
	/** @param {HTMLElement} root what the page is in */
	constructor(root) {
		this.root = root;
		this.store = new Store();
		this.views = {
			timeline: new Timeline(this.store.span),
			virtual: new VirtualView(),
			frames: new FrameMap(),
			buddy: new BuddyView(),
		};
		this.tip = new Tip();
		this.painter = new Painter(this);
		this.writer = new Writer(this);
		this.player = new Player(this.store);
		this.runs = new Runs(this);
		this.lecture = new Lecture(this);
		this.address = new Address(this);
		/** @type {Tour | null} */
		this.tour = null;
		const none = /** @type {any} */ (null); // until build()
		/** @type {ReturnType<typeof import("./layout.js").elements>} */
		this.el = none;
		/** @type {import("./panel.js").Panels} */
		this.panels = none;
		/** @type {any} */
		this.tables = none;
		/** @type {any} */
		this.search = none;
		/** @type {any} */
		this.list = none;
		/** @type {HTMLInputElement} picks a trace to open */
		this.files = h("input");
		this.built = false; // is there a page that showed no trace yet?
		/** @type {(api: any) => void} */
		this.resolve = () => {};
		this.ready = new Promise((resolve) => {
			this.resolve = resolve;
		});
		this.theme = kept("theme", "system");
		this.setTheme(this.theme);
		this.opening = new Opening(this);
		this.store.watch((what, more) => follow(this, what, more));
		window.addEventListener("resize", () => this.painter.invalidate());
		onTheme(() => this.setTheme(this.theme));
		addEventListener("hashchange", () => {
			if (this.store.model?.complete && !followLink(this))
				toast("that link is for another trace");
		});
		installKeys(this);
		/** @type {any} */ (window).pagescope = api(this);
	}

	/* ---- the page ---- */

	/** Builds the page without a trace, while there is none to be shown. */
	ahead() {
		if (!this.built) build(this);
	}
	get canvases() {
		const { frames, timeline, virtual, buddy } = this.el;
		return [frames, timeline, virtual, buddy];
	}
	/** Nothing is shown any more: another trace is going to be read. */
	clear() {
		const { store } = this;
		this.player.stop();
		this.tour?.end();
		this.lecture.leave();
		this.painter.drawers.clear();
		store.model = /** @type {any} */ (null);
		this.runs.hide();
		store.other = null;
		store.otherSays = "";
	}
	/** All is painted: the texts follow. @param {any} scene */
	painted(scene) {
		this.writer.lines();
		this.writer.lightSteps();
		this.runs.beside?.draw();
		this.writer.write();
		this.address.soon();
	}
	/** What of the moment is not shown yet; while it plays that is not asked. */
	pending() {
		/** @type {Record<string, any>} */
		const waits = {
			pictures: this.painter.dirty || this.painter.stepping,
			address: this.address.timer,
			...this.writer.pending(),
		};
		return this.store.state.playing ? [] : Object.keys(waits).filter((name) => waits[name]);
	}
	/** The trace is shown as a whole. */
	shown() {
		this.resolve(/** @type {any} */ (window).pagescope);
	}

	/* ---- what is asked of the page ---- */

	/** What covers what would tell the answer, if a question about the moment is open. */
	covered() {
		return this.store.questioned() ? covers() : null;
	}
	/**
	 * A line of words above the page, until it is dismissed.
	 * @param {string} spec @param {string} text
	 */
	alert(spec, text) {
		const box = this.el.alert,
			dismiss = () => {
				box.hidden = true;
			};
		box.hidden = false;
		box.className = spec.replace(".", " ");
		box.setAttribute("role", "alert");
		fill(box, text, h("button", { onclick: dismiss }, "Dismiss"));
	}
	/** @param {string} theme "dark", "light" or "system" */
	setTheme(theme) {
		const { style, dataset } = document.documentElement,
			p = palette(theme);
		this.store.palette = p;
		this.theme = theme;
		dataset.theme = p.dark ? "dark" : "light";
		for (const [name, colour] of Object.entries({ ...p, ...p.group }))
			if (typeof colour === "string") style.setProperty("--" + name, colour);
		if (!this.store.model) return;
		this.views.timeline.forget();
		this.writer.legend();
		this.store.changed("text");
	}
	/** @param {string} theme */
	useTheme(theme) {
		this.setTheme(theme);
		keep("theme", theme);
	}
	/** The box for a note is there at once: what is typed after N is the note. */
	noteHere() {
		this.store.showTab("notes");
		this.painter.draw();
		this.writer.panels();
		this.writer.table();
		this.el.tabBody.querySelector("input")?.focus();
	}
	startTour() {
		this.tour?.end();
		this.lecture.leave();
		this.runs.hide();
		this.tour = new Tour(this);
	}
	tourDone() {
		this.tour = null;
		keep("tour", "done");
	}
	/** One step out: closes what is open, clears the selection, zooms out. */
	escape() {
		const { store, views } = this;
		if (closeMenu() || closeCard() || this.search.close() || this.panels.closeTwin()) return;
		if (store.state.playing) this.player.stop();
		else if (store.state.sel) store.select(null);
		else {
			if (!views.virtual.out()) views.frames.reset();
			store.changed("view");
		}
	}
}
