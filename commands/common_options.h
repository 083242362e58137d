/**
 * Rows of option tables that several commands share, each written once: the same name has the same kind,
 * range and meaning everywhere (tests/conformance/test_option_tables.c). Rows of one command alone are plain
 * initialisers beside them. `member` is the place in the command's options struct; every table says before
 * it whose that is:
 *
 *     #define AT(member) .offset = offsetof(CollectOptions, member)
 *     static const Option collect_options[] = {
 *         TASK_OPTION(task, "button-press", TASK_HELP),
 *         THREADS_OPTION(threads),
 *         { .name = "keep", .kind = OPTION_TEXT, AT(keep), .help = "..." },
 *     };
 *
 * Types: const char * unless a row says otherwise. A fallback of NULL leaves NULL.
 */
#ifndef PLAYSLOT_COMMANDS_COMMON_OPTIONS_H
#define PLAYSLOT_COMMANDS_COMMON_OPTIONS_H

#include "commands/clip_loop.h"
#include "commands/frame_meter.h"
#include "commands/option.h"
#include "envs/env.h"
#include "sim/render.h"

/* --- what other rows are made of --------------------------------------------------------------------- */

#define FLAG_ROW(name_, member, help_)                                                             \
    {                                                                                              \
        .name = (name_), .kind = OPTION_FLAG, AT(member), .help = (help_)                          \
    }
#define TEXT_ROW(name_, argument_, member, help_)                                                  \
    {                                                                                              \
        .name = (name_), .kind = OPTION_TEXT, .argument = (argument_), AT(member), .help = (help_) \
    }
#define REQUIRED_ROW(name_, argument_, member, help_)                                              \
    {                                                                                              \
        .name = (name_), .kind = OPTION_TEXT, .required = true, .argument = (argument_),           \
        AT(member), .help = (help_)                                                                \
    }
#define CHOICE_ROW(name_, argument_, choices_, fallback_, member, help_)                           \
    {                                                                                              \
        .name = (name_), .kind = OPTION_TEXT, .argument = (argument_), .fallback = (fallback_),    \
        .choices = (choices_), AT(member), .help = (help_)                                         \
    }
#define INT_ROW(name_, fallback_, low_, high_, member, help_)                                      \
    {                                                                                              \
        .name = (name_), .kind = OPTION_INT, .fallback = (fallback_), .low = (low_),               \
        .high = (high_), AT(member), .help = (help_)                                               \
    }

/* --- what is done, on what, and where to ------------------------------------------------------------- */

/** First positional argument of a command of several actions. */
#define WHAT_OPTION(choices_, member)                                                              \
    {                                                                                              \
        .name = "what", .kind = OPTION_TEXT, .positional = true, .required = true,                 \
        .choices = (choices_), AT(member), .help = "what to do"                                    \
    }
/** TextList */
#define FOLDERS_OPTION(member, help_)                                                              \
    {                                                                                              \
        .name = "folder", .kind = OPTION_TEXTS, .positional = true, .argument = "DIR", AT(member), \
        .help = (help_)                                                                            \
    }
#define OUT_OPTION(argument_, member, help_)                                                       \
    {                                                                                              \
        .name = "out", .letter = 'o', .kind = OPTION_TEXT, .argument = (argument_), AT(member),    \
        .help = (help_)                                                                            \
    }
#define REQUIRED_OUT_OPTION(argument_, member, help_)                                              \
    {                                                                                              \
        .name = "out", .letter = 'o', .kind = OPTION_TEXT, .required = true,                       \
        .argument = (argument_), AT(member), .help = (help_)                                       \
    }
/** int */
#define EPISODES_OPTION(member)                                                                    \
    {                                                                                              \
        .name = "episodes", .kind = OPTION_INT, .required = true, .low = 1, .high = 1e6,           \
        AT(member), .help = "number of episodes in the folder at the end"                          \
    }

/* --- experiments and checkpoints --------------------------------------------------------------------- */

#define EXP_DIRECTORY_HELP "SAVi experiment"
#define EXP_DIRECTORY_OPTION(member, help_)                                                        \
    {                                                                                              \
        .name = "exp_directory", .letter = 'd', .kind = OPTION_TEXT, .required = true,             \
        .argument = "DIR", AT(member), .help = (help_)                                             \
    }
#define SAVI_CKPT_OPTION(member)                                                                   \
    REQUIRED_ROW("savi_ckpt", "CKPT", member, "SAVi checkpoint in the experiment's models/")
#define NAME_PRED_EXP_OPTION(member)                                                               \
    REQUIRED_ROW("name_pred_exp", "NAME", member, "predictor experiment")
#define PRED_CKPT_OPTION(member)                                                                   \
    REQUIRED_ROW("pred_ckpt", "CKPT", member, "predictor checkpoint in its models/")
#define NAME_BEH_EXP_OPTION(member)                                                                \
    REQUIRED_ROW("name_beh_exp", "NAME", member, "policy experiment")
#define BEH_CKPT_OPTION(member)                                                                    \
    REQUIRED_ROW("beh_ckpt", "CKPT", member, "policy checkpoint in its models/")
#define NAME_ORACLE_EXP_OPTION(member)                                                             \
    REQUIRED_ROW("name_oracle_exp", "NAME", member, "oracle experiment")
/** TextList */
#define SET_OPTION(member)                                                                         \
    {                                                                                              \
        .name = "set", .kind = OPTION_TEXTS, .argument = "KEY=VALUE", AT(member),                  \
        .help = "change one parameter of the experiment, e.g. training.lr=1e-4"                    \
    }

