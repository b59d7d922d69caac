/* SPDX-License-Identifier: MIT */
/*
 * edit.c - one line of input: moving, deleting, history, completion.
 *
 * Works on any terminal that understands a backspace: the line is redrawn with
 * backspaces and blanks alone, so the VGA console needs no escape sequences.
 */
#include "scenario/edit.h"
#include "scenario/scn_machine.h"
#include "lib/string.h"

#define HISTORY 24

static char history[HISTORY][EDIT_LINE];
static unsigned nr_history; /* lines ever added */

struct line {
	char text[EDIT_LINE];
	unsigned len, at;      /* at: cursor */
	char shown[EDIT_LINE]; /* what the terminal has */
	unsigned shown_len, shown_at;
	bool cancelled;       /* Ctrl-C */
	bool too_long, nul;   /* something was left out: not to be run */
	unsigned back;        /* 0: the new line; n: n lines back in history */
	char kept[EDIT_LINE]; /* the new line while history is looked at */
};

static void put(char c, unsigned n)
{
	while (n--)
		scn_machine_putc(c);
}

static void puts_n(const char *s, unsigned n)
{
	while (n--)
		scn_machine_putc(*s++);
}

/* Takes the cursor to another place: back, or forth over what is there. */
static void move(const struct line *l, unsigned from, unsigned to)
{
	if (from > to)
		put('\b', from - to);
	else
		puts_n(l->text + from, to - from);
}

/* Makes the terminal show the line with the cursor where it is. */
static void redraw(struct line *l)
{
	unsigned blanks = l->shown_len > l->len ? l->shown_len - l->len : 0;
	unsigned same = 0, pos = l->shown_at;

	while (same < l->len && same < l->shown_len && l->text[same] == l->shown[same])
		same++;
	if (same < l->len || blanks) {
		move(l, pos, same);
		puts_n(l->text + same, l->len - same);
		put(' ', blanks);
		put('\b', blanks);
		pos = l->len;
	}
	move(l, pos, l->at);
	memcpy(l->shown, l->text, l->len);
	l->shown_len = l->len;
	l->shown_at = l->at;
}

static void insert(struct line *l, const char *text, unsigned n)
{
	if (l->len + n >= EDIT_LINE) {
		l->too_long = true;
		return;
	}
	memmove(l->text + l->at + n, l->text + l->at, l->len - l->at);
	memcpy(l->text + l->at, text, n);
	l->len += n;
	l->at += n;
}

/* Removes n characters before the cursor. */
static void erase(struct line *l, unsigned n)
{
	memmove(l->text + l->at - n, l->text + l->at, l->len - l->at);
	l->len -= n;
	l->at -= n;
}

static void set_text(struct line *l, const char *text)
{
	l->len = (unsigned)strlen(text);
	memcpy(l->text, text, l->len);
	l->at = l->len;
}

/* Shows the line `back` lines ago; 0 is the one being written. */
static void recall(struct line *l, unsigned back)
{
	unsigned known = nr_history < HISTORY ? nr_history : HISTORY;

	if (back > known)
		return;
	if (l->back == 0) {
		memcpy(l->kept, l->text, l->len);
		l->kept[l->len] = 0;
	}
	l->back = back;
	set_text(l, back ? history[(nr_history - back) % HISTORY] : l->kept);
}

static void remember(const struct line *l)
{
	if (!l->len || (nr_history && !strcmp(history[(nr_history - 1) % HISTORY], l->text)))
		return;
	memcpy(history[nr_history++ % HISTORY], l->text, l->len + 1);
}

