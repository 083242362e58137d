/**
 * Data facts: how the pictures came about that a model was trained on. Kept as data_facts.json in every
 * trained experiment, so that an evaluation can look at the world in the same way, or refuse to.
 */
#ifndef PLAYSLOT_COMMANDS_DATA_FACTS_H
#define PLAYSLOT_COMMANDS_DATA_FACTS_H

#include <stdint.h>

#include "base/config.h"
#include "base/status.h"
#include "data/dataset.h"
#include "envs/env.h"

#define DATA_FACTS_FILE "data_facts.json"

typedef struct DataFacts {
    char task[CONFIG_STRING_MAX];
    char camera[CONFIG_STRING_MAX];
    char quality[CONFIG_STRING_MAX];
    int height, width; /* as rendered */
    int action_repeat, random_start;
    int render_scale, render_source; /* see RenderOptions */
} DataFacts;

/** From the data that an experiment's parameters name: its first episode speaks for all. */
MUST_USE Status data_facts_of(DataFacts *out, const Json *params, const char *policy, Error *error);
/**
 * How many of the episodes 0 .. count - 1 of `run_seed` (episode_start_of) start from scenes that are among the
 * data that the parameters name: not unseen. 0 when the data is no longer there or was seeded in another way.
 */
int data_seeds_shared(const Json *params, Seeding seeding, uint64_t run_seed, int count);

/** Write or read <folder>/data_facts.json. ERR_IO when there is none: the experiment was never trained. */
MUST_USE Status data_facts_write(const DataFacts *facts, const char *folder, Error *error);
MUST_USE Status data_facts_read(DataFacts *out, const char *folder, Error *error);
/**
 * OK when both describe the same way of looking at the same robot; else ERR_ARGUMENT, "SAVi was trained with
 * quality 'fast', the policy with 'reference'" for the names `a_name` and `b_name`.
 */
MUST_USE Status data_facts_compare(const DataFacts *a, const char *a_name, const DataFacts *b,
                                   const char *b_name, Error *error);

#endif
