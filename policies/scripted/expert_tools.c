/**
 * Experts that use one object on another: hammer, sticks, pegs, ring.
 */
#include <math.h>

#include "policies/scripted/expert.h"

static Point assembly(const Scene *s)
{
    const Point ring = shifted(s->object, -0.02, 0, 0), peg = shifted(s->target, 0.12, 0, 0.14);
    if (distance_xy(s->hand, ring) > 0.02) return raised(ring, 0.1);
    if (distance_xy(s->hand, peg) <= 0.02) return raised(peg, -0.2); /* held over the peg: drop */
    if (distance_z(s->hand, ring) > 0.05) return raised(ring, 0.03);
    return distance_z(s->hand, peg) > 0.04 ? (Point){ s->hand.x, s->hand.y, peg.z } : peg;
}

static Point disassemble(const Scene *s)
{
    const Point ring = shifted(s->object, -0.02, 0, 0.01);
    if (distance_xy(s->hand, ring) > 0.02) return raised(ring, 0.1);
    return distance_z(s->hand, ring) > 0.03 ? ring : raised(s->hand, 0.1);
}

static Point hammer(const Scene *s)
{
    const Point grip = shifted(s->object, -0.04, 0, -0.01);
    const Point nail = { 0.24 + -0.19, 0.71, 0.11 + 0.05 };
    if (distance_xy(s->hand, grip) > 0.04) return raised(grip, 0.1);
    if (distance_z(s->hand, grip) > 0.05 && grip.z < 0.03) return raised(grip, 0.03);
    return distance_xz(s->hand, nail) > 0.02 ? (Point){ nail.x, s->hand.y, nail.z } : nail;
}

static Point peg_insert_side(const Scene *s)
{
    const Point peg = s->object, hole = { -0.35, s->target.y, 0.16 };
    if (distance_xy(s->hand, peg) > 0.04) return raised(peg, 0.3);
    if (distance_z(s->hand, peg) > 0.025) return peg;
    return distance_yz(peg, hole) > 0.03 ? shifted(hole, 0.4, 0, 0) : hole;
}

static Point peg_unplug_side(const Scene *s)
{
    const Point peg = shifted(s->object, -0.02, 0, 0.035);
    if (distance_xy(s->hand, peg) > 0.04) return raised(peg, 0.2);
    if (fabs(s->hand.z - 0.15) > 0.02) return (Point){ peg.x, peg.y, 0.15 };
    return shifted(s->hand, 0.01, 0, 0);
}

/* take the stick, bring it to the thermos axis by axis; there, go to the goal */
static Point stick_to(const Scene *s, Point stick, Point thermos, Point goal)
{
    if (!(fabs(stick.x - thermos.x) > 0.04)) return goal;
    if (distance_xy(s->hand, stick) > 0.02) return raised(stick, 0.1);
    if (distance_z(s->hand, stick) > 0.02) return stick;
    if (fabs(stick.y - thermos.y) > 0.02) return (Point){ stick.x, thermos.y, stick.z };
    return distance_z(stick, thermos) > 0.02 ? (Point){ stick.x, thermos.y, thermos.z } : thermos;
}

static Point stick_push(const Scene *s)
{
    return stick_to(s, shifted(s->object, 0.015, 0, 0.03), s->second, raised(s->target, 0.132));
}

static Point stick_pull(const Scene *s)
{
    return stick_to(s, shifted(s->object, -0.015, 0, 0.03), shifted(s->second, -0.015, 0, 0.03),
                    shifted(s->target, -0.05, 0, 0));
}

const ExpertDef expert_assembly = {
    .task = "assembly",
    .gain = 10,
    .to = assembly,
    .grip = { .at = { -0.02, 0, 0 }, .xy = 0.02, .z = 0.12, .open = 0, .closed = 0.6 },
};

const ExpertDef expert_disassemble = {
    .task = "disassemble",
    .gain = 10,
    .to = disassemble,
    .grip = { .at = { -0.02, 0, 0.01 }, .xy = 0.02, .z = 0.07, .open = 0, .closed = 0.8 },
};

const ExpertDef expert_hammer = {
    .task = "hammer",
    .gain = 10,
    .to = hammer,
    .grip = { .at = { -0.04, 0, -0.01 }, .xy = 0.04, .z = 0.1, .open = 0, .closed = 0.8 },
};

const ExpertDef expert_peg_insert_side = {
    .task = "peg-insert-side",
    .gain = 25,
    .to = peg_insert_side,
    .grip = { .xy = 0.04, .z = 0.15, .open = -1, .closed = 0.6 },
};

const ExpertDef expert_peg_unplug_side = {
    .task = "peg-unplug-side",
    .gain = 25,
    .to = peg_unplug_side,
    .grip = { .at = { -0.02, 0, 0.035 }, .xy = 0.04, .z = 0.15, .open = -1, .closed = 0.1 },
};

const ExpertDef expert_stick_push = {
    .task = "stick-push",
    .gain = 10,
    .to = stick_push,
    .grip = { .at = { 0.015, 0, 0.03 }, .xy = 0.02, .z = 0.1, .open = -1, .closed = 0.7 },
};

const ExpertDef expert_stick_pull = {
    .task = "stick-pull",
    .gain = 25,
    .to = stick_pull,
    .grip = { .at = { -0.015, 0, 0.03 }, .xy = 0.02, .z = 0.1, .open = -1, .closed = 0.7 },
};
