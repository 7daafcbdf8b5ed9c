/* The rules at work: real connections from a client through a gateway to a server. */
#include "lab.h"
#include "suites.h"

#include "intercept/bypass.h"
#include "intercept/ruleset.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static struct lab lab;
static struct steering steering;
static struct ruleset *ruleset;
static struct problems problems;

/* A lab with a listener of that kind; false where there is no right to make one. */
static bool
prepare(enum steering_method method)
{
	bool tproxy = method == STEERING_TPROXY;

	if (!lab_build(&lab))
		return false;
	steering = steering_default();
	steering.method = method;
	ck_assert(steering_add_interface(&steering, SLICE("lan")));
	ruleset = ruleset_open(&problems);
	ck_assert_ptr_nonnull(ruleset);
	lab_listen(&lab, tproxy ? &original_dst_tproxy : &original_dst_redirect, tproxy ? 3130 : 3129);
	return true;
}

static void
install(void)
{
	ck_assert(ruleset_install(ruleset, &steering, &problems) || problems.count);
	lab_no_problems(&problems);
}

static void
sleep_ms(int ms)
{
	poll(NULL, 0, ms);
}

/* Connects from the client; the proxy must get it, and know where it was to go. */
static void
expect_intercepted(const char *to)
{
	struct endpoint dst, local;
	char text[ENDPOINT_TEXT_MAX];
	int accepted, connected;

	ck_assert_msg(lab_connect(&lab, lab.client, to, &accepted, &connected) == LAB_PROXY, "%s went past", to);
	ck_assert_int_eq(original_dst_get(accepted, lab.proxy.way, &dst, &local), 0);
	ck_assert_str_eq(endpoint_format(&dst, text), to);
	ck_assert(lab_flows(connected, accepted));
	ck_assert(lab_flows(accepted, connected));
	close(accepted);
	close(connected);
}

START_TEST(each_method_intercepts_both_families)
{
	if (!prepare(_i ? STEERING_TPROXY : STEERING_REDIRECT))
		return;
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:80"), LAB_ORIGIN);
	install();
	expect_intercepted("10.61.2.2:80");
	expect_intercepted("[fd61:2::2]:80");
	expect_intercepted("203.0.113.9:443"); /* nobody has to be there */
	/* Not what is no business of ours: other ports, other interfaces, the gateway itself. */
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:8080"), LAB_ORIGIN);
	ck_assert_int_eq(lab_connect(&lab, lab.gateway, "10.61.2.2:80", NULL, NULL), LAB_ORIGIN);
	ck_assert_int_eq(lab_try(&lab, "10.61.1.1:80"), LAB_REFUSED);
	ck_assert_int_eq(lab_try(&lab, "10.61.2.1:443"), LAB_REFUSED);
	/* And not whoever comes straight to the listener. */
	ck_assert_int_eq(lab_try(&lab, _i ? "10.61.1.1:3130" : "10.61.1.1:3129"), LAB_REFUSED);
	ck_assert_int_eq(lab_try(&lab, _i ? "[fd61:1::1]:3130" : "[fd61:1::1]:3129"), LAB_REFUSED);
	ck_assert_int_eq(
		lab_connect(&lab, lab.server, _i ? "10.61.2.1:3130" : "10.61.2.1:3129", NULL, NULL), LAB_REFUSED);

	ck_assert(ruleset_remove(ruleset, &steering, &problems));
	lab_no_problems(&problems);
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:80"), LAB_ORIGIN);
	lab_run("test -z \"$(nft list ruleset)$(ip rule | grep 3130)$(ip -6 rule | grep 3130)\"");
	ruleset_close(ruleset);
}
END_TEST

