/* Override codes: their state as text, who is granted what and until when, and how often may be guessed. */
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>

#include "proxy/overrides.h"

#define NOW 1000000
#define NOW_NS UINT64_C(5000000000000)
#define SECOND UINT64_C(1000000000)

/* A table with one code, a policy, and what the supervisor was told. */
struct scene {
	struct overrides *overrides;
	struct override_state *state;
	struct policy *policy;
	struct facts facts;
	struct slice users[1];
	char code[OVERRIDE_CODE_TEXT_MAX];
	struct override_event told;
	unsigned told_count;
	bool is_deaf;
};

static bool
tell(void *context, const struct override_event *event)
{
	struct scene *s = context;

	if (s->is_deaf)
		return false;
	s->told = *event;
	s->told_count++;
	return true;
}

static struct addr
addr(const char *text)
{
	struct addr a;

	ck_assert(addr_parse(slice_of(text), &a));
	return a;
}

/* Adds a code to the state, and returns where it is kept. */
static struct override *
add_code(struct scene *s, char text[OVERRIDE_CODE_TEXT_MAX])
{
	struct override *o = &s->state->items[s->state->count++];
	struct override_code code;

	*o = (struct override){.id = ++s->state->last_id,
		.seconds = 600,
		.uses = 1,
		.made = NOW,
		.expires = NOW + 3600,
		.by = "root",
		.note = "why \"not\""};
	ck_assert(override_code_make(&code) && override_code_hash(&code, s->state->key, o->hash));
	override_code_format(&code, text);
	return o;
}

static void
scene_init(struct scene *s)
{
	struct problems problems = {0};
	struct conf_source source = {"/etc/test.conf", SLICE("policy {\n block everyone site a.org id x\n block "
							     "everyone site b.org id y\n block everyone site c.org "
							     "no_override id z\n}\n")};
	struct conf_tree *tree = conf_tree_parse(&source, 1, &problems);

	*s = (struct scene){.told_count = 0};
	s->policy = policy_compile(tree, NULL, &problems);
	ck_assert(s->policy != NULL);
	conf_tree_free(tree);
	problems_release(&problems);
	s->state = override_state_new();
	s->overrides = overrides_new(tell, s);
	s->facts = (struct facts){.client = addr("10.1.0.1"), .site = SLICE("a.org"), .users = s->users};
	facts_settle(&s->facts, STAGE_CONNECTION);
}

static void
scene_release(struct scene *s)
{
	overrides_free(s->overrides);
	free(s->state);
	policy_release(s->policy);
}

static void
take(struct scene *s)
{
	overrides_take(s->overrides, s->state, NOW, NOW_NS);
}

static enum override_result
enter(struct scene *s, const char *code, unsigned rule, uint64_t now_ns)
{
	struct override_try attempt = {
		.code = slice_of(code),
		.policy = s->policy,
		.facts = &s->facts,
		.rule = &s->policy->rules[rule],
		.category = -1,
		.attempts = 3,
		.attempts_all = 5,
	};

	return overrides_use(s->overrides, &attempt, NOW + (int64_t)((now_ns - NOW_NS) / SECOND), now_ns, NULL);
}

/* How many codes hold for the facts, so many seconds later by both clocks. */
static size_t
granted(struct scene *s, unsigned later)
{
	struct override_right rights[OVERRIDE_RIGHTS_MAX];

	return overrides_granted(s->overrides, &s->facts, NOW + later, NOW_NS + later * SECOND, rights);
}

