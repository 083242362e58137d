/**
 * What the two window tasks share: a sash on a slide, moved by its handle (Meta-World 3.1.1,
 * sawyer_window_open_v3.py and sawyer_window_close_v3.py).
 */
#ifndef PLAYSLOT_ENVS_FAMILIES_WINDOW_PARTS_H
#define PLAYSLOT_ENVS_FAMILIES_WINDOW_PARTS_H

#include "envs/task_parts.h"

/** Slots of TaskContext.address that WINDOW_TASK's bindings fill. */
enum { WINDOW_BODY, WINDOW_HANDLE, WINDOW_GOAL, WINDOW_SLIDE };
/** First of three slots of TaskContext.value: where the handle counts as having been at the start. */
enum { WINDOW_START };

/** Fields of a TaskDef, with the site that stands for the handle. */
#define WINDOW_TASK(handle)                                                                        \
    .object_bodies = (const char *const[]){ "window", NULL },                                      \
    .bindings = (const Binding[]){ { WINDOW_BODY, BIND_BODY, "window" },                           \
                                   { WINDOW_HANDLE, BIND_SITE, handle },                           \
                                   { WINDOW_GOAL, BIND_SITE, "goal" },                             \
                                   { WINDOW_SLIDE, BIND_JOINT, "window_slide" },                   \
                                   { 0, BIND_BODY, NULL } },                                       \
    .objects = window_objects

/**
 * Window to `place`, target x `to_right` of it, sash to `slide` (velocity kept). As upstream there is no forward
 * pass: the handle's start, moved by `start_right` along x, is where the hand phase left it.
 */
void window_reset(TaskContext *context, const double place[3], double to_right, double slide,
                  double start_right);

/** Position of the handle; zeros for orientation. */
void window_objects(const TaskContext *context, double out[14]);

/** Outcome; `kind` is how closeness of the hand falls, `from_x` where the handle's way to the target began. */
void window_outcome(Outcome *out, const TaskContext *context, const double obs[ENV_OBS],
                    ToleranceKind kind, double from_x);

#endif
