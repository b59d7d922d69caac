#!/bin/sh
# SPDX-License-Identifier: MIT
# symbols.sh - function, file and line of call sites all over the kernel are
# those of addr2line -i; another kernel's build id is refused.
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
elf=$B/kernel.elf

ok() { echo "ok symbols: $1"; }
bad() { echo "not ok symbols: $1: $2"; }

id=$(readelf -n "$elf" | awk '/Build ID/ { print $3 }')
# the address after each 20th call instruction is a call site
objdump -d "$elf" |
	awk '/^[0-9a-f]+:|^c[0-9a-f]+:/ {
		split($1, a, ":")
		if (was && n++ % 20 == 0)
			print "0x" a[1]
		was = 0
	}
	$0 ~ /\tcall / { was = 1 }' >"$tmp/sites"
first_site=$(head -n 1 "$tmp/sites")
[ "$(wc -l <"$tmp/sites")" -gt 40 ] || bad "call sites" "only $(wc -l <"$tmp/sites")"

capture() {
	sed "s/build_id=\"\"/build_id=\"$1\"/" tests/exporter/machine.txt
	sed 's/.*/mm_page_alloc pfn=0xffffffff order=9 gfp_flags=0x1f0 call_site=&/' "$tmp/sites"
}
capture "$id" | "$B/mkcapture" >"$tmp/c"
"$B/pagescope" export -q --symbols "$elf" "$tmp/c" | jq -r 'select(.rec == "sites") | . as $s |
	range($s.addr | length) | "\($s.addr[.]) \($s.func[.]) \($s.file[.]):\($s.line[.])"' |
	sort -u >"$tmp/ours"
while read -r site; do
	addr=$((site))
	addr2line -f -i -e "$elf" "$(printf '0x%x' $((addr - 1)))" | head -n 2 | tr '\n' ' ' |
		sed -e "s|^|$addr |" -e 's| (discriminator.*||' -e "s|$PWD/||" -e 's| *$||' \
		-e 's| \./| |'
	echo
done <"$tmp/sites" | sort -u >"$tmp/theirs"
# assembly has no lines, and the two may name another label there
grep -v ":[?0]*$" "$tmp/theirs" >"$tmp/known"
mv "$tmp/known" "$tmp/theirs"
grep -v ":0$" "$tmp/ours" >"$tmp/known"
mv "$tmp/known" "$tmp/ours"
[ "$(wc -l <"$tmp/theirs")" -gt 30 ] || bad "call sites with lines" "only $(wc -l <"$tmp/theirs")"
if cmp -s "$tmp/ours" "$tmp/theirs"; then ok \
	"$(wc -l <"$tmp/ours") call sites as addr2line names them"
else bad "call sites as addr2line names them" \
	"$(diff "$tmp/ours" "$tmp/theirs" | head -n 4 | tr '\n' ' ')"; fi

# the table: what nm lists of code and data, type letters in capitals for globals, and
# labels of no type if global
"$B/pagescope" export -q --symbols "$elf" "$tmp/c" >"$tmp/json"
jq -r 'select(.rec == "symbols") | . as $s | range($s.addr | length) |
	"\($s.addr[.]) \($s.size[.]) \($s.name[.])"' "$tmp/json" >"$tmp/ours"
readelf -sW "$elf" |
	awk '$7 ~ /^[0-9]+$/ && $8 != "" &&
		($4 == "FUNC" || $4 == "OBJECT" || $4 == "NOTYPE" && $5 == "GLOBAL") {
			print $2, $3, $8
		}' |
	while read -r addr size name; do echo "$((0x$addr)) $((size)) $name"; done |
	awk '$1 >= 3221225472 && $1 < 3221225472 + 4194304' >"$tmp/theirs"
if [ "$(sort "$tmp/ours")" = "$(sort "$tmp/theirs")" ] &&
	[ "$(wc -l <"$tmp/ours")" -gt 400 ]; then ok \
	"the $(wc -l <"$tmp/ours") functions, objects and labels are those readelf lists"
