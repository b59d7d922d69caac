// SPDX-License-Identifier: MIT
/*
 * machines.mjs - makes up kernels of every kind that trace_info can tell of, and what each
 * would trace: a small allocator, page tables, vmalloc, slabs and kmap that do nothing wrong,
 * with the truth of each snapshot and answer of the MMU taken from the memory they keep.
 */
import { Hash } from "../../viewer/model/hash.js";

const NONE = 0xffffffff,
	PRESENT = 1,
	GLOBAL = 0x100,
	RUN = { pse: 1, pge: 2, simulator: 0x40, ownLists: 0x100 },
	KIND = { reference: 1, buddies: 2, watermarks: 4, complete: 8, flushes: 16, ticks: 32 };

export class Kernel {
	/** rand(n): a number from 0 to n - 1. */
	constructor(rand) {
		const one = (...list) => list[rand(list.length)],
			maybe = () => rand(2) === 1;
		this.rand = rand;
		this.events = []; // {event, fields}
		this.orders = one(1, 1, 2, 4, 9, 10, 11);
		this.is = {
			reference: maybe(),
			watermarks: this.orders > 1 && maybe(),
			complete: rand(3) > 0,
			flushes: rand(3) > 0,
			ticks: maybe(),
			pse: maybe(),
			pge: maybe(),
			regions: maybe(),
			low: rand(4) === 0, // splits carry the lower half on
		};
		this.base = one(0xc0000000, 0x80000000);
		this.recursive = one(-1, -1, 1023, (this.base >>> 22) + 8);
		this.layZones(one(1, 2, 3, this.is.watermarks ? 3 : 5));
		this.used = new Map(); // head of a block in use -> its order
		this.counts = new Map(); // use counts other than 1 for a head and 0 elsewhere
		this.memory = new Map(); // frame -> its 1,024 words, of those that hold entries
		this.hooks = new Map(); // frame of a table -> in how many slots it is
		this.spaces = []; // {pgd, mm}: the first is the kernel's own
		this.areas = [];
		this.window = [this.base + 0x1000000, this.base + 0x1800000];
		this.kmapBase = maybe() ? this.base + 0x2000000 : 0;
		this.kmaps = new Map(); // slot -> {pfn, count}
		this.pages = []; // blocks that the kernel holds: {pfn, order}
		this.caches = [];
		this.mm = 0;
		this.boot();
		this.from = this.events.length;
	}
	emit(event, fields) {
		this.events.push({ event, fields });
	}

	/* ---- zones and blocks ---- */

