/*
 * loader.js - runs the worker and feeds the model, never more than a slice at a time,
 * so that the page stays alive and the first picture comes early.
 */
import { Model } from "../model/model.js";

const SLICE = 16, ROWS = 8192;	// ms of model building before the page may draw; events at once

export class Loader {
	/** events: {header(model), progress({read,total,n}), done(model), failed(message), bad(info)} */
	constructor(events) {
		this.events = events;
		this.queue = [];
		this.model = null;
		this.bad = [];
		const source = document.getElementById("pagescope-worker").textContent;
		this.url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
		this.worker = new Worker(this.url);
		this.worker.onmessage = ({ data }) => { this.queue.push(data); this.pump(); };
		this.worker.onerror = (e) => this.fail(e.message || "the reader stopped");
		this.stopped = false;
		this.info = { read: 0, total: 0 };
	}
	file(file) { this.worker.postMessage({ file }); }
	pieces(list) {
		const total = list.reduce((s, p) => s + p.length, 0);
		for (const piece of list) this.worker.postMessage({ piece, total });
		this.worker.postMessage({ last: true });
	}
	cancel() { this.stopped = true; this.worker.terminate(); URL.revokeObjectURL(this.url); }
	fail(message) { if (!this.stopped) { this.cancel(); this.events.failed(message); } }
	pump() {
		if (this.pumping || this.stopped) return;
		this.pumping = true;
		const channel = new MessageChannel();
		channel.port1.onmessage = () => {
			if (this.stopped) return;
			const until = performance.now() + SLICE;
			try {
				while (performance.now() < until) {
					if (this.model?.grow(ROWS)) { if (this.model.trace.n === this.model.trace.stored || this.model.trace.n === ROWS) this.events.progress({ ...this.info, n: this.model.n }, this.model); }
					else if (this.queue.length) this.take(this.queue.shift());
					else break;
				}
			} catch (err) { this.fail(err.message); return; }
			if (this.stopped) return;
			if (this.queue.length || this.model?.grow(ROWS)) channel.port2.postMessage(0);
			else { this.pumping = false; channel.port1.close(); }
		};
		channel.port2.postMessage(0);
	}
	take(msg) {
		if (msg.records) for (const rec of msg.records) this.record(rec);
		else if (msg.chunk) {
			if (!this.model) throw new Error("the file does not begin with a header: is it a pagescope trace?");
			this.model.chunk(msg.chunk);
		} else if (msg.progress) { this.info = msg.progress; this.events.progress({ ...this.info, n: this.model?.n ?? 0 }, null); }
		else if (msg.bad) {
			if (!this.model) throw new Error(`this is not a pagescope trace: ${msg.bad.message}. It begins with “${msg.bad.text}”`);
			this.bad.push(msg.bad);
			this.model.trace.problems.push(`${msg.bad.message}; read on without it`);
		} else if (msg.failed) {
			if (this.model?.n) { this.model.trace.problems.push(`the file ends early: ${msg.failed}`); this.finish(); } else this.fail(msg.failed);
		} else if (msg.done) this.finish();
	}
	record(rec) {
		if (rec.rec === "header" && !this.model) { this.model = new Model(rec); this.events.header(this.model); return; }
		if (!this.model) throw new Error("the file does not begin with a header: is it a pagescope trace?");
		this.model.record(rec);
	}
	finish() {
		if (!this.model) return this.fail("the file is empty: it holds no trace");
		if (!this.model.n) return this.fail("the trace holds no events");
		this.model.finish();
		this.stopped = true;
		this.worker.terminate();
		URL.revokeObjectURL(this.url);
		this.events.done(this.model);
	}
}
