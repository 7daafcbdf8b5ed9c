/* libarchive, loaded by whoever reads a packed list, and by nobody else: what Debian's depends on (libxml2, and with it
 * ICU's tables) would be in the memory of every process of ours, the signer with its locked pages among them. */
#ifndef SLUICE_CLASSIFY_ARCHIVE_LIBRARY_H
#define SLUICE_CLASSIFY_ARCHIVE_LIBRARY_H

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>

#define ARCHIVE_FUNCTIONS(X)        \
	X(entry_filetype)           \
	X(entry_mtime)              \
	X(entry_pathname)           \
	X(entry_size)               \
	X(entry_symlink)            \
	X(error_string)             \
	X(filter_bytes)             \
	X(read_data)                \
	X(read_free)                \
	X(read_new)                 \
	X(read_next_header)         \
	X(read_open_fd)             \
	X(read_support_filter_gzip) \
	X(read_support_format_tar)

/* libarchive.read_new() is archive_read_new(), and so on. */
struct archive_library {
#define ARCHIVE_FUNCTION(name) __typeof__(archive_##name) *name;
	ARCHIVE_FUNCTIONS(ARCHIVE_FUNCTION)
#undef ARCHIVE_FUNCTION
};
extern struct archive_library libarchive;

/* Loads it, once; later calls only say whether it is there.  A process that gives up its files calls it before. */
bool archive_library_load(void);

#endif
