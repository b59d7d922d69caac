// SPDX-License-Identifier: MIT
/*
 * stophere.js - how to bring Bochs back to the moment of an event.
 */
import { addr, hex } from "./format.js";
/** @import {Model} from "./model.js" */
/** @import {Trace} from "./trace.js" */

/**
 * Was the trace made by the simulator, whose ticks are its own?
 * @param {Trace} trace
 */
export const ofSimulator = (trace) =>
	!trace.clock.sba && (trace.machine.flags ?? []).includes("simulator");

/**
 * Is the trace of this project's kernel, run by its script, which records what it ran?
 * @param {Trace} trace
 */
const ofOurRun = ({ header }) => !!header.machine?.build_id && !!header.replay?.files?.kernel;

/**
 * The Bochs commands that bring the machine back to event i, and what to expect there; null if the
 * ticks were left out or are not those of Bochs. A trace of the simulator has none either, but a
 * new run of its scenario has. sba takes plain numbers, at most five at a time, and no past ticks:
 * hence a restart.
 * @param {Model} model
 * @param {number} i
 * @param {number | null | undefined} va
 */
export function stopHere(model, i, va) {
	const { trace } = model;
	if (trace.left.has("t")) return null;
	const t = Math.round(trace.t[i]),
		simulated = ofSimulator(trace),
		ours = ofOurRun(trace);
	if (simulated) return { t, simulated, make: "make run", command: "", lines: [], expect: [] };
	if (!trace.clock.sba) return null;
	const cmd = (
		trace.header.replay?.cmd ?? ["bochs", "-q", "-f", "bochsrc", "-rc", "stop.rc"]
	).map(String);
	const lines = [`sba ${t}`, "c"],
		expect = [];
	if (va !== undefined && va !== null) {
		const w = model.at(i).walk(va);
		lines.push(`page ${addr(va)}`);
		// as Bochs for 64 bits, which is what Debian has, writes it
		const page = hex(va & ~4095, 16);
		expect.push(
			w.ok
				? `linear page ${page} maps to physical page ${hex(w.pa & ~4095, 12)}`
				: `physical address not available for linear ${page}`,
		);
	}
	lines.push("info tab", "print-stack 8");
	// The run script knows the machine, the plugin and the image of that run; the lines are for a
	// prompt already open.
	// Without the plugin the ticks of its machine are not this trace's, so there is no such line,
	// and a kernel that is not ours is not what it would boot.
	const rerun = ours && (trace.header.machine.flags ?? []).includes("doorbell");
	const make = rerun ? `make at TICK=${t} ${trace.header.replay?.rerun ?? ""}`.trim() : "";
	return { t, simulated, make, command: ours ? cmd.join(" ") : "", lines, expect };
}
