/* A stream over OpenSSL.  See tls_stream.h. */
#include "tls/tls_stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <sys/socket.h>

#include "tls/ticket.h"

/* Largest plaintext of one record: RFC 8446 section 5.1. */
#define RECORD_MAX 16384

static struct tls_stream *
tls_of(struct stream *s)
{
	return (struct tls_stream *)s;
}

/* ---- failures ---- */

static void
on_info(const SSL *ssl, int where, int value)
{
	struct tls_stream *t = SSL_get_app_data(ssl);

	/* Brings SSL_read to its end; translate_error() tells the reader. */
	if (t->is_greeted && (where & (SSL_CB_LOOP | SSL_CB_ALERT)) && ++t->late_messages > TLS_LATE_MESSAGES_MAX)
		t->socket.is_deaf = true;
	if (!(where & SSL_CB_ALERT))
		return;
	if (where & SSL_CB_READ)
		t->failure.alert_received = value & 0xff;
	else
		t->failure.alert_sent = value & 0xff;
	if (t->failure.alert_sent == SSL_AD_NO_RENEGOTIATION)
		t->was_asked_to_renegotiate = true;
}

static void
note_failure(struct tls_stream *t)
{
	unsigned long code = ERR_peek_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	t->failure.error = t->socket.error;
	if (t->failure.text[0] == '\0') {
		if (reason)
			snprintf(t->failure.text, sizeof t->failure.text, "%s", reason);
		else if (t->failure.error)
			snprintf(t->failure.text, sizeof t->failure.text, "%s", strerror(-t->failure.error));
		else
			snprintf(t->failure.text, sizeof t->failure.text, "connection closed");
	}
	ERR_clear_error();
}

/* What an SSL call that did not succeed means for the stream's reader or writer. */
static ssize_t
translate_error(struct tls_stream *t, int result)
{
	int error = SSL_get_error(t->ssl, result);

	switch (error) {
	case SSL_ERROR_WANT_READ:
		if (t->socket.is_deaf) {
			snprintf(t->failure.text, sizeof t->failure.text, "flood of handshake messages");
			return -EPROTO;
		}
		t->is_starved = true;
		return STREAM_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		t->stream.blocked_on_write = true;
		return STREAM_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SSL:
		if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
			note_failure(t);
			return STREAM_TRUNCATED;
		}
		note_failure(t);
		return -EPROTO;
	default:
		note_failure(t);
		return t->failure.error ? t->failure.error : STREAM_TRUNCATED;
	}
}

/* ---- the stream ---- */

static ssize_t
tls_read(struct stream *s, void *to, size_t n)
{
	struct tls_stream *t = tls_of(s);
	size_t total = 0;

	ERR_clear_error();
	/* A server that begins anew wants what a client of ours cannot give, a certificate most likely, and would wait
	 * for it: that ends here, at once. */
	if (t->was_asked_to_renegotiate && !SSL_is_server(t->ssl)) {
		snprintf(t->failure.text, sizeof t->failure.text, "renegotiation");
		return -EPROTO;
	}
	/* One call gives one record at most: gather while there is more at hand. */
	while (total < n) {
		size_t got = 0;
		int result = SSL_read_ex(t->ssl, (char *)to + total, n - total, &got);

		total += got;
		if (result == 1) {
			t->is_starved = false;
			if (!SSL_has_pending(t->ssl))
				break;
			continue;
		}
		if (total == 0) {
			ssize_t error = translate_error(t, result);

			return error == STREAM_AGAIN && t->was_asked_to_renegotiate && !SSL_is_server(t->ssl) ? -EPROTO
													      : error;
		}
		/* Why it ended here is met again, and told, by the next read; but for a part of a record. */
		switch (SSL_get_error(t->ssl, result)) {
		case SSL_ERROR_WANT_WRITE:
			t->stream.blocked_on_write = true;
			break;
		case SSL_ERROR_WANT_READ:
			t->is_starved = true;
			break;
		default:
			break;
		}
		ERR_clear_error();
		break;
	}
	s->bytes_in += total;
	return (ssize_t)total;
}

/* TLS 1.3: the ticket goes with the first bytes that are written, in one segment.  A client that gets no answer has
 * nothing to come back to. */
