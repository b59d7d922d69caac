// SPDX-License-Identifier: MIT
// planted.mjs - sees each rule fail: a small tree that keeps them all gets one fault at a time, and
// exactly the claim in question has to name it, with both files.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { claims } from "./rules.mjs";
import { readTree } from "./tree.mjs";

// What the sound tree holds besides: a hook that is defined above, words of the page where they
// are no code, an include in a comment.
const SOUND = {
	"include/pagescope/event.h": "",
	"kernel/lib/list.h": "",
	"kernel/lib/print.c": '#include "lib/printk.h"\nvoid print(void) { print_out(); }\n',
	"kernel/lib/printk.h": "void print(void);\nvoid print_out(void);\n",
	"kernel/mm/pages.h": "void pages(void);\n",
	"kernel/mm/pages.c": '#include "mm/pages.h"\n#include "lib/printk.h"\n'
		+ "void pages(void) { print(); }\n",
	"kernel/mm/areas.c": "/*\n#include \"i386/traps.h\"\n*/\nvoid pages(void);\n"
		+ "void areas(void);\nvoid areas(void) { pages(); }\n",
	"kernel/i386/traps.h": "",
	"kernel/i386/traps.c": '#include "lib/printk.h"\nvoid print_out(void) {}\n',
	"sim/run.h": '#include "mm/pages.h"\n',
	"plugin/device.h": "#include <pagescope/event.h>\n",
	"exporter/base/read.h": "",
	"exporter/model/replay.h": '#include "base/read.h"\n',
	"viewer/model/trace.js":
		"// document\nexport const a = `window ${1} document`, b = /document/;\n",
	"viewer/model/seek.js":
		'import { a } from "./trace.js";\nexport const at = { a, is: "document" };\n',
	"viewer/ui/view.js": 'import { at } from "../model/seek.js";\ndocument.title = at;\n',
	"tests/lib/claim.h": "",
};

const INCLUDES = "no include runs against the order", IMPORTS = "no import runs against the order";
const CALLS = "no call runs against the order", CIRCLES = "no files use each other in a circle";
const PAGE = "load and model know no page", NAMES = "a file's name says which file it is";
const OBJECTS = "every source has an object that nm reads";
const TABLE = "the table names every source, and nothing that is not there";
const RESOLVED = "every include and import leads to a file";

