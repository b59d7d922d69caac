// SPDX-License-Identifier: MIT
/*
 * reader.js - the first worker: from the bytes of a file to records and chunks, which go
 * to the deriver through a port.
 *
 * The page gives it {file: File}, or {piece: base64 of gzipped lines, total: characters of
 * all pieces} once or more and then {last: true}; and {back: buffers} to use again.  The
 * deriver is sent {records: []}, {chunk}, {bad}, {problem: text}, {done: true} or
 * {failed: why}, and answers each chunk.  The page is told {progress: {read, total}}.
 *
 * The reader is one chunk ahead of the deriver until {open: true}, AHEAD chunks later.
 * While the page draws it waits: from {hold: true}, answered {held: true}, to {hold: false}.
 */
import { LineParser, recycle } from "./parse.js";
import { Gunzip } from "./gunzip.js";
import { buffers } from "../model/chunk.js";

const PIECE = 1 << 16; // bytes of a file taken at a time
const AHEAD = 6; // chunks the reader may be ahead of the deriver

/** @typedef {import("../model/chunk.js").Chunk} Chunk */
/** @typedef {import("./parse.js").BadLine} BadLine */

/** A function that yields, so that queued messages are handled. */
function pauses() {
	const { port1, port2 } = new MessageChannel();
	/** @type {((value?: any) => void)[]} */
	const waiting = [];
	port1.onmessage = () => waiting.shift()?.();
	return () =>
		new Promise((resolve) => {
			waiting.push(resolve);
			port2.postMessage(0);
		});
}

/**
 * A parser and the gunzip before it; out.record(object), out.chunk(chunk), out.bad(BadLine) are
 * given what they read.
 * @param {object} out
 * @param {(rec: any) => void} out.record
 * @param {(chunk: Chunk) => void} out.chunk
 * @param {(err: BadLine) => void} out.bad
 */
function reading(out) {
	const parser = new LineParser({
		onRecord: (rec) => out.record(rec),
		onChunk: (chunk) => out.chunk(chunk),
		onBad: (err) => out.bad(err),
	});
	return { parser, gunzip: new Gunzip((block) => parser.push(block)) };
}

/**
 * Works for the deriver at the other end of `port`.
 * @param {MessagePort} port
 */
export function read(port) {
	/** @type {any[]} */
	let records = [];
	/** @type {((value?: any) => void) | null} */
	let go = null;
	let got = 0,
		total = 0,
		said = 0,
		ahead = 0,
		open = false,
		hold = false;
	const flush = () => {
		if (records.length) {
			port.postMessage({ records });
			records = [];
		}
	};
	const progress = () => {
		const now = performance.now();
		if (now - said > 50) {
			said = now;
			postMessage({ progress: { read: got, total } });
		}
	};
	const most = () => (open ? AHEAD : 1),
		may = () => !hold && ahead < most(),
		goOn = () => {
			if (go && may()) {
				go();
				go = null;
			}
		};
	port.onmessage = () => {
		ahead--;
		goOn();
	};
	const room = () =>
		may()
			? null
			: new Promise((resolve) => {
					go = resolve;
				});
	const pause = pauses(),
		{ parser, gunzip } = reading({
			record(rec) {
				records.push(rec);
				if (rec.rec === "header" || records.length > 4096) flush();
			},
			chunk(chunk) {
				flush();
				ahead++;
				port.postMessage({ chunk }, buffers(chunk));
			},
			bad(err) {
				flush();
				port.postMessage({
					bad: { message: err.message, line: err.line, byte: err.byte, text: err.text },
				});
			},
		});

	/**
	 * Takes a piece of the file; the browser hands over megabytes at a time, which would be too
	 * long a time to hear nothing.
	 * @param {Uint8Array} bytes
	 * @param {{push(bytes: Uint8Array): void}} sink
	 */
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
		port.postMessage({
			problem: `the file goes on for ${gunzip.garbage} bytes behind its gzip data; they are not gzip and were not read`,
		});
	};
	/** @param {File} file */
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
	/**
	 * A part of what a page carries: a gzip file of its own.
	 * @param {string} text
	 */
	async function fromPiece(text) {
		const before = got;
		await take(decode(text), gunzip);
		unpacked();
		got = before + text.length;
		progress();
	}
	/** @type {Promise<unknown>} */
	let queue = Promise.resolve();
	let failed = false;
	// not close(): Firefox may drop with the worker what it has just posted; the page ends it
	const fail = (/** @type {unknown} */ err) => {
		if (!failed) {
			flush();
			port.postMessage({ failed: (err instanceof Error && err.message) || String(err) });
		}
		failed = true;
	};
	const finish = () => {
		if (failed) return;
		parser.end();
		flush();
		port.postMessage({ done: true });
	};
	onmessage = ({ data }) => {
		if (data.open) {
			open = true;
			goOn();
		}
		if (data.hold !== undefined) {
			hold = data.hold;
			if (hold) postMessage({ held: true });
			else goOn();
		}
		if (data.file)
			queue = queue
				.then(() => fromFile(data.file))
				.then(finish)
				.catch(fail);
		else if (data.piece !== undefined) {
			total = data.total;
			queue = queue.then(() => (failed ? undefined : fromPiece(data.piece))).catch(fail);
		} else if (data.back) recycle(data.back);
		else if (data.last) queue = queue.then(finish).catch(fail);
	};
}

/**
 * Gives back the memory of bytes nobody reads any more, and does not wait for the garbage collector
 * to do it.
 * @param {any} bytes
 */
const release = (bytes) => {
	bytes.buffer.transfer?.(0);
};

/**
 * Bytes of a piece, which is base64.
 * @param {string} text
 * @returns {Uint8Array}
 */
function decode(text) {
	const clean = text.replace(/\s+/g, "");
	/** @type {any} newer browsers have fromBase64 */
	const bytes = Uint8Array;
	if (bytes.fromBase64) return bytes.fromBase64(clean);
	const raw = atob(clean);
	return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}
