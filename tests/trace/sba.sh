#!/bin/sh
# SPDX-License-Identifier: MIT
# From an event back to the instruction: events of the tour, taken at random
# (SEED=N repeats a choice), are looked up in a machine started afresh with
# Bochs's `sba TICK`.  It must stop at the event's own rdtsc, in a function called
# from the event's call_site, with page tables as `pagescope translate` says.
. tests/lib/trace.sh
SEED=${SEED:-$(date +%j)}
EVENTS=${EVENTS:-20}

scenario "$tmp/a" scenarios/tour.scn
"$B/capture_dump" "$tmp/a/capture.bin" >"$tmp/events" || not_ok "the tour is traced" "no capture"

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
	$2 ~ /^(mm_page_|buddy_|pte_|pde_set|alloc_vmap|free_vmap|vmalloc_|vfree_|kmalloc|kfree|switch_mm|tlb_flush)/ {
		site = field("call_site")
		addr = field("addr")
		if (addr == "") addr = field("va_start")
		if (addr == "" || addr == "0") {
			pfn = field("pfn")
			addr = pfn == "" || hex(pfn) > 16000 ? "c4800000" : sprintf("%x", 3221225472 + hex(pfn) * 4096)
		}
		line[total++] = $1 " " $2 " " (site == "" ? "-" : site) " " addr
	}
	END {
		srand(seed)
		# more of the rare kinds: half of the choice among events of vmalloc and paging
		for (i = 0; i < total; i++)
			if (line[i] !~ / (mm_page_|buddy_)/) rare[few++] = i
		while (picked < n) {
			i = picked % 2 ? int(rand() * total) : rare[int(rand() * few)]
			if (!(i in seen)) { seen[i] = 1; print line[i]; picked++ }
		}
	}' "$tmp/events" | sort -n >"$tmp/picked"

# Five at a time: Bochs takes no more `sba`.
split -l 5 "$tmp/picked" "$tmp/part."
for part in "$tmp"/part.*; do
	{
		while read -r tick name site addr; do echo "sba $tick"; done <"$part"
		while read -r tick name site addr; do
			printf '%s\n' c "page 0x$addr" "print-stack 64"
		done <"$part"
		echo quit
	} >"$tmp/a/rc"
	rm -f "$tmp/a/capture.bin.again"
	CAPTURE=$tmp/a/again.bin run "$tmp/a"
	cat "$tmp/a/out"
done >"$tmp/debugger"

# Where the debugger stopped at tick $1, and all it printed until the next stop.
stop_at() { awk -v t="$1" '/^Next at t=/ { on = $0 == "Next at t=" t } on' "$tmp/debugger"; }
entry() { sed -n "s/^ *$1: *0x0*\([0-9a-f]*\) .*/\1/p" | head -n 1; }
# Without the accessed and dirty bits, which are the CPU's own.
plain() { printf '%x' $((0x${1:-0} & ~0x60)); }

while read -r tick name site addr; do
	what="$name at $tick"
	stop_at "$tick" >"$tmp/stop"
	sed -n 2p "$tmp/stop" | grep -q ' rdtsc ' || {
		not_ok "$what: sba stops at the event's rdtsc" "$(head -n 2 "$tmp/stop" | tail -n 1)"
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
	theirs="$(plain "$(entry PDE <"$tmp/stop")") $(plain "$(entry PTE <"$tmp/stop")") ${phys:+$(printf %x "0x$phys")}"
	claim "$what: stops there, 0x$addr is $theirs" "translate says $ours (SEED=$SEED)" same "$ours" "$theirs"
done <"$tmp/picked"
[ "$fails" -eq 0 ]
