// SPDX-License-Identifier: MIT
/*
 * selection.js - what is selected, one thing at a time: its name, its events, and the frames and
 * pages it is
 * at a moment.
 *
 *   frame {pfn, from} what the frame is from event `from` on: a frame that is used again is another
 *   block {pfn, order, from} a block of the buddy allocator, until it is handed out, given back,
 *   split or merged
 *   va     {va}                a page of linear addresses, in the address space that is in use
 *                              when it is selected
 *   area   {va, from}          a vmalloc area, made by event `from`
 *   entry  {va, level, pgd}    the "pde" or "pte" that a walk of va through a directory passes
 *   event  {event}             an event that stays selected while time moves; the page it is about
 *                              is that of its address space
 *   site   {site}              a call site: what it asked for and still holds
 *
 * A link writes them as f:3ffe@41, b:3ff0.4@41, v:c4800000, a:c4800000@41, e:c4800000.pte.101000,
 * i:41, s:3.
 */
import { OP } from "./kinds.js";
import { FREE, RESERVED } from "./owners.js";
import { findEvents, spaceEvents, spaceOf, touches, touchesFrame } from "./touches.js";
import { upper } from "./trace.js";
import { addr, hex, siteName } from "./format.js";
import { focusOf, eventFrames, located } from "./focus.js";
/** @import {Machine} from "./machine.js" */
/** @import {Model} from "./model.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Block, Fields, Focus, Test} from "./types.js" */

/** @type {Record<string, string>} kinds as a link writes them */
const LETTERS = { f: "frame", b: "block", v: "va", a: "area", e: "entry", i: "event", s: "site" };
const MOST = 4096; // frames or pages of one selection that are shown

/** Operations that give a frame another life; and those that end a block. */
const LIFE = new Set([
	OP.mm_page_alloc,
	OP.mm_page_free,
	OP.free_boot_range,
	OP.reserve_bootmem,
	OP.page_clear_reserved,
]);
const BLOCK = new Set([...LIFE, OP.buddy_split, OP.buddy_split_low, OP.buddy_merge]);

/**
 * What a link says is selected; null if it is none of these.
 * @param {string | null | undefined} text
 * @returns {Wish | null}
 */
export function selectionOf(text) {
	const [, letter, rest = "", from] =
			(text ?? "").match(/^([fbvaeis]):([\w.]+)(?:@(-?\d+))?$/) ?? [],
		kind = LETTERS[letter],
		[first, second, third] = rest.split("."),
		n = parseInt(first, 16);
	if (!kind || !(n >= 0 && n < 2 ** 32)) return null;
	/** @type {Wish} */
	const wish = { kind, from: from === undefined ? undefined : +from };
	if (kind === "event" || kind === "site") return { ...wish, [kind]: +first };
	if (kind === "frame") return { ...wish, pfn: n };
	if (kind === "block") return { ...wish, pfn: n, order: +second };
	if (kind === "entry") return { ...wish, va: n, level: second, pgd: parseInt(third, 16) };
	return { ...wish, va: n };
}

/**
 * What is to be selected; what is not given is not of its kind.
 * @typedef {{kind: string, from?: number, pfn?: number, order?: number, va?: number | null,
 * level?: string, pgd?: number, event?: number, site?: number, size?: number}} Wish
 */
/**
 * A wish with all there is to say of it; without `from` what is there now.
 * @typedef {{kind: string, from: number | undefined, pfn: number, order: number,
 * va: number | null, level: string, pgd: number, event: number, site: number, size: number}} Thing
 */
/**
 * What a selection is in machine m: frames and numbers of pages, at most MOST; n: frames, shown or
 * not.
 * @typedef {{m: Machine, frames: Block[], pages: Set<number>, n: number}} Spots
 */

/** @type {Thing} */
const NOTHING = {
	kind: "",
	pfn: -1,
	order: 0,
	va: null,
	level: "",
	pgd: 0,
	event: -1,
	site: -1,
	size: 4096,
	from: undefined,
};

/**
 * The thing that is wished for; null where the trace has no such thing.
 * @param {Trace} trace
 * @param {Machine} m
 * @param {Wish} wish
 * @returns {Thing | null}
 */
