// SPDX-License-Identifier: MIT
/*
 * parse.js - from the bytes of a .jsonl to chunks of typed arrays.
 *
 * Runs in a worker (and under node in the tests).  Lines are split on bytes.  An `ev`
 * line, which is nearly all of a trace, goes from its digits straight into the columns
 * (a third of the time of JSON.parse and copying); whatever is not written exactly as
 * the exporter writes it, and every other record, is left to JSON.parse.
 */
import { FIRST, bare, part } from "../model/chunk.js";

/** @typedef {import("../model/chunk.js").Chunk} Chunk */
/** @typedef {import("../model/chunk.js").Column} Column */
/** @typedef {Uint8ArrayConstructor | Uint16ArrayConstructor | Uint32ArrayConstructor} ColumnType */

/** @type {Record<string, ColumnType>} the columns of an ev record but for its ticks */
const WIDTH = {
	k: Uint8Array,
	z: Uint8Array,
	o: Uint8Array,
	a: Uint32Array,
	b: Uint32Array,
	c: Uint32Array,
	d: Uint32Array,
	e: Uint32Array,
	f: Uint32Array,
	s: Uint32Array,
};
const MAX_ROWS = 1 << 20;

export class BadLine extends Error {
	/**
	 * @param {string} message
	 * @param {number} line
	 * @param {number} byte
	 * @param {string} text the line, or its beginning
	 */
	constructor(message, line, byte, text) {
		super(`line ${line} (byte ${byte}): ${message}`);
		this.line = line;
		this.byte = byte;
		this.text = text.slice(0, 120);
	}
}

/**
 * @param {ColumnType} Type
 * @param {any} value
 * @param {number} n
 * @param {string} name
 */
function column(Type, value, n, name) {
	if (value === undefined || value === 0) return null;
	if (typeof value === "number") return new Type(n).fill(value);
	if (!Array.isArray(value) || value.length !== n)
		throw new Error(`column ${name} has ${value?.length} values, not ${n}`);
	return Type.from(value);
}

/**
 * One `ev` record as typed arrays, ready to be transferred.
 * @param {any} rec
 */
export function toChunk(rec) {
	const n = rec.n;
	if (!Number.isInteger(n) || n < 1 || n > MAX_ROWS) throw new Error(`an ev line of ${n} events`);
	/** @type {any} the columns are set by name */
	const chunk = bare(rec.i, n, new Float64Array(n));
	for (const c in WIDTH) {
		const col = column(WIDTH[c], rec[c], n, c);
		if (col)
			chunk[c] =
				c === "d" || c === "e" || c === "f"
					? sparse(/** @type {Uint32Array} */ (col))
					: col;
	}
	if (!chunk.k) throw new Error("an ev line without kinds");
	let t = rec.t0;
	if (!Number.isFinite(t)) throw new Error("an ev line without t0");
	const dt = rec.dt ?? 0;
	if (typeof dt === "number")
		for (let r = 0; r < n; r++) {
			t += dt;
			chunk.t[r] = t;
		}
	else {
		if (dt.length !== n) throw new Error(`column dt has ${dt.length} values, not ${n}`);
		for (let r = 0; r < n; r++) {
			t += dt[r];
			chunk.t[r] = t;
		}
	}
	return narrowSites(chunk);
}

/**
 * {n, rows, values} of what is not 0, where that is smaller than the column itself.
 * @param {Uint32Array} col
 */
function sparse(col) {
	let count = 0;
	for (let r = 0; r < col.length; r++) if (col[r]) count++;
	if (count * 6 > col.length * 2 || col.length > 65536) return col;
	const out = { n: col.length, rows: new Uint16Array(count), values: new Uint32Array(count) };
	for (let r = 0, at = 0; r < col.length; r++)
		if (col[r]) {
			out.rows[at] = r;
			out.values[at++] = col[r];
		}
	return out;
}

/* ---- the quick way for `ev` lines ---- */

/*
 * Columns that were taken over come back to be filled anew: memory a process touches for
 * the first time costs more than the parsing of what goes into it.
 */
/** @type {Map<number, ArrayBuffer[]>} by their size in bytes */
const pool = new Map();
/** @param {ArrayBuffer[]} list */
export function recycle(list) {
	for (const buffer of list) {
		const same = pool.get(buffer.byteLength) ?? [];
		if (same.length < 24) same.push(buffer);
		pool.set(buffer.byteLength, same);
	}
}
/**
 * A column of n elements that may hold anything.
 * @template {ColumnType | Float64ArrayConstructor} T
 * @param {T} Type
 * @param {number} n
 * @returns {InstanceType<T>}
 */
function fresh(Type, n) {
	const old = pool.get(n * Type.BYTES_PER_ELEMENT)?.pop();
	return /** @type {InstanceType<T>} */ (old ? new Type(old) : new Type(n));
}
const EV = new TextEncoder().encode('{"rec":"ev",');
/** @type {(b: Uint8Array, p: number, end: number) => boolean} */
const isEv = (b, p, end) => {
	if (end - p <= EV.length) return false;
	for (let x = 0; x < EV.length; x++) if (b[p + x] !== EV[x]) return false;
	return true;
};

