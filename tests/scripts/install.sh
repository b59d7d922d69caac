#!/bin/bash
# SPDX-License-Identifier: MIT
# make install into an empty DESTDIR; what is there works while the tree cannot be reached;
# make uninstall leaves nothing.
. tests/lib/boot.sh
prefix=/opt/pagescope
dest="$tmp/a root" at="$tmp/a root$prefix"
mkdir "$dest" "$tmp/user"

# make_succeeds TARGET: without the variables of the make that runs this test
make_succeeds() {
	env -u MAKEFLAGS -u MAKELEVEL make "$1" B="$B" PREFIX=$prefix DESTDIR="$dest" \
		>"$tmp/said" 2>&1
	status=$?
	claim "make $1 succeeds" "$(said)" [ $status -eq 0 ]
}

make_succeeds install
claim "everything lies below DESTDIR/PREFIX" "$(find "$dest" -type f | grep -v "$at" | head -n 3)" \
	[ "$(find "$dest" -type f | wc -l)" -eq "$(find "$at" -type f | wc -l)" ]
found=$(grep -rlIF "$PWD" "$dest" | head -n 3)
claim "no installed text names the tree" "$found" [ -z "$found" ]

# away COMMAND: in an empty directory, with an empty one mounted over the tree
away() {
	# shellcheck disable=SC2046 # none or two options
	unshare $([ "$(id -u)" = 0 ] || echo --user --map-root-user) --mount sh -c \
		'mount -t tmpfs none "$0" && cd "$1" && exec sh -c "$2"' \
		"$PWD" "$tmp/user" "$1" >"$tmp/said" 2>&1
}
# works NAME COMMAND
works() {
	away "$2"
	status=$?
	claim "$1" "$(said)" [ $status -eq 0 ]
}
export PATH="$at/bin:$PATH" PKG_CONFIG_PATH="$at/share/pkgconfig" at
version=$(sed -n 's/^#define PAGESCOPE_VERSION "\(.*\)"$/\1/p' include/pagescope/version.h)
export version tree="$PWD"

works "the tree cannot be reached" '[ ! -e "$tree/Makefile" ]'
works "the simulator runs an installed scenario" \
	'mmsim --scenario "$at/share/pagescope/scenarios/tour.scn" -o capture.bin'
works "pagescope checks its trace" 'pagescope check capture.bin'
works "and puts it into the installed viewer" \
	'pagescope export --format=html -o report.html capture.bin &&
	grep -q "class=\"pagescope-trace\"" report.html'
works "both have a man page" 'grep -q "^.SH NAME" "$at"/share/man/man1/pagescope.1 &&
	grep -q "^.SH NAME" "$at"/share/man/man1/mmsim.1'
cat >"$tmp/user/complete" <<'END'
. "$at/share/bash-completion/completions/pagescope"
COMP_WORDS=(pagescope exp) COMP_CWORD=1
_pagescope
[ "${COMPREPLY[*]}" = export ]
END
works "the completion completes" 'bash complete'
works "pkg-config knows the version" '[ "$(pkg-config --modversion pagescope)" = "$version" ]'
printf '%s\n' '#include <pagescope/event.h>' '#include <pagescope/ctf.h>' \
	'#include <pagescope/tracer.h>' 'int main(void) { return 0; }' >"$tmp/user/kernel.c"
works "its headers compile in another kernel" \
	'i686-linux-gnu-gcc -std=gnu11 -ffreestanding -c kernel.c -I"$(pkg-config \
		--define-variable=prefix="$at" --variable=includedir pagescope)"'
cat >"$tmp/user/bochsrc" <<'END'
romimage: file=$BXSHARE/BIOS-bochs-latest
vgaromimage: file=$BXSHARE/VGABIOS-lgpl-latest
display_library: rfb, options="timeout=0"
clock: sync=none
plugin_ctrl: pagescope=1
END
works "Bochs loads the installed plugin" '
	cp "$at"/lib/pagescope/*.so .
	printf "info device \"pagescope\"\nq\n" |
		PAGESCOPE_CAPTURE=bochs.bin LTDL_LIBRARY_PATH=.:$(echo /usr/lib/*/bochs/plugins) \
		LD_PRELOAD=./libpagescope_host.so bochs -q -f bochsrc >out 2>&1
	grep -q "packets" out || { cat out; exit 1; }'

# the man page of mmsim is written by hand
mmsim --help | grep -oE -- '--[a-z0-9]+(-[a-z]+)*' | sort -u >"$tmp/options"
sed 's/\\-/-/g' sim/mmsim.1 | grep -oE -- '--[a-z0-9]+(-[a-z]+)*' | sort -u >"$tmp/manual"
differ=$(diff "$tmp/options" "$tmp/manual" | tr '\n' ' ')
claim "mmsim.1 has the options of mmsim --help" "$differ" cmp -s "$tmp/options" "$tmp/manual"

make_succeeds uninstall
left=$(find "$dest" -type f -o -type d -name pagescope -path '*/pagescope/*' | head -n 3)
claim "make uninstall leaves no file" "$left" [ -z "$left" ]
env -u MAKEFLAGS -u MAKELEVEL make install PREFIX=relative >"$tmp/said" 2>&1
claim "a relative PREFIX is refused" "$(said)" \
	grep -q "PREFIX=relative: an absolute path is wanted" "$tmp/said"
done_testing
