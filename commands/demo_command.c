/* demo: from nothing to a measured policy */
#include "commands/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/collect.h"
#include "commands/common_options.h"
#include "commands/create.h"
#include "commands/demo_plan.h"
#include "commands/demo_state.h"
#include "commands/demo_summary.h"
#include "commands/evaluate.h"
#include "commands/evaluate_policy.h"
#include "commands/metric_table.h"
#include "commands/progress.h"
#include "commands/seed_choice.h"
#include "commands/slot_scores.h"
#include "commands/train.h"
#include "training/trainer.h"

typedef struct DemoOptions {
    const char *out, *plan, *assets;
    int threads;
} DemoOptions;

typedef struct Demo {
    const DemoOptions *options;
    const DemoPlan *plan;
    DemoState state;
    char *experiments; /* folders */
    char *explore, *wide, *expert, *select, *unseen;
    SeedChoice seeds;
    int stage, stages; /* for the headings */
} Demo;

static void heading(Demo *demo, const char *text, StageState state)
{
    fflush(stdout); /* what the stage before reported comes first */
    demo->stage++;
    fprintf(stderr, "[%d/%d] %s%s\n", demo->stage, demo->stages, text,
            state == STAGE_DONE      ? ": done before"
            : state == STAGE_STARTED ? ": going on"
                                     : "");
}

/* every stage ends here: seconds and scores are kept also when it failed or was interrupted */
static Status end_stage(Demo *demo, Status status, Json *scores, Error *error)
{
    Error later = { 0 };
    char text[16];
    const Status kept = demo_state_end(&demo->state, !status, scores, &later);
    if (status) return status;
    if (kept) *error = later;
    duration_text(text, sizeof text, demo_state_stage_seconds(&demo->state));
    fflush(stdout);
    fprintf(stderr, "[%d/%d] took %s\n", demo->stage, demo->stages, text);
    return kept;
}

/* --- data -------------------------------------------------------------------------------------------- */

static CollectOptions collect_options_of(const Demo *demo, const DemoData *data, const char *folder)
{
    return (CollectOptions){ .task = "button-press",
                             .policy = data->policy,
                             .out = folder,
                             .keep = "all",
                             .seeding = "seeded",
                             .goal = "usual",
                             .camera = "playslot",
                             .quality = "fast",
                             .reward = "v2",
                             .assets = demo->options->assets,
                             .episodes = data->episodes,
                             .size = 64,
                             .render_scale = 2,
                             .action_repeat = 5,
                             .random_start = 12,
                             .max_decisions = data->max_decisions,
                             .after_success = data->after_success,
                             .threads = demo->options->threads,
                             .seed = data->seed,
                             .policy_noise = data->policy_noise,
                             .random_share = data->random_share,
                             .expert_share = data->expert_share,
                             .scene_spread = data->scene_spread > 0 ? data->scene_spread : 1,
                             .segmentation = data->segmentation };
}

static void numbers_of_data(char *out, size_t size, const DemoData *data)
{
    snprintf(out, size, "%s, %d episodes, seed %" PRIu64 ", %d, %d, %.17g, %.17g, %.17g, %.17g, %d",
             data->policy, data->episodes, data->seed, data->max_decisions, data->after_success,
             data->policy_noise, data->random_share, data->expert_share, data->scene_spread,
             data->segmentation);
}

static Status collect_stage(Demo *demo, const char *name, const DemoData *data, const char *folder,
                            Error *error)
{
    char numbers[256], text[128];
    StageState state;
    numbers_of_data(numbers, sizeof numbers, data);
    snprintf(text, sizeof text, "collect %d episodes (%s, seed %" PRIu64 ")", data->episodes,
             data->policy, data->seed);
    Status status = demo_state_begin(&state, &demo->state, name, numbers, error);
    if (status) return status;
    heading(demo, text, state);
    if (state == STAGE_DONE) return OK;
    const CollectOptions options = collect_options_of(demo, data, folder);
    if (state == STAGE_NEW) status = tree_remove(folder, error);
    if (!status) status = collect_run(&options, error);
    return end_stage(demo, status, NULL, error);
}

