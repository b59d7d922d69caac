#!/bin/bash
# SPDX-License-Identifier: MIT
# linux.sh - mmsim --linux: the carried capture, captures with parts missing or
# spoilt, small ones written here whose right answer is known.
B=${B:-build}
. "$(dirname "$0")/../lib/boot.sh"
short=tests/data/linux-6.1-m64-short

sim() { "$B/mmsim" "$@" >"$tmp/out" 2>"$tmp/err"; status=$?; }
says() { grep -q -- "$1" "$tmp/out"; }
warns() { grep -q -- "$1" "$tmp/err"; }
shown() { cat "$tmp/out" "$tmp/err" | tail -n 5 | tr '\n' ' '; }
unpack() { gzip -dc "$1/$2.gz"; }

# ---- the carried capture ----
sim --linux $short -o "$tmp/cap" --write-replay "$tmp/linux.psr"
claim "a real Linux is replayed" "status $status: $(shown)" [ $status -eq 0 ]
claim "no request fails" "$(shown)" says '^failures     0; 0 that'
claim "every request is played or accounted for" "$(shown)" \
	says '^recorded     35698 allocations, 28536 frees, 120 vmalloc, 76 vfree, 8 phases'
claim "live frames agree with the recorder's counts at each phase" "$(grep stats "$tmp/out")" \
	says 'agree at 8 of 8 phases'
claim "the map agrees with the events in every frame" "$(grep initmap "$tmp/out")" \
	says 'differs from the events in 0 frames'
