/* One route and one neighbour at a time.  See neighbour.h. */
#include "intercept/neighbour.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX 4096
/* States in which the kernel has heard the address (RFC 4861 section 7.3.2; ARP is told in the same words). */
#define HEARD (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)

struct family {
	uint8_t number;
	const void *bytes;
	size_t len;
};

static struct family
family_of(const struct addr *addr)
{
	if (addr_is_v4(addr))
		return (struct family){AF_INET, addr->bytes + 12, 4};
	return (struct family){AF_INET6, addr->bytes, 16};
}

int
neighbour_open(void)
{
	struct sockaddr_nl own = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&own, sizeof own) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

/* The answer to one request: a message of that type, or NULL. */
static const struct nlmsghdr *
ask(int fd, struct nlmsghdr *request, uint16_t type, char answer[ANSWER_MAX])
{
	const struct nlmsghdr *head = (const struct nlmsghdr *)(void *)answer;
	static _Thread_local uint32_t sequence;
	ssize_t got;

	request->nlmsg_flags = NLM_F_REQUEST;
	request->nlmsg_seq = ++sequence;
	if (send(fd, request, request->nlmsg_len, 0) < 0)
		return NULL;
	/* What an earlier request left behind is passed over. */
	while ((got = recv(fd, answer, ANSWER_MAX, 0)) > 0 && mnl_nlmsg_ok(head, (int)got))
		if (head->nlmsg_seq == request->nlmsg_seq)
			return head->nlmsg_type == type ? head : NULL;
	return NULL;
}

struct route {
	uint32_t link;
	bool has_gateway;
};

static int
on_route_attribute(const struct nlattr *attribute, void *data)
{
	struct route *route = data;

	switch (mnl_attr_get_type(attribute)) {
	case RTA_OIF:
		if (mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
			route->link = mnl_attr_get_u32(attribute);
		break;
	case RTA_GATEWAY:
	case RTA_VIA:
	case RTA_MULTIPATH:
		route->has_gateway = true;
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

/* The link that the client is on; 0 where it is on none of ours. */
static uint32_t
find_link(int fd, const struct addr *client)
{
	_Alignas(16) char buffer[256], answer[ANSWER_MAX];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct family family = family_of(client);
	const struct nlmsghdr *reply;
	struct route route = {0};
	struct rtmsg *message;

	request->nlmsg_type = RTM_GETROUTE;
	message = mnl_nlmsg_put_extra_header(request, sizeof *message);
	message->rtm_family = family.number;
	message->rtm_dst_len = (uint8_t)(family.len * 8);
	mnl_attr_put(request, RTA_DST, family.len, family.bytes);
	reply = ask(fd, request, RTM_NEWROUTE, answer);
	if (reply == NULL || mnl_attr_parse(reply, sizeof *message, on_route_attribute, &route) < 0)
		return 0;
	return route.has_gateway ? 0 : route.link;
}

static int
on_neighbour_attribute(const struct nlattr *attribute, void *data)
{
	if (mnl_attr_get_type(attribute) == NDA_LLADDR && mnl_attr_get_payload_len(attribute) == 6)
		memcpy(data, mnl_attr_get_payload(attribute), 6);
	return MNL_CB_OK;
}

bool
neighbour_find(int fd, const struct addr *client, uint8_t mac[6])
{
	static const uint8_t none[6];
	_Alignas(16) char buffer[256], answer[ANSWER_MAX];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct family family = family_of(client);
	uint32_t link = find_link(fd, client);
	const struct nlmsghdr *reply;
	const struct ndmsg *told;
	struct ndmsg *message;

	memset(mac, 0, 6);
	if (link == 0)
		return false;
	request->nlmsg_type = RTM_GETNEIGH;
	message = mnl_nlmsg_put_extra_header(request, sizeof *message);
	message->ndm_family = family.number;
	message->ndm_ifindex = (int)link;
	mnl_attr_put(request, NDA_DST, family.len, family.bytes);
	reply = ask(fd, request, RTM_NEWNEIGH, answer);
	if (reply == NULL || mnl_nlmsg_get_payload_len(reply) < sizeof *told)
		return false;
	told = mnl_nlmsg_get_payload(reply);
	if (!(told->ndm_state & HEARD) || mnl_attr_parse(reply, sizeof *told, on_neighbour_attribute, mac) < 0)
		return false;
	return memcmp(mac, none, sizeof none) != 0;
}

const char *
mac_format(const uint8_t mac[6], char dst[MAC_TEXT_MAX])
{
	snprintf(dst, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return dst;
}
