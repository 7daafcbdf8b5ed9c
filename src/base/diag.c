/* Log lines and problem lists for the operator.  See diag.h. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

static _Atomic(enum diag_level) least_level = DIAG_INFO;
static atomic_bool syslog_open;

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[DIAG_DEBUG] = {"debug", LOG_DEBUG},
	[DIAG_INFO] = {"info", LOG_INFO},
	[DIAG_WARNING] = {"warning", LOG_WARNING},
	[DIAG_ERROR] = {"error", LOG_ERR},
};

void
diag_set_level(enum diag_level least)
{
	atomic_store(&least_level, least);
}

void
diag_open_syslog(const char *ident)
{
	openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	atomic_store(&syslog_open, true);
}

void
diag(enum diag_level level, const char *area, const char *format, ...)
{
	char text[1024];
	char line[1200];
	va_list args;
	int n;

	if (level < atomic_load(&least_level))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	/* One write, so that lines of several processes do not mix. */
	n = snprintf(line, sizeof line, "sluice[%d] %s: %s: %s\n", (int)getpid(), levels[level].name, area, text);
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1) < 0)
		return; /* nobody listens; syslog below would not help a closed terminal either */
	if (atomic_load(&syslog_open))
		syslog(levels[level].priority, "%s: %s", area, text);
}

void
problems_add(struct problems *list, bool is_warning, const char *file, unsigned line, unsigned column,
	const char *remedy, const char *format, ...)
{
	struct problem *grown = realloc(list->items, (list->count + 1) * sizeof *grown);
	struct problem *p;
	va_list args;

	if (!is_warning)
		list->errors++;
	if (grown == NULL) {
		list->lost++;
		return;
	}
	list->items = grown;
	p = &grown[list->count];
	*p = (struct problem){.is_warning = is_warning, .line = line, .column = column};
	va_start(args, format);
	if (vasprintf(&p->text, format, args) < 0)
		p->text = NULL;
	va_end(args);
	p->file = file ? strdup(file) : NULL;
	p->remedy = remedy ? strdup(remedy) : NULL;
	if (p->text == NULL) {
		free(p->file);
		free(p->remedy);
		list->lost++;
		return;
	}
	list->count++;
}

void
problem_format(const struct problem *p, char *dst, size_t dst_size)
{
	char where[512] = "";

	if (p->file && p->line && p->column)
		snprintf(where, sizeof where, "%s:%u:%u: ", p->file, p->line, p->column);
	else if (p->file && p->line)
		snprintf(where, sizeof where, "%s:%u: ", p->file, p->line);
	else if (p->file)
		snprintf(where, sizeof where, "%s: ", p->file);
	snprintf(dst, dst_size, "%s%s: %s%s%s", where, p->is_warning ? "warning" : "error", p->text,
		p->remedy ? "; " : "", p->remedy ? p->remedy : "");
}

void
problems_release(struct problems *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].file);
		free(list->items[i].text);
		free(list->items[i].remedy);
	}
	free(list->items);
	*list = (struct problems){0};
}
