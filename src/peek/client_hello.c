/* The ClientHello of TLS.  See client_hello.h. */
#include "peek/client_hello.h"

#include "base/cursor.h"
#include "peek/handshake.h"

#define TYPE_CLIENT_HELLO 1
#define RANDOM_LEN 32
#define SESSION_ID_MAX 32

static enum parse
bad(struct client_hello *hello, enum client_hello_error error)
{
	hello->error = error;
	return PARSE_BAD;
}

/* Whether a vector holds whole two-byte values, at least one. */
static bool
is_value_list(struct slice list)
{
	return list.len >= 2 && list.len % 2 == 0;
}

/* Extension data that is one list of two-byte values, itself behind a length. */
static bool
read_values(struct slice data, struct slice *list, bool short_length)
{
	struct cursor c = cursor_over(data);

	*list = short_length ? cursor_vec8(&c) : cursor_vec16(&c);
	return cursor_at_end(&c) && is_value_list(*list);
}

static bool
read_server_name(struct client_hello *hello, struct slice data)
{
	/* Seen before: no name, whatever this one says.  Two parsers may pick different ones. */
	if (hello->sni_status != SNI_ABSENT) {
		hello->sni_status = SNI_DUPLICATE;
		hello->sni[0] = '\0';
	} else {
		hello->sni_status = sni_read(data, hello->sni);
	}
	return true;
}

static bool
read_supported_versions(struct client_hello *hello, struct slice data)
{
	return read_values(data, &hello->supported_versions, true);
}

static bool
read_groups(struct client_hello *hello, struct slice data)
{
	return read_values(data, &hello->groups, false);
}

static bool
read_signature_algorithms(struct client_hello *hello, struct slice data)
{
	return read_values(data, &hello->signature_algorithms, false);
}

static bool
read_alpn(struct client_hello *hello, struct slice data)
{
	struct cursor c = cursor_over(data);
	struct slice rest, name;

	rest = hello->alpn = cursor_vec16(&c);
	if (!cursor_at_end(&c) || rest.len == 0)
		return false;
	while (client_hello_next_alpn(&rest, &name))
		if (name.len == 0)
			return false;
	return rest.len == 0;
}

static bool
read_key_shares(struct client_hello *hello, struct slice data)
{
	struct cursor c = cursor_over(data);
	struct slice rest;
	uint16_t group;

	rest = hello->key_shares = cursor_vec16(&c); /* may be empty: the client asks for HelloRetryRequest */
	if (!cursor_at_end(&c))
		return false;
	while (client_hello_next_key_share(&rest, &group))
		;
	return rest.len == 0;
}

static bool
read_pre_shared_key(struct client_hello *hello, struct slice data)
{
	hello->has_pre_shared_key = true;
	return true;
}

static bool
read_early_data(struct client_hello *hello, struct slice data)
{
	hello->has_early_data = true;
	return true;
}

static bool
read_encrypt_then_mac(struct client_hello *hello, struct slice data)
{
	(void)data;
	hello->has_encrypt_then_mac = true;
	return true;
}

static bool
read_extended_master_secret(struct client_hello *hello, struct slice data)
{
	(void)data;
	hello->has_extended_master_secret = true;
	return true;
}

static bool
read_ech(struct client_hello *hello, struct slice data)
{
	hello->has_ech = true;
	return true;
}

static const struct {
	uint16_t type;
	bool (*read)(struct client_hello *hello, struct slice data);
} readers[] = {
	{TLS_EXTENSION_SERVER_NAME, read_server_name},
	{TLS_EXTENSION_SUPPORTED_GROUPS, read_groups},
	{TLS_EXTENSION_SIGNATURE_ALGORITHMS, read_signature_algorithms},
	{TLS_EXTENSION_ALPN, read_alpn},
	{TLS_EXTENSION_ENCRYPT_THEN_MAC, read_encrypt_then_mac},
	{TLS_EXTENSION_EXTENDED_MASTER_SECRET, read_extended_master_secret},
	{TLS_EXTENSION_PRE_SHARED_KEY, read_pre_shared_key},
	{TLS_EXTENSION_EARLY_DATA, read_early_data},
	{TLS_EXTENSION_SUPPORTED_VERSIONS, read_supported_versions},
	{TLS_EXTENSION_KEY_SHARE, read_key_shares},
	{TLS_EXTENSION_ENCRYPTED_CLIENT_HELLO, read_ech},
};

