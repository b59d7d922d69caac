# SPDX-License-Identifier: MIT
# stretch.awk - a capture (docs/real-workloads.md) of a larger machine, from one
# of a small machine: every line once for each of the frame numbers in BASES,
# which the frames of that copy begin at.  Tasks and areas are the copy's own.
# Copies from 0x38000 up lie in high memory, so what they ask for may.
#
#	awk -v bases='0 4000 38000' -v what=events -f stretch.awk <events.txt
#
# what=events, initmap (the bases ascend, and no copy is longer than the step),
# vmpages.  areas=N: only the first N copies have areas; the others' pages of them
# are ordinary ones.

function hex(text,   n, i) {
	for (i = 1; i <= length(text); i++)
		n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return n
}
function moved(pfn, copy) { return sprintf("%x", hex(pfn) + base[copy]) }
# Areas of a copy lie 8 MiB times its number further up.
function area(addr, copy) { return sprintf("%x", hex(addr) + copy * 8388608) }
function mask(gfp, copy,   low) {
	if (gfp == "-" || !copy)
		return gfp
	sub(/^0x/, "", gfp)
	low = hex(substr(gfp, length(gfp)))
	if (low % 2)			# no DMA: there is one zone of it
		low--
	if (base[copy] >= 229376 && int(low / 2) % 2 == 0)
		low += 2
	return "0x" substr(gfp, 1, length(gfp) - 1) sprintf("%x", low)
}

BEGIN {
	copies = split(bases, word, " ")
	if (!areas)
		areas = copies
	for (i = 1; i <= copies; i++)
		base[i - 1] = hex(word[i])
}

/^#phase/ { print; next }
what == "events" && /^#ufree/ {
	for (i = 0; i < copies; i++)
		print $1, $2, moved($3, i), $4, $5 (i ? "-" i : "")
	next
}
/^#/ { if (what == "initmap") print; next }
what == "initmap" { run[++runs] = $0; next }
what == "vmpages" {
	for (i = 0; i < copies && i < areas; i++) {
		printf "%s %s %s", area($1, i), $2, $3
		for (k = 4; k <= NF; k++)
			printf " %s", moved($k, i)
		print ""
	}
	next
}
$2 == "vmalloc" || $2 == "vfree" {
	for (i = 0; i < copies && i < areas; i++)
		print $1, $2, area($3, i), $4, $5, $6
	next
}
{
	for (i = 0; i < copies; i++)
		print $1, $2, moved($3, i), $4, mask($5, i), $6 (i ? "-" i : "")
}

END {
	for (i = 0; what == "initmap" && i < copies; i++)
		for (k = 1; k <= runs; k++) {
			split(run[k], word, " ")
			print moved(word[1], i), word[2], word[3]
		}
}