static Status collect_all(Demo *demo, Error *error)
{
    const DemoPlan *plan = demo->plan;
    Status status = collect_stage(demo, "explore", &plan->explore, demo->explore, error);
    if (!status) status = collect_stage(demo, "wide", &plan->wide, demo->wide, error);
    if (!status) status = collect_stage(demo, "expert", &plan->expert, demo->expert, error);
    if (!status) status = collect_stage(demo, "select", &plan->select, demo->select, error);
    return status ? status : collect_stage(demo, "unseen", &plan->unseen, demo->unseen, error);
}

/* --- training ---------------------------------------------------------------------------------------- */

/* what would be created, as text without time and place: the numbers of the stage */
static Status numbers_of_plan(char **out, const CreatePlan *plan, const char *from, Error *error)
{
    Json *copy = json_copy(plan->params);
    char *text = NULL;
    Status status = json_set(copy, "_general", json_object(), error);
    if (!status) status = json_print_compact(&text, copy, error);
    if (!status) status = string_format(out, error, "%s from %s", text, from ? from : "scratch");
    memory_free(text);
    json_destroy(copy);
    return status;
}

static bool has_checkpoint(const char *folder, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/models/%s", folder, name);
    return file_exists(path);
}

/* an experiment without parameters was killed while it was made: made again */
static Status make_experiment(const CreatePlan *plan, ExperimentKind kind, StageState state,
                              Error *error)
{
    char *file = NULL;
    Status status = path_join(&file, plan->path, "experiment_params.json", error);
    const bool whole = !status && state == STAGE_STARTED && file_exists(file);
    memory_free(file);
    if (status || whole) return status;
    status = tree_remove(plan->path, error);
    return status ? status : create_plan_make(plan, kind, error);
}

/* make the experiment if it is not there, then train or go on training */
static Status train_stage(Demo *demo, const char *name, ExperimentKind kind,
                          const CreateOptions *create, TrainOptions *train, Error *error)
{
    CreatePlan plan;
    char *numbers = NULL;
    StageState state = STAGE_NEW;
    Status status = create_plan_init(&plan, kind, create, error);
    if (!status) status = numbers_of_plan(&numbers, &plan, train->checkpoint, error);
    if (!status) status = demo_state_begin(&state, &demo->state, name, numbers, error);
    memory_free(numbers);
    if (status) goto done;
    char text[96];
    snprintf(text, sizeof text, "train %s", name);
    heading(demo, text, state);
    if (state == STAGE_DONE) goto done;
    status = make_experiment(&plan, kind, state, error);
    if (!status && has_checkpoint(plan.path, CHECKPOINT_LAST)) {
        train->checkpoint = NULL;
        train->resume_training = true;
    }
    if (!status) status = train_run(train, kind, error);
    status = end_stage(demo, status, NULL, error);
done:
    create_plan_release(&plan);
    return status;
}

static void add_set(TextList *list, const char *const *set)
{
    for (; set && *set && list->count < OPTION_LIST_MAX; set++)
        list->values[list->count++] = *set;
}

/*
 * The expert's episodes are mixed in, since exploration alone rarely sees the button pressed, and scenes with
 * the box anywhere on the table: a box that hardly moves is background to SAVi.
 */
static Status train_savi_stage(Demo *demo, const DemoTraining *training, int seed, const char *from,
                               Error *error)
{
    char seed_set[48];
    char *mixture = NULL, *path = NULL;
    Status status = string_format(&mixture, error,
                                  "dataset.playslot.also=[{\"datapath\": \"%s\"}, "
                                  "{\"datapath\": \"%s\", \"num_episodes\": %d}]",
                                  demo->wide, demo->expert,
                                  training->expert_demos ? training->expert_demos : -1);
    if (!status) status = path_join(&path, demo->experiments, training->name, error);
    if (!status) {
        CreateOptions create = { .exp_directory = demo->experiments,
                                 .name = training->name,
                                 .dataset_name = "ButtonPress",
                                 .data = demo->explore,
                                 .preset = demo->plan->preset };
        TrainOptions train = {
            .exp_directory = path, .checkpoint = from, .seed = -1, .threads = demo->options->threads
        };
        snprintf(seed_set, sizeof seed_set, "training.playslot.seed=%d", seed);
        create.set.values[create.set.count++] = mixture;
        create.set.values[create.set.count++] = seed_set;
        add_set(&create.set, training->set);
        status = train_stage(demo, training->name, EXPERIMENT_SAVI, &create, &train, error);
    }
    memory_free(path);
    memory_free(mixture);
    return status;
}

