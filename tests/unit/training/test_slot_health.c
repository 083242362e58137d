/* slot health on masks made by hand: shares, decidedness, slots that move and slots that swap */
#include "training/slot_health.h"

#include <math.h>
#include <string.h>

#include "support/test.h"

#define SLOTS  3
#define SIDE   10
#define PIXELS (SIDE * SIDE)
#define FRAMES 4

static real masks[FRAMES][SLOTS][PIXELS];

/* slot 0 everywhere but for a square of 3 x 3 at (x, 2), which `owner` has */
static void draw(int t, int owner, int x)
{
    for (int i = 0; i < PIXELS; i++) {
        const int column = i % SIDE, row = i / SIDE;
        const bool inside = row >= 2 && row < 5 && column >= x && column < x + 3;
        for (int n = 0; n < SLOTS; n++)
            masks[t][n][i] = (n == (inside ? owner : 0)) ? 1 : 0;
    }
}

static SlotHealth health_of(int frames)
{
    SlotHealthSums sums;
    Error error;
    assert_ok(slot_health_init(&sums, SLOTS, PIXELS, &error), &error);
    slot_health_add(&sums, &masks[0][0][0], frames, PIXELS);
    const SlotHealth health = slot_health_mean(&sums);
    slot_health_release(&sums);
    return health;
}

static void shares_are_areas(void **state)
{
    (void)state;
    for (int t = 0; t < FRAMES; t++)
        draw(t, 1, t);
    const SlotHealth health = health_of(FRAMES);
    const double entropy = -0.91 * log(0.91) - 0.09 * log(0.09);
    assert_true(fabs(health.share[0] - 0.91) < 1e-12 && fabs(health.share[1] - 0.09) < 1e-12);
    assert_true(health.share[2] == 0);
    assert_true(fabs(health.use - exp(entropy) / SLOTS) < 1e-12);
    assert_true(health.entropy == 0);
    assert_true(fabs(slot_health_used(&health) - 2.0 / 3) < 1e-12);
}

/* a square that moves by one column keeps its slot; one that changes owners does not, nor does its new owner */
static void swaps_are_told_from_motion(void **state)
{
    (void)state;
    for (int t = 0; t < FRAMES; t++)
        draw(t, 1, t);
    assert_true(health_of(FRAMES).swaps == 0);
    for (int t = 0; t < FRAMES; t++)
        draw(t, 1 + t % 2, t);
    /* of two slots alive in each frame the square's goes over to the other */
    assert_true(fabs(health_of(FRAMES).swaps - 0.5) < 1e-12);
    assert_true(health_of(1).swaps == 0);
}

static void undecided_masks_have_entropy_one(void **state)
{
    (void)state;
    for (int i = 0; i < SLOTS * PIXELS; i++)
        (&masks[0][0][0])[i] = (real)1 / SLOTS;
    const SlotHealth health = health_of(1);
    assert_true(fabs(health.entropy - 1) < 1e-6 && fabs(health.use - 1) < 1e-6);
}

static void clips_are_merged_like_added(void **state)
{
    (void)state;
    SlotHealthSums both, one, total = { .slots = SLOTS };
    Error error;
    assert_ok(slot_health_init(&both, SLOTS, PIXELS, &error), &error);
    assert_ok(slot_health_init(&one, SLOTS, PIXELS, &error), &error);
    for (int clip = 0; clip < 2; clip++) {
        draw(0, 1, clip);
        draw(1, 1 + clip, clip);
        slot_health_add(&both, &masks[0][0][0], 2, PIXELS);
        slot_health_reset(&one);
        slot_health_add(&one, &masks[0][0][0], 2, PIXELS);
        slot_health_merge(&total, &one);
    }
    const SlotHealth added = slot_health_mean(&both), merged = slot_health_mean(&total);
    assert_true(added.swaps == merged.swaps && added.swaps == 0.25);
    for (int n = 0; n < SLOTS; n++)
        assert_true(fabs(added.share[n] - merged.share[n]) < 1e-12);
    slot_health_release(&one);
    slot_health_release(&both);
}

static void expect_warning(const SlotHealth *health, const char *wanted)
{
    char text[200];
    slot_health_warning(text, sizeof text, health);
    if (!wanted[0]) assert_string_equal(text, "");
    assert_contains(text, wanted);
}

static void warnings_say_what_is_wrong(void **state)
{
    (void)state;
    SlotHealth health = { .slots = 3, .share = { 0.6, 0.3, 0.1 } };
    char line[20];
    expect_warning(&health, "");
    health.swaps = 0.2;
    expect_warning(&health, "slots swap objects (20.0 %");
    health = (SlotHealth){ .slots = 3, .share = { 0.02, 0.979, 0.001 } };
    expect_warning(&health, "slot 1 takes all (share 0.979); slot 2 is dead (share 0.0010)");
    assert_true(slot_health_used(&health) == 0);
    health = (SlotHealth){ .slots = 1, .share = { 1 } };
    expect_warning(&health, ""); /* there is nobody to share with */
    slot_health_format(line, sizeof line, &health);
    assert_string_equal(line, "share 1.000, use 0.");
    memset(line, 'x', sizeof line);
    health.share[0] = 0;
    slot_health_warning(line, sizeof line, &health);
    assert_int_equal(strlen(line), sizeof line - 1);
}

static void impossible_numbers_of_slots_are_refused(void **state)
{
    (void)state;
    SlotHealthSums sums;
    Error error;
    assert_error(slot_health_init(&sums, 0, 4, &error), &error, ERR_ARGUMENT, "0 slots");
    assert_error(slot_health_init(&sums, SLOT_HEALTH_SLOTS_MAX + 1, 4, &error), &error,
                 ERR_ARGUMENT, "expected 1 to 256");
    slot_health_release(&sums);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_areas),
        cmocka_unit_test(swaps_are_told_from_motion),
        cmocka_unit_test(undecided_masks_have_entropy_one),
        cmocka_unit_test(clips_are_merged_like_added),
        cmocka_unit_test(warnings_say_what_is_wrong),
        cmocka_unit_test(impossible_numbers_of_slots_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
