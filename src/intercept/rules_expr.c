/* One rule of our description as expressions of nf_tables.  See rules_expr.h.  The shapes are those that nft itself
 * makes of the same text, so that `nft list` reads them back. */
#include "intercept/rules_expr.h"

#include <arpa/inet.h>
#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#define TCP_FLAGS_OFFSET 13
#define DPORT_OFFSET 2
#define SADDR_V4 12
#define DADDR_V4 16
#define SADDR_V6 8
#define DADDR_V6 24
#define FIN_SYN_RST_ACK 0x17
#define SYN 0x02

/* A rule being built: the first failure sticks. */
struct builder {
	struct nftnl_rule *rule;
	uint8_t l4proto; /* already compared with; 0 for none */
	bool failed;
};

/* A new expression at the end of the rule; NULL when memory is out. */
static struct nftnl_expr *
add_expr(struct builder *b, const char *name)
{
	struct nftnl_expr *e = nftnl_expr_alloc(name);

	if (e)
		nftnl_rule_add_expr(b->rule, e);
	else
		b->failed = true;
	return e;
}

static void
load_meta(struct builder *b, uint32_t key)
{
	struct nftnl_expr *e = add_expr(b, "meta");

	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

static void
load_ct(struct builder *b, uint32_t key)
{
	struct nftnl_expr *e = add_expr(b, "ct");

	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, NFT_REG_1);
}

static void
load_payload(struct builder *b, uint32_t base, uint32_t offset, uint32_t len, uint32_t reg)
{
	struct nftnl_expr *e = add_expr(b, "payload");

	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, reg);
}

static void
compare(struct builder *b, uint32_t op, const void *data, uint32_t len)
{
	struct nftnl_expr *e = add_expr(b, "cmp");

	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, data, len);
}

/* reg = (reg & mask) ^ flip */
static void
bitwise(struct builder *b, const void *mask, const void *flip, uint32_t len)
{
	struct nftnl_expr *e = add_expr(b, "bitwise");

	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, len);
	nftnl_expr_set(e, NFTNL_EXPR_BITWISE_MASK, mask, len);
	nftnl_expr_set(e, NFTNL_EXPR_BITWISE_XOR, flip, len);
}

static void
look_up(struct builder *b, const char *set)
{
	struct nftnl_expr *e = add_expr(b, "lookup");

	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, set);
}

static void
load_value(struct builder *b, uint32_t reg, const void *data, uint32_t len)
{
	struct nftnl_expr *e = add_expr(b, "immediate");

	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, reg);
	nftnl_expr_set(e, NFTNL_EXPR_IMM_DATA, data, len);
}

static void
conclude(struct builder *b, int verdict, const char *chain)
{
	struct nftnl_expr *e = add_expr(b, "immediate");

	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict);
	if (chain)
		nftnl_expr_set_str(e, NFTNL_EXPR_IMM_CHAIN, chain);
}

static void
is_l4proto(struct builder *b, uint8_t protocol)
{
	if (b->l4proto == protocol)
		return;
	b->l4proto = protocol;
	load_meta(b, NFT_META_L4PROTO);
	compare(b, NFT_CMP_EQ, &protocol, sizeof protocol);
}

static void
is_nfproto(struct builder *b, uint8_t family)
{
	load_meta(b, NFT_META_NFPROTO);
	compare(b, NFT_CMP_EQ, &family, sizeof family);
}

static void
load_dport(struct builder *b, uint8_t protocol, uint32_t reg)
{
	is_l4proto(b, protocol);
	load_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, DPORT_OFFSET, 2, reg);
}

static void
has_bits(struct builder *b, uint32_t op, uint32_t bits)
{
	static const uint32_t zero;

	bitwise(b, &bits, &zero, sizeof bits);
	compare(b, op, &bits, sizeof bits);
}

static void
add_bits(struct builder *b, uint32_t bits)
{
	uint32_t keep = ~bits;

	bitwise(b, &keep, &bits, sizeof bits);
}

/* Addresses and the port of a packet side by side in the registers, as the keys of a set. */
static void
in_bypass(struct builder *b, uint8_t family, bool with_source, const char *set)
{
	bool v4 = family == NFPROTO_IPV4;
	uint32_t len = v4 ? 4 : 16, saddr = v4 ? SADDR_V4 : SADDR_V6, daddr = v4 ? DADDR_V4 : DADDR_V6;
	/* The first register has an old number, whose 16 bytes are those of the four from NFT_REG32_00 on. */
	uint32_t second = v4 ? NFT_REG32_01 : NFT_REG_2, third = v4 ? NFT_REG32_02 : NFT_REG_3;

	is_nfproto(b, family);
	is_l4proto(b, IPPROTO_TCP);
	if (with_source)
		load_payload(b, NFT_PAYLOAD_NETWORK_HEADER, saddr, len, NFT_REG_1);
	load_payload(b, NFT_PAYLOAD_NETWORK_HEADER, daddr, len, with_source ? second : NFT_REG_1);
	load_dport(b, IPPROTO_TCP, with_source ? third : second);
	look_up(b, set);
}

