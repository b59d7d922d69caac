// SPDX-License-Identifier: MIT
/*
 * chunk.js - a run of events on its way from the file into a trace: columns of numbers.
 *
 * {i, n, t, k, z, o, a, b, c, d, e, f, s, maxSite}: event i is the first of n; a column that
 * is null is all zeros; d, e and f may be {n, rows, values} of what is not 0.
 */

/**
 * Events that are handed on before the rest of their line is read: the first picture should not
 * wait for more.
 */
export const FIRST = 16;

/** A chunk without columns. */
export const bare = (i, n, t) => ({
	i,
	n,
	t,
	k: null,
	z: null,
	o: null,
	a: null,
	b: null,
	c: null,
	d: null,
	e: null,
	f: null,
	s: null,
	maxSite: 0,
});

/** The buffers of a chunk, for postMessage's transfer list. */
export const buffers = (chunk) =>
	Object.values(chunk)
		.flatMap((v) => (v?.rows ? [v.rows, v.values] : [v]))
		.filter((v) => ArrayBuffer.isView(v))
		.map((v) => v.buffer);

/** The buffers of a chunk that appending it has copied: all but sparse columns. */
export const copied = (chunk) =>
	Object.values(chunk)
		.filter((v) => ArrayBuffer.isView(v) && v.byteLength === v.buffer.byteLength)
		.map((v) => v.buffer);

/** Rows [from, to) of a chunk as a chunk of their own. */
export function part(chunk, from, to) {
	const out = bare(chunk.i + from, to - from, null);
	out.maxSite = chunk.maxSite;
	for (const name in chunk) {
		const col = chunk[name];
		if (ArrayBuffer.isView(col)) out[name] = col.slice(from, to);
		else if (col?.rows) {
			const at = col.rows.findIndex((r) => r >= from),
				a = at < 0 ? col.rows.length : at,
				next = col.rows.findIndex((r) => r >= to),
				b = next < 0 ? col.rows.length : next;
			out[name] = {
				n: to - from,
				rows: col.rows.slice(a, b).map((r) => r - from),
				values: col.values.slice(a, b),
			};
		}
	}
	return out;
}
