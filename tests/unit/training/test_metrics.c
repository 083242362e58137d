#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/safetensors.h"
#include "support/closeness.h"
#include "support/temp_folder.h"
#include "training/metrics.h"

static Safetensors *open_fixture(const char *name)
{
    Error error = { 0 };
    Safetensors *file;
    TempFolder folder = { { 0 } };
    strncpy(folder.path, test_data_folder(), sizeof folder.path - 1);
    assert_ok(safetensors_open(&file, temp_path(&folder, name), &error), &error);
    return file;
}

/* A tensor's values as real, fresh (memory_free). */
static real *values_of(const Safetensors *file, const char *name, int64_t count)
{
    Error error = { 0 };
    double *wide;
    real *values;
    const TensorView *view = safetensors_find(file, name);
    if (!view) fail_msg("no tensor %s", name);
    assert_ok(memory_new_array(&wide, (size_t)count, &error), &error);
    assert_ok(memory_new_array(&values, (size_t)count, &error), &error);
    assert_ok(tensor_view_read_f64(view, wide, count, &error), &error);
    for (int64_t i = 0; i < count; i++)
        values[i] = (real)wide[i];
    memory_free(wide);
    return values;
}

static void assert_near(const char *what, double found, double wanted, double tolerance)
{
    assert_close_f64(what, &found, &wanted, 1, tolerance, 0.0);
}

#define SEQUENCES 2
#define FRAMES    3
#define HEIGHT    24
#define WIDTH     20
#define PICTURE   (3 * HEIGHT * WIDTH)
#define ALL       (SEQUENCES * FRAMES * PICTURE)

/* Tolerances of the fixtures: PSNR 1e-3 dB, SSIM 1e-4. */
static const double tolerances[2] = { 1e-3, 1e-4 };

static void check_case(const Safetensors *file, const char *name, const char *inputs,
                       bool identical)
{
    static const char *const measures[2] = { "psnr", "ssim" };
    Error error = { 0 };
    char text[64];
    snprintf(text, sizeof text, "in.%s.preds", inputs);
    real *predictions = values_of(file, text, ALL);
    snprintf(text, sizeof text, identical ? "in.%s.preds" : "in.%s.targets", inputs);
    real *targets = values_of(file, text, ALL);
    for (int m = 0; m < 2; m++) {
        real found[SEQUENCES * FRAMES], framewise[FRAMES];
        snprintf(text, sizeof text, "out.%s.%s", name, measures[m]);
        real *wanted = values_of(file, text, SEQUENCES * FRAMES);
        for (int i = 0; i < SEQUENCES * FRAMES; i++) {
            double value = metric_psnr(predictions + i * PICTURE, targets + i * PICTURE, PICTURE);
            if (m)
                assert_ok(metric_ssim(&value, predictions + i * PICTURE, targets + i * PICTURE, 3,
                                      HEIGHT, WIDTH, &error),
                          &error);
            found[i] = (real)value;
            assert_near(text, value, (double)wanted[i], tolerances[m]);
        }
        double mean = metric_mean(framewise, found, SEQUENCES, FRAMES);
        snprintf(text, sizeof text, "out.%s.%s.mean", name, measures[m]);
        real *wanted_mean = values_of(file, text, 1);
        assert_near(text, mean, (double)wanted_mean[0], tolerances[m]);
        snprintf(text, sizeof text, "out.%s.%s.framewise", name, measures[m]);
        real *wanted_frames = values_of(file, text, FRAMES);
        for (int t = 0; t < FRAMES; t++)
            assert_near(text, (double)framewise[t], (double)wanted_frames[t], tolerances[m]);
        memory_free(wanted);
        memory_free(wanted_mean);
        memory_free(wanted_frames);
    }
    memory_free(predictions);
    memory_free(targets);
}

static void psnr_and_ssim_match_the_fixture(void **state)
{
    (void)state;
    Safetensors *file = open_fixture("models/psnr_ssim.safetensors");
    check_case(file, "noise", "noise", false);
    check_case(file, "smooth", "smooth", false);
    check_case(file, "constant", "constant", false);
    check_case(file, "same", "smooth", true);
    double window[SSIM_WINDOW];
    real *wanted = values_of(file, "out.ssim_kernel", SSIM_WINDOW);
    metric_ssim_window(window);
    for (int i = 0; i < SSIM_WINDOW; i++)
        assert_near("out.ssim_kernel", window[i], (double)wanted[i], 1e-7);
    memory_free(wanted);
    safetensors_close(file);
}

