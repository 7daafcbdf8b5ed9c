/* The signer: the one process that holds the CA key.  It opens (or makes) the CA and the issuance log, gives up every
 * power, and then answers mint requests on channels that the supervisor brings.  It never sees the network or a file.
 */
#include "config.h"

#include "proc/role.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "ipc/channel.h"
#include "proc/confine.h"
#include "proc/report.h"
#include "tls/ca_store.h"
#include "tls/context.h"
#include "tls/issuance_files.h"
#include "tls/mint_server.h"

#define AREA "signer"
#define CHANNELS_MAX 64
#define SECURE_HEAP_BYTES (512 * 1024)
#define SECURE_HEAP_UNIT 32
/* The log is flushed at least this often while leaves are issued. */
#define IDLE_MS 1000

struct signer {
	struct mint_server server;
	struct issuance_log log;
	int log_fd;
	struct pollfd channels[CHANNELS_MAX]; /* [0] is the supervisor's */
	unsigned channel_count;
	char *buffer;
	struct buffer reply;
};

static bool
begin_log(struct signer *s, const struct ca_dir *dir, int64_t now, struct problems *problems)
{
	s->log_fd = issuance_files_open(dir->fd);
	if (s->log_fd < 0) {
		problems_add(problems, false, dir->path, 0, 0, "correct the folder's owner and permissions",
			"%s cannot be opened: %s", ISSUANCE_LOG_NAME, strerror(errno));
		return false;
	}
	return issuance_files_begin(&s->log, dir->fd, s->log_fd, ISSUANCE_SYNC_DEFAULT_MS, now, problems);
}

/* The CA of the folder, made where there is none, and an issuer for bad origins that lives as long as this process. */
static bool
signer_open(struct signer *s, const char *directory, const char *organization)
{
	struct ca_options options = {.key_type = CA_KEY_P256, .organization = organization};
	struct problems problems = {0};
	struct ca *trusted = NULL, *untrusted = NULL;
	struct mint *mint = NULL;
	struct ca_dir dir = {.fd = -1};
	bool is_logging = false;
	int64_t now = time(NULL);

	/* A CA that is made before the clock was ever set is to be valid once it is. */
	if (now < BUILD_EPOCH)
		now = BUILD_EPOCH;
	s->log_fd = -1;
	if (ca_dir_open(&dir, directory, true, &problems) == CA_DIR_OK) {
		trusted = ca_store_load_or_create(&dir, &options, now, &problems);
		if (trusted)
			untrusted = ca_create_untrusted(now, &problems);
		is_logging = untrusted && begin_log(s, &dir, now, &problems);
		ca_dir_close(&dir);
	}
	if (is_logging) {
		mint = mint_create(trusted, untrusted, &problems);
		trusted = untrusted = NULL;
	}
	ca_free(trusted);
	ca_free(untrusted);
	report_problems(AREA, &problems);
	s->buffer = malloc(IPC_PAYLOAD_MAX);
	s->reply = buffer_make(MINT_REPLY_MAX);
	return mint && s->buffer && mint_server_init(&s->server, mint, &s->log, MINT_RATE_DEFAULT, MINT_BURST_DEFAULT);
}

/* The issuers' certificates, for the supervisor to hand to the worker. */
static bool
send_issuers(struct signer *s)
{
	struct buffer request = buffer_make(64);
	bool done;

	buffer_clear(&s->reply);
	done = mint_issuers_request_encode(&request) &&
	       mint_server_answer(&s->server, buffer_slice(&request), time(NULL), clock_monotonic_ns(), &s->reply) ==
		       MINT_OK &&
	       ipc_send(ROLE_CHANNEL_FD, IPC_CA, 0, buffer_slice(&s->reply), NULL, 0) == 0;
	buffer_release(&request);
	return done;
}

static void
drop_channel(struct signer *s, unsigned at)
{
	close(s->channels[at].fd);
	s->channels[at] = s->channels[--s->channel_count];
}

