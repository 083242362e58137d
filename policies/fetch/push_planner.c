#include "policies/fetch/push_planner.h"

#include <math.h>

#define BORDER     0.02 /* way points keep off the table's edge */
#define NEAR_GOAL  0.03 /* way points closer than this to the goal are none */
#define SAME_FACE  0.06 /* cost of a second push from the same side: the hand stays low */
#define OTHER_FACE 0.30 /* and from another: up, around and down again */
#define HAND_SHARE 0.5  /* cost of a metre that the hand travels first */

static bool same_side(const PushFace *a, const PushFace *b)
{
    return a->axis == b->axis && a->sign == b->sign;
}

static double second_push(const PushScene *scene, const PushPlan *first, Spot goal)
{
    PushFace face;
    const double cost = push_segment(&face, scene, first->to, goal);
    return cost + (same_side(&first->face, &face) ? SAME_FACE : OTHER_FACE);
}

/* replaces *best if the way over `to` is cheaper */
static void try_way(PushPlan *best, const PushScene *scene, Spot to, Spot goal, Spot hand)
{
    const Spot block = scene->block[scene->moved];
    PushPlan plan = { .to = to, .detour = true };
    if (!push_on_table(scene->sizes, to, BORDER) || spot_distance(to, goal) < NEAR_GOAL) return;
    plan.cost = push_segment(&plan.face, scene, block, to);
    plan.cost += second_push(scene, &plan, goal);
    plan.cost += HAND_SHARE * spot_distance(hand, push_contact(scene, block, &plan.face));
    if (plan.cost < best->cost) *best = plan;
}

static PushPlan straight_way(const PushScene *scene, Spot goal, Spot hand)
{
    const Spot block = scene->block[scene->moved];
    PushPlan plan = { .to = goal };
    plan.cost = push_segment(&plan.face, scene, block, goal);
    plan.cost += HAND_SHARE * spot_distance(hand, push_contact(scene, block, &plan.face));
    return plan;
}

PushPlan push_plan(const PushScene *scene, Spot goal, Spot hand)
{
    static const double radii[] = { 0.08, 0.14 };
    const Spot block = scene->block[scene->moved];
    const double eighth = atan2(1, 1);
    PushPlan best = straight_way(scene, goal, hand);
    try_way(&best, scene, (Spot){ { goal.xy[0], block.xy[1] } }, goal, hand);
    try_way(&best, scene, (Spot){ { block.xy[0], goal.xy[1] } }, goal, hand);
    for (int r = 0; r < 2; r++)
        for (int i = 0; i < 8; i++) {
            const Spot to = { { block.xy[0] + radii[r] * cos(eighth * i),
                                block.xy[1] + radii[r] * sin(eighth * i) } };
            try_way(&best, scene, to, goal, hand);
        }
    return best;
}
