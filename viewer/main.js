// SPDX-License-Identifier: MIT
/*
 * main.js - starts the page: the trace carried by it, or the welcome screen.  Run
 * without a page, in a worker, the same script reads traces.
 */
import { App } from "./ui/app.js";
import { work } from "./load/work.js";

if (typeof document === "undefined") work();
else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();

function start() {
	const app = new App(/** @type {HTMLElement} */ (document.getElementById("app"))),
		pieces = [...document.querySelectorAll("script.pagescope-trace")];
	if (pieces.length) app.opening.report(pieces.map((el) => el.textContent ?? ""));
	else app.opening.welcome();
}
