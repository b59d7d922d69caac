// SPDX-License-Identifier: MIT
/*
 * walks.mjs - run by walks.sh, the tour's trace in $TOUR: presses the keys that README.md and
 * docs/primer.md tell a reader to press, read from the text, and looks whether the page then shows
 * what the text says.
 */
import { readFileSync } from "node:fs";
import { launch, open, openTrace } from "../viewer/browser.mjs";

const TIMES = { twice: 2, three: 3, nine: 9, eleven: 11 };
const KEYS = { "→": "ArrowRight", "←": "ArrowLeft" };

/** The presses that a sentence tells: [{key}, {text}, {key, until}...], each as often as said. */
function presses(text) {
	const found = [];
	for (const [, type, word, times, until] of text.matchAll(
		/(type )?(?:`([^`]+)`|(?<=press )Enter)(?: (twice|\w+(?= times)))?(?: until chapter (\d+))?/g,
	)) {
		if (times && !TIMES[times]) throw new Error(`how often is "${times}"?`);
		const press = type
			? { text: word }
			: { key: KEYS[word] ?? word ?? "Enter", until };
		for (let n = TIMES[times] ?? 1; n > 0; n--) found.push(press);
	}
	return found;
}

const browser = await launch();
const page = await open(browser, new URL("../../build/viewer.html", import.meta.url).href, {
	width: 1600,
	height: 900,
});
await openTrace(page, process.env.TOUR);

const details = () => page.locator("#details").innerText();
const chapter = () => page.locator(".chapter-line").innerText();

/** What is shown once it is as it should be, or after half a minute, which no busy host needs. */
async function waitFor(shown, wanted) {
	for (const end = Date.now() + 30000; ; await page.waitForTimeout(20)) {
		const found = await shown();
		if (wanted(found) || Date.now() > end) return found;
	}
}

async function walk(text) {
	const todo = presses(text);
	if (!todo.length) throw new Error(`no key in: ${text}`);
	for (const { key, text: typed, until } of todo) {
		if (typed) await page.keyboard.type(typed);
		else if (!until) await page.keyboard.press(key);
		else
			for (let n = 0; n < 15 && !(await chapter()).startsWith(`${until}. `); n++) {
				const before = await chapter();
				await page.keyboard.press(key);
				await waitFor(chapter, (now) => now !== before);
			}
	}
}

let failed = 0;
/** claim NAME: after the walk that the text tells, this is shown. */
async function claim(name, text, shown, wanted) {
	await walk(text);
	const found = await waitFor(shown, (now) => wanted.test(now));
	const ok = wanted.test(found);
	if (!ok) failed++;
	console.log(ok ? `ok ${name}` : `not ok ${name}: ${found.slice(0, 200).replace(/\n/g, " ")}`);
}

/** The part of a page between two words. */
function part(file, begin, end) {
	const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
	const from = text.indexOf(begin),
		to = text.indexOf(end, from);
	if (from < 0 || to < 0) throw new Error(`${file} has no "${begin}" before "${end}"`);
	return text.slice(from, to);
}
const leads = /0xc4801000 leads to physical 0x0040d000/;
await claim("README: nine splits", part("README.md", "1. **", ":"), details, /split 9 of 9/);
await claim(
	"README: external fragmentation",
	part("README.md", "2. **", "Every second"),
	details,
	/External fragmentation/,
);
await claim("README: page to frame", part("README.md", "3. **", "the lines"), details, leads);

const primer = (title, end) => part("docs/primer.md", `## ${title}`, end).replace(/.*See it move:/s, "");
const anew = async () => {
	for (const key of ["Escape", "Escape", "Home"]) await page.keyboard.press(key);
};
await anew();
await claim("primer: a page table", primer("A page table", "It leads"), details, leads);
await claim(
	"primer: the same address earlier",
	part("docs/primer.md", "It leads", "there it leads nowhere"),
	details,
	/0xc4801000 is not mapped/,
);
await anew();
await claim("primer: a buddy block", primer("A buddy block", "\n## "), details, /split 9 of 9/);
await anew();
await claim("primer: vmalloc", primer("vmalloc", "then `→`"), chapter, /^5\. /);
await browser.close();
process.exitCode = failed ? 1 : 0;
