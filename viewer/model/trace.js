// SPDX-License-Identifier: MIT
/*
 * trace.js - the events of a trace as columns of numbers.
 *
 * Row i - base of the columns is event i; base is 0 but in a Window, which holds only
 * the chunk at hand (window.js).  Columns a, b, c exist for every event; d, e, f are rare
 * (rarecolumn.js).  Records with strings or arrays (marks, checks, obj) are kept by their event
 * number.  Filled by append() chunk by chunk while the file is still being read.
 */
import { Kinds, GROUPS } from "./kinds.js";
import { RareColumn } from "./rarecolumn.js";
import { int, regionsOf, symbolTable, zonesOf } from "./told.js";
/** @import {Chunk} from "./chunk.js" */
/** @import {Captured, Fields, Gap, KernelSymbol, MachineInfo, Mark, Read, Rec} from "./types.js" */

/**
 * Rows there is room for at first. Room for all of a large trace makes the browser collect garbage:
 * not before the first picture.
 */
export const SOME = 16384;
/**
 * The columns every event has; k is the last to grow, so that its length says how many rows there
 * is room for.
 */
export const TYPES = {
	t: Float64Array,
	z: Uint8Array,
	o: Uint8Array,
	a: Uint32Array,
	b: Uint32Array,
	c: Uint32Array,
	s: Uint16Array,
	k: Uint8Array,
};

const DEFAULT_LAYOUT = {
	page_offset: 0xc0000000,
	high_memory: 0xc0000000,
	vmalloc_start: 0,
	vmalloc_end: 0,
	pkmap_base: 0,
	fixaddr_start: 0xffffe000,
	fixaddr_top: 0xffffe000,
	swapper_pg_dir: 0x101000,
	mem_map: 0,
	kernel_start: 0,
	kernel_end: 0,
};
/**
 * Columns that may be left out to save memory, as the replay does without: bytes an event, and what
 * is in them.
 * @type {Record<string, {bytes: number, name: string}>}
 */
export const LEAVABLE = { s: { bytes: 2, name: "call sites" }, t: { bytes: 8, name: "ticks" } };
const MAX_ORDERS = 15; // a frame's order has four bits, and 15 is the tail of a block
export const VERSION = 2; // of the traces that are read
const MAX_FRAMES = 1 << 20; // 4 GiB: what 32-bit physical addresses reach

