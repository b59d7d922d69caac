#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/*
 * replays.test.mjs - both replays, the exporter's in C and the viewer's, find the same: rule by
 * rule and event by event, on every trace that needs no emulator: all scenarios, workloads, each
 * planted fault of tests/exporter and seeded random captures, right and wrong ones.
 *
 * replays.test.mjs CAPTURE...: on these alone; prints what both find first.
 *
 * The random ones are of kernels of every kind (machines.mjs) and of ours, right and wrong, whole
 * and with losses. A right one has no finding but its losses.
 *
 * Not compared: leaks (in the viewer the table Held).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claim, same, test, finish, loadFile, random } from "./lib.mjs";
import { Kernel } from "./machines.mjs";
import { SEVERITY } from "../../viewer/model/rules.js";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const B = process.env.B ?? "build",
	RANDOM = +(process.env.RANDOM_TRACES ?? 60),
	dir = mkdtempSync(join(tmpdir(), "pagescope-replays-")),
	bin = join(dir, "c.bin"),
	jsonl = join(dir, "c.jsonl");

const run = (tool, ...args) =>
	spawnSync(join(B, tool), args, { stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 });

/** What a replay found, as "event rule", sorted. */
const listed = (findings) =>
	[...new Set(findings.map((x) => `#${x.i} ${x.rule}`))].sort(
		(x, y) => parseInt(x.slice(1)) - parseInt(y.slice(1)) || (x < y ? -1 : 1),
	);

/** What both find in the capture: {check, viewer, snapshots}, each a list of "event rule". */
function both() {
	const check = run("pagescope", "check", "-q", "--json", "--max=100000", bin),
		out = run("pagescope", "export", "-q", "-o", jsonl, bin);
	if (out.status) throw new Error(`export: ${out.stderr}`);
	const report = JSON.parse(check.stdout.toString()),
		model = loadFile(jsonl),
		judged = (list) => list.filter((x) => x.rule !== "leak");
	return {
		check: listed(judged(report.findings)),
		viewer: listed(judged(model.hazards.list)),
		snapshots: [report.snapshots, model.hazards.checks.length],
		report,
		model,
	};
}
/** In words, what only one of them finds; "": nothing. */
function differing({ check, viewer }) {
	const only = (a, b) => a.filter((x) => !b.includes(x)).slice(0, 5),
		c = only(check, viewer),
		v = only(viewer, check);
	return [
		c.length ? `only check: ${c.join(", ")}` : "",
		v.length ? `only the viewer: ${v.join(", ")}` : "",
	]
		.filter(Boolean)
		.join("; ");
}
function compare(name) {
	const x = both(),
		why = differing(x);
	claim(
		`${name}: both replays find the same${x.check.length ? ` (${x.check.length})` : ""}`,
		!why,
		why,
	);
	return x;
}

if (process.argv.length > 2) {
	for (const file of process.argv.slice(2)) {
		writeFileSync(bin, readFileSync(file));
		const x = compare(file.split("/").slice(-2).join("/"));
		console.log(`# first: ${x.viewer[0]?.split(" ")[1] ?? "nothing"}`);
	}
	rmSync(dir, { recursive: true });
	finish();
	process.exit();
}

