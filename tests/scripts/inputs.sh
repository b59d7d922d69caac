#!/bin/sh
# SPDX-License-Identifier: MIT
# What a person can get wrong, and what the machine can lack: one clear message
# with the way out, a status that is not 0, and the outputs of before untouched.
. tests/lib/boot.sh

run "$tmp/out" || not_ok "a good run to begin with" "$(said)"
(cd "$tmp/out" && find . -type f | sort | xargs sha256sum) >"$tmp/before"

# refused NAME STATUS MESSAGE VARIABLE...: the run fails so, and $tmp/out stays
refused() {
	name=$1 wanted=$2 message=$3
	shift 3
	again "$tmp/out" "$@"
	status=$?
	(cd "$tmp/out" && find . -type f | sort | xargs sha256sum) >"$tmp/after"
	claim "$name: status $wanted" "$status" [ "$status" = "$wanted" ]
	claim "$name: says what is wrong" "$(said)" grep -q -- "$message" "$tmp/said"
	claim "$name: earlier outputs stay" "they changed" same "$tmp/before" "$tmp/after"
}

# ---- variables ----

refused "RAM=plenty" 2 'RAM=plenty is no size; write for example RAM=64M' RAM=plenty
refused "RAM=4M" 2 'RAM=4M is out of range; 8M to 4G' RAM=4M
refused "RAM=5G" 2 'RAM=5G is out of range; 8M to 4G' RAM=5G
refused "an unknown scenario" 2 'one of: .*tour' SCENARIO=nosuch
refused "a scenario that is not there" 2 'no readable file ./nosuch.scn' SCENARIO=./nosuch.scn
refused "a directory as scenario" 2 'no readable file ./tests/scripts' SCENARIO=./tests/scripts
for file in capture.bin:'a capture; pagescope reads it' trace.jsonl.gz:'packed with gzip' \
	report.html:'HTML, such as a report'; do
	refused "${file%%:*} as scenario" 2 "is no scenario: it is ${file#*:}" \
		SCENARIO="$tmp/out/${file%%:*}"
done
: >"$tmp/empty.scn"
refused "an empty scenario" 2 'is no scenario: it is empty' SCENARIO="$tmp/empty.scn"
printf 'p = alloc 1\n\0' >"$tmp/nul.scn"
refused "a scenario with a NUL byte" 2 'holds NUL bytes' SCENARIO="$tmp/nul.scn"
refused "an unknown emulator" 2 'use EMU=bochs or EMU=qemu' EMU=vmware
refused "an unknown transport" 2 'use TRANSPORT=doorbell or TRANSPORT=e9' TRANSPORT=pigeon
refused "a transport of QEMU in Bochs" 2 'TRANSPORT=debugcon is unknown' TRANSPORT=debugcon
refused "an unknown transport in QEMU" 2 'TRANSPORT=pigeon is unknown' TRANSPORT=pigeon EMU=qemu
refused "an unknown scenario: the likest" 2 'did you mean lessons/walk' SCENARIO=wlak
for word in --scenaro=x:scenario --evetns:events --trace_boot:trace-boot; do
	"$B/mmsim" "${word%:*}" >"$tmp/said" 2>&1
	status=$?
	claim "mmsim ${word%:*}: status 2" "$status" [ $status = 2 ]
	claim "mmsim ${word%:*}: the likest" "$(head -n 1 "$tmp/said")" \
		grep -q "^mmsim: no such option: .*did you mean --${word#*:}?" "$tmp/said"
done
# what mmsim is asked to do takes some options only
while IFS='|' read -r words message; do
	# shellcheck disable=SC2086 # several words
	"$B/mmsim" $words -o "$tmp/none.bin" >"$tmp/said" 2>&1
	status=$?
	claim "mmsim $words: status 2" "$status" [ $status = 2 ]
	claim "mmsim $words: says what is wrong" "$(head -n 1 "$tmp/said")" \
		grep -q -- "^mmsim: $message" "$tmp/said"
	claim "mmsim $words: writes nothing" "it did" [ ! -e "$tmp/none.bin" ]
