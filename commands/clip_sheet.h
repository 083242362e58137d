/**
 * Contact sheet of one evaluated clip: what the models made of each of its first frames.
 */
#ifndef PLAYSLOT_COMMANDS_CLIP_SHEET_H
#define PLAYSLOT_COMMANDS_CLIP_SHEET_H

#include "commands/clip_loop.h"
#include "commands/slot_pictures.h"

/** Where the columns come from; everything is lent. */
typedef struct ClipSheetSource {
    /** recons, decoded, masks and predicted of frame t; target and label are filled by the sheet. */
    SlotColumn (*column)(const void *user, int t);
    const void *user;
    int slots;
} ClipSheetSource;

/** Writes FOLDER/clip_NNN.png with up to 20 columns, one per real frame of the clip. */
MUST_USE Status clip_sheet_save(const char *folder, const ClipView *clip,
                                const ClipSheetSource *source, Error *error);

#endif
