// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * trace.js - the events of a trace as columns of numbers.
 *
 * Row i - base of the columns is event i; base is 0 but in a Window, which holds only
 * the chunk at hand.  Columns a, b, c exist for every event; d, e, f are rare: kept per
 * block of 65,536 events, absent where all are 0, as pairs of row and value where few
 * are not.  Records with strings or arrays (marks, checks, obj) are kept by their event
 * number.  Filled by append() chunk by chunk while the file is still being read.
 */
import { Kinds, GROUPS } from "./kinds.js";

export const BLOCK = 65536;
const SHIFT = 16;
/**
 * Rows there is room for at first. Room for all of a large trace makes the browser collect garbage:
 * not before the first picture.
 */
export const SOME = 16384;
/**
 * The columns every event has; k is the last to grow, so that its length says how many rows there
 * is room for.
 */
const TYPES = {
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
 */
export const LEAVABLE = { s: { bytes: 2, name: "call sites" }, t: { bytes: 8, name: "ticks" } };
const MAX_ORDERS = 15; // a frame's order has four bits, and 15 is the tail of a block
export const VERSION = 2; // of the traces that are read
const MAX_FRAMES = 1 << 20; // 4 GiB: what 32-bit physical addresses reach

const int = (v, dflt = 0) => (Number.isFinite(v) ? Math.floor(v) : dflt);

export class Trace {
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
		this.left = new Set(header.kept?.left);
		this.every = header.kept?.every ?? 1; // snapshots: only every n-th is kept
		this.kinds = new Kinds(header.kinds, header.values);
		const odd = this.kinds.unreadable();
		if (odd.length)
			throw new Error(
				`this viewer cannot read the trace's events: ${odd.slice(0, 3).join("; ")}${odd.length > 3 ? `; and ${odd.length - 3} more` : ""}. Export the capture with the pagescope this viewer came with, or open the trace with the viewer of the release that wrote it`,
			);
		this.machine = header.machine ?? {};
		this.layout = { ...DEFAULT_LAYOUT, ...header.layout };
		// its kernel does not trace: the plugin tells of its page tables, and nobody of frames
		this.watched = (this.machine.flags ?? []).includes("watched");
		this.frames = Math.max(1, Math.min(MAX_FRAMES, int(this.machine.frames, 1)));
		this.zones = (Array.isArray(header.zones) ? header.zones : [])
			.filter((z) => z?.id >= 0 && z.id < 256)
			.map((z) => ({
				id: z.id,
				name: String(z.name),
				start: int(z.start_pfn),
				n: Math.min(int(z.spanned_pages), this.frames - int(z.start_pfn)),
				min: int(z.min),
				low: int(z.low),
				high: int(z.high),
			}))
			.filter((z) => z.n > 0)
			.sort((x, y) => x.start - y.start);
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
		// {i, lost, row}: events are missing before event i; row: they have rows of kind 0 all the
		// same
		this.gaps = [];
		this.records = new Map();
		this.marks = [];
		this.steps = [];
		this.violations = [];
		this.sites = { addr: [0], func: [""], file: [""], line: [0], inlined: [""] };
		this.symbols = []; // of the kernel: {addr, end, name} by address
		this.symbolStarts = [];
		this.t0 = this.t1 = 0; // first and last tick
		this.initial = null; // the `key` record of the state before event 0
		this.before = null; // the same as a snapshot, where only a part of the file was kept
		this.end = null;
		this.problems = [];
		this.chaptersOf = -1; // marks that chapterList was made of
		this.chapterList = null;
		this.stepKind = this.kinds.id("scenario_step");
		this.alloc();
		this.bind();
	}
	/** Does trace_info say this of the kernel ("reference directory", "watermarks", ...)? */
	says(what) {
		return (this.machine.kind ?? []).includes(what);
	}
	/** Are pages handed out one by one, never in blocks? */
	get single() {
		return this.orders === 1;
	}
	/** The region that the kernel named va to lie in, or null. */
	regionAt(va) {
		return this.regions.find((r) => va >= r.from && va < r.to) ?? null;
	}
	/** Has the kernel a region of this kind? */
	hasRegion(kind) {
		return this.regions.some((r) => r.kind === kind);
	}
	/**
	 * Fields by name: this.col.pte_set.addr(i) is the field `addr` of event i, which is a pte_set.
	 * Where the header puts it is known here only.
	 */
	bind() {
		const read = this.readers();
		this.col = {};
		this.byId = new Array(256).fill(NO_FIELDS);
		for (const { id, name, cls, fields } of this.kinds.byName.values()) {
			if (cls !== "ev") continue;
			const bound = fields.filter((f) => f.col in read).map((f) => [f.name, read[f.col]]);
			this.col[name] = this.byId[id] = Object.fromEntries(bound);
		}
	}
	/** By column, what reads it at an event. */
	readers() {
		return {
			a: (i) => this.a[i - this.base],
			b: (i) => this.b[i - this.base],
			c: (i) => this.c[i - this.base],
			o: (i) => this.o[i - this.base],
			s: (i) => this.s[i - this.base],
			z: (i) => this.z[i - this.base],
			d: (i) => rare(this.d, i),
			e: (i) => rare(this.e, i),
			f: (i) => rare(this.f, i),
		};
	}
	/** The fields of event i's kind by name, as in col; none where it has no columns. */
	of(i) {
		return this.byId[this.k[i - this.base]];
	}
	/** The call site of event i; 0: its kind has none, or it is not known. */
	siteOf(i) {
		return this.of(i).call_site?.(i) ?? 0;
	}
	alloc() {
		for (const [name, Type] of Object.entries(TYPES))
			this[name] = new Type(
				this.left.has(name) ? 0 : Math.min(SOME, Math.max(this.expected, 1024)),
			);
		this.d = [];
		this.e = [];
		this.f = [];
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
				const old = this[name];
				if (old.length >= cap) return;
				this[name] = new old.constructor(cap);
				this[name].set(old); // rows of a chunk, too, that are not counted yet
			});
	}
	/** Adds a chunk of columns (see chunk.js). */
	append(chunk) {
		for (const _ of this.appending(chunk));
	}
	/**
	 * The same in steps: memory that was never used is slow, and a page should not halt. The rows
	 * count from the last one on.
	 */
	*appending(chunk) {
		const { n } = chunk,
			at = this.stored;
		if (at + n > this.k.length) for (const step of this.room(at + n)) step();
		for (const cols of ["ta", "bckzo"]) {
			for (const col of cols)
				if (chunk[col] && !this.left.has(col)) this[col].set(chunk[col], at);
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
		this.appendRare(chunk, at);
		this.stored += n;
	}
	appendRare(chunk, at) {
		for (const col of ["d", "e", "f"]) if (chunk[col]) this.setRare(this[col], chunk[col], at);
	}
	setRare(blocks, values, at) {
		if (values.rows) {
			const off = at & (BLOCK - 1);
			if (!blocks[at >>> SHIFT] && off + values.n <= BLOCK) {
				blocks[at >>> SHIFT] = off
					? { ...values, rows: values.rows.map((r) => r + off) }
					: values;
				return;
			}
			values = densely(values);
		}
		for (let r = 0; r < values.length;) {
			const block = (at + r) >>> SHIFT,
				off = (at + r) & (BLOCK - 1),
				len = Math.min(values.length - r, BLOCK - off);
			const part = values.subarray(r, r + len);
			if (!(blocks[block] instanceof Uint32Array))
				blocks[block] = densely(blocks[block], BLOCK);
			blocks[block].set(part, off);
			r += len;
		}
	}
	/** By id, which kinds of events occur. */
	there() {
		const there = new Uint8Array(256);
		for (let i = 0; i < this.n; i++) there[this.k[i]] = 1;
		return there;
	}
	addRecord(rec) {
		switch (rec.rec) {
			case "mark": {
				const kept = {
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
				if (rec.k === this.stepKind) this.steps.push(rec);
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
			case "end":
				this.end = rec;
				break;
		}
	}
	/**
	 * Events are missing before event i; with rows: events [i - lost, i) are there as rows that say
	 * nothing.
	 */
	gap(i, lost, rows = false) {
		if (!this.gaps.some((g) => g.i === i)) {
			this.gaps.push({ i, lost, rows });
			this.gaps.sort((a, b) => a.i - b.i);
		}
	}
	column(col, i) {
		return col === "d" || col === "e" || col === "f"
			? rare(this[col], i)
			: this[col]
				? this[col][i - this.base]
				: 0;
	}
	kind(i) {
		return this.kinds.byId[this.k[i - this.base]];
	}
	kindName(i) {
		return this.kinds.name(this.k[i - this.base]);
	}
	/** All fields of event i: [{name, meaning, text, value}]. */
	fields(i) {
		const kind = this.kind(i);
		if (!kind) return [];
		if (kind.cls === "ev")
			return kind.fields.map((f) => ({
				...f,
				value: this.left.has(f.col) ? null : f.col ? this.column(f.col, i) : 0,
			}));
		const rec = this.records.get(i);
		return rec ? kind.fields.map((f) => ({ ...f, value: rec[f.name] })) : [];
	}
	/** One field of event i by name. */
	field(i, name) {
		const f = this.kind(i)?.fields.find((x) => x.name === name);
		if (!f) return undefined;
		return f.col ? this.column(f.col, i) : this.records.get(i)?.[name];
	}
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
	/** The symbol va lies in and how far: {name, addr, offset}; null if in none. */
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
	/** The symbol of just that name. */
	symbol(name) {
		return this.symbols.find((s) => s.name === name) ?? null;
	}
	zoneOf(pfn) {
		return this.zones.find((z) => pfn >= z.start && pfn < z.start + z.n) ?? null;
	}
	zone(id) {
		return this.zones.find((z) => z.id === id) ?? null;
	}
	/** Last event at or before tick t, -1 if none. */
	atTick(t) {
		return upper(this.t, this.n, t) - 1;
	}
	/** Index into marks of the chapter event i is in, -1 before the first. */
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
	chapterAt(i) {
		return this.chapters()[upperBy(this.chapters(), i) - 1] ?? null;
	}
	/**
	 * The statement of the scenario event i belongs to; `mark` lines are headings, not statements.
	 */
	stepAt(i) {
		for (let x = upperBy(this.steps, i) - 1; x >= 0; x--)
			if (!/^mark\b/.test(this.steps[x].text)) return this.steps[x];
		return null;
	}
	groupName(i) {
		return GROUPS[this.kinds.group[this.k[i - this.base]]];
	}
}

/**
 * A trace that keeps the columns of the last chunk only, without copying them: for a reader that
 * goes through it once.
 */
export class Window extends Trace {
	alloc() {
		this.nothing = {}; // columns of zeros by type
		for (const col in TYPES) this[col] = null;
		this.d = this.e = this.f = null;
	}
	/** All columns are whole ones here: each value is read once at least. */
	readers() {
		return {
			...super.readers(),
			d: (i) => this.d[i - this.base],
			e: (i) => this.e[i - this.base],
			f: (i) => this.f[i - this.base],
		};
	}
	column(col, i) {
		return this[col] ? this[col][i - this.base] : 0;
	}
	append(chunk) {
		const { n } = chunk;
		this.base = this.stored;
		for (const col in TYPES) this[col] = chunk[col] ?? this.zeros(TYPES[col], n);
		for (const col of ["d", "e", "f"])
			this[col] = chunk[col]?.rows
				? densely(chunk[col])
				: (chunk[col] ?? this.zeros(Uint32Array, n));
		this.stored += n;
	}
	zeros(Type, n) {
		if (!(this.nothing[Type.name]?.length >= n)) this.nothing[Type.name] = new Type(n);
		return this.nothing[Type.name];
	}
}

/** The ranges of addresses that the kernel named, lowest first. */
function regionsOf(list) {
	return (Array.isArray(list) ? list : [])
		.map((r) => ({
			name: String(r?.name ?? ""),
			kind: String(r?.kind ?? ""),
			from: int(r?.start),
			to: Math.min(int(r?.end), 0x100000000),
		}))
		.filter((r) => r.from >= 0 && r.to > r.from)
		.sort((x, y) => x.from - y.from);
}

/** A `symbols` record, sorted; a label without a size reaches to the next symbol. */
function symbolTable({ addr, size, name }) {
	if (![addr, size, name].every((x) => Array.isArray(x) && x.length === addr.length)) return [];
	const list = addr
		.map((a, x) => ({ addr: int(a) >>> 0, end: 0, size: int(size[x]), name: String(name[x]) }))
		.sort((x, y) => x.addr - y.addr);
	let next = 0;
	for (let x = list.length; x-- > 0;) {
		const s = list[x];
		if (list[x + 1]?.addr > s.addr) next = list[x + 1].addr;
		s.end = s.size ? s.addr + s.size : Math.max(next, s.addr + 1);
	}
	return list;
}

const NO_FIELDS = {};

/** Event i's value in a rare column. */
function rare(blocks, i) {
	const x = i >>> SHIFT,
		b = x < blocks.length ? blocks[x] : null,
		row = i & (BLOCK - 1);
	if (!b) return 0;
	if (b instanceof Uint32Array) return b[row];
	let lo = 0,
		hi = b.rows.length;
	while (lo < hi) {
		const mid = (lo + hi) >>> 1;
		if (b.rows[mid] < row) lo = mid + 1;
		else hi = mid;
	}
	return lo < b.rows.length && b.rows[lo] === row ? b.values[lo] : 0;
}

function densely(sparse, n = sparse.n) {
	const out = new Uint32Array(n);
	if (sparse)
		sparse.rows.forEach((r, x) => {
			out[r] = sparse.values[x];
		});
	return out;
}

/** Number of the first n values of a sorted column that are <= x. */
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
