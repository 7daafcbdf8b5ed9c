/* Revocation lists, fetched and kept.  See crl_keeper.h. */
#include "proxy/crl_keeper.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "base/map.h"

#define SECOND_NS UINT64_C(1000000000)

/* A list that is wanted. */
struct kept {
	struct crl_keeper *keeper;
	struct list_node by_use; /* the latest wanted first */
	uint64_t id;
	X509 *issuer; /* a reference */
	struct fetch_job job;
	struct loop_timer due;
	struct revocation_list *list; /* a reference; NULL before it has come */
	int64_t from;                 /* Unix time of its issue */
	int64_t until;                /* and of the next one */
	unsigned failures;            /* in a row */
	char url[REVOCATION_URL_MAX + 1];
};

struct crl_keeper {
	struct loop *loop;
	struct fetcher *fetcher;
	void (*publish)(void *owner, struct revocation_set *set);
	void *owner;
	struct map by_id; /* struct kept, owned */
	struct list_node by_use;
	struct crl_counts counts;
};

static void
publish(struct crl_keeper *keeper)
{
	struct revocation_entry *entries = malloc((keeper->by_id.count + 1) * sizeof *entries);
	struct revocation_set *set = NULL;
	size_t count = 0;

	keeper->counts.serials = 0;
	LIST_FOR_EACH(node, following, &keeper->by_use)
	{
		struct kept *k = LIST_ENTRY(node, struct kept, by_use);

		if (k->list == NULL || entries == NULL)
			continue;
		entries[count++] = (struct revocation_entry){k->id, k->list};
		keeper->counts.serials += revocation_list_count(k->list);
	}
	keeper->counts.lists = count;
	if (entries)
		set = revocation_set_new(entries, count);
	if (set)
		keeper->publish(keeper->owner, set);
	free(entries);
}

static void
forget(struct kept *k)
{
	fetch_job_cancel(&k->job);
	loop_timer_disarm(&k->due);
	map_remove(&k->keeper->by_id, slice_make(&k->id, sizeof k->id));
	list_remove(&k->by_use);
	revocation_list_release(k->list);
	X509_free(k->issuer);
	free(k);
}

static void
fetch(struct kept *k)
{
	fetcher_submit(k->keeper->fetcher, &k->job, FETCH_CRL, slice_of(k->url));
}

static void
on_due(struct loop_timer *timer)
{
	fetch(LIST_ENTRY(timer, struct kept, due));
}

/* Before its next issue is due; after a failure later and later. */
static void
arm(struct kept *k, int64_t left)
{
	int64_t seconds = left * 3 / 4;

	if (k->failures)
		seconds = (int64_t)CRL_KEEPER_LEAST_S << (k->failures < 8 ? k->failures - 1 : 7);
	if (seconds > CRL_KEEPER_MOST_S)
		seconds = CRL_KEEPER_MOST_S;
	if (seconds < CRL_KEEPER_LEAST_S)
		seconds = CRL_KEEPER_LEAST_S;
	loop_timer_arm(&k->due, (uint64_t)seconds * SECOND_NS);
}

/* Takes a list that came; false where it cannot be used, or is older than the one at hand. */
static bool
take(struct kept *k, struct slice der, int64_t *left)
{
	struct crl_keeper *keeper = k->keeper;
	X509_CRL *crl = revocation_crl_decode(der);
	struct revocation_list *list = NULL;
	int64_t from, until;

	if (crl && revocation_crl_times(crl, &from, &until) && (k->list == NULL || from >= k->from) &&
		revocation_crl_is_genuine(crl, k->issuer))
		list = revocation_list_new(crl);
	X509_CRL_free(crl);
	if (list == NULL)
		return false;
	if ((keeper->counts.serials + revocation_list_count(list)) * sizeof(uint64_t) > CRL_KEEPER_BYTES_MAX) {
		revocation_list_release(list);
		return false;
	}
	revocation_list_release(k->list);
	k->list = list;
	k->from = from;
	k->until = until;
	*left = until - (int64_t)time(NULL);
	return true;
}

