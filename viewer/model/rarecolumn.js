// SPDX-License-Identifier: MIT
/*
 * rarecolumn.js - a column that is 0 for most events.
 *
 * It is kept in blocks of 65,536 events: absent where all are 0, as pairs of row and value
 * where few are not.
 */
/** @import {Sparse} from "./chunk.js" */

const BLOCK = 65536,
	SHIFT = 16;

export class RareColumn {
	constructor() {
		/** @type {(Uint32Array | Sparse | undefined)[]} */
		this.blocks = [];
	}
	/**
	 * The value of event i.
	 * @param {number} i
	 */
	at(i) {
		const x = i >>> SHIFT,
			block = x < this.blocks.length ? this.blocks[x] : undefined,
			row = i & (BLOCK - 1);
		if (!block) return 0;
		if (block instanceof Uint32Array) return block[row];
		const { rows, values } = block;
		let lo = 0,
			hi = rows.length;
		while (lo < hi) {
			const mid = (lo + hi) >>> 1;
			if (rows[mid] < row) lo = mid + 1;
			else hi = mid;
		}
		return lo < rows.length && rows[lo] === row ? values[lo] : 0;
	}
	/**
	 * Takes over the values of the events from `at` on.
	 * @param {Uint32Array | Sparse} values
	 * @param {number} at
	 */
	set(values, at) {
		if (!(values instanceof Uint32Array)) {
			const off = at & (BLOCK - 1);
			if (!this.blocks[at >>> SHIFT] && off + values.n <= BLOCK) {
				this.blocks[at >>> SHIFT] = off
					? { ...values, rows: values.rows.map((r) => r + off) }
					: values;
				return;
			}
			values = densely(values);
		}
		for (let r = 0; r < values.length;) {
			const off = (at + r) & (BLOCK - 1),
				len = Math.min(values.length - r, BLOCK - off);
			this.whole((at + r) >>> SHIFT).set(values.subarray(r, r + len), off);
			r += len;
		}
	}
	/**
	 * Block x with a value for each event.
	 * @param {number} x
	 */
	whole(x) {
		const block = this.blocks[x];
		if (block instanceof Uint32Array) return block;
		const all = block ? densely(block, BLOCK) : new Uint32Array(BLOCK);
		this.blocks[x] = all;
		return all;
	}
}

/**
 * The values of n events, one each.
 * @param {Sparse} sparse
 * @param {number} n
 */
export function densely(sparse, n = sparse.n) {
	const out = new Uint32Array(n);
	sparse.rows.forEach((r, x) => {
		out[r] = sparse.values[x];
	});
	return out;
}
