/* Scripted policies of the Fetch tasks: geometry and plans of pushes, success, exact repetition, errors. */
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "policies/fetch/fetch_experts.h"
#include "policies/rollout.h"
#include "support/test_memory.h"

/* ---- geometry ---- */

static PushScene scene_of(int count, const Spot *blocks)
{
    PushScene scene = { .sizes = &push_sizes_blocks, .count = count };
    for (int i = 0; i < count; i++)
        scene.block[i] = blocks[i];
    return scene;
}

static void fingers_touch_the_side_that_they_push(void **state)
{
    (void)state;
    const Spot block = { { 1.3, 0.7 } };
    const PushScene scene = scene_of(1, &block);
    const PushFace right = { .axis = 0, .sign = 1, .shift = 0.01, .margin = 0.02 };
    const PushFace back = { .axis = 1, .sign = -1, .shift = -0.01, .margin = 0.03 };
    const Spot contact = push_contact(&scene, block, &right);
    assert_true(fabs(contact.xy[0] - (1.3 - 0.045 - 0.0203)) < 1e-12);
    assert_true(fabs(contact.xy[1] - 0.71) < 1e-12);
    const Spot approach = push_approach(&scene, block, &back);
    assert_true(fabs(approach.xy[0] - 1.29) < 1e-12);
    assert_true(fabs(approach.xy[1] - (0.7 + 0.045 + 0.042 + 0.03)) < 1e-12);
}

static void overlap_is_that_of_the_shallower_axis(void **state)
{
    (void)state;
    const Spot half = { { 0.1, 0.2 } }, at = { { 0, 0 } };
    assert_true(fabs(push_overlap(at, half, (Spot){ { 0.15, 0 } }, half) - 0.05) < 1e-12);
    assert_true(fabs(push_overlap(at, half, (Spot){ { 0.15, 0.39 } }, half) - 0.01) < 1e-12);
    assert_true(push_overlap(at, half, (Spot){ { 0.15, 0.41 } }, half) == 0);
}

/* what is commanded and what the block slides on make up the distance */
static void a_push_brakes_in_time(void **state)
{
    (void)state;
    for (int i = 0; i <= 20; i++) {
        const double distance = 0.01 * i, hold = 0.08;
        const double advance = push_advance(distance, hold), speed = advance / hold;
        assert_true(fabs(advance + speed * speed / (2 * 9.81) - distance) < 1e-12);
    }
    assert_true(push_advance(-0.1, 0.08) == 0);
}

static void a_straight_push_costs_its_length(void **state)
{
    (void)state;
    const Spot block = { { 1.2, 0.7 } };
    const PushScene scene = scene_of(1, &block);
    PushFace face;
    const double cost = push_segment(&face, &scene, block, (Spot){ { 1.35, 0.7 } });
    assert_true(fabs(cost - 0.15) < 1e-12);
    assert_int_equal(face.axis, 0);
    assert_true(face.sign == 1 && face.shift == 0 && face.margin == 0.020);
    const double oblique = push_segment(&face, &scene, block, (Spot){ { 1.3, 0.8 } });
    assert_true(oblique > hypot(0.1, 0.1) * 1.19); /* and the fingers cannot shift far enough */
    assert_true(face.shift < 0);                   /* against the turn */
}

static void blocks_in_the_way_cost_more_than_fallen_ones(void **state)
{
    (void)state;
    const Spot blocks[] = { { { 1.2, 0.7 } }, { { 1.35, 0.72 } } };
    PushScene scene = scene_of(2, blocks);
    PushFace face;
    const Spot to = { { 1.4, 0.7 } };
    const double blocked = push_segment(&face, &scene, blocks[0], to);
    assert_true(blocked > 0.2 + 2.5 * 0.06);
    scene.fallen[1] = true;
    assert_true(fabs(push_segment(&face, &scene, blocks[0], to) - 0.2) < 1e-12);
}

