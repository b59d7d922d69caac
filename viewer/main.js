// SPDX-License-Identifier: MIT
/*
 * main.js - starts the page: the trace carried by it, or the welcome screen.  Run
 * without a page, in a worker, the same script reads traces.
 */
import { App } from "./ui/app.js";
import { work } from "./worker.js";

// Chromium compiles as if no buffer with two views were ever taken from them, and when one is, it throws away all it
// has compiled for typed arrays: now, as long as that is nothing, and not with the first column of a trace.
const column = new Uint8Array(256), view = new Uint8Array(column.buffer);
globalThis.structuredClone?.(view, { transfer: [column.buffer] });

if (typeof document === "undefined") work();
else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();

function start() {
	const app = new App(document.getElementById("app")), pieces = [...document.querySelectorAll("script.pagescope-trace")];
	if (pieces.length) app.loadPieces(pieces.map((el) => el.textContent));
	else app.welcome();
}
