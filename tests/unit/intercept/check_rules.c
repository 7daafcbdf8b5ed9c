/* The description of our rules: the text and the messages say the same. */
#include "lab.h"
#include "suites.h"

#include "intercept/facilities.h"
#include "intercept/ruleset.h"

#include <errno.h>
#include <stdio.h>

/* One of the 128 shapes that the rules can have. */
static struct steering
variant(unsigned bits)
{
	static const char *const excludes[] = {"10.0.0.0/8", "192.0.2.0/25", "192.0.2.128/25", "172.16.0.255",
		"172.16.1.0", "0.0.0.0/8", "224.0.0.0/4", "fd00::/8", "2001:db8:0:ffff:ffff:ffff:ffff:ffff", "::1"};
	struct steering s = steering_default();

	s.method = bits & 1 ? STEERING_TPROXY : STEERING_REDIRECT;
	s.on_failure = bits & 2 ? STEERING_CLOSED : STEERING_OPEN;
	s.local = bits & 4;
	s.reject_quic = bits & 8;
	s.has_proxy_uid = bits & 16;
	s.proxy_uid = 65534;
	if (bits & 32) {
		ck_assert(steering_add_interface(&s, SLICE("lan")));
		ck_assert(steering_add_interface(&s, SLICE("wlan0")));
	} else {
		s.anywhere = !s.local;
	}
	if (bits & 64)
		for (size_t i = 0; i < sizeof excludes / sizeof excludes[0]; i++) {
			struct prefix p;

			ck_assert(prefix_parse(slice_of(excludes[i]), &p));
			ck_assert(steering_add_exclude(&s, &p));
		}
	return s;
}

/* What nft makes of its own reading of our text must be what it lists of our messages. */
START_TEST(the_kernel_holds_what_the_text_says)
{
	struct problems problems = {0};
	struct ruleset *r;

	if (!lab_enter_empty())
		return;
	r = ruleset_open(&problems);
	ck_assert_ptr_nonnull(r);
	for (unsigned bits = 0; bits < 128; bits++) {
		static const char list[] =
			"nft -s list ruleset | sed 's/ # progname.*//; /^\tflags owner/d; /^$/d; s/^table.*/table/'";
		struct steering s = variant(bits);
		struct buffer text = buffer_make(65536);
		char *ours, *theirs;
		FILE *nft;

		ck_assert(ruleset_install(r, &s, &problems));
		lab_no_problems(&problems);
		ours = lab_output(list);
		ck_assert(ruleset_remove(r, &s, &problems));

		ck_assert(ruleset_show(&s, &text));
		/* An owned table would vanish with nft. */
		nft = popen("sed '/flags owner/d' | nft -f -", "w");
		ck_assert_ptr_nonnull(nft);
		fwrite(buffer_slice(&text).ptr, 1, buffer_len(&text), nft);
		ck_assert_msg(pclose(nft) == 0, "nft does not take:\n%.*s", SLICE_ARG(buffer_slice(&text)));
		theirs = lab_output(list);
		lab_run("nft flush ruleset");
		ck_assert_msg(strcmp(ours, theirs) == 0, "shape %u\n--- messages\n%s--- text\n%s", bits, ours, theirs);
		ck_assert_ptr_nonnull(strstr(ours, "chain"));
		free(ours);
		free(theirs);
		buffer_release(&text);
	}
	ruleset_close(r);
}
END_TEST

START_TEST(the_text_of_the_simplest_rules_is_what_the_documents_show)
{
	struct steering s = steering_default();
	struct buffer text = buffer_make(65536);

	s.persistent = true;
	s.reject_quic = false;
	ck_assert(steering_add_interface(&s, SLICE("eth1")));
	ck_assert(ruleset_show(&s, &text));
	assert_slice(buffer_slice(&text),
		"table inet sluice {\n"
		"\tset interfaces {\n\t\ttype ifname\n\t\telements = { \"eth1\" }\n\t}\n"
		"\tset ports {\n\t\ttype inet_service\n\t\telements = { 80, 443 }\n\t}\n"
		"\tset bypass4 {\n\t\ttype ipv4_addr . inet_service\n\t\tflags timeout\n\t\tsize 65536\n\t}\n"
		"\tset bypass6 {\n\t\ttype ipv6_addr . inet_service\n\t\tflags timeout\n\t\tsize 65536\n\t}\n"
		"\tset bypass_from4 {\n\t\ttype ipv4_addr . ipv4_addr . inet_service\n\t\tflags timeout\n"
		"\t\tsize 65536\n\t}\n"
		"\tset bypass_from6 {\n\t\ttype ipv6_addr . ipv6_addr . inet_service\n\t\tflags timeout\n"
		"\t\tsize 65536\n\t}\n"
		"\tchain steer_redirect {\n"
		"\t\tfib daddr type local return\n"
		"\t\tip daddr . tcp dport @bypass4 ct mark set ct mark | 0x04000000 return\n"
		"\t\tip6 daddr . tcp dport @bypass6 ct mark set ct mark | 0x04000000 return\n"
		"\t\tip saddr . ip daddr . tcp dport @bypass_from4 ct mark set ct mark | 0x04000000 return\n"
		"\t\tip6 saddr . ip6 daddr . tcp dport @bypass_from6 ct mark set ct mark | 0x04000000 return\n"
		"\t\tmeta l4proto tcp counter redirect to :3129\n"
		"\t}\n"
		"\tchain redirect_prerouting {\n"
		"\t\ttype nat hook prerouting priority -101; policy accept;\n"
		"\t\tiifname @interfaces tcp dport @ports jump steer_redirect\n"
		"\t}\n"
		"\tchain guard_input {\n"
		"\t\ttype filter hook input priority -1; policy accept;\n"
		"\t\ttcp dport 3129 ct status & dnat != dnat reject with tcp reset\n"
		"\t}\n"
		"}\n");
	buffer_release(&text);
}
END_TEST

START_TEST(a_small_buffer_is_said_to_be_small)
{
	struct steering s = variant(127);
	struct buffer whole = buffer_make(65536);

	ck_assert(ruleset_show(&s, &whole));
	for (size_t n = 0; n < buffer_len(&whole); n += 7) {
		struct buffer small = buffer_make(n);

		ck_assert(!ruleset_show(&s, &small));
		buffer_release(&small);
	}
	buffer_release(&whole);
}
END_TEST

START_TEST(facilities_are_tried_and_leave_nothing)
{
	struct facility found[FACILITIES_MAX];
	char *left;
	size_t count;

	if (!lab_enter_empty())
		return;
	count = facilities_probe(found);
	ck_assert_uint_ge(count, 10);
	for (size_t i = 0; i < count; i++) {
		ck_assert(found[i].name && found[i].use && found[i].remedy);
		ck_assert_msg(found[i].error == 0, "%s: %s", found[i].name, strerror(-found[i].error));
	}
	left = lab_output("nft list ruleset");
	ck_assert_str_eq(left, "");
	free(left);
}
END_TEST

UNIT_SUITE(rules, "rules", the_kernel_holds_what_the_text_says,
	the_text_of_the_simplest_rules_is_what_the_documents_show, a_small_buffer_is_said_to_be_small,
	facilities_are_tried_and_leave_nothing)
