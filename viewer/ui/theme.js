// SPDX-License-Identifier: MIT
/*
 * theme.js - colours.  The class colours were measured: at least 16.8 CIEDE2000 apart
 * under normal, protan, deutan and tritan sight, 3:1 against their background (free is
 * quiet on purpose).  A letter and a hatch carry the same information from 8 px up.
 */
import {
	UNKNOWN,
	FREE,
	RESERVED,
	KERNEL,
	VMALLOC,
	PAGETABLE,
	SLAB,
	USER,
	FLIGHT,
} from "../model/owners.js";

export const CLASSES = [
	{
		id: KERNEL,
		letter: "K",
		name: "kernel",
		text: "handed out, not mapped through vmalloc: used by its linear address",
	},
	{
		id: VMALLOC,
		letter: "V",
		name: "vmalloc",
		text: "mapped behind a page of the vmalloc range",
	},
	{ id: PAGETABLE, letter: "P", name: "tables", text: "a page directory or page table" },
	{ id: SLAB, letter: "S", name: "slab", text: "cut into small objects by the slab allocator" },
	{ id: USER, letter: "U", name: "user", text: "mapped at user addresses, for a process" },
	{
		id: RESERVED,
		letter: "R",
		name: "reserved",
		text: "never given to the allocator: kernel image, mem_map, firmware, holes",
	},
	{ id: FREE, letter: "·", name: "free", text: "on a free list" },
	{ id: UNKNOWN, letter: "", name: "unknown", text: "no event has told of it yet" },
];
/** @type {Record<number, string>} */
export const LETTER = {
	[UNKNOWN]: "",
	[FREE]: "·",
	[RESERVED]: "R",
	[KERNEL]: "K",
	[VMALLOC]: "V",
	[PAGETABLE]: "P",
	[SLAB]: "S",
	[USER]: "U",
	[FLIGHT]: "↑",
};

/** A colour: red, green, blue. @typedef {number[]} RGB */
/**
 * A context to draw with: a canvas's, or that of a picture of lines, which has hatches of its own.
 * @typedef {(CanvasRenderingContext2D & {vector?: undefined}) |
 *	import("./vector.js").SvgContext} Context
 */
/** @typedef {Record<number, string>} ByClass a colour for each class of frames */
/** @typedef {Omit<typeof DARK, "cls" | "on"> & {cls: ByClass, on: ByClass}} Palette */

