/**
 * How well the slots of clips agree with the simulator's segmentation: foreground ARI and overlap with classes,
 * per clip and on average; clips without labels count as not measured. And how slots share the pictures out,
 * which needs no labels (slot_health.h).
 */
#ifndef PLAYSLOT_COMMANDS_SLOT_SCORES_H
#define PLAYSLOT_COMMANDS_SLOT_SCORES_H

#include "base/config.h"
#include "commands/clip_loop.h"
#include "training/metrics.h"
#include "training/slot_health.h"

typedef struct SlotScores {
    int clips;
    double *ari;            /* per clip; NaN: no labels or no foreground */
    SlotIou *iou;           /* per clip; NaN: no labels */
    SlotHealthSums *health; /* per clip, sums alone */
} SlotScores;

MUST_USE Status slot_scores_init(SlotScores *out, int clips, Error *error);
void slot_scores_release(SlotScores *scores); /* accepts zeroed */

/** Scratch for clips of up to `pixels` pixels in `slots` slots; one per thread. */
typedef struct SlotScratch {
    int *truth, *labels;
    SlotHealthSums health; /* of the clip in hand */
} SlotScratch;
MUST_USE Status slot_scratch_init(SlotScratch *out, int slots, size_t pixels, Error *error);
void slot_scratch_release(SlotScratch *scratch); /* accepts zeroed */

/**
 * One clip: masks (T, N, H, W), of which the clip's real frames count. Different clips may be measured from
 * different threads. ERR_ARGUMENT for labels out of range.
 */
MUST_USE Status slot_scores_measure(SlotScores *scores, SlotScratch *scratch, const ClipView *clip,
                                    const real *masks, int slots, Error *error);

/** Means over clips; NaN without labels. `slots` of the overlap means nothing here. */
double slot_scores_ari(const SlotScores *scores);
SlotIou slot_scores_iou(const SlotScores *scores);
/** Over all clips, in their order: the same whoever measured them. */
SlotHealth slot_scores_health(const SlotScores *scores);

/** Mean over the objects that are there; NaN: none. */
double slot_iou_objects(const SlotIou *iou);
/** {mean, background, robot, object: their mean}, rounded; null where there is no value. json_destroy. */
MUST_USE Status slot_iou_json(Json **out, const SlotIou *iou, Error *error);

/** {share: [...], use, entropy, swaps}, rounded; json_destroy. */
MUST_USE Status slot_health_json(Json **out, const SlotHealth *health, Error *error);

#endif
