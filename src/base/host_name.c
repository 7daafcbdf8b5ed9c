/* Host names.  See host_name.h. */
#include "base/host_name.h"

static bool
is_name_char(char c)
{
	return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || ascii_is_digit(c) || c == '-' || c == '_';
}

bool
host_label_is_valid(struct slice label)
{
	if (label.len == 0 || label.len > HOST_LABEL_LEN_MAX)
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!is_name_char(label.ptr[i]))
			return false;
	return true;
}

/* "80", "0x7f" and "0x". */
static bool
label_is_number(struct slice label)
{
	bool is_hex = slice_starts_with_nocase(label, SLICE("0x"));

	for (size_t i = is_hex ? 2 : 0; i < label.len; i++)
		if (is_hex ? ascii_hex_value(label.ptr[i]) < 0 : !ascii_is_digit(label.ptr[i]))
			return false;
	return true;
}

static struct slice
without_last_dot(struct slice text)
{
	return slice_ends_with(text, SLICE(".")) ? slice_sub(text, 0, text.len - 1) : text;
}

enum host_name_kind
host_name_check(struct slice text)
{
	struct slice rest = without_last_dot(text), label, last = SLICE_EMPTY;

	if (rest.len == 0)
		return HOST_NAME_EMPTY;
	if (rest.len > HOST_NAME_LEN_MAX)
		return HOST_NAME_INVALID;
	for (; slice_split(&rest, '.', &label); last = label)
		if (!host_label_is_valid(label))
			return HOST_NAME_INVALID;
	return label_is_number(last) ? HOST_NAME_NUMBER : HOST_NAME_VALID;
}

enum host_name_kind
host_name_read(struct slice text, char name[HOST_NAME_LEN_MAX + 1], struct slice *out)
{
	enum host_name_kind kind = host_name_check(text);

	text = kind == HOST_NAME_VALID ? without_last_dot(text) : SLICE_EMPTY;
	for (size_t i = 0; i < text.len; i++)
		name[i] = ascii_lower(text.ptr[i]);
	name[text.len] = '\0';
	*out = slice_make(name, text.len);
	return kind;
}
