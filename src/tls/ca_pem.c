/* PEM in and out.  See ca_pem.h. */
#include "tls/ca_pem.h"

#include "tls/ca.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

STACK_OF(X509) *
ca_pem_read_certificates(struct slice text, int most, const char *file, struct problems *problems)
{
	BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
	STACK_OF(X509) *certificates = sk_X509_new_null();
	X509 *certificate = NULL;
	unsigned long error;

	while (bio && certificates && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		if (sk_X509_num(certificates) >= most || sk_X509_push(certificates, certificate) <= 0)
			break;
		certificate = NULL;
	}
	error = ERR_peek_last_error();
	BIO_free(bio);
	if (certificate) {
		problems_add(problems, false, file, 0, 0, "leave out what is not needed",
			"there are more than %d certificates in it", most);
	} else if (ERR_GET_REASON(error) != PEM_R_NO_START_LINE) {
		ca_problem_openssl(problems, file, "a certificate in it cannot be read");
	} else if (sk_X509_num(certificates) == 0) {
		problems_add(problems, false, file, 0, 0, "it must hold a certificate in PEM form",
			"there is no certificate in it");
	} else {
		ERR_clear_error(); /* the end of the text is no error */
		return certificates;
	}
	ERR_clear_error();
	X509_free(certificate);
	sk_X509_pop_free(certificates, X509_free);
	return NULL;
}

/* Asked for a password, the library's own function would read from the terminal. */
static int
no_password(char *password, int size, int for_writing, void *unused)
{
	return -1;
}

EVP_PKEY *
ca_pem_read_key(struct slice text, const char *file, struct problems *problems)
{
	BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
	unsigned char *der = NULL;
	const unsigned char *at;
	EVP_PKEY *key = NULL;
	char *name = NULL;
	long len = 0;

	if (bio == NULL ||
		PEM_bytes_read_bio_secmem(&der, &len, &name, PEM_STRING_EVP_PKEY, bio, no_password, NULL) != 1) {
		if (slice_find_slice(text, SLICE("ENCRYPTED")) < text.len)
			problems_add(problems, false, file, 0, 0, "decrypt it first: openssl pkey -in FILE -out PLAIN",
				"the private key is encrypted");
		else
			problems_add(problems, false, file, 0, 0, "it must hold a private key in PEM form",
				"there is no private key in it");
		goto out;
	}
	if (strcmp(name, PEM_STRING_PKCS8) == 0) {
		problems_add(problems, false, file, 0, 0, "decrypt it first: openssl pkey -in FILE -out PLAIN",
			"the private key is encrypted");
		goto out;
	}
	at = der;
	key = d2i_AutoPrivateKey(NULL, &at, len);
	if (key == NULL)
		ca_problem_openssl(problems, file, "the private key cannot be read");
out:
	ERR_clear_error();
	OPENSSL_secure_clear_free(der, (size_t)len);
	OPENSSL_secure_free(name);
	BIO_free(bio);
	return key;
}

BIO *
ca_pem_write_certificates(X509 *certificate, STACK_OF(X509) *chain)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool ok = bio && PEM_write_bio_X509(bio, certificate) == 1;

	for (int i = 0; ok && chain && i < sk_X509_num(chain); i++)
		ok = PEM_write_bio_X509(bio, sk_X509_value(chain, i)) == 1;
	if (ok)
		return bio;
	BIO_free(bio);
	return NULL;
}

BIO *
ca_pem_write_key(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());

	if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1)
		return bio;
	BIO_free(bio);
	return NULL;
}

struct slice
ca_pem_text(BIO *bio)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);

	return len > 0 ? slice_make(data, (size_t)len) : SLICE_EMPTY;
}
