// SPDX-License-Identifier: MIT
/*
 * tip.js - the few words beside the pointer.
 */
import { h, fill } from "./dom.js";

export class Tip {
	constructor() {
		this.el = h("div.tip", { hidden: true, role: "tooltip" });
	}
	hide() {
		this.el.hidden = true;
	}
	/**
	 * @param {{clientX: number, clientY: number}} at
	 * @param {any} content
	 */
	show({ clientX: x, clientY: y }, content) {
		const { el } = this;
		fill(el, content);
		el.hidden = false;
		const { offsetWidth: w, offsetHeight: h } = el;
		el.style.left = Math.max(4, Math.min(innerWidth - w - 6, x + 14)) + "px";
		el.style.top = (y + 18 + h > innerHeight ? y - h - 12 : y + 18) + "px";
	}
}
