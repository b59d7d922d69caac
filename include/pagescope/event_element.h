/* SPDX-License-Identifier: MIT */
/*
 * event_element.h - for readers: the sequence that an event may end with.
 */
#ifndef PAGESCOPE_EVENT_ELEMENT_H
#define PAGESCOPE_EVENT_ELEMENT_H

#include <pagescope/event.h>

/* Bytes of an element of the sequence after an event's fixed part, by the event's id;
 * 0: it has none.  The byte before the sequence is its length. */
static const ps_u8 ps_event_element[256] = {
#define F(...)
#define Q(type, ...) +sizeof(ps_##type)
#define P(...)
#define S(...)
#define EVENT(id, name, group, class, text, fields) [id] = 0 fields,
#include <pagescope/events.def>
#undef EVENT
#undef F
#undef Q
#undef P
#undef S
};

#endif
