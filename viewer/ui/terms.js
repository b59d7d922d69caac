/*
 * terms.js - the words of the field: where one stands in a text it can be asked for, with
 * a sentence about it and an example from the loaded trace.
 */
import { h } from "./dom.js";
import { TERMS, example, termText } from "../model/lesson.js";

const WORDS = [["page frame", /\bpage frames?\b|\bframes?\b/i], ["order", /\border(?:-\d+)?\b/i], ["buddy", /\bbudd(?:y|ies)\b/i], ["split", /\bsplits?\b|\bcut in two\b|\bhalved\b/i], ["merge", /\bmerges?\b|\bbecome one\b/i], ["free list", /\bfree lists?\b|\blists? of order\b/i], ["zone", /\bzones?\b/i],
	["watermark", /\bwatermarks?\b/i], ["external fragmentation", /\bfragmentation\b/i], ["unusable index", /\bunusable\b/i], ["page directory, PDE", /\bpage directory\b|\bdirectory slot\b|\bPDEs?\b|\bdirectory\b/i], ["page table, PTE", /\bpage tables?\b|\bPTEs?\b|\bpage-table entry\b/i], ["PSE", /\bPSE\b|\bpages? of 4 MiB\b|\b4 MiB pages?\b/],
	["linear map", /\blinear map\b/i], ["vmalloc", /\bvmalloc\b/i], ["guard page", /\bguard page\b/i], ["TLB", /\bTLB\b/], ["lazy synchronisation", /\breference directory\b/i], ["oops", /\boops\b/i], ["slab", /\bslabs?\b/i], ["bootmem", /\bbootmem\b/i], ["pair bit", /\bpair bits?\b/i], ["GFP mask", /\bGFP_\w+\b|\bgfp\b/],
	["CR3", /\bCR3\b/], ["MMU", /\bMMU\b/], ["page fault", /\bpage faults?\b/i], ["kmap", /\bkmap\b/], ["fixmap", /\bfixmap\b/], ["kmalloc", /\bkmalloc\b/], ["reserved frame", /\breserved\b/i],
	["high memory", /\bhigh memory\b|\bHighMem\b/i], ...["tick", "call site", "accessed", "dirty", "global"].map((x) => [x, new RegExp(`\\b${x}s?\\b`, "i")])];
let card = null;
const close = () => { if (!card) return false; const { back } = card; card.el.remove(); card = null; back?.focus?.({ preventScroll: true }); return true; };
export { close as closeCard };

/** The card of a term, or of what has a text of its own, below the word that was pressed. */
export function openCard(app, term, at, body = null) {
	close();
	const t = TERMS.find((x) => x[0] === term), r = at.getBoundingClientRect(), el = h("div.term-card", { role: "dialog", "aria-label": term, onkeydown: (e) => { if (e.key === "Escape") { close(); e.stopPropagation(); } } }, h("b", term), body ?? h("p", termText(app.model.trace, t)),
		h("p.row", body ? "" : h("button", { onclick: () => { const i = example(app.model.trace, t, app.state.i); close(); if (i < 0) app.toast(`this trace has no ${t[0]}`); else app.goto(i); } }, "Show me one"), h("button", { onclick: close }, "Close")));
	(document.querySelector("main") ?? document.body).append(el);
	el.style.left = Math.max(4, Math.min(r.left, innerWidth - el.offsetWidth - 8)) + "px";
	el.style.top = (r.bottom + 4 + el.offsetHeight > innerHeight ? Math.max(4, r.top - el.offsetHeight - 4) : r.bottom + 4) + "px";
	card = { el, back: at };
	el.querySelector("button").focus();
}
addEventListener("pointerdown", (e) => { if (card && !card.el.contains(e.target)) { card.back = null; close(); } }, true);

/** A text with its terms marked, each at its first place only; `seen` keeps count across texts. */
export function withTerms(app, text, seen = new Set()) {
	const found = [];
	for (const [term, re] of WORDS) {
		if (seen.has(term)) continue;
		const m = re.exec(text);
		if (!m || found.some((f) => m.index < f.end && m.index + m[0].length > f.at)) continue;
		seen.add(term);
		found.push({ term, at: m.index, end: m.index + m[0].length });
	}
	const out = [];
	let at = 0;
	for (const f of found.sort((x, y) => x.at - y.at)) {
		out.push(text.slice(at, f.at), h("button.term", { title: app.model ? `${f.term}: ${termText(app.model.trace, TERMS.find((t) => t[0] === f.term))}` : f.term, "aria-haspopup": "dialog", onclick: (e) => openCard(app, f.term, e.currentTarget) }, text.slice(f.at, f.end)));
		at = f.end;
	}
	out.push(text.slice(at));
	return out;
}

/** What a panel of text needs for the words in it. */
export const cards = (app) => ({ terms: (text, seen) => withTerms(app, text, seen), card: (name, at, body) => openCard(app, name, at, body) });
