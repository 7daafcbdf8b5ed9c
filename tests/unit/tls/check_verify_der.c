/* Strict DER: what OpenSSL's reader lets pass and ours does not. */
#include "suites.h"

#include "tls/verify_der.h"

START_TEST(strict_encodings_are_strict)
{
	static const struct slice good[] = {
		SLICE(""),
		SLICE("\x05\x00"),
		SLICE("\x01\x01\xff"),
		SLICE("\x02\x01\x00"),
		SLICE("\x02\x02\x00\x80"),
		SLICE("\x02\x02\xff\x7f"),
		SLICE("\x30\x06\x02\x01\x01\x02\x01\x02"),
		SLICE("\x31\x02\x05\x00"),
		SLICE("\xa0\x02\x05\x00"),
		SLICE("\x82\x01*"),
		SLICE("\x06\x03\x55\x1d\x11"),
	};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ck_assert_msg(der_is_strict(good[i]), "case %zu", i);
}
END_TEST

START_TEST(lax_encodings_are_refused)
{
	static const struct slice bad[] = {
		SLICE("\x05"),                                /* no length */
		SLICE("\x04\x02*"),                           /* too short */
		SLICE("\x05\x81\x00"),                        /* a length that is not the shortest */
		SLICE("\x04\x81\x01*"),                       /* the same */
		SLICE("\x04\x82\x00\x80"),                    /* a leading zero in the length */
		SLICE("\x30\x80\x05\x00\x00\x00"),            /* indefinite */
		SLICE("\x04\x84\x00\x00\x00\x01*"),           /* four octets of length */
		SLICE("\x1f\x01\x00"),                        /* a tag of several octets */
		SLICE("\x24\x03\x04\x01*"),                   /* a constructed OCTET STRING */
		SLICE("\x01\x01\x01"),                        /* a BOOLEAN of neither 00 nor FF */
		SLICE("\x01\x02\xff\xff"),                    /* a long BOOLEAN */
		SLICE("\x02\x00"),                            /* an INTEGER of nothing */
		SLICE("\x02\x02\x00\x7f"),                    /* INTEGERs that are not minimal */
		SLICE("\x02\x02\xff\x80"), SLICE("\x06\x00"), /* an OID of nothing */
		SLICE("\x06\x02\x55\x9d"),                    /* an OID that is cut off */
		SLICE("\x30\x03\x05\x00\x05"),                /* rubbish at the end of a SEQUENCE */
		SLICE("\x05\x00*"),                           /* rubbish at the end */
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!der_is_strict(bad[i]), "case %zu", i);
}
END_TEST

START_TEST(depth_is_bounded)
{
	char nested[64];

	for (size_t levels = 1; levels < 30; levels++) {
		for (size_t i = 0; i < levels; i++) {
			nested[2 * i] = 0x30;
			nested[2 * i + 1] = (char)(2 * (levels - i - 1));
		}
		ck_assert_int_eq(der_is_strict(slice_make(nested, 2 * levels)), levels <= 16);
	}
}
END_TEST

START_TEST(elements_are_read_in_order)
{
	struct cursor c = cursor_over(SLICE("\x02\x01\x05\x82\x02hi"));
	struct slice content;
	uint8_t tag;

	ck_assert_uint_eq(der_peek(&c), DER_INTEGER);
	ck_assert(der_expect(&c, DER_INTEGER, &content));
	assert_slice(content, "\x05");
	ck_assert(der_read(&c, &tag, &content) && tag == (DER_CONTEXT | 2));
	assert_slice(content, "hi");
	ck_assert(cursor_at_end(&c));
	ck_assert_uint_eq(der_peek(&c), 0);
	ck_assert(!der_read(&c, &tag, &content) && !cursor_ok(&c));
	c = cursor_over(SLICE("\x02\x01\x05"));
	ck_assert(!der_expect(&c, DER_SEQUENCE, &content) && !cursor_ok(&c));
}
END_TEST

UNIT_SUITE(verify_der, "verify_der", strict_encodings_are_strict, lax_encodings_are_refused, depth_is_bounded,
	elements_are_read_in_order)
