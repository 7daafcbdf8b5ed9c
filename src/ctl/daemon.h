/* Asking the daemon that runs with this configuration. */
#ifndef SLUICE_CTL_DAEMON_H
#define SLUICE_CTL_DAEMON_H

#include "admin/control.h"
#include "ctl/ctl.h"

/* Sends the request, which is taken (NULL: memory is out), to the daemon of ctl's configuration.  With EX_OK *result is
 * the caller's (result may be NULL); anything else was said: EX_UNAVAILABLE where none answers, EX_NOPERM, EX_CONFIG
 * or EX_SOFTWARE, as `refused` has it, where it refused.  on_item as for control_ask(). */
int daemon_ask(struct ctl *ctl, json_t *request, int timeout_ms, int refused, control_on_item *on_item, void *context,
	json_t **result);
/* Whether a daemon of this configuration answers; false too where the configuration is bad: *status says so then. */
bool daemon_is_running(struct ctl *ctl, int *status);
/* The path of the control socket; false with the mistake said. */
bool daemon_socket_path(struct ctl *ctl, char *dst, size_t dst_size, int *status);

#endif
