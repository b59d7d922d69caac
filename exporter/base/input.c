/* SPDX-License-Identifier: MIT */
/* input.c - mapping files, spooling pipes; see input.h. */
#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DROP_STEP (8u << 20)

/* A mapped file that shrinks under us raises SIGBUS: no way to go on. */
static void on_bus_error(int sig)
{
	static const char text[] =
		"pagescope: the input shrank or became unreadable while it was read\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)n;
	(void)sig;
	_exit(PS_EXIT_DATA);
}

/* Copies fd to an unlinked file in $TMPDIR and returns that. */
static int spool(const char *name, int fd)
{
	const char *dir = getenv("TMPDIR");
	char *path = ps_format("%s/pagescope.XXXXXX", dir && *dir ? dir : "/tmp");
	static u8 buf[1 << 16];
	int tmp = mkstemp(path);
	ssize_t n;

	if (tmp < 0)
		ps_die(PS_EXIT_DATA, "%s: cannot be created to hold %s: %s", path, name,
		       strerror(errno));
	unlink(path);
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ps_die(PS_EXIT_DATA, "%s: cannot be read: %s", name, strerror(errno));
		for (ssize_t done = 0, w; done < n; done += w) {
			w = write(tmp, buf + done, (size_t)(n - done));
			if (w < 0)
				ps_die(PS_EXIT_DATA,
				       "%s: no room for a copy of %s: %s; "
				       "set TMPDIR to a larger place",
				       dir ? dir : "/tmp", name, strerror(errno));
		}
	}
	free(path);
	return tmp;
}

void input_open(struct input *in, const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	memset(in, 0, sizeof(*in));
	in->name = is_stdin ? "standard input" : path;
	if (fd < 0 || fstat(fd, &st) != 0)
		ps_die(PS_EXIT_DATA, "%s: cannot be opened: %s", in->name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		ps_die(PS_EXIT_DATA, "%s: is a directory; name a capture file", in->name);
	if (is_stdin && isatty(fd))
		ps_usage(NULL, "no capture named, and standard input is a terminal");
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		ps_die(PS_EXIT_DATA, "%s: is a device, not a capture file or a pipe", in->name);
	if (!S_ISREG(st.st_mode)) {
		int tmp = spool(in->name, fd);

		close(fd);
		fd = tmp;
		if (fstat(fd, &st) != 0)
			ps_die(PS_EXIT_DATA, "%s: %s", in->name, strerror(errno));
	}
	in->size = (u64)st.st_size;
	if (in->size) {
		void *map = mmap(NULL, in->size, PROT_READ, MAP_SHARED, fd, 0);

		if (map == MAP_FAILED)
			ps_die(PS_EXIT_DATA, "%s: cannot be mapped: %s", in->name, strerror(errno));
		in->data = map;
		madvise(map, in->size, MADV_SEQUENTIAL);
		signal(SIGBUS, on_bus_error);
	}
	close(fd);
}

void input_close(struct input *in)
{
	if (in->data)
		munmap((void *)(uintptr_t)in->data, in->size);
	in->data = NULL;
}

void input_done_before(struct input *in, u64 offset)
{
	u64 step = offset & ~(u64)(DROP_STEP - 1);

	if (step <= in->dropped)
		return;
	madvise((void *)(uintptr_t)(in->data + in->dropped), step - in->dropped, MADV_DONTNEED);
	in->dropped = step;
}

void input_rewind(struct input *in)
{
	in->dropped = 0;
}
