#include "training/checkpoint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/safetensors.h"
#include "support/temp_folder.h"
#include "support/test.h"
#include "support/test_memory.h"

static TempFolder folder;

static int setup(void **state)
{
    (void)state;
    temp_folder_create(&folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_folder_destroy(&folder);
    return 0;
}

/* ---- two small models in one store, and a frozen third ---- */

typedef struct Fixture {
    ParamStore *store;
    Optimizer *optimizers[2];
    TrainState state;
} Fixture;

static const CheckpointPart parts[] = { { "policy.", "policy." },
                                        { "decoder.", "action_decoder." } };
static const CheckpointPart bare = { "policy.", "" };

static void randomize(real *values, size_t count, const char *name, int seed)
{
    Rng rng = rng_stream((uint64_t)seed, name, 0);
    for (size_t i = 0; i < count; i++)
        values[i] = (real)rng_normal(&rng);
}

static void fixture_init(Fixture *fixture, int seed, int width)
{
    Error error = { 0 };
    static const int policy[] = { 1, 2 };
    static const int decoder[] = { 5 };
    const Init zero = { .kind = INIT_ZERO };
    *fixture = (Fixture){ 0 };
    ParamStore *store = NULL;
    assert_ok(params_create(&store, &error), &error);
    params_declare(store, "savi.weight", SHAPE(2), zero);
    params_declare(store, "policy.weight", SHAPE(2, width), zero);
    params_declare(store, "policy.bias", SHAPE(2), zero);
    params_declare_buffer(store, "policy.count", SHAPE(4), zero);
    params_declare_buffer(store, "policy.pos_emb.pe", SHAPE(1, width), zero);
    params_declare(store, "decoder.weight", SHAPE(3, 2), zero);
    assert_ok(params_allocate(store, &error), &error);
    randomize(params_values(store), params_total(store), "values", seed);
    fixture->store = store;
    assert_ok(optimizer_create(&fixture->optimizers[0], store, policy, 2, adam_default(), &error),
              &error);
    assert_ok(optimizer_create(&fixture->optimizers[1], store, decoder, 1, adam_default(), &error),
              &error);
    randomize(optimizer_exp_avg(fixture->optimizers[0], 0), 2 * (size_t)width, "m", seed);
    randomize(optimizer_exp_avg_sq(fixture->optimizers[1], 0), 6, "v", seed);
    optimizer_set_steps(fixture->optimizers[0], 100 + seed);
    optimizer_set_steps(fixture->optimizers[1], 200 + seed);
    fixture->state = (TrainState){ .step = 1234567890123,
                                   .epoch = 7,
                                   .it = 3,
                                   .validated = true,
                                   .schedule = schedule_start(schedule_default()),
                                   .loss_count = 2,
                                   .loss_sums = { 0.1 + seed, 1e-300 } };
    fixture->state.schedule.rate = 0.1 / 3.0;
    fixture->state.schedule.count = 41;
}

static void fixture_release(Fixture *fixture)
{
    optimizer_destroy(fixture->optimizers[0]);
    optimizer_destroy(fixture->optimizers[1]);
    params_destroy(fixture->store);
}

static CheckpointView view_of(const Fixture *fixture)
{
    return (CheckpointView){ .kind = "policy",
                             .store = fixture->store,
                             .parts = parts,
                             .part_count = 2,
                             .optimizers = fixture->optimizers,
                             .state = &fixture->state,
                             .config = "{\"model\": {\"a\": 1}, \"training\": {\"lr\": 1}}",
                             .version = "1.2" };
}

static const char *save(const Fixture *fixture, const char *name)
{
    Error error = { 0 };
    const CheckpointView view = view_of(fixture);
    const char *path = temp_path(&folder, name);
    assert_ok(checkpoint_save(path, &view, &error), &error);
    return path;
}

/* ---- what comes back ---- */

static void assert_same_schedule(const Schedule *a, const Schedule *b)
{
    assert_true(a->options.kind == b->options.kind && a->options.lr == b->options.lr);
    assert_true(a->options.period == b->options.period);
    assert_true(a->options.warmup == b->options.warmup && a->options.clamp == b->options.clamp);
    assert_true(a->options.warmup_steps == b->options.warmup_steps);
    assert_int_equal(a->options.warmup_epochs, b->options.warmup_epochs);
    assert_true(a->rate == b->rate && a->warming == b->warming);
    assert_true(a->final_step == b->final_step && a->count == b->count);
}

static void assert_same_state(const TrainState *a, const TrainState *b)
{
    assert_true(a->step == b->step && a->validated == b->validated);
    assert_int_equal(a->epoch, b->epoch);
    assert_int_equal(a->it, b->it);
    assert_int_equal(a->loss_count, b->loss_count);
    assert_memory_equal(a->loss_sums, b->loss_sums, sizeof a->loss_sums);
    assert_same_schedule(&a->schedule, &b->schedule);
}

static void everything_comes_back(void **state)
{
    (void)state;
    Error error = { 0 };
    Fixture a, b;
    TrainState loaded;
    fixture_init(&a, 1, 3);
    fixture_init(&b, 2, 3);
    const char *path = save(&a, "a.safetensors");
    const CheckpointView view = view_of(&b);
    const real frozen = params_value(b.store, 0)[0];
    const real table = params_value(b.store, 4)[0];
    assert_ok(checkpoint_resume(path, &view, &loaded, &error), &error);
    for (int i = 1; i < params_count(a.store); i++)
        if (i != 4)
            assert_memory_equal(params_value(a.store, i), params_value(b.store, i),
                                shape_count(params_at(a.store, i)->shape) * sizeof(real));
    assert_true(params_value(b.store, 0)[0] == frozen);
    assert_true(params_value(b.store, 4)[0] == table);
    assert_same_state(&loaded, &a.state);
    assert_int_equal(optimizer_steps(b.optimizers[0]), 101);
    assert_int_equal(optimizer_steps(b.optimizers[1]), 201);
    params_value(b.store, 4)[0] = params_value(a.store, 4)[0];
    params_value(b.store, 4)[1] = params_value(a.store, 4)[1];
    params_value(b.store, 4)[2] = params_value(a.store, 4)[2];
    b.state = loaded;
    save(&b, "b.safetensors");
    assert_true(
        test_files_equal(temp_path(&folder, "a.safetensors"), temp_path(&folder, "b.safetensors")));
    fixture_release(&a);
    fixture_release(&b);
}

static void one_model_of_two(void **state)
{
    (void)state;
    Error error = { 0 };
    Fixture a, b;
    fixture_init(&a, 1, 3);
    fixture_init(&b, 2, 3);
    const char *path = save(&a, "a.safetensors");
    const real other = params_value(b.store, 1)[0];
    assert_ok(checkpoint_load(path, NULL, b.store, &parts[1], 1, &error), &error);
    assert_memory_equal(params_value(a.store, 5), params_value(b.store, 5), 6 * sizeof(real));
    assert_true(params_value(b.store, 1)[0] == other);
    Json *config = NULL;
    assert_ok(checkpoint_config(&config, path, &error), &error);
    assert_true(json_as_number(json_path(config, "training.lr"), 0) == 1.0);
    json_destroy(config);
    fixture_release(&a);
    fixture_release(&b);
}

/* keys without a prefix, as a checkpoint with one model has them */
static void bare_keys(void **state)
{
    (void)state;
    Error error = { 0 };
    Fixture a, b;
    fixture_init(&a, 1, 3);
    fixture_init(&b, 2, 3);
    const char *path = temp_path(&folder, "bare.safetensors");
    const CheckpointView view = {
        .kind = "SAVi", .store = a.store, .parts = &bare, .part_count = 1
    };
    assert_ok(checkpoint_save(path, &view, &error), &error);
    assert_ok(checkpoint_load(path, "SAVi", b.store, &bare, 1, &error), &error);
    assert_memory_equal(params_value(a.store, 1), params_value(b.store, 1), 6 * sizeof(real));
    TrainState state_out;
    CheckpointView resume = view;
    resume.optimizers = b.optimizers;
    resume.store = b.store;
    assert_error(checkpoint_resume(path, &resume, &state_out, &error), &error, ERR_FORMAT,
                 "holds a model only");
    Json *config = NULL;
    assert_error(checkpoint_config(&config, path, &error), &error, ERR_FORMAT,
                 "carries no configuration");
    fixture_release(&a);
    fixture_release(&b);
}

/* a longer table for positions does not hinder loading */
static void other_table(void **state)
{
    (void)state;
    Error error = { 0 };
    Fixture a;
    fixture_init(&a, 1, 3);
    const char *path = save(&a, "a.safetensors");
    ParamStore *store = NULL;
    const Init zero = { .kind = INIT_ZERO };
    assert_ok(params_create(&store, &error), &error);
    params_declare(store, "policy.weight", SHAPE(2, 3), zero);
    params_declare(store, "policy.bias", SHAPE(2), zero);
    params_declare_buffer(store, "policy.count", SHAPE(4), zero);
    params_declare_buffer(store, "policy.pos_emb.pe", SHAPE(9, 3), zero);
    assert_ok(params_allocate(store, &error), &error);
    assert_ok(checkpoint_load(path, "policy", store, parts, 1, &error), &error);
    assert_true(params_value(store, 0)[5] == params_value(a.store, 1)[5]);
    params_destroy(store);
    fixture_release(&a);
}

/* ---- what is refused ---- */

static void does_not_fit(void **state)
{
    (void)state;
    Error error = { 0 };
    Fixture a, wider;
    fixture_init(&a, 1, 3);
    fixture_init(&wider, 2, 4);
    const char *path = save(&a, "a.safetensors");
    const real before = params_value(wider.store, 2)[0];
    assert_error(checkpoint_load(path, "policy", wider.store, parts, 2, &error), &error, ERR_SHAPE,
                 "tensor 'policy.weight': expected (2, 4), found (2, 3)");
    assert_true(params_value(wider.store, 2)[0] == before);
    assert_error(checkpoint_load(path, "SAVi", a.store, parts, 2, &error), &error, ERR_FORMAT,
                 "a checkpoint of a policy, expected a SAVi");
    const CheckpointPart missing = { "savi.", "action_decoder.x" };
    assert_error(checkpoint_load(path, NULL, a.store, &missing, 1, &error), &error, ERR_FORMAT,
                 "tensor 'action_decoder.xweight' is missing");
    assert_error(checkpoint_load(path, NULL, a.store, &bare, 1, &error), &error, ERR_FORMAT,
                 "tensor 'weight' is missing");
    const CheckpointPart fewer = { "savi.", "action_decoder." };
    assert_error(checkpoint_load(path, NULL, a.store, &fewer, 1, &error), &error, ERR_SHAPE,
                 "expected (2), found (3, 2)");
    fixture_release(&a);
    fixture_release(&wider);
}

static void unexpected_tensor(void **state)
{
    (void)state;
    Error error = { 0 };
    Fixture a;
    fixture_init(&a, 1, 3);
    const char *path = save(&a, "a.safetensors");
    ParamStore *store = NULL;
    assert_ok(params_create(&store, &error), &error);
    params_declare(store, "policy.weight", SHAPE(2, 3), (Init){ .kind = INIT_ZERO });
    params_declare(store, "policy.bias", SHAPE(2), (Init){ .kind = INIT_ZERO });
    assert_ok(params_allocate(store, &error), &error);
    assert_error(checkpoint_load(path, "policy", store, parts, 1, &error), &error, ERR_FORMAT,
                 "tensor 'policy.count' is unexpected");
    assert_true(params_value(store, 0)[0] == 0);
    params_destroy(store);
    fixture_release(&a);
}

static void other_models_config(void **state)
{
    (void)state;
    Error error = { 0 };
    Fixture a;
    fixture_init(&a, 1, 3);
    const char *path = save(&a, "a.safetensors");
    CheckpointView view = view_of(&a);
    TrainState loaded;
    view.config = "{\"model\": {\"a\": 2}, \"training\": {\"lr\": 1}}";
    assert_error(checkpoint_resume(path, &view, &loaded, &error), &error, ERR_ARGUMENT,
                 "'model' is not what the checkpoint was trained with");
    view.config = "{\"model\": {\"a\": 1}, \"predictor\": {}}";
    assert_error(checkpoint_resume(path, &view, &loaded, &error), &error, ERR_ARGUMENT,
                 "'predictor' is not what");
    view.config = "{\"model\": {\"a\": 1}, \"training\": {\"lr\": 5}}";
    assert_ok(checkpoint_resume(path, &view, &loaded, &error), &error);
    fixture_release(&a);
}

static void truncated(void **state)
{
    (void)state;
    Error error = { 0 };
    Fixture a;
    fixture_init(&a, 1, 3);
    const CheckpointView view = view_of(&a);
    char *bytes = NULL;
    size_t size = 0;
    assert_ok(file_read(&bytes, &size, save(&a, "a.safetensors"), &error), &error);
    const char *cut = temp_path(&folder, "cut.safetensors");
    for (size_t length = 0; length < size; length += 61) {
        TrainState loaded;
        test_write_file(cut, bytes, length);
        const Status status = checkpoint_resume(cut, &view, &loaded, &error);
        assert_true(status == ERR_FORMAT || status == ERR_IO);
        assert_contains(error.text, "resume from '");
    }
    memory_free(bytes);
    fixture_release(&a);
}

/* the metadata "state" replaced by another text of the same length */
static void state_that_lies(void **state)
{
    (void)state;
    static const char *const edits[][3] = {
        { "\\\"epoch\\\":7", "\\\"epoch\\\":x", "state" },
        { "\\\"epoch\\\":7", "\\\"epocj\\\":7", "'epoch': a number" },
        { "\\\"step\\\":1234567890123", "\\\"step\\\":123456789.123",
          "'step': 1.23457e+08 is not" },
        { "\\\"it\\\":3", "\\\"it\\\":-", "state" },
        { "\\\"validated\\\":true", "\\\"validated\\\":\\\"a\\\"", "" },
        { "\\\"kind\\\":\\\"cosine_", "\\\"kind\\\":\\\"kosine_", "schedule of kind 'kosine_" },
        { "\\\"count\\\":41", "\\\"count\\\":-1", "'count': a number" },
        { "\\\"optimizer_steps\\\":[101,", "\\\"optimizer_steps\\\":[1.1,",
          "'optimizer_steps': 1.1" },
        { "\\\"loss_sums\\\":", "\\\"loss_sumz\\\":", "'loss_sums': a list" },
    };
    Error error = { 0 };
    Fixture a;
    fixture_init(&a, 1, 3);
    const CheckpointView view = view_of(&a);
    const char *path = save(&a, "a.safetensors");
    const char *lie = temp_path(&folder, "lie.safetensors");
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        char *bytes = NULL;
        size_t size = 0;
        TrainState loaded;
        const size_t length = strlen(edits[i][0]);
        if (strlen(edits[i][1]) != length) continue;
        assert_ok(file_read(&bytes, &size, path, &error), &error);
        char *found = NULL;
        for (size_t k = 0; k + length <= size && !found; k++)
            if (!memcmp(bytes + k, edits[i][0], length)) found = bytes + k;
        assert_non_null(found);
        memcpy(found, edits[i][1], length);
        test_write_file(lie, bytes, size);
        memory_free(bytes);
        assert_error(checkpoint_resume(lie, &view, &loaded, &error), &error, ERR_FORMAT,
                     edits[i][2]);
    }
    fixture_release(&a);
}

