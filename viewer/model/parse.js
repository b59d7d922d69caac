/*
 * parse.js - from the bytes of a .jsonl to chunks of typed arrays.
 *
 * Runs in the worker (and under node in the tests).  Lines are split on bytes,
 * decoded and parsed one at a time, so no string is ever longer than a line.
 */

const WIDTH = { k: Uint8Array, z: Uint8Array, o: Uint8Array, a: Uint32Array, b: Uint32Array, c: Uint32Array,
	d: Uint32Array, e: Uint32Array, f: Uint32Array, s: Uint32Array };
const MAX_ROWS = 1 << 20;

export class BadLine extends Error {
	constructor(message, line, byte, text) {
		super(`line ${line} (byte ${byte}): ${message}`);
		this.line = line; this.byte = byte; this.text = text.slice(0, 120);
	}
}

function column(Type, value, n, name) {
	if (value === undefined || value === 0) return null;
	if (typeof value === "number") return new Type(n).fill(value);
	if (!Array.isArray(value) || value.length !== n) throw new Error(`column ${name} has ${value?.length} values, not ${n}`);
	return Type.from(value);
}

/** One `ev` record as typed arrays, ready to be transferred. */
export function toChunk(rec) {
	const n = rec.n;
	if (!Number.isInteger(n) || n < 1 || n > MAX_ROWS) throw new Error(`an ev line of ${n} events`);
	const chunk = { i: rec.i, n, t: new Float64Array(n), maxSite: 0 };
	for (const c in WIDTH) {
		const col = column(WIDTH[c], rec[c], n, c);
		if (col) chunk[c] = c === "d" || c === "e" || c === "f" ? sparse(col) : col;
	}
	if (!chunk.k) throw new Error("an ev line without kinds");
	let t = rec.t0;
	if (!Number.isFinite(t)) throw new Error("an ev line without t0");
	const dt = rec.dt ?? 0;
	if (typeof dt === "number") for (let r = 0; r < n; r++) { t += dt; chunk.t[r] = t; }
	else {
		if (dt.length !== n) throw new Error(`column dt has ${dt.length} values, not ${n}`);
		for (let r = 0; r < n; r++) { t += dt[r]; chunk.t[r] = t; }
	}
	if (chunk.s) {
		let max = 0;
		for (const v of chunk.s) if (v > max) max = v;
		chunk.maxSite = max;
		if (max < 65536) chunk.s = Uint16Array.from(chunk.s);
	}
	return chunk;
}

/** {n, rows, values} of what is not 0, where that is smaller than the column itself. */
function sparse(col) {
	let count = 0;
	for (let r = 0; r < col.length; r++) if (col[r]) count++;
	if (count * 6 > col.length * 2 || col.length > 65536) return col;
	const out = { n: col.length, rows: new Uint16Array(count), values: new Uint32Array(count) };
	for (let r = 0, at = 0; r < col.length; r++) if (col[r]) { out.rows[at] = r; out.values[at++] = col[r]; }
	return out;
}

/** The buffers of a chunk, for postMessage's transfer list. */
export const buffers = (chunk) => Object.values(chunk).flatMap((v) => (v?.rows ? [v.rows, v.values] : [v])).filter((v) => ArrayBuffer.isView(v)).map((v) => v.buffer);

/**
 * Splits bytes into lines and hands each parsed record on.
 *   onRecord(object)  every record that is not `ev`
 *   onChunk(chunk)    every `ev`
 *   onBad(BadLine)    a line that cannot be used; the reader goes on behind it
 */
export class LineParser {
	constructor({ onRecord, onChunk, onBad }) {
		Object.assign(this, { onRecord, onChunk, onBad });
		this.decoder = new TextDecoder();
		this.parts = [];
		this.line = 1;
		this.byte = 0;
		this.pending = 0;
	}
	push(bytes) {
		let from = 0;
		for (;;) {
			const nl = bytes.indexOf(10, from);
			if (nl < 0) break;
			this.emit(bytes.subarray(from, nl));
			from = nl + 1;
		}
		if (from < bytes.length) { this.parts.push(bytes.slice(from)); this.pending += bytes.length - from; }
	}
	end() { if (this.pending) this.emit(new Uint8Array(0)); }
	emit(tail) {
		let bytes = tail;
		if (this.pending) {
			bytes = new Uint8Array(this.pending + tail.length);
			let at = 0;
			for (const p of this.parts) { bytes.set(p, at); at += p.length; }
			bytes.set(tail, at);
			this.parts = [];
			this.pending = 0;
		}
		const text = this.decoder.decode(bytes);
		if (text.trim()) {
			try {
				const rec = JSON.parse(text);
				if (rec === null || typeof rec !== "object" || typeof rec.rec !== "string") throw new Error("not a record: no \"rec\"");
				if (rec.rec === "ev") this.onChunk(toChunk(rec));
				else this.onRecord(rec);
			} catch (err) {
				this.onBad(new BadLine(err.message, this.line, this.byte, text));
			}
		}
		this.byte += bytes.length + 1;
		this.line++;
	}
}