/* --- evaluation -------------------------------------------------------------------------------------- */

#define RESULTS_NAME_OPTION(member, help_)                                                         \
    {                                                                                              \
        .name = "results_name", .letter = 'o', .kind = OPTION_TEXT, .required = true,              \
        .argument = "NAME", AT(member), .help = (help_)                                            \
    }
/** bool */
#define SET_EXPERT_POLICY_OPTION(member)                                                           \
    FLAG_ROW("set_expert_policy", member, "evaluate on the expert demonstrations")
#define EVALUATION_DATA_OPTION(member)                                                             \
    TEXT_ROW("data", "DIR", member, "evaluate on this folder of episodes instead")
#define SPLIT_OPTION(member)                                                                       \
    CHOICE_ROW("split", "SPLIT", clip_split_choices, "test", member, "which episodes of the data")
/** int */
#define NUM_SEED_OPTION(member)                                                                    \
    INT_ROW("num_seed", "0", 0, 100, member, "frames seen; 0: as in training")
/** int */
#define NUM_PREDS_OPTION(member)                                                                   \
    INT_ROW("num_preds", "0", 0, 100, member, "frames predicted; 0: as in training")
/** int */
#define NUM_SEQS_OPTION(member) INT_ROW("num_seqs", "0", 0, 1e6, member, "clips at most; 0: all")
/** int */
#define SAVE_VIS_OPTION(member)                                                                    \
    INT_ROW("save_vis", "4", 0, 1000, member, "contact sheets of so many clips")

/** int */
#define BATCH_SIZE_OPTION(member)                                                                  \
    INT_ROW("batch_size", "0", 0, 4096, member,                                                    \
            "clips read at a time; 0: one per worker; the result does not depend on it")
/** LpipsOptions, see frame_meter.h */
#define LPIPS_OPTIONS(member)                                                                      \
    TEXT_ROW("lpips", "FILE", member.weights,                                                      \
             "AlexNet's weights, for LPIPS, which is left out without; see docs/evaluation.md"),   \
        TEXT_ROW("lpips_heads", "FILE", member.heads, "the heads' weights, if not in that file"),  \
        CHOICE_ROW("lpips_variant", "NAME", lpips_variant_choices, "original", member.variant,     \
                   "original adds 1e-10 to norms, piqa (the reference) does not")

/* --- chance and machine ------------------------------------------------------------------------------ */

#define RUN_SEED_HELP   "seed of the run; every episode derives its own"
#define MODEL_SEED_HELP "seed of random initial slots and latent noise"
/** uint64_t */
#define SEED_OPTION(member, fallback_, help_)                                                      \
    {                                                                                              \
        .name = "seed", .kind = OPTION_SEED, .fallback = (fallback_), AT(member), .help = (help_)  \
    }
/** int */
#define THREADS_OPTION(member)                                                                     \
    INT_ROW("threads", "0", 0, 256, member,                                                        \
            "workers; 0: all processors; the result does not depend on it")
#define ASSETS_OPTION(member)                                                                      \
    TEXT_ROW("assets", "DIR", member, "folder of the simulation models, if not found by itself")

/* --- simulation -------------------------------------------------------------------------------------- */

#define TASK_HELP "task to run; `playslot tasks` lists them"
#define TASK_OPTION(member, fallback_, help_)                                                      \
    CHOICE_ROW("task", "TASK", NULL, fallback_, member, help_)
#define POLICY_OPTION(member)                                                                      \
    CHOICE_ROW("policy", "POLICY", NULL, "expert", member, "expert, improved, explore or random")
/** double */
#define POLICY_NOISE_OPTION(member)                                                                \
    {                                                                                              \
        .name = "policy-noise", .kind = OPTION_REAL, .fallback = "0", .low = 0, .high = 10,        \
        AT(member), .help = "sigma of the noise on the expert's actions"                           \
    }
#define REWARD_OPTION(member)                                                                      \
    CHOICE_ROW("reward", "VERSION", reward_version_names, "v2", member,                            \
               "upstream's reward function; success depends on it too")
/** Of many episodes: see episode_start_of in policies/rollout.h. */
#define SEEDING_HELP                                                                               \
    "how seeds become scenes; mt1 and on: episode i is task i of the benchmark's 50"
#define SEEDING_OPTION(member, help_)                                                              \
    CHOICE_ROW("seeding", "HOW", seeding_names, "seeded", member, help_)
#define GOAL_OPTION(member)                                                                        \
    CHOICE_ROW("goal", "HOW", goal_view_names, "usual", member,                                    \
               "show or hide the goal in observations; usual: hidden with ml seedings only")

/* --- pictures ---------------------------------------------------------------------------------------- */

#define CAMERAS_OPTION(member, fallback_, help_)                                                   \
    CHOICE_ROW("camera", "NAMES", NULL, fallback_, member, help_)
#define QUALITY_OPTION(member, fallback_, help_)                                                   \
    CHOICE_ROW("quality", "QUALITY", render_quality_names, fallback_, member, help_)
/** int */
#define SIZE_OPTION(member, fallback_, help_) INT_ROW("size", fallback_, 8, 1024, member, help_)
/** bool */
#define SEGMENTATION_OPTION(member, help_) FLAG_ROW("segmentation", member, help_)
/** bool */
#define IDS_OPTION(member, help_) FLAG_ROW("ids", member, help_)
/** bool */
#define DEPTH_OPTION(member, help_) FLAG_ROW("depth", member, help_)

#endif
