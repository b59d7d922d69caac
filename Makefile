# SPDX-License-Identifier: MIT
# pagescope: boot a memory manager like that of Linux 2.4.22, trace it, look at it.
#
#   make         builds everything into build/
#   make run     boots the kernel in Bochs, exports the trace, makes report.html
#   make check   what to run while you work: two minutes
#   make test    all tests; ends with "N passed, N failed"
#   make help    all targets and variables
#
# From top to bottom: variables, tools, then each part with the list of its sources and
# the rules that build it, how it is run, the list of tests, how they are built and run.
# V=1 shows the commands.

# ---- variables: `make help` explains them ------------------------------------------
SCENARIO  = tour
RAM       = 64M
EMU       = bochs
TRANSPORT = $(if $(filter qemu,$(EMU)),debugcon,doorbell)
HIGHMEM   =
QUIRKS    =
SEED      =
CMDLINE   =
ALLOC     =
LINUX     = tests/data/linux-6.1-m64-short
OUT       =

# All output goes to B, that of a run without an OUT to a directory in RUNS.  An allocator
# of one's own (ALLOC=FILE) has both for itself.
B = build$(if $(ALLOC),/alloc-$(ALLOC_NAME))
RUNS = build/run$(if $(ALLOC),-$(ALLOC_NAME))
Q = $(if $(V),,@)

# ---- what cannot be meant is refused ------------------------------------------------------
# The variables that a target takes; those of ANYWHERE every target takes.
MACHINE    = SCENARIO RAM HIGHMEM QUIRKS SEED OUT LINUX
TAKES_run   = $(MACHINE) EMU TRANSPORT CMDLINE TIMEOUT
TAKES_debug = $(MACHINE) EMU TRANSPORT CMDLINE WINDOW BREAK
TAKES_shell = $(MACHINE) EMU TRANSPORT CMDLINE WINDOW
TAKES_sim   = $(MACHINE)
TAKES_at    = EVENT TICK RUN OUT
TAKES_watch = DISK DISK2 ISO FLOPPY KERNEL INITRD APPEND BOCHSRC RAM UNTIL SYMBOLS CHECK \
	PASSES OUT TIMEOUT
TAKES_deps  = EMU
TAKES_linux-replay = LINUX
TAKES_test  = TEST_ONLY
TAKES_soak  = TEST_ONLY
TAKES_check = TEST_ONLY
TAKES_fuzz  = FUZZ_SECONDS
TAKES_fuzz-scenario = FUZZ_SECONDS
TAKES_fuzz-exporter = FUZZ_SECONDS
TAKES_fuzz-shell = FUZZ_SECONDS
TAKES_fuzz-e820 = FUZZ_SECONDS
TAKES_mutants = MUTANTS
TAKES_help  = $(VARIABLES)
VARIABLES  = $(sort $(foreach t,run debug shell at watch test fuzz mutants,$(TAKES_$t)) ALLOC V)
ANYWHERE   = ALLOC ALLOC_NAME B CC HOSTCC HOSTCC32 KCC KLD KNM KOBJCOPY PREFIX DESTDIR Q RUNS \
	SAN V WARN %FLAGS

# Of the command line, not of the environment; and not again in the makes that this one starts.
GIVEN := $(if $(filter 0,$(MAKELEVEL)),$(foreach v,$(.VARIABLES),$(if \
	$(filter command,$(firstword $(origin $v))),$v)))
GOALS := $(or $(MAKECMDGOALS),all)
TAKEN := $(ANYWHERE) $(foreach goal,$(GOALS),$(TAKES_$(goal)))
$(foreach v,$(filter-out $(ANYWHERE) $(VARIABLES),$(GIVEN)),$(error $v= is no variable of \
	this Makefile$(shell scripts/nearest.sh '$v' $(VARIABLES)); make help lists them))
$(foreach v,$(filter-out $(TAKEN),$(GIVEN)),$(error make $(GOALS) takes no $v=; \
	it takes $(or $(sort $(foreach goal,$(GOALS),$(TAKES_$(goal)))),no variables)))

