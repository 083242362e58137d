/**
 * The older reward functions (Meta-World 3.1.1, compute_reward with reward_function_version "v1"), one row per
 * function; a task's row in tasks/ names the one it has. Some tasks share theirs.
 */
#ifndef PLAYSLOT_ENVS_REWARDS_V1_REWARDS_V1_H
#define PLAYSLOT_ENVS_REWARDS_V1_REWARDS_V1_H

#include "envs/task.h"

/* hand to the object, then the object to its target: pull_v1.c */
extern const RewardV1 reward_v1_button_press, reward_v1_button_press_wall,
    reward_v1_button_press_topdown, reward_v1_coffee_button, reward_v1_coffee_pull,
    reward_v1_coffee_push, reward_v1_dial_turn, reward_v1_door_close, reward_v1_door_open,
    reward_v1_door_lock;

#endif
