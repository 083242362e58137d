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

static void distances_are_euclidean(void **state)
{
    (void)state;
    const double a[3] = { 1, 2, 3 }, b[3] = { 3, 5, 9 };
    assert_true(distance3(a, b) == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tolerance_is_one_inside_and_a_tenth_one_margin_away),
        cmocka_unit_test(hamacher_is_a_product),
        cmocka_unit_test(distances_are_euclidean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
