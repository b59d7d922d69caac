// SPDX-License-Identifier: MIT
/*
 * loader.js - the two workers that read a trace, and what they send put into a model.
 *
 * The page's own part of loading is to take pieces over: a few milliseconds each, so it
 * stays alive.  Workers are started before they are needed (prewarm), because starting
 * them takes longer than reading the first chunk.
 */
import { Model } from "../model/model.js";
import { Lod } from "../model/lod.js";
import { copied } from "../model/chunk.js";

const MOST = 500; // ms the workers wait for a picture: of a page nobody sees none is drawn

class Crew {
	/** @param {string} script the page's own */
	constructor(script) {
		this.url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
		this.reader = new Worker(this.url);
		this.deriver = new Worker(this.url);
	}
	/** To work. */
	start() {
		const { port1, port2 } = new MessageChannel();
		this.reader.postMessage({ read: port1 }, [port1]);
		this.deriver.postMessage({ derive: port2 }, [port2]);
		return this;
	}
	stop() {
		this.reader.terminate();
		this.deriver.terminate();
		URL.revokeObjectURL(this.url);
	}
}
/** @type {Crew | null} */
let spare = null;
/**
 * Starts the workers of the next Loader.
 * @param {string} script the page's own
 */
export function prewarm(script) {
	spare ??= new Crew(script);
}

/**
 * @typedef {object} Events
 * @property {(header: any) => boolean} header false stops here
 * @property {(model: Model) => void} [opened] still empty
 * @property {(model: Model) => void} [started] when it can be asked
 * @property {(info: {read: number, total: number, n: number}, model: Model | null) => void} progress
 * @property {(model: Model) => void} done
 * @property {(message: string) => void} failed
 */

