// SPDX-License-Identifier: MIT
/*
 * pointer.js - what the pointer does on the four views: point, select, drag, scroll, zoom, and
 * the menu of a right click.
 */
import { scale } from "./dom.js";
import { frameTip, pageTip } from "./tips.js";
import * as fmt from "../model/format.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {{store: Store, tip: import("./tip.js").Tip, menu: (target: any, at: any) => void}} Hand
 *	what a pointer needs: the store, the words beside it, the menu of a target at a place
 * @typedef {{hit: (x: number, y: number) => any, click: (hv: any) => void,
 *	tip?: (hv: any) => any, context?: (hv: any) => any, key?: () => any,
 *	elsewhere?: (x: number, y: number) => void, drag?: (dx: number, dy: number) => void,
 *	wheel?: (e: WheelEvent, x: number, y: number) => void,
 *	dbl?: (hv: any, x: number, y: number) => void}} Deeds
 *	of a canvas, in its pixels: what is at a point, or null; what a click on that does; what is
 *	said of it; what a right click on it, or the menu key, is about; and so on
 */

/** A point of a canvas, in the view's pixels. @param {MouseEvent} e @returns {[number, number]} */
export const pointOf = (e) => [e.offsetX / scale(), e.offsetY / scale()];

/**
 * Has the pointer do these deeds on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {Hand} hand
 * @param {Deeds} deeds
 */
export function interactive(canvas, { store, tip, menu }, deeds) {
	const { hit, click, drag, wheel, dbl } = deeds,
		moved = () => store.changed("view");
	/** @type {[number, number] | null} */
	let down = null;
	let dragged = false;
	/** Drags on if the button is down; true if it does. @param {PointerEvent} e */
	const dragging = (e) => {
		if (!down || !drag || !e.buttons) return false;
		const dx = e.offsetX - down[0],
			dy = e.offsetY - down[1];
		if (!dragged && Math.hypot(dx, dy) <= 4) return false;
		dragged = true;
		drag(dx / scale(), dy / scale());
		down = [e.offsetX, e.offsetY];
		moved();
		return true;
	};
	canvas.addEventListener("pointerdown", (e) => {
		if (e.button) return;
		down = [e.offsetX, e.offsetY];
		dragged = false;
		canvas.setPointerCapture(e.pointerId);
	});
	canvas.addEventListener("pointermove", (e) => {
		if (dragging(e)) return;
		const hv = hit(...pointOf(e)),
			words = hv && deeds.tip?.(hv);
		store.point(hv);
		if (words) tip.show(e, words);
	});
	canvas.addEventListener("pointerup", (e) => {
		if (down && !dragged) {
			const hv = hit(...pointOf(e));
			if (hv) click(hv);
			else deeds.elsewhere?.(...pointOf(e));
		}
		down = null;
	});
	canvas.addEventListener("pointerleave", () => store.point(null));
	canvas.addEventListener("contextmenu", (e) => {
		e.preventDefault();
		const right = e.button === 2,
			hv = right ? hit(...pointOf(e)) : null,
			target = right ? hv && deeds.context?.(hv) : (deeds.key?.() ?? atHand(store));
		if (!target) return;
		tip.hide();
		menu(
			target,
			right ? { x: e.clientX, y: e.clientY } : canvas.closest("section")?.querySelector("h2"),
		);
	});
	if (dbl)
		canvas.addEventListener("dblclick", (e) => {
			dbl(hit(...pointOf(e)), ...pointOf(e));
			moved();
		});
	if (wheel)
		canvas.addEventListener(
			"wheel",
			(e) => {
				e.preventDefault();
				wheel(e, ...pointOf(e));
				moved();
			},
			{ passive: false },
		);
}

/** What the menu key is about where the view has nothing of its own. @param {Store} store */
function atHand({ state: { sel, i } }) {
	if (!sel) return { i };
	return sel.kind === "va" ? { va: sel.va } : { pfn: sel.pfn };
}

/**
 * On the frame map.
 * @param {Hand} hand
 * @param {any} frames the view
 * @returns {Deeds}
 */
export function onFrames({ store }, frames) {
	// zooming or moving the map by hand ends the automatic close-up
	const byHand = () => store.closeUp(false);
	return {
		hit: (x, y) => {
			const pfn = frames.hit(x, y);
			return pfn >= 0 ? { pfn } : null;
		},
		tip: (hv) => frameTip(store.model, store.state.i, hv.pfn),
		click: (hv) => {
			store.select({ kind: "frame", pfn: hv.pfn });
			store.did("frame");
		},
		context: (hv) => ({ pfn: hv.pfn }),
		elsewhere: (x, y) => {
			if (frames.jump(x, y)) byHand();
		},
		drag: (dx, dy) => {
			byHand();
			frames.pan(dx, dy);
		},
		wheel: (e, x, y) => {
			byHand();
			frames.zoomAt(x, y, 1.0018 ** -e.deltaY);
		},
		dbl: (hv, x, y) => {
			byHand();
			if (frames.zoom > 1.5) frames.reset();
			else frames.zoomAt(x, y, 15 / frames.cell());
		},
	};
}

/**
 * On the linear addresses.
 * @param {Hand} hand
 * @param {any} virtual the view
 * @returns {Deeds}
 */
