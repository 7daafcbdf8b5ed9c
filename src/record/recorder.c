/* One thread's pen.  See recorder.h. */
#include "record/recorder.h"

void
recorder_init(struct recorder *r, struct writer *writer, size_t producer, enum record_urls keep)
{
	*r = (struct recorder){
		.writer = writer, .producer = producer, .keep = keep, .scratch = buffer_make(RECORD_LINE_MAX)};
}

void
recorder_release(struct recorder *r)
{
	buffer_release(&r->scratch);
}

void
recorder_write(struct recorder *r, const struct record *record)
{
	for (size_t i = 0; i < writer_output_count(r->writer); i++) {
		buffer_clear(&r->scratch);
		if (writer_format(r->writer, i)->render(record, r->keep, &r->scratch) &&
			writer_push(r->writer, i, r->producer, buffer_slice(&r->scratch)))
			r->written++;
		else
			r->lost++;
	}
}
