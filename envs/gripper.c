#include "envs/gripper.h"

#include <math.h>

#include "envs/reward.h"

Number gripper_closed(float effort, double most)
{
    if (!(effort > 0)) return number_plain(0);
    const Number wanted = number_single(effort);
    /* a plain number meets a float32 as float32 */
    if ((double)(float)most < wanted.value) return number_plain(1);
    return number_divide(wanted, number_plain(most));
}

double gripper_effort(float effort)
{
    const float wanted = effort < -1.0f ? -1.0f : effort > 1.0f ? 1.0f : effort;
    return (double)((wanted + 1.0f) / 2.0f);
}

static double pad_y(const TaskContext *context, int pad)
{
    return context->view->xpos[3 * (size_t)pad + 1];
}

static double xz_apart(const double a[3], const double b[3])
{
    return norm3(a[0] - b[0], 0, a[2] - b[2]);
}

/* ---- cage ---- */

static double cage_side(const TaskContext *context, int pad, const double object[3],
                        const double start[3], const Cage *cage)
{
    const double y = pad_y(context, pad);
    const double margin = fabs(fabs(y - start[1]) - cage->pad_distance);
    return tolerance_long_tail(fabs(y - object[1]), cage->radius, cage->pad_distance, margin);
}

/* closeness of the finger tips in x and z; the margin is what it was at the start */
static double xz_closeness(const TaskContext *context, const double tcp[3], const double object[3],
                           const double start[3], double distance)
{
    const double margin = xz_apart(start, context->tcp_start) - distance;
    return tolerance_long_tail(xz_apart(tcp, object), 0, distance, margin);
}

static Number with_reach(const TaskContext *context, const double tcp[3], const double object[3],
                         const double start[3], double reach, Number caged)
{
    const double arrived = reach > 0 ? reach : 0.01;
    const double margin = fabs(distance3(start, context->tcp_start) - arrived);
    const double near = tolerance_long_tail(distance3(object, tcp), 0, arrived, margin);
    return number_divide(number_add(caged, number_plain(near)), number_plain(2));
}

Number cage_reward(const TaskContext *context, const double object[3], const double start[3],
                   const float action[ENV_ACTION], const Cage *cage)
{
    double tcp[3];
    context->task->robot->tcp(context, tcp);
    const double left = cage_side(context, context->robot.left_pad, object, start, cage);
    const double right = cage_side(context, context->robot.right_pad, object, start, cage);
    const double xz = xz_closeness(context, tcp, object, start, cage->xz_distance);
    const double caging = hamacher_product(hamacher_product(left, right), xz);
    const double effort = cage->effort > 0 ? cage->effort : 1;
    const Number grip = caging > 0.97 ? gripper_closed(action[3], effort) : number_plain(0);
    const Number caged = number_hamacher(number_plain(caging), grip);
    if (cage->mode == CAGE_MEDIUM)
        return with_reach(context, tcp, object, start, cage->reach, caged);
    if (cage->mode == CAGE_PLAIN) return caged;
    return number_divide(number_add(caged, number_plain(caging)), number_plain(2));
}

/* ---- pinch ---- */

/* both pads inside [radius, width] of the object, each by its own margin */
static double pads_within(const TaskContext *context, const double object[3], double radius,
                          double width)
{
    const double away = 0.05;
    const double left = pad_y(context, context->robot.left_pad);
    const double right = pad_y(context, context->robot.right_pad);
    const double margin_left = fabs(fabs(object[1] - left) - away);
    const double margin_right = fabs(fabs(object[1] - right) - away);
    return hamacher_product(tolerance_long_tail(object[1] - right, radius, width, margin_right),
                            tolerance_long_tail(left - object[1], radius, width, margin_left));
}

Number pinch_reward(const TaskContext *context, const double object[3],
                    const float action[ENV_ACTION], const Pinch *pinch)
{
    double tcp[3];
    context->task->robot->tcp(context, tcp);
    const double xz = xz_closeness(context, tcp, object, context->object_start, pinch->xz_distance);
    const double caging = hamacher_product(pads_within(context, object, pinch->radius, 0.05), xz);
    Number grip = number_plain(0);
    if (pinch->grip_width <= 0) {
        if (caging > 0.97) grip = gripper_closed(action[3], 1);
        grip = number_hamacher(number_plain(caging), grip);
    } else if (caging > 0.95) {
        const double width = pinch->radius + pinch->grip_width;
        grip = number_plain(pads_within(context, object, pinch->radius, width));
    }
    return number_divide(number_add(grip, number_plain(caging)), number_plain(2));
}

/* ---- touch ---- */

bool gripper_touches(const TaskContext *context, int geom)
{
    return sim_contact_force(context->sim, context->robot.left_pad_geom, geom) > 0 &&
           sim_contact_force(context->sim, context->robot.right_pad_geom, geom) > 0;
}

bool gripper_holds(const TaskContext *context, const double obs[ENV_OBS], int geom, double lift)
{
    return gripper_touches(context, geom) && obs[3] > 0 && obs[6] - lift > context->object_start[2];
}
