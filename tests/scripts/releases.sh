#!/bin/bash
# SPDX-License-Identifier: MIT
# `make run` and `make test` of the last commit in an empty root of each Debian release
# that is supported, with that release's own Bochs.  Needs root, a network, and 5 GB for
# each in TMPDIR.  RELEASES=trixie takes one alone; KEEP=1 leaves the roots.
. tests/lib/claims.sh
tmp=$(mktemp -d) || exit 1
[ -n "$KEEP" ] || trap 'rm -rf "$tmp"' EXIT

# inside COMMAND: in $root, with mounts that end with it
inside() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
		exec env -u TMPDIR chroot "$1" sh -c "$2"' sh "$root" "$1"
}

# What a user has, fetched in the host's way; and no wait for the disk at each file.
furnish() {
	apt-config dump Acquire >"$root/etc/apt/apt.conf.d/host" &&
		echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/host" &&
		inside "apt-get -q update &&
			apt-get -qy install --no-install-recommends git make ca-certificates" &&
		{ [ -z "$NODE_EXTRA_CA_CERTS" ] || cp --parents "$NODE_EXTRA_CA_CERTS" "$root"; }
}

# step WHAT COMMAND...: a claim, with the seconds it took
step() {
	what=$1 SECONDS=0
	shift
	if "$@" >"$tmp/log" 2>&1; then
		ok "$release: $what ($SECONDS s)"
	else
		not_ok "$release: $what ($SECONDS s)" "the end of what it said:"
		grep -A 20 '^FAIL ' "$tmp/log"
		tail -n 20 "$tmp/log"
		return 1
	fi
}

both_commands() {
	root=$tmp/$release
	step "an empty root" debootstrap --variant=minbase "$release" "$root" || return
	step "what a user has" furnish || return
	step "the last commit" git clone -q --no-local . "$root/pagescope" || return
	step "make run" inside "cd /pagescope && make run" || return
	kinds=$(inside "cd /pagescope && build/pagescope info build/run/last/capture.bin" |
		sed -n 's/^by kind//p')
	claim "$release: the plugin probed and audited" "$kinds" \
		grep -q 'mmu_probe [1-9].*audit_state [1-9]\|audit_state [1-9].*mmu_probe [1-9]' \
		<<<"$kinds"
	step "make test" inside "cd /pagescope && make test"
	[ -n "$KEEP" ] || rm -rf "$root"
}

for release in ${RELEASES:-bookworm trixie}; do
	both_commands
done
[ "$fails" -eq 0 ]
