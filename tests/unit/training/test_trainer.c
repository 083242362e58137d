/* training: what a run does, that it can be resumed anywhere, what it leaves alone */
#include "training/trainer.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/safetensors.h"
#include "training/stage.h"
#include "unit/training/training_programs.h"

/* ---- what a run does ---- */

static void a_whole_run(void **state)
{
    (void)state;
    Error error = { 0 };
    Seen seen;
    Json *params = tiny_params(TINY_SAVI, data.path, false);
    const TrainRequest request = request_of(params, &models, &seen);
    assert_ok(train_savi(&request, &error), &error);
    assert_string_equal(seen.start.kind, "SAVi");
    assert_int_equal(seen.start.total_steps, 12);
    assert_int_equal(seen.start.clips, 16);
    assert_int_equal(seen.start.valid_clips, 2);
    assert_int_equal(seen.start.micro_batch, 2);
    assert_true(seen.start.parameters > 500 && seen.start.flop_per_step > 1e5);
    assert_int_equal(seen.steps, 12);
    assert_int_equal(seen.epochs[SPLIT_TRAIN], 3);
    assert_int_equal(seen.epochs[SPLIT_VALID], 3);
    assert_int_equal(seen.watched, 3);
    assert_int_equal(seen.pictures, 3); /* steps 0, 4, 8 */
    assert_int_equal(seen.saves, 3 + 2 + 1);
    assert_int_equal(seen.notes, 0);
    assert_true(file_exists(temp_path(&models, CHECKPOINT_LAST)));
    assert_true(file_exists(temp_path(&models, "checkpoint_epoch_1.safetensors")));
    assert_false(file_exists(temp_path(&models, "checkpoint_epoch_0.safetensors")));
    assert_true(file_exists(temp_path(&models, CHECKPOINT_FINAL)));
    assert_true(seen.rates[0] == 0.0 && seen.rates[3] == 0.01 && seen.rates[4] == 0.01);
    assert_true(seen.rates[5] < 0.01);
    const double mean = (seen.totals[0] + seen.totals[1] + seen.totals[2] + seen.totals[3]) / 4;
    assert_true(fabs(seen.train_means[0] - mean) < 1e-12);
    json_destroy(params);
}

/* enough steps on little data lower the loss on episodes that were never seen */
static void learns(void **state)
{
    (void)state;
    Error error = { 0 };
    Seen seen;
    Json *params = tiny_params(TINY_SAVI, data.path, false);
    tiny_set(params, "training.playslot.iters_per_epoch=100");
    tiny_set(params, "training.image_log_frequency=1000");
    tiny_set(params, "training.clipping_max_value=1");
    const TrainRequest request = request_of(params, &models, &seen);
    assert_ok(train_savi(&request, &error), &error);
    assert_int_equal(seen.notes, 1);
    assert_true(seen.last_valid < 0.6 * seen.first_valid);
    json_destroy(params);
}

/* 1, 2 and 3 workers write the same bytes, in all programs */
static void any_number_of_workers(void **state)
{
    (void)state;
    frozen();
    for (int which = 0; which < PROGRAMS; which++) {
        run_program(which, &models, 1, false, -1);
        for (int workers = 2; workers <= 3; workers++) {
            run_program(which, &others, workers, false, -1);
            assert_same_result();
        }
    }
}

/* stopped anywhere and resumed: the same bytes at the end */
static void resumes_bit_for_bit(void **state)
{
    (void)state;
    frozen();
    for (int which = 0; which < PROGRAMS; which++) {
        run_program(which, &models, 2, false, -1);
        for (int stop = which % 2; stop < 11; stop += which ? 4 : 2) {
            run_program(which, &others, 1 + stop % 3, false, stop);
            assert_same_result();
        }
    }
}

/* the same with slots cut from whole episodes and unused codes restarted */
static void resumes_on_whole_episodes(void **state)
{
    (void)state;
    frozen();
    whole_episodes = true;
    for (int which = 1; which < PROGRAMS; which++) {
        run_program(which, &models, 1, false, -1);
        run_program(which, &others, 3, false, 6);
        assert_same_result();
    }
    whole_episodes = false;
}

