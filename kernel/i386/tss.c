/* SPDX-License-Identifier: MIT */
/* tss.c - see tss.h; segments.c fills it, ring3_entry.S sets its stack. */
#include "tss.h"

struct tss kernel_tss;
