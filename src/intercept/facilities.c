/* What this kernel can do for us.  See facilities.h. */
#include "intercept/facilities.h"

#include "intercept/rules_netlink.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel's headers give way to those of the C library only where these come first. */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>

#define TERMS 3

/* A facility of nf_tables is a rule that needs it. */
static const struct {
	const char *name, *use, *remedy;
	bool is_owned;
	const char *type; /* of the chain; NULL where a table is all */
	unsigned hook;
	int priority;
	struct rules_term terms[TERMS];
} rows[] = {
	{"nf_tables", "every kernel rule of ours", "the kernel needs CONFIG_NF_TABLES_INET", false, NULL, 0, 0, {{0}}},
	{"owned tables", "rules that vanish with the process", "use Linux 5.12 or later", true, NULL, 0, 0, {{0}}},
	{"redirect", "steer redirect, and the gateway's own traffic",
		"the kernel needs CONFIG_NFT_REDIR and CONFIG_NFT_NAT; use tproxy", false, "nat", NF_INET_PRE_ROUTING,
		NF_IP_PRI_NAT_DST, {{RULES_TCP, NULL, 0}, {RULES_REDIRECT, NULL, 3129}}},
	{"tproxy", "steer tproxy", "the kernel needs CONFIG_NFT_TPROXY; use redirect", false, "filter",
		NF_INET_PRE_ROUTING, NF_IP_PRI_MANGLE,
		{{RULES_IPV4, NULL, 0}, {RULES_TCP, NULL, 0}, {RULES_TPROXY_V4, NULL, 3130}}},
	{"socket match", "steer tproxy", "the kernel needs CONFIG_NFT_SOCKET; use redirect", false, "filter",
		NF_INET_PRE_ROUTING, NF_IP_PRI_MANGLE, {{RULES_SOCKET_TRANSPARENT, NULL, 0}, {RULES_ACCEPT, NULL, 0}}},
	{"fib match", "leaving alone what goes to the gateway", "the kernel needs CONFIG_NFT_FIB_INET", false, "filter",
		NF_INET_PRE_ROUTING, NF_IP_PRI_MANGLE, {{RULES_TO_LOCAL, NULL, 0}, {RULES_RETURN, NULL, 0}}},
	{"conntrack", "the loop guard, and marks on flows that pass by", "the kernel needs CONFIG_NFT_CT", false,
		"filter", NF_INET_LOCAL_IN, NF_IP_PRI_FILTER,
		{{RULES_CT_NOT_REDIRECTED, NULL, 0}, {RULES_RETURN, NULL, 0}}},
	{"reject", "refusing QUIC, and on_failure closed", "the kernel needs CONFIG_NFT_REJECT_INET", false, "filter",
		NF_INET_FORWARD, NF_IP_PRI_FILTER, {{RULES_REJECT_PORT, NULL, 0}}},
	{"user match", "the gateway's own traffic", "the kernel needs CONFIG_NFT_META", false, "filter",
		NF_INET_LOCAL_OUT, NF_IP_PRI_FILTER, {{RULES_USER_IS, NULL, 0}, {RULES_RETURN, NULL, 0}}},
};

/* A table with that rule, made and deleted in one transaction. */
static int
try_rule(struct nft_socket *socket, struct nft_batch *batch, size_t row)
{
	struct rules rules = {.count = 1};
	struct rules_table *table = &rules.tables[0];
	struct rules_chain *chain = &table->chains[0];

	snprintf(table->name, sizeof table->name, "sluice_probe_%d", (int)(getpid() % 1000000));
	table->is_owned = rows[row].is_owned;
	if (rows[row].type) {
		*chain = (struct rules_chain){.name = "probe",
			.type = rows[row].type,
			.hook = rows[row].hook,
			.priority = rows[row].priority,
			.count = 1};
		for (size_t i = 0; i < TERMS && rows[row].terms[i].kind != RULES_END; i++)
			chain->rules[0].terms[chain->rules[0].count++] = rows[row].terms[i];
		table->chain_count = 1;
	}
	if (!rules_put(batch, &rules, NULL) || !rules_delete_table(batch, table->name, table->is_owned)) {
		nft_batch_clear(batch);
		return -ENOMEM;
	}
	return nft_batch_commit(batch, socket);
}

/* Whether a socket may have a foreign address, which tproxy's listeners and dialling as the client need. */
static int
try_transparent(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, error = 0;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_IP, IP_TRANSPARENT, &on, sizeof on) < 0)
		error = -errno;
	close(fd);
	return error;
}

size_t
facilities_probe(struct facility out[FACILITIES_MAX])
{
	struct nft_socket *socket = nft_socket_open();
	int socket_error = socket ? 0 : -errno;
	struct nft_batch *batch = nft_batch_new();
	size_t count = 0;

	_Static_assert(sizeof rows / sizeof rows[0] + 1 <= FACILITIES_MAX, "every facility has a place");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int error = socket_error ? socket_error : batch ? try_rule(socket, batch, i) : -ENOMEM;

		out[count++] = (struct facility){rows[i].name, rows[i].use, rows[i].remedy, error};
	}
	out[count++] = (struct facility){"transparent sockets", "steer tproxy, and dialling with the client's address",
		"start as root, or with CAP_NET_RAW", try_transparent()};
	nft_batch_free(batch);
	nft_socket_close(socket);
	return count;
}
