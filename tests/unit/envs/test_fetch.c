/* Fetch tasks: their table, resets, checkpoints, held actions, errors; figures are compared in golden_envs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/sha512.h"
#include "envs/env.h"
#include "envs/env_pool.h"
#include "envs/fetch/fetch.h"
#include "envs/fetch/mjcf_text.h"
#include "support/test.h"

static Env *open_task(const char *name)
{
    Error error;
    Env *env = NULL;
    EnvOptions options = env_options_default();
    options.task = name;
    assert_ok(env_create(&env, &options, &error), &error);
    return env;
}

static void steady_action(int step, float action[ENV_ACTION])
{
    for (int k = 0; k < ENV_ACTION; k++)
        action[k] = (float)sin(0.7 * step + 1.3 * k);
}

static StepResult run(Env *env, int from, int count)
{
    Error error;
    StepResult result = { 0 };
    for (int i = from; i < from + count; i++) {
        float action[ENV_ACTION];
        steady_action(i, action);
        assert_ok(env_step(env, action, &result, &error), &error);
    }
    return result;
}

/* ---- the table ---- */

static void the_rule_gives_the_registered_names(void **state)
{
    (void)state;
    Error error;
    const TaskDef *task = NULL;
    int dense = 0;
    assert_int_equal(fetch_task_count(), 84 + 8);
    for (int i = 0; i < fetch_task_count(); i++) {
        const TaskDef *def = fetch_task_at(i);
        const FetchTask *numbers = def->parameters;
        char wanted[64];
        dense += numbers->dense;
        assert_ok(task_find(&task, def->name, &error), &error);
        assert_ptr_equal(task, def);
        snprintf(wanted, sizeof wanted, "_%dDistractors_%s-v1", numbers->distractors,
                 numbers->dense ? "Dense" : "Sparse");
        assert_int_equal(strstr(def->name, wanted) != NULL, !numbers->stock);
        if (numbers->stock) assert_int_equal(strstr(def->name, "Dense-v4") != NULL, numbers->dense);
        assert_in_range(task_observation_size(def), 16, ENV_OBS);
    }
    assert_int_equal(dense, 42 + 4);
    assert_ok(task_find(&task, "pushodd_3distractors_dense-v1", &error), &error);
    assert_string_equal(task_name(task), "PushOdd_3Distractors_Dense-v1");
    assert_error(task_find(&task, "PushOdd_1Distractors_Dense-v1", &error), &error, ERR_ARGUMENT,
                 "did you mean 'Push");
    assert_error(task_find(&task, "FetchPush-v3", &error), &error, ERR_ARGUMENT,
                 "did you mean 'FetchPush-v4'?");
}

static void options_of_other_suites_are_refused(void **state)
{
    (void)state;
    Error error;
    Env *env = NULL;
    EnvOptions options = env_options_default();
    options.task = "FetchReach-v4";
    options.seeding = SEEDING_MT1;
    assert_error(env_create(&env, &options, &error), &error, ERR_UNSUPPORTED,
                 "has no seeding 'mt1' (has: seeded)");
    options.seeding = SEEDING_SEEDED;
    options.scene_spread = 2;
    assert_error(env_create(&env, &options, &error), &error, ERR_UNSUPPORTED, "no scene spread");
    options.scene_spread = 1;
    options.assets = "/nonexistent";
    assert_error(env_create(&env, &options, &error), &error, ERR_IO, "no folder 'fetch'");
    assert_null(env);
    env = open_task("FetchReach-v4");
    const double vector[3] = { 0 };
    assert_error(env_reset_vectors(env, vector, vector, NULL, &error), &error, ERR_UNSUPPORTED,
                 "has no reset vectors");
    assert_error(env_refresh(env, &error), &error, ERR_ARGUMENT, "before env_reset");
    env_destroy(env);
}

/* ---- episodes ---- */

