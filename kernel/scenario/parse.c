/*
 * parse.c - tokens to statements and nodes.
 *
 * Recursive descent over one token of look-ahead; a few statements look further
 * by remembering the lexer and going back.  The first error ends the parse.
 * Every function leaves `cur` at the first token it did not use.
 */
#include "scenario/scn_priv.h"

static struct scn_lexer lexer;
static struct scn_token cur;
static unsigned depth;

static u32 used;		/* end of the last token used */

static void advance(void)
{
	used = lexer.at;
	cur = scn_lex(&lexer);
}

/* Sets how much of the text belongs to the statement: what was used so far. */
static void set_extent(struct scn_stmt *st)
{
	u32 len = used > st->off ? used - st->off : 0;

	st->len = (u16)(len < 400 ? len : 400);
}

static bool is_word(const char *word)
{
	return cur.type == T_WORD && scn_same(word, scn.text + cur.off, cur.len);
}

/* "expected X, found Y", the form of nearly every message. */
static void expected(const char *what)
{
	const char *text = scn.text + cur.off;
	u32 len = cur.len > 40 ? 40 : cur.len;

	switch (cur.type) {
	case T_BAD:
		return;		/* the lexer has said it */
	case T_END:
		scn_error(cur.start, "expected %s, found the end of the file", what);
		return;
	case T_NEWLINE:
		scn_error(cur.start, "expected %s, found the end of the line", what);
		return;
	case T_TEXT:
		scn_error(cur.start, "expected %s, found a line of text (| ...), which belongs "
			  "directly after a mark", what);
		return;
	}
	char found[41];

	memcpy(found, text, len);
	found[len] = 0;
	scn_error(cur.start, "expected %s, found %s%s%s", what, cur.type == T_STRING ? "\"" : "'",
		  found, cur.type == T_STRING ? "\"" : "'");
}

static u16 new_node(enum scn_node_kind kind, u32 off)
{
	if (scn.nr_nodes == SCN_MAX_NODES) {
		scn_error(off, "the scenario is too long: more than %d expressions",
			  SCN_MAX_NODES);
		return 0;
	}
	scn.nodes[scn.nr_nodes] = (struct scn_node){ .kind = (u8)kind, .off = off };
	return (u16)scn.nr_nodes++;
}

static u16 number_node(u32 off, s64 number)
{
	u16 n = new_node(N_NUMBER, off);

	scn.nodes[n].number = number;
	return n;
}

static bool enter(void)
{
	if (++depth <= SCN_MAX_DEPTH)
		return true;
	scn_error(cur.off, "nested more than %d deep", SCN_MAX_DEPTH);
	return false;
}

/* ---- expressions ---- */

static u16 parse_expr(void);

static bool take(enum scn_tok type, const char *what)
{
	if (cur.type != type) {
		expected(what);
		return false;
	}
	advance();
	return true;
}

/* NAME, NAME[expr]; cur is the name. */
static u16 parse_name(int name)
{
	u16 n = new_node(N_NAME, cur.off), index;

	scn.nodes[n].a = (u16)name;
	advance();
	if (cur.type == T_LBRACKET && !cur.space_before) {
		advance();
		index = parse_expr();
		scn.nodes[n].b = index;
		take(T_RBRACKET, "] after the index");
	}
	return n;
}

static u16 parse_field(u16 name_node)
{
	u16 n = new_node(N_FIELD, cur.off);
	int field;

	advance();
	field = cur.type == T_WORD ? scn_find_word(scn_fields, scn.text + cur.off, cur.len) : -1;
	if (field < 0) {
		expected("addr, pfn, order, pages, bytes, end, guard, len or live");
		return n;
	}
	scn.nodes[n].op = (u8)field;
	scn.nodes[n].a = name_node;
	advance();
	return n;
}