static Status measure_seed_stage(Demo *demo, const char *name, const char *experiment, int seed,
                                 Error *error)
{
    char numbers[300], data[256];
    StageState state;
    SeedScore score;
    Json *json = NULL;
    numbers_of_data(data, sizeof data, &demo->plan->select);
    snprintf(numbers, sizeof numbers, "%d frames of %s", demo->plan->eval_frames, data);
    Status status = demo_state_begin(&state, &demo->state, name, numbers, error);
    if (status) return status;
    heading(demo, name, state);
    if (state == STAGE_DONE) return OK;
    status = seed_score_measure(&score, seed, experiment, demo->select, demo->plan->eval_frames,
                                demo->options->threads, error);
    if (!status) status = seed_score_json(&json, &score, error);
    return end_stage(demo, status, json, error);
}

static void seed_experiment_name(char *out, size_t size, int seed)
{
    snprintf(out, size, "savi-seed%d", seed);
}

/* train the first stage from a seed and measure it; the score is read back, as a later run will find it */
static Status try_seed(Demo *demo, int seed, Error *error)
{
    char name[32], select[32];
    char *experiment = NULL;
    seed_experiment_name(name, sizeof name, seed);
    snprintf(select, sizeof select, "select-seed%d", seed);
    DemoTraining training = demo->plan->savi[0];
    training.name = name;
    Status status = train_savi_stage(demo, &training, seed, NULL, error);
    if (!status) status = path_join(&experiment, demo->experiments, name, error);
    if (!status) status = measure_seed_stage(demo, select, experiment, seed, error);
    memory_free(experiment);
    if (status) return status;
    SeedScore *score = &demo->seeds.scores[demo->seeds.count++];
    *score = seed_score_read(demo_state_scores(&demo->state, select));
    seed_score_print(score);
    return OK;
}

/* the first stage from one seed after the other, until slots come apart well enough */
static Status choose_seed(Demo *demo, Error *error)
{
    const DemoPlan *plan = demo->plan;
    Status status = OK;
    demo->seeds = (SeedChoice){ .enough = plan->select_enough };
    for (int i = 0; !status && i < plan->savi_seed_count; i++) {
        if (seed_choice_is_enough(&demo->seeds)) {
            demo->stages -= 2 * (plan->savi_seed_count - i);
            break;
        }
        status = try_seed(demo, plan->savi_seeds[i], error);
    }
    if (!status) seed_choice_print(&demo->seeds);
    return status;
}

static int chosen_seed(const Demo *demo)
{
    return demo->seeds.scores[seed_choice_best(&demo->seeds)].seed;
}

/* folder of the experiment of SAVi's stage `index`: of the first, the best seed's */
static Status savi_folder(char **out, const Demo *demo, int index, Error *error)
{
    char name[32];
    seed_experiment_name(name, sizeof name, chosen_seed(demo));
    return path_join(out, demo->experiments, index ? demo->plan->savi[index].name : name, error);
}

static Status train_savi_stages(Demo *demo, Error *error)
{
    Status status = choose_seed(demo, error);
    for (int i = 1; !status && i < demo->plan->savi_stages; i++) {
        char *before = NULL, *from = NULL;
        status = savi_folder(&before, demo, i - 1, error);
        if (!status) status = string_format(&from, error, "%s/models/" CHECKPOINT_FINAL, before);
        if (!status)
            status = train_savi_stage(demo, &demo->plan->savi[i], chosen_seed(demo), from, error);
        memory_free(from);
        memory_free(before);
    }
    return status;
}

