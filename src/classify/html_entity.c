/* Character references.  See html_entity.h. */
#include "classify/html_entity.h"

#include "classify/charset_tables.h"

const struct html_entity *
html_entity_find(struct slice name)
{
	size_t low = 0, high = html_entity_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_compare(name, slice_of(html_entities[middle].name));

		if (order == 0)
			return &html_entities[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct html_entity *
html_entity_find_start(struct slice name, size_t *len)
{
	/* The longest of them is "Ccedil" and its like. */
	for (size_t n = name.len < 6 ? name.len : 6; n >= 2; n--) {
		const struct html_entity *entity = html_entity_find(slice_sub(name, 0, n));

		if (entity && entity->may_lack_semicolon) {
			*len = n;
			return entity;
		}
	}
	return NULL;
}

uint32_t
html_entity_correct(uint32_t code)
{
	if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0xfffd;
	if (code >= 0x80 && code < 0xa0)
		return charset_tables[CHARSET_CP1252][code - 0x80];
	return code;
}
