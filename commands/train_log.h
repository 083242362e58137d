/**
 * What a training run leaves behind besides checkpoints, in the folder of its experiment:
 *
 *   logs.txt                             what the terminal is told, with times, and every checkpoint saved
 *   <...>architecture<...>.txt           parameters of the models, see architecture.h
 *   metrics.jsonl                        one JSON object per logged step and per epoch
 *   losses.json                          {loss: {"train": [...], "valid": [...]}}, means per epoch
 *   plots/loss_plots/<loss>[_log].png    the same as curves
 *   plots/valid_plots/<name>.png           reconstructions or predictions with masks and slots
 *   plots/valid_plots/codes_step_<n>.png  of PlaySlot: distances and use of the codes, up to 128
 *   tboard_logs/tboard_<time>/           scalars and pictures for TensorBoard
 * SAVi's validations also say how slots share the pictures, with a warning when a slot is dead, one takes all
 * or slots swap objects (slot_health.h).
 *
 * A resumed run continues these files; what lies after the checkpoint is dropped first.
 */
#ifndef PLAYSLOT_COMMANDS_TRAIN_LOG_H
#define PLAYSLOT_COMMANDS_TRAIN_LOG_H

#include "base/status.h"
#include "training/experiment.h"
#include "training/trainer.h"

typedef struct TrainLog TrainLog;

/**
 * Log into an experiment folder of this kind; `title` (the command) begins every line. `time` names the event folder
 * ("YYYY-MM-DD_HH-MM-SS"). Nothing is written before the training starts.
 */
MUST_USE Status train_log_create(TrainLog **out, const char *folder, ExperimentKind kind,
                                 const char *title, const char *time, Error *error);
/** Ends the progress bar; NULL is fine. */
void train_log_destroy(TrainLog *log);

/** The observer that feeds it. */
TrainObserver train_log_observer(TrainLog *log);

/** Path of the checkpoint written last, or NULL; borrowed. */
const char *train_log_saved(const TrainLog *log);

#endif
