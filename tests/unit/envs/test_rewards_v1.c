/* The older reward functions on a made-up scene; that they are upstream's is checked by golden_envs. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "envs/families/stick_parts.h"
#include "envs/rewards_v1/lift_v1.h"
#include "envs/rewards_v1/pull_v1.h"
#include "support/closeness.h"

enum { LEFT_TIP, SITES };

/* finger tips at `tips`, the left one 4 cm to their left; object at obs[4..6] */
typedef struct Scene {
    TaskDef task;
    TaskContext context;
    SimView view;
    double site_xpos[3 * SITES];
    double obs[ENV_OBS];
    float action[ENV_ACTION];
} Scene;

static double tips[3];

static void made_up_tcp(const TaskContext *context, double out[3])
{
    (void)context;
    memcpy(out, tips, sizeof tips);
}

static const RobotDef robot = { .name = "made up", .tcp = made_up_tcp };

static void make_scene(Scene *scene, const RewardV1 *reward)
{
    *scene = (Scene){ .task = { .name = "made up", .robot = &robot, .reward_v1 = reward },
                      .context = { .object_start = { 0, 0.6, 0.02 },
                                   .target = { 0.1, 0.8, 0.02 },
                                   .tcp_start = { 0, 0.6, 0.2 },
                                   .robot = { .left_tip = LEFT_TIP } } };
    scene->context.task = &scene->task;
    scene->context.view = &scene->view;
    scene->view.site_xpos = scene->site_xpos;
}

static void place(Scene *scene, double hand_x, double hand_y, double hand_z, double x, double y,
                  double z)
{
    const double hand[3] = { hand_x, hand_y, hand_z }, object[3] = { x, y, z };
    memcpy(tips, hand, sizeof tips);
    memcpy(scene->site_xpos, hand, sizeof hand);
    scene->site_xpos[1] += 0.04;
    memcpy(scene->obs + 4, object, sizeof object);
}

static Outcome evaluate(Scene *scene)
{
    Outcome out = { 0 };
    scene->task.reward_v1->evaluate(&scene->context, scene->obs, scene->action, &out);
    return out;
}

static void expect(double ours, double wanted)
{
    assert_close_f64("value", &ours, &wanted, 1, 1e-12, 1e-12); /* sums near 3000 */
}

/* ---- terms ---- */

static void distances_count_the_axes_asked_for(void **state)
{
    (void)state;
    const double a[3] = { 1, 2, 3 }, b[3] = { 4, 6, 15 };
    assert_true(distance_v1(a, b, AXIS_X) == 3);
    assert_true(distance_v1(a, b, AXIS_Z) == 12);
    assert_true(distance_v1(a, b, AXES_XY) == 5);
    assert_true(distance_v1(a, b, AXES_XYZ) == 13);
    assert_true(distance_v1(a, b, 0) == 0);
}

static void progress_peaks_at_the_target_and_is_never_negative(void **state)
{
    (void)state;
    expect(progress_v1(0.3, 0), 2300);
    expect(progress_v1(0.3, 0.1), 200 + 1000 * (exp(-1.0) + exp(-10.0)));
    assert_true(progress_v1(0.3, 0.9) == 0);
    assert_true(bells_v1(0, 0.01, 0.001) == 2);
}

static void only_closing_earns(void **state)
{
    (void)state;
    const float closed[ENV_ACTION] = { 0, 0, 0, 0.3f }, open[ENV_ACTION] = { 1, 1, 1, -0.3f };
    assert_true(closing_v1(closed) == (double)(0.3f / 50.0f)); /* float32, as upstream's action */
    assert_true(closing_v1(open) == 0);
}

/* ---- pull ---- */

static const RewardV1 pull_row =
    PULL_V1(.start_axes = AXES_XY, .axes = AXES_XY, .judged_axes = AXES_XY, .within = 0.1,
            .shown_axes = AXIS_Y, .info = { .near_object = 1 });
