// SPDX-License-Identifier: MIT
/* arearules.js - the rules of vmlist, and what vmalloc and vfree promise. */
import { RESERVED, FREE, FLIGHT } from "./owners.js";
import { hex, addr } from "./format.js";
/** @import {Machine} from "./machine.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Fields, Say} from "./types.js" */

const PAGE = 4096,
	VM_ALLOC = 2;

export class AreaRules {
	/**
	 * @param {Trace} trace
	 * @param {Say} say
	 */
	constructor(trace, say) {
		this.trace = trace;
		this.say = say;
		this.vmap = Object.entries(trace.kinds.values.vm_op ?? {}).find(
			([, x]) => x === "vmap",
		)?.[0];
		this.quirks = (trace.machine.flags ?? []).some((x) => x.startsWith("quirks"));
		this.vmalloc = -1; // the event in which the vmalloc under way began
		this.vfree = false; // is a vfree under way?
		this.dying = null; // the area it took off the list
		this.cleared = 0; // entries of it
		this.flushed = false; // the whole TLB, since
		this.midway = false; // the trace may begin within a vmalloc or vfree
		this.known = true; // is every area?
		this.flushes = (trace.machine.kind ?? []).includes("TLB flushes told");
	}
	/** Events are missing. */
	lost() {
		this.vmalloc = -1;
		this.vfree = this.known = this.midway = false;
		this.dying = null;
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	add(m, e, i) {
		if (e.failed(i)) return;
		const at = e.addr(i),
			end = at + e.size(i),
			x = m.areaIndex(at),
			before = m.areas[x],
			after = m.areas[x + 1];
		if (at < m.vmStart || end > m.vmEnd)
			this.say(
				i,
				"area-outside",
				`The area ${addr(at)} to ${addr(end - 1)} leaves ${addr(m.vmStart)} to ${addr(m.vmEnd - 1)}.`,
			);
		for (const other of [before, after])
			if (other && other.addr < end && other.addr + other.size > at)
				this.say(
					i,
					"area-overlap",
					`The area at ${addr(at)} overlaps the one at ${addr(other.addr)}.`,
				);
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	remove(m, e, i) {
		const at = e.va_start(i),
			area = m.areas[m.areaIndex(at)];
		if (area?.addr !== at) {
			if (this.known) this.say(i, "area-absent", `No area begins at ${addr(at)}.`);
			return;
		}
		if (area.size !== e.size(i))
			this.say(
				i,
				"area-fill",
				`The area at ${addr(at)} has ${area.size} bytes, the event says ${e.size(i)}.`,
			);
		this.dying = area;
		this.cleared = 0;
		this.flushed = false;
	}
	/**
	 * An entry of the vmalloc range is set to lead to frame pfn, which `maps` others map.
	 * @param {Machine} m
	 * @param {number} i
	 * @param {number} at
	 * @param {number} pfn
	 * @param {number} maps
	 */
	mapped(m, i, at, pfn, maps) {
		const area = m.areaAt(at);
		if (!area) {
			if (this.known)
				this.say(
					i,
					"pte-outside-area",
					`Page ${addr(at)} is mapped, but lies in no area.`,
					pfn,
				);
			return;
		}
		if (at - area.addr >= area.size - PAGE)
			return this.say(
				i,
				"guard-mapped",
				`Page ${addr(at)} is the guard page of the area at ${addr(area.addr)}.`,
				pfn,
			);
		const owner = pfn < m.frames ? m.meta[pfn] >> 4 : 0;
		if (owner <= RESERVED || owner === FREE || owner === FLIGHT) return;
		if (!(area.flags & VM_ALLOC))
			return this.say(
				i,
				"pte-foreign-page",
				`Page ${addr(at)}, in an ioremap area, maps frame ${hex(pfn)}, which is RAM in use.`,
				pfn,
			);
		if (String(area.op) === this.vmap) return;
		if (maps)
			this.say(
				i,
				"page-mapped-twice",
				`Page ${addr(at)} maps frame ${hex(pfn)}, which ${maps} other ${maps > 1 ? "entries map" : "entry maps"}.`,
				pfn,
			);
		if (this.vmalloc >= 0 && m.since[pfn] < this.vmalloc)
			this.say(
				i,
				"pte-foreign-page",
				`Page ${addr(at)} maps frame ${hex(pfn)}, handed out at #${m.since[pfn]}, before this vmalloc began.`,
				pfn,
			);
	}
	/** @param {number} at */
	unmapped(at) {
		const { dying } = this;
		if (this.vfree && dying && at >= dying.addr && at < dying.addr + dying.size) this.cleared++;
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	vmallocEnter(m, e, i) {
		if (this.vmalloc >= 0)
			this.say(
				i,
				"area-fill",
				`A vmalloc begins, but the one of #${this.vmalloc} has not returned.`,
			);
		this.vmalloc = i;
	}
	/**
	 * Present entries of [from, from + size) in the reference tables, or in those in use: {n,
	 * first, unknown: is any?}.
	 * @param {Machine} m
	 * @param {number} from
	 * @param {number} size
	 */
	present(m, from, size) {
		const out = { n: 0, first: 0, unknown: false },
			pgd = m.refPgd;
		for (let at = from; at < from + size && at < 2 ** 32; at += PAGE) {
			const pa = m.translate(at, pgd);
			if (pa === -2) out.unknown = true;
			else if (pa >= 0 && !out.n++) out.first = at;
		}
		return out;
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	vmallocExit(m, e, i) {
		const at = e.addr(i);
		if (this.vmalloc < 0 && !this.midway && this.known)
			this.say(i, "area-fill", `vmalloc returns ${addr(at)} without having begun.`);
		this.vmalloc = -1;
		this.midway = false;
		if (at < m.vmStart) return; // failed, or ioremap answers with the linear map
		const area = m.areaAt(at);
		if (!area) {
			if (this.known)
				this.say(i, "area-absent", `${addr(at)} is returned, but no area is there.`);
			return;
		}
		if (area.size < 2 * PAGE) return; // a guard page only
		const want = area.size / PAGE - 1,
			{ n: have, unknown } = this.present(m, area.addr, area.size - PAGE),
			guard = this.present(m, area.addr + area.size - PAGE, PAGE);
		if (have !== want && !unknown && !this.quirks)
			this.say(
				i,
				"area-fill",
				`The area at ${addr(area.addr)} has ${have} pages mapped, not ${want}.`,
			);
		if (guard.n)
			this.say(
				i,
				"guard-mapped",
				`Page ${addr(guard.first)}, the guard page of the area at ${addr(area.addr)}, is mapped.`,
			);
	}
	vfreeEnter() {
		this.vfree = true;
		this.dying = null;
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	vfreeExit(m, e, i) {
		const at = e.addr(i),
			{ dying } = this;
		if (!this.vfree && !this.midway && this.known)
			this.say(i, "area-fill", `vfree of ${addr(at)} ends without having begun.`);
		this.vfree = this.midway = false;
		this.dying = null;
		if (!dying) return; // refused: there was no such area
		const left = this.present(m, dying.addr, dying.size);
		if (left.n)
			this.say(
				i,
				"pte-left",
				`${left.n} entries of the area at ${addr(dying.addr)} are still set, the first for ${addr(left.first)}.`,
			);
		if (this.cleared && !this.flushed && this.flushes)
			this.say(
				i,
				"no-flush",
				`The area at ${addr(dying.addr)} lost ${this.cleared} pages, and the TLB was not flushed.`,
			);
		if (e.nr_pages(i) !== this.cleared)
			this.say(
				i,
				"area-fill",
				`vfree of ${addr(at)} counts ${e.nr_pages(i)} pages, ${this.cleared} entries were cleared.`,
			);
	}
	/**
	 * The run is complete: nothing may be under way after event i.
	 * @param {number} i
	 */
	finish(i) {
		if (this.vmalloc >= 0)
			this.say(i, "area-fill", `The vmalloc of #${this.vmalloc} has not returned.`);
	}
}