# One that only goes with another.
LINUX_RUN = $(filter linux linux.scn,$(notdir $(SCENARIO)))
ifneq ($(filter run debug shell sim,$(GOALS)),)
$(if $(filter LINUX,$(GIVEN)),$(if $(LINUX_RUN),,$(error LINUX=$(LINUX): only SCENARIO=linux \
	replays a capture)))
endif
$(if $(filter V,$(GIVEN)),$(if $(filter-out 1,$(V)),$(error V=$(V): write V=1 to see the commands)))

# Numbers by the rule of all tools (docs/exporter.md); in decimal from here on.
$(foreach v,$(filter FUZZ_SECONDS MUTANTS,$(GIVEN)),$(eval override $v := $(or $(shell \
	. scripts/numbers.sh && number '$($v)'),$(error $v=$($v) is no number)))$(if \
	$(filter 0,$($v)),$(error $v=$($v): a number from 1 is wanted)))

# ---- tools -----------------------------------------------------------------------------
HOSTCC   = gcc
KCC      = i686-linux-gnu-gcc
KNM      = i686-linux-gnu-nm
KOBJCOPY = i686-linux-gnu-objcopy
KLD      = i686-linux-gnu-ld
HOSTCC32 = $(KCC) -static -march=i686

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
SAN  = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

# For every object: the debugger finds sources relative to the tree, wherever the tree
# lies (the shell expands PWD, which may hold any character), and a .d file beside the
# object lists the headers it includes.
OBJFLAGS = -ffile-prefix-map="$$PWD"/= -MMD -MP -c

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
TARGETS := all kernel mmsim exporter viewer plugin dropin deps run debug at shell sim watch \
	linux-replay install uninstall site check check-programs lint test test-programs help clean

all: kernel mmsim exporter viewer plugin

ifneq ($(ALLOC),)
include kernel/alloc/alloc.mk
endif

# ---- the memory manager: in the kernel and in the simulator --------------------------
COMMON_SRC = \
	$(addprefix kernel/clients/, ksyms.c module.c object.c proc.c swap.c) \
	$(addprefix kernel/mm/, bootmem.c check.c fault.c highmem.c init.c inspect.c ioremap.c \
		layout.c metrics.c page_alloc.c pgtable.c report.c show.c slab.c vmalloc.c) \
	$(addprefix kernel/scenario/, args.c complete.c edit.c eval.c expr.c functions.c lex.c \
		memory.c names.c parse.c random.c run.c say.c shell.c state.c touch.c users.c \
		verdict.c words.c workload.c) \
	$(addprefix kernel/lib/, likest.c number.c printk.c) \
	kernel/trace/transport.c

# ---- the kernel: kernel/ ---------------------------------------------------------------
KERNEL_SRC = $(COMMON_SRC) \
	$(addprefix kernel/i386/, boot.S boot_tables.S clock.c console.c cpu.c entry.S exception.S \
		exception.c irq.c main.c module_call.S module_call.c multiboot.c options.c \
		panic.c power.c ring3.c ring3_entry.S scn_machine.c segments.c trap.c tss.c) \
	$(addprefix kernel/lib/, memcpy.S string.c vsnprintf.c)
KERNEL_OBJ = $(KERNEL_SRC:%=$B/%.o)

# Loadable modules.  GRUB passes build/modules/NAME.ko to the kernel; NAME.ko in
# build/kernel/modules is the same with what the debugger and the symboliser need.
KO       = $(addprefix $B/modules/, fault.ko hello.ko vmtest.ko)
KO_DEBUG = $(KO:$B/%=$B/kernel/%)

KERNEL_FLAGS = -std=gnu11 -O2 -g -march=i686 -ffreestanding -fno-pic -fno-pie \
	-mgeneral-regs-only -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-strict-aliasing -fno-delete-null-pointer-checks \
	$(WARN) $(ALLOC_INC) -Iinclude -Ikernel -Ikernel/i386
KERNEL_LINK  = -static -nostdlib -no-pie -Wl,--build-id=sha1 -Wl,-z,max-page-size=4096 \
	-Wl,--no-warn-rwx-segments

