/** Kernels compiled for avx2; CMake gives this file the flags. */
#if defined(__x86_64__)
#define SIMD_SET   avx2
#define SIMD_BYTES 32
#define SIMD_ROWS  6
#include "tensor/simd_body.inc"
#else
typedef int avx2_is_x86_only; /* a file must not be empty */
#endif