START_TEST(a_code_is_used_as_often_as_it_says_and_the_supervisor_knows)
{
	struct scene s;

	scene_init(&s);
	ck_assert(!overrides_exist(s.overrides));
	ck_assert_int_eq(enter(&s, "0000-0000-0000-0000", 0, NOW_NS), OVERRIDE_REFUSED);
	add_code(&s, s.code)->uses = 2;
	take(&s);
	ck_assert(overrides_exist(s.overrides));
	ck_assert_uint_eq(granted(&s, 0), 0);
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS), OVERRIDE_USED);
	ck_assert_int_eq(s.told.result, OVERRIDE_USED);
	ck_assert_uint_eq(s.told.grant.id, 1);
	ck_assert_str_eq(s.told.grant.site, "a.org");
	ck_assert_str_eq(s.told.rule, "x");
	ck_assert_int_eq(s.told.grant.until, NOW + 600);
	ck_assert_uint_eq(granted(&s, 0), 1);
	ck_assert_uint_eq(granted(&s, 599), 1);
	ck_assert_uint_eq(granted(&s, 600), 0);
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS + SECOND), OVERRIDE_USED);
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS + SECOND), OVERRIDE_REFUSED);
	ck_assert_int_eq(s.told.result, OVERRIDE_REFUSED);
	ck_assert_uint_eq(s.told.grant.id, 1);
	scene_release(&s);
}
END_TEST

START_TEST(a_code_that_the_supervisor_cannot_be_told_of_opens_nothing)
{
	struct scene s;

	scene_init(&s);
	add_code(&s, s.code);
	take(&s);
	s.is_deaf = true;
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS), OVERRIDE_REFUSED);
	ck_assert_uint_eq(granted(&s, 0), 0);
	s.is_deaf = false;
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS), OVERRIDE_USED);
	scene_release(&s);
}
END_TEST

START_TEST(a_grant_is_for_its_person_and_site_and_ends_with_its_code)
{
	struct scene s;

	scene_init(&s);
	add_code(&s, s.code)->seconds = 7200; /* longer than the code itself */
	take(&s);
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS), OVERRIDE_USED);
	ck_assert_int_eq(s.told.grant.until, NOW + 3600);
	ck_assert_uint_eq(granted(&s, 3599), 1);
	ck_assert_uint_eq(granted(&s, 3600), 0);
	/* By the monotonic clock, though the other was set back; and not beyond the code, though it was set forward. */
	{
		struct override_right rights[OVERRIDE_RIGHTS_MAX];

		ck_assert_uint_eq(
			overrides_granted(s.overrides, &s.facts, NOW - 99999, NOW_NS + 3600 * SECOND, rights), 0);
		ck_assert_uint_eq(overrides_granted(s.overrides, &s.facts, NOW + 3600, NOW_NS, rights), 0);
	}
	s.facts.site = SLICE("b.org");
	ck_assert_uint_eq(granted(&s, 0), 0);
	s.facts.site = SLICE("sub.a.org");
	ck_assert_uint_eq(granted(&s, 0), 0);
	s.facts.site = SLICE("a.org");
	s.facts.client = addr("10.1.0.2");
	ck_assert_uint_eq(granted(&s, 0), 0);
	s.facts.client = addr("10.1.0.1");
	/* Somebody has signed in there: he is not the one. */
	s.users[0] = SLICE("bert");
	s.facts.user_count = 1;
	ck_assert_uint_eq(granted(&s, 0), 0);
	scene_release(&s);
}
END_TEST

START_TEST(a_user_keeps_it_wherever_he_is_and_everywhere_means_everywhere)
{
	struct scene s;

	scene_init(&s);
	add_code(&s, s.code)->is_everywhere = true;
	take(&s);
	s.users[0] = SLICE("anna");
	s.facts.user_count = 1;
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS), OVERRIDE_USED);
	ck_assert_str_eq(s.told.grant.user, "anna");
	ck_assert_str_eq(s.told.grant.site, "");
	s.facts.client = addr("fd00::7");
	s.facts.site = SLICE("b.org");
	ck_assert_uint_eq(granted(&s, 0), 1);
	s.users[0] = SLICE("bert");
	s.facts.client = addr("10.1.0.1");
	ck_assert_uint_eq(granted(&s, 0), 0);
	scene_release(&s);
}
END_TEST

