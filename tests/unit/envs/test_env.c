/* An Env by the example of button-press; resets of all tasks are in test_resets, numbers in golden_envs. */
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "envs/env.h"
#include "envs/task.h"
#include "support/closeness.h"
#include "support/test_memory.h"

typedef struct Fixture {
    Env *env; /* button-press, compiled once for all tests */
    Error error;
} Fixture;

static Fixture fixture;

static int set_up(void **state)
{
    const EnvOptions options = env_options_default();
    if (env_create(&fixture.env, &options, &fixture.error)) return -1;
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    env_destroy(fixture.env);
    return 0;
}

static void random_action(Rng *rng, float action[ENV_ACTION])
{
    for (int i = 0; i < ENV_ACTION; i++)
        action[i] = (float)rng_range(rng, -1, 1);
}

/* `count` random steps; the last result */
static StepResult run(Fixture *f, Env *env, uint64_t seed, int count)
{
    StepResult result = { 0 };
    Rng rng = rng_stream(seed, "test-actions", 0);
    for (int i = 0; i < count; i++) {
        float action[ENV_ACTION];
        random_action(&rng, action);
        assert_ok(env_step(env, action, &result, &f->error), &f->error);
    }
    return result;
}

static void tasks_are_found_by_name(void **state)
{
    Fixture *f = *state;
    const TaskDef *task = NULL;
    for (int i = 0; i < task_count(); i++) {
        assert_ok(task_find(&task, task_name(task_at(i)), &f->error), &f->error);
        assert_ptr_equal(task, task_at(i));
        assert_true(strlen(task_summary(task)) > 5);
        assert_true(task_horizon(task) > 0);
    }
    assert_ok(task_find(&task, "button-press-v3", &f->error), &f->error);
    assert_string_equal(task_name(task), "button-press");
    assert_error(task_find(&task, "buton-press", &f->error), &f->error, ERR_ARGUMENT,
                 "unknown task 'buton-press' (did you mean 'button-press'?)");
    assert_error(task_find(&task, "button-press-v2", &f->error), &f->error, ERR_ARGUMENT,
                 "did you mean 'button-press'?");
    assert_error(task_find(&task, "zzz", &f->error), &f->error, ERR_ARGUMENT, "known: ");
    assert_null(task);
    assert_null(task_at(-1));
    assert_null(task_at(task_count()));
    Env *env = NULL;
    const EnvOptions options = { .task = "button-pres" };
    assert_error(env_create(&env, &options, &f->error), &f->error, ERR_ARGUMENT, "did you mean");
    assert_null(env);
}

/* "-v3" is Meta-World's; a task of ours has one name */
static void suites_have_their_names(void **state)
{
    Fixture *f = *state;
    int tasks[3] = { 0 };
    assert_string_equal(suite_name(SUITE_METAWORLD), "metaworld");
    assert_string_equal(suite_name(SUITE_PLAYSLOT), "playslot");
    for (int i = 0; i < task_count(); i++) {
        char alias[64];
        const TaskDef *task = NULL;
        const TaskSuite suite = task_suite(task_at(i));
        snprintf(alias, sizeof alias, "%s-v3", task_name(task_at(i)));
        tasks[suite]++;
        if (suite == SUITE_METAWORLD) {
            assert_ok(task_find(&task, alias, &f->error), &f->error);
            assert_ptr_equal(task, task_at(i));
            continue;
        }
        assert_error(task_find(&task, alias, &f->error), &f->error, ERR_ARGUMENT, "unknown task");
        if (suite == SUITE_PLAYSLOT)
            assert_contains(f->error.text, task_name(task_at(i))); /* the nearest name */
        assert_true(i >= 50); /* after Meta-World's, which keep their places */
    }
    assert_int_equal(tasks[SUITE_METAWORLD], 50);
    assert_true(tasks[SUITE_PLAYSLOT] >= 1);
    assert_int_equal(tasks[SUITE_FETCH], 84 + 8);
}

