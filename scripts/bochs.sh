#!/bin/sh
# SPDX-License-Identifier: MIT
# bochs.sh OPTION... - Bochs with bochsrc, the plugin within its reach, and without the
# host's clock and network (plugin/host.c).  `make` and the tests start it in this way only.
#
# B is the build directory, BOCHS another program than `bochs`, BOCHSRC another bochsrc.
# Runs in the tree's top directory and names B relative to it: LTDL_LIBRARY_PATH is split
# at colons, LD_PRELOAD at blanks too, and the path of the tree may have either.
# 3.0 has its debugger if it is asked to; 2.7 always, and does not know the word.
debugger=
case $("${BOCHS:-bochs}" --help 2>&1) in
*" -debugger "*) debugger=-debugger ;;
esac
libraries=${B:-build}
for dir in /usr/lib/*/bochs/plugins /usr/lib/bochs/plugins /usr/local/lib/bochs/plugins; do
	[ ! -d "$dir" ] || { own=$dir && break; }
done
export LTDL_LIBRARY_PATH="$libraries${own:+:$own}"
export LD_PRELOAD="$libraries/libpagescope_host.so${LD_PRELOAD:+:$LD_PRELOAD}"
# shellcheck disable=SC2086 # one word or none
exec "${BOCHS:-bochs}" $debugger -q -f "${BOCHSRC:-bochsrc}" "$@"
