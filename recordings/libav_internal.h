/* What the files that talk to libav share: errors as one line, silence on stderr. */
#ifndef PLAYSLOT_RECORDINGS_LIBAV_INTERNAL_H
#define PLAYSLOT_RECORDINGS_LIBAV_INTERNAL_H

#include "base/status.h"

/* Keep libav's messages off stderr; the last error line of a thread goes into libav_error's text instead. */
void libav_quiet(void);

/* "<text>: <libav's description> (<its last log line>)"; ERR_MEMORY, ERR_IO or ERR_FORMAT after the code. */
Status libav_error(Error *error, int code, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
