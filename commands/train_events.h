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

/** Open an event file in "<folder>/tboard_<time>", made if missing; a resumed run tells where it goes on. */
MUST_USE Status train_events_open(EventFile **out, const char *folder, const char *time,
                                  int64_t first_step, Error *error);
/** "Train Loss Iter/<loss>" and "Learning/Learning Rate" at the step's number. */
MUST_USE Status train_events_step(EventFile *file, const TrainStep *step, Error *error);
/** "Train Loss/<loss>" or "Valid Loss/<loss>" at epoch + 1. */
MUST_USE Status train_events_epoch(EventFile *file, const TrainEpoch *epoch, Error *error);
/** "<name>/<clip>" as a picture. */
MUST_USE Status train_events_sheet(EventFile *file, const TrainPictures *pictures,
                                   const Image *sheet, Error *error);
/** "<name> video/<clip>": target | model | masks as an animated GIF; clips of one frame are left out. */
MUST_USE Status train_events_clip(EventFile *file, const TrainPictures *pictures, Error *error);

#endif
