#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mujoco/mujoco.h>

#include "base/files.h"
#include "base/memory.h"
#include "sim/guard.h"
#include "sim/sim.h"
#include "support/closeness.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"

/* a ball on a spring above a plane, a mocap body welded to a free box */
static const char model_text[] =
    "<mujoco><option cone='elliptic'/><worldbody>"
    "<geom name='floor' type='plane' size='2 2 .1'/>"
    "<camera name='above' pos='0 0 2'/>"
    "<body name='ball' pos='0 0 .5'><joint name='fall' type='slide' axis='0 0 1'/>"
    "<geom name='skin' size='.05'/><site name='top' pos='0 0 .05'/></body>"
    "<body name='box' pos='1 0 .5'><freejoint name='loose'/><geom type='box' size='.1 .1 .1'/>"
    "<body name='lid' pos='0 0 .1'><geom size='.02'/></body></body>"
    "<body name='guide' mocap='true' pos='1 0 .5'/>"
    "</worldbody>"
    "<equality><weld body1='guide' body2='box'/></equality>"
    "<actuator><motor name='lift' joint='fall'/></actuator>"
    "</mujoco>";

typedef struct Fixture {
    TempFolder folder;
    Sim *sim;
    Error error;
} Fixture;

static int set_up(void **state)
{
    static Fixture fixture;
    fixture = (Fixture){ 0 };
    temp_folder_create(&fixture.folder);
    const char *path = temp_path(&fixture.folder, "model.xml");
    test_write_text(path, model_text);
    if (sim_create(&fixture.sim, path, &fixture.error)) return -1;
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    sim_destroy(fixture->sim);
    temp_folder_destroy(&fixture->folder);
    return 0;
}

static void loading_reports_what_is_wrong(void **state)
{
    Fixture *f = *state;
    Sim *sim = NULL;
    assert_error(sim_create(&sim, temp_path(&f->folder, "none.xml"), &f->error), &f->error, ERR_IO,
                 "does not exist");
    assert_null(sim);
    const char *bad = temp_path(&f->folder, "bad.xml");
    test_write_text(bad,
                    "<mujoco>\n<worldbody>\n<body><geom size='x'/></body></worldbody></mujoco>");
    assert_error(sim_create(&sim, bad, &f->error), &f->error, ERR_FORMAT, "bad.xml");
    assert_null(strchr(f->error.text, '\n'));
    assert_null(sim);
}

static void names_become_indices(void **state)
{
    Fixture *f = *state;
    int body = -1, joint = -1, site = -1, geom = -1, lid = -1;
    assert_ok(sim_find(&body, f->sim, SIM_BODY, "ball", &f->error), &f->error);
    assert_ok(sim_find(&joint, f->sim, SIM_JOINT, "loose", &f->error), &f->error);
    assert_ok(sim_find(&site, f->sim, SIM_SITE, "top", &f->error), &f->error);
    assert_ok(sim_find(&geom, f->sim, SIM_GEOM, "skin", &f->error), &f->error);
    assert_ok(sim_find(&lid, f->sim, SIM_BODY, "lid", &f->error), &f->error);
    assert_int_equal(sim_joint_qpos(f->sim, joint), 1);
    assert_int_equal(sim_joint_qvel(f->sim, joint), 1);
    assert_int_equal(sim_body_joint(f->sim, sim_body_parent(f->sim, lid)), joint);
    assert_int_equal(sim_body_joint(f->sim, lid), -1);
    assert_int_equal(sim_site_body(f->sim, site), body);
    assert_int_equal(sim_geom_body(f->sim, geom), body);
    assert_string_equal(sim_name(f->sim, SIM_BODY, sim_body_parent(f->sim, lid)), "box");
    assert_int_equal(sim_object_count(f->sim, SIM_CAMERA), 1);
    assert_int_equal(sim_object_count(f->sim, SIM_ACTUATOR), 1);
    assert_null(sim_name(f->sim, SIM_GEOM, 2)); /* has no name */
    assert_null(sim_name(f->sim, SIM_GEOM, 99));
    assert_error(sim_find(&body, f->sim, SIM_BODY, "bal", &f->error), &f->error, ERR_ARGUMENT,
                 "no body 'bal' in the model (did you mean 'ball'?)");
    assert_error(sim_find(&body, f->sim, SIM_SITE, "elsewhere", &f->error), &f->error, ERR_ARGUMENT,
                 "no site 'elsewhere'");
}

static void the_ball_falls(void **state)
{
    Fixture *f = *state;
    const SimView *view = sim_view(f->sim);
    sim_reset(f->sim);
    assert_ok(sim_step(f->sim, 50, &f->error), &f->error);
    const double t = *view->time;
    /* semi-implicit Euler: z = -g dt^2 n (n + 1) / 2 */
    const double dt = t / 50, expected = -9.81 * dt * dt * 50 * 51 / 2;
    assert_close_f64("height", view->qpos, &expected, 1, 1e-12, 0);
    sim_reset(f->sim);
    assert_true(*view->time == 0 && view->qpos[0] == 0 && view->qvel[0] == 0);
}

