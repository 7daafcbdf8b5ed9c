/* One nfnetlink socket to nf_tables, and batches of messages that the kernel takes as a whole or not at all.
 * The kernel ties an owned table to the socket that made it: when the socket closes, the table is gone.  The socket is
 * closed by exec, so that no child keeps the table alive. */
#ifndef SLUICE_INTERCEPT_NFT_BATCH_H
#define SLUICE_INTERCEPT_NFT_BATCH_H

#include "base/slice.h"

#include <libmnl/libmnl.h>

struct nft_socket;
struct nft_batch;

/* NULL with errno where the kernel refuses. */
struct nft_socket *nft_socket_open(void);
void nft_socket_close(struct nft_socket *socket);

/* An empty batch; NULL when memory is out.  The messages' order is that of the calls. */
struct nft_batch *nft_batch_new(void);
void nft_batch_free(struct nft_batch *batch);
/* Begins a message of the given NFT_MSG_ type for family inet; fill it with libnftnl or mnl_attr_put(), then begin the
 * next.  Our messages are small and few: one that does not fit is a mistake of ours and aborts.  `what` and `name` say
 * what it does, for errors ("rule 2 of chain", "steer"); both must live as long as the batch. */
struct nlmsghdr *nft_batch_add(
	struct nft_batch *batch, uint16_t type, uint16_t flags, const char *what, const char *name);
/* Forgets what was added. */
void nft_batch_clear(struct nft_batch *batch);
/* Sends it, waits for the answer (the kernel gives it at once), and leaves the batch empty.  0 or a negative errno;
 * then nft_batch_failed() names the message that the kernel refused. */
int nft_batch_commit(struct nft_batch *batch, struct nft_socket *socket);
const char *nft_batch_failed(const struct nft_batch *batch);

#endif
