/* Pinned bypasses: a JSON file, whole or not at all.  See pins.h. */
#include "proc/pins.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "peek/sni.h"
#include "proc/queries.h"
#include "proc/state_file.h"

#define AREA "bypass"
#define FILE_NAME "bypass.json"

void
pins_load(struct supervisor *s)
{
	char path[4096];
	json_error_t error;
	json_t *rows;

	snprintf(path, sizeof path, "%s/%s", s->configuration.conf->state_dir, FILE_NAME);
	if (access(path, F_OK) == 0) {
		rows = json_load_file(path, 0, &error);
		if (json_is_array(rows) && json_array_size(rows) <= PINS_MAX) {
			s->pins = rows;
			return;
		}
		json_decref(rows);
		diag(DIAG_ERROR, AREA, "%s cannot be used, so nothing is pinned: %s; remove it, and pin anew", path,
			rows ? "it is no list of bypasses" : error.text);
	}
	s->pins = json_array();
}

static bool
save(const struct supervisor *s)
{
	char *text = json_dumps(s->pins, JSON_INDENT(1));
	bool done = text && state_file_write(s->configuration.conf->state_dir, FILE_NAME, slice_of(text));

	free(text);
	return done;
}

static json_t *
message(const struct supervisor *s)
{
	return json_pack("{s:s,s:s,s:O}", "command", "bypass", "action", "pins", "pins", s->pins);
}

int
pins_send(struct supervisor *s)
{
	json_t *whole = message(s);
	char *text = whole ? json_dumps(whole, JSON_COMPACT) : NULL;
	int error = text ? ipc_send(s->worker.channel, IPC_QUERY, 0, slice_of(text), NULL, 0) : -ENOMEM;

	free(text);
	json_decref(whole);
	return error;
}

/* Whether a row is of this client and site; NULL: of any. */
static bool
is_of(const json_t *row, const char *client, const char *site)
{
	const char *of_client = json_string_value(json_object_get(row, "client"));
	const char *of_site = json_string_value(json_object_get(row, "site"));

	return (client == NULL || (of_client && strcmp(of_client, client) == 0)) &&
	       (site == NULL || (of_site && strcmp(of_site, site) == 0));
}

static size_t
remove_rows(struct supervisor *s, const char *client, const char *site)
{
	size_t removed = 0;

	for (size_t i = json_array_size(s->pins); i > 0; i--)
		if (is_of(json_array_get(s->pins, i - 1), client, site)) {
			json_array_remove(s->pins, i - 1);
			removed++;
		}
	return removed;
}

/* What is over makes room. */
static void
remove_expired(struct supervisor *s, json_int_t now)
{
	for (size_t i = json_array_size(s->pins); i > 0; i--) {
		json_int_t until = json_integer_value(json_object_get(json_array_get(s->pins, i - 1), "until"));

		if (until && until <= now)
			json_array_remove(s->pins, i - 1);
	}
}

/* The words of a request in their one form; false, and refused, where one is malformed.  Absent ones stay NULL. */
static bool
read_words(struct control_request *r, const json_t *arguments, const char **client, const char **site,
	char client_text[ADDR_TEXT_MAX], char site_text[HOST_NAME_LEN_MAX + 1])
{
	const char *given_client = json_string_value(json_object_get(arguments, "client"));
	const char *given_site = json_string_value(json_object_get(arguments, "site"));
	struct addr addr;

	*client = *site = NULL;
	if (given_client && strcmp(given_client, "any") == 0)
		*client = "any";
	else if (given_client && addr_parse(slice_of(given_client), &addr))
		*client = addr_format(&addr, client_text);
	else if (given_client) {
		control_refuse(r, "write an address, or any", "\"%s\" is no client address", given_client);
		return false;
	}
	if (given_site && sni_canonical(slice_of(given_site), site_text) == SNI_NAME)
		*site = site_text;
	else if (given_site) {
		control_refuse(r, "write one host; a rule can pass more", "\"%s\" is no host name", given_site);
		return false;
	}
	return true;
}

static void
pin(struct supervisor *s, struct control_request *r, const json_t *arguments, const char *client, const char *site)
{
	json_int_t now = (json_int_t)time(NULL);
	json_int_t seconds = json_integer_value(json_object_get(arguments, "seconds"));
	json_t *whole;

	if (site == NULL) {
		control_refuse(r, "name the host", "no host is named");
		return;
	}
	client = client ? client : "any";
	remove_expired(s, now);
	remove_rows(s, client, site);
	if (json_array_size(s->pins) >= PINS_MAX) {
		control_refuse(
			r, "write a rule instead: pass GROUP site HOST...", "%d hosts are pinned already", PINS_MAX);
		return;
	}
	json_array_append_new(s->pins, json_pack("{s:s,s:s,s:I,s:I}", "site", site, "client", client, "at", now,
					       "until", seconds > 0 ? now + seconds : 0));
	if (!save(s)) {
		control_refuse(r, "see the daemon's log", "the bypass cannot be kept");
		return;
	}
	whole = message(s);
	supervisor_ask_worker(s, r, whole, false);
	json_decref(whole);
}

static void
forget(struct supervisor *s, struct control_request *r, const char *client, const char *site)
{
	json_t *whole;

	if (remove_rows(s, client, site) > 0 && !save(s)) {
		control_refuse(r, "see the daemon's log", "the file of bypasses cannot be written");
		return;
	}
	whole = json_pack("{s:s,s:s}", "command", "bypass", "action", "forget");
	if (client)
		json_object_set_new(whole, "client", json_string(client));
	if (site)
		json_object_set_new(whole, "site", json_string(site));
	supervisor_ask_worker(s, r, whole, false);
	json_decref(whole);
}

void
pins_handle(void *context, struct control_request *r, const json_t *arguments)
{
	struct supervisor *s = context;
	const char *action = json_string_value(json_object_get(arguments, "action"));
	char client_text[ADDR_TEXT_MAX], site_text[HOST_NAME_LEN_MAX + 1];
	const char *client, *site;

	if (action && strcmp(action, "list") == 0) {
		supervisor_ask_worker(s, r, arguments, false);
		return;
	}
	if (!s->worker_is_ready) {
		control_refuse(r, "ask again in a moment", "the worker is not ready");
		return;
	}
	if (!read_words(r, arguments, &client, &site, client_text, site_text))
		return;
	if (action && strcmp(action, "pin") == 0)
		pin(s, r, arguments, client, site);
	else if (action && strcmp(action, "forget") == 0)
		forget(s, r, client, site);
	else
		control_refuse(r, "ask for list, pin or forget", "there is no such action on bypasses");
}