/** @type {Record<number, string>} */
const NO_COLOURS = {};
const DARK = {
	dark: true,
	bg: "#12161d",
	panel: "#0e1116",
	line: "#262d37",
	text: "#e3e8ef",
	dim: "#94a0b0",
	faint: "#3d4755",
	accent: "#ffffff",
	focus: "#ffd84d",
	hover: "#9fd3ff",
	ink: "#0e1116",
	cls: {
		[UNKNOWN]: "#161b22",
		[FREE]: "#2a333d",
		[RESERVED]: "#63676c",
		[KERNEL]: "#0058d9",
		[VMALLOC]: "#7d5b00",
		[PAGETABLE]: "#f97756",
		[SLAB]: "#2d94af",
		[USER]: "#00daa0",
		[FLIGHT]: "#e9b8ff",
	},
	on: {
		[KERNEL]: "#ffffff",
		[VMALLOC]: "#ffffff",
		[PAGETABLE]: "#000000",
		[SLAB]: "#000000",
		[USER]: "#000000",
		[RESERVED]: "#ffffff",
		[FREE]: "#94a0b0",
		[FLIGHT]: "#000000",
		[UNKNOWN]: "#94a0b0",
	},
	other: "#e9b8ff",
	freeEdge: "#46525f",
	changed: ["#ffb454", "#6b87b5"],
	heat: [
		[70, 106, 184],
		[146, 148, 136],
		[255, 234, 70],
	],
	group: {
		buddy: "#5b9bff",
		vmalloc: "#d9a514",
		paging: "#f97756",
		slab: "#4fb6d1",
		highmem: "#b58cff",
		user: "#00daa0",
		run: "#8b95a3",
		hw: "#e9b8ff",
	},
	zone: ["#9ad1ff", "#5b9bff", "#b58cff"],
	vm: "#d9a514",
	warn: "#ffb454",
	bad: "#ff8f70",
	chapterA: "#1a212b",
	chapterB: "#151b23",
	chapterOn: "#2b3a52",
	future: "rgba(14,17,22,.62)",
};
const LIGHT = {
	dark: false,
	bg: "#f2f4f7",
	panel: "#ffffff",
	line: "#d5dce4",
	text: "#161b22",
	dim: "#56606d",
	faint: "#b4bec9",
	accent: "#000000",
	focus: "#b3005e",
	hover: "#0a62c4",
	ink: "#ffffff",
	cls: {
		[UNKNOWN]: "#f6f8fa",
		[FREE]: "#e3e8ee",
		[RESERVED]: "#90959a",
		[KERNEL]: "#0826b5",
		[VMALLOC]: "#c28900",
		[PAGETABLE]: "#a33b00",
		[SLAB]: "#007d8f",
		[USER]: "#005541",
		[FLIGHT]: "#be75ef",
	},
	on: {
		[KERNEL]: "#ffffff",
		[VMALLOC]: "#000000",
		[PAGETABLE]: "#ffffff",
		[SLAB]: "#ffffff",
		[USER]: "#ffffff",
		[RESERVED]: "#000000",
		[FREE]: "#56606d",
		[FLIGHT]: "#000000",
		[UNKNOWN]: "#56606d",
	},
	other: "#be75ef",
	freeEdge: "#b9c3cd",
	changed: ["#b35c00", "#7fa3d9"],
	heat: [
		[0, 32, 90],
		[84, 88, 96],
		[178, 142, 0],
	],
	group: {
		buddy: "#2a5bd7",
		vmalloc: "#8a6200",
		paging: "#a33b00",
		slab: "#007d8f",
		highmem: "#7a3fc4",
		user: "#005541",
		run: "#5f6b78",
		hw: "#a8297f",
	},
	zone: ["#4a93d1", "#1447c0", "#7a3fc4"],
	vm: "#a87700",
	warn: "#8a5200",
	bad: "#b3261e",
	chapterA: "#eef2f6",
	chapterB: "#f7f9fb",
	chapterOn: "#cfe0f7",
	future: "rgba(255,255,255,.66)",
};

const FEW = "(forced-colors: active)",
	PALE = "(prefers-color-scheme: light)";
/**
 * Calls fn when the system's theme has changed.
 * @param {() => void} fn
 */
export function onTheme(fn) {
	for (const query of [FEW, PALE]) matchMedia(query).addEventListener("change", fn);
}
/**
 * The colours of a theme: "dark", "light", or whatever the system has.
 * @param {string} theme
 * @returns {Palette}
 */
export function palette(theme) {
	if (matchMedia(FEW).matches) return few();
	return (theme === "system" ? matchMedia(PALE).matches : theme === "light") ? LIGHT : DARK;
}
/**
 * With the user's few colours those, but that a class keeps its own: far out it has no letter.
 * @returns {Palette}
 */
function few() {
	const { style } = document.documentElement,
		of = (/** @type {string} */ name) => {
			style.color = name;
			return (
				"#" +
				getComputedStyle(document.documentElement)
					.color.match(/\d+/g)
					?.slice(0, 3)
					.map((v) => (+v + 256).toString(16).slice(1))
					.join("")
			);
		};
	const [panel, text, line, focus, hover] = [
			"Canvas",
			"CanvasText",
			"GrayText",
			"Highlight",
			"LinkText",
		].map(of),
		base = parseColour(panel)[1] > 127 ? LIGHT : DARK;
	style.color = "";
	return {
		...base,
		panel,
		text,
		line,
		focus,
		hover,
		dim: text,
		faint: line,
		accent: text,
		ink: panel,
		freeEdge: line,
		future: `rgba(${parseColour(panel)},.62)`,
		cls: { ...base.cls, [FREE]: panel, [UNKNOWN]: panel },
		on: { ...base.on, [FREE]: text },
	};
}

