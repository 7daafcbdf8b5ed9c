/* The types of settings.  See type.h. */
#include "conf/type.h"

#include "conf/snapshot.h"
#include "conf/value.h"

#include <inttypes.h>
#include <stdio.h>

static bool
refuse(const struct conf_setting *setting, const struct conf_field *field, const struct conf_word *word,
	struct problems *problems)
{
	char expected[256], remedy[320];

	snprintf(remedy, sizeof remedy, "write %s", conf_setting_expected(setting, expected, sizeof expected));
	conf_error(problems, field->statement, word, remedy, "\"%.*s\" is no value of %s", SLICE_ARG(word->text),
		setting->key);
	return false;
}

static bool
out_of_memory(const struct conf_field *field, struct problems *problems)
{
	conf_error(problems, field->statement, field->key, NULL, "out of memory");
	return false;
}

static bool
store_text(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	struct slice copy = arena_copy(arena, field->values[0].text);

	if (copy.ptr == NULL)
		return out_of_memory(field, problems);
	if (copy.len == 0)
		return refuse(setting, field, &field->values[0], problems);
	*(const char **)target = copy.ptr;
	return true;
}

static bool
is_absolute(struct slice path)
{
	return slice_starts_with(path, SLICE("/")) && path.len < 4096;
}

static bool
store_path(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	if (!is_absolute(field->values[0].text))
		return refuse(setting, field, &field->values[0], problems);
	return store_text(setting, field, target, arena, problems);
}

/* Reads a number with its bounds. */
static bool
read_number(const struct conf_setting *setting, const struct conf_field *field, struct problems *problems,
	bool (*read)(struct slice, uint64_t *), uint64_t *value)
{
	if (!read(field->values[0].text, value) || *value < setting->least || (setting->most && *value > setting->most))
		return refuse(setting, field, &field->values[0], problems);
	return true;
}

static bool
store_count(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	uint64_t value;

	if (!read_number(setting, field, problems, conf_value_count, &value))
		return false;
	*(unsigned *)target = (unsigned)value;
	return true;
}

static bool
store_count_u16(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	uint64_t value;

	if (!read_number(setting, field, problems, conf_value_count, &value))
		return false;
	*(uint16_t *)target = (uint16_t)value;
	return true;
}

static bool
store_size(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	return read_number(setting, field, problems, conf_value_size, target);
}

static bool
store_duration(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	return read_number(setting, field, problems, conf_value_duration, target);
}

static bool
store_bool(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	return conf_value_bool(field->values[0].text, target) || refuse(setting, field, &field->values[0], problems);
}

static bool
store_enum(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	for (unsigned i = 0; setting->names[i]; i++) {
		if (slice_eq(field->values[0].text, slice_of(setting->names[i]))) {
			*(unsigned *)target = i;
			return true;
		}
	}
	return refuse(setting, field, &field->values[0], problems);
}

static bool
store_address(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	return addr_parse(field->values[0].text, target) || refuse(setting, field, &field->values[0], problems);
}

static bool
store_text_list(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	struct conf_texts *list = target;
	const char **items = arena_alloc(arena, field->count * sizeof *items);

	if (items == NULL)
		return out_of_memory(field, problems);
	for (unsigned i = 0; i < field->count; i++) {
		struct slice text = field->values[i].text;

		if (text.len == 0 || (setting->type != CONF_TEXTS && !is_absolute(text)))
			return refuse(setting, field, &field->values[i], problems);
		items[i] = arena_copy(arena, text).ptr;
		if (items[i] == NULL)
			return out_of_memory(field, problems);
	}
	*list = (struct conf_texts){items, field->count};
	return true;
}

