/* Our kernel rules, from the steering.  See rules.h.
 *
 * Two tables at most.  The first intercepts and is owned by our socket: it is gone when we are (unless it is to
 * persist).  The second exists only where a failure shall stop the traffic: it is owned by nobody, and refuses in the
 * forward hook what the first would have taken out of it long before. */
#include "intercept/rules.h"

#include <assert.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <stdio.h>

#define BEFORE(priority) ((priority)-1) /* before Docker and others who use the standard priorities */

const char rules_set_alive[] = "ports_while_alive";
static const char set_interfaces[] = "interfaces";
static const char set_ports[] = "ports";
static const char set_exclude4[] = "exclude4";
static const char set_exclude6[] = "exclude6";

const char *const rules_set_bypass[] = {
	[RULES_TO_V4] = "bypass4",
	[RULES_TO_V6] = "bypass6",
	[RULES_FROM_TO_V4] = "bypass_from4",
	[RULES_FROM_TO_V6] = "bypass_from6",
};

static void
add_set(struct rules_table *table, const char *name, enum rules_key key, bool has_timeout)
{
	assert(table->set_count < RULES_SETS_MAX);
	table->sets[table->set_count++] = (struct rules_set){name, key, has_timeout};
}

static struct rules_chain *
add_chain(struct rules_table *table, const char *name, const char *type, unsigned hook, int priority)
{
	struct rules_chain *chain = &table->chains[table->chain_count];

	assert(table->chain_count < RULES_CHAINS_MAX);
	table->chain_count++;
	*chain = (struct rules_chain){.name = name, .type = type, .hook = hook, .priority = priority};
	return chain;
}

static struct rules_rule *
add_rule(struct rules_chain *chain)
{
	assert(chain->count < RULES_MAX);
	return &chain->rules[chain->count++];
}

static void
add_term(struct rules_rule *rule, enum rules_term_kind kind, const char *name, uint32_t value)
{
	assert(rule->count < RULES_TERMS_MAX);
	rule->terms[rule->count++] = (struct rules_term){kind, name, value};
}

/* A rule of one condition and what to do then. */
static void
add_when(struct rules_chain *chain, enum rules_term_kind kind, const char *name, uint32_t value,
	enum rules_term_kind action)
{
	struct rules_rule *rule = add_rule(chain);

	add_term(rule, kind, name, value);
	add_term(rule, action, NULL, 0);
}

/* The name of the set of intercepted ports: one that runs out unless we refresh it, where a hang is to open. */
static const char *
ports_of(const struct steering *s, const struct rules_table *table)
{
	return s->on_failure == STEERING_OPEN && table->is_owned ? rules_set_alive : set_ports;
}

/* A rule that begins with: from our interfaces, to our ports. */
static struct rules_rule *
add_wanted(const struct steering *s, const struct rules_table *table, struct rules_chain *chain,
	enum rules_term_kind ports)
{
	struct rules_rule *rule = add_rule(chain);

	if (!s->anywhere)
		add_term(rule, RULES_IIFNAME_IN, set_interfaces, 0);
	add_term(rule, ports, ports_of(s, table), 0);
	return rule;
}

/* The sets that the steering gives to either table. */
static void
add_common_sets(const struct steering *s, struct rules_table *table)
{
	if (s->interface_count && !s->anywhere)
		add_set(table, set_interfaces, RULES_INTERFACE, false);
	add_set(table, ports_of(s, table), RULES_PORT, ports_of(s, table) == rules_set_alive);
	if (s->exclude_count) {
		add_set(table, set_exclude4, RULES_NET_V4, false);
		add_set(table, set_exclude6, RULES_NET_V6, false);
	}
}

/* What goes to excluded destinations returns. */
static void
add_excludes(const struct steering *s, struct rules_chain *chain)
{
	if (s->exclude_count == 0)
		return;
	add_when(chain, RULES_NET_IN_V4, set_exclude4, 0, RULES_RETURN);
	add_when(chain, RULES_NET_IN_V6, set_exclude6, 0, RULES_RETURN);
}