/**
 * Blue to yellow like cividis, lighter step by step, safe for all eyes; as much of its lightness as
 * stands 3:1 out of the background.
 * @param {number} x 0 to 1
 * @param {{heat: RGB[]}} palette
 * @returns {RGB}
 */
export function ramp(x, { heat }) {
	const p = Math.max(0, Math.min(1, x)) * 2,
		i = p < 1 ? 0 : 1;
	return heat[i].map((v, c) => Math.round(v + (heat[i + 1][c] - v) * (p - i)));
}
/** @param {RGB} colour */
export const rgb = ([r, g, b]) => `rgb(${r},${g},${b})`;
/**
 * @param {string} text "#rrggbb"
 * @returns {RGB}
 */
export function parseColour(text) {
	const v = parseInt(text.slice(1), 16);
	return [v >> 16, (v >> 8) & 255, v & 255];
}
/**
 * A colour as the little-endian u32 an ImageData buffer wants.
 * @param {RGB} colour
 */
export const pixel = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
/**
 * A call site's colour: spread hues, one lightness.
 * @param {number} n
 * @returns {RGB}
 */
export function hashHue(n) {
	const hue = (n * 137.508) % 360,
		s = 0.55,
		l = 0.58,
		a = s * Math.min(l, 1 - l);
	const f = (/** @type {number} */ x) => {
		const k = (x + hue / 30) % 12;
		return Math.round(255 * (l - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
	};
	return [f(0), f(8), f(4)];
}

const RISING = "M-1 7L7-1M-1 1L1-1M5 7L7 5",
	FALLING = "M-1-1L7 7M-1 5L1 7M5-1L7 1",
	hatches = new Map();
/**
 * The hatch of a class: the lines of 6 by 6 pixels.
 * @type {Record<number, string>}
 */
const LINES = {
	[RESERVED]: RISING,
	[KERNEL]: "M1 1.5H2M4 4.5H5",
	[VMALLOC]: FALLING,
	[PAGETABLE]: "M0 1.5H6M1.5 0V6",
	[SLAB]: "M0 1.5H6M0 4.5H6",
	[USER]: "M1.5 0V6M4.5 0V6",
	[FLIGHT]: RISING + FALLING,
};
/**
 * A hatch as a fill, cached per colour.
 * @param {Context} ctx
 * @param {string} colour
 * @param {string} [lines]
 */
export function hatch(ctx, colour, lines = RISING) {
	if (ctx.vector) return ctx.hatch(colour, lines);
	const id = colour + lines;
	if (!hatches.has(id)) {
		const c = document.createElement("canvas"),
			g = /** @type {CanvasRenderingContext2D} */ (c.getContext("2d"));
		c.width = c.height = 6;
		g.strokeStyle = colour;
		g.stroke(new Path2D(lines));
		hatches.set(id, ctx.createPattern(c, "repeat"));
	}
	return hatches.get(id);
}
/**
 * The colour of a hatch behind a letter in ink, which stays as clear as it was.
 * @param {string} ink
 */
export const shade = (ink) => (ink === "#000000" ? "rgba(255,255,255,.3)" : "rgba(0,0,0,.3)");
/**
 * Hatches a box as that of a class.
 * @param {Context} ctx
 * @param {number} owner
 * @param {string} colour
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 */
export function hatchBox(ctx, owner, colour, x, y, w, h) {
	if (!LINES[owner]) return;
	ctx.fillStyle = hatch(ctx, colour, LINES[owner]);
	ctx.fillRect(x, y, w, h);
}
/**
 * What a class looks like, for its place in the legend.
 * @param {Palette} p
 * @param {number} owner
 */
export function swatch(p, owner) {
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="6" height="6"><path d="${LINES[owner] ?? ""}" stroke="${shade(p.on[owner])}"/></svg>`;
	return {
		background: `${p.cls[owner]} url("data:image/svg+xml,${encodeURIComponent(svg)}")`,
		color: p.on[owner],
	};
}
