/* SPDX-License-Identifier: MIT */
/* console.c - see console.h.  Every wait is bounded: a machine without a UART works too. */
#include "console.h"
#include "irq.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/machine.h"

#define COM1         0x3F8
#define COM_IER      (COM1 + 1)
#define COM_FCR      (COM1 + 2)
#define COM_LCR      (COM1 + 3)
#define COM_MCR      (COM1 + 4)
#define COM_LSR      (COM1 + 5)
#define LSR_DATA     0x01
#define LSR_THR_FREE 0x20
#define LSR_IDLE     0x40
#define WAIT_LIMIT   200000

#define VGA_PHYS  0xB8000
#define VGA_COLS  80
#define VGA_ROWS  25
#define VGA_ATTR  0x0700 /* light grey on black */
#define VGA_INDEX 0x3D4

#define KBD_DATA   0x60
#define KBD_STATUS 0x64
#define KBD_FULL   0x01
#define KBD_AUX    0x20

static unsigned row, col;
static u64 last_sent; /* time stamp of COM1's last character */

/* ---- COM1 ---- */

static void com_wait(u8 bit)
{
	unsigned n;

	for (n = 0; n < WAIT_LIMIT && !(inb(COM_LSR) & bit); n++)
		;
}

static void com_init(void)
{
	outb(COM_LCR, 0x80); /* divisor 1: 115200 baud, 8N1 */
	outb(COM1, 1);
	outb(COM_IER, 0);
	outb(COM_LCR, 0x03);
	outb(COM_FCR, 0x00); /* no FIFO: Bochs then waits for each byte to be read */
	outb(COM_MCR, 0x0B); /* OUT2 lets its interrupt through */
	outb(COM_IER, 0x01); /* an interrupt for each byte received */
}

/*
 * Waits until the character sent last is through: 10 bits of 1/115200 s, and half
 * as long again.  The time stamp counter tells, so that one look at the status
 * suffices: how often one had to look otherwise differs from run to run in Bochs
 * (see machine_tsc_hz), and the ticks of all that follows with it.
 */
static void com_pace(void)
{
	u32 ticks = machine_tsc_hz() / 11520 * 3 / 2;

	while (rdtsc() - last_sent < ticks)
		;
}

static void com_putc(char c)
{
	com_pace();
	com_wait(LSR_THR_FREE);
	outb(COM1, (u8)c);
	last_sent = rdtsc();
}

/* ---- VGA ---- */

static u16 *vga(unsigned r)
{
	return (u16 *)phys_to_virt(VGA_PHYS) + r * VGA_COLS;
}

static void vga_clear_row(unsigned r)
{
	unsigned c;

	for (c = 0; c < VGA_COLS; c++)
		vga(r)[c] = VGA_ATTR | ' ';
}

static void vga_newline(void)
{
	col = 0;
	if (++row < VGA_ROWS)
		return;
	row = VGA_ROWS - 1;
	memmove(vga(0), vga(1), (VGA_ROWS - 1) * VGA_COLS * sizeof(u16));
	vga_clear_row(row);
}

static void vga_putc(char c)
{
	if (c == '\n') {
		vga_newline();
	} else if (c == '\r') {
		col = 0;
	} else if (c == '\b') {
		if (col)
			col--;
	} else {
		if (col == VGA_COLS)
			vga_newline();
		vga(row)[col++] = (u16)(VGA_ATTR | (u8)c);
	}
}

static void vga_cursor(void)
{
	unsigned at = row * VGA_COLS + (col < VGA_COLS ? col : VGA_COLS - 1);

	outb(VGA_INDEX, 14);
	outb(VGA_INDEX + 1, (u8)(at >> 8));
	outb(VGA_INDEX, 15);
	outb(VGA_INDEX + 1, (u8)at);
}

void console_init(void)
{
	unsigned r;

	com_init();
	for (r = 0; r < VGA_ROWS; r++)
		vga_clear_row(r);
	row = col = 0;
	vga_cursor();
}

void console_write(const char *text, size_t n)
{
	for (; n; n--, text++) {
		if (*text == '\n')
			com_putc('\r');
		com_putc(*text);
		vga_putc(*text);
	}
	vga_cursor();
}

void console_drain(void)
{
	com_pace();
	com_wait(LSR_IDLE);
}

/* ---- input ---- */

/* US keyboard, scan code set 1. */
static const char keys[] = "\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char keys_shift[] =
	"\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

static char pending[2]; /* rest of an escape sequence */
static unsigned nr_pending;
static bool shift, ctrl, extended;

/* ESC [ letter, the first character returned and the others kept. */
static int escape(char letter)
{
	pending[0] = letter;
	pending[1] = '[';
	nr_pending = 2;
	return 033;
}

static int extended_key(u8 code)
{
	switch (code) {
	case 0x48: return escape('A');
	case 0x50: return escape('B');
	case 0x4D: return escape('C');
	case 0x4B: return escape('D');
	case 0x1C: return '\n';
	}
	return -1;
}

/* The character of a scan code; -1 if it makes none. */
static int key(u8 code)
{
	bool release = code & 0x80, ext = extended;
	char c;

	extended = code == 0xE0;
	if (extended)
		return -1;
	code &= 0x7F;
	if (code == 0x2A || code == 0x36)
		shift = !release;
	else if (code == 0x1D)
		ctrl = !release;
	if (release)
		return -1;
	if (ext)
		return extended_key(code);
	if (code >= sizeof keys - 1)
		return -1;
	c = shift ? keys_shift[code] : keys[code];
	if (ctrl && c >= 'a' && c <= 'z')
		c &= 0x1F;
	return c ? c : -1;
}

/* A character, or -1 if nobody has typed. */
static int poll_input(void)
{
	u8 status;

	if (nr_pending)
		return pending[--nr_pending];
	if (inb(COM_LSR) & LSR_DATA) {
		u8 c = inb(COM1);

		return c == '\r' ? '\n' : c;
	}
	status = inb(KBD_STATUS);
	if (status & KBD_FULL && status != 0xFF) {
		u8 code = inb(KBD_DATA);

		return status & KBD_AUX ? -1 : key(code);
	}
	return -1;
}

int console_getc(void)
{
	int c;

	while ((c = poll_input()) < 0)
		irq_wait_input();
	return c;
}
