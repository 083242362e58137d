/**
 * Experts that push or drag an object over the table, and of the two reaches.
 */
#include <math.h>

#include "policies/scripted/expert.h"

static Point reach(const Scene *s)
{
    return s->target;
}

static Point reach_wall(const Scene *s)
{
    const bool meets_wall = s->hand.x >= -0.1 && s->hand.x <= 0.3 && s->hand.y >= 0.6 &&
                            s->hand.y <= 0.8 && s->hand.z < 0.25;
    return meets_wall ? raised(s->target, 1) : s->target;
}

/* what push and push-wall share: true while the puck has still to be grasped */
static bool grasps_puck(Point *to, const Scene *s, Point puck)
{
    const bool above = distance_xy(s->hand, puck) <= 0.02;
    *to = raised(puck, above ? 0.03 : 0.2);
    return !above || distance_z(s->hand, puck) > 0.04;
}

static Point push(const Scene *s)
{
    Point to;
    return grasps_puck(&to, s, shifted(s->object, -0.005, 0, 0)) ? to : s->target;
}

/* left along the wall, then forward past its end */
static Point push_wall(const Scene *s)
{
    const Point puck = shifted(s->object, -0.005, 0, 0);
    Point to;
    if (grasps_puck(&to, s, puck)) return to;
    if (puck.x >= -0.1 && puck.x <= 0.3 && puck.y >= 0.65 && puck.y <= 0.75)
        return shifted(s->hand, -1, 0, 0);
    const bool at_end = (puck.x > -0.15 && puck.x < 0.05) || (puck.x > 0.15 && puck.x < 0.35);
    if (at_end && puck.y >= 0.695 && puck.y <= 0.755) return shifted(s->hand, 0, 1, 0);
    return s->target;
}

static Point push_back(const Scene *s)
{
    if (distance_xy(s->hand, s->object) > 0.04) return raised(s->object, 0.3);
    if (distance_z(s->hand, s->object) > 0.055) return s->object;
    return raised(s->target, s->hand.z);
}

static Move sweep(const Scene *s)
{
    const Point cube = raised(s->object, 0.015);
    const bool away =
        distance_xy(s->hand, s->object) > 0.04 || distance_z(s->hand, s->object) > 0.15;
    const double effort = !away && s->object.x < 0.4 ? 0.7 : -1; /* let go over the edge */
    if (s->hand.x < 0.2 && distance_xy(s->hand, cube) > 0.04)
        return (Move){ raised(cube, 0.3), 25, effort };
    if (s->hand.x < 0.2 && distance_z(s->hand, cube) > 0.04) return (Move){ cube, 25, effort };
    return (Move){ raised(s->target, 0.1), 25, effort };
}

static Point sweep_into(const Scene *s)
{
    const Point cube = shifted(s->object, -0.005, 0, 0.01);
    if (distance_xy(s->hand, cube) > 0.04) return raised(cube, 0.3);
    return distance_z(s->hand, cube) > 0.04 ? cube : s->target;
}

/* behind the ball as seen from the goal, then through it */
static Point soccer(const Scene *s)
{
    const Point ball = raised(s->object, 0.03);
    const double x = ball.x - s->target.x;
    Point from = shifted(ball, x < -0.05 ? -0.03 : x > 0.05 ? 0.03 : 0, 0, 0);
    if (fabs(x) <= 0.05) from.y += -0.03;
    from.z = distance_xy(s->hand, ball) < 0.02 ? 0.1 : 0.03;
    return distance(s->hand, from) > 0.01 ? from : ball;
}

/* onto the mug, `shift` off its centre; true while it has still to be grasped */
static bool grasps_mug(Point *to, const Scene *s, double shift, double height)
{
    const Point mug = shifted(s->object, shift, 0, 0.05);
    const bool above = distance_xy(s->hand, mug) <= 0.06;
    *to = above ? mug : raised(mug, height);
    return !above || distance_z(s->hand, mug) > 0.02;
}

static Point coffee_push(const Scene *s)
{
    Point to;
    return grasps_mug(&to, s, 0.01, 0.2) ? to : (Point){ s->target.x, s->target.y, 0.1 };
}

static Point coffee_pull(const Scene *s)
{
    Point to;
    return grasps_mug(&to, s, -0.005, 0.15) ? to : s->target;
}

const ExpertDef expert_reach = { .task = "reach", .gain = 5, .to = reach };

const ExpertDef expert_reach_wall = { .task = "reach-wall", .gain = 5, .to = reach_wall };

const ExpertDef expert_push = {
    .task = "push",
    .gain = 10,
    .to = push,
    .grip = { .xy = 0.02, .z = 0.1, .open = 0, .closed = 0.6 },
};

const ExpertDef expert_push_wall = {
    .task = "push-wall",
    .gain = 10,
    .to = push_wall,
    .grip = { .xy = 0.02, .z = 0.1, .open = 0, .closed = 0.6 },
};

const ExpertDef expert_push_back = {
    .task = "push-back",
    .gain = 10,
    .to = push_back,
    .grip = { .xy = 0.04, .z = 0.05, .open = 0, .closed = 0.9 },
};

const ExpertDef expert_sweep = {
    .task = "sweep",
    .move = sweep,
};

const ExpertDef expert_sweep_into = {
    .task = "sweep-into",
    .gain = 25,
    .to = sweep_into,
    .grip = { .xy = 0.04, .z = 0.15, .open = -1, .closed = 0.7 },
};

const ExpertDef expert_soccer = {
    .task = "soccer",
    .gain = 25,
    .to = soccer,
    .grip = { .closed = 1 },
};

const ExpertDef expert_coffee_push = {
    .task = "coffee-push",
    .gain = 10,
    .to = coffee_push,
    .grip = { .at = { 0.01, 0, 0.05 }, .xy = 0.06, .z = 0.1, .open = -1, .closed = 0.5 },
};

const ExpertDef expert_coffee_pull = {
    .task = "coffee-pull",
    .gain = 10,
    .to = coffee_pull,
    .grip = { .at = { 0.01, 0, 0.05 }, .xy = 0.06, .z = 0.1, .open = -1, .closed = 0.7 },
};
