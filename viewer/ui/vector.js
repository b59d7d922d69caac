// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * vector.js - pictures that stay sharp: a drawing context that writes SVG, and a painter
 * that draws a part of the page, its text and its canvases, onto it or onto a canvas.
 *
 * SvgContext knows what the views use of a 2D context: rectangles, paths, text, images,
 * clips, moves and scales.  Text comes from the trace and may be hostile: it is escaped,
 * and characters XML does not allow are left out.
 */
import { hatchBox } from "./theme.js";

const clean = (s) =>
	String(s)
		.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
		.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const num = (v) => +v.toFixed(2);

export class SvgContext {
	/** w, h in CSS pixels; ruler: a real 2D context, to measure text with. */
	constructor(w, h, ruler) {
		Object.assign(this, {
			w,
			h,
			ruler,
			out: [],
			defs: [],
			ids: 0,
			hatches: new Map(),
			stack: [],
			boxes: null,
			vector: true,
		});
		Object.assign(this, {
			fillStyle: "#000",
			strokeStyle: "#000",
			lineWidth: 1,
			font: "10px sans-serif",
			textAlign: "left",
			textBaseline: "alphabetic",
			globalAlpha: 1,
			imageSmoothingEnabled: true,
		});
		this.t = [1, 0, 0]; // scale, x, y
		this.groups = 0;
		this.dash = [];
		this.path = "";
	}
	px(x) {
		return num(x * this.t[0] + this.t[1]);
	}
	py(y) {
		return num(y * this.t[0] + this.t[2]);
	}
	len(v) {
		return num(v * this.t[0]);
	}
	/** Rectangles of one colour in a row become one path. */
	flush() {
		if (!this.boxes) return;
		const { style, d } = this.boxes;
		this.boxes = null;
		this.out.push(`<path d="${d.join("")}" ${style}/>`);
	}
	put(text) {
		this.flush();
		this.out.push(text);
	}
	paint(kind, colour) {
		const m = /^rgba?\((\d+), *(\d+), *(\d+)(?:, *([\d.]+))?\)$/.exec(colour),
			rgb = m ? `rgb(${m[1]},${m[2]},${m[3]})` : clean(colour),
			a = this.globalAlpha * (m?.[4] ?? 1);
		return `${kind}="${rgb}"${a < 1 ? ` ${kind}-opacity="${num(a)}"` : ""}`;
	}
	fillRect(x, y, w, h) {
		const style = this.paint("fill", this.fillStyle),
			box = `M${this.px(x)} ${this.py(y)}h${this.len(w)}v${this.len(h)}h${this.len(-w)}z`;
		if (this.boxes?.style === style && this.boxes.d.length < 4000) this.boxes.d.push(box);
		else {
			this.flush();
			this.boxes = { style, d: [box] };
		}
	}
	clearRect() {}
	strokeRect(x, y, w, h) {
		this.put(
			`<rect x="${this.px(x)}" y="${this.py(y)}" width="${Math.max(0, this.len(w))}" height="${Math.max(0, this.len(h))}" fill="none" ${this.pen()}/>`,
		);
	}
	pen() {
		return `${this.paint("stroke", this.strokeStyle)} stroke-width="${this.len(this.lineWidth)}"${this.dash.length ? ` stroke-dasharray="${this.dash.map((v) => this.len(v)).join(" ")}"` : ""}`;
	}
	setLineDash(list) {
		this.dash = list;
	}
	beginPath() {
		this.path = "";
	}
	moveTo(x, y) {
		this.path += `M${this.px(x)} ${this.py(y)}`;
	}
	lineTo(x, y) {
		this.path += `L${this.px(x)} ${this.py(y)}`;
	}
	rect(x, y, w, h) {
		this.path += `M${this.px(x)} ${this.py(y)}h${this.len(w)}v${this.len(h)}h${this.len(-w)}z`;
	}
	closePath() {
		this.path += "z";
	}
	bezierCurveTo(a, b, c, d, e, f) {
		this.path += `C${this.px(a)} ${this.py(b)} ${this.px(c)} ${this.py(d)} ${this.px(e)} ${this.py(f)}`;
	}
	/** Whole circles only: no view draws another arc. */
	arc(x, y, r) {
		const R = this.len(r);
		this.path += `M${num(this.px(x) - R)} ${this.py(y)}a${R} ${R} 0 1 0 ${2 * R} 0a${R} ${R} 0 1 0 ${-2 * R} 0z`;
	}
	fill() {
		this.put(`<path d="${this.path}" ${this.paint("fill", this.fillStyle)}/>`);
	}
	stroke() {
		this.put(`<path d="${this.path}" fill="none" ${this.pen()}/>`);
	}
	clip() {
		const id = `c${++this.ids}`;
		this.flush();
		this.defs.push(`<clipPath id="${id}"><path d="${this.path}"/></clipPath>`);
		this.out.push(`<g clip-path="url(#${id})">`);
		this.groups++;
	}
	save() {
		this.stack.push({
			t: [...this.t],
			groups: this.groups,
			dash: this.dash,
			...Object.fromEntries(
				[
					"fillStyle",
					"strokeStyle",
					"lineWidth",
					"font",
					"textAlign",
					"textBaseline",
					"globalAlpha",
				].map((k) => [k, this[k]]),
			),
		});
	}
	restore() {
		const s = this.stack.pop();
		if (!s) return;
		this.flush();
		while (this.groups > s.groups) {
			this.out.push("</g>");
			this.groups--;
		}
		Object.assign(this, s);
	}
	translate(x, y) {
		this.t = [this.t[0], this.t[1] + x * this.t[0], this.t[2] + y * this.t[0]];
	}
	scale(k) {
		this.t[0] *= k;
	}
	setFont() {
		const m = /^(?:(\d+|bold) )?([\d.]+)px(?:\/\S+)? (.*)$/.exec(this.font.trim());
		return m
			? { weight: m[1] ?? "400", size: +m[2], family: m[3] }
			: { weight: "400", size: 10, family: "sans-serif" };
	}
	measureText(text) {
		this.ruler.font = this.font;
		return this.ruler.measureText(text);
	}
	fillText(text, x, y) {
		const f = this.setFont(),
			size = this.len(f.size),
			drop = { middle: 0.35, top: 0.82, bottom: -0.2, alphabetic: 0 }[this.textBaseline] ?? 0;
		const anchor =
			{ center: ' text-anchor="middle"', right: ' text-anchor="end"' }[this.textAlign] ?? "";
		if (!String(text).trim()) return;
		this.put(
			`<text x="${this.px(x)}" y="${num(this.py(y) + drop * size)}" font-size="${size}" font-family="${clean(f.family.replace(/"/g, "'"))}"${f.weight === "400" ? "" : ` font-weight="${f.weight}"`}${anchor} xml:space="preserve" ${this.paint("fill", this.fillStyle)}>${clean(text)}</text>`,
		);
	}
	/** A canvas, or a part of one, as a picture inside the picture. */
	drawImage(img, ...a) {
		const [sx, sy, sw, sh, dx, dy, dw, dh] =
				a.length === 8
					? a
					: [
							0,
							0,
							img.width,
							img.height,
							a[0],
							a[1],
							a[2] ?? img.width,
							a[3] ?? img.height,
						],
			c = document.createElement("canvas");
		c.width = Math.max(1, Math.round(sw));
		c.height = Math.max(1, Math.round(sh));
		c.getContext("2d").drawImage(img, sx, sy, sw, sh, 0, 0, c.width, c.height);
		this.put(
			`<image x="${this.px(dx)}" y="${this.py(dy)}" width="${this.len(dw)}" height="${this.len(dh)}" preserveAspectRatio="none"${this.imageSmoothingEnabled ? "" : ' style="image-rendering:pixelated"'} href="${c.toDataURL()}"/>`,
		);
	}
	/** What theme.js's hatch is here. */
	hatch(colour, lines) {
		const key = colour + lines;
		if (!this.hatches.has(key)) {
			const id = `h${++this.ids}`;
			this.hatches.set(key, `url(#${id})`);
			this.defs.push(
				`<pattern id="${id}" width="6" height="6" patternUnits="userSpaceOnUse"><path d="${lines}" ${this.paint("stroke", colour)}/></pattern>`,
			);
		}
		return this.hatches.get(key);
	}
	/** The whole picture; title and note say what it shows. */
	text(title, note) {
		this.flush();
		return `<svg xmlns="http://www.w3.org/2000/svg" width="${num(this.w)}" height="${num(this.h)}" viewBox="0 0 ${num(this.w)} ${num(this.h)}">\n<title>${clean(title)}</title>\n<desc>${clean(note)}</desc>\n<defs>${this.defs.join("")}</defs>\n${this.out.join("\n")}${"</g>".repeat(this.groups)}\n</svg>\n`;
	}
}

