#!/bin/sh
# SPDX-License-Identifier: MIT
# export.sh - on real traces of the simulator: counts equal babeltrace2's, the
# JSON fits its schema and the recipes of docs/json.md work, output does not
# depend on how the input arrives, errors end as documented.
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
PS=$B/pagescope
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. tests/lib/babeltrace.sh

ok() { echo "ok export: $1"; }
bad() { echo "not ok export: $1: $2"; }
same() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "'$2', not '$3'"; fi; }
# status NAME WANTED COMMAND...
status() {
	claim=$1 wanted=$2
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	if [ "$rc" = "$wanted" ]; then ok "$claim"
	else bad "$claim" "status $rc: $(head -n 2 "$tmp/err")"; fi
}
says() { if grep -q -- "$2" "$tmp/err"; then ok "$1"; else bad "$1" "says: $(cat "$tmp/err")"; fi; }

# ---- captures: the tour, a workload, high memory, no large pages, quirks ----
# shellcheck disable=SC2086 # options
sim() { "$B/mmsim" -o "$tmp/$1.bin" $2 >/dev/null 2>"$tmp/err" ||
	bad "capture $1" "$(cat "$tmp/err")"; }
sim tour "--scenario scenarios/tour.scn"
sim churn "--events 200000"
sim highmem "--ram 2G --highmem --events 50000"
sim small "--ram 8M --nopentium --events 50000 --seed 5"
sim quirks "--quirks 2.4.22 --ram 32M --events 50000 --seed 6"

for name in tour churn highmem small quirks; do
	"$PS" salvage -q -o "$tmp/t" "$tmp/$name.bin" || bad "salvage $name" "failed"
	same "$name: babeltrace2 counts as many events" "$(counted "$tmp/t")" \
		"$("$PS" info --json "$tmp/$name.bin" | jq .events)"
	same "$name: babeltrace2 has nothing to say" "$(head -n 1 "$tmp/bt2.err")" ""
	status "$name: check finds nothing" 0 "$PS" check "$tmp/$name.bin"
	"$PS" export -q --check -o "$tmp/$name.jsonl.gz" "$tmp/$name.bin" ||
		bad "export $name" "failed"
done
"$PS" export -q --from 43000 --to 50000 -o "$tmp/slice.jsonl" "$tmp/tour.bin"
"$PS" export -q --from 30000 -o "$tmp/hslice.jsonl" "$tmp/highmem.bin"
node tests/exporter/schema.mjs "$tmp"/*.jsonl.gz "$tmp"/*slice.jsonl ||
	bad "schema" "the program failed"

lines=$(gzip -dc "$tmp/churn.jsonl.gz" | jq -c 'select(.rec == "ev") | [.i, .n]')
same "the first line of events is short, the others end at multiples of 65,536" \
	"$(echo "$lines" | head -n 3 | tr '\n' ' ')" "[0,16] [16,65520] [65536,65536] "

# ---- every field as babeltrace2 decodes it ----
# ours -> babeltrace2's text, without what only one side prints
babeltrace2 --clock-cycles --no-delta --names payload "$tmp/t" 2>/dev/null |
	sed -e 's/^\[0*\([0-9]*\)\] /\1 /' -e 's/: { 0x[0-9A-F]*, 0x[0-9A-F]* }, /: /' \
	>"$tmp/theirs"
"$PS" export -q --format=events "$tmp/quirks.bin" >"$tmp/quirks.events"
node tests/exporter/compare.mjs "$tmp/theirs" "$tmp/quirks.events"

# ---- what must be equal ----
"$PS" metadata --format=schema >"$tmp/schema"
if cmp -s "$tmp/schema" viewer/pagescope.schema.json; then ok \
	"the schema in the tree is events.def's"
else bad "schema in the tree" "run: $PS metadata --format=schema -o viewer/pagescope.schema.json"
fi
"$PS" metadata --format=markdown >"$tmp/events.md"
sed '1,/^<!-- made by/d' docs/trace-format.md | sed 1d >"$tmp/doc.md"
if cmp -s "$tmp/events.md" "$tmp/doc.md"; then ok "docs/trace-format.md has events.def's tables"
else bad "docs/trace-format.md" "differs from: $PS metadata --format=markdown"; fi

for format in jsonl events; do
	"$PS" export -q --format=$format -o "$tmp/file.out" "$tmp/tour.bin"
	dd if="$tmp/tour.bin" bs=977 2>/dev/null |
		"$PS" export -q --format=$format - >"$tmp/pipe.out"
	sum() { sed 's/"bytes_in".*//' "$1" | cksum; }
	same "$format through a pipe in odd pieces is the same" "$(sum "$tmp/pipe.out")" \
		"$(sum "$tmp/file.out")"
