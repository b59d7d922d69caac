// SPDX-License-Identifier: MIT
/*
 * synth.mjs - makes a trace in the form of docs/json.md without the kernel.
 *
 * A small model of the buddy allocator and vmalloc that emits what the kernel
 * emits, in the same order: the viewer's own test bed, for any size of machine
 * and any number of events.  The truth it keeps (lists, tables, areas) is what
 * the tests hold the viewer's replay against.
 *
 *   node synth.mjs [--events N] [--ram MiB] [--seed N] [-o FILE[.gz]]
 */
import { createWriteStream } from "node:fs";
import { createGzip } from "node:zlib";
import { kinds, values } from "./defs.mjs";

const CHUNK = 65536;
const NONE = 0xffffffff;
const PAGE_OFFSET = 0xc0000000;
const KINDS = kinds();
const BY_NAME = Object.fromEntries(KINDS.map((k) => [k.name, k]));

/** FNV-1a-32 over u32 values, little endian bytes: the trace's state hash. */
export function fnv(values, h = 0x811c9dc5) {
	for (const v of values) {
		for (let s = 0; s < 32; s += 8) h = Math.imul(h ^ ((v >>> s) & 255), 0x01000193) >>> 0;
	}
	return h;
}

function rng(seed) {
	let s = seed >>> 0 || 1;
	return (n) => {
		s ^= s << 13;
		s >>>= 0;
		s ^= s >>> 17;
		s ^= s << 5;
		s >>>= 0;
		return s % n;
	};
}

/** Collects rows and records and hands finished lines to `line(text)`. */
class Writer {
	constructor(line) {
		this.line = line;
		this.n = 0;
		this.t = 1200000;
		this.lastT = this.t;
		this.reset();
	}
	reset() {
		this.first = this.n;
		this.t0 = this.lastT;
		this.cols = {
			dt: [],
			k: [],
			z: [],
			o: [],
			a: [],
			b: [],
			c: [],
			d: [],
			e: [],
			f: [],
			s: [],
		};
	}
	emit(name, fields = {}) {
		const kind = BY_NAME[name];
		const row = {
			dt: this.t - this.lastT,
			k: kind.id,
			z: 0,
			o: 0,
			a: 0,
			b: 0,
			c: 0,
			d: 0,
			e: 0,
			f: 0,
			s: 0,
		};
		if (this.n === this.first) {
			row.dt = 0;
			this.t0 = this.t;
		}
		this.lastT = this.t;
		if (kind.class === "ev") {
			for (const f of kind.fields) row[f.col] = (fields[f.name] ?? 0) >>> 0;
		} else {
			this.line(
				JSON.stringify({ rec: kind.class, i: this.n, t: this.t, k: kind.id, ...fields }),
			);
		}
		for (const c in this.cols) this.cols[c].push(row[c]);
		this.t += 40 + ((this.n * 7919) % 190);
		this.n++;
		if (this.n - this.first === CHUNK) this.flush();
	}
	flush() {
		const n = this.n - this.first;
		if (!n) return;
		const out = { rec: "ev", i: this.first, n, t0: this.t0 };
		for (const [c, v] of Object.entries(this.cols)) {
			if (v.every((x) => x === v[0])) {
				if (v[0] || c === "k") out[c] = v[0];
			} else out[c] = v;
		}
		this.line(JSON.stringify(out));
		this.reset();
	}
}

/** Where the slot of an address lies in the reference directory. */
const slotOf = (va) => ({ entry_pa: 0x101000 + (va >>> 22) * 4, pgd: 0x101000 });

