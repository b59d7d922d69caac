// SPDX-License-Identifier: MIT
/*
 * staletlb.js - translations that the TLB may still hold.
 *
 * The TLB may hold a translation from the moment its entry is cleared until a flush that
 * covers it.  A load of CR3 (switch_mm) drops all but global entries, so of a directory that
 * is not in use only global ones can be left.
 */
import { addr, hex } from "./format.js";
import { GLOBAL, PRESENT } from "./pagetable.js";
/** @import {Trace} from "./trace.js" */
/** @import {Say} from "./types.js" */

const PAGE = 4096;

/**
 * Which frames the TLB may still lead to, and since when: the entries cleared since the last flush
 * of all, in the order of their clearing.
 */
export class StaleTlb {
	/**
	 * @param {Trace} trace
	 * @param {Say} say
	 */
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
		this.global = new Uint32Array(256);
	}
	/**
	 * Event i clears the entry of a page that the TLB may hold.
	 * @param {number} i
	 * @param {number} page
	 * @param {number} entry
	 */
	remember(i, page, entry) {
		const pfn = entry >>> 12;
		if (!(entry & PRESENT) || pfn >= this.since.length || !this.told) return;
		const global = this.pge && entry & GLOBAL ? 1 : 0;
		if (this.n === this.pfn.length) this.grow();
		this.pfn[this.n] = pfn;
		this.addr[this.n] = page;
		this.at[this.n] = i;
		this.global[this.n++] = global;
		this.since[pfn] = this.epoch;
	}
	/** Room for as many again. */
	grow() {
		const twice = (/** @type {Uint32Array} */ column) => {
			const more = new Uint32Array(2 * column.length);
			more.set(column);
			return more;
		};
		this.pfn = twice(this.pfn);
		this.addr = twice(this.addr);
		this.at = twice(this.at);
		this.global = twice(this.global);
	}
	/**
	 * Those that gone(x) says of are out of the TLB.
	 * @param {(x: number) => boolean} gone
	 */
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
	/**
	 * @param {number} from
	 * @param {number} n
	 */
	pages(from, n) {
		if (this.n) this.forget((x) => (this.addr[x] - from) >>> 0 < n * PAGE);
	}
	/**
	 * Frame pfn is handed out.
	 * @param {number} i
	 * @param {number} pfn
	 */
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
