/**
 * Experts that pick an object up and put it somewhere.
 */
#include <math.h>

#include "policies/scripted/expert.h"

static Point pick_place_to(const Scene *s)
{
    const Point puck = shifted(s->object, -0.005, 0, 0);
    if (distance_xy(s->hand, puck) > 0.02) return raised(puck, 0.1);
    if (distance_z(s->hand, puck) > 0.05 && puck.z < 0.04) return raised(puck, 0.03);
    return s->opening > 0.73 ? s->hand : s->target; /* waits for the fingers */
}

static Move pick_place(const Scene *s)
{
    return (Move){ pick_place_to(s), 10, distance(s->hand, s->object) < 0.07 ? 1 : 0 };
}

static Point pick_place_wall(const Scene *s)
{
    const Point puck = shifted(s->object, -0.005, 0, 0);
    const Point hand = s->hand, target = s->target;
    const bool at_wall = hand.x >= -0.15 && hand.x <= 0.35 && hand.y >= 0.6 && hand.y <= 0.8;
    if (distance_xy(hand, puck) > 0.015) return raised(puck, 0.1);
    if (distance_z(hand, puck) > 0.04 && puck.z < 0.03) return raised(puck, 0.03);
    if (at_wall && hand.z < 0.25) return raised(hand, 1);
    if (at_wall && hand.z < 0.35) return (Point){ target.x, target.y, hand.z };
    return distance_z(hand, target) > 0.01 ? (Point){ hand.x, hand.y, target.z } : target;
}

static Point pick_out_of_hole(const Scene *s)
{
    const Point puck = raised(s->object, 0.02);
    if (distance_xy(s->hand, puck) > 0.02) return raised(puck, 0.15);
    if (distance_z(s->hand, puck) > 0.01) return puck;
    if (distance_z(s->hand, s->target) > 0.04) return (Point){ s->hand.x, s->hand.y, s->target.z };
    return s->target;
}

/* The cube is taken for more central in its bin than it is, so that no finger lands outside; closing drags it. */
static Move bin_picking(const Scene *s)
{
    const Point cube = { s->object.x, fmax(0.675, fmin(s->object.y, 0.725)), s->object.z + 0.03 };
    const Point bin = { 0.12, 0.7, 0.02 };
    const double effort = distance_z(s->hand, cube) > 0.02 ? -1 : 0.6;
    if (distance_xy(s->hand, cube) > 0.02) return (Move){ raised(cube, 0.15), 25, -1 };
    if (distance_z(s->hand, cube) > 0.01) return (Move){ cube, 25, effort };
    if (distance_xy(s->hand, bin) <= 0.02) return (Move){ bin, 25, effort };
    if (s->hand.z < 0.15) return (Move){ raised(s->hand, 0.1), 25, effort };
    return (Move){ { bin.x, bin.y, 0.18 }, 25, effort };
}

static Point basketball(const Scene *s)
{
    const Point ball = raised(s->object, 0.01), hoop = { s->target.x, 0.875, 0.35 };
    if (distance_xy(s->hand, ball) > 0.04) return raised(ball, 0.3);
    if (distance_z(s->hand, ball) > 0.025) return ball;
    return distance_z(ball, hoop) > 0.025 ? (Point){ s->hand.x, s->hand.y, hoop.z } : hoop;
}

static Point shelf_place(const Scene *s)
{
    const Point block = shifted(s->object, -0.005, 0, 0.015);
    if (distance_xy(s->hand, block) > 0.04) return raised(block, 0.3);
    if (distance_z(s->hand, block) > 0.04) return block;
    if (fabs(s->hand.x - s->target.x) > 0.02) return (Point){ s->target.x, s->hand.y, 0.3 };
    return s->hand.z < 0.3 ? raised(s->hand, 0.3) : shifted(s->hand, 0, 0.05, 0);
}

static Point hand_insert(const Scene *s)
{
    if (distance_xy(s->hand, s->object) > 0.02) return raised(s->object, 0.1);
    if (distance_z(s->hand, s->object) > 0.05) return raised(s->object, 0.03);
    if (distance_xy(s->hand, s->target) > 0.04)
        return (Point){ s->target.x, s->target.y, s->hand.z };
    return s->target;
}

static Point box_close(const Scene *s)
{
    const Point lid = raised(s->object, 0.02), box = { s->target.x, s->target.y, 0.15 };
    if (distance_xy(s->hand, lid) > 0.01) return (Point){ lid.x, lid.y, 0.2 };
    if (distance_z(s->hand, lid) > 0.05) return lid;
    return distance_z(s->hand, box) > 0.04 ? (Point){ s->hand.x, s->hand.y, box.z } : box;
}

const ExpertDef expert_pick_place = {
    .task = "pick-place",
    .move = pick_place,
};

const ExpertDef expert_pick_place_wall = {
    .task = "pick-place-wall",
    .gain = 10,
    .to = pick_place_wall,
    .grip = { .xy = 0.015, .z = 0.1, .open = 0, .closed = 0.9 },
};

const ExpertDef expert_pick_out_of_hole = {
    .task = "pick-out-of-hole",
    .gain = 25,
    .to = pick_out_of_hole,
    .grip = { .at = { 0, 0, 0.02 }, .xy = 0.02, .z = 0.15, .open = 0, .closed = 0.1 },
};

const ExpertDef expert_bin_picking = {
    .task = "bin-picking",
    .move = bin_picking,
};

const ExpertDef expert_basketball = {
    .task = "basketball",
    .gain = 25,
    .to = basketball,
    .grip = { .xy = 0.04, .z = 0.15, .open = -1, .closed = 0.6 },
};

const ExpertDef expert_shelf_place = {
    .task = "shelf-place",
    .gain = 25,
    .to = shelf_place,
    .grip = { .xy = 0.04, .z = 0.15, .open = -1, .closed = 0.7 },
};

const ExpertDef expert_hand_insert = {
    .task = "hand-insert",
    .gain = 10,
    .to = hand_insert,
    .grip = { .xy = 0.02, .z = 0.1, .open = 0, .closed = 0.65 },
};

const ExpertDef expert_box_close = {
    .task = "box-close",
    .gain = 25,
    .to = box_close,
    .grip = { .at = { 0, 0, 0.02 }, .xy = 0.01, .z = 0.13, .open = 0.5, .closed = 1 },
};
