/* SPDX-License-Identifier: MIT */
/* show_clients.h - 2.4.22's /proc files about memory and its users, on the console. */
#ifndef CLIENTS_SHOW_CLIENTS_H
#define CLIENTS_SHOW_CLIENTS_H

void show_meminfo(void), show_modules(void), show_swaps(void);

#endif
