// SPDX-License-Identifier: MIT
/*
 * work.js - what the page's script does where there is no page: it is one of two workers.
 *
 * Both run the page's own script, so that the model is in the file only once.  The first
 * message says which: {read: port} or {derive: port}, the port joining the two.
 */
import { derive } from "./deriver.js";
import { read } from "./reader.js";

/** Waits for the first message. */
export function work() {
	onmessage = ({ data }) => {
		if (data.read) read(data.read);
		else if (data.derive) derive(data.derive);
	};
}
