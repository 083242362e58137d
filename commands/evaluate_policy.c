#include "commands/evaluate_policy.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/threads.h"
#include "commands/episode_panel.h"
#include "commands/interrupt.h"
#include "commands/log_file.h"
#include "commands/progress.h"
#include "envs/task_set.h"
#include "policies/learned/slot_policy.h"
#include "recordings/panel.h"
#include "training/checkpoint.h"
#include "training/experiment.h"

/* what one thread draws with */
typedef struct Worker {
    Policy *policy; /* lent */
    EpisodePanel *panel;
    bool success; /* of the episode in hand */
} Worker;

typedef struct Evaluation {
    const EvaluatePolicyOptions *options;
    ExperimentKind kind; /* policy or oracle; `behavior` and `policy_ckpt` are its own */
    SlotProtocol protocol;
    char *savi, *predictor, *behavior;              /* folders */
    char *savi_ckpt, *predictor_ckpt, *policy_ckpt; /* files */
    char *videos;                                   /* folder */
    char key[256];
    Experiment *experiment;
    DataFacts facts;
    SlotModels *models;
    RolloutOptions rollout;
    int threads;
    Worker *workers;
    const char *scripted; /* name of the policy in hand, or NULL: the learned one */
    bool pictures;        /* of the pass in hand */
    EpisodeResult *policy_results, *random_results, *expert_results;
    pthread_mutex_t mutex; /* guards what follows */
    Progress progress;
    int done, succeeded;
} Evaluation;

/* --- preparation ------------------------------------------------------------------------------------- */

static bool is_oracle(const Evaluation *run)
{
    return run->kind == EXPERIMENT_ORACLE;
}

static Status find_policy(Evaluation *run, Error *error)
{
    const EvaluatePolicyOptions *options = run->options;
    Status status = experiment_child_path(&run->predictor, run->savi, EXPERIMENT_PREDICTOR,
                                          options->name_pred_exp, error);
    if (!status)
        status =
            experiment_checkpoint(&run->predictor_ckpt, run->predictor, options->pred_ckpt, error);
    if (status) return status;
    return experiment_child_path(&run->behavior, run->predictor, EXPERIMENT_POLICY,
                                 options->name_beh_exp, error);
}

static Status find_folders(Evaluation *run, Error *error)
{
    const EvaluatePolicyOptions *options = run->options;
    Status status = experiment_path(&run->savi, options->exp_directory, error);
    if (!status)
        status = experiment_checkpoint(&run->savi_ckpt, run->savi, options->savi_ckpt, error);
    if (!status)
        status = is_oracle(run) ? experiment_child_path(&run->behavior, run->savi, run->kind,
                                                        options->name_oracle_exp, error)
                                : find_policy(run, error);
    if (!status) status = experiment_open(&run->experiment, run->behavior, run->kind, error);
    if (status) return status;
    return experiment_checkpoint(&run->policy_ckpt, run->behavior,
                                 is_oracle(run) ? options->oracle_ckpt : options->beh_ckpt, error);
}

/* "the policy's training data" */
static const char *own_data(const Evaluation *run)
{
    return is_oracle(run) ? "the oracle's training data" : "the policy's training data";
}

static Status use_quality_and_camera(Evaluation *run, DataFacts *wanted, Error *error)
{
    const EvaluatePolicyOptions *options = run->options;
    if (options->task) snprintf(wanted->task, sizeof wanted->task, "%s", options->task);
    if (options->camera) snprintf(wanted->camera, sizeof wanted->camera, "%s", options->camera);
    if (options->quality) snprintf(wanted->quality, sizeof wanted->quality, "%s", options->quality);
    if (options->insist) return OK;
    return data_facts_compare(&run->facts, own_data(run), wanted, "this evaluation", error);
}

/* every model must have learned to look in the way that this evaluation will */
static Status check_facts(Evaluation *run, Error *error)
{
    DataFacts savi, wanted;
    Status status = data_facts_read(&run->facts, run->behavior, error);
    if (!status) status = data_facts_read(&savi, run->savi, error);
    if (!status && !run->options->insist)
        status =
            data_facts_compare(&savi, "SAVi's training data", &run->facts, own_data(run), error);
    wanted = run->facts;
    if (!status) status = use_quality_and_camera(run, &wanted, error);
    if (status == ERR_ARGUMENT) {
        char text[sizeof error->text];
        snprintf(text, sizeof text, "%s", error->text);
        return error_set(error, status, "%s (--insist evaluates all the same)", text);
    }
    run->facts = wanted;
    return status;
}

