/* SPDX-License-Identifier: MIT */
/*
 * console.h - VGA text screen and COM1 for output, keyboard and COM1 for input.
 * The trace takes another way out.  console_write is in lib/printk.h.
 */
#ifndef I386_CONSOLE_H
#define I386_CONSOLE_H

#include "lib/types.h"

/* Sets up COM1 and clears the screen. */
void console_init(void);
/* Waits for a character typed at the keyboard or sent to COM1; CR comes as LF,
 * arrows as ESC [ A..D. */
int console_getc(void);
/* Waits until COM1 has sent everything: before the machine goes away. */
void console_drain(void);

#endif
