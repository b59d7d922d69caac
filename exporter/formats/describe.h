/* SPDX-License-Identifier: MIT */
/* describe.h - the event tables described for others: JSON schema, documentation. */
#ifndef EXPORTER_DESCRIBE_H
#define EXPORTER_DESCRIBE_H

#include "base/out.h"

/* JSON Schema (draft 2020-12) of one line of the columnar export. */
void describe_schema(struct out *o);
/* The table of events in Markdown, as docs/trace-format.md has it. */
void describe_markdown(struct out *o);

#endif