	layZones(n) {
		this.zones = [];
		let start = 0;
		for (let id = 0; id < n; id++) {
			const size = 64 + this.rand(100),
				min = 2 + this.rand(4);
			this.zones.push({ id, start, size, min, low: 2 * min, high: 3 * min, free: 0 });
			start += size + (this.rand(3) ? 0 : 7); // frames of no zone may lie between
		}
		this.frames = start;
		for (const z of this.zones) z.lists = Array.from({ length: this.orders }, () => []);
	}
	zoneOf(pfn) {
		return this.zones.find((z) => pfn >= z.start && pfn < z.start + z.size);
	}
	list(z, pfn, order, merged) {
		z.lists[order].unshift(pfn);
		for (;;) {
			const buddy = z.start + ((pfn - z.start) ^ (1 << order)),
				at = order + 1 < this.orders ? z.lists[order].indexOf(buddy) : -1;
			if (at < 0) return;
			z.lists[order].splice(at, 1);
			z.lists[order].splice(z.lists[order].indexOf(pfn), 1);
			pfn = Math.min(pfn, buddy);
			merged?.(pfn, order);
			z.lists[++order].unshift(pfn);
		}
	}
	free(pfn, order = 0) {
		const z = this.zoneOf(pfn);
		this.emit("mm_page_free", { pfn, order, zone: z.id, call_site: this.site() });
		this.used.delete(pfn);
		this.counts.delete(pfn);
		this.memory.delete(pfn);
		z.free += 1 << order;
		this.list(z, pfn, order, (at, k) =>
			this.emit("buddy_merge", { pfn: at, order: k, zone: z.id }),
		);
	}
	site() {
		return this.base + 0x100000 + 16 * this.rand(20);
	}
	/** A block, or null. */
	alloc(order = 0) {
		const gfp = [0x1f0, 0x1f1, 0x1f2, 0x20][this.rand(4)],
			ids = !this.is.watermarks
				? this.zones.map((z) => z.id).sort(() => this.rand(3) - 1)
				: gfp & 1
					? [0]
					: gfp & 2
						? [2, 1, 0]
						: [1, 0],
			zones = ids.map((id) => this.zones[id]).filter(Boolean);
		for (const pass of this.is.watermarks ? [0, 1] : [2]) {
			let sum = 1 << order;
			for (const z of zones) {
				if (pass < 2) {
					sum += !pass ? z.low : gfp & 0x10 ? z.min : z.min >> 2;
					if (z.free <= sum) {
						this.emit("zone_skip", {
							zone: z.id,
							order,
							pass,
							free_pages: z.free,
							sum,
						});
						continue;
					}
				}
				const pfn = this.take(z, order);
				if (pfn < 0) continue;
				this.emit("mm_page_alloc", {
					pfn,
					order,
					zone: z.id,
					gfp_flags: gfp,
					call_site: this.site(),
				});
				z.free -= 1 << order;
				this.used.set(pfn, order);
				return pfn;
			}
		}
		this.emit("mm_page_alloc", { pfn: NONE, order, zone: 0, gfp_flags: gfp, call_site: 0 });
		return null;
	}
	take(z, order) {
		let k = order;
		while (k < this.orders && !z.lists[k].length) k++;
		if (k >= this.orders) return -1;
		let pfn = z.lists[k].shift();
		for (; k > order; k--) {
			const half = pfn + (1 << (k - 1));
			this.emit(this.is.low ? "buddy_split_low" : "buddy_split", {
				pfn,
				order: k,
				zone: z.id,
			});
			z.lists[k - 1].unshift(this.is.low ? half : pfn);
			if (!this.is.low) pfn = half;
		}
		return pfn;
	}
	get room() {
		return Math.min(...this.zones.map((z) => z.free)) > 40;
	}

	/* ---- entries ---- */

	words(pfn) {
		if (!this.memory.has(pfn)) this.memory.set(pfn, new Uint32Array(1024));
		return this.memory.get(pfn);
	}
	isTable(pde) {
		return pde & PRESENT && !(this.is.pse && pde & 0x80);
	}
	pde(pgd, slot, pde) {
		const words = this.words(pgd),
			old = words[slot],
			fields = { addr: slot * 0x400000, old, entry_pa: pgd * 4096 + slot * 4 };
		words[slot] = pde;
		for (const [x, by] of [
			[old, -1],
			[pde, 1],
		])
			if (this.isTable(x)) this.hooks.set(x >>> 12, (this.hooks.get(x >>> 12) ?? 0) + by);
		if (pde) this.emit("pde_set", { ...fields, pde });
		else this.emit("pde_clear", fields);
	}
	pte(table, va, pte) {
		const words = this.words(table),
			x = (va >>> 12) & 1023,
			fields = { addr: va, old: words[x], entry_pa: table * 4096 + x * 4 };
		words[x] = pte;
		if (pte) this.emit("pte_set", { ...fields, pte });
		else this.emit("pte_clear", fields);
	}
	/** A new page table; it may be left to the reader what it holds. */
	newTable(pfn = this.alloc()) {
		if (pfn === null) return null;
		this.words(pfn).fill(0);
		if (this.rand(5)) this.emit("pte_alloc", { table: pfn * 4096 });
		return pfn;
	}
	flush(va, pages) {
		if (!this.is.flushes) return;
		if (pages === 1 && this.rand(2)) this.emit("tlb_flush", { reason: 2, pages: 1, addr: va });
		else this.emit("tlb_flush", { reason: 16, pages: NONE, addr: 0 });
	}

