/* SPDX-License-Identifier: MIT */
/*
 * mistakes.c - the mistakes that the tests want found; no part of the kernel.
 *
 * The option bug=NAME of the command line makes the first program's call of make_mistake()
 * do one of them, and switches the machine off.  Each is what a wrong version of one of
 * the kernel's functions would do.
 */
#include "kernel.h"
#include "x86.h"

#define HEAP        (3 * PGSIZE) /* where the first program's memory ends */
#define USER        (PTE_P | PTE_W | PTE_U)
#define PRIVATE_PID 99

/* Two processes free the same page. */
static void free_twice(void)
{
	void *page = kalloc();

	kfree(page);
	kfree(page);
}

/* A page goes back to the list, its entry stays, and somebody else gets the page. */
static void free_mapped(void)
{
	grow(current->directory, HEAP, HEAP + PGSIZE);
	kfree(P2V(FRAME(*entry_of(current->directory, HEAP, 0))));
	kalloc();
}

/* The index of the entry is one too large. */
static void wrong_slot(void)
{
	uint32_t *pte = entry_of(current->directory, HEAP, 0) + 1;

	*pte = V2P(kalloc()) | USER;
	TRACE(pte_set, .addr = HEAP, .pte = *pte,
	      .entry_pa = FRAME(current->directory[0]) + ((uint32_t)pte & 0xfff));
}

/* fork gives the child the parent's page and not a copy; the child ends. */
static void share_page(void)
{
	uint32_t *child = new_directory(PRIVATE_PID);

	grow(current->directory, HEAP, HEAP + PGSIZE);
	map_page(child, HEAP, *entry_of(current->directory, HEAP, 0));
	shrink(child, HEAP + PGSIZE, HEAP);
	kalloc();
}

/* exit frees the directory that the processor still walks. */
static void free_own_directory(void)
{
	kfree(current->directory);
}

/* The scheduler loads the directory of a process that is gone. */
static void load_dead_directory(void)
{
	uint32_t *directory = new_directory(PRIVATE_PID);

	free_directory(directory, 0);
	load_directory(directory, PRIVATE_PID);
	load_directory(current->directory, current->pid);
}

/* An entry is cleared and its page used again, but the TLB still has it. */
static void forget_flush(void)
{
	uint32_t *pte, old;

	grow(current->directory, HEAP, HEAP + PGSIZE);
	pte = entry_of(current->directory, HEAP, 0);
	old = *pte;
	*pte = 0;
	TRACE(pte_clear, .addr = HEAP, .old = old,
	      .entry_pa = FRAME(current->directory[0]) + ((uint32_t)pte & 0xfff));
	kfree(P2V(FRAME(old)));
	kalloc();
}

/* A new table is not cleared: what its page held before is taken for entries. */
static void dirty_table(void)
{
	uint32_t *table = kalloc(), *directory = current->directory, va = 0x400000;

	__builtin_memset(table, 0x5a, PGSIZE);
	kfree(table);
	table = kalloc();
	TRACE(pte_alloc, .table = V2P(table));
	directory[SLOT(va)] = V2P(table) | USER;
	TRACE(pde_set, .addr = va, .pde = V2P(table) | USER, .entry_pa = V2P(&directory[SLOT(va)]));
	map_page(directory, va, V2P(kalloc()) | USER);
}

/* A pointer gone wrong writes into a page table: no event tells of it. */
static void stray_store(void)
{
	uint32_t *pte;

	grow(current->directory, HEAP, HEAP + PGSIZE);
	ps_trace_audit();
	pte = entry_of(current->directory, HEAP, 0);
	*pte += PGSIZE;
}

/* The list gets a page of the image; one that nobody uses, so that the rest still works. */
static void free_image(void)
{
	static char page[PGSIZE] __attribute__((aligned(PGSIZE)));

	kfree(page);
}

static const struct mistake {
	const char *name;
	void (*make)(void);
} mistakes[] = {
	{ "free", free_twice },    { "map", free_mapped },         { "slot", wrong_slot },
	{ "fork", share_page },    { "exit", free_own_directory }, { "dead", load_dead_directory },
	{ "flush", forget_flush }, { "dirty", dirty_table },       { "stray", stray_store },
	{ "image", free_image },
};

/* Does the command line have the option bug=NAME? */
static int wanted(const char *name)
{
	static const char prefix[] = "bug=";

	for (const char *line = command_line; *line; line++) {
		const char *a = line, *b = prefix;

		while (*b && *a == *b)
			a++, b++;
		if (*b)
			continue;
		for (b = name; *b && *a == *b;)
			a++, b++;
		return !*b && (!*a || *a == ' ');
	}
	return 0;
}

/* The text behind the option NAME= of the command line; null without it. */
static const char *option(const char *name)
{
	for (const char *line = command_line; *line; line++) {
		const char *a = line, *b = name;

		while (*b && *a == *b)
			a++, b++;
		if (!*b && *a == '=')
			return a + 1;
	}
	return 0;
}

/* A hexadecimal number and the character behind it, which `*text` is moved past. */
static uint32_t number(const char **text)
{
	uint32_t n = 0;

	for (; **text && **text != ':'; ++*text)
		n = n << 4 | (uint32_t)(**text <= '9' ? **text - '0' : **text - 'a' + 10);
	if (**text)
		++*text;
	return n;
}

/*
 * The option spoil=CALL:VA:LEVEL:KEEP:FLIP, in hexadecimal: at that system call the entry of
 * the page (LEVEL 1) or of its table (2) keeps the bits of KEEP, and those of FLIP change.
 */
__attribute__((noinline)) void spoil_entry(void)
{
	static uint32_t calls;
	const char *text = option("spoil");
	uint32_t va, level, keep, flip, *entry;

	if (!text || number(&text) != calls++)
		return;
	va = number(&text);
	level = number(&text);
	keep = number(&text);
	flip = number(&text);
	entry = level == 2 ? &current->directory[SLOT(va)] : entry_of(current->directory, va, 0);
	if (!entry)
		return;
	*entry = (*entry & keep) ^ flip;
	lcr3(rcr3());
}

void make_mistake(void)
{
	for (unsigned n = 0; n < sizeof(mistakes) / sizeof(mistakes[0]); n++)
		if (wanted(mistakes[n].name)) {
			mistakes[n].make();
			TRACE_STR(trace_end, ({ .reason = PS_END_DONE }), mistakes[n].name);
			switch_off();
		}
}
