#include "envs/reward.h"

#include <assert.h>
#include <math.h>

double tolerance_long_tail(double x, double low, double high, double margin)
{
    assert(margin >= 0);
    if (x >= low && x <= high) return 1;
    if (margin == 0) return 0;
    const double d = (x < low ? low - x : x - high) / margin;
    const double scaled = d * 3.0; /* sqrt(1 / 0.1 - 1) */
    return 1 / (scaled * scaled + 1);
}

double hamacher_product(double a, double b)
{
    assert(a >= 0 && a <= 1 && b >= 0 && b <= 1);
    const double denominator = a + b - a * b;
    return denominator > 0 ? a * b / denominator : 0;
}

double distance3(const double a[3], const double b[3])
{
    const double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
    return sqrt(x * x + y * y + z * z);
}
