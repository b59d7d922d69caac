/* SPDX-License-Identifier: MIT */
/*
 * say.c - what a scenario tells people: headings, values, tables.
 */
#include "clients/proc.h"
#include "scenario/scn_priv.h"

void scn_say(const char *fmt, ...)
{
	char buf[200];
	va_list ap;

	if (!scn.interactive)
		return;
	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	printk("%s\n", buf);
}

/* ---- marks ---- */

/* Bytes of text that fit one event, cut at a blank if there is one. */
static u32 piece(const char *text)
{
	u32 n = (u32)strnlen(text, PS_STRING_MAX), cut;

	if (n < PS_STRING_MAX)
		return n;
	for (cut = PS_STRING_MAX - 1; cut > 0; cut--)
		if (text[cut] == ' ')
			return cut;
	for (cut = PS_STRING_MAX - 1; cut > 0 && (text[cut] & 0xc0) == 0x80; cut--)
		; /* not inside a UTF-8 character */
	return cut ? cut : PS_STRING_MAX - 1;
}

/* A heading, and its text in as many events as it takes: a mark without a
 * heading goes on with the text of the one before. */
void scn_do_mark(const struct scn_stmt *st)
{
	static char text[3072];
	char heading[PS_STRING_MAX], part[PS_STRING_MAX];
	const char *rest = text;
	u32 n;

	scn_string(st->args, heading, sizeof(heading));
	scn_string(st->options, text, sizeof(text));
	if (st->word == MARK_CHAPTER) {
		mm_snapshot();
		printk("== %s\n", heading);
	}
	do {
		n = piece(rest);
		memcpy(part, rest, n);
		part[n] = 0;
		TRACE_STR(mark, ({ .level = (u8)(rest == text ? st->word + 1 : MARK_NOTE + 1) }),
			  rest == text ? heading : "", part);
		for (rest += n; *rest == ' '; rest++)
			;
	} while (*rest);
}

/* ---- what is printed ---- */

/* Where what the node names was given back; "" if it was not, or names nothing. */
static void value_given(u16 n, char *buf, u32 size)
{
	const struct scn_node *node = &scn.nodes[n];
	const struct scn_name *name;
	u32 index;

	if (node->kind == N_FIELD && node->op != FIELD_LEN && node->op != FIELD_LIVE)
		node = &scn.nodes[node->a];
	if (node->kind != N_NAME)
		return;
	name = &scn.names[node->a];
	index = node->b ? (u32)scn_eval(node->b) : 0;
	if (name->kind == KIND_MM || index < name->len)
		scn_given(name, index, buf, size);
}

/* print "TEXT", print EXPRESSION, print "TEXT", EXPRESSION: on the console, and as a note in the
 * trace, where a reader of the report finds it. */
void scn_do_print(const struct scn_stmt *st)
{
	const struct scn_node *node = &scn.nodes[st->args];
	u16 value_node = node->kind == N_TEXT ? node->next : st->args;
	char text[PS_STRING_MAX] = "", number[40] = "", given[80] = "";
	char said[PS_STRING_MAX + 40];
	s64 value;

	if (node->kind == N_TEXT) {
		u32 n = node->len < sizeof(text) - 1 ? node->len : sizeof(text) - 1;

		memcpy(text, scn.text + node->off, n);
		text[n] = 0;
	}
	if (value_node) {
		value = scn_eval(value_node);
		if (scn.error)
			return;
		scn_format(number, sizeof(number), value);
		if (scn.interactive && value >= 0 && value < PAGE_OFFSET)
			snprintf(number + strlen(number), sizeof(number) - strlen(number),
				 " (0x%llx)", (unsigned long long)value);
		if (scn.interactive)
			value_given(value_node, given, sizeof(given));
	}
	snprintf(said, sizeof(said), "%s%s%s", text, *text && *number ? " " : "", number);
	printk("%s%s%s\n", said, *given ? "; " : "", given);
	said[PS_STRING_MAX - 1] = 0;
	if (*said)
		TRACE_STR(mark, ({ .level = MARK_NOTE + 1 }), said, "");
}

static void show_names(void)
{
	static const char *const kinds[NR_KINDS] = {
		"nothing", "number", "pages", "areas", "io",
		"objects", "kmaps",  "mm",    "swap",  "module"
	};

	for (u32 i = 0; i < scn.nr_names; i++) {
		const struct scn_name *n = &scn.names[i];
		char number[24], given[80] = "";

		scn_format(number, sizeof(number), n->number);
		if (n->kind == KIND_MM || (n->len && !n->live))
			scn_given(n, 0, given, sizeof(given));
		if (n->kind == KIND_NUMBER)
			printk("%-16s number  %s\n", n->name, number);
		else if (n->kind == KIND_MM)
			printk("%-16s mm      pgd 0x%08x%s%s\n", n->name,
			       scn_name_mm(n) ? scn_name_mm(n)->pgd : 0, *given ? ", " : "", given);
		else if (n->kind != KIND_NONE)
			printk("%-16s %-7s %u of %u live, first at 0x%08x%s%s\n", n->name,
			       kinds[n->kind], n->live, n->len, n->len ? scn_item_addr(n, 0) : 0,
			       *given ? ", " : "", given);
	}
}

void scn_do_show(const struct scn_stmt *st)
{
	s64 addr;

	switch (st->word) {
	case SHOW_BUDDYINFO: show_buddyinfo(); break;
	case SHOW_VMALLOCINFO: show_vmallocinfo(); break;
	case SHOW_LAYOUT: show_layout(); break;
	case SHOW_ZONEINFO: show_zoneinfo(); break;
	case SHOW_SLABINFO: show_slabinfo(); break;
	case SHOW_EXTFRAG: show_extfrag(); break;
	case SHOW_FREE: show_free_areas(); break;
	case SHOW_NAMES: show_names(); break;
	case SHOW_MEMINFO: show_meminfo(); break;
	case SHOW_MODULES: show_modules(); break;
	case SHOW_SWAPS: show_swaps(); break;
	case SHOW_PAGETABLES:
		if (!st->args) {
			show_page_ranges();
			break;
		}
		addr = scn_arg(st, 0);
		if (!scn.error && (addr < 0 || addr >> 32))
			scn_error(scn_where(st->args), "expected an address below 4 GiB");
		if (!scn.error)
			show_pagetables((vaddr_t)addr);
	}
}
