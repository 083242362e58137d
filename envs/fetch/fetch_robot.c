/* The arm: moved by a mocap weld, seen through sites. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "envs/fetch/fetch.h"

enum { FRAME_SKIP = 20 };
#define CONTROL_STEP 0.04 /* s: velocities are told per control step */

static Status find_joint(int *qpos, int *qvel, const Sim *sim, const char *name, Error *error)
{
    int joint = 0;
    const Status status = sim_find(&joint, sim, SIM_JOINT, name, error);
    if (status) return status;
    *qpos = sim_joint_qpos(sim, joint);
    if (qvel) *qvel = sim_joint_qvel(sim, joint);
    return OK;
}

static Status fetch_bind(TaskContext *context, Error *error)
{
    FetchState *state = fetch_state(context);
    const Sim *sim = context->sim;
    Status status = sim_find(&state->grip, sim, SIM_SITE, "robot0:grip", error);
    if (!status) status = sim_find(&state->target, sim, SIM_SITE, "target0", error);
    if (!status)
        status = sim_find(&state->gripper_link, sim, SIM_BODY, "robot0:gripper_link", error);
    if (!status)
        status = find_joint(&state->right_finger, &state->right_speed, sim,
                            "robot0:r_gripper_finger_joint", error);
    if (!status)
        status = find_joint(&state->left_finger, &state->left_speed, sim,
                            "robot0:l_gripper_finger_joint", error);
    if (status) return status;
    if ((context->view->nu != 2 && context->view->nu != 0) || context->view->nmocap != 1)
        return error_set(error, ERR_FORMAT,
                         "fetch model: expected 0 or 2 actuators and 1 mocap body, found %d and %d",
                         context->view->nu, context->view->nmocap);
    return OK;
}

/* the quaternions are added, not multiplied: MuJoCo normalises, which pulls the hand towards pointing down */
static void fetch_apply(TaskContext *context, const TaskDef *task, const float action[ENV_ACTION])
{
    static const double down[4] = { 1, 0, 1, 0 };
    const FetchState *state = fetch_state(context);
    const SimView *view = context->view;
    const FetchTask *kind = task->parameters;
    float wanted[ENV_ACTION];
    for (int i = 0; i < ENV_ACTION; i++)
        wanted[i] = action[i] < -1.0f ? -1.0f : action[i] > 1.0f ? 1.0f : action[i];
    const double grip = kind->kind == FETCH_PICK ? (double)wanted[3] : 0;
    if (view->nu == 2) {
        view->ctrl[0] = view->qpos[state->left_finger] + grip;
        view->ctrl[1] = view->qpos[state->right_finger] + grip;
    }
    for (int i = 0; i < 3; i++) {
        const float moved = wanted[i] * 0.05f;
        view->mocap_pos[i] =
            view->xpos[3 * (size_t)state->gripper_link + (size_t)i] + (double)moved;
    }
    for (int i = 0; i < 4; i++)
        view->mocap_quat[i] = view->xquat[4 * (size_t)state->gripper_link + (size_t)i] + down[i];
}

static void fetch_tcp(const TaskContext *context, double out[3])
{
    memcpy(out, context->view->site_xpos + 3 * (size_t)fetch_state(context)->grip, 3 * sizeof *out);
}

const RobotDef robot_fetch = {
    .name = "fetch",
    .frame_skip = FRAME_SKIP,
    .bind = fetch_bind,
    .apply = fetch_apply,
    .tcp = fetch_tcp,
};

/* ---- observation ---- */

/* of a rotation matrix, about x, y, z */
static void euler_angles(const double *r, double out[3])
{
    const double cy = sqrt(r[8] * r[8] + r[5] * r[5]);
    const bool flat = !(cy > DBL_EPSILON * 4);
    out[2] = flat ? -atan2(-r[3], r[4]) : -atan2(r[1], r[0]);
    out[1] = -atan2(-r[2], cy);
    out[0] = flat ? 0 : -atan2(r[5], r[8]);
}

