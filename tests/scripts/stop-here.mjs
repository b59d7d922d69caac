// SPDX-License-Identifier: MIT
/*
 * stop-here.mjs OUT EVENT - what the viewer's panel "Stop here in Bochs" shows for an
 * event of the run in OUT: the make command, then a line for each thing to type at the
 * prompt, then what to expect, each with its kind before it.
 */
import { loadFile } from "../viewer/lib.mjs";
import { stopHere } from "../../viewer/model/stophere.js";

const [out, event] = process.argv.slice(2), model = loadFile(`${out}/trace.jsonl.gz`), { trace } = model, i = Number(event);
const stop = stopHere(model, i, trace.a[i]);
for (const [kind, lines] of Object.entries({ make: [stop.make], type: stop.lines, expect: stop.expect }))
	for (const line of lines) console.log(kind, line);