GRUB_MODULES = biosdisk iso9660 multiboot normal boot

kernel: $B/kernel.elf $B/kernel/boot.elf $B/kernel/kernel.sym $B/kernel/grub.img $(KO) $(KO_DEBUG)

# kernel/mm/vmalloc.c becomes build/kernel/mm/vmalloc.c.o: a .S may have the same name.
$B/kernel/%.o: kernel/% | $(ALLOC_HEADER)
	@mkdir -p $(@D); echo "cc   $@"
	$Q$(KCC) $(KERNEL_FLAGS) $(OBJFLAGS) $< -o $@

# kernel.elf has everything for the symboliser; GRUB loads boot.elf.
$B/kernel.elf: kernel/i386/kernel.lds $(KERNEL_OBJ)
	@echo "link $@"
	$Q$(KCC) $(KERNEL_LINK) -T kernel/i386/kernel.lds -o $@ $(KERNEL_OBJ) -lgcc

$B/kernel/boot.elf: $B/kernel.elf
	$Q$(KOBJCOPY) --strip-debug $< $@

# The symbols in the form Bochs reads: address, name.
$B/kernel/kernel.sym: $B/kernel.elf
	$Q$(KNM) $< | awk '$$2 ~ /[tTdDbBrR]/ { print $$1, $$3 }' >$@

# GRUB with just the modules that load a kernel from a CD, reading (cd)/boot/grub.
$B/kernel/grub.img: Makefile
	@mkdir -p $(@D)
	$Qgrub-mkimage -O i386-pc-eltorito -p '(cd)/boot/grub' -o $@ $(GRUB_MODULES)

$(KO_DEBUG): %.ko: %.c.o
	$Q$(KLD) -r --build-id=sha1 -o $@ $<

$(KO): $B/%.ko: $B/kernel/%.ko
	@mkdir -p $(@D)
	$Q$(KOBJCOPY) --strip-debug $< $@

# ---- programs for this machine -----------------------------------------------------------
# Each form of a program is compiled into a directory of its own:
#   build/host     amd64
#   build/host32   i386, as the kernel is
#   build/san      amd64 with the sanitizers, for tests
# A sample module is linked into the simulator under its name (kernel/modules/modules.h).
HOSTFLAGS = -std=gnu11 -O2 -g $(WARN) -fno-strict-aliasing -DPS_TRACE_HOST \
	$(ALLOC_INC) -Iinclude -Ikernel -Isim -Iexporter
TWIN = $(if $(filter kernel/modules/%,$<),-DMODULE_TWIN=$(basename $(<F)))

$B/host/%.o: %.c | $(ALLOC_HEADER)
	@mkdir -p $(@D); echo "cc   $@"
	$Q$(HOSTCC) $(HOSTFLAGS) $(TWIN) $(OBJFLAGS) $< -o $@

$B/host32/%.o: %.c | $(ALLOC_HEADER)
	@mkdir -p $(@D); echo "cc   $@"
	$Q$(HOSTCC32) $(HOSTFLAGS) $(TWIN) $(OBJFLAGS) $< -o $@

$B/san/%.o: %.c | $(ALLOC_HEADER)
	@mkdir -p $(@D); echo "cc   $@"
	$Q$(HOSTCC) $(HOSTFLAGS) $(SAN) $(TWIN) $(OBJFLAGS) $< -o $@

# ---- the simulator, mmsim: sim/ ----------------------------------------------------------
# SIM_SRC is all of it but main; the tests in C link it too, as sim.a.
SIM_SRC = $(COMMON_SRC) \
	$(addprefix kernel/modules/, fault.c hello.c vmtest.c) \
	$(addprefix sim/, linux_capture.c linux_plan.c sim.c sim_events.c sim_input.c sim_linux.c \
		sim_machine.c sim_module.c sim_output.c sim_placement.c sim_scenario.c sim_trace.c \
		sim_transcript.c)

mmsim: $B/mmsim

$B/host/sim.a:   $(SIM_SRC:%.c=$B/host/%.o)
$B/host32/sim.a: $(SIM_SRC:%.c=$B/host32/%.o)
$B/san/sim.a:    $(SIM_SRC:%.c=$B/san/%.o)
%/sim.a:
	$Qrm -f $@ && ar qcs $@ $^

