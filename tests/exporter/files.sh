#!/bin/bash
# SPDX-License-Identifier: MIT
# Files on the command line: no input is replaced under any of its names, nothing
# temporary stays, and a file of another kind is told by name with what to do.
B=${B:-build}
. tests/lib/claims.sh
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
P=$PWD/$B/pagescope M=$PWD/$B/mmsim viewer=$PWD/$B/viewer.html
printf 'p = alloc 3\nfree p\n' >"$tmp/x.scn"
"$M" --scenario "$tmp/x.scn" -o "$tmp/good.bin" 2>/dev/null
cd "$tmp" || exit 1

# ---- inputs stay ----

# kept NAME FILE COMMAND...: refused with status 2, and FILE is as it was
kept() {
	name=$1 file=$2
	shift 2
	before=$(sha256sum <"$file")
	"$@" >out 2>err
	status=$?
	claim "kept: $name" "status $status: $(head -n 1 err)" \
		[ "$status $(sha256sum <"$file")" = "2 $before" ]
}
lay_out() {
	cp good.bin c.bin
	ln -sf c.bin link && ln -f c.bin hard
	cp "$viewer" v.html
	"$P" export -q --format=ctf -o dir c.bin
}
for form in jsonl events perfetto html; do
	for name in c.bin ./c.bin "$tmp/c.bin" link hard; do
		lay_out
		kept "$form over $name" c.bin "$P" export -f $form -o "$name" c.bin
	done
done
lay_out
kept "a pipe's end that is the file" c.bin sh -c "$P export -o c.bin - <c.bin"
kept "standard output into it" c.bin sh -c "$P export c.bin >>c.bin"
kept "the viewer" v.html "$P" export -f html --viewer v.html -o v.html c.bin
cp "$M" kernel.elf
kept "the symbols" kernel.elf "$P" export -s kernel.elf -o kernel.elf c.bin
kept "metadata over its capture" c.bin "$P" metadata -o c.bin c.bin
kept "a stream of a directory" dir/kernel "$P" export -o dir/kernel dir
kept "the metadata of a directory" dir/metadata "$P" export -o dir/metadata dir
kept "a directory by itself" dir/kernel "$P" export -f ctf -o dir dir
kept "a directory by one of its files" dir/kernel "$P" salvage -o dir dir/kernel
kept "mmsim: the scenario" x.scn "$M" --scenario x.scn -o x.scn
printf '0 0x4000000 1\n' >map
kept "mmsim: the firmware map" map "$M" --e820 map --scenario x.scn -o map
printf 'replay "rec.bin"\n' >r.scn
echo no recording >rec.bin
"$M" --scenario r.scn -o rec.bin 2>err
claim "kept: mmsim: a recording that the scenario reads" "$(cat err)" \
	[ "$(cat rec.bin)" = "no recording" ]

# ---- nothing temporary stays ----

"$M" --events 300000 -o big.bin
extra() { find . -name '.pagescope*' -o -name '.mmsim*'; }
for form in jsonl ctf html; do
	(ulimit -f 50; "$P" export -f $form -o big.out big.bin >out 2>err)
	status=$?
	claim "a file too large ($form): status 1 and a message" "$status: $(cat err)" \
		[ "$status $(grep -c 'File too large' err)" = "1 1" ]
	claim "a file too large ($form): nothing stays" "$(extra)" \
		[ -z "$(extra)$(ls big.out 2>&-)" ]
done
for sig in INT TERM HUP QUIT; do
	for form in jsonl ctf; do
		(exec "$P" export -f $form -o big.out - < <(cat big.bin; sleep 5)) &
		sleep 0.3
		kill -$sig $! && wait $! 2>/dev/null
		claim "ended by SIG$sig ($form): nothing stays" "$(extra)" [ -z "$(extra)" ]
	done
