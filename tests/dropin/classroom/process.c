/* SPDX-License-Identifier: MIT */
/*
 * process.c - processes, and who runs.
 *
 * Process 0 is kmain(), which waits for process 1, the first program.  A process runs
 * until it waits or ends; there is no clock.
 */
#include "kernel.h"

#define MOST_PROCESSES 8
#define STACK_PAGES    3u /* of a program: its code, a guard page, its stack */

static struct process process[MOST_PROCESSES] = { { .state = RUNNABLE } };
struct process *current = process;
static uint16_t last_pid;

static const struct program {
	const char *name, *from, *to;
} programs[] = {
	{ "init", init_start, init_end },
	{ "worker", worker_start, worker_end },
	{ "stray", stray_start, stray_end },
};

/* ---- who runs ---- */

/* The next runnable one after the current; there always is one, or all wait for ever. */
static void schedule(void)
{
	struct process *from = current, *to = current;

	do {
		to = to + 1 == process + MOST_PROCESSES ? process : to + 1;
	} while (to->state != RUNNABLE && to != from);
	if (to->state != RUNNABLE)
		panic("nobody can run");
	if (to == from)
		return;
	current = to;
	set_kernel_stack((uint32_t)to->stack + PGSIZE);
	load_directory(to->directory ? to->directory : kernel_directory, to->pid);
	switch_context(&from->context, to->context);
}

/* ---- a process comes ---- */

static struct process *unused(void)
{
	for (struct process *p = process; p < process + MOST_PROCESSES; p++)
		if (p->state == UNUSED)
			return p;
	return 0;
}

/* A process with a stack that leads to return_to_user(), with its frame to fill in. */
static struct process *new_process(void)
{
	struct process *p = unused();

	if (!p || !(p->stack = kalloc()))
		return 0;
	p->pid = ++last_pid;
	p->frame = (struct frame *)(p->stack + PGSIZE) - 1;
	p->context = (struct context *)p->frame - 1;
	*p->context = (struct context){ .eip = (uint32_t)return_to_user };
	return p;
}

static void start(struct process *p, uint32_t *directory, uint32_t size)
{
	p->directory = directory;
	p->size = size;
	p->parent = current;
	p->state = RUNNABLE;
}

/* A directory with the program in it, STACK_PAGES large. */
static uint32_t *load_program(unsigned number, uint16_t pid)
{
	const struct program *program = &programs[number];
	uint32_t *directory = new_directory(pid);

	if (!directory)
		return 0;
	if (!grow(directory, 0, STACK_PAGES * PGSIZE)) {
		free_directory(directory, 0);
		return 0;
	}
	forbid_user(directory, PGSIZE);
	__builtin_memcpy(P2V(FRAME(*entry_of(directory, 0, 0))), program->from,
			 (uint32_t)(program->to - program->from));
	return directory;
}

static const struct frame at_start = {
	.es = 0x23,
	.ds = 0x23,
	.eflags = 2,
	.cs = 0x1b,
	.ss = 0x23,
	.esp = STACK_PAGES * PGSIZE,
};

int first_process(void)
{
	struct process *p = new_process();
	uint32_t *directory = p ? load_program(0, p->pid) : 0;

	if (!directory)
		return 0;
	*p->frame = at_start;
	start(p, directory, STACK_PAGES * PGSIZE);
	return 1;
}

int fork(void)
{
	struct process *child = new_process();
	uint32_t *directory = child ? new_directory(child->pid) : 0;

	if (!directory || !copy_user(current->directory, directory, current->size)) {
		if (directory)
			free_directory(directory, 0);
		if (child)
			kfree(child->stack);
		return -1;
	}
	*child->frame = *current->frame;
	child->frame->eax = 0;
	start(child, directory, current->size);
	TRACE_STR(mark, ({ .level = 1 }), "fork", "the child's pages are copied");
	return child->pid;
}

int exec(unsigned number)
{
	uint32_t *old = current->directory, old_size = current->size, *directory;

	if (number >= sizeof(programs) / sizeof(programs[0]))
		return -1;
	directory = load_program(number, current->pid);
	if (!directory)
		return -1;
	current->directory = directory;
	current->size = STACK_PAGES * PGSIZE;
	*current->frame = at_start;
	load_directory(directory, current->pid);
	free_directory(old, old_size);
	TRACE_STR(mark, ({ .level = 1 }), "exec", programs[number].name);
	return 0;
}

int sbrk(int bytes)
{
	uint32_t from = current->size, to = from + (uint32_t)bytes;

	if (to > KERNBASE || (uint32_t)bytes % PGSIZE)
		return -1;
	if (to > from && !grow(current->directory, from, to))
		return -1;
	shrink(current->directory, from, to);
	current->size = to;
	return (int)from;
}

/* ---- a process goes ---- */

void exit(void)
{
	TRACE_STR(mark, ({ .level = 1 }), "exit", "its parent frees its pages");
	for (struct process *p = process; p < process + MOST_PROCESSES; p++)
		if (p->parent == current)
			p->parent = process;
	if (current->parent->state == SLEEPING)
		current->parent->state = RUNNABLE;
	current->state = ZOMBIE;
	schedule();
	panic("a zombie runs");
}

static int reap(struct process *child)
{
	free_directory(child->directory, child->size);
	kfree(child->stack);
	child->state = UNUSED;
	child->parent = 0;
	return child->pid;
}

/* The pid of a child that has ended; -1 if there is none to wait for. */
int wait(void)
{
	for (;;) {
		int children = 0;

		for (struct process *p = process; p < process + MOST_PROCESSES; p++) {
			if (p->state == UNUSED || p->parent != current)
				continue;
			if (p->state == ZOMBIE)
				return reap(p);
			children++;
		}
		if (!children)
			return -1;
		current->state = SLEEPING;
		schedule();
	}
}
