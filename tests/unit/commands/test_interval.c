/* Wilson's interval against values from the literature and its own definition */
#include "support/test.h"

#include <math.h>

#include "commands/interval.h"

static void known_values(void **state)
{
    (void)state;
    /* Newcombe 1998, table I, method 3: 81/263, 15/148, 0/20, 1/29 */
    static const struct {
        int successes, trials;
        double low, high;
    } cases[] = {
        { 81, 263, 0.2553, 0.3662 },
        { 15, 148, 0.0624, 0.1605 },
        { 0, 20, 0.0000, 0.1611 },
        { 1, 29, 0.0061, 0.1718 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const Proportion p = wilson_interval(cases[i].successes, cases[i].trials);
        /* the table has four digits */
        assert_true(fabs(p.low - cases[i].low) < 5.1e-5);
        assert_true(fabs(p.high - cases[i].high) < 5.1e-5);
        assert_true(p.rate == (double)cases[i].successes / cases[i].trials);
    }
}

static void limits_solve_the_score_equation(void **state)
{
    (void)state;
    const double z = 1.959963984540054;
    for (int k = 1; k < 40; k++) {
        const Proportion p = wilson_interval(k, 40);
        assert_true(p.low < p.rate && p.rate < p.high);
        /* (rate - limit)^2 = z^2 limit (1 - limit) / n, up to rounding */
        assert_true(fabs(pow(p.rate - p.low, 2) - z * z * p.low * (1 - p.low) / 40) < 1e-14);
        assert_true(fabs(pow(p.rate - p.high, 2) - z * z * p.high * (1 - p.high) / 40) < 1e-14);
    }
}

static void ends_are_exact(void **state)
{
    (void)state;
    assert_true(wilson_interval(0, 7).low == 0);
    assert_true(wilson_interval(7, 7).high == 1);
    const Proportion none = wilson_interval(0, 0);
    assert_true(none.low == 0 && none.high == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(limits_solve_the_score_equation),
        cmocka_unit_test(ends_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
