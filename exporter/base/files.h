/* SPDX-License-Identifier: MIT */
/*
 * files.h - what the program reads is never replaced, what it has not finished never stays.
 *
 * Files are told apart by device and inode, so a link, a hard link or another path is the
 * same file.  Temporary files go at any end of the program that it can see: exit, and the
 * signals that end it.  SIGXFSZ is ignored, so that write() fails and a message tells why.
 */
#ifndef EXPORTER_FILES_H
#define EXPORTER_FILES_H

#include "base/util.h"

/* Notes that the file behind `fd`, called `name`, is read.  Dies with a usage error if
 * standard output goes into it. */
void input_note(int fd, const char *name);
/* Dies with a usage error if `path` leads to a file that is read. */
void input_keep(const char *path);
/* Nothing is read any more: between two commands of one process, as the fuzzer runs them. */
void input_forget_all(void);

/* `path` is a file or directory to remove at the end; a copy is kept. */
void temp_add(const char *path);
/* It is finished, or gone, and so is all that was added below it. */
void temp_forget(const char *path);
/* Removes all of them; may be called from a signal handler. */
void temp_remove_all(void);

#endif
