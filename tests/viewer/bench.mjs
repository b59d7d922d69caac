/*
 * bench.mjs - the viewer's figures for 1 and 10 million events, beside its budgets.
 *
 * Traces are the simulator's churn workload, 64 MiB and 4 GiB (1 M frames); BENCH_EVENTS
 * (for example 1000000) leaves the larger out.  Each figure over its budget ends the
 * program with 1: run it on an idle machine.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, open, openTrace } from "./browser.mjs";

process.chdir(new URL("../..", import.meta.url).pathname);
const sizes = [
	{ name: "1 M events, 64 MiB", args: ["--events", "1000000"], events: 1e6, budget: { first: 150, load: 1000, scrub: 16, jump: 60, heap: 600, blocked: 50 } },
	{ name: "10 M events, 4 GiB", args: ["--ram", "4G", "--highmem", "--events", "10000000"], events: 1e7, budget: { first: 150, load: 5000, scrub: 16, jump: 60, heap: 600, blocked: 50 } },
].filter((s) => s.events <= +(process.env.BENCH_EVENTS ?? Infinity));
for (const tool of ["build/mmsim", "build/pagescope", "build/viewer.html"]) {
	if (!existsSync(tool)) { console.error(`bench.mjs: ${tool} is missing: run \`make\` first`); process.exit(1); }
}
const dir = mkdtempSync(join(tmpdir(), "pagescope-bench-")), browser = await launch();
let over = 0;
try {
	for (const size of sizes) {
		const bin = join(dir, "b.bin"), gz = join(dir, "b.jsonl.gz"), quiet = { stdio: ["ignore", "ignore", "pipe"] };
		execFileSync("build/mmsim", [...size.args, "-o", bin], quiet);
		execFileSync("build/pagescope", ["export", "-o", gz, bin], quiet);
		const page = await open(browser, pathToFileURL(resolve("build/viewer.html")).href);
		await page.evaluate(() => { globalThis.longest = 0; new PerformanceObserver((l) => { for (const e of l.getEntries()) globalThis.longest = Math.max(globalThis.longest, e.duration); }).observe({ type: "longtask" }); });
		await openTrace(page, gz, 300000);
		const t = await page.evaluate(() => globalThis.pagescope.timings()), blocked = await page.evaluate(() => globalThis.longest);
		const cdp = await page.context().newCDPSession(page);
		await cdp.send("HeapProfiler.enable");
		await cdp.send("HeapProfiler.collectGarbage");
		const use = await cdp.send("Runtime.getHeapUsage"), heap = (use.usedSize + (use.backingStorageSize ?? 0)) / 1e6;
		const r = await page.evaluate(() => {
			const ps = globalThis.pagescope, n = ps.events, out = { forward: [], backward: [], jump: [] };
			for (let x = 0; x < 300; x++) out.forward.push(ps.scrub(Math.floor(n * 0.2) + x * Math.floor(n / 1200)));
			for (let x = 300; x-- > 0;) out.backward.push(ps.scrub(Math.floor(n * 0.2) + x * Math.floor(n / 1200)));
			let s = 12345;
			for (let x = 0; x < 200; x++) { s = (s * 1103515245 + 12345) % 2147483648; out.jump.push(ps.scrub(s % n)); }
			return Object.fromEntries(Object.entries(out).map(([k, l]) => { l.sort((a, b) => a - b); return [k, [l[l.length >> 1], l[Math.floor(l.length * 0.95)]]]; }));
		});
		console.log(`${size.name}: ${await page.evaluate(() => globalThis.pagescope.events)} events, ${(statSync(gz).size / 1e6).toFixed(1)} MB gzipped`);
		const row = (what, value, budget, unit, note = "") => {
			const bad = value > budget;
			if (bad) over++;
			console.log(`  ${what.padEnd(26)}${value.toFixed(value < 100 ? 1 : 0).padStart(8)} ${unit.padEnd(3)} budget ${String(budget).padStart(5)} ${bad ? "OVER" : ""} ${note}`);
		};
		row("first picture", t.first, size.budget.first, "ms");
		row("interactive", t.interactive, size.budget.load, "ms");
		row("longest block while loading", blocked, size.budget.blocked, "ms");
		row("scrub forward p95", r.forward[1], size.budget.scrub, "ms", `p50 ${r.forward[0].toFixed(1)}`);
		row("scrub backward p95", r.backward[1], size.budget.scrub, "ms", `p50 ${r.backward[0].toFixed(1)}`);
		row("random jump p95", r.jump[1], size.budget.jump, "ms", `p50 ${r.jump[0].toFixed(1)}`);
		row("memory after loading", heap, size.budget.heap, "MB");
		await page.context().close();
		rmSync(bin);
		rmSync(gz);
	}
} finally {
	await browser.close();
	rmSync(dir, { recursive: true, force: true });
}
process.exitCode = over ? 1 : 0;