await test("rules", () => {
	const rules = readFileSync("exporter/model/rules.h", "utf8"),
		theirs = [...rules.matchAll(/RULE\(\w+, "([a-z-]+)", (\w+)/g)].map(([, name, severity]) => [
			name,
			severity.toLowerCase(),
		]);
	same(
		"the viewer has the rules of check, with their severities",
		Object.entries(SEVERITY),
		theirs,
	);
});

if (!process.env.ONLY_RANDOM)
	await test("scenarios", () => {
		for (const sub of ["", "claims/", "lessons/"])
			for (const file of readdirSync(`scenarios/${sub}`).filter((f) => f.endsWith(".scn"))) {
				run("mmsim", "--scenario", `scenarios/${sub}${file}`, "-o", bin);
				const { snapshots } = compare(sub + file);
				same(`${sub + file}: both compare all snapshots`, snapshots[1], snapshots[0]);
			}
		for (const [name, ...args] of [
			["churn", "--events", "60000", "--seed", "11"],
			["high memory", "--ram", "1G", "--highmem", "--events", "40000", "--seed", "12"],
			["quirks", "--quirks", "2.4.22", "--events", "20000", "--seed", "13"],
		]) {
			run("mmsim", ...args, "-o", bin);
			compare(name);
		}
		writeFileSync(
			join(dir, "misuse.scn"),
			"p = alloc 0 count=2\nfree p[0]\nfree p[0] misuse\nc = alloc 3\nfree c[0] order=0 misuse\n" +
				"d = alloc 0\nfree d[0] order=1 misuse\n",
		);
		run("mmsim", "--quirks", "2.4.22", "--scenario", join(dir, "misuse.scn"), "-o", bin);
		compare("misuse with quirks");
	});

const T = "tests/exporter/",
	text = (file) => readFileSync(T + file, "utf8"),
	machines = { one: text("machine.txt"), two: text("machine2.txt") },
	macros = { "@vmalloc": text("vmalloc.txt"), "@vfree": text("vfree.txt") };
/** The lines as a capture. */
function capture(lines, machine = machines.one) {
	const all = machine + lines.map((l) => macros[l] ?? l + "\n").join("");
	writeFileSync(bin, execFileSync(join(B, "mkcapture"), { input: all }));
}

await test("planted faults", () => {
	const seen = new Map();
	for (const block of text("planted.txt").split(/^== /m).slice(1)) {
		const [rule, ...lines] = block.split("\n").filter((l) => l && !l.startsWith("#")),
			n = (seen.get(rule) ?? 0) + 1,
			two = lines[0] === "two-zones";
		seen.set(rule, n);
		capture(two ? lines.slice(1) : lines, two ? machines.two : machines.one);
		const x = compare(`${rule} (${n})`);
		if (rule !== "leak")
			claim(
				`${rule} (${n}): the viewer finds it`,
				x.viewer.some((f) => f.endsWith(" " + rule)),
				x.viewer.join(", "),
			);
	}
	capture(["@vmalloc", "@vfree", 'trace_end msg="done"']);
	compare("a machine that does nothing wrong");
});

/** The events of a run of the simulator as lines of mkcapture's. */
function eventsOf(...args) {
	run("mmsim", ...args, "-o", bin);
	return run("pagescope", "export", "-q", "--format=events", bin)
		.stdout.toString()
		.trim()
		.split("\n")
		.map((line) => {
			const { i, t, event, site, ...fields } = JSON.parse(line);
			return { event, fields };
		});
}
const written = ({ event, fields }) =>
	[
		event,
		...Object.entries(fields)
			// the page of entry_pa, which mkcapture would take for the entry's place
			.filter(([k]) => k !== "pgd" || !("entry_pa" in fields))
			.filter(([, v]) => ["number", "string"].includes(typeof v) || Array.isArray(v))
			.map(
				([k, v]) => `${k}=${typeof v === "string" ? `"${v.replace(/["\\\n]/g, "'")}"` : v}`,
			),
	].join(" ");

const LOST = { event: "lost" };
/** A line or two of mkcapture's: what the MMU says is in a stream of its own. */
const line = (x) =>
	x.event === "lost"
		? "flush\ndiscard 1"
		: x.event.startsWith("mmu_")
			? `stream 1\n${written(x)}\nstream 0`
			: written(x);

