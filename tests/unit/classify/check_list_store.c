/* Lists that are fetched: archives, what is kept of them, when to ask again; and lists of what is allowed. */
#include "suites.h"

#include <archive.h>
#include <archive_entry.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "classify/list_compile.h"
#include "classify/list_store.h"

static char folder[32];
static struct list_report reports[6];
static struct problems problems;
static struct category_table table;
static struct slice bytes;

static void
set_up(void)
{
	snprintf(folder, sizeof folder, "/tmp/check-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void
forget(void)
{
	problems_release(&problems);
	free((char *)(uintptr_t)bytes.ptr);
	bytes.ptr = NULL;
}

static void
tear_down(void)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	forget();
}

static const char *
in_folder(const char *name)
{
	static char paths[16][256];
	static unsigned turn;
	char *path = paths[turn++ % 16];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static void
write_bytes(const char *name, const void *data, size_t len)
{
	FILE *file = fopen(in_folder(name), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, len, file), len);
	fclose(file);
}

static void
write_text(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static bool
compile_job(const struct list_job *job)
{
	const char *wrong;

	forget();
	if (!list_compile(job, 1700000000, reports, &problems, &bytes))
		return false;
	wrong = category_table_open(&table, bytes);
	ck_assert_msg(wrong == NULL, "%s", wrong);
	return true;
}

static bool
compile(const struct conf_list *lists, size_t count)
{
	return compile_job(&(struct list_job){.lists = lists, .count = count, .folder = folder});
}

static struct conf_list
list_at(const char *name, const char *path)
{
	return (struct conf_list){.name = name, .file = "sluice.conf", .line = 1, .column = 1, .path = path};
}

static int
number_of(const char *category)
{
	for (unsigned i = 0; category_name(&table, i); i++)
		if (strcmp(category_name(&table, i), category) == 0)
			return (int)i;
	return -1;
}

static bool
is_in(const char *host, const char *category)
{
	struct category_answer answer;
	int number = number_of(category);

	category_lookup_host(&table, slice_of(host), &answer);
	return number >= 0 && category_answer_has(answer.listed, (unsigned)number);
}

/* ---- archives ---- */

static void
put(struct archive *a, const char *path, const char *text, const char *link)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, path);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, 1600000000, 0);
	archive_entry_set_filetype(entry, link ? AE_IFLNK : AE_IFREG);
	if (link)
		archive_entry_set_symlink(entry, link);
	archive_entry_set_size(entry, link ? 0 : (la_int64_t)strlen(text));
	ck_assert_int_eq(archive_write_header(a, entry), ARCHIVE_OK);
	if (!link)
		ck_assert_int_eq(archive_write_data(a, text, strlen(text)), (la_ssize_t)strlen(text));
	archive_entry_free(entry);
}

