/* The CA's files and their changes.  See ca_store.h. */
#include "tls/ca_store.h"

#include "tls/ca_pem.h"

#include <openssl/bio.h>
#include <stdio.h>

#define PATH_TEXT_MAX 512
#define PREVIOUS_MAX (CA_EXPORTED_MAX - 2)

static const char signs_key[] = "ca.key";
static const char signs_crt[] = "ca.crt";
static const char next_key[] = "next.key";
static const char next_crt[] = "next.crt";
static const char previous_crt[] = "previous.crt";

static const char *const role_names[] = {
	[CA_ROLE_SIGNS] = "signs",
	[CA_ROLE_NEXT] = "next",
	[CA_ROLE_PREVIOUS] = "previous",
};

const char *
ca_role_name(enum ca_role role)
{
	return role_names[role];
}

/* --- Loading --- */

/* Splits the certificates of a file into the CA's and those above it; takes both arguments. */
static struct ca *
assemble(STACK_OF(X509) *certificates, EVP_PKEY *key, const char *file, struct problems *problems)
{
	X509 *certificate = sk_X509_shift(certificates);
	struct ca *ca;

	if (sk_X509_num(certificates) == 0) {
		sk_X509_free(certificates);
		certificates = NULL;
	}
	ca = ca_take(certificate, key, certificates);
	if (ca == NULL)
		ca_problem_openssl(problems, file, "the CA certificate cannot be read");
	return ca;
}

/* Reads a certificate file and its key, where `key_name` is not NULL. */
static enum ca_dir_result
load_pair(
	const struct ca_dir *dir, const char *crt_name, const char *key_name, struct ca **ca, struct problems *problems)
{
	struct ca_bytes crt = {0}, secret = {0};
	STACK_OF(X509) *certificates = NULL;
	enum ca_dir_result result;
	EVP_PKEY *key = NULL;
	char file[PATH_TEXT_MAX];

	*ca = NULL;
	result = ca_dir_read(dir, crt_name, false, &crt, NULL, problems);
	if (result == CA_DIR_OK && key_name)
		result = ca_dir_read(dir, key_name, true, &secret, NULL, problems);
	if (result != CA_DIR_OK)
		goto out;
	result = CA_DIR_FAILED;
	if (key_name) {
		key = ca_pem_read_key(
			slice_make(secret.data, secret.len), ca_dir_file(dir, key_name, file, sizeof file), problems);
		if (key == NULL)
			goto out;
	}
	ca_dir_file(dir, crt_name, file, sizeof file);
	certificates = ca_pem_read_certificates(slice_make(crt.data, crt.len), 1 + CA_CHAIN_MAX, file, problems);
	if (certificates == NULL)
		goto out;
	*ca = assemble(certificates, key, file, problems);
	key = NULL;
	if (*ca)
		result = CA_DIR_OK;
out:
	EVP_PKEY_free(key);
	ca_bytes_release(&crt);
	ca_bytes_release(&secret);
	return result;
}

/* Finishes a switch that a crash cut in two: the key is the next one's already, its certificate still waits. */
static bool
finish_switch(const struct ca_dir *dir, struct problems *problems)
{
	enum ca_dir_result result;
	struct ca *ca = NULL;
	bool ok = true;

	if (!ca_dir_exists(dir, next_crt) || ca_dir_exists(dir, next_key))
		return true;
	result = load_pair(dir, next_crt, signs_key, &ca, problems);
	if (result != CA_DIR_OK)
		return result == CA_DIR_ABSENT;
	if (EVP_PKEY_eq(ca->key, X509_get0_pubkey(ca->certificate)) == 1)
		ok = ca_dir_replace(dir, next_crt, signs_crt, problems);
	ca_free(ca);
	return ok;
}

enum ca_dir_result
ca_store_load(const struct ca_dir *dir, int64_t now, struct ca **ca, struct problems *problems)
{
	char file[PATH_TEXT_MAX];
	enum ca_dir_result result;

	*ca = NULL;
	if (!ca_dir_exists(dir, signs_key) && !ca_dir_exists(dir, signs_crt))
		return CA_DIR_ABSENT;
	if (!finish_switch(dir, problems))
		return CA_DIR_FAILED;
	result = load_pair(dir, signs_crt, signs_key, ca, problems);
	if (result == CA_DIR_ABSENT) {
		problems_add(problems, false, dir->path, 0, 0,
			"restore the other, or remove both to have a new CA made",
			"of ca.key and ca.crt only one is there");
		return CA_DIR_FAILED;
	}
	if (result == CA_DIR_OK && !ca_check(*ca, now, ca_dir_file(dir, signs_crt, file, sizeof file), problems)) {
		ca_free(*ca);
		*ca = NULL;
		result = CA_DIR_FAILED;
	}
	return result;
}

