/* The types of settings: how the words of a setting become the field of the snapshot, and how two fields compare.
 * A row for each type; the schema names the type. */
#ifndef SLUICE_CONF_TYPE_H
#define SLUICE_CONF_TYPE_H

#include "conf/parse.h"
#include "conf/schema.h"

struct conf_type_row {
	const char *name; /* for the manual page: "duration" */
	bool is_list;     /* takes any number of words; the others take exactly one */
	/* Reads the words into the field; strings and arrays go to the arena.  Adds what is wrong to problems, at
	 * the word, and returns false. */
	bool (*store)(const struct conf_setting *setting, const struct conf_field *field, void *target,
		struct arena *arena, struct problems *problems);
	bool (*equal)(const void *a, const void *b);
};

extern const struct conf_type_row conf_types[CONF_TYPES];

/* What a value of the setting looks like, for messages and the manual page: "redirect | tproxy", "1 to 65535"... */
const char *conf_setting_expected(const struct conf_setting *setting, char *dst, size_t dst_size);

#endif
