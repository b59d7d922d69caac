/* SPDX-License-Identifier: MIT */
/* ctf_dir.h - the CTF directory that babeltrace2 and Trace Compass open. */
#ifndef EXPORTER_CTF_DIR_H
#define EXPORTER_CTF_DIR_H

#include "capture/capture.h"
#include "base/out.h"

/* Writes every session as a CTF directory: `dir` itself, or dir/session-1 ...
 * if there are several.  The directory appears whole or not at all; one that an
 * earlier call made is replaced, anything else in the way is refused. */
void ctf_write(struct capture *c, const char *dir);

#endif
