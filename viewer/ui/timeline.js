// SPDX-License-Identifier: MIT
/*
 * timeline.js - the whole trace along one axis: chapters, density of events by group,
 * free pages per zone and vmalloc pages, what touches the selection, hazards.
 */
import { GROUPS } from "../model/kinds.js";
import { edges } from "../model/lod.js";
import { count } from "../model/format.js";
import { hatch } from "./theme.js";
import { MONO, rect, write } from "./draw.js";
import { plot } from "./plot.js";
import { Span } from "./axis.js";
import { DENSITY, WHAT_IF, drawDensity, drawSeries, drawWhatIf, gap } from "./timebars.js";

/** @import {Model} from "../model/model.js" */
/** @import {Trace} from "../model/trace.js" */
/** @import {Mark} from "../model/types.js" */
/** @import {Axis} from "./axis.js" */
/** @import {TimeScene} from "./scene.js" */
/** @import {Context} from "./theme.js" */

const LEFT = 100,
	RIGHT = 12;
const LANES = { chapters: 22, key: 13, density: DENSITY, whatIf: WHAT_IF, events: 13, ruler: 16 };

/**
 * A triangle on its base, which is twice `half` wide; or on its tip.
 * @type {(ctx: Context, x: number, base: number, tip: number, half: number) => void}
 */
function triangle(ctx, x, base, tip, half) {
	ctx.beginPath();
	ctx.moveTo(x - half, base);
	ctx.lineTo(x + half, base);
	ctx.lineTo(x, tip);
	ctx.fill();
}

export class Timeline {
	/** span: the part of the axis that is seen, see axis.js. */
	constructor(span = new Span()) {
		this.span = span;
		this.w = this.h = 0;
		/** @type {HTMLCanvasElement | null} keeps what does not move */
		this.canvas = null;
		/**
		 * What was drawn of it; canvas: null as long as it was not kept.
		 * @type {{canvas: HTMLCanvasElement | null, key: string, model: Model | null}}
		 */
		this.still = { canvas: null, key: "", model: null };
		/**
		 * @type {{model: Model, w: number, h: number, key: string, steps: Generator<undefined>} |
		 *	null} what was made for the next draw()
		 */
		this.ready = null;
		/** @type {Map<string, string>} headings as they were shortened */
		this.short = new Map();
	}
	/** @param {number} u */
	x(u) {
		const { u0, u1 } = this.span;
		return LEFT + ((u - u0) / (u1 - u0)) * (this.w - LEFT - RIGHT);
	}
	/** @param {number} x */
	u(x) {
		const { u0, u1 } = this.span;
		return u0 + ((x - LEFT) / (this.w - LEFT - RIGHT)) * (u1 - u0);
	}
	/**
	 * @param {number} px
	 * @param {Axis} axis
	 */
	eventAt(px, axis) {
		return Math.max(0, Math.min(axis.trace.n - 1, axis.event(this.u(px))));
	}
	/**
	 * @param {number} px
	 * @param {number} factor
	 */
	zoomAt(px, factor) {
		this.span.zoom(this.u(px), factor);
	}
	/** @param {number} px */
	pan(px) {
		this.span.pan(-px / (this.w - LEFT - RIGHT));
	}

