/**
 * door-open: pull a door open by its handle (Meta-World 3.1.1, sawyer_door_v3.py).
 */
#include <math.h>

#include "envs/families/door_parts.h"

static const double pi = 3.14159265358979323846;

static Status door_open_reset(TaskContext *context, const double *vector, Error *error)
{
    offset_point(context->target, vector, -0.3, -0.45, 0);
    return door_reset(context, vector, 0, error);
}

static void door_open_objects(const TaskContext *context, double out[14])
{
    door_observe(context, out);
}

/* hand between handle and door, come from above: a funnel around the handle keeps it from running into it */
static double hand_ready(const double hand[3], const double handle[3])
{
    double door[3], place[3];
    offset_point(door, handle, -0.05, 0, 0);
    const double floor = funnel_floor(distance_xy(hand, door), 0.12, 0.04, 0.4);
    offset_point(place, hand, -door[0], -door[1], -door[2]);
    const double away = norm3(place[0] - 0.05, place[1] - 0.03, place[2] - -0.01);
    return hamacher_product(above_funnel(hand[2], floor, floor / 2),
                            tolerance_long_tail(away, 0, 0.12 / 2, 0.5));
}

static double door_opened(double angle)
{
    const double moved = angle < -pi / 90 ? 1 : 0;
    const double missing = pi / 2 + pi / 6 - -angle;
    return 0.2 * moved + 0.8 * tolerance_long_tail(missing, 0, 0.5, pi / 3);
}

static void door_open_evaluate(TaskContext *context, const double obs[ENV_OBS],
                               const float action[ENV_ACTION], Outcome *out)
{
    const double grab = gripper_effort(action[3]);
    const double ready = hand_ready(obs, obs + 4);
    const double opened = door_opened(context->view->qpos[context->address[DOOR_JOINT]]);
    const bool success = fabs(obs[4] - context->target[0]) <= 0.08;
    const double reward = success ? 10 : 2 * hamacher_product(ready, grab) + 8 * opened;
    outcome_fill(out, reward, success, ready, grab >= 0.5, grab, opened, 0);
}

const TaskDef task_door_open = {
    SAWYER_TASK,
    .name = "door-open",
    .summary = "pull a door open",
    .model = "sawyer_xyz/sawyer_door_pull.xml",
    .hand_apart = true,
    .vector_size = 3,
    .vector_low = { 0, 0.85, 0.15 },
    .vector_high = { 0.1, 0.95, 0.15 },
    .reset = door_open_reset,
    .hand_start = { 0, 0.6, 0.2 },
    SAWYER_MOCAP,
    .goal_low = { -0.3, 0.4, 0.1499 },
    .goal_high = { -0.2, 0.5, 0.1501 },
    .object_bodies = (const char *const[]){ "door", NULL },
    .bindings = door_bindings,
    .objects = door_open_objects,
    .evaluate = door_open_evaluate,
    .reward_v1 = &reward_v1_door_open,
};
