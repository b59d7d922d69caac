#!/bin/sh
# SPDX-License-Identifier: MIT
# `make watch`: our own kernel, which then traces nothing, as a guest like any other.
. tests/lib/trace.sh
ps=$B/pagescope

# watch OUT VARIABLE=VALUE...: as from `make watch`; what it says is in $tmp/said
watch() {
	out=$1
	shift
	env DISK= DISK2= ISO= FLOPPY= KERNEL= INITRD= APPEND= BOCHSRC= RAM= UNTIL= SYMBOLS= \
		CHECK= PASSES= TIMEOUT= RUNS="$tmp/runs" "$@" OUT="$out" \
		scripts/watch.sh >"$tmp/said" 2>&1
	status=$?
	capture=$out/capture.bin
}
said() { tail -n 2 "$tmp/said" | tr '\n' ' '; }
info() { "$ps" info --json "$capture" 2>/dev/null | jq -r "$1"; }
mkdir "$tmp/iso"

# ---- a whole run, held against RAM and the CPU's own walks ----
prepare "$tmp/iso" "$B/kernel/boot.elf" "scenario=spaces.scn trace=doorbell"
scripts/mkiso.sh "$tmp/iso/boot.iso" "$B/kernel/grub.img" "$B/kernel/boot.elf" \
	"scenario=spaces.scn trace=doorbell" scenarios/spaces.scn
watch "$tmp/a" ISO="$tmp/iso/boot.iso" SYMBOLS="$B/kernel.elf" CHECK=1 RAM=32M
claim "the guest is watched to its end" "status $status: $(said)" same "$status" 0
claim "the verdict is ok" "$(info .why)" same "$(info .verdict)" ok
claim "the guest ran to its end" "$(tail -n 2 "$out/console.log")" \
	grep -q 'Run finished: 0 failed' "$out/console.log"
claim "the guest traced nothing by itself" "$(info .events_by_name)" \
	same "$(info '.events_by_name | keys - ["trace_info", "table_seen", "table_run",
		"table_store", "table_late", "cr3_load", "directory_end", "paging_mode",
		"mmu_probe", "run_files", "guest_exception", "guest_tss", "guest_end",
		"blackbox"] | length')" 0
claim "stores, several directories" "$(info .watched)" \
	eval '[ "$(info .watched.stores)" -gt 100 ] && [ "$(info .watched.cr3_loads)" -gt 3 ]'
claim "no store was missed: the tables are those of RAM at each check" "$(info .watched)" \
	same "$(info .watched.missed)" 0
"$ps" check --json "$capture" >"$tmp/check" 2>/dev/null
claim "check finds nothing" "$(jq -c .first "$tmp/check")" same "$(jq .violations "$tmp/check")" 0
# shellcheck disable=SC2034 # used in what is evaluated
agreed='.mmu["any address"] | .probes == .agree and .probes > 10'
claim "each of the CPU's own walks agrees" "$(jq -c .mmu "$tmp/check")" \
	eval 'jq -e "$agreed" "$tmp/check" >/dev/null'

# translate at ten random ticks equals the CPU's own walk at that tick
"$ps" export -q --format=events "$capture" >"$tmp/events"
grep '"event":"mmu_probe"' "$tmp/events" | shuf -n 10 --random-source=README.md >"$tmp/ten"
wrong=$(while read -r line; do
	field() { echo "$line" | jq -r ".$1"; }
	want=null
	[ "$(field ok)" = 0 ] || want=$(printf '0x%08x' "$(field phys)")
	got=$("$ps" translate "$(printf '0x%x' "$(field addr)")" --at "$(field t)" --json \
		"$capture" 2>/dev/null | jq -r .physical)
	[ "$got" = "$want" ] || echo "$line: $got"
done <"$tmp/ten")
claim "translate at ten random ticks is what the CPU walks to" "$wrong" same "$wrong" ""
claim "ten walks, some of them to a page" "$(wc -l <"$tmp/ten")" \
	eval '[ "$(wc -l <"$tmp/ten")" = 10 ] && grep -q "\"ok\":1" "$tmp/ten"'

# ---- what reads it ----
"$ps" show buddyinfo "$capture" >/dev/null 2>"$tmp/err"
claim "show buddyinfo says that nothing is known of an allocator" "status $?: $(cat "$tmp/err")" \
	grep -q "only page tables" "$tmp/err"
last=$(info .t1)
"$ps" show layout --at "$last" "$capture" >"$tmp/layout" 2>/dev/null
claim "show layout finds the linear map of low memory" "$(cat "$tmp/layout")" \
	grep -q '^    0xc0000000 - 0xc2000000 .* to 0x00000000$' "$tmp/layout"
