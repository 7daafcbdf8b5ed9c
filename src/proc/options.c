/* The daemon's command line.  See options.h. */
#include "config.h"

#include "proc/options.h"

#include <getopt.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sysexits.h>

static const char usage[] = "usage: sluiced [-c FILE] [-t] [-f] [-V]\n"
			    "  -c FILE  the configuration (default " DEFAULT_CONFIG ")\n"
			    "  -t       check the configuration, explain each rule, and exit\n"
			    "  -f       stay in the foreground, log to standard error\n"
			    "  -V       print the version and exit\n";

int
options_parse(struct options *o, int argc, char **argv, int *status)
{
	int c;

	*o = (struct options){.config = DEFAULT_CONFIG};
	while ((c = getopt(argc, argv, "c:tfVh")) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 't':
			o->only_tests = true;
			break;
		case 'f':
			o->foreground = true;
			break;
		case 'V':
			printf("sluiced %s (%s)\n", PACKAGE_VERSION, OpenSSL_version(OPENSSL_VERSION));
			*status = EX_OK;
			return 1;
		case 'h':
			fputs(usage, stdout);
			*status = EX_OK;
			return 1;
		default:
			fputs(usage, stderr);
			*status = EX_USAGE;
			return 1;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "sluiced: unexpected argument \"%s\"\n%s", argv[optind], usage);
		*status = EX_USAGE;
		return 1;
	}
	return 0;
}
