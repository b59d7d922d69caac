/*
 * seek.js - the machine at any event.
 *
 * Keyframes are taken while the trace loads, as many as the memory budget allows.
 * A seek restores the nearest snapshot before its target and replays the rest;
 * on the way it drops fine snapshots into a small ring, so that dragging backwards
 * finds one close by.
 */
import { initialMachine, replay } from "./machine.js";

const KEY_BUDGET = 130 << 20, RING_BUDGET = 60 << 20, ALIGN = 8192;

export class Seeker {
	constructor(trace) {
		this.trace = trace;
		this.machine = initialMachine(trace);	// what at() hands out
		this.builder = initialMachine(trace);	// the first replay, while the trace loads
		const size = trace.frames * 5 + 20000;
		const most = Math.max(8, Math.min(512, Math.floor(KEY_BUDGET / size)));
		this.step = Math.max(ALIGN, Math.ceil(Math.max(trace.expected, 1) / most / ALIGN) * ALIGN);
		this.fine = Math.max(16384, trace.frames >> 4);		// a snapshot should cost less than the replay it saves
		this.ringSize = Math.max(4, Math.min(24, Math.floor(RING_BUDGET / size)));
		this.keys = [this.builder.capture()];
		this.ring = [];
		this.ringAt = 0;
		this.loaded = 0;
	}
	/** Replays rows that have just been appended, up to `to`; keeps keyframes. */
	grow(to, watch, sample) {
		const m = this.builder;
		while (this.loaded < to) {
			const stop = Math.min(to, sample ? (Math.floor(this.loaded / sample.every) + 1) * sample.every : to,
				(Math.floor(this.loaded / this.step) + 1) * this.step);
			replay(m, this.trace, this.loaded, stop, watch);
			this.loaded = stop;
			if (sample && stop % sample.every === 0) sample.take(m, stop);
			if (stop % this.step === 0) this.keys.push(m.capture());
		}
	}
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
		i = Math.max(-1, Math.min(i, this.loaded - 1));
		if (m.i === i) return m;
		const last = m.i;
		let best = null;
		const consider = (key) => { if (key.i <= i && key.i >= -1 && (!best || key.i > best.i)) best = key; };
		const at = Math.min(this.keys.length - 1, Math.floor((i + 1) / this.step));
		for (let x = at; x >= 0 && !best; x--) consider(this.keys[x]);
		for (const key of this.ring) consider(key);
		const cost = this.trace.frames / 40;	// events one restore is worth
		if (!(m.i <= i && i - m.i <= i - best.i + cost)) m.restore(best);
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
	/** A machine of its own at event i, for comparing two moments; the shared one goes back to where it was. */
	copyAt(i, back = this.machine.i) {
		const m = this.at(i), other = initialMachine(this.trace);
		other.restore(m.capture());
		this.at(back);
		return other;
	}
}