static void
to_tproxy(struct builder *b, uint8_t family, const void *address, uint32_t len, uint16_t port)
{
	struct nftnl_expr *e;

	port = htons(port);
	load_value(b, NFT_REG_1, address, len);
	load_value(b, NFT_REG_2, &port, sizeof port);
	e = add_expr(b, "tproxy");
	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_TPROXY_FAMILY, family);
	nftnl_expr_set_u32(e, NFTNL_EXPR_TPROXY_REG_ADDR, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_TPROXY_REG_PORT, NFT_REG_2);
}

static void
iifname_in(struct builder *b, const struct rules_term *term)
{
	load_meta(b, NFT_META_IIFNAME);
	look_up(b, term->name);
}

static void
tcp_port_in(struct builder *b, const struct rules_term *term)
{
	load_dport(b, IPPROTO_TCP, NFT_REG_1);
	look_up(b, term->name);
}

static void
udp_port_in(struct builder *b, const struct rules_term *term)
{
	load_dport(b, IPPROTO_UDP, NFT_REG_1);
	look_up(b, term->name);
}

static void
tcp_port_is(struct builder *b, const struct rules_term *term)
{
	uint16_t port = htons((uint16_t)term->value);

	load_dport(b, IPPROTO_TCP, NFT_REG_1);
	compare(b, NFT_CMP_EQ, &port, sizeof port);
}

static void
tcp(struct builder *b, const struct rules_term *term)
{
	is_l4proto(b, IPPROTO_TCP);
}

static void
ipv4(struct builder *b, const struct rules_term *term)
{
	is_nfproto(b, NFPROTO_IPV4);
}

static void
ipv6(struct builder *b, const struct rules_term *term)
{
	is_nfproto(b, NFPROTO_IPV6);
}

static void
syn_alone(struct builder *b, const struct rules_term *term)
{
	static const uint8_t mask = FIN_SYN_RST_ACK, zero, syn = SYN;

	is_l4proto(b, IPPROTO_TCP);
	load_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS_OFFSET, 1, NFT_REG_1);
	bitwise(b, &mask, &zero, 1);
	compare(b, NFT_CMP_EQ, &syn, 1);
}

static void
to_local(struct builder *b, const struct rules_term *term)
{
	struct nftnl_expr *e = add_expr(b, "fib");
	uint32_t type = RTN_LOCAL;

	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
	nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_DREG, NFT_REG_1);
	compare(b, NFT_CMP_EQ, &type, sizeof type);
}

/* The destination of a packet, in a set of prefixes. */
static void
in_net(struct builder *b, uint8_t family, const char *set)
{
	bool v4 = family == NFPROTO_IPV4;

	is_nfproto(b, family);
	load_payload(b, NFT_PAYLOAD_NETWORK_HEADER, v4 ? DADDR_V4 : DADDR_V6, v4 ? 4 : 16, NFT_REG_1);
	look_up(b, set);
}

static void
net_in_v4(struct builder *b, const struct rules_term *term)
{
	in_net(b, NFPROTO_IPV4, term->name);
}

static void
net_in_v6(struct builder *b, const struct rules_term *term)
{
	in_net(b, NFPROTO_IPV6, term->name);
}

static void
to_in_v4(struct builder *b, const struct rules_term *term)
{
	in_bypass(b, NFPROTO_IPV4, false, term->name);
}

static void
to_in_v6(struct builder *b, const struct rules_term *term)
{
	in_bypass(b, NFPROTO_IPV6, false, term->name);
}

static void
from_to_in_v4(struct builder *b, const struct rules_term *term)
{
	in_bypass(b, NFPROTO_IPV4, true, term->name);
}

static void
from_to_in_v6(struct builder *b, const struct rules_term *term)
{
	in_bypass(b, NFPROTO_IPV6, true, term->name);
}

static void
mark_has(struct builder *b, const struct rules_term *term)
{
	load_meta(b, NFT_META_MARK);
	has_bits(b, NFT_CMP_EQ, term->value);
}

static void
ct_mark_has(struct builder *b, const struct rules_term *term)
{
	load_ct(b, NFT_CT_MARK);
	has_bits(b, NFT_CMP_EQ, term->value);
}

static void
ct_not_redirected(struct builder *b, const struct rules_term *term)
{
	load_ct(b, NFT_CT_STATUS);
	has_bits(b, NFT_CMP_NEQ, IPS_DST_NAT);
}

static void
user_is(struct builder *b, const struct rules_term *term)
{
	load_meta(b, NFT_META_SKUID);
	compare(b, NFT_CMP_EQ, &term->value, sizeof term->value);
}

static void
socket_transparent(struct builder *b, const struct rules_term *term)
{
	struct nftnl_expr *e = add_expr(b, "socket");
	static const uint8_t yes = 1;

	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_SOCKET_KEY, NFT_SOCKET_TRANSPARENT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_SOCKET_DREG, NFT_REG_1);
	compare(b, NFT_CMP_EQ, &yes, sizeof yes);
}

static void
mark_add(struct builder *b, const struct rules_term *term)
{
	struct nftnl_expr *e;

	load_meta(b, NFT_META_MARK);
	add_bits(b, term->value);
	e = add_expr(b, "meta");
	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_MARK);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_SREG, NFT_REG_1);
}

