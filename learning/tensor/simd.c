#include "tensor/simd.h"

extern const Simd simd_avx512, simd_avx2, simd_plain;

#if defined(__x86_64__)
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("fma");
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

const Simd *simd_best(void)
{
    if (has_avx512()) return &simd_avx512;
    return has_avx2() ? &simd_avx2 : &simd_plain;
}

const Simd *const *simd_list(void)
{
    static const Simd *const all[] = { &simd_avx512, &simd_avx2, &simd_plain, NULL };
    if (has_avx512()) return all;
    return has_avx2() ? all + 1 : all + 2;
}
#else
const Simd *simd_best(void)
{
    return &simd_plain;
}

const Simd *const *simd_list(void)
{
    static const Simd *const all[] = { &simd_plain, NULL };
    return all;
}
#endif

#define SIMD_KERNEL(name, parameters, arguments)                                                   \
    void name parameters                                                                           \
    {                                                                                              \
        simd_best()->name arguments;                                                               \
    }
#include "tensor/simd.def"
#undef SIMD_KERNEL
