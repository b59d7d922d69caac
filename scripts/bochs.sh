#!/bin/sh
# bochs.sh OPTION... - Bochs with bochsrc, the plugin within its reach, and without the
# host's clock (plugin/clock.c).  `make` and the tests start it in this way only.
#
# B is the build directory, BOCHS another program than `bochs`.
libraries=$(cd "${B:-build}" && pwd) || exit 1
for dir in /usr/lib/*/bochs/plugins /usr/lib/bochs/plugins /usr/local/lib/bochs/plugins; do
	[ ! -d "$dir" ] || { own=$dir && break; }
done
export LTDL_LIBRARY_PATH="$libraries${own:+:$own}"
export LD_PRELOAD="$libraries/libpagescope_clock.so${LD_PRELOAD:+:$LD_PRELOAD}"
exec "${BOCHS:-bochs}" -q -f bochsrc "$@"
