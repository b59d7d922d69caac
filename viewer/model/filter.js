// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * filter.js - lists of events by condition: kind:pte_set order>=4 zone:Normal.
 */
import { addr, hex } from "./format.js";
import { NONE } from "./owners.js";
import { findEvents, touches, touchesFrame } from "./touches.js";
import { LEAVABLE } from "./trace.js";

export const error = (message, near = []) => ({ type: "error", message, near });

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

export const without = (col) =>
	error(`the ${LEAVABLE[col].name} were left out when the trace was loaded`);

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
export function filter(text, trace) {
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
