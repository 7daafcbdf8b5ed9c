/* The configuration language end to end: tokens, tree, settings, policy, the linter, and a walk over what came of
 * it.  A NUL byte separates the main file from a file of conf.d/ and from one that a group may name. */
#include "conf/snapshot.h"
#include "policy/explain.h"
#include "policy/lint.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
name_of(const void *context, unsigned number)
{
	static const char *const names[] = {"malware", "bank", "executable", "games"};

	return number < 4 ? names[number] : NULL;
}

/* The same walk with few facts and with many: what was decided must stay. */
static void
walk(const struct policy *policy)
{
	static const uint64_t categories[] = {2};
	struct facts facts = {
		.site = SLICE("www.example.org"),
		.path = SLICE("/a/b?c"),
		.method = SLICE("GET"),
		.categories = {categories, 1},
		.time = 1704099600,
		.destination = {.port = 443},
		.mime = SLICE("image/png"),
	};
	struct verdict early, late;
	struct explanation explanation;

	facts_settle(&facts, STAGE_CONNECTION);
	policy_evaluate(policy, &facts, &early);
	facts_settle(&facts, STAGE_BODY);
	policy_explain(policy, &facts, NULL, &explanation);
	policy_evaluate(policy, &facts, &late);
	if (late.verb == VERB_UNDECIDED || late.rule != explanation.verdict.rule)
		abort();
	if (early.verb != VERB_UNDECIDED && (early.verb != late.verb || early.rule != late.rule))
		abort();
	explanation_release(&explanation);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const file_names[] = {"/etc/sluice/sluice.conf", "/etc/sluice/conf.d/x.conf", "/users"};
	static const struct policy_names names = {.of = {name_of, name_of, name_of}};
	struct conf_source sources[3] = {{0}};
	struct slice rest = slice_make(data, size);
	struct problems problems = {0};
	struct conf_tree *tree;
	size_t count = 0;

	do {
		size_t end = count < 2 ? slice_find(rest, '\0') : rest.len;

		sources[count] = (struct conf_source){file_names[count], slice_sub(rest, 0, end)};
		rest = slice_sub(rest, end + 1, rest.len);
	} while (++count < 3 && rest.len);
	tree = conf_tree_parse(sources, count, &problems);
	if (tree) {
		struct conf *conf = conf_build(tree, &problems);
		struct policy *policy = policy_compile(tree, &names, &problems);

		if (policy) {
			policy_lint(policy, conf, &problems);
			walk(policy);
		}
		policy_release(policy);
		conf_release(conf);
	} else if (problems.errors == 0) {
		abort(); /* refused without a word */
	}
	conf_tree_free(tree);
	problems_release(&problems);
	return 0;
}
