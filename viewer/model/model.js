// SPDX-License-Identifier: MIT
/*
 * model.js - one loaded trace with everything derived from it.
 *
 * Fed in order with the records and with the pieces a Deriver made of the chunks:
 * record(), apply(), finish().  After each piece the part read so far can be shown.
 * The page has its Deriver in a worker; without one (own: true) the model runs its
 * own, and chunk() does it all.  No DOM: the tests run it under node, and a page may
 * hold two (a trace and the one it is compared with).
 */
import { OP } from "./kinds.js";
import { Trace, LEAVABLE, VERSION } from "./trace.js";
import { Seeker, keyBuffers } from "./seek.js";
import { Lod } from "./lod.js";
import { Used } from "./used.js";
import { known } from "./narrate.js";
import { Hazards } from "./hazards.js";
import { Deriver, Excerpt } from "./derive.js";
/** @import {Chunk} from "./chunk.js" */
/** @import {Header, Kept, Made, Piece, Rec} from "./types.js" */

export class Model {
	/**
	 * range: {from, to} keeps only these events; kept: {every, left} fewer snapshots and columns
	 * (trace.js); own: derive here, not elsewhere.
	 * @param {Header} header
	 * @param {{own?: boolean, range?: {from: number, to: number} | null, kept?: Kept}} [options]
	 */
	constructor(header, { own = true, range = null, kept } = {}) {
		if (own) header = { ...header, kept };
		/** @type {Deriver | Excerpt | null} */
		this.deriver = own ? (range ? new Excerpt(header, range) : new Deriver(header)) : null;
		this.trace = new Trace(this.deriver?.header ?? header);
		const later = /** @type {any} */ (null); // made by start(), when the first events come
		/** @type {Seeker} */
		this.seeker = later;
		/** @type {Lod} */
		this.lod = later;
		/** @type {Used} */
		this.used = later;
		/** @type {Hazards} */
		this.hazards = later;
		/** @type {Int32Array | null} see freedAt() */
		this.freed = null;
		this.complete = false;
	}
	start() {
		if (this.seeker) return;
		this.seeker = new Seeker(this.trace);
		this.lod = new Lod(this.trace);
		this.used = new Used(this.trace);
		this.hazards = new Hazards(this.trace);
	}
	/** @param {Rec} rec */
	record(rec) {
		for (const x of this.deriver ? this.deriver.records(rec) : [rec]) this.trace.addRecord(x);
	}
	/**
	 * Adds a chunk of events (own: true).
	 * @param {Chunk} chunk
	 */
	chunk(chunk) {
		for (const piece of this.deriver?.chunk(chunk) ?? []) this.apply(piece);
	}
	/**
	 * Takes over one piece of the Deriver's: events and what was made of them.
	 * @param {Piece} piece
	 */
	apply(piece) {
		for (const _ of this.applying(piece));
	}
	/**
	 * The same in steps of some milliseconds; nothing is seen of it before the last.
	 * @param {Piece} piece
	 */
	*applying({ chunk, missing, made }) {
		this.start();
		if (missing) {
			const { i, lost, rows } = missing;
			this.trace.gap(i, lost, rows);
			this.trace.problems.push(
				rows
					? `events ${i - lost} to ${i - 1} are missing from the file`
					: `${lost} events are missing from the file before event ${i}`,
			);
		}
		yield* this.trace.appending(chunk);
		yield;
		this.take(made);
		this.trace.n = this.trace.stored;
	}
	/** @param {Made} made */
	take(made) {
		this.lod.merge(made.lod);
		this.seeker.add(made.keys);
		this.used.add(made.used);
		const hz = this.hazards;
		hz.list.push(...made.hazards);
		hz.checks.push(...made.checks);
		hz.unverified = made.unverified;
		hz.probes = made.probes;
		hz.noted(made.asked);
		hz.dropped = made.dropped;
	}
	/**
	 * The end of the trace.
	 * @param {Made | null} [made] what the Deriver made last
	 */
	finish(made = null) {
		this.start();
		if (this.deriver) {
			for (const piece of this.deriver.tail()) this.apply(piece);
			made = this.deriver.finish();
		}
		if (made) this.take(made);
		this.hazards.finish();
		this.trace.problems.push(
			...strangers(this.trace),
			...cut(this.trace),
			...leftOut(this.trace),
		);
		this.complete = true;
		this.deriver = null;
	}
	get n() {
		return this.trace.n;
	}
	/**
	 * For each allocation the event that frees its first frame, else 0; made when first asked for.
	 */
	freedAt() {
		if (this.freed?.length === this.n) return this.freed;
		const { trace } = this,
			freed = new Int32Array(trace.n),
			alive = new Int32Array(trace.frames).fill(-1),
			{ op } = trace.kinds;
		for (let i = 0; i < trace.n; i++) {
			const w = op[trace.k[i]];
			if (w !== OP.mm_page_alloc && w !== OP.mm_page_free) continue;
			const pfn = trace.of(i).pfn(i);
			if (w === OP.mm_page_alloc && pfn < trace.frames) alive[pfn] = i;
			else if (w === OP.mm_page_free && alive[pfn] >= 0) {
				freed[alive[pfn]] = i;
				alive[pfn] = -1;
			}
		}
		return (this.freed = freed);
	}
	/** Bytes held for long: {columns, snapshots}. */
	memory() {
		/** @param {any[]} list */
		const sum = (list) =>
			[...new Set(list.filter(ArrayBuffer.isView).map((x) => x.buffer))].reduce(
				(s, b) => s + b.byteLength,
				0,
			);
		return {
			columns: sum(Object.values(this.trace)),
			snapshots: this.seeker.keys.flatMap(keyBuffers).reduce((s, b) => s + b.byteLength, 0),
		};
	}
	/**
	 * The machine after event i.
	 * @param {number} i
	 */
	at(i) {
		return this.seeker.at(i);
	}
}

