/* resolv.conf(5) and hosts(5).  See hosts.h. */
#include "fetch/hosts.h"

#include "tls/hostname.h"

#include <stdlib.h>

struct hosts_entry {
	struct hostname name;
	struct addr addrs[HOSTS_PER_NAME_MAX];
	size_t count;
};

/* Cuts the next word off a line; false at its end or at a comment. */
static bool
next_word(struct slice *line, struct slice *word)
{
	size_t from = 0, to;

	while (from < line->len && (line->ptr[from] == ' ' || line->ptr[from] == '\t' || line->ptr[from] == '\r'))
		from++;
	to = from;
	while (to < line->len && line->ptr[to] != ' ' && line->ptr[to] != '\t' && line->ptr[to] != '\r' &&
		line->ptr[to] != '#' && line->ptr[to] != ';')
		to++;
	*word = slice_sub(*line, from, to);
	*line = slice_sub(*line, to, line->len);
	return word->len > 0;
}

void
hosts_init(struct hosts *h)
{
	map_init(&h->by_name);
}

void
hosts_release(struct hosts *h)
{
	const struct map_entry *entry;
	size_t at = 0;

	while ((entry = map_next(&h->by_name, &at)) != NULL)
		free(entry->value);
	map_release(&h->by_name);
	map_init(&h->by_name);
}

static bool
add_name(struct hosts *h, const struct hostname *name, const struct addr *addr)
{
	struct hosts_entry *entry = map_get(&h->by_name, hostname_dns(name));

	if (entry == NULL) {
		if (h->by_name.count >= HOSTS_NAMES_MAX || (entry = calloc(1, sizeof *entry)) == NULL)
			return false;
		entry->name = *name;
		if (!map_put(&h->by_name, hostname_dns(&entry->name), entry)) {
			free(entry);
			return false;
		}
	}
	if (entry->count < HOSTS_PER_NAME_MAX)
		entry->addrs[entry->count++] = *addr;
	return true;
}

bool
hosts_read(struct hosts *h, struct slice bytes)
{
	struct slice line, word;
	struct hostname name;
	struct addr addr;

	while (slice_split(&bytes, '\n', &line)) {
		if (!next_word(&line, &word) || !addr_parse(word, &addr))
			continue;
		while (next_word(&line, &word))
			if (hostname_parse(word, &name) && name.kind == HOSTNAME_DNS && !add_name(h, &name, &addr))
				return false;
	}
	return true;
}

const struct addr *
hosts_find(const struct hosts *h, struct slice name, size_t *count)
{
	const struct hosts_entry *entry = map_get(&h->by_name, name);

	*count = entry ? entry->count : 0;
	return entry ? entry->addrs : NULL;
}

void
nameservers_read(struct slice bytes, char dst[NAMESERVERS_TEXT_MAX])
{
	struct slice line, word;
	unsigned count = 0;
	size_t len = 0;
	struct addr addr;

	dst[0] = '\0';
	while (count < NAMESERVERS_MAX && slice_split(&bytes, '\n', &line)) {
		char text[ADDR_TEXT_MAX];

		if (!next_word(&line, &word) || !slice_eq(word, SLICE("nameserver")) || !next_word(&line, &word) ||
			!addr_parse(word, &addr))
			continue;
		addr_format(&addr, text);
		if (count++)
			dst[len++] = ',';
		memcpy(dst + len, text, strlen(text) + 1);
		len += strlen(text);
	}
	if (count == 0)
		memcpy(dst, "127.0.0.1", sizeof "127.0.0.1");
}