	/**
	 * @param {Context} ctx
	 * @param {number} w
	 * @param {number} h
	 * @param {TimeScene} scene
	 */
	draw(ctx, w, h, scene) {
		const { palette, model, i, marks, bands, hoverX } = scene;
		this.w = w;
		this.h = h;
		const ready =
				this.ready?.model === model &&
				this.ready.w === w &&
				this.ready.h === h &&
				!ctx.vector
					? this.ready
					: null,
			key = ready?.key ?? this.keyOf(w, h, scene);
		this.ready = null;
		// what does not move is kept as a picture from the second time on: much is drawn but once,
		// and a picture costs more
		const again = this.still.key === key && this.still.model === model && !ctx.vector;
		if (!again) {
			this.drawStill(ctx, w, h, scene, ready?.steps);
			if (!ctx.vector) this.still = { canvas: null, key, model };
		} else ctx.drawImage((this.still.canvas ??= this.keep(w, h, scene)), 0, 0, w, h);
		this.drawChapters(ctx, scene, model.trace.chapterAt(i));
		for (const [from, to] of bands ?? []) this.drawBand(ctx, scene, from, to);
		this.drawFuture(ctx, scene);
		if (marks.a !== null && marks.b !== null)
			this.drawStretch(ctx, scene, Math.min(marks.a, marks.b), Math.max(marks.a, marks.b));
		if (marks.a !== null) this.drawMarker(ctx, scene, "A", marks.a);
		if (marks.b !== null) this.drawMarker(ctx, scene, "B", marks.b);
		this.drawCursor(ctx, scene);
		if (hoverX !== null && hoverX >= LEFT)
			rect(ctx, hoverX, LANES.chapters, 1, h - LANES.chapters, palette.dim);
	}
	/**
	 * Where the middle of an event lies.
	 * @param {Axis} axis
	 * @param {number} i
	 */
	middle(axis, i) {
		return this.x(axis.pos(i + 0.5));
	}
	/**
	 * The same, or the end of what is in sight that is next to it.
	 * @param {number} x
	 */
	within(x) {
		return Math.max(LEFT, Math.min(this.w - RIGHT, x));
	}
	/**
	 * A stretch where two runs differ.
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 * @param {number} from
	 * @param {number} to
	 */
	drawBand(ctx, { axis, palette: p }, from, to) {
		const right = this.w - RIGHT,
			a = Math.max(LEFT, this.x(axis.pos(from))),
			b = Math.min(right, Math.max(a + 2, this.x(axis.pos(to))));
		if (b < LEFT || a > right) return;
		ctx.fillStyle = p.bad;
		ctx.globalAlpha = 0.25;
		ctx.fillRect(a, LANES.chapters, b - a, this.h - LANES.chapters - LANES.ruler);
		ctx.globalAlpha = 1;
		ctx.fillRect(a, LANES.chapters, b - a, 3);
	}
	/**
	 * What has not happened yet is greyed, never hidden.
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 */
	drawFuture(ctx, { axis, i, palette: p }) {
		const from = this.within(this.middle(axis, i)),
			top = LANES.chapters + LANES.key;
		rect(ctx, from, top, this.w - RIGHT - from, this.h - top - LANES.ruler, p.future);
	}
	/**
	 * The time between two markers.
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 * @param {number} from
	 * @param {number} to
	 */
	drawStretch(ctx, { axis, palette: p }, from, to) {
		const a = this.within(this.middle(axis, from)),
			b = this.within(this.middle(axis, to));
		ctx.fillStyle = p.hover;
		ctx.globalAlpha = 0.14;
		ctx.fillRect(a, LANES.chapters, b - a, this.h - LANES.chapters - LANES.ruler);
		ctx.globalAlpha = 1;
	}
	/**
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 * @param {string} name
	 * @param {number} i
	 */
	drawMarker(ctx, { axis, palette: p }, name, i) {
		const x = this.middle(axis, i);
		if (x < LEFT || x > this.w - RIGHT) return;
		rect(ctx, x - 0.5, LANES.chapters, 1, this.h - LANES.chapters, p.hover);
		ctx.fillRect(x - 7, LANES.chapters, 14, 13);
		write(ctx, name, x, LANES.chapters + 7, p.ink, "center", "600 10px");
	}
	/**
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 */
	drawCursor(ctx, { axis, i, palette: p }) {
		const x = this.middle(axis, i),
			{ h } = this;
		if (x < LEFT - 1 || x > this.w - RIGHT + 1) return;
		rect(ctx, x - 1, 0, 2, h, p.focus);
		triangle(ctx, x, h, h - 8, 6);
	}
	/**
	 * @param {number} w
	 * @param {number} h
	 * @param {TimeScene} scene
	 */
	keyOf(w, h, { model, axis, palette, ratio, selKey, seriesKey }) {
		return [
			w,
			h,
			ratio,
			this.span.u0,
			this.span.u1,
			axis.mode,
			palette.dark,
			model.n,
			model.complete,
			selKey,
			seriesKey,
		].join();
	}
	static AHEAD = 3; // steps of bars() before the one that puts it up
	/**
	 * One of those for the next draw(), where the whole would be too long a task; begin: the first.
	 * @param {Context} ctx
	 * @param {number} w
	 * @param {number} h
	 * @param {TimeScene} scene
	 * @param {boolean} begin
	 */
	ahead(ctx, w, h, scene, begin) {
		this.w = w;
		this.h = h;
		if (begin)
			this.ready = {
				model: scene.model,
				w,
				h,
				key: this.keyOf(w, h, scene),
				steps: this.bars(ctx, w, h, scene),
			};
		this.ready?.steps.next();
	}
	/**
	 * @param {number} w
	 * @param {number} h
	 * @param {TimeScene} scene
	 * @returns {HTMLCanvasElement}
	 */
	keep(w, h, scene) {
		const { ratio } = scene,
			c = (this.canvas ??= document.createElement("canvas")),
			W = Math.round(w * ratio),
			H = Math.round(h * ratio);
		if (c.width !== W || c.height !== H) {
			c.width = W;
			c.height = H;
		}
		const g = /** @type {CanvasRenderingContext2D} */ (c.getContext("2d"));
		g.setTransform(ratio, 0, 0, ratio, 0, 0);
		this.drawStill(g, w, h, scene);
		return c;
	}
	/** The next time all is drawn anew. */
	forget() {
		this.still = { canvas: null, key: "", model: null };
	}
	/** @param {Pick<TimeScene, "model" | "axis">} scene */
	chapters(scene) {
		const { trace } = scene.model,
			{ axis } = scene,
			list = trace.chapters();
		return list.map((m, x) => ({
			...m,
			x0: this.x(axis.pos(m.i)),
			x1: this.x(axis.pos(x + 1 < list.length ? list[x + 1].i : trace.n)),
		}));
	}
	/**
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 * @param {Mark | null} current
	 */
	drawChapters(ctx, scene, current) {
		const { palette: p } = scene,
			H = LANES.chapters;
		ctx.save();
		ctx.beginPath();
		ctx.rect(LEFT, 0, this.w - LEFT - RIGHT, H);
		ctx.clip();
		const list = this.chapters(scene),
			at = current?.i ?? -1,
			{ marks } = scene.model.trace;
		list.forEach((m, n) => {
			const on = m.i <= at && (n + 1 >= list.length || list[n + 1].i > at);
			rect(
				ctx,
				m.x0,
				0,
				m.x1 - m.x0 - 1,
				H - 2,
				on ? p.chapterOn : n % 2 ? p.chapterA : p.chapterB,
			);
			ctx.fillStyle = p.faint;
			for (const s of marks)
				if (s.level > 1 && s.i > m.i && (n + 1 >= list.length || s.i < list[n + 1].i))
					ctx.fillRect(this.x(scene.axis.pos(s.i)), H - 6, 1, 4);
			const x = Math.max(m.x0, LEFT) + 6,
				room = m.x1 - x - 6;
			if (room < 12) return;
			const size = on ? "600 11px" : "11px";
			ctx.font = size + " system-ui, sans-serif";
			write(
				ctx,
				this.shorten(ctx, m.msg, Math.floor(room), on),
				x,
				(H - 2) / 2,
				on ? p.text : p.dim,
				"left",
				size,
			);
		});
		ctx.restore();
	}
	/**
	 * As much of a heading as fits; its number, or nothing, if that is little. Measuring text is
	 * slow: remembered.
	 * @param {Context} ctx
	 * @param {string} msg
	 * @param {number} room
	 * @param {boolean} on
	 * @returns {string}
	 */
	shorten(ctx, msg, room, on) {
		const id = `${room}:${on}:${msg}`;
		let text = this.short.get(id);
		if (text !== undefined) return text;
		if (this.short.size > 500) this.short.clear();
		text = msg;
		if (ctx.measureText(text).width > room) {
			while (text.length > 1 && ctx.measureText(text + "…").width > room)
				text = text.slice(0, -1);
			text = text.length > 3 ? text + "…" : (msg.match(/^\d+/)?.[0] ?? "");
		}
		if (ctx.measureText(text).width > room + 4) text = "";
		this.short.set(id, text);
		return text;
	}
	/**
	 * Where the lanes lie: density yD, curves yS, what could be had yW, the selection's events yE,
	 * ruler yR.
	 * @param {number} w
	 * @param {number} h
	 * @param {Trace} trace
	 */
	lanes(w, h, trace) {
		// of single pages there is no larger block to be had
		const hW = trace.single ? 0 : Math.max(LANES.whatIf, 4 * trace.zones.length + 3),
			yD = LANES.chapters + LANES.key + 2,
			yS = yD + LANES.density + 4,
			yR = h - LANES.ruler,
			yE = yR - LANES.events,
			yW = yE - 2 - hW;
		return { x0: LEFT, x1: w - RIGHT, yD, yS, hS: yW - yS - 4, yW, hW, yE, yR };
	}
	/**
	 * What is made of the event range behind every pixel column, in steps; the last puts it up.
	 * @param {Context} ctx
	 * @param {number} w
	 * @param {number} h
	 * @param {TimeScene} scene
	 */
	*bars(ctx, w, h, scene) {
		const {
				model: { trace },
				axis,
			} = scene,
			{ x0, x1, yD, yS, hS, yW, hW } = this.lanes(w, h, trace),
			cols = Math.floor(x1 - x0),
			edge = edges(cols, (c) => Math.min(trace.n, axis.event(this.u(x0 + c))));
		const bars = plot(ctx, x0, yD, cols, yW + hW - yD, scene.palette.panel);
		drawDensity(bars, scene, edge, cols, x0, yD);
		yield;
		drawSeries(bars, scene, edge, cols, x0, yS, hS);
		yield;
		if (hW) drawWhatIf(bars, scene, edge, cols, x0, yW);
		yield;
		bars.done();
	}
	/**
	 * @param {Context} ctx
	 * @param {number} w
	 * @param {number} h
	 * @param {TimeScene} scene
	 */
	drawStill(ctx, w, h, scene, bars = this.bars(ctx, w, h, scene)) {
		const { palette: p, model } = scene,
			{ x0, x1, yD, yS, hS, yW, hW, yE, yR } = this.lanes(w, h, model.trace);
		rect(ctx, 0, 0, w, h, p.panel);
		const label = (/** @type {string} */ text, /** @type {number} */ y) =>
			write(ctx, text, LEFT - 8, y, p.dim, "right");
		label("chapters", LANES.chapters / 2 - 1);
		label("events", yD + LANES.density / 2);
		label("selection", yE + LANES.events / 2 - 1);
		if (hW) label(`order ≥ ${scene.order} free`, yW + hW / 2);
		for (const _ of bars);
		this.drawKinds(ctx, scene, x0, yD - LANES.key / 2);
		this.drawKey(ctx, scene, yS, hS);
		rect(ctx, 0, yW - 2, w, 1, p.line);
		ctx.fillRect(0, yS - 3, w, 1);
		ctx.fillRect(0, yE - 2, w, 1);
		ctx.fillRect(0, yR - 1, w, 1);
		if (scene.touching) this.drawTouching(ctx, scene, scene.touching, yE + 1);
		this.drawHazards(ctx, scene, yS + hS);
		this.drawDoubt(ctx, scene, yD, yR - yD);
		this.drawCrosses(ctx, scene, yS, hS);
		this.drawRuler(ctx, scene, x0, x1, yR);
	}
	/**
	 * What touches the selection: a tick an event, brighter while the selected thing lives.
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 * @param {Iterable<number>} events
	 * @param {number} y
	 */
	drawTouching(ctx, { axis, palette: p, selSpan }, events, y) {
		let last = -9;
		for (const i of events) {
			const x = this.middle(axis, i),
				column = Math.round(x),
				lives = !selSpan || (i >= selSpan.from && i <= selSpan.to);
			if (column !== last && this.seen(x) && this.seen(column))
				rect(ctx, x - 1, y, 2, LANES.events - 4, lives ? p.accent : p.dim);
			last = column;
		}
	}
	/**
	 * Is this place of the axis in sight?
	 * @param {number} x
	 */
	seen(x) {
		return x >= LEFT && x <= this.w - RIGHT;
	}
	/**
	 * What breaks a rule: a triangle below the curves.
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 * @param {number} y
	 */
	drawHazards(ctx, { model, axis, palette: p }, y) {
		for (const { i, severity } of model.hazards.list) {
			const x = this.middle(axis, i);
			if (!this.seen(x)) continue;
			ctx.fillStyle = severity === "violation" ? p.bad : p.warn;
			triangle(ctx, x, y + 1, y - 7, 5);
		}
	}
	/**
	 * Where the replay is not known to be the kernel's state: from a gap to the snapshot that
	 * agrees again; the gaps; an end that is missing.
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 * @param {number} y
	 * @param {number} h
	 */
	drawDoubt(ctx, { model, axis, palette: p }, y, h) {
		const { trace, hazards, complete } = model,
			right = this.w - RIGHT;
		for (const [from, to] of hazards.unverified) {
			const a = Math.max(LEFT, this.x(axis.pos(from))),
				b = Math.min(right, to === Infinity ? this.x(1) : this.x(axis.pos(to)));
			if (b >= LEFT && a <= right) rect(ctx, a, y, Math.max(3, b - a), h, hatch(ctx, p.warn));
		}
		for (const g of trace.gaps) {
			const x = this.x(axis.pos(g.i));
			if (this.seen(x)) rect(ctx, x - 1, y, 2, h, p.bad);
		}
		if (trace.end?.lost || (!trace.end && complete)) rect(ctx, right - 3, y, 3, h, p.bad);
	}
	/**
	 * Snapshots of the kernel's own that the replay does not have.
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 * @param {number} y
	 * @param {number} h
	 */
	drawCrosses(ctx, { model, axis, palette: p }, y, h) {
		let last = -99;
		for (const { i, ok } of model.hazards.checks) {
			const x = this.middle(axis, i);
			if (ok || !this.seen(x) || x - last < 3) continue;
			last = x;
			rect(ctx, x - 0.5, y, 1, h, p.bad);
			write(ctx, "✗", x, y + 5, p.bad, "center", "600 11px");
		}
	}
	/**
	 * The key of what is stacked, from the bottom on.
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 * @param {number} x
	 * @param {number} y
	 */
	drawKinds(ctx, { palette: p, model: { lod, trace } }, x, y) {
		/** @type {Record<string, string>} */
		const group = p.group;
		lod.countBefore(trace.n, new Uint32Array(lod.groups)).forEach((n, g) => {
			if (!n) return;
			// single pages have no buddies
			const name = GROUPS[g] === "buddy" && trace.single ? "pages" : GROUPS[g];
			rect(ctx, x, y - 3, 6, 6, group[GROUPS[g]]);
			write(ctx, name, x + 10, y, p.dim);
			x += ctx.measureText(name).width + 24;
		});
	}
	/**
	 * A key instead of axis labels: name, and a piece of the line.
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 * @param {number} y
	 * @param {number} H
	 */
	drawKey(ctx, { palette: p, model: { trace } }, y, H) {
		const names = trace.zones.map((z) => [
			trace.zones.length > 2 || z.name.length > 6 ? z.name : z.name + " free",
			p.zone[z.id],
		]);
		if (trace.hasRegion("vmalloc")) names.push(["vmalloc", p.vm]);
		const step = Math.min(13, H / names.length);
		names.forEach(([name, colour], n) => {
			const z = trace.zones[n]?.id,
				mid = y + step * (n + 0.5);
			ctx.fillStyle = colour;
			if (z === undefined) {
				ctx.globalAlpha = 0.33;
				ctx.fillRect(LEFT - 23, mid - 3, 17, 6);
				ctx.globalAlpha = 1;
				ctx.fillRect(LEFT - 23, mid - 3, 17, 1);
			} else
				for (let c = 0; c < 17; c++)
					if (!gap(z, c)) ctx.fillRect(LEFT - 23 + c, mid - 1, 1, 2);
			write(ctx, name, LEFT - 28, mid, p.dim, "right", `${Math.min(11, step)}px`);
		});
	}
	/**
	 * @param {Context} ctx
	 * @param {TimeScene} scene
	 * @param {number} x0
	 * @param {number} x1
	 * @param {number} y
	 */
	drawRuler(ctx, { palette: p, axis }, x0, x1, y) {
		write(
			ctx,
			axis.mode === "ticks" ? "tick" : "event #",
			LEFT - 8,
			y + LANES.ruler / 2,
			p.dim,
			"right",
		);
		ctx.font = "10px " + MONO;
		ctx.textAlign = "center";
		let last = x0 - 20;
		const put = (/** @type {number} */ x, /** @type {string} */ text) => {
			const half = ctx.measureText(text).width / 2;
			if (x - half < last + 14 || x + half > x1) return;
			ctx.fillRect(x, y, 1, 4);
			ctx.fillText(text, x, y + LANES.ruler / 2 + 1);
			last = x + half;
		};
		if (axis.mode === "story") {
			for (let x = x0; x <= x1; x += 90) {
				const i = axis.event(this.u(x));
				put(this.x(axis.pos(i)), count(i));
			}
			return;
		}
		const total = axis.mode === "ticks" ? axis.span : axis.trace.n,
			base = axis.mode === "ticks" ? axis.t0 : 0;
		const from = this.span.u0 * total,
			span = (this.span.u1 - this.span.u0) * total,
			raw = span / ((x1 - x0) / 110),
			pow = 10 ** Math.floor(Math.log10(Math.max(1, raw)));
		const step = [1, 2, 5, 10].map((v) => v * pow).find((v) => v >= raw) ?? pow * 10;
		for (let v = Math.ceil((from + base) / step) * step - base; v <= from + span; v += step)
			put(this.x(v / total), count(v + base));
	}
	static LEFT = LEFT;
	static CHAPTERS = LANES.chapters;
}
