/* One HTTP request by libcurl.  See transfer.h. */
#include "config.h"

#include "fetch/transfer.h"

#include "fetch/curl_library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 5000
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
/* "host:port:" and the addresses with commas. */
#define RESOLVE_TEXT_MAX (300 + FETCH_ADDRESSES_MAX * (ADDR_TEXT_MAX + 3))
#define HEADER_TEXT_MAX (FETCH_VALIDATOR_MAX + 32)
/* More than any head that libcurl would otherwise let through piece by piece. */
#define HEAD_BYTES_MAX 65536
/* Of a body that nobody wants: that of a redirect. */
#define IDLE_BODY_BYTES_MAX ((size_t)65536)

struct transfers {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer;
	struct slice trust;
};

/* A socket of libcurl. */
struct transfer_socket {
	struct loop_fd io;
	struct transfers *transfers;
};

struct transfer {
	struct transfers *transfers;
	struct transfer_request request;
	CURL *easy;
	struct curl_slist *resolve;
	struct curl_slist *headers;
	struct buffer body;
	int file; /* -1: none, or taken */
	size_t bytes;
	size_t head_bytes;
	bool is_too_large;
	bool is_refused; /* it wanted to connect to an address that was not judged */
	bool is_broken;  /* the memory file cannot be written */
	char error[CURL_ERROR_SIZE];
	char status_text[64];
	char redirect[FETCH_TARGET_MAX + 1];
	void *owner;
	void (*on_done)(void *owner, struct transfer *transfer, const struct transfer_result *result);
};

/* ---- URLs ---- */

static bool
copy_part(CURLU *url, CURLUPart part, unsigned flags, char *dst, size_t dst_size)
{
	char *text = NULL;
	bool done = curl.url_get(url, part, &text, flags) == CURLUE_OK && strlen(text) < dst_size;

	if (done)
		memcpy(dst, text, strlen(text) + 1);
	curl.free(text);
	return done;
}

static bool
has_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool has = curl.url_get(url, part, &text, 0) == CURLUE_OK;

	curl.free(text);
	return has;
}

bool
transfer_url_parse(const char *text, const struct transfer_url *base, struct transfer_url *out)
{
	CURLU *url = curl_library_load() ? curl.url() : NULL;
	char scheme[8], port[8];
	size_t len;
	uint64_t number;
	bool done = false;

	if (url == NULL)
		return false;
	if (base && curl.url_set(url, CURLUPART_URL, base->text, 0) != CURLUE_OK)
		goto out;
	if (curl.url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK || has_part(url, CURLUPART_USER) ||
		has_part(url, CURLUPART_PASSWORD) || has_part(url, CURLUPART_ZONEID))
		goto out;
	curl.url_set(url, CURLUPART_FRAGMENT, NULL, 0);
	if (!copy_part(url, CURLUPART_URL, 0, out->text, sizeof out->text) ||
		!copy_part(url, CURLUPART_SCHEME, 0, scheme, sizeof scheme) ||
		!copy_part(url, CURLUPART_HOST, 0, out->host, sizeof out->host) ||
		!copy_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, sizeof port))
		goto out;
	out->is_https = strcmp(scheme, "https") == 0;
	if ((!out->is_https && strcmp(scheme, "http") != 0) || !slice_to_u64(slice_of(port), &number) || number == 0 ||
		number > 65535)
		goto out;
	out->port = (uint16_t)number;
	len = strlen(out->host);
	if (len > 2 && out->host[0] == '[' && out->host[len - 1] == ']') {
		memmove(out->host, out->host + 1, len - 2);
		out->host[len - 2] = '\0';
	}
	done = out->host[0] != '\0';
out:
	curl.url_cleanup(url);
	return done;
}

/* ---- libcurl and the loop ---- */

static const char *
header_of(CURL *easy, const char *name)
{
	struct curl_header *header;

	if (curl.easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK ||
		strlen(header->value) > FETCH_VALIDATOR_MAX)
		return NULL;
	return header->value;
}

