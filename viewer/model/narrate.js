// SPDX-License-Identifier: MIT
/*
 * narrate.js - one plain sentence for every event: what the details say, what the
 * list shows and what a screen reader hears.
 */
import * as fmt from "./format.js";
import { CHECKS } from "./statechecks.js";
import { OP } from "./kinds.js";
import { NONE } from "./owners.js";
/** @import {Trace} from "./trace.js" */

const { hex, addr, bytes, orderSize, plural } = fmt;

/**
 * @param {number} pfn
 * @param {number} order
 */
function block(pfn, order) {
	return order ? `the ${orderSize(order)} block at frame ${hex(pfn)}` : `frame ${hex(pfn)}`;
}
/** @param {string} s */
const cap = (s) => s.charAt(0).toUpperCase() + s.slice(1);

/**
 * A store into a table of a guest that is watched.
 * @param {Record<string, any>} f
 * @param {Names} t
 */
const storeText = (f, t) => {
	const where = f.nr ? `The entry of page ${addr(f.addr)}` : `The entry at ${addr(f.entry_pa)}`,
		from = t.siteName(f.call_site),
		led = f.entry & 1 ? `leads to frame ${hex(f.entry >>> 12)}` : "maps nothing";
	return `${where} ${led} now${f.nr ? "" : "; nothing leads to it"}${from ? `: stored just before ${from}` : ""}.`;
};

/**
 * By kind, the sentence: of the event's fields, and with the names of the trace.
 * @type {Record<string, (f: Record<string, any>, t: Names) => string>}
 */
