/* Warnings: links that nobody else can use, and what is remembered of a click. */
#include "suites.h"

#include <pthread.h>
#include <stdio.h>

#include "proxy/warn.h"

#define NOW UINT64_C(1000000000000)
#define HOUR (UINT64_C(3600) * 1000000000u)

static struct addr
addr(const char *text)
{
	struct addr a;

	ck_assert(addr_parse(slice_of(text), &a));
	return a;
}

START_TEST(a_click_is_remembered_for_its_client_site_and_rule_and_time)
{
	struct arena arena = arena_make(65536);
	struct warn *w = warn_new(64);
	struct addr client = addr("10.1.0.1"), other = addr("10.1.0.2");
	struct page_visit visit = {&client, SLICE("a.test"), SLICE("/path?q=1")};
	struct slice link = warn_link(w, &visit, SLICE("r:1"), HOUR, NOW, &arena), back;

	ck_assert(warn_is_link(link));
	ck_assert(!warn_is_accepted(w, &client, SLICE("a.test"), SLICE("r:1"), NOW));
	visit.path = link;
	ck_assert(warn_follow(w, &visit, NOW + 1, &back));
	assert_slice(back, "/path?q=1");
	ck_assert(warn_is_accepted(w, &client, SLICE("a.test"), SLICE("r:1"), NOW + 2));
	ck_assert(warn_is_accepted(w, &client, SLICE("a.test"), SLICE("r:1"), NOW + HOUR));
	ck_assert(!warn_is_accepted(w, &client, SLICE("a.test"), SLICE("r:1"), NOW + 1 + HOUR));
	ck_assert(!warn_is_accepted(w, &client, SLICE("a.test"), SLICE("r:2"), NOW + 2));
	ck_assert(!warn_is_accepted(w, &client, SLICE("b.test"), SLICE("r:1"), NOW + 2));
	ck_assert(!warn_is_accepted(w, &client, SLICE("sub.a.test"), SLICE("r:1"), NOW + 2));
	ck_assert(!warn_is_accepted(w, &other, SLICE("a.test"), SLICE("r:1"), NOW + 2));
	warn_free(w);
	arena_release(&arena);
}
END_TEST

START_TEST(a_link_serves_nobody_else_nowhere_else_and_not_for_long)
{
	struct arena arena = arena_make(1 << 20);
	struct warn *w = warn_new(64), *restarted = warn_new(64);
	struct addr client = addr("10.1.0.1"), other = addr("fd00::1");
	struct page_visit visit = {&client, SLICE("a.test"), SLICE("/x")};
	struct slice link = warn_link(w, &visit, SLICE("r:1"), HOUR, NOW, &arena), back;
	struct page_visit stolen = {&other, SLICE("a.test"), link}, moved = {&client, SLICE("b.test"), link},
			  late = {&client, SLICE("a.test"), link}, longer = late;

	ck_assert(!warn_follow(w, &stolen, NOW, &back));
	assert_slice(back, "/x");
	ck_assert(!warn_follow(w, &moved, NOW, &back));
	ck_assert(!warn_follow(w, &late, NOW + PAGE_LINK_NS, &back));
	ck_assert(!warn_follow(restarted, &late, NOW, &back));
	longer.path = arena_printf(&arena, "%.*sy", SLICE_ARG(link));
	ck_assert(!warn_follow(w, &longer, NOW, &back));
	assert_slice(back, "/xy");
	/* Not one bit of the token may differ. */
	for (size_t i = 0; i < link.len; i++) {
		struct slice copy = arena_copy(&arena, link);
		struct page_visit bent = {&client, SLICE("a.test"), copy};

		((char *)copy.ptr)[i] = copy.ptr[i] == 'A' ? 'B' : 'A';
		if (warn_is_link(copy))
			ck_assert_msg(!warn_follow(w, &bent, NOW, &back), "byte %zu", i);
	}
	ck_assert(!warn_is_accepted(w, &client, SLICE("a.test"), SLICE("r:1"), NOW));
	ck_assert(!warn_is_accepted(w, &other, SLICE("a.test"), SLICE("r:1"), NOW));
	ck_assert(warn_follow(w, &late, NOW + PAGE_LINK_NS - 1, &back));
	warn_free(w);
	warn_free(restarted);
	warn_free(NULL);
	arena_release(&arena);
}
END_TEST

