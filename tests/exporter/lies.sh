#!/bin/sh
# SPDX-License-Identifier: MIT
# lies.sh - a real trace in which one event was left out or one value changed:
# `check` must notice each, or the replay is not a check at all.
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. tests/lib/claims.sh

"$B/mmsim" --scenario scenarios/tour.scn -o "$tmp/tour.bin" >/dev/null 2>&1
"$B/mmsim" --ram 1G --highmem --events 30000 -o "$tmp/churn.bin" >/dev/null 2>&1
cat >"$tmp/small.scn" <<'S'
p = alloc 0 gfp=HIGHUSER count=4
a = kmap p
kunmap a
w = vmap p
S
"$B/mmsim" --ram 1G --highmem --scenario "$tmp/small.scn" -o "$tmp/small.bin" >"$tmp/err" 2>&1 ||
	echo "not ok lies: scenario: $(tail -n 2 "$tmp/err")"

# lie CAPTURE EVENT N [FIELD=VALUE]
lie() {
	capture=$1
	shift
	"$B/mutate" "$tmp/$capture.bin" "$@" >"$tmp/lie" ||
		{ echo "not ok lies: $*: mutate failed"; return; }
	timeout "$HANG_AFTER" "$B/pagescope" check -q --json "$tmp/lie" >"$tmp/json"
	rc=$?
	if [ $rc -eq 3 ]; then
		echo "ok lies: $capture: $*: $(jq -r .first.rule "$tmp/json")"
	else
		echo "not ok lies: $capture: $*: not noticed"
	fi
}

for n in 0 100 -1; do
	for event in mm_page_alloc mm_page_free buddy_split buddy_merge pte_set pte_clear; do
		lie tour $event $n
		lie churn $event $n
	done
done
for event in pde_set alloc_vmap_area free_vmap_area vmalloc_enter vfree_enter slab_grow \
	kmalloc kfree reserve_bootmem pte_range_set; do
	lie tour $event 0
done
lie tour kmem_cache_create 1
lie tour tlb_flush 2
lie tour pgd_alloc 0
lie tour slab_grow -1
for event in kmap kunmap page_ref_mod vmalloc_exit; do
	lie small $event 0
done
lie tour mm_page_alloc 200 order=1
lie churn mm_page_alloc 200 zone=0
lie churn mm_page_alloc 200 gfp_flags=1
lie tour mm_page_free 15000 order=3
lie tour pte_set 5 pte=0x200163
lie tour pte_set 5 addr=0xc4900000
lie tour pde_set 1 pde=0x200067
lie tour alloc_vmap_area 1 size=4096
lie small alloc_vmap_area 0 flags=1
lie tour alloc_vmap_area 1 addr=0xc4700000
lie tour zone_state 5 free_pages=1
lie tour zone_state 5 list_hash=1
lie tour zone_state 5 map_hash=1
lie tour mem_map_state 1 hash=1
lie tour page_flags_state 1 hash=1
lie tour page_flags_state 2 nr_used=7
lie tour vmlist_state 1 hash=1
lie tour pgd_state 1 hash=1
lie tour pgtable_state 1 hash=1
lie tour slab_state 1 hash=1
lie churn pkmap_state 1 hash=1
