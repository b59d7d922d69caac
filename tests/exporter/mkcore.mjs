#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// mkcore.mjs - makes an ELF core such as QEMU writes, from a text script, to plant what no
// guest at hand has.
//
//   mkcore.mjs < script > core
//
//   class 32|64          of the ELF file; 32 without it
//   machine N, type N    e_machine and e_type; 3 (386) and 4 (core) without them
//   cpu CR0 CR3 CR4      a processor, with its note of QEMU's
//   note VERSION BYTES   what those notes say; 1 and 440 without it
//   name TEXT            their name; QEMU without it
//   load PA BYTES        a segment of memory, of zeros
//   vaddr PA ADDR        the segment's p_vaddr
//   set PA VALUE [N STEP]  N words from PA on: VALUE, VALUE + STEP, ...
//   cut BYTES            the file ends after so many
//   wide                 the number of segments stands in a section header
import { readFileSync, writeSync } from "node:fs";

const core = { class: 32, machine: 3, type: 4, cpus: [], loads: [], note: [1, 440], name: "QEMU" };

function set(pa, value, n = 1, step = 0) {
	const load = core.loads.find((l) => pa >= l.pa && pa + 4 * n <= l.pa + l.memory.length);
	if (!load)
		throw new Error(`no segment has 0x${pa.toString(16)}`);
	for (let i = 0; i < n; i++)
		load.memory.writeUInt32LE((value + i * step) >>> 0, pa - load.pa + 4 * i);
}

const words = {
	class: (n) => core.class = n,
	machine: (n) => core.machine = n,
	type: (n) => core.type = n,
	cpu: (...cr) => core.cpus.push(cr),
	note: (...n) => core.note = n,
	load: (pa, bytes) => core.loads.push({ pa, vaddr: 0, memory: Buffer.alloc(bytes) }),
	vaddr: (pa, addr) => core.loads.find((l) => l.pa === pa).vaddr = addr,
	cut: (n) => core.cut = n,
	wide: () => core.wide = true,
	set,
};

function note([cr0, cr3, cr4]) {
	const [version, bytes] = core.note, out = Buffer.alloc(12 + 8 + (bytes + 3 & ~3));
	[core.name.length + 1, bytes, 0].forEach((v, i) => out.writeUInt32LE(v, 4 * i));
	out.write(core.name, 12, "latin1");
	out.writeUInt32LE(version, 20);
	[cr0, 0, 0, cr3, cr4].forEach((v, i) => {
		if (20 + 392 + 8 * i + 8 <= out.length)
			out.writeBigUInt64LE(BigInt(v), 20 + 392 + 8 * i);
	});
	return out;
}

// Integers of a header: [bytes, value], one after the other.
function pack(...fields) {
	const out = Buffer.alloc(fields.reduce((n, [bytes]) => n + bytes, 0));
	let at = 0;
	for (const [bytes, value] of fields) {
		if (bytes === 8)
			out.writeBigUInt64LE(BigInt(value), at);
		else
			out.writeUIntLE(value, at, bytes);
		at += bytes;
	}
	return out;
}

function header(type, offset, vaddr, pa, bytes) {
	const w = core.class / 8, flags = [4, 0];
	return core.class === 64
		? pack([4, type], flags, [w, offset], [w, vaddr], [w, pa], [w, bytes], [w, bytes], [w, 0])
		: pack([4, type], [w, offset], [w, vaddr], [w, pa], [w, bytes], [w, bytes], flags, [w, 0]);
}

for (const line of readFileSync(0, "latin1").split("\n")) {
	const [word, ...rest] = line.replace(/#.*/, "").trim().split(/\s+/);
	if (word === "name")
		core.name = rest[0];
	else if (word)
		words[word](...rest.map(Number));
}
const w = core.class / 8, ehsize = core.class === 64 ? 64 : 52, phsize = core.class === 64 ? 56 : 32;
const notes = Buffer.concat(core.cpus.map(note)), nr = core.loads.length + 1;
const section = core.class === 64
	? pack([4, 0], [4, 0], [8, 0], [8, 0], [8, 0], [8, 0], [4, 0], [4, nr], [8, 0], [8, 0])
	: pack([4, 0], [4, 0], [4, 0], [4, 0], [4, 0], [4, 0], [4, 0], [4, nr], [4, 0], [4, 0]);
let offset = ehsize + section.length + nr * phsize;
const headers = [header(4, offset, 0, 0, notes.length)];
offset += notes.length;
for (const l of core.loads) {
	headers.push(header(1, offset, l.vaddr, l.pa, l.memory.length));
	offset += l.memory.length;
}
const ehdr = Buffer.concat([
	Buffer.from([0x7f, 0x45, 0x4c, 0x46, core.class / 32, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
	pack([2, core.type], [2, core.machine], [4, 1], [w, 0], [w, ehsize + section.length],
		[w, ehsize], [4, 0], [2, ehsize], [2, phsize], [2, core.wide ? 0xffff : nr],
		[2, section.length], [2, 1], [2, 0]),
]);
const all = Buffer.concat([ehdr, section, ...headers, notes, ...core.loads.map((l) => l.memory)]);
const file = all.subarray(0, core.cut ?? all.length);
for (let at = 0; at < file.length;)
	at += writeSync(1, file, at);
