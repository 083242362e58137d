/* metric tables and results.json; loss histories; data facts; durations */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/data_facts.h"
#include "commands/loss_history.h"
#include "commands/metric_table.h"
#include "commands/progress.h"
#include "commands/slot_pictures.h"
#include "support/temp_folder.h"

static void means_leave_out_what_was_not_measured(void **state)
{
    (void)state;
    MetricTable table;
    Error error;
    assert_ok(metric_table_init(&table, 2, 2, 3, &error), &error);
    metric_table_set(&table, 0, 0, 0, 10);
    metric_table_set(&table, 0, 1, 0, 20);
    metric_table_set(&table, 0, 0, 1, 60);
    assert_true(metric_table_mean(&table, 0) == 30);
    assert_true(metric_table_frame(&table, 0, 0) == 15);
    assert_true(metric_table_frame(&table, 0, 1) == 60);
    assert_true(isnan(metric_table_frame(&table, 0, 2)));
    assert_true(isnan(metric_table_mean(&table, 1)));
    metric_table_release(&table);
}

/* LPIPS without weights: no key, no column, no picture; curves of one chart share a picture */
static void unmeasured_metrics_are_left_out(void **state)
{
    const TempFolder *folder = *state;
    MetricTable table;
    Error error;
    Json *json = json_object();
    assert_ok(metric_table_init(&table, PREDICTION_METRICS, 2, 3, &error), &error);
    for (int frame = 0; frame < 2; frame++) {
        metric_table_set(&table, METRIC_PSNR, 0, frame, 20 - frame);
        metric_table_set(&table, METRIC_COPY_PSNR, 1, frame, 10);
    }
    assert_ok(metric_table_store(json, &table, &error), &error);
    assert_int_equal(json_count(json), 2);
    assert_true(json_as_number(json_path(json, "psnr.mean"), 0) == 19.5);
    assert_int_equal(json_count(json_path(json, "psnr.framewise")), 3);
    assert_true(json_is_null(json_at(json_path(json, "psnr.framewise"), 2)));
    assert_true(json_as_number(json_path(json, "copy_psnr.mean"), 0) == 10);
    assert_ok(metric_table_draw(&table, folder->path, "charts", "frame", 1, &error), &error);
    assert_true(file_exists(temp_path(folder, "results/charts/results_psnr.png")));
    assert_false(file_exists(temp_path(folder, "results/charts/results_copy_psnr.png")));
    assert_false(file_exists(temp_path(folder, "results/charts/results_lpips.png")));
    json_destroy(json);
    metric_table_release(&table);
}

static void results_keep_what_an_earlier_run_wrote(void **state)
{
    const TempFolder *folder = *state;
    Error error;
    Json *results = json_object();
    char *path = NULL;
    assert_ok(json_set(results, "lpips", json_rounded(0.123456789), &error), &error);
    assert_ok(results_write(results, folder->path, "name", NULL, &error), &error);
    json_destroy(results);
    results = json_object();
    assert_ok(json_set(results, "psnr", json_rounded((double)NAN), &error), &error);
    assert_ok(results_write(results, folder->path, "name", &path, &error), &error);
    json_destroy(results);
    assert_string_equal(path, temp_path(folder, "results/name/results.json"));
    assert_ok(json_read(&results, path, &error), &error);
    assert_true(json_as_number(json_get(results, "lpips"), 0) == 0.12346);
    assert_true(json_get(results, "psnr") && json_is_null(json_get(results, "psnr")));
    json_destroy(results);
    memory_free(path);
}

static void add(LossHistory *history, int epoch, Split split, double mean)
{
    static const char *const loss[] = { "mse" };
    const TrainEpoch entry = {
        .epoch = epoch, .split = split, .loss_count = 1, .loss_names = loss, .means = &mean
    };
    Error error;
    assert_ok(loss_history_add(history, &entry, &error), &error);
}

