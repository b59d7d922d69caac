// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * derive.js - the first replay of a trace: what seeking, the curves and the hazards need.
 *
 * Goes through the chunks once and needs no more of a trace than the chunk at hand, so it
 * runs in a worker beside the reader; what it makes, the model takes over piece by piece
 * (Model.apply).  Under node both run in one thread, over the same messages.
 */
import { Window } from "./trace.js";
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

const PIECE = 65536;
const MOST_MISSING = 1 << 24; // more rows than this are not made up for a hole in the numbering

export class Deriver {
	constructor(header) {
		this.trace = new Window(header);
		this.machine = this.blank = null;
	}
	/** What takes time and may be done before the first events are there. */
	prepare() {
		this.blank ??= new Machine(this.trace);
	}
	start() {
		if (this.machine) return;
		this.prepare();
		const { trace, blank } = this,
			m = (this.machine = initialMachine(trace, blank));
		this.snapshots = new Snapshots(trace);
		this.lod = new Lod(trace, [...m.zoneFree, m.vmPages]);
		this.hazards = new Judge(trace);
		this.hazards.start(m);
		this.used = new Used(trace);
		this.done = 0;
		this.tick = 0; // of the last event: its column is handed on with its chunk
		this.lodAt = this.sampleAt = this.hazardAt = this.checkAt = 0;
		this.keys = [this.snapshots.take(m, 0)];
	}
	record(rec) {
		this.trace.addRecord(rec);
	}
	/**
	 * Rows of kind 0 for events that are not in the file, so that those behind keep their numbers;
	 * none if they would be too many.
	 */
	*rows(hole, end) {
		const { trace } = this,
			fits = hole <= MOST_MISSING && end <= Math.max(trace.expected, 1),
			{ tick } = this;
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
	 * Takes a chunk; yields {chunk, missing, made} in order, each of a size a page takes over
	 * without a halt.
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
	piece(chunk) {
		const { trace, machine: m, lod, hazards, snapshots } = this;
		trace.append(chunk);
		this.tick = chunk.t[chunk.n - 1];
		const to = trace.stored;
		lod.grow(to);
		while (this.done < to) {
			const stop = Math.min(
				to,
				(Math.floor(this.done / lod.every) + 1) * lod.every,
				snapshots.next(this.done),
			);
			replay(m, trace, this.done, stop, hazards);
			this.done = stop;
			if (stop % lod.every === 0) lod.take(m);
			const key = snapshots.take(m, stop);
			if (key) this.keys.push(key);
		}
		trace.n = to;
		for (const i of trace.records.keys()) {
			if (i >= to) break;
			trace.records.delete(i);
		}
		return { chunk, made: this.take() };
	}
	/** What was made since the last call. */
	take() {
		const { hazards: hz, lod } = this;
		const made = {
			keys: this.keys,
			lod: lod.part(this.lodAt, this.sampleAt),
			used: this.used.take(lod.n),
			hazards: hz.list.slice(this.hazardAt),
			checks: hz.checks.slice(this.checkAt),
			unverified: hz.unverified,
			probes: { ...hz.probes },
			asked: hz.heard(),
			dropped: hz.dropped,
		};
		this.keys = [];
		this.lodAt = lod.n;
		this.sampleAt = lod.sampled;
		this.hazardAt = hz.list.length;
		this.checkAt = hz.checks.length;
		return made;
	}
	/** What the end record counts and the file does not hold. */
	*tail() {
		this.start();
		const { trace } = this,
			hole = (trace.end?.n ?? 0) - trace.stored;
		if (!(hole > 0) || !trace.stored) return;
		const rows = this.rows(hole, trace.end.n);
		for (let next = rows.next(), piece; !next.done;) {
			piece = next.value;
			next = rows.next();
			yield { ...piece, missing: next.done ? next.value : null };
		}
	}
	/** The rest: what can only be made of the whole. */
	finish() {
		this.start();
		this.hazards.end(this.machine);
		return this.take();
	}
}

/**
 * Events [from, to) of a file as a trace of their own, numbered from 0: what comes before
 * is replayed and kept as the state before event 0.  Stands between reader and Deriver.
 */
export class Excerpt {
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
		this.chapter = null;
		this.ended = false;
	}
	get trace() {
		return this.inner.trace;
	}
	get lod() {
		return this.inner.lod;
	}
	/** The records to pass on for this one. */
	records(rec) {
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
	record(rec) {
		for (const x of this.records(rec)) this.inner.record(x);
	}
	*chunk(chunk) {
		if (this.ended) return;
		const at = Math.max(chunk.i, this.pre.stored);
		const split = Math.max(0, Math.min(chunk.n, this.from - at)),
			stop = Math.max(split, Math.min(chunk.n, this.to - at));
		if (!this.inner.machine) {
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

/** A snapshot in which everything is as old as the trace: its events have other numbers. */
function unaged(key) {
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
