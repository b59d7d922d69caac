/* slice.c - keys and violations for the exports; see slice.h. */
#include "slice.h"

#include <string.h>

void slice_measure(const struct export *x, u64 *rows, u64 *t0, u64 *t1)
{
	struct events e;
	struct event ev;

	*rows = 0;
	events_begin(&e, x->c, x->session);
	while (events_next(&e, &ev) && ev.t <= x->to) {
		if (ev.t < x->from || !x->wanted[ev.id])
			continue;
		if (!(*rows)++)
			*t0 = ev.t;
		*t1 = ev.t;
	}
	if (!*rows)
		*t0 = *t1 = x->from;
}

void slice_begin(struct slice *s, const struct export *x, const struct facts *f)
{
	memset(s, 0, sizeof(*s));
	s->x = x;
	s->last = &s->first;
	(void)f;
}

json_t *slice_before(struct slice *s, const struct event *ev, u64 row)
{
	(void)s;
	(void)ev;
	(void)row;
	return NULL;
}

json_t *slice_after(struct slice *s, const struct event *ev, u64 row)
{
	(void)s;
	(void)ev;
	(void)row;
	return NULL;
}

void slice_end(struct slice *s)
{
	(void)s;
}

json_t *slice_initial_key(u64 t)
{
	return json_pack("{s:s,s:i,s:I,s:s}", "rec", "key", "i", 0, "t", (json_int_t)t,
			 "src", "initial");
}
