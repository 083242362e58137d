/* A pool gives what single Envs give, whatever N, T and the mode of resets; trouble stays with its environment. */
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/rng.h"
#include "envs/env_pool.h"
#include "support/test_memory.h"

enum { MOST = 7, STEPS = 12, SEED = 40 };

static const char *const tasks[] = { "reach", "door-close" };

/* what one environment delivers at one step */
typedef struct Moment {
    double obs[ENV_OBS], final_obs[ENV_OBS];
    double reward;
    EnvInfo info;
    bool success, terminated, truncated;
} Moment;

/* reset (0) and steps of every environment */
typedef Moment Trace[STEPS + 1][MOST];

typedef struct Fixture {
    EnvPool *pool; /* 3 environments, 2 threads, both tasks, next-step resets */
    Env *like[2];  /* a single Env per task */
    Error error;
} Fixture;

static Fixture fixture;

static EnvPoolOptions options_of(int count, int threads, Autoreset autoreset)
{
    EnvPoolOptions options = env_pool_options_default();
    options.tasks = tasks;
    options.task_count = count < 2 ? 1 : 2;
    options.count = count;
    options.threads = threads;
    options.autoreset = autoreset;
    return options;
}

static int set_up(void **state)
{
    const EnvPoolOptions options = options_of(3, 2, AUTORESET_NEXT_STEP);
    if (env_pool_create(&fixture.pool, &options, &fixture.error)) return -1;
    for (int i = 0; i < 2; i++)
        if (env_create_like(&fixture.like[i], env_pool_env(fixture.pool, i), &fixture.error))
            return -1;
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        env_destroy(fixture.like[i]);
    env_pool_destroy(fixture.pool);
    return 0;
}

static void fill_action(float action[ENV_ACTION], int environment, int step)
{
    Rng rng = rng_stream((uint64_t)step, "pool-actions", (uint64_t)environment);
    for (int k = 0; k < ENV_ACTION; k++)
        action[k] = (float)rng_range(&rng, -1, 1);
}

static void fill_actions(float *actions, int count, int step)
{
    for (int i = 0; i < count; i++)
        fill_action(actions + ENV_ACTION * (size_t)i, i, step);
}

/* close to the horizon, each environment at another step */
static double late_counter(const Env *env, int environment)
{
    return task_horizon(env_task(env)) - 4 - environment % 4;
}

static void make_late(Fixture *f, EnvPool *pool, int environment)
{
    int size = 0;
    double *numbers = NULL;
    assert_ok(env_pool_state_size(&size, pool, environment, &f->error), &f->error);
    assert_ok(memory_new_array(&numbers, (size_t)size, &f->error), &f->error);
    assert_ok(env_pool_state_get(pool, environment, numbers, &f->error), &f->error);
    numbers[size - 1] = late_counter(env_pool_env(pool, environment), environment);
    assert_ok(env_pool_state_set(pool, environment, numbers, &f->error), &f->error);
    memory_free(numbers);
}

static void keep(const EnvPoolArrays *arrays, int count, Moment *moments)
{
    for (size_t i = 0; i < (size_t)count; i++) {
        Moment *moment = &moments[i];
        memcpy(moment->obs, arrays->obs + i * ENV_OBS, sizeof moment->obs);
        memcpy(moment->final_obs, arrays->final_obs + i * ENV_OBS, sizeof moment->final_obs);
        moment->reward = arrays->reward[i];
        moment->info = arrays->info[i];
        moment->success = arrays->success[i];
        moment->terminated = arrays->terminated[i];
        moment->truncated = arrays->truncated[i];
        assert_int_equal(arrays->status[i], OK);
    }
}

static void run_pool(Fixture *f, EnvPool *pool, Trace trace)
{
    const int count = env_pool_size(pool);
    const EnvPoolArrays *arrays = env_pool_arrays(pool);
    float actions[MOST * ENV_ACTION];
    assert_ok(env_pool_reset(pool, SEED, NULL, &f->error), &f->error);
    keep(arrays, count, trace[0]);
    for (int i = 0; i < count; i++)
        make_late(f, pool, i);
    for (int step = 1; step <= STEPS; step++) {
        fill_actions(actions, count, step);
        if (step % 2)
            assert_ok(env_pool_step(pool, actions, NULL, &f->error), &f->error);
        else { /* in two halves */
            assert_ok(env_pool_send(pool, actions, NULL, &f->error), &f->error);
            memset(actions, 0xff, sizeof actions); /* they were copied */
            assert_ok(env_pool_recv(pool, &f->error), &f->error);
        }
        keep(arrays, count, trace[step]);
    }
}

