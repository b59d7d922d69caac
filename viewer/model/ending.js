// SPDX-License-Identifier: MIT
/*
 * ending.js - how a guest ended: the record "ended", which is what `pagescope why --json`
 * prints, as the steps that a page can draw.
 */

/**
 * An entry of a walk, and who stored it last.
 * @typedef {{level: number, index: number, entry_pa: string, entry: string, flags: string,
 *   told: boolean, stored: boolean, events: number[], event: number, from: number, tick: number,
 *   by: string | null}} Entry
 * @typedef {{vector: number, name: string, ip: string, function: string, cr2: string | null,
 *   nr: number}} Exception
 * @typedef {{how: string, fault_event: number, text: string[], cr3: string, addr: string | null, fails: string,
 *   walk: Entry[], exceptions: Exception[]}} Ending
 */

/**
 * Did the guest die, or stop for good?
 * @param {{how?: string} | null} ended
 */
export const died = (ended) => ["died", "stuck", "halted"].includes(ended?.how ?? "");

/**
 * The walk that failed, link by link: `entry` is absent for CR3 and for the page.  What comes
 * behind the link that fails is left out.
 * @param {Ending} ended
 */
export function links(ended) {
	/** @type {{name: string, text: string, fails: boolean, entry?: Entry}[]} */
	const list = [{ name: "CR3", text: ended.cr3, fails: ended.fails === "directory" }];
	for (const e of ended.walk)
		list.push({
			name: `${e.level === 2 ? "slot" : "entry"} ${e.index}`,
			text: `${e.entry} [${e.flags}]`,
			fails: e === ended.walk.at(-1) && ended.fails !== "none",
			entry: e,
		});
	if (ended.addr && !list.some((l) => l.fails))
		list.push({ name: "page", text: ended.addr, fails: false });
	return list;
}

/**
 * Who stored an entry last, in words.
 * @param {Entry} entry
 */
export function storedBy(entry) {
	if (!entry.told) return "no event told it";
	if (!entry.stored) return "so when its directory was first loaded: who stored it is not known";
	const when =
		entry.from < entry.tick
			? `between ticks ${entry.from} and ${entry.tick}`
			: `at tick ${entry.tick}`;
	return `stored ${when} by ${entry.by ?? "an instruction that is not known"}`;
}

/**
 * The exceptions, the first one first, in words.
 * @param {Ending} ended
 */
export function chain(ended) {
	return ended.exceptions.map((x) => {
		const where = x.function ? `${x.ip} (${x.function})` : x.ip,
			at = x.cr2 ? `, accessing ${x.cr2}` : "",
			again = x.nr > 1 ? `, ${x.nr} times` : "";
		return `vector ${x.vector}, ${x.name}, in the instruction at ${where}${at}${again}`;
	});
}

/**
 * The last event of the walk's entries that is a store; null: none is known.
 * @param {Ending} ended
 */
export function lastStore(ended) {
	const stores = ended.walk.filter((e) => e.stored).map((e) => e.event);
	return stores.length ? Math.max(...stores) : null;
}