	/* ---- the start ---- */

	boot() {
		const { is, frames, base } = this,
			flags = Object.keys(RUN).filter((x) => is[x] || x === "simulator"),
			kinds = Object.keys(KIND).filter((x) => (x === "buddies" ? this.orders > 1 : is[x])),
			bits = (table, names) => names.reduce((sum, x) => sum | table[x], 0),
			kept = 24; // frames of the kernel's own, from 0 on
		this.cr3 = this.swapper = 8;
		this.emit("trace_info", {
			version: 2,
			flags: bits(RUN, flags),
			machine: bits(KIND, kinds),
			entry_bytes: 4,
			levels: 2,
			recursive_slot: this.recursive < 0 ? 0xffff : this.recursive,
			tsc_hz: 1000000,
			nr_pages: frames,
			max_low_pfn: frames,
			nr_zones: this.zones.length,
			max_order: this.orders,
			page_offset: base,
			high_memory: base + frames * 4096,
			vmalloc_start: this.window[0],
			vmalloc_end: this.window[1],
			pkmap_base: this.kmapBase,
			fixaddr_start: 0xffffe000,
			fixaddr_top: 0xffffe000,
			swapper_pg_dir: this.swapper * 4096,
			kernel_start: 0x1000,
			kernel_end: 0x8000,
			build_id: "",
			cmdline: "",
		});
		for (const z of this.zones)
			this.emit("mm_setup_per_zone_wmarks", {
				zone: z.id,
				start_pfn: z.start,
				spanned_pages: z.size,
				watermark_min: z.min,
				watermark_low: z.low,
				watermark_high: z.high,
				name: `zone ${z.id}`,
			});
		if (is.regions)
			for (const [start, end, kind, name] of [
				[base, base + frames * 4096, 2, "linear"],
				[...this.window, 3, "vmalloc"],
			])
				this.emit("region", { start, end, kind, name });
		this.reserved = new Uint8Array(frames);
		for (let p = 0; p < frames; p++) if (p < kept || !this.zoneOf(p)) this.reserved[p] = 1;
		if (is.complete)
			for (const [start_pfn, nr_pages] of runs(this.reserved, 1))
				this.emit("reserve_bootmem", { start_pfn, nr_pages, owner: 2 });
		const told = is.complete || this.rand(2);
		const silent = this.events.length;
		this.emit("pgd_alloc", { pgd: this.swapper * 4096, mm: 0, copied_from: 0 });
		this.spaces.push({ pgd: this.swapper, mm: 0 });
		this.mapLinear();
		if (!told) this.events.length = silent; // the trace begins later
		this.handOver();
		this.vmallocTables(kept);
		for (let id = 0; id < 2; id++) {
			const cache = { id, num: 4, size: 1024, full: [], partial: [], free: [] };
			this.emit("kmem_cache_create", {
				cache: id,
				size: cache.size,
				order: 0,
				num: cache.num,
				name: `cache ${id}`,
			});
			this.caches.push(cache);
		}
		this.emit("pde_clear_range", {
			addr: 0,
			nr: base >>> 22,
			entry_pa: this.swapper * 4096,
		});
	}
	mapLinear() {
		const { base, frames, swapper } = this,
			global = this.is.pge ? GLOBAL : 0,
			slot = base >>> 22;
		if (this.is.pse) {
			this.words(swapper)[slot] = 0xe3 | global;
			this.emit("pte_range_set", {
				addr: base,
				entry: 0xe3 | global,
				nr: 1,
				large: 1,
				entry_pa: swapper * 4096 + slot * 4,
			});
		} else {
			const first = this.rand(2);
			if (first) this.pde(swapper, slot, 0x9063);
			this.emit("pte_alloc", { table: 0x9000 });
			this.emit("pte_range_set", {
				addr: base,
				entry: 0x63 | global,
				nr: frames,
				large: 0,
				entry_pa: 0x9000,
			});
			for (let p = 0; p < frames; p++) this.words(9)[p] = (p * 4096) | 0x63 | global;
			if (!first) this.pde(swapper, slot, 0x9063);
		}
		if (this.recursive >= 0) this.pde(swapper, this.recursive, swapper * 4096 + 3);
	}
	/** Every frame that is not kept comes to the allocator; a trace may not tell. */
	handOver() {
		for (const [start, nr, zone] of runs(this.reserved, 0, (p) => this.zoneOf(p))) {
			const down = this.rand(2),
				range = this.rand(2);
			if (range && this.is.complete)
				this.emit("free_boot_range", { start_pfn: start, nr_pages: nr, descending: down });
			for (let n = 0; n < nr; n++) {
				const pfn = down ? start + nr - 1 - n : start + n;
				if (this.is.complete && !range) this.free(pfn);
				else {
					zone.free++;
					this.list(zone, pfn, 0);
				}
			}
		}
	}
	/** A kernel without a reference directory has them from the start, in each directory. */
	vmallocTables(kept) {
		if (this.is.reference) return;
		for (const [n, at] of [this.window[0], this.window[0] + 0x400000].entries())
			this.pde(this.swapper, at >>> 22, (this.newTable(kept - 1 - n) * 4096) | 0x63);
	}

