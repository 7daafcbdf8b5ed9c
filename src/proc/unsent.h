/* Whether the kernel still delivers bytes of connections that we have closed.  Redirected flows need our table until
 * the client has all of them, so a clean stop waits for that before it removes the table. */
#ifndef SLUICE_PROC_UNSENT_H
#define SLUICE_PROC_UNSENT_H

#include <stdbool.h>
#include <stdint.h>

/* True while a TCP socket with this local port, closed by its process, has bytes that were not acknowledged.  Reads
 * proc_pid_net(5); false where that cannot be read. */
bool unsent_on_port(uint16_t port);

#endif
