/* train-savi --seeds: the same training from several seeds, the one whose slots come apart best is kept */
#include <stdio.h>
#include <time.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/data_facts.h"
#include "commands/demo_state.h"
#include "commands/metric_table.h"
#include "commands/seed_choice.h"
#include "commands/train.h"
#include "training/trainer.h"

#define SELECT_FRAMES 20

typedef struct SeedJob {
    const TrainOptions *options;
    Experiment *experiment;
    char *folder, *checkpoint; /* of the experiment; weights to start from or NULL */
    SeedChoice choice;
} SeedJob;

static void job_release(SeedJob *job)
{
    experiment_close(job->experiment);
    memory_free(job->checkpoint);
    memory_free(job->folder);
}

/* what would be found out after the first training otherwise */
static Status check_folder(const char *folder, Error *error)
{
    const DatasetSource source = { .folder = folder, .max_train = -1 };
    Dataset *dataset = NULL;
    const Status status = dataset_open(&dataset, &source, 1, error);
    dataset_close(dataset);
    return status ? error_wrap(error, "--select_data") : OK;
}

static Status check_validation(const Json *params, Error *error)
{
    DataConfig config;
    Dataset *dataset = NULL;
    Status status = data_config_load(&config, params, error);
    if (!status) status = data_config_open(&dataset, &config, NULL, error);
    if (!status && dataset_split_count(dataset, SPLIT_VALID) == 0)
        status = error_set(error, ERR_ARGUMENT,
                           "--seeds needs --select_data: the data of the experiment has no "
                           "validation episodes to choose by");
    dataset_close(dataset);
    return status;
}

static Status write_params(const SeedJob *job, Error *error)
{
    char *file = NULL;
    Status status = path_join(&file, job->folder, "experiment_params.json", error);
    if (!status) status = json_write(job->experiment->params, file, error);
    memory_free(file);
    return status;
}

static Status prepare(SeedJob *job, Error *error)
{
    const TrainOptions *options = job->options;
    Status status = experiment_path(&job->folder, options->exp_directory, error);
    if (!status) status = experiment_open(&job->experiment, job->folder, EXPERIMENT_SAVI, error);
    if (!status && options->select_data) status = check_folder(options->select_data, error);
    if (!status && options->checkpoint)
        status = experiment_checkpoint(&job->checkpoint, job->folder, options->checkpoint, error);
    if (!status)
        status = experiment_set(job->experiment->params, EXPERIMENT_SAVI, options->set.values,
                                options->set.count, error);
    if (!status && !options->select_data) status = check_validation(job->experiment->params, error);
    return status ? status : write_params(job, error);
}

static int first_seed(const SeedJob *job)
{
    if (job->options->seed >= 0) return job->options->seed;
    return (int)json_as_number(json_path(job->experiment->params, "training.playslot.seed"), 0);
}

/* a fresh experiment with the same parameters; train_run enters the seed */
static Status make_experiment(const SeedJob *job, const char *path, Error *error)
{
    char created[32];
    const time_t now = time(NULL);
    struct tm parts;
    localtime_r(&now, &parts);
    strftime(created, sizeof created, "%Y-%m-%d_%H-%M-%S", &parts);
    Json *params = json_copy(job->experiment->params);
    if (!params) return error_set(error, ERR_MEMORY, "no memory for the parameters");
    Status status = tree_remove(path, error);
    if (!status) status = experiment_create(path, EXPERIMENT_SAVI, params, created, error);
    json_destroy(params);
    return status;
}

static Status train_seed(const SeedJob *job, const char *path, int seed, Error *error)
{
    char *last = NULL;
    TrainOptions options = { .exp_directory = path,
                             .checkpoint = job->checkpoint,
                             .seed = seed,
                             .threads = job->options->threads,
                             .set = job->options->set };
    Status status = path_join(&last, path, "models/" CHECKPOINT_LAST, error);
    if (!status && job->options->resume_training && file_exists(last)) {
        options.checkpoint = NULL;
        options.resume_training = true;
    } else if (!status) {
        status = make_experiment(job, path, error);
    }
    memory_free(last);
    return status ? status : train_run(&options, EXPERIMENT_SAVI, error);
}

static Status seed_path(char **out, const SeedJob *job, int seed, Error *error)
{
    return string_format(out, error, "%s/seeds/%d", job->folder, seed);
}

static Status try_seed(SeedJob *job, int seed, Error *error)
{
    SeedScore *score = &job->choice.scores[job->choice.count];
    char *path = NULL;
    Status status = seed_path(&path, job, seed, error);
    if (!status) status = train_seed(job, path, seed, error);
    if (!status)
        status = seed_score_measure(score, seed, path, job->options->select_data, SELECT_FRAMES,
                                    job->options->threads, error);
    memory_free(path);
    if (status) return status;
    job->choice.count++;
    seed_score_print(score);
    return OK;
}

static Status copy_file(const char *from, const char *to, const char *name, Error *error)
{
    char *source = NULL, *target = NULL, *data = NULL;
    size_t size = 0;
    Status status = path_join(&source, from, name, error);
    if (!status) status = path_join(&target, to, name, error);
    if (!status) status = file_read(&data, &size, source, error);
    if (!status) status = file_write(target, data, size, error);
    memory_free(data);
    memory_free(target);
    memory_free(source);
    return status;
}

static Status make_models(const SeedJob *job, Error *error)
{
    char *models = NULL;
    Status status = path_join(&models, job->folder, "models", error);
    if (!status) status = directory_make(models, error);
    memory_free(models);
    return status;
}

/* the best seed's model becomes the experiment's, and its seed the one in the parameters */
static Status keep_best(SeedJob *job, Error *error)
{
    const int seed = job->choice.scores[seed_choice_best(&job->choice)].seed;
    char assignment[48], *path = NULL;
    const char *const set[] = { assignment };
    snprintf(assignment, sizeof assignment, "training.playslot.seed=%d", seed);
    Status status = seed_path(&path, job, seed, error);
    if (!status) status = make_models(job, error);
    if (!status) status = copy_file(path, job->folder, "models/" CHECKPOINT_FINAL, error);
    if (!status) status = copy_file(path, job->folder, DATA_FACTS_FILE, error);
    if (!status) status = experiment_set(job->experiment->params, EXPERIMENT_SAVI, set, 1, error);
    if (!status) status = write_params(job, error);
    memory_free(path);
    return status;
}

static Status write_results(const SeedJob *job, Error *error)
{
    Json *results = json_object();
    char *path = NULL;
    Status status = seed_choice_store(results, &job->choice, error);
    if (!status) status = results_write(results, job->folder, "seeds", &path, error);
    if (!status) {
        seed_choice_print(&job->choice);
        printf("%s\ntrained SAVi: %s/models/" CHECKPOINT_FINAL "\n", path, job->folder);
    }
    memory_free(path);
    json_destroy(results);
    return status;
}

static Status run_seeds(SeedJob *job, Error *error)
{
    const int first = first_seed(job);
    Status status = OK;
    job->choice.enough = job->options->select_enough;
    const int seeds = job->options->seeds > 1 ? job->options->seeds : SEEDS_USUAL;
    for (int i = 0; !status && i < seeds; i++) {
        if (seed_choice_is_enough(&job->choice)) break;
        status = try_seed(job, first + i, error);
    }
    if (!status) status = keep_best(job, error);
    return status ? status : write_results(job, error);
}

Status train_seeds_run(const TrainOptions *options, Error *error)
{
    SeedJob job = { .options = options };
    Status status = prepare(&job, error);
    if (!status) status = run_seeds(&job, error);
    job_release(&job);
    return status;
}
