#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/*
 * model.test.mjs - the viewer's model against truth it did not compute: the machine of
 * synth.mjs, and, if the simulator is built, the kernel's own snapshots of every
 * scenario it can run.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, constants } from "node:zlib";
import { claim, same, test, finish, load, loadFile, random, digest } from "./lib.mjs";
import { synth } from "./synth.mjs";
import { kinds } from "./defs.mjs";
import { initialMachine } from "../../viewer/model/initial.js";
import { Machine } from "../../viewer/model/machine.js";
import { FREE, OWNERS, UNKNOWN } from "../../viewer/model/owners.js";
import { replay } from "../../viewer/model/replay.js";
import { nothingBefore, restore, snapshot } from "../../viewer/model/snapshot.js";
import { delta, edges } from "../../viewer/model/lod.js";
import { work } from "../../viewer/load/work.js";
import { Picture } from "../../viewer/ui/picture.js";
import { CLASSES, palette, parseColour, ramp } from "../../viewer/ui/theme.js";
import { Trace } from "../../viewer/model/trace.js";
import { Used } from "../../viewer/model/used.js";
import { OP } from "../../viewer/model/kinds.js";
import { Hazards } from "../../viewer/model/hazards.js";
import { StaleTlb } from "../../viewer/model/staletlb.js";
import { narrate } from "../../viewer/model/narrate.js";
import { parseQuery } from "../../viewer/model/parsequery.js";
import { findEvents, touchesFrame, touchesPage, spaceEvents } from "../../viewer/model/touches.js";
import { translate, translateText, pageLife } from "../../viewer/model/address.js";
import { liveSince, frameInfo, frameRuns } from "../../viewer/model/frameinfo.js";
import { stopHere } from "../../viewer/model/stophere.js";
import { explain } from "../../viewer/model/explain.js";
import { Selection, selectionOf } from "../../viewer/model/selection.js";
import { whyAlloc, whySplit, whyFree, listsBefore } from "../../viewer/model/why.js";
import { compare } from "../../viewer/model/compare.js";
import { questions } from "../../viewer/model/lesson.js";
import { lineage } from "../../viewer/model/lineage.js";
import { TERMS, termText } from "../../viewer/model/glossary.js";
import { quickChunk, toChunk, recycle, LineParser } from "../../viewer/load/parse.js";
import { FIRST } from "../../viewer/model/chunk.js";
import { Gunzip } from "../../viewer/load/gunzip.js";
import * as fmt from "../../viewer/model/format.js";

function made(options) {
	const lines = [];
	const sim = synth({ ...options, line: (s) => lines.push(s) });
	return { sim, text: lines.join("\n") + "\n", lines };
}
const small = made({}),
	model = load(small.text),
	{ trace } = model;

await test("colours", () => {
	globalThis.matchMedia = () => ({ matches: false });
	const light = (rgb) =>
		rgb
			.map((v) => v / 255)
			.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
			.reduce((s, v, x) => s + v * [0.2126, 0.7152, 0.0722][x], 0);
	for (const theme of ["dark", "light"]) {
		const p = palette(theme),
			contrast = (a, b) => {
				const [x, y] = [a, b].map(
					(c) => light(typeof c === "string" ? parseColour(c) : c) + 0.05,
				);
				return Math.max(x / y, y / x);
			},
			below = (list, by, of) =>
				Object.entries(list)
					.filter(([, c]) => contrast(c, of) < by)
					.map(([name]) => name);
		same(
			`${theme}: the classes but free and unknown stand 3:1 out of the background`,
			below(
				Object.fromEntries(
					CLASSES.filter((c) => c.id !== FREE && c.id !== UNKNOWN).map((c) => [
						c.name,
						p.cls[c.id],
					]),
				),
				3,
				p.panel,
			),
			[],
		);
		same(
			`${theme}: and their letters 4.5:1 out of them`,
			CLASSES.filter((c) => contrast(p.on[c.id], p.cls[c.id]) < 4.5).map((c) => c.name),
			[],
		);
		same(
			`${theme}: the kinds of events are words, too`,
			below({ ...p.group, text: p.text, dim: p.dim, warn: p.warn, bad: p.bad }, 4.5, p.panel),
			[],
		);
		same(
			`${theme}: lines and marks`,
			below(
				{ ...p.zone, vm: p.vm, accent: p.accent, focus: p.focus, hover: p.hover },
				3,
				p.panel,
			),
			[],
		);
		const steps = Array.from({ length: 32 }, (_, s) => ramp(s / 31, p));
		same(`${theme}: the ramp's colours stand out too`, below(steps, 3, p.panel), []);
		claim(
			`${theme}: and are lighter step by step`,
			steps.every((c, s) => !s || light(c) > light(steps[s - 1])),
			steps.map((c) => light(c).toFixed(3)).join(),
		);
	}
});

await test("replay", () => {
	const m = model.at(trace.n - 1),
		{ sim } = small;
	same(
		"replay ends with the free lists of the machine it was recorded on, in list order",
		trace.zones.map((z) => Array.from({ length: 10 }, (_, o) => m.list(z.id, o))),
		sim.zones.map((z) => z.lists.map((l) => [...l].reverse())),
	);
	same(
		"replay ends with its free pages",
		trace.zones.map((z) => m.zoneFree[z.id]),
		sim.zones.map((z) => z.free),
	);
	const wrong = [];
	for (const [pfn, table] of sim.tables)
		for (let x = 0; x < 1024; x++)
			if ((m.tables.get(pfn)?.entry[x] ?? 0) !== table[x]) wrong.push([pfn, x]);
	same("replay ends with its page tables", wrong, []);
	same("replay ends with its directory", [...m.dirs.get(0x101000).entry], [...sim.pgd]);
	same(
		"every kernel snapshot agrees",
		model.hazards.checks.filter((c) => !c.ok),
		[],
	);
	claim(
		"snapshots were compared at all",
		model.hazards.checks.length >= 8,
		model.hazards.checks.length,
	);
	claim(
		"the MMU's answers agree",
		model.hazards.probes.agree > 5 && model.hazards.probes.differ === 0,
		JSON.stringify(model.hazards.probes),
	);
});

await test("owners", () => {
	const mark = trace.marks.find((x) => x.msg === "The guard page"),
		m = model.at(mark.i),
		area = m.areas[0];
	same(
		"two areas live when the guard page is touched",
		m.areas.map((a) => a.size >> 12),
		[33, 11],
	);
	const frames = Array.from({ length: 32 }, (_, p) => m.walk(area.addr + p * 4096).pa >>> 12);
	same(
		"frames behind an area are of class vmalloc",
		[...new Set(frames.map((p) => OWNERS[m.meta[p] >> 4]))],
		["vmalloc"],
	);
	same(
		"its page table is of class page table",
		OWNERS[m.meta[m.walk(area.addr).table] >> 4],
		"pagetable",
	);
	same("the kernel image is reserved", OWNERS[m.meta[0x100] >> 4], "reserved");
	same(
		"the frames of an area are found back from the frame",
		m.mappings(frames[3]).map((x) => x.addr),
		[area.addr + 3 * 4096, 0xc0000000 + frames[3] * 4096],
	);
	same(
		"a frame maps nothing once the area is gone",
		OWNERS[model.at(trace.n - 1).meta[frames[3]] >> 4],
		"free",
	);
});

const byKey = ([x], [y]) => x - y,
	checksum = (column) => column.reduce((h, v) => (Math.imul(h, 31) + v) | 0, 7);

/**
 * Jumps to 60 events in any order and back from the last to the first; what a plain replay has
 * there is wanted.
 */
function seeks(name, model) {
	const t = model.trace,
		rand = random(7),
		truth = initialMachine(t),
		wrong = [],
		back = [];
	const points = Array.from({ length: 60 }, () => rand(t.n)).sort((a, b) => a - b),
		want = new Map();
	let at = 0;
	for (const i of points) {
		replay(truth, t, at, i + 1);
		truth.i = i;
		at = i + 1;
		want.set(i, digest(truth, t));
	}
	for (let n = 0; n < 240; n++) {
		const i = points[rand(points.length)];
		if (digest(model.at(i), t) !== want.get(i)) wrong.push(i);
	}
	same(`${name}240 random jumps land in the state a plain replay has`, wrong, []);
	for (let x = points.length; x-- > 0;)
		if (digest(model.at(points[x]), t) !== want.get(points[x])) back.push(points[x]);
	same(`${name}going backwards gives the same states`, back, []);
	const space = (m) =>
			JSON.stringify(
				[[...m.dirs].sort(byKey), [...m.tables].sort(byKey)]
					.map((list) => list.map(([k, x]) => [k, checksum(x.entry), checksum(x.since)]))
					.concat([m.areas, m.vmPages, m.curPgd]),
			),
		apart = [];
	for (let n = 0; n < 120; n++) {
		const i = points[rand(points.length)];
		if (space(model.seeker.tablesAt(i)) !== space(model.at(i))) apart.push(i);
	}
	same(`${name}a machine without frames has the same tables and areas`, apart, []);
	return { points, want };
}

/** Which pages some events use: as their pieces noted it, and looked through one by one. */
function uses(name, model) {
	const { trace } = model,
		{ op } = trace.kinds,
		wrong = [],
		rand = random(5);
	let some = 0;
	for (let n = 0; n < 40; n++) {
		const i0 = n ? rand(trace.n) : 0,
			i1 = n ? Math.min(trace.n, i0 + 1 + rand(n % 2 ? 300 : trace.n)) : trace.n,
			before = model.seeker.tablesAt(i0 - 1);
		for (const band of model.used.bands.filter((b) => b.id !== "linear" && b.id !== "gap")) {
			// page by page, from the state before and every event
			const used = new Set(),
				add = (page, pages) => {
					for (let p = page; p < page + pages; p++) used.add(p >> 4);
				};
			for (const area of before.areas)
				if (area.addr >= band.from && area.addr < band.to)
					add(area.addr >>> 12, area.size >>> 12);
			for (const [pgd, dir] of before.dirs)
				dir.entry.forEach((pde, slot) => {
					const table =
						(pde & 0x81) === 1 &&
						(pgd === before.refPgd || band.from < before.pageOffset)
							? before.tables.get(pde >>> 12)
							: null;
					table?.entry.forEach((pte, x) => {
						const page = slot * 1024 + x;
						if (pte & 1 && page * 4096 >= band.from && page * 4096 < band.to)
							add(page, 1);
					});
				});
			for (let i = i0; i < i1; i++) {
				const w = op[trace.k[i]],
					at = trace.a[i];
				if (at < band.from || at >= band.to) continue;
				if (w === OP.pte_set) add(at >>> 12, 1);
				else if (w === OP.alloc_vmap_area && !trace.of(i).failed(i))
					add(at >>> 12, trace.b[i] >>> 12);
				else if (w === OP.pte_range_set && !trace.of(i).large(i))
					add(at >>> 12, trace.of(i).nr(i));
			}
			const groups = new Set(
				model.used
					.ranges(band, i0, i1, before)
					.flatMap(([first, end]) =>
						Array.from({ length: end - first }, (_, p) => (first + p) >> 4),
					),
			);
			some += used.size;
			if (
				[...used]
					.filter((g) => g * 16 < Math.ceil(band.to / 4096))
					.sort()
					.join() !== [...groups].sort().join()
			)
				wrong.push([band.id, i0, i1, used.size, groups.size]);
		}
	}
	same(
		`${name}the pages that some events use are those that any of them, or the state before, speaks of`,
		wrong,
		[],
	);
	claim(
		`${name}and those are many, in several pieces`,
		some > 2000 && model.used.pieces.length > 2,
		[some, model.used.pieces.length].join(),
	);
}