/** The machine: its truth is what the tests compare the replay with. */
export class Sim {
	constructor({ ram = 64, seed = 1, line }) {
		this.rand = rng(seed);
		this.frames = ram * 256 - 16;
		this.maxLow = Math.min(this.frames, 229376);
		this.zones = [{ id: 0, name: "DMA", start: 0, n: Math.min(4096, this.maxLow) }];
		if (this.maxLow > 4096)
			this.zones.push({ id: 1, name: "Normal", start: 4096, n: this.maxLow - 4096 });
		if (this.frames > this.maxLow) {
			this.zones.push({
				id: 2,
				name: "HighMem",
				start: this.maxLow,
				n: this.frames - this.maxLow,
			});
		}
		for (const z of this.zones) {
			// arrays used as stacks: tail = head of the list
			z.lists = Array.from({ length: 10 }, () => []);
			z.min = Math.max(20, Math.min(255, z.n >> 7));
			z.free = 0;
		}
		this.listed = new Int8Array(this.frames).fill(-1);
		this.highMemory = (PAGE_OFFSET + this.maxLow * 4096) >>> 0;
		this.vmStart = ((this.highMemory + 0xffffff) & ~0x7fffff) >>> 0;
		this.vmEnd = this.frames > this.maxLow ? 0xfdffe000 : 0xffffc000;
		this.pgd = new Uint32Array(1024);
		this.tables = new Map();
		this.areas = [];
		this.sites = [
			"",
			"alloc_area_pte",
			"pte_alloc",
			"vmalloc",
			"scenario_alloc",
			"kmem_getpages",
			"get_vm_area",
			"free_all_bootmem",
			"load_module",
			"sys_swapon",
			"copy_segments",
			"scenario_free",
		];
		this.w = new Writer(line);
		this.rawLine = line;
	}
	/** Physical address of the entry of va in its table. */
	entryPa(va) {
		return (this.pgd[va >>> 22] & 0xfffff000) + ((va >>> 12) & 1023) * 4;
	}
	site(name) {
		return this.sites.indexOf(name);
	}
	emit(name, f) {
		this.w.emit(name, f);
	}

	/** The ranges of addresses, named as our kernel names them. */
	regions() {
		const region = (name, start, end) => ({ name, start, end, kind: name });
		return [
			region("user", 0, PAGE_OFFSET),
			region("linear map", PAGE_OFFSET, this.highMemory),
			region("vmalloc", this.vmStart, this.vmEnd),
			...(this.zones.length > 2 ? [region("kmap", 0xfe000000, 0xfe400000)] : []),
			region("fixmap", 0xffffe000, 0x100000000),
		];
	}
	header(events, title) {
		const w = (z) => ({
			id: z.id,
			name: z.name,
			start_pfn: z.start,
			spanned_pages: z.n,
			min: z.min,
			low: 2 * z.min,
			high: 3 * z.min,
		});
		this.rawLine(
			JSON.stringify({
				rec: "header",
				format: "pagescope",
				version: 2,
				schema: "0x00000001",
				machine: {
					arch: "i386",
					page_size: 4096,
					levels: [10, 10],
					frames: this.frames,
					max_low_pfn: this.maxLow,
					ram_bytes: this.frames * 4096,
					build_id: "",
					cmdline: title,
					flags: ["pse", "pge", "simulator"],
					kind: [
						"reference directory",
						"buddies",
						"watermarks",
						"initial state told",
						"TLB flushes told",
					],
					entry_bytes: 4,
					orders: 10,
					recursive_slot: null,
					regions: this.regions(),
					seed: 1,
				},
				layout: {
					page_offset: PAGE_OFFSET,
					high_memory: this.highMemory,
					vmalloc_start: this.vmStart,
					vmalloc_end: this.vmEnd,
					pkmap_base: this.zones.length > 2 ? 0xfe000000 : 0,
					fixaddr_start: 0xffffe000,
					fixaddr_top: 0xffffe000,
					swapper_pg_dir: 0x101000,
					mem_map: 0xc100001c,
					kernel_start: 0x100000,
					kernel_end: 0x280000,
				},
				clock: { unit: "tick", hz: 50000000, sba: true },
				zones: this.zones.map(w),
				kinds: KINDS,
				values: values(),
				replay: { cmd: ["bochs", "-q", "-f", "bochsrc", "-rc", "stop.rc"], files: {} },
				events,
			}),
		);
		this.rawLine(
			JSON.stringify({
				rec: "sites",
				from: 1,
				addr: this.sites.slice(1).map((_, i) => 0xc0106000 + i * 0x140),
				func: this.sites.slice(1),
				file: this.sites.slice(1).map(() => "kernel/mm/vmalloc.c"),
				line: this.sites.slice(1).map((_, i) => 40 + 9 * i),
			}),
		);
		this.rawLine(JSON.stringify({ rec: "key", i: 0, t: this.w.t, src: "initial" }));
	}
	mark(msg, text, level = 1) {
		this.emit("mark", { level, msg, text });
	}
	step(text) {
		this.emit("scenario_step", { line: (this.stepLine = (this.stepLine ?? 10) + 1), text });
	}

