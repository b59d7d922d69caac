// SPDX-License-Identifier: MIT
// tree.mjs - reads a source tree and its objects: which files there are, and the arrows between
// them. It judges nothing; rules.mjs does.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

// Paths of the files under `folder`, relative to root.
function walk(root, folder) {
	if (!existsSync(join(root, folder)))
		return [];
	return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory())
			return entry.name === "node_modules" ? [] : walk(root, path);
		return [path];
	}).sort();
}

const COMMENT = /\/\*[^]*?\*\/|\/\/[^\n]*/;
const QUOTED = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/;
const C_TOKEN = new RegExp(`${COMMENT.source}|${QUOTED.source}`, "g");
// A slash begins a regular expression where no value ends, else it divides.
const NO_VALUE = /(?<=(?:^|[([{,;:=!&|?+\-*%<>~^]|\breturn)\s*)/;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/;
const JS_TOKEN = new RegExp([COMMENT, QUOTED, `${NO_VALUE.source}${REGEX.source}`, "[`{}]"]
	.map((token) => token.source ?? token).join("|"), "gm");

// The source without comments; what is quoted stays.
function withoutComments(source) {
	return source.replace(C_TOKEN, (token) => token[0] === "/" ? " " : token);
}

// The source without comments, strings, regular expressions and the text of templates.
export function onlyCode(source) {
	let code = "", at = 0;
	const open = []; // of the braces around `at`: true for the ${ of a template
	JS_TOKEN.lastIndex = 0;
	for (let m; (m = JS_TOKEN.exec(source)); at = JS_TOKEN.lastIndex) {
		code += source.slice(at, m.index);
		if (m[0] === "{")
			open.push(false);
		if (m[0] === "`" || (m[0] === "}" && open.pop()))
			JS_TOKEN.lastIndex = templateText(source, m.index + 1, open);
		code += "{}".includes(m[0]) ? m[0] : " ";
	}
	return code + source.slice(at);
}

// Where the text of a template that goes on at `at` ends: behind its closing quote or a "${".
function templateText(source, at, open) {
	for (; at < source.length; at++) {
		if (source[at] === "\\")
			at++;
		else if (source[at] === "`")
			return at + 1;
		else if (source.startsWith("${", at)) {
			open.push(true);
			return at + 2;
		}
	}
	return at;
}

export const partOf = (path) => path.split("/")[0];

// ---- includes and imports -----------------------------------------------------------------

function includes(tree, file) {
	const { path } = tree.table.parts[partOf(file)];
	const text = withoutComments(tree.text(file));
	for (const [, quote, name] of text.matchAll(/^\s*#\s*include\s*(["<])([^">]+)[">]/gm)) {
		const folders = quote === '"' ? [dirname(file), ...path] : path;
		const found = folders.map((f) => normalize(join(f, name))).find((f) => tree.exists(f));
		if (found)
			tree.arrows.push({ from: file, to: found, how: "includes" });
		else if (quote === '"')
			tree.unresolved.push(`${file} includes "${name}", in none of ${folders.join(" ")}`);
	}
}

function imports(tree, file) {
	const text = withoutComments(tree.text(file));
	// a name list before "from" has no parenthesis; a function that is exported has
	const early = text.matchAll(/^\s*(?:import|export)\b[^;"'`(]*?["']([^"']+)["']/gm);
	const late = text.matchAll(/\bimport\(\s*["']([^"']+)["']/g);
	for (const [, name] of [...early, ...late]) {
		const to = normalize(join(dirname(file), name));
		if (name.startsWith(".") && tree.exists(to))
			tree.arrows.push({ from: file, to, how: "imports" });
		else if (name.startsWith("."))
			tree.unresolved.push(`${file} imports "${name}", which does not exist`);
	}
}

// ---- calls ---------------------------------------------------------------------------------

// The object of a source: the path that mirrors it, nearest to the root of build/.
function objectOf(objects, file, notBuiltIn) {
	const names = [`${file}.o`, file.replace(/\.\w$/, ".o")];
	const fits = (o) => names.some((n) => o === n || o.endsWith(`/${n}`)) && !notBuiltIn?.test(o);
	return objects.filter(fits).sort((a, b) => a.length - b.length)[0];
}

// Adds to `symbols` what each source of a part defines and what it asks for, as nm lists it.
function readSymbols(tree, part, symbols) {
	const { nm, notBuiltIn, noObject } = tree.table.parts[part];
	const sourceOf = new Map();
	const sources = tree.sources.filter((f) => partOf(f) === part && /\.[cS]$/.test(f));
	for (const file of sources) {
		if (noObject && file.startsWith(noObject))
			continue;
		const object = objectOf(tree.objects, file, notBuiltIn);
		if (object)
			sourceOf.set(join(tree.root, "build", object), file);
		else
			tree.unread.push(`${file} has no object in build/: run make`);
	}
	if (!sourceOf.size)
		return;
	let list;
	try {
		list = execFileSync(nm, ["-A", "-P", "-g", ...sourceOf.keys()],
			{ encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "pipe"] });
	} catch (e) {
		tree.unread.push(`${nm} cannot read the objects of ${part}: ${e.stderr || e.message}`);
		return;
	}
	for (const [, object, name, type] of list.matchAll(/^(.+?): (\S+) (\w)(?: .*)?$/gm)) {
		const table = /[Uwv]/.test(type) ? symbols.asked : symbols.defined;
		table.set(name, [...table.get(name) ?? [], sourceOf.get(object)]);
	}
}

// Functions declared in a header: names before "(", outside bodies and macros.
function declared(tree, header) {
	let text = withoutComments(tree.text(header)).replace(/^\s*#(?:.*\\\n)*.*$/gm, "");
	for (let before; before !== text;) {
		before = text;
		text = text.replace(/\{[^{}]*\}/g, ";");
	}
	return [...text.matchAll(/(\w+)\s*\(/g)].map((m) => m[1]);
}

function calls(tree) {
	const symbols = { asked: new Map(), defined: new Map() }, hookOf = new Map();
	for (const part of Object.keys(tree.table.parts))
		if (tree.table.parts[part].nm)
			readSymbols(tree, part, symbols);
	for (const [hook, more] of Object.entries(tree.table.hooks))
		for (const header of [hook, ...more].filter(tree.exists))
			for (const name of declared(tree, header))
				hookOf.set(name, hook);
	for (const [name, askers] of symbols.asked) {
		for (const from of askers) {
			// Programs do not share symbols; only the simulator contains another part's sources.
			const reach = [partOf(from), ...tree.table.parts[partOf(from)].uses ?? []];
			const all = (symbols.defined.get(name) ?? []).filter((f) => reach.includes(partOf(f)));
			const own = all.filter((f) => partOf(f) === partOf(from));
			const hook = all.length && hookOf.get(name);
			for (const to of hook ? [hook] : own.length ? own : all)
				tree.arrows.push({ from, to, how: "calls", name });
		}
	}
}

/**
 * Reads the tree at `root`. Returns
 *   sources     paths of the C, assembly and JavaScript files of all parts
 *   named       paths of all files whose names must be unique
 *   arrows      { from, to, how: "includes" | "imports" | "calls", name: the symbol called }
 *   unresolved  includes and imports that lead nowhere, in words
 *   unread      sources whose object cannot be read, in words
 *   text(path), exists(path)
 */
export function readTree(table, root) {
	const tree = {
		table, root, arrows: [], unresolved: [], unread: [],
		sources: Object.keys(table.parts).flatMap((part) => walk(root, part))
			.filter((f) => /\.(c|h|S|def|m?js)$/.test(f)),
		named: table.namesIn.flatMap((folder) => walk(root, folder)),
		objects: walk(root, "build").filter((f) => f.endsWith(".o"))
			.map((f) => f.slice("build/".length)),
		text: (path) => readFileSync(join(root, path), "utf8"),
		exists: (path) => existsSync(join(root, path)),
	};
	for (const file of tree.sources)
		(/js$/.test(file) ? imports : includes)(tree, file);
	calls(tree);
	return tree;
}

/** A .c, a .S and a .h of one folder and name are one unit: circles are between units. */
export const unitOf = (path) => /\.[chS]$/.test(path) ? path.slice(0, -2) : path;