static bool is_word_char(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

static unsigned common(const char *a, const char *b)
{
	unsigned n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

/* Completes the word before the cursor as far as all candidates agree; if that
 * is no further, lists them. */
static void complete(struct line *l, const char *prompt, edit_words *words)
{
	struct edit_word w, first = { NULL, 0 };
	unsigned start = l->at, same = 0, found = 0, next = 0, typed;

	while (start && is_word_char(l->text[start - 1]))
		start--;
	typed = l->at - start;
	while (words(l->text, start, typed, &next, &w)) {
		if (found && !strcmp(w.word, first.word))
			continue;
		same = found++ ? (common(first.word, w.word) < same ? common(first.word, w.word)
								    : same)
			       : (unsigned)strlen(w.word);
		first = first.word ? first : w;
	}
	if (!found)
		return;
	insert(l, first.word + typed, same - typed);
	if (found == 1 && first.after)
		insert(l, &first.after, 1);
	if (found == 1 || same > typed)
		return;
	put('\n', 1);
	for (next = 0; words(l->text, start, typed, &next, &w); put(' ', 2)) {
		puts_n(w.word, (unsigned)strlen(w.word));
		if (w.after == '=')
			put(w.after, 1);
	}
	put('\n', 1);
	puts_n(prompt, (unsigned)strlen(prompt));
	l->shown_len = l->shown_at = 0;
}

/* ESC [ letter, ESC [ n ~, ESC O letter. */
static void escape(struct line *l)
{
	int c = scn_machine_getc(), digit = 0;

	if (c != '[' && c != 'O')
		return;
	c = scn_machine_getc();
	if (c >= '0' && c <= '9') {
		digit = c;
		while ((c = scn_machine_getc()) >= '0' && c <= '9')
			;
	}
	switch (digit ? digit : c) {
	case 'A': recall(l, l->back + 1); break;
	case 'B':
		if (l->back)
			recall(l, l->back - 1);
		break;
	case 'C':
		if (l->at < l->len)
			l->at++;
		break;
	case 'D':
		if (l->at)
			l->at--;
		break;
	case 'H':
	case '1':
	case '7': l->at = 0; break;
	case 'F':
	case '4':
	case '8': l->at = l->len; break;
	case '3':
		if (l->at < l->len) {
			l->at++;
			erase(l, 1);
		}
		break;
	}
}

static void erase_word(struct line *l)
{
	while (l->at && l->text[l->at - 1] == ' ')
		erase(l, 1);
	while (l->at && l->text[l->at - 1] != ' ')
		erase(l, 1);
}

#define CTRL(c) ((c)&31)

/* One key; false: the line is finished. */
static bool key(struct line *l, int c, const char *prompt, edit_words *words)
{
	char typed = (char)c;

	switch (c) {
	case '\n':
	case '\r': return false;
	case 27: escape(l); break;
	case '\b':
	case 127:
		if (l->at)
			erase(l, 1);
		break;
	case '\t': complete(l, prompt, words); break;
	case CTRL('A'): l->at = 0; break;
	case CTRL('E'): l->at = l->len; break;
	case CTRL('B'):
		if (l->at)
			l->at--;
		break;
	case CTRL('F'):
		if (l->at < l->len)
			l->at++;
		break;
	case CTRL('P'): recall(l, l->back + 1); break;
	case CTRL('N'):
		if (l->back)
			recall(l, l->back - 1);
		break;
	case CTRL('U'):
		erase(l, l->at);
		l->too_long = l->nul = false;
		break;
	case CTRL('K'): l->len = l->at; break;
	case CTRL('W'): erase_word(l); break;
	case CTRL('C'):
		l->len = l->at = 0;
		l->cancelled = true;
		return false;
	case 0: l->nul = true; break;
	default:
		if (c >= ' ' && c < 256)
			insert(l, &typed, 1);
	}
	return true;
}

int edit_line(const char *prompt, char *buf, edit_words *words)
{
	static struct line l;
	int c;

	memset(&l, 0, sizeof(l));
	puts_n(prompt, (unsigned)strlen(prompt));
	for (;;) {
		c = scn_machine_getc();
		if (c < 0 || (c == CTRL('D') && !l.len)) {
			if (!l.len)
				return -1;
			break;
		}
		if (!key(&l, c, prompt, words))
			break;
		redraw(&l);
	}
	l.text[l.len] = 0;
	l.at = l.len;
	redraw(&l);
	put('\n', 1);
	if (l.too_long || l.nul)
		return l.too_long ? EDIT_TOO_LONG : EDIT_NUL;
	remember(&l);
	memcpy(buf, l.text, l.len + 1);
	return l.cancelled ? EDIT_CANCELLED : (int)l.len;
}
