// SPDX-License-Identifier: MIT
/*
 * walk.js - how the MMU finds the frame behind an address: the address cut into its
 * three parts, the directory entry, the table entry, every flag, the frame.
 */
import { h, fill } from "./dom.js";
import { addr, hex, areaSize, ENTRY_BITS } from "../model/format.js";
import { mmuSays, translate, translateText } from "../model/address.js";
import { NONE } from "../model/owners.js";

/** @import {Machine} from "../model/machine.js" */
/** @import {Model} from "../model/model.js" */
/** @import {Selection} from "../model/selection.js" */
/** @import {Translation, Walk} from "../model/types.js" */
/** @import {Hover} from "./store.js" */
/** @import {Scene} from "./scene.js" */

/**
 * What the walk is written from: the moment, the address, and what its words and links do.
 * @typedef {{model: Model, i: number, va: number | null, goto: (i: number) => void,
 *	terms: (text: string, seen?: Set<any>) => any,
 *	card: (name: string, at: HTMLElement, body: any) => void}} WalkScene
 * @typedef {WalkScene & {say: (text: string) => any}} Said say: marks each term once
 * @typedef {{cls: string, title: string, where: string, raw: number, level: "pde" | "pte",
 *	meaning: string, at: number, goto: (i: number) => void, pfn: number, unknown: boolean}} Card
 *	an entry
 */
/**
 * A walk that was made.
 * @typedef {object} Walked
 * @property {Said} scene
 * @property {Machine} m
 * @property {Translation} x
 * @property {boolean} reference is there a directory that others copy the kernel's slots from?
 *	Only then is there one to compare with
 * @property {boolean} foreign is another directory than that one in use?
 * @property {boolean} unloaded is it unknown which is? Events are missing, and none since tells of
 *	CR3
 * @property {boolean} recursive does the slot map the directory itself?
 */

/** v in n binary digits. @type {(v: number, n: number) => string} */
const bin = (v, n) => v.toString(2).padStart(n, "0");

/**
 * The flags of an entry; pressed, a card with their meanings.
 * @param {number} entry
 * @param {"pde" | "pte"} level
 * @param {WalkScene} scene
 */
function flags(entry, level, { card, terms }) {
	const bits = ENTRY_BITS.filter(([bit]) => !(level === "pte" && bit === 0x80)),
		seen = new Set();
	return h(
		"button.flags",
		{
			"aria-label": `flags: ${
				bits
					.filter(([bit]) => entry & bit)
					.map((x) => x[2])
					.join(", ") || "none"
			}`,
			"aria-haspopup": "dialog",
			onclick: (/** @type {{currentTarget: HTMLElement}} */ e) =>
				card(
					"flags",
					e.currentTarget,
					bits.map(([bit, letter, name, text]) =>
						h(
							"p",
							h("b", letter),
							" ",
							terms(`${name}: ${text}`, seen),
							entry & bit ? " – set" : "",
						),
					),
				),
		},
		bits.map(([bit, letter, name, text]) =>
			h(entry & bit ? "span.flag.on" : "span.flag", { title: `${name}: ${text}` }, letter),
		),
	);
}

/**
 * The link to the event that wrote an entry.
 * @param {number} i
 * @param {(i: number) => void} goto
 * @param {number} raw
 */
function since(i, goto, raw) {
	return i < 0 && !raw
		? null
		: i >= 0
			? h(
					"button.link",
					{ onclick: () => goto(i), title: "go to the event that wrote this entry" },
					`since #${i}`,
				)
			: h("span.dim", "as it was before the trace");
}

/**
 * A step can be pointed at, focused and selected: data-pfn is the frame it leads to, data-of the
 * bits of the address below those that choose it, data-entry which entry it is.
 * @param {string} title
 * @param {number} pfn
 * @param {number | null} of
 * @param {string | null} [entry]
 */
const step = (title, pfn, of, entry) => ({
	tabIndex: 0,
	role: "group",
	"aria-label": title,
	"data-pfn": pfn >= 0 ? pfn : null,
	"data-of": of,
	"data-entry": entry,
});

