// SPDX-License-Identifier: MIT
/*
 * snapshot.js - what a machine leaves of itself, to be the same machine again later.
 */
import { NOWHERE } from "./framelists.js";
import { FREE, UNKNOWN } from "./owners.js";
import { newEpoch, Table, WHOLE } from "./pagetable.js";
/** @import {Machine} from "./machine.js" */
/** @import {Before, Captured, Entries, FrameColumns, Key, Rest} from "./types.js" */

/**
 * A snapshot that shares the tables with the machine; written into an old one if given.
 * @param {Machine} m
 * @param {Captured} [into]
 * @returns {Captured}
 */
export function capture(m, into) {
	const meta = into?.meta ?? new Uint8Array(m.frames),
		since = into?.since ?? new Int32Array(m.frames);
	meta.set(m.meta);
	since.set(m.since);
	m.epoch = newEpoch(); // from now on every table is shared with the snapshot
	return {
		...rest(m, false),
		meta,
		since,
		dirs: new Map(m.dirs),
		tables: new Map(m.tables),
	};
}
/**
 * What a snapshot holds beside frames and tables.
 * @param {Machine} m
 * @param {boolean} fresh of the lists, only what came there after the last snapshot
 * @returns {Rest}
 */
function rest(m, fresh) {
	m.areasOwned = false;
	return {
		lists: listed(m, fresh),
		zoneFree: m.zoneFree.slice(),
		carried: m.carried.slice(),
		carriedOrder: m.carriedOrder.slice(),
		areas: m.areas,
		vmPages: m.vmPages,
		refs: new Map(m.refs),
		curPgd: m.curPgd,
		pse: m.pse,
		told: m.told,
		counted: m.counted.slice(),
		call: { ...m.call },
		i: m.i,
	};
}

let listing = new Int32Array(1024); // of listed(), used again: new memory is slow
/**
 * The blocks of all lists, each list head first and ended by -1; with `fresh` only those that came
 * there after the last snapshot: blocks are put on a list at its head, so the others follow as they
 * did then.
 * @param {Machine} m
 * @param {boolean} fresh
 */
function listed(m, fresh) {
	const { heads, counts, next } = m;
	let blocks = heads.length,
		at = 0;
	for (let q = 0; q < heads.length; q++) blocks += counts[q];
	if (listing.length < blocks) listing = new Int32Array(blocks * 2);
	for (let q = 0; q < heads.length; q++) {
		for (let p = heads[q]; p >= 0 && (!fresh || m.fresh[p]); p = next[p]) listing[at++] = p;
		listing[at++] = -1;
	}
	return listing.slice(0, at);
}

/**
 * What the first snapshot differs from.
 * @returns {Before}
 */
export const nothingBefore = () => ({
	i: -1,
	meta: new Uint8Array(0),
	pfn: new Int32Array(0),
	tables: null,
	dirs: null,
});
/**
 * A snapshot in columns, to be sent: what differs from the one before, or everything (`whole`).
 * Frames as pfn, meta and since, or all of them where more than a quarter differ; tables and
 * directories as entries() has them.
 * @param {Machine} m
 * @param {Before} was what the one before left of itself, to be passed on
 * @param {boolean} whole
 * @returns {Key}
 */
export function snapshot(m, was, whole) {
	// before the first event what is not unknown is little, and after a restart nothing is left
	if (m.i < 0 || was.meta.length !== m.frames) {
		was.i = -1;
		was.meta = new Uint8Array(m.frames);
		was.pfn = new Int32Array(m.frames >> 2);
	}
	const key = {
		whole,
		...(whole && m.i >= 0 ? all(m, was) : changed(m, was)),
		tables: entries(m.tables, whole ? null : was.tables, was.i),
		dirs: entries(m.dirs, whole ? null : was.dirs, was.i),
		...rest(m, !whole),
	};
	for (const p of key.lists) if (p >= 0) m.fresh[p] = 0;
	was.tables = ids(m.tables);
	was.dirs = ids(m.dirs);
	was.i = m.i;
	return key;
}
/**
 * The frames that differ: {pfn, meta, since}; pfn is null if they are all frames.
 * @param {Machine} m
 * @param {Before} was
 * @returns {FrameColumns}
 */
function changed(m, was) {
	const { meta, since, frames } = m;
	if (m.i < 0 && unknown(meta))
		return { pfn: new Int32Array(0), meta: new Uint8Array(0), since: new Int32Array(0) };
	const { pfn } = was;
	let n = 0;
	for (let p = 0; p < frames && n >= 0; p += SPAN)
		n = differing(meta, was.meta, since, was.i, p, Math.min(p + SPAN, frames), pfn, n);
	if (n < 0) return all(m, was);
	const out = { pfn: pfn.slice(0, n), meta: new Uint8Array(n), since: new Int32Array(n) };
	for (let x = 0; x < n; x++) {
		const p = pfn[x];
		was.meta[p] = out.meta[x] = meta[p];
		out.since[x] = since[p];
	}
	return out;
}
/**
 * All frames.
 * @param {Machine} m
 * @param {Before} was
 * @returns {FrameColumns}
 */