export class Loader {
	/**
	 * @param {string} script the page's own, which the workers run
	 * @param {Events} events
	 * @param {{range?: {from: number, to: number} | null, kept?: any}} options range: load only
	 * these events; kept {every, left}: fewer snapshots, without these columns
	 */
	constructor(script, events, { range = null, kept = null } = {}) {
		this.script = script;
		this.events = events;
		/** @type {any} the model that is being filled */
		this.model = null;
		/** @type {any[]} lines that could not be read */
		this.bad = [];
		this.stopped = this.opened = this.free = false;
		this.info = { read: 0, total: 0 };
		/** @type {any[]} */
		this.came = []; // from the deriver, and not taken over yet
		/** @type {Generator<any> | null} */
		this.steps = null; // of what is being taken over
		/** what is to be done when the reader waits */
		this.held = () => {};
		this.most = 0; // the timer after which it goes on at the latest
		this.holds = false; // was it asked to?
		this.turn = new MessageChannel();
		this.turn.port1.onmessage = () => this.work();
		this.crew = (spare ?? new Crew(script)).start();
		spare = null;
		const { reader, deriver } = this.crew;
		deriver.postMessage({ range, kept });
		if (!events.opened) this.goOn(); // nobody waits for a picture
		reader.onmessage = ({ data }) => {
			if (this.stopped) return;
			if (data.held) this.held();
			else if (data.progress) {
				this.info = data.progress;
				this.say(null);
			}
		};
		deriver.onmessage = ({ data }) => {
			this.came.push(data);
			if (this.came.length === 1 && !this.steps) this.work();
		};
		for (const worker of [reader, deriver])
			worker.onerror = (e) => this.fail(e.message || "the reader stopped");
	}
	/** @param {File} file */
	file(file) {
		this.crew.reader.postMessage({ file });
	}
	/** @param {string[]} list */
	pieces(list) {
		const total = list.reduce((s, p) => s + p.length, 0);
		for (const piece of list) this.crew.reader.postMessage({ piece, total });
		this.crew.reader.postMessage({ last: true });
	}
	/** The first picture is drawn: the workers may take the machine again. */
	goOn() {
		if (!this.stopped && !this.free) {
			this.free = true;
			for (const worker of [this.crew.reader, this.crew.deriver])
				worker.postMessage({ open: true });
		}
	}
	/**
	 * Calls fn once the reader waits, as drawing takes several times as long with two workers on
	 * two processors; release() ends it.
	 * @param {() => void} fn
	 */
	hold(fn) {
		if (this.holds) return; // it will be drawn soon enough
		this.held = () => {
			this.most = setTimeout(() => this.release(), MOST);
			fn();
		};
		this.holds = true;
		this.crew.reader.postMessage({ hold: true });
	}
	release() {
		clearTimeout(this.most);
		if (this.holds && !this.stopped) this.crew.reader.postMessage({ hold: false });
		this.holds = false;
	}
	cancel() {
		this.stop();
		this.crew.stop();
	}
	stop() {
		this.stopped = true;
		this.turn.port1.close();
	}
	/** Takes over what came, in order, a step a task, so that the page stays alive. */
	work() {
		if (this.stopped) return;
		try {
			this.steps ??= this.take(this.came.shift());
			if (this.steps.next().done) this.steps = null;
		} catch (err) {
			if (this.stopped) throw err; // loaded: what fails now is the page
			return this.fail(
				err instanceof RangeError
					? `there is not enough memory for it (${err.message})`
					: err instanceof Error
						? err.message
						: String(err),
			);
		}
		if (this.steps || this.came.length) this.turn.port2.postMessage(0);
	}
	/** @param {string} message */
	fail(message) {
		if (!this.stopped) {
			this.cancel();
			this.events.failed(message);
		}
	}
	/** @param {Model | null} model */
	say(model) {
		this.events.progress({ ...this.info, n: this.model?.n ?? 0 }, model);
	}
	/**
	 * @param {any} msg of the deriver's
	 * @returns {Generator<any>}
	 */
	*take(msg) {
		if (msg.header) {
			if (this.events.header(msg.header) === false) return this.cancel();
			this.model = new Model(msg.header, { own: false });
			setTimeout(() => this.open());
		} else if (msg.records) {
			for (const rec of msg.records) this.model.record(rec);
		} else if (msg.chunk) {
			this.open();
			if (!this.model.n) setTimeout(() => this.goOn(), MOST);
			yield* this.model.applying(msg);
			const back = copied(msg.chunk),
				part = Lod.buffer(msg.made.lod);
			this.crew.reader.postMessage({ back }, back);
			this.crew.deriver.postMessage({ back: part }, [part]);
			this.say(this.model);
		} else if (msg.bad) {
			if (!this.model)
				throw new Error(
					`this is not a pagescope trace: ${msg.bad.message}. It begins with “${msg.bad.text}”`,
				);
			this.bad.push(msg.bad);
			this.model.trace.problems.push(
				msg.bad.message +
					(msg.bad.text && `; it begins with “${msg.bad.text}”; read on without it`),
			);
		} else if (msg.problem) this.model?.trace.problems.push(msg.problem);
		else if (msg.failed) this.fail(msg.failed);
		else if (msg.done) this.finish(msg);
	}
	/** While the first events are still being read: the page, and then what the model needs. */
	open() {
		if (this.opened || this.stopped) return;
		this.opened = true;
		this.events.opened?.(this.model);
		setTimeout(() => {
			this.model.start();
			if (!this.stopped) this.events.started?.(this.model);
		});
	}
	/** @param {{made: any, early?: string}} msg */
	finish({ made, early }) {
		if (!this.model) return this.fail("the file is empty: it holds no trace");
		if (!this.model.n) return this.fail("the trace holds no events");
		this.open();
		if (early) this.model.trace.problems.push(`the file ends early: ${early}`);
		this.model.finish(made);
		this.stop();
		this.events.done(this.model);
		// giving back their memory takes the machine from the page: not now that it draws; and some
		// for the next trace
		setTimeout(() => {
			this.crew.stop();
			prewarm(this.script);
		}, 2000);
	}
}
