/* Tells the service manager how we are, in systemd's protocol (sd_notify(3)), where there is one. */
#ifndef SLUICE_PROC_NOTIFY_H
#define SLUICE_PROC_NOTIFY_H

/* One or more lines "KEY=VALUE".  Nothing happens without NOTIFY_SOCKET in the environment. */
void notify_service_manager(const char *state);

#endif
