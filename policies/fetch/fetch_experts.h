/**
 * Scripted experts of the Fetch tasks, our own: none is published. They see where everything stands, keep a memory
 * within an episode, and have no randomness.
 */
#ifndef PLAYSLOT_POLICIES_FETCH_FETCH_EXPERTS_H
#define PLAYSLOT_POLICIES_FETCH_FETCH_EXPERTS_H

#include "policies/fetch/grasp.h"
#include "policies/fetch/push_stroke.h"
#include "policies/policy.h"

/** Pushes the scene's block to a place on the table, and leaves it there. Zeroed at the start of an episode. */
typedef struct PushRun {
    bool pushing; /* else it plans or holds */
    bool holding;
    Stroke stroke;
} PushRun;

/** Decide. The gripper's component is left alone. True while the block is where it should be. */
bool push_run_act(PushRun *run, const PushScene *scene, Spot goal, const FetchHand *hand,
                  float action[ENV_ACTION]);

typedef enum PickPhase {
    PICK_PLAN,
    PICK_CLEAR, /* pushes the block to where the fingers find room */
    PICK_TRAVEL,
    PICK_DESCEND,
    PICK_CLOSE,
    PICK_CARRY
} PickPhase;

/** Brings the target block to a goal on the table or in the air. Zeroed at the start of an episode. */
typedef struct PickRun {
    PickPhase phase;
    PushRun push;
    Grasp grasp;
    Spot free;  /* where the block is pushed to first */
    int waited; /* decisions, while closing */
} PickRun;

/** Decide, with the gripper's component: metres that the finger joints should open by. */
void pick_run_act(PickRun *run, const FetchSight *sight, const FetchHand *hand,
                  float action[ENV_ACTION]);

/** Strikes FetchSlide's puck. Zeroed at the start of an episode. */
typedef struct SlideRun {
    bool struck; /* the puck slides, or lies at its goal */
} SlideRun;

/** Velocity, m/s, with which FetchSlide's puck comes to rest `way` (x, y in metres) further; way is not 0. */
Spot slide_velocity(const double way[2]);

void slide_run_act(SlideRun *run, const FetchSight *sight, const FetchHand *hand,
                   float action[ENV_ACTION]);

/** Memory of an expert of any kind; zeroed at the start of an episode. */
typedef union FetchRun {
    PushRun push;
    PickRun pick;
    SlideRun slide;
} FetchRun;

/** The action of the sight's task, to be held over `repeat` control steps. */
void fetch_decide(FetchRun *run, const FetchSight *sight, int repeat, float action[ENV_ACTION]);

/**
 * The "expert" and "explore" policies of a Fetch task: policy_create comes here by the task's suite. Decisions
 * last at least two control steps, as PlaySlot holds them: where they are executed for one, every other one repeats
 * the last. ERR_ARGUMENT when PolicyInput.env is missing or simulates something else.
 */
MUST_USE Status fetch_expert_create(Policy **out, const PolicyOptions *options, Error *error);
MUST_USE Status fetch_explore_create(Policy **out, const PolicyOptions *options, Error *error);

#endif