START_TEST(the_gateways_own_connections_come_too_except_ours)
{
	struct endpoint dst, local;
	char text[ENDPOINT_TEXT_MAX];
	int accepted, connected, fd, mark;
	struct sockaddr_storage sa;
	struct endpoint to;
	socklen_t len;

	if (!prepare(STEERING_REDIRECT))
		return;
	steering.local = true;
	install();
	ck_assert_int_eq(lab_connect(&lab, lab.gateway, "10.61.2.2:80", &accepted, &connected), LAB_PROXY);
	ck_assert_int_eq(original_dst_get(accepted, &original_dst_redirect, &dst, &local), 0);
	ck_assert_str_eq(endpoint_format(&dst, text), "10.61.2.2:80");
	close(accepted);
	close(connected);
	ck_assert_int_eq(lab_connect(&lab, lab.gateway, "[fd61:2::2]:80", NULL, NULL), LAB_PROXY);

	/* Our own bear the mark. */
	endpoint_parse(SLICE("10.61.2.2:80"), &to);
	len = endpoint_to_sockaddr(&to, &sa);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	mark = (int)steering.own_mark;
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sa, len), 0);
	accepted = accept(lab.origin, NULL, NULL);
	ck_assert_int_ge(accepted, 0);
	close(accepted);
	close(fd);

	/* Or our user. */
	steering.has_proxy_uid = true;
	steering.proxy_uid = 65534;
	install();
	ck_assert_int_eq(seteuid(65534), 0);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sa, len), 0);
	ck_assert_int_eq(seteuid(0), 0);
	accepted = accept(lab.origin, NULL, NULL);
	ck_assert_int_ge(accepted, 0);
	close(accepted);
	close(fd);
	ruleset_close(ruleset);
}
END_TEST

START_TEST(what_may_pass_passes_until_its_time_is_over)
{
	struct bypass four = {.has_from = false}, six = {.has_from = false}, one = {.has_from = true};
	int accepted, connected;

	if (!prepare(_i ? STEERING_TPROXY : STEERING_REDIRECT))
		return;
	endpoint_parse(SLICE("10.61.2.2:80"), &four.to);
	endpoint_parse(SLICE("[fd61:2::2]:80"), &six.to);
	one.to = four.to;
	addr_parse(SLICE("10.61.1.2"), &one.from);
	ck_assert_int_eq(bypass_add(ruleset, &four, 5), -ENOENT);
	install();

	ck_assert_int_eq(bypass_add(ruleset, &four, 0), -EINVAL);
	ck_assert_int_eq(bypass_add(ruleset, &four, BYPASS_SECONDS_MAX + 1), -EINVAL);
	ck_assert_int_eq(bypass_remove(ruleset, &four), -ENOENT);
	ck_assert_int_eq(bypass_add(ruleset, &four, 60), 0);
	ck_assert_int_eq(bypass_add(ruleset, &six, 60), 0);
	ck_assert_int_eq(lab_connect(&lab, lab.client, "10.61.2.2:80", &accepted, &connected), LAB_ORIGIN);
	ck_assert_int_eq(lab_try(&lab, "[fd61:2::2]:80"), LAB_ORIGIN);
	expect_intercepted("10.61.2.2:443");

	/* A reload keeps them, and a flow that passes goes on when its element is gone. */
	steering_add_port(&steering, 8443);
	install();
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:80"), LAB_ORIGIN);
	ck_assert_int_eq(bypass_remove(ruleset, &four), 0);
	ck_assert_int_eq(bypass_remove(ruleset, &six), 0);
	expect_intercepted("10.61.2.2:80");
	expect_intercepted("[fd61:2::2]:80");
	ck_assert(lab_flows(connected, accepted));
	ck_assert(lab_flows(accepted, connected));
	close(accepted);
	close(connected);

	/* One client's, and another's. */
	ck_assert_int_eq(bypass_add(ruleset, &one, 60), 0);
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:80"), LAB_ORIGIN);
	ck_assert_int_eq(bypass_remove(ruleset, &one), 0);
	addr_parse(SLICE("10.61.1.3"), &one.from);
	ck_assert_int_eq(bypass_add(ruleset, &one, 60), 0);
	expect_intercepted("10.61.2.2:80");
	addr_parse(SLICE("fd61:1::2"), &one.from);
	ck_assert_int_eq(bypass_add(ruleset, &one, 60), -EINVAL);

	/* Adding again makes it last from now. */
	ck_assert_int_eq(bypass_add(ruleset, &four, 1), 0);
	sleep_ms(700);
	ck_assert_int_eq(bypass_add(ruleset, &four, 1), 0);
	sleep_ms(700);
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:80"), LAB_ORIGIN);
	sleep_ms(700);
	expect_intercepted("10.61.2.2:80");
	ck_assert(ruleset_remove(ruleset, &steering, &problems));
	ruleset_close(ruleset);
}
END_TEST

