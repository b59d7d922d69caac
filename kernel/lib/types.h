/* SPDX-License-Identifier: MIT */
/* types.h - the integer names used everywhere in the kernel. */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;

typedef u32 phys_t;  /* physical address; below 4 GiB, as without PAE */
typedef u32 vaddr_t; /* linear address of the simulated or real i386 */

#endif