/* slots of a table, both of a joint, lie in [low, high) */
static void assert_slots(const Binding *bindings, int low, int high)
{
    for (const Binding *next = bindings; next && next->name; next++) {
        const bool joint = next->kind == BIND_JOINT || next->kind == BIND_BODY_JOINT;
        assert_in_range(next->slot, low, high - (joint ? 2 : 1));
    }
}

static void metaworlds_tasks_have_two_reward_functions(void **state)
{
    Fixture *f = *state;
    for (int i = 0; i < task_count(); i++) {
        const TaskDef *task = task_at(i);
        EnvOptions options = env_options_default();
        options.task = task_name(task);
        options.reward_version = REWARD_V1;
        Env *env = NULL;
        assert_slots(task->bindings, 0, REWARD_V1_ADDRESS);
        assert_int_equal(task->reward_v1 != NULL, task_suite(task) == SUITE_METAWORLD);
        if (task->reward_v1) {
            assert_non_null(task->reward_v1->evaluate);
            assert_slots(task->reward_v1->bindings, REWARD_V1_ADDRESS, TASK_ADDRESSES);
            continue;
        }
        assert_error(env_create(&env, &options, &f->error), &f->error, ERR_UNSUPPORTED,
                     "has no reward function v1 (has: v2)");
        assert_contains(f->error.text, task_name(task));
        assert_null(env);
    }
}

/* what is simulated does not depend on the reward function, what it is worth does */
static void the_reward_version_changes_rewards_only(void **state)
{
    Fixture *f = *state;
    Env *older = NULL, *copy = NULL;
    EnvOptions options = env_options_default();
    assert_int_equal(options.reward_version, REWARD_V2);
    assert_int_equal(env_reward_version(f->env), REWARD_V2);
    assert_ok(reward_version_parse(&options.reward_version, "v1", &f->error), &f->error);
    assert_ok(env_create(&older, &options, &f->error), &f->error);
    assert_ok(env_create_like(&copy, older, &f->error), &f->error);
    assert_int_equal(env_reward_version(copy), REWARD_V1);
    StepResult results[3];
    Env *const envs[] = { f->env, older, copy };
    for (int i = 0; i < 3; i++) {
        assert_ok(env_reset(envs[i], 5, NULL, &f->error), &f->error);
        results[i] = run(f, envs[i], 5, 40);
        assert_memory_equal(results[0].obs, results[i].obs, sizeof results[0].obs);
        assert_true(results[i].info.unscaled_reward == results[i].reward);
    }
    assert_true(results[0].reward >= 0);
    assert_true(results[1].reward < 0); /* minus the distance of the hand */
    assert_true(results[1].reward == results[2].reward);
    assert_error(reward_version_parse(&options.reward_version, "v3", &f->error), &f->error,
                 ERR_ARGUMENT, "reward version 'v3': expected v1 or v2");
    env_destroy(copy);
    env_destroy(older);
}

static void missing_models_are_named(void **state)
{
    Fixture *f = *state;
    Env *env = NULL;
    EnvOptions options = env_options_default();
    options.assets = "/no/such/folder";
    assert_error(env_create(&env, &options, &f->error), &f->error, ERR_IO, "/no/such/folder");
    assert_null(env);
}

static void the_next_reset_goes_on_in_the_stream(void **state)
{
    Fixture *f = *state;
    double first[ENV_OBS], second[ENV_OBS];
    Env *env = NULL;
    assert_ok(env_create_like(&env, f->env, &f->error), &f->error);
    assert_error(env_reset_next(env, first, &f->error), &f->error, ERR_ARGUMENT, "before");
    assert_ok(env_reset(env, 4, first, &f->error), &f->error);
    const ResetInfo one = *env_reset_info(env);
    assert_ok(env_reset_next(env, second, &f->error), &f->error);
    const ResetInfo two = *env_reset_info(env);
    assert_memory_not_equal(one.pass2, two.pass2, sizeof one.pass2);
    assert_memory_not_equal(first, second, sizeof first);
    /* given vectors lead to the same place */
    double given[ENV_OBS];
    assert_ok(env_reset_vectors(env, one.pass1, one.pass2, given, &f->error), &f->error);
    assert_memory_equal(first, given, sizeof first);
    const double bad[3] = { 0, (double)NAN, 0 };
    assert_error(env_reset_vectors(env, one.pass1, bad, given, &f->error), &f->error, ERR_NUMERIC,
                 "element 1");
    env_destroy(env);
}

