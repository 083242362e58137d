/** Elementary functions in `real`. */
#ifndef PLAYSLOT_TENSOR_REAL_MATH_H
#define PLAYSLOT_TENSOR_REAL_MATH_H

#include <math.h>

#include "tensor/tensor.h"

#ifdef PLAYSLOT_DOUBLE
static inline real real_exp(real x)
{
    return exp(x);
}
static inline real real_log(real x)
{
    return log(x);
}
static inline real real_tanh(real x)
{
    return tanh(x);
}
static inline real real_sqrt(real x)
{
    return sqrt(x);
}
static inline real normal_cdf(real x)
{
    return 0.5 * erfc(-x * 0.70710678118654752440);
}
#else
static inline real real_exp(real x)
{
    return expf(x);
}
static inline real real_log(real x)
{
    return logf(x);
}
static inline real real_tanh(real x)
{
    return tanhf(x);
}
static inline real real_sqrt(real x)
{
    return sqrtf(x);
}
static inline real normal_cdf(real x)
{
    return 0.5F * erfcf(-x * 0.70710678F);
}
#endif

#endif
