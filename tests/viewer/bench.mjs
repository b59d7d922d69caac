// SPDX-License-Identifier: MIT
/*
 * bench.mjs - the viewer's figures for 1 and 10 million events, beside its budgets, for a
 * file that is given in the moment the page opens.
 *
 * Each figure has two columns where it can: time on the clock, and processor time of the
 * thread, from Chromium's own trace; a busy machine changes the first, hardly the second.
 * Drawing is timed a view at a time, at the end of the trace and zoomed in, and so are
 * steps through the list of all events: they must cost pixels, not events.
 *
 * Traces are the simulator's churn workload, 64 MiB and 4 GiB (1 M frames); BENCH_EVENTS
 * (for example 1000000) leaves the larger out.  Each figure over its budget ends the
 * program with 1: run it on an idle machine.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launch, open } from "./browser.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
/** Milliseconds and megabytes, the same for both sizes. */
const BUDGET = { first: 400, scrub: 16, jump: 50, heap: 500, blocked: 100, draw: 16 };
const sizes = [
	{
		name: "1 M events, 64 MiB",
		args: ["--events", "1000000"],
		events: 1e6,
		load: 1500,
	},
	{
		name: "10 M events, 4 GiB",
		args: ["--ram", "4G", "--highmem", "--events", "10000000"],
		events: 1e7,
		load: 5000,
	},
].filter((s) => s.events <= +(process.env.BENCH_EVENTS ?? Infinity));
for (const tool of ["build/mmsim", "build/pagescope", "build/viewer.html"]) {
	if (!existsSync(tool)) {
		console.error(`bench.mjs: ${tool} is missing: run \`make\` first`);
		process.exit(1);
	}
}
/**
 * Processor time of the page's thread and its workers, in milliseconds: {sum, longest} each, from
 * the tasks Chromium traced.
 */
function threads(events) {
	const names = new Map(),
		found = new Map();
	for (const e of events)
		if (e.name === "thread_name") names.set(`${e.pid}:${e.tid}`, e.args.name);
	for (const e of events) {
		if (e.ph !== "X" || !e.tdur || !/RunTask$/.test(e.name)) continue;
		const id = `${e.pid}:${e.tid}`,
			t = found.get(id) ?? { pid: e.pid, name: names.get(id) ?? "", sum: 0, longest: 0 };
		t.sum += e.tdur / 1000;
		t.longest = Math.max(t.longest, e.tdur / 1000);
		found.set(id, t);
	}
	const workers = [...found.values()].filter((t) => /DedicatedWorker/.test(t.name)),
		pid = workers[0]?.pid;
	return {
		workers,
		main: [...found.values()].find((t) => t.name === "CrRendererMain" && t.pid === pid) ?? {
			sum: NaN,
			longest: NaN,
		},
	};
}

const dir = mkdtempSync(join(tmpdir(), "pagescope-bench-")),
	browser = await launch();