	boot() {
		this.emit("trace_info", {
			version: 2,
			flags: 0x43,
			machine: 0x1f,
			entry_bytes: 4,
			levels: 2,
			recursive_slot: 0xffff,
			tsc_hz: 50000000,
			nr_pages: this.frames,
			max_low_pfn: this.maxLow,
			nr_zones: this.zones.length,
			max_order: 10,
			page_offset: PAGE_OFFSET,
			high_memory: this.highMemory,
			vmalloc_start: this.vmStart,
			vmalloc_end: this.vmEnd,
			pkmap_base: 0,
			fixaddr_start: 0xffffe000,
			fixaddr_top: 0xffffe000,
			swapper_pg_dir: 0x101000,
			mem_map: 0xc100001c,
			kernel_start: 0x100000,
			kernel_end: 0x280000,
			seed: 1,
			build_id: "",
			cmdline: "",
		});
		this.mark(
			"The machine starts",
			"The firmware says where RAM is; the kernel keeps its own frames and maps all of low memory.",
		);
		for (const [base, length, type] of [
			[0, 0x9f000, 1],
			[0x9f000, 0x1000, 2],
			[0xe8000, 0x18000, 2],
			[0x100000, this.frames * 4096 - 0x100000, 1],
		]) {
			this.emit("e820_entry", { base, length, type });
		}
		for (const z of this.zones) {
			this.emit("mm_setup_per_zone_wmarks", {
				zone: z.id,
				start_pfn: z.start,
				spanned_pages: z.n,
				watermark_min: z.min,
				watermark_low: 2 * z.min,
				watermark_high: 3 * z.min,
				name: z.name,
			});
		}
		this.emit("pgd_alloc", { pgd: 0x101000, mm: 0, copied_from: 0 });
		const large = Math.ceil(this.maxLow / 1024);
		this.emit("pte_range_set", {
			addr: PAGE_OFFSET,
			entry: 0x1e3,
			nr: large,
			large: 1,
			...slotOf(PAGE_OFFSET),
		});
		for (let i = 0; i < large; i++) this.pgd[768 + i] = (i << 22) + 0x1e3;
		this.reserved = new Uint8Array(this.frames);
		const memMap = Math.ceil(((this.frames + 1) * 44) / 4096);
		const reserve = (start, n, owner) => {
			if (start >= this.frames) return;
			this.emit("reserve_bootmem", { start_pfn: start, nr_pages: n, owner });
			this.reserved.fill(1, start, start + n);
		};
		reserve(0, 1, 1);
		reserve(1, 1, 7);
		reserve(159, 97, 0);
		reserve(256, 384, 2);
		reserve(640, 1, 3);
		reserve(641, 1, 4);
		reserve(4096, memMap, 5);
		reserve(4096 + memMap, 2, 6);
		this.emit("pte_alloc", { table: 0x1000 });
		this.emit("pde_set", { addr: 0xffc00000, old: 0, pde: 0x1063, ...slotOf(0xffc00000) });
		this.setPde(1023, 0x1063);
		this.mark(
			"Memory is handed over",
			"Page by page, every free frame goes to the buddy allocator; neighbours merge up to 2 MiB blocks.",
		);
		if (this.frames <= 32768) {
			for (let pfn = 0; pfn < this.frames; pfn++)
				if (!this.reserved[pfn]) this.free(pfn, 0, "free_all_bootmem");
		} else {
			this.bootRange(0, this.maxLow, false);
			this.bootRange(this.maxLow, this.frames, true);
		}
		this.snapshot();
	}
	bootRange(from, to, down) {
		let start = from;
		while (start < to) {
			while (start < to && this.reserved[start]) start++;
			let end = start;
			while (end < to && !this.reserved[end] && this.zoneOf(end) === this.zoneOf(start))
				end++;
			if (end > start) {
				this.emit("free_boot_range", {
					start_pfn: start,
					nr_pages: end - start,
					descending: down ? 1 : 0,
				});
				const real = this.emit;
				this.emit = () => {};
				if (down) for (let p = end - 1; p >= start; p--) this.free(p, 0);
				else for (let p = start; p < end; p++) this.free(p, 0);
				this.emit = real;
			}
			start = end;
		}
	}
	zoneOf(pfn) {
		return this.zones.find((z) => pfn >= z.start && pfn < z.start + z.n);
	}