/* As UT1 ships its lists. */
static const char *
make_archive(const char *name, bool is_packed)
{
	struct archive *a = archive_write_new();
	const char *path = in_folder(name);

	archive_write_set_format_ustar(a);
	if (is_packed)
		archive_write_add_filter_gzip(a);
	ck_assert_int_eq(archive_write_open_filename(a, path), ARCHIVE_OK);
	put(a, "blacklists/LICENSE.txt", "\nCC BY-SA 4.0\n", NULL);
	put(a, "blacklists/ads", "", "publicite");
	put(a, "blacklists/adult/domains", "example.com\nWWW.Example.NET\r\n", NULL);
	put(a, "blacklists/adult/urls", "example.org/bad\n", NULL);
	put(a, "blacklists/adult/expressions", "(sex|hot)\n# comment\nlove\n", NULL);
	put(a, "blacklists/adult/usage", "black\n", NULL);
	put(a, "blacklists/publicite/domains", "ads.example\n192.0.2.7\n", NULL);
	put(a, "blacklists/porn", "adult\n", NULL); /* a link where links could not be kept */
	put(a, "blacklists/round", "", "round");
	put(a, "blacklists/outside", "", "/etc/passwd");
	put(a, "/../../../escape/domains", "escape.example\n", NULL);
	put(a, "blacklists/README", "a text that names no category at all, and is longer than that\n", NULL);
	ck_assert_int_eq(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return path;
}

START_TEST(an_archive_is_read_as_the_folder_that_it_is)
{
	for (int is_packed = 0; is_packed < 2; is_packed++) {
		struct conf_list list = list_at("ut1", make_archive("ut1.tar", is_packed));

		ck_assert(compile(&list, 1));
		ck_assert_uint_eq(problems.errors, 0);
		ck_assert(is_in("www.example.com", "adult") && is_in("www.example.com", "porn"));
		ck_assert(is_in("www.example.net", "adult") && !is_in("example.net", "adult"));
		ck_assert(is_in("ads.example", "publicite") && is_in("ads.example", "ads"));
		ck_assert(is_in("192.0.2.7", "ads") && !is_in("ads.example", "adult"));
		ck_assert(is_in("escape.example", "escape"));
		ck_assert_int_eq(number_of("outside"), -1);
		ck_assert_uint_eq(reports[0].classes[LIST_HOST], 4);
		ck_assert_uint_eq(reports[0].classes[LIST_URL], 1);
		ck_assert_uint_eq(reports[0].classes[LIST_EXPRESSION], 2);
		ck_assert_uint_eq(reports[0].categories, 3);
		ck_assert_int_eq(number_of("ut1"), -1);
		ck_assert_uint_eq(reports[0].newest, 1600000000);
		ck_assert_str_eq(reports[0].licence, "CC BY-SA 4.0 (LICENSE.txt)");
		ck_assert_int_eq(access(in_folder("../escape"), F_OK), -1);
	}
}
END_TEST

START_TEST(an_archive_in_one_category_has_no_others)
{
	struct conf_list list = list_at("ut1", make_archive("ut1.tar.gz", true));

	list.category = "all";
	ck_assert(compile(&list, 1));
	ck_assert(is_in("example.com", "all") && is_in("ads.example", "all"));
	ck_assert_uint_eq(table.category_count, 1);
}
END_TEST

START_TEST(an_archive_cut_short_anywhere_is_refused_or_read_to_a_whole_entry)
{
	const char *path = make_archive("ut1.tar.gz", true);
	struct stat st;
	unsigned refused = 0;

	ck_assert_int_eq(stat(path, &st), 0);
	for (off_t len = st.st_size - 1; len > 0; len -= 7) {
		struct conf_list list = list_at("ut1", path);

		ck_assert_int_eq(truncate(path, len), 0);
		refused += !compile(&list, 1);
		ck_assert(bytes.ptr == NULL || problems.errors == 0);
	}
	ck_assert_uint_ge(refused, (unsigned)(st.st_size / 7 - 4)); /* the last bytes are padding */
}
END_TEST

START_TEST(an_archive_without_lists_is_refused)
{
	struct conf_list list = list_at("ut1", in_folder("other.tar"));
	struct archive *a = archive_write_new();

	archive_write_set_format_ustar(a);
	ck_assert_int_eq(archive_write_open_filename(a, list.path), ARCHIVE_OK);
	put(a, "etc/passwd", "root:x:0:0\n", NULL);
	archive_write_close(a);
	archive_write_free(a);
	ck_assert(!compile(&list, 1));
	ck_assert_ptr_nonnull(strstr(problems.items[0].text, "holds no folder"));
}
END_TEST

/* ---- what files begin with and end in ---- */

START_TEST(a_byte_order_mark_and_ends_of_lines_of_windows_are_no_part_of_names)
{
	struct conf_list list = list_at("mine", in_folder("a"));

	write_text("a", "\xef\xbb\xbf"
			"first.example\r\n\r\nsecond.example\r\nLAST.Example:8080\r");
	ck_assert(compile(&list, 1));
	ck_assert(is_in("first.example", "mine") && is_in("second.example", "mine") && is_in("last.example", "mine"));
	ck_assert_uint_eq(list_report_skipped(&reports[0]), 0);
}
END_TEST

START_TEST(garbage_is_counted_line_by_line_and_lists_nothing)
{
	struct conf_list list = list_at("mine", in_folder("a"));
	static unsigned char garbage[300000];
	uint64_t state = 88172645463325252u;

	for (size_t i = 0; i < sizeof garbage; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		garbage[i] = (unsigned char)(state >> 32) | 0x80; /* never a name */
		if (state % 100 == 0)
			garbage[i] = '\n';
	}
	write_bytes("a", garbage, sizeof garbage);
	ck_assert(compile(&list, 1));
	ck_assert_uint_eq(table.names + table.urls + table.addresses, reports[0].classes[LIST_HOST]);
	ck_assert_uint_eq(reports[0].classes[LIST_BAD] + reports[0].classes[LIST_SINGLE_LABEL] +
				  reports[0].classes[LIST_NOTHING] + reports[0].classes[LIST_HOST],
		reports[0].lines);
	ck_assert_uint_le(problems.count, LIST_NAMED_MAX);
}
END_TEST

START_TEST(other_names_that_go_round_are_told_and_ended)
{
	struct conf_list list = list_at("ut1", in_folder("ut1"));

	ck_assert_int_eq(mkdir(in_folder("ut1"), 0755), 0);
	ck_assert_int_eq(mkdir(in_folder("ut1/adult"), 0755), 0);
	write_text("ut1/adult/domains", "example.com\n");
	write_text("ut1/a", "b");
	write_text("ut1/b", "c");
	write_text("ut1/c", "a");
	ck_assert(compile(&list, 1));
	ck_assert_uint_eq(problems.errors, 0);
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_ptr_nonnull(strstr(problems.items[0].text, "round in a loop"));
	ck_assert(is_in("example.com", "adult"));
}
END_TEST

/* Files of thousands of lines, of which it is known how many say what. */
START_TEST(of_every_format_each_line_is_counted_as_what_it_is)
{
	static const struct {
		enum conf_list_format format;
		const char *host;    /* a line that lists a name, which %u makes another each time */
		const char *skipped; /* and one that does not */
		enum list_class class;
	} cases[] = {
		{CONF_LIST_PLAIN, "n%u.example\n", "n%u example\n", LIST_BAD},
		{CONF_LIST_HOSTS, "0.0.0.0 n%u.example\n", "0.0.0.0 n%u\n", LIST_SINGLE_LABEL},
		{CONF_LIST_WILDCARD, "*.n%u.example\n", "n%u.*.example\n", LIST_EXPRESSION},
		{CONF_LIST_DNSMASQ, "address=/n%u.example/0.0.0.0\n", "address=/n%u.example/192.0.2.9\n", LIST_REWRITE},
		{CONF_LIST_ADBLOCK, "||n%u.example^\n", "n%u.example##.ad\n", LIST_COSMETIC},
		{CONF_LIST_RPZ, "n%u.example CNAME .\n", "n%u.example CNAME rpz-passthru.\n", LIST_EXCEPTION},
	};

	for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
		struct conf_list list = list_at("mine", in_folder("a"));
		FILE *file = fopen(list.path, "w");
		unsigned hosts = 0, skipped = 0;

		ck_assert_ptr_nonnull(file);
		for (unsigned i = 0; i < 5000; i++) {
			bool lists = i % 7 != 3;

			hosts += lists;
			skipped += !lists;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			fprintf(file, lists ? cases[c].host : cases[c].skipped, i);
#pragma GCC diagnostic pop
		}
		fclose(file);
		list.format = cases[c].format;
		ck_assert(compile(&list, 1));
		ck_assert_uint_eq(reports[0].lines, 5000);
		ck_assert_uint_eq(reports[0].classes[LIST_HOST], hosts);
		ck_assert_uint_eq(reports[0].classes[cases[c].class], skipped);
		ck_assert_uint_eq(list_report_skipped(&reports[0]), skipped);
		ck_assert_uint_eq(table.names, hosts);
		ck_assert(is_in("x.n4999.example", "mine") && !is_in("x.n3.example", "mine"));
	}
}
END_TEST

