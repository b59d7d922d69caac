// SPDX-License-Identifier: MIT
/*
 * terms.js - the words of the field: where one stands in a text it can be asked for, with
 * a sentence about it and an example from the loaded trace.
 */
import { h } from "./dom.js";
import { TERMS, example, termText } from "../model/glossary.js";

/** @import {Term} from "../model/glossary.js" */
/** @import {Store} from "./store.js" */

/**
 * What a term is called in a text, where that is not its name.
 * @type {Record<string, string>}
 */
const CALLED = {
	"page frame": "(?:page )?frames?",
	order: "order(?:-\\d+)?",
	buddy: "budd(?:y|ies)",
	split: "splits?|cut in two|halved",
	merge: "merges?|become one",
	"free list": "free lists?|lists? of order",
	"external fragmentation": "fragmentation",
	"unusable index": "unusable",
	"page directory, PDE": "(?<!reference )(?:page )?directory(?: slot)?|PDEs?",
	"page table, PTE": "page[- ]tables?(?: entry)?|PTEs?",
	PSE: "PSE|pages? of 4 MiB|4 MiB pages?",
	"lazy synchronisation": "reference directory",
	"GFP mask": "GFP_\\w+|gfp",
	"reserved frame": "reserved",
	"high memory": "high memory|HighMem",
	"E820 map": "E820|firmware",
};
/** @type {[Term, RegExp][]} */
const WORDS = TERMS.map((t) => [t, RegExp(`\\b(?:${CALLED[t[0]] ?? t[0] + "s?"})\\b`, "i")]);
// ms a word is pointed at until its card opens, and away from both until it closes
const SOON = 250;

/**
 * The open card: its element, the word it is at; light: it came by itself, and goes so.
 * @type {{el: HTMLElement, at: HTMLElement, light: boolean, back: HTMLElement | null} | null}
 */
let card = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer,
	closing = false;
const later = (/** @type {() => void} */ fn) => {
	clearTimeout(timer);
	timer = setTimeout(fn, SOON);
};
const leave = () =>
	later(() => {
		if (card?.light) closeCard();
	});
export function closeCard() {
	clearTimeout(timer);
	if (!card) return false;
	const { el, back } = card;
	el.remove();
	card = null;
	closing = true; // the focus that goes back asks for nothing
	back?.focus?.({ preventScroll: true });
	closing = false;
	return true;
}
/** The word it came by itself for was written anew. */
export function dropCard() {
	if (card?.light && !card.at.isConnected) closeCard();
}

/**
 * To an event that shows a term.
 * @param {Store} store
 * @param {Term} term
 */
export function showOne(store, term) {
	const i = example(store.trace, term, store.state.i);
	if (i < 0) store.toast(`this trace has no ${term[0]}`);
	else store.goto(i);
}

/**
 * The card of a term, or of what has a text of its own, below the word that was pressed; light:
 * that is pointed at or has the focus, and keeps it.
 * @param {Store} store
 * @param {string} name
 * @param {HTMLElement} at
 * @param {any} [body]
 * @param {boolean} [light]
 */
export function openCard(store, name, at, body = null, light = false) {
	closeCard();
	const t = /** @type {Term} */ (TERMS.find((x) => x[0] === name)), // or there is a body
		r = at.getBoundingClientRect(),
		el = h(
			"div.term-card",
			{
				role: light ? "tooltip" : "dialog",
				"aria-label": name,
				onpointerenter: () => clearTimeout(timer),
				onpointerleave: leave,
				onkeydown: (/** @type {KeyboardEvent} */ e) => {
					if (e.key === "Escape") {
						closeCard();
						e.stopPropagation();
					}
				},
			},
			h("b", name),
			body ?? h("p", termText(store.trace, t)),
			h(
				"p.row",
				body
					? ""
					: h(
							"button",
							{
								onclick: () => {
									closeCard();
									showOne(store, t);
								},
							},
							"Show me one",
						),
				h("button", { onclick: closeCard }, "Close"),
			),
		);
	(document.querySelector("main") ?? document.body).append(el);
	el.style.left = Math.max(4, Math.min(r.left, innerWidth - el.offsetWidth - 8)) + "px";
	el.style.top =
		(r.bottom + 4 + el.offsetHeight > innerHeight
			? Math.max(4, r.top - el.offsetHeight - 4)
			: r.bottom + 4) + "px";
	card = { el, at, light, back: light ? null : at };
	if (!light) el.querySelector("button")?.focus();
}
/**
 * Has a word open the card of a term when it is pointed at or focused.
 * @template {HTMLElement} E
 * @param {Store} store
 * @param {Term} term
 * @param {E} el
 */
