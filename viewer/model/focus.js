// SPDX-License-Identifier: MIT
/*
 * focus.js - what an event speaks of: frames, blocks on lists, pages, an address.
 */
import { OP } from "./kinds.js";
import { FREE, NONE } from "./owners.js";
import { zonesFor } from "./framelists.js";
import { LARGE, PRESENT } from "./pagetable.js";
/** @import {Machine} from "./machine.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Block, Fields, Focus} from "./types.js" */

const MOST = 4096; // frames or pages of an event that are shown

/**
 * What an event of each operation speaks of, beside its fields.
 * @type {Record<number, (f: Finder, e: Fields, i: number) => void>}
 */
const SPOKEN = {
	[OP.mm_page_alloc]: (f, e, i) => {
		if (e.pfn(i) !== NONE) f.block(e.pfn(i), e.order(i));
		else
			for (const zone of zonesFor(f.trace, e.gfp_flags(i)))
				f.blocks.push({ zone: zone.id, order: e.order(i), pfn: -1 });
	},
	[OP.mm_page_free]: (f, e, i) => f.block(e.pfn(i), e.order(i)),
	[OP.buddy_split]: (f, e, i) => f.halves(e.pfn(i), e.order(i) - 1, e.pfn(i)),
	[OP.buddy_split_low]: (f, e, i) =>
		f.halves(e.pfn(i), e.order(i) - 1, e.pfn(i) + 2 ** (e.order(i) - 1)),
	[OP.buddy_merge]: (f, e, i) => f.block(e.pfn(i), e.order(i) + 1),
	[OP.reserve_bootmem]: (f, e, i) => f.range(e.start_pfn(i), e.nr_pages(i)),
	[OP.free_boot_range]: (f, e, i) => f.range(e.start_pfn(i), e.nr_pages(i)),
	[OP.page_clear_reserved]: (f, e, i) => f.range(e.pfn(i), e.nr_pages(i)),
	[OP.slab_grow]: (f, e, i) => f.slab(e.pfn(i), e.order(i)),
	[OP.slab_destroy]: (f, e, i) => f.slab(e.pfn(i), e.order(i)),
	[OP.pte_set]: (f, e, i) => f.entry(e.pte(i)),
	[OP.pte_clear]: (f, e, i) => f.entry(e.old(i)),
	[OP.pde_set]: (f, e, i) => {
		if (!(e.pde(i) & LARGE)) f.entry(e.pde(i));
	},
};

/**
 * What event i speaks of.
 * @param {Trace} trace
 * @param {number} i
 * @returns {Focus}
 */
export function focusOf(trace, i) {
	const op = trace.kinds.op[trace.k[i]],
		e = trace.of(i),
		f = new Finder(trace, i);
	SPOKEN[op]?.(f, e, i);
	if (trace.kind(i)?.cls !== "check") f.fields();
	if (op === OP.alloc_vmap_area) f.area(e.addr(i), e.size(i));
	const { frames, blocks, pages, va } = f;
	return { frames, blocks, pages, va };
}

/** Gathers what an event speaks of. */
class Finder {
	/**
	 * @param {Trace} trace
	 * @param {number} i
	 */
	constructor(trace, i) {
		this.trace = trace;
		this.i = i;
		/** @type {Focus["frames"]} */
		this.frames = [];
		/** @type {Focus["blocks"]} */
		this.blocks = [];
		/** @type {Focus["pages"]} */
		this.pages = new Set();
		/** @type {Focus["va"]} */
		this.va = null;
	}
	/** @param {number} pfn */
	frame(pfn, order = 0) {
		if (pfn < this.trace.frames) this.frames.push({ pfn, order });
	}
	/**
	 * A frame's address in the linear map, if no address was spoken of before.
	 * @param {number} pfn
	 */
	linear(pfn) {
		const { trace } = this;
		if (this.va !== null || !trace.hasRegion("linear map")) return;
		if (pfn < trace.machine.max_low_pfn && pfn < trace.frames)
			this.va = (trace.layout.page_offset + pfn * 4096) >>> 0;
	}
	/**
	 * The block at pfn is on a list before or after the event.
	 * @param {number} pfn
	 * @param {number} order
	 */
	listed(pfn, order) {
		this.linear(pfn);
		this.blocks.push({ zone: this.trace.of(this.i).zone(this.i), order, pfn });
	}
	/**
	 * A block that comes from a list, or goes to one.
	 * @param {number} pfn
	 * @param {number} order
	 */
	block(pfn, order) {
		this.listed(pfn, order);
		this.frame(pfn, order);
	}
	/**
	 * The two halves of a block, of that order; one of them goes to its list.
	 * @param {number} pfn
	 * @param {number} order
	 * @param {number} onList
	 */
	halves(pfn, order, onList) {
		this.frame(pfn, order);
		this.frame(pfn + 2 ** order, order);
		this.linear(pfn);
		this.listed(onList, order);
	}
	/**
	 * The frames of a slab.
	 * @param {number} pfn
	 * @param {number} order
	 */
	slab(pfn, order) {
		this.frame(pfn, order);
		this.linear(pfn);
	}
	/**
	 * Frames in a row, in blocks of the largest order where they fill one.
	 * @param {number} first
	 * @param {number} count
	 */
	range(first, count) {
		const largest = this.trace.orders - 1,
			whole = 1 << largest;
		for (let p = first, n = 0; n < count && n < MOST;) {
			const order = p % whole === 0 && count - n >= whole ? largest : 0;
			this.frame(p, order);
			p += 1 << order;
			n += 1 << order;
		}
		this.linear(first);
	}
	/**
	 * The frame that a present entry leads to.
	 * @param {number} entry
	 */
	entry(entry) {
		if (entry & PRESENT) this.frame(entry >>> 12);
	}
	/** The first frame and the first address that the event's fields name. */
	fields() {
		const { trace, i } = this;
		for (const { meaning, value } of trace.fields(i)) {
			if (meaning === "pfn" && !this.frames.length) {
				this.frame(value);
				this.linear(value);
			}
			const address =
				meaning === "addr" &&
				value &&
				typeof value === "number" &&
				trace.kindName(i) !== "trace_info";
			if (address && (this.va === null || this.pages.size === 0)) {
				this.va = value >>> 0;
				this.pages.add(value >>> 12);
			}
		}
	}
	/**
	 * The pages of an area.
	 * @param {number} addr
	 * @param {number} size in bytes
	 */
	area(addr, size) {
		const n = Math.min(MOST, size >>> 12);
		for (let k = 0; k < n; k++) this.pages.add((addr >>> 12) + k);
	}
}

