/* SPDX-License-Identifier: MIT */
/*
 * host.c - keeps the host's clock and network out of Bochs, and puts the names of
 * functions where its debugger has none (LD_PRELOAD).
 *
 * The clock.  With `clock: sync=none` no device of Bochs asks for the time of day, but the
 * status bar does: the timer of its LEDs runs by the host's clock, and its
 * handler measures how fast the emulator is (usec_per_second and
 * ticks_per_second in iodev/virt_timer.cc).  The same two figures convert the
 * delay of *every* virtual timer that is armed outside a handler, so that a PIT
 * or RTC event is late by what the host happened to be busy with.  On a loaded
 * machine about one boot in twelve differed from the others by 23 ticks.
 *
 * With a clock that stands still both figures keep their initial value, and the
 * same options give the same run, to the tick.  The LEDs stay dark.
 *
 * The network.  The only display in Debian's package that needs neither a window nor a
 * terminal is `rfb`, a VNC server.  It listens on every address of the host and asks
 * for no password.  Two that start at the same moment compete for a port, and the
 * one that loses ends with a segmentation fault in about a third of such pairs.
 *
 * Here the server believes that it has its port, and waits for a client that never
 * comes.
 *
 * The names.  At a breakpoint the debugger prints "in ?? ()" whatever symbols it has read,
 * though it knows them: the line after it names the function.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* The time of day, for ever 0.  Returns 0. */
EXPORT int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	(void)zone;
	now->tv_sec = 0;
	now->tv_usec = 0;
	return 0;
}

/* Gives the socket no address.  Returns 0. */
EXPORT int bind(int fd, const struct sockaddr *address, socklen_t bytes)
{
	(void)fd;
	(void)address;
	(void)bytes;
	return 0;
}

/* Does not listen.  Returns 0. */
EXPORT int listen(int fd, int backlog)
{
	(void)fd;
	(void)backlog;
	return 0;
}

/* Waits for ever, as on a port that nobody connects to; ends with the process. */
EXPORT int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict bytes)
{
	(void)fd;
	(void)address;
	(void)bytes;
	for (;;)
		pause();
}

/* bx_dbg_symbolic_address(context, eip, base): "vmalloc+0", or that there is no symbol. */
typedef const char *symbol_fn(unsigned long context, unsigned long eip, unsigned long base);

/* The name for "in ?? ()"; NULL if this Bochs has no such function. */
static const char *function_at(unsigned long address)
{
	static symbol_fn *symbol;

	if (!symbol)
		symbol = (symbol_fn *)dlsym(RTLD_DEFAULT, "_Z23bx_dbg_symbolic_addressmmm");
	return symbol ? symbol(0, address, 0) : NULL;
}

/* As the C library's, but for the debugger's line about a breakpoint.  Returns 0, or EOF. */
EXPORT int fputs(const char *restrict text, FILE *restrict f)
{
	size_t length = strlen(text);
	unsigned long address;
	unsigned cpu, number;
	const char *name;
	int end = 0;

	if (f == stdout &&
	    sscanf(text, "(%u) Breakpoint %u, 0x%lx in ?? ()%n", &cpu, &number, &address, &end) &&
	    end && (name = function_at(address)))
		return fprintf(f, "(%u) Breakpoint %u, 0x%08lx in %s%s", cpu, number, address, name,
			       text + end) < 0
			       ? EOF
			       : 0;
	return fwrite(text, 1, length, f) == length ? 0 : EOF;
}