static void
ct_mark_add(struct builder *b, const struct rules_term *term)
{
	struct nftnl_expr *e;

	load_ct(b, NFT_CT_MARK);
	add_bits(b, term->value);
	e = add_expr(b, "ct");
	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, NFT_CT_MARK);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_SREG, NFT_REG_1);
}

static void
count(struct builder *b, const struct rules_term *term)
{
	add_expr(b, "counter");
}

static void
redirect(struct builder *b, const struct rules_term *term)
{
	uint16_t port = htons((uint16_t)term->value);
	struct nftnl_expr *e;

	load_value(b, NFT_REG_1, &port, sizeof port);
	e = add_expr(b, "redir");
	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_REDIR_REG_PROTO_MIN, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_REDIR_FLAGS, NF_NAT_RANGE_PROTO_SPECIFIED);
}

static void
tproxy_v4(struct builder *b, const struct rules_term *term)
{
	uint32_t loopback = htonl(INADDR_LOOPBACK);

	to_tproxy(b, NFPROTO_IPV4, &loopback, sizeof loopback, (uint16_t)term->value);
}

static void
tproxy_v6(struct builder *b, const struct rules_term *term)
{
	to_tproxy(b, NFPROTO_IPV6, &in6addr_loopback, sizeof in6addr_loopback, (uint16_t)term->value);
}

static void
accept_it(struct builder *b, const struct rules_term *term)
{
	conclude(b, NF_ACCEPT, NULL);
}

static void
return_it(struct builder *b, const struct rules_term *term)
{
	conclude(b, NFT_RETURN, NULL);
}

static void
jump(struct builder *b, const struct rules_term *term)
{
	conclude(b, NFT_JUMP, term->name);
}

static void
reject(struct builder *b, uint32_t type, uint8_t code)
{
	struct nftnl_expr *e = add_expr(b, "reject");

	if (e == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_REJECT_TYPE, type);
	nftnl_expr_set_u8(e, NFTNL_EXPR_REJECT_CODE, code);
}

static void
reject_reset(struct builder *b, const struct rules_term *term)
{
	reject(b, NFT_REJECT_TCP_RST, 0);
}

static void
reject_port(struct builder *b, const struct rules_term *term)
{
	reject(b, NFT_REJECT_ICMPX_UNREACH, NFT_REJECT_ICMPX_PORT_UNREACH);
}

static void (*const writers[])(struct builder *b, const struct rules_term *term) = {
	[RULES_IIFNAME_IN] = iifname_in,
	[RULES_TCP_PORT_IN] = tcp_port_in,
	[RULES_UDP_PORT_IN] = udp_port_in,
	[RULES_TCP_PORT_IS] = tcp_port_is,
	[RULES_TCP] = tcp,
	[RULES_IPV4] = ipv4,
	[RULES_IPV6] = ipv6,
	[RULES_SYN_ALONE] = syn_alone,
	[RULES_TO_LOCAL] = to_local,
	[RULES_NET_IN_V4] = net_in_v4,
	[RULES_NET_IN_V6] = net_in_v6,
	[RULES_TO_IN_V4] = to_in_v4,
	[RULES_TO_IN_V6] = to_in_v6,
	[RULES_FROM_TO_IN_V4] = from_to_in_v4,
	[RULES_FROM_TO_IN_V6] = from_to_in_v6,
	[RULES_MARK_HAS] = mark_has,
	[RULES_CT_MARK_HAS] = ct_mark_has,
	[RULES_CT_NOT_REDIRECTED] = ct_not_redirected,
	[RULES_USER_IS] = user_is,
	[RULES_SOCKET_TRANSPARENT] = socket_transparent,
	[RULES_MARK_ADD] = mark_add,
	[RULES_CT_MARK_ADD] = ct_mark_add,
	[RULES_COUNT] = count,
	[RULES_REDIRECT] = redirect,
	[RULES_TPROXY_V4] = tproxy_v4,
	[RULES_TPROXY_V6] = tproxy_v6,
	[RULES_ACCEPT] = accept_it,
	[RULES_RETURN] = return_it,
	[RULES_JUMP] = jump,
	[RULES_REJECT_RESET] = reject_reset,
	[RULES_REJECT_PORT] = reject_port,
};

struct nftnl_rule *
rules_expr_build(const char *table, const char *chain, const struct rules_rule *rule)
{
	struct builder b = {.rule = nftnl_rule_alloc()};

	if (b.rule == NULL)
		return NULL;
	nftnl_rule_set_str(b.rule, NFTNL_RULE_TABLE, table);
	nftnl_rule_set_str(b.rule, NFTNL_RULE_CHAIN, chain);
	nftnl_rule_set_u32(b.rule, NFTNL_RULE_FAMILY, NFPROTO_INET);
	for (size_t i = 0; i < rule->count; i++)
		writers[rule->terms[i].kind](&b, &rule->terms[i]);
	if (b.failed) {
		nftnl_rule_free(b.rule);
		return NULL;
	}
	return b.rule;
}