await test("room made while chunks come", () => {
	const late = new Trace({ ...trace.header, events: trace.n }),
		first = late.k.length,
		room = late.room();
	const parser = new LineParser({
		onRecord() {},
		onChunk(chunk) {
			for (const _ of late.appending(chunk)) room.shift()?.();
		},
		onBad() {},
	});
	parser.push(new TextEncoder().encode(small.text));
	parser.end();
	const lost = [..."tzoabcsk"].filter((col) =>
		late[col].subarray(0, trace.n).some((v, i) => v !== trace[col][i]),
	);
	for (const step of room) step();
	claim("(there is less room at first)", first < trace.n, first);
	same("columns that grow while a chunk comes lose none of its rows", lost, []);
	const { length } = late.k;
	for (const step of late.room()) step();
	same("where there is room none is made", late.k.length, length);
});

await test("seeking", () => {
	const big = load(made({ events: 150000, ram: 32, seed: 5 }).text),
		t = big.trace,
		{ points, want } = seeks("", big);
	const a = points[30],
		steps = [];
	big.at(a);
	for (let i = a; i > a - 300; i--) big.at(i);
	for (let i = a - 299; i <= a; i++) big.at(i);
	if (digest(big.at(a), t) !== want.get(a)) steps.push(a);
	same("300 single steps back and forth return to the same state", steps, []);
	// a page table goes, and another takes its frame and, here, its memory
	const m = new Machine(t),
		was = nothingBefore(),
		write = (slot, i) => {
			const x = m.table(5);
			x.entry[slot] = 7;
			x.since[slot] = m.i = i;
		};
	write(3, 1);
	const first = snapshot(m, was, true);
	m.forget(m.tables, 5);
	write(4, 20);
	const second = Object.assign(snapshot(m, was, false), { base: first }),
		put = new Machine(t);
	restore(put, second);
	same(
		"a snapshot knows a new table from the one that was there before",
		[...put.tables.get(5).entry.subarray(3, 5)],
		[0, 7],
	);
	m.dir(0xfffff000).entry[9] = 5;
	restore(put, snapshot(m, nothingBefore(), true));
	same("a directory may lie anywhere", put.dirs.get(0xfffff000)?.entry[9], 5);
	same("before the first event nothing is known", [...new Set(big.at(-1).meta)], [0]);
	same(
		"a second machine does not move the first",
		[big.seeker.copyAt(100).i, big.at(5000).i],
		[100, 5000],
	);
});

await test("the picture of all frames", () => {
	globalThis.ImageData ??= class {
		constructor(w, h) {
			this.data = new Uint8ClampedArray(w * h * 4);
		}
	};
	const rand = random(11),
		frames = 40 * 512 + 100,
		zones = [
			{ start: 0, n: 8 * 512, row: 0 },
			{ start: 8 * 512, n: frames - 8 * 512, row: 2 },
		],
		lut = Uint32Array.from(
			{ length: 256 },
			(_, v) => 0xff000000 | (Math.imul(v, 0x9e3779) & 0xffffff),
		);
	// two tiles of three in one colour
	const meta = Uint8Array.from({ length: frames }, (_, p) => ((p >> 9) % 3 ? 0x1f : rand(256)));
	// far out several frames share a pixel, also with the tile beside theirs; closer each has some
	for (const [what, s] of [
		["far out", 0.37],
		["close", 2.6],
	]) {
		const make = () =>
			new Picture({
				frames,
				zones,
				cols: 7,
				w: Math.round(7 * 32 * s) - 5,
				h: Math.round(9 * 16 * s) - 3,
				x: (col) => col * 32 * s - 2.3,
				y: (z, row) => (z.row + row) * 16 * s - 1.7,
				sx: s,
				sy: s,
			});
		const quick = make(),
			slow = make();
		quick.update(meta, lut, null, 0xff102030);
		slow.update(meta, lut, (p) => lut[meta[p]], 0xff102030); // frame by frame
		same(
			`${what}: tiles of one colour are what their frames are one by one`,
			[...quick.px].filter((v, at) => v !== slow.px[at]).length,
			0,
		);
		// the mean of what covers each pixel, summed up frame by frame: where frame p lies is told
		// anew here
		const { w, h } = quick,
			sum = new Float64Array(w * h * 4),
			edge = (at) => {
				const from = Math.floor(at + 1e-6);
				return [from, Math.max(from + 1, Math.floor(at + s + 1e-6))];
			};
		for (let p = 0; p < frames; p++) {
			const z = zones[+(p >= zones[1].start)],
				tile = (p - z.start) >> 9;
			let x = (tile % 7) * 32,
				y = (z.row + Math.floor(tile / 7)) * 16;
			for (let bit = 0; bit < 9; bit++)
				if ((p >> bit) & 1) {
					if (bit % 2) y += 1 << (bit >> 1);
					else x += 1 << (bit >> 1);
				}
			const [x0, x1] = edge(Math.floor(x / 32) * 32 * s - 2.3 + (x % 32) * s),
				[y0, y1] = edge(Math.floor(y / 16) * 16 * s - 1.7 + (y % 16) * s),
				v = lut[meta[p]];
			for (let py = Math.max(0, y0); py < Math.min(h, y1); py++)
				for (let px = Math.max(0, x0); px < Math.min(w, x1); px++)
					[v & 255, (v >> 8) & 255, (v >> 16) & 255, 1].forEach((part, c) => {
						sum[(py * w + px) * 4 + c] += part;
					});
		}
		const off = [...quick.px].filter((v, at) => {
			const n = sum[at * 4 + 3];
			return n
				? [0, 1, 2].some((c) => Math.abs(((v >>> (c * 8)) & 255) - sum[at * 4 + c] / n) > 1)
				: v !== 0xff102030;
		});
		same(`${what}: every pixel is the mean of the frames it shows`, off.length, 0);
		claim(
			`${what}: it is not all of one colour`,
			new Set(quick.px).size > 20,
			new Set(quick.px).size,
		);
		for (const [much, n] of [
			["much", 6000],
			["a little", 150],
		]) {
			for (let x = 0; x < n; x++) meta[rand(frames)] = rand(256);
			quick.update(meta, lut, null, 0xff102030);
			slow.update(meta, lut, (p) => lut[meta[p]], 0xff102030);
			same(
				`${what}: where ${much} changed it is as if all frames were coloured anew`,
				[...quick.px].filter((v, at) => v !== slow.px[at]).length,
				0,
			);
		}
	}
});

await test("where two bands meet within sixteen pages", () => {
	const op = [0, OP.pte_set],
		one = {
			col: { pte_set: { addr: () => 0xfffff000 } },
			machine: {
				regions: [
					["user", 0, 0xc0000000],
					["linear map", 0xc0000000, 0xc4000000],
					["vmalloc", 0xc4800000, 0xffffe000],
					["fixmap", 0xffffe000, 0x100000000],
				].map(([name, start, end]) => ({ name, kind: name, start, end })),
				kind: ["reference directory"],
			},
			kinds: { op },
			base: 0,
			k: [1],
		};
	const { regions, regionAt, says, layout } = new Trace({
		...trace.header,
		machine: { ...trace.header.machine, ...one.machine },
	});
	const used = new Used({ ...one, regions, regionAt, says, layout }),
		nothing = { areas: [], dirs: new Map(), tables: new Map() };
	used.add(used.take(1));
	same(
		"a page of the one is not one of the other",
		used.bands
			.filter((b) => b.id !== "linear")
			.map((b) => [b.id, used.ranges(b, 0, 1, nothing)]),
		[
			["fixmap", [[0xffffe, 0x100000]]],
			["vmalloc", []],
			["gap", []],
			["user", []],
		],
	);
});

await test("curves", () => {
	const t = trace,
		lo = new Int32Array(4),
		hi = new Int32Array(4),
		rand = random(3),
		values = [],
		v = new Int32Array(4),
		wrong = [];
	for (let i = 0; i < t.n; i++) {
		delta(t, i, v);
		values.push([...v]);
	}
	for (let n = 0; n < 400; n++) {
		const from = rand(t.n),
			to = Math.min(t.n, from + 1 + rand(n < 200 ? 50 : 30000));
		model.lod.range(from, to, lo, hi);
		const span = values.slice(Math.max(0, from - 1), to);
		if (!from) span.push([0, 0, 0, 0]);
		for (let s = 0; s < 4; s++) {
			const a = Math.min(...span.map((x) => x[s])),
				b = Math.max(...span.map((x) => x[s]));
			if (lo[s] !== a || hi[s] !== b) {
				wrong.push([from, to, s, lo[s], a, hi[s], b]);
				break;
			}
		}
	}
	same("a curve's extremes over any range are those of a plain scan", wrong, []);
	const c = new Uint32Array(8),
		counts = new Uint32Array(8),
		at = rand(t.n);
	for (let i = 0; i < at; i++) counts[t.kinds.group[t.k[i]]]++;
	same(
		"events of each group before a point are counted exactly",
		[...model.lod.countBefore(at, c)],
		[...counts],
	);
	const m = model.at(t.n - 1);
	const odd = [],
		moved = [];
	for (let n = 0; n < 300; n++) {
		// some columns of few events beside some of many, as an axis by chapter has
		const widths = Array.from({ length: 40 }, () => rand([3, 40, 2000, 30000][rand(4)])),
			exact = [0];
		for (const w of widths) exact.push(exact.at(-1) + w);
		const at = edges(40, (c) => exact[c]);
		for (let c = 1; c < 40; c++) {
			const back = exact[c] - at[c],
				narrow = Math.min(exact[c] - at[c - 1], exact[c + 1] - exact[c]);
			if (back < 0 || back * 32 > narrow) odd.push([c, back, narrow]);
			moved.push([narrow, at[c] % 32, at[c] % 256]);
		}
		if (at[0] !== 0 || at[40] !== exact[40]) odd.push([at[0], at[40]]);
	}
	same(
		"a column of pixels begins within a thirty-second of where it should; the first and the end exactly",
		odd.slice(0, 3),
		[],
	);
	same(
		"where that is near enough, on a block of the curves",
		moved.filter(([narrow, rest]) => narrow > 1024 && rest),
		[],
	);
	same(
		"and of the running counts",
		moved.filter(([narrow, , rest]) => narrow > 8192 && rest),
		[],
	);
	same(
		"the curve ends where the machine ends",
		[...model.lod.valueAt(t.n - 1)],
		[...m.zoneFree, m.vmPages],
	);
});

await test("answers", () => {
	const by = new Map(),
		probe = OP.mmu_probe;
	for (let i = 0; i < trace.n; i++)
		if (trace.kinds.op[trace.k[i]] === probe)
			by.set(trace.a[i] >>> 12, [...(by.get(trace.a[i] >>> 12) ?? []), i]);
	same(
		"the events in which the MMU was asked are known by page",
		[...model.hazards.answers],
		[...by],
	);
	claim("and there are some", by.size > 5, by.size);
	const asked = [0x1000, 0x1fff, 0x2000, 0x1234],
		hazards = new Hazards({ col: { mmu_probe: { addr: (i) => asked[i] } } });
	for (const events of [[0], [1, 2], [3]]) hazards.noted(events);
	same(
		"of a page asked about again, in their order",
		[...hazards.answers],
		[
			[1, [0, 1, 3]],
			[2, [2]],
		],
	);
});

