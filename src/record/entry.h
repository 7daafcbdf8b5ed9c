/* A line of JSON records, read back: one flat object becomes a list of keys and values that borrow the line.  It reads
 * what ecs.c writes, and any other flat object; a line that is cut short, nested deeper than a list of values, or no
 * JSON is refused whole.  Texts stay escaped until they are asked for.  Nothing is allocated. */
#ifndef SLUICE_RECORD_ENTRY_H
#define SLUICE_RECORD_ENTRY_H

#include "base/buffer.h"

#define ENTRY_FIELDS_MAX 128

enum entry_type { ENTRY_TEXT, ENTRY_NUMBER, ENTRY_TRUE, ENTRY_FALSE, ENTRY_NULL, ENTRY_LIST };

struct entry_field {
	struct slice key; /* as written: escapes are not undone, our keys have none */
	/* What stands between the quotes or brackets, still escaped; or the number as it is written. */
	struct slice value;
	enum entry_type type;
	bool is_escaped; /* of a TEXT: it holds a backslash */
};

struct entry {
	struct entry_field fields[ENTRY_FIELDS_MAX];
	size_t count;
};

/* The line is without its line feed.  False where it is refused. */
bool entry_parse(struct slice line, struct entry *e);
/* NULL where the key is absent; the first where it stands twice. */
const struct entry_field *entry_find(const struct entry *e, struct slice key);
/* The field's text: as it is, or with escapes undone in `scratch`, which is emptied first and owns it.  Numbers and
 * words as they are written; lists as their JSON between the brackets.  Empty where f is NULL. */
struct slice entry_text(const struct entry_field *f, struct buffer *scratch);
/* 0 where f is NULL or no whole number. */
uint64_t entry_u64(const struct entry_field *f);
/* Walks the texts of a LIST: start with *rest = f->value; false at its end. */
bool entry_list_next(struct slice *rest, struct entry_field *item);

#endif
