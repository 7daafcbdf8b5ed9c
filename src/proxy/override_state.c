/* Override codes as values and as text.  See override_state.h. */
#include "proxy/override_state.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

#define SUM_SIZE 32

struct override_state *
override_state_new(void)
{
	struct override_state *state = calloc(1, sizeof *state);

	if (state && RAND_bytes(state->key, sizeof state->key) != 1) {
		free(state);
		return NULL;
	}
	return state;
}

/* ---- writing ---- */

static void
to_hex(const uint8_t *bytes, size_t count, char *text)
{
	for (size_t i = 0; i < count; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static bool
sum_of(struct slice text, char sum[2 * SUM_SIZE + 1])
{
	uint8_t digest[SUM_SIZE];

	if (EVP_Digest(text.ptr, text.len, digest, NULL, EVP_sha256(), NULL) != 1)
		return false;
	to_hex(digest, sizeof digest, sum);
	return true;
}

static json_t *
item_to_json(const struct override *o)
{
	char hash[2 * OVERRIDE_HASH_SIZE + 1], client[ADDR_TEXT_MAX + 4] = "";

	to_hex(o->hash, sizeof o->hash, hash);
	if (o->scope.has_client)
		prefix_format(&o->scope.client, client);
	return json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:s,s:s}", "id", (json_int_t)o->id,
		"hash", hash, "client", client, "group", o->scope.group, "rule", o->scope.rule, "category",
		o->scope.category, "everywhere", o->is_everywhere, "seconds", (json_int_t)o->seconds, "uses",
		(json_int_t)o->uses, "used", (json_int_t)o->used, "made", (json_int_t)o->made, "expires",
		(json_int_t)o->expires, "last", (json_int_t)o->last, "by", o->by, "note", o->note);
}

static json_t *
grant_to_json(const struct override_grant *g)
{
	char client[ADDR_TEXT_MAX];

	return json_pack("{s:I,s:s,s:s,s:s,s:I}", "id", (json_int_t)g->id, "client", addr_format(&g->client, client),
		"user", g->user, "site", g->site, "until", (json_int_t)g->until);
}

static json_t *
state_to_json(const struct override_state *state)
{
	json_t *items = json_array(), *grants = json_array();
	char key[2 * OVERRIDE_KEY_SIZE + 1];

	to_hex(state->key, sizeof state->key, key);
	for (size_t i = 0; i < state->count; i++)
		json_array_append_new(items, item_to_json(&state->items[i]));
	for (size_t i = 0; i < state->grant_count; i++)
		json_array_append_new(grants, grant_to_json(&state->grants[i]));
	if (json_array_size(items) == state->count && json_array_size(grants) == state->grant_count)
		return json_pack("{s:s,s:I,s:o,s:o}", "key", key, "last_id", (json_int_t)state->last_id, "overrides",
			items, "grants", grants);
	json_decref(items);
	json_decref(grants);
	return NULL;
}

bool
override_state_write(const struct override_state *state, struct buffer *out)
{
	json_t *json = state_to_json(state);
	char *text = json ? json_dumps(json, JSON_INDENT(1)) : NULL, sum[2 * SUM_SIZE + 1];
	bool done = text && sum_of(slice_of(text), sum) && buffer_append_cstr(out, sum) &&
		    buffer_append_cstr(out, "\n") && buffer_append_cstr(out, text);

	free(text);
	json_decref(json);
	return done;
}

/* ---- reading ---- */

