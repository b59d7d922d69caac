#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/*
 * site.mjs SITE - every link of the site's pages leads to a file of the site and to a heading of
 * it; nothing is fetched from the network. Reports are pages of the viewer, which has tests of its
 * own: that they are there is enough, if the site has reports.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const site = process.argv[2];
const reports = existsSync(join(site, "reports"));
const pages = readdirSync(site, { recursive: true })
	.map(String)
	.filter((name) => name.endsWith(".html") && !name.startsWith("reports/"));
const text = new Map(pages.map((name) => [name, readFileSync(join(site, name), "utf8")]));
const ids = (name) =>
	new Set([...(text.get(name) ?? "").matchAll(/ id="([^"]+)"/g)].map((m) => m[1]));

let failed = 0,
	links = 0;
function claim(name, wrong) {
	if (wrong.length) failed++;
	console.log(wrong.length ? `not ok ${name}: ${wrong.slice(0, 5).join("; ")}` : `ok ${name}`);
}

const fetched = [],
	broken = [],
	nowhere = [];
for (const [name, html] of text) {
	for (const [, attribute, target] of html.matchAll(/ (href|src)="([^"]*)"/g)) {
		if (/^[a-z]+:/.test(target)) {
			if (attribute === "src" || /<link[^>]*href="[a-z]+:/.test(html))
				fetched.push(`${name}: ${target}`);
			continue;
		}
		links++;
		const [path, anchor] = decodeURI(target).split("#");
		const to = path ? relative(site, join(site, dirname(name), path)) : name;
		if (!reports && /^(reports|img)\//.test(to)) continue;
		if (to.startsWith("..") || !existsSync(join(site, to))) broken.push(`${name}: ${target}`);
		else if (anchor && text.has(to) && !ids(to).has(anchor)) nowhere.push(`${name}: ${target}`);
	}
}
claim("the site has pages and links", pages.length > 20 && links > 200 ? [] : [`${links} links`]);
claim("no page fetches from the network", fetched);
claim("each link leads to a file of the site", broken);
claim("each link to a heading finds it", nowhere);
process.exitCode = failed ? 1 : 0;
