#!/bin/sh
# SPDX-License-Identifier: MIT
# From an event back to the instruction, and to memory: the tour's events, taken at
# random (SEED=N repeats a choice), are looked up in a machine started afresh with
# Bochs's `sba TICK`, all in one boot.
#
# Of some, it must stop at the event's own rdtsc, in a function called from the
# event's call_site, with page tables as `pagescope translate` says.  Of others, all of
# kinds that change memory, memory.mjs looks into what the machine has at their tick
# and at the tick of the event before.
. tests/lib/trace.sh
SEED=${SEED:-$(date +%j)}
EVENTS=${EVENTS:-20}
echo "SEED=$SEED"

# 8 MiB: an image of all memory is made at each of the stops.
scenario "$tmp/a" scenarios/tour.scn mem=8M
"$B/capture_dump" "$tmp/a/capture.bin" | sort -s -n -k1,1 |
	awk '$2 !~ /^(mmu_|audit_|run_files|blackbox)/' >"$tmp/events"
nothing_to_look_up() {
	not_ok "$1" "$2; the console ends with: $(tail -n 1 "$tmp/a/console.log" | tr -d '\r')"
	exit 1
}
[ -s "$tmp/events" ] || nothing_to_look_up "the tour is traced" "no capture"

# tick name call_site address, in order of time.  Which address to ask for: the
# event's own, or the linear map's of its frame.
awk -v seed="$SEED" -v n="$EVENTS" '
	function hex(s,  i, x) {
		for (i = 1; i <= length(s); i++)
			x = 16 * x + index("0123456789abcdef", substr(s, i, 1)) - 1
		return x
	}
	function field(name,  i) {
		for (i = 3; i <= NF; i++)
			if (index($i, name "=") == 1)
				return substr($i, length(name) + 2)
		return ""
	}
	$2 ~ /^(mm_page_|buddy_|pte_|pde_set|alloc_vmap|free_vmap|vmalloc_|vfree_)/ ||
	$2 ~ /^(kmalloc|kfree|switch_mm|tlb_flush)/ {
		site = field("call_site")
		addr = field("addr")
		if (addr == "") addr = field("va_start")
		if (addr == "" || addr == "0") {
			pfn = field("pfn")
			addr = "c1000000"
			if (pfn != "" && hex(pfn) <= 2000)
				addr = sprintf("%x", 3221225472 + hex(pfn) * 4096)
		}
		line[total++] = $1 " " $2 " " (site == "" ? "-" : site) " " addr
	}
	END {
		if (total < n) exit
		srand(seed)
		# more of the rare kinds: half of the choice among events of vmalloc and paging
		for (i = 0; i < total; i++)
			if (line[i] !~ / (mm_page_|buddy_)/) rare[few++] = i
		while (picked < n) {
			i = int(rand() * total)
			if (picked % 2 == 0 && picked < few) i = rare[int(rand() * few)]
			if (!(i in seen)) { seen[i] = 1; print line[i]; picked++ }
		}
	}' "$tmp/events" | sort -n >"$tmp/picked"
[ -s "$tmp/picked" ] ||
	nothing_to_look_up "the tour has $EVENTS events to look up" "fewer are in its trace"

# tick-before tick name fields: as many of each kind.
awk -v seed="$SEED" -v n="$EVENTS" '
	function pick(kind, left,  i) {
		while (left > 0 && total[kind] > 0) {
			i = int(rand() * total[kind])
			print line[kind, i]
			line[kind, i] = line[kind, --total[kind]]
			left--
		}
	}
	function note() { line[$2, total[$2]++] = before " " $0 }
	$2 == "buddy_split" || $2 == "buddy_merge" { note() }
	$2 == "pte_set" && / addr=[c-f]/ { note() }		# in the tables all share
	$2 == "alloc_vmap_area" && / failed=0/ { note() }
	{ before = $1 }
	END {
		srand(seed)
		pick("buddy_split", n / 4)
		pick("buddy_merge", n / 4)
		pick("pte_set", n / 4)
		pick("alloc_vmap_area", n / 4)
	}' "$tmp/events" >"$tmp/changes"
for kind in buddy_split buddy_merge pte_set alloc_vmap_area; do
	[ "$(grep -c "^[0-9]* [0-9]* $kind " "$tmp/changes")" -eq $((EVENTS / 4)) ] ||
		nothing_to_look_up "the tour has $((EVENTS / 4)) of $kind" "fewer are in its trace"
done

