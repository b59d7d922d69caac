// SPDX-License-Identifier: MIT
/*
 * parsequery.js - what was typed into the search box, understood.
 */
import { alike, error, filter, framed, without } from "./filter.js";
/** @import {Filter, Wrong} from "./filter.js" */
/** @import {Trace} from "./trace.js" */

/**
 * What was typed, understood: a thing to show, a filter of the events, a command or a name; or
 * why it is none of these.
 * @typedef {{type: "empty"} | {type: "va", addr: number} | {type: "pfn", pfn: number} |
 *	{type: "event", i: number} | {type: "tick", t: number} | Filter |
 *	{type: "command", text: string} | {type: "text", text: string} | Wrong} Query
 */
/**
 * Reads what was typed.
 * A name and a blank ask about one thing (pfn 3ffe), a name and a sign list events (pfn=3ffe).
 * @param {string} text
 * @param {Trace} trace
 * @returns {Query}
 */
export function parseQuery(text, trace) {
	const s = text.trim(),
		whole = ungrouped(s, " ");
	if (!s) return { type: "empty" };
	if (s[0] === ">") return { type: "command", text: s.slice(1).trim().toLowerCase() };
	let m = whole.match(/^#\s*(\d+)$/);
	if (m)
		return +m[1] < trace.n
			? { type: "event", i: +m[1] }
			: error(`the trace has events #0 to #${trace.n - 1}`, ["#" + (trace.n - 1)]);
	m = whole.match(/^(?:t|tick)[\s=:]+(0x[0-9a-f]+|\d+)$/i);
	if (m) return trace.left.has("t") ? without("t") : { type: "tick", t: +m[1] };
	m = s.match(/^(?:pfn|frame)\s*(?:0x)?([0-9a-f]+)$/i);
	if (m) return framed(parseInt(m[1], 16), trace);
	m = s.match(/^(?:pa|phys)[\s=:]*(?:0x)?([0-9a-f]+)$/i);
	if (m) return framed(Math.floor(parseInt(m[1], 16) / 4096), trace);
	m =
		s.match(/^(?:(?:va[\s=:]|addr\s)\s*(?:0x)?|0x)([0-9a-f]{1,8})$/i) ??
		s.match(/^([0-9a-f]{8})$/i);
	if (m) return { type: "va", addr: parseInt(m[1], 16) >>> 0 };
	if (/^0x[0-9a-f]+$/i.test(s)) return error("a linear address has at most 8 hex digits");
	m = s.match(/^(site|kind|group)\s+(\S+)$/i);
	if (m) return filter(`${m[1]}:${m[2]}`, trace);
	if (/[:=<>]/.test(s))
		return filter(ungrouped(s).replace(/\s*([!<>]=|[:=<>])\s*/g, "$1"), trace);
	m = s.match(/^([\w.$]+)\s*\+\s*(0x[0-9a-f]+|\d+)$/i);
	if (m && trace.symbols.length) {
		const symbol = trace.symbol(m[1]);
		return symbol
			? { type: "va", addr: (symbol.addr + Number(m[2])) >>> 0 }
			: error(
					`no symbol of the kernel is called “${m[1]}”`,
					alike(
						m[1],
						trace.symbols.map((x) => x.name),
					).map((name) => name + "+" + m[2]),
				);
	}
	return { type: "text", text: s };
}

/**
 * Numbers without what stands between groups of digits: what the page prints there, a comma, what
 * `also` says.
 * @param {string} s
 */
const ungrouped = (s, also = "") =>
	s.replace(RegExp(`(\\d)[\u00a0\u2007-\u200a\u202f,${also}](?=\\d{3}(?!\\d))`, "g"), "$1");