const visible = (c) => c && c !== "transparent" && !/^rgba\(.*, *0\)$/.test(c);

/**
 * Draws an element and all in it at (0, 0): backgrounds, borders, text line by line,
 * canvases by their own drawer (drawers: Map of canvas to (ctx, w, h)) or as they are.
 */
export function paintElement(root, ctx, drawers) {
	const base = root.getBoundingClientRect();
	const text = (node, cs) => {
		if (!node.data.trim()) return;
		ctx.font = `${cs.fontWeight} ${cs.fontSize} ${cs.fontFamily}`;
		ctx.fillStyle = cs.color;
		ctx.textAlign = "left";
		ctx.textBaseline = "middle";
		const range = document.createRange(),
			lines = [],
			pre = /^pre/.test(cs.whiteSpace);
		for (const m of node.data.matchAll(pre ? /[^\n]+/g : /\S+\s*/g)) {
			range.setStart(node, m.index);
			range.setEnd(node, m.index + m[0].trimEnd().length);
			const r = range.getClientRects()[0];
			if (!r || !r.width) continue;
			const last = lines.at(-1),
				word = pre ? m[0] : m[0].replace(/\s+/g, " ");
			if (!pre && last && Math.abs(last.y - r.top) < 2) last.text += word;
			else lines.push({ x: r.left, y: r.top, h: r.height, w: r.width, text: word });
			lines.at(-1).end = r.right;
		}
		for (const l of lines) {
			ctx.fillText(l.text, l.x - base.left, l.y - base.top + l.h / 2 + 0.5);
			if (cs.textDecorationLine === "line-through")
				ctx.fillRect(l.x - base.left, l.y - base.top + l.h / 2, l.end - l.x, 1);
		}
	};
	const walk = (el) => {
		const cs = getComputedStyle(el),
			r = el.getBoundingClientRect();
		if (
			cs.display === "none" ||
			cs.visibility === "hidden" ||
			el.classList.contains("no-picture") ||
			el.classList.contains("sr")
		)
			return;
		const x = r.left - base.left,
			y = r.top - base.top;
		if (visible(cs.backgroundColor)) {
			ctx.fillStyle = cs.backgroundColor;
			ctx.fillRect(x, y, r.width, r.height);
		}
		if (el.hatch) hatchBox(ctx, ...el.hatch, x, y, r.width, r.height);
		if (el.tagName === "CANVAS") {
			if (!r.width || !r.height) return;
			const draw = drawers.get(el);
			ctx.save();
			ctx.beginPath();
			ctx.rect(x, y, r.width, r.height);
			ctx.clip();
			ctx.translate(x, y);
			if (draw) draw(ctx, r.width, r.height);
			else ctx.drawImage(el, 0, 0, r.width, r.height);
			ctx.restore();
			return;
		}
		const edge = (side, bx, by, bw, bh) => {
			if (
				cs[`border${side}Style`] !== "none" &&
				visible(cs[`border${side}Color`]) &&
				bw > 0 &&
				bh > 0
			) {
				ctx.fillStyle = cs[`border${side}Color`];
				ctx.fillRect(bx, by, bw, bh);
			}
		};
		const [t, l, b, e] = ["Top", "Left", "Bottom", "Right"].map(
			(s) => parseFloat(cs[`border${s}Width`]) || 0,
		);
		edge("Top", x, y, r.width, t);
		edge("Bottom", x, y + r.height - b, r.width, b);
		edge("Left", x, y, l, r.height);
		edge("Right", x + r.width - e, y, e, r.height);
		const clips = cs.overflow !== "visible" && el !== root && r.width > 0;
		if (clips) {
			ctx.save();
			ctx.beginPath();
			ctx.rect(x, y, r.width, r.height);
			ctx.clip();
		}
		if (el.tagName === "SELECT" || el.tagName === "INPUT") {
			ctx.font = `${cs.fontSize} ${cs.fontFamily}`;
			ctx.fillStyle = cs.color;
			ctx.textAlign = "left";
			ctx.textBaseline = "middle";
			ctx.fillText(
				el.tagName === "SELECT"
					? (el.selectedOptions[0]?.text ?? "")
					: el.value || el.placeholder,
				x + 8,
				y + r.height / 2,
			);
		} else
			for (const c of el.childNodes) {
				if (c.nodeType === 3) text(c, cs);
				else if (c.nodeType === 1 && !(c instanceof SVGElement)) walk(c);
			}
		if (clips) ctx.restore();
	};
	walk(root);
}
