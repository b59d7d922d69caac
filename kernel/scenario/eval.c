/* SPDX-License-Identifier: MIT */
/*
 * eval.c - the values of expressions, and of the arguments of statements.
 *
 * Numbers are 64-bit and wrap; a claim is a number that is not 0.  While an
 * `expect` is evaluated, the value of each name and function of the claim is
 * noted, so that the trace tells what was found and not only that it was wrong.
 */
#include "scenario/scn_priv.h"

static void note(const struct scn_node *node, s64 value);

/* As C does it, but no quotient overflows: it wraps. */
static s64 divide(s64 a, s64 b, bool want_rest)
{
	u64 ua = a < 0 ? -(u64)a : (u64)a, ub = b < 0 ? -(u64)b : (u64)b;

	if (want_rest)
		return (s64)(a < 0 ? 0 - ua % ub : ua % ub);
	return (s64)((a < 0) != (b < 0) ? 0 - ua / ub : ua / ub);
}

static s64 binary(const struct scn_node *node, s64 a, s64 b)
{
	u64 x = (u64)a, y = (u64)b;

	switch (node->op) {
	case T_EQ: return a == b;
	case T_NE: return a != b;
	case T_LT: return a < b;
	case T_LE: return a <= b;
	case T_GT: return a > b;
	case T_GE: return a >= b;
	case T_BITOR: return (s64)(x | y);
	case T_BITAND: return (s64)(x & y);
	case T_SHL: return y > 63 ? 0 : (s64)(x << y);
	case T_SHR: return y > 63 ? 0 : (s64)(x >> y);
	case T_PLUS: return (s64)(x + y);
	case T_MINUS: return (s64)(x - y);
	case T_STAR: return (s64)(x * y);
	}
	if (!b) {
		scn_error(node->off, "division by 0");
		return 0;
	}
	return divide(a, b, node->op == T_PERCENT);
}

/* The item a N_NAME node means: its index, or the first one.  ~0: an error. */
static u32 item_index(const struct scn_node *node)
{
	const struct scn_name *name = &scn.names[node->a];
	s64 index = node->b ? scn_eval(node->b) : 0;

	if (scn.error)
		return ~0u;
	if (!name->len) {
		scn_error(node->off, "%s holds nothing", name->name);
		return ~0u;
	}
	if (index < 0 || index >= name->len) {
		scn_error(node->off, "%s has items 0..%u, not %d", name->name, name->len - 1,
			  (int)index);
		return ~0u;
	}
	return (u32)index;
}

static s64 name_value(const struct scn_node *node)
{
	const struct scn_name *name = &scn.names[node->a];
	u32 index;

	switch (name->kind) {
	case KIND_NUMBER:
		if (node->b)
			scn_error(node->off, "%s is a number and has no items", name->name);
		return name->number;
	case KIND_NONE: scn_error(node->off, "%s holds nothing yet", name->name); return 0;
	case KIND_MM: return scn_name_mm(name) ? scn_name_mm(name)->pgd : 0;
	}
	/* A request that failed leaves an empty set: its address is 0, as the
	 * function it called returned. */
	if (!name->len && !node->b)
		return 0;
	index = item_index(node);
	return index == ~0u ? 0 : scn_item_addr(name, index);
}

static s64 field_value(const struct scn_node *node)
{
	const struct scn_node *target = &scn.nodes[node->a];
	const struct scn_name *name = &scn.names[target->a];
	vaddr_t addr;
	u32 index, bytes;

	if (name->kind <= KIND_NUMBER || name->kind == KIND_MM) {
		scn_error(node->off, "%s holds no pages or areas", name->name);
		return 0;
	}
	if (node->op == FIELD_LEN)
		return name->len;
	if (node->op == FIELD_LIVE)
		return name->live;
	index = item_index(target);
	if (index == ~0u)
		return 0;
	addr = scn_item_addr(name, index);
	bytes = name->kind == KIND_PAGES ? PAGE_SIZE << name->order : name->bytes;
	switch (node->op) {
	case FIELD_ADDR: return addr;
	case FIELD_PFN: return scn_item_pfn(name, index, 0);
	case FIELD_ORDER: return name->kind == KIND_PAGES ? name->order : 0;
	case FIELD_PAGES: return scn_item_pages(name, index);
	case FIELD_BYTES: return bytes;
	case FIELD_END: return (s64)addr + bytes;
	}
	return (s64)(addr & PAGE_MASK) + ((s64)scn_item_pages(name, index) << PAGE_SHIFT);
}

u32 scn_where(u16 node)
{
	const struct scn_node *n = &scn.nodes[node];

	while (n->kind == N_BINARY || n->kind == N_FIELD)
		n = &scn.nodes[n->a];
	return n->kind == N_TEXT && n->off ? n->off - 1 : n->off; /* the quote */
}

