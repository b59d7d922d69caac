// SPDX-License-Identifier: MIT
/*
 * flame.js - the call sites as a flame graph: who asked for memory, all of it at the top,
 * below it chapter, statement, call, functions and order, as wide as their share.
 * Every box is a button: arrows go along the tree, Enter zooms.
 */
import { h, fill } from "./dom.js";
import { flame, eventsUnder, WEIGHTS } from "../model/flame.js";
import { hashHue } from "./theme.js";
import * as fmt from "../model/format.js";
/** @import {FlameNode, FlameOptions} from "../model/flame.js" */
/** @import {Model} from "../model/model.js" */
/** @import {RGB} from "./theme.js" */
/** @import {Store} from "./store.js" */

const MIN = 0.0015,
	ROW = 25; // narrower boxes are left out; they are counted

/** @param {string} name */
function hue(name) {
	let x = 0;
	for (let c = 0; c < name.length; c++) x = (x * 31 + name.charCodeAt(c)) % 997;
	return x;
}
/** @type {(rgb: RGB, dark: boolean) => string} */
const mix = (rgb, dark) =>
	`rgb(${rgb.map((v) => Math.round(dark ? v * 0.42 + 22 : v * 0.38 + 152)).join(",")})`;

/**
 * What the graph shows, kept from one drawing to the next: what the width means, the names down to
 * the box that is zoomed to, the path of the box that takes the focus, and the tree as it was made
 * for key.
 * @typedef {{weight: string, path: string[], focus?: string, model?: Model, key?: string,
 *	tree?: FlameNode}} State
 */
/**
 * Where a box lies: x and w as shares of the graph's width.
 * @typedef {{x: number, w: number, depth: number}} Place
 */

/** Names as one text. @param {string[]} names */
const pathOf = (names) => names.join("\u0000");
const depthOf = (/** @type {HTMLElement} */ box) => Number(box.dataset.depth);

/**
 * The graph for the tab; its state is kept in store.flame.
 * @param {Store} store
 * @param {number} from
 * @param {number} to
 */
export function renderFlame(store, from, to) {
	const state = (store.flame ??= { weight: "pages", path: [] });
	return new FlameGraph(store, state, { from, to, weight: state.weight, at: store.state.i }).el;
}

class FlameGraph {
	/**
	 * @param {Store} store
	 * @param {State} state
	 * @param {FlameOptions} options
	 */
	constructor(store, state, options) {
		this.store = store;
		this.state = state;
		this.options = options;
		this.root = this.grow();
		this.node = this.zoomed();
		this.total = this.root.value;
		this.unit = state.weight === "requests" || state.weight === "refused" ? "request" : "page";
		/** @type {HTMLButtonElement[]} in the order of the tree */
		this.boxes = [];
		this.depth = 0;
		/** How many boxes are too narrow to draw. */
		this.hidden = 0;
		this.say = h("p.flame-say", { role: "status" });
		if (this.total) {
			this.place(this.node, state.path, { x: 0, w: 1, depth: 0 });
			this.tell(this.node);
		}
		this.el = h("section.flames", this.bar(), this.words(), this.graph());
	}
	/**
	 * The tree of all call sites, made anew if it shows something else than before.
	 * @returns {FlameNode}
	 */
	grow() {
		const { store, state, options } = this,
			{ from, to, weight, at } = options,
			key = [from, to, weight, weight === "held" ? at : ""].join();
		if (state.tree && state.model === store.model && state.key === key) return state.tree;
		const tree = flame(store.model, options);
		Object.assign(state, { model: store.model, key, tree });
		store.machine(); // making the tree moved the model
		return tree;
	}
	/** The box that is zoomed to, or the last above it that is still there. */
	zoomed() {
		/** @type {string[]} */
		const path = [];
		let node = this.root;
		for (const name of this.state.path) {
			const next = node.children.find((c) => c.name === name);
			if (!next) break;
			path.push(name);
			node = next;
		}
		this.state.path = path;
		return node;
	}
	/**
	 * Zooms to a box.
	 * @param {string[]} names
	 * @param {string} [focus] the path of the box that takes the focus then
	 */
	zoom(names, focus) {
		this.state.path = names;
		this.state.focus = focus;
		this.store.changed("table");
	}
	/** One level up. */
	out() {
		this.zoom(this.state.path.slice(0, -1));
	}

	/* ---- the boxes ---- */