/* folders of the last SAVi stage, the predictor and the policy */
typedef struct DemoFolders {
    char *savi, *predictor, *policy;
} DemoFolders;

static void folders_release(DemoFolders *folders)
{
    memory_free(folders->policy);
    memory_free(folders->predictor);
    memory_free(folders->savi);
}

static Status folders_init(DemoFolders *out, const Demo *demo, Error *error)
{
    const DemoPlan *plan = demo->plan;
    *out = (DemoFolders){ 0 };
    Status status = savi_folder(&out->savi, demo, plan->savi_stages - 1, error);
    if (!status)
        status = experiment_child_path(&out->predictor, out->savi, EXPERIMENT_PREDICTOR,
                                       plan->predictor.name, error);
    if (!status)
        status = experiment_child_path(&out->policy, out->predictor, EXPERIMENT_POLICY,
                                       plan->policy.name, error);
    return status;
}

static Status train_predictor_stage(Demo *demo, const DemoFolders *folders, Error *error)
{
    const DemoTraining *training = &demo->plan->predictor;
    CreateOptions create = { .exp_directory = folders->savi,
                             .name = training->name,
                             .predictor_name = "SlotSingleAction",
                             .preset = demo->plan->preset };
    TrainOptions train = { .exp_directory = folders->savi,
                           .savi_ckpt = CHECKPOINT_FINAL,
                           .name_pred_exp = training->name,
                           .seed = -1,
                           .threads = demo->options->threads };
    add_set(&create.set, training->set);
    return train_stage(demo, training->name, EXPERIMENT_PREDICTOR, &create, &train, error);
}

static Status train_policy_stage(Demo *demo, const DemoFolders *folders, Error *error)
{
    const DemoTraining *training = &demo->plan->policy;
    CreateOptions create = { .exp_directory = folders->predictor,
                             .name = training->name,
                             .preset = demo->plan->preset };
    TrainOptions train = { .exp_directory = folders->savi,
                           .savi_ckpt = CHECKPOINT_FINAL,
                           .name_pred_exp = demo->plan->predictor.name,
                           .pred_ckpt = CHECKPOINT_FINAL,
                           .name_beh_exp = training->name,
                           .num_expert_demos = demo->plan->num_expert_demos,
                           .seed = -1,
                           .threads = demo->options->threads };
    add_set(&create.set, training->set);
    return train_stage(demo, training->name, EXPERIMENT_POLICY, &create, &train, error);
}

/* --- evaluation -------------------------------------------------------------------------------------- */

static Status savi_scores_json(Json **out, const SaviScores *scores, Error *error)
{
    *out = json_object();
    Status status = json_set(*out, "recon_psnr", json_rounded(scores->psnr), error);
    if (!status) status = json_set(*out, "recon_psnr_last", json_rounded(scores->psnr_last), error);
    if (!status) status = json_set(*out, "ssim", json_rounded(scores->ssim), error);
    if (!status) status = json_set(*out, "fg_ari", json_rounded(scores->fg_ari), error);
    Json *overlap = NULL;
    if (!status) status = slot_iou_json(&overlap, &scores->slot_iou, error);
    return status ? status : json_set(*out, "slot_iou", overlap, error);
}

static Status prediction_scores_json(Json **out, const PredictionScores *scores, Error *error)
{
    Json *list = json_array();
    *out = json_object();
    Status status = OK;
    for (int i = 0; !status && i < scores->steps; i++)
        status = json_append(list, json_rounded(scores->psnr[i]), error);
    if (status) {
        json_destroy(list);
        return status;
    }
    return json_set(*out, "pred_psnr", list, error);
}