static void
exclude(const char *text)
{
	struct prefix p;

	ck_assert(prefix_parse(slice_of(text), &p));
	ck_assert(steering_add_exclude(&steering, &p));
}

START_TEST(what_is_excluded_is_left_alone_dead_or_alive)
{
	if (!prepare(_i ? STEERING_TPROXY : STEERING_REDIRECT))
		return;
	steering.on_failure = STEERING_CLOSED;
	exclude("10.61.2.2/31");
	exclude("fd61:2::2");
	install();
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:80"), LAB_ORIGIN);
	ck_assert_int_eq(lab_try(&lab, "[fd61:2::2]:80"), LAB_ORIGIN);
	expect_intercepted("10.61.2.4:80"); /* the neighbours of the intervals */
	expect_intercepted("[fd61:2::3]:80");
	ruleset_close(ruleset);
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:80"), LAB_ORIGIN);
	ck_assert_int_eq(lab_try(&lab, "[fd61:2::2]:80"), LAB_ORIGIN);

	/* A reload changes them, down to none, and up to one that has no end. */
	ruleset = ruleset_open(&problems);
	steering.exclude_count = 0;
	install();
	expect_intercepted("10.61.2.2:80");
	exclude("10.61.0.0/16");
	install();
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:80"), LAB_ORIGIN);
	expect_intercepted("[fd61:2::2]:80");
	steering.exclude_count = 0;
	exclude("::/0");
	exclude("255.255.255.255");
	install();
	expect_intercepted("10.61.2.2:80");
	ck_assert_int_eq(lab_try(&lab, "[fd61:2::2]:80"), LAB_ORIGIN);
	ruleset_close(ruleset);
}
END_TEST

START_TEST(open_lets_traffic_flow_when_we_hang_or_die)
{
	if (!prepare(_i ? STEERING_TPROXY : STEERING_REDIRECT))
		return;
	steering.dead_man_ms = 400;
	install();
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(ruleset_keepalive(ruleset), 0);
		expect_intercepted("10.61.2.2:80");
		sleep_ms(150);
	}
	sleep_ms(500);
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:80"), LAB_ORIGIN);
	ck_assert_int_eq(ruleset_keepalive(ruleset), 0); /* back from where it hung */
	expect_intercepted("10.61.2.2:80");

	ruleset_close(ruleset); /* as the kernel does when the process dies */
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:80"), LAB_ORIGIN);
	ck_assert_int_eq(lab_try(&lab, "[fd61:2::2]:80"), LAB_ORIGIN);
}
END_TEST

START_TEST(closed_refuses_traffic_when_we_die_and_not_when_we_stop)
{
	struct bypass pass = {.has_from = false};
	int accepted, connected;

	if (!prepare(_i ? STEERING_TPROXY : STEERING_REDIRECT))
		return;
	steering.on_failure = STEERING_CLOSED;
	endpoint_parse(SLICE("10.61.2.2:80"), &pass.to);
	install();
	expect_intercepted("10.61.2.2:80");
	ck_assert_int_eq(bypass_add(ruleset, &pass, 60), 0);
	ck_assert_int_eq(lab_connect(&lab, lab.client, "10.61.2.2:80", &accepted, &connected), LAB_ORIGIN);
	ck_assert(lab_flows(connected, accepted));
	ck_assert(lab_flows(accepted, connected));

	ruleset_close(ruleset);
	listener_close(&lab.proxy);
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:80"), LAB_REFUSED);
	ck_assert_int_eq(lab_try(&lab, "[fd61:2::2]:80"), LAB_REFUSED);
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:8080"), LAB_ORIGIN);
	ck_assert(lab_flows(connected, accepted)); /* what passed before goes on */
	close(accepted);
	close(connected);

	/* A new life takes over, and a clean stop leaves nothing. */
	ruleset = ruleset_open(&problems);
	lab_listen(&lab, _i ? &original_dst_tproxy : &original_dst_redirect, _i ? 3130 : 3129);
	install();
	expect_intercepted("10.61.2.2:80");
	ck_assert(ruleset_remove(ruleset, &steering, &problems));
	ck_assert_int_eq(lab_try(&lab, "10.61.2.2:80"), LAB_ORIGIN);
	lab_run("test -z \"$(nft list ruleset)\"");
	ruleset_close(ruleset);
}
END_TEST

