#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// models.mjs - two replays written apart, the exporter's in C and the viewer's in JavaScript, agree
// at random moments: free lists' lengths, areas, who has each frame, where addresses lead. And a
// slice, which begins with the state the exporter hands over, goes on as the whole trace does.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadFile, random } from "../viewer/lib.mjs";
import { OWNERS } from "../../viewer/model/owners.js";
import { translate } from "../../viewer/model/address.js";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const B = process.env.B ?? "build", dir = mkdtempSync(join(tmpdir(), "pagescope-models-"));
const rand = random(20);
let failed = 0;

function report(name, why) {
	console.log(why ? `not ok models: ${name}: ${why}` : `ok models: ${name}`);
	failed += why ? 1 : 0;
}
const run = (tool, ...args) => execFileSync(join(B, tool), args, { stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 28 }).toString();

const lists = (m, zones) => zones.map((z) => Array.from({ length: 10 }, (_, o) => m.list(z.id, o).length).join(" ")).join("; ");
const buddyinfo = (text) => text.trim().split("\n").map((l) => l.replace(/.*zone +\w+ +/, "").trim().split(/ +/).join(" ")).join("; ");

// Frames by owner, as the key of a slice tells them, against the viewer's.
function owners(key, m) {
	const f = key.frames;
	for (let r = 0; r < f.pfn.length; r++)
		for (let p = f.pfn[r]; p < f.pfn[r] + f.n[r]; p++) {
			const theirs = OWNERS[m.meta[p] >> 4];
			if (theirs !== f.owner[r]) return `frame 0x${p.toString(16)} is ${f.owner[r]}, for the viewer ${theirs}`;
		}
	return "";
}

function compare(name, args) {
	const bin = join(dir, "c.bin"), out = join(dir, "c.jsonl.gz");
	try { run("mmsim", ...args, "-o", bin); } catch { /* a scenario may fail on purpose */ }
	run("pagescope", "export", "-o", out, bin);
	const model = loadFile(out), { trace } = model, start = trace.marks[1]?.i ?? Math.floor(trace.n / 2);
	const wrong = { lists: "", areas: "", addresses: "", frames: "", slice: "" };
	for (let k = 0; k < 8; k++) {
		const i = start + rand(trace.n - start - 1), at = String(i), m = model.at(i);
		const ours = buddyinfo(run("pagescope", "show", "buddyinfo", "--at-event", at, bin));
		if (ours !== lists(m, trace.zones)) wrong.lists ||= `event ${i}: ${ours}, viewer ${lists(m, trace.zones)}`;
		const areas = run("pagescope", "show", "vmallocinfo", "--at-event", at, bin).match(/^0x[0-9a-f]{8}-/gm) ?? [];
		const theirs = m.areas.map((a) => `0x${a.addr.toString(16)}-`);
		if (areas.join() !== theirs.join()) wrong.areas ||= `event ${i}: ${areas}, viewer ${theirs}`;
		for (let n = 0; n < 4; n++) {
			const area = m.areas.length ? m.areas[rand(m.areas.length)] : null;
			const va = n && area ? area.addr + rand(area.size >>> 12) * 4096 + 8 : (0xc0000000 + rand(1 << 28)) >>> 0;
			const c = JSON.parse(run("pagescope", "translate", `0x${va.toString(16)}`, "--json", "--at-event", at, bin));
			const js = translate(model, va, i), pa = js.walk.ok ? js.walk.pa >>> 0 : null;
			if ((c.mapped ? Number(c.physical) : null) !== pa) wrong.addresses ||= `event ${i}, 0x${va.toString(16)}: ${c.physical}, viewer ${pa?.toString(16)}`;
		}
	}
	const events = run("pagescope", "export", "--format=events", bin).split("\n").filter(Boolean).map((l) => JSON.parse(l).t);
	const slice = join(dir, "s.jsonl"), tick = events[start + rand((trace.n - start) >> 1)];
	run("pagescope", "export", "--from", String(tick), "-o", slice, bin);
	// a slice does not begin in the middle of a split
	const from = events.indexOf(JSON.parse(readFileSync(slice, "utf8").split("\n", 1)[0]).t0);
	const key = JSON.parse(readFileSync(slice, "utf8").split("\n").find((l) => l.startsWith('{"rec":"key"')));
	wrong.frames = owners(key, model.at(from - 1));
	const part = loadFile(slice);
	for (const j of [0, part.n >> 2, part.n >> 1, part.n - 1]) {
		const a = lists(part.at(j), part.trace.zones), b = lists(model.at(from + j), trace.zones);
		if (a !== b) wrong.slice ||= `its event ${j}: ${a}, whole trace ${b}`;
	}
	if (part.n !== trace.n - from) wrong.slice ||= `${part.n} events, not ${trace.n - from}`;
	const bad = part.hazards.checks.filter((c) => !c.ok);
	if (bad.length) wrong.slice ||= `${bad.length} snapshots differ in the slice`;
	report(`${name}: free lists at random moments`, wrong.lists);
	report(`${name}: areas`, wrong.areas);
	report(`${name}: addresses`, wrong.addresses);
	report(`${name}: who has each frame`, wrong.frames);
	report(`${name}: a slice goes on as the whole`, wrong.slice);
}