static void take_step(Fixture *f, Env *env, int environment, int step, Moment *out)
{
    StepResult result;
    float action[ENV_ACTION];
    fill_action(action, environment, step);
    assert_ok(env_step(env, action, &result, &f->error), &f->error);
    memcpy(out->obs, result.obs, sizeof out->obs);
    out->reward = result.reward;
    out->info = result.info;
    out->success = result.success;
    out->truncated = result.truncated;
}

/* the rules of the modes, written for one Env; disabled: reset by hand right away, as a step of its own */
static void run_single(Fixture *f, Env *env, int environment, Autoreset autoreset, Trace trace)
{
    bool ended = false;
    double numbers[4096];
    const uint64_t seed = SEED + (uint64_t)environment;
    assert_ok(env_reset(env, seed, trace[0][environment].obs, &f->error), &f->error);
    assert_in_range(env_state_size(env), 1, 4096);
    env_state_get(env, numbers);
    numbers[env_state_size(env) - 1] = late_counter(env, environment);
    assert_ok(env_state_set(env, numbers, &f->error), &f->error);
    for (int step = 1; step <= STEPS; step++) {
        Moment *out = &trace[step][environment];
        memcpy(out->final_obs, trace[step - 1][environment].final_obs, sizeof out->final_obs);
        if (ended)
            assert_ok(env_reset_next(env, out->obs, &f->error), &f->error);
        else
            take_step(f, env, environment, step, out);
        ended = out->truncated;
        if (!ended || autoreset != AUTORESET_SAME_STEP) continue;
        memcpy(out->final_obs, out->obs, sizeof out->final_obs);
        assert_ok(env_reset_next(env, out->obs, &f->error), &f->error);
        ended = false;
    }
}

static Trace wanted, got;

static void check_against_singles(Fixture *f, EnvPool *pool, Autoreset autoreset)
{
    const int count = env_pool_size(pool);
    memset(wanted, 0, sizeof wanted);
    memset(got, 0, sizeof got);
    for (int i = 0; i < count; i++) {
        const bool first = env_task(env_pool_env(pool, i)) == env_task(f->like[0]);
        run_single(f, f->like[first ? 0 : 1], i, autoreset, wanted);
    }
    run_pool(f, pool, got);
    int ends = 0;
    for (int step = 0; step <= STEPS; step++)
        for (int i = 0; i < count; i++) {
            if (memcmp(&wanted[step][i], &got[step][i], sizeof(Moment)) != 0)
                fail_msg("environment %d of %d (%d threads) differs at step %d", i, count,
                         env_pool_threads(pool), step);
            ends += got[step][i].truncated;
        }
    assert_int_equal(ends, count);
}

static void results_do_not_depend_on_count_and_threads(void **state)
{
    Fixture *f = *state;
    static const int counts[] = { 1, 3, 7 }, threads[] = { 1, 2, 5 };
    for (int c = 0; c < 3; c++)
        for (int t = 0; t < 3; t++) {
            EnvPool *pool = NULL;
            EnvPoolOptions options = options_of(counts[c], threads[t], AUTORESET_NEXT_STEP);
            options.task_count = 1; /* one to compile */
            assert_ok(env_pool_create(&pool, &options, &f->error), &f->error);
            assert_int_equal(env_pool_threads(pool), threads[t]);
            check_against_singles(f, pool, AUTORESET_NEXT_STEP);
            env_pool_destroy(pool);
        }
}

static void a_pool_repeats_itself(void **state)
{
    Fixture *f = *state;
    check_against_singles(f, f->pool, AUTORESET_NEXT_STEP);
    check_against_singles(f, f->pool, AUTORESET_NEXT_STEP);
}

static void same_step_resets_show_both_ends(void **state)
{
    Fixture *f = *state;
    EnvPool *pool = NULL;
    const EnvPoolOptions options = options_of(3, 2, AUTORESET_SAME_STEP);
    assert_ok(env_pool_create(&pool, &options, &f->error), &f->error);
    check_against_singles(f, pool, AUTORESET_SAME_STEP);
    for (int i = 0; i < 3; i++) {
        const int end = 4 + i; /* the counter began four and more before the horizon */
        assert_true(got[end][i].truncated);
        assert_memory_not_equal(got[end][i].final_obs, got[end][i].obs, sizeof got[end][i].obs);
        assert_false(got[end + 1][i].truncated);
        assert_int_equal(env_steps(env_pool_env(pool, i)), STEPS - end);
    }
    env_pool_destroy(pool);
}

