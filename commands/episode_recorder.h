/**
 * Episode recorder: the FrameSink that turns a rollout into an episode file, so that rollouts and episode
 * files need not know each other.
 */
#ifndef PLAYSLOT_COMMANDS_EPISODE_RECORDER_H
#define PLAYSLOT_COMMANDS_EPISODE_RECORDER_H

#include <stdbool.h>

#include "base/config.h"
#include "base/status.h"
#include "data/episode.h"
#include "policies/rollout.h"

typedef struct EpisodeRecorder EpisodeRecorder;

/** With `info_columns` the task's info scalars become the columns extra.<name>. */
MUST_USE Status recorder_create(EpisodeRecorder **out, bool info_columns, Error *error);
void recorder_destroy(EpisodeRecorder *recorder); /* NULL is fine */

/** Forget what was pushed and give the sink for the next episode. */
FrameSink recorder_begin(EpisodeRecorder *recorder);
/** Write what was pushed (aside, synced, renamed). ERR_ARGUMENT when the episode has no decision. */
MUST_USE Status recorder_finish(EpisodeRecorder *recorder, const EpisodeInfo *info,
                                const char *path, Error *error);

/** What an episode of these options says about itself; policy, seed and facts are arguments. */
EpisodeInfo episode_info_of(const RolloutOptions *options, const char *policy, uint64_t seed,
                            const char *facts);

/**
 * Members of an episode's facts that say where it starts, without braces: `"seeding":"seeded"` and, unless they are
 * the usual ones, the goal's view and the task of a benchmark. Read back by the two functions below.
 */
#define SCENE_FACTS_MAX 160
void scene_facts(char out[SCENE_FACTS_MAX], const EnvOptions *env, const EpisodeStart *start);

/** Where a recorded episode started: its seed, and the benchmark's task in its facts. ERR_FORMAT for no such task. */
MUST_USE Status episode_start_read(EpisodeStart *out, const Episode *episode, Error *error);

/**
 * Rollout options that repeat a recorded episode: task, reward version, cameras, layers, quality, size, action
 * repeat, random start and (from its facts) seeding, goal and rendering scale. Strings are borrowed from the episode.
 */
MUST_USE Status rollout_options_of(RolloutOptions *out, const Episode *episode, Error *error);

#endif