export class Trace {
	/** @param {any} header */
	constructor(header) {
		if (header?.format !== "pagescope")
			throw new Error(`not a pagescope trace (format is ${JSON.stringify(header?.format)})`);
		if (!(header.version >= 1)) throw new Error("the header names no version");
		this.header = header;
		if (header.version < VERSION)
			throw new Error(
				`the trace is of version ${header.version}; the viewer of pagescope 1.0.0 reads it, or export its capture anew`,
			);
		this.newer = header.version > VERSION;
		// columns that were asked to be left out; they read as undefined
		/** @type {Set<string>} */
		this.left = new Set(header.kept?.left);
		this.every = header.kept?.every ?? 1; // snapshots: only every n-th is kept
		this.kinds = new Kinds(header.kinds, header.values);
		const odd = this.kinds.unreadable();
		if (odd.length)
			throw new Error(
				`this viewer cannot read the trace's events: ${odd.slice(0, 3).join("; ")}${odd.length > 3 ? `; and ${odd.length - 3} more` : ""}. Export the capture with the pagescope this viewer came with, or open the trace with the viewer of the release that wrote it`,
			);
		/** @type {MachineInfo} */
		this.machine = header.machine ?? {};
		this.layout = { ...DEFAULT_LAYOUT, ...header.layout };
		// its kernel does not trace: the plugin tells of its page tables, and nobody of frames
		this.watched = (this.machine.flags ?? []).includes("watched");
		this.frames = Math.max(1, Math.min(MAX_FRAMES, int(this.machine.frames, 1)));
		this.zones = zonesOf(header.zones, this.frames);
		this.nrZones = Math.max(0, ...this.zones.map((z) => z.id)) + 1;
		this.orders = this.machine.orders;
		if (!(this.orders >= 1 && this.orders <= MAX_ORDERS))
			throw new Error(
				`the trace has ${this.orders} orders of blocks (machine.orders of its header); this viewer reads 1 to ${MAX_ORDERS}`,
			);
		this.regions = regionsOf(this.machine.regions);
		this.clock = { unit: "tick", hz: 0, sba: false, ...header.clock };
		this.expected = int(header.events, 0);
		this.n = 0; // events that can be shown
		this.stored = 0; // events in the columns; the model takes them over bit by bit
		this.base = 0;
		/** @type {Gap[]} */
		this.gaps = [];
		/** @type {Map<number, Rec>} by event */
		this.records = new Map();
		/** @type {Mark[]} */
		this.marks = [];
		/** @type {(Rec & {i: number})[]} statements of the scenario */
		this.steps = [];
		/** @type {Map<number, string>} of slabs, by number */
		this.cacheNames = new Map();
		/** @type {{i: number, t: number, rule: string, text: string}[]} what `check` found */
		this.violations = [];
		this.sites = { addr: [0], func: [""], file: [""], line: [0], inlined: [""] };
		/** @type {KernelSymbol[]} by address */
		this.symbols = [];
		/** @type {number[]} */
		this.symbolStarts = [];
		this.t0 = this.t1 = 0; // first and last tick
		/** @type {Rec | null} the `key` record of the state before event 0 */
		this.initial = null;
		/** @type {Captured | null} the same as a snapshot, of a part of a file */
		this.before = null;
		/** @type {Rec | null} how the guest ended: see ending.js */
		this.ended = null;
		/** @type {Rec | null} the record at the end of the file */
		this.end = null;
		/** @type {string[]} */
		this.problems = [];
		this.chaptersOf = -1; // marks that chapterList was made of
		/** @type {Mark[]} */
		this.chapterList = [];
		this.stepKind = this.kinds.id("scenario_step");
		this.cacheKind = this.kinds.id("kmem_cache_create");
		/** @type {Float64Array} ticks */
		this.t = new Float64Array(0);
		/** @type {Uint8Array} ids of kinds */
		this.k = new Uint8Array(0);
		/** @type {Uint8Array} zones */
		this.z = this.k;
		/** @type {Uint8Array} orders */
		this.o = this.k;
		/** @type {Uint32Array} */
		this.a = new Uint32Array(0);
		/** @type {Uint32Array} */
		this.b = this.a;
		/** @type {Uint32Array} */
		this.c = this.a;
		/** @type {Uint16Array | Uint32Array} call sites */
		this.s = new Uint16Array(0);
		this.d = new RareColumn();
		this.e = new RareColumn();
		this.f = new RareColumn();
		/** @type {Record<string, Fields>} see bind() */
		this.col = {};
		/** @type {Fields[]} the same by id of a kind */
		this.byId = new Array(256).fill({});
		this.alloc();
		this.bind();
	}
	/**
	 * The columns by name.
	 * @returns {Record<string, any>}
	 */
	get columns() {
		return this;
	}
	/**
	 * Does trace_info say this of the kernel ("reference directory", "watermarks", ...)?
	 * @param {string} what
	 */
	says(what) {
		return (this.machine.kind ?? []).includes(what);
	}
	/** Are pages handed out one by one, never in blocks? */
	get single() {
		return this.orders === 1;
	}
	/**
	 * The region that the kernel named va to lie in, or null.
	 * @param {number} va
	 */
	regionAt(va) {
		return this.regions.find((r) => va >= r.from && va < r.to) ?? null;
	}
	/**
	 * Has the kernel a region of this kind?
	 * @param {string} kind
	 */
	hasRegion(kind) {
		return this.regions.some((r) => r.kind === kind);
	}
	/**
	 * Fields by name: this.col.pte_set.addr(i) is the field `addr` of event i, which is a pte_set.
	 * Where the header puts it is known here only.
	 */
	bind() {
		const read = this.readers();
		for (const { id, name, cls, fields } of this.kinds.byName.values()) {
			if (cls !== "ev") continue;
			this.col[name] = this.byId[id] = {};
			for (const f of fields)
				if (f.col && f.col in read) this.col[name][f.name] = read[f.col];
		}
	}
	/**
	 * By column, what reads it at an event.
	 * @returns {Record<string, Read>}
	 */
	readers() {
		return {
			a: (i) => this.a[i - this.base],
			b: (i) => this.b[i - this.base],
			c: (i) => this.c[i - this.base],
			o: (i) => this.o[i - this.base],
			s: (i) => this.s[i - this.base],
			z: (i) => this.z[i - this.base],
			d: (i) => this.d.at(i),
			e: (i) => this.e.at(i),
			f: (i) => this.f.at(i),
		};
	}
	/**
	 * The fields of event i's kind by name, as in col; none where it has no columns.
	 * @param {number} i
	 */
	of(i) {
		return this.byId[this.k[i - this.base]];
	}
	/**
	 * The call site of event i; 0: its kind has none, or it is not known.
	 * @param {number} i
	 */
	siteOf(i) {
		return this.of(i).call_site?.(i) ?? 0;
	}
	alloc() {
		for (const [name, Type] of Object.entries(TYPES))
			this.columns[name] = new Type(
				this.left.has(name) ? 0 : Math.min(SOME, Math.max(this.expected, 1024)),
			);
	}
	/**
	 * Steps, a column each, that make room for n rows, if there is less; without n for all that
	 * the header speaks of. Chunks may come between them.
	 */
	room(n = this.expected) {
		if (n <= this.k.length) return [];
		const cap = Math.max(n, this.expected, Math.ceil(this.k.length * 1.5));
		return Object.keys(TYPES)
			.filter((name) => !this.left.has(name))
			.map((name) => () => {
				const old = this.columns[name];
				if (old.length >= cap) return;
				this.columns[name] = new old.constructor(cap);
				this.columns[name].set(old); // rows of a chunk, too, that are not counted yet
			});
	}
	/**
	 * Adds a chunk of columns (see chunk.js).
	 * @param {Chunk} chunk
	 */
	append(chunk) {
		for (const _ of this.appending(chunk));
	}
	/**
	 * The same in steps: memory that was never used is slow, and a page should not halt. The rows
	 * count from the last one on.
	 * @param {Chunk} chunk
	 */
	*appending(chunk) {
		/** @type {Record<string, any>} */
		const columns = chunk;
		const { n } = chunk,
			at = this.stored;
		if (at + n > this.k.length) for (const step of this.room(at + n)) step();
		for (const cols of ["ta", "bckzo"]) {
			for (const col of cols)
				if (columns[col] && !this.left.has(col)) this.columns[col].set(columns[col], at);
			yield;
		}
		if (!at) this.t0 = chunk.t[0];
		this.t1 = chunk.t[n - 1];
		if (chunk.s && !this.left.has("s")) {
			if (chunk.maxSite > 65535 && this.s instanceof Uint16Array)
				this.s = Uint32Array.from(this.s);
			this.s.set(chunk.s, at);
		}
		yield;
		if (chunk.d) this.d.set(chunk.d, at);
		if (chunk.e) this.e.set(chunk.e, at);
		if (chunk.f) this.f.set(chunk.f, at);
		this.stored += n;
	}
	/** By id, which kinds of events occur. */
	there() {
		const there = new Uint8Array(256);
		for (let i = 0; i < this.n; i++) there[this.k[i]] = 1;
		return there;
	}
	/** @param {Rec} rec */
	addRecord(rec) {
		switch (rec.rec) {
			case "mark": {
				/** @type {Mark} */
				const kept = {
					i: rec.i,
					...rec,
					msg: String(rec.msg ?? ""),
					text: String(rec.text ?? ""),
					level: int(rec.level, 1),
				};
				this.records.set(rec.i, kept);
				// a mark without a heading goes on with the text of the one before
				const last = this.marks[this.marks.length - 1];
				if (!kept.msg && last && kept.text) last.text += " " + kept.text;
				else this.marks.push(kept);
				break;
			}
			case "obj":
				this.records.set(rec.i, rec);
				if (rec.k === this.stepKind) this.steps.push({ ...rec, i: rec.i });
				if (rec.k === this.cacheKind) this.cacheNames.set(rec.cache, String(rec.name));
				break;
			case "check":
				this.records.set(rec.i, rec);
				break;
			case "sites": {
				const from = int(rec.from, this.sites.addr.length);
				for (let j = 0; j < (rec.addr?.length ?? 0); j++) {
					this.sites.addr[from + j] = rec.addr[j];
					this.sites.func[from + j] = String(rec.func?.[j] ?? "");
					this.sites.file[from + j] = String(rec.file?.[j] ?? "");
					this.sites.line[from + j] = int(rec.line?.[j]);
					this.sites.inlined[from + j] = String(rec.inlined?.[j] ?? "");
				}
				break;
			}
			case "symbols":
				this.symbols = symbolTable(rec);
				this.symbolStarts = this.symbols.map((s) => s.addr);
				break;
			case "key":
				if (rec.src === "initial" && !this.stored) this.initial = rec;
				break;
			case "gap":
				this.gap(int(rec.i), int(rec.lost, 1));
				break;
			case "violation":
				if (rec.rule === "lost-events") this.gap(int(rec.i), 1);
				this.violations.push({
					i: int(rec.i),
					t: rec.t,
					rule: String(rec.rule ?? ""),
					text: String(rec.text ?? ""),
				});
				break;
			case "ended":
				this.ended = rec;
				break;
			case "end":
				this.end = rec;
				break;
		}
	}
	/**
	 * Events are missing before event i; with rows: events [i - lost, i) are there as rows that say
	 * nothing.
	 * @param {number} i
	 * @param {number} lost
	 */
	gap(i, lost, rows = false) {
		if (!this.gaps.some((g) => g.i === i)) {
			this.gaps.push({ i, lost, rows });
			this.gaps.sort((a, b) => a.i - b.i);
		}
	}
	/**
	 * @param {string} col
	 * @param {number} i
	 */
	column(col, i) {
		return col === "d" || col === "e" || col === "f"
			? this[col].at(i)
			: (this.columns[col]?.[i - this.base] ?? 0);
	}
	/** @param {number} i */
	kind(i) {
		return this.kinds.byId[this.k[i - this.base]];
	}
	/** @param {number} i */
	kindName(i) {
		return this.kinds.name(this.k[i - this.base]);
	}
	/**
	 * All fields of event i: [{name, meaning, text, value}].
	 * @param {number} i
	 */
	fields(i) {
		const kind = this.kind(i);
		if (!kind) return [];
		if (kind.cls === "ev")
			return kind.fields.map((f) => ({
				...f,
				value: this.left.has(f.col ?? "") ? null : f.col ? this.column(f.col, i) : 0,
			}));
		const rec = this.records.get(i);
		return rec ? kind.fields.map((f) => ({ ...f, value: rec[f.name] })) : [];
	}
	/**
	 * One field of event i by name.
	 * @param {number} i
	 * @param {string} name
	 */
	field(i, name) {
		const f = this.kind(i)?.fields.find((x) => x.name === name);
		if (!f) return undefined;
		return f.col ? this.column(f.col, i) : this.records.get(i)?.[name];
	}
	/** @param {number} index */
	site(index) {
		const func = this.sites.func[index],
			addr = this.sites.addr[index];
		return index && addr !== undefined
			? {
					index,
					addr,
					func,
					file: this.sites.file[index],
					line: this.sites.line[index],
					inlined: this.sites.inlined[index],
				}
			: null;
	}
	/**
	 * The symbol va lies in and how far: {name, addr, offset}; null if in none.
	 * @param {number} va
	 */
	symbolAt(va) {
		const list = this.symbols;
		for (
			let x = upper(this.symbolStarts, list.length, va) - 1;
			x >= 0 && list[x].addr > va - 65536;
			x--
		)
			if (va < list[x].end) return { ...list[x], offset: va - list[x].addr };
		return null;
	}
	/**
	 * What the kernel calls the cache of slabs with that number.
	 * @param {number} id
	 */
	cacheName(id) {
		return this.cacheNames.get(id) ?? `#${id}`;
	}
	/**
	 * The symbol of just that name.
	 * @param {string} name
	 */
	symbol(name) {
		return this.symbols.find((s) => s.name === name) ?? null;
	}
	/** @param {number} pfn */
	zoneOf(pfn) {
		return this.zones.find((z) => pfn >= z.start && pfn < z.start + z.n) ?? null;
	}
	/** @param {number} id */
	zone(id) {
		return this.zones.find((z) => z.id === id) ?? null;
	}
	/**
	 * Last event at or before tick t, -1 if none.
	 * @param {number} t
	 */
	atTick(t) {
		return upper(this.t, this.n, t) - 1;
	}
	/**
	 * Index into marks of the chapter event i is in, -1 before the first.
	 * @param {number} i
	 */
	markAt(i) {
		return upperBy(this.marks, i) - 1;
	}
	/** Chapters (marks of level 1); what lies before the first is the boot. */
	chapters() {
		if (this.chaptersOf === this.marks.length) return this.chapterList;
		const list = this.marks.filter((m) => m.level <= 1);
		if (list.length && list[0].i > 0)
			list.unshift({
				i: 0,
				level: 1,
				...(this.says("reference directory")
					? {
							msg: "Boot",
							text: "The firmware's memory map, the frames set aside, the zones, and the hand-over of every other frame to the buddy allocator.",
						}
					: { msg: "Start", text: "What comes before the kernel's first chapter." }),
				implied: true,
			});
		this.chaptersOf = this.marks.length;
		return (this.chapterList = list);
	}
	/** @param {number} i */
	chapterAt(i) {
		return this.chapters()[upperBy(this.chapters(), i) - 1] ?? null;
	}
	/**
	 * The statement of the scenario event i belongs to; `mark` lines are headings, not statements.
	 * @param {number} i
	 */
	stepAt(i) {
		for (let x = upperBy(this.steps, i) - 1; x >= 0; x--)
			if (!/^mark\b/.test(this.steps[x].text)) return this.steps[x];
		return null;
	}
	/** @param {number} i */
	groupName(i) {
		return GROUPS[this.kinds.group[this.k[i - this.base]]];
	}
}

/**
 * Number of the first n values of a sorted column that are <= x.
 * @param {ArrayLike<number>} col
 * @param {number} n
 * @param {number} x
 */
export function upper(col, n, x) {
	let lo = 0,
		hi = n;
	while (lo < hi) {
		const mid = (lo + hi) >>> 1;
		if (col[mid] <= x) lo = mid + 1;
		else hi = mid;
	}
	return lo;
}
/**
 * @param {{i: number}[]} list
 * @param {number} i
 */
export function upperBy(list, i) {
	let lo = 0,
		hi = list.length;
	while (lo < hi) {
		const mid = (lo + hi) >>> 1;
		if (list[mid].i <= i) lo = mid + 1;
		else hi = mid;
	}
	return lo;
}