/* success on scenes that a model was trained on proves little */
static Status check_unseen(const Evaluation *run, Error *error)
{
    const EvaluatePolicyOptions *options = run->options;
    const Seeding how = run->rollout.env.seeding;
    Experiment *savi = NULL;
    if (options->insist) return OK;
    const Status status = experiment_open(&savi, run->savi, EXPERIMENT_SAVI, error);
    if (status) return status;
    const int of_savi = data_seeds_shared(savi->params, how, options->seed, options->num_sims);
    const int of_policy =
        data_seeds_shared(run->experiment->params, how, options->seed, options->num_sims);
    experiment_close(savi);
    if (!of_savi && !of_policy) return OK;
    return error_set(error, ERR_ARGUMENT,
                     "--seed %" PRIu64 ": %d of %d scenes are in the training data; choose another "
                     "seed (--insist evaluates all the same)",
                     options->seed, of_policy > of_savi ? of_policy : of_savi, options->num_sims);
}

static Status load_policy(const Evaluation *run, ParamStore *store, Error *error)
{
    static const CheckpointPart predictor = { "predictor.", "" }, oracle = { "oracle.", "" };
    static const CheckpointPart policy[] = { { "policy.", "policy." },
                                             { "action_decoder.", "action_decoder." } };
    if (is_oracle(run))
        return checkpoint_load(run->policy_ckpt, "oracle", store, &oracle, 1, error);
    const Status status =
        checkpoint_load(run->predictor_ckpt, "predictor", store, &predictor, 1, error);
    return status ? status : checkpoint_load(run->policy_ckpt, "policy", store, policy, 2, error);
}

static Status load_models(Evaluation *run, Error *error)
{
    static const CheckpointPart savi = { "savi.", "" };
    ExperimentModels config;
    Status status = experiment_models(&config, run->experiment->params, run->kind, error);
    const SlotModelsConfig models = { .oracle = is_oracle(run),
                                      .savi = config.savi,
                                      .predictor = config.predictor,
                                      .behavior = config.behavior,
                                      .action_decoder = config.action_decoder };
    if (!status) status = slot_models_create(&run->models, &models, error);
    if (status) return status;
    status = checkpoint_load(run->savi_ckpt, "SAVi", run->models->store, &savi, 1, error);
    return status ? status : load_policy(run, run->models->store, error);
}

/* by its plain name, and a member of the seeding's set */
static Status check_task(Evaluation *run, Error *error)
{
    const TaskSet *set = task_set_of(run->rollout.env.seeding);
    const TaskDef *task = NULL;
    Status status = task_find(&task, run->facts.task, error);
    if (!status && set) status = task_set_check(set, task, error);
    if (!status) snprintf(run->facts.task, sizeof run->facts.task, "%s", task_name(task));
    return status;
}

static Status fill_rollout(Evaluation *run, Error *error)
{
    const DataFacts *facts = &run->facts;
    RolloutOptions *rollout = &run->rollout;
    *rollout = rollout_options_default();
    rollout->env.task = facts->task;
    rollout->env.assets = run->options->assets;
    rollout->camera = facts->camera;
    rollout->picture.width = facts->width;
    rollout->picture.height = facts->height;
    rollout->picture.scale = facts->render_scale;
    rollout->picture.source = facts->render_source;
    rollout->action_repeat = facts->action_repeat;
    rollout->random_start = facts->random_start;
    rollout->max_decisions = run->options->max_num_steps;
    rollout->after_success = 0;
    Status status = seeding_parse(&rollout->env.seeding, run->options->seeding, error);
    if (!status) status = goal_view_parse(&rollout->env.goal, run->options->goal, error);
    if (!status)
        status = reward_version_parse(&rollout->env.reward_version, run->options->reward, error);
    return status ? status : render_quality_parse(&rollout->picture.quality, facts->quality, error);
}

