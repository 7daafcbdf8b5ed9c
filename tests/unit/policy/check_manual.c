/* The manual page sluice.conf(5) says what the tables say: its settings, conditions and options are generated from
 * them, between marks in the page.  When a table changed, this test writes the page as it should be, and says where. */
#include "suites.h"

#include "base/buffer.h"
#include "conf/load.h"
#include "conf/schema.h"
#include "conf/snapshot.h"
#include "conf/type.h"
#include "policy/lint.h"

#include <stdio.h>

#define PAGE_MAX (1 << 20)

/* Text as roff wants it: no hyphen that is a minus, no dot that is a request, no backslash that is an escape. */
static void
put(struct buffer *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\')
			ck_assert(buffer_append_cstr(out, "\\e"));
		else if (*text == '-')
			ck_assert(buffer_append_cstr(out, "\\-"));
		else if (text[0] == ' ' && text[1] == ' ')
			continue; /* two blanks end a sentence in the source; roff has its own way */
		else
			ck_assert(buffer_append(out, slice_make(text, 1)));
	}
}

/* What a build for a Debian package would show, whatever this one was configured for. */
static void
put_default(struct buffer *out, const char *fallback)
{
	static const struct {
		const char *built;
		const char *shown;
	} prefixes[] = {{RUNSTATEDIR "/", "/run/"}, {LOCALSTATEDIR "/", "/var/"}, {SYSCONFDIR "/", "/etc/"}};

	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		if (!slice_starts_with(slice_of(fallback), slice_of(prefixes[i].built)))
			continue;
		put(out, prefixes[i].shown);
		fallback += strlen(prefixes[i].built);
		break;
	}
	put(out, fallback);
}

static void
put_setting(struct buffer *out, const struct conf_setting *setting)
{
	char expected[256];

	ck_assert(buffer_printf(out, ".TP\n.B %s\n", setting->key));
	put(out, setting->help);
	ck_assert(buffer_append_cstr(out, "\nValue: "));
	put(out, conf_setting_expected(setting, expected, sizeof expected));
	if (setting->fallback && *setting->fallback) {
		ck_assert(buffer_append_cstr(out, ". Default: "));
		put_default(out, setting->fallback);
	} else {
		ck_assert(buffer_append_cstr(out, ". No default"));
	}
	ck_assert(buffer_printf(out, ".%s\n", setting->reload == CONF_RESTART ? " Takes effect at a start only." : ""));
}

static void
put_settings(struct buffer *out)
{
	ck_assert(buffer_append_cstr(out, ".SS At the top, in no block\n"));
	for (size_t i = 0; i < conf_setting_count; i++)
		if (*conf_settings[i].block == '\0')
			put_setting(out, &conf_settings[i]);
	for (size_t b = 0; b < conf_block_count; b++) {
		if (conf_blocks[b].is_policy)
			continue;
		ck_assert(buffer_printf(
			out, ".SS %s%s { ... }\n", conf_blocks[b].name, conf_blocks[b].is_named ? " NAME" : ""));
		put(out, conf_blocks[b].help);
		ck_assert(buffer_append_cstr(out, "\n"));
		for (size_t i = 0; i < conf_setting_count; i++)
			if (strcmp(conf_settings[i].block, conf_blocks[b].name) == 0)
				put_setting(out, &conf_settings[i]);
	}
}

static void
put_conditions(struct buffer *out)
{
	for (size_t i = 0; i < condition_kind_count; i++) {
		const struct condition_kind *kind = &condition_kinds[i];

		ck_assert(buffer_printf(out, ".TP\n.BI %s \" ", kind->name));
		put(out, kind->values);
		ck_assert(buffer_append_cstr(out, "\"\n"));
		put(out, kind->help);
		if (kind->holds) {
			ck_assert(buffer_append_cstr(out, " Holds "));
			put(out, kind->holds);
			ck_assert(buffer_append_cstr(out, "."));
		}
		ck_assert(buffer_append_cstr(out, "\n"));
	}
}

