/* The ClientHello: captured ones, built ones, broken ones. */
#include "hello.h"
#include "suites.h"

#include "base/cursor.h"
#include "peek/client_hello.h"

#include <stdio.h>

static enum client_hello_error
error_of(const char *extensions)
{
	struct buffer b = buffer_make(HELLO_ROOM);
	struct client_hello hello;
	enum parse answer = client_hello_read_body(hello_body(&b, extensions), &hello);

	ck_assert_int_eq(answer, hello.error == CLIENT_HELLO_OK ? PARSE_DONE : PARSE_BAD);
	buffer_release(&b);
	return hello.error;
}

START_TEST(real_clients_are_read)
{
	static const struct {
		const char *file, *sni, *alpn;
		uint16_t version;
		size_t ciphers, extensions;
		bool ech;
	} cases[] = {
		{"curl", "www.example.com", "h2", TLS_VERSION_1_3, 31, 12, false},
		{"openssl_no_sni", "", NULL, TLS_VERSION_1_3, 31, 9, false},
		{"openssl_tls12", "example.org", NULL, TLS_VERSION_1_2, 28, 7, false},
		{"openssl_alpn", "a.b", "imap", TLS_VERSION_1_3, 31, 11, false},
		{"chromium", "www.example.com", "h2", TLS_VERSION_1_3, 16, 19, true}, /* one and two of them GREASE */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer b = buffer_make(HELLO_ROOM);
		struct arena nothing = arena_make(0);
		struct client_hello hello;
		struct slice rest, name;
		size_t need;

		hello_captured(&b, cases[i].file);
		ck_assert_int_eq(client_hello_read(buffer_slice(&b), &nothing, &hello, &need), PARSE_DONE);
		ck_assert_str_eq(hello.sni, cases[i].sni);
		ck_assert_int_eq(hello.sni_status, cases[i].sni[0] ? SNI_NAME : SNI_ABSENT);
		ck_assert_uint_eq(client_hello_highest_version(&hello), cases[i].version);
		ck_assert_uint_eq(hello.cipher_suites.len / 2, cases[i].ciphers);
		ck_assert_msg(hello.extension_count == cases[i].extensions, "%s: %zu extensions", cases[i].file,
			hello.extension_count);
		ck_assert_int_eq(hello.has_ech, cases[i].ech);
		ck_assert_uint_eq(hello.wire_len, buffer_len(&b));
		ck_assert(!hello.has_early_data && !hello.has_pre_shared_key);
		rest = hello.alpn;
		ck_assert_int_eq(client_hello_next_alpn(&rest, &name), cases[i].alpn != NULL);
		if (cases[i].alpn)
			assert_slice(name, cases[i].alpn);
		buffer_release(&b);
	}
}
END_TEST

START_TEST(chromium_reads_the_same_in_records_of_every_size)
{
	static const size_t sizes[] = {1, 2, 3, 5, 50, 150, 200, 600, 1000, 16384};
	struct buffer whole = buffer_make(HELLO_ROOM), cut = buffer_make(HELLO_ROOM);
	struct slice body = slice_sub(hello_captured(&whole, "chromium"), 9, SIZE_MAX);

	for (size_t f = 0; f < sizeof sizes / sizeof sizes[0]; f++) {
		for (size_t o = 0; o < sizeof sizes / sizeof sizes[0]; o++) {
			struct slice bytes = hello_records(&cut, body, sizes[f], sizes[o]);
			struct arena arena = arena_make(CLIENT_HELLO_MAX);
			struct client_hello hello;
			size_t need = 0, have = 0;

			while (client_hello_read(slice_sub(bytes, 0, have), &arena, &hello, &need) == PARSE_MORE)
				have = need;
			ck_assert_int_eq(hello.error, CLIENT_HELLO_OK);
			ck_assert_uint_eq(have, bytes.len);
			ck_assert_str_eq(hello.sni, "www.example.com");
			ck_assert_uint_eq(hello.extension_count, 19);
			arena_release(&arena);
		}
	}
	buffer_release(&whole);
	buffer_release(&cut);
}
END_TEST

