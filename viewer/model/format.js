// SPDX-License-Identifier: MIT
/*
 * format.js - numbers as people read them.  One spelling for each meaning, used by
 * every view, the narration and the exports.
 */
/** @import {Trace} from "./trace.js" */
/** @import {Area, FieldValue, Site} from "./types.js" */

/** @param {number} v */
export const hex = (v, digits = 1) => "0x" + (v >>> 0).toString(16).padStart(digits, "0");
/** @param {number} v */
export const addr = (v) => hex(v, 8);
/** @param {number} v */
export const count = (v) =>
	Math.round(v)
		.toString()
		.replace(/\B(?=(\d{3})+$)/g, "\u202f");
/**
 * @param {number} n
 * @param {string} one
 */
export const plural = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;

/** @param {number} v */
export function bytes(v) {
	if (v < 1024) return `${v} byte${v === 1 ? "" : "s"}`;
	const units = ["KiB", "MiB", "GiB", "TiB"];
	let u = -1;
	do {
		v /= 1024;
		u++;
	} while (v >= 1024 && u < 3);
	return `${Number.isInteger(v) ? v : v.toFixed(v < 10 ? 2 : 1)} ${units[u]}`;
}
/**
 * The size of a vmalloc area: what can be used of it. Each has a guard page, that of a device too.
 * @param {Area} area
 */
export const areaSize = (area) => `${bytes(area.size - 4096)} + guard`;
/** @param {number} o */
export const orderSize = (o) => bytes(4096 * 2 ** o);
/**
 * @param {number} ticks
 * @param {number} hz
 */
export function duration(ticks, hz) {
	if (!hz) return `${count(ticks)} ticks`;
	const s = ticks / hz;
	return s >= 1
		? `${s.toFixed(3)} s`
		: s >= 1e-3
			? `${(s * 1e3).toFixed(3)} ms`
			: `${(s * 1e6).toFixed(2)} µs`;
}

/** @type {[number, string][]} */
const GFP = [
	[0x01, "DMA"],
	[0x02, "HIGHMEM"],
	[0x10, "WAIT"],
	[0x20, "HIGH"],
	[0x40, "IO"],
	[0x80, "HIGHIO"],
	[0x100, "FS"],
];
/** @type {[number, string][]} */
const GFP_SETS = [
	[0x1f0, "GFP_KERNEL"],
	[0x1d0, "GFP_USER"],
	[0xf0, "GFP_NOFS"],
	[0x30, "GFP_NOIO"],
	[0x20, "GFP_ATOMIC"],
];
/** @param {number} v */
export function gfp(v) {
	for (const [set, name] of GFP_SETS) {
		if ((v & set) === set && (v & ~set & ~3) === 0) {
			return [name, v & 1 ? "DMA" : "", v & 2 ? "HIGHMEM" : ""].filter(Boolean).join(" | ");
		}
	}
	return (
		GFP.filter(([bit]) => v & bit)
			.map(([, name]) => name)
			.join(" | ") || "none"
	);
}

/**
 * Bits 0..11 of a PDE or PTE: [bit, letter, name, what it says].
 * @type {[number, string, string, string][]}
 */
export const ENTRY_BITS = [
	[0x001, "P", "present", "the entry is used; without it every access faults"],
	[0x002, "RW", "writable", "writes are allowed"],
	[0x004, "US", "user", "user mode may use it, as far as this level says"],
	[0x008, "WT", "write-through", "caching writes through"],
	[0x010, "CD", "cache disabled", "not cached: device memory"],
	[0x020, "A", "accessed", "has been used (Linux presets it)"],
	[0x040, "D", "dirty", "has been written (Linux presets it)"],
	[0x080, "PS", "4 MiB page", "in a directory entry: maps 4 MiB at once, no page table"],
	[0x100, "G", "global", "stays in the TLB when CR3 changes"],
];
/** @param {number} v */
export function entry(v) {
	if (!v) return "empty";
	const flags = ENTRY_BITS.filter(([bit]) => v & bit)
		.map(([, letter]) => letter)
		.join(" ");
	return `${addr(v)} (frame ${hex(v >>> 12)}, ${flags || "not present"})`;
}
/** @param {number} v */
export function errorCode(v) {
	return `${v & 4 ? "user" : "kernel"} mode ${v & 2 ? "write" : "read"}, ${v & 1 ? "protection violation" : "page not present"}`;
}
/** @param {Site | null} site */
export function siteText(site) {
	if (!site) return "unknown caller";
	return site.func ? site.func + "()" : addr(site.addr);
}