# Not position-independent: a call site is the same number in every run.
$B/mmsim: $B/host/sim/mmsim.o $B/host/sim.a
	@echo "link $@"
	$Q$(HOSTCC) -no-pie -Wl,--build-id=sha1 -o $@ $^

$B/mmsim32: $B/host32/sim/mmsim.o $B/host32/sim.a
	@echo "link $@"
	$Q$(HOSTCC32) -o $@ $^

# ---- the exporter, pagescope: exporter/ -------------------------------------------------
# EXPORTER_SRC is all of it but main, which tests replace.
EXPORTER_SRC = \
	$(addprefix exporter/base/, filekind.c files.c input.c json.c map.c message.c out.c util.c) \
	$(addprefix exporter/capture/, capture.c core.c facts.c kinds.c packet_writer.c) \
	$(addprefix exporter/commands/, check.c command.c diff.c dump.c ending.c ending_cause.c \
		help.c import.c info.c \
		operand.c show.c show_json.c show_text.c translate.c why.c) \
	$(addprefix exporter/formats/, ctf_dir.c describe.c header.c html.c jsonl.c \
		metadata.c perfetto.c rows.c slice.c symbols.c text.c) \
	$(addprefix exporter/model/, areas.c buddy.c kmap.c leaks.c mem_map.c mmu.c model.c \
		paging.c replay.c rules.c slabs.c summary.c tlb.c watched.c)
EXPORTER_LIBS = -ljansson -lz -ldw -lelf

exporter: $B/pagescope $B/pagescope.1 $B/pagescope.bash

$B/pagescope: $B/host/exporter/main.o $(EXPORTER_SRC:%.c=$B/host/%.o)
	@echo "link $@"
	$Q$(HOSTCC) -o $@ $^ $(EXPORTER_LIBS)

# The man page and the completion come from the tables of the program.
$B/pagescope.1: $B/pagescope
	$Q$< help man >$@

$B/pagescope.bash: $B/pagescope
	$Q$< help completion >$@

# ---- the viewer: viewer/ -------------------------------------------------------------------
# esbuild follows the imports; any file of the folder may be one.
viewer: $B/viewer.html

$B/viewer.html: $(wildcard viewer/*.* viewer/*/*.*) viewer/node_modules/.package-lock.json
	$(Q)viewer/build.sh $@

# The one package the viewer bundles, pinned by the lock file.
viewer/node_modules/.package-lock.json: viewer/package-lock.json
	$(Q)cd viewer && npm ci --silent --no-audit --no-fund || \
		{ echo "viewer: npm ci failed: is npm there, and the network?" >&2; exit 1; }
	$(Q)touch $@

# ---- the Bochs plugin: plugin/ -------------------------------------------------------------
PLUGIN_SRC = $(addprefix plugin/, audit.c bochs.c built.c capture_file.c device.c \
	exceptions.c processor.c watch.c watch_check.c watch_ram.c watch_tables.c)

plugin: $B/libbx_pagescope.so $B/libpagescope_host.so

$B/plugin/%.o: plugin/%.c
	@mkdir -p $(@D); echo "cc   $@"
	$Q$(HOSTCC) $(HOSTFLAGS) -fPIC -fvisibility=hidden $(OBJFLAGS) $< -o $@

# nodelete: Bochs unloads plugins before the exit status is decided.
$B/libbx_pagescope.so: $(PLUGIN_SRC:%.c=$B/%.o)
	@echo "link $@"
	$Q$(HOSTCC) -shared -Wl,-z,nodelete -Wl,-z,defs -o $@ $^

# Preloaded into Bochs: its runs are then the same to the tick and listen on no port.
$B/libpagescope_host.so: $B/plugin/host.o
	@echo "link $@"
	$Q$(HOSTCC) -shared -Wl,-z,defs -o $@ $^

# ---- running -----------------------------------------------------------------------------
# scripts/deps.sh lists the packages, with the reason for each.
deps:
	@scripts/run.sh deps

