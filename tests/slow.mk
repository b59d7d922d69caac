# SPDX-License-Identifier: MIT
# What is run now and then: make soak, coverage, mutants, fuzz, bench, alternatives, and
# what makes files of the tree anew.  Included by the Makefile.
TARGETS += soak coverage mutants fuzz fuzz-deps fuzz-scenario fuzz-exporter fuzz-shell fuzz-e820 \
	fuzz-keep bench bench-programs alternatives screenshots viewer-demo
.PHONY: $(TARGETS)

# ---- tests that take long -----------------------------------------------------------------
SOAKS = tests/mm/coverage.sh tests/mm/mutants.sh \
	$(addprefix tests/trace/, complete.sh repeat.sh) \
	$(addprefix tests/docs/, commands.sh site.sh) \
	$(addprefix tests/viewer/, features-firefox.sh replays.test.mjs states.sh) \
	tests/scripts/releases.sh \
	tests/why/corrupt.sh

soak: export SLOW = 1
soak: export RANDOM_TRACES = 200
soak: export CORRUPTIONS = 50
soak:
	@scripts/deps.sh run qemu test soak site
	+$Q$(AGAIN) test-programs
	$Qtests/lib/run.sh $(SOAKS)

# Coverage of kernel/mm by all its tests on the host, and mistakes put into it one by one.
# Both scripts compile by themselves.
soak coverage mutants: export CC = $(HOSTCC)
soak coverage mutants: export FLAGS = $(HOSTFLAGS)
soak coverage mutants: export SOURCES = $(SIM_SRC)
soak mutants: export SANITIZE = $(SAN)

coverage: $B/simcov/sim.a $(KO)
	$Qtests/mm/coverage.sh

mutants: $(KO) $B/pagescope
	$Qtests/mm/mutants.sh $(MUTANTS)

$B/simcov/sim.a: $(SIM_SRC:%.c=$B/simcov/%.o)
$B/simcov/%.o: %.c
	@mkdir -p $(@D); echo "cc   $@"
	$Q$(HOSTCC) $(HOSTFLAGS) -O0 --coverage $(TWIN) $(OBJFLAGS) $< -o $@

# ---- fuzzing ---------------------------------------------------------------------------------
# make fuzz FUZZ_SECONDS=3600: every command of the exporter on anything at all, then the
# scenario parser, the shell and maps of the firmware.  The exporter's begins with the corpus in the tree and adds to it in
# $B/fuzz-corpus; `make fuzz-keep` puts what reaches something new back into the tree.
FUZZ_SECONDS = 60
FUZZ_OPTIONS = -max_len=16384 -timeout=300 -rss_limit_mb=2048
FUZZ_CC      = clang -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined -Iinclude -Iexporter

fuzz: fuzz-exporter fuzz-scenario fuzz-shell fuzz-e820

fuzz-deps:
	@scripts/deps.sh run test fuzz

