// SPDX-License-Identifier: MIT
/*
 * states.test.mjs - what the page says when all is not well: every state of a trace that
 * is broken, cut, too big or not whole, on the built file from file://, in Chromium and
 * Firefox.  Run by states.sh; `states.test.mjs WORD` runs the cases named so only.
 */
import { gzipSync } from "node:zlib";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claim, same, test, finish, load, loadFile, random } from "./lib.mjs";
import { show, buddyinfo, vmallocinfo, translated } from "./truth.mjs";
import { synth } from "./synth.mjs";
import { inBoth } from "./drive.mjs";
import * as fmt from "../../viewer/model/format.js";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const viewer = pathToFileURL(resolve("build/viewer.html")).href;
const lines = [];
synth({ events: 90000, line: (s) => lines.push(s) });
const text = lines.join("\n") + "\n",
	model = load(text),
	{ trace } = model;
const evs = lines.map((l, x) => [x, l]).filter(([, l]) => l.startsWith('{"rec":"ev"'));
const edit = (fn) =>
	lines
		.map((l) => {
			const rec = JSON.parse(l);
			return fn(rec) === null ? null : JSON.stringify(rec);
		})
		.filter((l) => l !== null)
		.join("\n") + "\n";

/**
 * The ✗ on the timeline by event: the events their places are, read off its ruler, how many events
 * a
 * pixel is, and whether a red line stands on the canvas at each.
 */
async function crosses(page) {
	await page.run(
		`(() => { const s = document.querySelector("#axis"); s.value = "events"; s.dispatchEvent(new Event("change", { bubbles: true })); })() ?? 0`,
	);
	await page.goto(await page.run("pagescope.events - 1"));
	const svg = await page.run(`pagescope.svg("#timeline")`),
		texts = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)].map(
			([, x, y, words]) => ({ x: +x, y: +y, words }),
		);
	const low = Math.max(...texts.map((t) => t.y)),
		ruler = texts
			.filter((t) => t.y === low && /^[\d\s\u202f]+$/.test(t.words))
			.map((t) => ({ x: t.x, i: Number(t.words.replace(/\D/g, "")) }));
	const [a, b] = [ruler[0], ruler.at(-1)],
		pixel = (b.i - a.i) / (b.x - a.x),
		x = texts.filter((t) => t.words === "✗").map((t) => t.x);
	// a line one pixel wide, or two of half its colour: redder than what is beside it
	const coloured = await page.run(`(() => {
		const c = document.getElementById("timeline"), k = c.width / c.clientWidth, copy = document.createElement("canvas");
		Object.assign(copy, { width: c.width, height: c.height });
		const read = copy.getContext("2d", { willReadFrequently: true }), column = (px) => read.getImageData(Math.round(px), 0, 1, c.height).data;
		read.drawImage(c, 0, 0);
		return ${JSON.stringify(x)}.map((at) => [-1, 0, 1].some((d) => {
			const [line, left, right] = [0, -5, 5].map((by) => column(at * k + d + by * k)), red = (px, y) => px[y * 4] - px[y * 4 + 2];
			let n = 0;
			for (let y = 0; y < c.height; y++) n += red(line, y) > Math.max(red(left, y), red(right, y)) + 40;
			return n > c.height * 0.15;
		}));
	})()`);
	return { at: x.map((v) => Math.round(a.i + (v - a.x) * pixel)), pixel, coloured };
}

