/* Our kernel rules as a description: tables, sets, chains, and rules made of terms.  It follows from the steering
 * alone, touches nothing, and is written either as text (rules_text.h) or as netlink messages (rules_netlink.h), so
 * that what `sluicectl rules show` prints is what the kernel holds. */
#ifndef SLUICE_INTERCEPT_RULES_H
#define SLUICE_INTERCEPT_RULES_H

#include "intercept/steering.h"

#define RULES_TABLES_MAX 2
#define RULES_SETS_MAX 8
#define RULES_CHAINS_MAX 8
#define RULES_MAX 12 /* in one chain */
#define RULES_TERMS_MAX 6
#define RULES_BYPASS_SIZE 65536 /* elements of one bypass set */

/* What a set holds. */
enum rules_key {
	RULES_INTERFACE, /* a name */
	RULES_PORT,
	RULES_NET_V4, /* a prefix */
	RULES_NET_V6,
	RULES_TO_V4, /* destination and port */
	RULES_TO_V6,
	RULES_FROM_TO_V4, /* source, destination and port */
	RULES_FROM_TO_V6,
};

struct rules_set {
	const char *name;
	enum rules_key key;
	bool has_timeout; /* elements expire; RULES_PORT: after steering.dead_man_ms */
};

/* A condition or an action; text as nft writes it, N for `value`, S for `name`. */
enum rules_term_kind {
	RULES_END,
	/* conditions */
	RULES_IIFNAME_IN,         /* iifname @S */
	RULES_TCP_PORT_IN,        /* tcp dport @S */
	RULES_UDP_PORT_IN,        /* udp dport @S */
	RULES_TCP_PORT_IS,        /* tcp dport N */
	RULES_TCP,                /* meta l4proto tcp */
	RULES_IPV4,               /* meta nfproto ipv4 */
	RULES_IPV6,               /* meta nfproto ipv6 */
	RULES_SYN_ALONE,          /* tcp flags & (fin|syn|rst|ack) == syn */
	RULES_TO_LOCAL,           /* fib daddr type local */
	RULES_NET_IN_V4,          /* ip daddr @S */
	RULES_NET_IN_V6,          /* ip6 daddr @S */
	RULES_TO_IN_V4,           /* ip daddr . tcp dport @S */
	RULES_TO_IN_V6,           /* ip6 daddr . tcp dport @S */
	RULES_FROM_TO_IN_V4,      /* ip saddr . ip daddr . tcp dport @S */
	RULES_FROM_TO_IN_V6,      /* ip6 saddr . ip6 daddr . tcp dport @S */
	RULES_MARK_HAS,           /* meta mark & N == N */
	RULES_CT_MARK_HAS,        /* ct mark & N == N */
	RULES_CT_NOT_REDIRECTED,  /* ct status & dnat != dnat */
	RULES_USER_IS,            /* meta skuid N */
	RULES_SOCKET_TRANSPARENT, /* socket transparent 1 */
	/* actions */
	RULES_MARK_ADD,     /* meta mark set meta mark | N */
	RULES_CT_MARK_ADD,  /* ct mark set ct mark | N */
	RULES_COUNT,        /* counter */
	RULES_REDIRECT,     /* redirect to :N */
	RULES_TPROXY_V4,    /* tproxy ip to 127.0.0.1:N */
	RULES_TPROXY_V6,    /* tproxy ip6 to [::1]:N */
	RULES_ACCEPT,       /* accept */
	RULES_RETURN,       /* return */
	RULES_JUMP,         /* jump S */
	RULES_REJECT_RESET, /* reject with tcp reset */
	RULES_REJECT_PORT,  /* reject (ICMP port unreachable) */
};

struct rules_term {
	enum rules_term_kind kind;
	const char *name;
	uint32_t value;
};

struct rules_rule {
	struct rules_term terms[RULES_TERMS_MAX];
	size_t count;
};

struct rules_chain {
	const char *name;
	const char *type; /* "nat" or "filter"; NULL for a chain that is only jumped to */
	unsigned hook;    /* NF_INET_* */
	int priority;
	struct rules_rule rules[RULES_MAX];
	size_t count;
};

struct rules_table {
	char name[STEERING_NAME_MAX + 8];
	bool is_owned; /* vanishes with the socket that made it */
	struct rules_set sets[RULES_SETS_MAX];
	size_t set_count;
	struct rules_chain chains[RULES_CHAINS_MAX];
	size_t chain_count;
};

struct rules {
	struct steering steering;                    /* the elements of the sets */
	struct rules_table tables[RULES_TABLES_MAX]; /* the first is the one that intercepts */
	size_t count;
};

/* Names of sets that change while the rules stand. */
extern const char rules_set_alive[];         /* the ports, where they expire */
extern const char *const rules_set_bypass[]; /* by enum rules_key, from RULES_TO_V4 on */

/* Describes the rules for a steering that steering_check() accepted. */
void rules_describe(const struct steering *steering, struct rules *rules);

#endif
