// SPDX-License-Identifier: MIT
/*
 * vector.js - pictures that stay sharp: a drawing context that writes SVG, and a painter
 * that draws a part of the page, its text and its canvases, onto it or onto a canvas.
 *
 * SvgContext knows what the views use of a 2D context: rectangles, paths, text, images,
 * clips, moves and scales.  Text comes from the trace and may be hostile: it is escaped,
 * and characters XML does not allow are left out.
 */
import { hatchBox } from "./theme.js";
/** @import {Context} from "./theme.js" */

/** @typedef {string | CanvasGradient | CanvasPattern} Style what a canvas is filled with */
/** @typedef {Pick<CanvasRenderingContext2D, "font" | "measureText">} Ruler measures text */
/**
 * What save() keeps.
 * @typedef {Pick<SvgContext, "fillStyle" | "strokeStyle" | "lineWidth" | "font" | "textAlign" |
 *	"textBaseline" | "globalAlpha" | "t" | "groups" | "dash">} Saved
 */

/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** @param {string} s */
const clean = (s) =>
	String(s)
		.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
		.replace(/[&<>"]/g, (c) => ESCAPES[c]);
/** @param {number} v */
const num = (v) => +v.toFixed(2);

/** @type {Partial<Record<CanvasTextBaseline, number>>} how far below y the line is, in heights */
const DROP = { middle: 0.35, top: 0.82, bottom: -0.2 };
/** @type {Partial<Record<CanvasTextAlign, string>>} */
const ANCHOR = { center: ' text-anchor="middle"', right: ' text-anchor="end"' };

export class SvgContext {
	/**
	 * A picture of w by h CSS pixels.
	 * @param {number} w
	 * @param {number} h
	 * @param {Ruler} ruler measures the text that is written
	 */
	constructor(w, h, ruler) {
		this.w = w;
		this.h = h;
		this.ruler = ruler;
		this.vector = /** @type {const} */ (true);
		/** No element shows it. */
		this.canvas = null;
		/** @type {string[]} */
		this.out = [];
		/** @type {string[]} */
		this.defs = [];
		this.ids = 0;
		/** @type {Map<string, string>} */
		this.hatches = new Map();
		/** @type {Saved[]} */
		this.stack = [];
		/** @type {{style: string, d: string[]} | null} the rectangles of one colour so far */
		this.boxes = null;
		/** @type {Style} */
		this.fillStyle = "#000";
		/** @type {Style} */
		this.strokeStyle = "#000";
		this.lineWidth = 1;
		this.font = "10px sans-serif";
		/** @type {CanvasTextAlign} */
		this.textAlign = "left";
		/** @type {CanvasTextBaseline} */
		this.textBaseline = "alphabetic";
		this.globalAlpha = 1;
		this.imageSmoothingEnabled = true;
		this.t = [1, 0, 0]; // scale, x, y
		this.groups = 0;
		/** @type {number[]} */
		this.dash = [];
		this.path = "";
	}
	/** @param {number} x */
	px(x) {
		return num(x * this.t[0] + this.t[1]);
	}
	/** @param {number} y */
	py(y) {
		return num(y * this.t[0] + this.t[2]);
	}
	/** @param {number} v */
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
	/** @param {string} text */
	put(text) {
		this.flush();
		this.out.push(text);
	}
	/**
	 * @param {string} kind
	 * @param {Style} colour
	 */
	paint(kind, colour) {
		const text = String(colour),
			m = /^rgba?\((\d+), *(\d+), *(\d+)(?:, *([\d.]+))?\)$/.exec(text),
			rgb = m ? `rgb(${m[1]},${m[2]},${m[3]})` : clean(text),
			a = this.globalAlpha * Number(m?.[4] ?? 1);
		return `${kind}="${rgb}"${a < 1 ? ` ${kind}-opacity="${num(a)}"` : ""}`;
	}
	/**
	 * @param {number} x
	 * @param {number} y
	 * @param {number} w
	 * @param {number} h
	 */
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
	/**
	 * @param {number} x
	 * @param {number} y
	 * @param {number} w
	 * @param {number} h
	 */
	strokeRect(x, y, w, h) {
		this.put(
			`<rect x="${this.px(x)}" y="${this.py(y)}" width="${Math.max(0, this.len(w))}" height="${Math.max(0, this.len(h))}" fill="none" ${this.pen()}/>`,
		);
	}
	pen() {
		return `${this.paint("stroke", this.strokeStyle)} stroke-width="${this.len(this.lineWidth)}"${this.dash.length ? ` stroke-dasharray="${this.dash.map((v) => this.len(v)).join(" ")}"` : ""}`;
	}
	/** @param {Iterable<number>} list */
	setLineDash(list) {
		this.dash = [...list];
	}
	beginPath() {
		this.path = "";
	}
	/**
	 * @param {number} x
	 * @param {number} y
	 */
	moveTo(x, y) {
		this.path += `M${this.px(x)} ${this.py(y)}`;
	}
	/**
	 * @param {number} x
	 * @param {number} y
	 */
	lineTo(x, y) {
		this.path += `L${this.px(x)} ${this.py(y)}`;
	}
	/**
	 * @param {number} x
	 * @param {number} y
	 * @param {number} w
	 * @param {number} h
	 */
	rect(x, y, w, h) {
		this.path += `M${this.px(x)} ${this.py(y)}h${this.len(w)}v${this.len(h)}h${this.len(-w)}z`;
	}
	closePath() {
		this.path += "z";
	}
	/**
	 * @param {number} a
	 * @param {number} b
	 * @param {number} c
	 * @param {number} d
	 * @param {number} e
	 * @param {number} f
	 */
	bezierCurveTo(a, b, c, d, e, f) {
		this.path += `C${this.px(a)} ${this.py(b)} ${this.px(c)} ${this.py(d)} ${this.px(e)} ${this.py(f)}`;
	}
	/**
	 * Whole circles only: no view draws another arc.
	 * @param {number} x
	 * @param {number} y
	 * @param {number} r
	 */
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
		const { fillStyle, strokeStyle, lineWidth, font, textAlign, textBaseline, globalAlpha } =
			this;
		this.stack.push({
			fillStyle,
			strokeStyle,
			lineWidth,
			font,
			textAlign,
			textBaseline,
			globalAlpha,
			t: [...this.t],
			groups: this.groups,
			dash: this.dash,
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
	/**
	 * @param {number} x
	 * @param {number} y
	 */
	translate(x, y) {
		this.t = [this.t[0], this.t[1] + x * this.t[0], this.t[2] + y * this.t[0]];
	}
	/** @param {number} k */
	scale(k) {
		this.t[0] *= k;
	}
	setFont() {
		const m = /^(?:(\d+|bold) )?([\d.]+)px(?:\/\S+)? (.*)$/.exec(this.font.trim());
		return m
			? { weight: m[1] ?? "400", size: +m[2], family: m[3] }
			: { weight: "400", size: 10, family: "sans-serif" };
	}
	/** @param {string} text */
	measureText(text) {
		this.ruler.font = this.font;
		return this.ruler.measureText(text);
	}
	/**
	 * @param {string} text
	 * @param {number} x
	 * @param {number} y
	 */
	fillText(text, x, y) {
		const f = this.setFont(),
			size = this.len(f.size),
			drop = DROP[this.textBaseline] ?? 0,
			anchor = ANCHOR[this.textAlign] ?? "";
		if (!String(text).trim()) return;
		this.put(
			`<text x="${this.px(x)}" y="${num(this.py(y) + drop * size)}" font-size="${size}" font-family="${clean(f.family.replace(/"/g, "'"))}"${f.weight === "400" ? "" : ` font-weight="${f.weight}"`}${anchor} xml:space="preserve" ${this.paint("fill", this.fillStyle)}>${clean(text)}</text>`,
		);
	}
	/**
	 * A canvas, or a part of one, as a picture inside the picture.
	 * @param {HTMLCanvasElement} img
	 * @param {number[]} a
	 */
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
		c.getContext("2d")?.drawImage(img, sx, sy, sw, sh, 0, 0, c.width, c.height);
		this.put(
			`<image x="${this.px(dx)}" y="${this.py(dy)}" width="${this.len(dw)}" height="${this.len(dh)}" preserveAspectRatio="none"${this.imageSmoothingEnabled ? "" : ' style="image-rendering:pixelated"'} href="${c.toDataURL()}"/>`,
		);
	}
	/**
	 * What theme.js's hatch is here.
	 * @param {string} colour
	 * @param {string} lines
	 * @returns {string}
	 */
	hatch(colour, lines) {
		const key = colour + lines;
		let fill = this.hatches.get(key);
		if (!fill) {
			const id = `h${++this.ids}`;
			this.hatches.set(key, (fill = `url(#${id})`));
			this.defs.push(
				`<pattern id="${id}" width="6" height="6" patternUnits="userSpaceOnUse"><path d="${lines}" ${this.paint("stroke", colour)}/></pattern>`,
			);
		}
		return fill;
	}
	/**
	 * The whole picture; title and note say what it shows.
	 * @param {string} title
	 * @param {string} note
	 */
	text(title, note) {
		this.flush();
		return `<svg xmlns="http://www.w3.org/2000/svg" width="${num(this.w)}" height="${num(this.h)}" viewBox="0 0 ${num(this.w)} ${num(this.h)}">\n<title>${clean(title)}</title>\n<desc>${clean(note)}</desc>\n<defs>${this.defs.join("")}</defs>\n${this.out.join("\n")}${"</g>".repeat(this.groups)}\n</svg>\n`;
	}
}

/** @param {string} c a colour */
const visible = (c) => c && c !== "transparent" && !/^rgba\(.*, *0\)$/.test(c);

const SIDES = /** @type {const} */ (["Top", "Left", "Bottom", "Right"]);
/** @typedef {(typeof SIDES)[number]} Side */
/**
 * An element that a class of frames is shown by: the class and the colour of its hatch.
 * @typedef {Element & {hatch?: [number, string]}} Hatched
 */

/**
 * Draws an element and all in it at (0, 0): backgrounds, borders, text line by line,
 * canvases by their own drawer or as they are.
 * @param {Element} root
 * @param {Context} ctx
 * @param {Map<HTMLCanvasElement, (ctx: Context, w: number, h: number) => void>} drawers
 */
export function paintElement(root, ctx, drawers) {
	const base = root.getBoundingClientRect();
	const text = (/** @type {Text} */ node, /** @type {CSSStyleDeclaration} */ cs) => {
		if (!node.data.trim()) return;
		ctx.font = `${cs.fontWeight} ${cs.fontSize} ${cs.fontFamily}`;
		ctx.fillStyle = cs.color;
		ctx.textAlign = "left";
		ctx.textBaseline = "middle";
		const range = document.createRange(),
			/** @type {{x: number, y: number, h: number, end: number, text: string}[]} */
			lines = [],
			pre = /^pre/.test(cs.whiteSpace);
		for (const m of node.data.matchAll(pre ? /[^\n]+/g : /\S+\s*/g)) {
			range.setStart(node, m.index);
			range.setEnd(node, m.index + m[0].trimEnd().length);
			const r = range.getClientRects()[0];
			if (!r || !r.width) continue;
			const last = lines.at(-1),
				word = pre ? m[0] : m[0].replace(/\s+/g, " ");
			if (!pre && last && Math.abs(last.y - r.top) < 2) {
				last.text += word;
				last.end = r.right;
			} else lines.push({ x: r.left, y: r.top, h: r.height, end: r.right, text: word });
		}
		for (const l of lines) {
			ctx.fillText(l.text, l.x - base.left, l.y - base.top + l.h / 2 + 0.5);
			if (cs.textDecorationLine === "line-through")
				ctx.fillRect(l.x - base.left, l.y - base.top + l.h / 2, l.end - l.x, 1);
		}
	};
	const walk = (/** @type {Hatched} */ el) => {
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
		if (el instanceof HTMLCanvasElement) {
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
		/** @type {(side: Side, bx: number, by: number, bw: number, bh: number) => void} */
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
		const [t, l, b, e] = SIDES.map((s) => parseFloat(cs[`border${s}Width`]) || 0);
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
		const select = el instanceof HTMLSelectElement;
		if (select || el instanceof HTMLInputElement) {
			ctx.font = `${cs.fontSize} ${cs.fontFamily}`;
			ctx.fillStyle = cs.color;
			ctx.textAlign = "left";
			ctx.textBaseline = "middle";
			ctx.fillText(
				select ? (el.selectedOptions[0]?.text ?? "") : el.value || el.placeholder,
				x + 8,
				y + r.height / 2,
			);
		} else
			for (const c of el.childNodes) {
				if (c instanceof Text) text(c, cs);
				else if (c instanceof Element && !(c instanceof SVGElement)) walk(c);
			}
		if (clips) ctx.restore();
	};
	walk(root);
}
