/* one episode: what a roll-out shows and does, its cameras, its faults */
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/test_memory.h"
#include "unit/policies/rollout_fixture.h"

typedef struct Setting {
    Error error;
    Rollout *rollout;
    Policy *policy;
    Kept kept;
} Setting;

static Setting *open_setting(const RolloutOptions *options, const char *policy)
{
    static Setting setting;
    const PolicyOptions policy_options = policy_options_default();
    setting = (Setting){ 0 };
    assert_ok(rollout_create(&setting.rollout, options, NULL, &setting.error), &setting.error);
    assert_ok(policy_create(&setting.policy, policy, &policy_options, &setting.error),
              &setting.error);
    return &setting;
}

static void close_setting(Setting *s)
{
    policy_destroy(s->policy);
    rollout_destroy(s->rollout);
}

static EpisodeResult run(Setting *s, uint64_t seed)
{
    EpisodeResult result;
    s->kept = (Kept){ 0 };
    const FrameSink sink = { keep, &s->kept };
    assert_ok(rollout_run(&result, s->rollout, s->policy, seed, &sink, &s->error), &s->error);
    return result;
}

/* ---- one episode ---- */

/* the setting of the published data: 12 random actions, repeat 5; the expert needs 14.7 decisions, at most 21 */
static void the_expert_succeeds(void **state)
{
    (void)state;
    const RolloutOptions options = unseen();
    Setting *s = open_setting(&options, "expert");
    int solved = 0, decisions = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        const EpisodeResult result = run(s, seed);
        solved += result.success;
        decisions += result.decisions;
        assert_int_equal(result.decisions, result.success_decision);
        assert_int_equal(result.control_steps, 5 * result.decisions);
        assert_int_equal(s->kept.frames, result.decisions + 1);
        assert_int_equal(s->kept.last_frames, 1);
        assert_true(s->kept.success[result.decisions - 1]);
        assert_false(result.diverged || result.truncated);
    }
    assert_int_equal(solved, 40);
    assert_in_range(decisions / 40, 12, 17);
    close_setting(s);
}

static void random_actions_fail(void **state)
{
    (void)state;
    RolloutOptions options = unseen();
    options.max_decisions = 20;
    Setting *s = open_setting(&options, "random");
    int solved = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        const EpisodeResult result = run(s, seed);
        solved += result.success;
        if (!result.success) assert_int_equal(result.decisions, 20);
        if (!result.success) assert_int_equal(result.success_decision, 0);
    }
    assert_true(solved <= 3);
    close_setting(s);
}

static void frames_arrive_in_order_with_what_was_done(void **state)
{
    (void)state;
    const RolloutOptions options = unseen();
    Setting *s = open_setting(&options, "expert");
    const EpisodeResult result = run(s, 7);
    const ExpertDef *expert = NULL;
    assert_ok(expert_find(&expert, "button-press", EXPERT_UPSTREAM, &s->error), &s->error);
    for (int i = 0; i <= result.decisions; i++)
        assert_int_equal(s->kept.decisions[i], i);
    for (int i = 0; i < result.decisions; i++) {
        float wanted[ENV_ACTION];
        expert_decide(expert, s->kept.obs[i], wanted);
        for (int k = 0; k < ENV_ACTION; k++)
            assert_true(s->kept.action[i][k] == fminf(fmaxf(wanted[k], -1), 1));
    }
    close_setting(s);
}

static void episodes_can_go_on_after_success(void **state)
{
    (void)state;
    RolloutOptions options = unseen();
    options.after_success = 3;
    Setting *s = open_setting(&options, "expert");
    EpisodeResult result = run(s, 1);
    assert_int_equal(result.decisions, result.success_decision + 3);
    close_setting(s);
    options.after_success = -1;
    options.max_decisions = 30;
    s = open_setting(&options, "expert");
    result = run(s, 1);
    assert_true(result.success);
    assert_int_equal(result.decisions, 30);
    close_setting(s);
    options.after_success = 0;
    options.stop_in_repeat = true;
    s = open_setting(&options, "expert");
    int shorter = 0;
    for (uint64_t seed = 0; seed < 10; seed++) {
        result = run(s, seed);
        assert_true(result.success);
        shorter += result.control_steps < 5 * result.decisions;
    }
    assert_true(shorter > 0);
    close_setting(s);
}