/** A few mistakes in the events from `from` on; says which. */
function spoil(list, from, rand) {
	const said = [],
		out = list.slice();
	for (let left = 1 + rand(3); left > 0; left--) {
		const x = from + rand(out.length - from - 1),
			{ event, fields = {} } = out[x],
			names = Object.keys(fields).filter((k) => typeof fields[k] === "number");
		switch (rand(names.length ? 5 : 3)) {
			case 0:
				out.splice(x, 1);
				said.push(`without #${x} ${event}`);
				break;
			case 1:
				out.splice(x, 0, out[from + rand(out.length - from)]);
				said.push(`${out[x].event} again at #${x}`);
				break;
			case 2:
				[out[x], out[x + 1]] = [out[x + 1], out[x]];
				said.push(`#${x} ${event} after the next`);
				break;
			default: {
				const name = names[rand(names.length)],
					other = out.filter((y) => y.event === event)[rand(3)],
					value = rand(2) ? other?.fields[name] : fields[name] ^ (1 << rand(16));
				out[x] = { event, fields: { ...fields, [name]: (value ?? 0) >>> 0 } };
				said.push(`${name} of #${x} ${event} is ${(value ?? 0) >>> 0}`);
			}
		}
	}
	return { list: out, said: said.join(", ") };
}
/** One or two runs of events are lost. */
function lose(list, from, rand) {
	const out = list.slice(),
		said = [];
	for (let left = 1 + rand(2); left > 0; left--) {
		const x = from + rand(out.length - from - 1),
			n = Math.min(1 + rand(30), out.length - x - 1);
		out.splice(x, n, LOST);
		said.push(`${n} lost at #${x}`);
	}
	return { list: out, said: said.join(", ") };
}

await test("random traces", () => {
	const seed = +(process.env.SEED ?? 1),
		only = process.env.ONLY_RANDOM ?? "",
		ours = [
			eventsOf("--ram", "8M", "--events", "600", "--seed", String(seed)),
			eventsOf("--ram", "8M", "--scenario", "scenarios/spaces.scn"),
			eventsOf("--ram", "8M", "--scenario", "scenarios/claims/users.scn"),
			eventsOf("--ram", "8M", "--scenario", "scenarios/lessons/flush.scn"),
			eventsOf("--ram", "8M", "--quirks", "2.4.22", "--events", "600"),
		].map((list) => ({
			list,
			from: list.findIndex((x) => x.event === "pde_clear_range" && !x.fields.addr) + 1,
		})),
		apart = [],
		accused = [];
	let found = 0,
		wrong = 0;
	for (let n = 0; n < RANDOM; n++) {
		const rand = random(seed * 1000003 + n * 7919 + 1),
			kind = ["right", "wrong", "lost", "wrong", "ours", "lost and wrong"][n % 6],
			kernel = new Kernel(rand).live(160),
			{ from } = kind === "ours" ? ours[rand(ours.length)] : kernel,
			said = [kind === "ours" ? "ours" : kernel.text];
		let list = kind === "ours" ? ours[rand(ours.length)].list : kernel.events;
		if (only > "1" && +only !== n) continue;
		for (const [word, change] of [
			["wrong", spoil],
			["ours", spoil],
			["lost", lose],
		])
			if (kind.includes(word)) {
				const changed = change(list, from, rand);
				list = changed.list;
				said.push(changed.said);
			}
		capture(list.map(line), "");
		const x = both(),
			why = differing(x),
			name = `trace ${n} of seed ${seed} (${said.join("; ")})`;
		if (kind.includes("wrong") || kind === "ours") {
			wrong++;
			found += +(x.check.length > 0);
		} else {
			const false_ = x.check.filter((f) => kind === "right" || !f.endsWith(" lost-events"));
			if (false_.length) accused.push(`${name}: ${false_.slice(0, 3).join(", ")}`);
		}
		if (why) apart.push(`${name}: ${why}`);
		if (only > "1")
			for (const [who, all] of [
				["check", x.report.findings],
				["viewer", x.model.hazards.list],
			])
				for (const f of all) console.log(`# ${who} #${f.i} ${f.rule}: ${f.text}`);
	}
	for (const text of [...apart, ...accused].slice(0, 20)) console.log(`# ${text}`);
	claim(`${RANDOM} random traces: both replays find the same`, !apart.length, apart[0]);
	claim("random traces: what is right is found so", !accused.length, accused[0]);
	claim("random traces: most wrong ones are found", found > wrong / 2, `${found} of ${wrong}`);
	console.log(`# of ${wrong} wrong random traces ${found} have findings`);
});

rmSync(dir, { recursive: true });
finish();