const CASES = {
	async "a bad line"(page) {
		const [at, line] = evs[1],
			byte = lines.slice(0, at).reduce((s, l) => s + Buffer.byteLength(l) + 1, 0),
			broken = [...lines],
			rec = JSON.parse(line);
		broken[at] = line.slice(0, 3000) + "#" + line.slice(3000);
		await page.load("bad.jsonl", broken.join("\n") + "\n");
		const said = await page.text(".alert");
		claim(
			`${page.browser}: a bad line is named by line and byte, with its beginning, and read over`,
			said.includes(`ine ${at + 1} (byte ${byte})`) &&
				said.includes(line.slice(0, 120)) &&
				!said.includes(line.slice(0, 122)) &&
				/read on without it/.test(said),
			said.slice(0, 400),
		);
		same(
			`${page.browser}: its events are missing and keep their numbers`,
			await page.run("pagescope.events"),
			model.n,
		);
		claim(
			`${page.browser}: which events are missing is said`,
			said.includes(`events ${rec.i} to ${rec.i + rec.n - 1} are missing`),
			said.slice(-300),
		);
		await page.goto(rec.i + 5);
		await page.until(`/is missing/.test(document.querySelector(".sentence-line").textContent)`);
		claim(
			`${page.browser}: a missing event says so, and that what follows is unverified`,
			/unverified after/.test(await page.text(".where")),
			await page.text(".where"),
		);
		same(
			`${page.browser}: missing events have the tick of the last before them`,
			await page.run(
				`[document.body.innerText.includes("NaN"), document.querySelector(".where").textContent.replace(/[\\s\u202f]/g, "").includes("tick${trace.t[rec.i - 1]}")]`,
			),
			[false, true],
		);
		// the last line lost: the axis by time has an end all the same
		const cut = [...lines],
			last = evs.at(-1)[0];
		cut[last] = cut[last].slice(0, 3000) + "#" + cut[last].slice(3000);
		await page.load("badlast.jsonl", cut.join("\n") + "\n");
		await page.run(
			`(() => { const s = document.querySelector("#axis"); s.value = "ticks"; s.dispatchEvent(new Event("change", { bubbles: true })); return 0; })()`,
		);
		claim(
			`${page.browser}: where the last line is bad, the axis by time is drawn`,
			((await page.run(`pagescope.svg("#timeline")`)).match(/<path/g) ?? []).length > 1000,
		);
		await page.run(
			`(() => { const s = document.querySelector("#axis"); s.value = "story"; s.dispatchEvent(new Event("change", { bubbles: true })); return 0; })()`,
		);
	},
	async "lost events"(page) {
		const at = [32000, 40000],
			cut = edit((r) => {
				if (r.rec === "end") {
					r.lost = 7;
					r.clean = false;
				}
			}).replace(
				evs[0][1],
				at.map((i, x) => `{"rec":"gap","i":${i},"lost":${3 + x}}\n`).join("") + evs[0][1],
			);
		await page.load("lost.jsonl", cut);
		same(
			`${page.browser}: from the first gap on nothing is verified, as no snapshot tells the lists`,
			await page.run("pagescope.unverified().map(([from, to]) => [from, to === Infinity])"),
			[[at[0], true]],
		);
		claim(
			`${page.browser}: how many were lost is said`,
			/7 events were lost/.test(await page.text(".alert")),
			await page.text(".alert"),
		);
		for (const [i, no] of [
			[at[0] + 1, ""],
			[at[0] - 1, "!"],
			[at[1] + 1, ""],
		]) {
			await page.goto(i);
			await page.until(
				`${no}document.querySelector(".where").textContent.includes("unverified after") && document.querySelector(".where").textContent.replace(/\\D/g, "").startsWith("${i}")`,
			);
		}
		claim(`${page.browser}: before a gap nothing is in doubt`, true);
	},
	async "where it opens"(page) {
		const opens = async (name, data) => {
				// the page may be about to write the link of what it shows: it would be followed
				do {
					await page.run('history.replaceState(null, "", location.pathname) ?? 0');
					await new Promise((done) => setTimeout(done, 600));
				} while (await page.run("location.hash"));
				await page.load(name, data);
				await page.until("location.hash");
				return page.run(
					"[pagescope.i, pagescope.unverified().some(([a, b]) => pagescope.i >= a && pagescope.i < b), /is missing/.test(pagescope.narrate())]",
				);
			},
			chapter = trace.chapters()[1].i,
			bare = (s) =>
				s
					.split("\n")
					.filter((l) => !l.startsWith('{"rec":"mark"'))
					.join("\n");
		same(
			`${page.browser}: a trace opens at its first chapter after the boot`,
			await opens("whole.jsonl", text),
			[chapter, false, false],
		);
		const lost = (s, i) => s.replace(evs[0][1], (l) => `{"rec":"gap","i":${i},"lost":3}\n${l}`),
			sure = load(lost(text, 1)).hazards.unverified[0],
			first = trace.chapters().find((c) => c.i >= sure[1]).i;
		same(
			`${page.browser}: where events were lost before it, at the first in which the state is verified`,
			[sure[0], await opens("early.jsonl", lost(text, 1))],
			[1, [first, false, false]],
		);
		same(
			`${page.browser}: where it is verified nowhere behind, just before`,
			await opens("later.jsonl", lost(bare(text), 40000)),
			[39999, false, false],
		);
		same(
			`${page.browser}: where it is nowhere, on an event that is there at least`,
			await opens(
				"half.jsonl",
				bare(lines.filter((l, x) => x < evs[0][0] || x >= evs.at(-1)[0]).join("\n")),
			),
			[evs.at(-1)[1].match(/"i":(\d+)/)[1] * 1, true, false],
		);
		await page.load("marks.jsonl", bare(text));
		await page.goto(1);
		await page.until(
			`document.querySelector(".where").textContent.startsWith("#1 ") && document.querySelector("#details").textContent.includes("#1 ")`,
		);
		same(
			`${page.browser}: (an event whose record is missing is told with a dash for it)`,
			await page.run("pagescope.narrate(1)"),
			"Chapter: —.",
		);
	},
	async "a snapshot that differs"(page) {
		// one free in the trace names another frame than the kernel freed
		const id = trace.kinds.id("mm_page_free"),
			check = model.hazards.checks.findLast((c) => trace.records.get(c.i).zone !== undefined);
		let i = check.i;
		while (trace.k[--i] !== id || trace.o[i] !== 0);
		const bad = edit((r) => {
			if (r.rec === "ev" && r.i <= i && r.i + r.n > i) r.a[i - r.i] ^= 0x40;
		});
		await page.load("agrees.jsonl", text);
		same(
			`${page.browser}: (where all snapshots agree no ✗ is on the timeline)`,
			(await crosses(page)).at,
			[],
		);
		await page.load("differs.jsonl", bad);
		const wrong = load(bad)
				.hazards.checks.filter((c) => !c.ok)
				.map((c) => c.i),
			{ at, pixel, coloured } = await crosses(page);
		claim(
			`${page.browser}: a snapshot that differs is an ✗ on the timeline at its place on the ruler, and one that agrees is none`,
			wrong.length > 0 &&
				at.length > 0 &&
				at.every((e) => wrong.some((w) => Math.abs(w - e) <= 2 * pixel)) &&
				wrong.every((w) => at.some((e) => Math.abs(w - e) <= 4 * pixel)),
			`✗ at ${at}; they differ at ${wrong}`,
		);
		claim(
			`${page.browser}: and a line of its colour down the curves, on the canvas too`,
			coloured.length > 0 && coloured.every(Boolean),
			`${coloured}`,
		);
		const list = await page.run("pagescope.hazards()"),
			h = list.find((x) => x.rule.endsWith("-state"));
		claim(
			`${page.browser}: a snapshot that differs is a hazard, with both values`,
			h && h.i >= i && /the kernel says .*, the replay /.test(h.text),
			JSON.stringify(list.slice(0, 3)),
		);
		claim(
			`${page.browser}: it names the event and the frame where kernel and replay part`,
			h &&
				new RegExp(`#${i}, about frame 0x${(trace.a[i] ^ 0x40).toString(16)}`).test(h.text),
			h?.text,
		);
		claim(
			`${page.browser}: the header counts it`,
			/[1-9]\d* of \d+ snapshots differ/.test(await page.text(".what")),
			await page.text(".what"),
		);
		await page.click("#tab-hazards");
		await page.until(`/the kernel says/.test(document.querySelector(".lower").textContent)`);
		claim(`${page.browser}: the table of hazards shows it`, true);
	},
	async "a gap, and what is judged after it"(page) {
		const at = 32000,
			cut = text.replace(evs[0][1], (l) => `{"rec":"gap","i":${at},"lost":3}\n${l}`),
			there = load(cut).hazards,
			untold = there.checks.filter((c) => c.untold).length;
		await page.load("gap.jsonl", cut);
		claim(
			`${page.browser}: (after the gap there are snapshots of what no event has told)`,
			untold > 0 && there.checks.every((c) => c.ok),
			untold,
		);
		const said = await page.text(".what");
		claim(
			`${page.browser}: the header tells of those, and that the others agree`,
			said.includes(`${there.checks.length - untold} snapshots agree`) &&
				said.includes(`${untold} of what no event has told`),
			said,
		);
		same(
			`${page.browser}: the loss is the one thing found`,
			[there.list.map((x) => x.rule).sort(), await page.text("#tab-hazards")],
			[
				[...model.hazards.list.map((x) => x.rule), "lost-events"].sort(),
				`Hazards (${there.list.length})`,
			],
		);
		await page.goto(at + 1);
		await page.until(
			`/Events were lost before/.test(document.querySelector("#details").textContent)`,
		);
		await page.click("#tab-screen");
		await page.until(`/known to be free/.test(document.querySelector("#details").textContent)`);
		claim(
			`${page.browser}: the details say so, of the event and of what is on the screen`,
			/Events were lost before/.test(await page.text("#details")),
			(await page.text("#details")).slice(0, 200),
		);
		await page.goto(at - 30);
		await page.until(
			`!/Events were lost/.test(document.querySelector("#details").textContent)`,
		);
	},
	async "the MMU disagrees"(page) {
		const probe = trace.kinds.id("mmu_probe"),
			all = [];
		for (let i = 0; i < trace.n; i++) if (trace.k[i] === probe && trace.c[i]) all.push(i);
		const i = all.find((x) => model.at(x).walk(trace.a[x]).ok),
			va = trace.a[i];
		await page.load("agrees.jsonl", text);
		await page.goto(i);
		await page.until(`document.querySelector("#walk").textContent.includes("#${i}")`);
		claim(
			`${page.browser}: a mapping says that the MMU agreed, and when`,
			/✓ The MMU itself gave this answer at #\d+/.test(await page.text("#walk")),
			(await page.text("#walk")).slice(-200),
		);
		same(
			`${page.browser}: where it is seen without scrolling`,
			await page.run(
				`(() => { const walk = document.querySelector("#walk"), note = walk.querySelector(".note"); return note.getBoundingClientRect().bottom < walk.querySelector(".step").getBoundingClientRect().top && walk.scrollTop === 0; })()`,
			),
			true,
		);
		// where it was not asked since the page is mapped so
		const asked = model.hazards.answers,
			says = async (what, i, words) => {
				await page.goto(i);
				const at = await page.text("#walk code.big"),
					said = await page.text("#walk");
				claim(
					`${page.browser}: ${what}`,
					at === fmt.addr(trace.a[i]) && words.test(said),
					said.slice(-200),
				);
			};
		const set = trace.kinds.id("pte_set"),
			sets = [...Array(trace.n).keys()].filter(
				(x) => trace.k[x] === set && trace.c[x] & 1 && model.at(x).walk(trace.a[x]).ok,
			),
			next = (x) => asked.get(trace.a[x] >>> 12)?.find((p) => p >= x);
		const soon = sets.find((x) => next(x)),
			never = sets.find((x) => !next(x));
		await says(
			"a mapping it was not asked about yet says when it is",
			soon,
			new RegExp(`The MMU is asked about it at #${next(soon)}\\.`),
		);
		await says(
			"one of the simulator's, that there is none",
			never,
			/The simulator's: there is no MMU to ask/,
		);
		await page.load(
			"machine.jsonl",
			edit((r) => {
				if (r.rec === "header") r.machine.flags = ["pse"];
			}),
		);
		await says(
			"one it is never asked about, that it is not",
			never,
			/The MMU is not asked about it in this trace\./,
		);
		await page.load(
			"disagrees.jsonl",
			edit((r) => {
				if (r.rec === "ev" && r.i <= i && r.i + r.n > i) r.b[i - r.i] += 4096;
			}),
		);
		same(
			`${page.browser}: an answer of the MMU's that differs is counted`,
			await page.run("pagescope.checks().probes.differ"),
			1,
		);
		await page.goto(i);
		await page.until(
			`/✗ The MMU gave another answer at #${i}/.test(document.querySelector("#walk").textContent)`,
		);
		claim(`${page.browser}: the mapping says that the MMU gave another answer`, true);
		claim(
			`${page.browser}: and it is a hazard at that event`,
			(await page.run("pagescope.hazards()")).some(
				(x) => x.i === i && x.rule === "mmu-disagrees",
			),
			String(va),
		);
	},
	async "a trace without an end"(page) {
		await page.load("cut.jsonl", lines.slice(0, -1).join("\n"));
		claim(
			`${page.browser}: a trace that was cut says where`,
			new RegExp(`cut after event ${model.n - 1}; what came then is not known`).test(
				await page.text(".alert"),
			),
			await page.text(".alert"),
		);
	},
	async "more behind a gzip"(page) {
		for (const [name, behind, said] of [
			["garbage", Buffer.from("not gzip"), "8 bytes behind its gzip data"],
			["padding", Buffer.alloc(4096), ""],
		]) {
			await page.load(`${name}.jsonl.gz`, Buffer.concat([gzipSync(text), behind]));
			same(
				`${page.browser}: ${name} behind a gzip: all is shown${said ? ", with a word about it" : ""}`,
				[
					await page.run("[pagescope.events, pagescope.checks().failed]"),
					said
						? (await page.text(".alert")).includes(said)
						: await page.run("pagescope.problems()"),
				],
				[[model.n, 0], said ? true : []],
			);
		}
	},
	async "a gzip cut in its middle"(page) {
		const z = gzipSync(text);
		await page.load("half.jsonl.gz", z.subarray(0, Math.floor(z.length * 0.8)));
		const n = await page.run("pagescope.loaded ? pagescope.events : -1");
		claim(
			`${page.browser}: half a gzip shows what could be unpacked and says that the file ends early`,
			n > 0 && n < model.n && /ends early/.test(await page.text(".alert")),
			`${n} ${await page.text(".alert")}`,
		);
	},
	async "a file with two traces"(page) {
		const says = (n) =>
				`ine ${n + 1} (byte ${lines.slice(0, n).reduce((s, l) => s + Buffer.byteLength(l) + 1, 0)})`,
			other = [];
		synth({ events: 3000, seed: 5, line: (s) => other.push(s) });
		for (const [name, data] of [
			["twice.jsonl", text + text],
			["twice.jsonl.gz", Buffer.concat([gzipSync(text), gzipSync(other.join("\n") + "\n")])],
		]) {
			await page.load(name, data);
			const said = await page.text(".alert");
			claim(
				`${page.browser}: ${name}: a second trace is told by line and byte, and how to see it`,
				said.includes(says(lines.length)) &&
					/a second trace begins here; only the first is shown/.test(said) &&
					said.includes(`tail -n +${lines.length + 1}`),
				said.slice(0, 400),
			);
			same(
				`${page.browser}: ${name}: the first is shown, whole and alone`,
				await page.run(
					"[pagescope.events, pagescope.checks().failed, pagescope.checks().total, pagescope.problems().length]",
				),
				[model.n, 0, model.hazards.checks.length, 1],
			);
		}
		// the second's header went with the broken last line of the first
		const at = evs.at(-1)[0],
			cut = [...lines.slice(0, at), lines[at].slice(0, 3000) + text].join("\n");
		await page.load("anew.jsonl", cut);
		const said = await page.text(".alert"),
			again = at + evs[0][0];
		claim(
			`${page.browser}: events that begin anew are told, and not taken for later ones`,
			new RegExp(`ine ${again + 1} \\(byte \\d+\\): the events begin anew here`).test(said) &&
				(await page.run("pagescope.events")) < model.n + 1,
			said.slice(0, 600),
		);
	},
	async "a newer format"(page) {
		const odd = edit((r) => {
			if (r.rec === "header") {
				r.version = 3;
				r.kinds.push({
					id: 250,
					name: "page_dance",
					group: "run",
					class: "ev",
					text: "pages dance",
					fields: [{ name: "steps", meaning: "count", text: "how many", col: "a" }],
				});
			}
			if (r.rec === "ev" && r.i === 0) r.k[r.n - 1] = 250;
		});
		await page.load("newer.jsonl", odd);
		claim(
			`${page.browser}: a newer version is said to be one`,
			/version 3, newer than this viewer/.test(await page.text(".alert")),
			await page.text(".alert"),
		);
		claim(
			`${page.browser}: the kinds it does not know are named`,
			/does not know are listed, but change nothing: page_dance/.test(
				await page.text(".alert"),
			),
			await page.text(".alert"),
		);
		await page.goto(JSON.parse(evs[0][1]).n - 1);
		await page.until(
			`/Pages dance/.test(document.querySelector(".sentence-line").textContent)`,
		);
		claim(`${page.browser}: an unknown kind is told in the trace's own words`, true);
		const more = (n, version) =>
			edit((r) => {
				if (r.rec === "header") {
					r.version = version;
					for (let x = 0; x < n; x++)
						r.kinds.push({
							id: 200 + x,
							name: `page_dance_${x}`,
							group: "run",
							class: "ev",
							text: "pages dance",
							fields: [],
						});
				}
				if (r.rec === "ev" && r.i === 0)
					for (let x = 0; x < n; x++) r.k[r.n - 1 - x] = 200 + x;
			});
		await page.load("same.jsonl", more(5, 2));
		claim(
			`${page.browser}: also in a trace of this version, the first three and how many more`,
			/nothing: page_dance_0, page_dance_1, page_dance_2 and 2 more/.test(
				await page.text(".alert"),
			),
			await page.text(".alert"),
		);
		await page.load("known.jsonl", more(0, 2));
		same(
			`${page.browser}: (one that is known throughout has no alert)`,
			await page.run(`document.querySelector(".alert:not([hidden])")?.textContent ?? ""`),
			"",
		);
		const refused = async (name, data) => {
			await page.load(name, data);
			await page.until(
				`document.querySelector(".alert")?.textContent.startsWith("${name} cannot be shown")`,
			);
			return page.text(".alert");
		};
		const bare = await refused(
			"bare.jsonl",
			edit((r) => {
				if (r.rec === "header")
					r.kinds = r.kinds.filter((k) => k.name !== "pte_set" && k.name !== "tlb_flush");
			}),
		);
		claim(
			`${page.browser}: a trace without kinds that the viewer reads is refused, and they are named`,
			/it has no event pte_set; it has no event tlb_flush/.test(bare),
			bare,
		);
		const none = await refused(
			"none.jsonl",
			edit((r) => {
				if (r.rec === "header") r.kinds = null;
			}),
		);
		claim(
			`${page.browser}: so is one whose header has no table of kinds`,
			/it has no event mm_page_alloc;[^]* and \d+ more/.test(none),
			none,
		);
		const old = await refused("old.jsonl", more(0, 1));
		claim(
			`${page.browser}: a trace of version 1 is refused, with the release that reads it`,
			/version 1; the viewer of pagescope 1\.0\.0 reads it/.test(old),
			old,
		);
	},
	async "too big"(page) {
		await page.drop(
			"big.jsonl",
			edit((r) => {
				if (r.rec === "header") r.events = 4e8;
			}),
		);
		await page.until(`!!document.querySelector("#load-range")`);
		const said = await page.text(".alert");
		claim(
			`${page.browser}: a trace that is too big says how much it needs and how much it may take`,
			/400.000.000 events need about [\d.]+ [GT]iB of memory/.test(said) &&
				/not take more than [\d.]+ [MG]iB/.test(said),
			said,
		);
		await page.run(
			`(document.querySelector("#range-from").value = "33000", document.querySelector("#range-to").value = "60000", 0)`,
		);
		await page.click("#load-range");
		await page.until("pagescope.loaded");
		const lists = await page.run(
			"[pagescope.events, pagescope.lists(0), pagescope.lists(26999), pagescope.areas(0)]",
		);
		const m = (i) => {
			const x = model.at(i);
			return trace.zones.map((z) => ({
				zone: z.name,
				free: x.zoneFree[z.id],
				orders: Array.from({ length: 10 }, (_, o) => x.list(z.id, o)),
			}));
		};
		same(
			`${page.browser}: only the events asked for are loaded, with the state that was there`,
			lists,
			[
				27000,
				m(33000),
				m(59999),
				model.at(33000).areas.map((a) => ({ addr: a.addr, size: a.size, flags: a.flags })),
			],
		);
		claim(
			`${page.browser}: the page says which part it shows`,
			/only events 33000 to 59999/i.test(await page.text(".alert")),
			await page.text(".alert"),
		);
		same(
			`${page.browser}: every snapshot in the part agrees`,
			(await page.run("pagescope.checks()")).failed,
			0,
		);
	},
	async "too big, with less of it kept"(page) {
		const { bin, gz } = recorded(),
			whole = loadFile(gz),
			n = whole.n,
			MIB = { KiB: 1024, MiB: 1048576, GiB: 1073741824 },
			text = (s) => page.run(`document.querySelector("${s}").textContent`);
		const bytes = (s, re) => {
				const m = s.match(re);
				return m ? m[1] * MIB[m[2]] : NaN;
			},
			SAVES = /saves ([\d.]+) ([KMG]iB)/;
		await page.drop("fat.jsonl.gz", readFileSync(gz));
		await page.until(`!!document.querySelector("#keep-every")`);
		const set = (id, value) =>
			page.run(
				`(() => { const x = document.getElementById("${id}"); if (x.type === "checkbox") x.checked = ${value}; else x.value = ${value}; x.dispatchEvent(new Event("input", { bubbles: true })); })() ?? 0`,
			);
		await set("range-to", n);
		const at = async () => bytes(await text("#part-needs"), /([\d.]+) ([KMG]iB)/),
			before = await at();
		const said = { every: bytes(await text("#keep-every option[value='4']"), SAVES) };
		for (const col of ["s", "t"])
			said[col] = bytes(
				await page.run(`document.querySelector("#leave-${col}").closest("p").textContent`),
				SAVES,
			);
		claim(
			`${page.browser}: what each offer saves is said in bytes, 2 an event without call sites, 8 without ticks`,
			Math.abs(said.s / n - 2) < 0.02 && Math.abs(said.t / n - 8) < 0.02 && said.every > 0,
			JSON.stringify(said),
		);
		await set("keep-every", 4);
		await set("leave-s", true);
		await set("leave-t", true);
		// said in tenths of a MiB
		claim(
			`${page.browser}: and what is needed then, all taken together`,
			Math.abs(before - (await at()) - said.every - said.s - said.t) < 131072,
			`${before} ${await at()} ${JSON.stringify(said)}`,
		);
		await page.click("#load-range");
		await page.until("pagescope.loaded");
		same(
			`${page.browser}: all events are there, and every snapshot of the kernel's agrees`,
			await page.run(
				"[pagescope.events, pagescope.checks().failed, pagescope.checks().total]",
			),
			[n, 0, whole.hazards.checks.length],
		);
		const held = await page.run("pagescope.memory()"),
			all = whole.memory();
		same(
			`${page.browser}: the columns are smaller by what was said`,
			Math.round((all.columns - held.columns) / n),
			10,
		);
		claim(
			`${page.browser}: and the snapshots take the half that was said: fewer, but each differs in more`,
			held.snapshots < all.snapshots * 0.55 && held.snapshots > all.snapshots * 0.1,
			`${held.snapshots} of ${all.snapshots}`,
		);
		claim(
			`${page.browser}: the page says what was left out`,
			/call sites and the ticks were left out/.test(await page.text(".alert")) &&
				/one in 4/.test(await page.text(".alert")),
			await page.text(".alert"),
		);
		const rand = random(7),
			wrong = [];
		for (let x = 0; x < 12; x++) {
			const i = 1000 + rand(n - 1000),
				[lists, areas] = await page.run(
					`(pagescope.goto(${i}), [pagescope.lists().map((z) => [z.zone, z.orders.map((o) => o.length)]), pagescope.areas().map((a) => [a.addr, a.addr + a.size])])`,
				);
			if (
				JSON.stringify([Object.fromEntries(lists), areas]) !==
				JSON.stringify([
					buddyinfo(show(bin, "buddyinfo", i)),
					vmallocinfo(show(bin, "vmallocinfo", i)),
				])
			)
				wrong.push(i);
			if (!areas.length) continue;
			const got = await page.run(`pagescope.translate(${areas[0][0]})`),
				want = translated(bin, areas[0][0], i);
			if ((got.ok ? got.pa : null) !== want.pa) wrong.push([i, areas[0][0]]);
		}
		same(
			`${page.browser}: after jumps to and fro free lists, areas and translations are those pagescope tells`,
			wrong,
			[],
		);
		// what needs a column that is not there says so
		const offers = (where, what) =>
			page.until(
				`/The ${what} were left out[^]*Load them too/.test(document.querySelector("${where}").textContent)`,
			);
		const alloc = whole.trace.kinds.id("mm_page_alloc"),
			some = whole.trace.k.indexOf(alloc, Math.floor(n / 2));
		await page.goto(some);
		await page.until(`document.querySelector("#details").textContent.includes("#${some}")`);
		await offers("#details .stop", "ticks");
		claim(`${page.browser}: “Stop here” says that the ticks were left out`, true);
		const details = await page.text("#details"),
			narrated = await page.run("pagescope.narrate()");
		claim(
			`${page.browser}: the fields say which was left out, and nothing shows a number that is none`,
			/call_siteleft out when/.test(details) &&
				!/NaN|undefined/.test(details + narrated + (await page.text(".now"))),
			details.slice(0, 600),
		);
		for (const tab of ["sites", "held"]) {
			await page.click("#tab-" + tab);
			await offers(".lower .body.scroll:not([hidden])", "call sites");
		}
		claim(
			`${page.browser}: the call sites and the held blocks say so, too`,
			!/NaN|undefined/.test(await page.text(".lower")),
			await page.text(".lower"),
		);
		await page.press("m");
		await page.goto(some + 4000);
		await page.press("m");
		await page.click("#tab-diff");
		await page.until(
			`/From #[^]*4.000 events; /.test(document.querySelector(".lower").textContent)`,
		);
		claim(
			`${page.browser}: the difference of two moments counts events and no ticks`,
			!/NaN|undefined/.test((await page.text(".lower")) + (await page.text(".where"))),
			(await page.text(".lower")) + (await page.text(".where")),
		);
		for (const tab of [
			"chapters",
			"areas",
			"whatif",
			"hazards",
			"lineage",
			"lesson",
			"terms",
			"notes",
			"events",
		])
			await page.click("#tab-" + tab);
		const ask = async (what, re) => {
			await page.run(
				`(() => { const b = document.querySelector("header input"); b.focus(); b.value = "${what}"; b.dispatchEvent(new Event("input", { bubbles: true })); })() ?? 0`,
			);
			await page.until(`${re}.test(document.querySelector(".answer").textContent)`);
		};
		await ask("site:alloc", /call sites were left out/);
		await ask("call_site=3", /call sites were left out/);
		await ask("t=4243455", /ticks were left out/);
		await ask("kind:mm_page_alloc order>=1", /list the events/);
		claim(`${page.browser}: a search that needs them says so, any other answers`, true);
		await page.run(
			`(() => { const s = document.querySelector("#axis"); s.value = "ticks"; s.dispatchEvent(new Event("change", { bubbles: true })); const c = document.querySelector("[aria-label='colour frames by']"); c.value = "site"; c.dispatchEvent(new Event("change", { bubbles: true })); })() ?? 0`,
		);
		await offers(".legend[role=group]", "call sites");
		claim(
			`${page.browser}: the axis by time stays one by event`,
			(await page.run(`pagescope.svg("#timeline")`)).includes(">event #<"),
			"",
		);
		// what is saved
		await page.run(
			`(() => { globalThis.saved = []; const make = URL.createObjectURL; URL.createObjectURL = (b) => { b.text().then((t) => saved.push(t)); return make.call(URL, b); }; })() ?? 0`,
		);
		await page.click("[aria-label='save table below']");
		await page.run(
			`[...document.querySelectorAll("[role=menuitem]")].find((b) => /CSV/.test(b.textContent)).click() ?? 0`,
		);
		await page.until("saved.length > 0");
		const whole1 = await page.run(
			`saved[0].trimEnd().split("\\n").map((r) => r.slice(0, r.indexOf(",")))`,
		);
		same(
			`${page.browser}: a saved table has a row for each event, also beyond 200,000`,
			[n > 200000, whole1.length - 1, whole1.every((x, r) => !r || +x === r - 1)],
			[true, n, true],
		);
		const rows = await page.run(
			`saved[0].split("\\n").slice(0, 3).concat(saved[0].split("\\n").find((r) => r.includes(",mm_page_alloc,")))`,
		);
		claim(
			`${page.browser}: a saved table says it for each of them`,
			rows[1].startsWith("0,left out,") &&
				rows[3].includes("call_site=left out") &&
				!/NaN|undefined/.test(rows.join()),
			rows.join(" | "),
		);
		await ask("group:buddy", /list the events/);
		await page.press("Enter");
		const save = async () => {
			await page.click("[aria-label='save table below']");
			await page.run(
				`[...document.querySelectorAll("[role=menuitem]")].find((b) => /CSV/.test(b.textContent)).click() ?? 0`,
			);
		};
		await save();
		await page.until("saved.length > 1");
		const wanted = [...Array(n).keys()].filter((i) => whole.trace.kind(i).group === "buddy");
		same(
			`${page.browser}: of a filtered list those that pass, all of them`,
			[
				wanted.length > 200000,
				await page.run(
					`saved[1].trimEnd().split("\\n").slice(1).map((r) => parseInt(r)).join() === ${JSON.stringify(wanted.join())}`,
				),
			],
			[true, true],
		);
		await save();
		await page.run(`(toasts = []), document.querySelector(".saving button").click() ?? 0`);
		await page.until(`toasts.some((t) => /not saved/.test(t))`);
		same(`${page.browser}: and saving can be cancelled`, await page.run("saved.length"), 2);
		// and back
		await page.click("#tab-sites");
		await page.click(".lower [data-left=s] button:not(.term)");
		await page.until(
			`pagescope.loaded && !document.querySelector("[data-left]") && pagescope.memory().columns > ${held.columns}`,
		);
		same(
			`${page.browser}: “Load them too” reads the trace with everything`,
			(await page.run("pagescope.memory()")).columns,
			all.columns,
		);
	},
	async cancelling(page) {
		// a file that takes its time: the button must not be gone between seeing and clicking it
		await page.run(
			`(() => { const post = Worker.prototype.postMessage; Worker.prototype.postMessage = function (m, move) { if (m?.file) setTimeout(() => post.call(this, m), 20000); else post.call(this, m, move ?? []); }; globalThis.hurry = () => { Worker.prototype.postMessage = post; }; })() ?? 0`,
		);
		await page.drop("slow.jsonl", text);
		await page.until(`!!document.querySelector("#cancel-load")`);
		await page.run(`document.querySelector("#cancel-load").click() ?? 0`);
		await page.run("hurry() ?? 0");
		await page.until(`!!document.querySelector(".front #drop") && !pagescope.loaded`);
		claim(`${page.browser}: Cancel ends the loading and offers another trace`, true);
		await page.load("again.jsonl", text);
		same(
			`${page.browser}: after it a trace opens as ever`,
			await page.run("pagescope.events"),
			model.n,
		);
	},
	async "a long reading"(page) {
		// by a clock that runs fast every reading is a long one
		await page.run(
			`(() => { const now = performance.now.bind(performance), post = Worker.prototype.postMessage; globalThis.told = []; globalThis.unseen = false; performance.now = () => now() * 100; Worker.prototype.postMessage = function (m, move) { if (m?.hold !== undefined) told.push(m.hold); if (m?.hold && unseen) requestAnimationFrame = () => 0; post.call(this, m, move ?? []); }; })() ?? 0`,
		);
		await page.run(
			`(() => { globalThis.seen = []; new MutationObserver(() => { const l = document.querySelector(".loading:not([hidden])"); if (l?.querySelector(".bar")) seen.push([l.textContent, parseFloat(l.querySelector(".bar i").style.width)]); }).observe(document.body, { subtree: true, childList: true, characterData: true }); })() ?? 0`,
		);
		await page.load("long.jsonl", shorter(500));
		const bars = (await page.run("seen"))
			.map(([words, width]) => [
				Number(words.match(/^([\d\s\u202f]+) of/)?.[1].replace(/\D/g, "")),
				width,
				/ events read · \d+ MB\/s/.test(words),
			])
			.filter(([n]) => n > 0);
		claim(
			`${page.browser}: how far it is is told in events and MB/s, and by a bar`,
			bars.length > 2 &&
				bars.every(
					([n, width, words]) =>
						words && Math.abs(width - (100 * n) / trace.expected) < 1,
				) &&
				bars.at(-1)[1] > bars[0][1],
			JSON.stringify(bars.slice(0, 5)),
		);
		const told = await page.run("told");
		claim(
			`${page.browser}: while the page draws what was read so far the reader waits, and goes on afterwards`,
			told.length > 1 && told.every((on, x) => on === !(x & 1)),
			String(told),
		);
		same(`${page.browser}: and all is read`, await page.run("pagescope.events"), model.n);
		await page.run("(unseen = true)");
		await page.drop("unseen.jsonl", shorter(500));
		await page.until(`pagescope.loaded && document.title.startsWith("unseen")`);
		same(
			`${page.browser}: also where nothing is put on the screen any more, as behind another tab`,
			[
				await page.run("pagescope.events"),
				await page.run("/native/.test(requestAnimationFrame)"),
			],
			[model.n, false],
		);
	},
	async "no symbols"(page) {
		await page.load(
			"nameless.jsonl",
			edit((r) => {
				if (r.rec === "sites") {
					r.func = r.func.map(() => "");
					r.file = r.file.map(() => "");
				}
			}),
		);
		await page.click("#tab-sites");
		await page.until(`/no symbols/.test(document.querySelector(".lower").textContent)`);
		const said = await page.text(".nameless"),
			list = await page.text(".lower");
		claim(
			`${page.browser}: without symbols call sites are addresses, and the page says how to get names`,
			/--symbols/.test(said) && /0xc[0-9a-f]{7}/.test(list),
			list.slice(0, 300),
		);
	},
	async "no result"(page) {
		await page.load("none.jsonl", text);
		await page.run(
			`(() => { const b = document.querySelector("[role=combobox], header input"); b.focus(); b.value = "kind:mm_page_alloc order>=9 zone:DMA"; b.dispatchEvent(new Event("input", { bubbles: true })); })() ?? 0`,
		);
		await page.until(`/No event matches/.test(document.body.textContent)`);
		const said = await page.run(`document.querySelector("header").textContent`);
		claim(
			`${page.browser}: nothing found repeats the question and offers the nearest`,
			/No event matches .*kind:mm_page_alloc/.test(said) && /alone: #\d+/.test(said),
			said.slice(0, 300),
		);
		// one condition that never holds: what is next to it in value, in time, in kind
		const ask = async (what) => {
			await page.run(
				`(() => { const b = document.querySelector("header input"); b.focus(); b.value = ${JSON.stringify(what)}; b.dispatchEvent(new Event("input", { bubbles: true })); })() ?? 0`,
			);
			await page.until(
				`document.querySelector(".answer p")?.textContent.includes(${JSON.stringify(what.trim())})`,
			);
			return page.run(
				`[...document.querySelectorAll(".answer p, .answer .hit")].map((x) => x.textContent)`,
			);
		};
		const sizes = [
				...new Set(
					[...Array(model.n).keys()]
						.map((i) => trace.field(i, "size"))
						.filter((v) => v > 0),
				),
			].sort((x, y) => x - y),
			odd = sizes[2] + 1,
			number = (s) => Number(s.match(/#(\d+)/)?.[1]),
			one = await ask(`size=${odd}`);
		claim(
			`${page.browser}: a size no event has: said in words, with the next smaller and larger one that does`,
			one[0].includes(`none has size ${odd}`) &&
				one.length === 3 &&
				one[1].includes(`size, ${sizes[2]}:`) &&
				one[2].includes(`size, ${sizes[3]}:`) &&
				trace.field(number(one[1]), "size") === sizes[2] &&
				trace.field(number(one[2]), "size") === sizes[3],
			`${odd} ${one.join(" | ")}`,
		);
		const order = await ask("order>9"),
			at = await page.run("pagescope.i"),
			largest = [...Array(model.n).keys()]
				.filter((i) => trace.field(i, "order") === 9)
				.sort((x, y) => Math.abs(x - at) - Math.abs(y - at));
		claim(
			`${page.browser}: an order that never occurs: the largest that does, the event nearest in time`,
			order[0].includes("order above 9") &&
				order.length === 2 &&
				Math.abs(number(order[1]) - at) === Math.abs(largest[0] - at),
			`${largest[0]} ${order.join(" | ")}`,
		);
		const there = new Set([...Array(model.n).keys()].map((i) => trace.kind(i))),
			groups = new Set([...there].map((k) => k.group)),
			none = trace.kinds.byId.find(
				(k) => k && groups.has(k.group) && ![...there].some((x) => x.name.includes(k.name)),
			),
			absent = await ask(`kind:${none.name}`);
		claim(
			`${page.browser}: a kind that never occurs: the nearest event of its group`,
			absent[0].includes(`none has kind ${none.name}`) &&
				absent.length === 2 &&
				trace.kind(number(absent[1])).group === none.group,
			absent.join(" | "),
		);
		const typo = await ask("mm_page_aloc");
		claim(
			`${page.browser}: a name spelt wrong: those spelt much like it`,
			typo[1]?.startsWith("mm_page_alloc"),
			typo.join(" | "),
		);
	},
};
/** The trace in lines of n events. */
function shorter(n) {
	return lines
		.flatMap((line) => {
			const rec = JSON.parse(line),
				out = [];
			if (rec.rec !== "ev") return [line];
			let t0 = rec.t0;
			for (let at = 0; at < rec.n; at += n) {
				const part = Object.fromEntries(
					Object.entries(rec).map(([k, v]) => [
						k,
						Array.isArray(v) ? v.slice(at, at + n) : v,
					]),
				);
				out.push(JSON.stringify({ ...part, i: rec.i + at, n: part.k.length, t0 }));
				for (const dt of part.dt) t0 += dt;
			}
			return out;
		})
		.join("\n");
}
const NO_GZIP = "delete globalThis.DecompressionStream;",
	LITTLE =
		// 2 MiB for the page
		'Object.defineProperty(Navigator.prototype, "deviceMemory", { get: () => 1 / 128, configurable: true });';

/** A capture of the simulator's and its export, made when first asked for. */
let record = null;
function recorded() {
	if (record) return record;
	const dir = mkdtempSync(join(tmpdir(), "pagescope-states-")),
		bin = join(dir, "fat.bin"),
		gz = join(dir, "fat.jsonl.gz"),
		quiet = { stdio: ["ignore", "pipe", "pipe"] };
	process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
	execFileSync("build/mmsim", ["--events", "300000", "--seed", "11", "-o", bin], quiet);
	execFileSync(
		"build/pagescope",
		["export", "-q", "--symbols", "build/mmsim", "-o", gz, bin],
		quiet,
	);
	return (record = { bin, gz });
}

await inBoth(async (browser) => {
	for (const [name, fn] of Object.entries(CASES).filter(([n]) =>
		n.includes(process.argv[2] ?? ""),
	)) {
		await test(`${browser.name}: ${name}`, async () => {
			const page = await browser.open(viewer, {
				before: /less of it/.test(name) ? LITTLE : null,
			});
			await fn(page);
			same(`${browser.name}: ${name}: no error in the console`, page.trouble, []);
			await page.close();
		});
	}
	if (!process.argv[2] || "no gunzip".includes(process.argv[2]))
		await test(`${browser.name}: no gunzip`, async () => {
			const page = await browser.open(viewer, { before: NO_GZIP });
			same(
				`${browser.name}: (the page has no DecompressionStream)`,
				await page.run("typeof DecompressionStream"),
				"undefined",
			);
			await page.load("own.jsonl.gz", gzipSync(text));
			same(
				`${browser.name}: without the browser's gunzip the page unpacks by itself`,
				await page.run("[pagescope.events, pagescope.checks().failed]"),
				[model.n, 0],
			);
			await page.close();
		});
});
finish();