static void ssim_refuses_small_pictures(void **state)
{
    (void)state;
    Error error = { 0 };
    static real picture[10 * 30];
    double value;
    assert_error(metric_ssim(&value, picture, picture, 1, 10, 30, &error), &error, ERR_SHAPE,
                 "30x10");
    static real smallest[121];
    assert_ok(metric_ssim(&value, smallest, smallest, 1, 11, 11, &error), &error);
    assert_near("black on black", value, 1.0, 1e-12);
}

static void the_best_of_n_matches_the_fixture(void **state)
{
    (void)state;
    static const char *const names[3] = { "psnr", "ssim", "lpips" };
    Safetensors *file = open_fixture("models/metric_best_of.safetensors");
    for (int m = 0; m < 3; m++) {
        char text[40];
        snprintf(text, sizeof text, "in.%s.scores", names[m]);
        real *scores = values_of(file, text, 12 * 5);
        snprintf(text, sizeof text, "out.%s.best", names[m]);
        real *wanted = values_of(file, text, 3 * 5);
        real best[3 * 5];
        int choice[3];
        metric_best_of(best, choice, scores, 3, 4, 5, m < 2);
        assert_memory_equal(best, wanted, sizeof best);
        for (int b = 0; b < 3; b++)
            assert_memory_equal(best + b * 5, scores + (b * 4 + choice[b]) * 5, 5 * sizeof *best);
        metric_best_of(best, NULL, scores, 3, 4, 5, m >= 2); /* the worst is another one */
        assert_true(memcmp(best, wanted, sizeof best) != 0);
        memory_free(scores);
        memory_free(wanted);
    }
    safetensors_close(file);
}

static void code_distances_match_the_fixture(void **state)
{
    (void)state;
    Safetensors *file = open_fixture("models/vis_helpers.safetensors");
    real *codes = values_of(file, "in.codewords", 5 * 7);
    real *wanted = values_of(file, "out.codeword_dist", 25);
    real found[25];
    metric_code_distances(found, codes, 5, 7);
    for (int i = 0; i < 25; i++) /* float32 sums of seven squares */
        assert_near("out.codeword_dist", (double)found[i], (double)wanted[i], 1e-6);
    memory_free(codes);
    memory_free(wanted);
    safetensors_close(file);
}

/* ---- foreground ARI ---- */

static double ari(const int *truth, const int *predicted, int count)
{
    Error error = { 0 };
    double value;
    assert_ok(metric_fg_ari(&value, truth, predicted, count, &error), &error);
    return value;
}

/* By its definition: over all pairs of foreground pixels. */
static double slow_ari(const int *truth, const int *predicted, int count)
{
    double both = 0.0, a = 0.0, b = 0.0, all = 0.0;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++) {
            if (truth[i] < 0 || truth[j] < 0) continue;
            int in_truth = truth[i] == truth[j], in_prediction = predicted[i] == predicted[j];
            both += in_truth && in_prediction;
            a += in_truth;
            b += in_prediction;
            all += 1.0;
        }
    return (both - a * b / all) / ((a + b) / 2.0 - a * b / all);
}

static void ari_is_its_definition(void **state)
{
    (void)state;
    for (int seed = 0; seed < 40; seed++) {
        Rng rng = rng_stream((uint64_t)seed, "ari", 0);
        int truth[120], predicted[120];
        for (int i = 0; i < 120; i++) {
            truth[i] = (int)rng_below(&rng, 4) - 1;
            bool follow = rng_uniform(&rng) < seed / 40.0;
            predicted[i] = follow && truth[i] >= 0 ? truth[i] : (int)rng_below(&rng, 5);
        }
        assert_near("ARI", ari(truth, predicted, 120), slow_ari(truth, predicted, 120), 1e-12);
    }
}

static void ari_knows_no_names_and_no_background(void **state)
{
    (void)state;
    static const int truth[8] = { -1, 0, 0, 0, 1, 1, 1, -1 };
    static const int perfect[8] = { 3, 7, 7, 7, 2, 2, 2, 9 };
    static const int renamed[8] = { 1, 0, 0, 0, 200, 200, 200, 2 };
    static const int merged[8] = { 0, 0, 0, 0, 0, 0, 0, 0 };
    static const int wrong[8] = { 0, 1, 2, 3, 1, 2, 3, 0 };
    assert_near("perfect", ari(truth, perfect, 8), 1.0, 0.0);
    assert_near("renamed", ari(truth, renamed, 8), 1.0, 0.0);
    assert_near("all in one slot", ari(truth, merged, 8), 0.0, 1e-12);
    assert_true(ari(truth, wrong, 8) < 0.0);
}

