/* The description of our rules in nft's language.  See rules_text.h. */
#include "intercept/rules_text.h"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>

static const char *const key_types[] = {
	[RULES_INTERFACE] = "ifname",
	[RULES_PORT] = "inet_service",
	[RULES_NET_V4] = "ipv4_addr",
	[RULES_NET_V6] = "ipv6_addr",
	[RULES_TO_V4] = "ipv4_addr . inet_service",
	[RULES_TO_V6] = "ipv6_addr . inet_service",
	[RULES_FROM_TO_V4] = "ipv4_addr . ipv4_addr . inet_service",
	[RULES_FROM_TO_V6] = "ipv6_addr . ipv6_addr . inet_service",
};

static const char *const hooks[] = {
	[NF_INET_PRE_ROUTING] = "prerouting",
	[NF_INET_LOCAL_IN] = "input",
	[NF_INET_FORWARD] = "forward",
	[NF_INET_LOCAL_OUT] = "output",
};

/* What stands before and behind the value; a name comes behind the first. */
static const struct {
	const char *text;
	enum { NOTHING, NAME, DECIMAL, BITS_TWICE, BITS } argument;
} words[] = {
	[RULES_IIFNAME_IN] = {"iifname @", NAME},
	[RULES_TCP_PORT_IN] = {"tcp dport @", NAME},
	[RULES_UDP_PORT_IN] = {"udp dport @", NAME},
	[RULES_TCP_PORT_IS] = {"tcp dport ", DECIMAL},
	[RULES_TCP] = {"meta l4proto tcp", NOTHING},
	[RULES_IPV4] = {"meta nfproto ipv4", NOTHING},
	[RULES_IPV6] = {"meta nfproto ipv6", NOTHING},
	[RULES_SYN_ALONE] = {"tcp flags & (fin | syn | rst | ack) == syn", NOTHING},
	[RULES_TO_LOCAL] = {"fib daddr type local", NOTHING},
	[RULES_NET_IN_V4] = {"ip daddr @", NAME},
	[RULES_NET_IN_V6] = {"ip6 daddr @", NAME},
	[RULES_TO_IN_V4] = {"ip daddr . tcp dport @", NAME},
	[RULES_TO_IN_V6] = {"ip6 daddr . tcp dport @", NAME},
	[RULES_FROM_TO_IN_V4] = {"ip saddr . ip daddr . tcp dport @", NAME},
	[RULES_FROM_TO_IN_V6] = {"ip6 saddr . ip6 daddr . tcp dport @", NAME},
	[RULES_MARK_HAS] = {"meta mark", BITS_TWICE},
	[RULES_CT_MARK_HAS] = {"ct mark", BITS_TWICE},
	[RULES_CT_NOT_REDIRECTED] = {"ct status & dnat != dnat", NOTHING},
	[RULES_USER_IS] = {"meta skuid ", DECIMAL},
	[RULES_SOCKET_TRANSPARENT] = {"socket transparent 1", NOTHING},
	[RULES_MARK_ADD] = {"meta mark set meta mark", BITS},
	[RULES_CT_MARK_ADD] = {"ct mark set ct mark", BITS},
	[RULES_COUNT] = {"counter", NOTHING},
	[RULES_REDIRECT] = {"redirect to :", DECIMAL},
	[RULES_TPROXY_V4] = {"tproxy ip to 127.0.0.1:", DECIMAL},
	[RULES_TPROXY_V6] = {"tproxy ip6 to [::1]:", DECIMAL},
	[RULES_ACCEPT] = {"accept", NOTHING},
	[RULES_RETURN] = {"return", NOTHING},
	[RULES_JUMP] = {"jump ", NAME},
	[RULES_REJECT_RESET] = {"reject with tcp reset", NOTHING},
	[RULES_REJECT_PORT] = {"reject", NOTHING},
};

static bool
write_term(const struct rules_term *term, struct buffer *out)
{
	const char *text = words[term->kind].text;

	switch (words[term->kind].argument) {
	case NOTHING:
		return buffer_printf(out, "%s", text);
	case NAME:
		return buffer_printf(out, "%s%s", text, term->name);
	case DECIMAL:
		return buffer_printf(out, "%s%u", text, term->value);
	case BITS_TWICE:
		return buffer_printf(out, "%s & 0x%08x == 0x%08x", text, term->value, term->value);
	case BITS:
		return buffer_printf(out, "%s | 0x%08x", text, term->value);
	}
	return false;
}

