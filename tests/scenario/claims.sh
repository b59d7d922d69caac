#!/bin/sh
# SPDX-License-Identifier: MIT
# claims.sh - the chapter's claims and the lessons hold at eleven sizes of RAM,
# and the tables of docs/claims.md are what they print.
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# run FILE RAM WANTED-STATUS-OF-CHECK [OPTION...]: one line
run() {
	file=$1 ram=$2 want=$3
	shift 3
	name="$(basename "$(dirname "$file")")/$(basename "$file" .scn) at $ram $*"
	build/mmsim --ram "$ram" "$@" --scenario "$file" -o "$tmp/capture" >"$tmp/out" 2>&1 || {
		echo "not ok $name: $(grep -m 1 'scn:' "$tmp/out")"
		return
	}
	build/pagescope check "$tmp/capture" >"$tmp/check" 2>&1
	status=$?
	[ $status -eq "$want" ] && echo "ok $name" ||
		echo "not ok $name: check gives $status: $(grep -m 1 violation "$tmp/check")"
}

sizes="8M 16M 24M 32M 64M 128M 256M 512M 768M 880M 896M"
for ram in $sizes; do
	for file in scenarios/claims/*.scn scenarios/lessons/*.scn; do
		run "$file" "$ram" 0
		case $file in
		*/flush.scn) # what it does must be named
			grep -q "^hazard  *table-poked" "$tmp/check" &&
				echo "ok a table written by hand is named at $ram" ||
				echo "not ok a table written by hand is named at $ram:" \
					"$(grep -m 1 hazard "$tmp/check")" ;;
		esac
	done
done
for file in scenarios/claims/*.scn; do
	run "$file" 2G 0 --highmem=on
done

# said NAME TEXT: the document has this text
said() {
	grep -qF -- "$2" docs/claims.md && echo "ok docs/claims.md: $1" ||
		echo "not ok docs/claims.md: $1: no \"$2\""
}

# value NAME OUTPUT: the last word of the line that begins with NAME
value() { sed -n "s/^$1 //p" "$2" | tail -n 1; }

for ram in 8M 16M 32M 64M 128M 256M 512M 768M 880M 888M 896M; do
	for highmem in off on; do
		build/mmsim --ram $ram --highmem=$highmem --scenario scenarios/claims/start.scn \
			>"$tmp/$highmem" 2>&1
		kib=$(value 'region, KiB:' "$tmp/$highmem")
		# shellcheck disable=SC2034 # used by the eval
		hundredths=$((kib * 100 / 1024))
		eval "$highmem=\$((hundredths / 100)).\$(printf %02d \$((hundredths % 100)))"
	done
	from=$(value high_memory "$tmp/off") start=$(value VMALLOC_START "$tmp/off")
	# shellcheck disable=SC2154 # the eval sets on and off
	said "the region at $ram" "| $ram | $from | $start | ${off} MiB | ${on} MiB |"
done
# Where "at least 128 MiB" ends, to the page: region PAGES-OF-LOW-MEMORY on|off
region() {
	printf '0 0x9f000 1\n0x100000 %d 1\n' $(($1 * 4096 - 0x100000)) >"$tmp/map"
	build/mmsim --ram 1G --e820 "$tmp/map" \
		--highmem="$2" --scenario scenarios/claims/start.scn >"$tmp/edge" 2>&1
	value 'region, KiB:' "$tmp/edge"
}
edge() { # NAME HIGHMEM PAGES: the last size that keeps 128 MiB
	last=$(region "$3" "$2") first=$(region $(($3 + 1)) "$2")
	[ "$last" -ge 131072 ] && [ "$first" -lt 131072 ] && echo "ok $1: $last KiB, then $first" ||
		echo "not ok $1: $last KiB, then $first"
	said "$1" "| $(($3 / 256)) MiB, $3 pages | $last KiB | $first KiB |"
}
edge "without HIGHMEM, 128 MiB end at 880 MiB" off 225280
edge "with HIGHMEM, 128 MiB end at 848 MiB" on 217088

for name in contiguous external internal limit; do
	build/mmsim --scenario scenarios/claims/$name.scn >"$tmp/$name" 2>&1
done
external() { value "$1" "$tmp/external"; }
internal() { value "$1" "$tmp/internal"; }
said "frames of 16 pages" "**$(value 'frames for 16 pages of vmalloc:' "$tmp/contiguous") frames**"
row="| $(external 'free pages:') | $(external 'highest order free:') |"
row="$row $(external 'unusable for order 1, per mille:') ‰ |"
row="$row $(external 'fragmentation index of order 1:') ‰ |"
row="$row $(external 'fragmentation index of order 3:') ‰ |"
said "the checkerboard" "$row"
said "pages granted" \
	"grants $(internal 'pages granted:') pages where $(internal 'pages asked for:')"
block=$(internal 'frames a block of 65 pages takes:')
area=$(internal 'frames vmalloc takes for 65 pages:')
said "65 pages" "65 pages cost $block as a block, and $area"
said "rows of two" "$(internal 'free pages in rows of two:') pages free"
refused=$(internal 'free pages that a request cannot have:')
said "watermarks" "$refused pages of the zone were free and refused"
said "free at the limit" "$(value 'free pages:' "$tmp/limit") pages free"
