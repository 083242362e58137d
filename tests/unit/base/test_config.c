#include "support/test.h"

#include <string.h>

#include "base/config.h"
#include "base/memory.h"
#include "support/test_memory.h"

typedef struct Sample {
    int num_slots;
    double lr;
    bool use_ema;
    char mode[CONFIG_STRING_MAX];
    IntList channels;
    int any;
} Sample;

static const char *const modes[] = { "learned", "random", "gaussian", NULL };

static const Field fields[] = {
    { .key = "num_slots",
      .kind = FIELD_INT,
      .offset = offsetof(Sample, num_slots),
      .low = 1,
      .high = 64 },
    { .key = "lr",
      .kind = FIELD_REAL,
      .offset = offsetof(Sample, lr),
      .low = 0,
      .high = 1,
      .nullable = true },
    { .key = "use_ema", .kind = FIELD_BOOL, .offset = offsetof(Sample, use_ema) },
    { .key = "mode", .kind = FIELD_STRING, .offset = offsetof(Sample, mode), .choices = modes },
    { .key = "channels",
      .kind = FIELD_INT_LIST,
      .offset = offsetof(Sample, channels),
      .low = 1,
      .high = 512 },
    { .key = "any", .kind = FIELD_INT, .offset = offsetof(Sample, any) },
    { .key = "note", .kind = FIELD_IGNORED },
};
#define FIELDS ((int)(sizeof fields / sizeof fields[0]))

static Sample sample_default(void)
{
    return (Sample){ .num_slots = 5, .lr = 0.5, .mode = "learned", .channels = { 2, { 32, 64 } } };
}

static Status load(Sample *sample, const char *text, Error *error)
{
    Json *json = NULL;
    *sample = sample_default();
    Status status = json_parse(&json, text, "test", error);
    if (!status) status = config_load(sample, json, fields, FIELDS, "model.savi", error);
    json_destroy(json);
    return status;
}

static void absent_keys_keep_their_default(void **state)
{
    (void)state;
    Error error;
    Sample sample;
    assert_ok(load(&sample, "{}", &error), &error);
    assert_int_equal(sample.num_slots, 5);
    assert_string_equal(sample.mode, "learned");
    assert_int_equal(sample.channels.count, 2);
    assert_ok(config_load(&sample, NULL, fields, FIELDS, "x", &error), &error);
}

static void every_kind_is_read(void **state)
{
    (void)state;
    Error error;
    Sample sample;
    assert_ok(load(&sample,
                   "{\"num_slots\": 7, \"lr\": 1e-3, \"use_ema\": true, \"mode\": \"random\","
                   "\"channels\": [1, 2, 3], \"any\": -2147483648, \"note\": {\"free\": []}}",
                   &error),
              &error);
    assert_int_equal(sample.num_slots, 7);
    assert_true(sample.lr == 1e-3);
    assert_true(sample.use_ema);
    assert_string_equal(sample.mode, "random");
    assert_int_equal(sample.channels.count, 3);
    assert_int_equal(sample.channels.values[2], 3);
    assert_int_equal(sample.any, INT32_MIN);
    assert_ok(load(&sample, "{\"lr\": null, \"channels\": []}", &error), &error);
    assert_true(sample.lr == 0.5);
    assert_int_equal(sample.channels.count, 0);
}

static void mistakes_name_key_value_and_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "{\"num_slot\": 3}", "model.savi: unknown key 'num_slot' (did you mean 'num_slots'?)" },
        { "{\"zzzzzzzzzzzzz\": 3}", "model.savi: unknown key 'zzzzzzzzzzzzz'" },
        { "{\"num_slots\": 0}", "model.savi.num_slots: 0 is outside [1, 64]" },
        { "{\"num_slots\": 65}", "model.savi.num_slots: 65 is outside [1, 64]" },
        { "{\"num_slots\": 2.5}", "expected a whole number, found a number (2.5)" },
        { "{\"num_slots\": \"5\"}", "expected a whole number, found a string (\"5\")" },
        { "{\"num_slots\": null}", "model.savi.num_slots: expected a whole number, found null" },
        { "{\"any\": 3000000000}", "outside [-2147483648, 2147483647]" },
        { "{\"lr\": 3}", "model.savi.lr: 3 is outside [0, 1]" },
        { "{\"lr\": true}", "expected a number, found true or false (true)" },
        { "{\"use_ema\": 1}", "model.savi.use_ema: expected true or false, found a number (1)" },
        { "{\"mode\": \"lerned\"}",
          "'lerned' is not one of 'learned', 'random', 'gaussian' (did you mean 'learned'?)" },
        { "{\"mode\": \"\"}", "model.savi.mode: '' is not one of" },
        { "{\"mode\": []}", "expected a string, found an array ([])" },
        { "{\"channels\": 3}", "expected a list of whole numbers, found a number (3)" },
        { "{\"channels\": [3, 1000]}", "model.savi.channels: 1000 is outside [1, 512]" },
        { "{\"channels\": [3, \"x\"]}", "model.savi.channels: expected a whole number" },
        { "{\"channels\": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}", "more than 16 numbers" },
        { "[]", "model.savi: expected an object, found an array" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Error error;
        Sample sample;
        assert_error(load(&sample, cases[i].text, &error), &error, ERR_FORMAT, cases[i].message);
    }
}