"$ps" show pagetables --at "$last" "$capture" >"$tmp/tables" 2>/dev/null
claim "show pagetables prints runs of entries" "$(cat "$tmp/tables")" \
	grep -q '^0xc0000000-.* pde$' "$tmp/tables"
claim "a tick before paging is on says so" "$("$ps" translate 0 --at 1000 "$capture" 2>&1)" \
	eval '"$ps" translate 0 --at 1000 "$capture" 2>&1 | grep -q "paging is off"'
claim "each line of the JSON fits the schema" "see tests/exporter/schema.mjs" \
	eval 'node tests/exporter/schema.mjs "$out/trace.jsonl.gz" | grep -q "^ok schema: trace"'
"$ps" export -q --format=ctf -o "$tmp/ctf" "$capture"
claim "babeltrace2 reads as many events" "$(info .events)" \
	same "$(babeltrace2 "$tmp/ctf" 2>/dev/null | wc -l)" "$(info .events)"
claim "the functions that store have names" "set_pte is none of them" \
	eval 'zcat "$out/trace.jsonl.gz" | grep "\"rec\": *\"sites\"" | grep -q "\"set_pte\""'

# ---- twice the same ----
watch "$tmp/b" ISO="$tmp/iso/boot.iso" SYMBOLS="$B/kernel.elf" CHECK=1 RAM=32M
claim "two runs, one capture" "they differ" cmp -s "$tmp/a/capture.bin" "$tmp/b/capture.bin"

# ---- a kernel without an image; a tick to stop at; a guest that never ends ----
watch "$tmp/c" KERNEL="$B/kernel/boot.elf" APPEND="shell trace=off" UNTIL=80,000,000
claim "UNTIL ends it, with a report" "$(said)" eval '[ $status = 0 ] && [ -s "$out/report.html" ]'
claim "not long after that tick" "$(info .t1)" \
	eval '[ "$(info .t1)" -ge 80000000 ] && [ "$(info .t1)" -lt 81000000 ]'
watch "$tmp/d" KERNEL="$B/kernel/boot.elf" APPEND="shell trace=off" TIMEOUT=5
claim "a guest that is stopped leaves a report" "$(said)" \
	eval '[ $status = 0 ] && [ -s "$out/report.html" ] && [ "$(info .verdict)" = ok ]'

# ---- what is refused, before anything is booted ----
refused() {
	refusal=$1
	words=$2
	shift 2
	watch "$tmp/e" "$@"
	grep -q "$words" "$tmp/said" || status="$status, other words"
	[ ! -e "$tmp/e" ] || status="$status, something made"
	claim "$refusal" "status $status: $(said)" same "$status" 2
}
iso=$tmp/iso/boot.iso
refused "no guest" "name the guest"
refused "two guests" "ISO and KERNEL contradict" ISO="$iso" KERNEL="$B/kernel/boot.elf"
refused "a file that is not there" "no such file" DISK="$tmp/none.img"
gzip -c bochsrc >"$tmp/packed.img.gz"
refused "a packed disk" "packed with gzip; unpack it" DISK="$tmp/packed.img.gz"
refused "SYMBOLS without any" "is no ELF file" ISO="$iso" SYMBOLS=bochsrc
refused "DISK2 without DISK" "DISK2=.* needs DISK" ISO="$iso" DISK2="$iso"
refused "APPEND without KERNEL" "APPEND=.* needs KERNEL" ISO="$iso" APPEND=quiet
refused "RAM beside BOCHSRC" "BOCHSRC=.* says how much" BOCHSRC=bochsrc RAM=32M
refused "RAM that is no size" "is no size" ISO="$iso" RAM=much
refused "PASSES that is none" "1 or 2 is wanted" ISO="$iso" PASSES=3
refused "UNTIL that is no tick" "is no tick" ISO="$iso" UNTIL=soon

# ---- images are never written ----
dd if=/dev/zero of="$tmp/disk.img" bs=1M count=4 2>/dev/null
before=$(sha256sum <"$tmp/disk.img")
watch "$tmp/f" DISK="$tmp/disk.img" UNTIL=5000000
claim "a disk is left as it was" "$(said)" same "$(sha256sum <"$tmp/disk.img")" "$before"
claim "its hash is in the trace" "$(said)" \
	eval '"$ps" export -q --format=events "$capture" | grep -q "disk=${before%% *}"'
[ "$fails" -eq 0 ]
