/* SPDX-License-Identifier: MIT */
/* state.c - the one interpreter, and how it reports an error in the text. */
#include "scenario/scn_priv.h"

struct scn scn;

void scn_position(u32 off, unsigned *line, unsigned *column)
{
	*line = scn.lines_before + 1;
	*column = 1;
	for (u32 i = 0; i < off && i < scn.size; i++) {
		if (scn.text[i] == '\n') {
			++*line;
			*column = 1;
		} else {
			++*column;
		}
	}
}

void scn_error(u32 off, const char *fmt, ...)
{
	unsigned line, column;
	va_list ap;
	int at;

	if (scn.error)
		return;
	scn.error = true;
	scn_position(off, &line, &column);
	at = snprintf(scn.message, sizeof(scn.message), "%s:%u:%u: ", scn.file, line, column);
	if (at > (int)sizeof(scn.message) / 2)
		at = (int)sizeof(scn.message) / 2;
	va_start(ap, fmt);
	vsnprintf(scn.message + at, sizeof(scn.message) - (size_t)at, fmt, ap);
	va_end(ap);
	/* A message quotes the text, which may hold any bytes: none reaches the terminal. */
	for (char *p = scn.message; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	printk("%s\n", scn.message);
}
