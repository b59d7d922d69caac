#!/bin/sh
# SPDX-License-Identifier: MIT
# The trace is complete: every shipped scenario, in Bochs, at every RAM size, is
# replayed against the kernel's own snapshots, the MMU's answers and the audits,
# without a difference; every probe of the MMU agrees; and babeltrace2 counts as
# many events in it as there are.  Some forty minutes on two busy cores; RAMS="64"
# and SCENARIOS=... take a part.
. tests/lib/trace.sh
. tests/lib/babeltrace.sh
if ! command -v babeltrace2 >/dev/null; then
	echo "babeltrace2 is not installed"
	exit 1
fi
LIMIT=600
RAMS=${RAMS:-8 16 32 64 128 256 512 768 896 1024 2048 3072 4096}
SCENARIOS=${SCENARIOS:-$(find scenarios -name '*.scn' | sort)}

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
differences() { grep '^violation' "$tmp/check" |
	grep -v '^violation \(panic\|run-failed\|expectation\|oops\|kernel-report\) '; }

all_agree() { echo "$agreement" | grep -q '^\([0-9,]*\) of \1 probes agree'; }

# A scenario that stops at an error shows nothing.
went_on() { ! grep -q 'stopped by the error above' "$dir/console.log"; }

# What linux.scn replays.
mkdir -p "$B/modules"
"$B/mmsim" --linux tests/data/linux-6.1-m64-short --write-replay "$B/modules/linux.psr" \
	>"$tmp/replay" 2>&1 || {
	not_ok "what linux.scn replays is made" "$(tail -n 1 "$tmp/replay")"
	exit 1
}

for ram in $RAMS; do
	host=$ram
	[ "$host" -le 1024 ] || host=1024
	for file in $SCENARIOS; do
		dir=$tmp/run
		rm -rf "$dir" && mkdir "$dir"
		# shellcheck disable=SC2046 # several names
		scripts/mkiso.sh "$dir/boot.iso" "$B/kernel/grub.img" "$B/kernel/boot.elf" \
			"scenario=$(basename "$file") trace=doorbell" "$file" $(files_of "$file")
		run "$dir" "memory: guest=$ram, host=$host"
		"$B/pagescope" check "$dir/capture.bin" >"$tmp/check" 2>&1
		status=$?
		summary=$(grep '^replayed' "$tmp/check")
		agreement=$(sed -n 's/^mmu  *//p' "$tmp/check")
		events=$("$B/pagescope" info --json "$dir/capture.bin" | jq .events)
		rm -rf "$tmp/ctf"
		"$B/pagescope" export -q --format=ctf -o "$tmp/ctf" "$dir/capture.bin" \
			2>"$tmp/ctf.err"
		seen=$(counted "$tmp/ctf")
		claim "$(basename "$file" .scn), $ram MiB: $summary; $agreement" \
			"status $status, $(differences | head -n 2 |
			tr '\n' ';')$(tail -n 1 "$dir/console.log")" \
			eval '[ -n "$summary" ] && all_agree && went_on &&
				[ -z "$(differences)" ] &&
				{ [ $status -eq 0 ] || [ $status -eq 3 ]; }'
		claim "$(basename "$file" .scn), $ram MiB: babeltrace2 counts $seen events" \
			"of $events, $(cat "$tmp/discarded") discarded, $(
				cat "$tmp/ctf.err" "$tmp/bt2.err" | head -n 1)" \
			eval '[ -n "$events" ] && [ "$seen" = "$events" ] &&
				same "$(cat "$tmp/discarded")" 0 &&
				[ ! -s "$tmp/bt2.err" ] && [ ! -s "$tmp/ctf.err" ]'
	done
done
[ "$fails" -eq 0 ]
