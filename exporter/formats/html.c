/* SPDX-License-Identifier: MIT */
/*
 * html.c - the viewer with a trace inside: one file to open, mail or hand in.
 *
 * The lines of the columnar export are gzipped in pieces of whole lines and put
 * into the page as base64, where the viewer's marker comment stands.
 */
#include "formats/jsonl.h"
#include "base/filekind.h"
#include "base/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARKER "<!-- PAGESCOPE-TRACE -->"
#define PIECE  (4u << 20) /* plain bytes a piece has before it is closed */

struct pieces {
	struct jsonl_sink sink; /* first: the writer only knows this */
	struct out *page;
};

/* `what` the file is instead. */
_Noreturn static void refuse_viewer(const char *path, const char *what)
{
	ps_die(PS_EXIT_DATA,
	       "%s: is %s; --viewer takes viewer.html of this version, which 'make viewer' builds",
	       path, what);
}

static char *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	size_t cap = 0;

	*len = 0;
	if (!f)
		ps_die(PS_EXIT_DATA,
		       "%s: the viewer cannot be read: %s; build it with "
		       "'make viewer' or name one with --viewer",
		       path, strerror(errno));
	input_note(fileno(f), path);
	for (;;) {
		size_t n;

		if (*len + 65536 > cap) {
			cap = cap * 2 + 131072;
			text = ps_realloc(text, cap);
		}
		n = fread(text + *len, 1, 65535, f);
		if (n == 0)
			break;
		*len += n;
	}
	if (ferror(f) && errno == EISDIR)
		refuse_viewer(path, "a directory");
	if (ferror(f))
		ps_die(PS_EXIT_DATA, "%s: cannot be read: %s", path, strerror(errno));
	fclose(f);
	text[*len] = '\0';
	return text;
}

/* viewer.html of this program: beside it as built, in ../share/pagescope as installed.  If it
 * is in neither place, the first is named. */
static char *default_viewer(void)
{
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *beside, *installed;
	int dir;

	if (n <= 0)
		return ps_strdup("build/viewer.html");
	exe[n] = '\0';
	dir = (int)(strrchr(exe, '/') - exe);
	beside = ps_format("%.*s/viewer.html", dir, exe);
	installed = ps_format("%.*s/../share/pagescope/viewer.html", dir, exe);
	if (access(beside, F_OK) != 0 && access(installed, F_OK) == 0) {
		free(beside);
		return installed;
	}
	free(installed);
	return beside;
}

static void write_base64(struct out *o, const u8 *data, size_t len)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char buf[4096];
	size_t n = 0;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		u32 v = (u32)data[i] << 16 | (left > 1 ? (u32)data[i + 1] << 8 : 0) |
			(left > 2 ? data[i + 2] : 0);

		buf[n++] = digit[v >> 18];
		buf[n++] = digit[v >> 12 & 63];
		buf[n++] = left > 1 ? digit[v >> 6 & 63] : '=';
		buf[n++] = left > 2 ? digit[v & 63] : '=';
		if (n > sizeof(buf) - 4) {
			out_write(o, buf, n);
			n = 0;
		}
	}
	out_write(o, buf, n);
}

static void close_piece(struct pieces *p)
{
	size_t len;
	u8 *data = out_take(p->sink.o, &len);

	out_puts(p->page, "<script type=\"text/plain\" class=\"pagescope-trace\">");
	write_base64(p->page, data, len);
	out_puts(p->page, "</script>\n");
	free(data);
}

static void after_line(struct jsonl_sink *sink)
{
	struct pieces *p = (struct pieces *)sink;

	if (out_total(sink->o) < PIECE)
		return;
	close_piece(p);
	sink->o = out_memory(true);
}

void export_html(const struct export *x)
{
	char *path = x->viewer ? ps_strdup(x->viewer) : default_viewer();
	size_t len;
	char *viewer = read_file(path, &len), *marker = strstr(viewer, MARKER);
	struct pieces p = { .sink = { .line_done = after_line } };

	if (!marker) {
		const struct file_kind *kind = file_kind((u8 *)viewer, len);

		refuse_viewer(path, kind ? kind->what : len ? "no viewer" : "empty");
	}
	p.page = out_open(x->out, false);
	out_write(p.page, viewer, (size_t)(marker - viewer));
	p.sink.o = out_memory(true);
	jsonl_write(x, &p.sink);
	close_piece(&p);
	marker += strlen(MARKER);
	out_write(p.page, marker, (size_t)(viewer + len - marker));
	out_close(p.page);
	free(viewer);
	free(path);
}
