/*
 * Goals on the table are pushed to. For goals in the air: to the block, down around it, close, up and over. Where
 * the fingers find no room, the block is pushed to a free place first.
 */
#include <math.h>
#include <string.h>

#include "policies/fetch/fetch_experts.h"

#define ON_TABLE                                                                                   \
    0.02            /* goals not higher than this above the block's resting height are pushed to */
#define ABOVE 0.010 /* horizontal error at which the hand goes down */
#define DOWN  0.008 /* height error at which it closes */
#define OVER  0.06 /* the block is lifted this much above its resting height before it moves aside */
#define LOST  0.05 /* a block this far from the hand is not held */
#define MOVED 0.02 /* a block that moved this much beside the hand is approached again */
#define GRIP  (-0.05)
enum { CLOSING = 2 }; /* decisions */

static double horizontal(const FetchHand *hand, Spot to)
{
    return spot_distance(spot_of(hand->at), to);
}

static Spot hand_place(const PickRun *run, Spot block)
{
    return (Spot){ { block.xy[0] + run->grasp.shift.xy[0], block.xy[1] + run->grasp.shift.xy[1] } };
}

/* the fourth component that brings the finger joints to `open` */
static float opening(const FetchSight *sight, double open)
{
    return (float)fmin(fmax(open - sight->opening / 2, -1), 1);
}

/* ---- phases: true when the phase is over and nothing was decided ---- */

static void begin(PickRun *run, const FetchSight *sight, const PushScene *scene,
                  const FetchHand *hand)
{
    const GraspSizes *sizes = grasp_sizes(sight->task);
    run->grasp = grasp_find(sizes, scene, scene->block[0]);
    run->phase = PICK_TRAVEL;
    run->push = (PushRun){ 0 };
    if (run->grasp.deep > 0 && grasp_free_place(&run->free, sizes, scene, spot_of(hand->at)))
        run->phase = PICK_CLEAR;
}

static bool clear(PickRun *run, const PushScene *scene, const FetchHand *hand,
                  float action[ENV_ACTION])
{
    action[3] = -1;
    return push_run_act(&run->push, scene, run->free, hand, action);
}

static bool travel(const PickRun *run, const FetchSight *sight, const PushScene *scene,
                   const FetchHand *hand, float action[ENV_ACTION])
{
    const Spot to = hand_place(run, scene->block[0]);
    double place[3] = { to.xy[0], to.xy[1], scene->sizes->travel };
    if (horizontal(hand, to) < ABOVE && sight->opening / 2 > run->grasp.open - 0.004) return true;
    if (hand->at[2] < scene->sizes->travel - 0.012) memcpy(place, hand->at, 2 * sizeof *place);
    fetch_move_to(hand, place, action);
    action[3] = opening(sight, run->grasp.open);
    return false;
}

static bool descend(const PickRun *run, const FetchSight *sight, const PushScene *scene,
                    const FetchHand *hand, float action[ENV_ACTION])
{
    const Spot to = hand_place(run, scene->block[0]);
    const double place[3] = { to.xy[0], to.xy[1], grasp_sizes(sight->task)->height };
    if (hand->at[2] < place[2] + DOWN) return true;
    fetch_move_to(hand, place, action);
    action[3] = opening(sight, run->grasp.open);
    return false;
}

static void carry(const FetchSight *sight, const PushScene *scene, const FetchHand *hand,
                  double rest, float action[ENV_ACTION])
{
    const double *block = sight->block[0];
    double place[3];
    for (int k = 0; k < 3; k++)
        place[k] = hand->at[k] + sight->goal[k] - block[k];
    const double over = rest + OVER, off = spot_distance(scene->block[0], spot_of(sight->goal));
    if (off > LOST && sight->goal[2] < over) place[2] += over - sight->goal[2];
    if (off > LOST && block[2] < over - 0.02) memcpy(place, hand->at, 2 * sizeof *place);
    fetch_move_to(hand, place, action);
    action[3] = (float)GRIP;
}

static bool is_held(const FetchSight *sight, const FetchHand *hand)
{
    double sum = 0;
    for (int k = 0; k < 3; k++)
        sum += (sight->block[0][k] - hand->at[k]) * (sight->block[0][k] - hand->at[k]);
    return sqrt(sum) < LOST;
}

void pick_run_act(PickRun *run, const FetchSight *sight, const FetchHand *hand,
                  float action[ENV_ACTION])
{
    const PushScene scene = push_scene(sight, 0);
    const double rest = 0.4 + scene.sizes->block;
    if (sight->goal[2] < rest + ON_TABLE) {
        action[3] = -1;
        push_run_act(&run->push, &scene, spot_of(sight->goal), hand, action);
        return;
    }
    if (run->phase == PICK_CARRY && !is_held(sight, hand)) run->phase = PICK_PLAN;
    if (run->phase == PICK_CLEAR && !clear(run, &scene, hand, action)) return;
    if (run->phase == PICK_CLEAR) run->phase = PICK_PLAN;
    if (run->phase == PICK_PLAN) begin(run, sight, &scene, hand);
    if (run->phase == PICK_CLEAR) {
        (void)clear(run, &scene, hand, action);
        return;
    }
    if (run->phase == PICK_TRAVEL && !travel(run, sight, &scene, hand, action)) return;
    if (run->phase == PICK_TRAVEL) run->phase = PICK_DESCEND;
    if (run->phase == PICK_DESCEND && !descend(run, sight, &scene, hand, action)) return;
    if (run->phase == PICK_DESCEND) {
        run->phase = PICK_CLOSE;
        run->waited = 0;
    }
    if (run->phase == PICK_CLOSE && run->waited++ < CLOSING) {
        action[3] = (float)GRIP;
        return;
    }
    run->phase = PICK_CARRY;
    carry(sight, &scene, hand, rest, action);
}
