/* SPDX-License-Identifier: MIT */
/*
 * ctf.h - the packet: 48 bytes of header, then events, nothing after them.
 *
 * CTF 1.8, little endian, byte-packed.  magic and stream_id are the CTF packet
 * header; the rest is the packet context.  Any packet can be told from noise:
 * magic, plausible sizes, then the checksum.
 *
 * An event: u8 id, u32 low half of the time stamp counter, payload
 * (struct ps_ev_NAME, then its strings).  The high half is the packet's; the
 * writer closes the packet before it changes.
 */
#ifndef PAGESCOPE_CTF_H
#define PAGESCOPE_CTF_H

#include <pagescope/integers.h>

#define PS_CTF_MAGIC       0xc1fc1fc1u
#define PS_STREAM_KERNEL   0     /* written by the kernel */
#define PS_STREAM_HW       1     /* written by the Bochs plugin */
#define PS_PACKET_BYTES    4096  /* doorbell and debugcon */
#define PS_PACKET_BYTES_E9 512   /* stock Bochs: a lost byte costs less */
#define PS_PACKET_MAX      65536 /* what a reader must accept */

struct ps_packet {
	ps_u32 magic;            /*  0 PS_CTF_MAGIC */
	ps_u32 stream_id;        /*  4 */
	ps_u32 crc32;            /*  8 IEEE, of bytes 12 .. packet_size/8 */
	ps_u32 schema;           /* 12 CRC-32 of PS_SCHEMA_TEXT */
	ps_u32 packet_size;      /* 16 bits */
	ps_u32 content_size;     /* 20 bits */
	ps_u64 timestamp_begin;  /* 24 ticks, <= the first event's */
	ps_u64 timestamp_end;    /* 32 ticks, >= the last event's */
	ps_u32 events_discarded; /* 40 since the start of the trace */
	ps_u32 packet_seq_num;   /* 44 0, 1, ... in each stream */
} __attribute__((packed));

#define PS_PACKET_HEADER ((unsigned)sizeof(struct ps_packet))
typedef char ps_packet_header_is_48_bytes[sizeof(struct ps_packet) == 48 ? 1 : -1];

#define PS_EVENT_HEADER 5   /* u8 id, u32 low TSC */
#define PS_STRING_MAX   200 /* bytes of one string with its NUL */

/*
 * The canonical text of the event table.  Its CRC-32 stands in every packet:
 * a reader made from another table refuses the trace instead of misreading it.
 */
/* clang-format off */
static const char ps_schema_text[] =
#define F(type, name, meaning, text)                " " #type " " #name
#define Q(type, name, count, meaning, text)         " " #type " " #name "[" #count "]"
#define P(name, field, text)
#define S(name, text)                               " string " #name
#define EVENT(id, name, group, class, text, fields) #id " " #name fields "\n"
#include <pagescope/events.def>
#undef EVENT
#undef F
#undef Q
#undef P
#undef S
;
/* clang-format on */

/*
 * Registers of the Bochs plugin, 32-bit accesses only.  Without the plugin a
 * read of the signature gives all ones, and the tracer uses port 0xE9.
 */
#define PS_PORT_E9        0x00e9
#define PS_PORT_SIGNATURE 0x0e90 /* read: PS_SIGNATURE */
#define PS_PORT_DOORBELL  0x0e90 /* write: physical address of a full packet */
#define PS_PORT_VERSION   0x0e94 /* read: PS_PLUGIN_VERSION */
#define PS_PORT_CONTROL   0x0e94 /* write: physical address of struct ps_control */
#define PS_PORT_STATUS    0x0e98 /* read: 0, or errno of the first file error */
#define PS_PORT_PROBE     0x0e98 /* write: linear address to look up */
/* write 0: PTE-level audit now; else the physical address of the directory that the
 * next probe walks instead of CR3's */
#define PS_PORT_AUDIT     0x0e9c
#define PS_PORT_IDLE      0x0e9c /* read: sleeps PS_IDLE_MS of the host's time, gives 0 */
#define PS_IDLE_MS        10
#define PS_SIGNATURE      0x43534750u /* "PGSC" */
#define PS_PLUGIN_VERSION 1

/*
 * What the plugin must know to rescue the packet under construction when the
 * guest dies: where it is and how far it has been written.  Lives in guest
 * memory; the guest rings PS_PORT_CONTROL once with its physical address.
 * `cur` is the tracer's own write pointer, so that it costs nothing extra; it may
 * be an address or count from anywhere, cur - packet_va is what has been written.
 */
struct ps_control {
	ps_u32 magic;          /* PS_SIGNATURE */
	ps_u32 packet_va;      /* where the packet begins, in the units of cur */
	ps_u32 packet_pa;      /* physical address of the packet */
	ps_u32 cur;            /* where the next event goes */
	ps_u32 swapper_pg_dir; /* physical, for the audit */
	ps_u32 page_offset;    /* linear map, for the audit's addresses */
};

#endif
