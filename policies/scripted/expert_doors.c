/**
 * Experts of the door and its lock.
 */
#include "policies/scripted/expert.h"

static Point door_open(const Scene *s)
{
    const Point handle = { s->object.x - 0.05, s->object.y, s->object.z };
    if (distance_xy(s->hand, handle) > 0.12) return shifted(handle, 0.06, 0.02, 0.2);
    if (distance_z(s->hand, handle) > 0.04) return shifted(handle, 0.06, 0.02, 0);
    return handle;
}

/* over the handle to its far side, down, and push towards the goal */
static Point door_close(const Scene *s)
{
    const Point edge = shifted(s->object, 0.05, 0.12, 0.1);
    if (s->hand.x > edge.x && s->hand.z < edge.z + 0.2)
        return (Point){ s->hand.x, s->hand.y, edge.z + 0.25 };
    if (s->hand.x > edge.x) return (Point){ edge.x - 0.02, edge.y, s->hand.z };
    if (distance_z(s->hand, edge) > 0.04) return shifted(edge, -0.02, 0, 0);
    return s->target;
}

static Point door_lock(const Scene *s)
{
    const Point lock = shifted(s->object, -0.02, -0.02, 0);
    if (distance_xy(s->hand, lock) > 0.02)
        return s->hand.z < 0.25 ? shifted(s->hand, 0, -0.1, 0.1) : raised(lock, 0.3);
    return distance_z(s->hand, lock) > 0.02 ? lock : shifted(lock, -0.1, 0, -0.1);
}

static Point door_unlock(const Scene *s)
{
    const Point lock = shifted(s->object, -0.04, -0.02, -0.03);
    if (distance_xy(s->hand, lock) > 0.02)
        return s->hand.z > 0.15 ? shifted(s->hand, 0, -0.1, -0.1) : lock;
    return shifted(lock, 0.1, 0, 0.01);
}

const ExpertDef expert_door_open = {
    .task = "door-open",
    .gain = 25,
    .to = door_open,
    .grip = { .closed = 1 },
};

const ExpertDef expert_door_close = {
    .task = "door-close",
    .gain = 25,
    .to = door_close,
    .grip = { .closed = 1 },
};

const ExpertDef expert_door_lock = {
    .task = "door-lock",
    .gain = 25,
    .to = door_lock,
    .grip = { .closed = -1 },
};

const ExpertDef expert_door_unlock = {
    .task = "door-unlock",
    .gain = 25,
    .to = door_unlock,
    .grip = { .closed = 1 },
};
