/* The server_name extension and the one spelling of a host name.  See sni.h. */
#include "peek/sni.h"

#include "base/addr.h"
#include "base/cursor.h"

#define LABEL_MAX 63
#define TYPE_HOST_NAME 0

static bool
is_label(struct slice label)
{
	if (label.len == 0 || label.len > LABEL_MAX || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++) {
		char c = ascii_lower(label.ptr[i]);

		if (!(c >= 'a' && c <= 'z') && !ascii_is_digit(c) && c != '-' && c != '_')
			return false;
	}
	return true;
}

/* Such a name is an IPv4 address to some resolver ("127.1", "0x7f.1"), and never one in the DNS. */
static bool
is_number(struct slice label)
{
	bool hex = slice_starts_with_nocase(label, SLICE("0x"));

	for (size_t i = hex ? 2 : 0; i < label.len; i++)
		if (hex ? ascii_hex_value(label.ptr[i]) < 0 : !ascii_is_digit(label.ptr[i]))
			return false;
	return true;
}

static bool
is_address(struct slice text)
{
	struct addr ignored;

	if (text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
		text = slice_sub(text, 1, text.len - 1);
	return addr_parse(slice_sub(text, 0, slice_find(text, '%')), &ignored);
}

enum sni_status
sni_canonical(struct slice text, char name[SNI_NAME_MAX + 1])
{
	struct slice rest, label, last = SLICE_EMPTY;

	name[0] = '\0';
	if (is_address(text))
		return SNI_ADDRESS;
	if (slice_ends_with(text, SLICE(".")))
		text.len--;
	if (text.len == 0)
		return SNI_EMPTY;
	if (text.len > SNI_NAME_MAX)
		return SNI_INVALID;
	rest = text;
	while (slice_split(&rest, '.', &label)) {
		if (!is_label(label))
			return SNI_INVALID;
		last = label;
	}
	if (is_number(last))
		return SNI_ADDRESS;
	for (size_t i = 0; i < text.len; i++)
		name[i] = ascii_lower(text.ptr[i]);
	name[text.len] = '\0';
	return SNI_NAME;
}

enum sni_status
sni_read(struct slice data, char name[SNI_NAME_MAX + 1])
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