function all(m, was) {
	was.meta.set(m.meta);
	return { pfn: null, meta: m.meta.slice(), since: m.since.slice() };
}
/**
 * Takes over a snapshot: a captured one, or one of snapshot() whose `base` is the one before it (a
 * whole one has none).
 * @param {Machine} m
 * @param {Captured | Key} key
 */
export function restore(m, key) {
	m.zoneFree.set(key.zoneFree);
	m.carried.set(key.carried);
	m.carriedOrder.set(key.carriedOrder);
	for (const t of m.dirs.values()) m.spend(t);
	for (const t of m.tables.values()) m.spend(t);
	m.epoch = newEpoch();
	if ("whole" in key) {
		const chain = [key];
		while (chain[0].base) chain.unshift(chain[0].base);
		if (m.meta.length) restoreFrames(m, chain);
		m.dirs = putTogether(
			m,
			chain.map((part) => part.dirs),
		);
		m.tables = putTogether(
			m,
			chain.map((part) => part.tables),
		);
	} else {
		if (m.meta.length) restoreFrames(m, [{ ...key, pfn: null }]);
		m.dirs = new Map(key.dirs);
		m.tables = new Map(key.tables);
	}
	m.areas = key.areas;
	m.areasOwned = false;
	m.vmPages = key.vmPages;
	m.refs = new Map(key.refs);
	m.curPgd = key.curPgd;
	m.pse = key.pse;
	m.told = key.told;
	m.counted.set(key.counted);
	m.call = { ...key.call };
	m.i = key.i;
}
/**
 * @param {Machine} m
 * @param {(FrameColumns & {lists: Int32Array})[]} chain
 */
function restoreFrames(m, chain) {
	const first = chain.findLastIndex((part) => !part.pfn);
	// a machine that nothing was put into yet is as it was made
	if (first < 0 && !Number.isNaN(m.i)) {
		m.meta.fill(UNKNOWN);
		m.since.fill(-1);
	}
	for (const { pfn, meta, since } of chain.slice(Math.max(0, first))) {
		if (!pfn) {
			m.meta.set(meta);
			m.since.set(since);
		} else
			for (let j = 0; j < pfn.length; j++) {
				m.meta[pfn[j]] = meta[j];
				m.since[pfn[j]] = since[j];
			}
	}
	relist(m, chain);
}
/**
 * Puts the blocks on their lists: what came last stands first. A block of an older snapshot is
 * there still if it is a free block of that order and did not come back later.
 * @param {Machine} m
 * @param {(FrameColumns & {lists: Int32Array})[]} chain
 */
function relist(m, chain) {
	const { meta, next, prev, on, heads, counts } = m,
		last = new Int32Array(heads.length).fill(-1);
	heads.fill(-1);
	counts.fill(0);
	if (!Number.isNaN(m.i)) on.fill(NOWHERE);
	for (let x = chain.length - 1; x >= 0; x--) {
		let q = 0,
			free = FREE << 4,
			tail = last[0];
		for (const p of chain[x].lists) {
			if (p < 0) {
				last[q++] = tail;
				tail = last[q];
				free = (FREE << 4) | (q % m.orders);
				continue;
			}
			if (on[p] !== NOWHERE || meta[p] !== free) continue;
			prev[p] = tail;
			on[p] = q;
			if (tail < 0) heads[q] = p;
			else next[tail] = p;
			counts[q]++;
			tail = p;
		}
	}
	for (let q = 0; q < heads.length; q++) if (last[q] >= 0) next[last[q]] = -1;
}
/**
 * Puts tables together from what entries() found, of a whole snapshot and those after it; what did
 * not last is passed over.
 * @param {Machine} m
 * @param {Entries[]} parts
 */
function putTogether(m, parts) {
	/** @type {Map<number, Table>} */
	const map = new Map();
	/**
	 * Of each table there is at the end, where it was made last, and its key: `found` has that as
	 * a signed number.
	 * @type {Map<number, {x: number, k: number}>}
	 */
	const made = new Map();
	parts.forEach((part, x) => {
		for (const k of part.gone) made.delete(k | 0);
		for (const [k] of part.made) made.set(k | 0, { x, k });
		for (const k of part.whole) made.set(k | 0, { x, k });
	});
	parts.forEach((part, x) => {
		for (const [k, since] of part.made) {
			if (made.get(k | 0)?.x !== x) continue;
			const t = m.blank();
			t.since.fill(since);
			map.set(k, t);
		}
		part.whole.forEach((k, n) => {
			if (made.get(k | 0)?.x === x) map.set(k, Table.view(-1, part.data, n * WHOLE));
		});
		const { found } = part;
		for (let at = 0; at < found.length;) {
			const key = found[at],
				last = made.get(key),
				there = last && last.x <= x ? map.get(last.k) : undefined;
			if (!last || !there) {
				while (found[at] === key) at += 4;
				continue;
			}
			const t = there.epoch === m.epoch ? there : m.own(there);
			map.set(last.k, t);
			for (; found[at] === key; at += 4) {
				t.entry[found[at + 1]] = found[at + 2];
				t.since[found[at + 1]] = found[at + 3];
			}
		}
	});
	return map;
}

