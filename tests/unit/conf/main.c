#include "suites.h"

#include <stdio.h>

const char *
problems_text(const struct problems *problems)
{
	static char text[8192];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < problems->count && n + 600 < sizeof text; i++) {
		problem_format(&problems->items[i], text + n, sizeof text - n);
		n += strlen(text + n);
		text[n++] = '\n';
		text[n] = '\0';
	}
	return text;
}

struct conf *
conf_from(const char *text, struct problems *problems)
{
	struct conf_source source = {"test.conf", slice_of(text)};
	struct conf_tree *tree = conf_tree_parse(&source, 1, problems);
	struct conf *conf = tree ? conf_build(tree, problems) : NULL;

	conf_tree_free(tree);
	return conf;
}

UNIT_MAIN(token_suite, value_suite, parse_suite, schema_suite, snapshot_suite, load_suite)