START_TEST(a_reload_may_change_everything)
{
	struct listener redirect;

	if (!prepare(STEERING_REDIRECT))
		return;
	install();
	expect_intercepted("10.61.2.2:80");
	redirect = lab.proxy;
	lab_listen(&lab, &original_dst_tproxy, 3130);
	steering.method = STEERING_TPROXY;
	steering.on_failure = STEERING_CLOSED;
	install();
	expect_intercepted("10.61.2.2:80");
	lab_run("nft list table inet sluice_closed >/dev/null; ! nft list table inet sluice | grep -q redirect");
	lab_run("ip rule | grep -q 3130");
	strcpy(steering.table, "other");
	install();
	expect_intercepted("10.61.2.2:80");
	lab_run("test \"$(nft list tables)\" = \"table inet other\ntable inet other_closed\"");
	listener_close(&lab.proxy);
	lab.proxy = redirect;
	steering.method = STEERING_REDIRECT;
	steering.on_failure = STEERING_OPEN;
	steering.interface_count = 0;
	steering.anywhere = true;
	install();
	expect_intercepted("10.61.2.2:80");
	lab_run("test \"$(nft list tables)\" = \"table inet other\"; ! ip rule | grep -q 3130");
	ck_assert_int_eq(lab_connect(&lab, lab.server, "10.61.1.2:80", NULL, NULL), LAB_PROXY);
	ruleset_close(ruleset);
}
END_TEST

START_TEST(quic_is_refused_at_once_unless_wanted)
{
	struct sockaddr_storage sa;
	struct endpoint to;
	socklen_t len;
	char byte = 0;

	if (!prepare(STEERING_REDIRECT))
		return;
	endpoint_parse(SLICE("10.61.2.2:443"), &to);
	len = endpoint_to_sockaddr(&to, &sa);
	for (int refuse = 1; refuse >= 0; refuse--) {
		int server, client, error;
		struct pollfd p = {.events = POLLIN};

		steering.reject_quic = refuse;
		install();
		lab_enter(lab.server);
		server = socket(AF_INET, SOCK_DGRAM, 0);
		ck_assert_int_eq(bind(server, (struct sockaddr *)&sa, len), 0);
		lab_enter(lab.client);
		client = socket(AF_INET, SOCK_DGRAM, 0);
		ck_assert_int_eq(connect(client, (struct sockaddr *)&sa, len), 0);
		ck_assert_int_eq(send(client, &byte, 1, 0), 1);
		lab_enter(lab.gateway);
		p.fd = refuse ? client : server;
		ck_assert_int_eq(poll(&p, 1, 1000), 1);
		error = recv(p.fd, &byte, 1, MSG_DONTWAIT) < 0 ? errno : 0;
		ck_assert_int_eq(error, refuse ? ECONNREFUSED : 0);
		close(server);
		close(client);
	}
	ruleset_close(ruleset);
}
END_TEST

