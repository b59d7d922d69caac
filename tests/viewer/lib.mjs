// SPDX-License-Identifier: MIT
/*
 * lib.mjs - claims for tests/lib/run.sh, and a trace fed to the model as the page does it.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Model } from "../../viewer/model/model.js";
import { LineParser } from "../../viewer/load/parse.js";

let failed = 0,
	prefix = "";

/** Every claim from here on is about this browser, and says so. */
export function claimsAre(browser) {
	prefix = browser + ": ";
}
/** Prints "ok NAME" or "not ok NAME: why". */
export function claim(name, ok, why = "") {
	if (!ok) failed++;
	name = prefix + name;
	console.log(ok ? `ok ${name}` : `not ok ${name}: ${String(why).replace(/\n/g, " ")}`);
	return ok;
}
export function same(name, got, want) {
	const a = JSON.stringify(got),
		b = JSON.stringify(want);
	return claim(name, a === b, `got ${a?.slice(0, 300)}, wanted ${b?.slice(0, 300)}`);
}
/** Runs a test; what it throws is a failed claim. */
export async function test(name, fn) {
	try {
		await fn();
	} catch (err) {
		claim(name, false, err.stack);
	}
}
export function finish() {
	process.exitCode = failed ? 1 : 0;
}

/** Lines (text or bytes) into a finished model; parts of `step` bytes, to cross every boundary. */
export function load(input, { step = 1 << 20, range = null, kept } = {}) {
	let bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
	if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
	let model = null;
	const bad = [];
	const parser = new LineParser({
		onRecord(rec) {
			if (rec.rec === "header" && !model) model = new Model(rec, { range, kept });
			else model.record(rec);
		},
		onChunk(chunk) {
			model.chunk(chunk);
		},
		onBad(err) {
			if (!model) throw err;
			bad.push(err);
		},
	});
	for (let at = 0; at < bytes.length; at += step)
		parser.push(new Uint8Array(bytes.subarray(at, at + step)));
	parser.end();
	model.finish();
	model.bad = bad;
	return model;
}
export const loadFile = (path) => load(new Uint8Array(readFileSync(path)));

export function random(seed) {
	let s = seed >>> 0 || 1;
	return (n) => {
		s ^= s << 13;
		s >>>= 0;
		s ^= s >>> 17;
		s ^= s << 5;
		s >>>= 0;
		return s % n;
	};
}

/** Everything a machine knows, as one string: two moments are equal if these are. */
export function digest(m, trace) {
	const tables = [...m.tables]
		.filter(([, t]) => t.entry.some((e) => e))
		.sort(([a], [b]) => a - b)
		.map(([k, t]) => [k, hash(t.entry), hash(t.since)]);
	const dirs = [...m.dirs]
		.sort(([a], [b]) => a - b)
		.map(([k, t]) => [k, hash(t.entry), hash(t.since)]);
	const lists = trace.zones.map((z) =>
		Array.from({ length: 10 }, (_, o) => hash(m.list(z.id, o))),
	);
	return JSON.stringify({
		i: m.i,
		meta: hash(m.meta),
		since: hash(m.since),
		lists,
		free: [...m.zoneFree],
		counts: [...m.counts],
		tables,
		dirs,
		areas: m.areas.map((a) => [a.addr, a.size, a.i]),
		vm: m.vmPages,
		cur: m.curPgd,
		refs: [...m.refs].sort(([a], [b]) => a - b),
		call: [m.call.op, m.call.size],
	});
}
function hash(list) {
	let h = 0x811c9dc5;
	for (const v of list) h = (Math.imul(h ^ v, 0x01000193) + ((v >>> 16) ^ (h << 5))) | 0;
	return h;
}
