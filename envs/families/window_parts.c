#include "envs/families/window_parts.h"

#include <math.h>

void window_reset(TaskContext *context, const double place[3], double to_right, double slide,
                  double start_right)
{
    set_object_start(context, place);
    offset_point(context->target, place, to_right, 0, 0);
    move_body(context, WINDOW_BODY, place);
    const double *handle = site_position(context, WINDOW_HANDLE);
    offset_point(context->value + WINDOW_START, handle, start_right, 0, 0);
    context->view->qpos[context->address[WINDOW_SLIDE]] = slide;
    move_site(context, WINDOW_GOAL, context->target);
}

void window_objects(const TaskContext *context, double out[14])
{
    copy_point(out, site_position(context, WINDOW_HANDLE));
}

void window_outcome(Outcome *out, const TaskContext *context, const double obs[ENV_OBS],
                    ToleranceKind kind, double from_x)
{
    double tcp[3];
    task_tcp(context, tcp);
    const double *handle = obs + 4;
    const double away = fabs(handle[0] - context->target[0]);
    const double reach = distance3(handle, tcp);
    const double reach_start = distance3(context->value + WINDOW_START, context->tcp_start);
    const double near = tolerance_since(reach, 0.02, reach_start, kind);
    const double in_place =
        tolerance_since(away, 0.05, fabs(from_x - context->target[0]), TOLERANCE_LONG_TAIL);
    outcome_fill(out, 10 * hamacher_product(near, in_place), away <= 0.05, reach <= 0.05, 1, near,
                 in_place, away);
}
