// SPDX-License-Identifier: MIT
/*
 * memory.mjs LAYOUT SYMBOLS EVENTS IMAGES: is in memory what an event says, at its tick,
 * and not yet at the tick of the event before it?  For sba.sh.
 *
 * LAYOUT    offsets in the kernel's structures, as words (LAYOUT_NAMES, below)
 * SYMBOLS   addresses of the kernel's variables: "address name" a line
 * EVENTS    lines "tick-of-the-event-before tick name field=hex ..."
 * IMAGES    a directory with the linear map at each of these ticks, as tick.bin
 */
import { readFileSync } from "node:fs";

const LAYOUT_NAMES = ["zoneSize", "zoneStart", "freeArea", "freeAreaSize", "map", "pageSize",
	"vmAddr", "vmSize", "vmNext"];
const PAGE_OFFSET = 0xc0000000, CPU_BITS = 0x60;	// accessed, dirty

const [layoutFile, symbolFile, eventFile, images] = process.argv.slice(2);
const words = readFileSync(layoutFile);
const layout = Object.fromEntries(LAYOUT_NAMES.map((name, i) => [name, words.readUInt32LE(4 * i)]));
const symbols = Object.fromEntries(readFileSync(symbolFile, "utf8").trim().split("\n")
	.map((line) => line.split(" ")).map(([address, name]) => [name, parseInt(address, 16)]));

/** The kernel's memory at a tick. */
class Memory {
	constructor(tick) {
		this.bytes = readFileSync(`${images}/${tick}.bin`);
	}
	word(address) {
		return this.bytes.readUInt32LE(address - PAGE_OFFSET);
	}
	variable(name) {
		return this.word(symbols[name]);
	}
	area(zone, order) {
		return symbols.zones + zone * layout.zoneSize + layout.freeArea + order * layout.freeAreaSize;
	}
	/** The frames on a free list, from its head. */
	list(zone, order) {
		const head = this.area(zone, order), memMap = this.variable("mem_map"), frames = [];
		for (let node = this.word(head); node !== head && frames.length < 100000; node = this.word(node))
			frames.push((node - memMap) / layout.pageSize);
		return frames;
	}
	/** The bit of a block and its buddy. */
	bit(zone, order, pfn) {
		const start = this.word(symbols.zones + zone * layout.zoneSize + layout.zoneStart);
		const bit = (pfn - start) >>> (order + 1), map = this.word(this.area(zone, order) + layout.map);
		return this.bytes[map - PAGE_OFFSET + (bit >>> 3)] >>> (bit & 7) & 1;
	}
	/** The entry of an address in the reference tables; 0: no table. */
	pte(address) {
		const pde = this.word(PAGE_OFFSET + this.variable("init_mm") + (address >>> 22) * 4);
		return pde & 1 ? this.word(PAGE_OFFSET + (pde & ~0xfff) + (address >>> 12 & 1023) * 4) : 0;
	}
	/** Areas of vmlist as "address size". */
	areas() {
		const found = [];
		for (let area = this.variable("vmlist"); area; area = this.word(area + layout.vmNext))
			found.push(`${this.word(area + layout.vmAddr)} ${this.word(area + layout.vmSize)}`);
		return found;
	}
}

/** Of each kind: what is asked of memory, and the answers before and at the event. */
const CLAIMS = {
	buddy_split: ({ pfn, order, zone }) => ({
		ask: (m) => [m.list(zone, order - 1).indexOf(pfn), m.bit(zone, order - 1, pfn)],
		says: "place of the lower half in its list, pair bit", before: [-1, 0], at: [0, 1],
	}),
	// Which of the two was listed before is not the event's business; nor is the whole listed yet.
	buddy_merge: ({ pfn, order, zone }) => ({
		ask: (m) => {
			const listed = m.list(zone, order), whole = m.list(zone, order + 1);
			return [listed.includes(pfn) + listed.includes(pfn + 2 ** order),
				m.bit(zone, order, pfn), +whole.includes(pfn)];
		},
		says: "halves listed, pair bit, whole listed", before: [1, 1, 0], at: [0, 0, 0],
	}),
	pte_set: ({ addr, old, pte }) => ({
		ask: (m) => [(m.pte(addr) & ~CPU_BITS) >>> 0],
		says: "entry", before: [(old & ~CPU_BITS) >>> 0], at: [(pte & ~CPU_BITS) >>> 0],
	}),
	alloc_vmap_area: ({ addr, size }) => ({
		ask: (m) => [m.areas().filter((area) => area === `${addr} ${size}`).length],
		says: "times on vmlist", before: [0], at: [1],
	}),
};

let failed = 0;
for (const line of readFileSync(eventFile, "utf8").trim().split("\n")) {
	const [before, tick, name, ...fields] = line.split(" ");
	const event = Object.fromEntries(fields.map((field) => field.split("="))
		.map(([key, value]) => [key, parseInt(value, 16)]));
	const claim = CLAIMS[name](event);
	const hex = (numbers) => numbers.map((number) => number.toString(16)).join(" ");
	const got = [before, tick].map((t) => hex(claim.ask(new Memory(t))));
	const want = [claim.before, claim.at].map(hex);
	const what = `${name} at ${tick}: in memory then, and not at ${before}, the event before`;
	if (got[0] === want[0] && got[1] === want[1]) {
		console.log(`ok ${what}`);
	} else {
		failed = 1;
		console.log(`not ok ${what}: ${claim.says} ${got[0]} and then ${got[1]}, ` +
			`not ${want[0]} and then ${want[1]} (${fields.join(" ")})`);
	}
}
process.exit(failed);