const SENTENCE = {
	mm_page_alloc(f, t) {
		const who = t.siteName(f.call_site);
		if (f.pfn === NONE)
			return t.single
				? `No frame can be had: ${who ? who + " gets" : "the caller gets"} nothing.`
				: `No ${orderSize(f.order)} block (order ${f.order}) can be had: ${who ? who + " gets" : "the caller gets"} nothing.`;
		const size = f.order
			? `${orderSize(f.order)} (order ${f.order}) at frame ${hex(f.pfn)}`
			: `frame ${hex(f.pfn)}`;
		return `${who ? `${who} gets` : "The caller gets"} ${size} from zone ${t.zoneName(f.zone)}.`;
	},
	mm_page_free: (f, t) =>
		`${cap(block(f.pfn, f.order))} goes back to zone ${t.zoneName(f.zone)}${t.single ? "" : `, at the head of the order-${f.order} list`}.`,
	buddy_split_low: (f) =>
		`${cap(block(f.pfn, f.order))} is cut in two: the upper half (${hex(f.pfn + 2 ** (f.order - 1))}) joins the order-${f.order - 1} list, the lower half goes on.`,
	buddy_split: (f) =>
		`${cap(block(f.pfn, f.order))} is cut in two: the lower half joins the order-${f.order - 1} list, the upper half (${hex(f.pfn + 2 ** (f.order - 1))}) goes on.`,
	buddy_merge: (f) =>
		`Buddies ${hex(f.pfn)} and ${hex(f.pfn + 2 ** f.order)} are both free: they become one ${orderSize(f.order + 1)} block (order ${f.order + 1}).`,
	free_boot_range: (f) =>
		`Boot hands over ${plural(f.nr_pages, "frame")} from ${hex(f.start_pfn)}, one by one, ${f.descending ? "highest" : "lowest"} first.`,
	reserve_bootmem: (f, t) =>
		`${plural(f.nr_pages, "frame")} from ${hex(f.start_pfn)} ${f.nr_pages === 1 ? "is" : "are"} kept from the allocator: ${t.name("owner", f.owner)}.`,
	zone_skip: (f, t) =>
		`Zone ${t.zoneName(f.zone)} is passed over (${t.name("pass", f.pass)}): ${plural(f.free_pages, "page")} free, more than ${fmt.count(f.sum)} wanted.`,
	page_ref_mod: (f) => `The use count of frame ${hex(f.pfn)} is now ${f.count | 0}.`,
	alloc_vmap_area: (f) =>
		f.failed
			? `No hole of ${bytes(f.size)} is left in the vmalloc addresses.`
			: `${bytes(f.size - 4096)} of addresses from ${addr(f.addr)} are reserved, and one guard page behind them.`,
	free_vmap_area: (f) =>
		`The area at ${addr(f.va_start)} leaves the list; its addresses may be used again.`,
	vmalloc_enter: (f, t) =>
		`${cap(t.name("vm_op", f.op))} of ${bytes(f.size)} begins${t.siteName(f.call_site) ? `, for ${t.siteName(f.call_site)}` : ""}.`,
	vmalloc_exit: (f, t) =>
		f.addr
			? `The caller gets ${addr(f.addr)}: ${plural(f.nr_pages, "page")} mapped.`
			: `The caller gets NULL: ${t.name("vm_why", f.why)}.`,
	vfree_enter: (f, t) => `${cap(t.name("vm_op", f.op))} of ${addr(f.addr)} begins.`,
	vfree_exit: (f) =>
		`The area at ${addr(f.addr)} is gone: ${plural(f.nr_pages, "page")} unmapped.`,
	pde_set(f) {
		const slot = f.addr >>> 22;
		if (f.pde & 0x80)
			return `Directory slot ${slot} now maps the 4 MiB from ${addr(f.addr)} at once, to physical ${addr(f.pde & 0xffc00000)}.`;
		return `Directory slot ${slot} now leads to the page table in frame ${hex(f.pde >>> 12)}: it will map the 4 MiB from ${addr(f.addr)}.`;
	},
	pte_set(f) {
		const page = `Page ${addr(f.addr)}`,
			frame = hex(f.pte >>> 12),
			was = f.old & 1 ? hex(f.old >>> 12) : "";
		if (f.pte & 1 && was === frame)
			return `${page} still leads to frame ${frame}; the flags of its entry are changed.`;
		return f.pte & 1
			? `${page} now leads to frame ${frame}${was ? `, no longer to ${was}` : ""}.`
			: `The entry of page ${addr(f.addr)} is changed to ${addr(f.pte)}, not present.`;
	},
	pte_alloc: (f) => `Frame ${hex(f.table >>> 12)} is an empty page table from now on.`,
	pte_clear: (f) =>
		`Page ${addr(f.addr)} is unmapped; it led to frame ${hex(f.old >>> 12)}. The TLB may still remember it.`,
	pde_clear: (f) => `Directory slot ${f.addr >>> 22} (${addr(f.addr)}) is emptied.`,
	pde_clear_range: (f) =>
		`${plural(f.nr, "directory slot")} from ${f.addr >>> 22} ${f.nr === 1 ? "is" : "are"} emptied.`,
	pte_range_set: (f) =>
		f.large
			? `${plural(f.nr, "slot")} of the directory map ${bytes(f.nr * 4194304)} from ${addr(f.addr)} in pages of 4 MiB, in a straight line to physical ${addr(f.entry & 0xffc00000)}.`
			: `${plural(f.nr, "page")} from ${addr(f.addr)} are mapped in a straight line, from frame ${hex(f.entry >>> 12)}.`,
	tlb_flush: (f, t) =>
		f.pages === NONE
			? `The whole TLB is flushed (${t.name("flush_reason", f.reason)}): stale translations are gone.`
			: `The TLB forgets ${addr(f.addr)} (${t.name("flush_reason", f.reason)}).`,
	pgd_alloc: (f) =>
		`A new address space${f.mm ? ` (${f.mm})` : ""} has its directory in frame ${hex(f.pgd >>> 12)}.`,
	pgd_free: (f) =>
		`${f.mm ? `Address space ${f.mm}` : "An address space"} is dropped; its directory was frame ${hex(f.pgd >>> 12)}.`,
	switch_mm: (f) => `CR3 = ${addr(f.pgd)}: address space ${f.mm} is in use.`,
	vmalloc_fault: (f, t) =>
		f.outcome === 0
			? `The directory in use had no entry for ${addr(f.address)}; it is copied from the reference directory and the access repeated.`
			: `The fault at ${addr(f.address)} cannot be cured: ${t.name("fault_outcome", f.outcome)}.`,
	flush_cache_all: (f) =>
		`The cache flush hook runs ${f.why ? "before unmapping" : "after mapping"}; on i386 it does nothing.`,
	page_fault_kernel: (f) =>
		`The kernel touched ${addr(f.address)} and faulted: ${fmt.errorCode(f.error_code)}.`,
	page_fault_user: (f) =>
		`User code touched ${addr(f.address)} and faulted: ${fmt.errorCode(f.error_code)}.`,
	mem_access: (f, t) =>
		`The scenario ${t.name("access", f.kind)} ${addr(f.addr)}: ${f.ok ? `done, the value is ${hex(f.value)}` : "it faults"}.`,
	kmalloc: (f, t) =>
		f.ptr
			? `kmalloc of ${bytes(f.bytes_req)} gives ${addr(f.ptr)} (${bytes(f.bytes_alloc)} granted).`
			: `kmalloc of ${bytes(f.bytes_req)} fails.`,
	kfree: (f) => `kfree of ${addr(f.ptr)}.`,
	kmem_cache_alloc: (f, t) =>
		f.ptr
			? `Cache ${t.cacheName(f.cache)} gives an object at ${addr(f.ptr)}.`
			: `Cache ${t.cacheName(f.cache)} has no object to give.`,
	kmem_cache_free: (f, t) =>
		`The object at ${addr(f.ptr)} goes back to cache ${t.cacheName(f.cache)}.`,
	slab_grow: (f, t) => `Cache ${t.cacheName(f.cache)} makes a slab of ${block(f.pfn, f.order)}.`,
	slab_destroy: (f, t) =>
		`Cache ${t.cacheName(f.cache)} gives up the slab in ${block(f.pfn, f.order)}.`,
	kmap: (f, t) =>
		f.addr
			? `kmap shows frame ${hex(f.pfn)} at ${addr(f.addr)}${f.fresh ? "" : t.linear(f.addr) ? ", where the linear map has it anyway: it is low memory, no slot is taken" : " (it had that address already)"}.`
			: `kmap finds no slot for frame ${hex(f.pfn)}.`,
	kunmap: (f, t) =>
		t.linear(f.addr)
			? `kunmap of frame ${hex(f.pfn)} does nothing: it is low memory and stays at ${addr(f.addr)}, in the linear map.`
			: `Frame ${hex(f.pfn)} is no longer needed at ${addr(f.addr)}; the slot stays until the pool is flushed.`,
	kmap_atomic: (f) => `kmap_atomic shows frame ${hex(f.pfn)} at ${addr(f.addr)}.`,
	kunmap_atomic: (f, t) =>
		t.linear(f.addr)
			? `kunmap_atomic at ${addr(f.addr)} does nothing: that is the linear map.`
			: `The atomic map at ${addr(f.addr)} is given up.`,
	flush_all_zero_pkmaps: (f) => `${plural(f.nr, "unused kmap slot")} flushed at once.`,
	mmu_probe: (f) =>
		f.ok
			? `Asked, the MMU takes ${addr(f.addr)} to physical ${addr(f.phys)}.`
			: `Asked, the MMU finds nothing at ${addr(f.addr)}: it would fault.`,
	mmu_audit: (f) =>
		`The entry for ${addr(f.addr)} in memory changed from ${addr(f.old)} to ${addr(f.now)}.`,
	table_seen: (f) =>
		`The ${f.level === 2 ? "page directory" : "page table"} in frame ${hex(f.table >>> 12)} is followed from now on.`,
	table_run: (f) =>
		`${plural(f.nr, "entry is", "entries are")} read from ${addr(f.entry_pa)} on; the first is ${addr(f.entry)}.`,
	table_store: storeText,
	table_late: storeText,
	table_unknown: (f) => `What frame ${hex(f.table >>> 12)} holds is not known from now on.`,
	cr3_load: (f) => `CR3 = ${addr(f.pgd)}: the directory in that frame is in use.`,
	directory_end: (f) =>
		`The directory in frame ${hex(f.pgd >>> 12)} is followed no longer: it cannot be loaded any more.`,
	mark: (f, t) =>
		f.msg
			? f.level > 2
				? f.msg
				: `${f.level > 1 ? "Section" : "Chapter"}: ${f.msg}`
			: t.heading()
				? `“${t.heading()}” goes on: … ${f.text}`
				: f.text,
	kmem_cache_create: (f) =>
		`Cache ${f.name} is made: objects of ${bytes(f.size)}, ${f.num} to a slab of ${orderSize(f.order)}.`,
	run_files: (f) => `What was run: ${[f.emulator, f.hashes].filter(Boolean).join(", ")}.`,
	audit_state: (f) =>
		`The plugin has read ${plural(f.tables, "page table")} in memory: ${plural(f.present, "entry", "entries")} present.`,
	swapon: (f) =>
		f.addr
			? `Swap area ${f.id}: ${fmt.count(f.slots)} slots need a map of ${bytes(f.bytes)}, at ${addr(f.addr)}.`
			: `Swap area ${f.id} has no memory for its map of ${bytes(f.bytes)}.`,
	boot_option: (f) => `Boot option ${f.name_value}: ${f.msg || "taken"}.`,
	scenario_step: (f) => `Line ${f.line} of the scenario: ${f.text}`,
	expect: (f) =>
		`Expected ${String(f.text).replace(/^expect /, "")}: ${f.ok ? "it held" : `it did not (${f.got})`}.`,
	oops: (f) => `Oops: ${f.msg || `a kernel access to ${addr(f.address)}`}. The kernel goes on.`,
	e820_entry: (f) =>
		`Firmware: ${bytes(f.length)} from ${f.base > NONE ? "0x" + f.base.toString(16) : addr(f.base)} ${f.type === 1 ? "are RAM" : f.type === 2 ? "are reserved" : "hold ACPI data"}.`,
	region: (f) => `Addresses ${addr(f.start)} to ${addr(f.end - 1)} are called ${f.name}.`,
	mm_setup_per_zone_wmarks: (f, t) =>
		`Zone ${t.zoneName(f.zone)} has ${plural(f.spanned_pages, "frame")} from ${hex(f.start_pfn)}${t.watermarks ? `; below ${f.watermark_low} free it asks for help, ${f.watermark_min} are the last reserve` : ""}.`,
	zone_state: (f, t) =>
		`The kernel counts ${plural(f.free_pages, "free page")} in zone ${t.zoneName(f.zone)}.`,
	trace_info: (f) =>
		`The machine describes itself: ${plural(f.nr_pages, "frame")}${f.vmalloc_end ? `, vmalloc addresses ${addr(f.vmalloc_start)} to ${addr(f.vmalloc_end)}` : ""}.`,
};

