/* What a walk over the rules costs: 20 rules, of which four are about thousands of sites each, for a connection that
 * matches none of them, one that passes early, and a request with more facts.  Prints nanoseconds a walk. */
#include "base/clock.h"
#include "policy/evaluate.h"

#include <stdio.h>
#include <stdlib.h>

#define WALKS 2000000

static const char *
name_of(const void *context, unsigned number)
{
	static char name[16];

	if (number >= 60)
		return NULL;
	snprintf(name, sizeof name, "c%u", number);
	return name;
}

static size_t
write_policy(char *dst, size_t size)
{
	size_t n = (size_t)snprintf(dst, size,
		"group pupils { net 10.1.0.0/16 fd00:1::/64 }\n"
		"group staff { net 10.2.0.0/16 mac 02:00:00:aa:bb:cc user alice }\n"
		"group room { net 10.1.40.0/24 }\n"
		"time lessons { mon-fri 08:00-12:00 13:00-15:30 }\npolicy {\n");

	for (int rule = 0; rule < 4; rule++) {
		n += (size_t)snprintf(dst + n, size - n, " block pupils site");
		for (int i = 0; i < 2500; i++)
			n += (size_t)snprintf(dst + n, size - n, " *.h%d-%d.example", rule, i);
		n += (size_t)snprintf(dst + n, size - n, "\n");
	}
	for (int rule = 0; rule < 4; rule++)
		n += (size_t)snprintf(dst + n, size - n,
			" block everyone category c%d c%d\n pass staff category c%d\n"
			" block pupils category c%d during lessons\n block room port 80-90 site exam%d.example\n",
			rule, rule + 20, rule + 30, rule + 40, rule);
	return n + (size_t)snprintf(dst + n, size - n, " inspect everyone any\n}\n");
}

/* Processor time of this process: other work on the machine does not count. */
static uint64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
measure(const struct policy *policy, const char *what, struct facts *facts)
{
	struct verdict verdict;
	uint64_t start, spent;
	unsigned rules = 0;

	policy_evaluate(policy, facts, &verdict);
	start = cpu_ns();
	for (int i = 0; i < WALKS; i++) {
		facts->client.bytes[15] = (uint8_t)i;
		policy_evaluate(policy, facts, &verdict);
		rules += verdict.rule->number;
	}
	spent = cpu_ns() - start;
	printf("%-44s %6.1f ns a walk (rule %u, %s)\n", what, (double)spent / WALKS, rules / WALKS,
		verb_name(verdict.verb));
}

int
main(void)
{
	static char text[1 << 20];
	static const uint64_t none[1], bank[1] = {UINT64_C(1) << 30};
	static const struct policy_names names = {.of = {name_of}};
	struct conf_source source = {"bench.conf", {text, write_policy(text, sizeof text)}};
	struct problems problems = {0};
	uint64_t start = clock_monotonic_ns();
	struct conf_tree *tree = conf_tree_parse(&source, 1, &problems);
	struct policy *policy = tree ? policy_compile(tree, &names, &problems) : NULL;
	struct facts facts = {.site = SLICE("www.shop.example.org"), .time = 1704099600, .destination = {.port = 443}};

	if (policy == NULL)
		return EXIT_FAILURE;
	printf("%zu rules compiled in %.1f ms\n", policy->rule_count, (double)(clock_monotonic_ns() - start) / 1e6);
	if (!addr_parse(SLICE("10.1.40.1"), &facts.client))
		return EXIT_FAILURE;
	facts_settle(&facts, STAGE_CONNECTION);
	facts.categories = (struct fact_set){none, 1};
	measure(policy, "pupil, 4-label host, no rule but the last", &facts);
	facts.site = SLICE("a.b.h3-2499.example");
	measure(policy, "pupil, host listed in the fourth rule", &facts);
	facts.client.bytes[13] = 2;
	facts.site = SLICE("www.bank.example");
	facts.categories = (struct fact_set){bank, 1};
	measure(policy, "staff, category passes", &facts);
	policy_release(policy);
	conf_tree_free(tree);
	return EXIT_SUCCESS;
}
