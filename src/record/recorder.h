/* A recorder is one thread's pen: it renders a record once for each output of the writer and queues the lines.  It
 * never waits and never fails visibly; what is lost is counted by the writer. */
#ifndef SLUICE_RECORD_RECORDER_H
#define SLUICE_RECORD_RECORDER_H

#include "record/writer.h"

struct recorder {
	struct writer *writer; /* borrowed */
	size_t producer;
	enum record_urls keep; /* may be changed between two records */
	uint64_t written;
	uint64_t lost;         /* no memory for the line, or no room in the queue */
	struct buffer scratch; /* owned */
};

/* Number `producer` belongs to this thread alone. */
void recorder_init(struct recorder *r, struct writer *writer, size_t producer, enum record_urls keep);
void recorder_release(struct recorder *r);
/* The record is rendered at once; nothing of it is borrowed longer. */
void recorder_write(struct recorder *r, const struct record *record);

#endif
