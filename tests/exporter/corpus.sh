#!/bin/sh
# corpus.sh DIR - the seeds of the fuzzer: each planted fault as a small capture.
cd "$(dirname "$0")" || exit 1
MK=${B:-../../build}/mkcapture
dir=$1
mkdir -p "$dir" || exit 1
awk -v dir="$dir" '/^#/ { next } /^== / { n++; next } n { print > sprintf("%s/planted%03d.txt", dir, n) }' planted.txt
for script in "$dir"/planted*.txt; do
	machine=machine.txt
	grep -q '^two-zones' "$script" && machine=machine2.txt
	{ echo 'size 1024'; cat $machine; grep -v '^two-zones' "$script" |
		sed -e '/^@vmalloc/{r vmalloc.txt
d}' -e '/^@vfree/{r vfree.txt
d}'; } | "$MK" >"${script%.txt}" && rm "$script"
done
