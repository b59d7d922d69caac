// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * compare.js - two runs side by side: where they do the same, where not.
 *
 * Events are compared by kind, order, zone and calling function (a statement of the
 * scenario by its text), not by tick, frame or address, which differ between runs that
 * do the same.  Snapshots and the hardware's events are left out.
 */

function hashText(s) {
	let h = 0x811c9dc5;
	for (let x = 0; x < s.length; x++) h = Math.imul(h ^ s.charCodeAt(x), 0x01000193);
	return h >>> 0;
}

/**
 * The events that count: {index: event numbers, sign: what each does}; sites: the callers are known
 * of both runs.
 */
export function signatures(trace, sites = true) {
	const kindHash = new Uint32Array(256),
		skip = new Uint8Array(256).fill(1),
		index = new Uint32Array(trace.n),
		sign = new Uint32Array(trace.n),
		steps = [],
		none = () => 0;
	/** By id, what reads a kind's first field of that meaning. */
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

/** Further off: the next statement of the scenario that both runs come to. */
function nextStatement(A, B, i, j) {
	let best = null;
	for (const x of A.steps) {
		if (x < i) continue;
		if (best && x - i >= best[0] - i + best[1] - j) break;
		const y = B.steps.find((q) => q >= j && B.sign[q] === A.sign[x]);
		if (y !== undefined && (!best || x + y < best[0] + best[1])) best = [x, y];
	}
	return best;
}

function resync(a, b, i, j) {
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
 * Aligns two traces.  Returns {same, hunks: [{a0, a1, b0, b1}], lost, toB(i), toA(i)}: ranges of
 * event numbers that differ (end exclusive), and where an event's counterpart is.  `lost` is set if
 * they could not be brought into step again.
 */
export function compare(ta, tb, most = 300) {
	const sites = !ta.left.has("s") && !tb.left.has("s"),
		A = signatures(ta, sites),
		B = signatures(tb, sites),
		hunks = [],
		pairs = [];
	let i = 0,
		j = 0,
		same = 0,
		lost = false;
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
	const map = (from, to, fromOf, toOf, ti) => (event) => {
		let lo = 0,
			hi = from.index.length; // last counted event at or before this one
		while (lo < hi) {
			const mid = (lo + hi) >>> 1;
			if (from.index[mid] <= event) lo = mid + 1;
			else hi = mid;
		}
		const x = Math.max(0, lo - 1);
		let best = null;
		for (const p of pairs) {
			if (p[fromOf] <= x) best = p;
			else break;
		}
		if (!best) return 0;
		const y = best[toOf] + Math.min(x - best[fromOf], best[2] - 1);
		return Math.min(
			to.index[y] +
				(from.index[x] < event
					? Math.min(event - from.index[x], (to.index[y + 1] ?? ti.n) - to.index[y] - 1)
					: 0),
			ti.n - 1,
		);
	};
	return {
		same,
		hunks,
		lost,
		countA: A.sign.length,
		countB: B.sign.length,
		toB: map(A, B, 0, 1, tb),
		toA: map(B, A, 1, 0, ta),
	};
}

/** Counts of each kind in both: [{name, a, b}], what differs first. */
export function kindCounts(ta, tb) {
	const rows = new Map(),
		add = (t, side) => {
			for (let i = 0; i < t.n; i++) {
				const name = t.kindName(i);
				let r = rows.get(name);
				if (!r) rows.set(name, (r = { name, a: 0, b: 0 }));
				r[side]++;
			}
		};
	add(ta, "a");
	add(tb, "b");
	return [...rows.values()].sort(
		(x, y) => Math.abs(y.a - y.b) - Math.abs(x.a - x.b) || y.a - x.a,
	);
}
