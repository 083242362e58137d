#include "commands/interval.h"

#include <math.h>

#define Z_95 1.959963984540054 /* 97.5 % quantile of the standard normal distribution */

Proportion wilson_interval(int successes, int trials)
{
    Proportion result = { .successes = successes, .trials = trials, .high = 1 };
    if (trials <= 0) return result;
    const double n = trials, p = successes / n, zz = Z_95 * Z_95;
    const double center = (p + zz / (2 * n)) / (1 + zz / n);
    const double half = Z_95 / (1 + zz / n) * sqrt(p * (1 - p) / n + zz / (4 * n * n));
    result.rate = p;
    /* at the ends the formula gives exactly 0 and 1, up to rounding */
    result.low = successes == 0 ? 0 : center - half;
    result.high = successes == trials ? 1 : center + half;
    return result;
}