/* What changes no state, is no snapshot that is compared, and has no sentence of its own. */
const PLAIN =
	/^(mm_report|panic|trace_end|wakeup_kswapd|shrink_slab|kmem_cache_destroy|swapoff|module_(load|free|build_id)|blackbox|guest_(end|exception|tss)|table_built|watch_gap|(page_flags|slab|pkmap)_state)$/;
/**
 * Is this a kind of event that was there when the viewer was written?
 * @param {{name: string}} kind
 */
export const known = ({ name }) =>
	name in OP || name in CHECKS || name in SENTENCE || PLAIN.test(name);

/** What a trace calls the things that its event i names by number. */
class Names {
	/**
	 * @param {Trace} trace
	 * @param {number} i
	 */
	constructor(trace, i) {
		this.trace = trace;
		this.i = i;
		this.single = trace.single;
		this.watermarks = trace.says("watermarks");
	}
	/** @param {number} s */
	siteName(s) {
		const site = this.trace.site(s);
		return site ? fmt.siteText(site) : "";
	}
	/** @param {number} id */
	zoneName(id) {
		return this.trace.zone(id)?.name ?? String(id);
	}
	/**
	 * Is the address one of the linear map's?
	 * @param {number} va
	 */
	linear(va) {
		return va < this.trace.layout.high_memory;
	}
	/**
	 * A value of an enumerated field.
	 * @param {string} meaning
	 * @param {number} v
	 */
	name(meaning, v) {
		return this.trace.kinds.value(meaning, v) ?? String(v);
	}
	/** The heading that the event stands under. */
	heading() {
		return this.trace.marks[this.trace.markAt(this.i)]?.msg;
	}
	/** @param {number} id */
	cacheName(id) {
		return this.trace.cacheName(id);
	}
}

/**
 * The sentence for event i.
 * @param {Trace} trace
 * @param {number} i
 */
export function narrate(trace, i) {
	const kind = trace.kind(i);
	if (!kind && !trace.k[i])
		return "This event is missing: its line in the file could not be read, or is not there.";
	if (!kind) return `An event of kind ${trace.k[i]}, which the trace does not describe.`;
	/** @type {Record<string, any>} */
	const f = {};
	for (const x of trace.fields(i)) f[x.name] = x.value;
	const own = SENTENCE[kind.name];
	if (own && kind.fields.every((x) => f[x.name] !== undefined))
		return own(f, new Names(trace, i));
	const text = kind.text.replace(/\{(\w+)\}/g, (_, name) => {
		const field = kind.fields.find((x) => x.name === name);
		return field
			? field.meaning === "bytes"
				? fmt.count(f[name])
				: fmt.value(trace, { ...field, value: f[name] })
			: `{${name}}`;
	});
	return (
		cap(text.replace(/\b1 (page|frame|table)s\b/g, "1 $1")) + (/[.!?]$/.test(text) ? "" : ".")
	);
}
