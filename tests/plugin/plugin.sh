#!/bin/sh
# SPDX-License-Identifier: MIT
# The plugin under Bochs, with the drop-in kernel: packets, probes, audits, the
# black box, bad files, unknown Bochs.  Each claim is one boot of 1.5 s or less.
# PARTS="files aside" runs those parts alone.
. tests/lib/trace.sh
PARTS=${PARTS:-well blackbox files aside hostile e9}
part() { case " $PARTS " in *" $1 "*) ;; *) false ;; esac; }

events() { "$B/capture_dump" "$1" | awk '{ print $2 }' | sort | uniq -c |
	awk '{ printf "%s=%s ", $2, $1 }'; }

# All the kernel wrote before it ended: 1,000 pages mapped and unmapped.
all_there() {
	intact "$1" &&
		same "$(count "$1" pte_set) $(count "$1" pte_clear) $(count "$1" tlb_flush)" \
		"1000 1000 1000"
}
ended() { "$B/capture_dump" "$1" | awk '$2 == "blackbox" { print $3 }' | tr '\n' ' '; }

# ---- a run that ends well ----
if part well; then
prepare "$tmp/a" "$B/dropin.elf" "pages=1000 end=off"
run "$tmp/a"
capture=$tmp/a/capture.bin
claim "doorbell: whole packets, every event" "$(events "$capture")" all_there "$capture"
claim "the drop-in kernel's trace passes check" \
	"$("$B/pagescope" check "$capture" 2>&1 | tail -n 3)" \
	eval '"$B/pagescope" check "$capture" >/dev/null 2>&1'
claim "every probe answered" "$(count "$capture" mmu_probe) of 2000" \
	same "$(count "$capture" mmu_probe)" 2000
claim "the black box says how it ended" "$(ended "$capture")" same "$(ended "$capture")" "reason=3 "
claim "three hashes in run_files" "$(count "$capture" run_files)" \
	same "$(count "$capture" run_files)" 3
