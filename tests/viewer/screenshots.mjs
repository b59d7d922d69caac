// SPDX-License-Identifier: MIT
/*
 * screenshots.mjs [TRACE.jsonl.gz [DIR [NAME...]]] - pictures of the viewer for the docs, all or
 * those named.
 *
 * Without TRACE the tour of the last `make run` is used (build/run/tour/trace.jsonl.gz).
 * What to show is found by the events' names and the chapters, not by number, so the
 * pictures survive changes of the tour.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { loadFile } from "./lib.mjs";
import { launch, open, openTrace } from "./browser.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const file = process.argv[2] ?? "build/run/tour/trace.jsonl.gz",
	dir = process.argv[3] ?? "docs/img";
if (!existsSync(file)) {
	console.error(`screenshots.mjs: ${file}: no such trace: run \`make run\` first, or name one`);
	process.exit(1);
}
const { trace } = loadFile(file),
	viewer = pathToFileURL(resolve("build/viewer.html")).href;
mkdirSync(dir, { recursive: true });

/** The nth event from `from` on that passes. */
function find(pred, from = 0, nth = 1) {
	for (let i = from; i < trace.n; i++) if (pred(i) && --nth === 0) return i;
	return from;
}
const named = (name) => (i) => trace.kindName(i) === name;
const vmalloc = find((i) => named("vmalloc_exit")(i) && trace.a[i] > 0);
const lastPte = (() => {
	let i = vmalloc;
	while (i > 0 && !named("pte_set")(i)) i--;
	return i;
})();
const failed = find(
	(i) => named("mm_page_alloc")(i) && trace.a[i] === 0xffffffff && trace.o[i] > 0,
);
const nine = find((i) => named("buddy_split")(i) && trace.o[i] === 9, trace.chapters()[1]?.i ?? 0);
const split = find(named("mm_page_alloc"), nine);
const freed = find(
	named("mark"),
	find((i) => trace.kindName(i) === "vmalloc_exit", vmalloc + 1),
);
const oops = find(named("oops"), vmalloc);

/**
 * The tour, and the tour with another size for its large vmalloc, both by the simulator: side by
 * side where they part.
 */
async function twoRuns(page) {
	const tmp = mkdtempSync(join(tmpdir(), "pagescope-shots-"));
	const record = (name, text) => {
		writeFileSync(join(tmp, `${name}.scn`), text);
		try {
			execFileSync(
				"build/mmsim",
				["--scenario", join(tmp, `${name}.scn`), "-o", join(tmp, "bin")],
				{ stdio: "ignore" },
			);
		} catch {
			/* a claim about the size fails, as it must */
		}
		execFileSync("build/pagescope", [
			"export",
			"-q",
			"--symbols",
			"build/mmsim",
			"-o",
			join(tmp, `${name}.jsonl.gz`),
			join(tmp, "bin"),
		]);
		return join(tmp, `${name}.jsonl.gz`);
	};
	const scn = readFileSync("scenarios/tour.scn", "utf8");
	await openTrace(page, record("reference", scn));
	await page.click("#tab-runs");
	await page.setInputFiles(
		"#other-run",
		record("student", scn.replace("large = vmalloc 3M", "large = vmalloc 2M")),
	);
	await page.waitForSelector(".beside");
	for (let n = 0; n < 3; n++) await page.keyboard.press(")");
	rmSync(tmp, { recursive: true });
}

const shots = [
	["tour", lastPte, "dark", 1440, 900, trace.a[vmalloc] + 0x3010],
	["tour-light", lastPte, "light", 1440, 900, trace.a[vmalloc] + 0x3010],
	["split", split, "dark", 1280, 800],
	["fragmentation", failed, "light", 1280, 800],
	["guard-page", oops, "dark", 1280, 800],
	["flame", trace.n - 1, "light", 1280, 800, null, (page) => page.click("#tab-sites")],
	["what-if", failed - 1, "dark", 1280, 800, null, (page) => page.click("#tab-whatif")],
	["lecture", split, "light", 1280, 800, null, (page) => page.keyboard.press("y")],
	["primer-frames", freed, "light", 1440, 900, null, (page) => page.keyboard.press("3")],
	["primer-walk", lastPte, "light", 1440, 900, trace.a[vmalloc] + 0x1000],
	["primer-buddy", split, "light", 1600, 900],
	["primer-vmalloc", vmalloc, "light", 1440, 900, trace.a[vmalloc] + 0x1000],
	["two-runs", 0, "dark", 1440, 900, null, twoRuns],
];

/* Panels of the page, for docs/primer.md: by their attribute data-panel. */
const PANELS = {
	"primer-frames": ["frames"],
	"primer-walk": ["walk"],
	"primer-buddy": ["frames", "buddy"],
	"primer-vmalloc": ["virtual", "walk", "frames"],
};
/** The rectangle that holds these panels. */
async function around(page, panels) {
	const boxes = await Promise.all(
		panels.map((p) => page.locator(`[data-panel=${p}]`).boundingBox()),
	);
	const x = Math.min(...boxes.map((b) => b.x)),
		y = Math.min(...boxes.map((b) => b.y));
	return {
		x,
		y,
		width: Math.max(...boxes.map((b) => b.x + b.width)) - x,
		height: Math.max(...boxes.map((b) => b.y + b.height)) - y,
	};
}

const browser = await launch();
for (const [name, i, theme, width, height, select, act] of shots.filter(
	([name]) => process.argv.length < 5 || process.argv.includes(name, 4),
)) {
	const page = await open(browser, viewer, { width, height, theme });
	await openTrace(page, file);
	await page.evaluate((x) => globalThis.pagescope.goto(x), i);
	if (select) {
		// an address put in by hand: its page, entry and frame are linked
		await page.keyboard.press("/");
		await page.keyboard.type("0x" + select.toString(16));
		await page.keyboard.press("Enter");
	}
	await act?.(page);
	await page.mouse.move(0, 0);
	await page.waitForTimeout(400);
	await page.screenshot({
		path: `${dir}/${name}.png`,
		...(PANELS[name] && { clip: await around(page, PANELS[name]) }),
	});
	console.log(`${dir}/${name}.png (event ${i})`);
	await page.context().close();
}
await browser.close();