/* running statistics are part of what must not depend on workers, and of what is saved */
static void batch_norm_too(void **state)
{
    (void)state;
    run_program(0, &models, 1, true, -1);
    run_program(0, &others, 3, true, 5);
    assert_same_result();
}

/* train in a process of its own that saves after every step, and kill it after a while */
static void run_and_kill(const Json *params, int milliseconds)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        Error error = { 0 };
        const char *last = temp_path(&others, CHECKPOINT_LAST);
        const bool resume = file_exists(last);
        const TrainRequest request = { .params = params,
                                       .models_folder = others.path,
                                       .workers = 2,
                                       .version = "0.0",
                                       .checkpoint = resume ? last : NULL,
                                       .resume = resume };
        _exit(train_savi(&request, &error) ? 1 : 0);
    }
    const struct timespec pause = { .tv_nsec = milliseconds * 1000000L };
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
}

/* killed again and again: whatever is found under the name of a checkpoint is whole, and going on from it
 * gives the same bytes as a run that nobody disturbed */
static void killed_at_any_moment(void **state)
{
    (void)state;
    Error error = { 0 };
    Seen seen;
    Json *params = tiny_params(TINY_SAVI, data.path, false);
    tiny_set(params, "training.playslot.autosave_seconds=0.0000001");
    TrainRequest request = request_of(params, &models, &seen);
    request.version = "0.0";
    assert_ok(train_savi(&request, &error), &error);
    for (int i = 0; i < 12; i++)
        run_and_kill(params, 5 + 7 * i % 60);
    const char *last = temp_path(&others, CHECKPOINT_LAST);
    request = request_of(params, &others, &seen);
    request.checkpoint = file_exists(last) ? last : NULL;
    request.resume = file_exists(last);
    assert_ok(train_savi(&request, &error), &error);
    assert_true(test_files_equal(temp_path(&models, CHECKPOINT_FINAL),
                                 temp_path(&others, CHECKPOINT_FINAL)));
    json_destroy(params);
}

/* a run that has ended is ended: resuming it saves once more and says nothing */
static void resume_after_the_end(void **state)
{
    (void)state;
    Error error = { 0 };
    Seen seen;
    Json *params = tiny_params(TINY_SAVI, data.path, false);
    TrainRequest request = request_of(params, &models, &seen);
    assert_ok(train_savi(&request, &error), &error);
    request = request_of(params, &others, &seen);
    request.checkpoint = temp_path(&models, CHECKPOINT_LAST);
    request.resume = true;
    assert_ok(train_savi(&request, &error), &error);
    assert_int_equal(seen.steps, 0);
    assert_true(test_files_equal(temp_path(&models, CHECKPOINT_FINAL),
                                 temp_path(&others, CHECKPOINT_FINAL)));
    tiny_set(params, "training.num_epochs=4");
    request = request_of(params, &others, &seen);
    request.checkpoint = temp_path(&models, CHECKPOINT_FINAL);
    request.resume = true;
    assert_ok(train_savi(&request, &error), &error);
    assert_int_equal(seen.steps, 4);
    json_destroy(params);
}

/* single frames first, clips later: weights alone are taken over */
static void warm_start(void **state)
{
    (void)state;
    Error error = { 0 };
    Seen seen;
    Json *params = tiny_params(TINY_SAVI, data.path, false);
    tiny_set(params, "dataset.num_frames=1");
    TrainRequest request = request_of(params, &models, &seen);
    assert_ok(train_savi(&request, &error), &error);
    const double single = seen.last_valid;
    tiny_set(params, "dataset.num_frames=4");
    tiny_set(params, "training.lr=0.001");
    request = request_of(params, &others, &seen);
    request.checkpoint = temp_path(&models, CHECKPOINT_FINAL);
    assert_ok(train_savi(&request, &error), &error);
    assert_int_equal(seen.start.first_step, 0);
    assert_int_equal(seen.steps, 12);
    assert_true(single > 0.0);
    request = request_of(params, &others, &seen);
    request.checkpoint = temp_path(&models, CHECKPOINT_FINAL);
    request.resume = true;
    assert_error(train_savi(&request, &error), &error, ERR_FORMAT,
                 "transition_module.ln_mlp.weight' is missing");
    tiny_set(params, "dataset.num_frames=1");
    assert_error(train_savi(&request, &error), &error, ERR_ARGUMENT,
                 "training.lr is not what the checkpoint was trained with");
    json_destroy(params);
}

