/* The table of settings keeps its own rules. */
#include "suites.h"

#include "conf/schema.h"
#include "conf/type.h"

START_TEST(every_row_is_unique_complete_and_in_a_known_block)
{
	for (size_t i = 0; i < conf_setting_count; i++) {
		const struct conf_setting *row = &conf_settings[i];
		const struct conf_block *block = conf_block_find(slice_of(row->block));
		char expected[256];

		ck_assert_msg(conf_setting_find(row->block, slice_of(row->key)) == row, "%s is there twice", row->key);
		ck_assert_msg(
			*row->block == '\0' || (block && !block->is_policy), "%s: no block %s", row->key, row->block);
		ck_assert_msg(row->help && row->help[strlen(row->help) - 1] == '.', "%s: help is a sentence", row->key);
		ck_assert((row->type == CONF_ENUM) == (row->names != NULL));
		ck_assert_ptr_nonnull(conf_setting_expected(row, expected, sizeof expected));
		ck_assert_ptr_nonnull(conf_types[row->type].store);
		ck_assert_ptr_nonnull(conf_types[row->type].equal);
	}
	ck_assert_ptr_null(conf_setting_find("gateway", SLICE("nothing")));
	ck_assert_ptr_null(conf_block_find(SLICE("nothing")));
}
END_TEST

UNIT_SUITE(schema, "schema", every_row_is_unique_complete_and_in_a_known_block)
