/*
 * model.js - one loaded trace with everything derived from it.
 *
 * Fed with what parse.js makes, in order: begin(header), record(), chunk(), finish().
 * After each chunk the part read so far can be shown.  No DOM: the tests run it
 * under node, and a page may hold two (a trace and the one it is compared with).
 */
import { OP } from "./kinds.js";
import { Trace } from "./trace.js";
import { Seeker } from "./seek.js";
import { Lod } from "./lod.js";
import { Hazards } from "./hazards.js";

export class Model {
	constructor(header) {
		this.trace = new Trace(header);
		const odd = this.trace.kinds.unexpectedColumns();
		if (odd.length) throw new Error(`the trace lays out ${odd.join(", ")} in a way this viewer does not know (newer format?)`);
		this.started = false;
		this.complete = false;
	}
	start() {
		if (this.started) return;
		this.started = true;
		this.seeker = new Seeker(this.trace);
		const m = this.seeker.builder;
		this.lod = new Lod(this.trace, [...m.zoneFree, m.vmPages]);
		this.hazards = new Hazards(this.trace);
		this.cacheNames = new Map();
		this.trace.cacheName = (id) => this.cacheNames.get(id) ?? `#${id}`;
	}
	record(rec) {
		this.trace.addRecord(rec);
		if (rec.rec === "obj" && this.started && this.trace.kinds.name(rec.k) === "kmem_cache_create") this.cacheNames.set(rec.cache, String(rec.name));
	}
	/** Adds a chunk of events; grow() takes them over. */
	chunk(chunk) {
		this.start();
		if (chunk.i !== undefined && chunk.i !== this.trace.stored) {
			this.trace.problems.push(`events ${this.trace.stored} to ${chunk.i - 1} are missing from the file`);
		}
		this.trace.append(chunk);
	}
	/** Replays up to `rows` events that were added; false when there is nothing left to do. */
	grow(rows = Infinity) {
		const to = Math.min(this.trace.stored, this.trace.n + rows);
		if (!this.started || to === this.trace.n) return false;
		this.lod.grow(to);
		this.seeker.grow(to, this.hazards, this.lod);
		this.trace.n = to;
		return true;
	}
	finish() {
		this.start();
		this.grow();
		this.lod.finish();
		this.hazards.finish();
		this.seeker.prepare();
		for (const [, rec] of this.trace.records) {
			if (this.trace.kinds.name(rec.k) === "kmem_cache_create") this.cacheNames.set(rec.cache, String(rec.name));
		}
		if (this.trace.newer) this.trace.problems.push(`the trace is of version ${this.trace.header.version}, newer than this viewer (1): kinds it does not know are listed, but change nothing`);
		if (!this.trace.end) this.trace.problems.push(`the trace has no end record: it was cut after event ${this.trace.n - 1}`);
		else if (this.trace.end.lost) this.trace.problems.push(`${this.trace.end.lost} events were lost while recording`);
		this.complete = true;
	}
	get n() { return this.trace.n; }
	/** For each allocation the event that frees its first frame, else 0; made when first asked for. */
	freedAt() {
		if (this.freed?.length === this.n) return this.freed;
		const { trace } = this, freed = new Int32Array(trace.n), alive = new Int32Array(trace.frames).fill(-1), { op } = trace.kinds;
		for (let i = 0; i < trace.n; i++) {
			const w = op[trace.k[i]];
			if (w === OP.mm_page_alloc && trace.a[i] < trace.frames) alive[trace.a[i]] = i;
			else if (w === OP.mm_page_free && alive[trace.a[i]] >= 0) { freed[alive[trace.a[i]]] = i; alive[trace.a[i]] = -1; }
		}
		return (this.freed = freed);
	}
	/** The machine after event i. */
	at(i) { return this.seeker.at(i); }
}
