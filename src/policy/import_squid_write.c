/* What acls and rules of squid.conf become.  See import_squid.h. */
#include "policy/import_squid.h"

/* A group of ours is everyone. */
static const char *
group_prefix(const struct squid_acl *acl)
{
	return slice_eq(acl->name, SLICE("everyone")) ? "acl-" : "";
}

void
squid_write_definitions(struct squid *s)
{
	for (size_t i = 0; i < s->acl_count; i++) {
		const struct squid_acl *acl = &s->acls[i];
		unsigned n = 0;

		if (!acl->is_used)
			continue;
		if (acl->type->form == SQUID_ACL_GROUP) {
			import_write(&s->import, "group %s%.*s { %s", group_prefix(acl), SLICE_ARG(acl->name),
				acl->type->condition);
			import_write_all(&s->import, &acl->values);
			import_write(&s->import, " }\n");
		} else if (acl->type->form == SQUID_ACL_TIME) {
			import_write(&s->import, "time %.*s {", SLICE_ARG(acl->name));
			import_write_all(&s->import, &acl->values);
			import_write(&s->import, " }\n");
		}
		/* NAME, NAME1, NAME2...: several files of one category. */
		for (const struct import_text *t = acl->files.first; t; t = t->next, n++)
			import_write(&s->import, "list %.*s%.0u { path \"%.*s\" format plain category %.*s }\n",
				SLICE_ARG(acl->name), n, SLICE_ARG(t->text), SLICE_ARG(acl->name));
	}
}

/* One condition: an acl in one of its forms. */
static void
write_condition(struct squid *s, const struct squid_acl *acl, bool is_negated, bool as_category)
{
	import_write(&s->import, is_negated ? " not " : " ");
	if (as_category)
		import_write(&s->import, "category %.*s", SLICE_ARG(acl->name));
	else if (acl->type->form == SQUID_ACL_GROUP)
		import_write(&s->import, "client %s%.*s", group_prefix(acl), SLICE_ARG(acl->name));
	else if (acl->type->form == SQUID_ACL_TIME)
		import_write(&s->import, "during %.*s", SLICE_ARG(acl->name));
	else {
		import_write(&s->import, "%s", acl->type->condition);
		if (acl->header.len)
			import_write(&s->import, " %.*s", SLICE_ARG(acl->header));
		import_write_all(&s->import, &acl->values);
	}
}

/* The acls of a rule; an acl that is both names and a list takes the form that its bit of `forms` says. */
static bool
write_conditions(struct squid *s, const struct squid_rule *rule, const struct squid_acl *group, unsigned *forms)
{
	bool wrote = false;

	for (size_t i = 0; i < rule->count; i++) {
		const struct squid_acl *acl = rule->acls[i].acl;
		bool is_negated = rule->acls[i].is_negated;
		bool has_both = acl->values.count && acl->files.count;

		if ((acl == group && !is_negated) || acl->type->form == SQUID_ACL_STEP ||
			(acl->type->form == SQUID_ACL_ALL && !is_negated))
			continue;
		wrote = true;
		if (has_both && is_negated) {
			write_condition(s, acl, true, false);
			write_condition(s, acl, true, true);
			continue;
		}
		write_condition(s, acl, is_negated, has_both ? *forms & 1 : acl->files.count > 0);
		if (has_both)
			*forms >>= 1;
	}
	return wrote;
}

static unsigned
count_forms(const struct squid_rule *rule)
{
	unsigned forms = 1;

	for (size_t i = 0; rule && i < rule->count; i++)
		if (rule->acls[i].acl->values.count && rule->acls[i].acl->files.count && !rule->acls[i].is_negated &&
			forms < SQUID_EXPANSION_MAX)
			forms *= 2;
	return forms;
}

/* `!all` never holds. */
static bool
is_void(const struct squid_rule *rule)
{
	for (size_t i = 0; rule && i < rule->count; i++)
		if (rule->acls[i].acl->type->form == SQUID_ACL_ALL && rule->acls[i].is_negated)
			return true;
	return false;
}