/**
 * @param {Card} card
 * @param {Said} scene
 */
function entryCard({ cls, title, where, raw, level, meaning, at, goto, pfn, unknown }, scene) {
	return h(
		`div.step.${cls}`,
		step(title, pfn, level === "pde" ? 22 : 12, level),
		h("div.step-head", h("b", scene.say(title)), h("span.mono.dim", where)),
		unknown ? null : h("div.step-row", h("code.raw", addr(raw)), flags(raw, level, scene)),
		h(
			"div.step-say",
			scene.say(unknown ? "Unknown: no event has told this entry." : meaning),
			" ",
			since(at, goto, raw),
		),
	);
}

/**
 * The same address through the reference directory, which the kernel edits; a process's own is a
 * copy that may lag behind.
 * @param {Machine} m
 * @param {number} va
 * @param {Translation} x
 * @param {Walk} w
 * @param {Said} scene
 */
function referenceStep(m, va, x, w, scene) {
	const { goto } = scene;
	const r = x.ref,
		kernel = va >= m.pageOffset,
		same = r.pde === w.pde;
	const say = !kernel
		? "User addresses are the process's alone: the reference directory has nothing here."
		: same
			? "The same entry: the slot has been copied."
			: r.pde & 1
				? "The process's slot lags behind: its first access here faults, and this entry is copied."
				: "The two differ here.";
	const out = [
		h(
			"div.step-head",
			h("b", scene.say("Reference directory")),
			h("span.mono.dim", addr(m.refPgd)),
			h("span.badge", same ? "agrees" : "differs"),
		),
	];
	if (kernel)
		out.push(
			h(
				"div.step-row",
				h("span.dim", `PDE ${r.slot}`),
				h("code.raw", addr(r.pde)),
				flags(r.pde, "pde", scene),
			),
		);
	if (kernel && r.pde & 1 && !r.large && !same)
		out.push(
			h(
				"div.step-row",
				h("span.dim", `PTE ${r.index}`),
				h("code.raw", addr(r.pte)),
				flags(r.pte, "pte", scene),
			),
		);
	out.push(
		h(
			"div.step-say",
			say,
			kernel && r.ok && !w.ok ? ` It leads to physical ${addr(r.pa)}. ` : " ",
			kernel ? since(r.pdeSince, goto, r.pde) : null,
		),
	);
	return h(
		"div.step.other-dir",
		step("reference directory", m.refPgd >>> 12, null, kernel ? "pde" : null),
		out,
	);
}

/**
 * The hardware's own word on it.
 * @param {Model} model
 * @param {number} i
 * @param {number} va
 * @param {(i: number) => void} goto
 */
function hardware(model, i, va, goto) {
	const said = mmuSays(model, va, i),
		{ i: asked = -1, next = -1 } = said,
		at = (/** @type {number} */ to) => h("button.link", { onclick: () => goto(to) }, `#${to}`);
	if (asked >= 0)
		return h(
			said.agree ? "div.note.agree" : "div.note.bad",
			null,
			said.agree
				? "✓ The MMU itself gave this answer at "
				: "✗ The MMU gave another answer at ",
			at(asked),
		);
	if (!model.complete) return null;
	if (next < 0 && model.trace.machine.flags?.includes?.("simulator"))
		return h("div.note.dim", "The simulator's: there is no MMU to ask.");
	return h(
		"div.note.dim",
		"The MMU is ",
		next < 0 ? "not asked about it in this trace." : ["asked about it at ", at(next), "."],
	);
}

/**
 * The directory that CR3 holds.
 * @param {Walked} walked
 */
function cr3Step({ scene, m, unloaded, reference, foreign }) {
	const badge = unloaded
		? h("span.badge", "unknown")
		: reference && h("span.badge", foreign ? "a process's" : "reference");
	return h(
		"div.step.cr3",
		step("CR3", unloaded ? -1 : m.curPgd >>> 12, null),
		h(
			"div.step-head",
			h("b", scene.say("CR3")),
			unloaded ? null : h("span.mono.dim", `→ ${addr(m.curPgd)}`),
			badge,
		),
	);
}