static void histories_continue_and_repeat_an_epoch(void **state)
{
    const TempFolder *folder = *state;
    const char *path = temp_path(folder, "losses.json");
    LossHistory history;
    Error error;
    assert_ok(loss_history_open(&history, path, 0, &error), &error);
    for (int epoch = 0; epoch < 3; epoch++) {
        add(&history, epoch, SPLIT_VALID, 10 + epoch);
        add(&history, epoch, SPLIT_TRAIN, epoch);
    }
    assert_ok(json_write(history.losses, path, &error), &error);
    loss_history_release(&history);
    /* going on in epoch 1, whose validation may be there already */
    assert_ok(loss_history_open(&history, path, 2, &error), &error);
    add(&history, 1, SPLIT_TRAIN, 77);
    const Json *train = json_path(history.losses, "mse.train");
    const Json *valid = json_path(history.losses, "mse.valid");
    assert_int_equal(json_count(train), 2);
    assert_true(json_as_number(json_at(train, 1), 0) == 77);
    assert_int_equal(json_count(valid), 2);
    assert_ok(loss_history_plot(&history, temp_path(folder, "plots"), &error), &error);
    assert_true(file_exists(temp_path(folder, "plots/mse.png")));
    loss_history_release(&history);
    test_write_text(path, "{\"mse\": 3}");
    assert_error(loss_history_open(&history, path, 2, &error), &error, ERR_FORMAT, "losses.json");
}

static void facts_must_agree(void **state)
{
    const TempFolder *folder = *state;
    DataFacts a = { .task = "button-press",
                    .camera = "playslot",
                    .quality = "fast",
                    .height = 64,
                    .width = 64,
                    .action_repeat = 5,
                    .random_start = 12,
                    .render_scale = 1 };
    DataFacts b;
    Error error;
    assert_error(data_facts_read(&b, folder->path, &error), &error, ERR_IO, "nothing was trained");
    assert_ok(data_facts_write(&a, folder->path, &error), &error);
    assert_ok(data_facts_read(&b, folder->path, &error), &error);
    assert_ok(data_facts_compare(&a, "one", &b, "other", &error), &error);
    strcpy(b.quality, "reference");
    assert_error(data_facts_compare(&a, "one", &b, "other", &error), &error, ERR_ARGUMENT,
                 "render quality: one has 'fast', other has 'reference'");
    b = a;
    b.action_repeat = 1;
    assert_error(data_facts_compare(&a, "one", &b, "other", &error), &error, ERR_ARGUMENT,
                 "action repeat: one has '5', other has '1'");
}

static void durations_are_readable(void **state)
{
    (void)state;
    char text[16];
    static const struct {
        double seconds;
        const char *text;
    } cases[] = { { 0, "0:00" }, { 59.6, "1:00" }, { 125, "2:05" },     { 3725, "1:02:05" },
                  { -1, "-" },   { 1e9, "-" },     { (double)NAN, "-" } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        duration_text(text, sizeof text, cases[i].seconds);
        assert_string_equal(text, cases[i].text);
    }
}

static void slots_become_planes(void **state)
{
    (void)state;
    /* one slot of 1 x 2 pixels: rgb and mask logit, channels last */
    const real decoded[] = { (real)0.25, 2, -1, 9, (real)0.5, 0, 1, 9 };
    float objects[6];
    objects_from_decoded(objects, decoded, 1, 1, 2);
    const float wanted[] = { 0.25F, 0.5F, 1, 0, 0, 1 };
    for (int i = 0; i < 6; i++)
        assert_true(objects[i] == wanted[i]);
    Image image = { 0 };
    Error error;
    const real pixels[] = { 0, (real)0.5, 1, (real)NAN, -3, 7 };
    assert_ok(image_init(&image, 2, 1, &error), &error);
    image_from_real(&image, pixels);
    const uint8_t bytes[] = { 0, 128, 255, 0, 0, 255 };
    assert_memory_equal(image.pixels, bytes, sizeof bytes);
    image_release(&image);
}

#define IN_FOLDER(test)                                                                            \
    cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_leave_out_what_was_not_measured),
        IN_FOLDER(unmeasured_metrics_are_left_out),
        IN_FOLDER(results_keep_what_an_earlier_run_wrote),
        IN_FOLDER(histories_continue_and_repeat_an_epoch),
        IN_FOLDER(facts_must_agree),
        cmocka_unit_test(durations_are_readable),
        cmocka_unit_test(slots_become_planes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