START_TEST(every_list_is_found)
{
	struct buffer b = buffer_make(HELLO_ROOM);
	struct client_hello hello;
	struct slice rest, data;
	uint16_t value;
	static const uint16_t order[] = {0x0a0a, 43, 13, 10, 16, 51, 42, 0xfe0d, 41};

	hello_body(&b, "0a0a 0000"                   /* GREASE */
		       "002b 0007 06 5a5a 0303 0304" /* supported_versions: GREASE, 1.2, 1.3 */
		       "000d 0006 0004 0403 0804"    /* signature_algorithms */
		       "000a 0006 0004 11ec 001d"    /* supported_groups: X25519MLKEM768, x25519 */
		       "0010 000e 000c 02 6832 08 687474702f312e31"
		       "0033 000d 000b 3a3a 0001 00 001d 0002 aabb"
		       "002a 0000"    /* early_data */
		       "fe0d 0001 00" /* encrypted_client_hello */
		       "0029 0000");  /* pre_shared_key */
	ck_assert_int_eq(client_hello_read_body(buffer_slice(&b), &hello), PARSE_DONE);
	ck_assert_uint_eq(hello.legacy_version, 0x0303);
	ck_assert_uint_eq(hello.supported_versions.len, 6);
	ck_assert(client_hello_offers_version(&hello, TLS_VERSION_1_3));
	ck_assert(client_hello_offers_version(&hello, TLS_VERSION_1_2));
	ck_assert(!client_hello_offers_version(&hello, TLS_VERSION_1_1));
	ck_assert_uint_eq(client_hello_highest_version(&hello), TLS_VERSION_1_3);
	ck_assert_uint_eq(hello.signature_algorithms.len, 4);
	ck_assert_uint_eq(hello.groups.len, 4);
	ck_assert(client_hello_offers_alpn(&hello, SLICE("h2")));
	ck_assert(client_hello_offers_alpn(&hello, SLICE("http/1.1")));
	ck_assert(!client_hello_offers_alpn(&hello, SLICE("h")));
	ck_assert(hello.has_early_data && hello.has_ech && hello.has_pre_shared_key);

	rest = hello.key_shares;
	ck_assert(client_hello_next_key_share(&rest, &value));
	ck_assert_uint_eq(value, 0x3a3a);
	ck_assert(client_hello_next_key_share(&rest, &value));
	ck_assert_uint_eq(value, 0x001d);
	ck_assert(!client_hello_next_key_share(&rest, &value));

	rest = hello.extensions;
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		ck_assert(client_hello_next_extension(&rest, &value, &data));
		ck_assert_uint_eq(value, order[i]);
	}
	ck_assert(!client_hello_next_extension(&rest, &value, &data));
	ck_assert_uint_eq(hello.extension_count, sizeof order / sizeof order[0]);
	buffer_release(&b);
}
END_TEST

START_TEST(without_supported_versions_the_legacy_version_counts)
{
	struct buffer b = buffer_make(HELLO_ROOM);
	struct client_hello hello;

	hello_body(&b, "");
	ck_assert_int_eq(client_hello_read_body(buffer_slice(&b), &hello), PARSE_DONE);
	ck_assert_int_eq(hello.sni_status, SNI_ABSENT);
	ck_assert(client_hello_offers_version(&hello, TLS_VERSION_1_2));
	ck_assert(client_hello_offers_version(&hello, TLS_VERSION_1_0));
	ck_assert(!client_hello_offers_version(&hello, TLS_VERSION_1_3));
	/* And no block of extensions at all (RFC 5246 section 7.4.1.2). */
	ck_assert_int_eq(
		client_hello_read_body(slice_sub(buffer_slice(&b), 0, buffer_len(&b) - 2), &hello), PARSE_DONE);
	ck_assert_uint_eq(hello.extension_count, 0);
	/* Nothing but GREASE offers nothing. */
	hello_body(&b, "002b 0003 02 5a5a");
	ck_assert_int_eq(client_hello_read_body(buffer_slice(&b), &hello), PARSE_DONE);
	ck_assert_uint_eq(client_hello_highest_version(&hello), 0);
	ck_assert(!client_hello_offers_version(&hello, TLS_VERSION_1_2));
	buffer_release(&b);
}
END_TEST

START_TEST(two_server_name_extensions_name_nobody)
{
	static const char *const cases[] = {
		"0000 0008 0006 00 0003 612e62  0000 0008 0006 00 0003 612e62",
		"0000 0008 0006 00 0003 612e62  0000 0008 0006 00 0003 632e64",
		"0000 0000  0000 0008 0006 00 0003 612e62",
		"0000 0008 0006 00 0003 612e62  0000 0000  0000 0008 0006 00 0003 612e62",
	};
	struct buffer b = buffer_make(HELLO_ROOM);
	struct client_hello hello;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_int_eq(client_hello_read_body(hello_body(&b, cases[i]), &hello), PARSE_DONE);
		ck_assert_int_eq(hello.sni_status, SNI_DUPLICATE);
		ck_assert_str_eq(hello.sni, "");
	}
	buffer_release(&b);
}
END_TEST

