/* SPDX-License-Identifier: MIT */
/*
 * linux_capture.c - reads the files of a capture; linux_capture.h says which.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/number.h"
#include "linux_capture.h"
#include "sim_input.h"

#define DIR_WANTED "--linux takes the directory of a recording, docs/real-workloads.md"

/* ---- lines ---- */

struct reader {
	struct sim_lines lines;
	char path[PATH_MAX];
	char *line;
};

static int bad_line(const struct reader *r, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "mmsim: %s:%u: ", r->path, r->lines.nr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %.100s\n", r->line ? r->line : "");
	return 1;
}

/* Finds DIR/NAME.gz or DIR/NAME; false: neither is there. */
static bool find_part(char path[PATH_MAX], const char *dir, const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s.gz", dir, name);
	if (access(path, F_OK) != 0)
		snprintf(path, PATH_MAX, "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static bool open_part(struct reader *r, const char *dir, const char *name)
{
	r->line = NULL;
	return find_part(r->path, dir, name) && sim_lines_open(&r->lines, r->path);
}

static int close_part(struct reader *r, int status)
{
	sim_lines_close(&r->lines);
	return status || r->lines.failed;
}

static bool next_line(struct reader *r)
{
	size_t n;

	r->line = sim_lines_next(&r->lines);
	n = r->line ? strlen(r->line) : 0;
	while (n && isspace((unsigned char)r->line[n - 1]))
		r->line[--n] = 0;
	return r->line;
}

/* The next word of the line, ended by a NUL; "" at the end. */
static char *word(char **at)
{
	char *start = *at + strspn(*at, " \t");

	*at = start + strcspn(start, " \t");
	if (**at)
		*(*at)++ = 0;
	return start;
}

static _Noreturn void no_memory(void)
{
	fprintf(stderr, "mmsim: no memory for the capture\n");
	exit(1);
}

static void *grow(void *array, uint32_t nr, uint32_t *room, size_t size)
{
	if (nr < *room)
		return array;
	*room = *room ? 2 * *room : 1024;
	array = realloc(array, *room * size);
	if (!array)
		no_memory();
	return array;
}

/* ---- names ---- */

static uint32_t *name_slot(const struct lx_capture *c, const char *name)
{
	uint32_t hash = 2166136261u, *slot;

	for (const char *p = name; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	for (;; hash++) {
		slot = &c->index.slots[hash & (c->index.room - 1)];
		if (!*slot || !strcmp(c->names[*slot - 1], name))
			return slot;
	}
}

/* A machine that ran for days had thousands of tasks: names are hashed. */
static uint32_t name_index(struct lx_capture *c, const char *name)
{
	uint32_t *slot;

	if (2 * c->nr_names >= c->index.room) {
		free(c->index.slots);
		c->index.room = c->index.room ? 4 * c->index.room : 256;
		c->index.slots = calloc(c->index.room, sizeof(*c->index.slots));
		c->names = realloc(c->names, c->index.room * sizeof(*c->names));
		if (!c->index.slots || !c->names)
			no_memory();
		for (uint32_t i = 0; i < c->nr_names; i++)
			*name_slot(c, c->names[i]) = i + 1;
	}
	slot = name_slot(c, name);
	if (!*slot) {
		c->names[c->nr_names] = strdup(name);
		if (!c->names[c->nr_names])
			no_memory();
		*slot = ++c->nr_names;
	}
	return *slot - 1;
}

/* ---- events.txt ---- */

static const char *const kinds[] = { "alloc",  "free",   "vmalloc", "vfree",
				     "#phase", "#ufree", "#afail" };

static int kind_of(const char *text)
{
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(text, kinds[i]))
			return (int)i;
	return -1;
}

#define MAX_FRAME 0xfffffu /* of a machine without PAE */

/* <pfn> <order> <gfp|-> <comm> */
static const char *block_fields(struct lx_capture *c, struct lx_event *e, char *at)
{
	const char *gfp;
	uint64_t pfn, order, mask = LX_GFP_NONE;

	if (!hex_parse(word(&at), UINT32_MAX, &pfn))
		return "expected a frame number";
	if (pfn > MAX_FRAME)
		return "the frame lies above 4 GiB, where only PAE reaches";
	if (!number_parse(word(&at), 20, &order))
		return "expected an order";
	if (e->kind != LX_UFREE) {
		gfp = word(&at);
		if (strcmp(gfp, "-") && !hex_parse(gfp, 0xfffffffe, &mask))
			return "expected a GFP mask or -";
	}
	if (pfn + (1u << order) > MAX_FRAME + 1)
		return "the block ends above 4 GiB";
	e->at = (uint32_t)pfn;
	e->order = (uint8_t)order;
	e->size = 1u << order;
	e->gfp = (uint32_t)mask;
	e->task = name_index(c, at + strspn(at, " \t")); /* it may contain blanks */
	if (e->at + e->size > c->nr_frames)
		c->nr_frames = e->at + e->size;
	return NULL;
}

/* <addr> <bytes> <caller> <kind> */
static const char *area_fields(struct lx_event *e, char *at)
{
	uint64_t addr, bytes;
	const char *kind;

	if (!hex_parse(word(&at), 0xffffffff, &addr))
		return "expected an address";
	if (!number_parse(word(&at), 0xffffffff, &bytes))
		return "expected a size";
	e->at = (uint32_t)addr;
	e->size = (uint32_t)bytes;
	word(&at);
	kind = word(&at);
	e->mapped = *kind && strncmp(kind, "vmalloc", 7);
	return NULL;
}

/* One line; 1: an event, 0: none, -1: an error that has been told. */
static int read_event(struct lx_capture *c, struct reader *r, struct lx_event *e)
{
	char *at = r->line, *first = word(&at), *time = first;
	const char *wrong = NULL;
	uint64_t t;
	int kind;

	memset(e, 0, sizeof(*e));
	if (*first == '#') { /* "#phase 12 name"; other comments are no events */
		kind = kind_of(first);
		if (kind < 0)
			return 0;
		time = word(&at);
	} else if (!*first) {
		return 0;
	} else {
		kind = kind_of(word(&at));
		if (kind < 0 || kind >= LX_PHASE)
			return -bad_line(r,
					 "expected alloc, free, vmalloc or vfree after the time");
	}
	if (!number_parse(time, UINT64_MAX >> 1, &t))
		return -bad_line(r, "expected a time in microseconds");
	e->time = t;
	e->kind = (uint8_t)kind;
	if (kind == LX_PHASE)
		e->at = name_index(c, word(&at));
	else if (kind == LX_VMALLOC || kind == LX_VFREE)
		wrong = area_fields(e, at);
	else if (kind != LX_AFAIL) /* failed: there is no frame */
		wrong = block_fields(c, e, at);
	if (wrong)
		return -bad_line(r, "%s", wrong);
	return 1;
}

static int read_events(struct lx_capture *c)
{
	struct reader r;
	uint32_t room = 0;
	int got = 0;

	if (!open_part(&r, c->dir, "events.txt")) {
		fprintf(stderr, "mmsim: %s: no events.txt or events.txt.gz there; " DIR_WANTED "\n",
			c->dir);
		return 1;
	}
	while (got >= 0 && next_line(&r)) {
		c->events = grow(c->events, c->nr_events, &room, sizeof(*c->events));
		got = read_event(c, &r, &c->events[c->nr_events]);
		c->nr_events += got > 0;
	}
	if (got >= 0 && !r.lines.failed && !c->nr_events)
		got = -bad_line(&r, "no events");
	return close_part(&r, got < 0);
}

/* ---- initmap.txt ---- */

static int read_run(struct lx_capture *c, struct reader *r, uint32_t *room)
{
	char *at = r->line, *first = word(&at);
	const char *state;
	uint64_t start, frames;

	if (!*first || *first == '#')
		return 0;
	if (!hex_parse(first, MAX_FRAME, &start) ||
	    !number_parse(word(&at), MAX_FRAME + 1, &frames) || start + frames > MAX_FRAME + 1)
		return bad_line(r, "expected \"frame-hex frames state\"");
	state = word(&at);
	if (strcmp(state, "free") && strcmp(state, "live") && strcmp(state, "fixed"))
		return bad_line(r, "expected free, live or fixed");
	c->runs = grow(c->runs, c->nr_runs, room, sizeof(*c->runs));
	c->runs[c->nr_runs++] = (struct lx_run){ (uint32_t)start, (uint32_t)frames,
						 state[1] == 'i' && state[2] == 'x' ? 'x'
										    : *state };
	if (start + frames > c->nr_frames)
		c->nr_frames = (uint32_t)(start + frames);
	return 0;
}

/* The comment at its top names the phase: "#phase NAME" in quotes or not. */
static void read_map_phase(struct lx_capture *c, const char *line)
{
	const char *at = strstr(line, "#phase ");
	size_t n = 0;

	if (!at || c->map_phase[0])
		return;
	for (at += 7; n < sizeof(c->map_phase) - 1 && (isalnum((unsigned char)*at) || *at == '_');)
		c->map_phase[n++] = *at++;
}

static int read_initmap(struct lx_capture *c)
{
	struct reader r;
	uint32_t room = 0;
	int status = 0;

	if (!open_part(&r, c->dir, "initmap.txt")) {
		fprintf(stderr,
			"mmsim: %s: no initmap.txt: memory that no event speaks of counts as "
			"free at the start\n",
			c->dir);
		return 0;
	}
	while (!status && next_line(&r)) {
		read_map_phase(c, r.line);
		status = read_run(c, &r, &room);
	}
	return close_part(&r, status);
}

/* ---- vmpages.txt ---- */

static int read_area(struct lx_capture *c, struct reader *r, uint32_t *room)
{
	struct lx_area_pages a;
	char *at = r->line, *first = word(&at);
	uint64_t addr, time, frames, pfn;

	if (!*first || *first == '#')
		return 0;
	if (!hex_parse(first, 0xffffffff, &addr) ||
	    !number_parse(word(&at), UINT64_MAX >> 1, &time) ||
	    !number_parse(word(&at), MAX_FRAME, &frames))
		return bad_line(r, "expected \"address time frames frame...\"");
	a = (struct lx_area_pages){ (uint32_t)addr, (uint32_t)frames, time,
				    calloc(frames + 1, sizeof(uint32_t)) };
	for (uint64_t i = 0; i < frames; i++) {
		if (!hex_parse(word(&at), MAX_FRAME, &pfn))
			return bad_line(r, "fewer frames than said, or not a frame number");
		a.pfn[i] = (uint32_t)pfn;
	}
	c->areas = grow(c->areas, c->nr_areas, room, sizeof(*c->areas));
	c->areas[c->nr_areas++] = a;
	return 0;
}

int lx_area_order(const void *a, const void *b)
{
	const struct lx_area_pages *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static int read_vmpages(struct lx_capture *c)
{
	struct reader r;
	uint32_t room = 0;
	int status = 0;

	if (!open_part(&r, c->dir, "vmpages.txt")) {
		fprintf(stderr,
			"mmsim: %s: no vmpages.txt: pages of vmalloc are told by mask and task\n",
			c->dir);
		return 0;
	}
	while (!status && next_line(&r))
		status = read_area(c, &r, &room);
	if (c->nr_areas)
		qsort(c->areas, c->nr_areas, sizeof(*c->areas), lx_area_order);
	return close_part(&r, status);
}

/* ---- stats.json ---- */

/* Only two shapes in it are wanted, which does not make a JSON reader. */
static int read_stats(struct lx_capture *c)
{
	char path[PATH_MAX];
	size_t used = 0, n;
	uint32_t room = 0;
	FILE *f;

	if (!find_part(path, c->dir, "stats.json")) {
		fprintf(stderr, "mmsim: %s: no stats.json: nothing to hold our counts against\n",
			c->dir);
		return 0;
	}
	f = sim_open_input(path);
	if (!f)
		return 1;
	do {
		c->stats = grow(c->stats, (uint32_t)used + 4096, &room, 1);
		while (room < used + 4096)
			c->stats = grow(c->stats, room, &room, 1);
		n = fread(c->stats + used, 1, 4095, f);
		used += n;
		c->stats[used] = 0;
	} while (n);
	while (used && isspace((unsigned char)c->stats[used - 1]))
		used--;
	if (!sim_close_input(f) && used && c->stats[used - 1] == '}' && !memchr(c->stats, 0, used))
		return 0;
	fprintf(stderr, "mmsim: %s: cut or damaged\n", path);
	return 1;
}

/* Past the blanks and this character; NULL: it does not stand there. */
static const char *past(const char *at, char c)
{
	if (at)
		at += strspn(at, " \t\r\n");
	return at && *at == c ? at + 1 : NULL;
}

/* Past a number of at most `max`. */
static const char *number_there(const char *at, uint64_t max, uint64_t *n)
{
	if (at)
		at = number_at(at + strspn(at, " \t\r\n"), n);
	return at && *n <= max ? at : NULL;
}

/* Past the string, if it is `text`. */
static const char *text_there(const char *at, const char *text)
{
	size_t n = strlen(text);

	at = past(at, '"');
	return at && !strncmp(at, text, n) ? past(at + n, '"') : NULL;
}

/* [ TIME, "PHASE", LIVE, ALLOCS, FREES, AREAS ... */
static bool phase_there(const char *at, const char *phase, struct lx_phase_stats *s)
{
	uint64_t counts[4];

	at = past(number_there(past(at, '['), UINT64_MAX, &s->time), ',');
	at = text_there(at, phase);
	for (unsigned i = 0; i < 4; i++)
		at = number_there(past(at, ','), UINT32_MAX, &counts[i]);
	if (!at)
		return false;
	s->live = (uint32_t)counts[0];
	s->allocs = (uint32_t)counts[1];
	s->frees = (uint32_t)counts[2];
	s->areas = (uint32_t)counts[3];
	return true;
}

bool lx_phase_stats(const struct lx_capture *c, const char *phase, struct lx_phase_stats *s)
{
	const char *at = c->stats ? strstr(c->stats, "\"phases\"") : NULL, *next;

	for (at = at ? strchr(at, '[') : NULL; at; at = next) {
		next = strchr(at + 1, '[');
		if (phase_there(at, phase, s))
			return true;
		if (next && memchr(at, '}', (size_t)(next - at)))
			return false;
	}
	return false;
}

bool lx_stats_number(const struct lx_capture *c, const char *object, const char *key, uint64_t *n)
{
	char pattern[80];
	const char *at, *end;

	snprintf(pattern, sizeof(pattern), "\"%s\": {", object);
	at = c->stats ? strstr(c->stats, pattern) : NULL;
	end = at ? strchr(at, '}') : NULL;
	snprintf(pattern, sizeof(pattern), "\"%s\":", key);
	at = at ? strstr(at, pattern) : NULL;
	return at && end && at < end && number_there(at + strlen(pattern), UINT64_MAX, n);
}

/* What a path is that is no directory. */
static void refuse_file(const char *path, const struct stat *st)
{
	const char *kind = NULL;
	char head[64];
	FILE *f = S_ISREG(st->st_mode) ? fopen(path, "rb") : NULL;

	if (f) {
		kind = sim_file_kind(head, fread(head, 1, sizeof(head), f));
		fclose(f);
	}
	if (!kind)
		kind = S_ISREG(st->st_mode) && !st->st_size ? "an empty file" : "a file";
	fprintf(stderr, "mmsim: %s: is %.*s; " DIR_WANTED "\n", path, (int)strcspn(kind, ":"),
		kind);
}

int lx_read(struct lx_capture *c, const char *dir)
{
	struct stat st;

	memset(c, 0, sizeof(*c));
	c->dir = dir;
	if (stat(dir, &st) != 0) {
		fprintf(stderr, "mmsim: %s: %s\n", dir, strerror(errno));
		return 1;
	}
	if (!S_ISDIR(st.st_mode)) {
		refuse_file(dir, &st);
		return 1;
	}
	return read_events(c) || read_initmap(c) || read_vmpages(c) || read_stats(c);
}