done
"$PS" export -q -o "$tmp/again.jsonl.gz" "$tmp/tour.bin"
"$PS" export -q -o "$tmp/tour2.jsonl.gz" "$tmp/tour.bin"
if cmp -s "$tmp/again.jsonl.gz" "$tmp/tour2.jsonl.gz"; then ok "the same input gives the same bytes"
else bad "the same input gives the same bytes" "it does not"; fi

# ---- a report that carries its trace ----
printf '<html><!-- PAGESCOPE-TRACE --></html>' >"$tmp/viewer.html"
"$PS" export -q --format=html --viewer "$tmp/viewer.html" -o "$tmp/r.html" "$tmp/tour.bin"
sed -n 's/.*class="pagescope-trace">\(.*\)<\/script>/\1/p' "$tmp/r.html" | while read -r piece; do
	echo "$piece" | base64 -d | gunzip
done >"$tmp/r.jsonl"
gunzip -c "$tmp/tour2.jsonl.gz" >"$tmp/tour2.jsonl"
if cmp -s "$tmp/r.jsonl" "$tmp/tour2.jsonl"; then ok "the pieces in the page are the export"
else bad "the pieces in the page" "differ from the export"; fi
printf '<html></html>' >"$tmp/viewer.html"
status "a viewer without the marker is refused" 1 "$PS" export -q --format=html \
	--viewer "$tmp/viewer.html" -o "$tmp/r2.html" "$tmp/tour.bin"
if [ -e "$tmp/r2.html" ]; then bad "nothing is left behind" "r2.html"
else ok "nothing is left behind"; fi

# ---- Perfetto: the field rules of Chrome trace events ----
for name in tour highmem; do
	"$PS" export -q --format=perfetto -o "$tmp/$name.perfetto" "$tmp/$name.bin"
	wrong=$(jq -c 'first(.traceEvents[] | select(
		(.ph == "C" and ((.args | type) != "object" or .pid == null or .ts == null)) or
		(.ph == "i" and ((.s == "t" and .tid == null) or
			((.s | IN("t", "p", "g")) | not))) or
		((.ph == "b" or .ph == "e") and
			(.pid == null or .id == null or .cat == null or .name == null)) or
		(.ph == "X" and (.dur == null or .dur < 0 or .tid == null)) or
		(.ph != "M" and (.ts | type) != "number") or
		((.ph | IN("C", "i", "b", "e", "X", "M")) | not)))' "$tmp/$name.perfetto" 2>&1)
	same "$name: Perfetto's field rules are kept" "$wrong" ""
done
same "an area is one slice" \
	"$(jq '[.traceEvents[] | select(.ph == "b")] | length' "$tmp/tour.perfetto")" \
	"$("$PS" export -q --format=events -e alloc_vmap_area "$tmp/tour.bin" |
	jq -s '[.[] | select(.failed == 0)] | length')"
"$PS" export -q --format=perfetto --from 43000 --to 43500 -o "$tmp/w.perfetto" "$tmp/tour.bin"
same "a window has each event as an instant" \
	"$(jq '[.traceEvents[] | select(.pid == 12 and .name == "pte_set")] | length' \
	"$tmp/w.perfetto")" \
	"$("$PS" export -q --format=events --from 43000 --to 43500 -e pte_set "$tmp/tour.bin" |
	wc -l)"

# ---- what the kernel itself shows at that moment ----
cat >"$tmp/show.scn" <<'S'
a = alloc 0 count=50
v = vmalloc 100K
w = vmalloc 8K
vfree v
show buddyinfo
show extfrag
show layout
show pagetables w
S
"$B/mmsim" --scenario "$tmp/show.scn" -o "$tmp/show.bin" >"$tmp/console" 2>&1
for what in buddyinfo extfrag layout; do
	i=$("$PS" export -q --format=events -e scenario_step "$tmp/show.bin" |
		jq -r --arg s "show $what" 'select(.text == $s) | .i')
	"$PS" show -q $what --at-event "$i" "$tmp/show.bin" >"$tmp/shown"
	missing=$(grep -vxF -f "$tmp/console" "$tmp/shown" | head -n 1)
	if [ -s "$tmp/shown" ] && [ -z "$missing" ]; then ok "show $what is what the kernel shows"
	else bad "show $what" "the kernel does not show: $missing"; fi
done
"$PS" show -q pagetables "$tmp/show.bin" >"$tmp/shown"
missing=$(grep " pte\$" "$tmp/console" | grep -vxF -f "$tmp/shown" | head -n 1)
if grep -q " pte\$" "$tmp/console" &&
	[ -z "$missing" ]; then ok "show pagetables has the kernel's ranges"
