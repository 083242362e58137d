/* the demo's trainings: SAVi from the best seed, the predictor, the policy */
#include "commands/demo_run.h"

#include <stdio.h>

#include "base/files.h"
#include "base/memory.h"
#include "training/trainer.h"

/* what would be created, as text without time and place: the numbers of the step */
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

/* what is left of a training that was begun */
static Status train_on(Demo *demo, const CreatePlan *plan, ExperimentKind kind, StageState state,
                       TrainOptions *train, Error *error)
{
    Status status = make_experiment(plan, kind, state, error);
    if (!status && has_checkpoint(plan->path, CHECKPOINT_LAST)) {
        train->checkpoint = NULL;
        train->resume_training = true;
    }
    if (!status) status = train_run(train, kind, error);
    return demo_end(demo, status, NULL, error);
}

Status demo_train(Demo *demo, const char *name, ExperimentKind kind, const CreateOptions *create,
                  TrainOptions *train, Error *error)
{
    CreatePlan plan;
    char *numbers = NULL;
    char text[96];
    StageState state = STAGE_DONE;
    snprintf(text, sizeof text, "train %s", name);
    Status status = create_plan_init(&plan, kind, create, error);
    if (!status) status = numbers_of_plan(&numbers, &plan, train->checkpoint, error);
    if (!status) status = demo_begin(&state, demo, name, numbers, text, error);
    memory_free(numbers);
    if (!status && state != STAGE_DONE) status = train_on(demo, &plan, kind, state, train, error);
    create_plan_release(&plan);
    return status;
}

void demo_add_set(TextList *list, const char *const *set)
{
    for (; set && *set && list->count < OPTION_LIST_MAX; set++)
        list->values[list->count++] = *set;
}

/* --- SAVi -------------------------------------------------------------------------------------------- */

/*
 * The expert's episodes are mixed in, since exploration alone rarely sees the task solved, and scenes with
 * objects anywhere on the table: an object that hardly moves is background to SAVi.
 */
static Status mixture_of(char **out, const Demo *demo, const DemoTraining *training, Error *error)
{
    const char *wide = demo->data[DEMO_WIDE], *expert = demo->data[DEMO_EXPERT];
    char *first = NULL, *second = NULL;
    const int demos = training->expert_demos ? training->expert_demos : -1;
    *out = NULL;
    if (!wide && !expert) return OK;
    Status status = OK;
    if (wide) status = string_format(&first, error, "{\"datapath\": \"%s\"}", wide);
    if (!status && expert)
        status = string_format(&second, error, "{\"datapath\": \"%s\", \"num_episodes\": %d}",
                               expert, demos);
    if (!status)
        status = string_format(out, error, "dataset.playslot.also=[%s%s%s]", first ? first : "",
                               first && second ? ", " : "", second ? second : "");
    memory_free(second);
    memory_free(first);
    return status;
}

static Status train_savi_stage(Demo *demo, const DemoTraining *training, int seed, const char *from,
                               Error *error)
{
    char seed_set[48];
    char *mixture = NULL, *path = NULL;
    Status status = mixture_of(&mixture, demo, training, error);
    if (!status) status = path_join(&path, demo->experiments, training->name, error);
    if (!status) {
        CreateOptions create = { .exp_directory = demo->experiments,
                                 .name = training->name,
                                 .dataset_name = demo->plan->dataset_name,
                                 .data = demo->data[DEMO_EXPLORE],
                                 .preset = demo->plan->preset };
        TrainOptions train = {
            .exp_directory = path, .checkpoint = from, .seed = -1, .threads = demo->threads
        };
        snprintf(seed_set, sizeof seed_set, "training.playslot.seed=%d", seed);
        if (mixture) create.set.values[create.set.count++] = mixture;
        create.set.values[create.set.count++] = seed_set;
        demo_add_set(&create.set, training->set);
        status = demo_train(demo, training->name, EXPERIMENT_SAVI, &create, &train, error);
    }
    memory_free(path);
    memory_free(mixture);
    return status;
}