/**
 * The address and its three parts.
 * @param {Translation} x
 */
function addressParts({ addr: va, walk: w, region }) {
	/** @type {(cls: string, title: string, bits: string, text: string) => HTMLElement} */
	const part = (cls, title, bits, text) =>
		h(`span.bit.${cls}`, { title }, h("code", bits), h("i", text));
	return h(
		"div.va",
		h("div.va-line", h("code.big", addr(va)), h("span.badge", region.name)),
		h(
			"div.bits",
			part(
				"dirbits",
				"bits 31..22: slot of the page directory",
				bin(w.slot, 10),
				`slot ${w.slot}`,
			),
			part(
				"tabbits",
				w.large
					? "bits 21..0: offset in the 4 MiB page"
					: "bits 21..12: slot of the page table",
				bin(w.index, 10),
				w.large ? "offset…" : `slot ${w.index}`,
			),
			part(
				"offbits",
				"bits 11..0: offset in the page",
				bin(w.offset, 12),
				w.large ? "…in 4 MiB" : `offset ${hex(w.offset)}`,
			),
		),
	);
}

/**
 * The entry of the directory.
 * @param {Walked} walked
 */
function directoryStep({ scene, m, x: { walk: w }, recursive }) {
	const present = w.pde & 1,
		meaning = !present
			? "Not present: no table for these 4 MiB."
			: w.large
				? `One page of 4 MiB at physical ${addr(w.pde & 0xffc00000)}.`
				: recursive
					? "This slot maps the directory itself: the MMU now reads the directory as the page table."
					: `The page table is in frame ${hex(w.table)}.`;
	return entryCard(
		{
			cls: present ? "pde" : "pde.fault",
			unknown: w.unknown && w.why === "pde",
			title: `PDE ${w.slot}`,
			where: `stored at ${addr(m.curPgd + w.slot * 4)}`,
			raw: w.pde,
			level: "pde",
			meaning,
			at: w.pdeSince,
			goto: scene.goto,
			pfn: w.large ? (w.pa >>> 22) << 10 : w.table,
		},
		scene,
	);
}

/**
 * The entry of the table.
 * @param {Walked} walked
 */
function tableStep({ scene, x, recursive }) {
	const w = x.walk,
		present = w.pte & 1,
		read = recursive ? `Directory slot ${w.index}, read as a table entry. ` : "",
		meaning = present
			? `${read}Leads to frame ${hex(w.pte >>> 12)}.`
			: x.guard
				? "Empty on purpose: the guard page."
				: "Not present.";
	return entryCard(
		{
			cls: present ? "pte" : "pte.fault",
			unknown: w.unknown,
			title: `PTE ${w.index}`,
			where: `stored at ${addr(w.table * 4096 + w.index * 4)}`,
			raw: w.pte,
			level: "pte",
			meaning,
			at: w.pteSince,
			goto: scene.goto,
			pfn: w.ok ? x.pfn : -1,
		},
		scene,
	);
}

/**
 * Where the walk ends: a frame, a fault, or what no event has told.
 * @param {Walked} walked
 */
function lastStep({ scene, x }) {
	const { ok, unknown, pa } = x.walk;
	if (ok)
		return h(
			"div.step.frame",
			step(`frame ${hex(x.pfn)}`, x.pfn, 12),
			h("div.step-head", h("b", `Frame ${hex(x.pfn)}`), h("span.badge", x.owner)),
			h("div.step-row", h("span", "physical "), h("code.raw", addr(pa))),
		);
	return h(
		"div.step.frame.fault",
		step(unknown ? "unknown" : "fault", -1, 12),
		h("div.step-head", h("b", unknown ? "Unknown" : "Fault")),
		h("div.step-say", scene.say(translateText(x))),
	);
}

/**
 * The area the address lies in, else what its region is for.
 * @param {Walked} walked
 */
