/* Codes: how they are typed, and what typing errors are told without a secret. */
#include "suites.h"

#include "proxy/override_code.h"

START_TEST(a_code_is_read_as_people_write_it)
{
	struct override_code code, read;
	char text[OVERRIDE_CODE_TEXT_MAX], typed[64];
	size_t n = 0;

	for (int round = 0; round < 200; round++) {
		ck_assert(override_code_make(&code));
		override_code_format(&code, text);
		ck_assert_uint_eq(strlen(text), 19);
		ck_assert(override_code_parse(slice_of(text), &read));
		ck_assert_mem_eq(&code, &read, sizeof code);
		/* Lower case, blanks, and the letters that look like digits. */
		n = 0;
		for (const char *c = text; *c; c++) {
			if (*c == '-')
				typed[n++] = ' ';
			else if (*c == '0')
				typed[n++] = round & 1 ? 'o' : 'O';
			else if (*c == '1')
				typed[n++] = "lIiL"[round & 3];
			else
				typed[n++] = ascii_lower(*c);
		}
		ck_assert(override_code_parse(slice_make(typed, n), &read));
		ck_assert_mem_eq(&code, &read, sizeof code);
	}
}
END_TEST

START_TEST(a_wrong_symbol_and_two_that_were_swapped_are_told)
{
	struct override_code code, read;
	char text[OVERRIDE_CODE_TEXT_MAX], bent[OVERRIDE_CODE_TEXT_MAX];

	ck_assert(override_code_make(&code));
	override_code_format(&code, text);
	for (size_t i = 0; i < sizeof bent - 1; i++) {
		for (const char *other = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; *other; other++) {
			memcpy(bent, text, sizeof bent);
			if (bent[i] == '-' || bent[i] == '\0' || bent[i] == *other)
				continue;
			bent[i] = *other;
			ck_assert_msg(!override_code_parse(slice_of(bent), &read), "%s for %s", bent, text);
		}
		for (size_t k = i + 1; k < sizeof bent - 1; k++) {
			memcpy(bent, text, sizeof bent);
			if (bent[i] == '-' || bent[k] == '-' || bent[i] == bent[k] || bent[k] == '\0')
				continue;
			bent[i] = text[k];
			bent[k] = text[i];
			ck_assert_msg(!override_code_parse(slice_of(bent), &read), "%s for %s", bent, text);
		}
	}
}
END_TEST

START_TEST(what_is_no_code_is_refused)
{
	static const char *const rows[] = {"", "-", "0000", "0000-0000-0000-000", "0000-0000-0000-0000-0",
		"0000-0000-0000-000U", "0000-0000-0000-000!", "0000_0000_0000_0000", "0000-0000-0000-000\xc3\x96",
		"00000000000000000000000000000000000000000000000000000000000000000000000000"};
	struct override_code code;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_msg(!override_code_parse(slice_of(rows[i]), &code), "%s", rows[i]);
	ck_assert(!override_code_parse(slice_make("0000-0000-0000-000\0", 19), &code));
	ck_assert(override_code_parse(SLICE("0000-0000-0000-0000"), &code));
}
END_TEST

START_TEST(hashes_differ_by_code_and_by_key)
{
	struct override_code code, other;
	uint8_t keys[2][OVERRIDE_KEY_SIZE] = {{1}, {2}}, hashes[3][OVERRIDE_HASH_SIZE];

	ck_assert(override_code_make(&code) && override_code_make(&other));
	ck_assert_mem_ne(&code, &other, sizeof code);
	ck_assert(override_code_hash(&code, keys[0], hashes[0]));
	ck_assert(override_code_hash(&code, keys[1], hashes[1]));
	ck_assert(override_code_hash(&other, keys[0], hashes[2]));
	ck_assert_mem_ne(hashes[0], hashes[1], OVERRIDE_HASH_SIZE);
	ck_assert_mem_ne(hashes[0], hashes[2], OVERRIDE_HASH_SIZE);
	override_code_wipe(&code);
	for (size_t i = 0; i < sizeof code.symbols; i++)
		ck_assert_uint_eq(code.symbols[i], 0);
}
END_TEST

UNIT_SUITE(override_code, "override_code", a_code_is_read_as_people_write_it,
	a_wrong_symbol_and_two_that_were_swapped_are_told, what_is_no_code_is_refused, hashes_differ_by_code_and_by_key)