static void strings_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const Field any[] = {
        { .key = "mode", .kind = FIELD_STRING, .offset = offsetof(Sample, mode) }
    };
    Error error;
    char text[CONFIG_STRING_MAX + 1];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    Sample sample = sample_default();
    Json *json = json_object();
    assert_ok(json_set(json, "mode", json_string(text), &error), &error);
    assert_error(config_load(&sample, json, any, 1, "", &error), &error, ERR_FORMAT,
                 "mode: longer than 255 characters");
    assert_ok(json_set(json, "mode", json_string(text + 1), &error), &error);
    assert_ok(config_load(&sample, json, any, 1, "", &error), &error);
    assert_string_equal(sample.mode, text + 1);
    json_destroy(json);
}

static bool equal(const Sample *a, const Sample *b)
{
    return a->num_slots == b->num_slots && a->lr == b->lr && a->use_ema == b->use_ema &&
           a->any == b->any && !strcmp(a->mode, b->mode) &&
           !memcmp(&a->channels, &b->channels, sizeof a->channels);
}

static Status store_and_load(void *user, Error *error)
{
    const Sample *sample = user;
    Sample again = sample_default();
    Json *json = json_object();
    Status status = json ? OK : error_set(error, ERR_MEMORY, "no object");
    if (!status) status = config_store(json, sample, fields, FIELDS, error);
    if (!status) status = config_load(&again, json, fields, FIELDS, "", error);
    if (!status && !equal(sample, &again))
        status = error_set(error, ERR_FORMAT, "the second struct differs");
    json_destroy(json);
    return status;
}

static void what_is_stored_is_loaded(void **state)
{
    (void)state;
    Error error;
    Sample sample = sample_default();
    sample.lr = 0.1;
    sample.num_slots = 9;
    sample.use_ema = true;
    assert_ok(store_and_load(&sample, &error), &error);
    assert_true(fail_each_allocation(store_and_load, &sample, 1) >= 10);
}

static void storing_leaves_other_members_alone(void **state)
{
    (void)state;
    Error error;
    const Sample sample = sample_default();
    Json *json = NULL;
    char *text = NULL;
    assert_ok(json_parse(&json, "{\"note\": 1, \"lr\": 1, \"mine\": 2}", "t", &error), &error);
    assert_ok(config_store(json, &sample, fields, FIELDS, &error), &error);
    assert_ok(json_print_compact(&text, json, &error), &error);
    assert_string_equal(text, "{\"note\":1,\"lr\":0.5,\"mine\":2,\"num_slots\":5,\"use_ema\":false,"
                              "\"mode\":\"learned\",\"channels\":[32,64],\"any\":0}");
    memory_free(text);
    json_destroy(json);
}

static Json *tree(void)
{
    Error error;
    Json *json = NULL;
    assert_ok(json_parse(&json,
                         "{\"model\": {\"num_slots\": 5, \"name\": \"SAVi\"}, \"lr\": 0.1,"
                         "\"list\": [1], \"nothing\": null}",
                         "tree", &error),
              &error);
    return json;
}

static void settings_are_applied(void **state)
{
    (void)state;
    Error error;
    Json *json = tree();
    assert_ok(config_set(json, "model.num_slots=7", &error), &error);
    assert_ok(config_set(json, "lr=1e-4", &error), &error);
    assert_ok(config_set(json, "list=[1, 2, 3]", &error), &error);
    assert_ok(config_set(json, "nothing=some text = more", &error), &error);
    assert_ok(config_set(json, "model.name=123", &error), &error); /* stays a string */
    char *text = NULL;
    assert_ok(json_print_compact(&text, json, &error), &error);
    assert_string_equal(text, "{\"model\":{\"num_slots\":7,\"name\":\"123\"},\"lr\":0.0001,"
                              "\"list\":[1,2,3],\"nothing\":\"some text = more\"}");
    memory_free(text);
    json_destroy(json);
}

static void settings_that_do_not_exist_are_errors(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "model.num_slot=3",
          "--set 'model.num_slot=3': unknown key 'num_slot' (did you mean 'num_slots'?)" },
        { "modle.num_slots=3", "unknown key 'modle' (did you mean 'model'?)" },
        { "lr.x=3", "'lr' is a number and has no keys" },
        { "lr", "--set 'lr': expected key=value" },
        { "=3", "expected key=value" },
        { "model.=3", "unknown key ''" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Error error;
        Json *json = tree();
        assert_error(config_set(json, cases[i][0], &error), &error, ERR_ARGUMENT, cases[i][1]);
        json_destroy(json);
    }
}

static void only_objects_take_settings(void **state)
{
    (void)state;
    Error error;
    Json *json = json_array();
    assert_ok(json_append(json, json_number(1), &error), &error);
    assert_error(config_set(json, "a=1", &error), &error, ERR_ARGUMENT, "is an array");
    json_destroy(json);
}

static Status set_one(void *user, Error *error)
{
    (void)user;
    Json *json = NULL;
    Status status = json_parse(&json, "{\"a\": {\"b\": 1}}", "t", error);
    if (!status) status = config_set(json, "a.b=[1, \"x\"]", error);
    json_destroy(json);
    return status;
}

static void settings_survive_every_failure(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(set_one, NULL, 1) >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_keys_keep_their_default),
        cmocka_unit_test(every_kind_is_read),
        cmocka_unit_test(mistakes_name_key_value_and_what_is_allowed),
        cmocka_unit_test(strings_that_do_not_fit_are_refused),
        cmocka_unit_test(what_is_stored_is_loaded),
        cmocka_unit_test(storing_leaves_other_members_alone),
        cmocka_unit_test(settings_are_applied),
        cmocka_unit_test(settings_that_do_not_exist_are_errors),
        cmocka_unit_test(only_objects_take_settings),
        cmocka_unit_test(settings_survive_every_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
