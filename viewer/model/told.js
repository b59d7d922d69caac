// SPDX-License-Identifier: MIT
/*
 * told.js - what a header and its records tell of zones, regions and symbols, made sure of.
 */
/** @import {KernelSymbol, Rec, Zone} from "./types.js" */

/**
 * A whole number; another if it is none.
 * @type {(v: any, dflt?: number) => number}
 */
export const int = (v, dflt = 0) => (Number.isFinite(v) ? Math.floor(v) : dflt);

/**
 * The zones, lowest first.
 * @param {any} list
 * @param {number} frames
 * @returns {Zone[]}
 */
export function zonesOf(list, frames) {
	return (Array.isArray(list) ? list : [])
		.filter((z) => z?.id >= 0 && z.id < 256)
		.map((z) => ({
			id: z.id,
			name: String(z.name),
			start: int(z.start_pfn),
			n: Math.min(int(z.spanned_pages), frames - int(z.start_pfn)),
			min: int(z.min),
			low: int(z.low),
			high: int(z.high),
		}))
		.filter((z) => z.n > 0)
		.sort((x, y) => x.start - y.start);
}

/**
 * The ranges of addresses that the kernel named, lowest first.
 * @param {any} list
 */
export function regionsOf(list) {
	return (Array.isArray(list) ? list : [])
		.map((r) => ({
			name: String(r?.name ?? ""),
			kind: String(r?.kind ?? ""),
			from: int(r?.start),
			to: Math.min(int(r?.end), 0x100000000),
		}))
		.filter((r) => r.from >= 0 && r.to > r.from)
		.sort((x, y) => x.from - y.from);
}

/**
 * A `symbols` record, sorted; a label without a size reaches to the next symbol.
 * @param {Rec} rec
 */
export function symbolTable({ addr, size, name }) {
	if (![addr, size, name].every((x) => Array.isArray(x) && x.length === addr.length)) return [];
	/** @type {KernelSymbol[]} */
	const list = addr.map((/** @type {any} */ from, /** @type {number} */ x) => ({
		addr: int(from) >>> 0,
		end: 0,
		size: int(size[x]),
		name: String(name[x]),
	}));
	list.sort((x, y) => x.addr - y.addr);
	let next = 0;
	for (let x = list.length; x-- > 0;) {
		const s = list[x];
		if (list[x + 1]?.addr > s.addr) next = list[x + 1].addr;
		s.end = s.size ? s.addr + s.size : Math.max(next, s.addr + 1);
	}
	return list;
}
