/* log_list.json to a sorted array.  See ct_logs.h. */
#include "tls/ct_logs.h"

#include "tls/utc_text.h"

#include <jansson.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define KEY_DER_MAX 2048
#define SKEW_S 86400 /* a list from the future by more than this is none */

struct ct_logs {
	struct ct_log *items; /* by id */
	size_t count;
	int64_t made;
};

void
ct_logs_free(struct ct_logs *logs)
{
	if (logs == NULL)
		return;
	for (size_t i = 0; i < logs->count; i++)
		EVP_PKEY_free(logs->items[i].key);
	free(logs->items);
	free(logs);
}

/* Base64 without blanks; the length, or 0 where it is none. */
static size_t
decode_base64(const char *text, uint8_t *out, size_t out_size)
{
	size_t len = text ? strlen(text) : 0, padding = 0;
	int n;

	if (len == 0 || len % 4 != 0 || len / 4 * 3 > out_size)
		return 0;
	while (padding < 2 && text[len - 1 - padding] == '=')
		padding++;
	n = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
	return n > (int)padding ? (size_t)n - padding : 0;
}

/* The state is an object with one key, its name, over the time since when. */
static void
read_state(json_t *state, struct ct_log *log)
{
	static const char *const usable[] = {"usable", "qualified", "readonly"};
	json_t *retired = json_object_get(state, "retired");
	const char *since = json_string_value(json_object_get(retired, "timestamp"));

	log->state = CT_LOG_UNKNOWN;
	for (size_t i = 0; i < sizeof usable / sizeof usable[0]; i++)
		if (json_object_get(state, usable[i]))
			log->state = CT_LOG_USABLE;
	if (retired && since && utc_text_read(since, &log->retired))
		log->state = CT_LOG_RETIRED;
}

/* What is wrong with the log, or NULL; logs->count grows where it counts. */
static const char *
take_log(struct ct_logs *logs, OSSL_LIB_CTX *libctx, const EVP_MD *sha256, json_t *from, unsigned operator_number)
{
	struct ct_log *log = &logs->items[logs->count];
	uint8_t der[KEY_DER_MAX], id[CT_LOG_ID + 4], digest[CT_LOG_ID];
	size_t der_len = decode_base64(json_string_value(json_object_get(from, "key")), der, sizeof der);
	const unsigned char *at = der;

	*log = (struct ct_log){.operator_number = operator_number};
	read_state(json_object_get(from, "state"), log);
	if (log->state == CT_LOG_UNKNOWN)
		return NULL;
	if (der_len == 0 ||
		decode_base64(json_string_value(json_object_get(from, "log_id")), id, sizeof id) != CT_LOG_ID)
		return "a log has no key or no id";
	if (EVP_Digest(der, der_len, digest, NULL, sha256, NULL) != 1 || memcmp(digest, id, CT_LOG_ID) != 0)
		return "a log's id is not the hash of its key";
	log->key = d2i_PUBKEY_ex(NULL, &at, (long)der_len, libctx, NULL);
	ERR_clear_error();
	if (log->key == NULL || at != der + der_len)
		return "a log's key cannot be read";
	memcpy(log->id, id, CT_LOG_ID);
	/* RFC 6962 section 2.1.4: P-256, or RSA of 2048 bits and more. */
	if ((EVP_PKEY_is_a(log->key, "EC") && EVP_PKEY_get_bits(log->key) == 256) ||
		(EVP_PKEY_is_a(log->key, "RSA") && EVP_PKEY_get_bits(log->key) >= 2048 &&
			EVP_PKEY_get_bits(log->key) <= 8192)) {
		logs->count++;
		return NULL;
	}
	EVP_PKEY_free(log->key);
	return NULL;
}

static int
compare_logs(const void *a, const void *b)
{
	return memcmp(((const struct ct_log *)a)->id, ((const struct ct_log *)b)->id, CT_LOG_ID);
}

static const char *
take_operators(struct ct_logs *logs, OSSL_LIB_CTX *libctx, const EVP_MD *sha256, json_t *operators)
{
	static const char *const kinds[] = {"logs", "tiled_logs"};
	const char *wrong = NULL;
	json_t *operator, * log;
	size_t number, i;

	json_array_foreach(operators, number, operator)
	{
		for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
			json_array_foreach(json_object_get(operator, kinds[kind]), i, log)
			{
				if (logs->count == CT_LOGS_MAX)
					return "there are too many logs in it";
				wrong = take_log(logs, libctx, sha256, log, (unsigned)number);
				if (wrong) {
					EVP_PKEY_free(logs->items[logs->count].key);
					return wrong;
				}
			}
		}
	}
	return NULL;
}

struct ct_logs *
ct_logs_read(OSSL_LIB_CTX *libctx, const EVP_MD *sha256, struct slice json, const char *file, struct problems *problems)
{
	struct ct_logs *logs = calloc(1, sizeof *logs);
	json_t *root =
		json.len <= CT_LOGS_BYTES_MAX ? json_loadb(json.ptr, json.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const char *made = json_string_value(json_object_get(root, "log_list_timestamp"));
	const char *wrong = NULL;

	if (logs)
		logs->items = calloc(CT_LOGS_MAX, sizeof *logs->items);
	if (logs == NULL || logs->items == NULL)
		wrong = "memory is out";
	else if (root == NULL)
		wrong = "this is no JSON";
	else if (made == NULL || !utc_text_read(made, &logs->made))
		wrong = "there is no log_list_timestamp in it";
	else
		wrong = take_operators(logs, libctx, sha256, json_object_get(root, "operators"));
	if (wrong == NULL && logs->count == 0)
		wrong = "there is no usable log in it";
	json_decref(root);
	if (wrong) {
		problems_add(problems, false, file, 0, 0,
			"fetch log_list.json (version 3) of the browser's publisher again, or remove tls { ct_logs }",
			"%s", wrong);
		ct_logs_free(logs);
		return NULL;
	}
	qsort(logs->items, logs->count, sizeof *logs->items, compare_logs);
	return logs;
}

static int
compare_id(const void *id, const void *log)
{
	return memcmp(id, ((const struct ct_log *)log)->id, CT_LOG_ID);
}

const struct ct_log *
ct_logs_find(const struct ct_logs *logs, const uint8_t id[CT_LOG_ID])
{
	return bsearch(id, logs->items, logs->count, sizeof *logs->items, compare_id);
}

size_t
ct_logs_count(const struct ct_logs *logs)
{
	return logs->count;
}

int64_t
ct_logs_made(const struct ct_logs *logs)
{
	return logs->made;
}

bool
ct_logs_are_fresh(const struct ct_logs *logs, int64_t now)
{
	return logs->made <= now + SKEW_S && now - logs->made < CT_LOGS_FRESH_S;
}
