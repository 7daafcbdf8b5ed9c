/* Paths in the form in which they are compared. */
#include "suites.h"

#include "policy/path.h"

START_TEST(paths_that_mean_the_same_look_the_same)
{
	static const struct {
		const char *path;
		const char *normal;
	} rows[] = {
		{"/", "/"},
		{"", ""},
		{"*", "*"},
		{"/ads/", "/ads/"},
		{"/%61ds/", "/ads/"},
		{"/%61%64%73", "/ads"},
		{"/%2561ds", "/%2561ds"}, /* decoded once, not twice */
		{"/a%2fb", "/a%2Fb"},
		{"/a%zzb%", "/a%zzb%"},
		{"/a%2", "/a%2"},
		{"//ads//x", "/ads/x"},
		{"/./ads/./x/.", "/ads/x/"},
		{"/x/../ads", "/ads"},
		{"/x/..", "/"},
		{"/x/y/..", "/x/"},
		{"/../../ads", "/ads"},
		{"/x/%2e%2E/ads", "/ads"},
		{"/x/..%2fads", "/x/..%2Fads"},
		{"/x/...", "/x/..."},
		{"/.x", "/.x"},
		{"/..x/y", "/..x/y"},
		{"/a?b=/../c//%61", "/a?b=/../c//a"},
		{"/x/..?y", "/?y"},
		{"/x/.?y", "/x/?y"},
		{"/a%3f/../b", "/b"},
	};
	char dst[64];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_slice(policy_path(slice_of(rows[i].path), dst), rows[i].normal);
		/* And the form of a form is itself, where nothing escaped was escaped. */
		if (strstr(rows[i].path, "%25") == NULL) {
			char again[64];

			assert_slice(policy_path(policy_path(slice_of(rows[i].path), dst), again), rows[i].normal);
		}
	}
}
END_TEST

START_TEST(the_form_is_never_longer_than_the_path)
{
	srand(9);
	for (int round = 0; round < 20000; round++) {
		char path[24], *dst;
		size_t len = (size_t)rand() % sizeof path;

		path[0] = '/';
		for (size_t i = 1; i < len; i++)
			path[i] = "/.%2eEa?"[rand() % 8];
		dst = malloc(len ? len : 1); /* of exactly that size, so that the sanitizer sees a byte too many */
		ck_assert_ptr_nonnull(dst);
		ck_assert_uint_le(policy_path(slice_make(path, len), dst).len, len);
		free(dst);
	}
}
END_TEST

START_TEST(a_rule_about_a_path_matches_its_normal_form)
{
	struct policy *policy = policy_from("policy { block everyone site example.org/a/%62/../ads/ }");
	struct test_facts test;
	struct verdict verdict;

	facts_from(&test, "site=example.org path=/a/ads/x");
	policy_evaluate(policy, &test.facts, &verdict);
	ck_assert_int_eq(verdict.verb, VERB_BLOCK);
	policy_release(policy);
}
END_TEST

UNIT_SUITE(path, "path", paths_that_mean_the_same_look_the_same, the_form_is_never_longer_than_the_path,
	a_rule_about_a_path_matches_its_normal_form)