	/* ---- vmalloc ---- */

	vmalloc() {
		const n = 1 + this.rand(4),
			size = (n + 1) * 4096;
		if (!this.room) return;
		let addr = this.window[0] + (this.rand(8) ? 0 : 0x3fe000);
		for (const a of this.areas)
			if (a.addr < addr + size) addr = Math.max(addr, a.addr + a.size);
		if (addr + size > this.window[1]) return;
		const pages = [];
		this.emit("vmalloc_enter", {
			size: n * 4096,
			gfp_flags: 0x1f0,
			op: 0,
			call_site: this.site(),
		});
		this.emit("alloc_vmap_area", {
			addr,
			size,
			align: 4096,
			failed: 0,
			flags: 2,
			call_site: this.site(),
		});
		for (let va = addr; va < addr + n * 4096; va += 4096) {
			const slot = va >>> 22;
			if (!this.words(this.swapper)[slot])
				this.pde(this.swapper, slot, (this.newTable() * 4096) | 0x63);
			pages.push(this.alloc());
			this.pte(
				this.words(this.swapper)[slot] >>> 12,
				va,
				(pages.at(-1) * 4096) | 0x63 | (this.is.pge ? GLOBAL : 0),
			);
		}
		this.emit("vmalloc_exit", { addr, nr_pages: n, why: 0 });
		this.areas.push({ addr, size, pages });
		this.areas.sort((x, y) => x.addr - y.addr);
	}
	vfree() {
		if (!this.areas.length) return;
		const [{ addr, size, pages }] = this.areas.splice(this.rand(this.areas.length), 1);
		this.emit("vfree_enter", { addr, op: 5, call_site: this.site() });
		this.emit("free_vmap_area", { va_start: addr, size, call_site: this.site() });
		pages.forEach((pfn, x) => {
			const va = addr + x * 4096;
			this.pte(this.words(this.swapper)[va >>> 22] >>> 12, va, 0);
		});
		if (this.is.flushes) this.emit("tlb_flush", { reason: 16, pages: NONE, addr: 0 });
		for (const pfn of pages) this.free(pfn);
		this.emit("vfree_exit", { addr, nr_pages: pages.length });
	}
	/** The kernel copies a slot that the directory in use lacks. */
	fault() {
		const slot = this.window[0] >>> 22,
			pde = this.words(this.swapper)[slot];
		if (!this.is.reference || this.cr3 === this.swapper || !pde) return;
		if (this.words(this.cr3)[slot]) return;
		this.words(this.cr3)[slot] = pde;
		this.hooks.set(pde >>> 12, this.hooks.get(pde >>> 12) + 1);
		this.emit("vmalloc_fault", {
			address: slot * 0x400000,
			pgd: this.cr3 * 4096,
			pde,
			outcome: 0,
		});
	}