static void the_horizon_ends_an_episode(void **state)
{
    (void)state;
    RolloutOptions options = unseen();
    options.random_start = 1;
    options.action_repeat = 7;
    options.max_decisions = 1000;
    options.after_success = -1;
    Setting *s = open_setting(&options, "random");
    const EpisodeResult result = run(s, 1);
    assert_true(result.truncated);
    assert_int_equal(result.control_steps, 493);
    assert_int_equal(result.decisions, 71); /* the last repeat is cut to 3 */
    close_setting(s);
}

/* what parity checks rely on: nothing is added to the environment's own episode */
static void parity_rollouts_are_plain_episodes(void **state)
{
    (void)state;
    enum { STEPS = 100 };
    const RolloutOptions options = rollout_options_parity(STEPS);
    Setting *s = open_setting(&options, "expert");
    const EpisodeResult result = run(s, 12);
    assert_int_equal(result.decisions, STEPS);
    Env *env = NULL;
    double obs[ENV_OBS], sum = 0;
    const ExpertDef *expert = NULL;
    assert_ok(expert_find(&expert, "button-press", EXPERT_UPSTREAM, &s->error), &s->error);
    assert_ok(env_create_like(&env, rollout_env(s->rollout), &s->error), &s->error);
    assert_ok(env_reset(env, 12, obs, &s->error), &s->error);
    bool unclipped = false;
    for (int i = 0; i < STEPS; i++) {
        float action[ENV_ACTION];
        StepResult step;
        assert_memory_equal(obs, s->kept.obs[i], sizeof obs);
        expert_decide(expert, obs, action);
        assert_memory_equal(action, s->kept.action[i], sizeof action);
        for (int k = 0; k < 3; k++)
            unclipped |= fabsf(action[k]) > 1;
        assert_ok(env_step(env, action, &step, &s->error), &s->error);
        assert_true(step.reward == s->kept.reward[i]);
        assert_int_equal(step.success, s->kept.success[i]);
        sum += step.reward;
        memcpy(obs, step.obs, sizeof obs);
    }
    assert_true(unclipped);
    assert_memory_equal(obs, s->kept.obs[STEPS], sizeof obs);
    assert_true(sum == result.reward_sum);
    env_destroy(env);
    close_setting(s);
}

static void a_decision_earns_all_its_control_steps(void **state)
{
    (void)state;
    RolloutOptions options = rollout_options_parity(3);
    options.action_repeat = 7;
    Setting *s = open_setting(&options, "expert");
    const EpisodeResult result = run(s, 12);
    Env *env = NULL;
    double obs[ENV_OBS], total = 0;
    assert_ok(env_create_like(&env, rollout_env(s->rollout), &s->error), &s->error);
    assert_ok(env_reset(env, 12, obs, &s->error), &s->error);
    for (int i = 0; i < 3; i++) {
        double sum = 0;
        for (int k = 0; k < 7; k++) {
            StepResult step;
            assert_ok(env_step(env, s->kept.action[i], &step, &s->error), &s->error);
            sum += step.reward;
        }
        assert_true(sum > 0 && sum == s->kept.reward[i]);
        total += sum;
    }
    assert_true(fabs(result.reward_sum - total) < 1e-9);
    env_destroy(env);
    close_setting(s);
}

/* the expert, looking over its shoulder */
typedef struct Watcher {
    Policy base;
    const Kept *kept;
    const ExpertDef *expert;
    int solved; /* decisions that began with the task solved */
} Watcher;

static Status watcher_reset(Policy *policy, uint64_t seed, Error *error)
{
    (void)policy;
    (void)seed;
    (void)error;
    return OK;
}

