#!/bin/sh
# SPDX-License-Identifier: MIT
# headers.sh - include/pagescope compiles without a warning in a kernel with types of its own,
# under the flags that kernels are built with, in C of 1989 and of now, in C++, with and
# without tracing.
. tests/lib/claims.sh
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# compiles NAME COMMAND...: with the flags that all have
compiles() {
	what=$1
	shift
	"$@" -m32 -ffreestanding -fno-pic -fno-stack-protector -Wall -Wextra -Werror \
		-Iinclude -c -o "$tmp/o" tests/dropin/headers.c 2>"$tmp/said"
	status=$?
	claim "the headers compile: $what" "$(grep -m 3 error "$tmp/said")" [ $status -eq 0 ]
	[ $status -eq 0 ] || return
	needed=$(i686-linux-gnu-nm -u "$tmp/o" | awk '$2 !~ /^mem(cpy|set)$/ { print $2 }')
	claim "they need nothing but memcpy and memset: $what" "$needed" [ -z "$needed" ]
}
gcc=i686-linux-gnu-gcc
compiles "C of 1989 with GNU's words" $gcc -std=gnu89 -O2 -Wdeclaration-after-statement -Wundef
compiles "C of 2017" $gcc -std=gnu17 -O2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes
compiles "no optimisation" $gcc -std=gnu11 -O0 -ggdb -fno-omit-frame-pointer
compiles "no tracing" $gcc -std=gnu11 -O2 -DPS_TRACE=0
compiles "xv6's flags" $gcc -fno-builtin -fno-strict-aliasing -O2 -ggdb -fno-omit-frame-pointer
compiles "C++" g++ -x c++ -std=gnu++20 -O2 -fno-exceptions -fno-rtti -Wno-missing-field-initializers
[ "$fails" -eq 0 ]
