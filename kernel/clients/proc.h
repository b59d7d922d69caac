/* SPDX-License-Identifier: MIT */
/* proc.h - the /proc files of 2.4.22 about memory and its users, on the console. */
#ifndef CLIENTS_PROC_H
#define CLIENTS_PROC_H

void show_meminfo(void); /* totals of RAM, high memory and swap */
void show_modules(void); /* a line for each loaded module, the newest first */
void show_swaps(void);   /* a line for each swap area in use */

#endif
