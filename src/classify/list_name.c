/* Names in canonical form.  See list_name.h. */
#include "classify/list_name.h"

#include <idn2.h>

#include "base/addr.h"
#include "classify/category_key.h"

/* Copies in lower case; false where a byte can be in no host name.  *is_ascii says whether IDNA is needed. */
static bool
copy_lower(struct slice text, char *dst, bool *is_ascii)
{
	*is_ascii = true;
	for (size_t i = 0; i < text.len; i++) {
		char c = ascii_lower(text.ptr[i]);
		bool is_plain = (c >= 'a' && c <= 'z') || ascii_is_digit(c) || c == '-' || c == '_' || c == '.';

		if ((unsigned char)c >= 0x80)
			*is_ascii = false;
		else if (!is_plain)
			return false;
		dst[i] = c;
	}
	dst[text.len] = '\0';
	return true;
}

/* The U-labels in dst become A-labels. */
static bool
encode_labels(char dst[CATEGORY_HOST_MAX + 1], size_t *len)
{
	char *encoded = NULL;
	bool fits = false;

	if (idn2_to_ascii_8z(dst, &encoded, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK) {
		*len = strlen(encoded);
		fits = *len <= CATEGORY_HOST_MAX;
		if (fits)
			memcpy(dst, encoded, *len + 1);
	}
	idn2_free(encoded);
	return fits;
}

/* No empty label and none over 63 bytes (RFC 1035 section 2.3.4). */
static bool
labels_are_sound(struct slice name, unsigned *labels)
{
	struct slice rest = name, label;

	for (*labels = 0; slice_split(&rest, '.', &label); ++*labels)
		if (label.len == 0 || label.len > 63)
			return false;
	return *labels <= CATEGORY_LABELS_MAX;
}

enum list_name_kind
list_name_normalise(struct slice text, char dst[CATEGORY_HOST_MAX + 1], struct slice *out)
{
	bool is_ascii;
	struct addr addr;
	unsigned labels;
	size_t len;

	if (text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
		text = slice_sub(text, 1, text.len - 1);
	if (text.len > 1 && text.ptr[text.len - 1] == '.')
		text.len--;
	if (text.len == 0 || text.len > CATEGORY_HOST_MAX)
		return LIST_NAME_BAD;
	if (category_host_is_address(text)) {
		if (!addr_parse(text, &addr))
			return LIST_NAME_BAD;
		*out = slice_of(addr_format(&addr, dst));
		return LIST_NAME_ADDRESS;
	}
	len = text.len;
	if (!copy_lower(text, dst, &is_ascii) || (!is_ascii && !encode_labels(dst, &len)))
		return LIST_NAME_BAD;
	*out = slice_make(dst, len);
	if (!labels_are_sound(*out, &labels))
		return LIST_NAME_BAD;
	return labels == 1 ? LIST_NAME_SINGLE_LABEL : LIST_NAME_HOST;
}
