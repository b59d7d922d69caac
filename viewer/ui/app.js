// SPDX-License-Identifier: MIT
/*
 * app.js - the page: puts its parts together and has each follow the store.
 *
 * Everything shown follows from the store (store.js).  Whatever changes there is told to
 * follow(), which has the parts written that tell of it and all canvases painted in the next
 * frame (painter.js), and after them the texts (writer.js).
 */
import { h, fill, context, watchSize } from "./dom.js";
import { Address } from "./addressbar.js";
import { api } from "./api.js";
import { BuddyView } from "./buddy.js";
import { contextMenu } from "./context.js";
import { keyHelp, named } from "./commands.js";
import { EventList } from "./events.js";
import { COLOUR_BY, FrameMap } from "./frames.js";
import { installKeys } from "./keys.js";
import { keep, kept } from "./kept.js";
import { elements, lay } from "./layout.js";
import { Lecture } from "./lecture.js";
import { follow } from "./link.js";
import { closeMenu } from "./menu.js";
import { toast } from "./notice.js";
import { Opening } from "./opening.js";
import { Painter } from "./painter.js";
import { Panels } from "./panel.js";
import { Player } from "./player.js";
import { interactive, onBuddy, onFrames, onVirtual, pointWalk, walkMenu } from "./pointer.js";
import { Runs } from "./runs.js";
import { Search } from "./search.js";
import { Store } from "./store.js";
import { Tables } from "./table.js";
import { tabsOf } from "./tabs.js";
import { closeCard, markTerms } from "./terms.js";
import { onTheme, palette } from "./theme.js";
import { Timeline } from "./timeline.js";
import { onTimeline } from "./timepointer.js";
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
		/** @type {ReturnType<typeof elements>} */
		this.el = none;
		/** @type {Panels} */
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
		this.store.watch((what, more) => this.follow(what, more));
		window.addEventListener("resize", () => this.painter.invalidate());
		onTheme(() => this.setTheme(this.theme));
		addEventListener("hashchange", () => {
			if (this.store.model?.complete && !follow(this))
				toast("that link is for another trace");
		});
		installKeys(this);
		/** @type {any} */ (window).pagescope = api(this);
	}

	/* ---- the page ---- */

	/** Builds the page without a trace, while there is none to be shown. */
	ahead() {
		if (!this.built) this.build();
	}
	/** The page anew: its elements, and what writes into them. */
	build() {
		const { store } = this;
		this.built = true;
		this.panels = new Panels(this);
		this.opening.renew();
		this.files = this.opening.input();
		this.el = elements(this);
		this.tables = new Tables(this.el.tabBody, (/** @type {any} */ box) =>
			markTerms(store, box),
		);
		this.search = new Search(store, () => named(this));
		lay(this);
		this.list = new EventList(this.el.events, {
			goto: (/** @type {number} */ i) => store.goto(i),
			context: (/** @type {number} */ i, /** @type {any} */ at) =>
				contextMenu(this, { i }, at),
			hover: (/** @type {number | null} */ i) => store.point(i === null ? null : { i }),
			hides: (/** @type {number} */ i) => store.hides(i),
		});
		this.point();
		// a canvas gets its memory when its size is known: milliseconds, which the first picture
		// need not wait for
		for (const c of this.canvases)
			watchSize(c, () => {
				if (this.built) context(c)?.ctx.clearRect(0, 0, 1, 1);
				else this.painter.invalidate();
			});
	}
	get canvases() {
		const { frames, timeline, virtual, buddy } = this.el;
		return [frames, timeline, virtual, buddy];
	}
	/** What the pointer does in each view. */
	point() {
		const { el, views, store } = this,
			menu = (/** @type {any} */ target, /** @type {any} */ at) =>
				contextMenu(this, target, at),
			hand = { store, tip: this.tip, menu };
		onTimeline(el.timeline, hand, views.timeline, el.where);
		interactive(el.frames, hand, onFrames(hand, views.frames));
		interactive(el.virtual, hand, onVirtual(hand, views.virtual));
		interactive(el.buddy, hand, onBuddy(hand, views.buddy));
		pointWalk(
			el.walk,
			store,
			() => store.va(),
			() => store.machine(),
		);
		walkMenu(el.walk, hand);
	}
	/** Shows of the page only what means something for the trace's kind of kernel. */
	suit() {
		const { el, store } = this,
			{ single, watched } = store.trace,
			{ state } = store,
			colours = COLOUR_BY.filter(([id]) => !(single && id === "order"));
		if (single) this.panels.title(el.buddy, "Free list", "freed last at the left");
		// of a guest that is watched nobody tells which frames are free
		this.panels.hide(el.buddy, watched);
		this.root.querySelector(".views")?.classList.toggle("no-lists", watched);
		if (!colours.some(([id]) => id === state.colourBy)) state.colourBy = "owner";
		fill(
			el.colourBy,
			colours.map(([id, text]) => h("option", { value: id }, text)),
		);
		el.colourBy.value = state.colourBy;
		if (!tabsOf(store.trace).some(([id]) => id === state.tab)) state.tab = "events";
	}
	/* ---- what follows a change ---- */

	/**
	 * @param {import("./store.js").Change} what
	 * @param {any} more
	 */
	follow(what, more) {
		if (what === "message") return toast(more);
		if (what === "did") return this.tour?.did(more);
		if (what === "model") this.open();
		if (!this.el) return;
		const { el, store, writer, list } = this,
			{ state } = store;
		/** @type {Partial<Record<import("./store.js").Change, () => void>>} */
		const parts = {
			time: () => this.tip.hide(),
			hover: () => this.tip.hide(),
			selection: () => {
				this.tip.hide();
				this.reveal();
				writer.tabs();
			},
			filter: () => {
				list.setFilter(store.listed);
				writer.tabs();
			},
			tab: () => writer.tabs(),
			marks: () => writer.legend(),
			colours: () => {
				el.colourBy.value = state.colourBy;
				writer.legend();
			},
			axis: () => {
				this.tip.hide();
				/** @type {any} */ (document.getElementById("axis")).value = state.axis;
			},
			close: () => el.zoomIn.setAttribute("aria-pressed", String(state.zoomIn)),
			range: () => el.range.setAttribute("aria-pressed", String(state.ranging)),
			playing: () => {
				el.play.textContent = state.playing ? "❚❚" : "▶";
				el.play.setAttribute("aria-label", state.playing ? "pause" : "play");
			},
			table: () => writer.refreshTab(),
			text: () => writer.forget(),
		};
		parts[what]?.();
		this.painter.invalidate();
	}
	/** Brings what is selected into sight. */
	reveal() {
		const { sel } = this.store.state,
			{ virtual, frames } = this.views;
		if (!sel) return;
		if (sel.va !== null) virtual.reveal(sel.va);
		if (sel.pfn >= 0 && sel.pfn < this.store.trace.frames) frames.reveal(sel.pfn);
	}
	/** Another trace is shown. */
	open() {
		this.lecture.leave();
		this.ahead();
		this.built = false;
		this.list.load(this.store.trace);
		this.suit();
		this.writer.forget();
		this.writer.legend();
		this.writer.tabs();
		this.writer.header();
	}
	/** Nothing is shown any more: another trace is going to be read. */
	clear() {
		const { store } = this;
		this.player.stop();
		this.tour?.end();
		this.lecture.leave();
		this.painter.drawers.clear();
		store.model = null;
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
	/** A line of words above the page, until it is dismissed. @param {string} spec @param {string} text */
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
	themeButton() {
		return h(
			"button",
			{
				title: "dark or light",
				"aria-label": "dark or light",
				onclick: () => this.useTheme(this.store.palette.dark ? "light" : "dark"),
			},
			"◐",
		);
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
	/** The list of keys. */
	help() {
		const dialog = h(
			"dialog",
			{ "aria-label": "keys" },
			h("h2", "Keys"),
			keyHelp(),
			h("p", h("button", { onclick: () => dialog.close(), autofocus: true }, "Close")),
		);
		document.body.append(dialog);
		dialog.addEventListener("close", () => dialog.remove());
		dialog.showModal();
	}
}
