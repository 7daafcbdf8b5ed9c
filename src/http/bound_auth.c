/* Connection-bound authentication.  See bound_auth.h. */
#include "http/bound_auth.h"

/* Schemes that authenticate each request by itself: IANA's HTTP Authentication Scheme Registry, and Amazon's. */
static const char *const request_schemes[] = {
	"Basic",
	"Bearer",
	"Digest",
	"DPoP",
	"HOBA",
	"Mutual",
	"OAuth",
	"PrivateToken",
	"SCRAM-SHA-1",
	"SCRAM-SHA-256",
	"vapid",
	"AWS4-HMAC-SHA256",
};

static bool
credentials_bind(struct slice value)
{
	struct slice scheme = slice_sub(value, 0, slice_find(value, ' '));

	for (size_t i = 0; i < sizeof request_schemes / sizeof request_schemes[0]; i++)
		if (slice_eq_nocase(scheme, slice_of(request_schemes[i])))
			return false;
	return true;
}

/* Challenges are several in one field, with parameters between them; the words stand out wherever they are. */
static bool
challenges_bind(struct slice value)
{
	for (size_t i = 0; i < value.len; i++) {
		struct slice rest = slice_sub(value, i, value.len);

		if (slice_starts_with_nocase(rest, SLICE("ntlm")) ||
			slice_starts_with_nocase(rest, SLICE("negotiate")) ||
			slice_starts_with_nocase(rest, SLICE("kerberos")))
			return true;
	}
	return false;
}

bool
http_binds_connection(const struct http_message *m)
{
	for (size_t i = 0; i < m->field_count; i++) {
		const struct http_field *f = &m->fields[i];

		switch (f->id) {
		case HTTP_FIELD_AUTHORIZATION:
		case HTTP_FIELD_PROXY_AUTHORIZATION:
			if (credentials_bind(f->value))
				return true;
			break;
		case HTTP_FIELD_WWW_AUTHENTICATE:
		case HTTP_FIELD_PROXY_AUTHENTICATE:
			if (challenges_bind(f->value))
				return true;
			break;
		default:
			break;
		}
	}
	return false;
}
