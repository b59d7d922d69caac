/*
 * firefox.test.mjs - the same file in Firefox, with its strict policy for files.
 *
 * Driven over WebDriver BiDi, a few messages of JSON: Firefox speaks it by itself.
 */
import { spawn, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import WebSocket from "ws";
import { claim, same, test, finish, load } from "./lib.mjs";
import { synth } from "./synth.mjs";
import { translate } from "../../viewer/model/query.js";

process.chdir(new URL("../..", import.meta.url).pathname);
const binary = process.env.FIREFOX ?? ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find((p) => existsSync(p));
if (!binary) {
	claim("Firefox is there", false, "install the Debian package firefox-esr, or name one in FIREFOX");
	finish();
	process.exit();
}
const dir = mkdtempSync(join(tmpdir(), "pagescope-firefox-"));
writeFileSync(join(dir, "user.js"), 'user_pref("security.fileuri.strict_origin_policy", true);\nuser_pref("app.update.enabled", false);\nuser_pref("datareporting.policy.dataSubmissionEnabled", false);\nuser_pref("network.captive-portal-service.enabled", false);\n');

class Firefox {
	static async start() {
		const f = new Firefox();
		f.child = spawn(binary, ["--headless", "--no-remote", "--profile", dir, "--remote-debugging-port", "0"], { stdio: ["ignore", "ignore", "pipe"] });
		const url = await new Promise((done, fail) => {
			let said = "";
			const timer = setTimeout(() => fail(new Error("Firefox did not start: " + said)), 120000);
			f.child.stderr.on("data", (d) => { said += d; const m = said.match(/WebDriver BiDi listening on (ws:\S+)/); if (m) { clearTimeout(timer); done(m[1]); } });
			f.child.on("exit", () => fail(new Error("Firefox ended: " + said)));
		});
		f.socket = new WebSocket(url + "/session");
		f.waiting = new Map();
		f.trouble = [];
		f.next = 0;
		f.socket.on("message", (data) => {
			const m = JSON.parse(data);
			if (m.type === "event" && m.method === "log.entryAdded" && (m.params.level === "error" || m.params.level === "warn")) f.trouble.push(m.params.text);
			const w = f.waiting.get(m.id);
			if (!w) return;
			f.waiting.delete(m.id);
			if (m.type === "error") w[1](new Error(m.message)); else w[0](m.result);
		});
		await new Promise((ok, no) => { f.socket.on("open", ok); f.socket.on("error", no); });
		await f.send("session.new", { capabilities: {} });
		f.context = (await f.send("browsingContext.getTree", {})).contexts[0].context;
		await f.send("session.subscribe", { events: ["log.entryAdded"] });
		return f;
	}
	send(method, params) {
		const id = ++this.next;
		this.socket.send(JSON.stringify({ id, method, params }));
		return new Promise((ok, no) => this.waiting.set(id, [ok, no]));
	}
	async run(expression) {
		const r = await this.send("script.evaluate", { expression: `JSON.stringify(${expression})`, target: { context: this.context }, awaitPromise: true });
		if (r.type === "exception") throw new Error(r.exceptionDetails.text);
		return r.result.value === undefined ? undefined : JSON.parse(r.result.value);
	}
	async until(expression, ms = 60000) {
		for (const end = Date.now() + ms; Date.now() < end;) { if (await this.run(expression)) return; await new Promise((r) => setTimeout(r, 50)); }
		throw new Error(`waited for ${expression}`);
	}
	open(url) { return this.send("browsingContext.navigate", { context: this.context, url, wait: "complete" }); }
	async press(...keys) {
		await this.send("input.performActions", { context: this.context, actions: [{ type: "key", id: "keys", actions: keys.flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]) }] });
		await new Promise((r) => setTimeout(r, 200));
	}
	stop() { this.socket?.close(); this.child.kill(); return new Promise((r) => this.child.once("exit", r)); }
}

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
