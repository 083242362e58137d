/**
 * What fuzz targets share: libFuzzer's entry, and a file that holds the input for readers that take a path.
 */
#ifndef PLAYSLOT_TESTS_FUZZ_FUZZ_H
#define PLAYSLOT_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** One input; returns 0. Finding a mistake means to abort, or to be stopped by a sanitizer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Write the input to this process's own temporary file and give its path; aborts when it cannot. */
const char *fuzz_file(const uint8_t *data, size_t size);

#endif
