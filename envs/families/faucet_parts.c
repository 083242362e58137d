#include "envs/families/faucet_parts.h"

const Binding faucet_bindings[] = {
    { FAUCET_BASE, BIND_BODY, "faucetBase" },
    { FAUCET_OPEN_HANDLE, BIND_SITE, "handleStartOpen" },
    { FAUCET_OPEN_GOAL, BIND_SITE, "goal_open" },
    { FAUCET_CLOSE_HANDLE, BIND_SITE, "handleStartClose" },
    { FAUCET_CLOSE_GOAL, BIND_SITE, "goal_close" },
    { 0, BIND_BODY, NULL },
};

void faucet_place(TaskContext *context, const double place[3], double length, int goal_slot)
{
    set_object_start(context, place);
    move_body(context, FAUCET_BASE, place);
    offset_point(context->target, place, length, 0, 0.125);
    move_site(context, goal_slot, context->target);
}

void faucet_observe(const TaskContext *context, int handle_slot, double out[14])
{
    observe_body(context, FAUCET_BASE, out);
    offset_point(out, site_position(context, handle_slot), 0, 0, -0.01);
}

void faucet_evaluate(const TaskContext *context, const double handle[3], Outcome *out)
{
    const double *start = context->object_start, *target = context->target;
    double tcp[3];
    task_tcp(context, tcp);
    const double to_target = distance3(handle, target), to_handle = distance3(handle, tcp);
    const double turned =
        tolerance_since(to_target, 0.07, distance3(start, target), TOLERANCE_LONG_TAIL);
    const double reach =
        tolerance_since(to_handle, 0.01, distance3(start, context->tcp_start), TOLERANCE_GAUSSIAN);
    const double reward = to_target <= 0.07 ? 10 : (2 * reach + 3 * turned) * 2;
    outcome_fill(out, reward, to_target <= 0.07, to_handle <= 0.01, 1, reach, turned, to_target);
}