export function onVirtual({ store }, virtual) {
	return {
		hit: (x, y) => virtual.hit(x, y),
		tip: ({ back, band, va }) => {
			if (back) return ["One level out (Esc)"];
			if (!band) return pageTip(store.model, store.state.i, va);
			const size = fmt.bytes(band.to - band.from);
			return [`${band.name}: ${band.range}, ${size}. ${band.what}.`];
		},
		click: (hv) => {
			if (virtual.press(hv)) {
				store.changed("view");
				return;
			}
			store.select({ kind: "va", va: hv.va });
			store.did("va");
		},
		context: (hv) => hv,
		key: () => {
			const band = virtual.shown,
				va = store.state.sel?.va;
			return typeof va === "number" && va >= band.from && va < band.to ? null : { band };
		},
		dbl: (hv, x, y) => {
			if (hv?.va >= 0) virtual.toggle(x, y);
		},
		wheel: (e, x, y) => virtual.wheel(e, x, y),
	};
}

/**
 * On the free lists: a pair's bit, an order, a block.
 * @param {Hand} hand
 * @param {any} buddy the view
 * @returns {Deeds}
 */
export function onBuddy({ store }, buddy) {
	return {
		hit: (x, y) => buddy.hit(x, y),
		tip: (b) => buddyTip(store, b),
		click: (b) => {
			if (b.bit !== undefined) store.toast(buddyTip(store, b)[0]);
			else if (b.row !== undefined) {
				store.showOrder(b.row);
				store.toast(
					`the timeline now shows when a block of order ${b.row} (${fmt.orderSize(b.row)}) could be had`,
				);
			} else {
				store.select({ kind: "block", pfn: b.pfn, order: b.order });
				store.did("block");
			}
		},
		context: (b) => (b.pfn !== undefined ? { pfn: b.pfn } : null),
		key: () => buddy.here,
		dbl: (b) => {
			if (b?.pfn === undefined) return;
			store.closeUp(true);
			store.select({ kind: "frame", pfn: b.pfn });
		},
		wheel: (e) => {
			buddy.scroll += e.deltaY;
		},
	};
}

/** The frame at which a block's buddy begins. @param {any} trace @param {any} block */
function buddyOf(trace, { pfn, order }) {
	const base = trace.zoneOf(pfn)?.start ?? 0;
	return base + ((pfn - base) ^ (1 << order));
}

/** @param {Store} store @param {any} b what is pointed at */
function buddyTip({ trace }, b) {
	if (b.bit !== undefined) {
		const means = b.bit
			? "One of the two is free and listed: when the other comes back, they merge."
			: "Both are in use or split, or both are part of a larger free block.";
		return [
			`Bit of the pair of order-${b.pairOrder} buddies that frame ${fmt.hex(b.pairFrame)} lies in: ${b.bit}. ${means}`,
		];
	}
	if (b.row !== undefined)
		return [
			`Order ${b.row}: blocks of ${fmt.orderSize(b.row)}. Click to see on the timeline when one could be had.`,
		];
	if (trace.single) return [`Free frame ${fmt.hex(b.pfn)}.`];
	const buddy = fmt.hex(buddyOf(trace, b));
	return [
		`Free block of ${fmt.orderSize(b.order)} (order ${b.order}) at frame ${fmt.hex(b.pfn)}. Its buddy is ${buddy}.`,
	];
}

/**
 * A step of a walk lights what it leads to, and the page whose walk it is; a click or Enter
 * selects its entry, or its frame.
 * @param {HTMLElement} walk
 * @param {Store} store
 * @param {() => number | null} va the address of the walk
 * @param {() => any} m its machine
 */
export function pointWalk(walk, store, va, m) {
	const stepOf = (/** @type {any} */ e) => e.target.closest(".step");
	const over = (/** @type {any} */ e) => {
		const step = stepOf(e);
		store.point(
			step
				? {
						step: true,
						pfn: Number(step.dataset.pfn ?? -1),
						large: step.matches(".pde") && !walk.querySelector(".pte"),
						page: va() ?? -1,
					}
				: null,
		);
	};
	const choose = (/** @type {any} */ e) => {
		const step = stepOf(e);
		if (!step || e.target.closest("button") || String(getSelection())) return;
		const { entry, pfn } = step.dataset,
			{ refPgd, curPgd, pageOffset } = m(),
			at = va(),
			shared = entry === "pte" && (at ?? -1) >= pageOffset,
			pgd = step.matches(".other-dir") || shared ? refPgd : curPgd;
		if (entry) store.select({ kind: "entry", va: at, level: entry, pgd });
		else if (pfn) store.select({ kind: "frame", pfn: +pfn });
	};
	for (const type of ["pointerover", "focusin"]) walk.addEventListener(type, over);
	for (const type of ["pointerleave", "focusout"])
		walk.addEventListener(type, () => store.point(null));
	walk.addEventListener("click", choose);
	walk.addEventListener("keydown", (e) => {
		if (e.key === "Enter") choose(e);
	});
}

/**
 * The menu of a step of the walk.
 * @param {HTMLElement} walk
 * @param {Hand} hand
 */
export function walkMenu(walk, { store, menu }) {
	walk.addEventListener("contextmenu", (e) => {
		const step = /** @type {any} */ (e.target).closest(".step");
		if (!step) return;
		e.preventDefault();
		const pfn = Number(step.dataset.pfn ?? -1);
		store.point(null);
		menu(
			pfn < 0 || step.matches(".pte") ? { va: store.va() } : { pfn },
			e.button === 2 ? { x: e.clientX, y: e.clientY } : step,
		);
	});
}
