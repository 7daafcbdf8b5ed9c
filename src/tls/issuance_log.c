/* Lines chained by hash.  See issuance_log.h for the format and what it proves. */
#include "tls/issuance_log.h"

#include "tls/utc_date.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HASH_HEX (2 * ISSUANCE_HASH_BYTES)
/* ,"hash":"<64>"}  at the end of every line */
#define HASH_FIELD ",\"hash\":\""
#define TRAILER_LEN (sizeof HASH_FIELD - 1 + HASH_HEX + 2)
/* ,"prev":"<64>"  before it */
#define PREV_FIELD ",\"prev\":\""
#define PREV_LEN (sizeof PREV_FIELD - 1 + HASH_HEX + 1)
#define SEQ_FIELD "{\"seq\":"

static void
hex_of(const uint8_t *bytes, size_t len, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

static bool
hash_from_hex(struct slice text, uint8_t hash[ISSUANCE_HASH_BYTES])
{
	for (size_t i = 0; i < ISSUANCE_HASH_BYTES; i++) {
		int high = ascii_hex_value(text.ptr[2 * i]);
		int low = ascii_hex_value(text.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		hash[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool
hash_of(struct slice text, uint8_t hash[ISSUANCE_HASH_BYTES])
{
	return EVP_Digest(text.ptr, text.len, hash, NULL, EVP_sha256(), NULL) == 1;
}

/* --- Reading a line --- */

struct line_facts {
	uint64_t seq;
	uint8_t prev[ISSUANCE_HASH_BYTES];
	uint8_t hash[ISSUANCE_HASH_BYTES];
};

/* Reads what chains a line (without its newline); returns what is wrong with it, or NULL. */
static const char *
read_line(struct slice line, struct line_facts *facts)
{
	struct slice body, trailer, prev, number;
	uint8_t hash[ISSUANCE_HASH_BYTES];

	if (line.len < sizeof SEQ_FIELD + PREV_LEN + TRAILER_LEN || !slice_starts_with(line, SLICE(SEQ_FIELD)))
		return "is not a line of an issuance log";
	body = slice_sub(line, 0, line.len - TRAILER_LEN);
	trailer = slice_sub(line, body.len, line.len);
	prev = slice_sub(body, body.len - PREV_LEN, body.len);
	number = slice_sub(line, sizeof SEQ_FIELD - 1, line.len);
	number = slice_sub(number, 0, slice_find(number, ','));
	if (!slice_starts_with(trailer, SLICE(HASH_FIELD)) || !slice_ends_with(trailer, SLICE("\"}")) ||
		!slice_starts_with(prev, SLICE(PREV_FIELD)) || !slice_ends_with(prev, SLICE("\"")) ||
		!slice_to_u64(number, &facts->seq))
		return "is not a line of an issuance log";
	if (!hash_from_hex(slice_sub(trailer, sizeof HASH_FIELD - 1, trailer.len), facts->hash) ||
		!hash_from_hex(slice_sub(prev, sizeof PREV_FIELD - 1, prev.len), facts->prev))
		return "holds a hash that is no hexadecimal number";
	if (!hash_of(body, hash) || memcmp(hash, facts->hash, sizeof hash) != 0)
		return "was changed: its hash is not that of its text";
	return NULL;
}

static const char *
check_link(const struct line_facts *facts, const struct issuance_verdict *verdict)
{
	static const uint8_t zeros[ISSUANCE_HASH_BYTES];

	if (verdict->lines == 0) {
		if (facts->seq == 1 && memcmp(facts->prev, zeros, sizeof zeros) != 0)
			return "is numbered as the first and yet follows another";
		return NULL;
	}
	if (facts->seq != verdict->last_seq + 1)
		return "does not follow the number of the line before";
	if (memcmp(facts->prev, verdict->last, sizeof verdict->last) != 0)
		return "does not follow the line before: a line was removed, changed or moved";
	return NULL;
}

const char *
issuance_log_verify_line(struct issuance_verdict *verdict, struct slice line)
{
	struct line_facts facts;
	const char *wrong = read_line(line, &facts);

	if (wrong == NULL)
		wrong = check_link(&facts, verdict);
	if (wrong)
		return wrong;
	if (verdict->lines++ == 0) {
		verdict->first_seq = facts.seq;
		memcpy(verdict->first_prev, facts.prev, sizeof facts.prev);
	}
	verdict->last_seq = facts.seq;
	memcpy(verdict->last, facts.hash, sizeof facts.hash);
	return NULL;
}

bool
issuance_log_verify(int fd, const char *file, struct issuance_verdict *verdict, struct problems *problems)
{
	int copy = dup(fd);
	FILE *stream = copy < 0 ? NULL : fdopen(copy, "r");
	const char *wrong = NULL;
	char *line = NULL;
	size_t capacity = 0;
	ssize_t len;

	*verdict = (struct issuance_verdict){0};
	if (stream == NULL || fseek(stream, 0, SEEK_SET) != 0) {
		problems_add(problems, false, file, 0, 0, NULL, "the issuance log cannot be read: %s", strerror(errno));
		goto out;
	}
	while (wrong == NULL && (len = getline(&line, &capacity, stream)) > 0) {
		wrong = line[len - 1] != '\n' ? "is cut off"
					      : issuance_log_verify_line(verdict, slice_make(line, (size_t)len - 1));
	}
	if (wrong)
		problems_add(problems, false, file, (unsigned)verdict->lines + 1, 0,
			"compare with a copy kept elsewhere; whoever changed it had root on this machine",
			"the line %s", wrong);
out:
	free(line);
	if (stream)
		fclose(stream);
	else if (copy >= 0)
		close(copy);
	return wrong == NULL && stream != NULL;
}

/* --- Continuing a log --- */

/* Reads the end of the file: `tail` gets its last bytes, at most its size. */
static ssize_t
read_tail(int fd, int64_t size, char *tail, size_t tail_size)
{
	size_t want = (size_t)size < tail_size ? (size_t)size : tail_size;
	size_t have = 0;

	while (have < want) {
		ssize_t n = pread(fd, tail + have, want - have, (off_t)(size - (int64_t)want + (int64_t)have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* Takes sequence and hash from the last whole line of the tail, and the size of all whole lines. */
static const char *
continue_from(struct issuance_log *log, struct slice tail)
{
	struct line_facts facts;
	const char *wrong;
	size_t end = tail.len, start;

	while (end > 0 && tail.ptr[end - 1] != '\n')
		end--;
	if (end == 0)
		return (int64_t)tail.len == log->size ? NULL : "is not a line of an issuance log";
	for (start = end - 1; start > 0 && tail.ptr[start - 1] != '\n'; start--)
		;
	wrong = read_line(slice_sub(tail, start, end - 1), &facts);
	if (wrong == NULL) {
		log->seq = facts.seq;
		memcpy(log->last, facts.hash, sizeof facts.hash);
	}
	return wrong;
}

static size_t
half_line_length(struct slice tail)
{
	size_t len = 0;

	while (len < tail.len && tail.ptr[tail.len - 1 - len] != '\n')
		len++;
	return len;
}

bool
issuance_log_init(
	struct issuance_log *log, int fd, unsigned sync_interval_ms, const char *file, struct problems *problems)
{
	/* The last whole line and half a line after it. */
	size_t tail_size = 2 * ISSUANCE_LINE_MAX;
	const char *wrong = NULL;
	char *tail = NULL;
	struct stat st;
	ssize_t len;

	*log = (struct issuance_log){.fd = fd, .sync_interval_ms = sync_interval_ms};
	log->line = buffer_make(ISSUANCE_LINE_MAX);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (tail = malloc(tail_size)) == NULL ||
		(len = read_tail(fd, st.st_size, tail, tail_size)) < 0) {
		problems_add(problems, false, file, 0, 0, NULL, "the issuance log cannot be read: %s", strerror(errno));
		free(tail);
		return false;
	}
	log->size = st.st_size;
	wrong = continue_from(log, slice_make(tail, (size_t)len));
	if (wrong)
		problems_add(problems, false, file, 0, 0,
			"keep the file for the inquiry, and start a new one in its place",
			"the issuance log's last line %s", wrong);
	log->size -= (int64_t)half_line_length(slice_make(tail, (size_t)len));
	if (wrong == NULL && log->size != st.st_size && ftruncate(fd, log->size) != 0) {
		wrong = "half a line";
		problems_add(problems, false, file, 0, 0, NULL, "half a line at the end cannot be cut off: %s",
			strerror(errno));
	}
	free(tail);
	return wrong == NULL;
}

void
issuance_log_release(struct issuance_log *log)
{
	if (log->is_dirty)
		fdatasync(log->fd);
	buffer_release(&log->line);
}

/* --- Appending --- */

static bool
put_names(struct buffer *line, const struct issuance *entry)
{
	char text[LEAF_NAME_TEXT_MAX];
	bool ok = true;

	for (size_t i = 0; i < entry->name_count && ok; i++)
		ok = buffer_printf(line, "%s\"%s\"", i ? "," : "", leaf_name_format(&entry->names[i], text));
	return ok;
}

/* The line so far, with what chains it. */
static bool
end_line(struct issuance_log *log, uint8_t hash[ISSUANCE_HASH_BYTES])
{
	struct buffer *line = &log->line;
	char hex[HASH_HEX + 1];

	hex_of(log->last, sizeof log->last, hex);
	if (!buffer_printf(line, PREV_FIELD "%s\"", hex) || !hash_of(buffer_slice(line), hash))
		return false;
	hex_of(hash, ISSUANCE_HASH_BYTES, hex);
	return buffer_printf(line, HASH_FIELD "%s\"}\n", hex);
}

static bool
begin_line(struct issuance_log *log, int64_t time)
{
	struct utc_date d;

	buffer_clear(&log->line);
	return utc_date_of(time, &d) &&
	       buffer_printf(&log->line, SEQ_FIELD "%llu,\"time\":\"%04d-%02u-%02uT%02u:%02u:%02uZ\"",
		       (unsigned long long)log->seq + 1, d.year, d.month, d.day, d.hour, d.minute, d.second);
}

static bool
put_line(struct issuance_log *log, const struct issuance *entry, uint8_t hash[ISSUANCE_HASH_BYTES])
{
	char serial[64] = "", issuer[HASH_HEX + 1], spki[HASH_HEX + 1];
	struct buffer *line = &log->line;

	if (entry->serial.len * 2 >= sizeof serial)
		return false;
	hex_of((const uint8_t *)entry->serial.ptr, entry->serial.len, serial);
	hex_of(entry->issuer_id, ISSUANCE_HASH_BYTES, issuer);
	hex_of(entry->spki_sha256, sizeof entry->spki_sha256, spki);
	return begin_line(log, entry->time) &&
	       buffer_printf(line,
		       ",\"issuer\":\"%s\",\"issuer_sha256\":\"%s\",\"serial\":\"%s\",\"not_before\":%lld,"
		       "\"not_after\":%lld,\"spki_sha256\":\"%s\",\"names\":[",
		       entry->issuer, issuer, serial, (long long)entry->not_before, (long long)entry->not_after,
		       spki) &&
	       put_names(line, entry) && buffer_printf(line, "]") && end_line(log, hash);
}

/* One write; what a full disk cut short is taken back. */
static bool
write_line(struct issuance_log *log, struct slice line)
{
	ssize_t n;

	do {
		n = write(log->fd, line.ptr, line.len);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)line.len)
		return true;
	if (n > 0 && ftruncate(log->fd, log->size) != 0)
		log->is_broken = true;
	return false;
}

bool
issuance_log_sync(struct issuance_log *log, uint64_t now_monotonic_ns)
{
	uint64_t due_ns = log->synced_at_ns + (uint64_t)log->sync_interval_ms * 1000000u;

	if (!log->is_dirty || now_monotonic_ns < due_ns)
		return true;
	if (fdatasync(log->fd) != 0)
		return false;
	log->synced_at_ns = now_monotonic_ns;
	log->is_dirty = false;
	return true;
}

bool
issuance_log_append(struct issuance_log *log, const struct issuance *entry, uint64_t now_monotonic_ns)
{
	uint8_t hash[ISSUANCE_HASH_BYTES];
	struct slice line;

	if (log->is_broken || !put_line(log, entry, hash))
		return false;
	line = buffer_slice(&log->line);
	if (!write_line(log, line))
		return false;
	log->size += (int64_t)line.len;
	log->seq++;
	memcpy(log->last, hash, sizeof hash);
	log->is_dirty = true;
	/* Where flushing later is allowed, a failed flush is tried again with the next line. */
	return issuance_log_sync(log, now_monotonic_ns) || log->sync_interval_ms > 0;
}

bool
issuance_log_move(struct issuance_log *log, int fd, int64_t now)
{
	uint8_t hash[ISSUANCE_HASH_BYTES];
	struct issuance_log next = *log; /* shares the line, and no more */

	if (log->is_broken || (log->is_dirty && fdatasync(log->fd) != 0) || !begin_line(log, now) ||
		!buffer_printf(&log->line, ",\"event\":\"continued\"") || !end_line(log, hash))
		return false;
	log->is_dirty = false;
	next.fd = fd;
	next.size = 0;
	if (!write_line(&next, buffer_slice(&log->line)))
		return false;
	if (fdatasync(fd) != 0) {
		(void)!ftruncate(fd, 0); /* what is not sure to be there is not there */
		return false;
	}
	log->fd = fd;
	log->size = (int64_t)buffer_len(&log->line);
	log->seq++;
	memcpy(log->last, hash, sizeof hash);
	return true;
}
