/**
 * bench_env [--task NAME] [--rounds N] [--physics|--frames]: control steps per CPU-second of a task (button-press)
 * beside the bare physics (the floor: mocap, five mj_step, mj_rnePostConstraint, mj_forward, as upstream's step has
 * them; Fetch: 20 mj_step and the mj_forwards of its step), start-up and resets, frames per CPU-second for each
 * quality and size, whole decisions of a collection. --physics: no pictures; --frames: those of 64x64 alone. JSON
 * lines on stdout: best and median of interleaved rounds; wall and CPU seconds of the best. Both sides take the same
 * actions and must end in the same state. scripts/bench_metaworld.py and bench_fetch.py drive it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mujoco/mujoco.h>

#include "base/memory.h"
#include "envs/fetch/fetch.h"
#include "envs/reward.h"
#include "envs/task.h"
#include "policies/rollout.h"
#include "sim/sim_internal.h"

enum { STEPS = 450, FRAMES = 40, MAX_ROUNDS = 50 };

typedef struct Clock {
    double cpu, wall;
} Clock;

static double seconds(clockid_t id)
{
    struct timespec time;
    clock_gettime(id, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static Clock clock_now(void)
{
    return (Clock){ seconds(CLOCK_PROCESS_CPUTIME_ID), seconds(CLOCK_MONOTONIC) };
}

/* seconds per round of one thing */
typedef struct Series {
    const char *name;
    int per_round;
    int rounds;
    Clock spent[MAX_ROUNDS];
} Series;

static void clock_add(Clock *sum, Clock start)
{
    const Clock end = clock_now();
    sum->cpu += end.cpu - start.cpu;
    sum->wall += end.wall - start.wall;
}

static void series_add(Series *series, Clock start)
{
    clock_add(&series->spent[series->rounds++], start);
}

static int compare_cpu(const void *a, const void *b)
{
    const Clock *x = a, *y = b;
    return (x->cpu > y->cpu) - (x->cpu < y->cpu);
}

static void series_print(Series *series, const char *unit)
{
    qsort(series->spent, (size_t)series->rounds, sizeof *series->spent, compare_cpu);
    const Clock best = series->spent[0], median = series->spent[series->rounds / 2];
    printf("{\"bench\": \"env\", \"what\": \"%s\", \"unit\": \"%s\", \"rounds\": %d, "
           "\"per_cpu_second_best\": %.1f, \"per_cpu_second_median\": %.1f, "
           "\"per_wall_second_best\": %.1f, \"cpu_ms_each\": %.3f}\n",
           series->name, unit, series->rounds, series->per_round / best.cpu,
           series->per_round / median.cpu, series->per_round / best.wall,
           1e3 * best.cpu / series->per_round);
    fflush(stdout);
}

static void fail(const Error *error)
{
    fprintf(stderr, "bench_env: %s\n", error->text);
    exit(1);
}

/* ---- physics ---- */

/* uniform in [-1, 1), the same numbers as in scripts/bench_metaworld.py */
static void fill_actions(float actions[STEPS][ENV_ACTION])
{
    uint32_t x = 5;
    for (int i = 0; i < STEPS; i++)
        for (int k = 0; k < ENV_ACTION; k++) {
            x = x * 1664525u + 1013904223u;
            actions[i][k] = (float)(x >> 8) / 8388608.0f - 1.0f;
        }
}

/* the bare model, brought to where a reset of the Env ends */
typedef struct Bare {
    const TaskDef *task;
    mjModel *model;
    mjData *data;
    double *start;                /* integration state */
    int gripper_link, fingers[2]; /* Fetch: body; qpos of the right and the left one */
} Bare;

static int bare_joint(const Bare *bare, const char *name)
{
    return bare->model->jnt_qposadr[mj_name2id(bare->model, mjOBJ_JOINT, name)];
}

static Status bare_open(Bare *bare, const Env *env, Error *error)
{
    bare->task = env_task(env);
    bare->model = mj_copyModel(NULL, env_sim(env)->model);
    bare->data = mj_makeData(bare->model);
    if (task_suite(bare->task) == SUITE_FETCH) {
        bare->gripper_link = mj_name2id(bare->model, mjOBJ_BODY, "robot0:gripper_link");
        bare->fingers[0] = bare_joint(bare, "robot0:r_gripper_finger_joint");
        bare->fingers[1] = bare_joint(bare, "robot0:l_gripper_finger_joint");
    }
    const Status status =
        memory_new_array(&bare->start, (size_t)sim_motion_size(env_sim(env)), error);
    if (!status) sim_motion_get(env_sim(env), bare->start);
    return status;
}

static void bare_close(Bare *bare)
{
    memory_free(bare->start);
    mj_deleteData(bare->data);
    mj_deleteModel(bare->model);
}

static const mjtNum down[4] = { 1, 0, 1, 0 };