static Status watcher_act(Policy *policy, const PolicyInput *input, float action[ENV_ACTION],
                          Error *error)
{
    Watcher *watcher = (Watcher *)policy;
    const int last = input->decision - 1;
    (void)error;
    bool solved = false;
    for (int i = 0; i <= last; i++)
        solved |= watcher->kept->success[i];
    assert_int_equal(input->success, solved);
    assert_true(input->last_reward == (last < 0 ? 0 : watcher->kept->reward[last]));
    watcher->solved += input->success;
    expert_decide(watcher->expert, input->obs, action);
    return OK;
}

static void a_policy_is_told_what_it_reached(void **state)
{
    (void)state;
    static const PolicyDef def = { .name = "watcher", .reset = watcher_reset, .act = watcher_act };
    RolloutOptions options = unseen();
    options.after_success = 3;
    Setting *s = open_setting(&options, "expert");
    Watcher watcher = { .base.def = &def, .kept = &s->kept };
    assert_ok(expert_find(&watcher.expert, "button-press", EXPERT_UPSTREAM, &s->error), &s->error);
    EpisodeResult result;
    const FrameSink sink = { keep, &s->kept };
    assert_ok(rollout_run(&result, s->rollout, &watcher.base, 12, &sink, &s->error), &s->error);
    assert_true(result.success);
    assert_int_equal(watcher.solved, 3);
    close_setting(s);
}

static void pictures_do_not_change_an_episode(void **state)
{
    (void)state;
    RolloutOptions options = unseen();
    options.max_decisions = 6;
    Setting *s = open_setting(&options, "explore");
    run(s, 5);
    const Kept blind = s->kept;
    close_setting(s);
    options.render = true;
    options.labels = true;
    s = open_setting(&options, "explore");
    run(s, 5);
    assert_true(s->kept.has_picture && s->kept.has_labels);
    assert_false(blind.has_picture || blind.has_labels);
    assert_memory_equal(s->kept.obs, blind.obs, sizeof blind.obs);
    assert_memory_equal(s->kept.action, blind.action, sizeof blind.action);
    const uint64_t first = s->kept.hash;
    assert_int_equal(s->kept.display_side, 0);
    run(s, 6);
    assert_true(s->kept.hash != first);
    run(s, 5);
    assert_true(s->kept.hash == first);
    close_setting(s);
}

/* the large picture is one of its own, and the one that policies see does not change for it */
static void a_display_is_larger_and_changes_nothing(void **state)
{
    (void)state;
    RolloutOptions options = unseen();
    options.max_decisions = 3;
    options.render = true;
    Setting *s = open_setting(&options, "explore");
    run(s, 5);
    const uint64_t plain = s->kept.hash;
    close_setting(s);
    options.display_scale = 3;
    s = open_setting(&options, "explore");
    run(s, 5);
    assert_true(s->kept.hash == plain);
    assert_int_equal(s->kept.display_side, 3 * options.picture.width);
    /* enlarged by repetition it could change at every third pixel only */
    assert_true(s->kept.display_steps > s->kept.display_side * s->kept.display_side / 3);
    close_setting(s);
    options.display_scale = 17;
    Rollout *rollout = NULL;
    Error error = { 0 };
    assert_error(rollout_create(&rollout, &options, NULL, &error), &error, ERR_ARGUMENT,
                 "display scale 17 is outside 0..16");
}

/* ---- several cameras ---- */

enum { VIEW_SIDE = 24, VIEW_PIXELS = VIEW_SIDE * VIEW_SIDE };

typedef struct Seen {
    int moments, views;
    char cameras[3][16];
    uint64_t pictures[3]; /* of all moments by camera: colours and every layer */
    bool repeats_first;
} Seen;

static Status see(void *user, const RolloutFrame *frame, Error *error)
{
    Seen *seen = user;
    (void)error;
    seen->moments++;
    seen->views = frame->view_count;
    seen->repeats_first =
        frame->views[0].frame == frame->frame && frame->views[0].labels == frame->labels;
    for (int i = 0; i < frame->view_count; i++) {
        const RolloutView *view = &frame->views[i];
        snprintf(seen->cameras[i], sizeof seen->cameras[i], "%s", view->camera);
        mix(&seen->pictures[i], view->frame->pixels, 3 * VIEW_PIXELS);
        mix(&seen->pictures[i], view->labels, VIEW_PIXELS);
        mix(&seen->pictures[i], view->ids, 2 * VIEW_PIXELS * sizeof *view->ids);
        mix(&seen->pictures[i], view->depth, VIEW_PIXELS * sizeof *view->depth);
    }
    return OK;
}

