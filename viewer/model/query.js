// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * query.js - what the search box understands, and answers about addresses and frames.
 */
import { OP } from "./kinds.js";
import { OWNERS, NONE, FREE, RESERVED, TAIL, UNKNOWN } from "./machine.js";
import { LEAVABLE, upper } from "./trace.js";
import { addr, hex, bytes, symbolText } from "./format.js";

/**
 * Reads what was typed.  Returns one of
 *   {type:"va", addr} {type:"pfn", pfn} {type:"event", i} {type:"tick", t}
 *   {type:"filter", test(i), words} {type:"command", text} {type:"text", text} {type:"empty"}
 *   {type:"error", message, near: what else might be typed}
 * A name and a blank ask about one thing (pfn 3ffe), a name and a sign list events (pfn=3ffe).
 */
export function parseQuery(text, trace) {
	const s = text.trim(),
		whole = ungrouped(s, " ");
	if (!s) return { type: "empty" };
	if (s[0] === ">") return { type: "command", text: s.slice(1).trim().toLowerCase() };
	let m = whole.match(/^#\s*(\d+)$/);
	if (m)
		return +m[1] < trace.n
			? { type: "event", i: +m[1] }
			: error(`the trace has events #0 to #${trace.n - 1}`, ["#" + (trace.n - 1)]);
	m = whole.match(/^(?:t|tick)[\s=:]+(0x[0-9a-f]+|\d+)$/i);
	if (m) return trace.left.has("t") ? without("t") : { type: "tick", t: +m[1] };
	m = s.match(/^(?:pfn|frame)\s*(?:0x)?([0-9a-f]+)$/i);
	if (m) return framed(parseInt(m[1], 16), trace);
	m = s.match(/^(?:pa|phys)[\s=:]*(?:0x)?([0-9a-f]+)$/i);
	if (m) return framed(Math.floor(parseInt(m[1], 16) / 4096), trace);
	m =
		s.match(/^(?:(?:va[\s=:]|addr\s)\s*(?:0x)?|0x)([0-9a-f]{1,8})$/i) ??
		s.match(/^([0-9a-f]{8})$/i);
	if (m) return { type: "va", addr: parseInt(m[1], 16) >>> 0 };
	if (/^0x[0-9a-f]+$/i.test(s)) return error("a linear address has at most 8 hex digits");
	m = s.match(/^(site|kind|group)\s+(\S+)$/i);
	if (m) return filter(`${m[1]}:${m[2]}`, trace);
	if (/[:=<>]/.test(s))
		return filter(ungrouped(s).replace(/\s*([!<>]=|[:=<>])\s*/g, "$1"), trace);
	m = s.match(/^([\w.$]+)\s*\+\s*(0x[0-9a-f]+|\d+)$/i);
	if (m && trace.symbols.length) {
		const symbol = trace.symbol(m[1]);
		return symbol
			? { type: "va", addr: (symbol.addr + Number(m[2])) >>> 0 }
			: error(
					`no symbol of the kernel is called “${m[1]}”`,
					alike(
						m[1],
						trace.symbols.map((x) => x.name),
					).map((name) => name + "+" + m[2]),
				);
	}
	return { type: "text", text: s };
}

/**
 * Numbers without what stands between groups of digits: what the page prints there, a comma, what
 * `also` says.
 */
const ungrouped = (s, also = "") =>
	s.replace(RegExp(`(\\d)[\u00a0\u2007-\u200a\u202f,${also}](?=\\d{3}(?!\\d))`, "g"), "$1");

const error = (message, near = []) => ({ type: "error", message, near });

function framed(pfn, trace) {
	return pfn < trace.frames
		? { type: "pfn", pfn }
		: error(`frame 0x${pfn.toString(16)} is past the last, ${hex(trace.frames - 1)}`, [
				`pfn ${(trace.frames - 1).toString(16)}`,
			]);
}

/**
 * Up to three of the names that share most pairs of letters with what was typed, and at least so
 * large a part of them.
 */
export function alike(text, names, least = 0.5) {
	const pairs = (s) =>
			new Set(Array.from({ length: Math.max(0, s.length - 1) }, (_, x) => s.slice(x, x + 2))),
		want = pairs(text.toLowerCase());
	return [...new Set(names)]
		.filter(Boolean)
		.map((name) => {
			const has = pairs(name.toLowerCase());
			return [
				name,
				(2 * [...want].filter((p) => has.has(p)).length) / (want.size + has.size || 1),
			];
		})
		.filter(([, share]) => share >= least)
		.sort((x, y) => y[1] - x[1])
		.slice(0, 3)
		.map(([name]) => name);
}

/**
 * What a site: filter may ask for: the functions at the call sites, inlined ones too, and the
 * operations of vmalloc.
 */
export const callers = (trace) => [
	...trace.sites.func.flatMap((f, x) =>
		x && f ? [f, ...(trace.sites.inlined[x] ?? "").split("<")] : [],
	),
	...Object.values(trace.kinds.values.vm_op ?? {}),
];

/**
 * A bit for each event made in an operation (vmalloc, ioremap, vfree ...) of such a name: an
 * allocation's recorded
 * site is the caller of the operation.  Null if no operation is called so.
 */
function madeIn(trace, name) {
	const { k } = trace,
		{ vmalloc_enter: begin, vfree_enter: giveBack } = trace.col,
		ops = trace.kinds.values.vm_op ?? {},
		want = new Set(
			Object.keys(ops)
				.filter((v) => ops[v].includes(name))
				.map(Number),
		);
	if (!want.size) return null;
	const [enter, exit, free, freed] = [
			"vmalloc_enter",
			"vmalloc_exit",
			"vfree_enter",
			"vfree_exit",
		].map((x) => trace.kinds.id(x)),
		bits = new Uint8Array((trace.n >> 3) + 1);
	let inside = 0; // 1: one that maps, 2: one that unmaps, as it also does within the other
	for (let i = 0; i < trace.n; i++) {
		const x = k[i];
		if (x === enter) inside = want.has(begin.op(i)) ? 1 : 0;
		else if (x === free) inside = (inside & 1) | (want.has(giveBack.op(i)) ? 2 : 0);
		if (inside && x) bits[i >> 3] |= 1 << (i & 7);
		if (x === exit) inside = 0;
		else if (x === freed) inside &= 1;
	}
	return bits;
}

const without = (col) => error(`the ${LEAVABLE[col].name} were left out when the trace was loaded`);

const SAY = {
	":": "",
	"=": "",
	"!=": "other than ",
	">=": "at least ",
	"<=": "at most ",
	">": "above ",
	"<": "below ",
};

/**
 * Where a filter matches nothing: for each of its conditions the event nearest to i for which it
 * holds
 * alone, or if there is none those of the next smaller and the next larger value, or of the same
 * group.
 * [{i, why}]
 */
export function nearest(trace, q, i) {
	const out = [],
		next = (test) =>
			findEvents(trace, test, i + 1, trace.n, 1)[0] ??
			findEvents(trace, test, 0, i + 1, 1)[0];
	for (const t of q.terms.slice(0, 4)) {
		const alone = q.terms.length > 1 ? next(t.test) : undefined;
		if (alone !== undefined) out.push({ i: alone, why: `${t.words} alone` });
		else if (t.value) {
			const side = {};
			for (let j = 0; j < trace.n; j++) {
				const v = t.value(j),
					s = side[v < t.want];
				if (Number.isNaN(v) || (v === NONE && t.want !== NONE)) continue;
				const d = Math.abs(v - t.want);
				if (!s || d < s.d || (d === s.d && Math.abs(j - i) < Math.abs(s.i - i)))
					side[v < t.want] = { i: j, d, v };
			}
			const near = [side.true, side.false].filter(Boolean);
			if (!t.exact) near.sort((x, y) => x.d - y.d).splice(1);
			for (const s of near)
				out.push({ i: s.i, why: `the nearest ${t.name}, ${t.shown(s.v)}` });
		} else if (t.like) {
			const j = next(t.like);
			if (j !== undefined) out.push({ i: j, why: `the nearest of ${t.likeness}` });
		}
	}
	return out;
}

const HEX = new Set(["pfn", "addr", "pa", "entry", "ip", "hash"]);

/**
 * kind:pte_set group:paging zone:Normal order>=4 site:vmalloc pfn=3ffe addr=c4800000: a frame or an
 * address is
 * looked for in all that an event speaks of: its block, its area, its page, its slot.
 */
function filter(text, trace) {
	const tests = [],
		words = [],
		terms = [];
	const kindsMatching = (pred) => {
		const ok = new Uint8Array(256);
		trace.kinds.byId.forEach((k, id) => {
			if (k && pred(k)) ok[id] = 1;
		});
		return ok;
	};
	for (const term of text.split(/\s+/)) {
		const instead = (message, list = []) =>
			error(
				message,
				list.map((x) => text.replace(term, () => x)),
			);
		const m = term.match(/^(\w+)(:|!=|>=|<=|=|>|<)(.+)$/);
		if (!m)
			return error(
				`“${term}” is not understood: write field:value, such as kind:pte_set or order>=3`,
			);
		const [, given, cmp, value] = m,
			name = given.toLowerCase(),
			raw = name === "site" ? value : value.toLowerCase();
		words.push(term);
		if (name === "kind" || name === "group") {
			const ok = kindsMatching((k) =>
				name === "kind" ? k.name === raw || k.name.includes(raw) : k.group === raw,
			);
			if (!ok.includes(1))
				return instead(
					`no ${name} of event matches “${value}”`,
					alike(
						raw,
						trace.kinds.byId.map((k) => k?.[name === "kind" ? "name" : "group"]),
						0,
					).map((x) => `${name}:${x}`),
				);
			const not = cmp === "!=" ? 1 : 0;
			tests.push((i) => ok[trace.k[i]] !== not);
			const groups = new Set(trace.kinds.byId.filter((k, id) => ok[id]).map((k) => k.group));
			terms.push({
				say: `${name} ${not ? "other than " : ""}${raw}`,
				like: (i) => groups.has(trace.kind(i)?.group),
				likeness: `group:${[...groups].join(", ")}`,
			});
			continue;
		}
		if (name === "site") {
			if (trace.left.has("s")) return without("s");
			const ok = new Set();
			trace.sites.func.forEach((f, x) => {
				if (x && (f.includes(raw) || trace.sites.inlined[x]?.includes(raw))) ok.add(x);
			});
			const bits = madeIn(trace, raw),
				sited = trace.kinds.byId.map((k) => k?.fields.some((f) => f.meaning === "site"));
			if (!ok.size && !bits)
				return instead(
					`no call site matches “${value}”`,
					alike(raw, callers(trace), 0).map((x) => `site:${x}`),
				);
			tests.push(
				(i) =>
					(ok.has(trace.siteOf(i)) ||
						(bits !== null &&
							((bits[i >> 3] >> (i & 7)) & 1) === 1 &&
							sited[trace.k[i]] === true)) ===
					(cmp !== "!="),
			);
			terms.push({ say: `${cmp === "!=" ? "not " : ""}called from ${raw}` });
			continue;
		}
		const col = new Array(256).fill(null);
		let meaning = "";
		trace.kinds.byId.forEach((k, id) => {
			if (!k || k.cls !== "ev") return;
			const f = k.fields.find(
				(x) =>
					x.name === name ||
					((name === "frame" || name === "pfn") && x.meaning === "pfn") ||
					(name === "addr" && x.meaning === "addr"),
			);
			if (f) {
				col[id] = f.col;
				meaning = f.meaning;
			}
		});
		if (!meaning)
			return instead(
				`no event has a field “${name}”`,
				alike(
					name,
					[
						"kind",
						"group",
						"site",
						"addr",
						...trace.kinds.byId.flatMap((k) =>
							k?.cls === "ev" ? k.fields.map((f) => f.name) : [],
						),
					],
					0.2,
				).map((x) => x + cmp + raw),
			);
		let want = Number(raw);
		if (name === "zone")
			want = trace.zones.find((z) => z.name.toLowerCase() === raw)?.id ?? want;
		else if (HEX.has(meaning)) want = /^(0x)?[0-9a-f]+$/.test(raw) ? parseInt(raw, 16) : NaN;
		if (Number.isNaN(want))
			return instead(
				`“${value}” is not a value of ${name}`,
				name === "zone" ? trace.zones.map((z) => "zone:" + z.name) : [],
			);
		if (col.some((c) => trace.left.has(c))) return without("s");
		const is = cmp !== "!=",
			every = is && (name === "frame" || name === "pfn" || name === "addr");
		const holds =
			is && SAY[cmp]
				? null
				: meaning === "pfn" && want !== NONE
					? touchesFrame(trace, want)
					: meaning === "addr"
						? touches(trace, want, want + 1)
						: null;
		const compare =
			{
				"!=": (v) => v !== want,
				">=": (v) => v >= want,
				"<=": (v) => v <= want,
				">": (v) => v > want,
				"<": (v) => v < want,
			}[cmp] ?? ((v) => v === want);
		if (meaning === "pfn" && !SAY[cmp] && want >= trace.frames && want !== NONE)
			return framed(want, trace);
		if (holds) tests.push((i) => holds(i) === is && (every || col[trace.k[i]] !== null));
		else
			tests.push(
				(i) => col[trace.k[i]] !== null && compare(trace.column(col[trace.k[i]], i)),
			);
		const shown =
			name === "zone"
				? (v) => trace.zone(v)?.name ?? String(v)
				: ({ pfn: hex, addr, pa: addr, entry: hex }[meaning] ?? String);
		terms.push({
			say: `${name} ${SAY[cmp]}${shown(want)}`,
			name,
			want,
			shown,
			exact: !SAY[cmp],
			value: (i) => {
				const c = col[trace.k[i]];
				return c === null ? NaN : trace.column(c, i);
			},
		});
	}
	return {
		type: "filter",
		words: words.join(" "),
		say: terms.map((t) => t.say).join(" and "),
		terms: terms.map((t, x) => ({ ...t, words: words[x], test: tests[x] })),
		test: (i) => tests.every((t) => t(i)),
	};
}

/** Event numbers in [from, to) for which test holds; stops after `most`. */
export function findEvents(trace, test, from = 0, to = trace.n, most = Infinity) {
	let out = new Uint32Array(1024),
		n = 0;
	for (let i = from; i < to && n < most; i++) {
		if (!test(i)) continue;
		if (n === out.length) {
			const more = new Uint32Array(n * 2);
			more.set(out);
			out = more;
		}
		out[n++] = i;
	}
	return out.subarray(0, n);
}

/**
 * A test for every event that touches one of n frames: its block handed out, freed, split, merged,
 * mapped.
 */
export function touchesFrame(trace, pfn, n = 1) {
	const end = pfn + n,
		within = (entry) => entry & 1 && entry >>> 12 >= pfn && entry >>> 12 < end,
		{ k, byId } = trace,
		{ op } = trace.kinds,
		// kinds that name one frame
		named = trace.kinds.byId.map((kind, id) => {
			const f = kind?.cls === "ev" && kind.fields.find((x) => x.meaning === "pfn");
			return f ? byId[id][f.name] : null;
		}),
		block = (first, order) => first < end && pfn < first + 2 ** order;
	return (i) => {
		const e = byId[k[i]];
		switch (op[k[i]]) {
			case OP.mm_page_alloc:
			case OP.mm_page_free:
			case OP.buddy_split:
			case OP.buddy_split_low:
			case OP.slab_grow:
			case OP.slab_destroy:
				return e.pfn(i) !== NONE && block(e.pfn(i), e.order(i));
			case OP.buddy_merge:
				return block(e.pfn(i), e.order(i) + 1);
			case OP.pte_set:
				return within(e.pte(i)) || within(e.old(i));
			case OP.pte_clear:
				return within(e.old(i));
			case OP.pde_set:
				return !(e.pde(i) & 0x80) && within(e.pde(i));
			case OP.reserve_bootmem:
			case OP.free_boot_range:
				return e.start_pfn(i) < end && pfn < e.start_pfn(i) + e.nr_pages(i);
			case OP.page_clear_reserved:
				return e.pfn(i) < end && pfn < e.pfn(i) + e.nr_pages(i);
			default: {
				const frame = named[k[i]]?.(i) ?? -1;
				return frame >= pfn && frame < end;
			}
		}
	};
}

const PAGE = 4096,
	SLOT = 4194304,
	pages = (e, i) => e.nr_pages(i) * PAGE,
	granted = (e, i) => e.ptr(i) && e.bytes_alloc(i);
/** How far what an event names reaches from its address on, where that is not the page: bytes. */
const REACH = {
	pde_set: () => SLOT,
	pde_clear: () => SLOT,
	pde_clear_range: (e, i) => e.nr(i) * SLOT,
	pte_range_set: (e, i) => e.nr(i) * (e.large(i) ? SLOT : PAGE),
	// where nothing was copied it is about the page only
	vmalloc_fault: (e, i) => (e.outcome(i) ? PAGE : SLOT),
	alloc_vmap_area: (e, i) => (e.failed(i) ? 0 : e.size(i)),
	free_vmap_area: (e, i) => e.size(i),
	vmalloc_exit: pages,
	vfree_exit: pages,
	tlb_flush: (e, i) => (e.pages(i) === NONE ? 0 : e.pages(i) * PAGE),
	kmalloc: granted,
	kmem_cache_alloc: granted,
	kfree: () => 1,
	kmem_cache_free: () => 1,
};

/**
 * A test for every event about linear addresses in [from, to): mapped, unmapped, their area,
 * objects, faults, accesses, probes.
 */
export function touches(trace, from, to) {
	const { k, byId } = trace,
		at = new Array(256).fill(null),
		reach = new Array(256).fill(null),
		exact = new Uint8Array(256);
	trace.kinds.byId.forEach((kind, id) => {
		const f = kind?.cls === "ev" && kind.fields.find((x) => x.meaning === "addr");
		if (!f) return;
		at[id] = byId[id][f.name];
		reach[id] = REACH[kind.name] ?? null;
		exact[id] = kind.group === "slab" ? 1 : 0;
	});
	return (i) => {
		const x = k[i];
		if (!at[x]) return false;
		const size = reach[x] ? reach[x](byId[x], i) : PAGE,
			va = at[x](i),
			first = exact[x] ? va : (va & (size === SLOT ? -SLOT : -PAGE)) >>> 0;
		return first < to && first + size > from;
	};
}
/** The same of the page va lies in. */
export function touchesPage(trace, va) {
	const page = (va & -PAGE) >>> 0;
	return touches(trace, page, page + PAGE);
}

/** What a kind of region is for; the kernel's own name of it stands beside. */
export const REGIONS = {
	user: () => "user addresses, private to each address space",
	"linear map": (trace) =>
		`low memory in a straight line: address minus ${addr(trace.layout.page_offset)} is the physical address`,
	vmalloc: () => "pages mapped one by one, wherever their frames are",
	kmap: () => "a window of 1,024 pages onto high memory",
	fixmap: () => "addresses fixed when the kernel was compiled",
	"page tables": () => "the page tables, through the slot that maps the directory itself",
	devices: () => "memory and registers of devices",
	other: () => "mapped page by page",
};

/** Where a linear address lies: {name, kind, what}. */
export function region(trace, va) {
	const r = trace.regionAt(va);
	if (r) return { name: r.name, kind: r.kind, what: REGIONS[r.kind]?.(trace) ?? "" };
	const below = trace.regions.filter((x) => x.to <= va).at(-1),
		above = trace.regions.find((x) => x.from > va);
	return below?.kind === "linear map" && above?.kind === "vmalloc"
		? {
				name: "gap",
				kind: "",
				what: "left unmapped to catch what runs past the linear map",
			}
		: { name: "no region", kind: "", what: "the kernel has no name for these addresses" };
}

/**
 * The answer to "where does this address lead at event i": the walk of the
 * directory in use and of the reference directory, the frame and who has it.
 */
export function translate(model, va, i) {
	const m = model.at(i),
		{ trace } = model;
	const walk = m.walk(va),
		ref =
			trace.says("reference directory") && m.curPgd !== m.refPgd
				? m.walk(va, m.refPgd)
				: walk;
	const out = {
		addr: va,
		i,
		walk,
		ref,
		region: region(trace, va),
		symbol: symbolText(trace, va),
		area: m.areaAt(va),
		pfn: -1,
		owner: "",
		since: -1,
	};
	if (out.area) out.guard = va >= out.area.addr + out.area.size - 4096;
	const use = walk.ok ? walk : null;
	if (use) {
		out.pfn = use.pa >>> 12;
		out.since = use.large ? use.pdeSince : use.pteSince;
		out.owner = out.pfn < m.frames ? OWNERS[m.meta[out.pfn] >> 4] : "no RAM";
	}
	return out;
}

/** In words: the first line of the walk panel and of the search's answer. */
export function translateText(x) {
	if (x.walk.ok)
		return `${addr(x.addr)}${x.symbol ? ` (${x.symbol})` : ""} leads to physical ${addr(x.walk.pa)}, frame ${hex(x.pfn)} (${x.owner}).`;
	if (x.walk.pgd === NONE)
		return `${addr(x.addr)} is unknown: events are missing, and none since has told which directory is in use.`;
	if (x.walk.unknown)
		return `${addr(x.addr)} is unknown: no event has told this entry of its ${x.walk.why === "pde" ? "directory" : "page table"}.`;
	if (x.guard)
		return `${addr(x.addr)} is the guard page of the area at ${addr(x.area.addr)}: unmapped on purpose, touching it faults.`;
	if (x.area && !x.ref.ok)
		return `${addr(x.addr)} is in the area at ${addr(x.area.addr)}, reserved but not mapped: touching it faults.`;
	if (x.ref.ok)
		return `${addr(x.addr)} has no entry in the directory in use; the reference directory maps it to ${addr(x.ref.pa)}: the first access faults and copies the slot.`;
	return `${addr(x.addr)} is not mapped (${x.walk.why === "pde" ? "its directory slot is empty" : "its page-table entry is empty"}): touching it faults.`;
}

/**
 * The events that touch va's page in the address space of directory pgd as it is at event i: of a
 * process's page those alone by which that directory leads to it, and what was done while it was
 * in use. Of a frame that was another directory before, or is one later, only this life counts.
 */
export function spaceEvents(trace, va, pgd, i) {
	const { k, byId } = trace,
		{ op } = trace.kinds,
		test = touchesPage(trace, va),
		kernel = va >= trace.layout.page_offset,
		slot = va >>> 22,
		at = pgd + slot * 4,
		index = (va >>> 12) & 1023,
		stores = (pa, nr, entry) => entry >= pa && entry < pa + 4 * nr;
	if (kernel || pgd === NONE) return findEvents(trace, test);
	let out = [],
		table = -1, // the frame that the slot leads to
		cr3 = trace.layout.swapper_pg_dir;
	const before = new Map(); // frame -> stores into the entry while the slot does not lead there
	const lead = (j, pde) => {
		table = pde & 1 && !(pde & 0x80) ? pde >>> 12 : -1;
		out.push(...(before.get(table) ?? []), j);
		before.delete(table);
	};
	const store = (j, pa, nr) => {
		const entry = (pa & 0xfffff000) + index * 4,
			frame = pa >>> 12;
		if (!stores(pa, nr, entry)) return;
		if (frame === table) out.push(j);
		else if (before.has(frame)) before.get(frame).push(j);
		else before.set(frame, [j]);
	};
	for (let j = 0; j < trace.n; j++) {
		const e = byId[k[j]];
		switch (op[k[j]]) {
			case OP.pgd_alloc:
			case OP.pgd_free:
				if (e.pgd(j) !== pgd) break;
				if (j > i) return Uint32Array.from(out.sort((x, y) => x - y));
				out = [];
				table = -1;
				break;
			case OP.pte_alloc:
				before.delete(e.table(j) >>> 12);
				break;
			case OP.switch_mm:
				cr3 = e.pgd(j);
				break;
			case OP.pde_set:
				if (e.entry_pa(j) === at) lead(j, e.pde(j));
				break;
			case OP.pde_clear:
				if (e.entry_pa(j) === at) lead(j, 0);
				break;
			case OP.pde_clear_range:
				if (stores(e.entry_pa(j), e.nr(j), at)) lead(j, 0);
				break;
			case OP.pte_range_set:
				if (!e.large(j)) store(j, e.entry_pa(j), e.nr(j));
				else if (stores(e.entry_pa(j), e.nr(j), at)) lead(j, 0);
				break;
			case OP.pte_set:
			case OP.pte_clear:
				store(j, e.entry_pa(j), 1);
				break;
			case OP.vmalloc_fault:
				break;
			case OP.mmu_probe:
				if (e.cr3(j) >>> 12 === pgd >>> 12 && test(j)) out.push(j);
				break;
			default:
				if (cr3 === pgd && test(j)) out.push(j);
		}
	}
	return Uint32Array.from(out.sort((x, y) => x - y));
}

/**
 * The life of the page va lies in, around event i: {since: it is as it is, was: {pfn,
 * from, to} where it led
 * before, next: {i, pfn}: it is mapped, or if it is mapped: changed}; -1 and null where the trace
 * does not tell.
 */
export function pageLife({ trace }, x) {
	const { k } = trace,
		{ pte_set: pteSet } = trace.col,
		page = x.addr & -PAGE,
		set = trace.kinds.id("pte_set"),
		clear = trace.kinds.id("pte_clear"),
		large = trace.kinds.id("pte_range_set"),
		out = { since: x.since, was: null, next: null };
	const kernel = x.addr >= trace.layout.page_offset,
		mine = kernel ? null : new Set(spaceEvents(trace, x.addr, x.walk.pgd, x.i)),
		own = (j) =>
			(k[j] === set || k[j] === clear) &&
			(mine ? mine.has(j) : (trace.of(j).addr(j) & -PAGE) === page);
	if (!x.walk.ok)
		out.since = Math.max(-1, x.ref.why === "pte" ? x.ref.pteSince : x.walk.pdeSince);
	if (x.walk.large) return out;
	for (let j = x.walk.ok || out.since >= 0 ? out.since : x.i; j >= 0; j--) {
		if (!own(j)) continue;
		if (out.was && k[j] === set && pteSet.pte(j) & 1) {
			out.was.from = j;
			break;
		}
		const old = trace.of(j).old(j);
		if (!out.was && old & 1) out.was = { pfn: old >>> 12, from: -1, to: j };
	}
	if (out.since < 0 && out.was) out.since = out.was.to;
	const touch = touchesPage(trace, x.addr),
		covers = (j) => touch(j) && (!mine || mine.has(j));
	for (let j = x.i + 1; j < trace.n && !out.next; j++) {
		const mapped = k[j] === set && pteSet.pte(j) & 1;
		if (x.walk.ok ? own(j) : (mapped && own(j)) || (k[j] === large && covers(j)))
			out.next = { i: j, pfn: mapped ? pteSet.pte(j) >>> 12 : -1 };
	}
	return out;
}

/** What is known of a frame at event i. */
export function frameInfo(model, pfn, i) {
	const m = model.at(i),
		owner = m.meta[pfn] >> 4,
		since = m.since[pfn],
		block = m.blockOf(pfn);
	const zone = model.trace.zoneOf(pfn);
	const out = {
		pfn,
		i,
		owner,
		ownerName: OWNERS[owner],
		since,
		block,
		zone,
		mappings: m.mappings(pfn),
	};
	if (owner === FREE) {
		const head = block.pfn;
		let at = 0;
		if (zone)
			for (
				let p = m.heads[zone.id * m.orders + block.order];
				p >= 0 && p !== head;
				p = m.next[p]
			)
				at++;
		out.position = at;
	}
	const base = zone ? zone.start : 0;
	if (block.order < m.orders - 1) out.buddy = base + ((block.pfn - base) ^ (1 << block.order));
	return out;
}

/**
 * Blocks handed out after event `from` (exclusive) and still held at event `to`, grouped by call
 * site.
 */
export function liveSince(model, from, to) {
	const m = model.at(to),
		{ trace } = model,
		sites = new Map();
	for (let p = 0; p < m.frames; p++) {
		const owner = m.meta[p] >> 4,
			order = m.meta[p] & 15;
		if (
			owner === FREE ||
			owner === RESERVED ||
			owner === UNKNOWN ||
			order === TAIL ||
			m.since[p] <= from
		)
			continue;
		const since = m.since[p],
			s = trace.kindName(since) === "mm_page_alloc" ? trace.siteOf(since) : 0;
		let row = sites.get(s);
		if (!row) sites.set(s, (row = { site: s, blocks: 0, pages: 0, first: since, list: [] }));
		row.blocks++;
		row.pages += 1 << order;
		row.first = Math.min(row.first, since);
		if (row.list.length < 200) row.list.push({ pfn: p, order, since, owner });
	}
	return [...sites.values()].sort((x, y) => y.pages - x.pages);
}

/** Per call site: allocations, frees seen, pages; over events [from, to). */
export function bySite(trace, from, to) {
	const alloc = trace.kinds.id("mm_page_alloc"),
		{ mm_page_alloc: request } = trace.col,
		rows = new Map();
	for (let i = from; i < to; i++) {
		if (trace.k[i] !== alloc) continue;
		const s = request.call_site(i),
			order = request.order(i);
		let row = rows.get(s);
		if (!row)
			rows.set(
				s,
				(row = {
					site: s,
					calls: 0,
					failed: 0,
					pages: 0,
					orders: new Uint32Array(trace.orders),
				}),
			);
		if (request.pfn(i) === NONE) row.failed++;
		else {
			row.calls++;
			row.pages += 1 << order;
			row.orders[order]++;
		}
	}
	return [...rows.values()].sort((x, y) => y.pages - x.pages);
}

/** Was the trace made by the simulator, whose ticks are its own? */
export const ofSimulator = (trace) =>
	!trace.clock.sba && (trace.machine.flags ?? []).includes("simulator");

/** Is the trace of this project's kernel, run by its script, which records what it ran? */
const ofOurRun = ({ header }) => !!header.machine?.build_id && !!header.replay?.files?.kernel;

/**
 * The Bochs commands that bring the machine back to event i, and what to expect there;
 * null if the ticks were left out or are not those of Bochs. A trace of the simulator has none
 * either, but a new run of its scenario has.
 * sba takes plain numbers, at most five at a time, and no past ticks: hence a restart.
 */
export function stopHere(model, i, va) {
	const { trace } = model;
	if (trace.left.has("t")) return null;
	const t = Math.round(trace.t[i]),
		simulated = ofSimulator(trace),
		ours = ofOurRun(trace);
	if (simulated) return { t, simulated, make: "make run", command: "", lines: [], expect: [] };
	if (!trace.clock.sba) return null;
	const cmd = (
		trace.header.replay?.cmd ?? ["bochs", "-q", "-f", "bochsrc", "-rc", "stop.rc"]
	).map(String);
	const lines = [`sba ${t}`, "c"],
		expect = [];
	if (va !== undefined && va !== null) {
		const w = model.at(i).walk(va);
		lines.push(`page ${addr(va)}`);
		// as Bochs for 64 bits, which is what Debian has, writes it
		const page = hex(va & ~4095, 16);
		expect.push(
			w.ok
				? `linear page ${page} maps to physical page ${hex(w.pa & ~4095, 12)}`
				: `physical address not available for linear ${page}`,
		);
	}
	lines.push("info tab", "print-stack 8");
	// The run script knows the machine, the plugin and the image of that run; the lines are for a
	// prompt already open.
	// Without the plugin the ticks of its machine are not this trace's, so there is no such line,
	// and a kernel that is not ours is not what it would boot.
	const rerun = ours && (trace.header.machine.flags ?? []).includes("doorbell");
	const make = rerun ? `make at TICK=${t} ${trace.header.replay?.rerun ?? ""}`.trim() : "";
	return { t, simulated, make, command: ours ? cmd.join(" ") : "", lines, expect };
}

/** Zones a request may be served from, the preferred one first: 2.4.22's zonelists. */
export function zonesFor(trace, gfp) {
	const ids = gfp & 1 ? [0] : gfp & 2 ? [2, 1, 0] : [1, 0];
	return ids.map((id) => trace.zone(id)).filter(Boolean);
}

/** Stretches of neighbouring frames behind an area, upwards or downwards: 1 means contiguous. */
export function frameRuns(machine, area) {
	let runs = 0,
		last = -9,
		step = 0;
	for (let at = area.addr; at < area.addr + area.size; at += 4096) {
		const w = machine.walk(at, machine.refPgd);
		if (!w.ok) continue;
		const pfn = w.pa >>> 12,
			d = pfn - last;
		if ((d === 1 || d === -1) && (step === 0 || step === d)) step = d;
		else {
			runs++;
			step = 0;
		}
		last = pfn;
	}
	return runs;
}

/**
 * What the MMU said of the page of va, at or before event i: {i, agree}; where it was not asked
 * since the page is mapped so, {next}: the next event in which it is asked about the page, or -1.
 * Only what it read in the directory in use counts: another one is another address space.
 */
export function mmuSays(model, va, i) {
	const { trace, hazards } = model,
		{ mmu_probe: probe } = trace.col,
		m = model.at(i),
		list = (hazards.answers.get(va >>> 12) ?? []).filter(
			(x) => probe.cr3(x) >>> 12 === m.curPgd >>> 12,
		),
		n = upper(list, list.length, i),
		w = m.walk(va);
	// an older mapping is another matter
	if (!n || list[n - 1] < Math.max(w.pteSince, w.pdeSince)) return { next: list[n] ?? -1 };
	const at = list[n - 1],
		ok = probe.ok(at) === 1;
	return { i: at, agree: ok === w.ok && (!ok || probe.phys(at) >>> 12 === w.pa >>> 12) };
}

/** What the frames are used for, in two sentences. */
function framesText(m, trace, total) {
	const best = Math.max(-1, ...trace.zones.map((z) => m.largest(z.id))),
		use = new Map();
	for (let p = 0; p < m.frames; p++) use.set(m.meta[p] >> 4, (use.get(m.meta[p] >> 4) ?? 0) + 1);
	const unknown = use.get(UNKNOWN) ?? 0,
		largest =
			best < 0
				? " No block is on a free list."
				: ` The largest free block is of order ${best}, ${bytes(4096 * 2 ** best)}: no request for more in a row could be served.`;
	return [
		`${m.freePages()} of ${total} frames are ${unknown ? "known to be " : ""}free: ${trace.zones.map((z) => `${m.zoneFree[z.id]} in zone ${z.name}`).join(", ")}.${trace.single ? "" : largest}${unknown ? ` Of ${unknown} no event has told yet.` : ""}`,
		`Of the frames in use ${
			[...use]
				.filter(([c]) => c > RESERVED && c < 8)
				.map(([c, n]) => `${n} ${n === 1 ? "is" : "are"} ${OWNERS[c]}`)
				.join(", ") || "none is known"
		}${use.get(RESERVED) ? `; ${use.get(RESERVED)} are reserved and never handed out` : ""}.`,
	];
}

/** What is on the screen at event i, in a few sentences. */
export function explain(model, i, va) {
	const m = model.at(i),
		{ trace } = model,
		out = [],
		total = trace.zones.reduce((s, z) => s + z.n, 0);
	if (!trace.watched) out.push(...framesText(m, trace, total));
	const runs = m.areas.map((a) => frameRuns(m, a)),
		scattered = runs.filter((r) => r > 1).length;
	if (trace.hasRegion("vmalloc"))
		out.push(
			m.areas.length
				? `${m.areas.length} vmalloc ${m.areas.length === 1 ? "area holds" : "areas hold"} ${m.vmPages} pages; ${scattered} of them ${scattered === 1 ? "is" : "are"} made of frames that are not neighbours. Behind each lies a guard page.`
				: "No vmalloc area exists.",
		);
	if (va !== null && va !== undefined)
		out.push(
			`The walk shows ${addr(va)} in ${region(trace, va).kind || region(trace, va).name === "gap" ? `the ${region(trace, va).name} range` : "no region that the kernel names"}: ${translateText(translate(model, va, i)).replace(/^0x[0-9a-f]+ (\([^)]*\) )?/, "it ")}`,
		);
	if (m.curPgd !== m.refPgd && m.curPgd !== NONE)
		out.push(
			`A process's directory is in use (CR3 = ${addr(m.curPgd)}); the kernel edits the reference directory at ${addr(m.refPgd)}.`,
		);
	return out;
}
