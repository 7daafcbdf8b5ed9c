/* JA4, the fingerprint of a TLS client.  See ja4.h. */
#include "peek/ja4.h"

#include "base/cursor.h"

#include <stdio.h>
#include <stdlib.h>

#define HASH_DIGITS 12
#define VALUE_DIGITS 5 /* four hexadecimal digits and what separates them */
#define LIST_MAX (CLIENT_HELLO_CIPHERS_MAX * VALUE_DIGITS)

_Static_assert((CLIENT_HELLO_EXTENSIONS_MAX + CLIENT_HELLO_SIGNATURES_MAX) * VALUE_DIGITS <= LIST_MAX,
	"the list of extensions and signature algorithms fits where that of ciphers does");

/* Hexadecimal values, in the text that is hashed. */
struct list {
	char text[LIST_MAX];
	size_t len;
};

static const char digits[] = "0123456789abcdef";

static void
list_add(struct list *list, char separator, uint16_t value)
{
	if (list->len)
		list->text[list->len++] = separator;
	for (int shift = 12; shift >= 0; shift -= 4)
		list->text[list->len++] = digits[value >> shift & 15];
}

static int
compare_values(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

static void
list_add_sorted(struct list *list, uint16_t *values, size_t count)
{
	qsort(values, count, sizeof values[0], compare_values);
	for (size_t i = 0; i < count; i++)
		list_add(list, ',', values[i]);
}

/* The first twelve digits of the hash, or zeros for an empty list. */
static bool
list_hash(const struct list *list, const EVP_MD *sha256, char dst[HASH_DIGITS + 1])
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	memset(dst, '0', HASH_DIGITS);
	dst[HASH_DIGITS] = '\0';
	if (list->len == 0)
		return true;
	if (EVP_Digest(list->text, list->len, digest, NULL, sha256, NULL) != 1)
		return false;
	for (size_t i = 0; i < HASH_DIGITS; i++)
		dst[i] = digits[digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
	return true;
}

/* Returns how many ciphers count. */
static unsigned
add_ciphers(const struct client_hello *hello, struct list *list)
{
	struct cursor c = cursor_over(hello->cipher_suites);
	uint16_t values[CLIENT_HELLO_CIPHERS_MAX];
	size_t count = 0;

	while (cursor_left(&c) > 0 && count < CLIENT_HELLO_CIPHERS_MAX) {
		uint16_t value = cursor_u16(&c);

		if (!tls_value_is_grease(value))
			values[count++] = value;
	}
	list_add_sorted(list, values, count);
	return (unsigned)count;
}

/* Returns how many extensions count: the name and the ALPN do, though their types are not in the list. */
static unsigned
add_extensions(const struct client_hello *hello, struct list *list)
{
	struct slice rest = hello->extensions, data;
	uint16_t values[CLIENT_HELLO_EXTENSIONS_MAX], type;
	unsigned counted = 0;
	size_t count = 0;

	while (client_hello_next_extension(&rest, &type, &data) && count < CLIENT_HELLO_EXTENSIONS_MAX) {
		if (tls_value_is_grease(type))
			continue;
		counted++;
		if (type != TLS_EXTENSION_SERVER_NAME && type != TLS_EXTENSION_ALPN)
			values[count++] = type;
	}
	list_add_sorted(list, values, count);
	return counted;
}

/* In the client's order, behind an underscore. */
static void
add_signature_algorithms(const struct client_hello *hello, struct list *list)
{
	struct cursor c = cursor_over(hello->signature_algorithms);
	char separator = '_';

	while (cursor_left(&c) > 0) {
		uint16_t value = cursor_u16(&c);

		if (tls_value_is_grease(value))
			continue;
		list_add(list, separator, value);
		separator = ',';
	}
}

static const char *
version_text(uint16_t version)
{
	static const struct {
		uint16_t version;
		char text[3];
	} versions[] = {{0x0304, "13"}, {0x0303, "12"}, {0x0302, "11"}, {0x0301, "10"}, {0x0300, "s3"}, {0x0002, "s2"}};

	for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
		if (versions[i].version == version)
			return versions[i].text;
	return "00";
}

static bool
is_alphanumeric(char c)
{
	return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

/* The first and the last character of the first protocol; of its hexadecimal form where either is not alphanumeric. */
static void
alpn_text(const struct client_hello *hello, char dst[3])
{
	struct slice rest = hello->alpn, name;

	memcpy(dst, "00", 3);
	if (!client_hello_next_alpn(&rest, &name) || name.len == 0)
		return;
	dst[0] = name.ptr[0];
	dst[1] = name.ptr[name.len - 1];
	if (is_alphanumeric(dst[0]) && is_alphanumeric(dst[1]))
		return;
	dst[0] = digits[(uint8_t)dst[0] >> 4];
	dst[1] = digits[(uint8_t)dst[1] & 15];
}

bool
ja4_format(
	const struct client_hello *hello, enum ja4_transport transport, const EVP_MD *sha256, char text[JA4_TEXT_MAX])
{
	struct list list;
	unsigned cipher_count, extension_count;
	char b[HASH_DIGITS + 1], c[HASH_DIGITS + 1], alpn[3];

	text[0] = '\0';
	list.len = 0;
	cipher_count = add_ciphers(hello, &list);
	if (!list_hash(&list, sha256, b))
		return false;
	list.len = 0;
	extension_count = add_extensions(hello, &list);
	add_signature_algorithms(hello, &list);
	if (!list_hash(&list, sha256, c))
		return false;
	alpn_text(hello, alpn);
	snprintf(text, JA4_TEXT_MAX, "%c%s%c%02u%02u%s_%s_%s", transport,
		version_text(client_hello_highest_version(hello)), hello->sni_status == SNI_ABSENT ? 'i' : 'd',
		cipher_count > 99 ? 99 : cipher_count, extension_count > 99 ? 99 : extension_count, alpn, b, c);
	return true;
}
