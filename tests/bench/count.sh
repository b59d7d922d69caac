# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # the program that reads it sets tmp
# count.sh - instructions a function takes; sourced from the top directory, with $tmp
# a directory for temporary files.  count_setup chooses between callgrind, where it
# can run programs for i386, and QEMU with the plugin insns.c.  Both count the same:
# what runs from the function's entry to its return, all it calls included.
. tests/lib/i386.sh

# Sets count_by to callgrind or qemu; with a message, to none.
count_setup() {
	i386_by 'valgrind --tool=none -q' >/dev/null 2>&1 && count_by=callgrind && return
	count_by=qemu qemu=qemu-i386
	if ! command -v qemu-i386 >/dev/null; then
		echo "valgrind cannot run programs for i386 here," \
			"and qemu-i386 (Debian: qemu-user) is missing" >&2
		count_by=none
		return 1
	fi
}

# How, as a line for the table.
count_how() {
	case $count_by in
	callgrind) echo "Counted by callgrind ($(valgrind --version))." ;;
	qemu)
		version=$(qemu-i386 --version | sed -n 's/.*version \([0-9.]*\).*/\1/p')
		echo "Counted by QEMU and tests/bench/insns.c ($version):" \
			"callgrind cannot run programs for i386 here." ;;
	esac
}

# count FUNCTION INSIDE PROGRAM ARGS...: prints "INSTRUCTIONS CALLS" of FUNCTION while
# the function INSIDE runs ("-": always).  What PROGRAM prints goes to $tmp/out.
count() { "count_with_$count_by" "$@"; }

count_with_callgrind() {
	function=$1 inside=$2
	shift 2
	[ "$inside" = - ] && inside= || inside=--toggle-collect=$inside
	# shellcheck disable=SC2086 # none or one option
	valgrind --tool=callgrind $inside --callgrind-out-file="$tmp/cg" \
		"$@" >"$tmp/out" 2>"$tmp/err" || { cat "$tmp/err" >&2; return 1; }
	awk -v wanted="$function" '
		# fn=(id) name, once in full; calls=N then a line "position cost"
		/^fn=/   { id = $0; sub(/^fn=/, "", id); f = id; sub(/\).*/, ")", f)
			   if (id ~ / /) { n = id; sub(/^[^ ]* /, "", n); name[f] = n } next }
		/^cfn=/  { id = $0; sub(/^cfn=/, "", id); c = id; sub(/\).*/, ")", c)
			   if (id ~ / /) { n = id; sub(/^[^ ]* /, "", n); name[c] = n } next }
		/^calls=/ { split($0, a, /[= ]/); n = a[2]; getline; calls[c] += n; cost[c] += $2 }
		END { for (c in name) if (name[c] == wanted) print cost[c] + 0, calls[c] + 0 }
	' "$tmp/cg"
}

# address FUNCTION PROGRAM
address() {
	nm "$2" | awk -v name="$1" '$3 == name { print $1; n++ } END { exit n != 1 }' ||
		{ echo "count: $2 has not one function $1" >&2; return 1; }
}

count_with_qemu() {
	function=$1 inside=$2
	shift 2
	options=of=$(address "$function" "$1"),out=$tmp/insns || return 1
	[ "$inside" = - ] || options=$options,inside=$(address "$inside" "$1") || return 1
	$qemu -plugin "$PWD/build/libinsns.so,$options" "$@" >"$tmp/out" 2>"$tmp/err" ||
		{ cat "$tmp/err" >&2; return 1; }
	cat "$tmp/insns"
}