function areaNote({ scene, x: { area, region } }) {
	const { say, goto } = scene;
	if (!area) return region.what ? h("div.note.dim", say(`${region.what}.`)) : null;
	const made = () => h("button.link", { onclick: () => goto(area.i) }, `#${area.i}`);
	return h(
		"div.note",
		`Area ${addr(area.addr)}, `,
		say(`${areaSize(area)} page`),
		area.i >= 0 ? [", made at ", made()] : "",
		".",
	);
}

const nothingChosen = () =>
	h(
		"div.empty",
		h(
			"p",
			"Choose a page, a frame or an event with an address, or type an address into the search box.",
		),
		h("p.dim", "The walk then shows how the MMU translates it at this moment."),
	);

/**
 * The walk, step by step.
 * @param {WalkScene} given
 */
function renderWalk(given) {
	const { model, i, va, goto, terms } = given,
		{ trace } = model;
	if (va === null) return nothingChosen();
	const seen = new Set(),
		scene = { ...given, say: (/** @type {string} */ text) => terms(text, seen) },
		m = model.at(i),
		x = translate(model, va, i),
		w = x.walk,
		reference = trace.says("reference directory"),
		foreign = reference && m.curPgd !== m.refPgd,
		unloaded = m.curPgd === NONE,
		recursive = w.slot === trace.machine.recursive_slot && w.table * 4096 === m.curPgd,
		walked = { scene, m, x, reference, foreign, unloaded, recursive };
	return [
		addressParts(x),
		hardware(model, i, va, goto),
		cr3Step(walked),
		unloaded ? null : directoryStep(walked),
		w.pde & 1 && !w.large ? tableStep(walked) : null,
		lastStep(walked),
		foreign && m.dirs.has(m.refPgd) ? referenceStep(m, va, x, w, scene) : null,
		areaNote(walked),
	];
}

/**
 * Fills el with the walk of scene; a step that has the focus keeps it.
 * @param {HTMLElement} el
 * @param {WalkScene} scene
 * @param {Element | null} instead what is shown in its place
 */
export function fillWalk(el, scene, instead = null) {
	const had = document.activeElement,
		at = [...el.children].findIndex((step) => step.contains(had)),
		inner =
			at < 0
				? -1
				: [...el.children[at].querySelectorAll("button")].findIndex((b) => b === had);
	fill(el, instead ?? renderWalk(scene));
	if (at >= 0)
		/** @type {HTMLElement} */ (
			el.children[at]?.querySelectorAll("button")[inner] ?? el.children[at] ?? el
		).focus({
			preventScroll: true,
		});
}

/**
 * Outlines the steps of a walk that what is pointed at elsewhere passes through, and the entry
 * that is selected.  scene: {va, m, hoverFrames, hoverPages, hover, sel}.
 * @param {HTMLElement} walk
 * @param {Pick<Scene, "m" | "va" | "hoverFrames" | "hoverPages"> & {hover: Hover | null, sel:
 *	Selection | null}} scene
 */
export function lightSteps(walk, { va, m, hoverFrames, hoverPages, hover, sel }) {
	const on = !hover?.step && (hoverPages.size > 0 || hoverFrames.length > 0),
		entry = sel?.kind === "entry",
		at = va ?? -1;
	if (!on && !entry && !walk.querySelector(".lit, .picked")) return;
	const lit = (/** @type {DOMStringMap} */ { pfn, of }) =>
		(of &&
			(hoverPages.has(at >>> 12) ||
				(of === "22" && Number(hover?.va) >>> 22 === at >>> 22))) ||
		hoverFrames.some((f) => Number(pfn) >= f.pfn && Number(pfn) < f.pfn + 2 ** f.order);
	for (const step of /** @type {Iterable<HTMLElement>} */ (walk.children)) {
		const other = sel?.level === "pde" && sel.pgd !== m.curPgd;
		step.classList.toggle(
			"picked",
			entry && step.dataset.entry === sel.level && step.matches(".other-dir") === other,
		);
		step.classList.toggle("lit", on && lit(step.dataset));
	}
}
