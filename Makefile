# SPDX-License-Identifier: MIT
# pagescope: boot a 2.4.22-like memory manager, trace it, see it.
#
#   make run     boot the kernel in Bochs, export the trace, make report.html
#   make test    everything that can be checked; ends with "N passed, N failed"
#   make help    all targets and variables
#
# One file, top to bottom: variables, what is built, how it is run, how it is
# tested.  All output goes to build/.  V=1 shows the commands.

SCENARIO  = tour
RAM       = 64M
EMU       = bochs
TRANSPORT = doorbell
HIGHMEM   =
QUIRKS    =
SEED      =
OUT       = build/run$(if $(ALLOC),-$(ALLOC_NAME))
CMDLINE   =
ALLOC     =
LINUX     = tests/data/linux-6.1-m64-short

B    = build$(if $(ALLOC),/alloc-$(ALLOC_NAME))
Q    = $(if $(V),,@)
HOSTCC   = gcc
KCC      = i686-linux-gnu-gcc
KNM      = i686-linux-gnu-nm
KOBJCOPY = i686-linux-gnu-objcopy
KLD      = i686-linux-gnu-ld
WARN     = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
HOSTFLAGS = -std=gnu11 -O2 -g $(WARN) -Iinclude
SAN      = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

# A test is a program that prints "ok NAME" or "not ok NAME: why" lines; see
# tests/lib/run.sh.  Parts add theirs, in the order they should run, and to TEST_BUILD
# what must be built first.
TESTS =
TEST_BUILD =
# Programs that print tables; they fail if a limit is missed.
BENCHES =
# Tests that take long.
SOAKS =

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules
.PHONY: all deps run debug at shell sim test bench fuzz soak screenshots help clean

all: kernel mmsim exporter viewer plugin

# ---- an allocator of one's own (docs/alternatives.md) ------------------------
# ALLOC=FILE stands in for the header that its first comment names.  It is built
# in a directory of its own; what has nothing to do with it is shared.
ALLOC_NAME = $(basename $(notdir $(ALLOC)))
# OWN_SRC includes the headers; S has all other objects.
OWN_SRC = kernel/mm/page_alloc.c kernel/mm/vmalloc.c
S = $(if $(ALLOC),build,$B)
where = $(if $(filter $(OWN_SRC),$1),$B,$S)
ifneq ($(ALLOC),)
ifeq ($(wildcard $(ALLOC)),)
$(error ALLOC=$(ALLOC): there is no such file)
endif
ALLOC_HEADER := $(shell sed -n 's,.*Replaces \(mm/[a-z]*\.h\)\..*,\1,p' '$(ALLOC)' | head -n 1)
ifeq ($(filter mm/buddy.h mm/place.h,$(ALLOC_HEADER)),)
$(error ALLOC=$(ALLOC): its first comment is to say "Replaces mm/buddy.h." or "Replaces mm/place.h.")
endif
ALLOC_INC = -I$B/alloc
$(shell mkdir -p build/exporter build/plugin $B && for d in exporter plugin; do \
	[ -e $B/$$d ] || ln -s "$(CURDIR)/build/$$d" $B/$$d; done)

# Written anew only if it differs: another file may have the same name.
$B/alloc/$(ALLOC_HEADER): FORCE
	@mkdir -p $(@D)
	@{ echo '#line 1 "$(ALLOC)"'; cat '$(ALLOC)'; } >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(foreach f,page_alloc.c vmalloc.c,$B/kernel/mm/$f.o) $(foreach s,sim sim32 simsan,\
	$(foreach f,page_alloc vmalloc,$B/$s/kernel/mm/$f.o)): $B/alloc/$(ALLOC_HEADER)

.PHONY: FORCE
endif

# ---- the kernel (owner: kernel/) ---------------------------------------------
KERNEL_FLAGS = -std=gnu11 -O2 -g -march=i686 -ffreestanding -fno-pic -fno-pie \
	-mgeneral-regs-only -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-strict-aliasing -fno-delete-null-pointer-checks -ffile-prefix-map=$(CURDIR)/= \
	$(WARN) $(ALLOC_INC) -Iinclude -Ikernel -Ikernel/i386
KERNEL_LINK  = -static -nostdlib -no-pie -Wl,--build-id=sha1 -Wl,-z,max-page-size=4096 \
	-Wl,--no-warn-rwx-segments

# What the simulator builds too.
MM_SRC    = $(addprefix kernel/mm/, bootmem.c check.c fault.c highmem.c init.c inspect.c ioremap.c layout.c \
	metrics.c page_alloc.c pgtable.c report.c show.c slab.c vmalloc.c)
