/* Our rules in the kernel.  See ruleset.h. */
#include "intercept/ruleset.h"

#include "intercept/policy_route.h"
#include "intercept/rules_netlink.h"
#include "intercept/rules_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct ruleset {
	struct nft_socket *socket;
	struct nft_batch *batch; /* kept, so that a refresh cannot fail for want of memory */
	struct rules installed;  /* count is 0 before the first installation */
};

struct ruleset *
ruleset_open(struct problems *problems)
{
	struct ruleset *r = calloc(1, sizeof *r);

	if (r)
		r->batch = nft_batch_new();
	if (r == NULL || r->batch == NULL) {
		problems_add(problems, false, NULL, 0, 0, NULL, "out of memory");
		ruleset_close(r);
		return NULL;
	}
	r->socket = nft_socket_open();
	if (r->socket == NULL) {
		problems_add(problems, false, NULL, 0, 0, "the kernel needs CONFIG_NF_TABLES",
			"no netlink socket to nf_tables: %s", strerror(errno));
		ruleset_close(r);
		return NULL;
	}
	return r;
}

void
ruleset_close(struct ruleset *r)
{
	if (r == NULL)
		return;
	nft_socket_close(r->socket);
	nft_batch_free(r->batch);
	free(r);
}

static const char *
remedy_of(int error)
{
	switch (error) {
	case -EPERM:
		return "run as root, or with CAP_NET_ADMIN; if so, another process owns the table: stop it, or name "
		       "another table";
	case -EOPNOTSUPP:
		return "a table of that name was made by hand: remove it with `sluicectl rules remove`; "
		       "tables with an owner need Linux 5.12";
	case -ENOENT:
		return "the kernel lacks a part of nf_tables: `sluicectl doctor` says which";
	default:
		return "compare with `nft list ruleset`";
	}
}

static bool
commit(struct ruleset *r, const char *table, struct problems *problems)
{
	int error = nft_batch_commit(r->batch, r->socket);

	if (error == 0)
		return true;
	problems_add(problems, false, NULL, 0, 0, remedy_of(error), "the kernel refuses %s in table inet %s: %s",
		nft_batch_failed(r->batch), table, strerror(-error));
	return false;
}

/* The name of the refusing table that a former life may have left. */
static void
closed_name(const struct steering *steering, char name[STEERING_NAME_MAX + 8])
{
	snprintf(name, STEERING_NAME_MAX + 8, "%s_closed", steering->table);
}

/* Appends the deletion of every table that `rules` do not have: of former rules, or of a former life. */
static bool
delete_others(struct ruleset *r, const struct rules *rules, const char *closed)
{
	const struct rules *former = &r->installed;

	if (rules->count == 1 && !rules_delete_table(r->batch, closed, false))
		return false;
	if (former->count == 0 || strcmp(former->tables[0].name, rules->tables[0].name) == 0)
		return true;
	for (size_t i = 0; i < former->count; i++)
		if (!rules_delete_table(r->batch, former->tables[i].name, former->tables[i].is_owned))
			return false;
	return true;
}

bool
ruleset_install(struct ruleset *r, const struct steering *steering, struct problems *problems)
{
	char closed[STEERING_NAME_MAX + 8];
	const struct steering *former = r->installed.count ? &r->installed.steering : NULL;
	struct rules rules;

	if (!steering_check(steering, problems))
		return false;
	if (steering_tproxies(steering) && !policy_route_install(steering->route_mark, steering->route_table, problems))
		return false;
	closed_name(steering, closed);
	rules_describe(steering, &rules);
	if (!rules_put(r->batch, &rules, former ? &r->installed : NULL) || !delete_others(r, &rules, closed)) {
		problems_add(problems, false, NULL, 0, 0, NULL, "out of memory");
		nft_batch_clear(r->batch);
		return false;
	}
	if (!commit(r, steering->table, problems))
		return false;
	/* A route that nothing uses any more is litter, not a fault. */
	if (former && steering_tproxies(former) &&
		(!steering_tproxies(steering) || former->route_mark != steering->route_mark ||
			former->route_table != steering->route_table))
		policy_route_remove(former->route_mark, former->route_table, problems);
	r->installed = rules;
	return true;
}

int
ruleset_keepalive(struct ruleset *r)
{
	if (r->installed.count == 0 || r->installed.steering.on_failure != STEERING_OPEN ||
		!r->installed.tables[0].is_owned)
		return 0;
	if (!rules_refresh_ports(r->batch, &r->installed)) {
		nft_batch_clear(r->batch);
		return -ENOMEM;
	}
	return nft_batch_commit(r->batch, r->socket);
}

bool
ruleset_remove(struct ruleset *r, const struct steering *steering, struct problems *problems)
{
	char closed[STEERING_NAME_MAX + 8];
	bool ours = r->installed.count && r->installed.tables[0].is_owned &&
		    strcmp(r->installed.tables[0].name, steering->table) == 0;
	bool ok;

	closed_name(steering, closed);
	if (!rules_delete_table(r->batch, steering->table, ours) || !rules_delete_table(r->batch, closed, false)) {
		problems_add(problems, false, NULL, 0, 0, NULL, "out of memory");
		nft_batch_clear(r->batch);
		return false;
	}
	ok = commit(r, steering->table, problems);
	if (steering_tproxies(steering))
		ok = policy_route_remove(steering->route_mark, steering->route_table, problems) && ok;
	if (ok)
		r->installed.count = 0;
	return ok;
}

bool
ruleset_show(const struct steering *steering, struct buffer *out)
{
	struct rules rules;

	rules_describe(steering, &rules);
	if (steering_tproxies(steering) &&
		!buffer_printf(out,
			"# ip -4 rule add fwmark 0x%x/0x%x lookup %u priority %u\n"
			"# ip -4 route replace local 0.0.0.0/0 dev lo table %u\n"
			"# ip -6 rule add fwmark 0x%x/0x%x lookup %u priority %u\n"
			"# ip -6 route replace local ::/0 dev lo table %u\n",
			steering->route_mark, steering->route_mark, steering->route_table, steering->route_table,
			steering->route_table, steering->route_mark, steering->route_mark, steering->route_table,
			steering->route_table, steering->route_table))
		return false;
	return rules_write_text(&rules, out);
}

struct nft_socket *
ruleset_socket(struct ruleset *r)
{
	return r->socket;
}

struct nft_batch *
ruleset_batch(struct ruleset *r)
{
	return r->batch;
}

const char *
ruleset_table(const struct ruleset *r)
{
	return r->installed.count ? r->installed.tables[0].name : NULL;
}