	/* ---- address spaces ---- */

	create() {
		const pgd = this.spaces.length < 5 && this.room ? this.alloc() : null,
			from = this.is.reference || this.rand(2) ? this.swapper : 0;
		if (pgd === null) return;
		const words = this.words(pgd).fill(0),
			kernel = this.words(this.swapper);
		this.emit("pgd_alloc", { pgd: pgd * 4096, mm: ++this.mm, copied_from: from * 4096 });
		for (let slot = this.base >>> 22; slot < 1024; slot++) {
			if (!kernel[slot] || slot === this.recursive) continue;
			if (!from) this.pde(pgd, slot, kernel[slot]);
			else {
				words[slot] = kernel[slot];
				if (this.isTable(kernel[slot]))
					this.hooks.set(kernel[slot] >>> 12, this.hooks.get(kernel[slot] >>> 12) + 1);
			}
		}
		if (this.recursive >= 0) {
			if (from) words[this.recursive] = kernel[this.recursive];
			this.pde(pgd, this.recursive, pgd * 4096 + 3);
		}
		this.spaces.push({ pgd, mm: this.mm });
	}
	switchTo(space = this.spaces[this.rand(this.spaces.length)]) {
		if (space.pgd === this.cr3) return;
		this.cr3 = space.pgd;
		this.emit("switch_mm", { pgd: space.pgd * 4096, mm: space.mm });
	}
	/** A process, or null. */
	process() {
		return this.spaces[1 + this.rand(4)] ?? null;
	}
	map() {
		const space = this.process(),
			slot = 1 + this.rand(3),
			va = slot * 0x400000 + this.rand(6) * 4096;
		if (!space || !this.room) return;
		const pde = this.words(space.pgd)[slot],
			table = pde ? pde >>> 12 : this.newTable(),
			first = this.rand(2);
		if (!pde && first) this.pde(space.pgd, slot, (table * 4096) | 0x67);
		if (!this.words(table)[(va >>> 12) & 1023])
			this.pte(table, va, (this.alloc() * 4096) | 0x67);
		if (!pde && !first) this.pde(space.pgd, slot, (table * 4096) | 0x67);
	}
	/** Clears the entries of a process's table and gives their frames back. */
	unmapAll(table, slot, keep = 0) {
		const gone = [];
		this.words(table).forEach((pte, x) => {
			if (!(pte & PRESENT) || (keep && this.rand(keep))) return;
			gone.push([pte >>> 12, slot * 0x400000 + x * 4096]);
			this.pte(table, gone.at(-1)[1], 0);
		});
		if (gone.length) this.flush(gone[0][1], gone.length);
		for (const [pfn] of gone) this.free(pfn);
	}
	unmap() {
		const space = this.process(),
			slot = 1 + this.rand(3),
			pde = space && this.words(space.pgd)[slot];
		if (pde) this.unmapAll(pde >>> 12, slot, 2);
	}
	/** Two processes share a table, in the same slot or not. */
	share() {
		const one = this.process(),
			other = this.process(),
			[slot, to] = [1 + this.rand(3), 1 + this.rand(3)];
		if (!one || !other) return;
		const pde = this.words(one.pgd)[slot];
		if (pde && !this.words(other.pgd)[to]) this.pde(other.pgd, to, pde);
	}
	exit() {
		const space = this.process();
		if (!space) return;
		if (this.cr3 === space.pgd) this.switchTo(this.spaces[0]);
		const words = this.words(space.pgd);
		for (let slot = 1; slot < 4; slot++) {
			if (!words[slot]) continue;
			const table = words[slot] >>> 12,
				last = this.hooks.get(table) === 1;
			if (last) this.unmapAll(table, slot);
			this.pde(space.pgd, slot, 0);
			if (last) this.free(table);
		}
		for (const pde of words)
			if (this.isTable(pde)) this.hooks.set(pde >>> 12, this.hooks.get(pde >>> 12) - 1);
		// a frame that is given back is no directory any more, told or not
		if (this.rand(3)) this.emit("pgd_free", { pgd: space.pgd * 4096, mm: space.mm });
		this.spaces.splice(this.spaces.indexOf(space), 1);
		this.free(space.pgd);
	}

