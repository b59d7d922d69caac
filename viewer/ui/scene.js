// SPDX-License-Identifier: MIT
/*
 * scene.js - what the canvases draw: the moment, and what of it is outlined.
 */
import { eventFrames, pointedAt } from "../model/focus.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("../model/types.js").Block} Block
 * @typedef {ReturnType<typeof sceneOf>} Scene what the canvases draw
 * @typedef {Scene & ReturnType<typeof timeSceneOf> & {ratio: number, bands?: [number, number][]}}
 *	TimeScene what the timeline does; bands: the events of each band across it
 * @typedef {Scene & {ratio: number, live?: boolean}} FrameScene what the map of the frames does;
 *	ratio: of its pixels to the screen's; live: it is drawn on the screen
 */

/** @type {{frames: Block[], pages: Set<number>}} nothing is selected */
const NO_SPOTS = { frames: [], pages: new Set() };

/**
 * All that the canvases draw of the moment, but for their size.
 * @param {Store} store
 */
export function sceneOf(store) {
	const { state, model } = store,
		{ trace } = model,
		{ i, sel } = state,
		m = model.at(i),
		focus = store.focus(i),
		hover = pointedAt(state.hover, trace, m, i),
		spots = sel?.spots(m) ?? NO_SPOTS;
	return {
		model,
		trace,
		m,
		i,
		palette: store.palette,
		va: store.va(),
		colourBy: state.colourBy,
		isolate: state.isolate,
		order: state.order,
		marks: { a: state.a, b: state.b },
		eventFrames: eventFrames(m, focus),
		eventBlocks: focus.blocks,
		eventPages: focus.pages,
		selFrames: spots.frames,
		selPages: spots.pages,
		selNow: sel?.during(i) ?? true,
		pairOf: store.pairOf(),
		hoverFrames: hover.frames,
		hoverPages: hover.pages,
	};
}

/**
 * What the timeline draws more.
 * @param {Store} store
 */
export function timeSceneOf(store) {
	const { state } = store,
		{ sel } = state;
	return {
		axis: store.axis(),
		hoverX: state.hover?.x ?? null,
		touching: sel?.touching ?? null,
		selSpan: sel?.lives ? sel : null,
		selKey: sel?.link ?? "",
		seriesKey: String(state.order),
	};
}
