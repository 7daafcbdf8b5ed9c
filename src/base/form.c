/* Parameters of queries and forms.  See form.h. */
#include "base/form.h"

struct slice
form_find(struct slice pairs, struct slice name)
{
	struct slice pair;

	while (slice_split(&pairs, '&', &pair)) {
		size_t equals = slice_find(pair, '=');

		if (equals + 1 < pair.len && slice_eq(slice_sub(pair, 0, equals), name))
			return slice_sub(pair, equals + 1, pair.len);
	}
	return (struct slice){NULL, 0};
}

struct slice
form_decode(struct slice value, char *dst, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < value.len && n < size; i++) {
		char c = value.ptr[i];
		int high = i + 2 < value.len ? ascii_hex_value(value.ptr[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex_value(value.ptr[i + 2]) : -1;

		if (c == '%' && low >= 0) {
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		dst[n++] = c;
	}
	return slice_make(dst, n);
}
