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
/** @import {FlameNode} from "../model/flame.js" */
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
 * The graph for the tab; its state (weight, zoom) is kept in store.flame.
 * @param {Store} store
 * @param {number} from
 * @param {number} to
 */
export function renderFlame(store, from, to) {
	const st = (store.flame ??= { weight: "pages", path: [] });
	const options = { from, to, weight: st.weight, at: store.state.i },
		key = [from, to, st.weight, st.weight === "held" ? store.state.i : ""].join();
	if (st.model !== store.model || st.key !== key) {
		Object.assign(st, { model: store.model, key, tree: flame(store.model, options) });
		store.machine();
	}
	/** @type {FlameNode} */
	let node = st.tree;
	/** @type {string[]} */
	const path = [];
	for (const name of st.path) {
		const next = node.children.find((c) => c.name === name);
		if (!next) break;
		path.push(name);
		node = next;
	}
	st.path = path;
	const unit = st.weight === "requests" || st.weight === "refused" ? "request" : "page",
		total = st.tree.value,
		refresh = (/** @type {string | undefined} */ focus = undefined) => {
			st.focus = focus;
			store.changed("table");
		};
	const say = h("p.flame-say", { role: "status" }),
		share = (/** @type {number} */ v) =>
			`${((100 * v) / Math.max(1, total)).toFixed(v / total < 0.1 ? 1 : 0)} %`;
	const tell = (/** @type {FlameNode} */ n) =>
		fill(
			say,
			h("b", n.name),
			` — ${fmt.plural(n.value, unit)}, ${share(n.value)}; ${fmt.plural(n.calls, "allocation")}, the first `,
			h("button.link", { onclick: () => store.goto(n.first) }, "#" + fmt.count(n.first)),
		);
	/** @type {HTMLButtonElement[]} */
	const boxes = [];
	let depth = 0,
		hidden = 0;
	/** @type {(n: FlameNode, names: string[], x: number, w: number, d: number) => void} */
	const place = (n, names, x, w, d) => {
		depth = Math.max(depth, d);
		const above = d < 0;
		if (!above) {
			const b = h(
				"button.fl",
				{
					tabIndex: -1,
					"data-depth": d,
					"aria-label": `${n.name}: ${fmt.plural(n.value, unit)}, ${share(n.value)}`,
					title: `${n.name}\n${fmt.plural(n.value, unit)}, ${share(n.value)}`,
					style: {
						left: `${x * 100}%`,
						width: `calc(${w * 100}% - 1px)`,
						top: `${d * ROW}px`,
						background: mix(hashHue(hue(n.name)), store.palette.dark),
					},
					onclick: () => {
						st.path = names;
						refresh(names.join("\u0000"));
					},
					onfocus: () => tell(n),
					onpointerenter: () => tell(n),
				},
				n.name,
			);
			b.dataset.path = names.join("\u0000");
			boxes.push(b);
		}
		let at = x;
		for (const c of n.children) {
			const cw = (c.value / n.value) * w;
			if (cw < MIN) {
				hidden++;
				continue;
			}
			place(c, [...names, c.name], at, cw, d + 1);
			at += cw;
		}
	};
	if (total) place(node, path, 0, 1, 0);
	const graph = h(
		"div.flame",
		{
			role: "group",
			"aria-label": "flame graph of the call sites",
			style: { height: `${(depth + 1) * ROW}px` },
		},
		boxes,
	);
	const back = boxes.find((b) => b.dataset.path === st.focus) ?? boxes[0];
	if (back) back.tabIndex = 0;
	graph.addEventListener("keydown", (e) => {
		const on = boxes.findIndex((q) => q === document.activeElement),
			b = boxes[on];
		if (!b) return;
		const depthOf = (/** @type {HTMLElement} */ q) => Number(q.dataset.depth),
			d = depthOf(b),
			p = b.dataset.path ?? "";
		let next;
		if (e.key === "ArrowDown")
			next = boxes
				.slice(on + 1)
				.find((q) => depthOf(q) === d + 1 && q.dataset.path?.startsWith(p));
		else if (e.key === "ArrowUp")
			next = boxes
				.slice(0, on)
				.reverse()
				.find((q) => depthOf(q) === d - 1);
		else if (e.key === "ArrowRight") next = boxes.slice(on + 1).find((q) => depthOf(q) === d);
		else if (e.key === "ArrowLeft")
			next = boxes
				.slice(0, on)
				.reverse()
				.find((q) => depthOf(q) === d);
		else if (e.key === "Backspace") {
			st.path = path.slice(0, -1);
			refresh();
			e.preventDefault();
			e.stopPropagation();
			return;
		} else return;
		e.preventDefault();
		e.stopPropagation();
		if (next) {
			b.tabIndex = -1;
			next.tabIndex = 0;
			next.focus();
		}
	});
	if (st.focus !== undefined) {
		const f = st.focus;
		st.focus = undefined;
		setTimeout(() =>
			(boxes.find((b) => b.dataset.path === f) ?? boxes[0])?.focus({ preventScroll: true }),
		);
	}
	if (total) tell(node);
	return h(
		"section.flames",
		h(
			"p.row",
			h(
				"label",
				"Width: ",
				h(
					"select",
					{
						"aria-label": "what the width means",
						onchange: (/** @type {{target: HTMLSelectElement}} */ e) => {
							st.weight = e.target.value;
							st.path = [];
							refresh();
						},
					},
					WEIGHTS.map(([id, text]) =>
						h("option", { value: id, selected: id === st.weight }, text),
					),
				),
			),
			path.length
				? h(
						"button",
						{
							onclick: () => {
								st.path = [];
								refresh();
							},
						},
						"Whole graph",
					)
				: null,
			path.length
				? h(
						"button",
						{
							onclick: () => {
								st.path = path.slice(0, -1);
								refresh();
							},
						},
						"One level up",
					)
				: null,
			total
				? h(
						"button",
						{
							onclick: () => {
								const list = eventsUnder(store.model, path, options),
									words = `allocations under ${node.name}`;
								store.setFilter({ words, events: list });
							},
						},
						"List these events",
					)
				: null,
			hidden
				? h("span.dim", `${fmt.plural(hidden, "box", "boxes")} too narrow to draw: zoom in`)
				: null,
		),
		total
			? say
			: h(
					"p.dim",
					st.weight === "refused"
						? "No request was refused here."
						: "No allocation here.",
				),
		graph,
	);
}
