/* Encodings, their labels (WHATWG "Encoding" section 4.2), and where a text declares one.  See charset.h. */
#include "classify/charset_label.h"

const struct charset charset_rows[] = {
	{"UTF-8", "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8", CHARSET_UTF8, 0, NULL},
	{"windows-1252",
		"ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
		"iso_8859-1 "
		"iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252 x-user-defined",
		CHARSET_SINGLE, CHARSET_CP1252, NULL},
	{"UTF-16LE", "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le", CHARSET_UTF16LE, 0, NULL},
	{"UTF-16BE", "unicodefffe utf-16be", CHARSET_UTF16BE, 0, NULL},
	{"IBM866", "866 cp866 csibm866 ibm866", CHARSET_SINGLE, CHARSET_CP866, NULL},
	{"ISO-8859-2", "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
		CHARSET_SINGLE, CHARSET_ISO8859_2, NULL},
	{"ISO-8859-3", "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
		CHARSET_SINGLE, CHARSET_ISO8859_3, NULL},
	{"ISO-8859-4", "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
		CHARSET_SINGLE, CHARSET_ISO8859_4, NULL},
	{"ISO-8859-5",
		"csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
		CHARSET_SINGLE, CHARSET_ISO8859_5, NULL},
	{"ISO-8859-6",
		"arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
		"iso-8859-6-i "
		"iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
		CHARSET_SINGLE, CHARSET_ISO8859_6, NULL},
	{"ISO-8859-7",
		"csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
		"iso_8859-7:1987 sun_eu_greek",
		CHARSET_SINGLE, CHARSET_ISO8859_7, NULL},
	{"ISO-8859-8",
		"csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 "
		"iso_8859-8:1988 visual",
		CHARSET_SINGLE, CHARSET_ISO8859_8, NULL},
	{"ISO-8859-8-I", "csiso88598i iso-8859-8-i logical", CHARSET_SINGLE, CHARSET_ISO8859_8, NULL},
	{"ISO-8859-10", "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6", CHARSET_SINGLE,
		CHARSET_ISO8859_10, NULL},
	{"ISO-8859-13", "iso-8859-13 iso8859-13 iso885913", CHARSET_SINGLE, CHARSET_ISO8859_13, NULL},
	{"ISO-8859-14", "iso-8859-14 iso8859-14 iso885914", CHARSET_SINGLE, CHARSET_ISO8859_14, NULL},
	{"ISO-8859-15", "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9", CHARSET_SINGLE,
		CHARSET_ISO8859_15, NULL},
	{"ISO-8859-16", "iso-8859-16", CHARSET_SINGLE, CHARSET_ISO8859_16, NULL},
	{"KOI8-R", "cskoi8r koi koi8 koi8-r koi8_r", CHARSET_SINGLE, CHARSET_KOI8_R, NULL},
	{"KOI8-U", "koi8-ru koi8-u", CHARSET_SINGLE, CHARSET_KOI8_U, NULL},
	{"macintosh", "csmacintosh mac macintosh x-mac-roman", CHARSET_SINGLE, CHARSET_MAC_ROMAN, NULL},
	{"windows-874", "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874", CHARSET_SINGLE, CHARSET_CP874,
		NULL},
	{"windows-1250", "cp1250 windows-1250 x-cp1250", CHARSET_SINGLE, CHARSET_CP1250, NULL},
	{"windows-1251", "cp1251 windows-1251 x-cp1251", CHARSET_SINGLE, CHARSET_CP1251, NULL},
	{"windows-1253", "cp1253 windows-1253 x-cp1253", CHARSET_SINGLE, CHARSET_CP1253, NULL},
	{"windows-1254",
		"cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
		"windows-1254 x-cp1254",
		CHARSET_SINGLE, CHARSET_CP1254, NULL},
	{"windows-1255", "cp1255 windows-1255 x-cp1255", CHARSET_SINGLE, CHARSET_CP1255, NULL},
	{"windows-1256", "cp1256 windows-1256 x-cp1256", CHARSET_SINGLE, CHARSET_CP1256, NULL},
	{"windows-1257", "cp1257 windows-1257 x-cp1257", CHARSET_SINGLE, CHARSET_CP1257, NULL},
	{"windows-1258", "cp1258 windows-1258 x-cp1258", CHARSET_SINGLE, CHARSET_CP1258, NULL},
	{"x-mac-cyrillic", "x-mac-cyrillic x-mac-ukrainian", CHARSET_SINGLE, CHARSET_MAC_CYRILLIC, NULL},
	{"GBK", "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk", CHARSET_ICONV, 0,
		"GB18030"},
	{"gb18030", "gb18030", CHARSET_ICONV, 0, "GB18030"},
	{"Big5", "big5 big5-hkscs cn-big5 csbig5 x-x-big5", CHARSET_ICONV, 0, "BIG5-HKSCS"},
	{"EUC-JP", "cseucpkdfmtjapanese euc-jp x-euc-jp", CHARSET_ICONV, 0, "EUC-JP"},
	{"ISO-2022-JP", "csiso2022jp iso-2022-jp", CHARSET_ICONV, 0, "ISO-2022-JP"},
	{"Shift_JIS", "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis", CHARSET_ICONV, 0,
		"CP932"},
	{"EUC-KR",
		"cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
		"windows-949",
		CHARSET_ICONV, 0, "CP949"},
	{"replacement", "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement", CHARSET_REPLACED,
		0, NULL},
};
const size_t charset_row_count = sizeof charset_rows / sizeof charset_rows[0];

