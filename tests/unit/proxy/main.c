#include "suites.h"

#include <stdio.h>

void
request_from(struct http_message *request, struct arena *arena, const char *text)
{
	struct slice rest = arena_copy(arena, slice_of(text)), line, url;
	size_t space, colon;

	http_message_init(request, arena, true);
	request->version = HTTP_VERSION_1_1;
	ck_assert(slice_split(&rest, '\n', &line));
	space = slice_find(line, ' ');
	request->method_text = slice_sub(line, 0, space);
	request->method = http_method_lookup(request->method_text);
	url = slice_sub(line, space + 1, line.len);
	colon = slice_find(url, ':');
	request->scheme = slice_sub(url, 0, colon);
	url = slice_sub(url, colon + 3, url.len);
	request->authority = slice_sub(url, 0, slice_find(url, '/'));
	request->path = slice_sub(url, request->authority.len, url.len);
	while (rest.len > 0 && slice_split(&rest, '\n', &line)) {
		colon = slice_find(line, ':');
		ck_assert(http_message_add(
			request, slice_sub(line, 0, colon), slice_trim(slice_sub(line, colon + 1, line.len))));
	}
	request->is_upgrade = http_message_find(request, HTTP_FIELD_UPGRADE) != NULL;
}

struct conf *
conf_from(const char *text)
{
	struct problems problems = {0};
	struct conf_source source = {"/etc/test.conf", slice_of(text)};
	struct conf_tree *tree = conf_tree_parse(&source, 1, &problems);
	struct conf *conf = tree ? conf_build(tree, &problems) : NULL;

	ck_assert_msg(conf != NULL, "refused: %s", problems_text(&problems));
	conf_tree_free(tree);
	problems_release(&problems);
	return conf;
}

const char *
problems_text(struct problems *problems)
{
	static char text[16384];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < problems->count && n + 1024 < sizeof text; i++) {
		problem_format(&problems->items[i], text + n, sizeof text - n);
		n += strlen(text + n);
		n += (size_t)snprintf(text + n, sizeof text - n, "\n");
	}
	problems_release(problems);
	return text;
}

UNIT_MAIN(bypasses_suite, override_code_suite, overrides_suite, page_form_suite, page_template_suite, page_set_suite,
	pages_suite, warn_suite, enforce_suite)
