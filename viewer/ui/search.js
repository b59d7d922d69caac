// SPDX-License-Identifier: MIT
/*
 * search.js - one box for addresses, frames, events, ticks, filters, symbols, commands.
 */
import { h, fill } from "./dom.js";
import { parseQuery } from "../model/parsequery.js";
import { translate, translateText, pageLife } from "../model/address.js";
import { frameInfo } from "../model/frameinfo.js";
import { findEvents } from "../model/touches.js";
import { nearest, alike, callers } from "../model/filter.js";
import { narrate } from "../model/narrate.js";
import * as fmt from "../model/format.js";
import { leftOut } from "./part.js";

/** @import {Filter, Wrong} from "../model/filter.js" */
/** @import {Area, KernelSymbol, Translation} from "../model/types.js" */
/** @import {Store} from "./store.js" */

/**
 * Makes a deed what Enter does, and returns it.
 * @typedef {(fn: () => void) => () => void} Act
 */

export class Search {
	/**
	 * @param {Store} store
	 * @param {() => [string, () => void][]} commands those that can be chosen by name, and what to
	 *	call
	 */
	constructor(store, commands) {
		this.store = store;
		this.commands = commands;
		/** @type {(() => void) | null} what Enter does */
		this.go = null;
		this.answer = h("div.answer", {
			hidden: true,
			role: "region",
			"aria-label": "answer",
			"aria-live": "polite",
		});
		this.input = h("input", {
			type: "search",
			placeholder: "address, pfn 3ffe, #event, t=tick, kind:pte_set, symbol, >command",
			"aria-label": "search: address, frame, event, tick, filter, symbol or command",
			id: "search",
			spellcheck: false,
			autocomplete: "off",
			oninput: () => this.update(),
			onkeydown: (/** @type {KeyboardEvent} */ e) => this.key(e),
			onfocus: () => {
				if (this.input.value) this.update();
			},
		});
		this.el = h("div.search", { role: "search" }, this.input, this.answer);
		const outside = (/** @type {PointerEvent} */ e) => {
			if (!this.el.isConnected) removeEventListener("pointerdown", outside);
			else if (!(e.target instanceof Node && this.el.contains(e.target)))
				this.answer.hidden = true;
		};
		addEventListener("pointerdown", outside);
	}
	/** @param {string} [text] */
	focus(text) {
		// there it is seen only when asked for
		this.el.classList.toggle("asked", this.store.lecture.on);
		this.input.focus();
		if (text !== undefined) {
			this.input.value = text;
			this.update();
		} else this.input.select();
	}
	/** Closes the answer; true if something was open. */
	close() {
		const { classList } = this.el,
			open =
				!this.answer.hidden ||
				document.activeElement === this.input ||
				classList.contains("asked");
		classList.remove("asked");
		this.answer.hidden = true;
		if (document.activeElement === this.input) this.input.blur();
		return open;
	}
	/** @param {KeyboardEvent} e */
	key(e) {
		const hits = /** @type {HTMLButtonElement[]} */ ([
				...this.answer.querySelectorAll("button.hit"),
			]),
			on = hits.findIndex((x) => x.classList.contains("on"));
		if (e.key === "Escape") {
			e.stopPropagation();
			this.close();
		} else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
			e.preventDefault();
			const next =
				hits[
					(on + (e.key === "ArrowDown" ? 1 : -1) + hits.length) % Math.max(1, hits.length)
				];
			hits[on]?.classList.remove("on");
			next?.classList.add("on");
			next?.scrollIntoView({ block: "nearest" });
		} else if (e.key === "Enter") {
			e.preventDefault();
			if (on >= 0) hits[on].click();
			else this.go?.();
		}
	}
	/** @param {...any} content */
	show(...content) {
		fill(this.answer, ...content);
		this.answer.hidden = false;
	}
	/**
	 * @param {string} text
	 * @param {() => void} fn
	 * @param {string} [note]
	 * @returns {HTMLButtonElement}
	 */
	hit(text, fn, note) {
		return h(
			"button.hit",
			{
				onclick: () => {
					fn();
					this.answer.hidden = true;
				},
			},
			text,
			note ? h("span.dim", "  " + note) : null,
		);
	}
	/**
	 * What happens at event i, unless the lecture keeps it back.
	 * @param {number} i
	 */
	tells(i) {
		return this.store.later(i) ? "kept back" : narrate(this.store.trace, i);
	}
	/**
	 * What is made of the first of a list of {i} that the lecture does not keep back, and how many
	 * it does.
	 * @template {{i: number}} T
	 * @param {T[]} list
	 * @param {(x: T) => HTMLElement} make
	 */
	shown(list, make) {
		const now = list.filter((x) => !this.store.later(x.i));
		return [now.slice(0, 6).map(make), this.kept(list.length - now.length)];
	}
	/** @param {number} n */
	kept(n) {
		return n ? h("p.dim", `${fmt.count(n)} later: kept back`) : null;
	}
	/** Answers what is typed. */
	update() {
		const q = parseQuery(this.input.value, this.store.trace);
		this.go = null;
		/** @type {Act} */
		const act = (fn) => {
			this.go = () => {
				fn();
				this.close();
			};
			return fn;
		};
		if (q.type === "empty") this.answer.hidden = true;
		else if (q.type === "error") this.wrong(q);
		else if (q.type === "va") this.address(q.addr, act);
		else if (q.type === "pfn") this.frame(q.pfn, act);
		else if (q.type === "event") this.event(q.i, act);
		else if (q.type === "tick") this.tick(q.t, act);
		else if (q.type === "filter") this.filter(q, act);
		else if (q.type === "command") this.command(q.text, act);
		else this.text(q.text, act);
	}
	/**
	 * What is wrong with it, and what else might be typed.
	 * @param {Wrong} wrong
	 */
	wrong({ message, near }) {
		this.show(
			h("p", { role: "alert" }, cap(message) + "."),
			near.map((x) => this.hit(x, () => this.focus(x), "there is")),
		);
	}
	/**
	 * What a frame is, and where it is reached.
	 * @param {number} pfn
	 * @param {Act} act
	 */
	frame(pfn, act) {
		const { store } = this,
			{ i } = store.state,
			{ ownerName, mappings } = frameInfo(store.model, pfn, i),
			name = `Frame ${fmt.hex(pfn)} (physical ${fmt.addr(pfn * 4096)})`;
		this.show(
			h("p", h("b", `${name} is ${ownerName} at event #${i}.`)),
			mappings
				.slice(0, 4)
				.map((m) =>
					this.hit(
						`reached at ${fmt.addr(m.addr)}`,
						() => store.select({ kind: "va", va: m.addr }),
						m.linear ? "linear map" : "",
					),
				),
			this.hit(
				"select this frame: owner, buddy, history",
				act(() => store.select({ kind: "frame", pfn })),
				"Enter",
			),
		);
	}
	/**
	 * @param {number} i
	 * @param {Act} act
	 */
	event(i, act) {
		const go = act(() => this.store.goto(i));
		this.show(this.hit(`#${i}: ${this.tells(i)}`, go, "Enter"));
	}
	/**
	 * The last event before a tick.
	 * @param {number} t
	 * @param {Act} act
	 */
	tick(t, act) {
		const { store } = this,
			{ trace } = store,
			at = trace.atTick(t),
			go = act(() => store.goto(Math.max(0, at)));
		if (at < 0)
			this.show(
				h("p", `The trace begins later, at tick ${fmt.count(trace.t[0])}.`),
				this.hit("go to the first event", go),
			);
		else
			this.show(
				this.hit(`tick ${fmt.count(t)}: after #${at}, ${this.tells(at)}`, go, "Enter"),
			);
	}
	/**
	 * The events that a filter matches: all as a list, and the next ones.
	 * @param {Filter} q
	 * @param {Act} act
	 */
	filter(q, act) {
		const { store } = this,
			{ trace } = store,
			{ i } = store.state,
			later = store.later(i + 1),
			next = findEvents(trace, q.test, i + 1, trace.n, later ? trace.n : 6),
			any = next.length || findEvents(trace, q.test, 0, trace.n, 1).length,
			thing = thingOf(q.words);
		if (!any) {
			this.noMatch(q);
			return;
		}
		this.show(
			this.hit(
				`list the events with ${q.words}`,
				act(() => store.setFilter(q)),
				"Enter",
			),
			thing && this.hit(thing, () => this.focus(thing), "what it is at this moment"),
			h("h2.group", next.length ? "Next after here" : "None after here"),
			later
				? this.kept(next.length)
				: [...next].map((x) => this.hit(`#${x} ${narrate(trace, x)}`, () => store.goto(x))),
		);
	}
	/**
	 * No event matches a filter: those that nearly do.
	 * @param {Filter} q
	 */
	noMatch(q) {
		const { store } = this,
			{ trace } = store;
		this.show(
			h("p", `No event matches ${q.words}: none has ${q.say}.`),
			this.shown(nearest(trace, q, store.state.i), (x) =>
				this.hit(`${x.why}: #${x.i} ${narrate(trace, x.i)}`, () => store.goto(x.i)),
			),
		);
	}
	/**
	 * The commands whose names contain what was typed.
	 * @param {string} text
	 * @param {Act} act
	 */
	command(text, act) {
		const all = this.commands(),
			list = all.filter(([name]) => name.toLowerCase().includes(text)),
			names = all.map(([name]) => name);
		if (!list.length) {
			this.show(
				h("p", `No command “${text}”.`),
				alike(text, names, 0).map((x) =>
					this.hit(">" + x, () => this.focus(">" + x), "there is"),
				),
			);
			return;
		}
		act(list[0][1]);
		this.show(
			list.map(([name, fn]) =>
				this.hit(name, () => {
					fn();
					this.input.value = "";
				}),
			),
		);
	}
	/**
	 * Lists the events that a filter matches.
	 * @param {string} text
	 */
	list(text) {
		const q = parseQuery(text, this.store.trace);
		if (q.type === "filter") this.store.setFilter(q);
	}
	/**
	 * Where an address leads.
	 * @param {number} va
	 * @param {Act} act
	 */
	address(va, act) {
		const { store } = this,
			{ model } = store,
			{ i } = store.state,
			x = translate(model, va, i);
		const steps = x.walk.large
			? `directory slot ${x.walk.slot} (4 MiB page)`
			: `directory slot ${x.walk.slot}, table slot ${x.walk.index}, offset ${fmt.hex(x.walk.offset)}`;
		this.show(
			h("p", { id: "translation" }, h("b", translateText(x))),
			h("p.dim", `At event #${i}, in the ${x.region.name} range: ${steps}.`),
			x.area && !x.guard
				? h(
						"p.dim",
						`Page ${fmt.count(((va - x.area.addr) >>> 12) + 1)} of the area at ${fmt.addr(x.area.addr)}, ${fmt.areaSize(x.area)}.`,
					)
				: null,
			this.life(x),
			x.walk.ok
				? null
				: beside(store, va).map((near) =>
						"area" in near
							? this.hit(
									`nearest ${near.where}: the area at ${fmt.addr(near.area.addr)}, ${fmt.areaSize(near.area)}`,
									() => store.select({ kind: "va", va: near.area.addr }),
								)
							: this.shown([near], ({ i }) =>
									this.hit(
										`nearest in time: #${i} ${narrate(model.trace, i)}`,
										() => store.goto(i),
									),
								),
					),
			this.hit(
				"select this page: walk, history",
				act(() => {
					store.select({ kind: "va", va });
					store.did("va");
				}),
				"Enter",
			),
		);
	}
	/**
	 * Since when an address leads there, or nowhere; where before, and what comes next.
	 * @param {Translation} x
	 */
	life(x) {
		const { store } = this,
			{ since, was, next } = pageLife(store.model, x),
			on = x.walk.ok,
			to = (/** @type {number} */ pfn) => (pfn < 0 ? "" : ` to frame ${fmt.hex(pfn)}`),
			go = (/** @type {string} */ text, /** @type {number} */ i) =>
				this.hit(text, () => store.goto(i));
		return [
			since >= 0 ? go(`${on ? "mapped so" : "unmapped"} since #${since}`, since) : null,
			was
				? go(
						`before that to frame ${fmt.hex(was.pfn)}, ${was.from < 0 ? "until" : `#${was.from} to`} #${was.to}`,
						Math.max(0, was.from),
					)
				: null,
			next
				? this.shown([next], (x) =>
						go(on ? `until #${x.i}` : `next mapped at #${x.i}${to(x.pfn)}`, x.i),
					)
				: null,
		];
	}
	/**
	 * Symbols, kinds, chapters, scenario lines that contain what was typed.
	 * @param {string} text
	 * @param {Act} act
	 */
	text(text, act) {
		const low = text.toLowerCase(),
			found = [this.headings(low), this.lines(low), this.kinds(low), this.callers(low)],
			symbols = this.store.trace.symbols
				.filter((x) => x.name.toLowerCase().includes(low))
				.sort(
					(x, y) =>
						Number(y.name === text) - Number(x.name === text) ||
						x.name.length - y.name.length,
				),
			only = !found.flat().length;
		if (only && symbols[0]?.name === text) {
			this.address(symbols[0].addr, act);
			this.answer.append(...this.symbols(symbols.slice(1)));
		} else if (only && !symbols.length) this.nothing(text);
		else {
			this.show(found, this.symbols(symbols));
			/** @type {HTMLButtonElement | null} */
			const first = this.answer.querySelector("button.hit");
			act(() => first?.click());
		}
	}
	/** @param {string} low what was typed, in small letters */
	headings(low) {
		const { store } = this,
			marks = store.trace.marks.filter((m) =>
				(m.msg + " " + m.text).toLowerCase().includes(low),
			);
		return group(
			"Chapters",
			marks.slice(0, 5).map((m) => this.hit(m.msg, () => store.goto(m.i), "#" + m.i)),
		);
	}
	/**
	 * Lines of the scenario.
	 * @param {string} low
	 */
	lines(low) {
		const { store } = this,
			list = store.trace.steps.filter((s) => String(s.text).toLowerCase().includes(low));
		return list.length
			? group(
					"Scenario",
					this.shown(list, (s) => this.hit(s.text, () => store.goto(s.i), "#" + s.i)),
				)
			: [];
	}
	/**
	 * Kinds of events.
	 * @param {string} low
	 */
	kinds(low) {
		return group(
			"Events",
			this.store.trace.kinds.byId
				.flatMap((k) => (k?.name.includes(low) ? [k] : []))
				.slice(0, 6)
				.map((k) => this.hit(`kind:${k.name}`, () => this.list(`kind:${k.name}`), k.text)),
		);
	}
	/**
	 * Functions that ask for memory.
	 * @param {string} low
	 */
	callers(low) {
		const { store } = this,
			all = callers(store.trace).filter((f) => f && f.toLowerCase().includes(low)),
			names = [...new Set(all)].slice(0, 8);
		if (names.length && store.trace.left.has("s"))
			return group(names.join(", "), [leftOut(store, "s")]);
		return group(
			"Functions that ask for memory",
			names.map((f) => this.hit(`site:${f}`, () => this.list(`site:${f}`))),
		);
	}
	/**
	 * Nothing is called so: what is spelt much like it.
	 * @param {string} text
	 */
	nothing(text) {
		const { trace } = this.store,
			names = [
				...trace.kinds.byId.map((k) => k?.name),
				...callers(trace),
				...trace.symbols.map((x) => x.name),
			];
		this.show(
			h(
				"p",
				`Nothing is called “${text}”. Try an address (0xc4800000), pfn 3ffe, #45, t=4243455, kind:pte_set, order>=3, site:vmalloc.`,
			),
			alike(text.toLowerCase(), names).map((name) =>
				this.hit(name, () => this.focus(name), "is spelt much like it"),
			),
			trace.symbols.length
				? null
				: h(
						"p.dim",
						"The trace carries no symbols of the kernel: ",
						h("code", "pagescope export --symbols build/kernel.elf"),
						" adds them; the simulator has none.",
					),
		);
	}
	/** @param {KernelSymbol[]} list */
	symbols(list) {
		const hits = list
			.slice(0, 8)
			.map((x) =>
				this.hit(
					x.name,
					() => this.store.select({ kind: "va", va: x.addr }),
					fmt.addr(x.addr),
				),
			);
		return [
			...group("In the kernel", hits),
			...(list.length > 8 ? [h("p.dim", `and ${list.length - 8} more`)] : []),
		];
	}
}
/**
 * What asks about the one thing that a filter names: "pfn 3ffe" for pfn=3ffe; null if it names
 * none, or more.
 * @param {string} words
 */