static bool
read_extension(struct client_hello *hello, uint16_t type, struct slice data)
{
	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
		if (readers[i].type == type)
			return readers[i].read(hello, data);
	return true;
}

static bool
seen_before(const uint16_t *types, size_t count, uint16_t type)
{
	for (size_t i = 0; i < count; i++)
		if (types[i] == type)
			return true;
	return false;
}

static enum client_hello_error
read_extensions(struct client_hello *hello)
{
	uint16_t types[CLIENT_HELLO_EXTENSIONS_MAX];
	struct slice rest = hello->extensions, data;
	uint16_t type;

	while (client_hello_next_extension(&rest, &type, &data)) {
		if (hello->extension_count == CLIENT_HELLO_EXTENSIONS_MAX)
			return CLIENT_HELLO_TOO_MANY;
		if (type != TLS_EXTENSION_SERVER_NAME && seen_before(types, hello->extension_count, type))
			return CLIENT_HELLO_DUPLICATE;
		types[hello->extension_count++] = type;
		if (!read_extension(hello, type, data))
			return CLIENT_HELLO_MALFORMED;
	}
	return rest.len == 0 ? CLIENT_HELLO_OK : CLIENT_HELLO_MALFORMED;
}

enum parse
client_hello_read_body(struct slice body, struct client_hello *hello)
{
	struct cursor c = cursor_over(body);
	struct slice compression;
	enum client_hello_error error;

	*hello = (struct client_hello){
		.sni_status = SNI_ABSENT,
		.extensions = SLICE_EMPTY,
		.supported_versions = SLICE_EMPTY,
		.signature_algorithms = SLICE_EMPTY,
		.groups = SLICE_EMPTY,
		.key_shares = SLICE_EMPTY,
		.alpn = SLICE_EMPTY,
	};
	hello->legacy_version = cursor_u16(&c);
	cursor_bytes(&c, RANDOM_LEN);
	hello->session_id = cursor_vec8(&c);
	hello->cipher_suites = cursor_vec16(&c);
	compression = cursor_vec8(&c);
	if (cursor_left(&c) > 0) /* a client of TLS 1.2 or before may send none (RFC 5246 section 7.4.1.2) */
		hello->extensions = cursor_vec16(&c);
	if (!cursor_at_end(&c) || hello->session_id.len > SESSION_ID_MAX || !is_value_list(hello->cipher_suites) ||
		compression.len == 0)
		return bad(hello, CLIENT_HELLO_MALFORMED);
	if (hello->legacy_version >> 8 != 3)
		return bad(hello, CLIENT_HELLO_NOT_TLS);
	if (hello->cipher_suites.len / 2 > CLIENT_HELLO_CIPHERS_MAX)
		return bad(hello, CLIENT_HELLO_TOO_MANY);
	error = read_extensions(hello);
	if (error)
		return bad(hello, error);
	if (hello->signature_algorithms.len / 2 > CLIENT_HELLO_SIGNATURES_MAX)
		return bad(hello, CLIENT_HELLO_TOO_MANY);
	return PARSE_DONE;
}

