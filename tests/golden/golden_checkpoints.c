/**
 * Runs every checkpoint of a folder: golden_checkpoints DIR. <name>.pth, written by the reference, is imported;
 * checksums of all tensors, the optimiser's state, counters and schedule must be those of
 * <name>_io.safetensors, and the model built from the imported file must give its outputs. Then it is exported
 * and imported again, which must give the same file. One line per checkpoint with its worst error.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "golden/golden_models_runners.h"
#include "training/checkpoint_internal.h"
#include "training/checkpoint_torch.h"

/* sums in another order than the file's: of up to a million numbers, in double */
#define TOLERANCE_SUM ((Tolerance){ 1e-13, 1e-300 })

/* of the largest magnitude; 3.5e-6 is reached, by pictures of the model with the default sizes */
#define TOLERANCE_OUTPUT ((Tolerance){ 1e-5, 1e-9 })

typedef struct Case {
    Fixture fixture;
    const char *path;    /* FILE.pth */
    char imported[256];  /* ours */
    char again[256];     /* ours after a round */
    char exported[256];  /* theirs */
    Safetensors *file;   /* the imported one */
    CheckpointPart part; /* of the model in it */
    const char *model;   /* part that is exported, NULL: the whole */
    CheckpointSummary summary;
} Case;

/* ---- tensors ---- */

static void compare_checksum(Case *c, const char *name, const double *values, int64_t count)
{
    double sums[4] = { 0 };
    for (int64_t i = 0; i < count; i++) {
        sums[0] += values[i];
        sums[1] += fabs(values[i]);
    }
    sums[2] = count ? values[0] : 0;
    sums[3] = count ? values[count - 1] : 0;
    fixture_compare_double(&c->fixture, name, sums, 4, TOLERANCE_SUM);
}

/* "out.checksum.<rest>" against a tensor of the imported file */
static void check_tensor(Case *c, const char *checksum, const char *tensor)
{
    Error error = { OK, "" };
    double *values = NULL;
    const TensorView *view = safetensors_find(c->file, tensor);
    if (!view) {
        fixture_fail(&c->fixture, "'%s' was not imported", tensor);
        return;
    }
    const int64_t count = tensor_view_count(view);
    fixture_require(&c->fixture, memory_new_array(&values, (size_t)count, &error), &error);
    if (values)
        fixture_require(&c->fixture, tensor_view_read_f64(view, values, count, &error), &error);
    if (!c->fixture.problem[0]) compare_checksum(c, checksum, values, count);
    memory_free(values);
}

/* every parameter and buffer; `module.` is only in the reference's names */
static void check_model(Case *c)
{
    for (int i = 0; i < params_count(c->fixture.store) && !c->fixture.problem[0]; i++) {
        const char *key = params_at(c->fixture.store, i)->name;
        char checksum[400], tensor[400];
        snprintf(checksum, sizeof checksum, "out.checksum.model.%s", key);
        if (!fixture_has(&c->fixture, "%s", checksum))
            snprintf(checksum, sizeof checksum, "out.checksum.model.module.%s", key);
        snprintf(tensor, sizeof tensor, "%s%s", c->part.file, key);
        check_tensor(c, checksum, tensor);
    }
}

/* one moment of parameter number `index`: there in both files or in neither */
static void check_moment(Case *c, int index, const char *which, const char *prefix, const char *key)
{
    char checksum[400], tensor[400];
    snprintf(checksum, sizeof checksum, "out.checksum.optimizer.%d.%s", index, which);
    snprintf(tensor, sizeof tensor, "%s%s%s", prefix, c->part.file, key);
    if (fixture_has(&c->fixture, "%s", checksum))
        check_tensor(c, checksum, tensor);
    else if (safetensors_find(c->file, tensor))
        fixture_fail(&c->fixture, "'%s' is a gap in the reference's state", tensor);
}