	/*
	 * Lazy deletion keeps the arrays O(1): a list entry counts only if `listed` says so and it is
	 * the newest.
	 */
	push(z, o, pfn) {
		z.lists[o].push(pfn);
		this.listed[pfn] = o;
	}
	unlink(z, o, pfn) {
		const l = z.lists[o];
		l.splice(l.lastIndexOf(pfn), 1);
		this.listed[pfn] = -1;
	}
	alloc(order, gfp, site, zoneIds) {
		const s = this.site(site);
		for (const id of zoneIds ?? (gfp & 2 ? [2, 1, 0] : gfp & 1 ? [0] : [1, 0])) {
			const z = this.zones[id];
			if (!z || z.free < z.min + (1 << order)) {
				continue;
			}
			for (let o = order; o < 10; o++) {
				if (!z.lists[o].length) continue;
				let b = z.lists[o].at(-1);
				this.unlink(z, o, b);
				while (o > order) {
					this.emit("buddy_split", { pfn: b, order: o, zone: id });
					o--;
					this.push(z, o, b);
					b += 1 << o;
				}
				z.free -= 1 << order;
				this.emit("mm_page_alloc", {
					pfn: b,
					order,
					zone: id,
					gfp_flags: gfp,
					call_site: s,
				});
				return b;
			}
		}
		this.emit("mm_page_alloc", { pfn: NONE, order, zone: 1, gfp_flags: gfp, call_site: s });
		return -1;
	}
	free(pfn, order, site) {
		const z = this.zoneOf(pfn);
		this.emit("mm_page_free", { pfn, order, zone: z.id, call_site: this.site(site ?? "") });
		z.free += 1 << order;
		while (order < 9) {
			const rel = pfn - z.start,
				buddy = z.start + (rel ^ (1 << order));
			if (buddy >= z.start + z.n || this.listed[buddy] !== order) break;
			this.unlink(z, order, buddy);
			pfn = Math.min(pfn, buddy);
			this.emit("buddy_merge", { pfn, order, zone: z.id });
			order++;
		}
		this.push(z, order, pfn);
	}
	setPde(slot, pde) {
		this.pgd[slot] = pde;
		if (!this.tables.has(pde >>> 12)) this.tables.set(pde >>> 12, new Uint32Array(1024));
	}

