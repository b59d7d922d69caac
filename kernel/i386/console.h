/* SPDX-License-Identifier: MIT */
/*
 * console.h - VGA text screen and COM1 for output, keyboard and COM1 for input.
 * Nothing of the trace comes this way.
 */
#ifndef I386_CONSOLE_H
#define I386_CONSOLE_H

#include "lib/types.h"

void console_init(void);
/* Waits for a character typed at the keyboard or sent to COM1; CR comes as LF,
 * arrows as ESC [ A..D. */
int console_getc(void);
/* Waits until COM1 has sent everything: before the machine goes away. */
void console_drain(void);

#endif
