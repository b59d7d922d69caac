// SPDX-License-Identifier: MIT
/*
 * seek.js - the machine at any event.
 *
 * Snapshots are made by the first replay (derive.js): whole ones, and between them what
 * differs from the one before, as long as memory lasts.  A seek restores the nearest
 * snapshot before its target and replays the rest; where snapshots lie far apart it drops
 * some of its own into a small ring on the way, so that dragging backwards finds one close by.
 */
import { Machine } from "./machine.js";
import { replay, replayTables } from "./replay.js";
import { capture, nothingBefore, restore, snapshot } from "./snapshot.js";
import { upperBy } from "./trace.js";
/** @import {Trace} from "./trace.js" */
/** @import {Captured, Key} from "./types.js" */

const UNSAID = 1e7; // events, where the header does not say
const BUDGET = 160 << 20,
	RING_BUDGET = 60 << 20; // bytes
// snapshots from one whole one to the next: a restore puts so many together at most
const CHAIN = 16;

/**
 * How many events lie between two snapshots: {unit}, and two of the ring's: {fine}; how many the
 * ring holds: {ring}.
 * @param {Trace} trace
 */
export function policy(trace) {
	// a snapshot should cost less than the replay it saves
	const fine = Math.max(16384, trace.frames >> 4);
	return {
		fine,
		unit: fine * trace.every,
		ring: Math.max(
			4,
			Math.min(24, Math.floor(RING_BUDGET / (trace.frames * 5 + 20000) / trace.every)),
		),
	};
}

/**
 * The buffers of a snapshot that may be moved, not copied.
 * @param {Key} key
 */
export const keyBuffers = (key) =>
	[
		key.pfn,
		key.meta,
		key.since,
		key.lists,
		...[key.tables, key.dirs].flatMap((t) => [t.data, t.found]),
	]
		.filter((column) => column !== null)
		.map((column) => /** @type {ArrayBuffer} */ (column.buffer));

/** Takes the snapshots of a first replay: of machine m after event m.i. */
export class Snapshots {
	/** @param {Trace} trace */
	constructor(trace) {
		this.unit = policy(trace).unit;
		this.was = nothingBefore();
		this.taken = 0;
		this.spent = 0;
		this.each = BUDGET / trace.every / (trace.expected || UNSAID); // bytes an event may cost
	}
	/**
	 * How far the replay may go on before the next one.
	 * @param {number} done
	 */
	next(done) {
		return (Math.floor(done / this.unit) + 1) * this.unit;
	}
	/**
	 * The snapshot after `done` events as a message; null if none is due.
	 * @param {Machine} m
	 * @param {number} done
	 */
	take(m, done) {
		if (done % this.unit || (done && this.spent > this.each * done)) return null;
		const key = snapshot(m, this.was, this.taken++ % CHAIN === 0);
		this.spent += keyBuffers(key).reduce((sum, b) => sum + b.byteLength, 0);
		return key;
	}
}

export class Seeker {
	/** @param {Trace} trace */
	constructor(trace) {
		const p = policy(trace);
		this.trace = trace;
		this.machine = this.blank(); // what at() hands out
		this.fine = p.fine;
		this.ringSize = p.ring;
		/** @type {Key[]} in order */
		this.keys = [];
		/** @type {Captured[]} */
		this.ring = [];
		this.ringAt = 0;
		/** @type {Machine[]} */
		this.copies = [];
		/** @type {Machine | null} */
		this.tables = null;
	}
	/**
	 * A machine that no snapshot was put into yet: its event is no number.
	 * @param {{framed?: boolean}} [options]
	 */
	blank(options) {
		const m = new Machine(this.trace, options);
		m.i = NaN;
		return m;
	}
	/**
	 * Takes over snapshots of the first replay; the first one is the state before event 0.
	 * @param {Key[]} keys
	 */
	add(keys) {
		for (const key of keys) {
			key.base = key.whole ? null : (this.keys.at(-1) ?? null);
			this.keys.push(key);
		}
		if (Number.isNaN(this.machine.i)) restore(this.machine, this.keys[0]);
	}
	/**
	 * The state after event i (-1: before the first). The machine returned is reused.
	 * @param {number} i
	 */
	at(i) {
		const m = this.machine;
		i = Math.max(-1, Math.min(i, this.trace.n - 1));
		if (m.i === i) return m;
		const last = m.i;
		if (!this.closer(m, i)) restore(m, this.nearest(i));
		let from = m.i + 1;
		// a drag backwards will want several snapshots before here, a jump probably none but one
		const { fine } = this,
			near = i < last && last - i < 4 * fine,
			fineFrom = i + 1 - fine * (near ? Math.min(this.ringSize, 8) : 1.5);
		while (from <= i) {
			const stop = Math.min(i + 1, (Math.floor(from / fine) + 1) * fine);
			replay(m, this.trace, from, stop);
			from = stop;
			if (
				stop % fine === 0 &&
				stop > fineFrom &&
				stop <= i &&
				m.i - this.nearest(m.i).i >= 2 * fine
			)
				this.drop();
		}
		m.i = i;
		return m;
	}
	drop() {
		const { ring, machine } = this;
		ring[this.ringAt] = capture(machine, ring[this.ringAt]);
		this.ringAt = (this.ringAt + 1) % this.ringSize;
	}
	/**
	 * The snapshot closest before the state after event i.
	 * @param {number} i
	 */
	nearest(i) {
		/** @type {Captured | Key} */
		let best = this.keys[0];
		/** @param {Captured | Key} key */
		const consider = (key) => {
			if (key.i <= i && key.i > best.i) best = key;
		};
		const at = upperBy(this.keys, i);
		if (at > 0) consider(this.keys[at - 1]);
		for (const key of this.ring) consider(key);
		return best;
	}
	/**
	 * A machine of its own at event i, to look at beside the shared one; not to be changed, and
	 * good until the call after the next.
	 * @param {number} i
	 */
	copyAt(i) {
		i = Math.max(-1, Math.min(i, this.trace.n - 1));
		const { copies } = this;
		const there = copies.find((x) => x.i === i);
		if (there) return there;
		const m = (copies.length === 2 && copies.pop()) || this.blank();
		this.go(m, i);
		copies.unshift(m);
		return m;
	}
	/**
	 * A machine that has the page tables and areas after event i and nothing else; good until the
	 * next call.
	 * @param {number} i
	 */
	tablesAt(i) {
		const m = (this.tables ??= this.blank({ framed: false }));
		i = Math.max(-1, Math.min(i, this.trace.n - 1));
		this.go(m, i, replayTables);
		return m;
	}
	/**
	 * Brings a machine to event i by the cheaper of two ways: on from where it is, or from a
	 * snapshot.
	 * @param {Machine} m
	 * @param {number} i
	 */
	go(m, i, apply = replay) {
		if (!this.closer(m, i)) restore(m, this.nearest(i));
		apply(m, this.trace, m.i + 1, i + 1);
		m.i = i;
	}
	/**
	 * @param {Machine} m
	 * @param {number} i
	 */
	closer(m, i) {
		return m.i <= i && i - m.i <= i - this.nearest(i).i + this.trace.frames / 40;
	} // events one restore is worth
}
