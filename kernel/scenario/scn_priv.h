/* SPDX-License-Identifier: MIT */
/*
 * scn_priv.h - what the files of the scenario interpreter share.
 *
 *	state.c      the one interpreter; errors
 *	words.c      the tables of statements and options: all the words
 *	lex.c        text to tokens
 *	names.c      what names are bound to: numbers, and sets of pages or areas
 *	eval.c       expressions and arguments
 *	functions.c  the functions of expressions: what can be asked of the machine
 *	parser.h     tokens to statements and expression nodes, in static arrays
 *	verdict.c    claims, and which steps have failed
 *	say.c        what people read: marks, print, show
 *	memory.c     the statements that allocate and free
 *	touch.c      the statements that access memory and switch address spaces
 *	users.c      the statements of swap areas and modules
 *	random.c, workload.c   mixed and recorded workloads
 *	run.c        control: blocks, if, repeat; a whole run
 *	edit.h, complete.h   a line that is typed; the words that fit where Tab is pressed
 *	shell.c      the same language, typed
 *
 * A file calls those above it; functions.c, whose arguments are expressions, is
 * called by eval.c too.  Nodes and statements refer to each other by index, and 0
 * is none.
 */
#ifndef SCENARIO_SCN_PRIV_H
#define SCENARIO_SCN_PRIV_H

#include "lib/types.h"
#include "lib/string.h"
#include "lib/printk.h"
#include "mm/mm.h"
#include "mm/tracepoints.h"
#include "scenario/scn.h"
#include "scenario/scn_machine.h"

typedef int64_t s64;

#define SCN_MAX_STMTS 2048
#define SCN_MAX_NODES 6144
#define SCN_MAX_NAMES 96
#define SCN_NAME_LEN  31
#define SCN_MAX_ITEMS 114688 /* pages, areas and objects held by all names */
#define SCN_MAX_DEPTH 24     /* nested blocks, nested parentheses */
#define SCN_MAX_ARGS  4
#define SCN_MAX_MMS   32

/* ---- tokens ---- */

enum scn_tok {
	T_END,
	T_NEWLINE,
	T_NUMBER,
	T_WORD,
	T_STRING,
	T_TEXT,
	T_LBRACE,
	T_RBRACE,
	T_SEMICOLON,
	T_COMMA,
	T_LPAREN,
	T_RPAREN,
	T_LBRACKET,
	T_RBRACKET,
	T_DOT,
	T_DOTDOT,
	T_ASSIGN,
	T_APPEND,
	T_NOT,
	/* binary operators, in the order of scn_operators[] */
	T_OR,
	T_AND,
	T_EQ,
	T_NE,
	T_LT,
	T_LE,
	T_GT,
	T_GE,
	T_BITOR,
	T_BITAND,
	T_SHL,
	T_SHR,
	T_PLUS,
	T_MINUS,
	T_STAR,
	T_SLASH,
	T_PERCENT,
	T_BAD /* an error has been reported */
};

struct scn_token {
	u8 type;
	bool space_before; /* blanks before it: `v [` is not `v[` */
	u32 start;         /* where in the text it begins */
	u32 off, len;      /* its text; T_STRING and T_TEXT: the contents */
	s64 number;
};

struct scn_lexer {
	const char *text;
	u32 size, at;
	bool line_start;
};

void scn_lex_init(struct scn_lexer *lex, const char *text, u32 size);
struct scn_token scn_lex(struct scn_lexer *lex);

/* ---- the program ---- */

enum scn_node_kind {
	N_NUMBER, /* number */
	N_TEXT,   /* text at off, len: a piece of a string */
	N_NAME,   /* a = name; b = index expression or 0 */
	N_FIELD,  /* a = N_NAME node, op = enum scn_field */
	N_CALL,   /* op = function; a = first argument, chained by next */
	N_NOT,
	N_MINUS,  /* a */
	N_BINARY, /* op = token, a, b */
	N_OPTION, /* op = enum scn_option, a = expression or 0; chained */
	N_RANGE   /* a = name, b = first, c = last: v[2..5]; only as a target */
};

struct scn_node {
	u8 kind, op;
	u16 next;
	u32 off; /* in the text, for messages */
	union {
		struct {
			u16 a, b, c;
		};
		s64 number;
		u32 len;
	};
};

