/* The table of all settings: the parser, the messages of `sluiced -t` and the manual page are made from it.
 * To add a setting: a field in snapshot.h, a row in schema.c. */
#ifndef SLUICE_CONF_SCHEMA_H
#define SLUICE_CONF_SCHEMA_H

#include "base/slice.h"

#include <stddef.h>

enum conf_type {
	CONF_PATH,      /* const char *: an absolute path */
	CONF_TEXT,      /* const char * */
	CONF_COUNT,     /* unsigned */
	CONF_COUNT_U16, /* uint16_t: a port */
	CONF_SIZE,      /* uint64_t: bytes */
	CONF_DURATION,  /* uint64_t: nanoseconds */
	CONF_BOOL,      /* bool */
	CONF_ENUM,      /* an enum, in the order of `names` */
	CONF_ADDRESS,   /* struct addr */
	CONF_TEXTS,     /* struct conf_texts */
	CONF_PATHS,     /* struct conf_texts of absolute paths */
	CONF_TRUST,     /* bool and struct conf_texts: "system" and paths */
	CONF_PORTS,     /* struct conf_ports */
	CONF_ENDPOINTS, /* struct conf_endpoints; "off" for none */
	CONF_PREFIXES,  /* struct conf_prefixes */
	CONF_TYPES
};

enum conf_reload {
	CONF_LIVE,    /* a reload takes it over */
	CONF_RESTART, /* only a start does */
};

struct conf_setting {
	const char *block; /* "" at the top */
	const char *key;
	enum conf_type type;
	size_t offset;            /* into struct conf; of named blocks into struct conf_list, struct conf_exception */
	uint64_t least;           /* of COUNT, SIZE and DURATION */
	uint64_t most;            /* 0 where nothing bounds it */
	const char *fallback;     /* the default as one would write it; NULL where the setting may be absent */
	const char *const *names; /* of ENUM, ended by NULL */
	enum conf_reload reload;
	const char *help; /* a sentence or more, for the manual page */
};

extern const struct conf_setting conf_settings[];
extern const size_t conf_setting_count;

/* A block that exists, and who reads it. */
struct conf_block {
	const char *name;
	bool is_named;  /* `group NAME {`, as against `tls {` */
	bool is_policy; /* read by policy/, not by the table above */
	const char *help;
};

extern const struct conf_block conf_blocks[];
extern const size_t conf_block_count;

/* NULL where there is none. */
const struct conf_setting *conf_setting_find(const char *block, struct slice key);
const struct conf_block *conf_block_find(struct slice name);

#endif