static void contacts_carry_the_weight(void **state)
{
    Fixture *f = *state;
    int skin = -1, floor = -1;
    assert_ok(sim_find(&skin, f->sim, SIM_GEOM, "skin", &f->error), &f->error);
    assert_ok(sim_find(&floor, f->sim, SIM_GEOM, "floor", &f->error), &f->error);
    sim_reset(f->sim);
    assert_ok(sim_step(f->sim, 10, &f->error), &f->error);
    assert_true(sim_contact_force(f->sim, skin, floor) == 0); /* in the air */
    assert_ok(sim_step(f->sim, 4000, &f->error), &f->error);
    assert_ok(sim_forward(f->sim, &f->error), &f->error);
    const double weight = 1000 * 4.0 / 3 * 3.14159265358979 * 0.05 * 0.05 * 0.05 * 9.81;
    const double force = sim_contact_force(f->sim, skin, floor);
    assert_close_f64("weight", &force, &weight, 1, 1e-6 * weight, 0);
    assert_true(sim_contact_force(f->sim, floor, skin) == force);
    assert_true(sim_contact_force(f->sim, skin, skin) == 0);
}

static void the_weld_data_can_be_set(void **state)
{
    Fixture *f = *state;
    const SimView *view = sim_view(f->sim);
    sim_weld_reset(f->sim, 5);
    sim_reset(f->sim);
    view->mocap_pos[0] = 1.3;
    assert_ok(sim_step(f->sim, 500, &f->error), &f->error);
    assert_true(fabs(view->qpos[1] - 1.3) < 0.05); /* the box follows its guide */
}

static void a_state_continues_bit_for_bit(void **state)
{
    Fixture *f = *state;
    const size_t size = (size_t)sim_state_size(f->sim);
    double *saved = NULL, *first = NULL, *second = NULL;
    assert_ok(memory_new_array(&saved, size, &f->error), &f->error);
    assert_ok(memory_new_array(&first, size, &f->error), &f->error);
    assert_ok(memory_new_array(&second, size, &f->error), &f->error);
    const SimView *view = sim_view(f->sim);
    view->ctrl[0] = 3;
    view->body_pos[4] = 0.25;                               /* a moved body is part of the state */
    assert_ok(sim_step(f->sim, 180, &f->error), &f->error); /* in contact by now */
    sim_state_get(f->sim, saved);
    assert_ok(sim_step(f->sim, 100, &f->error), &f->error);
    sim_state_get(f->sim, first);
    sim_reset(f->sim);
    view->body_pos[4] = 0;
    assert_ok(sim_state_set(f->sim, saved, &f->error), &f->error);
    assert_true(view->body_pos[4] == 0.25);
    assert_ok(sim_kinematics(f->sim, &f->error), &f->error); /* must not touch the state */
    assert_ok(sim_step(f->sim, 100, &f->error), &f->error);
    sim_state_get(f->sim, second);
    assert_memory_equal(first, second, size * sizeof *first);
    memory_free(second);
    memory_free(first);
    memory_free(saved);
}

static void a_broken_state_is_refused(void **state)
{
    Fixture *f = *state;
    const size_t size = (size_t)sim_state_size(f->sim);
    double *before = NULL, *broken = NULL, *after = NULL;
    assert_ok(memory_new_array(&before, size, &f->error), &f->error);
    assert_ok(memory_new_array(&broken, size, &f->error), &f->error);
    assert_ok(memory_new_array(&after, size, &f->error), &f->error);
    sim_state_get(f->sim, before);
    memcpy(broken, before, size * sizeof *before);
    broken[0] = 1;
    broken[size - 1] = (double)NAN;
    assert_error(sim_state_set(f->sim, broken, &f->error), &f->error, ERR_NUMERIC, "is nan");
    sim_state_get(f->sim, after);
    assert_memory_equal(before, after, size * sizeof *before);
    memory_free(after);
    memory_free(broken);
    memory_free(before);
}

static void copies_start_from_the_file(void **state)
{
    Fixture *f = *state;
    Sim *copy = NULL;
    sim_view(f->sim)->body_pos[5] = 7;
    assert_ok(sim_create_like(&copy, f->sim, &f->error), &f->error);
    assert_true(sim_view(copy)->body_pos[5] == 0.5);
    assert_true(sim_model_serial(copy) == sim_model_serial(f->sim));
    Sim *other = NULL;
    assert_ok(sim_create(&other, temp_path(&f->folder, "model.xml"), &f->error), &f->error);
    assert_true(sim_model_serial(other) != sim_model_serial(f->sim));
    sim_destroy(other);
    sim_destroy(f->sim); /* the copy keeps what both share */
    f->sim = NULL;
    assert_ok(sim_step(copy, 10, &f->error), &f->error);
    sim_destroy(copy);
}

