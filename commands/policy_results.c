#include "commands/evaluate_policy.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/config.h"
#include "commands/command.h"
#include "commands/metric_table.h"

static Status set_number(Json *object, const char *key, double value, Error *error)
{
    return json_set(object, key, json_number(value), error);
}

/* hand `value` over to `object`, or destroy it after an earlier failure */
static Status attach(Json *object, const char *key, Json *value, Status status, Error *error)
{
    if (!status) return json_set(object, key, value, error);
    json_destroy(value);
    return status;
}

static Status set_proportion(Json *object, const char *key, const Proportion *proportion,
                             Error *error)
{
    Json *entry = json_object();
    Status status = json_set(entry, "success_rate", json_rounded(proportion->rate), error);
    if (!status) status = json_set(entry, "success_low", json_rounded(proportion->low), error);
    if (!status) status = json_set(entry, "success_high", json_rounded(proportion->high), error);
    if (!status) status = set_number(entry, "successes", proportion->successes, error);
    if (!status) status = set_number(entry, "episodes", proportion->trials, error);
    return attach(object, key, entry, status, error);
}

static Status fill_episode(Json *entry, const PolicyResults *results, int index, Error *error)
{
    const EpisodeResult *episode = &results->policy[index];
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, episode->seed);
    Status status = set_number(entry, "episode", index, error);
    if (!status) status = json_set(entry, "seed", json_string(seed), error);
    if (!status && episode->task_index >= 0)
        status = set_number(entry, "task_index", episode->task_index, error);
    if (!status) status = json_set(entry, "success", json_bool(episode->success), error);
    if (!status) status = set_number(entry, "success_decision", episode->success_decision, error);
    if (!status) status = set_number(entry, "decisions", episode->decisions, error);
    if (!status) status = set_number(entry, "control_steps", episode->control_steps, error);
    if (!status) status = json_set(entry, "diverged", json_bool(episode->diverged), error);
    if (!status)
        status = json_set(entry, "start_success", json_bool(episode->start_success), error);
    if (!status) status = json_set(entry, "reward_sum", json_rounded(episode->reward_sum), error);
    if (!status)
        status =
            json_set(entry, "random_success", json_bool(results->random[index].success), error);
    if (!status && results->scores->has_expert)
        status =
            json_set(entry, "expert_success", json_bool(results->expert[index].success), error);
    return status;
}

static Status set_episodes(Json *object, const PolicyResults *results, Error *error)
{
    Json *list = json_array();
    Status status = OK;
    for (int i = 0; !status && i < results->options->num_sims; i++) {
        Json *entry = json_object();
        status = fill_episode(entry, results, i, error);
        if (status) {
            json_destroy(entry);
        } else {
            status = json_append(list, entry, error);
        }
    }
    return attach(object, "episodes", list, status, error);
}

/* which checkpoints */
static Status set_models(Json *meta, const EvaluatePolicyOptions *options, Error *error)
{
    Status status = json_set(meta, "savi_model", json_string(options->savi_ckpt), error);
    if (!status && options->name_oracle_exp) {
        status = json_set(meta, "oracle_exp", json_string(options->name_oracle_exp), error);
        if (!status)
            status = json_set(meta, "oracle_ckpt", json_string(options->oracle_ckpt), error);
        if (!status) status = json_set(meta, "clamped", json_bool(!options->unclamped), error);
        return status;
    }
    if (!status) status = json_set(meta, "predictor_model", json_string(options->pred_ckpt), error);
    if (!status) status = json_set(meta, "behavior_exp", json_string(options->name_beh_exp), error);
    if (!status) status = json_set(meta, "behavior_ckpt", json_string(options->beh_ckpt), error);
    return status;
}

/* the reference's own block, its key spelled as meant */
static Status set_reference(Json *object, const PolicyResults *results, Error *error)
{
    Json *entry = json_object(), *sequences = json_object();
    Status status =
        json_set(entry, "success_rate", json_rounded(results->scores->policy.rate), error);
    for (int i = 0; !status && i < results->options->num_sims; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        status = json_set(sequences, key, json_bool(results->policy[i].success), error);
    }
    status = attach(entry, "per_seq_success", sequences, status, error);
    return attach(object, "_results", entry, status, error);
}

static Status set_meta(Json *object, const PolicyResults *results, Error *error)
{
    const EvaluatePolicyOptions *options = results->options;
    const DataFacts *facts = results->facts;
    char seed[24];
    Json *meta = json_object();
    snprintf(seed, sizeof seed, "%" PRIu64, options->seed);
    Status status = set_models(meta, options, error);
    if (!status) status = json_set(meta, "protocol", json_string(options->protocol), error);
    if (!status) status = json_set(meta, "task", json_string(facts->task), error);
    if (!status) status = json_set(meta, "camera", json_string(facts->camera), error);
    if (!status) status = json_set(meta, "quality", json_string(facts->quality), error);
    if (!status) status = json_set(meta, "reward_version", json_string(options->reward), error);
    if (!status) status = set_number(meta, "action_repeat", facts->action_repeat, error);
    if (!status) status = set_number(meta, "random_start", facts->random_start, error);
    if (!status) status = json_set(meta, "seed", json_string(seed), error);
    if (!status) status = json_set(meta, "seeding", json_string(options->seeding), error);
    if (!status) status = json_set(meta, "goal", json_string(options->goal), error);
    if (!status) status = set_number(meta, "num_sims", options->num_sims, error);
    if (!status) status = set_number(meta, "max_num_steps", options->max_num_steps, error);
    if (!status) status = json_set(meta, "playslot", json_string(PLAYSLOT_VERSION), error);
    if (!status) status = json_set(meta, "mujoco", json_string(sim_version()), error);
    return attach(object, "meta", meta, status, error);
}

static Status fill(Json *object, const PolicyResults *results, Error *error)
{
    const PolicyScores *scores = results->scores;
    Status status = set_reference(object, results, error);
    if (!status) status = set_proportion(object, results->title, &scores->policy, error);
    if (!status) status = set_proportion(object, "random", &scores->random, error);
    if (!status && scores->has_expert)
        status = set_proportion(object, "expert", &scores->expert, error);
    if (!status) status = set_number(object, "diverged", scores->diverged, error);
    if (!status) status = set_meta(object, results, error);
    return status ? status : set_episodes(object, results, error);
}

Status policy_results_write(char **path, const PolicyResults *results, const char *folder,
                            const char *name, Error *error)
{
    Json *object = json_object();
    *path = NULL;
    Status status = fill(object, results, error);
    if (!status) status = results_write(object, folder, name, path, error);
    json_destroy(object);
    return status;
}

static void print_row(const char *name, const Proportion *proportion)
{
    printf("  %-12s %4d of %-4d  %6.1f %%   (95 %% interval %.1f %% to %.1f %%)\n", name,
           proportion->successes, proportion->trials, 100 * proportion->rate, 100 * proportion->low,
           100 * proportion->high);
}

void policy_results_print(const PolicyResults *results)
{
    const PolicyScores *scores = results->scores;
    printf("%s, %s, at most %d decisions, seed %" PRIu64 ", seeding %s:\n", results->facts->task,
           results->options->protocol, results->options->max_num_steps, results->options->seed,
           results->options->seeding);
    print_row(results->title, &scores->policy);
    print_row("random", &scores->random);
    if (scores->has_expert) print_row("expert", &scores->expert);
    if (scores->diverged > 0)
        printf("  %d episodes diverged and count as failures\n", scores->diverged);
    printf("results: %s\n", scores->results);
    if (scores->videos[0]) printf("videos:  %s\n", scores->videos);
}