static Status measure_seed(Demo *demo, const char *name, const char *experiment, int seed,
                           Error *error)
{
    const DemoPlan *plan = demo->plan;
    const int frames = plan->select_frames ? plan->select_frames : plan->eval_frames;
    char numbers[96];
    StageState state;
    SeedScore score;
    Json *json = NULL;
    snprintf(numbers, sizeof numbers, "%d frames of %s", frames,
             plan->data[DEMO_SELECT].policy ? "selection" : "validation");
    Status status = demo_begin(&state, demo, name, numbers, name, error);
    if (status || state == STAGE_DONE) return status;
    status = seed_score_measure(&score, seed, experiment, demo->data[DEMO_SELECT], frames,
                                demo->threads, error);
    if (!status) status = seed_score_json(&json, &score, error);
    return demo_end(demo, status, json, error);
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
    if (!status) status = measure_seed(demo, select, experiment, seed, error);
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
            demo->headings -= 2 * (plan->savi_seed_count - i);
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

/* folders of the last SAVi stage, the predictor and the policy */
static Status find_folders(Demo *demo, Error *error)
{
    const DemoPlan *plan = demo->plan;
    Status status = savi_folder(&demo->savi, demo, plan->savi_stages - 1, error);
    if (!status)
        status = experiment_child_path(&demo->predictor, demo->savi, EXPERIMENT_PREDICTOR,
                                       plan->predictor.name, error);
    if (!status && plan->policy.name)
        status = experiment_child_path(&demo->policy, demo->predictor, EXPERIMENT_POLICY,
                                       plan->policy.name, error);
    return status;
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
    return status ? status : find_folders(demo, error);
}

static int count_savi(const DemoPlan *plan)
{
    return 2 * plan->savi_seed_count + plan->savi_stages - 1;
}

const DemoStage demo_train_savi = { .headings = count_savi, .run = train_savi_stages };

/* --- predictor and policy ---------------------------------------------------------------------------- */

static Status predictor_stage(Demo *demo, Error *error)
{
    const DemoTraining *training = &demo->plan->predictor;
    CreateOptions create = { .exp_directory = demo->savi,
                             .name = training->name,
                             .predictor_name = demo->plan->predictor_name,
                             .preset = demo->plan->preset };
    TrainOptions train = { .exp_directory = demo->savi,
                           .savi_ckpt = CHECKPOINT_FINAL,
                           .name_pred_exp = training->name,
                           .seed = -1,
                           .threads = demo->threads };
    demo_add_set(&create.set, training->set);
    return demo_train(demo, training->name, EXPERIMENT_PREDICTOR, &create, &train, error);
}

static Status policy_stage(Demo *demo, Error *error)
{
    const DemoTraining *training = &demo->plan->policy;
    const char *beginnings = demo->data[DEMO_BEGINNINGS];
    char *mixture = NULL;
    CreateOptions create = { .exp_directory = demo->predictor,
                             .name = training->name,
                             .preset = demo->plan->preset };
    TrainOptions train = { .exp_directory = demo->savi,
                           .savi_ckpt = CHECKPOINT_FINAL,
                           .name_pred_exp = demo->plan->predictor.name,
                           .pred_ckpt = CHECKPOINT_FINAL,
                           .name_beh_exp = training->name,
                           .num_expert_demos = -1,
                           .seed = -1,
                           .threads = demo->threads };
    Status status = OK;
    if (beginnings)
        status = string_format(&mixture, error, "dataset.playslot.also=[{\"datapath\": \"%s\"}]",
                               beginnings);
    /* for training, too, which turns to the demonstrations and forgets SAVi's mixture */
    if (mixture) create.set.values[create.set.count++] = mixture;
    if (mixture) train.set.values[train.set.count++] = mixture;
    demo_add_set(&create.set, training->set);
    if (!status)
        status = demo_train(demo, training->name, EXPERIMENT_POLICY, &create, &train, error);
    memory_free(mixture);
    return status;
}

const DemoStage demo_train_predictor = { .headings = demo_one_heading, .run = predictor_stage };
const DemoStage demo_train_policy = { .headings = demo_one_heading, .run = policy_stage };
