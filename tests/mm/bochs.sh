#!/bin/sh
# SPDX-License-Identifier: MIT
# Modules, swap maps and high memory in Bochs: the scenarios hold, the hardware
# agrees, and the simulator tells the same story, event for event.
. tests/lib/boot.sh

# The kernel's own events as text, without ticks and addresses of code.
story() {
	"$B/pagescope" export --format=events "$1" |
	jq -c 'select(.event | test("^(mmu_|audit_|blackbox|run_files|trace_info)") | not)
	       | del(.i, .t, .call_site, .ip)'
}

same_story() {
	[ "$(wc -l <"$tmp/bochs")" -gt 1000 ] && same "$tmp/bochs" "$tmp/sim"
}

while read -r scn ram; do
	run "$tmp/out" SCENARIO="tests/mm/$scn.scn" RAM="$ram" || {
		not_ok "$scn: runs in Bochs" "$(said)"
		continue
	}
	ok "$scn: runs in Bochs"
	claim "$scn: every expectation holds" "$(console_tail)" \
		console_has '^Run finished: 0 failed'
	"$B/pagescope" check "$out/capture.bin" >"$tmp/violations" 2>&1
	rc=$?
	claim "$scn: no violation" "$(head -n 1 "$tmp/violations")" [ $rc -eq 0 ]
	(cd "$B/modules" && "../mmsim" --ram "$ram" --scenario "$OLDPWD/tests/mm/$scn.scn" \
		-o "$tmp/sim.bin") >"$tmp/said" 2>&1
	rc=$?
	claim "$scn: runs in the simulator" "$(said)" [ $rc -eq 0 ]
	story "$out/capture.bin" >"$tmp/bochs"
	story "$tmp/sim.bin" >"$tmp/sim"
	claim "$scn: the same events in both" "$(diff "$tmp/bochs" "$tmp/sim" | head -n 4)" \
		same_story
done <<'END'
users 64M
lazy 32M
highmem 1G
END

# docs/modules.md: the module is built and run as it says.
mkdir "$tmp/doc"
block() {	# LANGUAGE
	awk -v start="\`\`\`$1" '$0 == start { on = 1; next } /^```/ { on = 0 } on' docs/modules.md
}
block c >"$tmp/doc/mine.c"
block scn >"$tmp/doc/mine.scn"
block sh | sed "s|mine\\.|$tmp/doc/mine.|g" >"$tmp/doc/build.sh"
claim "docs/modules.md: the module builds" "$(cat "$tmp/doc/log" 2>&1)" \
	sh -e "$tmp/doc/build.sh"
run "$tmp/out" SCENARIO="$tmp/doc/mine.scn"
claim "docs/modules.md: it runs" "$(said)" \
	console_has "^mine: I am at 0*xc28000.., my area is at c2804000"
claim "docs/modules.md: and is unloaded" "$(console_tail)" console_has "^Run finished: 0 failed"
done_testing
