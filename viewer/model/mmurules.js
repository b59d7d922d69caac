// SPDX-License-Identifier: MIT
/*
 * mmurules.js - what the hardware says of the page tables, held against the replay: answers of
 * the MMU (mmu_probe), and entries in memory that changed without an event (mmu_audit).
 */
import { addr } from "./format.js";
import { sameEntry } from "./pagetable.js";
import { indexOf } from "./tablemaps.js";
/** @import {Machine} from "./machine.js" */
/** @import {TableRules} from "./tablerules.js" */
/** @import {Fields, Say} from "./types.js" */

/**
 * An entry that changed in memory, by what the plugin saw at event i; left: how many more events
 * of the kernel's may explain it.
 * @typedef {{i: number, where: number, addr: number, old: number, now: number, level: number,
 * left: number}} Audit
 */

export class MmuRules {
	/**
	 * tables: see tablerules.js.
	 * @param {Say} say
	 * @param {TableRules} tables
	 */
	constructor(say, tables) {
		this.say = say;
		this.tables = tables;
		/** @type {Audit[]} that no event has explained yet */
		this.audits = [];
		this.probes = { agree: 0, differ: 0 };
		/** @type {number[]} events in which the MMU answered, until they are given out */
		this.asked = [];
	}
	/** Events are missing: what changed entries is unknown. */
	lost() {
		this.audits = [];
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	probe(m, e, i) {
		const at = e.addr(i),
			cr3 = e.cr3(i),
			ok = e.ok(i) !== 0;
		this.asked.push(i);
		const pa = m.translate(at, (cr3 & 0xfffff000) >>> 0);
		if (pa === -2) return; // of what the trace has not told yet
		if (pa >= 0 === ok && (!ok || pa === e.phys(i))) this.probes.agree++;
		else {
			this.probes.differ++;
			this.say(
				i,
				"mmu-disagrees",
				`The MMU takes ${addr(at)} to ${ok ? addr(e.phys(i)) : "a fault"}, the replay to ${pa >= 0 ? addr(pa) : "a fault"}.`,
			);
		}
	}
	/**
	 * Is the entry in memory as the events tell it? One of a table that is gone explains itself.
	 * @param {Machine} m
	 * @param {Audit} audit
	 */
	explained(m, { where, now, level }) {
		const { tables } = this,
			t = tables.frames.get(where >>> 12),
			x = indexOf(where);
		if (!t || t.pgd !== (level === 2)) return now === 0;
		return tables.known(m, t, x) ? sameEntry(tables.entry(m, t, x), now) : tables.bootTold;
	}
	/**
	 * The plugin may look between a store and the event that tells of it: what does not agree yet
	 * is looked at again after the next kernel events.
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	audit(m, e, i) {
		const a = {
			i,
			where: e.where(i),
			addr: e.addr(i),
			old: e.old(i),
			now: e.now(i),
			level: e.level(i),
			left: 4,
		};
		if (!this.explained(m, a)) this.audits.push(a);
	}
	/** @param {Audit} audit */
	unexplained({ i, where, addr: at, old, now }) {
		this.say(
			i,
			"pte-unexplained",
			`The entry at ${addr(where)} (for ${addr(at)}) changed from ${addr(old)} to ${addr(now)}; no event says so.`,
		);
	}
	/**
	 * An event of the kernel's came, before or after it is applied.
	 * @param {Machine} m
	 */
	auditsDue(m) {
		this.audits = this.audits.filter((a) => !this.explained(m, a));
		if (!this.tables.bootTold) return;
		for (const a of this.audits) if (--a.left === 0) this.unexplained(a);
		this.audits = this.audits.filter((a) => a.left);
	}
	/**
	 * A run that was cut short may have been cut between a store and its event: one is let pass.
	 * @param {Machine} m
	 * @param {boolean} ended
	 */
	finish(m, ended) {
		this.audits = this.audits.filter((a) => !this.explained(m, a));
		if (ended || (this.tables.bootTold && this.audits.length > 1))
			for (const a of this.audits) this.unexplained(a);
		this.audits = [];
	}
}
