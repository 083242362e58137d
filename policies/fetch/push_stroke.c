#include "policies/fetch/push_stroke.h"

#include <math.h>
#include <string.h>

#define STEP_REACH 0.033 /* m that a full command moves the hand in a control step */
#define STEP_TIME  0.04  /* s */
#define ARRIVED    0.012
#define LOW_SINK   0.012 /* descending aims this much below the pushing height */
#define HAND_GROWN 0.006
#define WAY_POINT  0.02  /* near enough */
#define TOUCH      0.012 /* fingers this close to the block steer it sideways */
#define SLIPPED    0.03  /* fingers this deep in the block's place are beside it */
#define REMAINS    0.004 /* a way that is as good as none */
#define PROGRESS   0.004
enum { PATIENCE = 4 };

/* ---- the hand ---- */

FetchHand fetch_hand(const FetchSight *sight, int repeat)
{
    FetchHand hand = { .reach = STEP_REACH * repeat, .hold = STEP_TIME * repeat };
    memcpy(hand.at, sight->grip, sizeof hand.at);
    return hand;
}

static float component(double value)
{
    return (float)fmin(fmax(value, -1), 1);
}

void fetch_move_to(const FetchHand *hand, const double place[3], float action[ENV_ACTION])
{
    for (int k = 0; k < 3; k++)
        action[k] = component((place[k] - hand->at[k]) / hand->reach);
}

/* ---- travel and descent ---- */

static bool is_blocked(const PushScene *scene, Spot from, Spot to)
{
    Spot half = scene->sizes->finger;
    for (int k = 0; k < 2; k++)
        half.xy[k] += HAND_GROWN;
    for (int i = 1; i <= 4; i++) {
        const Spot at = { { from.xy[0] + i / 4.0 * (to.xy[0] - from.xy[0]),
                            from.xy[1] + i / 4.0 * (to.xy[1] - from.xy[1]) } };
        if (push_collision(scene, at, half, -1) > 0) return true;
    }
    return false;
}

/* true when there */
static bool travel(const PushScene *scene, const FetchHand *hand, Spot to, float action[ENV_ACTION])
{
    double place[3] = { to.xy[0], to.xy[1], scene->sizes->travel };
    const Spot here = spot_of(hand->at);
    const double x = place[0] - hand->at[0], y = place[1] - hand->at[1], z = place[2] - hand->at[2];
    if (sqrt(x * x + y * y + z * z) < ARRIVED) return true;
    if (z > 0.008 && is_blocked(scene, here, to)) memcpy(place, hand->at, 2 * sizeof *place);
    fetch_move_to(hand, place, action);
    return false;
}

static bool descend(const PushScene *scene, const FetchHand *hand, Spot to,
                    float action[ENV_ACTION])
{
    const double below = scene->sizes->push - LOW_SINK - hand->at[2];
    if (hand->at[2] < scene->sizes->low) return true;
    const double place[3] = { to.xy[0], to.xy[1], hand->at[2] + below / 0.75 };
    fetch_move_to(hand, place, action);
    return false;
}

/* ---- push ---- */

/* what pushing goes by: the way that remains along its axis and across, and the fingers against the block */
typedef struct Contact {
    double remains, across; /* of the block to its place */
    double gap;             /* between fingers and block, along the axis */
    double beside;          /* fingers from the block's middle, across */
} Contact;

static Contact contact_of(const Stroke *stroke, const PushScene *scene, const FetchHand *hand)
{
    const PushFace *face = &stroke->plan.face;
    const int k = face->axis;
    const Spot *block = &scene->block[scene->moved], *to = &stroke->plan.to;
    const double reach = scene->sizes->block + scene->sizes->finger.xy[k];
    return (Contact){ .remains = face->sign * (to->xy[k] - block->xy[k]),
                      .across = to->xy[1 - k] - block->xy[1 - k],
                      .gap = -face->sign * (hand->at[k] - block->xy[k]) - reach,
                      .beside = hand->at[1 - k] - block->xy[1 - k] };
}

/* counts decisions in which the block came no nearer */
static bool has_stalled(Stroke *stroke, double remains)
{
    if (remains < stroke->least - PROGRESS) {
        stroke->least = remains;
        stroke->stalled = 0;
        return false;
    }
    return ++stroke->stalled > PATIENCE;
}

static bool push_is_over(Stroke *stroke, const PushScene *scene, const Contact *contact)
{
    const PushSizes *sizes = scene->sizes;
    const Spot block = scene->block[scene->moved];
    const double edge = sizes->block + 0.9 * sizes->finger.xy[1 - stroke->plan.face.axis];
    if (scene->fallen[scene->moved]) return true;
    if (stroke->plan.detour && spot_distance(block, stroke->plan.to) < WAY_POINT) return true;
    if (fabs(contact->beside) > edge || contact->gap < -SLIPPED) return true;
    if (contact->remains < (stroke->plan.detour ? 0 : REMAINS)) return true;
    return has_stalled(stroke, contact->remains);
}

static void push(const Stroke *stroke, const PushScene *scene, const FetchHand *hand,
                 const Contact *contact, float action[ENV_ACTION])
{
    const PushFace *face = &stroke->plan.face;
    const int k = face->axis;
    const double advance = push_advance(contact->remains, hand->hold);
    const double most = 0.9 * advance;
    const double along = face->sign * (fmax(contact->gap, 0) + advance) / hand->reach;
    const double aside = contact->gap < TOUCH ? fmin(fmax(contact->across, -most), most)
                                              : face->shift - contact->beside;
    const double largest = fmax(fmax(fabs(along), fabs(aside / hand->reach)), 1);
    action[k] = (float)(along / largest);
    action[1 - k] = (float)(aside / hand->reach / largest);
    action[2] = component((scene->sizes->push - hand->at[2]) / hand->reach);
}

/* ---- lift ---- */

static bool lift(const Stroke *stroke, const PushScene *scene, const FetchHand *hand,
                 float action[ENV_ACTION])
{
    if (hand->at[2] > scene->sizes->clear) return true;
    action[stroke->plan.face.axis] = (float)(-0.35 * stroke->plan.face.sign);
    action[1 - stroke->plan.face.axis] = 0;
    action[2] = 1;
    return false;
}

void stroke_begin(Stroke *stroke, const PushPlan *plan)
{
    *stroke = (Stroke){ .plan = *plan, .least = HUGE_VAL };
}

StrokePhase stroke_act(Stroke *stroke, const PushScene *scene, const FetchHand *hand,
                       float action[ENV_ACTION])
{
    const Spot approach = push_approach(scene, scene->block[scene->moved], &stroke->plan.face);
    if (stroke->phase == STROKE_TRAVEL && travel(scene, hand, approach, action))
        stroke->phase = STROKE_DESCEND;
    if (stroke->phase == STROKE_DESCEND && descend(scene, hand, approach, action))
        stroke->phase = STROKE_PUSH;
    if (stroke->phase == STROKE_PUSH) {
        const Contact contact = contact_of(stroke, scene, hand);
        if (push_is_over(stroke, scene, &contact))
            stroke->phase = STROKE_LIFT;
        else
            push(stroke, scene, hand, &contact, action);
    }
    if (stroke->phase == STROKE_LIFT && lift(stroke, scene, hand, action))
        stroke->phase = STROKE_DONE;
    return stroke->phase;
}
