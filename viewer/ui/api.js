// SPDX-License-Identifier: MIT
/*
 * api.js - window.pagescope: what tests and the curious may use from the console. It reads,
 * and goes to an event.
 */
import { svgOf } from "./exports.js";
import { narrate } from "../model/narrate.js";
import { frameInfo } from "../model/frameinfo.js";
import { stopHere } from "../model/stophere.js";
import { translate, translateText } from "../model/address.js";

/** How long fn takes, in ms. @param {() => void} fn */
function timed(fn) {
	const t = performance.now();
	fn();
	return performance.now() - t;
}

/** @param {import("./app.js").App} app */
export function api(app) {
	const { store } = app,
		now = () => store.state.i;
	return Object.freeze({
		version: 1,
		get ready() {
			return app.ready;
		},
		get loaded() {
			return !!store.model?.complete && app.opening.timings.interactive !== undefined;
		},
		get i() {
			return now();
		},
		get events() {
			return store.model?.n ?? 0;
		},
		goto: (/** @type {number} */ i) => store.goto(i),
		pending: () => app.pending(),
		/** As goto, drawn at once and as a drag along the timeline draws it; returns ms. */
		scrub: (/** @type {number} */ i) =>
			timed(() => {
				store.state.dragging = true;
				store.goto(i, { quiet: true });
				app.painter.draw();
				store.state.dragging = false;
			}),
		/** Draws one view from the ground up; returns ms. */
		paint: (/** @type {"timeline" | "virtual" | "frames" | "buddy"} */ view) =>
			timed(() => {
				app.views.timeline.forget();
				app.painter.draw({ only: app.el[view] });
			}),
		/** Writes the panels of text; returns ms. */
		panels: () => timed(() => app.writer.laidOut()),
		/** The list of events scrolled to a row; returns ms. */
		listAt: (/** @type {number} */ row) =>
			timed(() => {
				app.list.follow = false;
				app.list.scrollTo(row);
			}),
		redraw: () => timed(() => app.painter.draw()),
		translate: (/** @type {number} */ va, i = now()) => {
			const x = translate(store.model, va >>> 0, i);
			return {
				addr: x.addr,
				ok: x.walk.ok,
				pa: x.walk.ok ? x.walk.pa : null,
				pfn: x.pfn,
				pde: x.walk.pde,
				pte: x.walk.pte,
				since: x.since,
				owner: x.owner,
				region: x.region.name,
				text: translateText(x),
			};
		},
		frame: (/** @type {number} */ pfn, i = now()) => {
			const f = frameInfo(store.model, pfn, i);
			return {
				owner: f.ownerName,
				since: f.since,
				block: f.block,
				mappings: f.mappings.map((/** @type {any} */ m) => m.addr),
			};
		},
		lists: (i = now()) => {
			const m = store.model.at(i);
			return store.trace.zones.map((/** @type {any} */ z) => ({
				zone: z.name,
				free: m.zoneFree[z.id],
				orders: Array.from({ length: m.orders }, (_, o) => m.list(z.id, o)),
			}));
		},
		areas: (i = now()) =>
			store.model.at(i).areas.map((/** @type {any} */ a) => ({
				addr: a.addr,
				size: a.size,
				flags: a.flags,
			})),
		narrate: (i = now()) => narrate(store.trace, i),
		svg: (/** @type {string} */ selector) =>
			svgOf(app, /** @type {Element} */ (document.querySelector(selector))),
		stop: (i = now()) => stopHere(store.model, i, store.va()),
		hazards: () => store.model.hazards.list.map((/** @type {any} */ x) => ({ ...x })),
		unverified: () => store.model.hazards.unverified.map((/** @type {any} */ x) => [...x]),
		checks: () => {
			const { checks, probes } = store.model.hazards;
			return {
				total: checks.length,
				failed: checks.filter((/** @type {any} */ c) => !c.ok).length,
				probes: { ...probes },
			};
		},
		problems: () => [...(store.model?.trace.problems ?? [])],
		memory: () => store.model.memory(),
		timings: () => ({ ...app.opening.timings }),
	});
}