static bool
take_file(struct kept *k, int fd, int64_t *left)
{
	struct stat st;
	void *map = MAP_FAILED;
	bool done = false;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map != MAP_FAILED) {
		done = take(k, slice_make(map, (size_t)st.st_size), left);
		munmap(map, (size_t)st.st_size);
	}
	return done;
}

static void
on_answer(struct fetch_job *job, const struct fetch_answer *answer, int *fd)
{
	struct kept *k = LIST_ENTRY(job, struct kept, job);
	int64_t left = 0;

	if (answer->status == FETCH_OK && take_file(k, *fd, &left)) {
		k->failures = 0;
		k->keeper->counts.fetched++;
		publish(k->keeper);
	} else {
		k->failures++;
		k->keeper->counts.failed++;
	}
	arm(k, left);
}

/* ---- from the threads ---- */

struct want {
	struct crl_keeper *keeper;
	uint64_t id;
	X509 *issuer; /* a reference */
	char url[REVOCATION_URL_MAX + 1];
};

static void
add(struct want *want)
{
	struct crl_keeper *keeper = want->keeper;
	struct kept *k = map_get(&keeper->by_id, slice_make(&want->id, sizeof want->id));

	if (k) {
		list_remove(&k->by_use);
		list_push_front(&keeper->by_use, &k->by_use);
		return;
	}
	if (keeper->by_id.count >= CRL_KEEPER_LISTS_MAX)
		forget(LIST_ENTRY(keeper->by_use.prev, struct kept, by_use));
	k = calloc(1, sizeof *k);
	if (k == NULL)
		return;
	k->keeper = keeper;
	k->id = want->id;
	memcpy(k->url, want->url, sizeof k->url);
	if (!map_put(&keeper->by_id, slice_make(&k->id, sizeof k->id), k)) {
		free(k);
		return;
	}
	k->issuer = want->issuer;
	X509_up_ref(k->issuer);
	fetch_job_init(&k->job, on_answer);
	loop_timer_init(&k->due, keeper->loop, on_due);
	list_push_front(&keeper->by_use, &k->by_use);
	fetch(k);
}

static void
on_want(void *arg)
{
	struct want *want = arg;

	add(want);
	X509_free(want->issuer);
	free(want);
}

void
crl_keeper_want(struct crl_keeper *keeper, uint64_t list, struct slice url, X509 *issuer)
{
	struct want *want = malloc(sizeof *want);

	if (want == NULL || !slice_to_cstr(url, want->url, sizeof want->url)) {
		free(want);
		return;
	}
	want->keeper = keeper;
	want->id = list;
	want->issuer = issuer;
	X509_up_ref(issuer);
	if (!loop_post(keeper->loop, on_want, want)) {
		X509_free(issuer);
		free(want);
	}
}

/* ---- the module ---- */

struct crl_keeper *
crl_keeper_new(struct loop *loop, struct fetcher *fetcher, void (*publish_set)(void *owner, struct revocation_set *set),
	void *owner)
{
	struct crl_keeper *keeper = calloc(1, sizeof *keeper);

	if (keeper == NULL)
		return NULL;
	keeper->loop = loop;
	keeper->fetcher = fetcher;
	keeper->publish = publish_set;
	keeper->owner = owner;
	map_init(&keeper->by_id);
	list_init(&keeper->by_use);
	return keeper;
}

void
crl_keeper_free(struct crl_keeper *keeper)
{
	if (keeper == NULL)
		return;
	LIST_FOR_EACH(node, following, &keeper->by_use)
	forget(LIST_ENTRY(node, struct kept, by_use));
	map_release(&keeper->by_id);
	free(keeper);
}

struct crl_counts
crl_keeper_counts(const struct crl_keeper *keeper)
{
	struct crl_counts counts = keeper->counts;
	int64_t now = time(NULL);

	LIST_FOR_EACH(node, following, &keeper->by_use)
	{
		const struct kept *k = LIST_ENTRY(node, struct kept, by_use);

		counts.overdue += k->list && k->until < now;
	}
	return counts;
}
