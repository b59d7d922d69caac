// SPDX-License-Identifier: MIT
/*
 * labels.js - what a screen reader hears of the canvases.
 */
import { plural } from "../model/format.js";

/**
 * The label of each canvas.
 * @param {import("./store.js").Store} store
 * @param {{shown: {name: string}, level: string}} virtual the view of the linear addresses
 */
export function labels(store, { shown, level }) {
	const { trace, state } = store,
		m = store.machine(),
		zones = (/** @type {(z: any) => string} */ say) =>
			trace.zones.map((/** @type {any} */ z) => `${z.name} ${say(z)}`).join(", "),
		areas = trace.hasRegion("vmalloc")
			? `${m.areas.length} vmalloc areas, ${m.vmPages} pages mapped; `
			: "";
	return {
		timeline: `timeline: event ${state.i} of ${trace.n}, ${trace.chapters().length} chapters`,
		virtual: `linear addresses: ${areas}${shown.name}: ${level}`,
		frames: `physical frames: ${zones((z) => `${m.zoneFree[z.id]} of ${z.n} free`)}`,
		buddy: trace.single
			? `free list: ${zones((z) => plural(m.zoneFree[z.id], "frame"))}`
			: `free lists: ${zones((z) => `largest block order ${m.largest(z.id)}`)}`,
	};
}
