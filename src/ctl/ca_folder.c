/* The CA's folder.  See ca_folder.h. */
#include "ctl/ca_folder.h"

#include "ctl/settings.h"
#include "record/text.h"
#include "tls/ca_export.h"

#include <limits.h>

bool
ca_folder_path(char *dst, size_t dst_size, const char *state_dir)
{
	return settings_path(dst, dst_size, state_dir, CA_FOLDER_NAME);
}

bool
ca_folder_open(struct ca_folder *f, const char *state_dir, uint64_t now_ns)
{
	struct problems problems = {0};
	char path[PATH_MAX];

	*f = (struct ca_folder){.dir.fd = -1};
	if (ca_folder_path(path, sizeof path, state_dir) && ca_dir_open(&f->dir, path, false, &problems) == CA_DIR_OK) {
		f->count = ca_store_exported(&f->dir, (int64_t)(now_ns / 1000000000u), f->exported, &problems);
		if (f->count == 0)
			ca_dir_close(&f->dir);
	}
	problems_release(&problems);
	return f->count > 0;
}

void
ca_folder_close(struct ca_folder *f)
{
	ca_exported_release(f->exported, f->count);
	ca_dir_close(&f->dir);
}

static json_t *
text_of_time(int64_t seconds)
{
	char text[TEXT_TIME_MAX];

	text_put_time(text, seconds > 0 ? (uint64_t)seconds * 1000000000u : 0);
	/* The fraction says nothing here. */
	text[19] = 'Z';
	return json_stringn(text, 20);
}

static const char *
key_name(X509 *certificate, char dst[32])
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;

	snprintf(dst, 32, "%s %d", type ? type : "unknown", key ? EVP_PKEY_get_bits(key) : 0);
	return dst;
}

static json_t *
text_of_name(X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	json_t *text = NULL;
	char *data;
	long len;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		len = BIO_get_mem_data(bio, &data);
		text = json_stringn(data, (size_t)len);
	}
	BIO_free(bio);
	return text ? text : json_string("(unreadable)");
}

json_t *
ca_folder_describe(const struct ca_exported *exported)
{
	X509 *anchor = ca_export_anchor(exported->ca);
	struct buffer fingerprint = buffer_make(256);
	char key[32];
	json_t *about;

	ca_export_fingerprint(anchor, &fingerprint);
	about = json_pack("{s:s, s:o, s:s#, s:s, s:o, s:o}", "role", ca_role_name(exported->role), "subject",
		text_of_name(X509_get_subject_name(anchor)), "fingerprint", buffer_slice(&fingerprint).ptr,
		(int)buffer_len(&fingerprint), "key", key_name(anchor, key), "from",
		text_of_time(exported->ca->not_before), "until", text_of_time(exported->ca->not_after));
	buffer_release(&fingerprint);
	return about;
}