START_TEST(what_the_code_does_not_cover_it_does_not_open)
{
	struct scene s;

	scene_init(&s);
	snprintf(add_code(&s, s.code)->scope.rule, OVERRIDE_NAME_MAX, "x");
	take(&s);
	ck_assert_int_eq(enter(&s, s.code, 1, NOW_NS), OVERRIDE_REFUSED);
	ck_assert_int_eq(enter(&s, s.code, 2, NOW_NS), OVERRIDE_REFUSED);
	ck_assert(!overrides_could_apply(s.overrides, s.policy, &s.facts, &s.policy->rules[1], -1, NOW));
	ck_assert(overrides_could_apply(s.overrides, s.policy, &s.facts, &s.policy->rules[0], -1, NOW));
	ck_assert(!overrides_could_apply(s.overrides, s.policy, &s.facts, &s.policy->rules[0], -1, NOW + 3600));
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS), OVERRIDE_USED);
	ck_assert(!overrides_could_apply(s.overrides, s.policy, &s.facts, &s.policy->rules[0], -1, NOW));
	scene_release(&s);
}
END_TEST

START_TEST(guessing_ends_after_a_few_for_each_and_some_for_all)
{
	struct scene s;

	scene_init(&s);
	add_code(&s, s.code)->uses = 10;
	take(&s);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(enter(&s, "nonsense", 0, NOW_NS), OVERRIDE_MISTYPED);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(enter(&s, "0000-0000-0000-0000", 0, NOW_NS), OVERRIDE_REFUSED);
	ck_assert_int_eq(enter(&s, "0000-0000-0000-0000", 0, NOW_NS), OVERRIDE_LIMITED);
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS), OVERRIDE_LIMITED);
	/* One network of IPv6 is one client, whatever its last 64 bits. */
	s.facts.client = addr("fd00::1");
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS), OVERRIDE_USED);
	ck_assert_int_eq(enter(&s, "0000-0000-0000-0000", 0, NOW_NS), OVERRIDE_REFUSED);
	s.facts.client = addr("fd00::2");
	ck_assert_int_eq(enter(&s, "0000-0000-0000-0000", 0, NOW_NS), OVERRIDE_REFUSED);
	s.facts.client = addr("fd00:0:0:1::1");
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS), OVERRIDE_LIMITED);
	/* A quarter of an hour later all may try again. */
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS + OVERRIDE_WINDOW_NS), OVERRIDE_USED);
	ck_assert_uint_eq(s.told_count, 7);
	scene_release(&s);
}
END_TEST

START_TEST(a_state_that_crosses_a_use_undoes_nothing_and_revoking_is_at_once)
{
	struct scene s;
	char other[OVERRIDE_CODE_TEXT_MAX];

	scene_init(&s);
	add_code(&s, s.code);
	take(&s);
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS), OVERRIDE_USED);
	/* The supervisor made another code before it was told. */
	add_code(&s, other);
	take(&s);
	ck_assert_uint_eq(granted(&s, 0), 1);
	ck_assert_int_eq(enter(&s, s.code, 0, NOW_NS), OVERRIDE_REFUSED);
	override_state_drop(s.state, 1);
	take(&s);
	ck_assert_uint_eq(granted(&s, 0), 0);
	ck_assert_int_eq(enter(&s, other, 0, NOW_NS), OVERRIDE_USED);
	override_state_drop(s.state, 2);
	take(&s);
	ck_assert(!overrides_exist(s.overrides));
	ck_assert_uint_eq(granted(&s, 0), 0);
	scene_release(&s);
}
END_TEST

START_TEST(grants_have_a_bound_and_what_is_over_makes_room)
{
	struct override_grant g = {.id = 1, .until = NOW + 10, .until_ns = NOW_NS + 10 * SECOND};
	struct scene s;

	scene_init(&s);
	add_code(&s, s.code);
	for (unsigned i = 0; i < OVERRIDE_GRANTS_MAX; i++) {
		snprintf(g.site, sizeof g.site, "s%u.org", i);
		ck_assert(override_state_grant(s.state, &g, NOW, NOW_NS) != NULL);
		ck_assert(override_state_grant(s.state, &g, NOW, NOW_NS) != NULL); /* the same again takes no place */
	}
	ck_assert_uint_eq(s.state->grant_count, OVERRIDE_GRANTS_MAX);
	snprintf(g.site, sizeof g.site, "more.org");
	ck_assert(override_state_grant(s.state, &g, NOW, NOW_NS) == NULL);
	ck_assert(override_state_grant(s.state, &g, NOW + 10, NOW_NS + 10 * SECOND) != NULL);
	ck_assert_uint_eq(s.state->grant_count, 1);
	scene_release(&s);
}
END_TEST

