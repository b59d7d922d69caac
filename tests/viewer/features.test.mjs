// SPDX-License-Identifier: MIT
/*
 * features.test.mjs - what the page offers beside the views: each test clicks or types as
 * a user does, on the tour, and says what must then be true; where the exporter answers
 * the same question for the same tick, with the exporter's answer.
 *
 * BROWSER=firefox makes the same claims in Firefox (features-firefox.sh), but for one: there
 * the window system, not the page, makes the menu key's event, and no driver can press that
 * key; the test hands the page the event.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { translated } from "./truth.mjs";
import { claim, claimsAre, same, test, finish, loadFile } from "./lib.mjs";
import {
	TITLE,
	closing,
	launch,
	open,
	openTrace,
	loaded,
	saved,
	settle,
	shown,
	toasted,
	until,
	wanted,
} from "./browser.mjs";
import { canServe } from "../../viewer/model/why.js";
import { MAKERS, questions } from "../../viewer/model/lesson.js";
import { TERMS } from "../../viewer/model/glossary.js";
import { lineage } from "../../viewer/model/lineage.js";
import * as fmt from "../../viewer/model/format.js";
import { compare } from "../../viewer/model/compare.js";
import { narrate } from "../../viewer/model/narrate.js";
import { touches } from "../../viewer/model/touches.js";
import { translate, translateText } from "../../viewer/model/address.js";
import { NONE, OWNERS } from "../../viewer/model/owners.js";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const viewer = pathToFileURL(resolve("build/viewer.html")).href,
	dir = mkdtempSync(join(tmpdir(), "pagescope-features-"));
const quiet = { stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 };
const bin = join(dir, "tour.bin"),
	jsonl = join(dir, "tour.jsonl.gz");
execFileSync("build/mmsim", ["--scenario", "scenarios/tour.scn", "-o", bin], quiet);
execFileSync("build/pagescope", ["export", "--symbols", "build/mmsim", "-o", jsonl, bin], quiet);
const model = loadFile(jsonl),
	{ trace } = model;
/** What `pagescope show WHAT` says after event i. */
const shows = (what, i) =>
	execFileSync(
		"build/pagescope",
		["show", what, "--at-event", String(i), "-q", bin],
		quiet,
	).toString();
/** A part of the test; `features.test.mjs WORD` runs those named so only. */
const part = (name, fn) =>
	process.argv[2] && !name.includes(process.argv[2])
		? null
		: test(name, () => closing(browser, fn));
const find = (name, test = () => true, from = 0) => {
	for (let i = from; i < trace.n; i++) if (trace.kindName(i) === name && test(i)) return i;
	return -1;
};

