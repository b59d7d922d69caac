// SPDX-License-Identifier: MIT
/*
 * flame.js - who asked for memory, as a tree: chapter, statement of the scenario, the
 * vmalloc call an allocation was made in, the functions down to the call site, the
 * order.  A node's weight is the sum of its children's and its own.
 *
 * The trace holds one call site an event, no stacks; what lies above it is known from
 * the events around (a statement runs until the next, a vmalloc call from its
 * vmalloc_enter to its exit) and from the symbols (functions inlined at the site).
 */
import { OP } from "./kinds.js";
import { NONE, FREE, RESERVED, UNKNOWN } from "./owners.js";
import { siteText } from "./format.js";
/** @import {Model} from "./model.js" */
/** @import {Trace} from "./trace.js" */

/** What a node's width may mean: [id, text, weight of allocation i (0: not counted)]. */
export const WEIGHTS = [
	["pages", "pages handed out"],
	["requests", "requests"],
	["held", "pages still held at the cursor"],
	["refused", "requests refused"],
];

/**
 * @param {Model} model
 * @param {string} weight
 * @param {number} at
 */
function weigher(model, weight, at) {
	const { trace } = model,
		{ mm_page_alloc: request } = trace.col;
	if (weight === "requests") return () => 1;
	if (weight === "refused") return (/** @type {number} */ i) => (request.pfn(i) === NONE ? 1 : 0);
	if (weight === "pages")
		return (/** @type {number} */ i) => (request.pfn(i) === NONE ? 0 : 1 << request.order(i));
	const held = new Map(),
		m = model.at(at);
	for (let p = 0; p < m.frames; p++) {
		const owner = m.meta[p] >> 4;
		if (owner !== FREE && owner !== RESERVED && owner !== UNKNOWN && m.since[p] >= 0)
			held.set(m.since[p], (held.get(m.since[p]) ?? 0) + 1);
	}
	return (/** @type {number} */ i) => held.get(i) ?? 0;
}

/**
 * A node of the tree; first: the first allocation in it, -1: none.
 * @typedef {{name: string, value: number, calls: number, first: number, children: FlameNode[]}}
 * FlameNode
 */
/** @typedef {FlameNode & {byName: Map<string, Growing>}} Growing */
/**
 * @typedef {object} FlameOptions
 * @property {number} [from]
 * @property {number} [to]
 * @property {string} [weight] the first of one of WEIGHTS
 * @property {number} [at] the event for "held"
 * @property {((i: number, path: FlameNode[]) => void) | null} [each] called with the nodes of each
 * counted allocation, outermost first
 */

/** @type {(name: string, first: number) => Growing} */
const node = (name, first) => ({
	name,
	value: 0,
	calls: 0,
	first,
	children: [],
	byName: new Map(),
});

/**
 * The tree of the allocations in events [from, to), children sorted by value.
 * @param {Model} model
 * @param {FlameOptions} [options]
 * @returns {FlameNode}
 */
export function flame(
	model,
	{ from = 0, to = model.n, weight = "pages", at = model.n - 1, each = null } = {},
) {
	const { trace } = model,
		{ op } = trace.kinds,
		of = weigher(model, weight, at),
		where = new Whereabouts(trace),
		root = node("all allocations", -1);
	for (let i = 0; i < to; i++) {
		where.go(i);
		if (i < from || op[trace.k[i]] !== OP.mm_page_alloc) continue;
		const v = of(i);
		if (!v) continue;
		const path = [root];
		for (const name of where.names(i)) {
			const { byName } = path[path.length - 1],
				next = byName.get(name) ?? node(name, i);
			byName.set(name, next);
			path.push(next);
		}
		for (const x of path) {
			x.value += v;
			x.calls++;
			if (x.first < 0) x.first = i;
		}
		each?.(i, path);
	}
	settle(root);
	return root;
}

/** @param {Growing} x */
function settle(x) {
	const children = [...x.byName.values()];
	children.sort((a, b) => b.value - a.value || a.first - b.first);
	x.children = children;
	children.forEach(settle);
}

/** What stands above an allocation in the tree, as a trace is gone through. */
class Whereabouts {
	/** @param {Trace} trace */
	constructor(trace) {
		this.trace = trace;
		this.enter = trace.kinds.id("vmalloc_enter");
		this.exit = trace.kinds.id("vmalloc_exit");
		this.chapters = trace.chapters();
		this.chapter = -1;
		this.step = -1;
		this.call = "";
		/** @type {Map<number, string[]>} by call site */
		this.chains = new Map();
	}
	/**
	 * On to event i.
	 * @param {number} i
	 */
	go(i) {
		const { trace, chapters } = this,
			{ steps, kinds } = trace,
			{ vmalloc_enter: begin } = trace.col,
			k = trace.k[i];
		while (this.chapter + 1 < chapters.length && chapters[this.chapter + 1].i <= i)
			this.chapter++;
		while (this.step + 1 < steps.length && steps[this.step + 1].i <= i) this.step++;
		if (k === this.enter && k) {
			const site = begin.call_site(i);
			this.call = `${kinds.value("vm_op", begin.op(i)) ?? "vmalloc"}()${site ? ` for ${siteText(trace.site(site))}` : ""}`;
		} else if (k === this.exit) this.call = "";
	}
	/**
	 * Of allocation i, outermost first.
	 * @param {number} i
	 */
	names(i) {
		const { trace, chapters, chapter } = this,
			{ mm_page_alloc: request } = trace.col,
			step = trace.steps[this.step],
			names = [];
		if (chapter >= 0) names.push(chapters[chapter].msg);
		if (step && (chapter < 0 || step.i >= chapters[chapter].i) && !/^mark\b/.test(step.text))
			names.push(String(step.text));
		if (this.call) names.push(this.call);
		return [...names, ...this.chain(request.call_site(i)), `order ${request.order(i)}`];
	}
	/**
	 * The functions inlined at a call site, and its own.
	 * @param {number} s
	 */
	chain(s) {
		const { trace } = this;
		if (trace.left.has("s")) return [];
		const site = trace.site(s),
			inlined = site?.inlined ? site.inlined.split("<").map((f) => f + "()") : [],
			list = this.chains.get(s) ?? [...inlined, siteText(site)];
		this.chains.set(s, list);
		return list;
	}
}

/**
 * The allocations counted below the node that `names` (outermost first, without the root) leads to.
 * @param {Model} model
 * @param {string[]} names
 * @param {FlameOptions} options
 */
export function eventsUnder(model, names, options) {
	/** @type {number[]} */
	const out = [];
	flame(model, {
		...options,
		each: (i, path) => {
			if (names.every((n, d) => path[d + 1]?.name === n)) out.push(i);
		},
	});
	return Uint32Array.from(out);
}