/* What goes to the gateway itself, or may pass by, returns; the flow that passes by an element is marked for good. */
static void
add_exceptions(const struct steering *s, struct rules_chain *chain)
{
	static const enum rules_term_kind kinds[] = {
		[RULES_TO_V4] = RULES_TO_IN_V4,
		[RULES_TO_V6] = RULES_TO_IN_V6,
		[RULES_FROM_TO_V4] = RULES_FROM_TO_IN_V4,
		[RULES_FROM_TO_V6] = RULES_FROM_TO_IN_V6,
	};

	add_when(chain, RULES_TO_LOCAL, NULL, 0, RULES_RETURN);
	add_excludes(s, chain);
	for (enum rules_key key = RULES_TO_V4; key <= RULES_FROM_TO_V6; key++) {
		struct rules_rule *rule = add_rule(chain);

		add_term(rule, kinds[key], rules_set_bypass[key], 0);
		add_term(rule, RULES_CT_MARK_ADD, NULL, s->bypass_mark);
		add_term(rule, RULES_RETURN, NULL, 0);
	}
}

/* Our own connections return. */
static void
add_own_exceptions(const struct steering *s, struct rules_chain *chain)
{
	add_when(chain, RULES_MARK_HAS, NULL, s->own_mark, RULES_RETURN);
	if (s->has_proxy_uid)
		add_when(chain, RULES_USER_IS, NULL, s->proxy_uid, RULES_RETURN);
}

static void
describe_redirect(const struct steering *s, struct rules_table *table)
{
	static const char name[] = "steer_redirect";
	struct rules_chain *chain = add_chain(table, name, NULL, 0, 0);
	struct rules_rule *rule;

	add_exceptions(s, chain);
	rule = add_rule(chain);
	add_term(rule, RULES_TCP, NULL, 0);
	add_term(rule, RULES_COUNT, NULL, 0);
	add_term(rule, RULES_REDIRECT, NULL, s->redirect_port);

	if (s->method == STEERING_REDIRECT && steering_takes_forwarded(s)) {
		chain = add_chain(table, "redirect_prerouting", "nat", NF_INET_PRE_ROUTING, BEFORE(NF_IP_PRI_NAT_DST));
		rule = add_wanted(s, table, chain, RULES_TCP_PORT_IN);
		add_term(rule, RULES_JUMP, name, 0);
	}
	if (s->local) {
		chain = add_chain(table, "redirect_output", "nat", NF_INET_LOCAL_OUT, BEFORE(NF_IP_PRI_NAT_DST));
		add_own_exceptions(s, chain);
		rule = add_rule(chain);
		add_term(rule, RULES_TCP_PORT_IN, ports_of(s, table), 0);
		add_term(rule, RULES_JUMP, name, 0);
	}
	/* Whoever connects straight to the listener would get it for an original destination. */
	chain = add_chain(table, "guard_input", "filter", NF_INET_LOCAL_IN, BEFORE(NF_IP_PRI_FILTER));
	rule = add_rule(chain);
	add_term(rule, RULES_TCP_PORT_IS, NULL, s->redirect_port);
	add_term(rule, RULES_CT_NOT_REDIRECTED, NULL, 0);
	add_term(rule, RULES_REJECT_RESET, NULL, 0);
}

/* Only a SYN is handed over: a later packet belongs to a flow that was let pass, and would be reset. */
static void
add_tproxy(
	const struct steering *s, struct rules_chain *chain, enum rules_term_kind family, enum rules_term_kind action)
{
	struct rules_rule *rule = add_rule(chain);

	add_term(rule, family, NULL, 0);
	add_term(rule, RULES_SYN_ALONE, NULL, 0);
	add_term(rule, RULES_COUNT, NULL, 0);
	add_term(rule, action, NULL, s->tproxy_port);
	add_term(rule, RULES_MARK_ADD, NULL, s->route_mark);
	add_term(rule, RULES_ACCEPT, NULL, 0);
}