static void check_step(Case *c, int index)
{
    char name[100];
    const double steps = (double)c->summary.step;
    const double sums[4] = { steps, steps, steps, steps };
    snprintf(name, sizeof name, "out.checksum.optimizer.%d.step", index);
    if (fixture_has(&c->fixture, "%s", name))
        fixture_compare_double(&c->fixture, name, sums, 4, TOLERANCE_EXACT);
}

/* parameters are numbered in the order in which our models declare them */
static void check_optimizer(Case *c)
{
    int index = 0;
    for (int i = 0; i < params_count(c->fixture.store) && !c->fixture.problem[0]; i++) {
        const Param *param = params_at(c->fixture.store, i);
        if (param->is_buffer) continue;
        check_moment(c, index, "exp_avg", EXP_AVG_PREFIX, param->name);
        check_moment(c, index, "exp_avg_sq", EXP_AVG_SQ_PREFIX, param->name);
        check_step(c, index++);
    }
}

/* ---- counters and schedule ---- */

static Json *metadata_json(Case *c, const char *key)
{
    Error error = { OK, "" };
    Json *json = NULL;
    const char *text = safetensors_metadata(c->fixture.file, key);
    if (text && strcmp(text, "null") && strcmp(text, "\"\""))
        fixture_require(&c->fixture, json_parse(&json, text, key, &error), &error);
    return json;
}

static void expect_number(Case *c, const char *what, double found, const Json *wanted)
{
    const double number =
        json_is_bool(wanted) ? json_as_bool(wanted, false) : json_as_number(wanted, (double)NAN);
    if (found != number) fixture_fail(&c->fixture, "%s is %.17g, not %.17g", what, found, number);
}

static void check_schedule(Case *c, const Schedule *schedule)
{
    Json *group = metadata_json(c, "optimizer_param_group");
    Json *scheduler = metadata_json(c, "scheduler_state");
    Json *warmup = metadata_json(c, "lr_warmup_state");
    expect_number(c, "rate", schedule->rate, json_get(group, "lr"));
    if (scheduler) {
        expect_number(c, "period", schedule->options.period, json_get(scheduler, "T_max"));
        expect_number(c, "count", (double)schedule->count, json_get(scheduler, "last_epoch"));
    }
    if (warmup) {
        const ScheduleOptions *options = &schedule->options;
        expect_number(c, "lr", options->lr, json_get(warmup, "init_lr"));
        expect_number(c, "steps", (double)options->warmup_steps, json_get(warmup, "warmup_steps"));
        expect_number(c, "epochs", options->warmup_epochs, json_get(warmup, "max_epochs"));
        expect_number(c, "warming", schedule->warming, json_get(warmup, "active"));
        expect_number(c, "final", (double)schedule->final_step, json_get(warmup, "final_step"));
    }
    if (c->summary.scheduled != (scheduler && warmup))
        fixture_fail(&c->fixture, "the schedule should be %sknown", scheduler ? "" : "un");
    json_destroy(group);
    json_destroy(scheduler);
    json_destroy(warmup);
}

static void check_state(Case *c)
{
    Error error = { OK, "" };
    TrainState state;
    int64_t steps[CHECKPOINT_PARTS_MAX];
    const bool expected = safetensors_metadata(c->fixture.file, "optimizer_param_group") != NULL;
    if (expected != c->summary.trained)
        fixture_fail(&c->fixture, "a state of training is %s", expected ? "lost" : "made up");
    if (!expected || c->fixture.problem[0]) return;
    const int count = c->model ? 2 : 1;
    fixture_require(&c->fixture, checkpoint_state_parse(&state, steps, count, c->file, &error),
                    &error);
    if (c->fixture.problem[0]) return;
    Json *epoch = metadata_json(c, "epoch");
    expect_number(c, "the epoch done", state.epoch - 1, epoch);
    json_destroy(epoch);
    check_schedule(c, &state.schedule);
}

/* ---- outputs ---- */

static void load(Case *c)
{
    Error error = { OK, "" };
    Fixture *fixture = &c->fixture;
    if (fixture->problem[0]) return;
    fixture_require(
        fixture, checkpoint_load(c->imported, NULL, fixture->store, &c->part, 1, &error), &error);
}

