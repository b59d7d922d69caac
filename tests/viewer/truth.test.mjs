// SPDX-License-Identifier: MIT
/*
 * truth.test.mjs - the viewer against the exporter: at the same event both must know the
 * same free lists, areas, page tables and translations, and the kernel's snapshots must
 * agree with both.  First the model, on every shipped scenario, under node; then the
 * page, from file://, in Chromium and Firefox.  Run by truth.sh; `truth.test.mjs model`
 * or `page` runs the one or the other.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { claim, same, test, finish, loadFile, random } from "./lib.mjs";
import {
	show,
	buddyinfo,
	vmallocinfo,
	pagetables,
	translated,
	countsOf,
	runsOf,
} from "./truth.mjs";
import { inBoth } from "./drive.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const dir = mkdtempSync(join(tmpdir(), "pagescope-truth-")),
	quiet = { stdio: ["ignore", "pipe", "pipe"] };

function record(name, args) {
	const bin = join(dir, name + ".bin"),
		gz = join(dir, name + ".jsonl.gz");
	// a scenario may be meant to fail; its capture counts
	spawnSync("build/mmsim", [...args, "-o", bin], quiet);
	execFileSync("build/pagescope", ["export", "-q", "-o", gz, bin], quiet);
	return { bin, gz };
}
const runs = readdirSync("scenarios", { recursive: true })
	.filter((f) => f.endsWith(".scn"))
	.sort()
	.map((f) => [f.replace(".scn", "").replace("/", "-"), ["--scenario", join("scenarios", f)]]);
runs.push(
	["churn-64M", ["--events", "30000", "--seed", "9"]],
	["churn-1G", ["--ram", "1G", "--highmem", "--events", "40000", "--seed", "8"]],
);

/**
 * Where the scenario stored to memory, four of them at most: it may have stored to a page table.
 */
function stores({ trace }) {
	const all = [...Array(trace.n).keys()].filter(
		(i) => trace.kindName(i) === "mem_access" && trace.b[i] === 1,
	);
	return all.filter((_, x) => x % Math.ceil(all.length / 4) === 0);
}
/** Moments to compare at: the ends, and some drawn in between. */
function moments(n, count, seed) {
	const rand = random(seed);
	return [...new Set([0, n - 1, ...Array.from({ length: count }, () => rand(n))])].sort(
		(a, b) => a - b,
	);
}

const part = (name) => !process.argv[2] || process.argv[2] === name;
if (part("model"))
	await test("model", () => {
		for (const [name, args] of runs) {
			const { bin, gz } = record(name, args),
				m = loadFile(gz),
				{ zones } = m.trace,
				wrong = [],
				at = [...moments(m.n, 2, 1 + name.length), ...stores(m)];
			for (const i of at) {
				const x = m.at(i),
					check = (what, got, want) => {
						if (JSON.stringify(got) !== JSON.stringify(want))
							wrong.push(
								`#${i} ${what}: ${JSON.stringify(got).slice(0, 200)}, pagescope ${JSON.stringify(want).slice(0, 200)}`,
							);
					};
				const told = buddyinfo(show(bin, "buddyinfo", i));
				if (Object.keys(told).length) check("buddyinfo", countsOf(x, zones), told);
				check(
					"vmallocinfo",
					x.areas.map((a) => [a.addr, a.addr + a.size]),
					vmallocinfo(show(bin, "vmallocinfo", i)),
				);
				check("pagetables", runsOf(x), pagetables(show(bin, "pagetables", i)));
			}
			same(
				`${name}: free lists, areas and page tables at ${at.length} moments are those pagescope tells`,
				wrong.slice(0, 3),
				[],
			);
			const bad = m.hazards.checks.filter((c) => !c.ok).length;
			claim(
				`${name}: and the kernel's ${m.hazards.checks.length} snapshots agree`,
				m.hazards.checks.length > 0 && !bad,
				`${bad} differ`,
			);
			if (name !== "tour") {
				rmSync(bin);
				rmSync(gz);
			}
		}
	});

const { bin, gz } = record("tour", ["--scenario", "scenarios/tour.scn"]),
	tour = loadFile(gz);