done <<'TABLE'
--highmem=99G --events 1|--highmem: neither on, off nor a size up to 64G
--highmem=2G --events 1|--highmem: 64M must stay low memory
--ram 128M --highmem=64M --events 1|--highmem: 64M must stay low memory
--ram 1G --highmem=256M --events 1|--highmem: 896M must stay low memory
--ram 2G --mem 64M --highmem=1M --events 1|--highmem: 64M must stay low memory
TABLE
for words in "--ram 8M --va tail 10" "--seed 3 --workload $tmp/none" \
	"--highmem --va tail 10" "--e820 $tmp/none --va tail 10"; do
	# shellcheck disable=SC2086 # several words
	"$B/mmsim" $words >"$tmp/said" 2>&1
	status=$?
	claim "mmsim $words: status 2" "$status" [ $status = 2 ]
	claim "mmsim $words: says what is wrong" "$(head -n 1 "$tmp/said")" \
		grep -q '^mmsim: --va and --workload have no machine: leave out [a-z]' "$tmp/said"
done
refused "an unknown emulator: the likest" 2 'did you mean bochs' EMU=boch
while IFS='|' read -r name value message; do
	refused "$name=$value" 2 "$message" "$name=$value"
done <<'TABLE'
RAM|64|RAM=64 is out of range
RAM|0x1000001|whole MiB
RAM|-64M|no size
RAM||no size
SEED|-1|SEED=-1: a number from 0 to 4294967295
SEED|4294967296|a number from 0 to 4294967295
SEED|1,000|a number from 0
HIGHMEM|maybe|HIGHMEM=maybe: on, off or a size
HIGHMEM|0|on, off or a size
HIGHMEM|99G|HIGHMEM=99G: 99G of 32M cannot be high memory: 64M must stay low
HIGHMEM|1M|HIGHMEM=1M: 1M of 32M cannot be high memory
CMDLINE|highmem=99G|CMDLINE: highmem=99G: 99G of 32M cannot be
QUIRKS|2.6|2.4.22 is the only set of quirks
TIMEOUT|0|a number of seconds
TIMEOUT|5s|a number of seconds
CMDLINE|nonsense=1|nonsense=1 is no option of the kernel
CMDLINE|hihgmem=on|did you mean highmem
CMDLINE|mem=tiny|a size from 4M
CMDLINE|mem=1M@here|SIZE@START is wanted
CMDLINE|memfrac=1,,2|numbers as in 128,128,128
CMDLINE|memfrac=1,2,3,4|three zones
CMDLINE|trace_boot=ful|did you mean full
CMDLINE|trace=pigeon|one of auto doorbell
CMDLINE|seed=abc|CMDLINE: seed=abc: a number
CMDLINE|mem=nopentium *|no option of the kernel
TABLE
refused "high memory that leaves too little" 2 '64M of 128M cannot be high memory' \
	RAM=128M HIGHMEM=64M
refused "high memory above 896M that is not there" 2 '896M must stay low memory' \
	RAM=1G HIGHMEM=256M
refused "the doorbell in QEMU" 2 'QEMU has no plugin; leave out TRANSPORT=doorbell' \
	EMU=qemu TRANSPORT=doorbell
refused "a capture that is not there" 2 'LINUX=nosuch: there is no such capture' \
	SCENARIO=linux MAKE_FIRST=linux-replay LINUX=nosuch
for mode in shell debug; do
	WINDOW=2 scripts/run.sh $mode </dev/null >"$tmp/said" 2>&1
	status=$?
	claim "make $mode WINDOW=2: status 2" "$status" [ $status = 2 ]
	claim "make $mode WINDOW=2: says what is wanted" "$(said)" \
		grep -q 'WINDOW=2: write WINDOW=1' "$tmp/said"
