/* SPDX-License-Identifier: MIT */
/*
 * wild_host.c - a host at its worst (LD_PRELOAD).  Each look at its clock is up to
 * WILD_CLOCK microseconds later than the one before, as on no loaded machine.  Each
 * port goes to another process between bind and listen.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

int gettimeofday(struct timeval *restrict now, void *restrict zone);

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	static unsigned long long usec = 1000000;
	static unsigned state = 1;
	const char *most = getenv("WILD_CLOCK");
	unsigned step = most ? (unsigned)atoi(most) : 1;

	(void)zone;
	state = state * 1103515245u + 12345u;
	usec += 1 + (state >> 8) % step;
	now->tv_sec = (long)(usec / 1000000);
	now->tv_usec = (long)(usec % 1000000);
	return 0;
}

int listen(int fd, int backlog)
{
	(void)fd;
	(void)backlog;
	errno = EADDRINUSE;
	return -1;
}