enum parse
client_hello_read(struct slice peeked, struct arena *arena, struct client_hello *hello, size_t *need)
{
	static const enum client_hello_error errors[] = {
		[HANDSHAKE_OK] = CLIENT_HELLO_OK,
		[HANDSHAKE_NOT_TLS] = CLIENT_HELLO_NOT_TLS,
		[HANDSHAKE_BAD_RECORD] = CLIENT_HELLO_BAD_RECORD,
		[HANDSHAKE_OTHER] = CLIENT_HELLO_OTHER,
		[HANDSHAKE_TOO_LARGE] = CLIENT_HELLO_TOO_LARGE,
		[HANDSHAKE_NO_MEMORY] = CLIENT_HELLO_NO_MEMORY,
	};
	static const struct handshake_limits limits = {CLIENT_HELLO_MAX, CLIENT_HELLO_WIRE_MAX};
	struct handshake message;
	enum parse answer = handshake_read(peeked, TYPE_CLIENT_HELLO, limits, arena, &message, need);

	hello->error = errors[message.error];
	if (answer != PARSE_DONE)
		return answer;
	answer = client_hello_read_body(message.body, hello);
	hello->wire_len = message.wire_len;
	return answer;
}

/* What a cursor that began at the start of *rest has not read, or *rest as it is where it failed: not empty, then. */
static bool
took(struct slice *rest, const struct cursor *c)
{
	if (!cursor_ok(c))
		return false;
	*rest = slice_make(c->at, cursor_left(c));
	return true;
}

bool
client_hello_next_extension(struct slice *rest, uint16_t *type, struct slice *data)
{
	struct cursor c = cursor_over(*rest);

	*type = cursor_u16(&c);
	*data = cursor_vec16(&c);
	return took(rest, &c);
}

bool
client_hello_next_alpn(struct slice *rest, struct slice *name)
{
	struct cursor c = cursor_over(*rest);

	*name = cursor_vec8(&c);
	return took(rest, &c);
}

bool
client_hello_next_key_share(struct slice *rest, uint16_t *group)
{
	struct cursor c = cursor_over(*rest);

	*group = cursor_u16(&c);
	cursor_vec16(&c);
	return took(rest, &c);
}

bool
client_hello_list_has(struct slice list, uint16_t value)
{
	for (size_t i = 0; i + 1 < list.len; i += 2)
		if ((uint8_t)list.ptr[i] == value >> 8 && (uint8_t)list.ptr[i + 1] == (value & 0xff))
			return true;
	return false;
}

bool
client_hello_offers_alpn(const struct client_hello *hello, struct slice name)
{
	struct slice rest = hello->alpn, offered;

	while (client_hello_next_alpn(&rest, &offered))
		if (slice_eq(offered, name))
			return true;
	return false;
}

bool
client_hello_offers_version(const struct client_hello *hello, uint16_t version)
{
	struct cursor c = cursor_over(hello->supported_versions);

	if (hello->supported_versions.len == 0)
		return version <= hello->legacy_version && version <= TLS_VERSION_1_2;
	while (cursor_left(&c) > 0)
		if (cursor_u16(&c) == version)
			return true;
	return false;
}

uint16_t
client_hello_highest_version(const struct client_hello *hello)
{
	struct cursor c = cursor_over(hello->supported_versions);
	uint16_t highest = 0;

	if (hello->supported_versions.len == 0)
		return hello->legacy_version;
	while (cursor_left(&c) > 0) {
		uint16_t version = cursor_u16(&c);

		if (!tls_value_is_grease(version) && version > highest)
			highest = version;
	}
	return highest;
}

const char *
client_hello_error_name(enum client_hello_error error)
{
	static const char *const names[] = {
		[CLIENT_HELLO_OK] = "ok",
		[CLIENT_HELLO_NOT_TLS] = "not-tls",
		[CLIENT_HELLO_BAD_RECORD] = "bad-record",
		[CLIENT_HELLO_OTHER] = "other-message",
		[CLIENT_HELLO_TOO_LARGE] = "too-large",
		[CLIENT_HELLO_TOO_MANY] = "too-many",
		[CLIENT_HELLO_DUPLICATE] = "duplicate-extension",
		[CLIENT_HELLO_MALFORMED] = "malformed",
		[CLIENT_HELLO_NO_MEMORY] = "no-memory",
	};

	return names[error];
}
