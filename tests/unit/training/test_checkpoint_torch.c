#include "training/checkpoint_torch.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/safetensors.h"
#include "data/formats/torch_writer.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"
#include "training/checkpoint.h"

/* a policy and its action decoder, each of one weight, after three steps */
static const CheckpointPart parts[] = { { "policy.", "policy." },
                                        { "action_decoder.", "action_decoder." } };

typedef struct Policy {
    ParamStore *store;
    Optimizer *optimizers[2];
} Policy;

static void policy_create(Policy *policy)
{
    Error error;
    const Init normal = { .kind = INIT_NORMAL, .scale = 1 };
    assert_ok(params_create(&policy->store, &error), &error);
    params_declare(policy->store, "policy.latent_action_predictor.weight", SHAPE(2, 3), normal);
    params_declare(policy->store, "action_decoder.mlp.0.0.weight", SHAPE(4), normal);
    assert_ok(params_allocate(policy->store, &error), &error);
    params_initialize(policy->store, 1);
    for (int i = 0; i < 2; i++) {
        assert_ok(
            optimizer_create(&policy->optimizers[i], policy->store, &i, 1, adam_default(), &error),
            &error);
        optimizer_set_steps(policy->optimizers[i], 3);
        optimizer_exp_avg(policy->optimizers[i], 0)[1] = (real)0.25;
        optimizer_exp_avg_sq(policy->optimizers[i], 0)[2] = (real)0.5;
    }
}

static void policy_release(Policy *policy)
{
    optimizer_destroy(policy->optimizers[0]);
    optimizer_destroy(policy->optimizers[1]);
    params_destroy(policy->store);
}

/* training parameters whose schedule is at `state` after three steps */
#define PARAMS                                                                                     \
    "{\"training\": {\"lr\": 0.001, \"scheduler\": \"cosine_annealing\", \"scheduler_steps\": "    \
    "100, \"lr_warmup\": true, \"warmup_steps\": 10}}"

static Json *training_params(void)
{
    Error error;
    Json *params = NULL;
    assert_ok(json_parse(&params, PARAMS, "params", &error), &error);
    return params;
}

static void save_policy(const Policy *policy, const char *path)
{
    Error error;
    TrainState state = { .step = 3, .epoch = 1 };
    ScheduleOptions options = schedule_default();
    options.lr = 1e-3;
    options.period = 100;
    options.warmup_steps = 10;
    state.schedule = schedule_start(options);
    for (int it = 0; it < 3; it++)
        schedule_begin_step(&state.schedule, it, 0);
    const CheckpointView view = { .kind = "policy",
                                  .store = policy->store,
                                  .parts = parts,
                                  .part_count = 2,
                                  .optimizers = policy->optimizers,
                                  .state = &state,
                                  .config = PARAMS };
    assert_ok(checkpoint_save(path, &view, &error), &error);
}

static const char *place(void **state, const char *name)
{
    return temp_path(*state, name);
}

static void export_part(void **state, const char *part)
{
    Error error;
    CheckpointSummary summary;
    const CheckpointExport request = { .path = place(state, "a.safetensors"), .part = part };
    assert_ok(checkpoint_export_torch(&summary, place(state, part), &request, &error), &error);
    assert_int_equal(summary.tensors, 1);
    assert_int_equal(summary.moments, 1);
    assert_int_equal(summary.step, 3);
}

