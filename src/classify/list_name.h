/* Names as lists write them, brought into the one form in which hosts are looked up. */
#ifndef SLUICE_CLASSIFY_LIST_NAME_H
#define SLUICE_CLASSIFY_LIST_NAME_H

#include "base/slice.h"
#include "classify/category_table.h"

enum list_name_kind { LIST_NAME_BAD, LIST_NAME_HOST, LIST_NAME_SINGLE_LABEL, LIST_NAME_ADDRESS };

/* Lower case, A-labels (IDNA 2008, as browsers do: UTS 46), no trailing dot; addresses as addr_format() has them,
 * without brackets.  *out lies in dst.  LIST_NAME_SINGLE_LABEL is a host, too, for whoever wants whole top level
 * domains. */
enum list_name_kind list_name_normalise(struct slice text, char dst[CATEGORY_HOST_MAX + 1], struct slice *out);

#endif
