/* SPDX-License-Identifier: MIT */
/*
 * words.c - every word of the language, with its one line of help.
 *
 * The parser, the messages about what was expected, the shell's completion and
 * its `help` all read these tables, so they cannot disagree.
 */
#include "lib/likest.h"
#include "scenario/scn_priv.h"

const struct scn_word scn_mm_words[] = { { "create", "a new address space" },
					 { "switch", "load CR3 with it" },
					 { "map", "give it user pages" },
					 { "drop", "free it" },
					 { NULL, NULL } };
const struct scn_word scn_show_words[] = { { "buddyinfo", "free blocks of each order" },
					   { "vmallocinfo", "the areas" },
					   { "layout", "the kernel's address space" },
					   { "pagetables",
					     "all ranges, or the walk of an address" },
					   { "zoneinfo", "zones and watermarks" },
					   { "slabinfo", "caches" },
					   { "extfrag", "fragmentation indices" },
					   { "free", "free areas, as SysRq-M" },
					   { "names", "what the scenario holds" },
					   { "meminfo", "memory in all" },
					   { "modules", "what insmod loaded" },
					   { "swaps", "swap areas and their maps" },
					   { NULL, NULL } };
const struct scn_word scn_fail_words[] = { { "page", "a page" },
					   { "descriptor", "a vm_struct" },
					   { "table", "a page-table page" },
					   { "off", "no more failures" },
					   { NULL, NULL } };
const struct scn_word scn_mark_words[] = {
	{ "chapter", NULL }, { "section", NULL }, { "note", NULL }, { NULL, NULL }
};
const struct scn_word scn_fields[] = { { "", NULL },
				       { "addr", "linear address" },
				       { "pfn", "first frame" },
				       { "order", "order of the block" },
				       { "pages", "pages of one item" },
				       { "bytes", "bytes of one item" },
				       { "end", "first address after it" },
				       { "guard", "its guard page" },
				       { "len", "items ever bound" },
				       { "live", "items not yet given back" },
				       { NULL, NULL } };

const struct scn_word scn_options[NR_OPTIONS] = {
	[OPT_NONE] = { "", NULL },
	[OPT_ORDER] = { "order", "log2 of the pages of a block" },
	[OPT_COUNT] = { "count", "how many; max: until none is left" },
	[OPT_GFP] = { "gfp", "KERNEL ATOMIC DMA USER HIGHUSER, or a number" },
	[OPT_TRY] = { "try", "failing is no failure of the step" },
	[OPT_ODD] = { "odd", "items 1, 3, 5, ...; of pages: blocks at odd places in memory" },
	[OPT_EVEN] = { "even", "items 0, 2, 4, ...; of pages: blocks at even places" },
	[OPT_EVERY] = { "every", "items 0, N, 2N, ...; of pages by their place in memory" },
	[OPT_EXCEPT] = { "except", "all but those of every=N" },
	[OPT_OFFSET] = { "offset", "with every and except: items K, N+K, 2N+K, ..." },
	[OPT_REVERSE] = { "reverse", "the last item first" },
	[OPT_MISUSE] = { "misuse", "do it although it is wrong" },
	[OPT_WRITE] = { "write", "write instead of read" },
	[OPT_USER] = { "user", "from user mode" },
	[OPT_NOCACHE] = { "nocache", "uncached" },
	[OPT_VERSION] = { "version", "1 or 2" },
	[OPT_SEED] = { "seed", "of the random numbers" },
	[OPT_ALL] = { "all", "every page" },
	[OPT_UNTIL] = { "until", "stop when this holds" },
	[OPT_AS] = { "as", "name of the counter" },
	[OPT_ONWARDS] = { "onwards", "and all after it" },
	[OPT_KEEP] = { "keep", "do not free what is left at the end" },
};

#define O(x)   (1u << OPT_##x)
#define K(x)   (1u << KIND_##x)
#define SELECT (O(ODD) | O(EVEN) | O(EVERY) | O(EXCEPT) | O(OFFSET) | O(REVERSE))

