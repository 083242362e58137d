/**
 * Collection of episodes, for the command and for the demo.
 */
#ifndef PLAYSLOT_COMMANDS_COLLECT_H
#define PLAYSLOT_COMMANDS_COLLECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/** The options of `playslot collect`; see its help. `camera` may name several, see camera_list_parse. */
typedef struct CollectOptions {
    const char *task, *policy, *out, *keep, *camera, *quality, *reward, *assets;
    const char *seeding, *goal;
    int episodes, size, render_scale, render_source;
    int action_repeat, random_start, max_decisions, after_success, threads;
    uint64_t seed;
    double policy_noise, random_share, expert_share, scene_spread;
    bool segmentation, ids, depth;
} CollectOptions;

/**
 * Episodes 000000.safetensors ... in `out`, then its dataset.json. Complete episodes of the same options
 * that are already there are checked and kept, damaged ones are collected again. The same bytes whatever the
 * number of threads. ERR_INTERRUPTED after Ctrl-C, with what is there described.
 */
MUST_USE Status collect_run(const CollectOptions *options, Error *error);

#endif
