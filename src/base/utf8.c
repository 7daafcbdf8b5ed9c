/* UTF-8, one character at a time.  See utf8.h. */
#include "base/utf8.h"

/* What may follow a lead byte: the number of bytes, and the range of the second one (later ones: 80 to BF). */
static unsigned
lead_rule(uint8_t lead, uint8_t *low, uint8_t *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef) {
		if (lead == 0xe0)
			*low = 0xa0; /* shorter forms exist */
		if (lead == 0xed)
			*high = 0x9f; /* surrogates */
		return 3;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		if (lead == 0xf0)
			*low = 0x90;
		if (lead == 0xf4)
			*high = 0x8f; /* above U+10FFFF */
		return 4;
	}
	return 0;
}

size_t
utf8_next(struct slice s, uint32_t *code_point, bool *well_formed)
{
	const uint8_t *p = (const uint8_t *)s.ptr;
	uint8_t low, high;
	unsigned want;
	uint32_t value;

	*code_point = UTF8_REPLACEMENT;
	*well_formed = false;
	if (s.len == 0)
		return 0;
	if (p[0] < 0x80) {
		*code_point = p[0];
		*well_formed = true;
		return 1;
	}
	want = lead_rule(p[0], &low, &high);
	if (want == 0)
		return 1;
	value = p[0] & (0xffu >> (want + 1));
	for (unsigned i = 1; i < want; i++) {
		if (i >= s.len || p[i] < low || p[i] > high)
			return i;
		value = value << 6 | (p[i] & 0x3f);
		low = 0x80;
		high = 0xbf;
	}
	*code_point = value;
	*well_formed = true;
	return want;
}
