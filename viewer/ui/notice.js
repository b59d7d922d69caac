// SPDX-License-Identifier: MIT
/*
 * notice.js - what passes by: words at the edge of the page, the clipboard, a file to save.
 */
import { h } from "./dom.js";

/**
 * Shows some words for two seconds.
 * @param {string} text
 */
export function toast(text) {
	document.querySelector(".toast:not(.saving)")?.remove();
	const box = h("div.toast", { role: "status" }, text);
	document.body.append(box);
	setTimeout(() => box.remove(), 2200);
}

/**
 * Puts a text on the clipboard.
 * @param {string} text
 */
export async function copy(text) {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		const area = h("textarea", text);
		document.body.append(area);
		area.select();
		document.execCommand("copy");
		area.remove();
	}
	toast("copied");
}

/**
 * Has the browser save a file.
 * @param {string} name
 * @param {Blob | string} data
 * @param {string} [type] of a text
 */
export function download(name, data, type) {
	const url = URL.createObjectURL(data instanceof Blob ? data : new Blob([data], { type })),
		a = h("a", { href: url, download: name });
	document.body.append(a);
	a.click();
	a.remove();
	setTimeout(() => URL.revokeObjectURL(url), 10000);
}