else bad "show pagetables" "lacks: $missing"; fi

# ---- a moment of a large capture is the end of the part that leads to it ----
sim large "--events 300000 --seed 9"
head -c 3000000 "$tmp/large.bin" >"$tmp/part.bin"
last=$(($("$PS" info -q --json "$tmp/part.bin" | jq .events) - 1))
for what in buddyinfo zoneinfo vmallocinfo layout pagetables extfrag leaks slabinfo; do
	"$PS" show -q $what --at-event $last "$tmp/large.bin" >"$tmp/whole.out"
	"$PS" show -q $what "$tmp/part.bin" >"$tmp/part.out"
	"$PS" show -q $what "$tmp/large.bin" >"$tmp/end.out"
	some=$([ -s "$tmp/part.out" ] && echo some)
	same "show $what at a moment" "$some $(cksum <"$tmp/whole.out")" \
		"some $(cksum <"$tmp/part.out")"
	[ $what = layout ] || if cmp -s "$tmp/whole.out" "$tmp/end.out"; then
		bad "show $what at a moment" "is that of the end"
	fi
done
# addresses of each kind: linear, areas that come and go, a guard page, a table's range, nothing
for addr in 0xc0100000 0xc4800000 0xc4801000 0xc4837000 0xc4a00000 0xfffff000 0x1000; do
	"$PS" translate -q $addr --at-event $last "$tmp/large.bin" |
		grep -v '^  later' >>"$tmp/whole.translate"
	"$PS" translate -q $addr "$tmp/part.bin" >>"$tmp/part.translate"
	"$PS" translate -q --json $addr --at-event $last "$tmp/large.bin" |
		jq -c '.history |= map(select(.later | not))' >>"$tmp/whole.json"
	"$PS" translate -q --json $addr "$tmp/part.bin" | jq -c . >>"$tmp/part.json"
done
many=$([ "$(wc -l <"$tmp/part.translate")" -gt 100 ] && echo many)
same "translate at a moment" "$many $(cksum <"$tmp/whole.translate")" \
	"many $(cksum <"$tmp/part.translate")"
many=$([ "$(jq -s '[.[] | select(.mapped)] | length' "$tmp/part.json")" -ge 3 ] && echo many)
same "and as JSON" "$many $(cksum <"$tmp/whole.json")" "many $(cksum <"$tmp/part.json")"
# shellcheck disable=SC2086 # options
count() { "$PS" translate -q 0xc4800000 $3 "$tmp/$2" | grep -c "^  $1"; }
all=$(count before large.bin)
before=$(count before part.bin)
same "what comes later is marked so" "$(count later large.bin "--at-event $last")" $((all - before))
same "and no file is written beside the capture" "$(cd "$tmp" && echo large.bin*)" large.bin
# and where the MMU's answers are a stream of their own
{ cat tests/exporter/machine.txt
cat tests/exporter/vmalloc.txt
printf '%s\n' 'stream 1' 'mmu_probe addr=0xc0c00000 phys=0x3000 ok=1 cr3=0x101000' 'stream 0' \
	'fill 30000'
cat tests/exporter/vfree.txt
printf '%s\n' 'stream 1' 'mmu_probe addr=0xc0c00000 phys=0 ok=0 cr3=0x101000' 'stream 0' 'fill 3'
} | "$B/mkcapture" >"$tmp/hw.bin"
same "translate knows the answers of the MMU" \
	"$("$PS" translate -q 0xc0c00000 "$tmp/hw.bin" | grep -c mmu_probe)" 2

# ---- two runs side by side ----
sim tour32 "--scenario scenarios/tour.scn --ram 32M"
sim churn2 "--events 200000 --seed 2"
status "diff of a run and itself finds nothing" 0 "$PS" diff -q "$tmp/tour.bin" "$tmp/tour.bin"
status "diff of two sizes of RAM finds it" 3 "$PS" diff -q --json "$tmp/tour.bin" "$tmp/tour32.bin"
same "a change is told in per cent, and as a number where that would be 0.0" \
	"$("$PS" diff -q "$tmp/tour.bin" "$tmp/tour32.bin" |
	awk '/^frames of RAM/ { print $(NF - 1) } /^splits/ { print $NF }' |
		tr '\n' ' ')" "-50.0 -1 "
same "and tells the sizes" "$(jq -c '.figures["frames of RAM"]' "$tmp/out")" "[16368,8176]"
status "diff of two seeds finds where they part" 3 "$PS" diff -q --json "$tmp/churn.bin" \
	"$tmp/churn2.bin"
