// SPDX-License-Identifier: MIT
/*
 * keytable.mjs [--write] - the table of keys of docs/viewer.md, made from the page's one table of
 * commands: prints it, or puts it where it stands.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { install } from "./fakedom.mjs";

const FILE = fileURLToPath(new URL("../../docs/viewer.md", import.meta.url)),
	HEAD = "| key | what it does |\n|---|---|\n";

/** The table, from viewer/ui/commands.js. */
export async function keyTable() {
	install();
	const { COMMANDS } = await import("../../viewer/ui/commands.js"),
		code = (key) => (key === "…" ? key : key === "`" ? "`` ` ``" : `\`${key}\``);
	return (
		HEAD +
		COMMANDS.filter(([keys]) => keys)
			.map(([keys, text]) => `| ${keys.split(" ").map(code).join(" ")} | ${text} |\n`)
			.join("")
	);
}
/** The table as the document has it. */
export function toldTable() {
	const text = readFileSync(FILE, "utf8"),
		at = text.indexOf(HEAD),
		end = text.indexOf("\n\n", at);
	return at < 0 ? "" : text.slice(at, end + 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const table = await keyTable();
	if (process.argv[2] === "--write")
		writeFileSync(FILE, readFileSync(FILE, "utf8").replace(toldTable(), table));
	else process.stdout.write(table);
}
