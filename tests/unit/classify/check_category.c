/* Category tables: what is built is found, and nothing else; damaged tables are refused. */
#include "suites.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "classify/category_build.h"
#include "classify/category_format.h"

static struct category_builder *builder;
static struct category_table table;
static struct slice bytes;

static void
begin(void)
{
	builder = category_builder_new(NULL);
	ck_assert_ptr_nonnull(builder);
}

static unsigned
category(const char *name)
{
	int number = category_builder_category(builder, slice_of(name));

	ck_assert_int_ge(number, 0);
	return (unsigned)number;
}

static void
list(const char *host, const char *name)
{
	ck_assert(category_builder_add_host(builder, slice_of(host), category(name)));
}

static void
list_url(const char *host, const char *path, const char *name)
{
	ck_assert(category_builder_add_url(builder, slice_of(host), slice_of(path), category(name)));
}

static void
finish(void)
{
	const char *wrong = category_builder_finish(builder, 1700000000, 42, &bytes);

	ck_assert_msg(wrong == NULL, "%s", wrong);
	wrong = category_table_open(&table, bytes);
	ck_assert_msg(wrong == NULL, "%s", wrong);
	category_builder_free(builder);
}

static void
end(void)
{
	free((char *)(uintptr_t)bytes.ptr);
}

/* The names in a set, in the order of their numbers, with commas. */
static const char *
names_of(const uint64_t *words)
{
	static char text[512];
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; category_name(&table, i); i++)
		if (category_answer_has(words, i))
			at += (size_t)snprintf(
				text + at, sizeof text - at, "%s%s", at ? "," : "", category_name(&table, i));
	return text;
}

static void
assert_host(const char *host, const char *want)
{
	struct category_answer answer;

	ck_assert_int_eq(category_lookup_host(&table, slice_of(host), &answer), want[0] != '\0');
	ck_assert_msg(strcmp(names_of(answer.listed), want) == 0, "%s is in \"%s\", not in \"%s\"", host,
		names_of(answer.listed), want);
}

static void
assert_url(const char *host, const char *path, const char *want)
{
	struct category_answer answer;

	ck_assert_int_eq(category_lookup_url(&table, slice_of(host), slice_of(path), &answer), want[0] != '\0');
	ck_assert_msg(strcmp(names_of(answer.listed), want) == 0, "%s%s is in \"%s\", not in \"%s\"", host, path,
		names_of(answer.listed), want);
	ck_assert_str_eq(names_of(answer.possible), "");
}

START_TEST(an_entry_stands_for_its_host_and_everything_below)
{
	begin();
	list("example.com", "games");
	list("a.b.example.org", "bank");
	finish();
	assert_host("example.com", "games");
	assert_host("www.example.com", "games");
	assert_host("x.y.z.example.com", "games");
	assert_host("notexample.com", "");
	assert_host("com", "");
	assert_host("example.com.evil.test", "");
	assert_host("b.example.org", "");
	assert_host("x.a.b.example.org", "bank");
	assert_host("", "");
	assert_host(".", "");
	assert_host("..example.com", "games");
	end();
}
END_TEST

/* squidGuard's sorted tree does not find www.example.com here, since mno.example.com stands between. */
START_TEST(a_listed_parent_is_found_although_a_sibling_is_listed_too)
{
	begin();
	list("example.com", "games");
	list("mno.example.com", "bank");
	finish();
	assert_host("example.com", "games");
	assert_host("aaa.example.com", "games");
	assert_host("www.example.com", "games");
	assert_host("zzz.example.com", "games");
	assert_host("mno.example.com", "games,bank");
	assert_host("www.mno.example.com", "games,bank");
	end();
}
END_TEST

START_TEST(a_host_in_several_lists_is_in_all_their_categories)
{
	begin();
	list("example.com", "games");
	list("example.com", "social");
	list("example.com", "games");
	list("www.example.com", "bank");
	finish();
	ck_assert_uint_eq(table.names, 2);
	assert_host("example.com", "games,social");
	assert_host("www.example.com", "games,social,bank");
	end();
}
END_TEST

