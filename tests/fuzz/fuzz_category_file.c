/* Category tables of any bytes: refused, or safe to ask. */
#include "classify/category_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const hosts[] = {
		"www.example.com", "example.net", "a.b.c.d.e.example.org", "192.0.2.1", "2001:db8::1", "", "..", "com"};
	struct category_answer answer;
	struct category_source source;
	struct category_table table;
	size_t used = 0;

	if (category_table_open(&table, slice_make(data, size)) != NULL)
		return 0;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		used += category_lookup_url(&table, slice_of(hosts[i]), SLICE("/x/y?a=b&c"), &answer);
		for (unsigned n = 0; n < table.set_words * 64; n++)
			if (category_answer_has(answer.listed, n))
				used += strlen(category_name(&table, n)); /* every category that is set has a name */
	}
	for (unsigned i = 0; category_source(&table, i, &source); i++)
		used += strlen(source.name) + strlen(source.format) + strlen(source.path) + strlen(source.licence) +
			strlen(source.attribution);
	return used == SIZE_MAX;
}
