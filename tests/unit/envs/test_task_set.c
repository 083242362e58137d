/* Task sets: members, membership errors, orders, shares, the goal; the vectors themselves are in golden_envs. */
#include "support/test.h"

#include <string.h>

#include "envs/seeding.h"
#include "envs/task.h"
#include "envs/task_set.h"

static const TaskDef *task(const char *name)
{
    Error error;
    const TaskDef *found = NULL;
    assert_ok(task_find(&found, name, &error), &error);
    return found;
}

static Seeding seeding(const char *word)
{
    Error error;
    Seeding parsed;
    assert_ok(seeding_parse(&parsed, word, &error), &error);
    return parsed;
}

static void splits_have_the_size_in_their_name(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        int count;
    } sizes[] = { { "mt10", 10 },       { "mt25", 25 },       { "mt50", 50 },
                  { "ml10-train", 10 }, { "ml10-test", 5 },   { "ml25-train", 25 },
                  { "ml25-test", 5 },   { "ml45-train", 45 }, { "ml45-test", 5 } };
    assert_int_equal(task_set_count(), sizeof sizes / sizeof *sizes);
    for (int i = 0; i < task_set_count(); i++) {
        const TaskSet *set = task_set_at(i);
        assert_string_equal(seeding_name(set->seeding), sizes[i].word);
        assert_int_equal(set->count, sizes[i].count);
        assert_ptr_equal(task_set_of(set->seeding), set);
        for (int a = 0; a < set->count; a++)
            for (int b = 0; b < a; b++)
                assert_ptr_not_equal(set->tasks[a], set->tasks[b]);
    }
    assert_null(task_set_at(task_set_count()));
    assert_null(task_set_of(SEEDING_MT1));
}

/* upstream's ML10 and ML45 test on tasks that are not trained on; its ML25 has basketball on both sides */
static void test_splits_hold_other_tasks(void **state)
{
    (void)state;
    static const char *const pairs[][2] = { { "ml10-train", "ml10-test" },
                                            { "ml25-train", "ml25-test" },
                                            { "ml45-train", "ml45-test" } };
    for (int p = 0; p < 3; p++) {
        const TaskSet *train = task_set_of(seeding(pairs[p][0]));
        const TaskSet *test = task_set_of(seeding(pairs[p][1]));
        int shared = 0;
        for (int i = 0; i < test->count; i++)
            shared += task_set_has(train, test->tasks[i]);
        assert_int_equal(shared, p == 1 ? 1 : 0);
    }
    assert_true(task_set_has(task_set_of(seeding("ml25-train")), task("basketball")));
}

static void a_task_outside_is_refused(void **state)
{
    (void)state;
    Error error;
    VectorSource source;
    EnvOptions options = env_options_default();
    Env *env = NULL;
    options.task = "hammer";
    options.seeding = seeding("ml10-test");
    assert_error(env_create(&env, &options, &error), &error, ERR_ARGUMENT,
                 "task 'hammer' is not in ml10-test (drawer-open, door-close, shelf-place, "
                 "sweep-into, lever-pull)");
    assert_error(vector_source_init(&source, task("bin-picking"), seeding("ml45-train"), 1, &error),
                 &error, ERR_ARGUMENT, "task 'bin-picking' is not in ml45-train");
    assert_error(
        vector_source_init(&source, task("reach"), seeding("mt10"), UINT64_C(1) << 32, &error),
        &error, ERR_ARGUMENT, "takes at most");
}

static void sets_are_found_by_benchmark_and_word(void **state)
{
    (void)state;
    Error error;
    const TaskSet *test = task_set_of(seeding("ml10-test"));
    assert_true(task_set_is_named(test, "ML10"));
    assert_true(task_set_is_named(test, "ml10"));
    assert_true(task_set_is_named(test, "ML10-test"));
    assert_false(task_set_is_named(test, "ml10-train"));
    assert_false(task_set_is_named(test, "ml1"));
    assert_ok(task_set_check_name("mt25", &error), &error);
    assert_error(task_set_check_name("ML11", &error), &error, ERR_ARGUMENT,
                 "unknown task set 'ML11' (did you mean 'ML10'?)");
}

