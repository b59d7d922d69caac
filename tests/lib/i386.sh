# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# i386.sh - how a program for i386 is run here; to be sourced.
#
# A kernel for amd64 can be built without 32-bit programs, and an amd64 machine can
# forbid them.  Then qemu-i386 (Debian: qemu-user) runs them, a few times slower.

# An executable of 91 bytes: ELF header, one loadable segment, and exit(0).
i386_probe() {	# FILE
	{
		printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0\124\200\4\10\64\0\0\0'
		printf '\0\0\0\0\0\0\0\0\64\0\40\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0'
		printf '\0\200\4\10\0\200\4\10\133\0\0\0\133\0\0\0\5\0\0\0\0\20\0\0'
		printf '\61\333\215\103\1\315\200'	# xor ebx, ebx; lea eax, [ebx+1]; int 0x80
	} >"$1" && chmod +x "$1"
}

# i386_by RUNNER...: prints the first word list of those given that can run a program
# for i386; '' is the machine itself.  Status 1, and a message, if none can.
i386_by() {
	probe=$(mktemp -d) || return 1
	i386_probe "$probe/i386"
	for runner; do
		# in a shell of its own, which says what the kernel refused
		if (exec 2>/dev/null; $runner "$probe/i386" </dev/null >/dev/null); then
			rm -rf "$probe"
			echo "$runner"
			return 0
		fi
	done
	rm -rf "$probe"
	echo "no 32-bit programs here: this kernel does not run them," \
		"and qemu-i386 (Debian: qemu-user) is missing" >&2
	return 1
}

i386() { i386_by '' qemu-i386; }
