/* The policy routing behind TPROXY.  See policy_route.h. */
#include "intercept/policy_route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>

static const struct {
	uint8_t family;
	const char *name;
} families[] = {{AF_INET, "IPv4"}, {AF_INET6, "IPv6"}};

/* Sends one request and returns the kernel's answer, 0 or a negative errno. */
static int
ask(struct mnl_socket *socket, struct nlmsghdr *request)
{
	_Alignas(16) char answer[8192];
	ssize_t got;

	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	request->nlmsg_seq = 1;
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	do
		got = mnl_socket_recvfrom(socket, answer, sizeof answer);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	return mnl_cb_run(answer, (size_t)got, 1, mnl_socket_get_portid(socket), NULL, NULL) < 0 ? -errno : 0;
}

static int
ask_rule(struct mnl_socket *socket, uint16_t type, uint8_t family, uint32_t mark, uint32_t table)
{
	_Alignas(16) char buffer[1024];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct fib_rule_hdr *rule;

	request->nlmsg_type = type;
	request->nlmsg_flags = type == RTM_NEWRULE ? NLM_F_CREATE | NLM_F_EXCL : 0;
	rule = mnl_nlmsg_put_extra_header(request, sizeof *rule);
	rule->family = family;
	rule->action = FR_ACT_TO_TBL;
	mnl_attr_put_u32(request, FRA_TABLE, table);
	mnl_attr_put_u32(request, FRA_PRIORITY, table);
	mnl_attr_put_u32(request, FRA_FWMARK, mark);
	mnl_attr_put_u32(request, FRA_FWMASK, mark);
	return ask(socket, request);
}

/* local default dev lo */
static int
ask_route(struct mnl_socket *socket, uint16_t type, uint8_t family, uint32_t table)
{
	_Alignas(16) char buffer[1024];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct rtmsg *route;

	request->nlmsg_type = type;
	request->nlmsg_flags = type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_REPLACE : 0;
	route = mnl_nlmsg_put_extra_header(request, sizeof *route);
	route->rtm_family = family;
	route->rtm_type = RTN_LOCAL;
	route->rtm_scope = family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
	route->rtm_protocol = RTPROT_STATIC;
	mnl_attr_put_u32(request, RTA_TABLE, table);
	mnl_attr_put_u32(request, RTA_OIF, if_nametoindex("lo"));
	return ask(socket, request);
}

static struct mnl_socket *
open_socket(struct problems *problems)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (socket && mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0)
		return socket;
	problems_add(problems, false, NULL, 0, 0, NULL, "no rtnetlink socket: %s", strerror(errno));
	if (socket)
		mnl_socket_close(socket);
	return NULL;
}

static const char *
remedy_of(int error)
{
	switch (error) {
	case -EPERM:
		return "run as root, or with CAP_NET_ADMIN";
	case -ENETDOWN:
		return "`ip link set lo up`";
	case -EAFNOSUPPORT:
	case -EOPNOTSUPP:
		return "the kernel needs CONFIG_IP_MULTIPLE_TABLES and CONFIG_IPV6_MULTIPLE_TABLES";
	default:
		return "compare with `ip rule` and `ip route show table all`";
	}
}

bool
policy_route_install(uint32_t mark, uint32_t table, struct problems *problems)
{
	struct mnl_socket *socket = open_socket(problems);
	int errors[2];

	if (socket == NULL)
		return false;
	for (size_t i = 0; i < 2; i++) {
		errors[i] = ask_route(socket, RTM_NEWROUTE, families[i].family, table);
		if (errors[i] == 0)
			errors[i] = ask_rule(socket, RTM_NEWRULE, families[i].family, mark, table);
		if (errors[i] == -EEXIST)
			errors[i] = 0;
	}
	mnl_socket_close(socket);
	if (errors[0] == 0)
		return true; /* without IPv6 there is nothing to intercept in it */
	problems_add(problems, false, NULL, 0, 0, remedy_of(errors[0]),
		"the route that delivers intercepted packets cannot be set up in table %u: %s", table,
		strerror(-errors[0]));
	return false;
}

bool
policy_route_remove(uint32_t mark, uint32_t table, struct problems *problems)
{
	struct mnl_socket *socket = open_socket(problems);
	bool ok = true;

	if (socket == NULL)
		return false;
	for (size_t i = 0; i < 2; i++) {
		int errors[] = {ask_rule(socket, RTM_DELRULE, families[i].family, mark, table),
			ask_route(socket, RTM_DELROUTE, families[i].family, table)};

		for (size_t e = 0; e < 2; e++) {
			if (errors[e] == 0 || errors[e] == -ENOENT || errors[e] == -ESRCH || errors[e] == -EAFNOSUPPORT)
				continue;
			problems_add(problems, false, NULL, 0, 0, remedy_of(errors[e]),
				"the %s %s for table %u stays: %s", families[i].name, e ? "route" : "rule", table,
				strerror(-errors[e]));
			ok = false;
		}
	}
	mnl_socket_close(socket);
	return ok;
}
