#!/bin/sh
# SPDX-License-Identifier: MIT
# listening.sh TEXT - the TCP ports on which a Bochs listens that has TEXT in its command
# line, as the kernel lists them; "no such Bochs" if there is none.
found=
for process in /proc/[0-9]*; do
	case $(cat "$process/comm" 2>/dev/null) in bochs*) ;; *) continue ;; esac
	grep -qsaF -e "$1" "$process/cmdline" || continue
	found=1
	for fd in "$process"/fd/*; do readlink "$fd"; done |
	sed -n 's/^socket:\[\([0-9]*\)\]$/\1/p' | while read -r inode; do
		# 0A is the state LISTEN
		awk -v inode="$inode" '$4 == "0A" && $10 == inode { print "port", $2 }' \
			"$process/net/tcp" "$process/net/tcp6"
	done
done
[ -n "$found" ] || echo "no such Bochs"
