// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * staletlb.js - translations that the TLB may still hold.
 *
 * The TLB may hold a translation from the moment its entry is cleared until a flush that
 * covers it.  A load of CR3 (switch_mm) drops all but global entries, so of a directory that
 * is not in use only global ones can be left.
 */
import { addr, hex } from "./format.js";
import { GLOBAL, PRESENT } from "./pagetable.js";

const PAGE = 4096;

/**
 * Which frames the TLB may still lead to, and since when: the entries cleared since the last flush
 * of all, in the order of their clearing.
 */
export class StaleTlb {
	constructor(trace, say) {
		this.say = say;
		this.pge = (trace.machine.flags ?? []).includes("pge");
		// where a kernel does not tell of its flushes, nothing is known of the TLB
		this.told = (trace.machine.kind ?? []).includes("TLB flushes told");
		this.epoch = 1; // flushes of all, and the one that a frame's last entry was cleared before
		this.since = new Uint32Array(trace.frames);
		this.n = 0;
		this.pfn = new Uint32Array(256);
		this.addr = new Uint32Array(256);
		this.at = new Uint32Array(256); // the event
		this.global = new Uint8Array(256);
	}
	/** Event i clears the entry of a page that the TLB may hold. */
	remember(i, page, entry) {
		const pfn = entry >>> 12;
		if (!(entry & PRESENT) || pfn >= this.since.length || !this.told) return;
		const global = this.pge && entry & GLOBAL ? 1 : 0;
		if (this.n === this.pfn.length)
			for (const col of ["pfn", "addr", "at", "global"]) {
				const more = new this[col].constructor(2 * this.n);
				more.set(this[col]);
				this[col] = more;
			}
		this.pfn[this.n] = pfn;
		this.addr[this.n] = page;
		this.at[this.n] = i;
		this.global[this.n++] = global;
		this.since[pfn] = this.epoch;
	}
	/** Those that gone(x) says of are out of the TLB. */
	forget(gone) {
		const { n, pfn, addr, at, global } = this;
		let kept = 0;
		for (let x = 0; x < n; x++) this.since[pfn[x]] = 0;
		for (let x = 0; x < n; x++) {
			if (gone(x)) continue;
			this.since[pfn[x]] = this.epoch;
			pfn[kept] = pfn[x];
			addr[kept] = addr[x];
			at[kept] = at[x];
			global[kept++] = global[x];
		}
		this.n = kept;
	}
	all() {
		this.epoch++;
		this.n = 0;
	}
	loadCr3() {
		if (this.n) this.forget((x) => !this.global[x]);
	}
	pages(from, n) {
		if (this.n) this.forget((x) => (this.addr[x] - from) >>> 0 < n * PAGE);
	}
	/** Frame pfn is handed out. */
	reused(i, pfn) {
		if (this.since[pfn] !== this.epoch) return;
		const x = this.pfn.lastIndexOf(pfn, this.n - 1);
		this.since[pfn] = 0;
		this.say(
			i,
			"reuse-before-flush",
			`Frame ${hex(pfn)} is handed out again before the TLB was flushed: since #${this.at[x]} an old translation of ${addr(this.addr[x])} may still reach it.`,
			pfn,
		);
	}
}
