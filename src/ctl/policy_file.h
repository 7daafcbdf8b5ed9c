/* A configuration with its compiled policy, as the daemon would have it: for commands that decide without the daemon.
 */
#ifndef SLUICE_CTL_POLICY_FILE_H
#define SLUICE_CTL_POLICY_FILE_H

#include "classify/category_file.h"
#include "classify/name_shape.h"
#include "classify/search_terms.h"
#include "classify/text_model.h"
#include "ctl/settings.h"
#include "policy/compile.h"
#include "policy/user_table.h"

#include <limits.h>

#define POLICY_FILE_NO_TOPIC UINT_MAX

struct policy_file {
	struct settings settings;
	struct policy *policy;           /* owned */
	struct category_file categories; /* the table of the lists, as the daemon has it; no map: there is none */
	struct category_answer answer;
	struct user_table *users;            /* owned; NULL: no file of users is configured, or none can be read */
	struct text_model model;             /* of content { model }; no classes: there is none */
	uint8_t topics[2][TEXT_CLASSES_MAX]; /* by enum fact_direction */
	char search[3 * SEARCH_TERMS_MAX];
	char suspicion[NAME_SHAPE_TEXT_MAX];
};

/* Loads and compiles; mistakes are said, and the answer is EX_CONFIG or EX_NOINPUT.  Release in either case. */
int policy_file_load(struct ctl *ctl, const char *path, struct policy_file *p);
/* Learns the categories of the site, and of the path where that is known, into facts that borrow from p. */
void policy_file_categories(struct policy_file *p, struct facts *facts);
/* Learns whom the files of users name for facts->client at facts->time, into facts that borrow from p. */
void policy_file_users(struct policy_file *p, struct facts *facts);
/* The number of a topic of the model, or POLICY_FILE_NO_TOPIC. */
unsigned policy_file_topic(const struct policy_file *p, struct slice topic);
/* Learns what the site's name and the URL say by themselves: suspicions, and search terms where the path is known and
 * facts have none yet; into facts that borrow from p. */
void policy_file_names(struct policy_file *p, struct facts *facts);
void policy_file_release(struct policy_file *p);

#endif
