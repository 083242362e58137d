#include "envs/rewards_v1/pull_v1.h"

#include <math.h>

#include "envs/families/button_parts.h"
#include "envs/families/coffee_parts.h"
#include "envs/families/door_parts.h"

/* context->value: distance to go at the reset */
enum { MOST = REWARD_V1_VALUE };

void pull_begin_v1(TaskContext *context)
{
    const PullV1 *terms = context->task->reward_v1->terms;
    const double *start = point_v1(context, terms->start);
    context->value[MOST] =
        terms->most > 0 ? terms->most : distance_v1(start, context->target, terms->start_axes);
}

static double hand_distance(const TaskContext *context, const double object[3], bool left_finger)
{
    const double *left = context->view->site_xpos + 3 * (size_t)context->robot.left_tip;
    return left_finger ? distance3(object, left) : hand_distance_v1(context, object);
}

static double progress(const PullV1 *terms, double most, double left)
{
    const double bells =
        terms->narrow ? bells_v1(left, 0.001, 0.0001) : bells_v1(left, 0.01, 0.001);
    const double gain = 1000 * (most - left) + 1000 * bells;
    return terms->may_lose ? gain : fmax(gain, 0);
}

void pull_evaluate_v1(TaskContext *context, const double obs[ENV_OBS],
                      const float action[ENV_ACTION], Outcome *out)
{
    const PullV1 *terms = context->task->reward_v1->terms;
    const double *object = obs + 4, *target = context->target;
    const double reach = hand_distance(context, object, terms->left_finger);
    double reward = terms->approach ? terms->approach(context, obs, action, reach) : -reach;
    if (reach < 0.05)
        reward += progress(terms, context->value[MOST], distance_v1(object, target, terms->axes));
    outcome_v1(out, reward, distance_v1(object, target, terms->judged_axes) <= terms->within,
               distance_v1(object, target, terms->shown_axes), &terms->info);
}

/* ---- buttons ---- */

/* along y and z: what earns, what is shown and what is judged are the same */
#define PRESSED(axis) .axes = (axis), .shown_axes = (axis), .judged_axes = (axis)
#define BUTTON_AT     .start = { POINT_SITE, BUTTON_START }, .info = { .near_object = 1 }

const RewardV1 reward_v1_button_press =
    PULL_V1(.left_finger = true, BUTTON_AT, .start_axes = AXIS_Y, PRESSED(AXIS_Y), .within = 0.02);
/* upstream takes the most there is to go along z, where it is 0 */
const RewardV1 reward_v1_button_press_wall =
    PULL_V1(.left_finger = true, BUTTON_AT, .start_axes = AXIS_Z, PRESSED(AXIS_Y), .within = 0.03);
const RewardV1 reward_v1_button_press_topdown =
    PULL_V1(BUTTON_AT, .start_axes = AXIS_Z, PRESSED(AXIS_Z), .within = 0.024);
const RewardV1 reward_v1_coffee_button =
    PULL_V1(.left_finger = true, .start = { POINT_SITE, COFFEE_BUTTON }, .start_axes = AXIS_Y,
            PRESSED(AXIS_Y), .within = 0.02, .info = { .near_object = 1 });

/* ---- mug ---- */

/* upstream measures from the world's origin, at the height of the hand's start, so never near */
static double approach_from_origin(const TaskContext *context, const double obs[ENV_OBS],
                                   const float action[ENV_ACTION], double distance)
{
    const double away = norm3(obs[4], obs[5], context->tcp_start[2]);
    if (away >= 0.05) return -away;
    return -distance + 0.1 + (distance < 0.05 ? closing_v1(action) : 0);
}

#define MUG                                                                                        \
    .start_axes = AXES_XY, .axes = AXES_XY, .shown_axes = AXES_XYZ, .judged_axes = AXES_XYZ,       \
    .within = 0.07, .info = { .near_object = 1 }

const RewardV1 reward_v1_coffee_pull = PULL_V1(MUG, .approach = approach_from_origin);
const RewardV1 reward_v1_coffee_push = PULL_V1(MUG);

/* ---- dial, doors, locks ---- */

const RewardV1 reward_v1_dial_turn =
    PULL_V1(.start_axes = AXIS_Y, PRESSED(AXIS_Y), .within = 0.07, .narrow = true,
            .info = { .near_object = 1, .grasp_success = 1 });

#define DOOR .start = { POINT_GEOM, DOOR_HANDLE }, .start_axes = AXES_XY, .axes = AXES_XY

const RewardV1 reward_v1_door_close =
    PULL_V1(DOOR, .shown_axes = AXES_XY, .judged_axes = AXES_XY, .within = 0.08,
            .info = { .grasp_success = 1, .grasp_reward = 1 });
/* info shows no distance */
const RewardV1 reward_v1_door_open = PULL_V1(DOOR, .judged_axes = AXIS_X, .within = 0.08);
const RewardV1 reward_v1_door_lock = PULL_V1(.start_axes = AXES_XYZ, PRESSED(AXES_XYZ),
                                             .within = 0.02, .info = { .near_object = 1 });
