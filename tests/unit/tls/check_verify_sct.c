/* Certificate transparency: the list of logs, and what vouches for a certificate.  The logs are the tests' own. */
#include "suites.h"
#include "verify_world.h"

#include "tls/utc_text.h"
#include "tls/verify_sct.h"
#include "tls/verify_ssl.h"

#include <openssl/ct.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOGS = 5 };
/* Operators A, A, B; then a retired one of C, and one of D that is only pending. */
static const char *const states[LOGS] = {"usable", "qualified", "readonly", "retired", "pending"};
static EVP_PKEY *log_keys[LOGS + 1]; /* and one that is in no list */
static char list[16384];

static size_t
key_der(EVP_PKEY *key, uint8_t *out, uint8_t id[CT_LOG_ID])
{
	unsigned char *at = out;
	int len = i2d_PUBKEY(key, &at);

	ck_assert_int_gt(len, 0);
	ck_assert(EVP_Digest(out, (size_t)len, id, NULL, EVP_sha256(), NULL) == 1);
	return (size_t)len;
}

static size_t
put_log(char *out, size_t size, EVP_PKEY *key, const char *state)
{
	uint8_t der[512], id[CT_LOG_ID];
	char key_text[1024], id_text[64];
	size_t len = key_der(key, der, id);

	EVP_EncodeBlock((unsigned char *)key_text, der, (int)len);
	EVP_EncodeBlock((unsigned char *)id_text, id, sizeof id);
	return (size_t)snprintf(out, size,
		"{\"description\":\"a "
		"log\",\"log_id\":\"%s\",\"key\":\"%s\",\"url\":\"https://log.example/\",\"mmd\":86400,"
		"\"state\":{\"%s\":{\"timestamp\":\"2026-05-20T00:00:00Z\"}}}",
		id_text, key_text, state);
}

/* The list of all logs, made on a day. */
static struct slice
make_list(const char *made)
{
	static const char *const before[LOGS] = {"{\"name\":\"A\",\"logs\":[", ",",
		"]},{\"name\":\"B\",\"logs\":[],\"tiled_logs\":[", "]},{\"name\":\"C\",\"logs\":[",
		"]},{\"name\":\"D\",\"logs\":["};
	size_t n = (size_t)snprintf(
		list, sizeof list, "{\"version\":\"77\",\"log_list_timestamp\":\"%s\",\"operators\":[", made);

	for (int i = 0; i <= LOGS; i++)
		if (log_keys[i] == NULL)
			log_keys[i] = EVP_EC_gen("P-256");
	for (int i = 0; i < LOGS; i++) {
		n += (size_t)snprintf(list + n, sizeof list - n, "%s", before[i]);
		n += put_log(list + n, sizeof list - n, log_keys[i], states[i]);
	}
	n += (size_t)snprintf(list + n, sizeof list - n, "]}]}");
	return slice_make(list, n);
}

static void
put16(uint8_t **at, size_t value)
{
	*(*at)++ = (uint8_t)(value >> 8);
	*(*at)++ = (uint8_t)value;
}

enum flaw { NO_FLAW, WRONG_SIGNATURE, FROM_THE_FUTURE, BEFORE_RETIREMENT };

