#!/bin/sh
# SPDX-License-Identifier: MIT
# What a trace point costs when nothing is traced: compiled out nothing, off at
# run time three instructions at most; what that comes to in a run is measured by
# tests/bench/trace.sh.
# shellcheck disable=SC2086 # $flags is several words
B=${B:-build}
CC=${KCC:-i686-linux-gnu-gcc}
flags="-std=gnu11 -O2 -march=i686 -ffreestanding -fno-pic -fno-stack-protector
	-fno-asynchronous-unwind-tables -mgeneral-regs-only -fno-strict-aliasing
	-fno-delete-null-pointer-checks -Ikernel -Ikernel/i386"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# The kernel's own trace points against the same sources with none: TRACE and
# its like empty, everything else as it is.
mkdir -p "$tmp/none/pagescope"
cp include/pagescope/*.h include/pagescope/events.def "$tmp/none/pagescope/"
cat >>"$tmp/none/pagescope/trace.h" <<'END'
#undef TRACE
#undef TRACE_STR
#undef TRACE_COPY
#define TRACE(...) ((void)0)
#define TRACE_STR(...) ((void)0)
#define TRACE_COPY(...) ((void)0)
END
text() {
	i686-linux-gnu-objdump -dr --no-show-raw-insn "$1" | sed 1,3d
}
for source in kernel/mm/*.c kernel/clients/*.c kernel/scenario/*.c kernel/i386/*.c; do
	grep -q 'TRACE' "$source" || continue
	name=${source#kernel/}
	if ! { $CC $flags -Iinclude -DPS_TRACE=0 -c "$source" -o "$tmp/out.o" &&
		$CC $flags -I"$tmp/none" -DPS_TRACE=0 -c "$source" -o "$tmp/none.o"; } 2>"$tmp/log"
	then
		echo "not ok $name compiles with -DPS_TRACE=0: $(grep -m1 error "$tmp/log")"
		continue
	fi
	text "$tmp/out.o" >"$tmp/out.txt"
	text "$tmp/none.o" >"$tmp/none.txt"
	if cmp -s "$tmp/out.txt" "$tmp/none.txt"; then
		echo "ok $name compiled out: the code of a source without trace points"
	else
		echo "not ok $name compiled out: code differs from a source without trace points"
	fi
done

# Off: what is executed of a point that is the whole function, but its return.
cat >"$tmp/point.c" <<'END'
#include <pagescope/trace.h>
void point(ps_u32 pfn, ps_u32 ip);
void point(ps_u32 pfn, ps_u32 ip)
{
	TRACE(mm_page_alloc, .pfn = pfn, .order = 0, .zone = 1, .gfp_flags = 0x1f0,
	      .call_site = ip);
}
END
$CC $flags -Iinclude -c "$tmp/point.c" -o "$tmp/point.o"
# Up to the jump, and what is at its target before the return.
text "$tmp/point.o" | awk '
	$1 !~ /^[0-9a-f]+:$/ || $2 ~ /^R_386/ { next }
	!target || $1 == target ":" || there { n++; path = path " " $2 }
	$1 == target ":" { there = 1 }
	!target && $2 == "je" { target = $3 }
	there && $2 == "ret" { there = 0; ended = 1 }
	END {
		n--	# the return is not the trace point
		if (ended && n <= 3)
			print "ok off, a trace point executes " n " instructions"
		else
			print "not ok off, a trace point executes at most 3 instructions:" path
	}'
