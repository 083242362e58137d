/**
 * What a predictor's action prototypes mean, in numbers and in one picture per clip: for the command
 * `evaluate-actions` and for the demo.
 */
#ifndef PLAYSLOT_COMMANDS_EVALUATE_ACTIONS_H
#define PLAYSLOT_COMMANDS_EVALUATE_ACTIONS_H

#include "commands/action_measure.h"

typedef struct ActionScores {
    int codes, clips;
    ActionAgreement agreement;      /* of inferred prototypes with moves */
    int move_of[SUMMARY_CODES_MAX]; /* of each code by the best assignment; -1: none */
    double applied;                 /* share of applied steps that go as assigned */
    int meant;                      /* moves that have a prototype whose mean step goes that way */
    double overlap;                 /* mean IoU of objects and their slots */
} ActionScores;

/**
 * Measure a predictor with latent actions on labelled clips: a table prototype x move of what was inferred, another of
 * what the prototypes do when one object holds them and the rest does as inferred. Write
 * results/<results_name>/results.json and plots/ActionMoves_.../actions_<clip>.png of the first num_seqs clips below the
 * predictor, print the table.
 * ERR_ARGUMENT for data without labels; ERR_UNSUPPORTED above SUMMARY_CODES_MAX codes.
 */
MUST_USE Status evaluate_actions_run(ActionScores *scores, const FigureOptions *options,
                                     Error *error);

/** A sheet of one clip: true frames, inferred actions, then a row per prototype in the order of its moves. */
MUST_USE Status action_sheet_write(const ActionMeasure *measure, const ActionScores *scores,
                                   const FigureRun *run, int view, const char *path, Error *error);

#endif
