/* The heads that an exchange sends: made from the model of what came, never from its bytes. */
#include <string.h>

#include "http/semantics.h"
#include "proxy/enforce.h"
#include "proxy/exchange_steps.h"
#include "proxy/generation.h"
#include "proxy/websocket.h"

/* A body of no bytes is sent with its head. */
bool
exchange_has_body(const struct http_message *m)
{
	return m->body != HTTP_BODY_NONE && !(m->body == HTTP_BODY_LENGTH && m->content_length == 0);
}

/* The model as received stays as it is, for policy and the record; what is sent is made from a copy. */
static bool
copy_head(struct http_message *to, const struct http_message *from, struct arena *arena)
{
	*to = *from;
	to->arena = arena;
	to->field_capacity = from->field_count + 8;
	to->fields = arena_alloc(arena, to->field_capacity * sizeof *to->fields);
	if (to->fields == NULL)
		return false;
	if (from->field_count)
		memcpy(to->fields, from->fields, from->field_count * sizeof *to->fields);
	return true;
}

static struct http_forwarding
forwarding_of(const struct exchange *x, char client[ADDR_TEXT_MAX])
{
	const struct conf *conf = x->generation->conf;

	return (struct http_forwarding){
		.via = conf->http.via,
		.forwarded = conf->http.forwarded,
		.name = SLICE("sluice"),
		.client = slice_of(addr_format(&x->session->client.addr, client)),
	};
}

bool
exchange_prepare_request(struct exchange *x)
{
	struct session *s = x->session;
	char client[ADDR_TEXT_MAX], destination[ENDPOINT_TEXT_MAX];
	struct http_forwarding forwarding = forwarding_of(x, client);
	struct slice fallback = SLICE_EMPTY;
	enum http_version to = session_origin_speaks_http2(s) ? HTTP_VERSION_2 : HTTP_VERSION_1_1;

	if (x->request->authority.len == 0)
		fallback = arena_copy(&x->client->arena, slice_of(endpoint_format(&s->destination, destination)));
	return fallback.ptr && copy_head(&x->onward, x->request, &x->client->arena) &&
	       enforce_request(x->generation->enforce, slice_of(x->host), &x->onward, &x->enforced) &&
	       http_request_to_upstream(&x->onward, to, fallback, &forwarding) &&
	       (!x->is_websocket || websocket_translate_request(&x->onward, x->request->version, to));
}

bool
exchange_prepare_reply(struct exchange *x)
{
	char client[ADDR_TEXT_MAX];
	struct http_forwarding forwarding = forwarding_of(x, client);

	return copy_head(&x->back, x->reply, &x->client->arena) && http_response_to_client(&x->back, &forwarding) &&
	       (!x->is_websocket || websocket_translate_answer(&x->back, x->request, x->reply->version));
}

bool
exchange_prepare_interim(struct exchange *x, const struct http_message *head, struct http_message *interim)
{
	char client[ADDR_TEXT_MAX];
	struct http_forwarding forwarding = forwarding_of(x, client);

	return copy_head(interim, head, &x->client->arena) && http_response_to_client(interim, &forwarding);
}
