// SPDX-License-Identifier: MIT
/*
 * welcome.js - what is seen before there is a picture: the welcome, a trace that is being read,
 * one that is too big.
 */
import { h } from "./dom.js";
import { needs, allowance, tooMuch } from "./part.js";
import * as fmt from "../model/format.js";

/** x, y, width, height and colour of the squares of the logo, of 16 by 16. */
const SQUARES = [
	"0 0 7 7 #0058d9",
	"9 0 7 3 #d9a514",
	"9 4 7 3 #f97756",
	"0 9 3 7 #2d94af",
	"4 9 3 7 #00daa0",
	"9 9 7 7 #63676c",
];

export function logo() {
	const ns = "http://www.w3.org/2000/svg",
		svg = document.createElementNS(ns, "svg");
	svg.setAttribute("viewBox", "0 0 16 16");
	svg.setAttribute("aria-hidden", "true");
	for (const square of SQUARES) {
		const rect = document.createElementNS(ns, "rect"),
			[x, y, width, height, fill] = square.split(" ");
		for (const [name, v] of Object.entries({ x, y, width, height, fill, rx: "1" }))
			rect.setAttribute(name, v);
		svg.append(rect);
	}
	return svg;
}

/** What the empty page offers: chapter of the demo, and its name. @type {[number, string][]} */
const LESSONS = [
	[3, "A page is born"],
	[4, "Coalescing"],
	[6, "vmalloc: here in a row, there scattered"],
];

/** A link was opened, and the trace it speaks of is not here yet; hash: of the address. */
function linkWaits(/** @type {string} */ hash) {
	const q = new URLSearchParams(hash.slice(1)),
		n = Number(q.get("n")),
		id = q.get("tr") ?? "",
		named = /^[0-9a-f]{12}$/.test(id) ? ` (${id})` : "";
	if (!q.has("i") || !(n > 0)) return null;
	return h(
		"div.alert",
		{ role: "status" },
		`This link leads to event #${fmt.count(Number(q.get("i")) || 0)} of a trace of ${fmt.plural(n, "event")}${named}. Open that trace and the page goes there.`,
	);
}

/**
 * The empty page.
 * @param {{message?: any, hash: string, theme: Element, input: HTMLInputElement,
 *	demo: ((chapter?: number) => void) | null}} given message: why a trace is not shown; hash: of
 *	the address; theme: the button; input: picks a file; demo: opens the demo, at a chapter with
 *	its questions; null: there is none
 */
export function welcome({ message, hash, theme, input, demo }) {
	const drop = h(
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
			demo
				? h("button", { id: "demo", onclick: () => demo() }, "Open the built-in demo")
				: null,
		),
		input,
	);
	return [
		h(
			"header.top",
			h("div.logo", logo(), "pagescope"),
			h("div.tools", { style: { "margin-left": "auto" } }, theme),
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
				linkWaits(hash),
				drop,
				demo
					? h(
							"p",
							"Or a chapter of the demo with its questions: ",
							LESSONS.map(([chapter, name]) => [
								h("button", { onclick: () => demo(chapter) }, name),
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
	];
}

/**
 * A trace is being read, and there is no picture of it yet.
 * @param {string} name
 * @param {Element} cancel the button
 */
export const reading = (name, cancel) => [
	h("header.top", h("div.logo", logo(), "pagescope"), h("div.what", `reading ${name}…`)),
	h(
		"div.welcome",
		h(
			"div",
			h("p", { role: "status", id: "load-status" }, `Reading ${name}…`),
			h("div.bar", h("i", { id: "load-bar" })),
			h("p", cancel),
		),
	),
];

/**
 * A trace needs more memory than the page takes unasked.
 * @param {string} name
 * @param {any} header of the trace
 * @param {{from: number, to: number} | null} range that was asked for
 * @param {{part: (header: any, range: any) => Element, all: () => void}} offer a form to load
 *	less; loads it all the same
 */
export function tooBig(name, header, range, { part, all }) {
	const n = Number(header.excerpt?.of ?? header.events),
		per = needs({ ...header, events: 1e6 }) / 1e6,
		fit = Math.max(65536, Math.floor(allowance() / per / 65536) * 65536);
	return h(
		"div",
		h("b", `${name} is big: ${fmt.count(n)} events need`),
		tooMuch(needs(header)),
		part({ ...header, events: n }, range ?? { from: 0, to: Math.min(n, fit) }),
		h(
			"p",
			h("button", { id: "load-anyway", onclick: all }, "Load it all the same"),
			" or make a slice: ",
			h("code", "pagescope export --from TICK --to TICK"),
			".",
		),
	);
}
