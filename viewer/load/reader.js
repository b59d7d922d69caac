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
 * Works for the deriver at the other end of `port`.
 * @param {MessagePort} port
 */
export function read(port) {
	const file = new Reading(new Outlet(port));
	onmessage = ({ data }) => file.told(data);
}

/** The way to the deriver, which may be closed for a while. */
class Outlet {
	/** @param {MessagePort} port */
	constructor(port) {
		this.port = port;
		/** @type {any[]} records that have not been sent yet */
		this.records = [];
		/** Chunks that the deriver has not answered, and how many those may be. */
		this.ahead = 0;
		this.most = 1;
		/** Does the page draw? */
		this.held = false;
		/** @type {((value?: any) => void) | null} goes on with the reading */
		this.go = null;
		port.onmessage = () => {
			this.ahead--;
			this.goOn();
		};
	}
	/** @param {any} rec */
	record(rec) {
		this.records.push(rec);
		if (rec.rec === "header" || this.records.length > 4096) this.flush();
	}
	/** @param {Chunk} chunk */
	chunk(chunk) {
		this.ahead++;
		this.send({ chunk }, buffers(chunk));
	}
	/**
	 * Sends a message, behind the records that came before it.
	 * @param {object} message
	 * @param {Transferable[]} [transfer]
	 */
	send(message, transfer = []) {
		this.flush();
		this.port.postMessage(message, transfer);
	}
	flush() {
		if (!this.records.length) return;
		this.port.postMessage({ records: this.records });
		this.records = [];
	}
	/** The page has drawn its first picture: more may be read ahead. */
	open() {
		this.most = AHEAD;
		this.goOn();
	}
	/** @param {boolean} on may nothing be read, because the page draws? */
	hold(on) {
		this.held = on;
		if (on) postMessage({ held: true });
		else this.goOn();
	}
	get free() {
		return !this.held && this.ahead < this.most;
	}
	goOn() {
		if (!this.go || !this.free) return;
		this.go();
		this.go = null;
	}
	/** @returns {Promise<unknown> | null} until more may be read; null: it may be now */
	room() {
		return this.free ? null : new Promise((resolve) => (this.go = resolve));
	}
}

/** The reading of a file, or of the pieces that a page carries. */
class Reading {
	/** @param {Outlet} out */
	constructor(out) {
		this.out = out;
		this.pause = pauses();
		this.parser = new LineParser({
			onRecord: (rec) => out.record(rec),
			onChunk: (chunk) => out.chunk(chunk),
			onBad: ({ message, line, byte, text }) =>
				out.send({ bad: { message, line, byte, text } }),
		});
		this.gunzip = new Gunzip((block) => this.parser.push(block));
		/** How much was read, of how much, and when the page was told last. */
		this.got = 0;
		this.total = 0;
		this.said = 0;
		this.failed = false;
		/** @type {Promise<unknown>} what is to be done, one after the other */
		this.queue = Promise.resolve();
	}
	/**
	 * Does what the page asks for.
	 * @param {any} data
	 */
	told(data) {
		if (data.open) this.out.open();
		if (data.hold !== undefined) this.out.hold(data.hold);
		if (data.file) {
			this.next(() => this.file(data.file));
			this.next(() => this.finish());
		} else if (data.piece !== undefined) {
			this.total = data.total;
			this.next(() => this.piece(data.piece));
		} else if (data.back) recycle(data.back);
		else if (data.last) this.next(() => this.finish());
	}
	/**
	 * Does something when all before it is done, unless that has failed.
	 * @param {() => void | Promise<void>} fn
	 */
	next(fn) {
		this.queue = this.queue
			.then(() => (this.failed ? undefined : fn()))
			.catch((err) => this.fail(err));
	}
	/** @param {File} file */
	async file(file) {
		this.total = file.size;
		const reader = file.stream().getReader();
		let sink = null;
		for (let next = await reader.read(); !next.done; next = await reader.read()) {
			const bytes = next.value,
				packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
			sink ??= packed ? this.gunzip : this.parser;
			await this.take(bytes, sink);
			release(bytes);
		}
		if (sink === this.gunzip) this.unpacked();
	}
	/**
	 * A part of what a page carries: a gzip file of its own.
	 * @param {string} text
	 */
	async piece(text) {
		const before = this.got;
		await this.take(decode(text), this.gunzip);
		this.unpacked();
		this.got = before + text.length;
		this.progress();
	}
	/**
	 * Takes a piece of the file; the browser hands over megabytes at a time, which would be too
	 * long a time to hear nothing.
	 * @param {Uint8Array} bytes
	 * @param {{push(bytes: Uint8Array): void}} sink
	 */
	async take(bytes, sink) {
		for (let at = 0; at < bytes.length; at += PIECE) {
			const piece = bytes.subarray(at, at + PIECE);
			sink.push(piece);
			this.got += piece.length;
			this.progress();
			await this.pause();
			await this.out.room();
		}
	}
	/** The gzip data is over; what stands behind it is worth a word. */
	unpacked() {
		this.gunzip.end();
		if (!this.gunzip.garbage) return;
		this.out.send({
			problem: `the file goes on for ${this.gunzip.garbage} bytes behind its gzip data; they are not gzip and were not read`,
		});
	}
	progress() {
		const now = performance.now();
		if (now - this.said <= 50) return;
		this.said = now;
		postMessage({ progress: { read: this.got, total: this.total } });
	}
	finish() {
		this.parser.end();
		this.out.send({ done: true });
	}
	/**
	 * Tells the deriver; the worker is not closed: Firefox may drop with it what it has just
	 * posted. The page ends it.
	 * @param {unknown} err
	 */
	fail(err) {
		if (!this.failed)
			this.out.send({ failed: (err instanceof Error && err.message) || String(err) });
		this.failed = true;
	}
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
