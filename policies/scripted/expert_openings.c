/**
 * Experts of what slides or turns: drawer, window, faucet, dial.
 */
#include "policies/scripted/expert.h"

/* in front of the handle at its height, then against it; from behind up and over it first */
static Point drawer_close(const Scene *s)
{
    const Point handle = raised(s->object, -0.02);
    if (s->hand.y > handle.y && s->hand.z < handle.z + 0.23)
        return (Point){ s->hand.x, s->hand.y, handle.z + 0.5 };
    if (s->hand.y > handle.y) return shifted(handle, 0, -0.075, 0.23);
    return distance_z(s->hand, handle) > 0.04 ? shifted(handle, 0, -0.075, 0) : handle;
}

static Move drawer_open(const Scene *s)
{
    const Point handle = raised(s->object, -0.02);
    if (distance_xy(s->hand, handle) > 0.06) return (Move){ raised(handle, 0.3), 4, -1 };
    if (distance_z(s->hand, handle) > 0.04) return (Move){ handle, 4, -1 };
    return (Move){ shifted(handle, 0, -0.06, 0), 50, -1 };
}

/* above the grip, down beside it, then along x */
static Point window_slide(const Scene *s, Point grip, double height, double x)
{
    if (distance_xy(s->hand, grip) > 0.04) return raised(grip, height);
    return distance_z(s->hand, grip) > 0.02 ? grip : shifted(grip, x, 0, 0);
}

static Point window_open(const Scene *s)
{
    return window_slide(s, shifted(s->object, -0.03, -0.03, -0.08), 0.3, 0.1);
}

static Point window_close(const Scene *s)
{
    return window_slide(s, shifted(s->object, 0.03, -0.03, -0.08), 0.25, -0.1);
}

/* beside the handle, `side` metres along x, then through it */
static Point faucet_turn(const Scene *s, double side, double x)
{
    const Point handle = shifted(s->object, side, 0, 0.03);
    if (distance_xy(s->hand, handle) > 0.04) return raised(handle, 0.1);
    return distance_z(s->hand, handle) > 0.04 ? handle : shifted(handle, x, 0.05, 0);
}

static Point faucet_open(const Scene *s)
{
    return faucet_turn(s, -0.04, 0.1);
}

static Point faucet_close(const Scene *s)
{
    return faucet_turn(s, 0.04, -0.1);
}

static Point dial_turn(const Scene *s)
{
    const Point dial = shifted(s->object, 0.05, 0.02, 0.09);
    if (distance_xy(s->hand, dial) > 0.02) return (Point){ dial.x, dial.y, 0.2 };
    return distance_z(s->hand, dial) > 0.02 ? dial : shifted(dial, -0.05, 0.005, 0);
}

const ExpertDef expert_drawer_close = {
    .task = "drawer-close",
    .gain = 25,
    .to = drawer_close,
    .grip = { .closed = 1 },
};

const ExpertDef expert_drawer_open = { .task = "drawer-open", .move = drawer_open };

const ExpertDef expert_window_open = {
    .task = "window-open",
    .gain = 25,
    .to = window_open,
    .grip = { .closed = 1 },
};

const ExpertDef expert_window_close = {
    .task = "window-close",
    .gain = 25,
    .to = window_close,
    .grip = { .closed = 1 },
};

const ExpertDef expert_faucet_open = {
    .task = "faucet-open",
    .gain = 25,
    .to = faucet_open,
    .grip = { .closed = 1 },
};

const ExpertDef expert_faucet_close = {
    .task = "faucet-close",
    .gain = 25,
    .to = faucet_close,
    .grip = { .closed = 1 },
};

const ExpertDef expert_dial_turn = {
    .task = "dial-turn",
    .gain = 10,
    .to = dial_turn,
    .grip = { .closed = 1 },
};
