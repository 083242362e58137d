/* Names, poses and placing in a small model. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "envs/task_parts.h"
#include "sim/sim.h"
#include "support/closeness.h"
#include "support/temp_folder.h"

static const char model_text[] =
    "<mujoco><worldbody>"
    "<geom name='floor' type='plane' size='2 2 .1'/>"
    "<body name='door' pos='1 0 .5'><joint name='hinge' axis='0 0 1'/>"
    "<geom name='leaf' type='box' size='.1 .02 .3'/></body>"
    "<body name='block' pos='0 0 .5'><freejoint/><geom name='skin' type='box' size='.1 .1 .1'/>"
    "<body name='lid' pos='0 0 .1'><geom size='.02'/></body></body>"
    "<site name='goal' pos='0 1 0'/>"
    "</worldbody></mujoco>";

enum { DOOR, DOOR_JOINT, LEAF = DOOR_JOINT + 2, BLOCK, BLOCK_JOINT, GOAL = BLOCK_JOINT + 2 };
static const Binding bindings[] = {
    { DOOR, BIND_BODY, "door" }, { DOOR_JOINT, BIND_JOINT, "hinge" },
    { LEAF, BIND_GEOM, "leaf" }, { BLOCK, BIND_BODY, "block" },
    { GOAL, BIND_SITE, "goal" }, { BLOCK_JOINT, BIND_BODY_JOINT, "block" },
    { 0, BIND_BODY, NULL },
};

typedef struct Fixture {
    TempFolder folder;
    TaskContext context;
    Error error;
} Fixture;

static int set_up(void **state)
{
    static Fixture fixture;
    fixture = (Fixture){ 0 };
    temp_folder_create(&fixture.folder);
    const char *path = temp_path(&fixture.folder, "model.xml");
    test_write_text(path, model_text);
    if (sim_create(&fixture.context.sim, path, &fixture.error)) return -1;
    fixture.context.view = sim_view(fixture.context.sim);
    *state = &fixture;
    return task_bind(&fixture.context, bindings, &fixture.error);
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    sim_destroy(fixture->context.sim);
    temp_folder_destroy(&fixture->folder);
    return 0;
}

static void joints_fill_two_slots(void **state)
{
    Fixture *f = *state;
    assert_int_equal(f->context.address[DOOR_JOINT], 0);
    assert_int_equal(f->context.address[DOOR_JOINT + 1], 0);
    assert_int_equal(f->context.address[BLOCK_JOINT], 1);
    assert_int_equal(f->context.address[BLOCK_JOINT + 1], 1);
    assert_ok(task_bind(&f->context, NULL, &f->error), &f->error);
}

static void missing_names_are_reported(void **state)
{
    Fixture *f = *state;
    const Binding typo[] = { { 0, BIND_SITE, "gaol" }, { 0, BIND_BODY, NULL } };
    const Binding stiff[] = { { 0, BIND_BODY_JOINT, "lid" }, { 0, BIND_BODY, NULL } };
    assert_error(task_bind(&f->context, typo, &f->error), &f->error, ERR_ARGUMENT,
                 "did you mean 'goal'?");
    assert_error(task_bind(&f->context, stiff, &f->error), &f->error, ERR_FORMAT,
                 "body 'lid' has no joint");
}

static void a_free_object_keeps_its_orientation(void **state)
{
    Fixture *f = *state;
    const double start[3] = { 0.3, 0.4, 0.6 }, target[3] = { 0.1, 0.2, 0.3 };
    double pose[7];
    double *qpos = f->context.view->qpos + f->context.address[BLOCK_JOINT];
    double *qvel = f->context.view->qvel + f->context.address[BLOCK_JOINT + 1];
    qpos[3] = 0.6;
    qpos[6] = 0.8;
    qvel[0] = qvel[5] = 2;
    assert_ok(place_object_and_goal(&f->context, BLOCK_JOINT, GOAL, start, target, &f->error),
              &f->error);
    observe_body(&f->context, BLOCK, pose);
    assert_memory_equal(pose, start, sizeof start);
    assert_true(pose[3] == 0.6 && pose[6] == 0.8 && qvel[0] == 0 && qvel[5] == 0);
    assert_memory_equal(f->context.object_start, start, sizeof start);
    assert_memory_equal(f->context.target, target, sizeof target);
    assert_ok(sim_forward(f->context.sim, &f->error), &f->error);
    assert_memory_equal(site_position(&f->context, GOAL), target, sizeof target);
}

static void turned_poses_have_the_scalar_last(void **state)
{
    Fixture *f = *state;
    const double place[3] = { 0.5, 0, 0.5 }, angle = 0.8;
    const double wanted[4] = { 0, 0, sin(angle / 2), cos(angle / 2) };
    double pose[7];
    move_body(&f->context, DOOR, place);
    f->context.view->qvel[f->context.address[DOOR_JOINT + 1]] = 1;
    set_joint(&f->context, DOOR_JOINT, angle);
    assert_true(f->context.view->qvel[f->context.address[DOOR_JOINT + 1]] == 0);
    assert_ok(sim_forward(f->context.sim, &f->error), &f->error);
    observe_geom_turned(&f->context, body_position(&f->context, DOOR), LEAF, pose);
    assert_memory_equal(pose, place, sizeof place);
    assert_close_f64("geom", pose + 3, wanted, 4, 1e-15, 0);
    observe_body_turned(&f->context, place, DOOR, pose);
    assert_close_f64("body", pose + 3, wanted, 4, 1e-15, 0);
}

static void the_outcome_is_filled_in_order(void **state)
{
    (void)state;
    Outcome outcome = { 0 };
    outcome_fill(&outcome, 7, true, 2, 3, 4, 5, 6);
    assert_true(outcome.reward == 7);
    for (int i = 1; i < ENV_INFO - 1; i++)
        assert_true(env_info_at(&outcome.info, i) == i + 1);
    assert_true(outcome.info.success == 1);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(joints_fill_two_slots),
        test(missing_names_are_reported),
        test(a_free_object_keeps_its_orientation),
        test(turned_poses_have_the_scalar_last),
        test(the_outcome_is_filled_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