/* without automatic resets an ended environment is refused until a mask resets it */
static void disabled_resets_are_left_to_the_caller(void **state)
{
    Fixture *f = *state;
    EnvPool *pool = NULL;
    double obs[2 * ENV_OBS] = { 0 }, expected[ENV_OBS];
    float actions[2 * ENV_ACTION];
    const bool mask[] = { false, true };
    const EnvPoolArrays out = { .obs = obs };
    const EnvPoolOptions options = options_of(2, 1, AUTORESET_DISABLED);
    assert_ok(env_pool_create(&pool, &options, &f->error), &f->error);
    assert_ok(env_pool_reset(pool, SEED, NULL, &f->error), &f->error);
    make_late(f, pool, 1);
    for (int step = 0; step < 5; step++) {
        fill_actions(actions, 2, step);
        assert_ok(env_pool_step(pool, actions, NULL, &f->error), &f->error);
    }
    assert_true(env_pool_arrays(pool)->truncated[1]);
    assert_error(env_pool_step(pool, actions, NULL, &f->error), &f->error, ERR_ARGUMENT,
                 "environment 1: step after the end of the episode");
    assert_int_equal(env_steps(env_pool_env(pool, 0)), 5); /* nothing moved */
    assert_ok(env_pool_reset_some(pool, mask, NULL, &out, &f->error), &f->error);
    assert_ok(env_reset(f->like[1], SEED + 1, NULL, &f->error), &f->error);
    assert_ok(env_reset_next(f->like[1], expected, &f->error), &f->error);
    assert_memory_equal(obs + ENV_OBS, expected, sizeof expected);
    assert_true(obs[0] == 0 && obs[1] == 0); /* environment 0 was not asked for */
    assert_int_equal(env_steps(env_pool_env(pool, 0)), 5);
    assert_ok(env_pool_step(pool, actions, &out, &f->error), &f->error);
    env_pool_destroy(pool);
}

static void seeds_can_be_given(void **state)
{
    Fixture *f = *state;
    double obs[3 * ENV_OBS], expected[ENV_OBS];
    const uint64_t seeds[] = { 900, 7, 12345678901234 };
    const EnvPoolArrays out = { .obs = obs };
    assert_ok(env_pool_reset_some(f->pool, NULL, seeds, &out, &f->error), &f->error);
    for (int i = 0; i < 3; i++) {
        assert_ok(env_reset(f->like[i % 2], seeds[i], expected, &f->error), &f->error);
        assert_memory_equal(obs + ENV_OBS * (size_t)i, expected, sizeof expected);
    }
}

/* drive the hand to the goal, which solves 'reach' */
static void success_ends_an_episode_if_asked(void **state)
{
    Fixture *f = *state;
    EnvPool *pool = NULL;
    EnvPoolOptions options = env_pool_options_default();
    options.env.task = "reach";
    options.terminate_on_success = true;
    assert_ok(env_pool_create(&pool, &options, &f->error), &f->error);
    const EnvPoolArrays *arrays = env_pool_arrays(pool);
    assert_ok(env_pool_reset(pool, 3, NULL, &f->error), &f->error);
    int steps = 0;
    do {
        float action[ENV_ACTION] = { 0 };
        for (int k = 0; k < 3; k++)
            action[k] = (float)(10 * (arrays->obs[36 + k] - arrays->obs[k]));
        assert_ok(env_pool_step(pool, action, NULL, &f->error), &f->error);
        assert_true(arrays->terminated[0] == arrays->success[0]);
        assert_true((arrays->info[0].success > 0) == arrays->success[0]);
    } while (!arrays->terminated[0] && ++steps < 200);
    assert_true(arrays->terminated[0] && !arrays->truncated[0]);
    const float broken[ENV_ACTION] = { NAN }; /* ignored: this step resets */
    assert_ok(env_pool_step(pool, broken, NULL, &f->error), &f->error);
    assert_true(!arrays->terminated[0] && !arrays->success[0] && arrays->reward[0] == 0);
    assert_int_equal(env_steps(env_pool_env(pool, 0)), 0);
    env_pool_destroy(pool);
}

/* ---- trouble ---- */