static bool
from_hex(const char *text, uint8_t *bytes, size_t count)
{
	if (text == NULL || strlen(text) != 2 * count)
		return false;
	for (size_t i = 0; i < count; i++) {
		int high = ascii_hex_value(text[2 * i]), low = ascii_hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool
get_text(const json_t *object, const char *key, char *dst, size_t dst_size)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && slice_to_cstr(slice_of(text), dst, dst_size);
}

static bool
get_number(const json_t *object, const char *key, int64_t least, int64_t most, int64_t *value)
{
	const json_t *number = json_object_get(object, key);

	*value = (int64_t)json_integer_value(number);
	return json_is_integer(number) && *value >= least && *value <= most;
}

static bool
get_u32(const json_t *object, const char *key, uint32_t least, uint32_t most, uint32_t *value)
{
	int64_t number;

	if (!get_number(object, key, least, most, &number))
		return false;
	*value = (uint32_t)number;
	return true;
}

static bool
item_from_json(const json_t *json, struct override *o, uint32_t last_id)
{
	const char *client = json_string_value(json_object_get(json, "client"));
	const json_t *everywhere = json_object_get(json, "everywhere");

	*o = (struct override){.is_everywhere = json_is_true(everywhere)};
	o->scope.has_client = client && client[0];
	return client && json_is_boolean(everywhere) &&
	       (!o->scope.has_client || prefix_parse(slice_of(client), &o->scope.client)) &&
	       from_hex(json_string_value(json_object_get(json, "hash")), o->hash, sizeof o->hash) &&
	       get_text(json, "group", o->scope.group, sizeof o->scope.group) &&
	       get_text(json, "rule", o->scope.rule, sizeof o->scope.rule) &&
	       get_text(json, "category", o->scope.category, sizeof o->scope.category) &&
	       get_text(json, "by", o->by, sizeof o->by) && get_text(json, "note", o->note, sizeof o->note) &&
	       get_u32(json, "id", 1, last_id, &o->id) &&
	       get_u32(json, "seconds", 1, OVERRIDE_SECONDS_MAX, &o->seconds) &&
	       get_u32(json, "uses", 1, OVERRIDE_USES_MAX, &o->uses) && get_u32(json, "used", 0, o->uses, &o->used) &&
	       get_number(json, "made", 0, INT64_MAX, &o->made) &&
	       get_number(json, "expires", 0, INT64_MAX, &o->expires) &&
	       get_number(json, "last", 0, INT64_MAX, &o->last);
}

static bool
grant_from_json(const json_t *json, struct override_grant *g, int64_t now, uint64_t now_ns)
{
	const char *client = json_string_value(json_object_get(json, "client"));

	*g = (struct override_grant){.id = 0};
	if (client == NULL || !addr_parse(slice_of(client), &g->client) ||
		!get_text(json, "user", g->user, sizeof g->user) || !get_text(json, "site", g->site, sizeof g->site) ||
		!get_u32(json, "id", 1, UINT32_MAX, &g->id) || !get_number(json, "until", 0, INT64_MAX, &g->until))
		return false;
	/* A clock that was set back prolongs nothing beyond what a code can say. */
	if (g->until > now)
		g->until_ns = now_ns + (uint64_t)(g->until - now < OVERRIDE_SECONDS_MAX ? g->until - now
											: OVERRIDE_SECONDS_MAX) *
					       1000000000u;
	return true;
}

static const char *
state_from_json(struct override_state *state, const json_t *json, int64_t now, uint64_t now_ns)
{
	const json_t *items = json_object_get(json, "overrides"), *grants = json_object_get(json, "grants");

	if (!from_hex(json_string_value(json_object_get(json, "key")), state->key, sizeof state->key) ||
		!get_u32(json, "last_id", 0, UINT32_MAX - 1, &state->last_id) || !json_is_array(items) ||
		!json_is_array(grants))
		return "it is no state of overrides";
	if (json_array_size(items) > OVERRIDES_MAX || json_array_size(grants) > OVERRIDE_GRANTS_MAX)
		return "there are more overrides in it than can be";
	for (; state->count < json_array_size(items); state->count++)
		if (!item_from_json(json_array_get(items, state->count), &state->items[state->count], state->last_id))
			return "an override in it is malformed";
	for (size_t i = 0; i < state->count; i++)
		if (override_state_find(state, state->items[i].id) != &state->items[i])
			return "two overrides in it have one number";
	for (; state->grant_count < json_array_size(grants); state->grant_count++) {
		struct override_grant *g = &state->grants[state->grant_count];

		if (!grant_from_json(json_array_get(grants, state->grant_count), g, now, now_ns) ||
			override_state_find(state, g->id) == NULL)
			return "what it grants is malformed";
	}
	return NULL;
}

const char *
override_state_read(struct override_state *state, struct slice text, int64_t now, uint64_t now_ns)
{
	size_t end = slice_find(text, '\n');
	struct slice rest = slice_sub(text, end + 1, text.len);
	char sum[2 * SUM_SIZE + 1];
	const char *wrong;
	json_t *json;

	state->count = state->grant_count = 0;
	if (text.len > OVERRIDE_STATE_TEXT_MAX)
		return "it is too long";
	if (!sum_of(rest, sum) || !slice_eq(slice_sub(text, 0, end), slice_of(sum)))
		return "it is damaged: its first line is not the digest of the rest";
	json = json_loadb(rest.ptr, rest.len, JSON_REJECT_DUPLICATES, NULL);
	wrong = json ? state_from_json(state, json, now, now_ns) : "it is no JSON";
	json_decref(json);
	return wrong;
}

/* ---- what is asked and changed ---- */

struct override *
override_state_find(struct override_state *state, uint32_t id)
{
	for (size_t i = 0; i < state->count; i++)
		if (state->items[i].id == id)
			return &state->items[i];
	return NULL;
}

bool
override_is_usable(const struct override *o, int64_t now)
{
	return o->used < o->uses && now < o->expires;
}

bool
override_grant_holds(struct override_state *state, const struct override_grant *grant, int64_t now, uint64_t now_ns)
{
	const struct override *o = override_state_find(state, grant->id);

	return o && now < o->expires && now_ns < grant->until_ns;
}

static void
remove_grants(struct override_state *state, uint32_t id, int64_t now, uint64_t now_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < state->grant_count; i++)
		if (id ? state->grants[i].id != id : override_grant_holds(state, &state->grants[i], now, now_ns))
			state->grants[kept++] = state->grants[i];
	state->grant_count = kept;
}

