/*
 * FetchSlide: one stroke with a corner of the fingers, along the line from the puck to its goal, that is out of the
 * hand's reach. The puck bounces off and comes to rest by friction; where that went wrong and time is left, again.
 */
#include <math.h>
#include <string.h>

#include "policies/fetch/fetch_experts.h"

#define PUCK     0.025        /* radius */
#define TRAVEL   0.475        /* height of the hand above the puck */
#define BESIDE   0.418        /* and beside it */
#define GAP      0.005        /* between corner and puck before the stroke */
#define NEAR     0.020        /* horizontal error at which the hand goes down */
#define THERE    0.0010       /* and at which it strikes */
#define REST     0.02         /* m/s: slower than this, a puck lies still */
#define GOOD     0.030        /* of the goal */
#define FRICTION (0.1 * 9.81) /* m/s^2 */
#define HIT_START                                                                                  \
    0.20 /* m/s of the puck after a stroke of strength s: HIT_START + HIT_GAIN s, measured */
#define HIT_GAIN 0.96
#define CORNERING                                                                                  \
    0.06 /* rad: by up to this, the corner sends the puck away from the diagonal, measured */

/*
 * Velocity with which a puck slides along `way`. MuJoCo's pyramid of friction slows the faster component alone until
 * both are equal, then both at half the rate: from (a, b), a >= b, it gets (a^2 + b^2, 2 a b) / (2 friction) far.
 */
Spot slide_velocity(const double way[2])
{
    const double x = fabs(way[0]), y = fabs(way[1]);
    const double sum = sqrt(2 * FRICTION * (x + y)), difference = sqrt(2 * FRICTION * fabs(x - y));
    const double fast = (sum + difference) / 2, slow = (sum - difference) / 2;
    return (
        Spot){ { copysign(x >= y ? fast : slow, way[0]), copysign(x >= y ? slow : fast, way[1]) } };
}

/* the stroke that gives the puck a velocity: direction and strength */
static Spot stroke_for(Spot velocity)
{
    const double angle = atan2(fabs(velocity.xy[1]), fabs(velocity.xy[0]));
    const double aim = angle + CORNERING * sin(4 * angle);
    const double speed = hypot(velocity.xy[0], velocity.xy[1]);
    const double strength = fmin(fmax((speed - HIT_START) / HIT_GAIN, 0.05), 1);
    return (Spot){ { copysign(strength * cos(aim), velocity.xy[0]),
                     copysign(strength * sin(aim), velocity.xy[1]) } };
}

/* the hand's place where the corner is a gap away from the puck */
static Spot strike_place(const Spot *puck, const Spot *along)
{
    const Spot *finger = &push_sizes_stock.finger;
    const double strength = hypot(along->xy[0], along->xy[1]);
    Spot place;
    for (int k = 0; k < 2; k++)
        place.xy[k] = puck->xy[k] - (PUCK + GAP) * along->xy[k] / strength -
                      copysign(finger->xy[k], along->xy[k]);
    return place;
}

static void approach(const FetchHand *hand, Spot to, float action[ENV_ACTION])
{
    double place[3] = { to.xy[0], to.xy[1], TRAVEL };
    const double off = spot_distance(spot_of(hand->at), to);
    if (off < NEAR)
        place[2] = BESIDE;
    else if (hand->at[2] < TRAVEL - 0.03)
        memcpy(place, hand->at, 2 * sizeof *place);
    fetch_move_to(hand, place, action);
}

static bool is_ready(const FetchHand *hand, Spot place)
{
    return spot_distance(spot_of(hand->at), place) < THERE && fabs(hand->at[2] - BESIDE) < 0.006;
}

void slide_run_act(SlideRun *run, const FetchSight *sight, const FetchHand *hand,
                   float action[ENV_ACTION])
{
    const Spot puck = spot_of(sight->block[0]);
    const double way[2] = { sight->goal[0] - puck.xy[0], sight->goal[1] - puck.xy[1] };
    const double length = hypot(way[0], way[1]);
    const bool still = hypot(sight->speed[0][0], sight->speed[0][1]) < REST;
    if (run->struck && (!still || length < GOOD)) return;
    run->struck = false;
    const Spot along = stroke_for(slide_velocity(way)), place = strike_place(&puck, &along);
    if (!is_ready(hand, place)) {
        approach(hand, place, action);
        return;
    }
    action[0] = (float)along.xy[0];
    action[1] = (float)along.xy[1];
    run->struck = true;
}
