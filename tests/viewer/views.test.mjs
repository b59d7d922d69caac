#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/*
 * views.test.mjs - each view of the page drawn alone, under node: from a model and a size.
 *
 * Canvases are drawn into an SVG, whose text tells what was drawn; panels and tables into
 * elements that keep it.  There is no page: a view that looked for one would fail.
 */
import { claim, same, test, finish, load } from "./lib.mjs";
import { install } from "./fakedom.mjs";
import { keyTable, toldTable } from "./keytable.mjs";
import { SEVERITY } from "../../viewer/model/rules.js";
import { hazardText } from "../../viewer/ui/hazardtext.js";
import { synth } from "./synth.mjs";

install();
const [
	{ Store },
	{ sceneOf, timeSceneOf },
	{ SvgContext },
	{ palette },
	{ Timeline },
	{ VirtualView },
	{ FrameMap },
	{ COLOUR_BY },
	{ BuddyView },
	{ fillWalk },
	{ detailsPanel },
	{ renderTab, tabsOf },
	{ where, chapterLine, traceLine, longestLine },
	{ tableTabs, detailTabs, filterNote, following },
	{ frameLegend, addressLegend },
	{ cards },
	{ frameTip, pageTip },
	{ timeTip },
	{ welcome, reading },
	{ keyList },
	{ COMMANDS },
	{ labels },
	{ linkLines },
	{ steps, saysOf, dots, over },
	{ lectureBar, PANELS },
	{ menuOf },
	{ Search },
	{ Beside, PAIRS },
	{ compare },
	{ fill, h },
	{ narrate },
	fmt,
] = await Promise.all(
	[
		"ui/store",
		"ui/scene",
		"ui/vector",
		"ui/theme",
		"ui/timeline",
		"ui/virtual",
		"ui/frames",
		"ui/framecolours",
		"ui/buddy",
		"ui/walk",
		"ui/details",
		"ui/tabs",
		"ui/nowline",
		"ui/tabrow",
		"ui/legend",
		"ui/terms",
		"ui/tips",
		"ui/timepointer",
		"ui/welcome",
		"ui/help",
		"ui/commands",
		"ui/labels",
		"ui/links",
		"ui/tour",
		"ui/lecture",
		"ui/context",
		"ui/search",
		"ui/beside",
		"model/compare",
		"ui/dom",
		"model/narrate",
		"model/format",
	].map((name) => import(`../../viewer/${name}.js`)),
);

const lines = [];
synth({ events: 4000, ram: 16, line: (s) => lines.push(s) });
const model = load(lines.join("\n") + "\n"),
	{ trace } = model,
	W = 420,
	H = 320;
