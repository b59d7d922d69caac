/* SPDX-License-Identifier: MIT */
/* version.h - the version of the whole project, stated here and nowhere else. */
#ifndef PAGESCOPE_VERSION_H
#define PAGESCOPE_VERSION_H

#define PAGESCOPE_VERSION "2.0.0"

#endif
