/* What every policy must do; walks policies.def and envs.def. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "policies/policy.h"
#include "support/test_memory.h"

static const double still_obs[ENV_OBS] = { 0, 0.5, 0.2, 1, 0.05, 0.7, 0.115 };

static PolicyInput at(int decision)
{
    static const float zeros[ENV_ACTION];
    return (PolicyInput){ .decision = decision, .obs = still_obs, .last_action = zeros };
}

static Policy *make(const char *name, const PolicyOptions *options)
{
    Error error = { 0 };
    Policy *policy = NULL;
    assert_ok(policy_create(&policy, name, options, &error), &error);
    return policy;
}

static void act(Policy *policy, int decision, float action[ENV_ACTION])
{
    Error error = { 0 };
    const PolicyInput input = at(decision);
    assert_ok(policy_act(policy, &input, action, &error), &error);
}

static void every_policy_repeats_itself_by_seed(void **state)
{
    (void)state;
    Error error = { 0 };
    for (int i = 0; i < policy_def_count(); i++) {
        enum { DECISIONS = 100 };
        const PolicyDef *def = policy_def_at(i);
        PolicyOptions options = policy_options_default();
        options.noise = 0.2;
        Policy *policy = make(def->name, &options);
        float first[DECISIONS][ENV_ACTION], again[DECISIONS][ENV_ACTION];
        float other[DECISIONS][ENV_ACTION];
        float(*const runs[])[ENV_ACTION] = { first, other, again };
        const uint64_t seeds[] = { 1, 2, 1 };
        for (int r = 0; r < 3; r++) {
            assert_ok(policy_reset(policy, seeds[r], &error), &error);
            for (int k = 0; k < DECISIONS; k++)
                act(policy, k, runs[r][k]);
        }
        assert_memory_equal(first, again, sizeof first);
        assert_memory_not_equal(first, other, sizeof first);
        for (int k = 0; k < DECISIONS * ENV_ACTION; k++)
            assert_true(fabsf((&first[0][0])[k]) <= 1);
        assert_true(strlen(def->summary) > 5);
        policy_destroy(policy);
    }
    assert_null(policy_def_at(-1));
    assert_null(policy_def_at(policy_def_count()));
}

static void deciding_does_not_allocate(void **state)
{
    (void)state;
    Error error = { 0 };
    for (int i = 0; i < policy_def_count(); i++) {
        const PolicyOptions options = policy_options_default();
        Policy *policy = make(policy_def_at(i)->name, &options);
        count_allocations_start();
        assert_ok(policy_reset(policy, 1, &error), &error);
        for (int k = 0; k < 1000; k++) {
            float action[ENV_ACTION];
            act(policy, k, action);
        }
        assert_int_equal(count_allocations_stop(), 0);
        policy_destroy(policy);
    }
}

static void the_expert_is_passed_on_unclipped_without_noise(void **state)
{
    (void)state;
    Error error = { 0 };
    const PolicyOptions options = policy_options_default();
    Policy *policy = make("expert", &options);
    const ExpertDef *expert = NULL;
    float wanted[ENV_ACTION], got[ENV_ACTION];
    assert_ok(expert_find(&expert, "button-press-v3", EXPERT_UPSTREAM, &error), &error);
    expert_decide(expert, still_obs, wanted);
    assert_ok(policy_reset(policy, 1, &error), &error);
    act(policy, 0, got);
    assert_memory_equal(wanted, got, sizeof got);
    assert_true(wanted[0] > 1); /* 25 times 5 cm */
    policy_destroy(policy);
}

static void noise_has_its_deviation(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    Error error = { 0 };
    PolicyOptions options = policy_options_default();
    options.noise = 0.2;
    Policy *policy = make("expert", &options);
    double sum = 0, squares = 0;
    assert_ok(policy_reset(policy, 5, &error), &error);
    for (int i = 0; i < COUNT; i++) {
        float action[ENV_ACTION];
        act(policy, i, action);
        sum += (double)action[3]; /* the expert's effort is 0 */
        squares += (double)action[3] * (double)action[3];
    }
    assert_true(fabs(sum / COUNT) < 0.01); /* 7 standard errors */
    assert_true(fabs(sqrt(squares / COUNT) - 0.2) < 0.01);
    policy_destroy(policy);
}

