// SPDX-License-Identifier: MIT
/*
 * compare.js - two runs side by side: where they do the same, where not.
 *
 * Events are compared by kind, order, zone and calling function (a statement of the
 * scenario by its text), not by tick, frame or address, which differ between runs that
 * do the same.  Snapshots and the hardware's events are left out.
 */
import { upper } from "./trace.js";
/** @import {Trace} from "./trace.js" */

/** @param {string} s */
/**
 * The events that count: their numbers, what each does, and which of them are statements.
 * @typedef {{index: Uint32Array, sign: Uint32Array, steps: number[]}} Signatures
 * @param {string} s
 */
function hashText(s) {
	let h = 0x811c9dc5;
	for (let x = 0; x < s.length; x++) h = Math.imul(h ^ s.charCodeAt(x), 0x01000193);
	return h >>> 0;
}

/**
 * The events that count: {index: event numbers, sign: what each does}; sites: the callers are known
 * of both runs.
 * @param {Trace} trace
 */
export function signatures(trace, sites = true) {
	const kindHash = new Uint32Array(256),
		skip = new Uint8Array(256).fill(1),
		index = new Uint32Array(trace.n),
		sign = new Uint32Array(trace.n),
		steps = [],
		none = () => 0;
	/**
	 * By id, what reads a kind's first field of that meaning.
	 * @param {string} meaning
	 */
	const readers = (meaning) =>
		trace.kinds.byId.map((kind, id) => {
			const f = kind?.fields.find((x) => x.meaning === meaning);
			return (f && trace.byId[id][f.name]) || none;
		});
	trace.kinds.byId.forEach((k, id) => {
		if (!k) return;
		kindHash[id] = hashText(k.name);
		skip[id] =
			k.group === "hw" ||
			k.cls === "check" ||
			k.name === "trace_info" ||
			k.name === "run_files"
				? 1
				: 0;
	});
	const order = readers("order"),
		zone = readers("zone"),
		site = readers("site");
	const siteHash = (sites ? trace.sites.func : []).map((f) => (f ? hashText(f) : 0));
	let n = 0;
	for (let i = 0; i < trace.n; i++) {
		const k = trace.k[i];
		if (skip[k]) continue;
		let h =
			kindHash[k] ^
			Math.imul(order[k](i) + 1, 0x9e3779b1) ^
			Math.imul(zone[k](i) + 1, 0x85ebca6b) ^
			(siteHash[site[k](i)] ?? 0);
		if (k === trace.stepKind) {
			steps.push(n);
			h ^= hashText(String(trace.records.get(i)?.text ?? ""));
		}
		index[n] = i;
		sign[n++] = h >>> 0;
	}
	return { index: index.subarray(0, n), sign: sign.subarray(0, n), steps };
}

const RUN = 6,
	REACH = 600; // events that must agree to be in step again; how far that is looked for

/**
 * Further off: the next statement of the scenario that both runs come to.
 * @param {Signatures} A
 * @param {Signatures} B
 * @param {number} i
 * @param {number} j
 */
function nextStatement(A, B, i, j) {
	/** @type {[number, number] | null} */
	let best = null;
	for (const x of A.steps) {
		if (x < i) continue;
		if (best && x - i >= best[0] - i + best[1] - j) break;
		const y = B.steps.find((q) => q >= j && B.sign[q] === A.sign[x]);
		if (y !== undefined && (!best || x + y < best[0] + best[1])) best = [x, y];
	}
	return best;
}

/**
 * @param {Uint32Array} a
 * @param {Uint32Array} b
 * @param {number} i
 * @param {number} j
 * @returns {[number, number] | null}
 */
function resync(a, b, i, j) {
	/**
	 * @param {number} x
	 * @param {number} y
	 */
	const agrees = (x, y) => {
		for (let r = 0; r < RUN; r++) {
			if (x + r >= a.length && y + r >= b.length) return true;
			if (a[x + r] !== b[y + r]) return false;
		}
		return true;
	};
	for (let d = 1; d <= REACH; d++) {
		for (let x = 0; x <= d; x++) {
			if (i + x <= a.length && j + d - x <= b.length && agrees(i + x, j + d - x))
				return [i + x, j + d - x];
		}
	}
	return null;
}