/* over random layouts: the straight way unless another is cheaper, way points on the table */
static void plans_go_round_what_is_in_the_way(void **state)
{
    (void)state;
    enum { LAYOUTS = 300 };
    Rng rng = rng_stream(1, "layouts", 0);
    int detours = 0;
    for (int i = 0; i < LAYOUTS; i++) {
        Spot at[5];
        for (int k = 0; k < 5; k++)
            at[k] = (Spot){ { rng_range(&rng, 1.2, 1.5), rng_range(&rng, 0.6, 0.9) } };
        const PushScene scene = scene_of(4, at);
        PushFace face;
        const PushPlan plan = push_plan(&scene, at[4], at[3]);
        double straight = push_segment(&face, &scene, at[0], at[4]);
        straight += 0.5 * spot_distance(at[3], push_contact(&scene, at[0], &face));
        assert_true(plan.detour ? plan.cost < straight : plan.cost == straight);
        if (plan.detour) assert_true(push_on_table(&push_sizes_blocks, plan.to, 0.02));
        if (!plan.detour) assert_true(spot_distance(plan.to, at[4]) == 0);
        detours += plan.detour;
    }
    assert_in_range(detours, 5, LAYOUTS / 2); /* 10 with this seed */
}

/* fingers that close along y find room beside a neighbour along x, not beside one along y */
static void grasps_need_room_for_the_fingers(void **state)
{
    (void)state;
    const Spot along_x[] = { { { 1.3, 0.7 } }, { { 1.43, 0.7 } } };
    const Spot along_y[] = { { { 1.3, 0.7 } }, { { 1.3, 0.81 } } };
    const PushScene roomy = scene_of(2, along_x), narrow = scene_of(2, along_y);
    Spot place;
    const Grasp free = grasp_find(&grasp_sizes_blocks, &roomy, along_x[0]);
    assert_true(free.deep == 0 && free.shift.xy[0] == 0);
    assert_true(free.open == grasp_sizes_blocks.widest);
    assert_true(grasp_find(&grasp_sizes_blocks, &narrow, along_y[0]).deep > 0.01);
    assert_true(grasp_free_place(&place, &grasp_sizes_blocks, &narrow, along_x[1]));
    assert_true(grasp_find(&grasp_sizes_blocks, &narrow, place).deep == 0);
}

/* integrates the pyramid of friction that the formula inverts */
static void a_puck_slides_as_far_as_it_should(void **state)
{
    (void)state;
    static const double ways[][2] = { { 0.5, 0 }, { 0.4, 0.1 }, { 0.3, -0.3 }, { -0.1, 0.4 } };
    const double step = 1e-5, friction = 0.981;
    for (int i = 0; i < 4; i++) {
        const Spot start = slide_velocity(ways[i]);
        double speed[2] = { fabs(start.xy[0]), fabs(start.xy[1]) }, at[2] = { 0 };
        while (speed[0] > 0 || speed[1] > 0) {
            const int fast = speed[1] > speed[0];
            for (int k = 0; k < 2; k++)
                at[k] += step * speed[k];
            speed[fast] = fmax(speed[fast] - step * friction, 0);
        }
        for (int k = 0; k < 2; k++)
            assert_true(fabs(at[k] - fabs(ways[i][k])) < 1e-4); /* of the step's length */
    }
}

/* ---- episodes ---- */

typedef struct Record {
    uint64_t hash; /* of states and actions */
    int decisions;
} Record;