done
rm -rf big.out
(ulimit -f 50; "$M" --events 300000 -o big.out 2>err)
claim "mmsim: a file too large: a message" "$(cat err)" grep -q 'File too large' err
claim "mmsim: a file too large: nothing stays" "$(extra)" [ -z "$(extra)$(ls big.out 2>&-)" ]
"$M" --events 1000000000 -o big.out &
sleep 0.5
kill -INT $! || kill -TERM $!
kill -TERM $! 2>/dev/null
wait $!
claim "mmsim: ended by a signal: whole packets" "$("$P" info big.out | tail -n 1)" \
	grep -q unfinished <<<"$("$P" info big.out)"
claim "mmsim: ended by a signal: nothing else stays" "$(extra)" [ -z "$(extra)" ]
long=$(printf 'n%.0s' $(seq 250))
claim "a name as long as a name can be" "$("$P" export -o "$long.json" c.bin 2>&1)" \
	"$P" export -o "$long.json" c.bin
claim "a directory of such a name" "$("$P" export -f ctf -o "$long" c.bin 2>&1)" \
	"$P" export -f ctf -o "$long" c.bin
claim "mmsim: such a name" "" "$M" --events 10 -o "$long.bin"

lay_out
"$P" export -q -f ctf -o here c.bin && (cd here && "$P" export -q -f ctf -o . ../c.bin) 2>err
claim "a directory is replaced by the name of ." "$(cat err)" \
	[ "$("$P" info here 2>&1)" = "$("$P" info c.bin 2>&1)" ]
rm -rf here

# ---- other kinds ----

lay_out
"$P" info c.bin >want
rm -f hard link; gzip -kf c.bin
(head -c 5000 c.bin | gzip; tail -c +5001 c.bin | gzip) >two.gz
for file in c.bin.gz two.gz dir dir/; do
	claim "read as it is: $file" "$("$P" info $file 2>&1 | diff - want | head -n 2)" \
		[ "$("$P" info $file 2>&1)" = "$(cat want)" ]
done
for command in "check" "show buddyinfo" "translate 0xc0100000" "dump" "export" "metadata"; do
	# shellcheck disable=SC2086 # a command and a word
	claim "$command takes a CTF directory" "$("$P" $command dir 2>&1 | head -n 1)" \
		[ "$("$P" $command dir 2>/dev/null | grep -vc "^[0-9]")" = \
		"$("$P" $command c.bin 2>/dev/null | grep -vc "^[0-9]")" ]
done
claim "diff takes a CTF directory" "" eval '"$P" diff dir c.bin >out'
printf 'p = alloc 2\npanic\n' >p.scn
"$M" --scenario p.scn -o p.bin 2>/dev/null
cat c.bin p.bin >both.bin
"$P" export -q -f ctf -o sessions both.bin
claim "sessions of a directory stay apart" "$("$P" info sessions | tail -n 2)" \
	[ "$("$P" info sessions | grep -v ^losses)" = "$("$P" info both.bin | grep -v ^losses)" ]
head -c 8000 c.bin.gz >cut.gz
head -c -100 c.bin >cut.bin
claim "cut off within a packet is not damaged" "$("$P" info cut.bin 2>&1 | tail -n 1)" \
	grep -q '^verdict *unfinished: .* within a packet' <<<"$("$P" info cut.bin 2>&1)"
claim "gzip data that is cut is said" "$("$P" info cut.gz 2>&1 | head -n 1)" \
	grep -q 'cut.gz: the gzip data is cut off' <<<"$("$P" info cut.gz 2>&1)"
"$P" export -q -o t.jsonl.gz c.bin
"$P" export -q -o t.jsonl c.bin
"$P" export -q -f events -o e.json c.bin
"$P" export -q -f html --viewer v.html -o r.html c.bin
"$P" export -q -f perfetto -o p.json c.bin
printf 'PK\3\4 and so on' >x.zip
printf 'PK\5\6 and so on' >none.zip
printf '\3757zXZ\0 and so on' >x.xz
printf '\50\265\57\375 and so on' >x.zst
kinds='(a capture|packed|a program|JSON|HTML)'
for file in c.bin c.bin.gz x.zip x.xz x.zst kernel.elf t.jsonl p.json r.html; do
	for option in --scenario --transcript --e820; do
		[ "$option $file" != "--transcript c.bin.gz" ] || continue	# read as it is
		[ "$option $file" != "--e820 c.bin.gz" ] || continue
		also=
		[ $option != --e820 ] || also="--events 1"
		# shellcheck disable=SC2086 # none or two words
		"$M" $option $file $also >out 2>err
		status=$?
		claim "mmsim $option $file" "$status $(cat err)" \
			[ "$status $(grep -cE "^mmsim: $file: is $kinds" err)" = "1 1" ]
	done
