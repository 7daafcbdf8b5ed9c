/* A slice borrows bytes that somebody else owns: a pointer and a length, never NUL-terminated.
 * It is the only way in which text from the wire is handed about.  Nothing here allocates. */
#ifndef SLUICE_BASE_SLICE_H
#define SLUICE_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *ptr;
	size_t len;
};

/* The slice of a string literal, at compile time. */
#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})
#define SLICE_EMPTY ((struct slice){"", 0})
/* For printf("%.*s"): the two arguments. */
#define SLICE_ARG(s) (int)(s).len, (s).ptr

static inline struct slice
slice_make(const void *ptr, size_t len)
{
	return (struct slice){(const char *)ptr, len};
}

/* Borrows a C string; NULL gives the empty slice. */
static inline struct slice
slice_of(const char *text)
{
	return text ? (struct slice){text, strlen(text)} : SLICE_EMPTY;
}

static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* The bytes [from, to) of s; both are clamped to its length. */
static inline struct slice
slice_sub(struct slice s, size_t from, size_t to)
{
	if (to > s.len)
		to = s.len;
	if (from > to)
		from = to;
	return (struct slice){s.ptr + from, to - from};
}

/* ASCII lower case of one byte; every other byte is itself.  Never locale-dependent. */
static inline char
ascii_lower(char c)
{
	return (c >= 'A' && c <= 'Z') ? (char)(c | 0x20) : c;
}

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* -1 where c is no hexadecimal digit. */
int ascii_hex_value(char c);

/* Equal but for ASCII case. */
bool slice_eq_nocase(struct slice a, struct slice b);
/* memcmp order, the shorter first where one is the other's prefix. */
int slice_compare(struct slice a, struct slice b);
bool slice_starts_with(struct slice s, struct slice prefix);
bool slice_ends_with(struct slice s, struct slice suffix);
bool slice_starts_with_nocase(struct slice s, struct slice prefix);
/* The offset of the first byte c, or s.len where there is none. */
size_t slice_find(struct slice s, char c);
/* The offset of the first occurrence of needle, or s.len where there is none. */
size_t slice_find_slice(struct slice s, struct slice needle);
/* Without SP and HTAB at both ends (OWS of RFC 9110 section 5.6.3). */
struct slice slice_trim(struct slice s);
/* Cuts the next item off *rest at the separator c, and leaves what follows it in *rest.
 * False once *rest is used up (rest->ptr is then NULL). "a,,b" yields "a", "", "b". */
bool slice_split(struct slice *rest, char c, struct slice *item);
/* Reads a whole slice of decimal digits, nothing else: no sign, no space, no overflow. */
bool slice_to_u64(struct slice s, uint64_t *value);
/* A NUL-terminated copy on the heap; the caller frees it. NULL when memory is out. */
char *slice_dup(struct slice s);
/* Copies into dst as a C string; false (and an empty string) where it does not fit. */
bool slice_to_cstr(struct slice s, char *dst, size_t dst_size);

#endif
