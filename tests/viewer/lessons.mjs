// SPDX-License-Identifier: MIT
/* lessons.mjs - run by lessons.sh; the traces of the lessons are in $LESSONS. */
import { readdirSync } from "node:fs";
import { authored } from "../../viewer/model/lesson.js";
import { claim, finish, loadFile, same } from "./lib.mjs";
import { launch, open, openTrace, settle } from "./browser.mjs";

const dir = process.env.LESSONS,
	names = readdirSync(dir).filter((n) => n.endsWith(".gz"));
same("seven lessons", names.length, 7);
for (const name of names) {
	const { trace } = loadFile(`${dir}/${name}`),
		asked = authored(trace);
	claim(
		`${name}: has questions, and an answer further on to each`,
		asked.length >= 2 && asked.every((q) => q.reveal > q.at && q.why.length > 20),
		JSON.stringify(asked),
	);
}

const browser = await launch();
const page = await open(browser, new URL("../../build/viewer.html", import.meta.url).href);
await openTrace(page, `${dir}/walk.jsonl.gz`);
await page.click("#tab-lesson");
await settle(page);
const tab = () => page.locator(".lower .body.scroll:not([hidden])").first().textContent();
claim(
	"the Questions tab asks what the lesson's author asked",
	/Cut it in three/.test(await tab()) && !/they are printed/i.test(await tab()),
	await tab(),
);
await page.locator("button", { hasText: "Show the answer" }).first().click();
await settle(page);
claim("it shows the author's answer", /printed on the console/.test(await tab()), await tab());
await page.locator("button", { hasText: "Next question" }).click();
await settle(page);
claim("and goes on to the next", /What does it say/.test(await tab()), await tab());
same("no error", page.trouble, []);
await browser.close();
finish();
