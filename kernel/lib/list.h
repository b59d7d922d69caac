/* SPDX-License-Identifier: MIT */
/*
 * list.h - circular doubly linked lists, the head being an element like any
 * other, linked through a member of the structure they hold.
 *
 * 2.4's lists are circular with a head, and a free list's order is part of the
 * allocator's behaviour: list_add puts at the head, list_add_tail at the tail.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_head {
	struct list_head *next, *prev;
};

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define list_entry(ptr, type, member)   container_of(ptr, type, member)

/* `pos` runs over the nodes; the body must not unlink it. */
#define list_for_each(pos, head) for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head->prev = head;
}

static inline void list_insert_(struct list_head *node, struct list_head *prev,
				struct list_head *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

static inline void list_add(struct list_head *node, struct list_head *head)
{
	list_insert_(node, head, head->next);
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	list_insert_(node, head->prev, head);
}

static inline void list_del(struct list_head *node)
{
	struct list_head *prev = node->prev, *next = node->next;

	prev->next = next;
	next->prev = prev;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

#endif
