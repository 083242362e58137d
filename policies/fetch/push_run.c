/* Push after push until the block lies at its goal. */
#include <string.h>

#include "policies/fetch/fetch_experts.h"

#define REACHED   0.014 /* while pushing */
#define GOOD      0.040 /* between pushes */
#define GOOD_PUSH 0.042 /* at a push's end */
#define LOST      0.044

static bool rest(PushRun *run, float action[ENV_ACTION])
{
    run->pushing = false;
    run->holding = true;
    memset(action, 0, 3 * sizeof *action);
    return true;
}

static void begin(PushRun *run, const PushScene *scene, Spot goal, const FetchHand *hand)
{
    const PushPlan plan = push_plan(scene, goal, spot_of(hand->at));
    stroke_begin(&run->stroke, &plan);
    run->pushing = true;
    run->holding = false;
}

bool push_run_act(PushRun *run, const PushScene *scene, Spot goal, const FetchHand *hand,
                  float action[ENV_ACTION])
{
    const double off = spot_distance(scene->block[scene->moved], goal);
    if (run->holding && off < LOST) return rest(run, action);
    if (!run->pushing && off < GOOD) return rest(run, action);
    if (!run->pushing) begin(run, scene, goal, hand);
    const StrokePhase before = run->stroke.phase;
    if (before == STROKE_PUSH && off < REACHED) return rest(run, action);
    StrokePhase now = stroke_act(&run->stroke, scene, hand, action);
    if (before == STROKE_PUSH && now != STROKE_PUSH && off < GOOD_PUSH) return rest(run, action);
    if (now == STROKE_DONE && off < GOOD) return rest(run, action);
    if (now == STROKE_DONE) {
        begin(run, scene, goal, hand);
        now = stroke_act(&run->stroke, scene, hand, action);
    }
    return false;
}