/* --- A new pair, and the switch to it --- */

static bool
write_text(const struct ca_dir *dir, const char *name, BIO *bio, struct problems *problems)
{
	bool ok = bio && ca_dir_write(dir, name, ca_pem_text(bio), problems);
	char file[PATH_TEXT_MAX];

	if (bio == NULL)
		ca_problem_openssl(problems, ca_dir_file(dir, name, file, sizeof file), "its text cannot be made");
	BIO_free(bio);
	return ok;
}

/* The key first: see ca_store.h. */
static bool
write_next(const struct ca_dir *dir, const struct ca *ca, struct problems *problems)
{
	return ca_dir_remove(dir, next_crt, problems) &&
	       write_text(dir, next_key, ca_pem_write_key(ca->key), problems) &&
	       write_text(dir, next_crt, ca_pem_write_certificates(ca->certificate, ca->chain), problems);
}

/* Certificates of earlier CAs that are still exported; NULL where there are none, or with a problem. */
static STACK_OF(X509) *
read_previous(const struct ca_dir *dir, int64_t now, struct problems *problems)
{
	STACK_OF(X509) *certificates = NULL;
	struct ca_bytes bytes;
	char file[PATH_TEXT_MAX];
	int64_t modified;

	if (ca_dir_read(dir, previous_crt, false, &bytes, &modified, problems) != CA_DIR_OK)
		return NULL;
	if (now <= modified + CA_OVERLAP_SECONDS)
		certificates = ca_pem_read_certificates(slice_make(bytes.data, bytes.len), PREVIOUS_MAX,
			ca_dir_file(dir, previous_crt, file, sizeof file), problems);
	ca_bytes_release(&bytes);
	return certificates;
}

/* Puts the certificate that signs now before those that signed earlier. */
static bool
keep_as_previous(const struct ca_dir *dir, int64_t now, struct problems *problems)
{
	STACK_OF(X509) *earlier = NULL;
	struct ca *ca = NULL;
	bool ok;

	if (load_pair(dir, signs_crt, NULL, &ca, problems) != CA_DIR_OK)
		return false;
	earlier = read_previous(dir, now, problems);
	/* A switch that failed half-way has put it there already. */
	if (earlier && X509_cmp(sk_X509_value(earlier, 0), ca->certificate) == 0)
		X509_free(sk_X509_shift(earlier));
	while (earlier && sk_X509_num(earlier) >= PREVIOUS_MAX)
		X509_free(sk_X509_pop(earlier));
	ok = write_text(dir, previous_crt, ca_pem_write_certificates(ca->certificate, earlier), problems);
	sk_X509_pop_free(earlier, X509_free);
	ca_free(ca);
	return ok;
}

bool
ca_store_switch(const struct ca_dir *dir, int64_t now, struct problems *problems)
{
	char file[PATH_TEXT_MAX];
	struct ca *next = NULL;
	enum ca_dir_result result;
	bool ok = false;

	if (!finish_switch(dir, problems))
		return false;
	result = load_pair(dir, next_crt, next_key, &next, problems);
	if (result == CA_DIR_ABSENT)
		problems_add(problems, false, dir->path, 0, 0, "prepare one with 'sluicectl ca rotate', or import one",
			"there is no next CA to switch to");
	if (result == CA_DIR_OK && ca_check(next, now, ca_dir_file(dir, next_crt, file, sizeof file), problems))
		ok = (!ca_dir_exists(dir, signs_crt) || keep_as_previous(dir, now, problems)) &&
		     ca_dir_replace(dir, next_key, signs_key, problems) &&
		     ca_dir_replace(dir, next_crt, signs_crt, problems);
	ca_free(next);
	return ok;
}

bool
ca_store_prepare(const struct ca_dir *dir, const struct ca_options *options, int64_t now, struct problems *problems)
{
	struct ca *ca = ca_create(options, now, problems);
	bool ok = ca && write_next(dir, ca, problems);

	ca_free(ca);
	return ok;
}

