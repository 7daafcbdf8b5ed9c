/* The CA on disk: what is refused, and that a crash at any moment leaves a CA that loads. */
#include "suites.h"

#include "mint_fixture.h"
#include "tls/ca_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct ca_options defaults = {.key_type = CA_KEY_P256};

struct store_fixture {
	char *directory;
	char path[128]; /* DIRECTORY/ca */
	struct ca_dir dir;
};

static struct store_fixture
store_make(void)
{
	struct store_fixture f = {.directory = fixture_directory()};
	struct problems problems = {0};

	snprintf(f.path, sizeof f.path, "%s/ca", f.directory);
	ck_assert_int_eq(ca_dir_open(&f.dir, f.path, true, &problems), CA_DIR_OK);
	ck_assert_uint_eq(problems.count, 0);
	return f;
}

static struct store_fixture
store_with_ca(void)
{
	struct store_fixture f = store_make();
	struct problems problems = {0};

	ck_assert(ca_store_create(&f.dir, &defaults, NOW, &problems));
	ck_assert_uint_eq(problems.count, 0);
	return f;
}

static void
store_release(struct store_fixture *f)
{
	ca_dir_close(&f->dir);
	fixture_remove(f->directory);
}

static struct ca *
load(struct store_fixture *f)
{
	struct problems problems = {0};
	struct ca *ca = NULL;
	char text[512] = "";

	enum ca_dir_result result = ca_store_load(&f->dir, NOW, &ca, &problems);
	if (problems.count)
		problem_format(&problems.items[0], text, sizeof text);
	ck_assert_msg(result == CA_DIR_OK && problems.count == 0, "%s", text);
	return ca;
}

/* The directory and the CA in it as they are now must be refused, with this in the first problem. */
static void
assert_refused(struct store_fixture *f, const char *part)
{
	struct problems problems = {0};
	char text[1024] = "";
	struct ca *ca = NULL;
	struct ca_dir dir;
	enum ca_dir_result result = ca_dir_open(&dir, f->path, false, &problems);

	if (result == CA_DIR_OK) {
		result = ca_store_load(&dir, NOW, &ca, &problems);
		ca_dir_close(&dir);
	}
	ck_assert_int_eq(result, CA_DIR_FAILED);
	ck_assert_ptr_null(ca);
	ck_assert_uint_ge(problems.errors, 1);
	problem_format(&problems.items[0], text, sizeof text);
	ck_assert_msg(strstr(text, part) != NULL, "have \"%s\", want \"%s\"", text, part);
	ck_assert_ptr_nonnull(problems.items[0].file);
	problems_release(&problems);
}

static void
run(struct store_fixture *f, const char *command)
{
	ck_assert_int_eq(fixture_run("cd %s && %s", f->path, command), 0);
}

