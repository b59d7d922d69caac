/* SPDX-License-Identifier: MIT */
/*
 * parse.c - statements: the parser's top; see parser.h.
 */
#include "scenario/parser.h"

/* Sets how much of the text belongs to the statement: what was used so far. */
static void set_extent(struct scn_stmt *st)
{
	u32 len = parser.used > st->off ? parser.used - st->off : 0;

	st->len = (u16)(len < 400 ? len : 400);
}

/* ---- strings and sub-commands ---- */

static u16 text_node(void)
{
	u16 n = parse_new_node(N_TEXT, parser.cur.off);

	scn.nodes[n].len = parser.cur.len;
	return n;
}

static u16 parse_string(const char *what)
{
	u16 n;

	if (parser.cur.type != T_STRING) {
		parse_expected(what);
		return 0;
	}
	n = text_node();
	parse_advance();
	return n;
}

static void parse_sub(const struct scn_statement *s, struct scn_stmt *st)
{
	int word = parse_find_word(s->sub);
	char what[160];
	unsigned at = 0;

	if (word >= 0) {
		st->word = (u16)word;
		parse_advance();
		return;
	}
	for (unsigned i = 0; s->sub[i].word && at < sizeof(what); i++)
		at += (unsigned)snprintf(what + at, sizeof(what) - at, "%s%s", i ? ", " : "",
					 s->sub[i].word);
	parse_expected(what);
}

/* mark [LEVEL] "HEADING" ["TEXT"] and the | lines under it. */
static void parse_mark(struct scn_stmt *st)
{
	u16 *link = &st->options; /* the text, as a chain of N_TEXT */

	if (parser.cur.type == T_WORD)
		parse_sub(&scn_statements[OP_MARK], st);
	st->args = parse_string("a heading in double quotes");
	if (parser.cur.type == T_STRING) {
		*link = parse_string("");
		link = &scn.nodes[*link].next;
	}
	set_extent(st);
	while (!scn.error && parser.cur.type == T_NEWLINE) {
		struct scn_lexer before = parser.lexer;
		struct scn_token newline = parser.cur;

		parse_advance();
		if (parser.cur.type != T_TEXT) {
			parser.lexer = before;
			parser.cur = newline;
			return;
		}
		*link = text_node();
		link = &scn.nodes[*link].next;
		parse_advance();
	}
}

static void parse_mm(struct scn_stmt *st)
{
	static const struct scn_statement target = { .word = "mm", .kinds = 1u << KIND_MM };

	parse_sub(&scn_statements[OP_MM], st);
	if (scn.error || st->word == MM_CREATE)
		return;
	st->args = parse_target(&target);
	if (!scn.error && scn.nodes[st->args].kind != N_NAME)
		scn_error(scn_where(st->args), "expected a name that holds an address space");
	if (st->word == MM_MAP && !scn.error) {
		u16 addr;

		if (parser.cur.type == T_COMMA)
			parse_advance();
		addr = parse_expr();
		scn.nodes[st->args].next = addr;
	}
	parse_options(&scn_statements[OP_MM], st);
}

/* ---- statements ---- */

static u16 parse_lines(bool in_block);

static u16 parse_block(void)
{
	u16 first;

	if (!parse_take(T_LBRACE, "{") || !parse_enter())
		return 0;
	first = parse_lines(true);
	parser.depth--;
	parse_take(T_RBRACE, "}");
	return first;
}

/* Binds a name as far as the parser knows; `word` may be a new one. */
static int bind_name(const struct scn_token *word, enum scn_kind kind)
{
	const char *text = scn.text + word->off;
	const struct scn_function *f;
	int name = scn_name_find(text, word->len);
	s64 value;
	u8 index;

	f = scn_find_function(text, word->len, &index);
	if (name < 0 && (f || scn_find_constant(text, word->len, &value) ||
			 scn_find_statement(text, word->len) || scn_same("max", text, word->len) ||
			 scn_same("else", text, word->len) || scn_same("pages", text, word->len) ||
			 scn_same("page", text, word->len))) {
		scn_error(word->off,
			  "expected a name of your own; this word has a meaning already");
		return -1;
	}
	if (name == 0) {
		scn_error(word->off, "expected a name of your own; kernel is the address space "
				     "every scenario starts in");
		return -1;
	}
	if (word->len > SCN_NAME_LEN) {
		scn_error(word->off, "expected a name of at most %d characters", SCN_NAME_LEN);
		return -1;
	}
	if (name < 0)
		name = scn_name_add(text, word->len);
	if (name < 0) {
		scn_error(word->off, "more than %d names", SCN_MAX_NAMES - 1);
		return -1;
	}
	scn.names[name].parsed_kind = (u8)kind;
	return name;
}

