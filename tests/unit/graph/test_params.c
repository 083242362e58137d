#include "support/test.h"

#include <math.h>
#include <string.h>

#include "graph/params.h"

static ParamStore *store_of(Shape shape, InitKind kind, double scale)
{
    Error error = { OK, "" };
    ParamStore *store;
    assert_ok(params_create(&store, &error), &error);
    params_declare(store, "first", SHAPE(3), (Init){ INIT_ONE, 0 });
    params_declare(store, "weight", shape, (Init){ kind, scale });
    assert_ok(params_allocate(store, &error), &error);
    params_initialize(store, 11);
    return store;
}

static void declaration_errors_are_kept(void **state)
{
    (void)state;
    Error error = { OK, "" };
    ParamStore *store;
    assert_ok(params_create(&store, &error), &error);
    assert_int_equal(params_declare(store, "a", SHAPE(2), (Init){ INIT_ZERO, 0 }), 0);
    assert_int_equal(params_declare(store, "a", SHAPE(2), (Init){ INIT_ZERO, 0 }), -1);
    params_declare(store, "b", SHAPE(0), (Init){ INIT_ZERO, 0 });
    assert_error(params_allocate(store, &error), &error, ERR_ARGUMENT, "'a' was declared twice");
    params_destroy(store);
}

static void late_declarations_are_refused(void **state)
{
    (void)state;
    Error error = { OK, "" };
    ParamStore *store = store_of(SHAPE(2), INIT_ZERO, 0);
    assert_int_equal(params_declare(store, "late", SHAPE(2), (Init){ INIT_ZERO, 0 }), -1);
    assert_error(params_allocate(store, &error), &error, ERR_ARGUMENT, "after allocation");
    params_destroy(store);
}

static void values_lie_in_order(void **state)
{
    (void)state;
    ParamStore *store = store_of(SHAPE(2, 4), INIT_NORMAL, 1);
    assert_int_equal(params_total(store), 11);
    assert_ptr_equal(params_value(store, 1), params_values(store) + 3);
    assert_int_equal(params_find(store, "weight"), 1);
    assert_int_equal(params_find(store, "weigh"), -1);
    params_destroy(store);
}

static void xavier_uses_both_fans(void **state)
{
    (void)state;
    ParamStore *store = store_of(SHAPE(20, 30, 3, 3), INIT_XAVIER, 0);
    const double bound = sqrt(6.0 / (50 * 9));
    double top = 0;
    for (int i = 0; i < 5400; i++)
        top = fmax(top, fabs((double)params_value(store, 1)[i]));
    assert_true(top <= bound * (1 + 1e-6) && top > 0.99 * bound);
    params_destroy(store);
}

/* largest deviation of V V^T from the identity, V's rows or columns */
static double orthogonality(const real *v, int count, int step, int length, int stride)
{
    double worst = 0;
    for (int a = 0; a < count; a++)
        for (int b = 0; b < count; b++) {
            double dot = a == b ? -1 : 0;
            for (int i = 0; i < length; i++)
                dot += (double)v[a * step + i * stride] * (double)v[b * step + i * stride];
            worst = fmax(worst, fabs(dot));
        }
    return worst;
}

static void orthogonal_is_orthogonal(void **state)
{
    (void)state;
    ParamStore *tall = store_of(SHAPE(12, 5), INIT_ORTHOGONAL, 1);
    ParamStore *wide = store_of(SHAPE(5, 12), INIT_ORTHOGONAL, 1);
    /* float values: rounding at 1e-7 over sums of 12 */
    assert_true(orthogonality(params_value(tall, 1), 5, 1, 12, 5) < 1e-6);
    assert_true(orthogonality(params_value(wide, 1), 5, 12, 12, 1) < 1e-6);
    params_destroy(tall);
    params_destroy(wide);
}

static void a_name_decides_its_numbers(void **state)
{
    (void)state;
    Error error = { OK, "" };
    ParamStore *one = store_of(SHAPE(4), INIT_NORMAL, 1), *other;
    assert_ok(params_create(&other, &error), &error);
    params_declare(other, "weight", SHAPE(4), (Init){ INIT_NORMAL, 1 });
    assert_ok(params_allocate(other, &error), &error);
    params_initialize(other, 11);
    assert_memory_equal(params_value(one, 1), params_value(other, 0), 4 * sizeof(real));
    params_destroy(one);
    params_destroy(other);
}

static void freezing_goes_by_prefix(void **state)
{
    (void)state;
    ParamStore *store = store_of(SHAPE(4), INIT_NORMAL, 1);
    params_freeze(store, "we", true);
    assert_false(params_at(store, 0)->is_frozen);
    assert_true(params_at(store, 1)->is_frozen);
    params_freeze(store, "", false);
    assert_false(params_at(store, 1)->is_frozen);
    params_destroy(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(declaration_errors_are_kept),
        cmocka_unit_test(late_declarations_are_refused),
        cmocka_unit_test(values_lie_in_order),
        cmocka_unit_test(xavier_uses_both_fans),
        cmocka_unit_test(orthogonal_is_orthogonal),
        cmocka_unit_test(a_name_decides_its_numbers),
        cmocka_unit_test(freezing_goes_by_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
