/* Batches for nf_tables.  See nft_batch.h. */
#include "intercept/nft_batch.h"

#include <assert.h>
#include <errno.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>

#define CAPACITY 262144
#define MESSAGE_MAX 32768 /* no message of ours comes near */
#define MESSAGES_MAX 256

struct nft_socket {
	struct mnl_socket *mnl;
	uint32_t seq; /* of the last message */
};

struct nft_batch {
	struct {
		const char *what;
		const char *name;
	} labels[MESSAGES_MAX];
	size_t count;
	size_t used;
	struct nlmsghdr *last; /* not yet counted in used: its length is still growing */
	char failed[128];
	_Alignas(16) char bytes[CAPACITY];
};

struct nft_socket *
nft_socket_open(void)
{
	struct nft_socket *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->mnl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (s->mnl == NULL || mnl_socket_bind(s->mnl, 0, MNL_SOCKET_AUTOPID) < 0) {
		nft_socket_close(s);
		return NULL;
	}
	return s;
}

void
nft_socket_close(struct nft_socket *s)
{
	int error = errno;

	if (s && s->mnl)
		mnl_socket_close(s->mnl);
	free(s);
	errno = error;
}

struct nft_batch *
nft_batch_new(void)
{
	struct nft_batch *batch = malloc(sizeof *batch);

	if (batch) {
		nft_batch_clear(batch);
		batch->failed[0] = '\0';
	}
	return batch;
}

void
nft_batch_free(struct nft_batch *batch)
{
	free(batch);
}

void
nft_batch_clear(struct nft_batch *batch)
{
	batch->count = batch->used = 0;
	batch->last = NULL;
}

/* Where the next message goes. */
static char *
next_place(struct nft_batch *batch)
{
	if (batch->last)
		batch->used += MNL_ALIGN(batch->last->nlmsg_len);
	batch->last = NULL;
	assert(batch->used + MESSAGE_MAX <= CAPACITY);
	return batch->bytes + batch->used;
}

struct nlmsghdr *
nft_batch_add(struct nft_batch *batch, uint16_t type, uint16_t flags, const char *what, const char *name)
{
	char *place;

	if (batch->count == 0) /* sequence numbers count messages; the first of ours has 1 */
		batch->last = nftnl_batch_begin(next_place(batch), 0);
	place = next_place(batch);
	assert(batch->count < MESSAGES_MAX);
	batch->labels[batch->count].what = what;
	batch->labels[batch->count].name = name;
	batch->count++;
	batch->last = nftnl_nlmsg_build_hdr(place, type, NFPROTO_INET, flags, (uint32_t)batch->count);
	return batch->last;
}

/* Reads one answer.  Returns true at the last. */
static bool
take_answer(struct nft_batch *batch, const struct nlmsghdr *answer, uint32_t base, int *error)
{
	const struct nlmsgerr *body = mnl_nlmsg_get_payload(answer);
	uint32_t n = answer->nlmsg_seq - base;

	if (answer->nlmsg_type != NLMSG_ERROR || mnl_nlmsg_get_payload_len(answer) < sizeof *body)
		return false;
	if (body->error && *error == 0) {
		*error = body->error;
		if (n >= 1 && n <= batch->count)
			snprintf(batch->failed, sizeof batch->failed, "%s %s", batch->labels[n - 1].what,
				batch->labels[n - 1].name);
		else
			snprintf(batch->failed, sizeof batch->failed, "the batch");
	}
	return n == batch->count;
}

/* The kernel answers while it takes the batch, so what is not there now never comes. */
static int
read_answers(struct nft_batch *batch, struct nft_socket *s, uint32_t base)
{
	_Alignas(16) char answer[16384];
	bool ended = false;
	int error = 0;

	for (;;) {
		ssize_t got = mnl_socket_recvfrom(s->mnl, answer, sizeof answer);
		const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)answer;
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
			ended |= take_answer(batch, message, base, &error);
	}
	return error ? error : ended ? 0 : -EIO;
}

int
nft_batch_commit(struct nft_batch *batch, struct nft_socket *s)
{
	uint32_t base = s->seq;
	char *at, *end;
	int result = 0;

	batch->failed[0] = '\0';
	if (batch->count == 0)
		return 0;
	batch->last->nlmsg_flags |= NLM_F_ACK;
	batch->last = nftnl_batch_end(next_place(batch), (uint32_t)batch->count + 1);
	end = next_place(batch);
	for (at = batch->bytes; at < end;) {
		struct nlmsghdr *message = (struct nlmsghdr *)(void *)at;

		message->nlmsg_seq += base;
		at += MNL_ALIGN(message->nlmsg_len);
	}
	s->seq += (uint32_t)batch->count + 1;
	if (mnl_socket_sendto(s->mnl, batch->bytes, batch->used) < 0) {
		result = -errno;
		snprintf(batch->failed, sizeof batch->failed, "the batch");
	} else {
		result = read_answers(batch, s, base);
	}
	nft_batch_clear(batch);
	return result;
}

const char *
nft_batch_failed(const struct nft_batch *batch)
{
	return batch->failed;
}
