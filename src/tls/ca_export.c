/* The CA's certificate for devices.  See ca_export.h. */
#include "tls/ca_export.h"

#include "tls/ca_pem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <stdio.h>

#define UUID_TEXT 37
#define DIGEST_BYTES 32
/* Java's mark of a trusted certificate: the usages for which it is, here any. */
#define JAVA_TRUSTED_OID "2.16.840.1.113894.746875.1.1"
#define BASE64_LINE 48 /* bytes that make a line of 64 characters */

X509 *
ca_export_anchor(const struct ca *ca)
{
	int above = ca->chain ? sk_X509_num(ca->chain) : 0;
	X509 *topmost = above ? sk_X509_value(ca->chain, above - 1) : NULL;

	return topmost && X509_self_signed(topmost, 0) == 1 ? topmost : ca->certificate;
}

bool
ca_export_fingerprint(X509 *certificate, struct buffer *out)
{
	char text[3 * DIGEST_BYTES + 1];
	uint8_t digest[DIGEST_BYTES];

	if (X509_digest(certificate, EVP_sha256(), digest, NULL) != 1)
		return false;
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(text + 3 * i, 4, "%02X:", digest[i]);
	return buffer_append(out, slice_make(text, 3 * DIGEST_BYTES - 1));
}

bool
ca_export_pem(X509 *certificate, struct buffer *out)
{
	BIO *bio = ca_pem_write_certificates(certificate, NULL);
	bool ok = bio && buffer_append(out, ca_pem_text(bio));

	BIO_free(bio);
	return ok;
}

bool
ca_export_der(X509 *certificate, struct buffer *out)
{
	uint8_t *der = NULL;
	int len = i2d_X509(certificate, &der);
	bool ok = len > 0 && buffer_append(out, slice_make(der, (size_t)len));

	OPENSSL_free(der);
	return ok;
}

void
ca_export_android_name(X509 *certificate, char name[CA_ANDROID_NAME_MAX])
{
	snprintf(name, CA_ANDROID_NAME_MAX, "%08x.0", (unsigned)X509_subject_name_hash_old(certificate));
}

/* --- Apple's profile --- */

/* A UUID of version 8 (RFC 9562 section 5.8) of a digest's first bytes. */
static void
uuid_of(const uint8_t digest[DIGEST_BYTES], char text[UUID_TEXT])
{
	char *at = text;

	for (int i = 0; i < 16; i++) {
		unsigned byte = digest[i];

		if (i == 6)
			byte = 0x80 | (byte & 0x0f);
		if (i == 8)
			byte = 0x80 | (byte & 0x3f);
		at += snprintf(at, 4, i == 3 || i == 5 || i == 7 || i == 9 ? "%02X-" : "%02X", byte);
	}
}

static bool
append_base64(struct buffer *out, X509 *certificate)
{
	unsigned char line[BASE64_LINE / 3 * 4 + 1];
	uint8_t *der = NULL;
	int len = i2d_X509(certificate, &der);
	bool ok = len > 0;

	for (int at = 0; ok && at < len; at += BASE64_LINE) {
		int n = EVP_EncodeBlock(line, der + at, len - at < BASE64_LINE ? len - at : BASE64_LINE);

		ok = buffer_printf(out, "%.*s\n", n, (const char *)line);
	}
	OPENSSL_free(der);
	return ok;
}

static bool
append_xml_text(struct buffer *out, struct slice text)
{
	static const struct {
		char plain;
		const char *escaped;
	} escapes[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
	bool ok = true;

	for (size_t i = 0; i < text.len && ok; i++) {
		const char *escaped = NULL;

		for (size_t j = 0; j < sizeof escapes / sizeof escapes[0]; j++)
			if (text.ptr[i] == escapes[j].plain)
				escaped = escapes[j].escaped;
		ok = escaped ? buffer_append_cstr(out, escaped) : buffer_append(out, slice_sub(text, i, i + 1));
	}
	return ok;
}

/* The certificate's common name as XML text; control characters, which XML cannot hold, make it empty. */
static bool
append_common_name(struct buffer *out, X509 *certificate)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *text = NULL;
	int len = at < 0 ? 0 : ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	bool ok;

	for (int i = 0; i < len; i++)
		if (text[i] < 0x20)
			len = 0;
	ok = append_xml_text(out, len > 0 ? slice_make(text, (size_t)len) : SLICE_EMPTY);
	OPENSSL_free(text);
	return ok;
}

static bool
append_payload(struct buffer *out, X509 *certificate)
{
	const char *type =
		X509_self_signed(certificate, 0) == 1 ? "com.apple.security.root" : "com.apple.security.pkcs1";
	uint8_t digest[DIGEST_BYTES];
	char uuid[UUID_TEXT];

	if (X509_digest(certificate, EVP_sha256(), digest, NULL) != 1)
		return false;
	uuid_of(digest, uuid);
	return buffer_printf(out,
		       "\t\t<dict>\n"
		       "\t\t\t<key>PayloadType</key><string>%s</string>\n"
		       "\t\t\t<key>PayloadVersion</key><integer>1</integer>\n"
		       "\t\t\t<key>PayloadIdentifier</key><string>sluice.ca.%s</string>\n"
		       "\t\t\t<key>PayloadUUID</key><string>%s</string>\n"
		       "\t\t\t<key>PayloadDisplayName</key><string>",
		       type, uuid, uuid) &&
	       append_common_name(out, certificate) &&
	       buffer_append_cstr(out, "</string>\n\t\t\t<key>PayloadContent</key><data>\n") &&
	       append_base64(out, certificate) && buffer_append_cstr(out, "</data>\n\t\t</dict>\n");
}