done
OUT=$tmp/out TICK=soon scripts/run.sh at </dev/null >"$tmp/said" 2>&1
claim "make at TICK=soon: status 2" "$?" [ $? = 2 ]
OUT=$tmp/none TICK=soon scripts/run.sh at </dev/null >"$tmp/said" 2>&1
claim "make at TICK=soon: also where there is no run" "$?" [ $? = 2 ]
for wrong in 0 -1 soon; do
	KERNEL=$B/kernel.elf TIMEOUT=$wrong OUT=$tmp/out scripts/watch.sh >"$tmp/said" 2>&1
	status=$?
	claim "make watch TIMEOUT=$wrong: status 2" "$status: $(said)" [ $status = 2 ]
done
TEST_ONLY=nosuchtest tests/lib/run.sh tests/lint.sh >"$tmp/said" 2>&1
claim "TEST_ONLY=nosuchtest: status 2" "$?" [ $? = 2 ]
claim "TEST_ONLY=nosuchtest: says so" "$(said)" \
	grep -q 'TEST_ONLY=nosuchtest: no test here has that in its name' "$tmp/said"
PREFIX='' DESTDIR=$tmp/installed scripts/install.sh install >"$tmp/said" 2>&1
claim "make install PREFIX=: status 2" "$?" [ $? = 2 ]
refused "CMDLINE of 490 bytes" 2 'at most 480 are read' CMDLINE="seed=$(printf '%0484d' 1)"

# as a person types them: make itself looks at the names
made() { env -u MAKELEVEL -u MAKEFLAGS -u MFLAGS make "$@" >"$tmp/said" 2>&1; }
while IFS='|' read -r words message; do
	# shellcheck disable=SC2086 # a target and a variable
	made -n $words
	status=$?
	claim "make $words: status 2" "$status" [ $status = 2 ]
	claim "make $words: says what is wrong" "$(said)" grep -q -- "$message" "$tmp/said"
done <<'TABLE'
run SCENARO=tour|SCENARO= is no variable .*did you mean SCENARIO
run scenario=tour|did you mean SCENARIO
run NONSENSE=1|NONSENSE= is no variable
sim EMU=qemu|make sim takes no EMU=
sim CMDLINE=shell|make sim takes no CMDLINE=
at SCENARIO=tour|make at takes no SCENARIO=; it takes EVENT OUT RUN TICK
shell BREAK=vmalloc|make shell takes no BREAK=
clean OUT=x|make clean takes no OUT=
SCENARIO=tour|make all takes no SCENARIO=
test RAM=8M|make test takes no RAM=
rnu|there is no target rnu; did you mean run
fuzz FUZZ_SECONDS=soon|FUZZ_SECONDS=soon is no number
mutants MUTANTS=-1|MUTANTS=-1 is no number
mutants MUTANTS=0|MUTANTS=0: a number from 1
fuzz FUZZ_SECONDS=0|FUZZ_SECONDS=0: a number from 1
run V=2|V=2: write V=1
run LINUX=/etc|only SCENARIO=linux replays a capture
sim SCENARIO=tour LINUX=/etc|only SCENARIO=linux replays a capture
TABLE
made deps EMU=vmware
status=$?
claim "make deps EMU=vmware: status 2" "$status" [ $status = 2 ]
claim "make deps EMU=vmware: says what is wrong" "$(said)" \
	grep -q 'use EMU=bochs or EMU=qemu' "$tmp/said"
for words in "run V=1 SEED=3 OUT=x" "sim SCENARIO=linux LINUX=x" \
	"mmsim CC=cc CFLAGS=-O2 LDFLAGS= PREFIX=/x DESTDIR=/y" \
	"deps EMU=qemu" "-B build/pagescope" "fuzz FUZZ_SECONDS=1" "at EVENT=1 RUN=abc"; do
	# shellcheck disable=SC2086 # a target and variables
	made -n $words
	status=$?
	claim "make $words is taken" "$(said)" [ $status = 0 ]