	/**
	 * How much a node has, and what share of all.
	 * @param {FlameNode} node
	 */
	amount({ value }) {
		const share = (100 * value) / Math.max(1, this.total),
			digits = value / this.total < 0.1 ? 1 : 0;
		return `${fmt.plural(value, this.unit)}, ${share.toFixed(digits)} %`;
	}
	/**
	 * Writes what a node is above the graph.
	 * @param {FlameNode} node
	 */
	tell(node) {
		fill(
			this.say,
			h("b", node.name),
			` — ${this.amount(node)}; ${fmt.plural(node.calls, "allocation")}, the first `,
			h(
				"button.link",
				{ onclick: () => this.store.goto(node.first) },
				"#" + fmt.count(node.first),
			),
		);
	}
	/**
	 * Makes the boxes of a node and of all below it that are wide enough.
	 * @param {FlameNode} node
	 * @param {string[]} names the path to it
	 * @param {Place} place
	 */
	place(node, names, place) {
		this.depth = Math.max(this.depth, place.depth);
		this.boxes.push(this.box(node, names, place));
		let { x } = place;
		for (const child of node.children) {
			const w = (child.value / node.value) * place.w;
			if (w < MIN) {
				this.hidden++;
				continue;
			}
			this.place(child, [...names, child.name], { x, w, depth: place.depth + 1 });
			x += w;
		}
	}
	/**
	 * @param {FlameNode} node
	 * @param {string[]} names
	 * @param {Place} place
	 */
	box(node, names, { x, w, depth }) {
		const box = h(
			"button.fl",
			{
				tabIndex: -1,
				"data-depth": depth,
				"aria-label": `${node.name}: ${this.amount(node)}`,
				title: `${node.name}\n${this.amount(node)}`,
				style: {
					left: `${x * 100}%`,
					width: `calc(${w * 100}% - 1px)`,
					top: `${depth * ROW}px`,
					background: mix(hashHue(hue(node.name)), this.store.palette.dark),
				},
				onclick: () => this.zoom(names, pathOf(names)),
				onfocus: () => this.tell(node),
				onpointerenter: () => this.tell(node),
			},
			node.name,
		);
		box.dataset.path = pathOf(names);
		return box;
	}
	graph() {
		const { boxes, state } = this,
			kept = boxes.find((b) => b.dataset.path === state.focus) ?? boxes[0];
		if (kept) kept.tabIndex = 0;
		if (kept && state.focus !== undefined)
			setTimeout(() => kept.focus({ preventScroll: true })); // once it is in the page
		state.focus = undefined;
		return h(
			"div.flame",
			{
				role: "group",
				"aria-label": "flame graph of the call sites",
				style: { height: `${(this.depth + 1) * ROW}px` },
				onkeydown: (/** @type {KeyboardEvent} */ e) => this.key(e),
			},
			boxes,
		);
	}
	/**
	 * Arrows go along the tree, Backspace one level up.
	 * @param {KeyboardEvent} e
	 */
	key(e) {
		const now = this.boxes.findIndex((b) => b === document.activeElement);
		if (now < 0) return;
		if (e.key === "Backspace") this.out();
		else if (e.key.startsWith("Arrow")) this.go(now, this.next(now, e.key));
		else return;
		e.preventDefault();
		e.stopPropagation();
	}
	/**
	 * The box that an arrow leads to: the first below, the one above, or that beside.
	 * @param {number} now
	 * @param {string} key
	 */
	next(now, key) {
		const { boxes } = this,
			depth = depthOf(boxes[now]),
			path = boxes[now].dataset.path ?? "",
			after = boxes.slice(now + 1),
			before = boxes.slice(0, now).reverse();
		if (key === "ArrowDown")
			return after.find((b) => depthOf(b) === depth + 1 && b.dataset.path?.startsWith(path));
		if (key === "ArrowUp") return before.find((b) => depthOf(b) === depth - 1);
		return (key === "ArrowRight" ? after : before).find((b) => depthOf(b) === depth);
	}
	/**
	 * Moves the focus from a box to the next, if there is one.
	 * @param {number} now
	 * @param {HTMLButtonElement | undefined} next
	 */
	go(now, next) {
		if (!next) return;
		this.boxes[now].tabIndex = -1;
		next.tabIndex = 0;
		next.focus();
	}

	/* ---- what stands above them ---- */

	bar() {
		const { hidden } = this;
		return h(
			"p.row",
			h("label", "Width: ", this.weights()),
			this.state.path.length
				? [
						h("button", { onclick: () => this.zoom([]) }, "Whole graph"),
						h("button", { onclick: () => this.out() }, "One level up"),
					]
				: null,
			this.total ? h("button", { onclick: () => this.list() }, "List these events") : null,
			hidden
				? h("span.dim", `${fmt.plural(hidden, "box", "boxes")} too narrow to draw: zoom in`)
				: null,
		);
	}
	weights() {
		const { state } = this;
		return h(
			"select",
			{
				"aria-label": "what the width means",
				onchange: (/** @type {{target: HTMLSelectElement}} */ e) => {
					state.weight = e.target.value;
					this.zoom([]);
				},
			},
			WEIGHTS.map(([id, text]) =>
				h("option", { value: id, selected: id === state.weight }, text),
			),
		);
	}
	/** Lists the events of the box that is zoomed to. */
	list() {
		const { store, state, node, options } = this;
		store.setFilter({
			words: `allocations under ${node.name}`,
			events: eventsUnder(store.model, state.path, options),
		});
	}
	words() {
		if (this.total) return this.say;
		return h(
			"p.dim",
			this.state.weight === "refused"
				? "No request was refused here."
				: "No allocation here.",
		);
	}
}
