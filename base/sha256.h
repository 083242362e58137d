/**
 * SHA-256 (FIPS 180-4), as `sha256sum` prints it.
 */
#ifndef PLAYSLOT_BASE_SHA256_H
#define PLAYSLOT_BASE_SHA256_H

#include <stddef.h>

#include "base/status.h"

#define SHA256_TEXT 65 /* 64 hexadecimal digits and a NUL */

/** The hash of `size` bytes as text. */
void sha256_text(char out[SHA256_TEXT], const void *data, size_t size);
/** The hash of a file's bytes as text. ERR_IO. */
MUST_USE Status sha256_file(char out[SHA256_TEXT], const char *path, Error *error);

#endif