START_TEST(contradicting_lengths_are_malformed)
{
	static const char *const cases[] = {
		"00",        /* half a type */
		"0017",      /* no length */
		"0017 0001", /* no data */
		"0017 ffff 00",
		"002b 0000", /* supported_versions */
		"002b 0001 00",
		"002b 0002 01 03",
		"002b 0003 02 03",
		"002b 0004 02 0304 00",
		"002b 0004 03 0304 03",
		"000d 0000", /* signature_algorithms */
		"000d 0002 0000",
		"000d 0003 0001 04",
		"000d 0004 0004 0403",
		"000a 0003 0001 00", /* supported_groups */
		"000a 0005 0002 001d 00",
		"0010 0000", /* ALPN */
		"0010 0002 0000",
		"0010 0003 0001 00", /* a name of no bytes */
		"0010 0005 0003 02 6832 00",
		"0010 0005 0003 03 6832",
		"0010 0006 0004 02 6832 02",
		"0033 0000", /* key_share */
		"0033 0004 0002 001d",
		"0033 0007 0005 001d 0002 aa",
		"0033 0003 0000 00",
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(error_of(cases[i]) == CLIENT_HELLO_MALFORMED, "%s", cases[i]);
	ck_assert_int_eq(error_of("0033 0002 0000"), CLIENT_HELLO_OK); /* no share yet: asks for a retry */
}
END_TEST

START_TEST(any_other_extension_may_come_once)
{
	ck_assert_int_eq(error_of("0017 0000 0017 0000"), CLIENT_HELLO_DUPLICATE);
	ck_assert_int_eq(error_of("002b 0003 02 0303 002b 0003 02 0304"), CLIENT_HELLO_DUPLICATE);
	ck_assert_int_eq(error_of("0a0a 0000 1a1a 0000"), CLIENT_HELLO_OK);
	ck_assert_int_eq(error_of("0a0a 0000 0a0a 0000"), CLIENT_HELLO_DUPLICATE);
}
END_TEST

START_TEST(broken_fixed_fields_are_malformed)
{
	static const struct {
		const char *body;
		enum client_hello_error error;
	} cases[] = {
		{"", CLIENT_HELLO_MALFORMED}, {"0303", CLIENT_HELLO_MALFORMED},
		/* version, random, session id, ciphers, compression */
		{"0303 @ 00 0002 1301 01 00", CLIENT_HELLO_OK}, {"0303 @ 00 0002 1301 01 00 0000", CLIENT_HELLO_OK},
		{"0303 @ 00 0002 1301 01 00 00", CLIENT_HELLO_MALFORMED},
		{"0303 @ 00 0002 1301 01 00 0000 00", CLIENT_HELLO_MALFORMED},
		{"0303 @ 00 0002 1301 01 00 0001", CLIENT_HELLO_MALFORMED},
		{"0303 @ 00 0000 01 00", CLIENT_HELLO_MALFORMED}, {"0303 @ 00 0001 13 01 00", CLIENT_HELLO_MALFORMED},
		{"0303 @ 00 0003 130113 01 00", CLIENT_HELLO_MALFORMED},
		{"0303 @ 00 0002 1301 00", CLIENT_HELLO_MALFORMED}, {"0303 @ 00 0002 1301", CLIENT_HELLO_MALFORMED},
		{"0303 @ 20 @ 0002 1301 01 00", CLIENT_HELLO_OK},
		{"0303 @ 21 @ 00 0002 1301 01 00", CLIENT_HELLO_MALFORMED},
		{"0203 @ 00 0002 1301 01 00", CLIENT_HELLO_NOT_TLS},
		{"fefd @ 00 0002 1301 01 00", CLIENT_HELLO_NOT_TLS}, /* DTLS */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer b = buffer_make(HELLO_ROOM);
		struct client_hello hello;
		const char *at = cases[i].body;
		char part[64];

		/* @ stands for 32 bytes. */
		for (const char *next; (next = strchr(at, '@')) != NULL; at = next + 1) {
			ck_assert(slice_to_cstr(slice_make(at, (size_t)(next - at)), part, sizeof part));
			hello_hex(&b, part);
			hello_hex(&b, "abababababababababababababababababababababababababababababababab");
		}
		hello_hex(&b, at);
		client_hello_read_body(buffer_slice(&b), &hello);
		ck_assert_msg(
			hello.error == cases[i].error, "%s is %s", cases[i].body, client_hello_error_name(hello.error));
		buffer_release(&b);
	}
}
END_TEST

START_TEST(no_prefix_of_a_body_is_a_body)
{
	struct buffer b = buffer_make(HELLO_ROOM);
	struct slice body = slice_sub(hello_captured(&b, "curl"), 9, SIZE_MAX);
	struct client_hello hello;

	/* Without any extension the message is well-formed again: 35 + 1 + 32 + 2 + 62 + 2 bytes. */
	for (size_t n = 0; n < body.len; n++)
		if (client_hello_read_body(slice_sub(body, 0, n), &hello) == PARSE_DONE)
			ck_assert_uint_eq(hello.extension_count, 0);
	ck_assert_int_eq(client_hello_read_body(body, &hello), PARSE_DONE);
	buffer_release(&b);
}
END_TEST

START_TEST(lists_have_ends)
{
	struct buffer text = buffer_make(HELLO_ROOM);

	for (unsigned i = 0; i <= CLIENT_HELLO_EXTENSIONS_MAX; i++)
		ck_assert(buffer_printf(&text, "%04x0000", 0x4000 + i));
	ck_assert(buffer_append(&text, SLICE("\0")));
	ck_assert_int_eq(error_of(buffer_slice(&text).ptr), CLIENT_HELLO_TOO_MANY);
	ck_assert_int_eq(error_of(buffer_slice(&text).ptr + 8), CLIENT_HELLO_OK);

	for (unsigned count = CLIENT_HELLO_SIGNATURES_MAX; count <= CLIENT_HELLO_SIGNATURES_MAX + 1; count++) {
		buffer_clear(&text);
		ck_assert(buffer_printf(&text, "000d%04x%04x", count * 2 + 2, count * 2));
		for (unsigned i = 0; i < count; i++)
			ck_assert(buffer_append_cstr(&text, "0403"));
		ck_assert(buffer_append(&text, SLICE("\0")));
		ck_assert_int_eq(error_of(buffer_slice(&text).ptr),
			count > CLIENT_HELLO_SIGNATURES_MAX ? CLIENT_HELLO_TOO_MANY : CLIENT_HELLO_OK);
	}

	for (unsigned count = CLIENT_HELLO_CIPHERS_MAX; count <= CLIENT_HELLO_CIPHERS_MAX + 1; count++) {
		struct client_hello hello;

		buffer_clear(&text);
		hello_hex(&text, "0303 abababababababababababababababababababababababababababababababab 00");
		ck_assert(buffer_printf(&text, "%c%c", (int)(count * 2 >> 8), (int)(count * 2 & 0xff)));
		for (unsigned i = 0; i < count; i++)
			hello_hex(&text, "1301");
		hello_hex(&text, "01 00");
		client_hello_read_body(buffer_slice(&text), &hello);
		ck_assert_int_eq(
			hello.error, count > CLIENT_HELLO_CIPHERS_MAX ? CLIENT_HELLO_TOO_MANY : CLIENT_HELLO_OK);
	}
	buffer_release(&text);
}
END_TEST

START_TEST(framing_errors_keep_their_names)
{
	static const struct {
		const char *wire, *error;
	} cases[] = {
		{"802e01", "not-tls"},
		{"170301", "bad-record"},
		{"1603010010 02", "other-message"},
		{"1603010010 01 ffffff", "too-large"},
		{"1603010010 01 010001", "too-large"},
		{"1603010005 01 000001 00", "malformed"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer b = buffer_make(HELLO_ROOM);
		struct arena nothing = arena_make(0);
		struct client_hello hello;
		size_t need;

		ck_assert_int_eq(client_hello_read(hello_hex(&b, cases[i].wire), &nothing, &hello, &need), PARSE_BAD);
		ck_assert_str_eq(client_hello_error_name(hello.error), cases[i].error);
		buffer_release(&b);
	}
}
END_TEST

UNIT_SUITE(client_hello, "client_hello", real_clients_are_read, chromium_reads_the_same_in_records_of_every_size,
	every_list_is_found, without_supported_versions_the_legacy_version_counts,
	two_server_name_extensions_name_nobody, contradicting_lengths_are_malformed, any_other_extension_may_come_once,
	broken_fixed_fields_are_malformed, no_prefix_of_a_body_is_a_body, lists_have_ends,
	framing_errors_keep_their_names)
