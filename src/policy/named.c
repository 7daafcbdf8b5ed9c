/* Names of categories in rules.  See named.h. */
#include "policy/named.h"

#include "policy/rule.h"

#define MEMORY_MAX (256u << 10)

static void
add(struct named_categories *named, struct slice name)
{
	struct slice copy;

	for (size_t i = 0; i < named->count; i++)
		if (slice_eq(slice_of(named->items[i]), name))
			return;
	if (named->count == NAMED_CATEGORIES_MAX || (copy = arena_copy(&named->memory, name)).ptr == NULL)
		return;
	named->items[named->count++] = copy.ptr;
}

static void
read_rule(struct named_categories *named, const struct conf_statement *rule)
{
	struct conf_field field;

	for (unsigned at = 2; at < rule->count; at += field.count + 1) {
		field = rule_field_at(rule, at);
		if (field.key->is_quoted || !slice_eq(field.key->text, SLICE("category")))
			continue;
		for (unsigned i = 0; i < field.count; i++)
			add(named, field.values[i].text);
	}
}

void
named_categories_of(const struct conf_tree *tree, struct named_categories *named)
{
	named->count = 0;
	named->memory = arena_make(MEMORY_MAX);
	for (const struct conf_statement *s = tree->first; s; s = s->next)
		if (s->has_block && slice_eq(s->words[0].text, SLICE("policy")))
			for (const struct conf_statement *rule = s->block; rule; rule = rule->next)
				read_rule(named, rule);
}

void
named_categories_release(struct named_categories *named)
{
	arena_release(&named->memory);
	named->count = 0;
}
