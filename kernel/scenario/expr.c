/* SPDX-License-Identifier: MIT */
/*
 * expr.c - expressions to nodes, and the cursor all of the parser moves.
 */
#include "scenario/parser.h"

struct parser parser;

void parse_advance(void)
{
	parser.used = parser.lexer.at;
	parser.cur = scn_lex(&parser.lexer);
}

bool parse_is_word(const char *word)
{
	return parser.cur.type == T_WORD &&
	       scn_same(word, scn.text + parser.cur.off, parser.cur.len);
}

int parse_find_name(void)
{
	return parser.cur.type == T_WORD ? scn_name_find(scn.text + parser.cur.off, parser.cur.len)
					 : -1;
}

int parse_find_word(const struct scn_word *table)
{
	return parser.cur.type == T_WORD
		       ? scn_find_word(table, scn.text + parser.cur.off, parser.cur.len)
		       : -1;
}

void parse_expected(const char *what)
{
	const char *text = scn.text + parser.cur.off;
	u32 len = parser.cur.len > 40 ? 40 : parser.cur.len;

	switch (parser.cur.type) {
	case T_BAD: return; /* the lexer has said it */
	case T_END:
		scn_error(parser.cur.start, "expected %s, found the end of the file", what);
		return;
	case T_NEWLINE:
		scn_error(parser.cur.start, "expected %s, found the end of the line", what);
		return;
	case T_TEXT:
		scn_error(parser.cur.start,
			  "expected %s, found a line of text (| ...), which belongs "
			  "directly after a mark",
			  what);
		return;
	}
	const char *quote = parser.cur.type == T_STRING ? "\"" : "'";
	char found[41];

	const char *likest = parser.cur.type == T_WORD ? scn_nearest(text, parser.cur.len) : NULL;

	memcpy(found, text, len);
	found[len] = 0;
	scn_error(parser.cur.start, "expected %s, found %s%s%s%s%s%s", what, quote, found, quote,
		  likest ? "; did you mean " : "", likest ? likest : "", likest ? "?" : "");
}

u16 parse_new_node(enum scn_node_kind kind, u32 off)
{
	if (scn.nr_nodes == SCN_MAX_NODES) {
		scn_error(off, "the scenario is too long: more than %d expressions", SCN_MAX_NODES);
		return 0;
	}
	scn.nodes[scn.nr_nodes] = (struct scn_node){ .kind = (u8)kind, .off = off };
	return (u16)scn.nr_nodes++;
}

u16 parse_number_node(u32 off, s64 number)
{
	u16 n = parse_new_node(N_NUMBER, off);

	scn.nodes[n].number = number;
	return n;
}

bool parse_enter(void)
{
	if (++parser.depth <= SCN_MAX_DEPTH)
		return true;
	scn_error(parser.cur.off, "nested more than %d deep", SCN_MAX_DEPTH);
	return false;
}

/* ---- expressions ---- */

bool parse_take(enum scn_tok type, const char *what)
{
	if (parser.cur.type != type) {
		parse_expected(what);
		return false;
	}
	parse_advance();
	return true;
}

/* NAME, NAME[expr]; parser.cur is the name. */
static u16 parse_name(int name)
{
	u16 n = parse_new_node(N_NAME, parser.cur.off), index;

	scn.nodes[n].a = (u16)name;
	parse_advance();
	if (parser.cur.type == T_LBRACKET && !parser.cur.space_before) {
		parse_advance();
		index = parse_expr();
		scn.nodes[n].b = index;
		parse_take(T_RBRACKET, "] after the index");
	}
	return n;
}

static u16 parse_field(u16 name_node)
{
	u16 n = parse_new_node(N_FIELD, parser.cur.off);
	int field;

	parse_advance();
	field = parse_find_word(scn_fields);
	if (field < 0) {
		parse_expected("addr, pfn, order, pages, bytes, end, guard, len or live");
		return n;
	}
	scn.nodes[n].op = (u8)field;
	scn.nodes[n].a = name_node;
	parse_advance();
	return n;
}

