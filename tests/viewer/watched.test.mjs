// SPDX-License-Identifier: MIT
/*
 * watched.test.mjs - a guest that the plugin watches (watched.txt): its page tables are known and
 * nothing else.  The replay walks as `translate` does, after each event; the page shows tables
 * and no allocator.  In Chromium and Firefox; run by watched.sh.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { claim, finish, load, same, test } from "./lib.mjs";
import { inBoth } from "./drive.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const viewer = pathToFileURL(resolve("build/viewer.html")).href,
	dir = mkdtempSync(join(tmpdir(), "pagescope-watched-")),
	capture = join(dir, "capture.bin"),
	exported = join(dir, "trace.jsonl.gz");
const run = (program, args, input = "") =>
	execFileSync(program, args, { input, stdio: ["pipe", "pipe", "pipe"] });
writeFileSync(capture, run("build/mkcapture", [], readFileSync("tests/viewer/watched.txt")));
run("build/pagescope", ["export", "-o", exported, capture]);
const bytes = readFileSync(exported),
	model = load(new Uint8Array(bytes)),
	{ trace } = model;

await test("the replay", () => {
	const ADDRESSES = [0, 0x1123, 0x2000, 0x3000, 0x4004, 0x5000, 0xc0000123, 0xc0400000];
	const from = [...Array(trace.n).keys()].find((i) => trace.kindName(i) === "table_seen"),
		told = [],
		walked = [];
	for (let i = from; i < trace.n; i++)
		for (const va of ADDRESSES) {
			const args = [
					"translate",
					"-q",
					"--json",
					"--at-event",
					String(i),
					String(va),
					capture,
				],
				j = JSON.parse(run("build/pagescope", args).toString()),
				w = model.at(i).walk(va);
			told.push([i, va, j.unknown ? "unknown" : j.mapped ? Number(j.physical) : "fault"]);
			walked.push([i, va, w.unknown ? "unknown" : w.ok ? w.pa : "fault"]);
		}
	same("walks as translate does, after each event", walked, told);
	same(
		"with pages that are mapped, that are not, and that nobody knows of",
		["unknown", "fault", 0x9004].map((x) => told.some(([, , to]) => to === x)),
		[true, true, true],
	);
	let check;
	try {
		check = run("build/pagescope", ["check", "--json", "-q", capture]);
	} catch (error) {
		check = error.stdout; // findings
	}
	same(
		"and finds what check finds",
		model.hazards.list.map((x) => [x.i, x.rule]),
		JSON.parse(check.toString()).findings.map((x) => [x.i, x.rule]),
	);
	same(
		"an entry that does not hold what a store says it held",
		model.hazards.list.map((x) => x.rule),
		["pte-old"],
	);
});

await inBoth(async ({ name, open }) => {
	const page = await open(viewer);
	await page.load("watched.jsonl.gz", bytes);
	same(
		`${name}: it opens with how it ended, at the fault`,
		await page.run(
			`[document.querySelector("#tab-ended").getAttribute("aria-selected"), pagescope.i,
				document.querySelector("#walk").innerText.includes("0x00800004")]`,
		),
		["true", trace.ended.fault_event, true],
	);
	const store = [...Array(trace.n).keys()].find((i) => trace.kindName(i) === "table_store");
	await page.goto(store);
	same(
		`${name}: there are no free lists, and no tabs of an allocator`,
		await page.run(`[
			document.querySelector("#buddy").checkVisibility(),
			["held", "sites", "whatif", "lineage", "areas"].filter((id) => document.querySelector("#tab-" + id)),
		]`),
		[false, []],
	);
	const shown = await page.run(`document.querySelector("#app").innerText`);
	claim(
		`${name}: nothing is said of frames that are free`,
		!/frames? (are |is )?(known to be )?free/.test(shown) && !/does not know/.test(shown),
		shown,
	);
	claim(
		`${name}: a store is told by the page that it maps`,
		/The entry of page 0x00004000 leads to frame 0x9 now/.test(shown),
		shown,
	);
	same(
		`${name}: the page leads there too`,
		await page.run(`pagescope.translate(0x4004, ${store}).pa`),
		0x9004,
	);
	await page.click("#tab-screen");
	claim(
		`${name}: what is on the screen says nothing of an allocator`,
		!/free|handed out/.test(await page.text("#details")),
		await page.text("#details"),
	);
	await page.click("#tab-ended");
	const ended = await page.run(`document.querySelector(".ended")?.innerText`);
	claim(
		`${name}: how it ended: the walk, the link that breaks, and the chain of exceptions`,
		/died +reading data at 0x00800004/.test(ended) &&
			/slot 2\s+0x00102066 .* ✕ here it breaks/.test(ended) &&
			/stored at tick \d+ by 0xc0002050/.test(ended) &&
			/vector 14, a page fault, in the instruction at 0xc0005000/.test(ended),
		ended,
	);
	const stored = [...Array(trace.n).keys()].findLast((i) => trace.kindName(i) === "table_store");
	await page.run(`[...document.querySelectorAll(".ended button")].at(-1).click()`);
	same(`${name}: one click leads to the store`, await page.run(`pagescope.i`), stored);
	await page.run(`[...document.querySelectorAll(".ended button")].at(-2).click()`);
	same(
		`${name}: another to the virtual map at the fault`,
		await page.run(`pagescope.i`),
		trace.ended.fault_event,
	);
	same(`${name}: no error in the console`, page.trouble, []);
	await page.close();
});
rmSync(dir, { recursive: true });
finish();