/* the first task of a set is drawn first: like MT1 with the same seed; later ones go on in the stream */
static void one_stream_runs_through_a_set(void **state)
{
    (void)state;
    Error error;
    VectorSource one, set, train;
    assert_ok(vector_source_init(&one, task("reach"), SEEDING_MT1, 5, &error), &error);
    assert_ok(vector_source_init(&set, task("reach"), seeding("mt10"), 5, &error), &error);
    assert_memory_equal(one.tasks, set.tasks, sizeof one.tasks);
    assert_ok(vector_source_init(&train, task("push"), seeding("ml10-train"), 5, &error), &error);
    assert_ok(vector_source_init(&set, task("push"), seeding("mt10"), 5, &error), &error);
    assert_memory_equal(train.tasks, set.tasks, sizeof set.tasks);
    assert_ok(vector_source_init(&one, task("push"), SEEDING_MT1, 5, &error), &error);
    assert_memory_not_equal(one.tasks, set.tasks, sizeof one.tasks);
}

static int index_of_next(VectorSource *source)
{
    ResetInfo reset;
    vector_source_next(source, &reset);
    assert_memory_equal(reset.pass2, source->tasks[reset.task_index], sizeof reset.pass2);
    return reset.task_index;
}

static void listed_order_goes_round(void **state)
{
    (void)state;
    Error error;
    VectorSource source;
    assert_ok(vector_source_init(&source, task("sweep"), seeding("ml10-train"), 1, &error), &error);
    for (int i = 0; i < 2 * SEEDING_TASKS; i++)
        assert_int_equal(index_of_next(&source), i % SEEDING_TASKS);
}

/* two rounds of a share: its tasks once each per round, in different orders, none of another part's */
static void pseudorandom_order_is_a_shuffle_per_round(void **state)
{
    (void)state;
    enum { PARTS = 4, LIMIT = 40, ROUND = LIMIT / PARTS };
    Error error;
    VectorSource source;
    int order[2][ROUND], seen[2][SEEDING_TASKS] = { { 0 } };
    const TaskShare share = { .part = 3, .parts = PARTS, .limit = LIMIT };
    assert_ok(task_share_check(&share, &error), &error);
    assert_ok(vector_source_init(&source, task("sweep"), seeding("ml10-train"), 1, &error), &error);
    vector_source_select(&source, TASK_ORDER_PSEUDORANDOM, &share);
    for (int i = 0; i < 2 * ROUND; i++) {
        order[i / ROUND][i % ROUND] = index_of_next(&source);
        seen[i / ROUND][order[i / ROUND][i % ROUND]]++;
    }
    assert_memory_not_equal(order[0], order[1], sizeof order[0]);
    for (int i = 0; i < 2 * SEEDING_TASKS; i++) {
        const int number = i % SEEDING_TASKS;
        assert_int_equal(seen[i / SEEDING_TASKS][number], number < LIMIT && number % PARTS == 3);
    }
}

static void unequal_shares_are_refused(void **state)
{
    (void)state;
    Error error;
    Env *env = NULL;
    EnvOptions options = env_options_default();
    options.share.parts = 4;
    assert_error(env_create(&env, &options, &error), &error, ERR_ARGUMENT,
                 "50 tasks do not fall into 4 equal parts");
    const TaskShare beyond = { .part = 2, .parts = 2, .limit = 50 };
    const TaskShare none = { .part = 0, .parts = 1, .limit = 0 };
    assert_error(task_share_check(&beyond, &error), &error, ERR_ARGUMENT, "part 2 is outside 0..1");
    assert_error(task_share_check(&none, &error), &error, ERR_ARGUMENT, "limit 0 is outside 1..50");
}

/* does the observation after a reset and after a step end in the target, or in zeros? */
static bool goal_is_shown(Seeding how, GoalView goal)
{
    Error error;
    Env *env = NULL;
    StepResult step;
    const float action[ENV_ACTION] = { 0 };
    const double zeros[3] = { 0 };
    EnvOptions options = env_options_default();
    options.seeding = how;
    options.goal = goal;
    assert_ok(env_create(&env, &options, &error), &error);
    assert_ok(env_reset(env, 3, step.obs, &error), &error);
    const bool shown = memcmp(step.obs + 36, zeros, sizeof zeros) != 0;
    if (shown) assert_memory_equal(step.obs + 36, env_target(env), sizeof zeros);
    assert_ok(env_step(env, action, &step, &error), &error);
    assert_int_equal(memcmp(step.obs + 36, zeros, sizeof zeros) != 0, shown);
    env_destroy(env);
    return shown;
}

