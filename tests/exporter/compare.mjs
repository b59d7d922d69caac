// SPDX-License-Identifier: MIT
// compare.mjs THEIRS OURS - babeltrace2's text (one event a line, "TICK NAME: { field = value, ... }")
// against ours (one JSON object a line): every event, every field.
import { readFileSync } from "node:fs";

const theirs = readFileSync(process.argv[2], "utf8").trimEnd().split("\n");
const ours = readFileSync(process.argv[3], "utf8").trimEnd().split("\n").map((l) => JSON.parse(l));

// "{ a = 1, s = "x, y", l = [ [0] = 1, [1] = 2 ] }" -> Map
function fields(text) {
	const out = new Map(), re = /(\w+) = (?:"((?:[^"\\]|\\.)*)"|\[((?:[^\]]|\](?=[^,}]*=))*)\](?=,| })|(0x[0-9A-Fa-f]+|\d+))/g;
	for (let m; (m = re.exec(text)); ) {
		if (m[2] !== undefined) out.set(m[1], JSON.parse(`"${m[2]}"`));
		else if (m[3] !== undefined) out.set(m[1], [...m[3].matchAll(/\] = (0x[0-9A-Fa-f]+|\d+)/g)].map((x) => Number(x[1])));
		else out.set(m[1], Number(m[4]));
	}
	return out;
}

let wrong = theirs.length === ours.length ? "" : `${theirs.length} events, ours ${ours.length}`;
for (let n = 0; !wrong && n < ours.length; n++) {
	const [, t, name, rest] = /^(\d+) (\w+): (.*)$/.exec(theirs[n]) ?? [];
	if (Number(t) !== ours[n].t || name !== ours[n].event) wrong = `event ${n}: ${theirs[n].slice(0, 80)}`;
	else for (const [key, value] of fields(rest))
		if (JSON.stringify(ours[n][key]) !== JSON.stringify(value)) {
			wrong = `event ${n}: ${name}.${key} is ${JSON.stringify(value)}, ours ${JSON.stringify(ours[n][key])}`;
			break;
		}
}
console.log(wrong ? `not ok export: fields as babeltrace2 decodes them: ${wrong}`
	: `ok export: fields as babeltrace2 decodes them, ${ours.length} events`);
