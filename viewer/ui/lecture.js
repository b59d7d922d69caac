// SPDX-License-Identifier: MIT
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
	/** @param {import("./app.js").App} app */
	constructor(app) {
		this.app = app;
		this.store = app.store;
		/** The line of its buttons. */
		this.bar = h("section.lecture-bar", { "aria-label": "lecture" });
	}
	toggle() {
		if (this.store.lecture.on) this.leave();
		else this.enter();
	}
	/** @param {string} panel which is seen first */
	enter(panel = this.store.lecture.panel) {
		const { app } = this;
		app.runs.hide();
		app.search.close();
		this.turn(true);
		setScale(innerWidth >= 1700 ? 1.7 : innerWidth >= 1100 ? 1.4 : 1.2);
		app.root.querySelector("main")?.before(this.bar);
		this.show(panel);
	}
	leave() {
		if (!this.store.lecture.on) return;
		this.turn(false);
		setScale(1);
		this.bar.remove();
		this.store.changed("text");
	}
	/** @param {boolean} on */
	turn(on) {
		this.store.lecture.on = on;
		this.app.el.lecture.setAttribute("aria-pressed", String(on));
		document.body.classList.toggle("lecture", on);
	}
	/** @param {string} panel one of PANELS */
	show(panel) {
		const { store } = this,
			{ root } = this.app;
		store.lecture.panel = panel;
		for (const el of root.querySelectorAll(".shown")) el.classList.remove("shown");
		root.querySelector(`main [data-panel=${panel}]`)?.classList.add("shown");
		const act = {
			show: (/** @type {string} */ id) => this.show(id),
			leave: () => this.leave(),
		};
		fill(this.bar, lectureBar(store, act));
		store.changed("text");
	}
}

/**
 * Its buttons.
 * @param {import("./store.js").Store} store
 * @param {{show: (panel: string) => void, leave: () => void}} act
 */
export function lectureBar(store, { show, leave }) {
	const { lecture } = store,
		hide = () => {
			lecture.hide = !lecture.hide;
			show(lecture.panel);
		};
	return [
		PANELS.map(([id, name], n) =>
			h(
				"button",
				{
					"aria-pressed": String(id === lecture.panel),
					title: `key ${n + 1}`,
					onclick: () => show(id),
				},
				name,
			),
		),
		h(
			"span.right",
			h(
				"button",
				{
					"aria-pressed": String(lecture.hide),
					title: "keep back what comes next and why",
					onclick: hide,
				},
				"Hide answers",
			),
			h(
				"button",
				{ title: "show the answer at this event (R)", onclick: () => store.reveal() },
				"Reveal",
			),
			h("button", { onclick: leave }, "Leave"),
		),
	];
}
