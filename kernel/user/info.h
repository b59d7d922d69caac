/* info.h - 2.4.22's /proc files about memory and its users, on the console. */
#ifndef USER_INFO_H
#define USER_INFO_H

void show_meminfo(void), show_modules(void), show_swaps(void);

#endif
