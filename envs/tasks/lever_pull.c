/**
 * lever-pull: push a lever up until it points to the ceiling (Meta-World 3.1.1, sawyer_lever_pull_v3.py).
 */
#include <math.h>

#include "envs/task_parts.h"

enum { LEVER, LEVER_START, LEVER_HANDLE, GOAL, JOINT };
/* first of three slots of context->value: the lever's end at the start */
enum { END_START };

static const Binding lever_pull_bindings[] = {
    { LEVER, BIND_BODY, "lever" },          { LEVER_START, BIND_SITE, "leverStart" },
    { LEVER_HANDLE, BIND_GEOM, "objGeom" }, { GOAL, BIND_SITE, "goal" },
    { JOINT, BIND_JOINT, "LeverAxis" },     { 0, BIND_BODY, NULL },
};

static Status lever_pull_reset(TaskContext *context, const double *vector, Error *error)
{
    (void)error;
    const double radius = 0.2, height = 0.25;
    set_object_start(context, vector);
    move_body(context, LEVER, vector);
    offset_point(context->value + END_START, vector, 0.12, -radius, height);
    offset_point(context->target, vector, 0.12, 0, height + radius);
    move_site(context, GOAL, context->target);
    return OK;
}

static void lever_pull_objects(const TaskContext *context, double out[14])
{
    observe_geom_turned(context, site_position(context, LEVER_START), LEVER_HANDLE, out);
}

/* distance of the hand's shoulder from the lever's end, sideways and up counting more */
static double shoulder_away(const double hand[3], const double lever[3])
{
    const double scale[3] = { 4, 1, 4 };
    double shoulder[3];
    offset_point(shoulder, hand, 0, 0.055, 0.07);
    return distance3_scaled(shoulder, lever, scale);
}

static void lever_pull_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const double pi = 3.14159265358979323846;
    const double *start = context->value + END_START, *lever = obs + 4;
    const double away = shoulder_away(obs, lever);
    const double away_start = shoulder_away(context->tcp_start, start);
    const double ready = tolerance_long_tail(away, 0, 0.02, away_start);
    const double angle = -context->view->qpos[context->address[JOINT]];
    const double wrong = fabs(angle - pi / 2);
    const double upright = tolerance_long_tail(wrong, 0, pi / 48, pi / 2 - pi / 12);
    const double in_place = tolerance_long_tail(distance3(lever, context->target), 0, 0.04,
                                                distance3(start, context->target));
    outcome_fill(out, 10 * hamacher_product(ready, in_place), wrong <= pi / 24,
                 away<0.03, ready> 0.9, ready, upright, away);
}

const TaskDef task_lever_pull = {
    SAWYER_TASK,
    .name = "lever-pull",
    .summary = "push a lever upright",
    .model = "sawyer_xyz/sawyer_lever_pull.xml",
    .vector_size = 3,
    .vector_low = { -0.1, 0.7, 0 },
    .vector_high = { 0.1, 0.8, 0 },
    .reset = lever_pull_reset,
    .hand_start = { 0, (double)0.4f, (double)0.2f },
    SAWYER_MOCAP_DEEP,
    SAWYER_GOAL_DEEP,
    .object_bodies = (const char *const[]){ "lever", NULL },
    .bindings = lever_pull_bindings,
    .objects = lever_pull_objects,
    .evaluate = lever_pull_evaluate,
    .reward_v1 = &reward_v1_lever_pull,
};
