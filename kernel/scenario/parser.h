/* SPDX-License-Identifier: MIT */
/*
 * parser.h - what the three files of the parser share.
 *
 * Recursive descent over one token of look-ahead; a few statements look further
 * by remembering the lexer and going back.  The first error ends the parse.
 * Every function leaves the cursor at the first token it did not use.
 *
 *	expr.c    the cursor, expressions
 *	args.c    what follows a statement's word
 *	parse.c   statements, blocks, bindings
 */
#ifndef SCENARIO_PARSER_H
#define SCENARIO_PARSER_H

#include "scenario/scn_priv.h"

struct parser {
	struct scn_lexer lexer;
	struct scn_token cur;
	u32 used;       /* end of the last token used */
	unsigned depth; /* of parentheses and blocks */
};
extern struct parser parser;

/* ---- expr.c ---- */

void parse_advance(void);
bool parse_is_word(const char *word);
/* The name, or the word of a table, that stands here; -1: none. */
int parse_find_name(void);
int parse_find_word(const struct scn_word *table);
/* "expected X, found Y", the form of nearly every message. */
void parse_expected(const char *what);
/* Goes past a token of this type; false: another one stands there. */
bool parse_take(enum scn_tok type, const char *what);
/* One level deeper; the caller counts parser.depth down.  False: too deep. */
bool parse_enter(void);

/* Nodes are never lost: after an error 0 comes, and node 0 may be written. */
u16 parse_new_node(enum scn_node_kind kind, u32 off);
u16 parse_number_node(u32 off, s64 number);

/* How tightly a binary operator binds; 0: not an operator. */
unsigned parse_strength(u8 type);
u16 parse_primary(void);
/* Operators that bind at least as tightly as `weakest`. */
u16 parse_binary(unsigned weakest);
u16 parse_expr(void);

/* ---- args.c ---- */

/* "pages", "areas" ... of the first kind in the set. */
const char *parse_kind_name(u32 kinds);
/* p, p[3], p[2..5] as what a statement works on.  Anything else, such as v+4096
 * or a number, is an expression; the statement decides what that means. */
u16 parse_target(const struct scn_statement *s);
/* The values after the statement's word, separated by commas or blanks. */
void parse_args(const struct scn_statement *s, struct scn_stmt *st);
void parse_options(const struct scn_statement *s, struct scn_stmt *st);
void parse_expected_option(const struct scn_statement *s);
/* Whether a value may begin here.  needed: an unknown word is one too, and the
 * message will be about a value; else it is rather a mistyped option. */
bool parse_starts_value(bool needed);

#endif