static void steps_need_a_reset_and_end_at_the_horizon(void **state)
{
    Fixture *f = *state;
    const float still[ENV_ACTION] = { 0 };
    StepResult result;
    Env *env = NULL;
    assert_ok(env_create_like(&env, f->env, &f->error), &f->error);
    assert_error(env_step(env, still, &result, &f->error), &f->error, ERR_ARGUMENT,
                 "before env_reset");
    assert_ok(env_reset(env, 1, NULL, &f->error), &f->error);
    const int horizon = task_horizon(env_task(env));
    for (int i = 1; i <= horizon; i++) {
        assert_ok(env_step(env, still, &result, &f->error), &f->error);
        assert_int_equal(result.truncated, i == horizon);
        assert_int_equal(env_steps(env), i);
    }
    assert_error(env_step(env, still, &result, &f->error), &f->error, ERR_ARGUMENT,
                 "past the horizon of 500");
    assert_ok(env_reset(env, 1, NULL, &f->error), &f->error);
    assert_ok(env_step(env, still, &result, &f->error), &f->error);
    env_destroy(env);
}

static void actions_are_checked_and_clipped(void **state)
{
    Fixture *f = *state;
    StepResult wide, narrow;
    const float bad[ENV_ACTION] = { 0, 0, NAN, 0 };
    assert_ok(env_reset(f->env, 1, NULL, &f->error), &f->error);
    assert_error(env_step(f->env, bad, &wide, &f->error), &f->error, ERR_NUMERIC,
                 "action: element 2 is nan");
    const float far[ENV_ACTION] = { 50, -9, 1.5f, 0.5f }, near[ENV_ACTION] = { 1, -1, 1, 0.5f };
    assert_ok(env_step(f->env, far, &wide, &f->error), &f->error);
    assert_ok(env_reset(f->env, 1, NULL, &f->error), &f->error);
    assert_ok(env_step(f->env, near, &narrow, &f->error), &f->error);
    assert_memory_equal(wide.obs, narrow.obs, sizeof wide.obs);
}

/* the hand cannot leave the mocap's box; without the limit it would be 4 m away */
static void the_hand_stays_in_the_workspace(void **state)
{
    Fixture *f = *state;
    const float away[ENV_ACTION] = { 1, 1, 1, 0 };
    StepResult result;
    assert_ok(env_reset(f->env, 3, NULL, &f->error), &f->error);
    for (int i = 0; i < 400; i++)
        assert_ok(env_step(f->env, away, &result, &f->error), &f->error);
    const double *mocap = sim_view(env_sim(f->env))->mocap_pos;
    assert_true(mocap[0] == 0.5 && mocap[1] == 1 && mocap[2] == 0.5);
    assert_true(result.obs[0] <= 0.525 && result.obs[1] <= 1.025 && result.obs[2] <= 0.7);
}

/* none of the recorded episodes reaches the limits of the observation, so force them */
static void observations_are_clipped(void **state)
{
    Fixture *f = *state;
    Env *env = NULL;
    StepResult result;
    const float still[ENV_ACTION] = { 0 };
    double *env_state = NULL;
    assert_ok(env_create_like(&env, f->env, &f->error), &f->error);
    assert_ok(env_reset(env, 1, NULL, &f->error), &f->error);
    const size_t size = (size_t)env_state_size(env);
    assert_ok(memory_new_array(&env_state, size, &f->error), &f->error);
    env_state_get(env, env_state);
    double *previous = env_state + sim_state_size(env_sim(env));
    previous[0] = 7; /* previous hand x, then the previous object, then the target */
    previous[1] = -7;
    previous[3] = -2;
    previous[4] = 30;
    previous[18] = 9;
    previous[20] = -9;
    assert_ok(env_state_set(env, env_state, &f->error), &f->error);
    assert_ok(env_step(env, still, &result, &f->error), &f->error);
    assert_true(result.obs[18] == 0.525 && result.obs[19] == 0.348 && result.obs[21] == -1);
    assert_true(result.obs[22] == 30); /* objects are not clipped */
    assert_true(result.obs[36] == 0.5 && result.obs[38] == 0.05);
    memory_free(env_state);
    env_destroy(env);
}

