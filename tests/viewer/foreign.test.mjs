// SPDX-License-Identifier: MIT
/*
 * foreign.test.mjs - a trace of a kernel that is not Linux's kind (foreign.txt): single pages, no
 * reference directory, no watermarks, no GFP, ticks of no Bochs.  The page, `export`, `translate`
 * and `show layout` say of it what the trace says and nothing else.  In Chromium and Firefox; run
 * by foreign.sh.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { claim, finish, load, same, test } from "./lib.mjs";
import { inBoth } from "./drive.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const viewer = pathToFileURL(resolve("build/viewer.html")).href,
	dir = mkdtempSync(join(tmpdir(), "pagescope-foreign-")),
	capture = join(dir, "capture.bin"),
	pipes = { stdio: ["pipe", "pipe", "pipe"] };
const pagescope = (...args) =>
	execFileSync("build/pagescope", [...args, capture], pipes).toString();
writeFileSync(
	capture,
	execFileSync("build/mkcapture", { ...pipes, input: readFileSync("tests/viewer/foreign.txt") }),
);
const exported = join(dir, "trace.jsonl.gz");
pagescope("export", "--check", "-o", exported);
const bytes = readFileSync(exported),
	model = load(new Uint8Array(bytes)),
	{ trace } = model;
/** The nth event of a kind, from 1. */
const find = (name, nth = 1) =>
	[...Array(trace.n).keys()].filter((i) => trace.kindName(i) === name)[nth - 1];
const first = find("mmu_probe", 1), // asked of the first process's directory
	second = find("mmu_probe", 2),
	twice = find("mm_page_free", 14);

await test("export, translate and show", () => {
	const lines = gunzipSync(bytes).toString().split("\n").filter(Boolean).map(JSON.parse);
	same(
		"export gives regions and zones the kernel's own names",
		[lines[0].machine.regions.map((r) => r.name), lines[0].zones.map((z) => z.name)],
		[["user", "kernel half", "heap", "device space", "own tables"], ["memory"]],
	);
	same(
		"export names no way back to Bochs where the ticks are not its",
		[lines[0].clock.sba, lines[0].replay.cmd],
		[false, []],
	);
	const layout = pagescope("show", "layout", "--at-event", String(first));
	claim(
		"show layout lists the kernel's regions, and no vmalloc",
		["user", "kernel half", "heap", "device space", "own tables"].every((name) =>
			layout.includes(name),
		) && !/vmalloc|lowmem|fixmap|gap/.test(layout),
		layout,
	);
	const at = (i) => JSON.parse(pagescope("translate", "--json", "0x1000", "--at-event", i));
	same(
		"translate tells each process's page by its own directory",
		[at(String(first)).physical, at(String(second)).physical],
		["0x00208000", "0x00205000"],
	);
});

