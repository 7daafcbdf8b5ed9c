/* The server_name extension.  See sni.h. */
#include "peek/sni.h"

#include "base/addr.h"
#include "base/cursor.h"

#define TYPE_HOST_NAME 0

static bool
is_address(struct slice text)
{
	struct addr ignored;

	if (text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
		text = slice_sub(text, 1, text.len - 1);
	return addr_parse(slice_sub(text, 0, slice_find(text, '%')), &ignored);
}

enum sni_status
sni_canonical(struct slice text, char name[HOST_NAME_LEN_MAX + 1])
{
	static const enum sni_status statuses[] = {
		[HOST_NAME_VALID] = SNI_NAME,
		[HOST_NAME_EMPTY] = SNI_EMPTY,
		[HOST_NAME_NUMBER] = SNI_ADDRESS,
		[HOST_NAME_INVALID] = SNI_INVALID,
	};
	struct slice ignored;

	name[0] = '\0';
	return is_address(text) ? SNI_ADDRESS : statuses[host_name_read(text, name, &ignored)];
}

enum sni_status
sni_read(struct slice data, char name[HOST_NAME_LEN_MAX + 1])
{
	struct cursor outer = cursor_over(data);
	struct cursor list = cursor_over(cursor_vec16(&outer));
	struct slice entry;
	unsigned type;

	name[0] = '\0';
	if (!cursor_at_end(&outer))
		return SNI_MALFORMED;
	if (cursor_left(&list) == 0)
		return SNI_EMPTY;
	type = cursor_u8(&list);
	entry = cursor_vec16(&list);
	if (!cursor_ok(&list))
		return SNI_MALFORMED;
	if (cursor_left(&list) > 0)
		return SNI_SEVERAL;
	if (type != TYPE_HOST_NAME)
		return SNI_INVALID;
	return sni_canonical(entry, name);
}

const char *
sni_status_name(enum sni_status status)
{
	static const char *const names[] = {
		[SNI_ABSENT] = "absent",
		[SNI_NAME] = "name",
		[SNI_EMPTY] = "empty",
		[SNI_SEVERAL] = "several",
		[SNI_DUPLICATE] = "duplicate",
		[SNI_ADDRESS] = "address",
		[SNI_INVALID] = "invalid",
		[SNI_MALFORMED] = "malformed",
	};

	return names[status];
}
