/* The text of metrics.  See exposition.h. */
#include "admin/exposition.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/utf8.h"

void
exposition_begin(struct exposition *e, struct buffer *out)
{
	*e = (struct exposition){.out = out};
}

void
exposition_family(struct exposition *e, const char *name, enum exposition_type type, const char *help)
{
	static const char *const types[] = {[EXPOSITION_COUNTER] = "counter", [EXPOSITION_GAUGE] = "gauge"};

	e->family = name;
	if (!buffer_printf(e->out, "# HELP " EXPOSITION_PREFIX "%s %s\n# TYPE " EXPOSITION_PREFIX "%s %s\n", name, help,
		    name, types[type]))
		e->is_cut = true;
}

static void
write_sample(struct exposition *e, const char *labels, const char *value)
{
	bool done;

	if (labels)
		done = buffer_printf(e->out, EXPOSITION_PREFIX "%s{%s} %s\n", e->family, labels, value);
	else
		done = buffer_printf(e->out, EXPOSITION_PREFIX "%s %s\n", e->family, value);
	if (!done)
		e->is_cut = true;
}

void
exposition_sample(struct exposition *e, const char *labels, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, value);
	write_sample(e, labels, text);
}

void
exposition_sample_ns(struct exposition *e, const char *labels, uint64_t ns)
{
	char text[40];

	snprintf(text, sizeof text, "%" PRIu64 ".%09" PRIu64, ns / 1000000000u, ns % 1000000000u);
	write_sample(e, labels, text);
}

bool
exposition_end(struct exposition *e)
{
	return !e->is_cut;
}

/* One character of a label's value as it is written; its length. */
static size_t
escape(struct slice character, bool is_well_formed, char out[4])
{
	if (!is_well_formed) {
		memcpy(out, "\xef\xbf\xbd", 3);
		return 3;
	}
	if (character.len == 1 && (*character.ptr == '"' || *character.ptr == '\\' || *character.ptr == '\n')) {
		out[0] = '\\';
		out[1] = *character.ptr == '\n' ? 'n' : *character.ptr;
		return 2;
	}
	memcpy(out, character.ptr, character.len);
	return character.len;
}

const char *
exposition_label(char dst[EXPOSITION_LABEL_MAX], const char *name, const char *value)
{
	int begun = snprintf(dst, EXPOSITION_LABEL_MAX, "%s=\"", name);
	size_t at = (size_t)begun, taken;
	struct slice rest = slice_of(value);
	uint32_t code_point;
	bool is_well_formed;
	char one[4];

	while ((taken = utf8_next(rest, &code_point, &is_well_formed)) > 0) {
		size_t len = escape(slice_sub(rest, 0, taken), is_well_formed, one);

		if (at + len + sizeof "\"" > EXPOSITION_LABEL_MAX)
			break;
		memcpy(dst + at, one, len);
		at += len;
		rest = slice_sub(rest, taken, rest.len);
	}
	memcpy(dst + at, "\"", sizeof "\"");
	return dst;
}