static void bare_sawyer_step(const Bare *bare, const float action[ENV_ACTION])
{
    mjData *d = bare->data;
    for (int k = 0; k < 3; k++)
        d->mocap_pos[k] = clamp(d->mocap_pos[k] + (double)(action[k] * 0.01f),
                                bare->task->mocap_low[k], bare->task->mocap_high[k]);
    memcpy(d->mocap_quat, down, sizeof down);
    d->ctrl[0] = (double)action[3];
    d->ctrl[1] = -(double)action[3];
    for (int k = 0; k < 5; k++)
        mj_step(bare->model, d);
    mj_rnePostConstraint(bare->model, d);
    mj_forward(bare->model, d);
}

static void bare_fetch_step(const Bare *bare, const float action[ENV_ACTION])
{
    mjData *d = bare->data;
    const FetchTask *task = bare->task->parameters;
    const bool pick = task->kind == FETCH_PICK;
    for (int k = 0; k < 3; k++)
        d->mocap_pos[k] = d->xpos[3 * bare->gripper_link + k] + (double)(action[k] * 0.05f);
    for (int k = 0; k < 4; k++)
        d->mocap_quat[k] = d->xquat[4 * bare->gripper_link + k] + down[k];
    for (int k = 0; k < bare->model->nu; k++) /* the left finger's comes first */
        d->ctrl[k] = d->qpos[bare->fingers[1 - k]] + (pick ? (double)action[3] : 0);
    for (int k = 0; k < 20; k++)
        mj_step(bare->model, d);
    for (int k = 0; k < 2 && !pick; k++)
        d->qpos[bare->fingers[k]] = 0;
    if (!pick) mj_forward(bare->model, d);
    if (!task->stock) mj_forward(bare->model, d);
}

/* steps without a reset */
static int episode_length(const TaskDef *task)
{
    return task_horizon(task) < STEPS ? task_horizon(task) : STEPS;
}

static void bare_round(Bare *bare, float actions[STEPS][ENV_ACTION], Series *series)
{
    const bool fetch = task_suite(bare->task) == SUITE_FETCH;
    const int length = episode_length(bare->task);
    Clock *spent = &series->spent[series->rounds++];
    for (int from = 0; from < STEPS; from += length) {
        mj_setState(bare->model, bare->data, bare->start, mjSTATE_INTEGRATION);
        mj_kinematics(bare->model, bare->data);
        const Clock start = clock_now();
        for (int i = from; i < from + length && i < STEPS; i++)
            (fetch ? bare_fetch_step : bare_sawyer_step)(bare, actions[i]);
        clock_add(spent, start);
    }
}

/* otherwise the two did not do the same work */
static void check_same_end(const Bare *bare, const Env *env)
{
    const size_t size = (size_t)bare->model->nq * sizeof(mjtNum);
    if (memcmp(bare->data->qpos, sim_view(env_sim(env))->qpos, size) == 0) return;
    fprintf(stderr, "bench_env: the bare physics of '%s' went another way\n",
            task_name(bare->task));
    exit(1);
}

static void env_round(Env *env, const double *state, float actions[STEPS][ENV_ACTION],
                      Series *series)
{
    Error error;
    StepResult result;
    const int length = episode_length(env_task(env));
    Clock *spent = &series->spent[series->rounds++];
    for (int from = 0; from < STEPS; from += length) {
        if (env_state_set(env, state, &error)) fail(&error);
        const Clock start = clock_now();
        for (int i = from; i < from + length && i < STEPS; i++)
            if (env_step(env, actions[i], &result, &error)) fail(&error);
        clock_add(spent, start);
    }
}

static void reset_round(Env *env, Series *series)
{
    Error error;
    const Clock start = clock_now();
    for (int i = 0; i < series->per_round; i++)
        if (env_reset(env, (uint64_t)i, NULL, &error)) fail(&error);
    series_add(series, start);
}

static void bench_physics(Env *env, int rounds)
{
    static float actions[STEPS][ENV_ACTION];
    Error error;
    Bare bare = { 0 };
    double *state = NULL;
    Series floor = { .name = "bare physics", .per_round = STEPS };
    Series steps = { .name = "env_step", .per_round = STEPS };
    Series resets = { .name = "env_reset", .per_round = 20 };
    fill_actions(actions);
    if (env_reset(env, 1, NULL, &error) || bare_open(&bare, env, &error)) fail(&error);
    if (memory_new_array(&state, (size_t)env_state_size(env), &error)) fail(&error);
    env_state_get(env, state);
    for (int i = 0; i < rounds; i++) {
        bare_round(&bare, actions, &floor);
        env_round(env, state, actions, &steps);
        check_same_end(&bare, env);
        reset_round(env, &resets);
    }
    series_print(&floor, "control steps");
    series_print(&steps, "control steps");
    series_print(&resets, "resets");
    printf("{\"bench\": \"env\", \"what\": \"env_step over bare physics\", \"ratio_best\": %.3f, "
           "\"ratio_median\": %.3f}\n",
           floor.spent[0].cpu / steps.spent[0].cpu,
           floor.spent[rounds / 2].cpu / steps.spent[rounds / 2].cpu);
    memory_free(state);
    bare_close(&bare);
}

