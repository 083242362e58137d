/* choice of a seed: order, equals, what could not be measured, and the way through JSON */
#include "support/test.h"

#include <math.h>

#include "commands/seed_choice.h"

#define NONE ((double)NAN)

static SeedChoice choice_of(const double *values, int count, double enough)
{
    SeedChoice choice = { .count = count, .enough = enough };
    for (int i = 0; i < count; i++)
        choice.scores[i] =
            (SeedScore){ .seed = 10 + i, .slot_iou = values[i], .fg_ari = values[i], .psnr = NONE };
    return choice;
}

static int best_of(const double *values, int count)
{
    const SeedChoice choice = choice_of(values, count, 1);
    return seed_choice_best(&choice);
}

static void the_highest_overlap_is_chosen(void **state)
{
    (void)state;
    static const double rising[] = { 0.2, 0.5, 0.7 }, equal[] = { 0.5, 0.5 };
    static const double falling[] = { 0.9, 0.5, NONE };
    assert_int_equal(best_of(rising, 3), 2);
    assert_int_equal(best_of(equal, 2), 0);
    assert_int_equal(best_of(falling, 3), 0);
    assert_int_equal(best_of(rising, 0), -1);
}

static void what_was_not_measured_is_not_chosen(void **state)
{
    (void)state;
    static const double gaps[] = { NONE, 0.0, NONE }, nothing[] = { NONE, NONE };
    assert_int_equal(best_of(gaps, 3), 1);
    assert_int_equal(best_of(nothing, 2), 0);
}

/* without labels: reconstruction, slots used, decided pixels, slots kept; with labels none of them counts */
static void without_labels_the_slots_themselves_decide(void **state)
{
    (void)state;
    const SeedScore good = {
        .slot_iou = NONE, .fg_ari = NONE, .psnr = 28, .used = 1, .entropy = 0.2
    };
    SeedScore worse[4] = { good, good, good, good }, labelled = good, best = good;
    assert_true(fabs(seed_score_value(&good) - (0.7 + 1 + 0.8 + 1) / 4) < 1e-12);
    worse[0].psnr = 20;
    worse[1].used = 0;
    worse[2].entropy = 0.7;
    worse[3].swaps = 0.3;
    for (int i = 0; i < 4; i++)
        assert_true(seed_score_value(&worse[i]) < seed_score_value(&good) - 0.04);
    best.psnr = 50;
    best.entropy = 0;
    assert_true(seed_score_value(&best) == 1);
    labelled.slot_iou = 0.4;
    labelled.fg_ari = 0.6;
    assert_true(seed_score_value(&labelled) == 0.5);
}

static bool enough(const double *values, int count, double limit)
{
    const SeedChoice choice = choice_of(values, count, limit);
    return seed_choice_is_enough(&choice);
}

static void the_last_seed_decides_whether_to_go_on(void **state)
{
    (void)state;
    static const double values[] = { 0.3, 0.75, NONE };
    assert_false(enough(values, 0, 0));
    assert_false(enough(values, 1, 0.75));
    assert_true(enough(values, 2, 0.75));
    assert_false(enough(values, 3, 0));
}

static void scores_go_through_json(void **state)
{
    (void)state;
    const SeedScore score = { .seed = 7,
                              .slot_iou = 0.123456,
                              .fg_ari = NONE,
                              .psnr = 30.5,
                              .used = 0.75,
                              .entropy = 0.25,
                              .swaps = 0.125 };
    Json *json = NULL;
    Error error;
    assert_ok(seed_score_json(&json, &score, &error), &error);
    const SeedScore read = seed_score_read(json);
    assert_int_equal(read.seed, 7);
    assert_true(read.slot_iou == 0.12346 && isnan(read.fg_ari) && read.psnr == 30.5);
    assert_true(read.used == 0.75 && read.entropy == 0.25 && read.swaps == 0.125);
    json_destroy(json);
    assert_true(isnan(seed_score_read(NULL).slot_iou));
}

static void the_choice_is_stored_with_every_score(void **state)
{
    (void)state;
    static const double values[] = { 0.3, 0.8, 0.5 };
    const SeedChoice choice = choice_of(values, 3, 0.75);
    Json *json = json_object();
    Error error;
    assert_ok(seed_choice_store(json, &choice, &error), &error);
    assert_int_equal((int)json_as_number(json_get(json, "savi_seed"), -1), 11);
    const Json *list = json_get(json, "savi_seeds");
    assert_int_equal(json_count(list), 3);
    for (int i = 0; i < 3; i++) {
        const SeedScore read = seed_score_read(json_at(list, i));
        assert_int_equal(read.seed, 10 + i);
        assert_true(read.slot_iou == values[i]);
    }
    json_destroy(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_overlap_is_chosen),
        cmocka_unit_test(what_was_not_measured_is_not_chosen),
        cmocka_unit_test(without_labels_the_slots_themselves_decide),
        cmocka_unit_test(the_last_seed_decides_whether_to_go_on),
        cmocka_unit_test(scores_go_through_json),
        cmocka_unit_test(the_choice_is_stored_with_every_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