const siteNames = new WeakMap(); // the call sites of a trace -> their names
/**
 * The name of one call site among all: with its line, or its address, where others are in the same
 * function.
 * @param {Trace} trace
 * @param {number} index
 */
export function siteName(trace, index) {
	const { sites } = trace,
		{ func, line } = sites;
	let names = siteNames.get(sites);
	if (names?.length !== func.length) {
		const n = new Map(),
			add = (/** @type {string} */ key) => n.set(key, (n.get(key) ?? 0) + 1),
			at = (/** @type {number} */ x) => `${func[x]}:${line[x]}`;
		func.forEach((f, x) => {
			if (x && f) {
				add(f);
				add(at(x));
			}
		});
		siteNames.set(
			sites,
			(names = func.map(
				(f, x) =>
					siteText(trace.site(x)) +
					(n.get(f) > 1
						? line[x] && n.get(at(x)) === 1
							? ` line ${line[x]}`
							: ` at ${addr(sites.addr[x])}`
						: ""),
			)),
		);
	}
	return names[index] ?? siteText(null);
}

const LEFT_OUT = "left out when the trace was loaded";
/**
 * The tick of an event in words.
 * @param {Trace} trace
 * @param {number} i
 */
export const tick = (trace, i) =>
	trace.left.has("t") ? "tick " + LEFT_OUT : "tick " + count(trace.t[i]);

/**
 * Where in the kernel an address lies: name+0x10; "" if that is not known.
 * @param {Trace} trace
 * @param {number} va
 */
export function symbolText(trace, va) {
	const s = trace.symbolAt(va);
	return s ? s.name + (s.offset ? "+" + hex(s.offset) : "") : "";
}

/** Meanings of which a value has several at once, a bit each. */
const BITS = new Set(["run_flags", "machine", "vm_flags"]);

/**
 * A field's value in words, by the meaning events.def gives it.
 * @param {Trace} trace
 * @param {FieldValue} field
 */
export function value(trace, field) {
	const { meaning = "", value: v } = field;
	if (v === null && trace.left.has(field.col ?? "")) return LEFT_OUT;
	if (v === undefined || v === null) return "—";
	if (typeof v === "string") return v;
	if (Array.isArray(v)) return v.join(" ");
	const named = trace.kinds.values[meaning];
	if (BITS.has(meaning)) {
		const on = Object.entries(named ?? {})
			.filter(([bit]) => v & Number(bit))
			.map(([, text]) => text);
		return on.join(", ") || "none";
	}
	if (named) return named[v] ?? `unknown (${v})`;
	switch (meaning) {
		case "pfn":
			return v === 0xffffffff ? "none" : hex(v);
		case "addr":
		case "ip": {
			const name = symbolText(trace, v);
			return addr(v) + (name ? ` (${name})` : "");
		}
		case "pa":
			return v > 0xffffffff ? "0x" + v.toString(16) : addr(v);
		case "order":
			return `order ${v} (${orderSize(v)})`;
		case "zone":
			return trace.zone(v)?.name ?? String(v);
		case "gfp":
			return `${hex(v, 3)} ${gfp(v)}`;
		case "bytes":
			return v < 1024 ? bytes(v) : `${bytes(v)}`;
		case "pages":
			return v === 0xffffffff ? "all" : count(v);
		case "entry":
			return entry(v);
		case "errcode":
			return `${v}: ${errorCode(v)}`;
		case "site": {
			const s = trace.site(v);
			return s
				? siteText(s) +
						(s.file ? ` (${s.file}:${s.line})` : "") +
						(s.inlined ? `, inlined in ${s.inlined.replaceAll("<", " < ")}` : "")
				: "—";
		}
		case "bool":
			return v ? "yes" : "no";
		case "hash":
			return addr(v);
		case "hz":
			return v ? `${count(v)} Hz` : "not told";
		case "slot":
			return v === 0xffff ? "none" : String(v);
		case "count":
			return count(v);
		default:
			return String(v);
	}
}
