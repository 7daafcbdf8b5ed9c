/* Any start of a connection: reading it at once and by its needs must agree, lists must stay inside their memory, and
 * what was read must have a fingerprint. */
#include "base/cursor.h"
#include "peek/client_hello.h"
#include "peek/ja4.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sum;

static void
touch(struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		sum += (uint8_t)bytes.ptr[i];
}

static void
use(const struct client_hello *hello)
{
	static EVP_MD *sha256;
	struct slice rest = hello->extensions, data;
	char text[JA4_TEXT_MAX];
	uint16_t value;

	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	while (client_hello_next_extension(&rest, &value, &data))
		touch(data);
	for (rest = hello->alpn; client_hello_next_alpn(&rest, &data);)
		touch(data);
	for (rest = hello->key_shares; client_hello_next_key_share(&rest, &value);)
		sum += value;
	touch(hello->cipher_suites);
	touch(hello->session_id);
	touch(hello->supported_versions);
	touch(hello->groups);
	touch(slice_of(hello->sni));
	if ((hello->sni_status == SNI_NAME) != (hello->sni[0] != '\0'))
		abort();
	if (!ja4_format(hello, JA4_TCP, sha256, text) || strlen(text) != JA4_TEXT_MAX - 1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = arena_make(2 * CLIENT_HELLO_MAX + 64);
	struct client_hello whole, hello;
	size_t need = 0, have = 0;
	enum parse answer = client_hello_read(slice_make(data, size), &arena, &whole, &need), part;

	if (answer == PARSE_DONE)
		use(&whole);
	if (answer == PARSE_MORE && need <= size)
		abort();
	for (;;) {
		part = client_hello_read(slice_make(data, have), &arena, &hello, &need);
		if (part != PARSE_MORE || need > size)
			break;
		if (need <= have)
			abort();
		have = need;
	}
	if (part == PARSE_DONE && (answer != PARSE_DONE || whole.wire_len != hello.wire_len))
		abort();
	if (answer == PARSE_DONE && part != PARSE_DONE)
		abort();
	if (client_hello_read_body(slice_make(data, size), &hello) == PARSE_DONE)
		use(&hello);
	arena_release(&arena);
	return 0;
}