struct scn_stmt {
	u8 op; /* enum scn_op */
	u8 flags;
	u16 bind;         /* name + 1 the result goes to */
	u16 args;         /* first argument node */
	u16 options;      /* first N_OPTION */
	u16 word;         /* sub-command: enum scn_word, index in its table */
	u16 body, orelse; /* first statements of blocks */
	u16 next;
	u16 line;
	u16 len; /* of the statement's own text, without its block */
	u32 off;
};
#define STMT_APPEND 1 /* NAME += ... */

enum scn_op {
	OP_NONE,
	OP_LET,
	OP_ALLOC,
	OP_FREE,
	OP_VMALLOC,
	OP_VMALLOC_32,
	OP_VMALLOC_DMA,
	OP_VMAP,
	OP_VFREE,
	OP_IOREMAP,
	OP_IOUNMAP,
	OP_KMALLOC,
	OP_KFREE,
	OP_KMAP,
	OP_KUNMAP,
	OP_INSMOD,
	OP_RMMOD,
	OP_SWAPON,
	OP_SWAPOFF,
	OP_MM,
	OP_TOUCH,
	OP_POKE,
	OP_PEEK,
	OP_REPEAT,
	OP_IF,
	OP_RANDOM,
	OP_REPLAY,
	OP_FAIL,
	OP_MARK,
	OP_EXPECT,
	OP_SHOW,
	OP_SNAPSHOT,
	OP_PRINT,
	OP_SHRINK,
	OP_BREAK,
	OP_PANIC,
	OP_RESET,
	NR_OPS
};

enum scn_option {
	OPT_NONE,
	OPT_ORDER,
	OPT_COUNT,
	OPT_GFP,
	OPT_TRY,
	OPT_ODD,
	OPT_EVEN,
	OPT_EVERY,
	OPT_REVERSE,
	OPT_MISUSE,
	OPT_WRITE,
	OPT_USER,
	OPT_NOCACHE,
	OPT_VERSION,
	OPT_SEED,
	OPT_EXCEPT,
	OPT_OFFSET,
	OPT_ALL,
	OPT_UNTIL,
	OPT_AS,
	OPT_ONWARDS,
	OPT_KEEP,
	NR_OPTIONS
};

enum scn_field {
	FIELD_NONE,
	FIELD_ADDR,
	FIELD_PFN,
	FIELD_ORDER,
	FIELD_PAGES,
	FIELD_BYTES,
	FIELD_END,
	FIELD_GUARD,
	FIELD_LEN,
	FIELD_LIVE,
	NR_FIELDS
};

/* What a name may stand for; a statement says which kinds it takes. */
enum scn_kind {
	KIND_NONE,
	KIND_NUMBER,
	KIND_PAGES,
	KIND_AREAS,
	KIND_IO,
	KIND_OBJECTS,
	KIND_KMAPS,
	KIND_MM,
	KIND_SWAP,
	KIND_MODULE,
	NR_KINDS
};

/* One of the tables of words; `arg` is what each table's user makes of it. */
struct scn_word {
	const char *word;
	const char *help;
};
extern const struct scn_word scn_fields[], scn_mm_words[], scn_show_words[], scn_fail_words[],
	scn_mark_words[];
enum { MM_CREATE, MM_SWITCH, MM_MAP, MM_DROP };
enum {
	SHOW_BUDDYINFO,
	SHOW_VMALLOCINFO,
	SHOW_LAYOUT,
	SHOW_PAGETABLES,
	SHOW_ZONEINFO,
	SHOW_SLABINFO,
	SHOW_EXTFRAG,
	SHOW_FREE,
	SHOW_NAMES,
	SHOW_MEMINFO,
	SHOW_MODULES,
	SHOW_SWAPS
};
enum { MARK_CHAPTER, MARK_SECTION, MARK_NOTE };
enum { FAILW_PAGE, FAILW_DESCRIPTOR, FAILW_TABLE, FAILW_OFF };