/* creation and first reset, which makes every simulator step of the hand phase */
static void bench_start(Env **env, const EnvOptions *options)
{
    Error error;
    Series start = { .name = "env_create", .per_round = 1 };
    Series first = { .name = "first env_reset", .per_round = 1 };
    Clock from = clock_now();
    if (env_create(env, options, &error)) fail(&error);
    series_add(&start, from);
    from = clock_now();
    if (env_reset(*env, 1, NULL, &error)) fail(&error);
    series_add(&first, from);
    series_print(&start, "starts");
    series_print(&first, "resets");
}

/* ---- pictures ---- */

static void bench_pictures(Env *env, const char *name, int size, int scale, int source,
                           RenderQuality quality, int rounds)
{
    Error error;
    Renderer *renderer = NULL;
    Camera camera;
    Image image = { 0 };
    const RenderOptions options = { size, size, quality, scale, source, RENDER_BILINEAR };
    const float drift[ENV_ACTION] = { 0.2f, 0.5f, -0.3f, 0 };
    Series series = { .name = name, .per_round = quality == RENDER_FAST ? FRAMES : 4 };
    if (env_reset(env, 1, NULL, &error) || env_camera(&camera, env, "playslot", &error) ||
        renderer_create(&renderer, env_sim(env), &options, &error) ||
        image_init(&image, size, size, &error) ||
        renderer_draw(renderer, env_sim(env), &camera, &image, &error))
        fail(&error);
    for (int i = 0; i < rounds; i++) {
        StepResult step; /* another picture each round */
        if (env_step(env, drift, &step, &error)) fail(&error);
        const Clock start = clock_now();
        for (int k = 0; k < series.per_round; k++)
            if (renderer_draw(renderer, env_sim(env), &camera, &image, &error)) fail(&error);
        series_add(&series, start);
    }
    series_print(&series, "frames");
    image_release(&image);
    renderer_destroy(renderer);
}

/* ---- whole episodes ---- */

static void bench_rollout(int rounds)
{
    Error error;
    Rollout *rollout = NULL;
    Policy *policy = NULL;
    EpisodeResult result;
    RolloutOptions options = rollout_options_default();
    const PolicyOptions policy_options = policy_options_default();
    Series series = { .name = "decisions of an exploration (repeat 5, 64x64 fast, start included)",
                      .per_round = 20 };
    options.max_decisions = 20;
    options.after_success = -1;
    if (rollout_create(&rollout, &options, NULL, &error) ||
        policy_create(&policy, "explore", &policy_options, &error))
        fail(&error);
    for (int i = 0; i <= rounds; i++) {
        const Clock start = clock_now();
        if (rollout_run(&result, rollout, policy, (uint64_t)i, NULL, &error)) fail(&error);
        if (i > 0) series_add(&series, start); /* the first compiles shaders */
    }
    series_print(&series, "decisions");
    policy_destroy(policy);
    rollout_destroy(rollout);
}

static void bench_small_pictures(Env *env, int rounds)
{
    bench_pictures(env, "64x64 fast", 64, 1, 0, RENDER_FAST, rounds);
    bench_pictures(env, "64x64 reference", 64, 1, 0, RENDER_REFERENCE, (rounds + 1) / 2);
}

static void bench_all_pictures(Env *env, bool small, int rounds)
{
    Error error;
    GlReport gl;
    if (gl_probe(&gl, &error)) return; /* no renderer here */
    printf("{\"bench\": \"env\", \"gl\": \"%s\", \"renderer\": \"%s\"}\n",
           gl_backend_name(gl.backend), gl.renderer);
    bench_small_pictures(env, rounds);
    if (small) return;
    bench_pictures(env, "128 -> 64x64 fast (scale 2)", 64, 2, 0, RENDER_FAST, rounds);
    bench_pictures(env, "224 -> 64x64 fast (bilinear)", 64, 1, 224, RENDER_FAST, rounds);
    bench_pictures(env, "256x256 fast", 256, 1, 0, RENDER_FAST, rounds);
    bench_pictures(env, "224 -> 64x64 reference (bilinear)", 64, 1, 224, RENDER_REFERENCE,
                   (rounds + 1) / 2);
    bench_rollout(rounds);
}

int main(int count, char **arguments)
{
    Env *env = NULL;
    EnvOptions options = env_options_default();
    int rounds = 10;
    bool physics = false, small = false;
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--physics") == 0)
            physics = true;
        else if (strcmp(arguments[i], "--frames") == 0)
            small = true;
        else if (strcmp(arguments[i], "--task") == 0 && i + 1 < count)
            options.task = arguments[++i];
        else if (strcmp(arguments[i], "--rounds") == 0 && i + 1 < count)
            rounds = atoi(arguments[++i]);
        else {
            fprintf(stderr, "usage: bench_env [--task NAME] [--rounds N] [--physics|--frames]\n");
            return 2;
        }
    }
    rounds = rounds < 1 ? 1 : rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds;
    bench_start(&env, &options);
    bench_physics(env, rounds);
    if (!physics) bench_all_pictures(env, small, rounds);
    env_destroy(env);
    return 0;
}
