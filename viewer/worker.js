// SPDX-License-Identifier: MIT
/*
 * worker.js - what happens off the main thread, in two workers.  They run the page's own
 * script (main.js), so that the model is in the file only once:
 *
 *   reader   bytes, gunzip, lines, columns      (parse.js, load/gunzip.js)
 *   deriver  the first replay of the columns    (derive.js)
 *
 * The first message says which: {read: port} or {derive: port}, the port joining the two.
 * Then the reader is given {file: File} or {piece: text of gzipped lines} (more may
 * follow; {last: true} ends them) and {back: buffers} to use again; the deriver {range, kept}, what is to be left out,
 * and {back: buffer}.  The reader tells the page {progress}; all else goes through the deriver, so that it
 * arrives in order: {records}, {header}, {chunk, missing, made}, {bad}, {problem: text},
 * {done, made}, {failed}.
 * After the first piece both wait for {open: true}: the page draws its first picture then,
 * and has the machine for itself.  Later the reader waits while the page draws: from {hold: true},
 * to which it says {held}, to {hold: false}.
 */
import { LineParser, buffers, recycle } from "./model/parse.js";
import { Deriver, Excerpt } from "./model/derive.js";
import { keyBuffers } from "./model/seek.js";
import { Lod } from "./model/lod.js";
import { Gunzip } from "./load/gunzip.js";

const PIECE = 1 << 16;	// bytes of a file taken at a time
const AHEAD = 6;	// chunks the reader may be ahead of the deriver

/** Called where there is no page. */
export function work() {
	onmessage = ({ data }) => {
		if (data.read) read(data.read); else if (data.derive) derive(data.derive);
	};
}

/** Lets in the messages that came. */
function pauses() {
	const { port1, port2 } = new MessageChannel(), waiting = [];
	port1.onmessage = () => waiting.shift()();
	return () => new Promise((resolve) => { waiting.push(resolve); port2.postMessage(0); });
}

/** A parser and the gunzip before it; out.record(object), out.chunk(chunk), out.bad(BadLine) are given what they read. */
function reading(out) {
	const parser = new LineParser({ onRecord: (rec) => out.record(rec), onChunk: (chunk) => out.chunk(chunk), onBad: (err) => out.bad(err) });
	return { parser, gunzip: new Gunzip((block) => parser.push(block)) };
}

/* ---- reader ---- */

function read(port) {
	let records = [], got = 0, total = 0, said = 0, ahead = 0, go = null, open = false, hold = false;
	const flush = () => { if (records.length) { port.postMessage({ records }); records = []; } };
	const progress = () => {
		const now = performance.now();
		if (now - said > 50) { said = now; postMessage({ progress: { read: got, total } }); }
	};
	const most = () => (open ? AHEAD : 1), may = () => !hold && ahead < most(), goOn = () => { if (go && may()) { go(); go = null; } };
	port.onmessage = () => { ahead--; goOn(); };
	const room = () => (may() ? null : new Promise((resolve) => { go = resolve; }));
	const pause = pauses(), { parser, gunzip } = reading({
		record(rec) { records.push(rec); if (rec.rec === "header" || records.length > 4096) flush(); },
		chunk(chunk) { flush(); ahead++; port.postMessage({ chunk }, buffers(chunk)); },
		bad(err) { flush(); port.postMessage({ bad: { message: err.message, line: err.line, byte: err.byte, text: err.text } }); },
	});

	/** Takes a piece of the file; the browser hands over megabytes at a time, which would be too long a time to hear nothing. */
	const take = async (bytes, sink) => {
		for (let at = 0; at < bytes.length; at += PIECE) {
			const piece = bytes.subarray(at, at + PIECE);
			sink.push(piece);
			got += piece.length;
			progress();
			await pause();
			await room();
		}
	};
	/** The gzip data is over; what stands behind it is worth a word. */
	const unpacked = () => {
		gunzip.end();
		if (!gunzip.garbage) return;
		flush();
		port.postMessage({ problem: `the file goes on for ${gunzip.garbage} bytes behind its gzip data; they are not gzip and were not read` });
	};
	async function fromFile(file) {
		total = file.size;
		const reader = file.stream().getReader();
		let sink = null;
		for (let next = await reader.read(); !next.done; next = await reader.read()) {
			const bytes = next.value;
			sink ??= bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzip : parser;
			await take(bytes, sink);
			release(bytes);
		}
		if (sink === gunzip) unpacked();
	}
	/** A part of what a page carries: a gzip file of its own. */
	async function fromPiece(text) {
		const before = got;
		await take(decode(text), gunzip);
		unpacked();
		got = before + text.length;
		progress();
	}
	let queue = Promise.resolve();
	let failed = false;
	// not close(): Firefox may drop with the worker what it has just posted; the page ends it
	const fail = (err) => { if (!failed) { flush(); port.postMessage({ failed: err?.message || String(err) }); } failed = true; };
	const finish = () => { if (failed) return; parser.end(); flush(); port.postMessage({ done: true }); };
	onmessage = ({ data }) => {
		if (data.open) { open = true; goOn(); }
		if (data.hold !== undefined) {
			hold = data.hold;
			if (hold) postMessage({ held: true }); else goOn();
		}
		if (data.file) queue = queue.then(() => fromFile(data.file)).then(finish).catch(fail);
		else if (data.piece !== undefined) { total = data.total; queue = queue.then(() => failed || fromPiece(data.piece)).catch(fail); }
		else if (data.back) recycle(data.back);
		else if (data.last) queue = queue.then(finish).catch(fail);
	};
}

