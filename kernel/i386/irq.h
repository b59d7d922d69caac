/* SPDX-License-Identifier: MIT */
/*
 * irq.h - the interrupts there are: keyboard, COM1 and the timer, which only wake
 * the shell.  The kernel otherwise runs with interrupts off, so that a run is
 * repeatable to the tick.
 */
#ifndef I386_IRQ_H
#define I386_IRQ_H

/* Moves the PICs to vectors 32..47, all lines masked. */
void irq_init(void);
/* Acknowledges the interrupt; whoever sleeps looks at the devices itself. */
void irq_handle(unsigned irq);
/* Sleeps until the keyboard or COM1 has something to say, or PS_IDLE_MS are over.  Under
 * the Bochs plugin the host sleeps as long. */
void irq_wait_input(void);

#endif
