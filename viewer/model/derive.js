// SPDX-License-Identifier: MIT
/*
 * derive.js - the first replay of a trace: what seeking, the curves and the hazards need.
 *
 * Goes through the chunks once and needs no more of a trace than the chunk at hand, so it
 * runs in a worker beside the reader; what it makes, the model takes over piece by piece
 * (Model.apply).  Under node both run in one thread, over the same messages.
 */
import { Window } from "./window.js";
import { Lod } from "./lod.js";
import { Used } from "./used.js";
import { Judge } from "./hazards.js";
import { Snapshots } from "./seek.js";
import { initialMachine } from "./initial.js";
import { Machine } from "./machine.js";
import { UNTOLD } from "./owners.js";
import { replay } from "./replay.js";
import { capture } from "./snapshot.js";
import { Table } from "./pagetable.js";
import { bare, part, FIRST } from "./chunk.js";
/** @import {Chunk} from "./chunk.js" */
/** @import {Captured, Gap, Header, Key, Made, Piece, Rec} from "./types.js" */

const PIECE = 65536;
const MOST_MISSING = 1 << 24; // more rows than this are not made up for a hole in the numbering

/** The first replay of a trace, as far as it has been read. */
class FirstReplay {
	/**
	 * @param {Window} trace
	 * @param {Machine} m before the first event
	 */
	constructor(trace, m) {
		this.trace = trace;
		this.machine = m;
		this.snapshots = new Snapshots(trace);
		this.lod = new Lod(trace, [...m.zoneFree, m.vmPages]);
		this.judge = new Judge(trace);
		this.judge.start(m);
		this.used = new Used(trace);
		this.done = 0;
		this.lodAt = this.sampleAt = this.hazardAt = this.checkAt = 0;
		/** @type {Key[]} */
		this.keys = [];
		this.snapshot();
	}
	snapshot() {
		const key = this.snapshots.take(this.machine, this.done);
		if (key) this.keys.push(key);
	}
	/** Goes on to the last event there is. */
	run() {
		const { trace, machine, lod } = this,
			to = trace.stored;
		lod.grow(to);
		while (this.done < to) {
			const stop = Math.min(
				to,
				(Math.floor(this.done / lod.every) + 1) * lod.every,
				this.snapshots.next(this.done),
			);
			replay(machine, trace, this.done, stop, this.judge);
			this.done = stop;
			if (stop % lod.every === 0) lod.take(machine);
			this.snapshot();
		}
	}
	/**
	 * What was made since the last call.
	 * @returns {Made}
	 */
	take() {
		const { judge, lod } = this;
		const made = {
			keys: this.keys,
			lod: lod.part(this.lodAt, this.sampleAt),
			used: this.used.take(lod.n),
			hazards: judge.list.slice(this.hazardAt),
			checks: judge.checks.slice(this.checkAt),
			unverified: judge.unverified.map(
				([from, to]) => /** @type {[number, number]} */ ([from, to]),
			),
			probes: { ...judge.probes },
			asked: judge.heard(),
			dropped: judge.dropped,
		};
		this.keys = [];
		this.lodAt = lod.n;
		this.sampleAt = lod.sampled;
		this.hazardAt = judge.list.length;
		this.checkAt = judge.checks.length;
		return made;
	}
}

export class Deriver {
	/** @param {Header} header */
	constructor(header) {
		this.header = header;
		this.trace = new Window(header);
		/** @type {Machine | null} not used yet */
		this.blank = null;
		/** @type {FirstReplay | null} */
		this.first = null;
		this.tick = 0; // of the last event: its column is handed on with its chunk
		this.ended = false; // will no chunk be taken any more?
	}
	/** What takes time and may be done before the first events are there. */
	prepare() {
		this.blank ??= new Machine(this.trace);
	}
	start() {
		const { trace, blank } = this;
		return (this.first ??= new FirstReplay(
			trace,
			initialMachine(trace, blank ?? new Machine(trace)),
		));
	}
	/**
	 * Takes over a record; returns those to pass on for it.
	 * @param {Rec} rec
	 */
	records(rec) {
		this.trace.addRecord(rec);
		return [rec];
	}
	/**
	 * Rows of kind 0 for events that are not in the file, so that those behind keep their numbers;
	 * none if they would be too many.
	 * @param {number} hole
	 * @param {number} end
	 * @returns {Generator<Piece, Gap>}
	 */
	*rows(hole, end) {
		const { trace, tick } = this,
			fits = hole <= MOST_MISSING && end <= Math.max(trace.expected, 1);
		trace.gap(trace.stored + (fits ? hole : 0), hole, fits);
		for (let left = fits ? hole : 0; left > 0; left -= PIECE) {
			const n = Math.min(PIECE, left);
			yield this.piece({
				...bare(trace.stored, n, new Float64Array(n).fill(tick)),
				k: new Uint8Array(n),
			});
		}
		return { i: trace.stored, lost: hole, rows: fits };
	}
	/**
	 * Takes a chunk; yields pieces in order, each of a size a page takes over without a halt.
	 * @param {Chunk} chunk
	 * @returns {Generator<Piece, void>}
	 */
	*chunk(chunk) {
		this.start();
		const { trace } = this,
			hole = chunk.i - trace.stored;
		let missing = chunk.i >= 0 && hole > 0 ? yield* this.rows(hole, chunk.i + chunk.n) : null;
		for (let at = 0; at < chunk.n;) {
			const n = Math.min(chunk.n - at, trace.stored ? PIECE : FIRST);
			yield { ...this.piece(n === chunk.n ? chunk : part(chunk, at, at + n)), missing };
			missing = null;
			at += n;
		}
	}
	/**
	 * @param {Chunk} chunk
	 * @returns {Piece}
	 */
	piece(chunk) {
		const { trace } = this,
			first = this.start();
		trace.append(chunk);
		this.tick = chunk.t[chunk.n - 1];
		first.run();
		trace.n = trace.stored;
		for (const i of trace.records.keys()) {
			if (i >= trace.n) break;
			trace.records.delete(i);
		}
		return { chunk, missing: null, made: first.take() };
	}
	/**
	 * What the end record counts and the file does not hold.
	 * @returns {Generator<Piece, void>}
	 */
	*tail() {
		this.start();
		const { trace } = this,
			n = trace.end?.n ?? 0,
			hole = n - trace.stored;
		if (!(hole > 0) || !trace.stored) return;
		const rows = this.rows(hole, n);
		for (let next = rows.next(); !next.done;) {
			const piece = next.value;
			next = rows.next();
			yield { ...piece, missing: next.done ? next.value : null };
		}
	}
	/** The rest: what can only be made of the whole. */
	finish() {
		const first = this.start();
		first.judge.end(first.machine);
		return first.take();
	}
	/**
	 * Memory of a piece's curves, to be used again.
	 * @param {ArrayBuffer} buffer
	 */
	recycle(buffer) {
		this.first?.lod.recycle(buffer);
	}
}