static void
put_options(struct buffer *out)
{
	for (size_t i = 0; i < rule_option_count; i++) {
		ck_assert(buffer_printf(out, ".TP\n.BI %s \" ", rule_options[i].name));
		put(out, rule_options[i].value);
		ck_assert(buffer_append_cstr(out, "\"\n"));
		put(out, rule_options[i].help);
		ck_assert(buffer_append_cstr(out, "\n"));
	}
}

static const struct {
	const char *begin;
	void (*put)(struct buffer *out);
} parts[] = {
	{".\\\" generated: settings\n", put_settings},
	{".\\\" generated: conditions\n", put_conditions},
	{".\\\" generated: options\n", put_options},
};
#define END_MARK ".\\\" end\n"

static const char *
source_path(const char *name, char *dst, size_t dst_size)
{
	const char *srcdir = getenv("srcdir");

	snprintf(dst, dst_size, "%s/%s", srcdir ? srcdir : "..", name);
	return dst;
}

static void
read_page(char *dst, size_t size)
{
	char path[1024];
	FILE *file = fopen(source_path("docs/man/sluice.conf.5", path, sizeof path), "rb");
	size_t len;

	ck_assert_msg(file != NULL, "%s cannot be read", path);
	len = fread(dst, 1, size - 1, file);
	fclose(file);
	dst[len] = '\0';
}

START_TEST(the_manual_page_says_what_the_tables_say)
{
	static char page[PAGE_MAX];
	struct buffer wanted = buffer_make(PAGE_MAX);
	const char *at = page;

	read_page(page, sizeof page);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		const char *begin = strstr(at, parts[i].begin);
		const char *end = begin ? strstr(begin, END_MARK) : NULL;

		ck_assert_msg(end != NULL, "the page has no part %s", parts[i].begin);
		begin += strlen(parts[i].begin);
		ck_assert(buffer_append(&wanted, slice_make(at, (size_t)(begin - at))));
		parts[i].put(&wanted);
		at = end;
	}
	ck_assert(buffer_append_cstr(&wanted, at));
	if (!slice_eq(buffer_slice(&wanted), slice_of(page))) {
		FILE *file = fopen("sluice.conf.5.new", "wb");
		struct slice text = buffer_slice(&wanted);

		ck_assert(file && fwrite(text.ptr, 1, text.len, file) == text.len);
		fclose(file);
		ck_abort_msg("a table changed: put sluice.conf.5.new in the place of docs/man/sluice.conf.5");
	}
	buffer_release(&wanted);
}
END_TEST

/* Reads, builds, compiles and lints a file of the source tree; nothing at all may be said about it. */
static void
check_file(const char *name)
{
	struct problems problems = {0};
	struct conf_sources sources;
	struct conf_tree *tree;
	struct conf *conf;
	struct policy *policy;
	char path[1024], text[1024] = "";

	ck_assert(conf_load(source_path(name, path, sizeof path), &sources, &problems));
	tree = conf_tree_parse(sources.items, sources.count, &problems);
	ck_assert_ptr_nonnull(tree);
	conf = conf_build(tree, &problems);
	policy = policy_compile(tree, &test_names, &problems);
	if (policy)
		policy_lint(policy, conf, &problems);
	if (problems.count)
		problem_format(&problems.items[0], text, sizeof text);
	ck_assert_msg(problems.count == 0 && conf && policy, "%s", text);
	policy_release(policy);
	conf_release(conf);
	conf_tree_free(tree);
	conf_sources_release(&sources);
}

START_TEST(the_sample_configurations_are_accepted_without_a_warning)
{
	check_file("docs/sluice.conf.example");
	check_file("packaging/sluice.conf");
}
END_TEST

UNIT_SUITE(manual, "manual", the_manual_page_says_what_the_tables_say,
	the_sample_configurations_are_accepted_without_a_warning)
