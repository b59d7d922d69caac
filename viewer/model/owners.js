// SPDX-License-Identifier: MIT
/*
 * owners.js - the classes of frames, and the numbers that stand for what is not there.
 */
export const UNKNOWN = 0,
	FREE = 1,
	RESERVED = 2,
	KERNEL = 3,
	VMALLOC = 4,
	PAGETABLE = 5,
	SLAB = 6,
	USER = 7,
	FLIGHT = 8;
export const OWNERS = [
	"unknown",
	"free",
	"reserved",
	"kernel",
	"vmalloc",
	"pagetable",
	"slab",
	"user",
	"in flight",
];
export const TAIL = 15;
export const NONE = 0xffffffff;
/** The `since` of an entry that no event has told: nobody knows what it holds. */
export const UNTOLD = -2;
