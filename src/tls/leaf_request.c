/* What a leaf copies of an origin.  See leaf_request.h. */
#include "tls/leaf_request.h"

#include "tls/x509_time.h"

#include <openssl/x509v3.h>
#include <stdlib.h>

#define SECONDS_A_DAY 86400

/* The origin's dates; unreadable ones are a fault, and an origin with that fault is shown as over. */
static struct leaf_dates
dates_of(X509 *origin)
{
	struct leaf_dates dates = {
		x509_time_seconds(X509_get0_notBefore(origin)), x509_time_seconds(X509_get0_notAfter(origin))};

	if (dates.not_before == INT64_MIN || dates.not_after == INT64_MIN)
		dates = (struct leaf_dates){0, -1};
	return dates;
}

struct leaf_dates
leaf_request_dates(struct leaf_dates origin, unsigned days, int64_t now)
{
	/* The last second counts, too (RFC 5280 section 4.1.2.5). */
	int64_t life = (int64_t)(days < LEAF_DAYS_MAX ? days : LEAF_DAYS_MAX) * SECONDS_A_DAY - 1;
	struct leaf_dates leaf = origin;

	if (origin.not_after < origin.not_before) /* never valid: over */
		return (struct leaf_dates){now - 2 * SECONDS_A_DAY, now - SECONDS_A_DAY};
	if (origin.not_after < now) { /* expired: its last days */
		if (leaf.not_before < leaf.not_after - life)
			leaf.not_before = leaf.not_after - life;
		return leaf;
	}
	if (leaf.not_before < now - LEAF_BACKDATE_SECONDS)
		leaf.not_before = now - LEAF_BACKDATE_SECONDS;
	if (leaf.not_after > leaf.not_before + life)
		leaf.not_after = leaf.not_before + life;
	return leaf;
}

/* Fills one name from one of the certificate's; false for a kind or a text that a leaf cannot have. */
static bool
take_name(const GENERAL_NAME *from, struct leaf_name *name)
{
	const ASN1_STRING *text;

	if (from->type == GEN_DNS)
		name->kind = LEAF_NAME_DNS;
	else if (from->type == GEN_IPADD)
		name->kind = LEAF_NAME_IP;
	else
		return false;
	text = from->type == GEN_DNS ? from->d.dNSName : from->d.iPAddress;
	name->bytes = slice_make(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
	return leaf_name_is_valid(name);
}

enum leaf_request_result
leaf_request_mirror(X509 *origin, struct slice spki, unsigned days, int64_t now, struct buffer *out)
{
	GENERAL_NAMES *from = X509_get_ext_d2i(origin, NID_subject_alt_name, NULL, NULL);
	struct leaf_dates dates = leaf_request_dates(dates_of(origin), days, now);
	struct mint_request request = {
		.issuer = MINT_TRUSTED, .not_before = dates.not_before, .not_after = dates.not_after, .spki = spki};
	enum leaf_request_result result = LEAF_REQUEST_NO_NAMES;
	struct leaf_name *names = NULL;
	int count = from ? sk_GENERAL_NAME_num(from) : 0;

	if (count <= 0)
		goto out;
	/* The names are in a certificate that was read whole, so their number is bounded by its size. */
	names = calloc((size_t)count, sizeof *names);
	result = LEAF_REQUEST_OUT_OF_MEMORY;
	if (names == NULL)
		goto out;
	for (int i = 0; i < count; i++)
		if (take_name(sk_GENERAL_NAME_value(from, i), &names[request.name_count]))
			request.name_count++;
	request.names = names;
	result = LEAF_REQUEST_NO_NAMES;
	if (request.name_count > 0)
		result = mint_request_encode(&request, out) ? LEAF_REQUEST_OK : LEAF_REQUEST_TOO_MANY;
out:
	free(names);
	GENERAL_NAMES_free(from);
	return result;
}

/* The name that the client sent, or the address that it dialled where it sent none, or no host name. */
static struct leaf_name
name_asked_for(struct slice server_name, const struct addr *destination)
{
	struct leaf_name name = {LEAF_NAME_DNS, server_name};
	bool is_v4 = addr_is_v4(destination);

	/* A wildcard is no server name, though a leaf could have it. */
	if (leaf_name_is_valid(&name) && name.bytes.ptr[0] != '*')
		return name;
	return (struct leaf_name){LEAF_NAME_IP, slice_make(destination->bytes + (is_v4 ? 12 : 0), is_v4 ? 4 : 16)};
}

enum leaf_request_result
leaf_request_untrusted(X509 *origin, struct slice server_name, const struct addr *destination, struct slice spki,
	unsigned days, int64_t now, struct buffer *out)
{
	struct leaf_dates whole = {now - LEAF_BACKDATE_SECONDS, now + SECONDS_A_DAY};
	struct leaf_dates dates = leaf_request_dates(origin ? dates_of(origin) : whole, days, now);
	struct leaf_name name = name_asked_for(server_name, destination);
	struct mint_request request = {.issuer = MINT_UNTRUSTED,
		.not_before = dates.not_before,
		.not_after = dates.not_after,
		.spki = spki,
		.names = &name,
		.name_count = 1};

	return mint_request_encode(&request, out) ? LEAF_REQUEST_OK : LEAF_REQUEST_OUT_OF_MEMORY;
}

enum leaf_request_result
leaf_request_excepted(struct slice server_name, const struct addr *destination, struct slice spki, int64_t until,
	unsigned days, int64_t now, struct buffer *out)
{
	struct leaf_dates dates =
		leaf_request_dates((struct leaf_dates){now - LEAF_BACKDATE_SECONDS, until}, days, now);
	struct leaf_name name = name_asked_for(server_name, destination);
	struct mint_request request = {.issuer = MINT_TRUSTED,
		.not_before = dates.not_before,
		.not_after = dates.not_after,
		.spki = spki,
		.names = &name,
		.name_count = 1};

	return mint_request_encode(&request, out) ? LEAF_REQUEST_OK : LEAF_REQUEST_OUT_OF_MEMORY;
}
