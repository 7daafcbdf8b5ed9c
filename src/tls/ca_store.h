/* The CA on disk: making it, importing one made elsewhere, loading it, and changing it for the next.
 *
 *   ca.key         the private key that signs (0600)
 *   ca.crt         its certificate, and behind it those that signed it, from the issuer upwards
 *   next.key/.crt  the CA that is to follow; clients can be given its certificate while ca.key still signs
 *   previous.crt   certificates of CAs that sign no more, while leaves of theirs may still be alive
 *
 * A change of CA has two steps, since clients refuse the leaves of a CA that they were not given: ca_store_prepare()
 * makes the next one, which is exported from then on beside the one that signs; ca_store_switch() lets it sign, and
 * destroys the old key.  Between the two lies the time that the operator needs to reach the clients.  The old
 * certificate goes on being exported for as long as a leaf can live.
 *
 * A new pair always arrives as next.key and next.crt, key first, and is switched to by renaming the key, then the
 * certificate.  So there is one state that a crash can leave and that needs repair, next.crt without next.key, and
 * loading repairs it.
 *
 * Whoever calls this with a key in hand is the signer process before it confines itself, or a tool that exits
 * afterwards: no other process ever has the key in its memory. */
#ifndef SLUICE_TLS_CA_STORE_H
#define SLUICE_TLS_CA_STORE_H

#include "tls/ca.h"
#include "tls/ca_dir.h"

/* The longest life of a leaf, and a day for clocks. */
#define CA_OVERLAP_SECONDS (47 * 86400)

/* Loads and checks the CA that signs; the caller owns *ca after CA_DIR_OK.  Warnings are added in any case. */
enum ca_dir_result ca_store_load(const struct ca_dir *dir, int64_t now, struct ca **ca, struct problems *problems);
/* Loads it, or makes it where there is none: what the signer does at its start. */
struct ca *ca_store_load_or_create(
	const struct ca_dir *dir, const struct ca_options *options, int64_t now, struct problems *problems);
/* Makes the first CA.  False where there is one already. */
bool ca_store_create(
	const struct ca_dir *dir, const struct ca_options *options, int64_t now, struct problems *problems);
/* Makes the next CA; replaces a next one that was never switched to. */
bool ca_store_prepare(
	const struct ca_dir *dir, const struct ca_options *options, int64_t now, struct problems *problems);
/* Makes the next CA of two PEM files of the operator's: the certificate (with those above it behind it) and its key,
 * unencrypted.  Where there is no CA yet it becomes the CA at once. */
bool ca_store_import(const struct ca_dir *dir, const char *certificate_path, const char *key_path, int64_t now,
	struct problems *problems);
/* Makes the next CA below options->above, whose key it is made with and not kept; refused where the result would not
 * hold (ca_check()).  Where there is no CA yet it becomes the CA at once. */
bool ca_store_issue(const struct ca_dir *dir, const struct ca_options *options, int64_t now, struct problems *problems);
/* Lets the next CA sign from the signer's next start on, and destroys the old key. */
bool ca_store_switch(const struct ca_dir *dir, int64_t now, struct problems *problems);

enum ca_role { CA_ROLE_SIGNS, CA_ROLE_NEXT, CA_ROLE_PREVIOUS };
const char *ca_role_name(enum ca_role role);

/* One certificate that clients should have; `now` decides how long previous ones are kept. */
struct ca_exported {
	enum ca_role role;
	struct ca *ca; /* owned; without a key */
};
#define CA_EXPORTED_MAX 8

/* Everything that clients should trust now, the CA that signs first; no key is read.  Returns how many; 0 with a
 * problem where there is no CA.  The caller releases them. */
size_t ca_store_exported(
	const struct ca_dir *dir, int64_t now, struct ca_exported exported[CA_EXPORTED_MAX], struct problems *problems);
void ca_exported_release(struct ca_exported *exported, size_t count);

#endif