/* "system" and paths, in any order; without "system" the paths alone are trusted. */
static bool
store_trust(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	struct conf *conf = (struct conf *)((char *)target - offsetof(struct conf, tls.trust_system));
	const char **items = arena_alloc(arena, field->count * sizeof *items);
	size_t count = 0;

	if (items == NULL)
		return out_of_memory(field, problems);
	conf->tls.trust_system = false;
	for (unsigned i = 0; i < field->count; i++) {
		struct slice text = field->values[i].text;

		if (slice_eq(text, SLICE("system"))) {
			conf->tls.trust_system = true;
			continue;
		}
		if (!is_absolute(text))
			return refuse(setting, field, &field->values[i], problems);
		items[count] = arena_copy(arena, text).ptr;
		if (items[count++] == NULL)
			return out_of_memory(field, problems);
	}
	conf->tls.trust = (struct conf_texts){items, count};
	return true;
}

static bool
store_ports(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	struct conf_ports *list = target;
	uint16_t *items = arena_alloc(arena, field->count * sizeof *items);

	if (items == NULL)
		return out_of_memory(field, problems);
	for (unsigned i = 0; i < field->count; i++) {
		uint64_t port;

		if (!slice_to_u64(field->values[i].text, &port) || port == 0 || port > 65535)
			return refuse(setting, field, &field->values[i], problems);
		items[i] = (uint16_t)port;
	}
	*list = (struct conf_ports){items, field->count};
	return true;
}

static bool
store_endpoints(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	struct conf_endpoints *list = target;
	struct endpoint *items = arena_alloc(arena, field->count * sizeof *items);

	if (items == NULL)
		return out_of_memory(field, problems);
	if (field->count == 1 && slice_eq(field->values[0].text, SLICE("off"))) {
		*list = (struct conf_endpoints){NULL, 0};
		return true;
	}
	for (unsigned i = 0; i < field->count; i++)
		if (!endpoint_parse(field->values[i].text, &items[i]))
			return refuse(setting, field, &field->values[i], problems);
	*list = (struct conf_endpoints){items, field->count};
	return true;
}

static bool
store_prefixes(const struct conf_setting *setting, const struct conf_field *field, void *target, struct arena *arena,
	struct problems *problems)
{
	struct conf_prefixes *list = target;
	struct prefix *items = arena_alloc(arena, field->count * sizeof *items);

	if (items == NULL)
		return out_of_memory(field, problems);
	for (unsigned i = 0; i < field->count; i++)
		if (!prefix_parse(field->values[i].text, &items[i]))
			return refuse(setting, field, &field->values[i], problems);
	*list = (struct conf_prefixes){items, field->count};
	return true;
}

static bool
texts_equal(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return *x == *y || (*x && *y && strcmp(*x, *y) == 0);
}

static bool
text_lists_equal(const void *a, const void *b)
{
	const struct conf_texts *x = a, *y = b;

	if (x->count != y->count)
		return false;
	for (size_t i = 0; i < x->count; i++)
		if (strcmp(x->items[i], y->items[i]) != 0)
			return false;
	return true;
}

static bool
trusts_equal(const void *a, const void *b)
{
	const struct conf *x = (const struct conf *)((const char *)a - offsetof(struct conf, tls.trust_system));
	const struct conf *y = (const struct conf *)((const char *)b - offsetof(struct conf, tls.trust_system));

	return x->tls.trust_system == y->tls.trust_system && text_lists_equal(&x->tls.trust, &y->tls.trust);
}

/* Arrays of plain values, and single plain values, compare as bytes. */
#define DEFINE_VALUE_EQUAL(name, type)                  \
	static bool name(const void *a, const void *b)  \
	{                                               \
		return memcmp(a, b, sizeof(type)) == 0; \
	}
DEFINE_VALUE_EQUAL(counts_equal, unsigned)
DEFINE_VALUE_EQUAL(counts_u16_equal, uint16_t)
DEFINE_VALUE_EQUAL(numbers_equal, uint64_t)
DEFINE_VALUE_EQUAL(bools_equal, bool)
DEFINE_VALUE_EQUAL(addresses_equal, struct addr)

static bool
port_lists_equal(const void *a, const void *b)
{
	const struct conf_ports *x = a, *y = b;

	return x->count == y->count && (x->count == 0 || memcmp(x->items, y->items, x->count * sizeof *x->items) == 0);
}