/* The first two rows are what texts without a declaration are in. */
#define ROW_UTF8 (&charset_rows[0])
#define ROW_DEFAULT (&charset_rows[1])
#define ROW_UTF16LE (&charset_rows[2])
#define ROW_UTF16BE (&charset_rows[3])

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static struct slice
skip_space(struct slice s)
{
	while (s.len && is_space(s.ptr[0]))
		s = slice_sub(s, 1, s.len);
	return s;
}

const struct charset *
charset_find(struct slice label)
{
	struct slice labels, one;

	label = skip_space(label);
	while (label.len && is_space(label.ptr[label.len - 1]))
		label.len--;
	if (label.len == 0)
		return NULL;
	for (size_t i = 0; i < charset_row_count; i++)
		for (labels = slice_of(charset_rows[i].labels); slice_split(&labels, ' ', &one);)
			if (slice_eq_nocase(one, label))
				return &charset_rows[i];
	return NULL;
}

const char *
charset_name(const struct charset *charset)
{
	return charset->name;
}

/* "text/html; charset=utf-8": the value behind the first "charset" that has one (WHATWG "HTML" section 2.5.4). */
static struct slice
charset_parameter(struct slice value)
{
	while (value.len) {
		if (!slice_starts_with_nocase(value, SLICE("charset"))) {
			value = slice_sub(value, 1, value.len);
			continue;
		}
		value = skip_space(slice_sub(value, 7, value.len));
		if (value.len == 0 || value.ptr[0] != '=')
			continue;
		value = skip_space(slice_sub(value, 1, value.len));
		if (value.len && (value.ptr[0] == '"' || value.ptr[0] == '\'')) {
			struct slice quoted = slice_sub(value, 1, value.len);
			size_t end = slice_find(quoted, value.ptr[0]);

			return end < quoted.len ? slice_sub(quoted, 0, end) : SLICE_EMPTY;
		}
		for (size_t n = 0; n < value.len; n++)
			if (is_space(value.ptr[n]) || value.ptr[n] == ';')
				return slice_sub(value, 0, n);
		return value;
	}
	return SLICE_EMPTY;
}

/* One attribute of a tag, off the front of *rest; false at the tag's end. */
static bool
next_attribute(struct slice *rest, struct slice *name, struct slice *value)
{
	struct slice s = *rest;
	size_t n = 0;

	while (s.len && (is_space(s.ptr[0]) || s.ptr[0] == '/'))
		s = slice_sub(s, 1, s.len);
	*value = SLICE_EMPTY;
	*rest = s;
	if (s.len == 0 || s.ptr[0] == '>')
		return false;
	while (n < s.len && !is_space(s.ptr[n]) && s.ptr[n] != '/' && s.ptr[n] != '>' && (s.ptr[n] != '=' || n == 0))
		n++;
	*name = slice_sub(s, 0, n);
	s = slice_sub(s, n, s.len);
	*rest = s;
	s = skip_space(s);
	if (s.len == 0 || s.ptr[0] != '=')
		return true;
	s = skip_space(slice_sub(s, 1, s.len));
	if (s.len && (s.ptr[0] == '"' || s.ptr[0] == '\'')) {
		char quote = s.ptr[0];

		s = slice_sub(s, 1, s.len);
		n = slice_find(s, quote);
		*value = slice_sub(s, 0, n);
		*rest = slice_sub(s, n + 1, s.len);
		return true;
	}
	for (n = 0; n < s.len && !is_space(s.ptr[n]) && s.ptr[n] != '>';)
		n++;
	*value = slice_sub(s, 0, n);
	*rest = slice_sub(s, n, s.len);
	return true;
}