else bad "the table of symbols" \
	"$(sort "$tmp/ours" | diff - "$tmp/theirs" | head -n 4 | tr '\n' ' ')"; fi
if sort -c -n "$tmp/ours" 2>"$tmp/err"; then ok "by address"
else bad "by address" "$(cat "$tmp/err")"; fi

capture 00112233445566778899aabbccddeeff00112233 | "$B/mkcapture" >"$tmp/c"
"$B/pagescope" export --symbols "$elf" "$tmp/c" 2>"$tmp/err" |
	jq -r 'select(.rec == "sites") | .func[]' | sort -u >"$tmp/ours"
if [ "$(cat "$tmp/ours")" = "" ] &&
	[ "$("$B/pagescope" export -q --symbols "$elf" "$tmp/c" 2>&1 | grep -c '"rec":"symbols"')" \
	= 0 ] && grep -q "$id" "$tmp/err" && grep -q 00112233445566778899 "$tmp/err"; then
	ok "another build id leaves addresses raw, naming both"
else
	bad "another build id" "$(head -n 2 "$tmp/ours") $(cat "$tmp/err")"
fi

# ---- modules: two objects at one address, one after the other, in Bochs ----
# "f" fails to load and "v" takes its place; both call vmalloc from there.
. tests/lib/boot.sh
ok() { echo "ok symbols: $1"; }
same() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "'$2', not '$3'"; fi; }
printf '%s\n' 'f = insmod "fault.ko" try' 'v = insmod "vmtest.ko"' 'rmmod v' >"$tmp/modules.scn"
run "$tmp/out" SCENARIO="$tmp/modules.scn" || bad "modules: the run" "$(said)"
c=$tmp/out/capture.bin
module_sites() {	# OPTIONS...: tick, address, function, place of the sites in modules
	"$B/pagescope" export --format=events --symbols "$elf" "$@" "$c" 2>"$tmp/err" |
		jq -r 'select(.call_site >= 3221225472 + 33554432) |
			"\(.t) \(.call_site) \(.func) \(.at)"'
}
module_sites >"$tmp/sites"
freed=$("$B/pagescope" export -q --format=events -e module_free "$c" |
	jq -r 'select(.name == "f") | .t')
# 96 bytes of header, "f" or "v" with its NUL, the note of 36 bytes, then .text, aligned to 16
while read -r t addr func at; do
	object=vmtest
	[ "$t" -gt "$freed" ] || object=fault
	theirs=$(addr2line -f -i -j .text -e "$B/kernel/modules/$object.ko" \
		"$(printf '0x%x' $((addr - 1 - 0xc2800090)))" | head -n 2 | tr '\n' ' ' |
		sed -e 's| (discriminator.*||' -e "s|$PWD/||" -e 's| *$||' -e 's| \./| |')
	[ "$theirs" = "$func $at" ] || echo "$addr of $object: $func $at, not $theirs"
done <"$tmp/sites" >"$tmp/wrong"
n=$(cut -d' ' -f2- "$tmp/sites" | sort -u | wc -l)
if [ "$n" -ge 8 ] &&
	[ ! -s "$tmp/wrong" ]; then ok \
	"modules: $n call sites as addr2line names them in their objects"
else bad "modules: call sites" "$n; $(head -n 2 "$tmp/wrong")"; fi
same "modules: their sites are in the table, with what was inlined" \
	"$("$B/pagescope" export -q --symbols "$elf" "$c" |
	jq -r 'select(.rec == "sites") | . as $s |
		range($s.addr | length) | select($s.file[.] | test("modules/")) |
		"\($s.addr[.]) \($s.func[.]) \($s.file[.]):\($s.line[.])"' | sort -u | cksum)" \
	"$(cut -d' ' -f2- "$tmp/sites" | sort -u | cksum)"
"$B/pagescope" export -q --symbols "$elf" "$c" | grep -q '"inlined":\[.*"cleanup_module"' ||
	bad "modules: inlined frames" "give_back is not shown to be inlined into cleanup_module"