static void ari_at_its_edges(void **state)
{
    (void)state;
    Error error = { 0 };
    static const int none[3] = { -1, -1, -1 }, one[3] = { 5, 5, 5 }, split[3] = { 0, 1, 2 };
    double value;
    assert_true(isnan(ari(none, one, 3)));
    assert_near("one group each", ari(one, one, 3), 1.0, 0.0);
    assert_near("all apart in both", ari(split, split, 3), 1.0, 0.0);
    assert_near("one against all apart", ari(one, split, 3), 0.0, 0.0);
    assert_near("a single pixel", ari(one, one, 1), 1.0, 0.0);
    static const int high[2] = { 0, 256 }, negative[2] = { 0, -1 };
    assert_error(metric_fg_ari(&value, high, one, 2, &error), &error, ERR_ARGUMENT,
                 "true label 256 of pixel 1");
    assert_error(metric_fg_ari(&value, one, negative, 2, &error), &error, ERR_ARGUMENT,
                 "predicted label -1");
}

/* ---- overlap of slots with classes ---- */

static SlotIou iou(const int *truth, const int *predicted, int count)
{
    Error error = { 0 };
    SlotIou value;
    assert_ok(metric_slot_iou(&value, truth, predicted, count, &error), &error);
    return value;
}

static const int scene[10] = { 0, 0, 0, 0, 0, 1, 1, 1, 2, 2 };

static void slots_that_are_classes_overlap_wholly(void **state)
{
    (void)state;
    static const int named[10] = { 7, 7, 7, 7, 7, 255, 255, 255, 0, 0 };
    const SlotIou found = iou(scene, named, 10);
    for (int i = 0; i < 3; i++)
        assert_near("class", found.classes[i], 1.0, 0.0);
    assert_near("mean", found.mean, 1.0, 0.0);
    assert_int_equal(found.slots[0], 7);
    assert_int_equal(found.slots[1], 255);
    assert_int_equal(found.slots[2], 0);
}

static void one_slot_serves_one_class(void **state)
{
    (void)state;
    static const int merged[10] = { 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 };
    const SlotIou found = iou(scene, merged, 10);
    assert_near("background", found.classes[0], 0.5, 0.0);
    assert_near("robot", found.classes[1], 0.0, 0.0);
    assert_near("object", found.classes[2], 0.0, 0.0);
    assert_near("mean", found.mean, 0.5 / 3, 1e-15);
    assert_int_equal(found.slots[0], 4);
    assert_int_equal(found.slots[1], -1);
}

/* slot 0 is the best one of both background (4/8) and robot (3/7) */
static void the_best_sum_decides(void **state)
{
    (void)state;
    static const int shared[10] = { 0, 0, 0, 0, 1, 0, 0, 0, 2, 2 };
    SlotIou found = iou(scene, shared, 10); /* 1/5 + 3/7 beats 4/8 + 0 */
    assert_near("background", found.classes[0], 1.0 / 5, 1e-15);
    assert_near("robot", found.classes[1], 3.0 / 7, 1e-15);
    assert_near("object", found.classes[2], 1.0, 0.0);
    static const int alone[10] = { 0, 0, 0, 0, 0, 0, 0, 0, 2, 2 };
    found = iou(scene, alone, 10); /* 5/8 beats 3/8 */
    assert_int_equal(found.slots[0], 0);
    assert_int_equal(found.slots[1], -1);
    assert_near("robot", found.classes[1], 0.0, 0.0);
}

static double pair_overlap(const int *truth, const int *predicted, int count, int class, int slot)
{
    int both = 0, either = 0;
    for (int i = 0; i < count; i++) {
        both += truth[i] == class && predicted[i] == slot;
        either += truth[i] == class || predicted[i] == slot;
    }
    return either ? (double)both / either : 0.0;
}

/* By its definition: every triple of different slots, slots that nobody has included. */
static double slow_iou(const int *truth, const int *predicted, int count, int slots)
{
    double best = 0.0;
    int present[3] = { 0 };
    for (int i = 0; i < count; i++)
        present[truth[i]] = 1;
    for (int a = 0; a < slots; a++)
        for (int b = 0; b < slots; b++)
            for (int c = 0; c < slots; c++) {
                if (a == b || b == c || a == c) continue;
                const double sum = pair_overlap(truth, predicted, count, 0, a) +
                                   pair_overlap(truth, predicted, count, 1, b) +
                                   pair_overlap(truth, predicted, count, 2, c);
                best = sum > best ? sum : best;
            }
    return best / (present[0] + present[1] + present[2]);
}

