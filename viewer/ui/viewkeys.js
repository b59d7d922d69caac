// SPDX-License-Identifier: MIT
/*
 * viewkeys.js - what a key does in the view that has the focus: arrows go from cell to cell and
 * block to block, with Shift they scroll; + - 0 bring a map closer or further.
 */

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {{canvas: string, view: boolean, own: boolean, views: any}} Place
 *	canvas: its id; view: is it one of the maps?; views: {frames, virtual, buddy, model, i, sel},
 *	own: of the run that is shown, else of a side of two
 * @typedef {(words: string) => void} Say has a screen reader say words
 */

/** @type {Record<string, [number, number]>} */
const ARROWS = {
	ArrowLeft: [-1, 0],
	ArrowRight: [1, 0],
	ArrowUp: [0, -1],
	ArrowDown: [0, 1],
};

/**
 * Does what a key does in a view; true if it was one of the view's own.
 * @param {Store} store
 * @param {Place} place
 * @param {KeyboardEvent} e
 * @param {Say} say
 */
export function keyInView(store, place, e, say) {
	const { canvas, views } = place,
		{ virtual } = views,
		arrow = ARROWS[e.key];
	if (canvas === "virtual" && /^Page/.test(e.key)) {
		const band = virtual.turn(e.key === "PageUp" ? -1 : 1);
		say(`${band.name}, ${band.range}`);
		return true;
	}
	if (canvas !== "buddy" && /^[-+=0]$/.test(e.key)) {
		zoom(store, place, e.key);
		if (canvas === "virtual") say(`${virtual.shown.name}: ${virtual.level}`);
		return true;
	}
	if (!arrow) return false;
	if (e.shiftKey) return scroll(store, place, arrow);
	if (canvas === "buddy") {
		views.buddy.step(e.key);
		if (views.buddy.here) say(views.buddy.words());
		return true;
	}
	return canvas === "virtual"
		? nextPage(store, views, e.key, say)
		: nextFrame(store, views, arrow, say);
}

/**
 * A map closer or further, at what is selected if it is in sight; 0: all of it.
 * @param {Store} store
 * @param {Place} place
 * @param {string} key
 */
function zoom(store, { canvas, own, views }, key) {
	const map = canvas === "frames",
		{ frames, virtual, sel } = views,
		view = views[canvas],
		r = map ? frames.rect(sel?.pfn) : virtual.cellOf(sel?.va, virtual.h),
		seen = r && r.x > 0 && r.y > 0 && r.x < view.w && r.y < view.h;
	if (map && own) store.closeUp(false); // moved by hand
	if (key === "0") view.reset();
	else
		view.zoomAt(
			seen ? r.x + 1 : view.w / 2,
			seen ? r.y + 1 : view.h / 2,
			key === "-" ? 0.7 : 1 / 0.7,
		);
}

/**
 * Moves the map, or scrolls a view up or down.
 * @param {Store} store
 * @param {Place} place
 * @param {[number, number]} arrow
 */
function scroll(store, { canvas, own, views }, [dx, dy]) {
	if (canvas === "frames") {
		if (own) store.closeUp(false);
		views.frames.pan(-60 * dx, -60 * dy);
	} else if (!dy) return false;
	else views[canvas].scroll += 60 * dy;
	return true;
}

/**
 * From the selected page to the next.
 * @param {Store} store
 * @param {any} views
 * @param {string} key
 * @param {Say} say
 */
function nextPage(store, { virtual, model, i, sel }, key, say) {
	if (!sel || sel.va === null || !(sel.va >= 0)) return false;
	const va = virtual.step(sel.va, key);
	if (va !== null) {
		store.select({ kind: "va", va });
		say(virtual.words(model.at(i), va));
	}
	return true;
}

/**
 * From the selected frame to the next, over a gap between tiles.
 * @param {Store} store
 * @param {any} views
 * @param {[number, number]} arrow
 * @param {Say} say
 */
function nextFrame(store, { frames, model, i, sel }, [dx, dy], say) {
	if (!(sel?.pfn >= 0)) return false;
	const r = frames.rect(sel.pfn),
		c = frames.cell();
	let pfn = -1;
	for (let hop = 1; hop < 4 && pfn < 0; hop++)
		pfn = frames.hit(r.x + c / 2 + dx * c * hop, r.y + c / 2 + dy * c * hop);
	if (pfn >= 0) {
		store.select({ kind: "frame", pfn });
		say(frames.words(model.at(i), pfn));
	}
	return true;
}
