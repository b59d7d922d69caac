// SPDX-License-Identifier: MIT
/*
 * dom.js - making elements without ever parsing text as HTML: what a trace says is
 * only ever text.
 */

/**
 * The element that a specification such as "button.primary" makes.
 * @template {string} S
 * @typedef {S extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[S] :
 *	S extends `${infer T extends keyof HTMLElementTagNameMap}.${string}` ?
 *	HTMLElementTagNameMap[T] : HTMLElement} ElementOf
 */

/**
 * h("button.primary", {onclick, title}, "text", child, ...); without properties, h("p", "text",
 * child, ...). A child is text, a node or an array of them; null, undefined and false are none.
 * @template {string} S
 * @param {S} spec
 * @param {any} [props]
 * @param {...any} children
 * @returns {ElementOf<S>}
 */
export function h(spec, props, ...children) {
	if (props !== null && props !== undefined && props.constructor !== Object) {
		children.unshift(props);
		props = null;
	}
	const [tag, ...classes] = spec.split(".");
	/** @type {any} */
	const el = document.createElement(tag || "div");
	if (classes.length) el.className = classes.join(" ");
	for (const [name, v] of Object.entries(props ?? {})) {
		if (v === undefined || v === null || v === false) continue;
		if (name.startsWith("on")) el.addEventListener(name.slice(2), v);
		else if (name === "text") el.textContent = v;
		else if (name === "style")
			for (const [k, x] of Object.entries(/** @type {Record<string, string>} */ (v)))
				el.style.setProperty(k, x);
		else if (name in el && name !== "list" && name !== "form" && !name.startsWith("aria"))
			el[name] = v;
		else el.setAttribute(name, v === true ? "" : v);
	}
	append(el, children);
	return el;
}
/**
 * @param {Element} el
 * @param {any[]} children
 */
function append(el, children) {
	for (const c of children.flat(Infinity)) {
		if (c === null || c === undefined || c === false) continue;
		el.append(c instanceof Node ? c : document.createTextNode(String(c)));
	}
}
/**
 * Replaces what is in an element.
 * @template {Element} E
 * @param {E} el
 * @param {...any} children
 * @returns {E}
 */
export function fill(el, ...children) {
	el.replaceChildren();
	append(el, children);
	return el;
}
/**
 * The element of that id.
 * @param {string} id
 * @returns {any}
 */
export const $ = (id) => document.getElementById(id);

/** @type {WeakMap<Element, [number, number]>} */
const sizes = new WeakMap();
const observer =
	typeof ResizeObserver !== "undefined" &&
	new ResizeObserver((list) => {
		for (const e of list) {
			sizes.set(e.target, [e.contentRect.width, e.contentRect.height]);
			observed.get(e.target)?.();
		}
	});
/** @type {WeakMap<Element, () => void>} */
const observed = new WeakMap();

/**
 * Keeps the size of an element's box at hand: asking the layout for it in every frame costs
 * milliseconds.
 * @param {Element} el
 * @param {() => void} changed called when it has another size
 */
export function watchSize(el, changed) {
	observed.set(el, changed);
	if (observer) observer.observe(el);
}
/**
 * Its width and height, in CSS pixels.
 * @param {Element} el
 */
export function sizeOf(el) {
	let s = sizes.get(el);
	if (!s) sizes.set(el, (s = [el.clientWidth, el.clientHeight]));
	return s;
}

let factor = 1;

/** How much larger than usual the views are drawn: 1, or more in front of a class. */
export const scale = () => factor;
/** @param {number} k */
export function setScale(k) {
	factor = k;
	document.documentElement.style.setProperty("--u", `${k}px`);
}
/**
 * The size a view has to lay itself out in: its box's, less when it is drawn larger.
 * @param {Element} canvas
 */
export const viewSize = (canvas) => sizeOf(canvas).map((v) => v / factor);

/**
 * Sizes a canvas to its box in device pixels; returns its 2D context in the view's pixels, or null
 * if it has no size; live: it is the screen's own.
 * @param {HTMLCanvasElement} canvas
 */
export function context(canvas) {
	const ratio = Math.min(3, window.devicePixelRatio || 1);
	const [w, h] = sizeOf(canvas);
	if (w < 2 || h < 2) return null;
	const pw = Math.round(w * ratio),
		ph = Math.round(h * ratio);
	if (canvas.width !== pw || canvas.height !== ph) {
		canvas.width = pw;
		canvas.height = ph;
	}
	const ctx = canvas.getContext("2d");
	if (!ctx) return null;
	ctx.setTransform(ratio * factor, 0, 0, ratio * factor, 0, 0);
	return { ctx, w: w / factor, h: h / factor, ratio: ratio * factor, live: true };
}