/* the worker that reads, as the page and the deriver see it */
await test("reader", async () => {
	const says = [],
		chunks = [],
		n = 2000,
		lines = 60,
		zeros = JSON.stringify(Array(n).fill(0)),
		given = {},
		port = {
			postMessage(m) {
				if (m.chunk) {
					chunks.push(m.chunk);
					port.onmessage({});
					given.onChunk?.();
				}
			},
		};
	const tell = (data) => globalThis.onmessage({ data }),
		wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
		until = async (test) => {
			for (let ms = 0; !test() && ms < 10000; ms++) await wait(1);
		};
	const text = [
		JSON.stringify({ rec: "header", format: "pagescope", version: 1, kinds }),
		...Array.from(
			{ length: lines },
			(_, x) =>
				`{"rec":"ev","i":${x * n},"n":${n},"t0":0,"dt":${zeros},"k":${zeros},"z":${zeros},"o":${zeros},"a":${zeros},"b":${zeros},"c":${zeros}}`,
		),
	].join("\n");
	Object.assign(globalThis, { onmessage: null, postMessage: (m) => says.push(m) });
	work();
	tell({ read: port });
	tell({ open: true });
	given.onChunk = () => {
		given.onChunk = null;
		setTimeout(() => tell({ hold: true }));
	};
	const bytes = new TextEncoder().encode(text); // at once, as browsers hand over megabytes
	tell({
		file: {
			size: bytes.length,
			stream: () =>
				new ReadableStream({
					start(c) {
						c.enqueue(bytes);
						c.close();
					},
				}),
		},
	});
	await until(() => says.some((m) => m.held) || chunks.length > lines);
	const got = chunks.length;
	await wait(150);
	claim(
		"asked to, the reader waits, and soon",
		got >= 1 && got < lines / 2 && chunks.length === got,
		`${got} and then ${chunks.length} of ${lines}`,
	);
	tell({ hold: false });
	await until(() => chunks.length > lines);
	same(
		"it goes on when it may, and nothing is lost",
		chunks.map((c) => c.i),
		[0, FIRST, ...Array.from({ length: lines - 1 }, (_, x) => (x + 1) * n)],
	);
	says.length = 0;
	tell({ hold: true });
	claim(
		"with nothing left to read it waits at once",
		says.some((m) => m.held),
	);
});