# scripts/run.sh does the rest, step by step, and finds its variables in the environment.
# Tests find none of them there: some have a SEED of their own.
ifneq ($(filter run debug at shell sim deps,$(MAKECMDGOALS)),)
export ALLOC_NAME B BREAK CMDLINE EMU EVENT HIGHMEM LINUX MAKE_FIRST OUT QUIRKS RAM RAM_FROM RUN \
	RUNS SCENARIO SEED TICK TRANSPORT WINDOW
endif
export V

run debug at shell sim:
	@scripts/run.sh $@

# scripts/watch.sh finds the guest's variables there.
ifneq ($(filter watch,$(MAKECMDGOALS)),)
export APPEND B BOCHSRC CHECK DISK DISK2 FLOPPY INITRD ISO KERNEL OUT PASSES RUNS SYMBOLS \
	TIMEOUT UNTIL
endif
watch:
	@RAM='$(if $(filter file,$(origin RAM)),,$(RAM))' scripts/watch.sh

# Before the first prompt a scenario runs only if one is named.
shell: SCENARIO =

# What SCENARIO=linux replays is made of the capture LINUX=DIR.  RAM is the recorded
# machine's, unless one is given.
MAKE_FIRST = $(if $(LINUX_RUN),linux-replay)
RAM_FROM   = $(if $(and $(LINUX_RUN),$(filter file,$(origin RAM))),$B/linux.txt)

linux-replay: export LINUX := $(LINUX)
linux-replay: $B/mmsim
	@mkdir -p $B/modules
	$Qrm -f $B/modules/linux.psr
	$Q$B/mmsim --linux "$$LINUX" --write-replay $B/modules/linux.psr >$B/linux.txt || \
		{ [ -s $B/modules/linux.psr ] && cat $B/linux.txt; }

# ---- installing ----------------------------------------------------------------------------
# scripts/install.sh has the list of what goes where.
PREFIX  = /usr/local
DESTDIR =

ifneq ($(filter install uninstall,$(MAKECMDGOALS)),)
export B DESTDIR PREFIX
endif

install: mmsim exporter viewer plugin
install uninstall:
	@scripts/install.sh $@

# ---- the site: docs as pages, and a gallery of reports -------------------------------------
site:
	@scripts/deps.sh run qemu test site
	+$Q$(AGAIN) all $B/classroom.elf
	@B=$B scripts/site/make-site.sh $B/site

# ---- tests ---------------------------------------------------------------------------------
# A test is a program that prints a line "ok NAME" or "not ok NAME: why" for each claim
# (tests/lib/run.sh).  Two run at a time, so none may need a file that another one writes; those
# that take longest begin first.
MM_TESTS = $(addprefix $B/tests/mm/, edge exhaustive failnth fidelity_test highmem_test layout \
	machine_test metrics_test pages_test published random_buddy random_vmalloc slab_test \
	users_test)
TESTS = \
	$(addprefix tests/viewer/, features.sh page-firefox.sh states.sh page.sh) \
	$(addprefix tests/scripts/, ends.sh sizes.sh) \
	tests/docs/commands.sh \
	tests/alloc/alternatives.sh \
	$(MM_TESTS) \
	$(addprefix tests/mm/, bochs.sh golden.sh image.sh story.sh) \
	$(addprefix tests/scenario/, claims.sh errors.sh input.sh shell.sh tour.sh verdict.sh) \
	$B/tests/scenario/fuzz \
	$(addprefix tests/sim/, capture_file.sh firmware.sh linux.sh workloads.sh) \
	$(addprefix tests/exporter/, check.sh corpus.sh export.sh files.sh import.sh json.mjs \
		kinds_of_machine.sh lies.sh models.mjs salvage.sh scenarios.sh statuses.sh symbols.sh) \
	$B/map_test $B/trace_packets $B/trace_roundtrip \
	$(addprefix tests/trace/, babeltrace.sh kernel.sh off.sh sba.sh) \
	$B/plugin_fuzz \
	$(addprefix tests/dropin/, headers.sh samples.sh) \
	$(addprefix tests/plugin/, network.sh plugin.sh watch.sh) \
	$(addprefix tests/scripts/, debugger.sh golden.sh hands.sh inputs.sh install.sh numbers.sh \
		odd_path.sh outputs.sh version.sh) \
	$(addprefix tests/docs/, names.mjs scenarios.sh solutions.sh walks.sh) \
	$(addprefix tests/why/, corrupt.sh why.sh) \
	tests/layers/layers.mjs \
	tests/lint.sh \
	$(addprefix tests/viewer/, foreign.sh lessons.sh lint.sh model.test.mjs replays.test.mjs \
		truth.sh views.test.mjs watched.sh)

