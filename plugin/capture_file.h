/* SPDX-License-Identifier: MIT */
/*
 * capture_file.h - the capture file, and the packets of the plugin's own stream.
 */
#ifndef PLUGIN_CAPTURE_FILE_H
#define PLUGIN_CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <pagescope/ctf.h>
#include <pagescope/event.h>

/* Creates the file; failure is reported and shows in capture_error(). */
void capture_open(const char *path);
/* 0, or errno of the first failure: nothing is written after it. */
int capture_error(void);
uint64_t capture_bytes(void);
uint32_t capture_schema(void); /* of this plugin's event table */

/* Appends a packet of the kernel's stream, its sizes set; adds the checksum. */
void capture_kernel_packet(struct ps_packet *packet);

/* A packet of the kernel's stream with this trace_info alone, its strings empty: it says
 * what machine the session is of when no tracer in the guest does. */
void capture_machine(uint64_t tick, const struct ps_ev_trace_info *info);

/* An event of the plugin's stream at `tick`, then nr strings.  Packets are
 * closed when full and by hw_flush(), which the device calls after each packet
 * of the kernel, so that a reader of the file never has to look far ahead. */
void hw_event(uint64_t tick, uint8_t id, const void *fields, uint32_t bytes, unsigned nr,
	      const char *s1, const char *s2);
void hw_flush(void);
void hw_new_session(void); /* sequence numbers begin again */

/* hw_event for an event without strings: HW(tick, mmu_probe, .addr = a, ...) */
#define HW(tick, name, ...) \
	do { \
		const struct ps_ev_##name hw_ev_ = { __VA_ARGS__ }; \
		hw_event(tick, PS_ID_##name, &hw_ev_, sizeof(hw_ev_), 0, NULL, NULL); \
	} while (0)

#endif
