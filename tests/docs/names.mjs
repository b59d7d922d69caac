#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/*
 * names.mjs - every target and variable of make, option, file, tab and key of the viewer that
 * README.md, CONTRIBUTING.md or a page of docs/ mentions exists.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const read = (file) => readFileSync(file, "utf8");
const said = (...command) => execFileSync(command[0], command.slice(1), { encoding: "utf8" });
const all = (text, pattern) => [...text.matchAll(pattern)].map((m) => m[1]);

const makefiles = read("Makefile") + read("tests/slow.mk") + read("kernel/alloc/alloc.mk");
const targets = new Set(
	all(makefiles, /^([a-z][a-z0-9 -]*):(?!=)/gm).flatMap((names) => names.split(" ")),
);
const variables = new Set(all(makefiles, /\b([A-Z][A-Z0-9_]+)\b/g));

const commands = all(said("build/pagescope", "--help"), /^ {2}([a-z]+) /gm);
const options = new Set(
	[
		...commands.map((c) => said("build/pagescope", c, "--help")),
		said("build/pagescope", "--help"),
		said("build/mmsim", "--help"),
	].flatMap((help) => all(help, /(--[a-z0-9][a-z0-9-]*)/g)),
);
// Options of other programs that the pages show.
const others = {
	jq: "--argjson",
	npm: "--no-audit --no-fund",
	podman: "--rm",
	sbatch: "--array",
	debootstrap: "--variant",
	"apt-get": "--no-install-recommends",
};
for (const option of Object.values(others).flatMap((list) => list.split(" "))) options.add(option);

const tabs = new Set(
	all(read("viewer/ui/tabs.js") + read("viewer/ui/tabrow.js"), /^\t\["[a-z]+", "([^"]+)"\],$/gm),
);
const keys = new Set(all(read("viewer/ui/commands.js"), /\bkey: ("(?:[^"\\]|\\.)*")/g).map(JSON.parse));
for (const key of all(read("viewer/ui/commands.js"), /\bkeys?: \[([^\]]*)\]/g))
	for (const one of all(key, /"([^"]+)"/g)) keys.add(one);
const named = { "→": "ArrowRight", "←": "ArrowLeft", Space: " ", Esc: "Escape" };
const isKey = (key) => [key, named[key], key.toLowerCase()].some((k) => keys.has(k)) || key === "Enter";

/** What a page mentions and is not there. */
function wrong(page) {
	const text = read(page),
		code = all(text, /`([^`\n]+)`/g),
		blocks = all(text, /^```sh[^\n]*\n(.*?)^```/gms).flatMap((b) => b.split("\n")),
		lines = [...code, ...blocks],
		missing = [];
	const is = (what, name, there) => there || missing.push(`${what} ${name}`);
	for (const line of lines) {
		for (const [, rest] of line.matchAll(/(?:^|[;&( ])make ([^#|;&>)]*)/g))
			for (const word of rest.trim().split(/\s+/)) {
				if (/^[a-z][a-z0-9-]*$/.test(word)) is("target", word, targets.has(word));
				const [, name] = /^([A-Z][A-Z0-9_]*)=/.exec(word) ?? [];
				if (name) is("variable", name, variables.has(name));
				if (!/^[a-zA-Z]/.test(word)) break;
			}
		for (const option of all(line, /(?:^|\s)(--[a-z][a-z0-9-]*)/g))
			is("option", option, options.has(option));
		const [, command] = /^(?:build\/)?pagescope ([a-z]+)/.exec(line) ?? [];
		if (command) is("command of pagescope", command, [...commands, "help"].includes(command));
	}
	for (const name of code) {
		if (!/^(docs|exporter|include|kernel|plugin|scenarios|scripts|sim|tests|viewer)\/[\w./-]+$/.test(name))
			continue;
		is("file", name, [name, `${name}.c`, join(dirname(page), name)].some(existsSync));
	}
	for (const tab of [
		...all(text, /\btab \*([^*]+)\*/g),
		...all(text, /\*([^*]+)\*,? tab\b/g),
		...all(text, /\btab ([A-Z]\w+)/g),
	])
		is("tab", tab, tabs.has(tab));
	for (const key of all(text, /\b[Pp]ress(?:ing)? `([^`]+)`/g)) is("key", key, isKey(key));
	return missing;
}

let failed = 0;
for (const page of ["README.md", "CONTRIBUTING.md", ...readdirSync("docs").map((f) => `docs/${f}`)]) {
	if (!page.endsWith(".md")) continue;
	const missing = wrong(page);
	if (missing.length) failed++;
	console.log(
		missing.length
			? `not ok ${page}: what it names is there: ${[...new Set(missing)].join("; ")}`
			: `ok ${page}: what it names is there`,
	);
}
process.exitCode = failed ? 1 : 0;
