/**
 * Rewards v1 of tasks with things that slide or turn in a bearing, and of blocks that slide over the table.
 */
#include "envs/families/handle_parts.h"
#include "envs/families/plate_parts.h"
#include "envs/rewards_v1/pull_v1.h"

/* what earns, what is shown and what is judged are the same */
#define MOVED(along) .axes = (along), .shown_axes = (along), .judged_axes = (along)
#define NEAR         .info = { .near_object = 1 }
#define NEAR_HELD    .info = { .near_object = 1, .grasp_success = 1 }

/* ---- drawers, faucets, lever, windows ---- */

const RewardV1 reward_v1_drawer_close =
    PULL_V1(.most = 0.15, MOVED(AXIS_Y), .within = 0.05 + 0.015, NEAR_HELD);
const RewardV1 reward_v1_drawer_open = PULL_V1(.most = 0.2, MOVED(AXIS_Y), .within = 0.03, NEAR);

const RewardV1 reward_v1_faucet =
    PULL_V1(.start_axes = AXES_XYZ, MOVED(AXES_XYZ), .within = 0.07, NEAR_HELD);

/* upstream judges metres as if they were radians */
const RewardV1 reward_v1_lever_pull =
    PULL_V1(.start_axes = AXES_XYZ, .axes = AXES_XYZ, .judged_axes = AXES_XYZ,
            .within = 3.14159265358979323846 / 24, NEAR);

const RewardV1 reward_v1_window =
    PULL_V1(.most = 0.2, .may_lose = true, MOVED(AXIS_X), .within = 0.05, NEAR_HELD);

/* ---- handles ---- */

#define HANDLE_FROM(point)                                                                         \
    .left_finger = true, .start = { point, HANDLE_START }, .start_axes = AXIS_Z, MOVED(AXIS_Z)

const RewardV1 reward_v1_handle_press = PULL_V1(HANDLE_FROM(POINT_SITE), .within = 0.02, NEAR_HELD);
const RewardV1 reward_v1_handle_pull_side = PULL_V1(HANDLE_FROM(POINT_SITE), .within = 0.08, NEAR);
/* upstream measures from the site's place in its body */
const RewardV1 reward_v1_handle_pull =
    PULL_V1(HANDLE_FROM(POINT_SITE_IN_BODY), .within = 0.05, NEAR);

/* ---- plates and blocks ---- */

#define OVER_TABLE .start_axes = AXES_XY, MOVED(AXES_XY), NEAR

const RewardV1 reward_v1_push = PULL_V1(OVER_TABLE, .within = 0.05);
/* push-wall, push-back, soccer and the plates that go into the cabinet */
const RewardV1 reward_v1_push_roughly = PULL_V1(OVER_TABLE, .within = 0.07);
const RewardV1 reward_v1_plate_slide_back =
    PULL_V1(OVER_TABLE, .start = { POINT_GEOM, PLATE_PUCK }, .within = 0.07);

/* a block that has fallen is where it belongs */
static void sweep_outcome(Outcome *out, const TaskContext *context, const double object[3],
                          bool fallen)
{
    const double *start = context->object_start, *target = context->target;
    const double reach = hand_distance_v1(context, object);
    const double away = fallen ? 0 : distance_v1(object, target, AXES_XY);
    double reward = fallen ? 0 : -reach;
    if (reach < 0.05) reward += progress_v1(distance_v1(start, target, AXES_XY), away);
    outcome_v1(out, reward, away <= 0.05, away, &(InfoV1){ .near_object = 1 });
}

static void sweep_evaluate(TaskContext *context, const double obs[ENV_OBS],
                           const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    sweep_outcome(out, context, obs + 4, obs[6] < context->object_start[2] - 0.05);
}

static void sweep_into_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const bool fallen = obs[6] < context->object_start[2] - 0.05 && obs[5] > 0.4 && obs[5] < 1;
    sweep_outcome(out, context, obs + 4, fallen);
}

const RewardV1 reward_v1_sweep = { .evaluate = sweep_evaluate };
const RewardV1 reward_v1_sweep_into = { .evaluate = sweep_into_evaluate };
