/* SPDX-License-Identifier: MIT */
/* ctf_dir.c - salvaging a capture into CTF directories; see ctf_dir.h. */
#include "formats/ctf_dir.h"
#include "base/files.h"
#include "formats/metadata.h"
#include "capture/facts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const stream_file[PS_NR_STREAMS] = { "kernel", "hw" };

/* Files a call of ctf_write may have left in a directory. */
static bool is_ours(const char *name)
{
	return !strcmp(name, "metadata") || !strcmp(name, "kernel") || !strcmp(name, "hw") ||
	       !strncmp(name, "session-", 8);
}

/* Removes a directory holding nothing but our files (two levels); false and
 * untouched if there is anything else in it. */
static bool remove_ours(const char *dir, bool really)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	bool ours = d != NULL;

	while (ours && (de = readdir(d))) {
		char *path;
		struct stat st;

		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		path = ps_format("%s/%s", dir, de->d_name);
		if (!is_ours(de->d_name) || lstat(path, &st) != 0)
			ours = false;
		else if (S_ISDIR(st.st_mode))
			ours = remove_ours(path, really);
		else if (really)
			unlink(path);
		else
			input_keep(path);
		free(path);
	}
	if (d)
		closedir(d);
	if (ours && really)
		rmdir(dir);
	return ours;
}

static void make_dir(const char *dir)
{
	if (mkdir(dir, 0777) != 0)
		ps_die(PS_EXIT_DATA, "%s: cannot be made: %s", dir, strerror(errno));
	temp_add(dir);
}

/* A file of a directory that is not finished. */
static struct out *open_part(const char *path)
{
	temp_add(path);
	return out_open(path, false);
}

static void write_session(struct capture *c, unsigned session, const char *dir)
{
	const struct session *s = &c->session[session];
	struct facts f;
	char *path = ps_format("%s/metadata", dir);
	struct out *o = open_part(path);

	facts_collect(&f, c, session);
	if (!f.has_info)
		ps_warn("%s: no trace_info event survived: the clock's frequency is not known",
			c->in.name);
	ctf_metadata(o, facts_hz(&f));
	out_close(o);
	facts_free(&f);
	free(path);
	for (unsigned k = 0; k < PS_NR_STREAMS; k++) {
		if (!s->stream[k].nr)
			continue;
		path = ps_format("%s/%s", dir, stream_file[k]);
		o = open_part(path);
		for (size_t i = 0; i < s->stream[k].nr; i++) {
			const u8 *data = c->in.data + s->stream[k].packet[i].offset;
			struct ps_packet h;

			memcpy(&h, data, sizeof(h));
			out_write(o, data, h.packet_size / 8);
			if (i % 512 == 511)
				input_done_before(&c->in, s->stream[k].packet[i].offset);
		}
		out_close(o);
		free(path);
		input_rewind(&c->in);
	}
}

void ctf_write(struct capture *c, const char *dir)
{
	size_t len = strlen(dir);
	char *name = ps_strdup(dir), *slash;
	struct stat st;
	char *unfinished;
	bool there;

	while (len > 1 && name[len - 1] == '/')
		name[--len] = '\0';
	there = lstat(name, &st) == 0;
	if (there && (!S_ISDIR(st.st_mode) || !remove_ours(name, false)))
		ps_die(PS_EXIT_DATA,
		       "%s: exists and is not a trace directory made by pagescope; "
		       "name another",
		       name);
	if (there) { /* "." cannot be the target of a rename, its path can */
		free(name);
		name = realpath(dir, NULL);
		if (!name)
			ps_die(PS_EXIT_DATA, "%s: %s", dir, strerror(errno));
	}
	slash = strrchr(name, '/');
	unfinished = ps_format("%.*s.pagescope.%ld", slash ? (int)(slash + 1 - name) : 0, name,
			       (long)getpid());
	make_dir(unfinished);
	if (c->nr_sessions == 1) {
		write_session(c, 0, unfinished);
	} else {
		for (unsigned i = 0; i < c->nr_sessions; i++) {
			char *sub = ps_format("%s/session-%u", unfinished, i + 1);

			make_dir(sub);
			write_session(c, i, sub);
			free(sub);
		}
	}
	if (there)
		remove_ours(name, true);
	if (rename(unfinished, name) != 0)
		ps_die(PS_EXIT_DATA, "%s: cannot be renamed to %s: %s", unfinished, name,
		       strerror(errno));
	temp_forget(unfinished);
	free(unfinished);
	free(name);
}