static s64 call(const struct scn_node *node)
{
	const struct scn_function *f = &scn.functions[node->op];
	bool noting = scn.noting;
	u16 args[SCN_MAX_ARGS] = { 0 };
	unsigned n = 0;
	s64 value;

	for (u16 a = node->a; a && n < SCN_MAX_ARGS; a = scn.nodes[a].next)
		args[n++] = a;
	scn.noting = false;
	value = f->fn(args, n);
	scn.noting = noting;
	return value;
}

s64 scn_eval(u16 n)
{
	const struct scn_node *node = &scn.nodes[n];
	bool noting = scn.noting;
	s64 value = 0;

	if (scn.error || !n)
		return 0;
	switch (node->kind) {
	case N_NUMBER: return node->number;
	case N_NOT: return !scn_eval(node->a);
	case N_MINUS: return (s64) - (u64)scn_eval(node->a);
	case N_BINARY:
		value = scn_eval(node->a);
		if (node->op == T_AND)
			return value && scn_eval(node->b);
		if (node->op == T_OR)
			return value || scn_eval(node->b);
		return binary(node, value, scn_eval(node->b));
	case N_NAME:
	case N_FIELD:
		scn.noting = false;
		value = node->kind == N_NAME ? name_value(node) : field_value(node);
		scn.noting = noting;
		break;
	case N_CALL: value = call(node); break;
	}
	if (noting && !scn.error)
		note(node, value);
	return value;
}

/* ---- the arguments of a statement ---- */

u16 scn_arg_node(const struct scn_stmt *st, unsigned n)
{
	u16 arg = st->args;

	while (n-- && arg)
		arg = scn.nodes[arg].next;
	return arg;
}

s64 scn_arg(const struct scn_stmt *st, unsigned n)
{
	return scn_eval(scn_arg_node(st, n));
}

bool scn_option(const struct scn_stmt *st, enum scn_option opt, s64 *value)
{
	for (u16 o = st->options; o; o = scn.nodes[o].next)
		if (scn.nodes[o].kind == N_OPTION && scn.nodes[o].op == opt) {
			if (value)
				*value = scn_eval(scn.nodes[o].a);
			return true;
		}
	return false;
}

s64 scn_option_or(const struct scn_stmt *st, enum scn_option opt, s64 otherwise)
{
	s64 value;

	return scn_option(st, opt, &value) ? value : otherwise;
}

u32 scn_string(u16 node, char *buf, u32 size)
{
	u32 at = 0;

	for (; node; node = scn.nodes[node].next) {
		u32 len = scn.nodes[node].len;

		if (at && len && at + 1 < size)
			buf[at++] = ' ';
		if (len > size - 1 - at)
			len = size - 1 - at;
		memcpy(buf + at, scn.text + scn.nodes[node].off, len);
		at += len;
	}
	buf[at] = 0;
	return at;
}

/* ---- what was found ---- */

/* Where in the text the node's own words end. */
static u32 text_end(const struct scn_node *node)
{
	u32 at = node->off, open = 0;

	for (; at < scn.size; at++) {
		char c = scn.text[at];
		bool word = c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			    (c >= 'A' && c <= 'Z');

		if (c == '\n')
			break;
		if (c == '(' || c == '[')
			open++;
		else if (c == ')' || c == ']') {
			if (!open)
				break;
			open--;
			if (!open && !(at + 1 < scn.size && scn.text[at + 1] == '.')) {
				at++;
				break;
			}
		} else if (!open && !word && c != '.')
			break;
	}
	return at;
}

u32 scn_format(char *buf, u32 size, s64 value)
{
	if (value < 0)
		return (u32)snprintf(buf, size, "-%llu", (unsigned long long)-(u64)value);
	if (value >= PAGE_OFFSET)
		return (u32)snprintf(buf, size, "0x%llx", (unsigned long long)value);
	return (u32)snprintf(buf, size, "%llu", (unsigned long long)value);
}

static void note(const struct scn_node *node, s64 value)
{
	u32 at = (u32)strlen(scn.got), start = node->off, len, room = sizeof(scn.got) - at;
	char text[64];

	/* a field's node stands at the dot: its name comes before */
	if (node->kind == N_FIELD)
		start = scn.nodes[node->a].off;
	len = text_end(&(struct scn_node){ .off = start }) - start;
	if (len > sizeof(text) - 1)
		len = sizeof(text) - 1;
	memcpy(text, scn.text + start, len);
	text[len] = 0;
	if (room < len + 32)
		return;
	at += (u32)snprintf(scn.got + at, room, "%s%s is ", at ? ", " : "", text);
	scn_format(scn.got + at, sizeof(scn.got) - at, value);
}