static bool
endpoint_lists_equal(const void *a, const void *b)
{
	const struct conf_endpoints *x = a, *y = b;

	if (x->count != y->count)
		return false;
	for (size_t i = 0; i < x->count; i++)
		if (!endpoint_eq(&x->items[i], &y->items[i]))
			return false;
	return true;
}

static bool
prefix_lists_equal(const void *a, const void *b)
{
	const struct conf_prefixes *x = a, *y = b;

	return x->count == y->count && (x->count == 0 || memcmp(x->items, y->items, x->count * sizeof *x->items) == 0);
}

const struct conf_type_row conf_types[CONF_TYPES] = {
	[CONF_PATH] = {"path", false, store_path, texts_equal},
	[CONF_TEXT] = {"text", false, store_text, texts_equal},
	[CONF_COUNT] = {"number", false, store_count, counts_equal},
	[CONF_COUNT_U16] = {"number", false, store_count_u16, counts_u16_equal},
	[CONF_SIZE] = {"size", false, store_size, numbers_equal},
	[CONF_DURATION] = {"duration", false, store_duration, numbers_equal},
	[CONF_BOOL] = {"yes or no", false, store_bool, bools_equal},
	[CONF_ENUM] = {"word", false, store_enum, counts_equal},
	[CONF_ADDRESS] = {"address", false, store_address, addresses_equal},
	[CONF_TEXTS] = {"words", true, store_text_list, text_lists_equal},
	[CONF_PATHS] = {"paths", true, store_text_list, text_lists_equal},
	[CONF_TRUST] = {"system and paths", true, store_trust, trusts_equal},
	[CONF_PORTS] = {"ports", true, store_ports, port_lists_equal},
	[CONF_ENDPOINTS] = {"addresses with ports", true, store_endpoints, endpoint_lists_equal},
	[CONF_PREFIXES] = {"networks", true, store_prefixes, prefix_lists_equal},
};

static const char *
expect_range(const struct conf_setting *setting, const char *what, const char *(*format)(uint64_t, char *, size_t),
	char *dst, size_t dst_size)
{
	char least[32], most[32];

	format(setting->least, least, sizeof least);
	format(setting->most, most, sizeof most);
	snprintf(dst, dst_size, "%s from %s to %s", what, least, most);
	return dst;
}

static const char *
format_count(uint64_t value, char *dst, size_t dst_size)
{
	snprintf(dst, dst_size, "%" PRIu64, value);
	return dst;
}

static const char *
expect_names(const struct conf_setting *setting, char *dst, size_t dst_size)
{
	size_t n = 0;

	dst[0] = '\0';
	for (unsigned i = 0; setting->names[i] && n < dst_size; i++)
		n += (size_t)snprintf(dst + n, dst_size - n, "%s%s", i ? " | " : "", setting->names[i]);
	return dst;
}

const char *
conf_setting_expected(const struct conf_setting *setting, char *dst, size_t dst_size)
{
	static const char *const plain[CONF_TYPES] = {
		[CONF_PATH] = "an absolute path",
		[CONF_TEXT] = "a text, in quotes where it has blanks",
		[CONF_BOOL] = "yes or no",
		[CONF_ADDRESS] = "an IP address",
		[CONF_TEXTS] = "words",
		[CONF_PATHS] = "absolute paths",
		[CONF_TRUST] = "system, absolute paths of PEM files or folders, or both",
		[CONF_PORTS] = "ports from 1 to 65535",
		[CONF_ENDPOINTS] = "address:port, [address]:port, or off",
		[CONF_PREFIXES] = "networks such as 10.0.0.0/8 or fd00::/8",
	};

	switch (setting->type) {
	case CONF_COUNT:
	case CONF_COUNT_U16:
		return expect_range(setting, "a number", format_count, dst, dst_size);
	case CONF_SIZE:
		return expect_range(setting, "a size (512, 64k, 1m)", conf_value_format_size, dst, dst_size);
	case CONF_DURATION:
		return expect_range(setting, "a duration (150ms, 10s, 5m)", conf_value_format_duration, dst, dst_size);
	case CONF_ENUM:
		return expect_names(setting, dst, dst_size);
	default:
		return plain[setting->type];
	}
}