	/* ---- slabs and kmap ---- */

	move(cache, slab) {
		const list = !slab.used.size ? "free" : slab.used.size === cache.num ? "full" : "partial";
		if (list === slab.list) return;
		cache[slab.list].splice(cache[slab.list].indexOf(slab), 1);
		slab.list = list;
		cache[list].unshift(slab);
	}
	object() {
		const cache = this.caches[this.rand(this.caches.length)];
		let slab = cache.partial[0] ?? cache.free[0];
		if (!slab) {
			const pfn = this.room ? this.alloc() : null;
			if (pfn === null) return;
			slab = { pfn, used: new Set(), list: "free" };
			this.emit("slab_grow", { pfn, order: 0, cache: cache.id });
			cache.free.push(slab);
		}
		let x = 0;
		while (slab.used.has(x)) x++;
		slab.used.add(x);
		const fields = {
			ptr: this.base + slab.pfn * 4096 + x * cache.size,
			bytes_req: cache.size,
			bytes_alloc: cache.size,
			gfp_flags: 0x1f0,
			call_site: this.site(),
		};
		if (this.rand(2)) this.emit("kmalloc", fields);
		else this.emit("kmem_cache_alloc", { ...fields, cache: cache.id });
		this.move(cache, slab);
	}
	release() {
		const cache = this.caches[this.rand(this.caches.length)],
			slab = cache.full[0] ?? cache.partial.at(-1);
		if (slab) {
			const x = [...slab.used][this.rand(slab.used.size)],
				fields = {
					ptr: this.base + slab.pfn * 4096 + x * cache.size,
					call_site: this.site(),
				};
			slab.used.delete(x);
			if (this.rand(2)) this.emit("kfree", fields);
			else this.emit("kmem_cache_free", { ...fields, cache: cache.id });
			this.move(cache, slab);
		}
		const empty = this.rand(3) ? null : cache.free.shift();
		if (!empty) return;
		this.emit("slab_destroy", { pfn: empty.pfn, order: 0, cache: cache.id });
		this.free(empty.pfn);
	}
	kmap() {
		const { pfn } = this.pages[this.rand(this.pages.length || 1)] ?? {};
		if (!this.kmapBase || pfn === undefined) return;
		let [slot, map] = [...this.kmaps].find(([, x]) => x.pfn === pfn) ?? [-1];
		const fresh = slot < 0;
		if (fresh) for (slot = 0; this.kmaps.has(slot);) slot++;
		if (fresh) this.kmaps.set(slot, (map = { pfn, count: 1 }));
		map.count++;
		const addr = this.kmapBase + slot * 4096;
		this.emit("kmap", { pfn, addr, fresh: +fresh, call_site: this.site() });
	}
	kunmap() {
		const [slot, map] = [...this.kmaps].find(([, x]) => x.count > 1) ?? [];
		if (!map) return;
		map.count--;
		this.emit("kunmap", {
			pfn: map.pfn,
			addr: this.kmapBase + slot * 4096,
			call_site: this.site(),
		});
	}
	flushKmaps() {
		const unused = [...this.kmaps].filter(([, x]) => x.count === 1);
		for (const [slot] of unused) this.kmaps.delete(slot);
		if (unused.length) this.emit("flush_all_zero_pkmaps", { nr: unused.length });
	}