function thingOf(trace, m, wish) {
	const w = { ...NOTHING, ...wish },
		frames = w.pfn >= 0 && w.order < trace.orders && w.pfn + 2 ** w.order <= trace.frames;
	switch (w.kind) {
		case "frame":
			return frames ? w : null;
		case "block": {
			const b = m.blockOf(w.pfn),
				there = w.from !== undefined || (b.pfn === w.pfn && b.order === w.order);
			return frames && there ? w : null;
		}
		case "va":
			return w.va === null ? null : w;
		case "area": {
			const a = areaOf(trace, m, w.va, w.from);
			return a && { ...w, va: a.addr, size: a.size, from: a.i };
		}
		case "entry":
			return /^p[dt]e$/.test(w.level) && w.pgd >= 0 && w.va !== null ? w : null;
		case "event":
			return w.event >= 0 && w.event < trace.n ? w : null;
		case "site": {
			const known = w.site > 0 && w.site < trace.sites.func.length && !trace.left.has("s");
			return known ? w : null;
		}
	}
	return null;
}

export class Selection {
	/**
	 * The selection of what is wished for, at event i; null where the trace has no such thing.
	 * @param {Model} model
	 * @param {Wish} wish
	 * @param {number} i
	 */
	static of(model, wish, i) {
		const m = model.at(i),
			w = thingOf(model.trace, m, wish);
		return w && new Selection(model, w, m, i);
	}
	/**
	 * @param {Model} model
	 * @param {Thing} w
	 * @param {Machine} m at event i
	 * @param {number} i
	 */
	constructor(model, w, m, i) {
		const { trace } = model;
		this.model = model;
		this.kind = w.kind;
		this.pfn = w.pfn;
		this.order = w.order;
		this.va = w.va;
		this.level = w.level;
		this.pgd = w.pgd;
		this.event = w.event;
		this.site = w.site;
		this.size = w.size;
		/** It is what it is from this event on, and until that one. */
		this.from = -1;
		this.to = Infinity;
		/** @type {Spots | null} */
		this.spotsNow = null;
		this.spotsAt = "";
		const focus = w.event >= 0 ? focusOf(trace, w.event) : null;
		if (focus) {
			this.va = focus.va;
			this.pfn = focus.frames[0]?.pfn ?? -1;
			this.from = w.event;
		}
		const at = located(m, this);
		this.pfn = at.pfn;
		this.va = at.va;
		if (w.kind === "area") {
			this.from = w.from ?? -1;
			this.to = endOf(trace, this);
		}
		/** The events that touch it, in order. */
		this.touching = this.events(focus, m, i);
		if (w.kind === "frame" || w.kind === "block") this.life(w.from, i);
	}
	/**
	 * Is event j one that touches it?
	 * @type {Test}
	 */
	test = (j) => {
		const list = this.touching;
		return list[upper(list, list.length, j) - 1] === j;
	};
	/**
	 * The events that touch it, in order.
	 * @param {Focus | null} focus what the event speaks of
	 * @param {Machine} m at event i
	 * @param {number} i
	 */
	events(focus, m, i) {
		const { trace } = this.model,
			{ kind, pfn, order, va, size, site, event, from, to } = this;
		if (kind === "frame" || kind === "block")
			return findEvents(trace, touchesFrame(trace, pfn, 2 ** order));
		if (kind === "area" && va !== null)
			return findEvents(
				trace,
				touches(trace, va, va + size),
				Math.max(0, from),
				Math.min(trace.n, to + 1),
			);
		if (kind === "entry") return writers(trace, this, m);
		if (kind === "site") return findEvents(trace, (j) => trace.siteOf(j) === site);
		if (kind === "va" && va !== null) return spaceEvents(trace, va, m.curPgd, i);
		if (focus?.frames.length) {
			const tests = focus.frames
				.slice(0, 8)
				.map((f) => touchesFrame(trace, f.pfn, 2 ** f.order));
			return findEvents(trace, (j) => tests.some((test) => test(j)));
		}
		if (va === null) return Uint32Array.of(event);
		const then = this.model.seeker.tablesAt(event);
		return spaceEvents(trace, va, spaceOf(trace, then, event, va), event);
	}
	/**
	 * Where the life of a frame or block begins and ends, that it has at event i or began at `from`.
	 * @param {number | undefined} from
	 * @param {number} i
	 */
	life(from, i) {
		const { k, kinds } = this.model.trace,
			ends = this.kind === "frame" ? LIFE : BLOCK;
		this.from = from ?? -1;
		for (const j of this.touching) {
			if (!ends.has(kinds.op[k[j]])) continue;
			if (j <= (from ?? i)) this.from = j;
			else {
				this.to = j;
				break;
			}
		}
	}
	/**
	 * Is it what it was when it was selected?
	 * @param {number} i
	 */
	during(i) {
		return i >= this.from && i < this.to;
	}
	get lives() {
		return this.kind === "frame" || this.kind === "block" || this.kind === "area";
	}
	get text() {
		const { kind, pfn, order, va, level, event, site } = this;
		switch (kind) {
			case "frame":
				return `frame ${hex(pfn)}`;
			case "block":
				return `block ${hex(pfn)}, order ${order}`;
			case "va":
				return `page ${addr(va ?? 0)}`;
			case "area":
				return `area ${addr(va ?? 0)}`;
			case "entry":
				return `${level.toUpperCase()} of ${addr(va ?? 0)}`;
			case "event":
				return `event #${event}`;
		}
		return siteName(this.model.trace, site);
	}
	/** As a link writes it. */
	get link() {
		const at = this.lives ? "@" + this.from : "",
			pfn = this.pfn.toString(16),
			va = (this.va ?? 0).toString(16);
		switch (this.kind) {
			case "frame":
				return `f:${pfn}${at}`;
			case "block":
				return `b:${pfn}.${this.order}${at}`;
			case "va":
				return `v:${va}`;
			case "area":
				return `a:${va}${at}`;
			case "entry":
				return `e:${va}.${this.level}.${this.pgd.toString(16)}`;
			case "event":
				return `i:${this.event}`;
		}
		return `s:${this.site}`;
	}
	/**
	 * The address whose walk is shown: null if it has none at this moment.
	 * @param {Machine} m
	 */
	vaAt(m) {
		return located(m, this).va;
	}
	/**
	 * What it is in machine m; in that of another run what has its numbers.
	 * @param {Machine} m
	 * @param {Model} [model] whose machine it is
	 * @returns {Spots}
	 */
	spots(m, model = this.model) {
		if (model !== this.model) {
			const { pfn, va } = located(m, this);
			return {
				m,
				frames: pfn >= 0 && pfn < m.frames ? [{ pfn, order: this.order }] : [],
				pages: new Set(va === null ? [] : [va >>> 12]),
				n: 1,
			};
		}
		const key = `${m.i}:${this.model.n}`;
		if (this.spotsNow?.m === m && this.spotsAt === key) return this.spotsNow;
		this.spotsAt = key;
		return (this.spotsNow = new Finder(m).find(this));
	}
}

