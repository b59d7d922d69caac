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
OUT       = build/run
CMDLINE   =

B    = build
Q    = $(if $(V),,@)
HOSTCC   = gcc
KCC      = i686-linux-gnu-gcc
WARN     = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
HOSTFLAGS = -std=gnu11 -O2 -g $(WARN) -Iinclude
SAN      = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
.PHONY: all deps run debug shell sim test bench fuzz soak screenshots help clean

all: kernel mmsim exporter viewer plugin

# ---- the kernel (owner: kernel/) ---------------------------------------------
.PHONY: kernel
kernel:

# ---- mmsim: the same sources on the host (owner: tests/host) ----------------
.PHONY: mmsim
mmsim:

# ---- the exporter (owner: exporter/) ----------------------------------------
.PHONY: exporter
exporter:

# ---- the viewer (owner: viewer/) --------------------------------------------
.PHONY: viewer
viewer:

# ---- the Bochs plugin (owner: plugin/) --------------------------------------
.PHONY: plugin
plugin:

# ---- what must be installed -------------------------------------------------

# ---- running ------------------------------------------------------------------

# ---- testing -------------------------------------------------------------------
# A test is a program that prints "ok NAME" or "not ok NAME: why" lines; see
# tests/run.sh.  Parts add theirs to TESTS; in the order they should run.
TESTS =

test: all
	$(Q)tests/run.sh $(TESTS)

clean:
	rm -rf $(B)
