/* The table of all settings.  See schema.h. */
#include "conf/schema.h"

#include "conf/snapshot.h"

#define OF(member) offsetof(struct conf, member)
#define LIST_OF(member) offsetof(struct conf_list, member)
#define EXCEPTION_OF(member) offsetof(struct conf_exception, member)
#define SECONDS(n) (UINT64_C(1000000000) * (n))
#define HOURS(n) SECONDS(3600 * UINT64_C(n))
#define KIB(n) (UINT64_C(1024) * (n))
#define MIB(n) KIB(1024 * UINT64_C(n))

static const char *const steer_names[] = {"redirect", "tproxy", NULL};
static const char *const on_failure_names[] = {"open", "closed", NULL};
static const char *const unknown_names[] = {"pass", "block", NULL};
static const char *const bad_origin_names[] = {"tls-error", "block-page", NULL};
static const char *const ech_names[] = {"retry", "block", NULL};
static const char *const tls_version_names[] = {"1.2", "1.3", NULL};
static const char *const crl_names[] = {"off", "background", NULL};
static const char *const record_format_names[] = {"ecs", "squid", "combined", NULL};
static const char *const record_urls_names[] = {"full", "path", "host", NULL};
static const char *const log_level_names[] = {"debug", "info", "warning", "error", NULL};
static const char *const youtube_names[] = {"off", "moderate", "strict", NULL};
static const char *const page_status_names[] = {"403", "451", NULL};
static const char *const list_format_names[] = {
	"auto", "squidguard", "hosts", "plain", "wildcard", "dnsmasq", "adblock", "rpz", NULL};

