/* moves of regions, and agreement of prototypes with moves on tables made by hand */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "data/gridshapes.h"
#include "support/closeness.h"
#include "support/test_memory.h"
#include "training/action_agreement.h"

#define SIDE 8
#define AREA (SIDE * SIDE)

/* values are a few divisions and logarithms from whole numbers */
static void assert_near(const char *what, double found, double wanted)
{
    assert_close_f64(what, &found, &wanted, 1, 1e-12, 0.0);
}

/* ---- tables ---- */

static ActionTable table_of(int codes, const int64_t *counts)
{
    ActionTable table;
    Error error;
    assert_ok(action_table_init(&table, codes, &error), &error);
    memcpy(table.counts, counts, (size_t)codes * ACTION_MOVES * sizeof *counts);
    return table;
}

static ActionAgreement measure(int codes, const int64_t *counts, int *move_of)
{
    ActionTable table = table_of(codes, counts);
    ActionAgreement agreement;
    Error error;
    assert_ok(action_agreement(&agreement, move_of, &table, &error), &error);
    action_table_release(&table);
    return agreement;
}

static void a_permutation_agrees_fully(void **cmocka)
{
    (void)cmocka;
    static const int wanted[] = { MOVE_UP, MOVE_STAY, MOVE_RIGHT, MOVE_DOWN, MOVE_LEFT };
    int64_t counts[5 * ACTION_MOVES] = { 0 };
    int move_of[5];
    for (int code = 0; code < 5; code++)
        counts[code * ACTION_MOVES + wanted[code]] = 10 + code;
    const ActionAgreement agreement = measure(5, counts, move_of);
    assert_memory_equal(move_of, wanted, sizeof wanted);
    assert_int_equal(agreement.steps, 60);
    assert_int_equal(agreement.codes_used, 5);
    assert_near("purity", agreement.purity, 1);
    assert_near("one to one", agreement.one_to_one, 1);
    assert_near("nmi", agreement.nmi, 1);
    assert_near("base", agreement.base, 14.0 / 60);
}

static void chance_does_not_agree(void **cmocka)
{
    (void)cmocka;
    const int64_t counts[] = { 4, 2, 2, 2, 0, 8, 4, 4, 4, 0, 2, 1, 1, 1, 0 };
    int move_of[3];
    const ActionAgreement agreement = measure(3, counts, move_of);
    assert_near("purity", agreement.purity, 0.4);
    assert_near("base", agreement.base, 0.4);
    assert_near("nmi", agreement.nmi, 0);
    assert_near("one to one", agreement.one_to_one, 11.0 / 35); /* 8 right, 2 and 1 elsewhere */
    assert_int_equal(move_of[1], MOVE_RIGHT);
}

/* two prototypes share a move: pure, but only one of them may have it */
static void a_split_move_is_pure_but_not_one_to_one(void **cmocka)
{
    (void)cmocka;
    const int64_t counts[] = { 6, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 8 };
    int move_of[3];
    const ActionAgreement agreement = measure(3, counts, move_of);
    assert_near("purity", agreement.purity, 1);
    assert_near("one to one", agreement.one_to_one, 14.0 / 16);
    /* H(move) = ln 2; H(code) = ln 2 / 2 + 3/8 ln 8/3 + 1/8 ln 8; I = ln 2 */
    const double codes = 0.5 * log(2) + 0.375 * log(8.0 / 3) + 0.125 * log(8);
    assert_near("nmi", agreement.nmi, 2 * log(2) / (log(2) + codes));
    assert_int_equal(move_of[0], MOVE_RIGHT);
    assert_int_equal(move_of[1], -1);
    assert_int_equal(move_of[2], MOVE_STAY);
}

static void one_prototype_for_all_says_nothing(void **cmocka)
{
    (void)cmocka;
    const int64_t counts[] = { 5, 3, 1, 1, 0, 0, 0, 0, 0, 0 };
    int move_of[2];
    const ActionAgreement agreement = measure(2, counts, move_of);
    assert_near("purity", agreement.purity, agreement.base);
    assert_near("nmi", agreement.nmi, 0);
    assert_int_equal(agreement.codes_used, 1);
    assert_int_equal(move_of[1], -1);
}

static void an_empty_table_has_no_shares(void **cmocka)
{
    (void)cmocka;
    const int64_t counts[2 * ACTION_MOVES] = { 0 };
    int move_of[2];
    const ActionAgreement agreement = measure(2, counts, move_of);
    assert_int_equal(agreement.steps, 0);
    assert_true(isnan(agreement.purity) && isnan(agreement.one_to_one) && isnan(agreement.nmi));
    assert_int_equal(move_of[0], -1);
}

static void shares_count_assigned_prototypes_only(void **cmocka)
{
    (void)cmocka;
    const int64_t counts[] = { 3, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 2, 2 };
    ActionTable table = table_of(3, counts);
    assert_near("share", action_table_share(&table, (const int[]){ MOVE_RIGHT, -1, MOVE_UP }),
                5.0 / 8);
    assert_true(isnan(action_table_share(&table, (const int[]){ -1, -1, -1 })));
    ActionTable more = table_of(3, counts);
    action_table_merge(&table, &more);
    assert_int_equal(table.counts[9], 18);
    action_table_release(&more);
    action_table_release(&table);
}

