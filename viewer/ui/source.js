// SPDX-License-Identifier: MIT
/*
 * source.js - where the bytes of a trace come from: a file, or the pieces that a page carries.
 */
import { $ } from "./dom.js";

/**
 * The page's own script, which the workers run too.
 * @returns {string}
 */
export const script = () => $("pagescope-script").textContent;

/**
 * The built-in demo as base64; "" if there is none.
 * @returns {string}
 */
export const demoTrace = () => $("pagescope-demo")?.textContent.trim() ?? "";

/**
 * The pieces of the trace a report.html carries; null for any other file.
 * @param {File} file
 */
export async function carriedBy(file) {
	if (!/\.html?$/i.test(file.name)) return null;
	const text = await file.text();
	return [
		...text.matchAll(/<script type="text\/plain" class="pagescope-trace">([^<]*)<\/script>/g),
	].map((m) => m[1]);
}

/**
 * Calls opened(files, folders) with what is dropped on the page; folders: their names.
 * @param {(files: File[], folders: string[]) => void} opened
 * @param {(data: DataTransfer) => string[]} folders
 */
export function acceptDrops(opened, folders) {
	let depth = 0;
	const over = (/** @type {boolean} */ on) => document.body.classList.toggle("dragging", on);
	addEventListener("dragenter", (e) => {
		e.preventDefault();
		depth++;
		over(true);
	});
	addEventListener("dragleave", () => {
		depth = Math.max(0, depth - 1);
		if (!depth) over(false);
	});
	addEventListener("dragover", (e) => e.preventDefault());
	addEventListener("drop", (e) => {
		e.preventDefault();
		depth = 0;
		over(false);
		const { dataTransfer } = e,
			dirs = dataTransfer ? folders(dataTransfer) : [],
			files = [...(dataTransfer?.files ?? [])].filter((f) => !dirs.includes(f.name));
		if (files.length || dirs.length) opened(files, dirs);
	});
}