static void allocate(Case *c)
{
    Error error = { OK, "" };
    if (!c->fixture.problem[0])
        fixture_require(&c->fixture, params_allocate(c->fixture.store, &error), &error);
}

static void run_savi_case(Case *c)
{
    Savi savi;
    Fixture *fixture = &c->fixture;
    fixture_savi(fixture, &savi, "model.model_params", "");
    allocate(c);
    load(c);
    if (fixture->problem[0]) return;
    Graph *graph = fixture_graph(fixture);
    const Node video = fixture_input(fixture, "video", LAYOUT_IMAGE);
    const Node noise = fixture_input(fixture, "noise.slots", LAYOUT_PLAIN);
    const SaviClip clip = savi_clip(graph, &savi, video, noise, true, NULL);
    fixture_output(fixture, "slot_history", clip.slots, LAYOUT_PLAIN);
    fixture_output(fixture, "recons_imgs", clip.recons, LAYOUT_IMAGE);
    fixture_output(fixture, "masks", clip.masks, LAYOUT_PLAIN);
    fixture_output(fixture, "recons_objs", savi_objects(graph, clip.decoded), LAYOUT_IMAGE);
    fixture_run(fixture);
}

static void run_predictor_case(Case *c)
{
    PlaySlot model;
    Fixture *fixture = &c->fixture;
    const PlaySlotPass pass = { .num_seed = fixture_int(fixture, "num_seed"),
                                .num_preds = fixture_int(fixture, "num_preds") };
    fixture_playslot(fixture, &model, "predictor.predictor_params", false, "");
    allocate(c);
    if (!fixture->problem[0]) playslot_fill_tables(&model, fixture->store);
    load(c);
    if (fixture->problem[0]) return;
    Graph *graph = fixture_graph(fixture);
    const Node slots = fixture_input(fixture, "slots", LAYOUT_PLAIN);
    const Node noise = fixture_input(fixture, "noise.latent", LAYOUT_PLAIN);
    const PlaySlotNodes nodes = playslot_forward(graph, &model, slots, noise, pass);
    const LatentActions *actions = &nodes.actions;
    fixture_output(fixture, "pred_slots", nodes.pred_slots, LAYOUT_PLAIN);
    fixture_output(fixture, "sampled_latent_action", actions->sample, LAYOUT_PLAIN);
    fixture_output(fixture, "action_variability", actions->variability, LAYOUT_PLAIN);
    fixture_output_within(fixture, "action_idxs", actions->index, LAYOUT_PLAIN, TOLERANCE_EXACT);
    fixture_run(fixture);
}

static void run_policy_case(Case *c)
{
    Behavior model;
    Fixture *fixture = &c->fixture;
    c->part.file = "policy.";
    c->model = "policy";
    fixture_behavior(fixture, &model, "behavior_model",
                     fixture_int(fixture, "behavior_model.slot_dim"),
                     fixture_int(fixture, "behavior_model.action_dim"), "");
    allocate(c);
    load(c);
    if (fixture->problem[0]) return;
    Graph *graph = fixture_graph(fixture);
    const Node slots = fixture_input(fixture, "slots", LAYOUT_PLAIN);
    fixture_output(fixture, "action", behavior_forward(graph, &model, slots), LAYOUT_PLAIN);
    fixture_run(fixture);
}

static void run_model(Case *c)
{
    c->fixture.tolerance = TOLERANCE_OUTPUT;
    c->part = (CheckpointPart){ "", "" };
    if (!strcmp(c->summary.kind, "SAVi"))
        run_savi_case(c);
    else if (!strcmp(c->summary.kind, "predictor"))
        run_predictor_case(c);
    else if (!strcmp(c->summary.kind, "policy"))
        run_policy_case(c);
    else
        fixture_fail(&c->fixture, "a checkpoint of a %s", c->summary.kind);
}

/* ---- out and in again ---- */

