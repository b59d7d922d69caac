/* SPDX-License-Identifier: MIT */
/*
 * fuzz.c - scenarios by an enemy: [ROUNDS [SEED]].
 *
 * The shipped scenarios and the examples of the manual are cut up and glued
 * together; each result is parsed, and some are run on a small machine.  It
 * must not crash (the program is sanitized), every error must name a place in
 * the text, and whatever ran must leave a sound memory manager.  So must recorded
 * workloads with bytes that lie.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/workload.h"
#include "scenario/scn_priv.h"
#include "sim.h"
#include "sim_input.h"

#define TEXT_MAX  20000
#define FILES_MAX 80

static char *files[FILES_MAX];
static size_t sizes[FILES_MAX];
static unsigned nr_files;
static u32 state;

static u32 rnd(u32 below)
{
	return below ? scn_random(&state) % below : 0;
}

static void add_file(const char *path)
{
	if (nr_files < FILES_MAX && (files[nr_files] = sim_read_file(path, &sizes[nr_files])))
		nr_files++;
}

static void add_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[600];

	while (dir && (entry = readdir(dir))) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.' && strstr(entry->d_name, ".scn"))
			add_file(name);
	}
	if (dir)
		closedir(dir);
}

static const char *const words[] = { "repeat 3 {\n",
				     "}",
				     "{",
				     "(",
				     ")",
				     "[",
				     "]",
				     "..",
				     "=",
				     "+=",
				     "\n",
				     ";",
				     "\"",
				     "|",
				     "\n| text",
				     "0x",
				     "99999999999",
				     "4K",
				     "count=max",
				     "gfp=DMA",
				     "p",
				     "v",
				     "p = alloc ",
				     "free p ",
				     "misuse",
				     "pages",
				     ".guard",
				     ".pfn",
				     "-",
				     "!",
				     "expect ",
				     "free(",
				     "DMA",
				     "touch ",
				     "mm create",
				     "mm drop a",
				     "if ",
				     "else ",
				     "fail page 1 onwards\n",
				     "fail off\n",
				     "0xC4800000",
				     "kernel",
				     "random 50",
				     "#",
				     "\0",
				     "\xff",
				     "every=",
				     "order=9",
				     "vmap p",
				     "until" };

/* A piece of a file, a word of the language, or any bytes. */
static size_t piece(char *to, size_t room)
{
	size_t n, at;
	unsigned f;

	if (rnd(3)) {
		const char *word = words[rnd(sizeof(words) / sizeof(words[0]))];

		n = *word ? strlen(word) : 1;
		if (n <= room)
			memcpy(to, word, n);
		return n <= room ? n : 0;
	}
	f = rnd(nr_files);
	at = rnd((u32)sizes[f]);
	n = rnd(rnd(2) ? 40 : 600);
	if (n > sizes[f] - at)
		n = sizes[f] - at;
	if (n > room)
		return 0;
	memcpy(to, files[f] + at, n);
	return n;
}

static size_t mutate(char *text)
{
	static char rest[TEXT_MAX];
	unsigned f = rnd(nr_files);
	size_t n = sizes[f] < TEXT_MAX / 2 ? sizes[f] : TEXT_MAX / 2, at, cut;

	memcpy(text, files[f], n);
	for (unsigned edits = 1 + rnd(12); edits; edits--) {
		at = rnd((u32)n + 1);
		cut = rnd(4) ? rnd(6) : rnd(300);
		if (cut > n - at)
			cut = n - at;
		memcpy(rest, text + at + cut, n - at - cut);
		n -= cut;
		cut = n - at;
		at += piece(text + at, TEXT_MAX - n - 1);
		if (!rnd(5) && at < TEXT_MAX - cut - 1)
			text[at++] = (char)rnd(256);
		memcpy(text + at, rest, cut);
		n = at + cut;
	}
	return n;
}

/* "fuzz:LINE:COLUMN: ", with a place inside the text. */
static bool names_place(const char *text, size_t n)
{
	unsigned line, column, lines = 1;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return sscanf(scn.message, "fuzz:%u:%u: ", &line, &column) == 2 && line >= 1 &&
	       line <= lines && column >= 1;
}

static void save(const char *text, size_t n)
{
	FILE *f = fopen("fuzz-failed.scn", "wb");

	if (f) {
		fwrite(text, 1, n, f);
		fclose(f);
	}
}

/* In a buffer of its own size, so that one byte too far is seen. */
static bool try_parse(const char *text, size_t n)
{
	char *exact = malloc(n ? n : 1);
	bool good;

	memcpy(exact, text, n);
	good = !scn_parse_only("fuzz", exact, n) || names_place(text, n);
	free(exact);
	return good;
}

/* reset would end this program. */
static bool harmless(const char *text, size_t n)
{
	for (size_t i = 0; i + 5 <= n; i++)
		if (!memcmp(text + i, "reset", 5))
			return false;
	return true;
}

