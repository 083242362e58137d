/* button-press-return along its expert's episodes: stages of the reward, the memory, success, a saved state */
#include "support/test.h"

#include <string.h>

#include "base/memory.h"
#include "envs/env.h"
#include "envs/reward.h"
#include "policies/policy.h"
#include "policies/rollout.h"

static const char task[] = "button-press-return";

enum {
    RETURN_PLACE = 11, /* of an observation: tool centre of the start */
    PRESSED = 14,      /* 1 once the button has been pressed */
    HOLE_Y = 37,
    BUTTON_Y = 5,
    STEPS = 150 /* the expert needs about 105 */
};

typedef struct Fixture {
    Env *env;
    const ExpertDef *expert;
    StepResult step;
    double *saved;
    size_t state_size;
    Error error;
} Fixture;

static Fixture fixture;

static int set_up(void **state)
{
    Fixture *f = &fixture;
    EnvOptions options = env_options_default();
    options.task = task;
    if (env_create(&f->env, &options, &f->error)) return -1;
    if (expert_find(&f->expert, task, EXPERT_UPSTREAM, &f->error)) return -1;
    f->state_size = (size_t)env_state_size(f->env);
    if (memory_new_array(&f->saved, f->state_size, &f->error)) return -1;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    memory_free(f->saved);
    env_destroy(f->env);
    return 0;
}

static void reset(Fixture *f, uint64_t seed)
{
    memset(&f->step, 0, sizeof f->step);
    assert_ok(env_reset(f->env, seed, f->step.obs, &f->error), &f->error);
}

static void step_expert(Fixture *f, Env *env)
{
    float action[ENV_ACTION];
    expert_decide(f->expert, f->step.obs, action);
    assert_ok(env_step(env, action, &f->step, &f->error), &f->error);
}

static bool remembers(const Fixture *f)
{
    return f->step.obs[PRESSED] == 1;
}

static double from_hole(const Fixture *f)
{
    return f->step.obs[HOLE_Y] - f->step.obs[BUTTON_Y];
}

static double from_start(const Fixture *f)
{
    double tcp[3];
    env_tcp(f->env, tcp);
    return distance3(tcp, f->step.obs + RETURN_PLACE);
}

/* until the button has been pressed and has sprung back a third of its way, the hand still off the start */
static void run_into_the_return(Fixture *f, uint64_t seed)
{
    reset(f, seed);
    for (int i = 0; i < STEPS && !(remembers(f) && from_hole(f) > 0.04); i++)
        step_expert(f, f->env);
    assert_true(remembers(f) && !f->step.success);
}

/* the hand's momentum and the way around the box cost at most this at a step */
#define DIP 0.005

static void each_stage_raises_the_reward(void **state)
{
    Fixture *f = *state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        double last = 0, first_return = 0;
        reset(f, seed);
        for (int i = 0; i < STEPS; i++) {
            step_expert(f, f->env);
            assert_true(remembers(f) ? f->step.reward >= 5 : f->step.reward < 5);
            assert_true(f->step.reward >= last - DIP && f->step.reward <= 10);
            if (remembers(f) && first_return == 0) first_return = f->step.reward;
            last = f->step.reward;
        }
        assert_true(first_return > 5 && first_return < 6); /* the way back is all to do */
        assert_true(last == 10);
    }
}

static void success_is_pressed_and_returned(void **state)
{
    Fixture *f = *state;
    int solved = 0;
    reset(f, 3);
    for (int i = 0; i < STEPS; i++) {
        const bool was_pressed = remembers(f);
        step_expert(f, f->env);
        assert_true(f->step.success == (remembers(f) && from_start(f) <= 0.03));
        assert_true(!was_pressed || remembers(f)); /* never forgotten */
        assert_true(f->step.info.grasp_success == remembers(f));
        assert_true(f->step.info.obj_to_target == from_start(f));
        assert_true((f->step.info.in_place_reward > 0) == remembers(f));
        solved += f->step.success;
    }
    assert_in_range(solved, 20, 60);
    assert_true(from_hole(f) > 0.06); /* the button came out again: only the memory knows */
}

