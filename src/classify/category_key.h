/* How names and paths become keys of a category table; shared by its builder and its reader. */
#ifndef SLUICE_CLASSIFY_CATEGORY_KEY_H
#define SLUICE_CLASSIFY_CATEGORY_KEY_H

#include "base/slice.h"
#include "classify/category_table.h"

/* Whether the host, in lower case, is an address: it has a colon, which in the text of an address is among the last
 * five bytes, or its last label is a number (RFC 3986 section 3.2.2 and the URL standard agree that no name ends so).
 * Most names end in a letter that no address ends in. */
static inline bool
category_host_is_address(struct slice host)
{
	size_t i = host.len;
	char last = i ? host.ptr[i - 1] : 0;

	if (last > 'f' && last <= 'z')
		return false;
	while (i && ascii_is_digit(host.ptr[i - 1]))
		i--;
	if (i < host.len && (i == 0 || host.ptr[i - 1] == '.'))
		return true;
	for (i = 0; i < 5 && i < host.len; i++)
		if (host.ptr[host.len - 1 - i] == ':')
			return true;
	return false;
}

/* A host as URL entries know it: without a leading "www.". */
static inline struct slice
category_url_host(struct slice host)
{
	return slice_starts_with(host, SLICE("www.")) ? slice_sub(host, 4, host.len) : host;
}

/* Where a listed path may end within a longer one: before the next segment, the query or the next parameter. */
static inline bool
category_path_ends_before(char c)
{
	return c == '/' || c == '?' || c == '&';
}

#endif
