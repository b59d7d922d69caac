// SPDX-License-Identifier: MIT
/*
 * claim-pictures.mjs - run by claim-pictures.sh: the traces of the claims are in
 * $CLAIMS, the pictures go to $PICTURES.  The moment of each is found by what
 * happens there, not by a number.
 */
import { loadFile } from "../viewer/lib.mjs";
import { launch, open, openTrace } from "../viewer/browser.mjs";

const NONE = 0xffffffff;

/** The nth event after the mark whose heading begins so, of this kind and passing. */
function find(trace, heading, kind, pred = () => true, nth = 1) {
	let i = trace.marks.find((m) => m.msg.startsWith(heading))?.i ?? -1;
	if (i < 0) throw new Error(`no mark "${heading}"`);
	for (; i < trace.n; i++) if (trace.kindName(i) === kind && pred(i) && --nth === 0) return i;
	throw new Error(`no ${kind} after "${heading}"`);
}
const lastBefore = (trace, i, kind) => { while (i > 0 && trace.kindName(i) !== kind) i--; return i; };
/** A page table entry written last for the area that vmalloc_exit at i returns. */
const filled = (trace, i) => lastBefore(trace, i, "pte_set");

/* name -> the moment, and the address to put into the search box there */
const MOMENTS = {
	contiguous(t) { const i = find(t, "The price", "vmalloc_exit"); return [filled(t, i), t.a[i] + 0x3010]; },
	external(t) { return [find(t, "Half free", "mm_page_alloc", (i) => t.a[i] === NONE && t.o[i] === 1, 2)]; },
	internal(t) { return [find(t, "65 pages", "mm_page_alloc", (i) => t.o[i] === 7)]; },
	scattered(t) { const i = find(t, "Scattered", "vmalloc_exit"); return [filled(t, i), t.a[i] + 0x5010]; },
	start(t) { const i = find(t, "The first area", "vmalloc_exit"); return [i, t.a[i] + 0x10]; },
	tables(t) { const i = find(t, "A table where", "vmalloc_exit", () => true, 3); return [filled(t, i), t.a[i] + 0x1010]; },
	limit(t) { return [find(t, "And vmalloc fails", "vmalloc_exit", (i) => t.a[i] === 0)]; },
	users(t) { const i = find(t, "Modules", "vmalloc_exit", () => true, 3); return [i, t.a[i] + 0x2010]; },
};

const browser = await launch(), viewer = new URL("../../build/viewer.html", import.meta.url).href;
for (const [name, moment] of Object.entries(MOMENTS)) {
	const file = `${process.env.CLAIMS}/${name}.jsonl.gz`, [i, select] = moment(loadFile(file).trace);
	const page = await open(browser, viewer, { width: 1280, height: 800, theme: "light" });
	await openTrace(page, file);
	await page.evaluate((x) => globalThis.pagescope.goto(x), i);
	if (select) {
		await page.keyboard.press("/");
		await page.keyboard.type("0x" + select.toString(16));
		await page.keyboard.press("Enter");
	}
	await page.mouse.move(0, 0);
	await page.waitForTimeout(500);
	await page.screenshot({ path: `${process.env.PICTURES}/claim-${name}.png` });
	console.log(`claim-${name}.png (event ${i})`);
	await page.context().close();
}
await browser.close();
