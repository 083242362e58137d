#include "training/training_config.h"

#include <stdlib.h>
#include <string.h>

#include "unit/training/training_fixture.h"

static void reads_what_is_there(void **state)
{
    (void)state;
    Error error = { 0 };
    TrainingConfig config;
    Json *params = tiny_params(TINY_SAVI, "somewhere", false);
    assert_ok(training_config_load(&config, params, &error), &error);
    assert_int_equal(config.batch_size, 6);
    assert_true(config.lr == 0.01 && config.scheduler_steps == 100.0);
    assert_int_equal(config.extras.micro_batch, 2);
    assert_int_equal(config.extras.warmup_epochs, 1000);
    assert_int_equal(training_micro_batch(&config), 2);
    const ScheduleOptions schedule = training_schedule(&config);
    assert_int_equal(schedule.kind, SCHEDULE_COSINE);
    assert_true(schedule.warmup && schedule.warmup_steps == 3 && !schedule.clamp);
    json_destroy(params);
}

static void defaults_are_the_reference(void **state)
{
    (void)state;
    Error error = { 0 };
    TrainingConfig config;
    Json *params = NULL;
    assert_ok(json_parse(&params, "{\"training\": {}}", "test", &error), &error);
    assert_ok(training_config_load(&config, params, &error), &error);
    assert_int_equal(config.num_epochs, 1000);
    assert_int_equal(config.batch_size, 64);
    assert_true(config.lr == 1e-4 && config.clipping_max_value == 0.05);
    assert_int_equal(config.warmup_steps, 4000);
    assert_int_equal(config.extras.seed, 0);
    assert_int_equal(config.extras.num_frames, 17);
    assert_int_equal(training_micro_batch(&config), 8);
    config.batch_size = 21;
    assert_int_equal(training_micro_batch(&config), 7);
    config.batch_size = 11;
    assert_int_equal(training_micro_batch(&config), 1);
    json_destroy(params);
}

static void data_and_loader(void **state)
{
    (void)state;
    Error error = { 0 };
    DataConfig config;
    Json *params = tiny_params(TINY_SAVI, "somewhere", false);
    Json *also = NULL;
    assert_ok(json_parse(&also,
                         "[{\"datapath\": \"b\"}, {\"datapath\": \"c\", \"num_episodes\": 9,"
                         "\"policy\": \"expert\"}]",
                         "also", &error),
              &error);
    assert_ok(json_set(json_path(params, "dataset.playslot"), "also", also, &error), &error);
    assert_ok(data_config_load(&config, params, &error), &error);
    assert_int_equal(config.folder_count, 3);
    assert_string_equal(config.folders[0].datapath, "somewhere");
    assert_int_equal(config.folders[0].num_episodes, -1);
    assert_string_equal(config.folders[1].datapath, "b");
    assert_int_equal(config.folders[1].num_episodes, -1);
    assert_int_equal(config.folders[2].num_episodes, 9);
    assert_string_equal(config.folders[2].policy, "expert");
    const LoaderOptions train = data_config_loader(&config, SPLIT_TRAIN);
    const LoaderOptions valid = data_config_loader(&config, SPLIT_VALID);
    assert_true(train.random_start && train.shuffle && train.clamp_actions);
    assert_int_equal(train.batch_size, 6);
    assert_int_equal(train.num_frames, 3);
    assert_int_equal(train.height, 8);
    assert_true(train.seed == 5);
    assert_int_equal(train.short_episodes, SHORT_PAD);
    assert_false(valid.random_start || valid.shuffle);
    assert_int_equal(valid.split, SPLIT_VALID);
    json_destroy(params);
}

static void expect(const char *section, const char *value, const char *part)
{
    Error error = { 0 };
    DataConfig data;
    TrainingConfig training;
    char text[512];
    Json *params = NULL;
    snprintf(text, sizeof text, "{\"training\": {%s}, \"dataset\": {\"datapath\": \"x\"%s%s}}",
             strcmp(section, "training") ? "" : value, strcmp(section, "dataset") ? "" : ", ",
             strcmp(section, "dataset") ? "" : value);
    assert_ok(json_parse(&params, text, "test", &error), &error);
    const Status status = strcmp(section, "training")
                              ? data_config_load(&data, params, &error)
                              : training_config_load(&training, params, &error);
    assert_error(status, &error, ERR_FORMAT, part);
    json_destroy(params);
}

static void refuses(void **state)
{
    (void)state;
    expect("training", "\"lr\": 0", "training.lr: 0 is outside");
    expect("training", "\"lr\": \"fast\"", "training.lr: expected a number");
    expect("training", "\"scheduler\": \"multi_step\"", "training.scheduler");
    expect("training", "\"warmup_step\": 3", "did you mean 'warmup_steps'");
    expect("training", "\"playslot\": {\"sed\": 3}", "did you mean 'seed'");
    expect("training", "\"playslot\": {\"seed\": -1}", "training.playslot.seed: -1");
    expect("training", "\"playslot\": {\"micro_batch\": 5}", "5 does not divide batch_size 64");
    expect("training", "\"playslot\": 3", "training.playslot");
    expect("dataset", "\"img_size\": [64]", "dataset.img_size: expected [height, width]");
    expect("dataset", "\"img_size\": [64, 4]", "dataset.img_size");
    expect("dataset", "\"num_frames\": 0", "dataset.num_frames: 0");
    expect("dataset", "\"playslot\": {\"short_episodes\": \"cut\"}", "short_episodes");
    expect("dataset", "\"playslot\": {\"also\": 3}", "also: expected a list");
    expect("dataset", "\"playslot\": {\"also\": [3]}", "also[0]: an object");
    expect("dataset", "\"playslot\": {\"also\": [{}]}", "also[0].datapath: is missing");
    expect("dataset", "\"playslot\": {\"also\": [{\"datapath\": \"b\", \"episodes\": 3}]}",
           "dataset.playslot.also[0]: unknown key 'episodes'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_there),
        cmocka_unit_test(defaults_are_the_reference),
        cmocka_unit_test(data_and_loader),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
