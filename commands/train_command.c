/* train-savi, train-predictor, train-playslot, train-policy, train-oracle */
#include "commands/command.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/common_options.h"
#include "commands/data_facts.h"
#include "commands/interrupt.h"
#include "commands/log_file.h"
#include "commands/seed_choice.h"
#include "commands/train.h"
#include "commands/train_log.h"
#include "training/trainer.h"

/* a run being prepared; strings and the experiment are owned */
typedef struct TrainJob {
    const TrainOptions *options;
    ExperimentKind kind;
    char *savi_path, *predictor_path, *path; /* experiment folders; `path` is the one trained */
    char *savi_checkpoint, *predictor_checkpoint, *checkpoint, *models;
    Experiment *experiment;
    bool rehearse; /* nothing is written */
} TrainJob;

static void job_release(TrainJob *job)
{
    experiment_close(job->experiment);
    memory_free(job->models);
    memory_free(job->checkpoint);
    memory_free(job->predictor_checkpoint);
    memory_free(job->savi_checkpoint);
    memory_free(job->path);
    memory_free(job->predictor_path);
    memory_free(job->savi_path);
}

static Status find_folders(TrainJob *job, Error *error)
{
    const TrainOptions *options = job->options;
    Status status = experiment_path(&job->savi_path, options->exp_directory, error);
    if (status) return status;
    if (job->kind == EXPERIMENT_SAVI) return string_copy(&job->path, job->savi_path, error);
    if (job->kind == EXPERIMENT_ORACLE)
        return experiment_child_path(&job->path, job->savi_path, EXPERIMENT_ORACLE,
                                     options->name_oracle_exp, error);
    status = experiment_child_path(&job->predictor_path, job->savi_path, EXPERIMENT_PREDICTOR,
                                   options->name_pred_exp, error);
    if (status) return status;
    if (job->kind == EXPERIMENT_PREDICTOR)
        return string_copy(&job->path, job->predictor_path, error);
    return experiment_child_path(&job->path, job->predictor_path, EXPERIMENT_POLICY,
                                 options->name_beh_exp, error);
}

static Status find_checkpoints(TrainJob *job, Error *error)
{
    const TrainOptions *options = job->options;
    const char *own = options->checkpoint;
    if (!own && options->resume_training) own = CHECKPOINT_LAST;
    Status status = path_join(&job->models, job->path, "models", error);
    if (!status && own) status = experiment_checkpoint(&job->checkpoint, job->path, own, error);
    if (!status && job->kind != EXPERIMENT_SAVI && (options->savi_ckpt || !job->rehearse))
        status =
            experiment_checkpoint(&job->savi_checkpoint, job->savi_path, options->savi_ckpt, error);
    if (!status && job->kind == EXPERIMENT_POLICY && (options->pred_ckpt || !job->rehearse))
        status = experiment_checkpoint(&job->predictor_checkpoint, job->predictor_path,
                                       options->pred_ckpt, error);
    return status;
}

static Status set_number(Json *params, const char *section, const char *key, double value,
                         Error *error)
{
    return json_set(json_path(params, section), key, json_number(value), error);
}

static Status set_seed(Json *params, int seed, Error *error)
{
    Json *training = json_get(params, "training");
    if (seed < 0) return OK;
    if (!json_get(training, "playslot")) {
        const Status status = json_set(training, "playslot", json_object(), error);
        if (status) return status;
    }
    return set_number(params, "training.playslot", "seed", seed, error);
}

/* demonstrations stand beside the parent's data set, unless that holds them itself */
static Status use_demonstrations(Json *params, int count, Error *error)
{
    Json *copy = json_copy(params);
    char *file = NULL;
    Error ignored;
    Status status = OK;
    if (!copy) return error_set(error, ERR_MEMORY, "no memory for the parameters");
    if (!experiment_use_expert_data(copy, &ignored)) {
        const char *folder = json_as_string(json_path(copy, "dataset.datapath"), "");
        status = path_join(&file, folder, DATASET_FILE, error);
        if (!status && file_exists(file)) status = experiment_use_expert_data(params, error);
    }
    if (!status) status = set_number(params, "dataset", "num_expert_demos", count, error);
    memory_free(file);
    json_destroy(copy);
    return status;
}

/* what the command line changes is checked, then kept in the experiment's file */
static Status adjust_params(TrainJob *job, Error *error)
{
    const TrainOptions *options = job->options;
    Json *params = job->experiment->params;
    char *file = NULL;
    Status status = OK;
    if (experiment_imitates(job->kind))
        status = use_demonstrations(params, options->num_expert_demos, error);
    if (!status)
        status = experiment_set(params, job->kind, options->set.values, options->set.count, error);
    if (!status) status = set_seed(params, options->seed, error);
    if (!status) status = experiment_check(params, job->kind, error);
    if (status || job->rehearse) return status;
    if (!status) status = path_join(&file, job->path, "experiment_params.json", error);
    if (!status) status = json_write(params, file, error);
    memory_free(file);
    return status;
}