const struct scn_statement scn_statements[NR_OPS] = {
	[OP_NONE] = { .word = "" },
	[OP_LET] = { .word = "", .result = KIND_NUMBER },
	[OP_ALLOC] = { "alloc", KIND_PAGES, 0, 1, NULL, O(ORDER) | O(COUNT) | O(GFP) | O(TRY), 0,
		       "p = alloc [ORDER] [count=N|max] [gfp=MASK] [try]",
		       "blocks of 2^ORDER page frames" },
	[OP_FREE] = { "free", 0, 1, 1, NULL, SELECT | O(ORDER) | O(MISUSE), K(PAGES),
		      "free p[I..J] [odd|even|every=N|except=N [offset=K]] [reverse]"
		      " [order=N misuse]",
		      "give page frames back" },
	[OP_VMALLOC] = { "vmalloc", KIND_AREAS, 1, 1, NULL, O(COUNT) | O(GFP) | O(TRY), 0,
			 "v = vmalloc SIZE [count=N|max] [gfp=MASK] [try]",
			 "addresses in a row over single frames" },
	[OP_VMALLOC_32] = { "vmalloc_32", KIND_AREAS, 1, 1, NULL, O(COUNT) | O(TRY), 0,
			    "v = vmalloc_32 SIZE [count=N|max] [try]",
			    "vmalloc without high memory" },
	[OP_VMALLOC_DMA] = { "vmalloc_dma", KIND_AREAS, 1, 1, NULL, O(COUNT) | O(TRY), 0,
			     "v = vmalloc_dma SIZE [count=N|max] [try]",
			     "vmalloc from the DMA zone" },
	[OP_VMAP] = { "vmap", KIND_AREAS, 1, 1, NULL, SELECT | O(TRY), K(PAGES),
		      "v = vmap p[I..J] [odd|even|every=N|except=N [offset=K]] [reverse] [try]",
		      "show existing frames at addresses in a row" },
	[OP_VFREE] = { "vfree", 0, 1, 1, NULL, SELECT | O(MISUSE), K(AREAS),
		       "vfree v[I..J] [odd|even|every=N|except=N [offset=K]] [reverse]"
		       " | vfree ADDR misuse",
		       "give areas back" },
	[OP_IOREMAP] = { "ioremap", KIND_IO, 2, 2, NULL, O(NOCACHE) | O(TRY), 0,
			 "r = ioremap PHYS, SIZE [nocache] [try]", "map device memory" },
	[OP_IOUNMAP] = { "iounmap", 0, 1, 1, NULL, O(MISUSE), K(IO), "iounmap r",
			 "unmap device memory" },
	[OP_KMALLOC] = { "kmalloc", KIND_OBJECTS, 1, 1, NULL, O(COUNT) | O(GFP) | O(TRY), 0,
			 "k = kmalloc BYTES [count=N|max] [gfp=MASK] [try]",
			 "small objects from slabs" },
	[OP_KFREE] = { "kfree", 0, 1, 1, NULL, SELECT | O(MISUSE), K(OBJECTS),
		       "kfree k[I..J] [odd|even|every=N|except=N [offset=K]] [reverse]",
		       "give objects back" },
	[OP_KMAP] = { "kmap", KIND_KMAPS, 1, 1, NULL, SELECT | O(TRY), K(PAGES), "a = kmap p[I..J]",
		      "show a high frame for a short while" },
	[OP_KUNMAP] = { "kunmap", 0, 1, 1, NULL, SELECT | O(MISUSE), K(KMAPS), "kunmap a",
			"end a kmap" },
	[OP_INSMOD] = { "insmod", KIND_MODULE, 1, 1, NULL, O(TRY), 0,
			"m = insmod SIZE|\"FILE\" [try]",
			"load a module: of a size, or a real one" },
	[OP_RMMOD] = { "rmmod", 0, 1, 1, NULL, 0, K(MODULE), "rmmod m", "unload a module" },
	[OP_SWAPON] = { "swapon", KIND_SWAP, 1, 1, NULL, O(VERSION) | O(TRY), 0,
			"s = swapon SIZE [version=1|2] [try]", "a swap area and its map" },
	[OP_SWAPOFF] = { "swapoff", 0, 1, 1, NULL, 0, K(SWAP), "swapoff s", "the swap area ends" },
	[OP_MM] = { "mm", KIND_MM, 0, 2, scn_mm_words, O(COUNT) | O(TRY), 0,
		    "a = mm create | mm switch a|kernel | mm map a, ADDR [count=N] | mm drop a",
		    "address spaces" },
	[OP_TOUCH] = { "touch", 0, 1, 1, NULL, O(WRITE) | O(USER) | O(ALL), 0,
		       "touch ADDR [write] [user] | touch v all", "access one byte, or each page" },
	[OP_POKE] = { "poke", 0, 2, 2, NULL, 0, 0, "poke ADDR, VALUE", "store a 32-bit word" },
	[OP_PEEK] = { "peek", KIND_NUMBER, 1, 1, NULL, 0, 0, "x = peek ADDR",
		      "load a 32-bit word" },
	[OP_REPEAT] = { "repeat", 0, 1, 1, NULL, 0, 0, "repeat N [as NAME] [until CLAIM] { ... }",
			"N times; i counts from 0" },
	[OP_IF] = { "if", 0, 1, 1, NULL, 0, 0, "if CLAIM { ... } [else { ... }]",
		    "one or the other" },
	[OP_RANDOM] = { "random", 0, 1, 1, NULL, O(SEED) | O(ORDER) | O(GFP) | O(KEEP), 0,
			"random OPS [seed=N] [order=MAX] [gfp=MASK]",
			"a mix of requests, checked" },
	[OP_REPLAY] = { "replay", 0, 1, 1, NULL, O(KEEP), 0, "replay \"FILE\"",
			"a recorded workload" },
	[OP_FAIL] = { "fail", 0, 0, 1, scn_fail_words, O(ONWARDS), 0,
		      "fail page|descriptor|table N [onwards] | fail off",
		      "the Nth request of that kind from now fails" },
	[OP_MARK] = { "mark", 0, 1, 2, scn_mark_words, 0, 0,
		      "mark [chapter|section|note] \"HEADING\" [\"TEXT\"], then lines | TEXT",
		      "a heading in the viewer" },
	[OP_EXPECT] = { "expect", 0, 1, 1, NULL, 0, 0, "expect CLAIM",
			"check a claim; failed and fault speak of the step before" },
	[OP_SHOW] = { "show", 0, 0, 1, scn_show_words, 0, 0,
		      "show buddyinfo|vmallocinfo|layout|pagetables [ADDR]|zoneinfo|"
		      "slabinfo|extfrag|"
		      "free|names|meminfo|modules|swaps",
		      "print a table" },
	[OP_SNAPSHOT] = { "snapshot", 0, 0, 0, NULL, 0, 0, "snapshot",
			  "write the kernel's own counts into the trace" },
	[OP_PRINT] = { "print", 0, 1, 1, NULL, 0, 0, "print [\"TEXT\",] [EXPRESSION]",
		       "write to the console" },
	[OP_SHRINK] = { "shrink", 0, 0, 0, NULL, 0, 0, "shrink", "free the empty slabs" },
	[OP_BREAK] = { "break", 0, 0, 0, NULL, 0, 0, "break", "stop in the debugger" },
	[OP_PANIC] = { "panic", 0, 0, 1, NULL, 0, 0, "panic [\"TEXT\"]", "end in a kernel panic" },
	[OP_RESET] = { "reset", 0, 0, 0, NULL, 0, 0, "reset", "end in a triple fault" },
};