struct scn_statement { /* how a statement is written; indexed by enum scn_op */
	const char *word;
	u8 result;                  /* enum scn_kind of its result, KIND_NONE: none */
	u8 min_args, max_args;      /* expressions after the word */
	const struct scn_word *sub; /* sub-commands, if any */
	u32 options;                /* set of 1 << enum scn_option */
	u32 kinds; /* names it takes as its target, 1 << enum scn_kind; 0: expressions */
	const char *usage, *help;
};
extern const struct scn_statement scn_statements[NR_OPS];
extern const struct scn_word scn_options[NR_OPTIONS];
/* Options that take a value; the others stand alone. */
#define OPTIONS_WITH_VALUE \
	(1u << OPT_ORDER | 1u << OPT_COUNT | 1u << OPT_GFP | 1u << OPT_EVERY | 1u << OPT_EXCEPT | \
	 1u << OPT_OFFSET | 1u << OPT_VERSION | 1u << OPT_SEED)

/* Index of word in a table that ends with a NULL word; -1 if it is not there. */
int scn_find_word(const struct scn_word *table, const char *word, u32 len);
/* The word of the language, or the name, that is likest to one which is neither; NULL. */
const char *scn_nearest(const char *word, u32 len);
int scn_find_statement(const char *word, u32 len); /* 0: none */
int scn_find_option(const char *word, u32 len);    /* OPT_NONE: none */
bool scn_find_gfp(const char *word, u32 len, u32 *gfp);
bool scn_find_constant(const char *word, u32 len, s64 *value);
/* The i-th word of GFP masks, of constants; NULL after the last. */
const char *scn_gfp_word(unsigned i);
const char *scn_constant_word(unsigned i);
bool scn_same(const char *word, const char *text, u32 len);

/* ---- names ---- */

struct scn_name {
	char name[SCN_NAME_LEN + 1];
	u8 kind;            /* at run time */
	u8 parsed_kind;     /* what the parser saw it bound to last */
	u8 order;           /* KIND_PAGES */
	u32 base, len, cap; /* items in scn.items */
	u32 live;
	u32 bytes;              /* asked for, an area or an object; KIND_MM: the slot in scn.mms */
	s64 number;             /* KIND_NUMBER */
	const char *given_file; /* where something of it was given back last */
	u16 given_line;         /* 0: nothing was */
	u16 leak_line;          /* whose warning of a leak was printed */
};

/*
 * A set's items: a value and whether it is live.  The value is a frame's number, which is
 * less than 2^20, or an address of the kernel, which has bit 31 set: so that bit is free
 * to tell that the item is live.  scn_item_value and its like hide it.
 */
#define ITEM_LIVE 0x80000000u

/* ---- the one interpreter ---- */

struct scn {
	const char *file; /* for messages */
	const char *text;
	u32 size;
	unsigned lines_before; /* of the shell's session, before the text */
	struct scn_stmt stmts[SCN_MAX_STMTS];
	struct scn_node nodes[SCN_MAX_NODES];
	struct scn_name names[SCN_MAX_NAMES];
	u32 items[SCN_MAX_ITEMS];
	struct mm_struct mms[SCN_MAX_MMS]; /* pgd 0: free; slot 0: init_mm, not used */
	u32 nr_stmts, nr_nodes, nr_names, items_end;
	const struct scn_function *functions; /* what expressions call: scn_functions */

	bool error; /* reported; the run is over */
	bool interactive;
	char message[256]; /* the error, with file:line:column */

	/* run time */
	u16 line;        /* of the step that runs */
	unsigned failed; /* steps, claims and errors that failed */
	unsigned expects, steps;
	unsigned budget;                    /* steps allowed, 0: any number; scn_set_budget */
	bool last_failed, last_fault;       /* what `failed` and `fault` say */
	bool pending_failed, pending_fault; /* and nobody has expected yet */
	u32 reports_before;                 /* mm_reports when the step began */
	bool reports_expected;
	u16 pending_line;
	char pending_what[96];
	struct mm_struct *mm; /* the address space switched to; &init_mm at first */
	char got[200];        /* what the last expect found */
	bool noting;          /* eval adds to got */
};
extern struct scn scn;

