/* SPDX-License-Identifier: MIT */
/*
 * kernel.h - the classroom kernel: what its files share.
 *
 * A small kernel in the manner of those used for teaching: linked at 0x80000000, one list
 * of single pages, a directory for each process with kernel tables of its own, fork, exec,
 * exit and wait, programs in ring 3.  docs/drop-in.md walks through its trace points.
 *
 * One CPU.  Interrupts are off in the kernel, so nothing needs a lock.
 */
#ifndef CLASSROOM_KERNEL_H
#define CLASSROOM_KERNEL_H

#include <pagescope/trace.h>
#include <stdint.h>

#define PGSIZE   4096u
#define KERNBASE 0x80000000u /* physical address 0 */
#define PHYSTOP  0x400000u   /* end of the memory that is used */
#define DEVSPACE 0xFE000000u /* devices, at their own addresses */
#define DEVPAGES 16u

#define V2P(a)    ((uint32_t)(a)-KERNBASE)
#define P2V(a)    ((void *)((a) + KERNBASE))
#define CALLER    ((uint32_t)__builtin_return_address(0))
#define FRAME(e)  ((e) & ~0xfffu) /* of an entry */
#define SLOT(va)  ((va) >> 22)
#define INDEX(va) ((va) >> 12 & 1023)

#define PTE_P 1u
#define PTE_W 2u
#define PTE_U 4u

/* The directory slot that maps the directory itself: a build option. */
#ifndef RECURSIVE_SLOT
#define RECURSIVE_SLOT PS_SLOT_NONE
#endif
#define IS_RECURSIVE (RECURSIVE_SLOT != PS_SLOT_NONE)

/* What a trap pushes, in the order of memory; see entry.S. */
struct frame {
	uint32_t es, ds;
	uint32_t edi, esi, ebp, esp_ignored, ebx, edx, ecx, eax;
	uint32_t number, error;
	uint32_t eip, cs, eflags, esp, ss;
};

/* What switch_context() keeps on the stack of the one that does not run. */
struct context {
	uint32_t edi, esi, ebx, ebp, eip;
};

enum state { UNUSED, RUNNABLE, SLEEPING, ZOMBIE };

struct process {
	enum state state;
	uint16_t pid;
	struct process *parent;
	uint32_t *directory;
	uint32_t size; /* bytes of user memory, from 0 on */
	char *stack;   /* the page of its kernel stack */
	struct context *context;
	struct frame *frame;
};
extern struct process *current;

/* pages.c: a page is PGSIZE bytes at an address of the linear map */
void free_memory(void *from, void *to); /* all whole pages between */
void kfree(void *page);
void *kalloc(void); /* null if there is none */
uint32_t free_pages(void);

/* Inline, so that the trace names its caller as the one that got the page. */
static inline __attribute__((always_inline)) void *zeroed_page(void)
{
	void *page = kalloc();

	if (page)
		__builtin_memset(page, 0, PGSIZE);
	return page;
}

/* directory.c */
extern uint32_t *kernel_directory;
uint32_t *new_directory(uint16_t pid); /* null if there is no memory */
void free_directory(uint32_t *directory, uint32_t size);
void load_directory(uint32_t *directory, uint16_t pid);
uint32_t *entry_of(uint32_t *directory, uint32_t va, int make); /* null: no table */
int map_page(uint32_t *directory, uint32_t va, uint32_t entry);
int grow(uint32_t *directory, uint32_t from, uint32_t to);
void shrink(uint32_t *directory, uint32_t from, uint32_t to);
void forbid_user(uint32_t *directory, uint32_t va);
int copy_user(uint32_t *from, uint32_t *to, uint32_t size);

/* process.c */
int first_process(void);
int fork(void);
int exec(unsigned program);
int sbrk(int bytes);
void exit(void) __attribute__((noreturn));
int wait(void);

/* trap.c */
void set_up_traps(void);
void set_kernel_stack(uint32_t top);
void panic(const char *why) __attribute__((noreturn));

/* tracing.c */
void start_tracing(void);

/* main.c */
extern char command_line[64]; /* of the boot loader, as much as fits */
void switch_off(void) __attribute__((noreturn));

/* mistakes.c, for the tests: what the option bug=NAME wants; nothing without it */
void make_mistake(void);
/* ... and what the option spoil=... wants, at the system call that it names */
void spoil_entry(void);

/* entry.S, user.S, link.ld */
extern uint32_t boot_directory[1024];
extern char rodata_end[], end[];
extern const char init_start[], init_end[], worker_start[], worker_end[], stray_start[],
	stray_end[];
void switch_context(struct context **from, struct context *to);
void return_to_user(void);

#endif
