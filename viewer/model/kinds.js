// SPDX-License-Identifier: MIT
/*
 * kinds.js - the event table of the loaded trace, and what the viewer knows of it.
 *
 * Ids come from the trace's header; the viewer knows events by name only, so an
 * id it has never seen is listed with its fields and changes no state.
 */

/** @typedef {{name: string, meaning?: string, text?: string, col?: string}} Field */
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
	"pde_clear_range",
	"pgd_alloc",
	"pgd_free",
	"switch_mm",
	"vmalloc_fault",
	"alloc_vmap_area",
	"free_vmap_area",
	"vmalloc_enter",
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
].forEach((name, n) => {
	OP[name] = n;
});

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
			this.op[kind.id] = known.cls === "ev" ? (OP[kind.name] ?? 0) : (OP[known.cls] ?? 0);
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
	/** Checks that the columns the replay reads are where this viewer expects them. */
	unexpectedColumns() {
		const want = {
			mm_page_alloc: "a o z b s",
			pte_set: "a b c",
			pde_set: "a b c d",
			buddy_split: "a o z",
			buddy_split_low: "a o z",
		};
		return Object.entries(want)
			.filter(([name, cols]) => {
				const kind = this.byName.get(name);
				return kind && kind.fields.map((f) => f.col).join(" ") !== cols;
			})
			.map(([name]) => name);
	}
}
