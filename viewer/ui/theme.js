/*
 * theme.js - colours.  The class colours were measured: at least 16.8 CIEDE2000 apart
 * under normal, protan, deutan and tritan sight, 3:1 against their background (free is
 * quiet on purpose).  A letter and a hatch carry the same information from 11 px up.
 */
import { UNKNOWN, FREE, RESERVED, KERNEL, VMALLOC, PAGETABLE, SLAB, USER, FLIGHT } from "../model/machine.js";

export const CLASSES = [
	{ id: KERNEL, letter: "K", name: "kernel", text: "handed out, not mapped through vmalloc: used by its linear address" },
	{ id: VMALLOC, letter: "V", name: "vmalloc", text: "mapped behind a page of the vmalloc range" },
	{ id: PAGETABLE, letter: "P", name: "tables", text: "a page directory or page table" },
	{ id: SLAB, letter: "S", name: "slab", text: "cut into small objects by the slab allocator" },
	{ id: USER, letter: "U", name: "user", text: "mapped below 3 GiB, for a process" },
	{ id: RESERVED, letter: "R", name: "reserved", text: "never given to the allocator: kernel image, mem_map, firmware, holes" },
	{ id: FREE, letter: "·", name: "free", text: "on a free list of the buddy allocator" },
];
export const LETTER = { [UNKNOWN]: "", [FREE]: "·", [RESERVED]: "R", [KERNEL]: "K", [VMALLOC]: "V", [PAGETABLE]: "P", [SLAB]: "S", [USER]: "U", [FLIGHT]: "↑" };

const DARK = {
	dark: true, bg: "#0e1116", panel: "#12161d", line: "#262d37", text: "#e3e8ef", dim: "#94a0b0", faint: "#3d4755",
	accent: "#ffffff", focus: "#ffd84d", hover: "#9fd3ff", ink: "#0e1116",
	cls: { [UNKNOWN]: "#161b22", [FREE]: "#2a333d", [RESERVED]: "#63676c", [KERNEL]: "#0058d9", [VMALLOC]: "#7d5b00", [PAGETABLE]: "#f97756", [SLAB]: "#2d94af", [USER]: "#00daa0", [FLIGHT]: "#e9b8ff" },
	on: { [KERNEL]: "#ffffff", [VMALLOC]: "#ffffff", [PAGETABLE]: "#000000", [SLAB]: "#000000", [USER]: "#000000", [RESERVED]: "#ffffff", [FREE]: "#94a0b0", [FLIGHT]: "#000000", [UNKNOWN]: "#94a0b0" },
	other: "#e9b8ff", freeEdge: "#46525f",
	group: { buddy: "#5b9bff", vmalloc: "#d9a514", paging: "#f97756", slab: "#4fb6d1", highmem: "#b58cff", user: "#00daa0", run: "#8b95a3", hw: "#e9b8ff" },
	zone: ["#9ad1ff", "#5b9bff", "#b58cff"], vm: "#d9a514", warn: "#ffb454", bad: "#ff8f70", chapterA: "#1a212b", chapterB: "#151b23", chapterOn: "#2b3a52", future: "rgba(14,17,22,.62)",
};
const LIGHT = {
	dark: false, bg: "#ffffff", panel: "#ffffff", line: "#d5dce4", text: "#161b22", dim: "#56606d", faint: "#b4bec9",
	accent: "#000000", focus: "#b3005e", hover: "#0a62c4", ink: "#ffffff",
	cls: { [UNKNOWN]: "#f6f8fa", [FREE]: "#e3e8ee", [RESERVED]: "#90959a", [KERNEL]: "#0826b5", [VMALLOC]: "#c28900", [PAGETABLE]: "#a33b00", [SLAB]: "#007d8f", [USER]: "#005541", [FLIGHT]: "#be75ef" },
	on: { [KERNEL]: "#ffffff", [VMALLOC]: "#000000", [PAGETABLE]: "#ffffff", [SLAB]: "#ffffff", [USER]: "#ffffff", [RESERVED]: "#000000", [FREE]: "#56606d", [FLIGHT]: "#000000", [UNKNOWN]: "#56606d" },
	other: "#be75ef", freeEdge: "#b9c3cd",
	group: { buddy: "#2a5bd7", vmalloc: "#a87700", paging: "#a33b00", slab: "#007d8f", highmem: "#7a3fc4", user: "#005541", run: "#7b8794", hw: "#be75ef" },
	zone: ["#4a93d1", "#1447c0", "#7a3fc4"], vm: "#a87700", warn: "#9a5b00", bad: "#b3261e", chapterA: "#eef2f6", chapterB: "#f7f9fb", chapterOn: "#cfe0f7", future: "rgba(255,255,255,.66)",
};

export function palette(theme) { return theme === "light" ? LIGHT : DARK; }
export function preferred() { return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark"; }

/** Cividis-like ramp: blue to yellow, even in lightness, safe for all eyes. */
const CIVIDIS = [[0, 32, 77], [40, 66, 109], [84, 93, 110], [124, 123, 120], [166, 156, 117], [212, 193, 100], [255, 234, 70]];
export function ramp(x) {
	const p = Math.max(0, Math.min(1, x)) * (CIVIDIS.length - 1), i = Math.min(CIVIDIS.length - 2, Math.floor(p)), f = p - i;
	return CIVIDIS[i].map((v, c) => Math.round(v + (CIVIDIS[i + 1][c] - v) * f));
}
export const rgb = ([r, g, b]) => `rgb(${r},${g},${b})`;
export function parseColour(text) {
	const v = parseInt(text.slice(1), 16);
	return [v >> 16, (v >> 8) & 255, v & 255];
}
/** A colour as the little-endian u32 an ImageData buffer wants. */
export const pixel = ([r, g, b]) => (255 << 24 | b << 16 | g << 8 | r) >>> 0;
/** A call site's colour: spread hues, one lightness. */
export function hashHue(n) {
	const hue = (n * 137.508) % 360, s = 0.55, l = 0.58, a = s * Math.min(l, 1 - l);
	const f = (x) => { const k = (x + hue / 30) % 12; return Math.round(255 * (l - a * Math.max(-1, Math.min(k - 3, 9 - k, 1)))); };
	return [f(0), f(8), f(4)];
}

const hatches = new Map();
/** Diagonal hatch as a fill, cached per colour. */
export function hatch(ctx, colour, size = 6) {
	if (ctx.vector) return ctx.hatch(colour, size);
	const id = colour + size;
	if (!hatches.has(id)) {
		const c = document.createElement("canvas");
		c.width = c.height = size;
		const g = c.getContext("2d");
		g.strokeStyle = colour;
		g.lineWidth = 1;
		g.beginPath();
		g.moveTo(-1, size + 1); g.lineTo(size + 1, -1);
		g.moveTo(-1, 1); g.lineTo(1, -1);
		g.moveTo(size - 1, size + 1); g.lineTo(size + 1, size - 1);
		g.stroke();
		hatches.set(id, ctx.createPattern(c, "repeat"));
	}
	return hatches.get(id);
}

/** Says that there is more than is in sight, and where that lies, at the right edge of w, h: of a total height, scrolled by `at`. */
export function scrollBar(ctx, w, h, total, at, { faint }) {
	if (total <= h + 0.5) return;
	const long = Math.max(20, (h / total) * h);
	ctx.fillStyle = faint;
	ctx.fillRect(w - 4, (at / (total - h)) * (h - long), 3, long);
}
