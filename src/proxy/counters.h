/* What a thread counts.  Each thread has its own set, which it alone changes; any thread may read them all.
 * `sluicectl status` shows them by these names; which metric each is part of says proc/metrics.c. */
#ifndef SLUICE_PROXY_COUNTERS_H
#define SLUICE_PROXY_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "proxy/origin_error.h"
#include "tls/verify_reason.h"

#define PROXY_COUNTERS(X)                                                                                \
	X(connections, "Connections accepted")                                                           \
	X(connections_refused, "Connections refused before anything was read: loop, own address, limit") \
	X(flows_passed, "Flows relayed untouched")                                                       \
	X(flows_inspected, "Flows read by the proxy")                                                    \
	X(flows_blocked, "Flows refused by policy")                                                      \
	X(flows_failed, "Flows that ended before anything was served")                                   \
	X(exchanges, "Requests answered")                                                                \
	X(exchanges_http1, "Of these, by clients that spoke HTTP/1")                                     \
	X(exchanges_http2, "Of these, by clients that spoke HTTP/2")                                     \
	X(exchanges_blocked, "Requests answered by a block page")                                        \
	X(exchanges_failed, "Requests that failed on either side")                                       \
	X(bodies_unread, "Bodies that could not be read to their end, for rules that ask for content")   \
	X(requests_bad, "Requests refused as malformed")                                                 \
	X(handshakes_client, "TLS handshakes finished with clients")                                     \
	X(handshakes_client_resumed, "TLS handshakes with clients that resumed a session")               \
	X(handshakes_client_failed, "TLS handshakes that clients failed or refused")                     \
	X(handshakes_origin, "TLS handshakes finished with origins")                                     \
	X(handshakes_origin_resumed, "TLS handshakes with origins that resumed a session")               \
	X(hellos_equal, "ClientHellos to origins with the JA4 of the client's own")                      \
	X(hellos_different, "ClientHellos to origins with another JA4 than the client's")                \
	X(pq_downgrades, "Sessions in which one leg lacks the post-quantum group that was asked for")    \
	X(client_certificates_demanded, "Origins that demanded a certificate of the client")             \
	X(ech_retries, "Clients that came for a name hidden by ECH, and retry without")                  \
	X(bypasses_learnt, "Bypasses learnt of flows that cannot be read")                               \
	X(bypasses_used, "Flows passed by a bypass")                                                     \
	X(overrides_used, "Override codes that were entered and accepted")                               \
	X(overrides_refused, "Override codes that were entered and not accepted")                        \
	X(exchanges_overridden, "Requests that an override let through")                                 \
	X(origins_refused, "Origins whose certificate was refused")                                      \
	X(origin_connects, "Connections made to origins")                                                \
	X(origin_connects_failed, "Connections to origins that failed")                                  \
	X(origin_pool_hits, "Flows and requests served by a kept connection of another flow")            \
	X(origin_pool_misses, "Flows and requests for which no connection was kept")                     \
	X(origin_pool_ended, "Kept connections that were closed unused: by their origin, time or room")  \
	X(origin_reused, "Requests sent on an origin connection that had served before")                 \
	X(passes_unproved, "Flows whose name was no proof of their destination: not passed by it")       \
	X(flows_unread_for_clock, "TLS flows not read since the date cannot be relied on")               \
	X(issuers_fetched, "Certificates of issuers that were fetched since origins did not send them")  \
	X(leaves_minted, "Leaf certificates minted")                                                     \
	X(leaves_cached, "Leaf certificates found in the cache")                                         \
	X(mint_failures, "Leaf certificates that the signer refused")                                    \
	X(bytes_client_in, "Bytes read from clients")                                                    \
	X(bytes_client_out, "Bytes written to clients")                                                  \
	X(accept_errors, "Failures of accept, such as no descriptors left")                              \
	X(timeouts, "Sessions and exchanges ended by a deadline")

struct proxy_counters {
#define PROXY_COUNTER_FIELD(name, help) _Atomic uint64_t name;
	PROXY_COUNTERS(PROXY_COUNTER_FIELD)
#undef PROXY_COUNTER_FIELD
	_Atomic uint64_t refusals[VERIFY_REASONS];        /* of origins_refused */
	_Atomic uint64_t connect_failures[ORIGIN_ERRORS]; /* of origin_connects_failed */
};

/* Only the owning thread calls this: a plain load and store, no locked instruction. */
static inline void
counter_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

#endif
