#include "support/test.h"

#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "support/test_memory.h"

static void blocks_are_zeroed_and_aligned(void **state)
{
    (void)state;
    Error error;
    for (size_t count = 0; count < 300; count += 7) {
        unsigned char *bytes = NULL;
        assert_ok(memory_new_array(&bytes, count, &error), &error);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % 64, 0);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 255, count);
        memory_free(bytes);
    }
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    Error error;
    double *values = (double *)&error;
    assert_error(memory_new_array(&values, SIZE_MAX / 4, &error), &error, ERR_MEMORY, "too many");
    assert_null(values);
    assert_error(memory_alloc(&values, (size_t)PTRDIFF_MAX + 1, 1, &error), &error, ERR_MEMORY,
                 "too many");
    size_t out = 7;
    assert_false(size_mul(SIZE_MAX, 2, &out));
    assert_false(size_add(SIZE_MAX, 1, &out));
    assert_int_equal(out, 7);
    assert_true(size_mul(SIZE_MAX, 0, &out));
    assert_int_equal(out, 0);
    assert_true(size_add(SIZE_MAX, 0, &out));
    assert_true(out == SIZE_MAX);
}

static void growing_keeps_old_elements_and_zeroes_new_ones(void **state)
{
    (void)state;
    Error error;
    int *values = NULL;
    assert_ok(memory_grow(&values, 0, 3, sizeof *values, &error), &error);
    for (int i = 0; i < 3; i++)
        values[i] = i + 1;
    assert_ok(memory_grow(&values, 3, 100, sizeof *values, &error), &error);
    for (int i = 0; i < 100; i++)
        assert_int_equal(values[i], i < 3 ? i + 1 : 0);
    int *before = values;
    assert_error(memory_grow(&values, 100, SIZE_MAX, sizeof *values, &error), &error, ERR_MEMORY,
                 "too many");
    assert_ptr_equal(values, before);
    memory_free(values);
}

static Status make_strings(void *user, Error *error)
{
    (void)user;
    char *copy = NULL, *text = NULL;
    Status status = string_copy(&copy, "slots", error);
    if (!status) status = string_format(&text, error, "%s-%03d", copy, 7);
    if (!status && strcmp(text, "slots-007") != 0) status = error_set(error, ERR_FORMAT, "wrong");
    memory_free(copy);
    memory_free(text);
    return status;
}

static void strings_survive_every_failure(void **state)
{
    (void)state;
    assert_int_equal(fail_each_allocation(make_strings, NULL, 1), 2);
}

static Status fill_arena(void *user, Error *error)
{
    (void)user;
    Arena arena = { 0 };
    Status status = OK;
    for (int i = 0; i < 40 && !status; i++) {
        char *block = NULL;
        status = arena_push(&arena, &block, 10000, error);
        if (!status) memset(block, i, 10000);
    }
    arena_release(&arena);
    return status;
}

static void arenas_survive_every_failure(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(fill_arena, NULL, 1) >= 10);
}

static void arena_blocks_do_not_overlap_and_start_zeroed(void **state)
{
    (void)state;
    Error error;
    Arena arena = { 0 };
    unsigned char *blocks[200];
    for (int i = 0; i < 200; i++) {
        const size_t count = (size_t)i * 97 % 3000;
        assert_ok(arena_push(&arena, &blocks[i], count, &error), &error);
        assert_int_equal((uintptr_t)blocks[i] % 64, 0);
        for (size_t k = 0; k < count; k++)
            assert_int_equal(blocks[i][k], 0);
        memset(blocks[i], i + 1, count);
    }
    for (int i = 0; i < 200; i++)
        for (size_t k = 0; k < (size_t)i * 97 % 3000; k++)
            assert_int_equal(blocks[i][k], (i + 1) & 255);
    arena_release(&arena);
    arena_release(&arena);
}

static void rewinding_gives_the_same_room_again_zeroed(void **state)
{
    (void)state;
    Error error;
    Arena arena = { 0 };
    const ArenaMark empty = arena_mark(&arena);
    const char *kept = arena_string(&arena, "kept");
    const ArenaMark mark = arena_mark(&arena);
    unsigned char *first = NULL, *again = NULL, *large = NULL;
    assert_ok(arena_push(&arena, &first, 100, &error), &error);
    memset(first, 9, 100);
    assert_ok(arena_push(&arena, &large, 1000000, &error), &error);
    arena_rewind(&arena, mark);
    assert_ok(arena_push(&arena, &again, 100, &error), &error);
    assert_ptr_equal(first, again);
    assert_int_equal(again[50], 0);
    assert_string_equal(kept, "kept");
    arena_rewind(&arena, empty);
    assert_null(arena.head);
    arena_release(&arena);
}

static void a_rewound_arena_allocates_nothing_new(void **state)
{
    (void)state;
    Error error;
    Arena arena = { 0 };
    float *block = NULL;
    assert_ok(arena_push(&arena, &block, 1000, &error), &error);
    count_allocations_start();
    for (int i = 0; i < 1000; i++) {
        const ArenaMark mark = arena_mark(&arena);
        assert_ok(arena_push(&arena, &block, 2000, &error), &error);
        arena_rewind(&arena, mark);
    }
    assert_int_equal(count_allocations_stop(), 0);
    arena_release(&arena);
}

static void absurd_arena_requests_are_refused(void **state)
{
    (void)state;
    Error error;
    Arena arena = { 0 };
    double *values = NULL;
    assert_error(arena_push(&arena, &values, SIZE_MAX / 8, &error), &error, ERR_MEMORY, "too many");
    assert_null(values);
    assert_null(arena.head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_and_aligned),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(growing_keeps_old_elements_and_zeroes_new_ones),
        cmocka_unit_test(strings_survive_every_failure),
        cmocka_unit_test(arenas_survive_every_failure),
        cmocka_unit_test(arena_blocks_do_not_overlap_and_start_zeroed),
        cmocka_unit_test(rewinding_gives_the_same_room_again_zeroed),
        cmocka_unit_test(a_rewound_arena_allocates_nothing_new),
        cmocka_unit_test(absurd_arena_requests_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
