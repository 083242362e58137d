/* evaluate-policy: success rate of a trained policy in the simulator */
#include "commands/command.h"

#include "commands/common_options.h"
#include "commands/evaluate_policy.h"

static Status run_command(const void *options, Error *error)
{
    PolicyScores scores;
    return evaluate_policy_run(&scores, options, error);
}

static const char *const protocol_choices[] = { "closed-loop", "imagination", NULL };

#define AT(member) .offset = offsetof(EvaluatePolicyOptions, member)
static const Option evaluate_policy_options[] = {
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP),
    SAVI_CKPT_OPTION(savi_ckpt),
    NAME_PRED_EXP_OPTION(name_pred_exp),
    PRED_CKPT_OPTION(pred_ckpt),
    NAME_BEH_EXP_OPTION(name_beh_exp),
    BEH_CKPT_OPTION(beh_ckpt),
    { .name = "protocol",
      .kind = OPTION_TEXT,
      .fallback = "closed-loop",
      .choices = protocol_choices,
      .argument = "WHICH",
      AT(protocol),
      .help = "look at every frame, or act on imagined slots after the first" },
    { .name = "num_sims",
      .kind = OPTION_INT,
      .fallback = "10",
      .low = 1,
      .high = 1e6,
      AT(num_sims),
      .help = "episodes" },
    { .name = "max_num_steps",
      .kind = OPTION_INT,
      .fallback = "20",
      .low = 1,
      .high = 10000,
      AT(max_num_steps),
      .help = "longest episode in decisions" },
    SEED_OPTION(seed, "1000", RUN_SEED_HELP),
    SEEDING_OPTION(seeding, SEEDING_HELP),
    GOAL_OPTION(goal),
    { .name = "save_vis",
      .kind = OPTION_INT,
      .fallback = "10",
      .low = 0,
      .high = 1e6,
      AT(save_vis),
      .help = "panel videos of so many episodes" },
    THREADS_OPTION(threads),
    TASK_OPTION(task, NULL, "another task than the one trained on"),
    REWARD_OPTION(reward),
    TEXT_ROW("camera", "NAME", camera, "another camera than the one trained with; needs --insist"),
    QUALITY_OPTION(quality, NULL, "another rendering than the one trained with; needs --insist"),
    { .name = "insist",
      .kind = OPTION_FLAG,
      AT(insist),
      .help = "evaluate although pictures differ from training, or scenes were trained on" },
    ASSETS_OPTION(assets),
};

const Command command_evaluate_policy = {
    .name = "evaluate-policy",
    .summary = "success rate of a trained policy in the simulator, with videos",
    .table = OPTIONS(evaluate_policy_options),
    .options_size = sizeof(EvaluatePolicyOptions),
    .run = run_command,
};
