/* Opening handshakes of WebSocket, translated.  See websocket.h. */
#include "proxy/websocket.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "http/semantics.h"

#define KEY_BYTES 16
/* RFC 6455 section 1.3. */
#define ACCEPT_SUFFIX "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

static struct slice
base64(struct arena *arena, const uint8_t *bytes, size_t len)
{
	char *text = arena_alloc(arena, (len + 2) / 3 * 4 + 1);

	if (text == NULL)
		return (struct slice){NULL, 0};
	return slice_make(text, (size_t)EVP_EncodeBlock((unsigned char *)text, bytes, (int)len));
}

bool
websocket_translate_request(struct http_message *onward, enum http_version from, enum http_version to)
{
	uint8_t random[KEY_BYTES];
	struct slice key;

	if ((from == HTTP_VERSION_2) == (to == HTTP_VERSION_2))
		return true;
	if (to == HTTP_VERSION_2)
		return http_websocket_to_h2(onward);
	if (RAND_bytes(random, sizeof random) != 1)
		return false;
	key = base64(onward->arena, random, sizeof random);
	return key.ptr && http_websocket_to_h1(onward, key);
}

/* The digest that tells the client that its key was read. */
static struct slice
accept_of(struct arena *arena, struct slice key)
{
	struct slice text = arena_printf(arena, "%.*s%s", SLICE_ARG(key), ACCEPT_SUFFIX);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (text.ptr == NULL || EVP_Digest(text.ptr, text.len, digest, &len, EVP_sha1(), NULL) != 1)
		return (struct slice){NULL, 0};
	return base64(arena, digest, len);
}

bool
websocket_translate_answer(struct http_message *back, const struct http_message *request, enum http_version origin)
{
	struct slice accept;

	if ((request->version == HTTP_VERSION_2) == (origin == HTTP_VERSION_2))
		return true;
	if (request->version == HTTP_VERSION_2)
		return http_websocket_answer_to_h2(back);
	accept = accept_of(back->arena, http_message_value(request, HTTP_FIELD_SEC_WEBSOCKET_KEY));
	return accept.ptr && http_websocket_answer_to_h1(back, accept);
}
