// SPDX-License-Identifier: MIT
/*
 * panel.js - the panels around the views: title, buttons, and the table with the same content
 * that can be laid over a canvas.
 */
import { h, fill } from "./dom.js";
import { Tables, dataTable, shownRows } from "./table.js";
import { saveButton } from "./exports.js";
import { markTerms, withTerms } from "./terms.js";

/**
 * @typedef {{head: any[], rows: any[][]}} Rows
 * @typedef {{twin: any, table: () => Rows, button: HTMLElement}} Twin
 */

/** @type {Record<string, string>} */
const EXPLAIN = {
	"Virtual addresses":
		"The kernel's 4 GiB of addresses. Left: what each range is for. Right: the pages of the chosen range that are used in this chapter.",
	"Physical frames":
		"RAM, one cell for each frame of 4 KiB. A tile is 2 MiB; within it every buddy block is a rectangle.",
	"Buddy free lists":
		"The free blocks of each size. An allocation takes the block at the left; a freed block is put there.",
	"Free list": "The frames that are free, the one freed last at the left.",
	"Free frames": "The frames that are free. The kernel takes them in an order of its own.",
	"Page-table walk":
		"The MMU's way from an address to a frame: ten bits choose the directory entry, ten the table entry, twelve the byte.",
};

export class Panels {
	/**
	 * @param {import("./app.js").App} app
	 */
	constructor(app) {
		this.app = app;
		/** @type {Map<HTMLCanvasElement, (title: string, hint: string) => void>} */
		this.titles = new Map();
		/** @type {Map<HTMLCanvasElement, Twin>} */
		this.twins = new Map();
	}
	/**
	 * The panel of a canvas.
	 * @param {{title: string, hint: string, canvas: HTMLCanvasElement, table: () => Rows,
	 *	right?: any[], below?: any}} what right: beside its title; below: its legend
	 */
	view({ title, hint, canvas, table, right = [], below = null }) {
		const { app } = this,
			body = h("div.body", canvas),
			name = h("span"),
			says = h("span.hint"),
			save = saveButton(
				app,
				title,
				() => panel,
				() => this.rows(canvas),
			),
			twin = this.twinButton(title, canvas, body, table),
			head = h("h2", name, says, h("span.right", right, twin, save));
		/** @type {HTMLElement} */
		const panel = h("section.view", { "data-panel": canvas.id }, head, body, below);
		const titled = (/** @type {string} */ text, /** @type {string} */ words) => {
			panel.setAttribute("aria-label", text);
			head.title = EXPLAIN[text];
			fill(name, withTerms(app.store, text));
			fill(says, words);
		};
		titled(title, hint);
		this.titles.set(canvas, titled);
		return panel;
	}
	/**
	 * Another title for a panel.
	 * @param {HTMLCanvasElement} canvas
	 * @param {string} title
	 * @param {string} hint
	 */
	title(canvas, title, hint) {
		this.titles.get(canvas)?.(title, hint);
	}
	/**
	 * Shows a panel, or does not.
	 * @param {HTMLCanvasElement} canvas
	 * @param {boolean} hidden
	 */
	hide(canvas, hidden) {
		/** @type {HTMLElement | null} */
		const panel = canvas.closest("section.view");
		if (panel) panel.hidden = hidden;
	}
	/**
	 * The button that lays a table of the same over a canvas.
	 * @param {string} title
	 * @param {HTMLCanvasElement} canvas
	 * @param {Element} body what the canvas is in
	 * @param {() => Rows} table
	 */
	twinButton(title, canvas, body, table) {
		const { app } = this,
			twin = new Tables(
				h("div.twin", {
					tabIndex: 0,
					role: "region",
					"aria-label": title + " as a table",
				}),
				(/** @type {Element} */ box) => markTerms(app.store, box),
			);
		const button = h(
			"button",
			{
				"aria-pressed": "false",
				title: "the same as a table",
				onclick: () => {
					const on = !twin.box.isConnected;
					if (on) {
						twin.show("", app.covered() ?? dataTable(table()));
						body.append(twin.box);
					} else twin.box.remove();
					button.setAttribute("aria-pressed", String(on));
					app.painter.invalidate(); // no line leads to what it covers
				},
			},
			"Table",
		);
		this.twins.set(canvas, { twin, table, button });
		return button;
	}
	/**
	 * Writes the tables that are shown.
	 * @param {(() => Element) | null} cover what is shown in their place: they would tell the answer
	 */
	drawTwins(cover) {
		for (const { twin, table } of this.twins.values()) {
			if (!twin.box.isConnected) continue;
			const y = twin.box.scrollTop;
			twin.show("", cover ? cover() : dataTable(table()));
			twin.box.scrollTop = y;
		}
	}
	/**
	 * Does a table lie over the canvas?
	 * @param {HTMLCanvasElement} canvas
	 */
	twinShown(canvas) {
		return !!this.twins.get(canvas)?.twin.box.isConnected;
	}
	/** Takes away a table that lies over a canvas; false if there is none. */
	closeTwin() {
		const open = [...this.twins.values()].find(({ twin }) => twin.box.isConnected);
		open?.button.click();
		return !!open;
	}
	/**
	 * The table of a canvas: as it is shown, if it is.
	 * @param {HTMLCanvasElement} canvas
	 * @returns {Rows | undefined}
	 */
	rows(canvas) {
		const found = this.twins.get(canvas);
		if (!found?.twin.box.isConnected) return found?.table();
		const [head, ...rows] = shownRows(found.twin.box);
		return { head, rows };
	}
	/**
	 * The panel of the walk, which is text already.
	 * @param {HTMLElement} body
	 */
	walk(body) {
		const said = (/** @type {Element} */ step, /** @type {string} */ what) =>
			step.querySelector(what)?.textContent ?? "";
		const rows = () =>
			[...body.querySelectorAll(".step")].map((step) => [
				said(step, "b"),
				said(step, ".mono"),
				said(step, "code.raw"),
				[...step.querySelectorAll(".flag.on")].map((x) => x.textContent).join(" "),
				said(step, ".step-say"),
			]);
		const save = saveButton(
			this.app,
			"Page-table walk",
			() => panel,
			() => ({ head: ["step", "where", "entry", "flags", "meaning"], rows: rows() }),
		);
		/** @type {HTMLElement} */
		const panel = h(
			"section.view",
			{ "aria-label": "walk", "data-panel": "walk" },
			h(
				"h2",
				{ title: EXPLAIN["Page-table walk"] },
				"Page-table walk",
				h("span.hint", "how the MMU finds the frame"),
				h("span.right", save),
			),
			body,
		);
		return panel;
	}
}
