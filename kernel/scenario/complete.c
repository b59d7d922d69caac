/* SPDX-License-Identifier: MIT */
/*
 * complete.c - which words may stand where the shell's cursor is.
 *
 * The line before the cursor is read roughly: strings, words and operators, without
 * their values.  What is found there tells which of the language's words fit next:
 * statements at the beginning of one, after `vfree` the names of areas, after its
 * target the options of vfree, after a dot the fields.
 */
#include "scenario/complete.h"
#include "scenario/scn_priv.h"

enum what {
	W_NOTHING,   /* inside a string or a comment, or a new name is wanted */
	W_STATEMENT, /* a statement begins */
	W_RESULT,    /* after NAME = */
	W_HELP,
	W_ARGUMENT, /* of the statement */
	W_OPERAND,  /* of an operator, of a function */
	W_OPTION,   /* the value of an option */
	W_FIELD,
	W_NEXT /* a value is complete: options */
};

struct place {
	enum what what;
	u8 op;         /* the statement, 0: none */
	int sub;       /* its sub-command, -1: none yet */
	int option;    /* W_OPTION: of which */
	u32 seen;      /* options that are there, 1 << enum scn_option */
	unsigned args; /* values that are there */
	bool first;    /* of the line, so the shell's own words fit */
	bool set;      /* W_OPERAND: of a function of sets */
	bool block_ended;
};