static void hidden_goals_are_zero(void **state)
{
    Fixture *f = *state;
    EnvOptions options = env_options_default();
    options.seeding = SEEDING_ML1_TEST;
    Env *env = NULL;
    double obs[ENV_OBS];
    const double zeros[3] = { 0 };
    assert_ok(env_create(&env, &options, &f->error), &f->error);
    assert_ok(env_reset(env, 1, obs, &f->error), &f->error);
    assert_memory_equal(obs + 36, zeros, sizeof zeros);
    assert_int_equal(env_reset_info(env)->task_index, 0);
    const StepResult result = run(f, env, 1, 3);
    assert_memory_equal(result.obs + 36, zeros, sizeof zeros);
    assert_ok(env_reset_next(env, NULL, &f->error), &f->error);
    assert_int_equal(env_reset_info(env)->task_index, 1);
    env_destroy(env);
}

static void a_state_resumes_bit_for_bit(void **state)
{
    Fixture *f = *state;
    Env *other = NULL;
    double *saved = NULL, *mine = NULL, *theirs = NULL;
    const size_t size = (size_t)env_state_size(f->env);
    assert_ok(memory_new_array(&saved, size, &f->error), &f->error);
    assert_ok(memory_new_array(&mine, size, &f->error), &f->error);
    assert_ok(memory_new_array(&theirs, size, &f->error), &f->error);
    assert_ok(env_reset(f->env, 9, NULL, &f->error), &f->error);
    run(f, f->env, 1, 60);
    env_state_get(f->env, saved);
    const StepResult wanted = run(f, f->env, 2, 60);
    env_state_get(f->env, mine);
    assert_ok(env_create_like(&other, f->env, &f->error), &f->error);
    assert_ok(env_state_set(other, saved, &f->error), &f->error); /* never reset, another box */
    assert_int_equal(env_steps(other), 60);
    const StepResult got = run(f, other, 2, 60);
    env_state_get(other, theirs);
    assert_memory_equal(mine, theirs, size * sizeof *mine);
    assert_memory_equal(wanted.obs, got.obs, sizeof wanted.obs);
    assert_true(wanted.reward == got.reward);
    memory_free(theirs);
    memory_free(mine);
    memory_free(saved);
    env_destroy(other);
}

static void a_broken_state_is_refused(void **state)
{
    Fixture *f = *state;
    const size_t size = (size_t)env_state_size(f->env);
    double *broken = NULL;
    assert_ok(memory_new_array(&broken, size, &f->error), &f->error);
    assert_ok(env_reset(f->env, 1, NULL, &f->error), &f->error);
    env_state_get(f->env, broken);
    const double steps[] = { -1, 501, 0.5 };
    for (size_t i = 0; i < 3; i++) {
        broken[size - 1] = steps[i];
        assert_error(env_state_set(f->env, broken, &f->error), &f->error, ERR_FORMAT,
                     "step counter");
    }
    broken[size - 1] = 0;
    broken[size - 5] = (double)INFINITY;
    assert_error(env_state_set(f->env, broken, &f->error), &f->error, ERR_NUMERIC, "env state");
    broken[size - 5] = 0;
    broken[3] = (double)NAN;
    assert_error(env_state_set(f->env, broken, &f->error), &f->error, ERR_NUMERIC,
                 "simulator state");
    memory_free(broken);
}