/**
 * The frames to outline: the event's, or of an event that names one page only, the frame behind it.
 * @param {Machine} m
 * @param {Focus} focus
 */
export function eventFrames(m, focus) {
	const { va } = focus;
	if (focus.frames.length || focus.pages.size !== 1 || va === null) return focus.frames;
	const w = m.walk(va);
	return w.ok && w.pa >>> 12 < m.frames ? [{ pfn: w.pa >>> 12, order: 0 }] : [];
}

/**
 * Page and frame of a selection as they are in m: of an address the frame behind it, of a frame
 * where it is reached.
 * @param {Machine} m
 * @param {{kind: string, pfn: number, va: number | null}} thing
 */
export function located(m, { kind, pfn, va }) {
	if (kind === "frame" || kind === "block") return { pfn, va: m.mappings(pfn)[0]?.addr ?? null };
	if (va === null || (kind === "event" && pfn >= 0)) return { pfn, va };
	const own = m.walk(va),
		w = own.ok ? own : m.walk(va, m.refPgd);
	return { pfn: w.ok ? w.pa >>> 12 : -1, va };
}

/**
 * The frames and pages that belong to what is pointed at: a frame or block {pfn, order}, a page or
 * 4 MiB {va, slot}, an event {i}, a step of the walk {pfn, of, page}; or null, nothing. Of an event
 * it is what event i speaks of.
 * @param {any} hv
 * @param {Trace} trace
 * @param {Machine} m
 * @param {number} i
 */
export function pointedAt(hv, trace, m, i) {
	/** @type {{frames: Block[], pages: Set<number>}} */
	const out = { frames: [], pages: new Set() };
	if (!hv) return out;
	/** @param {number} first */
	const large = (first) => {
		for (const pfn of [first, first + 512])
			if (pfn < m.frames) out.frames.push({ pfn, order: 9 });
	};
	if (hv.i !== undefined) {
		const f = focusOf(trace, i);
		out.frames = eventFrames(m, f).filter((x) => x.pfn < m.frames);
		out.pages = f.va === null || f.pages.size ? f.pages : new Set([f.va >>> 12]);
	}
	if (hv.pfn >= 0 && hv.pfn < m.frames) {
		if (hv.large) large(hv.pfn);
		else
			out.frames.push(
				hv.order !== undefined
					? { pfn: hv.pfn, order: hv.order }
					: m.meta[hv.pfn] >> 4 === FREE
						? m.blockOf(hv.pfn)
						: { pfn: hv.pfn, order: 0 },
			);
		for (const x of m.mappings(hv.pfn).slice(0, 8)) out.pages.add(x.addr >>> 12);
	}
	if (hv.va !== undefined && hv.va !== null) {
		out.pages.add(hv.va >>> 12);
		const w = m.walk(hv.va);
		if (w.large || (hv.slot && w.pde & 1))
			large(((w.large ? w.pa : hv.va - trace.layout.page_offset) >>> 22) << 10);
		else if (w.ok && w.pa >>> 12 < m.frames) out.frames.push({ pfn: w.pa >>> 12, order: 0 });
	}
	if (hv.page >= 0) out.pages.add(hv.page >>> 12);
	return out;
}