static void a_seed_alone_decides(void **state)
{
    (void)state;
    Error error;
    double first[ENV_OBS], again[ENV_OBS];
    Env *used = open_task("PickReddest_1Distractors_Sparse-v1"), *fresh = NULL;
    assert_ok(env_reset(used, 3, NULL, &error), &error);
    run(used, 0, 5);
    assert_ok(env_reset_next(used, NULL, &error), &error);
    run(used, 0, 5);
    assert_ok(env_reset(used, 9, first, &error), &error);
    const StepResult used_end = run(used, 2, 6);
    assert_ok(env_create_like(&fresh, used, &error), &error);
    assert_ok(env_reset(fresh, 9, again, &error), &error);
    assert_memory_equal(first, again, sizeof first);
    const StepResult fresh_end = run(fresh, 2, 6);
    assert_memory_equal(used_end.obs, fresh_end.obs, sizeof used_end.obs);
    assert_true(used_end.reward == fresh_end.reward);
    for (int i = task_observation_size(env_task(used)); i < ENV_OBS; i++)
        assert_true(used_end.obs[i] == 0);
    env_destroy(fresh);
    env_destroy(used);
}

/* colours come back too: the other Env had drawn its own */
static void a_checkpoint_goes_on_bit_for_bit(void **state)
{
    (void)state;
    Error error;
    Env *env = open_task("PushRed_1Distractors_Dense-v1"), *other = NULL;
    double *saved = NULL;
    assert_ok(env_create_like(&other, env, &error), &error);
    assert_ok(memory_new_array(&saved, (size_t)env_state_size(env), &error), &error);
    assert_ok(env_reset(env, 5, NULL, &error), &error);
    assert_ok(env_reset(other, 6, NULL, &error), &error);
    run(env, 0, 4);
    env_state_get(env, saved);
    const StepResult wanted = run(env, 4, 6);
    assert_ok(env_state_set(other, saved, &error), &error);
    const StepResult found = run(other, 4, 6);
    assert_memory_equal(wanted.obs, found.obs, sizeof wanted.obs);
    assert_true(wanted.reward == found.reward);
    const SimView *a = sim_view(env_sim(env)), *b = sim_view(env_sim(other));
    assert_memory_equal(a->geom_rgba, b->geom_rgba, 4 * (size_t)a->ngeom * sizeof *a->geom_rgba);
    memory_free(saved);
    env_destroy(other);
    env_destroy(env);
}

/* the sphere that rewards measure to stays behind until a refresh */
static void rewards_follow_the_refreshed_sphere(void **state)
{
    (void)state;
    Error error;
    Env *env = open_task("ReachRed_0Distractors_Dense-v1");
    const SimView *view = sim_view(env_sim(env));
    int site = 0;
    assert_ok(sim_find(&site, env_sim(env), SIM_SITE, "target0", &error), &error);
    assert_ok(env_reset(env, 1, NULL, &error), &error);
    for (int k = 0; k < 3; k++)
        assert_true(fabs(view->site_xpos[3 * site + k] - env_target(env)[k]) < 1e-12);
    StepResult result;
    const float still[ENV_ACTION] = { 0 };
    assert_ok(env_step_held(env, still, &result, &error), &error);
    assert_true(fabs(result.reward - exp(-20 * result.info.obj_to_target)) < 1e-15);
    assert_ok(env_refresh(env, &error), &error);
    assert_int_equal(env_steps(env), 1);
    for (int i = 1; i < 50; i++)
        assert_ok(env_step(env, still, &result, &error), &error);
    assert_true(result.truncated);
    assert_error(env_step(env, still, &result, &error), &error, ERR_ARGUMENT, "past the horizon");
    env_destroy(env);
}

/* one step towards the goal; true when it is reached */
static bool step_twins(Env *sparse, Env *dense, double obs[ENV_OBS])
{
    Error error;
    StepResult a, b;
    const double *goal = env_target(sparse);
    float action[ENV_ACTION] = { 0 };
    for (int k = 0; k < 3; k++)
        action[k] = (float)(10 * (goal[k] - obs[k]));
    assert_ok(env_step(sparse, action, &a, &error), &error);
    assert_ok(env_step(dense, action, &b, &error), &error);
    assert_memory_equal(a.obs, b.obs, sizeof a.obs);
    const double x = a.obs[10] - goal[0], y = a.obs[11] - goal[1], z = a.obs[12] - goal[2];
    const double apart = sqrt(x * x + y * y + z * z);
    assert_true(b.reward == -apart);
    assert_true(a.reward == (apart > 0.05 ? -1 : 0));
    assert_int_equal(a.success, apart < 0.05);
    assert_int_equal(b.success, a.success);
    memcpy(obs, a.obs, sizeof a.obs);
    return a.success;
}