/* Appends one SCT of a log over an entry, with its length. */
static void
put_sct(uint8_t **at, int log, const uint8_t *entry, size_t entry_len, const uint8_t *issuer_key, enum flaw flaw)
{
	uint64_t ms = (uint64_t)(PKI_NOW - PKI_DAY / 2) * 1000;
	uint8_t head[12] = {0}, length[3], extensions[2] = {0}, der[512], id[CT_LOG_ID], *start = *at + 2;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t signature_len = 128;
	uint8_t signature[128];

	if (flaw == FROM_THE_FUTURE)
		ms = (uint64_t)(PKI_NOW + PKI_DAY) * 1000;
	if (flaw == BEFORE_RETIREMENT)
		ms = (uint64_t)(PKI_NOW - 30 * PKI_DAY) * 1000;
	key_der(log_keys[log], der, id);
	for (int i = 0; i < 8; i++)
		head[2 + i] = (uint8_t)(ms >> (56 - 8 * i));
	head[11] = issuer_key != NULL;
	for (int i = 0; i < 3; i++)
		length[i] = (uint8_t)(entry_len >> (16 - 8 * i));
	ck_assert(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, log_keys[log]) == 1);
	ck_assert(EVP_DigestSignUpdate(ctx, head, sizeof head) == 1);
	ck_assert(issuer_key == NULL || EVP_DigestSignUpdate(ctx, issuer_key, 32) == 1);
	ck_assert(EVP_DigestSignUpdate(ctx, length, sizeof length) == 1);
	ck_assert(EVP_DigestSignUpdate(ctx, entry, entry_len - (flaw == WRONG_SIGNATURE)) == 1);
	ck_assert(EVP_DigestSignUpdate(ctx, extensions, sizeof extensions) == 1);
	ck_assert(EVP_DigestSignFinal(ctx, signature, &signature_len) == 1);
	EVP_MD_CTX_free(ctx);
	*at += 2;
	*(*at)++ = 0; /* v1 */
	memcpy(*at, id, sizeof id);
	*at += sizeof id;
	memcpy(*at, head + 2, 8);
	*at += 8;
	put16(at, 0); /* no extensions */
	*(*at)++ = 4; /* SHA-256 */
	*(*at)++ = 3; /* ECDSA */
	put16(at, signature_len);
	memcpy(*at, signature, signature_len);
	*at += signature_len;
	start -= 2;
	put16(&start, (size_t)(*at - start - 2));
}

/* What a leaf comes with: logs by number, ended by -1. */
struct stamped {
	int logs[6];
	enum flaw flaw;
	int64_t until;
};

static size_t
make_scts(uint8_t *out, const struct stamped *s, const uint8_t *entry, size_t entry_len, const uint8_t *issuer_key)
{
	uint8_t *at = out + 2, *head = out;

	for (int i = 0; s->logs[i] >= 0; i++)
		put_sct(&at, s->logs[i], entry, entry_len, issuer_key, i == 0 ? s->flaw : NO_FLAW);
	put16(&head, (size_t)(at - out - 2));
	return (size_t)(at - out);
}

/* A leaf below the public intermediate with embedded timestamps. */
static X509 *
stamped_leaf(const struct stamped *s)
{
	X509 *leaf = PUBLIC_LEAF(.cn = "logged", .until = s->until);
	uint8_t scts[2048], spki[TRUST_DIGEST];
	unsigned char *tbs = NULL, *octets = NULL;
	int octets_len;
	ASN1_OCTET_STRING *content = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_nid2obj(NID_ct_precert_scts);
	X509_EXTENSION *extension;
	int tbs_len = i2d_re_X509_tbs(leaf, &tbs);
	size_t len;

	ck_assert(trust_spki_digest(EVP_sha256(), world.ica.cert, spki));
	len = make_scts(scts, s, tbs, (size_t)tbs_len, spki);
	/* An OCTET STRING within the extension's own. */
	ck_assert(ASN1_OCTET_STRING_set(content, scts, (int)len) == 1);
	octets_len = i2d_ASN1_OCTET_STRING(content, &octets);
	ck_assert(octets_len > 0 && ASN1_OCTET_STRING_set(content, octets, octets_len) == 1);
	OPENSSL_free(octets);
	extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, content);
	ck_assert(X509_add_ext(leaf, extension, -1) == 1 && X509_sign(leaf, world.ica.key, EVP_sha256()) > 0);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(content);
	OPENSSL_free(tbs);
	/* As it comes from the wire, with nothing of it remembered. */
	return pki_patch(leaf, SLICE("\x30\x82"), SLICE("\x30\x82"));
}

static struct trust *
trust_with_list(const char *made)
{
	struct trust_builder *b = world_builder();
	struct problems problems = {0};
	struct trust *trust;

	ck_assert(trust_add_ct_logs(b, make_list(made), "log_list.json", PKI_NOW, &problems));
	trust = world_trust(b);
	problems_release(&problems);
	return trust;
}

#define FRESH "2026-05-20T08:00:00Z"