static void
make_owed_ticket(struct tls_stream *t)
{
	t->owes_ticket = false;
	if (SSL_new_session_ticket(t->ssl) != 1)
		return;
	t->socket.is_holding = true;
	SSL_do_handshake(t->ssl);
	t->socket.is_holding = false;
	ERR_clear_error();
}

static ssize_t
tls_writev(struct stream *s, const struct iovec *iov, int count)
{
	struct tls_stream *t = tls_of(s);
	static __thread char record[RECORD_MAX];
	ssize_t total = 0;
	int at = 0;
	size_t offset = 0;

	ERR_clear_error();
	if (t->owes_ticket)
		make_owed_ticket(t);
	while (at < count) {
		const char *from;
		size_t n = 0, put = 0;
		int result;

		while (at < count && iov[at].iov_len == offset) {
			at++;
			offset = 0;
		}
		if (at == count)
			break;
		if (iov[at].iov_len - offset >= RECORD_MAX || at + 1 == count) {
			from = (const char *)iov[at].iov_base + offset;
			n = iov[at].iov_len - offset;
			if (n > RECORD_MAX)
				n = RECORD_MAX;
		} else {
			/* Small pieces share a record. */
			size_t skip = offset;

			for (int i = at; i < count && n < RECORD_MAX; i++, skip = 0) {
				size_t piece = iov[i].iov_len - skip;

				if (piece > RECORD_MAX - n)
					piece = RECORD_MAX - n;
				memcpy(record + n, (const char *)iov[i].iov_base + skip, piece);
				n += piece;
			}
			from = record;
		}
		result = SSL_write_ex(t->ssl, from, n, &put);
		if (result != 1) {
			ssize_t error = translate_error(t, result);

			s->blocked_on_write = false; /* writers wait for EPOLLOUT anyway */
			if (total > 0)
				break;
			return error == 0 ? -EPIPE : error;
		}
		total += (ssize_t)put;
		offset += put;
		while (at < count && offset >= iov[at].iov_len) {
			offset -= iov[at].iov_len;
			at++;
		}
	}
	s->bytes_out += (uint64_t)total;
	return total;
}

static int
tls_shutdown(struct stream *s)
{
	struct tls_stream *t = tls_of(s);

	ERR_clear_error();
	if (SSL_is_init_finished(t->ssl))
		SSL_shutdown(t->ssl);
	ERR_clear_error();
	return shutdown(s->io.fd, SHUT_WR) < 0 ? -errno : 0;
}

static bool
tls_has_pending(const struct stream *s)
{
	const struct tls_stream *t = (const struct tls_stream *)s;

	return !t->is_starved && SSL_has_pending(t->ssl) == 1;
}

/* OpenSSL gives its buffers back after most reads; one that ended with a ticket leaves 16 KiB behind. */
static void
tls_trim(struct stream *s)
{
	SSL_free_buffers(tls_of(s)->ssl);
}

static void
tls_release(struct stream *s)
{
	struct tls_stream *t = tls_of(s);

	/* OpenSSL takes a connection that is freed without close_notify for broken, and spoils its session for
	 * resumption; what was broken has spoilt it already (RFC 8446 section 6.1 no longer asks for more). */
	SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(t->ssl);
	t->ssl = NULL;
	socket_bio_release(&t->socket);
}

static const struct stream_ops tls_ops = {
	.name = "tls",
	.read = tls_read,
	.writev = tls_writev,
	.shutdown = tls_shutdown,
	.has_pending = tls_has_pending,
	.trim = tls_trim,
	.release = tls_release,
};

void
tls_stream_init(struct tls_stream *t, struct loop *loop, int fd)
{
	*t = (struct tls_stream){.failure = {.alert_received = -1, .alert_sent = -1}, .socket.fd = fd};
	stream_init_plain(&t->stream, loop, fd);
}

