/**
 * Closeness of arrays: |got - wanted| <= absolute + relative * |wanted|, NaN is never close.
 */
#ifndef PLAYSLOT_TESTS_SUPPORT_CLOSENESS_H
#define PLAYSLOT_TESTS_SUPPORT_CLOSENESS_H

#include <stdint.h>

typedef struct Closeness {
    double worst_absolute; /* largest |got - wanted| (infinity when one of them is NaN) */
    double
        worst_ratio; /* largest |got - wanted| / (absolute + relative * |wanted|); <= 1 is close */
    int64_t worst_index; /* where worst_ratio was found; -1 when every element is equal */
} Closeness;

Closeness closeness_f32(const float *got, const float *wanted, int64_t count, double absolute,
                        double relative);
Closeness closeness_f64(const double *got, const double *wanted, int64_t count, double absolute,
                        double relative);

/** cmocka check on top of the above; the message names `what`, the worst element and both values. */
void assert_close_f32(const char *what, const float *got, const float *wanted, int64_t count,
                      double absolute, double relative);
void assert_close_f64(const char *what, const double *got, const double *wanted, int64_t count,
                      double absolute, double relative);

#endif
