// SPDX-License-Identifier: MIT
/*
 * browser.mjs - headless Chromium or Firefox on the real file:// page, with every error,
 * request and dialog of the page written down.
 *
 * The installed browsers are driven, not builds of Playwright's own.  Playwright reaches a
 * stock Firefox over WebDriver BiDi, where it has no say in colour scheme and motion (those
 * are preferences of the whole browser here, and open() sees that they hold) and is told of
 * no download (saved() reads the directory Firefox saves to).
 */
import { chromium, firefox } from "playwright-core";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ARGS = [
	"--headless",
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];
const PLACES = {
	chromium: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
	firefox: ["/usr/bin/firefox-esr", "/usr/bin/firefox"],
};
const PREFS = {
	"security.fileuri.strict_origin_policy": true, // as users have it; Playwright turns it off
	"ui.prefersReducedMotion": 1,
	"browser.download.folderList": 2,
	"browser.download.useDownloadDir": true,
	"browser.download.alwaysOpenPanel": false,
};
function place(kind) {
	const path = process.env[kind.toUpperCase()] ?? PLACES[kind].find((p) => existsSync(p));
	if (!path)
		throw new Error(
			`no ${kind}: install the Debian package ${kind === "firefox" ? "firefox-esr" : kind}, or name one in ${kind.toUpperCase()}`,
		);
	return path;
}

/*
 * Nothing is claimed of how quick the page is: a busy machine must not fail a test. Where it has to
 * fail PATIENCE says how long that takes.
 */
const PATIENCE = Number(process.env.PATIENCE || 120000);

/** The browser a test is asked to run in: "chromium", or what BROWSER says. */
export function wanted() {
	const kind = process.env.BROWSER || "chromium";
	if (!(kind in PLACES)) throw new Error(`BROWSER=${kind}: chromium or firefox`);
	return kind;
}
export const TITLE = { chromium: "Chromium", firefox: "Firefox" };

/** Runs a part of a test, then closes the pages it left open: one that a failing part leaves
 * behind would keep the keyboard from all that follow. */
export async function closing(browser, fn) {
	const before = browser.contexts();
	try {
		await fn();
	} finally {
		for (const c of browser.contexts()) if (!before.includes(c)) await c.close();
	}
}

/**
 * A browser with an empty profile of its own; Firefox has one theme for all its pages, and all or
 * none with the user's few colours.
 */
export async function launch(kind = "chromium", { theme = "dark", forced = false } = {}) {
	const executablePath = place(kind);
	if (kind === "chromium")
		return Object.assign(await chromium.launch({ executablePath, args: ARGS }), { kind });
	const downloads = mkdtempSync(join(tmpdir(), "pagescope-saved-"));
	const browser = await firefox.launch({
		channel: "moz-firefox",
		executablePath,
		headless: true,
		timeout: PATIENCE,
		firefoxUserPrefs: {
			...PREFS,
			"browser.download.dir": downloads,
			"layout.css.prefers-color-scheme.content-override": theme === "light" ? 1 : 0,
			...(forced && { "browser.display.document_color_use": 2 }),
		},
	});
	browser.on("disconnected", () =>
		rmSync(downloads, { recursive: true, force: true, maxRetries: 5 }),
	);
	return Object.assign(browser, { kind, downloads });
}

/** In the page: keeps what passes by, which a busy machine shows for less than a look at it. */
function keepToasts() {
	globalThis.toasts = [];
	new MutationObserver((list) => {
		for (const { addedNodes } of list)
			for (const n of addedNodes)
				if (n.classList?.contains("toast")) globalThis.toasts.push(n.textContent);
	}).observe(document, { childList: true, subtree: true });
}
/** Does act(), and waits for such words that pass by from then on; true. */
export async function toasted(page, words, act) {
	await page.evaluate(() => {
		globalThis.toasts = [];
	});
	await act();
	return until(
		page,
		(source) => globalThis.toasts.some((t) => new RegExp(source).test(t)),
		words.source,
	);
}

