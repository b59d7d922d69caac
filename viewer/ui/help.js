// SPDX-License-Identifier: MIT
/*
 * help.js - the list of keys that ? shows.
 */
import { h } from "./dom.js";

/** @typedef {import("./commands.js").Group} Group */

/**
 * The keys and what they do.
 * @param {Group[]} groups
 */
export const keyList = (groups) =>
	h(
		"div.keys",
		groups
			.filter(([keys]) => keys)
			.map(([keys, text]) =>
				h(
					"div",
					h(
						"span",
						keys.split(" ").map((key) => [h("kbd", key), " "]),
					),
					h("span", text),
				),
			),
	);

/**
 * Shows the list of keys.
 * @param {Group[]} groups
 */
export function help(groups) {
	const dialog = h(
		"dialog",
		{ "aria-label": "keys" },
		h("h2", "Keys"),
		keyList(groups),
		h("p", h("button", { onclick: () => dialog.close(), autofocus: true }, "Close")),
	);
	document.body.append(dialog);
	dialog.addEventListener("close", () => dialog.remove());
	dialog.showModal();
}