bool
ca_store_create(const struct ca_dir *dir, const struct ca_options *options, int64_t now, struct problems *problems)
{
	if (ca_dir_exists(dir, signs_key) || ca_dir_exists(dir, signs_crt)) {
		problems_add(problems, false, dir->path, 0, 0, "replace it with 'sluicectl ca rotate'",
			"there is a CA already");
		return false;
	}
	return ca_store_prepare(dir, options, now, problems) && ca_store_switch(dir, now, problems);
}

bool
ca_store_issue(const struct ca_dir *dir, const struct ca_options *options, int64_t now, struct problems *problems)
{
	bool is_first = !ca_dir_exists(dir, signs_key) && !ca_dir_exists(dir, signs_crt);
	struct ca *ca = ca_create(options, now, problems);
	bool ok = ca && ca_check(ca, now, "the new CA", problems) && write_next(dir, ca, problems) &&
		  (!is_first || ca_store_switch(dir, now, problems));

	ca_free(ca);
	return ok;
}

struct ca *
ca_store_load_or_create(
	const struct ca_dir *dir, const struct ca_options *options, int64_t now, struct problems *problems)
{
	struct ca *ca = NULL;

	if (ca_store_load(dir, now, &ca, problems) == CA_DIR_ABSENT && ca_store_create(dir, options, now, problems))
		ca_store_load(dir, now, &ca, problems);
	return ca;
}

bool
ca_store_import(const struct ca_dir *dir, const char *certificate_path, const char *key_path, int64_t now,
	struct problems *problems)
{
	bool is_first = !ca_dir_exists(dir, signs_key) && !ca_dir_exists(dir, signs_crt);
	struct ca_bytes crt = {0}, secret = {0};
	STACK_OF(X509) *certificates = NULL;
	struct ca *ca = NULL;
	EVP_PKEY *key = NULL;
	bool ok = false;

	if (!ca_bytes_read(certificate_path, &crt, problems) || !ca_bytes_read(key_path, &secret, problems))
		goto out;
	key = ca_pem_read_key(slice_make(secret.data, secret.len), key_path, problems);
	if (key == NULL)
		goto out;
	certificates =
		ca_pem_read_certificates(slice_make(crt.data, crt.len), 1 + CA_CHAIN_MAX, certificate_path, problems);
	if (certificates == NULL)
		goto out;
	ca = assemble(certificates, key, certificate_path, problems);
	key = NULL;
	ok = ca && ca_check(ca, now, certificate_path, problems) && write_next(dir, ca, problems) &&
	     (!is_first || ca_store_switch(dir, now, problems));
out:
	ca_free(ca);
	EVP_PKEY_free(key);
	ca_bytes_release(&crt);
	ca_bytes_release(&secret);
	return ok;
}

/* --- What clients should trust --- */

static size_t
add_previous(
	const struct ca_dir *dir, int64_t now, struct ca_exported *exported, size_t count, struct problems *problems)
{
	STACK_OF(X509) *certificates = read_previous(dir, now, problems);

	while (certificates && sk_X509_num(certificates) > 0 && count < CA_EXPORTED_MAX) {
		struct ca *ca = ca_take(sk_X509_shift(certificates), NULL, NULL);

		if (ca)
			exported[count++] = (struct ca_exported){CA_ROLE_PREVIOUS, ca};
	}
	sk_X509_pop_free(certificates, X509_free);
	return count;
}

size_t
ca_store_exported(
	const struct ca_dir *dir, int64_t now, struct ca_exported exported[CA_EXPORTED_MAX], struct problems *problems)
{
	enum ca_dir_result result;
	size_t count = 0;
	struct ca *ca;

	result = load_pair(dir, signs_crt, NULL, &ca, problems);
	if (result == CA_DIR_ABSENT)
		problems_add(problems, false, dir->path, 0, 0, "start sluiced, or make one with 'sluicectl ca init'",
			"there is no CA yet");
	if (result != CA_DIR_OK)
		return 0;
	exported[count++] = (struct ca_exported){CA_ROLE_SIGNS, ca};
	if (load_pair(dir, next_crt, NULL, &ca, problems) == CA_DIR_OK)
		exported[count++] = (struct ca_exported){CA_ROLE_NEXT, ca};
	return add_previous(dir, now, exported, count, problems);
}

void
ca_exported_release(struct ca_exported *exported, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ca_free(exported[i].ca);
}