START_TEST(an_address_is_found_as_a_whole_only)
{
	begin();
	list("192.0.2.1", "proxy");
	list("2001:db8::1", "proxy");
	finish();
	ck_assert_uint_eq(table.addresses, 2);
	assert_host("192.0.2.1", "proxy");
	assert_host("10.192.0.2.1", "");
	assert_host("2.1", "");
	assert_host("192.0.2.10", "");
	assert_host("2001:db8::1", "proxy");
	assert_host("2001:db8::11", "");
	end();
}
END_TEST

START_TEST(an_url_stands_for_paths_below_it_at_ends_of_segments)
{
	begin();
	list_url("example.com", "/ads/banner", "ads");
	list_url("www.example.com", "/Watch?v=1", "video");
	list_url("root.example.net", "/", "games");
	finish();
	ck_assert_uint_eq(table.urls, 2);
	assert_url("example.com", "/ads/banner", "ads");
	assert_url("example.com", "/ads/banner/1.png", "ads");
	assert_url("example.com", "/ads/banner?x=1", "ads");
	assert_url("www.example.com", "/ADS/Banner", "ads");
	assert_url("example.com", "/watch?v=1&t=5", "video");
	assert_url("example.com", "/watch?v=12", "");
	assert_url("example.com", "/ads/banners", "");
	assert_url("example.com", "/ads", "");
	assert_url("example.com", "/x/ads/banner", "");
	assert_url("blog.example.com", "/ads/banner", "");
	assert_url("example.com", "", "");
	assert_url("root.example.net", "/any", "games");
	end();
}
END_TEST

START_TEST(a_host_tells_which_categories_its_urls_may_add)
{
	struct category_answer answer;

	begin();
	list("example.com", "games");
	list_url("example.com", "/ads", "ads");
	finish();
	ck_assert(category_lookup_host(&table, SLICE("www.example.com"), &answer));
	ck_assert_str_eq(names_of(answer.possible), "ads");
	ck_assert(category_lookup_host(&table, SLICE("a.example.com"), &answer));
	ck_assert_str_eq(names_of(answer.possible), "");
	assert_url("example.com", "/ads/1", "games,ads");
	assert_url("example.com", "/", "games");
	end();
}
END_TEST

START_TEST(a_category_in_which_nothing_is_listed_is_empty)
{
	begin();
	category("nothing");
	list("example.com", "games");
	list_url("example.net", "/ads", "ads");
	ck_assert(category_builder_alias(builder, SLICE("gaming"), SLICE("games")));
	finish();
	for (unsigned i = 0; category_name(&table, i); i++)
		ck_assert_int_eq(category_is_empty(&table, i), strcmp(category_name(&table, i), "nothing") == 0);
	ck_assert(category_is_empty(&table, 1000));
	end();
}
END_TEST

START_TEST(slashes_in_front_do_not_hide_a_listed_path)
{
	char path[CATEGORY_PATH_MAX * 2];
	size_t at = 0;

	begin();
	list_url("example.com", "/a", "ads");
	finish();
	at += (size_t)snprintf(path, sizeof path, "/a");
	while (at + 3 < sizeof path)
		at += (size_t)snprintf(path + at, sizeof path - at, "/b");
	assert_url("example.com", path, "ads");
	end();
}
END_TEST

START_TEST(an_url_that_could_not_be_found_again_is_refused)
{
	char path[CATEGORY_PATH_MAX + 1];

	begin();
	memset(path, 'a', sizeof path);
	path[0] = '/';
	ck_assert(!category_builder_add_url(
		builder, SLICE("x.example"), slice_make(path, CATEGORY_PATH_MAX), category("a")));
	for (size_t i = 0; i < 200; i += 2)
		path[i] = '/';
	ck_assert(!category_builder_add_url(builder, SLICE("x.example"), slice_make(path, 200), category("a")));
	ck_assert(!category_builder_add_url(builder, SLICE("x.example"), SLICE("no/slash"), category("a")));
	finish();
	ck_assert_uint_eq(table.urls, 0);
	end();
}
END_TEST

