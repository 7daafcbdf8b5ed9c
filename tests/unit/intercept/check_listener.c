/* The listening sockets, and where an accepted connection wanted to go. */
#include "lab.h"
#include "suites.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <unistd.h>

static int
option_of(int fd, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof value;

	ck_assert_int_eq(getsockopt(fd, level, option, &value, &len), 0);
	return value;
}

START_TEST(redirect_listens_on_one_socket_for_both_families)
{
	struct listener_options options = {.reuse_port = true};
	struct problems problems = {0};
	struct listener l, second;

	ck_assert(listener_open(&l, &original_dst_redirect, &options, &problems));
	ck_assert_uint_eq(l.count, 1);
	ck_assert_uint_ne(l.port, 0);
	ck_assert_int_eq(option_of(l.fds[0], SOL_SOCKET, SO_DOMAIN), AF_INET6);
	ck_assert_int_eq(option_of(l.fds[0], SOL_IPV6, IPV6_V6ONLY), 0);
	ck_assert_int_eq(option_of(l.fds[0], SOL_SOCKET, SO_ACCEPTCONN), 1);
	ck_assert(fcntl(l.fds[0], F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(l.fds[0], F_GETFD) & FD_CLOEXEC);
	/* A group of workers shares the port. */
	options.port = l.port;
	ck_assert(listener_open(&second, &original_dst_redirect, &options, &problems));
	listener_close(&second);
	/* Nobody else may. */
	options.reuse_port = false;
	ck_assert(!listener_open(&second, &original_dst_redirect, &options, &problems));
	ck_assert_uint_eq(second.count, 0);
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_ptr_nonnull(strstr(problems.items[0].remedy, "ss -ltnp"));
	problems_release(&problems);
	listener_close(&l);
}
END_TEST

START_TEST(a_foreign_address_is_named_with_a_remedy)
{
	struct addr at;
	struct listener_options options = {.at = &at};
	struct problems problems = {0};
	struct listener l;

	addr_parse(SLICE("203.0.113.77"), &at);
	ck_assert(!listener_open(&l, &original_dst_explicit, &options, &problems));
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_ptr_nonnull(strstr(problems.items[0].text, "203.0.113.77:0 for explicit"));
	ck_assert_ptr_nonnull(strstr(problems.items[0].remedy, "ip addr"));
	problems_release(&problems);
}
END_TEST

START_TEST(tproxy_listens_on_loopback_alone)
{
	struct listener_options options = {.port = 3130};
	struct problems problems = {0};
	struct listener l;
	struct endpoint at;

	if (!lab_enter_empty())
		return;
	ck_assert(listener_open(&l, &original_dst_tproxy, &options, &problems));
	lab_no_problems(&problems);
	ck_assert_uint_eq(l.count, 2);
	for (size_t i = 0; i < 2; i++) {
		struct sockaddr_storage sa;
		socklen_t len = sizeof sa;
		char text[ENDPOINT_TEXT_MAX];

		ck_assert_int_eq(getsockname(l.fds[i], (struct sockaddr *)&sa, &len), 0);
		ck_assert(endpoint_from_sockaddr((struct sockaddr *)&sa, &at));
		ck_assert_str_eq(endpoint_format(&at, text), i ? "[::1]:3130" : "127.0.0.1:3130");
		ck_assert_int_eq(option_of(l.fds[i], i ? SOL_IPV6 : SOL_IP, i ? IPV6_TRANSPARENT : IP_TRANSPARENT), 1);
	}
	listener_close(&l);
}
END_TEST

/* As on a kernel that was booted with ipv6.disable=1. */
static void
forget_ipv6(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	ck_assert_int_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
				 SCMP_A0(SCMP_CMP_EQ, AF_INET6)),
		0);
	ck_assert_int_eq(seccomp_load(filter), 0);
	seccomp_release(filter);
}

START_TEST(without_ipv6_the_rest_still_listens)
{
	struct listener_options options = {.port = 0};
	struct problems problems = {0};
	struct listener l;

	forget_ipv6();
	ck_assert(listener_open(&l, &original_dst_redirect, &options, &problems));
	lab_no_problems(&problems);
	ck_assert_uint_eq(l.count, 1);
	ck_assert_int_eq(option_of(l.fds[0], SOL_SOCKET, SO_DOMAIN), AF_INET);
	listener_close(&l);
	if (geteuid() != 0)
		return;
	ck_assert(listener_open(&l, &original_dst_tproxy, &options, &problems));
	lab_no_problems(&problems);
	ck_assert_uint_eq(l.count, 1);
	listener_close(&l);
}
END_TEST

START_TEST(each_way_is_found_by_name)
{
	ck_assert_ptr_eq(original_dst_way_find(SLICE("redirect")), &original_dst_redirect);
	ck_assert_ptr_eq(original_dst_way_find(SLICE("tproxy")), &original_dst_tproxy);
	ck_assert_ptr_eq(original_dst_way_find(SLICE("explicit")), &original_dst_explicit);
	ck_assert_ptr_null(original_dst_way_find(SLICE("redirec")));
	ck_assert_ptr_null(original_dst_way_find(SLICE("")));
}
END_TEST

START_TEST(a_connection_that_nobody_redirected_has_no_original_destination)
{
	struct listener_options options = {.port = 3129};
	struct problems problems = {0};
	struct endpoint dst, local;
	struct listener l;
	struct lab lab;
	int accepted, connected;

	if (!lab_build(&lab))
		return;
	/* No rules, and so no conntrack. */
	ck_assert(listener_open(&l, &original_dst_explicit, &options, &problems));
	lab.proxy = l;
	ck_assert_int_eq(lab_connect(&lab, lab.client, "10.61.1.1:3129", &accepted, &connected), LAB_PROXY);
	ck_assert_int_lt(original_dst_get(accepted, &original_dst_redirect, &dst, &local), 0);
	ck_assert_int_eq(original_dst_get(accepted, &original_dst_explicit, &dst, &local), -ENODATA);
	ck_assert_int_eq(original_dst_get(-1, &original_dst_tproxy, &dst, &local), -EBADF);
	close(accepted);
	close(connected);
}
END_TEST

UNIT_SUITE(listener, "listener", redirect_listens_on_one_socket_for_both_families,
	a_foreign_address_is_named_with_a_remedy, tproxy_listens_on_loopback_alone, without_ipv6_the_rest_still_listens,
	each_way_is_found_by_name, a_connection_that_nobody_redirected_has_no_original_destination)
