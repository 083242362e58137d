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

/* slides and bearings, blocks on the table: slides_v1.c */
extern const RewardV1 reward_v1_drawer_close, reward_v1_drawer_open, reward_v1_faucet,
    reward_v1_lever_pull, reward_v1_window, reward_v1_handle_press, reward_v1_handle_pull_side,
    reward_v1_handle_pull, reward_v1_push, reward_v1_push_roughly, reward_v1_plate_slide_back,
    reward_v1_sweep, reward_v1_sweep_into;

/* carried to a place that judges in its own way: places_v1.c */
extern const RewardV1 reward_v1_assembly, reward_v1_disassemble, reward_v1_basketball,
    reward_v1_bin_picking, reward_v1_box_close;

/* only the hand: hand_v1.c */
extern const RewardV1 reward_v1_reach, reward_v1_reach_wall, reward_v1_hand_insert;

/* picked up and carried: lift_v1.c, with a tool: tools_v1.c */
extern const RewardV1 reward_v1_pick_place, reward_v1_pick_out_of_hole;
extern const RewardV1 reward_v1_peg_insert_side, reward_v1_peg_unplug_side, reward_v1_hammer,
    reward_v1_stick_push, reward_v1_stick_pull;

#endif
