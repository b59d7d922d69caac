// SPDX-License-Identifier: MIT
/*
 * exports.js - what is shown, to take along: any panel or the whole page as SVG or PNG,
 * its content as CSV, the trace itself.
 */
import { h } from "./dom.js";
import { SvgContext, paintElement } from "./vector.js";
import { openMenu } from "./menu.js";
import { download, toast } from "./notice.js";
import { shownRows } from "./table.js";
import { narrate } from "../model/narrate.js";

/** @import {App} from "./app.js" */
/** @import {Item} from "./menu.js" */
/** @import {Rows} from "./panel.js" */
/** @import {Store} from "./store.js" */

const quote = (/** @type {any} */ x) => {
	const s = String(x).replace(/^([=+@\t\r])/, "'$1");
	return /[",\n\r]/.test(s) ? `"${s.replace(/"/g, '""')}"` : s;
};
/** @param {any[][]} rows */
const csv = (rows) => rows.map((r) => r.map(quote).join(",")).join("\n") + "\n";
const SLICE = 10,
	MANY = 500; // ms a task may take, pieces that are put together
/** @type {(app: App, what: string, end: string) => string} */
const fileName = (app, what, end) =>
	`pagescope-${what.toLowerCase().replace(/[^a-z]+/g, "-")}-${app.store.state.i}.${end}`;

/**
 * The picture of an element as SVG text.
 * @param {App} app
 * @param {Element} el
 */
export function svgOf(app, el) {
	const r = el.getBoundingClientRect(),
		ruler = /** @type {CanvasRenderingContext2D} */ (h("canvas").getContext("2d")),
		ctx = new SvgContext(r.width, r.height, ruler);
	ctx.fillStyle = app.store.palette.panel;
	ctx.fillRect(0, 0, r.width, r.height);
	paintElement(el, ctx, app.painter.drawers);
	return ctx.text(
		`${app.store.name}, event ${app.store.state.i}`,
		narrate(app.store.trace, app.store.state.i),
	);
}
/**
 * @param {App} app
 * @param {Element} el
 * @param {string} what
 */
export function saveSvg(app, el, what) {
	download(fileName(app, what, "svg"), svgOf(app, el), "image/svg+xml");
}

/**
 * The same as a PNG of twice the size.
 * @param {App} app
 * @param {Element} el
 * @param {string} what
 */
export function savePng(app, el, what) {
	const r = el.getBoundingClientRect(),
		k = Math.max(2, Math.min(3, devicePixelRatio || 1)),
		c = h("canvas", { width: Math.round(r.width * k), height: Math.round(r.height * k) }),
		g = /** @type {CanvasRenderingContext2D} */ (c.getContext("2d"));
	g.scale(k, k);
	g.fillStyle = app.store.palette.panel;
	g.fillRect(0, 0, r.width, r.height);
	paintElement(el, g, app.painter.drawers);
	c.toBlob((blob) => blob && download(fileName(app, what, "png"), blob));
}

/**
 * @param {App} app
 * @param {Rows} table
 * @param {string} what
 */
export function saveTable(app, { head, rows }, what) {
	if (!rows.length) return toast("there is no row to save here");
	/** @type {(c: any) => any} */
	const text = (c) =>
		c instanceof Node ? c.textContent : Array.isArray(c) ? c.map(text).join("") : (c ?? "");
	return download(
		fileName(app, what, "csv"),
		csv([head, ...rows.map((r) => r.map(text))]),
		"text/csv",
	);
}

/**
 * The table of the lower panel, or the listed events.
 * @param {App} app
 */
export function saveTab(app) {
	if (app.store.state.tab !== "events") {
		const rows = shownRows(app.el.tabBody);
		return saveTable(app, { head: rows[0] ?? [], rows: rows.slice(1) }, app.store.state.tab);
	}
	return app.list.length ? saveEvents(app) : saveTable(app, { head: [], rows: [] }, "events");
}

/**
 * All the listed events, however many: piece by piece, each in a task of its own and then out of
 * the page's memory.
 * @param {App} app
 */
async function saveEvents(app) {
	const { trace } = app.store,
		{ index, length } = app.list,
		/**
		 */
		name = fileName(app, "events", "csv"),
		/** @type {BlobPart[]} */
		parts = ["event,tick,kind,in words,fields\n"],
		share = h("b"),
		{ port1, port2 } = new MessageChannel();
	const says = h(
		"div.toast.saving",
		{ role: "status" },
		"saving the events ",
		share,
		" ",
		h("button", { onclick: () => says.remove() }, "Cancel"),
	);
	document.body.append(says);
	for (let r = 0; r < length;) {
		const rows = [],
			end = performance.now() + SLICE;
		do {
			const i = index ? index[r] : r;
			rows.push([
				i,
				trace.t[i] ?? "left out",
				trace.kindName(i),
				narrate(trace, i),
				trace
					.fields(i)
					.map((f) => `${f.name}=${f.value ?? "left out"}`)
					.join(" "),
			]);
		} while (++r < length && (r & 63 || performance.now() < end));
		parts.push(new Blob([csv(rows)]));
		if (parts.length > MANY) parts.splice(0, MANY, new Blob(parts.slice(0, MANY)));
		const done = `${Math.floor((100 * r) / length)} %`;
		if (share.textContent !== done) share.textContent = done;
		await new Promise((turn) => {
			port1.onmessage = turn;
			port2.postMessage(0);
		});
		if (!says.isConnected) {
			port1.close();
			return toast("not saved");
		}
	}
	port1.close();
	says.remove();
	download(name, new Blob(parts, { type: "text/csv" }));
}

/**
 * The curves of the timeline, at so many moments of what it shows.
 * @param {Store} store
 * @param {number} [moments]
 */
export function timelineTable(store, moments = 2000) {
	const { trace } = store,
		{ lod } = store.model,
		axis = store.axis(),
		{ u0, u1 } = store.span,
		vmalloc = trace.hasRegion("vmalloc"),
		blocks = trace.single ? [] : trace.zones,
		rows = [];
	let last = -1;
	for (let x = 0; x <= moments; x++) {
		const i = Math.min(trace.n - 1, axis.event(u0 + ((u1 - u0) * x) / moments));
		if (i === last) continue;
		const v = lod.valueAt((last = i));
		rows.push([
			i,
			trace.t[i] ?? "left out",
			...trace.zones.map((z) => v[z.id]),
			...(vmalloc ? [v[trace.nrZones]] : []),
			...blocks.map((z) => lod.unusable(i, z.id, store.state.order).toFixed(3)),
			trace.chapterAt(i)?.msg ?? "",
		]);
	}
	return {
		head: [
			"event",
			"tick",
			...trace.zones.map((z) => `${z.name} free pages`),
			...(vmalloc ? ["vmalloc pages"] : []),
			...blocks.map((z) => `${z.name} unusable for order ${store.state.order}`),
			"chapter",
		],
		rows,
	};
}

/**
 * The trace as it was read: the file itself, or the pieces the page carries.
 * @param {App} app
 */
export function saveTrace(app) {
	const { source } = app.opening;
	if (source?.file) return download(source.file.name, source.file);
	if (!source?.pieces) return toast("the trace is not at hand any more");
	const parts = source.pieces.map((/** @type {string} */ text) => {
		const raw = atob(text.replace(/\s+/g, "")),
			b = new Uint8Array(raw.length);
		for (let x = 0; x < raw.length; x++) b[x] = raw.charCodeAt(x);
		return b;
	});
	return download("trace.jsonl.gz", new Blob(parts, { type: "application/gzip" }));
}

/**
 * The button of a panel that opens its save menu.
 * @param {App} app
 * @param {string} what
 * @param {() => Element} panel
 * @param {(() => Rows | undefined | null) | null} table
 */
export function saveButton(app, what, panel, table) {
	/** @type {HTMLButtonElement} */
	const button = h(
		"button.no-picture.save",
		{
			title: `save ${what.toLowerCase()}`,
			"aria-label": `save ${what.toLowerCase()}`,
			"aria-haspopup": "menu",
			onclick: () => openMenu(button, saveItems(app, what, panel(), table), `save ${what}`),
		},
		"⤓",
	);
	return button;
}
/**
 * @param {App} app
 * @param {string} what
 * @param {Element} panel
 * @param {(() => Rows | undefined | null) | null} [table]
 * @returns {Item[]}
 */
export function saveItems(app, what, panel, table) {
	/** @type {Item[]} */
	const items = [
		["picture, SVG", () => saveSvg(app, panel, what)],
		["picture, PNG", () => savePng(app, panel, what)],
	];
	const save = () => {
		const rows = table?.();
		if (rows) saveTable(app, rows, what);
	};
	if (table) items.push(["table, CSV", save]);
	return items;
}