/* What an answer with this status means. */
static void
judge_status(struct transfer *x, long code, struct transfer_result *result)
{
	char *elsewhere = NULL;

	if (code == 200) {
		result->status = FETCH_OK;
		return;
	}
	if (code == 304 && (x->request.etag.len || x->request.last_modified.len)) {
		result->status = FETCH_NOT_MODIFIED;
		return;
	}
	snprintf(x->status_text, sizeof x->status_text, "the server answers with status %ld", code);
	result->error = x->status_text;
	if (curl.easy_getinfo(x->easy, CURLINFO_REDIRECT_URL, &elsewhere) == CURLE_OK && elsewhere &&
		strlen(elsewhere) < sizeof x->redirect) {
		snprintf(x->redirect, sizeof x->redirect, "%s", elsewhere);
		result->redirect = x->redirect;
	}
}

static void
transfer_done(struct transfer *x, CURLcode code)
{
	struct transfer_result result = {.status = FETCH_FAILED};
	long status = 0;

	curl.multi_remove_handle(x->transfers->multi, x->easy);
	curl.easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	result.body = buffer_slice(&x->body);
	result.bytes = x->bytes;
	if (x->is_refused) {
		result.status = FETCH_REFUSED;
		result.error = "it is at an address where nothing is fetched from";
	} else if (x->is_too_large || code == CURLE_FILESIZE_EXCEEDED) {
		result.status = FETCH_TOO_LARGE;
		result.error = "it is larger than is allowed";
	} else if (x->is_broken)
		result.error = "there is no memory for it";
	else if (code == CURLE_OPERATION_TIMEDOUT) {
		result.status = FETCH_TIMEOUT;
		result.error = "it takes longer than is allowed";
	} else if (code != CURLE_OK)
		result.error = x->error[0] ? x->error : curl.easy_strerror(code);
	else {
		judge_status(x, status, &result);
		result.etag = header_of(x->easy, "ETag");
		result.last_modified = header_of(x->easy, "Last-Modified");
	}
	x->on_done(x->owner, x, &result);
}

static void
collect(struct transfers *t)
{
	CURLMsg *message;
	int left;

	while ((message = curl.multi_info_read(t->multi, &left)) != NULL) {
		struct transfer *x = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&x);
		transfer_done(x, code);
	}
}

static void
on_timer(struct loop_timer *timer)
{
	struct transfers *t = LIST_ENTRY(timer, struct transfers, timer);
	int running;

	curl.multi_socket_action(t->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(t);
}

static int
on_timeout(CURLM *multi, long timeout_ms, void *context)
{
	struct transfers *t = context;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_disarm(&t->timer);
	else
		loop_timer_arm(&t->timer, (uint64_t)timeout_ms * 1000000);
	return 0;
}

/* libcurl may close the socket, and with it free `io`, within the call. */
static void
on_event(struct loop_fd *io, uint32_t events)
{
	struct transfers *t = LIST_ENTRY(io, struct transfer_socket, io)->transfers;
	int running, what = 0;

	if (events & EPOLLIN)
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		what |= CURL_CSELECT_ERR;
	curl.multi_socket_action(t->multi, io->fd, what, &running);
	collect(t);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
	struct transfers *t = context;
	struct transfer_socket *s = known;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s) {
			loop_fd_forget(&s->io);
			curl.multi_assign(t->multi, fd, NULL);
			free(s);
		}
		return 0;
	}
	if (s == NULL) {
		s = calloc(1, sizeof *s);
		if (s == NULL)
			return -1;
		s->transfers = t;
		loop_fd_init(&s->io, t->loop, fd, on_event);
		curl.multi_assign(t->multi, fd, s);
	}
	loop_fd_want(&s->io,
		(what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) | (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0));
	return 0;
}