/* how the pictures came about, for whoever evaluates */
static Status keep_facts(const TrainJob *job, Error *error)
{
    const char *policy = experiment_imitates(job->kind) ? "expert|improved" : NULL;
    DataFacts facts;
    const Status status = data_facts_of(&facts, job->experiment->params, policy, error);
    return status ? status : data_facts_write(&facts, job->path, error);
}

/* predictors with and without latent actions have commands of their own */
static Status check_family(const TrainJob *job, Error *error)
{
    const bool latents = !job->options->no_latents;
    return experiment_require_latents(job->experiment->params, latents,
                                      latents ? "train-predictor" : "train-playslot", error);
}

static Status prepare(TrainJob *job, Error *error)
{
    Status status = find_folders(job, error);
    if (!status) status = experiment_open(&job->experiment, job->path, job->kind, error);
    if (!status && job->kind == EXPERIMENT_PREDICTOR) status = check_family(job, error);
    if (!status) status = find_checkpoints(job, error);
    if (!status && !job->rehearse) status = directory_remove_leftovers(job->path, error);
    if (!status && !job->rehearse) status = directory_remove_leftovers(job->models, error);
    if (!status) status = adjust_params(job, error);
    return status || job->rehearse ? status : keep_facts(job, error);
}

static Status train(const TrainRequest *request, ExperimentKind kind, Error *error)
{
    switch (kind) {
    case EXPERIMENT_SAVI:
        return train_savi(request, error);
    case EXPERIMENT_PREDICTOR:
        return train_predictor(request, error);
    case EXPERIMENT_POLICY:
        return train_policy(request, error);
    case EXPERIMENT_ORACLE:
        return train_oracle(request, error);
    }
    return error_set(error, ERR_ARGUMENT, "unknown kind of experiment");
}

static void start_time(char *out, size_t size)
{
    const time_t now = time(NULL);
    struct tm parts;
    localtime_r(&now, &parts);
    strftime(out, size, "%Y-%m-%d_%H-%M-%S", &parts);
}

static Status report(const TrainJob *job, const TrainLog *log, Status status, Error *error)
{
    const char *saved = train_log_saved(log);
    if (!status) {
        printf("trained %s: %s\n", experiment_kind_name(job->kind), saved ? saved : job->models);
        return OK;
    }
    if (status == ERR_INTERRUPTED) {
        return error_set(
            error, status,
            "interrupted; saved as %s; the same command with --resume_training goes on",
            saved ? saved : "nothing yet");
    }
    return status;
}

/* the command's name */
static const char *title_of(const TrainJob *job)
{
    static const char *const titles[EXPERIMENT_KINDS] = { "train-savi", "train-playslot",
                                                          "train-policy", "train-oracle" };
    return job->options->no_latents ? "train-predictor" : titles[job->kind];
}

static Status run_job(const TrainJob *job, Error *error)
{
    char time_text[32];
    TrainLog *log = NULL;
    start_time(time_text, sizeof time_text);
    Status status = train_log_create(&log, job->path, job->kind, title_of(job), time_text, error);
    if (status) return status;
    log_file_begin(job->path, job->options->resume_training ? "training goes on" : "training");
    const TrainRequest request = { .params = job->experiment->params,
                                   .models_folder = job->models,
                                   .savi_checkpoint = job->savi_checkpoint,
                                   .predictor_checkpoint = job->predictor_checkpoint,
                                   .checkpoint = job->checkpoint,
                                   .resume = job->options->resume_training,
                                   .workers = job->options->threads,
                                   .interrupt = interrupt_flag(),
                                   .observer = train_log_observer(log) };
    status = train(&request, job->kind, error);
    if (status == ERR_INTERRUPTED) log_file_line(job->path, LOG_INFO, "interrupted");
    if (status && status != ERR_INTERRUPTED) log_file_line(job->path, LOG_ERROR, error->text);
    status = report(job, log, status, error);
    train_log_destroy(log);
    return status;
}

Status train_run(const TrainOptions *options, ExperimentKind kind, Error *error)
{
    TrainJob job = { .options = options, .kind = kind };
    Status status = prepare(&job, error);
    if (!status) status = run_job(&job, error);
    job_release(&job);
    return status;
}

Status train_rehearse(const TrainOptions *options, ExperimentKind kind, int steps,
                      TrainObserver observer, Error *error)
{
    TrainJob job = { .options = options, .kind = kind, .rehearse = true };
    Status status = prepare(&job, error);
    const TrainRequest request = { .params = job.experiment ? job.experiment->params : NULL,
                                   .savi_checkpoint = job.savi_checkpoint,
                                   .predictor_checkpoint = job.predictor_checkpoint,
                                   .rehearse = true,
                                   .rehearsal_steps = steps,
                                   .workers = options->threads,
                                   .interrupt = interrupt_flag(),
                                   .observer = observer };
    if (!status) status = train(&request, kind, error);
    job_release(&job);
    return status;
}

