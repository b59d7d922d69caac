// SPDX-License-Identifier: MIT
// babeltrace.mjs DUMP BABELTRACE: do both list the same events with the same
// values?  DUMP is capture_dump's text, BABELTRACE that of
// `babeltrace2 --clock-cycles`.  Prints the first difference.
import { readFileSync } from 'node:fs';

const lines = (name) => readFileSync(name, 'latin1').split('\n').filter((l) => l);

// capture_dump: TICK NAME field=hex array[0]=hex string="raw text"
function fromDump(line) {
	const [tick, name] = line.split(' ', 2);
	const values = [];
	const rest = line.slice(tick.length + name.length + 1);
	for (const m of rest.matchAll(/ \w+(?:\[\d+\])?=(?:"(.*?)"(?= \w+="|$)|([0-9a-f]+))/g))
		values.push(m[1] === undefined ? BigInt('0x' + m[2]).toString() : JSON.stringify(m[1]));
	return { tick: Number(tick), name, values };
}

// babeltrace2: [TICKS] NAME: { packet context }, { field = 12, array = [ [0] = 1 ], s = "text" }
function fromBabeltrace(line) {
	const head = /^\[(\d+)\] (?:\(\S+\) )?(\w+): \{[^}]*\}, \{ ?/.exec(line);
	const values = [];
	for (const m of line.slice(head[0].length).matchAll(/ = (?:"((?:[^"\\]|\\.)*)"|(0x[0-9A-F]+|-?\d+))/g)) {
		if (m[1] === undefined)
			values.push(BigInt(m[2]).toString());
		else
			values.push(JSON.stringify(m[1].replace(/\\(.)/g, '$1')));
	}
	return { tick: Number(head[1]), name: head[2], values };
}

// babeltrace2 2.0.4 shows an empty string with the text the field had before.
let empty = 0;
function same(a, b) {
	return a.tick === b.tick && a.name === b.name && a.values.length === b.values.length &&
		a.values.every((v, i) => v === b.values[i] || (v === '""' && ++empty));
}

const order = (a, b) => a.tick - b.tick || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
const show = (e) => [e.tick, e.name, ...e.values].join(' ');
const [a, b] = [lines(process.argv[2]).map(fromDump), lines(process.argv[3]).map(fromBabeltrace)];
a.sort(order);
b.sort(order);
if (a.length !== b.length) {
	console.log(`${a.length} events in the capture, ${b.length} in babeltrace2`);
	process.exit(1);
}
const wrong = a.findIndex((e, i) => !same(e, b[i]));
if (wrong >= 0) {
	console.log(`capture: ${show(a[wrong])}\nbabeltrace2: ${show(b[wrong])}`);
	process.exit(1);
}
console.log(`${a.length} events agree` + (empty ? `, ${empty} empty strings apart` : ''));
