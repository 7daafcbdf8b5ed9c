/* The two files that say how this machine finds addresses: resolv.conf(5) and hosts(5).  Pure parsers of bytes; what
 * they do not understand they skip, as the C library does. */
#ifndef SLUICE_FETCH_HOSTS_H
#define SLUICE_FETCH_HOSTS_H

#include "base/addr.h"
#include "base/map.h"

#define HOSTS_NAMES_MAX 65536 /* names in one hosts file */
#define HOSTS_PER_NAME_MAX 16 /* addresses of one name */
#define NAMESERVERS_MAX 8
#define NAMESERVERS_TEXT_MAX (NAMESERVERS_MAX * (ADDR_TEXT_MAX + 1))

struct hosts {
	struct map by_name; /* struct hosts_entry, owned */
};

void hosts_init(struct hosts *h);
void hosts_release(struct hosts *h);
/* Adds what the bytes of a hosts file say; false when memory is out, or there is more than the maximum. */
bool hosts_read(struct hosts *h, struct slice bytes);
/* The addresses of a name in canonical form (tls/hostname.h), borrowed; NULL where the file has none. */
const struct addr *hosts_find(const struct hosts *h, struct slice name, size_t *count);

/* The servers of a resolv.conf, with commas between them, into dst; 127.0.0.1 where it names none. */
void nameservers_read(struct slice bytes, char dst[NAMESERVERS_TEXT_MAX]);

#endif
