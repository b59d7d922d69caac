// SPDX-License-Identifier: MIT
/*
 * addressbar.js - the address of the page, which follows what is shown.
 */
import { linkOf } from "./link.js";

const REST = 400; // ms that nothing changes until the address is written

export class Address {
	/** @param {import("./app.js").App} app */
	constructor(app) {
		this.app = app;
		this.timer = 0;
		this.written = "";
	}
	/** The whole link to what is seen. */
	link() {
		return location.href.split("#")[0] + "#" + linkOf(this.app);
	}
	/** Writes it once nothing has changed for a while. */
	soon() {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => {
			this.timer = 0;
			if (!this.app.store.model?.complete) return;
			const hash = "#" + linkOf(this.app);
			try {
				if (location.hash !== hash) history.replaceState(null, "", hash);
				this.written = location.hash;
			} catch {
				/* not allowed here */
			}
		}, REST);
	}
}