CLIENT_SRC  = $(addprefix kernel/clients/, ksyms.c module.c object.c proc.c swap.c)
TRACE_SRC = kernel/trace/transport.c
SCN_SRC   = $(addprefix kernel/scenario/, args.c edit.c eval.c expr.c functions.c lex.c memory.c names.c \
	parse.c random.c run.c say.c shell.c touch.c users.c words.c workload.c)

KERNEL_SRC = $(addprefix kernel/i386/, boot.S entry.S clock.c console.c cpu.c \
	exception.c exception.S irq.c main.c module_call.c module_call.S multiboot.c \
	options.c panic.c power.c scn_machine.c ring3.c segments.c trap.c) \
	$(addprefix kernel/lib/, memcpy.S printk.c string.c vsnprintf.c) \
	$(MM_SRC) $(CLIENT_SRC) $(TRACE_SRC) $(SCN_SRC)
KERNEL_OBJ = $(foreach f,$(KERNEL_SRC),$(call where,$f)/$f.o)

# Loadable modules: relocatable objects, passed to the kernel by GRUB; what the
# compiler knows of lines stays in build/kernel/modules/*.ko, of the same build id.
KO = $(addprefix $B/modules/, hello.ko vmtest.ko fault.ko)
KO_DEBUG = $(KO:$B/modules/%=$B/kernel/modules/%)

GRUB_MODULES = biosdisk iso9660 multiboot normal boot

.PHONY: kernel
kernel: $B/kernel.elf $B/kernel/boot.elf $B/kernel/kernel.sym $B/kernel/grub.img $(KO) $(KO_DEBUG)

# kernel.elf has everything for the symboliser; boot.elf is what GRUB loads.
$B/kernel.elf: kernel/i386/kernel.lds $(KERNEL_OBJ)
	@echo "link $@"
	$Q$(KCC) $(KERNEL_LINK) -T kernel/i386/kernel.lds -o $@ $(KERNEL_OBJ) -lgcc

$B/kernel/boot.elf: $B/kernel.elf
	$Q$(KOBJCOPY) --strip-debug $< $@

# Bochs's form: address, name.
$B/kernel/kernel.sym: $B/kernel.elf
	$Q$(KNM) $< | awk '$$2 ~ /[tTdDbBrR]/ { print $$1, $$3 }' >$@

# GRUB with just the modules that load a kernel from a CD, reading (cd)/boot/grub.
$B/kernel/grub.img: Makefile
	@mkdir -p $(@D)
	$Qgrub-mkimage -O i386-pc-eltorito -p '(cd)/boot/grub' -o $@ $(GRUB_MODULES)

define kernel_rule
$(1)/kernel/%.o: kernel/%
	@mkdir -p $$(@D)
	@echo "cc   $$<"
	$$Q$$(KCC) $$(KERNEL_FLAGS) -MMD -MP -c $$< -o $$@
endef
$(foreach dir,$(sort $B $S),$(eval $(call kernel_rule,$(dir))))

$B/kernel/modules/%.ko: $B/kernel/modules/%.c.o
	$Q$(KLD) -r --build-id=sha1 -o $@ $<
$B/modules/%.ko: $B/kernel/modules/%.ko
	@mkdir -p $(@D)
	$Q$(KOBJCOPY) --strip-debug $< $@

-include $(KERNEL_OBJ:.o=.d)
-include $(KO:$B/modules/%.ko=$B/kernel/modules/%.c.d)

# ---- mmsim: the same sources on the host (owner: sim) ----------------
# SIM_SRC is everything but main; tests link it too.  In its own names, a second
# form for each way of building: build/mmsim (amd64), mmsim32 (i386), mmsim-san.
# Linked not position-independent: a call site is the same number in every run.
SIM_KERNEL = kernel/lib/printk.c $(MM_SRC) $(CLIENT_SRC) $(TRACE_SRC) $(SCN_SRC) \
	kernel/modules/hello.c kernel/modules/vmtest.c kernel/modules/fault.c
SIM_HOST   = $(addprefix sim/, sim.c sim_input.c sim_machine.c sim_module.c \
	sim_placement.c sim_scenario.c sim_trace.c sim_transcript.c) \
	$(addprefix sim/, sim_linux.c linux_capture.c linux_plan.c) \
	$(wildcard sim/sim_events.c sim/sim_shell.c)
SIM_SRC    = $(SIM_KERNEL) $(SIM_HOST)
SIM_FLAGS  = $(HOSTFLAGS) -fno-strict-aliasing -DPS_TRACE_HOST $(ALLOC_INC) -Ikernel -Isim \
	-ffile-prefix-map=$(CURDIR)/=
SIM32      = $(KCC) -static -march=i686

.PHONY: mmsim
mmsim: $B/mmsim

