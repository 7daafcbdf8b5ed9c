/* Building a generation.  See generation.h. */
#include "proxy/generation.h"

#include <stdlib.h>

#include <string.h>
#include <time.h>

#include "base/pages.h"
#include "conf/load.h"
#include "proxy/enforce.h"
#include "proxy/origin.h"
#include "proxy/page_set.h"
#include "proxy/policy_words.h"
#include "tls/context.h"
#include "tls/mint_message.h"
#include "tls/trust_exception.h"
#include "tls/verify_ssl.h"

#define BUFFER_MAX (64 * 1024)
#define TARGET_MAX (16 * 1024)
#define STREAMS_MAX 128

static bool
has_prefix(struct slice name, const char *prefix, struct slice *rest)
{
	if (!slice_starts_with(name, slice_of(prefix)))
		return false;
	*rest = slice_sub(name, strlen(prefix), name.len);
	return true;
}

/* ---- configuration and policy ---- */

static bool
build_policy(struct generation *g, const struct bundle *bundle, struct problems *problems)
{
	struct conf_sources sources = {0};
	struct conf_tree *tree = NULL;
	struct slice name, bytes, path;
	size_t at = 0;
	const struct policy_words words = {
		.categories = g->categories.map ? &g->categories.table : NULL, .model = g->model};
	const struct policy_names names = policy_words_names(&words);
	bool done = true;

	while (done && bundle_next(bundle, &at, &name, &bytes))
		if (has_prefix(name, BLOB_CONF, &path))
			done = conf_sources_add(&sources, path, bytes);
	if (done)
		tree = conf_tree_parse(sources.items, sources.count, problems);
	if (tree)
		g->conf = conf_build(tree, problems);
	if (g->conf)
		g->policy = policy_compile(tree, &names, problems);
	conf_tree_free(tree);
	conf_sources_release(&sources);
	return g->policy != NULL;
}

/* ---- content ---- */

/* "banned..." and "exception..." are what e2guardian's lists of those kinds are called; every other is weighted. */
static enum phrase_kind
kind_of_list(struct slice path)
{
	size_t slash = path.len;
	struct slice name;

	while (slash > 0 && path.ptr[slash - 1] != '/')
		slash--;
	name = slice_sub(path, slash, path.len);
	if (slice_starts_with(name, SLICE("banned")))
		return PHRASE_BANNED;
	return slice_starts_with(name, SLICE("exception")) ? PHRASE_EXCEPTION : PHRASE_WEIGHTED;
}

static bool
add_phrases(struct generation *g, struct slice path, struct slice bytes, struct problems *problems)
{
	char name[4096];

	if (g->phrases == NULL)
		g->phrases = phrases_new();
	slice_to_cstr(path, name, sizeof name);
	return g->phrases && phrases_read(g->phrases, bytes, name, kind_of_list(path), problems);
}

static bool
add_model(struct generation *g, struct slice path, struct slice bytes, struct problems *problems)
{
	char error[TEXT_MODEL_ERROR_MAX], name[4096];

	/* A blob lies anywhere; floats want to be aligned, and rows are read all over. */
	g->model = calloc(1, sizeof *g->model);
	g->model_size = bytes.len;
	g->model_bytes = bytes.len ? pages_alloc(bytes.len) : NULL;
	if (g->model == NULL || g->model_bytes == NULL)
		return false;
	memcpy(g->model_bytes, bytes.ptr, bytes.len);
	if (text_model_view(g->model, slice_make(g->model_bytes, bytes.len), error))
		return true;
	slice_to_cstr(path, name, sizeof name);
	problems_add(problems, false, name, 0, 0, "train it anew with: sluicectl model train",
		"the text model cannot be used: %s", error);
	return false;
}

static bool
build_content(struct generation *g, const struct bundle *bundle, struct problems *problems)
{
	struct slice name, bytes, path;
	size_t at = 0;

	while (bundle_next(bundle, &at, &name, &bytes)) {
		if (has_prefix(name, BLOB_PHRASES, &path) && !add_phrases(g, path, bytes, problems))
			return false;
		if (has_prefix(name, BLOB_MODEL, &path) && !add_model(g, path, bytes, problems))
			return false;
	}
	return g->phrases == NULL || phrases_compile(g->phrases, PHRASES_BEST);
}

/* ---- pages ---- */

/* All files are looked at, so that every mistake is named at once. */
static bool
build_pages(struct generation *g, const struct bundle *bundle, struct problems *problems)
{
	struct slice name, bytes, label;
	char path[4096];
	bool done = true;
	size_t at = 0;

	g->pages = page_set_new(problems);
	g->enforce = enforce_new(g->conf, problems);
	while (g->pages && bundle_next(bundle, &at, &name, &bytes))
		if (has_prefix(name, BLOB_PAGES, &label) && slice_to_cstr(label, path, sizeof path))
			done = page_set_add(g->pages, path, bytes, problems) && done;
	return done && g->pages && g->enforce;
}

/* ---- issuers ---- */

/* The signer's certificates: what leaves are put together with, and whose keys are never anchors.  None while only a
 * check is made. */
static bool
take_issuers(struct generation *g, struct slice blob, struct trust_builder *builder, struct problems *problems)
{
	struct mint_reply reply;

	if (blob.len == 0)
		return true;
	if (!mint_reply_decode(blob, &reply) || reply.op != MINT_OP_ISSUERS)
		return false;
	g->issuers = leaf_issuers_create(&reply);
	return g->issuers && trust_add_own_ca(builder, reply.trusted, "the local CA", problems) &&
	       trust_add_own_ca(builder, reply.untrusted, "the untrusted issuer", problems);
}

