/* What the kernel is to hand over.  See steering.h. */
#include "intercept/steering.h"

#include <stdio.h>

struct steering
steering_default(void)
{
	return (struct steering){
		.table = "sluice",
		.method = STEERING_REDIRECT,
		.on_failure = STEERING_OPEN,
		.reject_quic = true,
		.ports = {80, 443},
		.port_count = 2,
		.redirect_port = 3129,
		.tproxy_port = 3130,
		/* One bit each, away from those of Kubernetes (0x4000, 0x8000) and Tailscale (0xff0000). */
		.own_mark = 0x01000000,
		.route_mark = 0x02000000,
		.bypass_mark = 0x04000000,
		.route_table = 3130,
		.dead_man_ms = 5000,
	};
}

bool
steering_add_interface(struct steering *s, struct slice name)
{
	if (s->interface_count == STEERING_INTERFACES_MAX || name.len == 0)
		return false;
	if (!slice_to_cstr(name, s->interfaces[s->interface_count], IFNAMSIZ))
		return false;
	s->interface_count++;
	return true;
}

bool
steering_add_port(struct steering *s, uint16_t port)
{
	for (size_t i = 0; i < s->port_count; i++)
		if (s->ports[i] == port)
			return true;
	if (port == 0 || s->port_count == STEERING_PORTS_MAX)
		return false;
	s->ports[s->port_count++] = port;
	return true;
}

bool
steering_prefix_is_v4(const struct prefix *p)
{
	return p->bits >= 96 && addr_is_v4(&p->addr);
}

static bool
prefix_holds(const struct prefix *outer, const struct prefix *inner)
{
	return steering_prefix_is_v4(outer) == steering_prefix_is_v4(inner) && outer->bits <= inner->bits &&
	       prefix_contains(outer, &inner->addr);
}

bool
steering_add_exclude(struct steering *s, const struct prefix *prefix)
{
	size_t kept = 0, at = 0;

	for (size_t i = 0; i < s->exclude_count; i++)
		if (prefix_holds(&s->excludes[i], prefix))
			return true;
	for (size_t i = 0; i < s->exclude_count; i++)
		if (!prefix_holds(prefix, &s->excludes[i]))
			s->excludes[kept++] = s->excludes[i];
	s->exclude_count = kept;
	if (s->exclude_count == STEERING_EXCLUDES_MAX)
		return false;
	while (at < kept && memcmp(s->excludes[at].addr.bytes, prefix->addr.bytes, 16) < 0)
		at++;
	memmove(&s->excludes[at + 1], &s->excludes[at], (kept - at) * sizeof s->excludes[0]);
	s->excludes[at] = *prefix;
	s->exclude_count++;
	return true;
}

bool
steering_takes_forwarded(const struct steering *s)
{
	return s->anywhere || s->interface_count > 0;
}

bool
steering_redirects(const struct steering *s)
{
	return s->local || (s->method == STEERING_REDIRECT && steering_takes_forwarded(s));
}

bool
steering_tproxies(const struct steering *s)
{
	return s->method == STEERING_TPROXY && steering_takes_forwarded(s);
}

static bool
is_table_name(const char *name)
{
	if (!((name[0] | 0x20) >= 'a' && (name[0] | 0x20) <= 'z'))
		return false;
	for (; *name; name++)
		if (!((*name | 0x20) >= 'a' && (*name | 0x20) <= 'z') && !ascii_is_digit(*name) && *name != '_')
			return false;
	return true;
}

/* As the kernel's dev_valid_name(), and nothing that would end a word of nft's language. */
static bool
is_interface_name(const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name > '~' || *name == '/' || *name == ':' || *name == '"' || *name == '*' ||
			*name == '\\')
			return false;
	return true;
}

static bool
is_one_bit(uint32_t mark)
{
	return mark != 0 && (mark & (mark - 1)) == 0;
}

static void
check_ports(const struct steering *s, struct problems *problems)
{
	if (s->port_count == 0)
		problems_add(problems, false, NULL, 0, 0, "name at least one, such as 80 and 443",
			"no port is to be intercepted");
	for (size_t i = 0; i < s->port_count; i++)
		if (s->ports[i] == s->redirect_port || s->ports[i] == s->tproxy_port)
			problems_add(problems, false, NULL, 0, 0, "let the listener use another port",
				"port %u is to be intercepted and is the proxy's own", s->ports[i]);
	if (steering_redirects(s) && s->redirect_port == 0)
		problems_add(problems, false, NULL, 0, 0, "the usual one is 3129",
			"the port of the redirect listener is missing");
	if (steering_tproxies(s) && s->tproxy_port == 0)
		problems_add(problems, false, NULL, 0, 0, "the usual one is 3130",
			"the port of the tproxy listener is missing");
}

bool
steering_check(const struct steering *s, struct problems *problems)
{
	size_t before = problems->errors;

	if (!is_table_name(s->table))
		problems_add(problems, false, NULL, 0, 0, "use letters, digits and underscores, a letter first",
			"\"%s\" cannot name a table", s->table);
	for (size_t i = 0; i < s->interface_count; i++)
		if (!is_interface_name(s->interfaces[i]))
			problems_add(problems, false, NULL, 0, 0, "name each as `ip link` shows it, without a pattern",
				"\"%s\" cannot name an interface", s->interfaces[i]);
	if (!s->local && !steering_takes_forwarded(s))
		problems_add(problems, false, NULL, 0, 0, "name an interface, or say that local connections come, too",
			"no connection is to be intercepted");
	check_ports(s, problems);
	if (s->own_mark == 0 || !is_one_bit(s->route_mark) || !is_one_bit(s->bypass_mark) ||
		(s->own_mark & s->route_mark))
		problems_add(problems, false, NULL, 0, 0,
			"the second and the third are one bit, and the first is without the second",
			"the marks 0x%x, 0x%x and 0x%x cannot be told apart", s->own_mark, s->route_mark,
			s->bypass_mark);
	if (s->route_table == 0 || (s->route_table >= 253 && s->route_table <= 255))
		problems_add(problems, false, NULL, 0, 0, "choose any number but 0 and 253 to 255",
			"routing table %u belongs to the system", s->route_table);
	if (s->on_failure == STEERING_OPEN && s->dead_man_ms < 100)
		problems_add(problems, false, NULL, 0, 0, "use some seconds", "rules that last %u ms are never there",
			s->dead_man_ms);
	return problems->errors == before;
}
