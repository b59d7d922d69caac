#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// json.mjs - what a command prints with --json is what it prints without: the text is made once
// more, from the JSON, and compared line by line.  Views of `show` at a moment and at the end,
// `dump`, `check` and `diff`.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const B = process.env.B ?? "build";
const dir = mkdtempSync(join(tmpdir(), "pagescope-json-"));
let failed = 0;

function report(name, why) {
	console.log(why ? `not ok json: ${name}: ${why}` : `ok json: ${name}`);
	failed += why ? 1 : 0;
}

// What pagescope prints; status 3 (something was found) is an answer too.
function pagescope(...args) {
	const run = spawnSync(join(B, "pagescope"), [...args, "-q"], { maxBuffer: 1 << 28 });
	if (run.status !== 0 && run.status !== 3)
		throw new Error(`pagescope ${args.join(" ")}: ${run.stderr}`);
	return run.stdout.toString();
}

function simulate(file, ...args) {
	const out = join(dir, file);
	execFileSync(join(B, "mmsim"), [...args, "-o", out], { stdio: "ignore" });
	return out;
}

// The first line in which the two differ, or nothing.
function difference(text, made) {
	const a = text.split("\n");
	const b = made.split("\n");
	for (let n = 0; n < Math.max(a.length, b.length); n++)
		if (a[n] !== b[n]) return `line ${n + 1} is '${a[n]}', of the JSON '${b[n]}'`;
	return "";
}

const pad = (value, width) => String(value).padStart(width);
const thousands = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const hex32 = (n) => `0x${(n >>> 0).toString(16).padStart(8, "0")}`;

// ---- the views of show ----

// The text counts in 32 bits: a range that ends with the address space ends at 0.
const range = (r) => `${r.start}-${hex32(Number(r.end) % 2 ** 32)}`;
const size = (r) => Number(r.end) - Number(r.start);
const zoneLine = (z, rest) => `Node 0, zone ${pad(z.name, 8)}${rest}`;
const fixed = (perMille) => `${perMille < 0 ? "-" : ""}${(Math.abs(perMille) / 1000).toFixed(3)}`;

const VIEWS = {
	buddyinfo: (j) =>
		j.zones.map((z) => zoneLine(z, z.nr_free.map((n) => ` ${pad(n, 6)}`).join(""))),

	zoneinfo: (j) =>
		j.zones.flatMap((z) => [
			zoneLine(z, ""),
			`  pages free     ${z.free}`,
			`        min      ${z.min}`,
			`        low      ${z.low}`,
			`        high     ${z.high}`,
			`        spanned  ${z.spanned}`,
			`        managed  ${z.managed}`,
			`  start_pfn:     ${z.start_pfn}`,
		]),

	extfrag: (j, text) =>
		["unusable_index", "extfrag_index"].flatMap((index) => [
			text.split("\n").find((line) => line.startsWith(index)),
			...j.zones.map((z) => zoneLine(z, z[index].map((n) => ` ${fixed(n)}`).join(""))),
		]),

	vmallocinfo: (j) => [
		...j.areas.map((a) => {
			const rest = a.physical ? `phys=${a.physical}` : `pages=${a.pages}`;
			return `${range(a)} ${pad(a.bytes, 8)} ${a.caller} ${rest} ${a.kind}`;
		}),
		`VmallocTotal: ${pad(j.total / 1024, 8)} kB`,
		`VmallocUsed:  ${pad(j.used / 1024, 8)} kB in ${j.areas.length} areas, ` +
			`${j.guards / 1024} kB of it guard pages`,
		`VmallocChunk: ${pad(j.chunk / 1024, 8)} kB`,
		`PageTables:   ${pad(j.tables / 1024, 8)} kB`,
	],

	layout: (j) => [
		"virtual kernel memory layout:",
		...j.ranges.map((r) => {
			const unit = r.bytes >= 10 << 20 ? ["MB", 20] : ["kB", 10];
			const end = hex32(Number(r.end) % 2 ** 32);
			const amount = `${pad(r.bytes >>> unit[1], 4)} ${unit[0]}`;
			return `    ${r.name.padEnd(8)}: ${r.start} - ${end}   (${amount})`;
		}),
	],

	pagetables: (j) =>
		j.runs.map((r) => {
			const kb = r.bytes / 1024;
			const amount = kb % 1024 ? `${pad(kb, 7)}K` : `${pad(kb / 1024, 7)}M`;
			const bits = [
				r.user ? "USR" : "   ",
				r.write ? "RW" : "ro",
				r.pwt ? "PWT" : "   ",
				r.pcd ? "PCD" : "   ",
				r.large ? "PSE" : "   ",
				r.global ? "GLB" : "   ",
				r.large ? "pde" : "pte",
			];
			return `${range(r)} ${amount} ${bits.join(" ")}`;
		}),

	leaks: (j, text) => [
		text.split("\n")[0],
		...j.holders.map(
			(h) =>
				[h.pages, h.blocks, h.objects].map((n) => pad(n, 8)).join(" ") +
				` ${pad(h.bytes, 10)} ${pad(h.since, 11)}  ${h.caller}`,
		),
		...j.areas.map(
			(a) =>
				`area ${range(a)} ${a.pages} page${a.pages === 1 ? "" : "s"} ` +
				`since event ${thousands(a.since)}, made by ${a.caller}`,
		),
	],

	slabinfo: (j) => [
		"slabinfo - version: 1.1",
		...j.caches.map(
			(c) =>
				c.name.padEnd(17) +
				[c.active_objects, c.objects, c.object_size].map((n) => ` ${pad(n, 6)}`).join("") +
				[c.active_slabs, c.slabs, c.pages_per_slab].map((n) => ` ${pad(n, 4)}`).join(""),
		),
	],
};

