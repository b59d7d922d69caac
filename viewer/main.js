/*
 * main.js - starts the page: the trace carried by it, or the welcome screen.
 */
import { App } from "./ui/app.js";

const app = new App(document.getElementById("app"));
const carried = () => [...document.querySelectorAll("script.pagescope-trace")];

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();

function start() {
	const pieces = carried();
	if (pieces.length) app.loadPieces(pieces.map((el) => el.textContent));
	else app.welcome();
}
