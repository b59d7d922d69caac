// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
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
 *   event  {event}             an event that stays selected while time moves
 *   site   {site}              a call site: what it asked for and still holds
 *
 * A link writes them as f:3ffe@41, b:3ff0.4@41, v:c4800000, a:c4800000@41, e:c4800000.pte.101000,
 * i:41, s:3.
 */
import { OP } from "./kinds.js";
import { FREE, RESERVED } from "./owners.js";
import { findEvents, spaceEvents, touches, touchesFrame, touchesPage } from "./touches.js";
import { upper } from "./trace.js";
import { addr, hex, siteName } from "./format.js";
import { focusOf, eventFrames, located } from "./focus.js";

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

/** What a link says is selected; null if it is none of these. */
export function selectionOf(text) {
	const [, letter, rest, from] = (text ?? "").match(/^([fbvaeis]):([\w.]+)(?:@(-?\d+))?$/) ?? [],
		kind = LETTERS[letter],
		[first, second, third] = (rest ?? "").split("."),
		n = parseInt(first, 16);
	if (!kind || !(n >= 0 && n < 2 ** 32)) return null;
	const wish = { kind, from: from === undefined ? undefined : +from };
	if (kind === "event" || kind === "site") wish[kind] = +first;
	else wish[/[fb]/.test(letter) ? "pfn" : "va"] = n;
	if (kind === "block") wish.order = +second;
	if (kind === "entry") Object.assign(wish, { level: second, pgd: parseInt(third, 16) });
	return wish;
}