static bool same_bytes(const char *a, const char *b)
{
    Error error;
    FileMap one, two;
    if (file_map(&one, a, &error)) return false;
    const bool same =
        !file_map(&two, b, &error) && one.size == two.size && !memcmp(one.data, two.data, one.size);
    if (same) file_unmap(&two);
    file_unmap(&one);
    return same;
}

static void check_round(Case *c)
{
    Error error = { OK, "" };
    CheckpointSummary summary;
    const CheckpointExport request = { .path = c->imported, .part = c->model };
    const CheckpointImport back = { .path = c->exported, .kind = c->summary.kind };
    if (c->fixture.problem[0]) return;
    fixture_require(&c->fixture, checkpoint_export_torch(&summary, c->exported, &request, &error),
                    &error);
    if (!c->fixture.problem[0])
        fixture_require(&c->fixture, checkpoint_import(&summary, c->again, &back, &error), &error);
    if (!c->fixture.problem[0] && !same_bytes(c->imported, c->again))
        fixture_fail(&c->fixture, "exported and imported again it is another file");
}

/* ---- a folder ---- */

static void run_case(Case *c)
{
    Error error = { OK, "" };
    const CheckpointImport request = { .path = c->path };
    if (c->fixture.problem[0]) return;
    fixture_require(&c->fixture, checkpoint_import(&c->summary, c->imported, &request, &error),
                    &error);
    if (c->fixture.problem[0]) return;
    fixture_require(&c->fixture, safetensors_open(&c->file, c->imported, &error), &error);
    if (c->fixture.problem[0]) return;
    run_model(c);
    const double worst = c->fixture.worst_error;
    char name[sizeof c->fixture.worst_name];
    memcpy(name, c->fixture.worst_name, sizeof name);
    const double share = c->fixture.worst;
    check_model(c);
    check_optimizer(c);
    check_state(c);
    check_round(c);
    fixture_finish(&c->fixture);
    if (!c->fixture.problem[0])
        printf("outputs within %.2e (%.2f of the allowance) at %s; %d tensors, %d with moments",
               worst, share, name, c->summary.tensors, c->summary.moments);
}

static bool run_file(const char *folder, const char *file)
{
    Error error = { OK, "" };
    Case c = { .path = NULL };
    char *path = NULL, *io = NULL;
    const char *temporary = "/tmp";
    const long id = (long)getpid();
    Status status = path_join(&path, folder, file, &error);
    if (!status)
        status = string_format(&io, &error, "%.*s_io.safetensors",
                               (int)(strlen(path) - strlen(".pth")), path);
    printf("%-36s ", file);
    snprintf(c.imported, sizeof c.imported, "%s/playslot-ckpt-%ld-a", temporary, id);
    snprintf(c.again, sizeof c.again, "%s/playslot-ckpt-%ld-b", temporary, id);
    snprintf(c.exported, sizeof c.exported, "%s/playslot-ckpt-%ld-c", temporary, id);
    c.path = path;
    fixture_init(&c.fixture, io ? io : "");
    fixture_require(&c.fixture, status, &error);
    run_case(&c);
    const bool passed = !c.fixture.problem[0];
    if (!passed) printf("FAILED %s", c.fixture.problem);
    putchar('\n');
    safetensors_close(c.file);
    fixture_release(&c.fixture);
    remove(c.imported);
    remove(c.again);
    remove(c.exported);
    memory_free(path);
    memory_free(io);
    return passed;
}

int main(int count, char **arguments)
{
    Error error = { OK, "" };
    NameList names;
    if (count != 2) {
        fprintf(stderr, "usage: golden_checkpoints DIR\n");
        return 2;
    }
    if (directory_list(&names, arguments[1], ".pth", &error)) {
        fprintf(stderr, "golden_checkpoints: %s\n", error.text);
        return 1;
    }
    int passed = 0;
    for (int i = 0; i < names.count; i++)
        passed += run_file(arguments[1], names.names[i]);
    printf("%d passed, %d failed\n", passed, names.count - passed);
    const bool ok = names.count > 0 && passed == names.count;
    name_list_release(&names);
    return ok ? 0 : 1;
}
