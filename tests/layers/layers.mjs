#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// layers.mjs - the files use each other in the order of the house, and in no circle.
//
// An arrow leads from a file to one it includes, imports or calls; calls are read from the object
// files with nm. The table below states which arrows there may be. tree.mjs reads the files,
// rules.mjs compares, planted.mjs breaks each rule in a tree of its own to see that it is noticed.
import { fileURLToPath } from "node:url";
import { readTree } from "./tree.mjs";
import { claims } from "./rules.mjs";
import { selfCheck } from "./planted.mjs";

const TABLE = {
	// A folder (or file) uses itself and what stands left of it; folders joined by "," do not use
	// each other. `uses`: other parts. `path`: where #include looks. `nm` reads its objects.
	parts: {
		"include": { order: "pagescope", path: ["include"] },
		"kernel": {
			order: "lib < trace < mm < alloc, modules < clients < scenario < i386",
			uses: ["include"], path: ["kernel", "kernel/i386", "include"], nm: "i686-linux-gnu-nm",
			// The same sources are built for the host too: those are not the kernel's objects.
			notBuiltIn: /^(host|san|simcov|bench)/,
			// Each of them is compiled in place of a header of mm.
			noObject: "kernel/alloc/",
		},
		"sim": {
			uses: ["include", "kernel"], never: ["kernel/i386"],
			path: ["kernel", "sim", "include"], nm: "nm",
		},
		"plugin": { uses: ["include"], path: ["include"], nm: "nm" },
		"exporter": {
			order: "base < capture < model < formats < commands < main.c",
			uses: ["include"], path: ["exporter", "include"], nm: "nm",
		},
		"viewer": {
			order: "model < load < ui < main.js",
			knowsNoPage: ["load", "model"],
		},
	},

	// Hooks: a function declared in one of these headers may be defined above it, so a call to it
	// is an arrow to the header, not to the file that defines it.
	hooks: {
		"kernel/lib/printk.h": [],
		"kernel/mm/machine.h": ["kernel/i386/machine_arch.h"], // which it includes
		"kernel/clients/module_call.h": [],
		"kernel/scenario/scn_machine.h": [],
	},

	// Arrows that the order or the rule against circles forbids and that are right all the same.
	exceptions: [
		["kernel/mm/machine.h", "kernel/i386/machine_arch.h",
			"the include path completes machine.h: here the i386's, in mmsim sim/machine_arch.h"],
		["kernel/mm/page_alloc.c", "kernel/mm/slab.c",
			"reclaim: the allocator shrinks the slabs, which it feeds; as in Linux"],
	],

	// Files of one name, where the folder makes the difference obvious. All other names are unique.
	sameName: {
		"main.c": [["exporter", "kernel/i386"], "where the program starts; where the kernel does"],
		"machine_arch.h": [["kernel/i386", "sim"], "one header, two machines, by include path"],
		"check.c": [["exporter/commands", "kernel/mm"],
			"the command `check`; the kernel's check of itself"],
		"README.md": [["plugin", "viewer"], "what its folder holds"],
		"show.c": [["exporter/commands", "kernel/mm"],
			"the command `show`; what the kernel prints: the same tables"],
		"buddy.h": [["exporter/model", "kernel/mm"], "the replay of the free lists; the free lists"],
		"types.h": [["exporter/base", "kernel/lib"], "each part's own names of integers"],
		"fault.c": [["kernel/mm", "kernel/modules"],
			"the kernel's page fault; the sample module that causes one: insmod fault"],
		"flame.js": [["viewer/model", "viewer/ui"], "the sums of a flame graph; its drawing"],
	},
	namesIn: ["kernel", "include", "plugin", "exporter", "sim", "scripts", "viewer"],
};

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
let failed = 0;
for (const [name, faults] of [...selfCheck(TABLE), ...claims(TABLE, readTree(TABLE, "."))]) {
	if (!faults.length)
		console.log(`ok layers: ${name}`);
	for (const fault of faults)
		console.log(`not ok layers: ${name}: ${fault}`);
	failed += faults.length;
}
process.exitCode = failed ? 1 : 0;
