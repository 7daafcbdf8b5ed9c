/* Lines of lists in every format: what comes out is canonical and within bounds.  The first byte is the format. */
#include "classify/list_line.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_item(const struct list_item *item, struct slice line)
{
	if (item->class >= LIST_CLASSES || list_class_name(item->class) == NULL)
		abort();
	if (item->class > LIST_URL)
		return;
	if (item->host.len == 0 || item->host.len > CATEGORY_HOST_MAX)
		abort();
	for (size_t i = 0; i < item->host.len; i++)
		if (item->host.ptr[i] <= ' ' || item->host.ptr[i] >= 0x7f ||
			ascii_lower(item->host.ptr[i]) != item->host.ptr[i])
			abort();
	if (item->class == LIST_URL && (item->path.len == 0 || item->path.ptr < line.ptr ||
					       item->path.ptr + item->path.len > line.ptr + line.len))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make(data, size), line;
	enum conf_list_format format;
	struct list_line items;
	struct list_item item;

	if (size == 0)
		return 0;
	format = (enum conf_list_format)((unsigned)(data[0] - '0') % (CONF_LIST_RPZ + 1));
	rest = slice_sub(rest, 1, size);
	if (format == CONF_LIST_AUTO)
		format = list_format_guess(rest);
	while (slice_split(&rest, '\n', &line)) {
		size_t count = 0;

		items = list_line_begin(format, line);
		while (list_line_next(&items, &item)) {
			check_item(&item, line);
			if (count++ > line.len)
				abort(); /* every item takes some of the line */
		}
		if (count == 0)
			abort();
	}
	return 0;
}