function thingOf(words) {
	const [, name, digits] = words.match(/^(pfn|frame|addr)[:=]0?x?([0-9a-f]+)$/i) ?? [];
	return name ? `${name} ${name === "addr" ? "0x" : ""}${digits}` : null;
}

/**
 * Answers below a heading; none without an answer.
 * @param {string} title
 * @param {any[]} hits
 */
const group = (title, hits) => (hits.length ? [h("h2.group", title), ...hits] : []);

/** @param {string} s */
const cap = (s) => s.charAt(0).toUpperCase() + s.slice(1);

/**
 * Nothing is mapped at an address: the areas next to it; where there is none at this moment, the
 * events that made the one before and will make the next.
 * @param {Store} store
 * @param {number} va
 * @returns {({area: Area, where: string} | {i: number})[]}
 */
function beside(store, va) {
	const { trace } = store.model,
		{ i } = store.state,
		m = store.model.at(i),
		made = trace.kinds.id("alloc_vmap_area"),
		at = m.areaIndex(va),
		/** @type {({area: Area, where: string} | {i: number})[]} */
		out = [];
	if (va < m.vmStart || va >= m.vmEnd || m.areaAt(va)) return out;
	if (m.areas[at]) out.push({ area: m.areas[at], where: "below" });
	if (m.areas[at + 1]) out.push({ area: m.areas[at + 1], where: "above" });
	if (made && !m.areas.length)
		for (const e of [trace.k.lastIndexOf(made, i), trace.k.indexOf(made, i + 1)])
			if (e >= 0) out.push({ i: e });
	return out;
}
