#!/bin/sh
# SPDX-License-Identifier: MIT
# lint.sh [--changed] - the form of the sources: formatting, the length of lines, what shellcheck
# and cppcheck find.  --changed looks only at files that differ from main (on main: from the
# commit before) or are not committed.
#
# Prints a line for each claim, as all tests do (tests/lib/run.sh), after the findings.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib/claims.sh

WIDTH=100
# Suffixes of the files whose lines are at most WIDTH columns, a tab counting to the next of 8.
WIDE='c|h|S|def|lds|ld|awk|sh'
# Formatting differs between versions of clang-format; .clang-format was written for this one.
FORMAT_VERSION=14

tmp=$(mktemp -d "${TMPDIR:-/tmp}/pagescope.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT

# The files to look at: all, or those that changed.
case ${1:-} in
'') git ls-files -co --exclude-standard ;;
--changed)
	base=$(git merge-base main HEAD 2>/dev/null)
	[ -n "$base" ] && [ "$base" != "$(git rev-parse HEAD)" ] || base=HEAD~
	{ git diff --name-only "$base" && git ls-files -o --exclude-standard; } ;;
*)
	echo "usage: tests/lint.sh [--changed]" >&2
	exit 2 ;;
esac >"$tmp/listed" || exit 1
while read -r file; do [ ! -f "$file" ] || echo "$file"; done <"$tmp/listed" | sort -u >"$tmp/files"

files() { grep -E "$1" "$tmp/files"; }
any() { files "$1" >"$tmp/any"; }

# report NAME FINDINGS: the claim holds if the file FINDINGS is empty
report() {
	cat "$2"
	claim "lint: $1" "$(wc -l <"$2") lines of findings above" [ ! -s "$2" ]
}

# ---- formatting --------------------------------------------------------------------------------

version_of() { "$1" --version 2>/dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p'; }

format() {
	for formatter in "clang-format-$FORMAT_VERSION" clang-format; do
		found=$(version_of "$formatter")
		[ "$found" != "$FORMAT_VERSION" ] || break
	done
	if [ "$found" != "$FORMAT_VERSION" ]; then
		echo "format not checked: clang-format $FORMAT_VERSION wanted, found ${found:-none}"
		return
	fi
	xargs -P 2 -n 40 "$formatter" --dry-run -Werror <"$tmp/any" >"$tmp/format" 2>&1
	report "C is as clang-format -i writes it" "$tmp/format"
}

# ---- line length -------------------------------------------------------------------------------

# Counts characters, not bytes: of those of UTF-8 only the first byte.
width() {
	LC_ALL=C xargs awk -v most=$WIDTH '{
		columns = 0
		n = split($0, part, "\t")
		for (i = 1; i <= n; i++) {
			gsub(/[\200-\277]/, "", part[i])
			columns += length(part[i])
			if (i < n)
				columns += 8 - columns % 8
		}
		if (columns > most)
			print FILENAME ":" FNR ": " columns " columns, at most " most
	}' <"$tmp/any" >"$tmp/width"
	report "no line is longer than $WIDTH columns" "$tmp/width"
}

# ---- shellcheck --------------------------------------------------------------------------------

# .shellcheckrc says what it does not look for, and why.
shell() {
	xargs -P 2 -n 20 shellcheck -x -f gcc <"$tmp/any" >"$tmp/shell" 2>&1
	report "shellcheck finds nothing" "$tmp/shell"
}

# ---- cppcheck ----------------------------------------------------------------------------------

# cppcheck PART OPTION...: all of the part, if any of it or of include/ changed.  gcc -Wformat
# knows the types of printf's arguments better, and gcc -Wuninitialized which variables have no
# value: cppcheck 2.17 takes a buffer that a function fills for one.  It also tells each function
# with more branches than it looks at.
check_part() {
	part=$1
	shift
	any "^($part|include)/" || return 0
	cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr \
		--suppress=invalidPrintfArgType_sint --suppress=invalidPrintfArgType_uint \
		--suppress=uninitvar --suppress=normalCheckLevelMaxBranches \
		'-D_Noreturn=__attribute__((noreturn))' \
		--template="{file}:{line}: {severity}: {message} [{id}]" --template-location= \
		-Iinclude "$@" "$part" 2>&1 | grep . >"$tmp/cppcheck-$part"
	report "cppcheck finds nothing in $part/" "$tmp/cppcheck-$part"
}

# cppcheck cannot parse the trace points, of which it would find nothing.
check_c() {
	check_part kernel --platform=unix32 -D__i386__ -Ikernel -Ikernel/i386 -DPAGESCOPE_TRACE_H \
		--include=include/pagescope/event.h --include=include/pagescope/ctf.h \
		'-DTRACE(...)=(void)0' '-DTRACE_NOW(...)=(void)0' '-DTRACE_ON(...)=(void)0' \
		'-DTRACE_STR(...)=(void)0' '-DTRACE_COPY(name,p)=(void)(p)' '-Dtrace_is_on()=1'
	check_part sim -D__x86_64__ -DPS_TRACE_HOST -Ikernel -Isim
	check_part plugin
	check_part exporter -Iexporter
}

# ---- test programs -----------------------------------------------------------------------------

# A test that no list and no other test names is run by nobody.
unnamed() {
	while read -r file; do
		[ -x "$file" ] || case $file in *.test.mjs) ;; *) continue ;; esac
		name=${file##*/}
		git grep -qF "$name" -- Makefile tests/*.mk 'tests/*.sh' 'tests/*.mjs' ":!$file" ||
			echo "$file"
	done <"$tmp/any" >"$tmp/unnamed"
	report "every test program is run by a target or another test" "$tmp/unnamed"
}

needs() {
	command -v "$1" >/dev/null || {
		not_ok "lint: $1 is installed" "run scripts/deps.sh lint"
		return 1
	}
}

any '\.[ch]$' && format
any "\.($WIDE)$" && width
any '^tests/' && unnamed
any '\.(sh|bash)$|^\.ci/run$' && needs shellcheck && shell
needs cppcheck && check_c
[ "$fails" -eq 0 ]
