// SPDX-License-Identifier: MIT
/*
 * inflate.js - gunzip (RFC 1951, 1952), piece by piece and in memory that is used again.
 *
 * The browsers' DecompressionStream gives out each 64 KiB in memory of its own; touching
 * that takes longer than unpacking.  What is unpacked here stands in one buffer, is looked
 * at there and then written over.
 */

const BLOCK = 1 << 18, SOON = 1 << 14, REACH = 32768, ROOM = 512;
const SURE = 1024;	// bytes of input beyond which no code, and no table of codes, reaches
const LENGTH = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const DISTANCE_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const bad = (why) => new Error(`not a whole gzip file: ${why}`);

/*
 * A code's entry: its length in bits 0..3, then what it stands for.  Literals: the byte from bit VALUE on.
 * Lengths and distances: BASE, the number of bits that follow in bits 8..11, the smallest value
 * from bit VALUE on.  The end of a block: END.  A code longer than the first table's index: MORE, and where its
 * second table begins from bit VALUE on.  BAD: no such code.
 */
const VALUE = 12, BASE = 16, END = 32, MORE = 64, BAD = 128, OTHER = BASE | END | MORE | BAD;
const literals = (s) => (s < 256 ? s << VALUE : s === 256 ? END : s < 286 ? BASE | LENGTH_BITS[s - 257] << 8 | LENGTH[s - 257] << VALUE : BAD);
const distances = (s) => (s < 30 ? BASE | DISTANCE_BITS[s] << 8 | DISTANCE[s] << VALUE : BAD);

const count = new Uint16Array(16), next = new Uint16Array(16);

/** Fills `table` for codes of these lengths, looked up by their next `bits` bits first. */
function codes(table, bits, lengths, from, n, meaning) {
	const size = 1 << bits;
	count.fill(0);
	for (let s = 0; s < n; s++) count[lengths[from + s]]++;
	count[0] = 0;
	for (let l = 1, code = 0; l < 16; l++) next[l] = code = (code + count[l - 1]) << 1;
	table.fill(BAD, 0, size);
	let end = size;
	for (let s = 0; s < n; s++) {
		const l = lengths[from + s];
		if (!l) continue;
		let code = next[l]++, back = 0;
		for (let b = 0; b < l; b++) { back = (back << 1) | (code & 1); code >>= 1; }
		const what = meaning(s);
		if (l <= bits) { for (let x = back; x < size; x += 1 << l) table[x] = what | l; continue; }
		// the longest code that begins with these bits is not known here: room for all there may be
		const first = back & (size - 1);
		if (table[first] === BAD) {
			table[first] = MORE | end << VALUE | bits;
			table.fill(BAD, end, end + (1 << (15 - bits)));
			end += 1 << (15 - bits);
		}
		for (let x = back >> bits, at = table[first] >>> VALUE; x < 1 << (15 - bits); x += 1 << (l - bits)) table[at + x] = what | (l - bits);
	}
}

