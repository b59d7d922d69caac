# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# filekind.sh - what a file is by its first bytes; read by scripts that are given files.

# file_kind FILE: prints what FILE is and what to do with it, if it is one of the kinds that
# are taken for another; nothing if it may be what is wanted.
file_kind() {
	[ -s "$1" ] || { echo "empty" && return; }
	case $(od -An -tx1 -N 8 "$1" | tr -d ' \n') in
	c11ffcc1*) echo "a capture; pagescope reads it" ;;
	1f8b*) echo "packed with gzip; unpack it first: gzip -d" ;;
	504b0304* | 504b0506*) echo "packed with zip; unpack it first: unzip" ;;
	fd377a585a00*) echo "packed with xz; unpack it first: xz -d" ;;
	28b52ffd*) echo "packed with zstd; unpack it first: zstd -d" ;;
	425a68*) echo "packed with bzip2; unpack it first: bzip2 -d" ;;
	377abcaf271c*) echo "packed with 7-Zip; unpack it first" ;;
	7f454c46*) echo "a program or kernel (ELF)" ;;
	50535231*) echo "a recorded workload; a scenario replays it" ;;
	7b22*) echo "JSON, such as an export" ;;
	3c21*) echo "HTML, such as a report; open it in a browser" ;;
	esac
}
