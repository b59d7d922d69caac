#!/bin/sh
# SPDX-License-Identifier: MIT
# corpus.sh [seed|keep DIR] - the fuzzer's corpus, corpus.tar.xz.
#
# Without arguments, a test: each of its captures goes once through all that the
# fuzzer does with one (fuzz.c), with the sanitizers on.
#   seed DIR   puts it there, and the planted faults as small captures
#   keep DIR   makes it anew of the files there, which `make fuzz-keep` chose
cd "$(dirname "$0")" || exit 1
B=${B:-../../build}
case $B in build*) B=../../$B ;; esac

# Each planted fault as a capture of small packets.
plant() {
	awk -v dir="$1" '
		/^#/ { next }
		/^== / { n++; next }
		n { print > sprintf("%s/planted%03d.txt", dir, n) }' planted.txt
	for script in "$1"/planted*.txt; do
		machine=machine.txt
		grep -q '^two-zones' "$script" && machine=machine2.txt
		{ echo 'size 1024'; cat $machine; grep -v '^two-zones' "$script" |
			sed -e '/^@vmalloc/{r vmalloc.txt
d}' -e '/^@vfree/{r vfree.txt
d}'; } | "$B/mkcapture" >"${script%.txt}" && rm "$script"
	done
}

case $1 in
keep)
	tar -C "$2" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - . |
		xz -9e >corpus.tar.xz
	exit ;;
seed)
	mkdir -p "$2" && plant "$2" || exit 1 ;;
esac
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/in"
xz -dc corpus.tar.xz | tar -C "$tmp/in" -xf - || exit 1
if [ "$1" = seed ]; then
	find "$tmp/in" -type f -exec "$B/fuzz_once" --into "$2" {} +
	exit
fi
n=$(find "$tmp/in" -type f | wc -l)
plant "$tmp/in"
find "$tmp/in" -type f | sort >"$tmp/list"
if [ "$n" -gt 100 ] && xargs "$B/fuzz_once" <"$tmp/list" >"$tmp/out" 2>"$tmp/err"; then
	echo "ok corpus: $(wc -l <"$tmp/list") captures pass through every command"
else
	echo "not ok corpus: $n captures; $(grep -m 1 -E 'ERROR|runtime error' "$tmp/err")" \
		"$(tail -n 1 "$tmp/err")"
fi