static void folders_are_mixed(void **state)
{
    (void)state;
    Error error = { 0 };
    Seen seen;
    Json *params = tiny_params(TINY_SAVI, data.path, false);
    char *text = NULL;
    Json *also = NULL;
    fake_dataset(others.path, 30);
    assert_ok(string_format(&text, &error,
                            "[{\"datapath\": \"%s\", \"num_episodes\": 7, \"policy\": "
                            "\"expert\"}]",
                            others.path),
              &error);
    assert_ok(json_parse(&also, text, "also", &error), &error);
    assert_ok(json_set(json_path(params, "dataset.playslot"), "also", also, &error), &error);
    TrainRequest request = request_of(params, &models, &seen);
    assert_ok(train_savi(&request, &error), &error);
    assert_int_equal(seen.start.clips, 16 + 7);
    memory_free(text);
    json_destroy(params);
}

/* ---- what is frozen stays as it was, code books included (20.4 no. 40); the rest moves ---- */

typedef struct Watched {
    const char *const *prefixes; /* of what must not change */
    const ParamStore *store;     /* the stage lives until the last save */
    real *before;
    int saves, frozen, moved;
} Watched;

static Status watch_start(void *user, const TrainStart *start, Error *error)
{
    Watched *watched = user;
    watched->store = start->store;
    const size_t total = params_total(start->store);
    const Status status = memory_new_array(&watched->before, total, error);
    for (int i = 0; !status && i < params_count(start->store); i++) {
        const Param *param = params_at(start->store, i);
        memcpy(watched->before + param->offset, params_value_const(start->store, i),
               shape_count(param->shape) * sizeof(real));
    }
    return status;
}

static bool has_prefix(const Watched *watched, const char *name)
{
    for (int i = 0; i < 2; i++) {
        const char *prefix = watched->prefixes[i];
        if (prefix && !strncmp(name, prefix, strlen(prefix))) return true;
    }
    return false;
}

static Status watch_saved(void *user, const char *path, int64_t step, Error *error)
{
    (void)path;
    (void)step;
    (void)error;
    Watched *watched = user;
    watched->saves++;
    for (int i = 0; i < params_count(watched->store); i++) {
        const Param *param = params_at(watched->store, i);
        const real *now = params_value_const(watched->store, i);
        const size_t bytes = shape_count(param->shape) * sizeof(real);
        if (has_prefix(watched, param->name)) {
            assert_memory_equal(watched->before + param->offset, now, bytes);
            watched->frozen++;
        } else if (memcmp(watched->before + param->offset, now, bytes) != 0) {
            watched->moved++;
        }
    }
    return OK;
}

static void frozen_models_stay_as_they_were(void **state)
{
    (void)state;
    static const char *const prefixes[PROGRAMS][2] = {
        { NULL, NULL }, { "savi.", NULL }, { "savi.", "predictor." }, { "savi.", NULL }
    };
    frozen();
    for (int which = 1; which < PROGRAMS; which++) {
        Error error = { 0 };
        Seen seen;
        Watched watched = { .prefixes = prefixes[which] };
        Json *params = tiny_params(programs[which].kind, data.path, false);
        TrainRequest request = request_of(params, &models, &seen);
        use_frozen(&request);
        request.observer =
            (TrainObserver){ .user = &watched, .start = watch_start, .saved = watch_saved };
        assert_ok(programs[which].program(&request, &error), &error);
        assert_true(watched.saves > 3 && watched.moved > 0);
        assert_true(watched.frozen > 10 * watched.saves);
        memory_free(watched.before);
        json_destroy(params);
    }
}

static char *find_bytes(char *text, size_t size, const void *part, size_t length)
{
    for (size_t i = 0; i + length <= size; i++)
        if (!memcmp(text + i, part, length)) return text + i;
    return NULL;
}

