/**
 * Expert of button-press: line up below the button in x and z, then push along +y
 * (Meta-World 3.1.1, sawyer_button_press_v3_policy.py).
 */
#include <math.h>

#include "policies/scripted/expert.h"

/* upstream's closeness test: absolute 0.02 and relative 1e-5 of the goal */
static bool is_close(double x, double goal)
{
    return fabs(x - goal) <= 0.02 + 1e-5 * fabs(goal);
}

static void button_press_act(const double obs[ENV_OBS], float action[ENV_ACTION])
{
    const double *hand = obs;
    const double goal[3] = { obs[4], obs[5], obs[6] + -0.07 };
    const bool aligned = is_close(hand[0], goal[0]) && is_close(hand[2], goal[2]);
    const double back[3] = { goal[0], hand[1] - 0.1, goal[2] };
    const double push[3] = { goal[0], goal[1] + 0.02, goal[2] };
    expert_move(obs, aligned ? push : back, 25, 0, action);
}

const ExpertDef expert_button_press = { .task = "button-press", .act = button_press_act };