await test("narration", () => {
	const bad = [],
		kindsSeen = new Set();
	for (let i = 0; i < trace.n; i++) {
		kindsSeen.add(trace.kindName(i));
		const s = narrate(trace, i);
		if (/undefined|NaN|\[object|null/.test(s) || s.length < 8) bad.push([i, s]);
	}
	same("every event has a whole sentence", bad.slice(0, 5), []);
	// every kind there is, with made-up fields
	const lines = [{ ...trace.header, events: 0 }],
		cols = { k: [], a: [], b: [], c: [], d: [], e: [], z: [], o: [] };
	const list = kinds();
	list.forEach((k, i) => {
		if (k.class !== "ev") {
			const rec = { rec: k.class, i, t: 1, k: k.id };
			for (const f of k.fields)
				rec[f.name] =
					f.meaning === "string"
						? "text"
						: f.name === "nr_free"
							? [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
							: 1;
			lines.push(rec);
		}
		cols.k.push(k.id);
		for (const c of "abcdezo") cols[c].push(1);
	});
	const all = load(
		[
			...lines,
			{ rec: "ev", i: 0, n: list.length, t0: 1, ...cols },
			{ rec: "end", n: list.length, lost: 0 },
		]
			.map((x) => JSON.stringify(x))
			.join("\n"),
	);
	const odd = list
		.map((k, i) => [k.name, narrate(all.trace, i)])
		.filter(([, s]) => /undefined|NaN|\{\w+\}|\[object/.test(s));
	same(`all ${list.length} kinds of events.def can be told`, odd, []);
	const { id, class: rec } = list.find((k) => k.name === "run_files"),
		one = { k: [id], a: [0], b: [0], c: [0], d: [0], e: [0], z: [0], o: [0] },
		{ trace: bare } = load(
			[
				{ ...trace.header, events: 1 },
				{ rec, i: 0, t: 1, k: id, emulator: "Bochs 2.7", hashes: "" },
				{ rec: "ev", i: 0, n: 1, t0: 1, ...one },
				{ rec: "end", n: 1, lost: 0 },
			]
				.map((x) => JSON.stringify(x))
				.join("\n"),
		);
	same(
		"a run without hashes has none in its sentence",
		narrate(bare, 0),
		"What was run: Bochs 2.7.",
	);
});

/** What a filter finds, as [kind, ...]; a trace of a few rows [kind, {field: value}]. */
const found = (text, t = trace) => {
	const x = parseQuery(text, t);
	return x.test ? [...findEvents(t, x.test)] : x;
};
function rows(list, edit = (header) => header) {
	const cols = Object.fromEntries([..."kabcdefzos"].map((c) => [c, []]));
	for (const [name, fields] of list) {
		const kind = trace.kinds.byName.get(name);
		for (const c in cols)
			cols[c].push(
				c === "k" ? kind.id : (fields[kind.fields.find((f) => f.col === c)?.name] ?? 0),
			);
	}
	return load(
		[
			edit({ ...trace.header, events: list.length }),
			{ rec: "ev", i: 0, n: list.length, t0: 1, ...cols },
			{ rec: "end", n: list.length, lost: 0 },
		]
			.map((x) => JSON.stringify(x))
			.join("\n"),
	);
}
await test("low memory, one of a thing, and no list", () => {
	const low = (pfn) => 0xc0000000 + pfn * 4096,
		t = rows([
			["kmap", { pfn: 5, addr: low(5) }],
			["kunmap", { pfn: 5, addr: low(5) }],
			["kunmap_atomic", { addr: low(5) }],
			["kmap", { pfn: 0x3f00, addr: 0xfe001000 }],
			["kunmap", { pfn: 0x3f00, addr: 0xfe001000 }],
			["vmalloc_enter", { size: 1 }],
			["shrink_slab", { nr_pages: 1 }],
			["shrink_slab", { nr_pages: 21 }],
			["mm_page_alloc", { pfn: 0xffffffff, order: 10, gfp_flags: 0x1f0 }],
			["mm_page_alloc", { pfn: 0xffffffff, order: 3, gfp_flags: 0x1f0 }],
		]),
		say = [...Array(8).keys()].map((i) => narrate(t.trace, i));
	same(
		"kmap of low memory takes no slot, and kunmap leaves none",
		say
			.slice(0, 5)
			.map((s) => [
				/slot stays|had that address already|given up/.test(s),
				/low memory|linear map/.test(s),
			]),
		[
			[false, true],
			[false, true],
			[false, true],
			[true, false],
			[true, false],
		],
	);
	same(
		"one byte, one page",
		say.slice(5).map((s) => s.match(/\d+ \w+/)[0]),
		["1 byte", "1 page", "21 pages"],
	);
	claim(
		"an order that has no list is refused for that",
		/no list of order 10.*MAX_ORDER/.test(whyAlloc(t, 8).lines.join()) &&
			whyAlloc(t, 8).failed &&
			!/no list of order/.test(whyAlloc(t, 9).lines.join()),
		whyAlloc(t, 8).lines.join(),
	);
	const told = load(
			small.text.replace(
				/("rec":"mark"[^\n]*?"msg":")[^"]+(","text":")[^"]+("[^\n]*\n(?:(?!"rec":"mark")[^])*?"rec":"mark"[^\n]*?"msg":")[^"]+(","text":")[^"]+/,
				"$1Head$2It begins and$3$4ends here.",
			),
		).trace,
		second = [...told.records.values()].find((r) => r.text === "ends here.").i;
	same(
		"a mark that goes on is told under its heading",
		narrate(told, second),
		"“Head” goes on: … ends here.",
	);
});

await test("what a foreign kernel tells, in words", () => {
	const { trace: t } = rows([
		["pte_set", { addr: 0x1000, old: 0x5007, pte: 0x5003 }],
		["pte_set", { addr: 0x1000, old: 0x5003, pte: 0x6003 }],
	]);
	same(
		"an entry that keeps its frame",
		[0, 1].map((i) => narrate(t, i)),
		[
			"Page 0x00001000 still leads to frame 0x5; the flags of its entry are changed.",
			"Page 0x00001000 now leads to frame 0x6, no longer to 0x5.",
		],
	);
	same(
		"fields of trace_info",
		[
			{ meaning: "machine", value: 24 },
			{ meaning: "slot", value: 0xffff },
			{ meaning: "hz", value: 0 },
		].map((field) => fmt.value(t, field)),
		["initial state told, TLB flushes told", "none", "not told"],
	);
});

await test("search", () => {
	const q = (s) => {
		const x = parseQuery(s, trace);
		return x.type + ":" + (x.addr ?? x.pfn ?? x.i ?? x.t ?? x.words ?? x.text ?? "");
	};
	same(
		"the search box's grammar",
		["0xc4800123", "pfn 3f15", "pa 0x3f15123", "#45", "t=4243455", ">dark", "vmalloc", ""].map(
			q,
		),
		[
			"va:3296723235",
			"pfn:16149",
			"pfn:16149",
			"event:45",
			"tick:4243455",
			"command:dark",
			"text:vmalloc",
			"empty:",
		],
	);
	same(
		"what cannot be is refused in words",
		["0x123456789", "pfn fffff", "#99999999", "order>=x", "kind:nonsense", "foo:1"].map(
			(s) => parseQuery(s, trace).type,
		),
		Array(6).fill("error"),
	);
	const named = load(
			small.text.replace(
				'{"rec":"sites"',
				'{"rec":"symbols","addr":[3222278144,3222274048,3222274304],"size":[0,16,64],"name":["_end","start","work"]}\n{"rec":"sites"',
			),
		).trace,
		where = (va) => fmt.symbolText(named, va);
	same(
		"an address is named by the symbol it lies in, a label reaching to the next",
		[3222274048, 3222274063, 3222274064, 3222274310, 3222278144, 3222278145].map(where),
		["start", "start+0xf", "", "work+0x6", "_end", ""],
	);
	same(
		"a symbol and an offset are an address",
		["work+0x6", "start + 3", "gone+1"].map((s) => {
			const x = parseQuery(s, named);
			return x.addr ?? x.type;
		}),
		[3222274310, 3222274051, "error"],
	);
	const names = (line) =>
		[1, 2, 3].map((x) =>
			fmt.siteName(
				{
					sites: { addr: [0, 16, 32, 48], func: ["", "f", "f", "f"], line },
					site: (y) => ({ func: "f", addr: y * 16 }),
				},
				x,
			),
		);
	same(
		"call sites in one function are told apart by their lines, else by their addresses",
		[names([0, 7, 8, 7]), names([0, 0, 0, 9])],
		[
			["f() at 0x00000010", "f() line 8", "f() at 0x00000030"],
			["f() at 0x00000010", "f() at 0x00000020", "f() line 9"],
		],
	);
	const odd = load(
		small.text.replace(
			'{"rec":"sites"',
			'{"rec":"symbols","addr":[1,2],"size":"no","name":{}}\n{"rec":"sites"',
		),
	);
	same("a table that is none is none", [odd.trace.symbols, odd.n], [[], trace.n]);
	const f = parseQuery("kind:mm_page_alloc zone:Normal order>=0", trace),
		hits = findEvents(trace, f.test);
	same(
		"a filter finds what a plain scan finds",
		hits.length,
		[...Array(trace.n).keys()].filter(
			(i) => trace.kindName(i) === "mm_page_alloc" && trace.z[i] === 1,
		).length,
	);
	const mark = trace.marks.find((x) => x.msg === "The guard page").i,
		area = model.at(mark).areas[0],
		guard = area.addr + 32 * 4096;
	same(
		"an address in an area is translated",
		translate(model, area.addr + 0x5123, mark).walk.pa & 0xfff,
		0x123,
	);
	claim(
		"the guard page is told from a hole",
		/guard page/.test(translateText(translate(model, guard, mark))),
		translateText(translate(model, guard, mark)),
	);
	claim(
		"a hole is not mapped",
		/not mapped/.test(translateText(translate(model, 0xf0000000, mark))),
	);
	same(
		"the linear map needs no table",
		[translate(model, 0xc0123456, mark).walk.large, translate(model, 0xc0123456, mark).walk.pa],
		[true, 0x123456],
	);
	const pfn = translate(model, area.addr, mark).pfn,
		touching = findEvents(trace, touchesFrame(trace, pfn));
	same(
		"a frame's history has its allocation, mapping, unmapping and release",
		["mm_page_alloc", "pte_set", "pte_clear", "mm_page_free"].filter(
			(k) => ![...touching].some((i) => trace.kindName(i) === k),
		),
		[],
	);
});

await test("search by what holds it", () => {
	const merge = findEvents(
			trace,
			(i) => trace.kindName(i) === "buddy_merge" && trace.o[i] >= 2,
		)[0],
		pfn = trace.a[merge] + 2 ** (trace.o[merge] + 1) - 1;
	for (const sign of [":", "="])
		same(
			`pfn${sign} finds the blocks that hold the frame`,
			found(`kind:buddy_merge pfn${sign}${pfn.toString(16)} order>=2`),
			[...Array(trace.n).keys()].filter(
				(i) =>
					trace.kindName(i) === "buddy_merge" &&
					trace.o[i] >= 2 &&
					pfn >= trace.a[i] &&
					pfn < trace.a[i] + 2 ** (trace.o[i] + 1),
			),
		);
	claim("that merge among them", found(`pfn=${fmt.hex(pfn)}`).includes(merge));
	const few = rows([
		["reserve_bootmem", { start_pfn: 0x100, nr_pages: 32 }],
		["mm_page_alloc", { pfn: 0x9f0, order: 3 }],
		["pte_set", { addr: 0xc4800000, pte: 0x9f3163 }],
		["kmap", { pfn: 0x9f3, addr: 0xfe000000 }],
		["mm_page_alloc", { pfn: 0xffffffff, order: 3 }],
		["mm_page_free", { pfn: 0x9f4, order: 0 }],
		["alloc_vmap_area", { addr: 0xc4800000, size: 0x9000 }],
		["pde_set", { addr: 0xc4800000, pde: 0x9f4067 }],
		["vmalloc_fault", { address: 0xc4808000, outcome: 2 }],
		["vmalloc_fault", { address: 0xc4808000, outcome: 0 }],
		["mem_access", { addr: 0xc4800ffc }],
		["kmalloc", { ptr: 0xc0200020, bytes_alloc: 32 }],
		["kfree", { ptr: 0xc0200020 }],
		["free_vmap_area", { va_start: 0xc4800000, size: 0x9000 }],
		["kunmap", { pfn: 0x9f3, addr: 0xfe000000 }],
	]).trace;
	same(
		"a frame is found in ranges, blocks and entries",
		["pfn:10f", "pfn:9f3", "kind:mm_page_alloc pfn!=9f3", "pfn=ffffffff", "start_pfn:110"].map(
			(s) => found(s, few),
		),
		[[0], [1, 2, 3, 14], [4], [4], [0]],
	);
	same(
		"an address in areas, pages, slots and objects",
		[
			"addr=c4800123",
			"addr:0xc4800123",
			"addr=c4808010",
			"addr=c4809000",
			"addr:fe000800",
			"addr=c020003f",
			"kind:kfree addr=c0200020",
		].map((s) => found(s, few)),
		[[2, 6, 7, 9, 10, 13], [2, 6, 7, 9, 10, 13], [6, 7, 8, 9, 13], [7, 9], [3, 14], [11], [12]],
	);
	same(
		"a page's history leaves out a fault elsewhere that copied nothing",
		[...findEvents(few, touchesPage(few, 0xc4828000))],
		[7, 9],
	);
	same(
		"a name and a sign list events, a name and a blank ask",
		["pfn=3f1", "pfn:3f1", "pfn 3f1", "addr=0xc4800000", "addr 0xc4800000", "va c4800000"].map(
			(s) => parseQuery(s, trace).type,
		),
		["filter", "filter", "pfn", "filter", "va", "va"],
	);
	const calls = rows([
		["vmalloc_enter", { op: 2 }],
		["mm_page_alloc", { pfn: 1 }],
		["pte_set", {}],
		["vfree_enter", { op: 5 }],
		["mm_page_free", { pfn: 1 }],
		["vfree_exit", {}],
		["mm_page_free", { pfn: 2 }],
		["vmalloc_exit", {}],
		["mm_page_alloc", { pfn: 3 }],
		["vmalloc_enter", { op: 4 }],
		["mm_page_alloc", { pfn: 4 }],
		["vmalloc_exit", {}],
		["vfree_enter", { op: 7 }],
		["mm_page_free", { pfn: 4 }],
		["vfree_exit", {}],
	]).trace;
	same(
		"site: knows the operation an event was made in",
		[
			"site:vmalloc",
			"site vfree",
			"kind:mm_page_alloc site:ioremap",
			"kind:mm_page_alloc site!=vmalloc",
			"site:iounmap",
		].map((s) => found(s, calls)),
		[[0, 1, 3, 4, 6], [3, 4], [10], [8, 10], [12, 13]],
	);
	same(
		"what is not there has the nearest beside it",
		[
			"site:vmaloc",
			"KIND:pte_sett order>=3",
			"group:zz",
			"zone:NoZone kind:pte",
			"pfn fffff",
			"pfn=fffff",
			"#99999999",
			"oder>=3",
		].map((s) => {
			const x = parseQuery(s, trace);
			return [x.type, x.near?.[0]];
		}),
		[
			["error", "site:vmalloc"],
			["error", "kind:pte_set order>=3"],
			["error", "group:run"],
			["error", "zone:DMA kind:pte"],
			["error", "pfn 3fef"],
			["error", "pfn 3fef"],
			["error", "#" + (trace.n - 1)],
			["error", "order>=3"],
		],
	);
	claim(
		"in the words that were typed",
		/“NoZone”/.test(parseQuery("zone:NoZone", trace).message) &&
			/0xfffff is past the last, 0x3fef/.test(parseQuery("pfn=fffff", trace).message),
	);
	same(
		"numbers as the page prints them, or people",
		[
			"#31\u202f414",
			"#31,414",
			"#31 414",
			"t=40\u00a0000",
			"tick 40 000",
			"tick 40\u2009000",
			"t=0x9c40",
		].map((s) => {
			const x = parseQuery(s, trace);
			return x.i ?? x.t;
		}),
		[31414, 31414, 31414, 40000, 40000, 40000, 40000],
	);
	same(
		"blanks, capitals and groups of digits in a filter change nothing",
		[
			found("order >= 4").length,
			found("KIND:Mm_Page_Alloc zone : normal"),
			found("GROUP:VMALLOC").length,
			found("bytes_req>=1\u202f024", few),
		],
		[
			found("order>=4").length,
			found("kind:mm_page_alloc zone:Normal"),
			found("group:vmalloc").length,
			[],
		],
	);
});

await test("the life of a page", () => {
	const t = rows([
		["pde_set", { addr: 0xc4800000, pde: 0x10b3067, pgd: 0x101000, entry_pa: 0x101c48 }],
		["pte_set", { addr: 0xc4800000, pte: 0x40b163, entry_pa: 0x10b3000 }],
		["pte_set", { addr: 0xc4801000, pte: 0x40c163, entry_pa: 0x10b3004 }],
		["alloc_vmap_area", { addr: 0xc4802000, size: 0x3000 }],
		["pte_clear", { addr: 0xc4800000, old: 0x40b163, entry_pa: 0x10b3000 }],
		["zone_skip", {}],
		["pte_set", { addr: 0xc4800000, pte: 0x40d163, entry_pa: 0x10b3000 }],
	]);
	const life = (va, i) => {
		const x = pageLife(t, translate(t, va, i));
		return [
			x.since,
			x.was && [x.was.pfn, x.was.from, x.was.to],
			x.next && [x.next.i, x.next.pfn],
		];
	};
	same(
		"since when it is mapped or not, where it led before, and what comes next",
		[
			[0xc4800123, 0],
			[0xc4800123, 2],
			[0xc4800123, 5],
			[0xc4800123, 6],
			[0xc4801000, 6],
			[0xc4802000, 6],
		].map(([va, i]) => life(va, i)),
		[
			[-1, null, [1, 0x40b]],
			[1, null, [4, -1]],
			[4, [0x40b, 1, 4], [6, 0x40d]],
			[6, [0x40b, 1, 4], null],
			[2, null, null],
			[-1, null, null],
		],
	);
	claim(
		"an entry that no event has told is unknown",
		/is unknown: no event has told this entry of its page table/.test(
			translateText(translate(t, 0xc4803123, 4)),
		),
		translateText(translate(t, 0xc4803123, 4)),
	);
	const told = rows([
		["pte_alloc", { table: 0x10b3000 }],
		["pde_set", { addr: 0xc4800000, pde: 0x10b3067, pgd: 0x101000, entry_pa: 0x101c48 }],
		["alloc_vmap_area", { addr: 0xc4802000, size: 0x3000 }],
	]);
	claim(
		"an address in an area that is not mapped yet is told so",
		/in the area at 0xc4802000, reserved but not mapped/.test(
			translateText(translate(told, 0xc4803123, 2)),
		),
		translateText(translate(told, 0xc4803123, 2)),
	);
	const spaces = rows([
		["pgd_alloc", { pgd: 0x200000 }],
		["pgd_alloc", { pgd: 0x201000 }],
		["pte_alloc", { table: 0x300000 }],
		["pte_set", { addr: 0x8000000, pte: 0x310067, entry_pa: 0x300000 }],
		["pde_set", { addr: 0x8000000, pde: 0x300067, pgd: 0x200000, entry_pa: 0x200080 }],
		["pte_alloc", { table: 0x301000 }],
		["pde_set", { addr: 0x8000000, pde: 0x301067, pgd: 0x201000, entry_pa: 0x201080 }],
		["pte_set", { addr: 0x8000000, pte: 0x311067, entry_pa: 0x301000 }],
		["switch_mm", { pgd: 0x200000 }],
		["mem_access", { addr: 0x8000000, kind: 0 }],
		["switch_mm", { pgd: 0x201000 }],
		["pte_set", { addr: 0x8000000, old: 0x311067, pte: 0x312067, entry_pa: 0x301000 }],
		["mem_access", { addr: 0x8000000, kind: 0 }],
		["pte_set", { addr: 0x8000000, pte: 2, entry_pa: 0x302000 }],
	]);
	same(
		"two processes map the same address: each has its own history of it",
		[0x200000, 0x201000].map((pgd) => [
			...spaceEvents(spaces.trace, 0x8000000, pgd, spaces.n - 1),
		]),
		[
			[3, 4, 9],
			[6, 7, 11, 12],
		],
	);
	same(
		"and a selected page that of the directory in use",
		[...Selection.of(spaces, { kind: "va", va: 0x8000000 }, 9).touching],
		[3, 4, 9],
	);
	same(
		"a selected event that of its own directory, whichever is in use now",
		[9, 12].map((event) => [...Selection.of(spaces, { kind: "event", event }, 11).touching]),
		[
			[3, 4, 9],
			[6, 7, 11, 12],
		],
	);
	same(
		"and a store into a table that no directory leads to all that touch the page",
		[...Selection.of(spaces, { kind: "event", event: 13 }, 11).touching],
		[3, 4, 6, 7, 9, 11, 12, 13],
	);
});

await test("why", () => {
	const split = trace.marks.find((x) => x.msg.startsWith("One page")),
		i = findEvents(trace, (j) => trace.kindName(j) === "mm_page_alloc", split.i, trace.n, 1)[0],
		why = whyAlloc(model, i);
	claim(
		"a split is explained by the lists before it",
		/split once/.test(why.lines.join(" ")) && why.first === i - 1,
		why.lines.join(" "),
	);
	const f = frameInfo(model, trace.a[i], i);
	same("the frame handed out knows its buddy", f.buddy, trace.a[i] ^ 1);
	const held = liveSince(model, split.i, i);
	same(
		"held blocks since a mark: the one page",
		[held.length, held[0].pages, trace.site(held[0].site).func],
		[1, 1, "scenario_alloc"],
	);
	const area = model.at(trace.marks.find((x) => x.msg === "The guard page").i),
		runs = area.areas.map((x) => frameRuns(area, x));
	claim(
		"runs of neighbouring frames behind an area are counted",
		runs[0] > 1 && runs[0] <= 32,
		runs.join(),
	);
	const words = explain(
		model,
		trace.marks.find((x) => x.msg === "The guard page").i,
		area.areas[0].addr,
	);
	claim(
		"what is on screen can be told in a few sentences",
		words.length >= 4 && words.every((s) => /\.$/.test(s) && !/undefined|NaN/.test(s)),
		words.join(" "),
	);
	const simulated = stopHere(
		load(small.text.replace('"sba":true', '"sba":false')),
		i,
		0xc0000000,
	);
	same(
		"in a trace of the simulator there is nowhere to stop",
		[simulated.simulated, simulated.lines, simulated.make],
		[true, [], "make run"],
	);
	const stop = stopHere(model, i, 0xc0000000);
	same(
		"stop here names the tick without a suffix, and what to expect",
		[stop.lines[0], stop.lines[1], stop.expect[0]],
		[
			`sba ${trace.t[i]}`,
			"c",
			"linear page 0x00000000c0000000 maps to physical page 0x000000000000",
		],
	);
	same(
		"the whole run is repeated by make only if it was ours and the plugin there, in the folder of the report",
		[
			stop.make,
			stopHere(
				{
					...model,
					at: model.at.bind(model),
					trace: Object.assign(Object.create(trace), {
						header: {
							...trace.header,
							machine: {
								...trace.header.machine,
								build_id: "d0af",
								flags: ["doorbell"],
							},
							replay: {
								...trace.header.replay,
								files: { kernel: "f050" },
								rerun: "OUT=build/other RUN=abc",
							},
						},
					}),
				},
				i,
				null,
			).make,
		],
		["", `make at TICK=${trace.t[i]} OUT=build/other RUN=abc`],
	);
});

await test("hazards", () => {
	const broken = (edit) => {
		const lines = small.lines.map((l) => JSON.parse(l));
		edit(lines);
		return load(lines.map((l) => JSON.stringify(l)).join("\n"));
	};
	const ev = (lines) => lines.find((l) => l.rec === "ev"),
		id = (name) => trace.kinds.id(name),
		at = trace.marks.find((x) => x.msg === "Fragmentation").i;
	const rules = (m) => [
		...new Set(m.hazards.list.filter((h) => h.severity === "violation").map((h) => h.rule)),
	];
	const alloc = findEvents(trace, (i) => trace.k[i] === id("mm_page_alloc"), at, trace.n, 3);
	claim(
		"a frame handed out twice is noticed",
		rules(
			broken((l) => {
				ev(l).a[alloc[1]] = ev(l).a[alloc[0]];
			}),
		).includes("double-alloc"),
	);
	// which frames the TLB may still reach
	const found = [],
		tlb = new StaleTlb(
			{ frames: 64, machine: { flags: ["pge"], kind: ["TLB flushes told"] } },
			(i, rule, text) => found.push([i, rule, ...text.match(/0x[0-9a-f]+|#\d+/g)]),
		),
		GLOBAL = 0x101,
		unmap = (i, pfn, page = 0xc8000000, flags = GLOBAL) =>
			tlb.remember(i, page, (pfn << 12) | flags),
		reused = (i, pfn) => tlb.reused(i, pfn);
	unmap(10, 5);
	reused(12, 4);
	reused(12, 5);
	reused(13, 5); // told once
	unmap(20, 6);
	tlb.all();
	reused(22, 6); // flushed
	unmap(30, 7, 0xc8001000);
	unmap(30, 8, 0xc8002000);
	tlb.pages(0xc8001000, 1);
	reused(32, 7); // that page was flushed
	reused(32, 8);
	unmap(40, 9, 0x8000, 1);
	unmap(40, 10);
	tlb.loadCr3();
	reused(42, 9); // a load of CR3 drops what is not global
	reused(42, 10);
	same(
		"a frame the TLB may still reach is noticed where it is handed out, with the event that unmapped it",
		found,
		[
			[12, "0x5", "#10", "0xc8000000"],
			[32, "0x8", "#30", "0xc8002000"],
			[42, "0xa", "#40", "0xc8000000"],
		].map(([i, ...rest]) => [i, "reuse-before-flush", ...rest]),
	);
	const page = trace.marks.find((x) => x.msg === "The guard page").i,
		taken = model.at(page).walk(model.at(page).areas[0].addr).table,
		later = findEvents(
			trace,
			(i) =>
				trace.k[i] === id("mm_page_free") &&
				trace.o[i] === 0 &&
				model.seeker.tablesAt(i - 1).tables.has(taken),
			0,
			trace.n,
			1,
		)[0];
	const lost = broken((l) => {
		ev(l).a[later] = taken;
	});
	same(
		"a page table whose frame is given back is gone, for a machine without frames too",
		[later - 1, later].flatMap((i) =>
			[lost.at(i), lost.seeker.tablesAt(i)].map((x) => x.tables.has(taken)),
		),
		[true, true, false, false],
	);
	claim(
		"a double free is noticed",
		rules(
			broken((l) => {
				const e = ev(l),
					free = findEvents(
						trace,
						(i) => trace.k[i] === id("mm_page_free"),
						at,
						trace.n,
						2,
					);
				e.a[free[1]] = e.a[free[0]];
			}),
		).includes("double-free"),
	);
	claim(
		"a free of the wrong order is noticed",
		rules(
			broken((l) => {
				const e = ev(l),
					free = findEvents(
						trace,
						(i) =>
							trace.k[i] === id("mm_page_free") &&
							trace.of(i).order(i) === 0 &&
							trace.of(i).pfn(i) % 2 === 0,
						at,
						trace.n,
						1,
					);
				e.o[free[0]] = 1;
			}),
		).includes("wrong-order"),
	);
	const pte = findEvents(trace, (i) => trace.k[i] === id("pte_set"), 0, trace.n, 2);
	claim(
		"a page that leads to a free frame is noticed",
		rules(
			broken((l) => {
				ev(l).c[pte[0]] = ((0x500 << 12) | 0x163) >>> 0;
			}),
		).includes("pte-to-free-page"),
	);
	const m = broken((l) => {
		l.find((x) => x.rec === "check" && x.nr_free).list_hash ^= 1;
	});
	claim(
		"a snapshot that differs is noticed, with both values",
		m.hazards.list.some((h) => h.rule === "zone-state" && /0x[0-9a-f]{8}/.test(h.text)),
	);
	claim(
		"an MMU answer that differs is noticed",
		rules(
			broken((l) => {
				const e = ev(l),
					p = findEvents(trace, (i) => trace.k[i] === id("mmu_probe"), 0, trace.n, 1)[0];
				e.b[p] += 4096;
			}),
		).includes("mmu-disagrees"),
	);
	same("the sound trace has no broken rule but the expectation that failed", rules(model), [
		"expectation",
	]);
});

await test("reading", () => {
	same(
		"parts of 977 bytes give the same trace",
		[
			load(small.text, { step: 977 }).n,
			digest(load(small.text, { step: 977 }).at(9999), trace),
		],
		[model.n, digest(model.at(9999), trace)],
	);
	same("a gzipped trace is the same trace", load(gzipSync(small.text)).n, model.n);
	const cut = load(small.lines.slice(0, -1).join("\n"));
	claim(
		"a trace without an end says so",
		/cut after event/.test(cut.trace.problems.join()),
		cut.trace.problems.join(),
	);
	const holes = load(
		[...small.lines.slice(0, 5), '{"rec":"mark","i":', ...small.lines.slice(5)].join("\n"),
	);
	claim(
		"a bad line is named by number and byte, and the rest is read",
		holes.n === model.n &&
			holes.bad.length === 1 &&
			/line 6 \(byte \d+\)/.test(holes.bad[0].message),
		holes.bad[0]?.message,
	);
	claim(
		"unknown records and kinds are ignored",
		load(small.text + '{"rec":"future","x":1}\n').n === model.n,
	);
	let refused = "";
	try {
		load('{"rec":"header","format":"other"}\n');
	} catch (err) {
		refused = err.message;
	}
	claim("another format is refused by name", /not a pagescope trace/.test(refused), refused);
	const lying = small.lines.map((l) => JSON.parse(l));
	Object.assign(lying[0].machine, { frames: 2 });
	claim(
		"a header that lies about the number of frames does not crash the replay",
		load(lying.map((l) => JSON.stringify(l)).join("\n")).n === model.n,
	);
});

await test("fields by name", () => {
	/** The small trace with another header and other rows. */
	const changed = (header, row = () => {}) => {
		const lines = small.lines.map((l) => JSON.parse(l));
		header(Object.fromEntries(lines[0].kinds.map((k) => [k.name, k])), lines[0]);
		lines.forEach((l) => l.rec === "ev" && row(l));
		return lines.map((l) => JSON.stringify(l)).join("\n");
	};
	const says = (text) => {
		try {
			load(text);
			return "it is opened";
		} catch (err) {
			return err.message;
		}
	};
	const field = (kind, name) => kind.fields.find((f) => f.name === name);

	const listed = load(
		changed((kinds) => {
			for (const k of Object.values(kinds)) k.fields.reverse();
		}),
	);
	// the letters of each kind's fields in the other order, and its rows with them
	const letters = new Map(),
		moved = load(
			changed(
				(kinds) => {
					for (const k of Object.values(kinds)) {
						const own = k.fields.filter((f) => "abcdef".includes(f.col ?? "-")),
							from = own.map((f) => f.col),
							to = [...from].reverse();
						own.forEach((f, x) => (f.col = to[x]));
						letters.set(
							k.id,
							from.map((c, x) => [c, to[x]]),
						);
					}
				},
				(l) => {
					const old = Object.fromEntries(
							[..."abcdef"].map((c) => [c, [].concat(l[c] ?? 0)]),
						),
						at = (c, r) => (old[c].length === 1 ? old[c][0] : old[c][r]),
						k = [].concat(l.k);
					for (const c of "abcdef") l[c] = new Array(l.n).fill(0);
					for (let r = 0; r < l.n; r++)
						for (const [from, to] of letters.get(k.length === 1 ? k[0] : k[r]))
							l[to][r] = at(from, r);
				},
			),
		);
	for (const [name, other] of [
		["fields that the header lists in another order", listed],
		["fields in other columns", moved],
	]) {
		const moments = [0, 0.2, 0.5, 0.9].map((x) => Math.floor(x * (model.n - 1)));
		same(
			`${name} are read right`,
			moments.map((i) => digest(other.at(i), other.trace)),
			moments.map((i) => digest(model.at(i), trace)),
		);
		same(`${name}: the same hazards`, other.hazards.list, model.hazards.list);
		same(
			`${name}: the same sentences`,
			moments.map((i) => narrate(other.trace, i)),
			moments.map((i) => narrate(trace, i)),
		);
	}
	for (const [name, edit, words] of [
		[
			"a field with another name is refused",
			(k) => (field(k.pte_set, "pte").name = "entry_now"),
			/pte_set has no field pte .*addr, old, entry_now/,
		],
		[
			"a field that is missing is refused",
			(k) => k.pde_set.fields.pop(),
			/pde_set has no field pgd /,
		],
		[
			"a field of another type is refused",
			(k) => (field(k.mm_page_alloc, "pfn").meaning = "pa"),
			/the field pfn of its event mm_page_alloc is a pa, not a pfn/,
		],
		[
			"a field of a snapshot with another name is refused",
			(k) => (field(k.zone_state, "free_pages").name = "nr_pages"),
			/zone_state has no field free_pages/,
		],
		[
			"two fields in one column are refused",
			(k) => (field(k.pte_set, "old").col = "a"),
			/the field old of its event pte_set has no column of its own/,
		],
		[
			"a kind that is missing is refused",
			(k, header) => (header.kinds = header.kinds.filter((x) => x !== k.tlb_flush)),
			/it has no event tlb_flush/,
		],
		[
			"a kind of another class is refused",
			(k) => (k.pte_clear.class = "obj"),
			/its event pte_clear is of class obj, not ev/,
		],
		[
			"more orders than a frame can have are refused",
			(k, header) => (header.machine.orders = 16),
			/16 orders of blocks/,
		],
	]) {
		const message = says(changed(edit));
		claim(`${name}, by name`, words.test(message), message);
	}
	same(
		"a field that is new is no reason to refuse",
		says(changed((k) => k.pte_set.fields.push({ name: "extra", meaning: "pa", col: "f" }))),
		"it is opened",
	);
});

await test("the quick way for columns", () => {
	const bytes = (s) => new TextEncoder().encode(s + "\n"),
		quick = (s) => {
			const b = bytes(s);
			return quickChunk(b, 0, b.length - 1);
		};
	const plain = (c) =>
		JSON.stringify(
			Object.entries(c)
				.sort(([x], [y]) => (x < y ? -1 : 1))
				.map(([k, v]) => [
					k,
					ArrayBuffer.isView(v)
						? [v.constructor.name, [...v]]
						: v?.rows
							? [v.n, [...v.rows], [...v.values]]
							: v,
				]),
		);
	const base = {
		rec: "ev",
		i: 5,
		n: 3,
		t0: 1000,
		dt: [0, 7, 999999999],
		k: [1, 2, 255],
		a: [0, 4294967295, 12],
		s: [1, 2, 70000],
	};
	const good = {
		base,
		"columns of one value": { ...base, dt: 3, k: 9, z: 1, o: 0, s: 4 },
		"no dt": { ...base, dt: undefined },
		"rare columns": { ...base, d: [0, 0, 5], e: [1, 2, 3], f: 7 },
		"elements beyond their column": { ...base, k: [256, 257, 511], a: [4294967296, 1, 2] },
		"one row": { rec: "ev", i: 0, n: 1, t0: 0, k: [3] },
	};
	for (const [name, rec] of Object.entries(good)) {
		const line = JSON.stringify(rec);
		same(
			`as JSON.parse has it: ${name}`,
			quick(line) && plain(quick(line)),
			plain(toChunk(JSON.parse(line))),
		);
	}
	const odd = {
		"a negative": '{"rec":"ev","i":0,"n":2,"t0":1,"k":[1,-2]}',
		"a fraction": '{"rec":"ev","i":0,"n":2,"t0":1,"k":[1,2.5]}',
		blanks: '{"rec":"ev","i":0,"n":2,"t0":1,"k":[1, 2]}',
		"another order": '{"rec":"ev","k":[1,2],"i":0,"n":2,"t0":1}',
		"a long step": '{"rec":"ev","i":0,"n":2,"t0":1,"dt":[0,10000000000],"k":[1,2]}',
		"too few": '{"rec":"ev","i":0,"n":3,"t0":1,"k":[1,2]}',
		"too many": '{"rec":"ev","i":0,"n":1,"t0":1,"k":[1,2]}',
		"no kinds": '{"rec":"ev","i":0,"n":2,"t0":1,"a":[1,2]}',
		cut: '{"rec":"ev","i":0,"n":2,"t0":1,"k":[1,',
		"an empty element": '{"rec":"ev","i":0,"n":2,"t0":1,"k":[1,]}',
		"a column twice": '{"rec":"ev","i":0,"n":2,"t0":1,"k":[1,2],"k":[3,4]}',
		"something behind": '{"rec":"ev","i":0,"n":2,"t0":1,"k":[1,2]}x',
		"an unknown column": '{"rec":"ev","i":0,"n":2,"t0":1,"k":[1,2],"q":[1,2]}',
	};
	same(
		"what is not written so is left to JSON.parse",
		Object.entries(odd)
			.filter(([, s]) => quick(s) !== null)
			.map(([name]) => name),
		[],
	);
	recycle([
		new Uint8Array(3).fill(99).buffer,
		new Uint32Array(3).fill(99).buffer,
		new Float64Array(3).fill(99).buffer,
	]);
	same(
		"a buffer used again holds nothing of before",
		plain(quick(JSON.stringify(base))),
		plain(toChunk(base)),
	);
	const read = (...lines) => {
		const got = [],
			bad = [];
		const p = new LineParser({
			onRecord(rec) {
				got.push(rec.rec);
			},
			onChunk(c) {
				got.push([c.i, ...c.k]);
			},
			onBad(err) {
				bad.push(err.line);
			},
		});
		p.push(bytes(lines.join("\n")));
		p.end();
		return { got, bad };
	};
	const many = (i, n) => Array.from({ length: n }, (_, x) => ((i + x) % 200) + 1),
		line = (i, n, more) =>
			JSON.stringify({
				rec: "ev",
				i,
				n,
				t0: 0,
				dt: many(i, n),
				k: many(i, n),
				a: 7,
				d: many(i, n),
				...more,
			});
	for (const n of [1, FIRST, FIRST + 1, 300]) {
		const first = (s, most) => {
				const b = bytes(s);
				return quickChunk(b, 0, b.length - 1, most);
			},
			rec = JSON.parse(line(5, n)),
			few = Math.min(n, FIRST),
			cut = (v) => (Array.isArray(v) ? v.slice(0, few) : v);
		same(
			`the first events of a line of ${n}`,
			plain(first(line(5, n), FIRST)),
			plain(
				toChunk({
					...Object.fromEntries(Object.entries(rec).map(([k, v]) => [k, cut(v)])),
					n: few,
				}),
			),
		);
	}
	same(
		"of the first line the first events go ahead of the others",
		read(line(0, 40), line(40, 40)).got,
		[
			[0, ...many(0, FIRST)],
			[FIRST, ...many(FIRST, 40 - FIRST)],
			[40, ...many(40, 40)],
		],
	);
	same("a line of few is one piece", read(line(0, 9), line(9, 40)).got, [
		[0, ...many(0, 9)],
		[9, ...many(9, 40)],
	]);
	same(
		"and one not written as the exporter does",
		read(line(0, 40).replace(/,/g, ", "), line(40, 40)).got.map(([i, ...k]) => [i, k.length]),
		[
			[0, 40],
			[40, FIRST],
			[40 + FIRST, 40 - FIRST],
		],
	);
	same(
		"where it is so from further on only, nothing comes twice",
		read(line(0, 40).replace(",39,", ", 39,")).got,
		[
			[0, ...many(0, FIRST)],
			[FIRST, ...many(FIRST, 40 - FIRST)],
		],
	);
	same(
		"where the rest is broken it is named, and what was read stays",
		read(line(0, 40, { b: many(0, 39) }), line(40, 40)),
		{
			got: [
				[0, ...many(0, FIRST)],
				[40, ...many(40, 40)],
			],
			bad: [1],
		},
	);
});

await test("gunzip", () => {
	const read = (bytes, step = 65536) => {
		const out = [],
			g = new Gunzip((b) => out.push(Buffer.from(b)));
		for (let at = 0; at < bytes.length; at += step) g.push(bytes.subarray(at, at + step));
		g.end();
		return { data: Buffer.concat(out), garbage: g.garbage };
	};
	const unpack = (bytes, step) => read(bytes, step).data;
	const refusal = (bytes, step) => {
		try {
			unpack(bytes, step);
			return "";
		} catch (err) {
			return err.message;
		}
	};
	const wrong = [],
		rand = random(11),
		kinds = [
			(i) => (i * i) >> 5,
			() => rand(256),
			(i) => 48 + (rand(7) === 0 ? i % 10 : 4),
			() => 0,
		];
	for (const level of [0, 1, 6, 9])
		for (const strategy of [
			constants.Z_DEFAULT_STRATEGY,
			constants.Z_FIXED,
			constants.Z_HUFFMAN_ONLY,
			constants.Z_RLE,
		])
			for (const [x, kind] of kinds.entries())
				for (const n of [0, 1, 300, 400000]) {
					const data = Buffer.from(Array.from({ length: n }, (_, i) => kind(i) & 255)),
						z = new Uint8Array(gzipSync(data, { level, strategy }));
					if (!unpack(z, [977, 65536, 5000, 1 << 20][x]).equals(data))
						wrong.push([level, strategy, x, n]);
				}
	same("the page's gunzip gives what zlib packed", wrong, []);
	const z = new Uint8Array(gzipSync(small.text)),
		data = Buffer.from(small.text),
		name = (n) => {
			const h = z.slice(0, 10);
			h[3] = 8 | 4 | 16;
			return Buffer.concat([
				h,
				Buffer.from([3, 0, 1, 2, 3]),
				Buffer.alloc(n, 65),
				Buffer.from([0]),
				Buffer.from("a comment\0"),
				z.subarray(10),
			]);
		};
	same("byte by byte too", unpack(z, 1).equals(data), true);
	const behind = (...after) =>
		[1, 7, 65536]
			.map((step) => {
				const { data, garbage } = read(Buffer.concat([gzipSync("ab"), ...after]), step);
				return `${data} ${garbage}`;
			})
			.join();
	const rubbish = Buffer.from("not gzip"),
		one = Buffer.from([0x1f]);
	same(
		"members one after the other are read, zeros between and behind them skipped",
		behind(gzipSync("cd"), Buffer.alloc(3), gzipSync("ef"), Buffer.alloc(3000)),
		"abcdef 0,abcdef 0,abcdef 0",
	);
	same(
		"anything else behind a member is counted and left",
		[
			behind(rubbish),
			behind(gzipSync("cd"), Buffer.alloc(5), rubbish, gzipSync("ef")),
			behind(one, rubbish),
		],
		[
			"ab 8,ab 8,ab 8",
			...[8 + gzipSync("ef").length].map((n) => `abcd ${n},abcd ${n},abcd ${n}`),
			"ab 9,ab 9,ab 9",
		],
	);
	const crc = (bytes) => {
		const bad = Buffer.from(bytes);
		bad[bad.length - 8] ^= 1;
		return bad;
	};
	same(
		"a wrong checksum is an error, of a later member too",
		[
			refusal(crc(gzipSync("ab"))),
			refusal(Buffer.concat([gzipSync("ab"), crc(gzipSync("cd"))])),
		],
		Array(2).fill("not a whole gzip file: its checksum is wrong"),
	);
	const cut = [0, 1, 5, 10, 17, -9, -1].map((n) =>
		refusal(new Uint8Array(gzipSync("abc")).slice(0, n)),
	);
	same(
		"a cut file is told so",
		[...cut, refusal(Buffer.concat([gzipSync("ab"), gzipSync("cd").subarray(0, 5)]))],
		Array(8).fill("not a whole gzip file: it ends early"),
	);
	same(
		"what is no gzip is told so",
		refusal(Buffer.from("{}")),
		"not a whole gzip file: it does not begin as one",
	);
	same(
		"names and comments are passed over, however long",
		[5, 3000, 300000].map((n) => unpack(name(n), 700).equals(data)),
		[true, true, true],
	);
	const refused = [];
	for (let x = 0; x < 40; x++) {
		const bad = z.slice();
		bad[12 + rand(bad.length - 12)] ^= 1 << rand(8);
		if (!/not a whole gzip file/.test(refusal(bad))) refused.push(x);
	}
	same("a spoilt file is refused in words, every time", refused, []);
	const tiny = new Uint8Array(gzipSync("a page, a page, a page frame and a page"));
	same(
		"so is one that is cut, wherever",
		[...tiny.keys()].filter(
			(n) =>
				!/not a whole gzip file: it (ends early|does not begin as one)/.test(
					refusal(tiny.subarray(0, n), 9),
				),
		),
		[],
	);
});

await test("selection", () => {
	const rand = random(21),
		picks = (n, fn) => Array.from({ length: n }, fn).filter(Boolean),
		of = (wish, i) => Selection.of(model, wish, i),
		n = trace.n,
		wrong = [];
	// a frame from one change of hands to the next: against the replay, event by event
	for (const [pfn, i] of picks(30, () => [rand(trace.frames), rand(n)])) {
		const s = of({ kind: "frame", pfn }, i),
			since = model.at(i).since[pfn],
			later = (j) => model.at(Math.min(n - 1, j)).since[pfn];
		if (s.from !== since || later(s.to - 1) !== since || (s.to < n && later(s.to) === since))
			wrong.push([pfn, i, s.from, since, s.to]);
	}
	same("the life of a frame is from the event that gave it out, or back, to the next", wrong, []);
	const is = (b, j) => {
			const x = model.at(j).blockOf(b.pfn);
			return x.pfn === b.pfn && x.order === b.order;
		},
		broken = [];
	for (const i of picks(40, () => rand(n - 2000) + 2000)) {
		const m = model.at(i),
			z = trace.zones[rand(trace.zones.length)],
			order = rand(10),
			free = m.list(z.id, order)[0],
			b =
				free === undefined || rand(2)
					? { ...m.blockOf(rand(trace.frames)) }
					: { pfn: free, order },
			s = of({ kind: "block", ...b }, i);
		const whole = [
			Math.max(0, s.from),
			Math.min(n, s.to) - 1,
			...picks(20, () => Math.max(0, s.from) + rand(Math.min(n, s.to) - Math.max(0, s.from))),
		];
		const owner = model.at(i).meta[b.pfn] >> 4;
		if (
			!whole.every(
				(j) => is(b, j) && (owner === FREE) === (model.at(j).meta[b.pfn] >> 4 === FREE),
			)
		)
			broken.push([b, i, s.from, s.to]);
		if (
			s.to < n &&
			is(b, s.to) &&
			(model.at(s.to).meta[b.pfn] >> 4 === FREE) === (owner === FREE) &&
			model.at(s.to).since[b.pfn] === model.at(s.to - 1).since[b.pfn]
		)
			broken.push([b, i, "goes on", s.to]);
	}
	same(
		"a block is what it is from where it is made to where it is handed out, given back, split or merged",
		broken,
		[],
	);
	same(
		"a block that is not there is none",
		[
			of({ kind: "block", pfn: 1, order: 3 }, 9000),
			of({ kind: "frame", pfn: trace.frames }, 0),
			of({ kind: "area", va: 0xc0000000 }, 9000),
			of({ kind: "event", event: n }, 0),
		],
		[null, null, null, null],
	);
	// an entry of a table changes only at the events that are said to write it
	const sets = findEvents(trace, (i) => trace.kindName(i) === "pte_set"),
		entries = [],
		value = (s, j) => {
			const m = model.at(j),
				w = m.walk(s.va, m.dirs.has(s.pgd) ? s.pgd : m.refPgd);
			return s.level === "pde" ? w.pde : w.pte;
		};
	for (const i of picks(12, () => sets[rand(sets.length)]))
		for (const level of ["pde", "pte"]) {
			const m = model.at(i),
				s = of(
					{
						kind: "entry",
						va: trace.a[i],
						level,
						pgd: trace.a[i] >= m.pageOffset ? m.refPgd : m.curPgd,
					},
					i,
				);
			if (level === "pte" && !s.test(i)) entries.push(["not its own", i]);
			for (let j = Math.max(1, i - 600); j < Math.min(n, i + 600); j++)
				if (
					value(s, j) !== value(s, j - 1) &&
					!s.test(j) &&
					trace.kindName(j) !== "mm_page_alloc" &&
					trace.kindName(j) !== "mm_page_free" &&
					!(level === "pte" && /^p[dg][de]_/.test(trace.kindName(j)))
				)
					entries.push([s.link, j, trace.kindName(j)]);
		}
	same(
		"an entry of a table changes at the events that are said to write it, and at no other",
		entries,
		[],
	);
	const alloc = trace.kinds.id("alloc_vmap_area"),
		made = findEvents(
			trace,
			(i) => trace.k[i] === alloc && trace.of(i).size(i) > 0 && !trace.of(i).failed(i),
		),
		areas = [];
	for (const i of picks(12, () => made[rand(made.length)])) {
		const s = of({ kind: "area", va: trace.a[i] }, i),
			has = (j) => model.at(Math.min(n - 1, j)).areas.some((a) => a.i === i);
		if (
			s.from !== i ||
			!has(s.to - 1) ||
			(s.to < n && has(s.to)) ||
			!s.touching.every((j) => j >= s.from && j <= s.to)
		)
			areas.push([i, s.from, s.to]);
		const at = ((Math.min(n, s.to) - 1) >> 1) << 0,
			m = model.at(Math.max(i, Math.min(at, s.to - 1))),
			want = m.areas.find((a) => a.i === i),
			frames = Array.from({ length: want.size >> 12 }, (_, p) =>
				m.walk(want.addr + p * 4096, m.refPgd),
			)
				.filter((w) => w.ok)
				.map((w) => w.pa >>> 12);
		if (
			String(s.spots(m).frames.map((f) => f.pfn)) !== String(frames) ||
			s.spots(m).pages.size !== want.size >> 12
		)
			areas.push([i, "spots"]);
	}
	same(
		"an area is from its alloc_vmap_area to its free_vmap_area, with the frames behind its pages",
		areas,
		[],
	);
	const held = liveSince(model, -1, n - 1)[0],
		site = of({ kind: "site", site: held.site }, n - 1);
	same(
		"a call site has the blocks that it asked for and that are held",
		[site.spots(model.at(n - 1)).n, site.touching.length],
		[held.blocks, findEvents(trace, (i) => trace.s[i] === held.site).length],
	);
	const links = [
		["f:3f0", { kind: "frame", pfn: 0x3f0, from: undefined }],
		["f:3f0@41", { kind: "frame", from: 41, pfn: 0x3f0 }],
		["b:3f0.4@-1", { kind: "block", from: -1, pfn: 0x3f0, order: 4 }],
		["v:c4800000", { kind: "va", va: 0xc4800000, from: undefined }],
		[
			"e:c4800000.pte.101000",
			{ kind: "entry", va: 0xc4800000, level: "pte", pgd: 0x101000, from: undefined },
		],
		["i:41", { kind: "event", event: 41, from: undefined }],
		["s:3", { kind: "site", site: 3, from: undefined }],
		["f:123456789", null],
		["x:1", null],
		["f:-1", null],
		["", null],
	];
	same(
		"a link says what is selected",
		links.map(([text]) => selectionOf(text)),
		links.map(([, wish]) => wish),
	);
	const again = picks(60, () => {
		const i = rand(n),
			m = model.at(i),
			pfn = rand(trace.frames);
		return [
			[
				{ kind: "frame", pfn },
				{ kind: "block", ...m.blockOf(pfn) },
				{ kind: "event", event: i },
				{ kind: "va", va: pfn * 4096 },
				m.areas.length
					? { kind: "area", va: m.areas[rand(m.areas.length)].addr }
					: { kind: "frame", pfn },
			][rand(5)],
			i,
		];
	});
	same(
		"what a link is made of it leads back to, at any moment",
		again.filter(([wish, i]) => {
			const s = of(wish, i),
				t = of(selectionOf(s.link), rand(n));
			return t.link !== s.link || t.from !== s.from || t.to !== s.to || t.text !== s.text;
		}),
		[],
	);
});

await test("a part of a trace", () => {
	const wrong = [],
		state = (m, i) => {
			const x = m.at(i);
			return JSON.stringify([
				m.trace.zones.map((z) => Array.from({ length: 10 }, (_, o) => x.list(z.id, o))),
				[...x.zoneFree],
				x.areas.map((a) => [a.addr, a.size]),
				x.vmPages,
				x.curPgd,
				[...x.meta].map((v) => v >> 4),
			]);
		};
	for (const [from, to] of [
		[1, 9000],
		[8192, 8193],
		[31000, 32300],
		[model.n - 10, model.n],
		[0, model.n],
	]) {
		const p = load(small.text, { range: { from, to } });
		if (p.n !== to - from) wrong.push([from, to, p.n]);
		for (const i of [0, (to - from) >> 1, to - from - 1])
			if (
				state(p, i) !== state(model, from + i) ||
				narrate(p.trace, i) !== narrate(trace, from + i)
			)
				wrong.push([from, to, i]);
		if (p.hazards.checks.some((c) => !c.ok)) wrong.push([from, to, "check"]);
	}
	same("events i to j alone have the states and the sentences of the whole", wrong, []);
});

await test("less than all of a trace", () => {
	const { text } = made({ events: 150000, seed: 5 }),
		all = load(text),
		less = load(text, { kept: { every: 4, left: ["s", "t"] } }),
		rand = random(3),
		wrong = [];
	for (let n = 0; n < 60; n++) {
		const i = rand(all.n);
		if (digest(less.at(i), less.trace) !== digest(all.at(i), all.trace)) wrong.push(i);
	}
	same(
		"with every 4th snapshot, without call sites and ticks, any jump ends in the same state",
		wrong,
		[],
	);
	same(
		"of the snapshots a quarter is kept",
		less.seeker.keys.length,
		Math.ceil(all.seeker.keys.length / 4),
	);
	same(
		"the columns left out take nothing",
		[
			less.trace.s.length,
			less.trace.t.length,
			(all.memory().columns - less.memory().columns) / all.trace.k.length,
		],
		[0, 0, 10],
	);
	const own = load(
		text.replace('"version":1,', '"version":1,"kept":{"every":9,"left":["k","a"]},'),
	);
	same(
		"a file cannot ask for it",
		[[...own.trace.left], own.trace.every, digest(own.at(9000), own.trace)],
		[[], 1, digest(all.at(9000), all.trace)],
	);
});
await test("boot ranges", () => {
	// whole blocks at once give what frame by frame gives: the same ranges in pieces that are never
	// whole
	const head = JSON.parse(small.lines[0]),
		wrong = [],
		rand = random(5);
	for (const down of [0, 1])
		for (const start of [0, 37, 512, 5000]) {
			const n = 2000 + rand(1500),
				ev = (rows) =>
					load(
						[
							{ ...head, events: rows.length },
							{
								rec: "ev",
								i: 0,
								n: rows.length,
								t0: 1,
								k: Array(rows.length).fill(trace.kinds.id("free_boot_range")),
								a: rows.map((r) => r[0]),
								b: rows.map((r) => r[1]),
								c: rows.map(() => down),
							},
							{ rec: "end", n: rows.length, lost: 0 },
						]
							.map((x) => JSON.stringify(x))
							.join("\n"),
					);
			const one = ev([[start, n]]),
				each = ev(
					Array.from({ length: n }, (_, x) => [down ? start + n - 1 - x : start + x, 1]),
				),
				lists = (m) =>
					JSON.stringify(
						trace.zones.map((z) =>
							Array.from({ length: 10 }, (_, o) => m.at(m.n - 1).list(z.id, o)),
						),
					);
			if (
				lists(one) !== lists(each) ||
				JSON.stringify([...one.at(0).meta]) !== JSON.stringify([...each.at(n - 1).meta])
			)
				wrong.push([down, start, n]);
		}
	same("a range handed over at once is the frames handed over one by one", wrong, []);
});

await test("hostile traces", () => {
	// any value of any record replaced by something else: an error in words or a trace, never a
	// hang or a crash
	const rand = random(+(process.env.SEED ?? 20)),
		odd = [null, -1, 0, 1, 4294967295, 1e300, "x", [], {}, true, 0.5, 511],
		trouble = [];
	const parsed = small.lines.map((l) => JSON.parse(l));
	for (let round = 0; round < 80; round++) {
		const r = rand(parsed.length),
			rec = structuredClone(parsed[rand(3) ? r : [0, parsed.length - 2][rand(2)]]),
			at = parsed.findIndex((p) => p.rec === rec.rec && p.i === rec.i);
		const walk = [rec];
		let holder = rec,
			key = Object.keys(rec)[rand(Object.keys(rec).length)];
		while (holder[key] && typeof holder[key] === "object" && rand(4)) {
			const keys = Object.keys(holder[key]);
			if (!keys.length) break;
			holder = holder[key];
			walk.push(holder);
			key = keys[rand(keys.length)];
		}
		const value = odd[rand(odd.length)],
			what = `${rec.rec}.${key} = ${JSON.stringify(value)}`;
		holder[key] = value;
		if (rec.rec === "ev")
			for (let n = 0; n < 30; n++) {
				const col = "aobcz"[rand(5)],
					v = rec[col];
				if (Array.isArray(v))
					v[rand(v.length)] = [0, 1, 5, 9, 300, 4095, 4294967295][rand(7)];
			}
		const begun = performance.now();
		try {
			const m = load(
				small.lines.map((l, n) => (n === at ? JSON.stringify(rec) : l)).join("\n"),
			);
			for (const i of [0, 100, m.n >> 1, m.n - 1]) {
				if (i < 0 || i >= m.n) continue;
				const machine = m.at(i);
				narrate(m.trace, i);
				m.trace.fields(i).map((f) => fmt.value(m.trace, f));
				translate(m, 0xc4800000, i);
				for (const z of m.trace.zones)
					for (let o = 0; o < 10; o++) {
						const list = machine.list(z.id, o);
						if (list.length !== machine.counts[z.id * 10 + o])
							trouble.push(`${what}: list and count differ`);
					}
			}
			liveSince(m, 0, m.n - 1);
		} catch (err) {
			if (!(err instanceof Error) || err instanceof TypeError || err instanceof RangeError)
				trouble.push(`${what}: ${err.stack?.split("\n").slice(0, 3).join(" ")}`);
		}
		if (performance.now() - begun > 20000)
			trouble.push(`${what}: ${Math.round(performance.now() - begun)} ms`);
	}
	same(
		`80 traces with values spoilt (seed ${process.env.SEED ?? 20}) are read or refused in words`,
		trouble.slice(0, 6),
		[],
	);
});

await test("formats", () => {
	same(
		"sizes",
		[0, 512, 4096, 1536, 2 ** 21, 951.98 * 2 ** 20].map((v) => fmt.bytes(Math.round(v))),
		["0 bytes", "512 bytes", "4 KiB", "1.50 KiB", "2 MiB", "952.0 MiB"],
	);
	same("GFP masks", [0x1f2, 0x1f0, 0x20, 0x1f1, 0x1d0].map(fmt.gfp), [
		"GFP_KERNEL | HIGHMEM",
		"GFP_KERNEL",
		"GFP_ATOMIC",
		"GFP_KERNEL | DMA",
		"GFP_USER",
	]);
});

await test("questions", () => {
	const a = questions(model, { seed: 17 }),
		b = questions(load(small.text), { seed: 17 }),
		c = questions(model, { seed: 18 });
	same("the same seed asks the same questions", a, b);
	claim("another seed asks others", JSON.stringify(a) !== JSON.stringify(c));
	claim(
		"every question has its answer among distinct choices",
		a.length === 8 &&
			a.every(
				(q) =>
					q.right >= 0 &&
					new Set(q.options).size === q.options.length &&
					q.options.length > 1,
			),
		JSON.stringify(a.map((q) => q.options)),
	);
	claim(
		"a lesson is mixed",
		new Set(a.map((q) => q.kind)).size >= 4,
		a.map((q) => q.kind).join(),
	);
	const wrong = [];
	for (let seed = 1; seed < 40; seed++)
		for (const q of questions(model, { seed })) {
			const answer = q.options[q.right];
			if (q.kind === "merges") {
				// the block grows by as many orders as the answer says: ask the state, not the
				// events
				const i = q.at + 1,
					m = model.at(q.reveal),
					blk = m.blockOf(trace.a[i]);
				if (blk.order !== trace.o[i] + Number(answer)) wrong.push(q.text);
			} else if (q.kind === "translate") {
				const va = parseInt(q.text.match(/does (0x[0-9a-f]+)/)[1], 16);
				if (fmt.addr(model.at(q.at).walk(va).pa) !== answer) wrong.push(q.text);
			} else if (q.kind === "buddy") {
				const f = frameInfo(model, trace.a[q.at], q.at);
				if (fmt.hex(f.buddy) !== answer) wrong.push(q.text);
			}
		}
	same("the answers are what the machine's state says", wrong, []);
	const line = lineage(model, 0x1100, trace.n - 1, 500, 0);
	claim(
		"a frame's lineage ends in the block it is in",
		line.length > 0 && line.at(-1).order === model.at(trace.n - 1).blockOf(0x1100).order,
		JSON.stringify(line.at(-1)),
	);
	const none = TERMS.filter((t) => !kinds().some((k) => k.name === t[2]));
	same("every term names an event of events.def", none, []);
	same(
		"each term is told in one sentence",
		TERMS.map((t) => termText(trace, t)).filter(
			(s) => !s.endsWith(".") || /[.!?]\s/.test(s.slice(0, -1)),
		),
		[],
	);
	const texts = (m) => TERMS.map((t) => termText(m.trace, t)).join(" "),
		bare = load(
			small.text
				.replace('"flags":["pse","pge","simulator"]', '"flags":["simulator"]')
				.replace(/"zones":\[.*?\],"kinds"/, '"zones":[],"kinds"'),
		),
		kmalloc = TERMS.find((t) => t[0] === "kmalloc");
	claim(
		"what a trace does not tell is not said of it",
		!/undefined|NaN|\d/.test(termText(trace, kmalloc)) &&
			!/of the frames of this/.test(texts(bare)) &&
			/this machine has none/.test(texts(bare)) &&
			!/this machine has none/.test(texts(model)),
		termText(trace, kmalloc),
	);
});

await test("two runs", () => {
	const twin = load(small.text),
		r = compare(trace, twin.trace);
	same(
		"a run compared with itself does the same throughout",
		[r.hunks.length, r.lost, r.same],
		[0, false, r.countA],
	);
	const other = load(made({ events: 45000 }).text).trace,
		c = compare(trace, other);
	claim(
		"runs that part are found to part at the event after the common story",
		c.hunks.length > 0 &&
			trace.kindName(c.hunks[0].a0) === "trace_end" &&
			other.kindName(c.hunks[0].b0) === "mark",
		JSON.stringify(c.hunks[0]),
	);
	// leave out one allocation of the story
	const lines = small.lines.map((l) => JSON.parse(l)),
		ev = lines.find((l) => l.rec === "ev"),
		at = findEvents(trace, (i) => trace.kindName(i) === "mm_page_alloc", 31500, trace.n, 1)[0];
	for (const col of Object.values(ev)) if (Array.isArray(col)) col.splice(at, 1);
	ev.n--;
	for (const l of lines) if (l.rec !== "ev" && l.i > at) l.i--;
	const cut = load(lines.map((l) => JSON.stringify(l)).join("\n")).trace,
		d = compare(trace, cut);
	same(
		"one event missing is one difference, of one event",
		[d.hunks.length, d.hunks[0].na, d.hunks[0].nb],
		[1, 1, 0],
	);
	const later = trace.marks.find((m) => m.msg === "vfree").i + 7;
	same(
		"behind it the cursor goes along",
		[d.toB(later), d.toA(later - 1), d.toB(100)],
		[later - 1, later, 100],
	);
});

await test("the lists just before", () => {
	const wrong = [],
		seen = {};
	for (let i = 0; i < trace.n; i++) {
		const x = whyAlloc(model, i) ?? whySplit(model, i) ?? whyFree(model, i);
		if (!x) continue;
		seen[trace.kindName(i)] = (seen[trace.kindName(i)] ?? 0) + 1;
		const got = listsBefore(model, x.first, i),
			want = model.seeker.copyAt(x.first - 1);
		if (
			got.machine === want ||
			String([got.counts, got.zoneFree]) !== String([want.counts, want.zoneFree])
		)
			wrong.push(i);
	}
	same(
		"what an allocation, a split, a free and its merges did to the lists is taken back exactly",
		wrong,
		[],
	);
	claim(
		"all four were looked at, often",
		["mm_page_alloc", "buddy_split", "mm_page_free", "buddy_merge"].every((k) => seen[k] > 20),
		JSON.stringify(seen),
	);
	const broken = load(small.text),
		i = findEvents(
			broken.trace,
			(j) => broken.trace.kindName(j) === "mm_page_free" && j > 32000,
			0,
			broken.trace.n,
			1,
		)[0];
	broken.hazards.list.push({ i, severity: "violation", rule: "double-free", text: "" });
	claim(
		"where a rule was broken, a machine is brought there",
		listsBefore(broken, i, i).machine === broken.seeker.copyAt(i - 1),
	);
});

/* ---- real traces: the same kernel sources, run on the host ---- */
await test("real", () => {
	const sim = "build/mmsim",
		tool = "build/pagescope";
	if (!existsSync(sim) || !existsSync(tool)) {
		claim("simulator and exporter are built", false, `${sim} or ${tool} is missing`);
		return;
	}
	const dir = mkdtempSync(join(tmpdir(), "pagescope-viewer-")),
		quiet = { stdio: ["ignore", "pipe", "pipe"] };
	const run = (name, args) => {
		const bin = join(dir, "c.bin"),
			out = join(dir, "c.jsonl.gz");
		try {
			execFileSync(sim, [...args, "-o", bin], quiet);
		} catch {
			/* a scenario may be meant to fail; its capture counts */
		}
		if (!existsSync(bin)) return claim(`${name}: a capture`, false, "none was written");
		execFileSync(tool, ["export", "-o", out, bin], quiet);
		const m = loadFile(out),
			wrong = m.hazards.checks.filter((c) => !c.ok).length;
		claim(
			`${name}: ${m.hazards.checks.length} kernel snapshots equal the replay`,
			m.hazards.checks.length > 0 && !wrong,
			m.hazards.list.find((x) => x.rule.startsWith("kernel and"))?.text ?? "no snapshot",
		);
		const info = JSON.parse(execFileSync(tool, ["info", "--json", bin], quiet));
		same(`${name}: as many events as the exporter counts`, m.n, info.events);
		const odd = [];
		for (let i = 0; i < m.n; i += 1 + (m.n >> 15)) {
			const s = narrate(m.trace, i);
			if (/undefined|NaN|\{\w+\}|\[object/.test(s)) odd.push(s);
		}
		same(`${name}: every event can be told`, odd.slice(0, 3), []);
		const last = m.at(m.n - 1);
		const free =
			m.trace.zones.reduce((s, z) => s + z.n, 0) &&
			[...last.meta].filter((v, p) => v >> 4 === FREE).length;
		same(`${name}: frames of class free are the free pages`, free, last.freePages());
		rmSync(bin);
		rmSync(out);
		return m;
	};
	try {
		for (const file of readdirSync("scenarios").filter((f) => f.endsWith(".scn")))
			run(file, ["--scenario", join("scenarios", file)]);
		// a slice carries the state before its first event: from there on it must be the whole
		// trace
		const bin = join(dir, "s.bin"),
			full = join(dir, "full.jsonl.gz"),
			part = join(dir, "part.jsonl.gz");
		execFileSync(sim, ["--scenario", "scenarios/tour.scn", "-o", bin], quiet);
		execFileSync(tool, ["export", "-o", full, bin], quiet);
		const whole = loadFile(full),
			state = (m, t) =>
				JSON.stringify([
					t.zones.map((z) => Array.from({ length: 10 }, (_, o) => m.list(z.id, o))),
					[...m.zoneFree],
					m.areas.map((a) => [a.addr, a.size, a.flags]),
					m.vmPages,
					m.curPgd,
					[...m.meta].map((v) => v >> 4),
				]);
		for (const share of [0.6, 0.78, 0.93]) {
			execFileSync(
				tool,
				[
					"export",
					"--from",
					String(whole.trace.t[Math.floor(whole.n * share)]),
					"-o",
					part,
					bin,
				],
				quiet,
			);
			const s = loadFile(part),
				before = whole.n - s.n;
			claim(
				`a slice from ${share * 100} % on begins and ends as the whole trace`,
				s.n > 0 &&
					before > 0 &&
					[-1, s.n >> 1, s.n - 1].every(
						(i) => state(s.at(i), s.trace) === state(whole.at(i + before), whole.trace),
					),
				`${s.n} events`,
			);
		}
		run("churn 8M", ["--ram", "8M", "--events", "60000", "--seed", "3"]);
		run("churn 1G", ["--ram", "1G", "--highmem", "--events", "120000", "--seed", "4"]);
		// processes come and go, and there is more than one chain of snapshots
		const long = run("churn 64M", ["--ram", "64M", "--events", "600000", "--seed", "5"]);
		claim(
			"churn 64M: whole snapshots, and such as build on others",
			long.seeker.keys.filter((k) => !k.base).length > 2 &&
				long.seeker.keys.some((k) => k.pfn && k.tables.made.length && k.tables.gone.length),
			long.seeker.keys.length,
		);
		seeks("churn 64M: ", long);
		uses("churn 64M: ", long);
	} finally {
		rmSync(dir, { recursive: true, force: true });
	}
});

finish();
process.exit(); // the reader's worker goes on waiting for messages