static unsigned over_count;

static void
count_over(const struct override *o, bool is_expired)
{
	over_count += is_expired ? 100 + o->id : o->id;
}

START_TEST(a_code_is_over_when_nobody_can_use_it_and_nobody_has_it)
{
	struct override_grant g = {.id = 1, .until = NOW + 10, .until_ns = NOW_NS + 10 * SECOND, .site = "a.org"};
	struct scene s;
	char other[OVERRIDE_CODE_TEXT_MAX];

	scene_init(&s);
	add_code(&s, s.code)->used = 1;
	add_code(&s, other);
	override_state_grant(s.state, &g, NOW, NOW_NS);
	over_count = 0;
	ck_assert(!override_state_sweep(s.state, NOW, NOW_NS, count_over));
	ck_assert(override_state_sweep(s.state, NOW + 10, NOW_NS + 10 * SECOND, count_over));
	ck_assert_uint_eq(over_count, 1);
	ck_assert_uint_eq(s.state->count, 1);
	ck_assert(override_state_sweep(s.state, NOW + 3600, NOW_NS + 3600 * SECOND, count_over));
	ck_assert_uint_eq(over_count, 1 + 102);
	scene_release(&s);
}
END_TEST

START_TEST(a_state_is_the_same_after_it_was_written_and_read)
{
	struct override_grant g = {
		.id = 1, .client = addr("10.1.0.7"), .until = NOW + 10, .site = "a.org", .user = "anna"};
	struct override_state *read = override_state_new();
	struct buffer first = buffer_make(OVERRIDE_STATE_TEXT_MAX), second = buffer_make(OVERRIDE_STATE_TEXT_MAX);
	struct override *o;
	struct scene s;

	scene_init(&s);
	o = add_code(&s, s.code);
	o->scope.has_client = prefix_parse(SLICE("10.1.0.0/16"), &o->scope.client);
	snprintf(o->scope.group, sizeof o->scope.group, "pupils");
	snprintf(o->scope.category, sizeof o->scope.category, "games");
	o->is_everywhere = true;
	override_state_grant(s.state, &g, NOW, NOW_NS);
	ck_assert(override_state_write(s.state, &first));
	ck_assert_ptr_null(override_state_read(read, buffer_slice(&first), NOW, NOW_NS));
	ck_assert(override_state_write(read, &second));
	ck_assert(slice_eq(buffer_slice(&first), buffer_slice(&second)));
	ck_assert_uint_eq(read->grants[0].until_ns, NOW_NS + 10 * SECOND);
	ck_assert_mem_eq(read->items[0].hash, o->hash, sizeof o->hash);
	/* Any byte that differs is noticed. */
	for (size_t i = 0; i < buffer_len(&first); i += 7) {
		first.data[i] ^= 1;
		ck_assert_ptr_nonnull(override_state_read(read, buffer_slice(&first), NOW, NOW_NS));
		first.data[i] ^= 1;
	}
	for (size_t len = 0; len < buffer_len(&first); len += 13)
		ck_assert_ptr_nonnull(override_state_read(read, slice_make(first.data, len), NOW, NOW_NS));
	buffer_release(&first);
	buffer_release(&second);
	free(read);
	scene_release(&s);
}
END_TEST

UNIT_SUITE(overrides, "overrides", a_code_is_used_as_often_as_it_says_and_the_supervisor_knows,
	a_code_that_the_supervisor_cannot_be_told_of_opens_nothing,
	a_grant_is_for_its_person_and_site_and_ends_with_its_code,
	a_user_keeps_it_wherever_he_is_and_everywhere_means_everywhere, what_the_code_does_not_cover_it_does_not_open,
	guessing_ends_after_a_few_for_each_and_some_for_all,
	a_state_that_crosses_a_use_undoes_nothing_and_revoking_is_at_once,
	grants_have_a_bound_and_what_is_over_makes_room, a_code_is_over_when_nobody_can_use_it_and_nobody_has_it,
	a_state_is_the_same_after_it_was_written_and_read)
