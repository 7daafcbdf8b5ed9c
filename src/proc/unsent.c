/* Closed sockets with unacknowledged bytes, from /proc/net/tcp and tcp6.  See unsent.h. */
#include "proc/unsent.h"

#include <stdio.h>

/* States of include/net/tcp_states.h in which our side is closed and the peer has not acknowledged everything. */
#define FIN_WAIT1 0x04
#define LAST_ACK 0x09
#define CLOSING 0x0b

static bool
table_has_unsent(const char *path, uint16_t port)
{
	FILE *table = fopen(path, "re");
	char line[512];
	bool found = false;

	if (table == NULL)
		return false;
	while (!found && fgets(line, sizeof line, table)) {
		unsigned local_port, state;
		unsigned long queued;

		if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %lx:", &local_port, &state, &queued) != 3)
			continue;
		found = local_port == port && queued > 1 &&
			(state == FIN_WAIT1 || state == LAST_ACK || state == CLOSING);
	}
	fclose(table);
	return found;
}

bool
unsent_on_port(uint16_t port)
{
	return table_has_unsent("/proc/self/net/tcp6", port) || table_has_unsent("/proc/self/net/tcp", port);
}