/* The arguments of a function; cur is its name. */
static u16 parse_call(const struct scn_function *f, u8 index)
{
	u16 n = new_node(N_CALL, cur.off), *link = &scn.nodes[n].a;
	unsigned nr = 0;
	int name;

	scn.nodes[n].op = index;
	advance();
	if (!f->max_args)
		return n;
	if (!take(T_LPAREN, "( after the function"))
		return n;
	while (cur.type != T_RPAREN && !scn.error) {
		if (nr && !take(T_COMMA, ", or ) after the argument"))
			break;
		if (nr == f->max_args) {
			scn_error(cur.off, "%s takes at most %u arguments", f->word, f->max_args);
			break;
		}
		if (nr == 0 && f->set_arg) {
			name = cur.type == T_WORD ? scn_name_find(scn.text + cur.off, cur.len) : -1;
			if (name < 0 || scn.names[name].parsed_kind <= KIND_NUMBER) {
				expected("a name that holds pages or areas");
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
		scn_error(cur.off, "%s takes %u argument%s: %s", f->word, f->min_args,
			  f->min_args > 1 ? "s" : "", f->help);
	take(T_RPAREN, ")");
	return n;
}

static u16 parse_word(void)
{
	const struct scn_function *f;
	const char *word = scn.text + cur.off;
	u32 off = cur.off;
	s64 constant;
	u8 index;
	u16 n;
	int name = scn_name_find(word, cur.len);

	if (name >= 0) {
		n = parse_name(name);
		return cur.type == T_DOT ? parse_field(n) : n;
	}
	f = scn_find_function(word, cur.len, &index);
	if (f)
		return parse_call(f, index);
	if (scn_find_constant(word, cur.len, &constant)) {
		advance();
		return number_node(off, constant);
	}
	expected("a value (no name, function or zone is called that)");
	return 0;
}

static u16 parse_primary(void)
{
	u16 n = 0;

	switch (cur.type) {
	case T_NUMBER:
		n = number_node(cur.off, cur.number);
		advance();
		break;
	case T_WORD:
		n = parse_word();
		break;
	case T_LPAREN:
		if (!enter())
			return 0;
		advance();
		n = parse_expr();
		take(T_RPAREN, ")");
		depth--;
		break;
	default:
		expected("a value");
	}
	while (!scn.error && (is_word("pages") || is_word("page"))) {
		u16 mul = new_node(N_BINARY, cur.off);

		scn.nodes[mul].op = T_STAR;
		scn.nodes[mul].a = n;
		scn.nodes[mul].b = number_node(cur.off, PAGE_SIZE);
		n = mul;
		advance();
	}
	return n;
}

static u16 parse_unary(void)
{
	u8 type = cur.type;
	u16 n, operand;

	if (type != T_NOT && type != T_MINUS)
		return parse_primary();
	if (!enter())
		return 0;
	n = new_node(type == T_NOT ? N_NOT : N_MINUS, cur.off);
	advance();
	operand = parse_unary();
	scn.nodes[n].a = operand;
	depth--;
	return n;
}

/* How tightly a binary operator binds; 0: not an operator. */
static unsigned strength(u8 type)
{
	static const u8 table[] = { [T_OR] = 1, [T_AND] = 2, [T_EQ] = 3, [T_NE] = 3, [T_LT] = 3,
		[T_LE] = 3, [T_GT] = 3, [T_GE] = 3, [T_BITOR] = 4, [T_BITAND] = 5, [T_SHL] = 6,
		[T_SHR] = 6, [T_PLUS] = 7, [T_MINUS] = 7, [T_STAR] = 8, [T_SLASH] = 8,
		[T_PERCENT] = 8 };

	return type < sizeof(table) ? table[type] : 0;
}

static u16 parse_binary(unsigned weakest)
{
	u16 left = parse_unary();

	while (!scn.error && strength(cur.type) >= weakest) {
		u16 n = new_node(N_BINARY, cur.off), right;

		scn.nodes[n].op = cur.type;
		advance();
		right = parse_binary(strength(scn.nodes[n].op) + 1);
		scn.nodes[n].a = left;
		scn.nodes[n].b = right;
		left = n;
	}
	return left;
}

static u16 parse_expr(void)
{
	u16 n;

	if (!enter())
		return 0;
	n = parse_binary(1);
	depth--;
	return n;
}

/* ---- arguments and options ---- */

static const char *kind_name(u32 kinds)
{
	static const char *const names[NR_KINDS] = { "nothing", "a number", "pages", "areas",
		"an ioremap", "objects", "kmaps", "an address space", "a swap area", "a module" };

	for (unsigned k = 0; k < NR_KINDS; k++)
		if (kinds & 1u << k)
			return names[k];
	return names[0];
}

/* p, p[3], p[2..5] as what a statement works on.  Anything else, such as v+4096
 * or a number, is an expression; the statement decides what that means. */
static u16 parse_target(const struct scn_statement *s)
{
	struct scn_lexer lexer_before = lexer;
	struct scn_token cur_before = cur;
	u32 nodes_before = scn.nr_nodes;
	int name = cur.type == T_WORD ? scn_name_find(scn.text + cur.off, cur.len) : -1;
	u16 n, first = 0, last = 0;
	bool range = false;

	if (name < 0 || scn.names[name].parsed_kind == KIND_NUMBER) {
		if (name < 0 && cur.type == T_WORD) {
			u8 unused;

			if (!scn_find_function(scn.text + cur.off, cur.len, &unused)) {
				char what[64];

				snprintf(what, sizeof(what), "a name that holds %s",
					 kind_name(s->kinds));
				expected(what);
				return 0;
			}
		}
		return parse_expr();
	}
	n = new_node(N_NAME, cur.off);
	advance();
	if (cur.type == T_LBRACKET && !cur.space_before) {
		advance();
		first = parse_expr();
		if (cur.type == T_DOTDOT) {
			range = true;
			advance();
			last = parse_expr();
		}
		take(T_RBRACKET, range ? "]" : ".. or ]");
	}
	if (!range && !scn.error && (cur.type == T_DOT || strength(cur.type))) {
		lexer = lexer_before;
		cur = cur_before;
		scn.nr_nodes = nodes_before;
		return parse_expr();
	}
	if (!(s->kinds & 1u << scn.names[name].parsed_kind) && !scn.error)
		scn_error(scn.nodes[n].off, "expected a name that holds %s; %s holds %s",
			  kind_name(s->kinds), scn.names[name].name,
			  kind_name(1u << scn.names[name].parsed_kind));
	if (range)
		scn.nodes[n].kind = N_RANGE;
	scn.nodes[n].a = (u16)name;
	scn.nodes[n].b = first;
	scn.nodes[n].c = last;
	return n;
}

/* KERNEL, DMA|WAIT, or a number. */
static u16 parse_gfp(void)
{
	u32 off = cur.off, sum = 0, one;

	if (cur.type != T_WORD || !scn_find_gfp(scn.text + cur.off, cur.len, &one)) {
		if (cur.type == T_NUMBER || cur.type == T_LPAREN)
			return parse_primary();
		expected("KERNEL, ATOMIC, DMA, USER, HIGHUSER, HIGHMEM, VMALLOC, WAIT or a number");
		return 0;
	}
	for (;;) {
		sum |= one;
		advance();
		if (cur.type != T_BITOR)
			return number_node(off, sum);
		advance();
		if (cur.type != T_WORD || !scn_find_gfp(scn.text + cur.off, cur.len, &one)) {
			expected("another GFP word after |");
			return 0;
		}
	}
}

static u16 parse_option_value(enum scn_option opt)
{
	u16 n;

	if (opt == OPT_GFP)
		return parse_gfp();
	if (opt == OPT_COUNT && is_word("max")) {
		n = number_node(cur.off, -1);
		advance();
		return n;
	}
	return parse_binary(strength(T_PLUS));
}

static int find_option(void)
{
	return scn_find_option(scn.text + cur.off, cur.len);
}

static void expected_option(const struct scn_statement *s)
{
	char what[160];
	unsigned at = 0;

	if (!s->options) {
		snprintf(what, sizeof(what), "the end of the statement after %s", s->word);
		expected(what);
		return;
	}
	at = (unsigned)snprintf(what, sizeof(what), "the end of the statement or one of");
	for (unsigned o = 1; o < NR_OPTIONS; o++)
		if (s->options & 1u << o)
			at += (unsigned)snprintf(what + at, sizeof(what) - at, " %s%s",
				scn_options[o].word, 1u << o & OPTIONS_WITH_VALUE ? "=" : "");
	expected(what);
}

static void parse_options(const struct scn_statement *s, struct scn_stmt *st)
{
	u16 *link = &st->options;
	u32 seen = 0;

	while (cur.type == T_WORD && !scn.error) {
		int opt = find_option();
		u16 n, value = 0;

		if (!opt || !(s->options & 1u << opt)) {
			expected_option(s);
			return;
		}
		if (seen & 1u << opt) {
			scn_error(cur.off, "%s is given twice", scn_options[opt].word);
			return;
		}
		seen |= 1u << opt;
		n = new_node(N_OPTION, cur.off);
		advance();
		if (1u << opt & OPTIONS_WITH_VALUE) {
			char what[32];

			snprintf(what, sizeof(what), "= after %s", scn_options[opt].word);
			if (!take(T_ASSIGN, what))
				return;
			value = parse_option_value(opt);
		}
		scn.nodes[n].op = (u8)opt;
		scn.nodes[n].a = value;
		*link = n;
		link = &scn.nodes[n].next;
	}
}

static bool starts_value(bool needed)
{
	const char *word = scn.text + cur.off;
	s64 constant;
	u8 index;

	if (cur.type == T_WORD && needed)
		return !find_option();
	if (cur.type == T_WORD)	/* an unknown word is rather a mistyped option */
		return !find_option() && (scn_name_find(word, cur.len) >= 0 ||
			scn_find_function(word, cur.len, &index) ||
			scn_find_constant(word, cur.len, &constant));
	return cur.type == T_NUMBER || cur.type == T_LPAREN || cur.type == T_MINUS ||
	       cur.type == T_NOT;
}

/* The expressions after the statement's word, separated by commas or blanks. */
static void parse_args(const struct scn_statement *s, struct scn_stmt *st)
{
	u16 *link = &st->args;
	unsigned nr = 0;

	while (nr < s->max_args && !scn.error) {
		if (nr && cur.type == T_COMMA)
			advance();
		else if (!starts_value(nr < s->min_args))
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
		expected(what);
	}
}

/* ---- strings and sub-commands ---- */

static u16 text_node(void)
{
	u16 n = new_node(N_TEXT, cur.off);

	scn.nodes[n].len = cur.len;
	return n;
}

static u16 parse_string(const char *what)
{
	u16 n;

	if (cur.type != T_STRING) {
		expected(what);
		return 0;
	}
	n = text_node();
	advance();
	return n;
}

static void parse_sub(const struct scn_statement *s, struct scn_stmt *st)
{
	int word = cur.type == T_WORD ? scn_find_word(s->sub, scn.text + cur.off, cur.len) : -1;
	char what[160];
	unsigned at = 0;

	if (word >= 0) {
		st->word = (u16)word;
		advance();
		return;
	}
	for (unsigned i = 0; s->sub[i].word && at < sizeof(what); i++)
		at += (unsigned)snprintf(what + at, sizeof(what) - at, "%s%s", i ? ", " : "",
					 s->sub[i].word);
	expected(what);
}

/* mark [LEVEL] "HEADING" ["TEXT"] and the | lines under it. */
static void parse_mark(struct scn_stmt *st)
{
	u16 *link = &st->options;	/* the text, as a chain of N_TEXT */

	if (cur.type == T_WORD)
		parse_sub(&scn_statements[OP_MARK], st);
	st->args = parse_string("a heading in double quotes");
	if (cur.type == T_STRING) {
		*link = parse_string("");
		link = &scn.nodes[*link].next;
	}
	set_extent(st);
	while (!scn.error && cur.type == T_NEWLINE) {
		struct scn_lexer before = lexer;
		struct scn_token newline = cur;

		advance();
		if (cur.type != T_TEXT) {
			lexer = before;
			cur = newline;
			return;
		}
		*link = text_node();
		link = &scn.nodes[*link].next;
		advance();
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

		if (cur.type == T_COMMA)
			advance();
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

	if (!take(T_LBRACE, "{") || !enter())
		return 0;
	first = parse_lines(true);
	depth--;
	take(T_RBRACE, "}");
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
		scn_error(word->off, "expected a name of your own; this word has a meaning already");
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
	if (is_word("as")) {
		advance();
		if (cur.type != T_WORD) {
			expected("a name for the counter");
			return;
		}
		counter = cur;
		name = bind_name(&counter, KIND_NUMBER);
		advance();
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
	if (is_word("until")) {
		u16 claim;

		advance();
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
	if (scn.error || !is_word("else"))
		return;
	advance();
	st->orelse = parse_block();
}

static void parse_action(struct scn_stmt *st)
{
	const struct scn_statement *s = &scn_statements[st->op];

	switch (st->op) {
	case OP_REPEAT: parse_repeat(st); return;
	case OP_IF:	parse_if(st); return;
	case OP_MARK:	parse_mark(st); return;
	case OP_MM:	parse_mm(st); return;
	case OP_REPLAY:
		st->args = parse_string("the name of a file in double quotes");
		break;
	case OP_PANIC:
		if (cur.type == T_STRING)
			st->args = parse_string("");
		return;
	case OP_INSMOD:
		if (cur.type == T_STRING)
			st->args = parse_string("");
		break;
	case OP_PRINT:
		if (cur.type == T_STRING) {
			st->args = parse_string("");
			if (cur.type == T_COMMA) {
				u16 value;

				advance();
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
	if (st->op == OP_SHOW && st->word == SHOW_PAGETABLES && !st->args)
		scn_error(off, "expected an address: show pagetables ADDR");
	if (st->op == OP_ALLOC && st->args && st->options)
		for (u16 o = st->options; o; o = scn.nodes[o].next)
			if (scn.nodes[o].op == OPT_ORDER)
				scn_error(scn.nodes[o].off, "the order is given twice");
}

/* NAME = ..., NAME += ...; cur is the operator */
static void parse_binding(struct scn_stmt *st, const struct scn_token *word)
{
	bool append = cur.type == T_APPEND;
	u32 off;
	int name;
	enum scn_kind kind = KIND_NUMBER;

	advance();
	off = cur.off;
	st->op = (u8)(cur.type == T_WORD ? scn_find_statement(scn.text + cur.off, cur.len) : 0);
	if (st->op == OP_FREE)
		st->op = OP_NONE;	/* free(zone): the function */
	if (st->op) {
		kind = scn_statements[st->op].result;
		if (kind == KIND_NONE) {
			scn_error(off, "%s gives nothing a name could stand for",
				  scn_statements[st->op].word);
			return;
		}
		advance();
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
			scn_error(word->off, "expected =; += is for pages, areas, objects and numbers");
			return;
		}
		if (name >= 0 && scn.names[name].parsed_kind != kind &&
		    scn.names[name].parsed_kind != KIND_NONE) {
			scn_error(word->off, "%s holds %s; += can only add more of the same",
				  scn.names[name].name,
				  kind_name(1u << scn.names[name].parsed_kind));
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
	struct scn_lexer before = lexer;
	struct scn_token word = cur;
	int op = scn_find_statement(scn.text + cur.off, cur.len);

	advance();
	if (scn.interactive && cur.type != T_ASSIGN && cur.type != T_APPEND &&
	    (!op || (op == OP_FREE && cur.type == T_LPAREN && !cur.space_before))) {
		lexer = before;		/* the shell: a value to be shown */
		cur = word;
		st->op = OP_PRINT;
		st->args = parse_expr();
		return;
	}
	if (cur.type == T_ASSIGN || cur.type == T_APPEND) {
		parse_binding(st, &word);
	} else if (op) {
		st->op = (u8)op;
		parse_action(st);
		if (!scn.error)
			check_action(st, word.off);
		if (!scn.error && op == OP_MM && st->word == MM_CREATE)
			scn_error(word.off, "expected a name for it: a = mm create");
	} else if (scn_name_find(scn.text + word.off, word.len) >= 0) {
		expected("= or += after the name");
	} else {
		cur = word;
		expected("a statement");
	}
}

static u16 new_stmt(void)
{
	unsigned line, column;

	if (scn.nr_stmts == SCN_MAX_STMTS) {
		scn_error(cur.off, "the scenario is too long: more than %d statements",
			  SCN_MAX_STMTS);
		return 0;
	}
	scn_position(cur.off, &line, &column);
	scn.stmts[scn.nr_stmts] = (struct scn_stmt){ .off = cur.off, .line = (u16)line };
	return (u16)scn.nr_stmts++;
}

/* Statements up to the end of the text, or to the } of the block. */
static u16 parse_lines(bool in_block)
{
	u16 first = 0, last = 0;

	while (!scn.error) {
		u16 st;

		while (cur.type == T_NEWLINE || cur.type == T_SEMICOLON)
			advance();
		if (cur.type == T_END || (in_block && cur.type == T_RBRACE))
			break;
		if (cur.type != T_WORD && !(scn.interactive && starts_value(true))) {
			expected("a statement");
			break;
		}
		st = new_stmt();
		if (!st)
			break;
		parse_statement(&scn.stmts[st]);
		if (scn.error)
			break;
		if (cur.type != T_NEWLINE && cur.type != T_SEMICOLON && cur.type != T_END &&
		    !(in_block && cur.type == T_RBRACE)) {
			expected_option(&scn_statements[scn.stmts[st].op]);
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
	depth = 0;
	scn_lex_init(&lexer, scn.text, scn.size);
	advance();
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