static double *append(double *to, const double *from, int count)
{
    memcpy(to, from, (size_t)count * sizeof *to);
    return to + count;
}

/* numbers of the state, per control step where they are speeds */
typedef struct Seen {
    double grip[3], grip_speed[3], fingers[2], finger_speed[2];
    double object[3], euler[3], object_speed[3], object_turn[3], relative[3];
} Seen;

static void site_speed(const Sim *sim, int site, double linear[3], double angular[3])
{
    sim_site_velocity(sim, site, linear, angular);
    for (int k = 0; k < 3; k++) {
        linear[k] *= CONTROL_STEP;
        angular[k] *= CONTROL_STEP;
    }
}

static void see_hand(const TaskContext *context, Seen *seen)
{
    const FetchState *state = fetch_state(context);
    const SimView *view = context->view;
    double ignored[3];
    fetch_tcp(context, seen->grip);
    site_speed(context->sim, state->grip, seen->grip_speed, ignored);
    seen->fingers[0] = view->qpos[state->right_finger];
    seen->fingers[1] = view->qpos[state->left_finger];
    seen->finger_speed[0] = view->qvel[state->right_speed] * CONTROL_STEP;
    seen->finger_speed[1] = view->qvel[state->left_speed] * CONTROL_STEP;
}

static void see_object(const TaskContext *context, Seen *seen)
{
    const size_t site = (size_t)fetch_state(context)->object[0];
    memcpy(seen->object, context->view->site_xpos + 3 * site, sizeof seen->object);
    euler_angles(context->view->site_xmat + 9 * site, seen->euler);
    site_speed(context->sim, (int)site, seen->object_speed, seen->object_turn);
    for (int k = 0; k < 3; k++) {
        seen->object_speed[k] -= seen->grip_speed[k];
        seen->relative[k] = seen->object[k] - seen->grip[k];
    }
}

static double *append_hand(double *obs, const Seen *seen)
{
    obs = append(obs, seen->grip, 3);
    obs = append(obs, seen->fingers, 2);
    obs = append(obs, seen->grip_speed, 3);
    return append(obs, seen->finger_speed, 2);
}

static double *append_all(double *obs, const Seen *seen)
{
    obs = append_hand(obs, seen);
    obs = append(obs, seen->object, 3);
    obs = append(obs, seen->euler, 3);
    obs = append(obs, seen->object_speed, 3);
    obs = append(obs, seen->object_turn, 3);
    return append(obs, seen->relative, 3);
}

/* gymnasium-robotics' order */
static double *append_all_stock(double *obs, const Seen *seen)
{
    obs = append(obs, seen->grip, 3);
    obs = append(obs, seen->object, 3);
    obs = append(obs, seen->relative, 3);
    obs = append(obs, seen->fingers, 2);
    obs = append(obs, seen->euler, 3);
    obs = append(obs, seen->object_speed, 3);
    obs = append(obs, seen->object_turn, 3);
    obs = append(obs, seen->grip_speed, 3);
    return append(obs, seen->finger_speed, 2);
}

const double *fetch_achieved(const TaskContext *context)
{
    const FetchState *state = fetch_state(context);
    const bool reach = fetch_task(context)->kind == FETCH_REACH;
    return context->view->site_xpos + 3 * (size_t)(reach ? state->grip : state->object[0]);
}

void fetch_observe(const TaskContext *context, double *obs)
{
    const FetchTask *task = fetch_task(context);
    Seen seen;
    see_hand(context, &seen);
    if (task->kind == FETCH_REACH) {
        obs = append_hand(obs, &seen);
    } else {
        see_object(context, &seen);
        obs = task->stock ? append_all_stock(obs, &seen) : append_all(obs, &seen);
    }
    obs = append(obs, fetch_achieved(context), 3);
    append(obs, context->target, 3);
}
