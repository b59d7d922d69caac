// SPDX-License-Identifier: MIT
/*
 * rehearsal.js - while the page waits for a file, it draws the demo where nobody sees it.
 *
 * Code that has run before is several times as quick: browsers compile what is used.  So
 * the first picture of a real trace comes sooner, and the first seconds of dragging do
 * not stutter.  Done in steps of a few milliseconds; over as soon as there is work to do.
 */
import { h } from "./dom.js";
import { rehearseBoot, LARGE } from "../model/machine.js";
import { Model } from "../model/model.js";
import { Trace } from "../model/trace.js";

const FRAMES = 1 << 18;		// so many that some share a pixel, as of a large machine
const PAINTINGS = 4;		// of the trace while it comes
const STEP = 8;			// ms

export class Rehearsal {
	/** understudy(stage): an App of its own there; messages: what the deriver made of the demo (worker.js). */
	constructor(understudy, messages) {
		this.stage = h("div.stage", { inert: true, "aria-hidden": "true" });
		document.body.append(this.stage);
		this.app = understudy(this.stage);
		this.steps = this.run(this.app, messages);
		this.over = false;
		this.turn = new MessageChannel();	// a timer would wait a third of the time
		this.turn.port1.onmessage = () => this.next();
		this.next();
	}
	next() {
		if (this.over) return;		// a message that was on its way
		const until = performance.now() + STEP;
		while (performance.now() < until) if (this.steps.next().done) return this.end();
		this.turn.port2.postMessage(0);
	}
	*run(app, messages) {
		let model = null, paintings = 0;
		for (const msg of messages) {
			if (msg.header) app.open(model = new Model(larger(msg.header), { own: false }));
			else if (msg.record) model.record(msg.record);
			else if (msg.chunk) model.apply(msg);
			else model.finish(msg.made);
			yield;
			if (!msg.record && model.n && paintings++ < PAINTINGS) for (const paint of app.paints()) { paint(); yield; }
		}
		app.loadingBox.hidden = true;
		const ps = app.api(), n = model.n, drag = function* (from, by, times) { for (let x = 0; x < times; x++) { ps.scrub(from + x * by); yield; } };
		yield* drag(n >> 2, n >> 8, 60);
		yield* drag(n >> 1, -(n >> 8), 40);
		for (let x = 0; x < 40; x++) {
			if (x & 1) app.frames.picture = null;	// all frames are coloured anew
			ps.scrub((x * 7919) % n);
			yield;
		}
		// narrow, as a pixel of a large trace holds many events
		const narrow = document.createElement("canvas").getContext("2d"), draw = app.drawers.get(app.el.timeline);
		for (let x = 0; x < 60; x++) { app.timeline.forget(); draw(narrow, x & 1 ? 300 : 112, 140); yield; }
		for (let x = 0; x < 20; x++) { ps.scrub((x * 7919) % n); ps.panels(); yield; }
		yield* rehearseBoot(new Trace(LARGE));
	}
	/** The understudy is kept: compiled code is thrown away when the last object of a shape it was compiled for is. */
	end() {
		this.over = true;
		this.turn.port1.close();
		this.app.leave();
		this.stage.remove();
	}
	forget() { this.app = this.stage = this.steps = null; }
}

/** The same run on a machine with more memory, of which nothing is known. */
function larger(header) {
	const zones = header.zones.map((z, x, all) => (x < all.length - 1 ? z : { ...z, spanned_pages: FRAMES - z.start_pfn }));
	return { ...header, zones, machine: { ...header.machine, frames: FRAMES } };
}