static Status run_savi(const void *raw, Error *error)
{
    const TrainOptions *options = raw;
    if (options->seeds > 1 || options->select) return train_seeds_run(options, error);
    return train_run(options, EXPERIMENT_SAVI, error);
}

static Status run_predictor(const void *raw, Error *error)
{
    TrainOptions options = *(const TrainOptions *)raw;
    options.no_latents = true;
    return train_run(&options, EXPERIMENT_PREDICTOR, error);
}

static Status run_playslot(const void *options, Error *error)
{
    return train_run(options, EXPERIMENT_PREDICTOR, error);
}

static Status run_policy(const void *options, Error *error)
{
    return train_run(options, EXPERIMENT_POLICY, error);
}

static Status run_oracle(const void *options, Error *error)
{
    return train_run(options, EXPERIMENT_ORACLE, error);
}

/* --- options ----------------------------------------------------------------------------------------- */

#define AT(member) .offset = offsetof(TrainOptions, member)
#define CHECKPOINT_OPTION                                                                          \
    TEXT_ROW("checkpoint", "CKPT", checkpoint, "weights to start from: a name in models/ or a path")
#define RESUME_OPTION                                                                              \
    FLAG_ROW("resume_training", resume_training,                                                   \
             "go on from --checkpoint (or the last one saved), optimiser and all")
#define TRAIN_SEED_OPTION                                                                          \
    INT_ROW("seed", "-1", -1, 2147483647, seed,                                                    \
            "seed of everything random, kept in the parameters; -1: as they say")
#define NUM_DEMOS_OPTION                                                                           \
    INT_ROW("num_expert_demos", "-1", -1, 1e9, num_expert_demos,                                   \
            "demonstrations to learn from; -1: all")
#define TRAIN_OPTIONS                                                                              \
    CHECKPOINT_OPTION, RESUME_OPTION, TRAIN_SEED_OPTION, THREADS_OPTION(threads), SET_OPTION(set)

static const Option savi_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP),
    TRAIN_OPTIONS,
    { .name = "seeds",
      .kind = OPTION_INT,
      .fallback = "1",
      .low = 1,
      .high = SEED_CHOICE_MAX,
      AT(seeds),
      .help = "train from so many seeds, one after the other, and keep the best" },
    FLAG_ROW("select", select,
             "several seeds, 3 unless --seeds says how many, and the best one is kept"),
    { .name = "select_data",
      .kind = OPTION_TEXT,
      .argument = "DIR",
      AT(select_data),
      .help = "episodes to choose a seed by, best with segmentation (FG-ARI and slot IoU; else "
              "reconstruction, slot use, swaps); without it the validation episodes" },
    { .name = "select_enough",
      .kind = OPTION_REAL,
      .fallback = "1",
      .low = 0,
      .high = 1,
      AT(select_enough),
      .help = "a score at which no further seed is tried" },
};

static const Option predictor_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP),
    SAVI_CKPT_OPTION(savi_ckpt),
    NAME_PRED_EXP_OPTION(name_pred_exp),
    TRAIN_OPTIONS,
};

static const Option policy_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP),
    SAVI_CKPT_OPTION(savi_ckpt),
    NAME_PRED_EXP_OPTION(name_pred_exp),
    PRED_CKPT_OPTION(pred_ckpt),
    NAME_BEH_EXP_OPTION(name_beh_exp),
    NUM_DEMOS_OPTION,
    TRAIN_OPTIONS,
};

static const Option oracle_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP),
    SAVI_CKPT_OPTION(savi_ckpt),
    NAME_ORACLE_EXP_OPTION(name_oracle_exp),
    NUM_DEMOS_OPTION,
    TRAIN_OPTIONS,
};

const Command command_train_savi = {
    .name = "train-savi",
    .summary = "train the slot encoder of an experiment",
    .table = OPTIONS(savi_options),
    .options_size = sizeof(TrainOptions),
    .run = run_savi,
};

const Command command_train_predictor = {
    .name = "train-predictor",
    .summary = "train a predictor without latent actions (OCVP) on the slots of a trained SAVi",
    .table = OPTIONS(predictor_options),
    .options_size = sizeof(TrainOptions),
    .run = run_predictor,
};

const Command command_train_playslot = {
    .name = "train-playslot",
    .summary = "train inverse dynamics and dynamics on the slots of a trained SAVi",
    .table = OPTIONS(predictor_options),
    .options_size = sizeof(TrainOptions),
    .run = run_playslot,
};

const Command command_train_policy = {
    .name = "train-policy",
    .summary = "train policy and action decoder on the latent actions of demonstrations",
    .table = OPTIONS(policy_options),
    .options_size = sizeof(TrainOptions),
    .run = run_policy,
};

const Command command_train_oracle = {
    .name = "train-oracle",
    .summary = "train an oracle: the true actions of demonstrations from slots",
    .table = OPTIONS(oracle_options),
    .options_size = sizeof(TrainOptions),
    .run = run_oracle,
};
