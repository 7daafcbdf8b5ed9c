/* Paths in normal form.  See path.h. */
#include "policy/path.h"

static bool
is_unreserved(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == '_' || c == '~';
}

/* Copies one character or escape; returns how many bytes of the source it took. */
static size_t
copy_one(struct slice rest, char *dst, size_t *n)
{
	int high = rest.len >= 3 && rest.ptr[0] == '%' ? ascii_hex_value(rest.ptr[1]) : -1;
	int low = high >= 0 ? ascii_hex_value(rest.ptr[2]) : -1;

	if (low < 0) {
		dst[(*n)++] = rest.ptr[0];
		return 1;
	}
	if (is_unreserved(high << 4 | low)) {
		dst[(*n)++] = (char)(high << 4 | low);
		return 3;
	}
	dst[(*n)++] = '%';
	dst[(*n)++] = "0123456789ABCDEF"[high];
	dst[(*n)++] = "0123456789ABCDEF"[low];
	return 3;
}

/* Takes back the last segment of dst where it is empty, "." or ".."; dst[0..n) ends behind it and begins with a slash.
 * Returns the length that is left, up to and with a slash, or n. */
static size_t
fold_segment(const char *dst, size_t n)
{
	size_t start = n;

	while (dst[start - 1] != '/')
		start--;
	if (n - start > 2 || (n - start >= 1 && dst[start] != '.') || (n - start == 2 && dst[start + 1] != '.'))
		return n;
	if (n - start < 2)
		return start;
	if (start == 1)
		return 1;
	for (start--; dst[start - 1] != '/';)
		start--;
	return start;
}

struct slice
policy_path(struct slice path, char *dst)
{
	size_t query = slice_find(path, '?');
	size_t n = 0, at = 0;

	if (path.len == 0 || path.ptr[0] != '/') {
		memcpy(dst, path.ptr, path.len);
		return slice_make(dst, path.len);
	}
	dst[n++] = path.ptr[at++];
	while (at < query) {
		if (path.ptr[at] != '/') {
			at += copy_one(slice_sub(path, at, query), dst, &n);
			continue;
		}
		n = fold_segment(dst, n);
		if (dst[n - 1] != '/')
			dst[n++] = '/';
		at++;
	}
	n = fold_segment(dst, n);
	while (at < path.len)
		at += copy_one(slice_sub(path, at, path.len), dst, &n);
	return slice_make(dst, n);
}
