// SPDX-License-Identifier: MIT
/*
 * menu.js - a menu at a point or below a button: arrows, Home, End, Enter, Esc; the focus
 * goes back to where it was.
 */
import { h } from "./dom.js";

/**
 * What it says, what it does, and a word beside it; "-": a line.
 * @typedef {[text: string, fn: () => void, note?: string] | "-"} Item
 */

/** @type {{el: HTMLElement, back: HTMLElement | null} | null} */
let open = null;

export function closeMenu() {
	if (!open) return false;
	const { el, back } = open;
	open = null;
	el.remove();
	back?.focus?.({ preventScroll: true });
	return true;
}

/**
 * items: [text, fn, note?] or "-" for a line.  at: {x, y} or an element.
 * @param {Element | {x: number, y: number}} at
 * @param {Item[]} items
 * @param {string} label
 */
export function openMenu(at, items, label) {
	closeMenu();
	const back = /** @type {HTMLElement | null} */ (document.activeElement),
		r = at instanceof Element ? at.getBoundingClientRect() : null,
		{ x, y } = r ? { x: r.left, y: r.bottom + 3 } : /** @type {{x: number, y: number}} */ (at);
	const el = h(
		"div.menu",
		{ role: "menu", "aria-label": label },
		items.map((it) =>
			it !== "-"
				? h(
						"button",
						{
							role: "menuitem",
							tabIndex: -1,
							onclick: () => {
								closeMenu();
								it[1]();
							},
						},
						it[0],
						it[2] ? h("span.dim", it[2]) : null,
					)
				: h("hr"),
		),
	);
	(document.querySelector("main") ?? document.body).append(el);
	el.style.left = Math.max(4, Math.min(x, innerWidth - el.offsetWidth - 6)) + "px";
	el.style.top =
		Math.max(
			4,
			y + el.offsetHeight > innerHeight - 4 ? (r ? r.top : y) - el.offsetHeight - 3 : y,
		) + "px";
	const all = [...el.querySelectorAll("button")];
	el.addEventListener("keydown", (e) => {
		const n = all.findIndex((b) => b === document.activeElement),
			next = { ArrowDown: n + 1, ArrowUp: n - 1 + all.length, Home: 0, End: all.length - 1 }[
				e.key
			];
		if (next !== undefined) all[next % all.length].focus();
		else if (e.key === "Escape" || e.key === "Tab") closeMenu();
		else if (e.key !== "Enter" && e.key !== " ") return;
		if (e.key !== "Enter" && e.key !== " ") e.preventDefault();
		e.stopPropagation();
	});
	el.addEventListener("contextmenu", (e) => e.preventDefault());
	open = { el, back };
	all[0]?.focus();
	return el;
}
addEventListener(
	"pointerdown",
	(e) => {
		if (open && !open.el.contains(/** @type {Node} */ (e.target))) {
			open.back = null;
			closeMenu();
		}
	},
	true,
);
