#!/bin/sh
# SPDX-License-Identifier: MIT
# No false certainty: one entry of a guest's tables is changed at random.  `pagescope why`
# names that entry or says that it does not know; it never blames another one.
# CORRUPTIONS is how many, from seed 1 on; make soak takes 50.  SHOW=1 prints all answers.
. tests/lib/trace.sh
export PAGESCOPE_WATCH=1

# plan SEED: "ENTRY VALUE GATES KIND" of a corruption, by a generator of our own: every awk has
# another.
plan() {
	awk -v x="$1" '
	function random(n) { x = (x * 48271) % 2147483647; return int(x / 7) % n }
	function address(table, index_) { return table * 4096 + index_ * 4 }
	BEGIN {
		for (n = 0; n < 9; n++) random(2)
		pde = random(10) < 3
		slot = random(2)
		page = random(1024)
		entry = pde ? address(512, slot) : address(slot ? 515 : 513, page)
		frame = pde ? (slot ? 515 : 513) : slot * 1024 + page
		split("zero absent readonly bit anywhere beyond linear", kinds, " ")
		kind = kinds[1 + random(7)]
		flags = 3
		if (kind == "zero") frame = flags = 0
		if (kind == "absent") flags = 2
		if (kind == "readonly") flags = 1
		if (kind == "bit") {
			bit = 2 ^ random(14)
			frame += int(frame / bit) % 2 ? -bit : bit
		}
		if (kind == "anywhere") frame = random(16384)
		if (kind == "beyond") frame = 32768 + random(65536)
		if (kind == "linear") frame += 786432
		printf "%08x %05x%03x %d %s\n", entry, frame, flags, random(2), kind
	}'
}

# What the answer is worth: named, unknown, harmless (it ran to its end), or wrong.
judge='
	def has: map(select(.entry_pa == $entry and .entry == $value)) | length > 0;
	if (.walk | has) or (.cause == "code-moved" and (.code | has)) then "named"
	elif .how == "halted" and .addr == null and (.exceptions | length) == 0 then "harmless"
	elif .cause == "unknown" then "unknown"
	else "wrong" end'

mkdir "$tmp/guest"
for seed in $(seq "${CORRUPTIONS:-3}"); do
	read -r entry value gates kind <<-END
		$(plan "$seed")
	END
	prepare "$tmp/guest" "$B/why/corrupt.elf" "$entry $value $gates"
	PAGESCOPE_UNTIL=65000000 PAGESCOPE_LOG=$tmp/guest/bochs.log \
		run "$tmp/guest" "port_e9_hack: enabled=0"
	"$B/pagescope" why -q --json "$tmp/guest/capture.bin" >"$tmp/said" 2>"$tmp/err"
	verdict=$(jq -r --arg entry "0x$entry" --arg value "0x$value" "$judge" "$tmp/said")
	echo "$verdict" | tee -a "$tmp/all" >"$tmp/verdict"
	[ -z "$SHOW" ] || { echo "# $seed: $verdict" && jq -r '.text[]' "$tmp/said"; }
	claim "seed $seed, $kind: nothing else is blamed" \
		"$entry $value $gates: $verdict; $(jq -c .text "$tmp/said" 2>&1)$(cat "$tmp/err")" \
		grep -qxE 'named|unknown|harmless' "$tmp/verdict"
done
claim "some are named" "$(sort "$tmp/all" | uniq -c | tr '\n' ' ')" grep -q '^named' "$tmp/all"
echo "# of ${CORRUPTIONS:-3}: $(sort "$tmp/all" | uniq -c | tr -s '\n ' ' ')"
[ "$fails" -eq 0 ]
