/* The chunked decoder: a state for each place where the input may break off.  See chunked.h. */
#include "http/chunked.h"

#include <assert.h>

#define SIZE_DIGITS_MAX 16

/* After the size's digits: the end of the line or an extension. */
static enum parse
size_byte(struct chunked *c, char byte)
{
	int value = ascii_hex_value(byte);

	if (value >= 0) {
		if (++c->digits > SIZE_DIGITS_MAX)
			return PARSE_BAD;
		c->left = c->left << 4 | (uint64_t)value;
		return PARSE_MORE;
	}
	if (c->digits == 0)
		return PARSE_BAD;
	if (byte == '\r')
		c->state = CHUNKED_SIZE_LF;
	else if (byte == ';')
		c->state = CHUNKED_EXTENSION;
	else
		return PARSE_BAD;
	return PARSE_MORE;
}

static enum parse
extension_byte(struct chunked *c, char byte)
{
	if (++c->extension_bytes > CHUNK_EXTENSIONS_MAX)
		return PARSE_BAD;
	if (byte == '\r')
		c->state = CHUNKED_SIZE_LF;
	else if (((unsigned char)byte < ' ' && byte != '\t') || byte == 0x7f)
		return PARSE_BAD;
	return PARSE_MORE;
}

static enum parse
size_lf_byte(struct chunked *c, char byte)
{
	if (byte != '\n')
		return PARSE_BAD;
	c->digits = 0;
	c->state = c->left ? CHUNKED_DATA : CHUNKED_TRAILERS;
	return c->left ? PARSE_MORE : PARSE_DONE;
}

static enum parse
framing_byte(struct chunked *c, char byte)
{
	switch (c->state) {
	case CHUNKED_SIZE:
		return size_byte(c, byte);
	case CHUNKED_EXTENSION:
		return extension_byte(c, byte);
	case CHUNKED_SIZE_LF:
		return size_lf_byte(c, byte);
	case CHUNKED_DATA_CR:
		c->state = CHUNKED_DATA_LF;
		return byte == '\r' ? PARSE_MORE : PARSE_BAD;
	case CHUNKED_DATA_LF:
		c->state = CHUNKED_SIZE;
		return byte == '\n' ? PARSE_MORE : PARSE_BAD;
	case CHUNKED_DATA:
	case CHUNKED_TRAILERS:
		break;
	}
	return PARSE_DONE;
}

enum parse
chunked_next(struct chunked *c, struct slice in, size_t *used, struct slice *data)
{
	enum parse answer = PARSE_MORE;

	*used = 0;
	*data = SLICE_EMPTY;
	if (c->state == CHUNKED_TRAILERS)
		return PARSE_DONE;
	while (*used < in.len && c->state != CHUNKED_DATA && answer == PARSE_MORE)
		answer = framing_byte(c, in.ptr[(*used)++]);
	if (answer == PARSE_MORE && c->state == CHUNKED_DATA) {
		*data = slice_sub(in, *used, in.len);
		if (data->len > c->left)
			data->len = (size_t)c->left;
	}
	return answer;
}

void
chunked_take(struct chunked *c, size_t n)
{
	assert(c->state == CHUNKED_DATA && n <= c->left);
	c->left -= n;
	if (c->left == 0)
		c->state = CHUNKED_DATA_CR;
}
