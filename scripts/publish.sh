# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # read by scripts that set and use these names
# publish.sh - where the outputs of a run go; read by scripts that set OUT, RUNS, work, and me, the
# name that their messages begin with.
#
# A run makes its files in $work, a directory beside OUT, and publish() puts that in the
# place of OUT in one piece: OUT never holds files of two runs.  When the tools fail, OUT
# stays as it was and $work becomes OUT.failed.

# All that a run may leave.  Whatever else lies in OUT is somebody's own.
ours='boot\.iso|bochs\.log|qemu\.log|console\.log|capture\.bin|debug\.bin|kernel\.sym|machine'
ours="$ours|info\\.txt|why\\.txt|trace|trace(\\.[0-9]+)?\\.jsonl\\.gz"
ours="$ours|report(\\.[0-9]+)?\\.html|failed"

tell() { echo "$me: $*" >&2; }

fail() {
	tell "$@"
	exit 1
}

# What was asked for cannot be.
wrong() {
	tell "$@"
	exit 2
}

# Sets $limit.  The default is long enough for a million events, and short enough to notice a
# kernel that hangs.
check_timeout() {
	{ limit=$(number "${TIMEOUT:-900}") && [ "$limit" -gt 0 ]; } ||
		wrong "TIMEOUT=$TIMEOUT: a number of seconds is wanted, from 1"
}

# Sets $dest, which is OUT behind links, and refuses what is no directory for a run.
check_out() {
	case $OUT in
	"" | *[!A-Za-z0-9._/+-]*)
		wrong "OUT=$OUT: a directory of letters, digits and . _ / + - is wanted" ;;
	esac
	# relative if it can be: the path of the tree may hold any character
	dest=$(realpath -ms --relative-base=. "$OUT")
	[ ! -L "$dest" ] || { dest=$(realpath -m --relative-base=. "$OUT") && OUT=$dest; }
	[ -e "$dest" ] || return 0
	[ -d "$dest" ] || wrong "OUT=$OUT is a file; a directory is wanted"
	! mountpoint -q "$dest" || wrong "OUT=$OUT is a whole file system; name a directory in it"
	# shellcheck disable=SC2010 # names with newlines are foreign, too
	foreign=$(ls -A "$dest" | grep -vxE "$ours" | head -n 1)
	[ -z "$foreign" ] ||
		wrong "OUT=$OUT holds $foreign, which is no output of a run;" \
			"name a directory for the run alone"
}

# Makes $work, which is gone when the script ends unless it was published.
begin_work() {
	parent=$(dirname "$dest")
	mkdir -p "$parent" 2>/dev/null || fail "OUT=$OUT: no such directory can be made"
	work=$(mktemp -d "$parent/.run.XXXXXX" 2>/dev/null) ||
		fail "OUT=$OUT: $parent cannot be written to"
	chmod "$(printf %o $((0777 & ~$(umask))))" "$work"
}

# The tools failed: what there is becomes OUT.failed.
give_up() {
	step_end
	rm -rf "$dest.failed"
	mv -T "$work" "$dest.failed" 2>/dev/null &&
		tell "what there is of this run is in $OUT.failed"
	fail "$*"
}

# publish_early STATUS: a signal came while the outputs are made.  The capture, which cannot
# be had again in every case, and what was made of it till then is published.
publish_early() {
	trap '' INT TERM HUP
	[ -s "$work/capture.bin" ] || exit "$1"
	step_end
	drop_scraps
	publish
	point_last
	tell "interrupted; $OUT has the capture and what was made of it till then"
	exit "$1"
}

# Puts $work in the place of OUT.  Of two runs that do so at once one waits.  A signal
# comes too late now: between two moves OUT would be gone.
publish() {
	trap '' INT TERM HUP
	exec 9<"$parent" && flock 9 2>/dev/null
	old=
	if [ -e "$dest" ]; then
		{ old=$(mktemp -d "$parent/.old.XXXXXX") && mv -T "$dest" "$old"; } ||
			give_up "$OUT cannot be replaced"
	fi
	mv -T "$work" "$dest" || {
		[ -z "$old" ] || mv -T "$old" "$dest"
		give_up "$OUT cannot be made"
	}
	exec 9<&-
	rm -rf "$old" "$dest.failed"
}

# RUNS/last leads to the newest run, wherever it is.
point_last() {
	mkdir -p "$RUNS"
	target=$(realpath -m --relative-to="$RUNS" "$dest")
	case $target in ../*) target=$(realpath "$dest") ;; esac
	link=$RUNS/.last.$$
	{ ln -sfn "$target" "$link" && mv -T "$link" "$RUNS/last"; } ||
		tell "$RUNS/last cannot be made to lead to $OUT"
}

# run_hash CAPTURE: tells one run from another.  A run done again has the same.
run_hash() {
	sha256sum <"$1" | cut -c 1-12
}
