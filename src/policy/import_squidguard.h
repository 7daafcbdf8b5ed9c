/* What the importer of squidGuard.conf shares among its files: what was read.
 *   import_squidguard.c           lines, and the policy that is written
 *   import_squidguard_define.c    time, src and dest blocks
 *   import_squidguard_acl.c       acl blocks */
#ifndef SLUICE_POLICY_IMPORT_SQUIDGUARD_H
#define SLUICE_POLICY_IMPORT_SQUIDGUARD_H

#include "policy/import_text.h"

#define SQUIDGUARD_DESTS_MAX 1024
#define SQUIDGUARD_SOURCES_MAX 1024

struct squidguard_dest {
	struct slice name;
	struct slice path; /* the folder of its lists; empty where there is none */
	bool has_expressions;
};

/* A src block: whose requests the first of them that fits decides. */
struct squidguard_source {
	struct slice name;
	struct import_texts networks;
	struct import_texts users;
	bool lost_networks; /* some could not be carried over */
	bool lost_users;
	bool is_lost;   /* it says what makes it narrower, and that could not be carried over */
	char when[80];  /* " during T", " not during T": else the next source is asked */
	bool is_closed; /* its rules decide everything */
	struct import_texts rules;
};

struct squidguard {
	struct import import;
	struct slice text;
	struct slice home; /* dbhome */
	struct import_texts definitions;
	struct squidguard_source *sources;
	size_t source_count;
	struct import_texts defaults; /* of acl's default block: they come last */
	struct squidguard_dest *dests;
	size_t dest_count;
	/* Of the line that is being read. */
	struct slice rest;
	struct slice later; /* what stands behind a brace */
};

/* The next line with something on it, without its comment, into `rest`; what stands behind a brace is a line of its
 * own. False at the end. */
bool squidguard_next_line(struct squidguard *g);
/* The next word of the line. */
bool squidguard_next_word(struct squidguard *g, struct slice *word);
/* Whether it begins with a closing brace. */
bool squidguard_is_close(struct slice line);
/* Skips a block that nobody reads, its inner blocks too, and says so. */
void squidguard_skip_block(struct squidguard *g);

/* Each from behind its opening brace to the closing one.
 *   time NAME { weekly mtwhfas HH:MM - HH:MM } */
void squidguard_read_time(struct squidguard *g, struct slice name);
/* src NAME { ip ... user ... userlist FILE within T }: who is asked for by several of them must be in each. */
void squidguard_read_src(struct squidguard *g, struct slice name);
/* dest NAME { domainlist DIR/domains urllist DIR/urls expressionlist DIR/expressions } */
void squidguard_read_dest(struct squidguard *g, struct slice name);
/* acl { SRC [within|outside TIME] { pass ... } else { pass ... } default { pass ... } } */
void squidguard_read_acl(struct squidguard *g);

/* Whether there is a dest of the name that has a list. */
bool squidguard_has_dest(const struct squidguard *g, struct slice name);

#endif
