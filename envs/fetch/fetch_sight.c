#include "envs/fetch/fetch_sight.h"

#include <math.h>
#include <string.h>

/* of a rotation matrix, folded: a quarter turn looks the same */
static double quarter_turn(const double *r)
{
    const double quarter = atan2(0, -1) / 2;
    const double turn = atan2(r[3], r[0]);
    return turn - quarter * round(turn / quarter);
}

static void see_block(FetchSight *out, const TaskContext *context, int i)
{
    const size_t site = (size_t)fetch_state(context)->object[i];
    double ignored[3];
    memcpy(out->block[i], context->view->site_xpos + 3 * site, sizeof out->block[i]);
    sim_site_velocity(context->sim, (int)site, out->speed[i], ignored);
    out->turn[i] = quarter_turn(context->view->site_xmat + 9 * site);
}

bool fetch_see(FetchSight *out, const Env *env)
{
    const TaskContext *context = env_context(env);
    if (task_suite(context->task) != SUITE_FETCH) return false;
    const FetchState *state = fetch_state(context);
    const FetchTask *task = fetch_task(context);
    *out = (FetchSight){ .task = task,
                         .blocks = task->kind == FETCH_REACH ? 0 : fetch_things(task),
                         .opening = context->view->qpos[state->right_finger] +
                                    context->view->qpos[state->left_finger] };
    robot_fetch.tcp(context, out->grip);
    memcpy(out->goal, context->target, sizeof out->goal);
    for (int i = 0; i < out->blocks; i++)
        see_block(out, context, i);
    return true;
}
