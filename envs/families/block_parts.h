/**
 * What the tasks with a block on the table share (reach, push, pick, sweep, shelf): free body "obj" with geom
 * "objGeom" and target site "goal" (Meta-World 3.1.1, sawyer_push_v3.py and its relatives).
 */
#ifndef PLAYSLOT_ENVS_FAMILIES_BLOCK_PARTS_H
#define PLAYSLOT_ENVS_FAMILIES_BLOCK_PARTS_H

#include "envs/task_parts.h"

/** Slots of the bindings; a task with a free object of another name binds it to the same slots. */
enum { BLOCK_BODY, BLOCK_GEOM, BLOCK_GOAL, BLOCK_JOINT, BLOCK_SLOTS = BLOCK_JOINT + 2 };
extern const Binding block_bindings[];
extern const char *const block_shown[];

/** Fields of a TaskDef for the block itself. */
#define BLOCK_TASK .object_bodies = block_shown, .bindings = block_bindings

/** Scenes that two tasks have in common: target in the air, target in the air behind a wall. */
#define BLOCK_IN_AIR                                                                               \
    .vector_size = 6, .vector_low = { -0.1, 0.6, 0.02, -0.1, 0.8, 0.05 },                          \
    .vector_high = { 0.1, 0.7, 0.02, 0.1, 0.9, 0.3 }, .distance = 0.15,                            \
    .hand_start = { 0, 0.6, 0.2 }, SAWYER_MOCAP, .goal_low = { -0.1, 0.8, 0.05 },                  \
    .goal_high = { 0.1, 0.9, 0.3 }
#define BLOCK_BEHIND_WALL                                                                          \
    .vector_size = 6, .vector_low = { -0.05, 0.6, 0.015, -0.05, 0.85, 0.05 },                      \
    .vector_high = { 0.05, 0.65, 0.015, 0.05, 0.9, 0.3 }, .distance = 0.15,                        \
    .hand_start = { 0, 0.6, 0.2 }, SAWYER_MOCAP, .goal_low = { -0.05, 0.85, 0.05 },                \
    .goal_high = { 0.05, 0.9, 0.3 }

/** Vector: start (3), target (3). */
MUST_USE Status block_reset(TaskContext *context, const double *vector, Error *error);
/** The same with the height `z` for both points. */
MUST_USE Status block_reset_level(TaskContext *context, const double *vector, double z,
                                  Error *error);

/** Position of the body, orientation of the geom as x y z w. */
void block_objects(const TaskContext *context, double out[14]);
/** Position and orientation of the geom. */
void block_geom_objects(const TaskContext *context, double out[14]);

/** What the rewards are made of. */
typedef struct BlockTerms {
    double tcp[3];
    double reach;       /* object to finger tips */
    double to_target;   /* object to target */
    double start_away;  /* start to target */
    double in_place;    /* closeness to the target, 1 within a radius, 0.1 at about start_away */
    double placed_gain; /* 1 + 5 in_place, what a lifted object earns */
} BlockTerms;
BlockTerms block_terms(const TaskContext *context, const double obs[ENV_OBS],
                       const double target[3], double radius);

/** Finger tips within `reach` of the object, not shut, object's z more than `lift` above its start. */
bool block_lifted(const TaskContext *context, const double obs[ENV_OBS], const BlockTerms *terms,
                  double reach, double lift);

/**
 * Reward (10 within 5 cm of the target) and the usual info: near_object within 3 cm, grasp_success when both
 * pads press the block and it is 2 cm up, success within `success_radius` of the target.
 */
void block_outcome(Outcome *out, const TaskContext *context, const double obs[ENV_OBS],
                   const BlockTerms *terms, Number reward, Number grasp, double success_radius);

/** The two sweep tasks: block moved sideways to `target` in a cage of the pads. */
void block_sweep_outcome(Outcome *out, const TaskContext *context, const double obs[ENV_OBS],
                         const float action[ENV_ACTION], const double target[3],
                         const Pinch *pinch);

/** The two reach tasks: closeness of the finger tips to the target; *away gets the distance. */
double block_hand_in_place(const TaskContext *context, double *away);

#endif
