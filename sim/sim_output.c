/* SPDX-License-Identifier: MIT */
/*
 * sim_output.c - the output file; see sim_output.h.
 *
 * The buffer is our own and not stdio's, because a signal handler empties it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim_input.h"
#include "sim_output.h"

static int fd = -1;
static char buffer[1 << 18]; /* 1 M events are 4,000 packets of 4 KiB */
static volatile size_t filled;
static int failed;       /* errno of the first write that did */
static const char *name; /* where the file goes */
static char *temp;       /* where it is until then; NULL: written in place */

static int drain(void)
{
	size_t done = 0;
	sigset_t all, before;
	int error = 0;

	/* the handler drains, too */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	while (done < filled && !error) {
		ssize_t n = write(fd, buffer + done, filled - done);

		if (n < 0 && errno != EINTR)
			error = errno;
		done += n > 0 ? (size_t)n : 0;
	}
	filled = 0;
	failed = failed ? failed : error;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return failed;
}

static int take_place(void)
{
	return temp && rename(temp, name) != 0 ? errno : 0;
}

static void on_signal(int sig)
{
	if (fd >= 0 && (drain() || take_place()) && temp)
		unlink(temp);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void catch_signals(void)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXCPU };

	signal(SIGXFSZ, SIG_IGN); /* a write fails instead */
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (signal(ends[i], on_signal) == SIG_IGN)
			signal(ends[i], SIG_IGN);
}

static int open_beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash ? (size_t)(slash + 1 - path) : 0;
	mode_t mask = umask(0);
	int made;

	umask(mask);
	temp = malloc(dir + sizeof(".mmsim.XXXXXX"));
	if (!temp)
		return -1;
	memcpy(temp, path, dir);
	strcpy(temp + dir, ".mmsim.XXXXXX");
	made = mkstemp(temp);
	if (made >= 0)
		fchmod(made, 0666 & ~mask);
	return made;
}

/* A panic ends the program without closing. */
static void finish(void)
{
	if (fd >= 0)
		sim_output_close();
}

void sim_output_open(const char *path)
{
	struct stat st;

	name = path;
	temp = NULL;
	filled = 0;
	failed = 0;
	if (sim_is_input(path)) {
		fprintf(stderr, "mmsim: %s: is read; name another output\n", path);
		exit(2);
	}
	if (strcmp(path, "-") == 0)
		fd = STDOUT_FILENO;
	else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		fd = open(path, O_WRONLY | O_CLOEXEC);
	else
		fd = open_beside(path);
	if (fd < 0) {
		fprintf(stderr, "mmsim: cannot write %s: %s\n", path, strerror(errno));
		exit(1);
	}
	catch_signals();
	atexit(finish);
}

int sim_output_write(const void *data, size_t size)
{
	while (size) {
		size_t n = sizeof(buffer) < size ? sizeof(buffer) : size;
		int error = filled + n > sizeof(buffer) ? drain() : 0;

		if (error)
			return error;
		memcpy(buffer + filled, data, n);
		filled += n; /* a packet is in the buffer whole, or not yet */
		data = (const char *)data + n;
		size -= n;
	}
	return 0;
}

int sim_output_close(void)
{
	int error = drain(), was = fd;

	fd = -1;
	if (was != STDOUT_FILENO && close(was) != 0 && !error)
		error = errno;
	/* an input that was opened since */
	if (!error && temp && sim_is_input(name))
		error = EBUSY;
	if (!error)
		error = take_place();
	if (error && temp)
		unlink(temp);
	free(temp);
	temp = NULL;
	return error;
}