// A fault: its name, the files written over the sound tree, the claim that names it, and what the
// claim's text must contain.
const PLANTED = [
	["an include of a folder above", { "kernel/lib/list.h": '#include "mm/pages.h"\n' },
		INCLUDES, ["kernel/lib/list.h", "kernel/mm/pages.h"]],
	["an include above in the exporter", { "exporter/base/read.h": '#include "model/new.h"\n',
		"exporter/model/new.h": "" }, INCLUDES, ["exporter/base/read.h", "exporter/model/new.h"]],
	["an include of a folder beside", { "kernel/alloc/best.h": '#include "modules/hello.h"\n',
		"kernel/modules/hello.h": "" },
	INCLUDES, ["kernel/alloc/best.h", "kernel/modules/hello.h"]],
	["an include from the tests", { "sim/run.h": '#include "../tests/lib/claim.h"\n' },
		INCLUDES, ["sim/run.h", "tests/lib/claim.h"]],
	["an include of the i386 in the simulator", { "sim/run.h": '#include "i386/traps.h"\n' },
		INCLUDES, ["sim/run.h", "kernel/i386/traps.h"]],
	["an include of the kernel in the plugin", { "plugin/device.h":
		'#include "../kernel/mm/pages.h"\n' },
	INCLUDES, ["plugin/device.h", "kernel/mm/pages.h"]],
	["an include of the kernel in include/", { "include/pagescope/event.h":
		'#include "../../kernel/mm/pages.h"\n' },
	INCLUDES, ["include/pagescope/event.h", "kernel/mm/pages.h"]],
	["an import of the ui in the model", { "viewer/model/trace.js": 'import "../ui/new.js";\n',
		"viewer/ui/new.js": "" }, IMPORTS, ["viewer/model/trace.js", "viewer/ui/new.js"]],
	["a late import of the ui in the model", { "viewer/model/trace.js":
		'export const a = () => import("../ui/new.js");\n', "viewer/ui/new.js": "" },
	IMPORTS, ["viewer/model/trace.js", "viewer/ui/new.js"]],
	["a call of a folder above", { "kernel/lib/print.c":
		"void areas(void);\nvoid print(void);\nvoid print(void) { areas(); }\n",
	"kernel/mm/areas.c": "void areas(void);\nvoid areas(void) {}\n" },
	CALLS, ["kernel/lib/print.c", "kernel/mm/areas.c", "areas"]],
	["a variable of a folder above", { "kernel/lib/print.c":
		"extern int depth;\nvoid print(void);\nvoid print(void) { depth++; }\n",
	"kernel/i386/traps.c": "void print_out(void);\nvoid print_out(void) {}\nint depth;\n" },
	CALLS, ["kernel/lib/print.c", "kernel/i386/traps.c", "depth"]],
	["a circle of includes", { "kernel/mm/a.h": '#pragma once\n#include "mm/b.h"\n',
		"kernel/mm/b.h": '#pragma once\n#include "mm/a.h"\n' },
	CIRCLES, ["kernel/mm/a.h", "kernel/mm/b.h"]],
	["a circle through a file's own header", {
		"kernel/mm/pages.h": '#include "mm/b.h"\nvoid pages(void);\n',
		"kernel/mm/b.h": "", "kernel/mm/b.c": '#include "mm/pages.h"\nint b;\n' },
	CIRCLES, ["kernel/mm/pages.h", "kernel/mm/b.c"]],
	["a circle of imports", { "viewer/model/trace.js":
		'import { at } from "./seek.js";\nexport const a = at;\n' },
	CIRCLES, ["viewer/model/trace.js", "viewer/model/seek.js"]],
	["a circle of calls", { "kernel/mm/pages.c":
		"void areas(void);\nvoid pages(void);\nvoid pages(void) { areas(); }\n" },
	CIRCLES, ["kernel/mm/pages.c", "kernel/mm/areas.c"]],
	["a circle of three calls", { "kernel/mm/pages.c":
		"void last(void);\nvoid pages(void);\nvoid pages(void) { last(); }\n",
	"kernel/mm/last.c": "void areas(void);\nvoid last(void);\nvoid last(void) { areas(); }\n" },
	CIRCLES, ["kernel/mm/pages.c", "kernel/mm/areas.c", "kernel/mm/last.c"]],
	["a name of the page in the model", { "viewer/model/trace.js":
		"export const a = document.title;\n" },
	PAGE, ["viewer/model/trace.js", "document"]],
	["a name of the page in a template's code", { "viewer/model/trace.js":
		"export const a = `{ ${ { x: window }.x } }`;\n" },
	PAGE, ["viewer/model/trace.js", "window"]],
	["two files of one name", { "viewer/ui/seek.js": "" }, NAMES,
		["viewer/model/seek.js", "viewer/ui/seek.js"]],
	["a third file of an allowed name", { "kernel/i386/machine_arch.h": "",
		"sim/machine_arch.h": "", "plugin/machine_arch.h": "" },
	NAMES, ["sim/machine_arch.h", "plugin/machine_arch.h"]],
	["a file in no layer", { "kernel/odd/new.c": "" }, TABLE, ["kernel/odd/new.c"]],
	["an include that leads nowhere", { "kernel/lib/list.h": '/* */ #include "lib/gone.h"\n' },
		RESOLVED, ["kernel/lib/list.h", "lib/gone.h"]],
	["a source without an object", { "kernel/mm/new.c": null }, OBJECTS, ["kernel/mm/new.c"]],
	["an object that nm cannot read", { "build/kernel/mm/pages.c.o": "no object" }, OBJECTS,
		["build/kernel/mm/pages.c.o"]],
];

// Writes the files, then compiles those in C, which are all the kernel's; null: an empty file
// that is not compiled.
function write(root, files) {
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(dirname(join(root, path)), { recursive: true });
		writeFileSync(join(root, path), text ?? "");
	}
	for (const path of Object.keys(files).filter((p) => p.endsWith(".c") && files[p] !== null)) {
		const object = join(root, "build", `${path}.o`);
		mkdirSync(dirname(object), { recursive: true });
		execFileSync("i686-linux-gnu-gcc",
			["-ffreestanding", "-fno-pic", "-Ikernel", "-c", path, "-o", object], { cwd: root });
	}
}

// Faults of a small tree by claim. It lacks most of what the table names: not its fault.
function faultsOf(table, root) {
	return new Map(claims(table, readTree(table, root)).map(([name, faults]) =>
		[name, faults.filter((fault) => !/^the table (has|excepts|allows) /.test(fault))]));
}

const text = (faults) => [...faults.values()].flat().join(" | ") || "nothing";

/** Whether each planted fault is told, as claims: [name, what is wrong]. */
export function selfCheck(table) {
	const root = mkdtempSync(join(tmpdir(), "pagescope-layers-")), sound = join(root, "sound");
	try {
		write(sound, SOUND);
		const before = faultsOf(table, sound);
		const results = [["a sound tree has no fault",
			[...before.values()].flat().map((fault) => `it is told: ${fault}`)]];
		for (const [i, [name, files, claim, words]] of PLANTED.entries()) {
			const tree = join(root, String(i));
			cpSync(sound, tree, { recursive: true });
			write(tree, files);
			const faults = faultsOf(table, tree), told = faults.get(claim) ?? [];
			const named = told.some((fault) => words.every((word) => fault.includes(word)));
			const others = [...faults.values()].flat().length - told.length;
			const wrong = `"${claim}" should name ${words.join(" and ")}; told: ${text(faults)}`;
			results.push([`${name} is noticed`, named && !others ? [] : [wrong]]);
		}
		return results;
	} finally {
		rmSync(root, { recursive: true, force: true });
	}
}
