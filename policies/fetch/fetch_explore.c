/*
 * Exploration of the Fetch tasks: stretches of held random actions over the table alternate with strokes, which
 * push a random block some way in a random direction. Strokes stop well before the table's edge; after half of
 * them the hand stays low, so that the random stretch moves blocks, too. In Pick, half of the strokes are lifts:
 * a random block is grasped, carried and, in the random stretch that follows, dropped.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "policies/fetch/fetch_experts.h"
#include "policies/fetch/fetch_policy.h"
#include "policies/scripted/scripted.h"

#define SHORTEST 0.04 /* of a stroke */
#define LONGEST  0.16
#define ASIDE    0.03 /* obliqueness, at most */
#define EDGE     0.02 /* centres of blocks that a random action pushes stay so far inside */
#define BORDER   0.09 /* strokes end this far from the table's edge */
enum { TRIES = 20, LIFT_MIN = 9, LIFT_MAX = 16 }; /* decisions of a lift */

typedef struct FetchExplore {
    FetchPolicy policy;
    ExploreOptions options;
    bool strokes; /* what runs: a stroke (Reach: a way to a random place), else random actions */
    int left;     /* decisions of a random stretch or of a way */
    int hold_left;
    bool lifts; /* the hand, after the stroke */
    bool carries;
    int block;
    Stroke stroke;
    PickRun pick;
    double place[3]; /* Reach: of the hand; lifts: of the block */
    float held[ENV_ACTION];
} FetchExplore;

/* where the hand roams */
static const double low[3] = { 1.16, 0.54, 0.425 }, high[3] = { 1.40, 0.94, 0.56 };

static int draw_span(Rng *rng, int from, int to)
{
    return from + (int)rng_below(rng, (uint64_t)(to - from) + 1);
}

/* ---- blocks stay on the table ---- */

/* how far from the table's edge along an axis a block ends that fingers at `hand` pushed at `speed` */
static double end_border(const PushSizes *sizes, double hand, double speed, int axis)
{
    const double ahead = sizes->finger.xy[axis] + sizes->block + speed * speed / (2 * 9.81);
    return speed > 0 ? sizes->far_corner.xy[axis] - hand - ahead
                     : hand - ahead - sizes->corner.xy[axis];
}

static bool pushes_off(const PushScene *scene, const FetchHand *hand, int axis,
                       const float action[ENV_ACTION])
{
    const double way = hand->reach * (double)action[axis];
    Spot next = { { hand->at[0] + hand->reach * (double)action[0],
                    hand->at[1] + hand->reach * (double)action[1] } };
    const double middle = (scene->sizes->corner.xy[axis] + scene->sizes->far_corner.xy[axis]) / 2;
    if ((next.xy[axis] - middle) * way <= 0) return false; /* inwards */
    if (end_border(scene->sizes, next.xy[axis], way / hand->hold, axis) > EDGE) return false;
    return push_collision(scene, next, scene->sizes->finger, -1) > 0;
}

/* fingers on a block's top would squeeze it away */
static void stay_above(const PushScene *scene, const FetchHand *hand, float action[ENV_ACTION])
{
    const double top = scene->sizes->travel - 0.005;
    Spot half = scene->sizes->finger, next = spot_of(hand->at);
    const double down = hand->at[2] + hand->reach * (double)action[2];
    if (hand->at[2] < scene->sizes->clear || down > top) return;
    for (int k = 0; k < 2; k++) {
        next.xy[k] += hand->reach * (double)action[k] / 2;
        half.xy[k] += hand->reach * fabs((double)action[k]) / 2 + 0.004;
    }
    if (push_collision(scene, next, half, -1) > 0)
        action[2] = (float)((top - hand->at[2]) / hand->reach);
}

/* a low hand stops where it would push a block too near to the edge */
static void spare_blocks(const FetchSight *sight, const FetchHand *hand, float action[ENV_ACTION])
{
    const PushScene scene = push_scene(sight, 0);
    stay_above(&scene, hand, action);
    if (hand->at[2] + hand->reach * (double)fminf(action[2], 0) > scene.sizes->travel - 0.015)
        return;
    if (sight->task->kind == FETCH_PICK) action[3] = -1; /* the guard counts on closed fingers */
    for (int k = 0; k < 2; k++)
        if (pushes_off(&scene, hand, k, action)) action[k] = 0;
}

/* ---- random actions ---- */

