/* Shapes of names.  See name_shape.h. */
#include "classify/name_shape.h"

#include <libpsl.h>
#include <stdio.h>

/* Letter pairs that are common in names which people chose: bit b of row a is set where "ab" makes up at least a third
 * of an even share.  Counted over 39,000 registered names of shops, newspapers, banks, sports and radio stations. */
static const uint32_t common_pairs[26] = {0x3febdef, 0x1164933, 0x01e4d95, 0x116797f, 0x3fefdff, 0x01a4935, 0x0166991,
	0x01a4111, 0x2affc7f, 0x0004011, 0x0044911, 0x11ed93f, 0x114d113, 0x13cfdff, 0x1fefd7f, 0x01ec991, 0x0100000,
	0x13efd7f, 0x15cfdff, 0x15ef9b7, 0x00eb95f, 0x0004111, 0x0046111, 0x0008101, 0x00ef83f, 0x0004011};

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_vowel(char c)
{
	return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

unsigned
name_shape_generated(struct slice label)
{
	unsigned pairs = 0, rare = 0, digits = 0, changes = 0, run = 0, longest = 0, counted = 0, score;

	for (size_t i = 0; i < label.len; i++) {
		char c = label.ptr[i], before = i ? label.ptr[i - 1] : '-';

		counted += is_letter(c) || ascii_is_digit(c);
		digits += ascii_is_digit(c);
		changes += (is_letter(c) && ascii_is_digit(before)) || (ascii_is_digit(c) && is_letter(before));
		run = is_letter(c) && !is_vowel(c) ? run + 1 : 0;
		longest = run > longest ? run : longest;
		if (is_letter(c) && is_letter(before)) {
			pairs++;
			rare += !(common_pairs[before - 'a'] >> (c - 'a') & 1);
		}
	}
	if (counted < 7 || slice_starts_with(label, SLICE("xn--")))
		return 0;
	/* Every second pair of random letters is rare; of names, one in twenty. */
	score = pairs ? rare * 130 / pairs : 0;
	score += longest > 4 ? (longest - 4) * 8 : 0;
	score += changes > 2 ? (changes - 2) * 10 : 0;
	score += digits * 2 > counted ? 15 : 0;
	score += counted > 16 && score > 20 ? 10 : 0;
	return score < 100 ? score : 100;
}

/* ---- punycode (RFC 3492) ---- */

enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, FIRST_BIAS = 72, FIRST_CODE = 128 };