# Two modules of one text but for a name call vmalloc from the same address, whatever the
# compiler: one is unloaded, the other takes its place.
mkdir "$tmp/twins"
for name in one two; do
	cat >"$tmp/twins/$name.c" <<-END
		#include "modules/modules.h"
		static vaddr_t area;
		__attribute__((noinline)) static void ask_$name(void)
		{
			area = vmalloc(PAGE_SIZE);
		}
		int init_module(void) { ask_$name(); return area ? 0 : -12; }
		void cleanup_module(void) { vfree(area); }
	END
	i686-linux-gnu-gcc -std=gnu11 -O2 -g -march=i686 -ffreestanding -fno-pic \
		-fno-stack-protector -mgeneral-regs-only -Iinclude -Ikernel -Ikernel/i386 \
		-c "$tmp/twins/$name.c" -o "$tmp/twins/$name.o"
	i686-linux-gnu-ld -r --build-id=sha1 -o "$tmp/twins/$name.ko" "$tmp/twins/$name.o"
done
printf '%s\n' 'a = insmod "twins/one.ko"' 'rmmod a' 'b = insmod "twins/two.ko"' 'rmmod b' \
	>"$tmp/twins.scn"
vmtest_run=$c
run "$tmp/twin" SCENARIO="$tmp/twins.scn" || bad "modules: the run of two alike" "$(said)"
c=$tmp/twin/capture.bin
same "modules: one address in two modules has two names" \
	"$(module_sites --modules "$tmp/twins" | grep ' ask_' | cut -d' ' -f2-3 | sort -u |
		awk '{ at[$1] = at[$1] " " $2 } END { for (a in at) print at[a] }')" \
	" ask_one ask_two"
c=$vmtest_run

# another build of vmtest, and an object without a build id
mkdir "$tmp/other"
i686-linux-gnu-objcopy -O binary --only-section=.note.gnu.build-id --set-section-flags \
	.note.gnu.build-id=alloc "$B/kernel/modules/vmtest.ko" "$tmp/note"
{ head -c 16 "$tmp/note"; printf '01234567890123456789'; } >"$tmp/note2"
i686-linux-gnu-objcopy --update-section .note.gnu.build-id="$tmp/note2" \
	"$B/kernel/modules/vmtest.ko" "$tmp/other/v.ko"
cp "$B/kernel/modules/fault.c.o" "$tmp/other/f.o"
module_sites --modules "$tmp/other" >"$tmp/raw"
want=$(readelf -n "$B/kernel/modules/vmtest.ko" | awk '/Build ID/ { print $3 }')
if [ -s "$tmp/raw" ] && ! grep -v ' null null$' "$tmp/raw" &&
	grep -q "module v at 0xc2800000 is build id $want.*v.ko is 3031323334" "$tmp/err"; then
	ok "modules: another build leaves addresses raw, naming both"
else
	bad "modules: another build" "$(head -n 1 "$tmp/raw") $(cat "$tmp/err")"
fi
"$B/pagescope" show leaks -q --symbols "$elf" --modules "$B/modules" \
	--at-event "$("$B/pagescope" export -q \
	--format=events -e vmalloc_exit "$c" | tail -n 1 | jq .i)" "$c" >"$tmp/leaks"
if grep -q 'made by [a-z_]*$' "$tmp/leaks"; then ok \
	"modules: an object without debug information gives functions"
else bad "modules: without debug information" "$(tail -n 1 "$tmp/leaks")"; fi

# ---- the simulator: call sites are addresses of the host, a 64-bit ELF ----
(cd "$B/modules" && ../mmsim --scenario "$tmp/modules.scn" -o "$tmp/sim.bin") >/dev/null 2>&1
"$B/pagescope" export --format=events -e vmalloc_enter --symbols "$B/mmsim" "$tmp/sim.bin" \
	2>"$tmp/err" |
	jq -r '"\(.call_site) \(.func) \(.at)"' | sort -u >"$tmp/ours"
