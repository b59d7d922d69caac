// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * focus.js - what an event speaks of: frames, blocks on lists, pages, an address.
 */
import { OP } from "./kinds.js";
import { FREE, NONE } from "./machine.js";
import { zonesFor } from "./query.js";

/** {frames: [{pfn, order}], blocks: [{zone, order, pfn}], pages: Set of page numbers, va}. */
export function focusOf(trace, i) {
	const op = trace.kinds.op[trace.k[i]],
		o = trace.o[i],
		z = trace.z[i],
		a = trace.a[i],
		f = { frames: [], blocks: [], pages: new Set(), va: null };
	const frame = (pfn, order = 0) => {
		if (pfn < trace.frames) f.frames.push({ pfn, order });
	};
	const linear = (pfn) => {
		if (f.va === null && pfn < trace.machine.max_low_pfn && pfn < trace.frames)
			f.va = (trace.layout.page_offset + pfn * 4096) >>> 0;
	};
	switch (op) {
		case OP.mm_page_alloc:
			if (a !== NONE) {
				frame(a, o);
				linear(a);
				f.blocks.push({ zone: z, order: o, pfn: a });
			} else
				for (const q of zonesFor(trace, trace.b[i]))
					f.blocks.push({ zone: q.id, order: o, pfn: -1 });
			break;
		case OP.mm_page_free:
			frame(a, o);
			linear(a);
			f.blocks.push({ zone: z, order: o, pfn: a });
			break;
		case OP.buddy_split:
		case OP.buddy_split_low:
			frame(a, o - 1);
			frame(a + 2 ** (o - 1), o - 1);
			linear(a);
			f.blocks.push({
				zone: z,
				order: o - 1,
				pfn: op === OP.buddy_split ? a : a + 2 ** (o - 1),
			});
			break;
		case OP.buddy_merge:
			frame(a, o + 1);
			linear(a);
			f.blocks.push({ zone: z, order: o + 1, pfn: a });
			break;
		case OP.reserve_bootmem:
		case OP.free_boot_range:
		case OP.page_clear_reserved:
			for (let p = a, n = 0; n < trace.b[i] && n < 4096;) {
				const s = p % 512 === 0 && trace.b[i] - n >= 512 ? 9 : 0;
				frame(p, s);
				p += 1 << s;
				n += 1 << s;
			}
			linear(a);
			break;
		case OP.slab_grow:
		case OP.slab_destroy:
			frame(a, o);
			linear(a);
			break;
		case OP.pte_set:
			if (trace.c[i] & 1) frame(trace.c[i] >>> 12);
			break;
		case OP.pte_clear:
			if (trace.b[i] & 1) frame(trace.b[i] >>> 12);
			break;
		case OP.pde_set:
			if ((trace.c[i] & 0x81) === 1) frame(trace.c[i] >>> 12);
			break;
	}
	for (const x of trace.fields(i)) {
		if (trace.kind(i).cls === "check") break;
		if (x.meaning === "pfn" && !f.frames.length) {
			frame(x.value);
			linear(x.value);
		}
		if (
			x.meaning === "addr" &&
			x.value &&
			typeof x.value === "number" &&
			trace.kind(i).name !== "trace_info" &&
			(f.va === null || f.pages.size === 0)
		) {
			f.va = x.value >>> 0;
			f.pages.add(x.value >>> 12);
		}
	}
	if (op === OP.alloc_vmap_area && trace.b[i])
		for (let p = a >>> 12, n = Math.min(4096, trace.b[i] >>> 12); n-- > 0; p++) f.pages.add(p);
	return f;
}

/**
 * The frames to outline: the event's, or of an event that names one page only, the frame behind it.
 */
export function eventFrames(m, focus) {
	if (focus.frames.length || focus.pages.size !== 1) return focus.frames;
	const w = m.walk(focus.va);
	return w.ok && w.pa >>> 12 < m.frames ? [{ pfn: w.pa >>> 12, order: 0 }] : [];
}

/**
 * Page and frame of a selection as they are in m: of an address the frame behind it, of a frame
 * where it is reached.
 */
export function located(m, { kind, pfn, va }) {
	if (kind === "frame" || kind === "block") return { pfn, va: m.mappings(pfn)[0]?.addr ?? null };
	if (va === null || (kind === "event" && pfn >= 0)) return { pfn, va };
	const own = m.walk(va),
		w = own.ok ? own : m.walk(va, m.refPgd);
	return { pfn: w.ok ? w.pa >>> 12 : -1, va };
}

/**
 * The frames and pages that belong to what is pointed at: a frame or block {pfn, order}, a page
 * or 4 MiB {va, slot}, an event {i}, a step of the walk {pfn, of, page}; or null, nothing.  Of an
 * event it is what event i speaks of.
 */
export function pointedAt(hv, trace, m, i) {
	const out = { frames: [], pages: new Set() };
	if (!hv) return out;
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
