/* SPDX-License-Identifier: MIT */
/*
 * ending.h - how a guest ended, as far as its capture tells.
 *
 * The plugin tells the registers at the end and the last exceptions.  The first exception of
 * the last tick is the fault that the guest died of, if its gate could be read.  If not (no
 * IDT, or not mapped), the first fault follows from the instruction, the tables and CR2: an
 * instruction that cannot be fetched, an operand or a stack that is not mapped.
 */
#ifndef EXPORTER_ENDING_H
#define EXPORTER_ENDING_H

#include "capture/facts.h"
#include "commands/query.h"

#define CR0_PG     0x80000000u
#define CR0_WP     0x00010000u
#define CR4_PSE    0x10u
#define GATE_P     0x100000000ull
#define PAGE_FAULT 14u
#define DOUBLE     8u
#define SLOT_BYTES 0x400000u

enum how { LIVES, DIED, HALTED, STUCK, RESETS };

#define MOST_EVENTS 16u

/* The last event that told of an entry, and those before it. */
struct origin {
	u64 event[MOST_EVENTS]; /* the last ones, event n in event[n % MOST_EVENTS] */
	u64 nr_events;
	bool known, stored;
	u64 i, t;
	u64 from; /* stored at a tick from here to t */
	u32 site;
	u32 old; /* what was in force before; 0: nothing, or not known */
};

struct access {
	enum { FETCH, STACK, DATA, UNKNOWN } what;
	bool write, user;
	bool addr_known;
	u32 addr, ip;
	/* its walk */
	enum { NO_DIRECTORY, NO_PDE, NO_TABLE, NO_PTE, NO_RIGHT, MAPPED } fails;
	u32 pde_pa, pde, pte_pa, pte;
	bool has_pte; /* the walk reaches a table that is known */
	struct origin pde_by, pte_by;
};

struct ending {
	const struct query *q;
	struct model *m; /* at the moment of the fault */
	struct facts f;
	struct symbols *symbols;
	const struct ps_ev_guest_end *e;
	struct ps_ev_guest_tss tss;
	enum how how;
	/* the last exceptions, and which of them is the one that matters; or NULL */
	struct ps_ev_guest_exception exception[8];
	unsigned nr_exceptions;
	const struct ps_ev_guest_exception *first;
	struct access access;
	struct access code; /* the walk of the instruction itself */
	u64 t;              /* the last tick */
	u64 at, at_event;   /* the moment of the fault: its tick, the last event up to it */
	u32 previous_cr3;   /* before the last load; NIL: none */
	u64 load_t, on_t;   /* ticks of the last load of CR3, and of paging switched on */
	u32 load_site;      /* where the CPU was then; 0: not known */
	char hex[40];       /* the bytes at EIP */
};

/* The capture tells how the processor stood at the end. */
bool ending_is_told(const struct query *q);
/* Finds out.  Dies if the capture does not tell how the processor stood. */
void ending_find(struct ending *w, const struct query *q);
void ending_free(struct ending *w);

/* The instruction ran in user mode. */
bool ending_is_user(const struct ending *w);
/* The entry allows the access. */
bool ending_allows(const struct ending *w, const struct access *a, u32 entry);
/* No page is at the address. */
bool ending_unmapped(const struct ending *w, u32 addr);

/* Where an exception in the kernel cannot be pushed, as nothing is mapped there; or NIL. */
u32 ending_no_stack(const struct ending *w);

/* Why the fault had no handler, in `text`, or that nothing is known of it. */
void ending_chain(const struct ending *w, char *text, size_t bytes);
/* The TSS is why no handler ran; then what is wrong with it, in `text`. */
bool ending_tss(const struct ending *w, char *text, size_t bytes);

/* The usual cause: a word for it, such as "stride", and in `text` what to change.  The word
 * is "unknown" if nothing that is known fits. */
const char *ending_cause(const struct ending *w, char *text, size_t bytes);

#endif
