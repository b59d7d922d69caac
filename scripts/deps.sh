#!/bin/sh
# SPDX-License-Identifier: MIT
# deps.sh GROUP... - installs what is missing; groups: run, window, qemu, test, lint,
# bench, soak, site, pictures, fuzz, demo.
#
# When all is there nothing is done and no network is used.  Where there is no
# apt-get the list of what is missing is printed, and the status is 1.  V=1
# shows what apt-get says.

# group; what must exist: a command, or a file (a pattern) if it begins with /;
# the Debian package that has it; what it is for
table() {
	cat <<'END'
run  gcc                    gcc                     the exporter and the simulator
run  /usr/include/stdio.h   libc6-dev               headers for them
run  i686-linux-gnu-gcc     gcc-i686-linux-gnu      compiles the kernel
run  i686-linux-gnu-ld      binutils-i686-linux-gnu links the kernel
run  grub-mkimage           grub-common             makes the GRUB that loads the kernel
run  /usr/lib/grub/i386-pc/multiboot.mod grub-pc-bin the modules of that GRUB
run  xorriso                xorriso                 writes the ISO image
run  bochs                  bochs                   the machine the kernel runs on
run  /usr/lib/*/bochs/plugins/libbx_term_gui.so bochs-term shows its screen in a terminal
run  /usr/share/bochs/BIOS-bochs-latest bochsbios   the BIOS of that machine
run  /usr/include/jansson.h libjansson-dev          JSON in the exporter
run  /usr/include/zlib.h    zlib1g-dev              .gz files in the exporter
run  /usr/include/elfutils/libdwfl.h libdw-dev      function names and source lines in the exporter
run  esbuild                esbuild                 bundles the viewer into one file
run  npm                    npm                     fetches pako, which the viewer bundles
window /usr/lib/*/bochs/plugins/libbx_x_gui.so bochs-x its window: WINDOW=1
qemu qemu-system-i386       qemu-system-x86         the other machine: EMU=qemu
test /usr/i686-linux-gnu/include/stdio.h libc6-dev-i386-cross the simulator as a 32-bit program
test qemu-i386              qemu-user               runs it where the kernel does not
test babeltrace2            babeltrace2             the independent reader of CTF
test chromium               chromium                opens the viewer in the tests
test firefox-esr            firefox-esr             opens it too
test node                   nodejs                  runs the model of the viewer in the tests
test npm                    npm                     installs the pinned test tools of tests/viewer
test g++                    g++                     compiles the tracer's headers as C++
test jq                     jq                      runs the recipes of docs/json.md
test xz                     xz-utils                unpacks the fuzzer's corpus
test pkg-config             pkgconf                 asks for the installed headers
bench valgrind              valgrind                counts instructions
lint clang-format           clang-format            the formatting of C
lint shellcheck             shellcheck              faults of shell scripts
lint cppcheck               cppcheck                faults of C
lint git                    git                     lists the files
soak debootstrap            debootstrap             makes empty roots of Debian releases
soak git                    git                     gives them the last commit
site pandoc                 pandoc                  makes pages of the docs: make site
pictures tmux          tmux                    shows the debugger: make screenshots
demo zopfli                 zopfli                  packs the demo of the viewer: make viewer-demo
fuzz clang                  clang                   libFuzzer
fuzz /usr/lib/llvm-*/lib/clang/*/lib/*/libclang_rt.fuzzer-x86_64.a libclang-rt-dev its library
END
}

fail() {
	echo "deps: $*" >&2
	exit 1
}

found() {
	case $1 in
	/*)	# shellcheck disable=SC2086 # it may be a pattern
		ls $1 >/dev/null 2>&1 ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

# The lines of the table whose group is asked for and whose thing is not there.
missing() {
	table | while read -r group thing package use; do
		case " $groups " in *" ${group:--} "*) ;; *) continue ;; esac
		found "$thing" || echo "$package $use"
	done | sort -u
}

apt() {
	DEBIAN_FRONTEND=noninteractive $sudo apt-get -y -q "$@" >>"$log" 2>&1
}

# Installs one by one, so that the one that fails can be named.
install_each() {
	for package in $packages; do
		apt install --no-install-recommends "$package" && continue
		echo "deps: the package $package cannot be installed: $(grep '^E:' "$log" |
			tail -n 1)" >&2
		failed=1
	done
}

groups=${*:-run}
list=$(missing)
[ -n "$list" ] || exit 0
packages=$(echo "$list" | cut -d' ' -f1 | tr '\n' ' ')
if ! command -v apt-get >/dev/null 2>&1; then
	echo "deps: this is no Debian or Ubuntu; please install what these Debian packages hold:" \
		>&2
	echo "$list" | sed 's/ /	/' >&2
	exit 1
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null 2>&1 ||
		fail "neither root nor sudo; please run as root:" \
			"apt-get install --no-install-recommends $packages"
	sudo="sudo -E"
fi
log=$(mktemp) || fail "no room for temporary files in ${TMPDIR:-/tmp}"
trap 'rm -f "$log"' EXIT
[ -z "$V" ] || log=/dev/stderr

echo "deps: installing"
echo "$list" | sed 's/^\([^ ]*\) \(.*\)/    \1 (\2)/'
[ -n "$(ls /var/lib/apt/lists/*_Packages* 2>/dev/null)" ] || apt update
# shellcheck disable=SC2086 # the names of packages, one word each
if ! apt install --no-install-recommends $packages; then
	# perhaps the lists are old, perhaps one package is the trouble
	apt update || echo "deps: apt-get update failed: is the network there?" >&2
	failed=
	install_each
	[ -z "$failed" ] || exit 1
fi
list=$(missing)
[ -z "$list" ] || fail "still missing after the installation: $list"