/* Reports an error at offset `off` of the text, once. */
void scn_error(u32 off, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void scn_position(u32 off, unsigned *line, unsigned *column);

u16 scn_parse(void); /* scn.text to statements; the first, or 0 */
void scn_reset(const char *file, const char *text, size_t size); /* names stay */
void scn_forget_names(void);
/* 0 if the text ends inside a block, so that the shell asks for more. */
bool scn_is_complete(const char *text, u32 size);

/* eval.c */
s64 scn_eval(u16 node);
s64 scn_arg(const struct scn_stmt *st, unsigned n); /* n-th argument; errors if absent */
u16 scn_arg_node(const struct scn_stmt *st, unsigned n);
bool scn_option(const struct scn_stmt *st, enum scn_option opt, s64 *value);
s64 scn_option_or(const struct scn_stmt *st, enum scn_option opt, s64 otherwise);
/* Joins a chain of N_TEXT with blanks and cuts what does not fit; the length. */
u32 scn_string(u16 node, char *buf, u32 size);
/* Where in the text the expression begins that a node stands for. */
u32 scn_where(u16 node);
/* A value for people: addresses in hexadecimal.  Returns the length. */
u32 scn_format(char *buf, u32 size, s64 value);

/* functions.c */
const struct scn_function *scn_find_function(const char *word, u32 len, u8 *index);
struct scn_function {
	const char *word;
	u8 min_args, max_args; /* 0, 0: written without parentheses */
	u8 set_arg;            /* the first argument is a name of pages or areas */
	s64 (*fn)(const u16 *args, unsigned n);
	const char *help;
};
extern const struct scn_function scn_functions[];

/* names.c */
int scn_name_find(const char *word, u32 len); /* -1: none */
int scn_name_add(const char *word, u32 len);  /* -1: too many */
void scn_set_begin(struct scn_name *name, enum scn_kind kind);
bool scn_set_add(struct scn_name *name, u32 value); /* false: no room */
bool scn_item_gone(const struct scn_name *name, u32 index);
void scn_item_give(struct scn_name *name, u32 index); /* it is gone */
/* Notes that the step that runs gave back something of the name. */
void scn_given_here(struct scn_name *name);
/* "given back at FILE:LINE", if item `index` of the name is; else "".  Returns buf. */
const char *scn_given(const struct scn_name *name, u32 index, char *buf, u32 size);
/* " at FILE:LINE" of the name's one item; "" if it has several.  Returns buf. */
const char *scn_given_at(const struct scn_name *name, char *buf, u32 size);
/* Before a name is bound anew: warns, once a line, of what leaks by that. */
void scn_warn_leak(struct scn_name *name);
/* Its frame, of KIND_PAGES, or its address, with an ioremap's offset in the page. */
u32 scn_item_value(const struct scn_name *name, u32 index);
void scn_set_release(struct scn_name *name);
void scn_set_number(struct scn_name *name, s64 number);
void scn_no_room(u32 off); /* the error when scn_set_add says no */
vaddr_t scn_item_addr(const struct scn_name *name, u32 index);
/* frames an item holds; an area that is gone: as many as it was asked for */
u32 scn_item_pages(const struct scn_name *name, u32 index);
/* the address space a KIND_MM name stands for; NULL: dropped */
struct mm_struct *scn_name_mm(const struct scn_name *name);
/* pfn of frame n of an item; ~0 if not mapped */
u32 scn_item_pfn(const struct scn_name *name, u32 index, u32 n);

/* run.c: scn_start forgets what ran before, scn_run_text parses and runs scn.text (an
 * error counts as one failure), scn_finish ends the trace and returns the failures. */
void scn_start(const char *file, const char *text, size_t size);
void scn_run_text(void);
unsigned scn_finish(void);
void scn_run_block(u16 stmt);

/* verdict.c */
/* The step that runs did not do what it should; the run goes on. */
void scn_step_failed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Fails the step before if it did something that no claim expected. */
void scn_settle(void);

/* the statements */
void scn_do_expect(const struct scn_stmt *st);
void scn_say(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* shell only */
void scn_do_mark(const struct scn_stmt *st);
void scn_do_print(const struct scn_stmt *st);
void scn_do_show(const struct scn_stmt *st);
void scn_do_alloc(const struct scn_stmt *st);
void scn_do_free(const struct scn_stmt *st);
void scn_do_module(const struct scn_stmt *st);
void scn_do_swap(const struct scn_stmt *st);
void scn_do_access(const struct scn_stmt *st);
void scn_do_mm(const struct scn_stmt *st);
void scn_do_random(const struct scn_stmt *st);
void scn_do_replay(const struct scn_stmt *st);

/* A small generator of random numbers (xorshift32). */
u32 scn_random(u32 *state);

#endif