static Status policy_scores_json(Json **out, const PolicyScores *scores, Error *error)
{
    *out = json_object();
    Status status = json_set(*out, "episodes", json_number(scores->policy.trials), error);
    if (!status) status = json_set(*out, "success_rate", json_rounded(scores->policy.rate), error);
    if (!status) status = json_set(*out, "success_low", json_rounded(scores->policy.low), error);
    if (!status) status = json_set(*out, "success_high", json_rounded(scores->policy.high), error);
    if (!status)
        status = json_set(*out, "random_success_rate", json_rounded(scores->random.rate), error);
    if (!status)
        status = json_set(*out, "expert_success_rate", json_rounded(scores->expert.rate), error);
    if (!status) status = json_set(*out, "results", json_string(scores->results), error);
    if (!status) status = json_set(*out, "videos", json_string(scores->videos), error);
    return status;
}

static Status evaluate_savi_stage(Demo *demo, const DemoFolders *folders, Error *error)
{
    const EvaluateSaviOptions options = { .exp_directory = folders->savi,
                                          .savi_ckpt = CHECKPOINT_FINAL,
                                          .results_name = "demo",
                                          .data = demo->unseen,
                                          .split = "all",
                                          .brief = true,
                                          .num_frames = demo->plan->eval_frames,
                                          .save_vis = 4,
                                          .threads = demo->options->threads };
    SaviScores scores;
    Json *json = NULL;
    Status status = evaluate_savi_run(&scores, &options, error);
    if (!status) status = savi_scores_json(&json, &scores, error);
    return end_stage(demo, status, json, error);
}

static Status evaluate_playslot_stage(Demo *demo, const DemoFolders *folders, Error *error)
{
    const EvaluatePredictionOptions options = { .exp_directory = folders->savi,
                                                .savi_ckpt = CHECKPOINT_FINAL,
                                                .name_pred_exp = demo->plan->predictor.name,
                                                .pred_ckpt = CHECKPOINT_FINAL,
                                                .results_name = "demo",
                                                .data = demo->unseen,
                                                .split = "all",
                                                .brief = true,
                                                .post_only = true,
                                                .save_vis = 4,
                                                .threads = demo->options->threads };
    PredictionScores scores;
    Json *json = NULL;
    Status status = evaluate_playslot_run(&scores, &options, error);
    if (!status) status = prediction_scores_json(&json, &scores, error);
    return end_stage(demo, status, json, error);
}

static Status evaluate_policy_stage(Demo *demo, const DemoFolders *folders, Error *error)
{
    const EvaluatePolicyOptions options = { .exp_directory = folders->savi,
                                            .savi_ckpt = CHECKPOINT_FINAL,
                                            .name_pred_exp = demo->plan->predictor.name,
                                            .pred_ckpt = CHECKPOINT_FINAL,
                                            .name_beh_exp = demo->plan->policy.name,
                                            .beh_ckpt = CHECKPOINT_FINAL,
                                            .protocol = "closed-loop",
                                            .reward = "v2",
                                            .seeding = "seeded",
                                            .goal = "usual",
                                            .assets = demo->options->assets,
                                            .seed = demo->plan->eval_seed,
                                            .num_sims = demo->plan->num_sims,
                                            .max_num_steps = demo->plan->max_num_steps,
                                            .save_vis = demo->plan->save_vis,
                                            .threads = demo->options->threads };
    PolicyScores scores;
    Json *json = NULL;
    Status status = evaluate_policy_run(&scores, &options, error);
    if (!status) status = policy_scores_json(&json, &scores, error);
    return end_stage(demo, status, json, error);
}

typedef Status (*EvaluationStage)(Demo *demo, const DemoFolders *folders, Error *error);

static Status evaluation(Demo *demo, const DemoFolders *folders, const char *name,
                         EvaluationStage run, Error *error)
{
    char numbers[128];
    StageState state;
    snprintf(numbers, sizeof numbers, "%d frames, %d episodes of %d, seed %" PRIu64,
             demo->plan->eval_frames, demo->plan->num_sims, demo->plan->max_num_steps,
             demo->plan->eval_seed);
    const Status status = demo_state_begin(&state, &demo->state, name, numbers, error);
    if (status) return status;
    heading(demo, name, state);
    return state == STAGE_DONE ? OK : run(demo, folders, error);
}