// Events are lost, and no event tells again what some entries held: a slice from there on knows as
// much of every address as the whole trace does at that moment, and no more.
function unknownEntries() {
	const bin = join(dir, "torn.bin"), out = join(dir, "torn.jsonl"), slice = join(dir, "torn-slice.jsonl");
	run("mmsim", "--scenario", "scenarios/tour.scn", "-o", bin);
	const bytes = readFileSync(bin), cut = (bytes.length >> 14) << 12;
	writeFileSync(bin, Buffer.concat([bytes.subarray(0, cut), bytes.subarray(cut + 4096)]));
	run("pagescope", "export", "-o", out, bin);
	const whole = loadFile(out), { trace } = whole, gap = trace.gaps[0].i;
	const events = run("pagescope", "export", "--format=events", bin).split("\n").filter(Boolean).map((l) => JSON.parse(l).t);
	run("pagescope", "export", "--from", String(events[gap + Math.floor((trace.n - gap) * 0.75)]), "-o", slice, bin);
	const from = events.indexOf(JSON.parse(readFileSync(slice, "utf8").split("\n", 1)[0]).t0);
	const part = loadFile(slice), seen = { unknown: 0, mapped: 0, empty: 0 };
	let wrong = "";
	for (const j of [0, part.n >> 1, part.n - 1]) {
		const a = part.at(j), b = whole.at(from + j), dir = b.dirs.get(b.refPgd);
		const pages = Array.from({ length: 1000 }, () => b.pageOffset + rand(1 << 28));
		for (let slot = 0; slot < 1024; slot++)
			if (dir.entry[slot] & 1) for (let x = 0; x < 1024; x++) pages.push(slot * 0x400000 + x * 4096);
		for (const va of pages) {
			const say = (w) => (w.ok ? `0x${w.pa.toString(16)}` : w.unknown ? "unknown" : "empty");
			const x = say(a.walk(va, a.refPgd)), y = say(b.walk(va, b.refPgd));
			seen[y === "unknown" || y === "empty" ? y : "mapped"]++;
			if (x !== y) wrong ||= `event ${j}, 0x${va.toString(16)}: ${x}, whole trace ${y}`;
		}
	}
	report("after a loss a slice tells which entries are unknown", wrong || (seen.unknown && seen.mapped && seen.empty ? "" : JSON.stringify(seen)));
}

unknownEntries();
compare("tour", ["--scenario", "scenarios/tour.scn"]);
compare("churn", ["--events", "60000", "--seed", "11"]);
compare("high memory", ["--ram", "1G", "--highmem", "--events", "40000", "--seed", "12"]);
rmSync(dir, { recursive: true });
process.exit(failed ? 1 : 0);