static void divergence_is_reported(void **state)
{
    Fixture *f = *state;
    Env *env = NULL;
    StepResult result;
    const float still[ENV_ACTION] = { 0 };
    assert_ok(env_create_like(&env, f->env, &f->error), &f->error);
    assert_ok(env_reset(env, 1, NULL, &f->error), &f->error);
    assert_ok(env_step(env, still, &result, &f->error), &f->error);
    sim_view(env_sim(env))->qvel[2] = 1e30;
    assert_error(env_step(env, still, &result, &f->error), &f->error, ERR_SIM,
                 "step 1 of 'button-press': simulation diverged");
    env_destroy(env);
}

/* the vectors of later resets are those of an Env that did not diverge */
static void a_rebuilt_env_goes_on(void **state)
{
    Fixture *f = *state;
    Env *env = NULL;
    StepResult result;
    double wanted[ENV_OBS], got[ENV_OBS];
    const float still[ENV_ACTION] = { 0 };
    assert_ok(env_reset(f->env, 8, NULL, &f->error), &f->error);
    assert_ok(env_reset_next(f->env, wanted, &f->error), &f->error);
    const StepResult wanted_step = run(f, f->env, 8, 20);
    assert_ok(env_create_like(&env, f->env, &f->error), &f->error);
    assert_ok(env_reset(env, 8, NULL, &f->error), &f->error);
    sim_view(env_sim(env))->qvel[2] = 1e30;
    assert_error(env_step(env, still, &result, &f->error), &f->error, ERR_SIM, "diverged");
    assert_ok(env_rebuild(env, &f->error), &f->error);
    assert_error(env_step(env, still, &result, &f->error), &f->error, ERR_ARGUMENT, "before");
    assert_ok(env_reset_next(env, got, &f->error), &f->error);
    assert_memory_equal(wanted, got, sizeof wanted);
    const StepResult got_step = run(f, env, 8, 20);
    assert_memory_equal(wanted_step.obs, got_step.obs, sizeof wanted_step.obs);
    env_destroy(env);
}

static void stepping_does_not_allocate(void **state)
{
    Fixture *f = *state;
    count_allocations_start();
    for (int episode = 0; episode < 2; episode++) {
        assert_ok(env_reset(f->env, 1, NULL, &f->error), &f->error);
        run(f, f->env, 1, 500);
    }
    assert_int_equal(count_allocations_stop(), 0);
}

static void rendering_does_not_change_the_trajectory(void **state)
{
    Fixture *f = *state;
    Renderer *renderer = NULL;
    Camera camera;
    Image image = { 0 };
    uint8_t labels[64 * 64];
    const RenderOptions options = render_options_default();
    assert_ok(env_reset(f->env, 5, NULL, &f->error), &f->error);
    const StepResult wanted = run(f, f->env, 3, 40);
    assert_ok(env_reset(f->env, 5, NULL, &f->error), &f->error);
    assert_ok(env_camera(&camera, f->env, "playslot", &f->error), &f->error);
    assert_ok(renderer_create(&renderer, env_sim(f->env), &options, &f->error), &f->error);
    assert_ok(image_init(&image, 64, 64, &f->error), &f->error);
    Rng rng = rng_stream(3, "test-actions", 0);
    StepResult got = { 0 };
    for (int i = 0; i < 40; i++) {
        float action[ENV_ACTION];
        random_action(&rng, action);
        assert_ok(env_step(f->env, action, &got, &f->error), &f->error);
        if (i % 10) continue;
        assert_ok(renderer_draw(renderer, env_sim(f->env), &camera, &image, &f->error), &f->error);
        assert_ok(env_labels(f->env, renderer, &camera, labels, &f->error), &f->error);
    }
    assert_memory_equal(wanted.obs, got.obs, sizeof wanted.obs);
    assert_true(wanted.reward == got.reward);
    renderer_destroy(renderer);
    image_release(&image);
}