/* weights that hold NaN: step, loss and first bad node are named, the last checkpoint is untouched */
static void nan_is_found(void **state)
{
    (void)state;
    Error error = { 0 };
    Seen seen;
    Json *params = tiny_params(TINY_SAVI, data.path, false);
    TrainRequest request = request_of(params, &models, &seen);
    tiny_set(params, "training.num_epochs=1");
    assert_ok(train_savi(&request, &error), &error);
    const char *path = temp_path(&models, CHECKPOINT_FINAL);
    char *bytes = NULL;
    size_t size = 0;
    assert_ok(file_read(&bytes, &size, path, &error), &error);
    Safetensors *file = NULL;
    assert_ok(safetensors_open(&file, path, &error), &error);
    const TensorView *view = safetensors_find(file, "slot_attention.to_k.weight");
    assert_non_null(view);
    char *found = find_bytes(bytes, size, view->data, view->bytes);
    assert_non_null(found);
    memset(found, 0xff, dtype_size(view->dtype)); /* a NaN */
    safetensors_close(file);
    const char *poisoned = temp_path(&others, "poisoned.safetensors");
    test_write_file(poisoned, bytes, size);
    memory_free(bytes);
    tiny_set(params, "training.valid_iters_per_epoch=1");
    request = request_of(params, &others, &seen);
    request.checkpoint = poisoned;
    assert_error(train_savi(&request, &error), &error, ERR_NUMERIC, "loss 'mse' is ");
    assert_contains(error.text, "before step 0");
    assert_contains(error.text, "slot_attention");
    assert_false(file_exists(temp_path(&others, CHECKPOINT_LAST)));
    json_destroy(params);
}

/* the model of a checkpoint with one parameter set to `value` throughout */
static void write_changed(const char *to, const char *from, const char *name, float value)
{
    char *bytes = NULL;
    size_t size = 0;
    Safetensors *file = NULL;
    Error error = { 0 };
    assert_ok(file_read(&bytes, &size, from, &error), &error);
    assert_ok(safetensors_open(&file, from, &error), &error);
    const TensorView *view = safetensors_find(file, name);
    assert_non_null(view);
    char *found = find_bytes(bytes, size, view->data, view->bytes);
    assert_non_null(found);
    for (size_t at = 0; at < view->bytes; at += dtype_size(view->dtype)) {
        const double wide = (double)value;
        memcpy(found + at, view->dtype == DTYPE_F32 ? (const void *)&value : (const void *)&wide,
               dtype_size(view->dtype));
    }
    safetensors_close(file);
    test_write_file(to, bytes, size);
    memory_free(bytes);
}

/* the oracle's loss is clamped: actions beyond [-1, 1] get no gradient, so nothing moves (20.4 no. 46) */
static void an_oracle_beyond_the_limits_does_not_move(void **state)
{
    (void)state;
    static const char *const nothing[2] = { NULL, NULL };
    Error error = { 0 };
    Seen seen;
    frozen();
    run_program(TINY_ORACLE_KIND, &models, 1, false, -1);
    const char *stuck = temp_path(&others, "stuck.safetensors");
    write_changed(stuck, temp_path(&models, CHECKPOINT_FINAL), "latent_action_predictor.bias", 100);
    Json *params = tiny_params(TINY_ORACLE_KIND, data.path, false);
    Watched watched = { .prefixes = nothing };
    TrainRequest request = request_of(params, &others, &seen);
    use_frozen(&request);
    request.checkpoint = stuck;
    request.observer =
        (TrainObserver){ .user = &watched, .start = watch_start, .saved = watch_saved };
    assert_ok(train_oracle(&request, &error), &error);
    assert_true(watched.saves > 3);
    assert_int_equal(watched.moved, 0);
    memory_free(watched.before);
    json_destroy(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_whole_run, setup, teardown),
        cmocka_unit_test_setup_teardown(learns, setup, teardown),
        cmocka_unit_test_setup_teardown(any_number_of_workers, setup, teardown),
        cmocka_unit_test_setup_teardown(resumes_bit_for_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(resumes_on_whole_episodes, setup, teardown),
        cmocka_unit_test_setup_teardown(batch_norm_too, setup, teardown),
        cmocka_unit_test_setup_teardown(killed_at_any_moment, setup, teardown),
        cmocka_unit_test_setup_teardown(resume_after_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(warm_start, setup, teardown),
        cmocka_unit_test_setup_teardown(folders_are_mixed, setup, teardown),
        cmocka_unit_test_setup_teardown(frozen_models_stay_as_they_were, setup, teardown),
        cmocka_unit_test_setup_teardown(nan_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(an_oracle_beyond_the_limits_does_not_move, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