static void overlap_is_its_definition_under_any_names(void **state)
{
    (void)state;
    static const int renamed[6] = { 3, 99, 0, 255, 7, 1 };
    for (int seed = 0; seed < 60; seed++) {
        Rng rng = rng_stream((uint64_t)seed, "iou", 0);
        const int classes = 1 + seed % 3, slots = 1 + seed % 6;
        int truth[60], predicted[60], names[60];
        for (int i = 0; i < 60; i++) {
            truth[i] = (int)rng_below(&rng, (uint64_t)classes);
            const bool follow = rng_uniform(&rng) < seed / 60.0;
            predicted[i] = follow ? truth[i] % slots : (int)rng_below(&rng, (uint64_t)slots);
            names[i] = renamed[predicted[i]];
        }
        const SlotIou found = iou(truth, predicted, 60);
        assert_near("mean", found.mean, slow_iou(truth, predicted, 60, slots + 3), 1e-12);
        assert_near("renamed", iou(truth, names, 60).mean, found.mean, 1e-12);
    }
}

/* three blocks of which two share a slot: one of these is left without */
static void further_objects_have_slots_of_their_own(void **state)
{
    (void)state;
    static const int truth[12] = { 0, 0, 0, 0, 1, 1, 2, 2, 5, 5, 7, 7 };
    static const int apart[12] = { 9, 9, 9, 9, 4, 4, 3, 3, 2, 2, 1, 1 };
    static const int shared[12] = { 9, 9, 9, 9, 4, 4, 3, 3, 2, 2, 2, 2 };
    SlotIou found = iou(truth, apart, 12);
    assert_near("apart", found.mean, 1.0, 0.0);
    assert_int_equal(found.slots[7], 1);
    found = iou(truth, shared, 12);
    assert_near("one of two", found.classes[5] + found.classes[7], 0.5, 0.0);
    assert_near("shared", found.mean, 3.5 / 5, 1e-15);
    assert_true(isnan(found.classes[3]));
}

static void overlap_at_its_edges(void **state)
{
    (void)state;
    Error error = { 0 };
    static const int robot[4] = { 1, 1, 1, 1 }, slots[4] = { 5, 5, 5, 6 };
    SlotIou found = iou(robot, slots, 4);
    assert_true(isnan(found.classes[0]) && isnan(found.classes[2]));
    assert_near("the only class", found.mean, 0.75, 0.0);
    assert_int_equal(found.slots[1], 5);
    found = iou(robot, slots, 0);
    assert_true(isnan(found.mean));
    static const int high[2] = { 0, SLOT_CLASSES }, far[2] = { 0, 256 }, zero[2] = { 0, 0 };
    assert_error(metric_slot_iou(&found, high, zero, 2, &error), &error, ERR_ARGUMENT,
                 "pixel 1 has class 8");
    assert_error(metric_slot_iou(&found, zero, far, 2, &error), &error, ERR_ARGUMENT, "slot 256");
    assert_true(isnan(found.mean));
}

static void mask_labels_take_the_largest(void **state)
{
    (void)state;
    static const real masks[3 * 4] = { (real)0.5, (real)0.2, (real)0.3, (real)0.4, /* slot 0 */
                                       (real)0.5, (real)0.7, (real)0.3, (real)0.1, /* slot 1 */
                                       (real)0.0, (real)0.1, (real)0.4, (real)0.5 };
    int labels[4];
    metric_mask_labels(labels, masks, 3, 4);
    static const int wanted[4] = { 0, 1, 2, 2 };
    assert_memory_equal(labels, wanted, sizeof wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(psnr_and_ssim_match_the_fixture),
        cmocka_unit_test(ssim_refuses_small_pictures),
        cmocka_unit_test(the_best_of_n_matches_the_fixture),
        cmocka_unit_test(code_distances_match_the_fixture),
        cmocka_unit_test(ari_is_its_definition),
        cmocka_unit_test(ari_knows_no_names_and_no_background),
        cmocka_unit_test(ari_at_its_edges),
        cmocka_unit_test(slots_that_are_classes_overlap_wholly),
        cmocka_unit_test(one_slot_serves_one_class),
        cmocka_unit_test(the_best_sum_decides),
        cmocka_unit_test(overlap_is_its_definition_under_any_names),
        cmocka_unit_test(further_objects_have_slots_of_their_own),
        cmocka_unit_test(overlap_at_its_edges),
        cmocka_unit_test(mask_labels_take_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