/* repeat N [as NAME] [until CLAIM] { } : counter in bind, claim chained to N */
static void parse_repeat(struct scn_stmt *st)
{
	struct scn_token counter = { .off = st->off };
	int name;

	st->args = parse_expr();
	if (parse_is_word("as")) {
		parse_advance();
		if (parser.cur.type != T_WORD) {
			parse_expected("a name for the counter");
			return;
		}
		counter = parser.cur;
		name = bind_name(&counter, KIND_NUMBER);
		parse_advance();
	} else {
		name = scn_name_find("i", 1);
		if (name < 0)
			name = scn_name_add("i", 1);
		if (name < 0)
			scn_error(st->off, "more than %d names", SCN_MAX_NAMES - 1);
		else
			scn.names[name].parsed_kind = KIND_NUMBER;
	}
	if (scn.error)
		return;
	st->bind = (u16)(name + 1);
	if (parse_is_word("until")) {
		u16 claim;

		parse_advance();
		claim = parse_expr();
		scn.nodes[st->args].next = claim;
	}
	set_extent(st);
	st->body = parse_block();
}

static void parse_if(struct scn_stmt *st)
{
	st->args = parse_expr();
	set_extent(st);
	st->body = parse_block();
	if (scn.error || !parse_is_word("else"))
		return;
	parse_advance();
	st->orelse = parse_block();
}

static void parse_action(struct scn_stmt *st)
{
	const struct scn_statement *s = &scn_statements[st->op];

	switch (st->op) {
	case OP_REPEAT: parse_repeat(st); return;
	case OP_IF: parse_if(st); return;
	case OP_MARK: parse_mark(st); return;
	case OP_MM: parse_mm(st); return;
	case OP_REPLAY: st->args = parse_string("the name of a file in double quotes"); break;
	case OP_PANIC:
		if (parser.cur.type == T_STRING)
			st->args = parse_string("");
		return;
	case OP_INSMOD:
		if (parser.cur.type == T_STRING)
			st->args = parse_string("");
		break;
	case OP_PRINT:
		if (parser.cur.type == T_STRING) {
			st->args = parse_string("");
			if (parser.cur.type == T_COMMA) {
				u16 value;

				parse_advance();
				value = parse_expr();
				scn.nodes[st->args].next = value;
			}
			return;
		}
		break;
	}
	if (s->sub)
		parse_sub(s, st);
	if (!scn.error && !st->args)
		parse_args(s, st);
	if (!scn.error)
		parse_options(s, st);
}

/* What the statement needs besides its grammar. */
static void check_action(const struct scn_stmt *st, u32 off)
{
	if (st->op == OP_FAIL && st->word != FAILW_OFF && !st->args)
		scn_error(off, "expected a number: %s", scn_statements[OP_FAIL].usage);
	if (st->op == OP_ALLOC && st->args && st->options)
		for (u16 o = st->options; o; o = scn.nodes[o].next)
			if (scn.nodes[o].op == OPT_ORDER)
				scn_error(scn.nodes[o].off, "the order is given twice");
}

/* NAME = ..., NAME += ...; parser.cur is the operator */
static void parse_binding(struct scn_stmt *st, const struct scn_token *word)
{
	bool append = parser.cur.type == T_APPEND;
	u32 off;
	int name;
	enum scn_kind kind = KIND_NUMBER;

	parse_advance();
	off = parser.cur.off;
	if (parser.cur.type == T_WORD)
		st->op = (u8)scn_find_statement(scn.text + parser.cur.off, parser.cur.len);
	if (st->op == OP_FREE)
		st->op = OP_NONE; /* free(zone): the function */
	if (st->op) {
		kind = scn_statements[st->op].result;
		if (kind == KIND_NONE) {
			scn_error(off, "%s gives nothing a name could stand for",
				  scn_statements[st->op].word);
			return;
		}
		parse_advance();
		parse_action(st);
		if (st->op == OP_MM && st->word != MM_CREATE && !scn.error)
			scn_error(off, "expected mm create; the other forms give nothing");
	} else {
		st->op = OP_LET;
		st->args = parse_expr();
	}
	if (scn.error)
		return;
	check_action(st, off);
	if (append) {
		name = scn_name_find(scn.text + word->off, word->len);
		st->flags |= STMT_APPEND;
		if (kind == KIND_MM || kind == KIND_SWAP || kind == KIND_MODULE) {
			scn_error(word->off,
				  "expected =; += is for pages, areas, objects and numbers");
			return;
		}
		if (name >= 0 && scn.names[name].parsed_kind != kind &&
		    scn.names[name].parsed_kind != KIND_NONE) {
			scn_error(word->off, "%s holds %s; += can only add more of the same",
				  scn.names[name].name,
				  parse_kind_name(1u << scn.names[name].parsed_kind));
			return;
		}
	}
	name = bind_name(word, kind);
	if (name >= 0)
		st->bind = (u16)(name + 1);
}