/* what was trained here goes out as two files and comes back as it was, the schedule through the parameters */
static void a_policy_goes_round(void **state)
{
    Error error;
    Policy policy;
    CheckpointSummary summary;
    TrainState before, after;
    policy_create(&policy);
    save_policy(&policy, place(state, "a.safetensors"));
    export_part(state, "policy");
    export_part(state, "action_decoder");
    Json *params = training_params();
    const CheckpointImport request = { .path = place(state, "policy"),
                                       .action_decoder = place(state, "action_decoder"),
                                       .params = params };
    assert_ok(checkpoint_import(&summary, place(state, "b.safetensors"), &request, &error), &error);
    assert_string_equal(summary.kind, "policy");
    assert_true(summary.trained && summary.scheduled);
    assert_int_equal(summary.moments, 2);
    const CheckpointView view = { .kind = "policy",
                                  .store = policy.store,
                                  .parts = parts,
                                  .part_count = 2,
                                  .optimizers = policy.optimizers };
    assert_ok(checkpoint_resume(place(state, "a.safetensors"), &view, &before, &error), &error);
    optimizer_exp_avg(policy.optimizers[1], 0)[1] = 0;
    params_values(policy.store)[0] += 1;
    const real value = params_values(policy.store)[0];
    assert_ok(checkpoint_resume(place(state, "b.safetensors"), &view, &after, &error), &error);
    assert_true(params_values(policy.store)[0] == value - 1);
    assert_true(optimizer_exp_avg(policy.optimizers[1], 0)[1] == (real)0.25);
    assert_int_equal(optimizer_steps(policy.optimizers[1]), 3);
    assert_memory_equal(&before.schedule.rate, &after.schedule.rate, sizeof(double));
    assert_int_equal(before.schedule.options.warmup_steps, after.schedule.options.warmup_steps);
    assert_int_equal(before.epoch, after.epoch);
    assert_int_equal(before.step, after.step);
    json_destroy(params);
    policy_release(&policy);
}

static void wrong_requests(void **state)
{
    Error error;
    Policy policy;
    CheckpointSummary summary;
    policy_create(&policy);
    save_policy(&policy, place(state, "a.safetensors"));
    policy_release(&policy);
    export_part(state, "policy");
    export_part(state, "action_decoder");
    const char *out = place(state, "out");
    CheckpointExport whole = { .path = place(state, "a.safetensors") };
    assert_error(checkpoint_export_torch(&summary, out, &whole, &error), &error, ERR_ARGUMENT,
                 "name the part that is wanted");
    CheckpointImport request = { .path = place(state, "action_decoder") };
    assert_error(checkpoint_import(&summary, out, &request, &error), &error, ERR_ARGUMENT,
                 "an action decoder, the second half of a policy");
    request = (CheckpointImport){ .path = place(state, "policy"),
                                  .action_decoder = place(state, "policy") };
    assert_error(checkpoint_import(&summary, out, &request, &error), &error, ERR_FORMAT,
                 "not an action decoder");
    request.kind = "SAVi";
    assert_error(checkpoint_import(&summary, out, &request, &error), &error, ERR_ARGUMENT,
                 "a SAVi has none");
    assert_false(file_exists(out));
}

/* another warm-up would have given another rate */
static void parameters_that_do_not_fit(void **state)
{
    Error error;
    Policy policy;
    CheckpointSummary summary;
    policy_create(&policy);
    save_policy(&policy, place(state, "a.safetensors"));
    policy_release(&policy);
    export_part(state, "policy");
    Json *params = training_params();
    assert_ok(config_set(params, "training.warmup_steps=20", &error), &error);
    CheckpointImport request = { .path = place(state, "policy"), .params = params };
    assert_error(checkpoint_import(&summary, place(state, "out"), &request, &error), &error,
                 ERR_ARGUMENT, "gives a rate of 0.0001 after 3 steps, the file has 0.0002");
    request.model_only = true;
    assert_ok(checkpoint_import(&summary, place(state, "out"), &request, &error), &error);
    assert_false(summary.trained);
    assert_int_equal(summary.moments, 0);
    json_destroy(params);
}

/* ---- files made for the purpose ---- */

typedef struct Made {
    double eps;
    int parameters; /* in the group's list */
    int shape;      /* of the first moment */
    int steps[2];
    const char *key;
} Made;

static void put_named(TorchWriter *writer, const char *key, double value)
{
    torch_put_text(writer, key);
    torch_put_real(writer, value);
}

