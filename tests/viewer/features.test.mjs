/*
 * features.test.mjs - what the page offers beside the views: each test clicks or types as
 * a user does, on the tour, and says what must then be true; where the exporter answers
 * the same question for the same tick, with the exporter's answer.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { claim, same, test, finish, loadFile } from "./lib.mjs";
import { launch, open, openTrace, loaded, settle, until } from "./browser.mjs";
import { canServe } from "../../viewer/model/why.js";
import { NONE } from "../../viewer/model/machine.js";

process.chdir(new URL("../..", import.meta.url).pathname);
const viewer = pathToFileURL(resolve("build/viewer.html")).href, dir = mkdtempSync(join(tmpdir(), "pagescope-features-"));
const quiet = { stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 };
const bin = join(dir, "tour.bin"), jsonl = join(dir, "tour.jsonl.gz");
execFileSync("build/mmsim", ["--scenario", "kernel/scenarios/tour.scn", "-o", bin], quiet);
execFileSync("build/pagescope", ["export", "--symbols", "build/mmsim", "-o", jsonl, bin], quiet);
const model = loadFile(jsonl), { trace } = model;
/** What `pagescope show WHAT` says after event i. */
const shows = (what, i) => execFileSync("build/pagescope", ["show", what, "--at-event", String(i), "-q", bin], quiet).toString();
const find = (name, test = () => true, from = 0) => { for (let i = from; i < trace.n; i++) if (trace.kindName(i) === name && test(i)) return i; return -1; };

