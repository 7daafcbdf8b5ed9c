/* What the admin process and the supervisor say to each other beside descriptors (ipc/messages.h). */
#ifndef SLUICE_PROC_ADMIN_MESSAGES_H
#define SLUICE_PROC_ADMIN_MESSAGES_H

#include <stdint.h>

/* What it asks for: payload of IPC_ADMIN_ASK, one byte. */
enum admin_subject {
	ADMIN_METRICS,
	ADMIN_HEALTH,
	ADMIN_SUBJECTS,
};

/* Payload of IPC_ADMIN_ANSWER. */
struct admin_answer {
	uint16_t status; /* of the HTTP response */
};

#endif
