/* Which records a command looks at.  See filter.h. */
#include "ctl/filter.h"

#include "record/record.h"
#include "record/text.h"

#define ROW(name_, type_, member_, argument_, help_)                                         \
	{                                                                                    \
		name_, 0, OPTION_##type_, offsetof(struct filter, member_), argument_, help_ \
	}

const struct ctl_option filter_options[] = {
	ROW("client", PREFIX, client, "ADDRESS[/BITS]", "of this client or network"),
	ROW("site", TEXT, site, "HOST", "of this host and all below it"),
	ROW("verb", TEXT, verb, "VERB", "pass, inspect or block"),
	ROW("rule", TEXT, rule, "RULE", "decided by this rule"),
	ROW("category", TEXT, category, "CATEGORY", "of this category"),
	ROW("user", TEXT, user, "NAME", "of this user"),
	ROW("group", TEXT, group, "GROUP", "of this group of clients"),
	ROW("method", TEXT, method, "METHOD", "with this request method"),
	ROW("status", TEXT, status, "CODE", "answered with this status: 404, or 4xx for all of them"),
	ROW("type", TEXT, type, "TYPE", "with this content type; one that ends in / stands for all below it"),
	ROW("contains", TEXT, contains, "TEXT", "with this text anywhere in the line"),
	ROW("failed", FLAG, failed, NULL, "with an error, a refused certificate or a truncated body"),
	ROW("since", TIME, since, "TIME", "not before: 2h (ago), 2026-11-21, or 2026-11-21T09:30:00Z"),
	ROW("until", TIME, until, "TIME", "before"),
	ROW("where", WHERE, where, "KEY=VALUE", "with this value of any field; may be repeated"),
};
const size_t filter_option_count = sizeof filter_options / sizeof filter_options[0];

const char *
filter_check(const struct filter *f)
{
	bool known = f->verb == NULL;

	for (size_t i = 0; i < RECORD_ACTIONS && !known; i++)
		known = strcmp(f->verb, record_action_names[i]) == 0;
	if (!known)
		return "--verb is pass, inspect or block";
	if (f->status && (strlen(f->status) != 3 || !ascii_is_digit(f->status[0])))
		return "--status is a number of three digits, or 4xx";
	for (size_t i = 0; i < f->where.count; i++) {
		if (record_field_find(f->where.keys[i]) == NULL)
			return "--where names a field that records do not have; see sluicectl(8) for their names";
	}
	return NULL;
}

/* The host itself, or one below it. */
static bool
is_below(struct slice host, struct slice site)
{
	size_t at;

	if (site.len == 0 || host.len < site.len)
		return false;
	at = host.len - site.len;
	if (!slice_eq_nocase(slice_sub(host, at, host.len), site))
		return false;
	return at == 0 || host.ptr[at - 1] == '.';
}

static struct slice
text_of(const struct entry *e, const char *key, struct buffer *scratch)
{
	return entry_text(entry_find(e, slice_of(key)), scratch);
}

static bool
text_matches(const struct entry *e, const char *key, const char *wanted, struct buffer *scratch)
{
	return wanted == NULL || slice_eq(text_of(e, key, scratch), slice_of(wanted));
}

static bool
client_matches(const struct filter *f, const struct entry *e, struct buffer *scratch)
{
	struct addr client;

	return !f->client.is_set ||
	       (addr_parse(text_of(e, "source.ip", scratch), &client) && prefix_contains(&f->client.prefix, &client));
}

static bool
site_matches(const struct filter *f, const struct entry *e, struct buffer *scratch)
{
	return f->site == NULL || is_below(text_of(e, "url.domain", scratch), slice_of(f->site)) ||
	       is_below(text_of(e, "tls.client.server_name", scratch), slice_of(f->site));
}

static bool
status_matches(const struct filter *f, const struct entry *e)
{
	struct slice have, want;
	const struct entry_field *status;

	if (f->status == NULL)
		return true;
	status = entry_find(e, SLICE("http.response.status_code"));
	have = status ? status->value : SLICE_EMPTY;
	want = slice_of(f->status);
	if (slice_ends_with(want, SLICE("xx")))
		return have.len == 3 && have.ptr[0] == want.ptr[0];
	return slice_eq(have, want);
}

static bool
type_matches(const struct filter *f, const struct entry *e, struct buffer *scratch)
{
	struct slice have, want = slice_of(f->type);

	if (f->type == NULL)
		return true;
	have = text_of(e, "http.response.mime_type", scratch);
	return slice_ends_with(want, SLICE("/")) ? slice_starts_with_nocase(have, want) : slice_eq_nocase(have, want);
}

static bool
time_matches(const struct filter *f, const struct entry *e, struct buffer *scratch)
{
	uint64_t at;

	if (f->since == 0 && f->until == 0)
		return true;
	return text_read_time(text_of(e, "@timestamp", scratch), &at) && at >= f->since &&
	       (f->until == 0 || at < f->until);
}

static bool
has_failed(const struct entry *e, struct buffer *scratch)
{
	struct slice verify = text_of(e, "sluice.verify", scratch);

	return entry_find(e, SLICE("sluice.error")) || entry_find(e, SLICE("sluice.truncated")) ||
	       (verify.len && !slice_eq(verify, SLICE("ok")) && !slice_eq(verify, SLICE("excepted")));
}

static bool
where_matches(const struct option_where *w, const struct entry *e, struct buffer *scratch)
{
	for (size_t i = 0; i < w->count; i++) {
		if (!slice_eq(entry_text(entry_find(e, w->keys[i]), scratch), w->values[i]))
			return false;
	}
	return true;
}

bool
filter_matches(const struct filter *f, const struct entry *e, struct slice line, struct buffer *scratch)
{
	if (f->contains && slice_find_slice(line, slice_of(f->contains)) == line.len)
		return false;
	return time_matches(f, e, scratch) && client_matches(f, e, scratch) && site_matches(f, e, scratch) &&
	       status_matches(f, e) && type_matches(f, e, scratch) &&
	       text_matches(e, "event.action", f->verb, scratch) && text_matches(e, "rule.id", f->rule, scratch) &&
	       text_matches(e, "rule.category", f->category, scratch) &&
	       text_matches(e, "user.name", f->user, scratch) && text_matches(e, "sluice.group", f->group, scratch) &&
	       text_matches(e, "http.request.method", f->method, scratch) && (!f->failed || has_failed(e, scratch)) &&
	       where_matches(&f->where, e, scratch);
}