$B/fuzz-exporter: tests/exporter/fuzz.c $(EXPORTER_SRC) \
		$(wildcard exporter/*/*.h include/pagescope/*) | fuzz-deps
	@mkdir -p $(@D); echo "fuzz $@"
	$Q$(FUZZ_CC) -o $@ $(filter %.c,$^) $(EXPORTER_LIBS)

fuzz-exporter: $B/fuzz-exporter $B/fuzz_once $B/mkcapture
	tests/exporter/corpus.sh seed "$$PWD/$B/fuzz-corpus"
	cd $B && ./fuzz-exporter $(FUZZ_OPTIONS) -max_total_time=$(FUZZ_SECONDS) fuzz-corpus

fuzz-keep: $B/fuzz-exporter
	rm -rf $B/fuzz-kept && mkdir $B/fuzz-kept
	$B/fuzz-exporter $(FUZZ_OPTIONS) -merge=1 $B/fuzz-kept $B/fuzz-corpus
	tests/exporter/corpus.sh keep "$$PWD/$B/fuzz-kept"

fuzz-scenario: $B/tests/scenario/fuzz
	tests/scenario/fuzz.sh $(FUZZ_SECONDS)

# The simulator's sources, compiled for libFuzzer.
SIM_FUZZ_CC = clang $(HOSTFLAGS) -O1 -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -Wno-unknown-warning-option
$B/simfuzz/%.o: %.c | fuzz-deps
	@mkdir -p $(@D); echo "fuzz $@"
	$Q$(SIM_FUZZ_CC) -fsanitize=fuzzer-no-link $(TWIN) $(OBJFLAGS) $< -o $@
$B/simfuzz/sim.a: $(SIM_SRC:%.c=$B/simfuzz/%.o)
$B/fuzz-shell: $(addprefix $B/simfuzz/, tests/scenario/fuzz_shell.o sim.a)
	$Q$(SIM_FUZZ_CC) -fsanitize=fuzzer -Wl,--wrap=exit,--wrap=scn_machine_file -o $@ $^
$B/fuzz-e820: $(addprefix $B/simfuzz/, tests/sim/fuzz_e820.o sim.a)
	$Q$(SIM_FUZZ_CC) -fsanitize=fuzzer -o $@ $^

# What was found before is kept in $B; the words of the language are a dictionary.
fuzz-shell: $B/fuzz-shell
	@mkdir -p $B/fuzz-shell-corpus
	grep -oE '"[a-z_0-9]+"' kernel/scenario/words.c | sort -u >$B/fuzz-shell.dict
	cp scenarios/*.scn scenarios/lessons/*.scn $B/fuzz-shell-corpus
	cd $B && ./fuzz-shell $(FUZZ_OPTIONS) -max_len=4096 -dict=fuzz-shell.dict \
		-max_total_time=$(FUZZ_SECONDS) fuzz-shell-corpus

fuzz-e820: $B/fuzz-e820
	@mkdir -p $B/fuzz-e820-corpus
	printf '0 0x9fc00 1\n0x9fc00 0x400 2\n0x100000 0x1f00000 1\n' \
		>$B/fuzz-e820-corpus/map
	cd $B && ./fuzz-e820 $(FUZZ_OPTIONS) -max_len=4096 \
		-max_total_time=$(FUZZ_SECONDS) fuzz-e820-corpus

# ---- figures ---------------------------------------------------------------------------------
# Programs that print tables; they fail if a limit is missed.
BENCHES = tests/bench/mm.sh tests/bench/trace.sh tests/exporter/bench.sh tests/viewer/bench.sh

# The allocators for i386, as 2.4.22 was measured (tests/bench/README.md), in two forms:
# bench-out without the checks, bench-on with them; no trace points in either.  And those
# of build/host, where callgrind and QEMU can both count, to see that they agree.
BENCH_FLAGS    = -fomit-frame-pointer -mpreferred-stack-boundary=2 -fno-pic -w -DPS_TRACE=0
BENCH_PROGRAMS = $(addprefix $B/bench-out/, pa va-stub vm) $(addprefix $B/bench-on/, pa vm)
AMD64_PROGRAMS = $(addprefix $B/host/, pa va-stub vm)

$B/bench-out/%.o: %.c | $(ALLOC_HEADER)
	@mkdir -p $(@D); echo "cc   $@"
	$Q$(HOSTCC32) $(HOSTFLAGS) $(BENCH_FLAGS) -DMM_CHECKS=0 $(TWIN) $(OBJFLAGS) $< -o $@

$B/bench-on/%.o: %.c | $(ALLOC_HEADER)
	@mkdir -p $(@D); echo "cc   $@"
	$Q$(HOSTCC32) $(HOSTFLAGS) $(BENCH_FLAGS) $(TWIN) $(OBJFLAGS) $< -o $@

$B/bench-out/sim.a: $(SIM_SRC:%.c=$B/bench-out/%.o)
$B/bench-on/sim.a:  $(SIM_SRC:%.c=$B/bench-on/%.o)

%/pa: %/tests/bench/pa_ours.o %/tests/golden/placement/pa_replay.o %/sim.a
	@echo "link $@"
	$Q$(BENCH_CC) -o $@ $^

%/va-stub: %/tests/bench/va_ours.o %/tests/bench/kmalloc_stub.o \
		%/tests/golden/placement/va_replay.o %/sim.a
	@echo "link $@"
	$Q$(BENCH_CC) -Wl,--wrap=kmalloc -Wl,--wrap=kfree -o $@ $^

%/vm: %/tests/bench/vm_bench.o %/sim.a
	@echo "link $@"
	$Q$(BENCH_CC) -o $@ $^

BENCH_CC = $(HOSTCC32)
$(AMD64_PROGRAMS): BENCH_CC = $(HOSTCC) -no-pie
$B/host/tests/golden/%.o: WARN =	# as it was given

# Counts instructions under QEMU where callgrind cannot (tests/bench/count.sh).
$B/libinsns.so: tests/bench/insns.c
	@mkdir -p $(@D); echo "link $@"
	$Q$(HOSTCC) -std=gnu11 -O2 -g $(WARN) -fPIC -shared -o $@ $<

bench-programs: test-programs $(BENCH_PROGRAMS) $(AMD64_PROGRAMS) $B/libinsns.so
bench:
	@scripts/deps.sh run qemu test bench
	+$Q$(AGAIN) bench-programs
	$Qstatus=0; for b in $(BENCHES); do echo "== $$b"; $$b || status=1; done; exit $$status

# The table of docs/alternatives.md.
alternatives: mmsim exporter $B/mmsim32 $B/mkworkload $B/libinsns.so
	@LINUX='$(LINUX)' tests/alloc/alternatives.sh table

# ---- files of the tree that are made -------------------------------------------------------
# The trace that the bare viewer offers; committed, so that the viewer needs no simulator.
viewer-demo: $B/mmsim $B/pagescope
	$Qscripts/deps.sh demo
	$Q$B/mmsim --ram 8M --scenario scenarios/tour.scn -o $B/demo.bin >/dev/null
	$Q$B/pagescope export --symbols $B/mmsim -o - $B/demo.bin >$B/demo.jsonl
	$Qzopfli --i50 -c $B/demo.jsonl >viewer/demo.jsonl.gz
	$Qrm -f $B/demo.bin $B/demo.jsonl

# Pictures for the docs, from the last `make run`, the claims and the debugger.
screenshots: $B/viewer.html $B/mmsim $B/pagescope
	$Qtests/viewer/page.sh screenshots.mjs
	$Qtests/docs/claim-pictures.sh
	$Qtests/docs/debugger-pictures.sh