const CRC = Array.from({ length: 8 }, () => new Int32Array(256));	// by how many bytes come behind
for (let n = 0; n < 256; n++) { let c = n; for (let b = 0; b < 8; b++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1; CRC[0][n] = c; }
for (let n = 0; n < 256; n++) for (let k = 1; k < 8; k++) CRC[k][n] = (CRC[k - 1][n] >>> 8) ^ CRC[0][CRC[k - 1][n] & 255];
/** The CRC-32 of bytes [from, to) of a view, going on from crc: eight at a time, and the rest. */
function crc32(crc, view, from, to) {
	const eights = to - ((to - from) & 7);
	crc = crcEights(crc, view, from, eights);
	for (let p = eights; p < to; p++) crc = CRC[0][(crc ^ view.getUint8(p)) & 255] ^ (crc >>> 8);
	return crc;
}
function crcEights(crc, view, from, to) {
	const [t0, t1, t2, t3, t4, t5, t6, t7] = CRC;
	for (; from < to; from += 8) {
		const a = crc ^ view.getInt32(from, true), b = view.getInt32(from + 4, true);
		crc = t7[a & 255] ^ t6[(a >>> 8) & 255] ^ t5[(a >>> 16) & 255] ^ t4[a >>> 24] ^ t3[b & 255] ^ t2[(b >>> 8) & 255] ^ t1[(b >>> 16) & 255] ^ t0[b >>> 24];
	}
	return crc;
}

const LIT_BITS = 10, DIST_BITS = 9;
const tables = () => [new Int32Array((1 << LIT_BITS) + (288 << (15 - LIT_BITS))), new Int32Array((1 << DIST_BITS) + (32 << (15 - DIST_BITS)))];
let fixed = null;
function fixedTables() {
	if (fixed) return fixed;
	fixed = tables();
	codes(fixed[0], LIT_BITS, Uint8Array.from({ length: 288 }, (_, s) => (s < 144 ? 8 : s < 256 ? 9 : s < 280 ? 7 : 8)), 0, 288, literals);
	codes(fixed[1], DIST_BITS, new Uint8Array(32).fill(5), 0, 32, distances);
	return fixed;
}

export class Gunzip {
	/** onBlock(bytes) is given what was unpacked; the bytes are good until it returns. */
	constructor(onBlock) {
		this.onBlock = onBlock;
		this.out = new Uint8Array(REACH + BLOCK + ROOM);
		this.words = new DataView(this.out.buffer);
		this.at = this.given = 0;	// in out: to be written next, to be handed on next
		this.full = REACH + SOON;	// where it is handed on: soon at first, the beginning is waited for
		this.src = new Uint8Array(1 << 17);
		this.p = this.have = 0;		// in src: to be read next, end
		this.hold = this.held = 0;	// bits that were read and not used yet, and how many
		this.crc = -1;
		this.size = 0;
		this.members = 0;
		this.last = 0;			// 1 in the last block of a member
		this.left = 0;			// bytes of a stored block that are still to come
		this.own = tables();
		this.used = this.own;
		this.lengths = new Uint8Array(320);
		this.state = this.header;
		this.need = SURE;		// bytes to be there before the next step
	}
	/** Takes bytes of the file; throws in words if they cannot be right. */
	push(bytes) {
		const left = this.have - this.p;
		if (left + bytes.length + ROOM > this.src.length) {
			const more = new Uint8Array((left + bytes.length + ROOM) * 2);
			more.set(this.src.subarray(this.p, this.have));
			this.src = more;
		} else this.src.copyWithin(0, this.p, this.have);
		this.src.set(bytes, left);
		this.p = 0;
		this.have = left + bytes.length;
		this.run(false);
	}
	/** No more will come: unpacks the rest; throws if something is missing. */
	end() {
		this.src.fill(0, this.have, this.have + ROOM);
		this.run(true);
		if (!this.members) throw bad("it ends early");
	}
	/** As far as there is input; a step is begun only with all it may need. */
	run(whole) {
		for (;;) {
			const left = this.have - this.p + (this.held >> 3);
			if (left < 0) { this.give(); throw bad("it ends early"); }
			if (whole ? this.state === this.header && left === 0 : left < this.need) return;
			this.need = SURE;
			this.state = this.state(whole);
		}
	}
	/** Hands on what was unpacked; keeps what later copies may reach back to. */
	give() {
		const { out, at, given } = this;
		if (at > given) {
			this.crc = crc32(this.crc, this.words, given, at);
			this.size = (this.size + at - given) | 0;
			this.onBlock(out.subarray(given, at));
		}
		this.full = REACH + BLOCK;
		const keep = Math.min(at, REACH);
		out.copyWithin(0, at - keep, at);
		this.at = this.given = keep;
	}
	bits(n) {
		while (this.held < n) { this.hold |= this.src[this.p++] << this.held; this.held += 8; }
		const v = this.hold & ((1 << n) - 1);
		this.hold >>>= n;
		this.held -= n;
		return v;
	}
	/** To the next whole byte: bits are given back. */
	align() {
		this.p -= this.held >> 3;
		this.hold = this.held = 0;
	}
	header(whole) {
		const { src, have } = this;
		let { p } = this;
		if (src[p] !== 0x1f || src[p + 1] !== 0x8b || src[p + 2] !== 8) {
			if (!this.members) throw bad("it does not begin as one");
			this.p = have;		// what stands behind a whole file is not ours
			return this.header;
		}
		const flags = src[p + 3];
		p += 10;
		if (flags & 4) p += 2 + (src[p] | (src[p + 1] << 8));
		for (const bit of [8, 16]) if (flags & bit) { while (p < have && src[p++]); }
		if (flags & 2) p += 2;
		if (p > have - (whole ? 0 : SURE)) {	// a long name
			if (whole) throw bad("it ends early");
			this.need = have - this.p + SURE;
			return this.header;
		}
		this.p = p;
		this.at = this.given = this.size = 0;
		this.crc = -1;
		return this.block;
	}
	block() {
		this.last = this.bits(1);
		const type = this.bits(2);
		if (type === 3) throw bad("a block of no known kind");
		if (type === 0) {
			this.align();
			const { src, p } = this, n = src[p] | (src[p + 1] << 8);
			if (p + 4 <= this.have && (n ^ (src[p + 2] | (src[p + 3] << 8))) !== 0xffff) throw bad("the length of a stored block is wrong");
			this.left = n;
			this.p += 4;
			return this.stored;
		}
		this.used = type === 1 ? fixedTables() : this.dynamic();
		return this.symbols;
	}
	stored() {
		const { src, out, p, at } = this, n = Math.min(this.left, this.have - p, this.full - at);
		if (n <= 0 && this.left) { this.give(); throw bad("it ends early"); }
		out.set(src.subarray(p, p + n), at);
		this.p += n;
		this.at += n;
		this.left -= n;
		if (this.at >= this.full) this.give();
		return this.left ? this.stored : this.last ? this.trailer : this.block;
	}
	dynamic() {
		const { lengths, own } = this, nLit = this.bits(5) + 257, nDist = this.bits(5) + 1, nCode = this.bits(4) + 4, table = own[1];
		lengths.fill(0, 0, 19);
		for (let x = 0; x < nCode; x++) lengths[ORDER[x]] = this.bits(3);
		codes(table, 7, lengths, 0, 19, (s) => s << VALUE);
		for (let n = 0; n < nLit + nDist;) {
			while (this.held < 15) { this.hold |= this.src[this.p++] << this.held; this.held += 8; }
			const e = table[this.hold & 127], s = e >> VALUE;
			if (e & BAD) throw bad("a code that does not exist");
			this.bits(e & 15);
			if (s < 16) { lengths[n++] = s; continue; }
			if (s === 16 && !n) throw bad("a code that does not exist");
			const v = s === 16 ? lengths[n - 1] : 0, times = s === 16 ? 3 + this.bits(2) : s === 17 ? 3 + this.bits(3) : 11 + this.bits(7);
			if (n + times > nLit + nDist) throw bad("more codes than it says");
			lengths.fill(v, n, n + times);
			n += times;
		}
		codes(own[0], LIT_BITS, lengths, 0, nLit, literals);
		codes(own[1], DIST_BITS, lengths, nLit, nDist, distances);
		return own;
	}
	symbols(whole) {
		const { src, out, words, used: [lit, dist] } = this, stop = this.have + (whole ? 8 : -16), { full } = this;
		let { p, hold, held, at } = this, ended = false;
		while (p < stop && at < full) {
			if (held < 15) { hold |= (src[p] | src[p + 1] << 8) << held; p += 2; held += 16; }
			let e = lit[hold & ((1 << LIT_BITS) - 1)];
			if (e & MORE) { hold >>>= LIT_BITS; held -= LIT_BITS; e = lit[(e >>> VALUE) + (hold & ((1 << (15 - LIT_BITS)) - 1))]; }
			hold >>>= e & 15;
			held -= e & 15;
			if (!(e & OTHER)) { out[at++] = e >> VALUE; continue; }
			if (e & BAD) throw bad("a code that does not exist");
			if (e & END) { ended = true; break; }
			if (held < 15) { hold |= (src[p] | src[p + 1] << 8) << held; p += 2; held += 16; }
			let extra = (e >> 8) & 15;
			const n = (e >> VALUE) + (hold & ((1 << extra) - 1));
			hold >>>= extra;
			held -= extra;
			if (held < 15) { hold |= (src[p] | src[p + 1] << 8) << held; p += 2; held += 16; }
			e = dist[hold & ((1 << DIST_BITS) - 1)];
			if (e & MORE) { hold >>>= DIST_BITS; held -= DIST_BITS; e = dist[(e >>> VALUE) + (hold & ((1 << (15 - DIST_BITS)) - 1))]; }
			hold >>>= e & 15;
			held -= e & 15;
			if (e & BAD) throw bad("a code that does not exist");
			if (held < 15) { hold |= (src[p] | src[p + 1] << 8) << held; p += 2; held += 16; }
			extra = (e >> 8) & 15;
			let from = at - (e >>> VALUE) - (hold & ((1 << extra) - 1));
			hold >>>= extra;
			held -= extra;
			if (from < 0) throw bad("it points before its beginning");
			const end = at + n;
			if (from + 4 > at) while (at < end) out[at++] = out[from++];
			else {	// four bytes at a time; what is written beyond the end is written over
				for (; at < end; at += 4, from += 4) words.setInt32(at, words.getInt32(from, true), true);
				at = end;
			}
		}
		this.p = p - (held >> 3);	// whole bytes are given back: what is held stays a small number
		this.held = held & 7;
		this.hold = hold & ((1 << this.held) - 1);
		this.at = at;
		if (at >= full) this.give();
		return !ended ? this.symbols : this.last ? this.trailer : this.block;
	}
	trailer() {
		this.align();
		this.give();
		const { src, p } = this, u32 = (q) => src[q] | (src[q + 1] << 8) | (src[q + 2] << 16) | (src[q + 3] << 24);
		if (p + 8 > this.have) throw bad("it ends early");
		if (u32(p) !== ~this.crc || u32(p + 4) !== this.size) throw bad("its checksum is wrong");
		this.p += 8;
		this.members++;
		return this.header;
	}
}