static void divergence_is_an_error(void **state)
{
    Fixture *f = *state;
    const struct {
        double value;
        int velocity;
        const char *word;
    } cases[] = { { (double)NAN, 0, "position" }, { 1e30, 1, "velocity" } };
    for (size_t i = 0; i < 2; i++) {
        Sim *sim = NULL;
        assert_ok(sim_create_like(&sim, f->sim, &f->error), &f->error);
        *(cases[i].velocity ? sim_view(sim)->qvel : sim_view(sim)->qpos) = cases[i].value;
        assert_error(sim_step(sim, 3, &f->error), &f->error, ERR_SIM, cases[i].word);
        assert_contains(f->error.text, "diverged");
        /* not silently reset */
        assert_false(*(cases[i].velocity ? sim_view(sim)->qvel : sim_view(sim)->qpos) == 0);
        sim_destroy(sim);
    }
}

static void fatal(void *user)
{
    mju_error("stack overflow in %s", (const char *)user);
}

static void harmless(void *user)
{
    *(int *)user += 1;
}

static void warn(void *user)
{
    (void)user;
    mju_warning("this must not be printed or written to a file");
}

static void fatal_errors_come_back(void **state)
{
    Fixture *f = *state;
    char word[] = "a test";
    int calls = 0;
    assert_error(guard_run(fatal, word, &f->error), &f->error, ERR_SIM,
                 "MuJoCo: stack overflow in a test");
    assert_ok(guard_run(harmless, &calls, &f->error), &f->error); /* usable again */
    assert_int_equal(calls, 1);
    assert_ok(guard_run(warn, NULL, &f->error), &f->error);
    assert_false(file_exists("MUJOCO_LOG.TXT"));
}

static Status create_copy(void *user, Error *error)
{
    Sim *sim = NULL;
    Status status = sim_create_like(&sim, user, error);
    sim_destroy(sim);
    return status;
}

static Status create_from_file(void *user, Error *error)
{
    Sim *sim = NULL;
    Status status = sim_create(&sim, user, error);
    sim_destroy(sim);
    return status;
}

static void failing_allocations_leak_nothing(void **state)
{
    Fixture *f = *state;
    char path[300];
    snprintf(path, sizeof path, "%s", temp_path(&f->folder, "model.xml"));
    assert_true(fail_each_allocation(create_copy, f->sim, 1) >= 1);
    assert_true(fail_each_allocation(create_from_file, path, 1) >= 2);
}

static void stepping_does_not_allocate(void **state)
{
    Fixture *f = *state;
    count_allocations_start();
    for (int i = 0; i < 1000; i++)
        assert_ok(sim_step(f->sim, 1, &f->error), &f->error);
    assert_int_equal(count_allocations_stop(), 0);
}

static void assets_are_found(void **state)
{
    Fixture *f = *state;
    char *found = NULL;
    char *kept = NULL;
    const char *set = getenv("PLAYSLOT_ASSETS");
    if (set) assert_ok(string_copy(&kept, set, &f->error), &f->error);
    assert_ok(directory_make(temp_path(&f->folder, "a/assets/robot"), &f->error), &f->error);
    char folder[300], wanted[320];
    snprintf(folder, sizeof folder, "%s", temp_path(&f->folder, "a"));
    snprintf(wanted, sizeof wanted, "%s/assets", folder);
    /* the option wins, and may name the folder itself or its parent */
    assert_ok(sim_assets_find(&found, folder, "robot", &f->error), &f->error);
    assert_string_equal(found, wanted);
    memory_free(found);
    assert_ok(sim_assets_find(&found, wanted, "robot", &f->error), &f->error);
    assert_string_equal(found, wanted);
    memory_free(found);
    setenv("PLAYSLOT_ASSETS", folder, 1);
    assert_ok(sim_assets_find(&found, NULL, "robot", &f->error), &f->error);
    assert_string_equal(found, wanted);
    memory_free(found);
    /* set but wrong is an error, not a reason to look elsewhere */
    assert_error(sim_assets_find(&found, f->folder.path, "robot", &f->error), &f->error, ERR_IO,
                 "no folder 'robot'");
    setenv("PLAYSLOT_ASSETS", f->folder.path, 1);
    assert_error(sim_assets_find(&found, NULL, "robot", &f->error), &f->error, ERR_IO,
                 "PLAYSLOT_ASSETS");
    unsetenv("PLAYSLOT_ASSETS");
    assert_error(sim_assets_find(&found, NULL, "no_such_robot", &f->error), &f->error, ERR_IO,
                 "scripts/build");
    assert_null(found);
    if (kept) setenv("PLAYSLOT_ASSETS", kept, 1);
    memory_free(kept);
}

static void the_version_is_that_of_the_headers(void **state)
{
    (void)state;
    assert_string_equal(sim_version(), "3.3.0");
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(loading_reports_what_is_wrong),
        test(names_become_indices),
        test(the_ball_falls),
        test(contacts_carry_the_weight),
        test(the_weld_data_can_be_set),
        test(a_state_continues_bit_for_bit),
        test(a_broken_state_is_refused),
        test(copies_start_from_the_file),
        test(divergence_is_an_error),
        test(fatal_errors_come_back),
        test(failing_allocations_leak_nothing),
        test(stepping_does_not_allocate),
        test(assets_are_found),
        test(the_version_is_that_of_the_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