function asks(store, [name], el) {
	const open = () => {
		if (store.model && el.isConnected && (!card || card.light))
			openCard(store, name, el, null, true);
	};
	el.dataset.term = name;
	el.title = ""; // nor that of what it stands in
	for (const [type, fn] of Object.entries(
		/** @type {Record<string, (e: any) => void>} */ ({
			pointerenter: (e) => e.pointerType === "mouse" && later(open),
			pointerleave: leave,
			focus: () => !closing && el.matches(":focus-visible") && open(),
			blur: leave,
		}),
	))
		el.addEventListener(type, fn);
	return el;
}
addEventListener(
	"pointerdown",
	(e) => {
		if (card && !card.el.contains(/** @type {Node} */ (e.target))) {
			card.back = null;
			closeCard();
		}
	},
	true,
);

/**
 * A text with its terms marked, each at its first place only; `seen` keeps count across texts.
 * @param {Store} store
 * @param {string} text
 * @param {Set<Term>} [seen]
 * @returns {(string | HTMLElement)[]}
 */
export function withTerms(store, text, seen = new Set()) {
	/** @type {{term: Term, at: number, end: number}[]} */
	const found = [];
	for (const [term, re] of WORDS) {
		if (seen.has(term)) continue;
		const m = re.exec(text);
		if (!m || found.some((f) => m.index < f.end && m.index + m[0].length > f.at)) continue;
		seen.add(term);
		found.push({ term, at: m.index, end: m.index + m[0].length });
	}
	/** @type {(string | HTMLElement)[]} */
	const out = [];
	let at = 0;
	for (const f of found.sort((x, y) => x.at - y.at)) {
		out.push(
			text.slice(at, f.at),
			asks(
				store,
				f.term,
				h(
					"button.term",
					{
						"aria-haspopup": "dialog",
						onclick: (/** @type {{currentTarget: HTMLElement}} */ e) =>
							openCard(store, f.term[0], e.currentTarget),
					},
					text.slice(f.at, f.end),
				),
			),
		);
		at = f.end;
	}
	out.push(text.slice(at));
	return out;
}

/**
 * Marks the terms in the paragraphs of a panel, each once; a head of a table, which a press sorts
 * by, has the card of the first in it.
 * @param {Store} store
 * @param {Element} box
 */
export function markTerms(store, box) {
	const seen = new Set();
	for (const p of box.querySelectorAll("p"))
		for (const x of [...p.childNodes])
			if (x.nodeType === 3)
				/** @type {Text} */ (x).replaceWith(
					...withTerms(store, /** @type {Text} */ (x).data, seen),
				);
	for (const head of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll(".sort"))) {
		const word = WORDS.find(([, re]) => re.test(head.textContent ?? ""));
		if (word) asks(store, word[0], head);
	}
}

/**
 * What a panel of text needs for the words in it.
 * @param {Store} store
 */
export const cards = (store) => ({
	terms: (/** @type {string} */ text, /** @type {Set<Term> | undefined} */ seen = undefined) =>
		withTerms(store, text, seen),
	card: (/** @type {string} */ name, /** @type {HTMLElement} */ at, /** @type {any} */ body) =>
		openCard(store, name, at, body),
});
