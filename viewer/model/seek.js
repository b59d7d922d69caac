/*
 * seek.js - the machine at any event.
 *
 * Snapshots are made by the first replay (derive.js): whole ones, as many as the memory
 * budget allows, and between them, as long as they are small, what differs from the whole
 * one before.  A seek restores the nearest snapshot before its target and replays the
 * rest; where snapshots lie far apart it drops some of its own into a small ring on the
 * way, so that dragging backwards finds one close by.
 */
import { initialMachine, replay, Table, WHOLE } from "./machine.js";
import { upperBy } from "./trace.js";

const UNSAID = 1e7;	// events, where the header does not say
const KEY_BUDGET = 105 << 20, RING_BUDGET = 60 << 20, DIFFERENCES = 96 << 20;

/**
 * How often snapshots are taken of a trace, in events: whole ones {step}, any {unit}, the ring's {fine}; how many
 * the ring holds: {ring}; of how many frames at most the differences are kept: {most}.
 */
export function policy(trace) {
	const { every } = trace, size = trace.frames * 5 + 20000, keys = Math.max(8, Math.min(512, Math.floor(KEY_BUDGET / size)));
	const fine = Math.max(16384, trace.frames >> 4);		// a snapshot should cost less than the replay it saves
	return {
		fine,
		unit: fine * every,
		step: Math.max(1, Math.ceil((trace.expected || UNSAID) / keys / fine)) * fine * every,
		most: Math.ceil(trace.frames / 8),
		ring: Math.max(4, Math.min(24, Math.floor(RING_BUDGET / size / every))),
	};
}

/* Snapshots share the tables that did not change; from thread to thread go those that did, in one buffer, which moves. */
function changes(now, was) {
	const set = [], gone = [];
	for (const [k, t] of now) if (was.get(k) !== t) set.push([k, t]);
	for (const k of was.keys()) if (!now.has(k)) gone.push(k);
	const data = new Int32Array(set.length * WHOLE);
	set.forEach(([, t], x) => t.write(data, x * WHOLE));
	return { set: set.map(([k]) => k), data, gone };
}
/** A whole snapshot as a message; `sent` remembers what the one before held. */
export function pack(key, sent) {
	const out = { ...key, tables: changes(key.tables, sent.tables), dirs: changes(key.dirs, sent.dirs) };
	sent.tables = key.tables;
	sent.dirs = key.dirs;
	return out;
}
export function unpack(key, before) {
	const whole = ({ set, data, gone }, was) => {
		const map = new Map(was);
		for (const k of gone) map.delete(k);
		set.forEach((k, x) => map.set(k, Table.view(-1, data, x * WHOLE)));
		return map;
	};
	return { ...key, tables: whole(key.tables, before?.tables), dirs: whole(key.dirs, before?.dirs) };
}
/** The buffers of a packed snapshot, or of a difference, that may be moved, not copied. */
export const keyBuffers = (key) => [key.pfn, key.meta, key.since, key.lists, ...[key.tables, key.dirs].flatMap((t) => [t.data, t.found])].filter(Boolean).map((x) => x.buffer);

/** Takes the snapshots of a first replay: of machine m after event m.i. */
export class Snapshots {
	constructor(trace) {
		this.policy = policy(trace);
		this.sent = { tables: new Map(), dirs: new Map() };
		this.base = { meta: new Uint8Array(trace.frames) };	// the last whole one: what is sent is gone
		this.spent = 0;
		this.each = DIFFERENCES / trace.every / (trace.expected || UNSAID);	// bytes an event may cost
	}
	/** How far the replay may go on before the next one. */
	next(done) { const { fine } = this.policy; return (Math.floor(done / fine) + 1) * fine; }
	/** The snapshot after `done` events as a message; null if none is due. */
	take(m, done) {
		const { step, unit, most } = this.policy, { base } = this;
		if (done % step === 0) {
			const key = m.capture();
			base.meta.set(key.meta);
			base.i = key.i;
			base.tables = key.tables;
			base.dirs = key.dirs;
			return pack(key, this.sent);
		}
		if (done % unit || this.spent > this.each * done) return null;
		const key = m.difference(base, most);
		if (key) this.spent += keyBuffers(key).reduce((sum, b) => sum + b.byteLength, 0);
		return key;
	}
}

export class Seeker {
	constructor(trace) {
		const p = policy(trace);
		this.trace = trace;
		this.machine = initialMachine(trace);	// what at() hands out
		this.fine = p.fine;
		this.ringSize = p.ring;
		this.keys = [];
		this.ring = [];
		this.ringAt = 0;
		this.copies = [];
	}
	/** Takes over snapshots of the first replay. */
	add(packed) {
		for (const key of packed) {
			if (!key.pfn) this.whole = unpack(key, this.whole);
			this.keys.push(key.pfn ? { ...key, base: this.whole } : this.whole);
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
			if (stop % fine === 0 && stop > fineFrom && stop <= i && m.i - this.nearest(m.i).i >= 2 * fine) this.drop();
		}
		m.i = i;
		return m;
	}
	drop() {
		const { ring, machine } = this;
		ring[this.ringAt] = machine.capture(ring[this.ringAt]);
		this.ringAt = (this.ringAt + 1) % this.ringSize;
	}
	/** The snapshot closest before the state after event i. */
	nearest(i) {
		let best = null;
		const consider = (key) => { if (key.i <= i && key.i >= -1 && (!best || key.i > best.i)) best = key; };
		const at = upperBy(this.keys, i);
		if (at > 0) consider(this.keys[at - 1]);
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
