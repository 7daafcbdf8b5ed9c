/* What the importer of squid.conf shares among its three files: what was read.
 *   import_squid.c        lines, and rules as they are read
 *   import_squid_acl.c    acls as they are read
 *   import_squid_write.c  the groups, times, lists and rules that they become */
#ifndef SLUICE_POLICY_IMPORT_SQUID_H
#define SLUICE_POLICY_IMPORT_SQUID_H

#include "policy/import_text.h"

#define SQUID_ACLS_MAX 4096
#define SQUID_RULES_MAX 4096
#define SQUID_RULE_ACLS_MAX 32
#define SQUID_EXPANSION_MAX 32 /* rules made of one, where an acl has several forms */

enum squid_acl_form {
	SQUID_ACL_GROUP,  /* becomes a group: src, arp, users */
	SQUID_ACL_TIME,   /* becomes a time */
	SQUID_ACL_VALUES, /* becomes a condition */
	SQUID_ACL_ALL,
	SQUID_ACL_STEP, /* at_step: always holds here */
	SQUID_ACL_UNKNOWN,
};

struct squid_acl_type;

struct squid_acl {
	struct slice name;
	const struct squid_acl_type *type;
	struct import_texts values; /* of a group: its members; of a time: its lines */
	struct import_texts files;  /* files of names: each becomes a list */
	struct slice header;        /* of req_header: the field */
	unsigned lost_line;         /* where a value was lost; 0: nowhere */
	bool is_used;
};

/* An http_access or ssl_bump. */
struct squid_rule {
	unsigned line;
	bool is_ssl;
	bool is_lost;
	const char *verb;
	struct {
		struct squid_acl *acl;
		bool is_negated;
	} acls[SQUID_RULE_ACLS_MAX];
	size_t count;
};

struct squid {
	struct import import;
	struct squid_acl *acls;
	size_t acl_count;
	struct squid_rule *rules;
	size_t rule_count;
	unsigned if_depth;   /* of `if` that were not ended */
	unsigned more_lines; /* that belong to the line before */
};

struct squid_acl_type {
	const char *name;
	enum squid_acl_form form;
	const char *condition; /* of SQUID_ACL_VALUES; of SQUID_ACL_GROUP the kind of member */
	/* Reads one value; false where it cannot be carried over. */
	bool (*read)(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case);
};

/* ---- import_squid_acl.c ---- */

/* What Squid defines by itself. */
void squid_acls_add_builtins(struct squid *s);
/* A line `acl NAME TYPE VALUE...`, behind its first word; what is lost of it is named. */
void squid_acl_read(struct squid *s, struct slice rest);
/* NULL where there is none. */
struct squid_acl *squid_acl_find(struct squid *s, struct slice name);

/* ---- import_squid_write.c ---- */

/* The groups, times and lists of the acls that rules use. */
void squid_write_definitions(struct squid *s);
/* The policy block. */
void squid_write_rules(struct squid *s);

#endif
