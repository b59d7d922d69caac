/* SPDX-License-Identifier: MIT */
/*
 * bochs.h - all this plugin knows of Bochs.
 *
 * Debian ships no headers for plugins, so the few functions needed are found by
 * name when the plugin is loaded.  C++ member functions are called as C ones:
 * on x86-64 `this` is the first argument, and static members have none.
 */
#ifndef PLUGIN_BOCHS_H
#define PLUGIN_BOCHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BOCHS_FINI, BOCHS_INIT, BOCHS_PROBE, BOCHS_FLAGS }; /* the entry point's `mode` */
#define BOCHS_OPTIONAL_PLUGIN 4
#define BOCHS_RESET_HARDWARE  11
#define BOCHS_READ            0
#define BOCHS_WRITE           1 /* a bit: reading and writing is 3 */
#define BOCHS_EXECUTE         2 /* to fetch instructions: may not be refused */

typedef uint32_t bochs_read_fn(void *device, uint32_t port, unsigned bytes);
typedef void bochs_write_fn(void *device, uint32_t port, uint32_t value, unsigned bytes);

/* What Bochs calls in a device object, in the order of its virtual table. */
struct bochs_device_table {
	ptrdiff_t offset_to_top;
	const void *typeinfo;
	void (*destroy)(void *device);
	void (*destroy_and_free)(void *device);
	void (*init)(void *device);
	void (*reset)(void *device, unsigned kind);
	void (*register_state)(void *device);
	void (*after_restore_state)(void *device);
	void (*debug_dump)(void *device, int argc, char **argv);
};

/* Finds everything below.  False: this is not a Bochs we know, or something is
 * missing; *why says what, in a sentence. */
bool bochs_bind(const char **why);
const char *bochs_version(void);

/* Registers `device`, whose first word points to table->destroy.  In any Bochs
 * that has the function, known or not. */
void bochs_add_device(void *plugin, unsigned type, void *device, const char *name);
/* Makes the debugger's `info device "name"` call debug_dump. */
void bochs_add_debug_name(void *device, const char *name);
/* 32-bit accesses to `port` only. */
void bochs_add_port(void *device, uint32_t port, bochs_read_fn *read, bochs_write_fn *write);

/* Calls fn(device) each `ticks` ticks of guest time.  False: cannot be had. */
bool bochs_every(uint64_t ticks, void (*fn)(void *device), void *device);
/* The CPU is in real mode, as after a reset. */
bool bochs_in_real_mode(void);
/* What RDTSC would give now. */
uint64_t bochs_ticks(void);
/* The page of RAM at guest physical `pa` (a multiple of 4096), null if there is
 * none; valid until the next call. */
const uint8_t *bochs_ram_page(uint32_t pa);
/* Copies guest physical memory; false if any of it is no RAM. */
bool bochs_read_ram(uint32_t pa, void *to, uint32_t bytes);
/* The CPU's own walk. */
bool bochs_translate(uint32_t linear, uint32_t *pa);
/* From now on bochs_translate begins at this directory, 0: at CR3's again.  The
 * CPU must not run meanwhile.  False: not possible in this build, or paging is off. */
bool bochs_walk_from(uint32_t directory);
/* CR3's directory; false if paging is off or not of the two-level kind. */
bool bochs_page_directory(uint32_t *pa);

/* Calls `fn` when Bochs begins to close down, while guest memory still exists:
 * it is freed before plugins are told.  False: cannot be had. */
bool bochs_at_exit(void (*fn)(void));

/* ---- for a guest that is watched (watch.c) ---- */

/* Finds what follows.  False: this Bochs lacks something or has it in another shape; *why
 * says what, in a sentence. */
bool bochs_bind_watch(const char **why);

/* Handlers of accesses to RAM.  read and write see an access before it is done, at
 * physical address `pa`, and return false: Bochs does it.  direct gives the host's address
 * of RAM that Bochs may access by itself from then on, or null: ask each time. */
struct bochs_trap {
	bool (*read)(uint64_t pa, unsigned bytes, void *data, void *unused);
	bool (*write)(uint64_t pa, unsigned bytes, void *data, void *unused);
	uint8_t *(*direct)(uint64_t pa, unsigned rw, void *unused);
};
/* Traps RAM from `from` to `last`, both included.  False: Bochs refuses. */
bool bochs_trap(const struct bochs_trap *trap, uint32_t from, uint32_t last);
/* All translations are made anew, and direct is asked again for each page. */
void bochs_flush_tlb(void);
/* EIP; inside a handler it stands just behind the instruction that accesses. */
uint32_t bochs_ip(void);

struct bochs_control {
	uint32_t cr0, cr3, cr4;
};
/* The control registers that decide on paging. */
struct bochs_control bochs_control(void);
/* The linear address of the IDT; *limit its last byte's offset. */
uint32_t bochs_idt(uint32_t *limit);
/* CS, CR2 and EFLAGS. */
uint16_t bochs_cs(void);
uint32_t bochs_eflags(void);
uint32_t bochs_cr2(void);

/* What the processor holds; segments are ES, CS, SS, DS, FS, GS. */
struct bochs_registers {
	uint32_t general[8]; /* EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI */
	uint32_t eip, eflags, cr2, gdt_base, idt_base, tr_base;
	uint16_t segment[6], tr, gdt_limit, idt_limit;
};
void bochs_registers(struct bochs_registers *to);

void bochs_print(const char *text); /* on the debugger's console */

#endif
