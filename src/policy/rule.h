/* A rule: a verb, a group, conditions that must all hold, exceptions of which none may hold, and options. */
#ifndef SLUICE_POLICY_RULE_H
#define SLUICE_POLICY_RULE_H

#include "policy/condition.h"

#define RULE_CONDITIONS_MAX 64 /* exceptions included */

enum verb {
	VERB_PASS,    /* bytes untouched */
	VERB_INSPECT, /* decrypt, record, let through */
	VERB_BLOCK,
	VERB_WARN,      /* a page to click through */
	VERB_UNDECIDED, /* no rule's: inspect, and ask again when more is known */
	VERBS
};

/* How much of what the rule decides is recorded. */
enum rule_log {
	RULE_LOG_FULL,  /* as the settings say */
	RULE_LOG_BRIEF, /* the host, nothing of the path or the headers */
	RULE_LOG_NONE,
};

struct rule {
	enum verb verb;
	uint16_t group;
	bool is_monitor;     /* recorded, not enforced */
	bool is_no_override; /* nobody may get around it with a code */
	enum rule_log log;
	uint64_t for_ns;                    /* of warn: how long the click is remembered */
	const struct condition *conditions; /* the exceptions behind the others */
	size_t condition_count;
	enum policy_stage stage; /* by then it is decided, whatever comes */
	uint32_t facts;          /* all that it looks at, group included */
	unsigned number;         /* from 1, over all files */
	struct slice id;         /* what records and pages say: "sluice.conf:31", or as the rule itself says */
	struct slice text;       /* the rule as one line */
	struct slice reason;     /* empty where there is none */
	const char *file;
	unsigned line;
	unsigned column;
};

/* Whether it passes by the site's name, or by categories found by it: then the destination has to be the site's own. */
bool rule_passes_by_name(const struct rule *rule);
/* "pass", "inspect", "block", "warn"; "undecided". */
const char *verb_name(enum verb verb);
/* Reads the words of a rule; it lives in the reader's arena, but for the group's and the texts' sources.
 * False on a mistake, which was added to the reader's problems. */
bool rule_read(
	struct condition_reader *reader, const struct conf_statement *statement, unsigned number, struct rule *rule);

/* A keyword among the words of a rule, from the third word on (`not` and `except` are such too), and the values behind
 * it: the next field begins at + 1 + its count.  A key that is no keyword is a mistake. */
struct conf_field rule_field_at(const struct conf_statement *statement, unsigned at);

/* An option of a rule, for messages and the manual page. */
struct rule_option {
	const char *name;
	const char *value; /* how it is written; "" where it takes none */
	const char *help;
	bool (*read)(struct condition_reader *reader, struct rule *rule, const struct conf_field *field);
};
extern const struct rule_option rule_options[];
extern const size_t rule_option_count;

#endif