/* ---- lists that allow ---- */

START_TEST(an_allowing_list_takes_its_hosts_out_of_other_lists_but_not_out_of_own_blocks)
{
	struct conf_list lists[2] = {list_at("mine", in_folder("a")), list_at("good", in_folder("good"))};

	write_text("a", "example.com\nexample.net\n");
	write_text("good", "www.example.com\nexample.net/only/an/url\n");
	write_text(LIST_BLOCK_FILE, "bad.www.example.com\n");
	lists[1].allow = true;
	ck_assert(compile(lists, 2));
	ck_assert(is_in("example.com", "mine") && is_in("example.net", "mine"));
	ck_assert(!is_in("www.example.com", "mine") && !is_in("deep.www.example.com", "mine"));
	ck_assert(is_in("bad.www.example.com", LIST_BLOCK_CATEGORY));
	ck_assert_int_eq(number_of("good"), -1);
	ck_assert_uint_eq(reports[1].classes[LIST_HOST], 1);
	ck_assert_uint_eq(reports[1].classes[LIST_PATTERN], 1); /* an URL is not allowed by a list, and counted so */
}
END_TEST

START_TEST(the_order_of_lists_does_not_matter_to_what_is_allowed)
{
	struct conf_list lists[2] = {list_at("good", make_archive("ut1.tar", false)), list_at("mine", in_folder("a"))};

	write_text("a", "sub.example.com\n");
	lists[0].allow = true;
	ck_assert(compile(lists, 2));
	ck_assert(!is_in("sub.example.com", "mine"));
	ck_assert_uint_eq(table.category_count, 1);
}
END_TEST