/**
 * What in a trace this viewer does not know, a sentence each.
 * @param {Trace} trace
 */
function strangers(trace) {
	const { kinds, header } = trace,
		there = trace.there(),
		strange = kinds.byId.flatMap((k, id) => (k && there[id] && !known(k) ? [k.name] : [])),
		bare = [...there.keys()].filter((id) => id && there[id] && !kinds.byId[id]),
		some = (/** @type {(string | number)[]} */ list) =>
			list.slice(0, 3).join(", ") + (list.length > 3 ? ` and ${list.length - 3} more` : "");
	return [
		trace.newer &&
			`the trace is of version ${header.version}, newer than this viewer (${VERSION})`,
		strange.length &&
			`kinds of events this viewer does not know are listed, but change nothing: ${some(strange)}`,
		bare.length && `events of kind ${some(bare)} are not described in the header`,
	].filter((text) => typeof text === "string");
}

/**
 * What of the run is not in a trace.
 * @param {Trace} trace
 */
function cut(trace) {
	const { n, end, header } = trace,
		part = header.excerpt;
	if (part)
		return [
			`only events ${part.from} to ${part.from + n - 1} of ${part.of} were loaded; here they are numbered from 0`,
		];
	if (!end)
		return [
			`the trace has no end record: it was cut after event ${n - 1}; what came then is not known`,
		];
	return [
		end.n > n && `the file holds ${n} events; its end record counts ${end.n}`,
		end.lost && `${end.lost} events were lost while recording`,
	].filter((text) => typeof text === "string");
}

/**
 * What was left out as asked.
 * @param {Trace} trace
 */
function leftOut({ left, every }) {
	const names = [...left].map((col) => LEAVABLE[col].name);
	return [
		names.length &&
			`the ${names.join(" and the ")} were left out, as asked: what needs them says so`,
		every > 1 &&
			`of the snapshots only one in ${every} was kept, as asked: a jump takes longer`,
	].filter((text) => typeof text === "string");
}