const at = moments(tour.n, 5, 4).filter((i) => i > 50);
const mark = tour.trace.marks.find((x) => tour.at(x.i).areas.length > 1);
at.push(mark.i);
/** The capture without 4096 bytes of its middle, exported. */
function tear() {
	const whole = readFileSync(bin),
		at = 4096 * Math.floor(whole.length / 8192),
		path = join(dir, "torn.bin");
	writeFileSync(path, Buffer.concat([whole.subarray(0, at), whole.subarray(at + 4096)]));
	const text = execFileSync("build/pagescope", ["export", "-q", "-o", "-", path], {
			...quiet,
			maxBuffer: 1 << 28,
		}).toString(),
		records = text
			.split("\n")
			.filter((l) => /^{"rec":"(gap|end)"/.test(l))
			.map((l) => JSON.parse(l));
	return { text, gap: records.find((r) => r.rec === "gap"), end: records.at(-1) };
}
const torn = tear();
if (part("page"))
	await inBoth(async (browser) => {
		const page = await browser.open(pathToFileURL(resolve("build/viewer.html")).href);
		await page.load("tour.jsonl.gz", readFileSync(gz));
		const wrong = [],
			check = (what, got, want) => {
				if (JSON.stringify(got) !== JSON.stringify(want))
					wrong.push(
						`${what}: ${JSON.stringify(got).slice(0, 200)}, pagescope ${JSON.stringify(want).slice(0, 200)}`,
					);
			};
		let asked = 0;
		for (const i of at) {
			await page.run(`pagescope.goto(${i}) ?? 0`);
			const [lists, areas] = await page.run(
				"[pagescope.lists().map((z) => [z.zone, z.orders.map((o) => o.length)]), pagescope.areas().map((a) => [a.addr, a.addr + a.size])]",
			);
			check(
				`#${i} buddyinfo`,
				Object.fromEntries(lists),
				buddyinfo(show(bin, "buddyinfo", i)),
			);
			check(`#${i} vmallocinfo`, areas, vmallocinfo(show(bin, "vmallocinfo", i)));
			const told = pagetables(show(bin, "pagetables", i)),
				ends = new Set(
					told.flatMap(([from, to]) => [from, to - 4096 + 0x123, to % 2 ** 32]),
				),
				starts = new Set(told.map(([from]) => from));
			for (const va of [...ends].slice(0, 8).concat([...ends].slice(-6))) {
				const got = await page.run(`pagescope.translate(${va})`),
					want = translated(bin, va, i);
				check(`#${i} translate 0x${va.toString(16)}`, got.ok ? got.pa : null, want.pa);
				asked++;
				if (!starts.has(va) && !told.some(([from, to]) => va >= from && va < to) && got.ok)
					wrong.push(`#${i} 0x${va.toString(16)} is in no run of pagetables`);
			}
		}
		same(
			`${browser.name}: at ${at.length} moments the page tells the free lists, the areas and ${asked} translations as pagescope does`,
			wrong.slice(0, 4),
			[],
		);
		// what is on the screen, typed and read as a user does
		const va = tour.at(mark.i).areas[0].addr + 0x123,
			want = translated(bin, va, mark.i),
			hex = (v) => "0x" + v.toString(16).padStart(8, "0");
		await page.run(`pagescope.goto(${mark.i}) ?? 0`);
		await page.run(
			`(() => { const b = document.querySelector("header input"); b.focus(); b.value = "${hex(va)}"; b.dispatchEvent(new Event("input", { bubbles: true })); })() ?? 0`,
		);
		await page.until(
			`document.querySelector("#translation")?.textContent.includes("${hex(want.pa)}")`,
		);
		claim(
			`${browser.name}: an address typed into the search box gives the physical address pagescope gives`,
			true,
		);
		await page.press("Enter");
		const [, pde] = want.text.match(/PDE (0x[0-9a-f]+)/),
			[, pte] = want.text.match(/PTE (0x[0-9a-f]+)/);
		await page.until(
			`["${pde}", "${pte}"].every((x) => document.querySelector("#walk").textContent.includes(x))`,
		);
		claim(`${browser.name}: and the walk shown has the entries pagescope prints`, true);
		// packets missing from the capture: what pagescope's export says is what the page marks
		await page.load("torn.jsonl", torn.text);
		same(
			`${browser.name}: packets missing from the capture make the page unsure from the event on that pagescope names`,
			(await page.run("pagescope.unverified()")).map(([from]) => from),
			[torn.gap.i],
		);
		claim(
			`${browser.name}: and how many are missing is said`,
			(await page.text(".alert")).includes(`${torn.end.lost} events were lost`),
			await page.text(".alert"),
		);
		same(`${browser.name}: no error in the console`, page.trouble, []);
		await page.close();
	});
rmSync(dir, { recursive: true, force: true });
finish();