static void put_floats(TorchWriter *writer, const char *name, int count)
{
    static const float zeros[8];
    const TensorView view = { .name = name,
                              .dtype = DTYPE_F32,
                              .rank = 1,
                              .shape = { count },
                              .data = zeros,
                              .bytes = (size_t)count * sizeof *zeros };
    torch_put_text(writer, name);
    torch_put_tensor(writer, &view);
}

static void put_entry(TorchWriter *writer, int index, int steps, int shape)
{
    torch_put_integer(writer, index);
    torch_begin_dict(writer);
    torch_put_text(writer, "step");
    torch_put_integer(writer, steps);
    put_floats(writer, "exp_avg", shape);
    put_floats(writer, "exp_avg_sq", 2);
    torch_end_dict(writer);
}

static void put_optimizer(TorchWriter *writer, const Made *made)
{
    torch_put_text(writer, "optimizer_state_dict");
    torch_begin_dict(writer);
    torch_put_text(writer, "state");
    torch_begin_dict(writer);
    for (int i = 0; i < 2; i++)
        put_entry(writer, i, made->steps[i], i ? 2 : made->shape);
    torch_end_dict(writer);
    torch_put_text(writer, "param_groups");
    torch_begin_list(writer);
    torch_begin_dict(writer);
    put_named(writer, "lr", 1e-4);
    put_named(writer, "eps", made->eps);
    torch_put_text(writer, "betas");
    torch_begin_tuple(writer);
    torch_put_real(writer, 0.9);
    torch_put_real(writer, 0.999);
    torch_end_tuple(writer);
    torch_put_text(writer, "params");
    torch_begin_list(writer);
    for (int i = 0; i < made->parameters; i++)
        torch_put_integer(writer, i);
    torch_end_list(writer);
    torch_end_dict(writer);
    torch_end_list(writer);
    torch_end_dict(writer);
}

static void make(const char *path, const Made *made)
{
    Error error;
    TorchWriter *writer = NULL;
    assert_ok(torch_writer_create(&writer, &error), &error);
    torch_begin_dict(writer);
    torch_put_text(writer, "epoch");
    torch_put_integer(writer, 4);
    torch_put_text(writer, "model_state_dict");
    torch_begin_ordered_dict(writer);
    put_floats(writer, made->key, 2);
    put_floats(writer, "norm.running_mean", 2); /* a buffer: not numbered */
    put_floats(writer, "last.weight", 2);
    torch_end_dict(writer);
    put_optimizer(writer, made);
    torch_end_dict(writer);
    assert_ok(torch_writer_finish(writer, path, &error), &error);
    torch_writer_destroy(writer);
}

static const Made usual = { 1e-8, 2, 2, { 5, 5 }, "module.slot_attention.to_q.weight" };

static void names_and_numbers(void **state)
{
    Error error;
    CheckpointSummary summary;
    Safetensors *file = NULL;
    const char *path = place(state, "made.pth"), *out = place(state, "out.safetensors");
    make(path, &usual);
    const CheckpointImport request = { .path = path };
    assert_ok(checkpoint_import(&summary, out, &request, &error), &error);
    assert_string_equal(summary.kind, "SAVi");
    assert_int_equal(summary.tensors, 3);
    assert_int_equal(summary.parameters, 6);
    assert_int_equal(summary.moments, 2);
    assert_int_equal(summary.epoch, 5);
    assert_int_equal(summary.step, 5);
    assert_false(summary.scheduled); /* the file has neither schedule nor warm-up */
    assert_ok(safetensors_open(&file, out, &error), &error);
    assert_non_null(safetensors_find(file, "slot_attention.to_q.weight"));
    assert_non_null(safetensors_find(file, "optimizer.exp_avg.last.weight"));
    assert_null(safetensors_find(file, "optimizer.exp_avg.norm.running_mean"));
    safetensors_close(file);
}

static void refused(void **state, Made made, Status status, const char *part)
{
    Error error;
    CheckpointSummary summary;
    const char *path = place(state, "made.pth"), *out = place(state, "out.safetensors");
    make(path, &made);
    const CheckpointImport request = { .path = path };
    assert_error(checkpoint_import(&summary, out, &request, &error), &error, status, part);
    assert_false(file_exists(out));
}

