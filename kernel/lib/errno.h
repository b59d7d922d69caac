/* SPDX-License-Identifier: MIT */
/* errno.h - the error numbers the kernel returns, negated; Linux's values. */
#ifndef LIB_ERRNO_H
#define LIB_ERRNO_H

#define EPERM   1  /* not permitted, or no slot left */
#define ENOENT  2  /* no such thing, or an unknown symbol */
#define ENOEXEC 8  /* not a file of the right format */
#define ENOMEM  12 /* no memory */
#define EFAULT  14 /* an access to memory that is not there */
#define EBUSY   16 /* in use */
#define EEXIST  17 /* the name is taken */
#define EINVAL  22 /* a value it cannot have */

#endif
