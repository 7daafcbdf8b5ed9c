/* Bundles: what was added is found again; what is unsealed, cut or torn is refused whole. */
#include "suites.h"

#include "ipc/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

START_TEST(blobs_are_found_in_order)
{
	struct bundle_writer w;
	struct bundle b;
	struct slice name, bytes;
	size_t at = 0;
	int fd;

	bundle_begin(&w);
	bundle_add(&w, SLICE("conf:/etc/x"), SLICE("tls { }\n"));
	bundle_add(&w, SLICE("empty"), SLICE_EMPTY);
	fd = bundle_seal(&w);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "x", 1), -1);
	ck_assert_int_eq(bundle_open(&b, fd), 0);
	ck_assert(bundle_next(&b, &at, &name, &bytes));
	assert_slice(name, "conf:/etc/x");
	assert_slice(bytes, "tls { }\n");
	ck_assert(bundle_next(&b, &at, &name, &bytes));
	assert_slice(name, "empty");
	ck_assert_uint_eq(bytes.len, 0);
	ck_assert(!bundle_next(&b, &at, &name, &bytes));
	bundle_close(&b);
	close(fd);
}
END_TEST

static int
torn(const void *bytes, size_t len, int seals)
{
	int fd = memfd_create("torn", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	if (seals)
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

START_TEST(a_bundle_that_may_change_or_is_torn_is_refused)
{
	static const uint32_t lies[][4] = {
		{5, 0, 0x61626364, 0}, /* the name is longer than what is there */
		{4, 5, 0x61626364, 0}, /* the blob is */
		{0xffffffff, 0xffffffff, 0, 0},
	};
	int all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	struct bundle b;
	int fd = torn("", 0, 0);

	ck_assert_int_eq(bundle_open(&b, fd), -EPERM);
	close(fd);
	for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		fd = torn(lies[i], 12, all);
		ck_assert_int_eq(bundle_open(&b, fd), -EBADMSG);
		close(fd);
	}
	fd = torn("1234567", 7, all);
	ck_assert_int_eq(bundle_open(&b, fd), -EBADMSG);
	close(fd);
}
END_TEST

UNIT_SUITE(bundle, "bundle", blobs_are_found_in_order, a_bundle_that_may_change_or_is_torn_is_refused)
