/* An intrusive doubly linked list: the links live in the member, so linking cannot fail.  The list owns nothing. */
#ifndef SLUICE_BASE_LIST_H
#define SLUICE_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_node {
	struct list_node *next;
	struct list_node *prev;
};

/* The head is a node that belongs to no member. */
static inline void
list_init(struct list_node *head)
{
	head->next = head->prev = head;
}

static inline bool
list_is_empty(const struct list_node *head)
{
	return head->next == head;
}

static inline void
list_insert_after(struct list_node *where, struct list_node *node)
{
	node->prev = where;
	node->next = where->next;
	where->next->prev = node;
	where->next = node;
}

static inline void
list_push_front(struct list_node *head, struct list_node *node)
{
	list_insert_after(head, node);
}

static inline void
list_push_back(struct list_node *head, struct list_node *node)
{
	list_insert_after(head->prev, node);
}

/* Unlinks, and leaves the node as an empty list of its own, so that a second removal is harmless. */
static inline void
list_remove(struct list_node *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

#define LIST_ENTRY(node, type, member) ((type *)((char *)(node)-offsetof(type, member)))
/* The body may remove `node`, and no other. */
#define LIST_FOR_EACH(node, following, head)                                                 \
	for (struct list_node *node = (head)->next, *following = node->next; node != (head); \
		node = following, following = node->next)

#endif
