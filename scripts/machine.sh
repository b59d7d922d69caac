# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # run.sh and this file share names in small letters
# machine.sh - starts Bochs or QEMU; read by run.sh, whose variables it uses.
#
# All is made in $work: files/ (what the kernel is given), boot.iso, console.log,
# capture.bin, and what the emulator itself said.  $status is its exit status.

# The scenario, and the files it asks for by name: modules and recordings, from
# beside it or from the build.
collect_files() {
	mkdir "$work/files" || give_up "no room in $OUT"
	[ -n "$scenario" ] || return 0
	cp "$scenario" "$work/files/$scenario_name" || give_up "$scenario cannot be copied"
	sed -n 's/#.*//; s/^.*\(insmod\|replay\)  *"*\([A-Za-z0-9._/+-]*\).*/\2/p' "$scenario" |
	sort -u | while read -r name; do
		for file in "$(dirname "$scenario")/$name" "$B/modules/$name"; do
			[ ! -f "$file" ] || { cp "$file" "$work/files/"; break; }
		done
	done
}

make_iso() {
	show "$here/mkiso.sh $work/boot.iso $B/kernel/grub.img $B/kernel/boot.elf '$cmdline'" \
		"$work/files/*"
	set --
	for file in "$work"/files/*; do
		[ ! -f "$file" ] || set -- "$@" "$file"
	done
	said=$("$here/mkiso.sh" "$work/boot.iso" "$B/kernel/grub.img" "$B/kernel/boot.elf" \
		"$cmdline" "$@" 2>&1) || give_up "$(echo "$said" | tail -n 1)"
}

# ---- Bochs ----

hashes() {
	for file in "kernel=$B/kernel.elf" bochsrc=bochsrc "plugin=$B/libbx_pagescope.so"; do
		printf '%s=%s ' "${file%%=*}" "$(sha256sum "${file#*=}" | cut -d' ' -f1)"
	done
}

# bochs_start COM1 OPTION...: bochsrc, what differs from it, and what the caller adds;
# Bochs takes each option as one argument.
bochs_start() {
	com1=$1
	shift
	# host memory is taken as the guest touches it; more than 1 GiB is never touched
	host=$ram
	[ "$host" -le 1024 ] || host=1024
	set -- "memory: guest=$ram, host=$host" \
		"ata0-master: type=cdrom, path=$work/boot.iso, status=inserted" \
		"com1: enabled=1, $com1" "log: $work/bochs.log" "$@"
	if [ "$TRANSPORT" = doorbell ]; then
		set -- "plugin_ctrl: pagescope=1" "$@"
		PAGESCOPE_CAPTURE=$work/capture.bin PAGESCOPE_FILES=$(hashes)
		PAGESCOPE_LOG=$work/bochs.log
		export PAGESCOPE_CAPTURE PAGESCOPE_FILES PAGESCOPE_LOG
		show "PAGESCOPE_CAPTURE=$PAGESCOPE_CAPTURE"
	fi
	show "$here/bochs.sh -rc $work/bochs.rc$(printf " '%s'" "$@")"
	$limited "$here/bochs.sh" -rc "$work/bochs.rc" "$@"
	status=$?
}

# Nobody watches: the debugger is told to continue, and `break` does not stop.
bochs_run() {
	echo c >"$work/bochs.rc"
	limited="timeout --foreground -k 5 $limit"
	bochs_start "mode=file, dev=$work/console.log" "magic_break: enabled=0" \
		</dev/null >"$work/bochs.out" 2>"$work/bochs.err"
	bochs_trace
}

# What came out of port 0xE9 is the trace.
bochs_trace() {
	[ "$TRANSPORT" != e9 ] || mv "$work/bochs.out" "$work/capture.bin"
	bochs_fallback
}

# A plugin that steps aside, as in a Bochs it does not know, says why; the kernel
# has then written its trace to port 0xE9.
bochs_fallback() {
	[ "$TRANSPORT" = doorbell ] && [ ! -s "$work/capture.bin" ] || return 0
	aside=$(sed -n 's/^pagescope: plugin not used: //p' "$work/bochs.err")
	[ -n "$aside" ] || return 0
	tell "the plugin was not used: $aside"
	mv "$work/bochs.out" "$work/capture.bin"
	# what is said of this run, and what make at is told, is what was used
	step_text=${step_text% by *}" by e9" TRANSPORT=e9
}

# A window if there is one; else the display of bochsrc, which shows nothing and leaves
# the terminal to the debugger (display "term" would draw over its prompt).
display() {
	if [ -n "$DISPLAY" ] && ls /usr/lib/*/bochs/plugins/libbx_x_gui.so >/dev/null 2>&1; then
		echo 'display_library: x, options="hideIPS"'	# other than those of bochsrc
	else
		echo 'display_library: rfb, options="timeout=0"'
	fi
}