START_TEST(what_is_no_link_leads_nowhere)
{
	static const struct {
		const char *path, *back;
	} cases[] = {
		{"/.well-known/sluice/continue/", "/"},
		{"/.well-known/sluice/continue/x", "/"},
		{"/.well-known/sluice/continue/x/y", "/y"},
		{"/.well-known/sluice/continue//evil.test/", "/evil.test/"},
		{"/.well-known/sluice/continue/x//evil.test/", "//evil.test/"}, /* made absolute by the caller */
		{"/.well-known/sluice/continue/x/.well-known/sluice/continue/x/y", "/"},
	};
	struct warn *w = warn_new(1);
	struct addr client = addr("10.1.0.1");
	struct arena arena = arena_make(65536);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct page_visit visit = {&client, SLICE("a.test"), slice_of(cases[i].path)};
		struct slice back;

		ck_assert(warn_is_link(visit.path));
		ck_assert(!warn_follow(w, &visit, NOW, &back));
		assert_slice(back, cases[i].back);
	}
	ck_assert(!warn_is_link(SLICE("/")));
	ck_assert(!warn_is_link(SLICE("/.well-known/sluice/continue")));
	ck_assert(!warn_is_link(SLICE("/x/.well-known/sluice/continue/x/y")));
	ck_assert_uint_eq(
		warn_link(w, &(struct page_visit){&client, SLICE("a.test"), SLICE("*")}, SLICE("r"), 1, NOW, &arena)
			.len,
		0);
	arena_release(&arena);
	warn_free(w);
}
END_TEST

static void
click(struct warn *w, const struct addr *client, const char *site, uint64_t for_ns)
{
	struct arena arena = arena_make(65536);
	struct page_visit visit = {client, slice_of(site), SLICE("/")};
	struct slice back;

	visit.path = warn_link(w, &visit, SLICE("r"), for_ns, NOW, &arena);
	ck_assert(warn_follow(w, &visit, NOW, &back));
	arena_release(&arena);
}

START_TEST(memory_is_bounded_and_the_nearest_to_its_end_goes_first)
{
	struct warn *w = warn_new(8);
	struct addr client = addr("10.1.0.1");
	char site[32];
	unsigned kept = 0;

	for (unsigned i = 0; i < 100; i++) {
		snprintf(site, sizeof site, "s%u.test", i);
		click(w, &client, site, HOUR + i);
	}
	for (unsigned i = 0; i < 100; i++) {
		snprintf(site, sizeof site, "s%u.test", i);
		kept += warn_is_accepted(w, &client, slice_of(site), SLICE("r"), NOW + 1);
	}
	ck_assert_uint_eq(kept, 8);
	ck_assert(warn_is_accepted(w, &client, SLICE("s99.test"), SLICE("r"), NOW + 1));
	ck_assert(!warn_is_accepted(w, &client, SLICE("s0.test"), SLICE("r"), NOW + 1));
	/* A second click renews its own place. */
	click(w, &client, "s99.test", 2 * HOUR);
	ck_assert(warn_is_accepted(w, &client, SLICE("s98.test"), SLICE("r"), NOW + 1));
	warn_free(w);
}
END_TEST

static void *
click_many(void *context)
{
	struct warn *w = context;
	struct addr client = addr("10.1.0.1");
	char site[32];

	for (unsigned i = 0; i < 200; i++) {
		snprintf(site, sizeof site, "s%u.test", i % 20);
		click(w, &client, site, HOUR);
		ck_assert(warn_is_accepted(w, &client, slice_of(site), SLICE("r"), NOW + 1));
	}
	return NULL;
}

START_TEST(threads_share_one_memory)
{
	struct warn *w = warn_new(WARN_ENTRIES_DEFAULT);
	pthread_t threads[4];

	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, click_many, w), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	warn_free(w);
}
END_TEST

UNIT_SUITE(warn, "warn", a_click_is_remembered_for_its_client_site_and_rule_and_time,
	a_link_serves_nobody_else_nowhere_else_and_not_for_long, what_is_no_link_leads_nowhere,
	memory_is_bounded_and_the_nearest_to_its_end_goes_first, threads_share_one_memory)