static mode_t
mode_of(struct store_fixture *f, const char *name)
{
	struct stat st;

	ck_assert_int_eq(fstatat(f->dir.fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

START_TEST(new_ca_is_private_and_loads)
{
	struct store_fixture f = store_with_ca();
	struct ca *ca = load(&f);

	ck_assert_uint_eq(mode_of(&f, "."), 0700);
	ck_assert_uint_eq(mode_of(&f, "ca.key"), 0600);
	ck_assert_ptr_nonnull(ca->key);
	ck_assert(!ca_dir_exists(&f.dir, "next.key"));
	ck_assert(!ca_dir_exists(&f.dir, "next.crt"));
	ca_free(ca);
	store_release(&f);
}
END_TEST

START_TEST(ca_is_the_same_after_a_restart)
{
	struct store_fixture f = store_make();
	struct problems problems = {0};
	struct ca *first = ca_store_load_or_create(&f.dir, &defaults, NOW, &problems);
	struct ca *second = ca_store_load_or_create(&f.dir, &defaults, NOW, &problems);

	ck_assert_uint_eq(problems.count, 0);
	ck_assert_int_eq(memcmp(first->id, second->id, sizeof first->id), 0);
	ck_assert_int_eq(EVP_PKEY_eq(first->key, second->key), 1);
	ca_free(first);
	ca_free(second);
	store_release(&f);
}
END_TEST

START_TEST(second_ca_is_not_made_over_the_first)
{
	struct store_fixture f = store_with_ca();
	struct problems problems = {0};

	ck_assert(!ca_store_create(&f.dir, &defaults, NOW, &problems));
	ck_assert_uint_eq(problems.errors, 1);
	problems_release(&problems);
	ca_free(load(&f));
	store_release(&f);
}
END_TEST

START_TEST(absent_ca_is_no_problem_and_half_of_one_is)
{
	struct store_fixture f = store_make();
	struct problems problems = {0};
	struct ca *ca;

	ck_assert_int_eq(ca_store_load(&f.dir, NOW, &ca, &problems), CA_DIR_ABSENT);
	ck_assert_uint_eq(problems.count, 0);
	ck_assert(ca_store_create(&f.dir, &defaults, NOW, &problems));
	run(&f, "rm ca.key");
	assert_refused(&f, "only one is there");
	store_release(&f);
}
END_TEST

START_TEST(files_that_others_could_read_or_make_are_refused)
{
	static const struct {
		const char *command;
		const char *problem;
	} cases[] = {
		{"chmod 0644 ca.key", "can be read by others"},
		{"chmod 0640 ca.key", "can be read by others"},
		{"chmod 0604 ca.key", "can be read by others"},
		{"chmod 0622 ca.crt", "others can write"},
		{"chmod 0755 .", "open to others (mode 0755)"},
		{"chmod 0710 .", "open to others"},
		{"mv ca.key real.key && ln -s real.key ca.key", "symbolic link"},
		{"mv ca.crt real.crt && ln -s real.crt ca.crt", "symbolic link"},
		{"ln ca.key second.key", "second name"},
		{"rm ca.key && mkfifo -m 600 ca.key", "no plain file"},
		{"rm ca.key && mkdir -m 700 ca.key", "no plain file"},
		{"chmod 0777 ..", "everybody can write"},
		{"chmod 1777 ..", "everybody can write"},
		{"mv ../ca ../real && ln -s real ../ca", "symbolic link"},
		{"mv ../ca ../real && touch ../ca", "must be a directory"},
		{": > ca.key", "no private key"},
		{": > ca.crt", "no certificate"},
		{"head -c 100000 /dev/zero > ca.crt", "File too large"},
		{"echo garbage > ca.key", "no private key"},
		{"sed -i 3d ca.crt", "cannot be read"},
		{"cp ca.key plain && openssl pkcs8 -topk8 -in plain -passout pass:x -out ca.key && rm plain",
			"encrypted"},
		{"openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ca.key 2>/dev/null || "
		 "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ca.key",
			"does not belong to the CA certificate"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct store_fixture f = store_with_ca();

		run(&f, cases[i].command);
		assert_refused(&f, cases[i].problem);
		store_release(&f);
	}
}
END_TEST

START_TEST(files_of_another_user_are_refused)
{
	static const struct {
		const char *command;
		const char *problem;
	} cases[] = {
		{"chown 12345 ca.key", "belongs to another user"},
		{"chown 12345 ca.crt", "belongs to another user"},
		{"chown 12345 .", "belongs to user 12345"},
	};

	if (geteuid() != 0)
		return; /* only root can give files away */
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct store_fixture f = store_with_ca();

		run(&f, cases[i].command);
		assert_refused(&f, cases[i].problem);
		store_release(&f);
	}
}
END_TEST

START_TEST(certificate_that_is_no_ca_or_expired_is_refused)
{
	struct store_fixture f = store_with_ca();
	struct problems problems = {0};
	struct ca *ca = NULL;

	ck_assert_int_eq(ca_store_load(&f.dir, NOW + 3651LL * DAY, &ca, &problems), CA_DIR_FAILED);
	problems_release(&problems);
	run(&f, "openssl req -x509 -key ca.key -subj /CN=x -addext basicConstraints=critical,CA:FALSE -out ca.crt");
	assert_refused(&f, "CA");
	store_release(&f);
}
END_TEST

START_TEST(change_of_ca_keeps_the_old_certificate_exported_until_its_leaves_are_gone)
{
	struct store_fixture f = store_with_ca();
	struct problems problems = {0};
	struct ca_exported exported[CA_EXPORTED_MAX];
	struct ca *old = load(&f), *new;
	int64_t today = time(NULL); /* previous.crt has the date of today */
	size_t count;

	ck_assert(ca_store_prepare(&f.dir, &defaults, NOW, &problems));
	count = ca_store_exported(&f.dir, today, exported, &problems);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(exported[0].role, CA_ROLE_SIGNS);
	ck_assert_int_eq(memcmp(exported[0].ca->id, old->id, sizeof old->id), 0);
	ck_assert_int_eq(exported[1].role, CA_ROLE_NEXT);
	ca_exported_release(exported, count);

	ck_assert(ca_store_switch(&f.dir, today, &problems));
	new = load(&f);
	ck_assert_int_ne(memcmp(new->id, old->id, sizeof old->id), 0);
	count = ca_store_exported(&f.dir, today, exported, &problems);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(memcmp(exported[0].ca->id, new->id, sizeof old->id), 0);
	ck_assert_int_eq(exported[1].role, CA_ROLE_PREVIOUS);
	ck_assert_int_eq(memcmp(exported[1].ca->id, old->id, sizeof old->id), 0);
	ck_assert_ptr_null(exported[1].ca->key);
	ca_exported_release(exported, count);

	count = ca_store_exported(&f.dir, today + 46 * DAY, exported, &problems);
	ck_assert_uint_eq(count, 2);
	ca_exported_release(exported, count);
	count = ca_store_exported(&f.dir, today + 48 * DAY, exported, &problems);
	ck_assert_uint_eq(count, 1);
	ca_exported_release(exported, count);
	ck_assert_uint_eq(problems.count, 0);
	ca_free(old);
	ca_free(new);
	store_release(&f);
}
END_TEST

START_TEST(several_changes_in_short_time_keep_all_earlier_certificates)
{
	struct store_fixture f = store_with_ca();
	struct problems problems = {0};
	struct ca_exported exported[CA_EXPORTED_MAX];
	int64_t today = time(NULL);
	size_t count;

	for (int i = 0; i < 10; i++) {
		ck_assert(ca_store_prepare(&f.dir, &defaults, NOW, &problems));
		ck_assert(ca_store_switch(&f.dir, today, &problems));
		count = ca_store_exported(&f.dir, today, exported, &problems);
		ck_assert_uint_eq(count, (size_t)(i < 5 ? i + 2 : 7));
		ca_exported_release(exported, count);
	}
	ck_assert_uint_eq(problems.count, 0);
	store_release(&f);
}
END_TEST

START_TEST(old_key_is_overwritten_at_the_change)
{
	struct store_fixture f = store_with_ca();
	struct problems problems = {0};
	char text[4096] = {1};
	int old = openat(f.dir.fd, "ca.key", O_RDONLY);
	ssize_t len;

	ck_assert(ca_store_prepare(&f.dir, &defaults, NOW, &problems));
	ck_assert(ca_store_switch(&f.dir, NOW, &problems));
	len = pread(old, text, sizeof text, 0);
	ck_assert_int_gt(len, 100);
	for (ssize_t i = 0; i < len; i++)
		ck_assert_int_eq(text[i], 0);
	close(old);
	store_release(&f);
}
END_TEST

START_TEST(change_without_a_next_ca_is_refused)
{
	struct store_fixture f = store_with_ca();
	struct problems problems = {0};

	ck_assert(!ca_store_switch(&f.dir, NOW, &problems));
	ck_assert_uint_eq(problems.errors, 1);
	problems_release(&problems);
	ca_free(load(&f));
	store_release(&f);
}
END_TEST

START_TEST(crash_between_key_and_certificate_is_repaired)
{
	struct store_fixture f = store_with_ca();
	struct problems problems = {0};
	struct ca *old = load(&f), *new;

	ck_assert(ca_store_prepare(&f.dir, &defaults, NOW, &problems));
	run(&f, "mv next.key ca.key"); /* as far as the switch came */
	new = load(&f);
	ck_assert_int_ne(memcmp(new->id, old->id, sizeof old->id), 0);
	ck_assert(!ca_dir_exists(&f.dir, "next.crt"));
	ca_free(old);
	ca_free(new);
	store_release(&f);
}
END_TEST

START_TEST(crash_at_the_first_start_is_repaired)
{
	struct store_fixture f = store_make();
	struct problems problems = {0};

	ck_assert(ca_store_prepare(&f.dir, &defaults, NOW, &problems));
	run(&f, "mv next.key ca.key");
	ca_free(load(&f));
	store_release(&f);

	f = store_make();
	ck_assert(ca_store_prepare(&f.dir, &defaults, NOW, &problems));
	run(&f, "rm next.crt && touch .next.crt.new"); /* before the certificate was there */
	ca_free(ca_store_load_or_create(&f.dir, &defaults, NOW, &problems));
	ck_assert_uint_eq(problems.count, 0);
	ca_free(load(&f));
	store_release(&f);
}
END_TEST

START_TEST(foreign_next_certificate_does_not_replace_the_ca)
{
	struct store_fixture f = store_with_ca();
	struct problems problems = {0};
	struct ca *before = load(&f), *after;

	ck_assert(ca_store_prepare(&f.dir, &defaults, NOW, &problems));
	run(&f, "rm next.key");
	after = load(&f);
	ck_assert_int_eq(memcmp(before->id, after->id, sizeof before->id), 0);
	ca_free(before);
	ca_free(after);
	store_release(&f);
}
END_TEST

/* Makes root.crt and sub.crt/sub.key (bundle.crt holds both) in the fixture's own directory, valid now. */
static void
make_intermediate(struct store_fixture *f)
{
	ck_assert_int_eq(
		fixture_run("cd %s && exec 2>/dev/null; "
			    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 100 "
			    "-subj '/CN=Office Root' -keyout root.key -out root.crt && "
			    "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=Gateway' "
			    "-keyout sub.key -out sub.csr && "
			    "printf 'basicConstraints=critical,CA:TRUE,pathlen:0\\nkeyUsage=critical,keyCertSign\\n"
			    "subjectKeyIdentifier=hash\\nauthorityKeyIdentifier=keyid\\n' > ext && "
			    "openssl x509 -req -in sub.csr -CA root.crt -CAkey root.key -CAcreateserial -days 90 "
			    "-extfile ext -out sub.crt && cat sub.crt root.crt > bundle.crt",
			f->directory),
		0);
}

static bool
import(struct store_fixture *f, const char *certificate, const char *key, struct problems *problems)
{
	char certificate_path[256], key_path[256];

	snprintf(certificate_path, sizeof certificate_path, "%s/%s", f->directory, certificate);
	snprintf(key_path, sizeof key_path, "%s/%s", f->directory, key);
	return ca_store_import(&f->dir, certificate_path, key_path, time(NULL), problems);
}

START_TEST(intermediate_of_an_office_is_imported_with_its_root)
{
	struct store_fixture f = store_make();
	struct problems problems = {0};
	struct ca *ca = NULL;

	make_intermediate(&f);
	ck_assert(import(&f, "bundle.crt", "sub.key", &problems));
	ck_assert_int_eq(ca_store_load(&f.dir, time(NULL), &ca, &problems), CA_DIR_OK);
	ck_assert_uint_eq(problems.count, 0);
	ck_assert(!ca_is_self_signed(ca));
	ck_assert_int_eq(sk_X509_num(ca->chain), 1);
	ck_assert_uint_eq(mode_of(&f, "ca.key"), 0600);
	ca_free(ca);
	store_release(&f);
}
END_TEST

START_TEST(import_beside_a_ca_waits_for_the_switch)
{
	struct store_fixture f = store_with_ca();
	struct problems problems = {0};
	struct ca *before = load(&f), *after = NULL;

	make_intermediate(&f);
	ck_assert(import(&f, "bundle.crt", "sub.key", &problems));
	after = load(&f);
	ck_assert_int_eq(memcmp(before->id, after->id, sizeof before->id), 0);
	ca_free(after);
	ck_assert(ca_store_switch(&f.dir, time(NULL), &problems));
	ck_assert_int_eq(ca_store_load(&f.dir, time(NULL), &after, &problems), CA_DIR_OK);
	ck_assert(!ca_is_self_signed(after));
	ca_free(before);
	ca_free(after);
	store_release(&f);
}
END_TEST

START_TEST(import_of_what_cannot_sign_changes_nothing)
{
	static const char *const wrong[][2] = {{"sub.crt", "root.key"}, {"root.crt", "sub.key"},
		{"absent.crt", "sub.key"}, {"sub.crt", "absent.key"}, {"reversed.crt", "sub.key"}, {"ext", "sub.key"},
		{"sub.crt", "ext"}};
	struct store_fixture f = store_make();

	make_intermediate(&f);
	ck_assert_int_eq(fixture_run("cd %s && cat root.crt sub.crt > reversed.crt", f.directory), 0);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct problems problems = {0};

		ck_assert_msg(!import(&f, wrong[i][0], wrong[i][1], &problems), "%s", wrong[i][0]);
		ck_assert_uint_ge(problems.errors, 1);
		ck_assert(!ca_dir_exists(&f.dir, "ca.key"));
		problems_release(&problems);
	}
	store_release(&f);
}
END_TEST

UNIT_SLOW_SUITE(ca_store, "ca_store", new_ca_is_private_and_loads, ca_is_the_same_after_a_restart,
	second_ca_is_not_made_over_the_first, absent_ca_is_no_problem_and_half_of_one_is,
	files_that_others_could_read_or_make_are_refused, files_of_another_user_are_refused,
	certificate_that_is_no_ca_or_expired_is_refused,
	change_of_ca_keeps_the_old_certificate_exported_until_its_leaves_are_gone,
	several_changes_in_short_time_keep_all_earlier_certificates, old_key_is_overwritten_at_the_change,
	change_without_a_next_ca_is_refused, crash_between_key_and_certificate_is_repaired,
	crash_at_the_first_start_is_repaired, foreign_next_certificate_does_not_replace_the_ca,
	intermediate_of_an_office_is_imported_with_its_root, import_beside_a_ca_waits_for_the_switch,
	import_of_what_cannot_sign_changes_nothing)
