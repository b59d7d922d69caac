// SPDX-License-Identifier: MIT
/*
 * chunk.js - a run of events on its way from the file into a trace: columns of numbers.
 *
 * {i, n, t, k, z, o, a, b, c, d, e, f, s, maxSite}: event i is the first of n; a column that
 * is null is all zeros; d, e and f may be {n, rows, values} of what is not 0.
 */

/** @typedef {{n: number, rows: Uint16Array, values: Uint32Array}} Sparse */
/** @typedef {Uint8Array | Uint16Array | Uint32Array} Column */
/**
 * @typedef {object} Chunk
 * @property {number} i
 * @property {number} n
 * @property {Float64Array} t
 * @property {Uint8Array | null} k
 * @property {Uint8Array | null} z
 * @property {Uint8Array | null} o
 * @property {Uint32Array | null} a
 * @property {Uint32Array | null} b
 * @property {Uint32Array | null} c
 * @property {Uint32Array | Sparse | null} d
 * @property {Uint32Array | Sparse | null} e
 * @property {Uint32Array | Sparse | null} f
 * @property {Uint16Array | Uint32Array | null} s
 * @property {number} maxSite the largest value of s
 */

/**
 * Events that are handed on before the rest of their line is read: the first picture should not
 * wait for more.
 */
export const FIRST = 16;

/**
 * A chunk without columns.
 * @type {(i: number, n: number, t: Float64Array) => Chunk}
 */
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

/** @type {(column: any) => column is Sparse} */
const isSparse = (column) => !!column?.rows;
/** @type {(column: any) => column is Column | Float64Array} */
const isColumn = (column) => ArrayBuffer.isView(column);

/**
 * The buffers of a chunk, for postMessage's transfer list.
 * @type {(chunk: Chunk) => ArrayBuffer[]}
 */
export const buffers = (chunk) =>
	Object.values(chunk)
		.flatMap((v) => (isSparse(v) ? [v.rows, v.values] : [v]))
		.filter(isColumn)
		.map((v) => /** @type {ArrayBuffer} */ (v.buffer));

/**
 * The buffers of a chunk that appending it has copied: all but sparse columns.
 * @type {(chunk: Chunk) => ArrayBuffer[]}
 */
export const copied = (chunk) =>
	Object.values(chunk)
		.filter(isColumn)
		.filter((v) => v.byteLength === v.buffer.byteLength)
		.map((v) => /** @type {ArrayBuffer} */ (v.buffer));

/**
 * Rows [from, to) of a chunk as a chunk of their own.
 * @param {Chunk} chunk
 * @param {number} from
 * @param {number} to
 * @returns {Chunk}
 */
export function part(chunk, from, to) {
	/** @type {any} the columns are copied by name */
	const out = bare(chunk.i + from, to - from, chunk.t);
	out.maxSite = chunk.maxSite;
	for (const [name, col] of Object.entries(chunk)) {
		if (isColumn(col)) out[name] = col.slice(from, to);
		else if (isSparse(col)) {
			const { rows, values } = col;
			const at = rows.findIndex((r) => r >= from),
				a = at < 0 ? rows.length : at,
				next = rows.findIndex((r) => r >= to),
				b = next < 0 ? rows.length : next;
			out[name] = {
				n: to - from,
				rows: rows.slice(a, b).map((r) => r - from),
				values: values.slice(a, b),
			};
		}
	}
	return out;
}