static const struct {
	const char *word;
	u32 gfp;
} gfp_words[] = {
	{ "KERNEL", GFP_KERNEL },     { "ATOMIC", GFP_ATOMIC },
	{ "DMA", GFP_DMA },           { "USER", GFP_USER },
	{ "HIGHUSER", GFP_HIGHUSER }, { "HIGHMEM", __GFP_HIGHMEM },
	{ "WAIT", __GFP_WAIT },       { "VMALLOC", GFP_KERNEL | __GFP_HIGHMEM },
};

static const struct {
	const char *word;
	s64 value;
} constants[] = {
	{ "DMA", 0 }, { "Normal", 1 }, { "HighMem", 2 }, { "all", 3 }, { "yes", 1 }, { "no", 0 },
};

const char *scn_gfp_word(unsigned i)
{
	return i < sizeof(gfp_words) / sizeof(gfp_words[0]) ? gfp_words[i].word : NULL;
}

const char *scn_constant_word(unsigned i)
{
	return i < sizeof(constants) / sizeof(constants[0]) ? constants[i].word : NULL;
}

bool scn_same(const char *word, const char *text, u32 len)
{
	return strlen(word) == len && !memcmp(word, text, len);
}

int scn_find_word(const struct scn_word *table, const char *word, u32 len)
{
	for (int i = 0; table[i].word; i++)
		if (len && scn_same(table[i].word, word, len))
			return i;
	return -1;
}

int scn_find_statement(const char *word, u32 len)
{
	for (int i = OP_LET + 1; i < NR_OPS; i++)
		if (scn_same(scn_statements[i].word, word, len))
			return i;
	return OP_NONE;
}

int scn_find_option(const char *word, u32 len)
{
	for (int i = 1; i < NR_OPTIONS; i++)
		if (scn_same(scn_options[i].word, word, len))
			return i;
	return OPT_NONE;
}

bool scn_find_gfp(const char *word, u32 len, u32 *gfp)
{
	for (unsigned i = 0; i < sizeof(gfp_words) / sizeof(gfp_words[0]); i++)
		if (scn_same(gfp_words[i].word, word, len)) {
			*gfp = gfp_words[i].gfp;
			return true;
		}
	return false;
}

bool scn_find_constant(const char *word, u32 len, s64 *value)
{
	for (unsigned i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
		if (scn_same(constants[i].word, word, len)) {
			*value = constants[i].value;
			return true;
		}
	return false;
}

/* ---- the likest word ---- */

const char *scn_nearest(const char *word, u32 len)
{
	struct likest l;

	likest_begin(&l, word, len);
	for (int i = OP_LET + 1; i < NR_OPS; i++)
		likest_consider(&l, scn_statements[i].word);
	for (int i = 1; i < NR_OPTIONS; i++)
		likest_consider(&l, scn_options[i].word);
	for (int i = 0; scn.functions && scn.functions[i].word; i++)
		likest_consider(&l, scn.functions[i].word);
	for (int i = 0; scn_show_words[i].word; i++)
		likest_consider(&l, scn_show_words[i].word);
	for (int i = 0; scn_fields[i].word; i++)
		likest_consider(&l, scn_fields[i].word);
	for (u32 i = 0; i < sizeof(gfp_words) / sizeof(gfp_words[0]); i++)
		likest_consider(&l, gfp_words[i].word);
	for (u32 i = 0; i < scn.nr_names; i++)
		likest_consider(&l, scn.names[i].name);
	return l.found;
}