static void bad_actions_name_the_environment(void **state)
{
    Fixture *f = *state;
    float actions[3 * ENV_ACTION] = { 0 };
    assert_ok(env_pool_reset(f->pool, SEED, NULL, &f->error), &f->error);
    actions[2 * ENV_ACTION + 1] = NAN;
    assert_error(env_pool_step(f->pool, actions, NULL, &f->error), &f->error, ERR_NUMERIC,
                 "environment 2: action: element 1 is nan");
    for (int i = 0; i < 3; i++) /* nothing moved */
        assert_int_equal(env_steps(env_pool_env(f->pool, i)), 0);
    actions[2 * ENV_ACTION + 1] = 0;
    assert_ok(env_pool_step(f->pool, actions, NULL, &f->error), &f->error);
}

/* a speed of 1e30 in environment 1 */
static void make_absurd(Fixture *f, EnvPool *pool)
{
    int size = 0;
    double numbers[4096];
    assert_ok(env_pool_state_size(&size, pool, 1, &f->error), &f->error);
    assert_in_range(size, 1, 4096);
    assert_ok(env_pool_state_get(pool, 1, numbers, &f->error), &f->error);
    numbers[1 + sim_view(env_sim(env_pool_env(pool, 1)))->nq + 2] = 1e30; /* time, qpos, qvel */
    assert_ok(env_pool_state_set(pool, 1, numbers, &f->error), &f->error);
}

static void check_divergence(Fixture *f, EnvPool *pool, Autoreset autoreset)
{
    const EnvPoolArrays *arrays = env_pool_arrays(pool);
    float actions[3 * ENV_ACTION];
    double last[ENV_OBS], next[ENV_OBS];
    Moment other = { 0 };
    fill_actions(actions, 3, 1);
    assert_ok(env_reset(f->like[1], SEED + 1, NULL, &f->error), &f->error);
    assert_ok(env_reset_next(f->like[1], next, &f->error), &f->error);
    assert_ok(env_reset(f->like[0], SEED + 2, NULL, &f->error), &f->error);
    take_step(f, f->like[0], 2, 1, &other);
    assert_ok(env_pool_reset(pool, SEED, NULL, &f->error), &f->error);
    memcpy(last, arrays->obs + ENV_OBS, sizeof last);
    make_absurd(f, pool);
    assert_ok(env_pool_step(pool, actions, NULL, &f->error), &f->error);
    assert_int_equal(arrays->status[1], ERR_SIM);
    assert_int_equal(env_pool_error(pool, 1)->status, ERR_SIM);
    assert_contains(env_pool_error(pool, 1)->text,
                    "environment 1: step 0 of 'door-close': simulation diverged");
    assert_true(arrays->truncated[1] && !arrays->terminated[1] && arrays->reward[1] == 0);
    assert_true(arrays->status[0] == OK && arrays->status[2] == OK);
    assert_int_equal(env_pool_error(pool, 2)->status, OK);
    assert_memory_equal(arrays->obs + 2 * (size_t)ENV_OBS, other.obs, sizeof other.obs);
    if (autoreset == AUTORESET_SAME_STEP) {
        assert_memory_equal(arrays->final_obs + ENV_OBS, last, sizeof last);
    } else {
        assert_memory_equal(arrays->obs + ENV_OBS, last, sizeof last);
        assert_ok(env_pool_step(pool, actions, NULL, &f->error), &f->error);
        assert_true(arrays->status[1] == OK && !arrays->truncated[1]);
    }
    assert_memory_equal(arrays->obs + ENV_OBS, next, sizeof next); /* as if it had not diverged */
    assert_ok(env_pool_step(pool, actions, NULL, &f->error), &f->error);
    assert_int_equal(arrays->status[1], OK);
}

static void divergence_stays_with_its_environment(void **state)
{
    Fixture *f = *state;
    EnvPool *pool = NULL;
    const EnvPoolOptions options = options_of(3, 2, AUTORESET_SAME_STEP);
    check_divergence(f, f->pool, AUTORESET_NEXT_STEP);
    assert_ok(env_pool_create(&pool, &options, &f->error), &f->error);
    check_divergence(f, pool, AUTORESET_SAME_STEP);
    env_pool_destroy(pool);
}

static void refuse(Fixture *f, const EnvPoolOptions *options, Status status, const char *text)
{
    EnvPool *pool = NULL;
    assert_error(env_pool_create(&pool, options, &f->error), &f->error, status, text);
    assert_null(pool);
}