static bool
is_same(const struct override_grant *a, const struct override_grant *b)
{
	return a->id == b->id && strcmp(a->user, b->user) == 0 && strcmp(a->site, b->site) == 0 &&
	       (a->user[0] || addr_eq(&a->client, &b->client));
}

struct override_grant *
override_state_grant(struct override_state *state, const struct override_grant *grant, int64_t now, uint64_t now_ns)
{
	size_t at = 0;

	while (at < state->grant_count && !is_same(&state->grants[at], grant))
		at++;
	if (at == OVERRIDE_GRANTS_MAX) {
		remove_grants(state, 0, now, now_ns);
		at = state->grant_count;
		if (at == OVERRIDE_GRANTS_MAX)
			return NULL;
	}
	if (at == state->grant_count)
		state->grant_count++;
	state->grants[at] = *grant;
	return &state->grants[at];
}

static void
remove_item(struct override_state *state, struct override *o)
{
	size_t behind = (size_t)(state->items + --state->count - o);

	memmove(o, o + 1, behind * sizeof *o);
}

void
override_state_drop(struct override_state *state, uint32_t id)
{
	struct override *o = override_state_find(state, id);

	remove_grants(state, id, 0, 0);
	if (o)
		remove_item(state, o);
}

bool
override_state_sweep(struct override_state *state, int64_t now, uint64_t now_ns,
	void (*over)(const struct override *o, bool is_expired))
{
	size_t count = state->count, grant_count = state->grant_count;

	remove_grants(state, 0, now, now_ns);
	for (size_t i = state->count; i > 0; i--) {
		struct override *o = &state->items[i - 1];

		if (override_is_usable(o, now) || override_state_grants_of(state, o->id) > 0)
			continue;
		if (over)
			over(o, now >= o->expires);
		remove_item(state, o);
	}
	return state->count != count || state->grant_count != grant_count;
}

size_t
override_state_grants_of(const struct override_state *state, uint32_t id)
{
	size_t count = 0;

	for (size_t i = 0; i < state->grant_count; i++)
		count += state->grants[i].id == id;
	return count;
}
