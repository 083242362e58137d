/** Rows of the figure commands' option tables, beside common_options.h. */
#ifndef PLAYSLOT_COMMANDS_FIGURE_OPTIONS_H
#define PLAYSLOT_COMMANDS_FIGURE_OPTIONS_H

#include "commands/common_options.h"
#include "commands/figure_run.h"

#define AT(member) .offset = offsetof(FigureOptions, member)

/** int */
#define FIGURE_SEQS_OPTION(fallback_)                                                              \
    INT_ROW("num_seqs", fallback_, 1, 1e6, num_seqs, "draw so many clips at most")

#define FIGURE_PREDICTOR_OPTIONS                                                                   \
    EXP_DIRECTORY_OPTION(exp_directory, EXP_DIRECTORY_HELP), SAVI_CKPT_OPTION(savi_ckpt),          \
        NAME_PRED_EXP_OPTION(name_pred_exp), PRED_CKPT_OPTION(pred_ckpt)

/** After the rows that name experiments and checkpoints. */
#define FIGURE_DATA_OPTIONS                                                                        \
    SET_EXPERT_POLICY_OPTION(set_expert_policy), EVALUATION_DATA_OPTION(data),                     \
        SPLIT_OPTION(split), LPIPS_OPTIONS(lpips), SEED_OPTION(seed, "13", MODEL_SEED_HELP),       \
        THREADS_OPTION(threads)

#endif