export class Selection {
	/**
	 * wish: as above; without `from` what is there at event i. Null where the trace has no such
	 * thing.
	 */
	static of(model, wish, i) {
		const { trace } = model,
			m = model.at(i),
			w = {
				pfn: -1,
				order: 0,
				va: null,
				level: "",
				pgd: 0,
				event: -1,
				site: -1,
				size: 4096,
				from: undefined,
				...wish,
			};
		const frames = () =>
			w.pfn >= 0 && w.order < trace.orders && w.pfn + 2 ** w.order <= trace.frames;
		const exists = {
			frame: frames,
			block() {
				const b = frames() && m.blockOf(w.pfn);
				return b && (w.from !== undefined || (b.pfn === w.pfn && b.order === w.order));
			},
			va: () => w.va !== null,
			area() {
				const a = areaOf(trace, m, w.va, w.from);
				if (a) Object.assign(w, { va: a.addr, size: a.size, from: a.i });
				return a;
			},
			entry: () => /^p[dt]e$/.test(w.level) && w.pgd >= 0,
			event: () => w.event >= 0 && w.event < trace.n,
			site: () => w.site > 0 && w.site < trace.sites.func.length && !trace.left.has("s"),
		};
		return exists[w.kind]() ? new Selection(model, w, m, i) : null;
	}
	/** w: all there is to say of it, with `from` as it was wished. */
	constructor(model, w, m, i) {
		const { trace } = model,
			{ kind, pfn, order, va, event, site, from, size } = w;
		Object.assign(this, w, {
			model,
			from: -1,
			to: Infinity,
			test: null,
			touching: null,
			spotsNow: null,
			spotsAt: "",
		});
		const { op } = trace.kinds,
			one = kind === "frame" ? LIFE : kind === "block" ? BLOCK : null;
		const focus = event >= 0 ? focusOf(trace, event) : null;
		if (focus) {
			this.va = focus.va;
			this.pfn = focus.frames[0]?.pfn ?? -1;
			this.from = event;
		}
		Object.assign(this, located(m, this));
		if (kind === "area") {
			const free = OP.free_vmap_area,
				end = findEvents(
					trace,
					(j) => op[trace.k[j]] === free && trace.of(j).va_start(j) === va,
					from + 1,
					trace.n,
					1,
				)[0],
				test = touches(trace, va, va + size);
			this.from = from;
			this.to = end ?? Infinity;
			this.touching = findEvents(
				trace,
				test,
				Math.max(0, from),
				Math.min(trace.n, this.to + 1),
			);
		} else if (kind === "entry") this.touching = writers(trace, this, m);
		else if (kind === "va") this.touching = spaceEvents(trace, va, m.curPgd, i);
		else if (kind === "site")
			this.touching = findEvents(trace, (j) => trace.siteOf(j) === site);
		else {
			const tests = one
				? [touchesFrame(trace, pfn, 2 ** order)]
				: focus
					? focus.frames.length
						? focus.frames
								.slice(0, 8)
								.map((f) => touchesFrame(trace, f.pfn, 2 ** f.order))
						: this.va === null
							? [(j) => j === event]
							: [touchesPage(trace, this.va)]
					: [];
			this.touching = findEvents(
				trace,
				tests.length === 1 ? tests[0] : (j) => tests.some((t) => t(j)),
			);
		}
		if (one) {
			// where its life begins and ends
			this.from = from ?? -1;
			for (const j of this.touching) {
				if (!one.has(op[trace.k[j]])) continue;
				if (from === undefined ? j <= i : j <= from) this.from = j;
				else {
					this.to = j;
					break;
				}
			}
		}
		const list = this.touching;
		this.test = (j) => list[upper(list, list.length, j) - 1] === j;
	}
	/** Is it what it was when it was selected? */
	during(i) {
		return i >= this.from && i < this.to;
	}
	get lives() {
		return this.kind === "frame" || this.kind === "block" || this.kind === "area";
	}
	get text() {
		const { kind, pfn, order, va } = this;
		return {
			frame: `frame ${hex(pfn)}`,
			block: `block ${hex(pfn)}, order ${order}`,
			va: `page ${addr(va ?? 0)}`,
			area: `area ${addr(va ?? 0)}`,
			entry: `${this.level.toUpperCase()} of ${addr(va ?? 0)}`,
			event: `event #${this.event}`,
			site: kind === "site" ? siteName(this.model.trace, this.site) : "",
		}[kind];
	}
	/** As a link writes it. */
	get link() {
		const { kind, from } = this,
			at = this.lives ? "@" + from : "",
			x = (n) => n.toString(16);
		return {
			frame: () => `f:${x(this.pfn)}${at}`,
			block: () => `b:${x(this.pfn)}.${this.order}${at}`,
			va: () => `v:${x(this.va)}`,
			area: () => `a:${x(this.va)}${at}`,
			entry: () => `e:${x(this.va)}.${this.level}.${x(this.pgd)}`,
			event: () => `i:${this.event}`,
			site: () => `s:${this.site}`,
		}[kind]();
	}
	/** The address whose walk is shown: null if it has none at this moment. */
	vaAt(m) {
		return located(m, this).va;
	}
	/**
	 * {frames: [{pfn, order}], pages: Set of page numbers, n: frames, shown or not}: what it is in
	 * machine m; in that of another run what has its numbers.
	 */
	spots(m, model = this.model) {
		if (model !== this.model) {
			const { pfn, va } = located(m, this);
			return {
				frames: pfn >= 0 && pfn < m.frames ? [{ pfn, order: this.order }] : [],
				pages: new Set(va === null ? [] : [va >>> 12]),
				n: 1,
			};
		}
		const key = `${m.i}:${this.model.n}`;
		if (this.spotsAt === key && this.spotsNow.m === m) return this.spotsNow;
		const out = { m, frames: [], pages: new Set(), n: 0 },
			frame = (pfn, order = 0) => {
				if (out.n++ < MOST && pfn < m.frames) out.frames.push({ pfn, order });
			},
			{ trace } = this.model;
		const area = (a) => {
			for (
				let at = a.addr, end = Math.min(a.addr + a.size, a.addr + MOST * 4096);
				at < end;
				at += 4096
			) {
				out.pages.add(at >>> 12);
				const w = m.walk(at, m.refPgd);
				if (w.ok && this.kind === "area") frame(w.pa >>> 12);
			}
		};
		if (this.kind === "frame") {
			if (m.meta[this.pfn] >> 4 === FREE && this.during(m.i)) {
				const b = m.blockOf(this.pfn);
				frame(b.pfn, b.order);
			} else frame(this.pfn);
		} else if (this.kind === "block") frame(this.pfn, this.order);
		else if (this.kind === "area") {
			if (this.during(m.i)) area({ addr: this.va, size: this.size });
		} else if (this.kind === "event") {
			const f = focusOf(trace, this.event);
			for (const x of eventFrames(m, f)) frame(x.pfn, x.order);
			for (const page of f.pages) out.pages.add(page);
		} else if (this.kind === "site") {
			const alloc = trace.kinds.id("mm_page_alloc"),
				{ meta, since } = m,
				{ k, orders } = trace,
				{ mm_page_alloc: request } = trace.col;
			for (let pfn = 0; pfn < m.frames; pfn++) {
				const order = meta[pfn] & 15,
					at = since[pfn];
				if (
					meta[pfn] >> 4 > RESERVED &&
					order < orders &&
					at >= 0 &&
					k[at] === alloc &&
					request.call_site(at) === this.site
				)
					frame(pfn, order);
			}
			for (const a of m.areas) if (a.site === this.site && out.pages.size < MOST) area(a);
		} else {
			// an address leads where it leads now; an entry lies in a frame, too
			const w = m.walk(
					this.va,
					this.kind === "entry" && m.dirs.has(this.pgd) ? this.pgd : m.curPgd,
				),
				r = w.ok ? w : m.walk(this.va, m.refPgd);
			if (r.ok) frame(r.pa >>> 12);
			if (this.kind === "entry") {
				const at = this.level === "pde" ? this.pgd >>> 12 : w.table;
				if (at >= 0) frame(at);
			}
			out.pages.add(this.va >>> 12);
		}
		this.spotsAt = key;
		return (this.spotsNow = out);
	}
}

/** The vmalloc area that holds va, or the one made at va by event `from`; null: there is none. */
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
 */
function writers(trace, { va, level, pgd }, m) {
	const {
			k,
			byId,
			kinds: { op },
		} = trace,
		kernel = va >= m.pageOffset,
		slot = va >>> 22,
		page = va >>> 12,
		w = m.walk(va, m.dirs.has(pgd) ? pgd : m.refPgd);
	const at = level === "pde" ? pgd + slot * 4 : w.table >= 0 ? w.table * 4096 + w.index * 4 : -1,
		dir = level === "pte" && kernel ? m.refPgd : pgd,
		pde = level === "pde";
	let user = -1; // the directory whose user entries are edited
	/** Is it the slot's entry in the directory, or among n from there? */
	const ofSlot = (e, i, addr, n = 1) =>
		pde && e.pgd(i) === pgd && slot >= addr >>> 22 && slot < (addr >>> 22) + n;
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
					e.ok(i) &&
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
