#include "training/code_guard.h"

#include <string.h>

#include "support/test.h"

enum { K = 4, A = 2 };

typedef struct Fixture {
    ParamStore *store;
    Codebook book;
    CodeGuard guard;
} Fixture;

static void fixture_init(Fixture *fixture, CodeGuardMode mode)
{
    Error error = { 0 };
    assert_ok(params_create(&fixture->store, &error), &error);
    const Scope scope = scope_root(fixture->store, "quantizer", INIT_RULE_LIBRARY);
    fixture->book = codebook_init(&scope, K, A, true);
    assert_ok(params_allocate(fixture->store, &error), &error);
    params_initialize(fixture->store, 1);
    assert_ok(code_guard_init(&fixture->guard, &fixture->book, mode, &error), &error);
}

static void fixture_release(Fixture *fixture)
{
    code_guard_release(&fixture->guard);
    params_destroy(fixture->store);
}

/* two micro-batches whose vectors chose the codes 1 and 3 */
static const real z0[] = { 1, 2, 3, 4, 5, 6 };
static const real z1[] = { 7, 8, 9, 10, 11, 12 };
static const real i0[] = { 1, 3, 1 };
static const real i1[] = { 3, 3, 1 };
static const CodebookBatch parts[] = { { z0, i0, 3, 1 }, { z1, i1, 3, 1 } };

static void step(Fixture *fixture, real *codes, real *count)
{
    code_guard_after_step(&fixture->guard, fixture->store, parts, 2, 7, 3);
    memcpy(codes, params_value(fixture->store, fixture->book.codes), K * A * sizeof *codes);
    memcpy(count, params_value(fixture->store, fixture->book.count), K * sizeof *count);
}

static void compare(CodeGuardMode mode)
{
    Fixture plain, guarded;
    real codes[K * A], other[K * A], before[K * A];
    real count[K], other_count[K];
    fixture_init(&plain, CODE_GUARD_REFERENCE);
    fixture_init(&guarded, mode);
    memcpy(before, params_value(guarded.store, guarded.book.codes), sizeof before);
    step(&plain, codes, count);
    step(&guarded, other, other_count);
    for (int k = 0; k < K; k++) {
        const bool used = k == 1 || k == 3;
        bool is_vector = false;
        for (int i = 0; i < 3; i++)
            is_vector = is_vector || !memcmp(other + k * A, z0 + i * A, A * sizeof(real)) ||
                        !memcmp(other + k * A, z1 + i * A, A * sizeof(real));
        if (used) {
            assert_memory_equal(other + k * A, codes + k * A, A * sizeof(real));
            assert_true(other_count[k] == count[k]);
        } else if (mode == CODE_GUARD_KEEP) {
            assert_memory_equal(other + k * A, before + k * A, A * sizeof(real));
            assert_memory_not_equal(codes + k * A, before + k * A, A * sizeof(real));
        } else {
            assert_true(is_vector);
            assert_true(other_count[k] == 1);
        }
    }
    fixture_release(&plain);
    fixture_release(&guarded);
}

static void unused_codes_stay(void **state)
{
    (void)state;
    compare(CODE_GUARD_KEEP);
}

static void unused_codes_restart(void **state)
{
    (void)state;
    compare(CODE_GUARD_RESTART);
}

/* a book trained by gradients is none of its business */
static void gradient_book(void **state)
{
    (void)state;
    Error error = { 0 };
    Fixture fixture;
    assert_ok(params_create(&fixture.store, &error), &error);
    const Scope scope = scope_root(fixture.store, "quantizer", INIT_RULE_LIBRARY);
    fixture.book = codebook_init(&scope, K, A, false);
    assert_ok(params_allocate(fixture.store, &error), &error);
    params_initialize(fixture.store, 1);
    assert_ok(code_guard_init(&fixture.guard, &fixture.book, CODE_GUARD_RESTART, &error), &error);
    real before[K * A];
    memcpy(before, params_value(fixture.store, fixture.book.codes), sizeof before);
    code_guard_after_step(&fixture.guard, fixture.store, parts, 2, 7, 3);
    assert_memory_equal(params_value(fixture.store, fixture.book.codes), before, sizeof before);
    fixture_release(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unused_codes_stay),
        cmocka_unit_test(unused_codes_restart),
        cmocka_unit_test(gradient_book),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
