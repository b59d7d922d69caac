// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
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

const MAX = 5000;

export class Hazards {
	constructor(trace) {
		this.trace = trace;
		this.list = [];
		this.checks = []; // {i, ok, untold: is it of what no event has told?}
		this.probes = { agree: 0, differ: 0 };
		this.answers = new Map(); // linear page -> the events in which the MMU was asked about it
		this.dropped = 0;
		this.agreed = new Map(); // what a snapshot was of -> event at which it agreed last
		this.unverified = []; // [from, to): events were lost, and not all lists are known since
	}
	add(i, rule, text, pfn = -1) {
		const severity = SEVERITY[rule] ?? "violation";
		if (this.list.length >= MAX) {
			this.dropped++;
			return;
		}
		this.list.push(pfn < 0 ? { i, severity, rule, text } : { i, severity, rule, text, pfn });
	}
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
	constructor(trace) {
		super(trace);
		const say = (...finding) => this.add(...finding);
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
		this.judges = trace.kinds.byId.map((kind) => (kind && this.judgeOf(kind)) || null);
		this.judgesAfter = trace.kinds.byId.map((kind) =>
			kind?.cls === "check" ? (m, i) => this.check(m, i) : null,
		);
		this.kernel = trace.kinds.byId.map((kind) => !!kind && !OTHER_GROUPS.has(kind.group));
	}
	/** The state before the first event: not that of a machine that has just started? */
	start(m) {
		const whole = isWhole(this.trace);
		this.tables.start(m);
		this.buddy.start(m);
		this.slabs.whole = this.kmap.whole = whole;
		this.areas.midway = !whole;
	}
	/** What judges an event of that kind, given machine, fields and event; none: nothing does. */
	judgeOf(kind) {
		const { buddy, tables, mmu, areas, slabs, kmap } = this;
		if (kind.name === "zone_state")
			return (m, e, i) => buddy.snapshot(m, i, this.trace.records.get(i)?.zone);
		if (kind.name === "pgd_state")
			return (m, e, i) => tables.named(m, i, this.trace.records.get(i)?.pgd);
		if (kind.cls === "obj") return (m, e, i) => this.obj(kind.name, i);
		return {
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
		}[kind.name];
	}
	/** Event i, of kind `id` and with fields e, is about to be applied. */
	before(m, id, e, i) {
		if (this.mmu.audits.length && this.kernel[id]) this.mmu.auditsDue(m);
		const judge = this.judges[id];
		if (judge) judge(m, e, i);
	}
	after(m, id, e, i) {
		const judge = this.judgesAfter[id];
		if (judge) judge(m, i);
		if (this.mmu.audits.length && this.kernel[id]) this.mmu.auditsDue(m);
	}
	/** Events are missing before event i; machine m knows that already. */
	lost(m, i) {
		this.add(
			i,
			"lost-events",
			"Events are missing before this one: what they told is unknown.",
		);
		if (!(this.unverified.at(-1)?.[1] === Infinity))
			this.unverified = [...this.unverified, [i, Infinity]];
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
	/** The trace is at its end, with event i. */
	end(m) {
		this.mmu.finish(m, this.ended);
		this.tables.finish(this.ended);
		if (this.ended) this.areas.finish(m.i);
	}
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
						`${rec.failed} expectations or steps failed: ${rec.msg}.`,
					);
				break;
			case "kmem_cache_create":
				this.slabs.create(rec);
				break;
		}
	}
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
				`${wrong} ${where}; ${blame ? `the first event since that contradicts the replay is #${blame.i}, about frame ${hex(blame.pfn)}: ${blame.text}` : `no event since contradicts the replay, so the one at fault is among #${since + 1} to #${i - 1}`}`,
				blame?.pfn,
			);
		} else if (wrong === null) this.agreed.set(what, i);
		const open = this.unverified.at(-1);
		if (open?.[1] === Infinity && this.buddy.whole)
			this.unverified = [...this.unverified.slice(0, -1), [open[0], i]];
	}
}

/** Groups whose events the kernel does not make, or that say nothing of its memory. */
const OTHER_GROUPS = new Set(["run", "hw"]);