static Seen see_episode(const char *first, const char *second, const char *third)
{
    Seen seen = { 0 };
    RolloutOptions options = unseen();
    options.render = options.labels = options.ids = options.depth = true;
    options.picture.width = options.picture.height = VIEW_SIDE;
    options.max_decisions = 2;
    options.camera = first;
    options.further[0] = second;
    options.further[1] = third;
    Setting *s = open_setting(&options, "random");
    const FrameSink sink = { see, &seen };
    EpisodeResult result;
    Error error = { 0 };
    assert_ok(rollout_run(&result, s->rollout, s->policy, 3, &sink, &error), &error);
    close_setting(s);
    return seen;
}

static void cameras_do_not_disturb_each_other(void **state)
{
    (void)state;
    const char *const names[] = { "playslot", "corner2", "free" };
    const Seen all = see_episode(names[0], names[1], names[2]);
    assert_int_equal(all.views, 3);
    assert_int_equal(all.moments, 3);
    assert_true(all.repeats_first);
    for (int i = 0; i < 3; i++) {
        const Seen one = see_episode(names[i], NULL, NULL);
        assert_string_equal(all.cameras[i], names[i]);
        assert_true(all.pictures[i] == one.pictures[0]);
        assert_true(all.pictures[i] != all.pictures[(i + 1) % 3]);
    }
}

static void cameras_are_checked(void **state)
{
    (void)state;
    RolloutOptions options = rollout_options_default();
    Rollout *rollout = NULL;
    Error error = { 0 };
    options.further[0] = "playslot";
    assert_error(rollout_create(&rollout, &options, NULL, &error), &error, ERR_ARGUMENT,
                 "camera 'playslot' is named twice");
    options.further[0] = "corner9";
    assert_error(rollout_create(&rollout, &options, NULL, &error), &error, ERR_ARGUMENT,
                 "unknown camera 'corner9'");
    options.further[0] = NULL;
    options.render = false;
    options.depth = true;
    assert_error(rollout_create(&rollout, &options, NULL, &error), &error, ERR_ARGUMENT,
                 "depth without rendering");
}

static void running_does_not_allocate(void **state)
{
    (void)state;
    RolloutOptions options = unseen();
    options.render = true;
    options.labels = options.ids = options.depth = true;
    options.further[0] = "free";
    options.max_decisions = 5;
    Setting *s = open_setting(&options, "explore");
    count_allocations_start();
    run(s, 1);
    run(s, 2);
    assert_int_equal(count_allocations_stop(), 0);
    close_setting(s);
}

/* ---- faults ---- */

/* blows the simulation up at its third decision */
typedef struct Saboteur {
    Policy base;
    const Rollout *rollout;
    int at;
} Saboteur;

static Status saboteur_reset(Policy *policy, uint64_t seed, Error *error)
{
    (void)policy;
    (void)seed;
    (void)error;
    return OK;
}

static Status saboteur_act(Policy *base, const PolicyInput *input, float action[ENV_ACTION],
                           Error *error)
{
    (void)error;
    const Saboteur *policy = (const Saboteur *)base;
    memset(action, 0, ENV_ACTION * sizeof *action);
    if (input->decision == policy->at)
        sim_view(env_sim(rollout_env(policy->rollout)))->qvel[0] = 1e30;
    return OK;
}

static const PolicyDef saboteur = { .name = "saboteur",
                                    .reset = saboteur_reset,
                                    .act = saboteur_act };

