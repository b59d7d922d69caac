/*
 * firefox.mjs - headless Firefox with its strict policy for files, driven over WebDriver
 * BiDi, a few messages of JSON: Firefox speaks it by itself.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";

export const binary = process.env.FIREFOX ?? ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find((p) => existsSync(p));

export class Firefox {
	static async start() {
		const f = new Firefox(), dir = f.dir = mkdtempSync(join(tmpdir(), "pagescope-firefox-"));
		writeFileSync(join(dir, "user.js"), 'user_pref("security.fileuri.strict_origin_policy", true);\nuser_pref("app.update.enabled", false);\nuser_pref("datareporting.policy.dataSubmissionEnabled", false);\nuser_pref("network.captive-portal-service.enabled", false);\n');
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
	async stop() {
		this.socket?.close();
		this.child.kill();
		await new Promise((r) => this.child.once("exit", r));
		rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
	}
}
