/* What the fetcher and its askers read of each other, and the fetcher's files: the first octet says which. */
#include "fetch/hosts.h"
#include "fetch/message.h"
#include "fetch/networks.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is written and read again the same. */
static void
question(struct slice bytes)
{
	struct fetch_question q, again;
	struct buffer wire = buffer_make(FETCH_QUESTION_MAX);

	if (fetch_question_decode(bytes, &q) &&
		(!fetch_question_encode(&q, &wire) || !fetch_question_decode(buffer_slice(&wire), &again) ||
			!slice_eq(buffer_slice(&wire), bytes)))
		abort();
	buffer_release(&wire);
}

static void
answer(struct slice bytes)
{
	struct addr addrs[FETCH_ADDRESSES_MAX];
	struct fetch_answer a;
	struct buffer wire = buffer_make(FETCH_ANSWER_MAX);

	if (fetch_answer_decode(bytes, &a)) {
		if (!fetch_answer_encode(&a, &wire) || !slice_eq(buffer_slice(&wire), bytes) ||
			fetch_answer_addresses(&a, addrs) > FETCH_ADDRESSES_MAX)
			abort();
	}
	buffer_release(&wire);
}

static void
files(struct slice bytes)
{
	static struct networks networks;
	char servers[NAMESERVERS_TEXT_MAX];
	struct hosts hosts;

	hosts_init(&hosts);
	hosts_read(&hosts, bytes);
	hosts_release(&hosts);
	nameservers_read(bytes, servers);
	if (strlen(servers) >= sizeof servers || servers[0] == '\0')
		abort();
	networks_allow(&networks, bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_make(data + 1, size ? size - 1 : 0);

	if (size == 0)
		return 0;
	if (data[0] % 3 == 0)
		question(bytes);
	else if (data[0] % 3 == 1)
		answer(bytes);
	else
		files(bytes);
	return 0;
}
