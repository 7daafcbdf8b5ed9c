/* Words to an exception.  See trust_exception.h. */
#include "tls/trust_exception.h"

#include "tls/utc_text.h"

#include <string.h>

#define KEY_PREFIX "sha256:"
#define SECONDS_A_DAY 86400

static bool
refuse(const struct trust_exception_words *w, struct problems *problems, const char *remedy, const char *text)
{
	problems_add(problems, false, w->file, w->line, w->column, remedy, "the exception for %s %s", w->host, text);
	return false;
}

static bool
read_key(const char *text, uint8_t key[TRUST_DIGEST])
{
	if (strncmp(text, KEY_PREFIX, sizeof KEY_PREFIX - 1) != 0 ||
		strlen(text) != sizeof KEY_PREFIX - 1 + 2 * TRUST_DIGEST)
		return false;
	text += sizeof KEY_PREFIX - 1;
	for (size_t i = 0; i < TRUST_DIGEST; i++) {
		int high = ascii_hex_value(text[2 * i]), low = ascii_hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool
trust_exception_end(const char *text, int64_t *end)
{
	int64_t begin;

	if (!utc_text_read_day(text, &begin))
		return false;
	*end = begin + SECONDS_A_DAY;
	return true;
}

bool
trust_exception_add(
	struct trust_builder *b, const struct trust_exception_words *w, int64_t now, struct problems *problems)
{
	struct trust_exception e = {0};

	if (!hostname_parse(slice_of(w->host), &e.host) || e.host.kind == HOSTNAME_NONE)
		return refuse(w, problems, "write a name without a wildcard, or an address", "names no host");
	if (w->key == NULL || !read_key(w->key, e.leaf_spki))
		return refuse(w, problems, "write: key sha256:... as the record of the refusal has it in sluice.key",
			"has no key of 64 hexadecimal digits");
	if (w->fault == NULL || !verify_reason_parse(slice_of(w->fault), &e.reason))
		return refuse(w, problems, "write: fault ... as the record of the refusal has it in sluice.verify",
			"names no fault");
	if (!verify_reason_is_exceptable(e.reason))
		return refuse(w, problems, "remove it; this fault is never let through", "cannot lift its fault");
	if (w->until == NULL || !trust_exception_end(w->until, &e.expires))
		return refuse(w, problems, "write: until YYYY-MM-DD", "has no last day");
	if (e.expires <= now) {
		problems_add(problems, true, w->file, w->line, w->column, "remove it",
			"the exception for %s ended on %s", w->host, w->until);
		return true;
	}
	if (e.expires > now + TRUST_EXCEPTION_MAX_S)
		return refuse(w, problems, "choose a day within the next 90 days", "lasts too long");
	if (!trust_add_exception(b, &e, now))
		return refuse(w, problems, "free memory and try again", "cannot be kept");
	problems_add(problems, true, w->file, w->line, w->column, "remove it as soon as the server is repaired",
		"until %s a certificate of %s is accepted although: %s", w->until, w->host,
		verify_reason_text(e.reason));
	return true;
}
