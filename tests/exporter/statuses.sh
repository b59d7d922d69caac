#!/bin/bash
# SPDX-License-Identifier: MIT
# Exit statuses (docs/exporter.md): every command with a full disk, a closed pipe, a file
# that is missing and one that is no capture; each ends with a status and says why.
B=${B:-build}
. tests/lib/claims.sh
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
P=$PWD/$B/pagescope M=$PWD/$B/mmsim
printf 'p = alloc 3\nfree p\n' >"$tmp/x.scn"
cd "$tmp" || exit 1
"$M" --scenario x.scn -o c.bin 2>/dev/null
echo "no capture" >wrong

# ends STATUS NAME COMMAND...: so, with one line about it on stderr, which names the program
ends() {
	wanted=$1 name=$2
	shift 2
	"$@" >out 2>err
	status=$?
	claim "$name: status $wanted" "$status: $(head -n 1 err)" [ $status = "$wanted" ]
	[ "$wanted" = 0 ] || claim "$name: says why" "$(head -n 2 err)" \
		[ "$(grep -cE '^(pagescope|mmsim): .' err)" -ge 1 ]
}
into_full() { "$@" >/dev/full; }

while read -r command; do
	for form in "" --json; do
		case $form$command in --json*) ;; *) [ -z "$form" ] || continue ;; esac
		[ -z "$form" ] || "$P" "${command%% *}" --help | grep -q -- --json || continue
		# shellcheck disable=SC2086 # a command and its words
		{
			name="$command $form"
			ends 0 "$name" "$P" $command $form c.bin
			ends 1 "$name >/dev/full" into_full "$P" $command $form c.bin
			ends 1 "$name, a missing file" "$P" $command $form missing
			ends 1 "$name, another file" "$P" $command $form wrong
			ends 1 "$name, an empty file" "$P" $command $form /dev/stdin <<<""
			ends 2 "$name, a wrong option" "$P" $command $form --nonsense c.bin
		}
	done
done <<'COMMANDS'
export
export --format=events
export --format=perfetto
export --format=html
check
info
show buddyinfo
show zoneinfo
show vmallocinfo
show layout
show pagetables
show extfrag
show leaks
show slabinfo
translate 0xc0100000
metadata
metadata --format=schema
metadata --format=markdown
dump
COMMANDS
for command in why import; do
	ends 1 "$command, a missing file" "$P" $command missing
	ends 1 "$command, another file" "$P" $command wrong
	ends 2 "$command, a wrong option" "$P" $command --nonsense c.bin
done
ends 1 "why, a run that does not tell how it ended" "$P" why c.bin
ends 0 "diff" "$P" diff c.bin c.bin
ends 1 "diff >/dev/full" into_full "$P" diff c.bin c.bin
ends 1 "diff, a missing file" "$P" diff c.bin missing
ends 1 "diff, another file" "$P" diff c.bin wrong
ends 2 "diff of one" "$P" diff c.bin
ends 0 "salvage" "$P" salvage -o dir c.bin
ends 1 "salvage, a missing file" "$P" salvage -o dir missing
ends 1 "salvage into nowhere" "$P" salvage -o none/dir c.bin
for words in "perfetto -e mark" "perfetto --check" "events --rerun x" "jsonl --viewer c.bin" \
	"ctf --from 3" "ctf --session 1"; do
	# shellcheck disable=SC2086 # a form and an option
	ends 2 "export of a form that ignores it: $words" "$P" export -o none -f $words c.bin
done
ends 2 "show of what no directory has" "$P" show buddyinfo --pgd 0x101000 c.bin
ends 2 "show at two moments" "$P" show buddyinfo --at 5 --at-event 3 c.bin
# what there is one of is not many
printf 'p = alloc 0\nv = vmalloc 4K\n' >one.scn
"$M" --scenario one.scn -o one.bin 2>/dev/null
cat one.bin one.bin c.bin >more.bin
for words in "check one.bin" "info one.bin" "info more.bin" "show vmallocinfo one.bin" \
	"show leaks one.bin" "diff one.bin c.bin" "diff one.bin one.bin"; do
	# shellcheck disable=SC2086 # a command and its words
	"$P" $words >out 2>&1
	claim "$words: one of a thing is called so" "$(grep -wE '1 [a-z]+s' out | head -n 2)" \
		[ -s out -a -z "$(grep -E '(^|[^0-9,.])1 [a-z]+s\b' out)" ]
done
ends 2 "salvage without -o" "$P" salvage c.bin
ends 0 "clean, its name of before" "$P" clean -o dir c.bin
for words in help "help info" "help man" "help completion" --version --help "info --help"; do
	# shellcheck disable=SC2086 # words
	{
		ends 0 "$words" "$P" $words
		ends 1 "$words >/dev/full" into_full "$P" $words
	}
done
for words in "--help" "-h" "--version"; do
	ends 0 "mmsim $words" "$M" "$words"
	ends 1 "mmsim $words >/dev/full" into_full "$M" "$words"
done
ends 2 "mmsim --nonsense" "$M" --nonsense
ends 2 "mmsim --scenario" "$M" --scenario
ends 1 "mmsim, a missing file" "$M" --scenario missing
ends 1 "mmsim, another file" "$M" --transcript wrong
ends 2 "no command" "$P" nonsense
for words in "export c.bin" "dump c.bin" "check c.bin" "info c.bin"; do
	exec 3> >(:)
	wait $! # nobody reads any longer
	# shellcheck disable=SC2086 # words
	( trap '' PIPE; exec "$P" $words >&3 2>err )
	echo $? >closed
	exec 3>&-
	claim "$words into a closed pipe: status 1 and why" "$(cat closed) $(cat err)" \
		[ "$(cat closed) $(grep -c '^pagescope: standard output' err)" = "1 1" ]
done
for words in "info c.bin" "show layout c.bin" "diff c.bin c.bin" help; do
	# shellcheck disable=SC2086 # words
	"$P" $words 2>err >&-
	status=$?
	claim "$words without a standard output: status 1 and why" "$status $(cat err)" \
		[ "$status $(grep -c '^pagescope: standard output: write failed' err)" = "1 1" ]
done
[ "$fails" -eq 0 ]
