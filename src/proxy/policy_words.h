/* The words that rules may use beside their own groups and times: what policy/names.h asks for, out of the table of
 * categories, the text model and the content types.  For the daemon, and for commands that judge as it does. */
#ifndef SLUICE_PROXY_POLICY_WORDS_H
#define SLUICE_PROXY_POLICY_WORDS_H

#include "classify/category_table.h"
#include "classify/text_model.h"
#include "policy/names.h"

/* All borrowed. */
struct policy_words {
	const struct category_table *categories; /* NULL: there is none */
	const struct text_model *model;          /* NULL: there is none */
};

/* For policy_compile(); words must live as long as that. */
struct policy_names policy_words_names(const struct policy_words *words);

#endif
