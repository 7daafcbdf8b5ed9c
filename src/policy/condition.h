/* What a rule may ask: a row for each kind of condition.  A row reads the words of a rule into a condition, and
 * evaluates a condition against facts to true, false, or not known yet.  Evaluating allocates nothing and asks
 * nobody. */
#ifndef SLUICE_POLICY_CONDITION_H
#define SLUICE_POLICY_CONDITION_H

#include "conf/parse.h"
#include "policy/group.h"
#include "policy/names.h"
#include "policy/regex.h"
#include "policy/schedule.h"
#include "policy/site.h"
#include "policy/truth.h"

struct condition_kind;

/* Texts, and patterns (~...), any of which may match. */
struct condition_texts {
	const struct slice *items;
	size_t count;
	const struct regex *const *patterns;
	size_t pattern_count;
};

struct condition_port {
	uint16_t from;
	uint16_t to;
};

/* All of it lives in the policy's arena. */
struct condition {
	const struct condition_kind *kind;
	bool is_negated;         /* the rule wants it not to hold: by `not`, or as an exception */
	bool is_exception;       /* where it holds as written, the rule is lifted */
	enum policy_stage stage; /* by then it is decided */
	uint32_t facts;          /* FACT_BIT()s that it looks at */
	union {
		struct {
			struct site_names names;
			struct condition_texts host; /* patterns without a slash */
			struct condition_texts url;  /* patterns with one: host and path */
		} site;
		struct {
			const uint64_t *mask;
			size_t words;
		} category;
		struct {
			const struct condition_port *ranges;
			size_t count;
		} port;
		struct {
			const struct prefix *prefixes;
			size_t count;
		} destination;
		struct group_set groups;
		struct {
			uint32_t transports; /* bits 1 << enum fact_transport */
			uint32_t applications;
		} protocol;
		struct condition_texts texts; /* method, ja4, unreadable */
		struct {
			struct slice name;
			struct condition_texts values; /* none: the field is there */
		} header;
		struct {
			enum { CERTIFICATE_ISSUER, CERTIFICATE_AGE, CERTIFICATE_SELF_SIGNED } what;
			struct condition_texts issuers;
			bool is_over;
			int64_t age; /* seconds */
		} certificate;
		struct {
			uint64_t classes;
			struct condition_texts mimes;
		} type;
		struct {
			bool is_over;
			uint64_t bytes;
		} size;
		enum fact_direction direction;
		int32_t phrases;
		struct {
			const uint16_t *numbers;
			size_t count;
			unsigned over;
		} topic;
		struct {
			bool by_score;
			int32_t over;
			struct condition_texts texts;
		} search;
		uint32_t suspicions; /* bits 1 << enum fact_suspicion */
		struct {
			const struct schedule *const *schedules;
			size_t count;
		} during;
	};
	struct slice text;   /* as it was written, without `except` */
	struct slice values; /* its end, behind the keyword */
	unsigned line;
	unsigned column;
};

/* What conditions are read with. */
struct condition_reader {
	struct arena *arena;
	struct problems *problems;
	const struct policy_names *names;
	const struct groups *groups;
	struct sites *sites;
	const struct schedule *const *schedules;
	size_t schedule_count;
};

/* What conditions are evaluated against. */
struct condition_input {
	const struct facts *facts;
	const struct sites *sites;
	struct group_set groups_sure;
	struct group_set groups_maybe;
	bool sites_are_looked_up;
	struct site_bits sites_sure; /* from here on written when the first site condition asks */
	struct site_bits sites_maybe;
};

struct policy;

struct condition_kind {
	const char *name;
	const char *values; /* how it is written, for messages and the manual page: "NAME..." */
	unsigned least;     /* how many values it needs */
	const char *help;
	const char *holds; /* what it makes the proxy hold back; NULL: nothing */
	/* Reads values into the condition, and sets its stage and facts.  Adds mistakes to the reader's problems. */
	bool (*read)(struct condition_reader *reader, struct condition *condition, const struct conf_field *field);
	enum truth (*evaluate)(const struct condition *condition, struct condition_input *input);
	/* The value that was looked at, as text; only asked while its facts are known. */
	void (*evidence)(const struct condition *condition, const struct facts *facts, const struct policy_names *names,
		char *dst, size_t dst_size);
	/* For messages, of two conditions of the kind without their `not` (see condition_relation.h): whether b holds
	 * wherever a does, and whether they never hold together.  NULL: nobody knows. */
	bool (*implies)(const struct policy *policy, const struct condition *a, const struct condition *b);
	bool (*excludes)(const struct policy *policy, const struct condition *a, const struct condition *b);
};

extern const struct condition_kind condition_kinds[];
extern const size_t condition_kind_count;

/* NULL where there is none. */
const struct condition_kind *condition_kind_find(struct slice name);
/* Whether it is as the rule wants it: `not` and `except` are applied. */
enum truth condition_evaluate(const struct condition *condition, struct condition_input *input);
/* "site www.example.org", "site not known yet"... into dst. */
void condition_evidence(const struct condition *condition, const struct facts *facts, const struct policy_names *names,
	char *dst, size_t dst_size);

#endif
