/* Every allocation fails once, one after the other, while a configuration is read, compiled, linted and explained: it
 * is refused, or it is whole.  A policy that lost a rule, a member or a site for want of memory would be worse than
 * none.  A program of its own, linked so that malloc, calloc and realloc come by here. */
#include "unit.h"

#include "conf/snapshot.h"
#include "policy/explain.h"
#include "policy/import.h"
#include "policy/lint.h"

#include <stdio.h>

Suite *memory_suite(void);

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long until_failure = -1; /* allocations that still succeed; negative: all */
static bool has_failed;

static bool
must_fail(void)
{
	if (until_failure < 0 || until_failure-- > 0)
		return false;
	has_failed = true;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return must_fail() ? NULL : __real_realloc(old, size);
}

static const char *
name_of(const void *context, unsigned number)
{
	static const char *const names[] = {"malware", "bank", "executable"};

	return number < 3 ? names[number] : NULL;
}

static const struct policy_names names = {.of = {name_of, name_of, name_of}};

static const struct conf_source sources[] = {
	{"/etc/s.conf", SLICE("state_dir /a\ngateway { interface a b ports 1 2 exclude 10.0.0.0/8 }\n"
			      "tls { trust system /x }\nadmin { listen 127.0.0.1:1 }\nlist l { path /l }\n"
			      "group g { net 10.0.0.0/8 10.1.0.0/16 mac 02:00:00:00:00:01 users /users }\n"
			      "time t { mon-fri 08:00-12:00 }\npolicy {\n"
			      " block g category malware reason \"a \\\"b\\\"\" id x\n"
			      " block everyone site a.example *.b.example c.example/%61 ~^d[0-9]+ ~/e not port 80\n"
			      " pass everyone category bank destination 10.0.0.0/8 ja4 t* client g during t\n"
			      " block everyone type image/png executable header A b method GET certificate issuer z\n"
			      " block everyone topic bank phrases over 10 monitor\n}\n")},
	{"/users", SLICE("alice\nbob\n")},
};

/* The rules as text, and what some facts lead to. */
static void
describe(const struct policy *policy, struct buffer *out)
{
	static const uint64_t category[] = {1};
	static const struct slice users[] = {SLICE("bob")};
	static const char *const sites[] = {"a.example", "x.b.example", "c.example", "d7", "f.example"};
	struct facts facts = {.users = users, .user_count = 1, .path = SLICE("/a"), .method = SLICE("GET")};
	char text[512];

	for (size_t i = 0; i < policy->rule_count; i++) {
		struct lint_row row;

		lint_row_of(&policy->rules[i], &row);
		ck_assert(buffer_printf(out, "%s %.*s\n", lint_row_format(&row, text, sizeof text),
			SLICE_ARG(policy->rules[i].reason)));
	}
	facts_settle(&facts, STAGE_BODY);
	for (int i = 0; i < 6; i++) {
		struct verdict verdict;

		facts.site = slice_of(sites[i % 5]);
		facts.categories = (struct fact_set){category, i == 5};
		policy_evaluate(policy, &facts, &verdict);
		ck_assert(buffer_printf(out, "%s\n", verdict_format(policy, &verdict, text, sizeof text)));
	}
}

/* Reads all of it with the nth allocation failing; true where a policy came of it, described in out. */
static bool
compile(long n, struct buffer *out)
{
	struct problems problems = {0};
	struct conf_tree *tree;
	struct conf *conf = NULL;
	struct policy *policy = NULL;
	struct explanation explanation;
	struct facts facts = {0};

	has_failed = false;
	until_failure = n;
	tree = conf_tree_parse(sources, 2, &problems);
	if (tree)
		conf = conf_build(tree, &problems);
	if (tree)
		policy = policy_compile(tree, &names, &problems);
	if (policy) {
		policy_lint(policy, conf, &problems);
		policy_explain(policy, &facts, NULL, &explanation);
		explanation_release(&explanation);
	}
	until_failure = -1;
	ck_assert((tree && conf && policy) || problems.errors > 0);
	if (policy)
		describe(policy, out);
	conf_tree_free(tree);
	conf_release(conf);
	policy_release(policy);
	problems_release(&problems);
	return policy != NULL;
}

START_TEST(a_policy_is_refused_or_whole_whichever_allocation_fails)
{
	struct buffer whole = buffer_make(1 << 20), have = buffer_make(1 << 20);
	unsigned refused = 0, tries = 0;

	ck_assert(compile(-1, &whole));
	do {
		buffer_clear(&have);
		if (!compile(tries, &have))
			refused++;
		else
			ck_assert_msg(slice_eq(buffer_slice(&have), buffer_slice(&whole)), "allocation %u:\n%.*s",
				tries, SLICE_ARG(buffer_slice(&have)));
	} while (has_failed && ++tries < 10000);
	ck_assert_uint_ge(refused, 20);
	ck_assert_uint_lt(tries, 10000);
	buffer_release(&whole);
	buffer_release(&have);
}
END_TEST

START_TEST(an_import_is_refused_or_whole_whichever_allocation_fails)
{
	static const struct slice squid =
		SLICE("acl a src 10.0.0.0/8\nacl b dstdomain .x.example \"/f\"\nacl c url_regex -i ads /x\n"
		      "http_access deny a b\nhttp_access allow c\nssl_bump splice b\n");
	static const struct slice guard =
		SLICE("src a {\n ip 10.0.0.0/8\n}\ndest d {\n domainlist d/domains\n}\nacl {\n"
		      " a {\n  pass !d all\n }\n}\n");
	static bool (*const imports[])(struct slice, const char *, struct buffer *, struct problems *) = {
		import_squid, import_squidguard};

	for (int i = 0; i < 2; i++) {
		struct buffer whole = buffer_make(IMPORT_MAX), have;
		struct problems lost = {0};

		ck_assert(imports[i](i ? guard : squid, "old", &whole, &lost));
		for (long n = 0;; n++) {
			bool ok;

			have = buffer_make(IMPORT_MAX);
			has_failed = false;
			until_failure = n;
			ok = imports[i](i ? guard : squid, "old", &have, &lost);
			until_failure = -1;
			if (ok)
				ck_assert_msg(slice_eq(buffer_slice(&have), buffer_slice(&whole)) || lost.count,
					"allocation %ld:\n%.*s", n, SLICE_ARG(buffer_slice(&have)));
			buffer_release(&have);
			problems_release(&lost);
			if (!has_failed)
				break;
		}
		buffer_release(&whole);
	}
}
END_TEST

UNIT_SUITE(memory, "memory", a_policy_is_refused_or_whole_whichever_allocation_fails,
	an_import_is_refused_or_whole_whichever_allocation_fails)

UNIT_MAIN(memory_suite)
