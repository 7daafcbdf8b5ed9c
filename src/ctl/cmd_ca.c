/* sluicectl ca: the local CA, whose certificate clients have.  It works on the folder below state_dir, so it needs no
 * daemon; the signer reads the folder when it starts. */
#include "ctl/action.h"
#include "ctl/ca_folder.h"
#include "ctl/daemon.h"
#include "ctl/issuance_check.h"
#include "ctl/json_view.h"
#include "ctl/root_key.h"
#include "ctl/settings.h"
#include "ctl/terminal.h"
#include "tls/ca_export.h"
#include "tls/ca_pem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct ctl_command cmd_ca;

#define TIMEOUT_MS 10000

struct options {
	const char *format;
	const char *password;
	const char *key;
	const char *organization;
	const char *root;
	const char *root_key;
	const char *module;
	const char *constraints;
	struct option_count days;
	struct option_count lines;
	bool switches;
	bool rotates;
};

static const struct ctl_option rows[] = {
	{"format", 0, OPTION_TEXT, offsetof(struct options, format), "FORMAT",
		"export: pem (the default), der, mobileconfig, pkcs12, android"},
	{"password", 0, OPTION_TEXT, offsetof(struct options, password), "TEXT",
		"export: of a pkcs12 file; empty without"},
	{"key", 0, OPTION_TEXT, offsetof(struct options, key), "rsa|ecdsa",
		"init, rotate, intermediate: the kind of key; ecdsa without"},
	{"organization", 0, OPTION_TEXT, offsetof(struct options, organization), "NAME",
		"init, rotate, intermediate: what people see beside the CA's name"},
	{"root", 0, OPTION_TEXT, offsetof(struct options, root), "FILE",
		"intermediate: the certificate (PEM) of the CA that signs ours"},
	{"root-key", 0, OPTION_TEXT, offsetof(struct options, root_key), "FILE|pkcs11:URI",
		"intermediate: its key, in a file or in a token; used once and never kept"},
	{"module", 0, OPTION_TEXT, offsetof(struct options, module), "FILE",
		"intermediate: the PKCS#11 module of the token; p11-kit's without"},
	{"constraints", 0, OPTION_TEXT, offsetof(struct options, constraints), "TEXT",
		"init, rotate, intermediate: names that it may or may not sign, such as "
		"\"permitted;DNS:example.org,excluded;DNS:bank.example.org\""},
	{"days", 0, OPTION_COUNT, offsetof(struct options, days), "N",
		"init, rotate, intermediate: how long it is valid; 3650 without, and 90 below a root"},
	{"switch", 0, OPTION_FLAG, offsetof(struct options, switches), NULL, "rotate: let the prepared CA sign"},
	{"rotate", 0, OPTION_FLAG, offsetof(struct options, rotates), NULL, "log: begin the next file"},
	{"lines", 'n', OPTION_COUNT, offsetof(struct options, lines), "N", "log: show the last N lines; 10 without"},
};

/* What an action works with. */
struct work {
	struct ctl *ctl;
	const struct options *options;
	struct ca_dir dir; /* open */
	const char *path;
	int64_t now;
	struct problems problems;
	char **operands; /* after the action */
};

static bool
make_options(const struct work *w, struct ca_options *o)
{
	const char *key = w->options->key;

	*o = (struct ca_options){
		.key_type = key && strcmp(key, "rsa") == 0 ? CA_KEY_RSA3072 : CA_KEY_P256,
		.days = w->options->days.is_set ? (unsigned)w->options->days.value : 0,
		.organization = w->options->organization,
		.constraints = w->options->constraints,
	};
	return key == NULL || strcmp(key, "rsa") == 0 || strcmp(key, "ecdsa") == 0;
}

static int
show(struct work *w)
{
	struct ca_exported exported[CA_EXPORTED_MAX];
	size_t count = ca_store_exported(&w->dir, w->now, exported, &w->problems);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		json_array_append_new(list, ca_folder_describe(&exported[i]));
		ca_check_expiry(exported[i].ca, w->now, w->path, &w->problems);
	}
	if (w->ctl->json)
		json_view_dump(w->ctl, list);
	for (size_t i = 0; i < count && !w->ctl->json; i++) {
		if (i)
			fputc('\n', w->ctl->out);
		json_view_print(w->ctl, json_array_get(list, i));
	}
	json_decref(list);
	ca_exported_release(exported, count);
	return count ? EX_OK : EX_NOINPUT;
}

