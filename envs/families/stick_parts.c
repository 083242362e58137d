#include "envs/families/stick_parts.h"

#include <math.h>

const Binding stick_bindings[] = {
    { STICK_BODY, BIND_BODY, "stick" },          { STICK_GEOM, BIND_GEOM, "objGeom" },
    { STICK_GOAL, BIND_SITE, "goal" },           { STICK_END, BIND_SITE, "stick_end" },
    { STICK_HOLE, BIND_SITE, "insertion" },      { STICK_THERMOS, BIND_BODY, "object" },
    { STICK_JOINT, BIND_BODY_JOINT, "stick" },   { STICK_SLIDE_X, BIND_JOINT, "obj_slidex" },
    { STICK_SLIDE_Y, BIND_JOINT, "obj_slidey" }, { 0, BIND_BODY, NULL },
};

const char *const stick_shown[] = { "stick", "object", NULL };

Status stick_reset(TaskContext *context, const double *vector, double y, double z, Error *error)
{
    const double start[3] = { vector[0], vector[1], 0.02 };
    const double target[3] = { vector[3], vector[4], z };
    copy_point(context->value + STICK_START, start);
    set_target(context, target);
    Status status = place_free_object(context, STICK_JOINT, start, error);
    if (status) return status;
    /* upstream clears the velocity of the second slide only */
    context->view->qpos[context->address[STICK_SLIDE_X]] = 0;
    set_joint(context, STICK_SLIDE_Y, y);
    status = sim_forward(context->sim, error);
    if (status) return status;
    set_object_start(context, body_position(context, STICK_THERMOS));
    move_site(context, STICK_GOAL, target);
    return OK;
}

void stick_observe(const TaskContext *context, double y, double out[14])
{
    observe_body_turned(context, body_position(context, STICK_BODY), STICK_BODY, out);
    offset_point(out + 7, site_position(context, STICK_HOLE), 0, y, 0);
}

bool stick_lifted(const TaskContext *context, const double obs[ENV_OBS], const double grip[3])
{
    double tcp[3];
    task_tcp(context, tcp);
    return distance3(grip, tcp) < 0.02 && obs[3] > 0 &&
           grip[2] - 0.01 > context->value[STICK_START + 2];
}

bool stick_inserted(const double end[3], const double ring[3])
{
    return end[0] >= ring[0] && fabs(end[1] - ring[1]) <= 0.04 && fabs(end[2] - ring[2]) <= 0.06;
}

void stick_outcome(Outcome *out, const TaskContext *context, const double grip[3], double reward,
                   bool success, bool held, double grasp, double in_place, double to_target)
{
    double tcp[3];
    task_tcp(context, tcp);
    outcome_fill(out, reward, success, distance3(grip, tcp) <= 0.03, held, grasp, in_place,
                 to_target);
}
