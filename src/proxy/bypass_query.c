/* Bypasses as JSON.  See bypass_query.h. */
#include "proxy/bypass_query.h"

#include <string.h>
#include <time.h>

/* More than this are counted, not listed: an answer has a ceiling. */
#define LISTED_MAX 200

struct listing {
	json_t *rows;
	size_t left_out;
};

static const struct addr any_client;

static void
add_row(void *context, const struct bypass_view *view)
{
	struct listing *listing = context;
	char text[ENDPOINT_TEXT_MAX], client[ADDR_TEXT_MAX];
	json_t *row, *destinations;

	if (json_array_size(listing->rows) >= LISTED_MAX) {
		listing->left_out++;
		return;
	}
	destinations = json_array();
	for (unsigned i = 0; i < view->destination_count; i++)
		json_array_append_new(destinations, json_string(endpoint_format(&view->destinations[i], text)));
	row = json_pack("{s:s,s:s,s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:o}", "reason", bypass_reason_name(view->reason),
		"client", addr_eq(&view->client, &any_client) ? "any" : addr_format(&view->client, client), "site",
		view->site, "ja4", view->ja4, "active", view->is_active, "times", (json_int_t)view->refusals, "alert",
		(json_int_t)view->alert, "first", (json_int_t)view->first, "last", (json_int_t)view->last, "until",
		(json_int_t)view->until, "destinations", destinations);
	json_array_append_new(listing->rows, row);
}

static json_t *
list(struct bypasses *b)
{
	struct listing listing = {.rows = json_array()};

	bypasses_each(b, time(NULL), add_row, &listing);
	return json_pack("{s:o,s:I}", "bypasses", listing.rows, "left_out", (json_int_t)listing.left_out);
}

/* "any", or nothing, is all zero.  False where it is neither that nor an address. */
static bool
read_client(const json_t *object, struct addr *client)
{
	const char *text = json_string_value(json_object_get(object, "client"));

	*client = any_client;
	return text == NULL || strcmp(text, "any") == 0 || addr_parse(slice_of(text), client);
}

static json_t *
forget(struct bypasses *b, const json_t *request)
{
	const char *site = json_string_value(json_object_get(request, "site"));
	struct addr client;

	if (!read_client(request, &client))
		return json_pack("{s:s}", "error", "the client is no address");
	return json_pack("{s:I}", "forgotten",
		(json_int_t)bypasses_forget(b, json_object_get(request, "client") ? &client : NULL, site));
}

static json_t *
pins(struct bypasses *b, const json_t *request)
{
	const json_t *row;
	size_t i;

	bypasses_unpin_all(b);
	json_array_foreach(json_object_get(request, "pins"), i, row)
	{
		const char *site = json_string_value(json_object_get(row, "site"));
		struct addr client;

		if (site && read_client(row, &client))
			bypasses_pin(b, &client, site, json_integer_value(json_object_get(row, "until")),
				json_integer_value(json_object_get(row, "at")));
	}
	return json_pack("{s:b}", "done", 1);
}

json_t *
bypass_query(struct bypasses *b, const json_t *request)
{
	const char *action = json_string_value(json_object_get(request, "action"));

	if (action && strcmp(action, "list") == 0)
		return list(b);
	if (action && strcmp(action, "forget") == 0)
		return forget(b, request);
	if (action && strcmp(action, "pins") == 0)
		return pins(b, request);
	return json_pack("{s:s}", "error", "there is no such action on bypasses");
}