static const RewardV1 loses =
    PULL_V1(.most = 0.2, .may_lose = true, .axes = AXIS_X, .left_finger = true);
static const RewardV1 keeps = PULL_V1(.most = 0.2, .axes = AXIS_X, .left_finger = true);

static void a_pull_earns_progress_within_five_centimetres(void **state)
{
    (void)state;
    Scene scene;
    make_scene(&scene, &pull_row);
    pull_row.begin(&scene.context);
    place(&scene, 0.1, 0.7, 0.08, 0.1, 0.7, 0.02);
    expect(evaluate(&scene).reward, -0.06);
    place(&scene, 0.1, 0.7, 0.06, 0.1, 0.7, 0.02);
    const Outcome out = evaluate(&scene);
    const double way = sqrt(0.1 * 0.1 + 0.2 * 0.2);
    expect(out.reward, -0.04 + 1000 * (way - 0.1) + 1000 * bells_v1(0.1, 0.01, 0.001));
    expect(out.info.obj_to_target, 0.1);
    assert_true(out.info.near_object == 1 && out.info.grasp_success == 0);
    place(&scene, 0.1, 0.9, 0.02, 0.1, 0.91, 0.02);
    assert_true(evaluate(&scene).info.success == 0);
    place(&scene, 0.1, 0.9, 0.02, 0.1, 0.85, 0.02);
    assert_true(evaluate(&scene).info.success == 1);
}

static void losing_counts_where_a_row_says_so(void **state)
{
    (void)state;
    const RewardV1 *const rows[] = { &loses, &keeps };
    for (int i = 0; i < 2; i++) {
        Scene scene;
        make_scene(&scene, rows[i]);
        rows[i]->begin(&scene.context);
        place(&scene, 1.1, 0.6, 0.02, 1.1, 0.65,
              0.02); /* 1 cm from the left tip, 1 m from the target */
        expect(evaluate(&scene).reward, -0.01 + (i == 0 ? 1000 * (0.2 - 1) : 0));
    }
}

/* ---- lift ---- */

static const RewardV1 lift_row = {
    .evaluate = lift_evaluate_v1,
    .terms = &(const LiftV1){ .lift = 0.04, .descent = 2, .within = 0.07 },
};

static void a_hand_beside_the_object_should_stay_up(void **state)
{
    (void)state;
    Scene scene;
    make_scene(&scene, &lift_row);
    place(&scene, 0.3, 0.6, 0.2, 0, 0.6, 0.02);
    expect(evaluate(&scene).reward, -0.3);
    place(&scene, 0.3, 0.6, 0.12, 0, 0.6, 0.02);
    expect(evaluate(&scene).reward, -0.3 - 2 * 0.08);
    place(&scene, 0, 0.6, 0.12, 0, 0.6, 0.02);
    expect(evaluate(&scene).reward, -0.1);
    scene.action[3] = 0.5f;
    expect(evaluate(&scene).reward, -0.1);
    place(&scene, 0, 0.6, 0.06, 0, 0.6, 0.02);
    expect(evaluate(&scene).reward, -0.04 + (double)(0.5f / 50.0f));
}

static void a_lifted_object_earns_its_height_then_its_way(void **state)
{
    (void)state;
    Scene scene;
    make_scene(&scene, &lift_row);
    place(&scene, 0, 0.6, 0.04, 0, 0.6, 0.04);
    expect(evaluate(&scene).reward, 100 * 0.04);
    place(&scene, 0, 0.6, 0.055, 0, 0.6, 0.055);
    const double above[3] = { 0, 0.6, 0.06 }, high[3] = { 0, 0.6, 0.055 };
    const double most = 0.06 + distance3(above, scene.context.target);
    const double away = distance3(high, scene.context.target);
    expect(evaluate(&scene).reward, 100 * 0.06 + progress_v1(most, away));
    place(&scene, 0, 0.8, 0.055, 0, 0.6, 0.055); /* up in the air, not in the hand */
    expect(evaluate(&scene).reward, -0.2 - 2 * 0.145 + 100 * 0.06);
    place(&scene, 0, 0.61, 0.02, 0, 0.6, 0.02); /* on the table */
    expect(evaluate(&scene).reward, -0.01);
}

