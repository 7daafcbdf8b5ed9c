/* The guard that every destination passes before anything is dialled.  A proxy that can be sent to itself, to the
 * machine it runs on, or to what only that machine reaches, is an open door. */
#ifndef SLUICE_INTERCEPT_DST_GUARD_H
#define SLUICE_INTERCEPT_DST_GUARD_H

#include "intercept/own_addrs.h"

enum dst_refusal {
	DST_ALLOWED,
	DST_LOOP, /* a listener of ours: the connection's own local address, or one of this machine's with our port */
	DST_SPECIAL,  /* loopback, unspecified, link-local, multicast, broadcast; or port 0 */
	DST_METADATA, /* where clouds tell a machine its secrets */
	DST_OWN,      /* another port of this machine */
};

/* What a destination is compared with.  All borrowed; threads may share it. */
struct dst_guard {
	const struct own_addrs *own;
	const uint16_t *listening; /* the ports of our listeners */
	size_t listening_count;
	const struct prefix *exempt; /* allowed although special, metadata or own; but never a loop */
	size_t exempt_count;
};

/* Judges a destination.  `local` is the accepted socket's own address where the connection was redirected: NAT has put
 * it there, so a destination that equals it is the listener itself.  NULL for other ways.  Pure. */
enum dst_refusal dst_guard_judge(
	const struct dst_guard *guard, const struct endpoint *dst, const struct endpoint *local);

/* "allowed", "loop", "special", "metadata", "own". */
const char *dst_refusal_name(enum dst_refusal refusal);

#endif