/* ---- trust ---- */

/* "MODIFIED:PATH" */
static bool
add_anchors(struct trust_builder *builder, struct slice label, struct slice bytes, enum trust_source source,
	struct problems *problems)
{
	size_t colon = slice_find(label, ':');
	char path[4096];
	uint64_t modified = 0;

	slice_to_u64(slice_sub(label, 0, colon), &modified);
	slice_to_cstr(slice_sub(label, colon + 1, label.len), path, sizeof path);
	return trust_add_anchors(builder, bytes, source, path, (int64_t)modified, problems);
}

/* All are looked at, so that every mistake is named at once. */
static bool
add_exceptions(const struct conf *conf, struct trust_builder *builder, struct problems *problems)
{
	int64_t now = time(NULL);
	bool done = true;

	for (size_t i = 0; i < conf->exception_count; i++) {
		const struct conf_exception *e = &conf->exceptions[i];
		struct trust_exception_words words = {
			.host = e->host,
			.key = e->key,
			.fault = e->fault,
			.until = e->until,
			.file = e->file,
			.line = e->line,
			.column = e->column,
		};

		done = trust_exception_add(builder, &words, now, problems) && done;
	}
	return done;
}

static bool
build_trust(struct generation *g, const struct bundle *bundle, struct problems *problems)
{
	struct trust_builder *builder = trust_builder_new(NULL);
	struct slice name, bytes, label;
	bool done = builder != NULL;
	size_t at = 0;
	char path[4096];

	while (done && bundle_next(bundle, &at, &name, &bytes)) {
		if (has_prefix(name, BLOB_TRUST_SYSTEM, &label))
			done = add_anchors(builder, label, bytes, TRUST_SYSTEM, problems);
		else if (has_prefix(name, BLOB_TRUST_ADMIN, &label))
			done = add_anchors(builder, label, bytes, TRUST_ADMIN, problems);
		else if (has_prefix(name, BLOB_CT_LOGS, &label) && slice_to_cstr(label, path, sizeof path))
			done = trust_add_ct_logs(builder, bytes, path, time(NULL), problems);
		else if (slice_eq(name, SLICE(BLOB_ISSUERS)))
			done = take_issuers(g, bytes, builder, problems);
	}
	if (done && add_exceptions(g->conf, builder, problems))
		g->trust = trust_build(builder, g->number, problems);
	trust_builder_free(builder);
	return g->trust != NULL;
}

/* ---- categories ---- */

static bool
map_categories(struct generation *g, int table, struct problems *problems)
{
	const char *wrong = table >= 0 ? category_file_map(&g->categories, table) : NULL;

	if (wrong)
		problems_add(problems, false, NULL, 0, 0, "compile it anew: sluicectl lists compile",
			"the table of categories cannot be used: %s", wrong);
	return wrong == NULL;
}

/* ---- the whole ---- */

static bool
raise_version(const struct generation *g, SSL_CTX *ctx)
{
	return g->conf->tls.min_version != CONF_TLS_1_3 || SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1;
}

SSL_CTX *
generation_origin_context(const struct generation *g, const struct tls_offer *offer)
{
	SSL_CTX *ctx = tls_context_for_origins(offer);

	if (ctx == NULL)
		return NULL;
	if (!verify_ssl_install(ctx) || !raise_version(g, ctx)) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	origin_context_install(ctx);
	return ctx;
}

static bool
build_contexts(struct generation *g, struct tls_ticket_keys *tickets)
{
	g->client_context = tls_context_for_clients(tickets);
	g->origin_context = generation_origin_context(g, NULL);
	return g->client_context && g->origin_context && raise_version(g, g->client_context);
}

struct generation *
generation_build(uint64_t number, const struct bundle *bundle, int table, struct tls_ticket_keys *tickets,
	struct problems *problems)
{
	struct generation *g = calloc(1, sizeof *g);

	if (g == NULL) {
		problems_add(problems, false, NULL, 0, 0, NULL, "out of memory");
		return NULL;
	}
	atomic_init(&g->references, 1);
	g->number = number;
	if (build_content(g, bundle, problems) && map_categories(g, table, problems) &&
		build_policy(g, bundle, problems) && build_pages(g, bundle, problems) &&
		build_trust(g, bundle, problems) && problems->errors == 0 && build_contexts(g, tickets)) {
		g->http_limits = (struct http_limits){
			.head_max = g->conf->http.max_header,
			.field_max = g->conf->http.max_fields,
			.target_max = TARGET_MAX,
			.buffer_max = BUFFER_MAX,
			.streams_max = STREAMS_MAX,
			.head_ns = g->conf->limits.header_ns,
		};
		return g;
	}
	if (problems->errors == 0)
		problems_add(problems, false, NULL, 0, 0, NULL, "out of memory, or OpenSSL 3 is not whole");
	generation_release(g);
	return NULL;
}

struct generation *
generation_share(struct generation *g)
{
	atomic_fetch_add_explicit(&g->references, 1, memory_order_relaxed);
	return g;
}

void
generation_release(struct generation *g)
{
	if (g == NULL || atomic_fetch_sub_explicit(&g->references, 1, memory_order_acq_rel) != 1)
		return;
	SSL_CTX_free(g->client_context);
	SSL_CTX_free(g->origin_context);
	leaf_issuers_release(g->issuers);
	trust_release(g->trust);
	enforce_free(g->enforce);
	page_set_free(g->pages);
	policy_release(g->policy);
	phrases_free(g->phrases);
	if (g->model)
		text_model_close(g->model);
	free(g->model);
	pages_free(g->model_bytes, g->model_size);
	category_file_close(&g->categories);
	conf_release(g->conf);
	free(g);
}