START_TEST(embedded_timestamps_count_by_the_policy_of_browsers)
{
	static const struct {
		struct stamped stamped;
		enum verify_reason reason;
	} cases[] = {
		{{{0, 2, -1}}, VERIFY_OK},
		{{{2, 0, 1, -1}}, VERIFY_OK},
		{{{0, 1, -1}}, VERIFY_TRANSPARENCY},    /* one operator */
		{{{0, 0, 0, -1}}, VERIFY_TRANSPARENCY}, /* one log */
		{{{0, 4, -1}}, VERIFY_TRANSPARENCY},    /* pending */
		{{{0, 5, -1}}, VERIFY_TRANSPARENCY},    /* in no list */
		{{{2, 0, -1}, WRONG_SIGNATURE}, VERIFY_TRANSPARENCY},
		{{{2, 0, -1}, FROM_THE_FUTURE}, VERIFY_TRANSPARENCY},
		{{{3, 0, -1}, BEFORE_RETIREMENT}, VERIFY_OK},
		{{{3, 0, -1}}, VERIFY_TRANSPARENCY}, /* signed after it was retired */
		/* more than 180 days */
		{{{0, 2, -1}, NO_FLAW, 200 * PKI_DAY}, VERIFY_TRANSPARENCY},
		{{{0, 1, 2, -1}, NO_FLAW, 200 * PKI_DAY}, VERIFY_OK},
	};
	struct trust *trust = trust_with_list(FRESH);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct verify_verdict v =
			JUDGE(.leaf = stamped_leaf(&cases[i].stamped), .chain = {world.ica.cert}, .trust = trust);

		ck_assert_msg(v.reason == cases[i].reason, "case %zu: %s", i, verify_reason_code(v.reason));
	}
	ASSERT_REASON(
		JUDGE(.leaf = PUBLIC_LEAF(.cn = "x"), .chain = {world.ica.cert}, .trust = trust), VERIFY_TRANSPARENCY);
	trust_release(trust);
}
END_TEST

START_TEST(timestamps_of_another_certificate_do_not_count)
{
	struct trust *trust = trust_with_list(FRESH);
	X509 *stamped = stamped_leaf(&(struct stamped){{0, 2, -1}}), *other = PUBLIC_LEAF(.cn = "other");
	X509_EXTENSION *borrowed = X509_get_ext(stamped, X509_get_ext_by_NID(stamped, NID_ct_precert_scts, -1));

	ck_assert(X509_add_ext(other, borrowed, -1) == 1 && X509_sign(other, world.ica.key, EVP_sha256()) > 0);
	other = pki_patch(other, SLICE("\x30\x82"), SLICE("\x30\x82"));
	ASSERT_REASON(JUDGE(.leaf = other, .chain = {world.ica.cert}, .trust = trust), VERIFY_TRANSPARENCY);
	trust_release(trust);
}
END_TEST

START_TEST(timestamps_of_the_handshake_count_where_two_usable_logs_gave_them)
{
	static const struct {
		struct stamped stamped;
		bool suffices;
	} cases[] = {
		{{{0, 2, -1}}, true},
		{{{0, 1, 2, -1}}, true},
		{{{0, 1, -1}}, false},
		{{{0, -1}}, false},
		{{{3, 0, -1}, BEFORE_RETIREMENT}, false},
		{{{0, 2, -1}, WRONG_SIGNATURE}, false},
		{{{-1}}, false},
	};
	struct trust *trust = trust_with_list(FRESH);
	X509 *leaf = PUBLIC_LEAF(.cn = "x");
	struct slice der = pki_der(leaf);
	uint8_t scts[2048];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t len = make_scts(scts, &cases[i].stamped, (const uint8_t *)der.ptr, der.len, NULL);
		struct hostname host = world_host("www.example.org");
		struct verify_input in = {.trust = trust,
			.leaf = leaf,
			.chain = pki_stack(1, &world.ica.cert),
			.host = &host,
			.now = PKI_NOW,
			.scts = slice_make(scts, len)};
		struct verify_verdict v;

		verify_chain(&in, &v);
		ck_assert_msg(v.reason == (cases[i].suffices ? VERIFY_OK : VERIFY_TRANSPARENCY), "case %zu: %s", i,
			verify_reason_code(v.reason));
		/* Cut anywhere it is no proof, and no harm. */
		for (size_t cut = 0; cut < len; cut += 7) {
			in.scts.len = cut;
			verify_chain(&in, &v);
			ck_assert_int_eq(v.reason, VERIFY_TRANSPARENCY);
		}
	}
	trust_release(trust);
}
END_TEST

/* What a server sends in the extension. */
struct sent {
	uint8_t bytes[2048];
	size_t len;
	bool is_asked;
};

