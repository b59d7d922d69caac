// SPDX-License-Identifier: MIT
/*
 * player.js - moves the moment on by itself: so many events a second, as the ticks went, or
 * from one interesting event to the next.
 */
const WHOLE = 60000, // ms in which the whole trace passes by tick
	LOOK = 1800; // ms to look at an interesting event

export class Player {
	/** @param {import("./store.js").Store} store */
	constructor(store) {
		this.store = store;
		this.last = this.owed = this.clock = 0;
	}
	toggle() {
		if (this.store.state.playing) this.stop();
		else this.play();
	}
	stop() {
		this.set(false);
	}
	/** @param {boolean} on */
	set(on) {
		this.store.state.playing = on;
		this.store.changed("playing");
	}
	play() {
		const { state, trace } = this.store;
		this.set(true);
		if (state.speed < 0 && !(trace.t1 > trace.t0)) {
			this.store.toast("this trace has no ticks to play by");
			this.stop();
			return;
		}
		this.last = performance.now();
		this.owed = 0;
		this.clock = trace.t[state.i];
		const frame = (/** @type {number} */ now) => {
			if (!state.playing) return;
			if (!this.move(now)) this.stop();
			else requestAnimationFrame(frame);
		};
		requestAnimationFrame(frame);
	}
	/**
	 * Moves on to where the time `now` has led; false at the end.
	 * @param {number} now
	 */
	move(now) {
		const { speed } = this.store.state;
		if (speed > 0) return this.byEvent(now, speed);
		if (speed < 0) return this.byTick(now);
		if (now - this.last <= LOOK) return true;
		this.last = now;
		return this.store.interesting(1);
	}
	/**
	 * @param {number} now
	 * @param {number} speed events a second
	 */
	byEvent(now, speed) {
		const { store } = this;
		this.owed += ((now - this.last) / 1000) * speed;
		this.last = now;
		const n = Math.floor(this.owed);
		this.owed -= n;
		if (n) store.goto(store.state.i + n);
		return store.state.i < store.model.n - 1;
	}
	/** @param {number} now */
	byTick(now) {
		const { store } = this,
			{ trace } = store,
			{ i } = store.state,
			span = trace.t1 - trace.t0,
			after = trace.t[Math.min(i + 1, trace.n - 1)];
		// from where it is now: it may have been moved
		if (this.clock < trace.t[i] || this.clock > after + span / 60) this.clock = trace.t[i];
		this.clock = Math.max(this.clock, trace.t0) + ((now - this.last) / WHOLE) * span;
		this.last = now;
		const next = trace.atTick(this.clock);
		if (next > i) store.goto(next);
		return next < trace.n - 1;
	}
}
