/**
 * The TensorBoard side of a training run: scalars under the reference's tags, contact sheets as pictures and
 * clips as animated GIFs.
 */
#ifndef PLAYSLOT_COMMANDS_TRAIN_EVENTS_H
#define PLAYSLOT_COMMANDS_TRAIN_EVENTS_H

#include "base/image.h"
#include "base/status.h"
#include "training/event_file.h"
#include "training/trainer.h"

/** The event file of a run, and one more for each curve of a joint plot. */
typedef struct TrainEvents TrainEvents;

/** Open an event file in "<folder>/tboard_<time>", made if missing; a resumed run tells where it goes on. */
MUST_USE Status train_events_open(TrainEvents **out, const char *folder, const char *time,
                                  int64_t first_step, Error *error);
/** Sync and close all; destroyed in every case. NULL is fine. */
MUST_USE Status train_events_close(TrainEvents *events, Error *error);
/** "Train Loss Iter/<loss>" and "Learning/Learning Rate" at the step's number. */
MUST_USE Status train_events_step(TrainEvents *events, const TrainStep *step, Error *error);
/**
 * "Train Loss/<loss>" or "Valid Loss/<loss>" at epoch + 1; jointly in the plots "Train Loss/Train Loss" (or
 * "Valid Loss/Valid Loss") and "Total Loss" with the curves train_loss and eval_loss. Joint plots are event files
 * in folders of their own below the run's, "Total Loss_train_loss" and so on. With slots also "Slots/share <n>",
 * "Slots/use", "Slots/entropy", "Slots/swaps" (slot_health.h).
 */
MUST_USE Status train_events_epoch(TrainEvents *events, const TrainEpoch *epoch, Error *error);
/** "<name>/<clip>" as a picture. */
MUST_USE Status train_events_sheet(TrainEvents *events, const TrainPictures *pictures,
                                   const Image *sheet, Error *error);
/** "<name> video/<clip>": target | model | masks as an animated GIF; clips of one frame are left out. */
MUST_USE Status train_events_clip(TrainEvents *events, const TrainPictures *pictures, Error *error);

#endif