	/* ---- blocks ---- */

	get() {
		const order = this.rand(Math.min(this.orders, 4)),
			pfn = this.alloc(order);
		if (pfn !== null) this.pages.push({ pfn, order });
	}
	put() {
		const x = this.rand(this.pages.length || 1),
			block = this.pages[x];
		if (!block || [...this.kmaps.values()].some((k) => k.pfn === block.pfn)) return;
		this.pages.splice(x, 1);
		this.free(block.pfn, block.order);
	}
	refer() {
		const block = this.pages[this.rand(this.pages.length || 1)],
			count = 1 + this.rand(3);
		if (!block) return;
		this.counts.set(block.pfn, count);
		this.emit("page_ref_mod", { pfn: block.pfn, count, call_site: this.site() });
	}

	/* ---- what the kernel and the MMU say ---- */

	snapshot() {
		for (const z of this.zones) {
			const lists = new Hash(),
				bits = new Hash();
			for (const list of z.lists) {
				for (const pfn of list) lists.u32(pfn);
				lists.u32(NONE);
			}
			z.lists.slice(0, -1).forEach((list, k) => {
				const bytes = new Uint8Array((((z.size + (2 << k) - 1) >> (k + 1)) + 7) >> 3);
				for (const pfn of list) {
					const pair = (pfn - z.start) >> (k + 1);
					bytes[pair >> 3] ^= 1 << (pair & 7);
				}
				for (const b of bytes) bits.byte(b);
			});
			this.emit("zone_state", {
				zone: z.id,
				free_pages: z.free,
				list_hash: lists.value,
				map_hash: bits.value,
				nr_free: z.lists.map((list) => list.length),
			});
		}
		this.tellFrames();
		const areas = new Hash();
		for (const a of this.areas) for (const v of [a.addr, a.size, 2]) areas.u32(v);
		this.emit("vmlist_state", { nr_areas: this.areas.length, hash: areas.value });
		for (const { pgd } of this.spaces) {
			this.emit("pgd_state", { pgd: pgd * 4096, ...entriesOf(this.words(pgd)) });
			for (const [slot, pde] of this.words(pgd).entries())
				if (this.isTable(pde) && slot !== this.recursive)
					this.emit("pgtable_state", {
						addr: slot * 0x400000,
						table: (pde & 0xfffff000) >>> 0,
						...entriesOf(this.words(pde >>> 12)),
					});
		}
		for (const cache of this.caches) {
			const slabs = [...cache.full, ...cache.partial, ...cache.free],
				h = new Hash();
			for (const slab of slabs) {
				h.u32(slab.pfn);
				h.u32(slab.used.size);
			}
			this.emit("slab_state", {
				cache: cache.id,
				nr_slabs: slabs.length,
				active_objs: slabs.reduce((sum, x) => sum + x.used.size, 0),
				hash: h.value,
			});
		}
		if (!this.kmapBase) return;
		const h = new Hash(),
			counts = Array.from({ length: 1024 }, (_, x) => this.kmaps.get(x)?.count ?? 0);
		for (const n of counts) h.u32(n);
		this.emit("pkmap_state", {
			nr_used: counts.filter((n) => n > 1).length,
			nr_stale: counts.filter((n) => n === 1).length,
			hash: h.value,
		});
	}
	tellFrames() {
		const counts = new Hash(),
			flags = new Hash(),
			heads = new Map(),
			slots = new Map([...this.kmaps].map(([slot, { pfn }]) => [pfn, slot + 1])),
			slabs = new Set(
				this.caches.flatMap((c) => [...c.full, ...c.partial, ...c.free].map((x) => x.pfn)),
			),
			sum = { nr_free: 0, nr_used: 0, nr_slab: 0 };
		for (const z of this.zones)
			z.lists.forEach((list, k) => list.forEach((pfn) => heads.set(pfn, 0x20 | k)));
		for (const [pfn, k] of this.used) heads.set(pfn, 0x40 | k);
		let used = 0,
			run = -1,
			length = 0;
		for (let p = 0; p < this.frames; p++) {
			const count = this.counts.get(p) ?? +this.used.has(p),
				word =
					(this.reserved[p] ? 0x10 : (heads.get(p) ?? 0)) |
					(slabs.has(p) ? 0x80 : 0) |
					((slots.get(p) ?? 0) << 8) |
					((this.zoneOf(p)?.id ?? 0xff) << 24);
			counts.byte((count | (this.reserved[p] ? 0x8000 : 0)) & 255);
			counts.byte((count | (this.reserved[p] ? 0x8000 : 0)) >> 8);
			used += +(!this.reserved[p] && count > 0);
			sum.nr_free += (word >> 5) & 1;
			sum.nr_used += (word >> 6) & 1;
			sum.nr_slab += (word >> 7) & 1;
			if (length && word !== run) {
				flags.u32(run);
				flags.u32(length);
				length = 0;
			}
			run = word;
			length++;
		}
		flags.u32(run);
		flags.u32(length);
		this.emit("mem_map_state", {
			nr_pages: this.frames,
			nr_reserved: this.reserved.reduce((n, x) => n + x, 0),
			nr_used: used,
			hash: counts.value,
		});
		this.emit("page_flags_state", { nr_pages: this.frames, ...sum, hash: flags.value });
	}
	/** The MMU is asked about an address. */
	probe() {
		const va = [
				this.base + this.rand(this.frames) * 4096,
				this.areas[0]?.addr ?? 0,
				0x400000 * (1 + this.rand(3)) + this.rand(6) * 4096,
			][this.rand(3)],
			pde = this.words(this.cr3)[va >>> 22],
			pte = this.isTable(pde) ? this.words(pde >>> 12)[(va >>> 12) & 1023] : 0,
			large = pde & PRESENT && !this.isTable(pde),
			ok = large || pte & PRESENT;
		this.emit("mmu_probe", {
			addr: va,
			phys: !ok ? 0 : large ? (pde & 0xffc00000) + (va & 0x3fffff) : (pte & 0xfffff000) >>> 0,
			ok: ok ? 1 : 0,
			cr3: this.cr3 * 4096,
		});
	}

