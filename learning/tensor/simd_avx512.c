/** Kernels compiled for avx512; CMake gives this file the flags. */
#if defined(__x86_64__)
#define SIMD_SET   avx512
#define SIMD_BYTES 64
#define SIMD_ROWS  14
#include "tensor/simd_body.inc"
#else
typedef int avx512_is_x86_only; /* a file must not be empty */
#endif