const browser = await launch();
try {
	const page = await open(browser, viewer, { width: 1440, height: 900 });
	await openTrace(page, jsonl);
	const goto = async (i) => { await page.evaluate((x) => globalThis.pagescope.goto(x), i); await settle(page); };
	const now = () => page.evaluate(() => globalThis.pagescope.i);
	const lower = () => page.textContent(".lower .body.scroll:not([hidden])");
	/** The file a click saves. */
	const saved = async (click) => { const [d] = await Promise.all([page.waitForEvent("download"), click()]); return { name: d.suggestedFilename(), data: readFileSync(await d.path()) }; };
	const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
	const accessible = async (what, p = page) => {
		await p.evaluate(axe);
		same(`axe finds nothing: ${what}`, await p.evaluate(async () => (await globalThis.axe.run(document, { resultTypes: ["violations"] })).violations.map((v) => `${v.id}: ${v.nodes.slice(0, 2).map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join(" | ")}`)), []);
	};

	await test("saving", async () => {
		await goto(find("vmalloc_exit", (i) => trace.a[i] > 0) - 3);
		const menu = async (button, item) => { await page.click(`button[aria-label="save ${button}"]`); await page.click(`.menu >> text=${item}`); };
		for (const [button, word] of [["virtual addresses", "Virtual addresses"], ["page-table walk", "PTE"], ["physical frames", "frames free"], ["buddy free lists", "pages free"]]) {
			const { name, data } = await saved(() => menu(button, "SVG")), svg = data.toString();
			const parsed = await page.evaluate((s) => { const d = new DOMParser().parseFromString(s, "image/svg+xml"); return [d.querySelector("parsererror")?.textContent ?? "", d.querySelectorAll("path,rect").length, [...d.querySelectorAll("text")].map((t) => t.textContent).join(" ")]; }, svg);
			claim(`${button} as SVG: sound, with its shapes and its words as text`, name.endsWith(".svg") && !parsed[0] && parsed[1] > 3 && parsed[2].includes(word), `${parsed[0]} ${parsed[1]} ${parsed[2].slice(0, 200)}`);
		}
		const png = await saved(() => menu("physical frames", "PNG")), box = await page.locator("[data-panel=frames]").boundingBox();
		same("PNG of a panel is twice its size", [png.data.subarray(1, 4).toString(), png.data.readUInt32BE(16), png.data.readUInt32BE(20)], ["PNG", Math.round(box.width * 2), Math.round(box.height * 2)]);
		const csv = (await saved(() => menu("buddy free lists", "CSV"))).data.toString().trim().split("\n").slice(1).map((l) => l.split(","));
		const info = shows("buddyinfo", await now()).trim().split("\n").map((l) => l.trim().split(/\s+/)).map((w) => [w[3], ...w.slice(4)]);
		same("CSV of the free lists holds the counts of `pagescope show buddyinfo`", info.map(([z]) => [z, ...csv.filter((r) => r[0] === z).map((r) => r[3])]), info);
		await page.click("header >> text=Save");
		const whole = await saved(() => page.click(".menu >> text=The trace"));
		same("the trace comes back byte for byte", whole.data.equals(readFileSync(jsonl)), true);
		await page.click("header >> text=Save");
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Escape");
		same("Esc closes the menu and gives the focus back", await page.evaluate(() => [document.querySelectorAll(".menu").length, document.activeElement.textContent]), [0, "Save"]);
		const evil = await page.evaluate(() => { document.querySelector(".what").textContent = "<script>alert(1)</script>\u0000\u0008\ufffe\" & done"; return globalThis.pagescope.svg("header.top"); });
		claim("a hostile string in a picture stays text", !/<script/.test(evil) && evil.includes("&lt;script&gt;") && !/[\u0000\u0008\ufffe]/.test(evil));
	});

	await test("flame graph", async () => {
		await page.click("#tab-sites");
		await settle(page);
		const box = (name) => page.locator(`.fl[aria-label^="${name}:"]`).first();
		const all = [...Array(trace.n).keys()].filter((i) => trace.kindName(i) === "mm_page_alloc" && trace.a[i] !== NONE), pages = all.reduce((s, i) => s + 2 ** trace.o[i], 0);
		const label = (await box("all allocations").getAttribute("aria-label")).replace(/\s/g, "");
		claim("its root holds every page handed out", label.includes(`:${pages}pages`), label);
		const large = trace.steps.find((s) => /vmalloc 3M/.test(s.text)), node = page.locator(".fl", { hasText: large.text }).first();
		await node.click();
		await settle(page);
		const wide = await page.evaluate(() => [...document.querySelectorAll(".fl")].filter((b) => b.offsetWidth > document.querySelector(".flame").offsetWidth * 0.97).map((b) => b.textContent));
		claim("a click makes a box as wide as the graph; below it are the call and its functions", wide[0] === large.text && wide[1].startsWith("vmalloc()"), wide.join(" / "));
		await page.keyboard.press("ArrowDown");
		same("↓ goes to the box below", (await page.evaluate(() => document.activeElement.textContent)).startsWith("vmalloc()"), true);
		await page.click("text=List these events");
		await settle(page);
		const end = trace.steps.find((s) => s.i > large.i).i, want = all.filter((i) => i > large.i && i < end).length;
		claim("and its allocations can be listed", (await page.textContent(".filter")).replace(/\s/g, "").includes(`:${want}✕`), `${await page.textContent(".filter")}, wanted ${want}`);
		await page.click(".filter button");
		await page.click("#tab-sites");
		await page.click("text=Whole graph");
		await page.selectOption("[aria-label='what the width means']", "held");
		await goto(trace.n - 1);
		await settle(page, 300);
		const held = Number((await box("all allocations").getAttribute("aria-label")).replace(/\s/g, "").match(/:(\d+)page/)[1]);
		const m = model.at(trace.n - 1);
		let count = 0;
		for (let p = 0; p < m.frames; p++) if (m.meta[p] >> 4 > 2 && m.since[p] >= 0 && trace.kindName(m.since[p]) === "mm_page_alloc") count++;
		same("width can be what is still held", held, count);
		await accessible("call sites");
		await page.click("#tab-events");
	});

	await test("the rules of __alloc_pages", async () => {
		const wrong = [];
		let n = 0;
		for (let i = 1; i < trace.n; i++) {
			if (trace.kindName(i) !== "mm_page_alloc") continue;
			let j = i;
			while (/^(buddy_split|buddy_split_low|zone_skip|wakeup_kswapd|shrink_slab|mm_report)$/.test(trace.kindName(j - 1))) j--;
			const r = canServe(trace, model.at(j - 1), trace.o[i], trace.b[i]);
			n++;
			if (trace.a[i] === NONE ? r.zone : r.zone?.id !== trace.z[i]) wrong.push(i);
		}
		claim("the ruler foretells every one of the tour's requests: its zone, or that it fails", n > 1000 && !wrong.length, `${n} requests, wrong at ${wrong.slice(0, 5)}`);
	});

	await test("overview", async () => {
		await goto(find("buddy_split", (i) => trace.a[i] > 4200 && i > trace.chapters()[2].i));
		const box = await page.locator("#frames").boundingBox();
		await page.mouse.click(box.x + 9, box.y + box.height - 50);	// the first tile in the overview below the map
		await settle(page);
		await page.mouse.click(box.x + 60, box.y + 60);
		await settle(page);
		const [, pfn] = (await page.textContent("#details")).match(/Frame (0x[0-9a-f]+)/) ?? [];
		claim("a click in the overview shows that part of memory", parseInt(pfn, 16) < 512, pfn);
		await page.mouse.click(box.x + box.width - 40, box.y + box.height - 30);
		await settle(page);
		same("beside the overview there is no frame to click", (await page.textContent("#details")).match(/Frame (0x[0-9a-f]+)/)?.[1], pfn);
		await page.keyboard.press("Escape");
	});

	same("no error in the console", page.trouble, []);
} finally {
	await browser.close();
	rmSync(dir, { recursive: true, force: true });
}
void [writeFileSync, gunzipSync, loaded, until];
finish();
