// SPDX-License-Identifier: MIT
/*
 * wrongfile.js - what a file is that is no trace, and what to do with it.
 *
 * Only the beginning is looked at.  What is not recognized is left to the reader, which says
 * what it expected.
 */

const HEAD = 4096; // bytes that are looked at
const EXPORT = "pagescope export -o trace.jsonl.gz";

/** What a file begins with (at a byte, if not the first), and what it is. */
const PACKED = [
	[[0x50, 0x4b, 3, 4], "packed with zip"],
	[[0x50, 0x4b, 5, 6], "packed with zip"], // and empty
	[[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "packed with xz"],
	[[0x28, 0xb5, 0x2f, 0xfd], "packed with zstd"],
	[[0x42, 0x5a, 0x68], "packed with bzip2"],
	[[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "packed with 7-Zip"],
	[[0x75, 0x73, 0x74, 0x61, 0x72], "a tar archive", 257],
];
const ELF = [0x7f, 0x45, 0x4c, 0x46],
	PACKET = [0xc1, 0x1f, 0xfc, 0xc1]; // of a capture

/**
 * @param {Uint8Array} bytes
 * @param {number[]} magic
 * @param {number} at
 */
const has = (bytes, magic, at = 0) => magic.every((b, x) => bytes[at + x] === b);

/**
 * The first bytes of what a gzip file holds, none if they cannot be unpacked.
 * @param {Blob} packed
 */
async function unpacked(packed) {
	try {
		const stream = packed.stream().pipeThrough(new DecompressionStream("gzip")),
			{ value } = await stream.getReader().read();
		return value?.subarray(0, HEAD) ?? new Uint8Array();
	} catch {
		return new Uint8Array(); // the reader says what is wrong with it
	}
}

/**
 * Text, and not the beginning of JSON.
 * @param {string} text
 */
const plain = (text) =>
	// eslint-disable-next-line no-control-regex
	/^\s*[^\s[{]/.test(text) && !/[\0-\x08\x0e-\x1f\ufffd]/.test(text);

/**
 * @param {string} text the beginning of a text file
 * @param {string} name
 */
function wrongText(text, name) {
	if (/^\/\* CTF 1/.test(text))
		return `the metadata of a CTF directory: export the directory, \`${EXPORT} DIRECTORY\``;
	if (/^\s*<(!doctype )?html/i.test(text))
		return (
			"a page (HTML), perhaps a report: " +
			"open it in the browser, unpacked and with a name that ends in .html"
		);
	if (/"rec"\s*:/.test(text)) return "";
	if (plain(text))
		return `plain text, not a pagescope trace; it begins with “${text.trim().split("\n")[0].slice(0, 40)}”: this page opens what \`${EXPORT} CAPTURE\` writes`;
	if (!/^\s*[[{]/.test(text)) return "";
	if (/"traceEvents"|"ph"\s*:/.test(text))
		return "a trace for Perfetto or chrome://tracing: open it at ui.perfetto.dev; this page opens what `pagescope export` writes without --format";
	if (/^\s*{[^}]*"event"\s*:/.test(text))
		return "a list of events, as `pagescope export --format=events` writes it: export its capture without --format";
	return `JSON of another tool (it does not begin with a header of pagescope's): this page opens what \`${EXPORT} CAPTURE\` writes`;
}

/**
 * What a file of these first bytes is and what to do with it; "" if it may be a trace.
 * @param {Uint8Array} bytes
 * @param {string} name
 */
function wrongBytes(bytes, name) {
	const packed = PACKED.find(([magic, , at]) =>
		has(bytes, /** @type {number[]} */ (magic), +(at ?? 0)),
	);
	if (packed) return `${packed[1]}: unpack it, and open the trace that is in it`;
	if (has(bytes, ELF))
		return `an ELF file, a program or its symbols: give it with the capture, \`${EXPORT} --symbols ${name} CAPTURE\``;
	// a capture may begin with noise
	for (let at = 0; at + 4 <= bytes.length; at++)
		if (has(bytes, PACKET, at)) return `a capture: make it a trace with \`${EXPORT} ${name}\``;
	return wrongText(new TextDecoder().decode(bytes), name);
}

/**
 * What a file is that is no trace and what to do with it, "" if it may be one.
 * @param {File} file
 */
export async function wrongFile(file) {
	if (/\.html?$/i.test(file.name)) return ""; // may carry one
	const head = async (/** @type {Blob} */ blob) =>
		new Uint8Array(await blob.slice(0, HEAD).arrayBuffer());
	try {
		const bytes = await head(file);
		if (!(bytes[0] === 0x1f && bytes[1] === 0x8b)) return wrongBytes(bytes, file.name);
		return wrongBytes(await unpacked(file.slice(0, 1 << 16)), file.name);
	} catch (err) {
		return `not to be read: ${err instanceof Error ? err.message : err}`;
	}
}

/**
 * The names of the folders among what was dropped.
 * @param {DataTransfer} dropped
 */
export const folders = (dropped) =>
	[...(dropped.items ?? [])]
		.map((item) => item.webkitGetAsEntry?.())
		.filter((entry) => entry?.isDirectory)
		.map((entry) => entry?.name ?? "");

/** What is said of a folder. @param {string} name */
export const wrongFolder = (name) =>
	`a folder: if it is a CTF directory, make it a trace with \`${EXPORT} ${name}\``;