/**
 * Events [from, to) of a file as a trace of their own, numbered from 0: what comes before
 * is replayed and kept as the state before event 0.  Stands between reader and Deriver.
 */
export class Excerpt {
	/**
	 * @param {any} header
	 * @param {{from: number, to: number}} part
	 */
	constructor(header, { from, to }) {
		const all = Number.isFinite(header.events) ? header.events : to;
		this.from = Math.max(0, from);
		// the header's count is only what the writer expected
		this.to = Math.max(this.from + 1, to);
		this.header = {
			...header,
			events: Math.max(1, Math.min(this.to, all) - this.from),
			excerpt: { from: this.from, to: this.to, of: all },
		};
		this.pre = new Window(header);
		this.inner = new Deriver(this.header);
		/** @type {Rec | null} the last before this part */
		this.chapter = null;
		/** @type {Machine | null} that replays what comes before */
		this.machine = null;
		this.ended = false; // will no chunk be taken any more?
	}
	get trace() {
		return this.inner.trace;
	}
	prepare() {}
	/** @param {ArrayBuffer} buffer */
	recycle(buffer) {
		this.inner.recycle(buffer);
	}
	/**
	 * Takes over a record; returns those to pass on for it.
	 * @param {Rec} rec
	 */
	records(rec) {
		return this.passed(rec).flatMap((x) => this.inner.records(x));
	}
	/**
	 * The records of the part for one of the file.
	 * @param {Rec} rec
	 * @returns {Rec[]}
	 */
	passed(rec) {
		if (rec.rec === "end" || (rec.rec === "key" && rec.src === "initial")) {
			this.pre.addRecord(rec);
			return rec.rec === "end" ? [this.end()] : [];
		}
		if (!("i" in rec)) return [rec];
		if (rec.i >= this.to) return [];
		if (rec.i >= this.from) return [...this.lead(), { ...rec, i: rec.i - this.from }];
		if (rec.rec === "mark" && rec.level <= 1 && rec.msg) this.chapter = rec;
		return rec.rec === "obj" && "cache" in rec ? [{ ...rec, i: -1 }] : [];
	}
	/** The chapter the part begins in, as its first mark. */
	lead() {
		const c = this.chapter;
		this.chapter = null;
		return c ? [{ ...c, i: 0 }] : [];
	}
	end() {
		return { rec: "end", n: this.inner.trace.stored, lost: 0, excerpt: true };
	}
	/** @param {Chunk} chunk */
	*chunk(chunk) {
		if (this.ended) return;
		const at = Math.max(chunk.i, this.pre.stored);
		const split = Math.max(0, Math.min(chunk.n, this.from - at)),
			stop = Math.max(split, Math.min(chunk.n, this.to - at));
		if (!this.inner.first) {
			this.machine ??= initialMachine(this.pre);
			if (split > 0) {
				this.pre.stored = at;
				this.pre.append(split === chunk.n ? chunk : part(chunk, 0, split));
				replay(this.machine, this.pre, at, at + split);
			} else this.pre.stored = at;
			if (split < chunk.n) this.inner.trace.before = unaged(capture(this.machine));
		}
		if (stop > split)
			yield* this.inner.chunk({ ...part(chunk, split, stop), i: at + split - this.from });
		if (at + chunk.n >= this.to) this.ended = true;
	}
	tail() {
		return this.inner.tail();
	}
	finish() {
		return this.inner.finish();
	}
}

/**
 * A snapshot in which everything is as old as the trace: its events have other numbers.
 * @param {Captured} key
 */
function unaged(key) {
	/** @param {Map<number, Table>} map */
	const fresh = (map) =>
		new Map(
			[...map].map(([k, t]) => [
				k,
				new Table(
					0,
					t.entry,
					t.since.map((i) => (i === UNTOLD ? i : -1)),
				),
			]),
		);
	key.since.fill(-1);
	key.tables = fresh(key.tables);
	key.dirs = fresh(key.dirs);
	key.areas = key.areas.map((a) => ({ ...a, i: -1 }));
	key.i = -1;
	return key;
}
