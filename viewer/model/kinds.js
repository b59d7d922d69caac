// SPDX-License-Identifier: MIT
/*
 * kinds.js - the event table of the loaded trace, and what the viewer knows of it.
 *
 * Ids come from the trace's header; the viewer knows events by name only, so an
 * id it has never seen is listed with its fields and changes no state.
 */

/** @typedef {{name: string, meaning?: string, text?: string, col?: string, count?: number}} Field */
/**
 * @typedef {{id: number, name: string, group: string, fields: Field[], cls: string, text: string}}
 * Kind
 */

/**
 * What the replay does for a kind; 0 changes nothing.
 * @type {Record<string, number>}
 */
export const OP = {};
[
	"none",
	"mm_page_alloc",
	"mm_page_free",
	"buddy_split",
	"buddy_merge",
	"free_boot_range",
	"reserve_bootmem",
	"page_clear_reserved",
	"pde_set",
	"pte_set",
	"pte_clear",
	"pde_clear",
	"pte_range_set",
	"pte_alloc",
	"pde_clear_range",
	"pgd_alloc",
	"pgd_free",
	"switch_mm",
	"vmalloc_fault",
	"alloc_vmap_area",
	"free_vmap_area",
	"vmalloc_enter",
	"vmalloc_exit",
	"slab_grow",
	"slab_destroy",
	"page_ref_mod",
	"kmap_atomic",
	"kunmap_atomic",
	"set_fixmap",
	"tlb_flush",
	"mmu_probe",
	"mmu_audit",
	"check",
	"obj",
	"mark",
	"buddy_split_low",
	"mem_access",
	"zone_state",
	"pgd_state",
	"table_seen",
	"table_run",
	"table_store",
	"table_late",
	"table_unknown",
	"cr3_load",
	"directory_end",
	"paging_mode",
].forEach((name, n) => {
	OP[name] = n;
});

/**
 * What the model reads, kind by kind: its class and its fields, each with the meaning that it must
 * have (name:meaning; the name alone where the two are the same).  A trace in which one of these
 * is missing, has another name or means something else is refused, by name.
 * @type {Record<string, string>}
 */
const READS = {
	mm_page_alloc: "ev pfn order zone gfp_flags:gfp call_site:site",
	mm_page_free: "ev pfn order zone call_site:site",
	buddy_split: "ev pfn order zone",
	buddy_split_low: "ev pfn order zone",
	buddy_merge: "ev pfn order zone",
	zone_skip: "ev zone order pass free_pages:pages sum:pages",
	free_boot_range: "ev start_pfn:pfn nr_pages:pages descending:bool",
	reserve_bootmem: "ev start_pfn:pfn nr_pages:pages owner",
	page_clear_reserved: "ev pfn nr_pages:pages",
	page_ref_mod: "ev pfn count call_site:site",
	zone_state: "check zone free_pages:pages nr_free:count list_hash:hash map_hash:hash",
	mem_map_state: "check nr_pages:pages nr_reserved:pages nr_used:pages hash",
	page_flags_state: "check nr_pages:pages nr_free:count nr_used:count nr_slab:pages hash",
	alloc_vmap_area: "ev addr size:bytes failed:bool flags:vm_flags call_site:site",
	free_vmap_area: "ev va_start:addr size:bytes",
	vmalloc_enter: "ev size:bytes op:vm_op call_site:site",
	vmalloc_exit: "ev addr nr_pages:pages why:vm_why",
	vfree_enter: "ev addr op:vm_op call_site:site",
	vfree_exit: "ev addr nr_pages:pages",
	vmlist_state: "check nr_areas:count hash",
	pde_set: "ev addr old:entry pde:entry entry_pa:pa pgd:pa",
	pde_clear: "ev addr old:entry entry_pa:pa pgd:pa",
	pde_clear_range: "ev addr nr:count entry_pa:pa pgd:pa",
	pte_set: "ev addr old:entry pte:entry entry_pa:pa",
	pte_clear: "ev addr old:entry entry_pa:pa",
	pte_range_set: "ev addr entry nr:count large:bool entry_pa:pa pgd:pa",
	pte_alloc: "ev table:pa",
	pgd_alloc: "ev pgd:pa copied_from:pa",
	pgd_free: "ev pgd:pa",
	switch_mm: "ev pgd:pa",
	vmalloc_fault: "ev address:addr pgd:pa pde:entry outcome:fault_outcome",
	tlb_flush: "ev reason:flush_reason pages addr",
	pgd_state: "check pgd:pa nr_present:count hash",
	pgtable_state: "check addr table:pa nr_present:count hash",
	mem_access: "ev addr kind:access ok:bool value:id",
	kmalloc: "ev ptr:addr bytes_req:bytes bytes_alloc:bytes call_site:site",
	kmem_cache_alloc: "ev ptr:addr bytes_req:bytes bytes_alloc:bytes cache:id call_site:site",
	kfree: "ev ptr:addr",
	kmem_cache_free: "ev ptr:addr cache:id",
	kmem_cache_create: "obj cache:id size:bytes order num:count name:string",
	kmem_cache_destroy: "ev cache:id",
	slab_grow: "ev pfn order cache:id",
	slab_destroy: "ev pfn order cache:id",
	slab_state: "check cache:id nr_slabs:count active_objs:count hash",
	kmap: "ev pfn addr fresh:bool",
	kunmap: "ev pfn addr",
	flush_all_zero_pkmaps: "ev nr:count",
	pkmap_state: "check nr_used:count nr_stale:count hash",
	mmu_probe: "ev addr phys:pa ok:bool cr3:pa",
	mmu_audit: "ev where:pa addr old:entry now:entry level:kind",
	table_seen: "ev table:pa level:kind",
	table_run: "ev entry_pa:pa entry nr:count step:bytes",
	table_store: "ev entry_pa:pa old:entry entry addr nr:count call_site:site",
	table_late: "ev entry_pa:pa old:entry entry addr nr:count call_site:site",
	table_unknown: "ev table:pa",
	cr3_load: "ev pgd:pa",
	directory_end: "ev pgd:pa",
	paging_mode: "ev on:bool cr4:id",
	mark: "mark level:kind msg:string text:string",
	scenario_step: "obj line text:string",
	expect: "obj ok:bool line text:string got:string",
	oops: "obj address:addr msg:string",
	mm_report: "obj code:report msg:string",
	panic: "obj msg:string",
	trace_end: "obj reason:end_reason verdict:kind failed:count msg:string",
};

