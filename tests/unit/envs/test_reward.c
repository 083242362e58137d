#include "support/test.h"

#include <math.h>

#include "envs/reward.h"
#include "support/closeness.h"

static void tolerance_is_one_inside_and_a_tenth_one_margin_away(void **state)
{
    (void)state;
    assert_true(tolerance_long_tail(0, 0, 0.05, 0.2) == 1);
    assert_true(tolerance_long_tail(0.05, 0, 0.05, 0.2) == 1);
    const double above = tolerance_long_tail(0.25, 0, 0.05, 0.2), tenth = 0.1;
    const double below = tolerance_long_tail(-0.2, 0, 0.05, 0.2);
    assert_close_f64("above", &above, &tenth, 1, 1e-15, 0);
    assert_close_f64("below", &below, &tenth, 1, 1e-15, 0);
    assert_true(tolerance_long_tail(0.06, 0, 0.05, 0) == 0);
    assert_true(tolerance_long_tail(0.05, 0, 0.05, 0) == 1);
}

static void hamacher_is_a_product(void **state)
{
    (void)state;
    for (int i = 0; i <= 10; i++) {
        const double a = i / 10.0;
        assert_true(fabs(hamacher_product(a, 1) - a) < 1e-15); /* (a + 1) - a rounds */
        assert_true(hamacher_product(0, a) == 0);
        for (int k = 0; k <= 10; k++)
            assert_true(fabs(hamacher_product(a, k / 10.0) - hamacher_product(k / 10.0, a)) <
                        1e-15);
    }
}

static void every_kind_is_a_tenth_one_margin_away(void **state)
{
    (void)state;
    const double tenth = 0.1;
    for (ToleranceKind kind = TOLERANCE_GAUSSIAN; kind <= TOLERANCE_TANH_SQUARED; kind++) {
        const double away = tolerance(0.25, 0, 0.05, 0.2, kind);
        assert_close_f64("one margin away", &away, &tenth, 1, 1e-15, 0);
        assert_true(tolerance(0.01, 0, 0.05, 0.2, kind) == 1);
        assert_true(tolerance(0.06, 0, 0.05, 0, kind) == 0);
        assert_true(tolerance(0.06, 0, 0.05, -1, kind) == 0); /* an exception upstream */
        double last = 1;
        for (int i = 1; i < 40; i++) {
            const double next = tolerance(0.05 + 0.02 * i, 0, 0.05, 0.2, kind);
            assert_true(next >= 0 && next <= last);
            last = next;
        }
    }
}

static void a_start_is_worth_a_tenth(void **state)
{
    (void)state;
    const double tenth = 0.1, start = tolerance_since(0.4, 0.05, 0.4, TOLERANCE_LONG_TAIL);
    assert_close_f64("start", &start, &tenth, 1, 1e-15, 0);
    assert_true(tolerance_since(0.05, 0.05, 0.4, TOLERANCE_GAUSSIAN) == 1);
}

static void a_prism_leads_from_one_corner_to_the_other(void **state)
{
    (void)state;
    const double zero[3] = { 1, 0, 0 }, one[3] = { 0, 2, 4 };
    const double middle[3] = { 0.5, 1, 2 }, outside[3] = { 0.5, 1, 5 };
    assert_true(prism_tolerance(zero, zero, one) == 0);
    assert_true(prism_tolerance(one, zero, one) == 1);
    assert_true(prism_tolerance(middle, zero, one) == 0.125);
    assert_true(prism_tolerance(outside, zero, one) == 1);
}

static void funnels_rise_outwards(void **state)
{
    (void)state;
    assert_true(funnel_floor(0.02, 0.02, 0.04, 0.4) == 0);
    const double near = funnel_floor(0.03, 0.02, 0.04, 0.4),
                 far = funnel_floor(0.3, 0.02, 0.04, 0.4);
    assert_true(near > 0 && far > near && far < 0.4);
    assert_true(above_funnel(far, far, 0.05) == 1 && above_funnel(far - 0.005, far, 0.05) == 1);
    assert_true(above_funnel(0, far, 0.05) < 0.1);
}

/* quarter turns about each axis, and turns about each axis by more than half, where the trace is negative */
static void quaternions_come_from_matrices(void **state)
{
    (void)state;
    for (int axis = 0; axis < 3; axis++)
        for (int i = -3; i <= 3; i++) {
            const double angle = i, c = cos(angle), s = sin(angle);
            const int j = (axis + 1) % 3, k = (axis + 2) % 3;
            double matrix[9] = { 0 }, quaternion[4], wanted[4] = { 0, 0, 0, cos(angle / 2) };
            matrix[4 * axis] = 1;
            matrix[4 * j] = matrix[4 * k] = c;
            matrix[3 * k + j] = s;
            matrix[3 * j + k] = -s;
            wanted[axis] = sin(angle / 2);
            matrix_to_quaternion(quaternion, matrix);
            const double sign = quaternion[3] * wanted[3] < 0 ? -1 : 1; /* q and -q turn alike */
            for (int n = 0; n < 4; n++)
                quaternion[n] *= sign;
            assert_close_f64("quaternion", quaternion, wanted, 4, 1e-15, 0);
        }
}

static void distances_are_euclidean(void **state)
{
    (void)state;
    const double a[3] = { 1, 2, 3 }, b[3] = { 3, 5, 9 };
    const double scale[3] = { 1.5, 0, 0 };
    assert_true(distance3(a, b) == 7);
    assert_true(distance3_scaled(a, b, scale) == 3);
    assert_true(distance_xy(a, b) == sqrt(13));
    double moved[3];
    offset_point(moved, a, 1, 1, 6);
    assert_memory_not_equal(moved, b, sizeof b);
    offset_point(moved, a, 2, 3, 6);
    assert_memory_equal(moved, b, sizeof b);
    assert_true(clamp(2, 0, 1) == 1 && clamp(-2, 0, 1) == 0 && clamp(0.5, 0, 1) == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tolerance_is_one_inside_and_a_tenth_one_margin_away),
        cmocka_unit_test(hamacher_is_a_product),
        cmocka_unit_test(every_kind_is_a_tenth_one_margin_away),
        cmocka_unit_test(a_start_is_worth_a_tenth),
        cmocka_unit_test(a_prism_leads_from_one_corner_to_the_other),
        cmocka_unit_test(funnels_rise_outwards),
        cmocka_unit_test(quaternions_come_from_matrices),
        cmocka_unit_test(distances_are_euclidean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
