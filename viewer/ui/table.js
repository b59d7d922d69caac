// SPDX-License-Identifier: MIT
/*
 * table.js - tables that are sorted by a click on a head and keep the rows with all the words
 * typed above them.  A panel is written anew as time moves: what was asked of its
 * tables is kept here, by panel and by the table's first head, and done again.
 */
import { h, fill } from "./dom.js";
import { count } from "../model/format.js";

/** @typedef {{text: string, n: number}} Value what a cell sorts by */
/**
 * What is asked of a panel's tables: words, and by first head the column to sort by, and 1 or -1.
 * @typedef {{words: string, sort: Record<string, [number, number] | null>}} Asked
 */

/**
 * A head that is no string is no button to sort by; onRow(n): what row n leads to, by a click or
 * from its first cell.
 * @param {{head: any[], rows: any[][]}} table
 * @param {(n: number) => void} [onRow]
 */
export function dataTable({ head, rows }, onRow) {
	return h(
		"table.data",
		h(
			"thead",
			h(
				"tr",
				head.map((x) =>
					h(
						"th",
						{ scope: "col" },
						typeof x === "string" ? h("button.sort", { title: "sort by this" }, x) : x,
					),
				),
			),
		),
		h(
			"tbody",
			rows.map((r, n) =>
				h(
					onRow ? "tr.go" : "tr",
					onRow ? { onclick: () => onRow(n) } : null,
					r.map((c, x) => h("td", onRow && !x ? h("button.link", c) : c)),
				),
			),
		),
	);
}

/** @param {string} s */
const plain = (s) => s.replace(/[\u00a0\u202f]/g, "");
const NUMBER = /^#?([+−-]?)(0x[\da-f]+|\d+(?:\.\d+)?)(?: ([KMGT])iB)?/,
	UNITS = " KMGT";
const words = new Intl.Collator("en", { numeric: true });

/**
 * What a cell sorts by: the number its text (or its bar's width) begins with, then the text; no
 * number is less than any.
 * @param {Element | undefined} cell
 * @returns {Value}
 */
function valueOf(cell) {
	const text = plain(cell?.textContent ?? "") || cell?.querySelector("i")?.style.width || "",
		m = text.match(NUMBER);
	return {
		text,
		n: m
			? Number(m[2]) * 1024 ** UNITS.indexOf(m[3] ?? " ") * (/[−-]/.test(m[1]) ? -1 : 1)
			: -Infinity,
	};
}
/**
 * @param {Value} x
 * @param {Value} y
 */
const compare = (x, y) => Number(x.n > y.n) - Number(x.n < y.n) || words.compare(x.text, y.text);

/**
 * The rows that are seen of the tables in box, in their order.
 * @param {Element} box
 */
export function shownRows(box) {
	return [
		.../** @type {NodeListOf<HTMLTableRowElement>} */ (
			box.querySelectorAll("tr:not([hidden])")
		),
	].map((tr) => [...tr.cells].map((c) => (c.textContent ?? "").trim()));
}

export class Tables {
	/**
	 * box: the panel the tables are in; mark(box): done to what is written there; el: what stands
	 * above it, if its rows are to be filtered.
	 * @param {HTMLElement} box
	 * @param {(box: HTMLElement) => void} mark
	 */
	constructor(box, mark) {
		this.box = box;
		this.mark = mark;
		/** @type {Record<string, Asked>} by panel */
		this.asked = {};
		/** @type {Asked} of the panel that is shown */
		this.now = { words: "", sort: {} };
		/** @type {HTMLTableRowElement[]} */
		this.rows = [];
		this.input = h("input", {
			type: "text",
			placeholder: "filter rows",
			"aria-label": "show only the rows with these words",
			oninput: () => this.keep(),
			onkeydown: (/** @type {KeyboardEvent} */ e) => {
				if (e.key === "Escape") {
					this.input.value = "";
					this.keep();
				}
			},
		});
		this.says = h("span.dim", { role: "status" });
		this.el = h("div.filter", { hidden: true }, this.input, this.says);
	}
	/**
	 * Writes the panel: content, its tables as was asked before, the focus where it was.
	 * @param {string} panel
	 * @param {...any} content
	 */
	show(panel, ...content) {
		const { box } = this,
			controls = () => [
				.../** @type {NodeListOf<HTMLElement>} */ (
					box.querySelectorAll("button, input, select")
				),
			],
			old = box.contains(document.activeElement) ? controls() : [],
			at = old.findIndex((el) => el === document.activeElement);
		this.now = this.asked[panel] ??= { words: "", sort: {} };
		fill(box, ...content);
		this.mark(box);
		const tables = [
			.../** @type {NodeListOf<HTMLTableElement>} */ (box.querySelectorAll("table.data")),
		];
		this.rows = tables.flatMap((t) => [...t.tBodies[0].rows]);
		for (const t of tables) this.sortable(t);
		// setting it moves the caret
		if (this.input.value !== this.now.words) this.input.value = this.now.words;
		this.keep();
		if (at < 0) return;
		const now = controls(),
			like = (/** @type {HTMLElement | undefined} */ x) =>
				x && x.textContent === old[at].textContent;
		(like(now[at]) ? now[at] : (now.find(like) ?? box)).focus({ preventScroll: true });
	}
	/**
	 * A click on a head: ascending, descending, as given.
	 * @param {HTMLTableElement} table
	 */
	sortable(table) {
		const { sort } = this.now,
			key = table.querySelector("th")?.textContent ?? "",
			given = [...table.tBodies[0].rows],
			heads = [...(table.tHead?.rows[0].cells ?? [])];
		const arrange = () => {
			const [col, d] = sort[key] ?? [-1, 0],
				rows = given.map((tr) => ({ tr, v: valueOf(tr.cells[col]) }));
			if (d) rows.sort((x, y) => d * compare(x.v, y.v));
			table.tBodies[0].append(...rows.map((r) => r.tr));
			heads.forEach((th, x) => {
				if (d && x === col)
					th.setAttribute("aria-sort", d > 0 ? "ascending" : "descending");
				else th.removeAttribute("aria-sort");
			});
		};
		table.tHead?.addEventListener("click", (e) => {
			const th = /** @type {HTMLTableCellElement | null | undefined} */ (
					/** @type {Element} */ (e.target).closest(".sort")?.parentElement
				),
				[col, d] = sort[key] ?? [-1, 0];
			if (!th) return;
			sort[key] = th.cellIndex !== col ? [th.cellIndex, 1] : d > 0 ? [col, -1] : null;
			arrange();
		});
		if (sort[key]) arrange();
	}
	/** Hides the rows without all the words. */
	keep() {
		const { rows } = this,
			typed = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
		this.now.words = this.input.value;
		let n = 0;
		for (const tr of rows) {
			const text = typed.length
				? [...tr.cells]
						.map((c) => `${c.textContent} ${plain(c.textContent)}`)
						.join("\n")
						.toLowerCase()
				: "";
			if (!(tr.hidden = !typed.every((w) => text.includes(w)))) n++;
		}
		const say = typed.length ? `${count(n)} of ${count(rows.length)} rows` : "";
		// a reader says what is written, even if it was there
		if (this.says.textContent !== say) this.says.textContent = say;
		this.el.hidden = !rows.length;
	}
}
