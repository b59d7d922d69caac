// SPDX-License-Identifier: MIT
/*
 * hazards.js - what breaks a rule while the trace is replayed for the first time,
 * and the kernel's own snapshots held against the replay.
 *
 * The rules are those of `pagescope check`, under its names (rules.js), with its severities:
 * "violation", "hazard" and "note".  After a loss both go on by the same rule: what the lost
 * events told is unknown until an event or a snapshot tells it, and nothing is said of it.
 */
import { AreaRules } from "./arearules.js";
import { BuddyRules } from "./buddyrules.js";
import { addr, hex } from "./format.js";
import { isWhole } from "./initial.js";
import { MmuRules } from "./mmurules.js";
import { SEVERITY } from "./rules.js";
import { KmapRules, SlabRules } from "./slabrules.js";
import { StaleTlb } from "./staletlb.js";
import { CHECKS } from "./statechecks.js";
import { TableRules } from "./tablerules.js";
/** @import {Kind} from "./kinds.js" */
/** @import {Machine} from "./machine.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Effect, Fields, Finding, Probes, Say, Verified} from "./types.js" */

const MAX = 5000;

export class Hazards {
	/** @param {Trace} trace */
	constructor(trace) {
		this.trace = trace;
		/** @type {Finding[]} */
		this.list = [];
		/** @type {Verified[]} */
		this.checks = [];
		/** @type {Probes} */
		this.probes = { agree: 0, differ: 0 };
		/** @type {Map<number, number[]>} linear page -> the events in which the MMU was asked */
		this.answers = new Map();
		this.dropped = 0;
		/** @type {Map<string, number>} what a snapshot was of -> event at which it agreed last */
		this.agreed = new Map();
		/** @type {[number, number][]} [from, to): events were lost, not all lists are known since */
		this.unverified = [];
	}
	/**
	 * @param {number} i
	 * @param {string} rule
	 * @param {string} text
	 */
	add(i, rule, text, pfn = -1) {
		const severity = SEVERITY[rule] ?? "violation";
		if (this.list.length >= MAX) {
			this.dropped++;
			return;
		}
		this.list.push(pfn < 0 ? { i, severity, rule, text } : { i, severity, rule, text, pfn });
	}
	/** @param {Iterable<number>} events */
	noted(events) {
		for (const i of events) {
			const page = this.trace.col.mmu_probe.addr(i) >>> 12,
				list = this.answers.get(page);
			if (list) list.push(i);
			else this.answers.set(page, [i]);
		}
	}
	/** Merges in what the exporter's own check found and this replay did not. */
	finish() {
		const told = new Set(this.list.map((x) => `${x.i} ${x.rule}`));
		for (const v of this.trace.violations)
			if (!told.has(`${v.i} ${v.rule}`)) this.add(v.i, v.rule || "violation", v.text);
		this.list.sort((x, y) => x.i - y.i);
	}
}