/* gymnasium-robotics' twins differ in rewards alone */
static void stock_rewards_are_told_in_two_ways(void **state)
{
    (void)state;
    Error error;
    Env *sparse = open_task("FetchReach-v4"), *dense = open_task("FetchReachDense-v4");
    double obs[ENV_OBS];
    int reached = 0;
    for (uint64_t seed = 0; seed < 4; seed++) {
        assert_ok(env_reset(sparse, seed, obs, &error), &error);
        assert_ok(env_reset(dense, seed, NULL, &error), &error);
        for (int i = 0; i < 25; i++)
            reached += step_twins(sparse, dense, obs);
    }
    assert_in_range(reached, 4, 99);
    env_destroy(dense);
    env_destroy(sparse);
}

/* what a pool delivers is what single environments do, on any number of threads */
static void a_pool_steps_them_too(void **state)
{
    (void)state;
    enum { COUNT = 3 };
    static const char *const names[] = { "PushOddGroups_4Distractors_Dense-v1",
                                         "FetchPickAndPlace-v4" };
    Error error;
    EnvPool *pool = NULL;
    EnvPoolOptions options = env_pool_options_default();
    options.tasks = names;
    options.task_count = options.threads = 2;
    options.count = COUNT;
    assert_ok(env_pool_create(&pool, &options, &error), &error);
    assert_ok(env_pool_reset(pool, 40, NULL, &error), &error);
    for (int step = 0; step < 4; step++) {
        float actions[COUNT * ENV_ACTION];
        for (int i = 0; i < COUNT; i++)
            steady_action(step, actions + i * ENV_ACTION);
        assert_ok(env_pool_step(pool, actions, NULL, &error), &error);
    }
    for (int i = 0; i < COUNT; i++) {
        Env *alone = open_task(names[i % 2]);
        assert_ok(env_reset(alone, 40 + (uint64_t)i, NULL, &error), &error);
        const StepResult wanted = run(alone, 0, 4);
        const EnvPoolArrays *found = env_pool_arrays(pool);
        assert_memory_equal(found->obs + i * ENV_OBS, wanted.obs, sizeof wanted.obs);
        assert_true(found->reward[i] == wanted.reward);
        env_destroy(alone);
    }
    env_pool_destroy(pool);
}

/* ---- parts ---- */

static void mjcf_is_edited_by_name(void **state)
{
    (void)state;
    Error error;
    char *text = NULL;
    assert_ok(string_copy(&text, "<geom name=\"a\" pos=\"1\"/><joint name=\"a\"></joint>", &error),
              &error);
    assert_ok(mjcf_set(&text, "geom", "a", "pos", "2 3", &error), &error);
    assert_ok(mjcf_set(&text, "joint", "a", "limited", "false", &error), &error);
    assert_string_equal(
        text, "<geom name=\"a\" pos=\"2 3\"/><joint name=\"a\" limited=\"false\"></joint>");
    assert_ok(mjcf_remove(&text, "joint", "a", &error), &error);
    assert_string_equal(text, "<geom name=\"a\" pos=\"2 3\"/>");
    assert_error(mjcf_remove(&text, "geom", "b", &error), &error, ERR_FORMAT,
                 "no <geom name=\"b\"> in the model");
    assert_error(mjcf_remove(&text, "geom", "a", &error), &error, ERR_FORMAT, "has no </geom>");
    memory_free(text);
}

/* FIPS 180-4's example */
static void sha512_of_abc(void **state)
{
    (void)state;
    static const uint8_t wanted[8] = { 0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba };
    uint8_t digest[SHA512_SIZE];
    sha512_short(digest, "abc", 3);
    assert_memory_equal(digest, wanted, sizeof wanted);
    assert_int_equal(digest[SHA512_SIZE - 1], 0x9f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rule_gives_the_registered_names),
        cmocka_unit_test(options_of_other_suites_are_refused),
        cmocka_unit_test(a_seed_alone_decides),
        cmocka_unit_test(a_checkpoint_goes_on_bit_for_bit),
        cmocka_unit_test(rewards_follow_the_refreshed_sphere),
        cmocka_unit_test(stock_rewards_are_told_in_two_ways),
        cmocka_unit_test(a_pool_steps_them_too),
        cmocka_unit_test(mjcf_is_edited_by_name),
        cmocka_unit_test(sha512_of_abc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
