/**
 * Scripted experts: one file per task, pure functions of the observation.
 */
#ifndef PLAYSLOT_POLICIES_SCRIPTED_EXPERT_H
#define PLAYSLOT_POLICIES_SCRIPTED_EXPERT_H

#include "policies/policy.h"

typedef struct ExpertDef {
    const char *task; /* TaskDef.name */
    ExpertFunction act;
} ExpertDef;

/** Action that moves the hand at obs[0..2] towards `to` with a gain per metre; effort closes the gripper. */
void expert_move(const double obs[ENV_OBS], const double to[3], double gain, double effort,
                 float action[ENV_ACTION]);

#endif