# Sample modules are compiled in under the names of their twins.
twin = $(if $(filter kernel/modules/%,$1),-DMODULE_TWIN=$(basename $(notdir $1)))

# $(1) directory of objects, $(2) compiler, $(3) flags: a library of SIM_SRC
define sim_rule
$(4)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	@echo "cc   $$< ($(1))"
	$$Q$(2) $(SIM_FLAGS) $(3) $$(call twin,$$<) -MMD -MP -c $$< -o $$@
endef
define sim_library
$(foreach dir,$(sort $B $S),$(eval $(call sim_rule,$(1),$(2),$(3),$(dir))))
$B/$(1)/sim.a: $(foreach f,$(SIM_SRC),$(call where,$f)/$(1)/$(f:.c=.o))
	@mkdir -p $$(@D)
	$$Qrm -f $$@ && ar rcs $$@ $$^

-include $(foreach f,$(SIM_SRC),$(call where,$f)/$(1)/$(f:.c=.d))
endef
$(eval $(call sim_library,sim,$$(HOSTCC),))
$(eval $(call sim_library,sim32,$$(SIM32),))
$(eval $(call sim_library,simsan,$$(HOSTCC),$$(SAN)))
# For make bench: i386 as 2.4.22 was measured (tests/bench/README.md); without the
# checks, with them, and with trace points that are off besides.
BENCH_FLAGS = -fomit-frame-pointer -mpreferred-stack-boundary=2 -fno-pic -w
$(eval $(call sim_library,bench-out,$$(SIM32),$$(BENCH_FLAGS) -DMM_CHECKS=0 -DPS_TRACE=0))
$(eval $(call sim_library,bench-on,$$(SIM32),$$(BENCH_FLAGS) -DPS_TRACE=0))
$(eval $(call sim_library,bench-full,$$(SIM32),$$(BENCH_FLAGS)))

$B/mmsim: $S/sim/sim/mmsim.o $B/sim/sim.a
	@echo "link $@"
	$Q$(HOSTCC) -no-pie -Wl,--build-id=sha1 -o $@ $^
$B/mmsim32: $S/sim32/sim/mmsim.o $B/sim32/sim.a
	@echo "link $@"
	$Q$(SIM32) -o $@ $^
$B/mmsim-san: $S/simsan/sim/mmsim.o $B/simsan/sim.a
	@echo "link $@"
	$Q$(HOSTCC) $(SAN) -no-pie -o $@ $^
-include $(foreach form,sim sim32 simsan,$S/$(form)/sim/mmsim.d)

$B/mkworkload: tests/golden/placement/mkworkload.c sim/placement.h
	@mkdir -p $(@D)
	$Q$(HOSTCC) -O2 -o $@ $<

# Tests of the memory manager: C programs against the sanitized library, and
# scripts that run the simulators.
MM_TESTS = layout story edge exhaustive failnth published random_buddy random_vmalloc
MM_TEST_BIN = $(MM_TESTS:%=$B/tests/mm/%)
$(MM_TEST_BIN): $B/tests/mm/%: $B/simsan/tests/mm/%.o $B/simsan/tests/mm/expected.o \
		$B/simsan/tests/mm/bed.o $B/simsan/sim.a
	@mkdir -p $(@D)
	@echo "link $@"
	$Q$(HOSTCC) $(SAN) -no-pie -o $@ $^
-include $(MM_TESTS:%=$B/simsan/tests/mm/%.d) $B/simsan/tests/mm/expected.d

TESTS      += tests/mm/golden.sh tests/mm/story.sh $(filter-out %/story,$(MM_TEST_BIN))
TEST_BUILD += $B/mmsim32 $B/mkworkload $(MM_TEST_BIN)

# The figures of the allocators, in instructions (tests/bench).
comma := ,
BENCH_KINDS = bench-out bench-on bench-full
BENCH_BIN   = $(foreach kind,$(BENCH_KINDS),$(addprefix $B/$(kind)/,pa va va-stub vm))
define bench_programs
$B/$(1)/pa: $B/$(1)/tests/bench/pa_ours.o $B/$(1)/tests/golden/placement/pa_replay.o $B/$(1)/sim.a
$B/$(1)/va: $B/$(1)/tests/bench/va_ours.o $B/$(1)/tests/golden/placement/va_replay.o $B/$(1)/sim.a
$B/$(1)/va-stub: $B/$(1)/tests/bench/va_ours.o $B/$(1)/tests/bench/kmalloc_stub.o \
		$B/$(1)/tests/golden/placement/va_replay.o $B/$(1)/sim.a
