/**
 * Evaluation of a policy or an oracle in the simulator: success rate with its interval, floor and ceiling, one record per
 * episode, panel videos. For the command and for the demo.
 */
#ifndef PLAYSLOT_COMMANDS_EVALUATE_POLICY_H
#define PLAYSLOT_COMMANDS_EVALUATE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "commands/data_facts.h"
#include "commands/interval.h"
#include "policies/rollout.h"

/** The options of `playslot evaluate-policy` and `evaluate-oracle`; see their help. */
typedef struct EvaluatePolicyOptions {
    const char *exp_directory, *savi_ckpt, *name_pred_exp, *pred_ckpt, *name_beh_exp, *beh_ckpt;
    const char *name_oracle_exp,
        *oracle_ckpt; /* an oracle is measured: nothing of predictor or policy is read */
    const char *protocol, *seeding, *goal;
    const char *task, *camera, *quality; /* NULL: as in training */
    const char *reward;                  /* version */
    const char *assets;
    uint64_t seed;
    int num_sims, max_num_steps, save_vis, threads;
    bool insist;
    bool unclamped; /* oracle: actions beyond [-1, 1] go to the robot as they are */
} EvaluatePolicyOptions;

typedef struct PolicyScores {
    Proportion policy, random, expert; /* `policy` is the oracle's when one is measured */
    bool has_expert;
    int diverged;
    char results[1024]; /* path of results.json */
    char videos[1024];  /* folder of the videos, "" without any */
} PolicyScores;

/**
 * Measure, write results and videos, print a table, note it in logs_sim.txt. The result does not depend on
 * `threads`.
 */
MUST_USE Status evaluate_policy_run(PolicyScores *scores, const EvaluatePolicyOptions *options,
                                    Error *error);

/** What is written into results.json; arrays have num_sims entries. `title` is "policy" or "oracle". */
typedef struct PolicyResults {
    const char *title;
    const EvaluatePolicyOptions *options;
    const DataFacts *facts;
    const PolicyScores *scores;
    const EpisodeResult *policy, *random, *expert;
} PolicyResults;

/** Write <folder>/results/<name>/results.json; its path is left in scores' place by the caller. */
MUST_USE Status policy_results_write(char **path, const PolicyResults *results, const char *folder,
                                     const char *name, Error *error);
/** The table on stdout. */
void policy_results_print(const PolicyResults *results);

#endif