/**
 * A page with what it complained about in page.trouble and what it asked for in page.asked; before:
 * a script run in it ahead of its own.
 */
export async function open(
	browser,
	url,
	{ width = 1280, height = 800, theme = "dark", forced = false, before = null } = {},
) {
	const context = await browser.newContext({
		viewport: { width, height },
		...(browser.kind === "chromium" && {
			colorScheme: theme,
			reducedMotion: "reduce",
			forcedColors: forced ? "active" : "none",
		}),
	});
	context.setDefaultTimeout(PATIENCE);
	const page = await context.newPage();
	page.trouble = [];
	page.asked = [];
	page.on("console", (m) => {
		if (m.type() === "error" || m.type() === "warning") page.trouble.push(m.text());
	});
	page.on("pageerror", (e) => page.trouble.push(e.message));
	page.on("dialog", (d) => {
		page.trouble.push("dialog: " + d.message());
		d.dismiss().catch(() => {});
	}); // or its page is closed already
	page.on("request", (r) => page.asked.push(r.url()));
	await page.addInitScript(keepToasts);
	if (before) await page.addInitScript(before);
	await page.goto(url);
	const media = {
		"prefers-color-scheme": theme,
		"prefers-reduced-motion": "reduce",
		"forced-colors": forced ? "active" : "none",
	};
	const has = await page.evaluate(
		(list) => [innerWidth, innerHeight, ...list.filter((m) => !matchMedia(m).matches)].join(),
		Object.entries(media).map(([k, v]) => `(${k}: ${v})`),
	);
	if (has !== `${width},${height}`)
		throw new Error(`wanted a page of ${width}x${height}; got, and not what follows: ${has}`);
	return page;
}

/** The file that click() makes the page save: its name and its bytes. */
export async function saved(page, browser, click) {
	if (browser.kind === "chromium") {
		const [d] = await Promise.all([page.waitForEvent("download"), click()]);
		return { name: d.suggestedFilename(), data: readFileSync(await d.path()) };
	}
	await click();
	for (const end = Date.now() + PATIENCE; Date.now() < end; await page.waitForTimeout(30)) {
		// until it is whole, an empty file of the name stands beside NAME.part
		const names = readdirSync(browser.downloads),
			name = names.find((n) => !n.endsWith(".part"));
		if (!name || names.length > 1) continue;
		const path = join(browser.downloads, name),
			data = readFileSync(path);
		if (!data.length) continue;
		rmSync(path);
		return { name, data };
	}
	throw new Error(`no file was saved: ${readdirSync(browser.downloads)}`);
}

/**
 * Waits until fn (run in the page, with arg) is true; the page's policy forbids Playwright's own
 * way.
 */
export async function until(page, fn, arg, ms = PATIENCE) {
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
	await until(
		page,
		() => globalThis.pagescope?.loaded || document.querySelector(".alert.bad"),
		null,
		ms,
	);
}
/** Drops a file of this name on the page, as a user does. */
export const drop = (page, name, data) =>
	page.evaluate(
		([name, base64]) => {
			const files = new DataTransfer();
			files.items.add(
				new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name),
			);
			dispatchEvent(new DragEvent("drop", { dataTransfer: files }));
		},
		[name, Buffer.from(data).toString("base64")],
	);
/**
 * Waits until the page shows all that follows from what was done to it: pictures, panels, the tab
 * below, and what else is named: "words" for a screen reader, the "address" of the page.
 */
export const shown = (page, ...also) =>
	until(page, (names) => !globalThis.pagescope?.pending().some((x) => names.includes(x)), [
		"pictures",
		"panels",
		"tab",
		...also,
	]);
/**
 * The same for what the page is not told of at once, such as a click or a scroll: after two frames,
 * however long those take.
 */
export async function settle(page) {
	await page.evaluate(
		() =>
			new Promise((done) =>
				requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))),
			),
	);
	await shown(page);
}
