#include "envs/rewards_v1/terms_v1.h"

#include <math.h>

double distance_v1(const double a[3], const double b[3], unsigned axes)
{
    return norm3(axes & AXIS_X ? a[0] - b[0] : 0, axes & AXIS_Y ? a[1] - b[1] : 0,
                 axes & AXIS_Z ? a[2] - b[2] : 0);
}

double hand_distance_v1(const TaskContext *context, const double object[3])
{
    double tcp[3];
    task_tcp(context, tcp);
    return distance3(object, tcp);
}

const double *point_v1(const TaskContext *context, PointV1 point)
{
    switch (point.kind) {
    case POINT_BODY:
        return body_position(context, point.slot);
    case POINT_GEOM:
        return geom_position(context, point.slot);
    case POINT_SITE:
        return site_position(context, point.slot);
    case POINT_SITE_IN_BODY:
        return context->view->site_pos + 3 * (size_t)context->address[point.slot];
    case POINT_OBJECT_START:
        break;
    }
    return context->object_start;
}

double bells_v1(double distance, double wide, double narrow)
{
    const double squared = power2(distance);
    return exp(-squared / wide) + exp(-squared / narrow);
}

double progress_v1(double most, double distance)
{
    return fmax(1000 * (most - distance) + 1000 * bells_v1(distance, 0.01, 0.001), 0);
}

double closing_v1(const float action[ENV_ACTION])
{
    return action[3] > 0 ? (double)(action[3] / 50.0f) : 0;
}

void outcome_v1(Outcome *out, double reward, bool success, double obj_to_target, const InfoV1 *info)
{
    outcome_fill(out, reward, success, info->near_object, info->grasp_success, info->grasp_reward,
                 0, obj_to_target);
}