static void
describe_tproxy(const struct steering *s, struct rules_table *table)
{
	static const char name[] = "steer_tproxy";
	struct rules_chain *chain = add_chain(table, name, NULL, 0, 0);
	struct rules_rule *rule;

	add_exceptions(s, chain);
	add_tproxy(s, chain, RULES_IPV4, RULES_TPROXY_V4);
	add_tproxy(s, chain, RULES_IPV6, RULES_TPROXY_V6);

	chain = add_chain(table, "tproxy_prerouting", "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_MANGLE);
	/* What belongs to a transparent socket of ours goes to it, whatever else is said: this must be first. */
	rule = add_rule(chain);
	add_term(rule, RULES_TCP, NULL, 0);
	add_term(rule, RULES_SOCKET_TRANSPARENT, NULL, 0);
	add_term(rule, RULES_MARK_ADD, NULL, s->route_mark);
	add_term(rule, RULES_ACCEPT, NULL, 0);
	rule = add_wanted(s, table, chain, RULES_TCP_PORT_IN);
	add_term(rule, RULES_JUMP, name, 0);
}

static void
describe_quic(const struct steering *s, struct rules_table *table)
{
	struct rules_chain *chain =
		add_chain(table, "quic_forward", "filter", NF_INET_FORWARD, BEFORE(NF_IP_PRI_FILTER));

	add_excludes(s, chain);
	add_term(add_wanted(s, table, chain, RULES_UDP_PORT_IN), RULES_REJECT_PORT, NULL, 0);
}

static void
describe_first(const struct steering *s, struct rules_table *table)
{
	snprintf(table->name, sizeof table->name, "%s", s->table);
	table->is_owned = !s->persistent;
	add_common_sets(s, table);
	for (enum rules_key key = RULES_TO_V4; key <= RULES_FROM_TO_V6; key++)
		add_set(table, rules_set_bypass[key], key, true);
	if (steering_redirects(s))
		describe_redirect(s, table);
	if (steering_tproxies(s))
		describe_tproxy(s, table);
	if (s->reject_quic && steering_takes_forwarded(s))
		describe_quic(s, table);
}

/* While the first table stands, only flows that passed by a bypass element come here, and they bear its mark. */
static void
describe_closed_forward(const struct steering *s, struct rules_table *table)
{
	struct rules_chain *chain =
		add_chain(table, "closed_forward", "filter", NF_INET_FORWARD, BEFORE(NF_IP_PRI_FILTER));
	struct rules_rule *rule;

	add_when(chain, RULES_CT_MARK_HAS, NULL, s->bypass_mark, RULES_RETURN);
	add_excludes(s, chain);
	rule = add_wanted(s, table, chain, RULES_TCP_PORT_IN);
	add_term(rule, RULES_COUNT, NULL, 0);
	add_term(rule, RULES_REJECT_RESET, NULL, 0);
	if (s->reject_quic)
		add_term(add_wanted(s, table, chain, RULES_UDP_PORT_IN), RULES_REJECT_PORT, NULL, 0);
}

static void
describe_closed_output(const struct steering *s, struct rules_table *table)
{
	struct rules_chain *chain =
		add_chain(table, "closed_output", "filter", NF_INET_LOCAL_OUT, BEFORE(NF_IP_PRI_FILTER));
	struct rules_rule *rule;

	add_own_exceptions(s, chain);
	add_when(chain, RULES_TO_LOCAL, NULL, 0, RULES_RETURN);
	add_when(chain, RULES_CT_MARK_HAS, NULL, s->bypass_mark, RULES_RETURN);
	add_excludes(s, chain);
	rule = add_rule(chain);
	add_term(rule, RULES_TCP_PORT_IN, set_ports, 0);
	add_term(rule, RULES_COUNT, NULL, 0);
	add_term(rule, RULES_REJECT_RESET, NULL, 0);
}

static void
describe_closed(const struct steering *s, struct rules_table *table)
{
	snprintf(table->name, sizeof table->name, "%s_closed", s->table);
	add_common_sets(s, table);
	if (steering_takes_forwarded(s))
		describe_closed_forward(s, table);
	if (s->local)
		describe_closed_output(s, table);
}

void
rules_describe(const struct steering *steering, struct rules *rules)
{
	*rules = (struct rules){.steering = *steering};
	describe_first(steering, &rules->tables[rules->count++]);
	if (steering->on_failure == STEERING_CLOSED)
		describe_closed(steering, &rules->tables[rules->count++]);
}