struct transfers *
transfers_new(struct loop *loop)
{
	struct transfers *t = calloc(1, sizeof *t);

	if (t == NULL || !curl_library_load() || curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(t);
		return NULL;
	}
	t->loop = loop;
	loop_timer_init(&t->timer, loop, on_timer);
	t->multi = curl.multi_init();
	if (t->multi == NULL || curl.multi_setopt(t->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
		curl.multi_setopt(t->multi, CURLMOPT_SOCKETDATA, t) != CURLM_OK ||
		curl.multi_setopt(t->multi, CURLMOPT_TIMERFUNCTION, on_timeout) != CURLM_OK ||
		curl.multi_setopt(t->multi, CURLMOPT_TIMERDATA, t) != CURLM_OK) {
		transfers_free(t);
		return NULL;
	}
	return t;
}

void
transfers_free(struct transfers *t)
{
	if (t == NULL)
		return;
	loop_timer_disarm(&t->timer);
	if (t->multi)
		curl.multi_cleanup(t->multi);
	curl.global_cleanup();
	free(t);
}

void
transfers_set_trust(struct transfers *t, struct slice pem)
{
	t->trust = pem;
}

/* ---- one transfer ---- */

static bool
write_file(struct transfer *x, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t put = write(x->file, bytes, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		bytes += put;
		n -= (size_t)put;
	}
	return true;
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *context)
{
	struct transfer *x = context;
	long status = 0;
	size_t most = x->request.bytes_max;

	n *= size;
	curl.easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200 && most > IDLE_BODY_BYTES_MAX)
		most = IDLE_BODY_BYTES_MAX;
	if (n > most - x->bytes) {
		x->is_too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	x->bytes += n;
	if (status != 200)
		return n;
	x->is_broken = x->request.into_file ? !write_file(x, bytes, n) : !buffer_append(&x->body, slice_make(bytes, n));
	return x->is_broken ? CURL_WRITEFUNC_ERROR : n;
}

static size_t
on_head(char *bytes, size_t size, size_t n, void *context)
{
	struct transfer *x = context;

	(void)bytes;
	n *= size;
	x->head_bytes += n;
	if (x->head_bytes <= HEAD_BYTES_MAX)
		return n;
	x->is_too_large = true;
	return CURL_WRITEFUNC_ERROR;
}

/* The last word on where a connection goes, whatever libcurl believes. */
static curl_socket_t
on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *x = context;
	struct endpoint e;

	if (purpose == CURLSOCKTYPE_IPCXN && address->socktype == SOCK_STREAM &&
		endpoint_from_sockaddr(&address->addr, &e) && e.port == x->request.url->port)
		for (size_t i = 0; i < x->request.addr_count; i++)
			if (addr_eq(&x->request.addrs[i], &e.addr))
				return socket(address->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	x->is_refused = true;
	return CURL_SOCKET_BAD;
}

/* "+host:port:addr,addr": for this request, and forgotten a minute later. */
static bool
add_addresses(struct transfer *x)
{
	char text[RESOLVE_TEXT_MAX], address[ADDR_TEXT_MAX];
	const struct transfer_request *r = &x->request;
	int len = snprintf(text, sizeof text, "+%s:%u:", r->url->host, r->url->port);

	/* An IPv6 address needs no resolving, and libcurl takes none here; on_open_socket() sees that it stays there.
	 */
	if (strchr(r->url->host, ':'))
		return true;
	for (size_t i = 0; i < r->addr_count && len > 0 && (size_t)len < sizeof text - ADDR_TEXT_MAX - 4; i++) {
		addr_format(&r->addrs[i], address);
		len += snprintf(text + len, sizeof text - (size_t)len, addr_is_v4(&r->addrs[i]) ? "%s%s" : "%s[%s]",
			i ? "," : "", address);
	}
	x->resolve = curl.slist_append(NULL, text);
	return x->resolve != NULL;
}

static bool
add_header(struct transfer *x, const char *name, struct slice value)
{
	char line[HEADER_TEXT_MAX + 32];
	struct curl_slist *longer;

	if (value.len == 0)
		return true;
	snprintf(line, sizeof line, "%s: %.*s", name, SLICE_ARG(value));
	longer = curl.slist_append(x->headers, line);
	if (longer)
		x->headers = longer;
	return longer != NULL;
}

#define SET(option, value) (curl.easy_setopt(x->easy, (option), (value)) == CURLE_OK)

static bool
set_tls(struct transfer *x)
{
	struct curl_blob trust = {
		.data = (void *)(uintptr_t)x->transfers->trust.ptr,
		.len = x->transfers->trust.len,
		.flags = CURL_BLOB_COPY, /* a reload may bring others while this one is under way */
	};

	if (!x->request.allows_https)
		return true;
	return SET(CURLOPT_SSL_VERIFYPEER, 1L) && SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
	       SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) && SET(CURLOPT_CAINFO, NULL) &&
	       SET(CURLOPT_CAPATH, NULL) && SET(CURLOPT_CAINFO_BLOB, &trust);
}