/** The columns that the header may put a field of an event into: docs/json.md. */
const COLUMNS = ["a", "b", "c", "d", "e", "f", "o", "s", "z"];

export const GROUPS = ["buddy", "vmalloc", "paging", "slab", "highmem", "user", "run", "hw"];

export class Kinds {
	/**
	 * @param {any} list the header's kinds
	 * @param {Record<string, Record<number, string>> | undefined} values texts of enumerated fields
	 */
	constructor(list, values) {
		/** @type {(Kind | null)[]} */
		this.byId = new Array(256).fill(null);
		/** @type {Map<string, Kind>} */
		this.byName = new Map();
		this.values = values ?? {};
		this.op = new Uint8Array(256);
		this.group = new Uint8Array(256).fill(GROUPS.indexOf("run"));
		for (const kind of Array.isArray(list) ? list : []) {
			if (
				!Number.isInteger(kind?.id) ||
				kind.id < 1 ||
				kind.id > 254 ||
				typeof kind.name !== "string"
			)
				continue;
			const fields = (Array.isArray(kind.fields) ? kind.fields : []).filter(
				(/** @type {any} */ f) => typeof f?.name === "string",
			);
			const known = {
				id: kind.id,
				name: kind.name,
				group: kind.group,
				fields,
				cls: kind.class ?? "ev",
				text: String(kind.text ?? ""),
			};
			this.byId[kind.id] = known;
			this.byName.set(kind.name, known);
			this.op[kind.id] = OP[kind.name] ?? OP[known.cls] ?? 0;
			const g = GROUPS.indexOf(kind.group);
			if (g >= 0) this.group[kind.id] = g;
		}
	}
	/** @param {string} name */
	id(name) {
		return this.byName.get(name)?.id ?? 0;
	}
	/** @param {number} id */
	name(id) {
		return this.byId[id]?.name ?? (id ? `event ${id}` : "missing");
	}
	/**
	 * The text of an enumerated value, or undefined.
	 * @param {string} meaning
	 * @param {number} v
	 */
	value(meaning, v) {
		return this.values[meaning]?.[v];
	}
	/**
	 * What of READS this table lacks or has otherwise, a sentence each.
	 * @returns {string[]}
	 */
	unreadable() {
		return Object.entries(READS).flatMap(([name, reads]) => {
			const [cls, ...fields] = reads.split(" "),
				kind = this.byName.get(name);
			if (!kind) return [`it has no event ${name}`];
			if (kind.cls !== cls) return [`its event ${name} is of class ${kind.cls}, not ${cls}`];
			const taken = new Set();
			return fields.flatMap((x) => {
				const [field, meaning = field] = x.split(":"),
					f = kind.fields.find((y) => y.name === field),
					has = kind.fields.map((y) => y.name).join(", ") || "none";
				if (!f) return [`its event ${name} has no field ${field} (its fields: ${has})`];
				if (f.meaning !== meaning)
					return [
						`the field ${field} of its event ${name} is a ${f.meaning}, not a ${meaning}`,
					];
				if (cls !== "ev") return [];
				if (!COLUMNS.includes(f.col ?? "") || taken.has(f.col))
					return [
						`the field ${field} of its event ${name} has no column of its own (${f.col})`,
					];
				taken.add(f.col);
				return [];
			});
		});
	}
}