static Status make_workers(Evaluation *run, Error *error)
{
    const int slots = run->models->savi.config.num_slots;
    run->threads = run->options->threads ? run->options->threads : thread_count_available();
    Status status = memory_new_array(&run->workers, (size_t)run->threads, error);
    for (int i = 0; !status && i < run->threads && run->options->save_vis > 0; i++)
        status =
            episode_panel_create(&run->workers[i].panel, run->models->width, run->models->height,
                                 slots, run->options->max_num_steps, run->facts.task, error);
    return status;
}

/* the reference's names: a policy goes by its experiment, an oracle by its checkpoint */
static void set_key(Evaluation *run)
{
    const EvaluatePolicyOptions *options = run->options;
    const char *file = path_base(run->policy_ckpt);
    const char *name = is_oracle(run) ? file : path_base(run->behavior);
    const char *end = is_oracle(run) ? strstr(file, ".safetensors") : NULL;
    const bool named = run->rollout.env.seeding != SEEDING_SEEDED;
    snprintf(run->key, sizeof run->key, "NumSims=%d_NumSteps=%d_%s=%.*s_Seed=%" PRIu64 "_%s%s%s%s",
             options->num_sims, options->max_num_steps, is_oracle(run) ? "Ckpt" : "BehaviorExp",
             end ? (int)(end - name) : (int)strlen(name), name, options->seed, options->protocol,
             options->unclamped ? "_unclamped" : "", named ? "_" : "",
             named ? options->seeding : "");
}

static Status make_results(Evaluation *run, Error *error)
{
    const size_t count = (size_t)run->options->num_sims;
    Status status = memory_new_array(&run->policy_results, count, error);
    if (!status) status = memory_new_array(&run->random_results, count, error);
    if (!status) status = memory_new_array(&run->expert_results, count, error);
    if (status) return status;
    set_key(run);
    return string_format(&run->videos, error, "%s/plots/sim_plots/SimPlots_%s", run->behavior,
                         run->key);
}

static Status prepare(Evaluation *run, Error *error)
{
    Status status = slot_protocol_parse(&run->protocol, run->options->protocol, error);
    if (!status) status = find_folders(run, error);
    if (!status) status = check_facts(run, error);
    if (!status) status = fill_rollout(run, error);
    if (!status) status = check_task(run, error);
    if (!status) status = check_unseen(run, error);
    if (!status) status = load_models(run, error);
    if (!status) status = make_workers(run, error);
    return status ? status : make_results(run, error);
}

static void release(Evaluation *run)
{
    for (int i = 0; run->workers && i < run->threads; i++)
        episode_panel_destroy(run->workers[i].panel);
    memory_free(run->workers);
    memory_free(run->policy_results);
    memory_free(run->random_results);
    memory_free(run->expert_results);
    slot_models_destroy(run->models);
    experiment_close(run->experiment);
    memory_free(run->videos);
    memory_free(run->policy_ckpt);
    memory_free(run->predictor_ckpt);
    memory_free(run->savi_ckpt);
    memory_free(run->behavior);
    memory_free(run->predictor);
    memory_free(run->savi);
}

/* --- episodes ---------------------------------------------------------------------------------------- */

static Status make_policy(void *user, int number, Policy **out, Error *error)
{
    Evaluation *run = user;
    Status status;
    if (run->scripted) {
        PolicyOptions options = policy_options_default();
        options.task = run->facts.task;
        return policy_create(out, run->scripted, &options, error);
    }
    SlotPolicyOptions options = slot_policy_options_default();
    options.protocol = run->protocol;
    options.pictures = run->pictures;
    options.clamp = is_oracle(run) && !run->options->unclamped;
    status = slot_policy_create(out, run->models, options, error);
    run->workers[number].policy = *out;
    return status;
}

/* the last frame is nobody's decision: let the policy look at it for the picture alone */
static Status look_at_last_frame(const Worker *worker, const RolloutFrame *frame, Error *error)
{
    const float no_action[ENV_ACTION] = { 0 };
    float ignored[ENV_ACTION];
    const PolicyInput input = { .decision = frame->decision,
                                .obs = frame->obs,
                                .frame = frame->frame,
                                .last_action = no_action };
    return policy_act(worker->policy, &input, ignored, error);
}

