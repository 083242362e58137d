/**
 * Episode drift: how far an episode that was run again lies from the stored one.
 */
#ifndef PLAYSLOT_COMMANDS_EPISODE_DRIFT_H
#define PLAYSLOT_COMMANDS_EPISODE_DRIFT_H

#include "base/config.h"
#include "commands/episode_hashes.h"

/** Distances: largest absolute difference of one coordinate of hand or objects, metres, multiples of 1e-9. */
typedef struct EpisodeDrift {
    bool equal;     /* every bit */
    int first_step; /* first stored step at which it differs; 0: none does */
    double at
        [HASH_SAMPLES]; /* distance at each stored step; infinity when an episode diverged before it */
    double at_first;    /* at first_step */
    double largest;     /* over the stored steps */
} EpisodeDrift;

EpisodeDrift episode_drift(const EpisodeFacts *now, const EpisodeFacts *stored);

/** What a task's episodes have in common. */
typedef struct TaskDrift {
    int equal;                           /* episodes */
    int successes_now, successes_stored; /* episodes with success at any step */
    int first_step;                      /* smallest of those that differ; 0: none does */
    double at_first, largest, at_end;    /* largest over the episodes; at_first: at first_step */
    EpisodeDrift episode[HASH_SEEDS];
} TaskDrift;

TaskDrift task_drift(const EpisodeHashes *now, const EpisodeHashes *stored);

/** One line per episode that differs on stdout. */
void task_drift_print_episodes(const char *task, const TaskDrift *drift, const EpisodeHashes *now,
                               const EpisodeHashes *stored);
/** Head and rows of the table of tasks on stdout. A task that is not stored has a row that says so. */
void task_drift_print_head(void);
void task_drift_print_row(const char *task, const TaskDrift *drift, bool stored);

/**
 * Append an object {task, stored, successes, totals, episodes} to a list. A distance to a diverged episode and
 * the step of what never came are null; what compares is absent when the task is not stored.
 */
MUST_USE Status task_drift_append(Json *list, const char *task, const TaskDrift *drift,
                                  const EpisodeHashes *now, const EpisodeHashes *stored,
                                  Error *error);

#endif
