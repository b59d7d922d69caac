/* SPDX-License-Identifier: MIT */
/* irq.c - the two 8259 PICs, set up so that hlt ends when a key is pressed or
 * some time has passed. */
#include <pagescope/ctf.h>

#include "irq.h"
#include "x86.h"

#define PIC1         0x20
#define PIC2         0xA0
#define PIC_EOI      0x20
#define PIC_READ_ISR 0x0B
#define PIT_CH0      0x40
#define PIT_MODE     0x43
#define PIT_HZ       1193182
#define IRQ_TIMER    0
#define IRQ_KEYBOARD 1
#define IRQ_COM1     4
#define VECTOR_BASE  32

static void pic_mask(u16 mask)
{
	outb(PIC1 + 1, (u8)mask);
	outb(PIC2 + 1, (u8)(mask >> 8));
}

void irq_init(void)
{
	outb(PIC1, 0x11); /* ICW1: edge, cascade, ICW4 follows */
	outb(PIC2, 0x11);
	outb(PIC1 + 1, VECTOR_BASE);
	outb(PIC2 + 1, VECTOR_BASE + 8);
	outb(PIC1 + 1, 1 << 2); /* the second hangs on line 2 */
	outb(PIC2 + 1, 2);
	outb(PIC1 + 1, 1); /* ICW4: 8086 mode */
	outb(PIC2 + 1, 1);
	pic_mask(0xFFFF);
}

void irq_handle(unsigned irq)
{
	outb(PIC1, PIC_READ_ISR);
	if (irq == 7 && !(inb(PIC1) & 0x80))
		return; /* spurious: the line fell before it was served */
	if (irq >= 8)
		outb(PIC2, PIC_EOI);
	outb(PIC1, PIC_EOI);
}

/* The timer ends the sleep after PS_IDLE_MS: one shot of channel 0. */
static void start_timer(void)
{
	outb(PIT_MODE, 0x30);
	outb(PIT_CH0, (u8)(PIT_HZ / 1000 * PS_IDLE_MS));
	outb(PIT_CH0, (u8)(PIT_HZ / 1000 * PS_IDLE_MS >> 8));
}

void irq_wait_input(void)
{
	start_timer();
	pic_mask((u16) ~(1u << IRQ_TIMER | 1u << IRQ_KEYBOARD | 1u << IRQ_COM1));
	sti_hlt();
	cli();
	pic_mask(0xFFFF);
	inl(PS_PORT_IDLE);
}