done
printf '0 0x9fc00 1\n0x100000 0x1f00000 1\n' >map
"$M" --e820 map --events 10 -o map.bin 2>/dev/null
"$M" --e820 <(cat map) --events 10 -o pipe.bin 2>err
claim "mmsim reads a pipe from its first byte" "$(cat err)" cmp -s map.bin pipe.bin
for option in --transcript "--events 1 --e820" --workload; do
	# shellcheck disable=SC2086 # one word or three
	"$M" $option dir >out 2>err
	claim "mmsim $option a directory" "$(cat err)" \
		[ "$(cat err)" = "mmsim: dir: Is a directory" ]
done
: >empty
echo plain >plain.txt
for file in c.bin:'a capture' c.bin.gz:'packed with gzip' kernel.elf:'a program' \
	t.jsonl:JSON r.html:HTML empty:'an empty file' plain.txt:'a file'; do
	"$M" --linux "${file%%:*}" >out 2>err
	status=$?
	claim "mmsim --linux ${file%%:*}" "$status $(cat err)" \
		[ "$status $(grep -E "^mmsim: ${file%%:*}: is .*${file#*:}" err |
			grep -c '; --linux takes the directory')" = "1 1" ]
done
"$M" --linux dir >out 2>err
claim "mmsim --linux of another directory: what is wanted" "$(cat err)" \
	grep -q '^mmsim: dir: no events.txt .*; --linux takes' err
gzip -kf v.html
for file in c.bin:'a capture' v.html.gz:'packed with gzip' kernel.elf:'a program' \
	t.jsonl:'an export already' r.html:'a report' empty:'empty' plain.txt:'no viewer'; do
	"$P" export -f html --viewer "${file%%:*}" -o none.html c.bin >out 2>err
	status=$?
	claim "--viewer ${file%%:*}" "$status $(cat err)" \
		[ "$status $(grep -E "^pagescope: ${file%%:*}: is ${file#*:}" err |
			grep -c '; --viewer takes viewer.html')" = "1 1" ]
done
"$P" export -f html --viewer dir -o none.html c.bin 2>err
claim "--viewer of a directory" "$(cat err)" \
	grep -q '^pagescope: dir: is a directory; --viewer takes viewer.html' err
"$M" --transcript c.bin 2>err
claim "one message says that it is no transcript" "$(cat err)" [ "$(wc -l <err)" = 1 ]
"$P" export -q --symbols x.xz c.bin 2>err
claim "symbols that are packed" "$(cat err)" \
	grep -q '^pagescope: x.xz: is packed with xz, .*unpacked$' err
printf '\357\273\277{"rec":"header"}' >bom.jsonl
while IFS='|' read -r file what; do
	"$P" info "$file" >out 2>err
	status=$?
	claim "$file: $what" "$status: $(cat err)" \
		[ "$status $(grep -c "^pagescope: $file: is.* $what" err)" = "1 1" ]
done <<'TABLE'
t.jsonl|an export already
t.jsonl.gz|an export already
bom.jsonl|an export already
e.json|an export already
r.html|a report
v.html|the viewer
p.json|a trace for Perfetto
x.zip|packed with zip
x.xz|packed with xz
none.zip|an empty zip archive
x.zst|packed with zstd
kernel.elf|a program or kernel
dir/metadata|CTF metadata
.|a directory without the metadata
TABLE
[ "$fails" -eq 0 ]
