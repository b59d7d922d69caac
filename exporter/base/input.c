/* SPDX-License-Identifier: MIT */
/* input.c - mapping files, copying what cannot be mapped; see input.h. */
#include "base/input.h"
#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define DROP_STEP (8u << 20)

/* A mapped file that shrinks under us raises SIGBUS: no way to go on. */
static void on_bus_error(int sig)
{
	static const char text[] =
		"pagescope: the input shrank or became unreadable while it was read\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)n;
	(void)sig;
	temp_remove_all();
	_exit(PS_EXIT_DATA);
}

/* ---- copies ---- */

/* An unlinked file in $TMPDIR, for a copy of what cannot be mapped as it is. */
static int spool_open(const char *name)
{
	const char *dir = getenv("TMPDIR");
	char *path = ps_format("%s/pagescope.XXXXXX", dir && *dir ? dir : "/tmp");
	int fd = mkstemp(path);

	if (fd < 0)
		ps_die(PS_EXIT_DATA, "%s: cannot be created to hold %s: %s", path, name,
		       strerror(errno));
	unlink(path);
	free(path);
	return fd;
}

static void spool_write(int fd, const u8 *data, size_t len, const char *name)
{
	const char *dir = getenv("TMPDIR");

	for (ssize_t n; len; data += n, len -= (size_t)n) {
		n = write(fd, data, len);
		if (n < 0)
			ps_die(PS_EXIT_DATA,
			       "%s: no room for a copy of %s: %s; set TMPDIR to a larger place",
			       dir && *dir ? dir : "/tmp", name, strerror(errno));
	}
}

/* Appends what fd gives. */
static void spool(int to, int fd, const char *name)
{
	static u8 buf[1 << 16];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ps_die(PS_EXIT_DATA, "%s: cannot be read: %s", name, strerror(errno));
		spool_write(to, buf, (size_t)n, name);
	}
}

static void map(struct input *in, int fd)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) != 0)
		ps_die(PS_EXIT_DATA, "%s: %s", in->name, strerror(errno));
	in->size = (u64)st.st_size;
	if (!in->size)
		return;
	p = mmap(NULL, in->size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		ps_die(PS_EXIT_DATA, "%s: cannot be mapped: %s", in->name, strerror(errno));
	in->data = p;
	madvise(p, in->size, MADV_SEQUENTIAL);
	signal(SIGBUS, on_bus_error);
}

/* ---- gzip ---- */

/* Replaces what is mapped by what is packed in it.  A file that ends early gives what
 * there is of it, with a warning, as any damaged capture does. */
static void unpack(struct input *in)
{
	z_stream z = { 0 };
	static u8 buf[1 << 16];
	u64 fed = 0;
	int fd, rc = Z_OK;

	if (in->size < 18 || in->data[0] != 0x1f || in->data[1] != 0x8b)
		return;
	if (inflateInit2(&z, 16 + 15) != Z_OK)
		ps_die(PS_EXIT_DATA, "zlib cannot start");
	fd = spool_open(in->name);
	while (rc == Z_OK || (rc == Z_BUF_ERROR && (z.avail_in || fed < in->size))) {
		if (!z.avail_in) {
			u64 n = in->size - fed;

			z.next_in = (Bytef *)(uintptr_t)(in->data + fed);
			z.avail_in = (uInt)(n < 1u << 30 ? n : 1u << 30);
			fed += z.avail_in;
		}
		z.next_out = buf;
		z.avail_out = sizeof(buf);
		rc = inflate(&z, Z_NO_FLUSH);
		spool_write(fd, buf, sizeof(buf) - z.avail_out, in->name);
		if (rc == Z_STREAM_END && (z.avail_in || fed < in->size)) /* another member */
			rc = inflateReset(&z);
		else if (rc == Z_OK && !z.avail_in && fed == in->size && z.avail_out)
			break; /* ends in the middle */
	}
	if (rc != Z_STREAM_END)
		ps_warn("%s: the gzip data is cut off or damaged; what could be unpacked is read",
			in->name);
	inflateEnd(&z);
	munmap((void *)(uintptr_t)in->data, in->size);
	in->data = NULL;
	map(in, fd);
	close(fd);
}