done

run /dev/null/out
claim "OUT that cannot be: status 1" "$?" [ $? = 1 ]
claim "OUT that cannot be: says so" "$(said)" \
	grep -q 'OUT=/dev/null/out: no such directory can be made' "$tmp/said"
run "$tmp/a b"
claim "OUT with a blank: status 2" "$?" [ $? = 2 ]

# ---- scenarios ----

printf 'p = alloc )\n' >"$tmp/bad.scn"
run "$tmp/bad" SCENARIO="$tmp/bad.scn"
claim "a mistake in a scenario: status 1" "$?" [ $? = 1 ]
claim "and its place" "$(console_tail)" console_has '^bad.scn:[12]:[0-9]*: expected'
cp scenarios/tour.scn "$tmp/a name with blanks and more than 31 letters.scn"
run "$tmp/blanks" SCENARIO="$tmp/a name with blanks and more than 31 letters.scn"
claim "a scenario of any name" "$(said)" [ "$(info .verdict)" = ok ]

# ---- what is missing ----

# A PATH without the named tool, and an apt-get that has no package.
path_without() {
	rm -rf "$tmp/path"
	mkdir "$tmp/path"
	for dir in /usr/sbin /usr/bin /sbin /bin; do
		for tool in "$dir"/*; do
			ln -sf "$tool" "$tmp/path/" 2>/dev/null
		done
	done
	rm -f "$tmp/path/$1" "$tmp/path/apt-get" "$tmp/path/sudo"
}

path_without xorriso
printf '#!/bin/sh\necho "E: Unable to locate package xorriso" >&2\nexit 100\n' >"$tmp/path/apt-get"
chmod +x "$tmp/path/apt-get"
[ "$(id -u)" = 0 ] || printf '#!/bin/sh\n[ "$1" != -E ] || shift\nexec "$@"\n' >"$tmp/path/sudo"
chmod +x "$tmp"/path/sudo 2>/dev/null
refused "a package that cannot be installed" 1 \
	'the package xorriso cannot be installed: E: Unable to locate package xorriso' \
	PATH="$tmp/path"
path_without bochs
refused "no apt-get" 1 'bochs.*the machine the kernel runs on' PATH="$tmp/path"
claim "no apt-get: the list is printed" "$(said)" grep -q 'no Debian or Ubuntu' "$tmp/said"

# ---- a full disk ----

# A file system of its own, if this user may mount one.
cat >"$tmp/full.sh" <<'END'
mount -t tmpfs -o size=$1 none "$2/disk" || exit 99
mkdir "$2/disk/out"
TMPDIR=$2 SCENARIO=tour RAM=32M EMU=$3 TRANSPORT=$4 OUT=$2/disk/out TIMEOUT=$HANG_AFTER \
	scripts/run.sh run
END
mkdir -p "$tmp/disk"
total=$(du -sk "$tmp/out" | cut -f1)
for case in "20 bochs doorbell" "60 bochs doorbell" "80 bochs doorbell" "95 bochs doorbell" \
	"30 qemu debugcon"; do
	# shellcheck disable=SC2086 # three words
	set -- $case
	# shellcheck disable=SC2046 # none or one option
	unshare $([ "$(id -u)" = 0 ] || echo -r) -m --propagation unchanged sh "$tmp/full.sh" \
		$((total * $1 / 100))k "$tmp" "$2" "$3" \
		>"$tmp/said" 2>&1
	status=$?
	[ $status -ne 99 ] || { echo "a full disk cannot be tried here"; break; }
	claim "a disk with $1 % of the room, $2: status 1" "$status: $(said)" [ $status = 1 ]
	claim "a disk with $1 % of the room, $2: the message names the trouble" "$(said)" \
		grep -qiE '^run: .*(space|full|write)' "$tmp/said"
done

done_testing
