#!/bin/sh
# SPDX-License-Identifier: MIT
# install.sh install|uninstall - puts what is built under DESTDIR and PREFIX, or removes it.
#
# `make install` and `make uninstall` end here, with PREFIX, DESTDIR and B (the build
# directory) in the environment.  Both read the same table, so uninstall removes what
# install of the same version wrote, and the directories that are pagescope's own.

: "${PREFIX=/usr/local}" "${B:=build}"

fail() {
	echo "$mode: $*" >&2
	exit 1
}

mode=${1:-install}
case $mode in
install | uninstall) ;;
*) echo "usage: install.sh install|uninstall" >&2; exit 2 ;;
esac
case $PREFIX in
/*) ;;
*) echo "$mode: PREFIX=$PREFIX: an absolute path is wanted, such as /usr/local" >&2; exit 2 ;;
esac
root=$DESTDIR$PREFIX

# mode, file of the tree, its place under PREFIX
table() {
	cat <<END
755 $B/pagescope bin/pagescope
755 $B/mmsim bin/mmsim
644 $B/libbx_pagescope.so lib/pagescope/libbx_pagescope.so
644 $B/libpagescope_host.so lib/pagescope/libpagescope_host.so
644 $B/viewer.html share/pagescope/viewer.html
644 $B/pagescope.1 share/man/man1/pagescope.1
644 sim/mmsim.1 share/man/man1/mmsim.1
644 $B/pagescope.bash share/bash-completion/completions/pagescope
644 LICENSE share/doc/pagescope/LICENSE
644 NOTICE share/doc/pagescope/NOTICE
END
	for file in include/pagescope/*; do
		echo "644 $file $file"
	done
	for file in scenarios/*.scn scenarios/*/*.scn; do
		echo "644 $file share/pagescope/$file"
	done
}

version() {
	sed -n 's/^#define PAGESCOPE_VERSION "\(.*\)"$/\1/p' include/pagescope/version.h
}

# For kernels that use the tracer: pkg-config --cflags pagescope.
pkg_config() {
	cat <<END
prefix=$PREFIX
includedir=\${prefix}/include
plugindir=\${prefix}/lib/pagescope
datadir=\${prefix}/share/pagescope

Name: pagescope
Description: trace points for an i386 kernel, as headers
Version: $(version)
Cflags: -I\${includedir}
END
}

put() { # MODE FILE PLACE
	{ mkdir -p "$root/$(dirname "$3")" && rm -f "$root/$3" && cp "$2" "$root/$3" &&
		chmod "$1" "$root/$3"; } || fail "$root/$3 cannot be written;" \
		"give a PREFIX= that you may write to, or be root"
}

do_install() {
	table | while read -r bits file place; do
		put "$bits" "$file" "$place" || exit 1
	done || exit 1
	made=$(mktemp) || fail "no room for temporary files in ${TMPDIR:-/tmp}"
	trap 'rm -f "$made"' EXIT
	pkg_config >"$made"
	put 644 "$made" share/pkgconfig/pagescope.pc
	echo "pagescope $(version) is in $root; make uninstall removes it"
}

do_uninstall() {
	{ table && echo "644 - share/pkgconfig/pagescope.pc"; } | while read -r _ _ place; do
		rm -f "$root/$place" || exit 1
	done || fail "$root: not all could be removed"
	for dir in share/pagescope/scenarios/claims share/pagescope/scenarios/lessons \
		share/pagescope/scenarios share/pagescope share/doc/pagescope lib/pagescope \
		include/pagescope; do
		rmdir "$root/$dir" 2>/dev/null
	done
	return 0
}

"do_$mode"
