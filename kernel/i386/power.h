/* SPDX-License-Identifier: MIT */
/* power.h - the ways a run ends. */
#ifndef I386_POWER_H
#define I386_POWER_H

#include "lib/types.h"

/* Ends the emulator; `failed` becomes QEMU's exit status (1 good, 3 not).  Returns
 * never: a machine that cannot be switched off is halted. */
_Noreturn void machine_shutdown(bool failed);
/* Resets the machine by a triple fault, without a word to the console or the tracer. */
_Noreturn void machine_reset(void);

#endif
