/* Text for people.  See terminal.h. */
#include "ctl/terminal.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

static bool
is_dangerous(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void
terminal_put(FILE *to, struct slice text)
{
	while (text.len > 0) {
		uint32_t c;
		bool well_formed;
		size_t n = utf8_next(text, &c, &well_formed);

		if (well_formed && !is_dangerous(c))
			fwrite(text.ptr, 1, n, to);
		else
			fputs("\xef\xbf\xbd", to);
		text = slice_sub(text, n, text.len);
	}
}

void
terminal_put_coloured(FILE *to, bool shows, enum terminal_colour colour, struct slice text)
{
	static const char *const codes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"};

	shows = shows && colour != TERMINAL_PLAIN;
	if (shows)
		fputs(codes[colour], to);
	terminal_put(to, text);
	if (shows)
		fputs("\x1b[0m", to);
}

void
grid_init(struct grid *g, const char *const *titles, size_t columns, unsigned right)
{
	*g = (struct grid){.columns = columns, .right = right};
	for (size_t i = 0; i < columns; i++)
		grid_add(g, slice_of(titles[i]));
}

void
grid_add(struct grid *g, struct slice text)
{
	char **grown = realloc(g->cells, (g->count + 1) * sizeof *grown);

	if (grown)
		g->cells = grown;
	if (grown == NULL || (g->cells[g->count] = slice_dup(text)) == NULL) {
		g->failed = true;
		return;
	}
	g->count++;
}

void
grid_printf(struct grid *g, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	grid_add(g, slice_of(text));
}

/* Characters, each counted as one column wide. */
static size_t
width_of(const char *text)
{
	struct slice s = slice_of(text);
	size_t width = 0;
	bool well_formed;
	uint32_t c;

	for (; s.len > 0; width++)
		s = slice_sub(s, utf8_next(s, &c, &well_formed), s.len);
	return width;
}

void
grid_print(const struct grid *g, FILE *to, bool shows_colour)
{
	size_t widths[GRID_COLUMNS_MAX] = {0};

	for (size_t i = 0; i < g->count; i++) {
		size_t width = width_of(g->cells[i]);

		if (width > widths[i % g->columns])
			widths[i % g->columns] = width;
	}
	for (size_t i = 0; i < g->count; i++) {
		size_t column = i % g->columns;
		bool last = column == g->columns - 1, is_right = g->right & 1u << column;
		int padding = (int)(widths[column] - width_of(g->cells[i]));

		fprintf(to, "%*s", is_right ? padding : 0, "");
		terminal_put_coloured(
			to, shows_colour, i < g->columns ? TERMINAL_BOLD : TERMINAL_PLAIN, slice_of(g->cells[i]));
		fprintf(to, "%*s", is_right || last ? 0 : padding, "");
		fputs(last ? "\n" : "  ", to);
	}
}

void
grid_release(struct grid *g)
{
	for (size_t i = 0; i < g->count; i++)
		free(g->cells[i]);
	free(g->cells);
	*g = (struct grid){0};
}

const char *
terminal_duration(uint64_t ns, char dst[32])
{
	uint64_t s = ns / 1000000000;

	if (s >= 86400)
		snprintf(
			dst, 32, "%llu d %llu h", (unsigned long long)(s / 86400), (unsigned long long)(s / 3600 % 24));
	else if (s >= 3600)
		snprintf(dst, 32, "%llu h %llu min", (unsigned long long)(s / 3600), (unsigned long long)(s / 60 % 60));
	else if (s >= 60)
		snprintf(dst, 32, "%llu min %llu s", (unsigned long long)(s / 60), (unsigned long long)(s % 60));
	else if (s >= 1)
		snprintf(dst, 32, "%.1f s", (double)ns / 1e9);
	else if (ns >= 1000000)
		snprintf(dst, 32, "%llu ms", (unsigned long long)(ns / 1000000));
	else
		snprintf(dst, 32, "%llu \xc2\xb5s", (unsigned long long)(ns / 1000));
	return dst;
}

const char *
terminal_bytes(uint64_t bytes, char dst[32])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
		value /= 1024;
		unit++;
	}
	snprintf(dst, 32, unit && value < 100 ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return dst;
}

const char *
terminal_time(uint64_t realtime_ns, char dst[32])
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL || strftime(dst, 32, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		dst[0] = '\0';
	return dst;
}
