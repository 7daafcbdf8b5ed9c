/* The tokenizer.  See token.h. */
#include "conf/token.h"

struct conf_tokens
conf_token_start(struct slice source)
{
	struct conf_tokens tokens = {source.ptr, source.ptr + source.len, source.ptr, 1, false};

	if (slice_starts_with(source, SLICE("\xef\xbb\xbf"))) {
		tokens.at += 3;
		tokens.line_start += 3;
	}
	return tokens;
}

static struct conf_token
token_at(const struct conf_tokens *tokens, enum conf_token_kind kind, const char *start, size_t len)
{
	return (struct conf_token){
		.kind = kind,
		.text = slice_make(start, len),
		.line = tokens->line,
		.column = (unsigned)(start - tokens->line_start) + 1,
	};
}

static struct conf_token
token_bad(struct conf_tokens *tokens, const char *where, const char *error, const char *remedy)
{
	struct conf_token token = token_at(tokens, CONF_TOKEN_BAD, where, 0);

	tokens->failed = true;
	tokens->at = where;
	token.error = error;
	token.remedy = remedy;
	return token;
}

/* NUL and other control bytes have no meaning here and are invisible in an editor. */
static bool
is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void
next_line(struct conf_tokens *tokens, const char *after_newline)
{
	tokens->at = tokens->line_start = after_newline;
	tokens->line++;
}

/* Skips blanks, comments and joined lines. */
static void
skip_blank(struct conf_tokens *tokens)
{
	while (tokens->at < tokens->end) {
		const char *at = tokens->at;
		size_t left = (size_t)(tokens->end - at);

		if (is_blank(*at)) {
			tokens->at++;
		} else if (*at == '#') {
			const char *newline = memchr(at, '\n', left);

			tokens->at = newline ? newline : tokens->end;
		} else if (left >= 2 && at[0] == '\\' && at[1] == '\n') {
			next_line(tokens, at + 2);
		} else if (left >= 3 && at[0] == '\\' && at[1] == '\r' && at[2] == '\n') {
			next_line(tokens, at + 3);
		} else {
			return;
		}
	}
}

static struct conf_token
read_string(struct conf_tokens *tokens)
{
	const char *quote = tokens->at;
	const char *at = quote + 1;

	for (; at < tokens->end && *at != '"'; at++) {
		if (*at == '\n' || *at == '\r')
			break;
		if (is_control(*at))
			return token_bad(
				tokens, at, "a control character in a string", "write \\n or \\t, or remove it");
		if ((size_t)(at - quote) > CONF_TOKEN_MAX)
			return token_bad(
				tokens, quote, "a string of more than 8192 bytes", "is a closing quote missing?");
		if (*at != '\\')
			continue;
		at++;
		if (at == tokens->end || (*at != '"' && *at != '\\' && *at != 'n' && *at != 't'))
			return token_bad(tokens, at - 1, "an unknown escape in a string",
				"only \\\", \\\\, \\n and \\t are known; write \\\\ for a backslash");
	}
	if (at == tokens->end || *at != '"')
		return token_bad(tokens, quote, "the string does not end on its line", "add the closing quote");
	tokens->at = at + 1;
	struct conf_token token = token_at(tokens, CONF_TOKEN_STRING, quote, 0);
	token.text = slice_make(quote + 1, (size_t)(at - quote) - 1);
	return token;
}

static struct conf_token
read_word(struct conf_tokens *tokens)
{
	const char *start = tokens->at;
	const char *at = start;
	bool is_pattern = *start == '~';

	for (; at < tokens->end && !is_blank(*at) && *at != '\n'; at++) {
		if (!is_pattern && (*at == '{' || *at == '}'))
			break;
		if (is_control(*at))
			return token_bad(tokens, at, "a control character", "remove it");
		if (*at == '"' && !is_pattern)
			return token_bad(tokens, at, "a quote in the middle of a word",
				"begin the word with the quote, or add a blank");
		if (at - start >= CONF_TOKEN_MAX)
			return token_bad(tokens, start, "a word of more than 8192 bytes", NULL);
	}
	tokens->at = at;
	return token_at(tokens, CONF_TOKEN_WORD, start, (size_t)(at - start));
}

struct conf_token
conf_token_next(struct conf_tokens *tokens)
{
	struct conf_token token;
	const char *at;

	if (tokens->failed)
		return token_bad(tokens, tokens->at, "the text before this could not be read", NULL);
	skip_blank(tokens);
	at = tokens->at;
	if (at == tokens->end)
		return token_at(tokens, CONF_TOKEN_END, at, 0);
	switch (*at) {
	case '\n':
		token = token_at(tokens, CONF_TOKEN_NEWLINE, at, 1);
		next_line(tokens, at + 1);
		return token;
	case '{':
	case '}':
		tokens->at++;
		return token_at(tokens, *at == '{' ? CONF_TOKEN_OPEN : CONF_TOKEN_CLOSE, at, 1);
	case '"':
		return read_string(tokens);
	default:
		return is_control(*at) ? token_bad(tokens, at, "a control character", "remove it") : read_word(tokens);
	}
}

size_t
conf_token_unescape(struct slice text, char *dst)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '\\' && i + 1 < text.len) {
			c = text.ptr[++i];
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		dst[n++] = c;
	}
	return n;
}
