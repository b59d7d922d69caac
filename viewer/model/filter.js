// SPDX-License-Identifier: MIT
/*
 * filter.js - lists of events by condition: kind:pte_set order>=4 zone:Normal.
 */
import { addr, hex } from "./format.js";
import { NONE } from "./owners.js";
import { findEvents, touches, touchesFrame } from "./touches.js";
import { LEAVABLE } from "./trace.js";
/** @import {Trace} from "./trace.js" */
/** @import {Test} from "./types.js" */

/**
 * @param {string} message
 * @param {string[]} [near] what else might be typed
 * @returns {Wrong}
 */
export const error = (message, near = []) => ({ type: "error", message, near });

/**
 * @param {number} pfn
 * @param {Trace} trace
 * @returns {{type: "pfn", pfn: number} | Wrong}
 */
export function framed(pfn, trace) {
	return pfn < trace.frames
		? { type: "pfn", pfn }
		: error(`frame 0x${pfn.toString(16)} is past the last, ${hex(trace.frames - 1)}`, [
				`pfn ${(trace.frames - 1).toString(16)}`,
			]);
}

/**
 * Up to three of the names that share most pairs of letters with what was typed, and at least so
 * large a part of them.
 * @param {string} text
 * @param {(string | null | undefined)[]} names
 */
export function alike(text, names, least = 0.5) {
	const pairs = (/** @type {string} */ s) =>
			new Set(Array.from({ length: Math.max(0, s.length - 1) }, (_, x) => s.slice(x, x + 2))),
		want = pairs(text.toLowerCase());
	return [...new Set(names)]
		.filter((name) => !!name)
		.map((name) => {
			const has = pairs(String(name).toLowerCase()),
				both = [...want].filter((p) => has.has(p)).length;
			return { name: String(name), share: (2 * both) / (want.size + has.size || 1) };
		})
		.filter((x) => x.share >= least)
		.sort((x, y) => y.share - x.share)
		.slice(0, 3)
		.map((x) => x.name);
}

/**
 * What a site: filter may ask for: the functions at the call sites, inlined ones too, and the
 * operations of vmalloc.
 * @param {Trace} trace
 */
export const callers = (trace) => [
	...trace.sites.func.flatMap((f, x) =>
		x && f ? [f, ...(trace.sites.inlined[x] ?? "").split("<")] : [],
	),
	...Object.values(trace.kinds.values.vm_op ?? {}),
];

/**
 * A bit for each event made in an operation (vmalloc, ioremap, vfree ...) of such a name: an
 * allocation's recorded site is the caller of the operation. Null if no operation is called so.
 * @param {Trace} trace
 * @param {string} name
 */
