/* The ClientHello of TLS (RFC 8446 section 4.1.2), read from the peeked bytes of a connection: what the client offers,
 * and the name it asks for.  It parses; it judges nothing, and lists stay as they are on the wire.
 *
 * GREASE values (RFC 8701) are left in the lists, and left out by every question asked here. */
#ifndef SLUICE_PEEK_CLIENT_HELLO_H
#define SLUICE_PEEK_CLIENT_HELLO_H

#include "peek/sni.h"

#include "base/arena.h"
#include "base/parse.h"

#define CLIENT_HELLO_MAX 65536       /* bytes of the message; a larger one is refused at its first bytes */
#define CLIENT_HELLO_WIRE_MAX 131072 /* bytes of the records that hold it */
#define CLIENT_HELLO_CIPHERS_MAX 1024
#define CLIENT_HELLO_EXTENSIONS_MAX 128
#define CLIENT_HELLO_SIGNATURES_MAX 256 /* signature algorithms */

enum tls_version {
	TLS_VERSION_1_0 = 0x0301,
	TLS_VERSION_1_1 = 0x0302,
	TLS_VERSION_1_2 = 0x0303,
	TLS_VERSION_1_3 = 0x0304,
};

enum tls_extension {
	TLS_EXTENSION_SERVER_NAME = 0,
	TLS_EXTENSION_SUPPORTED_GROUPS = 10,
	TLS_EXTENSION_SIGNATURE_ALGORITHMS = 13,
	TLS_EXTENSION_ALPN = 16,
	TLS_EXTENSION_ENCRYPT_THEN_MAC = 22,
	TLS_EXTENSION_EXTENDED_MASTER_SECRET = 23,
	TLS_EXTENSION_PRE_SHARED_KEY = 41,
	TLS_EXTENSION_EARLY_DATA = 42,
	TLS_EXTENSION_SUPPORTED_VERSIONS = 43,
	TLS_EXTENSION_KEY_SHARE = 51,
	TLS_EXTENSION_ENCRYPTED_CLIENT_HELLO = 0xfe0d, /* RFC 9849 */
};

/* Why a hello is bad. */
enum client_hello_error {
	CLIENT_HELLO_OK,
	CLIENT_HELLO_NOT_TLS,    /* the framing of SSL 2.0, or another major version than 3 */
	CLIENT_HELLO_BAD_RECORD, /* a record of another type than handshake, or of a forbidden size */
	CLIENT_HELLO_OTHER,      /* the first handshake message is no ClientHello */
	CLIENT_HELLO_TOO_LARGE,  /* more than CLIENT_HELLO_MAX or CLIENT_HELLO_WIRE_MAX bytes */
	CLIENT_HELLO_TOO_MANY,   /* more ciphers, extensions or signature algorithms than the maxima */
	CLIENT_HELLO_DUPLICATE, /* an extension comes twice (RFC 8446 section 4.2); server_name has SNI_DUPLICATE for it
				 */
	CLIENT_HELLO_MALFORMED, /* lengths that contradict each other */
	CLIENT_HELLO_NO_MEMORY, /* the arena is full */
};

/* All slices borrow the peeked bytes, or the arena where the hello spans records.  A list that was not sent is empty;
 * one that was sent is not. */
struct client_hello {
	uint16_t legacy_version;
	struct slice session_id;
	struct slice cipher_suites; /* of two bytes each */
	struct slice extensions;    /* the whole block, in the client's order: client_hello_next_extension() */
	size_t extension_count;
	struct slice supported_versions;   /* of two bytes each */
	struct slice signature_algorithms; /* of two bytes each */
	struct slice groups;               /* of two bytes each */
	struct slice key_shares;           /* client_hello_next_key_share() */
	struct slice alpn;                 /* names of 1 to 255 bytes, as SSL_set_alpn_protos() takes them */
	bool has_pre_shared_key;
	bool has_early_data;
	bool has_encrypt_then_mac;
	bool has_extended_master_secret;
	bool has_ech; /* real or GREASE: on the wire they look alike */
	enum sni_status sni_status;
	char sni[HOST_NAME_LEN_MAX + 1];    /* canonical, and empty unless sni_status is SNI_NAME */
	size_t wire_len;               /* bytes of the connection up to the end of the hello */
	enum client_hello_error error; /* after PARSE_BAD */
};

/* Reads the hello at the start of a connection.  The arena serves only a hello that spans records, and then once.
 * PARSE_MORE: *need is the least total number of bytes that can complete it (SO_RCVLOWAT).  PARSE_BAD: hello->error
 * says why.  Pure; any thread. */
enum parse client_hello_read(struct slice peeked, struct arena *arena, struct client_hello *hello, size_t *need);

/* The same of a message without records and without its 4 header bytes (QUIC carries it so); PARSE_DONE or PARSE_BAD.
 */
enum parse client_hello_read_body(struct slice body, struct client_hello *hello);

/* Takes the next extension off *rest, which starts as hello->extensions.  False at the end. */
bool client_hello_next_extension(struct slice *rest, uint16_t *type, struct slice *data);
/* Takes the next protocol name off *rest, which starts as hello->alpn.  False at the end. */
bool client_hello_next_alpn(struct slice *rest, struct slice *name);
/* Takes the group of the next key share off *rest, which starts as hello->key_shares.  False at the end. */
bool client_hello_next_key_share(struct slice *rest, uint16_t *group);

/* Whether a value is in one of the lists of two-byte values. */
bool client_hello_list_has(struct slice list, uint16_t value);
bool client_hello_offers_alpn(const struct client_hello *hello, struct slice name);
/* Whether the client speaks that version: by supported_versions, or by legacy_version where that is absent. */
bool client_hello_offers_version(const struct client_hello *hello, uint16_t version);
/* The highest value offered; 0 where supported_versions holds GREASE alone. */
uint16_t client_hello_highest_version(const struct client_hello *hello);

/* One of the sixteen values that mean nothing (RFC 8701 section 2). */
static inline bool
tls_value_is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* "not-tls", "bad-record", ...: for counters and records. */
const char *client_hello_error_name(enum client_hello_error error);

#endif
