/**
 * What each action prototype does, over all clips: how far it moves the robot and the object in the picture,
 * how often it is used, how far the prototypes lie apart; and the summary figure with a row per prototype.
 *
 * Letters: K codes, M steps of a roll-out. Displacements are in pixels of the model's pictures, x right,
 * y down, of the centre of the pixels that a slot wins.
 */
#ifndef PLAYSLOT_COMMANDS_ACTION_SUMMARY_H
#define PLAYSLOT_COMMANDS_ACTION_SUMMARY_H

#include <stdbool.h>

#include "base/image.h"
#include "base/status.h"
#include "recordings/canvas.h"

#define SUMMARY_CODES_MAX 60
#define SUMMARY_THINGS    2

/** Pictures of a row, from the first clip. */
typedef enum SummaryTile {
    SUMMARY_BEFORE, /* last seen frame */
    SUMMARY_AFTER,  /* last predicted frame */
    SUMMARY_CHANGE, /* their difference */
    SUMMARY_PATHS,  /* ways of the things' centres over the faded frame */
    SUMMARY_TILES
} SummaryTile;

/** A movement; NaN where the slot cannot be seen. */
typedef struct Move {
    double dx, dy;
} Move;

typedef struct ActionSummary {
    int codes, clips, steps, tile; /* K, clips measured, M, pixels of a tile's side */
    const char *title;             /* borrowed */
    int things;                    /* whose movement is shown */
    const char *names[SUMMARY_THINGS];
    Color colors[SUMMARY_THINGS];
    double *usage;     /* (clips, K) share of the clip's steps that used the code */
    Move *moves;       /* (clips, K, SUMMARY_THINGS) after M steps */
    double *distances; /* (K, K) */
    Image *tiles;      /* (K, SUMMARY_TILES), filled by the caller with summary_put */
} ActionSummary;

/** Nothing measured yet. ERR_UNSUPPORTED above SUMMARY_CODES_MAX codes. action_summary_release. */
MUST_USE Status action_summary_init(ActionSummary *out, int codes, int clips, Error *error);
void action_summary_release(ActionSummary *summary); /* accepts zeroed */

Move *action_summary_move(ActionSummary *summary, int clip, int code, int thing);
/** Keep a copy of a picture; all have one size. */
MUST_USE Status action_summary_put(ActionSummary *summary, int code, SummaryTile tile,
                                   const Image *picture, Error *error);

/** Mean over clips with the standard error; `count` 0: both NaN. */
typedef struct MoveMean {
    Move mean, error;
    int count;
} MoveMean;
MoveMean action_summary_mean(const ActionSummary *summary, int code, int thing);

/** codeword_dist.png, codeword_usage.png and action_summary.png. */
MUST_USE Status action_summary_write(const ActionSummary *summary, const char *folder,
                                     Error *error);

#endif