static bool
set_options(struct transfer *x)
{
	const struct transfer_request *r = &x->request;

	return SET(CURLOPT_PRIVATE, (void *)x) && SET(CURLOPT_URL, r->url->text) &&
	       SET(CURLOPT_PROTOCOLS_STR, r->allows_https ? "http,https" : "http") && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
	       SET(CURLOPT_FAILONERROR, 1L) && SET(CURLOPT_PROXY, "") && SET(CURLOPT_NOPROXY, "*") &&
	       SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
	       SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) && SET(CURLOPT_FRESH_CONNECT, 1L) &&
	       SET(CURLOPT_FORBID_REUSE, 1L) && SET(CURLOPT_RESOLVE, x->resolve) &&
	       SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket) && SET(CURLOPT_OPENSOCKETDATA, (void *)x) &&
	       SET(CURLOPT_WRITEFUNCTION, on_body) && SET(CURLOPT_WRITEDATA, (void *)x) &&
	       SET(CURLOPT_HEADERFUNCTION, on_head) && SET(CURLOPT_HEADERDATA, (void *)x) &&
	       SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)r->bytes_max) &&
	       SET(CURLOPT_TIMEOUT_MS, (long)r->timeout_ms) &&
	       SET(CURLOPT_CONNECTTIMEOUT_MS,
		       (long)(r->timeout_ms < CONNECT_TIMEOUT_MS ? r->timeout_ms : CONNECT_TIMEOUT_MS)) &&
	       SET(CURLOPT_ERRORBUFFER, x->error) && SET(CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION) &&
	       SET(CURLOPT_HTTPHEADER, x->headers) && set_tls(x);
}

struct transfer *
transfer_start(struct transfers *t, const struct transfer_request *request, void *owner,
	void (*on_done)(void *owner, struct transfer *transfer, const struct transfer_result *result))
{
	struct transfer *x = calloc(1, sizeof *x);

	if (x == NULL)
		return NULL;
	*x = (struct transfer){
		.transfers = t,
		.request = *request,
		.body = buffer_make(request->into_file ? 0 : request->bytes_max),
		.file = -1,
		.owner = owner,
		.on_done = on_done,
	};
	if (request->into_file) {
		x->file = memfd_create("sluice-fetch", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (x->file < 0)
			goto failed;
	}
	x->easy = curl.easy_init();
	if (x->easy && add_addresses(x) && add_header(x, "If-None-Match", request->etag) &&
		add_header(x, "If-Modified-Since", request->last_modified) && set_options(x) &&
		curl.multi_add_handle(t->multi, x->easy) == CURLM_OK)
		return x;
failed:
	transfer_free(x);
	return NULL;
}

struct fetch_progress
transfer_progress(const struct transfer *x)
{
	curl_off_t total = 0;

	if (curl.easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total) != CURLE_OK || total < 0)
		total = 0;
	return (struct fetch_progress){.bytes = x->bytes, .total = (uint64_t)total};
}

int
transfer_take_file(struct transfer *x)
{
	int fd = x->file;

	x->file = -1;
	if (fd >= 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void
transfer_free(struct transfer *x)
{
	if (x == NULL)
		return;
	if (x->easy) {
		curl.multi_remove_handle(x->transfers->multi, x->easy); /* harmless where it was removed */
		curl.easy_cleanup(x->easy);
	}
	curl.slist_free_all(x->resolve);
	curl.slist_free_all(x->headers);
	buffer_release(&x->body);
	if (x->file >= 0)
		close(x->file);
	free(x);
}