wrong=$("$B/capture_dump" "$capture" | sort -s -n -k1,1 | awk '
	$2 == "pte_set" {
		sub("addr=", "", $3); sub("pte=", "", $5)
		want = $3; frame = substr($5, 1, length($5) - 3) "000"
	}
	$2 == "pte_clear" { sub("addr=", "", $3); want = $3; frame = "0" }
	$2 == "mmu_probe" { if ($3 != "addr=" want || $4 != "phys=" frame) n++ }
	END { print n + 0 }')
claim "between its event and the next, each probe agrees" "$wrong do not" same "$wrong" 0
wrong=$("$B/capture_dump" "$capture" | sort -s -n -k1,1 | awk '
	function hex(s) { sub(".*=", "", s); return s }
	$2 == "pte_set" { entry[hex($3)] = hex($5) }
	$2 == "pte_clear" { entry[hex($3)] = 0 }
	$2 == "pde_set" { entry[hex($3) "/2"] = hex($5) }
	$2 == "mmu_audit" {
		n++
		addr = hex($4)
		if ($7 == "level=2") addr = addr "/2"
		if (entry[addr] != hex($6)) bad++
	}
	END { print (n > 0 ? bad + 0 : "no audit") }')
claim "each difference an audit finds is explained by an event before it" "$wrong" same "$wrong" 0

prepare "$tmp/b" "$B/dropin.elf" "pages=1000 end=off"
run "$tmp/b"
claim "two runs, one capture" "they differ" cmp -s "$capture" "$tmp/b/capture.bin"

prepare "$tmp/late" "$B/dropin.elf" "pages=1000 end=off tsc=late"
run "$tmp/late"
capture=$tmp/late/capture.bin
claim "the clock's high half changes: every event" "$(events "$capture")" all_there "$capture"
eras=$("$B/capture_dump" "$capture" |
	awk '{ n[int($1 / 4294967296)]++ } END { print (n[6] > 0) + (n[7] > 0) }')
order=$("$B/capture_dump" "$capture" | grep -v ' \(mmu\|audit\|run_f\|blackbox\)' |
	sort -c -n -k1,1 2>&1)
claim "the clock's high half changes: in order, before it and after" "$eras eras; $order" \
	eval '[ "$eras" = 2 ] && [ -z "$order" ] && "$B/pagescope" check "$capture" >/dev/null 2>&1'
fi

# ---- the black box ----
[ -f "$tmp/a/capture.bin" ] || { prepare "$tmp/a" "$B/dropin.elf" "pages=1000 end=off" &&
	run "$tmp/a"; }
prepare "$tmp/b" "$B/dropin.elf" "pages=1000 end=off"
if part blackbox; then
prepare "$tmp/triple" "$B/dropin.elf" "pages=1000 end=triple"
run "$tmp/triple"
claim "triple fault: no event lost" "$(events "$tmp/triple/capture.bin")" \
	all_there "$tmp/triple/capture.bin"

printf '%s\n' c c >"$tmp/triple/rc"	# the debugger stops at each reset
run "$tmp/triple" "cpu: model=p4_willamette, ips=1000000, reset_on_triple_fault=1"
claim "triple fault and restart: each session ends with its black box" \
	"$(ended "$tmp/triple/capture.bin")" \
	same "$(ended "$tmp/triple/capture.bin")" "reason=2 reason=2 "
claim "triple fault and restart: no event of either is lost" "$(events "$tmp/triple/capture.bin")" \
	same "$(count "$tmp/triple/capture.bin" tlb_flush)" 2000

for end in keyboard 92; do
	prepare "$tmp/soft" "$B/dropin.elf" "pages=1000 end=$end"
	run "$tmp/soft"
	capture=$tmp/soft/capture.bin
	claim "reset of the CPU alone ($end): each session ends with its black box" \
		"$(ended "$capture")" \
		same "$(ended "$capture")" "reason=2 reason=3 "
	claim "reset of the CPU alone ($end): no event of either is lost" "$(events "$capture")" \
		same "$(count "$capture" tlb_flush)" 2000
done

prepare "$tmp/loop" "$B/dropin.elf" "pages=1000 end=loop"
looping() { [ "$(stat -c %s "$tmp/loop/capture.bin" 2>/dev/null || echo 0)" -gt 70000 ] &&
	sleep 0.3; }
for signal in TERM INT KILL; do
	rm -f "$tmp/loop/capture.bin"
	start "$tmp/loop"
	until_true looping
	stop $signal
	capture=$tmp/loop/capture.bin
	case $signal in
	TERM) want="reason=4 143" ;;
	INT) want="reason=3 $status" ;;
	KILL)
		claim "SIGKILL: all packets handed over are whole" "$(cat "$tmp/dump.err")" \
			intact "$capture"
		claim "SIGKILL: no more than a packet is lost" "$(events "$capture")" \
			[ "$(count "$capture" tlb_flush)" -gt 900 ]
		"$B/pagescope" export -q --format=events -e tlb_flush "$capture" >"$tmp/kill.txt" \
			2>"$tmp/kill.err"
		opened=$?
		claim "SIGKILL: the rest opens" \
			"$opened, $(wc -l <"$tmp/kill.txt") flushes; $(cat "$tmp/kill.err")" \
			same "$opened $(wc -l <"$tmp/kill.txt")" "0 $(count "$capture" tlb_flush)"
		continue ;;
	esac
	claim "SIG$signal in an endless loop: no event lost" "$(events "$capture")" \
		all_there "$capture"
	claim "SIG$signal: the trace says so" "$(ended "$capture") status $status" \
		same "$(ended "$capture")$status" "$want"
done

stop_at=$(($("$B/capture_dump" "$tmp/a/capture.bin" |
	awk '$2 == "pte_set" && ++n == 500 { print $1 }') + 20))
printf '%s\n' "sba $stop_at" c 'info device "pagescope"' quit >"$tmp/b/rc"
run "$tmp/b"
capture=$tmp/b/capture.bin
last=$("$B/capture_dump" "$capture" |
	awk '$2 ~ /^(pte|tlb)/ { t = $1 } END { print '$stop_at' - t }')
claim "quit in the debugger: events up to the last instruction" "the last is $last ticks before" \
	same "$last" 20
