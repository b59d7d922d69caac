// SPDX-License-Identifier: MIT
/*
 * focus.js - what an event speaks of: frames, blocks on lists, pages, an address.
 */
import { OP } from "./kinds.js";
import { FREE, NONE } from "./owners.js";
import { zonesFor } from "./framelists.js";
/** @import {Machine} from "./machine.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Block, Focus} from "./types.js" */

/**
 *  {frames: [{pfn, order}], blocks: [{zone, order, pfn}], pages: Set of page numbers, va}.
 * @param {Trace} trace
 * @param {number} i
 */
export function focusOf(trace, i) {
	const op = trace.kinds.op[trace.k[i]],
		e = trace.of(i),
		largest = trace.orders - 1,
		/** @type {Focus} */
		f = { frames: [], blocks: [], pages: new Set(), va: null };
	/** @param {number} pfn */
	const frame = (pfn, order = 0) => {
		if (pfn < trace.frames) f.frames.push({ pfn, order });
	};
	/** @param {number} pfn */
	const linear = (pfn) => {
		if (f.va !== null || !trace.hasRegion("linear map")) return;
		if (pfn < trace.machine.max_low_pfn && pfn < trace.frames)
			f.va = (trace.layout.page_offset + pfn * 4096) >>> 0;
	};
	/**
	 * The block at pfn is on a list before or after the event.
	 * @param {number} pfn
	 * @param {number} order
	 */
	const listed = (pfn, order) => {
		linear(pfn);
		f.blocks.push({ zone: e.zone(i), order, pfn });
	};
	/**
	 * Frames in a row, in blocks of the largest order where they fill one.
	 * @param {number} first
	 * @param {number} count
	 */
	const range = (first, count) => {
		const whole = 1 << largest;
		for (let p = first, n = 0; n < count && n < 4096;) {
			const order = p % whole === 0 && count - n >= whole ? largest : 0;
			frame(p, order);
			p += 1 << order;
			n += 1 << order;
		}
		linear(first);
	};
	switch (op) {
		case OP.mm_page_alloc:
			if (e.pfn(i) === NONE) {
				for (const q of zonesFor(trace, e.gfp_flags(i)))
					f.blocks.push({ zone: q.id, order: e.order(i), pfn: -1 });
				break;
			}
			listed(e.pfn(i), e.order(i));
			frame(e.pfn(i), e.order(i));
			break;
		case OP.mm_page_free:
			listed(e.pfn(i), e.order(i));
			frame(e.pfn(i), e.order(i));
			break;
		case OP.buddy_split:
		case OP.buddy_split_low: {
			const order = e.order(i) - 1,
				lower = e.pfn(i),
				upper = lower + 2 ** order;
			frame(lower, order);
			frame(upper, order);
			linear(lower);
			f.blocks.push({
				zone: e.zone(i),
				order,
				pfn: op === OP.buddy_split ? lower : upper,
			});
			break;
		}
		case OP.buddy_merge:
			listed(e.pfn(i), e.order(i) + 1);
			frame(e.pfn(i), e.order(i) + 1);
			break;
		case OP.reserve_bootmem:
		case OP.free_boot_range:
			range(e.start_pfn(i), e.nr_pages(i));
			break;
		case OP.page_clear_reserved:
			range(e.pfn(i), e.nr_pages(i));
			break;
		case OP.slab_grow:
		case OP.slab_destroy:
			frame(e.pfn(i), e.order(i));
			linear(e.pfn(i));
			break;
		case OP.pte_set:
			if (e.pte(i) & 1) frame(e.pte(i) >>> 12);
			break;
		case OP.pte_clear:
			if (e.old(i) & 1) frame(e.old(i) >>> 12);
			break;
		case OP.pde_set:
			if ((e.pde(i) & 0x81) === 1) frame(e.pde(i) >>> 12);
			break;
	}
	for (const x of trace.fields(i)) {
		if (trace.kind(i)?.cls === "check") break;
		if (x.meaning === "pfn" && !f.frames.length) {
			frame(x.value);
			linear(x.value);
		}
		if (
			x.meaning === "addr" &&
			x.value &&
			typeof x.value === "number" &&
			trace.kindName(i) !== "trace_info" &&
			(f.va === null || f.pages.size === 0)
		) {
			f.va = x.value >>> 0;
			f.pages.add(x.value >>> 12);
		}
	}
	if (op === OP.alloc_vmap_area)
		for (let p = e.addr(i) >>> 12, n = Math.min(4096, e.size(i) >>> 12); n-- > 0; p++)
			f.pages.add(p);
	return f;
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