/**
 * Reads `n` plain integers and the bracket behind them from b at p into out, modulo
 * what an element holds; more: other values stand before the bracket.  Returns the place
 * behind it, -1 if anything else stands there.  The byte behind the line must not be a digit.
 * @param {Uint8Array} b
 * @param {number} p
 * @param {Column} out
 * @param {number} n
 * @param {boolean} more
 */
function integers(b, p, out, n, more) {
	for (let r = 0; r < n; r++) {
		let v = b[p++] - 48;
		if (v >>> 0 > 9) return -1;
		let c = b[p++] - 48;
		while (c >>> 0 <= 9) {
			v = (Math.imul(v, 10) + c) | 0;
			c = b[p++] - 48;
		}
		out[r] = v;
		// neither comma nor the last bracket
		if (c !== -4) return c === 45 && r === n - 1 && !more ? p : -1;
	}
	return more ? b.indexOf(93, p) + 1 || -1 : -1;
}
/**
 * As integers(), each added to the one before: dt to ticks. A number of over nine digits is left to
 * JSON.parse.
 * @param {Uint8Array} b
 * @param {number} p
 * @param {Float64Array} out
 * @param {number} n
 * @param {boolean} more
 * @param {number} t the tick before
 */
function running(b, p, out, n, more, t) {
	for (let r = 0; r < n; r++) {
		let v = b[p++] - 48,
			digits = 9;
		if (v >>> 0 > 9) return -1;
		let c = b[p++] - 48;
		while (c >>> 0 <= 9) {
			if (--digits === 0) return -1;
			v = (Math.imul(v, 10) + c) | 0;
			c = b[p++] - 48;
		}
		out[r] = t += v;
		if (c !== -4) return c === 45 && r === n - 1 && !more ? p : -1;
	}
	return more ? b.indexOf(93, p) + 1 || -1 : -1;
}

/**
 * The `ev` line at b[p..end), or its first `most` events, as a chunk; null if it is written in any
 * other way than the exporter's.
 * @param {Uint8Array} b
 * @param {number} p
 * @param {number} end
 * @returns {Chunk | null}
 */
export function quickChunk(b, p, end, most = MAX_ROWS) {
	if (!isEv(b, p, end)) return null;
	p += EV.length;
	/** @type {Record<string, number>} */
	const scalar = { i: -1, n: -1, t0: -1 };
	/** @type {Record<string, number | true>} the columns that were read: true, or their one value */
	const raw = {};
	/** @type {any} the columns are set by name */
	let chunk = null;
	let ticks = 0,
		n = 0,
		more = false;
	for (;;) {
		if (b[p++] !== 34) return null;
		let name = "";
		while (b[p] !== 34 && name.length < 3) name += String.fromCharCode(b[p++]);
		if (b[p++] !== 34 || b[p++] !== 58 || name in raw) return null;
		raw[name] = true;
		if (b[p] === 91) {
			if (!chunk) {
				if (scalar.n < 1 || scalar.n > MAX_ROWS || scalar.t0 < 0) return null;
				n = Math.min(scalar.n, most);
				more = n < scalar.n;
				chunk = bare(scalar.i, n, fresh(Float64Array, n));
			}
			const Type = WIDTH[name];
			if (name === "dt") {
				p = running(b, p + 1, chunk.t, n, more, scalar.t0);
				ticks = 1;
			} else if (Type) p = integers(b, p + 1, (chunk[name] = fresh(Type, n)), n, more);
			else return null;
			if (p < 0) return null;
		} else {
			let v = 0,
				from = p;
			while ((b[p] - 48) >>> 0 <= 9) v = v * 10 + b[p++] - 48;
			if (p === from || v > Number.MAX_SAFE_INTEGER) return null;
			if (name in scalar && !chunk) scalar[name] = v;
			else raw[name] = v;
		}
		const c = b[p++];
		if (c === 125) break;
		if (c !== 44) return null;
	}
	while (p < end && (b[p] === 13 || b[p] === 32)) p++;
	if (p !== end || !chunk || scalar.i < 0 || !raw.k || !("t0" in raw)) return null;
	for (const name in raw) {
		if (raw[name] === true || raw[name] === 0) continue;
		if (name === "dt") {
			for (let r = 0, t = scalar.t0; r < n; r++) chunk.t[r] = t += Number(raw.dt);
			ticks = 1;
		} else if (WIDTH[name]) chunk[name] = fresh(WIDTH[name], n).fill(Number(raw[name]));
		else return null;
	}
	if (!ticks) chunk.t.fill(scalar.t0);
	for (const name of "def") {
		const col = chunk[name];
		if (col && (chunk[name] = sparse(col)) !== col) recycle([col.buffer]);
	}
	return chunk.k ? narrowSites(chunk) : null;
}

/** @param {Column} column */
function largest(column) {
	let max = 0;
	for (let r = 0; r < column.length; r++) if (column[r] > max) max = column[r];
	return max;
}
/**
 * Call sites in 16 bits where they fit.
 * @param {Chunk} chunk
 */