	vmalloc(pages, gfp = 0x1f2, site = "vmalloc") {
		const size = (pages + 1) * 4096;
		this.emit("vmalloc_enter", {
			size: pages * 4096,
			gfp_flags: gfp,
			op: 0,
			call_site: this.site(site),
		});
		let addr = this.vmStart,
			at = 0;
		for (; at < this.areas.length; at++) {
			if (addr + size <= this.areas[at].addr) break;
			addr = this.areas[at].addr + this.areas[at].size;
		}
		if (addr + size > this.vmEnd) {
			this.emit("alloc_vmap_area", {
				addr: 0,
				size,
				align: 4096,
				failed: 1,
				flags: 2,
				call_site: this.site("get_vm_area"),
			});
			this.emit("vmalloc_exit", { addr: 0, nr_pages: 0, why: 3 });
			return null;
		}
		const area = { addr, size, flags: 2, pfns: [] };
		this.emit("alloc_vmap_area", {
			addr,
			size,
			align: 4096,
			failed: 0,
			flags: 2,
			call_site: this.site("get_vm_area"),
		});
		this.areas.splice(at, 0, area);
		for (let i = 0; i < pages; i++) {
			const va = (addr + i * 4096) >>> 0,
				slot = va >>> 22;
			if (!this.pgd[slot]) {
				const t = this.alloc(0, 0x1f0, "pte_alloc");
				if (t < 0) {
					this.vfree(area);
					return null;
				}
				this.emit("pte_alloc", { table: t * 4096 });
				this.emit("pde_set", {
					addr: (slot << 22) >>> 0,
					old: 0,
					pde: (t * 4096 + 0x67) >>> 0,
					...slotOf((slot << 22) >>> 0),
				});
				this.setPde(slot, (t * 4096 + 0x67) >>> 0);
			}
			const p = this.alloc(0, gfp, "alloc_area_pte");
			if (p < 0) {
				this.vfree(area);
				this.emit("vmalloc_exit", { addr: 0, nr_pages: 0, why: 5 });
				return null;
			}
			const pte = (p * 4096 + 0x163) >>> 0;
			this.emit("pte_set", { addr: va, old: 0, pte, entry_pa: this.entryPa(va) });
			this.tables.get(this.pgd[slot] >>> 12)[(va >>> 12) & 1023] = pte;
			area.pfns.push(p);
			if (i % 5 === 0)
				this.emit("mmu_probe", { addr: va, phys: p * 4096, ok: 1, cr3: 0x101000 });
		}
		this.emit("flush_cache_all", { why: 0 });
		this.emit("vmalloc_exit", { addr, nr_pages: pages, why: 0 });
		return area;
	}
	vfree(area) {
		this.emit("vfree_enter", { addr: area.addr, op: 5, call_site: this.site("scenario_free") });
		this.emit("free_vmap_area", {
			va_start: area.addr,
			size: area.size,
			call_site: this.site("scenario_free"),
		});
		this.areas.splice(this.areas.indexOf(area), 1);
		this.emit("flush_cache_all", { why: 1 });
		area.pfns.forEach((p, i) => {
			const va = (area.addr + i * 4096) >>> 0,
				table = this.tables.get(this.pgd[va >>> 22] >>> 12);
			this.emit("pte_clear", {
				addr: va,
				old: table[(va >>> 12) & 1023],
				entry_pa: this.entryPa(va),
			});
			table[(va >>> 12) & 1023] = 0;
			this.free(p, 0, "scenario_free");
		});
		this.emit("tlb_flush", { reason: 16, pages: NONE, addr: 0 });
		this.emit("vfree_exit", { addr: area.addr, nr_pages: area.pfns.length });
	}
	snapshot() {
		for (const z of this.zones) {
			const seq = [];
			for (const l of z.lists) {
				for (let i = l.length; i-- > 0;) seq.push(l[i]);
				seq.push(NONE);
			}
			const bits = [];
			for (let o = 0; o < 9; o++) {
				const pairs = Math.ceil(z.n / (2 << o)),
					bytes = new Uint8Array((pairs + 7) >> 3);
				for (const pfn of z.lists[o]) {
					const p = (pfn - z.start) >> (o + 1);
					bytes[p >> 3] ^= 1 << (p & 7);
				}
				bits.push(...bytes);
			}
			let h = 0x811c9dc5;
			for (const b of bits) h = Math.imul(h ^ b, 0x01000193) >>> 0;
			this.emit("zone_state", {
				zone: z.id,
				free_pages: z.free,
				list_hash: fnv(seq),
				map_hash: h,
				nr_orders: z.lists.length,
				nr_free: z.lists.map((l) => l.length),
			});
		}
		this.emit("vmlist_state", {
			nr_areas: this.areas.length,
			hash: fnv(this.areas.flatMap((a) => [a.addr, a.size, a.flags])),
		});
		this.emit("pgd_state", {
			pgd: 0x101000,
			nr_present: this.pgd.filter((e) => e & 1).length,
			hash: fnv(this.pgd.map((e) => e & ~0x60)),
		});
	}
	/** The chapters of the tour, in small. */
	story() {
		this.mark(
			"One page, and what it costs",
			"An order-0 request finds only large blocks: one of 2 MiB is split nine times.",
		);
		this.step("p = alloc 0");
		const p = this.alloc(0, 0x1f0, "scenario_alloc");
		this.mark(
			"Coalescing",
			"Given back, the page meets its buddy at every level and the 2 MiB block is whole again.",
		);
		this.step("free p");
		this.free(p, 0, "scenario_free");
		this.mark(
			"Fragmentation",
			"Every other page is freed: much is free, nothing is contiguous.",
		);
		const held = [];
		this.step("repeat 300 { alloc 0 }");
		for (let i = 0; i < 300; i++) held.push(this.alloc(0, 0x1f0, "scenario_alloc"));
		this.step("free every second page");
		for (let i = 0; i < 300; i += 2) {
			this.free(held[i], 0, "scenario_free");
		}
		this.mark("vmalloc", "The same size in one stretch of addresses, from scattered frames.");
		this.step("v = vmalloc 128K");
		const v = this.vmalloc(32);
		this.step("w = vmalloc 40K");
		const x = this.vmalloc(10);
		this.mark(
			"The guard page",
			"One page past the area is left unmapped; touching it is a fault, not a corruption.",
		);
		this.step("touch v+128K");
		const guard = v.addr + 32 * 4096;
		this.emit("mem_access", { addr: guard, kind: 0, ok: 0, value: 0 });
		this.emit("page_fault_kernel", { address: guard, ip: 0xc0107a10, error_code: 0 });
		this.emit("oops", {
			address: guard,
			ip: 0xc0107a10,
			error_code: 0,
			pde: this.pgd[guard >>> 22],
			pte: 0,
			msg: "Unable to handle kernel paging request",
		});
		this.emit("expect", { ok: 1, line: 30, text: "expect fault at v+128K", got: "fault" });
		this.mark(
			"vfree",
			"Entries are cleared, frames given back, the TLB flushed; the page table stays.",
		);
		this.step("vfree v");
		this.vfree(v);
		this.emit("expect", { ok: 0, line: 34, text: "expect free == 9000", got: "8990" });
		this.step("vfree w");
		this.vfree(x);
		for (let i = 1; i < 300; i += 2) this.free(held[i], 0, "scenario_free");
		this.snapshot();
	}
	churn(until) {
		this.mark("Churn", "A seeded mix of allocations, frees and vmalloc, to fill the picture.");
		const live = [],
			areas = [];
		let next = this.w.n + 60000;
		const target = this.zones.reduce((s, z) => s + z.free, 0) * 0.3;
		while (this.w.n < until - 12) {
			const r = this.rand(100),
				free = this.zones.reduce((s, z) => s + z.free, 0);
			if (r < 4 && areas.length < 24) {
				const a = this.vmalloc(1 + this.rand(48));
				if (a) areas.push(a);
			} else if (r < 7 && areas.length)
				this.vfree(areas.splice(this.rand(areas.length), 1)[0]);
			else if (live.length && (r < 50 || free < target)) {
				const j = this.rand(live.length),
					[pfn, o] = live[j];
				live[j] = live.at(-1);
				live.pop();
				this.free(pfn, o, "scenario_free");
			} else {
				const o = [0, 0, 0, 0, 0, 1, 1, 2, 3, 5][this.rand(10)];
				const pfn = this.alloc(o, this.rand(3) ? 0x1f2 : 0x1f0, "scenario_alloc");
				if (pfn >= 0) live.push([pfn, o]);
			}
			if (this.w.n > next) {
				next += 60000;
				this.snapshot();
			}
		}
	}
	end() {
		this.emit("trace_end", {
			reason: 0,
			verdict: 0,
			failed: 0,
			msg: "the scenario is complete",
		});
		this.w.flush();
		this.rawLine(
			JSON.stringify({
				rec: "end",
				n: this.w.n,
				t: this.w.lastT,
				lost: 0,
				clean: true,
				verdict: "ok",
			}),
		);
	}
}

/** A whole trace; returns the machine at its end. */
export function synth({ events = 0, ram = 64, seed = 1, line }) {
	const sim = new Sim({ ram, seed, line });
	sim.header(events || 30000, "synthetic");
	sim.boot();
	sim.story();
	if (events > sim.w.n) sim.churn(events);
	sim.end();
	return sim;
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split("/").pop())) {
	const arg = (name, dflt) => {
		const i = process.argv.indexOf(name);
		return i < 0 ? dflt : process.argv[i + 1];
	};
	const out = arg("-o", "");
	const lines = [];
	const file = out ? createWriteStream(out) : process.stdout;
	const sink = out.endsWith(".gz") ? createGzip({ level: 6 }) : file;
	if (sink !== file) sink.pipe(file);
	synth({
		events: +arg("--events", 0),
		ram: +arg("--ram", 64),
		seed: +arg("--seed", 1),
		line: (s) => sink.write(s + "\n"),
	});
	sink.end();
}
