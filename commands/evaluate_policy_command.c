/* evaluate-policy, evaluate-oracle: success rate of a trained policy or oracle in the simulator */
#include "commands/command.h"

#include "commands/common_options.h"
#include "commands/evaluate_policy.h"

static Status run_command(const void *options, Error *error)
{
    PolicyScores scores;
    return evaluate_policy_run(&scores, options, error);
}

static const char *const policy_protocols[] = { "closed-loop", "imagination", "fresh-slots", NULL };
static const char *const oracle_protocols[] = { "closed-loop", "fresh-slots", NULL };

#define AT(member) .offset = offsetof(EvaluatePolicyOptions, member)
#define SIM_OPTIONS                                                                                \
    INT_ROW("num_sims", "10", 1, 1e6, num_sims, "episodes"),                                       \
        INT_ROW("max_num_steps", "20", 1, 10000, max_num_steps, "longest episode in decisions"),   \
        SEED_OPTION(seed, "1000", RUN_SEED_HELP), SEEDING_OPTION(seeding, SEEDING_HELP),           \
        GOAL_OPTION(goal),                                                                         \
        INT_ROW("save_vis", "10", 0, 1e6, save_vis, "panel videos of so many episodes"),           \
        THREADS_OPTION(threads), TASK_OPTION(task, NULL, "another task than the one trained on"),  \
        REWARD_OPTION(reward),                                                                     \
        TEXT_ROW("camera", "NAME", camera,                                                         \
                 "another camera than the one trained with; needs --insist"),                      \
        QUALITY_OPTION(quality, NULL,                                                              \
                       "another rendering than the one trained with; needs --insist"),             \
        FLAG_ROW("insist", insist,                                                                 \
                 "evaluate although pictures differ from training, or scenes were trained on"),    \
        ASSETS_OPTION(assets)
static const Option evaluate_policy_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP),
    SAVI_CKPT_OPTION(savi_ckpt),
    NAME_PRED_EXP_OPTION(name_pred_exp),
    PRED_CKPT_OPTION(pred_ckpt),
    NAME_BEH_EXP_OPTION(name_beh_exp),
    BEH_CKPT_OPTION(beh_ckpt),
    CHOICE_ROW("protocol", "WHICH", policy_protocols, "closed-loop", protocol,
               "look at every frame, act on imagined slots after the first, or start every frame's "
               "slots anew"),
    SIM_OPTIONS,
};

static const Option evaluate_oracle_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP),
    SAVI_CKPT_OPTION(savi_ckpt),
    NAME_ORACLE_EXP_OPTION(name_oracle_exp),
    REQUIRED_ROW("oracle_ckpt", "CKPT", oracle_ckpt, "oracle checkpoint in its models/"),
    CHOICE_ROW("protocol", "WHICH", oracle_protocols, "closed-loop", protocol,
               "carry slots over from frame to frame, or start every frame's anew"),
    FLAG_ROW("unclamped", unclamped, "send actions beyond [-1, 1] to the robot as they are"),
    SIM_OPTIONS,
};

const Command command_evaluate_policy = {
    .name = "evaluate-policy",
    .summary = "success rate of a trained policy in the simulator, with videos",
    .table = OPTIONS(evaluate_policy_options),
    .options_size = sizeof(EvaluatePolicyOptions),
    .run = run_command,
};

const Command command_evaluate_oracle = {
    .name = "evaluate-oracle",
    .summary = "success rate of a trained oracle in the simulator, with videos",
    .table = OPTIONS(evaluate_oracle_options),
    .options_size = sizeof(EvaluatePolicyOptions),
    .run = run_command,
};
