/* SPDX-License-Identifier: MIT */
/* files.c - inputs and temporary files; see files.h. */
#include "base/files.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- inputs ---- */

static struct noted {
	dev_t dev;
	ino_t ino;
	char *name;
} * noted;
static size_t nr_noted;

static const struct noted *find_noted(const struct stat *st)
{
	for (size_t i = 0; i < nr_noted; i++)
		if (noted[i].dev == st->st_dev && noted[i].ino == st->st_ino)
			return &noted[i];
	return NULL;
}

void input_note(int fd, const char *name)
{
	struct stat st, out;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || find_noted(&st))
		return;
	if (fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == st.st_dev && out.st_ino == st.st_ino)
		ps_usage(NULL, "%s: standard output goes into it; it is read", name);
	noted = ps_realloc(noted, (nr_noted + 1) * sizeof(*noted));
	noted[nr_noted++] = (struct noted){ st.st_dev, st.st_ino, ps_strdup(name) };
}

void input_forget_all(void)
{
	while (nr_noted)
		free(noted[--nr_noted].name);
	free(noted);
	noted = NULL;
}

void input_keep(const char *path)
{
	const struct noted *n;
	struct stat st;

	if (stat(path, &st) != 0)
		return;
	n = find_noted(&st);
	if (n)
		ps_usage(NULL, "%s: is the file that is read as %s; name another output", path,
			 n->name);
}

/* ---- temporary files ---- */

/* Entries are never unlinked from the list, which the handler may be walking. */
struct temp {
	char *volatile path; /* NULL: finished */
	struct temp *next;
};
static struct temp *volatile temps; /* the newest first: files before their directory */

void temp_remove_all(void)
{
	for (struct temp *t = temps; t; t = t->next)
		if (t->path && unlink(t->path) != 0)
			rmdir(t->path);
}

static void on_signal(int sig)
{
	temp_remove_all();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void clean_up_at_any_end(void)
{
	static const int ends[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGABRT, SIGSEGV, SIGPIPE,
				    SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU };
	static bool done;

	if (done)
		return;
	done = true;
	atexit(temp_remove_all);
	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (signal(ends[i], on_signal) == SIG_IGN) /* nohup */
			signal(ends[i], SIG_IGN);
}

void temp_add(const char *path)
{
	struct temp *t = ps_alloc(sizeof(*t));

	clean_up_at_any_end();
	t->path = ps_strdup(path);
	t->next = temps;
	temps = t;
}

void temp_forget(const char *path)
{
	size_t len = strlen(path);

	for (struct temp *t = temps; t; t = t->next) {
		char *old = t->path;

		if (!old || strncmp(old, path, len) || (old[len] != '\0' && old[len] != '/'))
			continue;
		t->path = NULL;
		free(old);
	}
}
