/* Lists of all formats: what is read, what is skipped and named, and what becomes of it on disk. */
#include "suites.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "classify/list_compile.h"
#include "classify/list_name.h"

/* ---- names ---- */

START_TEST(names_are_brought_into_one_form)
{
	static const struct {
		const char *text;
		enum list_name_kind kind;
		const char *want;
	} cases[] = {
		{"Example.COM", LIST_NAME_HOST, "example.com"},
		{"example.com.", LIST_NAME_HOST, "example.com"},
		{"b\303\274cher.example", LIST_NAME_HOST, "xn--bcher-kva.example"},
		{"B\303\234CHER.example", LIST_NAME_HOST, "xn--bcher-kva.example"},
		{"_dmarc.example.com", LIST_NAME_HOST, "_dmarc.example.com"},
		{"com", LIST_NAME_SINGLE_LABEL, "com"},
		{"192.0.2.1", LIST_NAME_ADDRESS, "192.0.2.1"},
		{"2001:DB8:0::1", LIST_NAME_ADDRESS, "2001:db8::1"},
		{"[2001:db8::1]", LIST_NAME_ADDRESS, "2001:db8::1"},
		{"", LIST_NAME_BAD, NULL},
		{".", LIST_NAME_BAD, NULL},
		{"a..b", LIST_NAME_BAD, NULL},
		{".example.com", LIST_NAME_BAD, NULL},
		{"exa mple.com", LIST_NAME_BAD, NULL},
		{"example.com/", LIST_NAME_BAD, NULL},
		{"1.2.3.4.5", LIST_NAME_BAD, NULL},
		{"999.1.1.1", LIST_NAME_BAD, NULL},
		{"\377\376.example", LIST_NAME_BAD, NULL},
		{"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g", LIST_NAME_BAD, NULL},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com", LIST_NAME_BAD, NULL},
	};
	char dst[CATEGORY_HOST_MAX + 1];
	struct slice out;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(
			list_name_normalise(slice_of(cases[i].text), dst, &out) == cases[i].kind, "%s", cases[i].text);
		if (cases[i].want)
			assert_slice(out, cases[i].want);
	}
}
END_TEST

/* ---- lines ---- */

/* The items of a line as "host /path", classes of what is skipped by name; with semicolons. */
static const char *
items_of(enum conf_list_format format, const char *text)
{
	struct list_line line = list_line_begin(format, slice_of(text));
	static char out[1024];
	struct list_item item;
	size_t at = 0;

	out[0] = '\0';
	while (list_line_next(&line, &item)) {
		if (at)
			at += (size_t)snprintf(out + at, sizeof out - at, ";");
		if (item.class <= LIST_URL)
			at += (size_t)snprintf(
				out + at, sizeof out - at, "%.*s%.*s", SLICE_ARG(item.host), SLICE_ARG(item.path));
		else
			at += (size_t)snprintf(out + at, sizeof out - at, "(%s)", list_class_name(item.class));
	}
	return out;
}

#define BAD "(no entry of this format)"