/** A store that shows the trace at event i. */
function shows(i) {
	const store = new Store();
	store.palette = palette("dark");
	store.name = "synth";
	store.open(model);
	store.goto(i);
	return store;
}
const measure = { measureText: (text) => ({ width: 6 * String(text).length }) };
/** What a canvas of that size shows: the texts in it, and how much was drawn. */
function draw(fn, w = W, ht = H) {
	const ctx = new SvgContext(w, ht, measure);
	fn(ctx, w, ht);
	const svg = ctx.text("view", "");
	return {
		svg,
		texts: [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((m) => m[1]),
	};
}
/** What a panel says. */
const says = (...content) => fill(h("div"), ...content);
const named = (name, from = 0) => {
	for (let i = from; i < trace.n; i++) if (trace.kindName(i) === name) return i;
	throw new Error(`no ${name}`);
};
const split = named("buddy_split"),
	alloc = named("mm_page_alloc", split),
	mapped = named("pte_set"),
	late = trace.n - 1;

await test("the canvases", () => {
	const store = shows(alloc),
		scene = { ...sceneOf(store), ratio: 2 },
		{ m } = scene;
	const timeline = new Timeline(store.span),
		time = draw(
			(c, w, ht) => timeline.draw(c, w, ht, { ...scene, ...timeSceneOf(store) }),
			900,
		);
	claim(
		"the timeline: chapters, zones, the order that could be had",
		time.texts.includes("chapters") &&
			trace.zones.every((z) => time.texts.some((t) => t.startsWith(z.name))) &&
			time.texts.includes("order ≥ 3 free"),
		time.texts.join("|"),
	);
	const tip = says(timeTip(store, timeline, timeline.x(store.axis().pos(alloc + 0.5))));
	claim("the timeline's tip: an event and what is free", /#.*free/.test(tip.textContent), tip);

	const buddy = draw((c, w, ht) => new BuddyView().draw(c, w, ht, scene));
	const heads = trace.zones.flatMap((z) =>
		Array.from({ length: m.orders }, (_, o) => m.list(z.id, o)[0])
			.filter((pfn) => pfn !== undefined)
			.slice(-2),
	);
	claim(
		"the free lists: the first block of the largest orders",
		heads.length > 0 && heads.every((pfn) => buddy.texts.includes(pfn.toString(16))),
		buddy.texts.join("|"),
	);

	for (const [id] of COLOUR_BY) {
		store.colour(id);
		const frames = new FrameMap(),
			far = draw((c, w, ht) => frames.draw(c, w, ht, { ...sceneOf(store), ratio: 2 }));
		claim(
			`the frames, ${id}: every zone has its name`,
			trace.zones.every((z) => far.texts.includes(z.name)) && far.svg.length > 1000,
			far.texts.join("|"),
		);
	}
	store.colour("owner");
	const frames = new FrameMap(),
		first = scene.eventFrames[0];
	frames.closeUp(trace, W, H, first.pfn);
	const near = draw((c, w, ht) => frames.draw(c, w, ht, scene)),
		r = frames.rect(first.pfn, first.order);
	claim(
		"the frames close up: letters, and the event's block in sight",
		near.texts.some((t) => /^[KVPSUR]$/.test(t)) && r.x >= 0 && r.y >= 0 && r.x < W && r.y < H,
		near.texts.join("|"),
	);
	claim("what is said of a frame", /Frame 0x/.test(says(frameTip(model, alloc, 1)).textContent));

	const virtual = new VirtualView();
	virtual.prepare(scene, store.chapterSpan(alloc), null);
	for (const band of virtual.bands) {
		virtual.choose(band.id);
		const seen = draw((c, w, ht) => virtual.draw(c, w, ht, scene));
		claim(
			`the linear addresses, ${band.name}: all bands, and a cell or why there is none`,
			seen.texts.some((t) => t.startsWith(band.name.slice(0, 3))) &&
				(virtual.runs.length > 0 || /mapped/.test(seen.texts.join())),
			seen.texts.join("|"),
		);
	}
	claim(
		"what is said of a page",
		/0x/.test(says(pageTip(model, mapped, 0xc0001000)).textContent),
	);
	const heard = labels(store, virtual);
	claim(
		"a screen reader hears all four",
		["timeline", "virtual", "frames", "buddy"].every((name) => heard[name].length > 10),
		JSON.stringify(heard),
	);
	const box = { x: 0, y: 0, w: 10, h: 10 },
		ends = { virtual: box, frames: box, entry: { x: 20, y: 5 }, frame: { x: 30, y: 5 } };
	same("a line leads from page to entry, one from frame to frame", linkLines(ends, box, box), [
		[
			{ x: 10, y: 5 },
			{ x: 20, y: 5 },
		],
		[
			{ x: 30, y: 5 },
			{ x: 0, y: 5 },
		],
	]);
	same("and none to what is not in sight", linkLines(ends, null, { ...box, x: 11 }), []);
});

await test("the panels", () => {
	const store = shows(mapped),
		walk = h("div"),
		va = trace.of(mapped).addr(mapped),
		scene = { model, i: mapped, va, goto() {}, ...cards(store) };
	fillWalk(walk, scene);
	claim(
		"the walk: the address and the frame it leads to",
		walk.textContent.includes(fmt.addr(va)) && /Leads to frame 0x/.test(walk.textContent),
		walk.textContent,
	);
	fillWalk(walk, scene, h("p", "covered"));
	same("what covers the walk stands in its place", walk.textContent, "covered");
	const details = () => says(detailsPanel(store, () => {})).textContent;
	claim(
		"the event's details: its sentence",
		details().startsWith(narrate(trace, mapped)),
		details(),
	);
	store.showDetail("screen");
	claim("what is on the screen, in sentences", details().split(".").length > 3, details());
	store.select({ kind: "va", va });
	claim("the selection's: where it leads", /frame 0x/.test(details()), details());
	for (const wish of [
		{ kind: "frame", pfn: trace.zones[0].start + 1 },
		{ kind: "event", event: alloc },
		{ kind: "entry", va, level: "pte", pgd: model.at(mapped).curPgd },
	]) {
		store.select(wish);
		claim(
			`the selection's history, ${wish.kind}`,
			store.state.sel?.kind === wish.kind && /History: /.test(details()),
			details(),
		);
	}
	claim("what is followed", says(following(store)).textContent.includes(store.state.sel.text));
	store.history();
	claim("which events are listed", /: \d/.test(says(filterNote(store)).textContent));
	same(
		"a tab for each table",
		says(tableTabs(store)).children.map((x) => x.textContent.replace(/ \(.*/, "")),
		tabsOf(trace).map(([, name]) => name),
	);
	same("a tab for each detail", says(detailTabs(store)).children.length, 3);
	claim("where one is", says(where(store)).textContent.includes(fmt.count(mapped)));
	claim("which trace it is", /synth.*16 MiB RAM/.test(says(traceLine(store)).textContent));
	const chapter = trace.chapters().at(-1);
	if (chapter) {
		store.goto(chapter.i);
		const line = says(chapterLine(store).content).textContent;
		claim("the chapter, whole", line.includes(chapter.msg), line);
		claim(
			"no line is longer than the room that is kept",
			line.length <= longestLine(store).length,
		);
	}
	const legend = (by) =>
		says(
			frameLegend({
				by,
				palette: store.palette,
				model,
				m: store.machine(),
				a: null,
				isolate: null,
				onIsolate() {},
				leftOut: () => "",
			}),
		);
	for (const [by] of COLOUR_BY)
		claim(`the legend of the frames, ${by}`, legend(by).textContent.length > 10);
	claim(
		"the legend of the addresses",
		says(addressLegend(store.palette, trace)).children.length >= 4,
	);
});

await test("the menu of a right click", () => {
	const store = shows(mapped),
		asked = [],
		deed =
			(name) =>
			(...given) =>
				asked.push([name, ...given].join(" ")),
		deeds = Object.fromEntries(
			["search", "link", "showBand", "showStop", "note"].map((name) => [name, deed(name)]),
		),
		menu = (target) => menuOf(store, deeds, target),
		names = (target) => menu(target).items.map(([text]) => text),
		choose = (target, name) => menu(target).items.find(([text]) => text === name)[1]();
	const va = trace.of(mapped).addr(mapped),
		frame = trace.of(mapped).pte(mapped) >>> 12,
		[band] = model.used.bands;
	same(
		"each target has its name",
		[{ i: alloc }, { band }, { va }, { pfn: 1 }].map((target) => menu(target).label),
		[`event ${alloc}`, band.name, `page ${fmt.addr(va)}`, "frame 0x1"],
	);
	claim(
		"each has a history and can be copied",
		[{ i: alloc }, { band }, { va }, { pfn: 1 }].every((target) =>
			/History.*Copy/.test(names(target).join()),
		),
	);
	choose({ va }, "Go to its frame");
	same("from a page to its frame", store.state.sel.pfn, frame);
	choose({ va }, "Translate");
	choose({ band }, "Show it");
	choose({ i: alloc }, "A note here");
	same("what the page is asked for", asked, [
		`search ${fmt.addr(va)}`,
		`showBand ${band.id}`,
		"note",
	]);
	same("the note is at the event", store.state.i, alloc);
	choose({ i: alloc }, "Set marker A here");
	same("a marker is set", store.state.a, alloc);
	choose({ pfn: frame }, "History of this frame");
	claim(
		"the events of a frame are listed",
		store.listed.length > 0 && store.state.sel.pfn === frame,
	);
	claim(
		"an address where no page is has no frame to go to",
		!names({ va: 0x1000 }).includes("Go to its frame"),
	);
});

await test("the answers of the search box", () => {
	const store = shows(alloc),
		ran = [],
		search = new Search(store, () => [
			["next chapter", () => ran.push("chapter")],
			["lecture mode", () => ran.push("lecture")],
		]),
		answer = (text) => {
			search.input.value = text;
			search.update();
			return search.answer.hidden ? null : search.answer.textContent;
		};
	const va = trace.of(mapped).addr(mapped),
		said = {
			[fmt.addr(va)]: /At event #\d+, in the .* range: directory slot \d+/,
			"pfn 1": /^Frame 0x1 \(physical 0x00001000\) is .* at event #/,
			"pfn ffffff": /is past the last/,
			"#45": new RegExp(`^#45: ${narrate(trace, 45).slice(0, 12)}`),
			[`t=${trace.t[45]}`]: /^tick [\d\u202f]+: after #\d+/,
			"kind:pte_set": /^list the events with kind:pte_set.*Next after here#/,
			"kind:pte_set order=77": /^No event matches/,
			"kind:nonsense": /^No kind of event matches/,
			">lect": /^lecture mode$/,
			">lektur": /^No command “lektur”\./,
			buddy_split: /Eventskind:buddy_split/,
			nonsense: /^Nothing is called “nonsense”/,
		};
	for (const [text, pattern] of Object.entries(said))
		claim(`${text} is answered`, pattern.test(answer(text)), answer(text));
	same("nothing is said of nothing", answer(""), null);
	answer("#45");
	search.go();
	same(
		"Enter goes there, and closes the answer",
		[store.state.i, search.answer.hidden],
		[45, true],
	);
	answer(">lect");
	search.go();
	same("Enter runs the command", ran, ["lecture"]);
	answer("kind:pte_set");
	search.go();
	claim(
		"Enter lists the events",
		store.listed.length > 0 && [...store.listed].every((i) => trace.kindName(i) === "pte_set"),
	);
	store.lecture.on = true;
	claim(
		"in a lecture what comes later is kept back",
		/^#\d+: kept back/.test(answer(`#${late}`)) &&
			/later: kept back/.test(answer("kind:pte_set")),
		answer("kind:pte_set"),
	);
});

await test("two runs side by side", () => {
	const told = [];
	synth({ events: 9000, ram: 16, line: (s) => told.push(s) });
	const twin = { model: load(told.join("\n") + "\n"), name: "twin" },
		store = shows(alloc),
		/** What was painted last on each canvas, by its id. */
		painted = {},
		page = {
			paint: (canvas, fn) => {
				painted[canvas.id] = draw((ctx, w, ht) => fn({ ctx, w, h: ht, ratio: 2 }));
			},
			covers: () => null,
			tip() {},
			save: () => h("button"),
			moved() {},
			close() {},
		},
		result = compare(model.trace, twin.model.trace),
		beside = new Beside(store, page, twin, result),
		[left, right] = beside.sides;
	beside.draw();
	same(
		"each run has its four canvases",
		Object.keys(painted).sort(),
		["buddy", "frames", "timeline", "virtual"].flatMap((view) => [`${view}-l`, `${view}-r`]),
	);
	claim(
		"both maps have all zones",
		["frames-l", "frames-r"].every((id) =>
			trace.zones.every((z) => painted[id].texts.includes(z.name)),
		),
	);
	same("the other run is at the counterpart", right.i, result.toB(alloc));
	claim(
		"each says where it is and what happens there",
		left.head.textContent.includes(narrate(trace, alloc)) &&
			right.head.textContent.includes(narrate(twin.model.trace, right.i)),
		right.head.textContent,
	);
	claim(
		"both timelines show where the runs differ",
		["timeline-l", "timeline-r"].every((id) =>
			painted[id].svg.includes(`fill="${store.palette.bad}" fill-opacity="0.25"`),
		),
	);
	beside.difference(1);
	beside.draw();
	claim(
		"the next difference: both stand at its begin",
		result.hunks.some((x) => x.a0 === left.i && x.b0 === right.i),
		`${left.i} ${right.i}`,
	);
	claim("it is told", /^The runs differ here\./.test(beside.words.textContent));
	const far = twin.model.trace.n - 9;
	beside.move(right, far);
	beside.draw();
	same("moved on the right, the left goes along", [left.i, right.i], [result.toA(far), far]);
	store.select({ kind: "frame", pfn: trace.zones[0].start + 1 });
	beside.draw();
	same(
		"what is selected is shown on both",
		[left.sel.pfn, right.sel.pfn],
		[store.state.sel.pfn, store.state.sel.pfn],
	);
	for (const [pair] of PAIRS) {
		beside.show(pair);
		same(
			`${pair}: these two are seen`,
			right.views
				.filter((v) => !v.hidden)
				.map((v) => v.dataset.view)
				.sort(),
			pair.split(" ").sort(),
		);
	}
	beside.show("virtual walk");
	beside.draw();
	claim(
		"the walk of each",
		[left, right].every((side) => side.el.walk.textContent.length > 20),
	);
});

await test("the tour", () => {
	const store = shows(late),
		all = steps(store, () => {});
	claim("six steps", all.length === 6);
	all.forEach((step, at) => {
		const card = says(
			saysOf(all, at),
			dots(all, at, () => {}),
		);
		claim(
			`the card of step ${at + 1}: what it teaches, what to do, how far one is`,
			card.textContent.startsWith(`${at + 1} of 6: ${step.title}`) &&
				card.textContent.includes(step.doThis) &&
				card.querySelectorAll("i.past").length === at &&
				card.querySelectorAll("i.here").length === 1,
			card.textContent,
		);
	});
	const [, frame, , address] = all;
	same("the step of a frame begins where one is handed out", frame.at, alloc);
	claim(
		"that of an address at an area, whose address it names",
		trace.kindName(address.at) === "vmalloc_exit" &&
			address.doThis.includes(fmt.addr(trace.of(address.at).addr(address.at))),
		address.doThis,
	);
	claim("the end: how to have it again", />tour/.test(says(over(() => {})).textContent));
});

await test("the lecture", () => {
	const store = shows(alloc),
		line = () => says(lectureBar(store, { show() {}, leave() {} })),
		pressed = () =>
			line()
				.querySelectorAll("button")
				.filter((b) => b.attributes["aria-pressed"] === "true")
				.map((b) => b.textContent);
	claim(
		"a button for each panel, and for the answers",
		PANELS.every(([, name]) => line().textContent.includes(name)) &&
			/Hide answers.*Reveal.*Leave/.test(line().textContent),
		line().textContent,
	);
	same("which panel is shown, and that answers are kept back", pressed(), [
		"Frames",
		"Hide answers",
	]);
	Object.assign(store.lecture, { panel: "walk", hide: false });
	same("another one, and no longer", pressed(), ["Walk"]);
});

await test("the tables", () => {
	const store = shows(late),
		runs = { beside: null, there: () => 0 },
		table = (id) => says(renderTab(id, store, runs)),
		m = store.machine(),
		told = [],
		rows = (id) => table(id).querySelectorAll("tr").length;
	store.watch((what) => told.push(what));
	for (const [id] of tabsOf(trace)) table(id);
	same("drawing a table changes nothing that others are told of", told, []);
	claim(
		"chapters: every heading",
		trace.marks.every((x) => table("chapters").textContent.includes(x.msg)),
	);
	same("areas: a row each", rows("areas"), m.areas.length ? m.areas.length + 1 : 0);
	claim("held: a row a call site", rows("held") > 1);
	claim(
		"sites: the flame graph and a row a call site",
		table("sites").querySelectorAll("button.fl").length > 1 && rows("sites") > 1,
	);
	same("what if: a row for each order", rows("whatif"), trace.orders + 1);
	claim(
		"hazards: how many snapshots were compared",
		/kernel snapshots? compared/.test(table("hazards").textContent),
	);
	claim("A ↔ B: what to do without a marker", /Press M/.test(table("diff").textContent));
	store.mark("a", alloc);
	claim(
		"A ↔ B: what changed",
		/changed hands/.test(table("diff").textContent) && rows("diff") > 5,
	);
	store.select({ kind: "frame", pfn: trace.of(split).pfn(split) });
	claim("lineage: what the frame was part of", rows("lineage") > 1);
	store.ask(5, 17);
	claim(
		"questions: those of the chapter and the seed that were asked for",
		table("lesson").querySelector("input").attributes.value === "17" &&
			store.lesson.list.length > 0 &&
			store.lesson.list.every(
				(q) => q.at >= trace.chapters()[4].i && q.at < trace.chapters()[5].i,
			),
	);
	claim("questions: one, with answers", /Question 1 of/.test(table("lesson").textContent));
	claim("terms: each with its meaning", table("terms").querySelectorAll("dt").length > 10);
	claim("notes: a box to write one", table("notes").querySelectorAll("input").length === 1);
	claim("two runs: how to open a second", /Open a second trace/.test(table("runs").textContent));
	store.other = { model, name: "twin" };
	claim("two runs: the same trace does the same", /do the same/.test(table("runs").textContent));
	same(
		"no other table",
		tabsOf(trace)
			.map(([id]) => id)
			.filter((id) => id !== "events" && !table(id).textContent),
		[],
	);
});

await test("how a guest ended", () => {
	const store = shows(late),
		entry = { entry_pa: "0x1000", told: true, stored: true, events: [mapped], tick: 70 },
		link = (level, index, more) => ({ level, index, ...entry, ...more });
	trace.ended = {
		how: "died",
		text: ["It was fetching from 0xc0100000.", "Nothing is mapped there."],
		cr3: "0x1000",
		addr: "0xc0100000",
		fails: "entry",
		walk: [
			link(2, 768, { entry: "0x2003", flags: "P W", event: 1, from: 70, by: "paging_init" }),
			link(1, 256, { entry: "0x0", flags: "not present", event: mapped, from: 60, by: null }),
		],
		exceptions: [
			{ vector: 14, name: "page fault", ip: "0xc0100000", function: "f", cr2: "0x8", nr: 2 },
		],
	};
	const panel = says(renderTab("ended", store)),
		text = panel.textContent,
		broken = [...panel.querySelectorAll("li.broken")];
	claim(
		"a tab for it",
		tabsOf(trace).some(([id]) => id === "ended"),
	);
	claim("the first line of the answer", text.startsWith(trace.ended.text[0]), text);
	same("one link is broken", broken.length, 1);
	claim("the last of the walk", /^entry 256 .*breaks/.test(broken[0].textContent), text);
	claim("who stored an entry", text.includes("stored at tick 70 by paging_init"), text);
	claim("or between which ticks", text.includes("between ticks 60 and 70"), text);
	claim(
		"the exceptions",
		/vector 14, page fault, .*\(f\), accessing 0x8, 2 times/.test(text),
		text,
	);
	trace.ended = null;
});

await test("what is seen without a trace", () => {
	const page = says(
		welcome({ message: "why not", hash: "", theme: h("button"), input: h("input"), demo() {} }),
	);
	claim(
		"the welcome: why there is no trace, and the demo",
		/why not.*demo/.test(page.textContent),
		page.textContent,
	);
	claim(
		"a trace is being read",
		/Reading t\.jsonl/.test(says(reading("t.jsonl", h("button"))).textContent),
	);
	same(
		"the list of keys: every group that has keys",
		keyList(COMMANDS).children.length,
		COMMANDS.filter(([keys]) => keys).length,
	);
});

await test("the table of keys", async () => {
	claim(
		"docs/viewer.md has the table of the commands",
		toldTable() === (await keyTable()),
		"run node tests/viewer/keytable.mjs --write",
	);
});

await test("the store", () => {
	const store = shows(0),
		told = [];
	store.watch((what, more) => told.push(more === undefined ? what : `${what} ${more}`));
	store.step(1);
	store.goto(late);
	store.stepTo(() => true, 1);
	same("who watches is told of each change", told, [
		"time",
		"did time",
		"time",
		"message no later one",
	]);
	store.goto(late + 100);
	same("there is no moment behind the last", store.state.i, late);
	store.marker();
	store.goto(5);
	store.marker();
	same("A comes before B", [store.state.a, store.state.b], [5, late]);
	store.ask(0);
	claim("without an open question nothing is covered", !store.questioned());
	Object.assign(store.lesson, { model, list: [{ at: 5, options: ["a", "b"], right: 0 }] });
	store.showTab("lesson");
	claim("an open question about the moment covers it", store.questioned());
	store.lesson.answers[0] = 1;
	claim("and an answered one does not", !store.questioned());
	store.lecture.on = true;
	same("a lecture keeps back what comes later", [store.later(4), store.later(6)], [false, true]);
	store.reveal();
	claim("until it is revealed", !store.hides(5) && store.hides(6));
	store.span.zoom(0.5, 0.1);
	store.span.pan(-100);
	same("the timeline shows no more than there is", store.span.u0, 0);
});

await test("what a finding means", () => {
	same(
		"every rule is explained",
		Object.keys(SEVERITY).filter((rule) => !hazardText(rule)),
		[],
	);
});
finish();