static void bad_options_are_named(void **state)
{
    Fixture *f = *state;
    static const char *const misspelt[] = { "reach", "door-clos" };
    static const char *const cameras[] = { "playslot", "nowhere" };
    EnvPoolOptions options = options_of(0, 1, AUTORESET_NEXT_STEP);
    refuse(f, &options, ERR_ARGUMENT, "pool: 0 environments: outside 1..65536");
    options = options_of(3, -1, AUTORESET_NEXT_STEP);
    refuse(f, &options, ERR_ARGUMENT, "threads: -1");
    options = options_of(3, 1, (Autoreset)7);
    refuse(f, &options, ERR_ARGUMENT, "autoreset 7");
    options = options_of(3, 1, AUTORESET_NEXT_STEP);
    options.tasks = misspelt;
    refuse(f, &options, ERR_ARGUMENT,
           "environment 1: unknown task 'door-clos' (did you mean 'door-close'?)");
    options = options_of(3, 1, AUTORESET_NEXT_STEP);
    options.task_count = 4;
    refuse(f, &options, ERR_ARGUMENT, "pool: 4 tasks for 3 environments");
    options = options_of(2, 1, AUTORESET_NEXT_STEP);
    options.cameras = cameras;
    options.camera_count = 2;
    refuse(f, &options, ERR_ARGUMENT, "environment 1: unknown camera 'nowhere'");
    options = options_of(2, 1, AUTORESET_NEXT_STEP);
    options.env.assets = "/no/such/folder";
    refuse(f, &options, ERR_IO, "environment 0: task 'reach': ");
}

static void bad_calls_are_refused(void **state)
{
    Fixture *f = *state;
    float actions[3 * ENV_ACTION] = { 0 };
    uint8_t pixels[1];
    double numbers[1];
    int size;
    const EnvPoolArrays drawn = { .frames = pixels };
    assert_ok(env_pool_reset(f->pool, SEED, NULL, &f->error), &f->error);
    assert_error(env_pool_recv(f->pool, &f->error), &f->error, ERR_ARGUMENT,
                 "nothing is under way");
    assert_error(env_pool_step(f->pool, actions, &drawn, &f->error), &f->error, ERR_ARGUMENT,
                 "made without render");
    assert_ok(env_pool_send(f->pool, actions, NULL, &f->error), &f->error);
    assert_error(env_pool_send(f->pool, actions, NULL, &f->error), &f->error, ERR_ARGUMENT,
                 "under way");
    assert_error(env_pool_reset(f->pool, 1, NULL, &f->error), &f->error, ERR_ARGUMENT, "under way");
    assert_error(env_pool_state_get(f->pool, 0, numbers, &f->error), &f->error, ERR_ARGUMENT,
                 "under way");
    assert_ok(env_pool_recv(f->pool, &f->error), &f->error);
    assert_error(env_pool_state_size(&size, f->pool, 3, &f->error), &f->error, ERR_ARGUMENT,
                 "environment 3: outside 0..2");
    assert_error(env_pool_state_set(f->pool, -1, numbers, &f->error), &f->error, ERR_ARGUMENT,
                 "environment -1");
    assert_null(env_pool_env(f->pool, 3));
    assert_null(env_pool_error(f->pool, -1));
}

static void seeds_come_first(void **state)
{
    Fixture *f = *state;
    EnvPool *pool = NULL;
    const float actions[2 * ENV_ACTION] = { 0 };
    EnvPoolOptions options = options_of(2, 2, AUTORESET_NEXT_STEP);
    options.env.seeding = SEEDING_FROZEN;
    assert_ok(env_pool_create(&pool, &options, &f->error), &f->error);
    assert_error(env_pool_step(pool, actions, NULL, &f->error), &f->error, ERR_ARGUMENT,
                 "environment 0: step before the first reset");
    assert_error(env_pool_reset_some(pool, NULL, NULL, NULL, &f->error), &f->error, ERR_ARGUMENT,
                 "environment 0: ");
    assert_error(env_pool_reset(pool, UINT32_MAX, NULL, &f->error), &f->error, ERR_ARGUMENT,
                 "environment 1: ");
    assert_ok(env_pool_reset(pool, 1, NULL, &f->error), &f->error);
    assert_ok(env_pool_send(pool, actions, NULL, &f->error), &f->error);
    env_pool_destroy(pool); /* waits for the step */
}

/* ---- memory ---- */