await inBoth(async ({ name, open }) => {
	const page = await open(viewer);
	await page.load("small-kernel.jsonl.gz", bytes);
	const says = (what, ok, why) => claim(`${name}: ${what}`, ok, why),
		body = () => page.run(`document.querySelector("#app").innerText`),
		tabs = await page.run(
			`[...document.querySelectorAll(".lower .tabs [role=tab]")].map((x) => x.id.slice(4))`,
		);

	// 1. the MMU is compared with the directory that it was asked about
	await page.goto(second);
	says(
		"the MMU's answer about another process's directory is not held against this one",
		/The MMU itself gave this answer/.test(await page.text("#walk")) &&
			!/gave another answer/.test(await page.text("#walk")),
		await page.text("#walk"),
	);
	// 2. a page whose entry was flushed is not stale
	same(
		`${name}: the only finding is the planted one: a flush of one page counts, and none stands twice with --check`,
		await page.run(`pagescope.hazards().map((x) => [x.i, x.rule])`),
		[[twice, "double-free"]],
	);
	// 3. no reference directory
	says(
		"without a reference directory none is shown, and no access is said to copy a slot",
		!/reference|lags behind|copied/i.test(await page.text("#walk")),
		await page.text("#walk"),
	);
	// 4. regions by the kernel's names
	const picture = await page.run(`pagescope.svg("[data-panel=virtual]")`);
	says(
		"the addresses are divided as the kernel names them",
		["user", "kernel half", "heap", "own tables"].every((x) => picture.includes(`>${x}<`)) &&
			!/fixmap|vmalloc|linear map|3 GiB/.test(picture),
		picture.match(/<text[^>]*>[^<]*/g)?.join(" "),
	);
	same(
		`${name}: an address is in the region of the kernel's name, or in none`,
		await page.run(
			`[0xd0000000, 0xfe000000, 0xffc00000, 0xe0000000].map((va) => pagescope.translate(va).region)`,
		),
		["heap", "device space", "own tables", "no region"],
	);
	// 5. single pages
	says(
		"of single pages there is one free list, and nothing of orders, buddies or GFP",
		/Free list/.test(await page.text("[data-panel=buddy] h2")) &&
			!/order|budd|GFP|vmalloc|fragment/i.test(await body()),
		(await body()).match(/.{30}(order|budd|GFP|vmalloc|fragment).{30}/i)?.[0],
	);
	same(
		`${name}: tabs that would mean nothing are not there`,
		["areas", "whatif", "lineage"].filter((id) => tabs.includes(id)),
		[],
	);
	same(
		`${name}: the list's frames are those that are free`,
		await page.run(`pagescope.lists().map((z) => [z.zone, z.free, z.orders[0]])`),
		[["memory", 5, [0x204, 0x203, 0x202, 0x201, 0x200]]],
	);
	const lists = await page.run(`pagescope.svg("[data-panel=buddy]")`);
	says(
		"frames that no event told of are not counted as used or free",
		/5 frames known to be free/.test(lists),
		lists.match(/<text[^>]*>[^<]*/g)?.join(" "),
	);
	for (const i of [find("mm_page_alloc", 2), find("mm_page_free", 13)]) {
		await page.goto(i);
		const text = await page.text("#details");
		says(
			`event ${trace.kindName(i)} is told without orders, masks and rules of another allocator`,
			!/order|GFP|gfp|split|merge|budd|Why/i.test(text),
			text,
		);
	}
	await page.click("#tab-screen");
	says(
		"what is on the screen is told without blocks and areas, and what is unknown is said",
		!/order|block|vmalloc|reference/i.test(await page.text("#details")) &&
			/no event has told/.test(await page.text("#details")),
		await page.text("#details"),
	);
	await page.click("#tab-event");
	// 6. the way back
	says(
		"no way back to Bochs is offered where the ticks are not its",
		(await page.run(`document.querySelectorAll(".stop, [data-make]").length`)) === 0 &&
			(await page.run("pagescope.stop()")) === null,
		await page.text(".stop"),
	);
	await page.run(
		`document.querySelector("#timeline").dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true })) && 0`,
	);
	says("nor by the menu", !/Stop here/.test(await page.text(".menu")), await page.text(".menu"));
	await page.press("Escape");
	// 7. see 2; 8. the walk of the recursive slot, and since when in this address space
	await page.goto(second);
	same(
		`${name}: an entry is there since the event of this process, not of the other`,
		await page.run(`[${first}, ${second}].map((i) => pagescope.translate(0x1000, i).since)`),
		[find("pte_set", 2), find("pte_set", 3)],
	);
	await page.run(`(() => {
		const box = document.querySelector("input[type=search], .search input");
		box.focus(); box.value = "0xffc00000"; box.dispatchEvent(new Event("input", { bubbles: true }));
	})() ?? 0`);
	await page.press("Enter");
	const walk = await page.text("#walk");
	says(
		"a slot that maps the directory is shown as such",
		/maps the directory itself/.test(walk) && /Frame 0x206/.test(walk) && !/Fault/.test(walk),
		walk,
	);
	// 9. leaks
	says("nothing is called a leak", !/leak/i.test(await body()), "");
	same(`${name}: no error in the console`, page.trouble, []);
	await page.close();
});
rmSync(dir, { recursive: true });
finish();
