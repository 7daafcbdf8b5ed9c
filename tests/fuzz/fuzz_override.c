/* What is typed as a code, and the state that a file claims to be: a code that is read is written and read as the same;
 * a state that is read is within its bounds, and is written and read as the same.  The state's digest is put in front
 * here, for no fuzzer would find it. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/form.h"
#include "proxy/override_state.h"

#define NOW 1000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_form(struct slice form)
{
	struct slice value = form_find(form, SLICE("code"));
	struct override_code code, again;
	char decoded[64], text[OVERRIDE_CODE_TEXT_MAX];

	if (value.ptr == NULL || !override_code_parse(form_decode(value, decoded, sizeof decoded), &code))
		return;
	override_code_format(&code, text);
	if (!override_code_parse(slice_of(text), &again) || memcmp(&code, &again, sizeof code) != 0)
		abort();
}

static bool
with_sum(struct slice json, struct buffer *out)
{
	uint8_t digest[32];
	char hex[3];

	EVP_Digest(json.ptr, json.len, digest, NULL, EVP_sha256(), NULL);
	for (size_t i = 0; i < sizeof digest; i++) {
		snprintf(hex, sizeof hex, "%02x", digest[i]);
		buffer_append_cstr(out, hex);
	}
	return buffer_append_cstr(out, "\n") && buffer_append(out, json);
}

static void
check_state(struct slice json)
{
	struct override_state *state = override_state_new(), *again = override_state_new();
	struct buffer text = buffer_make(OVERRIDE_STATE_TEXT_MAX), written = buffer_make(OVERRIDE_STATE_TEXT_MAX),
		      twice = buffer_make(OVERRIDE_STATE_TEXT_MAX);

	if (state && again && with_sum(json, &text) &&
		override_state_read(state, buffer_slice(&text), NOW, NOW) == NULL) {
		if (state->count > OVERRIDES_MAX || state->grant_count > OVERRIDE_GRANTS_MAX)
			abort();
		if (!override_state_write(state, &written) ||
			override_state_read(again, buffer_slice(&written), NOW, NOW) != NULL ||
			!override_state_write(again, &twice) || !slice_eq(buffer_slice(&written), buffer_slice(&twice)))
			abort();
		override_state_sweep(state, NOW, NOW, NULL);
	}
	buffer_release(&text);
	buffer_release(&written);
	buffer_release(&twice);
	free(state);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_make(data, size);

	if (size > 0 && data[0] == '{')
		check_state(input);
	else
		check_form(input);
	return 0;
}