START_TEST(an_allowed_host_and_all_below_are_in_no_list)
{
	begin();
	list("example.com", "games");
	list("shop.example.com", "shopping");
	list("deep.shop.example.com", "ads");
	list_url("shop.example.com", "/x", "ads");
	ck_assert(category_builder_allow(builder, SLICE("shop.example.com")));
	finish();
	assert_host("example.com", "games");
	assert_host("shop.example.com", "");
	assert_host("deep.shop.example.com", "");
	assert_url("shop.example.com", "/x", "");
	assert_host("other.example.com", "games");
	end();
}
END_TEST

START_TEST(an_own_block_counts_below_an_allowed_host)
{
	begin();
	list("example.com", "games");
	ck_assert(category_builder_allow(builder, SLICE("example.com")));
	ck_assert(category_builder_block(builder, SLICE("bad.example.com"), category("blocked")));
	finish();
	assert_host("example.com", "");
	assert_host("x.bad.example.com", "blocked");
	end();
}
END_TEST

START_TEST(another_name_of_a_category_has_the_same_members)
{
	begin();
	list("example.com", "adult");
	ck_assert(category_builder_alias(builder, SLICE("porn"), SLICE("adult")));
	ck_assert(category_builder_alias(builder, SLICE("x"), SLICE("porn")));
	list("example.net", "x");
	list("example.org", "bank");
	finish();
	assert_host("example.com", "adult,porn,x");
	assert_host("example.net", "adult,porn,x");
	assert_host("example.org", "bank");
	ck_assert_int_eq(category_alias_of(&table, 1), 0);
	ck_assert_int_eq(category_alias_of(&table, 0), -1);
	end();
}
END_TEST

START_TEST(other_names_in_a_loop_are_refused)
{
	begin();
	ck_assert(category_builder_alias(builder, SLICE("a"), SLICE("b")));
	ck_assert(category_builder_alias(builder, SLICE("b"), SLICE("c")));
	ck_assert(!category_builder_alias(builder, SLICE("c"), SLICE("a")));
	ck_assert(!category_builder_alias(builder, SLICE("d"), SLICE("d")));
	ck_assert(!category_builder_alias(builder, SLICE("a"), SLICE("c")));
	list("example.com", "c");
	finish();
	assert_host("example.com", "a,b,c");
	end();
}
END_TEST

START_TEST(names_that_are_no_words_are_no_categories)
{
	char name[CATEGORY_NAME_MAX + 2];

	begin();
	memset(name, 'a', sizeof name);
	ck_assert_int_eq(category_builder_category(builder, SLICE("")), -1);
	ck_assert_int_eq(category_builder_category(builder, SLICE("two words")), -1);
	ck_assert_int_eq(category_builder_category(builder, SLICE("\033[31m")), -1);
	ck_assert_int_eq(category_builder_category(builder, slice_make(name, CATEGORY_NAME_MAX + 1)), -1);
	for (unsigned i = 0; i < CATEGORIES_MAX; i++) {
		snprintf(name, sizeof name, "c%u", i);
		ck_assert_int_eq(category_builder_category(builder, slice_of(name)), (int)i);
	}
	ck_assert_int_eq(category_builder_category(builder, SLICE("more")), -1);
	list("example.com", "c1023");
	finish();
	assert_host("example.com", "c1023");
	end();
}
END_TEST

START_TEST(a_hundred_thousand_names_are_all_found_in_under_eleven_bytes_each)
{
	struct category_answer answer;
	char host[64];
	unsigned false_hits = 0;

	begin();
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(host, sizeof host, "h%u.example%u.com", i, i % 1000);
		ck_assert(category_builder_add_host(builder, slice_of(host), category(i % 3 ? "odd" : "even")));
	}
	finish();
	ck_assert_uint_eq(table.names, 100000);
	ck_assert_uint_lt(table.size, 100000 * 10.75 + 4096);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(host, sizeof host, "h%u.example%u.com", i, i % 1000);
		ck_assert(category_lookup_host(&table, slice_of(host), &answer));
		ck_assert(category_answer_has(answer.listed, i % 3 ? 1 : 0));
		snprintf(host, sizeof host, "g%u.example%u.com", i, i % 1000);
		false_hits += category_lookup_host(&table, slice_of(host), &answer);
	}
	ck_assert_uint_eq(false_hits, 0);
	end();
}
END_TEST