static int
send_extension(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *out_len, X509 *cert,
	size_t at, int *alert, void *user)
{
	struct sent *sent = user;

	(void)ssl, (void)type, (void)context, (void)cert, (void)alert;
	*out = sent->bytes;
	*out_len = sent->len;
	return at == 0;
}

static int
note_request(SSL *ssl, unsigned type, unsigned context, const unsigned char *in, size_t in_len, X509 *cert, size_t at,
	int *alert, void *user)
{
	(void)ssl, (void)type, (void)context, (void)in, (void)in_len, (void)cert, (void)at, (void)alert;
	((struct sent *)user)->is_asked = true;
	return 1;
}

/* Whether a client that goes by this trust finishes a handshake of this version. */
static struct verify_verdict
shake_hands(int version, struct pki_cert leaf, struct sent *sent, struct trust *trust)
{
	SSL_CTX *for_server = SSL_CTX_new(TLS_server_method()), *for_client = SSL_CTX_new(TLS_client_method());
	struct verify_ssl v = {.trust = trust, .host = world_host("www.example.org"), .now = PKI_NOW};
	SSL *server, *client;
	BIO *one, *other;

	SSL_CTX_set_max_proto_version(for_client, version);
	ck_assert_int_eq(
		SSL_CTX_use_cert_and_key(for_server, leaf.cert, leaf.key, pki_stack(1, &world.ica.cert), 1), 1);
	ck_assert_int_eq(SSL_CTX_add_custom_ext(for_server, 18,
				 SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_CERTIFICATE,
				 send_extension, NULL, sent, note_request, sent),
		1);
	ck_assert(verify_ssl_install(for_client));
	server = SSL_new(for_server);
	client = SSL_new(for_client);
	ck_assert_int_eq(BIO_new_bio_pair(&one, 0, &other, 0), 1);
	SSL_set_bio(server, one, one);
	SSL_set_bio(client, other, other);
	ck_assert(verify_ssl_attach(client, &v));
	for (int turn = 0; turn < 6; turn++) {
		SSL_connect(client);
		SSL_accept(server);
	}
	ck_assert_int_eq(SSL_is_init_finished(client), verify_verdict_accepts(&v.verdict));
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(for_server);
	SSL_CTX_free(for_client);
	X509_free(v.refused);
	return v.verdict;
}

START_TEST(timestamps_reach_the_verifier_in_a_handshake)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	struct trust *trust = trust_with_list(FRESH);
	struct pki_cert leaf = PKI_MAKE(.issuer = &world.ica);
	struct slice der = pki_der(leaf.cert);

	for (size_t i = 0; i < 2; i++) {
		struct sent good = {.len = 0}, poor = {.len = 0};

		good.len =
			make_scts(good.bytes, &(struct stamped){{0, 2, -1}}, (const uint8_t *)der.ptr, der.len, NULL);
		poor.len = make_scts(poor.bytes, &(struct stamped){{0, -1}}, (const uint8_t *)der.ptr, der.len, NULL);
		ASSERT_REASON(shake_hands(versions[i], leaf, &good, trust), VERIFY_OK);
		ck_assert(good.is_asked);
		ASSERT_REASON(shake_hands(versions[i], leaf, &poor, trust), VERIFY_TRANSPARENCY);
		/* Where nobody will look it is not asked for. */
		poor.is_asked = false;
		ASSERT_REASON(shake_hands(versions[i], leaf, &poor, world.trust), VERIFY_OK);
		ck_assert(!poor.is_asked);
	}
	trust_release(trust);
}
END_TEST

START_TEST(added_roots_need_not_be_logged)
{
	struct trust *trust = trust_with_list(FRESH);

	ASSERT_REASON(
		JUDGE(.leaf = PRIVATE_LEAF(.cn = "x"), .chain = {world.private_ica.cert}, .trust = trust), VERIFY_OK);
	trust_release(trust);
}
END_TEST