function narrowSites(chunk) {
	if (!chunk.s) return chunk;
	chunk.maxSite = largest(chunk.s);
	if (chunk.maxSite < 65536) {
		const wide = chunk.s;
		chunk.s = fresh(Uint16Array, chunk.n);
		chunk.s.set(wide);
		recycle([/** @type {ArrayBuffer} */ (wide.buffer)]);
	}
	return chunk;
}

/**
 * Splits bytes into lines and hands each parsed record on.
 *   onRecord(object)  every record that is not `ev`
 *   onChunk(chunk)    every `ev`; of the first in two pieces
 *   onBad(BadLine)    a line that cannot be used; the reader goes on behind it.  Without text:
 *                     there another trace begins, or the events begin anew; what follows is no
 *                     part of this one and is not read
 */
export class LineParser {
	/**
	 * @param {object} to
	 * @param {(rec: any) => void} to.onRecord
	 * @param {(chunk: Chunk) => void} to.onChunk
	 * @param {(err: BadLine) => void} to.onBad
	 */
	constructor({ onRecord, onChunk, onBad }) {
		this.onRecord = onRecord;
		this.onChunk = onChunk;
		this.onBad = onBad;
		this.decoder = new TextDecoder();
		this.line = 1;
		this.byte = 0;
		this.begun = false; // have the first events been handed on?
		this.headed = this.over = false;
		this.next = 0; // the event that is to come
		this.kept = new Uint8Array(1 << 16); // a line that is not whole yet
		this.pending = 0;
	}
	/** @param {Uint8Array} bytes */
	push(bytes) {
		let from = 0;
		for (;;) {
			const nl = bytes.indexOf(10, from);
			if (nl < 0) break;
			if (this.pending) {
				this.keep(bytes, from, nl + 1);
				this.emit(this.kept, 0, this.pending - 1);
				this.pending = 0;
			} else this.emit(bytes, from, nl);
			from = nl + 1;
		}
		if (from < bytes.length) this.keep(bytes, from, bytes.length);
	}
	/**
	 * @param {Uint8Array} bytes
	 * @param {number} from
	 * @param {number} to
	 */
	keep(bytes, from, to) {
		const need = this.pending + to - from + 1;
		if (need > this.kept.length) {
			const more = new Uint8Array(Math.max(need, this.kept.length * 2));
			more.set(this.kept.subarray(0, this.pending));
			this.kept = more;
		}
		this.kept.set(from || to < bytes.length ? bytes.subarray(from, to) : bytes, this.pending);
		this.pending += to - from;
	}
	end() {
		if (!this.pending) return;
		this.kept[this.pending] = 10;
		this.emit(this.kept, 0, this.pending);
		this.pending = 0;
	}
	/**
	 * One line, b[from..to); b[to] is its newline.
	 * @param {Uint8Array} b
	 * @param {number} from
	 * @param {number} to
	 */
	emit(b, from, to) {
		if (this.over) return;
		const first = this.begun ? null : quickChunk(b, from, to, FIRST);
		if (first) {
			this.begun = true;
			this.onChunk(first);
		}
		const done = first?.n ?? 0,
			chunk = quickChunk(b, from, to);
		if (chunk) this.rest(chunk, done);
		else if (to > from) this.other(b.subarray(from, to), done);
		this.byte += to - from + 1;
		this.line++;
	}
	/**
	 * A chunk without its first events, if they have been handed on.
	 * @param {Chunk} chunk
	 * @param {number} done
	 */
	rest(chunk, done) {
		if (chunk.i < this.next)
			return this.another("the events begin anew here; only those before are shown");
		this.next = chunk.i + chunk.n;
		if (done < chunk.n) this.onChunk(done ? part(chunk, done, chunk.n) : chunk);
	}
	/** @param {string} message */
	another(message) {
		this.over = true;
		this.onBad(new BadLine(message, this.line, this.byte, ""));
	}
	/**
	 * A line that is not an `ev` line as the exporter writes it.
	 * @param {Uint8Array} bytes
	 * @param {number} done events of it that have been handed on
	 */
	other(bytes, done) {
		let text = "";
		try {
			text = this.decoder.decode(bytes);
			if (!text.trim()) return;
			const rec = JSON.parse(text);
			if (rec === null || typeof rec !== "object" || typeof rec.rec !== "string")
				throw new Error('not a record: no "rec"');
			if (rec.rec === "ev") this.rest(toChunk(rec), done);
			else if (rec.rec === "header" && this.headed)
				this.another(
					`a second trace begins here; only the first is shown. The lines from here on (tail -n +${this.line}) can be opened as a second run`,
				);
			else {
				this.headed ||= rec.rec === "header";
				this.onRecord(rec);
			}
		} catch (err) {
			this.onBad(
				new BadLine(
					err instanceof Error ? err.message : String(err),
					this.line,
					this.byte,
					text || this.decoder.decode(bytes.subarray(0, 480)),
				),
			);
		}
	}
}
