// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * lecture.js - for a teacher at a projector: one panel at a time, everything larger, and
 * what comes next kept back until the class has guessed.
 */
import { h, fill, setScale } from "./dom.js";

export const PANELS = [
	["virtual", "Addresses"],
	["walk", "Walk"],
	["frames", "Frames"],
	["buddy", "Free lists"],
	["events", "Events, tables"],
	["details", "In words"],
];

export class Lecture {
	constructor(app) {
		this.app = app;
		this.on = false;
		this.panel = "frames";
		this.hide = true;
		this.shownAt = -1; // the event whose answers were shown
	}
	/** The button that starts it, in the line of the transport. */
	button() {
		this.start = h(
			"button",
			{
				"aria-pressed": "false",
				title: "lecture mode: one panel, large, answers kept back (Y)",
				onclick: () => this.toggle(),
			},
			"Lecture",
		);
		return this.start;
	}
	toggle() {
		if (this.on) this.leave();
		else this.enter();
	}
	enter() {
		const { app } = this,
			{ root } = app;
		app.besideOff();
		app.search.close();
		this.on = true;
		this.start.setAttribute("aria-pressed", "true");
		document.body.classList.add("lecture");
		setScale(innerWidth >= 1700 ? 1.7 : innerWidth >= 1100 ? 1.4 : 1.2);
		this.bar = h("section.lecture-bar", { "aria-label": "lecture" });
		root.querySelector("main").before(this.bar);
		this.show(this.panel);
	}
	leave() {
		if (!this.on) return;
		this.on = false;
		this.start.setAttribute("aria-pressed", "false");
		document.body.classList.remove("lecture");
		setScale(1);
		this.bar.remove();
		this.refresh();
	}
	show(panel) {
		this.panel = panel;
		const { app } = this,
			el =
				panel === "events"
					? app.lower
					: panel === "details"
						? app.detailView
						: app.root.querySelector(`.views > [data-panel=${panel}]`);
		app.root.querySelectorAll(".shown").forEach((x) => x.classList.remove("shown"));
		el?.classList.add("shown");
		fill(
			this.bar,
			PANELS.map(([id, name], n) =>
				h(
					"button",
					{
						"aria-pressed": String(id === panel),
						title: `key ${n + 1}`,
						onclick: () => this.show(id),
					},
					name,
				),
			),
			h(
				"span.right",
				h(
					"button",
					{
						"aria-pressed": String(this.hide),
						title: "keep back what comes next and why",
						onclick: () => {
							this.hide = !this.hide;
							this.show(this.panel);
						},
					},
					"Hide answers",
				),
				h(
					"button",
					{ title: "show the answer at this event (R)", onclick: () => this.reveal() },
					"Reveal",
				),
				h("button", { onclick: () => this.leave() }, "Leave"),
			),
		);
		this.refresh();
	}
	/** Whether what event i is followed by, and why it went so, is kept back. */
	hides(i) {
		return this.on && this.hide && (i !== this.app.state.i ? true : this.shownAt !== i);
	}
	/** Whether event i is still to come for the class. */
	later(i) {
		return i > this.app.state.i && this.hides(i);
	}
	reveal() {
		this.shownAt = this.app.state.i;
		this.refresh();
	}
	refresh() {
		this.app.redrawText();
	}
}
