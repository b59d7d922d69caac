#!/bin/sh
# SPDX-License-Identifier: MIT
# kinds_of_machine.sh - captures of machines that are not Linux 2.4.22's, and of other
# versions: what trace_info says is believed, what cannot be read is refused by name.
cd "$(dirname "$0")" || exit 1
B=${B:-../../build}
PS=$B/pagescope MK=$B/mkcapture
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. ../lib/claims.sh

# capture NAME SED-SCRIPT < lines: on top of machine.txt, edited
capture() { { sed "$2" machine.txt; cat; } | "$MK" >"$tmp/$1"; }
says() { [ "$rc" = 1 ] && grep -q -- "$1" "$tmp/told"; }
# refused NAME WORDS: by check, export, show and info, with status 1
refused() {
	for command in check info "show buddyinfo" "export -o $tmp/out"; do
		# shellcheck disable=SC2086 # words
		"$PS" $command "$tmp/$1" >"$tmp/told" 2>&1
		rc=$?
		claim "$1, ${command%% *}: $2" "status $rc, $(head -n 1 "$tmp/told")" says "$2"
	done
}
# finds NAME RULES: the rules that check finds broken, in order
finds() {
	"$PS" check -q --json "$tmp/$1" >"$tmp/json" 2>"$tmp/err"
	found=$(jq -r '[.findings[].rule] | join(" ")' "$tmp/json")
	claim "$1: check finds ${2:-nothing}" "$found $(head -n 2 "$tmp/err")" [ "$found" = "$2" ]
}

# translates NAME ADDRESS FILTER WANTED CLAIM: what jq's FILTER takes of the answer
translates() {
	"$PS" translate -q --json "$2" "$tmp/$1" >"$tmp/json" 2>"$tmp/err"
	got=$(jq -c "$3" "$tmp/json")
	claim "$1: $5" "$got" [ "$got" = "$4" ]
}

MKCAPTURE_SCHEMA=0x621755e2 capture version1 "" </dev/null
refused version1 "version 1, and this pagescope reads version 2; pagescope 1.0.0 reads it"
capture wide s/entry_bytes=4/entry_bytes=8/ </dev/null
refused wide "entries have 8 bytes in 2 levels"
capture deep s/levels=2/levels=4/ </dev/null
refused deep "entries have 4 bytes in 4 levels"
capture orders s/max_order=10/max_order=17/ </dev/null
refused orders "17 orders; this pagescope reads 1 to 16"

# frames that no event told of may be handed out and given back, and come from the boot
pages="mm_page_alloc pfn=0x300 order=0 zone=0
mm_page_free pfn=0x300 order=0 zone=0
mm_page_alloc pfn=0x300 order=0 zone=0
mm_page_free pfn=0x301 order=0 zone=0"
unknown="/^reserve\|^free_boot/d; s/machine=0x1f/machine=0x10/; s/max_order=10/max_order=1/"
echo "$pages" | capture unknown "$unknown"
finds unknown ""
printf '%s\n' "$pages" "mm_page_alloc pfn=0x300 order=0 zone=0" | capture twice "$unknown"
finds twice double-alloc
echo "$pages" | capture whole "$unknown; s/machine=0x10/machine=0x18/"
finds whole "alloc-reserved"

# a table that is filled before it is hooked in, and one of two directories
capture filled "" <<'L'
pte_alloc table=0x151000
pte_set addr=0x08000000 pte=0x152067 entry_pa=0x151000
pde_set addr=0x08000000 pde=0x151067
L
finds filled ""
translates filled 0x08000010 .physical '"0x00152010"' \
	"the page is there once its table is hooked in"
# an entry that no event told of is unknown, not absent
capture untold "" <<'L'
pde_set addr=0x08000000 pde=0x151067
pte_set addr=0x08000000 pte=0x152067 entry_pa=0x151000
L
translates untold 0x08001000 "[.mapped,.unknown]" "[false,true]" \
	"an entry that no event told of is unknown"
# two processes map the same address: each has its own history, and its own "since"
capture spaces "" <<'L'
mm_page_alloc pfn=0x200 order=0 zone=0 gfp_flags=0x1f0
pgd_alloc pgd=0x200000 mm=1 copied_from=0x101000
mm_page_alloc pfn=0x201 order=0 zone=0 gfp_flags=0x1f0
pgd_alloc pgd=0x201000 mm=2 copied_from=0x101000
pte_alloc table=0x300000
pte_set addr=0x08000000 pte=0x310067 entry_pa=0x300000
pde_set addr=0x08000000 pde=0x300067 pgd=0x200000
pte_alloc table=0x301000
pde_set addr=0x08000000 pde=0x301067 pgd=0x201000
pte_set addr=0x08000000 pte=0x311067 entry_pa=0x301000
switch_mm pgd=0x200000 mm=1
mem_access addr=0x08000000 kind=1 ok=1 value=7
switch_mm pgd=0x201000 mm=2
pte_set addr=0x08000000 old=0x311067 pte=0x312067 entry_pa=0x301000
L
"$PS" export -q --format=events "$tmp/spaces" >"$tmp/events"
first=$(jq -s 'map(.event) | index("mm_page_alloc")' "$tmp/events")
of_space="[.physical,.since-$first,[.history[].i-$first]]"
translates spaces 0x08000000 "$of_space" '["0x00312000",13,[8,9,13]]' \
	"the history of an address is that of the directory in use"
"$PS" translate -q --json --pgd 0x200000 0x08000000 "$tmp/spaces" >"$tmp/json" 2>"$tmp/err"
got=$(jq -c "$of_space" "$tmp/json")
claim "spaces: the other directory has its own, also of what was set before it led there" \
	"$got $(cat "$tmp/err")" [ "$got" = '["0x00310000",5,[5,6,11]]' ]
# slot 1023 maps the directory: its page is a page of the machine
capture recursive s/recursive_slot=0xffff/recursive_slot=1023/ <<'L'
pde_set addr=0xffc00000 pde=0x101003
L
finds recursive ""
translates recursive 0xfffff000 .physical '"0x00101000"' \
	"the directory is seen through its own slot"
# after a loss what is known is checked on
capture lost "" <<'L'
flush
seq 9
mm_page_alloc pfn=0x200 order=9 zone=0 gfp_flags=0x1f0
mm_page_free pfn=0x200 order=9 zone=0
mm_page_free pfn=0x200 order=9 zone=0
L
finds lost "lost-events double-free"
[ "$fails" -eq 0 ]