claim "nothing is broken after it" "$(grep teardown "$tmp/out")" says ' 0 violations'
# free memory: ours and the recorded kernel's, at each phase, up to 20 pages apart
far=$(awk '
	$2 ~ /^[a-z_]+$/ && $1 ~ /^[0-9]+[.][0-9]+$/ && $3 ~ /^[0-9]+$/ && NF == 12 {
		n++
		if ($3 - $4 > 20 || $4 - $3 > 20)
			bad = 1
	}
	END { print n + 0, bad + 0 }' "$tmp/out")
claim "free memory follows the recorded kernel's" "phases, far off: $far" [ "$far" = "8 0" ]
"$B/pagescope" check "$tmp/cap" >"$tmp/check" 2>&1
status=$?
claim "its trace obeys every rule" "$(grep -m 1 violation "$tmp/check")" [ $status -eq 0 ]

# ---- the same through the replay statement ----
cp scenarios/linux.scn "$tmp/"
sim --scenario "$tmp/linux.scn" -o "$tmp/cap2"
claim "the replay statement plays the file" "$(shown)" [ $status -eq 0 ]
counts() {
	"$B/pagescope" info --json "$1" | jq -c '.events_by_name |
		{mm_page_alloc, buddy_merge, buddy_split, alloc_vmap_area, free_vmap_area}'
}
# --linux gives back what is left the same way
claim "both do the same" "$(counts "$tmp/cap") against $(counts "$tmp/cap2")" \
	[ "$(counts "$tmp/cap")" = "$(counts "$tmp/cap2")" ]
if run "$tmp/bochs" SCENARIO="$tmp/linux.scn" RAM=64M; then
	"$B/pagescope" diff "$tmp/cap2" "$out/capture.bin" >"$tmp/diff" 2>&1
	status=$?
	claim "Bochs and the simulator do the same" "$(sed -n 3,5p "$tmp/diff" | tr "\n" " ")" \
		[ $status -eq 0 ]
	claim_checked "the trace from Bochs obeys every rule"
else
	not_ok "a real Linux in Bochs" "$(said)"
fi
head -c 50000 "$tmp/linux.psr" >"$tmp/cut"; mv "$tmp/cut" "$tmp/linux.psr"
sim --scenario "$tmp/linux.scn"
claim "a cut file is refused where it is cut" "$(shown)" \
	warns 'linux.scn:9:1: linux.psr: operation [0-9]* of [0-9]*, byte 50000:'

# ---- parts that are missing ----
copy() { rm -rf "$tmp/c"; cp -r $short "$tmp/c"; chmod -R u+w "$tmp/c"; }
sim --linux $short --write-replay "$tmp/all.psr"
copy; rm "$tmp/c/vmpages.txt.gz" "$tmp/c/stats.json"
sim --linux "$tmp/c" --write-replay "$tmp/fewer.psr"
claim "without vmpages and stats: said" "$(shown)" warns 'no vmpages.txt'
claim "without vmpages: pages of areas are told all the same" "the workload differs" \
	same "$tmp/all.psr" "$tmp/fewer.psr"
copy; rm "$tmp/c/initmap.txt"
sim --linux "$tmp/c"
claim "without initmap: said, and replayed" "$(shown)" warns 'no initmap.txt'
claim "without initmap: nothing fails" "$(shown)" says '^failures     0;'
sim --linux "$tmp"
claim "a directory without events" "status $status" [ $status -eq 1 ]
claim "a directory without events is no capture" "$(shown)" \
	warns 'no events.txt or events.txt.gz there'
sim --linux "$tmp/nowhere"
claim "no directory" "$(shown)" warns 'nowhere: No such file'
sim --linux $short --from nophase
claim "an unknown phase" "$(shown)" warns 'no phase "nophase"'
sim --events 10 --from boot_done
claim "--from without --linux" "status $status" [ $status -eq 2 ]

# ---- other starts, other machines ----
sim --linux $short --from swapon
claim "it can begin in the middle" "$(shown)" says 'replayed from swapon'
claim "begun in the middle, nothing fails" "$(shown)" says '^failures     0;'
claim "begun in the middle, the areas that stood are there" "$(grep ' insmod ' "$tmp/out")" \
	says ' insmod .* 29    29$'
sim --linux $short --ram 1G -o "$tmp/cap"
claim "on a machine with high memory" "$(shown)" says '^failures     0;'
sim --linux $short --ram 42M -o "$tmp/cap"
claim "a machine too small fails" "status $status" [ $status -eq 1 ]
claim "a machine too small says what failed" "$(shown)" says 'failed .* alloc of order'
claim "requests that may wait are served or wait" "$(shown)" \
	says 'of them waited for memory to come back'

# ---- larger machines: the carried capture, several times over (stretch.awk) ----

# stretch BASES AREAS: into $tmp/big
stretch() {
	rm -rf "$tmp/big"
	mkdir "$tmp/big"
	for part in events:"$2" vmpages:"$2" initmap:0; do
		file=$short/${part%:*}.txt
		{ gzip -dc "$file.gz" 2>/dev/null || cat "$file"; } |
			awk -v bases="$1" -v what="${part%:*}" -v areas="${part#*:}" \
			-f tests/sim/stretch.awk \
			>"$tmp/big/${part%:*}.txt"
	done
}
checked() { "$B/pagescope" check "$tmp/cap" >"$tmp/check" 2>&1; status=$?; }
# free at the end and in page tables that stay: as much as at the start
all_back() { awk '/^teardown/ { ok = $2 + $9 == $5 && $15 == 0 } END { exit !ok }' "$tmp/out"; }

stretch "0 4000 8000 c000 10000 14000 18000 1c000" 8
sim --linux "$tmp/big" -o "$tmp/cap"
claim "512 MiB: replayed on as much RAM" "$(grep machine "$tmp/out")" \
	says '^machine      1310[0-9]* frames of RAM'
allocations=$((8 * 35698)) frees=$((8 * 28536))	# and 8 * 120, 8 * 76
claim "512 MiB: every request is played" "$(grep recorded "$tmp/out")" \
	says "^recorded     $allocations allocations, $frees frees, 960 vmalloc, 608 vfree"
claim "512 MiB: nothing fails" "$(grep failures "$tmp/out")" says '^failures     0; 0 that'
claim "512 MiB: all comes back" "$(grep teardown "$tmp/out")" all_back
checked
claim "512 MiB: its trace obeys every rule" "$(tail -n 1 "$tmp/check")" [ $status -eq 0 ]

stretch "0 4000 8000 38000 3c000 40000" 2
sim --linux "$tmp/big" -o "$tmp/cap" --write-replay "$tmp/high.psr"
claim "high memory: the machine has it" "$(grep machine "$tmp/out")" \
	says '^machine      2785[0-9]* frames of RAM, .* to 0xfdffe000'
claim "high memory: nothing fails" "$(grep failures "$tmp/out")" says '^failures     0; 0 that'
claim "high memory: all comes back" "$(grep teardown "$tmp/out")" all_back
claim "high memory: the map agrees with the events" "$(grep initmap "$tmp/out")" \
	says 'differs from the events in 0 frames'
checked
claim "high memory: its trace obeys every rule" "$(tail -n 1 "$tmp/check")" [ $status -eq 0 ]
counts "$tmp/cap" >"$tmp/played"
printf 'replay "high.psr"\nshrink\nexpect violations == 0\n' >"$tmp/high.scn"
sim --ram 1088M --scenario "$tmp/high.scn" -o "$tmp/cap"
claim "high memory: the replay statement does the same" "$(shown) $(counts "$tmp/cap")" \
	[ "$(counts "$tmp/cap")" = "$(cat "$tmp/played")" ]

# More slots than the interpreter has room for: an area of vmalloc's.  And a file
# of 3 MB, which is kept out of the DMA zone.
{ # slots 150000, 5 operations: a phase, alloc order 3, vmalloc 20000, vfree, free
	printf 'PSR1\xf0\x49\x02\0\x05\0\0\0\x03\xc0\x8d\xb7\x01'
	head -c 3000000 /dev/zero | tr '\0' x
	printf '\x30\xef\x93\x09\x06\0\xa0\x9c\x01\x12\0\x01\xef\x93\x09'
} >"$tmp/slots.psr"
cat >"$tmp/slots.scn" <<'EOF'
shrink
before = free(all)
had = tables
replay "slots.psr"
expect !failed
shrink
expect areas == 0
expect free(all) == before - (tables - had)
EOF
sim --ram 128M --scenario "$tmp/slots.scn" -o "$tmp/cap2"
claim "as many slots as a file wants" "$(shown)" [ $status -eq 0 ]
if run "$tmp/bochs" SCENARIO="$tmp/slots.scn" RAM=128M; then
	claim "as many slots in the kernel" "$(said)" grep -q "^verdict  *ok" "$tmp/said"
	claim_checked "the trace of the slots' area obeys every rule"
	kept=$("$B/pagescope" export -q --format=events -e reserve_bootmem "$out/capture.bin" |
		jq -r 'select(.owner == 9) | "\(.start_pfn + .nr_pages) \(.nr_pages)"')
	claim "a large file lies below 64 MiB" "$kept" [ "$kept" = "16384 733" ]
else
	not_ok "many slots in Bochs" "$(said)"
fi

# ---- small captures ----
mkdir "$tmp/s"
write() { cat >"$tmp/s/events.txt"; }
write <<-'EOF'
	10 alloc 2000 2 0x140cca a
	11 free 2000 0 - a
	12 free 2001 0 - a
	13 alloc 2400 10 0xcc0 a
	14 alloc 2900 1 0xcc0 a
	15 free 2900 1 - a
	16 free 2400 10 - a
	17 vmalloc c4800000 5000 f+0x1 vmalloc
	18 alloc 3000 0 0x2cc2 a
	19 alloc 3100 0 0x140cca b
	20 alloc 3001 0 0x2cc2 a
	21 vfree c4800000 5000 f+0x1 vmalloc
	22 free 3001 0 - a
	23 free 3000 0 - k
	24 vmalloc c4900000 4096 f+0x1 ioremap
	25 vmalloc c4a00000 9000 f+0x1 vmalloc
	26 alloc 3001 0 0x2cc2 a
	27 vfree c4a00000 9000 f+0x1 vmalloc
	28 free 3001 0 - a
	29 alloc 3100 0 0x140cca b
	#ufree 30 1234 0 b
	#afail 31 4 0xcc0 b
EOF
sim --linux "$tmp/s" --ram 64M
claim "pages of vmalloc are taken once" "$(shown)" says '3 of the allocations are pages of vmalloc'
claim "a block given back in pieces becomes pages" "$(shown)" \
	says '1 block split, or compaction.s: 4 single pages'
claim "order 10 is left out" "$(shown)" says '1 of order 10 or more'
claim "an area the kernel could not fill is left out" "$(shown)" says '1 area never got all pages'
claim "a lost free is noticed" "$(shown)" says '1 lost free,'
claim "all of it is played" "$(grep played "$tmp/out")" \
	says 'played       7 allocations, 5 frees, 2 vmalloc and ioremap, 1 vfree'
bad() { write; sim --linux "$tmp/s"; claim "$1" "status, message: $(shown)" warns "events.txt:$2"; }
bad "a line of something else" "1: expected alloc, free, vmalloc or vfree" <<<'5 grow 1 2'
bad "a frame number that is none" "2: expected a frame number" <<<$'# x\n5 alloc xyz 0 0x0 a'
bad "an order that is none" "1: expected an order" <<<'5 alloc 10 -1 0x0 a'
bad "a frame only PAE reaches" "1: the frame lies above 4 GiB" <<<'5 alloc 100000 0 0x0 a'
bad "a block beyond 4 GiB" "1: the block ends above" <<<'5 alloc fffff 3 0x0 a'
bad "a time that is none" "1: expected a time" <<<'x alloc 10 0 0x0 a'
bad "a file without events" "1: no events" <<<'# nothing'
unpack $short events.txt | head -c 300000 | gzip -c | head -c 20000 >"$tmp/s/events.txt.gz"
sim --linux "$tmp/s"
claim "a cut archive" "status $status" [ $status -eq 1 ]
done_testing
