/* JA4: the example of its specification, and real clients whose lists were taken apart by Wireshark. */
#include "hello.h"
#include "suites.h"

#include "peek/ja4.h"

static const char *
fingerprint(struct slice body, enum ja4_transport transport)
{
	static char text[JA4_TEXT_MAX];
	EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	struct client_hello hello;

	ck_assert_int_eq(client_hello_read_body(body, &hello), PARSE_DONE);
	ck_assert(ja4_format(&hello, transport, sha256, text));
	ck_assert_uint_eq(strlen(text), JA4_TEXT_MAX - 1);
	EVP_MD_free(sha256);
	return text;
}

START_TEST(real_clients_have_their_published_form)
{
	static const struct {
		const char *file, *ja4;
	} cases[] = {
		{"curl", "t13d3112h2_e8f1e7e78f70_b26ce05bbdd6"},
		{"openssl_no_sni", "t13i310900_e8f1e7e78f70_1f22a2ca17c4"},
		{"openssl_tls12", "t12d280700_d943125447b4_e7e480e5a997"},
		{"openssl_alpn", "t13d3111ip_e8f1e7e78f70_1f22a2ca17c4"},
		{"chromium", "t13d1517h2_8daaf6152771_cb7bf5808d99"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer b = buffer_make(HELLO_ROOM);

		hello_captured(&b, cases[i].file);
		ck_assert_str_eq(fingerprint(slice_sub(buffer_slice(&b), 9, SIZE_MAX), JA4_TCP), cases[i].ja4);
		buffer_release(&b);
	}
}
END_TEST

/* A hello with these ciphers and extensions. */
static const char *
fingerprint_of(const char *ciphers, const char *extensions, enum ja4_transport transport)
{
	struct buffer body = buffer_make(HELLO_ROOM), list = buffer_make(HELLO_ROOM), block = buffer_make(HELLO_ROOM);
	const char *text;
	size_t n = hello_hex(&list, ciphers).len, m = hello_hex(&block, extensions).len;

	hello_hex(&body, "0303 abababababababababababababababababababababababababababababababab 00");
	ck_assert(buffer_printf(&body, "%c%c", (int)(n >> 8), (int)(n & 0xff)));
	ck_assert(buffer_append(&body, buffer_slice(&list)));
	hello_hex(&body, "0100");
	ck_assert(buffer_printf(&body, "%c%c", (int)(m >> 8), (int)(m & 0xff)));
	ck_assert(buffer_append(&body, buffer_slice(&block)));
	text = fingerprint(buffer_slice(&body), transport);
	buffer_release(&body);
	buffer_release(&list);
	buffer_release(&block);
	return text;
}

/* The specification's example; GREASE is mixed in, and must not show. */
#define EXAMPLE_CIPHERS "2a2a 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035"
#define EXAMPLE_REST                                                                                       \
	"44690000 00170000 002d0000 000500000023000000120000 002b0007 06 6a6a 0304 0303 ff010000 000b0000" \
	"000a0006 0004 8a8a 001d 00150000"
#define EXAMPLE_SIGNATURES "000d0014 0012 0403 0804 0401 0503 fafa 0805 0501 0806 0601"

START_TEST(the_example_of_the_specification_comes_out)
{
	ck_assert_str_eq(fingerprint_of(EXAMPLE_CIPHERS,
				 "1a1a0000 001b0000 0000 0008 0006 00 0003 612e62 00330002 0000 0010 0005 0003 02 "
				 "6832" EXAMPLE_REST EXAMPLE_SIGNATURES,
				 JA4_TCP),
		"t13d1516h2_8daaf6152771_e5627efa2ab1");
}
END_TEST

START_TEST(an_address_and_quic_change_the_first_part_only)
{
	ck_assert_str_eq(
		fingerprint_of(EXAMPLE_CIPHERS, "001b0000 00330002 0000" EXAMPLE_REST EXAMPLE_SIGNATURES, JA4_QUIC),
		"q13i151400_8daaf6152771_e5627efa2ab1");
}
END_TEST

START_TEST(without_values_there_are_zeros_instead_of_a_hash)
{
	/* No extension that is listed; no cipher but GREASE. */
	ck_assert_str_eq(fingerprint_of("0a0a", "0000 0008 0006 00 0003 612e62", JA4_TCP),
		"t12d000100_000000000000_000000000000");
	ck_assert_str_eq(fingerprint_of("0a0a", "", JA4_TCP), "t12i000000_000000000000_000000000000");
	ck_assert_str_eq(
		fingerprint_of("0a0a", "002b 0003 02 5a5a", JA4_TCP) + 1, "00i000100_000000000000_b9a491fefe05");
	/* No signature algorithms: no underscore in what is hashed. */
	ck_assert_str_eq(fingerprint_of("0a0a", "001b0000 00330002 0000" EXAMPLE_REST "4a4a0000", JA4_TCP) + 11,
		"000000000000_bebfbbe173b2");
}
END_TEST

START_TEST(the_first_protocol_gives_two_characters)
{
	static const struct {
		const char *extension, *text;
	} cases[] = {
		{"0010 000b 0009 08 687474702f312e31", "h1"},
		{"0010 0004 0002 01 68", "hh"},
		{"0010 0004 0002 01 ab", "ab"},
		{"0010 0005 0003 02 abcd", "ad"},
		{"0010 0005 0003 02 30ab", "3b"},
		{"0010 0007 0005 04 3031abcd", "3d"},
		{"0010 0007 0005 04 30abcd31", "01"},
		{"0010 0005 0003 02 0a0a", "0a"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *text = fingerprint_of("1301", cases[i].extension, JA4_TCP);

		ck_assert_msg(memcmp(text + 8, cases[i].text, 2) == 0, "%s gives %s", cases[i].extension, text);
	}
}
END_TEST

START_TEST(counts_stop_at_99)
{
	struct buffer ciphers = buffer_make(HELLO_ROOM), extensions = buffer_make(HELLO_ROOM);

	for (unsigned i = 0; i < 1000; i++)
		ck_assert(buffer_printf(&ciphers, "%04x", 0x1301 + i));
	for (unsigned i = 0; i < CLIENT_HELLO_EXTENSIONS_MAX; i++)
		ck_assert(buffer_printf(&extensions, "%04x0000", 0x4000 + i));
	ck_assert(buffer_append(&ciphers, SLICE("\0")));
	ck_assert(buffer_append(&extensions, SLICE("\0")));
	ck_assert(memcmp(fingerprint_of(buffer_slice(&ciphers).ptr, buffer_slice(&extensions).ptr, JA4_TCP),
			  "t12i999900_", 11) == 0);
	buffer_release(&ciphers);
	buffer_release(&extensions);
}
END_TEST

UNIT_SUITE(ja4, "ja4", real_clients_have_their_published_form, the_example_of_the_specification_comes_out,
	an_address_and_quic_change_the_first_part_only, without_values_there_are_zeros_instead_of_a_hash,
	the_first_protocol_gives_two_characters, counts_stop_at_99)
