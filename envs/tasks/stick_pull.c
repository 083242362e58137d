/**
 * stick-pull: hook a thermos with a stick and pull it (Meta-World 3.1.1, sawyer_stick_pull_v3.py).
 */
#include "envs/families/stick_parts.h"

static Status stick_pull_reset(TaskContext *context, const double *vector, Error *error)
{
    return stick_reset(context, vector, 0.09, 0.02, error);
}

static void stick_pull_objects(const TaskContext *context, double out[14])
{
    stick_observe(context, 0, out);
}

/* closeness of the stick to the thermos behind its ring */
static double hooked(const double stick[3], const double ring[3], const double start[3],
                     const double thermos_start[3])
{
    const double scale[3] = { 1, 1, 2 };
    double behind[3], behind_start[3];
    offset_point(behind, ring, 0.05, 0, 0);
    offset_point(behind_start, thermos_start, 0.05, 0, 0);
    return tolerance_long_tail(distance3_scaled(stick, behind, scale), 0, 0.05,
                               distance3_scaled(start, behind_start, scale));
}

/* closeness of a point to the target, 0.1 from where it was at the start */
static double arrived(const TaskContext *context, const double point[3], const double start[3])
{
    return tolerance_long_tail(distance3(point, context->target), 0, 0.05,
                               distance3(start, context->target));
}

/* what a stick in the ring earns */
static double inserted_reward(const TaskContext *context, const double obs[ENV_OBS], double before)
{
    double thermos[3];
    if (distance3(obs + 11, context->target) <= 0.12) return 10;
    offset_point(thermos, obs + 11, 0.05, 0, 0);
    const double of_stick = arrived(context, obs + 4, context->value + STICK_START);
    const double of_thermos = arrived(context, thermos, context->object_start);
    return 1 + before + 5 + 2 * of_stick + of_thermos;
}

static void stick_pull_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    const double *start = context->value + STICK_START, *stick = obs + 4, *ring = obs + 11;
    const Cage cage = {
        .radius = 0.014, .pad_distance = 0.05, .xz_distance = 0.01, .mode = CAGE_HIGH
    };
    const double in_ring = hooked(stick, ring, start, context->object_start);
    const bool lifted = stick_lifted(context, obs, stick);
    const bool inserted = stick_inserted(site_position(context, STICK_END), ring);
    const double to_target = distance3(ring, context->target);
    /* upstream measures the cage of the stick from the thermos's start */
    const Number grasp = lifted ? number_plain(1)
                                : cage_reward(context, stick, context->object_start, action, &cage);
    double reward = number_hamacher(grasp, number_plain(in_ring)).value;
    if (lifted)
        reward = inserted ? inserted_reward(context, obs, reward) : 1 + reward + 5 * in_ring;
    const bool held = gripper_holds(context, obs, context->address[STICK_GEOM], 0.02);
    stick_outcome(out, context, stick, reward, to_target <= 0.12 && inserted, held, grasp.value,
                  in_ring, to_target);
}

const TaskDef task_stick_pull = {
    SAWYER_TASK,
    .name = "stick-pull",
    .summary = "hook a thermos with a stick and pull it",
    .model = "sawyer_xyz/sawyer_stick_obj.xml",
    .vector_size = 6,
    .vector_low = { -0.1, 0.55, 0, 0.35, 0.45, 0.0199 },
    .vector_high = { 0, 0.65, 0.001, 0.45, 0.55, 0.0201 },
    .distance = 0.1,
    .reset = stick_pull_reset,
    .hand_start = { 0, 0.6, 0.2 },
    .mocap_low = { -0.5, 0.35, 0.05 },
    .mocap_high = { 0.5, 1, 0.5 },
    .goal_low = { 0.35, 0.45, 0.0199 },
    .goal_high = { 0.45, 0.55, 0.0201 },
    STICK_TASK,
    .objects = stick_pull_objects,
    .evaluate = stick_pull_evaluate,
    .reward_v1 = &reward_v1_stick_pull,
};