static bool word_char(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

static void begin_statement(struct place *p)
{
	*p = (struct place){ .what = W_STATEMENT, .sub = -1 };
}

static void statement(struct place *p, u8 op)
{
	p->op = op;
	p->what = W_ARGUMENT;
}

/* A word where an argument or an option may stand. */
static void argument(struct place *p, const char *word, u32 len)
{
	const struct scn_statement *s = &scn_statements[p->op];
	int option = scn_find_option(word, len);

	if (p->what == W_ARGUMENT && s->sub && p->sub < 0) {
		p->sub = scn_find_word(s->sub, word, len);
		return;
	}
	if (p->op == OP_REPEAT && p->what == W_NEXT) {
		p->what = scn_same("until", word, len) ? W_OPERAND
			  : scn_same("as", word, len)  ? W_NOTHING
						       : W_NEXT;
		return;
	}
	if (p->what != W_OPERAND && option && s->options & 1u << option) {
		p->seen |= 1u << option;
		p->option = option;
	} else {
		p->args += p->what == W_ARGUMENT;
	}
	p->what = W_NEXT;
}

static void read_word(struct place *p, const char *word, u32 len)
{
	int op = scn_find_statement(word, len);
	u8 index;

	switch (p->what) {
	case W_STATEMENT:
		if (p->first && scn_same("help", word, len))
			p->what = W_HELP;
		else if (op)
			statement(p, (u8)op);
		else if (!scn_same("else", word, len))
			p->what = W_NEXT;
		break;
	case W_RESULT:
		if (op && scn_statements[op].result)
			statement(p, (u8)op);
		else
			p->what = W_NEXT;
		break;
	case W_HELP: p->what = W_NOTHING; break;
	case W_NOTHING: p->what = p->op == OP_REPEAT ? W_NEXT : W_NOTHING; break;
	default: argument(p, word, len);
	}
	p->first = false;
	p->set = scn_find_function(word, len, &index) && scn_functions[index].set_arg;
}

static void read_operator(struct place *p, const char *line, unsigned at, unsigned end)
{
	bool compares = line[at] == '=' && ((at && memchr("=!<>", line[at - 1], 4)) ||
					    (at + 1 < end && line[at + 1] == '='));
	bool set = p->set && line[at] == '(';

	p->set = false;
	switch (line[at]) {
	case ';':
	case '{':
	case '}':
		begin_statement(p);
		p->block_ended = line[at] == '}';
		break;
	case ')':
	case ']': p->what = W_NEXT; break;
	case ',':
		p->what = W_OPERAND;
		p->args++;
		break;
	case '=':
		if (compares)
			p->what = W_OPERAND;
		else
			p->what = p->option ? W_OPTION : W_RESULT;
		break;
	case '.':
		/* a range goes on with an operand, a name with a field */
		p->what = at && line[at - 1] == '.' ? W_OPERAND : W_FIELD;
		break;
	default: p->what = W_OPERAND; p->set = set;
	}
}

static struct place find_place(const char *line, unsigned end, bool in_block)
{
	struct place p;

	begin_statement(&p);
	p.first = !in_block;
	for (unsigned at = 0, from; at < end;) {
		if (line[at] == ' ' || line[at] == '\t') {
			at++;
		} else if (line[at] == '#' || (line[at] == '|' && p.what == W_STATEMENT)) {
			p.what = W_NOTHING;
			return p;
		} else if (line[at] == '"') {
			for (at++; at < end && line[at] != '"'; at++)
				;
			p.what = at++ < end ? W_NEXT : W_NOTHING;
			p.args++;
		} else if (word_char(line[at])) {
			for (from = at; at < end && word_char(line[at]); at++)
				;
			read_word(&p, line + from, at - from);
		} else {
			read_operator(&p, line, at, end);
			if (p.what != W_OPTION)
				p.option = 0;
			at++;
		}
	}
	return p;
}

/* ---- which words fit there ---- */

static bool name_fits(const struct place *p, const struct scn_name *name)
{
	u32 kinds = p->op == OP_MM ? 1u << KIND_MM : scn_statements[p->op].kinds;

	switch (p->what) {
	case W_ARGUMENT:
		if (scn_statements[p->op].sub && p->sub < 0)
			return false;
		if (p->op == OP_MM)
			return p->sub != MM_CREATE && name->kind == KIND_MM && scn_name_mm(name) &&
			       (p->sub == MM_SWITCH || name != &scn.names[0]);
		if (kinds)
			return kinds & 1u << name->kind && name->live;
		return scn_statements[p->op].max_args && name->kind != KIND_NONE;
	case W_OPERAND:
		if (p->set)
			return name->kind > KIND_NUMBER && name->kind != KIND_MM;
		return name->kind != KIND_NONE;
	case W_STATEMENT: return name->kind != KIND_NONE && name != &scn.names[0];
	case W_RESULT: return name->kind != KIND_NONE;
	case W_OPTION: return p->option != OPT_GFP && name->kind == KIND_NUMBER;
	default: return false;
	}
}

/* Whether an expression may begin there. */
static bool value_fits(const struct place *p)
{
	const struct scn_statement *s = &scn_statements[p->op];

	switch (p->what) {
	case W_RESULT: return true;
	case W_OPERAND: return !p->set;
	case W_OPTION: return p->option != OPT_GFP;
	case W_ARGUMENT:
		if (p->op == OP_MARK || p->op == OP_REPLAY || p->op == OP_PANIC || s->kinds)
			return false;
		return s->sub ? (p->op == OP_SHOW && p->sub == SHOW_PAGETABLES) ||
					(p->op == OP_FAIL && p->sub >= 0 && p->sub != FAILW_OFF)
			      : s->max_args != 0;
	default: return false;
	}
}

static bool option_fits(const struct place *p, unsigned option)
{
	if (p->what == W_HELP)
		return true;
	if ((p->what != W_NEXT && p->what != W_ARGUMENT) || p->seen & 1u << option ||
	    p->args < scn_statements[p->op].min_args)
		return false;
	if (p->op == OP_MM && p->sub != MM_MAP)
		return false;
	return scn_statements[p->op].options & 1u << option;
}

static bool sub_fits(const struct place *p, const struct scn_word *table)
{
	if (table == scn_fields)
		return p->what == W_FIELD;
	return p->what == W_ARGUMENT && p->sub < 0 && scn_statements[p->op].sub == table;
}

/* Words that are in no table, and where each fits. */
static const char *other_word(const struct place *p, unsigned i)
{
	const struct {
		const char *word;
		bool fits;
	} others[] = {
		{ "help", p->first },
		{ "exit", p->first },
		{ "quit", p->first },
		{ "else", p->what == W_STATEMENT && p->block_ended },
		{ "as", p->what == W_NEXT && p->op == OP_REPEAT },
		{ "until", p->what == W_NEXT && p->op == OP_REPEAT },
		{ "max", p->what == W_OPTION && p->option == OPT_COUNT },
		{ "facts", p->what == W_HELP },
	};

	if (i >= sizeof(others) / sizeof(others[0]))
		return NULL;
	return others[i].fits ? others[i].word : "";
}

/*
 * The i-th word of them all, in `w`; a word that does not fit is empty.  False: there
 * are no more.
 */
static bool word_number(const struct place *p, bool typed, unsigned i, struct edit_word *w)
{
	static const struct scn_word *const tables[] = { scn_fields, scn_mm_words, scn_show_words,
							 scn_fail_words, scn_mark_words };
	const char *word;

	*w = (struct edit_word){ "", ' ' };
	for (unsigned n = 0; (word = other_word(p, n)); n++)
		if (i-- == 0) {
			w->word = word;
			return true;
		}
	for (unsigned op = OP_LET + 1; op < NR_OPS; op++)
		if (i-- == 0) {
			if (p->what == W_STATEMENT || p->what == W_HELP ||
			    (p->what == W_RESULT && scn_statements[op].result))
				w->word = scn_statements[op].word;
			return true;
		}
	for (unsigned n = 0; n < scn.nr_names; n++)
		if (i-- == 0) {
			if (name_fits(p, &scn.names[n]))
				*w = (struct edit_word){ scn.names[n].name, 0 };
			return true;
		}
	for (unsigned t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct scn_word *sub = tables[t]; sub->word; sub++)
			if (i-- == 0) {
				if (sub_fits(p, tables[t]))
					w->word = sub->word;
				return true;
			}
	for (unsigned o = 1; o < NR_OPTIONS; o++)
		if (i-- == 0) {
			if (option_fits(p, o))
				w->word = scn_options[o].word;
			if (p->what != W_HELP && 1u << o & OPTIONS_WITH_VALUE)
				w->after = '=';
			return true;
		}
	for (unsigned g = 0; (word = scn_gfp_word(g)); g++)
		if (i-- == 0) {
			if (p->what == W_OPTION && p->option == OPT_GFP)
				*w = (struct edit_word){ word, 0 };
			return true;
		}
	for (unsigned c = 0; (word = scn_constant_word(c)); c++)
		if (i-- == 0) {
			if (value_fits(p) && p->what != W_OPTION)
				*w = (struct edit_word){ word, 0 };
			return true;
		}
	/* all of them would hide the statements, so one letter at least is typed first */
	for (unsigned f = 0; scn_functions[f].word; f++)
		if (i-- == 0) {
			if (value_fits(p) || p->what == W_HELP || (typed && p->what == W_STATEMENT))
				w->word = scn_functions[f].word;
			if (p->what != W_HELP)
				w->after = scn_functions[f].max_args ? '(' : 0;
			return true;
		}
	return false;
}

bool scn_complete(const char *line, unsigned start, unsigned typed, bool in_block, unsigned *next,
		  struct edit_word *w)
{
	struct place p = find_place(line, start, in_block);

	do
		if (!word_number(&p, typed, (*next)++, w))
			return false;
	while (!*w->word || strncmp(w->word, line + start, typed));
	return true;
}
