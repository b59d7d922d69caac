/*
 * firefox.test.mjs - the same file in Firefox, with its strict policy for files.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Firefox, binary } from "./firefox.mjs";
import { claim, same, test, finish, load } from "./lib.mjs";
import { synth } from "./synth.mjs";
import { translate } from "../../viewer/model/query.js";

process.chdir(new URL("../..", import.meta.url).pathname);
if (!binary) {
	claim("Firefox is there", false, "install the Debian package firefox-esr, or name one in FIREFOX");
	finish();
	process.exit();
}
const dir = mkdtempSync(join(tmpdir(), "pagescope-firefox-"));

const lines = [];
synth({ line: (s) => lines.push(s) });
const model = load(lines.join("\n") + "\n"), { trace } = model;
let firefox;
await test("Firefox", async () => {
	firefox = await Firefox.start();
	await firefox.open(pathToFileURL(resolve("build/viewer.html")).href);
	await firefox.run("document.getElementById('demo').click() ?? 0");
	await firefox.until("pagescope.loaded");
	same("the demo opens in Firefox from file://, every snapshot agreeing", await firefox.run("[pagescope.events > 10000, pagescope.checks().failed]"), [true, 0]);
	// the file picker cannot be driven from outside: the page is handed a File, as a drop does
	writeFileSync(join(dir, "x.js"), "");
	await firefox.run(`(() => { const d = new DataTransfer(); d.items.add(new File([${JSON.stringify(lines.join("\n") + "\n")}], "small.jsonl")); dispatchEvent(new DragEvent("drop", { dataTransfer: d })); })() ?? 0`);
	await firefox.until(`pagescope.loaded && pagescope.events === ${model.n}`);
	claim("a dropped trace opens", true);
	const i = trace.marks.find((m) => m.msg === "The guard page").i, va = model.at(i).areas[0].addr + 0x5123, want = translate(model, va, i);
	await firefox.run(`pagescope.goto(${i}) ?? 0`);
	same("an address is translated in Firefox", await firefox.run(`pagescope.translate(${va}).pa`), want.walk.pa);
	await firefox.press("\uE014");
	same("→ is one event on", await firefox.run("pagescope.i"), i + 1);
	await firefox.press("]");
	same("] is the next chapter", await firefox.run("pagescope.i"), trace.chapters().find((m) => m.i > i + 1).i);
	const colours = await firefox.run("['timeline','virtual','frames','buddy'].map((id) => { const c = document.getElementById(id); return new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size > 5; })");
	same("the four canvases are drawn", colours, [true, true, true, true]);
	if (existsSync("build/mmsim") && existsSync("build/pagescope")) {
		const bin = join(dir, "t.bin"), html = join(dir, "report.html"), quiet = { stdio: ["ignore", "pipe", "pipe"] };
		execFileSync("build/mmsim", ["--scenario", "kernel/scenarios/tour.scn", "-o", bin], quiet);
		execFileSync("build/pagescope", ["export", "--format=html", "-o", html, bin], quiet);
		await firefox.open(pathToFileURL(html).href);
		await firefox.until("pagescope.loaded");
		const t = await firefox.run("pagescope.timings()");
		console.log(`# Firefox: a report of ${await firefox.run("pagescope.events")} events, interactive after ${Math.round(t.interactive)} ms`);
		same("report.html opens in Firefox with its trace", (await firefox.run("pagescope.checks()")).failed, 0);
	}
	same("no error in Firefox's console", firefox.trouble, []);
});
await firefox?.stop();
rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
finish();
