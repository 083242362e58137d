#include "envs/families/drawer_parts.h"

const Binding drawer_bindings[] = {
    { DRAWER_BODY, BIND_BODY, "drawer" },
    { DRAWER_LINK, BIND_BODY, "drawer_link" },
    { DRAWER_JOINT, BIND_JOINT, "goal_slidey" },
    { DRAWER_GOAL, BIND_SITE, "goal" },
    { 0, BIND_BODY, NULL },
};
