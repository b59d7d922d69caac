#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh OUT.html - bundles the viewer into one file that opens from file://.
#
# esbuild makes one script for the page and its workers: a file:// page may not load
# workers from files, so they are started from a blob of the page's own script.  The
# page's policy allows the hashes of this script and this style and nothing else, no
# network either.  The built-in demo, demo.jsonl.gz, is the tour on 8 MiB;
# `make viewer-demo` records it anew.
set -eu
out=$1
here=$(dirname "$0")
tmp=$(mktemp -d "${TMPDIR:-/tmp}/pagescope.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
command -v esbuild >/dev/null || {
	echo "build.sh: esbuild not found: run \`make deps\` (Debian package: esbuild)" >&2
	exit 1
}
[ -d "$here/node_modules/pako" ] || {
	echo "build.sh: $here/node_modules/pako not found: run \`make viewer\`," \
		"or npm ci in $here" >&2
	exit 1
}
bundle() {
	esbuild "$here/$1" --bundle --format=iife --target=es2021 --charset=utf8 \
		--minify-whitespace --log-level=warning --outfile="$tmp/$2"
}
bundle style.css style.css
bundle main.js script.js
base64 -w 0 "$here/demo.jsonl.gz" >"$tmp/demo.txt"

# The policy hashes the text between the tags, the newline after the opening tag included.
hash() {
	{ echo; cat "$tmp/$1"; } | sha256sum | cut -c1-64 | tr 'a-f' 'A-F' | basenc --base16 -d |
		base64
}
csp="default-src 'none'; script-src 'sha256-$(hash script.js)'; \
style-src 'sha256-$(hash style.css)'; worker-src blob:; img-src blob: data:; \
base-uri 'none'; form-action 'none'"

awk -v csp="$csp" -v dir="$tmp" '
	function insert(name,    file) {
		file = dir "/" name
		while ((getline line < file) > 0) print line
		close(file)
	}
	$0 == "@STYLE@" { insert("style.css"); next }
	$0 == "@DEMO@" { insert("demo.txt"); next }
	$0 == "@SCRIPT@" { insert("script.js"); next }
	at = index($0, "@CSP@") { $0 = substr($0, 1, at - 1) csp substr($0, at + 5) }
	{ print }
' "$here/index.html" >"$tmp/viewer.html"
mkdir -p "$(dirname "$out")"
mv "$tmp/viewer.html" "$out"
