/* The tree of statements: printed back as text, in tables; and the complaints with their place. */
#include "suites.h"

#include <stdio.h>

static size_t
print_statements(const struct conf_statement *s, char *dst, size_t size)
{
	size_t n = 0;

	for (; s; s = s->next) {
		for (unsigned i = 0; i < s->count; i++)
			n += (size_t)snprintf(dst + n, size - n, i ? " %.*s" : "%.*s", SLICE_ARG(s->words[i].text));
		if (s->has_block) {
			n += (size_t)snprintf(dst + n, size - n, "{");
			n += print_statements(s->block, dst + n, size - n);
			n += (size_t)snprintf(dst + n, size - n, "}");
		}
		n += (size_t)snprintf(dst + n, size - n, ";");
	}
	return n;
}

static const char *
tree_text(const struct conf_source *sources, size_t count)
{
	static char text[8192];
	struct problems problems = {0};
	struct conf_tree *tree = conf_tree_parse(sources, count, &problems);

	text[0] = '\0';
	if (tree)
		print_statements(tree->first, text, sizeof text);
	else
		snprintf(text, sizeof text, "%s", problems_text(&problems));
	conf_tree_free(tree);
	problems_release(&problems);
	return text;
}

static const char *
tree_of(const char *text)
{
	struct conf_source source = {"t.conf", slice_of(text)};

	return tree_text(&source, 1);
}

START_TEST(statements_end_with_the_line_or_the_block)
{
	static const struct {
		const char *source;
		const char *tree;
	} rows[] = {
		{"", ""},
		{"\n\n# nothing\n", ""},
		{"a b c", "a b c;"},
		{"a\nb", "a;b;"},
		{"a { b c\n d } e", "a{b c;d;};e;"},
		{"a {}", "a{};"},
		{"a { }\n", "a{};"},
		{"a x { b { c } d }", "a x{b{c;};d;};"},
		{"a\n{ b }", "t.conf:2:1: error: a block without a name; write the name in front of the {\n"},
		{"s \"q\\\"r\\n\"", "s q\"r\n;"},
		{"a \\\n  b", "a b;"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_str_eq(tree_of(rows[i].source), rows[i].tree);
}
END_TEST

START_TEST(broken_blocks_are_refused_at_the_brace_to_blame)
{
	ck_assert_ptr_nonnull(strstr(tree_of("a {\n b {\n c }\n"), "t.conf:1:3: error: the block that begins here"));
	ck_assert_ptr_nonnull(strstr(tree_of("a }\n"), "t.conf:1:3: error: a } without a {"));
	ck_assert_ptr_nonnull(strstr(tree_of("a {{"), "t.conf:1:4: error: a block without a name"));
	ck_assert_ptr_nonnull(strstr(tree_of("a { a { a { a { a { a { a { a {"), "nested too deeply"));
	ck_assert_ptr_nonnull(strstr(tree_of("a \"b"), "t.conf:1:3: error: the string does not end"));
}
END_TEST

START_TEST(included_files_stand_where_the_line_stood)
{
	const struct conf_source sources[] = {
		{"/etc/s/main.conf", SLICE("a\ninclude conf.d/*.conf\nz")},
		{"/etc/s/conf.d/10.conf", SLICE("b")},
		{"/etc/s/conf.d/20.conf", SLICE("c")},
		{"/etc/localtime", SLICE("not { a configuration")},
	};

	ck_assert_str_eq(tree_text(sources, 4), "a;b;c;z;");
}
END_TEST

START_TEST(files_that_no_line_includes_come_last)
{
	const struct conf_source sources[] = {
		{"main.conf", SLICE("include conf.d/20.conf\na")},
		{"conf.d/10.conf", SLICE("b")},
		{"conf.d/20.conf", SLICE("c")},
	};

	ck_assert_str_eq(tree_text(sources, 3), "c;a;b;");
}
END_TEST

START_TEST(a_file_is_included_once_and_must_be_there)
{
	const struct conf_source loop[] = {
		{"m.conf", SLICE("include conf.d/a.conf\ninclude conf.d/*.conf\n")},
		{"conf.d/a.conf", SLICE("include conf.d/a.conf\na")},
	};
	const struct conf_source missing[] = {{"m.conf", SLICE("x\ninclude other.conf")}};
	const struct conf_source none[] = {{"m.conf", SLICE("x\ninclude conf.d/*.conf")}};
	const struct conf_source bad[] = {{"m.conf", SLICE("y")}, {"conf.d/b.conf", SLICE("ok\n }")}};

	ck_assert_str_eq(tree_text(loop, 2), "a;");
	ck_assert_ptr_nonnull(strstr(tree_text(missing, 1), "m.conf:2:9: error: the file to include is not there"));
	ck_assert_str_eq(tree_text(none, 1), "x;");
	ck_assert_ptr_nonnull(strstr(tree_text(bad, 2), "conf.d/b.conf:2:2: error: a } without"));
	ck_assert_ptr_nonnull(strstr(tree_text(none, 0), "no configuration file"));
	ck_assert_ptr_nonnull(strstr(tree_of("include a b"), "t.conf:1:9: error: include takes one file"));
	ck_assert_str_eq(tree_of("x { include y }"), "x{include y;};"); /* only at the top */
}
END_TEST

static bool
is_test_key(const void *context, struct slice word)
{
	return slice_eq(word, SLICE("path")) || slice_eq(word, SLICE("format")) || slice_eq(word, SLICE("net"));
}

START_TEST(several_settings_may_stand_on_one_line)
{
	static const struct {
		const char *source;
		const char *fields;
	} rows[] = {
		{"path /x  format y", "path=/x;format=y;"},
		{"net 1 2 3\nnet 4", "net=1,2,3;net=4;"},
		{"net 1 2 format z", "net=1,2;format=z;"},
		{"path format net 1", "path=format;net=1;"}, /* the word after a key is its value */
		{"path \"format\" \"net\"", "path=format,net;"},
		{"path", "path=;"},
		{"odd 1 net 2", "odd=1;net=2;"},
	};
	char text[512];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct conf_source source = {"t", slice_of(rows[i].source)};
		struct problems problems = {0};
		struct conf_tree *tree = conf_tree_parse(&source, 1, &problems);
		struct conf_fields fields = conf_fields_of(tree->first, is_test_key, NULL);
		struct conf_field field;
		size_t n = 0;

		while (conf_field_next(&fields, &field)) {
			n += (size_t)snprintf(text + n, sizeof text - n, "%.*s=", SLICE_ARG(field.key->text));
			for (unsigned v = 0; v < field.count; v++)
				n += (size_t)snprintf(text + n, sizeof text - n, v ? ",%.*s" : "%.*s",
					SLICE_ARG(field.values[v].text));
			n += (size_t)snprintf(text + n, sizeof text - n, ";");
		}
		ck_assert_str_eq(text, rows[i].fields);
		conf_tree_free(tree);
	}
}
END_TEST

UNIT_SUITE(parse, "parse", statements_end_with_the_line_or_the_block, broken_blocks_are_refused_at_the_brace_to_blame,
	included_files_stand_where_the_line_stood, files_that_no_line_includes_come_last,
	a_file_is_included_once_and_must_be_there, several_settings_may_stand_on_one_line)