$B/$(1)/vm: $B/$(1)/tests/bench/vm_bench.o $B/$(1)/sim.a
endef
$(foreach kind,$(BENCH_KINDS),$(eval $(call bench_programs,$(kind))))
$(BENCH_BIN):
	@echo "link $@"
	$Q$(SIM32) $(if $(filter %va-stub,$@),-Wl$(comma)--wrap=kmalloc$(comma)--wrap=kfree) -o $@ $^
-include $(foreach kind,$(BENCH_KINDS),$(addprefix $B/$(kind)/tests/bench/,pa_ours.d va_ours.d vm_bench.d))
# Counts instructions under QEMU where callgrind cannot (tests/bench/count.sh); and the
# same programs for amd64, where both can, to see that they agree.
build/libinsns.so: tests/bench/insns.c
	@mkdir -p $(@D)
	$Q$(HOSTCC) -std=gnu11 -O2 -g $(WARN) -fPIC -shared -o $@ $<
BENCH64_BIN = $(addprefix $B/bench64/,pa va-stub vm)
$B/bench64/pa: tests/bench/pa_ours.c tests/golden/placement/pa_replay.c $B/sim/sim.a
$B/bench64/va-stub: tests/bench/va_ours.c tests/bench/kmalloc_stub.c tests/golden/placement/va_replay.c $B/sim/sim.a
$B/bench64/vm: tests/bench/vm_bench.c $B/sim/sim.a
$(BENCH64_BIN):
	@mkdir -p $(@D)
	$Q$(HOSTCC) $(SIM_FLAGS) -w -no-pie $(if $(filter %va-stub,$@),-Wl$(comma)--wrap=kmalloc$(comma)--wrap=kfree) -o $@ $^
BENCHES += tests/bench/mm.sh
BENCH_BUILD += $(addprefix $B/bench-out/,pa va-stub vm) $(addprefix $B/bench-on/,pa vm) build/libinsns.so $(BENCH64_BIN)

$B/tests/scenario/fuzz: $B/simsan/tests/scenario/fuzz.o $B/simsan/sim.a
	@mkdir -p $(@D)
	@echo "link $@"
	$Q$(HOSTCC) $(SAN) -no-pie -o $@ $^
-include $B/simsan/tests/scenario/fuzz.d

.PHONY: fuzz-scenario
fuzz-scenario: $B/tests/scenario/fuzz
	tests/scenario/fuzz.sh $(FUZZ_SECONDS)
fuzz: fuzz-scenario

TESTS      += tests/scenario/claims.sh tests/docs/scenarios.sh tests/scenario/errors.sh tests/scenario/shell.sh tests/scenario/tour.sh tests/scenario/verdict.sh \
	$B/tests/scenario/fuzz
TEST_BUILD += $B/mmsim-san $B/tests/scenario/fuzz

# Slab, high memory, metrics, and the users of vmalloc (tests/mm, with a test bed of their own).
MM2_TEST_BIN = $(addprefix $B/tests/mm/, fidelity_test machine_test pages_test slab_test highmem_test metrics_test users_test)

