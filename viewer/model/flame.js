// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
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

/** What a node's width may mean: [id, text, weight of allocation i (0: not counted)]. */
export const WEIGHTS = [
	["pages", "pages handed out"],
	["requests", "requests"],
	["held", "pages still held at the cursor"],
	["refused", "requests refused"],
];

function weigher(model, weight, at) {
	const { trace } = model,
		{ mm_page_alloc: request } = trace.col;
	if (weight === "requests") return () => 1;
	if (weight === "refused") return (i) => (request.pfn(i) === NONE ? 1 : 0);
	if (weight === "pages") return (i) => (request.pfn(i) === NONE ? 0 : 1 << request.order(i));
	const held = new Map(),
		m = model.at(at);
	for (let p = 0; p < m.frames; p++) {
		const owner = m.meta[p] >> 4;
		if (owner !== FREE && owner !== RESERVED && owner !== UNKNOWN && m.since[p] >= 0)
			held.set(m.since[p], (held.get(m.since[p]) ?? 0) + 1);
	}
	return (i) => held.get(i) ?? 0;
}

/**
 * The tree of the allocations in events [from, to): {name, value, first, calls, children},
 * children sorted by value.  `each(i, path)`, if given, is called with the nodes of each
 * counted allocation, outermost first.
 */
export function flame(
	model,
	{ from = 0, to = model.n, weight = "pages", at = model.n - 1, each = null } = {},
) {
	const { trace } = model,
		op = trace.kinds.op,
		of = weigher(model, weight, at);
	const root = { name: "all allocations", value: 0, calls: 0, first: -1, children: new Map() };
	const enter = trace.kinds.id("vmalloc_enter"),
		exit = trace.kinds.id("vmalloc_exit"),
		chapters = trace.chapters(),
		chains = new Map();
	const chain = (s) => {
		if (trace.left.has("s")) return [];
		let list = chains.get(s);
		if (!list) {
			const site = trace.site(s);
			chains.set(
				s,
				(list = [
					...(site?.inlined ? site.inlined.split("<").map((f) => f + "()") : []),
					siteText(site),
				]),
			);
		}
		return list;
	};
	let c = -1,
		st = -1,
		call = null;
	const { steps } = trace,
		{ mm_page_alloc: request, vmalloc_enter: begin } = trace.col;
	for (let i = 0; i < to; i++) {
		while (c + 1 < chapters.length && chapters[c + 1].i <= i) {
			c++;
		}
		while (st + 1 < steps.length && steps[st + 1].i <= i) st++;
		const k = trace.k[i];
		if (k === enter && enter)
			call = `${trace.kinds.value("vm_op", begin.op(i)) ?? "vmalloc"}()${begin.call_site(i) ? ` for ${siteText(trace.site(begin.call_site(i)))}` : ""}`;
		else if (k === exit && exit) call = null;
		if (i < from || op[k] !== OP.mm_page_alloc) continue;
		const v = of(i);
		if (!v) continue;
		const step =
				st >= 0 && (c < 0 || steps[st].i >= chapters[c].i) ? String(steps[st].text) : "",
			names = [];
		if (c >= 0) names.push(chapters[c].msg);
		if (step && !/^mark\b/.test(step)) names.push(step);
		if (call) names.push(call);
		names.push(...chain(request.call_site(i)), `order ${request.order(i)}`);
		let node = root;
		const path = each ? [root] : null;
		for (let d = -1; d < names.length; d++) {
			if (d >= 0) {
				let next = node.children.get(names[d]);
				if (!next)
					node.children.set(
						names[d],
						(next = {
							name: names[d],
							value: 0,
							calls: 0,
							first: i,
							children: new Map(),
						}),
					);
				node = next;
				path?.push(node);
			}
			node.value += v;
			node.calls++;
			if (node.first < 0) node.first = i;
		}
		each?.(i, path);
	}
	const settle = (node) => {
		node.children = [...node.children.values()].sort(
			(x, y) => y.value - x.value || x.first - y.first,
		);
		node.children.forEach(settle);
	};
	settle(root);
	return root;
}

/**
 * The allocations counted below the node that `names` (outermost first, without the root) leads to.
 */
export function eventsUnder(model, names, options) {
	const out = [];
	flame(model, {
		...options,
		each: (i, path) => {
			if (names.every((n, d) => path[d + 1]?.name === n)) out.push(i);
		},
	});
	return Uint32Array.from(out);
}
