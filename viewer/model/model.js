// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
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

export class Model {
	/**
	 * range: {from, to} keeps only these events; kept: {every, left} fewer snapshots and columns
	 * (trace.js); own: derive here, not elsewhere.
	 */
	constructor(header, { own = true, range = null, kept } = {}) {
		if (own) header = { ...header, kept };
		this.deriver = own ? (range ? new Excerpt(header, range) : new Deriver(header)) : null;
		this.trace = new Trace(range && own ? this.deriver.header : header);
		this.seeker = this.lod = this.used = this.hazards = this.freed = null;
		this.complete = false;
		this.cacheNames = new Map();
		this.trace.cacheNames = () => [...this.cacheNames.values()];
		this.trace.cacheName = (id) => this.cacheNames.get(id) ?? `#${id}`;
	}
	start() {
		if (this.seeker) return;
		this.seeker = new Seeker(this.trace);
		this.lod = new Lod(this.trace);
		this.used = new Used(this.trace);
		this.hazards = new Hazards(this.trace);
	}
	record(rec) {
		const list = this.deriver?.records ? this.deriver.records(rec) : [rec];
		for (const x of list) {
			if (this.deriver?.records) this.deriver.inner.record(x);
			else this.deriver?.record(x);
			this.trace.addRecord(x);
			if (x.rec === "obj" && this.trace.kinds.name(x.k) === "kmem_cache_create")
				this.cacheNames.set(x.cache, String(x.name));
		}
	}
	/** Adds a chunk of events (own: true). */
	chunk(chunk) {
		for (const piece of this.deriver.chunk(chunk)) this.apply(piece);
	}
	/** Takes over one piece of the Deriver's: events and what was made of them. */
	apply(piece) {
		for (const _ of this.applying(piece));
	}
	/** The same in steps of some milliseconds; nothing is seen of it before the last. */
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
	/** The end of the trace, with what the Deriver made last. */
	finish(made = null) {
		this.start();
		if (this.deriver) {
			for (const piece of this.deriver.tail()) this.apply(piece);
			made = this.deriver.finish();
		}
		if (made) this.take(made);
		this.hazards.finish();
		const { trace } = this,
			x = trace.header.excerpt;
		const there = trace.there(),
			strange = trace.kinds.byId
				.filter((k, id) => k && there[id] && !known(k))
				.map((k) => k.name),
			bare = [...there.keys()].filter((id) => id && there[id] && !trace.kinds.byId[id]),
			some = (list) =>
				list.slice(0, 3).join(", ") +
				(list.length > 3 ? ` and ${list.length - 3} more` : "");
		if (trace.newer)
			trace.problems.push(
				`the trace is of version ${trace.header.version}, newer than this viewer (${VERSION})`,
			);
		if (strange.length)
			trace.problems.push(
				`kinds of events this viewer does not know are listed, but change nothing: ${some(strange)}`,
			);
		if (bare.length)
			trace.problems.push(`events of kind ${some(bare)} are not described in the header`);
		if (x)
			trace.problems.push(
				`only events ${x.from} to ${x.from + trace.n - 1} of ${x.of} were loaded; here they are numbered from 0`,
			);
		else if (!trace.end)
			trace.problems.push(
				`the trace has no end record: it was cut after event ${trace.n - 1}; what came then is not known`,
			);
		else if (trace.end.n > trace.n)
			trace.problems.push(
				`the file holds ${trace.n} events; its end record counts ${trace.end.n}`,
			);
		if (!x && trace.end?.lost)
			trace.problems.push(`${trace.end.lost} events were lost while recording`);
		const { left, every } = trace,
			names = [...left].map((col) => LEAVABLE[col].name);
		if (names.length)
			trace.problems.push(
				`the ${names.join(" and the ")} were left out, as asked: what needs them says so`,
			);
		if (every > 1)
			trace.problems.push(
				`of the snapshots only one in ${every} was kept, as asked: a jump takes longer`,
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
	/** The machine after event i. */
	at(i) {
		return this.seeker.at(i);
	}
}
