// SPDX-License-Identifier: MIT
/*
 * axis.js - where an event lies along the timeline, and which part of it is seen.
 *
 * Three axes share the code: by event number, by tick, and "story", in which every
 * chapter gets room that grows slowly with its events (power 0.3), so that the long
 * boot does not squeeze the rest to a line.
 */
import { upper } from "../model/trace.js";

/** Maps event numbers to 0..1 and back. */
export class Axis {
	/**
	 * @param {any} trace
	 * @param {string} mode "story", "events" or "ticks"
	 */
	constructor(trace, mode) {
		this.trace = trace;
		this.mode = mode;
		/** @type {number[]} where chapters begin, and the end */
		this.cuts = [];
		/** @type {number[]} the position of each */
		this.at = [];
		const n = trace.n;
		if (mode === "story") {
			const cuts = [0, ...trace.chapters().map((/** @type {any} */ m) => m.i), n].filter(
				(v, x, a) => !x || v > a[x - 1],
			);
			this.cuts = cuts;
			this.at = [0];
			const room = cuts.slice(1).map((c, x) => (c - cuts[x]) ** 0.3 + n ** 0.3 * 0.1);
			if (trace.chapters()[0]?.implied)
				// the boot
				room[0] = Math.min(room[0], room.slice(1).reduce((s, x) => s + x, 0) * 0.25);
			let sum = 0;
			for (const r of room) {
				sum += r;
				this.at.push(sum);
			}
			this.at = this.at.map((v) => v / (sum || 1));
		}
		this.t0 = trace.t0;
		this.span = Math.max(1, trace.t1 - this.t0);
	}
	/**
	 * The position of event i.
	 * @param {number} i
	 */
	pos(i) {
		const { trace } = this,
			n = trace.n;
		if (this.mode === "ticks")
			return (trace.t[Math.max(0, Math.min(n - 1, Math.floor(i)))] - this.t0) / this.span;
		if (this.mode === "story") {
			let x = 1;
			while (x < this.cuts.length - 1 && this.cuts[x] <= i) x++;
			const a = this.cuts[x - 1],
				b = this.cuts[x];
			return (
				this.at[x - 1] +
				(this.at[x] - this.at[x - 1]) *
					Math.max(0, Math.min(1, (i - a) / Math.max(1, b - a)))
			);
		}
		return i / Math.max(1, n);
	}
	/**
	 * First event at or after position u.
	 * @param {number} u
	 * @returns {number}
	 */
	event(u) {
		const { trace } = this,
			n = trace.n;
		if (u <= 0) return 0;
		if (this.mode === "ticks")
			return Math.min(n, upper(trace.t, n, this.t0 + u * this.span - 1e-9));
		if (this.mode === "story") {
			let x = 1;
			while (x < this.at.length - 1 && this.at[x] <= u) x++;
			const f = (u - this.at[x - 1]) / Math.max(1e-12, this.at[x] - this.at[x - 1]);
			return Math.max(
				0,
				Math.min(
					n,
					Math.ceil(this.cuts[x - 1] + f * (this.cuts[x] - this.cuts[x - 1]) - 1e-6),
				),
			);
		}
		return Math.max(0, Math.min(n, Math.ceil(u * n - 1e-6)));
	}
}

/** The stretch [u0, u1) of the axis that the timeline shows, of 0 to 1. */
export class Span {
	constructor() {
		this.u0 = 0;
		this.u1 = 1;
	}
	/**
	 * @param {number} u0
	 * @param {number} u1
	 */
	set(u0 = 0, u1 = 1) {
		this.u0 = u0;
		this.u1 = u1;
	}
	/**
	 * Closer (factor < 1) or further; what is at position u stays where it is.
	 * @param {number} u
	 * @param {number} factor
	 */
	zoom(u, factor) {
		const at = Math.max(0, Math.min(1, u)),
			old = this.u1 - this.u0,
			width = Math.max(1e-7, Math.min(1, old * factor)),
			from = Math.max(0, Math.min(1 - width, at - ((at - this.u0) / old) * width));
		this.set(from, from + width);
	}
	/**
	 * Moves on by a share of what is shown.
	 * @param {number} share
	 */
	pan(share) {
		const width = this.u1 - this.u0,
			from = Math.max(0, Math.min(1 - width, this.u0 + share * width));
		this.set(from, from + width);
	}
	/**
	 * All of [u0, u1), with some room at both sides.
	 * @param {number} u0
	 * @param {number} u1
	 */
	around(u0, u1) {
		const pad = (u1 - u0) * 0.04;
		this.set(Math.max(0, u0 - pad), Math.min(1, u1 + pad));
	}
	/**
	 * Moves on if position u is not shown.
	 * @param {number} u
	 */
	follow(u) {
		if (u >= this.u0 && u <= this.u1) return;
		const width = this.u1 - this.u0,
			from = Math.max(0, Math.min(1 - width, u - width / 2));
		this.set(from, from + width);
	}
}
