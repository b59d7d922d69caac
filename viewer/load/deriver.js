// SPDX-License-Identifier: MIT
/*
 * deriver.js - the second worker: takes what the reader sends through a port, replays it
 * for the first time (model/derive.js) and sends the page the pieces, in order:
 *
 *   {header}  {records: []}  {chunk, missing, made}  {bad}  {problem: text}
 *   and at the end {done: true, made, early?: why the file ended early} or {failed: why}
 *
 * After the first piece it waits for {open: true}: the page draws its first picture then.
 * The page's first message says {range, kept}: what is to be left out.  {back: buffer}
 * gives memory back to be used again.
 */
import { buffers } from "../model/chunk.js";
import { Deriver, Excerpt } from "../model/derive.js";
import { keyBuffers } from "../model/seek.js";
import { Lod } from "../model/lod.js";
/** @import {Piece} from "../model/types.js" */

const NO_HEADER = "the file does not begin with a header: is it a pagescope trace?";

/**
 * Works for the reader at the other end of `port`.
 * @param {MessagePort} port
 */
export function derive(port) {
	const work = new Work(port);
	onmessage = ({ data }) => work.told(data);
}

class Work {
	/** @param {MessagePort} port */
	constructor(port) {
		this.port = port;
		/** @type {Deriver | Excerpt | null} null before the header */
		this.deriver = null;
		/** @type {{from: number, to: number} | null} */
		this.range = null;
		/** @type {{every?: number, left?: string[]} | undefined} */
		this.kept = undefined;
		/** @type {any[]} those the page has not been sent yet */
		this.records = [];
		/** @type {Generator<Piece> | null} the pieces that wait until the page has drawn */
		this.halted = null;
		/** @type {any[]} what the reader sent meanwhile */
		this.backlog = [];
		this.open = false;
		this.over = false;
	}
	/**
	 * Does what the page asks for.
	 * @param {any} data
	 */
	told(data) {
		if (data.open) this.attempt(() => this.goOn());
		else if (data.back) this.deriver?.recycle(data.back);
		else {
			this.range = data.range ?? null;
			this.kept = data.kept ?? undefined;
			this.port.onmessage = (e) => this.attempt(() => this.given(e.data));
		}
	}
	/**
	 * Tells the page of what fn throws; nothing is done afterwards.
	 * @param {() => void} fn
	 */
	attempt(fn) {
		try {
			if (!this.over) fn();
		} catch (err) {
			this.over = true;
			postMessage({ failed: err instanceof Error ? err.message : String(err) });
		}
	}
	/** @param {any} data the reader's */
	given(data) {
		if (this.halted) this.backlog.push(data);
		else this.take(data);
	}
	/** The page has drawn the first piece. */
	goOn() {
		const list = this.halted;
		this.open = true;
		this.halted = null;
		if (list) this.pieces(list);
		while (this.backlog.length && !this.over) this.take(this.backlog.shift());
	}
	/** @param {any} data the reader's */
	take(data) {
		if (data.records) {
			for (const rec of data.records) this.record(rec);
		} else if (data.chunk) {
			if (!this.deriver) throw new Error(NO_HEADER);
			this.pieces(this.deriver.chunk(data.chunk));
		} else if (data.bad || data.problem) {
			this.flush();
			postMessage(data);
		} else if (data.failed) {
			if (this.deriver?.trace.stored) this.finish({ early: data.failed });
			else postMessage(data);
		} else if (data.done) this.finish();
	}
	/** @param {any} rec */
	record(rec) {
		if (this.deriver) {
			this.records.push(...this.deriver.records(rec));
			if (this.records.length > 4096) this.flush();
			return;
		}
		if (rec.rec !== "header") throw new Error(NO_HEADER);
		const header = { ...rec, kept: this.kept };
		this.deriver = this.range ? new Excerpt(header, this.range) : new Deriver(header);
		postMessage({ header: this.deriver.header });
		this.deriver.prepare();
	}
	/**
	 * Sends the page pieces: before it has drawn only one.
	 * @param {Generator<Piece>} list
	 */
	pieces(list) {
		for (let next = list.next(); !next.done; next = list.next()) {
			this.flush();
			post(next.value);
			if (!this.open) {
				this.halted = list;
				return;
			}
		}
		this.port.postMessage(0);
		if (this.deriver?.ended) {
			this.record({ rec: "end" });
			this.finish();
		}
	}
	/** Sends the page the records that wait. */
	flush() {
		if (!this.records.length) return;
		postMessage({ records: this.records });
		this.records = [];
	}
	/** @param {{early?: string}} why the file ended early, if it did */
	finish(why = {}) {
		if (this.over) return;
		this.over = true;
		this.flush();
		const deriver = this.deriver?.trace.stored ? this.deriver : null;
		if (deriver) for (const out of deriver.tail()) post(out);
		postMessage({ ...why, done: true, made: deriver?.finish() ?? null });
	}
}

/** Sends the page a piece, and gives it the memory. @param {Piece} out */
function post(out) {
	const { chunk, made } = out;
	postMessage(out, {
		transfer: [...buffers(chunk), Lod.buffer(made.lod), ...made.keys.flatMap(keyBuffers)],
	});
}