/* Of sixty seeds, so that one under which such names crowd is among them. */
START_TEST(names_that_count_up_crowd_no_more_than_others)
{
	char name[64];

	for (unsigned seed = 0; seed < 60; seed++) {
		unsigned crowded = 0;

		begin();
		for (unsigned i = 0; i < 2000; i++) {
			snprintf(name, sizeof name, "%u.example.com", i);
			list(name, "games");
		}
		finish();
		for (uint64_t i = 0; i < table.home_buckets; i++)
			crowded += (table.buckets[i].lower[0][0] & CATEGORY_GOES_ON) != 0;
		ck_assert_uint_lt(crowded, table.home_buckets / 10);
		end();
	}
}
END_TEST

START_TEST(a_name_listed_again_and_again_takes_one_place)
{
	begin();
	for (unsigned i = 0; i < 200000; i++)
		list(i % 2 ? "example.com" : "example.net", "games");
	finish();
	ck_assert_uint_eq(table.names, 2);
	assert_host("example.net", "games");
	end();
}
END_TEST

START_TEST(an_empty_table_lists_nothing)
{
	begin();
	finish();
	assert_host("example.com", "");
	assert_url("example.com", "/", "");
	ck_assert_ptr_null(category_name(&table, 0));
	end();
}
END_TEST

START_TEST(sources_are_kept_with_licence_and_counts)
{
	struct category_source source;

	begin();
	category_builder_source(builder, &(struct category_source){.name = "ut1",
						 .format = "squidguard",
						 .path = "/lists/ut1",
						 .licence = "CC BY-SA 4.0",
						 .attribution = "UT1",
						 .date = 7,
						 .names = 3,
						 .skipped = 1});
	finish();
	ck_assert(category_source(&table, 0, &source));
	ck_assert_str_eq(source.licence, "CC BY-SA 4.0");
	ck_assert_str_eq(source.path, "/lists/ut1");
	ck_assert_uint_eq(source.names, 3);
	ck_assert(!category_source(&table, 1, &source));
	ck_assert_uint_eq(table.inputs, 42);
	end();
}
END_TEST

static void
build_small(void)
{
	begin();
	list("example.com", "games");
	list("example.net", "ads");
	list_url("example.net", "/x", "games");
	category_builder_source(
		builder, &(struct category_source){
				 .name = "a", .format = "plain", .path = "/p", .licence = "l", .attribution = "t"});
	finish();
}

START_TEST(a_table_cut_short_anywhere_is_refused)
{
	build_small();
	for (size_t len = 0; len < bytes.len; len++) {
		char *cut = malloc(len + 1);

		memcpy(cut, bytes.ptr, len);
		ck_assert_ptr_nonnull(category_table_open(&table, slice_make(cut, len)));
		free(cut);
	}
	end();
}
END_TEST

/* Whatever one byte is changed to: the table is refused, or harmless to use. */
START_TEST(a_table_with_a_changed_byte_is_refused_or_harmless)
{
	struct category_answer answer;
	struct category_source source;

	build_small();
	for (size_t at = 0; at < bytes.len; at++) {
		for (unsigned change = 1; change < 256; change = change * 4 + 3) {
			char *copy = malloc(bytes.len);

			memcpy(copy, bytes.ptr, bytes.len);
			copy[at] = (char)(copy[at] ^ (char)change);
			if (category_table_open(&table, slice_make(copy, bytes.len)) == NULL) {
				category_lookup_url(&table, SLICE("www.example.net"), SLICE("/x/y"), &answer);
				for (unsigned i = 0; category_name(&table, i); i++)
					(void)strlen(category_name(&table, i));
				for (unsigned i = 0; category_source(&table, i, &source); i++)
					(void)(strlen(source.name) + strlen(source.attribution));
			}
			free(copy);
		}
	}
	end();
}
END_TEST

