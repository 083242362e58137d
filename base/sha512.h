/**
 * SHA-512 (FIPS 180-4) of short texts: the seeds of the multi-object Fetch tasks go through it.
 */
#ifndef PLAYSLOT_BASE_SHA512_H
#define PLAYSLOT_BASE_SHA512_H

#include <stddef.h>
#include <stdint.h>

#define SHA512_SIZE     64
#define SHA512_TEXT_MAX 111 /* bytes that fit into one block */

/** Digest of `size` bytes, at most SHA512_TEXT_MAX (asserted). Allocates nothing. */
void sha512_short(uint8_t out[SHA512_SIZE], const void *data, size_t size);

#endif
