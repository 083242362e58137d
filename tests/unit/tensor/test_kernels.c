/** Products, elementary functions and sums, for every instruction set that this processor has. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "tensor/simd.h"

#define MOST 70

static void fill(real *values, int count, const char *name)
{
    Rng rng = rng_stream(3, name, 0);
    for (int i = 0; i < count; i++)
        values[i] = (real)rng_range(&rng, -1, 1);
}

/* every shape of tile, with and without bias, sum and relu, against plain loops */
static void check_tile(const Simd *simd, int rows, int columns, int variant)
{
    static real a[2 * 16 * 8], b[2 * 8 * 64], c[16 * 64], bias[64];
    fill(a, 256, "a");
    fill(b, 1024, "b");
    fill(c, 1024, "c");
    fill(bias, 64, "bias");
    real before[16 * 64];
    memcpy(before, c, sizeof c);
    const Tile tile = { .rows = rows,
                        .columns = columns,
                        .segments = 2,
                        .depth = 7,
                        .a = a,
                        .a_row = 8,
                        .a_depth = 1,
                        .a_segment = 128,
                        .b = b,
                        .b_depth = 64,
                        .b_segment = 512,
                        .c = c,
                        .c_row = 64,
                        .bias = variant == 1 ? bias : NULL,
                        .add = variant == 2,
                        .relu = variant == 1 };
    simd->tile(&tile);
    for (int r = 0; r < 16; r++)
        for (int n = 0; n < 64; n++) {
            double wanted = variant == 2   ? (double)before[r * 64 + n]
                            : variant == 1 ? (double)bias[n]
                                           : 0;
            for (int k = 0; k < 14; k++)
                wanted += (double)a[k / 7 * 128 + r * 8 + k % 7] *
                          (double)b[k / 7 * 512 + k % 7 * 64 + n];
            if (variant == 1 && wanted < 0) wanted = 0;
            if (r >= rows || n >= columns) wanted = (double)before[r * 64 + n]; /* untouched */
            if (!(fabs((double)c[r * 64 + n] - wanted) < 1e-5))
                fail_msg("%s: tile %dx%d variant %d: (%d, %d) is %g, not %g", simd->name, rows,
                         columns, variant, r, n, (double)c[r * 64 + n], wanted);
        }
}

static void tiles_are_products(void **state)
{
    (void)state;
    for (const Simd *const *simd = simd_list(); *simd; simd++)
        for (int rows = 1; rows <= (*simd)->tile_rows; rows++)
            for (int columns = 1; columns <= 2 * (*simd)->lanes; columns++)
                for (int variant = 0; variant < 3; variant++)
                    check_tile(*simd, rows, columns, variant);
}

static void products_of_any_size(void **state)
{
    (void)state;
    static real a[MOST * MOST * 4], b[MOST * MOST * 4], c[MOST * MOST];
    const int sizes[][3] = {
        { 1, 1, 1 }, { 3, 5, 7 }, { 17, 33, 64 }, { 15, 32, 280 }, { 70, 40, 200 }
    };
    for (int i = 0; i < 5 * 4; i++) {
        const int m = sizes[i / 4][0], n = sizes[i / 4][1], k = sizes[i / 4][2];
        const bool ta = i & 1, tb = i & 2;
        fill(a, m * k, "a");
        fill(b, k * n, "b");
        gemm(ta, tb, m, n, k, a, ta ? m : k, b, tb ? k : n, c, n, false);
        gemm(ta, tb, m, n, k, a, ta ? m : k, b, tb ? k : n, c, n, true);
        for (int r = 0; r < m; r++)
            for (int q = 0; q < n; q++) {
                double wanted = 0;
                for (int d = 0; d < k; d++)
                    wanted += 2 * (double)a[ta ? d * m + r : r * k + d] *
                              (double)b[tb ? q * k + d : d * n + q];
                assert_true(fabs((double)c[r * n + q] - wanted) < 1e-4);
            }
    }
}

/* worst |f(x) - wanted(x)| / max(|wanted(x)|, floor) over [low, high] */
static double worst_error(const Simd *simd, UnaryKind kind, double (*wanted)(double), double low,
                          double high, double floor_size)
{
    double worst = 0;
    for (int i = 0; i <= 100000; i += 5) {
        real x[5], y[5];
        for (int k = 0; k < 5; k++)
            x[k] = (real)(low + (high - low) * (i + k) / 100004.0);
        simd->unary_forward(kind, 5, x, y);
        for (int k = 0; k < 5; k++) {
            const double w = wanted((double)x[k]);
            worst = fmax(worst, fabs((double)y[k] - w) / fmax(fabs(w), floor_size));
        }
    }
    return worst;
}

static double gelu(double x)
{
    return 0.5 * x * erfc(-x * 0.70710678118654752440);
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static void functions_are_accurate(void **state)
{
    (void)state;
    for (const Simd *const *simd = simd_list(); *simd; simd++) {
        /* 2 to 3 units in the last place of a float (6e-8 each); gelu: Phi to 1e-7, times x */
        assert_true(worst_error(*simd, UNARY_EXP, exp, -87, 88.7, 0) < 3e-7);
        assert_true(worst_error(*simd, UNARY_TANH, tanh, -10, 10, 0) < 4e-7);
        assert_true(worst_error(*simd, UNARY_SIGMOID, sigmoid, -80, 20, 0) < 5e-7);
        assert_true(worst_error(*simd, UNARY_GELU, gelu, -12, 12, 1) < 1e-6);
    }
}

static void extremes_stay_extreme(void **state)
{
    (void)state;
    for (const Simd *const *simd = simd_list(); *simd; simd++) {
        const real x[4] = { (real)-1e9, (real)NAN, (real)1e9, (real)-INFINITY };
        real y[4];
        (*simd)->unary_forward(UNARY_EXP, 4, x, y);
        assert_true(y[0] == 0 && isnan(y[1]) && isinf(y[2]) && y[3] == 0);
        (*simd)->unary_forward(UNARY_TANH, 4, x, y);
        assert_true(y[0] == -1 && isnan(y[1]) && y[2] == 1 && y[3] == -1);
        (*simd)->unary_forward(UNARY_RELU, 4, x, y);
        assert_true(y[0] == 0 && isnan(y[1]) && y[2] > 0);
        (*simd)->unary_forward(UNARY_GELU, 4, x, y);
        assert_true(isnan(y[1]) && y[2] > 0);
    }
}

static void long_sums_stay_accurate(void **state)
{
    (void)state;
    static real x[300000];
    for (int i = 0; i < 300000; i++)
        x[i] = (real)(i % 3 == 0 ? 0.1 : 0.7);
    for (const Simd *const *simd = simd_list(); *simd; simd++) {
        real sums[3];
        (*simd)->column_sums(100000, 3, x, sums, false);
        (*simd)->column_sums(100000, 3, x, sums, true);
        for (int c = 0; c < 3; c++) {
            const double wanted = 200000 * (double)x[c];
            assert_true(fabs((double)sums[c] - wanted) < 1e-5 * wanted);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_are_products),      cmocka_unit_test(products_of_any_size),
        cmocka_unit_test(functions_are_accurate),  cmocka_unit_test(extremes_stay_extreme),
        cmocka_unit_test(long_sums_stay_accurate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