/* ---- copies ---- */

START_TEST(a_list_with_an_url_is_its_last_copy_and_nothing_before_there_is_one)
{
	static const char *const wanted[] = {"adult", "mine"};
	struct conf_list list = list_at("mine", NULL);
	struct list_job job = {.lists = &list, .count = 1, .folder = folder, .wanted = wanted, .wanted_count = 2};
	uint64_t before, after, size;

	list.url = "https://lists.example/a";
	ck_assert(compile_job(&job));
	ck_assert_uint_eq(problems.errors, 0);
	ck_assert_ptr_nonnull(strstr(problems.items[0].text, "not been fetched yet"));
	ck_assert_uint_eq(table.category_count, 2); /* a rule that names them is not wrong */
	before = list_compile_inputs(&job, &size);
	ck_assert_int_eq(mkdir(in_folder("mine"), 0755), 0);
	write_text("mine/body", "example.com\n");
	after = list_compile_inputs(&job, &size);
	ck_assert_uint_ne(before, after);
	ck_assert(compile_job(&job));
	ck_assert(is_in("example.com", "mine"));
	ck_assert_uint_eq(problems.count, 0);
	ck_assert(number_of("adult") >= 0);
}
END_TEST

START_TEST(files_alone_declare_no_category_that_they_do_not_have)
{
	static const char *const wanted[] = {"adult"};
	struct conf_list list = list_at("mine", in_folder("a"));

	write_text("a", "example.com\n");
	ck_assert(compile_job(
		&(struct list_job){.lists = &list, .count = 1, .folder = folder, .wanted = wanted, .wanted_count = 1}));
	ck_assert_int_eq(number_of("adult"), -1);
}
END_TEST

