#!/bin/sh
# SPDX-License-Identifier: MIT
# No false certainty: one entry of a guest's tables is changed at random, in a guest of thirty
# lines and in the classroom kernel.  `pagescope why` names that entry or says that it does not
# know; it never blames another one.
# CORRUPTIONS is how many of each; make soak takes 50.  They begin with the seed FIRST, 8 if
# that is not given, so that among few there is one that does harm.  SHOW=1 prints all answers.
. tests/lib/trace.sh
export PAGESCOPE_WATCH=1

# A generator of our own: every awk has another.
random='function random(n) { x = (x * 48271) % 2147483647; return int(x / 7) % n }'

# plan SEED: "ENTRY VALUE GATES KIND" of a corruption
plan() {
	awk -v x="$1" "$random"'
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

# spoil SEED: "CALL:VA:LEVEL:KEEP:FLIP KIND", the classroom kernel's option and what it is
spoil() {
	awk -v x="$1" "$random"'
	function page(base, n) { return base + random(n) * 4096 }
	BEGIN {
		for (n = 0; n < 9; n++) random(2)
		call = random(16)
		level = 1 + (random(10) < 3)
		# the program, the image, all memory, the devices
		where = random(4)
		if (where == 0) va = page(0, 3)
		if (where == 1) va = page(2148532224, 12)
		if (where == 2) va = page(2147483648, 1024)
		if (where == 3) va = page(4261412864, 16)
		split("zero absent readonly bit anywhere beyond linear", kinds, " ")
		kind = kinds[1 + random(7)]
		keep = "ffffffff"
		flip = 0
		if (kind == "zero") keep = "0"
		if (kind == "absent") keep = "fffffffe"
		if (kind == "readonly") keep = "fffffffd"
		if (kind == "bit") flip = 4096 * 2 ^ random(14)
		if (kind == "anywhere" || kind == "beyond") keep = "fff"
		if (kind == "anywhere") flip = 4096 * random(1024)
		if (kind == "beyond") flip = 4096 * (32768 + random(65536))
		if (kind == "linear") flip = 2147483648
		printf "%x:%x:%d:%s:%x %s\n", call, va, level, keep, flip, kind
	}'
}

# What the answer is worth: named, unknown, harmless (it ran to its end), partly (true of what
# followed from it, and no entry is blamed), or wrong.  HAS is true of an entry of a walk that
# was changed.
judge() {
	jq -r "def has: map(select($1)) | length > 0;"'
	if (.walk | has) or (.cause == "code-moved" and (.code | has)) then "named"
	elif .how == "lives" then "harmless"
	elif .how == "halted" and .addr == null and (.exceptions | length) == 0 then "harmless"
	elif .cause == "unknown" then "unknown"
	elif .cause == "stack-used-up" or .cause == "empty-directory" then "partly"
	else "wrong" end' "$tmp/said"
}

# corrupted WHAT SEED KERNEL OPTIONS KIND HAS: one boot, and its claim
corrupted() {
	prepare "$tmp/guest" "$B/$3.elf" "$4"
	PAGESCOPE_UNTIL=65000000 PAGESCOPE_LOG=$tmp/guest/bochs.log \
		run "$tmp/guest" "port_e9_hack: enabled=0"
	"$B/pagescope" why -q --symbols "$B/$3.elf" --json "$tmp/guest/capture.bin" \
		>"$tmp/said" 2>"$tmp/err"
	verdict=$(judge "$6")
	echo "$verdict" | tee -a "$tmp/$1.all" >"$tmp/verdict"
	[ -z "$SHOW" ] || { echo "# $1 $2: $verdict" && jq -r '.text[]' "$tmp/said"; }
	claim "$1, seed $2, $5: nothing else is blamed" \
		"$4: $verdict; $(jq -c .text "$tmp/said" 2>&1)$(cat "$tmp/err")" \
		grep -qxE 'named|unknown|harmless|partly' "$tmp/verdict"
}
some_named() {
	claim "$1: some are named" "$(sort "$tmp/$1.all" | uniq -c | tr '\n' ' ')" \
		grep -q '^named' "$tmp/$1.all"
	echo "# $1, of ${CORRUPTIONS:-3}: $(sort "$tmp/$1.all" | uniq -c | tr -s '\n ' ' ')"
}

spoilt='(.by | tostring | startswith("spoil_entry"))'
first=${FIRST:-8}
for seed in $(seq "$first" $((first + ${CORRUPTIONS:-3} - 1))); do
	read -r entry value gates kind <<-END
		$(plan "$seed")
	END
	corrupted guest "$seed" why/corrupt "$entry $value $gates" "$kind" \
		".entry_pa == \"0x$entry\" and .entry == \"0x$value\""
	read -r option kind <<-END
		$(spoil "$seed")
	END
	corrupted classroom "$seed" classroom "spoil=$option" "$kind" "$spoilt"
done
some_named guest
some_named classroom
[ "$fails" -eq 0 ]