let over = 0;
try {
	for (const size of sizes) {
		const bin = join(dir, "b.bin"),
			gz = join(dir, "b.jsonl.gz"),
			quiet = { stdio: ["ignore", "ignore", "pipe"] };
		execFileSync("build/mmsim", [...size.args, "-o", bin], quiet);
		execFileSync("build/pagescope", ["export", "-o", gz, bin], quiet);
		/** A page that has loaded it. */
		const load = async (begin) => {
			const page = await open(browser, pathToFileURL(resolve("build/viewer.html")).href);
			await begin?.();
			await page.evaluate(() => {
				globalThis.longest = 0;
				new PerformanceObserver((l) => {
					for (const e of l.getEntries())
						globalThis.longest = Math.max(globalThis.longest, e.duration);
				}).observe({ type: "longtask" });
			});
			await page.setInputFiles("input[type=file]", gz);
			// told when it is there, not asked every few milliseconds: answering would take the
			// page's time
			await page.evaluate(() =>
				Promise.race([
					globalThis.pagescope.ready.then(() => 0),
					new Promise((_, no) => setTimeout(no, 300000, "not there after 300 s")),
				]),
			);
			return page;
		};
		// the processor's time from a loading of its own, as tracing takes some too
		const tracing = await browser.newBrowserCDPSession(),
			seen = [],
			ended = new Promise((resolve) => tracing.on("Tracing.tracingComplete", resolve));
		tracing.on("Tracing.dataCollected", (d) => seen.push(...d.value));
		const traced = await load(() =>
			tracing.send("Tracing.start", {
				categories: "toplevel,__metadata",
				transferMode: "ReportEvents",
			}),
		);
		await tracing.send("Tracing.end");
		await ended;
		// memory here too: to collect garbage when told to, the browser throws compiled code away
		// that another drawing would have used
		const cdp = await traced.context().newCDPSession(traced);
		await cdp.send("HeapProfiler.enable");
		await cdp.send("HeapProfiler.collectGarbage");
		const use = await cdp.send("Runtime.getHeapUsage"),
			heap = (use.usedSize + (use.backingStorageSize ?? 0)) / 1e6;
		await traced.context().close();
		const cpu = threads(seen);
		const page = await load();
		const t = await page.evaluate(() => globalThis.pagescope.timings()),
			blocked = await page.evaluate(() => globalThis.longest);
		const r = await page.evaluate(async () => {
			const ps = globalThis.pagescope,
				n = ps.events,
				out = {},
				frame = () => new Promise(requestAnimationFrame);
			// one step a frame, as a hand drags: what the page does between two steps is its own,
			// and seen in the time from frame to frame
			const drag = async (what, places) => {
				out[what] = [];
				out[what + "Frames"] = [];
				for (let x = 0, last = await frame(); x < places.length; x++) {
					out[what].push(ps.scrub(places[x]));
					const now = await frame();
					out[what + "Frames"].push(now - last);
					last = now;
				}
			};
			const steps = Array.from(
				{ length: 300 },
				(_, x) => Math.floor(n * 0.2) + x * Math.floor(n / 1200),
			);
			let s = 12345;
			await drag("forward", steps);
			await drag("backward", steps.reverse());
			await drag(
				"jump",
				Array.from({ length: 200 }, () => (s = (s * 1103515245 + 12345) % 2147483648) % n),
			);
			out.panels = [];
			for (let x = 0; x < 40; x++) {
				ps.scrub(Math.floor((n * x) / 40));
				await frame();
				out.panels.push(ps.panels());
			}
			// drawing alone, the moment staying the same: where the cost must not follow the events
			ps.scrub(n - 1);
			for (const view of ["timeline", "frames", "virtual", "buddy"]) {
				out[view] = [];
				for (let x = 0; x < 40; x++) {
					await frame();
					out[view].push(ps.paint(view));
				}
			}
			out.list = [];
			for (let x = 0; x < 200; x++)
				out.list.push(ps.listAt(Math.floor(((n - 1) * ((x * 73) % 200)) / 200)));
			return Object.fromEntries(
				Object.entries(out).map(([k, l]) => {
					l.sort((a, b) => a - b);
					return [k, [l[l.length >> 1], l[Math.floor(l.length * 0.95)]]];
				}),
			);
		});
		console.log(
			`${size.name}: ${await page.evaluate(() => globalThis.pagescope.events)} events, ${(statSync(gz).size / 1e6).toFixed(1)} MB gzipped`,
		);
		const row = (what, value, budget, unit, note = "") => {
			const bad = value > budget;
			if (bad) over++;
			console.log(
				`  ${what.padEnd(26)}${value.toFixed(value < 100 ? 1 : 0).padStart(8)} ${unit.padEnd(3)} budget ${String(budget).padStart(5)} ${bad ? "OVER" : ""} ${note}`,
			);
		};
		const main = cpu.main,
			both = (l, frames) =>
				`p50 ${l[0].toFixed(1)}${frames ? `; from frame to frame ${frames.map((x) => x.toFixed(0)).join("/")}` : ""}`;
		row("first picture", t.first, BUDGET.first, "ms");
		row("interactive", t.interactive, size.load, "ms");
		console.log(
			`    processor: page ${main.sum.toFixed(0)} ms, workers ${cpu.workers.map((w) => w.sum.toFixed(0)).join(" and ")} ms`,
		);
		row(
			"longest block while loading",
			blocked,
			BUDGET.blocked,
			"ms",
			`processor ${main.longest.toFixed(0)} ms`,
		);
		row(
			"scrub forward p95",
			r.forward[1],
			BUDGET.scrub,
			"ms",
			both(r.forward, r.forwardFrames),
		);
		row(
			"scrub backward p95",
			r.backward[1],
			BUDGET.scrub,
			"ms",
			both(r.backward, r.backwardFrames),
		);
		row("random jump p95", r.jump[1], BUDGET.jump, "ms", both(r.jump, r.jumpFrames));
		row("panels of text, p95", r.panels[1], BUDGET.draw, "ms", both(r.panels));
		for (const view of ["timeline", "frames", "virtual", "buddy"])
			row(`draw ${view} anew, p95`, r[view][1], BUDGET.draw, "ms", both(r[view]));
		row("list, any row, p95", r.list[1], BUDGET.draw, "ms", both(r.list));
		row("memory after loading", heap, BUDGET.heap, "MB");
		await page.context().close();
		rmSync(bin);
		rmSync(gz);
	}
} finally {
	await browser.close();
	rmSync(dir, { recursive: true, force: true });
}
process.exitCode = over ? 1 : 0;