/* lengths of runs of equal actions in a pure random exploration */
static void held_actions_last_as_long_as_asked(void **state)
{
    (void)state;
    Error error = { 0 };
    PolicyOptions options = policy_options_default();
    options.explore = (ExploreOptions){ .hold_min = 2,
                                        .hold_max = 5,
                                        .stretch_min = 1000,
                                        .stretch_max = 1000,
                                        .expert_share = 0,
                                        .action_scale = 0.5 };
    Policy *policy = make("explore", &options);
    assert_ok(policy_reset(policy, 3, &error), &error);
    float last[ENV_ACTION] = { 0 };
    int length = 0, seen[6] = { 0 };
    for (int i = 0; i < 900; i++) {
        float action[ENV_ACTION];
        act(policy, i, action);
        for (int k = 0; k < ENV_ACTION; k++)
            assert_true(fabsf(action[k]) <= 0.5f);
        if (i == 0 || memcmp(action, last, sizeof last) == 0) {
            length++;
        } else {
            assert_in_range(length, 2, 5);
            seen[length]++;
            length = 1;
        }
        memcpy(last, action, sizeof last);
    }
    for (int i = 2; i <= 5; i++)
        assert_true(seen[i] > 20);
    policy_destroy(policy);
}

/* with an expert that always wants to go right, and no noise, its stretches are known by their action */
static void stretches_mix_as_asked(void **state)
{
    (void)state;
    Error error = { 0 };
    PolicyOptions options = policy_options_default();
    options.explore.expert_noise = 0;
    options.explore.expert_share = 0.7;
    Policy *policy = make("explore", &options);
    const ExpertDef *expert = NULL;
    float wanted[ENV_ACTION];
    assert_ok(expert_find(&expert, "button-press", EXPERT_UPSTREAM, &error), &error);
    expert_decide(expert, still_obs, wanted);
    for (int k = 0; k < ENV_ACTION; k++)
        wanted[k] = fminf(fmaxf(wanted[k], -1), 1);
    assert_ok(policy_reset(policy, 3, &error), &error);
    int by_expert = 0;
    for (int i = 0; i < 5000; i++) {
        float action[ENV_ACTION];
        act(policy, i, action);
        by_expert += memcmp(action, wanted, sizeof wanted) == 0;
    }
    assert_in_range(by_expert, 3200, 3800); /* 3500 expected of about 770 stretches */
    policy_destroy(policy);
}

/* an own one for every task; improved ones only where they are listed */
static void every_task_has_its_experts(void **state)
{
    (void)state;
    Error error = { 0 };
    int improved = 0;
    for (int i = 0; i < task_count(); i++) {
        const char *task = task_name(task_at(i));
        if (task_suite(task_at(i)) == SUITE_FETCH) continue;
        const ExpertDef *own = NULL, *better = NULL;
        assert_ok(expert_find(&own, task, EXPERT_UPSTREAM, &error), &error);
        assert_int_equal(expert_kind(own), EXPERT_UPSTREAM);
        assert_ok(expert_find(&better, task, EXPERT_IMPROVED, &error), &error);
        assert_true((better == own) == (expert_kind(better) == EXPERT_UPSTREAM));
        improved += better != own;
        float action[ENV_ACTION];
        expert_decide(better, still_obs, action);
        for (int k = 0; k < ENV_ACTION; k++)
            assert_true(isfinite(action[k]));
    }
    assert_true(improved >= 10);
    const ExpertDef *expert = NULL;
    assert_error(expert_find(&expert, "pusch", EXPERT_UPSTREAM, &error), &error, ERR_ARGUMENT,
                 "unknown task 'pusch'");
    assert_error(expert_find(&expert, "button-press-return-v3", EXPERT_UPSTREAM, &error), &error,
                 ERR_ARGUMENT, "unknown task"); /* not Meta-World's */
    assert_null(expert);
}