/* Everything that clients should trust, in the format that was asked for. */
static bool
export_all(const struct work *w, X509 *const *anchors, size_t count, struct buffer *out)
{
	const char *format = w->options->format ? w->options->format : "pem";
	bool done = true;

	if (strcmp(format, "mobileconfig") == 0)
		return ca_export_mobileconfig(anchors, count, out);
	if (strcmp(format, "pkcs12") == 0)
		return ca_export_pkcs12(anchors, count, w->options->password ? w->options->password : "", out);
	if (strcmp(format, "der") == 0)
		return ca_export_der(anchors[0], out); /* the format holds one */
	if (strcmp(format, "android") == 0) {
		char name[CA_ANDROID_NAME_MAX];

		ca_export_android_name(anchors[0], name);
		fprintf(w->ctl->err, "Save it as %s where Android keeps its system certificates.\n", name);
		return ca_export_pem(anchors[0], out);
	}
	for (size_t i = 0; i < count && done; i++)
		done = ca_export_pem(anchors[i], out);
	return done;
}

static int export(struct work *w)
{
	static const char *const formats[] = {"pem", "der", "mobileconfig", "pkcs12", "android"};
	struct ca_exported exported[CA_EXPORTED_MAX];
	X509 *anchors[CA_EXPORTED_MAX];
	struct buffer out = buffer_make(CA_EXPORT_MAX);
	bool known = w->options->format == NULL;
	int status = EX_OK;
	size_t count;

	for (size_t i = 0; i < sizeof formats / sizeof formats[0] && !known; i++)
		known = strcmp(w->options->format, formats[i]) == 0;
	if (!known)
		return ctl_fail_usage(w->ctl, "--format is pem, der, mobileconfig, pkcs12 or android");
	count = ca_store_exported(&w->dir, w->now, exported, &w->problems);
	for (size_t i = 0; i < count; i++)
		anchors[i] = ca_export_anchor(exported[i].ca);
	if (count == 0)
		status = EX_NOINPUT;
	else if (!export_all(w, anchors, count, &out))
		status = ctl_fail(w->ctl, EX_OSERR, NULL, "memory is out");
	else
		fwrite(buffer_slice(&out).ptr, 1, buffer_len(&out), w->ctl->out);
	buffer_release(&out);
	ca_exported_release(exported, count);
	return status;
}

static int
init(struct work *w)
{
	struct ca_options o;

	if (!make_options(w, &o))
		return ctl_fail_usage(w->ctl, "--key is rsa or ecdsa");
	if (!ca_store_create(&w->dir, &o, w->now, &w->problems))
		return EX_CANTCREAT;
	return show(w);
}

/* A CA of ours below one whose key is not here. */
static int
intermediate(struct work *w)
{
	const char *root = w->options->root, *root_key = w->options->root_key;
	STACK_OF(X509) *certificates = NULL;
	struct ca_above above = {0};
	struct ca_bytes bytes = {0};
	struct ca_options o;
	int status = EX_DATAERR;

	if (!make_options(w, &o))
		return ctl_fail_usage(w->ctl, "--key is rsa or ecdsa");
	if (root == NULL || root_key == NULL)
		return ctl_fail_usage(w->ctl, "intermediate wants --root and --root-key");
	if (ca_bytes_read(root, &bytes, &w->problems))
		certificates = ca_pem_read_certificates(slice_make(bytes.data, bytes.len), 1, root, &w->problems);
	if (certificates)
		above.key = root_key_open(root_key, w->options->module, &w->problems);
	if (above.key) {
		above.certificate = sk_X509_value(certificates, 0);
		o.above = &above;
		if (ca_store_issue(&w->dir, &o, w->now, &w->problems))
			status = show(w);
	}
	EVP_PKEY_free(above.key);
	sk_X509_pop_free(certificates, X509_free);
	ca_bytes_release(&bytes);
	return status;
}

static int
import(struct work *w)
{
	if (!ca_store_import(&w->dir, w->operands[0], w->operands[1], w->now, &w->problems))
		return EX_DATAERR;
	return show(w);
}

static int
rotate(struct work *w)
{
	struct ca_options o;

	if (!make_options(w, &o))
		return ctl_fail_usage(w->ctl, "--key is rsa or ecdsa");
	if (w->options->switches ? !ca_store_switch(&w->dir, w->now, &w->problems)
				 : !ca_store_prepare(&w->dir, &o, w->now, &w->problems))
		return EX_CANTCREAT;
	fputs(w->options->switches
			? "The next CA signs from the next `sluicectl reload` on.\n\n"
			: "Give clients what `sluicectl ca export` prints now; when all have it, `sluicectl ca rotate "
			  "--switch`.\n\n",
		w->ctl->err);
	return show(w);
}

