// SPDX-License-Identifier: MIT
/*
 * truth.mjs - what `pagescope` says of a moment, read back into numbers, to hold the
 * viewer against: it replays with other code, in C, from the capture.
 */
import { execFileSync } from "node:child_process";

const quiet = { stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 26 };
export const show = (bin, what, i) =>
	execFileSync(
		"build/pagescope",
		["show", what, "--at-event", String(i), "-q", bin],
		quiet,
	).toString();

/** {zone: [blocks of each order]} */
export function buddyinfo(text) {
	const out = {};
	for (const [, zone, counts] of text.matchAll(/zone\s+(\w+)((?:\s+\d+)+)/g))
		out[zone] = counts.trim().split(/\s+/).map(Number);
	return out;
}
/** [[from, to], ...] of the areas, their guard pages with them */
export const vmallocinfo = (text) =>
	[...text.matchAll(/^0x([0-9a-f]+)-0x([0-9a-f]+)\s+\d+/gm)].map((m) => [
		parseInt(m[1], 16),
		parseInt(m[2], 16),
	]);
/**
 * [[from, to, flags], ...]: runs of equal entries, flags as bits of an entry, 0x80 for 4 MiB pages
 */
export function pagetables(text) {
	const bits = { USR: 4, RW: 2, ro: 0, PWT: 8, PCD: 0x10, PSE: 0x80, GLB: 0x100 };
	return [...text.matchAll(/^0x([0-9a-f]+)-0x([0-9a-f]+)\s+\S+\s+(.*)$/gm)].map((m) => [
		parseInt(m[1], 16),
		parseInt(m[2], 16),
		m[3].split(/\s+/).reduce((s, w) => s | (bits[w] ?? 0), 0),
	]);
}
/** What `translate` says: the physical address, or null for a fault. */
export function translated(bin, va, i) {
	const text = execFileSync(
		"build/pagescope",
		["translate", "0x" + va.toString(16), "--at-event", String(i), "-q", bin],
		quiet,
	).toString();
	const m = text.match(/^physical\s+0x([0-9a-f]+)/m);
	return { pa: m ? parseInt(m[1], 16) : null, text };
}

/** The same of a Machine of the viewer's. */
export const countsOf = (m, zones) =>
	Object.fromEntries(
		zones.map((z) => [z.name, Array.from({ length: 10 }, (_, o) => m.counts[z.id * 10 + o])]),
	);
export function runsOf(m, pgd = m.curPgd) {
	const runs = [],
		dir = m.dirs.get(pgd);
	const add = (at, size, flags) => {
		const last = runs.at(-1);
		if (last && last[1] === at && last[2] === flags) last[1] += size;
		else runs.push([at, at + size, flags]);
	};
	for (let slot = 0; slot < 1024; slot++) {
		const pde = dir?.entry[slot] ?? 0,
			at = slot * 0x400000;
		if (!(pde & 1)) continue;
		if (pde & 0x80) {
			add(at, 0x400000, (pde & 0x11e) | 0x80);
			continue;
		}
		const table = m.tables.get(pde >>> 12);
		for (let x = 0; x < 1024; x++)
			if (table?.entry[x] & 1) add(at + x * 4096, 4096, table.entry[x] & 0x11e);
	}
	return runs;
}
