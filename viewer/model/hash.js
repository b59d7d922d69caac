// SPDX-License-Identifier: MIT
/* hash.js - FNV-1a-32, the hash of the kernel's snapshots: docs/trace-format.md. */

export const BASIS = 0x811c9dc5,
	PRIME = 0x01000193;

/** FNV-1a-32 over bytes and little-endian u32 values. */
export class Hash {
	constructor() {
		this.h = BASIS;
	}
	/** @param {number} b */
	byte(b) {
		this.h = Math.imul(this.h ^ b, PRIME);
	}
	/** @param {number} v */
	u32(v) {
		this.byte(v & 255);
		this.byte((v >>> 8) & 255);
		this.byte((v >>> 16) & 255);
		this.byte(v >>> 24);
	}
	get value() {
		return this.h >>> 0;
	}
}