/* False where the channel is done for. */
static bool
serve_worker(struct signer *s, int fd)
{
	struct ipc_message m;
	int result = ipc_receive(fd, &m, s->buffer);

	if (result == -EAGAIN)
		return true;
	if (result != 1)
		return false;
	if (m.type != IPC_MINT) {
		ipc_message_close_fds(&m);
		return false;
	}
	buffer_clear(&s->reply);
	mint_server_answer(&s->server, m.payload, time(NULL), clock_monotonic_ns(), &s->reply);
	if (buffer_len(&s->reply) == 0)
		return false;
	result = ipc_send(fd, IPC_MINTED, m.id, buffer_slice(&s->reply), NULL, 0);
	if (result == -EAGAIN) {
		/* The worker reads slower than it asks: wait for it a moment, no longer. */
		struct pollfd writable = {.fd = fd, .events = POLLOUT};

		if (poll(&writable, 1, IDLE_MS) == 1)
			result = ipc_send(fd, IPC_MINTED, m.id, buffer_slice(&s->reply), NULL, 0);
	}
	return result == 0;
}

/* The log goes on in this file, which is taken.  Where that fails it goes on in the old one. */
static void
take_log(struct signer *s, int fd)
{
	struct stat now = {0}, next = {0};
	uint8_t done = 0;

	if (fstat(s->log_fd, &now) == 0 && fstat(fd, &next) == 0 && now.st_dev == next.st_dev &&
		now.st_ino == next.st_ino)
		done = 1; /* it is the one */
	else if (next.st_size == 0 && issuance_log_move(&s->log, fd, time(NULL))) {
		int old = s->log_fd;

		s->log_fd = fd;
		fd = old;
		done = 1;
	}
	close(fd);
	ipc_send(ROLE_CHANNEL_FD, IPC_ISSUANCE_LOG_TAKEN, 0, slice_make(&done, sizeof done), NULL, 0);
}

/* False where the supervisor is gone. */
static bool
serve_supervisor(struct signer *s)
{
	struct ipc_message m;
	int result = ipc_receive(ROLE_CHANNEL_FD, &m, s->buffer);

	if (result == -EAGAIN)
		return true;
	if (result != 1)
		return false;
	if (m.type == IPC_CHANNEL && s->channel_count < CHANNELS_MAX) {
		s->channels[s->channel_count++] = (struct pollfd){.fd = m.fds[0], .events = POLLIN};
		m.fds[0] = -1;
	} else if (m.type == IPC_ISSUANCE_LOG) {
		take_log(s, m.fds[0]);
		m.fds[0] = -1;
	}
	ipc_message_close_fds(&m);
	return true;
}

static int
signer_loop(struct signer *s)
{
	s->channels[0] = (struct pollfd){.fd = ROLE_CHANNEL_FD, .events = POLLIN};
	s->channel_count = 1;
	for (;;) {
		int n = poll(s->channels, s->channel_count, s->log.is_dirty ? IDLE_MS : -1);

		if (n < 0 && errno != EINTR)
			return EX_OSERR;
		if (n <= 0) {
			issuance_log_sync(&s->log, clock_monotonic_ns());
			continue;
		}
		for (unsigned i = s->channel_count; i-- > 1;)
			if (s->channels[i].revents && !serve_worker(s, s->channels[i].fd))
				drop_channel(s, i);
		if (s->channels[0].revents && !serve_supervisor(s))
			return EX_OK;
	}
}

/* Arguments: --role signer USER FOLDER ORGANIZATION LEVEL. */
int
signer_main(int argc, char **argv)
{
	static struct signer s;
	uint64_t level;
	int status;

	if (argc != 7 || !slice_to_u64(slice_of(argv[6]), &level))
		return EX_USAGE;
	diag_set_level((enum diag_level)level);
	role_ignore_signals();
	/* The CA key lives in memory that is neither dumped nor swapped; without it, in ordinary memory. */
	CRYPTO_secure_malloc_init(SECURE_HEAP_BYTES, SECURE_HEAP_UNIT);
	if (!tls_library_init() || !signer_open(&s, argv[4], argv[5]))
		return EX_CONFIG;
	if (!confine(ROLE_SIGNER, argv[3]) || !send_issuers(&s))
		return EX_OSERR;
	status = signer_loop(&s);
	issuance_log_release(&s.log);
	mint_server_release(&s.server);
	buffer_release(&s.reply);
	free(s.buffer);
	close(s.log_fd);
	return status;
}
