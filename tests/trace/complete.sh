#!/bin/sh
# The trace is complete: every shipped scenario, in Bochs, at RAM sizes from the
# smallest to the largest, replayed against the kernel's own snapshots, the MMU's
# answers and the audits, without a difference.  Some ten minutes; RAMS="64" and
# SCENARIOS=... take a part.  Not the lesson about the forgotten flush, which
# writes a PTE by hand to show what check says of it.
. tests/trace/lib.sh
LIMIT=300
RAMS=${RAMS:-8 16 64 512 1024 3072}
SCENARIOS=${SCENARIOS:-$(find kernel/scenarios -name '*.scn' | sort)}

# Files a scenario asks for: modules and recordings.
files_of() {
	sed -n 's/#.*//; s/^.*\(insmod\|replay\)  *"*\([A-Za-z0-9._/+-]*\).*/\2/p' "$1" | sort -u |
	while read -r name; do
		for file in "$(dirname "$1")/$name" "$B/modules/$name"; do
			[ ! -f "$file" ] || { echo "$file"; break; }
		done
	done
}

# A scenario may end in panic or with failed claims on purpose, or want more RAM
# than there is; what must not differ is the trace.
differences() { grep '^violation' "$tmp/check" | grep -v '^violation \(panic\|run-failed\|expectation\|oops\|kernel-report\) '; }

for ram in $RAMS; do
	host=$ram
	[ "$host" -le 1024 ] || host=1024
	for file in $SCENARIOS; do
		dir=$tmp/run
		rm -rf "$dir" && mkdir "$dir"
		kernel/boot/mkiso.sh "$dir/boot.iso" "$B/kernel/grub.img" "$B/kernel/boot.elf" \
			"scenario=$(basename "$file") trace=doorbell" "$file" $(files_of "$file")
		run "$dir" "memory: guest=$ram, host=$host"
		"$B/pagescope" check "$dir/capture.bin" >"$tmp/check" 2>&1
		status=$?
		summary=$(grep '^replayed' "$tmp/check")
		claim "$(basename "$file" .scn), $ram MiB: $summary" \
			"status $status, $(differences | head -n 2 | tr '\n' ';')$(tail -n 1 "$dir/console.log")" \
			eval '[ -n "$summary" ] && [ -z "$(differences)" ] && { [ $status -eq 0 ] || [ $status -eq 3 ]; }'
	done
done
[ "$fails" -eq 0 ]
