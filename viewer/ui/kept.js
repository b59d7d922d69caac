// SPDX-License-Identifier: MIT
/*
 * kept.js - the few words the browser keeps for the next visit: theme, axis, notes.
 */

/**
 * What was kept under a name; dflt where nothing was, or where the browser keeps nothing.
 * @param {string} key
 * @param {string} dflt
 * @returns {string}
 */
export function kept(key, dflt) {
	try {
		return localStorage.getItem("pagescope." + key) ?? dflt;
	} catch {
		return dflt;
	}
}

/**
 * Keeps a text under a name; a private window keeps none.
 * @param {string} key
 * @param {string} text
 */
export function keep(key, text) {
	try {
		localStorage.setItem("pagescope." + key, text);
	} catch {
		/* a private window */
	}
}