const kind = wanted();
claimsAre(TITLE[kind]);
const browser = await launch(kind);
try {
	const page = await open(browser, viewer, { width: 1440, height: 900 });
	await openTrace(page, jsonl);
	const goto = async (i) => {
		await page.evaluate((x) => globalThis.pagescope.goto(x), i);
		await settle(page);
	};
	const now = () => page.evaluate(() => globalThis.pagescope.i);
	const lower = () => page.textContent(".lower .body.scroll:not([hidden])");
	const saves = (click) => saved(page, browser, click);
	const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
	const accessible = async (what, p = page) => {
		await p.evaluate(axe);
		same(
			`axe finds nothing: ${what}`,
			await p.evaluate(async () =>
				(
					await globalThis.axe.run(document, { resultTypes: ["violations"] })
				).violations.map(
					(v) =>
						`${v.id}: ${v.nodes
							.slice(0, 2)
							.map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? ""))
							.join(" | ")}`,
				),
			),
			[],
		);
	};

	await part("first sight", async () => {
		const p = await open(browser, viewer);
		await openTrace(p, jsonl);
		await settle(p);
		const first = trace.chapters()[1],
			walk = await p.textContent("#walk");
		claim(
			"the page opens with an address that is mapped",
			/physical 0x/.test(walk) && !/Fault/.test(walk),
			walk,
		);
		const whole = (sel) =>
			p.evaluate((sel) => {
				const e = document.querySelector(sel);
				return [e.textContent, e.scrollWidth <= e.clientWidth + 1];
			}, sel);
		const line = await whole(".chapter-line");
		same(
			"and with the first chapter's text, whole",
			[line[0].endsWith(first.text), line[1]],
			[true, true],
		);
		for (const key of ["]", "}", "i"]) {
			await p.keyboard.press(key);
			await settle(p);
		}
		const at = await p.evaluate(() => globalThis.pagescope.i),
			splits = [...Array(17).keys()].filter((x) => trace.kindName(at + x) === "buddy_split");
		claim(
			"three keys lead to the nine splits",
			trace.kindName(at) === "buddy_split" &&
				trace.col.buddy_split.order(at) === 9 &&
				splits.length >= 9,
			`${at}: ${narrate(trace, at)}`,
		);
		await p.context().close();
		const narrow = await open(browser, viewer, { width: 360, height: 480 });
		await openTrace(narrow, jsonl);
		await settle(narrow);
		// Firefox makes no window as narrow as 320
		await narrow.evaluate(() => {
			document.documentElement.style.width = "320px";
		});
		await narrow.setViewportSize({ width: 320, height: 480 });
		await settle(narrow);
		same(
			"320 pixels wide, nothing sticks out to the side",
			await narrow.evaluate(() => [
				document.documentElement.scrollWidth,
				...[...document.querySelectorAll("#app *")]
					.filter((e) => !e.closest(".scroll, .ev-list") && e.checkVisibility())
					.filter((e) => e.getBoundingClientRect().right > 321)
					.map((e) => e.className),
			]),
			[320],
		);
		await narrow.context().close();
		if (browser.kind === "chromium") {
			// Playwright has no say in Firefox's media
			const paper = await open(browser, viewer, { theme: "light" });
			await openTrace(paper, jsonl);
			await paper.evaluate((i) => globalThis.pagescope.goto(i), at);
			await settle(paper);
			await paper.emulateMedia({ media: "print" });
			await settle(paper);
			const printed = await paper.evaluate(() => ({
				seen: [
					"#timeline",
					".chapter-line",
					".sentence-line",
					"#virtual",
					"#walk",
					"#frames",
					"#buddy",
					"#details .sentence",
				].filter((s) => document.querySelector(s).getBoundingClientRect().height < 10),
				cut: ["#walk", "#details"].filter((s) => {
					const e = document.querySelector(s);
					return (
						e.scrollHeight > e.clientHeight + 1 &&
						getComputedStyle(e).overflowY !== "visible"
					);
				}),
				tools: [...document.querySelectorAll(".tools, .transport, .search")].filter((e) =>
					e.checkVisibility(),
				).length,
			}));
			same(
				"on paper are the timeline, the chapter, the four views and the event, and no buttons",
				printed,
				{ seen: [], cut: [], tools: 0 },
			);
			await paper.context().close();
		}
	});

	await part("narrow windows", async () => {
		const scn = join(dir, "near.scn"),
			near = join(dir, "near.bin"),
			file = join(dir, "near.jsonl.gz");
		writeFileSync(
			scn,
			readFileSync("scenarios/tour.scn", "utf8").replace(
				"large = vmalloc 3M",
				"large = vmalloc 2M",
			),
		);
		try {
			execFileSync("build/mmsim", ["--scenario", scn, "-o", near], quiet);
		} catch {
			/* its claim about 3 MiB fails, as it must */
		}
		execFileSync(
			"build/pagescope",
			["export", "-q", "--symbols", "build/mmsim", "-o", file, near],
			quiet,
		);
		const i = find(
			"mm_page_alloc",
			(x) => trace.a[x] !== NONE && trace.site(trace.s[x])?.inlined,
			Math.floor(trace.n / 2),
		);
		for (const [width, height] of [
			[400, 800],
			[640, 400],
			[700, 900],
			[1000, 800],
		]) {
			const p = await open(browser, viewer, { width, height });
			await openTrace(p, jsonl);
			await p.evaluate((x) => globalThis.pagescope.goto(x), i);
			await settle(p);
			const boxes = await p.evaluate(() => {
				const w = (s) => document.querySelector(s).getBoundingClientRect().width;
				const dims = [...document.querySelectorAll("#details .fields td.dim")].map(
					(td) => td.getBoundingClientRect().width,
				);
				return {
					text: w(".ev:not([hidden]) .ev-text"),
					list: w(".ev-rows"),
					meaning: Math.min(...dims),
					fields: w("#details .fields"),
					details: document.getElementById("details").clientWidth,
				};
			});
			claim(
				`${width} wide: the sentence has half of an event's row`,
				boxes.text > boxes.list * 0.5,
				JSON.stringify(boxes),
			);
			claim(
				`${width} wide: what a field means stands in lines, not in a column of words, and inside the panel`,
				boxes.meaning > 110 && boxes.fields <= boxes.details,
				JSON.stringify(boxes),
			);
			await p.click("#tab-runs");
			await settle(p);
			await p.setInputFiles("#other-run", file);
			await until(p, () => document.querySelector(".beside") !== null);
			await settle(p);
			const two = await p.evaluate(() => {
				const r = (e) => e.getBoundingClientRect(),
					g = document.createElement("canvas").getContext("2d"),
					heads = [];
				g.font = "11px system-ui, sans-serif";
				for (const side of ["l", "r"])
					for (const [, x, text] of globalThis.pagescope
						.svg("#frames-" + side)
						.matchAll(/<text x="([\d.]+)"[^>]*>([^<]*free)</g))
						heads.push(
							Number(x) +
								g.measureText(text).width -
								document.getElementById("frames-" + side).clientWidth,
						);
				return {
					gaps: [...document.querySelectorAll(".side")].map(
						(s) =>
							r(s.querySelector(".side-time")).top -
							r(s.querySelector(".sentence-line")).bottom,
					),
					heads,
					sideways: document.documentElement.scrollWidth - innerWidth,
					words:
						document.querySelector(".lower .body.scroll:not([hidden])").scrollWidth -
						document.querySelector(".lower .body.scroll:not([hidden])").clientWidth,
					line: document.querySelector(".lower .sentence").textContent,
				};
			});
			claim(
				`${width} wide, two runs: no empty room between a run's sentence and its timeline`,
				two.gaps.length === 2 && two.gaps.every((g) => g >= 0 && g < 12),
				JSON.stringify(two),
			);
			claim(
				`${width} wide, two runs: the headings of the zones have room`,
				two.heads.length === 4 && two.heads.every((x) => x <= 0),
				JSON.stringify(two),
			);
			claim(
				`${width} wide, two runs: nothing sticks out sideways, no table is cut off`,
				two.sideways <= 0 && (width < 1000 || two.words <= 0),
				JSON.stringify(two),
			);
			same(`${width} wide: no error in the console`, p.trouble, []);
			await p.context().close();
		}
	});
	await part("symbols of the kernel", async () => {
		// the table as the exporter makes it from the kernel's ELF, in the tour: its machine has
		// the same linear map
		const elf = "build/kernel.elf",
			id = execFileSync("readelf", ["-n", elf], quiet)
				.toString()
				.match(/Build ID: ([0-9a-f]+)/)[1];
		const tiny = join(dir, "tiny.bin"),
			told = readFileSync("tests/exporter/machine.txt", "utf8").replace(
				'build_id=""',
				`build_id="${id}"`,
			);
		writeFileSync(
			tiny,
			execFileSync("build/mkcapture", { input: told, stdio: ["pipe", "pipe", "inherit"] }),
		);
		const line = execFileSync(
			"build/pagescope",
			["export", "-q", "--symbols", elf, "-o", "-", tiny],
			quiet,
		)
			.toString()
			.split("\n")
			.find((l) => l.startsWith('{"rec":"symbols"'));
		const lines = gunzipSync(readFileSync(jsonl)).toString().split("\n"),
			named = join(dir, "named.jsonl");
		writeFileSync(named, [lines[0], line, ...lines.slice(1)].join("\n"));
		const p = await open(browser, viewer, { width: 1280, height: 800 }),
			type = async (what) => {
				await p.fill("#search", what);
				await settle(p);
				return p.textContent(".answer");
			};
		await openTrace(p, named);
		const at = (name) =>
				parseInt(
					execFileSync("readelf", ["-sW", elf], quiet)
						.toString()
						.match(new RegExp(`: ([0-9a-f]{8}) .* ${name}\\n`))[1],
					16,
				),
			hex = (v) => "0x" + v.toString(16).padStart(8, "0"),
			i = await p.evaluate(() => globalThis.pagescope.i);
		for (const [what, name, by] of [
			["swapper_pg_dir", "swapper_pg_dir", 0],
			["node_zonelists", "node_zonelists", 0],
			["mem_map+0x3", "mem_map", 3],
			["kernel_main + 16", "kernel_main", 16],
		]) {
			const va = at(name) + by,
				pa = translated(bin, va, i).pa,
				text = await type(what);
			claim(
				`${what}: its address, and the physical one that pagescope gives`,
				pa > 0 &&
					text.includes(
						`${hex(va)} (${name}${by ? "+0x" + by.toString(16) : ""}) leads to physical ${hex(pa)}`,
					),
				text.slice(0, 200),
			);
		}
		await type("swapper_pg_dir");
		await p.keyboard.press("Enter");
		await until(p, () => document.querySelector("#walk").textContent.includes("0xc0101000"));
		claim(
			"Enter selects its page and frame",
			/0x101 /.test(await p.textContent("#details")) &&
				(await p.evaluate(() => location.hash || globalThis.pagescope.i)) !== "",
			await p.textContent("#details"),
		);
		const part = await type("bootmem_map");
		claim(
			"a part of a name lists those that have it",
			["bootmem_map_pages", "bootmem_map_bytes", "bootmem_map_pfn"].every((n) =>
				part.includes(n + "  " + hex(at(n))),
			),
			part.slice(0, 300),
		);
		const both = JSON.parse(line).name.find((n) => trace.sites.func.includes(n)),
			found = await type(both);
		claim(
			"a name both of a caller and in the kernel is found as both",
			new RegExp(`Functions that ask[^]*site:${both}[^]*In the kernel[^]*${both}  0x`).test(
				found,
			),
			found,
		);
		claim(
			"a name that is none is one",
			/no symbol of the kernel is called .nonsense/i.test(await type("nonsense+4")),
			await type("nonsense+4"),
		);
		same("no error in the console", p.trouble, []);
		await p.context().close();
		claim(
			"a trace without the table says nothing is called so",
			/Nothing is called .swapper_pg_dir/.test(
				await (async () => {
					await page.fill("#search", "swapper_pg_dir");
					await settle(page);
					const t = await page.textContent(".answer");
					await page.keyboard.press("Escape");
					return t;
				})(),
			),
		);
	});
	await part("saving", async () => {
		await goto(find("vmalloc_exit", (i) => trace.a[i] > 0) - 3);
		const menu = async (button, item) => {
			await page.click(`button[aria-label="save ${button}"]`);
			await page.click(`.menu >> text=${item}`);
		};
		for (const [button, word] of [
			["virtual addresses", "Virtual addresses"],
			["page-table walk", "PTE"],
			["physical frames", "frames free"],
			["buddy free lists", "pages free"],
		]) {
			const { name, data } = await saves(() => menu(button, "SVG")),
				svg = data.toString();
			const parsed = await page.evaluate((s) => {
				const d = new DOMParser().parseFromString(s, "image/svg+xml");
				return [
					d.querySelector("parsererror")?.textContent ?? "",
					d.querySelectorAll("path,rect").length,
					[...d.querySelectorAll("text")].map((t) => t.textContent).join(" "),
				];
			}, svg);
			claim(
				`${button} as SVG: sound, with its shapes and its words as text`,
				name.endsWith(".svg") && !parsed[0] && parsed[1] > 3 && parsed[2].includes(word),
				`${parsed[0]} ${parsed[1]} ${parsed[2].slice(0, 200)}`,
			);
		}
		const png = await saves(() => menu("physical frames", "PNG")),
			box = await page.locator("[data-panel=frames]").boundingBox();
		same(
			"PNG of a panel is twice its size",
			[
				png.data.subarray(1, 4).toString(),
				png.data.readUInt32BE(16),
				png.data.readUInt32BE(20),
			],
			["PNG", Math.round(box.width * 2), Math.round(box.height * 2)],
		);
		const csv = (await saves(() => menu("buddy free lists", "CSV"))).data
			.toString()
			.trim()
			.split("\n")
			.slice(1)
			.map((l) => l.split(","));
		const info = shows("buddyinfo", await now())
			.trim()
			.split("\n")
			.map((l) => l.trim().split(/\s+/))
			.map((w) => [w[3], ...w.slice(4)]);
		same(
			"CSV of the free lists holds the counts of `pagescope show buddyinfo`",
			info.map(([z]) => [z, ...csv.filter((r) => r[0] === z).map((r) => r[3])]),
			info,
		);
		await page.click("header >> text=Save");
		const whole = await saves(() => page.click(".menu >> text=The trace"));
		same("the trace comes back byte for byte", whole.data.equals(readFileSync(jsonl)), true);
		await page.click("header >> text=Save");
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Escape");
		same(
			"Esc closes the menu and gives the focus back",
			await page.evaluate(() => [
				document.querySelectorAll(".menu").length,
				document.activeElement.textContent,
			]),
			[0, "Save"],
		);
		const evil = await page.evaluate(() => {
			document.querySelector(".what").textContent =
				'<script>alert(1)</script>\u0000\u0008\ufffe" & done';
			return globalThis.pagescope.svg("header.top");
		});
		claim(
			"a hostile string in a picture stays text",
			!/<script/.test(evil) &&
				evil.includes("&lt;script&gt;") &&
				!/[\u0000\u0008\ufffe]/.test(evil),
		);
	});

	await part("long waits", async () => {
		const slow = join(dir, "slow.jsonl"),
			k = 999999,
			ticks = (t) => (Array.isArray(t) ? t.map(ticks) : t * k);
		writeFileSync(
			slow,
			gunzipSync(readFileSync(jsonl))
				.toString()
				.replace(
					/"(t[01]?|dt)":(\[[\d,]*\]|\d+)/g,
					(_, name, t) => `"${name}":${JSON.stringify(ticks(JSON.parse(t)))}`,
				),
		);
		const p = await open(browser, viewer, { width: 1600, height: 900 }),
			{ trace: far } = loadFile(slow),
			wait = (i) => far.t[i] - far.t[i - 1],
			long = [...Array(far.n).keys()].find((i) => wait(i) > k && wait(i) < 10 * k);
		await openTrace(p, slow);
		for (const [what, text, i] of [
			[
				"just below a million ticks",
				"+999\u202f999",
				find("mm_page_alloc", (i) => wait(i) === k, 100),
			],
			["millions", `+${(wait(long) / 1e6).toFixed(2)} M`, long],
		]) {
			await p.evaluate((x) => globalThis.pagescope.goto(x), i);
			await settle(p);
			const dt = await p
				.locator(".ev.on .ev-dt")
				.evaluate((e) => [e.textContent, e.scrollWidth - e.clientWidth]);
			same(`${what} before an event have room in its row`, dt, [text, 0]);
		}
		same(
			"how many ticks is still to be had",
			await p.locator(".ev.on .ev-dt").getAttribute("title"),
			`${fmt.count(wait(long))} ticks`,
		);
		await p.context().close();
	});

	await part("tables", async () => {
		const body = ".lower [aria-label=table]",
			head = (text, box = body) =>
				page.locator(`${box} th button`, { hasText: text }).first();
		const column = (n, box = body) =>
			page.evaluate(
				([b, n]) =>
					[
						...document.querySelectorAll(
							`${b} table:first-of-type tbody tr:not([hidden])`,
						),
					].map((tr) => tr.cells[n].textContent),
				[box, n],
			);
		const number = (s) => Number(s.replace(/[\s#]/g, "")),
			areas = (i) => model.at(i).areas,
			rising = (list) => list.every((x, n) => !n || list[n - 1] <= x);
		const at = find("vmalloc_exit", (i) => areas(i).length > 2),
			later = find("vfree_exit", (i) => areas(i).length === 2, at);
		await goto(at);
		await page.click("#tab-areas");
		await settle(page);
		const given = await column(0),
			bySize = (i, d) =>
				areas(i)
					.map((a, n) => [a.size * d, n, fmt.addr(a.addr)])
					.sort((x, y) => x[0] - y[0] || x[1] - y[1])
					.map((x) => x[2]);
		same(
			"areas are given by address",
			given,
			areas(at).map((a) => fmt.addr(a.addr)),
		);
		await head("size").focus();
		await page.keyboard.press("Enter");
		same(
			"Enter on a head sorts by it, sizes by what they say, equal ones as they stood",
			await column(0),
			bySize(at, 1),
		);
		same(
			"and the head says so",
			await page
				.locator(`${body} th[aria-sort]`)
				.evaluateAll((l) => l.map((th) => [th.textContent, th.getAttribute("aria-sort")])),
			[["size", "ascending"]],
		);
		await goto(later);
		await settle(page);
		same(
			"the order is kept when time moves, and the focus stays on the head",
			[await column(0), await page.evaluate(() => document.activeElement.textContent)],
			[bySize(later, 1), "size"],
		);
		const csv = (
			await saves(async () => {
				await page.click('button[aria-label="save table below"]');
				await page.click(".menu >> text=CSV");
			})
		).data
			.toString()
			.trim()
			.split("\n");
		same(
			"the CSV has the order that is shown",
			[csv[0].split(",")[1], ...csv.slice(1).map((l) => l.split(",")[0])],
			["size", ...bySize(later, 1)],
		);
		await goto(at);
		await settle(page);
		await head("size").click();
		same("again: the largest first", await column(0), bySize(at, -1));
		await head("size").click();
		same(
			"a third time: as given",
			[await column(0), await page.locator(`${body} th[aria-sort]`).count()],
			[given, 0],
		);
		await page.click("#tab-sites");
		await settle(page);
		await head("pages").click();
		const pages = (await column(3)).map(number);
		claim(
			"numbers are sorted by what they are, however large",
			rising(pages) && pages.at(-1) > 999,
			pages.join(),
		);
		await head("call site").click();
		claim(
			"names by their letters",
			(await column(0)).length === pages.length &&
				(await column(0)).every(
					(s, n, all) =>
						!n ||
						new Intl.Collator("en", { numeric: true }).compare(all[n - 1], s) <= 0,
				),
			await column(0),
		);
		const once = (list) => new Set(list).size === list.length,
			alike = (await column(0)).filter((s) => /^scenario_alloc\(\)/.test(s));
		claim(
			"no two call sites read the same, those in one function have a line",
			once(await column(0)) &&
				alike.length > 1 &&
				alike.every((s) => trace.sites.line.includes(Number(s.match(/line (\d+)$/)?.[1]))),
			await column(0),
		);
		await page.mouse.move(1, 1); // off the head, whose card may lie over the tabs
		await page.click("#tab-held");
		await settle(page);
		claim(
			"nor among the held",
			once(await column(0)) && (await column(0)).some((s) => alike.includes(s)),
			await column(0),
		);
		await page.selectOption("[aria-label='colour frames by']", "site");
		await settle(page);
		const keys = (
			await page.locator("[aria-label='owner classes'] .key").allTextContents()
		).map((s) => s.replace(/: [\d\s]+$/, ""));
		claim(
			"nor in the legend of the frames",
			once(keys) && keys.some((s) => alike.includes(s)),
			keys,
		);
		await page.selectOption("[aria-label='colour frames by']", "owner");
		await page.click("#tab-sites");
		await settle(page);
		const device = find("vmalloc_exit", (i) => areas(i).some((a) => a.flags & 1)),
			area = areas(device).find((a) => a.flags & 1),
			guard = area.addr + area.size - 4096;
		claim(
			"the area of a device has its guard page, too: that is what `pagescope translate` says",
			/guard page/.test(translateText(translate(model, guard, device))) &&
				/guard page/.test(
					execFileSync(
						"build/pagescope",
						["translate", fmt.addr(guard), "--at-event", String(device), "-q", bin],
						quiet,
					).toString(),
				),
		);
		const filter = page.locator("[aria-label='show only the rows with these words']"),
			all = await column(0);
		await filter.fill("alloc nowhere");
		claim(
			"a row without one of the words typed above a table is not shown",
			(await column(0)).length === 0,
			await column(0),
		);
		await filter.fill("SCENARIO alloc");
		const some = all.filter((s) => /scenario.*alloc/.test(s));
		same(
			"in whatever letters, and say how many",
			[await column(0), await page.textContent(".lower .filter [role=status]")],
			[some, `${some.length} of ${all.length} rows`],
		);
		await filter.evaluate((e) => e.setSelectionRange(3, 3));
		await goto(at + 1);
		await settle(page);
		same(
			"still so when time moves: words, caret and rows",
			[
				...(await page.evaluate(() => {
					const e = document.activeElement;
					return [e.value, e.selectionStart];
				})),
				await column(0),
			],
			["SCENARIO alloc", 3, some],
		);
		same(
			"the CSV has the rows that are shown",
			(
				await saves(async () => {
					await page.click('button[aria-label="save table below"]');
					await page.click(".menu >> text=CSV");
				})
			).data
				.toString()
				.trim()
				.split("\n").length,
			some.length + 1,
		);
		await page.click("#tab-areas");
		await settle(page);
		same(
			"each tab has words of its own",
			[await filter.inputValue(), (await column(0)).length],
			["", areas(at + 1).length],
		);
		await page.click("#tab-sites");
		await settle(page);
		await filter.press("Escape");
		same(
			"Esc clears them",
			[await filter.inputValue(), (await column(0)).length, await now()],
			["", all.length, at + 1],
		);
		await accessible("a table with its filter");
		await page.click("#tab-areas");
		await settle(page);
		same(
			"an area's size is what can be used of it",
			await column(1),
			areas(at + 1).map((a) => `${fmt.bytes(a.size - 4096)} + guard`),
		);
		await page.locator(`${body} tbody tr`).nth(1).locator("button").focus();
		await page.keyboard.press("Enter");
		await settle(page);
		same(
			"Enter on an area's row selects it, and stays there",
			[
				await page.textContent(".tabs .following, .tabrow .right.dim"),
				await page.evaluate(() => document.activeElement.textContent),
			],
			[`area ${given[1]}✕`, given[1]],
		);
		await page.keyboard.press("Escape");
		await page.click("[data-panel=frames] >> text=Table");
		await head("frames", ".twin").click();
		const runs = (await column(2, ".twin")).map(Number);
		claim(
			"the table of a view can be sorted, too",
			rising(runs) && runs.length > 5,
			runs.join(),
		);
		await page.keyboard.press("Escape");
		same("Esc closes it", await page.locator(".twin").count(), 0);
		await page.click(".now >> button:text('Table')");
		const rows = async () => (await column(0, "section.timeline .twin")).map(Number),
			whole = await rows();
		claim(
			"the timeline has a table, from the first event to the last",
			rising(whole) && whole[0] === 0 && whole.at(-1) === trace.n - 1 && whole.length > 50,
			whole.join(),
		);
		claim(
			"with what the curves show",
			(await column(trace.zones.length + 2, "section.timeline .twin"))
				.map(Number)
				.some((n, r) => n > 700 && n === model.at(whole[r]).vmPages),
		);
		await page.keyboard.press("w");
		await settle(page);
		const near = await rows();
		claim(
			"and of what it shows when it is zoomed",
			near[0] > 0 && near.at(-1) < trace.n - 1 && near.length > 20,
			near.join(),
		);
		await page.keyboard.press("Z");
		await page.keyboard.press("Escape");
		same("Esc closes this one, too", await page.locator(".twin").count(), 0);
	});

	await part("flame graph", async () => {
		await page.click("#tab-sites");
		await settle(page);
		const box = (name) => page.locator(`.fl[aria-label^="${name}:"]`).first();
		const all = [...Array(trace.n).keys()].filter(
				(i) => trace.kindName(i) === "mm_page_alloc" && trace.a[i] !== NONE,
			),
			pages = all.reduce((s, i) => s + 2 ** trace.o[i], 0);
		const label = (await box("all allocations").getAttribute("aria-label")).replace(/\s/g, "");
		claim("its root holds every page handed out", label.includes(`:${pages}pages`), label);
		const large = trace.steps.find((s) => /vmalloc 3M/.test(s.text)),
			node = page.locator(".fl", { hasText: large.text }).first();
		await node.click();
		await settle(page);
		const wide = await page.evaluate(() =>
			[...document.querySelectorAll(".fl")]
				.filter((b) => b.offsetWidth > document.querySelector(".flame").offsetWidth * 0.97)
				.map((b) => b.textContent),
		);
		claim(
			"a click makes a box as wide as the graph; below it are the call and its functions",
			wide[0] === large.text && wide[1].startsWith("vmalloc()"),
			wide.join(" / "),
		);
		await page.keyboard.press("ArrowDown");
		same(
			"↓ goes to the box below",
			(await page.evaluate(() => document.activeElement.textContent)).startsWith("vmalloc()"),
			true,
		);
		await page.click("text=List these events");
		await settle(page);
		const end = trace.steps.find((s) => s.i > large.i).i,
			want = all.filter((i) => i > large.i && i < end).length;
		claim(
			"and its allocations can be listed",
			(await page.textContent(".filter")).replace(/\s/g, "").includes(`:${want}✕`),
			`${await page.textContent(".filter")}, wanted ${want}`,
		);
		await page.click(".filter button");
		await page.click("#tab-sites");
		await page.click("text=Whole graph");
		await page.selectOption("[aria-label='what the width means']", "held");
		await goto(trace.n - 1);
		const m = model.at(trace.n - 1);
		let count = 0;
		for (let p = 0; p < m.frames; p++)
			if (
				m.meta[p] >> 4 > 2 &&
				m.since[p] >= 0 &&
				trace.kindName(m.since[p]) === "mm_page_alloc"
			)
				count++;
		claim(
			"width can be what is still held",
			await until(
				page,
				(n) =>
					document
						.querySelector(".fl")
						?.getAttribute("aria-label")
						.replace(/\s/g, "")
						.startsWith(`allallocations:${n}page`),
				count,
			),
		);
		await accessible("call sites");
		await page.click("#tab-events");
	});

	await part("the rules of __alloc_pages", async () => {
		const wrong = [];
		let n = 0;
		for (let i = 1; i < trace.n; i++) {
			if (trace.kindName(i) !== "mm_page_alloc") continue;
			let j = i;
			while (
				/^(buddy_split|buddy_split_low|zone_skip|wakeup_kswapd|shrink_slab|mm_report)$/.test(
					trace.kindName(j - 1),
				)
			)
				j--;
			const r = canServe(trace, model.at(j - 1), trace.o[i], trace.b[i]);
			n++;
			if (trace.a[i] === NONE ? r.zone : r.zone?.id !== trace.z[i]) wrong.push(i);
		}
		claim(
			"the ruler foretells every one of the tour's requests: its zone, or that it fails",
			n > 1000 && !wrong.length,
			`${n} requests, wrong at ${wrong.slice(0, 5)}`,
		);
	});

	await part("overview", async () => {
		await goto(find("buddy_split", (i) => trace.a[i] > 4200 && i > trace.chapters()[2].i));
		const box = await page.locator("#frames").boundingBox();
		// the first tile in the overview below the map
		await page.mouse.click(box.x + 9, box.y + box.height - 50);
		await settle(page);
		await page.mouse.click(box.x + 60, box.y + 60);
		await settle(page);
		const [, pfn] = (await page.textContent("#details")).match(/Frame (0x[0-9a-f]+)/) ?? [];
		claim("a click in the overview shows that part of memory", parseInt(pfn, 16) < 512, pfn);
		await page.mouse.click(box.x + box.width - 40, box.y + box.height - 30);
		await settle(page);
		same(
			"beside the overview there is no frame to click",
			(await page.textContent("#details")).match(/Frame (0x[0-9a-f]+)/)?.[1],
			pfn,
		);
		await page.keyboard.press("Escape");
	});

	await part("a menu of what can be asked", async () => {
		await goto(find("vmalloc_exit", (i) => trace.a[i] > 0));
		const frames = page.locator("#frames"),
			{ height } = await frames.boundingBox();
		await frames.click({ button: "right", position: { x: 40, y: Math.min(60, height / 3) } });
		same(
			"a right click on a frame offers history, translation, copy, stop here, explanation",
			await page.evaluate(() =>
				["History", "Translate", "Copy", "Stop here", "Explain"].filter(
					(w) =>
						![...document.querySelectorAll(".menu button")].some((b) =>
							b.textContent.startsWith(w),
						),
				),
			),
			[],
		);
		await accessible("a menu open");
		await page.click(".menu >> text=Explain");
		await settle(page);
		claim(
			"Explain tells of that frame",
			/Frame 0x[0-9a-f]+ is/.test(await page.textContent("#details")),
		);
		const va = trace.a[await now()];
		await page.keyboard.press("Escape");
		await page.keyboard.press("/");
		await page.keyboard.type("0x" + va.toString(16));
		await page.keyboard.press("Enter");
		await page.focus("#virtual");
		if (kind === "chromium") await page.keyboard.press("Shift+F10");
		else
			await page.evaluate(() =>
				document.activeElement.dispatchEvent(
					new MouseEvent("contextmenu", { bubbles: true, cancelable: true, button: 0 }),
				),
			);
		await page.click(".menu >> text=History of this page");
		await settle(page);
		const history = Number((await page.textContent(".filter")).match(/: (\d+)/)?.[1]);
		const said = execFileSync(
			"build/pagescope",
			["translate", "0x" + va.toString(16), "--at-event", String(await now()), "-q", bin],
			quiet,
		).toString();
		claim(
			`${kind === "chromium" ? "the menu key" : "the event of the menu key"} does the same from the keyboard: the page's history is listed`,
			history > 0,
			`${history}; ${said.slice(0, 200)}`,
		);
		await page.click(".filter button");
		await settle(page); // the list of all events is there again
		const row = page.locator(".ev:not([hidden])").nth(2),
			at = Number(await row.getAttribute("data-i"));
		await row.click({ button: "right" });
		await page.click(".menu >> text=Stop here");
		await settle(page);
		claim(
			"Stop here of an event leads to what there is: in a trace of the simulator no tick to stop at, but a run in Bochs",
			(await now()) === at &&
				/made by the simulator/.test(await page.textContent(".stop .bad")) &&
				(await page.locator("[data-stop]").count()) === 0 &&
				(await page.textContent("[data-make]")) === "$ make run",
			`${await now()} ${at}`,
		);
		await page.evaluate(() => document.activeElement.blur());
		await page.keyboard.press("g");
		await until(page, () => /nothing is copied/.test(document.body.textContent));
		claim("and G says that it copies nothing", true);
	});

	/** What is lit in a view: the boxes of its picture in the colour of what is pointed at. */
	const lit = async (view) =>
		[
			...(await page.evaluate((v) => globalThis.pagescope.svg("#" + v), view)).matchAll(
				/<rect x="([-\d.]+)" y="([-\d.]+)" width="([-\d.]+)" height="([-\d.]+)"[^>]*stroke="#9fd3ff"/g,
			),
		].map((r) => r.slice(1).map(Number));
	const steps = () =>
		page.evaluate(() =>
			[...document.querySelectorAll("#walk .lit")].map((s) => s.className.split(" ")[1]),
		);
	const look = async (what) => {
		await page.keyboard.press("/");
		await page.keyboard.press("Control+a");
		await page.keyboard.type(what);
		await page.keyboard.press("Enter");
		await settle(page);
	};
	await part("what can be selected", async () => {
		const details = async () =>
				(await page.textContent("#details")).replace(/[\s\u202f]+/g, " "),
			name = () => page.textContent(".tabrow .right.dim"),
			link = async () => {
				await shown(page, "address");
				return page.evaluate(() => new URLSearchParams(location.hash.slice(1)).get("sel"));
			};
		const drawn = async (view, colour = "#ffffff") =>
			[
				...(await page.evaluate((v) => globalThis.pagescope.svg("#" + v), view)).matchAll(
					new RegExp(`<rect [^>]*stroke="${colour}"[^>]*>`, "g"),
				),
			].map((r) => r[0]);
		const listed = async () =>
				Number(
					(await page.textContent(".filter:not([hidden])"))
						.replace(/[\s\u202f]/g, "")
						.match(/:(\d+)/)[1],
				),
			list = async () => {
				await page.click("#details >> text=List them all");
				await settle(page);
				return listed();
			};
		const clear = async () => {
			for (const act of [
				() => page.keyboard.press("Escape"),
				() => page.evaluate(() => document.activeElement.blur()),
			])
				await act();
			if (await page.isVisible(".filter button")) await page.click(".filter button");
			await settle(page);
		};
		// an area: all its pages and frames, from the one event to the other
		const made = find(
				"alloc_vmap_area",
				(x) => trace.of(x).size(x) >= 9 * 4096 && !trace.of(x).failed(x),
			),
			freed = find("free_vmap_area", (x) => trace.a[x] === trace.a[made], made),
			exit = find("vmalloc_exit", () => true, made),
			va = trace.a[made],
			hex = (v) => "0x" + v.toString(16).padStart(8, "0");
		await goto(exit);
		await page.click("#tab-areas");
		await page.click(`.lower .body.scroll td:has-text("${hex(va)}")`);
		await settle(page);
		same(
			"an area's row selects the area, all its pages are outlined, and as many frames as are behind them",
			[
				await name(),
				await link(),
				(await drawn("virtual")).length,
				(await drawn("frames")).length,
			],
			[
				`area ${hex(va)}✕`,
				`a:${va.toString(16)}@${made}`,
				trace.b[made] >> 12,
				(trace.b[made] >> 12) - 1,
			],
		);
		const of = JSON.parse(
				execFileSync(
					"build/pagescope",
					["translate", "--json", "--at-event", String(exit), "-q", hex(va), bin],
					quiet,
				),
			),
			span = of.history.filter((x) => x.i >= made && x.i <= freed).length;
		claim(
			"its events are those that `pagescope translate` has of its first page, and those of the others, until it is freed",
			(await list()) > span && span > 4,
			`${await listed()} ${span}`,
		);
		await clear();
		// a PTE: what is written to it, and to it alone
		const set = find("pte_set", (x) => trace.a[x] === va, made),
			writes = JSON.parse(
				execFileSync(
					"build/pagescope",
					["translate", "--json", "--at-event", String(set), "-q", hex(va), bin],
					quiet,
				),
			)
				.history.filter((x) => /^pte_(set|clear|range_set) /.test(x.event))
				.map((x) => x.i);
		await goto(set);
		await page.click("#walk .step.pte b");
		await settle(page);
		same(
			"a step of the walk selects the entry",
			[await name(), await link(), (await page.textContent("#walk .picked")).slice(0, 4)],
			[`PTE of ${hex(va)}✕`, `e:${va.toString(16)}.pte.101000`, "PTE "],
		);
		claim(
			"it is told of with its value and the names of its flags",
			(await details()).includes(`stored at physical`) &&
				(await details()).includes(`is ${hex(trace.c[set])}`) &&
				/present, .*accessed|present/.test(await details()),
			await details(),
		);
		same(
			"its events are the writes to it, as `pagescope translate` has them",
			await list(),
			writes.length,
		);
		await clear();
		await page.focus("#walk .step.pde");
		await page.keyboard.press("Enter");
		await settle(page);
		same(
			"by keyboard, too",
			[await name(), await link()],
			[`PDE of ${hex(va)}✕`, `e:${va.toString(16)}.pde.101000`],
		);
		await clear();
		// a frame that is used again is another
		const first = find("mm_page_alloc", (x) => trace.o[x] === 0 && trace.a[x] !== NONE),
			pfn = trace.a[first],
			back = find("mm_page_free", (x) => trace.a[x] === pfn && trace.o[x] === 0, first),
			again = find("mm_page_alloc", (x) => trace.o[x] === 0 && trace.a[x] === pfn, back);
		await goto(first);
		await look(`pfn ${pfn.toString(16)}`);
		const id = await link();
		claim(
			"a frame is that of its allocation",
			id === `f:${pfn.toString(16)}@${first}` &&
				(await details()).includes(`Until #${back}:`),
			`${id} ${await details()}`,
		);
		await goto(again);
		claim(
			"where it is another's the page says so, and outlines it otherwise",
			/Not at this moment\. What is selected is frame/.test(await details()) &&
				(await drawn("frames")).length === 0 &&
				(await drawn("frames", "#94a0b0")).some((r) => r.includes("dasharray")),
			await details(),
		);
		await page.click("#details >> text=Only of this life");
		await settle(page);
		const life = model.trace,
			{ touchesFrame } = await import("../../viewer/model/touches.js"),
			test_ = touchesFrame(life, pfn);
		same(
			"the events of that life alone",
			await listed(),
			Array.from({ length: back - first + 1 }, (_, x) => first + x).filter((x) => test_(x))
				.length,
		);
		await page.click("#details >> text=Select what it is now");
		await settle(page);
		same("what it is now is another selection", await link(), `f:${pfn.toString(16)}@${again}`);
		await clear();
		// a block of a free list
		await goto(exit);
		const b = model.at(exit),
			z = trace.zones[0],
			order = Array.from({ length: 10 }, (_, o) => o).findLast((o) => b.list(z.id, o).length),
			[head] = b.list(z.id, order);
		await page.focus("#buddy");
		await page.keyboard.press("Enter");
		await page.keyboard.press("Enter");
		await settle(page);
		const block = await link(),
			[, n, o] = block.match(/^b:([0-9a-f]+)\.(\d)@\d+$/) ?? [];
		claim(
			"Enter in the free lists selects a block that is on one",
			b.list(trace.zoneOf(parseInt(n, 16)).id, +o).includes(parseInt(n, 16)) &&
				(await name()) === `block 0x${n}, order ${o}✕` &&
				/^The block of/.test(await details()),
			`${block} ${head} ${await name()}`,
		);
		await clear();
		// a call site and what it holds
		await page.click("#tab-held");
		await page.click(".lower .body.scroll tbody tr td:first-child button");
		await settle(page);
		const row = await page.$$eval(".lower .body.scroll tbody tr:first-child td", (td) =>
			td.map((x) => x.textContent.replace(/[\s\u202f]/g, "")),
		);
		claim(
			"a row of what is held selects its call site, which has as many blocks",
			(await details()).replace(/[\s\u202f]/g, "").includes(`in${row[1]}block`) &&
				/^s:\d+$/.test(await link()),
			`${row} ${await details()}`,
		);
		await clear();
		await page.click("#tab-events");
		// an event that stays
		await goto(set);
		await page.evaluate(() =>
			document.querySelector("#event-rows .ev.on").dispatchEvent(
				new MouseEvent("contextmenu", {
					bubbles: true,
					cancelable: true,
					button: 2,
					clientX: 300,
					clientY: 600,
				}),
			),
		);
		await page.click(".menu >> text=Keep it selected");
		await goto(set + 2);
		same(
			"an event that is kept selected keeps its frame and page outlined",
			[
				await name(),
				await link(),
				(await drawn("frames")).length,
				(await drawn("virtual")).length,
			],
			[`event #${set}✕`, `i:${set}`, 1, 1],
		);
		await clear();
	});
	await part("a link to what is seen", async () => {
		const link = async (p = page) => {
			await settle(p);
			await shown(p, "address");
			return p.evaluate(() => location.hash);
		};
		await goto(find("vmalloc_exit"));
		await page.fill("#search", "kind:pte_set order>=0");
		await page.fill("#search", "kind:pte_set");
		await page.keyboard.press("Enter");
		await page.selectOption("[aria-label='colour frames by']", "age");
		await page.selectOption("#axis", "events");
		await page.locator("#timeline").hover({ position: { x: 700, y: 60 } });
		await page.mouse.wheel(0, -600);
		if ((await page.getAttribute("button[title^='stay close']", "aria-pressed")) === "true")
			await page.click("button[title^='stay close']");
		await page.focus("#virtual");
		await page.keyboard.press("PageDown");
		const said = await link(),
			parts = new URLSearchParams(said.slice(1));
		claim(
			"it has the filter, the colours, the axis and its zoom, the close-up and the band",
			parts.get("q") === "kind:pte_set" &&
				parts.get("cb") === "age" &&
				parts.get("axis") === "events" &&
				/^\d+-\d+$/.test(parts.get("z")) &&
				parts.get("close") === "0" &&
				!!parts.get("band"),
			said,
		);
		const p = await open(browser, viewer + said, { width: 1440, height: 900 }),
			seen = (q) =>
				q.evaluate(() =>
					[
						document.querySelector(".filter:not([hidden])").textContent,
						document.querySelector("[aria-label='colour frames by']").value,
						document.querySelector("#axis").value,
						globalThis.pagescope.svg("#virtual"),
					].join("|"),
				);
		await openTrace(p, jsonl);
		await settle(p);
		same("opened, it shows the same", [await link(p), await seen(p)], [said, await seen(page)]);
		await p.keyboard.press("y");
		await p.keyboard.press("4");
		claim("a lecture's panel is in it", /&v=buddy/.test(await link(p)), await link(p));
		await p.evaluate((x) => {
			location.hash = x;
		}, `#n=${trace.n}&i=5`);
		await settle(p);
		same(
			"and what a link leaves out is as it is at first",
			await p.evaluate(() => [
				document.querySelector(".filter").textContent,
				document.querySelector("[aria-label='colour frames by']").value,
				document.querySelector("#axis").value,
				document.body.classList.contains("lecture"),
				document.querySelector("button[title^='stay close']").getAttribute("aria-pressed"),
			]),
			["", "owner", "story", false, "true"],
		);
		await p.close();
		await page.evaluate((x) => {
			location.hash = x;
		}, `#n=${trace.n}&i=5`);
		await settle(page);
	});
	await part("pointing at one thing", async () => {
		const i = find(
				"pte_set",
				(x) => trace.a[x] >= trace.layout.vmalloc_start && trace.c[x] & 1,
			),
			va = trace.a[i],
			pfn = trace.c[i] >>> 12,
			m = model.at(i),
			away = async () => {
				await page.mouse.move(0, 0);
				await settle(page);
			};
		await goto(i);
		await look("0x" + va.toString(16));
		await away();
		same(
			"nothing pointed at, nothing lit",
			[await lit("frames"), await lit("virtual"), await lit("buddy"), await steps()],
			[[], [], [], []],
		);
		const seen = {};
		for (const step of ["pde", "pte", "frame"]) {
			await page.hover(`#walk .step.${step} b`);
			await settle(page);
			seen[step] = await lit("frames");
			claim(
				`a step of the walk (${step}) lights its frame and the page`,
				seen[step].length === 1 && (await lit("virtual")).length === 1,
				JSON.stringify([seen[step], await lit("virtual")]),
			);
		}
		claim(
			"table and mapped frame are two frames, entry and frame one",
			String(seen.pde) !== String(seen.pte) && String(seen.pte) === String(seen.frame),
			JSON.stringify(seen),
		);
		await away();
		await page.focus("#walk .step.pde");
		await settle(page);
		same(
			"so does the focus",
			[await lit("frames"), (await lit("virtual")).length],
			[seen.pde, 1],
		);
		await page.focus("#walk");
		const [x, y, w, h] = seen.pte[0],
			frames = page.locator("#frames"),
			virtual = page.locator("#virtual");
		await frames.hover({ position: { x: x + w / 2, y: y + h / 2 } });
		await settle(page);
		const cell = await lit("virtual");
		same(
			"a frame lights its page and the steps that lead to it",
			[cell.length, await steps()],
			[1, ["pde", "pte", "frame"]],
		);
		await virtual.hover({
			position: { x: cell[0][0] + cell[0][2] / 2, y: cell[0][1] + cell[0][3] / 2 },
		});
		await settle(page);
		same(
			"a page lights its frame and the steps",
			[await lit("frames"), await steps()],
			[seen.pte, ["pde", "pte", "frame"]],
		);
		await away();
		const lines = () =>
			page.evaluate(() => {
				const c = document.querySelector(".links"),
					none = Object.assign(document.createElement("canvas"), {
						width: c.width,
						height: c.height,
					}),
					picture = c.toDataURL();
				return picture === none.toDataURL() ? "none" : picture;
			});
		const tables = page.locator(".view h2 button", { hasText: "Table" }),
			before = await lines();
		for (const x of [0, 1]) {
			await tables.nth(x).click();
			await settle(page);
		}
		same(
			"lines lead from page to entry to frame, but not over tables",
			[before !== "none", await lines()],
			[true, "none"],
		);
		for (const x of [0, 1]) {
			await tables.nth(x).click();
			await settle(page);
		}
		same("and are there again after them", (await lines()) === before, true);
		for (const act of [
			() => page.keyboard.press("ArrowRight"),
			() => page.selectOption("#axis", "events"),
			() => page.selectOption("#axis", "story"),
		]) {
			await away();
			await frames.hover({ position: { x: 40, y: 60 } });
			const shown = await page.isVisible(".tip");
			await act();
			same(
				"what the pointer told of goes when time or axis change",
				[shown, await page.isVisible(".tip")],
				[true, false],
			);
		}
		await goto(i);
		await away();
		same(
			"and nothing is lit when the pointer is away",
			[await lit("frames"), await lit("virtual"), await steps()],
			[[], [], []],
		);
		const row = page.locator(`.ev[data-i="${i}"]`);
		await row.hover();
		await settle(page);
		same(
			"an event lights its frame, its page and their steps",
			[await lit("frames"), await lit("virtual"), await steps()],
			[seen.pte, cell, ["pde", "pte", "frame"]],
		);
		await away();
		// the linear map: a cell is 4 MiB
		await look("0x" + (trace.layout.page_offset + (pfn << 12)).toString(16));
		await frames.hover({ position: { x: 40, y: 60 } });
		await settle(page);
		const slot = await lit("virtual");
		claim(
			"a frame lights its slot of the linear map",
			slot.length === 1 && slot[0][2] >= 9,
			JSON.stringify(slot),
		);
		await page.click("text=Close up");
		await virtual.hover({
			position: { x: slot[0][0] + slot[0][2] / 2, y: slot[0][1] + slot[0][3] / 2 },
		});
		await settle(page);
		const tiles = await lit("frames");
		claim(
			"a slot of the linear map lights both its tiles, and itself",
			tiles.length === 2 &&
				String(tiles[0]) !== String(tiles[1]) &&
				String(await lit("virtual")) === String(slot),
			JSON.stringify([tiles, await lit("virtual"), slot]),
		);
		claim("and the free blocks within", (await lit("buddy")).length > 0, String(m.zoneFree));
		await page.click("text=Close up");
		await away();
		await page.keyboard.press("Escape");
		await accessible("steps that can be focused");
	});
	await part("keys of a form", async () => {
		const focus = () =>
				page.evaluate(
					() =>
						document.activeElement.id ||
						document.activeElement.getAttribute("aria-label") ||
						document.activeElement.tagName,
				),
			select = '[aria-label="colour frames by"]',
			mark = trace.chapters()[3].i;
		await goto(mark + 1);
		await page.focus(select);
		await page.keyboard.press("[");
		same(
			"[ goes to the chapter though a select has the focus",
			[await now(), await focus()],
			[mark, "colour frames by"],
		);
		await page.keyboard.press("ArrowDown");
		same(
			"an arrow is the select's own, and it keeps the focus",
			[await now(), await focus(), (await page.inputValue(select)) !== "owner"],
			[mark, "colour frames by", true],
		);
		await page.keyboard.press("Escape");
		same("Escape leaves it", await focus(), "BODY");
		await page.locator(select).click({ trial: true });
		await page.evaluate((s) => {
			document.querySelector(s).focus();
			document.body.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
		}, select); // a headless browser has no list to click in
		await page.selectOption(select, "owner");
		same("a choice made with the mouse gives the focus back", await focus(), "BODY");
		await page.keyboard.press("ArrowRight");
		same("and the arrows go from event to event", await now(), mark + 1);
		await page.keyboard.press("n");
		await settle(page);
		const box = await focus();
		await page.keyboard.press("Escape");
		claim("Escape leaves the box of a note", box !== "BODY" && (await focus()) === "BODY", box);
		await page.click("#tab-events");
		await page.evaluate(() =>
			document.body.dispatchEvent(
				new KeyboardEvent("keydown", {
					key: "]",
					ctrlKey: true,
					altKey: true,
					modifierAltGraph: true,
					bubbles: true,
				}),
			),
		);
		same(
			"] typed with AltGr, which Windows tells as Ctrl and Alt, is ]",
			await now(),
			trace.chapters()[4].i,
		);
	});
	await part("from cell to cell", async () => {
		const press = async (...keys) => {
				for (const key of keys) {
					await page.keyboard.press(key);
					await settle(page);
				}
			},
			heard = () => page.textContent("[aria-live=polite].sr"),
			hex = (v) => "0x" + v.toString(16).padStart(8, "0");
		const i = find("vmalloc_exit", (x) => trace.a[x] > 0 && model.at(x).areas.length > 1),
			first = trace.a[i],
			{ page_offset: base } = trace.layout;
		const band = async () =>
			(await page.evaluate(() => globalThis.pagescope.svg("#virtual"))).match(
				/not used|left unmapped|Nothing is mapped|>4[MK]</,
			)?.[0];
		await goto(i);
		await look(hex(first));
		await page.focus("#virtual");
		const walked = new Set(),
			m = model.at(i),
			near = (va) => m.areas.some((a) => va >= a.addr && va < a.addr + a.size);
		let last = "";
		for (const key of [
			...Array(40).fill("ArrowRight"),
			...Array(90).fill("ArrowUp"),
			...Array(3).fill("ArrowRight"),
			...Array(60).fill("ArrowDown"),
		]) {
			await page.keyboard.press(key);
			await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
			last = await heard();
			walked.add(last.match(/0x[0-9a-f]{8}/)?.[0]);
		}
		await settle(page);
		const used = model.used.ranges(
			model.used.bands.find((b) => b.id === "vmalloc"),
			...(() => {
				const list = trace.chapters(),
					at = list.findLastIndex((c) => c.i <= i);
				return [list[at].i, list[at + 1]?.i ?? trace.n];
			})(),
			model.seeker.tablesAt(trace.chapters().findLast((c) => c.i <= i).i - 1),
		);
		const off = [...walked].filter(
			(va) =>
				!used.some(([x, y]) => parseInt(va, 16) >>> 12 >= x && parseInt(va, 16) >>> 12 < y),
		);
		same(
			"arrows go from cell to cell, and never to an address that has none",
			[off, walked.size > 40],
			[[], true],
		);
		await look(hex(first));
		await page.focus("#virtual");
		await press("ArrowRight", "ArrowLeft");
		const w = m.walk(first);
		same(
			"where they lead is read out",
			await heard(),
			`page ${hex(first)}, mapped to frame 0x${(w.pa >>> 12).toString(16)}`,
		);
		await settle(page);
		claim(
			"and the event does not speak over it",
			(await heard()).startsWith("page"),
			await heard(),
		);
		await press("PageDown");
		claim(
			"Page down is the band below",
			(await heard()).includes(
				hex(
					model.used.bands[model.used.bands.findIndex((b) => b.id === "vmalloc") + 1]
						.from,
				),
			),
			await heard(),
		);
		while (!(await heard()).includes(hex(base))) await press("PageDown");
		same("and on to the linear map", await band(), ">4" + (m.walk(base).large ? "M<" : "K<"));
		await press("Enter");
		const here = async () => parseInt((await heard()).match(/0x[0-9a-f]{8}/)?.[0] ?? "0", 16);
		await press("ArrowLeft");
		const from = await here();
		await press("ArrowLeft");
		same("where a cell is 4 MiB, an arrow goes so far", from - (await here()), 1 << 22);
		claim("it says so", /^4 MiB from 0x[0-9a-f]{8}, /.test(await heard()), await heard());
		await page.keyboard.press("Escape");
		await look("pfn " + (w.pa >>> 12).toString(16));
		await page.focus("#frames");
		await press("ArrowRight");
		const pfn = Number((await heard()).match(/^frame (0x[0-9a-f]+), /)?.[1]),
			b = m.blockOf(pfn);
		same(
			"a frame is read out with its owner and block",
			(await heard()).includes("block at"),
			b.order > 0,
		);
		const map = () => page.evaluate(() => globalThis.pagescope.svg("#frames"));
		const seen = [await map()];
		for (const key of ["+", "Shift+ArrowRight", "Shift+ArrowDown", "-"]) {
			await press(key);
			seen.push(await map());
		}
		same(
			"plus, minus and Shift with arrows move the map",
			seen.filter((x, n) => x === seen[n - 1]).length,
			0,
		);
		same("and do not move time", await now(), i);
		await page.click("text=Close up");
		await page.keyboard.press("Escape");
		await page.focus("#buddy");
		await press("ArrowDown", "ArrowDown");
		const [, order, block] =
			(await heard()).match(/^order (\d) list, block (0x[0-9a-f]+), number \d+$/) ?? [];
		claim(
			"a block is read out with its list",
			trace.zones.some((z) => m.list(z.id, Number(order)).includes(Number(block))),
			await heard(),
		);
		await press("ArrowRight", "ArrowLeft");
		if (kind === "chromium") await page.keyboard.press("Shift+F10");
		else
			await page.evaluate(() =>
				document.activeElement.dispatchEvent(
					new MouseEvent("contextmenu", { bubbles: true, cancelable: true, button: 0 }),
				),
			);
		same(
			"the menu key there is for that block",
			await page.getAttribute(".menu", "aria-label"),
			"frame " + (await heard()).match(/0x[0-9a-f]+/)[0],
		);
		await page.keyboard.press("Escape");
		await page.click("#walk .step.pte b", { button: "right" });
		same(
			"a right click on an entry is for the page",
			await page.getAttribute(".menu", "aria-label"),
			"page " + (await page.textContent("#walk .big")),
		);
		await page.keyboard.press("Escape");
		await page.click("#walk .step.frame b", { button: "right" });
		same(
			"on its frame for the frame",
			await page.getAttribute(".menu", "aria-label"),
			"frame " + (await page.textContent("#walk .step.frame b")).slice(6),
		);
		await page.keyboard.press("Escape");
		same(
			"the list of events says which row is current",
			await page.evaluate(
				() =>
					document.getElementById(
						document.getElementById("event-rows").getAttribute("aria-activedescendant"),
					)?.dataset.i,
			),
			String(i),
		);
		await page.keyboard.press("Escape");
	});
	await part("addresses, closer", async () => {
		const map = page.locator("#virtual"),
			svg = () => page.evaluate(() => globalThis.pagescope.svg("#virtual")),
			heard = () => page.textContent("[aria-live=polite].sr"),
			shown = async () => (await page.getAttribute("#virtual", "aria-label")).split("; ")[1];
		const hex = (v) => "0x" + v.toString(16).padStart(8, "0"),
			press = async (...keys) => {
				for (const key of keys) {
					await page.keyboard.press(key);
					await settle(page);
				}
			},
			away = async () => {
				await page.mouse.move(0, 0);
				await settle(page);
			};
		let box; // measured where the test stands: a chapter's text takes the room it needs
		const point = async (x, y) => {
			await page.mouse.move(box.x + x, box.y + y);
			await settle(page);
			return (await page.textContent(".tip")).match(/0x[0-9a-f]{8}/)?.[0];
		};
		const wheel = async (x, y, deltaY, ctrlKey = true) => {
			await page.evaluate(
				(e) =>
					document
						.getElementById("virtual")
						.dispatchEvent(
							new WheelEvent("wheel", { bubbles: true, cancelable: true, ...e }),
						),
				{ clientX: box.x + x, clientY: box.y + y, deltaY, ctrlKey },
			);
			await settle(page);
		};
		// the driver makes two clicks in Firefox, but no double click of them
		const twice = async (x, y) => {
			await map.dblclick({ position: { x, y } });
			if (kind === "firefox")
				await page.evaluate(
					(e) =>
						document
							.getElementById("virtual")
							.dispatchEvent(new MouseEvent("dblclick", { bubbles: true, ...e })),
					{ clientX: box.x + x, clientY: box.y + y },
				);
		};
		const marked = async () =>
			[
				...(await svg()).matchAll(
					/<rect x="([-\d.]+)" y="([-\d.]+)" width="([-\d.]+)" height="[-\d.]+"[^>]*stroke="#ffffff"/g,
				),
			]
				.map((r) => r.slice(1).map(Number))
				.filter((r) => r[0] > 92);
		const lines = () =>
			page.evaluate(() => {
				const c = document.querySelector(".links"),
					none = Object.assign(document.createElement("canvas"), {
						width: c.width,
						height: c.height,
					});
				return c.toDataURL() !== none.toDataURL();
			});
		const i = find("vmalloc_exit", (x) => trace.b[x] > 500),
			first = trace.a[i],
			m = model.at(i),
			{ page_offset: base } = trace.layout;
		await page.keyboard.press("Escape");
		await goto(i);
		await look(hex(first));
		await away();
		box = await map.boundingBox();
		const fits = await svg(),
			[[x, y, small]] = await marked(),
			at = [
				Math.round(box.x + x + small / 2) - box.x,
				Math.round(box.y + y + small / 2) - box.y,
			]; // a wheel tells of whole pixels
		claim("a page of a large area is a small cell at first", small < 10, String(small));
		const seen = new Set([await point(...at)]),
			sizes = [];
		for (let n = 0; n < 12; n++) {
			await wheel(...at, n < 6 ? -90 : 90);
			seen.add(await point(...at));
			sizes.push((await lit("virtual"))[0]?.[2]);
		}
		same(
			"Ctrl and the wheel zoom at the pointer: the page under it stays under it, all the way in and out",
			[...seen],
			[hex(first)],
		);
		claim(
			"its cell becomes large, and small again",
			Math.max(...sizes) === 33 && sizes.at(-1) === small,
			sizes.join(),
		);
		await away();
		same("and the picture is as it was", (await svg()) === fits, true);
		const line = await page.evaluate(() => globalThis.pagescope.svg("#timeline"));
		await twice(...at);
		await away();
		const large = await svg(),
			[[, , big]] = await marked(),
			names = [...large.matchAll(/>([0-9a-f]+)</g)].map((t) => t[1]);
		same(
			"a double click makes cells large enough for the letter and the frame",
			[big, />V</.test(large), names.includes((m.walk(first).pa >>> 12).toString(16))],
			[33, true, true],
		);
		claim(
			"it says how close that is, and the timeline stays",
			/‹ \d+ cells a row</.test(large) &&
				(await page.evaluate(() => globalThis.pagescope.svg("#timeline"))) === line,
		);
		claim("lines lead from the cell there", await lines());
		await wheel(...at, 300, false);
		claim(
			"the wheel alone scrolls",
			(await svg()) !== large &&
				(await marked()).every((r) => r[2] === 33) &&
				!(await marked()).some((r) => r[1] === y),
		);
		await point(at[0], at[1] + 20);
		const scrolled = await svg();
		await away();
		claim(
			"and it stays where it was scrolled to",
			(await marked()).length === 0,
			scrolled.length,
		);
		await look(hex(first + 300 * 4096));
		const far = await marked();
		claim(
			"what is selected comes into sight, as large",
			far.length === 1 && far[0][2] === 33 && far[0][1] > 0 && far[0][1] < box.height,
			JSON.stringify(far),
		);
		await page.focus("#virtual");
		await press("ArrowRight", "ArrowUp");
		const rows = Number(large.match(/‹ (\d+) cells/)[1]);
		same(
			"arrows go from cell to cell",
			(await heard()).match(/0x[0-9a-f]+/)[0],
			hex(first + (301 + rows) * 4096),
		);
		await press("-");
		claim(
			"minus is further, and says so",
			/^vmalloc: \d+ cells a row$/.test(await heard()) && (await marked())[0][2] < 33,
			await heard(),
		);
		await press("0");
		same("0 is all of it", [await heard(), (await marked())[0][2]], ["vmalloc: all", small]);
		await press("+", "Escape", "Escape");
		claim(
			"plus is closer; Escape ends the selection, then the zoom",
			!/cells a row/.test(await svg()),
			await heard(),
		);
		// the linear map: a slot leads on to its pages
		await look(hex(base + 0x123000));
		await away();
		const slots = await svg(),
			[cell] = [
				...slots.matchAll(
					/<rect x="([-\d.]+)" y="([-\d.]+)" width="([-\d.]+)" height="[-\d.]+"[^>]*stroke="#ffd84d"/g,
				),
			]
				.map((r) => r.slice(1).map(Number))
				.filter((r) => r[0] > 92),
			on = [cell[0] + 9, cell[1] + 9];
		await twice(...on);
		await settle(page);
		same(
			"a double click on a slot of the linear map opens it",
			[await shown(), (await svg()).includes(`‹ 4 MiB from ${hex(base)}<`)],
			[`linear map: 4 MiB from ${hex(base)}`, true],
		);
		await page.focus("#virtual");
		await press("ArrowRight");
		const page1 = parseInt((await heard()).match(/0x[0-9a-f]+/)[0], 16),
			names1 = [
				"unknown",
				"free",
				"reserved",
				"kernel",
				"vmalloc",
				"pagetable",
				"slab",
				"user",
				"in flight",
			];
		same(
			"its pages are cells, and what each is is read out",
			await heard(),
			`page ${hex(page1)}, mapped to frame 0x${((page1 - base) >>> 12).toString(16)}, ${names1[m.meta[(page1 - base) >>> 12] >> 4]}`,
		);
		await look(hex(base + 5 * 4194304 + 0x7000));
		same(
			"what is selected in another slot opens that one",
			await shown(),
			`linear map: 4 MiB from ${hex(base + 5 * 4194304)}`,
		);
		await map.click({ position: { x: 150, y: 9 } });
		await settle(page);
		same("the row above leads back to the slots", await shown(), "linear map: all");
		for (let n = 0; n < 12 && /all$/.test(await shown()); n++) await wheel(...on, -120);
		claim(
			"so do wheel and Ctrl lead to the pages of the slot at the pointer",
			/4 MiB from/.test(await shown()),
			await shown(),
		);
		for (let n = 0; n < 12 && /4 MiB from/.test(await shown()); n++) await wheel(...on, 120);
		same("and back", await shown(), "linear map: all");
		await press("Escape", "Escape", "Escape");
		// what double click did is in the menu
		await look(hex(first));
		await away();
		await map.click({ button: "right", position: { x: at[0], y: at[1] } });
		await page.click(".menu >> text=Zoom the timeline");
		await settle(page);
		claim(
			"the page's menu zooms the timeline to its events",
			(await page.evaluate(() => globalThis.pagescope.svg("#timeline"))) !== line,
		);
		await press("Shift+Z", "Escape");
		// a band's menu
		const band = model.used.bands.find((b) => b.id === "vmalloc"),
			rects = [...fits.matchAll(/<text x="13" y="([\d.]+)"[^>]*>(vmalloc|user)</g)],
			mid = (name) => Number(rects.find((r) => r[2] === name)[1]) + 8;
		await map.click({ button: "right", position: { x: 40, y: mid("user") } });
		await page.click(".menu >> text=Show it");
		await settle(page);
		same("a band has a menu: show it", (await shown()).split(":")[0], "user");
		await map.click({ button: "right", position: { x: 40, y: mid("vmalloc") } });
		await page.click(".menu >> text=History");
		await settle(page);
		const count = Number(
				(await page.textContent(".filter")).match(/: ([\d\u202f]+)/)[1].replace(/\D/g, ""),
			),
			about = touches(trace, band.from, band.to);
		let want = 0;
		for (let j = 0; j < trace.n; j++) if (about(j)) want++;
		same("its events", count, want);
		await page.click(".filter button");
		await page.focus("#virtual");
		if (kind === "chromium") await page.keyboard.press("Shift+F10");
		else
			await page.evaluate(() =>
				document.activeElement.dispatchEvent(
					new MouseEvent("contextmenu", { bubbles: true, cancelable: true, button: 0 }),
				),
			);
		same(
			"the menu key without a selection is for the band shown",
			[
				await page.getAttribute(".menu", "aria-label"),
				await page.evaluate(
					() => document.querySelector(".menu button:last-child .dim")?.textContent,
				),
			],
			["user", `${hex(0)} to ${hex(base - 1)}`],
		);
		await press("Escape", "Escape");
	});
	await part("the map and the walk", async () => {
		const p = await open(browser, viewer, {
				width: 1280,
				height: 800,
				before: 'try { localStorage.setItem("pagescope.tour", "done"); } catch { /* not of a blank page */ }',
			}),
			demo = loadFile("viewer/demo.jsonl.gz"),
			t = demo.trace,
			to = async (i) => {
				await p.evaluate((x) => globalThis.pagescope.goto(x), i);
				await settle(p);
			};
		await p.click("#demo");
		await loaded(p);
		const shown = async () =>
				(await p.getAttribute("#virtual", "aria-label")).split("; ")[1].split(":")[0],
			address = async () => parseInt(await p.textContent("#walk .big"), 16),
			bandOf = (va) => demo.used.bands.find((b) => va >= b.from && va < b.to).name;
		// the end of a chapter: pages given back, and steps that name nothing, long after its last
		// vmalloc
		const end = t.chapters()[9].i,
			off = [],
			jumps = [];
		let last = -1;
		for (let i = end - 22; i < end + 8; i++) {
			await to(i);
			const va = await address();
			if (
				i < end
					? (await shown()) !== bandOf(va)
					: i > end + 5 && (await shown()) !== "vmalloc"
			)
				off.push([i, await shown(), va]);
			if (last >= 0 && t.kindName(i) === "scenario_step" && bandOf(va) !== bandOf(last))
				jumps.push(i);
			last = va;
		}
		same(
			"the map shows the band of the walk's address, though the event may name none",
			off,
			[],
		);
		same("an event that names no address leaves both where they are", jumps, []);
		const next = t.chapters()[5].i;
		await to(next);
		same(
			"a chapter's first event shows what the chapter is about, whatever was spoken of before",
			[await shown(), bandOf(await address())],
			["vmalloc", "linear map"],
		);
		await p.focus("#virtual");
		await p.keyboard.press("PageUp");
		await settle(p);
		const chosen = await shown();
		await to(next + 30);
		same(
			"a band that was chosen stays",
			[await shown(), chosen === "vmalloc"],
			[chosen, false],
		);
		await p.keyboard.press("Escape");
		await settle(p);
		same("until Escape", await shown(), bandOf(await address()));
		same("no error in the console", p.trouble, []);
		await p.context().close();
	});
	await part("twins of the bands", async () => {
		const users = join(dir, "users.bin"),
			file = join(dir, "users.jsonl.gz");
		execFileSync(
			"build/mmsim",
			["--ram", "8M", "--events", "20000", "--seed", "1", "-o", users],
			quiet,
		);
		execFileSync("build/pagescope", ["export", "-q", "-o", file, users], quiet);
		const churn = loadFile(file),
			{ page_offset: base, high_memory: top } = churn.trace.layout,
			pages = (m) =>
				[...(m.dirs.get(m.curPgd)?.entry.slice(0, base >>> 22) ?? [])].reduce(
					(s, pde) =>
						s +
						(pde & 1 ? m.tables.get(pde >>> 12).entry.filter((e) => e & 1).length : 0),
					0,
				);
		let i = 0;
		while (pages(churn.at(i)) < 20) i += 100;
		const m = churn.at(i),
			p = await open(browser, viewer, { width: 1280, height: 800 }),
			press = async (key) => {
				await p.keyboard.press(key);
				await settle(p);
			},
			hex = (v) => "0x" + v.toString(16).padStart(8, "0");
		await openTrace(p, file);
		await p.evaluate((x) => globalThis.pagescope.goto(x), i);
		await settle(p);
		const rows = () =>
				p.evaluate(() =>
					[...document.querySelectorAll(".twin tr")].map((tr) =>
						[...tr.cells].map((c) => c.textContent.replace(/\u202f/g, "")),
					),
				),
			sum = (list) => list.slice(1).reduce((s, r) => s + Number(r[1]), 0),
			names = [
				"unknown",
				"free",
				"reserved",
				"kernel",
				"vmalloc",
				"pagetable",
				"slab",
				"user",
				"in flight",
			];
		await p.locator(".view h2 button", { hasText: "Table" }).first().click();
		await p.focus("#virtual");
		for (let n = 0; n < 6; n++) await press("PageDown");
		const user = await rows();
		same(
			"the user band's table has every page of the process",
			[user[0][0], sum(user)],
			["first page", pages(m)],
		);
		claim(
			"with owner and entry",
			user.length > 1 &&
				user.slice(1).every((r) => {
					const w = m.walk(parseInt(r[0], 16));
					return (
						w.ok &&
						r[2] === names[m.meta[w.pa >>> 12] >> 4] &&
						r[3].startsWith(hex(w.pte))
					);
				}),
			JSON.stringify(user.slice(0, 3)),
		);
		await press("PageUp");
		const slots = await rows(),
			n = Math.min(1024, churn.trace.frames - 1024),
			used = m.meta.slice(1024, 1024 + n).filter((x) => x >> 4 !== 1).length;
		same(
			"the linear map's has its slots, and how much of each is in use",
			[slots.length - 1, slots[2][0], slots[2][1], slots[2][3]],
			[
				Math.ceil((top - base) / 4194304),
				hex(base + 4194304),
				m.walk(base + 4194304).large ? "4M" : "4K",
				`${used} of ${n}`,
			],
		);
		await p.locator(".view h2 button", { hasText: "Table" }).first().click();
		await p.keyboard.press("/");
		await p.keyboard.type(hex(base + 4194304));
		await p.keyboard.press("Enter");
		await settle(p);
		await p.focus("#virtual");
		for (let n = 0; n < 8; n++) await press("+");
		await p.locator(".view h2 button", { hasText: "Table" }).first().click();
		await settle(p);
		const open4 = await rows();
		let runs = 0;
		for (let pfn = 1024; pfn < 1024 + n; pfn++)
			if (pfn === 1024 || m.meta[pfn] >> 4 !== m.meta[pfn - 1] >> 4) runs++;
		same(
			"an opened slot's has its pages, in runs of one owner",
			[open4[1][0], sum(open4), open4.length - 1],
			[hex(base + 4194304), n, runs],
		);
		same("no error in the console", p.trouble, []);
		await p.context().close();
	});
	await part("single keys", async () => {
		const press = async (key) => {
				await page.keyboard.press(key);
				await settle(page);
			},
			line = () => page.evaluate(() => globalThis.pagescope.svg("#timeline")),
			tab = () => page.textContent("[role=tablist][aria-label=details] [aria-selected=true]"),
			i = find(
				"pte_set",
				(x) => trace.a[x] >= trace.layout.vmalloc_start,
				Math.floor(trace.n / 2),
			);
		await goto(i);
		const all = await line();
		await press("f");
		const close = await line();
		await press("Shift+Z");
		claim("F is closer, Shift+Z all of it", close !== all && (await line()) === all);
		await press("f");
		same(
			"F again is as close as before, though something else moved the timeline meanwhile",
			(await line()) === close,
			true,
		);
		await press("f");
		same("and F where nothing did is all of it", (await line()) === all, true);
		claim(
			"Z without a selection says what it wants",
			await toasted(page, /select something first/, () => press("z")),
		);
		await press("t");
		const va = await page.textContent("#walk .big");
		same(
			"T translates the address at hand",
			[await page.inputValue("#search"), (await page.textContent(".answer")).includes(va)],
			[va, true],
		);
		await page.keyboard.type("0x");
		same("and what is typed takes its place", await page.inputValue("#search"), "0x");
		await press("Escape");
		await look(va);
		same("what is selected is told of", await tab(), "Selection");
		await press("e");
		const words = await tab();
		await press("e");
		same(
			"E tells of the screen, E again of what was told of before",
			[words, await tab()],
			["On screen", "Selection"],
		);
		await press("Escape");
	});
	await part("a stretch of time", async () => {
		await page.click("section.now >> text=Range");
		const r = await page.locator("#timeline").boundingBox();
		await page.mouse.move(r.x + 500, r.y + 60);
		await page.mouse.down();
		await page.mouse.move(r.x + 800, r.y + 60, { steps: 3 });
		await page.mouse.up();
		await settle(page);
		const [a, b] = (await lower())
			.replace(/\s/g, "")
			.match(/From#(\d+)to#(\d+)/)
			.slice(1)
			.map(Number);
		claim(
			"dragging with Range chooses A and B, also in the address",
			b > a &&
				(await until(page, ([a, b]) => location.hash.includes(`&A=${a}&B=${b}`), [a, b])),
			`${a} ${b}`,
		);
		const free = (i) =>
				shows("zoneinfo", i)
					.split("\n")
					.filter((l) => /pages free/.test(l))
					.map((l) => Number(l.trim().split(/\s+/)[2])),
			[fa, fb] = [free(a), free(b)];
		const net = fb.reduce((s, v, z) => s + v - fa[z], 0),
			words = (await lower()).replace(/[\s\u202f]/g, "").replaceAll("−", "-");
		claim(
			"net pages are those of `pagescope show zoneinfo` at both ends",
			words.includes(`netpages:${net > 0 ? "+" : ""}${net}`),
			`${net}: ${words.slice(0, 400)}`,
		);
		const between = async () => {
			await page.mouse.move(r.x + 100, r.y + 300);
			await settle(page);
			return page.evaluate(
				([a, b]) => {
					const c = document.getElementById("timeline"),
						copy = document.createElement("canvas");
					Object.assign(copy, { width: c.width, height: c.height });
					const g = copy.getContext("2d", { willReadFrequently: true });
					g.drawImage(c, 0, 0);
					return [a, b].map((x) =>
						[
							...g.getImageData((x * c.width) / c.clientWidth, c.height - 22, 1, 1)
								.data,
						].join(),
					);
				},
				[650, 900],
			);
		};
		const shaded = await between();
		await page.keyboard.press("x");
		const plain = await between();
		claim(
			"the stretch between A and B is shaded, and what is beside it is not",
			shaded[0] !== plain[0] && shaded[1] === plain[1],
			`${shaded} ${plain}`,
		);
		claim(
			"X takes both out of the address",
			await until(page, () => !/&[AB]=/.test(location.hash)),
		);
		await page.mouse.move(r.x + 700, r.y + 60);
		await settle(page);
		const told = await page.textContent(".tip"),
			tip = told.replace(/[\s\u202f]/g, ""),
			at = Number(told.match(/^#([\d\u202f]+)/)[1].replace(/\D/g, ""));
		claim(
			"the tip of the timeline has the unusable index and the events under it by kind",
			/freebutuselessfororder3:\w+\d+%/.test(tip) &&
				/(buddy|paging|vmalloc|slab|run|hw|user)\d+/.test(tip),
			tip,
		);
		const z = trace.zones[0],
			here = model.at(at).zoneFree[z.id];
		claim(
			"and the index is that of the lists there",
			Math.abs(
				Number(tip.match(new RegExp(`order3:.*?${z.name}(\\d+)%`))[1]) -
					100 * model.at(at).unusable(z.id, 3),
			) < 6 || !here,
			`${tip} ${model.at(at).unusable(z.id, 3)}`,
		);
		await page.mouse.move(r.x + 700, r.y + 400);
		await page.click("#tab-events");
	});

	await part("what is new", async () => {
		await page.keyboard.press("Home");
		await page.keyboard.press("i");
		const first = await now();
		claim(
			"I goes from one interesting event to the next, and says why",
			(await toasted(page, /.{9}/, () => page.keyboard.press("i"))) && (await now()) > first,
		);
		await page.keyboard.press("Shift+I");
		same("Shift+I goes back", await now(), first);
		await page.selectOption("[aria-label=speed]", "0");
		await page.keyboard.press("Escape");
		await page.evaluate(() => document.activeElement.blur());
		await page.keyboard.press("Space");
		await until(page, (f) => globalThis.pagescope.i > f, first);
		await page.keyboard.press("Space");
		claim("playing can go the same way", (await now()) > first);
		await page.selectOption("[aria-label=speed]", "-1");
		await page.evaluate(() => document.activeElement.blur());
		const before = await now(),
			clock = Date.now();
		await page.keyboard.press("Space");
		await page.waitForTimeout(1500);
		await page.keyboard.press("Space");
		const ran = (trace.t[await now()] - trace.t[before]) / (trace.t1 - trace.t0),
			wanted = (Date.now() - clock) / 60000;
		claim(
			"or by tick, the whole trace in a minute",
			ran > wanted / 4 && ran < wanted * 2,
			`${ran} of it, ${wanted} of a minute`,
		);
		await page.selectOption("[aria-label=speed]", "8");
	});

	await part("headings", async () => {
		const chapters = trace.chapters(),
			n = chapters.findIndex((c, x) =>
				trace.marks.some((m) => m.level > 1 && m.i > c.i && m.i < chapters[x + 1]?.i),
			),
			from = chapters[n].i,
			next = trace.marks.find((m) => m.i > from).i,
			after = chapters[n + 1].i;
		await page.evaluate(() => document.activeElement.blur());
		const goes = async (start, key) => {
			await goto(start);
			await page.keyboard.press(key);
			return now();
		};
		same(
			"] and [ go from chapter to chapter, } and { to headings of any kind",
			[
				await goes(from, "]"),
				await goes(after, "["),
				await goes(from, "}"),
				await goes(next + 1, "{"),
				next < after,
			],
			[after, from, next, next, true],
		);
	});

	await part("lecture", async () => {
		await goto(
			find(
				"mm_page_alloc",
				(i) => trace.a[i] !== NONE && trace.a[i] > 0xf00,
				Math.floor(trace.n / 2),
			),
		);
		await page.evaluate(() => document.activeElement.blur());
		await page.keyboard.press("y");
		await page.keyboard.press("3");
		await settle(page);
		const { width, height } = await page.locator("#frames").boundingBox(),
			outlined = [
				...(await page.evaluate(() => globalThis.pagescope.svg("#frames"))).matchAll(
					/<rect x="([-\d.]+)" y="([-\d.]+)"[^>]*stroke="#ffd84d"/g,
				),
			].map((r) => [+r[1], +r[2]]);
		claim(
			"the close-up of a panel that has grown has the event's frame in sight",
			outlined.some(([x, y]) => x >= 0 && y >= 0 && x < width && y < height - 90),
			JSON.stringify([outlined, width, height]),
		);
		await page.keyboard.press("y");
		await goto(find("mm_page_alloc", (i) => trace.a[i] === NONE && trace.o[i] > 0));
		await page.evaluate(() => document.activeElement.blur());
		const size = () =>
			page.evaluate(() =>
				parseFloat(getComputedStyle(document.querySelector(".sentence-line")).fontSize),
			);
		const before = await size();
		await page.keyboard.press("y");
		await page.keyboard.press("6");
		await settle(page);
		const shown = () =>
			page.evaluate(
				() =>
					[...document.querySelectorAll("main section.view")].filter((v) => v.offsetWidth)
						.length,
			);
		same("one panel at a time", await shown(), 1);
		claim("and larger letters", (await size()) > before * 1.3, `${before} ${await size()}`);
		claim("why is kept back", !/Why it failed/.test(await page.textContent("#details")));
		await accessible("lecture");
		await page.keyboard.press("r");
		await settle(page);
		claim("until R shows it", /Why it failed/.test(await page.textContent("#details")));
		await page.keyboard.press("5");
		await settle(page);
		const later = await page.evaluate(() =>
			[...document.querySelectorAll(".ev:not([hidden])")]
				.filter((e) => +e.dataset.i > globalThis.pagescope.i)
				.map((e) => e.querySelector(".ev-text").textContent)
				.join(""),
		);
		same("what comes next is not in the list", later, "");
		const here = await now(),
			listed = async (tab) => {
				await page.click("#tab-" + tab);
				await settle(page);
				return page.evaluate((i) => {
					const all = [...document.querySelectorAll(".lower td:first-child .link")].map(
						(x) => +x.textContent.replace(/\D/g, ""),
					);
					return [
						all.length > 0,
						all.filter((x) => x > i),
						/kept back/.test(document.querySelector(".lower").innerText),
					];
				}, here);
			};
		const busy =
			trace.a[
				find(
					"mm_page_alloc",
					(i) =>
						trace.a[i] !== NONE &&
						lineage(model, trace.a[i], here).some((r) => r.i > here) &&
						lineage(model, trace.a[i], here)[0].i <= here,
				)
			];
		await page.keyboard.press("/");
		await settle(page);
		const box0 = () =>
			page.evaluate(() => [
				document.querySelector("header .search").offsetWidth > 0,
				document.activeElement.id,
			]);
		same(
			"the search box, hidden in a lecture, comes when it is asked for by key",
			await box0(),
			[true, "search"],
		);
		await page.fill("#search", `pfn ${busy.toString(16)}`);
		await page.keyboard.press("Enter");
		await page.keyboard.press("t");
		await settle(page);
		same(
			"so it does for T",
			[await box0(), /^0x[0-9a-f]*$/.test(await page.inputValue("#search"))],
			[[true, "search"], true],
		);
		// what is found later than here
		const told = async (what) => {
				await page.fill("#search", what);
				await settle(page);
				return page.innerText(".answer");
			},
			hits = () => page.locator(".answer button.hit").count();
		const merges = [...Array(trace.n).keys()].filter(
				(i) => i > here && trace.kindName(i) === "buddy_merge",
			).length,
			number = (s) =>
				Number(s.match(/([\d\u202f]+) later: kept back/)?.[1].replace(/\D/g, ""));
		same(
			"a search lists none of the later events, but says how many there are",
			[number(await told("kind:buddy_merge")), await hits()],
			[merges, 1],
		);
		const next = find("mm_page_free", () => true, here + 1);
		same(
			"nor does it tell what one does",
			[await told("#" + next), await told("t=" + trace.t[next])].map((s) => [
				/kept back/.test(s),
				s.includes(narrate(trace, next)),
			]),
			[
				[true, false],
				[true, false],
			],
		);
		const step = trace.steps.findLast(
				(s) => s.i > here && trace.steps.every((x) => x.text !== s.text || x.i > here),
			),
			same1 = trace.steps.filter((s) => s.text.includes(step.text));
		claim(
			"nor the statements to come",
			number(await told(step.text)) === same1.length &&
				!(await told(step.text)).includes(step.text),
			`${step.text} ${await told(step.text)}`,
		);
		const gone = find(
			"pte_set",
			(i) =>
				i > here &&
				trace.a[i] >= trace.layout.vmalloc_start &&
				!model.at(here).walk(trace.a[i]).ok,
			here,
		);
		same(
			"nor when an address is mapped next",
			[
				number(await told(fmt.addr(trace.a[gone]))),
				/next mapped/.test(await told(fmt.addr(trace.a[gone]))),
			],
			[1, false],
		);
		const never = await told("order=4 kind:pte_set");
		claim(
			"nor what is near where nothing is found",
			/No event matches/.test(never) &&
				!never.match(/#(\d+)/g)?.some((x) => +x.slice(1) > here),
			never,
		);
		await page.keyboard.press("Escape");
		await settle(page);
		same("and goes with Escape", (await box0())[0], false);
		same("nor is it among the hazards", await listed("hazards"), [
			model.hazards.list.some((x) => x.i <= here),
			[],
			model.hazards.list.some((x) => x.i > here),
		]);
		same("nor in the lineage", await listed("lineage"), [true, [], true]);
		const line = await page.locator("#timeline").boundingBox();
		await page.mouse.move(line.x + line.width - 20, line.y + 60);
		await settle(page);
		claim(
			"nor does the timeline tell it",
			/kept back/.test(await page.textContent(".tip")) &&
				!/free ·|vmalloc/.test(await page.textContent(".tip")),
			await page.textContent(".tip"),
		);
		await page.mouse.move(5, 5);
		await page.evaluate(() => document.activeElement.blur());
		await page.keyboard.press("Escape");
		await page.click("#tab-events");
		await page.evaluate(() => document.activeElement.blur());
		await page.keyboard.press("3");
		await settle(page);
		const one = find(
			"mm_page_alloc",
			(i) => trace.a[i] !== NONE && trace.o[i] === 0,
			await now(),
		);
		await goto(one);
		await settle(page);
		/**
		 * The middle of what is outlined in the colour of the event's frames; in the overview below
		 * it is too.
		 */
		const [x, y] = await page.evaluate(() => {
			const c = document.getElementById("frames"),
				{ data } = c.getContext("2d").getImageData(0, 0, c.width, c.height),
				at = [[], []];
			for (let p = 0; p < data.length / 4; p++)
				if (
					data[p * 4] === 255 &&
					data[p * 4 + 1] === 216 &&
					data[p * 4 + 2] === 77 &&
					!(p / c.width > at[1][0] + 60)
				) {
					at[0].push(p % c.width);
					at[1].push(Math.floor(p / c.width));
				}
			return at
				.map((list) => list.sort((p, q) => p - q))
				.map((list) => (((list[0] + list.at(-1)) / 2) * c.clientWidth) / c.width);
		});
		const box = await page.locator("#frames").boundingBox();
		await page.mouse.click(box.x + x, box.y + y);
		await page.keyboard.press("6");
		await settle(page);
		same(
			"the larger map is hit where the event's frame is drawn",
			parseInt((await page.textContent("#details")).match(/Frame (0x[0-9a-f]+)/)?.[1], 16),
			trace.a[one],
		);
		await page.keyboard.press("y");
		await settle(page);
		same("Y leaves, all is as before", [await size(), (await shown()) > 4], [before, true]);
		await page.keyboard.press("Escape");
	});

	await part("two runs side by side", async () => {
		const scn = join(dir, "other.scn"),
			other = join(dir, "other.bin"),
			file = join(dir, "other.jsonl.gz");
		writeFileSync(
			scn,
			readFileSync("scenarios/tour.scn", "utf8").replace(
				"large = vmalloc 3M",
				"large = vmalloc 2M",
			),
		);
		try {
			execFileSync("build/mmsim", ["--scenario", scn, "-o", other], quiet);
		} catch {
			/* its claim about 3 MiB fails, as it must */
		}
		execFileSync(
			"build/pagescope",
			["export", "--symbols", "build/mmsim", "-o", file, other],
			quiet,
		);
		await page.click("#tab-runs");
		await settle(page);
		await page.setInputFiles("#other-run", file);
		await until(page, () => document.querySelector(".beside") !== null);
		await goto(1000);
		const where = () =>
			page.evaluate(() =>
				[...document.querySelectorAll(".side-head .dim")].map((e) =>
					Number(
						e.textContent
							.replace(/[^\d]*(\d[\d\s\u202f]*) of.*/, "$1")
							.replace(/\D/g, ""),
					),
				),
			);
		same("before they part both stand at the same event", await where(), [1000, 1000]);
		await page.keyboard.press(")");
		await settle(page);
		let said = "";
		try {
			said = execFileSync("build/pagescope", ["diff", "-q", bin, other], quiet).toString();
		} catch (e) {
			said = String(e.stdout);
		}
		const first = Number(said.match(/A event ([\d,]+)/)[1].replace(/,/g, ""));
		same("the first difference is that of `pagescope diff`", await now(), first);
		await page.keyboard.press("Escape");
		// a step that stands elsewhere in the other run
		const o = loadFile(file),
			once = (t, step) => t.steps.filter((x) => x.text === step.text).length === 1,
			end =
				trace.steps.findLast(
					(s) =>
						s.i > first &&
						once(trace, s) &&
						once(o.trace, s) &&
						o.trace.stepAt(s.i + 1)?.text !== s.text,
				).i + 1;
		await goto(end);
		const [l, r] = await where(),
			sentence = await page.evaluate(() =>
				[...document.querySelectorAll(".side-head .sentence-line")].map(
					(e) => e.textContent,
				),
			);
		same(
			"far behind it they stand at the same step of the scenario",
			[l, o.trace.stepAt(r)?.text],
			[end, trace.stepAt(end)?.text],
		);
		same("each side tells its own event", sentence, [narrate(trace, l), narrate(o.trace, r)]);
		const tl = await page.locator("#timeline-r").boundingBox();
		await page.mouse.click(tl.x + 300, tl.y + 60);
		await settle(page);
		const [l2, r2] = await where();
		claim(
			"moving the other run's cursor moves this one's",
			l2 !== l && Math.abs(l2 - r2) < 2000 && l2 === (await now()),
			`${l} ${r} ${l2} ${r2}`,
		);
		const f = await page.locator("#frames-r").boundingBox();
		const maps = () =>
				page.evaluate(() =>
					["frames-l", "frames-r"].map((id) => document.getElementById(id).toDataURL()),
				),
			before = await maps();
		await page.mouse.click(f.x + 30, f.y + 40);
		await page.mouse.move(0, 0);
		await settle(page);
		const after = await maps();
		claim(
			"a click in either selects in both",
			/Frame 0x/.test(await page.textContent("#details")) &&
				before.every((picture, x) => picture !== after[x]),
			before.map((picture, x) => picture !== after[x]).join(),
		);
		const chosen = async () => {
				await settle(page);
				return parseInt(
					(await page.textContent("#details")).match(/Frame (0x[0-9a-f]+)/)?.[1],
					16,
				);
			},
			then = o.at((await where())[1]),
			listed = new Set(
				o.trace.zones.flatMap((z) =>
					Array.from({ length: 10 }, (_, k) => then.list(z.id, k)).flat(),
				),
			);
		await page.focus("#buddy-r");
		const blocks = [];
		for (const key of ["ArrowDown", "ArrowDown", "ArrowDown"]) {
			await page.keyboard.press(key);
			await settle(page);
			await page.keyboard.press("Enter");
			blocks.push(await chosen());
		}
		claim(
			"arrows and Enter choose blocks of the other run's lists",
			new Set(blocks).size === 3 && blocks.every((b) => listed.has(b)),
			blocks.map((b) => b.toString(16)).join(),
		);
		await page.mouse.click(f.x + 30, f.y + 40);
		const from = await chosen();
		await page.focus("#frames-r");
		await page.keyboard.press("ArrowRight");
		claim(
			"and arrows go from frame to frame on its map",
			(await chosen()) !== from,
			String(from),
		);
		claim(
			"what is pointed at is told by its own side",
			(await page.mouse.move(f.x + 60, f.y + 60),
			await page.mouse.move(f.x + 30, f.y + 40),
			await settle(page),
			/^Frame 0x/.test(await page.textContent(".tip:not([hidden])"))),
		);
		await page.mouse.move(0, 0);
		await accessible("side by side");
		await page.focus("#tab-runs");
		await page.keyboard.press(")");
		await settle(page);
		await page.mouse.click(tl.x + 320, tl.y + 60);
		await settle(page);
		same(
			"the tab names the event the other side stands at",
			(await lower()).match(/#([\d\u202f\s]+) there/)[1].replace(/\D/g, ""),
			String((await where())[1]),
		);
		await page.selectOption(".beside-bar select", "virtual walk");
		await settle(page);
		claim(
			"both walks have the hardware's word",
			await page.evaluate(() =>
				[...document.querySelectorAll("#app .side [aria-label^='page-table walk']")].every(
					(w) => /there is no MMU to ask/.test(w.textContent),
				),
			),
		);
		// what is pointed at is lit in both, in each run what belongs to it there
		const maps1 = find(
				"pte_set",
				(i) => i < first && trace.a[i] >= trace.layout.vmalloc_start && trace.c[i] & 1,
			),
			page1 = trace.a[maps1],
			away = async () => {
				await page.mouse.move(0, 0);
				await settle(page);
			};
		const litSteps = () =>
			page.evaluate(() =>
				[...document.querySelectorAll("#app .side [aria-label^='page-table walk']")].map(
					(w) => [...w.querySelectorAll(".lit")].map((s) => s.className.split(" ")[1]),
				),
			);
		await goto(maps1);
		await look(fmt.addr(page1));
		await away();
		same(
			"side by side nothing pointed at is nothing lit",
			[await litSteps(), await lit("virtual-l"), await lit("virtual-r")],
			[[[], []], [], []],
		);
		for (const [n, side] of [
			[0, "l"],
			[1, "r"],
		]) {
			const step = page
				.locator("#app .side [aria-label^='page-table walk']")
				.nth(n)
				.locator(".step.pte b");
			await step.hover();
			await settle(page);
			const cells = await lit("virtual-" + side);
			same(`a step of the walk lights the page, run ${n + 1}`, cells.length, 1);
			await page.locator("#virtual-" + side).hover({
				position: {
					x: cells[0][0] + cells[0][2] / 2,
					y: cells[0][1] + cells[0][3] / 2,
				},
			});
			await settle(page);
			same(`and the page the steps of both walks, from run ${n + 1}`, await litSteps(), [
				["pde", "pte", "frame"],
				["pde", "pte", "frame"],
			]);
			await away();
		}
		await page.click("#tab-events");
		await page.hover(`.ev[data-i="${maps1}"]`);
		await settle(page);
		same(
			"an event lights its page in both, and the steps",
			[(await lit("virtual-l")).length, (await lit("virtual-r")).length, await litSteps()],
			[
				1,
				1,
				[
					["pde", "pte", "frame"],
					["pde", "pte", "frame"],
				],
			],
		);
		await away();
		const { toB } = compare(trace, o.trace),
			late = find(
				"pte_set",
				(i) =>
					trace.c[i] & 1 &&
					toB(i) !== i &&
					o.trace.a[toB(i)] === trace.a[i] &&
					!/pte|pde/.test(o.trace.kindName(i)),
				first,
			);
		await goto(late);
		await page.hover(`.ev[data-i="${late}"]`);
		await settle(page);
		same(
			"in the other run those of its counterpart, wherever that stands",
			[(await lit("virtual-l")).length, (await lit("virtual-r")).length],
			[1, 1],
		);
		await away();
		// a page that only this run has mapped
		const apart = find(
			"pte_set",
			(i) =>
				trace.a[i] >= trace.layout.vmalloc_start &&
				trace.c[i] & 1 &&
				!o.at(toB(i)).walk(trace.a[i]).ok,
			first,
		);
		await goto(apart);
		await look(fmt.addr(trace.a[apart]));
		await settle(page);
		same(
			"each walk leads where its own run has the page",
			await page.evaluate(() =>
				[...document.querySelectorAll("#app .side .step.frame")].map((s) =>
					s.getAttribute("aria-label"),
				),
			),
			[`frame ${fmt.hex(trace.c[apart] >>> 12)}`, "fault"],
		);
		await page.selectOption(".beside-bar select", "virtual frames");
		await settle(page);
		same(
			"and each map outlines its frame there, if there is one",
			await page.evaluate(() =>
				["l", "r"].map((x) =>
					globalThis.pagescope.svg("#frames-" + x).includes('stroke="#ffffff"'),
				),
			),
			[true, false],
		);
		await page.keyboard.press("Escape");
		await page.click("#tab-runs");
		await page.selectOption(".beside-bar select", "frames buddy");
		// what is said of a second run when there is one already
		const junk = join(dir, "junk.jsonl"),
			status = () => page.textContent(".lower .body.scroll [role=status]");
		writeFileSync(junk, "no trace\n");
		await page.setInputFiles("#other-run", junk);
		await until(page, () =>
			/cannot be compared/.test(
				document.querySelector(".lower .body.scroll [role=status]")?.textContent,
			),
		);
		claim(
			"a file that cannot be read is said to be one",
			/^junk.jsonl cannot be compared: it is plain text, not a pagescope trace/.test(
				await status(),
			),
			await status(),
		);
		await page.evaluate(() =>
			Object.defineProperty(Navigator.prototype, "deviceMemory", {
				get: () => 1 / 128,
				configurable: true,
			}),
		);
		await page.setInputFiles("#other-run", file);
		await until(page, () =>
			/is big/.test(document.querySelector(".lower .body.scroll [role=status]")?.textContent),
		);
		claim(
			"two that are too big together are not read unasked",
			/both runs need about .* of memory/.test(await status()),
			await status(),
		);
		const cut = join(dir, "cut.jsonl"),
			all = gunzipSync(readFileSync(file)).toString().trimEnd().split("\n");
		writeFileSync(cut, all.slice(0, -1).join("\n") + "\n");
		await page.setInputFiles("#other-run", cut);
		await page.click("text=Load it all the same");
		await until(page, () => /cut.jsonl: /.test(document.querySelector(".lower").innerText));
		claim(
			"but when told to; and what is wrong with it is said",
			/cut.jsonl: the trace has no end record/.test(await lower()),
			(await lower()).slice(0, 300),
		);
		await page.evaluate(() => delete Navigator.prototype.deviceMemory);
		same(
			"a report can be chosen, too",
			await page.getAttribute("#other-run", "accept"),
			".jsonl,.gz,.html",
		);
		await page.click("#one-run");
		await settle(page);
		same(
			"and one run again",
			await page.evaluate(() => [
				document.querySelector(".beside"),
				document.querySelector(".views").hidden,
			]),
			[null, false],
		);
		await page.keyboard.press("Escape");
		await page.click("#tab-events");
	});

	await part("the tour of a first visit", async () => {
		const p = await open(browser, viewer, { width: 1280, height: 800 });
		await p.click("#demo");
		await loaded(p);
		const step = async (want) => {
			await until(
				p,
				(w) => document.querySelector(".tour h2")?.textContent.startsWith(w),
				want,
			);
			return true;
		};
		claim("it begins by itself with the demo", await step("1 of 6"));
		await accessible("the tour", p);
		await p.evaluate(() => globalThis.pagescope.goto(5000));
		await p.keyboard.press("3");
		await p.keyboard.press("Enter");
		await p.waitForTimeout(600);
		await p.keyboard.press("Escape");
		claim("nothing but the asked-for act leads on", await step("1 of 6"));
		await p.keyboard.press("ArrowRight");
		await step("2 of 6");
		await p.keyboard.press("3");
		await p.keyboard.press("Enter");
		await step("3 of 6");
		await p.keyboard.press("4");
		await p.keyboard.press("ArrowDown");
		await p.keyboard.press("Enter");
		await step("4 of 6");
		await p.keyboard.press("/");
		await p.keyboard.type((await p.textContent(".tour .todo")).match(/0x[0-9a-f]+/)[0]);
		await p.keyboard.press("Enter");
		await step("5 of 6");
		await p.click("#walk .step button.link");
		await step("6 of 6");
		await p.click("#details .stop .copy");
		await step("That is");
		claim("each of the six steps ends with its one act, all but two by keyboard here", true);
		await p.click(".tour >> text=Done");
		await p.reload();
		await p.click("#demo");
		await loaded(p);
		await p.waitForTimeout(300);
		same("it does not come again by itself", await p.locator(".tour").count(), 0);
		await p.keyboard.press("/");
		await p.keyboard.type(">tour");
		await p.keyboard.press("Enter");
		same("but when asked for", await p.locator(".tour").count(), 1);
		await p.click("text=Skip the tour");
		same("and can be skipped", [await p.locator(".tour").count(), p.trouble], [0, []]);
		await p.context().close();
	});

	await part("both directories", async () => {
		// a process's directory is in use, and lags behind: a slot the reference has and it has not
		const fault = find(
				"vmalloc_fault",
				(i) =>
					trace.of(i).outcome(i) === 0 &&
					trace.of(i).pgd(i) !== trace.layout.swapper_pg_dir,
			),
			va = trace.a[fault];
		await goto(fault - 1);
		await page.keyboard.press("/");
		await page.keyboard.press("Control+a");
		await page.keyboard.type("0x" + va.toString(16));
		await page.keyboard.press("Enter");
		await settle(page);
		const asked = (extra) =>
			execFileSync(
				"build/pagescope",
				[
					"translate",
					"0x" + va.toString(16),
					"--at-event",
					String(fault - 1),
					"-q",
					...extra,
					bin,
				],
				quiet,
			)
				.toString()
				.match(/PDE (0x[0-9a-f]+)/)[1];
		const own = asked([]),
			ref = asked([`--pgd=0x${trace.layout.swapper_pg_dir.toString(16)}`]);
		const seen = await page.evaluate(() => [
			document.querySelector("#walk .step.pde .raw").textContent,
			document.querySelector("#walk .other-dir .raw").textContent,
			document.querySelector("#walk .other-dir .badge").textContent,
		]);
		same(
			"the walk shows the process's entry and the reference directory's, as `pagescope translate --pgd` has them",
			[...seen, own !== ref],
			[own, ref, "differs", true],
		);
		await goto(fault);
		same(
			"after the fault they agree",
			await page.textContent("#walk .other-dir .badge"),
			"agrees",
		);
		await page.keyboard.press("Escape");
	});

	await part("what if", async () => {
		const fail = find(
				"mm_page_alloc",
				(i) => trace.a[i] === NONE && trace.o[i] > 0 && trace.b[i] & 1,
			),
			o = trace.o[fail];
		await goto(fail - 1);
		await page.click("#tab-whatif");
		await settle(page);
		const cell = (order, name) =>
				page.locator(`button.cell[aria-label^="order ${order}, ${name}"]`),
			said = async (order, name) =>
				(await cell(order, name).getAttribute("aria-label")).split(": ")[1];
		const info = shows("buddyinfo", fail - 1)
			.split("\n")
			.find((l) => /zone\s+DMA/.test(l))
			.trim()
			.split(/\s+/)
			.slice(4)
			.map(Number);
		same(
			"the ruler refuses what the next request is refused, as its lists in `pagescope show buddyinfo` are empty",
			[await said(o, "GFP_DMA"), info.slice(o).every((n) => n === 0)],
			["no", true],
		);
		claim(
			"and grants the order below it that is there",
			/DMA/.test(
				await said(
					info.findLastIndex((n) => n > 0),
					"GFP_DMA",
				),
			),
		);
		await cell(o, "GFP_DMA").click();
		await settle(page);
		claim(
			"a click says why, zone by zone",
			(await lower()).includes("DMA has") &&
				(await lower()).includes(`no block of order ${o}`),
			(await lower()).slice(0, 300),
		);
		await accessible("what if");
		await page.click("#tab-hazards");
		await settle(page);
		const hazards = await lower(),
			rules = new Set(model.hazards.list.map((x) => x.rule));
		claim(
			"each rule in the hazards has its explanation",
			rules.size > 0 &&
				(await page.locator(".lower [aria-label=table] p.hazard").count()) === rules.size &&
				(await page.locator(".lower [aria-label=table] p.hazard").allTextContents()).every(
					(t) => t.length > 80,
				),
			hazards.slice(0, 200),
		);
		await page.click("#tab-events");
	});

	await part("terms", async () => {
		await goto(find("buddy_merge"));
		await page.click("#details button.term >> nth=0");
		claim(
			"a term in a sentence opens its card",
			(await page.textContent(".term-card")).length > 40,
		);
		await accessible("a term's card");
		await page.keyboard.press("Escape");
		same(
			"Esc closes it and goes back to the word",
			await page.evaluate(() => [
				document.querySelectorAll(".term-card").length,
				document.activeElement.className,
			]),
			[0, "term"],
		);
		// the walk's own words, and its flags, by keyboard
		const mapped = find(
			"pte_set",
			(i) => trace.c[i] & 0x100 && trace.a[i] >= trace.layout.vmalloc_start,
		);
		await goto(mapped);
		const asked = await page.evaluate(() =>
			[...document.querySelectorAll("#walk button.term")].map((b) => b.dataset.term),
		);
		claim(
			"the walk's words can be asked for, each once",
			["CR3", "page directory, PDE", "page table, PTE", "guard page"].every(
				(t) => asked.filter((x) => x === t).length === 1,
			),
			asked.join(),
		);
		await page.focus("#walk .pte button.flags");
		await page.keyboard.press("Enter");
		const card = await page.textContent(".term-card"),
			set = [
				["P", 1],
				["RW", 2],
				["US", 4],
				["A", 0x20],
				["D", 0x40],
				["G", 0x100],
			];
		same(
			"and its flags, with which of them are set",
			set.map(([letter, bit]) => [
				letter,
				new RegExp(
					`${letter} [\\w ]+: [^–]*?${trace.c[mapped] & bit ? " – set" : ""}`,
				).test(card),
			]),
			set.map(([letter]) => [letter, true]),
		);
		claim(
			"(set is said of those only)",
			card.split("– set").length - 1 ===
				fmt.ENTRY_BITS.filter(([bit]) => bit !== 0x80 && trace.c[mapped] & bit).length,
			card,
		);
		await accessible("a card of flags");
		await page.keyboard.press("Escape");
		// a card comes by itself, without taking the focus, and goes so
		const open = () =>
				page.evaluate(() => [
					document.querySelector(".term-card b")?.textContent ?? "",
					document.activeElement.className,
				]),
			title = "[aria-label='Buddy free lists'] h2 button.term >> nth=1",
			gone = () => until(page, () => !document.querySelector(".term-card"));
		await page.hover(title);
		await until(page, () => document.querySelector(".term-card"));
		await page.hover(".term-card p");
		await settle(page);
		same(
			"a word that is pointed at opens its card, which stays while it is pointed at itself",
			(await open())[0],
			"free list",
		);
		await page.mouse.move(0, 0);
		await gone();
		await page.hover(title);
		await until(page, () => document.querySelector(".term-card"));
		await page.keyboard.press("Escape");
		same("Escape closes it, too", await open().then((x) => x[0]), "");
		await page.mouse.move(0, 0);
		await page.focus("#axis");
		for (const end = Date.now() + 20000; (await open())[1] !== "term" && Date.now() < end;)
			await page.keyboard.press("Tab");
		const [word1, focused] = await open();
		claim(
			"so does one with the focus, which it keeps",
			word1 && focused === "term",
			[word1, focused].join(),
		);
		await page.keyboard.press("Escape");
		same("Escape closes that, and the word keeps the focus", await open(), ["", "term"]);
		await page.evaluate(() => document.activeElement.blur());
		const table = page.locator("[aria-label='Buddy free lists'] button", { hasText: "Table" });
		await table.click();
		await settle(page);
		await page.hover(".twin .sort[data-term='order']");
		await until(page, () => document.querySelector(".term-card b")?.textContent === "order");
		await page.mouse.move(0, 0);
		await gone();
		await page.click(".twin .sort[data-term='order']");
		same(
			"the head of a table, too, which still sorts when it is pressed",
			await page.getAttribute(".twin th:has(.sort[data-term='order'])", "aria-sort"),
			"ascending",
		);
		await page.keyboard.press("Escape");
		await table.click();
		await page.click("#tab-whatif");
		await settle(page);
		claim(
			"and the words of a tab",
			(await page.locator(".lower p button.term").count()) > 0 &&
				(await page.locator(".lower .sort[data-term]").count()) > 0,
			await lower(),
		);
		await page.click("#tab-events");
		await page.focus(title);
		await page.keyboard.press("Enter");
		claim(
			"so can those of a panel's title",
			/^free list/.test(await page.textContent(".term-card")),
			await page.textContent(".term-card"),
		);
		await page.keyboard.press("Escape");
		await goto(find("buddy_merge"));
		const word = page.locator("#details button.term", { hasText: /become one|merge/ }).first();
		await word.focus();
		await page.keyboard.press("Enter");
		const at = await now();
		await page.click(".term-card >> text=Show me one");
		await settle(page);
		// what is said is true of this trace
		const caches = [...trace.records.values()]
				.filter(
					(r) =>
						trace.kinds.name(r.k) === "kmem_cache_create" && /^size-\d+$/.test(r.name),
				)
				.map((r) => r.size)
				.sort((x, y) => x - y),
			zones = trace.zones.map(
				(z) =>
					`${z.name} has 0x${z.start.toString(16)} to 0x${(z.start + z.n - 1).toString(16)}`,
			);
		const there = await now(),
			kinds = new Set([...Array(trace.n).keys()].map((i) => trace.kindName(i)));
		await page.click("#tab-terms");
		await settle(page);
		const terms = await page.evaluate(() =>
				[...document.querySelectorAll("dl.terms dt")].map((dt) => [
					dt.textContent,
					dt.nextElementSibling.textContent,
				]),
			),
			told = (name) => terms.find(([t]) => t === name)?.[1] ?? "";
		claim(
			"kmalloc: the sizes are those of the caches the kernel made",
			caches.length > 3 &&
				told("kmalloc").includes(
					`one of ${caches.length} from ${fmt.bytes(caches[0])} to ${fmt.bytes(caches.at(-1))}`,
				),
			`${caches} ${told("kmalloc")}`,
		);
		claim(
			"zone: with the frames of this machine's",
			zones.every((z) => told("zone").includes(z)),
			told("zone"),
		);
		same(
			"a term has an example, or is said to have none, as the events are there",
			terms.map(([name, text]) => [name, !/\(this trace has no example\)$/.test(text)]),
			TERMS.map((t) => [t[0], kinds.has(t[2])]),
		);
		await page.click("#tab-events");
		await goto(there);
		claim(
			"Show me one goes to another such event",
			(await now()) > at && trace.kindName(await now()) === "buddy_merge",
			`${await now()}`,
		);
	});

	/*
	 * What is shown follows a click by and by: waited for, not for a time; where it does not come
	 * the claim behind it says so.
	 */
	const soon = (fn, arg) => until(page, fn, arg).catch(() => false);
	const asks = (q) =>
		soon(
			(t) =>
				document
					.querySelector(".lower .body.scroll:not([hidden])")
					?.textContent.includes(t),
			q.text,
		);
	const answered = () => soon(() => document.querySelector(".options button[aria-pressed=true]"));
	const covered = (yes) =>
		soon(
			(yes) =>
				["#walk", "#details"].every(
					(x) =>
						/Answer the question first/.test(document.querySelector(x).innerText) ===
						yes,
				),
			yes,
		);

	await part("predict, then reveal", async () => {
		const list = questions(model, { seed: 17 }),
			panels = () =>
				page.evaluate(() =>
					["#walk", "#details"].map((x) => document.querySelector(x).innerText),
				);
		same(
			"a lesson has questions of every kind",
			[...new Set(list.map((q) => q.kind))].sort(),
			Object.keys(MAKERS).sort(),
		);
		await goto(list[0].at);
		const asTable = page.locator("section.view:has(#buddy) button", { hasText: "Table" });
		if ((await asTable.getAttribute("aria-pressed")) === "false") await asTable.click();
		await page.click("#tab-lesson");
		await page.selectOption("[aria-label='what the questions are about']", "0");
		await page.fill("[aria-label='seed of the questions']", "17");
		await page.keyboard.press("Tab");
		await settle(page);
		const seen = [],
			bare = [],
			kept = [];
		for (const [x, q] of list.entries()) {
			await asks(q);
			await covered(true);
			const before = await panels();
			if (
				(await now()) !== q.at ||
				!before.every((t) => /Answer the question first/.test(t) && t.length < 100)
			)
				bare.push([q.kind, await now(), before]);
			// other answers are small numbers and words, which are everywhere: for them what tells
			// it has to come later
			const text = await page.evaluate(() => {
				const tab = document.querySelector(".lower .body.scroll:not([hidden])");
				tab.hidden = true;
				const t = document.body.innerText;
				tab.hidden = false;
				return t;
			});
			const tells = {
					// a merge before the free that is asked about is of a free before it
					merges: () => trace.kindName(q.at + 1) !== "mm_page_free",
					taken: () => /split/.test(trace.kindName(q.at)),
					served: () => /split|zone_skip/.test(trace.kindName(q.at)),
				}[q.kind],
				word = text.match(new RegExp(`.*\\b${q.options[q.right]}\\b.*`));
			if (tells ? q.reveal <= q.at || tells() : word)
				seen.push([q.kind, q.at, q.options[q.right], word?.[0]]);
			await page.click(`.options button >> nth=${q.right}`);
			await answered();
			await covered(false);
			if ((await panels()).some((t) => /Answer the question first/.test(t)))
				kept.push(q.kind);
			if (x + 1 < list.length) await page.click("text=Next question");
			await settle(page);
		}
		same("at the moment a question is asked its answer is nowhere in the page", seen, []);
		same("walk and details are covered then", bare, []);
		same("and shown with the answer", kept, []);
		await asTable.click();
		await page.click("#tab-events");
	});

	await part("lessons", async () => {
		const chapters = trace.chapters(),
			n = 4,
			to = chapters[n].i,
			list = questions(model, { seed: 17, from: chapters[n - 1].i, to });
		claim(
			"a lesson's questions are about its chapter",
			list.length >= 3 && list.every((q) => q.at >= chapters[n - 1].i - 1 && q.at < to),
		);
		const merges = list.filter((q) => q.kind === "merges");
		claim(
			"an answer can be counted in the trace",
			merges.every((q) => {
				let m = 0;
				while (trace.kindName(q.at + 2 + m) === "buddy_merge") m++;
				return q.options[q.right] === String(m);
			}) && merges.length > 0,
		);
		await page.click("#tab-chapters");
		await settle(page);
		await page.click(
			`text=Questions on this chapter >> nth=${n - 1 - (chapters[0].implied ? 1 : 0)}`,
		);
		await page.fill("[aria-label='seed of the questions']", "17");
		await page.keyboard.press("Enter");
		await asks(list[0]);
		claim(
			"chapter and seed give that lesson",
			(await lower()).includes(list[0].text),
			(await lower()).slice(0, 300),
		);
		await page.keyboard.press("Tab");
		await goto((await now()) + 1);
		await shown(page, "address");
		const link = await page.evaluate(() => location.href);
		for (const [x, q] of list.entries()) {
			const option = x === 1 ? (q.right + 1) % q.options.length : q.right;
			await asks(q);
			await page.click(`.options button >> nth=${option}`);
			await answered();
			await page.click(x + 1 < list.length ? "text=Next question" : ".lower >> text=Result");
			await settle(page);
		}
		const { data } = await saves(() => page.click("text=Save the answers")),
			got = JSON.parse(data);
		same(
			"the answers are checked and can be saved",
			[got.right, got.of, got.seed, got.answers[1].correct],
			[list.length - 1, list.length, 17, false],
		);
		await accessible("a lesson's end");
		await page.click("#tab-events");
		const p = await open(browser, link);
		claim(
			"a link without its trace says which it wants",
			(await p.textContent("[role=status]")).includes("of a trace of") &&
				/[0-9a-f]{12}/.test(await p.textContent("[role=status]")),
		);
		await openTrace(p, jsonl);
		await settle(p);
		claim(
			"and with it shows the same lesson",
			(await p.textContent(".lower .body.scroll:not([hidden])")).includes(list[0].text),
		);
		await p.context().close();
	});

	await part("notes and links", async () => {
		await goto(4321);
		await page.evaluate(() => document.activeElement.blur());
		await page.keyboard.press("n");
		await page.keyboard.type("look <b>he");
		await goto(4322);
		await goto(4321);
		await settle(page);
		await page.keyboard.type("re</b>");
		same(
			"a note half typed is there while time moves",
			await page.inputValue("[aria-label='note at this event']"),
			"look <b>here</b>",
		);
		await page.keyboard.press("Enter");
		await settle(page);
		await page.click("#tab-events");
		await page.evaluate(() => {
			globalThis.copied = "";
			navigator.clipboard.writeText = (t) => {
				globalThis.copied = t;
				return Promise.resolve();
			};
			document.activeElement.blur();
		});
		await page.keyboard.press("k");
		const link = await page.evaluate(() => globalThis.copied),
			p = await open(browser, link);
		await openTrace(p, jsonl);
		await p.click("#tab-notes");
		await settle(p);
		await p.evaluate(() => {
			const s = document.querySelector("[aria-label='colour frames by']");
			s.value = "order";
			s.dispatchEvent(new Event("change", { bubbles: true }));
		});
		await p.fill("#search", "kind:pte_set");
		await p.keyboard.press("Enter");
		await p.evaluate(() => {
			document.activeElement.blur();
		});
		for (let x = 0; x < 4; x++) await p.keyboard.press("w");
		const other = join(dir, "other.bin"),
			otherGz = join(dir, "other.jsonl.gz");
		execFileSync("build/mmsim", ["--events", "20000", "-o", other], quiet);
		execFileSync("build/pagescope", ["export", "-o", otherGz, other], quiet);
		await p.setInputFiles("input[type=file]", otherGz);
		await until(p, () => globalThis.pagescope.loaded && document.title.startsWith("other"));
		await settle(p);
		await p.click("#tab-notes");
		await settle(p);
		same(
			"another trace has no notes of this one, no filter of it, all of its time in sight and its colours as the box says",
			[
				(await p.textContent(".lower .body.scroll:not([hidden])")).includes("look"),
				await p.textContent(".lower .filter"),
				(await p.textContent("[aria-label='owner classes']")).includes("order 0"),
				await p.inputValue("[aria-label='colour frames by']"),
			],
			[false, "", true, "order"],
		);
		await toasted(p, /another trace/, () =>
			p.evaluate(() => {
				location.hash = "#tr=000000000000&n=5&i=3";
			}),
		);
		claim(
			"a link that is for another trace is not dropped silently",
			await toasted(p, /for another trace/, () => p.setInputFiles("input[type=file]", jsonl)),
		);
		await until(p, () => globalThis.pagescope.loaded && document.title.startsWith("tour"));
		await p.goto(viewer);
		await openTrace(p, jsonl);
		await p.click("#tab-notes");
		await settle(p);
		await p.goto("about:blank"); // a mere change of the hash is no loading
		await p.goto(link);
		await openTrace(p, jsonl);
		await p.click("#tab-notes");
		await settle(p);
		same(
			"K copies a link that carries the moment and its note",
			[
				await p.evaluate(() => globalThis.pagescope.i),
				(await p.textContent(".lower .body.scroll:not([hidden])")).includes(
					"look <b>here</b>",
				),
				await p.locator(".lower b").count(),
			],
			[4321, true, 0],
		);
		await p.context().close();
	});

	await part("searching", async () => {
		const count = async (text) => {
			await page.keyboard.press("/");
			await page.keyboard.press("Control+a");
			await page.keyboard.type(text);
			await page.keyboard.press("Enter");
			await settle(page);
			const words = (await page.textContent(".filter"))
				.replace(/[\s\u202f]/g, "")
				.match(/:(\d+)✕/);
			return Number(words?.[1]);
		};
		const all = (test) => [...Array(trace.n).keys()].filter(test).length,
			z = (i) => trace.zone(trace.z[i])?.name;
		await page.evaluate(() => document.activeElement.blur());
		same(
			"kind, order and zone together",
			await count("kind:mm_page_alloc order>=3 zone:Normal"),
			all(
				(i) =>
					trace.kindName(i) === "mm_page_alloc" && trace.o[i] >= 3 && z(i) === "Normal",
			),
		);
		same(
			"!= too",
			await count("kind:buddy_split order!=9"),
			all((i) => trace.kindName(i) === "buddy_split" && trace.o[i] !== 9),
		);
		const inlined = trace.sites.inlined.findIndex((x) => /take_many/.test(x ?? ""));
		claim("the trace has a function inlined at a call site", inlined > 0);
		same(
			"a function by its name, also where it was inlined",
			await count("site take_many"),
			all(
				(i) =>
					/take_many/.test(trace.sites.inlined[trace.s[i]] ?? "") ||
					/take_many/.test(trace.sites.func[trace.s[i]] ?? ""),
			),
		);
		let inside = false,
			asked = 0;
		for (let i = 0; i < trace.n; i++) {
			if (trace.kindName(i) === "vmalloc_enter") inside = trace.c[i] < 3;
			else if (trace.kindName(i) === "vmalloc_exit") inside = false; // vmalloc, _32, _dma
			asked += inside && trace.kindName(i) === "mm_page_alloc";
		}
		same(
			"site:vmalloc, the page's own example, finds what vmalloc asked for",
			await count("kind:mm_page_alloc site:vmalloc"),
			asked,
		);
		await page.click(".filter button");
		const asks = async (text) => {
			await page.fill("#search", text);
			await settle(page);
			return page.textContent(".answer");
		};
		const cleared = find("pte_clear"),
			va = trace.a[cleared],
			pfn = trace.b[cleared] >>> 12,
			set = find("pte_set", (i) => trace.a[i] === va),
			again = find("pte_set", (i) => trace.a[i] === va, cleared);
		await goto(cleared + 1);
		const life = await asks(fmt.addr(va));
		claim(
			"an address that is not mapped has its past and its future in the answer",
			[
				`unmapped since #${cleared}`,
				`before that to frame ${fmt.hex(pfn)}, #${set} to #${cleared}`,
				`next mapped at #${again} to frame ${fmt.hex(trace.c[again] >>> 12)}`,
			].every((s) => life.includes(s)),
			life,
		);
		const truth = execFileSync(
			"build/pagescope",
			["translate", fmt.addr(va), "--at-event", String(cleared + 1), "-q", bin],
			quiet,
		)
			.toString()
			.replaceAll(",", "");
		claim(
			"as pagescope has it",
			[set, cleared, again].every((i) => truth.includes(`event ${i} `)),
			truth,
		);
		const none = [...Array(trace.n).keys()].find(
				(i) => i > cleared && !model.at(i).areas.length,
			),
			made = [find("alloc_vmap_area", (i) => i > none)],
			before = [...Array(none).keys()].findLast(
				(i) => trace.kindName(i) === "alloc_vmap_area",
			);
		await goto(none);
		const near = await asks("0xdeadbeef");
		claim(
			"where no area exists, an address that is not mapped offers those nearest in time",
			[before, ...made].every((i) =>
				near.includes(`nearest in time: #${i} ${narrate(trace, i)}`),
			),
			near,
		);
		await goto(cleared + 1);
		const frame = await asks(`pfn=${pfn.toString(16)}`);
		claim(
			"a filter for a frame lists its events, and offers the frame",
			frame.includes(`list the events with pfn=${pfn.toString(16)}`) &&
				frame.includes(`pfn ${pfn.toString(16)}`),
			frame,
		);
		for (const [text, said] of [
			["site:take_manny", "site:take_many"],
			["site:zzz", "site:scenario_alloc"],
			["kind:pte_sett", "kind:pte_set"],
			["zone:NoZone", "zone:Normal"],
			["#99999999", "#" + (trace.n - 1)],
			[">ligth theme", ">light theme"],
			["pfn fffff", `pfn ${(trace.frames - 1).toString(16)}`],
			["swapper_pg_dir", "pagescope export --symbols"],
		]) {
			const answer = await asks(text);
			claim(
				`${text} finds nothing and offers what is near`,
				answer.includes(said) &&
					(said.startsWith("pagescope") ||
						(await page.locator(".answer button.hit", { hasText: said }).count()) > 0),
				answer,
			);
		}
		await asks("kind:pte_sett");
		await page.click(".answer button.hit >> nth=0");
		same(
			"what is offered is asked when it is clicked",
			await page.inputValue("#search"),
			"kind:pte_set",
		);
		await page.keyboard.press("Escape");
		await page.evaluate(() => document.activeElement.blur());
		await page.keyboard.press("/");
		await page.keyboard.press("Control+a");
		await page.keyboard.type("nosuchthing");
		claim(
			"nothing found is said in the words that were typed",
			(await page.textContent(".answer")).includes("nosuchthing"),
		);
		await page.keyboard.press("Escape");
		await page.keyboard.press("Control+Shift+P");
		await page.keyboard.type("light theme");
		await page.keyboard.press("Enter");
		same(
			"Ctrl+Shift+P takes a command",
			await page.evaluate(() => document.documentElement.dataset.theme),
			"light",
		);
		await page.evaluate(() => document.activeElement.blur());
		await page.keyboard.press(">");
		await page.keyboard.type("dark theme");
		await page.keyboard.press("Enter");
		same(
			"so does >",
			await page.evaluate(() => document.documentElement.dataset.theme),
			"dark",
		);
	});

	await part("light", async () => {
		const theme = async (name) => {
			await page.keyboard.press("Escape");
			await page.evaluate(() => document.activeElement.blur());
			await page.keyboard.press(">");
			await page.keyboard.type(`${name} theme`);
			await page.keyboard.press("Enter");
		};
		await theme("light");
		for (const tab of ["sites", "whatif", "hazards", "lesson", "terms"]) {
			await page.click(`#tab-${tab}`);
			await settle(page);
			await accessible(`${tab}, light`);
		}
		await page.click("#tab-events");
		await theme("dark");
	});

	await part("colours", async () => {
		await goto(trace.chapters()[8].i + 2000);
		const picture = () =>
				page.evaluate(
					() =>
						document.getElementById("frames").toDataURL().length +
						":" +
						document.getElementById("frames").toDataURL().slice(-4000),
				),
			legend = () => page.textContent("[aria-label='owner classes']");
		const seen = new Set(),
			words = new Set();
		for (const by of ["owner", "order", "age", "lifetime", "site", "changed"]) {
			await page.selectOption("[aria-label='colour frames by']", by);
			await settle(page);
			seen.add(await picture());
			words.add(await legend());
		}
		same(
			"each way of colouring has its own picture and its own legend",
			[seen.size, words.size],
			[6, 6],
		);
		await page.selectOption("[aria-label='colour frames by']", "owner");
	});

	await part("close up", async () => {
		const i = find("pte_set", (x) => trace.chapterAt(x)?.msg.startsWith("11")) + 900;
		await goto(i);
		const svg = (of = "#frames") => page.evaluate((s) => globalThis.pagescope.svg(s), of),
			box = await page.locator("#frames").boundingBox();
		const letters = (text) =>
			[
				...text.matchAll(
					/<text x="([\d.]+)" y="([\d.]+)"[^>]*font-weight="600"[^>]*>([KVPSUR])<\/text>/g,
				),
			]
				.map(([, x, y, letter]) => ({ x: +x, y: +y, letter }))
				.filter((l) => l.x > 9 && l.y > 30);
		const button = page.locator("button", { hasText: "Close up" });
		await button.click();
		await settle(page);
		await page.keyboard.press("/");
		await page.keyboard.type(
			`pfn ${model
				.at(i)
				.meta.findIndex((v) => OWNERS[v >> 4] === "pagetable")
				.toString(16)}`,
		);
		await page.keyboard.press("Enter");
		await settle(page);
		let text = "";
		for (let n = 0; n < 200 && !letters(text).length; n++) {
			const [, x, y] = /<rect x="([\d.]+)" y="([\d.]+)"[^>]*stroke="#ffffff"/.exec(
				await svg(),
			);
			await page.mouse.move(box.x + +x + 3, box.y + +y + 3);
			await page.mouse.wheel(0, -20);
			await settle(page);
			text = await svg();
		}
		const list = letters(text),
			xs = [...new Set(list.map((l) => l.x))].sort((a, b) => a - b),
			cell = Math.min(
				...xs
					.slice(1)
					.map((x, n) => x - xs[n])
					.filter((d) => d > 1),
			);
		claim("frames have letters from 8 pixels on", cell >= 8 && cell < 8.7, cell);
		const classes = new Set(list.map((l) => l.letter)),
			hatches = [...text.matchAll(/<pattern [^>]*><path d="([^"]+)"/g)].map((m) => m[1]);
		claim(
			"and each class has a hatch of its own",
			classes.size > 2 &&
				new Set(hatches).size >= classes.size &&
				hatches.length === new Set(hatches).size,
			`${[...classes]} ${hatches.join(" | ")}`,
		);
		/**
		 * Tones that are on the canvas around each letter: the ground's, the hatch's, and the
		 * letter's, which are of different lightness.
		 */
		const tones = await page.evaluate(
			([at, half]) => {
				const c = document.getElementById("frames"),
					k = c.width / c.clientWidth,
					copy = document.createElement("canvas");
				Object.assign(copy, { width: c.width, height: c.height });
				const read = copy.getContext("2d", { willReadFrequently: true });
				read.drawImage(c, 0, 0);
				return at.map(({ x, y, letter }) => {
					const px = read.getImageData(
							Math.round((x - half) * k),
							Math.round((y - half) * k),
							Math.round(2 * half * k),
							Math.round(2 * half * k),
						).data,
						n = new Map(),
						light = [];
					for (let q = 0; q < px.length; q += 4) {
						const v = (px[q] << 16) | (px[q + 1] << 8) | px[q + 2];
						n.set(v, (n.get(v) ?? 0) + 1);
						light.push(px[q] * 0.3 + px[q + 1] * 0.59 + px[q + 2] * 0.11);
					}
					return {
						letter,
						tones: n.size,
						range: Math.max(...light) - Math.min(...light),
					};
				});
			},
			[list.slice(0, 400), cell / 2 - 2.2],
		);
		same(
			"on the canvas too",
			tones.filter((t) => t.tones < 3 || t.range < 60).map((t) => t.letter),
			[],
		);
		same(
			"as in the legend",
			await page.evaluate(
				() =>
					new Set(
						[...document.querySelectorAll("[aria-label='owner classes'] i")].map(
							(e) => getComputedStyle(e).backgroundImage,
						),
					).size,
			),
			7,
		);
		await button.click();
		await page.keyboard.press("Escape");
		await page.evaluate(() => document.activeElement.blur());
	});

	await part("the timeline", async () => {
		await goto(trace.n - 1);
		const svg = await page.evaluate(() => globalThis.pagescope.svg("#timeline")),
			said = [...svg.matchAll(/<text[^>]*>([^<]+)/g)].map((m) => m[1]);
		same(
			"the kinds of events have a key beside them",
			["buddy", "vmalloc", "paging", "slab", "user", "run"].filter((k) => !said.includes(k)),
			[],
		);
		claim("but only those there are", !said.includes("highmem"), said.join());
		/** In how many columns a curve is drawn faintly. */
		const gaps = (colour) =>
			[
				...svg.matchAll(
					new RegExp(`<path d="([^"]*)" fill="${colour}" fill-opacity="0.2"`, "g"),
				),
			].reduce((s, m) => s + m[1].split("M").length - 1, 0);
		const [dma, normal] = ["#9ad1ff", "#5b9bff"].map(gaps);
		claim(
			"the zones' curves are told apart by their dashes",
			dma > 200 && normal === 0,
			`${dma} ${normal}`,
		);
		const dots = [...svg.matchAll(/<path d="([^"]*)" fill="#9ad1ff"\/>/g)]
			.flatMap((m) => [...m[1].matchAll(/M([\d.]+) [\d.]+h1v2/g)].map((q) => +q[1]))
			.filter((x) => x < 100);
		claim("and so in the key", dots.length === 9 && dots[2] - dots[1] === 3, dots.join());
		const box = await page.locator("#timeline").boundingBox(),
			over = [],
			png = await saves(async () => {
				await page.click(".tools >> text=Save");
				await page.click("text=Whole page: picture, PNG");
			});
		same(
			"in a PNG of a saved page the bars lie where they do on the screen",
			await page.evaluate(
				async ([data, x, y]) => {
					const img = new Image(),
						g = document.createElement("canvas").getContext("2d");
					img.src = "data:image/png;base64," + data;
					await img.decode();
					g.drawImage(img, -x, -y);
					return [...g.getImageData(0, 0, 1, 1).data].slice(0, 3);
				},
				[png.data.toString("base64"), (box.x + 105) * 2, (box.y + 57) * 2],
			),
			[91, 155, 255],
		);
		await page.evaluate(() => {
			const s = document.querySelector("#axis");
			s.value = "events";
			s.dispatchEvent(new Event("change", { bubbles: true }));
		});
		await goto(20011);
		for (let n = 0; n < 14; n++) {
			await page.mouse.move(box.x + 500 + 13 * n, box.y + 80);
			await page.mouse.wheel(0, -150);
			await settle(page);
			const text = await page.evaluate(() => globalThis.pagescope.svg("#timeline")),
				ruler = [
					...text.matchAll(
						/<text x="([\d.]+)"[^>]*font-size="10" font-family="ui-monospace, monospace"[^>]*>([^<]+)/g,
					),
				].map(([, x, words]) => ({
					from: x - words.length * 3,
					to: +x + words.length * 3,
				}));
			over.push(...ruler.filter((l, x) => l.from < (x ? ruler[x - 1].to : 94)));
		}
		same("no label of the ruler lies on what is left of it", over, []);
		await page.evaluate(() => {
			const s = document.querySelector("#axis");
			s.value = "story";
			s.dispatchEvent(new Event("change", { bubbles: true }));
		});
	});

	await part("themes", async () => {
		if (kind !== "chromium") return; // no other driver can change the system's theme
		const p = await open(browser, viewer);
		await openTrace(p, jsonl);
		await settle(p);
		/** The page's theme, and whether a canvas has its ground. */
		const theme = async (system) => {
			await p.emulateMedia({ colorScheme: system });
			await settle(p);
			return p.evaluate(() => {
				const c = document.getElementById("virtual"),
					copy = document.createElement("canvas"),
					g = copy.getContext("2d");
				Object.assign(copy, { width: c.width, height: c.height });
				g.drawImage(c, 0, 0);
				const light = g.getImageData(c.width - 2, c.height - 2, 1, 1).data[0] > 127;
				return (
					document.documentElement.dataset.theme +
					(light ? ", light ground" : ", dark ground")
				);
			});
		};
		same(
			"the system's theme is followed",
			[await theme("light"), await theme("dark")],
			["light, light ground", "dark, dark ground"],
		);
		await p.click("[aria-label='dark or light']");
		same(
			"until one is chosen",
			[await theme("light"), await theme("dark")],
			["light, light ground", "light, light ground"],
		);
		const command = async (text) => {
			await p.keyboard.press("Escape");
			await p.evaluate(() => document.activeElement.blur());
			await p.keyboard.press(">");
			await p.keyboard.type(text);
			await p.keyboard.press("Enter");
		};
		await command("system theme");
		same(
			"and again when the system's is",
			[await theme("light"), await theme("dark")],
			["light, light ground", "dark, dark ground"],
		);
		same("themes: no error", p.trouble, []);
		await p.context().close();
	});

	await part("targets", async () => {
		const p = await open(browser, viewer),
			named = join(
				dir,
				"a-trace-with-a-name-that-says-what-was-run-on-which-machine-when-and-why.jsonl.gz",
			);
		writeFileSync(named, readFileSync(jsonl));
		await openTrace(p, named);
		await p.evaluate((i) => globalThis.pagescope.goto(i), find("vfree"));
		await settle(p);
		const verdict = await p.evaluate(() => {
			const e = document.querySelector(".what"),
				r = e.getBoundingClientRect(),
				last = e.lastElementChild.getBoundingClientRect();
			return {
				words: e.lastElementChild.textContent,
				cut:
					last.right > r.right + 1 ||
					last.width < 100 ||
					last.right > document.querySelector(".search").getBoundingClientRect().left,
			};
		});
		claim(
			"a long name does not hide how many snapshots agree",
			/snapshots agree/.test(verdict.words) && !verdict.cut,
			JSON.stringify(verdict),
		);
		same(
			"no choice of colour is cut at 1280",
			await p.evaluate(() => {
				const s = document.querySelector("[aria-label='colour frames by']"),
					has = s.offsetWidth;
				s.style.cssText = "width: max-content; max-width: none";
				const wants = s.offsetWidth;
				s.style.cssText = "";
				return wants > has + 1 || s.closest("h2").scrollWidth > s.closest("h2").clientWidth;
			}),
			false,
		);
		/**
		 * What can be pressed and is smaller than 24 pixels: but terms, which stand in sentences,
		 * and boxes of the flame graph, whose width says something.
		 */
		const small = () =>
			p.evaluate(() =>
				[
					...document.querySelectorAll(
						"button:not(.term), select, input, summary, a[href], [role=tab], [role=option], .scrollbar",
					),
				]
					.filter((e) => e.checkVisibility({ visibilityProperty: true }))
					.map((e) => {
						const r = e.getBoundingClientRect();
						return [
							e.textContent.slice(0, 20) || e.className,
							e.classList.contains("fl") ? 24 : Math.round(r.width),
							Math.round(r.height),
						];
					})
					.filter(([, w, h]) => w && Math.min(w, h) < 24),
			);
		for (const id of await p.evaluate(() =>
			[...document.querySelectorAll("[role=tab]")].map((e) => e.id),
		)) {
			await p.click("#" + id);
			await settle(p);
			same(`targets are of 24 pixels: ${id}`, await small(), []);
		}
		await p.keyboard.press("?");
		await settle(p);
		same("targets are of 24 pixels: all keys", await small(), []);
		same("targets: no error", p.trouble, []);
		await p.context().close();
	});

	same("no error in the console", page.trouble, []);
} finally {
	await browser.close();
	rmSync(dir, { recursive: true, force: true });
}
void [writeFileSync, gunzipSync, loaded, until];
finish();