/** @param {Map<number, Table>} map */
const ids = (map) => {
	const out = new Map();
	for (const [k, t] of map) out.set(k, t.id);
	return out;
};
let scratch = new Int32Array(1 << 16); // of entries(), to be used again

/**
 * Is nothing known of any frame?
 * @param {Uint8Array} meta
 */
function unknown(meta) {
	const words = new Uint32Array(meta.buffer, 0, meta.length >> 2);
	for (let w = 0; w < words.length; w++) if (words[w]) return false;
	for (let p = words.length * 4; p < meta.length; p++) if (meta[p]) return false;
	return true;
}

const SPAN = 1 << 14;
/**
 * Of the frames [p, end), p a multiple of 4, those that were written after event i or whose meta
 * differs: into out from n on. Returns where they end, -1 if out is too small. What was written has
 * a later event, and most frames were not: four are looked at at once.
 * @param {Uint8Array} meta
 * @param {Uint8Array} was
 * @param {Int32Array} since
 * @param {number} i
 * @param {number} p
 * @param {number} end
 * @param {Int32Array} out
 * @param {number} n
 */
function differing(meta, was, since, i, p, end, out, n) {
	const now4 = new Uint32Array(meta.buffer, 0, meta.length >> 2),
		was4 = new Uint32Array(was.buffer, 0, meta.length >> 2);
	while (p < end) {
		if (
			p + 4 <= end &&
			now4[p >> 2] === was4[p >> 2] &&
			since[p] <= i &&
			since[p + 1] <= i &&
			since[p + 2] <= i &&
			since[p + 3] <= i
		) {
			p += 4;
			continue;
		}
		for (const stop = Math.min(p + 4, end); p < stop; p++) {
			if (since[p] <= i && meta[p] === was[p]) continue;
			if (n === out.length) return -1;
			out[n++] = p;
		}
	}
	return n;
}

/**
 * The entries of a table written after event i as [key, slot, entry, since, ...] into out from n
 * on; returns where they end.
 * @param {number} key
 * @param {Uint32Array} entry
 * @param {Int32Array} since
 * @param {number} i
 * @param {Int32Array} out
 * @param {number} n
 */
function written(key, entry, since, i, out, n) {
	for (let slot = 0; slot < 1024; slot++)
		if (since[slot] > i) n = put(out, n, key, slot, entry[slot], since[slot]);
	return n;
}
/**
 * The same of what stands in a new table, or was changed otherwise than the rest of it.
 * @param {number} key
 * @param {Uint32Array} entry
 * @param {Int32Array} since
 * @param {number} common
 * @param {Int32Array} out
 * @param {number} n
 */
function standing(key, entry, since, common, out, n) {
	for (let slot = 0; slot < 1024; slot++)
		if (entry[slot] || since[slot] !== common)
			n = put(out, n, key, slot, entry[slot], since[slot]);
	return n;
}
/**
 * @param {Int32Array} out
 * @param {number} n
 * @param {any} key
 * @param {number} slot
 * @param {number} entry
 * @param {number} since
 */
function put(out, n, key, slot, entry, since) {
	out[n] = key;
	out[n + 1] = slot;
	out[n + 2] = entry;
	out[n + 3] = since;
	return n + 4;
}

/**
 * What was written in the tables of `now` after event i: {gone: keys, made: [[key, since]] of empty
 * tables that are new, found: [table, slot, entry, since, ...], whole: keys, data: entries and
 * sinces of those that were written in more than half of their slots}. was: which table each key
 * had then, by id; null: none.
 * @param {Map<number, Table>} now
 * @param {Map<number, number> | null | undefined} was
 * @param {number} i
 */
function entries(now, was, i) {
	/** @type {[number, number][]} */
	const made = [];
	/** @type {Table[]} */
	const tables = [];
	/** @type {number[]} */
	const gone = [],
		whole = [];
	let n = 0;
	for (const [k, t] of now) {
		const { id, entry, since } = t,
			old = was?.get(k) === id,
			common = since[1023];
		if (n + WHOLE * 2 > scratch.length) {
			const more = new Int32Array(scratch.length * 2);
			more.set(scratch);
			scratch = more;
		}
		const to = old
			? written(k, entry, since, i, scratch, n)
			: standing(k, entry, since, common, scratch, n);
		if (to - n > WHOLE) {
			whole.push(k);
			tables.push(t);
			continue;
		}
		n = to;
		if (!old) made.push([k, common]);
	}
	if (was) for (const k of was.keys()) if (!now.has(k)) gone.push(k);
	const data = new Int32Array(whole.length * WHOLE);
	tables.forEach((t, x) => t.write(data, x * WHOLE));
	return { gone, made, found: scratch.slice(0, n), whole, data };
}