/* block, key, type, offset, least, most, default, names, reload, help */
const struct conf_setting conf_settings[] = {
	{"", "state_dir", CONF_PATH, OF(state_dir), 0, 0, LOCALSTATEDIR "/lib/sluice", NULL, CONF_RESTART,
		"Where the CA, the lists and the stores live."},
	{"", "log_dir", CONF_PATH, OF(log_dir), 0, 0, LOCALSTATEDIR "/log/sluice", NULL, CONF_RESTART,
		"Where the records of traffic are written."},
	{"", "run_dir", CONF_PATH, OF(run_dir), 0, 0, RUNSTATEDIR "/sluice", NULL, CONF_RESTART,
		"Where the control socket and the process id are."},
	{"", "user", CONF_TEXT, OF(user), 0, 0, "sluice", NULL, CONF_RESTART,
		"The unprivileged user that the daemon's processes become when it is started by root."},
	{"", "monitor", CONF_BOOL, OF(monitor), 0, 0, "no", NULL, CONF_LIVE,
		"Whether no rule is enforced: what block and warn would have done is recorded, and the traffic goes "
		"on."},

	{"gateway", "interface", CONF_TEXTS, OF(gateway.interface), 0, 0, "", NULL, CONF_LIVE,
		"The interfaces whose forwarded traffic is intercepted.  None: no forwarded traffic."},
	{"gateway", "ports", CONF_PORTS, OF(gateway.ports), 0, 0, "80 443", NULL, CONF_LIVE,
		"The TCP destination ports that are intercepted."},
	{"gateway", "steer", CONF_ENUM, OF(gateway.steer), 0, 0, "redirect", steer_names, CONF_RESTART,
		"How the kernel hands connections over: by redirection in NAT, or by transparent sockets, which need "
		"no "
		"connection tracking.  Origins see the gateway's address either way."},
	{"gateway", "on_failure", CONF_ENUM, OF(gateway.on_failure), 0, 0, "open", on_failure_names, CONF_LIVE,
		"Whether traffic flows unfiltered or stops while the daemon is down."},
	{"gateway", "unknown", CONF_ENUM, OF(gateway.unknown), 0, 0, "pass", unknown_names, CONF_LIVE,
		"What becomes of connections that speak neither TLS nor HTTP, where no rule names them."},
	{"gateway", "listen", CONF_ADDRESS, OF(gateway.listen), 0, 0, "::", NULL, CONF_RESTART,
		"The address of the intercepting ports; :: is all, of both families."},
	{"gateway", "redirect_port", CONF_COUNT_U16, OF(gateway.redirect_port), 1, 65535, "3129", NULL, CONF_RESTART,
		"The port that redirected connections arrive at."},
	{"gateway", "tproxy_port", CONF_COUNT_U16, OF(gateway.tproxy_port), 1, 65535, "3130", NULL, CONF_RESTART,
		"The port that transparently steered connections arrive at."},
	{"gateway", "install_rules", CONF_BOOL, OF(gateway.install_rules), 0, 0, "yes", NULL, CONF_LIVE,
		"Whether the daemon installs the kernel rules itself, and removes them.  Without an interface and "
		"without local there are none."},
	{"gateway", "local", CONF_BOOL, OF(gateway.local), 0, 0, "no", NULL, CONF_LIVE,
		"Whether the connections that this machine itself opens are intercepted, too."},
	{"gateway", "exclude", CONF_PREFIXES, OF(gateway.exclude), 0, 0, "", NULL, CONF_LIVE,
		"Destinations that never reach the proxy: the kernel forwards them as if it were not there."},
	{"gateway", "mark", CONF_COUNT, OF(gateway.mark), 1, UINT32_MAX, "0x736c", NULL, CONF_RESTART,
		"The firewall mark of the proxy's own connections, so that they are not intercepted again."},
	{"gateway", "prove_pass", CONF_BOOL, OF(gateway.prove_pass), 0, 0, "yes", NULL, CONF_LIVE,
		"Whether a rule that passes by the site's name needs a proof that the destination is the site's own: "
		"the "
		"address is among the answers of DNS, or the server there has a certificate for the name.  Without it, "
		"whoever names a passed site and connects elsewhere is not read."},
	{"gateway", "threads", CONF_COUNT, OF(gateway.threads), 0, 256, "0", NULL, CONF_RESTART,
		"The worker's threads; 0 is one for each core."},

	{"tls", "trust", CONF_TRUST, OF(tls.trust_system), 0, 0, "system", NULL, CONF_LIVE,
		"Whom to believe about origins: the system's authorities, PEM files, folders of PEM files."},
	{"tls", "ct_logs", CONF_PATH, OF(tls.ct_logs), 0, 0, NULL, NULL, CONF_LIVE,
		"The list of certificate transparency logs (log_list.json, version 3, of a browser's publisher).  With "
		"it "
		"certificates below the system's authorities must be logged as browsers want them to be.  A list that "
		"is older than 70 days refuses nothing, and says so."},
	{"tls", "bad_origin", CONF_ENUM, OF(tls.bad_origin), 0, 0, "tls-error", bad_origin_names, CONF_LIVE,
		"How an origin whose certificate does not hold is reported: by a certificate from an issuer that no "
		"client trusts, so that the browser itself warns, or by a page from the gateway."},
	{"tls", "min_version", CONF_ENUM, OF(tls.min_version), 0, 0, "1.2", tls_version_names, CONF_LIVE,
		"The oldest TLS version spoken on either side."},
	{"tls", "ech", CONF_ENUM, OF(tls.ech), 0, 0, "retry", ech_names, CONF_LIVE,
		"What becomes of a connection that carries ECH under one of ech_public_names, so that nobody knows "
		"whom "
		"it is for: it is read, which makes the client come again without ECH, or it is blocked."},
	{"tls", "ech_public_names", CONF_TEXTS, OF(tls.ech_public_names), 0, 0, "cloudflare-ech.com public.tls-ech.dev",
		NULL, CONF_LIVE,
		"The names that sites hide behind by ECH, a host or *.HOST: with ECH they are never passed, whatever "
		"the "
		"rules say."},
	{"tls", "origin_resume", CONF_BOOL, OF(tls.origin_resume), 0, 0, "yes", NULL, CONF_LIVE,
		"Whether sessions with origins are resumed."},
	{"tls", "leaf_days", CONF_COUNT, OF(tls.leaf_days), 1, 46, "46", NULL, CONF_LIVE,
		"How long a minted certificate is valid at most, in days."},
	{"tls", "leaf_cache", CONF_COUNT, OF(tls.leaf_cache), 16, 1000000, "4096", NULL, CONF_RESTART,
		"How many minted certificates are kept in memory."},
	{"tls", "ca_name", CONF_TEXT, OF(tls.ca_name), 0, 0, "sluice local CA", NULL, CONF_RESTART,
		"The common name of the CA, when it is made."},

	{"tls", "fetch_issuers", CONF_BOOL, OF(tls.fetch_issuers), 0, 0, "yes", NULL, CONF_LIVE,
		"Whether the certificate of an issuer that an origin forgot to send is fetched from where the origin's "
		"certificate says it is (AIA), as browsers do."},
	{"tls", "fetch_from", CONF_PREFIXES, OF(tls.fetch_from), 0, 0, "", NULL, CONF_LIVE,
		"Inner networks that issuers and revocation lists may be fetched from.  Without this, what a "
		"certificate "
		"names is fetched from the Internet only; from this machine itself never."},
	{"tls", "crl", CONF_ENUM, OF(tls.crl), 0, 0, "background", crl_names, CONF_LIVE,
		"Whether the revocation lists that origins' certificates name are fetched.  They are in the "
		"background: no "
		"connection waits, and a list that cannot be had revokes nothing.  Once it is there it counts, also "
		"for "
		"chains that are remembered and for resumed sessions."},
	{"tls", "issuance_size", CONF_SIZE, OF(tls.issuance_size), KIB(4), MIB(65536), "64m", NULL, CONF_LIVE,
		"How large the log of issued certificates grows before the next file begins."},
	{"tls", "issuance_keep", CONF_COUNT, OF(tls.issuance_keep), 0, 1000000, "0", NULL, CONF_LIVE,
		"How many files of that log are kept beside the one that is written; 0: all."},
	{"tls", "crl_max", CONF_SIZE, OF(tls.crl_max), KIB(64), MIB(64), "8m", NULL, CONF_LIVE,
		"The largest revocation list that is fetched.  The largest of public authorities have some MiB."},

	{"bypass", "learn", CONF_BOOL, OF(bypass.learn), 0, 0, "yes", NULL, CONF_LIVE,
		"Whether connections that cannot be read are passed for a while, where policy allows: a client refuses "
		"our "
		"certificate for a name, or an origin demands one of the client."},
	{"bypass", "refusals", CONF_COUNT, OF(bypass.refusals), 1, 100, "2", NULL, CONF_LIVE,
		"How often a client must have refused our certificate for a name."},
	{"bypass", "for", CONF_DURATION, OF(bypass.for_ns), SECONDS(60), HOURS(24 * 365), "24h", NULL, CONF_LIVE,
		"How long what was learnt holds."},
	{"bypass", "max", CONF_COUNT, OF(bypass.max), 16, 1000000, "10000", NULL, CONF_LIVE,
		"How many are remembered; the one that was learnt first goes first."},

	{"override", "codes", CONF_BOOL, OF(override.codes), 0, 0, "yes", NULL, CONF_LIVE,
		"Whether the codes that sluicectl override makes are accepted, and hold.  Without a code nobody is "
		"asked for one."},
	{"override", "attempts", CONF_COUNT, OF(override.attempts), 1, 100, "5", NULL, CONF_LIVE,
		"How many wrong codes of one client (of IPv6, one /64) are looked at within 15 minutes."},
	{"override", "attempts_all", CONF_COUNT, OF(override.attempts_all), 1, 1000, "100", NULL, CONF_LIVE,
		"How many wrong codes of all clients are looked at within 15 minutes."},

	{"admin", "listen", CONF_ENDPOINTS, OF(admin.listen), 0, 0, "127.0.0.1:3180", NULL, CONF_RESTART,
		"Where /metrics and /healthz are served, in plain HTTP; off for nowhere.  Where the port is taken the "
		"daemon does not start; of the default address, which nobody has asked for, it goes without."},
	{"admin", "allow", CONF_PREFIXES, OF(admin.allow), 0, 0, NULL, NULL, CONF_LIVE,
		"Networks that may ask there, beside this machine by its loopback addresses.  Others are closed "
		"unread."},

	{"http", "max_header", CONF_SIZE, OF(http.max_header), KIB(4), MIB(1), "64k", NULL, CONF_LIVE,
		"The longest head of a request or a response."},
	{"http", "max_fields", CONF_COUNT, OF(http.max_fields), 16, 2000, "200", NULL, CONF_LIVE,
		"The most fields in one head."},
	{"http", "via", CONF_BOOL, OF(http.via), 0, 0, "no", NULL, CONF_LIVE,
		"Whether forwarded messages name the proxy in Via (RFC 9110, section 7.6.3)."},
	{"http", "forwarded", CONF_BOOL, OF(http.forwarded), 0, 0, "no", NULL, CONF_LIVE,
		"Whether origins are told the client's address in Forwarded (RFC 7239)."},
	{"http", "pool", CONF_BOOL, OF(http.pool), 0, 0, "yes", NULL, CONF_LIVE,
		"Whether idle connections to an origin serve further clients, for the same destination and name only, "
		"and only where nothing in them belongs to one client."},
	{"http", "pool_idle", CONF_DURATION, OF(http.pool_idle_ns), 0, HOURS(1), "30s", NULL, CONF_LIVE,
		"How long an idle connection to an origin is kept, for its client and then for others; 0: for its "
		"client alone, as long as that stays."},
	{"http", "pool_per_origin", CONF_COUNT, OF(http.pool_per_origin), 1, 1000, "8", NULL, CONF_LIVE,
		"How many idle connections to one origin a thread keeps."},

	{"limits", "connections", CONF_COUNT, OF(limits.connections), 16, 10000000, "20000", NULL, CONF_RESTART,
		"The most client connections at once; further ones wait in the kernel."},
	{"limits", "per_client", CONF_COUNT, OF(limits.per_client), 1, 10000000, "2000", NULL, CONF_LIVE,
		"The most connections at once from one client address."},
	{"limits", "peek_timeout", CONF_DURATION, OF(limits.peek_ns), SECONDS(1) / 100, SECONDS(60), "5s", NULL,
		CONF_LIVE, "How long a client may be silent before its connection counts as unknown protocol."},
	{"limits", "connect_timeout", CONF_DURATION, OF(limits.connect_ns), SECONDS(1) / 100, SECONDS(300), "10s", NULL,
		CONF_LIVE, "How long connecting to an origin may take."},
	{"limits", "handshake_timeout", CONF_DURATION, OF(limits.handshake_ns), SECONDS(1) / 100, SECONDS(300), "10s",
		NULL, CONF_LIVE, "How long a TLS handshake may take, on either side."},
	{"limits", "header_timeout", CONF_DURATION, OF(limits.header_ns), SECONDS(1) / 100, HOURS(1), "30s", NULL,
		CONF_LIVE, "How long a client may take for the head of a request once it began."},
	{"limits", "body_timeout", CONF_DURATION, OF(limits.body_ns), SECONDS(1) / 100, HOURS(24), "2m", NULL,
		CONF_LIVE, "How long a body, or the answer to a request, may make no progress."},
	{"limits", "body_rate", CONF_COUNT, OF(limits.body_rate), 0, 1000000, "64", NULL, CONF_LIVE,
		"How many bytes a second a client must send of a request's body on average, once it has taken longer "
		"than header_timeout; 0 for any rate.  Bodies whose length nobody knows, on HTTP/2 or after the "
		"answer has begun, may take their time."},
	{"limits", "idle_timeout", CONF_DURATION, OF(limits.idle_ns), SECONDS(1) / 100, HOURS(24), "75s", NULL,
		CONF_LIVE, "How long a client connection is kept open between requests."},
	{"limits", "tunnel_idle", CONF_DURATION, OF(limits.tunnel_idle_ns), SECONDS(1) / 100, HOURS(24 * 30), "2h",
		NULL, CONF_LIVE, "How long a passed connection or a WebSocket may be silent in both directions."},
	{"limits", "drain", CONF_DURATION, OF(limits.drain_ns), 0, HOURS(24), "30s", NULL, CONF_LIVE,
		"How long connections may go on when the daemon is asked to stop."},

	{"record", "format", CONF_ENUM, OF(record.format), 0, 0, "ecs", record_format_names, CONF_LIVE,
		"JSON lines with the names of the Elastic Common Schema, Squid's native format, or Apache's combined."},
	{"record", "path", CONF_PATH, OF(record.path), 0, 0, NULL, NULL, CONF_LIVE,
		"The file of the records; access.json in log_dir where nothing else is said."},
	{"record", "urls", CONF_ENUM, OF(record.urls), 0, 0, "host", record_urls_names, CONF_LIVE,
		"How much of an URL a record keeps: all of it, without the query, or the host alone.  What was "
		"decrypted "
		"leaves no trace of what was read unless more is asked for here; sluicectl replay then judges rules "
		"about "
		"paths, too."},
	{"record", "queue", CONF_COUNT, OF(record.queue), 64, 1048576, "8192", NULL, CONF_RESTART,
		"How many records may wait for the disk; further ones are dropped and counted."},

	{"log", "level", CONF_ENUM, OF(log.level), 0, 0, "info", log_level_names, CONF_LIVE,
		"The least level of the daemon's own messages."},
	{"log", "syslog", CONF_BOOL, OF(log.syslog), 0, 0, "no", NULL, CONF_RESTART,
		"Whether these messages go to syslog, beside standard error."},

	{"hold", "bytes", CONF_SIZE, OF(hold.bytes), 512, MIB(16), "64k", NULL, CONF_LIVE,
		"How much of a body is held back at most, while a rule needs its content."},
	{"hold", "time", CONF_DURATION, OF(hold.time_ns), 0, SECONDS(30), "150ms", NULL, CONF_LIVE,
		"How long a body is held back at most, while a rule needs its content."},

	{"content", "phrases", CONF_PATHS, OF(content.phrases), 0, 0, "", NULL, CONF_LIVE,
		"Phrase list files (weighted and banned phrases in e2guardian's format) that make the phrases score."},
	{"content", "model", CONF_PATH, OF(content.model), 0, 0, NULL, NULL, CONF_LIVE,
		"The text model that tells topics apart, as trained with sluicectl model train."},
	{"content", "protect", CONF_TEXTS, OF(content.protect), 0, 0, "", NULL, CONF_LIVE,
		"Names such as bank.example.com that others are not to be mistaken for: rules may ask for suspicious "
		"lookalike."},
	{"content", "max_body", CONF_SIZE, OF(content.max_body), KIB(4), MIB(1024), "2m", NULL, CONF_LIVE,
		"How much of a decoded body is read for phrases and topics."},
	{"content", "decode_memory", CONF_SIZE, OF(content.decode_memory), MIB(1), MIB(65536), "256m", NULL, CONF_LIVE,
		"The memory of all decoders (gzip, br, zstd) together; beyond it bodies go unread."},
	{"content", "decode_ratio", CONF_COUNT, OF(content.decode_ratio), 2, 100000, "100", NULL, CONF_LIVE,
		"How much larger than its coded form a body may become before it counts as a bomb."},

	{"clients", "users", CONF_PATHS, OF(clients.users), 0, 0, "", NULL, CONF_LIVE,
		"Files that say who uses which address, a line each: ADDRESS USER [GROUP...] [until TIME].  They are "
		"read "
		"anew a second after they change.  In rules, user @GROUP names a group of these files."},

	{"pages", "status", CONF_ENUM, OF(pages.status), 0, 0, "403", page_status_names, CONF_LIVE,
		"The status of the block page."},
	{"pages", "templates", CONF_PATH, OF(pages.templates), 0, 0, NULL, NULL, CONF_LIVE,
		"A folder of page templates; without one the built-in pages are shown."},
	{"pages", "contact", CONF_TEXT, OF(pages.contact), 0, 0, NULL, NULL, CONF_LIVE,
		"Whom the block page names for a review: an URL or a mail address."},

	{"enforce", "safe_search", CONF_BOOL, OF(enforce.safe_search), 0, 0, "no", NULL, CONF_LIVE,
		"Whether searches with Google, Bing and DuckDuckGo that are inspected are asked for without adult "
		"content."},
	{"enforce", "youtube", CONF_ENUM, OF(enforce.youtube), 0, 0, "off", youtube_names, CONF_LIVE,
		"The restricted mode that YouTube is asked for."},
	{"enforce", "google_domains", CONF_TEXTS, OF(enforce.google_domains), 0, 0, "", NULL, CONF_LIVE,
		"The Google Workspace domains whose accounts may sign in; none: all may."},
	{"enforce", "microsoft_tenants", CONF_TEXTS, OF(enforce.microsoft_tenants), 0, 0, "", NULL, CONF_LIVE,
		"The Microsoft Entra tenants (domains or ids) whose accounts may sign in; none: all may."},
	{"enforce", "microsoft_context", CONF_TEXT, OF(enforce.microsoft_context), 0, 0, NULL, NULL, CONF_LIVE,
		"The directory id of the tenant that restricts, which Microsoft wants beside microsoft_tenants."},
	{"enforce", "microsoft_personal", CONF_BOOL, OF(enforce.microsoft_personal), 0, 0, "yes", NULL, CONF_LIVE,
		"Whether personal Microsoft accounts may sign in."},

	{"list", "path", CONF_PATH, LIST_OF(path), 0, 0, NULL, NULL, CONF_LIVE, "The list's file or folder."},
	{"list", "url", CONF_TEXT, LIST_OF(url), 0, 0, NULL, NULL, CONF_LIVE,
		"Where the list is fetched from (http or https), in the place of a path; the last good copy is kept in "
		"state_dir/lists/NAME."},
	{"list", "format", CONF_ENUM, LIST_OF(format), 0, 0, "auto", list_format_names, CONF_LIVE,
		"The list's format; auto looks at it."},
	{"list", "category", CONF_TEXT, LIST_OF(category), 0, 0, NULL, NULL, CONF_LIVE,
		"The category of all names in it; without one, the list's own categories, or the list's name."},
	{"list", "refresh", CONF_DURATION, LIST_OF(refresh_ns), SECONDS(60), HOURS(24 * 365), "1d", NULL, CONF_LIVE,
		"How often a list with an url is asked for again."},
	{"list", "allow", CONF_BOOL, LIST_OF(allow), 0, 0, "no", NULL, CONF_LIVE,
		"Whether the hosts of this list, and all below them, are in no category whatever other lists say."},
	{"list", "expressions", CONF_BOOL, LIST_OF(expressions), 0, 0, "no", NULL, CONF_LIVE,
		"Whether the list's regular expressions are used; many lists have very broad ones."},

	{"exception", "key", CONF_TEXT, EXCEPTION_OF(key), 0, 0, NULL, NULL, CONF_LIVE,
		"The certificate's key, as the record of the refusal has it in sluice.key: sha256: and 64 hexadecimal "
		"digits.  Any other certificate of the host is judged as ever."},
	{"exception", "fault", CONF_TEXT, EXCEPTION_OF(fault), 0, 0, NULL, NULL, CONF_LIVE,
		"The one fault that is let through, as the record has it in sluice.verify, for example expired, "
		"self_signed, unknown_issuer or name_mismatch.  Wrong signatures, revoked certificates, misused keys "
		"and our own CA cannot be let through."},
	{"exception", "until", CONF_TEXT, EXCEPTION_OF(until), 0, 0, NULL, NULL, CONF_LIVE,
		"The last day (UTC) as YYYY-MM-DD, within 90 days from now."},
};
const size_t conf_setting_count = sizeof conf_settings / sizeof conf_settings[0];