/* The daemon begins the next file of the log. */
static int
rotate_log(struct work *w)
{
	json_t *result = NULL;
	int status = daemon_ask(w->ctl, json_pack("{s:s}", "command", "issuance-rotate"), TIMEOUT_MS, EX_UNAVAILABLE,
		NULL, NULL, &result);

	if (status == EX_OK)
		fputs("What is issued from now on goes to a new file.\n", w->ctl->err);
	json_decref(result);
	return status;
}

static int
log_(struct work *w)
{
	size_t count = w->options->lines.is_set ? w->options->lines.value : 10;
	const struct issuance_verdict *v;
	struct issuance_check check;
	bool is_whole;

	if (w->options->rotates)
		return rotate_log(w);
	is_whole = issuance_check(w->dir.fd, w->ctl->out, count, &check, &w->problems);
	v = &check.verdict;
	if (check.files == 0)
		return ctl_fail(w->ctl, EX_NOINPUT, "has the daemon minted anything yet?",
			"%s/issuance.log: there is none", w->path);
	fprintf(w->ctl->err, "%llu lines in %zu file%s, %llu to %llu; the chain of hashes is %s\n",
		(unsigned long long)v->lines, check.files, check.files == 1 ? "" : "s",
		(unsigned long long)v->first_seq, (unsigned long long)v->last_seq, is_whole ? "whole" : "BROKEN");
	if (is_whole && v->first_seq > 1)
		fputs("What came before is not here: keep those files, or the hash of their last line, elsewhere.\n",
			w->ctl->err);
	return is_whole ? EX_OK : EX_DATAERR;
}

static const struct action {
	struct ctl_action action;
	int (*run)(struct work *w);
	bool creates; /* makes the folder */
} actions[] = {
	{{.name = "init"}, init, true},
	{{.name = "show"}, show, false},
	{{.name = "export"}, export, false},
	{{.name = "import", .least = 2, .most = 2, .takes = "a certificate and its key"}, import, true},
	{{.name = "intermediate"}, intermediate, true},
	{{.name = "rotate"}, rotate, false},
	{{.name = "log"}, log_, false},
};

static int
open_folder(struct work *w, const char *state_dir, bool creates)
{
	/* As the daemon makes it; that it is there already is the rule. */
	if (creates && mkdir(state_dir, 0700) < 0 && errno != EEXIST)
		return ctl_fail(w->ctl, EX_CANTCREAT, "make the folder above it", "%s: %s", state_dir, strerror(errno));
	switch (ca_dir_open(&w->dir, w->path, creates, &w->problems)) {
	case CA_DIR_OK:
		return EX_OK;
	case CA_DIR_ABSENT:
		return ctl_fail(w->ctl, EX_NOINPUT, "start sluiced, or make one with: sluicectl ca init",
			"%s: there is no CA yet", w->path);
	case CA_DIR_FAILED:
		break;
	}
	return EX_NOPERM;
}

static int
work_on(struct ctl *ctl, const struct action *action, const struct options *options, char **operands)
{
	char path[PATH_MAX];
	struct settings settings;
	struct work w = {.ctl = ctl, .options = options, .path = path, .operands = operands, .dir.fd = -1};
	int status = settings_load(ctl, &settings);

	w.now = (int64_t)(ctl->now_ns / 1000000000u);
	if (status == EX_OK && !ca_folder_path(path, sizeof path, settings.conf->state_dir))
		status = ctl_fail(ctl, EX_CONFIG, "choose a shorter one", "state_dir is too long");
	if (status == EX_OK)
		status = open_folder(&w, settings.conf->state_dir, action->creates);
	if (status == EX_OK) {
		status = action->run(&w);
		ca_dir_close(&w.dir);
	}
	settings_print_problems(ctl->err, &w.problems);
	problems_release(&w.problems);
	settings_release(&settings);
	return status;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	int first, status = option_parse(ctl, argc, argv, &options, NULL, &first);
	const struct action *action;

	if (status != EX_OK || first < 0)
		return status;
	action = CTL_ACTION_FIND(ctl, actions, argc - first, argv + first);
	return action ? work_on(ctl, action, &options, argv + first + 1) : EX_USAGE;
}

const struct ctl_command cmd_ca = {
	.name = "ca",
	.operands = "init|show|export|import CERTIFICATE KEY|intermediate|rotate|log",
	.summary = "Make, show, export, replace and audit the local CA",
	.help = "export prints what clients should trust, never a key. rotate makes the CA that is to follow, so that "
		"clients can be given it first; rotate --switch lets it sign. intermediate has ours signed by a root "
		"that is "
		"kept elsewhere, as the next CA, or as the CA where there is none. log checks the chain of hashes over "
		"all leaves that were ever issued, in all files of the log.",
	.options = rows,
	.option_count = sizeof rows / sizeof rows[0],
	.run = run,
};