/**
 * Events [a0, a1) of one trace stand for [b0, b1) of the other; na and nb of them count.
 * @typedef {{a0: number, a1: number, b0: number, b1: number, na: number, nb: number}} Hunk
 */
/**
 * Aligns two traces. Returns {same, hunks: [{a0, a1, b0, b1}], lost, toB(i), toA(i)}: ranges of
 * event numbers that differ (end exclusive), and where an event's counterpart is. `lost` is set if
 * they could not be brought into step again.
 * @param {Trace} ta
 * @param {Trace} tb
 */
export function compare(ta, tb, most = 300) {
	const sites = !ta.left.has("s") && !tb.left.has("s"),
		A = signatures(ta, sites),
		B = signatures(tb, sites),
		/** @type {Hunk[]} */
		hunks = [],
		/** @type {[number, number, number][]} runs of events that agree: where in each, how many */
		pairs = [];
	let i = 0,
		j = 0,
		same = 0,
		lost = false;
	/**
	 * @param {Signatures} s
	 * @param {number} x
	 * @param {Trace} t
	 */
	const at = (s, x, t) => (x < s.index.length ? s.index[x] : t.n);
	while (i < A.sign.length || j < B.sign.length) {
		const i0 = i,
			j0 = j;
		while (i < A.sign.length && j < B.sign.length && A.sign[i] === B.sign[j]) {
			i++;
			j++;
		}
		if (i > i0) {
			pairs.push([i0, j0, i - i0]);
			same += i - i0;
		}
		if (i >= A.sign.length && j >= B.sign.length) break;
		/** @type {[number, number] | null} */
		const next =
			hunks.length < most
				? (resync(A.sign, B.sign, i, j) ?? nextStatement(A, B, i, j))
				: null;
		const [x, y] = next ?? [A.sign.length, B.sign.length];
		hunks.push({
			a0: at(A, i, ta),
			a1: at(A, x, ta),
			b0: at(B, j, tb),
			b1: at(B, y, tb),
			na: x - i,
			nb: y - j,
		});
		if (!next) {
			lost = true;
			break;
		}
		i = x;
		j = y;
	}
	return {
		same,
		hunks,
		lost,
		countA: A.sign.length,
		countB: B.sign.length,
		toB: (/** @type {number} */ event) => counterpart(A, B, pairs, event, tb.n),
		toA: (/** @type {number} */ event) =>
			counterpart(
				B,
				A,
				pairs.map(([i, j, n]) => [j, i, n]),
				event,
				ta.n,
			),
	};
}

/**
 * The event of one trace that stands for one of the other.
 * @param {Signatures} from
 * @param {Signatures} to
 * @param {[number, number, number][]} pairs runs that agree: where in `from`, where in `to`, length
 * @param {number} event of `from`
 * @param {number} n events of `to`
 */
function counterpart(from, to, pairs, event, n) {
	const x = Math.max(0, upper(from.index, from.index.length, event) - 1), // counted, at or before it
		run = pairs.findLast(([start]) => start <= x);
	if (!run) return 0;
	const y = run[1] + Math.min(x - run[0], run[2] - 1),
		behind = from.index[x] < event ? event - from.index[x] : 0;
	return Math.min(
		to.index[y] + Math.min(behind, (to.index[y + 1] ?? n) - to.index[y] - 1),
		n - 1,
	);
}

/**
 * Counts of each kind in both: [{name, a, b}], what differs first.
 * @param {Trace} ta
 * @param {Trace} tb
 */
export function kindCounts(ta, tb) {
	/** @type {Map<string, {name: string, a: number, b: number}>} */
	const rows = new Map();
	/** @type {(t: Trace, side: "a" | "b") => void} */
	const add = (t, side) => {
		for (let i = 0; i < t.n; i++) {
			const name = t.kindName(i),
				row = rows.get(name) ?? { name, a: 0, b: 0 };
			rows.set(name, row);
			row[side]++;
		}
	};
	add(ta, "a");
	add(tb, "b");
	return [...rows.values()].sort(
		(x, y) => Math.abs(y.a - y.b) - Math.abs(x.a - x.b) || y.a - x.a,
	);
}