const struct conf_block conf_blocks[] = {
	{"gateway", false, false, "What is intercepted, and how."},
	{"tls", false, false, "Both legs of an intercepted TLS connection."},
	{"bypass", false, false, "What cannot be read, and is passed nevertheless."},
	{"override", false, false, "Codes that set a rule aside, for somebody and for a while."},
	{"admin", false, false, "The metrics, and whether all is well: see METRICS in sluiced(8)."},
	{"http", false, false, "The messages that go through."},
	{"limits", false, false, "How many, and how long."},
	{"record", false, false, "What is written of the traffic."},
	{"log", false, false, "What the daemon says of itself."},
	{"hold", false, false, "How long a body waits for a verdict."},
	{"content", false, false, "What bodies are judged by."},
	{"clients", false, false, "Who they are."},
	{"pages", false, false, "What a user sees who is stopped."},
	{"enforce", false, false, "What is asked of search engines, YouTube and sign-in pages in the clients' name."},
	{"list", true, false, "Names and URLs with their categories."},
	{"exception", true, false, "A host whose certificate is accepted in spite of one fault, for a while."},
	{"group", true, true, "Who."},
	{"time", true, true, "When."},
	{"policy", false, true, "The rules; the first that matches wins."},
};
const size_t conf_block_count = sizeof conf_blocks / sizeof conf_blocks[0];

const struct conf_setting *
conf_setting_find(const char *block, struct slice key)
{
	for (size_t i = 0; i < conf_setting_count; i++)
		if (strcmp(conf_settings[i].block, block) == 0 && slice_eq(slice_of(conf_settings[i].key), key))
			return &conf_settings[i];
	return NULL;
}

const struct conf_block *
conf_block_find(struct slice name)
{
	for (size_t i = 0; i < conf_block_count; i++)
		if (slice_eq(slice_of(conf_blocks[i].name), name))
			return &conf_blocks[i];
	return NULL;
}