static void waiting_at_the_start_is_worth_little(void **state)
{
    Fixture *f = *state;
    const float still[ENV_ACTION] = { 0 };
    reset(f, 1);
    for (int i = 0; i < 50; i++) {
        assert_ok(env_step(f->env, still, &f->step, &f->error), &f->error);
        assert_true(from_start(f) < 0.03 && !f->step.success);
        assert_true(f->step.reward > 0 && f->step.reward < 1);
    }
}

/* push the button in part of the way, then go back as the expert does */
static void a_touch_is_not_a_press(void **state)
{
    Fixture *f = *state;
    reset(f, 2);
    for (int i = 0; i < STEPS && !(from_hole(f) < 0.05); i++)
        step_expert(f, f->env);
    assert_true(from_hole(f) < 0.05 && !remembers(f));
    for (int i = 0; i < STEPS; i++) {
        f->step.obs[PRESSED] = 1; /* for the expert only: the environment knows better */
        step_expert(f, f->env);
        assert_true(!remembers(f) && !f->step.success && f->step.reward < 5);
    }
    assert_true(from_start(f) < 0.03);
}

static void a_reset_forgets(void **state)
{
    Fixture *f = *state;
    run_into_the_return(f, 3);
    reset(f, 3);
    assert_true(f->step.obs[PRESSED] == 0);
    step_expert(f, f->env);
    assert_true(!remembers(f));
}

static void a_state_from_the_way_back_resumes_bit_for_bit(void **state)
{
    Fixture *f = *state;
    Env *other = NULL;
    run_into_the_return(f, 4);
    const StepResult middle = f->step;
    env_state_get(f->env, f->saved);
    for (int i = 0; i < 60; i++)
        step_expert(f, f->env);
    const StepResult wanted = f->step;
    assert_true(wanted.success);
    assert_ok(env_create_like(&other, f->env, &f->error), &f->error);
    assert_ok(env_reset(other, 99, NULL, &f->error), &f->error); /* another box, nothing pressed */
    assert_ok(env_state_set(other, f->saved, &f->error), &f->error);
    f->step = middle;
    for (int i = 0; i < 60; i++)
        step_expert(f, other);
    assert_memory_equal(wanted.obs, f->step.obs, sizeof wanted.obs);
    assert_true(wanted.reward == f->step.reward && f->step.success);
    env_destroy(other);
}

/* collection's protocol: random start, five control steps per decision, and other boxes */
static void the_expert_solves_other_starts(void **state)
{
    Fixture *f = *state;
    Rollout *rollout = NULL;
    Policy *policy = NULL;
    RolloutOptions options = rollout_options_default();
    PolicyOptions policy_options = policy_options_default();
    options.env.task = policy_options.task = task;
    options.render = false;
    assert_ok(rollout_create(&rollout, &options, f->env, &f->error), &f->error);
    assert_ok(policy_create(&policy, "expert", &policy_options, &f->error), &f->error);
    for (uint64_t seed = 100; seed < 106; seed++) {
        EpisodeResult result;
        assert_ok(rollout_run(&result, rollout, policy, seed, NULL, &f->error), &f->error);
        assert_true(result.success && !result.start_success);
    }
    policy_destroy(policy);
    rollout_destroy(rollout);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stage_raises_the_reward),
        cmocka_unit_test(success_is_pressed_and_returned),
        cmocka_unit_test(waiting_at_the_start_is_worth_little),
        cmocka_unit_test(a_touch_is_not_a_press),
        cmocka_unit_test(a_reset_forgets),
        cmocka_unit_test(a_state_from_the_way_back_resumes_bit_for_bit),
        cmocka_unit_test(the_expert_solves_other_starts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