# Those of `make check`.
CHECKS = $(filter $B/% tests/layers/% %.mjs \
	$(addprefix tests/mm/, image.sh story.sh) \
	$(addprefix tests/scenario/, errors.sh verdict.sh) \
	tests/scripts/golden.sh, $(filter-out tests/viewer/replays.test.mjs, $(TESTS)))

# What else the tests run.
TOOLS = $(filter $B/%,$(TESTS)) $(DROPIN) $(WHY) $(addprefix $B/, capture_dump fuzz_once mkcapture \
	mkworkload mmsim-san mmsim32 mutate pagescope-san salvage tests/mm/story wild_host.so) \
	tests/exporter/node_modules/.package-lock.json

# Programs with the sanitizers.  First what each is made of, then the rule for all.
SAN_EXPORTER = $(EXPORTER_SRC:%.c=$B/san/%.o)
SAN_PROGRAMS = $(MM_TESTS) $(addprefix $B/, fuzz_once map_test mmsim-san pagescope-san plugin_fuzz \
	salvage tests/mm/holes_index tests/mm/story tests/scenario/fuzz trace_packets trace_roundtrip)

$(MM_TESTS) $B/tests/mm/holes_index $B/tests/mm/story: $B/tests/mm/%: $(addprefix $B/san/, tests/mm/%.o tests/mm/bed.o \
	tests/mm/expected.o sim.a)
$B/mmsim-san: $(addprefix $B/san/, sim/mmsim.o sim.a)
$B/tests/scenario/fuzz: $(addprefix $B/san/, tests/scenario/fuzz.o sim.a)
$B/trace_packets $B/trace_roundtrip: $B/trace_%: $(addprefix $B/san/, tests/trace/%.o \
	tests/trace/reader.o kernel/trace/transport.o sim/sim_input.o sim/sim_output.o \
	sim/sim_trace.o)
$B/plugin_fuzz: $(addprefix $B/san/, tests/plugin/plugin_fuzz.o tests/trace/reader.o \
	plugin/audit.o plugin/built.o plugin/capture_file.o plugin/device.o plugin/exceptions.o \
	plugin/processor.o plugin/watch.o plugin/watch_check.o plugin/watch_ram.o \
	plugin/watch_tables.o)
$B/pagescope-san: $B/san/exporter/main.o $(SAN_EXPORTER)
$B/salvage: $B/san/tests/exporter/salvage.o $(SAN_EXPORTER)
$B/map_test: $(addprefix $B/san/, tests/exporter/map_test.o exporter/base/map.o \
	exporter/base/message.o exporter/base/util.o)
$B/fuzz_once: $(addprefix $B/san/tests/exporter/, fuzz_once.o fuzz.o) $(SAN_EXPORTER)
$B/pagescope-san $B/salvage $B/fuzz_once: LIBS = $(EXPORTER_LIBS)
$(SAN_PROGRAMS):
	@mkdir -p $(@D); echo "link $@"
	$Q$(HOSTCC) $(SAN) -no-pie -o $@ $^ $(LIBS)

# Programs without them, which scripts start many times.
HOST_PROGRAMS = $(addprefix $B/, capture_dump mkcapture mkworkload mutate)

$B/capture_dump: $(addprefix $B/host/tests/trace/, dump.o reader.o)
$B/mkcapture: $(addprefix $B/host/, tests/exporter/mkcapture.o exporter/base/message.o \
	exporter/base/util.o exporter/capture/kinds.o)
