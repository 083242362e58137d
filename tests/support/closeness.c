#include "support/test.h"

#include <math.h>

#include "support/closeness.h"

static void add(Closeness *closeness, int64_t index, double got, double wanted, double absolute,
                double relative)
{
    if (got == wanted) return;
    double difference = fabs(got - wanted);
    double ratio = difference / (absolute + relative * fabs(wanted));
    if (isnan(difference) || isnan(ratio)) difference = ratio = (double)INFINITY;
    if (difference > closeness->worst_absolute) closeness->worst_absolute = difference;
    if (ratio <= closeness->worst_ratio) return;
    closeness->worst_ratio = ratio;
    closeness->worst_index = index;
}

Closeness closeness_f32(const float *got, const float *wanted, int64_t count, double absolute,
                        double relative)
{
    Closeness closeness = { .worst_index = -1 };
    for (int64_t i = 0; i < count; i++)
        add(&closeness, i, (double)got[i], (double)wanted[i], absolute, relative);
    return closeness;
}

Closeness closeness_f64(const double *got, const double *wanted, int64_t count, double absolute,
                        double relative)
{
    Closeness closeness = { .worst_index = -1 };
    for (int64_t i = 0; i < count; i++)
        add(&closeness, i, got[i], wanted[i], absolute, relative);
    return closeness;
}

void assert_close_f32(const char *what, const float *got, const float *wanted, int64_t count,
                      double absolute, double relative)
{
    const Closeness worst = closeness_f32(got, wanted, count, absolute, relative);
    if (worst.worst_ratio <= 1.0) return;
    fail_msg("%s: element %lld is %.9g, expected %.9g", what, (long long)worst.worst_index,
             (double)got[worst.worst_index], (double)wanted[worst.worst_index]);
}

void assert_close_f64(const char *what, const double *got, const double *wanted, int64_t count,
                      double absolute, double relative)
{
    const Closeness worst = closeness_f64(got, wanted, count, absolute, relative);
    if (worst.worst_ratio <= 1.0) return;
    fail_msg("%s: element %lld is %.17g, expected %.17g", what, (long long)worst.worst_index,
             got[worst.worst_index], wanted[worst.worst_index]);
}