START_TEST(a_state_is_kept_and_read_again)
{
	struct list_state state = {
		.url = "https://lists.example/a", .etag = "\"x\"", .fetched = 5, .entries = 7, .next = 9};
	struct list_state read;

	list_store_read(folder, "mine", &read);
	ck_assert_uint_eq(read.next, 0);
	strcpy(state.error, "a text\nnext 99\nof a server");
	ck_assert_int_eq(list_store_write(folder, "mine", &state), 0);
	list_store_read(folder, "mine", &read);
	ck_assert_str_eq(read.url, state.url);
	ck_assert_str_eq(read.etag, "\"x\"");
	ck_assert_str_eq(read.last_modified, "");
	ck_assert_str_eq(read.error, "a text?next 99?of a server");
	ck_assert_uint_eq(read.fetched, 5);
	ck_assert_uint_eq(read.entries, 7);
	ck_assert_uint_eq(read.next, 9);
	ck_assert_int_lt(list_store_write("/nonexistent/x", "mine", &state), 0);
}
END_TEST

START_TEST(a_state_of_nonsense_is_an_empty_one)
{
	struct list_state state;
	char text[LIST_STATE_BYTES_MAX];

	list_state_parse(SLICE("fetched x\nentries -1\nnext 99999999999999999999999\n\n\nurl\n what"), &state);
	ck_assert_uint_eq(state.fetched | state.entries | state.next, 0);
	ck_assert_str_eq(state.url, "");
	memset(&state, 'a', sizeof state); /* texts without an end are never made; numbers as large as they get are */
	state.url[LIST_URL_MAX] = state.etag[LIST_VALIDATOR_MAX] = state.last_modified[LIST_VALIDATOR_MAX] =
		state.error[LIST_ERROR_MAX] = '\0';
	ck_assert_uint_lt(list_state_format(&state, text), sizeof text);
}
END_TEST

START_TEST(failures_are_repeated_soon_and_then_ever_later)
{
	static const struct {
		uint64_t refresh, failures, least, most;
	} cases[] = {
		{86400, 0, 77760, 86400},
		{86400, 1, 54, 60},
		{86400, 2, 108, 120},
		{86400, 6, 1728, 1920},
		{86400, 30, 77760, 86400},
		{86400, UINT64_MAX, 77760, 86400},
		{60, 5, 54, 60},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (uint64_t random = 0; random < 50000; random += 97) {
			uint64_t next = list_next_attempt(1000, cases[i].refresh, cases[i].failures, random) - 1000;

			ck_assert_uint_ge(next, cases[i].least);
			ck_assert_uint_le(next, cases[i].most);
		}
}
END_TEST

START_TEST(a_copy_of_less_than_half_is_not_plausible)
{
	ck_assert(list_is_plausible(0, 1));
	ck_assert(!list_is_plausible(0, 0));
	ck_assert(list_is_plausible(100, 50));
	ck_assert(!list_is_plausible(100, 49));
	ck_assert(!list_is_plausible(3, 1));
	ck_assert(list_is_plausible(UINT64_MAX, UINT64_MAX));
}
END_TEST

Suite *
list_store_suite(void)
{
	const TTest *const tests[] = {an_archive_is_read_as_the_folder_that_it_is,
		an_archive_in_one_category_has_no_others,
		an_archive_cut_short_anywhere_is_refused_or_read_to_a_whole_entry, an_archive_without_lists_is_refused,
		a_byte_order_mark_and_ends_of_lines_of_windows_are_no_part_of_names,
		garbage_is_counted_line_by_line_and_lists_nothing, other_names_that_go_round_are_told_and_ended,
		of_every_format_each_line_is_counted_as_what_it_is,
		an_allowing_list_takes_its_hosts_out_of_other_lists_but_not_out_of_own_blocks,
		the_order_of_lists_does_not_matter_to_what_is_allowed,
		a_list_with_an_url_is_its_last_copy_and_nothing_before_there_is_one,
		files_alone_declare_no_category_that_they_do_not_have, a_state_is_kept_and_read_again,
		a_state_of_nonsense_is_an_empty_one, failures_are_repeated_soon_and_then_ever_later,
		a_copy_of_less_than_half_is_not_plausible};
	Suite *suite = suite_create("list store");
	TCase *tcase = tcase_create("list store");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}