static void the_deciding_policy_is_named(void **state)
{
    (void)state;
    assert_string_equal(policy_deciding("improved", "push-back"), "improved");
    assert_string_equal(policy_deciding("improved", "push-back-v3"), "improved");
    assert_string_equal(policy_deciding("improved", "reach"), "expert");
    assert_string_equal(policy_deciding("expert", "push-back"), "expert");
    assert_string_equal(policy_deciding("explore", "reach"), "explore");
    assert_string_equal(policy_deciding("improved", "no-such-task"), "improved");
}

static void bad_options_are_named(void **state)
{
    (void)state;
    Error error = { 0 };
    Policy *policy = NULL;
    PolicyOptions options = policy_options_default();
    assert_error(policy_create(&policy, "expret", &options, &error), &error, ERR_ARGUMENT,
                 "did you mean 'expert'?");
    options.task = "buton-press";
    assert_error(policy_create(&policy, "expert", &options, &error), &error, ERR_ARGUMENT,
                 "did you mean 'button-press'?");
    options = policy_options_default();
    options.noise = -1;
    assert_error(policy_create(&policy, "expert", &options, &error), &error, ERR_ARGUMENT,
                 "noise -1 is outside [0, 10]");
    options = policy_options_default();
    options.explore.hold_max = 0;
    assert_error(policy_create(&policy, "explore", &options, &error), &error, ERR_ARGUMENT,
                 "hold 1..0");
    options = policy_options_default();
    options.explore.expert_share = (double)NAN;
    assert_error(policy_create(&policy, "explore", &options, &error), &error, ERR_ARGUMENT,
                 "expert share");
    options = policy_options_default();
    options.explore.action_scale = 2;
    assert_error(policy_create(&policy, "explore", &options, &error), &error, ERR_ARGUMENT,
                 "action scale");
    assert_null(policy);
    policy_destroy(NULL);
}

static Status act_nan(Policy *policy, const PolicyInput *input, float action[ENV_ACTION],
                      Error *error)
{
    (void)policy;
    (void)input;
    (void)error;
    memset(action, 0, ENV_ACTION * sizeof *action);
    action[1] = NAN;
    return OK;
}

static void a_policys_faults_are_caught(void **state)
{
    (void)state;
    Error error = { 0 };
    const PolicyDef blind = { .name = "blind", .act = act_nan };
    const PolicyDef seeing = { .name = "seeing", .act = act_nan, .needs_frame = true };
    Policy policy = { &blind };
    float action[ENV_ACTION];
    const PolicyInput input = at(0);
    assert_error(policy_act(&policy, &input, action, &error), &error, ERR_NUMERIC,
                 "policy 'blind': action element 1 is nan");
    policy.def = &seeing;
    assert_error(policy_act(&policy, &input, action, &error), &error, ERR_ARGUMENT, "needs frames");
}

static Status create_each(void *user, Error *error)
{
    Policy *policy = NULL;
    const PolicyOptions options = policy_options_default();
    Status status = policy_create(&policy, user, &options, error);
    policy_destroy(policy);
    return status;
}

static void failing_allocations_leak_nothing(void **state)
{
    (void)state;
    char names[4][16] = { "expert", "improved", "random", "explore" };
    for (int i = 0; i < 4; i++)
        assert_true(fail_each_allocation(create_each, names[i], 1) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_policy_repeats_itself_by_seed),
        cmocka_unit_test(deciding_does_not_allocate),
        cmocka_unit_test(the_expert_is_passed_on_unclipped_without_noise),
        cmocka_unit_test(noise_has_its_deviation),
        cmocka_unit_test(held_actions_last_as_long_as_asked),
        cmocka_unit_test(stretches_mix_as_asked),
        cmocka_unit_test(every_task_has_its_experts),
        cmocka_unit_test(the_deciding_policy_is_named),
        cmocka_unit_test(bad_options_are_named),
        cmocka_unit_test(a_policys_faults_are_caught),
        cmocka_unit_test(failing_allocations_leak_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