while read -r addr func at; do
	[ "$(addr2line -f -i -e "$B/mmsim" "$(printf '0x%x' $((addr - 1)))" | head -n 2 |
		tr '\n' ' ' |
		sed -e 's| (discriminator.*||' -e "s|$PWD/||" -e 's| *$||' -e 's| \./| |')" \
		= "$func $at" ] || echo "$addr"
done <"$tmp/ours" >"$tmp/wrong"
if grep -q kernel/modules/vmtest.c "$tmp/ours" && [ ! -s "$tmp/wrong" ] && [ ! -s "$tmp/err" ]; then
	ok "the simulator's call sites are named from build/mmsim"
else
	bad "the simulator's call sites" "$(cat "$tmp/wrong" "$tmp/err" | head -n 2)"
fi
"$B/pagescope" show leaks --symbols "$elf" "$tmp/sim.bin" >"$tmp/leaks" 2>"$tmp/err"
if grep -q 'addresses stay raw' "$tmp/err"; then ok \
	"a simulator's trace refuses the kernel's symbols"
else bad "a simulator's trace with the kernel's symbols" "$(cat "$tmp/err")"; fi

# ---- an ELF beside the capture, found by its build id ----
mkdir "$tmp/beside"
at=$tmp/beside/c
site=$first_site
name=$(addr2line -f -e "$elf" "$(printf '0x%x' $((site - 1)))" | head -n 1)
{
	sed "s/build_id=\"\"/build_id=\"$id\"/" tests/exporter/machine.txt
	echo "mm_page_alloc pfn=1 order=0 zone=0 gfp_flags=0x1f0 call_site=$site"
	echo "mm_page_alloc pfn=1 order=0 zone=0 gfp_flags=0x1f0 call_site=$site"
	echo "alloc_vmap_area addr=0xc0c00000 size=0x2000 align=4096 flags=2 call_site=$site"
} >"$tmp/script"
"$B/mkcapture" <"$tmp/script" >"$at"
# named COMMAND WORDS...: what it prints has the function's name
named() { "$B/pagescope" "$@" "$at" 2>&1 | grep -qw "$name"; }
for form in check "show vmallocinfo" "translate 0xc0c00000" "export -f events" "export"; do
	# shellcheck disable=SC2086 # a command and its words
	if named $form; then bad "$form without an ELF beside the capture" "$name is named"
	else ok "$form: without an ELF addresses stay raw"; fi
	# shellcheck disable=SC2086
	if named $form --symbols "$elf"; then ok "$form takes --symbols"
	else bad "$form --symbols" "$("$B/pagescope" $form -q --symbols "$elf" "$at" |
		tail -n 3 | cut -c 1-300)"; fi
done
cp "$elf" "$tmp/beside/whatever-it-is-called"
cp "$B/mmsim" "$tmp/beside/another"
for form in check "show vmallocinfo" "translate 0xc0c00000" "export -f events" "export"; do
	# shellcheck disable=SC2086
	if named $form; then ok "$form finds the ELF beside the capture"
	else bad "$form: the ELF beside the capture" "$("$B/pagescope" $form -q "$at" |
		tail -n 3 | cut -c 1-300)"; fi
done
{ cat "$tmp/script"; echo "mm_page_alloc pfn=2 order=0 zone=0 gfp_flags=0x1f0 call_site=$site"; } |
	"$B/mkcapture" >"$tmp/beside/d"
if "$B/pagescope" diff "$tmp/beside/d" "$at" 2>&1 | grep -q "$name"; then
	ok "diff finds the ELF beside the captures"
else bad "diff: the ELF beside" "$("$B/pagescope" diff "$tmp/beside/d" "$at" | tail -n 5)"; fi
if "$B/pagescope" export -q -o "$tmp/beside/another" "$at" 2>"$tmp/err"; then
	ok "a file beside the capture that is not read may be replaced"
else bad "a file beside the capture that is not read" "$(cat "$tmp/err")"; fi
"$B/pagescope" export -q -o "$tmp/beside/whatever-it-is-called" "$at" 2>"$tmp/err"
same "the ELF that is read is not replaced" "$? $(cksum <"$elf")" \
	"2 $(cksum <"$tmp/beside/whatever-it-is-called")"