$B/tests/mm/%_test: tests/mm/%_test.c tests/mm/bed.c $(wildcard tests/mm/*.h) $B/simsan/sim.a
	@mkdir -p $(@D)
	@echo "cc   $<"
	$Q$(HOSTCC) $(SIM_FLAGS) $(SAN) -o $@ $(filter %.c %.a,$^)

TESTS      += $(MM2_TEST_BIN) tests/mm/image.sh tests/mm/bochs.sh
TEST_BUILD += $(MM2_TEST_BIN)

# Coverage of kernel/mm by all its tests on the host, and mistakes put into it one
# by one to see that the tests notice.
$(eval $(call sim_library,simcov,$$(HOSTCC),-O0 --coverage))
.PHONY: coverage mutants
soak coverage mutants: export CC = $(HOSTCC)
soak coverage mutants: export FLAGS = $(SIM_FLAGS)
soak coverage mutants: export SOURCES = $(SIM_SRC)
soak mutants: export SANITIZE = $(SAN)
coverage: $B/simcov/sim.a $(KO)
	$(Q)tests/mm/coverage.sh
mutants: $(KO) $B/pagescope
	$(Q)tests/mm/mutants.sh $(MUTANTS)
SOAKS += tests/mm/coverage.sh tests/mm/mutants.sh

# ---- the exporter (owner: exporter/) ----------------------------------------
EXPORTER_SRC = exporter/main.c \
	$(addprefix exporter/base/, input.c json.c map.c message.c out.c util.c) \
	$(addprefix exporter/capture/, capture.c facts.c kinds.c) \
	$(addprefix exporter/model/, areas.c buddy.c kmap.c mem_map.c mmu.c model.c modelstate.c paging.c replay.c rules.c slabs.c tlb.c) \
	$(addprefix exporter/formats/, ctf_dir.c describe.c header.c html.c jsonl.c metadata.c \
		perfetto.c rows.c slice.c symbols.c) \
	$(addprefix exporter/commands/, check.c diff.c dump.c info.c keyframes.c show.c translate.c)
EXPORTER_OBJ = $(EXPORTER_SRC:%.c=$B/%.o)
EXPORTER_LIBS = -ljansson -lz -ldw -lelf

.PHONY: exporter
exporter: $B/pagescope

$B/pagescope: $(EXPORTER_OBJ)
	@echo "link $@"
	$Q$(HOSTCC) -o $@ $(EXPORTER_OBJ) $(EXPORTER_LIBS)

$B/exporter/%.o: exporter/%.c
	@mkdir -p $(@D)
	@echo "cc   $<"
	$Q$(HOSTCC) $(HOSTFLAGS) -Iexporter -ffile-prefix-map=$(CURDIR)/= -MMD -MP -c $< -o $@

-include $(EXPORTER_OBJ:.o=.d)

# The sanitized build of the same sources, and a maker of odd captures, for tests.
$B/pagescope-san: $(EXPORTER_SRC) $(wildcard exporter/*/*.h include/pagescope/*)
	@mkdir -p $(@D)
	@echo "san  $@"
	$Q$(HOSTCC) $(HOSTFLAGS) $(SAN) -Iexporter -o $@ $(EXPORTER_SRC) $(EXPORTER_LIBS)

$B/mkcapture: tests/exporter/mkcapture.c exporter/capture/kinds.c exporter/base/message.c exporter/base/util.c $(wildcard include/pagescope/*)
	@mkdir -p $(@D)
	$Q$(HOSTCC) $(HOSTFLAGS) -Iexporter -o $@ $(filter %.c,$^) -lz

$B/mutate: tests/exporter/mutate.c $(filter-out exporter/main.c,$(EXPORTER_SRC)) $(wildcard exporter/*/*.h include/pagescope/*)
	@mkdir -p $(@D)
	$Q$(HOSTCC) $(HOSTFLAGS) -Iexporter -o $@ $(filter %.c,$^) $(EXPORTER_LIBS)

$B/salvage: tests/exporter/salvage.c $(filter-out exporter/main.c,$(EXPORTER_SRC)) $(wildcard exporter/*/*.h include/pagescope/*)
	@mkdir -p $(@D)
	$Q$(HOSTCC) $(HOSTFLAGS) $(SAN) -Iexporter -o $@ $(filter %.c,$^) $(EXPORTER_LIBS)

# The corpus of the fuzzer, each file once.
$B/fuzz_once: tests/exporter/fuzz_once.c tests/exporter/fuzz.c $(filter-out exporter/main.c,$(EXPORTER_SRC)) $(wildcard exporter/*/*.h include/pagescope/*)
	@mkdir -p $(@D)
	@echo "san  $@"
	$Q$(HOSTCC) $(HOSTFLAGS) $(SAN) -Iexporter -o $@ $(filter %.c,$^) $(EXPORTER_LIBS)

EXPORTER_TEST_BIN = $B/fuzz_once $B/pagescope-san $B/mkcapture $B/salvage $B/mutate tests/exporter/node_modules/.package-lock.json
TEST_BUILD += $(EXPORTER_TEST_BIN)

# ajv, for the tests only
tests/exporter/node_modules/.package-lock.json: tests/exporter/package-lock.json
	$Qcd tests/exporter && npm ci --silent --no-audit --no-fund

TESTS      += tests/exporter/check.sh tests/exporter/salvage.sh tests/exporter/lies.sh tests/exporter/scenarios.sh \
	tests/exporter/export.sh tests/exporter/symbols.sh tests/exporter/corpus.sh \
	tests/exporter/models.mjs
BENCHES    += tests/exporter/bench.sh

# make fuzz FUZZ_SECONDS=3600: every command on anything at all.  It begins with the
# corpus in the tree and adds to it in $B/fuzz-corpus; `make fuzz-keep` puts what
# reaches something new back into the tree.
FUZZ_SECONDS = 60
FUZZ_SRC = tests/exporter/fuzz.c $(filter-out exporter/main.c,$(EXPORTER_SRC))
FUZZ_OPTIONS = -max_len=16384 -timeout=300 -rss_limit_mb=2048
FUZZ_CC = clang -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined

$B/fuzz-exporter: $(FUZZ_SRC) $(wildcard exporter/*/*.h include/pagescope/*) | fuzz-deps
	@mkdir -p $(@D)
	@echo "fuzz $@"
	$Q$(FUZZ_CC) -Iinclude -Iexporter -o $@ $(FUZZ_SRC) $(EXPORTER_LIBS)

.PHONY: fuzz-deps fuzz-exporter fuzz-keep
fuzz-deps:
	@V='$(V)' scripts/deps.sh run test fuzz

fuzz-exporter: $B/fuzz-exporter $B/fuzz_once $B/mkcapture
	tests/exporter/corpus.sh seed $(CURDIR)/$B/fuzz-corpus
	cd $B && ./fuzz-exporter $(FUZZ_OPTIONS) -max_total_time=$(FUZZ_SECONDS) fuzz-corpus
fuzz-keep: $B/fuzz-exporter
	rm -rf $B/fuzz-kept && mkdir $B/fuzz-kept
	$B/fuzz-exporter $(FUZZ_OPTIONS) -merge=1 $B/fuzz-kept $B/fuzz-corpus
	tests/exporter/corpus.sh keep $(CURDIR)/$B/fuzz-kept
fuzz: fuzz-exporter

# ---- the viewer (owner: viewer/) --------------------------------------------
.PHONY: viewer
VIEWER_SRC = $(wildcard viewer/*.html viewer/*.css viewer/*.js viewer/model/*.js viewer/ui/*.js)

viewer: $B/viewer.html
$B/viewer.html: viewer/build.sh viewer/demo.jsonl.gz $(VIEWER_SRC)
	$(Q)viewer/build.sh $@

TESTS += tests/viewer/model.test.mjs tests/viewer/browsers.sh tests/viewer/states.sh tests/viewer/truth.sh
SOAKS += tests/viewer/broken.sh
BENCHES += tests/viewer/bench.sh

# The trace the bare viewer offers; committed, so that the viewer needs no simulator.
.PHONY: viewer-demo
viewer-demo: $B/mmsim $B/pagescope
	$(Q)scripts/deps.sh demo
	$(Q)$B/mmsim --ram 8M --scenario scenarios/tour.scn -o $B/demo.bin >/dev/null
	$(Q)$B/pagescope export --symbols $B/mmsim -o - $B/demo.bin >$B/demo.jsonl
	$(Q)zopfli --i50 -c $B/demo.jsonl >viewer/demo.jsonl.gz
	$(Q)rm -f $B/demo.bin $B/demo.jsonl

# Pictures for the docs, from the trace of the last `make run` and from the claims.
screenshots: $B/viewer.html $B/mmsim $B/pagescope
	$(Q)tests/viewer/page.sh screenshots.mjs
	$(Q)tests/docs/claim-pictures.sh

# ---- the Bochs plugin (owner: plugin/) --------------------------------------
# Stock Bochs loads $B/libbx_pagescope.so; plugin/README.md says how.
PLUGIN_SRC = $(addprefix plugin/, audit.c bochs.c capture_file.c device.c)
PLUGIN_OBJ = $(PLUGIN_SRC:%.c=$B/%.o)

.PHONY: plugin
plugin: $B/libbx_pagescope.so $B/libpagescope_host.so

# nodelete: Bochs unloads plugins before the exit status is decided.
$B/libbx_pagescope.so: $(PLUGIN_OBJ)
	@echo "link $@"
	$Q$(HOSTCC) -shared -Wl,-z,nodelete -Wl,-z,defs -o $@ $(PLUGIN_OBJ)

# Preloaded into Bochs, which is then the same to the tick and listens on no port;
# plugin/host.c says why.
$B/libpagescope_host.so: $B/plugin/host.o
	@echo "link $@"
	$Q$(HOSTCC) -shared -Wl,-z,defs -o $@ $<

$B/plugin/%.o: plugin/%.c
	@mkdir -p $(@D)
	@echo "cc   $<"
	$Q$(HOSTCC) $(HOSTFLAGS) -fPIC -fvisibility=hidden -ffile-prefix-map=$(CURDIR)/= -MMD -MP -c $< -o $@

-include $(PLUGIN_OBJ:.o=.d) $B/plugin/host.d

# The tracer in a kernel that is not ours, and its tests.
DROPIN_FLAGS = -std=gnu11 -O2 -march=i686 -ffreestanding -fno-pic -fno-stack-protector \
	-fno-asynchronous-unwind-tables $(WARN) -Iinclude
DROPIN_OBJ = $B/dropin/boot.S.o $B/dropin/kernel.c.o
HOSTILE_OBJ = $B/dropin/boot.S.o $B/dropin/hostile.c.o
THROUGHPUT_OBJ = $B/dropin/boot.S.o $B/dropin/throughput.c.o
TRACE_TEST_FLAGS = $(HOSTFLAGS) $(SAN) -Ikernel -Isim -Itests/trace

.PHONY: dropin
dropin: $B/dropin.elf $B/hostile.elf $B/throughput.elf

TESTS      += $B/trace_roundtrip $B/trace_packets $B/plugin_fuzz tests/sim/capture_file.sh tests/trace/off.sh tests/plugin/plugin.sh \
	tests/plugin/network.sh tests/trace/kernel.sh tests/trace/sba.sh \
	tests/trace/babeltrace.sh
BENCHES    += tests/bench/trace.sh
SOAKS      += tests/trace/complete.sh tests/trace/repeat.sh tests/trace/broken.sh
TEST_BUILD += dropin $B/kernel/grub.img $B/capture_dump $B/wild_host.so $B/trace_roundtrip $B/trace_packets \
	$B/plugin_fuzz

$B/dropin.elf: tests/dropin/link.ld $(DROPIN_OBJ)
	$Q$(KCC) -static -nostdlib -no-pie -T $< -o $@ $(DROPIN_OBJ) -Wl,--no-warn-rwx-segments -Wl,--build-id=none

$B/hostile.elf: tests/dropin/link.ld $(HOSTILE_OBJ)
	$Q$(KCC) -static -nostdlib -no-pie -T $< -o $@ $(HOSTILE_OBJ) -Wl,--no-warn-rwx-segments -Wl,--build-id=none

$B/throughput.elf: tests/dropin/link.ld $(THROUGHPUT_OBJ)
	$Q$(KCC) -static -nostdlib -no-pie -T $< -o $@ $(THROUGHPUT_OBJ) -Wl,--no-warn-rwx-segments -Wl,--build-id=none

$B/dropin/%.o: tests/dropin/%
	@mkdir -p $(@D)
	@echo "cc   $<"
	$Q$(KCC) $(DROPIN_FLAGS) -MMD -MP -c $< -o $@

-include $(DROPIN_OBJ:.o=.d) $(HOSTILE_OBJ:.o=.d) $(THROUGHPUT_OBJ:.o=.d)

$B/capture_dump: tests/trace/dump.c tests/trace/reader.c tests/trace/reader.h include/pagescope/events.def
	@mkdir -p $(@D)
	$Q$(HOSTCC) $(HOSTFLAGS) -o $@ tests/trace/dump.c tests/trace/reader.c

$B/wild_host.so: tests/plugin/wild_host.c
	@mkdir -p $(@D)
	$Q$(HOSTCC) $(HOSTFLAGS) -fPIC -shared -o $@ $<

$B/plugin_fuzz: tests/plugin/plugin_fuzz.c tests/trace/reader.c $(wildcard plugin/* include/pagescope/*)
	@mkdir -p $(@D)
	$Q$(HOSTCC) $(TRACE_TEST_FLAGS) -o $@ $< tests/trace/reader.c plugin/audit.c plugin/capture_file.c plugin/device.c

$B/trace_%: tests/trace/%.c tests/trace/reader.c tests/trace/reader.h kernel/trace/transport.c \
		sim/sim_trace.c $(wildcard include/pagescope/*)
	@mkdir -p $(@D)
	$Q$(HOSTCC) $(TRACE_TEST_FLAGS) -o $@ $< tests/trace/reader.c kernel/trace/transport.c sim/sim_trace.c

# ---- what must be installed -------------------------------------------------
# scripts/deps.sh has the list, with the reason for each package.
deps:
	@V='$(V)' scripts/deps.sh run $(if $(filter qemu,$(EMU)),qemu)

# ---- running ------------------------------------------------------------------
# scripts/run.sh does it, step by step; all its variables come from here.
RUN_ENV = B='$B' SCENARIO='$(SCENARIO)' RAM='$(RAM)' EMU='$(EMU)' TRANSPORT='$(TRANSPORT)' \
	HIGHMEM='$(HIGHMEM)' QUIRKS='$(QUIRKS)' SEED='$(SEED)' OUT='$(OUT)' CMDLINE='$(CMDLINE)' \
	EVENT='$(EVENT)' TICK='$(TICK)' BREAK='$(BREAK)' ALLOC_NAME='$(ALLOC_NAME)' V='$(V)' MAKE='$(MAKE)' MAKE_FIRST='$(MAKE_FIRST)' WINDOW='$(WINDOW)' RAM_FROM='$(RAM_FROM)'

# What the scenario "linux" replays, made from the capture LINUX=DIR.
# RAM is the recorded machine's, unless one is given.
LINUX_RUN  = $(filter linux linux.scn,$(notdir $(SCENARIO)))
MAKE_FIRST = $(if $(LINUX_RUN),linux-replay LINUX=$(LINUX))
RAM_FROM   = $(if $(and $(LINUX_RUN),$(filter file,$(origin RAM))),$B/linux.txt)

.PHONY: linux-replay
linux-replay: $B/mmsim
	@mkdir -p $B/modules
	$Qrm -f $B/modules/linux.psr
	$Q$B/mmsim --linux '$(LINUX)' --write-replay $B/modules/linux.psr >$B/linux.txt || \
		{ [ -s $B/modules/linux.psr ] && cat $B/linux.txt; }

run debug at:
	@$(RUN_ENV) scripts/run.sh $@

# A scenario is run before the first prompt only if one is named.
shell:
	@$(RUN_ENV) $(if $(filter file,$(origin SCENARIO)),SCENARIO=) scripts/run.sh shell

sim:
	@$(RUN_ENV) $(if $(filter file,$(origin OUT)),OUT=$B/sim.run) scripts/run.sh sim

# Figures of the allocators in kernel/alloc beside the reference (docs/alternatives.md).
.PHONY: alternatives
alternatives: mmsim exporter $B/mmsim32 $B/mkworkload build/libinsns.so
	@LINUX=$(LINUX) tests/alloc/alternatives.sh table

TESTS += tests/sim/linux.sh tests/viewer/lessons.sh tests/alloc/alternatives.sh tests/scripts/debugger.sh tests/docs/commands.sh
SOAKS += tests/docs/commands.sh
soak: export SLOW = 1

help:
	@echo 'make            builds all into $B/'
	@echo 'make run        boots SCENARIO, exports the trace, makes OUT/report.html'
	@echo 'make debug      the same machine, stopped at the prompt of the Bochs debugger'
	@echo 'make at         the last run again, up to EVENT=number (or TICK=number), in the debugger'
	@echo 'make shell      type scenario statements at the kernel'
	@echo 'make sim        SCENARIO in the simulator, without an emulator'
	@echo 'make deps       installs what is missing (Debian, Ubuntu), lists it elsewhere'
	@echo 'make test       all checks; ends with "N passed, N failed"'
	@echo 'make bench fuzz soak screenshots clean'
	@echo
	@echo 'Variables, with their values now:'
	@echo '  SCENARIO=$(SCENARIO)   a name in scenarios, or the path of a .scn file'
	@echo '  RAM=$(RAM)         8M to 4G'
	@echo '  EMU=$(EMU)       bochs or qemu'
	@echo '  TRANSPORT=$(TRANSPORT)  doorbell (Bochs with the plugin), e9 (stock Bochs), off'
	@echo '  HIGHMEM=$(HIGHMEM)        on, off or a size; empty: on above 896M'
	@echo '  QUIRKS=$(QUIRKS)         2.4.22 for the historical bugs'
	@echo '  SEED=$(SEED)           seed of random statements'
	@echo '  OUT=$(OUT)   where the outputs go'
	@echo '  WINDOW=1        make shell, make debug: Bochs in a window, with its screen and keyboard'
	@echo '  BREAK=WORDS     make debug: functions, events or file.c:line to stop at; docs/debugger.md'
	@echo '  ALLOC=FILE      an allocator of your own in place of the one of 2.4.22; docs/alternatives.md'
	@echo '  LINUX=DIR       the capture that SCENARIO=linux replays; docs/real-workloads.md'
	@echo '  CMDLINE=$(CMDLINE)        further words for the kernel, such as mem=nopentium'
	@echo '  TIMEOUT=900     seconds the machine may take; V=1 shows all commands'

TESTS += tests/layers/layers.mjs
TESTS += tests/scripts/sizes.sh tests/scripts/golden.sh tests/scripts/ends.sh tests/scripts/hands.sh \
	tests/scripts/inputs.sh

# ---- testing -------------------------------------------------------------------
# TESTS and TEST_BUILD are filled by the sections above.  TEST_ONLY=PATTERN runs the
# programs whose name matches.  BESIDE are the longest boots, which use one processor, as
# the tests do that come first: they run beside them.
BESIDE = tests/scripts/sizes.sh tests/scripts/ends.sh
export TEST_ONLY
test:
	@V='$(V)' scripts/deps.sh run qemu test
	+$(Q)$(MAKE) --no-print-directory -j$(shell nproc) all $(TEST_BUILD)
	$(Q)tests/lib/run.sh $(filter-out $(BESIDE),$(TESTS)) -- $(filter $(BESIDE),$(TESTS))

soak:
	@V='$(V)' scripts/deps.sh run qemu test
	+$(Q)$(MAKE) --no-print-directory -j$(shell nproc) all $(TEST_BUILD)
	$(Q)tests/lib/run.sh $(SOAKS)

bench:
	@V='$(V)' scripts/deps.sh run qemu test bench
	+$(Q)$(MAKE) --no-print-directory -j$(shell nproc) all $(TEST_BUILD) $(BENCH_BUILD)
	$(Q)status=0; for b in $(BENCHES); do echo "== $$b"; $$b || status=1; done; exit $$status

clean:
	rm -rf $(B)
