/* What the kernel is to hand over, and to which ports: the plain values behind our rules.  A flat value without
 * pointers, so that a copy is a copy. */
#ifndef SLUICE_INTERCEPT_STEERING_H
#define SLUICE_INTERCEPT_STEERING_H

#include "base/addr.h"
#include "base/diag.h"

#include <net/if.h>

#define STEERING_NAME_MAX 24 /* of the table, with its NUL */
#define STEERING_INTERFACES_MAX 32
#define STEERING_PORTS_MAX 32
#define STEERING_EXCLUDES_MAX 256

enum steering_method {
	STEERING_REDIRECT, /* NAT to a port of ours; SO_ORIGINAL_DST tells where to */
	STEERING_TPROXY,   /* handed to a transparent socket as it is; getsockname() tells where to */
};

/* What becomes of the traffic when the proxy dies, or (open) hangs. */
enum steering_failure {
	STEERING_OPEN,   /* it flows unfiltered */
	STEERING_CLOSED, /* it is refused, until the proxy is back or the rules are removed */
};

struct steering {
	char table[STEERING_NAME_MAX]; /* our nf_tables table, family inet; "NAME_closed" is ours, too */
	enum steering_method method;
	enum steering_failure on_failure;
	bool persistent;  /* installed by hand, to outlive the process: owned by nobody, refreshed by nobody */
	bool local;       /* the gateway's own connections, too; always by redirect */
	bool reject_quic; /* UDP to the same ports is refused, so that browsers come by TCP */
	bool anywhere;    /* what comes in at any interface */
	char interfaces[STEERING_INTERFACES_MAX][IFNAMSIZ]; /* or at one of these; none of both: nothing forwarded */
	size_t interface_count;
	struct prefix excludes[STEERING_EXCLUDES_MAX]; /* destinations left alone, dead or alive; ascending, disjoint */
	size_t exclude_count;
	uint16_t ports[STEERING_PORTS_MAX]; /* TCP ports of destinations */
	size_t port_count;
	uint16_t redirect_port; /* our listener for STEERING_REDIRECT and for `local` */
	uint16_t tproxy_port;   /* our listener on 127.0.0.1 and ::1 for STEERING_TPROXY */
	uint32_t own_mark;      /* SO_MARK on every socket that we open ourselves: some bits */
	uint32_t route_mark;    /* one bit: packets that belong to a transparent socket */
	uint32_t bypass_mark;   /* one bit of the conntrack mark: flows that passed by a bypass element */
	uint32_t route_table;   /* the routing table, and rule priority, behind route_mark */
	bool has_proxy_uid;     /* exempt this user's connections, too: a second net below own_mark */
	uint32_t proxy_uid;
	uint32_t dead_man_ms; /* STEERING_OPEN: rules act only this long after the last ruleset_keepalive() */
};

/* Redirect, open, ports 80 and 443, no interface yet, QUIC refused, the documented ports and marks. */
struct steering steering_default(void);
/* Adds a name; false where it is too long, empty, or one too many. */
bool steering_add_interface(struct steering *s, struct slice name);
/* Adds a port, once; false where it is 0 or one too many. */
bool steering_add_port(struct steering *s, uint16_t port);
/* Adds a destination to leave alone; false where it is one too many.  One that lies in another costs nothing. */
bool steering_add_exclude(struct steering *s, const struct prefix *prefix);
/* Whether a prefix is of IPv4: ::/0 is meant to be all of IPv6, not what IPv4 is mapped to. */
bool steering_prefix_is_v4(const struct prefix *prefix);
/* Whether anything that is forwarded is intercepted: not so where only local connections are. */
bool steering_takes_forwarded(const struct steering *s);
/* Whether connections come by redirection; with `local` they may, whatever the method. */
bool steering_redirects(const struct steering *s);
/* Whether connections come by TPROXY. */
bool steering_tproxies(const struct steering *s);
/* Adds what cannot work to problems, each with its remedy; true where nothing was. */
bool steering_check(const struct steering *s, struct problems *problems);

#endif