START_TEST(mistakes_and_refusals_are_explained_and_change_nothing)
{
	struct ruleset *other;

	if (!prepare(STEERING_REDIRECT))
		return;
	install();

	steering.port_count = 0;
	ck_assert(!ruleset_install(ruleset, &steering, &problems));
	ck_assert_uint_eq(problems.count, 1);
	problems_release(&problems);
	expect_intercepted("10.61.2.2:80");
	steering_add_port(&steering, 80);

	/* Another process' table. */
	other = ruleset_open(&problems);
	ck_assert(!ruleset_install(other, &steering, &problems));
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_ptr_nonnull(strstr(problems.items[0].text, "table inet sluice"));
	ck_assert_ptr_nonnull(strstr(problems.items[0].remedy, "another process owns the table"));
	problems_release(&problems);
	ck_assert(!ruleset_remove(other, &steering, &problems));
	ck_assert_ptr_nonnull(strstr(problems.items[0].remedy, "another process owns the table"));
	problems_release(&problems);
	ck_assert_int_eq(ruleset_keepalive(other), 0);
	expect_intercepted("10.61.2.2:80");
	ruleset_close(ruleset);

	/* One that was made by hand, and outlives its maker. */
	steering.persistent = true;
	ck_assert(ruleset_install(other, &steering, &problems));
	lab_no_problems(&problems);
	ruleset_close(other);
	expect_intercepted("10.61.2.2:80");
	ruleset = ruleset_open(&problems);
	steering.persistent = false;
	ck_assert(!ruleset_install(ruleset, &steering, &problems));
	ck_assert_ptr_nonnull(strstr(problems.items[0].remedy, "sluicectl rules remove"));
	problems_release(&problems);
	ck_assert(ruleset_remove(ruleset, &steering, &problems));
	lab_no_problems(&problems);
	install();
	expect_intercepted("10.61.2.2:80");
	ruleset_close(ruleset);
}
END_TEST

START_TEST(without_the_right_the_remedy_is_said)
{
	if (!lab_enter_empty())
		return;
	ck_assert_int_eq(seteuid(65534), 0);
	steering = steering_default();
	steering.method = STEERING_TPROXY;
	steering.anywhere = true;
	ruleset = ruleset_open(&problems);
	ck_assert_ptr_nonnull(ruleset);
	ck_assert(!ruleset_install(ruleset, &steering, &problems));
	ck_assert_ptr_nonnull(strstr(problems.items[0].remedy, "CAP_NET_ADMIN"));
	problems_release(&problems);
	steering.method = STEERING_REDIRECT;
	ck_assert(!ruleset_install(ruleset, &steering, &problems));
	ck_assert_ptr_nonnull(strstr(problems.items[0].remedy, "CAP_NET_ADMIN"));
	problems_release(&problems);
	ruleset_close(ruleset);
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* The child of a fork that execs must not keep the table alive. */
START_TEST(the_socket_does_not_survive_exec)
{
	pid_t child;

	if (!prepare(STEERING_REDIRECT))
		return;
	install();
	child = fork();
	if (child == 0) {
		execlp("sleep", "sleep", "30", NULL);
		_exit(127);
	}
	sleep_ms(200);
	ruleset_close(ruleset);
	lab_run("test -z \"$(nft list ruleset)\"");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
END_TEST

Suite *
ruleset_suite(void)
{
	Suite *suite = suite_create("ruleset");
	TCase *each = tcase_create("each method"), *once = tcase_create("once");

	tcase_add_loop_test(each, each_method_intercepts_both_families, 0, 2);
	tcase_add_loop_test(each, what_may_pass_passes_until_its_time_is_over, 0, 2);
	tcase_add_loop_test(each, what_is_excluded_is_left_alone_dead_or_alive, 0, 2);
	tcase_add_loop_test(each, open_lets_traffic_flow_when_we_hang_or_die, 0, 2);
	tcase_add_loop_test(each, closed_refuses_traffic_when_we_die_and_not_when_we_stop, 0, 2);
	suite_add_tcase(suite, each);
	tcase_add_test(once, the_gateways_own_connections_come_too_except_ours);
	tcase_add_test(once, a_reload_may_change_everything);
	tcase_add_test(once, quic_is_refused_at_once_unless_wanted);
	tcase_add_test(once, mistakes_and_refusals_are_explained_and_change_nothing);
	tcase_add_test(once, without_the_right_the_remedy_is_said);
	tcase_add_test(once, the_socket_does_not_survive_exec);
	suite_add_tcase(suite, once);
	return suite;
}