static void labels_show_arm_and_button_box(void **state)
{
    Fixture *f = *state;
    Renderer *renderer = NULL;
    Camera camera;
    uint8_t labels[64 * 64];
    int seen[3] = { 0 };
    const RenderOptions options = render_options_default();
    assert_ok(env_reset(f->env, 5, NULL, &f->error), &f->error);
    assert_ok(env_camera(&camera, f->env, "playslot", &f->error), &f->error);
    assert_ok(renderer_create(&renderer, env_sim(f->env), &options, &f->error), &f->error);
    assert_ok(env_labels(f->env, renderer, &camera, labels, &f->error), &f->error);
    for (size_t i = 0; i < sizeof labels; i++) {
        assert_true(labels[i] <= LABEL_OBJECT);
        seen[labels[i]]++;
    }
    assert_true(seen[LABEL_BACKGROUND] > 2000);
    assert_true(seen[LABEL_ROBOT] > 150 && seen[LABEL_ROBOT] < 1200);
    assert_true(seen[LABEL_OBJECT] > 100 && seen[LABEL_OBJECT] < 800);
    renderer_destroy(renderer);
}

static void cameras_are_found(void **state)
{
    Fixture *f = *state;
    Camera camera;
    assert_ok(env_camera(&camera, f->env, "playslot", &f->error), &f->error);
    assert_true(camera.fixed == -1 && camera.distance == 1.25 && camera.azimuth_deg == 145);
    assert_ok(env_camera(&camera, f->env, "corner2", &f->error), &f->error);
    assert_int_equal(camera.fixed, 2);
    assert_error(env_camera(&camera, f->env, "corner9", &f->error), &f->error, ERR_ARGUMENT,
                 "unknown camera 'corner9' (did you mean 'corner'?)");
    assert_error(env_camera(&camera, f->env, "plyslot", &f->error), &f->error, ERR_ARGUMENT,
                 "unknown camera 'plyslot' (did you mean 'playslot'?)");
}

static Status create_like(void *user, Error *error)
{
    Env *env = NULL;
    Status status = env_create_like(&env, user, error);
    env_destroy(env);
    return status;
}

static Status create_from_file(void *user, Error *error)
{
    (void)user;
    Env *env = NULL;
    const EnvOptions options = env_options_default();
    Status status = env_create(&env, &options, error);
    env_destroy(env);
    return status;
}

static void failing_allocations_leak_nothing(void **state)
{
    Fixture *f = *state;
    assert_true(fail_each_allocation(create_like, f->env, 1) >= 3);
    assert_true(fail_each_allocation(create_from_file, NULL, 3) >= 2);
}

static void info_is_listed_in_upstreams_order(void **state)
{
    (void)state;
    const EnvInfo info = { 1, 2, 3, 4, 5, 6, 7 };
    assert_string_equal(env_info_names[0], "success");
    assert_string_equal(env_info_names[6], "unscaled_reward");
    for (int i = 0; i < ENV_INFO; i++)
        assert_true(env_info_at(&info, i) == i + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_are_found_by_name),
        cmocka_unit_test(suites_have_their_names),
        cmocka_unit_test(metaworlds_tasks_have_two_reward_functions),
        cmocka_unit_test(the_reward_version_changes_rewards_only),
        cmocka_unit_test(missing_models_are_named),
        cmocka_unit_test(the_next_reset_goes_on_in_the_stream),
        cmocka_unit_test(steps_need_a_reset_and_end_at_the_horizon),
        cmocka_unit_test(actions_are_checked_and_clipped),
        cmocka_unit_test(the_hand_stays_in_the_workspace),
        cmocka_unit_test(observations_are_clipped),
        cmocka_unit_test(hidden_goals_are_zero),
        cmocka_unit_test(a_state_resumes_bit_for_bit),
        cmocka_unit_test(a_broken_state_is_refused),
        cmocka_unit_test(divergence_is_reported),
        cmocka_unit_test(a_rebuilt_env_goes_on),
        cmocka_unit_test(stepping_does_not_allocate),
        cmocka_unit_test(rendering_does_not_change_the_trajectory),
        cmocka_unit_test(labels_show_arm_and_button_box),
        cmocka_unit_test(cameras_are_found),
        cmocka_unit_test(failing_allocations_leak_nothing),
        cmocka_unit_test(info_is_listed_in_upstreams_order),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
