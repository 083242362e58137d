/**
 * Experts of handles and the lever: up and down.
 */
#include "policies/scripted/expert.h"

static Point handle_press(const Scene *s)
{
    const Point handle = shifted(s->object, 0, -0.02, 0);
    return raised(handle, distance_xy(s->hand, handle) > 0.02 ? 0.2 : -0.5);
}

static Point handle_press_side(const Scene *s)
{
    return raised(s->object, distance_xy(s->hand, s->object) > 0.02 ? 0.2 : -0.5);
}

static Point handle_pull(const Scene *s)
{
    const Point handle = shifted(s->object, 0, -0.04, 0);
    if (distance_xy(s->hand, handle) > 0.02) return handle;
    if (distance_z(s->hand, handle) > 0.02) /* upstream returns the height alone, for all axes */
        return (Point){ handle.z, handle.z, handle.z };
    return raised(handle, 0.1);
}

static Point handle_pull_side(const Scene *s)
{
    if (distance_xy(s->hand, s->object) > 0.04) return raised(s->object, 0.1);
    return distance_z(s->hand, s->object) > 0.03 ? s->object : raised(s->object, 1);
}

static Point lever_pull(const Scene *s)
{
    const Point lever = shifted(s->object, 0, -0.055, 0);
    if (distance_xy(s->hand, lever) > 0.02) return raised(lever, -0.1);
    return distance_z(s->hand, lever) > 0.02 ? lever : shifted(lever, 0, 0.08, 0.02);
}

const ExpertDef expert_handle_press = {
    .task = "handle-press",
    .gain = 25,
    .to = handle_press,
    .grip = { .closed = -1 },
};

const ExpertDef expert_handle_press_side = {
    .task = "handle-press-side",
    .gain = 25,
    .to = handle_press_side,
    .grip = { .closed = 1 },
};

const ExpertDef expert_handle_pull = {
    .task = "handle-pull",
    .gain = 25,
    .to = handle_pull,
    .grip = { .closed = 1 },
};

const ExpertDef expert_handle_pull_side = {
    .task = "handle-pull-side",
    .gain = 25,
    .to = handle_pull_side,
    .grip = { .xy = 0.04, .z = 0.04, .open = 0, .closed = 0.6 },
};

const ExpertDef expert_lever_pull = {
    .task = "lever-pull",
    .gain = 25,
    .to = lever_pull,
    .grip = { .closed = 1 },
};