/* The profile's own identity: that of the set of certificates. */
static bool
profile_uuid(X509 *const *certificates, size_t count, char uuid[UUID_TEXT])
{
	uint8_t all[16 * DIGEST_BYTES], digest[DIGEST_BYTES];

	if (count > sizeof all / DIGEST_BYTES)
		return false;
	for (size_t i = 0; i < count; i++)
		if (X509_digest(certificates[i], EVP_sha256(), all + i * DIGEST_BYTES, NULL) != 1)
			return false;
	if (EVP_Digest(all, count * DIGEST_BYTES, digest, NULL, EVP_sha256(), NULL) != 1)
		return false;
	digest[0] ^= 0xff; /* apart from the UUID of a single certificate's payload */
	uuid_of(digest, uuid);
	return true;
}

bool
ca_export_mobileconfig(X509 *const *certificates, size_t count, struct buffer *out)
{
	char uuid[UUID_TEXT];
	bool ok;

	ok = profile_uuid(certificates, count, uuid) &&
	     buffer_append_cstr(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
				     "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
				     "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
				     "<plist version=\"1.0\">\n<dict>\n\t<key>PayloadContent</key>\n\t<array>\n");
	for (size_t i = 0; i < count && ok; i++)
		ok = append_payload(out, certificates[i]);
	ok = ok && buffer_printf(out,
			   "\t</array>\n"
			   "\t<key>PayloadType</key><string>Configuration</string>\n"
			   "\t<key>PayloadVersion</key><integer>1</integer>\n"
			   "\t<key>PayloadIdentifier</key><string>sluice.ca</string>\n"
			   "\t<key>PayloadUUID</key><string>%s</string>\n"
			   "\t<key>PayloadDisplayName</key><string>sluice CA</string>\n"
			   "\t<key>PayloadDescription</key><string>Lets this network's gateway read encrypted web "
			   "traffic.</string>\n"
			   "</dict>\n</plist>\n",
			   uuid);
	return ok;
}

/* --- PKCS#12 --- */

/* Java lists a certificate without key only with this attribute, whose value is any usage. */
static bool
mark_for_java(PKCS12_SAFEBAG *bag)
{
	ASN1_OBJECT *attribute = OBJ_txt2obj(JAVA_TRUSTED_OID, 1);
	ASN1_OBJECT *any_usage = OBJ_nid2obj(NID_anyExtendedKeyUsage);
	/* The bag has attributes already (its friendly name), so this adds to the bag's own stack. */
	STACK_OF(X509_ATTRIBUTE) *attributes = (STACK_OF(X509_ATTRIBUTE) *)PKCS12_SAFEBAG_get0_attrs(bag);
	X509_ATTRIBUTE *value = NULL;
	bool ok = false;

	if (attribute && attributes && (value = X509_ATTRIBUTE_new()) != NULL)
		ok = X509_ATTRIBUTE_set1_object(value, attribute) == 1 &&
		     X509_ATTRIBUTE_set1_data(value, V_ASN1_OBJECT, any_usage, -1) == 1 &&
		     sk_X509_ATTRIBUTE_push(attributes, value) > 0;
	if (!ok)
		X509_ATTRIBUTE_free(value);
	ASN1_OBJECT_free(attribute);
	return ok;
}

static PKCS12 *
make_pkcs12(X509 *const *certificates, size_t count, const char *password)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	STACK_OF(PKCS7) *safes = NULL;
	PKCS12 *p12 = NULL;
	char name[32];
	bool ok = true;

	for (size_t i = 0; i < count && ok; i++) {
		PKCS12_SAFEBAG *bag = PKCS12_add_cert(&bags, certificates[i]);

		snprintf(name, sizeof name, count > 1 ? "sluice CA %zu" : "sluice CA", i + 1);
		ok = bag && PKCS12_add_friendlyname_utf8(bag, name, -1) == 1 && mark_for_java(bag);
	}
	ok = ok && PKCS12_add_safe(&safes, bags, -1, 0, NULL) == 1;
	if (ok)
		p12 = PKCS12_add_safes(safes, 0);
	if (p12 && PKCS12_set_mac(p12, password, -1, NULL, 0, PKCS12_DEFAULT_ITER, EVP_sha256()) != 1) {
		PKCS12_free(p12);
		p12 = NULL;
	}
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return p12;
}

bool
ca_export_pkcs12(X509 *const *certificates, size_t count, const char *password, struct buffer *out)
{
	PKCS12 *p12 = make_pkcs12(certificates, count, password);
	uint8_t *der = NULL;
	int len = p12 ? i2d_PKCS12(p12, &der) : -1;
	bool ok = len > 0 && buffer_append(out, slice_make(der, (size_t)len));

	if (!ok)
		ERR_clear_error();
	OPENSSL_free(der);
	PKCS12_free(p12);
	return ok;
}
