/* subjectAltName and nameConstraints: see verify_names.h. */
#include "tls/verify_names.h"

#include "tls/verify_cert.h"
#include "tls/verify_der.h"

#include <openssl/x509v3.h>

enum {
	NAME_DNS = DER_CONTEXT | GEN_DNS,
	NAME_IP = DER_CONTEXT | GEN_IPADD,
	PERMITTED = DER_CONTEXT_CONSTRUCTED | 0,
	EXCLUDED = DER_CONTEXT_CONSTRUCTED | 1,
};

/* A cursor over the GeneralNames of a certificate; it has failed where there is no readable extension. */
static struct cursor
names_of(X509 *cert)
{
	struct slice content, names;
	struct cursor c = {.failed = true};

	if (!verify_cert_extension(cert, NID_subject_alt_name, &content))
		return c;
	c = cursor_over(content);
	if (!der_expect(&c, DER_SEQUENCE, &names) || !cursor_at_end(&c)) {
		c.failed = true;
		return c;
	}
	return cursor_over(names);
}

static bool
dns_is_clean(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] <= ' ' || name.ptr[i] > '~')
			return false;
	return name.len > 0;
}

enum verify_reason
verify_names_cover(X509 *leaf, const struct hostname *host, enum hostname_suffixes suffixes)
{
	enum hostname_match best = HOSTNAME_NO_MATCH, match;
	struct cursor c = names_of(leaf);
	struct slice name, unused;
	uint8_t tag;

	if (!cursor_ok(&c))
		return verify_cert_extension(leaf, NID_subject_alt_name, &unused) ? VERIFY_MALFORMED
										  : VERIFY_NAME_MISMATCH;
	while (cursor_left(&c) > 0) {
		if (!der_read(&c, &tag, &name))
			return VERIFY_MALFORMED;
		match = HOSTNAME_NO_MATCH;
		if (tag == NAME_DNS) {
			if (!dns_is_clean(name))
				return VERIFY_MALFORMED;
			match = hostname_match_dns(host, name, suffixes);
		} else if (tag == NAME_IP) {
			if (name.len != 4 && name.len != 16)
				return VERIFY_MALFORMED;
			match = hostname_match_ip(host, name) ? HOSTNAME_MATCH : HOSTNAME_NO_MATCH;
		}
		if (match == HOSTNAME_MATCH || best == HOSTNAME_NO_MATCH)
			best = match;
	}
	if (best == HOSTNAME_MATCH)
		return VERIFY_OK;
	return best == HOSTNAME_PUBLIC_SUFFIX ? VERIFY_PUBLIC_SUFFIX : VERIFY_NAME_MISMATCH;
}

/* "*.S" stands for names in the subtree "label.S". */
static bool
wildcard_reaches(struct slice pattern, struct slice subtree)
{
	size_t dot = slice_find(subtree, '.');

	return slice_starts_with(pattern, SLICE("*.")) &&
	       slice_eq_nocase(slice_sub(pattern, 1, pattern.len), slice_sub(subtree, dot, subtree.len));
}

static bool
leaf_reaches(X509 *leaf, struct slice excluded)
{
	struct cursor c = names_of(leaf);
	struct slice name;
	uint8_t tag;

	while (cursor_left(&c) > 0 && der_read(&c, &tag, &name))
		if (tag == NAME_DNS && wildcard_reaches(name, excluded))
			return true;
	return false;
}

/* Ones, then zeros. */
static bool
mask_is_contiguous(struct slice mask)
{
	bool ended = false;

	for (size_t i = 0; i < mask.len * 8; i++) {
		bool bit = (uint8_t)mask.ptr[i / 8] >> (7 - i % 8) & 1;

		if (bit && ended)
			return false;
		ended |= !bit;
	}
	return true;
}

static bool
base_is_sound(uint8_t tag, struct slice base)
{
	if (tag == NAME_IP)
		return (base.len == 8 || base.len == 32) && mask_is_contiguous(slice_sub(base, base.len / 2, base.len));
	if (tag != NAME_DNS || base.len == 0)
		return true;
	return base.ptr[0] != '.' && slice_find(base, '*') == base.len && dns_is_clean(base);
}

/* One list of subtrees; at least one, each without minimum and maximum. */
static bool
subtrees_are_sound(struct slice subtrees, bool excluded, X509 *leaf)
{
	struct cursor c = cursor_over(subtrees), inner;
	struct slice subtree, base;
	uint8_t tag;

	if (subtrees.len == 0)
		return false;
	while (cursor_left(&c) > 0) {
		if (!der_expect(&c, DER_SEQUENCE, &subtree))
			return false;
		inner = cursor_over(subtree);
		if (!der_read(&inner, &tag, &base) || !cursor_at_end(&inner) || !base_is_sound(tag, base))
			return false;
		if (excluded && tag == NAME_DNS && leaf_reaches(leaf, base))
			return false;
	}
	return true;
}

enum verify_reason
verify_names_constraints(X509 *ca, X509 *leaf)
{
	struct slice content, lists, list;
	struct cursor c;
	uint8_t tag, last = 0;

	if (!verify_cert_extension(ca, NID_name_constraints, &content))
		return VERIFY_OK;
	c = cursor_over(content);
	if (!der_expect(&c, DER_SEQUENCE, &lists) || !cursor_at_end(&c) || lists.len == 0)
		return VERIFY_NAME_CONSTRAINTS;
	c = cursor_over(lists);
	while (cursor_left(&c) > 0) {
		if (!der_read(&c, &tag, &list) || (tag != PERMITTED && tag != EXCLUDED) || tag <= last ||
			!subtrees_are_sound(list, tag == EXCLUDED, leaf))
			return VERIFY_NAME_CONSTRAINTS;
		last = tag;
	}
	return VERIFY_OK;
}

static size_t
count_elements(struct slice elements)
{
	struct cursor c = cursor_over(elements);
	struct slice content;
	size_t count = 0;
	uint8_t tag;

	while (cursor_left(&c) > 0 && der_read(&c, &tag, &content))
		count++;
	return count;
}

static size_t
count_subtrees(X509 *cert)
{
	struct slice content, lists, list;
	struct cursor c;
	size_t count = 0;
	uint8_t tag;

	if (!verify_cert_extension(cert, NID_name_constraints, &content))
		return 0;
	c = cursor_over(content);
	if (!der_expect(&c, DER_SEQUENCE, &lists))
		return 0;
	c = cursor_over(lists);
	while (cursor_left(&c) > 0 && der_read(&c, &tag, &list))
		count += count_elements(list);
	return count;
}

enum verify_reason
verify_names_count(X509 *cert, size_t *names, size_t *subtrees)
{
	struct cursor c = names_of(cert);
	size_t own_names = cursor_ok(&c) ? count_elements(slice_make(c.at, cursor_left(&c))) : 0;
	size_t own_subtrees = count_subtrees(cert);

	*names += own_names;
	*subtrees += own_subtrees;
	return own_names > VERIFY_NAMES_MAX || own_subtrees > VERIFY_SUBTREES_MAX ? VERIFY_PATHOLOGICAL : VERIFY_OK;
}
