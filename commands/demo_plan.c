#include "commands/demo_plan.h"

#include <stddef.h>
#include <string.h>

#include "commands/demo_run.h"

const char *const demo_task_names[] = { "button-press", "block-push", "gridshapes", NULL };
const char *const demo_plan_names[] = { "demo", "smoke", NULL };

const DemoStage *const demo_policy_stages[] = {
    &demo_collect,       &demo_train_savi,        &demo_train_predictor, &demo_train_policy,
    &demo_evaluate_savi, &demo_evaluate_playslot, &demo_evaluate_policy, NULL,
};

const DemoPlan *demo_plan_find(const char *task, const char *name)
{
    static const DemoPlan *const plans[] = { &demo_button_press, &smoke_button_press,
                                             &demo_block_push,   &smoke_block_push,
                                             &demo_gridshapes,   &smoke_gridshapes };
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        if (!strcmp(plans[i]->task, task) && !strcmp(plans[i]->name, name)) return plans[i];
    }
    return NULL;
}