/* ---- a CTF directory ---- */

/* session-2 comes before session-10. */
static int by_name(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;

	return strlen(x) != strlen(y) ? (strlen(x) < strlen(y) ? -1 : 1) : strcmp(x, y);
}

/* Appends the stream files of a directory in the order of their names; those below
 * session-1, session-2 ... come as the sessions do. */
static unsigned spool_directory(int to, const char *dir)
{
	char **names = NULL;
	size_t nr = 0;
	unsigned streams = 0;
	DIR *d = opendir(dir);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		if (de->d_name[0] == '.' || !strcmp(de->d_name, "index"))
			continue;
		names = ps_realloc(names, (nr + 1) * sizeof(*names));
		names[nr++] = ps_strdup(de->d_name);
	}
	if (d)
		closedir(d);
	if (nr)
		qsort(names, nr, sizeof(*names), by_name);
	for (size_t i = 0; i < nr; i++) {
		char *path = ps_format("%s/%s", dir, names[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		struct stat st;

		if (fd < 0 || fstat(fd, &st) != 0)
			ps_die(PS_EXIT_DATA, "%s: cannot be opened: %s", path, strerror(errno));
		if (S_ISDIR(st.st_mode)) {
			streams += spool_directory(to, path);
		} else if (S_ISREG(st.st_mode)) {
			input_note(fd, path);
			/* the metadata is the directory's, but has no packets */
			if (strcmp(names[i], "metadata")) {
				spool(to, fd, path);
				streams++;
			}
		}
		close(fd);
		free(path);
		free(names[i]);
	}
	free(names);
	return streams;
}

/* True if the directory, or its first session's, has the metadata of a CTF trace. */
static bool is_trace(const char *dir)
{
	char *one = ps_format("%s/metadata", dir), *two = ps_format("%s/session-1/metadata", dir);
	bool is = access(one, F_OK) == 0 || access(two, F_OK) == 0;

	free(one);
	free(two);
	return is;
}

static int open_directory(const char *dir)
{
	char *capture = ps_format("%s/capture.bin", dir);
	int fd;

	if (access(capture, F_OK) == 0)
		ps_die(PS_EXIT_DATA, "%s: is a directory; name its %s", dir, capture);
	if (!is_trace(dir))
		ps_die(PS_EXIT_DATA,
		       "%s: is a directory without the metadata of a CTF trace; name a capture "
		       "file or a CTF directory",
		       dir);
	free(capture);
	fd = spool_open(dir);
	if (!spool_directory(fd, dir))
		ps_die(PS_EXIT_DATA, "%s: is a CTF directory without a stream file", dir);
	return fd;
}

/* ---- opening ---- */

void input_open(struct input *in, const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	memset(in, 0, sizeof(*in));
	in->name = is_stdin ? "standard input" : path;
	if (fd < 0 || fstat(fd, &st) != 0)
		ps_die(PS_EXIT_DATA, "%s: cannot be opened: %s", in->name, strerror(errno));
	if (is_stdin && isatty(fd))
		ps_usage(NULL, "no capture named, and standard input is a terminal");
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		ps_die(PS_EXIT_DATA, "%s: is a device, not a capture file or a pipe", in->name);
	if (!S_ISREG(st.st_mode)) {
		int whole = fd;

		if (S_ISDIR(st.st_mode)) {
			fd = open_directory(path);
		} else {
			fd = spool_open(in->name);
			spool(fd, whole, in->name);
		}
		close(whole);
	}
	input_note(fd, in->name);
	map(in, fd);
	close(fd);
	unpack(in);
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
