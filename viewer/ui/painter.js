// SPDX-License-Identifier: MIT
/*
 * painter.js - when the canvases are painted: at most once in a frame, all from one scene; and
 * while a trace is opened canvas by canvas, each in a task of its own.
 */
import { context, scale, viewSize } from "./dom.js";
import { sceneOf, timeSceneOf } from "./scene.js";
import { Timeline } from "./timeline.js";

/**
 * @typedef {import("./app.js").App} App
 * @typedef {{ctx: any, w: number, h: number, ratio: number, live?: boolean}} Surface
 */

export class Painter {
	/** @param {App} app */
	constructor(app) {
		this.app = app;
		this.store = app.store;
		/** @type {any} what was painted last */
		this.scene = null;
		this.dirty = false;
		/** @type {MessageChannel | null} the steps that are under way */
		this.stepping = null;
		/** How each canvas is drawn: for pictures of it. */
		/** @type {Map<HTMLCanvasElement, (ctx: any, w: number, h: number) => void>} */
		this.drawers = new Map();
	}
	/** Has all be painted in the next frame. */
	invalidate() {
		if (this.dirty || !this.store.model) return;
		this.dirty = true;
		requestAnimationFrame(() => {
			if (this.dirty && !this.stepping) this.draw();
		});
	}
	/**
	 * Paints all and then has the texts written.
	 * @param {{only?: HTMLCanvasElement | null, ahead?: number}} [what] only: the canvas to paint;
	 *	nothing else, and no text, is drawn then; ahead: of the timeline only this step, from 1
	 */
	draw({ only = null, ahead = 0 } = {}) {
		const { store, app } = this,
			{ el, views } = app;
		this.dirty = only ? this.dirty : false;
		if (!store.model?.n || !el) return;
		const scene = sceneOf(store);
		this.paint(only, el.timeline, (c) => {
			const all = { ...scene, ...timeSceneOf(store), ratio: c.ratio };
			if (ahead) views.timeline.ahead(c.ctx, c.w, c.h, all, ahead === 1);
			else views.timeline.draw(c.ctx, c.w, c.h, all);
		});
		if (!only || only === el.virtual) this.prepareVirtual(scene);
		this.frameMap(scene);
		this.paint(only, el.virtual, (c) => views.virtual.draw(c.ctx, c.w, c.h, scene));
		this.paint(only, el.frames, (c) =>
			views.frames.draw(c.ctx, c.w, c.h, { ...scene, ratio: c.ratio, live: c.live }),
		);
		this.paint(only, el.buddy, (c) => views.buddy.draw(c.ctx, c.w, c.h, scene));
		this.scene = scene;
		if (!only) app.painted(scene);
	}
	/**
	 * Paints a canvas, unless only another is wanted, and keeps how.
	 * @param {HTMLCanvasElement | null} only
	 * @param {HTMLCanvasElement} canvas
	 * @param {(c: Surface) => void} fn
	 */
	paint(only, canvas, fn) {
		this.drawers.set(canvas, (ctx, w, h) => {
			const k = scale();
			ctx.scale(k, k);
			fn({ ctx, w: w / k, h: h / k, ratio: 2 });
		});
		if (only && only !== canvas) return;
		const c = context(canvas);
		if (c) fn(c);
	}
	/** @param {any} scene */
	prepareVirtual(scene) {
		const { store } = this,
			span = store.chapterSpan(scene.i),
			follow = store.state.sel || store.vaAt >= span[0];
		this.app.views.virtual.prepare(scene, span, follow ? scene.va : null);
	}
	/**
	 * The frame map stays close to what the event speaks of, so that single blocks can be read.
	 * @param {any} scene
	 */
	frameMap({ trace, eventFrames }) {
		const { sel, zoomIn } = this.store.state,
			{ frames } = this.app.views;
		if (!zoomIn) return;
		if (this.store.hasty()) {
			frames.reset();
			return;
		}
		const pfn = sel && sel.pfn >= 0 ? sel.pfn : eventFrames[0]?.pfn,
			[w, h] = viewSize(this.app.el.frames);
		if (pfn !== undefined && w >= 2) frames.closeUp(trace, w, h, pfn);
	}
	/**
	 * The steps of painting everything, or these: a canvas a step, and the timeline in several.
	 * @returns {(() => void)[]}
	 */
	paints(list = this.app.canvases) {
		return list.flatMap((only) => {
			const ahead = only === this.app.el.timeline ? Timeline.AHEAD : 0,
				steps = Array.from(
					{ length: ahead },
					(_, x) => () => this.draw({ only, ahead: x + 1 }),
				);
			return [...steps, () => this.draw({ only })];
		});
	}
	/**
	 * Calls fn when the browser has put what is drawn now on the screen.
	 * @param {() => void} fn
	 */
	seen(fn) {
		const { model } = this.store,
			{ port1, port2 } = new MessageChannel();
		port1.onmessage = () => {
			port1.close();
			if (this.store.model === model) fn();
		};
		requestAnimationFrame(() => port2.postMessage(0));
	}
	/**
	 * Runs steps one after the other, each in a task of its own, as long as the same trace is
	 * shown; nothing else is drawn meanwhile.
	 * @param {...(() => void)} steps
	 */
	later(...steps) {
		const { model } = this.store,
			channel = new MessageChannel();
		this.stepping = channel;
		channel.port1.onmessage = () => {
			const step = this.store.model === model ? steps.shift() : undefined;
			if (step) {
				step();
				channel.port2.postMessage(0);
				return;
			}
			channel.port1.close();
			if (this.stepping !== channel) return;
			this.stepping = null;
			if (this.dirty) {
				this.dirty = false;
				this.invalidate();
			}
		};
		channel.port2.postMessage(0);
	}
	/**
	 * Colours the frames as those of which nothing is known, as most are at first: while the first
	 * events are being read.
	 * @param {any} model
	 */
	colourAhead(model) {
		const { state, palette } = this.store,
			wanted = this.store.model === model && state.colourBy === "owner",
			c = wanted ? context(this.app.el.frames) : null;
		if (c)
			this.app.views.frames.prepare(c.w, c.h, {
				model,
				trace: model.trace,
				m: model.seeker.machine,
				i: -1,
				palette,
				colourBy: state.colourBy,
				isolate: state.isolate,
				marks: { a: null, b: null },
				ratio: c.ratio,
			});
	}
}