static void divergence_is_a_result(void **state)
{
    (void)state;
    const RolloutOptions options = unseen();
    Setting *s = open_setting(&options, "expert");
    const EpisodeResult before = run(s, 3);
    const uint64_t hash = s->kept.hash;
    Saboteur policy = { { &saboteur }, s->rollout, 2 };
    EpisodeResult result;
    s->kept = (Kept){ 0 };
    const FrameSink sink = { keep, &s->kept };
    assert_ok(rollout_run(&result, s->rollout, &policy.base, 3, &sink, &s->error), &s->error);
    assert_true(result.diverged);
    assert_false(result.success);
    assert_int_equal(result.decisions, 2);
    assert_int_equal(s->kept.frames, 2);
    assert_int_equal(s->kept.last_frames, 0);
    const EpisodeResult after = run(s, 3); /* usable again, and as before */
    assert_int_equal(after.decisions, before.decisions);
    assert_true(s->kept.hash == hash);
    close_setting(s);
}

static void a_sinks_error_ends_the_episode(void **state)
{
    (void)state;
    const RolloutOptions options = unseen();
    Setting *s = open_setting(&options, "expert");
    EpisodeResult result;
    s->kept = (Kept){ .fail_at = 4 };
    const FrameSink sink = { keep, &s->kept };
    assert_error(rollout_run(&result, s->rollout, s->policy, 9, &sink, &s->error), &s->error,
                 ERR_IO, "episode of seed 9, decision 4: disk full");
    run(s, 9);
    close_setting(s);
}

static void bad_options_are_named(void **state)
{
    (void)state;
    Error error = { 0 };
    Rollout *rollout = NULL;
    RolloutOptions options = unseen();
    options.action_repeat = 0;
    assert_error(rollout_create(&rollout, &options, NULL, &error), &error, ERR_ARGUMENT,
                 "action repeat 0 is outside 1..500");
    options = unseen();
    options.labels = true;
    assert_error(rollout_create(&rollout, &options, NULL, &error), &error, ERR_ARGUMENT,
                 "labels without rendering");
    options = rollout_options_default();
    options.camera = "nowhere";
    assert_error(rollout_create(&rollout, &options, NULL, &error), &error, ERR_ARGUMENT,
                 "unknown camera 'nowhere'");
    options = unseen();
    options.env.task = "buton-press";
    assert_error(rollout_create(&rollout, &options, NULL, &error), &error, ERR_ARGUMENT,
                 "did you mean");
    assert_null(rollout);
}

static Status create_rendered(void *user, Error *error)
{
    Rollout *rollout = NULL;
    RolloutOptions options = rollout_options_default();
    options.labels = options.ids = options.depth = true;
    options.further[0] = "free";
    options.display_scale = 2;
    options.picture.width = options.picture.height = 8;
    Status status = rollout_create(&rollout, &options, user, error);
    rollout_destroy(rollout);
    return status;
}

static void failing_allocations_leak_nothing(void **state)
{
    (void)state;
    Error error = { 0 };
    Env *env = NULL;
    const EnvOptions options = env_options_default();
    assert_ok(env_create(&env, &options, &error), &error);
    assert_true(fail_each_allocation(create_rendered, env, 2) >= 5);
    env_destroy(env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_expert_succeeds),
        cmocka_unit_test(random_actions_fail),
        cmocka_unit_test(frames_arrive_in_order_with_what_was_done),
        cmocka_unit_test(episodes_can_go_on_after_success),
        cmocka_unit_test(the_horizon_ends_an_episode),
        cmocka_unit_test(parity_rollouts_are_plain_episodes),
        cmocka_unit_test(a_decision_earns_all_its_control_steps),
        cmocka_unit_test(a_policy_is_told_what_it_reached),
        cmocka_unit_test(pictures_do_not_change_an_episode),
        cmocka_unit_test(a_display_is_larger_and_changes_nothing),
        cmocka_unit_test(cameras_do_not_disturb_each_other),
        cmocka_unit_test(cameras_are_checked),
        cmocka_unit_test(running_does_not_allocate),
        cmocka_unit_test(divergence_is_a_result),
        cmocka_unit_test(a_sinks_error_ends_the_episode),
        cmocka_unit_test(bad_options_are_named),
        cmocka_unit_test(failing_allocations_leak_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