/** Gives back the memory of bytes nobody reads any more, and does not wait for the garbage collector to do it. */
const release = (bytes) => { bytes.buffer.transfer?.(0); };

/** Bytes of a piece, which is base64. */
function decode(text) {
	const clean = text.replace(/\s+/g, "");
	if (Uint8Array.fromBase64) return Uint8Array.fromBase64(clean);
	const raw = atob(clean);
	return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

/* ---- deriver ---- */

function derive(port) {
	let deriver = null, range = null, kept, records = [], over = false, open = false, halted = null, backlog = [];
	const flush = () => { if (records.length) { postMessage({ records }); records = []; } };
	const post = (out) => postMessage(out, [...buffers(out.chunk), Lod.buffer(out.made.lod), ...out.made.keys.flatMap(keyBuffers)]);
	const finish = (why = {}) => {
		if (over) return;
		over = true;
		flush();
		if (deriver?.trace.stored) for (const out of deriver.tail()) post(out);
		postMessage({ ...why, done: true, made: deriver?.trace.stored ? deriver.finish() : null });
	};
	const record = (rec) => {
		if (rec.rec === "header" && !deriver) {
			rec = { ...rec, kept };
			deriver = range ? new Excerpt(rec, range) : new Deriver(rec);
			postMessage({ header: deriver.header ?? rec });
			return deriver.prepare?.();
		}
		if (!deriver) throw new Error("the file does not begin with a header: is it a pagescope trace?");
		const list = deriver.records ? deriver.records(rec) : [rec];
		for (const x of list) { (deriver.inner ?? deriver).record(x); records.push(x); }
		if (records.length > 4096) flush();
	};
	const take = (data) => {
		if (data.records) { for (const rec of data.records) record(rec); } else if (data.chunk) {
			if (!deriver) throw new Error("the file does not begin with a header: is it a pagescope trace?");
			pieces(deriver.chunk(data.chunk));
		} else if (data.bad || data.problem) { flush(); postMessage(data); } else if (data.failed) { if (deriver?.trace.stored) finish({ early: data.failed }); else postMessage(data); } else if (data.done) finish();
	};
	const pieces = (list) => {
		for (let next = list.next(); !next.done; next = list.next()) {
			flush();
			post(next.value);
			if (!open) { halted = list; return; }
		}
		port.postMessage(0);
		if (deriver.ended) { record({ rec: "end" }); finish(); }
	};
	const attempt = (fn) => { try { if (!over) fn(); } catch (err) { over = true; postMessage({ failed: err.message }); } };
	const goOn = () => {
		const list = halted;
		open = true;
		halted = null;
		if (list) pieces(list);
		while (backlog.length && !over) take(backlog.shift());
	};
	onmessage = ({ data }) => {
		if (data.open) return attempt(goOn);
		if (data.back) return void deriver.lod.recycle(data.back);
		range = data.range ?? null;
		kept = data.kept ?? undefined;
		port.onmessage = (e) => attempt(() => { if (halted) backlog.push(e.data); else take(e.data); });
	};
}
