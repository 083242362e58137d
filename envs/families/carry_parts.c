#include "envs/families/carry_parts.h"

#include <math.h>

const double carry_lying[4] = { 0.707, 0, 0, 0.707 };
const double carry_turned[4] = { 1, 0, 0, 0 };

double carry_upright(const double obs[ENV_OBS], const double ideal[4], double width)
{
    double sum = 0;
    for (int i = 0; i < 4; i++)
        sum += (obs[7 + i] - ideal[i]) * (obs[7 + i] - ideal[i]);
    return fmax(1 - sqrt(sum) / width, 0);
}

double carry_in_place(bool lifted, double away, double margin)
{
    return 0.1 * (lifted ? 1 : 0) + 0.9 * tolerance_long_tail(away, 0, 0.02, margin);
}

Number carry_grab(const TaskContext *context, const double obs[ENV_OBS],
                  const float action[ENV_ACTION], double half_length, CageMode mode)
{
    const Cage cage = { 0.015, 0.02, 0.01, .mode = mode };
    const double *hand = obs;
    double held[3];
    copy_point(held, obs + 4);
    if (fabs(held[0] - hand[0]) < half_length) held[0] = hand[0];
    return cage_reward(context, held, context->object_start, action, &cage);
}

Number carry_reward(Number grab, double in_place, double upright)
{
    const Number sum = number_affine(grab, 2, 6 * in_place);
    return number_multiply(sum, number_plain(upright));
}

void carry_outcome(Outcome *out, Number reward, bool success, double ready, Number grab,
                   double in_place)
{
    outcome_fill(out, reward.value, success, ready, grab.value >= 0.5, grab.value, in_place, 0);
}

const Binding nut_bindings[] = {
    { NUT_BODY, BIND_BODY, "RoundNut" },
    { NUT_CENTER, BIND_SITE, "RoundNut" },
    { NUT_HANDLE, BIND_SITE, "RoundNut-8" },
    { NUT_JOINT, BIND_BODY_JOINT, "RoundNut" },
    { NUT_PEG, BIND_BODY, "peg" },
    { NUT_PEG_TOP, BIND_SITE, "pegTop" },
    { 0, BIND_BODY, NULL },
};

void nut_observe(const TaskContext *context, double out[14])
{
    observe_body(context, NUT_BODY, out);
    copy_point(out, site_position(context, NUT_HANDLE));
}
