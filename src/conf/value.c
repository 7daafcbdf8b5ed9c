/* Values of settings.  See value.h. */
#include "conf/value.h"

#include <inttypes.h>
#include <stdio.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit durations[] = {
	{"w", UINT64_C(604800000000000)},
	{"d", UINT64_C(86400000000000)},
	{"h", UINT64_C(3600000000000)},
	{"m", UINT64_C(60000000000)},
	{"s", UINT64_C(1000000000)},
	{"ms", UINT64_C(1000000)},
};

static const struct unit sizes[] = {
	{"g", UINT64_C(1) << 30},
	{"m", UINT64_C(1) << 20},
	{"k", UINT64_C(1) << 10},
	{"gib", UINT64_C(1) << 30},
	{"mib", UINT64_C(1) << 20},
	{"kib", UINT64_C(1) << 10},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool
read_with_unit(struct slice text, const struct unit *units, size_t count, uint64_t *value)
{
	size_t digits = 0;
	uint64_t number;

	while (digits < text.len && ascii_is_digit(text.ptr[digits]))
		digits++;
	if (!slice_to_u64(slice_sub(text, 0, digits), &number))
		return false;
	for (size_t i = 0; i < count; i++)
		if (slice_eq_nocase(slice_sub(text, digits, text.len), slice_of(units[i].name)))
			return !__builtin_mul_overflow(number, units[i].factor, value);
	return false;
}

/* The largest unit that divides the value. */
static const char *
format_with_unit(uint64_t value, const struct unit *units, size_t count, char *dst, size_t dst_size)
{
	for (size_t i = 0; i < count; i++) {
		if (value && value % units[i].factor == 0) {
			snprintf(dst, dst_size, "%" PRIu64 "%s", value / units[i].factor, units[i].name);
			return dst;
		}
	}
	snprintf(dst, dst_size, "%" PRIu64, value);
	return dst;
}

bool
conf_value_count(struct slice text, uint64_t *value)
{
	uint64_t number = 0;

	if (!slice_starts_with(text, SLICE("0x")))
		return slice_to_u64(text, value);
	if (text.len < 3 || text.len > 18)
		return false;
	for (size_t i = 2; i < text.len; i++) {
		int digit = ascii_hex_value(text.ptr[i]);

		if (digit < 0)
			return false;
		number = number << 4 | (unsigned)digit;
	}
	*value = number;
	return true;
}

bool
conf_value_duration(struct slice text, uint64_t *nanoseconds)
{
	if (slice_eq(text, SLICE("0"))) {
		*nanoseconds = 0;
		return true;
	}
	return read_with_unit(text, durations, COUNT_OF(durations), nanoseconds);
}

bool
conf_value_size(struct slice text, uint64_t *bytes)
{
	return slice_to_u64(text, bytes) || read_with_unit(text, sizes, COUNT_OF(sizes), bytes);
}

bool
conf_value_bool(struct slice text, bool *value)
{
	*value = slice_eq(text, SLICE("yes")) || slice_eq(text, SLICE("on"));
	return *value || slice_eq(text, SLICE("no")) || slice_eq(text, SLICE("off"));
}

const char *
conf_value_format_duration(uint64_t nanoseconds, char *dst, size_t dst_size)
{
	return format_with_unit(nanoseconds, durations, COUNT_OF(durations), dst, dst_size);
}

const char *
conf_value_format_size(uint64_t bytes, char *dst, size_t dst_size)
{
	return format_with_unit(bytes, sizes, 3, dst, dst_size);
}
