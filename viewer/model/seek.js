/*
 * seek.js - the machine at any event.
 *
 * Keyframes are made by the first replay (derive.js), as many as the memory budget
 * allows.  A seek restores the nearest snapshot before its target and replays the rest;
 * on the way it drops fine snapshots into a small ring, so that dragging backwards
 * finds one close by.
 */
import { initialMachine, replay, Table } from "./machine.js";

const KEY_BUDGET = 130 << 20, RING_BUDGET = 60 << 20, ALIGN = 32768;

/** How often snapshots are taken of a trace: {step, fine, ring}. */
export function policy(trace) {
	const size = trace.frames * 5 + 20000, most = Math.max(8, Math.min(512, Math.floor(KEY_BUDGET / size)));
	return {
		step: Math.max(ALIGN, Math.ceil(Math.max(trace.expected, 1) / most / ALIGN) * ALIGN),
		fine: Math.max(16384, trace.frames >> 4),		// a snapshot should cost less than the replay it saves
		ring: Math.max(4, Math.min(24, Math.floor(RING_BUDGET / size))),
	};
}

/* Snapshots share the tables that did not change; from thread to thread go those that did, in one buffer, which moves. */
const HALF = 1024, WHOLE = 2 * HALF;	// entries, then since
function changes(now, was) {
	const set = [], gone = [];
	for (const [k, t] of now) if (was.get(k) !== t) set.push([k, t]);
	for (const k of was.keys()) if (!now.has(k)) gone.push(k);
	const data = new Int32Array(set.length * WHOLE);
	set.forEach(([, t], x) => { data.set(t.entry, x * WHOLE); data.set(t.since, x * WHOLE + HALF); });
	return { set: set.map(([k]) => k), data, gone };
}
/** A snapshot as a message; `sent` remembers what the one before held. */
export function pack(key, sent) {
	const out = { ...key, tables: changes(key.tables, sent.tables), dirs: changes(key.dirs, sent.dirs) };
	sent.tables = key.tables;
	sent.dirs = key.dirs;
	return out;
}
export function unpack(key, before) {
	const whole = ({ set, data, gone }, was) => {
		const map = new Map(was), entries = new Uint32Array(data.buffer, data.byteOffset, data.length);
		for (const k of gone) map.delete(k);
		set.forEach((k, x) => map.set(k, new Table(-1, entries.subarray(x * WHOLE, x * WHOLE + HALF), data.subarray(x * WHOLE + HALF, x * WHOLE + WHOLE))));
		return map;
	};
	return { ...key, tables: whole(key.tables, before?.tables), dirs: whole(key.dirs, before?.dirs) };
}
/** The buffers of a packed snapshot that may be moved, not copied. */
export const keyBuffers = (key) => [key.meta, key.since, key.lists, key.tables.data, key.dirs.data].map((x) => x.buffer);

export class Seeker {
	constructor(trace) {
		const p = policy(trace);
		this.trace = trace;
		this.machine = initialMachine(trace);	// what at() hands out
		this.step = p.step;
		this.fine = p.fine;
		this.ringSize = p.ring;
		this.keys = [];
		this.ring = [];
		this.ringAt = 0;
		this.copies = [];
	}
	/** Takes over snapshots of the first replay. */
	add(packed) { for (const key of packed) this.keys.push(unpack(key, this.keys.at(-1))); }
	/** Preallocates the ring, so that the first drag does not pay for it. */
	prepare() {
		const t = this.trace;
		if (t.n <= this.fine) return;
		for (let r = 0; r < this.ringSize; r++) {
			this.ring.push({ i: -2, meta: new Uint8Array(t.frames), since: new Int32Array(t.frames), lists: new Int32Array(0) });
		}
	}
	/** The state after event i (-1: before the first). The machine returned is reused. */
	at(i) {
		const m = this.machine;
		i = Math.max(-1, Math.min(i, this.trace.n - 1));
		if (m.i === i) return m;
		const last = m.i;
		if (!this.closer(m, i)) m.restore(this.nearest(i));
		let from = m.i + 1;
		// a drag backwards will want several snapshots before here, a jump probably none but one
		const { fine } = this, near = i < last && last - i < 4 * fine, fineFrom = i + 1 - fine * (near ? Math.min(this.ringSize, 8) : 1.5);
		while (from <= i) {
			const stop = Math.min(i + 1, (Math.floor(from / fine) + 1) * fine);
			replay(m, this.trace, from, stop);
			from = stop;
			if (stop % fine === 0 && stop > fineFrom && stop <= i) this.drop();
		}
		m.i = i;
		return m;
	}
	drop() {
		const { ring, machine } = this;
		if (!ring.length || ring.some((key) => key.i === machine.i)) return;
		machine.capture(ring[this.ringAt]);
		this.ringAt = (this.ringAt + 1) % ring.length;
	}
	/** The snapshot closest before the state after event i. */
	nearest(i) {
		let best = null;
		const consider = (key) => { if (key.i <= i && key.i >= -1 && (!best || key.i > best.i)) best = key; };
		for (let x = Math.min(this.keys.length - 1, Math.floor((i + 1) / this.step)); x >= 0 && !best; x--) consider(this.keys[x]);
		for (const key of this.ring) consider(key);
		return best;
	}
	/** A machine of its own at event i, to look at beside the shared one; not to be changed, and good until the call after the next. */
	copyAt(i) {
		i = Math.max(-1, Math.min(i, this.trace.n - 1));
		const { copies } = this;
		let m = copies.find((x) => x.i === i);
		if (m) return m;
		m = copies.length === 2 ? copies.pop() : initialMachine(this.trace);
		this.go(m, i);
		copies.unshift(m);
		return m;
	}
	/** Brings a machine to event i by the cheaper of two ways: on from where it is, or from a snapshot. */
	go(m, i) {
		if (!this.closer(m, i)) m.restore(this.nearest(i));
		replay(m, this.trace, m.i + 1, i + 1);
		m.i = i;
	}
	closer(m, i) { return m.i <= i && i - m.i <= i - this.nearest(i).i + this.trace.frames / 40; }	// events one restore is worth
}
