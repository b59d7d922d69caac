#!/bin/sh
# SPDX-License-Identifier: MIT
# No run listens on a port of the host or competes for one, though the display of Bochs
# is a VNC server: make run, make debug, and a machine on which every port is taken.
. tests/lib/trace.sh
export SCENARIO=tour RAM=16M EMU=bochs TRANSPORT=doorbell HIGHMEM='' QUIRKS='' SEED='' CMDLINE=''
unset DISPLAY

# No network of one's own is to be had, as in most containers.
mkdir "$tmp/bin"
printf '#!/bin/sh\nexit 1\n' >"$tmp/bin/unshare"
chmod +x "$tmp/bin/unshare"
PATH=$tmp/bin:$PATH

# served OUT: the VNC server says that it has a port
served() { grep -qs 'RFB.*listening for connections' "$1"/.run.*/bochs.log; }
# The debugger is asked nothing until the ports have been looked at.
hold() { [ "$1" != debug ] || { until_true [ -f "$tmp/looked" ]; echo q; }; }
for mode in run debug; do
	rm -f "$tmp/looked"
	hold $mode | OUT=$tmp/$mode/out RUNS=$tmp/runs scripts/run.sh $mode >"$tmp/said" 2>&1 &
	until_true served "$tmp/$mode"
	ports=$(tests/lib/listening.sh "$tmp/$mode/.run.")
	touch "$tmp/looked"
	wait
	claim "make $mode: Bochs listens on no port" "$ports: $(tail -n 1 "$tmp/said")" \
		same "$ports" ""
done
claim "and the run is a good one" "$(tail -n 1 "$tmp/said")" \
	grep -q '^verdict  *ok' "$tmp/run/out/info.txt"

prepare "$tmp/a" "$B/dropin.elf" "pages=1000 end=off"
( export LD_PRELOAD="$PWD/$B/wild_host.so" && run "$tmp/a" )
claim "nor does it matter who has the ports" "$(grep -a PANIC "$tmp/a/bochs.log")" \
	same "$(count "$tmp/a/capture.bin" pte_clear)" 1000
[ "$fails" -eq 0 ]
