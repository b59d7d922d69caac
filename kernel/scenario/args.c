/* SPDX-License-Identifier: MIT */
/*
 * args.c - what follows a statement's word: values, targets, options.
 */
#include "scenario/parser.h"

const char *parse_kind_name(u32 kinds)
{
	static const char *const names[NR_KINDS] = { "nothing", "a number",         "pages",
						     "areas",   "an ioremap",       "objects",
						     "kmaps",   "an address space", "a swap area",
						     "a module" };

	for (unsigned k = 0; k < NR_KINDS; k++)
		if (kinds & 1u << k)
			return names[k];
	return names[0];
}

u16 parse_target(const struct scn_statement *s)
{
	struct scn_lexer lexer_before = parser.lexer;
	struct scn_token cur_before = parser.cur;
	u32 nodes_before = scn.nr_nodes;
	int name = parse_find_name();
	u16 n, first = 0, last = 0;
	bool range = false;

	if (name < 0 || scn.names[name].parsed_kind == KIND_NUMBER) {
		if (name < 0 && parser.cur.type == T_WORD) {
			u8 unused;

			if (!scn_find_function(scn.text + parser.cur.off, parser.cur.len,
					       &unused)) {
				char what[64];

				snprintf(what, sizeof(what), "a name that holds %s",
					 parse_kind_name(s->kinds));
				parse_expected(what);
				return 0;
			}
		}
		return parse_expr();
	}
	n = parse_new_node(N_NAME, parser.cur.off);
	parse_advance();
	if (parser.cur.type == T_LBRACKET && !parser.cur.space_before) {
		parse_advance();
		first = parse_expr();
		if (parser.cur.type == T_DOTDOT) {
			range = true;
			parse_advance();
			last = parse_expr();
		}
		parse_take(T_RBRACKET, range ? "]" : ".. or ]");
	}
	if (!range && !scn.error && (parser.cur.type == T_DOT || parse_strength(parser.cur.type))) {
		parser.lexer = lexer_before;
		parser.cur = cur_before;
		scn.nr_nodes = nodes_before;
		return parse_expr();
	}
	if (!(s->kinds & 1u << scn.names[name].parsed_kind) && !scn.error)
		scn_error(scn.nodes[n].off, "expected a name that holds %s; %s holds %s",
			  parse_kind_name(s->kinds), scn.names[name].name,
			  parse_kind_name(1u << scn.names[name].parsed_kind));
	if (range)
		scn.nodes[n].kind = N_RANGE;
	scn.nodes[n].a = (u16)name;
	scn.nodes[n].b = first;
	scn.nodes[n].c = last;
	return n;
}

static bool find_gfp(u32 *gfp)
{
	return parser.cur.type == T_WORD &&
	       scn_find_gfp(scn.text + parser.cur.off, parser.cur.len, gfp);
}

/* KERNEL, DMA|WAIT, or a number. */
static u16 parse_gfp(void)
{
	u32 off = parser.cur.off, sum = 0, one;

	if (!find_gfp(&one)) {
		if (parser.cur.type == T_NUMBER || parser.cur.type == T_LPAREN)
			return parse_primary();
		parse_expected("KERNEL, ATOMIC, DMA, USER, HIGHUSER, HIGHMEM, VMALLOC, WAIT or "
			       "a number");
		return 0;
	}
	for (;;) {
		sum |= one;
		parse_advance();
		if (parser.cur.type != T_BITOR)
			return parse_number_node(off, sum);
		parse_advance();
		if (!find_gfp(&one)) {
			parse_expected("another GFP word after |");
			return 0;
		}
	}
}

static u16 parse_option_value(enum scn_option opt)
{
	u16 n;

	if (opt == OPT_GFP)
		return parse_gfp();
	if (opt == OPT_COUNT && parse_is_word("max")) {
		n = parse_number_node(parser.cur.off, -1);
		parse_advance();
		return n;
	}
	return parse_binary(parse_strength(T_PLUS));
}

static int find_option(void)
{
	return scn_find_option(scn.text + parser.cur.off, parser.cur.len);
}

void parse_expected_option(const struct scn_statement *s)
{
	char what[160];
	unsigned at = 0;

	if (!s->options) {
		snprintf(what, sizeof(what), "the end of the statement after %s", s->word);
		parse_expected(what);
		return;
	}
	at = (unsigned)snprintf(what, sizeof(what), "the end of the statement or one of");
	for (unsigned o = 1; o < NR_OPTIONS; o++)
		if (s->options & 1u << o)
			at += (unsigned)snprintf(what + at, sizeof(what) - at, " %s%s",
						 scn_options[o].word,
						 1u << o & OPTIONS_WITH_VALUE ? "=" : "");
	parse_expected(what);
}

void parse_options(const struct scn_statement *s, struct scn_stmt *st)
{
	u16 *link = &st->options;
	u32 seen = 0;

	while (parser.cur.type == T_WORD && !scn.error) {
		int opt = find_option();
		u16 n, value = 0;

		if (!opt || !(s->options & 1u << opt)) {
			parse_expected_option(s);
			return;
		}
		if (seen & 1u << opt) {
			scn_error(parser.cur.off, "%s is given twice", scn_options[opt].word);
			return;
		}
		seen |= 1u << opt;
		n = parse_new_node(N_OPTION, parser.cur.off);
		parse_advance();
		if (1u << opt & OPTIONS_WITH_VALUE) {
			char what[32];

			snprintf(what, sizeof(what), "= after %s", scn_options[opt].word);
			if (!parse_take(T_ASSIGN, what))
				return;
			value = parse_option_value(opt);
		}
		scn.nodes[n].op = (u8)opt;
		scn.nodes[n].a = value;
		*link = n;
		link = &scn.nodes[n].next;
	}
}

bool parse_starts_value(bool needed)
{
	const char *word = scn.text + parser.cur.off;
	s64 constant;
	u8 index;

	if (parser.cur.type == T_WORD && needed)
		return !find_option();
	if (parser.cur.type == T_WORD)
		return !find_option() && (scn_name_find(word, parser.cur.len) >= 0 ||
					  scn_find_function(word, parser.cur.len, &index) ||
					  scn_find_constant(word, parser.cur.len, &constant));
	return parser.cur.type == T_NUMBER || parser.cur.type == T_LPAREN ||
	       parser.cur.type == T_MINUS || parser.cur.type == T_NOT;
}

void parse_args(const struct scn_statement *s, struct scn_stmt *st)
{
	u16 *link = &st->args;
	unsigned nr = 0;

	while (nr < s->max_args && !scn.error) {
		if (nr && parser.cur.type == T_COMMA)
			parse_advance();
		else if (!parse_starts_value(nr < s->min_args))
			break;
		*link = s->kinds && nr == 0 ? parse_target(s) : parse_expr();
		if (scn.error)
			return;
		link = &scn.nodes[*link].next;
		nr++;
	}
	if (nr < s->min_args && !scn.error) {
		char what[160];

		snprintf(what, sizeof(what), "%s: %s", nr ? "one more value" : "a value", s->usage);
		parse_expected(what);
	}
}
