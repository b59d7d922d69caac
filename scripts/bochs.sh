#!/bin/sh
# SPDX-License-Identifier: MIT
# bochs.sh OPTION... - Bochs with bochsrc, the plugin within its reach, and without the
# host's clock and network (plugin/host.c).  `make` and the tests start it in this way only.
#
# B is the build directory, BOCHS another program than `bochs`.
libraries=$(cd "${B:-build}" && pwd) || exit 1
for dir in /usr/lib/*/bochs/plugins /usr/lib/bochs/plugins /usr/local/lib/bochs/plugins; do
	[ ! -d "$dir" ] || { own=$dir && break; }
done
export LTDL_LIBRARY_PATH="$libraries${own:+:$own}"
export LD_PRELOAD="$libraries/libpagescope_host.so${LD_PRELOAD:+:$LD_PRELOAD}"
exec "${BOCHS:-bochs}" -q -f bochsrc "$@"