static void the_goal_is_shown_as_asked(void **state)
{
    (void)state;
    assert_true(goal_is_shown(SEEDING_SEEDED, GOAL_USUAL));
    assert_true(goal_is_shown(SEEDING_MT50, GOAL_USUAL));
    assert_false(goal_is_shown(SEEDING_ML45_TRAIN, GOAL_USUAL));
    assert_true(goal_is_shown(SEEDING_ML25_TEST, GOAL_VISIBLE));
    assert_false(goal_is_shown(SEEDING_SEEDED, GOAL_HIDDEN));
    Error error;
    GoalView goal;
    assert_ok(goal_view_parse(&goal, "hidden", &error), &error);
    assert_int_equal(goal, GOAL_HIDDEN);
    assert_error(goal_view_parse(&goal, "visable", &error), &error, ERR_ARGUMENT,
                 "did you mean 'visible'?");
}

static void a_reset_may_name_the_task(void **state)
{
    (void)state;
    Error error;
    VectorSource source;
    ResetInfo wanted;
    Env *env = NULL;
    EnvOptions options = env_options_default();
    options.seeding = SEEDING_ML25_TEST;
    assert_ok(vector_source_init(&source, task("button-press"), options.seeding, 7, &error),
              &error);
    vector_source_task(&source, 49, &wanted);
    assert_ok(env_create(&env, &options, &error), &error);
    assert_ok(env_reset_task(env, 7, 49, NULL, &error), &error);
    assert_int_equal(env_reset_info(env)->task_index, 49);
    assert_memory_equal(env_reset_info(env)->pass2, wanted.pass2, sizeof wanted.pass2);
    assert_ok(env_reset_next(env, NULL, &error), &error);
    assert_int_equal(env_reset_info(env)->task_index, 0);
    assert_error(env_reset_task(env, 7, 50, NULL, &error), &error, ERR_ARGUMENT,
                 "task index 50 is outside 0..49");
    env_destroy(env);
    options.seeding = SEEDING_SEEDED;
    assert_ok(env_create(&env, &options, &error), &error);
    assert_error(env_reset_task(env, 7, 0, NULL, &error), &error, ERR_ARGUMENT,
                 "seeding 'seeded' has no list of tasks");
    env_destroy(env);
}

static void tasks_go_by_several_names(void **state)
{
    (void)state;
    Error error;
    const TaskDef *found = NULL;
    assert_ptr_equal(task("ButtonPress"), task("button-press-v3"));
    assert_ptr_equal(task("PickPlaceWall"), task("pick-place-wall"));
    assert_ptr_equal(task("ButtonPressTopdownWall-v3"), task("button-press-topdown-wall"));
    assert_error(task_find(&found, "ButtonPres", &error), &error, ERR_ARGUMENT,
                 "unknown task 'ButtonPres' (did you mean 'button-press'?)");
    assert_error(task_find(&found, "button-press-v2", &error), &error, ERR_ARGUMENT,
                 "did you mean");
    assert_error(task_find(&found, "", &error), &error, ERR_ARGUMENT, "unknown task ''");
    assert_error(task_find(&found, "-v3", &error), &error, ERR_ARGUMENT, "unknown task '-v3'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_have_the_size_in_their_name),
        cmocka_unit_test(test_splits_hold_other_tasks),
        cmocka_unit_test(a_task_outside_is_refused),
        cmocka_unit_test(sets_are_found_by_benchmark_and_word),
        cmocka_unit_test(one_stream_runs_through_a_set),
        cmocka_unit_test(listed_order_goes_round),
        cmocka_unit_test(pseudorandom_order_is_a_shuffle_per_round),
        cmocka_unit_test(unequal_shares_are_refused),
        cmocka_unit_test(the_goal_is_shown_as_asked),
        cmocka_unit_test(a_reset_may_name_the_task),
        cmocka_unit_test(tasks_go_by_several_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
