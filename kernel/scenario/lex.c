/* SPDX-License-Identifier: MIT */
/*
 * lex.c - the text of a scenario, token by token.
 *
 * Lines matter: a newline ends a statement, and a line that begins with `|` is
 * text for the `mark` before it.  Any byte may come; what is not part of the
 * language is reported with its place and becomes T_BAD.
 */
#include "lib/number.h"
#include "scenario/scn_priv.h"

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r';
}
static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}
static bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

void scn_lex_init(struct scn_lexer *lex, const char *text, u32 size)
{
	*lex = (struct scn_lexer){ .text = text, .size = size, .line_start = true };
}

static int peek_at(const struct scn_lexer *lex, u32 ahead)
{
	u32 at = lex->at + ahead;

	return at < lex->size ? (unsigned char)lex->text[at] : -1;
}

static void lex_number(struct scn_lexer *lex, struct scn_token *t)
{
	unsigned base = 10, shift;
	u64 v = 0;
	int d;

	if (peek_at(lex, 0) == '0' && (peek_at(lex, 1) | 32) == 'x') {
		base = 16;
		lex->at += 2;
		if (digit_value(peek_at(lex, 0), 16) < 0) {
			scn_error(t->off, "expected hexadecimal digits after 0x");
			t->type = T_BAD;
			return;
		}
	}
	for (; (d = digit_value(peek_at(lex, 0), base)) >= 0; lex->at++) {
		v = v * base + (unsigned)d;
		if (v >> 40) {
			scn_error(t->off, "number too large: more than 40 bits");
			t->type = T_BAD;
			return;
		}
	}
	shift = unit_shift(peek_at(lex, 0));
	if (shift) {
		lex->at++;
		if (v >> (44 - shift)) {
			scn_error(t->off, "size too large");
			t->type = T_BAD;
			return;
		}
		v <<= shift;
	}
	t->type = T_NUMBER;
	t->number = (s64)v;
	if (is_letter(peek_at(lex, 0)) && peek_at(lex, 0) != 'p') {
		scn_error(lex->at, "expected the end of the number or K, M, G, pages");
		t->type = T_BAD;
	}
}

static void lex_string(struct scn_lexer *lex, struct scn_token *t)
{
	lex->at++;
	t->off = lex->at;
	while (peek_at(lex, 0) != '"') {
		if (peek_at(lex, 0) == '\n' || peek_at(lex, 0) < 0) {
			scn_error(t->off - 1, "expected a closing \" on the same line");
			t->type = T_BAD;
			return;
		}
		lex->at++;
	}
	t->type = T_STRING;
	t->len = lex->at - t->off;
	lex->at++;
}

/* The rest of a line after `|`, without blanks at either end. */
static void lex_text(struct scn_lexer *lex, struct scn_token *t)
{
	u32 end;

	lex->at++;
	while (is_blank(peek_at(lex, 0)))
		lex->at++;
	t->off = lex->at;
	while (peek_at(lex, 0) >= 0 && peek_at(lex, 0) != '\n')
		lex->at++;
	for (end = lex->at; end > t->off && is_blank(lex->text[end - 1]);)
		end--;
	t->type = T_TEXT;
	t->len = end - t->off;
}

static const struct {
	char text[3];
	u8 type;
} operators[] = {
	/* two characters before their first one alone */
	{ "..", T_DOTDOT },   { "+=", T_APPEND },  { "==", T_EQ },    { "!=", T_NE },
	{ "<=", T_LE },       { ">=", T_GE },      { "<<", T_SHL },   { ">>", T_SHR },
	{ "&&", T_AND },      { "||", T_OR },      { "{", T_LBRACE }, { "}", T_RBRACE },
	{ ";", T_SEMICOLON }, { ",", T_COMMA },    { "(", T_LPAREN }, { ")", T_RPAREN },
	{ "[", T_LBRACKET },  { "]", T_RBRACKET }, { ".", T_DOT },    { "=", T_ASSIGN },
	{ "!", T_NOT },       { "<", T_LT },       { ">", T_GT },     { "|", T_BITOR },
	{ "&", T_BITAND },    { "+", T_PLUS },     { "-", T_MINUS },  { "*", T_STAR },
	{ "/", T_SLASH },     { "%", T_PERCENT },
};

static void lex_operator(struct scn_lexer *lex, struct scn_token *t)
{
	for (unsigned i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		const char *op = operators[i].text;

		if (peek_at(lex, 0) == op[0] && (!op[1] || peek_at(lex, 1) == op[1])) {
			lex->at += op[1] ? 2 : 1;
			t->type = operators[i].type;
			return;
		}
	}
	if (peek_at(lex, 0) >= 32 && peek_at(lex, 0) < 127)
		scn_error(t->off, "'%c' is not part of the language", peek_at(lex, 0));
	else
		scn_error(t->off, "byte 0x%02x is not part of the language",
			  (unsigned)peek_at(lex, 0));
	t->type = T_BAD;
	lex->at++;
}

static void skip_blanks_and_comment(struct scn_lexer *lex)
{
	while (is_blank(peek_at(lex, 0)))
		lex->at++;
	if (peek_at(lex, 0) == '#')
		while (peek_at(lex, 0) >= 0 && peek_at(lex, 0) != '\n')
			lex->at++;
}

/* The next token.  After T_END it is T_END again. */
struct scn_token scn_lex(struct scn_lexer *lex)
{
	struct scn_token t = { .type = T_END };
	u32 before = lex->at;
	bool line_start = lex->line_start;
	int c;

	skip_blanks_and_comment(lex);
	t.start = t.off = lex->at;
	t.space_before = lex->at != before;
	lex->line_start = false;
	c = peek_at(lex, 0);
	if (c < 0)
		return t;
	if (c == '\n') {
		lex->at++;
		lex->line_start = true;
		t.type = T_NEWLINE;
	} else if (c == '|' && line_start) {
		lex_text(lex, &t);
		return t;
	} else if (is_digit(c)) {
		lex_number(lex, &t);
	} else if (c == '"') {
		lex_string(lex, &t);
		return t;
	} else if (is_letter(c)) {
		while (is_letter(peek_at(lex, 0)) || is_digit(peek_at(lex, 0)))
			lex->at++;
		t.type = T_WORD;
	} else {
		lex_operator(lex, &t);
	}
	t.len = lex->at - t.off;
	return t;
}
