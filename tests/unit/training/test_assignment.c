/* the best assignment against all permutations, rectangles, ties, errors, running out of memory */
#include "support/test.h"

#include <math.h>

#include "base/rng.h"
#include "training/assignment.h"

#define MOST 6

static void assert_assigned(const double *gain, int rows, int columns, const int *wanted)
{
    int found[MOST];
    Error error;
    assert_ok(assignment_best(found, gain, rows, columns, &error), &error);
    for (int row = 0; row < rows; row++)
        assert_int_equal(found[row], wanted[row]);
}

static void small_tables_by_hand(void **cmocka)
{
    (void)cmocka;
    /* greedy would take 9 and be left with 1 */
    assert_assigned((const double[]){ 9, 8, 8, 1 }, 2, 2, (const int[]){ 1, 0 });
    assert_assigned((const double[]){ -5 }, 1, 1, (const int[]){ 0 });
    assert_assigned((const double[]){ 1, 2, 3 }, 1, 3, (const int[]){ 2 });
    assert_assigned((const double[]){ 1, 3, 2 }, 3, 1, (const int[]){ -1, 0, -1 });
    assert_assigned((const double[]){ 0, 4, 3, 0, 0, 5 }, 2, 3, (const int[]){ 1, 2 });
    assert_assigned((const double[]){ 1, 2, 3, 6, 5, 1 }, 3, 2, (const int[]){ -1, 1, 0 });
}

typedef struct Trial {
    const double *gain;
    int rows, columns;
    double best;
} Trial;

/* every way to give the rows from `row` on columns that are not taken */
static void try_all(Trial *trial, int row, unsigned taken, int given, double sum)
{
    const int most = trial->rows < trial->columns ? trial->rows : trial->columns;
    if (row == trial->rows) {
        if (given == most && sum > trial->best) trial->best = sum;
        return;
    }
    try_all(trial, row + 1, taken, given, sum);
    for (int column = 0; column < trial->columns; column++)
        if (!(taken >> column & 1))
            try_all(trial, row + 1, taken | 1u << column, given + 1,
                    sum + trial->gain[row * trial->columns + column]);
}

static void check_against_all(const double *gain, int rows, int columns)
{
    Trial trial = { gain, rows, columns, -(double)INFINITY };
    int found[MOST];
    unsigned taken = 0;
    double sum = 0;
    Error error;
    assert_ok(assignment_best(found, gain, rows, columns, &error), &error);
    for (int row = 0; row < rows; row++) {
        if (found[row] < 0) continue;
        assert_in_range(found[row], 0, columns - 1);
        assert_false(taken >> found[row] & 1);
        taken |= 1u << found[row];
        sum += gain[row * columns + found[row]];
    }
    try_all(&trial, 0, 0, 0, 0);
    assert_true(sum == trial.best); /* small whole numbers: sums are exact */
}

static void random_tables_against_all_ways(void **cmocka)
{
    (void)cmocka;
    for (int i = 0; i < 600; i++) {
        Rng rng = rng_stream(7, "assignment", (uint64_t)i);
        const int rows = 1 + (int)(rng_uniform(&rng) * MOST);
        const int columns = 1 + (int)(rng_uniform(&rng) * MOST);
        double gain[MOST * MOST];
        for (int k = 0; k < rows * columns; k++)
            gain[k] = floor(rng_uniform(&rng) * 12) - 4; /* many ties */
        check_against_all(gain, rows, columns);
    }
}

static void bad_tables_are_refused(void **cmocka)
{
    (void)cmocka;
    int found[2] = { 5, 5 };
    Error error;
    assert_error(assignment_best(found, (const double[]){ 1, (double)NAN, 0, 0 }, 2, 2, &error),
                 &error, ERR_ARGUMENT, "row 0 and column 1 is nan");
    assert_int_equal(found[0], -1);
    assert_int_equal(found[1], -1);
    assert_error(assignment_best(found, NULL, 2, 0, &error), &error, ERR_ARGUMENT,
                 "2 rows and 0 columns");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_tables_by_hand),
        cmocka_unit_test(random_tables_against_all_ways),
        cmocka_unit_test(bad_tables_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