/* Statements that start with a word: an action or a binding. */
static void parse_statement(struct scn_stmt *st)
{
	struct scn_lexer before = parser.lexer;
	struct scn_token word = parser.cur;
	int op = scn_find_statement(scn.text + parser.cur.off, parser.cur.len);

	parse_advance();
	if (scn.interactive && parser.cur.type != T_ASSIGN && parser.cur.type != T_APPEND &&
	    (!op || (op == OP_FREE && parser.cur.type == T_LPAREN && !parser.cur.space_before))) {
		parser.lexer = before; /* the shell: a value to be shown */
		parser.cur = word;
		st->op = OP_PRINT;
		st->args = parse_expr();
		return;
	}
	if (parser.cur.type == T_ASSIGN || parser.cur.type == T_APPEND) {
		parse_binding(st, &word);
	} else if (op) {
		st->op = (u8)op;
		parse_action(st);
		if (!scn.error)
			check_action(st, word.off);
		if (!scn.error && op == OP_MM && st->word == MM_CREATE)
			scn_error(word.off, "expected a name for it: a = mm create");
	} else if (scn_name_find(scn.text + word.off, word.len) >= 0) {
		parse_expected("= or += after the name");
	} else {
		parser.cur = word;
		parse_expected("a statement");
	}
}

static u16 new_stmt(void)
{
	unsigned line, column;

	if (scn.nr_stmts == SCN_MAX_STMTS) {
		scn_error(parser.cur.off, "the scenario is too long: more than %d statements",
			  SCN_MAX_STMTS);
		return 0;
	}
	scn_position(parser.cur.off, &line, &column);
	scn.stmts[scn.nr_stmts] = (struct scn_stmt){ .off = parser.cur.off, .line = (u16)line };
	return (u16)scn.nr_stmts++;
}

/* Statements up to the end of the text, or to the } of the block. */
static u16 parse_lines(bool in_block)
{
	u16 first = 0, last = 0;

	while (!scn.error) {
		u16 st;

		while (parser.cur.type == T_NEWLINE || parser.cur.type == T_SEMICOLON)
			parse_advance();
		if (parser.cur.type == T_END || (in_block && parser.cur.type == T_RBRACE))
			break;
		if (parser.cur.type != T_WORD && !(scn.interactive && parse_starts_value(true))) {
			parse_expected("a statement");
			break;
		}
		st = new_stmt();
		if (!st)
			break;
		parse_statement(&scn.stmts[st]);
		if (scn.error)
			break;
		if (parser.cur.type != T_NEWLINE && parser.cur.type != T_SEMICOLON &&
		    parser.cur.type != T_END && !(in_block && parser.cur.type == T_RBRACE)) {
			if (parser.cur.type == T_ASSIGN && scn.stmts[st].op == OP_EXPECT)
				parse_expected("==, as a claim compares");
			else
				parse_expected_option(&scn_statements[scn.stmts[st].op]);
			break;
		}
		if (!scn.stmts[st].len)
			set_extent(&scn.stmts[st]);
		if (last)
			scn.stmts[last].next = st;
		else
			first = st;
		last = st;
	}
	return first;
}

u16 scn_parse(void)
{
	parser.depth = 0;
	scn_lex_init(&parser.lexer, scn.text, scn.size);
	parse_advance();
	return parse_lines(false);
}

/* Counts braces outside strings, comments and text lines. */
bool scn_is_complete(const char *text, u32 size)
{
	int open = 0;
	bool quoted = false, comment = false;

	for (u32 i = 0; i < size; i++) {
		char c = text[i];

		if (c == '\n')
			quoted = comment = false;
		else if (comment)
			continue;
		else if (c == '"')
			quoted = !quoted;
		else if (c == '#' && !quoted)
			comment = true;
		else if (c == '{' && !quoted)
			open++;
		else if (c == '}' && !quoted)
			open--;
	}
	return open <= 0;
}
