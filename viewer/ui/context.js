// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * context.js - the menu of a right click (or of the menu key): what can be asked of the
 * frame, page, block or event there.
 */
import { openMenu } from "./menu.js";
import { narrate } from "../model/narrate.js";
import { stopHere, touches, translate } from "../model/query.js";
import * as fmt from "../model/format.js";

/** target: {pfn} | {va} | {i}; at: where the menu opens. */
export function contextMenu(app, target, at) {
	const { model, state } = app,
		{ trace } = model,
		items = [];
	const select = (sel) => {
		app.select(sel);
		app.showDetail("selection");
	};
	const history = (sel) => {
		app.select(sel);
		app.history();
	};
	const stop = (i, what) =>
		i >= 0 && (trace.left.has("t") || stopHere(model, i, null))
			? [
					`Stop here: ${what}`,
					() => {
						app.select(null);
						app.goto(i);
						app.showDetail("event");
						app.draw();
						document.querySelector(".stop")?.scrollIntoView({ block: "nearest" });
					},
					"#" + fmt.count(i),
				]
			: null;
	const page = (va) => {
		const x = translate(model, va, state.i);
		return {
			x,
			items: [
				["History of this page", () => history({ kind: "va", va })],
				[
					"Zoom the timeline to its events",
					() => {
						app.select({ kind: "va", va });
						app.showEvents();
					},
					"Z",
				],
				["Translate", () => app.search.focus(fmt.addr(va))],
				["Copy the address", () => app.copy(fmt.addr(va)), fmt.addr(va)],
				stop(x.since, "when this was mapped"),
				["Explain", () => select({ kind: "va", va })],
			],
		};
	};
	let label = "";
	if (target.i !== undefined) {
		const { i } = target,
			f = app.focus(i),
			k = trace.k[i],
			va = f.va;
		label = `event ${i}`;
		items.push(
			["Go to this event", () => app.goto(i), "#" + fmt.count(i)],
			[
				"History: events of this kind",
				() =>
					app.setFilter({
						words: `kind:${trace.kindName(i)}`,
						test: (j) => trace.k[j] === k,
					}),
			],
			va !== null
				? [
						"Translate the address it names",
						() => {
							app.goto(i);
							app.search.focus(fmt.addr(va));
						},
					]
				: null,
			["Copy the sentence", () => app.copy(narrate(trace, i))],
			[
				"Copy a link to this event",
				() => {
					app.goto(i);
					app.copy(location.href.split("#")[0] + "#" + app.permalink());
				},
			],
			[
				"Keep it selected",
				() => {
					select({ kind: "event", event: i });
				},
			],
			stop(i, "in Bochs"),
			[
				"Explain",
				() => {
					app.select(null);
					app.goto(i);
					app.showDetail("event");
				},
			],
			"-",
			["Set marker A here", () => app.mark("a", i)],
			["Set marker B here", () => app.mark("b", i)],
			[
				"A note here",
				() => {
					app.goto(i);
					app.noteHere();
				},
			],
		);
	} else if (target.band) {
		const { id, name, from, to, range } = target.band;
		label = name;
		items.push(
			[
				"Show it",
				() => {
					app.virtual.choose(id);
					app.invalidate();
				},
			],
			[
				"History of its pages",
				() => app.setFilter({ words: name, test: touches(trace, from, to) }),
			],
			["Copy its range", () => app.copy(range), range],
		);
	} else if (target.va !== undefined && target.va !== null) {
		label = `page ${fmt.addr(target.va)}`;
		const p = page(target.va);
		items.push(
			...p.items,
			p.x.pfn >= 0 && p.x.pfn < trace.frames
				? [
						"Go to its frame",
						() => app.select({ kind: "frame", pfn: p.x.pfn }),
						fmt.hex(p.x.pfn),
					]
				: null,
		);
	} else {
		const { pfn } = target,
			m = model.at(state.i),
			map = m.mappings(pfn)[0],
			since = m.since[pfn];
		label = `frame ${fmt.hex(pfn)}`;
		items.push(
			["History of this frame", () => history({ kind: "frame", pfn })],
			!trace.single && [
				"Lineage of its block",
				() => {
					app.select({ kind: "frame", pfn });
					app.showTab("lineage");
				},
			],
			map
				? [
						"Translate: the address it is reached at",
						() => app.search.focus(fmt.addr(map.addr)),
						fmt.addr(map.addr),
					]
				: null,
			!trace.single && [
				"Select its block",
				() => select({ kind: "block", ...m.blockOf(pfn) }),
			],
			["Copy the frame number", () => app.copy(fmt.hex(pfn)), fmt.hex(pfn)],
			stop(since, "when this began"),
			["Explain", () => select({ kind: "frame", pfn })],
		);
	}
	openMenu(at, items.filter(Boolean), label);
}