/** Finds the frames and pages that a selection is in a machine. */
class Finder {
	/** @param {Machine} m */
	constructor(m) {
		this.m = m;
		/** @type {Block[]} */
		this.frames = [];
		/** @type {Set<number>} */
		this.pages = new Set();
		this.n = 0;
	}
	/**
	 * @param {Selection} s
	 * @returns {Spots}
	 */
	find(s) {
		if (s.kind === "frame") this.ofFrame(s);
		else if (s.kind === "block") this.frame(s.pfn, s.order);
		else if (s.kind === "area") this.ofArea(s);
		else if (s.kind === "event") this.ofEvent(s);
		else if (s.kind === "site") this.ofSite(s);
		else this.ofAddress(s);
		const { m, frames, pages, n } = this;
		return { m, frames, pages, n };
	}
	/** @param {number} pfn */
	frame(pfn, order = 0) {
		if (this.n++ < MOST && pfn < this.m.frames) this.frames.push({ pfn, order });
	}
	/**
	 * @param {number} from
	 * @param {number} size
	 * @param {boolean} frames those behind it, too
	 */
	area(from, size, frames) {
		const { m } = this,
			end = from + Math.min(size, MOST * 4096);
		for (let at = from; at < end; at += 4096) {
			this.pages.add(at >>> 12);
			const w = m.walk(at, m.refPgd);
			if (w.ok && frames) this.frame(w.pa >>> 12);
		}
	}
	/** @param {Selection} s */
	ofFrame(s) {
		const { m } = this;
		if (m.meta[s.pfn] >> 4 !== FREE || !s.during(m.i)) return this.frame(s.pfn);
		const b = m.blockOf(s.pfn);
		this.frame(b.pfn, b.order);
	}
	/** @param {Selection} s */
	ofArea(s) {
		if (s.va !== null && s.during(this.m.i)) this.area(s.va, s.size, true);
	}
	/** @param {Selection} s */
	ofEvent(s) {
		const f = focusOf(s.model.trace, s.event);
		for (const x of eventFrames(this.m, f)) this.frame(x.pfn, x.order);
		for (const page of f.pages) this.pages.add(page);
	}
	/** @param {Selection} s */
	ofSite(s) {
		const { trace } = s.model,
			{ meta, since, frames, areas } = this.m,
			{ k, orders } = trace,
			{ mm_page_alloc: request } = trace.col,
			alloc = trace.kinds.id("mm_page_alloc");
		for (let pfn = 0; pfn < frames; pfn++) {
			const order = meta[pfn] & 15,
				at = since[pfn];
			if (
				meta[pfn] >> 4 > RESERVED &&
				order < orders &&
				at >= 0 &&
				k[at] === alloc &&
				request.call_site(at) === s.site
			)
				this.frame(pfn, order);
		}
		for (const a of areas)
			if (a.site === s.site && this.pages.size < MOST) this.area(a.addr, a.size, false);
	}
	/**
	 * An address leads where it leads now; an entry lies in a frame, too.
	 * @param {Selection} s
	 */
	ofAddress(s) {
		const { m } = this,
			va = s.va ?? 0,
			own = s.kind === "entry" && m.dirs.has(s.pgd) ? s.pgd : m.curPgd,
			w = m.walk(va, own),
			r = w.ok ? w : m.walk(va, m.refPgd);
		if (r.ok) this.frame(r.pa >>> 12);
		if (s.kind === "entry") {
			const at = s.level === "pde" ? s.pgd >>> 12 : w.table;
			if (at >= 0) this.frame(at);
		}
		this.pages.add(va >>> 12);
	}
}