/* One of our rules for an http_access rule (NULL: any), narrowed by an ssl_bump rule where there is one. */
static void
write_rule(struct squid *s, const char *verb, const struct squid_rule *access, const struct squid_rule *ssl)
{
	unsigned count = count_forms(access) * count_forms(ssl);
	const struct squid_acl *group = NULL;

	if (is_void(access) || is_void(ssl))
		return;
	for (size_t i = 0; access && i < access->count && group == NULL; i++)
		if (access->acls[i].acl->type->form == SQUID_ACL_GROUP && !access->acls[i].is_negated)
			group = access->acls[i].acl;
	for (unsigned form = 0; form < count; form++) {
		unsigned forms = form;
		bool wrote = false;

		import_write(&s->import, "    %s %s%.*s", verb, group ? group_prefix(group) : "",
			SLICE_ARG(group ? group->name : SLICE("everyone")));
		if (access)
			wrote |= write_conditions(s, access, group, &forms);
		if (ssl) {
			wrote |= write_conditions(s, ssl, group, &forms);
			import_write(&s->import, " protocol tls");
		}
		import_write(&s->import, "%s\n", wrote || ssl ? "" : " any");
	}
}

static void
write_ssl_rules(struct squid *s, const struct squid_rule *access)
{
	for (size_t i = 0; i < s->rule_count; i++)
		if (s->rules[i].is_ssl && !s->rules[i].is_lost)
			write_rule(s, s->rules[i].verb, access, &s->rules[i]);
}

/* Whether it holds for everything: `all`, and nothing beside it. */
static bool
is_total(const struct squid_rule *rule)
{
	for (size_t i = 0; i < rule->count; i++)
		if (rule->acls[i].acl->type->form != SQUID_ACL_ALL || rule->acls[i].is_negated)
			return false;
	return true;
}

/* What a reader has to know of the rule that follows. */
static void
write_remark(struct squid *s, const struct squid_rule *rule)
{
	bool lets_through = strcmp(rule->verb, "inspect") == 0;

	import_write(&s->import, "    # line %u%s\n", rule->line, rule->is_lost ? " was not carried over" : "");
	for (size_t i = 0; i < rule->count && !rule->is_lost; i++) {
		const struct squid_acl *acl = rule->acls[i].acl;

		if (acl->lost_line)
			import_write(&s->import, "    # without what acl %.*s lost in line %u\n", SLICE_ARG(acl->name),
				acl->lost_line);
		/* Where that lets more through than Squid did. */
		if (acl->files.count && lets_through != rule->acls[i].is_negated)
			import_lost_at(&s->import, rule->line,
				"that a name in the files of acl %.*s counts for itself alone: a list has all that is "
				"below its names",
				SLICE_ARG(acl->name));
	}
}

void
squid_write_rules(struct squid *s)
{
	const struct squid_rule *last = NULL;

	import_write(&s->import, "\npolicy {\n");
	for (size_t i = 0; i < s->rule_count; i++) {
		const struct squid_rule *rule = &s->rules[i];

		if (rule->is_ssl)
			continue;
		last = rule;
		write_remark(s, rule);
		if (rule->is_lost)
			continue;
		if (strcmp(rule->verb, "inspect") == 0)
			write_ssl_rules(s, rule);
		write_rule(s, rule->verb, rule, NULL);
	}
	if (last == NULL) {
		import_lost_at(&s->import, 0, "that Squid refuses everything where there is no http_access");
		write_ssl_rules(s, NULL);
	}
	/* At the end of its list Squid does the opposite of the last line. */
	if (last == NULL || last->is_lost || !is_total(last))
		import_write(&s->import, "    %s everyone any\n",
			last && strcmp(last->verb, "inspect") == 0 ? "block" : "inspect");
	import_write(&s->import, "}\n");
}
