// SPDX-License-Identifier: MIT
/*
 * tips.js - what is said of a frame or a page that is pointed at.
 */
import { h } from "./dom.js";
import { frameInfo } from "../model/frameinfo.js";
import { translate } from "../model/address.js";
import * as fmt from "../model/format.js";
/** @import {Model} from "../model/model.js" */

/**
 * A frame at event i: whose it is, where it is seen, since when.
 * @param {Model} model
 * @param {number} i
 * @param {number} pfn
 */
export function frameTip(model, i, pfn) {
	const f = frameInfo(model, pfn, i),
		{ trace } = model;
	const lines = [
		h("b", `Frame ${fmt.hex(pfn)}`),
		` (${fmt.addr(pfn * 4096)}): ${f.ownerName}${f.block.order ? `, ${fmt.orderSize(f.block.order)} block, order ${f.block.order}` : ""}`,
	];
	if (f.owner === 2 && f.since >= 0)
		lines.push(` — ${trace.kinds.value("owner", trace.of(f.since).owner?.(f.since)) ?? ""}`);
	const far = f.mappings.find((x) => !x.linear);
	if (far) lines.push(h("br"), `seen at ${fmt.addr(far.addr)}`);
	if (f.since >= 0) lines.push(h("br"), h("span.dim", `since #${f.since}`));
	return lines;
}

/**
 * A page of linear addresses at event i: where it leads.
 * @param {Model} model
 * @param {number} i
 * @param {number} va
 */
export function pageTip(model, i, va) {
	const x = translate(model, va, i);
	return [
		h("b", fmt.addr(va)),
		x.walk.ok ? ` → frame ${fmt.hex(x.pfn)}` : x.guard ? ": guard page" : ": not mapped",
		x.area ? [h("br"), `area ${fmt.addr(x.area.addr)}, ${fmt.areaSize(x.area)}`] : "",
	];
}