/* The arguments of a function; parser.cur is its name. */
static u16 parse_call(const struct scn_function *f, u8 index)
{
	u16 n = parse_new_node(N_CALL, parser.cur.off), *link = &scn.nodes[n].a;
	unsigned nr = 0;
	int name;

	scn.nodes[n].op = index;
	parse_advance();
	if (!f->max_args)
		return n;
	if (!parse_take(T_LPAREN, "( after the function"))
		return n;
	while (parser.cur.type != T_RPAREN && !scn.error) {
		if (nr && !parse_take(T_COMMA, ", or ) after the argument"))
			break;
		if (nr == f->max_args) {
			scn_error(parser.cur.off, "%s takes at most %u arguments", f->word,
				  f->max_args);
			break;
		}
		if (nr == 0 && f->set_arg) {
			name = parse_find_name();
			if (name < 0 || scn.names[name].parsed_kind <= KIND_NUMBER) {
				parse_expected("a name that holds pages or areas");
				break;
			}
			*link = parse_name(name);
		} else {
			*link = parse_expr();
		}
		link = &scn.nodes[*link].next;
		nr++;
	}
	if (!scn.error && nr < f->min_args)
		scn_error(parser.cur.off, "%s takes %u argument%s: %s", f->word, f->min_args,
			  f->min_args > 1 ? "s" : "", f->help);
	parse_take(T_RPAREN, ")");
	return n;
}

static u16 parse_word(void)
{
	const struct scn_function *f;
	const char *word = scn.text + parser.cur.off;
	u32 off = parser.cur.off;
	s64 constant;
	u8 index;
	u16 n;
	int name = scn_name_find(word, parser.cur.len);

	if (name >= 0) {
		n = parse_name(name);
		return parser.cur.type == T_DOT ? parse_field(n) : n;
	}
	f = scn_find_function(word, parser.cur.len, &index);
	if (f)
		return parse_call(f, index);
	if (scn_find_constant(word, parser.cur.len, &constant)) {
		parse_advance();
		return parse_number_node(off, constant);
	}
	parse_expected("a value (no name, function or zone is called that)");
	return 0;
}

u16 parse_primary(void)
{
	u16 n = 0;

	switch (parser.cur.type) {
	case T_NUMBER:
		n = parse_number_node(parser.cur.off, parser.cur.number);
		parse_advance();
		break;
	case T_WORD: n = parse_word(); break;
	case T_LPAREN:
		if (!parse_enter())
			return 0;
		parse_advance();
		n = parse_expr();
		parse_take(T_RPAREN, ")");
		parser.depth--;
		break;
	default: parse_expected("a value");
	}
	while (!scn.error && (parse_is_word("pages") || parse_is_word("page"))) {
		u16 mul = parse_new_node(N_BINARY, parser.cur.off);

		scn.nodes[mul].op = T_STAR;
		scn.nodes[mul].a = n;
		scn.nodes[mul].b = parse_number_node(parser.cur.off, PAGE_SIZE);
		n = mul;
		parse_advance();
	}
	return n;
}

static u16 parse_unary(void)
{
	u8 type = parser.cur.type;
	u16 n, operand;

	if (type != T_NOT && type != T_MINUS)
		return parse_primary();
	if (!parse_enter())
		return 0;
	n = parse_new_node(type == T_NOT ? N_NOT : N_MINUS, parser.cur.off);
	parse_advance();
	operand = parse_unary();
	scn.nodes[n].a = operand;
	parser.depth--;
	return n;
}

unsigned parse_strength(u8 type)
{
	static const u8 table[] = {
		[T_OR] = 1,    [T_AND] = 2,    [T_EQ] = 3,   [T_NE] = 3,    [T_LT] = 3,
		[T_LE] = 3,    [T_GT] = 3,     [T_GE] = 3,   [T_BITOR] = 4, [T_BITAND] = 5,
		[T_SHL] = 6,   [T_SHR] = 6,    [T_PLUS] = 7, [T_MINUS] = 7, [T_STAR] = 8,
		[T_SLASH] = 8, [T_PERCENT] = 8
	};

	return type < sizeof(table) ? table[type] : 0;
}

u16 parse_binary(unsigned weakest)
{
	u16 left = parse_unary();

	while (!scn.error && parse_strength(parser.cur.type) >= weakest) {
		u16 n = parse_new_node(N_BINARY, parser.cur.off), right;

		scn.nodes[n].op = parser.cur.type;
		parse_advance();
		right = parse_binary(parse_strength(scn.nodes[n].op) + 1);
		scn.nodes[n].a = left;
		scn.nodes[n].b = right;
		left = n;
	}
	return left;
}

u16 parse_expr(void)
{
	u16 n;

	if (!parse_enter())
		return 0;
	n = parse_binary(1);
	parser.depth--;
	return n;
}