static uint32_t
adapt(uint32_t delta, uint32_t count, bool is_first)
{
	uint32_t k = 0;

	delta = is_first ? delta / DAMP : delta / 2;
	delta += delta / count;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t
digit_of(char c)
{
	if (is_letter(c))
		return (uint32_t)(c - 'a');
	return ascii_is_digit(c) ? (uint32_t)(c - '0') + 26 : BASE;
}

/* One variable-length integer off the front of *rest, added to *at; false where it is none or too large. */
static bool
read_delta(struct slice *rest, uint32_t bias, uint64_t *at)
{
	uint64_t weight = 1;

	for (uint32_t k = BASE;; k += BASE) {
		uint32_t digit = rest->len ? digit_of(rest->ptr[0]) : BASE;
		uint32_t threshold = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;

		if (digit == BASE)
			return false;
		*rest = slice_sub(*rest, 1, rest->len);
		*at += digit * weight;
		if (*at > INT32_MAX)
			return false;
		if (digit < threshold)
			return true;
		weight *= BASE - threshold;
		if (weight > INT32_MAX)
			return false;
	}
}

static bool
decode_punycode(struct slice text, uint32_t *codes, size_t room, size_t *count)
{
	size_t basic = text.len, n = 0;
	uint32_t code = FIRST_CODE, bias = FIRST_BIAS;
	uint64_t at = 0;

	while (basic > 0 && text.ptr[basic - 1] != '-')
		basic--;
	for (; n + 1 < basic && n < room; n++)
		codes[n] = (uint8_t)text.ptr[n];
	text = slice_sub(text, basic, text.len);
	while (text.len) {
		uint64_t before = at;

		if (n == room || !read_delta(&text, bias, &at))
			return false;
		bias = adapt((uint32_t)(at - before), (uint32_t)n + 1, before == 0);
		code += (uint32_t)(at / (n + 1));
		at %= n + 1;
		if (code > 0x10ffff)
			return false;
		memmove(&codes[at + 1], &codes[at], (n - at) * sizeof *codes);
		codes[at++] = code;
		n++;
	}
	*count = n;
	return true;
}

bool
name_shape_decode(struct slice label, uint32_t *codes, size_t room, size_t *count)
{
	if (label.len > NAME_LABEL_MAX)
		return false;
	if (slice_starts_with(label, SLICE("xn--")))
		return decode_punycode(slice_sub(label, 4, label.len), codes, room, count);
	if (label.len > room)
		return false;
	for (*count = 0; *count < label.len; ++*count)
		codes[*count] = (uint8_t)label.ptr[*count];
	return true;
}

/* ---- likeness ---- */

/* Characters beyond ASCII, and digits, that are taken for a letter (a small part of Unicode's "confusables", UTS 39).
 */
static const struct {
	uint32_t code;
	char looks;
} confusables[] = {
	{'0', 'o'},
	{'1', 'l'},
	{'3', 'e'},
	{'5', 's'},
	{'|', 'l'},
	{0xe0, 'a'},
	{0xe1, 'a'},
	{0xe2, 'a'},
	{0xe3, 'a'},
	{0xe4, 'a'},
	{0xe5, 'a'},
	{0xe7, 'c'},
	{0xe8, 'e'},
	{0xe9, 'e'},
	{0xea, 'e'},
	{0xeb, 'e'},
	{0xec, 'i'},
	{0xed, 'i'},
	{0xee, 'i'},
	{0xef, 'i'},
	{0xf1, 'n'},
	{0xf2, 'o'},
	{0xf3, 'o'},
	{0xf4, 'o'},
	{0xf5, 'o'},
	{0xf6, 'o'},
	{0xf8, 'o'},
	{0xf9, 'u'},
	{0xfa, 'u'},
	{0xfb, 'u'},
	{0xfc, 'u'},
	{0xfd, 'y'},
	{0xff, 'y'},
	{0x101, 'a'},
	{0x103, 'a'},
	{0x105, 'a'},
	{0x107, 'c'},
	{0x10d, 'c'},
	{0x10f, 'd'},
	{0x111, 'd'},
	{0x113, 'e'},
	{0x117, 'e'},
	{0x119, 'e'},
	{0x11b, 'e'},
	{0x11f, 'g'},
	{0x127, 'h'},
	{0x12b, 'i'},
	{0x131, 'i'},
	{0x137, 'k'},
	{0x13c, 'l'},
	{0x142, 'l'},
	{0x144, 'n'},
	{0x148, 'n'},
	{0x14d, 'o'},
	{0x151, 'o'},
	{0x155, 'r'},
	{0x159, 'r'},
	{0x15b, 's'},
	{0x15f, 's'},
	{0x161, 's'},
	{0x163, 't'},
	{0x165, 't'},
	{0x16b, 'u'},
	{0x16f, 'u'},
	{0x171, 'u'},
	{0x17a, 'z'},
	{0x17c, 'z'},
	{0x17e, 'z'},
	{0x251, 'a'},
	{0x261, 'g'},
	{0x26a, 'i'},
	{0x3b1, 'a'},
	{0x3b5, 'e'},
	{0x3b9, 'i'},
	{0x3ba, 'k'},
	{0x3bd, 'v'},
	{0x3bf, 'o'},
	{0x3c1, 'p'},
	{0x3c4, 't'},
	{0x3c5, 'u'},
	{0x3c9, 'w'},
	{0x430, 'a'},
	{0x432, 'b'},
	{0x433, 'r'},
	{0x435, 'e'},
	{0x438, 'u'},
	{0x43a, 'k'},
	{0x43c, 'm'},
	{0x43d, 'h'},
	{0x43e, 'o'},
	{0x43f, 'n'},
	{0x440, 'p'},
	{0x441, 'c'},
	{0x442, 't'},
	{0x443, 'y'},
	{0x445, 'x'},
	{0x448, 'w'},
	{0x44a, 'b'},
	{0x44c, 'b'},
	{0x455, 's'},
	{0x456, 'i'},
	{0x457, 'i'},
	{0x458, 'j'},
	{0x461, 'w'},
	{0x475, 'v'},
	{0x4bb, 'h'},
	{0x4c0, 'l'},
	{0x4cf, 'l'},
	{0x501, 'd'},
	{0x51b, 'q'},
	{0x51d, 'w'},
	{0x561, 'w'},
	{0x578, 'n'},
	{0x57d, 'u'},
	{0x585, 'o'},
	{0x1e5, 'g'},
	{0x1ea1, 'a'},
	{0x1eb9, 'e'},
	{0x1ecb, 'i'},
	{0x1ecd, 'o'},
	{0x1ee5, 'u'},
};

struct skeleton {
	char text[NAME_LABEL_MAX];
	size_t len;
};

/* What the eye takes a label for; false where some character is taken for no letter. */
static bool
make_skeleton(struct slice label, struct skeleton *out)
{
	uint32_t codes[NAME_LABEL_MAX];
	size_t count;

	out->len = 0;
	if (!name_shape_decode(label, codes, NAME_LABEL_MAX, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		char looks = codes[i] < 0x80 ? (char)codes[i] : '\0';

		for (size_t k = 0; k < sizeof confusables / sizeof confusables[0]; k++)
			if (confusables[k].code == codes[i])
				looks = confusables[k].looks;
		if (looks == '\0')
			return false;
		/* Two letters that look like one. */
		if (looks == 'n' && out->len && out->text[out->len - 1] == 'r')
			out->text[out->len - 1] = 'm';
		else if (looks == 'v' && out->len && out->text[out->len - 1] == 'v')
			out->text[out->len - 1] = 'w';
		else
			out->text[out->len++] = looks;
	}
	return true;
}

/* True where one change, omission, addition or swap of neighbours makes b of a. */
static bool
is_one_edit(struct slice a, struct slice b)
{
	size_t same = 0, end = 0;

	if (a.len > b.len) {
		struct slice c = a;

		a = b;
		b = c;
	}
	if (b.len - a.len > 1)
		return false;
	while (same < a.len && a.ptr[same] == b.ptr[same])
		same++;
	while (end < a.len - same && a.ptr[a.len - 1 - end] == b.ptr[b.len - 1 - end])
		end++;
	if (a.len != b.len)
		return same + end == a.len;
	if (same + end + 1 == a.len)
		return true;
	return same + end + 2 == a.len && a.ptr[same] == b.ptr[same + 1] && a.ptr[same + 1] == b.ptr[same];
}

/* The protected name as a part between hyphens, or at an end of a longer label. */
static bool
is_joined(struct slice label, struct slice protected_label)
{
	struct slice rest = label, part;

	while (slice_split(&rest, '-', &part))
		if (slice_eq(part, protected_label))
			return true;
	return protected_label.len >= 6 &&
	       (slice_starts_with(label, protected_label) || slice_ends_with(label, protected_label));
}

enum name_likeness
name_shape_compare(struct slice label, struct slice protected_label)
{
	struct skeleton looks, wanted;
	struct slice eye, name;

	if (slice_eq(label, protected_label))
		return NAME_SAME;
	if (!make_skeleton(label, &looks) || !make_skeleton(protected_label, &wanted))
		return NAME_UNLIKE;
	eye = slice_make(looks.text, looks.len);
	name = slice_make(wanted.text, wanted.len);
	if (slice_eq(eye, name))
		return NAME_LOOKALIKE;
	if (name.len >= 6 && is_one_edit(eye, name))
		return NAME_NEAR;
	if (name.len >= 4 && eye.len > name.len && is_joined(eye, name))
		return NAME_JOINED;
	return NAME_UNLIKE;
}

const char *
name_likeness_name(enum name_likeness likeness)
{
	static const char *const names[] = {
		[NAME_UNLIKE] = "unlike",
		[NAME_SAME] = "same",
		[NAME_LOOKALIKE] = "look-alike",
		[NAME_NEAR] = "near",
		[NAME_JOINED] = "joined",
	};

	return names[likeness];
}

/* The label that a site's owner chose: the one in front of the public suffix; empty where there is none, as in an
 * address. */
static struct slice
own_label(struct slice site, struct slice *registrable)
{
	char name[256];
	const char *found;
	struct slice text;

	*registrable = SLICE_EMPTY;
	if (!slice_to_cstr(site, name, sizeof name))
		return SLICE_EMPTY;
	found = psl_registrable_domain(psl_builtin(), name);
	if (found == NULL)
		return SLICE_EMPTY;
	text = slice_sub(site, (size_t)(found - name), site.len);
	*registrable = text;
	return slice_sub(text, 0, slice_find(text, '.'));
}

static bool
is_address(struct slice site)
{
	size_t dot = site.len;

	while (dot > 0 && site.ptr[dot - 1] != '.')
		dot--;
	return slice_find(site, ':') < site.len || (dot < site.len && ascii_is_digit(site.ptr[dot]));
}

struct name_shape
name_shape_of_site(struct slice site, const char *const *protected_names, size_t count)
{
	struct name_shape shape = {.likeness = NAME_UNLIKE, .protected_name = SLICE_EMPTY};
	struct slice registrable, label, rest, theirs;

	if (is_address(site))
		return shape;
	label = own_label(site, &registrable);
	rest = slice_sub(site, 0, site.len - registrable.len + label.len);
	for (struct slice one; label.len && slice_split(&rest, '.', &one);) {
		unsigned score = name_shape_generated(one);

		shape.generated = score > shape.generated ? score : shape.generated;
	}
	for (size_t i = 0; i < count && label.len; i++) {
		struct slice name = slice_of(protected_names[i]);
		struct slice own = own_label(name, &theirs);
		enum name_likeness likeness;

		if (slice_eq(theirs, registrable))
			return (struct name_shape){shape.generated, NAME_UNLIKE, SLICE_EMPTY};
		likeness = own.len ? name_shape_compare(label, own) : NAME_UNLIKE;
		if (likeness == NAME_UNLIKE || shape.likeness != NAME_UNLIKE)
			continue;
		/* The same label under another suffix is another's, too. */
		shape.likeness = likeness;
		shape.protected_name = name;
	}
	return shape;
}

const char *
name_shape_describe(const struct name_shape *shape, char dst[NAME_SHAPE_TEXT_MAX])
{
	struct slice name = slice_sub(shape->protected_name, 0, 80);
	size_t n = 0;

	dst[0] = '\0';
	if (shape->generated >= NAME_GENERATED)
		n = (size_t)snprintf(dst, NAME_SHAPE_TEXT_MAX, "generated (%u of 100)", shape->generated);
	if (shape->likeness != NAME_UNLIKE)
		snprintf(dst + n, NAME_SHAPE_TEXT_MAX - n, "%slookalike of %.*s (%s)", n ? ", " : "", SLICE_ARG(name),
			name_likeness_name(shape->likeness));
	return dst;
}
