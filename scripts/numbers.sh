# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# numbers.sh - numbers as a person writes them: the rule of docs/exporter.md, for scripts.

# number TEXT: prints it in decimal.  It is decimal or 0x; a leading zero means nothing.
# Status 1: not a number, or beyond 2^53.
number() {
	digits=$1
	case $digits in
	0[xX]*)
		digits=${digits#0[xX]}
		case $digits in "" | *[!0-9a-fA-F]*) return 1 ;; esac
		while [ "${digits#0?}" != "$digits" ]; do digits=${digits#0}; done
		[ ${#digits} -le 13 ] || return 1
		digits=0x$digits ;;
	"" | *[!0-9]*) return 1 ;;
	*)
		while [ "${digits#0?}" != "$digits" ]; do digits=${digits#0}; done
		[ ${#digits} -le 15 ] || return 1 ;;
	esac
	echo $((digits))
}

# size TEXT: bytes, with K, M or G behind the number or without.
size() {
	case $1 in
	*[kK]) unit=1024 ;;
	*[mM]) unit=1048576 ;;
	*[gG]) unit=1073741824 ;;
	*) number "$1"
		return ;;
	esac
	count=$(number "${1%?}") || return 1
	[ ${#count} -le 7 ] || return 1
	echo $((count * unit))
}

# counted TEXT: a tick or the number of an event, also as we print them: 31,644.
counted() {
	case $1 in
	*,*)	# groups of three, or it is no number
		printf '%s\n' "$1" | grep -qxE '[0-9]{1,3}(,[0-9]{3})+' || return 1
		number "$(printf %s "$1" | tr -d ,)" ;;
	*) number "$1" ;;
	esac
}