static bool try_run(const char *text, size_t n)
{
	struct sim_machine m = sim_default(8 << 20);
	jmp_buf panicked;
	bool good = true;

	sim_boot(&m);
	sim_panic_jump = &panicked;
	if (!setjmp(panicked)) {
		scn_main("fuzz", text, n);
		good = mm_check() == 0;
	}
	sim_panic_jump = NULL;
	fail_nth(FAIL_PAGE, 0, false);
	fail_nth(FAIL_TABLE, 0, false);
	fail_nth(FAIL_DESCRIPTOR, 0, false);
	return good;
}

/* A recorded workload: mostly operations that make sense, then damage. */
static size_t write_workload(u8 *p)
{
	u32 slots = 1 + rnd(60), ops = rnd(300);
	u8 *q = p + REPLAY_HEADER;
	u32 header[3] = { REPLAY_MAGIC, slots, ops };

	memcpy(p, header, sizeof(header));
	if (!rnd(3)) {
		u32 runs = rnd(6);

		for (q += replay_put_setup(q, runs); runs; runs--)
			q += replay_put_number(q, rnd(rnd(2) ? 9000 : 100) << 2 | rnd(4));
	}
	while (ops--) {
		u32 slot = rnd(slots + !rnd(50));

		switch (rnd(8)) {
		case 0:
		case 1:
		case 2: q += replay_put_alloc(q, rnd(4), rnd(rnd(2) ? 3 : 16), slot); break;
		case 3:
		case 4: q += replay_put_free(q, slot); break;
		case 5: q += replay_put_vmalloc(q, rnd(4), slot, rnd(rnd(3) ? 60000 : ~0u)); break;
		case 6: q += replay_put_vfree(q, slot); break;
		default:
			q += rnd(2) ? replay_put_mode(q, rnd(4))
				    : replay_put_phase(q, "a phase", 7);
		}
	}
	for (unsigned damage = rnd(3); damage; damage--)
		p[rnd((u32)(q - p))] = (u8)rnd(256);
	return rnd(4) ? (size_t)(q - p) : rnd((u32)(q - p) + 1);
}

static bool try_replay(void)
{
	static u8 bytes[8192];
	static u32 room[4096];
	struct sim_machine m = sim_default(8 << 20);
	size_t n = write_workload(bytes);
	u8 *exact = malloc(n ? n : 1);
	struct replay r;
	bool opened;

	memcpy(exact, bytes, n);
	sim_boot(&m);
	opened = replay_open(&r, exact, n, room, rnd(sizeof(room) / sizeof(room[0])));
	while (opened && replay_step(&r))
		;
	replay_give_all(&r);
	replay_close(&r);
	free(exact);
	return mm_check() == 0;
}

/* A machine that starts finds no translation of the one before in its TLB. */
static bool starts_fresh(void)
{
	static const char first[] = "v = vmalloc 4K\npoke v, 1\n";
	static const char second[] = "p = alloc 0\nv = vmalloc 4K\npoke v, 2\n"
				     "x = peek page_offset + phys(v)\nexpect x == 2\n";
	struct sim_machine m = sim_default(8 << 20);

	sim_boot(&m);
	scn_main("first", first, sizeof(first) - 1);
	sim_boot(&m);
	return scn_main("second", second, sizeof(second) - 1) == 0;
}

int main(int argc, char **argv)
{
	static char text[TEXT_MAX + 1];
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 20000;
	u32 seed = argc > 2 ? (u32)strtoul(argv[2], NULL, 0) : 1;
	unsigned runs = 0, errors = 0;
	size_t n;

	state = seed * 2654435761u | 1;
	sim_console = NULL;
	add_directory("scenarios");
	add_directory("scenarios/claims");
	add_file("docs/scenarios.md");
	add_file("tests/scenario/errors.txt");
	if (nr_files < 4) {
		printf("not ok scenario fuzz: no scenarios to start from; run it at the top\n");
		return 1;
	}
	printf("%s a machine that starts has an empty TLB\n", starts_fresh() ? "ok" : "not ok");
	scn_set_budget(400);
	for (unsigned i = 0; i < rounds; i++) {
		n = mutate(text);
		if (!try_parse(text, n)) {
			save(text, n);
			printf("not ok an error names its place: seed %u, round %u: \"%s\" "
			       "(fuzz-failed.scn)\n",
			       seed, i, scn.message);
			return 1;
		}
		errors += scn.error;
		if ((!scn.error || !rnd(40)) && harmless(text, n)) {
			runs++;
			if (!try_run(text, n)) {
				save(text, n);
				printf("not ok a run leaves memory sound: seed %u, round %u "
				       "(fuzz-failed.scn)\n",
				       seed, i);
				return 1;
			}
		}
	}
	for (unsigned i = 0; i < rounds / 20; i++)
		if (!try_replay()) {
			printf("not ok a damaged workload leaves memory sound: seed %u, round %u\n",
			       seed, i);
			return 1;
		}
	for (unsigned i = 0; i < nr_files; i++)
		free(files[i]);
	printf("# %u texts, %u with errors, %u run, seed %u\n", rounds, errors, runs, seed);
	printf("ok an error names its place\nok a run leaves memory sound\n"
	       "ok a damaged workload leaves memory sound\n");
	return 0;
}
