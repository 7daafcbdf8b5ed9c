/* Any bytes as a model file, with the checksum made right, so that the checks behind it are met; then a score. */
#include "classify/text_model.h"

#include <stdlib.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[TEXT_MODEL_ERROR_MAX];
	struct text_model_header h;
	struct text_features f;
	struct text_model m;
	char *bytes = malloc(size + 1);

	if (bytes == NULL)
		return 0;
	memcpy(bytes, data, size);
	if (size >= sizeof h) {
		memcpy(&h, bytes, sizeof h);
		h.checksum = (uint32_t)crc32_z(0, (const Bytef *)bytes + sizeof h, size - sizeof h);
		memcpy(bytes, &h, sizeof h);
	}
	if (text_model_view(&m, slice_make(bytes, size), error)) {
		text_features_start(&f, &m.vocabulary, UINT64_MAX);
		text_features_push(&f, slice_make(data, size < 4096 ? size : 4096));
		text_features_finish(&f);
		if (text_model_score(&m, &f, NULL).class >= m.header.classes)
			abort();
		text_features_release(&f);
	}
	free(bytes);
	return 0;
}
