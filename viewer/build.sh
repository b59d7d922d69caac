#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh OUT.html - bundles the viewer into one file that opens from file://.
#
# esbuild makes one script for the page and its workers (they are started from a blob of
# it: a file:// page may not load workers).  The page's policy allows
# exactly these: hashes of script and style, no network, nothing else.  The built-in
# demo, demo.jsonl.gz, is the tour on 8 MiB; `make viewer-demo` records it anew.
set -eu
out=$1
here=$(dirname "$0")
tmp=$(mktemp -d "${TMPDIR:-/tmp}/pagescope.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
command -v esbuild >/dev/null || {
	echo "build.sh: esbuild not found: run \`make deps\` (Debian package: esbuild)" >&2
	exit 1
}
bundle() {
	in=$here/$1 to=$tmp/$2
	shift 2
	esbuild "$in" "$@" --bundle --format=iife --minify --target=es2021 --charset=utf8 --log-level=warning --outfile="$to"
}
bundle style.css style.css
set -- "--inject:$here/maths.js"
for f in max min floor round ceil abs; do set -- "$@" "--define:Math.$f=\$$f"; done
# Long names of properties that only our own objects have: not a browser's, not those of a trace, of messages or of
# window.pagescope, and nowhere written as a string.
own=$(tr -s ' \n' '|' <<-EOF
	invalidate palette zoneFree colourBy refPgd setFilter deriver pageOffset showTab curPgd stopPlaying showDetail isolate
	vmPages userPgd fillLegend besideOff zoomIn axisNow zoomAt redrawText loadingBox countBefore blockOf hoverNone areaIndex
	kindName chapterSpan filterNote ownerName loadDrawn freePages fillTabs zoneOf drawPanels hoverFrames eventFrames chapterAt
	permalink eventBlocks selFrames hoverTargets textModel questioned lightSteps linkPoints drawTabSoon refreshTab
EOF
)
bundle main.js script.js "$@" "--mangle-props=^(${own%|})\$"

# In Z85 it is 6 % shorter than in base64: `~`, how many zeros follow the last byte (it takes four at a time), the text,
# in which `~` stands for `<`.
size=$(wc -c <"$here/demo.jsonl.gz")
pad=$(((4 - size % 4) % 4))
{ printf '~%d' $pad; { cat "$here/demo.jsonl.gz"; head -c $pad /dev/zero; } | basenc --z85 -w 0 | tr '<' '~'; } >"$tmp/demo.txt"

# CSP hashes the text between the tags, the newline after the tag included.
hash() { { echo; cat "$tmp/$1"; } | sha256sum | cut -c1-64 | tr 'a-f' 'A-F' | basenc --base16 -d | base64; }
csp="default-src 'none'; script-src 'sha256-$(hash script.js)'; style-src 'sha256-$(hash style.css)'; worker-src blob:; img-src blob: data:; base-uri 'none'; form-action 'none'"

awk -v csp="$csp" -v dir="$tmp" '
	function insert(file) { while ((getline line < (dir "/" file)) > 0) print line; close(dir "/" file) }
	$0 == "@STYLE@" { insert("style.css"); next }
	$0 == "@DEMO@" { insert("demo.txt"); next }
	$0 == "@SCRIPT@" { insert("script.js"); next }
	{ at = index($0, "@CSP@"); if (at) $0 = substr($0, 1, at - 1) csp substr($0, at + 5); print }
' "$here/index.html" >"$tmp/viewer.html"
mkdir -p "$(dirname "$out")"
mv "$tmp/viewer.html" "$out"
