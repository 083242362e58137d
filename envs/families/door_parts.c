#include "envs/families/door_parts.h"

const Binding door_bindings[] = {
    { DOOR_BODY, BIND_BODY, "door" },
    { DOOR_HANDLE, BIND_GEOM, "handle" },
    { DOOR_JOINT, BIND_JOINT, "doorjoint" },
    { DOOR_GOAL, BIND_SITE, "goal" },
    { 0, BIND_BODY, NULL },
};

Status door_reset(TaskContext *context, const double place[3], double angle, Error *error)
{
    set_object_start(context, place);
    move_body(context, DOOR_BODY, place);
    move_site(context, DOOR_GOAL, context->target);
    set_joint(context, DOOR_JOINT, angle);
    return sim_forward(context->sim, error);
}

void door_observe(const TaskContext *context, double out[14])
{
    observe_geom_turned(context, geom_position(context, DOOR_HANDLE), DOOR_HANDLE, out);
}