{
	while read -r tick name site addr; do
		echo "$tick page 0x$addr"
		echo "$tick print-stack 64"
	done <"$tmp/picked"
	while read -r before tick _; do
		for t in $before $tick; do
			echo "$t writemem \"$tmp/images/$t.bin\" 0xc0000000 0x800000"
		done
	done <"$tmp/changes"
} | sort -s -n -k1,1 | awk '
	$1 != tick { tick = $1; print "sba " tick; print "c" }
	{ sub(/^[0-9]+ /, ""); print }
	END { print "quit" }' >"$tmp/a/rc"
mkdir "$tmp/images"
CAPTURE=$tmp/a/again.bin run "$tmp/a"
cp "$tmp/a/out" "$tmp/debugger"

# Where the debugger stopped at tick $1, and all it printed until the next stop.
stop_at() { awk -v t="$1" '/^Next at t=/ { on = $0 == "Next at t=" t } on' "$tmp/debugger"; }
entry() { sed -n "s/^ *$1: *0x0*\([0-9a-f]*\) .*/\1/p" | head -n 1; }
# Without the accessed and dirty bits, which are the CPU's own.
plain() { printf '%x' $((0x${1:-0} & ~0x60)); }

while read -r tick name site addr; do
	what="$name at $tick"
	stop_at "$tick" >"$tmp/stop"
	sed -n 2p "$tmp/stop" | grep -q ' rdtsc ' || {
		not_ok "$what: sba stops at the event's rdtsc" \
			"$(head -n 2 "$tmp/stop" | tail -n 1)"
		continue
	}
	if [ "$site" != - ] && ! grep -q "\[0x0*$site\]" "$tmp/stop"; then
		not_ok "$what: called from $site" "not on the stack"
		continue
	fi
	"$B/pagescope" translate "0x$addr" --at "$tick" "$tmp/a/capture.bin" >"$tmp/walk" 2>&1
	pde=$(sed -n 's/^directory .*PDE 0x\([0-9a-f]*\).*/\1/p' "$tmp/walk")
	pte=$(sed -n 's/^table .*PTE 0x\([0-9a-f]*\).*/\1/p' "$tmp/walk")
	phys=$(sed -n 's/^physical *0x\([0-9a-f]*\).*/\1/p' "$tmp/walk")
	ours="$(plain "$pde") $(plain "$pte") ${phys:+$(printf %x "0x$phys")}"
	phys=$(sed -n 's/^linear page .* maps to physical page 0x\([0-9a-f]*\).*/\1/p' "$tmp/stop")
	pde=$(entry PDE <"$tmp/stop") pte=$(entry PTE <"$tmp/stop")
	theirs="$(plain "$pde") $(plain "$pte") ${phys:+$(printf %x "0x$phys")}"
	claim "$what: stops there, 0x$addr is $theirs" "translate says $ours (SEED=$SEED)" \
		same "$ours" "$theirs"
done <"$tmp/picked"

# What memory.mjs must know of the kernel's structures.
cat >"$tmp/layout.c" <<'END'
#include "mm/mm_priv.h"
extern const u32 layout[];
const u32 layout[] __attribute__((section(".layout"))) = {
	sizeof(zone_t), offsetof(zone_t, zone_start_pfn), offsetof(zone_t, free_area),
	sizeof(free_area_t), offsetof(free_area_t, map), sizeof(struct page),
	offsetof(struct vm_struct, addr), offsetof(struct vm_struct, size),
	offsetof(struct vm_struct, next),
};
END
i686-linux-gnu-gcc -std=gnu11 -march=i686 -ffreestanding -fno-pic -Iinclude -Ikernel -Ikernel/i386 \
	-c "$tmp/layout.c" -o "$tmp/layout.o" &&
	i686-linux-gnu-objcopy -O binary -j .layout "$tmp/layout.o" "$tmp/layout"
claim "the kernel's structures have a layout" "layout.c does not compile" [ -s "$tmp/layout" ]
i686-linux-gnu-nm "$B/kernel.elf" |
	awk '$3 ~ /^(zones|mem_map|vmlist|init_mm)$/ { print $1, $3 }' >"$tmp/symbols"
node tests/trace/memory.mjs "$tmp/layout" "$tmp/symbols" "$tmp/changes" "$tmp/images" >"$tmp/said" \
	2>&1
# shellcheck disable=SC2034 # used by the eval
status=$?
cat "$tmp/said"
claim "memory is looked into at $(grep -c '^ok' "$tmp/said") events" \
	"$(tail -n 3 "$tmp/said" | tr '\n' ' ')" \
	eval '[ $status -eq 0 ] && [ -s "$tmp/changes" ] &&
		[ "$(grep -c "^ok" "$tmp/said")" -eq "$(wc -l <"$tmp/changes")" ]'
[ "$fails" -eq 0 ]
