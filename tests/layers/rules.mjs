// SPDX-License-Identifier: MIT
// rules.mjs - holds a tree (tree.mjs) against the table of layers.mjs. Each rule returns what is
// wrong, one text a fault, naming both files.
import { basename, dirname } from "node:path";
import { onlyCode, partOf, unitOf } from "./tree.mjs";

// The layers of the table: { at: its path, part, rank }, 0 the lowest.
function layersOf(table) {
	return Object.entries(table.parts).flatMap(([part, { order }]) => {
		if (!order)
			return [{ at: part, part, rank: 0 }];
		return order.split(" < ").flatMap((names, rank) =>
			names.split(", ").map((name) => ({ at: `${part}/${name}`, part, rank })));
	});
}

const inside = (path, folder) => path === folder || path.startsWith(`${folder}/`);
const layerOf = (layers, path) => layers.find(({ at }) => inside(path, at));
const arrowText = ({ from, to, how, name }) => `${from} ${how} ${name ? `${name} of ` : ""}${to}`;

function excepted(table, { from, to }) {
	return table.exceptions.some(([a, b]) => from === a && to === b);
}

// Why an arrow runs against the order; undefined if it does not.
function against(table, layers, { from, to }) {
	const a = layerOf(layers, from), b = layerOf(layers, to);
	if (!a || a === b)
		return;
	if (!b)
		return "nothing that is shipped uses a file outside the parts";
	const { uses = [], never = [] } = table.parts[a.part];
	if (a.part !== b.part) {
		if (!uses.includes(b.part) || never.some((folder) => inside(to, folder)))
			return `${a.part} uses only ${["itself", ...uses].join(", ")}`
				+ (never.length ? `, never ${never.join(", ")}` : "");
	} else if (b.rank >= a.rank) {
		return b.rank > a.rank ? `${b.at} is above ${a.at}` : `${b.at} stands beside ${a.at}`;
	}
}

function orderFaults(table, tree, how) {
	const layers = layersOf(table), names = new Map(), why = new Map();
	for (const arrow of tree.arrows.filter((a) => a.how === how && !excepted(table, a))) {
		const reason = against(table, layers, arrow);
		if (!reason)
			continue;
		const key = JSON.stringify([arrow.from, arrow.to]);
		why.set(key, reason);
		names.set(key, [...names.get(key) ?? [], arrow.name].filter(Boolean));
	}
	return [...why].map(([key, reason]) => {
		const [from, to] = JSON.parse(key);
		return `${arrowText({ from, to, how, name: names.get(key).join(", ") })}: ${reason}`;
	});
}

// ---- circles -------------------------------------------------------------------------------

// The first arrow from each unit to each other one.
function unitGraph(table, tree) {
	const graph = new Map();
	for (const arrow of tree.arrows.filter((a) => !excepted(table, a))) {
		const from = unitOf(arrow.from), to = unitOf(arrow.to);
		if (!graph.has(from))
			graph.set(from, new Map());
		if (from !== to && !graph.get(from).has(to))
			graph.get(from).set(to, arrow);
	}
	return graph;
}

// The shortest way from a unit back to itself, as arrows; undefined if there is none.
function circleFrom(graph, start) {
	const cameBy = new Map(), queue = [start];
	for (const unit of queue) {
		for (const [to, arrow] of graph.get(unit) ?? []) {
			if (cameBy.has(to))
				continue;
			cameBy.set(to, arrow);
			queue.push(to);
		}
	}
	if (!cameBy.has(start))
		return;
	const circle = [];
	for (let at = start; !circle.length || at !== start; at = unitOf(circle[0].from))
		circle.unshift(cameBy.get(at));
	return circle;
}

// The shortest circle first; its arrows are then left out, so that each is told once.
function circleFaults(table, tree) {
	const graph = unitGraph(table, tree), faults = [];
	for (;;) {
		const circles = [...graph.keys()].map((unit) => circleFrom(graph, unit)).filter(Boolean);
		if (!circles.length)
			return faults;
		const shortest = circles.reduce((a, b) => b.length < a.length ? b : a);
		faults.push(shortest.map(arrowText).join("; "));
		for (const { from, to } of shortest)
			graph.get(unitOf(from)).delete(unitOf(to));
	}
}

// ---- the page, names, the table ------------------------------------------------------------

// What only a page has; a worker and node have none of it.
const PAGE = ["document", "window", "localStorage", "sessionStorage", "requestAnimationFrame",
	"matchMedia", "getComputedStyle", "ResizeObserver", "IntersectionObserver", "MutationObserver",
	"HTML\\w*Element", "SVG\\w*Element", "CanvasRenderingContext2D", "DOMParser",
	"querySelector\\w*", "getElement\\w+", "createElement\\w*", "appendChild", "innerHTML",
	"textContent", "classList",
	"addEventListener", "getContext", "alert"];
const PAGE_WORD = new RegExp(`(?<![\\w$])(?:${PAGE.join("|")})(?![\\w$])`, "g");

function pageFaults(table, tree) {
	return Object.entries(table.parts).flatMap(([part, { knowsNoPage = [] }]) => {
		const files = tree.sources.filter((file) =>
			knowsNoPage.some((name) => inside(file, `${part}/${name}`)));
		return files.flatMap((file) =>
			[...new Set(onlyCode(tree.text(file)).match(PAGE_WORD))].map((word) =>
				`${file} names ${word}, which only a page has: that belongs in ${part}/ui`));
	});
}

function nameFaults(table, tree) {
	const folders = new Map(), faults = [];
	for (const path of tree.named)
		folders.set(basename(path), [...folders.get(basename(path)) ?? [], dirname(path)]);
	for (const [name, where] of folders) {
		const allowed = table.sameName[name]?.[0] ?? [];
		const paths = where.map((folder) => `${folder}/${name}`);
		if (where.length > 1 && where.sort().join() !== allowed.join())
			faults.push(`one name, ${where.length} files: ${paths.join(" ")}`);
	}
	for (const [name, [allowed]] of Object.entries(table.sameName))
		if ((folders.get(name)?.length ?? 0) < 2)
			faults.push(`the table allows ${name} in ${allowed.join(" and ")}: there are not two`);
	return faults;
}

function tableFaults(table, tree) {
	const layers = layersOf(table);
	const hooks = Object.entries(table.hooks).flatMap(([hook, more]) => [hook, ...more]);
	return [
		...tree.sources.filter((f) => !layerOf(layers, f))
			.map((f) => `${f} is in no layer of the table`),
		...layers.filter(({ at }) => !tree.exists(at))
			.map(({ at }) => `the table has the layer ${at}: there is none in the tree`),
		...hooks.filter((f) => !tree.exists(f))
			.map((f) => `the table has the hook header ${f}: it is missing`),
		...table.exceptions.filter(([a, b]) => !tree.arrows.some((x) => x.from === a && x.to === b))
			.map(([from, to]) => `the table excepts ${from} -> ${to}: there is no such arrow`),
	];
}

/** What is claimed of a tree: [name, faults]; a claim without faults holds. */
export function claims(table, tree) {
	return [
		["the table names every source, and nothing that is not there", tableFaults(table, tree)],
		["every include and import leads to a file", tree.unresolved],
		["every source has an object that nm reads", tree.unread],
		["no include runs against the order", orderFaults(table, tree, "includes")],
		["no import runs against the order", orderFaults(table, tree, "imports")],
		["no call runs against the order", orderFaults(table, tree, "calls")],
		["no files use each other in a circle", circleFaults(table, tree)],
		["load and model know no page", pageFaults(table, tree)],
		["a file's name says which file it is", nameFaults(table, tree)],
	];
}