static void contents_that_do_not_fit(void **state)
{
    Made made = usual;
    made.eps = 1e-5;
    refused(state, made, ERR_UNSUPPORTED, "'eps' is 1e-05, not 1e-08");
    made = usual;
    made.parameters = 3;
    refused(state, made, ERR_FORMAT, "it lists 3 parameters, the model has 2");
    made = usual;
    made.shape = 1;
    refused(state, made, ERR_FORMAT, "'exp_avg' of 'slot_attention.to_q.weight' is no tensor");
    made = usual;
    made.steps[1] = 6;
    refused(state, made, ERR_UNSUPPORTED, "different numbers of steps: 5 and 6");
    made = usual;
    made.steps[0] = made.steps[1] = -1;
    refused(state, made, ERR_FORMAT, "'step' of entry 0");
    made = usual;
    made.key = "features.0.weight";
    refused(state, made, ERR_FORMAT, "the first is 'features.0.weight'");
    made = usual;
    made.key = "slot_attention\n";
    refused(state, made, ERR_FORMAT, "the key of tensor 0 is no name");
}

static void the_batch_counter_is_whole_there(void **state)
{
    Error error;
    ParamStore *store = NULL;
    CheckpointSummary summary;
    Safetensors *file = NULL;
    const CheckpointPart part = { "savi.", "" };
    const char *path = place(state, "a.safetensors"), *out = place(state, "w.safetensors");
    assert_ok(params_create(&store, &error), &error);
    params_declare_buffer(store, "savi.norm.num_batches_tracked", SHAPE_SCALAR,
                          (Init){ .kind = INIT_ONE });
    assert_ok(params_allocate(store, &error), &error);
    params_initialize(store, 0);
    const CheckpointView view = { "SAVi", store, &part, 1, NULL, NULL, NULL, NULL };
    assert_ok(checkpoint_save(path, &view, &error), &error);
    const CheckpointExport request = { .path = path };
    assert_ok(checkpoint_export_weights(&summary, out, &request, &error), &error);
    assert_ok(safetensors_open(&file, out, &error), &error);
    const TensorView *counter = safetensors_find(file, "norm.num_batches_tracked");
    int64_t value = 0;
    assert_int_equal(counter->dtype, DTYPE_I64);
    memcpy(&value, counter->data, sizeof value);
    assert_int_equal(value, 1);
    safetensors_close(file);
    params_destroy(store);
}

typedef struct Round {
    const char *in, *out;
} Round;

static Status import_once(void *user, Error *error)
{
    const Round *round = user;
    CheckpointSummary summary;
    const CheckpointImport request = { .path = round->in };
    return checkpoint_import(&summary, round->out, &request, error);
}

static Status export_once(void *user, Error *error)
{
    const Round *round = user;
    CheckpointSummary summary;
    const CheckpointExport request = { .path = round->in };
    return checkpoint_export_torch(&summary, round->out, &request, error);
}

static void memory_may_fail(void **state)
{
    char made[300], ours[300], theirs[300];
    snprintf(made, sizeof made, "%s", place(state, "made.pth"));
    snprintf(ours, sizeof ours, "%s", place(state, "ours.safetensors"));
    snprintf(theirs, sizeof theirs, "%s", place(state, "theirs.pth"));
    make(made, &usual);
    assert_true(fail_each_allocation(import_once, &(Round){ made, ours }, 1) > 20);
    assert_true(fail_each_allocation(export_once, &(Round){ ours, theirs }, 1) > 10);
}

#define IN_FOLDER(test)                                                                            \
    cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_policy_goes_round),
        IN_FOLDER(wrong_requests),
        IN_FOLDER(parameters_that_do_not_fit),
        IN_FOLDER(names_and_numbers),
        IN_FOLDER(contents_that_do_not_fit),
        IN_FOLDER(the_batch_counter_is_whole_there),
        IN_FOLDER(memory_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