START_TEST(each_format_reads_its_lines)
{
	static const struct {
		enum conf_list_format format;
		const char *line;
		const char *want;
	} cases[] = {
		{CONF_LIST_PLAIN, "example.com", "example.com"},
		{CONF_LIST_PLAIN, "example.com\r", "example.com"},
		{CONF_LIST_PLAIN, "  example.com  # why", "example.com"},
		{CONF_LIST_PLAIN, ".example.com", "example.com"},
		{CONF_LIST_PLAIN, "example.com/a/b?c", "example.com/a/b?c"},
		{CONF_LIST_PLAIN, "https://example.com:8443/a", "example.com/a"},
		{CONF_LIST_PLAIN, "https://example.com/", "example.com"},
		{CONF_LIST_PLAIN, "192.0.2.1", "192.0.2.1"},
		{CONF_LIST_PLAIN, "192.0.2.1/x.exe", "192.0.2.1/x.exe"},
		{CONF_LIST_PLAIN, "192.0.2.0/24", "(network)"},
		{CONF_LIST_PLAIN, "2001:db8::/32", "(network)"},
		{CONF_LIST_PLAIN, "http://[2001:db8::1]:80/a", "2001:db8::1/a"},
		{CONF_LIST_PLAIN, "# comment", "(comment)"},
		{CONF_LIST_PLAIN, "", "(comment)"},
		{CONF_LIST_PLAIN, "com", "(name of one label)"},
		{CONF_LIST_PLAIN, "two words", BAD},
		{CONF_LIST_PLAIN, "*.example.com", "(regular expression)"},
		{CONF_LIST_PLAIN, "<html>", BAD},
		{CONF_LIST_HOSTS, "0.0.0.0 a.example b.example # x", "a.example;b.example"},
		{CONF_LIST_HOSTS, "127.0.0.1\tlocalhost", "(name of one label)"},
		{CONF_LIST_HOSTS, "0.0.0.0 0.0.0.0", "(comment)"},
		{CONF_LIST_HOSTS, "::1 a.example", "a.example"},
		{CONF_LIST_HOSTS, "0.0.0.0", BAD},
		{CONF_LIST_HOSTS, "a.example b.example", BAD},
		{CONF_LIST_HOSTS, "0.0.0.0 a_b$.example", BAD},
		{CONF_LIST_WILDCARD, "*.example.com", "example.com"},
		{CONF_LIST_WILDCARD, "*.zip", "zip"},
		{CONF_LIST_WILDCARD, "a*.example.com", "(regular expression)"},
		{CONF_LIST_DNSMASQ, "address=/a.example/b.example/0.0.0.0", "a.example;b.example"},
		{CONF_LIST_DNSMASQ, "address=/a.example/", "a.example"},
		{CONF_LIST_DNSMASQ, "local=/a.example/", "a.example"},
		{CONF_LIST_DNSMASQ, "server=/a.example/9.9.9.9", "(other answer)"},
		{CONF_LIST_DNSMASQ, "address=a.example", BAD},
		{CONF_LIST_DNSMASQ, "address=//", BAD},
		{CONF_LIST_DNSMASQ, "cache-size=1", BAD},
		{CONF_LIST_ADBLOCK, "||example.com^", "example.com"},
		{CONF_LIST_ADBLOCK, "||example.com^$important,all", "example.com"},
		{CONF_LIST_ADBLOCK, "||example.com^$third-party", "(rule with options)"},
		{CONF_LIST_ADBLOCK, "||example.com^$all,domain=x.test", "(rule with options)"},
		{CONF_LIST_ADBLOCK, "||example.com/ads", "(pattern of URLs)"},
		{CONF_LIST_ADBLOCK, "||example.com^*ads", "(pattern of URLs)"},
		{CONF_LIST_ADBLOCK, "||example.com", "(pattern of URLs)"},
		{CONF_LIST_ADBLOCK, "||ads.*^", "(regular expression)"},
		{CONF_LIST_ADBLOCK, "@@||example.com^", "(exception)"},
		{CONF_LIST_ADBLOCK, "example.com##.ad", "(cosmetic rule)"},
		{CONF_LIST_ADBLOCK, "/banner[0-9]+/", "(regular expression)"},
		{CONF_LIST_ADBLOCK, "-ad-banner.", "(pattern of URLs)"},
		{CONF_LIST_ADBLOCK, "! comment", "(comment)"},
		{CONF_LIST_ADBLOCK, "[Adblock Plus 2.0]", "(comment)"},
		{CONF_LIST_RPZ, "example.com CNAME .", "example.com"},
		{CONF_LIST_RPZ, "*.example.com 300 IN CNAME *.", "example.com"},
		{CONF_LIST_RPZ, "example.com CNAME rpz-passthru.", "(exception)"},
		{CONF_LIST_RPZ, "example.com CNAME walled.garden.", "(other answer)"},
		{CONF_LIST_RPZ, "24.0.2.0.192.rpz-ip CNAME .", "(network)"},
		{CONF_LIST_RPZ, "example.com A 192.0.2.1", "(other answer)"},
		{CONF_LIST_RPZ, "$TTL 60", "(comment)"},
		{CONF_LIST_RPZ, "@ SOA a. b. 1 2 3 4 5", "(comment)"},
		{CONF_LIST_RPZ, "example.com", BAD},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(strcmp(items_of(cases[i].format, cases[i].line), cases[i].want) == 0,
			"%s \"%s\" is read as \"%s\", not \"%s\"", list_format_name(cases[i].format), cases[i].line,
			items_of(cases[i].format, cases[i].line), cases[i].want);
}
END_TEST

START_TEST(a_format_is_told_by_its_looks)
{
	static const struct {
		const char *text;
		enum conf_list_format want;
	} cases[] = {
		{"# list\nexample.com\nexample.net\n", CONF_LIST_PLAIN},
		{"# list\n0.0.0.0 example.com\n0.0.0.0 example.net\n", CONF_LIST_HOSTS},
		{"[Adblock Plus]\n! x\n||example.com^\n", CONF_LIST_ADBLOCK},
		{"[Adblock Plus 2.0]\n! Title: x\n-ad-300x600-\n-ad-banner.\n.ad.page/\n&adserver=\n",
			CONF_LIST_ADBLOCK},
		{"! Title: x\n-ad-300x600-\n-ad-banner.\n-ad-big.\n", CONF_LIST_ADBLOCK},
		{"address=/example.com/\n", CONF_LIST_DNSMASQ},
		{"*.example.com\n*.example.net\n", CONF_LIST_WILDCARD},
		{"$TTL 60\nexample.com CNAME .\n", CONF_LIST_RPZ},
		{"192.0.2.1\n192.0.2.2\n", CONF_LIST_PLAIN},
		{"", CONF_LIST_PLAIN},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_str_eq(
			list_format_name(list_format_guess(slice_of(cases[i].text))), list_format_name(cases[i].want));
}
END_TEST

/* ---- files ---- */

static char folder[64];
static struct problems problems;
static struct list_report reports[4];
static struct category_table table;
static struct slice bytes;

static void
set_up(void)
{
	snprintf(folder, sizeof folder, "/tmp/check-list-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

static void
tear_down(void)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	problems_release(&problems);
	free((char *)(uintptr_t)bytes.ptr);
	bytes.ptr = NULL;
}

static const char *
in_folder(const char *name)
{
	static char paths[4][256];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static void
write_file(const char *name, const char *text)
{
	FILE *file = fopen(in_folder(name), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void
make_folder(const char *name)
{
	ck_assert_int_eq(mkdir(in_folder(name), 0755), 0);
}

static struct conf_list
list_of(const char *name)
{
	return (struct conf_list){
		.name = "mine", .file = "sluice.conf", .line = 3, .column = 6, .path = in_folder(name)};
}

static bool
compile(const struct conf_list *lists, size_t count)
{
	const struct list_job job = {.lists = lists, .count = count, .folder = folder};
	const char *wrong;

	if (!list_compile(&job, 1700000000, reports, &problems, &bytes))
		return false;
	wrong = category_table_open(&table, bytes);
	ck_assert_msg(wrong == NULL, "%s", wrong);
	return true;
}

static bool
is_in(const char *host, const char *category)
{
	struct category_answer answer;

	category_lookup_host(&table, slice_of(host), &answer);
	for (unsigned i = 0; category_name(&table, i); i++)
		if (strcmp(category_name(&table, i), category) == 0)
			return category_answer_has(answer.listed, i);
	return false;
}

START_TEST(a_file_becomes_a_category_of_the_lists_name)
{
	struct conf_list list;

	write_file("a", "# License: CC0\n# Title: Mine\nexample.com\nexample.net/x\n192.0.2.1\njunk line\n");
	list = list_of("a");
	ck_assert(compile(&list, 1));
	ck_assert(is_in("www.example.com", "mine"));
	ck_assert_uint_eq(reports[0].classes[LIST_HOST], 1);
	ck_assert_uint_eq(reports[0].classes[LIST_URL], 1);
	ck_assert_uint_eq(reports[0].classes[LIST_ADDRESS], 1);
	ck_assert_uint_eq(list_report_skipped(&reports[0]), 1);
	ck_assert_str_eq(reports[0].licence, "CC0");
	ck_assert_str_eq(reports[0].attribution, "Mine");
	ck_assert_uint_eq(problems.count, 1);
	ck_assert(problems.items[0].is_warning);
	ck_assert_uint_eq(problems.items[0].line, 6);
}
END_TEST

START_TEST(a_packed_file_is_read_and_a_cut_one_refused)
{
	struct conf_list list;
	gzFile gz;

	list = list_of("a.gz");
	gz = gzopen(list.path, "wb");
	for (unsigned i = 0; i < 2000; i++)
		gzprintf(gz, "h%u.example.com\n", i);
	gzclose(gz);
	ck_assert(compile(&list, 1));
	ck_assert(is_in("h1999.example.com", "mine"));
	free((char *)(uintptr_t)bytes.ptr);
	bytes.ptr = NULL;
	ck_assert_int_eq(truncate(list.path, 300), 0);
	ck_assert(!compile(&list, 1));
	ck_assert_uint_eq(problems.errors, 1);
}
END_TEST

START_TEST(a_folder_is_read_with_its_categories_other_names_and_licence)
{
	struct conf_list list;

	make_folder("ut1");
	make_folder("ut1/adult");
	make_folder("ut1/bank");
	make_folder("ut1/empty");
	write_file("ut1/adult/domains", "example.com\n");
	write_file("ut1/adult/expressions", "sex|hot\n");
	write_file("ut1/bank/urls", "example.net/bank\n");
	write_file("ut1/proxy", "bank"); /* a link where links could not be kept */
	write_file("ut1/LICENSE", "\nCC BY-SA 4.0\n");
	ck_assert_int_eq(symlink("adult", in_folder("ut1/porn")), 0);
	ck_assert_int_eq(symlink("loop", in_folder("ut1/loop")), 0);
	ck_assert_int_eq(symlink("/etc", in_folder("ut1/outside")), 0);
	list = list_of("ut1");
	ck_assert(compile(&list, 1));
	ck_assert_int_eq(reports[0].format, CONF_LIST_SQUIDGUARD);
	ck_assert_uint_eq(reports[0].categories, 2);
	ck_assert_uint_eq(reports[0].classes[LIST_EXPRESSION], 1);
	ck_assert_str_eq(reports[0].licence, "CC BY-SA 4.0 (LICENSE)");
	ck_assert(is_in("example.com", "adult") && is_in("example.com", "porn"));
	ck_assert(!is_in("example.com", "bank"));
	for (unsigned i = 0; category_name(&table, i); i++)
		ck_assert_str_ne(category_name(&table, i), "outside");
	ck_assert_uint_eq(problems.errors, 0);
}
END_TEST

START_TEST(a_category_overrules_those_of_the_folder)
{
	struct conf_list list;

	make_folder("ut1");
	make_folder("ut1/adult");
	make_folder("ut1/bank");
	write_file("ut1/adult/domains", "example.com\n");
	write_file("ut1/bank/domains", "example.net\n");
	list = list_of("ut1");
	list.category = "all";
	ck_assert(compile(&list, 1));
	ck_assert(is_in("example.com", "all") && is_in("example.net", "all"));
	ck_assert_uint_eq(table.category_count, 1);
}
END_TEST

START_TEST(own_entries_beat_lists)
{
	struct conf_list list;

	write_file("a", "example.com\nexample.net\n");
	write_file(LIST_ALLOW_FILE, "www.example.com\n");
	write_file(LIST_BLOCK_FILE, "bad.example.org\n");
	list = list_of("a");
	ck_assert(compile(&list, 1));
	ck_assert(is_in("example.com", "mine"));
	ck_assert(!is_in("www.example.com", "mine"));
	ck_assert(is_in("x.bad.example.org", LIST_BLOCK_CATEGORY));
}
END_TEST

START_TEST(bad_lines_are_counted_and_only_the_first_are_named)
{
	struct conf_list list;
	FILE *file = fopen(in_folder("bad"), "w");

	for (unsigned i = 0; i < 300000; i++)
		fputs("<<< not a name >>>\n", file);
	fputs("example.com\n", file);
	fclose(file);
	list = list_of("bad");
	ck_assert(compile(&list, 1));
	ck_assert_uint_eq(reports[0].classes[LIST_BAD], 300000);
	ck_assert_uint_eq(problems.count, LIST_NAMED_MAX);
	ck_assert_uint_eq(problems.errors, 0);
	ck_assert(is_in("example.com", "mine"));
}
END_TEST

START_TEST(a_line_without_end_is_one_bad_line)
{
	struct conf_list list;
	FILE *file = fopen(in_folder("long"), "w");

	fputs("example.com\n", file);
	for (unsigned i = 0; i < 1000000; i++)
		fputc('a', file);
	fputs("\nexample.net", file);
	fclose(file);
	list = list_of("long");
	ck_assert(compile(&list, 1));
	ck_assert_uint_eq(reports[0].classes[LIST_BAD], 1);
	ck_assert(is_in("example.com", "mine") && is_in("example.net", "mine"));
}
END_TEST

START_TEST(the_last_good_table_stays_when_a_list_fails)
{
	struct conf_list lists[2];
	const struct list_job job = {.lists = lists, .count = 2, .folder = folder};
	struct stat before, after;

	write_file("a", "example.com\n");
	write_file("b", "example.net\n");
	lists[0] = list_of("a");
	lists[1] = list_of("b");
	lists[1].name = "second";
	ck_assert(list_compile_file(&job, 1, reports, &problems));
	ck_assert_int_eq(stat(in_folder(LIST_TABLE_FILE), &before), 0);
	ck_assert_int_eq(unlink(lists[1].path), 0);
	ck_assert(!list_compile_file(&job, 2, reports, &problems));
	ck_assert_uint_eq(problems.errors, 1);
	ck_assert_int_eq(stat(in_folder(LIST_TABLE_FILE), &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
}
END_TEST

START_TEST(the_digest_of_the_inputs_follows_every_change)
{
	struct conf_list list;
	const struct list_job job = {.lists = &list, .count = 1, .folder = folder};
	uint64_t size, first, second;

	make_folder("ut1");
	make_folder("ut1/adult");
	write_file("ut1/adult/domains", "example.com\n");
	list = list_of("ut1");
	first = list_compile_inputs(&job, &size);
	ck_assert_uint_eq(size, 12);
	ck_assert_uint_eq(list_compile_inputs(&job, &size), first);
	write_file("ut1/adult/domains", "example.com\nexample.net\n");
	second = list_compile_inputs(&job, &size);
	ck_assert_uint_ne(first, second);
	list.category = "x";
	ck_assert_uint_ne(list_compile_inputs(&job, &size), second);
	list.category = NULL;
	write_file(LIST_ALLOW_FILE, "example.com\n");
	ck_assert_uint_ne(list_compile_inputs(&job, &size), second);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	struct conf_list list;

	ck_assert_int_eq(mkfifo(in_folder("pipe"), 0600), 0);
	list = list_of("pipe");
	ck_assert(!compile(&list, 1));
	make_folder("hollow");
	list = list_of("hollow");
	ck_assert(!compile(&list, 1));
	list = list_of("missing");
	ck_assert(!compile(&list, 1));
	ck_assert_uint_eq(problems.errors, 3);
}
END_TEST

Suite *
list_suite(void)
{
	Suite *suite = suite_create("list");
	TCase *lines = tcase_create("lines"), *files = tcase_create("files");

	tcase_add_test(lines, names_are_brought_into_one_form);
	tcase_add_test(lines, each_format_reads_its_lines);
	tcase_add_test(lines, a_format_is_told_by_its_looks);
	tcase_add_checked_fixture(files, set_up, tear_down);
	tcase_add_test(files, a_file_becomes_a_category_of_the_lists_name);
	tcase_add_test(files, a_packed_file_is_read_and_a_cut_one_refused);
	tcase_add_test(files, a_folder_is_read_with_its_categories_other_names_and_licence);
	tcase_add_test(files, a_category_overrules_those_of_the_folder);
	tcase_add_test(files, own_entries_beat_lists);
	tcase_add_test(files, bad_lines_are_counted_and_only_the_first_are_named);
	tcase_add_test(files, a_line_without_end_is_one_bad_line);
	tcase_add_test(files, the_last_good_table_stays_when_a_list_fails);
	tcase_add_test(files, the_digest_of_the_inputs_follows_every_change);
	tcase_add_test(files, what_is_no_file_is_refused);
	suite_add_tcase(suite, lines);
	suite_add_tcase(suite, files);
	return suite;
}
