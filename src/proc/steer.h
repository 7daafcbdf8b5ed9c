/* Joins the configuration to the kernel: which listeners are opened, and which rules bring connections to them. */
#ifndef SLUICE_PROC_STEER_H
#define SLUICE_PROC_STEER_H

#include "proc/supervisor.h"

/* The kernel rules that a configuration asks for; false with a problem where that cannot be. */
bool steer_describe(const struct conf *conf, struct steering *steering, struct problems *problems);
/* Opens the listeners that one thread accepts on, and adds them to the array.  False with a problem. */
bool steer_open_listeners(const struct conf *conf, unsigned thread, struct held_listener *listeners, unsigned *count,
	struct problems *problems);

/* Opens the socket that will own the rules, where rules are asked for; before the listeners.  False when refused. */
bool steer_prepare(struct supervisor *s);
/* Installs the rules; once.  False, and said, when the kernel refuses. */
bool steer_start(struct supervisor *s);
/* For the operator: opens and installs, whatever the configuration says of doing so by itself. */
bool steer_install(struct supervisor *s);
/* Puts the rules of the configuration in force in place of those that stand. */
bool steer_update(struct supervisor *s);
void steer_keepalive(struct supervisor *s);
/* Steers nothing new to us, but keeps what is under way: established flows need that the table, and with it connection
 * tracking's address translation, still stands. */
void steer_quiesce(struct supervisor *s);
/* Removes everything; harmless when nothing is installed. */
void steer_stop(struct supervisor *s);

#endif
