// SPDX-License-Identifier: MIT
/*
 * pictures.mjs MOMENTS SITE - a picture of each report of the site, SITE/img/NAME.png.  A line of
 * the file MOMENTS has the name and the beginning of the heading that the picture shows, or -.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { launch, loaded, open } from "../../tests/viewer/browser.mjs";

const [moments, site] = process.argv.slice(2);
const browser = await launch();
for (const line of readFileSync(moments, "utf8").trimEnd().split("\n")) {
	const [name, heading] = line.split("\t");
	const page = await open(browser, pathToFileURL(`${site}/reports/${name}.html`).href, {
		width: 1280,
		height: 800,
		theme: "light",
	});
	await loaded(page);
	if (heading !== "-") {
		await page.click("#tab-chapters");
		await page
			.locator(".lower .body.scroll:not([hidden])")
			.getByText(heading)
			.first()
			.click();
		await page.click("#tab-events");
	}
	await page.mouse.move(0, 0);
	await page.waitForTimeout(400);
	await page.screenshot({ path: `${site}/img/${name}.png` });
	if (page.trouble.length) throw new Error(`${name}: ${page.trouble[0]}`);
	await page.context().close();
}
await browser.close();
