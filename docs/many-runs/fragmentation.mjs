// SPDX-License-Identifier: MIT
/*
 * fragmentation.mjs [PICTURE.svg] - asks DuckDB the question of fragmentation.sql about the runs
 * in sweep/; prints the answer and draws it: a bar for each RAM and allocator, as high as the
 * mean, with a line from the least to the most.
 */
import { DuckDBInstance } from "@duckdb/node-api";
import { readFileSync, writeFileSync } from "node:fs";

const sql = readFileSync(new URL("fragmentation.sql", import.meta.url), "utf8");
const connection = await (await DuckDBInstance.create()).connect();
const rows = (await connection.runAndReadAll(sql)).getRowObjects();

console.log("RAM MiB  allocator  runs  mean  least  most   (per mille)");
for (const { ram, alloc, runs, mean, least, most } of rows)
	console.log(
		`${ram}`.padStart(7),
		` ${alloc.padEnd(10)}`,
		...[runs, mean, least, most].map((n) => `${n}`.padStart(5)),
	);

const WIDTH = 640,
	HEIGHT = 320,
	FLOOR = 280,
	LEFT = 60;
const COLOURS = { reference: "#3b6fb6", lowest: "#d08a2e" };

/** A picture of the rows, as SVG. */
function picture(rows) {
	const rams = [...new Set(rows.map((r) => r.ram))],
		allocs = [...new Set(rows.map((r) => r.alloc))],
		group = (WIDTH - LEFT - 20) / rams.length,
		bar = (group * 0.7) / allocs.length,
		y = (perMille) => FLOOR - (perMille / 1000) * (FLOOR - 30),
		parts = [];
	for (const share of [0, 250, 500, 750, 1000])
		parts.push(
			`<line x1="${LEFT}" x2="${WIDTH - 20}" y1="${y(share)}" y2="${y(share)}" stroke="#ccc"/>`,
			`<text x="${LEFT - 8}" y="${y(share) + 4}" text-anchor="end">${share} ‰</text>`,
		);
	for (const { ram, alloc, mean, least, most } of rows) {
		const x = LEFT + rams.indexOf(ram) * group + allocs.indexOf(alloc) * bar + group * 0.15,
			middle = x + bar / 2;
		parts.push(
			`<rect x="${x}" y="${y(mean)}" width="${bar - 4}" height="${FLOOR - y(mean)}" fill="${COLOURS[alloc] ?? "#777"}"/>`,
			`<line x1="${middle}" x2="${middle}" y1="${y(least)}" y2="${y(most)}" stroke="#222"/>`,
		);
	}
	for (const [n, ram] of rams.entries())
		parts.push(
			`<text x="${LEFT + (n + 0.5) * group}" y="${FLOOR + 18}" text-anchor="middle">${ram} MiB</text>`,
		);
	for (const [n, alloc] of allocs.entries())
		parts.push(
			`<rect x="${LEFT + n * 120}" y="6" width="12" height="12" fill="${COLOURS[alloc] ?? "#777"}"/>`,
			`<text x="${LEFT + n * 120 + 18}" y="16">${alloc}</text>`,
		);
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12"><rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>${parts.join("")}</svg>\n`;
}
if (process.argv[2]) writeFileSync(process.argv[2], picture(rows));