# bochs_debug SYMBOLS [COMMAND...]: stays at the prompt after the commands.
bochs_debug() {
	symbols=$1
	shift
	: >"$work/bochs.rc"
	[ $# -eq 0 ] || printf '%s\n' "$@" >"$work/bochs.rc"
	set -- "$(display)" "debug_symbols: file=$symbols"
	# without an answer at port 0xE9 the kernel does not trace, and fills no screen
	[ "$TRANSPORT" != e9 ] || set -- "$@" "port_e9_hack: enabled=0"
	cat <<-'END'
		The Bochs debugger:  c goes on, s steps, r shows registers, q ends;
		    lb "vmalloc" stops at a function, u /10 disassembles, print-stack,
		    page ADDRESS walks the tables, info tab, info device "pagescope"
	END
	echo "    the kernel's console is written to $work/console.log"
	limited=
	# stderr has 40 lines of log at first, which would push the help away
	bochs_start "mode=file, dev=$work/console.log" "$@" 2>"$work/bochs.err"
	sed -n '/^pagescope: /p; /^Bochs is exiting/,$p' "$work/bochs.err" >&2
	[ -f "$work/bochs.log" ] || cat "$work/bochs.err" >&2	# it did not even start
}

# COM1 is the terminal, which Bochs sets to raw mode for the time.  With WINDOW=1
# there is a window as well, with its screen and keyboard; the kernel listens to both.
bochs_shell() {
	echo c >"$work/bochs.rc"
	limited=
	settings=$(stty -g)
	set -- "mode=term, dev=$(tty)" "magic_break: enabled=0"
	[ -z "$WINDOW" ] || set -- "$@" "$(display)"
	# Only the plugin makes Bochs sleep while the prompt waits.  Without it the clock does,
	# and more instructions go into a second of it, or booting would take a minute.
	[ "$TRANSPORT" = doorbell ] || set -- "$@" "cpu: ips=50000000" \
		"clock: sync=slowdown, time0=1000000000"
	bochs_start "$@" \
		</dev/null >"$work/bochs.out" 2>"$work/bochs.err"
	stty "$settings" 2>/dev/null || stty sane
	bochs_trace
}

# ---- QEMU ----

# A comma in the value of an option of QEMU is written twice.
qemu_quote() {
	printf %s "$1" | sed 's/,/,,/g'
}

# QEMU loads the kernel itself, since reading from a CD takes a varying time there.
# -icount: an instruction takes 2^4 ns and nothing else does, so that two runs
# are the same.
qemu_run() {
	modules=
	for file in "$work"/files/*; do
		[ ! -f "$file" ] || modules="$modules${modules:+,}$(qemu_quote "$file") ${file##*/}"
	done
	set -- qemu-system-i386 -machine pc -cpu qemu32 -m "${ram}M" -icount shift=4,sleep=off \
		-rtc base=2001-09-09,clock=vm -no-user-config -nodefaults -no-reboot \
		-vga std -display none -serial "file:$work/console.log" \
		-debugcon "file:$work/capture.bin" -device isa-debug-exit,iobase=0xf4,iosize=4 \
		-kernel "$B/kernel/boot.elf" -append "$cmdline"
	[ -z "$modules" ] || set -- "$@" -initrd "$modules"
	show "$*"
	timeout --foreground -k 5 "$limit" "$@" </dev/null >"$work/qemu.log" 2>&1
	status=$?
}

# Boots, and makes sure that there is something to export.  Bochs ends by what it
# calls a panic, so its status says little: 74 is the plugin's, which could not
# write the capture; 124 and 137 are timeout's; from 132 on it died of a signal.
boot() {
	machine=runs
	"${EMU}_run"
	machine=ended
	case $status in
	124 | 137) [ -n "$ended_by" ] ||
		too_long="the kernel did not finish within $limit s; TIMEOUT=SECONDS sets it" ;;
	74) give_up "$(grep -h '^pagescope: ' "$work/bochs.err" | tail -n 1)" ;;
	127) give_up "$EMU is not installed; run make deps EMU=$EMU" ;;
	132 | 135 | 136 | 139) give_up "$EMU died of signal $((status - 128))" ;;
	esac
	if [ "$TRANSPORT" = off ] || [ ! -s "$work/capture.bin" ]; then
		[ -z "$ended_by" ] || exit "$ended_by"
		[ -z "$too_long" ] || give_up "$too_long"
	fi
	[ -s "$work/console.log" ] ||
		give_up "the kernel printed nothing; $EMU said: $(emulator_said)"
	[ "$TRANSPORT" = off ] || [ -s "$work/capture.bin" ] ||
		give_up "the run wrote no trace; its console ended with:" \
			"$(tail -n 1 "$work/console.log" | tr -d '\r')"
}

emulator_said() {
	cat "$work/bochs.log" "$work/bochs.err" "$work/qemu.log" 2>/dev/null |
		grep -iE '>>PANIC<<|panic|error|no such|denied|space' | grep -v ALSA | tail -n 1
}
