// SPDX-License-Identifier: MIT
/*
 * pagetable.js - a frame of page-table entries, as a machine and its snapshots share it.
 *
 * A table belongs to the machine whose epoch it bears; only that machine writes to it.  A
 * snapshot gives the machine a new epoch, so the tables are shared from then on, and each is
 * copied when it is written to next.
 */
import { UNTOLD } from "./owners.js";

/** Bits of an entry; accessed and dirty are the MMU's to set. */
export const PRESENT = 1,
	LARGE = 0x80,
	GLOBAL = 0x100,
	HARDWARE = 0x60;

/**
 * Do two entries differ in the MMU's own bits at most?
 * @param {number} a
 * @param {number} b
 */
export const sameEntry = (a, b) => !((a ^ b) & ~HARDWARE);

export const WHOLE = 2048; // words of a table: entries, then sinces

let epochs = 0,
	tables = 0;

/** An epoch that no table bears yet. */
export const newEpoch = () => ++epochs;

/**
 * A frame of entries: what each holds, and the event that told so; an entry that is not known
 * reads as 0.
 */
export class Table {
	/**
	 * @param {number} epoch
	 * @param {Uint32Array} [entry]
	 * @param {Int32Array} [since]
	 */
	constructor(epoch, entry = new Uint32Array(1024), since = new Int32Array(1024).fill(UNTOLD)) {
		this.epoch = epoch;
		this.id = ++tables;
		this.entry = entry;
		this.since = since;
	}
	/**
	 * To be another table's from now on.
	 * @param {number} epoch
	 */
	renew(epoch) {
		this.epoch = epoch;
		this.id = ++tables;
	}
	/**
	 * Entries and sinces into data[at..at + WHOLE).
	 * @param {Int32Array} data
	 * @param {number} at
	 */
	write(data, at) {
		data.set(this.entry, at);
		data.set(this.since, at + this.entry.length);
	}
	/**
	 * The table written at data[at..], not copied.
	 * @param {number} epoch
	 * @param {Int32Array} data
	 * @param {number} at
	 */
	static view(epoch, data, at) {
		return new Table(
			epoch,
			new Uint32Array(data.buffer, data.byteOffset + at * 4, WHOLE / 2),
			data.subarray(at + WHOLE / 2, at + WHOLE),
		);
	}
	/** @param {number} epoch */
	copy(epoch) {
		return new Table(epoch, this.entry.slice(), this.since.slice());
	}
}
