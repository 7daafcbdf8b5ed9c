/* The bounds of every message.  See messages.h. */
#include "ipc/messages.h"

#include "base/addr.h"
#include "ipc/channel.h"

static const struct ipc_rule rules[IPC_TYPE_COUNT] = {
	[IPC_CONFIGURE] = {"configure", 0, 0, 1, 2},
	[IPC_LISTENERS] = {"listeners", 0, IPC_FDS_MAX * sizeof(struct ipc_listener), 0, IPC_FDS_MAX},
	[IPC_SIGNER] = {"signer", 0, 0, 1, IPC_FDS_MAX},
	[IPC_USERS] = {"users", 0, 0, 1, 1},
	[IPC_OVERRIDES] = {"overrides", 0, 0, 1, 1},
	[IPC_LOG] = {"log", 1, 16, 1, 1},
	[IPC_QUERY] = {"query", 1, 65536, 0, 0},
	[IPC_FETCHER] = {"fetcher", 0, 0, 1, IPC_FDS_MAX},
	[IPC_CLOCK] = {"clock", 1, 1, 0, 0},
	[IPC_STOP] = {"stop", 4, 4, 0, 0},
	[IPC_READY] = {"ready", 0, 0, 0, 0},
	[IPC_CONFIGURED] = {"configured", 0, 65536, 0, 0},
	[IPC_REPLY] = {"reply", 0, IPC_PAYLOAD_MAX, 0, 1},
	[IPC_OVERRIDE] = {"override", 1, 2048, 0, 0},
	[IPC_CHANNEL] = {"channel", 0, 0, 1, 1},
	[IPC_ISSUANCE_LOG] = {"issuance-log", 0, 0, 1, 1},
	[IPC_ISSUANCE_LOG_TAKEN] = {"issuance-log-taken", 1, 1, 0, 0},
	[IPC_CA] = {"ca", 1, 72 * 1024, 0, 0},
	[IPC_MINT] = {"mint", 1, 65536, 0, 0},
	[IPC_MINTED] = {"minted", 1, 72 * 1024, 0, 0},
	[IPC_FETCH_SETTINGS] = {"fetch-settings", 0, 0, 1, 1},
	[IPC_FETCH] = {"fetch", 1, 4096, 0, 0},
	[IPC_FETCHED] = {"fetched", 1, 72 * 1024, 0, 1},
	[IPC_FETCH_PROGRESS] = {"fetch-progress", 16, 16, 0, 0},
	[IPC_FETCH_COUNTS] = {"fetch-counts", 8, 512, 0, 0},
	[IPC_ADMIN_LISTENERS] = {"admin-listeners", 0, 0, 1, IPC_FDS_MAX},
	[IPC_ADMIN_NETWORKS] = {"admin-networks", 0, IPC_ADMIN_NETWORKS_MAX * sizeof(struct prefix), 0, 0},
	[IPC_ADMIN_ANSWER] = {"admin-answer", 2, 2, 1, 1},
	[IPC_ADMIN_ASK] = {"admin-ask", 1, 1, 0, 0},
};

const struct ipc_rule *
ipc_rule_of(enum ipc_type type)
{
	return type > IPC_NONE && type < IPC_TYPE_COUNT ? &rules[type] : NULL;
}
