#!/bin/bash
# SPDX-License-Identifier: MIT
# commands.sh [FILE...] - every command that README.md and docs/*.md show is run.
#
# Blocks fenced as ```sh are run by bash, one after another, in a directory that
# looks like a checkout in which everything has been built, and has the files that
# docs/json.md and docs/exporter.md speak of.  What stands behind `sh` in the fence
# tells more:
#
#	fails=N		the last command of the block ends with status N
#	slow		only with SLOW=1 (make soak)
#	norun: REASON	not run; the reason is part of the page's source
#
# A block without a language that follows at once shows what the commands print.  Its lines are
# all printed, in this order; others may be printed between them.  Behind the fence:
#
#	differs		numbers may be others: a run of digits matches any other
#
# A block of C that begins with the comment /* NAME.c */ is put into that file.
# Some commands cannot be run from here, whatever the page: see cannot().
. "$(dirname "$0")/../lib/boot.sh"
root=$PWD
limit=600

# A reason if a line cannot be run by a test; else nothing.
cannot() {
	case $1 in
	"make test"* | "make soak"* | "make fuzz"* | "make bench"* | "make screenshots"*)
		echo "tests do not start each other" ;;
	"make shell"* | "make debug"* | "make at"*)
		echo "waits at a prompt; typed into by tests of its own" ;;
	"make watch"*) echo "the guest is the reader's" ;;
	"make deps"* | "apt"* | "sudo"*) echo "installs" ;;
	"git clone"* | "cd "*) echo "this is the clone" ;;
	"make check"* | "make lint"*) echo "tests do not start each other" ;;
	esac
}

# A checkout whose build/ has what is built, but no runs: those are made afresh.
lay_out() {
	mkdir -p "$tmp/w/build"
	for f in "$root"/* "$root"/.ci; do
		[ "$f" = "$root/build" ] || ln -s "$f" "$tmp/w/"
	done
	for f in "$root/$B"/*; do
		case ${f##*/} in
		run* | alloc-* | capture* | *.bin) ;;
		*) ln -s "$f" "$tmp/w/build/" ;;
		esac
	done
	cd "$tmp/w" || exit 1
	PATH=$PWD/build:$PATH
	pagescope=$PWD/build/pagescope
	make run RAM=64M >"$tmp/out" 2>&1 && cp build/run/tour/capture.bin capture.bin &&
		"$pagescope" export -o trace.jsonl.gz capture.bin >"$tmp/out" 2>&1 &&
		"$pagescope" export --format=events -o trace.events capture.bin >"$tmp/out" 2>&1
}

# Writes the blocks of a page to $tmp/blocks/N, and "LINE INFO" of each to N.info.
blocks_of() {
	rm -rf "$tmp/blocks"
	mkdir "$tmp/blocks"
	awk -v dir="$tmp/blocks" '
		/^```sh( |$)/ && !inside { inside = 1; n++; info = $0; sub(/^```sh */, "", info)
			print NR, info >(dir "/" n ".info"); printf "" >(dir "/" n); next }
		/^```/ && inside { inside = 0; after = n; next }
		after && /^```(differs)?$/ { shown = dir "/" after ".shown"; printf "" >shown
			if (/differs/) printf "" >(dir "/" after ".differs"); after = 0; next }
		after && /./ { after = 0 }
		shown && /^```$/ { shown = ""; next }
		shown { print >shown; next }
		/^```c$/ { code = 1; file = ""; next }
		/^```/ { code = 0; next }
		code && !file { file = $0 ~ /^\/\* [a-z0-9_]+\.c \*\/$/ ? $2 : "-" }
		code && file != "-" { print >file }
		inside { print >(dir "/" n) }' "$1"
}

# printed FILE: prints the first line of the file that $tmp/out lacks after those before it
printed() {
	numbers=
	[ ! -e "${1%.shown}.differs" ] || numbers='s/(0x)?[0-9a-f]*[0-9][0-9a-f,.]*/N/g'
	sed -E "$numbers" "$1" >"$tmp/shown"
	sed -E "$numbers" "$tmp/out" | sed 's/[ \t\r]*$//' | awk -v shown="$tmp/shown" '
		BEGIN { at = 1; while ((getline line <shown) > 0) {
			sub(/[ \t]+$/, "", line); want[++n] = line } }
		at <= n && $0 == want[at] { at++ }
		END { if (at <= n) print want[at] }'
}

run_block() { # PAGE LINE INFO FILE
	name="$1:$2"
	case $3 in
	norun:?*) ok "$name: not run:${3#norun:}"; return ;;
	norun*) not_ok "$name" "norun without a reason"; return ;;
	*slow*) [ -n "$SLOW" ] || { ok "$name: slow, left to make soak"; return; } ;;
	esac
	want=$(sed -n 's/.*fails=\([0-9]*\).*/\1/p' <<<"$3")
	echo 'set -o pipefail' >"$tmp/block"
	while IFS= read -r line; do
		why=$(cannot "$line")
		[ -z "$why" ] && printf '%s\n' "$line" || echo ":	# $why"
	done <"$4" >>"$tmp/block"
	[ -n "$want" ] || sed -i '1s/$/; set -e/' "$tmp/block"
	timeout $limit bash "$tmp/block" >"$tmp/out" 2>&1 </dev/null
	status=$?
	# a reader (head) that has enough is no failure of the writer
	[ $status -ne 141 ] || status=0
	claim "$name $(grep -v '^ *#' "$4" | head -n 1 | cut -c 1-60)" \
		"status $status, ${want:-0} expected: $(tail -n 4 "$tmp/out" | tr '\n' ' ')" \
		[ $status -eq "${want:-0}" ]
	if [ -e "$4.shown" ]; then
		lacks=$(printed "$4.shown")
		claim "$name prints what the page shows" "not printed: $lacks" [ -z "$lacks" ]
	fi
}

lay_out || { not_ok "a checkout to run commands in" "$(tail -n 2 "$tmp/out")"; exit 1; }
found=0
[ $# -gt 0 ] || set -- README.md CONTRIBUTING.md docs/*.md
for page in "$@"; do
	blocks_of "$page"
	for info in $(cd "$tmp/blocks" && find . -name '*info*' | cut -c 3- | sort -n); do
		found=$((found + 1))
		read -r line text <"$tmp/blocks/$info"
		run_block "$page" "$line" "$text" "$tmp/blocks/${info%.info}"
	done
done
claim "the pages have commands" "none found" [ "$found" -gt 0 ]
# what pages point to is there
for page in "$@"; do
	# shellcheck disable=SC2013 # no blanks in a link
	for target in $(grep -oE '\]\([^)#:]+[)#]' "$page" | sed 's/^](//; s/[)#]$//'); do
		[ -e "$(dirname "$page")/$target" ] ||
			not_ok "$page: link to $target" "no such file"
	done
done
done_testing