static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *offer, unsigned offer_len,
	void *arg)
{
	struct tls_stream *t = SSL_get_app_data(ssl);
	unsigned at = 0;

	(void)arg;
	if (t->alpn_len == 0)
		return SSL_TLSEXT_ERR_NOACK;
	while (at < offer_len) {
		unsigned len = offer[at];

		if (len + 1 > offer_len - at)
			break;
		if (len + 1 == t->alpn_len && memcmp(offer + at, t->alpn, t->alpn_len) == 0) {
			*out = offer + at + 1;
			*out_len = (unsigned char)len;
			return SSL_TLSEXT_ERR_OK;
		}
		at += len + 1;
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void
tls_stream_install(SSL_CTX *ctx)
{
	SSL_CTX_set_info_callback(ctx, on_info);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
}

bool
tls_stream_start(struct tls_stream *t, SSL_CTX *ctx, bool is_server)
{
	BIO *bio = socket_bio_new(&t->socket);

	t->ssl = bio ? SSL_new(ctx) : NULL;
	if (t->ssl == NULL) {
		BIO_free(bio);
		ERR_clear_error();
		return false;
	}
	SSL_set_bio(t->ssl, bio, bio);
	SSL_set_app_data(t->ssl, t);
	if (is_server)
		SSL_set_accept_state(t->ssl);
	else
		SSL_set_connect_state(t->ssl);
	t->stream.ops = &tls_ops;
	return true;
}

bool
tls_stream_set_leaf(struct tls_stream *t, X509 *leaf, EVP_PKEY *key, STACK_OF(X509) *chain)
{
	bool done = SSL_use_cert_and_key(t->ssl, leaf, key, chain, 1) == 1;

	ERR_clear_error();
	return done;
}

void
tls_stream_set_alpn_choice(struct tls_stream *t, struct slice protocol)
{
	t->alpn_len = 0;
	if (protocol.len == 0 || protocol.len >= sizeof t->alpn)
		return;
	t->alpn[0] = (uint8_t)protocol.len;
	memcpy(t->alpn + 1, protocol.ptr, protocol.len);
	t->alpn_len = (uint8_t)(protocol.len + 1);
}

enum tls_handshake
tls_stream_handshake(struct tls_stream *t)
{
	int result;

	ERR_clear_error();
	t->stream.blocked_on_write = false;
	result = SSL_do_handshake(t->ssl);
	if (result == 1) {
		stream_want_read(&t->stream, false);
		stream_want_write(&t->stream, false);
		t->is_greeted = true;
		t->owes_ticket =
			SSL_is_server(t->ssl) && SSL_version(t->ssl) >= TLS1_3_VERSION && tls_ticket_is_bound(t->ssl);
		return TLS_HANDSHAKE_DONE;
	}
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		stream_want_write(&t->stream, false);
		stream_want_read(&t->stream, true);
		return TLS_HANDSHAKE_MORE;
	case SSL_ERROR_WANT_WRITE:
		stream_want_read(&t->stream, false);
		stream_want_write(&t->stream, true);
		return TLS_HANDSHAKE_MORE;
	case SSL_ERROR_WANT_RETRY_VERIFY: /* the verifier waits for something: its owner calls again */
		stream_want_read(&t->stream, false);
		stream_want_write(&t->stream, false);
		return TLS_HANDSHAKE_MORE;
	default:
		note_failure(t);
		stream_want_read(&t->stream, false);
		stream_want_write(&t->stream, false);
		return TLS_HANDSHAKE_FAILED;
	}
}

enum tls_handshake
tls_stream_hear(struct tls_stream *t)
{
	enum tls_handshake heard = TLS_HANDSHAKE_FAILED;
	char byte;
	size_t n;
	int result;

	ERR_clear_error();
	result = SSL_peek_ex(t->ssl, &byte, 1, &n);
	if (result == 1)
		heard = TLS_HANDSHAKE_DONE;
	else if (SSL_get_error(t->ssl, result) == SSL_ERROR_WANT_READ)
		heard = TLS_HANDSHAKE_MORE;
	else
		note_failure(t);
	ERR_clear_error();
	stream_want_read(&t->stream, heard == TLS_HANDSHAKE_MORE);
	return heard;
}

struct slice
tls_stream_alpn(const struct tls_stream *t)
{
	const unsigned char *name = NULL;
	unsigned len = 0;

	if (t->ssl)
		SSL_get0_alpn_selected(t->ssl, &name, &len);
	return name ? slice_make(name, len) : SLICE_EMPTY;
}

void
tls_stream_send_alert(struct stream *plain, uint8_t description)
{
	/* Record: alert(21), TLS 1.2, length 2, fatal(2), description (RFC 8446 sections 5.1 and 6). */
	uint8_t record[7] = {21, 3, 3, 0, 2, 2, description};

	stream_write(plain, record, sizeof record);
	stream_discard(plain);
}