/* the old file stays whole when the new one cannot be written */
static void unwritable(void **state)
{
    (void)state;
    Error error = { 0 };
    Fixture a;
    fixture_init(&a, 1, 3);
    const CheckpointView view = view_of(&a);
    assert_error(checkpoint_save("/nowhere/at/all.safetensors", &view, &error), &error, ERR_IO,
                 "save checkpoint '/nowhere/at/all.safetensors'");
    fixture_release(&a);
}

static Status save_and_resume(void *user, Error *error)
{
    Fixture *fixture = user;
    char path[512];
    snprintf(path, sizeof path, "%s/m.safetensors", folder.path);
    const CheckpointView view = view_of(fixture);
    TrainState loaded;
    Status status = checkpoint_save(path, &view, error);
    if (!status) status = checkpoint_resume(path, &view, &loaded, error);
    return status;
}

static void out_of_memory(void **state)
{
    (void)state;
    Fixture a;
    fixture_init(&a, 1, 3);
    assert_true(fail_each_allocation(save_and_resume, &a, 1) > 20);
    fixture_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(one_model_of_two, setup, teardown),
        cmocka_unit_test_setup_teardown(bare_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(other_table, setup, teardown),
        cmocka_unit_test_setup_teardown(does_not_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(unexpected_tensor, setup, teardown),
        cmocka_unit_test_setup_teardown(other_models_config, setup, teardown),
        cmocka_unit_test_setup_teardown(truncated, setup, teardown),
        cmocka_unit_test_setup_teardown(state_that_lies, setup, teardown),
        cmocka_unit_test_setup_teardown(unwritable, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
