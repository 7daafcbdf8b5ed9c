/* The CA's certificate for devices: each form read back by somebody else's program. */
#include "suites.h"

#include "mint_fixture.h"
#include "tls/ca_export.h"

#include <stdio.h>

struct export_fixture {
	char *directory;
	struct ca *ca, *other;
	struct buffer out;
};

static struct export_fixture
export_make(void)
{
	struct export_fixture f = {.directory = fixture_directory(), .out = buffer_make(CA_EXPORT_MAX)};
	struct ca_options options = {.organization = "A <b> & \"c\""};
	struct problems problems = {0};

	f.ca = ca_create(&options, NOW, &problems);
	f.other = ca_create(&options, NOW, &problems);
	ck_assert_ptr_nonnull(f.ca);
	fixture_write_pem(f.directory, "want.pem", f.ca->certificate);
	return f;
}

static void
export_release(struct export_fixture *f)
{
	buffer_release(&f->out);
	ca_free(f->ca);
	ca_free(f->other);
	fixture_remove(f->directory);
}

static void
save(struct export_fixture *f, const char *name)
{
	struct slice bytes = buffer_slice(&f->out);
	char path[256];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", f->directory, name);
	file = fopen(path, "w");
	ck_assert_uint_eq(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
	fclose(file);
}

/* Runs a shell script in the directory where the export was saved. */
static void
check(struct export_fixture *f, const char *script)
{
	ck_assert_msg(fixture_run("cd %s && %s", f->directory, script) == 0, "%s", script);
}

START_TEST(pem_and_der_are_the_certificate)
{
	struct export_fixture f = export_make();

	ck_assert(ca_export_pem(f.ca->certificate, &f.out));
	save(&f, "have.pem");
	check(&f, "cmp have.pem want.pem");
	buffer_clear(&f.out);
	ck_assert(ca_export_der(f.ca->certificate, &f.out));
	save(&f, "have.der");
	check(&f, "openssl x509 -inform DER -in have.der | cmp - want.pem");
	export_release(&f);
}
END_TEST

START_TEST(fingerprint_and_android_name_are_those_of_openssl)
{
	struct export_fixture f = export_make();
	char name[CA_ANDROID_NAME_MAX];

	ck_assert(ca_export_fingerprint(f.ca->certificate, &f.out));
	save(&f, "have");
	check(&f, "test \"sha256 Fingerprint=$(cat have)\" = \"$(openssl x509 -in want.pem -noout -fingerprint "
		  "-sha256)\"");
	ca_export_android_name(f.ca->certificate, name);
	buffer_clear(&f.out);
	ck_assert(buffer_append_cstr(&f.out, name));
	save(&f, "have");
	check(&f, "test \"$(cat have)\" = \"$(openssl x509 -in want.pem -noout -subject_hash_old).0\"");
	export_release(&f);
}
END_TEST

START_TEST(mobileconfig_is_a_property_list_with_the_certificates)
{
	struct export_fixture f = export_make();
	X509 *certificates[] = {f.ca->certificate, f.other->certificate};

	ck_assert(ca_export_mobileconfig(certificates, 2, &f.out));
	save(&f, "have.mobileconfig");
	if (fixture_run("command -v python3 >/dev/null") == 0)
		check(&f,
			"python3 -c 'import plistlib, uuid\n"
			"p = plistlib.load(open(\"have.mobileconfig\", \"rb\"))\n"
			"assert p[\"PayloadType\"] == \"Configuration\" and len(p[\"PayloadContent\"]) == 2\n"
			"ids = {uuid.UUID(x[\"PayloadUUID\"]) for x in p[\"PayloadContent\"] + [p]}\n"
			"assert len(ids) == 3\n"
			"assert all(x[\"PayloadType\"] == \"com.apple.security.root\" for x in p[\"PayloadContent\"])\n"
			"open(\"have.der\", \"wb\").write(p[\"PayloadContent\"][0][\"PayloadContent\"])\n"
			"' && openssl x509 -inform DER -in have.der | cmp - want.pem");
	export_release(&f);
}
END_TEST

START_TEST(mobileconfig_of_the_same_ca_is_the_same)
{
	struct export_fixture f = export_make();
	struct buffer again = buffer_make(CA_EXPORT_MAX);

	ck_assert(ca_export_mobileconfig(&f.ca->certificate, 1, &f.out));
	ck_assert(ca_export_mobileconfig(&f.ca->certificate, 1, &again));
	ck_assert(slice_eq(buffer_slice(&f.out), buffer_slice(&again)));
	buffer_release(&again);
	export_release(&f);
}
END_TEST

START_TEST(pkcs12_holds_the_certificates_and_no_key)
{
	struct export_fixture f = export_make();
	X509 *certificates[] = {f.ca->certificate, f.other->certificate};

	ck_assert(ca_export_pkcs12(certificates, 2, "changeit", &f.out));
	save(&f, "have.p12");
	check(&f, "openssl pkcs12 -in have.p12 -passin pass:changeit -nokeys -out certs.pem && "
		  "test $(grep -c BEGIN.CERTIFICATE certs.pem) = 2");
	check(&f, "openssl pkcs12 -in have.p12 -passin pass:changeit -nodes | grep -c PRIVATE | grep -qx 0");
	check(&f, "! openssl pkcs12 -in have.p12 -passin pass:wrong -nokeys >/dev/null 2>&1");
	if (fixture_run("command -v certtool >/dev/null") == 0)
		check(&f, "certtool --p12-info --inder --infile have.p12 --password changeit >/dev/null");
	if (fixture_run("command -v keytool >/dev/null") == 0)
		check(&f,
			"test $(keytool -list -keystore have.p12 -storepass changeit | grep -c trustedCertEntry) = 2");
	export_release(&f);
}
END_TEST

START_TEST(export_that_does_not_fit_fails)
{
	struct export_fixture f = export_make();
	struct buffer small = buffer_make(100);

	ck_assert(!ca_export_pem(f.ca->certificate, &small));
	buffer_clear(&small);
	ck_assert(!ca_export_mobileconfig(&f.ca->certificate, 1, &small));
	buffer_clear(&small);
	ck_assert(!ca_export_pkcs12(&f.ca->certificate, 1, "", &small));
	buffer_release(&small);
	export_release(&f);
}
END_TEST

UNIT_SLOW_SUITE(ca_export, "ca_export", pem_and_der_are_the_certificate,
	fingerprint_and_android_name_are_those_of_openssl, mobileconfig_is_a_property_list_with_the_certificates,
	mobileconfig_of_the_same_ca_is_the_same, pkcs12_holds_the_certificates_and_no_key,
	export_that_does_not_fit_fails)
