/* The grammar of names in a leaf.  See leaf_name.h. */
#include "tls/leaf_name.h"

#include <arpa/inet.h>
#include <stdio.h>

#define IPV4_BYTES 4
#define IPV6_BYTES 16

static bool
dns_is_valid(struct slice name)
{
	bool is_wildcard = slice_starts_with(name, SLICE("*."));
	struct slice rest = is_wildcard ? slice_sub(name, 2, name.len) : name;
	struct slice label;
	size_t labels = 0;

	if (name.len == 0 || name.len > HOST_NAME_LEN_MAX)
		return false;
	while (slice_split(&rest, '.', &label)) {
		if (!host_label_is_valid(label))
			return false;
		labels++;
	}
	return !is_wildcard || labels >= 2;
}

bool
leaf_name_is_valid(const struct leaf_name *name)
{
	switch (name->kind) {
	case LEAF_NAME_DNS:
		return dns_is_valid(name->bytes);
	case LEAF_NAME_IP:
		return name->bytes.len == IPV4_BYTES || name->bytes.len == IPV6_BYTES;
	}
	return false;
}

const char *
leaf_name_format(const struct leaf_name *name, char dst[LEAF_NAME_TEXT_MAX])
{
	char address[INET6_ADDRSTRLEN] = "";

	if (name->kind == LEAF_NAME_DNS) {
		snprintf(dst, LEAF_NAME_TEXT_MAX, "DNS:%.*s", SLICE_ARG(name->bytes));
	} else {
		inet_ntop(name->bytes.len == IPV4_BYTES ? AF_INET : AF_INET6, name->bytes.ptr, address, sizeof address);
		snprintf(dst, LEAF_NAME_TEXT_MAX, "IP:%s", address);
	}
	return dst;
}
