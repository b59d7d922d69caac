#!/bin/sh
# SPDX-License-Identifier: MIT
# debugger-pictures.sh [DIR] - the two pictures of docs/debugger.md: what tmux shows while the
# page's commands are typed; part of `make screenshots`.
set -eu
cd "$(dirname "$0")/../.."
dir=$(realpath "${1:-docs/img}")
scripts/deps.sh pictures
tmp=$(mktemp -d)
terminal() { tmux -S "$tmp/socket" -f /dev/null "$@"; }
trap 'terminal kill-server 2>/dev/null || true; rm -rf "$tmp"' EXIT

# shows PATTERN: waits until the terminal does
shows() {
	for _ in $(seq 600); do
		terminal capture-pane -p >"$tmp/screen"
		! grep -qE "$1" "$tmp/screen" || return 0
		sleep 0.2
	done
	echo "debugger-pictures.sh: the terminal never showed: $1" >&2
	cat "$tmp/screen" >&2
	exit 1
}

# types KEYS PATTERN: and waits for the answer
types() {
	terminal send-keys -l "$1"
	terminal send-keys Enter
	shows "$2"
}

# SVG, as its text stays sharp and the file small.
draw() {
	sed 's/[[:space:]]*$//; s/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g' "$tmp/screen" |
	awk '{ line[NR] = $0; if ($0 != "") last = NR } END {
		printf "<svg xmlns=\"http://www.w3.org/2000/svg\" "
		printf "viewBox=\"0 0 950 %d\"", last * 17 + 20
		print " font-family=\"monospace\" font-size=\"13\" fill=\"#e6e6e6\">"
		print "<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#1b1f24\"/>"
		for (i = 1; i <= last; i++) {
			colour = line[i] ~ /^(\$|&lt;bochs)/ ? " fill=\"#8fd18f\"" : ""
			printf "<text x=\"12\" y=\"%d\" xml:space=\"preserve\"%s>%s</text>\n",
				i * 17 + 8, colour, line[i]
		}
		print "</svg>" }' >"$1"
	echo "$1"
}

session() { terminal new-session -d -x 118 -y "$1" "PS1='\$ ' sh"; shows '^\$'; }

session 28
types "make debug BREAK='vmalloc pte_set vmalloc.c:131'" '^<bochs:1>'
types c '^<bochs:2>'
types c '^<bochs:3>'
types 'page 0xc4800000' '^<bochs:4>'
draw "$dir/debugger-break.svg"
types q '^\$ ?$'
terminal kill-server

bug=build/run-noguard/noguard/capture.bin
make -s run ALLOC=tests/docs/noguard.c SCENARIO=tests/docs/noguard.scn \
	>"$tmp/said" 2>&1 || [ -s "$bug" ]
event=$(build/pagescope translate 0xc4806000 "$bug" 2>/dev/null |
	sed -n 's/^ *before event \([0-9,]*\), .*pte_clear addr=0xc4806000.*/\1/p' | tr -d ,)
session 50
types "make at EVENT=$event ALLOC=tests/docs/noguard.c" '^<bochs:1>'
types 'print-stack 24' '^<bochs:2>'
types 'page 0xc4806000' '^<bochs:3>'
draw "$dir/debugger-at.svg"
