/* statistics of columns against values by hand and a slow count */
#include "support/test.h"

#include <math.h>

#include "base/rng.h"
#include "data/formats/column_stats.h"

static void small_columns_by_hand(void **state)
{
    double values[] = { 3, -1, 2, 0 };
    (void)state;
    const ColumnStats stats = column_stats(values, 4);
    const double wanted[STAT_COUNT] = { -1, 3, 1, sqrt(2.5), -1, -1, 0, 3, 3 };
    for (int i = 0; i < STAT_COUNT; i++)
        if (fabs(stats.values[i] - wanted[i]) > 1e-15)
            fail_msg("%s: %g instead of %g", stat_names[i], stats.values[i], wanted[i]);
    double one = 7;
    const ColumnStats single = column_stats(&one, 1);
    for (int i = 0; i < STAT_COUNT; i++)
        assert_true(single.values[i] == (i == STAT_STD ? 0 : 7));
}

/* at least q of all numbers do not exceed it, and it is the smallest such number */
static void expect_quantile(const double *values, size_t count, double quantile, double q)
{
    size_t not_above = 0, below = 0;
    for (size_t i = 0; i < count; i++) {
        not_above += values[i] <= quantile;
        below += values[i] < quantile;
    }
    assert_true((double)not_above >= q * (double)count);
    assert_true((double)below < q * (double)count);
}

static void quantiles_are_ranks(void **state)
{
    static const double shares[] = { 0.01, 0.10, 0.50, 0.90, 0.99 };
    double values[300];
    Rng rng = rng_stream(3, "column_stats", 0);
    (void)state;
    for (size_t count = 1; count <= 300; count += 13) {
        for (size_t i = 0; i < count; i++)
            values[i] = rng_normal(&rng);
        const ColumnStats stats = column_stats(values, count);
        for (int i = 0; i < 5; i++)
            expect_quantile(values, count, stats.values[STAT_Q01 + i], shares[i]);
    }
}

/* counting gives what sorting gives */
static void bytes_are_as_numbers(void **state)
{
    enum { COUNT = 1000 };
    double values[COUNT];
    uint64_t counts[256] = { 0 };
    Rng rng = rng_stream(4, "column_stats", 0);
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        const int byte = (int)rng_range(&rng, 17, 240);
        values[i] = byte / 255.0;
        counts[byte]++;
    }
    const ColumnStats counted = byte_stats((const uint64_t *)counts);
    const ColumnStats sorted = column_stats(values, COUNT);
    for (int i = 0; i < STAT_COUNT; i++)
        assert_true(fabs(counted.values[i] - sorted.values[i]) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_columns_by_hand),
        cmocka_unit_test(quantiles_are_ranks),
        cmocka_unit_test(bytes_are_as_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
