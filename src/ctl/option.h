/* Options of commands as rows: the parser, `sluicectl help` and the shell's completion are made from them. */
#ifndef SLUICE_CTL_OPTION_H
#define SLUICE_CTL_OPTION_H

#include "base/addr.h"

#define OPTION_WHERE_MAX 8

enum ctl_option_type {
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char * */
	OPTION_COUNT,  /* struct option_count */
	OPTION_ADDR,   /* struct option_addr */
	OPTION_PREFIX, /* struct option_prefix: an address or ADDRESS/BITS */
	OPTION_TIME,   /* uint64_t, ns since 1970: "2h" ago, a date, or a date and a time (RFC 3339) */
	OPTION_WHERE,  /* struct option_where: KEY=VALUE, may be repeated */
};

struct option_count {
	bool is_set;
	uint64_t value;
};

struct option_addr {
	bool is_set;
	struct addr addr;
};

struct option_prefix {
	bool is_set;
	struct prefix prefix;
};

struct option_where {
	size_t count;
	struct slice keys[OPTION_WHERE_MAX];
	struct slice values[OPTION_WHERE_MAX];
};

struct ctl_option {
	const char *name; /* without dashes */
	char letter;      /* 0: none */
	enum ctl_option_type type;
	size_t offset;        /* into the set's target */
	const char *argument; /* what help calls it: "ADDRESS"; NULL for a flag */
	const char *help;
};

/* Rows and what they fill in. */
struct option_set {
	const struct ctl_option *rows;
	size_t count;
	void *target;
};

struct ctl;

/* Parses argv (argv[0] is the command) by the command's own rows into `own`, by the filter's rows into `filter` (NULL
 * where the command has none) and the common ones into ctl.  Operands are left in argv[*first_operand] and after.
 * 0, or an exit status with the mistake said; texts borrow argv.  With --help, help was printed and *first_operand is
 * -1. */
int option_parse(struct ctl *ctl, int argc, char **argv, void *own, void *filter, int *first_operand);
/* Reads a time as OPTION_TIME does. */
bool option_read_time(struct slice text, uint64_t now_ns, uint64_t *ns);

#endif
