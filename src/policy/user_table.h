/* Who uses which address, as files say that portals, RADIUS servers and DHCP scripts write:
 *
 *     ADDRESS USER [GROUP...] [until TIME]       # a comment
 *
 * The last line about an address counts.  In rules, a group of the file is written with an @ in front, so that nobody
 * becomes a member by calling himself like a group.  TIME is in seconds since 1970, or 2026-11-27T18:00:00Z.
 *
 * A table is built once and never changed; threads share it by reference count. */
#ifndef SLUICE_POLICY_USER_TABLE_H
#define SLUICE_POLICY_USER_TABLE_H

#include "base/addr.h"
#include "conf/parse.h"

#define USER_TABLE_MAX 1000000 /* addresses */
#define USER_NAME_MAX 128      /* bytes of a user's or a group's name */
#define USER_NAMES_MAX 17      /* of one address: the user and his groups */
#define USER_MISTAKES_MAX 10   /* lines of a file that are named; further ones are counted */

/* One address.  In one piece of memory with its names. */
struct user_entry {
	struct addr addr;
	int64_t until; /* seconds since 1970; INT64_MAX: for ever */
	size_t line;   /* in the order of all files */
	size_t count;
	struct slice names[]; /* the user, then "@GROUP"s */
};

struct user_table;

/* Reads files (names and bytes; borrowed for the call).  A line that is wrong is a warning, and left out.  NULL when
 * memory is out; else the caller owns a reference. */
struct user_table *user_table_build(const struct conf_source *files, size_t count, struct problems *problems);
struct user_table *user_table_share(struct user_table *table);
/* Accepts NULL. */
void user_table_release(struct user_table *table);
size_t user_table_count(const struct user_table *table);
/* Who uses the address at that time; NULL for nobody.  It lives as long as the table. */
const struct user_entry *user_table_find(const struct user_table *table, const struct addr *addr, int64_t now);
/* A copy that lives by itself: free() it.  NULL for NULL, or when memory is out. */
struct user_entry *user_entry_copy(const struct user_entry *entry);

#endif