/* ---- moves ---- */

static void moves_have_directions(void **cmocka)
{
    (void)cmocka;
    assert_int_equal(action_move_of(2, 0), MOVE_RIGHT);
    assert_int_equal(action_move_of(-2, 1.9), MOVE_LEFT);
    assert_int_equal(action_move_of(0.3, 1), MOVE_DOWN);
    assert_int_equal(action_move_of(0.9, -1), MOVE_UP);
    assert_int_equal(action_move_of(0.49, -0.49), MOVE_STAY);
    assert_int_equal(action_move_of(1, -1), MOVE_RIGHT);
    for (int action = 0; action < ACTION_MOVES - 1; action++)
        assert_string_equal(action_move_name(action), grid_action_name(action));
}

static void fill(int *labels, int x, int y, int width, int height, int label)
{
    for (int row = y; row < y + height; row++)
        for (int column = x; column < x + width; column++)
            labels[row * SIDE + column] = label;
}

static void regions_move(void **cmocka)
{
    (void)cmocka;
    int first[AREA] = { 0 }, second[AREA] = { 0 };
    double dx = 0, dy = 0;
    fill(first, 1, 2, 3, 3, 1);
    fill(second, 3, 1, 3, 3, 1);
    const Region a = region_of(first, SIDE, SIDE, 1);
    const Region b = region_of(second, SIDE, SIDE, 1);
    const Region none = region_of(second, SIDE, SIDE, 2);
    assert_int_equal(a.pixels, 9);
    assert_near("x", a.x, 2.5);
    assert_near("y", a.y, 3.5);
    assert_false(a.at_border);
    assert_true(region_step(&dx, &dy, &a, &b));
    assert_near("dx", dx, 2);
    assert_near("dy", dy, -1);
    assert_false(region_step(&dx, &dy, &a, &none));
    assert_true(isnan(none.x));
    fill(second, 5, 1, 3, 3, 2); /* comes before a part of it, and reaches the border */
    const Region covered = region_of(second, SIDE, SIDE, 1);
    assert_int_equal(covered.pixels, 6);
    assert_false(region_step(&dx, &dy, &a, &covered));
    assert_true(region_of(second, SIDE, SIDE, 2).at_border);
}

/* labels of GridShapes tell its positions' differences wherever both pictures show the whole shape */
static void regions_tell_what_gridshapes_did(void **cmocka)
{
    (void)cmocka;
    enum { FRAMES = 40, OBJECTS = 2 };
    const int area = GRID_SIDE * GRID_SIDE;
    int labels[2][GRID_SIDE * GRID_SIDE], steps = 0, wrong = 0;
    GridSequence sequence;
    Error error;
    assert_ok(grid_sequence_init(&sequence, OBJECTS, FRAMES, &error), &error);
    for (uint32_t seed = 0; seed < 5; seed++) {
        grid_sequence_generate(&sequence, seed);
        for (int t = 1; t < FRAMES; t++) {
            for (int k = 0; k < 2; k++)
                for (int i = 0; i < area; i++)
                    labels[k][i] = sequence.labels[(t - 1 + k) * area + i];
            for (int object = 0; object < OBJECTS; object++) {
                const Region a = region_of(labels[0], GRID_SIDE, GRID_SIDE, object + 1);
                const Region b = region_of(labels[1], GRID_SIDE, GRID_SIDE, object + 1);
                const GridPair from = sequence.position[(t - 1) * OBJECTS + object];
                const GridPair to = sequence.position[t * OBJECTS + object];
                double dx, dy;
                if (!region_step(&dx, &dy, &a, &b)) continue;
                steps++;
                wrong += action_move_of(dx, dy) != action_move_of(to.x - from.x, to.y - from.y);
            }
        }
    }
    grid_sequence_release(&sequence);
    assert_in_range(steps, 300, 5 * (FRAMES - 1) * OBJECTS);
    assert_in_range(wrong, 0, steps / 100); /* covered a little, in both pictures */
}

static void a_table_without_prototypes_is_refused(void **cmocka)
{
    (void)cmocka;
    ActionTable table;
    Error error;
    assert_error(action_table_init(&table, 0, &error), &error, ERR_ARGUMENT, "0 prototypes");
}

static Status all_of_it(void *user, Error *error)
{
    int move_of[3];
    ActionTable table = { 0 };
    ActionAgreement agreement;
    (void)user;
    Status status = action_table_init(&table, 3, error);
    if (!status) status = action_agreement(&agreement, move_of, &table, error);
    action_table_release(&table);
    return status;
}

static void running_out_of_memory_is_an_error(void **cmocka)
{
    (void)cmocka;
    assert_true(fail_each_allocation(all_of_it, NULL, 1) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_permutation_agrees_fully),
        cmocka_unit_test(chance_does_not_agree),
        cmocka_unit_test(a_split_move_is_pure_but_not_one_to_one),
        cmocka_unit_test(one_prototype_for_all_says_nothing),
        cmocka_unit_test(an_empty_table_has_no_shares),
        cmocka_unit_test(shares_count_assigned_prototypes_only),
        cmocka_unit_test(moves_have_directions),
        cmocka_unit_test(regions_move),
        cmocka_unit_test(regions_tell_what_gridshapes_did),
        cmocka_unit_test(a_table_without_prototypes_is_refused),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