claim "info device shows the counters" "$(grep -A2 pagescope "$tmp/b/out")" \
	grep -q '^packets taken  *[1-9]' "$tmp/b/out"
fi

# ---- files ----
if part files; then
CAPTURE=/dev/full run "$tmp/a"
claim "a full disk ends with status 74" "status $status" same "$status" 74
claim "and is reported once" "$(grep -c '^pagescope:' "$tmp/a/err") lines" \
	same "$(grep -c '^pagescope: /dev/full: .*No space left' "$tmp/a/err")" 1
CAPTURE=$tmp/none/capture.bin run "$tmp/a"
claim "a file that cannot be created: status 74, one message" \
	"status $status: $(cat "$tmp/a/err")" \
	same "$status $(grep -c '^pagescope:.*cannot be created: No such file' "$tmp/a/err")" "74 1"
fi

# ---- stepping aside ----
# shellcheck disable=SC2034 # used by an eval
magic=$(printf '\301\037\374\301')
if part aside; then
CAPTURE='' run "$tmp/a"
claim "no capture named: the plugin steps aside, the kernel uses port 0xE9" "$(cat "$tmp/a/err")" \
	eval 'grep -q "^pagescope: plugin not used" "$tmp/a/err" &&
		LC_ALL=C grep -qa "$magic" "$tmp/a/out"'
bochs=$(command -v bochs-bin)
LC_ALL=C sed 's/\(snapshot on [A-Z][a-z]*\) .[0-9], 20../\1  2, 2031/' "$bochs" >"$tmp/bochs-bin" &&
	chmod +x "$tmp/bochs-bin"
claim "a Bochs of another date can be made" "$bochs names no date" \
	eval '! cmp -s "$bochs" "$tmp/bochs-bin"'
rm -f "$tmp/a/capture.bin"
BOCHS=$tmp/bochs-bin run "$tmp/a"
claim "another Bochs: the plugin steps aside, the kernel uses port 0xE9" "$(cat "$tmp/a/err")" \
	eval 'grep -q "^pagescope: plugin not used: this is not Bochs 2.7" "$tmp/a/err" &&
		LC_ALL=C grep -qa "$magic" "$tmp/a/out" && [ ! -e "$tmp/a/capture.bin" ]'
fi

# ---- a hostile guest ----
if part hostile; then
prepare "$tmp/hostile" "$B/hostile.elf" "n=${HOSTILE:-1000000}"
run "$tmp/hostile"
capture=$tmp/hostile/capture.bin
claim "hostile guest: Bochs runs to the guest's end" "status $status" \
	same "$status $(count "$capture" trace_end)" "1 1"
claim "hostile guest: the capture is whole packets" "$(cat "$tmp/dump.err")" intact "$capture"
claim "hostile guest: its own events are all there" "$(count "$capture" page_ref_mod)" \
	same "$(count "$capture" page_ref_mod)" $((${HOSTILE:-1000000} / 100))
fi

# ---- port 0xE9, and QEMU ----
if part e9; then
prepare "$tmp/e9" "$B/dropin.elf" "pages=1000 end=off trace=e9"
run "$tmp/e9"
claim "trace=e9 uses the byte port though there is a plugin" "no packet on stdout" \
	eval 'LC_ALL=C grep -qa "$magic" "$tmp/e9/out" && [ ! -s "$tmp/e9/capture.bin" ]'
if command -v qemu-system-i386 >/dev/null; then
	timeout "$HANG_AFTER" qemu-system-i386 -kernel "$B/dropin.elf" \
		-append "pages=1000 end=off" -m 16 -display none \
		-no-reboot -net none -debugcon "file:$tmp/qemu.bin" </dev/null >"$tmp/qemu.log" 2>&1
	claim "QEMU: the drop-in kernel's trace passes check" \
		"$("$B/pagescope" check "$tmp/qemu.bin" 2>&1 | tail -n 3)" \
		eval '"$B/pagescope" check "$tmp/qemu.bin" >/dev/null 2>&1'
	claim "QEMU's debugcon: 4 KiB packets, every event" "$(events "$tmp/qemu.bin")" \
		all_there "$tmp/qemu.bin"
fi
fi
[ "$fails" -eq 0 ]