i=$(jq .events.a.i "$tmp/out")
before=$("$PS" export -q --format=events "$tmp/churn.bin" | jq -c "select(.i == $i) | del(.t)")
after=$("$PS" export -q --format=events "$tmp/churn2.bin" |
	jq -c "select(.i == $(jq .events.b.i "$tmp/out")) | del(.t)")
if [ -n "$before" ] && [ "$before" != "$after" ]; then ok "and the two events differ"
else bad "and the two events differ" "$before"; fi
same "fragmentation at worst is told without steps, and not below the end's" "$(jq '[.figures |
	.["unusable for order 3 at worst, per mille"], .["unusable for order 3 at the end"]] |
	.[0][0] > 0 and .[0][0] >= .[1][0] and .[0][1] >= .[1][1]' "$tmp/out")" true
status "diff needs two captures" 2 "$PS" diff "$tmp/tour.bin"

# ---- the recipes of docs/json.md ----
cp "$tmp/tour.jsonl.gz" "$tmp/trace.jsonl.gz"
"$PS" export -q --format=events -o "$tmp/trace.events" "$tmp/tour.bin"
awk -v dir="$tmp" '
	/^## Recipes/ { on = 1 }
	on && /^```sh/ { n++; getline; print > sprintf("%s/recipe%02d", dir, n) }' docs/json.md
for recipe in "$tmp"/recipe*; do
	(cd "$tmp" && sh "$recipe") >"$tmp/out" 2>"$tmp/err"
	rc=$?
	if [ $rc -ne 0 ] ||
		[ -s "$tmp/err" ]; then bad "recipe ${recipe##*recipe}" "$(head -n 1 "$tmp/err")"
	elif [ ! -s "$tmp/out" ] &&
		! grep -q '"expect"' "$recipe"; then bad "recipe ${recipe##*recipe}" "gives nothing"
	else ok "recipe ${recipe##*recipe} of docs/json.md"; fi
done

# ---- the man page and the completion know every command and option ----
for command in export salvage check info show translate diff metadata dump; do
	missing=
	for option in $("$PS" $command --help | grep -o -- '--[a-z-]*' | sort -u); do
		tr -d "\\\\" <"$B/pagescope.1" | grep -q -- "$option" || missing="$missing $option"
	done
	tr -d "\\\\" <"$B/pagescope.1" | grep -q "$command" || missing="$missing $command"
	same "the man page knows $command and its options" "$missing" ""
done
if command -v bash >/dev/null; then
	same "completion of a command" \
		"$(bash -c '. '"$B"'/pagescope.bash; COMP_WORDS=(build/pagescope tr)
		COMP_CWORD=1; _pagescope; echo ${COMPREPLY[*]}')" translate
	same "completion of an option" \
		"$(bash -c '. '"$B"'/pagescope.bash; COMP_WORDS=('"$PS"' show --at)
		COMP_CWORD=2; COMP_WORDS[1]=translate; _pagescope; echo ${COMPREPLY[*]}')" \
			"--at --at-event"
	same "completion of a view" \
		"$(bash -c '. '"$B"'/pagescope.bash; COMP_WORDS=('"$PS"' show bu)
		COMP_CWORD=2; _pagescope; echo ${COMPREPLY[*]}')" buddyinfo
	same "completion of a format of metadata" "$(bash -c '. '"$B"'/pagescope.bash
		COMP_WORDS=('"$PS"' metadata -f s)
		COMP_CWORD=3; _pagescope; echo ${COMPREPLY[*]}')" schema
	same "completion of an event" \
		"$(bash -c '. '"$B"'/pagescope.bash; COMP_WORDS=('"$PS"' export -e buddy_m)
		COMP_CWORD=3; _pagescope; echo ${COMPREPLY[*]}')" buddy_merge
	same "completion of the second event of a list" "$(bash -c '. '"$B"'/pagescope.bash
		COMP_WORDS=('"$PS"' export -e zone_skip,buddy_m)
		COMP_CWORD=3; _pagescope; echo ${COMPREPLY[*]}')" \
		zone_skip,buddy_merge
	for words in "=" "= h"; do
		same "completion after --format$words" "$(bash -c '. '"$B"'/pagescope.bash
			COMP_WORDS=('"$PS"' export --format '"$words"')
			COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
			_pagescope; echo ${COMPREPLY[*]}')" \
				"$([ "$words" = "=" ] && echo jsonl events html perfetto ctf ||
				echo html)"
	done
fi

# ---- the commands of docs/exporter.md ----
mkdir "$tmp/doc"
cp "$tmp/tour.bin" "$tmp/doc/capture.bin"
printf '<html><!-- PAGESCOPE-TRACE --></html>' >"$tmp/doc/viewer.html"
ln -s "$PWD/$B/pagescope" "$tmp/doc/pagescope"
ln -s "$PWD/$B" "$tmp/doc/build"
[ -e "$B/viewer.html" ] || sed 's|--format=html|--format=html --viewer viewer.html|' \
	docs/exporter.md >"$tmp/exporter.md"
[ -e "$tmp/exporter.md" ] || cp docs/exporter.md "$tmp/exporter.md"
awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on' "$tmp/exporter.md" >"$tmp/doc/commands"
while read -r command; do
	(cd "$tmp/doc" && PATH=$tmp/doc:$PATH sh -c "$command") >"$tmp/out" 2>"$tmp/err"
	rc=$?
	if [ $rc -eq 0 ]; then ok "docs: $command"
	else bad "docs: $command" "status $rc: $(head -n 1 "$tmp/err")"; fi
done <"$tmp/doc/commands"

# ---- exit statuses and messages ----
status "--help" 0 "$PS" --help
status "--version" 0 "$PS" --version
version=$(sed -n 's/#define PAGESCOPE_VERSION "\(.*\)"/\1/p' include/pagescope/version.h)
same "and it is the project's" "$(head -n 1 "$tmp/out")" "pagescope $version"
status "help of a command" 0 "$PS" help salvage
same "is its --help" "$(cksum <"$tmp/out")" "$("$PS" salvage --help | cksum)"
status "the old name of salvage" 0 "$PS" clean -q -o "$tmp/t" "$tmp/tour.bin"
for command in export salvage check info show translate diff metadata dump; do
	status "$command --help" 0 "$PS" $command --help
	if [ -s "$tmp/err" ]; then bad "$command --help" "writes to stderr"; fi
done
status "no command is a usage error" 2 "$PS"
status "an unknown command is a usage error" 2 "$PS" frobnicate
status "an unknown option is a usage error" 2 "$PS" info --frobnicate
status "an unknown format is a usage error" 2 "$PS" export --format=xml "$tmp/tour.bin"
says "and the formats are named" jsonl
status "an unknown event is a usage error" 2 "$PS" export -e nothing "$tmp/tour.bin"
status "two captures are a usage error" 2 "$PS" info "$tmp/tour.bin" "$tmp/tour.bin"
status "a bad tick is a usage error" 2 "$PS" show buddyinfo --at soon "$tmp/tour.bin"
status "a bad address is a usage error" 2 "$PS" translate main "$tmp/tour.bin"
status "an unknown view is a usage error" 2 "$PS" show nothing "$tmp/tour.bin"
says "and the views are named" buddyinfo
status "salvage needs a directory" 2 "$PS" salvage "$tmp/tour.bin"
mkdir "$tmp/precious"
echo mine >"$tmp/precious/file"
status "a directory not ours is not replaced" 1 "$PS" salvage -o "$tmp/precious" "$tmp/tour.bin"
same "and left as it was" "$(cat "$tmp/precious/file")" mine
status "a directory that cannot be written" 1 "$PS" export -o "$tmp/none/x.jsonl" "$tmp/tour.bin"
says "and it is named" "$tmp/none/x.jsonl"
echo old >"$tmp/old.jsonl"
status "symbols that are no ELF" 1 "$PS" export --symbols Makefile -o "$tmp/old.jsonl" \
	"$tmp/tour.bin"
same "an earlier output survives a failure" "$(cat "$tmp/old.jsonl")" old
same "no temporary file stays" "$(find "$tmp" -name '.*.jsonl.*' | wc -l)" 0
if [ -w /dev/full ]; then
	for command in "export" "export --format=events" "info" "info --json" "check" "dump" \
		"metadata" \
		"show buddyinfo" "translate 0xc4800000"; do
		# shellcheck disable=SC2086 # a command and its options
		"$PS" $command -q "$tmp/tour.bin" >/dev/full 2>"$tmp/err" ||
			"$PS" $command "$tmp/tour.bin" >/dev/full 2>"$tmp/err"
		same "$command on a full disk fails" $? 1
	done
	status "-o /dev/full fails" 1 "$PS" export -q -o /dev/full "$tmp/tour.bin"
fi
("$PS" export --format=events -q "$tmp/tour.bin"; echo $? >"$tmp/rc") 2>"$tmp/err" |
	head -n 1 >/dev/null
same "a closed pipe ends it as other tools" "$(cat "$tmp/rc")" 141
if [ -s "$tmp/err" ]; then bad "and quietly" "$(cat "$tmp/err")"; else ok "and quietly"; fi