$B/mkworkload: $B/host/tests/golden/placement/mkworkload.o
$B/mutate: $B/host/tests/exporter/mutate.o $(EXPORTER_SRC:%.c=$B/host/%.o)
$B/mkcapture $B/mutate: LIBS = $(EXPORTER_LIBS)
$(HOST_PROGRAMS):
	@mkdir -p $(@D); echo "link $@"
	$Q$(HOSTCC) -o $@ $^ $(LIBS)

$B/wild_host.so: tests/plugin/wild_host.c
	@mkdir -p $(@D); echo "link $@"
	$Q$(HOSTCC) $(HOSTFLAGS) -fPIC -shared -o $@ $<

# The tracer in kernels that are not ours.
DROPIN       = $(addprefix $B/, smallest.elf classroom.elf recursive.elf dropin.elf hostile.elf \
	throughput.elf)
DROPIN_FLAGS = -std=gnu11 -O2 -g -march=i686 -ffreestanding -fno-pic -fno-stack-protector \
	-fno-asynchronous-unwind-tables $(WARN) -Iinclude
SMALLEST     = smallest/boot.S.o smallest/kernel.c.o
CLASSROOM    = entry.S.o user.S.o $(addsuffix .c.o, directory main mistakes pages process \
	tracing trap)

$B/smallest.elf:   $(addprefix $B/dropin/, $(SMALLEST) smallest/main.c.o)
$B/dropin.elf:     $(addprefix $B/dropin/, $(SMALLEST) endings.c.o)
$B/hostile.elf:    $(addprefix $B/dropin/, smallest/boot.S.o hostile.c.o)
$B/throughput.elf: $(addprefix $B/dropin/, smallest/boot.S.o throughput.c.o)
$B/classroom.elf:  $(addprefix $B/dropin/classroom/, $(CLASSROOM))
$B/recursive.elf:  $(addprefix $B/dropin/recursive/, $(CLASSROOM))
dropin: $(DROPIN)
$(addprefix $B/, smallest.elf dropin.elf hostile.elf throughput.elf): tests/dropin/smallest/link.ld
$B/classroom.elf $B/recursive.elf: tests/dropin/classroom/link.ld
$(DROPIN):
	@echo "link $@"
	$Q$(KCC) $(KERNEL_LINK) -Wl,--build-id=none -T $(filter %.ld,$^) -o $@ $(filter %.o,$^)

$B/dropin/%.o: tests/dropin/%
	@mkdir -p $(@D); echo "cc   $@"
	$Q$(KCC) $(DROPIN_FLAGS) $(OBJFLAGS) $< -o $@
$B/dropin/recursive/%.o: tests/dropin/classroom/%
	@mkdir -p $(@D); echo "cc   $@"
	$Q$(KCC) $(DROPIN_FLAGS) -DRECURSIVE_SLOT=1023 $(OBJFLAGS) $< -o $@

