/*
 * inflate.js - gunzip (RFC 1951, 1952) for browsers without DecompressionStream.
 *
 * A generator of blocks of bytes, so that the page may do other things in between; each
 * block is the caller's.  A third as quick as the browsers' own.
 */

const BLOCK = 1 << 18, REACH = 32768;
const LENGTH = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const DISTANCE_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const bad = (why) => new Error(`not a whole gzip file: ${why}`);

/** A table by the next 15 bits: symbol << 4 | length of its code. */
function codes(lengths) {
	const count = new Uint16Array(16), next = new Uint16Array(16), table = new Uint16Array(1 << 15);
	for (const l of lengths) count[l]++;
	count[0] = 0;
	for (let l = 1, code = 0; l < 16; l++) next[l] = code = (code + count[l - 1]) << 1;
	lengths.forEach((l, symbol) => {
		if (!l) return;
		let code = next[l]++, back = 0;
		for (let b = 0; b < l; b++) { back = (back << 1) | (code & 1); code >>= 1; }
		for (let x = back; x < table.length; x += 1 << l) table[x] = (symbol << 4) | l;
	});
	return table;
}
let fixed = null;
const fixedCodes = () => (fixed ??= [codes(Array.from({ length: 288 }, (_, s) => (s < 144 ? 8 : s < 256 ? 9 : s < 280 ? 7 : 8))), codes(new Array(30).fill(5))]);

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => { for (let b = 0; b < 8; b++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1; return n >>> 0; });

/** Yields what the gzip members in `src` hold; throws in words if they are not whole or not right. */
export function* inflate(src) {
	let p = 0, hold = 0, held = 0;
	const out = new Uint8Array(REACH + BLOCK + 512);
	let at = 0, given = 0, crc = -1, size = 0;
	const bits = (n) => {
		while (held < n) { if (p >= src.length) throw bad("it ends early"); hold |= src[p++] << held; held += 8; }
		const v = hold & ((1 << n) - 1);
		hold >>>= n; held -= n;
		return v;
	};
	const symbol = (table) => {
		while (held < 15 && p < src.length) { hold |= src[p++] << held; held += 8; }
		const e = table[hold & 0x7fff], l = e & 15;
		if (!l || l > held) throw bad(l ? "it ends early" : "a code that does not exist");
		hold >>>= l; held -= l;
		return e >> 4;
	};
	/** What is ready; keeps what later copies may reach back to. */
	const give = () => {
		const block = out.slice(given, at);
		for (const b of block) crc = TABLE[(crc ^ b) & 255] ^ (crc >>> 8);
		size += block.length;
		const keep = Math.min(at, REACH);
		out.copyWithin(0, at - keep, at);
		at = given = keep;
		return block;
	};
	while (p < src.length) {
		if (src[p] !== 0x1f || src[p + 1] !== 0x8b || src[p + 2] !== 8) { if (p) return; throw bad("it does not begin as one"); }
		const flags = src[p + 3];
		p += 10;
		if (flags & 4) p += 2 + (src[p] | (src[p + 1] << 8));
		for (const bit of [8, 16]) if (flags & bit) { while (p < src.length && src[p++]); }
		if (flags & 2) p += 2;
		hold = held = at = given = size = 0;
		crc = -1;
		for (let last = 0; !last;) {
			last = bits(1);
			const type = bits(2);
			if (type === 0) {
				p -= held >> 3;
				hold = held = 0;
				let left = src[p] | (src[p + 1] << 8);
				p += 4;
				if (p + left > src.length) throw bad("it ends early");
				while (left) {
					const n = Math.min(left, REACH + BLOCK - at);
					out.set(src.subarray(p, p + n), at);
					at += n; p += n; left -= n;
					if (at >= REACH + BLOCK) yield give();
				}
				continue;
			}
			if (type === 3) throw bad("a block of no known kind");
			let [lit, dist] = type === 1 ? fixedCodes() : [null, null];
			if (!lit) {
				const nLit = bits(5) + 257, nDist = bits(5) + 1, nCode = bits(4) + 4, first = new Array(19).fill(0), lengths = [];
				for (let x = 0; x < nCode; x++) first[ORDER[x]] = bits(3);
				const table = codes(first);
				while (lengths.length < nLit + nDist) {
					const s = symbol(table);
					if (s < 16) lengths.push(s);
					else { const v = s === 16 ? lengths.at(-1) ?? 0 : 0; for (let n = s === 16 ? 3 + bits(2) : s === 17 ? 3 + bits(3) : 11 + bits(7); n-- > 0;) lengths.push(v); }
				}
				lit = codes(lengths.slice(0, nLit));
				dist = codes(lengths.slice(nLit, nLit + nDist));
			}
			for (;;) {
				const s = symbol(lit);
				if (s < 256) out[at++] = s;
				else if (s === 256) break;
				else {
					let n = LENGTH[s - 257] + bits(LENGTH_BITS[s - 257]);
					const d = symbol(dist), from = at - (DISTANCE[d] + bits(DISTANCE_BITS[d]));
					if (!(from >= 0)) throw bad("it points before its beginning");
					for (let x = from; n-- > 0;) out[at++] = out[x++];
				}
				if (at >= REACH + BLOCK) yield give();
			}
		}
		if (at > given) yield give();
		p -= held >> 3;
		const u32 = (q) => (src[q] | (src[q + 1] << 8) | (src[q + 2] << 16) | (src[q + 3] << 24)) >>> 0;
		if (p + 8 > src.length) throw bad("it ends early");
		if (u32(p) !== (crc ^ -1) >>> 0 || u32(p + 4) !== size >>> 0) throw bad("its checksum is wrong");
		p += 8;
	}
}