// Each view of the moment that `where` names; `rows` has the views that must not be empty there.
function compareViews(name, capture, where, rows) {
	for (const [view, lines] of Object.entries(VIEWS)) {
		const text = pagescope("show", view, ...where, capture);
		const json = JSON.parse(pagescope("show", view, "--json", ...where, capture));
		let why = difference(text, `${lines(json, text).join("\n")}\n`);
		if (where.length && json.i !== Number(where.at(-1))) why ||= `it is of event ${json.i}`;
		const arrays = Object.values(json).filter(Array.isArray);
		if (rows.includes(view) && !arrays.every((list) => list.length)) why ||= "nothing to compare";
		for (const r of [...(json.areas ?? []), ...(json.ranges ?? []), ...(json.runs ?? [])])
			if (r.bytes !== size(r)) why ||= `${r.start}: ${r.bytes} bytes`;
		report(`${name}: show ${view}`, why);
	}
}

// ---- the other commands ----

function dumpLine(row) {
	if (row.is === "skipped") return `${row.offset} skipped: ${row.bytes} bytes`;
	if (row.is === "event") return `  ${row.offset} ${row.t} ${row.hex} ${row.text}`;
	return (
		`${row.offset} session ${row.session} stream ${row.stream} seq ${row.seq}: ` +
		`${row.content_bytes} of ${row.packet_bytes} bytes, ${row.events} events, ` +
		`ticks ${row.t0}..${row.t1}, discarded ${row.discarded}, crc ${row.crc}`
	);
}

function compareDump(name, capture) {
	const rows = pagescope("dump", "--events", "--json", capture).trimEnd().split("\n");
	const made = rows.map((line) => `${dumpLine(JSON.parse(line))}\n`).join("");
	report(`${name}: dump`, difference(pagescope("dump", "--events", capture), made));
}

// The last lines of check: how much of each sort.
function compareCheck(name, capture) {
	const c = JSON.parse(pagescope("check", "--json", capture));
	const made =
		`found     ${thousands(c.violations)} violations, ${thousands(c.hazards)} hazards, ` +
		`${thousands(c.notes)} notes`;
	const text = pagescope("check", capture).trimEnd().split("\n");
	let why = difference(text.at(-1), made);
	for (const f of c.findings) {
		const line = `event ${thousands(f.i)}, tick ${thousands(f.t)}: ${f.text}`;
		const shown = text.filter((t) => t.startsWith(f.severity) && t.includes(f.rule));
		if (shown.length < 3 && !shown.some((t) => t.endsWith(line))) why ||= `no line '${line}'`;
	}
	if (!c.findings.length) why ||= "nothing to compare";
	report(`${name}: check`, why);
}

// Each table of diff: the numbers of both sides in the text's order.
function compareDiff(name, a, b, tables) {
	const json = JSON.parse(pagescope("diff", "--json", a, b));
	const text = pagescope("diff", a, b).split("\n");
	const pair = ([x, y], width) => `${pad(thousands(x), width)} ${pad(thousands(y), width)}`;
	const rows = {
		figures: Object.entries(json.figures).map(([k, v]) => `${k.padEnd(42)} ${pair(v, 14)}`),
		by_kind: Object.entries(json.by_kind).map(([k, v]) => `  ${k.padEnd(28)} ${pair(v, 14)}`),
		steps: json.steps.map(
			(s) =>
				`  line ${String(s.line).padEnd(4)} ${s.step.slice(0, 40).padEnd(40)} ` +
				pair(s.events, 10),
		),
		callers: json.callers.map((c) => `  ${c.caller.padEnd(40)} ${pair(c.pages, 14)}`),
	};
	for (const table of tables) {
		const shown = table === "steps" || table === "callers" ? 10 : rows[table].length;
		const lost = rows[table].slice(0, shown).find((r) => !text.some((t) => t.startsWith(r)));
		report(
			`${name}: diff's ${table}`,
			lost ? `no line '${lost}'` : rows[table].length ? "" : "nothing to compare",
		);
	}
}

// ---- the captures ----

// something of each sort is held at the end
const held = join(dir, "held.scn");
writeFileSync(
	held,
	`blocks = alloc 0 count=5
large = alloc 5
area = vmalloc 40K
frames = alloc 0 count=4
map = vmap frames
device = ioremap 0xfe000000 8K
object = kmalloc 3000
`,
);
const all = Object.keys(VIEWS);
compareViews("blocks held", simulate("held", "--scenario", held), [], all);
const churn = simulate("churn", "--events", "60000", "--seed", "31");
compareViews("churn at a moment", churn, ["--at-event", "45000"], all);
const high = simulate("high", "--ram", "1G", "--highmem", "--scenario", "scenarios/highmem.scn");
compareViews("high memory", high, [], ["buddyinfo", "layout", "pagetables"]);

const noisy = join(dir, "noisy");
writeFileSync(noisy, Buffer.concat([Buffer.from("noise\n"), readFileSync(churn)]));
compareDump("churn", noisy);
compareCheck("blocks held", join(dir, "held"));

const tour = simulate("tour", "--scenario", "scenarios/tour.scn");
const tour32 = simulate("tour32", "--scenario", "scenarios/tour.scn", "--ram", "32M");
compareDiff("the tour in 64M and 32M", tour, tour32, ["figures", "by_kind", "steps"]);
const other = simulate("other", "--events", "60000", "--seed", "32");
compareDiff("churn of two seeds", churn, other, ["figures", "by_kind", "callers"]);

rmSync(dir, { recursive: true });
process.exit(failed ? 1 : 0);