/**
 * The event that ends a selected area.
 * @param {Trace} trace
 * @param {Selection} s
 */
function endOf(trace, { va, from }) {
	const { k, kinds } = trace,
		{ free_vmap_area: free } = trace.col,
		ends = (/** @type {number} */ j) =>
			kinds.op[k[j]] === OP.free_vmap_area && free.va_start(j) === va;
	return findEvents(trace, ends, from + 1, trace.n, 1)[0] ?? Infinity;
}

/**
 * The vmalloc area that holds va, or the one made at va by event `from`; null: there is none.
 * @param {Trace} trace
 * @param {Machine} m
 * @param {number | null} va
 * @param {number | undefined} from
 */
function areaOf(trace, m, va, from) {
	const now = m.areaAt(va ?? 0);
	if (from === undefined || now?.i === from) return now;
	const { alloc_vmap_area: made } = trace.col;
	return trace.kinds.op[trace.k[from]] === OP.alloc_vmap_area && made.addr(from) === va
		? { addr: va, size: made.size(from), i: from }
		: null;
}

/**
 * The events that write an entry of a page table or directory, whether by way of the kernel's
 * functions or not.
 * @param {Trace} trace
 * @param {Selection} entry
 * @param {Machine} m
 */
function writers(trace, entry, m) {
	const { k, byId } = trace,
		{ op } = trace.kinds,
		{ level, pgd } = entry,
		va = entry.va ?? 0,
		kernel = va >= m.pageOffset,
		slot = va >>> 22,
		page = va >>> 12,
		w = m.walk(va, m.dirs.has(pgd) ? pgd : m.refPgd);
	const at = level === "pde" ? pgd + slot * 4 : w.table >= 0 ? w.table * 4096 + w.index * 4 : -1,
		dir = level === "pte" && kernel ? m.refPgd : pgd,
		pde = level === "pde";
	let user = -1; // the directory whose user entries are edited
	/**
	 * Is it the slot's entry in the directory, or among n from there?
	 * @param {Fields} e
	 * @param {number} i
	 * @param {number} addr
	 */
	const ofSlot = (e, i, addr, n = 1) =>
		pde && e.pgd(i) === pgd && slot >= addr >>> 22 && slot < (addr >>> 22) + n;
	/** @param {number} addr */
	const ofPage = (addr, n = 1) => !pde && page >= addr >>> 12 && page < (addr >>> 12) + n;
	return findEvents(trace, (i) => {
		const e = byId[k[i]];
		switch (op[k[i]]) {
			case OP.switch_mm:
				user = e.pgd(i);
				return false;
			case OP.mem_access:
				return (
					e.kind(i) === 1 &&
					e.ok(i) === 1 &&
					at >= 0 &&
					(e.addr(i) & -4) >>> 0 === (at + m.pageOffset) >>> 0
				);
			case OP.pte_range_set:
				return e.large(i)
					? ofSlot(e, i, e.addr(i), e.nr(i))
					: e.pgd(i) === dir && ofPage(e.addr(i), e.nr(i));
			case OP.pte_set:
			case OP.pte_clear:
				return ofPage(e.addr(i)) && (kernel || user < 0 || user === pgd);
			case OP.pgd_alloc:
				return pde && e.pgd(i) === pgd;
			case OP.pde_set:
				if (!kernel && e.addr(i) < m.pageOffset) user = e.pgd(i);
				return ofSlot(e, i, e.addr(i));
			case OP.pde_clear:
				return ofSlot(e, i, e.addr(i));
			case OP.pde_clear_range:
				return ofSlot(e, i, e.addr(i), e.nr(i));
			case OP.vmalloc_fault:
				return ofSlot(e, i, e.address(i));
			default:
				return false;
		}
	});
}
