/**
 * Names that the tasks with a drawer share.
 */
#ifndef PLAYSLOT_ENVS_FAMILIES_DRAWER_PARTS_H
#define PLAYSLOT_ENVS_FAMILIES_DRAWER_PARTS_H

#include "envs/task_parts.h"

/** Slots of TaskContext.address that drawer_bindings fills. */
enum { DRAWER_BODY, DRAWER_LINK, DRAWER_JOINT, DRAWER_GOAL = DRAWER_JOINT + 2 };
extern const Binding drawer_bindings[];

#endif
