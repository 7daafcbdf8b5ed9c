#include "suites.h"

UNIT_MAIN(bound_auth_suite, message_suite, uri_suite, h1_head_suite, framing_suite, chunked_suite, h1_write_suite, semantics_suite,
	h1_conn_suite, h2_conn_suite, h2_frames_suite, websocket_suite)
