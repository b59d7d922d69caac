/* SPDX-License-Identifier: MIT */
/*
 * integers.h - integers of fixed width, under names of our own.
 *
 * Not <stdint.h>: a kernel may have types of those names, and others than the compiler's
 * under them.
 */
#ifndef PAGESCOPE_INTEGERS_H
#define PAGESCOPE_INTEGERS_H

typedef __UINT8_TYPE__ ps_u8;
typedef __UINT16_TYPE__ ps_u16;
typedef __UINT32_TYPE__ ps_u32;
typedef __INT32_TYPE__ ps_s32;
typedef __UINT64_TYPE__ ps_u64;

#endif