static Status record(void *user, const RolloutFrame *frame, Error *error)
{
    Record *kept = user;
    (void)error;
    const unsigned char *bytes = (const unsigned char *)frame->state;
    for (size_t i = 0; i < (size_t)frame->state_size * sizeof(double); i++)
        kept->hash = (kept->hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    bytes = (const unsigned char *)frame->action;
    for (size_t i = 0; frame->action && i < sizeof(float[ENV_ACTION]); i++)
        kept->hash = (kept->hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    kept->decisions++;
    return OK;
}

typedef struct Play {
    Rollout *rollout;
    Policy *policy;
} Play;

static Play open_play(const char *task, const char *policy, int repeat)
{
    Error error = { 0 };
    Play play = { 0 };
    RolloutOptions options = rollout_options_parity(100 / repeat);
    PolicyOptions policy_options = policy_options_default();
    policy_options.task = options.env.task = task;
    options.action_repeat = repeat;
    options.after_success = 0;
    assert_ok(rollout_create(&play.rollout, &options, NULL, &error), &error);
    assert_ok(policy_create(&play.policy, policy, &policy_options, &error), &error);
    return play;
}

static void close_play(Play *play)
{
    policy_destroy(play->policy);
    rollout_destroy(play->rollout);
}

static EpisodeResult run(const Play *play, uint64_t seed, Record *kept)
{
    Error error = { 0 };
    EpisodeResult result;
    const FrameSink sink = { .push = record, .user = kept };
    assert_ok(rollout_run(&result, play->rollout, play->policy, seed, kept ? &sink : NULL, &error),
              &error);
    return result;
}

static void experts_solve_their_tasks(void **state)
{
    (void)state;
    static const char *const tasks[] = {
        "ReachOdd_3Distractors_Sparse-v1",
        "PushRed_0Distractors_Dense-v1",
        "PushOdd_3Distractors_Dense-v1",
        "PushOddGroups_4Distractors_Sparse-v1",
        "FetchReach-v4",
        "FetchPush-v4",
    };
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        Play play = open_play(tasks[i], "expert", 2);
        assert_true(policy_has_expert(tasks[i]));
        for (uint64_t seed = 0; seed < 4; seed++)
            if (!run(&play, seed, NULL).success) fail_msg("%s, seed %d", tasks[i], (int)seed);
        close_play(&play);
    }
}

/* one control step per decision: every other decision repeats the last, and the way is the same */
static void the_pace_does_not_depend_on_the_repeat(void **state)
{
    (void)state;
    Play twice = open_play("PushRed_2Distractors_Dense-v1", "expert", 2);
    Play once = open_play("PushRed_2Distractors_Dense-v1", "expert", 1);
    for (uint64_t seed = 0; seed < 3; seed++) {
        const EpisodeResult slow = run(&once, seed, NULL), held = run(&twice, seed, NULL);
        assert_true(slow.success && held.success);
        assert_in_range(slow.control_steps, held.control_steps - 4, held.control_steps + 4);
    }
    close_play(&once);
    close_play(&twice);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    static const char *const policies[] = { "expert", "explore" };
    for (int i = 0; i < 2; i++) {
        Play play = open_play("PushOdd_2Distractors_Dense-v1", policies[i], 2);
        Play other = open_play("PushOdd_2Distractors_Dense-v1", policies[i], 2);
        Record first = { 0 }, second = { 0 }, again = { 0 };
        run(&play, 5, &first);
        run(&play, 6, &second);
        run(&other, 5, &again);
        assert_true(first.hash == again.hash && first.hash != second.hash);
        assert_int_equal(first.decisions, again.decisions);
        close_play(&play);
        close_play(&other);
    }
}

/* FetchSlide's stroke misses at times */
static void the_puck_is_struck_to_its_goal(void **state)
{
    (void)state;
    Play play = open_play("FetchSlide-v4", "expert", 2);
    int successes = 0;
    for (uint64_t seed = 0; seed < 6; seed++)
        successes += run(&play, seed, NULL).success;
    assert_in_range(successes, 5, 6);
    close_play(&play);
}

static void policies_need_a_simulator_of_their_task(void **state)
{
    (void)state;
    Error error = { 0 };
    float action[ENV_ACTION];
    Policy *policy = NULL;
    Env *env = NULL;
    PolicyOptions options = policy_options_default();
    options.task = "PushOdd_3Distractors_Dense-v1";
    assert_ok(policy_create(&policy, "expert", &options, &error), &error);
    assert_ok(policy_reset(policy, 0, &error), &error);
    PolicyInput input = { 0 };
    assert_error(policy_act(policy, &input, action, &error), &error, ERR_ARGUMENT,
                 "expected a simulator to look at, found none");
    const EnvOptions other = env_options_default();
    assert_ok(env_create(&env, &other, &error), &error);
    input.env = env;
    assert_error(policy_act(policy, &input, action, &error), &error, ERR_ARGUMENT,
                 "expected a simulator of a Fetch task, found 'button-press'");
    options.noise = -1;
    env_destroy(env);
    policy_destroy(policy);
    assert_error(policy_create(&policy, "expert", &options, &error), &error, ERR_ARGUMENT,
                 "noise -1 is outside [0, 10]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fingers_touch_the_side_that_they_push),
        cmocka_unit_test(overlap_is_that_of_the_shallower_axis),
        cmocka_unit_test(a_push_brakes_in_time),
        cmocka_unit_test(a_straight_push_costs_its_length),
        cmocka_unit_test(blocks_in_the_way_cost_more_than_fallen_ones),
        cmocka_unit_test(plans_go_round_what_is_in_the_way),
        cmocka_unit_test(grasps_need_room_for_the_fingers),
        cmocka_unit_test(a_puck_slides_as_far_as_it_should),
        cmocka_unit_test(experts_solve_their_tasks),
        cmocka_unit_test(the_pace_does_not_depend_on_the_repeat),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(the_puck_is_struck_to_its_goal),
        cmocka_unit_test(policies_need_a_simulator_of_their_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