static Status push_panel(void *user, const RolloutFrame *frame, Error *error)
{
    Worker *worker = user;
    SlotView view;
    Status status = frame->action ? OK : look_at_last_frame(worker, frame, error);
    if (status || !slot_policy_view(&view, worker->policy)) return status;
    status = episode_panel_push(worker->panel, frame, &view, worker->success, error);
    worker->success = worker->success || frame->success;
    return status;
}

static Status begin_episode(void *user, int number, int episode, uint64_t seed, FrameSink *sink,
                            Error *error)
{
    Evaluation *run = user;
    Worker *worker = &run->workers[number];
    char note[64];
    (void)error;
    if (!run->pictures) return OK;
    snprintf(note, sizeof note, "episode %d, seed %" PRIu64, episode, seed);
    worker->success = false;
    episode_panel_begin(worker->panel, note);
    *sink = (FrameSink){ .push = push_panel, .user = worker };
    return OK;
}

static Status video_folder(char **out, const Evaluation *run, int episode, bool success,
                           Error *error)
{
    return string_format(out, error, "%s/%03d_success=%s", run->videos, episode,
                         success ? "True" : "False");
}

/* videos of an earlier run of the same name that ended the other way */
static Status remove_stale(const Evaluation *run, int episode, bool success, Error *error)
{
    static const char *const names[] = { "panel.mp4", "panel.gif" };
    char *folder = NULL;
    Status status = video_folder(&folder, run, episode, success, error);
    for (int i = 0; !status && directory_exists(folder) && i < 2; i++) {
        char *path = NULL;
        status = path_join(&path, folder, names[i], error);
        if (!status) status = file_remove(path, error);
        memory_free(path);
    }
    if (!status) rmdir(folder); /* stays when something else lies in it */
    memory_free(folder);
    return status;
}

static Status write_video(const Evaluation *run, Worker *worker, const EpisodeResult *result,
                          Error *error)
{
    char *folder = NULL;
    Status status = remove_stale(run, result->episode, !result->success, error);
    if (!status) status = video_folder(&folder, run, result->episode, result->success, error);
    if (!status) status = episode_panel_write(worker->panel, folder, error);
    memory_free(folder);
    return status;
}

static Status end_episode(void *user, int number, const EpisodeResult *result, Error *error)
{
    Evaluation *run = user;
    char note[64];
    const Status status =
        run->pictures ? write_video(run, &run->workers[number], result, error) : OK;
    if (status) return status;
    pthread_mutex_lock(&run->mutex);
    run->done++;
    run->succeeded += result->success;
    snprintf(note, sizeof note, "%d of %d succeeded", run->succeeded, run->done);
    progress_update(&run->progress, run->done, note);
    pthread_mutex_unlock(&run->mutex);
    return OK;
}

static bool stop_requested(void *user)
{
    (void)user;
    return interrupt_requested();
}

static Status run_episodes(Evaluation *run, EpisodeResult *results, int first, int count,
                           Error *error)
{
    const RolloutHooks hooks = { .user = run,
                                 .make_policy = make_policy,
                                 .begin = begin_episode,
                                 .end = end_episode,
                                 .stop = stop_requested };
    if (count <= 0) return OK;
    return rollout_many(results + first, first, count, run->options->seed, run->threads,
                        &run->rollout, &hooks, error);
}

/* the first save_vis episodes with pictures, the others without; actions are the same either way */
static Status run_learned(Evaluation *run, Error *error)
{
    const int total = run->options->num_sims;
    const int drawn = run->options->save_vis < total ? run->options->save_vis : total;
    run->progress = progress_begin(is_oracle(run) ? "evaluate-oracle" : "evaluate-policy",
                                   "episodes", total, 0);
    run->done = run->succeeded = 0;
    run->pictures = true;
    run->rollout.display_scale = panel_config_default().scale;
    Status status = run_episodes(run, run->policy_results, 0, drawn, error);
    run->rollout.display_scale = 0;
    run->pictures = false;
    if (!status) status = run_episodes(run, run->policy_results, drawn, total - drawn, error);
    progress_end(&run->progress, run->done, NULL);
    return status;
}