/* components that would lead out of the room are turned round */
static void turn_back(const FetchHand *hand, float action[ENV_ACTION])
{
    for (int k = 0; k < 3; k++) {
        const double next = hand->at[k] + hand->reach * (double)action[k];
        if (next < low[k])
            action[k] = fabsf(action[k]);
        else if (next > high[k])
            action[k] = -fabsf(action[k]);
    }
}

static void act_randomly(FetchExplore *explore, const FetchHand *hand, float action[ENV_ACTION])
{
    const ExploreOptions *options = &explore->options;
    Rng *rng = &explore->policy.rng;
    if (explore->hold_left == 0) {
        explore->hold_left = draw_span(rng, options->hold_min, options->hold_max);
        action_uniform(rng, options->action_scale, explore->held);
    }
    explore->hold_left--;
    memcpy(action, explore->held, sizeof explore->held);
    turn_back(hand, action);
}

/* ---- strokes ---- */

/* a random end of a stroke, or the middle of the table when none is found */
static Spot draw_end(Rng *rng, const PushScene *scene)
{
    const PushSizes *sizes = scene->sizes;
    for (int i = 0; i < TRIES; i++) {
        const int axis = (int)rng_below(rng, 2);
        const double sign = rng_below(rng, 2) ? 1 : -1;
        Spot to = scene->block[scene->moved];
        to.xy[axis] += sign * rng_range(rng, SHORTEST, LONGEST);
        to.xy[1 - axis] += rng_range(rng, -ASIDE, ASIDE);
        if (push_on_table(sizes, to, BORDER)) return to;
    }
    return (Spot){ { (sizes->corner.xy[0] + sizes->far_corner.xy[0]) / 2,
                     (sizes->corner.xy[1] + sizes->far_corner.xy[1]) / 2 } };
}

/* a block on the table, or -1 */
static int draw_block(Rng *rng, const PushScene *scene)
{
    int there[FETCH_BLOCKS], count = 0;
    for (int i = 0; i < scene->count; i++)
        if (!scene->fallen[i]) there[count++] = i;
    return count ? there[rng_below(rng, (uint64_t)count)] : -1;
}

/* whether fingers would come down on a block */
static bool is_crowded(const PushScene *scene, const PushFace *face)
{
    const Spot hand = push_approach(scene, scene->block[scene->moved], face);
    return push_collision(scene, hand, scene->sizes->finger, -1) > 0;
}

static bool begin_stroke(FetchExplore *explore, const FetchSight *sight)
{
    Rng *rng = &explore->policy.rng;
    PushScene scene = push_scene(sight, 0);
    explore->block = draw_block(rng, &scene);
    if (explore->block < 0) return false;
    scene.moved = explore->block;
    PushPlan plan = { 0 };
    for (int i = 0; i < TRIES && (i == 0 || is_crowded(&scene, &plan.face)); i++) {
        plan.to = draw_end(rng, &scene);
        push_segment(&plan.face, &scene, scene.block[scene.moved], plan.to);
    }
    if (is_crowded(&scene, &plan.face)) return false;
    stroke_begin(&explore->stroke, &plan);
    explore->lifts = rng_below(rng, 2);
    return true;
}

/* false when it is over */
static bool act_stroke(FetchExplore *explore, const FetchSight *sight, const FetchHand *hand,
                       float action[ENV_ACTION])
{
    const PushScene scene = push_scene(sight, explore->block);
    const StrokePhase now = stroke_act(&explore->stroke, &scene, hand, action);
    if (now == STROKE_DONE || (now == STROKE_LIFT && !explore->lifts)) return false;
    action[3] = -1;
    if (now == STROKE_PUSH)
        action_add_noise(&explore->policy.rng, explore->options.expert_noise, action);
    return true;
}

/* ---- lifts, for Pick ---- */

static bool begin_lift(FetchExplore *explore, const FetchSight *sight)
{
    Rng *rng = &explore->policy.rng;
    const PushScene scene = push_scene(sight, 0);
    explore->block = draw_block(rng, &scene);
    explore->pick = (PickRun){ 0 };
    explore->left = draw_span(rng, LIFT_MIN, LIFT_MAX);
    for (int k = 0; k < 3; k++)
        explore->place[k] = rng_range(rng, low[k], high[k]);
    explore->place[2] += scene.sizes->block; /* in the air */
    return explore->block >= 0;
}