function madeIn(trace, name) {
	const { k } = trace,
		{ vmalloc_enter: begin, vfree_enter: giveBack } = trace.col,
		/** @type {Record<string, string>} */
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

/** @param {string} col */
export const without = (col) =>
	error(`the ${LEAVABLE[col].name} were left out when the trace was loaded`);

/** @type {Record<string, string>} a sign in words */
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
 * holds alone, or if there is none those of the next smaller and the next larger value, or of the
 * same group.
 * @param {Trace} trace
 * @param {{terms: Term[]}} q
 * @param {number} i
 * @returns {{i: number, why: string}[]}
 */
export function nearest(trace, q, i) {
	const next = (/** @type {Test} */ test) =>
		findEvents(trace, test, i + 1, trace.n, 1)[0] ?? findEvents(trace, test, 0, i + 1, 1)[0];
	return q.terms.slice(0, 4).flatMap((t) => {
		const alone = q.terms.length > 1 ? next(t.test) : undefined;
		if (alone !== undefined) return [{ i: alone, why: `${t.words} alone` }];
		if (t.values) return nearestValues(trace, t.values, i);
		const like = t.like && next(t.like);
		return like === undefined ? [] : [{ i: like, why: `the nearest of ${t.likeness}` }];
	});
}
/**
 * The events nearest to i whose value is the next below and the next above what is wanted; of a
 * condition such as order>=4 the one of the two that lies closer.
 * @param {Trace} trace
 * @param {Values} values
 * @param {number} i
 */
function nearestValues(trace, { name, want, exact, shown, at }, i) {
	/** @type {Record<"below" | "above", {i: number, d: number, v: number} | null>} */
	const found = { below: null, above: null };
	for (let j = 0; j < trace.n; j++) {
		const v = at(j),
			side = v < want ? "below" : "above",
			old = found[side];
		if (Number.isNaN(v) || (v === NONE && want !== NONE)) continue;
		const d = Math.abs(v - want);
		if (!old || d < old.d || (d === old.d && Math.abs(j - i) < Math.abs(old.i - i)))
			found[side] = { i: j, d, v };
	}
	const near = [found.below, found.above].filter((x) => x !== null);
	if (!exact) near.sort((x, y) => x.d - y.d).splice(1);
	return near.map((x) => ({ i: x.i, why: `the nearest ${name}, ${shown(x.v)}` }));
}

const HEX = new Set(["pfn", "addr", "pa", "entry", "ip", "hash"]);

/**
 * A condition of a filter.
 * @typedef {object} Term
 * @property {string} say it in words
 * @property {string} words as it was typed
 * @property {Test} test
 * @property {Values} [values] of a field that is compared
 * @property {Test} [like] events of the same group
 * @property {string} [likeness] and what they are
 */
/**
 * The field that a condition compares: at an event, NaN if it has none.
 * @typedef {{name: string, want: number, exact: boolean, shown: (v: number) => string,
 * at: (i: number) => number}} Values
 */
/**
 * What is wrong with what was typed, and what else might be.
 * @typedef {{type: "error", message: string, near: string[]}} Wrong
 */
/**
 * A condition taken apart: the field's name, the sign, the value as typed, and in lower case.
 * @typedef {{words: string, name: string, cmp: string, value: string, raw: string}} Typed
 */
/** @typedef {{type: "filter", words: string, say: string, terms: Term[], test: Test}} Filter */

/**
 * kind:pte_set group:paging zone:Normal order>=4 site:vmalloc pfn=3ffe addr=c4800000: a frame or an
 * address is looked for in all that an event speaks of: its block, its area, its page, its slot.
 * @param {string} text
 * @param {Trace} trace
 * @returns {Filter | ReturnType<typeof framed>}
 */
export function filter(text, trace) {
	/** @type {Term[]} */
	const terms = [];
	for (const words of text.split(/\s+/)) {
		const m = words.match(/^(\w+)(:|!=|>=|<=|=|>|<)(.+)$/);
		if (!m)
			return error(
				`“${words}” is not understood: write field:value, such as kind:pte_set or order>=3`,
			);
		const [, given, cmp, value] = m,
			name = given.toLowerCase(),
			raw = name === "site" ? value : value.toLowerCase(),
			term = termOf(trace, { words, name, cmp, value, raw });
		if ("type" in term)
			return term.type === "error"
				? error(
						term.message,
						term.near.map((x) => text.replace(words, () => x)),
					)
				: term;
		terms.push(term);
	}
	return {
		type: "filter",
		words: terms.map((t) => t.words).join(" "),
		say: terms.map((t) => t.say).join(" and "),
		terms,
		test: (i) => terms.every((t) => t.test(i)),
	};
}

/**
 * One condition.
 * @param {Trace} trace
 * @param {Typed} typed
 */
function termOf(trace, typed) {
	const { name } = typed;
	if (name === "kind" || name === "group") return kindTerm(trace, typed);
	return name === "site" ? siteTerm(trace, typed) : fieldTerm(trace, typed);
}

/**
 * kind:pte_set, group:paging
 * @param {Trace} trace
 * @param {Typed} typed
 * @returns {Term | Wrong}
 */
function kindTerm(trace, { words, name, cmp, value, raw }) {
	const { byId } = trace.kinds,
		ok = byId.map(
			(k) =>
				k !== null &&
				(name === "kind" ? k.name === raw || k.name.includes(raw) : k.group === raw),
		),
		names = byId.map((k) => k?.[name === "kind" ? "name" : "group"]);
	if (!ok.includes(true))
		return error(
			`no ${name} of event matches “${value}”`,
			alike(raw, names, 0).map((x) => `${name}:${x}`),
		);
	const is = cmp !== "!=",
		groups = new Set(byId.filter((k, id) => ok[id]).map((k) => k?.group));
	return {
		words,
		say: `${name} ${is ? "" : "other than "}${raw}`,
		test: (i) => ok[trace.k[i]] === is,
		like: (i) => groups.has(trace.kind(i)?.group),
		likeness: `group:${[...groups].join(", ")}`,
	};
}

/**
 * site:vmalloc
 * @param {Trace} trace
 * @param {Typed} typed
 * @returns {Term | Wrong}
 */
function siteTerm(trace, { words, cmp, value, raw }) {
	if (trace.left.has("s")) return without("s");
	const ok = new Set();
	trace.sites.func.forEach((f, x) => {
		if (x && (f.includes(raw) || trace.sites.inlined[x]?.includes(raw))) ok.add(x);
	});
	const bits = madeIn(trace, raw),
		sited = trace.kinds.byId.map((k) => !!k?.fields.some((f) => f.meaning === "site"));
	if (!ok.size && !bits)
		return error(
			`no call site matches “${value}”`,
			alike(raw, callers(trace), 0).map((x) => `site:${x}`),
		);
	const is = cmp !== "!=";
	return {
		words,
		say: `${is ? "" : "not "}called from ${raw}`,
		test: (i) =>
			(ok.has(trace.siteOf(i)) ||
				(bits !== null && ((bits[i >> 3] >> (i & 7)) & 1) === 1 && sited[trace.k[i]])) ===
			is,
	};
}

/** @type {Record<string, (v: number, want: number) => boolean>} */
const COMPARE = {
	":": (v, want) => v === want,
	"=": (v, want) => v === want,
	"!=": (v, want) => v !== want,
	">=": (v, want) => v >= want,
	"<=": (v, want) => v <= want,
	">": (v, want) => v > want,
	"<": (v, want) => v < want,
};

/**
 * Where each kind of event has a field that is called so: its columns by id of the kind, and what
 * the field means ("": no kind has it).
 * @param {Trace} trace
 * @param {string} name
 */
function columnsOf(trace, name) {
	/** @type {(string | null)[]} */
	const columns = new Array(256).fill(null);
	let meaning = "";
	trace.kinds.byId.forEach((k, id) => {
		if (!k || k.cls !== "ev") return;
		const f = k.fields.find(
			(x) =>
				x.name === name ||
				((name === "frame" || name === "pfn") && x.meaning === "pfn") ||
				(name === "addr" && x.meaning === "addr"),
		);
		if (!f) return;
		columns[id] = f.col ?? null;
		meaning = f.meaning ?? "";
	});
	return { columns, meaning };
}

/**
 * The number that was typed as the value of a field; NaN: it is none.
 * @param {Trace} trace
 * @param {Typed} typed
 * @param {string} meaning
 */
function wanted(trace, { name, raw }, meaning) {
	if (name === "zone")
		return trace.zones.find((z) => z.name.toLowerCase() === raw)?.id ?? Number(raw);
	if (!HEX.has(meaning)) return Number(raw);
	return /^(0x)?[0-9a-f]+$/.test(raw) ? parseInt(raw, 16) : NaN;
}

/**
 * order>=4, zone:Normal, pfn=3ffe
 * @param {Trace} trace
 * @param {Typed} typed
 * @returns {Term | ReturnType<typeof framed>}
 */
function fieldTerm(trace, typed) {
	const { words, name, cmp, value } = typed,
		{ columns, meaning } = columnsOf(trace, name),
		want = wanted(trace, typed, meaning);
	if (!meaning) return unknownField(trace, typed);
	if (Number.isNaN(want))
		return error(
			`“${value}” is not a value of ${name}`,
			name === "zone" ? trace.zones.map((z) => "zone:" + z.name) : [],
		);
	if (columns.some((c) => c !== null && trace.left.has(c))) return without("s");
	if (meaning === "pfn" && !SAY[cmp] && want >= trace.frames && want !== NONE)
		return framed(want, trace);
	const shown =
			name === "zone"
				? (/** @type {number} */ v) => trace.zone(v)?.name ?? String(v)
				: (SHOWN[meaning] ?? String),
		at = (/** @type {number} */ i) => {
			const column = columns[trace.k[i]];
			return column === null ? NaN : trace.column(column, i);
		};
	return {
		words,
		say: `${name} ${SAY[cmp]}${shown(want)}`,
		test: fieldTest(trace, typed, meaning, want, columns),
		values: { name, want, shown, exact: !SAY[cmp], at },
	};
}
/** @type {Record<string, (v: number) => string>} how a value of such a meaning is written */
const SHOWN = { pfn: hex, addr, pa: addr, entry: hex };

/**
 * @param {Trace} trace
 * @param {Typed} typed
 * @param {string} meaning
 * @param {number} want
 * @param {(string | null)[]} columns
 * @returns {Test}
 */
function fieldTest(trace, { name, cmp }, meaning, want, columns) {
	const is = cmp !== "!=",
		has = (/** @type {number} */ i) => columns[trace.k[i]] !== null,
		about = !is || !SAY[cmp] ? speaksOf(trace, meaning, want) : null;
	if (!about) {
		const compare = COMPARE[cmp];
		return (i) => {
			const column = columns[trace.k[i]];
			return column !== null && compare(trace.column(column, i), want);
		};
	}
	const every = is && (name === "frame" || name === "pfn" || name === "addr");
	return (i) => about(i) === is && (every || has(i));
}
/**
 * A test for the events that speak of a frame or of an address; null for other fields.
 * @param {Trace} trace
 * @param {string} meaning
 * @param {number} want
 */
function speaksOf(trace, meaning, want) {
	if (meaning === "pfn" && want !== NONE) return touchesFrame(trace, want);
	return meaning === "addr" ? touches(trace, want, want + 1) : null;
}

/**
 * @param {Trace} trace
 * @param {Typed} typed
 */
function unknownField(trace, { name, cmp, raw }) {
	const fields = trace.kinds.byId.flatMap((k) =>
		k?.cls === "ev" ? k.fields.map((f) => f.name) : [],
	);
	return error(
		`no event has a field “${name}”`,
		alike(name, ["kind", "group", "site", "addr", ...fields], 0.2).map((x) => x + cmp + raw),
	);
}
