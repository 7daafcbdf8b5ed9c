/* Counters over the lives of workers.  See worker_counts.h. */
#include "proc/worker_counts.h"

#include <stdbool.h>
#include <string.h>

/* A worker in foreign hands, which ends again and again, fills no memory here: of each object this many names, each of
 * this length at the most. */
#define NAMES_MAX 256
#define NAME_LEN_MAX 64

/* What of the worker's answer only grows: a whole object, or some of its names. */
static const struct {
	const char *object;
	const char *names[4];
} growing[] = {
	{"counters", {NULL}},
	{"records", {"written", "dropped", "failures", NULL}},
	{"crls", {"fetched", "failed", NULL}},
	{"refusals", {NULL}},
	{"connect_failures", {NULL}},
};

static bool
grows(size_t row, const char *name)
{
	if (growing[row].names[0] == NULL)
		return true;
	for (const char *const *n = growing[row].names; *n; n++)
		if (strcmp(*n, name) == 0)
			return true;
	return false;
}

static json_int_t
value_in(const json_t *counts, const char *object, const char *name)
{
	return json_integer_value(json_object_get(json_object_get(counts, object), name));
}

/* Of every counter in `status`: its value alone into a new object of the same shape. */
static json_t *
pick(json_t *status)
{
	json_t *picked = json_object();

	for (size_t i = 0; i < sizeof growing / sizeof growing[0]; i++) {
		json_t *from = json_object_get(status, growing[i].object), *to = json_object(), *value;
		const char *name;

		json_object_foreach(from, name, value)
		{
			if (json_is_integer(value) && grows(i, name) && strlen(name) <= NAME_LEN_MAX &&
				json_object_size(to) < NAMES_MAX)
				json_object_set_new(to, name, json_integer(json_integer_value(value)));
		}
		json_object_set_new(picked, growing[i].object, to);
	}
	return picked;
}

/* Adds what `counts` has under each name to what `to` has there; names are added up to so many of an object. */
static void
add_to(json_t *to, const json_t *counts, size_t most)
{
	const char *object, *name;
	json_t *row, *value;

	json_object_foreach((json_t *)(uintptr_t)counts, object, row)
	{
		json_t *sums = json_object_get(to, object);

		json_object_foreach(row, name, value)
		{
			const json_t *own = json_object_get(sums, name);
			uint64_t sum = (uint64_t)json_integer_value(own) + (uint64_t)json_integer_value(value);

			if (own || json_object_size(sums) < most)
				json_object_set_new(sums, name, json_integer((json_int_t)sum));
		}
	}
}

void
worker_counts_take(struct worker_counts *counts, json_t *status)
{
	json_decref(counts->last);
	counts->last = pick(status);
	add_to(status, counts->past, SIZE_MAX);
}

void
worker_counts_end(struct worker_counts *counts)
{
	if (counts->past && counts->last) {
		add_to(counts->past, counts->last, NAMES_MAX);
		json_decref(counts->last);
	} else if (counts->last)
		counts->past = counts->last;
	counts->last = NULL;
}

uint64_t
worker_counts_value(const struct worker_counts *counts, const char *object, const char *name)
{
	return (uint64_t)(value_in(counts->past, object, name) + value_in(counts->last, object, name));
}

void
worker_counts_release(struct worker_counts *counts)
{
	json_decref(counts->past);
	json_decref(counts->last);
	*counts = (struct worker_counts){0};
}
