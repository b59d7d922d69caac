// SPDX-License-Identifier: MIT
/*
 * window.js - a trace of which only the last chunk is kept.
 */
import { densely } from "./rarecolumn.js";
import { Trace, TYPES } from "./trace.js";
/** @import {Chunk, Sparse} from "./chunk.js" */
/** @import {Header, Read} from "./types.js" */

/**
 * A trace that keeps the columns of the last chunk only, without copying them: for a reader that
 * goes through it once.
 */
export class Window extends Trace {
	/** @param {Header} header */
	constructor(header) {
		super(header);
		/** @type {{type: any, column: any}[]} columns of zeros */
		this.nothing = [];
		const none = new Uint32Array(0);
		/** d, e and f, whole columns here: each value is read. */
		this.rare = { d: none, e: none, f: none };
	}
	alloc() {}
	/** @returns {Record<string, Read>} */
	readers() {
		return {
			...super.readers(),
			d: (i) => this.rare.d[i - this.base],
			e: (i) => this.rare.e[i - this.base],
			f: (i) => this.rare.f[i - this.base],
		};
	}
	/**
	 * @param {string} col
	 * @param {number} i
	 */
	column(col, i) {
		const column =
			col === "d" || col === "e" || col === "f" ? this.rare[col] : this.columns[col];
		return column?.[i - this.base] ?? 0;
	}
	/** @param {Chunk} chunk */
	append(chunk) {
		/** @type {Record<string, any>} */
		const columns = chunk;
		const { n } = chunk;
		this.base = this.stored;
		for (const [col, type] of Object.entries(TYPES))
			this.columns[col] = columns[col] ?? this.zeros(type, n);
		const whole = (/** @type {Uint32Array | Sparse | null} */ column) =>
			column instanceof Uint32Array
				? column
				: column
					? densely(column)
					: this.zeros(Uint32Array, n);
		this.rare = { d: whole(chunk.d), e: whole(chunk.e), f: whole(chunk.f) };
		this.stored += n;
	}
	/**
	 * A column of at least n zeros.
	 * @param {any} type
	 * @param {number} n
	 */
	zeros(type, n) {
		const old = this.nothing.find((x) => x.type === type);
		if (old && old.column.length >= n) return old.column;
		const column = new type(n);
		this.nothing = [...this.nothing.filter((x) => x !== old), { type, column }];
		return column;
	}
}
