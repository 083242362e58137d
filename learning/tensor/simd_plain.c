/** Kernels for any processor the compiler knows. */
#define SIMD_SET   plain
#define SIMD_BYTES 16
#define SIMD_ROWS  6
#include "tensor/simd_body.inc"
