/* SPDX-License-Identifier: MIT */
/* sim_input.c - input files, compressed or not. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim_input.h"

static struct file_id {
	dev_t dev;
	ino_t ino;
} * noted; /* the files that were read */
static size_t nr_noted;

static pid_t gunzip; /* the running gzip, 0: none */

/* A pipe cannot be looked at and read again: it is taken as it is. */
static bool is_gzip(const char *path)
{
	unsigned char magic[2] = { 0, 0 };
	struct stat st;
	FILE *f;
	bool gz;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	f = fopen(path, "rb");
	if (f)
		sim_note_input(f);
	gz = f && fread(magic, 1, 2, f) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;

	if (f)
		fclose(f);
	return gz;
}

void sim_note_input(FILE *f)
{
	struct file_id *more;
	struct stat st;

	if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode))
		return;
	more = realloc(noted, (nr_noted + 1) * sizeof(*noted));
	if (!more)
		return;
	noted = more;
	noted[nr_noted++] = (struct file_id){ st.st_dev, st.st_ino };
}

bool sim_is_input(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	for (size_t i = 0; i < nr_noted; i++)
		if (noted[i].dev == st.st_dev && noted[i].ino == st.st_ino)
			return true;
	return false;
}

static FILE *open_gzip(const char *path)
{
	int fd[2];

	if (pipe(fd) != 0 || (gunzip = fork()) < 0) {
		fprintf(stderr, "mmsim: cannot run gzip: %s\n", strerror(errno));
		return NULL;
	}
	if (gunzip == 0) {
		dup2(fd[1], 1);
		close(fd[0]);
		close(fd[1]);
		execlp("gzip", "gzip", "-dc", "--", path, (char *)NULL);
		fprintf(stderr, "mmsim: gzip is not installed, and %s is compressed\n", path);
		_exit(127);
	}
	close(fd[1]);
	return fdopen(fd[0], "rb");
}

FILE *sim_open_input(const char *path)
{
	FILE *f;

	if (strcmp(path, "-") == 0)
		return stdin;
	if (is_gzip(path))
		return open_gzip(path);
	f = fopen(path, "rb");
	if (f) {
		int c = fgetc(f); /* a directory opens, and cannot be read */

		if (c != EOF)
			ungetc(c, f);
		else if (ferror(f)) {
			fclose(f);
			f = NULL;
		}
	}
	if (!f)
		fprintf(stderr, "mmsim: %s: %s\n", path, strerror(errno));
	return f;
}

int sim_close_input(FILE *f)
{
	int status = 0;

	if (f != stdin)
		fclose(f);
	if (gunzip > 0) {
		waitpid(gunzip, &status, 0);
		gunzip = 0;
	}
	return status != 0;
}

char *sim_read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	char *data = NULL;
	size_t room = 0, n;

	*size = 0;
	if (!f)
		return NULL;
	sim_note_input(f);
	do {
		if (*size == room) {
			char *more = realloc(data, room = room ? 2 * room : 65536);

			if (!more) {
				errno = ENOMEM;
				break;
			}
			data = more;
		}
		n = fread(data + *size, 1, room - *size, f);
		*size += n;
	} while (n);
	if (ferror(f) || *size == room) {
		int error = errno;

		free(data);
		fclose(f);
		errno = error;
		return NULL;
	}
	fclose(f);
	return data;
}

/* ---- other kinds of files ---- */

const char *sim_file_kind(const char *data, size_t size)
{
	static const struct {
		const char *begins, *kind;
	} kinds[] = {
		{ "\xc1\x1f\xfc\xc1", "a capture: pagescope reads it" },
		{ "\x1f\x8b", "packed with gzip: unpack it first" },
		{ "PK\3\4", "packed with zip: unpack it first" },
		{ "PK\5\6", "packed with zip: unpack it first" }, /* and empty */
		{ "\xfd\x37zXZ", "packed with xz: unpack it first" },
		{ "\x28\xb5\x2f\xfd", "packed with zstd: unpack it first" },
		{ "\x7f"
		  "ELF",
		  "a program or kernel (ELF)" },
		{ "PSR1", "a recorded workload: a scenario replays it" },
		{ "{\"", "JSON, such as an export" },
		{ "<", "HTML, such as a report" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].begins);

		if (size >= n && !memcmp(data, kinds[i].begins, n))
			return kinds[i].kind;
	}
	return NULL;
}

/* ---- lines ---- */

bool sim_lines_open(struct sim_lines *l, const char *path)
{
	*l = (struct sim_lines){ .f = sim_open_input(path), .path = path };
	return l->f != NULL;
}

char *sim_lines_next(struct sim_lines *l)
{
	ssize_t n = l->failed || !l->f ? -1 : getline(&l->text, &l->room, l->f);
	char *line = l->text;
	const char *kind;

	if (n < 0) {
		bool bad = l->f && (ferror(l->f) || sim_close_input(l->f));

		l->f = NULL;
		if (bad && !l->failed)
			fprintf(stderr, "mmsim: %s: cut or damaged\n", l->path);
		l->failed = l->failed || bad;
		return NULL;
	}
	kind = l->nr++ ? NULL : sim_file_kind(line, (size_t)n);
	if (kind) {
		fprintf(stderr, "mmsim: %s: is %s\n", l->path, kind);
		l->failed = true;
		return NULL;
	}
	if (memchr(line, 0, (size_t)n)) {
		fprintf(stderr, "mmsim: %s:%u: a NUL byte: not a text file\n", l->path, l->nr);
		l->failed = true;
		return NULL;
	}
	if (n && line[n - 1] == '\n')
		line[--n] = 0;
	if (n && line[n - 1] == '\r')
		line[--n] = 0;
	return l->nr == 1 && !strncmp(line, "\xef\xbb\xbf", 3) ? line + 3 : line;
}

void sim_lines_close(struct sim_lines *l)
{
	if (l->f)
		sim_close_input(l->f);
	free(l->text);
}
