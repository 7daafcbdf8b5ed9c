/* Hellos for the tests.  See hello.h. */
#include "hello.h"

#include "unit.h"

#include <stdio.h>

struct slice
hello_hex(struct buffer *b, const char *hex)
{
	size_t from = buffer_len(b);

	for (; *hex; hex++) {
		char byte;

		if (*hex == ' ')
			continue;
		byte = (char)(ascii_hex_value(hex[0]) << 4 | ascii_hex_value(hex[1]));
		ck_assert(buffer_append(b, slice_make(&byte, 1)));
		hex++;
	}
	return slice_sub(buffer_slice(b), from, buffer_len(b));
}

static void
append_u16(struct buffer *b, size_t value)
{
	char bytes[2] = {(char)(value >> 8), (char)value};

	ck_assert(buffer_append(b, slice_make(bytes, 2)));
}

struct slice
hello_body(struct buffer *b, const char *extensions)
{
	struct buffer block = buffer_make(HELLO_ROOM);
	struct slice data = hello_hex(&block, extensions);

	buffer_clear(b);
	hello_hex(b, "0303");                                                             /* version */
	hello_hex(b, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"); /* random */
	hello_hex(b, "00");                                                               /* session id */
	hello_hex(b, "0004 1301 c02f");                                                   /* cipher suites */
	hello_hex(b, "01 00");                                                            /* compression */
	append_u16(b, data.len);
	ck_assert(buffer_append(b, data));
	buffer_release(&block);
	return buffer_slice(b);
}

struct slice
hello_records(struct buffer *b, struct slice body, size_t first, size_t other)
{
	struct buffer message = buffer_make(HELLO_ROOM);
	char header[4] = {1, (char)(body.len >> 16), (char)(body.len >> 8), (char)body.len};
	struct slice rest;
	size_t size = first;

	buffer_clear(b);
	ck_assert(buffer_append(&message, slice_make(header, 4)));
	ck_assert(buffer_append(&message, body));
	for (rest = buffer_slice(&message); rest.len > 0; size = other) {
		struct slice fragment = slice_sub(rest, 0, size);

		hello_hex(b, "16 0301");
		append_u16(b, fragment.len);
		ck_assert(buffer_append(b, fragment));
		rest = slice_sub(rest, size, rest.len);
	}
	buffer_release(&message);
	return buffer_slice(b);
}

struct slice
hello_captured(struct buffer *b, const char *name)
{
	const char *source = getenv("srcdir");
	char path[1024], *room;
	FILE *file;
	size_t n;

	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/client_hello/%s", source ? source : ".", name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s cannot be read", path);
	buffer_clear(b);
	room = buffer_reserve(b, 65536);
	ck_assert_ptr_nonnull(room);
	n = fread(room, 1, 65536, file);
	fclose(file);
	buffer_commit(b, n);
	return buffer_slice(b);
}