	/** Lives for n more steps. */
	live(n) {
		const steps = [
			...["get", "get", "put", "put", "vmalloc", "vfree", "create", "switchTo", "map", "map"],
			...["map", "unmap", "share", "exit", "object", "object", "release", "kmap", "kunmap"],
			...["flushKmaps", "refer", "probe", "probe", "fault"],
		];
		for (let left = n; left > 0; left--) {
			if (left % 40 === 0) this.snapshot();
			this[steps[this.rand(steps.length)]]();
		}
		this.snapshot();
		this.emit("trace_end", { reason: 0, verdict: 0, failed: 0, msg: "done" });
		return this;
	}
	/** In words: what kind of machine it is. */
	get text() {
		return (
			`${this.zones.length} zones, ${this.orders} orders, recursive slot ${this.recursive}, ` +
			Object.keys(this.is)
				.filter((x) => this.is[x])
				.join(", ")
		);
	}
}

/** Runs [first, n, key(first)] of frames with that value, of the same key. */
function runs(bytes, value, key = () => null) {
	const out = [];
	for (let p = 0; p < bytes.length; p++) {
		if (bytes[p] !== value) continue;
		const last = out.at(-1);
		if (last && last[0] + last[1] === p && last[2] === key(p)) last[1]++;
		else out.push([p, 1, key(p)]);
	}
	return out;
}
function entriesOf(words) {
	const h = new Hash();
	let nr_present = 0;
	for (const x of words) {
		nr_present += x & PRESENT;
		h.u32((x & ~0x60) >>> 0);
	}
	return { nr_present, hash: h.value };
}