/* Changes one field of the header and opens. */
static const char *
open_with(size_t offset, const void *value, size_t size)
{
	static char copy[65536];

	ck_assert_uint_le(bytes.len, sizeof copy);
	memcpy(copy, bytes.ptr, bytes.len);
	memcpy(copy + offset, value, size);
	return category_table_open(&table, slice_make(copy, bytes.len));
}

START_TEST(headers_that_lie_are_refused_by_name)
{
	const struct category_extent outside = {UINT64_MAX - 63, 64}, misplaced = {1, 64}, over = {0, 64};
	const uint32_t order = 0x04030201, version = 99, reach = 100000, words = 17;
	const uint64_t home = UINT64_MAX, none = 0;

	build_small();
	ck_assert_ptr_nonnull(open_with(0, "SLUICECX", 8));
	ck_assert_ptr_nonnull(open_with(offsetof(struct category_header, byte_order), &order, sizeof order));
	ck_assert_ptr_nonnull(open_with(offsetof(struct category_header, version), &version, sizeof version));
	ck_assert_ptr_nonnull(open_with(offsetof(struct category_header, reach), &reach, sizeof reach));
	ck_assert_ptr_nonnull(open_with(offsetof(struct category_header, set_words), &words, sizeof words));
	ck_assert_ptr_nonnull(open_with(offsetof(struct category_header, home_buckets), &home, sizeof home));
	ck_assert_ptr_nonnull(open_with(offsetof(struct category_header, home_buckets), &none, sizeof none));
	for (unsigned i = 0; i < CATEGORY_SECTIONS; i++) {
		size_t at = offsetof(struct category_header, sections) + i * sizeof outside;

		ck_assert_ptr_nonnull(open_with(at, &outside, sizeof outside));
		ck_assert_ptr_nonnull(open_with(at, &misplaced, sizeof misplaced));
		ck_assert_ptr_nonnull(open_with(at, &over, sizeof over));
	}
	end();
}
END_TEST

START_TEST(a_table_is_saved_whole_or_not_at_all)
{
	char folder[] = "/tmp/check-category-XXXXXX", path[64], missing[80];
	struct stat st;

	build_small();
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/categories.db", folder);
	snprintf(missing, sizeof missing, "%s/none/categories.db", folder);
	ck_assert_int_eq(category_table_save(bytes, path), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq((size_t)st.st_size, bytes.len);
	ck_assert_int_lt(category_table_save(bytes, missing), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(folder), 0); /* nothing else was left in it */
	end();
}
END_TEST

UNIT_SUITE(category, "category", an_entry_stands_for_its_host_and_everything_below,
	a_listed_parent_is_found_although_a_sibling_is_listed_too, a_host_in_several_lists_is_in_all_their_categories,
	an_address_is_found_as_a_whole_only, an_url_stands_for_paths_below_it_at_ends_of_segments,
	a_host_tells_which_categories_its_urls_may_add, a_category_in_which_nothing_is_listed_is_empty,
	slashes_in_front_do_not_hide_a_listed_path, an_url_that_could_not_be_found_again_is_refused,
	an_allowed_host_and_all_below_are_in_no_list, an_own_block_counts_below_an_allowed_host,
	another_name_of_a_category_has_the_same_members, other_names_in_a_loop_are_refused,
	names_that_are_no_words_are_no_categories, a_hundred_thousand_names_are_all_found_in_under_eleven_bytes_each,
	names_that_count_up_crowd_no_more_than_others, a_name_listed_again_and_again_takes_one_place,
	an_empty_table_lists_nothing, sources_are_kept_with_licence_and_counts, a_table_cut_short_anywhere_is_refused,
	a_table_with_a_changed_byte_is_refused_or_harmless, headers_that_lie_are_refused_by_name,
	a_table_is_saved_whole_or_not_at_all)
