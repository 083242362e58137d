/**
 * Experts of the buttons: line up with the button, then push.
 */
#include <math.h>

#include "policies/scripted/expert.h"

#define TOOL_BELOW_HAND 0.045 /* metres from the tool centre up to the hand */

/* upstream's closeness test: absolute 0.02 and relative 1e-5 of the goal */
static bool is_close(double x, double goal)
{
    return fabs(x - goal) <= 0.02 + 1e-5 * fabs(goal);
}

static Point button_press(const Scene *s)
{
    const Point button = raised(s->object, -0.07);
    if (is_close(s->hand.x, button.x) && is_close(s->hand.z, button.z))
        return shifted(button, 0, 0.02, 0);
    return (Point){ button.x, s->hand.y - 0.1, button.z };
}

/* press until the observation remembers it, then the tool centre to its start */
static Point button_press_return(const Scene *s)
{
    return s->second_turn[0] > 0 ? raised(s->second, TOOL_BELOW_HAND) : button_press(s);
}

static Point button_press_topdown(const Scene *s)
{
    return distance_xy(s->hand, s->object) > 0.04 ? raised(s->object, 0.1) : s->object;
}

static Point button_press_topdown_wall(const Scene *s)
{
    const Point button = shifted(s->object, 0, -0.06, 0);
    return distance_xy(s->hand, button) > 0.04 ? raised(button, 0.1) : button;
}

/* over the wall, down between it and the button, push; fists until there */
static Move button_press_wall(const Scene *s)
{
    const Point button = raised(s->object, 0.04);
    if (fabs(s->hand.x - button.x) > 0.02) return (Move){ { button.x, s->hand.y, 0.3 }, 15, 1 };
    if (button.y - s->hand.y > 0.09) return (Move){ { button.x, button.y, 0.3 }, 15, 1 };
    if (distance_z(s->hand, button) > 0.02) return (Move){ shifted(button, 0, -0.05, 0), 15, 1 };
    return (Move){ shifted(button, 0, -0.02, 0), 15, -1 };
}

static Point coffee_button(const Scene *s)
{
    const Point button = raised(s->object, -0.07);
    if (distance_xz(s->hand, button) > 0.02) return (Point){ button.x, s->hand.y, button.z };
    return shifted(button, 0, 0.2, 0);
}

const ExpertDef expert_button_press = { .task = "button-press", .gain = 25, .to = button_press };

const ExpertDef expert_button_press_return = {
    .task = "button-press-return",
    .gain = 10,
    .to = button_press_return,
};

const ExpertDef expert_button_press_topdown = {
    .task = "button-press-topdown",
    .gain = 25,
    .to = button_press_topdown,
    .grip = { .closed = 1 },
};

const ExpertDef expert_button_press_topdown_wall = {
    .task = "button-press-topdown-wall",
    .gain = 25,
    .to = button_press_topdown_wall,
    .grip = { .closed = -1 },
};

const ExpertDef expert_button_press_wall = {
    .task = "button-press-wall",
    .move = button_press_wall,
};

const ExpertDef expert_coffee_button = {
    .task = "coffee-button",
    .gain = 10,
    .to = coffee_button,
    .grip = { .closed = -1 },
};
