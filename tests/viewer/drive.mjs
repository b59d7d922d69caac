// SPDX-License-Identifier: MIT
/*
 * drive.mjs - the same few steps in Chromium and in Firefox, so that one test holds for both.
 *
 * A page has: run(expression) its value, as JSON · until(expression) · load(name, bytes)
 * a file as a user drops it · goto(event) · text(selector) · click(selector) · press(key) ·
 * trouble, what the console complained of.  What follows from an action is shown when it
 * returns, but for run().  The viewer is opened anew, from file://, for every page.
 */
import { test } from "./lib.mjs";
import { TITLE, drop, launch, open, settle, shown, until, wanted } from "./browser.mjs";

class Page {
	constructor(page, browser) {
		Object.assign(this, { page, browser, trouble: page.trouble });
	}
	async run(expression) {
		const v = await this.page.evaluate(`JSON.stringify(${expression})`);
		return v === undefined ? undefined : JSON.parse(v);
	}
	until(expression) {
		return until(this.page, expression);
	}
	drop(name, data) {
		return drop(this.page, name, data);
	}
	/** Drops a trace and waits until it is shown or refused. */
	async load(name, data) {
		await this.drop(name, data);
		await this.until(
			`!!(document.querySelector(".alert.bad") || (pagescope.loaded && document.title.startsWith(${JSON.stringify(name)})))`,
		);
		await shown(this.page);
	}
	/** Goes to an event, and waits until it is told of everywhere. */
	async goto(i) {
		await this.run(`pagescope.goto(${i}) ?? 0`);
		await shown(this.page);
	}
	text(selector) {
		return this.run(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ""`);
	}
	async click(selector) {
		await this.run(`document.querySelector(${JSON.stringify(selector)}).click() ?? 0`);
		await settle(this.page);
	}
	async press(key) {
		await this.page.keyboard.press(key);
		await settle(this.page);
	}
	close() {
		return this.page.context().close();
	}
}

/**
 * What fn does, in both browsers at a time, as most of the time they wait; or in the one that
 * BROWSER says. fn is given {name, open(url, options)}, as open() of browser.mjs.
 */
export async function inBoth(fn) {
	await Promise.all(
		(process.env.BROWSER ? [wanted()] : Object.keys(TITLE)).map((kind) =>
			test(TITLE[kind], async () => {
				const browser = await launch(kind);
				try {
					await fn({
						name: TITLE[kind],
						open: async (url, options) =>
							new Page(await open(browser, url, options), TITLE[kind]),
					});
				} finally {
					await browser.close();
				}
			}),
		),
	);
}