/** The Hazards of a first replay: what judges each event of it. */
export class Judge extends Hazards {
	/** @param {Trace} trace */
	constructor(trace) {
		super(trace);
		/** @type {Say} */
		const say = (i, rule, text, pfn) => this.add(i, rule, text, pfn);
		this.stale = new StaleTlb(trace, say);
		this.areas = new AreaRules(trace, say);
		this.tables = new TableRules(trace, say, this.stale, this.areas);
		this.mmu = new MmuRules(say, this.tables);
		this.buddy = new BuddyRules(trace, say, this.stale);
		this.slabs = new SlabRules(trace, say);
		this.kmap = new KmapRules(trace, say);
		this.probes = this.mmu.probes;
		this.ended = false; // did the run say that it is complete?
		this.last = -1;
		/** @type {(Effect | null)[]} by id, what judges an event before it is applied */
		this.judges = trace.kinds.byId.map((kind) => kind && this.judgeOf(kind));
		/** By id, is it a snapshot of the kernel's? */
		this.isCheck = trace.kinds.byId.map((kind) => kind?.cls === "check");
		this.kernel = trace.kinds.byId.map((kind) => !!kind && !OTHER_GROUPS.has(kind.group));
	}
	/**
	 * The state before the first event: not that of a machine that has just started?
	 * @param {Machine} m
	 */
	start(m) {
		const whole = isWhole(this.trace);
		this.tables.start(m);
		this.buddy.start(m);
		this.slabs.whole = this.kmap.whole = whole;
		this.areas.midway = !whole;
	}
	/**
	 * What judges an event of that kind, given machine, fields and event; none: nothing does.
	 * @param {Kind} kind
	 */
	judgeOf(kind) {
		const { buddy, tables, mmu, areas, slabs, kmap } = this;
		if (kind.cls === "obj")
			return (/** @type {Machine} */ m, /** @type {Fields} */ e, /** @type {number} */ i) =>
				this.obj(kind.name, i);
		/** @type {Record<string, Effect>} */
		const judges = {
			zone_state: (m, e, i, { records }) => buddy.snapshot(m, i, records.get(i)?.zone),
			pgd_state: (m, e, i, { records }) => tables.named(m, i, records.get(i)?.pgd),
			mm_page_alloc: (m, e, i) => buddy.alloc(m, e, i, tables),
			mm_page_free: (m, e, i) => buddy.free(m, e, i, tables, slabs),
			buddy_split: (m, e, i) => buddy.split(m, e, i),
			buddy_split_low: (m, e, i) => buddy.split(m, e, i),
			buddy_merge: (m, e, i) => buddy.merge(m, e, i),
			free_boot_range: (m, e, i) => buddy.range(m, e, i, tables),
			zone_skip: (m, e, i) => buddy.skip(m, e, i),
			alloc_vmap_area: (m, e, i) => areas.add(m, e, i),
			free_vmap_area: (m, e, i) => areas.remove(m, e, i),
			vmalloc_enter: (m, e, i) => areas.vmallocEnter(m, e, i),
			vmalloc_exit: (m, e, i) => areas.vmallocExit(m, e, i),
			vfree_enter: () => areas.vfreeEnter(),
			vfree_exit: (m, e, i) => areas.vfreeExit(m, e, i),
			pde_set: (m, e, i) => tables.pdeSet(m, e, i),
			pde_clear: (m, e, i) => tables.pdeClear(m, e, i),
			pde_clear_range: (m, e, i) => tables.pdeClearRange(m, e, i),
			pte_set: (m, e, i) => tables.pteSet(m, e, i),
			pte_clear: (m, e, i) => tables.pteClear(m, e, i),
			pte_range_set: (m, e, i) => tables.rangeSet(m, e, i),
			pgd_alloc: (m, e, i) => tables.pgdAlloc(m, e, i),
			pgd_free: (m, e, i) => tables.pgdFree(m, e, i),
			switch_mm: (m, e, i) => tables.switchMm(m, e, i),
			table_store: (m, e, i) => tables.tableStore(m, e, i),
			table_late: (m, e, i) => tables.tableStore(m, e, i),
			cr3_load: () => this.stale.loadCr3(),
			vmalloc_fault: (m, e, i) => tables.vmallocFault(m, e, i),
			mem_access: (m, e, i) => tables.poked(m, e, i),
			tlb_flush: (m, e, i) => tables.flush(m, e, i),
			mmu_probe: (m, e, i) => mmu.probe(m, e, i),
			mmu_audit: (m, e, i) => mmu.audit(m, e, i),
			kmalloc: (m, e, i) => slabs.alloc(i, e.ptr(i), -1),
			kmem_cache_alloc: (m, e, i) => slabs.alloc(i, e.ptr(i), e.cache(i)),
			kfree: (m, e, i) => slabs.free(i, e.ptr(i)),
			kmem_cache_free: (m, e, i) => slabs.free(i, e.ptr(i)),
			kmem_cache_destroy: (m, e, i) => slabs.destroy(e, i),
			slab_grow: (m, e, i) => slabs.grow(m, e, i),
			slab_destroy: (m, e, i) => slabs.shrink(e, i),
			kmap: (m, e, i) => kmap.kmap(e, i),
			kunmap: (m, e, i) => kmap.kunmap(e, i),
			flush_all_zero_pkmaps: (m, e, i) => kmap.flush(e, i),
		};
		return judges[kind.name] ?? null;
	}
	/**
	 * Event i, of kind `id` and with fields e, is about to be applied.
	 * @param {Machine} m
	 * @param {number} id
	 * @param {Fields} e
	 * @param {number} i
	 */
	before(m, id, e, i) {
		if (this.mmu.audits.length && this.kernel[id]) this.mmu.auditsDue(m);
		this.judges[id]?.(m, e, i, this.trace);
	}
	/**
	 * @param {Machine} m
	 * @param {number} id
	 * @param {Fields} e
	 * @param {number} i
	 */
	after(m, id, e, i) {
		if (this.isCheck[id]) this.check(m, i);
		if (this.mmu.audits.length && this.kernel[id]) this.mmu.auditsDue(m);
	}
	/**
	 * Events are missing before event i; machine m knows that already.
	 * @param {Machine} m
	 * @param {number} i
	 */
	lost(m, i) {
		this.add(
			i,
			"lost-events",
			"Events are missing before this one: what they told is unknown.",
		);
		if (this.unverified.at(-1)?.[1] !== Infinity) this.unverified.push([i, Infinity]);
		for (const rules of [this.buddy, this.tables, this.mmu, this.areas, this.slabs, this.kmap])
			rules.lost(m);
		this.stale.all();
		this.agreed.clear();
	}
	/** The events in which the MMU answered since the last call, for noted(). */
	heard() {
		const events = Int32Array.from(this.mmu.asked);
		this.mmu.asked.length = 0;
		return events;
	}
	/**
	 * The trace is at its end, with event i.
	 * @param {Machine} m
	 */
	end(m) {
		this.mmu.finish(m, this.ended);
		this.tables.finish(this.ended);
		if (this.ended) this.areas.finish(m.i);
	}
	/**
	 * @param {string} name
	 * @param {number} i
	 */
	obj(name, i) {
		const rec = this.trace.records.get(i);
		if (!rec) return;
		switch (name) {
			case "oops":
				this.add(i, "oops", `${rec.msg || `A kernel access to ${addr(rec.address)}`}.`);
				break;
			case "panic":
				this.add(i, "panic", `Panic: ${rec.msg}.`);
				break;
			case "mm_report":
				this.add(i, "kernel-report", String(rec.msg));
				break;
			case "expect":
				if (!rec.ok)
					this.add(
						i,
						"expectation",
						`${rec.text}: it was ${rec.got} (line ${rec.line}).`,
					);
				break;
			case "trace_end":
				this.ended = rec.reason === 0;
				if (rec.verdict)
					this.add(
						i,
						"run-failed",
						`failed claims and steps: ${rec.failed} (${rec.msg}).`,
					);
				break;
			case "kmem_cache_create":
				this.slabs.create(rec);
				break;
		}
	}
	/**
	 * @param {Machine} m
	 * @param {number} i
	 */
	check(m, i) {
		const rec = this.trace.records.get(i),
			name = this.trace.kindName(i),
			verify = rec && CHECKS[name];
		if (!verify) return;
		const wrong = verify(m, rec, this);
		this.checks.push({ i, ok: !wrong, untold: wrong === undefined });
		const what = [name, rec.zone, rec.pgd, rec.table, rec.cache].join();
		if (wrong) {
			const since = this.agreed.get(what) ?? -1,
				blame = this.list.find((x) => x.i > since && x.i < i && x.pfn !== undefined);
			const where = since < 0 ? "It has not agreed before" : `It agreed at #${since}`;
			this.add(
				i,
				name.replace(/_/g, "-"),
				`${wrong} ${where}; ${blame ? `the first event since that contradicts the replay is #${blame.i}, about frame ${hex(blame.pfn ?? -1)}: ${blame.text}` : `no event since contradicts the replay, so the one at fault is among #${since + 1} to #${i - 1}`}`,
				blame?.pfn,
			);
		} else if (wrong === null) this.agreed.set(what, i);
		const open = this.unverified.at(-1);
		if (open?.[1] === Infinity && this.buddy.whole) open[1] = i;
	}
}

/** Groups whose events the kernel does not make, or that say nothing of its memory. */
const OTHER_GROUPS = new Set(["run", "hw"]);
