#!/bin/sh
# SPDX-License-Identifier: MIT
# The machine that boots in Bochs is the one 2.4.22 was recorded on: the same
# frames reserved, the same blocks on the free lists, the same frames handed out.
. tests/lib/boot.sh
golden=tests/golden/linux-2.4.22

cat >"$tmp/twelve.scn" <<'END'
snapshot
repeat 12 { p += alloc 0 }
repeat 12 as n { free p[n] }
snapshot
END

events() { "$B/pagescope" export --format=events -e "$1" "$out/capture.bin" 2>/dev/null; }

# reserve_bootmem events in any order, as ranges "a-b" that do not touch
reserved() {
	events reserve_bootmem | jq -r '"\(.start_pfn) \(.start_pfn + .nr_pages - 1)"' | sort -n |
	awk 'NR > 1 && $1 <= last + 1 { if ($2 > last) last = $2; next }
	     NR > 1 { printf "%d-%d ", first, last }
	     { first = $1; last = $2 } END { printf "%d-%d\n", first, last }'
}

# "free: n0 n1 ..": the zone's first snapshot
zone() {
	events zone_state |
		jq -r "select(.zone == $1) | \"\(.free_pages) : \(.nr_free | join(\" \"))\"" |
		sed -n "${2:-1}p"
}

for ram in 32 128; do
	text=$golden/basic_${ram}M.txt
	run "$tmp/out" SCENARIO="$tmp/twelve.scn" RAM="${ram}M" ||
		not_ok "boots with ${ram}M" "$(said)"

	want=$(zcat "$golden/buddy_${ram}M.txt.gz" | sed -n 's/^reserved //p' | head -n 1)
	got=$(reserved)
	claim "the reserved frames of ${ram}M" "$got, not $want" [ "$got" = "$want" ]

	for zone in 0:DMA 1:Normal; do
		want=$(sed -n "s/^ *${zone#*:} .*free=\([0-9]*\) .*\(:.*\)/\1 \2/p" "$text" |
			head -n 1)
		got=$(zone "${zone%:*}")
		claim "free lists of ${zone#*:} with ${ram}M" "$got, not $want" [ "$got" = "$want" ]
		last=$(zone "${zone%:*}" 2)
		claim "and after twelve pages came back" "$last" [ "$last" = "$want" ]
	done

	want=$(sed -n '/^== 12 order-0/{n;s/^ *//p;}' "$text")
	got=$(events mm_page_alloc | jq -r 'select(.order == 0) | .pfn' | tail -n 12 |
		xargs printf '%x ' | sed 's/ $//')
	claim "the first twelve frames of ${ram}M" "$got, not $want" [ "$got" = "$want" ]
	claim_checked "no violation with ${ram}M"
done
done_testing