static void a_hole_pays_height_above_its_floor(void **state)
{
    (void)state;
    Scene scene;
    make_scene(&scene, &reward_v1_pick_out_of_hole);
    place(&scene, 0, 0.6, 0.05, 0, 0.6, 0.05);
    expect(evaluate(&scene).reward, 100 * (0.05 - 0.02 + 0.02));
}

/* ---- rows of their own ---- */

static void a_fallen_block_is_swept(void **state)
{
    (void)state;
    Scene scene;
    make_scene(&scene, &reward_v1_sweep);
    place(&scene, 0.5, 0.6, 0, 0.5, 0.6, -0.04);
    const Outcome fallen = evaluate(&scene);
    expect(fallen.reward, 1000 * sqrt(0.05) + 2000);
    assert_true(fallen.info.success == 1 && fallen.info.obj_to_target == 0);
    scene.task.reward_v1 = &reward_v1_sweep_into;
    assert_true(evaluate(&scene).info.success == 1);
    place(&scene, 0.5, 1.1, 0, 0.5, 1.1, -0.04); /* off the table, not in the hole */
    assert_true(evaluate(&scene).info.success == 0);
}

/* upstream reads the thermos from obs[6..8]; that point on the stick's pays for both ways */
static void a_stick_at_its_thermos_pays_twice(void **state)
{
    (void)state;
    const RewardV1 *const rows[] = { &reward_v1_stick_push, &reward_v1_stick_pull };
    const double widths[2][2] = { { 0.001, 0.0001 }, { 0.01, 0.001 } };
    for (int i = 0; i < 2; i++) {
        Scene scene;
        make_scene(&scene, rows[i]);
        scene.context.address[STICK_END] = LEFT_TIP;
        const double stick_start[3] = { 0.05, 0.1, 0.02 }, stick[3] = { 0.1, 0.1, 0.1 };
        copy_point(scene.context.value + STICK_START, stick_start);
        copy_point(scene.context.object_start, (const double[3]){ 0.2, 0.1, 0 });
        copy_point(scene.context.target, (const double[3]){ 0.1, 0.13, 0 });
        place(&scene, stick[0], stick[1], stick[2], stick[0], stick[1], stick[2]);
        scene.obs[7] = scene.obs[8] = 0.1;
        const double most = lift_most_v1(scene.context.object_start, 0.06, stick_start);
        const double to_stick = 1000 * most + 2000;
        const double to_target =
            1000 * (distance_xy(scene.context.object_start, scene.context.target) - 0.03) +
            2000 * bells_v1(0.03, widths[i][0], widths[i][1]);
        const Outcome out = evaluate(&scene);
        expect(out.reward, 100 * 0.06 + to_stick + to_target);
        expect(out.info.obj_to_target, 0.03);
        assert_true(out.info.success == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_count_the_axes_asked_for),
        cmocka_unit_test(progress_peaks_at_the_target_and_is_never_negative),
        cmocka_unit_test(only_closing_earns),
        cmocka_unit_test(a_pull_earns_progress_within_five_centimetres),
        cmocka_unit_test(losing_counts_where_a_row_says_so),
        cmocka_unit_test(a_hand_beside_the_object_should_stay_up),
        cmocka_unit_test(a_lifted_object_earns_its_height_then_its_way),
        cmocka_unit_test(a_hole_pays_height_above_its_floor),
        cmocka_unit_test(a_fallen_block_is_swept),
        cmocka_unit_test(a_stick_at_its_thermos_pays_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
