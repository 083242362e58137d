/**
 * What the tasks with a door's lock share.
 */
#ifndef PLAYSLOT_ENVS_FAMILIES_LOCK_PARTS_H
#define PLAYSLOT_ENVS_FAMILIES_LOCK_PARTS_H

#include "envs/task_parts.h"

/** Slots of TaskContext.address that lock_bindings fills. */
enum {
    LOCK_DOOR,
    LOCK_DOOR_LINK,
    LOCK_LINK,
    LOCK_JOINT,
    LOCK_START_LOCK = LOCK_JOINT + 2, /* sites on the lock's lever */
    LOCK_START_UNLOCK
};
extern const Binding lock_bindings[];

/** Object slots: one of the two sites, with the orientation of the door. */
void lock_observe(const TaskContext *context, int site_slot, double out[14]);

#endif
