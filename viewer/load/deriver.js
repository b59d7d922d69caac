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

/**
 * Works for the reader at the other end of `port`.
 * @param {MessagePort} port
 */
export function derive(port) {
	/** @type {Deriver | Excerpt | null} */
	let deriver = null;
	/** @type {{from: number, to: number} | null} */
	let range = null;
	/** @type {{every?: number, left?: string[]} | undefined} */
	let kept;
	/** @type {any[]} */
	let records = [];
	/** @type {Generator<Piece> | null} what the page has not asked for yet */
	let halted = null;
	/** @type {any[]} */
	const backlog = [];
	let over = false,
		open = false;
	const flush = () => {
		if (records.length) {
			postMessage({ records });
			records = [];
		}
	};
	const post = (/** @type {any} */ out) =>
		postMessage(out, {
			transfer: [
				...buffers(out.chunk),
				Lod.buffer(out.made.lod),
				...out.made.keys.flatMap(keyBuffers),
			],
		});
	const finish = (why = {}) => {
		if (over) return;
		over = true;
		flush();
		if (deriver?.trace.stored) for (const out of deriver.tail()) post(out);
		postMessage({ ...why, done: true, made: deriver?.trace.stored ? deriver.finish() : null });
	};
	const record = (/** @type {any} */ rec) => {
		if (rec.rec === "header" && !deriver) {
			rec = { ...rec, kept };
			deriver = range ? new Excerpt(rec, range) : new Deriver(rec);
			postMessage({ header: deriver.header });
			return deriver.prepare();
		}
		if (!deriver)
			throw new Error("the file does not begin with a header: is it a pagescope trace?");
		records.push(...deriver.records(rec));
		if (records.length > 4096) flush();
	};
	const take = (/** @type {any} */ data) => {
		if (data.records) {
			for (const rec of data.records) record(rec);
		} else if (data.chunk) {
			if (!deriver)
				throw new Error("the file does not begin with a header: is it a pagescope trace?");
			pieces(deriver.chunk(data.chunk));
		} else if (data.bad || data.problem) {
			flush();
			postMessage(data);
		} else if (data.failed) {
			if (deriver?.trace.stored) finish({ early: data.failed });
			else postMessage(data);
		} else if (data.done) finish();
	};
	const pieces = (/** @type {Generator<Piece>} */ list) => {
		for (let next = list.next(); !next.done; next = list.next()) {
			flush();
			post(next.value);
			if (!open) {
				halted = list;
				return;
			}
		}
		port.postMessage(0);
		if (deriver?.ended) {
			record({ rec: "end" });
			finish();
		}
	};
	const attempt = (/** @type {() => void} */ fn) => {
		try {
			if (!over) fn();
		} catch (err) {
			over = true;
			postMessage({ failed: err instanceof Error ? err.message : String(err) });
		}
	};
	const goOn = () => {
		const list = halted;
		open = true;
		halted = null;
		if (list) pieces(list);
		while (backlog.length && !over) take(backlog.shift());
	};
	onmessage = ({ data }) => {
		if (data.open) return attempt(goOn);
		if (data.back) return deriver?.recycle(data.back);
		range = data.range ?? null;
		kept = data.kept ?? undefined;
		port.onmessage = (e) =>
			attempt(() => {
				if (halted) backlog.push(e.data);
				else take(e.data);
			});
	};
}