START_TEST(an_old_list_refuses_nothing_and_is_said)
{
	static const struct {
		const char *made;
		bool is_fresh;
	} cases[] = {
		{"2026-03-20T08:00:00Z", true},                                   /* 69 days before */
		{"2026-03-18T08:00:00Z", false}, {"2026-06-28T08:00:00Z", false}, /* from the future */
	};
	X509 *leaf = PUBLIC_LEAF(.cn = "x");

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct trust_builder *b = world_builder();
		struct problems problems = {0};
		struct verify_verdict v;
		struct trust *trust;

		ck_assert(trust_add_ct_logs(b, make_list(cases[i].made), "log_list.json", PKI_NOW, &problems));
		ck_assert_uint_eq(problems.count, !cases[i].is_fresh);
		trust = world_trust(b);
		v = JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .trust = trust);
		ASSERT_REASON(v, cases[i].is_fresh ? VERIFY_TRANSPARENCY : VERIFY_OK);
		ck_assert_int_eq(!!(v.notes & VERIFY_NOTE_UNLOGGED), !cases[i].is_fresh);
		trust_release(trust);
		problems_release(&problems);
	}
}
END_TEST

START_TEST(lists_that_are_not_sound_are_refused)
{
	static const char *const wrong[] = {"", "{", "[]", "{}", "{\"log_list_timestamp\":\"2026-05-20T08:00:00Z\"}",
		"{\"log_list_timestamp\":\"2026-05-20\",\"operators\":[]}",
		"{\"log_list_timestamp\":\"2026-05-20T08:00:00Z\",\"operators\":{}}",
		"{\"log_list_timestamp\":\"2026-05-20T08:00:00Z\",\"operators\":[{\"logs\":[{\"state\":{\"usable\":{}}}"
		"]}]}",
		"{\"log_list_timestamp\":\"2026-05-20T08:00:00Z\",\"operators\":[{\"logs\":[{\"log_id\":\"AAAA\","
		"\"key\":\"AAAA\","
		"\"state\":{\"usable\":{}}}]}]}",
		"{\"log_list_timestamp\":\"x\",\"log_list_timestamp\":\"2026-05-20T08:00:00Z\",\"operators\":[]}"};
	struct slice good = make_list(FRESH);
	struct problems problems = {0};
	struct ct_logs *logs = ct_logs_read(NULL, EVP_sha256(), good, "list", &problems);
	char *spoilt = malloc(good.len);
	char *id;

	ck_assert_ptr_nonnull(logs);
	ck_assert_uint_eq(ct_logs_count(logs), 4); /* all but the pending one */
	ct_logs_free(logs);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		ck_assert_ptr_null(ct_logs_read(NULL, EVP_sha256(), slice_of(wrong[i]), "list", &problems));
		ck_assert_uint_eq(problems.errors, i + 1);
	}
	/* Another id than its key's. */
	memcpy(spoilt, good.ptr, good.len);
	id = strstr(spoilt, "\"log_id\":\"") + 10;
	*id = *id == 'A' ? 'B' : 'A';
	ck_assert_ptr_null(ct_logs_read(NULL, EVP_sha256(), slice_make(spoilt, good.len), "list", &problems));
	for (size_t cut = 0; cut < good.len; cut += 97)
		ck_assert_ptr_null(ct_logs_read(NULL, EVP_sha256(), slice_make(good.ptr, cut), "list", &problems));
	free(spoilt);
	problems_release(&problems);
}
END_TEST

START_TEST(times_are_read_as_rfc_3339_has_them)
{
	static const char *const wrong[] = {"", "2026-05-20T08:00:00", "2026-05-20 08:00:00Z", "2026-05-20T24:00:00Z",
		"2026-05-20T08:60:00Z", "2026-05-20T08:00:61Z", "2026-02-30T08:00:00Z", "2026-05-20T08:00:00+01:00",
		"2026-05-20T08:00:00.5"};
	int64_t at;

	ck_assert(utc_text_read("2026-05-28T20:26:40Z", &at));
	ck_assert_int_eq(at, PKI_NOW);
	ck_assert(utc_text_read("2026-05-28T20:26:40.123Z", &at));
	ck_assert_int_eq(at, PKI_NOW);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ck_assert_msg(!utc_text_read(wrong[i], &at), "\"%s\"", wrong[i]);
}
END_TEST

WORLD_SUITE(verify_sct, "verify_sct", embedded_timestamps_count_by_the_policy_of_browsers,
	timestamps_of_another_certificate_do_not_count,
	timestamps_of_the_handshake_count_where_two_usable_logs_gave_them, timestamps_reach_the_verifier_in_a_handshake,
	added_roots_need_not_be_logged, an_old_list_refuses_nothing_and_is_said, lists_that_are_not_sound_are_refused,
	times_are_read_as_rfc_3339_has_them)
