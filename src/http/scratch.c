/* The read block of each thread.  See scratch.h. */
#include "http/scratch.h"

static _Thread_local char block[SCRATCH_SIZE];

char *
scratch_block(void)
{
	return block;
}

ssize_t
scratch_read(struct stream *io, char *to, size_t room, ssize_t *ended)
{
	size_t have = 0;
	ssize_t got;

	*ended = STREAM_AGAIN;
	do {
		got = stream_read(io, to + have, room - have);
		if (got <= 0)
			break;
		have += (size_t)got;
	} while (have < room && io->ops->has_pending && io->ops->has_pending(io));
	if (have == 0)
		return got;
	if (got <= 0)
		*ended = got;
	return (ssize_t)have;
}
