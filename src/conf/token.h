/* The tokenizer of the configuration language: words, "quoted strings", { } and ends of lines, each with its line
 * and column.  It knows no keyword and no indentation rule.  Pure: bytes in, views out; it allocates nothing.
 *
 *   word      runs to the next blank or brace; one that begins with ~ (a pattern) to the next blank, braces included
 *   string    "..." on one line, with the escapes \" \\ \n and \t
 *   #         at the start of a word begins a comment, to the end of the line
 *   \         at the end of a line joins the next one to it
 */
#ifndef SLUICE_CONF_TOKEN_H
#define SLUICE_CONF_TOKEN_H

#include "base/slice.h"

#define CONF_TOKEN_MAX 8192 /* bytes of one word or string */

enum conf_token_kind {
	CONF_TOKEN_WORD,
	CONF_TOKEN_STRING,
	CONF_TOKEN_OPEN,
	CONF_TOKEN_CLOSE,
	CONF_TOKEN_NEWLINE,
	CONF_TOKEN_END,
	CONF_TOKEN_BAD, /* `error` and `remedy` say why; nothing follows */
};

struct conf_token {
	enum conf_token_kind kind;
	struct slice text; /* borrows the source; of a string what stands between the quotes, escapes unresolved */
	unsigned line;     /* from 1 */
	unsigned column;   /* from 1, in bytes */
	const char *error;
	const char *remedy;
};

struct conf_tokens {
	const char *at;
	const char *end;
	const char *line_start;
	unsigned line;
	bool failed;
};

/* Starts at the first byte; a UTF-8 byte order mark is skipped. */
struct conf_tokens conf_token_start(struct slice source);
/* The next token.  After CONF_TOKEN_END or CONF_TOKEN_BAD the same kind comes again and again. */
struct conf_token conf_token_next(struct conf_tokens *tokens);
/* Resolves the escapes of a string token into dst, which holds at least text.len bytes; returns the length. */
size_t conf_token_unescape(struct slice text, char *dst);

#endif
