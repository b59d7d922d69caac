/*
 * browser.mjs - headless Chromium on the real file:// page, with every error, request
 * and dialog of the page written down.
 */
import { chromium } from "playwright-core";
import { existsSync } from "node:fs";

const ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync"];
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function launch() {
	const executablePath = process.env.CHROMIUM ?? PLACES.find((p) => existsSync(p));
	if (!executablePath) throw new Error("no Chromium: install the Debian package chromium, or name one in CHROMIUM");
	return chromium.launch({ executablePath, args: ARGS });	// makes an empty profile of its own
}

/** A page with what it complained about in page.trouble and what it asked for in page.asked. */
export async function open(browser, url, { width = 1280, height = 800, theme = "dark" } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: "reduce" });
	const page = await context.newPage();
	page.trouble = [];
	page.asked = [];
	page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") page.trouble.push(m.text()); });
	page.on("pageerror", (e) => page.trouble.push(e.message));
	page.on("dialog", (d) => { page.trouble.push("dialog: " + d.message()); d.dismiss(); });
	page.on("request", (r) => page.asked.push(r.url()));
	await page.goto(url);
	return page;
}

/** Waits until fn (run in the page, with arg) is true; the page's policy forbids Playwright's own way. */
export async function until(page, fn, arg, ms = 30000) {
	const end = Date.now() + ms;
	for (;;) {
		const v = await page.evaluate(fn, arg);
		if (v) return v;
		if (Date.now() > end) throw new Error(`waited ${ms} ms for ${fn}`);
		await page.waitForTimeout(20);
	}
}
export const loaded = (page, ms) => until(page, () => globalThis.pagescope?.loaded, null, ms);
export async function openTrace(page, path, ms) {
	await page.setInputFiles("input[type=file]", path);
	await until(page, () => globalThis.pagescope?.loaded || document.querySelector(".alert.bad"), null, ms);
}
/** Lets the page draw what it has to. */
export const settle = (page, ms = 160) => page.waitForTimeout(ms);
