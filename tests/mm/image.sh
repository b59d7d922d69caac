#!/bin/sh
# SPDX-License-Identifier: MIT
# image.sh - what the kernel's image itself must show: where 2.4.22's boot tables lie,
# and that interrupts and the memory manager cannot meet.
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
objects=$B/kernel

# claim NAME WHAT WANTED
claim() {
	if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: $2, expected $3"; fi
}

addresses=$(i686-linux-gnu-nm "$B/kernel.elf" |
	awk '$3 ~ /^(swapper_pg_dir|pg0|pg1|empty_zero_page|_end)$/ { print $3, $1 }' | sort |
	tr '\n' ' ')
claim "the boot tables lie where 2.4.22 has them" "$addresses" \
	"_end c0280000 empty_zero_page c0104000 pg0 c0102000 pg1 c0103000 swapper_pg_dir c0101000 "

# No lock is needed for a list that no handler can reach.
called=$(i686-linux-gnu-nm -u "$objects/i386/irq.c.o" | tr -d ' \n')
claim "an interrupt's handler calls nothing" "$called" ""

# Without trace points, which turn interrupts off by themselves.
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
i686-linux-gnu-gcc \
	-std=gnu11 -O2 -march=i686 -ffreestanding -fno-pic -w -DPS_TRACE=0 -Iinclude -Ikernel \
	-Ikernel/i386 -c kernel/mm/page_alloc.c -o "$tmp/page_alloc.o" || exit 1

# count FUNCTION INSTRUCTION
count() {
	i686-linux-gnu-objdump -d --no-show-raw-insn "$tmp/page_alloc.o" |
		awk -v from="<$1>:" -v what="$2" \
		'$2 == from { on = 1; next } on && $2 ~ /^</ { exit }
			on && $2 == what { n++ } END { print n + 0 }'
}
for function in rmqueue free_pages_ip; do
	claim "$function turns interrupts off" \
		"$([ "$(count $function cli)" -gt 0 ] && echo yes)" yes
	claim "$function restores them" "$([ "$(count $function popf)" -gt 0 ] && echo yes)" yes
done
locked=$(i686-linux-gnu-objdump -d --no-show-raw-insn "$objects"/mm/*.o | grep -cw lock)
claim "no locked instruction in the memory manager" "$locked" 0
