#include "envs/task_parts.h"

#include <string.h>

/* ---- names ---- */

static SimObject kind_of(BindKind kind)
{
    switch (kind) {
    case BIND_GEOM:
        return SIM_GEOM;
    case BIND_SITE:
        return SIM_SITE;
    case BIND_JOINT:
        return SIM_JOINT;
    case BIND_BODY:
    case BIND_BODY_JOINT:
        break;
    }
    return SIM_BODY;
}

static Status bind_one(TaskContext *context, const Binding *binding, Error *error)
{
    int index = -1;
    Status status = sim_find(&index, context->sim, kind_of(binding->kind), binding->name, error);
    if (status) return status;
    if (binding->kind == BIND_BODY_JOINT) {
        const int body = index;
        index = sim_body_joint(context->sim, body);
        if (index < 0) return error_set(error, ERR_FORMAT, "body '%s' has no joint", binding->name);
    }
    if (binding->kind != BIND_JOINT && binding->kind != BIND_BODY_JOINT) {
        context->address[binding->slot] = index;
        return OK;
    }
    context->address[binding->slot] = sim_joint_qpos(context->sim, index);
    context->address[binding->slot + 1] = sim_joint_qvel(context->sim, index);
    return OK;
}

Status task_bind(TaskContext *context, const Binding *bindings, Error *error)
{
    Status status = OK;
    for (const Binding *next = bindings; !status && next && next->name; next++)
        status = bind_one(context, next, error);
    return status;
}

/* ---- poses ---- */

static size_t bound(const TaskContext *context, int slot)
{
    return (size_t)context->address[slot];
}

const double *body_position(const TaskContext *context, int slot)
{
    return context->view->xpos + 3 * bound(context, slot);
}

const double *body_quaternion(const TaskContext *context, int slot)
{
    return context->view->xquat + 4 * bound(context, slot);
}

const double *geom_position(const TaskContext *context, int slot)
{
    return context->view->geom_xpos + 3 * bound(context, slot);
}

const double *site_position(const TaskContext *context, int slot)
{
    return context->view->site_xpos + 3 * bound(context, slot);
}

void observe_body(const TaskContext *context, int slot, double out[7])
{
    memcpy(out, body_position(context, slot), 3 * sizeof *out);
    memcpy(out + 3, body_quaternion(context, slot), 4 * sizeof *out);
}

static void observe_turned(const double position[3], const double *matrix, double out[7])
{
    memcpy(out, position, 3 * sizeof *out);
    matrix_to_quaternion(out + 3, matrix);
}

void observe_geom_turned(const TaskContext *context, const double position[3], int geom_slot,
                         double out[7])
{
    observe_turned(position, context->view->geom_xmat + 9 * bound(context, geom_slot), out);
}

void observe_body_turned(const TaskContext *context, const double position[3], int body_slot,
                         double out[7])
{
    observe_turned(position, context->view->xmat + 9 * bound(context, body_slot), out);
}

void observe_site_turned(const TaskContext *context, const double position[3], int site_slot,
                         double out[7])
{
    observe_turned(position, context->view->site_xmat + 9 * bound(context, site_slot), out);
}

/* ---- placing ---- */

void set_target(TaskContext *context, const double position[3])
{
    copy_point(context->target, position);
}

void set_object_start(TaskContext *context, const double position[3])
{
    copy_point(context->object_start, position);
}

void move_body(const TaskContext *context, int slot, const double position[3])
{
    memcpy(context->view->body_pos + 3 * bound(context, slot), position, 3 * sizeof *position);
}

void move_site(const TaskContext *context, int slot, const double position[3])
{
    memcpy(context->view->site_pos + 3 * bound(context, slot), position, 3 * sizeof *position);
}

void set_joint(const TaskContext *context, int slot, double value)
{
    context->view->qpos[bound(context, slot)] = value;
    context->view->qvel[bound(context, slot + 1)] = 0;
}

Status place_free_object(TaskContext *context, int slot, const double position[3], Error *error)
{
    memcpy(context->view->qpos + bound(context, slot), position, 3 * sizeof *position);
    memset(context->view->qvel + bound(context, slot + 1), 0, 6 * sizeof *position);
    return sim_forward(context->sim, error);
}

Status place_object_and_goal(TaskContext *context, int object_slot, int goal_slot,
                             const double start[3], const double target[3], Error *error)
{
    set_object_start(context, start);
    set_target(context, target);
    Status status = place_free_object(context, object_slot, start, error);
    if (!status) move_site(context, goal_slot, target);
    return status;
}

/* ---- outcome ---- */

void task_tcp(const TaskContext *context, double out[3])
{
    context->task->robot->tcp(context, out);
}

void outcome_fill(Outcome *out, double reward, bool success, double near_object,
                  double grasp_success, double grasp_reward, double in_place_reward,
                  double obj_to_target)
{
    out->reward = reward;
    out->info = (EnvInfo){
        .success = success,
        .near_object = near_object,
        .grasp_success = grasp_success,
        .grasp_reward = grasp_reward,
        .in_place_reward = in_place_reward,
        .obj_to_target = obj_to_target,
    };
}