static bool
write_chain(const struct rules_chain *chain, struct buffer *out)
{
	bool ok = buffer_printf(out, "\tchain %s {\n", chain->name);

	if (chain->type)
		ok = ok && buffer_printf(out, "\t\ttype %s hook %s priority %d; policy accept;\n", chain->type,
				   hooks[chain->hook], chain->priority);
	for (size_t i = 0; i < chain->count; i++) {
		const struct rules_rule *rule = &chain->rules[i];

		for (size_t t = 0; t < rule->count; t++)
			ok = ok && buffer_append_cstr(out, t ? " " : "\t\t") && write_term(&rule->terms[t], out);
		ok = ok && buffer_append_cstr(out, "\n");
	}
	return ok && buffer_append_cstr(out, "\t}\n");
}

/* One element of many: what comes before it depends on whether it is the first. */
static bool
write_comma(size_t *written, struct buffer *out)
{
	return buffer_append_cstr(out, (*written)++ ? ", " : "\t\telements = { ");
}

static bool
write_interfaces(const struct steering *s, size_t *written, struct buffer *out)
{
	for (size_t i = 0; i < s->interface_count; i++)
		if (!write_comma(written, out) || !buffer_printf(out, "\"%s\"", s->interfaces[i]))
			return false;
	return true;
}

static bool
write_ports(const struct steering *s, bool has_timeout, size_t *written, struct buffer *out)
{
	for (size_t i = 0; i < s->port_count; i++) {
		if (!write_comma(written, out) || !buffer_printf(out, "%u", s->ports[i]))
			return false;
		if (has_timeout && !buffer_printf(out, " timeout %ums", s->dead_man_ms))
			return false;
	}
	return true;
}

static bool
write_excludes(const struct steering *s, bool v4, size_t *written, struct buffer *out)
{
	char text[ADDR_TEXT_MAX + 4];

	for (size_t i = 0; i < s->exclude_count; i++) {
		if (steering_prefix_is_v4(&s->excludes[i]) != v4)
			continue;
		if (!write_comma(written, out) || !buffer_append_cstr(out, prefix_format(&s->excludes[i], text)))
			return false;
	}
	return true;
}

static bool
write_elements(const struct steering *s, const struct rules_set *set, struct buffer *out)
{
	size_t written = 0;
	bool ok = true;

	switch (set->key) {
	case RULES_INTERFACE:
		ok = write_interfaces(s, &written, out);
		break;
	case RULES_PORT:
		ok = write_ports(s, set->has_timeout, &written, out);
		break;
	case RULES_NET_V4:
	case RULES_NET_V6:
		ok = write_excludes(s, set->key == RULES_NET_V4, &written, out);
		break;
	default:
		return buffer_printf(out, "\t\tsize %u\n", RULES_BYPASS_SIZE);
	}
	return ok && (written == 0 || buffer_append_cstr(out, " }\n"));
}

static bool
write_set(const struct steering *s, const struct rules_set *set, struct buffer *out)
{
	bool is_net = set->key == RULES_NET_V4 || set->key == RULES_NET_V6;

	return buffer_printf(out, "\tset %s {\n\t\ttype %s\n", set->name, key_types[set->key]) &&
	       (!set->has_timeout || buffer_append_cstr(out, "\t\tflags timeout\n")) &&
	       (!is_net || buffer_append_cstr(out, "\t\tflags interval\n")) && write_elements(s, set, out) &&
	       buffer_append_cstr(out, "\t}\n");
}

bool
rules_write_text(const struct rules *rules, struct buffer *out)
{
	for (size_t t = 0; t < rules->count; t++) {
		const struct rules_table *table = &rules->tables[t];

		if (!buffer_printf(out, "%stable inet %s {\n", t ? "\n" : "", table->name))
			return false;
		if (table->is_owned && !buffer_append_cstr(out, "\tflags owner\n"))
			return false;
		for (size_t i = 0; i < table->set_count; i++)
			if (!write_set(&rules->steering, &table->sets[i], out))
				return false;
		for (size_t i = 0; i < table->chain_count; i++)
			if (!write_chain(&table->chains[i], out))
				return false;
		if (!buffer_append_cstr(out, "}\n"))
			return false;
	}
	return true;
}
