// SPDX-License-Identifier: MIT
/*
 * defs.mjs - events.def and event.h read as data, for the tests.
 *
 * The header of a trace carries the event table; here it is made from the same
 * file the kernel and the exporter are made from, so that a synthetic trace
 * cannot drift from the real ones.
 */
import { readFileSync } from "node:fs";

const root = new URL("../../include/pagescope/", import.meta.url);

/** The header's `kinds`, columns assigned by meaning as docs/json.md says. */
export function kinds() {
	const src = readFileSync(new URL("events.def", root), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
	const out = [];
	const re = /EVENT\((\d+),\s*(\w+),\s*(\w+),\s*(\w+),\s*"([^"]*)",([\s\S]*?)(?=\nEVENT\(|$)/g;
	for (const [, id, name, group, cls, text, body] of src.matchAll(re)) {
		const fields = [];
		let letter = 0;
		for (const [, tag, args] of body.matchAll(/\b([FQPS])\(((?:[^"()]|"[^"]*")*)\)/g)) {
			const words = args
				.split('"')[0]
				.split(",")
				.map((w) => w.trim())
				.filter(Boolean);
			const label = args.match(/"([^"]*)"/)[1];
			if (tag === "S") {
				fields.push({ name: words[0], meaning: "string", text: label });
				continue;
			}
			const page = tag === "P",
				meaning = page ? "pa" : words[words.length - 1];
			const field = { name: words[page ? 0 : 1], meaning, text: label };
			if (tag === "Q") field.count = words[2];
			if (page) field.page = words[1];
			if (cls === "ev") {
				field.col = { zone: "z", order: "o", site: "s" }[meaning] ?? "abcdef"[letter++];
			}
			fields.push(field);
		}
		out.push({ id: +id, name, group, class: cls, text, fields });
	}
	return out;
}

/** The header's `values`: meaning -> value -> text. */
export function values() {
	const src = readFileSync(new URL("event.h", root), "utf8");
	const lists = {};
	for (const [, list, body] of src.matchAll(/#define (PS_\w+)\(X\) \\\n((?:\tX\(.*\n)+)/g)) {
		lists[list] = {};
		for (const [, v, text] of body.matchAll(/X\((\w+), \w+, "([^"]*)"\)/g))
			lists[list][Number(v)] = text;
	}
	const out = {};
	for (const [, meaning, list] of src.matchAll(/T\((\w+), (PS_\w+)\)/g))
		out[meaning] = lists[list];
	return out;
}
