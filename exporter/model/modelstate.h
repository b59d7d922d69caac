/* SPDX-License-Identifier: MIT */
/* modelstate.h - the model as bytes, for the keyframes of an index. */
#ifndef EXPORTER_MODELSTATE_H
#define EXPORTER_MODELSTATE_H

#include "model/model.h"

struct bytes {
	u8 *data;
	size_t len, cap;
};
void bytes_add(struct bytes *b, const void *data, size_t len);

/* Appends the whole model. */
void model_save(const struct model *m, struct bytes *b);
/* Makes a model of the bytes; false, and the model to be freed, if they are none. */
bool model_load(struct model *m, const u8 *p, size_t len);

#endif