/* What one <meta ...> declares; *rest is left behind its attributes. */
static struct slice
meta_charset(struct slice *rest)
{
	struct slice name, value, charset = SLICE_EMPTY, content = SLICE_EMPTY;
	bool is_content_type = false;

	while (next_attribute(rest, &name, &value)) {
		if (slice_eq_nocase(name, SLICE("http-equiv")))
			is_content_type = slice_eq_nocase(value, SLICE("content-type"));
		else if (slice_eq_nocase(name, SLICE("content")))
			content = charset_parameter(value);
		else if (slice_eq_nocase(name, SLICE("charset")))
			charset = value;
	}
	if (charset.len)
		return charset;
	return is_content_type ? content : SLICE_EMPTY;
}

static struct slice
xml_encoding(struct slice head)
{
	struct slice declaration = slice_sub(head, 0, slice_find(head, '>')), name, value;

	declaration = slice_sub(declaration, 5, declaration.len);
	while (next_attribute(&declaration, &name, &value))
		if (slice_eq(name, SLICE("encoding")))
			return value;
	return SLICE_EMPTY;
}

struct slice
charset_declared(struct slice head)
{
	struct slice rest = slice_sub(head, 0, CHARSET_PRESCAN), found, name, value;

	if (slice_starts_with(rest, SLICE("<?xml"))) {
		found = xml_encoding(rest);
		if (charset_find(found))
			return found;
	}
	while (rest.len) {
		rest = slice_sub(rest, slice_find(rest, '<'), rest.len);
		if (slice_starts_with(rest, SLICE("<!--"))) {
			/* "<!-->" is a whole comment. */
			rest = slice_sub(rest, 2, rest.len);
			rest = slice_sub(rest, slice_find_slice(rest, SLICE("-->")), rest.len);
		} else if (slice_starts_with_nocase(rest, SLICE("<meta")) && rest.len > 5 &&
			   (is_space(rest.ptr[5]) || rest.ptr[5] == '/')) {
			rest = slice_sub(rest, 5, rest.len);
			found = meta_charset(&rest);
			if (charset_find(found))
				return found;
		} else if (rest.len > 2 && (ascii_lower(rest.ptr[1]) >= 'a' || rest.ptr[1] == '/') &&
			   ascii_lower(rest.ptr[1]) <= 'z') {
			/* Another tag: a "<meta" in its attributes is none. */
			while (rest.len && !is_space(rest.ptr[0]) && rest.ptr[0] != '>')
				rest = slice_sub(rest, 1, rest.len);
			while (next_attribute(&rest, &name, &value))
				continue;
		} else {
			rest = slice_sub(rest, 1, rest.len);
		}
	}
	return SLICE_EMPTY;
}

/* True where the bytes are UTF-8 (a character cut at the end counts) and not ASCII alone. */
static bool
is_utf8(struct slice s)
{
	bool has_high = false;
	size_t at = 0;

	while (at < s.len) {
		uint8_t lead = (uint8_t)s.ptr[at++];
		int more = lead < 0x80                   ? 0
			   : lead >= 0xc2 && lead < 0xe0 ? 1
			   : lead >= 0xe0 && lead < 0xf0 ? 2
			   : lead >= 0xf0 && lead < 0xf5 ? 3
							 : -1;

		if (more < 0)
			return false;
		has_high |= more > 0;
		for (; more > 0 && at < s.len; more--)
			if (((uint8_t)s.ptr[at++] & 0xc0) != 0x80)
				return false;
	}
	return has_high;
}

static const struct charset *
choose(struct slice head, struct slice content_type, enum charset_source *source)
{
	const struct charset *charset;

	*source = CHARSET_BY_MARK;
	if (slice_starts_with(head, SLICE("\xef\xbb\xbf")))
		return ROW_UTF8;
	if (slice_starts_with(head, SLICE("\xff\xfe")))
		return ROW_UTF16LE;
	if (slice_starts_with(head, SLICE("\xfe\xff")))
		return ROW_UTF16BE;
	*source = CHARSET_BY_LABEL;
	charset = charset_find(charset_parameter(content_type));
	if (charset)
		return charset;
	*source = CHARSET_BY_TEXT;
	charset = charset_find(charset_declared(head));
	/* A declaration that could be read byte by byte cannot be in UTF-16. */
	if (charset)
		return charset->kind == CHARSET_UTF16LE || charset->kind == CHARSET_UTF16BE ? ROW_UTF8 : charset;
	*source = CHARSET_BY_BYTES;
	if (is_utf8(slice_sub(head, 0, CHARSET_PRESCAN)))
		return ROW_UTF8;
	*source = CHARSET_BY_DEFAULT;
	return ROW_DEFAULT;
}

const struct charset *
charset_choose(struct slice head, struct slice content_type, enum charset_source *source)
{
	enum charset_source ignored;

	return choose(head, content_type, source ? source : &ignored);
}
