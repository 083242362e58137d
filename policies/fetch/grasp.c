#include "policies/fetch/grasp.h"

#include <math.h>

#include "policies/fetch/push_planner.h"

#define CLEARANCE 0.004 /* between fingers and other blocks */
#define BORDER    0.06  /* free places lie this far inside the table */

const GraspSizes grasp_sizes_blocks = {
    .inner = 0, .thickness = 0.042, .widest = 0.0625, .height = 0.448
};
const GraspSizes grasp_sizes_stock = {
    .inner = 0.0009, .thickness = 0.014, .widest = 0.05, .height = 0.422
};

const GraspSizes *grasp_sizes(const FetchTask *task)
{
    return task->stock ? &grasp_sizes_stock : &grasp_sizes_blocks;
}

/* the deeper of both fingers in other blocks */
static double finger_crowding(const GraspSizes *sizes, const PushScene *scene, Spot hand,
                              double open)
{
    const Spot half = { { scene->sizes->finger.xy[0] + CLEARANCE,
                          sizes->thickness / 2 + CLEARANCE } };
    const double off = sizes->inner + open + sizes->thickness / 2;
    const Spot left = { { hand.xy[0], hand.xy[1] - off } },
               right = { { hand.xy[0], hand.xy[1] + off } };
    return fmax(push_collision(scene, left, half, scene->moved),
                push_collision(scene, right, half, scene->moved));
}

Grasp grasp_find(const GraspSizes *sizes, const PushScene *scene, Spot block)
{
    static const double along[] = { 0, 0.010, -0.010, 0.020, -0.020, 0.030, -0.030 };
    static const double slacks[] = { 1, 0.7, 0.45 }; /* of what is wider than the block */
    const double needed = scene->sizes->block - sizes->inner, spare = sizes->widest - needed;
    Grasp best = { .deep = HUGE_VAL };
    for (int s = 0; s < 3; s++)
        for (int i = 0; i < 7; i++) {
            Grasp tried = { .open = needed + slacks[s] * spare };
            tried.shift.xy[0] = along[i] * scene->sizes->block / push_sizes_blocks.block;
            const Spot hand = { { block.xy[0] + tried.shift.xy[0], block.xy[1] } };
            tried.deep = finger_crowding(sizes, scene, hand, tried.open);
            if (tried.deep < best.deep) best = tried;
        }
    return best;
}

bool grasp_free_place(Spot *out, const GraspSizes *sizes, const PushScene *scene, Spot hand)
{
    static const double radii[] = { 0.05, 0.09, 0.13, 0.18 };
    const Spot block = scene->block[scene->moved];
    const double eighth = atan2(1, 1);
    double best = HUGE_VAL;
    *out = block;
    for (int r = 0; r < 4; r++)
        for (int i = 0; i < 8; i++) {
            const Spot place = { { block.xy[0] + radii[r] * cos(eighth * i),
                                   block.xy[1] + radii[r] * sin(eighth * i) } };
            if (!push_on_table(scene->sizes, place, BORDER)) continue;
            if (grasp_find(sizes, scene, place).deep > 0) continue;
            const PushPlan plan = push_plan(scene, place, hand);
            if (!(plan.cost < best)) continue;
            best = plan.cost;
            *out = place;
        }
    return best < HUGE_VAL;
}