static void running_does_not_allocate(void **state)
{
    Fixture *f = *state;
    float actions[3 * ENV_ACTION];
    count_allocations_start();
    assert_ok(env_pool_reset(f->pool, SEED, NULL, &f->error), &f->error);
    for (int step = 0; step < 1000; step++) { /* with a reset after 500 */
        fill_actions(actions, 3, step);
        assert_ok(env_pool_step(f->pool, actions, NULL, &f->error), &f->error);
    }
    assert_int_equal(count_allocations_stop(), 0);
    assert_int_equal(env_steps(env_pool_env(f->pool, 0)), 499);
}

static Status make_pool(void *user, Error *error)
{
    (void)user;
    EnvPool *pool = NULL;
    EnvPoolOptions options = options_of(3, 1, AUTORESET_NEXT_STEP);
    options.task_count = 1;
    const Status status = env_pool_create(&pool, &options, error);
    env_pool_destroy(pool);
    return status;
}

static void creation_survives_failures(void **state)
{
    (void)state;
    assert_in_range(fail_each_allocation(make_pool, NULL, 4), 5, 40);
}

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* 300 resets after a first hundred of other seeds, which touch what resets touch */
static void resets_do_not_grow(void **state)
{
    Fixture *f = *state;
    for (uint64_t i = 0; i < 33; i++)
        assert_ok(env_pool_reset(f->pool, 1000 + i, NULL, &f->error), &f->error);
    const long before = resident_kib();
    for (uint64_t i = 0; i < 100; i++)
        assert_ok(env_pool_reset(f->pool, i, NULL, &f->error), &f->error);
    const long growth = resident_kib() - before;
    if (growth >= 1024) fail_msg("300 resets: %ld KiB more", growth);
}

/* ---- pictures ---- */

/* both tasks, two cameras: environment i has the picture that a renderer alone draws of a single Env */
static void frames_are_those_of_a_single_renderer(void **state)
{
    Fixture *f = *state;
    static const char *const cameras[] = { "playslot", "corner2" };
    static uint8_t frames[3][32 * 48 * 3], expected[32 * 48 * 3];
    EnvPool *pool = NULL;
    float actions[3 * ENV_ACTION];
    EnvPoolOptions options = options_of(3, 2, AUTORESET_NEXT_STEP);
    options.render = true;
    options.picture.width = 48;
    options.picture.height = 32;
    options.cameras = cameras;
    options.camera_count = 2;
    assert_ok(env_pool_create(&pool, &options, &f->error), &f->error);
    const EnvPoolArrays out = { .frames = frames[0] };
    assert_ok(env_pool_reset(pool, SEED, &out, &f->error), &f->error);
    fill_actions(actions, 3, 1);
    count_allocations_start();
    assert_ok(env_pool_step(pool, actions, &out, &f->error), &f->error);
    assert_int_equal(count_allocations_stop(), 0);
    assert_memory_not_equal(frames[0], frames[2], sizeof frames[0]);
    for (int i = 0; i < 3; i++) {
        Env *env = f->like[i % 2];
        Renderer *renderer = NULL;
        Camera camera;
        Moment moment;
        Image image = { .width = 48, .height = 32, .pixels = expected };
        assert_ok(renderer_create(&renderer, env_sim(env), &options.picture, &f->error), &f->error);
        assert_ok(env_camera(&camera, env, cameras[i % 2], &f->error), &f->error);
        assert_ok(env_reset(env, SEED + (uint64_t)i, NULL, &f->error), &f->error);
        take_step(f, env, i, 1, &moment);
        assert_ok(renderer_draw(renderer, env_sim(env), &camera, &image, &f->error), &f->error);
        assert_memory_equal(frames[i], expected, sizeof expected);
        renderer_destroy(renderer);
    }
    env_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_do_not_depend_on_count_and_threads),
        cmocka_unit_test(a_pool_repeats_itself),
        cmocka_unit_test(same_step_resets_show_both_ends),
        cmocka_unit_test(disabled_resets_are_left_to_the_caller),
        cmocka_unit_test(seeds_can_be_given),
        cmocka_unit_test(success_ends_an_episode_if_asked),
        cmocka_unit_test(bad_actions_name_the_environment),
        cmocka_unit_test(divergence_stays_with_its_environment),
        cmocka_unit_test(bad_options_are_named),
        cmocka_unit_test(bad_calls_are_refused),
        cmocka_unit_test(seeds_come_first),
        cmocka_unit_test(running_does_not_allocate),
        cmocka_unit_test(creation_survives_failures),
        cmocka_unit_test(resets_do_not_grow),
        cmocka_unit_test(frames_are_those_of_a_single_renderer),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