/* as if the block were the task's and the place its goal */
static bool act_lift(FetchExplore *explore, const FetchSight *sight, const FetchHand *hand,
                     float action[ENV_ACTION])
{
    FetchSight view = *sight;
    const int block = explore->block;
    if (explore->left-- == 0) return false;
    memcpy(view.block[0], sight->block[block], sizeof view.block[0]);
    memcpy(view.block[block], sight->block[0], sizeof view.block[0]);
    memcpy(view.speed[0], sight->speed[block], sizeof view.speed[0]);
    memcpy(view.speed[block], sight->speed[0], sizeof view.speed[0]);
    view.turn[0] = sight->turn[block];
    view.turn[block] = sight->turn[0];
    memcpy(view.goal, explore->place, sizeof view.goal);
    pick_run_act(&explore->pick, &view, hand, action);
    return true;
}

/* ---- ways to random places, for Reach ---- */

static void begin_way(FetchExplore *explore, const FetchSight *sight)
{
    Rng *rng = &explore->policy.rng;
    const bool to_goal = rng_below(rng, 2);
    for (int k = 0; k < 3; k++)
        explore->place[k] = to_goal ? sight->goal[k] : rng_range(rng, low[k], high[k]);
}

/* ---- stretches ---- */

static void begin_stretch(FetchExplore *explore, const FetchSight *sight)
{
    const ExploreOptions *options = &explore->options;
    Rng *rng = &explore->policy.rng;
    explore->strokes = rng_uniform(rng) < options->expert_share;
    explore->left = draw_span(rng, options->stretch_min, options->stretch_max);
    explore->hold_left = 0;
    explore->carries = false;
    if (!explore->strokes) return;
    if (sight->blocks == 0)
        begin_way(explore, sight);
    else if (sight->task->kind == FETCH_PICK && rng_below(rng, 2))
        explore->strokes = explore->carries = begin_lift(explore, sight);
    else
        explore->strokes = begin_stroke(explore, sight);
}

/* false when the running stretch is over */
static bool continue_stretch(FetchExplore *explore, const FetchSight *sight, const FetchHand *hand,
                             float action[ENV_ACTION])
{
    if (explore->carries) return act_lift(explore, sight, hand, action);
    if (explore->strokes && sight->blocks > 0) return act_stroke(explore, sight, hand, action);
    if (explore->left == 0) return false;
    explore->left--;
    if (explore->strokes) {
        fetch_move_to(hand, explore->place, action);
        action_add_noise(&explore->policy.rng, explore->options.expert_noise, action);
    } else {
        act_randomly(explore, hand, action);
    }
    return true;
}

/* a stroke may end where it began: then a random action */
static void decide(FetchPolicy *policy, const FetchSight *sight, int repeat,
                   float action[ENV_ACTION])
{
    FetchExplore *explore = (FetchExplore *)policy;
    const FetchHand hand = fetch_hand(sight, repeat);
    memset(action, 0, ENV_ACTION * sizeof *action);
    bool goes_on = continue_stretch(explore, sight, &hand, action);
    if (!goes_on) {
        begin_stretch(explore, sight);
        goes_on = continue_stretch(explore, sight, &hand, action);
    }
    if (!goes_on) {
        explore->strokes = explore->carries = false;
        explore->left = 0;
        act_randomly(explore, &hand, action);
    }
    if (!explore->carries) spare_blocks(sight, &hand, action);
}

/* ---- the policy ---- */

static Status reset(Policy *base, uint64_t seed, Error *error)
{
    (void)error;
    FetchExplore *explore = (FetchExplore *)base;
    fetch_policy_reset(&explore->policy, rng_stream(seed, "explore", 0));
    explore->strokes = explore->carries = false;
    explore->left = 0;
    return OK;
}

static const PolicyDef fetch_explore = {
    .name = "explore",
    .summary = "held random actions mixed with pushes of random blocks",
    .reset = reset,
    .act = fetch_policy_act,
    .destroy = fetch_policy_destroy,
};

Status fetch_explore_create(Policy **out, const PolicyOptions *options, Error *error)
{
    FetchExplore *explore = NULL;
    const Status status = memory_new(&explore, error);
    if (status) return status;
    explore->policy.base.def = &fetch_explore;
    explore->policy.decide = decide;
    explore->options = options->explore;
    *out = &explore->policy.base;
    return OK;
}