/* --- the demo ---------------------------------------------------------------------------------------- */

/* an absolute or "./" path, so that experiments lie below it whatever its name */
static Status place(char **out, const Demo *demo, const char *below, Error *error)
{
    const char *folder = demo->options->out;
    const bool plain = folder[0] != '/' && folder[0] != '.';
    return string_format(out, error, "%s%s/%s", plain ? "./" : "", folder, below);
}

static Status prepare(Demo *demo, Error *error)
{
    char *state = NULL;
    demo->stages = 5 + 2 * demo->plan->savi_seed_count + (demo->plan->savi_stages - 1) + 2 + 3;
    Status status = directory_make(demo->options->out, error);
    if (!status) status = directory_check_writable(demo->options->out, error);
    if (!status) status = place(&demo->experiments, demo, "experiments", error);
    if (!status) status = place(&demo->explore, demo, "data/ButtonPress", error);
    if (!status) status = place(&demo->expert, demo, "data/Expert_ButtonPress", error);
    if (!status) status = place(&demo->wide, demo, "data/wide", error);
    if (!status) status = place(&demo->select, demo, "data/select", error);
    if (!status) status = place(&demo->unseen, demo, "data/unseen", error);
    if (!status) status = place(&state, demo, "stages.json", error);
    if (!status) status = demo_state_open(&demo->state, state, error);
    memory_free(state);
    return status;
}

static Status run_stages(Demo *demo, Error *error)
{
    DemoFolders folders = { 0 };
    Status status = collect_all(demo, error);
    if (!status) status = train_savi_stages(demo, error);
    if (!status) status = folders_init(&folders, demo, error);
    if (!status) status = train_predictor_stage(demo, &folders, error);
    if (!status) status = train_policy_stage(demo, &folders, error);
    if (!status) status = evaluation(demo, &folders, "evaluate-savi", evaluate_savi_stage, error);
    if (!status)
        status = evaluation(demo, &folders, "evaluate-playslot", evaluate_playslot_stage, error);
    if (!status)
        status = evaluation(demo, &folders, "evaluate-policy", evaluate_policy_stage, error);
    folders_release(&folders);
    return status;
}

static Status run_demo(const void *raw, Error *error)
{
    const DemoOptions *options = raw;
    Demo demo = { .options = options, .plan = demo_plan_find(options->plan) };
    Status status = prepare(&demo, error);
    if (!status) status = run_stages(&demo, error);
    if (!status) {
        const DemoSummary summary = {
            .plan = demo.plan, .state = &demo.state, .seeds = &demo.seeds, .out = options->out
        };
        status = demo_summary_write(&summary, error);
    }
    demo_state_release(&demo.state);
    memory_free(demo.unseen);
    memory_free(demo.select);
    memory_free(demo.expert);
    memory_free(demo.wide);
    memory_free(demo.explore);
    memory_free(demo.experiments);
    if (status == ERR_INTERRUPTED)
        return error_set(error, status, "interrupted; the same command goes on from here");
    return status;
}

#define AT(member) .offset = offsetof(DemoOptions, member)
static const Option demo_options[] = {
    { .name = "out",
      .letter = 'o',
      .kind = OPTION_TEXT,
      .fallback = "runs/demo",
      .argument = "DIR",
      AT(out),
      .help = "folder for everything; stages that are done there are reused" },
    { .name = "plan",
      .kind = OPTION_TEXT,
      .fallback = "demo",
      .choices = demo_plan_names,
      .argument = "PLAN",
      AT(plan),
      .help = "the demo, or a quick check of the machinery that learns nothing" },
    THREADS_OPTION(threads),
    ASSETS_OPTION(assets),
};

const Command command_demo = {
    .name = "demo",
    .summary = "collect, train and measure on button-press, all in one",
    .table = OPTIONS(demo_options),
    .options_size = sizeof(DemoOptions),
    .run = run_demo,
};