static Status run_scripted(Evaluation *run, const char *name, EpisodeResult *results, Error *error)
{
    const int total = run->options->num_sims;
    const bool render = run->rollout.render;
    run->scripted = name;
    run->rollout.render = false;
    run->progress = progress_begin(name, "episodes", total, 0);
    run->done = run->succeeded = 0;
    const Status status = run_episodes(run, results, 0, total, error);
    progress_end(&run->progress, run->done, NULL);
    run->scripted = NULL;
    run->rollout.render = render;
    return status;
}

/* --- results ----------------------------------------------------------------------------------------- */

static Proportion proportion_of(const EpisodeResult *results, int count)
{
    int successes = 0;
    for (int i = 0; i < count; i++)
        successes += results[i].success;
    return wilson_interval(successes, count);
}

static void log_episode(const Evaluation *run, const EpisodeResult *result)
{
    char line[160];
    const char *end = result->success ? "success" : result->diverged ? "diverged" : "no success";
    snprintf(line, sizeof line, "episode %d, seed %" PRIu64 ": %s after %d decisions",
             result->episode, result->seed, end, result->decisions);
    log_sim_line(run->behavior, LOG_INFO, line);
}

static void log_results(const Evaluation *run, const PolicyScores *scores)
{
    const Proportion *rate = &scores->policy;
    char line[1400];
    for (int i = 0; i < rate->trials; i++)
        log_episode(run, &run->policy_results[i]);
    snprintf(line, sizeof line, "%d of %d succeeded (95 %% interval %.1f %% to %.1f %%): %s",
             rate->successes, rate->trials, 100 * rate->low, 100 * rate->high, scores->results);
    log_sim_line(run->behavior, LOG_INFO, line);
}

static void log_begin(const Evaluation *run)
{
    const EvaluatePolicyOptions *options = run->options;
    char line[512];
    snprintf(line, sizeof line,
             "%s in the simulator: %s, %s, %d episodes of at most %d decisions, seed %" PRIu64,
             path_base(run->policy_ckpt), run->facts.task, options->protocol, options->num_sims,
             options->max_num_steps, options->seed);
    log_sim_begin(run->behavior, line);
}

static Status finish(Evaluation *run, PolicyScores *scores, Error *error)
{
    const int count = run->options->num_sims;
    const PolicyResults results = { .title = experiment_kind_name(run->kind),
                                    .options = run->options,
                                    .facts = &run->facts,
                                    .scores = scores,
                                    .policy = run->policy_results,
                                    .random = run->random_results,
                                    .expert = run->expert_results };
    char name[300];
    char *path = NULL;
    scores->policy = proportion_of(run->policy_results, count);
    scores->random = proportion_of(run->random_results, count);
    if (scores->has_expert) scores->expert = proportion_of(run->expert_results, count);
    for (int i = 0; i < count; i++)
        scores->diverged += run->policy_results[i].diverged;
    snprintf(name, sizeof name, "%sresults_%s", is_oracle(run) ? "sim_results/" : "", run->key);
    const Status status = policy_results_write(&path, &results, run->behavior, name, error);
    if (status) return status;
    snprintf(scores->results, sizeof scores->results, "%s", path);
    if (run->options->save_vis > 0)
        snprintf(scores->videos, sizeof scores->videos, "%s", run->videos);
    policy_results_print(&results);
    log_results(run, scores);
    memory_free(path);
    return OK;
}

Status evaluate_policy_run(PolicyScores *scores, const EvaluatePolicyOptions *options, Error *error)
{
    const bool oracle = options->name_oracle_exp != NULL;
    Evaluation run = { .options = options, .kind = oracle ? EXPERIMENT_ORACLE : EXPERIMENT_POLICY };
    *scores = (PolicyScores){ 0 };
    pthread_mutex_init(&run.mutex, NULL);
    Status status = prepare(&run, error);
    const bool logs = !status;
    if (logs) log_begin(&run);
    if (!status) status = run_learned(&run, error);
    if (!status) status = run_scripted(&run, "random", run.random_results, error);
    scores->has_expert = !status && policy_has_expert(run.facts.task);
    if (!status && scores->has_expert)
        status = run_scripted(&run, "expert", run.expert_results, error);
    if (!status) status = finish(&run, scores, error);
    if (logs && status) log_sim_line(run.behavior, LOG_ERROR, error->text);
    release(&run);
    pthread_mutex_destroy(&run.mutex);
    return status;
}
