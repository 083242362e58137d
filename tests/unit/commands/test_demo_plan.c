/* demo plans: every task has every plan, and each names what its stages need */
#include "support/test.h"

#include <string.h>

#include "commands/demo_plan.h"
#include "commands/demo_run.h"
#include "commands/seed_choice.h"
#include "envs/env.h"

static bool has_stage(const DemoPlan *plan, const DemoStage *wanted)
{
    for (const DemoStage *const *stage = plan->stages; *stage; stage++)
        if (*stage == wanted) return true;
    return false;
}

static void check_scene(const DemoPlan *plan)
{
    const TaskDef *task = NULL;
    Error error;
    assert_ok(task_find(&task, plan->scene.task, &error), &error);
    assert_true(plan->scene.size > 0 && plan->scene.action_repeat > 0);
    for (int kind = 0; kind < DEMO_DATA_KINDS; kind++)
        if (plan->data[kind].policy) assert_true(plan->data[kind].episodes > 0);
}

static void check_savi(const DemoPlan *plan)
{
    assert_in_range(plan->savi_stages, 1, DEMO_SAVI_STAGES_MAX);
    assert_in_range(plan->savi_seed_count, 1, DEMO_SAVI_SEEDS_MAX);
    assert_true(DEMO_SAVI_SEEDS_MAX <= SEED_CHOICE_MAX);
    for (int i = 0; i < plan->savi_stages; i++)
        assert_non_null(plan->savi[i].name);
}

static void every_task_has_every_plan(void **state)
{
    (void)state;
    for (const char *const *task = demo_task_names; *task; task++) {
        for (const char *const *name = demo_plan_names; *name; name++) {
            const DemoPlan *plan = demo_plan_find(*task, *name);
            assert_non_null(plan);
            assert_string_equal(plan->task, *task);
            assert_string_equal(plan->name, *name);
            assert_non_null(plan->out);
            check_savi(plan);
            if (has_stage(plan, &demo_collect)) check_scene(plan);
        }
    }
}

static int headings_of(const DemoPlan *plan)
{
    int count = 0;
    for (const DemoStage *const *stage = plan->stages; *stage; stage++)
        count += (*stage)->headings(plan);
    return count;
}

/* five of data, two per seed, a second stage of SAVi, two more trainings, three evaluations */
static void steps_are_counted(void **state)
{
    (void)state;
    const DemoPlan *plan = demo_plan_find("button-press", "smoke");
    assert_int_equal(headings_of(plan), 5 + 2 * 2 + 1 + 2 + 3);
}

static void unknown_names_have_no_plan(void **state)
{
    (void)state;
    assert_null(demo_plan_find("button-press", "other"));
    assert_null(demo_plan_find("other", "demo"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_has_every_plan),
        cmocka_unit_test(steps_are_counted),
        cmocka_unit_test(unknown_names_have_no_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
