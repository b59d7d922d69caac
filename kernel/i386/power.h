/* SPDX-License-Identifier: MIT */
/* power.h - the ways a run ends. */
#ifndef I386_POWER_H
#define I386_POWER_H

/* Ends the emulator; `failed` becomes QEMU's exit status (1 good, 3 not). */
_Noreturn void machine_shutdown(bool failed);
/* A triple fault: nothing is told to anybody, least of all to the tracer. */
_Noreturn void machine_reset(void);

#endif
