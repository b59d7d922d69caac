/*
 * drive.mjs - the same few steps in Chromium and in Firefox, so that one test holds for both.
 *
 * A page has: run(expression) its value, as JSON · until(expression) · drop(name, bytes)
 * a file as a user drops it · text(selector) · press(key) · trouble, what the console
 * complained of.  The viewer is opened anew, from file://, for every page.
 */
import { launch, open } from "./browser.mjs";
import { Firefox, binary } from "./firefox.mjs";

const DROP = (name, base64) => `(() => { const raw = atob("${base64}"), b = new Uint8Array(raw.length); for (let x = 0; x < raw.length; x++) b[x] = raw.charCodeAt(x);
	const d = new DataTransfer(); d.items.add(new File([b], ${JSON.stringify(name)})); dispatchEvent(new DragEvent("drop", { dataTransfer: d })); })()`;
const wait = (ms) => new Promise((r) => setTimeout(r, ms));

class Page {
	async until(expression, ms = 120000) {
		for (const end = Date.now() + ms; Date.now() < end; await wait(30)) { const v = await this.run(expression); if (v) return v; }
		throw new Error(`${this.browser}: waited for ${expression}`);
	}
	drop(name, data) { return this.run(`${DROP(name, Buffer.from(data).toString("base64"))} ?? 0`); }
	/** Drops a trace and waits until it is shown or refused. */
	async load(name, data) {
		await this.drop(name, data);
		await this.until(`!!(document.querySelector(".alert.bad") || (pagescope.loaded && document.title.startsWith(${JSON.stringify(name)})))`);
	}
	text(selector) { return this.run(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ""`); }
	async click(selector) { await this.run(`document.querySelector(${JSON.stringify(selector)}).click() ?? 0`); await wait(150); }
}
class ChromiumPage extends Page {
	browser = "Chromium";
	get trouble() { return this.page.trouble; }
	async run(expression) { const v = await this.page.evaluate(`JSON.stringify(${expression})`); return v === undefined ? undefined : JSON.parse(v); }
	async press(key) { await this.page.keyboard.press(key); await wait(200); }
	close() { return this.page.context().close(); }
}
class FirefoxPage extends Page {
	browser = "Firefox";
	get trouble() { return this.firefox.trouble; }
	run(expression) { return this.firefox.run(expression); }
	press(key) { return this.firefox.press({ ArrowRight: "\uE014", Escape: "\uE00C", Enter: "\uE007" }[key] ?? key); }
	async close() {}
}

/** Both browsers, each {name, open(url, {before}), stop()}; before: a script run in the page ahead of its own. */
export async function browsers() {
	const chromium = await launch();
	const list = [{ name: "Chromium", async open(url, { before = null } = {}) {
		const p = new ChromiumPage();
		p.page = await open(chromium, before ? "about:blank" : url);
		if (before) { await p.page.addInitScript(before); await p.page.goto(url); }
		return p;
	}, stop: () => chromium.close() }];
	if (!binary) { console.log("not ok Firefox is there: install the Debian package firefox-esr, or name one in FIREFOX"); process.exitCode = 1; return list; }
	const firefox = await Firefox.start();
	list.push({ name: "Firefox", async open(url, { before = null } = {}) {
		const p = new FirefoxPage();
		p.firefox = firefox;
		firefox.trouble.length = 0;
		const script = before && (await firefox.send("script.addPreloadScript", { functionDeclaration: `() => { ${before} }` })).script;
		await firefox.open("about:blank");
		await firefox.open(url);
		if (script) await firefox.send("script.removePreloadScript", { script });
		return p;
	}, stop: () => firefox.stop() });
	return list;
}
