/* SPDX-License-Identifier: MIT */
/* mem_map.h - snapshots of the kernel's mem_map: reserved bits, use counts, owners. */
#ifndef EXPORTER_MEM_MAP_H
#define EXPORTER_MEM_MAP_H

#include "model/model.h"

void mem_map_state(struct model *m, const struct ps_ev_mem_map_state *e);
void mem_map_flags_state(struct model *m, const struct ps_ev_page_flags_state *e);

#endif