# Guests that die of one mistake each.
WHY = $(patsubst tests/why/%.S,$B/why/%.elf,$(wildcard tests/why/*.S))
$(WHY): $B/why/%.elf: tests/why/%.S tests/why/guest.inc
	@mkdir -p $(@D); echo "link $@"
	$Q$(KCC) $(KERNEL_LINK) -Wl,--build-id=none -Wl,-Ttext=0x101000 -o $@ $<

# ajv, which holds the JSON against its schema.
tests/exporter/node_modules/.package-lock.json: tests/exporter/package-lock.json
	$Qcd tests/exporter && npm ci --silent --no-audit --no-fund

# TEST_ONLY=PATTERN runs the programs whose name matches.
export TEST_ONLY

# What is missing is installed before anything is compiled, hence the second make.
AGAIN = $(MAKE) --no-print-directory -j$(shell nproc)

test-programs: all $(TOOLS)
test:
	@scripts/deps.sh run qemu test lint
	+$Q$(AGAIN) test-programs
	$Qtests/lib/run.sh $(TESTS)

check-programs: all $(CHECKS) $B/mmsim-san $B/tests/mm/story
check:
	@scripts/deps.sh run test lint
	+$Q$(AGAIN) check-programs
	$Qtests/lint.sh --changed; linted=$$?; \
		tests/lib/run.sh $(CHECKS) && exit $$linted

lint:
	@scripts/deps.sh lint
	$Qtests/lint.sh

clean:
	rm -rf $B

# ---- help ------------------------------------------------------------------------------------
define HELP
Build
  make            builds everything into $B/
  make deps       installs what is missing (Debian, Ubuntu), lists it elsewhere
  make clean      removes $B/
  make install    pagescope, mmsim, the plugin, headers, viewer and scenarios into PREFIX
  make uninstall  removes them
  make site       the docs and a gallery of reports as a static site in $B/site
Run
  make run        boots SCENARIO, exports the trace, makes OUT/report.html
  make shell      lets you type scenario statements at the kernel
  make debug      the same machine, stopped at the prompt of the Bochs debugger
  make at         the last run again, or OUT's, up to EVENT=NUMBER or TICK=NUMBER, in the
                  debugger
  make watch      boots a guest that is not ours, and shows its page tables
  make sim        SCENARIO in the simulator, without an emulator
Test
  make check      what to run while you work: two minutes
  make lint       the rules of the tree that a program can hold
  make test       all tests; ends with "N passed, N failed"
  make soak       the tests that take hours
  make coverage   the lines of the memory manager that no test on the host runs
  make mutants    small mistakes put into the memory manager, to see that tests notice
  make fuzz       the exporter, the scenario parser, the shell and firmware maps on
                  anything at all
Measure
  make bench      instructions and throughput; fails if a limit is missed
  make alternatives  the allocators in kernel/alloc beside the reference
Write
  make screenshots   the pictures of docs/
  make viewer-demo   the trace that the bare viewer offers
  make fuzz-keep     what the fuzzer found goes into the corpus

Variables, with their values now:
  SCENARIO=$(SCENARIO)   a name in scenarios/, or the path of a .scn file
  RAM=$(RAM)         8M to 4G
  EMU=$(EMU)       bochs or qemu
  TRANSPORT=$(TRANSPORT)  doorbell (Bochs with the plugin), e9 (stock Bochs), off
  HIGHMEM=$(HIGHMEM)        on, off or a size; empty: on above 896M
  QUIRKS=$(QUIRKS)         2.4.22 for the historical bugs
  SEED=$(SEED)           seed of random statements
  CMDLINE=$(CMDLINE)        further words for the kernel, such as mem=nopentium
  OUT=$(OUT)            where the outputs go; empty: $(RUNS)/NAME, after the scenario
  TIMEOUT=900     seconds the machine may take
  WINDOW=1        make shell, make debug: Bochs in a window, with its screen and keyboard
  BREAK=WORDS     make debug: functions, events or file.c:line to stop at; docs/debugger.md
  DISK= ISO= FLOPPY= KERNEL= BOCHSRC=FILE   make watch: one of them; docs/watch.md
  DISK2= INITRD= APPEND= UNTIL=TICK SYMBOLS=ELF CHECK=1 PASSES=2   make watch: what goes with it
  PREFIX=$(PREFIX) DESTDIR=   make install: where to; files go to DESTDIR/PREFIX
  ALLOC=FILE      an allocator of your own in place of that of 2.4.22; docs/alternatives.md
  LINUX=DIR       the capture that SCENARIO=linux replays; docs/real-workloads.md
  TEST_ONLY=WORD  make test: only the tests whose names hold it
  FUZZ_SECONDS=60 how long make fuzz takes, each of the four
  MUTANTS=104     how many make mutants tries
  V=1             shows all commands
endef

help:
	@: $(info $(HELP))

include tests/slow.mk

# A goal that is neither a target nor a path is a slip.
$(foreach goal,$(GOALS),$(if $(filter $(TARGETS),$(goal))$(findstring /,$(goal))$(wildcard \
	$(goal)),,$(error there is no target $(goal)$(shell scripts/nearest.sh '$(goal)' \
	$(TARGETS)); make help lists them)))

# Which headers each object needs, from its last compilation.
-include $(shell find $B -name '*.d' 2>/dev/null)
