#!/bin/sh
# SPDX-License-Identifier: MIT
# breaks.sh KERNEL.elf KERNEL.sym WORD... - Bochs commands that set breakpoints.
#
# A WORD is a function, the name of an event (stops wherever the kernel traces it,
# right after it happened), or FILE:LINE.  Prints one `lb` per address; status 2
# with a message if a word is none of them.
elf=$1 sym=$2
shift 2
root=$(dirname "$0")/..

unknown() {
	echo "run: BREAK=$1: $2; give functions, events (include/pagescope/events.def)" \
		"or file.c:line" >&2
	exit 2
}

# Addresses of a line: where a statement begins; pieces of one statement that lie
# close together count once.
line_addresses() {
	last=	# not one of the caller's environment
	i686-linux-gnu-objdump --dwarf=decodedline "$elf" |
		awk -v file="$1" -v line="$2" \
		'$1 == file && $2 == line && $NF == "x" { print $3 }' |
		sort -u | while read -r address; do
			[ $((address)) -lt $((${last:--64} + 64)) ] || echo "$address"
			last=$address
		done
}

symbol() {
	awk -v name="$1" '$2 == name { print "0x" $1; exit }' "$sym"
}

event_addresses() {
	grep -rnE "TRACE(_[A-Z]+)?\($1[,)]" "$root/kernel" --include='*.c' --include='*.h' |
	sed -n 's,^.*/\([^/:]*\):\([0-9]*\):.*,\1 \2,p' | while read -r file line; do
		line_addresses "$file" "$line"
	done
}

for word in "$@"; do
	case $word in
	*:*[!0-9]* | *:) unknown "$word" "no line number after the colon" ;;
	*:*) found=$(line_addresses "${word%:*}" "${word##*:}")
		[ -n "$found" ] || unknown "$word" "no code on that line" ;;
	*) found=$(symbol "$word")
		[ -n "$found" ] || found=$(event_addresses "$word")
		[ -n "$found" ] || unknown "$word" \
			"neither a function nor an event of this kernel" ;;
	esac
	for address in $found; do
		echo "lb $address"
	done
done
