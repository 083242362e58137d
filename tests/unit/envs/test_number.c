/* Scalars that remember whether upstream keeps them in float32. */
#include "support/test.h"

#include "base/rng.h"
#include "envs/number.h"
#include "envs/reward.h"

static void two_floats_give_what_float_gives(void **state)
{
    (void)state;
    Rng rng = rng_stream(1, "test-number", 0);
    for (int i = 0; i < 2000; i++) {
        const float x = (float)rng_range(&rng, 0, 1), y = (float)rng_range(&rng, 0.01, 1);
        const Number a = number_single(x), b = number_single(y);
        assert_true(number_add(a, b).value == (double)(x + y));
        assert_true(number_subtract(a, b).value == (double)(x - y));
        assert_true(number_multiply(a, b).value == (double)(x * y));
        assert_true(number_divide(a, b).value == (double)(x / y));
        const float denominator = x + y - x * y;
        assert_true(number_hamacher(a, b).value == (double)(x * y / denominator));
        assert_int_equal(number_hamacher(a, b).kind, NUMBER_SINGLE);
    }
}

static void a_plain_number_gives_way_to_float(void **state)
{
    (void)state;
    const Number sum = number_add(number_plain(0.1), number_single(0.2f));
    assert_int_equal(sum.kind, NUMBER_SINGLE);
    assert_true(sum.value == (double)(0.1f + 0.2f));
    assert_true(number_add(number_plain(0.1), number_plain(0.2)).value == 0.1 + 0.2);
    assert_true(number_affine(number_single(0.3f), 2, 0.1).value == (double)(2.0f * 0.3f + 0.1f));
    assert_true(number_affine(number_plain(0.3), 2, 0.1).value == 2 * 0.3 + 0.1);
}

static void a_wide_number_stays_double(void **state)
{
    (void)state;
    const Number product = number_multiply(number_single(0.2f), number_wide(0.1));
    assert_int_equal(product.kind, NUMBER_WIDE);
    assert_true(product.value == (double)0.2f * 0.1);
    assert_int_equal(number_add(number_plain(1), number_wide(2)).kind, NUMBER_WIDE);
}

static void plain_products_are_those_of_double(void **state)
{
    (void)state;
    for (int i = 0; i <= 10; i++)
        for (int k = 0; k <= 10; k++) {
            const double a = i / 10.0, b = k / 10.0;
            const Number product = number_hamacher(number_plain(a), number_plain(b));
            assert_true(product.value == hamacher_product(a, b));
        }
    assert_true(number_hamacher(number_single(0), number_single(0)).value == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_floats_give_what_float_gives),
        cmocka_unit_test(a_plain_number_gives_way_to_float),
        cmocka_unit_test(a_wide_number_stays_double),
        cmocka_unit_test(plain_products_are_those_of_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
