// SPDX-License-Identifier: MIT
// schema.mjs FILE... - every line of each exported file fits viewer/pagescope.schema.json.
// Also breaks a line on purpose, to see the schema refuse it.
import { createReadStream, readFileSync } from "node:fs";
import { createGunzip } from "node:zlib";
import { createInterface } from "node:readline";
import Ajv from "ajv/dist/2020.js";

const here = new URL(".", import.meta.url);
const schema = JSON.parse(readFileSync(new URL("../../viewer/pagescope.schema.json", here)));
const known = new Set(schema.allOf.map((rule) => rule.if.properties.rec.const));
const validate = new Ajv({ strict: false }).compile(schema);
let failed = 0;

function report(name, why) {
	console.log(why ? `not ok schema: ${name}: ${why}` : `ok schema: ${name}`);
	failed += why ? 1 : 0;
}

async function check(path) {
	let raw = createReadStream(path), n = 0;
	if (path.endsWith(".gz")) raw = raw.pipe(createGunzip());
	for await (const line of createInterface({ input: raw, crlfDelay: Infinity })) {
		const rec = JSON.parse(line);
		n++;
		if (!known.has(rec.rec)) return `line ${n}: unknown record ${rec.rec}`;
		if (!validate(rec)) return `line ${n} (${rec.rec}): ${JSON.stringify(validate.errors[0])}`;
	}
	return n < 3 ? "too short" : "";
}

for (const path of process.argv.slice(2)) report(path.replace(/.*\//, ""), await check(path));

const wrong = [
	["a header without zones", { rec: "header", format: "pagescope", version: 1 }],
	["a negative tick", { rec: "key", i: 0, t: -1, src: "initial" }],
	["an expectation without its text", { rec: "obj", i: 1, t: 1, k: 7, ok: 1, line: 1, got: "" }],
	["a count that is no number", { rec: "check", i: 1, t: 1, k: 30, zone: 0, free_pages: 0, list_hash: 0, map_hash: 0, nr_orders: 2, nr_free: [1, "2"] }],
	["a gap of no known size", { rec: "gap", i: 7 }],
	["a symbol by half", { rec: "symbols", addr: [3222274304], name: ["vmalloc"] }],
	["a column of text", { rec: "ev", i: 0, n: 1, t0: 0, dt: [0], k: "16" }],
];
for (const [name, rec] of wrong) report(`${name} is refused`, validate(rec) ? "it was accepted" : "");
process.exit(failed ? 1 : 0);
