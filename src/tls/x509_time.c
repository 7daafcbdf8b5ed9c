/* Times of certificates.  See x509_time.h. */
#include "tls/x509_time.h"

#define SECONDS_A_DAY 86400

int64_t
x509_time_seconds(const ASN1_TIME *time)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, seconds;
	int64_t result = INT64_MIN;

	if (epoch && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1)
		result = (int64_t)days * SECONDS_A_DAY + seconds;
	ASN1_TIME_free(epoch);
	return result;
}
